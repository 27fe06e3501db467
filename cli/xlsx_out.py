# SPDX-License-Identifier: GPL-2.0-or-later
"""XLSX answers: amounts as numbers where a spreadsheet keeps each digit, texts as texts.

Nothing in the file is a formula. A text that begins as one gets an apostrophe in front, as in
CSV; control characters are shown as escapes. A spreadsheet's numbers have fifteen digits or so:
an amount with more is written as text, so that no digit is lost.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal

import attrs
from openpyxl import Workbook
from openpyxl.cell.cell import TYPE_STRING, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from rich.cells import cell_len

from arledger.cli.csv_out import defused
from arledger.cli.visible import visible

WIDTH_MAX = 60
TEXT_MAX = 32_000
TITLE_MAX = 31
DIGITS_MAX = 15  # what a double keeps of any decimal
_FORBIDDEN = str.maketrans("[]:*?/\\", "       ")

Value = str | int | Decimal | dt.date | None


@attrs.frozen
class Line:
    """A row of cells; `strong` for headings and totals, `digits` the decimals of its amounts."""

    cells: Sequence[Value]
    strong: bool = False


@attrs.frozen
class Sheet:
    """One sheet: its name, and its rows from the top."""

    title: str
    lines: Sequence[Line]
    digits: int = 2


def document(sheets: Sequence[Sheet], day: dt.date) -> bytes:
    """The workbook; it says that it was made on `day`, so that two of the same answer are alike."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "arledger"
    book.properties.created = dt.datetime.combine(day, dt.time())
    book.properties.modified = book.properties.created
    for sheet in sheets:
        _write(book.create_sheet(_title(sheet.title)), sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _title(text: str) -> str:
    return visible(text).translate(_FORBIDDEN)[:TITLE_MAX].strip() or "1"


def _write(target: Worksheet, sheet: Sheet) -> None:
    widths: dict[int, int] = {}
    figures = "#,##0" + ("." + "0" * sheet.digits if sheet.digits else "")
    for row, line in enumerate(sheet.lines, start=1):
        for column, value in enumerate(line.cells, start=1):
            if value is None or value == "":
                continue
            cell = target.cell(row, column)
            assert isinstance(cell, Cell), "nothing is merged here"
            shown = _fill(cell, value, figures)
            if line.strong:
                cell.font = Font(bold=True)
            # A title alone in its row runs over the columns beside it.
            if len([one for one in line.cells if one not in {None, ""}]) > 1:
                widths[column] = max(widths.get(column, 0), cell_len(shown))
    for column, width in widths.items():
        target.column_dimensions[get_column_letter(column)].width = min(width, WIDTH_MAX) + 2


def _fill(cell: Cell, value: Value, figures: str) -> str:
    """Write one value; returns what will be seen, more or less."""
    if isinstance(value, Decimal) and _is_kept(value):
        cell.value = value
        cell.number_format = figures if _digits(value) <= figures.count("0") - 1 else "General"
        return f"{value:,f}"
    if isinstance(value, int):
        cell.value = value
        return str(value)
    if isinstance(value, dt.date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
        return value.isoformat()
    text = f"{value:f}" if isinstance(value, Decimal) else defused(visible(str(value)))
    text = text[:TEXT_MAX]
    cell.value = text
    cell.data_type = TYPE_STRING
    cell.alignment = Alignment(
        wrap_text=cell_len(text) > WIDTH_MAX,
        vertical="top",
        horizontal="right" if isinstance(value, Decimal) else None,
    )
    return text


def _digits(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _is_kept(amount: Decimal) -> bool:
    """Whether the file keeps each digit: it is written with sixteen, and read as a double."""
    digits = len(amount.normalize().as_tuple().digits)
    return digits <= DIGITS_MAX and amount == Decimal(f"{amount:.16g}")
