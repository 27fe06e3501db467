# SPDX-License-Identifier: GPL-2.0-or-later
"""Compound files (XLS and locked XLSX): what streams they have, and whether they hold together.

Source of the layout: [MS-CFB] and [MS-XLS], Microsoft's open specifications. A parser that meets
a chain that leads out of the file doesn't fail gently, so the chains are followed here first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import attrs

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER_BYTES = 512
_ENTRY_BYTES = 128
_END = 0xFFFFFFFE
_SPECIAL = 0xFFFFFFFA  # from here on an entry of the table is no sector
_IN_HEADER = 109
_STREAM, _ROOT = 2, 5
_MINI_SHIFT = 6
STREAM_BYTES_MAX = 300_000_000
# Records of a workbook stream.
_BOF = {0x0009, 0x0209, 0x0409, 0x0809}
_FILEPASS = 0x002F
# What the extent of a sheet looks like, by its length: rows were counted in two bytes once.
_SAID = {10: "<HHHH", 14: "<IIHH"}
_BOUNDSHEET = 0x0085
# Cells, each beginning with its row and its column: formula, number, text, truth value, and their
# packed forms; in the last two the last column stands at the end.
_CELLS = {0x0006, 0x0203, 0x0204, 0x0205, 0x00FD, 0x00D6, 0x027E}
_SEVERAL = {0x00BD, 0x00BE}
_DIMENSIONS, _SHARED_STRINGS = 0x0200, 0x00FC


class BrokenError(ValueError):
    """A compound file that doesn't hold together."""


@attrs.frozen
class Compound:
    """The streams by name, read."""

    names: frozenset[str]
    workbook: bytes | None

    @property
    def locked(self) -> bool:
        """Whether its contents are encrypted."""
        if "EncryptedPackage" in self.names:
            return True
        return self.workbook is not None and any(
            record == _FILEPASS for record, _ in records(self.workbook)
        )

    @property
    def has_macros(self) -> bool:
        """Whether a program is in it."""
        return any(name.startswith("_VBA_PROJECT") for name in self.names)


@attrs.frozen
class _Entry:
    name: str
    kind: int
    start: int
    size: int


@attrs.define
class _Reader:
    content: bytes
    shift: int
    table: list[int] = attrs.field(factory=list)

    def sector(self, number: int) -> bytes:
        at = (number + 1) << self.shift
        found = self.content[at : at + (1 << self.shift)]
        if not found:
            raise BrokenError(number)
        return found

    def chain(self, start: int, table: list[int]) -> Iterator[int]:
        """The sectors of a stream; a chain that leads out of the file or in circles is broken."""
        number, count = start, 0
        while number != _END:
            if number >= len(table) or count > len(table):
                raise BrokenError(number)
            yield number
            number, count = table[number], count + 1

    def stream(self, start: int, size: int | None = None) -> bytes:
        found = b"".join(self.sector(number) for number in self.chain(start, self.table))
        if size is None:
            return found
        if len(found) < size:
            raise BrokenError(size)
        return found[:size]


def read_compound(content: bytes) -> Compound:
    """The streams of a compound file; `BrokenError` if it is damaged or cut off."""
    try:
        return _read(content)
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise BrokenError from error


def _read(content: bytes) -> Compound:
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    if shift not in {9, 12} or mini_shift != _MINI_SHIFT:
        raise BrokenError(shift)
    directory, cutoff, mini_start, mini_count, more, _ = _header(content)
    reader = _Reader(content, shift)
    reader.table = _table(reader, more)
    entries = list(_entries(reader.stream(directory)))
    named = [one for one in entries if one.name.lower() in {"workbook", "book"}]
    if len(named) > 1:
        # Which of them a parser takes is its own affair.
        raise BrokenError(named[1].name)
    workbook = named[0] if named else None
    names = frozenset(entry.name for entry in entries)
    if workbook is None:
        return Compound(names, None)
    _follow(reader, entries, cutoff, mini_start if mini_count else _END)
    if workbook.size < cutoff:
        return Compound(names, _small(reader, entries, workbook, mini_start))
    return Compound(names, reader.stream(workbook.start, workbook.size))


def _header(content: bytes) -> tuple[int, int, int, int, int, int]:
    """Starts of directory and small sectors, the size below which streams are small, and more."""
    directory, _, cutoff, mini_start, mini_count, more, count = struct.unpack_from(
        "<7I", content, 48
    )
    return directory, cutoff, mini_start, mini_count, more, count


def _table(reader: _Reader, more: int) -> list[int]:
    """The table of sectors: each one's successor."""
    size = (1 << reader.shift) // 4
    sectors = list(struct.unpack_from(f"<{_IN_HEADER}I", reader.content, 76))
    seen = 0
    while more < _SPECIAL:
        further = struct.unpack(f"<{size}I", reader.sector(more))
        sectors += further[:-1]
        more, seen = further[-1], seen + 1
        if seen > len(reader.content) >> reader.shift:
            raise BrokenError(more)
    table: list[int] = []
    for number in sectors:
        if number < _SPECIAL:
            table += struct.unpack(f"<{size}I", reader.sector(number))
    return table


def _entries(directory: bytes) -> Iterator[_Entry]:
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        if not kind:
            continue
        start, size = struct.unpack_from("<II", directory, at + 116)
        if length > 64 or size > STREAM_BYTES_MAX:  # noqa: PLR2004 - 32 characters
            raise BrokenError(length)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le")
        yield _Entry(name, kind, start, size)


def _follow(reader: _Reader, entries: list[_Entry], cutoff: int, mini_start: int) -> None:
    """Walk every chain once, as a parser may."""
    for entry in entries:
        large = entry.kind == _ROOT or (entry.kind == _STREAM and entry.size >= cutoff)
        if large and entry.size:
            reader.stream(entry.start, entry.size)
    if mini_start != _END:
        reader.stream(mini_start)


def _small(reader: _Reader, entries: list[_Entry], entry: _Entry, mini_start: int) -> bytes:
    """A stream kept in the small sectors of the root entry."""
    root = next((one for one in entries if one.kind == _ROOT), None)
    if root is None:
        raise BrokenError(entry.name)
    held = reader.stream(root.start, root.size)
    packed = reader.stream(mini_start)
    table = list(struct.unpack(f"<{len(packed) // 4}I", packed[: len(packed) // 4 * 4]))
    parts = []
    for number in reader.chain(entry.start, table):
        part = held[number << _MINI_SHIFT : (number + 1) << _MINI_SHIFT]
        if not part:
            raise BrokenError(number)
        parts.append(part)
    found = b"".join(parts)
    if len(found) < entry.size:
        raise BrokenError(entry.size)
    return found[: entry.size]


def records(workbook: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a workbook stream: number, contents; `BrokenError` where they don't tile."""
    at = 0
    while at + 4 <= len(workbook):
        record, length = struct.unpack_from("<HH", workbook, at)
        if at == 0 and record not in _BOF:
            raise BrokenError(record)
        if at + 4 + length > len(workbook):
            if record == 0:
                return
            raise BrokenError(record)
        yield record, workbook[at + 4 : at + 4 + length]
        at += 4 + length


def extent(workbook: bytes) -> tuple[int, int]:
    """The rows and columns that its cells span, or are said to, all sheets together.

    A parser makes room for all of them before it tells anything. `BrokenError` where it says of
    more texts than it can hold, or where a sheet doesn't begin at a record, so that it has cells
    that are none here.
    """
    rows = columns = at = 0
    begins, told = set(), set()
    for record, content in records(workbook):
        if record in _BOF:
            begins.add(at)
        elif record == _BOUNDSHEET:
            told.add(struct.unpack_from("<I", content)[0])
        elif record in _CELLS or record in _SEVERAL:
            row, column = struct.unpack_from("<HH", content)
            if record in _SEVERAL:
                column = max(column, *struct.unpack("<H", content[-2:]))
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif record == _DIMENSIONS and len(content) in _SAID:
            _, last, _, beyond = struct.unpack_from(_SAID[len(content)], content)
            rows, columns = max(rows, last), max(columns, beyond)
        elif record == _SHARED_STRINGS and struct.unpack_from("<I", content, 4)[0] > len(workbook):
            raise BrokenError(record)
        at += 4 + len(content)
    if told - begins:
        raise BrokenError(told - begins)
    return rows, columns
