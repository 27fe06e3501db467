# SPDX-License-Identifier: GPL-2.0-or-later
"""A customer's statement out of a file: lines signed from our side, balances checked."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.money import exact, iso_digits
from arledger.reconciliation.model import Line, Place, ReadAs, Remark, Statement
from arledger.reconciliation.reading.balances import Balances, Manner, settle_balances
from arledger.reconciliation.reading.bookings import (
    Body,
    Booking,
    Progress,
    read_body,
    settled_day,
)
from arledger.reconciliation.reading.columns import Layout, find_layout
from arledger.reconciliation.reading.dates import Numeric, Settled, settle_order
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.heading import (
    Period,
    balances_beside,
    currency_in,
    heading_of,
    numerics,
    period_of,
)
from arledger.reconciliation.reading.numbers import settle_mark
from arledger.reconciliation.reading.overrides import (
    NOTHING,
    DateOrder,
    DecimalMark,
    Overrides,
    StatementSide,
)
from arledger.reconciliation.reading.rows import read_table
from arledger.reconciliation.reading.sides import infer_side
from arledger.reconciliation.reading.table import Row, Table

# The foot of a table is read for balances as far as this; a table may have a million notes.
NOTES_MAX = 1_000


@exact
def read_statement(
    content: bytes,
    name: str,
    overrides: Overrides = NOTHING,
    progress: Progress | None = None,
) -> Statement:
    """Read a statement; `ReadingError` says in one sentence why it can't be read.

    `name` is the file's, for places; `progress` is told how many rows of how many are read.
    """
    table = read_table(content, name, overrides)
    layout = find_layout(table, overrides)
    above = [row for row in table.rows[:NOTES_MAX] if row.line < layout.first]
    body = read_body(table, layout, progress)
    if not any(booking.kind == "line" for booking in body.bookings):
        _check_lines(body, table)
    reader = _Assembly(table, layout, overrides, above, body)
    return reader.statement(hashlib.sha256(content).hexdigest())


def _check_lines(body: Body, table: Table) -> None:
    if body.bookings:
        return
    raise ReadingError(
        say("{file}: has a header, but no line with an amount below it", file=table.file)
    )


@attrs.define
class _Assembly:
    table: Table
    layout: Layout
    overrides: Overrides
    above: Sequence[Row]
    body: Body
    remarks: list[Remark] = attrs.field(factory=list)

    def statement(self, sha256: str) -> Statement:
        heading = heading_of(self.above)
        bookings = self.bookings()
        lines = [booking for booking in bookings if booking.kind == "line"]
        currency, several = self.currency(lines, heading)
        mark = self.mark(currency)
        self.bare_total(bookings, lines, mark)
        settled = self.order(lines, heading)
        balances = settle_balances(bookings, mark, self.table.file, several=several)
        side, reason = self.side(lines, heading, balances)
        sign = -1 if side == "theirs" else 1
        read = tuple(self.lines(lines, balances.manner, settled.order, sign, currency))
        period = self.period(heading, settled.order, read, bookings)
        return Statement(
            self.table.file,
            sha256,
            self.read_as(settled.order, mark, side, reason),
            read,
            currency,
            _signed(balances.opening, sign),
            _signed(balances.closing, sign),
            period.start,
            period.end,
            heading,
            (*self.table.remarks, *self.body.remarks, *self.remarks, *balances.remarks),
        )

    def bookings(self) -> list[Booking]:
        """The rows of the table, with the balances above and below it in their places."""
        beside = list(balances_beside(self.above, self.body.marks))
        below = list(balances_beside(self.body.notes[-NOTES_MAX:], self.body.marks))
        return sorted([*beside, *self.body.bookings, *below], key=lambda booking: booking.line)

    def bare_total(self, bookings: list[Booking], lines: list[Booking], mark: DecimalMark) -> None:
        """A last row of figures only that is the sum of all before it is their total."""
        last = lines[-1] if len(lines) > 2 else None  # noqa: PLR2004 - a sum of one is a repetition
        if last is None or bookings[-1] is not last:
            return
        if last.date is not None or last.reference or last.text:
            return
        manner = Manner(mark)
        moved = [manner.movement(booking) for booking in lines]
        if sum(moved[:-1]) != moved[-1]:
            return
        last.kind = "total"
        lines.pop()
        text = say("taken for a total: it is the sum of the lines above it, and says nothing else")
        self.remarks.append(Remark(text, Place(self.table.file, last.line)))

    def currency(self, lines: Sequence[Booking], heading: Sequence[str]) -> tuple[str | None, bool]:
        """The statement's currency where it is one, and whether there are several."""
        named = Counter(booking.currency for booking in lines if booking.currency)
        if len(named) > 1:
            self.remarks.append(self.several(named))
            return None, True
        if named:
            return next(iter(named)), False
        stated = currency_in(heading, self.layout.headings)
        if stated is None and len(self.body.signs) == 1:
            stated = next(iter(self.body.signs))
        return stated or self.overrides.currency, False

    def several(self, named: Counter[str]) -> Remark:
        text = say(
            "has lines in several currencies ({currencies}): balances are not checked",
            currencies=", ".join(sorted(named)),
        )
        return Remark(text, Place(self.table.file, self.layout.first))

    def mark(self, currency: str | None) -> DecimalMark:
        told = self.overrides.decimal_mark
        if told is not None:
            self.check_mark(told)
            return told
        known = currency or self.overrides.currency
        digits = iso_digits(known) if known is not None else None
        return settle_mark(self.body.marks, digits, self.table.file)

    def check_mark(self, told: DecimalMark) -> None:
        """The mark that was told must read every number."""
        against = self.body.marks.comma if told == "." else self.body.marks.point
        if against is not None:
            raise ReadingError(
                say(
                    "{file}:{line}: {number} can't be read with {mark} as the decimal mark",
                    file=self.table.file,
                    line=against[0],
                    number=against[1],
                    mark=told,
                )
            )

    def order(self, lines: Sequence[Booking], heading: Sequence[str]) -> Settled:
        told = self.overrides.date_order
        if told is not None:
            return Settled(told)
        numeric = [
            (booking.line, found)
            for booking in lines
            for found in (booking.date, booking.due)
            if isinstance(found, Numeric)
        ]
        numeric += self.dates_above(numeric)
        ordered = [booking.date for booking in lines if booking.date is not None]
        stated = period_of(heading, None)
        within = (stated.start, stated.end) if stated.start and stated.end else None
        settled = settle_order(numeric, ordered, within, self.table.file)
        place = Place(self.table.file, numeric[0][0] if numeric else 1)
        if settled.reason is not None:
            self.remarks.append(Remark(settled.reason, place))
        typed = sum(isinstance(found, date) for found in ordered)
        if numeric and typed and self.table.format in {"xls", "xlsx"}:
            text = say(
                "some dates are dates and some are text: the program that opened the file may have "
                "swapped day and month in the former"
            )
            self.remarks.append(Remark(text, place, grave=True))
        return settled

    def dates_above(self, numeric: list[tuple[int, Numeric]]) -> list[tuple[int, Numeric]]:
        """Dates of the heading, written like those of the lines: they have one order with them."""
        if not numeric:
            return []
        first = numeric[0][1]
        alike = [
            (row.line, found)
            for row in self.above
            for text in heading_of([row])
            for found in numerics(text)
            if (found.separator, found.short) == (first.separator, first.short)
        ]
        orders = [set(found.orders) for _, found in (*numeric, *alike)]
        return alike if set.intersection(*orders) else []

    def side(
        self, lines: Sequence[Booking], heading: Sequence[str], balances: Balances
    ) -> tuple[StatementSide, Text]:
        told = self.overrides.side
        if told is not None:
            return told, say("as told")
        manner = balances.manner
        texts = [
            (f"{booking.reference} {booking.text}", manner.movement(booking))
            for booking in lines[:5000]
        ]
        plain = "charge" in self.layout.columns and "payment" in self.layout.columns
        sheet = (self.table.sheet or "",)
        headings = (*heading, *self.layout.headings, *sheet)
        return infer_side(headings, texts, balances.closing, plain=plain)

    def lines(
        self,
        lines: Sequence[Booking],
        manner: Manner,
        order: DateOrder | None,
        sign: int,
        currency: str | None,
    ) -> Iterator[Line]:
        file = self.table.file
        for index, booking in enumerate(lines):
            balance = manner.balanced(booking)
            rate = booking.rate.under(manner.mark) if booking.rate is not None else None
            yield Line(
                index,
                _signed(manner.movement(booking), sign) or Decimal(0),
                booking.currency or currency or "",
                settled_day(booking.date, order, booking.line, file),
                booking.reference or None,
                booking.text,
                balance=_signed(balance, sign),
                rate=rate,
                place=Place(file, booking.line),
            )

    def period(
        self,
        heading: Sequence[str],
        order: DateOrder | None,
        lines: Sequence[Line],
        bookings: Sequence[Booking],
    ) -> Period:
        """The period that the heading states, else what the lines and the closing balance cover."""
        stated = period_of(heading, order)
        days = [line.date for line in lines if line.date is not None]
        if days and stated.end is None:
            closing = [one for one in bookings if one.kind == "closing"]
            ends = [settled_day(one.date, order, one.line, self.table.file) for one in closing]
            days += [day for day in ends if day is not None]
        if not days:
            return stated
        return Period(stated.start or min(days), stated.end or max(days))

    def read_as(
        self, order: DateOrder | None, mark: DecimalMark, side: str, reason: Text
    ) -> ReadAs:
        return ReadAs(
            self.table.format,
            self.table.encoding,
            self.table.delimiter,
            self.table.sheet,
            self.layout.first,
            self.layout.named,
            order,
            mark,
            side,
            reason,
        )


def _signed(amount: Decimal | None, sign: int) -> Decimal | None:
    return -amount if amount is not None and sign < 0 and amount else amount
