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
from xml.parsers import expat

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
# Where a cell may begin, and one whose place is told as everybody writes it.
_START = re.compile(rb"<(?:[^\s<>/\"'=:]+:)?c(?=[\s/>])")
_PLACED = re.compile(
    rb"<(?:[^\s<>/\"'=:]+:)?c(?:\s+[\w:]+=\"[^\"<&]*\")*?\s+r=\"([A-Z]{1,3})([1-9]\d{0,6})\""
)
# Bounded everywhere: nothing that a file says makes the search long.
_UNCOUNTED = re.compile(
    rb'<(?:\w+:)?c\s[^<>]{0,300}?\br="([A-Z]{1,3}\d{1,7})"[^<>/]{0,300}>\s{0,99}'
    rb"<(?:\w+:)?f\b(?:[^<>]{0,300}/>|[^<>]{0,300}>[^<]*</(?:\w+:)?f>)\s{0,99}"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s{0,99}"
    rb"</(?:\w+:)?c>"
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")
# A cell's text and formula are shorter; what is longer is looked at in another way.
CARRIED_BYTES_MAX = 1 << 18


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
        size, sheet = _walk(content, member, budget, name)
        total += size
        if sheet.uncounted and _SHEET.fullmatch(member.filename):
            uncounted[member.filename] = tuple(sheet.uncounted)
        if not sheet.plain and _is_xml(member.filename, _relations(content, members, name)):
            places = _places(content, member, name)
            check_area(places.rows, places.columns, name)
        else:
            check_area(sheet.rows, sheet.columns, name)
    return Inspected(uncounted)


def _relations(content: bytes, members: list[zipfile.ZipInfo], name: str) -> bytes:
    """What says in which members the sheets are: any name will do for one."""
    wanted = "xl/_rels/workbook.xml.rels"
    found = [member for member in members if member.filename.lower() == wanted]
    return b"".join(piece for member in found for piece in _pieces(content, member, name)).lower()


def _is_xml(member: str, relations: bytes) -> bool:
    """Whether it may be a sheet; pictures and the like are not, unless they are named as one."""
    lower = member.lower()
    if lower.endswith((".xml", ".rels")) or b"&" in relations:
        return True
    return lower.rpartition("/")[2].encode() in relations


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


def _walk(content: bytes, member: zipfile.ZipInfo, budget: int, name: str) -> tuple[int, _Sheet]:
    """Unpack one member and look at it; its size, and the cells it has if it is a sheet."""
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    sheet = _Sheet()
    size, before = 0, b""
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
            seam = before + piece[: len(_ENTITIES[0])]
            if is_xml and any(word in piece or word in seam for word in _ENTITIES):
                raise ReadingError(
                    say("{file}: has XML with entities in it; it is not opened", file=name)
                )
            before = piece[-len(_ENTITIES[0]) :]
            sheet.take(piece)
    except (zlib.error, struct.error) as error:
        raise ReadingError(cut_off(name)) from error
    sheet.finish()
    return size, sheet


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
    """Looks for cells far out (a parser makes room for all between) and formulas without value.

    Where `plain`, each cell says where it is in the way that every program writes it; else the
    places have to be read as XML.
    """

    uncounted: list[str] = attrs.field(factory=list)
    rows: int = 0
    columns: int = 0
    plain: bool = True
    _rest: bytes = b""

    def take(self, piece: bytes) -> None:
        """Look at what is whole; from the last cell on, all is looked at again with the next."""
        text = self._rest + piece
        last = text.rfind(b"<", 0, text.rfind(b'c r="') + 1)
        if last < 0 or len(text) - last > CARRIED_BYTES_MAX:
            last = text.rfind(b"<")
        if last < 0:
            last = len(text)
        elif len(text) - last > CARRIED_BYTES_MAX:
            self.plain, last = False, len(text)
        self._look(text[:last])
        self._rest = text[last:]

    def finish(self) -> None:
        """Look at what is left."""
        self._look(self._rest)
        self._rest = b""

    def _look(self, text: bytes) -> None:
        cells = _PLACED.findall(text)
        if cells:
            columns = {column for column, _ in cells}
            self.columns = max(
                self.columns, *(column_number(column.decode()) for column in columns)
            )
            self.rows = max(self.rows, *{int(row) for _, row in cells})
        if sum(1 for _ in _START.finditer(text)) > len(cells):
            self.plain = False
        if b"<f" in text or b":f" in text:
            self.uncounted.extend(cell.decode() for cell in _UNCOUNTED.findall(text))


_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")


@attrs.define
class _Places:
    """The places of cells as a parser finds them: told, or one further than the one before."""

    rows: int = 0
    columns: int = 0
    _row: int = 0
    _column: int = 0

    def start(self, element: str, attributes: dict[str, str]) -> None:
        local, told = element.rpartition(":")[2], attributes.get("r", "")
        if local == "row":
            self._row = int(told) if told.isdecimal() else self._row + 1
            self._column = 0
        elif local == "c":
            found = _REFERENCE.fullmatch(told)
            if found is not None:
                self._row = max(self._row, int(found[2]))
                self._column = column_number(found[1].upper())
            else:
                self._column += 1
            self.rows = max(self.rows, self._row)
            self.columns = max(self.columns, self._column)


def _places(content: bytes, member: zipfile.ZipInfo, name: str) -> _Places:
    """The places of a member's cells, read as XML: slower, and whatever way they are written."""
    found = _Places()
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    try:
        for piece in _pieces(content, member, name):
            parser.Parse(piece, False)  # noqa: FBT003 - whether it is the last
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, ValueError) as error:
        raise ReadingError(cut_off(name)) from error
    return found


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
