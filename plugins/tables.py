# SPDX-License-Identifier: GPL-2.0-or-later
"""The subledger as tables of the query language: in bean-query, `query` directives and Fava.

    plugin "arledger.plugins.receivables"

    SELECT customer, currency, sum(outstanding) FROM #open_items GROUP BY customer, currency

Each of arledger's plugin lines brings the tables with it: `#open_items`, `#applications`,
`#customers`, `#aging`, `#credit`, `#advances`, `#allowance`, `#findings`. Their columns are the
fields of the command line's JSON; where such a field is a word of the query language it has a
second name (`credit_limit` for `limit`, `customer_group` for `group`). Amounts are numbers with
a column `currency` beside them: group by it.

The tables speak of the whole ledger at its latest date. Filters of Fava change which entries it
shows, not what a customer owes, so they don't change these tables.

Three functions work on any table: `days_overdue(due, as_of)`, `aging_bucket(due, as_of)` (the
ledger's buckets) and `credit_limit(account, date)`.

beanquery documents none of what is used here, so this is the one module that knows it, and
pyproject.toml pins what it was tried with.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.amount import Amount
from beanquery import CompilationError, query_compile, query_env
from beanquery.sources import beancount as source

from arledger import check
from arledger.advances import AdvanceRow
from arledger.advances import advances as held_advances
from arledger.ages import Ages
from arledger.aging import Aging, AgingRow, buckets_in_force
from arledger.aging import aging as aged
from arledger.allowance import AllowancePart, parts
from arledger.allowance import allowance as allowances
from arledger.credit import credit as credits_of
from arledger.findings import say
from arledger.language.accounts import Customer
from arledger.open_items import Applied, OpenItemRow, open_items
from arledger.plugins.shared import KEY, Shared
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger

Getter = Callable[[Any], Any]


class _Column(query_compile.EvalColumn):
    """A column read off a row by a function."""

    def __init__(self, dtype: type, getter: Getter) -> None:
        super().__init__(dtype)
        self.getter = getter

    def __call__(self, row: Any) -> Any:
        return self.getter(row)


def _columns(**columns: tuple[type, Getter]) -> dict[str, _Column]:
    return {name: _Column(dtype, getter) for name, (dtype, getter) in columns.items()}


def _of(name: str, dtype: type = str) -> tuple[type, Getter]:
    """A column that is a field of the row, by the same name or another."""
    return dtype, lambda row: getattr(row, name)


_PLACE: dict[str, tuple[type, Getter]] = {
    "file": (str, lambda row: row.meta.get("filename")),
    "line": (int, lambda row: row.meta.get("lineno")),
}


def _shared(options: Mapping[str, Any]) -> Shared:
    shared = options.get(KEY)
    if not isinstance(shared, Shared):
        text = say('the ledger has no line: plugin "arledger.plugins.receivables"')
        # The one kind of error that Fava shows as a message, too.
        raise CompilationError(text.render())
    return shared


class _Rows:
    """What the tables have in common: they are asked of the subledger, not of the entries.

    The entries that the host hands over may be filtered. beanquery makes every table for every
    query, so nothing is computed before the rows are wanted.
    """

    options: Mapping[str, Any]
    columns: Mapping[str, _Column]

    @property
    def wildcard_columns(self) -> tuple[str, ...]:
        """What `SELECT *` shows: each field once, under the name that needs no quotes."""
        return tuple(name for name in self.columns if name not in _RESERVED)

    def __iter__(self) -> Iterator[Any]:
        subledger = _shared(self.options).subledger
        return iter(self.rows(subledger, check.latest_date(subledger)))

    @abstractmethod
    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[Any]:
        """The rows at a day."""


# Words of the query language: such a column must be quoted, so it has another name as well.
_RESERVED = frozenset({"limit", "group"})


@attrs.frozen(eq=False)
class _OpenItem:
    """An open item with its age."""

    row: OpenItemRow
    days: int | None
    bucket: str | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


class OpenItemsTable(_Rows, source.Table):
    """What is open: items, and credits with negative figures. `days` counts as the aging does."""

    name = "open_items"
    columns = _columns(
        customer=_of("customer"),
        name=_of("name"),
        account=_of("account"),
        item=_of("item"),
        kind=_of("kind"),
        instalment=_of("instalment", int),
        date=_of("date", dt.date),
        due=_of("due", dt.date),
        currency=_of("currency"),
        amount=_of("amount", Decimal),
        outstanding=_of("outstanding", Decimal),
        days=_of("days", int),
        bucket=_of("bucket"),
        **_PLACE,
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[_OpenItem]:
        """Items with days since their due or invoice date, and their account's own bucket."""
        ages = Ages(subledger.policies, subledger.options.basis, as_of)
        for row in open_items(subledger, as_of):
            if isinstance(row.document, Item):
                yield _OpenItem(row, *ages.of(row.document))
            else:
                yield _OpenItem(row, None, None)


@attrs.frozen(eq=False)
class _Application:
    """An application and the item it settles."""

    item: OpenItemRow
    applied: Applied


def _item(name: str, dtype: type = str) -> tuple[type, Getter]:
    return dtype, lambda row: getattr(row.item, name)


def _applied(name: str, dtype: type = str) -> tuple[type, Getter]:
    return dtype, lambda row: getattr(row.applied, name)


class ApplicationsTable(_Rows, source.Table):
    """Which credit settles which item, since when, and how much of it still holds."""

    name = "applications"
    columns = _columns(
        customer=_item("customer"),
        name=_item("name"),
        account=_item("account"),
        item=_item("item"),
        instalment=_item("instalment", int),
        credit=_applied("credit"),
        kind=_applied("kind"),
        date=_applied("date", dt.date),
        currency=_item("currency"),
        amount=_applied("amount", Decimal),
        file=(str, lambda row: row.item.meta.get("filename")),
        line=(int, lambda row: row.item.meta.get("lineno")),
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[_Application]:
        """Those of settled items, too."""
        for row in open_items(subledger, as_of, settled=True):
            if row.kind == "item":
                for applied in row.applications:
                    yield _Application(row, applied)


def _attribute(name: str) -> tuple[type, Getter]:
    return str, lambda customer: customer.attribute(name) or None


class CustomersTable(_Rows, source.Table):
    """Customers with their attributes."""

    name = "customers"
    columns = _columns(
        customer=_of("id"),
        name=_of("name"),
        segment=_attribute("segment"),
        salesperson=_attribute("salesperson"),
        group=_attribute("group"),
        customer_group=_attribute("group"),
        language=_attribute("language"),
        email=_attribute("email"),
        payer=_attribute("payer"),
        accounts=(set, lambda customer: set(customer.accounts)),
    )

    def rows(self, subledger: Subledger, _: dt.date) -> Iterable[Customer]:
        """By id."""
        customers = subledger.chart.customers
        return (customers[one] for one in sorted(customers))


@attrs.frozen(eq=False)
class _AgingRow:
    """A customer's line, its buckets by label."""

    row: AgingRow
    report: Aging

    @property
    def buckets(self) -> dict[str, Decimal]:
        return dict(zip(self.report.labels, self.row.buckets, strict=True))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


class AgingTable(_Rows, source.Table):
    """Outstanding by bucket, a row per customer and currency: `buckets['1-30']`."""

    name = "aging"
    columns = _columns(
        customer=_of("key"),
        name=_of("name"),
        currency=_of("currency"),
        buckets=_of("buckets", dict),
        unapplied=_of("unapplied", Decimal),
        total=_of("total", Decimal),
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[_AgingRow]:
        """On the ledger's basis, in the ledger's buckets."""
        report = aged(subledger, as_of)
        return (_AgingRow(row, report) for row in report.rows)


class CreditTable(_Rows, source.Table):
    """Limit, exposure, headroom and hold."""

    name = "credit"
    columns = _columns(
        customer=_of("customer"),
        name=_of("name"),
        currency=_of("currency"),
        limit=_of("limit", Decimal),
        credit_limit=_of("limit", Decimal),
        exposure=_of("exposure", Decimal),
        available=_of("available", Decimal),
        overdue=_of("overdue", Decimal),
        advances=_of("advances", Decimal),
        hold=_of("hold", bool),
        waivers=(set, lambda row: {waiver.by for waiver in row.waivers}),
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[Any]:
        """A row per customer and limit's currency."""
        return credits_of(subledger, as_of).rows


def _standing(name: str) -> tuple[type, Getter]:
    return Decimal, lambda row: getattr(row.standing, name)


class AdvancesTable(_Rows, source.Table):
    """Advance receipts that are held, or were invoiced and not yet paid."""

    name = "advances"
    columns = _columns(
        customer=_of("customer"),
        name=_of("name"),
        item=_of("item"),
        contract=_of("contract"),
        date=_of("date", dt.date),
        deliver_by=_of("deliver_by", dt.date),
        currency=_of("currency"),
        amount=_standing("amount"),
        applied=_standing("applied"),
        earned=_standing("earned"),
        refunded=_standing("refunded"),
        open=_standing("open"),
        unpaid=_standing("unpaid"),
        days=_of("days", int),
        **_PLACE,
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[AdvanceRow]:
        """By customer and contract."""
        return held_advances(subledger, as_of).rows


class AllowanceTable(_Rows, source.Table):
    """The required allowance: the matrix (`part` collective) and the individual assessments."""

    name = "allowance"
    columns = _columns(
        part=_of("part"),
        account=_of("account"),
        bucket=_of("bucket"),
        customer=_of("customer"),
        item=_of("item"),
        currency=_of("currency"),
        gross=_of("gross", Decimal),
        netted=_of("netted", Decimal),
        rate=_of("rate", Decimal),
        allowance=_of("allowance", Decimal),
        allowance_currency=_of("allowance_currency"),
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[AllowancePart]:
        """First the matrix."""
        return parts(allowances(subledger, as_of))


class FindingsTable(_Rows, source.Table):
    """What `arledger check` finds, Beancount's own errors aside."""

    name = "findings"
    columns = _columns(
        rule=_of("rule"),
        severity=_of("severity"),
        message=_of("message"),
        remedy=_of("remedy"),
        file=_of("file"),
        line=_of("line", int),
        customer=_of("customer"),
        item=_of("item"),
        date=_of("date", dt.date),
    )

    def rows(self, subledger: Subledger, as_of: dt.date) -> Iterable[Any]:
        """In the order of the command."""
        return check.find(subledger, as_of)


# Functions.


@query_env.function([dt.date, dt.date], int)  # type: ignore[untyped-decorator]
def days_overdue(due: dt.date, as_of: dt.date) -> int:
    """Days from the due date to `as_of`; not due is 0 or less."""
    return (as_of - due).days


@query_env.function([dt.date, dt.date], str, pass_context=True)  # type: ignore[untyped-decorator]
def aging_bucket(context: Any, due: dt.date, as_of: dt.date) -> str:
    """The label of the ledger's bucket for a due date, as of a day."""
    subledger = _subledger(context)
    buckets = buckets_in_force(subledger, check.latest_date(subledger))
    return buckets.labels("due")[buckets.place(due, as_of, "due")]


@query_env.function([str, dt.date], Amount, pass_context=True)  # type: ignore[untyped-decorator]
def credit_limit(context: Any, account: str, day: dt.date) -> Amount | None:
    """The credit limit of an account's customer on a day; none where it has none.

    Where it has limits in several currencies: the one in the first operating currency, else
    the first by name.
    """
    subledger = _subledger(context)
    info = subledger.chart.info(account)
    customer = info.customer if info is not None else None
    if customer is None:
        return None
    limits = subledger.policies.of_customer("credit-limit", customer).at(day)
    operating = subledger.books.operating_currency
    ranked = sorted(limits, key=lambda policy: (policy.key != operating, policy.key))
    return ranked[0].value if ranked else None


def _subledger(context: Any) -> Subledger:
    return _shared(context.tables[OpenItemsTable.name].options).subledger
