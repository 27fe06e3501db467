# SPDX-License-Identifier: GPL-2.0-or-later
"""What a receipt of a customer may be for, where nothing says it for certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from arledger.findings import Text, say
from arledger.reconciliation.allocating import Allocator, booked
from arledger.reconciliation.applied import Allocation, Part
from arledger.reconciliation.customer_accounts import holding_account
from arledger.reconciliation.model import How
from arledger.reconciliation.names import Names
from arledger.reconciliation.received import OLDEST_DUE, UNAPPLIED, Receipt
from arledger.reconciliation.subsets import summing
from arledger.subledger.model import Item


@attrs.frozen(eq=False)
class Guesser:
    """Guesses from numbers, amounts and due dates."""

    names: Names
    allocator: Allocator

    def guesses(
        self, receipt: Receipt, customer: str, reasons: Sequence[Text]
    ) -> Iterator[Allocation]:
        """The likeliest first; `reasons` are why it may be the customer's at all."""
        allocator, day = self.allocator, receipt.day
        items = allocator.shelf.open_items(customer, receipt.currency, day)
        payable = [item for item in items if not item.conditional]
        ways = (
            *self._alike(receipt, items),
            *self._of_amount(receipt, items),
            *self._net_of_discount(receipt, payable),
            *self._together(receipt, payable),
            *self._oldest_due(receipt, payable),
        )
        for how, chosen, reason in ways:
            yield allocator.allocation(receipt, customer, how, chosen, [*reasons, reason])
        account = holding_account(allocator.subledger.chart, customer, receipt.currency)
        if account is not None:
            reason = say("held until it is known what it is for")
            part = Part(account, receipt.amount, receipt.currency)
            yield Allocation(customer, UNAPPLIED, booked(receipt, [part]), (*reasons, reason))

    def _alike(self, receipt: Receipt, items: Sequence[Item]) -> Iterator[_Way]:
        alike = [item for item in items if self.names.resembles(receipt, item)]
        if alike:
            them = ", ".join(item.id for item in alike)
            yield How.APPROXIMATE.value, alike, say("it names numbers like {items}", items=them)

    def _of_amount(self, receipt: Receipt, items: Sequence[Item]) -> Iterator[_Way]:
        for item in items:
            if self.allocator.shelf.available(item, receipt.day) == receipt.amount:
                reason = say("{item} has this amount", item=item.id)
                yield How.UNIQUE_AMOUNT.value, [item], reason

    def _net_of_discount(self, receipt: Receipt, items: Sequence[Item]) -> Iterator[_Way]:
        for item in items:
            if self.allocator.net_of_discount(receipt, [item]) is not None:
                reason = say("{item} less its early-payment discount", item=item.id)
                yield How.UNIQUE_AMOUNT.value, [item], reason

    def _together(self, receipt: Receipt, items: Sequence[Item]) -> Iterator[_Way]:
        opens = [self.allocator.shelf.available(item, receipt.day) for item in items]
        for found in summing(opens, receipt.amount, 2).sets:
            chosen = [items[at] for at in found]
            them = ", ".join(item.id for item in chosen)
            yield How.BATCH.value, chosen, say("{items} come to this amount", items=them)

    def _oldest_due(self, receipt: Receipt, items: Sequence[Item]) -> Iterator[_Way]:
        if items:
            shares, _ = self.allocator.shelf.fill(items, receipt.amount, receipt.day)
            yield OLDEST_DUE, [item for item, _ in shares], say("what has been due the longest")


# How it is found, the items, and the reason.
_Way = tuple[str, Sequence[Item], Text]
