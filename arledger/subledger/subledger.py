# SPDX-License-Identifier: GPL-2.0-or-later
"""`Subledger`: what every question is asked of.

Built once per load. The state at any day is read off the items' own histories, without playing
the documents again.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import compress
from typing import Any

import attrs
from beancount.core.data import Directive

from arledger.findings import Finding
from arledger.language.accounts import Chart
from arledger.language.books import Books, Reading, read_books
from arledger.language.options import Options
from arledger.language.policies import PolicyBook
from arledger.money import ZERO, exact
from arledger.prices import Prices
from arledger.subledger.advances import Advance, AdvanceReplay, Standing
from arledger.subledger.model import Application, Credit, Item, OpenCredit, OpenItem
from arledger.subledger.replay import Replay


@attrs.frozen(eq=False)
class HeldAdvance:
    """An advance and how it stands."""

    advance: Advance
    standing: Standing


@attrs.define(eq=False, slots=False)
class State:
    """The subledger at the end of one day."""

    subledger: Subledger = attrs.field(repr=False)
    as_of: date

    @cached_property
    @exact
    def items(self) -> tuple[OpenItem, ...]:
        """Every item with something outstanding, in order of posting."""
        return tuple(self.subledger.open_items(self.as_of))

    @cached_property
    @exact
    def credits(self) -> tuple[OpenCredit, ...]:
        """Every credit with something unapplied, in order of posting."""
        return tuple(self.subledger.open_credits(self.as_of))

    @cached_property
    @exact
    def advances(self) -> tuple[HeldAdvance, ...]:
        """Every advance received by then, with how it stands."""
        return tuple(
            HeldAdvance(advance, advance.at(self.as_of))
            for advance in self.subledger.advances
            if advance.date <= self.as_of
        )

    @cached_property
    @exact
    def balances(self) -> Mapping[tuple[str, str], Decimal]:
        """Open items less unapplied credits, per account and currency, where not zero."""
        totals: dict[tuple[str, str], Decimal] = {}
        for one in self.items:
            key = (one.item.account, one.item.currency)
            totals[key] = totals.get(key, ZERO) + one.outstanding
        for other in self.credits:
            key = (other.credit.account, other.credit.currency)
            totals[key] = totals.get(key, ZERO) - other.unapplied
        return {key: total for key, total in sorted(totals.items()) if total}


@attrs.frozen(eq=False, slots=False)
class Subledger:
    """Items, credits, applications and advances of one ledger, and what was found on the way."""

    books: Books
    items: Sequence[Item]
    credits: Sequence[Credit]
    applications: Sequence[Application]
    advances: Sequence[Advance]
    findings: tuple[Finding, ...]
    # What is left of each at the end of the ledger, and the day on which that last changed.
    item_left: Sequence[Decimal] = attrs.field(repr=False)
    item_changed: Sequence[date] = attrs.field(repr=False)
    credit_left: Sequence[Decimal] = attrs.field(repr=False)
    credit_changed: Sequence[date] = attrs.field(repr=False)
    _states: dict[date, State] = attrs.field(factory=dict, init=False, repr=False)
    # What a question keeps for the next one: a subledger never changes.
    kept: dict[Hashable, Any] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def chart(self) -> Chart:
        """Accounts and customers."""
        return self.books.chart

    @property
    def policies(self) -> PolicyBook:
        """Dated, inherited decisions."""
        return self.books.policies

    @property
    def options(self) -> Options:
        """Ledger-wide options."""
        return self.books.options

    @cached_property
    def prices(self) -> Prices:
        """The ledger's price entries."""
        return Prices.of(self.books.prices)

    @cached_property
    def items_by_number(self) -> Mapping[tuple[str, str], Sequence[Item]]:
        """(customer, number) → its items, in order of posting."""
        found: dict[tuple[str, str], list[Item]] = {}
        for item in self.items:
            if item.number is not None:
                found.setdefault((item.customer, item.number), []).append(item)
        return found

    @cached_property
    def customers_by_number(self) -> Mapping[str, frozenset[str]]:
        """Number → the customers that have an item of it."""
        found: dict[str, set[str]] = {}
        for customer, number in self.items_by_number:
            found.setdefault(number, set()).add(customer)
        return {number: frozenset(customers) for number, customers in found.items()}

    @cached_property
    def parties(self) -> frozenset[str]:
        """The customers that have an item or a credit, at whatever time."""
        return frozenset(
            {item.customer for item in self.items} | {credit.customer for credit in self.credits}
        )

    def items_of(self, customers: Collection[str]) -> Iterable[Item]:
        """The items of some customers, in order of posting."""
        return (item for item in self.items if item.customer in customers)

    def credits_of(self, customers: Collection[str]) -> Iterable[Credit]:
        """The credits of some customers, in order of posting."""
        return (credit for credit in self.credits if credit.customer in customers)

    def at(self, as_of: date) -> State:
        """The state at the end of `as_of`; what is dated later changes nothing in it."""
        found = self._states.get(as_of)
        if found is None:
            if len(self._states) >= STATES_MAX:
                self._states.clear()
            found = self._states[as_of] = State(self, as_of)
        return found

    def open_items(self, as_of: date) -> Iterable[OpenItem]:
        """The items with something outstanding at the end of `as_of`."""
        rows = zip(self.items, self.item_left, self.item_changed, strict=True)
        # After the ledger's last day nothing changes any more: what is settled isn't looked at.
        ended = self.books.latest is not None and as_of >= self.books.latest
        for item, left, changed in compress(rows, self.item_left) if ended else rows:
            if item.posted > as_of:
                break
            if changed > as_of:
                left = item.outstanding(as_of)  # noqa: PLW2901 - the earlier figure
            if left:
                yield OpenItem(item, left)

    def open_credits(self, as_of: date) -> Iterable[OpenCredit]:
        """The credits with something unapplied at the end of `as_of`."""
        rows = zip(self.credits, self.credit_left, self.credit_changed, strict=True)
        ended = self.books.latest is not None and as_of >= self.books.latest
        for credit, left, changed in compress(rows, self.credit_left) if ended else rows:
            if credit.posted > as_of:
                break
            if changed > as_of:
                left = credit.unapplied(as_of)  # noqa: PLW2901 - the earlier figure
            if left:
                yield OpenCredit(credit, left)


STATES_MAX = 64


@exact
def build(reading: Reading) -> Subledger:
    """Replay what was read. Takes the reading's movements over, and leaves none."""
    books = reading.books
    replay = Replay(books, reading.movements)
    replay.run()
    advances = AdvanceReplay(books, replay.items, replay.credits)
    advances.run()
    return Subledger(
        books,
        replay.items,
        replay.credits,
        replay.applications,
        advances.advances,
        (*books.findings, *replay.findings, *advances.findings),
        replay.item_open,
        replay.item_changed,
        replay.credit_open,
        replay.credit_changed,
    )


def subledger_of(entries: Sequence[Directive], options_map: Mapping[str, Any]) -> Subledger:
    """Read and replay a ledger's entries."""
    return build(read_books(entries, options_map))
