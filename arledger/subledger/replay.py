# SPDX-License-Identifier: GPL-2.0-or-later
"""The replay: documents in date order into items, credits and applications.

Within a day: what raises items or advances; reversals; naming credits (those kept for an item
raised today among them); other credits, waiting ones included, oldest first; debits naming a
receipt. Ties by due date, document date, number, amount, account. File and line decide nothing.

Linear in the number of postings, times a logarithm where fifo asks for the oldest-due item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

import attrs

from arledger.findings import Finding, Text, finding, place, say
from arledger.language.books import Books
from arledger.language.documents import Kind, Movement, order_of
from arledger.language.terms import parse_terms
from arledger.language.voucher import UNUSABLE
from arledger.money import ZERO, plain
from arledger.subledger.model import Application, Credit, Ids, Item, Taken
from arledger.subledger.pools import NOT_FREED, CreditGroup, Group, Pool

CREDIT_KINDS = frozenset(
    {Kind.RECEIPT, Kind.CREDIT_NOTE, Kind.WRITE_OFF, Kind.ADVANCE, Kind.CANCELLATION}
)
# Debits that name a credit.
NAMING_CREDITS = frozenset({Kind.REFUND, Kind.RETURN})
# A Decimal takes a hundred bytes, and most of what is open is settled to just this.
NOTHING = Decimal("0.00")


@attrs.define(slots=True, eq=False)
class _Day:
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
class Replay:
    """The state of the replay. `run` plays every day; then items, credits, findings are final."""

    books: Books
    # Emptied as they are played: a document becomes an item or a credit, and is done with.
    movements: list[Movement]
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
    _day: _Day = attrs.field(factory=_Day)

    def __attrs_post_init__(self) -> None:
        self.ids = Ids(self.items, self.credits)

    def run(self) -> None:
        """Play every day of the books, in order."""
        movements = self.movements
        self._repeated = _repeated(movements)
        self._credits_named = {
            movement.names for movement in movements if movement.kind in NAMING_CREDITS
        }
        self._fifo_used = "fifo" in set(map(_allocation, movements))
        days = _by_day(movements)
        movements.clear()
        for day in sorted(days):
            raises, others = days.pop(day)
            self._play(day, _in_order(raises), _in_order(others))
        self._check_conservation()

    # The phases of a day.

    def _play(self, day: date, raises: Sequence[Movement], others: Sequence[Movement]) -> None:
        self._today, self._day = day, _Day()
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

    def _sort_in(self, movement: Movement) -> None:
        """Register a document other than an item, and queue it for its phase."""
        kind, today = movement.kind, self._day
        if kind in CREDIT_KINDS:
            pool = self._pool_of(movement)
            credit = self._register(movement, pool)
            if kind is Kind.CANCELLATION:
                today.reversals.append((movement, credit))
            elif credit.names is not None:
                today.naming[credit.index] = credit
                today.joined = today.joined or credit.due is not None
            elif credit.waits:
                pool.wait(credit)
                today.touched[pool] = None
        elif kind is Kind.TRANSFER:
            today.transfers.append(movement)
        elif kind is Kind.REFUND:
            today.refunds.append(movement)
        else:
            today.reversals.append((movement, None))

    def _fifo(self) -> None:
        """Waiting credits take the oldest-due open items of their account and currency."""
        for pool in self._day.touched:
            if not pool.waiting:
                continue
            for item, credit in pool.pairs(self.item_open, self.credit_open):
                amount = min(self.item_open[item.index], self.credit_open[credit.index])
                self._apply(item, credit, amount, pool, named=False)

    # Items and credits come into being.

    def _pool_of(self, movement: Movement) -> Pool:
        """Where a movement's items and credits are looked up."""
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

    def _raise(self, movement: Movement) -> None:
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
            first = self._claim("item", movement, number)
            if first is not movement and first.transaction is transaction:
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
                Kind.ITEM,
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

    def _register(self, movement: Movement, pool: Pool) -> Credit:
        """A new credit, with nothing applied yet."""
        (
            kind,
            _,
            account,
            customer,
            currency,
            amount,
            number,
            names,
            _,
            due,
            document_date,
            _,
            contract,
            _,
            _,
            _,
            transaction,
            posting,
            _,
        ) = movement
        if number is not None and number in self._repeated and kind is not Kind.TRANSFER:
            self._claim("credit-note" if kind is Kind.CREDIT_NOTE else "credit", movement, number)
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
            names is None and self._waits(movement, pool),
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
    def _waits(movement: Movement, pool: Pool) -> bool:
        """Whether a credit that names none takes items by fifo: where that is the policy."""
        if movement.allocation is not None:
            return movement.allocation == "fifo"
        policy = pool.allocation.one(movement.date)
        return policy is not None and policy.value == "fifo"

    # Applying and undoing.

    def _apply(
        self, item: Item, credit: Credit, amount: Decimal, pool: Pool, *, named: bool
    ) -> None:
        one, other, today = item.index, credit.index, self._today
        owed, had = self.item_open[one], self.credit_open[other]
        assert ZERO < amount <= owed, "more applied than is open"
        assert amount <= had, "more applied than there is"
        applications = self.applications
        application = Application(len(applications), today, item, credit, amount, named)
        applications.append(application)
        if item.applications:
            item.settled_by(application)
        else:
            item.applications = [application]  # type: ignore[misc] # frozen but for us, and often
        if credit.applications:
            credit.settles(application)
        else:
            credit.applications = [application]  # type: ignore[misc]
        # Most often nothing is left, and that to the cent: the figure is shared.
        left = owed - amount
        self.item_open[one] = left if left or not left.same_quantum(NOTHING) else NOTHING
        left = had - amount
        self.credit_open[other] = left if left or not left.same_quantum(NOTHING) else NOTHING
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
        index = credit.index
        pool = self._pool_of_credit[index]
        credit_open, item_open = self.credit_open, self.item_open
        assert credit.names is not None
        group = pool.groups.get(credit.names)
        if isinstance(group, Item):
            # One item of that number: nearly every credit of nearly every ledger.
            left, open_ = credit_open[index], item_open[group.index]
            if left and open_ and (credit.due is None or credit.due == group.due):
                self._apply(group, credit, min(left, open_), pool, named=True)
            if credit_open[index]:
                pool.group(credit.names).keep(credit)
            return
        group = group or pool.group(credit.names)
        for item in group.fill_order(item_open, credit.due):
            left = credit_open[index]
            if not left:
                break
            self._apply(item, credit, min(left, item_open[item.index]), pool, named=True)
        if credit_open[index]:
            group.keep(credit)
        else:
            group.drop(credit)

    # Reversals.

    def _reverse(self, movement: Movement, credit: Credit | None) -> None:
        if credit is not None:
            self._cancel(credit)
        elif movement.kind is Kind.RECOVERY:
            self._recover(movement)
        else:
            self._return(movement)

    def _return(self, movement: Movement) -> None:
        """A returned payment: from today on its applications are undone."""
        pool = self._pool_of(movement)
        number = movement.names or ""
        group = pool.by_number.get(number)
        if group is None:
            self._unknown_credit(movement, number)
            self._excess(movement, movement.amount)
            return
        left = movement.amount
        if movement.invoice is not None:
            for application in self._between(pool, group, number, movement.invoice):
                left -= self._undo_and_take(application, left, movement, pool)
        left = self._take_open(group, left, movement, pool)
        if movement.invoice is None:
            left = self._undo_latest(group, left, movement, pool)
        self._resettle(pool, movement.invoice)
        if left:
            text = say(
                "{amount} {currency} is reversed, of which {left} more than {number} still has",
                amount=plain(movement.amount),
                currency=movement.currency,
                left=plain(left),
                number=number,
            )
            self._find("receipt-exceeded", text, movement, item=number)
            self._excess(movement, left)

    def _between(
        self, pool: Pool, group: CreditGroup, number: str, invoice: str
    ) -> Iterable[Application]:
        """Live applications of a credit number to an invoice, the latest first."""
        named = pool.known_group(invoice)
        items = named.items if named is not None else []
        if group.applied <= sum(len(item.applications) for item in items):
            found = [
                application
                for credit in group.credits
                for application in credit.applications
                if application.item.number == invoice
            ]
        else:
            found = [
                application
                for item in items
                for application in item.applications
                if application.credit.number == number
            ]
        return [
            application
            for application in sorted(found, key=lambda a: a.seq, reverse=True)
            if self._live(application)
        ]

    def _undo_and_take(
        self, application: Application, most: Decimal, movement: Movement, pool: Pool
    ) -> Decimal:
        """Undo an application as far as `most`, and take that back from its credit."""
        amount = min(most, self._live(application))
        if amount:
            self._undo(application, amount, pool)
            self._take(application.credit, amount, movement, pool)
            self._freed(application.credit, pool)
        return amount

    def _take_open(
        self, group: CreditGroup, left: Decimal, movement: Movement, pool: Pool
    ) -> Decimal:
        """Take from what the credits of a number have left; returns what could not be taken."""
        if not left:
            return left
        for credit in group.open_credits(self.credit_open):
            if credit.transaction is movement.transaction:
                continue
            amount = min(left, self.credit_open[credit.index])
            self._take(credit, amount, movement, pool)
            left -= amount
            if not left:
                break
        return left

    def _undo_latest(
        self, group: CreditGroup, left: Decimal, movement: Movement, pool: Pool
    ) -> Decimal:
        stack = group.latest_first()
        while left and stack:
            application = stack[-1]
            if not self._live(application):
                stack.pop()
                continue
            left -= self._undo_and_take(application, left, movement, pool)
            self._resettle(pool, application.item.number)
        return left

    def _cancel(self, credit: Credit) -> None:
        """A cancelled invoice: its open part first, then the credits applied to it are freed."""
        pool = self._pool_of_credit[credit.index]
        assert credit.names is not None
        self._apply_named(credit)
        if not self.credit_open[credit.index]:
            return
        group = pool.group(credit.names)
        freeable = group.applications()
        while freeable and (left := self.credit_open[credit.index]):
            application = freeable[-1]
            amount = min(left, self._live(application))
            if not amount:
                freeable.pop()
                continue
            self._undo(application, amount, pool)
            self._freed(application.credit, pool)
            self._apply(application.item, credit, amount, pool, named=True)
        if not self.credit_open[credit.index]:
            group.drop(credit)

    def _recover(self, movement: Movement) -> None:
        """A recovery restores a written-off item with its old due date."""
        pool = self._pool_of(movement)
        number = movement.number or ""
        left = movement.amount
        group = pool.known_group(number)
        written_off = [
            application
            for item in (group.items if group is not None else ())
            for application in item.applications
            if application.credit.kind is Kind.WRITE_OFF and self._live(application)
        ]
        for application in sorted(written_off, key=lambda a: a.seq, reverse=True):
            left -= self._undo_and_take(application, left, movement, pool)
        had = left < movement.amount or group is not None
        left = self._take_unused_write_offs(number, left, movement, pool)
        self._resettle(pool, number)
        if left and had:
            text = say(
                "{amount} {currency} of {number} is recovered, {left} more than was written off",
                amount=plain(movement.amount),
                currency=movement.currency,
                number=number,
                left=plain(left),
            )
            self._find("receipt-exceeded", text, movement, item=number)
        if left:
            self._add_item(movement, left, movement.number, movement.due or self._today)

    def _take_unused_write_offs(
        self, number: str, left: Decimal, movement: Movement, pool: Pool
    ) -> Decimal:
        """What was written off beyond what was open goes first, before it is owed anew."""
        group = pool.known_group(number)
        kept = group.kept if group is not None else {}
        # Of today's write-offs none has been applied yet.
        for credit in [*kept.values(), *self._day.naming.values()]:
            if credit.kind is not Kind.WRITE_OFF or credit.names != number:
                continue
            amount = min(left, self.credit_open[credit.index])
            if amount and self._pool_of_credit[credit.index] is pool:
                self._take(credit, amount, movement, pool)
                left -= amount
        return left

    def _resettle(self, pool: Pool, number: str | None) -> None:
        """After a reversal, credits naming an invoice in instalments fill them anew.

        Those that were kept for it take part. So a document and its reversal leave every figure
        as if neither had been.
        """
        group = pool.groups.get(number) if number is not None else None
        if not isinstance(group, Group) or (len(group.items) < 2 and not group.kept):  # noqa: PLR2004 - one needs no order
            return
        old = self._named_shares(group)
        credits = {application.credit.index: application.credit for application, _ in old}
        credits.update(
            (index, credit)
            for index, credit in group.kept.items()
            if credit.posted < self._today and credit.kind not in NOT_FREED
        )
        new = self._refill(group, credits, old)
        for application, amount in old:
            key = (application.credit.index, application.item.index)
            keep = min(amount, new.get(key, ZERO))
            new[key] = new.get(key, ZERO) - keep
            if amount > keep:
                self._undo(application, amount - keep, pool)
                self._freed(application.credit, pool)
        for (credit_index, item_index), amount in new.items():
            if amount:
                item, credit = self.items[item_index], self.credits[credit_index]
                self._apply(item, credit, amount, pool, named=True)
                if not self.credit_open[credit_index]:
                    group.drop(credit)
                    self._day.naming.pop(credit_index, None)

    def _named_shares(self, group: Group) -> list[tuple[Application, Decimal]]:
        """The live applications of naming credits to the group, in order."""
        every = group.applications()
        every[:] = [application for application in every if self._live(application)]
        return [
            (application, self._live(application)) for application in every if application.named
        ]

    def _refill(
        self,
        group: Group,
        credits: dict[int, Credit],
        old: Sequence[tuple[Application, Decimal]],
    ) -> dict[tuple[int, int], Decimal]:
        """What each credit settles of each instalment, were they to come again, oldest first."""
        opens = {item.index: self.item_open[item.index] for item in group.items}
        totals = {index: self.credit_open[index] for index in credits}
        for application, amount in old:
            opens[application.item.index] += amount
            totals[application.credit.index] += amount
        new: dict[tuple[int, int], Decimal] = {}
        queues: dict[date | None, list[Item]] = {None: []}
        for item in sorted(group.items, key=lambda item: item.fifo_key, reverse=True):
            queues[None].append(item)
            if item.due is not None:
                queues.setdefault(item.due, []).append(item)
        for credit in sorted(credits.values(), key=lambda credit: (credit.posted, *credit.order)):
            index = credit.index
            # The oldest due is last; what is settled is passed once and for all.
            queue = queues.get(credit.due, [])
            while queue and totals[index]:
                item = queue[-1]
                amount = min(totals[index], opens[item.index])
                if amount:
                    new[index, item.index] = amount
                    totals[index] -= amount
                    opens[item.index] -= amount
                if not opens[item.index]:
                    queue.pop()
        return new

    # Transfers.

    def _transfer_what_can(self, transfers: Sequence[Movement]) -> list[Movement]:
        """Do the transfers whose item is there; returns those that must wait for a reversal.

        A transfer may feed another of the same day (there and back), hence the rounds.
        """
        waiting = list(transfers)
        progress = True
        while waiting and progress:
            rest = []
            for movement in waiting:
                if self._available(movement) >= movement.amount:
                    self._transfer(movement)
                else:
                    rest.append(movement)
            progress = len(rest) < len(waiting)
            waiting = rest
        return waiting

    def _available(self, movement: Movement) -> Decimal:
        group = self._pool_of(movement).known_group(movement.names or "")
        if group is None:
            return ZERO
        total = ZERO
        for item in group.fill_order(self.item_open, movement.due):
            total += self.item_open[item.index]
            if total >= movement.amount:
                break
        return total

    def _transfer(self, movement: Movement) -> None:
        """Move an item to another account of the customer; it keeps number, date and age."""
        target = movement.target
        assert target is not None
        assert movement.names is not None
        pool = self._pool_of(movement)
        credit = self._register(movement, pool)
        group = pool.group(movement.names)
        if not group.items:
            text = say(
                "{customer} has no item {number} on {account} to transfer",
                customer=movement.customer,
                number=movement.names,
                account=movement.account,
            )
            hint = say("Correct the number of the invoice.")
            self._find("unknown-item", text, movement, item=movement.names, hint=hint)
        for item in group.fill_order(self.item_open, movement.due):
            left = self.credit_open[credit.index]
            if not left:
                break
            amount = min(left, self.item_open[item.index])
            self._apply(item, credit, amount, pool, named=True)
            self._arrive(item, amount, target)
        left = self.credit_open[credit.index]
        if left:
            group.keep(credit)
            self._add_item(target, left, target.number, target.due or self._today)

    def _arrive(self, item: Item, amount: Decimal, target: Movement) -> None:
        """The transferred part arrives: as the old item where it comes back, else as a new one."""
        left = amount - self._restore(item, amount, target)
        if left:
            due = target.due or item.due
            if due is None and not target.conditional:
                due = self._first_due(item, target)
            self._add_item(target, left, target.number, due, item.instalment, item)

    def _restore(self, item: Item, amount: Decimal, target: Movement) -> Decimal:
        """Undo the transfer that once took the item away from the target account."""
        old = item.origin
        while old is not None and old.account != target.account:
            old = old.origin
        if old is None or (target.due is not None and target.due != old.due):
            return ZERO
        pool = self._pool_of(target)
        restored = ZERO
        for application in reversed(old.applications):
            if restored >= amount:
                break
            if application.credit.kind is Kind.TRANSFER:
                restored += self._undo_and_take(application, amount - restored, target, pool)
        if restored:
            self._resettle(pool, old.number)
        return restored

    def _first_due(self, item: Item, target: Movement) -> date:
        """A conditional item becomes due by the terms of its new account, from today."""
        policy = self.books.policies.timeline("payment-terms", target.customer, target.account).one(
            self._today
        )
        if policy is None:
            text = say(
                "{number} is no longer conditional and has neither due: nor payment terms",
                number=item.id,
            )
            self._find("no-due-date", text, target, item=item.number)
            return self._today
        return parse_terms(policy.value).parts[-1].rule.due(self._today)

    # Debits that name a receipt.

    def _refund(self, movement: Movement) -> None:
        """A refund or later application takes from what its receipt has left."""
        number = movement.names or ""
        if number == UNUSABLE:
            self._excess(movement, movement.amount)
            return
        pool = self._pool_of(movement)
        group = pool.by_number.get(number)
        if group is None or (
            not group.several and group.credits[0].transaction is movement.transaction
        ):
            self._unknown_credit(movement, number)
            self._excess(movement, movement.amount)
            return
        left = self._take_open(group, movement.amount, movement, pool)
        if left:
            self._overdrawn(movement, number, group, left)
            self._excess(movement, left)

    def _overdrawn(
        self, movement: Movement, number: str, group: CreditGroup, left: Decimal
    ) -> None:
        used = sorted(
            {
                application.item.id
                for credit in group.credits
                for application in credit.applications
                if not application.named and self._live(application)
            }
        )
        if used:
            text = say(
                "{number} has {left} {currency} less than this debit takes: fifo has used it "
                "for {items}",
                number=number,
                left=plain(left),
                currency=movement.currency,
                items=", ".join(used[:5]) + (", …" if len(used) > 5 else ""),  # noqa: PLR2004
            )
            self._find("receipt-used", text, movement, item=number)
            return
        text = say(
            "{number} has {left} {currency} less than this debit takes",
            number=number,
            left=plain(left),
            currency=movement.currency,
        )
        self._find("receipt-exceeded", text, movement, item=number)

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

    def _check_conservation(self) -> None:
        """Open items less unapplied credits are the posted balance, per account and currency."""
        totals: dict[tuple[str, str], Decimal] = {}
        for item, left in zip(self.items, self.item_open, strict=True):
            if left:
                key = (item.account, item.currency)
                totals[key] = totals.get(key, ZERO) + left
        for credit, left in zip(self.credits, self.credit_open, strict=True):
            if left:
                key = (credit.account, credit.currency)
                totals[key] = totals.get(key, ZERO) - left
        for key, pool in self.pools.items():
            assert totals.get(key, ZERO) == pool.posted, f"the subledger of {key} does not tie"


def _repeated(movements: Iterable[Movement]) -> set[str]:
    """Numbers that stand more than once: only these can be used twice."""
    numbers = [*filter(None, map(_number, movements))]
    if len(set(numbers)) == len(numbers):
        return set()
    return {number for number, count in Counter(numbers).items() if count > 1}


def _by_day(movements: Iterable[Movement]) -> dict[date, tuple[list[Movement], list[Movement]]]:
    """The documents of each day: those that raise items, and the others."""
    days: dict[date, tuple[list[Movement], list[Movement]]] = {}
    day: date | None = None
    raises: list[Movement] = []
    others: list[Movement] = []
    for movement in movements:
        if movement.date != day:
            day = movement.date
            found = days.get(day)
            if found is None:
                found = days[day] = ([], [])
            raises, others = found
        (raises if movement.kind is Kind.ITEM else others).append(movement)
    return days


_allocation = attrgetter("allocation")
_number, _due = attrgetter("number"), attrgetter("due")
_conditional = attrgetter("conditional")
_by_number = attrgetter("due", "document_date", "number")
_by_amount = attrgetter("amount", "account")


def _in_order(movements: list[Movement]) -> Sequence[Movement]:
    """Documents in the order of a day. See `Movement.order`.

    Where a few facts tell all apart, nothing beyond them decides, and the short key is four
    times as quick: the number where each has one of its own; amount and account of those that
    have none, as receipts that only name an invoice.
    """
    if len(movements) < 2:  # noqa: PLR2004 - one needs no order
        return movements
    if _of_one_day(movements):
        without = [movement for movement in movements if not movement.number]
        numbered = [movement for movement in movements if movement.number]
        return [*_by_short_key(without, _by_amount), *_by_short_key(numbered, _number)]
    if _comparable(movements) and None not in set(map(_number, movements)):
        return _by_short_key(movements, _by_number)
    return sorted(movements, key=order_of)


def _by_short_key(movements: list[Movement], key: Callable[[Movement], Any]) -> list[Movement]:
    """In order by a key with which `Movement.order` goes on, if it tells all of them apart."""
    if len(set(map(key, movements))) == len(movements):
        return sorted(movements, key=key)
    return sorted(movements, key=order_of)


def _of_one_day(movements: Iterable[Movement]) -> bool:
    """Whether due and document date are the same for all."""
    return len(set(map(_dates, movements))) == 1


_dates = attrgetter("due", "document_date", "conditional")


def _comparable(movements: Iterable[Movement]) -> bool:
    """Whether due dates compare as they stand: all are given, or none.

    For none the document's date stands, which is compared next anyhow.
    """
    dues = set(map(_due, movements))
    return None not in dues or (len(dues) == 1 and not any(map(_conditional, movements)))
