# SPDX-License-Identifier: GPL-2.0-or-later
"""Git as the commands need it: which repository a ledger is in, and its files at a revision.

Work tree, index and configuration stay untouched: a revision is read through an index of its own
into a temporary folder. No hook, pager, prompt or network is used, and what is read from a
repository can't lead out of it: a symbolic link that does is refused.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from arledger.findings import Text, say

SECONDS_MAX = 600
_SYMLINK, _SUBMODULE = "120000", "160000"
_OVERRIDES = (
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.autocrlf=false",
    "-c",
    "core.quotePath=false",
)


class GitError(Exception):
    """What git can't give; `text` says why, in one line."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    # Within a hook these would name another repository than the ledger's.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {
        **kept,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
        **more,
    }


def git(folder: Path, *arguments: str, more: Mapping[str, str] | None = None) -> str:
    """What git answers; raises GitError with git's own last line. `more` is its environment."""
    program = shutil.which("git")
    if program is None:
        raise GitError(say("git is not installed; a revision can't be read without it"))
    try:
        done = subprocess.run(  # noqa: S603 - found on the path, no shell
            [program, *_OVERRIDES, *arguments],
            cwd=folder,
            env=_environment(more or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(
            say("git can't be run: {reason}", reason=" ".join(str(error).split()))
        ) from error
    if done.returncode:
        lines = os.fsdecode(done.stderr).strip().splitlines() or [f"exit status {done.returncode}"]
        raise GitError(say("git: {reason}", reason=lines[-1].removeprefix("fatal: ")))
    return os.fsdecode(done.stdout)


@attrs.frozen
class Repository:
    """A repository as seen from a ledger: where git is run, and the ledger's path in the tree.

    `folder` is the top of the work tree, or the repository itself where it is bare.
    """

    folder: Path
    ledger: str
    bare: bool

    def commit(self, revision: str) -> str:
        """The commit that a revision or a date names; a date is the end of that day."""
        if not revision or revision.startswith("-"):
            raise GitError(say("{revision} is no revision", revision=revision or '""'))
        try:
            return git(
                self.folder,
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{revision}^{{commit}}",
            ).strip()
        except GitError as error:
            day = _day(revision)
            if day is not None:
                return self._on(day)
            raise self._unknown(revision) from error

    def _on(self, day: dt.date) -> str:
        end = f"{day} 23:59:59"
        found = git(self.folder, "rev-list", "-1", f"--before={end}", "HEAD").strip()
        if not found:
            self._shallow()
            raise GitError(say("there is no commit on or before {day}", day=day))
        return found

    def _unknown(self, revision: str) -> GitError:
        with contextlib.suppress(GitError):
            if git(self.folder, "rev-parse", "--is-shallow-repository").strip() == "true":
                return GitError(_shallow_text(revision))
        return GitError(
            say(
                "{revision}: no such revision here; name a commit, a branch, a tag or a day",
                revision=revision,
            )
        )

    def _shallow(self) -> None:
        if git(self.folder, "rev-parse", "--is-shallow-repository").strip() == "true":
            raise GitError(_shallow_text(self.ledger))

    def when(self, commit: str) -> dt.date:
        """The day a commit was made, in the committer's own time zone."""
        return dt.date.fromisoformat(git(self.folder, "show", "-s", "--format=%cs", commit).strip())

    def tree(self, commit: str) -> str:
        """What identifies the files of a commit."""
        return git(self.folder, "rev-parse", "--verify", f"{commit}^{{tree}}").strip()

    def ledger_at(self, commit: str) -> str:
        """The ledger's path in a commit: as it is now, or as it was called before a rename."""
        if self._has(commit, self.ledger):
            return self.ledger
        renamed = self._renamed(commit)
        if renamed is None:
            raise GitError(
                say("{revision} has no file {path}", revision=commit[:12], path=self.ledger)
            )
        return renamed

    def _has(self, commit: str, path: str) -> bool:
        return bool(git(self.folder, "ls-tree", "-z", "--name-only", commit, path))

    def _renamed(self, commit: str) -> str | None:
        """The old name of a file that git takes for renamed since."""
        found = git(
            self.folder,
            "diff-tree",
            "-r",
            "-z",
            "-M",
            "--name-status",
            "--diff-filter=R",
            commit,
            "HEAD",
        ).split("\0")
        # Status, old name, new name; and so on.
        for old, new in zip(found[1::3], found[2::3], strict=False):
            if new == self.ledger and self._has(commit, old):
                return old
        return None


def _shallow_text(revision: str) -> Text:
    return say(
        "{revision} is not in this shallow clone; fetch the history first: git fetch --unshallow",
        revision=revision,
    )


def _day(text: str) -> dt.date | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(text)
    return None


def repository_of(ledger: Path) -> Repository:
    """The repository that a ledger's path leads into; the path need not exist in the work tree."""
    path = Path(os.path.abspath(ledger))  # noqa: PTH100 - a link is what git knows
    folder = path.parent
    while not folder.is_dir():
        folder = folder.parent
    try:
        inside = git(folder, "rev-parse", "--is-inside-work-tree").strip() == "true"
    except GitError as error:
        if shutil.which("git") is None:
            raise
        text = say("{path}: is not in a git repository", path=ledger)
        raise GitError(text) from error
    top = git(folder, "rev-parse", "--show-toplevel" if inside else "--absolute-git-dir")
    root = Path(top.removesuffix("\n"))
    # The top is told without symbolic links on the way to it.
    real = Path(os.path.realpath(folder)) / path.relative_to(folder)
    relative = os.path.relpath(real, os.path.realpath(root)).replace(os.sep, "/")
    return Repository(root, relative, bare=not inside)


@contextlib.contextmanager
def checked_out(repository: Repository, commit: str) -> Iterator[Path]:
    """A temporary folder with the files of a commit, gone at the end."""
    refuse_links_out(repository, commit)
    with tempfile.TemporaryDirectory(prefix="arledger-") as made:
        folder = Path(os.path.realpath(made))
        files, index = folder / "files", folder / "index"
        files.mkdir()
        common = git(repository.folder, "rev-parse", "--absolute-git-dir").removesuffix("\n")
        own = {"GIT_INDEX_FILE": str(index), "GIT_DIR": common, "GIT_WORK_TREE": str(files)}
        git(files, "read-tree", commit, more=own)
        git(files, "checkout-index", "--all", "--quiet", more=own)
        yield files


def refuse_links_out(repository: Repository, commit: str) -> None:
    """Raise GitError for a symbolic link that leads out of the repository's tree."""
    for entry in git(repository.folder, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0"):
        about, _, name = entry.partition("\t")
        if not about.startswith(_SYMLINK):
            continue
        target = git(repository.folder, "cat-file", "blob", about.split()[2])
        leads = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if posixpath.isabs(target) or leads == ".." or leads.startswith("../"):
            raise GitError(
                say(
                    "{revision}:{path}: is a link that leads out of the repository: {target}",
                    revision=commit[:12],
                    path=name,
                    target=target,
                )
            )
