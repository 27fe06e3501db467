# SPDX-License-Identifier: GPL-2.0-or-later
"""The cells of a bank's table: amounts whose decimal mark, and dates whose order, is still open."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import attrs

from arledger.reconciliation.reading.bank_fields import sure_day
from arledger.reconciliation.reading.dates import DateError, Numeric, read_date, serial_date
from arledger.reconciliation.reading.numbers import Flag, NumberError, Shape, is_blank, shape
from arledger.reconciliation.reading.overrides import DateOrder, DecimalMark
from arledger.reconciliation.reading.table import Cell, cell_text

_YEAR_FIRST = re.compile(r"([0-9]{4})\D{0,2}([0-9]{1,2})\D{0,2}([0-9]{1,2})(?:\D.*)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\D{1,2}([0-9]{1,2})\D{1,2}([0-9]{4})(?:\D.*)?")


@attrs.frozen(slots=True)
class Money:
    """An amount: the value of a typed cell, or what is written in a text one."""

    typed: Decimal | None
    shape: Shape | None = None

    def value(self, mark: DecimalMark) -> Decimal:
        """The amount under the settled decimal mark."""
        if self.typed is not None:
            return self.typed
        assert self.shape is not None, "an amount is typed or written"
        return self.shape.value(mark)

    @property
    def body(self) -> str | None:
        """Digits and separators, from which the decimal mark is settled; None if typed."""
        return self.shape.body if self.shape else None

    @property
    def currency(self) -> str | None:
        """The currency in the cell itself."""
        return self.shape.currency if self.shape else None

    @property
    def flag(self) -> Flag | None:
        """Debit or credit, where the cell says so."""
        return self.shape.flag if self.shape else None


def money_in(cell: Cell) -> Money | None:
    """The amount in a cell, None where there is none, `NumberError` where it is something else."""
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        return Money(cell)
    if isinstance(cell, date):
        raise NumberError(cell.isoformat())
    found = None if is_blank(cell) else shape(cell)
    return None if found is None else Money(None, found)


@attrs.frozen(slots=True)
class Dated:
    """A date as written; `mended` is what stands there where the calendar has no such day."""

    day: date | Numeric
    mended: str = ""

    def under(self, order: DateOrder | None) -> date | None:
        """The day under the settled order; None where it is none."""
        return self.day.under(order or "dmy") if isinstance(self.day, Numeric) else self.day


def day_in(cell: Cell) -> Dated | None:
    """The date in a cell, None where there is none, `DateError` where it is something else."""
    if cell is None or isinstance(cell, date):
        return None if cell is None else Dated(cell)
    if isinstance(cell, Decimal):
        serial = serial_date(int(cell))
        if serial is not None:
            return Dated(serial)
    text = cell_text(cell)
    try:
        found = read_date(text)
    except DateError:
        mended = _end_of_february(text)
        if mended is None:
            raise
        return Dated(mended, text)
    return None if found is None else Dated(found)


def _end_of_february(text: str) -> date | None:
    """The last day of February for its 29th or 30th, in a year that lacks it."""
    match = _YEAR_FIRST.fullmatch(text.strip())
    parts = match.groups() if match else ()
    if not parts:
        match = _DAY_FIRST.fullmatch(text.strip())
        parts = match.groups()[::-1] if match else ()
    found = sure_day(*map(int, parts)) if parts else None
    return found[0] if found and found[1] else None
