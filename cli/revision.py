# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commit a ledger is: so that a letter can say what it was written from.

Only two of git's plumbing commands are run, which start nothing else: no hook, no filter, no
pager, no prompt. Whether the files are as committed is told by their own contents.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import attrs

SECONDS_MAX = 10
SHORT = 12
_SHA1_LENGTH = 40
_OVERRIDES = (
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
)


@attrs.frozen
class Revision:
    """A commit, and whether a file of the ledger differs from it (or isn't in it)."""

    commit: str
    dirty: bool

    @property
    def short(self) -> str:
        """The commit as people quote it."""
        return self.commit[:SHORT]


def revision(top: Path, files: Iterable[str]) -> Revision | None:
    """The commit that a ledger's top file is tracked in; None where there is none.

    `files` are all that the ledger was read from.
    """
    folder = top.parent
    root = _git(folder, "rev-parse", "--show-toplevel")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if not root or not commit:
        return None
    root = os.path.realpath(root.strip())
    listed = _git(Path(root), "ls-tree", "-r", "-z", commit.strip())
    if listed is None:
        return None
    tree = dict(_entries(listed))
    if _name(str(top), root) not in tree:
        return None
    dirty = any(not _as_committed(file, root, tree) for file in {str(top), *files})
    return Revision(commit.strip(), dirty)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git answers, or nothing: without git, or outside a repository."""
    git = shutil.which("git")
    if git is None:
        return None
    # Within a hook these would name another repository than the ledger's.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(  # noqa: S603 - found on the path, no shell
            [git, *_OVERRIDES, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None


def _entries(listed: str) -> Iterable[tuple[str, str]]:
    """Path and object of each file of the tree."""
    for entry in listed.split("\0"):
        about, _, name = entry.partition("\t")
        if name:
            yield name, about.split()[2]


def _name(file: str, root: str) -> str:
    """A file as the tree names it."""
    return os.path.relpath(os.path.realpath(file), root).replace(os.sep, "/")


def _as_committed(file: str, root: str, tree: dict[str, str]) -> bool:
    committed = tree.get(_name(file, root))
    if committed is None:
        return False
    try:
        content = Path(file).read_bytes()
    except OSError:
        return False
    # A checkout may have given the lines other ends.
    return committed in {_object(content, committed), _object(_unix(content), committed)}


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _object(content: bytes, like: str) -> str:
    """The name that git gives a file of this content, in the repository's own hash."""
    algorithm = "sha1" if len(like) == _SHA1_LENGTH else "sha256"
    digest = hashlib.new(algorithm, usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()
