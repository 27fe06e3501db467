# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Overview*: where the money is stuck, before a number is read.

One block a currency, for amounts of different currencies are never added.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

import attrs
from markupsafe import Markup

from arledger import check
from arledger.advances import advances
from arledger.aging import Aging, AgingRow, AgingTotal, aging
from arledger.allowance import AllowanceTotal, allowance
from arledger.collection import SalesOutstanding, sales_outstanding
from arledger.findings import SEVERITIES, Finding, say
from arledger.language.buckets import NOT_DUE
from arledger.money import ZERO, exact, round_half_up
from arledger.plugins.fava.answers import month_ends_before
from arledger.plugins.fava.charts import Point, Segment, Series, lines, name_of, stacked_bar
from arledger.plugins.fava.page import Page
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger
from arledger.words import bucket

CUSTOMERS_SHOWN = 10
MONTHS = 13


@attrs.frozen
class Balance:
    """What was outstanding at the end of a day, and overdue of it, in one currency."""

    date: dt.date
    outstanding: Decimal
    overdue: Decimal


@attrs.frozen
class Block:
    """What the page shows of one currency."""

    currency: str
    total: AgingTotal
    outstanding: Decimal
    overdue: Decimal
    overdue_share: str
    unapplied: Decimal
    held: Decimal
    allowance: AllowanceTotal | None
    collection: SalesOutstanding | None
    bar: Markup
    trend: Markup
    balances: Sequence[Balance]
    customers: Sequence[AgingRow]


@exact
def balances(subledger: Subledger, days: Sequence[dt.date]) -> dict[str, list[Balance]]:
    """Items outstanding and overdue at the end of each of `days`, by currency; in order of days.

    Credits are not netted. Each item is looked at once: what changes is noted on the first of the
    days that sees it, and added up in the end.
    """
    changes: dict[str, tuple[list[Decimal], list[Decimal]]] = {}
    count = len(days)
    for item in subledger.items:
        begun = bisect_left(days, item.posted)
        if begun == count:
            break
        if item.currency not in changes:
            changes[item.currency] = ([ZERO] * (count + 1), [ZERO] * (count + 1))
        open_at, late_at = changes[item.currency]
        late = count if item.conditional or item.due is None else bisect_right(days, item.due)
        for day, amount in _changes(item):
            at = max(begun, bisect_left(days, day))
            open_at[at] += amount
            late_at[max(late, at)] += amount
    return {
        currency: [
            Balance(*one)
            for one in zip(days, accumulate(open_at[:-1]), accumulate(late_at[:-1]), strict=True)
        ]
        for currency, (open_at, late_at) in changes.items()
    }


def _changes(item: Item) -> Iterable[tuple[dt.date, Decimal]]:
    """What changes what is left of an item, and from which day."""
    yield item.posted, item.amount
    for one in item.applications:
        yield one.date, -one.amount
        for day, amount in one.undone:
            yield max(day, one.date), amount


@exact
def show(page: Page) -> dict[str, Any]:
    """The blocks, and the findings by severity."""
    answer = page.ask(aging, basis="due")
    held = page.ask(advances).totals
    required = page.ask(allowance).total
    days = page.ask(sales_outstanding)
    currencies = sorted(
        {
            *(one.currency for one in answer.totals),
            *(one.currency for one in held),
            *(one.currency for one in days),
        }
    )
    return {
        "blocks": [_block(page, answer, currency) for currency in currencies],
        "elsewhere": [one for one in required if one.currency not in currencies],
        "severities": _severities(page),
        "labels": [page.text(bucket(label)) for label in answer.labels],
        "keys": answer.labels,
    }


def _block(page: Page, answer: Aging, currency: str) -> Block:
    empty = AgingTotal(currency, (ZERO,) * len(answer.labels), ZERO, ZERO, ZERO)
    total = next((one for one in answer.totals if one.currency == currency), empty)
    ends = _month_ends(page, currency)
    now = ends[-1]
    share = now.overdue / now.outstanding * 100 if now.outstanding else ZERO
    held = page.ask(advances).totals
    rows = [row for row in answer.rows if row.currency == currency]
    return Block(
        currency,
        total,
        now.outstanding,
        now.overdue,
        page.hidden(f"{round_half_up(share, 1)}"),
        total.unapplied,
        sum((one.standing.open for one in held if one.currency == currency), ZERO),
        next((one for one in page.ask(allowance).total if one.currency == currency), None),
        next((one for one in page.ask(sales_outstanding) if one.currency == currency), None),
        _bar(page, answer, total),
        _trend(page, currency, ends),
        ends,
        sorted(rows, key=lambda row: _matters(row, answer))[:CUSTOMERS_SHOWN],
    )


def _matters(row: AgingRow, answer: Aging) -> tuple[Decimal, Decimal, str]:
    """Most overdue first, then most outstanding."""
    overdue = sum(
        (
            amount
            for label, amount in zip(answer.labels, row.buckets, strict=True)
            if label != NOT_DUE
        ),
        ZERO,
    )
    return -overdue, -row.total, row.key


def _bar(page: Page, answer: Aging, total: AgingTotal) -> Markup:
    segments = [
        Segment(
            page.text(bucket(label)),
            amount,
            f"{page.number(amount, total.currency)} {total.currency}",
            f"ar-bucket-{min(at, 6)}",
            page.links.to("aging", by="item", basis="due", bucket=label, currency=total.currency),
        )
        for at, (label, amount) in enumerate(zip(answer.labels, total.buckets, strict=True))
    ]
    title = page.t("Aging, {currency}", currency=total.currency)
    return stacked_bar(segments, title, name_of("bar", total.currency))


def _month_ends(page: Page, currency: str) -> list[Balance]:
    """The balances at the last month ends; the page's own day is the last of them."""
    ends = tuple(month_ends_before(page.as_of, MONTHS))
    found = page.answers.ask(page.subledger, balances, ends).get(currency)
    return found or [Balance(day, ZERO, ZERO) for day in ends]


def _trend(page: Page, currency: str, ends: Sequence[Balance]) -> Markup:
    def series(label: str, css: str, amounts: Sequence[Decimal]) -> Series:
        return Series(
            label,
            css,
            [
                Point(
                    one.date,
                    amount,
                    f"{page.number(amount, currency)} {currency}",
                    page.links.to("aging", as_of=one.date, currency=currency),
                )
                for one, amount in zip(ends, amounts, strict=True)
            ],
        )

    highest = max(ZERO, *(one.outstanding for one in ends))
    return lines(
        [
            series(page.t("Outstanding"), "ar-line-1", [one.outstanding for one in ends]),
            series(page.t("Overdue"), "ar-line-2", [one.overdue for one in ends]),
        ],
        page.t("Outstanding and overdue at month ends, {currency}", currency=currency),
        name_of("trend", currency),
        f"{page.number(highest, currency)} {currency}",
    )


def _severities(page: Page) -> list[tuple[str, str, int]]:
    words = {"error": say("errors"), "warning": say("warnings"), "info": say("notes")}
    found: Sequence[Finding] = page.ask(check.find)
    return [
        (severity, page.text(words[severity]), sum(1 for one in found if one.severity == severity))
        for severity in SEVERITIES
    ]
