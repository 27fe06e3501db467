# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Allowance*: what is required, what is booked, and how it came about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from arledger.allowance import MatrixRow, allowance
from arledger.booking import entry
from arledger.findings import say
from arledger.money import EXACT, written
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import Page
from arledger.roll_forward import roll_forward
from arledger.sheets import Figure
from arledger.words import bucket

MOVEMENTS = ("opening", "charge", "release", "write_offs", "recoveries", "exchange", "closing")
# Shown as they enter the sum: what lowers the allowance is negative.
LOWERS = frozenset({"release", "write_offs"})
HEADINGS = {
    "opening": say("opening"),
    "charge": say("charge"),
    "release": say("release"),
    "write_offs": say("write-offs"),
    "recoveries": say("recoveries"),
    "exchange": say("exchange"),
    "closing": say("closing"),
}
PARTS = {"collective": say("collective"), "specific": say("specific")}


def year_before(day: dt.date) -> dt.date:
    """The last day of the year before: where a roll-forward begins unless asked otherwise."""
    return dt.date(max(day.year - 1, dt.MINYEAR), 12, 31) if day.year > dt.MINYEAR else day


def show(page: Page) -> dict[str, Any]:
    """Required against booked first; then what it is made of."""
    answer = page.ask(allowance)
    since = page.asked.since or year_before(page.as_of)
    customers = sorted(answer.customers, key=lambda one: (-one.allowance, one.customer))
    shown = customers if page.asked.everything else customers[:TOP]
    text = entry(page.subledger, answer, page.translate)
    return {
        "answer": answer,
        "netted": any(row.netted for row in answer.rows),
        "bucket": lambda label: page.text(bucket(label)),
        "percent": lambda row: page.hidden(_percent(row)),
        "rate_line": lambda row: page.links.editor(_rate_meta(page, row)),
        "customers": shown,
        "more": len(customers) - len(shown),
        "since": since,
        "rolled": page.answers.ask(page.subledger, roll_forward, since, page.as_of),
        "movements": MOVEMENTS,
        "lowers": LOWERS,
        "headings": {name: page.text(text) for name, text in HEADINGS.items()},
        "parts": {name: page.text(text) for name, text in PARTS.items()},
        "entry": page.hidden(text) if page.incognito else text,
        "to_book": any(total.change for total in answer.total),
    }


def _percent(row: MatrixRow) -> str:
    return "–" if row.rate is None else written(row.rate.scaleb(2, EXACT), 0) + " %"


def _rate_meta(page: Page, row: MatrixRow) -> Any:
    """Where the rate stands."""
    rates = page.subledger.policies.own("loss-rate", row.account).at(page.as_of)
    return next((policy.entry.meta for policy in rates if policy.key == row.bucket), None)


def table(page: Page) -> Table:
    """The matrix, then the individual assessments, as the command line's CSV has them."""
    answer = page.ask(allowance)
    header = (
        "part",
        "account",
        "bucket",
        "customer",
        "item",
        "currency",
        "gross",
        "netted",
        "rate",
        "allowance_currency",
        "allowance",
    )
    rows: list[Any] = [
        [
            "collective",
            row.account,
            row.bucket,
            "",
            "",
            row.currency,
            page.cell(row.gross, row.currency),
            page.cell(row.netted, row.currency),
            None if row.rate is None else Figure(page.hidden(format(row.rate, "f"))),
            row.allowance_currency,
            None if row.allowance is None else page.cell(row.allowance, row.allowance_currency),
        ]
        for row in answer.rows
    ]
    rows += [
        [
            "specific",
            "",
            "",
            row.customer,
            row.item,
            row.currency,
            None if row.outstanding is None else page.cell(row.outstanding, row.currency),
            None,
            None,
            row.allowance_currency,
            None if row.allowance is None else page.cell(row.allowance, row.allowance_currency),
        ]
        for row in answer.specific
    ]
    return Table("allowance", header, rows)
