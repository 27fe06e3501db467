# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Findings*: what is wrong or worth knowing, how to mend it, and the line it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arledger import check
from arledger.findings import SEVERITIES, Finding
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import Page


def found(page: Page) -> Sequence[Finding]:
    """The gravest first, and the latest of them."""
    customer, severity = page.asked.customer, page.asked.severity
    every: Sequence[Finding] = page.ask(check.find)
    return sorted(
        (
            one
            for one in every
            if customer in {None, one.customer} and severity in {None, one.severity}
        ),
        key=lambda one: (SEVERITIES.index(one.severity), -one.date.toordinal(), one.file, one.line),
    )


def show(page: Page) -> dict[str, Any]:
    """A list, cut where it is long."""
    every = found(page)
    shown = every if page.asked.everything else every[:TOP]
    return {"found": shown, "more": len(every) - len(shown)}


def table(page: Page) -> Table:
    """Every finding, as `arledger check` has them."""
    header = ("date", "severity", "rule", "customer", "item", "message", "remedy", "file", "line")
    rows = (
        [
            str(one.date),
            one.severity,
            one.rule,
            one.customer,
            one.item,
            page.hidden(page.text(one.text)),
            page.hidden(page.remedy(one)),
            one.file,
            one.line,
        ]
        for one in found(page)
    )
    return Table("findings", header, rows)
