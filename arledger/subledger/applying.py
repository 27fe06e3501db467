# SPDX-License-Identifier: GPL-2.0-or-later
"""Applying and undoing: what documents do to items and credits, one at a time.

This is the state of the replay and the steps that every phase of a day is made of. Which document
takes which step is told by `reversals`, `transfers`, `refunds` and, day by day, by `replay`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import Finding, Text, finding, place, say
from arledger.language.books import Books
from arledger.language.documents import ITEM, Fields, Kind, Movement, named
from arledger.language.voucher import UNUSABLE
from arledger.money import ZERO
from arledger.subledger.model import Application, Credit, Ids, Item, Taken
from arledger.subledger.pools import CreditGroup, Group, Pool

# A Decimal takes a hundred bytes, and most of what is open is settled to just this.
NOTHING = Decimal("0.00")


def _less(had: Decimal, amount: Decimal) -> Decimal:
    """What is left. Most often that is nothing, and nothing to the cent: the figure is shared."""
    if amount is had and had.same_quantum(NOTHING):
        return NOTHING
    left = had - amount
    return left if left or not left.same_quantum(NOTHING) else NOTHING


@attrs.define(slots=True, eq=False)
class Day:
    """One day's documents by the phase in which they act, and the pools they touched.

    `naming` is in order as long as no kept credit joined it.
    """

    transfers: list[Movement] = attrs.field(factory=list)
    reversals: list[tuple[Movement, Credit | None]] = attrs.field(factory=list)
    naming: dict[int, Credit] = attrs.field(factory=dict)
    refunds: list[Movement] = attrs.field(factory=list)
    touched: dict[Pool, None] = attrs.field(factory=dict)
    joined: bool = False


@attrs.define(slots=True, eq=False)
class Applying:
    """The state of the replay: what came into being, what is open of it, and where to find it."""

    books: Books
    # Emptied as they are played: a document becomes an item or a credit, and is done with.
    movements: list[Fields]
    items: list[Item] = attrs.field(factory=list)
    credits: list[Credit] = attrs.field(factory=list)
    applications: list[Application] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)
    ids: Ids = attrs.field(init=False)
    item_open: list[Decimal] = attrs.field(factory=list)
    credit_open: list[Decimal] = attrs.field(factory=list)
    # The day on which what is open of each last changed.
    item_changed: list[date] = attrs.field(factory=list)
    credit_changed: list[date] = attrs.field(factory=list)
    pools: dict[tuple[str, str], Pool] = attrs.field(factory=dict)
    _pool_of_credit: list[Pool] = attrs.field(factory=list)
    # Whether any single posting asks for fifo: else only the pools whose policy is fifo need have
    # their items at hand for credits that wait.
    _fifo_used: bool = True
    _first_pools: dict[str, Pool] = attrs.field(factory=dict)
    _of_customer: dict[str, list[tuple[str, str]]] = attrs.field(factory=dict)
    # Numbers that debits name: of no other credit need the number be looked up.
    _credits_named: set[str | None] = attrs.field(factory=set)
    # Numbers that stand more than once, of whatever kind and whomever; and who of each kind and
    # customer was the first to use such a one.
    _repeated: set[str] = attrs.field(factory=set)
    _numbers: dict[tuple[str, str, str], Movement] = attrs.field(factory=dict)
    _instalments: dict[tuple[str, str], int] = attrs.field(factory=dict)
    _undone: dict[int, Decimal] = attrs.field(factory=dict)
    _today: date = date.min
    _day: Day = attrs.field(factory=Day)

    def __attrs_post_init__(self) -> None:
        self.ids = Ids(self.items, self.credits)

    def _pool_of(self, movement: Movement) -> Pool:
        """Where a movement's items and credits are looked up."""
        first = self._first_pools.get(movement.account)
        if first is not None and first.currency == movement.currency:
            return first
        return self._pool(movement.account, movement.currency, movement.customer)

    def _pool(self, account: str, currency: str, customer: str) -> Pool:
        # Most accounts have one currency, and a text is looked up quicker than two in a tuple.
        first = self._first_pools.get(account)
        if first is not None and first.currency == currency:
            return first
        found = self.pools.get((account, currency))
        return self._new_pool((account, currency), customer) if found is None else found

    def _new_pool(self, key: tuple[str, str], customer: str) -> Pool:
        self._of_customer.setdefault(customer, []).append(key)
        account, currency = key
        pool = self.pools[key] = Pool(
            currency,
            self.books.policies.timeline("allocation", customer, account),
        )
        self._first_pools.setdefault(account, pool)
        return pool

    def _raise(self, movement: Fields) -> None:
        """A new item."""
        (
            _,
            _,
            account,
            customer,
            currency,
            amount,
            number,
            _,
            _,
            due,
            document_date,
            _,
            contract,
            _,
            conditional,
            terms,
            transaction,
            posting,
            _,
        ) = movement
        pool = self._first_pools.get(account)
        if pool is None or pool.currency != currency:
            pool = self._pool(account, currency, customer)
        instalment = 1
        if number is not None and number in self._repeated:
            own = named(movement)
            first = self._claim("item", own, number)
            if first is not own and first.transaction is transaction:
                instalment = self._instalments.get((customer, number), 1) + 1
                self._instalments[customer, number] = instalment
        self._stand(
            Item(
                len(self.items),
                number,
                customer,
                account,
                currency,
                document_date,
                self._today,
                due,
                amount,
                instalment,
                conditional,
                contract,
                terms,
                ITEM,
                self.ids,
                transaction,
                posting,
            ),
            pool,
        )

    def _claim(self, kind: str, movement: Movement, number: str) -> Movement:
        """Who first used a number; a finding where that is another transaction."""
        first = self._numbers.setdefault((kind, movement.customer, number), movement)
        if first.transaction is movement.transaction or movement.carried:
            return first
        text = say(
            "{number} is used twice for {customer}, first at {first}",
            number=number,
            customer=movement.customer,
            first=place(first.meta),
        )
        self._find("duplicate-number", text, movement, item=number)
        return first

    def _add_item(  # noqa: PLR0913 - one argument per fact that differs between the callers
        self,
        movement: Movement,
        amount: Decimal,
        number: str | None,
        due: date | None,
        instalment: int = 1,
        origin: Item | None = None,
    ) -> None:
        """A new item that no document raises: one that was transferred, or what is owed besides."""
        item = Item(
            len(self.items),
            number,
            movement.customer,
            movement.account,
            movement.currency,
            origin.date if origin is not None else movement.document_date,
            self._today,
            due,
            amount,
            instalment,
            movement.conditional,
            origin.contract if origin is not None else movement.contract,
            origin.terms if origin is not None else movement.terms,
            movement.kind,
            self.ids,
            movement.transaction,
            movement.posting,
            origin,
        )
        self._stand(item, self._pool_of(movement))

    def _stand(self, item: Item, pool: Pool) -> None:
        """An item stands open from today on: kept and waiting credits may take it."""
        amount, number = item.amount, item.number
        self.items.append(item)
        self.item_open.append(amount)
        self.item_changed.append(self._today)
        pool.posted += amount
        if self._fifo_used or pool.fifo:
            pool.offer(item)
            self._day.touched[pool] = None
        if number is not None and pool.groups.setdefault(number, item) is not item:
            group = pool.group(number)
            group.add(item)
            self._join(group)

    def _offer_again(self, item: Item, pool: Pool) -> None:
        """An item is open again: kept and waiting credits may take it today."""
        if self._fifo_used or pool.fifo:
            pool.offer(item)
            self._day.touched[pool] = None
        if item.number is not None:
            group = pool.groups[item.number]
            if isinstance(group, Group):
                group.reopened(item)
                self._join(group)

    def _join(self, group: Group) -> None:
        """The credits kept for a number name it today."""
        if group.kept:
            group.offer(self._day.naming, self._today)
            self._day.joined = True

    def _register(self, movement: Fields) -> Credit:
        """A new credit, with nothing applied yet."""
        (
            kind,
            day,
            account,
            customer,
            currency,
            amount,
            number,
            names,
            _,
            due,
            document_date,
            allocation,
            contract,
            _,
            _,
            _,
            transaction,
            posting,
            _,
        ) = movement
        pool = self._first_pools.get(account)
        if pool is None or pool.currency != currency:
            pool = self._pool(account, currency, customer)
        if number is not None and number in self._repeated and kind is not Kind.TRANSFER:
            of_kind = "credit-note" if kind is Kind.CREDIT_NOTE else "credit"
            self._claim(of_kind, named(movement), number)
        credit = Credit(
            len(self.credits),
            number,
            kind,
            customer,
            account,
            currency,
            document_date,
            self._today,
            due,
            amount,
            names,
            names is None and self._waits(day, allocation, pool),
            contract,
            self.ids,
            transaction,
            posting,
        )
        self.credits.append(credit)
        self.credit_open.append(amount)
        self.credit_changed.append(self._today)
        self._pool_of_credit.append(pool)
        pool.posted -= amount
        if number is not None and number in self._credits_named:
            pool.by_number.setdefault(number, CreditGroup()).add(credit)
        return credit

    @staticmethod
    def _waits(day: date, allocation: str | None, pool: Pool) -> bool:
        """Whether a credit that names none takes items by fifo: where that is the policy."""
        if allocation is not None:
            return allocation == "fifo"
        if not pool.fifo:
            return False
        policy = pool.allocation.one(day)
        return policy is not None and policy.value == "fifo"

    def _apply(
        self, item: Item, credit: Credit, amount: Decimal, pool: Pool, *, named: bool
    ) -> None:
        one, other, today = item.index, credit.index, self._today
        owed, had = self.item_open[one], self.credit_open[other]
        assert amount > ZERO, "nothing applied"
        assert amount is owed or amount <= owed, "more applied than is open"
        assert amount is had or amount <= had, "more applied than there is"
        applications = self.applications
        application = Application(len(applications), today, item, credit, amount, named)
        applications.append(application)
        # Most have this one only, and an item may share that with its credit.
        only = (application,)
        if item.applications:
            item.settled_by(application)
        else:
            item.applications = only  # type: ignore[misc] # frozen but for us, and often
        if credit.applications:
            credit.settles(application)
        else:
            credit.applications = only  # type: ignore[misc]
        self.item_open[one] = _less(owed, amount)
        self.credit_open[other] = _less(had, amount)
        self.item_changed[one] = self.credit_changed[other] = today
        if credit.number is not None and credit.number in self._credits_named:
            pool.by_number[credit.number].note(application)

    def _live(self, application: Application) -> Decimal:
        return application.amount - self._undone.get(application.seq, ZERO)

    def _undo(self, application: Application, amount: Decimal, pool: Pool) -> None:
        """Undo a part of an application, from today on: the item is open again.

        The caller says whether the credit keeps what that frees (`_freed`) or is taken back.
        """
        assert 0 < amount <= self._live(application), "more undone than was applied"
        application.undo(self._today, amount)
        self._undone[application.seq] = self._undone.get(application.seq, ZERO) + amount
        item, credit = application.item, application.credit
        self.item_open[item.index] += amount
        self.credit_open[credit.index] += amount
        self.item_changed[item.index] = self.credit_changed[credit.index] = self._today
        if credit.waits:
            pool.wait(credit)
        elif credit.names is not None:
            pool.group(credit.names).keep(credit)
        self._offer_again(item, pool)

    def _freed(self, credit: Credit, pool: Pool) -> None:
        """A credit that had been used up has something left again."""
        group = pool.by_number.get(credit.number) if credit.number is not None else None
        if group is not None and self.credit_open[credit.index]:
            group.reopened(credit)

    def _take(self, credit: Credit, amount: Decimal, movement: Movement, pool: Pool) -> None:
        """A debit takes a part of a credit back."""
        assert 0 < amount <= self.credit_open[credit.index], "more taken than there is"
        number = movement.invoice or movement.number or movement.names
        taken = Taken(
            self._today,
            amount,
            movement.kind,
            number,
            movement.transaction,
            movement.posting,
        )
        credit.take(taken)
        self.credit_open[credit.index] -= amount
        if credit.names is not None and not self.credit_open[credit.index]:
            group = pool.groups.get(credit.names)
            if isinstance(group, Group):
                group.drop(credit)
        self.credit_changed[credit.index] = self._today
        pool.posted += amount

    def _apply_named(self, credit: Credit) -> None:
        """A naming credit fills its item's instalments, oldest due first, and goes no further."""
        index, names = credit.index, credit.names
        pool = self._pool_of_credit[index]
        credit_open, item_open = self.credit_open, self.item_open
        assert names is not None
        group = pool.groups.get(names)
        if isinstance(group, Item):
            # One item of that number: nearly every credit of nearly every ledger.
            left, open_ = credit_open[index], item_open[group.index]
            if left and open_ and (credit.due is None or credit.due == group.due):
                self._apply(group, credit, min(left, open_), pool, named=True)
            if credit_open[index]:
                pool.group(names).keep(credit)
            return
        group = group or pool.group(names)
        for item in group.fill_order(item_open, credit.due):
            left = credit_open[index]
            if not left:
                break
            self._apply(item, credit, min(left, item_open[item.index]), pool, named=True)
        if credit_open[index]:
            group.keep(credit)
        else:
            group.drop(credit)

    def _unknown_credit(self, movement: Movement, number: str) -> None:
        if number == UNUSABLE:
            return
        here = (movement.account, movement.currency)
        elsewhere = sorted(
            f"{account} ({currency})"
            for account, currency in self._of_customer.get(movement.customer, ())
            if (account, currency) != here and number in self.pools[account, currency].by_number
        )
        hint = None
        if elsewhere:
            text = say(
                "there is no credit {number} on {account} in {currency}; it stands on {places}",
                number=number,
                account=movement.account,
                currency=movement.currency,
                places=", ".join(elsewhere),
            )
        elif here in self.pools and number in self.pools[here].groups:
            text = say("{number} is an item, not a credit", number=number)
            hint = say(
                'Give the receipt a number of its own, as in receipt: "…", and name that here.'
            )
        else:
            text = say(
                "there is no credit {number} on {account} in {currency}",
                number=number,
                account=movement.account,
                currency=movement.currency,
            )
        self._find("unknown-receipt", text, movement, item=number, hint=hint)

    def _excess(self, movement: Movement, amount: Decimal) -> None:
        """What a debit could not take from the credit it names is owed: an item of its own."""
        self._add_item(movement, amount, None, movement.due or self._today)

    def _find(
        self,
        rule: str,
        text: Text,
        movement: Movement,
        *,
        item: str | None = None,
        hint: Text | None = None,
    ) -> None:
        self.findings.append(
            finding(
                rule,
                text,
                movement.meta,
                self._today,
                customer=movement.customer,
                item=item,
                hint=hint,
            )
        )
