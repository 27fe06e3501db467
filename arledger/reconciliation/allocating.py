# SPDX-License-Identifier: GPL-2.0-or-later
"""A receipt on items: what each gets, what stays open of it, and what is too much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.money import ZERO, largest_remainder, plain
from arledger.reconciliation.applied import Allocation, Difference, Gap, Part
from arledger.reconciliation.received import Receipt
from arledger.reconciliation.shelf import Shelf, within
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger

Shares = Sequence[tuple[Item, Decimal]]


@attrs.frozen(eq=False)
class Allocator:
    """Makes allocations from what is on the shelf."""

    subledger: Subledger
    shelf: Shelf

    def share(self, receipt: Receipt, items: Sequence[Item]) -> tuple[Shares, Decimal]:
        """What each item gets, and what is left over of the receipt."""
        net = self.net_of_discount(receipt, items)
        return self.shelf.fill(items, receipt.amount, receipt.day) if net is None else (net, ZERO)

    def net_of_discount(self, receipt: Receipt, items: Sequence[Item]) -> Shares | None:
        """What each item gets where the receipt is short by just the discounts it earned."""
        day = receipt.day
        opens = [(item, self.shelf.available(item, day)) for item in items]
        earned = [(item, left, min(self.shelf.discount(item, day), left)) for item, left in opens]
        short = sum((left for _, left in opens), ZERO) - receipt.amount
        if short <= 0 or short != sum((cut for _, _, cut in earned), ZERO):
            return None
        return [(item, left - cut) for item, left, cut in earned if left > cut]

    def allocation(
        self,
        receipt: Receipt,
        customer: str,
        how: str,
        items: Sequence[Item],
        reasons: Sequence[Text],
    ) -> Allocation:
        """The receipt on these items, with what stays open of them or is too much."""
        shares, rest = self.share(receipt, items)
        parts = [self.part(item, amount) for item, amount in shares]
        differences = list(self.short(receipt, shares, items))
        if rest:
            account = parts[0].account
            parts.append(Part(account, rest, receipt.currency))
            differences.append(self._over(receipt, customer, account, rest))
        return Allocation(customer, how, booked(receipt, parts), tuple(reasons), tuple(differences))

    def part(self, item: Item, amount: Decimal) -> Part:
        """What settles so much of an item."""
        by_due = item.due is not None and self.shelf.instalments(item) > 1
        return Part(item.account, amount, item.currency, item, by_due)

    def short(
        self, receipt: Receipt, shares: Shares, items: Sequence[Item]
    ) -> Iterator[Difference]:
        """What stays open of each item, and what that seems to be.

        A later instalment of an invoice of which earlier ones are paid isn't short.
        """
        given = {item.index: amount for item, amount in shares}
        begun = {item.number for item, _ in shares}
        for item in items:
            left = self.shelf.available(item, receipt.day) - given.get(item.index, ZERO)
            if left and (item.index in given or item.number not in begun):
                gap, text = self._gap(receipt, item, left)
                yield Difference(gap, item.account, item, left, item.currency, text)

    def _gap(self, receipt: Receipt, item: Item, left: Decimal) -> tuple[Gap, Text]:
        day, facts = receipt.day, {"item": item.id, "left": plain(left), "currency": item.currency}
        if left <= self.shelf.discount(item, day):
            text = say(
                "{item}: the {left} {currency} left open is the early-payment discount it earned"
            )
            return Gap.DISCOUNT, Text(text.template, facts)
        if left == receipt.entry.charges:
            text = say("{item}: the {left} {currency} left open is what the bank kept")
            return Gap.CHARGES, Text(text.template, facts)
        if self.shelf.tolerated(item, left, day):
            text = say("{item}: the {left} {currency} left open is within the tolerance")
            return Gap.TOLERANCE, Text(text.template, facts)
        if left == self.shelf.offered(item, day):
            text = say(
                "{item}: {left} {currency} stays open, the early-payment discount that is no "
                "longer earned"
            )
            return Gap.SHORT, Text(text.template, facts)
        text = say("{item}: {left} {currency} stays open")
        return Gap.SHORT, Text(text.template, facts)

    def _over(self, receipt: Receipt, customer: str, account: str, rest: Decimal) -> Difference:
        facts = {"rest": plain(rest), "currency": receipt.currency}
        if within(self.subledger, customer, account, receipt.currency, rest, receipt.day):
            text = Text(say("{rest} {currency} too much is within the tolerance").template, facts)
            return Difference(Gap.TOLERANCE, account, None, rest, receipt.currency, text)
        text = Text(say("{rest} {currency} too much stays unapplied").template, facts)
        return Difference(Gap.OVER, account, None, rest, receipt.currency, text)


def booked(receipt: Receipt, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with their worth in the bank's currency, where that is another."""
    entry = receipt.entry
    if receipt.currency == entry.currency:
        return tuple(parts)
    digits = -int(entry.amount.as_tuple().exponent)
    worth = largest_remainder(entry.amount, [part.amount for part in parts], digits)
    return tuple(attrs.evolve(part, booked=one) for part, one in zip(parts, worth, strict=True))
