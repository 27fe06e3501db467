# SPDX-License-Identifier: GPL-2.0-or-later
"""Textbooks on discounts for early payment."""

from __future__ import annotations

from datetime import date, timedelta

from arledger.discounts import discount_base, entitled
from tests.cases.books import D, amounts, books, rules
from tests.cases.conftest import Case

INVOICED = date(2024, 1, 1)


def test_discount_on_the_amount_after_returns(case: Case) -> None:
    """1000 less 100 returned: 2 % are 18, and 882 settle 900."""
    one, _ = case("textbook_cash_discount")["cases"]
    expected = one["expected"]
    paid = INVOICED + timedelta(days=one["paid_within"])
    before = f"""
        {INVOICED} custom "payment-terms" Assets:Receivable "{one["terms"]}"

        {INVOICED} * "Invoice" ^INV1
          Assets:Receivable:C1   {one["invoice"]} USD
          Income:Sales

        2024-01-05 * "Goods returned" ^INV1 #credit-note
          Income:Sales
          Assets:Receivable:C1  -{one["return"]} USD
        """
    (item,) = books(before).items
    assert discount_base(item, paid) == D(expected["ar_cleared"])
    assert entitled(item, paid, {}) == D(expected["discount"])

    cash_only = books(
        before,
        f"""
        {paid} * "Receipt" ^INV1
          Assets:Bank            {expected["cash"]} USD
          Assets:Receivable:C1
        """,
    )
    assert amounts(cash_only) == {"INV1": D(expected["discount"])}
    assert rules(cash_only, info=True) == ["discount-entitled"]

    posted = books(
        before,
        f"""
        {paid} * "Receipt, less discount" ^INV1
          Assets:Bank            {expected["cash"]} USD
          Expenses:Discounts     {expected["discount"]} USD
          Assets:Receivable:C1  -{expected["ar_cleared"]} USD
        """,
    )
    assert amounts(posted) == {}
    assert rules(posted, info=True) == []


def test_two_steps_of_discount(case: Case) -> None:
    """2/10 1/20 n/30: 2 % on day 8, 1 % from day 11 on, none from day 21 on."""
    _, one = case("textbook_cash_discount")["cases"]
    expected = one["expected"]
    paid = INVOICED + timedelta(days=one["paid_on_day"])
    subledger = books(
        f"""
        {INVOICED} custom "payment-terms" Assets:Receivable "{one["terms"]}"

        {INVOICED} * "Invoice" ^INV1
          Assets:Receivable:C1   {one["invoice"]} CNY
          Income:Sales

        {paid} * "Receipt, less discount" ^INV1
          Assets:Bank            {expected["cash"]} CNY
          Expenses:Discounts     {expected["discount"]} CNY
          Assets:Receivable:C1
        """
    )
    (item,) = subledger.items
    days = [entitled(item, INVOICED + timedelta(days=n), {}) for n in (10, 11, 20, 21)]
    assert days == [D(expected["discount"]), D(1100), D(1100), D(0)]
    assert amounts(subledger) == {}
    assert rules(subledger, info=True) == []
