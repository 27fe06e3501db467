# SPDX-License-Identifier: GPL-2.0-or-later
"""Reversals: returned payments, cancelled invoices, recoveries of what was written off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from arledger.findings import say
from arledger.language.documents import Kind, Movement
from arledger.money import ZERO, plain
from arledger.subledger.applying import Applying
from arledger.subledger.model import Application, Credit, Item
from arledger.subledger.pools import NOT_FREED, CreditGroup, Group, Pool


class Reversals(Applying):
    """Undoes applications from a day on: items are open again with their old due dates."""

    __slots__ = ()

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
