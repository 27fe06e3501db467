# SPDX-License-Identifier: GPL-2.0-or-later
"""The running balance of a bank's table, whichever way its rows run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import attrs

from arledger.findings import say
from arledger.money import exact
from arledger.reconciliation.model import BankEntry, Place, Remark
from arledger.reconciliation.reading.bank_balances import show


@attrs.frozen(slots=True)
class Figures:
    """A row's amount, positive for money received, and the balance after it."""

    amount: Decimal
    balance: Decimal | None


def _ordered(figures: Sequence[Figures], *, descending: bool) -> list[tuple[int, Figures]]:
    numbered = list(enumerate(figures))
    return numbered[::-1] if descending else numbered


@exact
def _broken(figures: Sequence[Figures], *, descending: bool) -> list[int]:
    """The rows whose balance doesn't follow from the row before, in the order of time."""
    broken = []
    before: Decimal | None = None
    for number, one in _ordered(figures, descending=descending):
        if one.balance is None:
            before = None
            continue
        if before is not None and before + one.amount != one.balance:
            broken.append(number)
        before = one.balance
    return broken


def breaks(figures: Sequence[Figures]) -> bool:
    """Whether the balances follow from row to row neither upwards nor downwards."""
    return all(_broken(figures, descending=descending) for descending in (False, True))


@attrs.frozen
class Running:
    """The running balance of a table, in whichever order its rows stand."""

    entries: Sequence[BankEntry]
    figures: Sequence[Figures]
    file: str

    @property
    def descending(self) -> bool:
        """Whether the latest row comes first: by the dates; among one day by the balances."""
        first, last = self.entries[0].date, self.entries[-1].date
        if first != last:
            return first > last
        return len(_broken(self.figures, descending=True)) < len(
            _broken(self.figures, descending=False)
        )

    @property
    def opening(self) -> Decimal | None:
        """The balance before the earliest row."""
        _, first = _ordered(self.figures, descending=self.descending)[0]
        return None if first.balance is None else _less(first.balance, first.amount)

    @property
    def closing(self) -> Decimal | None:
        """The balance after the latest row."""
        return _ordered(self.figures, descending=self.descending)[-1][1].balance

    def remarks(self) -> list[Remark]:
        """A grave remark on the first row that breaks the running balance."""
        broken = _broken(self.figures, descending=self.descending)
        if not broken:
            return []
        number = broken[0]
        one = self.figures[number]
        place = self.entries[number].place or Place(self.file, 0)
        before = _less(one.balance or Decimal(0), one.amount)
        text = say(
            "the balance {balance} doesn't follow from the row before: with {amount} it should "
            "have been {before} there ({count} rows like this)",
            balance=show(one.balance or Decimal(0)),
            amount=show(one.amount),
            before=show(before),
            count=len(broken),
        )
        return [Remark(text, place, grave=True)]


@exact
def _less(one: Decimal, other: Decimal) -> Decimal:
    return one - other
