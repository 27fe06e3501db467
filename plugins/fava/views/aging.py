# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Aging*: who owes how much for how long; each figure opens to what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs

from arledger.aging import BY, Aging, AgingRow, AgingTotal
from arledger.aging import aging as question
from arledger.findings import say
from arledger.language.buckets import NOT_DUE, UNAPPLIED
from arledger.money import ZERO, exact
from arledger.open_items import OpenItemRow, credit_row, item_row
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import Page
from arledger.sheets import Cell
from arledger.subledger.model import OpenCredit, OpenItem
from arledger.words import BASIS, bucket
from arledger.words import BY as BY_WORDS

# Every bucket but the one of what is not due.
OVERDUE = "overdue"


@attrs.frozen
class Section:
    """The rows of one currency with their total; `more` were left out of a long list."""

    currency: str
    rows: Sequence[AgingRow]
    total: AgingTotal
    more: int


def report(page: Page) -> Aging:
    """The aging as the page's choices have it: the command line's own question."""
    asked = page.asked
    customers = (asked.customer,) if asked.customer else ()
    return page.ask(
        question, by=asked.by, basis=asked.basis, buckets=asked.buckets, customers=customers
    )


@exact
def show(page: Page) -> dict[str, Any]:
    """The table, a section per currency; the largest rows first where there are many."""
    answer = report(page)
    currency = page.asked.currency
    return {
        "answer": answer,
        "sections": [
            _section(page, answer, total)
            for total in answer.totals
            if currency in {None, total.currency}
        ],
        "narrowed": _narrowed(page),
        "bys": [(by, page.text(BY_WORDS[by])) for by in BY],
        "by_word": page.text(BY_WORDS[answer.by]),
        "bases": [(basis, page.text(BASIS[basis])) for basis in ("due", "invoice")],
        "keys": answer.labels,
        "labels": [page.text(bucket(label)) for label in answer.labels],
        "document": lambda row: document(page, row.sources[0]),
        "made_of": lambda row, label: _made_of(page, answer, row, label),
        "all_of": lambda currency, label: page.links.here(
            by="item", bucket=label, currency=currency, all=None
        ),
    }


def _narrowed(page: Page) -> list[str]:
    """What the page is narrowed to, as people read it."""
    asked = page.asked
    words = [asked.customer] if asked.customer else []
    if asked.of is not None:
        words.append(f"{page.text(BY_WORDS[asked.of])} {asked.key or '–'}")
    if asked.bucket:
        words.append(bucket_word(page, asked.bucket))
    return [*words, asked.currency] if asked.currency else words


def bucket_word(page: Page, label: str) -> str:
    """A bucket, or what else a row may be narrowed to."""
    words = {UNAPPLIED: say("unapplied"), OVERDUE: say("overdue")}
    return page.text(words[label]) if label in words else page.text(bucket(label))


def _made_of(page: Page, answer: Aging, row: AgingRow, label: str | None) -> str:
    """Where a figure leads: to the items in it, or, of one item, to its entry."""
    if answer.by == "item":
        one = row.sources[0]
        return page.context((one.item if isinstance(one, OpenItem) else one.credit).transaction)
    narrowed = (
        {"customer": row.key} if answer.by == "customer" else {"of": answer.by, "key": row.key}
    )
    return page.links.here(by="item", bucket=label, currency=row.currency, all=None, **narrowed)


def _section(page: Page, answer: Aging, total: AgingTotal) -> Section:
    rows = [
        row for row in answer.rows if row.currency == total.currency and _wanted(page, answer, row)
    ]
    if page.asked.bucket or page.asked.of:
        total = _sum(rows, total)
    if page.asked.everything or len(rows) <= TOP:
        return Section(total.currency, rows, total, 0)
    largest = sorted(rows, key=lambda row: (-abs(row.total), row.key))[:TOP]
    return Section(total.currency, largest, total, len(rows) - TOP)


def _sum(rows: Sequence[AgingRow], total: AgingTotal) -> AgingTotal:
    """The total of some rows only."""
    return attrs.evolve(
        total,
        buckets=tuple(
            sum((row.buckets[at] for row in rows), ZERO) for at in range(len(total.buckets))
        ),
        unapplied=sum((row.unapplied for row in rows), ZERO),
        total=sum((row.total for row in rows), ZERO),
    )


def _wanted(page: Page, answer: Aging, row: AgingRow) -> bool:
    """Whether a row is in the bucket, and of the segment or account, that the page is about."""
    return _in_bucket(answer, row, page.asked.bucket) and _of(page, answer, row)


def _in_bucket(answer: Aging, row: AgingRow, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if wanted == UNAPPLIED:
        return bool(row.unapplied)
    amounts = zip(answer.labels, row.buckets, strict=True)
    if wanted == OVERDUE:
        return any(amount for label, amount in amounts if label != NOT_DUE)
    return any(amount for label, amount in amounts if label == wanted)


def _of(page: Page, answer: Aging, row: AgingRow) -> bool:
    of, key = page.asked.of, page.asked.key or ""
    if of is None or answer.by != "item" or not row.sources:
        return True
    one = row.sources[0]
    document = one.item if isinstance(one, OpenItem) else one.credit
    if of == "item":
        return row.key == key
    if of == "account":
        return document.account == key
    if of == "customer":
        return document.customer == key
    return page.subledger.chart.customer(document.customer).attribute(of) == key


def document(page: Page, one: OpenItem | OpenCredit) -> OpenItemRow:
    """An open item or credit as a row with its applications."""
    if isinstance(one, OpenItem):
        return item_row(page.subledger, one.item, one.outstanding, page.as_of)
    return credit_row(page.subledger, one.credit, one.unapplied, page.as_of)


def part(page: Page) -> dict[str, Any]:
    """What one row is made of: its open items, oldest due first, with their applications."""
    answer = report(page)
    found = [
        row
        for row in answer.rows
        if row.key == (page.asked.key or "") and page.asked.currency in {None, row.currency}
    ]
    rows = [document(page, one) for row in found for one in row.sources]
    rows.sort(key=lambda row: (str(row.due or row.date), row.item, row.instalment))
    limit = len(rows) if page.asked.everything else TOP
    return {
        "rows": rows[:limit],
        "more": max(0, len(rows) - limit),
        "word": page.kind,
        "every": page.links.to(
            "aging",
            by="item",
            all=1,
            **({"customer": page.asked.key} if answer.by == "customer" else {}),
        ),
    }


def table(page: Page) -> Table:
    """Every row, as the command line's CSV has them."""
    answer = report(page)
    header = [answer.by, "name", "currency", *answer.labels, "unapplied", "total"]
    return Table("aging", header, (_cells(page, row) for row in answer.rows))


def _cells(page: Page, row: AgingRow) -> list[Cell]:
    figures: list[Decimal] = [*row.buckets, row.unapplied, row.total]
    return [
        row.key,
        row.name,
        row.currency,
        *(page.cell(amount, row.currency) for amount in figures),
    ]
