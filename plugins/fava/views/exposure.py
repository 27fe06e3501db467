# SPDX-License-Identifier: GPL-2.0-or-later
"""A customer's exposure over time against its limit, as a chart of two stepped lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs
from markupsafe import Markup

from arledger.exposure import Change, Exposures, convert
from arledger.language.policies import Policy
from arledger.money import ZERO, exact
from arledger.plugins.fava.charts import Point, Series, lines, name_of
from arledger.plugins.fava.page import Page
from arledger.subledger.subledger import Subledger

DAYS = 731
STEPS_MAX = 400
# Steps with a dot to point at; more would hide the line.
DOTS_MAX = 60


@attrs.frozen
class Step:
    """Exposure and limit at the end of a day; None where there is no limit, or no price."""

    date: dt.date
    exposure: Decimal | None
    limit: Decimal | None
    cause: Change | None
    policy: Policy | None


@attrs.frozen
class Chart:
    """What is drawn for one currency."""

    currency: str
    drawn: Markup
    steps: Sequence[Step]


def exposure_charts(page: Page, customer: str) -> list[Chart]:
    """A chart a currency: those of the limits, or those owed where there is no limit."""
    timeline = page.subledger.policies.of_customer("credit-limit", customer)
    limits = {policy.key for policies in timeline.values for policy in policies}
    changes = Exposures.of_ledger(page.subledger).of(customer).changes
    owed = {change.currency for change in changes if change.date <= page.as_of}
    found = []
    for currency in sorted(limits or owed):
        steps = page.ask(steps_of, customer=customer, currency=currency, limited=bool(limits))
        drawn = _chart(page, customer, currency, steps)
        if drawn:
            found.append(Chart(currency, drawn, steps))
    return found


@exact
def steps_of(
    subledger: Subledger, as_of: dt.date, *, customer: str, currency: str, limited: bool
) -> tuple[Step, ...]:
    """The days of the last two years on which exposure or limit changed, and the page's day.

    With a limit the whole exposure counts, at the prices of each day; without one, what is owed
    in this currency.
    """
    first = as_of - dt.timedelta(days=min(DAYS, (as_of - dt.date.min).days))
    timeline = subledger.policies.of_customer("credit-limit", customer)
    changes = [
        one for one in Exposures.of_ledger(subledger).of(customer).changes if one.date <= as_of
    ]
    days = {one.date for one in changes if one.date >= first}
    days |= {day for day in timeline.dates if first <= day <= as_of}
    begun = min((one.date for one in changes), default=as_of)
    days |= {as_of, max(first, begun)}
    balances: dict[str, Decimal] = {}
    steps = []
    at = 0
    for day in sorted(days)[-STEPS_MAX:]:
        cause = None
        while at < len(changes) and changes[at].date <= day:
            one = changes[at]
            balances[one.currency] = balances.get(one.currency, ZERO) + one.amount
            cause = one if one.date == day else None
            at += 1
        policy = next((one for one in timeline.at(day) if one.key == currency), None)
        steps.append(
            Step(
                day,
                _exposure(subledger, balances, currency, day, limited=limited),
                policy.value.number if policy else None,
                cause,
                policy if policy and day in timeline.dates else None,
            )
        )
    return tuple(steps)


def _exposure(
    subledger: Subledger,
    balances: Mapping[str, Decimal],
    currency: str,
    day: dt.date,
    *,
    limited: bool,
) -> Decimal | None:
    if not limited:
        return balances.get(currency, ZERO)
    converted = convert(subledger, balances, currency, day)
    return None if converted.missing else converted.amount


def _chart(page: Page, customer: str, currency: str, steps: Sequence[Step]) -> Markup:
    def text(amount: Decimal | None) -> str:
        return "" if amount is None else f"{page.number(amount, currency)} {currency}"

    dots = len(steps) <= DOTS_MAX
    exposure = [
        Point(
            one.date,
            one.exposure,
            text(one.exposure),
            page.context(_transaction(one.cause)) if dots and _transaction(one.cause) else None,
        )
        for one in steps
    ]
    limit = [
        Point(
            one.date,
            one.limit,
            text(one.limit),
            page.links.editor(one.policy.entry.meta) if one.policy else None,
        )
        for one in steps
    ]
    amounts = [
        amount for one in steps for amount in (one.exposure, one.limit) if amount is not None
    ]
    lowest = min([ZERO, *amounts])
    series = [Series(page.t("Exposure"), "ar-line-1", exposure, steps=True, dots=dots)]
    if any(one.limit is not None for one in steps):
        series.append(Series(page.t("Limit"), "ar-line-2", limit, steps=True, dots=False))
    return lines(
        series,
        page.t("Exposure against the limit, {currency}", currency=currency),
        name_of("exposure", customer, currency),
        text(max([ZERO, *amounts])),
        text(lowest) if lowest else "0",
    )


def _transaction(cause: Change | None) -> object:
    return cause.document.transaction if cause is not None and cause.document is not None else None
