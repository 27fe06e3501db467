# SPDX-License-Identifier: GPL-2.0-or-later
"""Aging: what is outstanding, by how long it is overdue.

Buckets + unapplied credits = total = the ledger's balance, per account and currency, to the last
digit, at every date. What is not due has a bucket of its own; unapplied credits have a column of
their own (with `ar-option "unapplied-credits" "own-bucket"` they age by their own date).
Currencies are never added; `into` converts each figure at the price of the day, rounds it once,
and totals the rounded figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from typing import Literal

import attrs

from arledger.ages import since
from arledger.findings import Finding, finding
from arledger.language.buckets import DEFAULT, Basis, Buckets
from arledger.money import ZERO, digits_of, exact, round_half_up
from arledger.prices import Quote, no_price
from arledger.subledger.model import Item, OpenCredit, OpenItem
from arledger.subledger.subledger import Subledger

By = Literal["customer", "item", "account", "segment", "salesperson"]
BY: tuple[By, ...] = ("customer", "item", "account", "segment", "salesperson")


@attrs.frozen(eq=False)
class AgingRow:
    """One line: outstanding by bucket (in the order of `Aging.labels`), in one currency.

    `unapplied` is negative or zero; `total` is the sum of the buckets and `unapplied`.
    `sources` are what it is made of.
    """

    key: str
    name: str
    currency: str
    buckets: tuple[Decimal, ...]
    unapplied: Decimal
    total: Decimal
    sources: tuple[OpenItem | OpenCredit, ...] = attrs.field(repr=False)


@attrs.frozen(eq=False)
class AgingTotal:
    """The sum of the rows of one currency; `in_credit` is how much of it is rows in credit."""

    currency: str
    buckets: tuple[Decimal, ...]
    unapplied: Decimal
    total: Decimal
    in_credit: Decimal


@attrs.frozen(eq=False)
class Aging:
    """The answer, with what it speaks of: as-of date, basis, grouping, labels, prices used."""

    as_of: dt.date
    basis: Basis
    by: By
    labels: tuple[str, ...]
    rows: tuple[AgingRow, ...]
    totals: tuple[AgingTotal, ...]
    prices: tuple[Quote, ...]
    findings: tuple[Finding, ...]


@attrs.define(eq=False)
class _Sum:
    """A row in the making."""

    key: str
    name: str
    currency: str
    buckets: list[Decimal]
    unapplied: Decimal = ZERO
    sources: list[OpenItem | OpenCredit] = attrs.field(factory=list)

    def done(self) -> AgingRow:
        total = sum(self.buckets, ZERO) + self.unapplied
        return AgingRow(
            self.key,
            self.name,
            self.currency,
            tuple(self.buckets),
            self.unapplied,
            total,
            tuple(self.sources),
        )


def buckets_in_force(
    subledger: Subledger, as_of: dt.date, customers: Collection[str] = ()
) -> Buckets:
    """The buckets of a table of everything: the accounts' own if they agree, else the root's."""
    policies = subledger.policies
    accounts = {
        (one.item.customer, one.item.account)
        for one in subledger.at(as_of).items
        if not customers or one.item.customer in customers
    }
    found = {
        policy.value if (policy := policies.timeline("aging-buckets", *key).one(as_of)) else DEFAULT
        for key in accounts
    }
    if len(found) == 1:
        return found.pop()
    root = subledger.options.receivable_accounts[0]
    policy = policies.timeline("aging-buckets", "", root).one(as_of)
    return policy.value if policy is not None else DEFAULT


@exact
def aging(  # noqa: PLR0913 - the question's own options
    subledger: Subledger,
    as_of: dt.date,
    *,
    by: By = "customer",
    basis: Basis | None = None,
    buckets: Buckets | None = None,
    into: str | None = None,
    customers: Collection[str] = (),
) -> Aging:
    """Age everything open at the end of `as_of`; only `customers` where some are named."""
    basis = basis or subledger.options.basis
    buckets = buckets or buckets_in_force(subledger, as_of, customers)
    labels = buckets.labels(basis)
    sums: dict[tuple[str, ...], _Sum] = {}
    key_of = _key(subledger, by)
    state = subledger.at(as_of)
    for one in state.items:
        if customers and one.item.customer not in customers:
            continue
        row = _row(sums, key_of(one.item), one.item.currency, len(labels))
        row.buckets[buckets.place(since(one.item, as_of, basis), as_of, basis)] += one.outstanding
        row.sources.append(one)
    own_bucket = subledger.options.unapplied_credits == "own-bucket"
    for other in state.credits:
        credit = other.credit
        if customers and credit.customer not in customers:
            continue
        row = _row(sums, key_of(credit), credit.currency, len(labels))
        if own_bucket:
            row.buckets[buckets.place(credit.date, as_of, basis)] -= other.unapplied
        else:
            row.unapplied -= other.unapplied
        row.sources.append(other)
    rows = [sums[key].done() for key in sorted(sums)]
    quotes: tuple[Quote, ...] = ()
    found: tuple[Finding, ...] = ()
    if into is not None:
        rows, quotes, found = _convert(subledger, rows, into, as_of, by)
    return Aging(as_of, basis, by, labels, tuple(rows), _totals(rows), quotes, found)


def _row(sums: dict[tuple[str, ...], _Sum], key: tuple[str, ...], currency: str, size: int) -> _Sum:
    """The row of a key and currency; the key's last two parts are what is shown."""
    place = (*key, currency)
    row = sums.get(place)
    if row is None:
        row = sums[place] = _Sum(key[-2], key[-1], currency, [ZERO] * size)
    return row


def _key(subledger: Subledger, by: By) -> Callable[..., tuple[str, ...]]:
    """How a row is keyed, as (what it sorts by …, key, name)."""
    chart = subledger.chart

    def name_of(customer: str) -> str:
        return chart.customer(customer).name

    if by == "customer":
        return lambda one: (one.customer, name_of(one.customer))
    if by == "account":
        return lambda one: (one.account, name_of(one.customer))
    if by == "item":
        return lambda one: (
            one.customer,
            one.account,
            one.currency,
            str(getattr(one, "due", None) or dt.date.max),
            str(one.date),
            f"{one.index:09d}",
            "item" if isinstance(one, Item) else "credit",
            one.id,
            name_of(one.customer),
        )
    return lambda one: (chart.customer(one.customer).attribute(by), "")


def _totals(rows: Iterable[AgingRow]) -> tuple[AgingTotal, ...]:
    """One total per currency."""
    by_currency: dict[str, list[AgingRow]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row)
    return tuple(
        AgingTotal(
            currency,
            tuple(sum(column, ZERO) for column in zip(*(r.buckets for r in own), strict=True)),
            sum((row.unapplied for row in own), ZERO),
            sum((row.total for row in own), ZERO),
            sum((row.total for row in own if row.total < 0), ZERO),
        )
        for currency, own in sorted(by_currency.items())
    )


def _convert(
    subledger: Subledger, rows: Sequence[AgingRow], into: str, as_of: dt.date, by: By
) -> tuple[list[AgingRow], tuple[Quote, ...], tuple[Finding, ...]]:
    """Each figure at the day's price, rounded once; rows of one key become one."""
    digits = digits_of(into, subledger.options.precision)
    quotes: dict[str, Quote] = {}
    missing: dict[str, Finding] = {}
    merged: dict[tuple[str, str, int], _Sum] = {}
    for at, row in enumerate(rows):
        quote = None
        if row.currency != into and row.currency not in missing:
            quote = quotes.get(row.currency) or subledger.prices.quote(row.currency, into, as_of)
            if quote is None:
                missing[row.currency] = _no_price(row, into, as_of)
            else:
                quotes[row.currency] = quote
        currency = row.currency if row.currency in missing else into
        # By item every row stays its own; otherwise the rows of one key come together.
        alone = at if by == "item" else -1
        total = merged.setdefault(
            (row.key, currency, alone),
            _Sum(row.key, row.name, currency, [ZERO] * len(row.buckets)),
        )
        figures = [*row.buckets, row.unapplied]
        if quote is not None:
            figures = [round_half_up(quote.convert(figure), digits) for figure in figures]
        for place, figure in enumerate(figures[:-1]):
            total.buckets[place] += figure
        total.unapplied += figures[-1]
        total.sources.extend(row.sources)
    return (
        [row.done() for row in merged.values()],
        tuple(quotes[currency] for currency in sorted(quotes)),
        tuple(missing[currency] for currency in sorted(missing)),
    )


def _no_price(row: AgingRow, into: str, as_of: dt.date) -> Finding:
    source = row.sources[0]
    document = source.item if isinstance(source, OpenItem) else source.credit
    text = no_price(row.currency, into, as_of)
    meta = document.meta
    return finding("missing-price", text, meta, as_of)
