# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Aging*: who owes how much for how long; each figure opens to what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs

from arledger.aging import BY, Aging, AgingRow, AgingTotal
from arledger.aging import aging as question
from arledger.language.buckets import UNAPPLIED
from arledger.open_items import OpenItemRow, credit_row, item_row
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import Page
from arledger.sheets import Cell
from arledger.subledger.subledger import OpenCredit, OpenItem
from arledger.words import BASIS, bucket
from arledger.words import BY as BY_WORDS


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


def show(page: Page) -> dict[str, Any]:
    """The table, a section per currency; the largest rows first where there are many."""
    answer = report(page)
    return {
        "answer": answer,
        "sections": [_section(page, answer, total) for total in answer.totals],
        "bys": [(by, page.text(BY_WORDS[by])) for by in BY],
        "bases": [(basis, page.text(BASIS[basis])) for basis in ("due", "invoice")],
        "labels": [page.text(bucket(label)) for label in answer.labels],
        "document": lambda row: document(page, row.sources[0]),
    }


def _section(page: Page, answer: Aging, total: AgingTotal) -> Section:
    rows = [row for row in answer.rows if row.currency == total.currency]
    wanted = page.asked.bucket
    if wanted in answer.labels:
        at = answer.labels.index(wanted)
        rows = [row for row in rows if row.buckets[at]]
    elif wanted == UNAPPLIED:
        rows = [row for row in rows if row.unapplied]
    if page.asked.everything or len(rows) <= TOP:
        return Section(total.currency, rows, total, 0)
    largest = sorted(rows, key=lambda row: (-abs(row.total), row.key))[:TOP]
    return Section(total.currency, largest, total, len(rows) - TOP)


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
    return {"rows": rows[:limit], "more": max(0, len(rows) - limit)}


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
