# SPDX-License-Identifier: GPL-2.0-or-later
"""What a statement says its balances are, and whether its lines lead from one to the next.

How a file writes its balances isn't told: as debit or as credit, oldest line first or last, a
credit as a positive or a negative figure. The reading under which most lines tie is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import product

import attrs

from arledger.findings import say
from arledger.money import ZERO
from arledger.reconciliation.model import Place, Remark
from arledger.reconciliation.reading.bookings import Booking, Figure
from arledger.reconciliation.reading.overrides import DecimalMark
from arledger.reconciliation.reading.table import normal
from arledger.reconciliation.reading.words import CUMULATIVE

SAMPLE_LINES = 5_000
_BALANCES = frozenset({"balance", "balance_debit", "balance_credit"})


@attrs.frozen
class Manner:
    """How a file writes its figures: each sign is 1 or -1.

    `balance` is -1 where a credit balance is written positive; `debit` and `credit` are -1 where
    that column has negative figures for what it names; `descending`: the newest line first.
    """

    mark: DecimalMark
    balance: int = 1
    debit: int = 1
    credit: int = 1
    descending: bool = False

    def movement(self, booking: Booking) -> Decimal:
        """What the row moves: debits positive."""
        figures = booking.figures
        if "debit" in figures or "credit" in figures:
            return self._value(figures, "debit") * self.debit - (
                self._value(figures, "credit") * self.credit
            )
        up = "charge" if "charge" in figures else "amount"
        moved = self._value(figures, up) - self._value(figures, "payment")
        return -moved if booking.flag == "credit" else moved

    def _value(self, figures: dict[str, Figure], field: str) -> Decimal:
        figure = figures.get(field)
        return ZERO if figure is None else figure.under(self.mark)

    def balanced(self, booking: Booking) -> Decimal | None:
        """The balance that the row gives: a debit balance positive; None where it gives none."""
        figures = booking.figures
        if "balance_debit" in figures or "balance_credit" in figures:
            return self._value(figures, "balance_debit") - self._value(figures, "balance_credit")
        figure = figures.get("balance")
        if figure is None:
            return ZERO if booking.side == "level" else None
        value = figure.under(self.mark)
        if booking.side == "level":
            return value
        if booking.side is not None:
            return value if booking.side == "debit" or not value else -value
        if figure.shape is not None and figure.shape.flag is not None:
            return value
        return -value if self.balance < 0 and value else value


@attrs.frozen
class Balances:
    """The statement's balances, debits positive, and what is wrong with them."""

    manner: Manner
    opening: Decimal | None
    closing: Decimal | None
    closing_place: int
    remarks: tuple[Remark, ...]


def settle_balances(
    bookings: Sequence[Booking], mark: DecimalMark, file: str, *, several: bool
) -> Balances:
    """Find out how the balances are written, and check them. `several` currencies: only read."""
    lines = [booking for booking in bookings if booking.kind == "line"]
    manner = _manner(bookings, lines, mark)
    opening = _stated(bookings, "opening", manner)
    closing = _stated(bookings, "closing", manner)
    remarks: list[Remark] = []
    running = _is_running(lines, manner)
    if running:
        remarks += _broken(lines, opening, manner, file)
    elif running is False:
        text = say("the balance column isn't a running balance; it is not checked line by line")
        remarks.append(Remark(text, Place(file, lines[0].line)))
    if several:
        return Balances(manner, None, None, 0, ())
    ends = _ends(lines, manner) if running else None
    start = opening[0] if opening else ends[0] if ends else None
    end = closing[0] if closing else ends[1] if ends else None
    remarks += _untied(lines, start, closing, manner, file)
    remarks += _totals(bookings, manner, file)
    place = closing[1] if closing else lines[0 if manner.descending else -1].line if lines else 0
    if end is None and not opening:
        end = _total(bookings, lines, manner)
    return Balances(manner, start, end, place, tuple(remarks))


def _manner(bookings: Sequence[Booking], lines: Sequence[Booking], mark: DecimalMark) -> Manner:
    """The manner under which most lines tie; among equals the plainest."""
    sample = lines[:SAMPLE_LINES]
    debit, credit = (
        _written_negative(lines, "debit", mark),
        _written_negative(lines, "credit", mark),
    )
    plain = Manner(mark)
    choices = [
        Manner(mark, balance, one, other, descending)
        for one, other, descending, balance in product(
            (-1, 1) if debit else (1,), (-1, 1) if credit else (1,), (False, True), (1, -1)
        )
    ]
    best, score = plain, None
    for choice in choices:
        rank = (_ties(sample, choice), -_gap(bookings, lines, choice), _starts(sample, choice))
        if score is None or rank > score:
            best, score = choice, rank
    return best


def _written_negative(lines: Iterable[Booking], field: str, mark: DecimalMark) -> bool:
    """Whether a column of debits, or credits, has negative figures only."""
    values = [booking.figures[field].under(mark) for booking in lines if field in booking.figures]
    signs = {value < 0 for value in values if value}
    return signs == {True}


def _in_time(lines: Sequence[Booking], manner: Manner) -> Iterator[Booking]:
    return reversed(lines) if manner.descending else iter(lines)


def _ties(lines: Sequence[Booking], manner: Manner) -> int:
    """How many lines lead from the balance before to their own."""
    return sum(expected == found for _, expected, found in _steps(lines, manner, None))


def _steps(
    lines: Sequence[Booking], manner: Manner, opening: Decimal | None
) -> Iterator[tuple[Booking, Decimal, Decimal]]:
    """Each line with a balance: what it should be after the balance before it, and what it is."""
    before = opening
    for booking in _in_time(lines, manner):
        if before is not None:
            before += manner.movement(booking)
        balance = manner.balanced(booking)
        if balance is None:
            continue
        if before is not None:
            yield booking, before, balance
        before = balance


def _gap(bookings: Sequence[Booking], lines: Sequence[Booking], manner: Manner) -> Decimal:
    """How far opening and lines stay from the closing balance; 0 where either isn't stated."""
    opening, closing = _stated(bookings, "opening", manner), _stated(bookings, "closing", manner)
    if opening is None:
        return ZERO
    if closing is None:
        first = next(_steps(lines, manner, opening[0]), None)
        return ZERO if first is None else abs(first[1] - first[2])
    return abs(opening[0] + _sum(lines, manner) - closing[0])


def _starts(lines: Sequence[Booking], manner: Manner) -> int:
    """A first line whose balance is the line itself: an account that begins with nothing."""
    for booking in _in_time(lines, manner):
        return int(manner.balanced(booking) == manner.movement(booking))
    return 0


def _sum(lines: Iterable[Booking], manner: Manner) -> Decimal:
    return sum((manner.movement(booking) for booking in lines), ZERO)


def _stated(bookings: Sequence[Booking], kind: str, manner: Manner) -> tuple[Decimal, int] | None:
    """The first opening or the last closing balance that the file names, and its line."""
    found = [booking for booking in bookings if booking.kind == kind and booking.figures]
    if kind == "opening":
        first_line = next((one.line for one in bookings if one.kind == "line"), 0)
        # A page's balance brought forward in the middle is no opening.
        found = [one for one in found if not one.page or one.line < first_line]
    else:
        last_line = max((one.line for one in bookings if one.kind == "line"), default=0)
        found = [one for one in found if not one.page or one.line > last_line][::-1]
    if not found:
        return None
    booking = found[0]
    value = manner.balanced(booking)
    if value is None:
        value = manner.movement(booking)
    return value, booking.line


def _is_running(lines: Sequence[Booking], manner: Manner) -> bool | None:
    """Whether the balance column runs on from line to line; None where there is nothing to see."""
    steps = [expected == found for _, expected, found in _steps(lines[:SAMPLE_LINES], manner, None)]
    if not steps:
        return True if any(manner.balanced(one) is not None for one in lines) else None
    return 2 * sum(steps) >= len(steps) if len(steps) > 1 else True


def _broken(
    lines: Sequence[Booking], opening: tuple[Decimal, int] | None, manner: Manner, file: str
) -> Iterator[Remark]:
    """The first line whose balance doesn't follow from the one before, and how many more."""
    wrong = [
        (booking, expected, found)
        for booking, expected, found in _steps(lines, manner, opening[0] if opening else None)
        if expected != found
    ]
    if not wrong:
        return
    booking, expected, found = wrong[0]
    sign = 1 if booking.side is not None else manner.balance
    text = say(
        "the balance doesn't follow: {found} stands here, the balance before and this line make "
        "{expected} (a difference of {difference}; {count} such lines)",
        found=_written(sign, found),
        expected=_written(sign, expected),
        difference=_written(sign, found - expected),
        count=len(wrong),
    )
    yield Remark(text, Place(file, booking.line), grave=True)


def _written(sign: int, amount: Decimal) -> Decimal:
    """An amount with the sign that the file gives it; zero has none."""
    return amount * sign if amount else abs(amount)


def _ends(lines: Sequence[Booking], manner: Manner) -> tuple[Decimal, Decimal] | None:
    """The balances before the first and after the last line, as the running balance has them."""
    moved = ZERO
    opening = closing = None
    for booking in _in_time(lines, manner):
        moved += manner.movement(booking)
        balance = manner.balanced(booking)
        if balance is not None:
            opening = balance - moved if opening is None else opening
            closing, since = balance, ZERO
        elif closing is not None:
            since += manner.movement(booking)
    if opening is None or closing is None:
        return None
    return opening, closing + since


def _untied(
    lines: Sequence[Booking],
    opening: Decimal | None,
    closing: tuple[Decimal, int] | None,
    manner: Manner,
    file: str,
) -> Iterator[Remark]:
    """Opening and lines that don't make the closing balance."""
    if opening is None or closing is None:
        return
    expected = opening + _sum(lines, manner)
    if expected == closing[0]:
        return
    text = say(
        "the closing balance doesn't follow: {closing} stands here, the opening balance {opening} "
        "and the lines make {expected} (a difference of {difference})",
        closing=_written(manner.balance, closing[0]),
        opening=_written(manner.balance, opening),
        expected=_written(manner.balance, expected),
        difference=_written(manner.balance, closing[0] - expected),
    )
    yield Remark(text, Place(file, closing[1]), grave=True)


def _totals(bookings: Sequence[Booking], manner: Manner, file: str) -> Iterator[Remark]:
    """Totals and subtotals that aren't the sum of the lines above them."""
    since, whole = _Sums(manner), _Sums(manner)
    for booking in bookings:
        if booking.kind == "line":
            whole = whole.plus(booking)
            since = since.plus(booking)
        elif booking.kind == "opening":
            whole = whole.opened(booking)
        elif booking.kind == "total":
            if CUMULATIVE.search(normal(booking.title)):
                continue
            wrong = since.differs(booking) and whole.differs(booking)
            if wrong is not None:
                yield Remark(
                    say(
                        "{title}: {stated} is not the sum of the lines above it, {sum}",
                        title=" ".join(booking.title.split()),
                        stated=wrong[0],
                        sum=wrong[1],
                    ),
                    Place(file, booking.line),
                    grave=True,
                )
            since = _Sums(manner)


@attrs.frozen
class _Sums:
    """Sums by column since a certain row; `opening` may be part of what a total adds up."""

    manner: Manner
    sums: dict[str, Decimal] = attrs.field(factory=dict)
    opening: dict[str, Decimal] = attrs.field(factory=dict)

    def plus(self, booking: Booking) -> _Sums:
        for field, figure in booking.figures.items():
            if field not in _BALANCES:
                self.sums[field] = self.sums.get(field, ZERO) + figure.under(self.manner.mark)
        return self

    def opened(self, booking: Booking) -> _Sums:
        for field, figure in booking.figures.items():
            if field not in _BALANCES:
                self.opening[field] = figure.under(self.manner.mark)
        return self

    def differs(self, total: Booking) -> tuple[Decimal, Decimal] | None:
        """The first column whose total is another: the total and the sum."""
        for field, figure in total.figures.items():
            if field in _BALANCES:
                continue
            stated = figure.under(self.manner.mark)
            added = self.sums.get(field, ZERO)
            if stated not in {added, added + self.opening.get(field, ZERO)}:
                return stated, added
        return None


def _total(bookings: Sequence[Booking], lines: Sequence[Booking], manner: Manner) -> Decimal | None:
    """The total of a list without balances: what is open altogether."""
    totals = [one for one in bookings if one.kind == "total" and one.figures]
    if not totals or not lines:
        return None
    total = manner.balanced(totals[-1])
    moved = manner.movement(totals[-1])
    if any(field not in _BALANCES for field in totals[-1].figures):
        return moved if moved == _sum(lines, manner) else None
    return total
