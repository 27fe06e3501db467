# SPDX-License-Identifier: GPL-2.0-or-later
"""Spreadsheets: XLSX and XLS, read by calamine once they are known to be harmless."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs
import python_calamine as calamine

from arledger.findings import say
from arledger.reconciliation.model import Place, Remark
from arledger.reconciliation.reading.archive import (
    check_area,
    cut_off,
    inspect_workbook,
    macros,
    password,
)
from arledger.reconciliation.reading.compound import BrokenError, read_compound
from arledger.reconciliation.reading.delimited import Score
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.table import Cell, Range, Row

SHEETS_MAX = 100
# A spreadsheet keeps and shows fifteen digits; what a binary float has beyond them is noise.
_DIGITS = ".15g"
_SHOWN_MAX = 5


@attrs.frozen
class SheetRows:
    """The sheet that was chosen."""

    sheet: str
    rows: list[Row]
    merged: tuple[Range, ...]
    remarks: tuple[Remark, ...]


def read_xlsx(content: bytes, sheet: str | None, name: str, score: Score) -> SheetRows:
    """The likeliest visible sheet of an XLSX file, or the one that is named."""
    inspected = inspect_workbook(content, name)
    chosen = _read(content, sheet, name, score)
    cells = sorted({cell for cells in inspected.uncounted.values() for cell in cells})
    if not cells:
        return chosen
    text = say(
        "{count} formulas have no value ({cells}): open the file in a spreadsheet program and "
        "save it, so that they are calculated",
        count=len(cells),
        cells=", ".join(cells[:_SHOWN_MAX]) + (" …" if len(cells) > _SHOWN_MAX else ""),
    )
    remark = Remark(text, Place(name, _row_of(cells[0])), grave=True)
    return attrs.evolve(chosen, remarks=(*chosen.remarks, remark))


def read_xls(content: bytes, sheet: str | None, name: str, score: Score) -> SheetRows:
    """The same of an XLS file (BIFF in a compound file)."""
    try:
        found = read_compound(content)
        locked = found.locked
    except BrokenError as error:
        raise ReadingError(cut_off(name)) from error
    if locked:
        raise ReadingError(password(name))
    if found.has_macros:
        raise ReadingError(macros(name))
    if found.workbook is None:
        raise ReadingError(
            say("{file}: is an Office file of another kind, no spreadsheet", file=name)
        )
    return _read(content, sheet, name, score)


def _row_of(cell: str) -> int:
    return int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 1)


def _guarded(name: str, work: Callable[[], Any]) -> Any:
    """Whatever calamine says of a file that it can't read becomes one sentence."""
    try:
        return work()
    except calamine.PasswordError as error:
        raise ReadingError(password(name)) from error
    except (calamine.CalamineError, ValueError, OSError, OverflowError) as error:
        raise ReadingError(cut_off(name)) from error
    except BaseException as error:
        # A panic in the parser is no Exception; an interrupt isn't one either, and goes on.
        if type(error).__name__ == "PanicException":
            raise ReadingError(cut_off(name)) from error
        raise


def _read(content: bytes, sheet: str | None, name: str, score: Score) -> SheetRows:
    book = _guarded(name, lambda: calamine.load_workbook(io.BytesIO(content)))
    sheets = [meta for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
    if len(sheets) > SHEETS_MAX:
        raise ReadingError(say("{file}: has more than {count} sheets", file=name, count=SHEETS_MAX))
    if sheet is not None:
        return _one(book, _named(sheets, sheet, name), name)
    visible = [meta for meta in sheets if meta.visible == calamine.SheetVisibleEnum.Visible]
    if not visible:
        raise ReadingError(say("{file}: has no visible sheet", file=name))
    hidden = [meta.name for meta in sheets if meta not in visible]
    remarks = [
        Remark(say("the hidden sheet {sheet} is left out", sheet=one), Place(name, 1))
        for one in hidden
    ]
    return _likeliest(book, [meta.name for meta in visible], remarks, name, score)


def _named(sheets: Sequence[Any], asked: str, name: str) -> str:
    names: list[str] = [meta.name for meta in sheets]
    if asked in names:
        return asked
    if asked.isdecimal() and 1 <= int(asked) <= len(names):
        return names[int(asked) - 1]
    raise ReadingError(
        say(
            "{file}: has no sheet {sheet}; there are {sheets}",
            file=name,
            sheet=asked,
            sheets=", ".join(names),
        )
    )


def _likeliest(
    book: Any, names: Sequence[str], remarks: list[Remark], name: str, score: Score
) -> SheetRows:
    """The sheet whose table looks most like one; the first of equals."""
    best: tuple[int, int] = (-1, -1)
    chosen = None
    tables = []
    for each in names:
        read = _one(book, each, name)
        rank = (score(read.rows), len(read.rows))
        if rank[0] > 0:
            tables.append(each)
        if rank > best:
            best, chosen = rank, read
    assert chosen is not None, "a workbook without sheets has been refused"
    others = [each for each in tables if each != chosen.sheet]
    if others:
        text = say(
            "read from sheet {sheet}; {others} may have a table, too: choose with --sheet",
            sheet=chosen.sheet,
            others=", ".join(others),
        )
        remarks.append(Remark(text, Place(name, 1)))
    return attrs.evolve(chosen, remarks=tuple(remarks))


def _one(book: Any, sheet: str, name: str) -> SheetRows:
    read = _guarded(name, lambda: book.get_sheet_by_name(sheet))
    end = read.end
    if end is None:
        return SheetRows(sheet, [], (), ())
    check_area(end[0] + 1, end[1] + 1, name)
    rows = _guarded(name, lambda: _rows(read))
    merged = tuple(
        (top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in _guarded(name, lambda: read.merged_cell_ranges) or ()
    )
    return SheetRows(sheet, rows, merged, ())


def _rows(sheet: Any) -> list[Row]:
    """Rows from row 1 and column A on; those without content are left out."""
    known: dict[str, str] = {}
    rows = []
    before: list[Cell] = [None] * sheet.start[1]
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = before + [_cell(value, known) for value in values]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            rows.append(Row(number, tuple(cells)))
    return rows


def _cell(value: Any, known: dict[str, str]) -> Cell:
    if isinstance(value, str):
        return known.setdefault(value, value) if value and not value.isspace() else None
    read = _TYPED.get(type(value))
    return None if read is None else read(value)


def _number(value: float) -> Decimal | str:
    """The digits that a spreadsheet shows of a binary float: no arithmetic is done with it."""
    shown = Decimal(format(value, _DIGITS))
    if not shown.is_finite():
        return str(value)
    return Decimal(format(shown, "f"))


_TYPED: Mapping[type, Callable[[Any], Cell]] = {
    float: _number,
    int: Decimal,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: lambda value: value.date(),
    date: lambda value: value,
    time: str,
    timedelta: str,
}
