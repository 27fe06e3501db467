# SPDX-License-Identifier: GPL-2.0-or-later
"""Collection: how many days of sales are outstanding, and how late invoices are paid.

Days sales outstanding (DSO) = receivables ÷ gross sales of the period × its days; best possible
DSO takes only what is not yet due; average days delinquent (ADD) is what lies between. Sales are
what was invoiced to customers, value added tax included as it is in the receivables, less
credit notes and cancelled invoices. Currencies are never added.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Collection, Iterable
from decimal import Decimal

import attrs

from arledger.language.documents import PAYING, Kind
from arledger.money import EXACT, ZERO, exact
from arledger.subledger.model import Application, Credit, Item
from arledger.subledger.subledger import Subledger

# Balances brought forward are no sales of the period.
OPENING = "opening"


@attrs.frozen
class SalesOutstanding:
    """The figures of one currency over a period of `days` days that ends at the as-of date.

    `receivables` is items less unapplied credits, `not_due` the part of the items that is not
    due, `sales` gross sales of the period. The ratios are days, unrounded; None without sales.
    """

    currency: str
    days: int
    receivables: Decimal
    not_due: Decimal
    sales: Decimal

    @property
    def dso(self) -> Decimal | None:
        """Days sales outstanding."""
        return self._in_days(self.receivables)

    @property
    def best_possible(self) -> Decimal | None:
        """What it would be if everything were paid on its due date."""
        return self._in_days(self.not_due)

    @property
    def average_delinquent(self) -> Decimal | None:
        """Average days delinquent: DSO less the best possible."""
        if self.dso is None or self.best_possible is None:
            return None
        return EXACT.subtract(self.dso, self.best_possible)

    def _in_days(self, amount: Decimal) -> Decimal | None:
        if self.sales <= 0:
            return None
        return EXACT.divide(EXACT.multiply(amount, Decimal(self.days)), self.sales)


def twelve_months(as_of: dt.date) -> int:
    """The days of the twelve months that end at `as_of`; from a month's end to that month's end."""
    if as_of.year == dt.MINYEAR:
        return as_of.timetuple().tm_yday
    last = monthrange(as_of.year - 1, as_of.month)[1]
    at_end = as_of.day == monthrange(as_of.year, as_of.month)[1]
    return (as_of - as_of.replace(year=as_of.year - 1, day=last if at_end else as_of.day)).days


@exact
def sales_outstanding(
    subledger: Subledger, as_of: dt.date, days: int | None = None
) -> tuple[SalesOutstanding, ...]:
    """The figures at the end of `as_of`, per currency; the last twelve months unless `days`."""
    days = twelve_months(as_of) if days is None else days
    state = subledger.at(as_of)
    receivables: dict[str, Decimal] = {}
    for (_, currency), balance in state.balances.items():
        receivables[currency] = receivables.get(currency, ZERO) + balance
    not_due: dict[str, Decimal] = {}
    for one in state.items:
        if one.item.overdue_days(as_of) <= 0:
            currency = one.item.currency
            not_due[currency] = not_due.get(currency, ZERO) + one.outstanding
    sales = gross_sales(subledger, as_of, days)
    return tuple(
        SalesOutstanding(
            currency,
            days,
            receivables.get(currency, ZERO),
            not_due.get(currency, ZERO),
            sales.get(currency, ZERO),
        )
        for currency in sorted({*receivables, *sales})
    )


def counted_back(
    receivables: Decimal, sales: Iterable[tuple[Decimal, int]]
) -> tuple[Decimal, Decimal]:
    """Days of sales by the countback method, and what of `receivables` is older than that.

    `sales` are (gross sales, days) of the periods, newest first: as long as the receivables cover
    a period's sales, all its days count; of the last one the part that they cover.
    """
    days, left = ZERO, receivables
    for amount, length in sales:
        if left <= 0:
            break
        covered = min(left, max(amount, ZERO))
        if amount > 0:
            days += EXACT.divide(EXACT.multiply(covered, Decimal(length)), amount)
        else:
            days += length
        left -= covered
    return days, left


@exact
def gross_sales(subledger: Subledger, as_of: dt.date, days: int) -> dict[str, Decimal]:
    """What was invoiced in the `days` days up to `as_of`, per currency, VAT included."""
    sums: dict[str, Decimal] = {}
    for item in subledger.items:
        if _in_period(item, as_of, days) and item.kind is Kind.ITEM and item.origin is None:
            sums[item.currency] = sums.get(item.currency, ZERO) + item.amount
    for credit in subledger.credits:
        if _in_period(credit, as_of, days) and credit.kind in _LESS_SALES:
            sums[credit.currency] = sums.get(credit.currency, ZERO) - credit.amount
    return sums


_LESS_SALES = frozenset({Kind.CREDIT_NOTE, Kind.CANCELLATION})


def _in_period(document: Item | Credit, as_of: dt.date, days: int) -> bool:
    age = (as_of - document.posted).days
    return 0 <= age < days and OPENING not in (document.transaction.tags or ())


@attrs.frozen(eq=False)
class Paid:
    """An invoice, or an instalment of one, that the customer has paid in full.

    `days_late` counts from the due date to the last payment; paid early it is negative.
    """

    item: Item
    paid: dt.date
    days_late: int


@exact
def paid_invoices(
    subledger: Subledger, as_of: dt.date, customers: Collection[str] = ()
) -> tuple[Paid, ...]:
    """The items settled by `as_of` whose last application was a payment, oldest payment first.

    What was credited, written off or transferred to a bill tells nothing of how a customer pays.
    """
    found = []
    for item in subledger.items:
        if item.posted > as_of or (customers and item.customer not in customers):
            continue
        last = _last_payment(item, as_of)
        if last is not None and item.due is not None:
            found.append(Paid(item, last, (last - item.due).days))
    return tuple(sorted(found, key=lambda one: (one.paid, one.item.index)))


def _last_payment(item: Item, as_of: dt.date) -> dt.date | None:
    """The day on which payments settled an item for good; None where they have not."""
    if item.outstanding(as_of):
        return None
    live: Iterable[Application] = [one for one in item.applications if one.live(as_of)]
    latest = max(live, key=lambda one: (one.date, one.seq), default=None)
    return latest.date if latest is not None and latest.credit.kind in PAYING else None
