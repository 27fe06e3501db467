# SPDX-License-Identifier: GPL-2.0-or-later
"""The month-end allowance entries that the plugin books itself."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from beancount.core import data
from beancount.core.amount import Amount

from arledger import check
from arledger.allowance import Adjustment, adjustments, allowance
from arledger.money import ZERO, digits_of, round_half_up
from arledger.plugins.shared import shared_of
from arledger.subledger.subledger import Subledger

NARRATION = "Allowance for expected credit losses"
TAG = "allowance"


# A date mistyped by centuries must not keep a ledger from loading.
MONTHS_MAX = 1200


def month_ends(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    """The last day of each month that ends between two days, both included; a century at most."""
    year, month = first.year, first.month
    for _ in range(MONTHS_MAX):
        day = dt.date(year, month, calendar.monthrange(year, month)[1])
        if day > last:
            return
        yield day
        if day == dt.date.max:
            return
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004


def insert_month_ends(entries: data.Directives, options_map: dict[str, Any]) -> data.Directives:
    """The entries with a month-end allowance entry wherever the required allowance changed."""
    subledger = shared_of(entries, options_map).subledger
    if not subledger.items:
        return entries
    inserted: list[data.Directive] = []
    # Booked by the entries inserted so far, on top of what the ledger itself has booked.
    booked: dict[tuple[str, str], Decimal] = {}
    first = min(item.posted for item in subledger.items)
    for day in month_ends(first, check.latest_date(subledger)):
        changes = _changes(subledger, day, booked)
        if changes:
            inserted.append(_transaction(subledger, day, changes))
    return sorted([*entries, *inserted], key=data.entry_sortkey) if inserted else entries


def _changes(
    subledger: Subledger, day: dt.date, booked: dict[tuple[str, str], Decimal]
) -> list[Adjustment]:
    """What is still to be booked on a day, per allowance account."""
    wanted = {
        (one.allowance_account, one.currency): one
        for one in adjustments(subledger, allowance(subledger, day))
    }
    changes = []
    for key in sorted({*wanted, *booked}):
        one = wanted.get(key)
        amount = (one.amount if one is not None else ZERO) - booked.get(key, ZERO)
        if amount:
            loss = one.loss_account if one is not None else subledger.options.loss_account
            changes.append(Adjustment(key[0], loss, key[1], amount))
            booked[key] = booked.get(key, ZERO) + amount
    return changes


def _transaction(subledger: Subledger, day: dt.date, changes: list[Adjustment]) -> data.Transaction:
    meta = data.new_metadata(*_cause(subledger))
    postings: list[data.Posting] = []
    for change in changes:
        digits = digits_of(change.currency, subledger.options.precision)
        amount = round_half_up(change.amount, digits)
        for account, number in (
            (change.loss_account, amount),
            (change.allowance_account, -amount),
        ):
            units = Amount(number, change.currency)
            postings.append(data.Posting(account, units, None, None, None, dict(meta)))
    return data.Transaction(
        meta, day, "*", None, NARRATION, frozenset({TAG}), frozenset(), postings
    )


def _cause(subledger: Subledger) -> tuple[str, int]:
    """The directive that the entries follow from: the first loss rate."""
    policies = (
        *subledger.policies.of("loss-rate"),
        *subledger.policies.of("specific-allowance"),
    )
    for policy in policies:
        meta = policy.entry.meta
        return str(meta.get("filename", "")), int(meta.get("lineno", 0))
    return "<arledger>", 0
