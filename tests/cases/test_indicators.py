# SPDX-License-Identifier: GPL-2.0-or-later
"""Indicators of collection as credit managers' handbooks reckon them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from arledger.collection import SalesOutstanding, counted_back, sales_outstanding
from tests.cases.books import D, books
from tests.cases.conftest import Case

END = date(2024, 6, 30)


def rounded(days: Decimal | None, expected: str) -> Decimal:
    """Days to as many places as the handbook prints."""
    assert days is not None
    return days.quantize(Decimal(expected), ROUND_HALF_UP)


def figures(one: Any) -> SalesOutstanding:
    """A ledger with these sales in the period, this balance, and so much of it not yet due."""
    ar, sales = D(one.get("ar") or one["average_ar"]), D(one["sales"])
    current, first = D(one.get("current", "0")), END - timedelta(days=one["days"] - 1)
    unpaid = min(ar, sales)
    text = "".join(
        f"""
        {day} * "Sale" ^{number}
          Assets:Receivable:C1   {amount} USD
            due: {due}
          Income:Sales
        """
        for number, day, due, amount in (
            ("BEFORE", first - timedelta(days=1), first, ar - unpaid),
            ("OVERDUE", first, first, unpaid - current),
            ("CURRENT", END, END + timedelta(days=30), current),
            ("PAID", first, first, sales - unpaid),
        )
        if amount
    )
    if sales > unpaid:
        text += f"""
        {END} * "Receipt" ^PAID
          Assets:Bank   {sales - unpaid} USD
          Assets:Receivable:C1
        """
    (found,) = sales_outstanding(books(text), END, one["days"])
    assert (found.receivables, found.sales, found.not_due) == (ar, sales, current)
    return found


def test_days_sales_outstanding(case: Case) -> None:
    """The ratio, the best possible, and average days delinquent between the two."""
    *plain, _ = case("kpi_dso_add")["cases"]
    assert len(plain) == 4
    for one in plain:
        expected, found = one["expected"], figures(one)
        assert rounded(found.dso, expected["dso"]) == D(expected["dso"])
        if "add" in expected:
            assert rounded(found.best_possible, "1") == D(expected["best_possible"])
            assert rounded(found.average_delinquent, "1") == D(expected["add"])


def test_counted_back_over_months(case: Case) -> None:
    """The newest months whole, the last one in part."""
    (one,) = [one for one in case("kpi_dso_add")["cases"] if one.get("method") == "countback"]
    sales = [(D(amount), one["days_per_month"]) for amount in one["monthly_sales_newest_first"]]
    days, older = counted_back(D(one["ar"]), sales)
    assert rounded(days, one["expected"]["dso"]) == D(one["expected"]["dso"])
    assert older == 0
