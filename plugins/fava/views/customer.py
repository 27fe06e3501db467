# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Customer*: everything about one of them, and a list where none is chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.amount import Amount
from markupsafe import Markup

from arledger.aging import aging
from arledger.agreements import agreements
from arledger.collection import Paid, paid_invoices
from arledger.credit import credit
from arledger.findings import say
from arledger.language.accounts import Customer, ancestors
from arledger.language.policies import Policy
from arledger.money import EXACT, ZERO, exact
from arledger.open_items import open_items
from arledger.plugins.fava.asked import TOP
from arledger.plugins.fava.charts import Point, Series, lines, name_of
from arledger.plugins.fava.files import Table
from arledger.plugins.fava.page import Page, every_customer
from arledger.plugins.fava.views.exposure import exposure_charts
from arledger.statement import AccountStatement, statements

PAID_SHOWN = 60
ATTRIBUTES = {
    "segment": say("segment"),
    "salesperson": say("salesperson"),
    "group": say("group"),
    "payer": say("payer"),
    "language": say("language"),
    "email": say("email"),
}
# Those whose subject may be the customer itself or an account that it has.
CUSTOMERS_OWN = frozenset({"credit-limit", "credit-hold", "credit-rating"})
# In this order; what else is set for accounts says little of one customer.
SHOWN = (
    "credit-limit",
    "credit-hold",
    "credit-rating",
    "payment-terms",
    "allocation",
    "tolerance",
    "specific-allowance",
)


def show(page: Page) -> dict[str, Any]:
    """One customer, or the list."""
    if page.asked.customer is None:
        return _list(page)
    return _one(page, page.answers.ask(page.subledger, every_customer)[page.asked.customer])


# The list.


def _list(page: Page) -> dict[str, Any]:
    known = page.answers.ask(page.subledger, every_customer)
    wanted = page.asked.q.casefold()
    found = [
        one
        for one in known.values()
        if wanted in one.id.casefold() or wanted in one.name.casefold()
    ]
    shown = found if page.asked.everything else found[:TOP]
    owed: dict[str, list[tuple[str, Decimal]]] = {}
    for row in page.ask(aging, basis="due").rows:
        owed.setdefault(row.key, []).append((row.currency, row.total))
    return {
        "customer": None,
        "rows": [(one, owed.get(one.id, ())) for one in shown],
        "more": len(found) - len(shown),
    }


# One customer.


@attrs.frozen
class PolicyRow:
    """A policy that speaks for the customer: its history is the rows above and below it."""

    policy: Policy
    value: str
    in_force: bool


@attrs.frozen
class Payment:
    """How the customer has paid: days late per paid invoice, negative where it was early."""

    paid: Sequence[Paid]
    more: int
    count: int
    on_time: int
    median: Decimal
    average: Decimal
    chart: Markup


@exact
def _one(page: Page, customer: Customer) -> dict[str, Any]:
    wanted = (customer.id,)
    items = page.ask(open_items, customers=wanted)
    every = len(items) if page.asked.everything else TOP
    return {
        "customer": customer,
        "attributes": [
            (page.text(word), customer.attribute(name))
            for name, word in ATTRIBUTES.items()
            if customer.attribute(name)
        ],
        "credit": page.ask(credit, customers=wanted).rows,
        "exposures": exposure_charts(page, customer.id),
        "policies": policies(page, customer),
        "items": items[:every],
        "items_more": max(0, len(items) - every),
        "statements": _statements(page),
        "agreements": _agreements(page, customer.id),
        "payment": payment(page, customer.id),
        "since": first_day(page),
        "word": page.kind,
        "notes": list(_notes(page, customer)),
        "days": lambda row: max(0, row.document.overdue_days(page.as_of)) if row.due else 0,
    }


def policies(page: Page, customer: Customer) -> list[PolicyRow]:
    """Those whose subject is the customer, or an account of it or above it; the latest first."""
    subjects = {customer.id}
    for account in customer.accounts:
        subjects |= {account, *ancestors(account)}
    found = [
        PolicyRow(policy, _value(page, policy), _in_force(page, policy, customer))
        for policy in page.subledger.policies.policies
        if policy.subject in subjects and policy.start <= page.as_of and policy.directive in SHOWN
    ]
    return sorted(
        found,
        key=lambda row: (
            SHOWN.index(row.policy.directive),
            row.policy.key,
            -row.policy.start.toordinal(),
        ),
    )


def _in_force(page: Page, policy: Policy, customer: Customer) -> bool:
    """Whether it is what decides on the page's day, for the customer or an account of it."""
    book = page.subledger.policies
    if policy.directive in CUSTOMERS_OWN:
        return policy in book.of_customer(policy.directive, customer.id).at(page.as_of)
    return any(
        policy in book.timeline(policy.directive, customer.id, account).at(page.as_of)
        for account in customer.accounts
    )


def _value(page: Page, policy: Policy) -> str:
    """What the directive says, after its subject."""
    return " ".join(_word(page, one.value) for one in (policy.entry.values or ())[1:])


def _word(page: Page, value: Any) -> str:
    if isinstance(value, Amount):
        return f"{page.number(value.number or ZERO, value.currency)} {value.currency}"
    if isinstance(value, bool):
        return page.t("yes") if value else page.t("no")
    return page.hidden(str(value)) if isinstance(value, Decimal) else str(value)


# Statement of account.


@attrs.frozen
class Shown:
    """A statement with the last of its lines; `more` come before them."""

    statement: AccountStatement
    lines: Sequence[Any]
    more: int


def first_day(page: Page) -> dt.date:
    """The first day of the movements: the one asked for, else the start of the day's year."""
    return page.asked.since or page.as_of.replace(month=1, day=1)


def _statements(page: Page) -> list[Shown]:
    customers = frozenset({page.asked.customer or ""})
    found = page.ask(statements, start=first_day(page), customers=customers)
    return [_shown(page, one) for one in found]


def _shown(page: Page, one: AccountStatement) -> Shown:
    every = len(one.lines) if page.asked.everything else TOP
    more = max(0, len(one.lines) - every)
    return Shown(one, one.lines[more:], more)


def _agreements(page: Page, customer: str) -> list[Any]:
    return [one for one in page.ask(agreements) if one.statement.customer == customer]


# How it pays.


def payment(page: Page, customer: str) -> Payment | None:
    """Days late per paid invoice; None where none was ever paid in full."""
    paid = page.ask(paid_invoices, customers=(customer,))
    if not paid:
        return None
    late = sorted(Decimal(one.days_late) for one in paid)
    half = len(late) // 2
    median = late[half] if len(late) % 2 else EXACT.divide(late[half - 1] + late[half], Decimal(2))
    latest = paid[-PAID_SHOWN:]
    return Payment(
        tuple(reversed(latest)),
        len(paid) - len(latest),
        len(paid),
        sum(1 for days in late if days <= 0),
        median,
        EXACT.divide(sum(late, ZERO), Decimal(len(late))),
        _late_chart(page, customer, latest),
    )


def _late_chart(page: Page, customer: str, paid: Sequence[Paid]) -> Markup:
    points = [
        Point(
            one.paid,
            Decimal(one.days_late),
            f"{one.item.id} {page.t('{days} days late', days=one.days_late)}",
            page.context(one.item.transaction),
        )
        for one in paid
    ]
    highest = max(0, *(one.days_late for one in paid), 0)
    lowest = min(0, *(one.days_late for one in paid), 0)
    return lines(
        [Series(page.t("Days late"), "ar-line-1", points, joined=False)],
        page.t("Days late of each paid invoice, by the day it was paid"),
        name_of("late", customer),
        page.t("{days} days late", days=highest),
        page.t("{days} days late", days=lowest) if lowest else page.t("on time"),
    )


# What else the ledger says.


@attrs.frozen
class Remark:
    """A note or a document on one of the customer's accounts."""

    date: dt.date
    text: str
    href: str | None
    entry: Any


def _notes(page: Page, customer: Customer) -> Iterable[Remark]:
    """Notes and documents up to the page's day, the latest first."""
    accounts = frozenset(customer.accounts)
    by_type = page.ledger.all_entries_by_type
    found = [
        *(
            Remark(one.date, one.comment, None, one)
            for one in by_type.Note
            if one.account in accounts
        ),
        *(
            Remark(
                one.date,
                one.filename.replace("\\", "/").rpartition("/")[2],
                page.links.document(one.filename),
                one,
            )
            for one in by_type.Document
            if one.account in accounts
        ),
    ]
    return sorted(
        (one for one in found if one.date <= page.as_of),
        key=lambda one: (-one.date.toordinal(), one.text),
    )


def table(page: Page) -> Table:
    """The open items of the customer, or of all, as the command line's CSV has them."""
    customers = (page.asked.customer,) if page.asked.customer else ()
    header = (
        "customer",
        "name",
        "account",
        "item",
        "kind",
        "instalment",
        "date",
        "due",
        "currency",
        "amount",
        "outstanding",
    )
    rows = (
        [
            row.customer,
            row.name,
            row.account,
            row.item,
            row.kind,
            row.instalment,
            str(row.date),
            None if row.due is None else str(row.due),
            row.currency,
            page.cell(row.amount, row.currency),
            page.cell(row.outstanding, row.currency),
        ]
        for row in page.ask(open_items, customers=customers)
    )
    return Table("open-items", header, rows)
