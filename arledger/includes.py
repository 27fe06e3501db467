# SPDX-License-Identifier: GPL-2.0-or-later
"""Included files that are no files: a folder, a pipe, a device.

Beancount opens whatever an `include` leads to. A folder ends its load with a traceback, and a
pipe or a terminal may never come to an end, so they are looked for before it begins. The files
are read as text, without parsing: what looks like an include and isn't one is no file, either.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import attrs

# Looked for without its line's beginning, which would take ten times as long.
_INCLUDE = re.compile(rb'include[ \t]*"([^"\n]*)"')
_ESCAPED = re.compile(rb"\\(.)")


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
    for found in _INCLUDE.finditer(text):
        begins = text.rfind(b"\n", 0, found.start()) + 1
        if text[begins : found.start()].strip():
            # A comment, or a word that ends like it.
            continue
        name = os.fsdecode(_ESCAPED.sub(rb"\1", found[1]))
        pattern = os.path.join(os.path.dirname(file), name)  # noqa: PTH118, PTH120
        try:
            names = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Beancount's own
        except (OSError, ValueError):
            continue
        line = text.count(b"\n", 0, begins) + 1
        for name in names or ([pattern] if missing else []):
            yield Included(os.path.normpath(name), file, line)
