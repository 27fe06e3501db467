# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes into tables: encodings, delimiters, sheets; and files that nobody should open."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from arledger.reconciliation.reading import Overrides, ReadingError, read_statement
from arledger.reconciliation.reading.archive import COLUMNS_MAX, ROWS_MAX
from arledger.reconciliation.reading.rows import read_table
from tests.reconciliation.reading.files import book_of, compound_of, csv_of, read, saved

SIMPLIFIED = [["日期", "单据号", "摘要", "金额"], ["2024-03-01", "FP-1", "货款，三月", "1.00"]]
TRADITIONAL = [["日期", "單據號", "摘要", "金額"], ["2024-03-01", "FP-1", "貨款，三月", "1.00"]]
WESTERN = [
    ["Date", "Ref", "Détails", "Amount"],
    ["2024-03-01", "Ä1", "Réglé à Zürich, crème brûlée", "1.00"],
]


def table(content: bytes, name: str = "f.csv", **told: Any) -> Any:
    """Read a table with overrides."""
    return read_table(content, name, Overrides(**told))


@pytest.mark.parametrize(
    ("rows", "encoding", "called"),
    [
        (SIMPLIFIED, "utf-8", "UTF-8"),
        (SIMPLIFIED, "utf-8-sig", "UTF-8"),
        (SIMPLIFIED, "utf-16", "UTF-16"),
        (SIMPLIFIED, "utf-16-le", "UTF-16-LE"),
        (SIMPLIFIED, "utf-16-be", "UTF-16-BE"),
        (SIMPLIFIED, "utf-32", "UTF-32"),
        (SIMPLIFIED, "gb18030", "GB18030"),
        (SIMPLIFIED, "gbk", "GB18030"),
        (TRADITIONAL, "big5", "Big5"),
        (TRADITIONAL, "gb18030", "GB18030"),
        (TRADITIONAL, "utf-8", "UTF-8"),
        (WESTERN, "utf-8", "UTF-8"),
        (WESTERN, "cp1252", "cp1252"),
    ],
)
def test_encodings(rows: list[list[str]], encoding: str, called: str) -> None:
    """With and without a mark; the text that comes out is the text that went in."""
    found = table(csv_of(rows, encoding=encoding))
    assert [list(row.cells) for row in found.rows] == rows
    assert found.encoding == called


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("rows", [SIMPLIFIED, WESTERN])
def test_delimiters(rows: list[list[str]], delimiter: str) -> None:
    """Told by the header and by how the rows fit."""
    found = table(csv_of(rows, delimiter))
    assert found.delimiter == delimiter
    assert [list(row.cells) for row in found.rows] == rows
    assert found.format == ("tsv" if delimiter == "\t" else "csv")


def test_decimal_commas_do_not_separate() -> None:
    """Semicolons do, where amounts have commas."""
    found = table(b"Date;Ref;Amount\n01.03.2024;A1;1.234,56\n02.03.2024;A2;7,00\n")
    assert found.delimiter == ";"


def test_the_file_names_its_delimiter() -> None:
    """`sep=` in its first line, which is no row."""
    found = table(b"sep=;\nDate;Ref;Amount\n2024-03-01;A,B,C,D,E;1\n")
    assert (found.delimiter, [row.line for row in found.rows]) == (";", [2, 3])


def test_lines_of_cells_with_line_breaks() -> None:
    """A row has the line it begins on."""
    text = 'Date,Ref,Amount\r\n2024-03-01,"A\r\n1",1\r\n\r\n2024-03-02,"B",2\r\n'
    assert [row.line for row in table(text.encode()).rows] == [1, 2, 5]
    assert [line.place.line for line in read(text).lines if line.place] == [2, 5]


def test_type_by_content() -> None:
    """Tab-separated text called .xls, a workbook called .csv."""
    assert table(csv_of(SIMPLIFIED, "\t"), "f.xls").format == "tsv"
    assert table(book_of({"S": SIMPLIFIED}), "f.csv").format == "xlsx"


def test_xls(shared_data: Path) -> None:
    """The older format, in place."""
    path = shared_data / "data" / "formats" / "cn_spdb_debit.xls"
    found = table(path.read_bytes(), path.name)
    assert (found.format, found.sheet, len(found.rows)) == ("xls", "sheet", 6)
    assert found.rows[1].cells[3:6] == ("存入金额", "取出金额", "余额")


def test_bank_text(shared_data: Path) -> None:
    """Quoted cells with tabs behind them."""
    path = shared_data / "data" / "formats" / "cn_icbc_debit_v2.csv"
    found = table(path.read_bytes(), path.name)
    assert (found.format, found.delimiter) == ("csv", ",")
    assert found.rows[3].line == 7
    assert found.rows[4].text(10) == "13.40"


def test_hidden_sheets_are_left_out() -> None:
    """And said; named, they are read."""
    content = book_of({"Old": SIMPLIFIED, "New": SIMPLIFIED}, hidden=["Old"])
    found = table(content)
    assert found.sheet == "New"
    assert [str(one.text) for one in found.remarks] == ["the hidden sheet Old is left out"]
    assert table(content, sheet="Old").sheet == "Old"


def test_the_sheet_with_the_table() -> None:
    """The likeliest is read; another that may be one is named."""
    notes = [["Notes"], ["nothing here"]]
    assert table(book_of({"Notes": notes, "Data": SIMPLIFIED})).sheet == "Data"
    found = table(book_of({"A": SIMPLIFIED, "B": SIMPLIFIED}))
    assert found.sheet == "A"
    assert "B may have a table" in str(found.remarks[0].text)
    assert table(book_of({"A": SIMPLIFIED, "B": SIMPLIFIED}), sheet="2").sheet == "B"
    with pytest.raises(ReadingError, match="no sheet C; there are A, B"):
        table(book_of({"A": SIMPLIFIED, "B": SIMPLIFIED}), sheet="C")


def test_rows_keep_their_numbers() -> None:
    """Also where a sheet begins further down and to the right."""
    book = openpyxl.Workbook()
    book.worksheets[0]["C5"] = "Date"
    book.worksheets[0]["D9"] = 5
    found = table(saved(book))
    assert [(row.line, row.text(2), row.text(3)) for row in found.rows] == [
        (5, "Date", ""),
        (9, "", "5"),
    ]


def zip_of(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_member(name: str, content: bytes) -> bytes:
    """A workbook with one more member, or another in place of one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book_of({"S": SIMPLIFIED}))) as source:
        members = {one: source.read(one) for one in source.namelist()}
    members[name] = content
    out.write(zip_of(members))
    return out.getvalue()


def lying_bomb() -> bytes:
    """A member that unpacks to 200 MB and says that it has 10 bytes."""
    content = bytearray(with_member("xl/media/image1.xml", b"\0" * 200_000_000))
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"xl/media/image1.xml"))
    struct.pack_into("<I", content, at + 24, 10)
    return bytes(content)


# Records of a workbook: a beginning of file, and one that says that the rest is encrypted.
PLAIN = struct.pack("<HH4sHH", 0x0809, 4, b"\0\6\5\0", 0x000A, 0)
LOCKED = struct.pack("<HH4sHH6s", 0x0809, 4, b"\0\6\5\0", 0x002F, 6, b"\1\0\1\0\1\0")

SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'


def sheet_with(cells: str) -> bytes:
    """A workbook with this sheet data."""
    return with_member("xl/worksheets/sheet1.xml", SHEET.format(cells).encode())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF file"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG file"),
        (b"\x1f\x8b\x08\x00", "is a gzip file"),
        (bytes(range(256)) * 40, "neither a table"),
        (b"\x01\x02\x03\x04,\x05\n" * 99, "neither a table"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "is HTML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "is XML"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "is XML"),
        (b'Date,Ref,Amount\n2024-03-01,"A1,5\n2024-03-02,A2,6\n', "2: a quotation mark"),
        (b'Date,Ref,Amount\n2024-03-01,"' + b"A1,5\n" * 90_000, "2: a quotation mark"),
        ("日期,金额\n2024-03-01,1\n".encode() + "货款,2\n".encode("gb18030") + "付款,3\n摘要,4\n".encode(), "3: is not UTF-8"),
        ("日期,金额\n摘要,货款".encode()[:-1], "cut off"),
        ("日期,金额\n摘要,货款".encode("gb18030")[:-1], "cut off"),
        ("日期,金额\n摘要,货款".encode("utf-16")[:-1], "cut off"),
        (zip_of({"a.txt": b"a"}), "no spreadsheet"),
        (zip_of({"mimetype": b"x", "content.xml": b"<a/>"}), "OpenDocument"),
        (zip_of({"xl/workbook.bin": b"x"}), "XLSB"),
        (zip_of({"xl/workbook.xml": b"<a/>"}), "damaged or cut off"),
        (with_member("xl/vbaProject.bin", b"x"), "has macros"),
        (with_member("xl/media/big.xml", b"\0" * 400_000_000), "zip bomb"),
        (lying_bomb(), "zip bomb"),
        (zip_of({"xl/workbook.xml": b"x", **{f"xl/{number}": b"" for number in range(3000)}}), "members"),
        (with_member("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "entities"),
        (sheet_with(FAR.format(1_048_576, "SF")), "spans 1,048,576 rows"),
        (sheet_with(FAR.format(2, "XFD")), "more than 500 columns"),
        (sheet_with(FAR.format(9_999_999, "A")), "rows"),
        (book_of({"S": SIMPLIFIED})[:-300], "damaged or cut off"),
        (book_of({"S": SIMPLIFIED})[:900], "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged or cut off"),
        (compound_of({"WordDocument": b"x"}), "another kind"),
        (compound_of({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "password"),
        (compound_of({"Workbook": LOCKED}), "password"),
        (compound_of({"Workbook": PLAIN, "_VBA_PROJECT_CUR": b"x"}), "has macros"),
        (compound_of({"Workbook": b"nonsense" * 600}), "damaged or cut off"),
        (compound_of({"Workbook": PLAIN})[:2000], "damaged or cut off"),
        (book_of({"S": []}), "sheet S is empty"),
    ],
    ids=range(39),
)  # fmt: skip
def test_refused(content: bytes, said: str) -> None:
    """One clear sentence that names the file, and nothing else is raised."""
    with pytest.raises(ReadingError, match=said) as raised:
        read(content, "theirs.csv")
    assert str(raised.value).startswith("theirs.csv:")
    assert "\n" not in str(raised.value)


def other_member() -> bytes:
    """A workbook whose sheet is in a member of another name, with a cell far out."""
    with zipfile.ZipFile(io.BytesIO(book_of({"S": SIMPLIFIED}))) as source:
        members = {one: source.read(one) for one in source.namelist()}
    relations = "xl/_rels/workbook.xml.rels"
    members[relations] = members[relations].replace(b"worksheets/sheet1.xml", b"other/s.bin")
    del members["xl/worksheets/sheet1.xml"]
    members["xl/other/s.bin"] = SHEET.format(FAR.format(1_048_576, "XFD")).encode()
    return zip_of(members)


ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'


@pytest.mark.parametrize(
    "content",
    [
        sheet_with(ONE + '<row r="1048576">' + "<c><v>1</v></c>" * 600 + "</row>"),
        sheet_with(ONE + "<row r='9'><c r='XFD9'><v>1</v></c></row>"),
        sheet_with(ONE + '<row r="9"><c r = "XFD9"><v>1</v></c></row>'),
        sheet_with(ONE + '<row r="9"><c r="xfd9"><v>1</v></c></row>'),
        sheet_with(ONE + '<row r="9"><c t=">" r="XFD9"><v>1</v></c></row>'),
        sheet_with(ONE + '<row r="9"><c r="ZZZZZZZ9"><v>1</v></c></row>'),
        other_member(),
    ],
    ids=["untold", "quotes", "blanks", "lower", "bracket", "long", "member"],
)
def test_a_cell_far_out_however_it_is_told(content: bytes) -> None:
    """A parser that made room for all between would ask for more than any machine has."""
    with pytest.raises(ReadingError, match="more than 500 columns"):
        read(content)


def test_cells_that_do_not_say_where_they_are() -> None:
    """Follow one another; that is read like any other sheet."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row) + "</row>"
        for row in (("Date", "Ref", "Amount"), ("2024-03-01", "A1", "5.00"))
    )
    assert len(read(sheet_with(cells)).lines) == 1


def test_a_large_sheet_without_cells_is_passed_quickly() -> None:
    """What stands between the last cell and the end is not searched again and again."""
    started = time.monotonic()
    with pytest.raises(ReadingError, match="zip bomb"):
        read(sheet_with(ONE + " " * 400_000_000))
    assert time.monotonic() - started < 60


def record(number: int, content: bytes) -> bytes:
    """A record of a workbook stream."""
    return struct.pack("<HH", number, len(content)) + content


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (record(0x0203, struct.pack("<HHHd", 65535, 65535, 0, 1)), "more than 500 columns"),
        (record(0x00BD, struct.pack("<HHHIH", 65535, 0, 0, 0, 65535)), "more than 500 columns"),
        (record(0x0200, struct.pack("<IIHHH", 0, 4_000_000_000, 0, 9, 0)), "more than 1,048,576 rows"),
        (record(0x0200, struct.pack("<HHHHH", 0, 9, 0, 65535, 0)), "more than 500 columns"),
        (record(0x00FC, struct.pack("<II", 2_000_000_000, 2_000_000_000)), "damaged or cut off"),
        (record(0x0085, struct.pack("<IHBB1s", 12, 0, 1, 0, b"S")), "damaged or cut off"),
    ],
)  # fmt: skip
def test_an_old_workbook_that_asks_for_room(told: bytes, said: str) -> None:
    """Of cells far out, of an extent or a number of texts that it doesn't have: none is made."""
    stream = PLAIN[:8] + told + PLAIN[8:]
    with pytest.raises(ReadingError, match=said):
        read(compound_of({"Workbook": stream}), "theirs.xls")


def test_two_workbooks_in_one_file() -> None:
    """Which of them a parser takes isn't known."""
    with pytest.raises(ReadingError, match="damaged"):
        read(compound_of({"Workbook": PLAIN, "Book": PLAIN}), "theirs.xls")


def test_an_encrypted_member(shared_data: Path) -> None:
    """A zip with a password, and a truncated XLS."""
    content = bytearray(book_of({"S": SIMPLIFIED}))
    at = content.find(b"PK\x01\x02")
    struct.pack_into("<H", content, at + 8, 1)
    with pytest.raises(ReadingError, match="password"):
        read(bytes(content))
    path = shared_data / "data" / "formats" / "cn_spdb_debit.xls"
    with pytest.raises(ReadingError, match="damaged"):
        read(path.read_bytes()[:3000], path.name)


def test_five_hundred_columns() -> None:
    """Are read; one more is refused."""
    wide = [["Date", "Ref", "Amount", *[f"c{number}" for number in range(COLUMNS_MAX - 3)]]]
    wide.append(["2024-03-01", "A1", "5", *["x"] * (COLUMNS_MAX - 3)])
    assert len(read(csv_of(wide)).lines) == 1
    assert len(read(book_of({"S": wide})).lines) == 1
    with pytest.raises(ReadingError, match="more than 500 columns"):
        read(csv_of([[*row, "x"] for row in wide]))
    with pytest.raises(ReadingError, match="more than 500 columns"):
        read(book_of({"S": [[*row, "x"] for row in wide]}))


def test_too_many_rows() -> None:
    """A sentence, and no memory for what nobody reads."""
    with pytest.raises(ReadingError, match="more than 1,048,576 rows"):
        table(b"a,1\n" * (ROWS_MAX + 1))


def test_progress_is_told() -> None:
    """How many rows of how many."""
    told: list[tuple[int, int]] = []
    text = "Date,Ref,Amount\n" + "2024-03-01,A1,5.00\n" * 20_000
    statement = read_statement(text.encode(), "f.csv", progress=lambda *done: told.append(done))
    assert told == [(10_000, 20_001), (20_000, 20_001)]
    assert len(statement.lines) == 20_000


@pytest.mark.parametrize(
    "content",
    [
        b"Date,Ref,Amount\n2024-03-01,A," + b"5" + b" " * 60_000 + b"x\n",
        b"Date,Ref,Amount\n" + b"1" + b" " * 60_000 + b"x,A,5\n",
        b"Period: 2024" + b" " * 100_000 + b"-\nDate,Ref,Amount\n2024-03-01,A,5\n",
        b"Date,Ref,Amount\n2024-03-01," + b"1-" * 50_000 + b",5\n",
        b"," * 400 + b"\n" + b"(" * 120_000 + b"\nDate,Ref,Amount\n2024-03-01,A,5\n",
        sheet_with("<c " * 300_000),
        sheet_with('<c r="A1"><f>' * 100_000),
    ],
    ids=range(7),
)  # fmt: skip
def test_no_cell_takes_long(content: bytes) -> None:
    """Long runs of what a pattern may repeat: seconds at most, whatever comes of them."""
    started = time.process_time()
    try:
        read(content)
    except ReadingError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - the sentence is what is tested
    assert time.process_time() - started < 10
