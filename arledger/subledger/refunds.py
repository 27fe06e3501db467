# SPDX-License-Identifier: GPL-2.0-or-later
"""Debits that name a receipt: refunds, and later applications of what was kept."""

from __future__ import annotations

from decimal import Decimal

from arledger.findings import say
from arledger.language.documents import Movement
from arledger.language.voucher import UNUSABLE
from arledger.money import plain
from arledger.subledger.pools import CreditGroup
from arledger.subledger.transfers import Transfers


class Refunds(Transfers):
    """Takes from credits what debits name of them."""

    __slots__ = ()

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
