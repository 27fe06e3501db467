# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledgers for the cases, and what the cases ask of them.

A ledger is written in blocks, so that a figure taken from a case can stand in the middle of one.
Every one of them must load without an error of Beancount's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from textwrap import dedent

import attrs
from beancount import loader

from arledger import check
from arledger.advances import advances
from arledger.credit import CreditRow, credit
from arledger.open_items import open_items
from arledger.subledger.advances import Standing
from arledger.subledger.subledger import Subledger, subledger_of

D = Decimal
EVER = date(2100, 1, 1)
CUSTOMER = "C1"

ACCOUNTS = """
    2000-01-01 open Assets:Receivable:C1
      customer: "C1"
    2000-01-01 open Liabilities:Advances:C1
      customer: "C1"
    2000-01-01 open Assets:Bank
    2000-01-01 open Assets:Allowance
    2000-01-01 open Equity:Opening
    2000-01-01 open Income:Sales
    2000-01-01 open Income:Differences
    2000-01-01 open Liabilities:VAT
    2000-01-01 open Expenses:CreditLoss
    2000-01-01 open Expenses:Differences
    2000-01-01 open Expenses:Discounts
    """

NET_30 = """
    2000-01-01 custom "payment-terms" Assets:Receivable "net 30"
    """

FIFO = """
    2000-01-01 custom "allocation" Assets:Receivable "fifo"
    """


def books(*blocks: str) -> Subledger:
    """The subledger of a ledger: the chart of accounts above, and these blocks."""
    text = "\n".join(dedent(block) for block in (ACCOUNTS, *blocks))
    entries, errors, options = loader.load_string(text)
    assert errors == []
    return subledger_of(entries, options)


@attrs.frozen(order=True)
class Row:
    """An open item (or a credit, its figures negative): what it was, was settled, and is open.

    `by` is what settled it, by kind: receipt, credit-note, advance …
    """

    number: str
    amount: Decimal
    open: Decimal
    by: Mapping[str, Decimal] = attrs.field(factory=dict, order=False)


def rows(subledger: Subledger, day: date = EVER, *, settled: bool = False) -> list[Row]:
    """What is open at the end of a day, instalments apart, oldest due first, credits last."""
    found = []
    for one in open_items(subledger, day, settled=settled):
        by: dict[str, Decimal] = {}
        for applied in one.applications:
            by[applied.kind] = by.get(applied.kind, D(0)) + applied.amount
        assert one.amount - sum(by.values()) == one.outstanding
        found.append(Row(one.item, one.amount, one.outstanding, by))
    return found


def amounts(subledger: Subledger, day: date = EVER) -> dict[str, Decimal]:
    """What is open at the end of a day, by number, an invoice's instalments together."""
    sums: dict[str, Decimal] = {}
    for row in rows(subledger, day):
        sums[row.number] = sums.get(row.number, D(0)) + row.open
    return sums


def applied_to(subledger: Subledger, credit_number: str) -> dict[str, Decimal]:
    """What a credit was applied to, for ever, by the item's number."""
    sums: dict[str, Decimal] = {}
    for application in subledger.applications:
        if application.credit.number == credit_number and application.live(EVER):
            number = application.item.id
            sums[number] = sums.get(number, D(0)) + application.live(EVER)
    return sums


def rules(subledger: Subledger, day: date | None = None, *, info: bool = False) -> list[str]:
    """The rules found broken up to a day, by date; what is merely worth knowing on request."""
    return [f.rule for f in check.find(subledger, day) if info or f.severity != "info"]


def standing(subledger: Subledger, number: str, day: date = EVER) -> Standing:
    """How an advance stands at the end of a day."""
    (one,) = [a for a in advances(subledger, day, settled=True).rows if a.item == number]
    return one.standing


def credit_row(subledger: Subledger, day: date = EVER) -> CreditRow:
    """The one line of the customer's limit and exposure."""
    (row,) = credit(subledger, day, customers=(CUSTOMER,)).rows
    return row
