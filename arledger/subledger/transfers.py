# SPDX-License-Identifier: GPL-2.0-or-later
"""Transfers: an item moves to another account of its customer, and maybe back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from arledger.findings import say
from arledger.language.documents import Kind, Movement
from arledger.language.terms import parse_terms
from arledger.money import ZERO
from arledger.subledger.model import Item
from arledger.subledger.reversals import Reversals


class Transfers(Reversals):
    """Moves items: each keeps number, date and age; a way back undoes the way there."""

    __slots__ = ()

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
        credit = self._register(movement)
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
