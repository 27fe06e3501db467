# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be known of a spreadsheet before a parser opens it: its real size, and what is in it.

A zip file says itself how large its members are when unpacked, and may lie. So every member
is unpacked once here, piece by piece and thrown away, and counted.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import attrs

from arledger.findings import Text, say
from arledger.reconciliation.reading.errors import ReadingError

MEMBERS_MAX = 2_000
UNPACKED_BYTES_MAX = 1_200_000_000
# A spreadsheet's XML packs to a tenth or twentieth; a bomb to a thousandth.
RATIO_MAX = 300
RATIO_FREE_BYTES = 20_000_000
PIECE_BYTES = 1 << 20
ROWS_MAX = 1_048_576
COLUMNS_MAX = 500
CELLS_MAX = 40_000_000

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1
# No attribute has a bracket in it: a piece without any is given up at the next one.
_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"(?:[^<>]*[^<>/])?>')
_UNCOUNTED = re.compile(
    rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3}\d{1,7})"[^<>/]*>\s*'
    rb"<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*"
    rb"</(?:\w+:)?c>"
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


@attrs.frozen
class Inspected:
    """What the members of a workbook say before it is parsed.

    `uncounted` are cells with a formula that nobody has ever calculated, by member.
    """

    uncounted: dict[str, tuple[str, ...]]


def inspect_workbook(content: bytes, name: str) -> Inspected:
    """Check an XLSX file's members; `ReadingError` for whatever isn't a harmless workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error) as error:
        raise ReadingError(cut_off(name)) from error
    if len(members) > MEMBERS_MAX:
        raise ReadingError(
            say(
                "{file}: has {count} members, more than any spreadsheet; it is not opened",
                file=name,
                count=len(members),
            )
        )
    _kind([member.filename for member in members], name)
    total = 0
    uncounted = {}
    for member in members:
        budget = _budget(len(content)) - total
        size, cells = _walk(content, member, budget, name)
        total += size
        if cells:
            uncounted[member.filename] = cells
    return Inspected(uncounted)


def cut_off(name: str) -> Text:
    """What is said of a spreadsheet that doesn't hold together."""
    return say("{file}: the spreadsheet is damaged or cut off; export it again", file=name)


def _budget(packed: int) -> int:
    return min(UNPACKED_BYTES_MAX, RATIO_FREE_BYTES + packed * RATIO_MAX)


def _kind(names: list[str], name: str) -> None:
    lower = {member.lower() for member in names}
    if any(member.endswith("vbaproject.bin") for member in lower):
        raise ReadingError(macros(name))
    if "xl/workbook.xml" in lower:
        return
    if "xl/workbook.bin" in lower:
        raise ReadingError(
            say("{file}: is a binary workbook (XLSB); save it as XLSX or CSV", file=name)
        )
    if "content.xml" in lower and "mimetype" in lower:
        raise ReadingError(
            say("{file}: is an OpenDocument file; save it as XLSX or CSV", file=name)
        )
    raise ReadingError(
        say("{file}: is a zip archive but no spreadsheet; unpack it first", file=name)
    )


def macros(name: str) -> Text:
    """What is said of a workbook with a program in it."""
    return say("{file}: has macros; save it as XLSX (without macros) or CSV", file=name)


def _walk(
    content: bytes, member: zipfile.ZipInfo, budget: int, name: str
) -> tuple[int, tuple[str, ...]]:
    """Unpack one member and look at it; its size, and its formulas without a value."""
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    sheet = _Sheet(name) if _SHEET.fullmatch(member.filename) else None
    size = 0
    try:
        for piece in _pieces(content, member, name):
            size += len(piece)
            if size > budget:
                raise ReadingError(
                    say(
                        "{file}: unpacks to far more than a spreadsheet has (a zip bomb?); it is "
                        "not opened",
                        file=name,
                    )
                )
            if is_xml and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece):
                raise ReadingError(
                    say("{file}: has XML with entities in it; it is not opened", file=name)
                )
            if sheet is not None:
                sheet.take(piece)
    except (zlib.error, struct.error) as error:
        raise ReadingError(cut_off(name)) from error
    if sheet is None:
        return size, ()
    sheet.finish()
    return size, tuple(sheet.uncounted)


def _pieces(content: bytes, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """What the member really unpacks to, whatever its header says."""
    if member.flag_bits & _ENCRYPTED:
        raise ReadingError(password(name))
    offset = member.header_offset
    if offset < 0:
        raise ReadingError(cut_off(name))
    header = _LOCAL_HEADER.unpack_from(content, offset)
    start = offset + _LOCAL_HEADER.size + header[-2] + header[-1]
    packed = memoryview(content)[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), PIECE_BYTES):
            yield bytes(packed[at : at + PIECE_BYTES])
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise ReadingError(cut_off(name))
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    piece = inflate.decompress(packed, PIECE_BYTES)
    while piece:
        yield piece
        piece = inflate.decompress(inflate.unconsumed_tail, PIECE_BYTES)
    if not inflate.eof:
        raise ReadingError(cut_off(name))


def password(name: str) -> Text:
    """What is said of a file that is locked."""
    return say("{file}: is protected by a password; save it without one", file=name)


@attrs.define
class _Sheet:
    """Looks for cells far out (a parser makes room for all between) and formulas without value."""

    name: str
    uncounted: list[str] = attrs.field(factory=list)
    _row: int = 0
    _column: int = 0
    _rest: bytes = b""

    def take(self, piece: bytes) -> None:
        text = self._rest + piece
        whole, found, rest = text.rpartition(b"</")
        if not found:
            self._rest = text[-PIECE_BYTES:]
            return
        # From the last cell that is closed on, everything is looked at again.
        cut = whole.rfind(b"<c ")
        if cut > 0 and len(text) - cut < PIECE_BYTES:
            whole, self._rest = text[:cut], text[cut:]
        else:
            self._rest = found + rest
        self._look(whole)

    def finish(self) -> None:
        """Look at what is left, and judge the whole."""
        self._look(self._rest)
        check_area(self._row, self._column, self.name)

    def _look(self, text: bytes) -> None:
        cells = _CELL.findall(text)
        if cells:
            columns = {column for column, _ in cells}
            self._column = max(
                self._column, *(column_number(column.decode()) for column in columns)
            )
            self._row = max(self._row, *{int(row) for _, row in cells})
        if b"<f" in text or b":f" in text:
            self.uncounted.extend(cell.decode() for cell in _UNCOUNTED.findall(text))


def check_area(rows: int, columns: int, name: str) -> None:
    """A parser makes room for every cell between the first and the last one."""
    if columns > COLUMNS_MAX:
        raise ReadingError(too_many_columns(name))
    if rows > ROWS_MAX:
        raise ReadingError(too_many_rows(name))
    if rows * columns > CELLS_MAX:
        raise ReadingError(
            say(
                "{file}: spans {rows} rows and {columns} columns, more than can be read; delete "
                "what stands far out, or save the table as CSV",
                file=name,
                rows=f"{rows:,}",
                columns=columns,
            )
        )


def column_number(letters: str) -> int:
    """A column's number, from 1: A, B, … Z, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def too_many_rows(name: str) -> Text:
    """A file longer than any statement."""
    return say("{file}: has more than {count} rows", file=name, count=f"{ROWS_MAX:,}")


def too_many_columns(name: str) -> Text:
    """A file wider than any statement."""
    return say("{file}: has more than {count} columns", file=name, count=COLUMNS_MAX)
