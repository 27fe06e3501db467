# SPDX-License-Identifier: GPL-2.0-or-later
"""A file's bytes into a `Table` of raw cells: text, XLSX or XLS, told by what is in the file.

The name's ending decides nothing: tab-separated text called .xls is common.
"""

from __future__ import annotations

from collections.abc import Sequence

from arledger.findings import Text, say
from arledger.reconciliation.model import Place, Remark
from arledger.reconciliation.reading.compound import SIGNATURE
from arledger.reconciliation.reading.delimited import DELIMITERS, Score, read_delimited
from arledger.reconciliation.reading.encodings import decode
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import NOTHING, Overrides
from arledger.reconciliation.reading.sheets import SheetRows, read_xls, read_xlsx
from arledger.reconciliation.reading.table import Row, Table
from arledger.reconciliation.reading.words import table_score

BYTES_MAX = 1_000_000_000
FORMATS = ("csv", "tsv", "xlsx", "xls")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# What people drop by mistake, by how it begins.
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
)


def read_table(
    content: bytes, name: str, overrides: Overrides = NOTHING, score: Score = table_score
) -> Table:
    """The rows of a file that have content; `ReadingError` says why it can't be read.

    `score` tells how much some rows look like the table that is wanted: it chooses among the
    sheets of a workbook and the delimiters of a text.
    """
    if len(content) > BYTES_MAX:
        raise ReadingError(
            say("{file}: is larger than {count} bytes", file=name, count=f"{BYTES_MAX:,}")
        )
    if not content.strip():
        raise ReadingError(say("{file}: is empty", file=name))
    kind = _kind(content, overrides.format, name)
    if kind == "xlsx":
        return _sheet_table(kind, read_xlsx(content, overrides.sheet, name, score), name)
    if kind == "xls":
        return _sheet_table(kind, read_xls(content, overrides.sheet, name, score), name)
    return _text_table(content, name, overrides, score)


def _kind(content: bytes, told: str | None, name: str) -> str:
    if told is not None and told.lower() not in FORMATS:
        raise ReadingError(
            say(
                'a statement is read as {formats}, not as "{format}"',
                formats=", ".join(FORMATS),
                format=told,
            )
        )
    found = _found(content, name)
    if told is None or told.lower() == found or {told.lower(), found} <= {"csv", "tsv"}:
        return found
    raise ReadingError(
        say("{file}: is {found}, not {format}", file=name, found=found, format=told.lower())
    )


def _found(content: bytes, name: str) -> str:
    if content.startswith(_ZIP):
        return "xlsx"
    if content.startswith(SIGNATURE):
        return "xls"
    for magic, kind in _OTHERS:
        if content.startswith(magic):
            raise ReadingError(
                say(
                    "{file}: is a {kind} file; export the statement as CSV or XLSX",
                    file=name,
                    kind=kind,
                )
            )
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")):
        raise ReadingError(_markup("HTML", name))
    if start.startswith((b"<?xml", b"<!doctype", b"<workbook", b"<document")):
        raise ReadingError(_markup("XML", name))
    return "csv"


def _markup(kind: str, name: str) -> Text:
    return say(
        "{file}: is {kind}, whatever its name says; open it in a spreadsheet program and save it "
        "as XLSX or CSV",
        file=name,
        kind=kind,
    )


def _sheet_table(kind: str, read: SheetRows, name: str) -> Table:
    if not read.rows:
        raise ReadingError(say("{file}: sheet {sheet} is empty", file=name, sheet=read.sheet))
    return Table(name, kind, read.rows, sheet=read.sheet, merged=read.merged, remarks=read.remarks)


def _text_table(content: bytes, name: str, overrides: Overrides, score: Score) -> Table:
    text, encoding = decode(content, overrides.encoding, name)
    _check_text(text, name)
    rows, delimiter = read_delimited(text, overrides.delimiter, name, score)
    if not rows:
        raise ReadingError(say("{file}: is empty", file=name))
    kind = "tsv" if delimiter == "\t" else "csv"
    return Table(name, kind, rows, encoding, delimiter, remarks=_odd_widths(rows, name))


def _check_text(text: str, name: str) -> None:
    """Control characters beside tabs and line breaks: no text, whatever it decodes to."""
    sample = text[:20_000]
    odd = sum(char < " " and char not in "\t\r\n\x1a\x0b\x0c" for char in sample)
    if odd > len(sample) // 100 or "\0" in sample:
        raise ReadingError(
            say("{file}: is neither a table as text (CSV) nor a spreadsheet (XLSX, XLS)", file=name)
        )


def _odd_widths(rows: Sequence[Row], name: str) -> tuple[Remark, ...]:
    """A text of one column only is read, but hardly as meant."""
    if any(len(row.cells) > 1 for row in rows):
        return ()
    text = say(
        "no row has more than one cell; the delimiters tried are {delimiters}",
        delimiters=" ".join("tab" if one == "\t" else one for one in DELIMITERS),
    )
    return (Remark(text, Place(name, rows[0].line)),)
