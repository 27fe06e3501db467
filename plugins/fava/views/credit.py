# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Credit*: limit, exposure, headroom, hold, waivers; what is over its limit, and why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from arledger import check
from arledger.credit import CreditRow, GroupRow, credit
from arledger.findings import Finding
from arledger.money import ZERO
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.charts import Segment, name_of, stacked_bar
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import NAME_SHOWN_MAX, Page
from arledger.sheets import Cell
from arledger.visible import visible


def show(page: Page) -> dict[str, Any]:
    """Customers nearest to their limits first."""
    answer = page.ask(credit)
    rows = sorted(answer.rows, key=_used_most)
    shown = rows if page.asked.everything else rows[:TOP]
    found = breaches(page)
    breached = found if page.asked.everything else found[:TOP]
    return {
        "rows": shown,
        "more": len(rows) - len(shown),
        "groups": answer.groups,
        "bar": lambda row: bar(page, row),
        "breaches": breached,
        "breaches_more": len(found) - len(breached),
        "notes": answer.findings,
    }


def breaches(page: Page) -> Sequence[Finding]:
    """What `arledger check` finds about limits, holds and waivers, the latest first."""
    found: Sequence[Finding] = page.ask(check.find, ("credit",))
    return sorted(found, key=lambda one: one.date, reverse=True)


def _used_most(row: CreditRow) -> tuple[bool, Decimal, str]:
    """By the share of the limit that is used, the most first; without a limit last."""
    if row.limit is None or row.exposure is None:
        return True, -(row.exposure or ZERO), row.customer
    share = row.exposure / row.limit if row.limit else row.exposure
    return False, -share, row.customer


def bar(page: Page, row: CreditRow | GroupRow) -> Markup:
    """Exposure within the limit, headroom, and what is above the limit."""
    if row.limit is None or row.exposure is None:
        return Markup("")
    exposure = max(row.exposure, ZERO)
    within = min(exposure, row.limit)
    currency = row.currency

    def part(label: str, amount: Decimal, css: str) -> Segment:
        return Segment(label, amount, f"{page.number(amount, currency)} {currency}", css)

    subject = row.customer if isinstance(row, CreditRow) else row.group
    return stacked_bar(
        [
            part(page.t("exposure within the limit"), within, "ar-used"),
            part(page.t("available"), max(row.limit - exposure, ZERO), "ar-free"),
            part(page.t("above the limit"), max(exposure - row.limit, ZERO), "ar-over"),
        ],
        page.t("{subject}: exposure against the limit", subject=visible(subject)[:NAME_SHOWN_MAX]),
        name_of("limit", subject, currency),
    )


def table(page: Page) -> Table:
    """Every row, as the command line's CSV has them: a group's has no customer."""
    header = (
        "customer",
        "name",
        "group",
        "currency",
        "limit",
        "exposure",
        "available",
        "overdue",
        "advances",
        "hold",
    )
    answer = page.ask(credit)
    rows: list[list[Cell]] = [
        [
            row.customer,
            row.name,
            "",
            row.currency,
            *_cells(page, row, "limit", "exposure", "available", "overdue", "advances"),
            row.hold,
        ]
        for row in answer.rows
    ]
    rows += [
        [
            "",
            "",
            group.group,
            group.currency,
            *_cells(page, group, "limit", "exposure", "available"),
            None,
            None,
            None,
        ]
        for group in answer.groups
    ]
    return Table("credit", header, rows)


def _cells(page: Page, row: CreditRow | GroupRow, *names: str) -> list[Cell]:
    amounts = [getattr(row, name) for name in names]
    return [None if amount is None else page.cell(amount, row.currency) for amount in amounts]
