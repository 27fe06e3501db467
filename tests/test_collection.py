# SPDX-License-Identifier: GPL-2.0-or-later
"""Days sales outstanding, and how late invoices are paid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from beancount import loader

from arledger.collection import (
    counted_back,
    gross_sales,
    paid_invoices,
    sales_outstanding,
    twelve_months,
)
from arledger.subledger.subledger import Subledger, subledger_of

HEAD = """\
2022-01-01 open Assets:Receivable:C1
  customer: "C1"
2022-01-01 open Assets:Receivable:C1:Bills
2022-01-01 open Assets:Bank
2022-01-01 open Income:Sales
2022-01-01 open Expenses:CreditLoss
2022-01-01 open Equity:Opening
"""


def book(text: str) -> Subledger:
    """A customer's ledger."""
    entries, errors, options = loader.load_string(HEAD + text)
    assert errors == []
    return subledger_of(entries, options)


def sale(day: str, number: str, amount: int, due: str, *, opening: bool = False) -> str:
    """An invoice."""
    tag, other = ("#opening", "Equity:Opening") if opening else ("", "Income:Sales")
    return (
        f'{day} * "Sale" ^{number} {tag}\n  Assets:Receivable:C1  {amount}.00 CNY\n'
        f"    due: {due}\n  {other}\n"
    )


def receipt(day: str, number: str, amount: int, tag: str = "", other: str = "Assets:Bank") -> str:
    """Money, or what stands for it."""
    return (
        f'{day} * "Credit" {tag}\n  {other}  {amount}.00 CNY\n'
        f'  Assets:Receivable:C1  -{amount}.00 CNY\n    invoice: "{number}"\n'
    )


JUNE = dt.date(2024, 6, 30)


def test_dso_divides_gross_sales_less_credit_notes() -> None:
    """Opening balances, receipts and transfers to bills are no sales."""
    subledger = book(
        sale("2024-01-01", "OLD", 900, "2024-01-31", opening=True)
        + sale("2024-02-01", "A", 3000, "2024-03-01")
        + sale("2024-06-01", "B", 700, "2024-07-31")
        + receipt("2024-03-01", "A", 2000)
        + receipt("2024-03-05", "A", 100, "#credit-note", "Income:Sales")
        + '2024-04-01 * "Bill"\n  Assets:Receivable:C1:Bills  900.00 CNY\n    invoice: "OLD"\n'
        '    due: 2024-10-01\n  Assets:Receivable:C1  -900.00 CNY\n    invoice: "OLD"\n'
    )
    (figures,) = sales_outstanding(subledger, JUNE)
    assert [figures.receivables, figures.not_due, figures.sales, figures.days] == [
        2500,
        1600,
        3600,
        366,
    ]
    assert round(figures.dso or 0, 20) == round(Decimal(2500) * 366 / 3600, 20)
    assert round(figures.best_possible or 0, 20) == round(Decimal(1600) * 366 / 3600, 20)
    assert figures.average_delinquent == Decimal("91.5")


def test_the_period_has_both_ends() -> None:
    """The first of its days counts, the day before doesn't; nor does the day after its end."""
    subledger = book(
        sale("2023-06-30", "A", 1, "2023-06-30")
        + sale("2023-07-01", "B", 10, "2023-07-01")
        + sale("2024-06-30", "C", 100, "2024-06-30")
        + sale("2024-07-01", "D", 1000, "2024-07-01")
    )
    assert gross_sales(subledger, JUNE, twelve_months(JUNE)) == {"CNY": 110}


@pytest.mark.parametrize(
    ("day", "days"),
    [("2024-06-30", 366), ("2023-06-30", 365), ("2024-02-29", 366), ("2025-02-28", 365)],
)
def test_twelve_months(day: str, days: int) -> None:
    """With a leap day they are longer."""
    assert twelve_months(dt.date.fromisoformat(day)) == days


def test_the_first_year_of_the_calendar() -> None:
    """There is no year before it."""
    assert twelve_months(dt.date(1, 12, 31)) == 365


def test_no_sales_no_ratio() -> None:
    """A balance brought forward alone has no DSO."""
    subledger = book(sale("2024-01-01", "OLD", 900, "2024-01-31", opening=True))
    (figures,) = sales_outstanding(subledger, JUNE)
    assert (figures.dso, figures.best_possible, figures.average_delinquent) == (None, None, None)


def test_days_late_count_to_the_last_payment() -> None:
    """Early is negative; what was not paid, or not by money, is left out."""
    subledger = book(
        sale("2024-01-01", "EARLY", 100, "2024-01-31")
        + sale("2024-01-01", "LATE", 100, "2024-01-31")
        + sale("2024-01-01", "OPEN", 100, "2024-01-31")
        + sale("2024-01-01", "GONE", 100, "2024-01-31")
        + receipt("2024-01-20", "EARLY", 100)
        + receipt("2024-01-25", "LATE", 60)
        + receipt("2024-03-01", "LATE", 40)
        + receipt("2024-01-25", "OPEN", 60)
        + receipt("2024-02-01", "GONE", 100, "#write-off", "Expenses:CreditLoss")
    )
    assert [
        (one.item.number, one.paid.isoformat(), one.days_late)
        for one in paid_invoices(subledger, JUNE)
    ] == [
        ("EARLY", "2024-01-20", -11),
        ("LATE", "2024-03-01", 30),
    ]
    assert [one.item.number for one in paid_invoices(subledger, dt.date(2024, 2, 29))] == ["EARLY"]
    assert paid_invoices(subledger, JUNE, ["C2"]) == ()


def test_counting_back_past_months_without_sales() -> None:
    """An empty month counts its days; what no month covers is left."""
    days, older = counted_back(
        Decimal(150), [(Decimal(100), 31), (Decimal(0), 30), (Decimal(25), 31)]
    )
    assert [days, older] == [92, 25]
    assert list(counted_back(Decimal(0), [(Decimal(100), 31)])) == [0, 0]
