# SPDX-License-Identifier: GPL-2.0-or-later
"""What one receipt pays, and how sure that is.

In this order: the invoices it names; the contract it names (an advance); the one item, or the one
set of items, that has its amount; the customer's allocation policy, where that is fifo. What none
of them settles is proposed, ranked; a payer whom nothing identifies stays unmatched. A name that
only resembles a customer's, or an amount alone, settles nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.reconciliation import remittance
from arledger.reconciliation.allocating import Allocator, booked
from arledger.reconciliation.applied import Allocation, Part, Status
from arledger.reconciliation.customer_accounts import advance_accounts
from arledger.reconciliation.guesses import Guesser
from arledger.reconciliation.model import How
from arledger.reconciliation.names import Named, Names
from arledger.reconciliation.received import (
    CANDIDATES_MAX,
    CONTRACT,
    FIFO,
    OLDEST_DUE,
    UNAPPLIED,
    Decision,
    Receipt,
)
from arledger.reconciliation.remittance import Numbers
from arledger.reconciliation.shelf import Shelf, fifo
from arledger.reconciliation.subsets import summing
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger


@attrs.define(eq=False)
class Cashier:
    """Decides on receipts, one after the other; what one has settled the next can't."""

    subledger: Subledger
    shelf: Shelf
    names: Names
    allocator: Allocator
    guesser: Guesser
    contracts: Numbers
    _contract_owners: dict[str, frozenset[str]]
    # Whether to rank what a receipt may be for: only where somebody will read it.
    ranking: bool = True

    @classmethod
    def of(cls, subledger: Subledger) -> Cashier:
        """For one ledger."""
        contracts: dict[str, set[str]] = {}
        named = [(item.contract, item.customer) for item in subledger.items]
        named += [(credit.contract, credit.customer) for credit in subledger.credits]
        named += [(one.contract, one.customer) for one in subledger.books.advances]
        for contract, customer in named:
            if contract:
                contracts.setdefault(contract, set()).add(customer)
        shelf = Shelf(subledger)
        names, allocator = Names.of(subledger, shelf), Allocator(subledger, shelf)
        return cls(
            subledger,
            shelf,
            names,
            allocator,
            Guesser(names, allocator),
            Numbers.of(contracts),
            {contract: frozenset(them) for contract, them in contracts.items()},
        )

    def by_name(self, receipt: Receipt) -> Decision | None:
        """What a receipt's own words say, where that is certain: invoices, or a contract."""
        named = self.names.named(receipt)
        decision = self._by_reference(receipt, named) or self._by_contract(receipt)
        return decision if decision is not None and decision.status is Status.MATCHED else None

    def decide(self, receipt: Receipt) -> Decision:
        """What becomes of a receipt."""
        doubts = self._ambiguous_payer(receipt)
        named = self.names.named(receipt)
        stages: tuple[Callable[[], Decision | None], ...] = (
            lambda: self._by_reference(receipt, named),
            lambda: self._by_contract(receipt),
            lambda: self._by_amount(receipt, named),
            lambda: self._unknown(receipt),
        )
        decision = next(found for stage in stages if (found := stage()) is not None)
        return attrs.evolve(decision, reasons=(*decision.reasons, *doubts))

    @staticmethod
    def _ambiguous_payer(receipt: Receipt) -> tuple[Text, ...]:
        if receipt.payer.certain is not None or len(receipt.payer.customers) < 2:  # noqa: PLR2004
            return ()
        customers = ", ".join(sorted(receipt.payer.customers))
        return (say("the payer may be any of {customers}", customers=customers),)

    # By reference.

    def _by_reference(self, receipt: Receipt, named: Named) -> Decision | None:
        if not named.items:
            return None
        if len(named.customers) > 1:
            return self._of_several(receipt, named)
        (customer,) = named.customers
        payer = receipt.payer
        named = self._with_alike(receipt, named) if payer.certain == customer else named
        allocation = self._naming(receipt, customer, named)
        if payer.certain not in {None, customer}:
            text = say(
                "it names invoices of {customer}, but the payer is {payer}",
                customer=customer,
                payer=payer.certain,
            )
            return self._proposal(receipt, [allocation], (text,), payer.certain)
        exact = receipt.amount == self.shelf.total(named.items, receipt.day)
        if not named.strong:
            sure = exact and payer.certain == customer
            return self._matched(allocation) if sure else None
        if exact or payer.certain == customer or payer.allows(customer):
            return self._matched(allocation)
        text = say("neither the payer nor the amount is the invoice's")
        return self._proposal(receipt, [allocation], (text,), None)

    def _with_alike(self, receipt: Receipt, named: Named) -> Named:
        """With the customer's items whose numbers have a slip, where they explain the rest."""
        rest = receipt.amount - self.shelf.total(named.items, receipt.day)
        if rest <= 0:
            return named
        customer, day = named.items[0].customer, receipt.day
        alike = [
            item
            for item in self.shelf.open_items(customer, receipt.currency, day)
            if item not in named.items and self.names.resembles(receipt, item)
        ]
        if not alike or self.shelf.total(alike, day) != rest:
            return named
        return attrs.evolve(named, items=(*named.items, *alike))

    def _of_several(self, receipt: Receipt, named: Named) -> Decision | None:
        if not named.strong:
            return None
        customers = sorted(named.customers)
        text = say("it names invoices of several customers: {them}", them=", ".join(customers))
        ways = [
            self._naming(
                receipt,
                customer,
                Named(
                    tuple(item for item in named.items if item.customer == customer),
                    (),
                    strong=True,
                ),
            )
            for customer in customers
        ]
        ways.sort(key=lambda way: (way.customer not in receipt.payer.customers, way.customer))
        return self._proposal(receipt, ways, (text,), None)

    def _naming(self, receipt: Receipt, customer: str, named: Named) -> Allocation:
        """On the items that are named: net of discounts that explain it, else oldest due first."""
        numbers = list(dict.fromkeys(item.id for item in named.items))
        reasons = [
            *receipt.payer.reasons(customer),
            say("it names {items}", items=", ".join(numbers)),
        ]
        if named.settled:
            gone = ", ".join(dict.fromkeys(item.id for item in named.settled))
            reasons.append(say("{items}: nothing is open any more", items=gone))
        shares, rest = self.allocator.share(receipt, named.items)
        how = How.REFERENCE if len(numbers) == 1 else How.REFERENCES
        if rest or list(self.allocator.short(receipt, shares, named.items)):
            how = How.REFERENCE_AMOUNT_DIFFERS
        return self.allocator.allocation(receipt, customer, how.value, named.items, reasons)

    # By contract.

    def _by_contract(self, receipt: Receipt) -> Decision | None:
        contracts = remittance.contracts(receipt.text, self.contracts)
        if not contracts:
            return None
        payer, contract = receipt.payer, contracts[0]
        owners = self._contract_owners.get(contract, frozenset())
        customer = payer.certain or (next(iter(owners)) if len(owners) == 1 else None)
        if customer is None:
            return None
        reasons = [
            *payer.reasons(customer),
            say("it names the contract {contract} and no invoice", contract=contract),
        ]
        ways = [
            self._on_account(receipt, customer, account, contract, reasons)
            for account in advance_accounts(self.subledger.chart, customer, receipt.currency)
        ]
        doubts = list(self._contract_doubts(receipt, customer, contracts, owners, ways))
        if not doubts:
            return self._matched(ways[0])
        billed = self._billed(receipt, customer, contract)
        return self._proposal(receipt, [*ways, *billed], doubts, customer)

    def _contract_doubts(
        self,
        receipt: Receipt,
        customer: str,
        contracts: Sequence[str],
        owners: frozenset[str],
        ways: Sequence[Allocation],
    ) -> Iterator[Text]:
        """What speaks against booking it as an advance without asking."""
        contract = contracts[0]
        if len(contracts) > 1:
            yield say("it names several contracts: {them}", them=", ".join(contracts))
        if owners and customer not in owners:
            them = ", ".join(sorted(owners))
            yield say("the contract {contract} is of {them}", contract=contract, them=them)
        if receipt.payer.certain is None and not receipt.payer.allows(customer):
            yield say("the payer isn't known to be {customer}", customer=customer)
        if not ways:
            yield say(
                "{customer} has no advance account in {currency}; open one below {root}",
                customer=customer,
                currency=receipt.currency,
                root=self.subledger.options.advance_accounts[0],
            )
        if len(ways) > 1:
            yield say("{customer} has several advance accounts", customer=customer)
        if self._billed(receipt, customer, contract):
            yield say("the contract {contract} has invoices of this amount", contract=contract)

    def _billed(self, receipt: Receipt, customer: str, contract: str) -> list[Allocation]:
        """The contract's open invoices, where one or all of them have the receipt's amount."""
        items = [
            item
            for item in self.shelf.open_items(customer, receipt.currency, receipt.day)
            if item.contract == contract
        ]
        sets = [(item,) for item in items] + ([tuple(items)] if len(items) > 1 else [])
        reason = say("an invoice of the contract {contract} is open", contract=contract)
        return [
            self.allocator.allocation(receipt, customer, UNAPPLIED, one, [reason])
            for one in sets
            if self.shelf.total(one, receipt.day) == receipt.amount
        ]

    def _on_account(
        self,
        receipt: Receipt,
        customer: str,
        account: str,
        contract: str,
        reasons: Sequence[Text],
    ) -> Allocation:
        part = Part(account, receipt.amount, receipt.currency, advance=True)
        parts = booked(receipt, [part])
        return Allocation(customer, CONTRACT, parts, tuple(reasons), contract=contract)

    # By amount, and by policy.

    def _by_amount(self, receipt: Receipt, named: Named) -> Decision | None:
        customer = receipt.payer.certain
        if customer is None:
            return None
        reasons = receipt.payer.reasons(customer)
        items = self.shelf.open_items(customer, receipt.currency, receipt.day)
        doubts: list[Text] = []
        found = self._only(receipt, customer, items, reasons, doubts)
        another = self._names_another(receipt, named, items)
        doubts += another
        if found is not None and not doubts:
            return self._matched(found)
        ways = [found] if found is not None else []
        if not another and not ways:
            by_policy = self._fifo(receipt, customer, items, reasons)
            if by_policy is not None:
                return self._matched(by_policy)
        if found is None:
            doubts.append(say("no item, and no set of items, has this amount alone"))
        return self._proposal(receipt, ways, doubts, customer)

    def _names_another(
        self, receipt: Receipt, named: Named, items: Sequence[Item]
    ) -> tuple[Text, ...]:
        """Whether the text names something else than what the amount suggests."""
        if named.settled and named.strong:
            gone = ", ".join(dict.fromkeys(item.id for item in named.settled))
            return (say("{items}: nothing is open any more", items=gone),)
        alike = [item for item in items if self.names.resembles(receipt, item)]
        if alike and self.shelf.total(alike, receipt.day) == receipt.amount:
            return ()
        if self.names.names_another(receipt):
            return (say("it names an invoice that isn't open"),)
        return ()

    def _only(
        self,
        receipt: Receipt,
        customer: str,
        items: Sequence[Item],
        reasons: Sequence[Text],
        doubts: list[Text],
    ) -> Allocation | None:
        """The one item, or else the one set of items, with the receipt's amount."""
        day = receipt.day
        same = [item for item in items if self.shelf.available(item, day) == receipt.amount]

        def found(how: How, chosen: Sequence[Item], reason: Text) -> Allocation:
            given = [*reasons, reason]
            return self.allocator.allocation(receipt, customer, how.value, chosen, given)

        if alike := self._alike_of_amount(receipt, items, same):
            them = ", ".join(item.id for item in alike)
            reason = say("it names numbers like {items}, of this amount", items=them)
            return found(How.APPROXIMATE, alike, reason)
        if receipt.twins > 1:
            doubts.append(
                say("{count} receipts of this customer have this amount", count=receipt.twins)
            )
        if len(same) == 1:
            return found(
                How.UNIQUE_AMOUNT, same, say("{item} alone has this amount", item=same[0].id)
            )
        if same or not (chosen := self._set_of_amount(receipt, items)):
            return None
        them = ", ".join(item.id for item in chosen)
        reason = say("{items} together, and no others, come to this amount", items=them)
        return found(How.BATCH, chosen, reason)

    def _alike_of_amount(
        self, receipt: Receipt, items: Sequence[Item], same: Sequence[Item]
    ) -> list[Item]:
        """The items that it names with a slip, where one or all of them have its amount."""
        alike = [item for item in items if self.names.resembles(receipt, item)]
        exact = [item for item in alike if item in same]
        if not exact and alike and self.shelf.total(alike, receipt.day) == receipt.amount:
            exact = alike
        if len(exact) == 1 or self.shelf.total(exact, receipt.day) == receipt.amount:
            return exact
        return []

    def _set_of_amount(self, receipt: Receipt, items: Sequence[Item]) -> list[Item]:
        """The only set of items that come to its amount."""
        payable = [item for item in items if not item.conditional]
        opens = [self.shelf.available(item, receipt.day) for item in payable]
        only = summing(opens, receipt.amount).only
        return [] if only is None else [payable[at] for at in only]

    def _fifo(
        self, receipt: Receipt, customer: str, items: Sequence[Item], reasons: Sequence[Text]
    ) -> Allocation | None:
        """As the allocation policy says, where all that can be paid is on one account."""
        payable = [item for item in items if self._is_ordinary(item)]
        # An item without a number can't be named: the policy itself settles it.
        nameless = self.shelf.unnumbered(customer, receipt.currency, receipt.day)
        accounts = {item.account for item in payable} | nameless
        if len(accounts) != 1:
            return None
        (account,) = accounts
        if not fifo(self.subledger, customer, account, receipt.day):
            return None
        reason = say("the ledger's allocation policy for {customer} is fifo", customer=customer)
        taken = [] if nameless else payable
        shares, rest = self.shelf.fill(taken, receipt.amount, receipt.day)
        parts = [self.allocator.part(item, amount) for item, amount in shares]
        if rest:
            parts.append(Part(account, rest, receipt.currency, waits=True))
        return Allocation(customer, FIFO, booked(receipt, parts), (*reasons, reason))

    def _is_ordinary(self, item: Item) -> bool:
        """Whether a transfer of the customer's pays it: no retention money, no bill of a bank."""
        info = self.subledger.chart.info(item.account)
        return not item.conditional and info is not None and info.in_exposure

    # Proposals.

    def _proposal(
        self,
        receipt: Receipt,
        ways: Sequence[Allocation],
        reasons: Iterable[Text],
        customer: str | None,
    ) -> Decision:
        """Ranked: what the caller found, then what else the customer's items offer."""
        every = [*ways]
        if customer is not None and self.ranking:
            every += self.guesser.guesses(receipt, customer, receipt.payer.reasons(customer))
        unique: dict[tuple[object, ...], Allocation] = {}
        for way in every:
            unique.setdefault(_key(way), way)
        return Decision(Status.PROPOSED, tuple(unique.values())[:CANDIDATES_MAX], tuple(reasons))

    def _unknown(self, receipt: Receipt) -> Decision:
        """A payer whom nothing identifies: guesses by a like name, else nothing."""
        ways: list[Allocation] = []
        for one in receipt.payer.candidates if self.ranking else ():
            ways += self.guesser.guesses(receipt, one.customer, (one.reason,))
        if ways:
            text = say("a name that resembles a customer's is not enough")
            if any(one.by.value != "alike" for one in receipt.payer.candidates):
                text = say("which customer's it is can't be told")
            ways.sort(key=lambda way: _RANKS.get(way.how, 0))
            return self._proposal(receipt, ways, (text,), None)
        text = say(
            "the payer is unknown: {payer}", payer=receipt.entry.payer or say("the bank names none")
        )
        return Decision(Status.UNMATCHED, (), (text,))

    def _matched(self, allocation: Allocation) -> Decision:
        return Decision(Status.MATCHED, (allocation,), allocation.reasons)

    def settle(self, allocation: Allocation) -> None:
        """Take an allocation as done: what it settles is no longer there for the next receipt."""
        for part in allocation.parts:
            if part.item is not None:
                self.shelf.take(part.item, part.amount)
        if allocation.contract and allocation.customer:
            owners = self._contract_owners.get(allocation.contract, frozenset())
            if allocation.customer not in owners:
                self._contract_owners[allocation.contract] = owners | {allocation.customer}
                self.contracts = Numbers.of(self._contract_owners)


_RANKS = {OLDEST_DUE: 1, UNAPPLIED: 2}


def _key(way: Allocation) -> tuple[object, ...]:
    """What makes two ways the same."""
    parts = tuple(
        (part.account, part.item.index if part.item else None, part.amount, part.advance)
        for part in way.parts
    )
    return (way.customer, parts)


def twins(receipts: Iterable[Receipt], cashier: Cashier) -> Counter[tuple[str, str, Decimal]]:
    """How many receipts without a reference each customer, currency and amount has."""
    return Counter(
        (receipt.payer.certain, receipt.currency, receipt.amount)
        for receipt in receipts
        if receipt.payer.certain is not None and not cashier.names.named(receipt).items
    )
