# SPDX-License-Identifier: GPL-2.0-or-later
"""The replay: documents in date order into items, credits and applications.

Within a day: what raises items or advances; reversals; naming credits (those kept for an item
raised today among them); other credits, waiting ones included, oldest first; debits naming a
receipt. Ties by due date, document date, number, amount, account. File and line decide nothing.

Linear in the number of postings, times a logarithm where fifo asks for the oldest-due item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import compress
from operator import itemgetter

from arledger.language.documents import ALLOCATION, KIND, NAMES, Fields, Kind, named
from arledger.money import ZERO
from arledger.subledger.applying import Day
from arledger.subledger.model import Credit
from arledger.subledger.order import by_day, in_order, repeated
from arledger.subledger.refunds import Refunds

CREDIT_KINDS = frozenset(
    {Kind.RECEIPT, Kind.CREDIT_NOTE, Kind.WRITE_OFF, Kind.ADVANCE, Kind.CANCELLATION}
)
CANCELLATION = Kind.CANCELLATION
# Debits that name a credit.
NAMING_CREDITS = frozenset({Kind.REFUND, Kind.RETURN})
_allocation = itemgetter(ALLOCATION)


class Replay(Refunds):
    """Plays a ledger: `run` plays every day; then items, credits and findings are final."""

    __slots__ = ()

    def run(self) -> None:
        """Play every day of the books, in order."""
        movements = self.movements
        self._repeated = repeated(movements)
        days = by_day(movements)
        movements.clear()
        others = [movement for _, others in days.values() for movement in others]
        self._credits_named = {
            movement[NAMES] for movement in others if movement[KIND] in NAMING_CREDITS
        }
        self._fifo_used = "fifo" in set(map(_allocation, others))
        others.clear()
        for day in sorted(days):
            raises, others = days.pop(day)
            self._play(day, in_order(raises), in_order(others))
        self._check_conservation()

    def _play(self, day: date, raises: Sequence[Fields], others: Sequence[Fields]) -> None:
        self._today, self._day = day, Day()
        today = self._day
        for movement in others:
            self._sort_in(movement)
        for movement in raises:
            self._raise(movement)
        waiting = self._transfer_what_can(today.transfers) if today.transfers else ()
        for movement, credit in today.reversals:
            self._reverse(movement, credit)
        if waiting:
            for movement in self._transfer_what_can(waiting):
                self._transfer(movement)
        for credit in self._naming():
            self._apply_named(credit)
        self._fifo()
        if today.refunds:
            for movement in today.refunds:
                self._refund(movement)
            self._fifo()

    def _naming(self) -> Iterable[Credit]:
        """The day's naming credits in order; without kept ones they came in that order."""
        naming = self._day.naming.values()
        if self._day.joined:
            return sorted(naming, key=lambda credit: credit.order)
        return naming

    def _sort_in(self, fields: Fields) -> None:
        """Register a document other than an item, and queue it for its phase."""
        kind, today = fields[KIND], self._day
        if kind in CREDIT_KINDS:
            credit = self._register(fields)
            if kind is CANCELLATION:
                today.reversals.append((named(fields), credit))
            elif credit.names is not None:
                today.naming[credit.index] = credit
                today.joined = today.joined or credit.due is not None
            elif credit.waits:
                pool = self._pool_of_credit[credit.index]
                pool.wait(credit)
                today.touched[pool] = None
        elif kind is Kind.TRANSFER:
            today.transfers.append(named(fields))
        elif kind is Kind.REFUND:
            today.refunds.append(named(fields))
        else:
            today.reversals.append((named(fields), None))

    def _fifo(self) -> None:
        """Waiting credits take the oldest-due open items of their account and currency."""
        for pool in self._day.touched:
            if not pool.waiting:
                continue
            for item, credit in pool.pairs(self.item_open, self.credit_open):
                amount = min(self.item_open[item.index], self.credit_open[credit.index])
                self._apply(item, credit, amount, pool, named=False)

    def _check_conservation(self) -> None:
        """Open items less unapplied credits are the posted balance, per account and currency."""
        totals: dict[tuple[str, str], Decimal] = {}
        items = zip(self.items, self.item_open, strict=True)
        for item, left in compress(items, self.item_open):
            key = (item.account, item.currency)
            totals[key] = totals.get(key, ZERO) + left
        credits = zip(self.credits, self.credit_open, strict=True)
        for credit, left in compress(credits, self.credit_open):
            key = (credit.account, credit.currency)
            totals[key] = totals.get(key, ZERO) - left
        for key, pool in self.pools.items():
            assert totals.get(key, ZERO) == pool.posted, f"the subledger of {key} does not tie"
