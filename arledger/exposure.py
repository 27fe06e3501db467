# SPDX-License-Identifier: GPL-2.0-or-later
"""Exposure day by day: what a customer, or a group of customers, owes on accounts in exposure.

Items less unapplied credits is the balance of the accounts, so exposure needs no applications:
it is a running sum, by currency, of signed postings (and, by option, of advances held).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from arledger.language.documents import Kind, Movement
from arledger.money import ZERO
from arledger.prices import Quote
from arledger.subledger.advances import Advance
from arledger.subledger.subledger import Subledger

DEBITS = frozenset({Kind.ITEM, Kind.REFUND, Kind.RETURN, Kind.RECOVERY})
RAISING = frozenset({Kind.ITEM, Kind.REFUND})
REVERSING = frozenset({Kind.RETURN, Kind.RECOVERY, Kind.TRANSFER})


@attrs.frozen(slots=True)
class Change:
    """What one posting does to the exposure: positive raises it. No posting for an advance."""

    date: dt.date
    currency: str
    amount: Decimal
    movement: Movement | None


@attrs.frozen(eq=False)
class Exposure:
    """The changes of one subject in order of date."""

    changes: tuple[Change, ...]

    def at(self, day: dt.date) -> dict[str, Decimal]:
        """Exposure by currency at the end of `day`, where not zero."""
        balances: dict[str, Decimal] = {}
        for change in self.changes:
            if change.date > day:
                break
            balances[change.currency] = balances.get(change.currency, ZERO) + change.amount
        return {currency: amount for currency, amount in sorted(balances.items()) if amount}


@attrs.define(eq=False)
class Exposures:
    """Every customer's exposure; its changes are only drawn up for whom they are asked.

    Built in one walk over the postings, which loading every ledger pays for.
    """

    subledger: Subledger
    _movements: dict[str, list[Movement]] = attrs.field(factory=dict)
    _advances: dict[str, list[Advance]] = attrs.field(factory=dict)
    _counts: dict[str, bool] = attrs.field(factory=dict)
    _known: dict[str, Exposure] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        by_customer = self._movements
        for movement in self.subledger.books.movements:
            own = by_customer.get(movement.customer)
            if own is None:
                by_customer[movement.customer] = [movement]
            else:
                own.append(movement)
        if self.subledger.options.exposure_net_of_advances:
            for advance in self.subledger.advances:
                self._advances.setdefault(advance.customer, []).append(advance)

    @property
    def customers(self) -> list[str]:
        """Every customer with an exposure, at some time, in order."""
        return sorted({*self._movements, *self._advances})

    def of(self, customer: str) -> Exposure:
        """The changes of one customer's exposure, in order of date."""
        found = self._known.get(customer)
        if found is None:
            changes = [
                change
                for movement in self._movements.get(customer, ())
                for change in self._changes(movement)
            ]
            for advance in self._advances.get(customer, ()):
                changes.extend(held_changes(advance))
            changes.sort(key=lambda change: change.date)
            found = self._known[customer] = Exposure(tuple(changes))
        return found

    def stays_within(self, customer: str, limits: Mapping[str, Decimal]) -> bool:
        """Whether the exposure plainly never passes the lowest limit in its one currency.

        True is certain; False only says that somebody must look at the days.
        """
        if customer in self._advances:
            return False
        day, total = dt.date.min, ZERO
        limit: Decimal | None = None
        currency = ""
        movements = self._movements.get(customer, ())
        for movement in sorted(movements, key=_date):
            if movement.currency != currency:
                limit = None if currency else limits.get(movement.currency)
                currency = movement.currency
            if limit is None or movement.target is not None:
                return False
            if movement.date != day:
                if total > limit:
                    return False
                day = movement.date
            if self._in_exposure(movement.account):
                if movement.kind in DEBITS:
                    total += movement.amount
                else:
                    total -= movement.amount
        return limit is None or total <= limit

    def _changes(self, movement: Movement) -> Iterable[Change]:
        """What one movement does on the accounts in exposure."""
        target = movement.target
        if self._in_exposure(movement.account):
            amount = movement.amount if movement.kind in DEBITS else -movement.amount
            yield Change(movement.date, movement.currency, amount, movement)
        if target is not None and self._in_exposure(target.account):
            yield Change(movement.date, movement.currency, movement.amount, target)

    def _in_exposure(self, account: str) -> bool:
        found = self._counts.get(account)
        if found is None:
            info = self.subledger.chart.info(account)
            found = self._counts[account] = info is not None and info.in_exposure
        return found


def _date(movement: Movement) -> dt.date:
    return movement.date


def held_changes(advance: Advance) -> Iterable[Change]:
    """What is held of an advance lowers the exposure, from each day on which it changes."""
    days = {event.date for event in advance.events}
    for event in advance.events:
        for item in event.items:
            for application in item.applications:
                days.add(application.date)
                days |= {day for day, _ in application.undone}
    before = ZERO
    for day in sorted(days):
        held = max(ZERO, advance.at(day).open)
        if held != before:
            yield Change(day, advance.currency, before - held, None)
            before = held


@attrs.frozen
class Converted:
    """A sum in one currency: exact, with the prices it used and the currencies it had none for."""

    amount: Decimal
    quotes: tuple[Quote, ...]
    missing: tuple[str, ...]


def convert(
    subledger: Subledger, balances: Mapping[str, Decimal], into: str, day: dt.date
) -> Converted:
    """Balances by currency in one currency at the latest price on or before `day`."""
    total = ZERO
    quotes: list[Quote] = []
    missing: list[str] = []
    for currency, amount in balances.items():
        if currency == into:
            total += amount
        elif amount:
            quote = subledger.prices.quote(currency, into, day)
            if quote is None:
                missing.append(currency)
            else:
                quotes.append(quote)
                total += quote.convert(amount)
    return Converted(total, tuple(quotes), tuple(missing))
