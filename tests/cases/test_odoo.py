# SPDX-License-Identifier: GPL-2.0-or-later
"""What Odoo's own tests expect of due dates and early-payment discounts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from arledger import check
from arledger.discounts import entitled
from tests.cases.books import EVER, D, amounts, books, rules
from tests.cases.conftest import Case

# odoo_payment_term_due_dates ---------------------------------------------------------


def test_due_dates(case: Case) -> None:
    """Each term on an invoice of each day, in the case's own words."""
    invoices: list[str] = []
    expected: dict[str, date] = {}
    for one in case("odoo_payment_term_due_dates")["cases"]:
        for day, due in one["map"].items():
            number = f"INV{len(invoices) + 1}"
            expected[number] = due
            invoices.append(
                f"""
                {day} * "Invoice" ^{number}
                  terms: "{one["term"]}"
                  Assets:Receivable:C1   1.00 EUR
                  Income:Sales
                """
            )
    subledger = books(*invoices)
    assert len(expected) == 15
    assert {item.number: item.due for item in subledger.items} == expected
    assert rules(subledger) == []


# odoo_early_payment_discount ---------------------------------------------------------

TERMS = """
    2019-01-01 custom "payment-terms" Assets:Receivable "10/10 net 30"
    """


def test_last_day_of_the_discount(case: Case) -> None:
    """10 % within 10 days: the tenth day is in, the eleventh out."""
    scenario, *_ = case("odoo_early_payment_discount")["scenarios"]
    subledger = books(
        TERMS,
        f"""
        {scenario["invoice_date"]} * "Invoice" ^INV1
          Assets:Receivable:C1   1000.00 EUR
          Income:Sales
        """,
    )
    (item,) = subledger.items
    last = scenario["expected_discount_until"]
    assert entitled(item, last, {}) == D(100)
    assert entitled(item, last + timedelta(days=1), {}) == 0


def paid_with_discount(case: Case, at: int, day: date) -> str:
    """The case's invoices, and the receipt that settles them less discount and its tax."""
    scenario = case("odoo_early_payment_discount")["scenarios"][at]
    expected = scenario["expected"]
    gross = scenario.get("batch") or [scenario.get("gross", scenario["net"])]
    raised = "".join(
        f"""
        2019-01-01 * "Invoice" ^INV{number}
          Assets:Receivable:C1     {amount} EUR
          Income:Sales
        """
        for number, amount in enumerate(gross, 1)
    )
    credits = "".join(
        f"""
          Assets:Receivable:C1    -{amount} EUR
            invoice: "INV{number}\""""
        for number, amount in enumerate(gross, 1)
    )
    return f"""{raised}
        {day} * "Receipt" ^RCP1
          Assets:Bank              {expected["cash"]} EUR
          Expenses:Discounts       {expected["discount"]} EUR
          Liabilities:VAT          {expected.get("tax_correction", "0")} EUR{credits}
        """


@pytest.mark.parametrize("at", [1, 2, 3])
def test_discount_taken_in_time(case: Case, at: int) -> None:
    """The receipt, the discount and its tax settle the gross amount: nothing is left.

    The discount of the whole invoice is Odoo's discount and its correction of the tax together.
    """
    scenario = case("odoo_early_payment_discount")["scenarios"][at]
    expected = scenario["expected"]
    day = scenario.get("paid", date(2019, 1, 11))
    subledger = books(TERMS, paid_with_discount(case, at, day))
    receivable = sum(credit.amount for credit in subledger.credits)
    assert -receivable == D(expected["AR"])
    both = D(expected["discount"]) + D(expected.get("tax_correction", "0"))
    assert sum(entitled(item, day, {}) for item in subledger.items) == both
    assert amounts(subledger) == {}
    assert rules(subledger, EVER, info=True) == []


@pytest.mark.parametrize("at", [1, 2, 3])
def test_discount_taken_too_late(case: Case, at: int) -> None:
    """The same entry a day after the last is found (early-payment discount: taken too late)."""
    subledger = books(TERMS, paid_with_discount(case, at, date(2019, 1, 12)))
    assert amounts(subledger) == {}
    assert rules(subledger, EVER, info=True) == ["discount-late"]


def test_discount_earned_and_not_posted(case: Case) -> None:
    """Ours (early-payment discount: only what is posted settles) proposes what Odoo posts."""
    scenario = case("odoo_early_payment_discount")["scenarios"][1]
    expected = scenario["expected"]
    subledger = books(
        TERMS,
        f"""
        {scenario["invoice_date"]} * "Invoice" ^INV1
          Assets:Receivable:C1     {scenario["net"]} EUR
          Income:Sales

        {scenario["paid"]} * "Receipt"
          Assets:Bank
          Assets:Receivable:C1    -{expected["cash"]} EUR
            invoice: "INV1"
        """,
    )
    assert amounts(subledger) == {"INV1": D(expected["discount"])}
    (found,) = check.find(subledger)
    assert found.rule == "discount-entitled"
    assert f"{expected['discount']} EUR" in found.message


def test_tax_on_the_discounted_base(case: Case) -> None:
    """How an invoice's tax is computed is the invoice's: the item is its gross amount."""
    *_, scenario = case("odoo_early_payment_discount")["scenarios"]
    expected = scenario["expected"]
    subledger = books(
        TERMS,
        f"""
        2019-01-01 * "Invoice" ^INV1
          Assets:Receivable:C1
          Income:Sales            -{scenario["net"]} EUR
          Liabilities:VAT         -{expected["tax"]} EUR
        """,
    )
    assert amounts(subledger) == {"INV1": D(expected["total"])}
