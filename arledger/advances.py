# SPDX-License-Identifier: GPL-2.0-or-later
"""Advance receipts: what customers have paid ahead, by contract and age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

import attrs

from arledger.money import ZERO, exact
from arledger.subledger.advances import Advance, Standing
from arledger.subledger.subledger import Subledger

AMOUNTS = ("amount", "applied", "earned", "refunded", "open", "unpaid")


@attrs.frozen(eq=False)
class AdvanceRow:
    """One advance: amount − applied − earned − refunded = open, in its currency.

    `days` is its age. `unpaid` was invoiced in advance and not yet paid; open + unpaid is the
    ledger's balance.
    """

    customer: str
    name: str
    item: str
    contract: str | None
    date: dt.date
    deliver_by: dt.date | None
    currency: str
    standing: Standing
    days: int
    advance: Advance = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.advance.meta


@attrs.frozen(eq=False)
class AdvanceTotal:
    """The sums of one currency's rows."""

    currency: str
    standing: Standing


@attrs.frozen(eq=False)
class Advances:
    """The answer at a date."""

    as_of: dt.date
    rows: tuple[AdvanceRow, ...]
    totals: tuple[AdvanceTotal, ...]


@exact
def advances(
    subledger: Subledger,
    as_of: dt.date,
    *,
    settled: bool = False,
    customers: Collection[str] = (),
) -> Advances:
    """Advances with something held or unpaid at the end of `as_of`; `settled` adds the others."""
    rows = []
    for held in subledger.at(as_of).advances:
        advance, standing = held.advance, held.standing
        if customers and advance.customer not in customers:
            continue
        if settled or standing.open or standing.unpaid:
            rows.append(
                AdvanceRow(
                    advance.customer,
                    subledger.chart.customer(advance.customer).name,
                    advance.id,
                    advance.contract,
                    advance.date,
                    advance.deliver_by,
                    advance.currency,
                    standing,
                    (as_of - advance.date).days,
                    advance,
                )
            )
    rows.sort(key=lambda row: (row.customer, row.contract or "", row.date, row.item, row.currency))
    return Advances(as_of, tuple(rows), tuple(_totals(rows)))


def _totals(rows: Iterable[AdvanceRow]) -> Iterable[AdvanceTotal]:
    by_currency: dict[str, list[Standing]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row.standing)
    for currency, standings in sorted(by_currency.items()):
        sums: list[Decimal] = [
            sum((getattr(standing, name) for standing in standings), ZERO) for name in AMOUNTS
        ]
        yield AdvanceTotal(currency, Standing(*sums))
