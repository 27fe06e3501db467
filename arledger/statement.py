# SPDX-License-Identifier: GPL-2.0-or-later
"""The statement of account: what we tell a customer that it owes, and how that came about.

Opening balance + movements = closing balance = the ledger's own balance over the customer's
receivable accounts, per currency, to the last digit. Open items less unapplied credits are the
closing balance as well. A line is a document: the instalments of an invoice, or the parts of a
receipt, are one; a transfer between two accounts of the customer has both a debit and a credit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

import attrs

from arledger.aging import aging
from arledger.language.documents import Kind
from arledger.money import ZERO, exact
from arledger.movements import Posted, posted
from arledger.open_items import OpenItemRow, open_items
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger


@attrs.frozen(eq=False)
class StatementLine:
    """One document on the statement; `balance` is what is owed after it.

    `document` is its number, empty where it has none; `about` are the invoices it names.
    """

    date: dt.date
    document: str
    kind: Kind
    text: str
    about: tuple[str, ...]
    debit: Decimal
    credit: Decimal
    balance: Decimal
    parts: tuple[Posted, ...] = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.parts[0].meta


@attrs.frozen(eq=False)
class StatementOpenItem:
    """An open item, or an unapplied credit (negative figures); `days` overdue, never below 0."""

    row: OpenItemRow
    days: int


@attrs.frozen(eq=False)
class AccountStatement:
    """One customer's account in one currency, from the start of `start` to the end of `as_of`.

    `start` is None where the statement begins with the customer's first document. `buckets` are
    in the order of `labels`; they and `unapplied` add up to `closing`.
    """

    customer: str
    name: str
    currency: str
    start: dt.date | None
    as_of: dt.date
    opening: Decimal
    lines: tuple[StatementLine, ...]
    closing: Decimal
    items: tuple[StatementOpenItem, ...]
    labels: tuple[str, ...]
    buckets: tuple[Decimal, ...]
    unapplied: Decimal

    @property
    def debit(self) -> Decimal:
        """The sum of the debits."""
        return sum((line.debit for line in self.lines), ZERO)

    @property
    def credit(self) -> Decimal:
        """The sum of the credits."""
        return sum((line.credit for line in self.lines), ZERO)

    @property
    def overdue(self) -> Decimal:
        """What of the open items is overdue."""
        return sum((item.row.outstanding for item in self.items if item.days > 0), ZERO)


@exact
def statements(
    subledger: Subledger,
    as_of: dt.date,
    *,
    start: dt.date | None = None,
    customers: Collection[str] | None = None,
) -> tuple[AccountStatement, ...]:
    """The statements of `customers`, or of all; by customer and currency.

    A customer has one for each currency in which there was a document up to `as_of`; one without
    any document has none.
    """
    documents = posted(subledger, customers)
    wanted = frozenset(documents)
    if not wanted:
        return ()
    rows = open_items(subledger, as_of, customers=wanted)
    aged = aging(subledger, as_of, by="customer", customers=wanted, basis="due")
    open_rows: dict[tuple[str, str], list[OpenItemRow]] = {}
    for row in rows:
        open_rows.setdefault((row.customer, row.currency), []).append(row)
    buckets = {(row.key, row.currency): row for row in aged.rows}
    found = []
    for customer in sorted(documents):
        own = [one for one in documents[customer] if one.date <= as_of]
        for currency in sorted({one.currency for one in own}):
            key = (customer, currency)
            opening, lines = _movements([one for one in own if one.currency == currency], start)
            closing = lines[-1].balance if lines else opening
            row_of = buckets.get(key)
            statement = AccountStatement(
                customer,
                subledger.chart.customer(customer).name,
                currency,
                start,
                as_of,
                opening,
                lines,
                closing,
                tuple(_open(row, as_of) for row in open_rows.get(key, ())),
                aged.labels,
                row_of.buckets if row_of else (ZERO,) * len(aged.labels),
                row_of.unapplied if row_of else ZERO,
            )
            total = sum(statement.buckets, ZERO) + statement.unapplied
            assert total == closing, (customer, currency, total, closing)
            found.append(statement)
    return tuple(found)


def _open(row: OpenItemRow, as_of: dt.date) -> StatementOpenItem:
    document = row.document
    days = document.overdue_days(as_of) if isinstance(document, Item) else 0
    return StatementOpenItem(row, max(0, days))


def _movements(
    documents: Sequence[Posted], start: dt.date | None
) -> tuple[Decimal, tuple[StatementLine, ...]]:
    """The balance before `start`, and a line for each document from then on."""
    opening = sum((one.amount for one in documents if start and one.date < start), ZERO)
    grouped: dict[tuple[int, str], list[Posted]] = {}
    for one in documents:
        if not start or one.date >= start:
            grouped.setdefault((id(one.transaction), _document(one)), []).append(one)
    lines = []
    running = opening
    for parts in sorted(grouped.values(), key=_order):
        running += sum((part.amount for part in parts), ZERO)
        lines.append(_line(parts, running))
    return opening, tuple(lines)


def _document(one: Posted) -> str:
    """What makes parts of one transaction a line: both sides of a transfer are about one item."""
    return one.number or (one.about if one.kind is Kind.TRANSFER else "") or ""


def _order(parts: Sequence[Posted]) -> tuple[Any, ...]:
    """By date; within a day debits first, then by number and content: never by file or line."""
    first = parts[0]
    amount = sum((part.amount for part in parts), ZERO)
    transaction = first.transaction
    return (
        first.date,
        amount < 0,
        first.number or first.about or "",
        amount,
        transaction.payee or "",
        transaction.narration or "",
        first.account,
    )


def _line(parts: Sequence[Posted], running: Decimal) -> StatementLine:
    first = parts[0]
    transaction = first.transaction
    return StatementLine(
        first.date,
        _document(first),
        first.kind,
        transaction.narration or transaction.payee or "",
        tuple(_named(parts)),
        sum((part.amount for part in parts if part.amount > 0), ZERO),
        -sum((part.amount for part in parts if part.amount < 0), ZERO),
        running,
        tuple(parts),
    )


def _named(parts: Sequence[Posted]) -> Iterable[str]:
    """The other documents that it names, each once, in order."""
    own = _document(parts[0])
    return (about for about in dict.fromkeys(p.about for p in parts) if about and about != own)
