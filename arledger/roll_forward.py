# SPDX-License-Identifier: GPL-2.0-or-later
"""The roll-forward of the booked allowance (IFRS 7.35H): from one date to another.

opening + charge − release − write-offs + recoveries ± exchange = closing, collective and
specific apart. It is a statement of the allowance accounts, so it ties to the ledger for any two
dates. Which part a posting belongs to follows from the assessments in force on its day, unless
it says `part: "collective"` or `part: "specific"`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Literal

import attrs

from arledger.allowance import Allowance, allowance_of_entry
from arledger.language.documents import AllowanceMovement
from arledger.language.policies import day_before
from arledger.money import ZERO, digits_of, exact, round_half_up, times
from arledger.subledger.subledger import Subledger

Part = Literal["collective", "specific"]
PARTS: tuple[Part, ...] = ("collective", "specific")
FIELDS = ("charge", "release", "write_offs", "recoveries", "exchange")


@attrs.define(eq=False)
class RollForward:
    """One part in one currency; all amounts positive but `exchange`, which has a sign."""

    currency: str
    part: Part
    opening: Decimal = ZERO
    charge: Decimal = ZERO
    release: Decimal = ZERO
    write_offs: Decimal = ZERO
    recoveries: Decimal = ZERO
    exchange: Decimal = ZERO
    closing: Decimal = ZERO

    def moved(self) -> Decimal:
        """What the movements add up to."""
        return self.charge - self.release - self.write_offs + self.recoveries + self.exchange


@attrs.define(eq=False)
class _Walk:
    """Walks through the postings on the allowance accounts, day by day."""

    subledger: Subledger
    since: dt.date
    booked: dict[tuple[str, Part], Decimal] = attrs.field(factory=dict)
    rows: dict[tuple[str, Part], RollForward] = attrs.field(factory=dict)
    previous: Allowance | None = None

    def row(self, currency: str, part: Part) -> RollForward:
        """The row of a currency and part, with its opening as it stands when first asked for."""
        key = (currency, part)
        found = self.rows.get(key)
        if found is None:
            found = self.rows[key] = RollForward(currency, part, opening=self.booked.get(key, ZERO))
        return found

    def add(self, day: dt.date, currency: str, part: Part, field: str, amount: Decimal) -> None:
        """Book a movement; `amount` has the sign it has in the roll-forward's sum."""
        if not amount:
            return
        if day > self.since:
            row = self.row(currency, part)
            sign = -1 if field in {"release", "write_offs"} else 1
            setattr(row, field, getattr(row, field) + sign * amount)
        key = (currency, part)
        self.booked[key] = self.booked.get(key, ZERO) + amount

    def play(self, day: dt.date, movements: Sequence[AllowanceMovement]) -> None:
        """One day: write-offs and recoveries first, then what was charged or released."""
        entries = []
        for movement in movements:
            if movement.kind == "write-off":
                part = self._part(movement, day)
                self.add(day, movement.currency, part, "write_offs", -movement.amount)
            elif movement.kind == "recovery":
                part = self._part(movement, day)
                self.add(day, movement.currency, part, "recoveries", -movement.amount)
            else:
                entries.append(movement)
        if entries:
            self._charge(day, entries)

    def _part(self, movement: AllowanceMovement, day: dt.date) -> Part:
        """Whose allowance it was: specific where the item or customer is assessed that day."""
        if movement.part in PARTS:
            return "specific" if movement.part == "specific" else "collective"
        for customer in movement.customers or self._owners(movement):
            timeline = self.subledger.policies.own("specific-allowance", customer)
            for policy in (*timeline.at(day), *timeline.at(day_before(day))):
                if not policy.key or policy.key in movement.invoices:
                    return "specific"
        return "collective"

    def _owners(self, movement: AllowanceMovement) -> set[str]:
        """Whose invoice it is where cash goes straight to the allowance: by the number linked."""
        by_number = self.subledger.customers_by_number
        return {customer for number in movement.invoices for customer in by_number.get(number, ())}

    def _charge(self, day: dt.date, entries: Sequence[AllowanceMovement]) -> None:
        answer = allowance_of_entry(self.subledger, day)
        required = answer.specific_by_currency()
        exchange = self._exchange(answer)
        for currency in sorted({movement.currency for movement in entries}):
            own = [movement for movement in entries if movement.currency == currency]
            stated = {part: -sum((m.amount for m in own if m.part == part), ZERO) for part in PARTS}
            open_amount = -sum((m.amount for m in own if m.part not in PARTS), ZERO)
            key: tuple[str, Part] = (currency, "specific")
            specific = ZERO
            if any(m.part not in PARTS for m in own):
                held = self.booked.get(key, ZERO) + stated["specific"]
                specific = required.get(currency, ZERO) - held
            self._net(day, currency, "specific", stated["specific"] + specific, exchange)
            collective = stated["collective"] + open_amount - specific
            self._net(day, currency, "collective", collective, exchange)
        self.previous = answer

    def _net(
        self,
        day: dt.date,
        currency: str,
        part: Part,
        amount: Decimal,
        exchange: dict[tuple[str, Part], Decimal],
    ) -> None:
        """A part's change: exchange apart, the rest a charge or a release."""
        exchanged = exchange.get((currency, part), ZERO) if amount else ZERO
        self.add(day, currency, part, "exchange", exchanged)
        rest = amount - exchanged
        self.add(day, currency, part, "charge" if rest > 0 else "release", rest)

    def _exchange(self, answer: Allowance) -> dict[tuple[str, Part], Decimal]:
        """What new prices alone make of the allowance as it was at the previous entry."""
        sums: dict[tuple[str, Part], Decimal] = {}
        if self.previous is None:
            return sums
        rows: Iterable[tuple[Part, str, str, Decimal]] = [
            *(
                ("collective", r.currency, r.allowance_currency, times(r.gross - r.netted, r.rate))
                for r in self.previous.rows
                if r.rate is not None
            ),
            *(
                ("specific", r.currency, r.allowance_currency, r.assessed)
                for r in self.previous.specific
                if r.assessed is not None
            ),
        ]
        prices, options = self.subledger.prices, self.subledger.options
        for part, currency, into, amount in rows:
            if currency == into:
                continue
            before = prices.quote(currency, into, self.previous.as_of)
            now = prices.quote(currency, into, answer.as_of)
            if before is not None and now is not None:
                digits = digits_of(into, options.precision)
                change = round_half_up(now.convert(amount) - before.convert(amount), digits)
                sums[into, part] = sums.get((into, part), ZERO) + change
        return sums


@exact
def roll_forward(subledger: Subledger, since: dt.date, as_of: dt.date) -> tuple[RollForward, ...]:
    """Rows from the end of `since` to the end of `as_of`, per currency and part."""
    walk = _Walk(subledger, since)
    movements = sorted(
        (m for m in subledger.books.allowances if m.date <= as_of), key=lambda m: m.date
    )
    opened = False
    for day, own in groupby(movements, key=lambda movement: movement.date):
        if day > since and not opened:
            opened = True
            _open(walk)
        walk.play(day, list(own))
    if not opened:
        _open(walk)
    for (currency, part), row in walk.rows.items():
        row.closing = walk.booked.get((currency, part), ZERO)
        assert row.opening + row.moved() == row.closing, "the roll-forward does not tie"
    return tuple(
        walk.rows[key] for key in sorted(walk.rows, key=lambda key: (key[0], PARTS.index(key[1])))
    )


def _open(walk: _Walk) -> None:
    """Both parts of each currency that has anything booked."""
    currencies = {currency for currency, _ in walk.booked} or {
        movement.currency for movement in walk.subledger.books.allowances
    }
    for currency in sorted(currencies):
        for part in PARTS:
            walk.row(currency, part)
