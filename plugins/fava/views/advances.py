# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Advances*: what customers have paid ahead, by contract and age."""

from __future__ import annotations

from typing import Any

from arledger.advances import AMOUNTS, advances
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import Page


def show(page: Page) -> dict[str, Any]:
    """The oldest first, with a total per currency."""
    answer = page.ask(advances, customers=_customers(page))
    rows = sorted(answer.rows, key=lambda row: (-row.days, row.customer, row.item))
    shown = rows if page.asked.everything else rows[:TOP]
    return {
        "rows": shown,
        "more": len(rows) - len(shown),
        "totals": answer.totals,
        "amounts": AMOUNTS,
        "headings": {
            "amount": page.t("Amount"),
            "applied": page.t("Applied"),
            "earned": page.t("Earned"),
            "refunded": page.t("Refunded"),
            "open": page.t("Held"),
            "unpaid": page.t("Unpaid"),
        },
    }


def _customers(page: Page) -> tuple[str, ...]:
    return (page.asked.customer,) if page.asked.customer else ()


def table(page: Page) -> Table:
    """Every row, as the command line's CSV has them."""
    header = (
        "customer",
        "name",
        "item",
        "contract",
        "date",
        "deliver_by",
        "currency",
        *AMOUNTS,
        "days",
    )
    rows = (
        [
            row.customer,
            row.name,
            row.item,
            row.contract,
            str(row.date),
            None if row.deliver_by is None else str(row.deliver_by),
            row.currency,
            *(page.cell(getattr(row.standing, name), row.currency) for name in AMOUNTS),
            row.days,
        ]
        for row in page.ask(advances, customers=_customers(page)).rows
    )
    return Table("advances", header, rows)
