# SPDX-License-Identifier: GPL-2.0-or-later
"""Statements as customers would write them: out of a ledger, and with differences planted.

A planted difference says what it is: the class (or classes, where the day decides), the amount
that it adds to the balances' difference, and the document and line it is about.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

import attrs

from arledger.reconciliation.differences import Difference, Reconciliation
from arledger.reconciliation.entries import (
    Document,
    ledger_balance,
    movements,
    open_documents,
)
from arledger.reconciliation.model import Line, Place, ReadAs, Statement
from arledger.subledger.subledger import Subledger

ZERO = Decimal(0)
FILE = "theirs.csv"
FIRST_LINE = 2


def written(  # noqa: PLR0913 - what a statement says of itself
    lines: Iterable[Line],
    currency: str,
    *,
    opening: Decimal | None = None,
    closing: Decimal | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    heading: Sequence[str] = (),
) -> Statement:
    """A statement of these lines in this order, from our side."""
    placed = tuple(
        attrs.evolve(line, index=at, place=Place(FILE, at + FIRST_LINE))
        for at, line in enumerate(lines)
    )
    return Statement(
        FILE,
        "0" * 64,
        ReadAs("csv", side="theirs"),
        placed,
        currency,
        opening,
        closing,
        since,
        until,
        tuple(heading),
    )


def line_of(document: Document) -> Line:
    """A document of ours as a line of theirs: its number, else the number it is for."""
    entry = document.entry
    reference = entry.references[0] if entry.references else None
    return Line(0, entry.amount, entry.currency, entry.date, reference)


def movements_of(
    subledger: Subledger, customer: str, currency: str, since: dt.date, until: dt.date
) -> Statement:
    """All of a period, with opening and closing balances."""
    inside = [
        one
        for one in movements(subledger, customer, currency)
        if one.counts_from >= since and one.posted <= until
    ]
    closing = ledger_balance(subledger, customer, currency, until)
    opening = closing - sum((one.entry.amount for one in inside), ZERO)
    return written(
        map(line_of, inside), currency, opening=opening, closing=closing, since=since, until=until
    )


def open_items_of(subledger: Subledger, customer: str, currency: str, day: dt.date) -> Statement:
    """What is open at a day, and nothing else."""
    lines = map(line_of, open_documents(subledger, customer, currency, day))
    return written(lines, currency, until=day)


# Differences.


@attrs.frozen
class Planted:
    """A statement with one difference in it, and what must be found."""

    statement: Statement
    classes: frozenset[str]
    amount: Decimal
    lines: tuple[int, ...] = ()
    item: str | None = None

    def found_in(self, answer: Reconciliation) -> list[Difference]:
        """The differences that are this one."""
        return [
            one
            for one in answer.differences
            if one.cls.value in self.classes
            and one.amount == self.amount
            and (not self.lines or one.line in {at + FIRST_LINE for at in self.lines})
            and (self.item is None or self.item in {entry.id for entry in one.entries})
        ]


def _with(statement: Statement, lines: Iterable[Line], more: Decimal) -> Statement:
    """The statement with other lines, its closing balance `more` than it was."""
    closing = None if statement.closing is None else statement.closing + more
    return written(
        lines,
        statement.currency or "",
        opening=statement.opening,
        closing=closing,
        since=statement.from_date,
        until=statement.to_date,
    )


def swapped_digits(amount: Decimal) -> Decimal:
    """The first two neighbouring digits that differ, changed about; as it is where none do."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    for at, (one, other) in enumerate(pairwise(digits)):
        if one != other and (at or other):
            changed = (*digits[:at], other, one, *digits[at + 2 :])
            return Decimal((sign, changed, exponent))
    return amount


def swap(statement: Statement, at: int) -> Planted:
    """Two digits of an amount changed about."""
    lines = list(statement.lines)
    amount = swapped_digits(lines[at].amount)
    more = amount - lines[at].amount
    lines[at] = attrs.evolve(lines[at], amount=amount)
    return Planted(_with(statement, lines, more), frozenset({"amount"}), more, (at,))


def short(statement: Statement, at: int) -> Planted:
    """A little less than was due."""
    lines = list(statement.lines)
    more = lines[at].amount.copy_sign(-lines[at].amount) / 100
    more = more.quantize(Decimal("0.01"))
    lines[at] = attrs.evolve(lines[at], amount=lines[at].amount + more)
    return Planted(_with(statement, lines, more), frozenset({"amount"}), more, (at,))


def drop(statement: Statement, at: int) -> Planted:
    """A line that isn't there."""
    lines = list(statement.lines)
    gone = lines.pop(at)
    return Planted(
        _with(statement, lines, -gone.amount),
        frozenset({"missing-in-statement", "in-transit", "disputed"}),
        -gone.amount,
    )


def duplicate(statement: Statement, at: int) -> Planted:
    """A line that is there twice."""
    lines = list(statement.lines)
    lines.insert(at + 1, lines[at])
    more = lines[at].amount
    return Planted(_with(statement, lines, more), frozenset({"duplicate"}), more, (at, at + 1))


def delay(statement: Statement, at: int) -> Planted:
    """A line dated eight days later, or as much earlier where the period ends before."""
    lines = list(statement.lines)
    days = dt.timedelta(days=8)
    day = lines[at].date
    assert day is not None
    assert statement.to_date is not None
    moved = day + days if day + days <= statement.to_date else day - days
    lines[at] = attrs.evolve(lines[at], date=moved)
    return Planted(_with(statement, lines, ZERO), frozenset({"date"}), ZERO, (at,))


def extra(statement: Statement, at: int) -> Planted:
    """A document that we never had, in the place of `at`."""
    lines = list(statement.lines)
    new = attrs.evolve(lines[at], amount=Decimal("4711.17"), reference="ZX-990099-Q")
    lines.insert(at, new)
    return Planted(
        _with(statement, lines, new.amount),
        frozenset({"missing-in-ledger"}),
        new.amount,
        (at,),
    )


PLANTS: dict[str, Callable[[Statement, int], Planted]] = {
    "swap": swap,
    "short": short,
    "drop": drop,
    "duplicate": duplicate,
    "delay": delay,
    "extra": extra,
}


# Split and merged: the amounts agree, and nothing may be found.


def split(statement: Statement, at: int) -> Statement:
    """One document booked in two parts of its number."""
    lines = list(statement.lines)
    whole = lines[at]
    part = (whole.amount / 3).quantize(Decimal("0.01"))
    lines[at : at + 1] = [
        attrs.evolve(whole, amount=part),
        attrs.evolve(whole, amount=whole.amount - part),
    ]
    return _with(statement, lines, ZERO)


def merge(statement: Statement, one: int, other: int) -> Statement:
    """Two documents booked as one line that names both."""
    lines = list(statement.lines)
    first, second = lines[one], lines[other]
    lines[one] = attrs.evolve(
        first,
        amount=first.amount + second.amount,
        reference=f"{first.reference}, {second.reference}",
    )
    del lines[other]
    return _with(statement, lines, ZERO)


def several(
    statement: Statement, chosen: Sequence[tuple[str, int]]
) -> tuple[Statement, list[Planted]]:
    """Differences of several kinds at several lines, and what each of them is."""
    found = []
    for name, at in sorted(chosen, key=lambda one: -one[1]):
        planted = PLANTS[name](statement, at)
        statement = planted.statement
        # Lines below move with what is planted above them.
        found.append(attrs.evolve(planted, lines=()))
    return statement, found


# As a file.


def as_csv(statement: Statement, encoding: str = "gb18030") -> bytes:
    """The statement as the customer's system exports it: we are the supplier, credits are owed."""
    rows = [
        ["供应商往来对账单"],
        [f"期间: {statement.from_date} 至 {statement.to_date}"],
        ["日期", "单据号", "摘要", "借方", "贷方", "余额"],
    ]
    running = statement.opening or ZERO
    rows.append(["", "", "期初余额", "", "", f"{running:,.2f}"])
    for line in statement.lines:
        running += line.amount
        debit = f"{-line.amount:,.2f}" if line.amount < 0 else ""
        credit = f"{line.amount:,.2f}" if line.amount >= 0 else ""
        text = "付款" if line.amount < 0 else "采购发票"
        rows.append([str(line.date), line.reference or "", text, debit, credit, f"{running:,.2f}"])
    rows.append(["", "", "期末余额", "", "", f"{running:,.2f}"])
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode(encoding)
