# SPDX-License-Identifier: GPL-2.0-or-later
"""`Books`: a ledger's entries, read. Everything the text says, and nothing that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import compress, count, repeat
from operator import is_not
from typing import Any

import attrs
from beancount.core.data import Custom, Directive, Open, Pad, Posting, Price, Transaction

from arledger.findings import Finding, finding, say
from arledger.language.accounts import Chart, read_chart
from arledger.language.documents import (
    AdvanceMovement,
    AllowanceMovement,
    Fields,
    Waiver,
)
from arledger.language.names import AR_OPTION
from arledger.language.options import Options, parse_options
from arledger.language.plain import Place
from arledger.language.policies import PolicyBook, read_policies
from arledger.language.reader import Reader
from arledger.language.seals import REOPEN, SEAL, Closings, read_closings
from arledger.language.statements import STATEMENT, BalanceStatement, read_statements
from arledger.language.values import is_account
from arledger.language.voucher import Line
from arledger.money import exact

OUR_PLUGINS = "arledger."


@attrs.frozen(eq=False)
class Books:
    """What a ledger says about receivables and advances.

    `relevant` are the entries it was read from, by identity: another plugin that replaced one of
    them since makes the books out of date. Transactions stand last among them; `keyed` are those
    to which, or to whose postings of ours, somebody has given keys.
    """

    options: Options
    chart: Chart
    policies: PolicyBook
    advances: tuple[AdvanceMovement, ...]
    allowances: tuple[AllowanceMovement, ...]
    waivers: tuple[Waiver, ...]
    statements: tuple[BalanceStatement, ...]
    closings: Closings
    prices: tuple[Price, ...]
    findings: tuple[Finding, ...]
    operating_currency: str | None
    first: date | None
    latest: date | None
    relevant: tuple[Directive, ...]
    keyed: tuple[Transaction, ...]


@attrs.frozen(eq=False)
class Reading:
    """Books, and the receivables' documents: for the replay, which takes them over."""

    books: Books
    movements: list[Fields]


@attrs.define(slots=True)
class _Sorted:
    """What is no transaction, by type."""

    opens: dict[str, Open] = attrs.field(factory=dict)
    customs: list[Custom] = attrs.field(factory=list)
    prices: list[Price] = attrs.field(factory=list)
    pads: list[Pad] = attrs.field(factory=list)
    latest: date | None = None


@exact
def read_books(
    entries: Sequence[Directive],
    options_map: Mapping[str, Any],
    span: tuple[date | None, date | None] | None = None,
) -> Reading:
    """Read a ledger: its options, chart, policies and documents, and what is wrong with them.

    `span` is the ledger's first and latest date where `entries` are not all of it.
    """
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
    reader = Reader(chart, policies, found)
    kept = _read_transactions(entries, chart, reader)
    currencies = options_map.get("operating_currency") or []
    first, latest = span or (entries[0].date if entries else None, by_type.latest)
    books = Books(
        options,
        chart,
        policies,
        tuple(reader.advances),
        tuple(reader.allowances),
        tuple(reader.waivers),
        statements,
        closings,
        tuple(by_type.prices),
        tuple(reader.findings),
        currencies[0] if currencies else None,
        first,
        latest,
        (*by_type.opens.values(), *by_type.customs, *by_type.prices, *by_type.pads, *kept),
        tuple(reader.keyed),
    )
    return Reading(books, reader.movements)


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


def _read_transactions(
    entries: Iterable[Directive], chart: Chart, reader: Reader
) -> list[Transaction]:
    """Hand every transaction with a posting of ours to the reader; returns those."""
    places = _Places(chart, reader)
    kept = []
    for transaction in entries:
        if type(transaction) is not Transaction:
            continue
        lines: list[Line] | None = None
        first: Posting | None = None
        for posting in transaction.postings:
            place = places[posting.account]
            if place is None:
                continue
            units = posting.units
            if units is None or units.number is None:
                continue
            if first is None:
                first, where = posting, place
            elif lines is None:
                lines = [(first, where.info), (posting, place.info)]
            else:
                lines.append((posting, place.info))
        if lines is not None:
            kept.append(transaction)
            reader.take(transaction, lines)
        elif first is not None:
            kept.append(transaction)
            reader.take_one(transaction, first, where)
    reader.finish()
    return kept


class _Places(dict[str, Place | None]):
    """Each account's place, None for an account we don't look at; looked up once each."""

    def __init__(self, chart: Chart, reader: Reader) -> None:
        super().__init__()
        self._chart, self._reader = chart, reader

    def __missing__(self, account: str) -> Place | None:
        info = self._chart.info(account)
        place = self[account] = None if info is None else self._reader.place(info)
        return place


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


def included_plugins(texts: Mapping[str, str], top: str) -> Iterable[Finding]:
    """`plugin` lines of arledger in included files, which Beancount ignores.

    `texts` maps each file that was read to its text; `top` is the top file.
    """
    for file, text in sorted(texts.items()):
        if file == top:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.split(None, 1)
            if len(words) > 1 and words[0] == "plugin" and words[1].startswith('"' + OUR_PLUGINS):
                yield finding(
                    "plugin-in-include",
                    say("{line} in an included file is ignored", line=line.strip()),
                    {"filename": file, "lineno": number},
                    date.min,
                )
