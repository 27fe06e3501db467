# SPDX-License-Identifier: GPL-2.0-or-later
"""What was posted on a customer's receivable accounts, transaction by transaction.

Items less credits, and what was taken back of those, is the balance of the accounts. So the sum
of the movements up to a day is the ledger's own balance at the end of it, to the last digit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.data import Transaction

from arledger.language.documents import Kind
from arledger.money import ZERO
from arledger.subledger.model import Credit, Item, Taken
from arledger.subledger.subledger import Subledger


@attrs.frozen(slots=True)
class Posted:
    """One document on one account: `amount` is positive where it raises the customer's debt.

    `number` is the document's own, `about` what it names: the item of a credit, or the credit or
    invoice of a debit that takes a credit back.
    """

    date: dt.date
    customer: str
    account: str
    currency: str
    amount: Decimal
    number: str | None
    about: str | None
    kind: Kind
    document: Item | Credit | Taken = attrs.field(repr=False)

    @property
    def transaction(self) -> Transaction:
        """The transaction it is a part of."""
        return self.document.transaction

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.document.meta


def posted(
    subledger: Subledger, customers: Collection[str] | None = None
) -> Mapping[str, Sequence[Posted]]:
    """By customer, what was posted, by date, debits first; within a day in order of content.

    Only `customers` where some are named.
    """
    found: dict[str, list[Posted]] = {}
    for item in subledger.items if customers is None else subledger.items_of(customers):
        found.setdefault(item.customer, []).append(_item(item))
    for credit in subledger.credits if customers is None else subledger.credits_of(customers):
        own = found.setdefault(credit.customer, [])
        own.append(_credit(credit))
        own.extend(_taken(credit))
    for own in found.values():
        own.sort(key=lambda one: (one.date, one.amount < 0))
    return found


def _item(item: Item) -> Posted:
    return Posted(
        item.posted,
        item.customer,
        item.account,
        item.currency,
        item.amount,
        item.number,
        None,
        item.kind,
        item,
    )


def _credit(credit: Credit) -> Posted:
    return Posted(
        credit.posted,
        credit.customer,
        credit.account,
        credit.currency,
        -credit.amount,
        credit.number,
        credit.names,
        credit.kind,
        credit,
    )


def _taken(credit: Credit) -> Iterable[Posted]:
    for taken in credit.taken:
        yield Posted(
            taken.date,
            credit.customer,
            credit.account,
            credit.currency,
            taken.amount,
            None,
            taken.number or credit.number,
            taken.kind,
            taken,
        )


def balance(documents: Iterable[Posted], currency: str, as_of: dt.date) -> Decimal:
    """What they come to in one currency at the end of a day."""
    return sum(
        (one.amount for one in documents if one.currency == currency and one.date <= as_of), ZERO
    )
