# SPDX-License-Identifier: GPL-2.0-or-later
"""`Frame`: what a ledger says beside its transactions, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import compress, count, repeat
from operator import is_not
from typing import Any

import attrs
from beancount.core.data import Custom, Directive, Open, Pad, Price, Transaction

from arledger.findings import Finding, finding, say
from arledger.language.accounts import Chart, read_chart
from arledger.language.names import AR_OPTION
from arledger.language.options import Options, parse_options
from arledger.language.policies import PolicyBook, read_policies
from arledger.language.seals import REOPEN, SEAL, Closings, read_closings
from arledger.language.statements import STATEMENT, BalanceStatement, read_statements
from arledger.language.values import is_account
from arledger.money import exact


@attrs.frozen(eq=False)
class Frame:
    """A ledger's options, chart, policies, statements, seals and prices.

    `entries` are those it was read from; `first` and `latest` are the ledger's first and latest
    date, of whatever entry.
    """

    options: Options
    chart: Chart
    policies: PolicyBook
    statements: tuple[BalanceStatement, ...]
    closings: Closings
    prices: tuple[Price, ...]
    findings: tuple[Finding, ...]
    operating_currency: str | None
    first: date | None
    latest: date | None
    entries: tuple[Directive, ...]


@attrs.define(slots=True)
class _Sorted:
    """What is no transaction, by type."""

    opens: dict[str, Open] = attrs.field(factory=dict)
    customs: list[Custom] = attrs.field(factory=list)
    prices: list[Price] = attrs.field(factory=list)
    pads: list[Pad] = attrs.field(factory=list)
    latest: date | None = None


@exact
def read_frame(
    entries: Sequence[Directive],
    options_map: Mapping[str, Any],
    span: tuple[date | None, date | None] | None = None,
) -> Frame:
    """Read what is no transaction. `span`: see `read_books`."""
    found: list[Finding] = []
    by_type = _sort(entries)
    options, problems = parse_options(entry for entry in by_type.customs if entry.type == AR_OPTION)
    # An option's date has no meaning: what is wrong with it is wrong from the start.
    found.extend(attrs.evolve(one, date=min(one.date, entries[0].date)) for one in problems)
    chart, problems = read_chart(
        by_type.opens,
        options,
        _allowance_accounts(options, by_type.customs),
        (
            str(options_map.get("name_income", "Income")),
            str(options_map.get("name_liabilities", "Liabilities")),
            str(options_map.get("name_expenses", "Expenses")),
        ),
    )
    found.extend(problems)
    policies, problems = read_policies(
        (entry for entry in by_type.customs if entry.type != AR_OPTION), chart
    )
    found.extend(problems)
    statements, problems = read_statements(
        (entry for entry in by_type.customs if entry.type == STATEMENT), chart
    )
    found.extend(problems)
    closings, problems = read_closings(
        entry for entry in by_type.customs if entry.type in {SEAL, REOPEN}
    )
    found.extend(problems)
    found.extend(_pads(by_type.pads, chart))
    currencies = options_map.get("operating_currency") or []
    first, latest = span or (entries[0].date if entries else None, by_type.latest)
    return Frame(
        options,
        chart,
        policies,
        statements,
        closings,
        tuple(by_type.prices),
        tuple(found),
        currencies[0] if currencies else None,
        first,
        latest,
        (*by_type.opens.values(), *by_type.customs, *by_type.prices, *by_type.pads),
    )


def _sort(entries: Sequence[Directive]) -> _Sorted:
    # Nearly all are transactions: they are looked at when they are read, and not before.
    by_type = _Sorted()
    strange = map(is_not, map(type, entries), repeat(Transaction))
    others = [entries[at] for at in compress(count(), strange)]
    lists: dict[type, Any] = {
        Custom: by_type.customs.append,
        Price: by_type.prices.append,
        Pad: by_type.pads.append,
        Open: lambda entry: by_type.opens.setdefault(entry.account, entry),
    }
    for entry in others:
        take = lists.get(type(entry))
        if take is not None:
            take(entry)
    # An option's date has no meaning, so it doesn't make the ledger later.
    for entry in reversed(entries):
        if not (isinstance(entry, Custom) and entry.type == AR_OPTION):
            by_type.latest = entry.date
            break
    return by_type


def _allowance_accounts(options: Options, customs: Iterable[Custom]) -> tuple[str, ...]:
    """The option's account and those that segments have of their own."""
    accounts = {options.allowance_account}
    for entry in customs:
        if entry.type == "allowance-account" and entry.values:
            value = entry.values[-1]
            if is_account(value):
                accounts.add(value.value)
    return tuple(sorted(accounts))


def _pads(pads: Iterable[Pad], chart: Chart) -> Iterable[Finding]:
    for entry in pads:
        for account in (entry.account, entry.source_account):
            info = chart.info(account)
            if info is not None and info.role != "allowance":
                text = say(
                    "pad fills {account} with what has no number, no invoice date and no due date",
                    account=account,
                )
                yield finding("pad", text, entry.meta, entry.date)
                break
