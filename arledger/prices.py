# SPDX-License-Identifier: GPL-2.0-or-later
"""Conversion at the ledger's own prices: the latest on or before a day, and which one it was.

Amounts of different currencies are never added. A converted figure names its price and date.
A price the other way round serves as well (it is divided by, not inverted, so that nothing is
rounded on the way); on one date the direct one wins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import attrs
from beancount.core.data import Price

from arledger.findings import Text, say
from arledger.money import EXACT, times

Pair = tuple[str, str]


@attrs.frozen(order=True)
class Quote:
    """One price: a unit of `currency` costs `rate` of `into`, quoted on `date`.

    `inverse` says that the ledger states the price of `into` in `currency`, which is `rate`.
    """

    currency: str
    into: str
    date: date
    rate: Decimal
    inverse: bool

    def convert(self, amount: Decimal) -> Decimal:
        """`amount` of `currency` in `into`, not rounded to its digits."""
        if self.inverse:
            return EXACT.divide(amount, self.rate)
        return times(amount, self.rate)


@attrs.frozen(eq=False)
class Prices:
    """All prices of a ledger by pair, dates ascending."""

    _dates: dict[Pair, list[date]]
    _rates: dict[Pair, list[Decimal]]

    @classmethod
    def of(cls, entries: Iterable[Price]) -> Prices:
        """Index price entries. Of two on one day for one pair the higher counts, in any order."""
        by_pair: dict[Pair, dict[date, Decimal]] = {}
        for entry in entries:
            rate = entry.amount.number
            if rate is None or rate <= 0:
                continue
            days = by_pair.setdefault((entry.currency, entry.amount.currency), {})
            days[entry.date] = max(rate, days.get(entry.date, rate))
        dates = {pair: sorted(days) for pair, days in by_pair.items()}
        rates = {pair: [by_pair[pair][day] for day in days] for pair, days in dates.items()}
        return cls(dates, rates)

    def quote(self, currency: str, into: str, day: date) -> Quote | None:
        """The latest price on or before `day`, or None where the ledger has none."""
        direct = self._latest(currency, into, day, inverse=False)
        inverse = self._latest(into, currency, day, inverse=True)
        if direct is None or (inverse is not None and inverse.date > direct.date):
            return inverse
        return direct

    def dates(self, currency: str, into: str) -> list[date]:
        """Every day on which the price between the two may change."""
        pairs = ((currency, into), (into, currency))
        return sorted({day for pair in pairs for day in self._dates.get(pair, ())})

    def _latest(self, base: str, into: str, day: date, *, inverse: bool) -> Quote | None:
        days = self._dates.get((base, into))
        at = bisect_right(days, day) if days else 0
        if not days or not at:
            return None
        rate = self._rates[base, into][at - 1]
        if inverse:
            return Quote(into, base, days[at - 1], rate, inverse=True)
        return Quote(base, into, days[at - 1], rate, inverse=False)


def no_price(currency: str, into: str, day: date) -> Text:
    """The sentence about a price that the ledger doesn't have."""
    return say(
        "there is no price of {currency} in {into} on or before {day}",
        currency=currency,
        into=into,
        day=day,
    )
