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
from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.money import ZERO, largest_remainder, plain
from arledger.reconciliation import remittance
from arledger.reconciliation.applied import Allocation, Difference, Gap, Part, Status
from arledger.reconciliation.model import BankEntry, How
from arledger.reconciliation.payers import Recognition
from arledger.reconciliation.remittance import Numbers
from arledger.reconciliation.shelf import Shelf, fifo, within
from arledger.reconciliation.subsets import summing
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger

FIFO, CONTRACT, OLDEST_DUE, UNAPPLIED, SUSPENSE = (
    "fifo",
    "contract",
    "oldest-due",
    "unapplied",
    "suspense",
)
CANDIDATES_MAX = 6

Shares = Sequence[tuple[Item, Decimal]]


@attrs.frozen(eq=False)
class Receipt:
    """Money that came in. `amount` is what there is to apply, in `currency`.

    That is the bank's amount, or what the payer was told to pay where the bank changed it.
    """

    entry: BankEntry
    text: str
    payer: Recognition
    amount: Decimal
    currency: str
    # How many new receipts without a reference have this customer and amount, this one included.
    twins: int = 1

    @property
    def day(self) -> date:
        """The day of the receipt."""
        return self.entry.date


@attrs.frozen(eq=False)
class Decision:
    """What becomes of a receipt: an allocation that is certain, or ranked ones that aren't."""

    status: Status
    allocations: tuple[Allocation, ...]
    reasons: tuple[Text, ...]


@attrs.frozen(eq=False)
class _Named:
    """The items that a receipt names: those that can be paid, and those that are settled."""

    items: tuple[Item, ...]
    settled: tuple[Item, ...]
    strong: bool

    @property
    def customers(self) -> frozenset[str]:
        """Whose they are."""
        return frozenset(item.customer for item in (self.items or self.settled))


@attrs.define(eq=False)
class Cashier:
    """Decides on receipts, one after the other; what one has settled the next can't."""

    subledger: Subledger
    shelf: Shelf
    numbers: Numbers
    contracts: Numbers
    # What an invoice is called → the numbers of the items that are called so.
    _items_called: dict[str, frozenset[str]]
    _contract_owners: dict[str, frozenset[str]]
    # By what keys an item may be named.
    _keys: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    # Whether to rank what a receipt may be for: only where somebody will read it.
    ranking: bool = True

    def __attrs_post_init__(self) -> None:
        keys: dict[str, list[str]] = {}
        for name, numbers in sorted(self._items_called.items()):
            for number in numbers:
                keys.setdefault(number, []).append(remittance.number_key(name))
        self._keys = {number: tuple(them) for number, them in keys.items()}

    def _resembles(self, receipt: Receipt, item: Item) -> bool:
        """Whether the receipt names something like a number of the item's."""
        keys = self._keys.get(item.number or "", ())
        return any(remittance.resembles(receipt.text, key) for key in keys)

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
        numbers = {number: frozenset({number}) for _, number in subledger.items_by_number}
        for other, meant in _other_numbers(subledger).items():
            numbers[other] = numbers.get(other, frozenset()) | meant
        return cls(
            subledger,
            Shelf(subledger),
            Numbers.of(numbers),
            Numbers.of(contracts),
            numbers,
            {contract: frozenset(them) for contract, them in contracts.items()},
        )

    def by_name(self, receipt: Receipt) -> Decision | None:
        """What a receipt's own words say, where that is certain: invoices, or a contract."""
        decision = self._by_reference(receipt, self.named(receipt)) or self._by_contract(receipt)
        return decision if decision is not None and decision.status is Status.MATCHED else None

    def decide(self, receipt: Receipt) -> Decision:
        """What becomes of a receipt."""
        doubts = self._ambiguous_payer(receipt)
        named = self.named(receipt)
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

    def named(self, receipt: Receipt) -> _Named:
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
        return _Named(there, settled, strong)

    def _called(self, key: str) -> list[str]:
        """The numbers of the items that are called so."""
        names = self.numbers.numbers(key)
        return sorted({number for name in names for number in self._items_called[name]})

    def _by_reference(self, receipt: Receipt, named: _Named) -> Decision | None:
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

    def _with_alike(self, receipt: Receipt, named: _Named) -> _Named:
        """With the customer's items whose numbers have a slip, where they explain the rest."""
        rest = receipt.amount - self.shelf.total(named.items, receipt.day)
        if rest <= 0:
            return named
        customer, day = named.items[0].customer, receipt.day
        alike = [
            item
            for item in self.shelf.open_items(customer, receipt.currency, day)
            if item not in named.items and self._resembles(receipt, item)
        ]
        if not alike or self.shelf.total(alike, day) != rest:
            return named
        return attrs.evolve(named, items=(*named.items, *alike))

    def _of_several(self, receipt: Receipt, named: _Named) -> Decision | None:
        if not named.strong:
            return None
        customers = sorted(named.customers)
        text = say("it names invoices of several customers: {them}", them=", ".join(customers))
        ways = [
            self._naming(
                receipt,
                customer,
                _Named(
                    tuple(item for item in named.items if item.customer == customer),
                    (),
                    strong=True,
                ),
            )
            for customer in customers
        ]
        ways.sort(key=lambda way: (way.customer not in receipt.payer.customers, way.customer))
        return self._proposal(receipt, ways, (text,), None)

    def _naming(self, receipt: Receipt, customer: str, named: _Named) -> Allocation:
        """On the items that are named: net of discounts that explain it, else oldest due first."""
        numbers = list(dict.fromkeys(item.id for item in named.items))
        reasons = [
            *receipt.payer.reasons(customer),
            say("it names {items}", items=", ".join(numbers)),
        ]
        if named.settled:
            gone = ", ".join(dict.fromkeys(item.id for item in named.settled))
            reasons.append(say("{items}: nothing is open any more", items=gone))
        shares, rest = self._share(receipt, named.items)
        how = How.REFERENCE if len(numbers) == 1 else How.REFERENCES
        if rest or list(self._short(receipt, shares, named.items)):
            how = How.REFERENCE_AMOUNT_DIFFERS
        return self._allocation(receipt, customer, how.value, named.items, reasons)

    def _share(self, receipt: Receipt, items: Sequence[Item]) -> tuple[Shares, Decimal]:
        """What each item gets, and what is left over of the receipt."""
        net = self._net_of_discount(receipt, items)
        return self.shelf.fill(items, receipt.amount, receipt.day) if net is None else (net, ZERO)

    def _net_of_discount(self, receipt: Receipt, items: Sequence[Item]) -> Shares | None:
        """What each item gets where the receipt is short by just the discounts it earned."""
        day = receipt.day
        opens = [(item, self.shelf.available(item, day)) for item in items]
        earned = [(item, left, min(self.shelf.discount(item, day), left)) for item, left in opens]
        short = sum((left for _, left in opens), ZERO) - receipt.amount
        if short <= 0 or short != sum((cut for _, _, cut in earned), ZERO):
            return None
        return [(item, left - cut) for item, left, cut in earned if left > cut]

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
            for account in self._advance_accounts(customer, receipt.currency)
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
            self._allocation(receipt, customer, UNAPPLIED, one, [reason])
            for one in sets
            if self.shelf.total(one, receipt.day) == receipt.amount
        ]

    def _advance_accounts(self, customer: str, currency: str) -> list[str]:
        """The customer's advance accounts that no other of them is above of."""
        chart = self.subledger.chart
        own = [
            account
            for account in chart.customer(customer).accounts
            if (info := chart.info(account)) is not None and info.role == "advance"
        ]
        tops = [one for one in own if not any(one.startswith(other + ":") for other in own)]
        return [account for account in tops if self._takes(account, currency)]

    def _takes(self, account: str, currency: str) -> bool:
        currencies = self.subledger.chart.opens[account].currencies
        return not currencies or currency in currencies

    def _on_account(
        self,
        receipt: Receipt,
        customer: str,
        account: str,
        contract: str,
        reasons: Sequence[Text],
    ) -> Allocation:
        part = Part(account, receipt.amount, receipt.currency, advance=True)
        parts = _booked(receipt, [part])
        return Allocation(customer, CONTRACT, parts, tuple(reasons), contract=contract)

    # By amount, and by policy.

    def _by_amount(self, receipt: Receipt, named: _Named) -> Decision | None:
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
        self, receipt: Receipt, named: _Named, items: Sequence[Item]
    ) -> tuple[Text, ...]:
        """Whether the text names something else than what the amount suggests."""
        if named.settled and named.strong:
            gone = ", ".join(dict.fromkeys(item.id for item in named.settled))
            return (say("{items}: nothing is open any more", items=gone),)
        alike = [item for item in items if self._resembles(receipt, item)]
        if alike and self.shelf.total(alike, receipt.day) == receipt.amount:
            return ()
        if remittance.names_another(receipt.text, self.numbers.shapes, frozenset()):
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
        alike = [item for item in items if self._resembles(receipt, item)]
        same = [item for item in items if self.shelf.available(item, day) == receipt.amount]
        exact = [item for item in alike if item in same]
        if not exact and alike and self.shelf.total(alike, day) == receipt.amount:
            exact = alike
        if len(exact) == 1 or (exact and self.shelf.total(exact, day) == receipt.amount):
            them = ", ".join(item.id for item in exact)
            reason = say("it names numbers like {items}, of this amount", items=them)
            how = How.APPROXIMATE.value
            return self._allocation(receipt, customer, how, exact, [*reasons, reason])
        if receipt.twins > 1:
            doubts.append(
                say("{count} receipts of this customer have this amount", count=receipt.twins)
            )
        if len(same) == 1:
            reason = say("{item} alone has this amount", item=same[0].id)
            return self._allocation(
                receipt, customer, How.UNIQUE_AMOUNT.value, same, [*reasons, reason]
            )
        if same:
            return None
        payable = [item for item in items if not item.conditional]
        sets = summing(
            [self.shelf.available(item, receipt.day) for item in payable], receipt.amount
        )
        if sets.only is None:
            return None
        chosen = [payable[at] for at in sets.only]
        them = ", ".join(item.id for item in chosen)
        reason = say("{items} together, and no others, come to this amount", items=them)
        return self._allocation(receipt, customer, How.BATCH.value, chosen, [*reasons, reason])

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
        parts = [self._part(item, amount) for item, amount in shares]
        if rest:
            parts.append(Part(account, rest, receipt.currency, waits=True))
        return Allocation(customer, FIFO, _booked(receipt, parts), (*reasons, reason))

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
            every += self._guesses(receipt, customer, receipt.payer.reasons(customer))
        unique: dict[tuple[object, ...], Allocation] = {}
        for way in every:
            unique.setdefault(_key(way), way)
        return Decision(Status.PROPOSED, tuple(unique.values())[:CANDIDATES_MAX], tuple(reasons))

    def _guesses(
        self, receipt: Receipt, customer: str, reasons: Sequence[Text]
    ) -> Iterator[Allocation]:
        """What a receipt of a customer may be for, the likeliest first."""
        day = receipt.day
        items = self.shelf.open_items(customer, receipt.currency, day)
        payable = [item for item in items if not item.conditional]
        alike = [item for item in items if self._resembles(receipt, item)]
        if alike:
            them = ", ".join(item.id for item in alike)
            reason = say("it names numbers like {items}", items=them)
            how = How.APPROXIMATE.value
            yield self._allocation(receipt, customer, how, alike, [*reasons, reason])
        for item in items:
            if self.shelf.available(item, day) == receipt.amount:
                reason = say("{item} has this amount", item=item.id)
                yield self._allocation(
                    receipt, customer, How.UNIQUE_AMOUNT.value, [item], [*reasons, reason]
                )
        for item in payable:
            if self._net_of_discount(receipt, [item]) is not None:
                reason = say("{item} less its early-payment discount", item=item.id)
                yield self._allocation(
                    receipt, customer, How.UNIQUE_AMOUNT.value, [item], [*reasons, reason]
                )
        opens = [self.shelf.available(item, day) for item in payable]
        for found in summing(opens, receipt.amount, 2).sets:
            chosen = [payable[at] for at in found]
            them = ", ".join(item.id for item in chosen)
            reason = say("{items} come to this amount", items=them)
            yield self._allocation(receipt, customer, How.BATCH.value, chosen, [*reasons, reason])
        if payable:
            taken = [item for item, _ in self.shelf.fill(payable, receipt.amount, day)[0]]
            reason = say("what has been due the longest")
            yield self._allocation(receipt, customer, OLDEST_DUE, taken, [*reasons, reason])
        account = self._holding(customer, receipt.currency)
        if account is not None:
            reason = say("held until it is known what it is for")
            part = Part(account, receipt.amount, receipt.currency)
            yield Allocation(customer, UNAPPLIED, _booked(receipt, [part]), (*reasons, reason))

    def _unknown(self, receipt: Receipt) -> Decision:
        """A payer whom nothing identifies: guesses by a like name, else nothing."""
        ways: list[Allocation] = []
        for one in receipt.payer.candidates if self.ranking else ():
            ways += self._guesses(receipt, one.customer, (one.reason,))
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

    def _holding(self, customer: str, currency: str) -> str | None:
        """The receivable account on which a customer's unapplied money is held: its first."""
        chart = self.subledger.chart
        for account in chart.customer(customer).accounts:
            info = chart.info(account)
            if info is not None and info.role == "receivable" and self._takes(account, currency):
                return account
        return None

    # Making allocations.

    def _allocation(
        self,
        receipt: Receipt,
        customer: str,
        how: str,
        items: Sequence[Item],
        reasons: Sequence[Text],
    ) -> Allocation:
        """The receipt on these items, with what stays open of them or is too much."""
        shares, rest = self._share(receipt, items)
        parts = [self._part(item, amount) for item, amount in shares]
        differences = list(self._short(receipt, shares, items))
        if rest:
            account = parts[0].account
            parts.append(Part(account, rest, receipt.currency))
            differences.append(self._over(receipt, customer, account, rest))
        return Allocation(
            customer, how, _booked(receipt, parts), tuple(reasons), tuple(differences)
        )

    def _part(self, item: Item, amount: Decimal) -> Part:
        by_due = item.due is not None and self.shelf.instalments(item) > 1
        return Part(item.account, amount, item.currency, item, by_due)

    def _short(
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


_RANKS = {OLDEST_DUE: 1, UNAPPLIED: 2}


def _key(way: Allocation) -> tuple[object, ...]:
    """What makes two ways the same."""
    parts = tuple(
        (part.account, part.item.index if part.item else None, part.amount, part.advance)
        for part in way.parts
    )
    return (way.customer, parts)


def _booked(receipt: Receipt, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with their worth in the bank's currency, where that is another."""
    entry = receipt.entry
    if receipt.currency == entry.currency:
        return tuple(parts)
    digits = -int(entry.amount.as_tuple().exponent)
    worth = largest_remainder(entry.amount, [part.amount for part in parts], digits)
    return tuple(attrs.evolve(part, booked=one) for part, one in zip(parts, worth, strict=True))


def twins(receipts: Iterable[Receipt], cashier: Cashier) -> Counter[tuple[str, str, Decimal]]:
    """How many receipts without a reference each customer, currency and amount has."""
    return Counter(
        (receipt.payer.certain, receipt.currency, receipt.amount)
        for receipt in receipts
        if receipt.payer.certain is not None and not cashier.named(receipt).items
    )
