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


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as a spreadsheet (XLSX): texts are texts, whatever they begin with.

    Figures are numbers with their own decimals; a spreadsheet keeps 15 digits of them, so longer
    ones are written as text, exactly.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - only who wants a spreadsheet pays for it
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_title(title))
    sheet.freeze_panes = "A2"

    def cell(value: Cell, *, bold: bool = False) -> Any:
        number = _number(value)
        content: Any = number if number is not None else _typed(value)
        made = WriteOnlyCell(sheet, value=content)
        if isinstance(made.value, str):
            made.data_type = "s"
        elif number is not None:
            exponent = number.as_tuple().exponent
            places = max(0, -exponent) if isinstance(exponent, int) else 0
            made.number_format = "#,##0" + ("." + "0" * places if places else "")
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(name, bold=True) for name in header])
    for row in rows:
        sheet.append([cell(value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# What a spreadsheet's binary numbers hold exactly.
_DIGITS_MAX = 15
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def _number(value: Cell) -> Decimal | None:
    if not isinstance(value, Figure | Decimal):
        return None
    number = Decimal(value)
    return number if len(number.as_tuple().digits) <= _DIGITS_MAX else None


def _typed(value: Cell) -> str | int | bool | None:
    if isinstance(value, str):
        # Characters that no XML may hold; 32,767 is a cell's most.
        return _CONTROL.sub("\ufffd", str(value))[:32767]
    return str(value) if isinstance(value, Decimal) else value


def _sheet_title(title: str) -> str:
    """A sheet's name has 31 characters at most, and some are not allowed in it."""
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip("' ") or "arledger"
