# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the ledger's items a receipt names, by their numbers or what else they are called."""

from __future__ import annotations

import attrs

from arledger.reconciliation import remittance
from arledger.reconciliation.document_numbers import compact
from arledger.reconciliation.received import Receipt
from arledger.reconciliation.remittance import Numbers
from arledger.reconciliation.shelf import Shelf
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger


@attrs.frozen(eq=False)
class Named:
    """The items that a receipt names: those that can be paid, and those that are settled."""

    items: tuple[Item, ...]
    settled: tuple[Item, ...]
    strong: bool

    @property
    def customers(self) -> frozenset[str]:
        """Whose they are."""
        return frozenset(item.customer for item in (self.items or self.settled))


@attrs.define(eq=False)
class Names:
    """What the ledger's items are called."""

    shelf: Shelf
    numbers: Numbers
    # What an invoice is called → the numbers of the items that are called so.
    _items_called: dict[str, frozenset[str]]
    # By what keys an item may be named.
    _keys: dict[str, tuple[str, ...]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        keys: dict[str, list[str]] = {}
        for name, numbers in sorted(self._items_called.items()):
            for number in numbers:
                keys.setdefault(number, []).append(compact(name))
        self._keys = {number: tuple(them) for number, them in keys.items()}

    @classmethod
    def of(cls, subledger: Subledger, shelf: Shelf) -> Names:
        """For one ledger; `shelf` says what can be paid."""
        numbers = {number: frozenset({number}) for _, number in subledger.items_by_number}
        for other, meant in _other_numbers(subledger).items():
            numbers[other] = numbers.get(other, frozenset()) | meant
        return cls(shelf, Numbers.of(numbers), numbers)

    def named(self, receipt: Receipt) -> Named:
        """The items whose numbers a receipt names; the payer's own where several have one."""
        found: dict[bool, list[Item]] = {True: [], False: []}
        for mention in remittance.mentions(receipt.text, self.numbers):
            items = [
                item
                for number in self._called(mention.key)
                for item in self.shelf.numbered(number, receipt.currency)
                if item.posted <= receipt.day
            ]
            own = [item for item in items if item.customer == receipt.payer.certain]
            known = found[mention.strong]
            known += [item for item in own or items if item not in known]
        strong = bool(found[True])
        every = found[strong]
        there = tuple(item for item in every if self.shelf.available(item, receipt.day))
        payable = {item.number for item in there}
        settled = tuple(item for item in every if item.number not in payable)
        return Named(there, settled, strong)

    def _called(self, key: str) -> list[str]:
        """The numbers of the items that are called so."""
        names = self.numbers.numbers(key)
        return sorted({number for name in names for number in self._items_called[name]})

    def resembles(self, receipt: Receipt, item: Item) -> bool:
        """Whether the receipt names something like a number of the item's."""
        keys = self._keys.get(item.number or "", ())
        return any(remittance.resembles(receipt.text, key) for key in keys)

    def names_another(self, receipt: Receipt) -> bool:
        """Whether it names a number of the form of ours that none of ours has."""
        return remittance.names_another(receipt.text, self.numbers.shapes, frozenset())


def _other_numbers(subledger: Subledger) -> dict[str, frozenset[str]]:
    """What else an invoice is called: the links of its transaction that aren't the bank's.

    An order's or a delivery's number, say; it may belong to several invoices.
    """
    bank = subledger.options.bank_links
    found: dict[str, set[str]] = {}
    for item in subledger.items:
        for link in item.transaction.links or ():
            if item.number and link != item.number and not link.startswith(bank):
                found.setdefault(link, set()).add(item.number)
    return {link: frozenset(numbers) for link, numbers in found.items()}
