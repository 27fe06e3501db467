# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be paid: the open items, less what this run has already applied to them.

A receipt may be dated before other entries of the ledger. So that it takes from nobody, an item
has only as much to offer as is open at the receipt's date and at every later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import attrs

from arledger.discounts import entitled, offered
from arledger.money import ZERO
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger


@attrs.define(eq=False)
class Shelf:
    """The items of a ledger as far as receipts can still settle them."""

    subledger: Subledger
    _by_customer: dict[tuple[str, str], dict[int, Item]] = attrs.field(factory=dict)
    _used: dict[int, Decimal] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        last = self.subledger.books.latest
        if last is not None:
            for one in self.subledger.at(last).items:
                self._put(one.item)

    def _put(self, item: Item) -> None:
        self._by_customer.setdefault((item.customer, item.currency), {})[item.index] = item

    def available(self, item: Item, day: date) -> Decimal:
        """What a receipt of `day` can settle of an item, in the item's currency; never below 0."""
        if item.posted > day:
            return ZERO
        least = item.amount
        if item.applications:
            days = {day, *(a.date for a in item.applications if a.date > day)}
            least = min(item.outstanding(one) for one in days)
        used = self._used.get(item.index)
        return least if used is None else max(least - used, ZERO)

    def open_items(self, customer: str, currency: str, day: date) -> list[Item]:
        """A customer's items that have a number and something open, oldest due first."""
        found = self._by_customer.get((customer, currency), {}).values()
        return sorted(
            (item for item in found if self.can_be_named(item) and self.available(item, day)),
            key=lambda item: item.fifo_key,
        )

    def unnumbered(self, customer: str, currency: str, day: date) -> frozenset[str]:
        """The accounts on which a customer has open items that no receipt can name."""
        found = self._by_customer.get((customer, currency), {}).values()
        return frozenset(
            item.account
            for item in found
            if not self.can_be_named(item) and self.available(item, day)
        )

    def numbered(self, number: str, currency: str) -> list[Item]:
        """The items of a number, settled ones too, whoever's they are."""
        return [
            item
            for customer in sorted(self.subledger.customers_by_number.get(number, ()))
            for item in self.subledger.items_by_number[customer, number]
            if item.currency == currency and self.can_be_named(item)
        ]

    def can_be_named(self, item: Item) -> bool:
        """Whether a receipt can say that it settles just this item.

        It needs a number; and one instalment of several a due date, for who names the invoice
        without one settles what is due first.
        """
        return bool(item.number) and (item.due is not None or self.instalments(item) == 1)

    def take(self, item: Item, amount: Decimal) -> None:
        """Note what a receipt settles; a negative amount gives back."""
        self._used[item.index] = self._used.get(item.index, ZERO) + amount
        self._put(item)

    def discount(self, item: Item, day: date) -> Decimal:
        """The early-payment discount that paying the item on `day` earns."""
        return self._discount(entitled, item, day)

    def offered(self, item: Item, day: date) -> Decimal:
        """The largest discount that the item's terms ever offered."""
        return self._discount(offered, item, day)

    def _discount(
        self, rule: Callable[[Item, date, Mapping[str, int]], Decimal], item: Item, day: date
    ) -> Decimal:
        return rule(item, day, self.subledger.options.precision)

    def tolerated(self, item: Item, amount: Decimal, day: date) -> bool:
        """Whether a difference is within the customer's tolerance."""
        return within(self.subledger, item.customer, item.account, item.currency, amount, day)

    def instalments(self, item: Item) -> int:
        """How many items on the account share the item's number."""
        assert item.number is not None
        same = self.subledger.items_by_number[item.customer, item.number]
        return sum(one.account == item.account for one in same)

    def fill(
        self, items: Sequence[Item], amount: Decimal, day: date
    ) -> tuple[list[tuple[Item, Decimal]], Decimal]:
        """Share an amount out, oldest due first; what of it is left over."""
        shares = []
        for item in sorted(items, key=lambda item: item.fifo_key):
            part = min(amount, self.available(item, day))
            if part:
                shares.append((item, part))
                amount -= part
        return shares, amount

    def total(self, items: Iterable[Item], day: date) -> Decimal:
        """What the items have open together."""
        return sum((self.available(item, day) for item in items), ZERO)


def within(  # noqa: PLR0913 - one argument per fact
    subledger: Subledger, customer: str, account: str, currency: str, amount: Decimal, day: date
) -> bool:
    """Whether an amount is within the tolerance in force."""
    policies = subledger.policies.timeline("tolerance", customer, account).at(day)
    return any(policy.key == currency and 0 < amount <= policy.value.number for policy in policies)


def fifo(subledger: Subledger, customer: str, account: str, day: date) -> bool:
    """Whether the ledger lets a receipt that names nothing take the oldest-due items."""
    policy = subledger.policies.timeline("allocation", customer, account).one(day)
    return policy is not None and policy.value == "fifo"
