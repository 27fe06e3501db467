# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commit a ledger is: so that a letter can say what it was written from.

Only plumbing commands are run, which start nothing else: no hook, no filter. Whether the files
are as committed is told by their own contents.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import attrs

from arledger.cli.git import GitError, git

# A letter is written without it rather than late.
SECONDS_MAX = 10
SHORT = 12
_SHA1_LENGTH = 40


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
    with suppress(GitError):
        return git(folder, *arguments, seconds_max=SECONDS_MAX)
    return None


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
