# SPDX-License-Identifier: GPL-2.0-or-later
"""Open items: what is open at a date, and what was applied to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, Literal

import attrs

from arledger.money import exact
from arledger.subledger.model import Application, Credit, Item
from arledger.subledger.subledger import Subledger


@attrs.frozen(eq=False)
class Applied:
    """One application, with the sign of the row it stands in.

    `item` is None where a debit took the credit back: `kind` says what it was.
    """

    credit: str
    item: str | None
    date: dt.date
    amount: Decimal
    kind: str


@attrs.frozen(eq=False)
class OpenItemRow:
    """An item, or a credit with negative figures: `amount` − its applications = `outstanding`."""

    customer: str
    name: str
    account: str
    item: str
    kind: Literal["item", "credit"]
    instalment: int
    date: dt.date
    due: dt.date | None
    currency: str
    amount: Decimal
    outstanding: Decimal
    applications: tuple[Applied, ...]
    document: Item | Credit = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.document.meta


@exact
def open_items(
    subledger: Subledger,
    as_of: dt.date,
    *,
    settled: bool = False,
    customers: Collection[str] = (),
) -> tuple[OpenItemRow, ...]:
    """What is open at the end of `as_of`, by customer, account and due date.

    `settled` adds what had been posted by then and is settled.
    """
    rows = [
        *_items(subledger, as_of, customers, settled=settled),
        *_credits(subledger, as_of, customers, settled=settled),
    ]
    return tuple(sorted(rows, key=_order))


def _order(row: OpenItemRow) -> tuple[Any, ...]:
    return (
        row.customer,
        row.account,
        row.currency,
        row.kind == "credit",
        row.due or dt.date.max,
        row.date,
        row.item,
        row.instalment,
        row.document.index,
    )


def item_row(subledger: Subledger, item: Item, outstanding: Decimal, as_of: dt.date) -> OpenItemRow:
    """One item as a row."""
    return OpenItemRow(
        item.customer,
        subledger.chart.customer(item.customer).name,
        item.account,
        item.id,
        "item",
        item.instalment,
        item.date,
        item.due,
        item.currency,
        item.amount,
        outstanding,
        tuple(_live(item.applications, as_of, 1)),
        item,
    )


def credit_row(
    subledger: Subledger, credit: Credit, unapplied: Decimal, as_of: dt.date
) -> OpenItemRow:
    """One credit as a row, its figures negative."""
    taken = [
        Applied(credit.id, None, part.date, -part.amount, part.kind.value)
        for part in credit.taken
        if part.date <= as_of
    ]
    return OpenItemRow(
        credit.customer,
        subledger.chart.customer(credit.customer).name,
        credit.account,
        credit.id,
        "credit",
        1,
        credit.date,
        None,
        credit.currency,
        -credit.amount,
        -unapplied,
        (*_live(credit.applications, as_of, -1), *taken),
        credit,
    )


def _live(applications: Iterable[Application], as_of: dt.date, sign: int) -> Iterable[Applied]:
    for application in applications:
        amount = application.live(as_of)
        if amount:
            yield Applied(
                application.credit.id,
                application.item.id,
                application.date,
                sign * amount,
                application.credit.kind.value,
            )


def _items(
    subledger: Subledger, as_of: dt.date, customers: Collection[str], *, settled: bool
) -> Iterable[OpenItemRow]:
    if not settled:
        for one in subledger.at(as_of).items:
            if not customers or one.item.customer in customers:
                yield item_row(subledger, one.item, one.outstanding, as_of)
        return
    for item in subledger.items_of(customers) if customers else subledger.items:
        if item.posted <= as_of:
            yield item_row(subledger, item, item.outstanding(as_of), as_of)


def _credits(
    subledger: Subledger, as_of: dt.date, customers: Collection[str], *, settled: bool
) -> Iterable[OpenItemRow]:
    if not settled:
        for one in subledger.at(as_of).credits:
            if not customers or one.credit.customer in customers:
                yield credit_row(subledger, one.credit, one.unapplied, as_of)
        return
    for credit in subledger.credits_of(customers) if customers else subledger.credits:
        if credit.posted <= as_of:
            yield credit_row(subledger, credit, credit.unapplied(as_of), as_of)
