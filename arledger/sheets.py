# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as files: CSV (UTF-8 without a byte order mark) and spreadsheets.

One table, the keys of the JSON answer as header.

A spreadsheet takes a text that begins like a formula for one, and a customer's name may do so:
such a text gets an apostrophe in front. Figures are written plain, as in JSON, and are no texts.
A text with another separator in it stands in quotes, for a spreadsheet may be set to that one.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from arledger.money import EXACT

# Full-width forms count as well: spreadsheets in East Asian settings take them.
_FORMULA = frozenset("=+-@")
_AT_ONCE = ("\t", "\r", "\n")

Cell = str | int | bool | Decimal | None


class Figure(str):
    """A number already written as text: never a formula, whatever its sign."""

    __slots__ = ()


def defused(text: str) -> str:
    """`text` so that no spreadsheet computes it."""
    if text.startswith(_AT_ONCE) or _first_seen(text) in _FORMULA:
        return "'" + text
    return text


def _first_seen(text: str) -> str:
    """The first character that a spreadsheet would see, in its plain form."""
    for character in text:
        if unicodedata.category(character)[0] not in "CZ":
            return unicodedata.normalize("NFKC", character)[:1]
    return ""


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not isinstance(value, Figure):
        return defused(value)
    return str(value)


# What some spreadsheet splits at, and what quotes are needed for.
_SEPARATORS = frozenset(',;\t|"\r\n')


def _quoted(cell: str) -> str:
    """The cell as it stands in the file."""
    if _SEPARATORS.isdisjoint(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def document(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table as text."""
    lines = [[defused(name) for name in header]]
    lines.extend([_cell(value) for value in row] for row in rows)
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


Sheet = tuple[str, Sequence[str], Iterable[Sequence[Cell]]]


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as a spreadsheet (XLSX): texts are texts, whatever they begin with.

    Figures are numbers with their own decimals; a spreadsheet keeps 15 digits of them, so longer
    ones are written as text, exactly.
    """
    return workbook_of([(title, header, rows)])


def workbook_of(sheets: Iterable[Sheet]) -> bytes:
    """Several tables, a sheet each: its title, its header, its rows."""
    from openpyxl import Workbook  # noqa: PLC0415 - only who wants a spreadsheet pays for it

    book = Workbook(write_only=True)
    for title, header, rows in sheets:
        sheet = book.create_sheet(sheet_title(title))
        sheet.freeze_panes = "A2"
        sheet.append([_made(sheet, name, bold=True) for name in header])
        for row in rows:
            sheet.append([_made(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _made(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    """A cell of a sheet: a figure as a number where a spreadsheet keeps each digit."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    number = _number(value)
    content: Any = number if number is not None else _typed(value)
    made = WriteOnlyCell(sheet, value=content)
    if isinstance(made.value, str):
        made.data_type = "s"
    elif number is not None:
        exponent = number.as_tuple().exponent
        made.number_format = number_format(max(0, -exponent) if isinstance(exponent, int) else 0)
    if bold:
        made.font = Font(bold=True)
    return made


# What a spreadsheet's binary numbers hold exactly, the characters of a cell, of a sheet's name.
DIGITS_MAX = 15
TEXT_MAX = 32_767
TITLE_MAX = 31
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def is_kept(number: Decimal) -> bool:
    """Whether a spreadsheet keeps each digit of a number; if not, it is written as text."""
    return len(number.normalize(EXACT).as_tuple().digits) <= DIGITS_MAX


def number_format(places: int) -> str:
    """How a cell shows a number: with thousands separators and so many decimals."""
    return "#,##0" + ("." + "0" * places if places else "")


def sheet_title(title: str) -> str:
    """A sheet's name has 31 characters at most, and some are not allowed in it."""
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:TITLE_MAX].strip("' ") or "arledger"


def _number(value: Cell) -> Decimal | None:
    if not isinstance(value, Figure | Decimal):
        return None
    number = Decimal(value)
    return number if is_kept(number) else None


def _typed(value: Cell) -> str | int | bool | None:
    if isinstance(value, str):
        # Characters that no XML may hold.
        return _CONTROL.sub("\ufffd", str(value))[:TEXT_MAX]
    return str(value) if isinstance(value, Decimal) else value
