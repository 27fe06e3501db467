# SPDX-License-Identifier: GPL-2.0-or-later
"""The subledger at a date as tables: columns with their kinds, and rows, for other programs.

Figures are those of the command line's answers, with the same signs: a credit's are negative, so
items and credits together come to the ledger's balance. A missing figure is null, never zero.
Files are named relative to the ledger's folder, so the same books give the same tables anywhere.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import attrs

from arledger.advances import advances
from arledger.ages import Ages
from arledger.aging import aging
from arledger.allowance import Allowance, allowance
from arledger.check import find
from arledger.credit import CreditReport, credit
from arledger.findings import Finding, Translate
from arledger.language.policies import Policy
from arledger.load import Ledger
from arledger.money import exact
from arledger.open_items import OpenItemRow, open_items
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger

# amount and rate are decimals: each kind has its own scale, the same in every table.
Kind = Literal["text", "texts", "date", "whole", "yes", "amount", "rate"]
Cells = tuple[Any, ...]

PLACE: Mapping[str, Kind] = {"file": "text", "line": "whole"}


@attrs.frozen(eq=False)
class Table:
    """One table: its columns in order, and its rows."""

    name: str
    columns: Mapping[str, Kind]
    rows: Sequence[Cells]


@attrs.frozen(eq=False, slots=False)
class Source:
    """What the tables are made of; what several are made of is asked for once."""

    ledger: Ledger
    as_of: dt.date
    translate: Translate

    @property
    def subledger(self) -> Subledger:
        """What every question is asked of."""
        return self.ledger.subledger

    @cached_property
    def documents(self) -> tuple[OpenItemRow, ...]:
        """Items and credits posted by the day."""
        return open_items(self.subledger, self.as_of, settled=True)

    @cached_property
    def credit(self) -> CreditReport:
        """Limits and exposures."""
        return credit(self.subledger, self.as_of)

    @cached_property
    def allowance(self) -> Allowance:
        """The required allowance."""
        return allowance(self.subledger, self.as_of)

    def place(self, meta: Mapping[str, Any] | None) -> Cells:
        """File and line of an entry or posting."""
        meta = meta or {}
        name, line = str(meta.get("filename") or ""), int(meta.get("lineno") or 0)
        return self.file(name), line or None

    def file(self, name: str) -> str | None:
        """A file relative to the ledger's folder where it is below that."""
        folder = str(self.ledger.path.parent).rstrip(os.sep) + os.sep
        return name.removeprefix(folder).replace(os.sep, "/") or None


Maker = Callable[[Source], Iterable[Cells]]
_MAKERS: dict[str, tuple[Mapping[str, Kind], Maker]] = {}


def _table(**columns: Kind) -> Callable[[Maker], Maker]:
    """Register a table under its function's name."""

    def register(maker: Maker) -> Maker:
        _MAKERS[maker.__name__.strip("_")] = (columns, maker)
        return maker

    return register


@exact
def tables(source: Source) -> list[Table]:
    """Every table of the subledger at the day."""
    return [
        Table(name, columns, [tuple(row) for row in maker(source)])
        for name, (columns, maker) in _MAKERS.items()
    ]


def described() -> dict[str, tuple[Mapping[str, Kind], str]]:
    """Each table's columns, and what its rows are: for the documentation."""
    return {
        name: (columns, (maker.__doc__ or "").strip()) for name, (columns, maker) in _MAKERS.items()
    }


# Documents.


@_table(
    customer="text",
    account="text",
    item="text",
    number="text",
    instalment="whole",
    kind="text",
    date="date",
    posted="date",
    due="date",
    conditional="yes",
    contract="text",
    currency="text",
    amount="amount",
    outstanding="amount",
    days="whole",
    bucket="text",
    **PLACE,
)
def _items(source: Source) -> Iterator[Cells]:
    """Items posted by the day, the settled ones, too."""
    books = source.subledger
    ages = Ages(books.policies, books.options.basis, source.as_of)
    for row, item in _documents(source, Item):
        days, bucket = ages.of(item)
        is_open = bool(row.outstanding)
        yield (
            row.customer,
            row.account,
            row.item,
            item.number,
            row.instalment,
            item.kind.value,
            row.date,
            item.posted,
            row.due,
            item.conditional,
            item.contract,
            row.currency,
            row.amount,
            row.outstanding,
            days if is_open else None,
            bucket if is_open else None,
            *source.place(row.meta),
        )


@_table(
    customer="text",
    account="text",
    credit="text",
    number="text",
    kind="text",
    date="date",
    posted="date",
    names="text",
    contract="text",
    currency="text",
    amount="amount",
    outstanding="amount",
    **PLACE,
)
def _credits(source: Source) -> Iterator[Cells]:
    """Credits posted by the day; what is outstanding of one is what is unapplied."""
    for row, one in _documents(source, Credit):
        yield (
            row.customer,
            row.account,
            row.item,
            one.number,
            one.kind.value,
            row.date,
            one.posted,
            one.names,
            one.contract,
            row.currency,
            row.amount,
            row.outstanding,
            *source.place(row.meta),
        )


def _documents(source: Source, kind: type[Any]) -> Iterator[tuple[OpenItemRow, Any]]:
    for row in source.documents:
        if isinstance(row.document, kind):
            yield row, row.document


@_table(
    customer="text",
    account="text",
    item="text",
    instalment="whole",
    credit="text",
    kind="text",
    date="date",
    named="yes",
    currency="text",
    amount="amount",
)
def _applications(source: Source) -> Iterator[Cells]:
    """Which credit settles which item since when, as far as it still holds at the day."""
    for one in source.subledger.applications:
        amount = one.live(source.as_of)
        if amount:
            item, by = one.item, one.credit
            yield (
                item.customer,
                item.account,
                item.id,
                item.instalment,
                by.id,
                by.kind.value,
                one.date,
                one.named,
                item.currency,
                amount,
            )


ATTRIBUTES = ("segment", "salesperson", "group", "language", "email", "payer")


@_table(
    customer="text",
    name="text",
    segment="text",
    salesperson="text",
    customer_group="text",
    language="text",
    email="text",
    payer="text",
    accounts="texts",
)
def _customers(source: Source) -> Iterator[Cells]:
    """Customers with their attributes, by id."""
    customers = source.subledger.chart.customers
    for key in sorted(customers):
        one = customers[key]
        attributes = (one.attribute(name) or None for name in ATTRIBUTES)
        yield (one.id, one.name, *attributes, one.accounts)


@_table(
    customer="text",
    item="text",
    contract="text",
    date="date",
    deliver_by="date",
    currency="text",
    amount="amount",
    applied="amount",
    earned="amount",
    refunded="amount",
    open="amount",
    unpaid="amount",
    days="whole",
    **PLACE,
)
def _advances(source: Source) -> Iterator[Cells]:
    """Advances received by the day, those that are used up, too."""
    for row in advances(source.subledger, source.as_of, settled=True).rows:
        standing = row.standing
        yield (
            row.customer,
            row.item,
            row.contract,
            row.date,
            row.deliver_by,
            row.currency,
            standing.amount,
            standing.applied,
            standing.earned,
            standing.refunded,
            standing.open,
            standing.unpaid,
            row.days,
            *source.place(row.meta),
        )


@_table(
    directive="text",
    subject="text",
    key="text",
    value="text",
    amount="amount",
    rate="rate",
    start="date",
    until="date",
    approved_by="text",
    reason="text",
    **PLACE,
)
def _policies(source: Source) -> Iterator[Cells]:
    """Every policy that had begun by the day; later ones of the same key take its place."""
    for policy in source.subledger.policies.policies:
        if policy.start <= source.as_of:
            value = policy.value
            yield (
                policy.directive,
                policy.subject,
                policy.key or None,
                _written(policy),
                getattr(value, "number", None),
                value if isinstance(value, Decimal) else None,
                policy.start,
                policy.until,
                policy.meta("approved-by") or None,
                policy.meta("reason") or None,
                *source.place(policy.entry.meta),
            )


def _written(policy: Policy) -> str:
    """A policy's values as the ledger has them, after the subject."""
    words = []
    for one in policy.entry.values[1:]:
        value = one.value
        if isinstance(value, bool):
            words.append("TRUE" if value else "FALSE")
        else:
            words.append(format(value, "f") if isinstance(value, Decimal) else str(value))
    return " ".join(words)


# Questions, at the day.


@_table(
    basis="text",
    customer="text",
    name="text",
    currency="text",
    bucket="text",
    position="whole",
    amount="amount",
)
def _aging(source: Source) -> Iterator[Cells]:
    """A row for each customer, currency and bucket; what is unapplied is the last one."""
    report = aging(source.subledger, source.as_of)
    for row in report.rows:
        figures = (*zip(report.labels, row.buckets, strict=True), ("unapplied", row.unapplied))
        for position, (label, amount) in enumerate(figures, 1):
            yield (report.basis, row.key, row.name, row.currency, label, position, amount)


@_table(
    customer="text",
    name="text",
    currency="text",
    credit_limit="amount",
    exposure="amount",
    available="amount",
    overdue="amount",
    advances="amount",
    hold="yes",
    waived_by="texts",
)
def _credit(source: Source) -> Iterator[Cells]:
    """Limit, exposure and headroom of each customer; no limit is null."""
    for row in source.credit.rows:
        yield (
            row.customer,
            row.name,
            row.currency,
            row.limit,
            row.exposure,
            row.available,
            row.overdue,
            row.advances,
            row.hold,
            sorted({waiver.by for waiver in row.waivers}),
        )


@_table(
    customer_group="text",
    currency="text",
    credit_limit="amount",
    exposure="amount",
    available="amount",
)
def _credit_groups(source: Source) -> Iterator[Cells]:
    """The same of each group that has a limit."""
    for row in source.credit.groups:
        yield (row.group, row.currency, row.limit, row.exposure, row.available)


@_table(
    part="text",
    account="text",
    bucket="text",
    customer="text",
    item="text",
    currency="text",
    gross="amount",
    netted="amount",
    rate="rate",
    allowance="amount",
    allowance_currency="text",
)
def _allowance(source: Source) -> Iterator[Cells]:
    """The matrix (`part` collective) and the individual assessments (specific)."""
    from arledger.allowance import parts

    for part in parts(source.allowance):
        yield attrs.astuple(part, recurse=False)


@_table(currency="text", required="amount", booked="amount", change="amount")
def _allowance_total(source: Source) -> Iterator[Cells]:
    """Required against booked."""
    for total in source.allowance.total:
        yield (total.currency, total.required, total.booked, total.change)


@_table(
    rule="text",
    severity="text",
    message="text",
    remedy="text",
    customer="text",
    item="text",
    date="date",
    **PLACE,
)
def _findings(source: Source) -> Iterator[Cells]:
    """What `arledger check` finds as of the day, in the language of the call."""
    ledger = source.ledger
    for found in find(source.subledger, source.as_of, extra=(*ledger.errors, *ledger.notes)):
        yield (*_said(found, source), source.file(found.file), found.line or None)


def _said(found: Finding, source: Source) -> Cells:
    return (
        found.rule,
        found.severity,
        found.text.render(source.translate),
        found.remedy_in(source.translate),
        found.customer,
        found.item,
        found.date,
    )
