# SPDX-License-Identifier: GPL-2.0-or-later
"""Included files that are no files: a folder, a pipe, a device.

Beancount opens whatever an `include` leads to. A folder ends its load with a traceback, and a
pipe or a terminal may never come to an end, so they are looked for before it begins. The files
are read as text, without parsing: what looks like an include and isn't one is no file, either.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

# Looked for without its line's beginning, which would take ten times as long.
_INCLUDE = re.compile(rb'include[ \t]*"([^"\n]*)"')
_ESCAPED = re.compile(rb"\\(.)")


@attrs.frozen
class Sources:
    """The files that a ledger is read from: each with a digest of its content.

    `patterns` are what their `include` lines say, each with the files that fit it.
    """

    digests: Mapping[str, str]
    patterns: Mapping[str, Sequence[str]]

    def unchanged(self) -> bool:
        """Whether all of it is still so."""
        return all(
            _fitting(pattern) == list(names) for pattern, names in self.patterns.items()
        ) and all(_digest(name) == digest for name, digest in self.digests.items())


def sources(top: Path) -> Sources | None:
    """The files that a ledger is read from, from its top file on; None where one can't be read."""
    digests: dict[str, str] = {}
    patterns: dict[str, list[str]] = {}
    waiting = [str(top)]
    while waiting:
        file = waiting.pop()
        if file in digests:
            continue
        text = _content(file)
        if text is None:
            return None
        digests[file] = _digest_of(text)
        for pattern, _ in _patterns(file, text):
            patterns[pattern] = _fitting(pattern)
            waiting.extend(map(os.path.normpath, patterns[pattern]))
    return Sources(digests, patterns)


def _digest(name: str) -> str | None:
    content = _content(name)
    return None if content is None else _digest_of(content)


def _content(name: str) -> bytes | None:
    """What is in a file; None for what can't be read, or may never come to an end."""
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):  # noqa: PTH116 - compared as text
            return None
        return Path(name).read_bytes()
    except (OSError, ValueError):
        return None


def _digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _fitting(pattern: str) -> list[str]:
    """The files that a pattern leads to, in order."""
    try:
        return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Beancount's own
    except (OSError, ValueError):
        return []


@attrs.frozen
class Included:
    """What an `include` leads to, and where that stands."""

    path: str
    file: str
    line: int


def no_file(top: Path, content: bytes) -> Included | None:
    """The first include, here or in a file that is included, that leads to what is no file."""
    seen: set[str] = {str(top)}
    waiting = [(str(top), content)]
    while waiting:
        file, text = waiting.pop()
        for one in _included(file, text):
            if one.path in seen:
                continue
            seen.add(one.path)
            try:
                mode = os.stat(one.path).st_mode  # noqa: PTH116 - compared as text
                if stat.S_ISREG(mode):
                    waiting.append((one.path, Path(one.path).read_bytes()))
                elif one.path != os.devnull:
                    return one
            except OSError:
                # Gone, or not to be read: Beancount says so.
                continue
    return None


def leads_out(top: Path, root: Path) -> Included | None:
    """The first include, from a ledger's top file on, of a file that isn't below `root`."""
    real = os.path.realpath(root)
    seen: set[str] = {str(top)}
    waiting = [str(top)]
    while waiting:
        file = waiting.pop()
        try:
            text = Path(file).read_bytes()
        except OSError:
            continue
        for one in _included(file, text, missing=True):
            if one.path in seen:
                continue
            seen.add(one.path)
            if not os.path.realpath(one.path).startswith(real + os.sep):
                return one
            waiting.append(one.path)
    return None


def _included(file: str, text: bytes, *, missing: bool = False) -> Iterator[Included]:
    """What a file includes, with its patterns filled in, as Beancount does it.

    A name that fits no file is told, too, where `missing` asks for it.
    """
    for pattern, begins in _patterns(file, text):
        names = _fitting(pattern)
        line = text.count(b"\n", 0, begins) + 1
        for name in names or ([pattern] if missing else []):
            yield Included(os.path.normpath(name), file, line)


def _patterns(file: str, text: bytes) -> Iterator[tuple[str, int]]:
    """What a file's `include` lines say, each with where its line begins."""
    for found in _INCLUDE.finditer(text):
        begins = text.rfind(b"\n", 0, found.start()) + 1
        if text[begins : found.start()].strip():
            # A comment, or a word that ends like it.
            continue
        if b"\0" in found[1]:
            # No file has such a name.
            continue
        name = os.fsdecode(_ESCAPED.sub(rb"\1", found[1]))
        yield os.path.join(os.path.dirname(file), name), begins  # noqa: PTH118, PTH120
