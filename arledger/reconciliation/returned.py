# SPDX-License-Identifier: GPL-2.0-or-later
"""A payment that the bank takes back: which receipt it was, and what is owed again.

It is identified by the bank's reference of the receipt, or as the one receipt of this payer and
amount in the last weeks that hasn't come back yet. The receipt must have a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import attrs
from beancount.core.data import Transaction

from arledger.findings import Text, say
from arledger.money import ZERO
from arledger.reconciliation import remittance
from arledger.reconciliation.applied import Allocation, Part, Status
from arledger.reconciliation.model import BankEntry
from arledger.reconciliation.payers import Recognition
from arledger.reconciliation.received import CANDIDATES_MAX, Decision
from arledger.reconciliation.remittance import Numbers
from arledger.reconciliation.shelf import Shelf
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger

RETURN = "return"
# How long after a receipt the bank may take it back (a direct debit: eight weeks and some days).
RETURN_DAYS = 90


@attrs.frozen(eq=False)
class _Received:
    """A receipt with a bank's link, as far as it may come back."""

    transaction: Transaction
    customer: str
    # One for each account and number that it credited.
    parts: tuple[Part, ...]
    settles: tuple[tuple[Item, Decimal], ...]

    @property
    def amount(self) -> Decimal:
        """What it credited to the customer."""
        return sum((part.amount for part in self.parts), ZERO)


@attrs.define(eq=False)
class Returns:
    """The receipts that may come back."""

    shelf: Shelf
    prefix: str
    _received: list[_Received] = attrs.field(factory=list)
    _gone: set[int] = attrs.field(factory=set)

    @classmethod
    def of(cls, subledger: Subledger, shelf: Shelf, prefix: str) -> Returns:
        """From the receipts of a ledger that the bank's link names."""
        found = cls(shelf, prefix)
        by_transaction: dict[int, list[Credit]] = {}
        for credit in subledger.credits:
            if any(link.startswith(prefix) for link in credit.transaction.links or ()):
                by_transaction.setdefault(id(credit.transaction), []).append(credit)
        for credits in by_transaction.values():
            received = _received(credits)
            if received is not None:
                found._received.append(received)
        return found

    def add(self, transaction: Transaction, allocation: Allocation) -> None:
        """Note a receipt that this run books."""
        number = transaction.meta.get("receipt")
        if number is None or allocation.customer is None or allocation.advance:
            return
        parts: dict[str, Part] = {}
        for part in allocation.parts:
            before = parts.get(part.account)
            amount = part.amount + (before.amount if before else ZERO)
            parts[part.account] = Part(part.account, amount, part.currency, reverses=number)
        settles = tuple((part.item, part.amount) for part in allocation.parts if part.item)
        self._received.append(
            _Received(transaction, allocation.customer, tuple(parts.values()), settles)
        )

    def decide(self, entry: BankEntry, payer: Recognition, text: str) -> Decision:
        """Which receipt an entry takes back."""
        same = self._same(entry)
        found = self._named(same, text)
        reason = say("it names the receipt's own reference")
        if not found and payer.certain is not None:
            found = [one for one in same if one.customer == payer.certain]
            reason = say("the one receipt of this payer and amount")
        if len(found) == 1:
            way = _way(found[0], reason)
            return Decision(Status.MATCHED, (way,), way.reasons)
        reason = say("a receipt of this amount")
        ways = [_way(one, reason) for one in (found or same)[:CANDIDATES_MAX]]
        if not ways:
            said = say("the bank takes a payment back, and no receipt of this amount has a number")
            return Decision(Status.UNMATCHED, (), (said,))
        said = say("which receipt the bank takes back can't be told")
        return Decision(Status.PROPOSED, tuple(ways), (said,))

    def settle(self, allocation: Allocation) -> None:
        """Take a return as done: what the receipt had settled is open again."""
        self._gone.add(id(allocation.returns))
        for item, amount in allocation.restored:
            self.shelf.take(item, -amount)

    def _same(self, entry: BankEntry) -> list[_Received]:
        """The receipts of the entry's amount that haven't come back, the latest first."""
        first = entry.date - timedelta(days=RETURN_DAYS)
        found = [
            one
            for one in self._received
            if first <= one.transaction.date <= entry.date
            and id(one.transaction) not in self._gone
            and one.amount == -entry.amount
            and all(part.currency == entry.currency for part in one.parts)
        ]
        return sorted(
            found,
            key=lambda one: (one.transaction.date, sorted(one.transaction.links or ())),
            reverse=True,
        )

    def _named(self, same: Sequence[_Received], text: str) -> list[_Received]:
        """Those whose reference the entry's text holds."""
        return [
            one
            for one in same
            if remittance.mentions(text, Numbers.of(_references(one, self.prefix)))
        ]


def _references(received: _Received, prefix: str) -> Iterable[str]:
    links = received.transaction.links or frozenset()
    return [link.removeprefix(prefix) for link in links if link.startswith(prefix)]


def _received(credits: Sequence[Credit]) -> _Received | None:
    """A transaction's credits as a receipt that can come back whole; None where they can't."""
    first = credits[0]
    if any(
        credit.number is None or credit.customer != first.customer or credit.taken
        for credit in credits
    ):
        return None
    parts: dict[tuple[str, str | None], Part] = {}
    for credit in credits:
        key = (credit.account, credit.number)
        amount = credit.amount + (parts[key].amount if key in parts else ZERO)
        parts[key] = Part(credit.account, amount, credit.currency, reverses=credit.number)
    return _Received(
        first.transaction, first.customer, tuple(parts.values()), tuple(_settled(credits))
    )


def _settled(credits: Sequence[Credit]) -> Iterator[tuple[Item, Decimal]]:
    for credit in credits:
        for application in credit.applications:
            live = application.live(application.date.max)
            if live:
                yield application.item, live


def _way(received: _Received, reason: Text) -> Allocation:
    links = ", ".join(f"^{link}" for link in sorted(received.transaction.links or ()))
    return Allocation(
        received.customer,
        RETURN,
        received.parts,
        (reason, say("it takes back {links}", links=links)),
        returns=received.transaction,
        restored=received.settles,
    )
