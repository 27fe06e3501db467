# SPDX-License-Identifier: GPL-2.0-or-later
"""What OCA's users and tests expect of the aging and of financial risk."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from arledger.aging import aging
from arledger.language.buckets import day_buckets
from tests.cases.books import NET_30, D, amounts, books, credit_row, rules
from tests.cases.conftest import Case

# oca_aged_partner_balance_383 --------------------------------------------------------


def test_not_due_has_its_own_column(case: Case) -> None:
    """The bug merged what is not due with what is up to 30 days late, and shifted every column."""
    figures = case("oca_aged_partner_balance_383")
    question, expected = figures["question"], figures["expected"]
    assert question["basis"] == "due_date"
    edges = [int(label.split("-")[1]) for label in question["buckets"] if "-" in label]
    invoices = [
        f"""
        {one["date"]} * "Invoice" ^{one["invoice"]}
          due: {one["due"]}
          Assets:Receivable:C1   {one["amount"]} EUR
          Income:Sales
        """
        for one in figures["events"]
    ]
    days = " ".join(map(str, edges))
    policy = f'2017-01-01 custom "aging-buckets" Assets:Receivable {days}'
    answer = aging(books(*invoices, policy), question["as_of"], basis="due")
    ours = ["not-due", *question["buckets"][1:]]
    assert list(answer.labels) == ours
    (row,) = answer.rows
    assert dict(zip(ours, row.buckets, strict=True)) == {
        label: D(expected[theirs]) for label, theirs in zip(ours, question["buckets"], strict=True)
    }
    assert row.total == sum(D(event["amount"]) for event in figures["events"])
    assert aging(books(*invoices), question["as_of"], buckets=day_buckets(edges)).labels == tuple(
        ours
    )


# oca_financial_risk ------------------------------------------------------------------
#
# Orders and their sub-limits (scenarios 4 to 7) are no receivables: they are outside, here as in
# every ledger of what has been invoiced.

TODAY = date(2024, 3, 1)
OVERDUE = date(2024, 2, 28)


def invoice(amount: str, due: date, flag: str = "*") -> str:
    """One posted receivable."""
    return f"""
        2024-02-01 {flag} "Invoice" ^INV1
          due: {due}
          Assets:Receivable:C1   {amount} EUR
          Income:Sales
        """


def test_every_scenario_is_looked_at(case: Case) -> None:
    """The tests below speak of scenarios by their place."""
    scenarios = case("oca_financial_risk")["scenarios"]
    assert len(scenarios) == 11
    orders = [at for at, one in enumerate(scenarios) if {"order", "orders"} & one.keys()]
    assert orders == [4, 5, 6, 7]


def test_draft_invoice_counts(case: Case) -> None:
    """OCA counts drafts by choice; here a transaction flagged `!` counts like any other."""
    scenario = case("oca_financial_risk")["scenarios"][0]
    assert scenario["include"] == ["draft"]
    subledger = books(invoice(scenario["draft_invoice"], TODAY, "!"))
    assert credit_row(subledger, TODAY).exposure == D(scenario["expected"]["total"])


def test_posted_and_overdue(case: Case) -> None:
    """Exposure against the limit. Of sub-limits, which OCA has, we have none: overdue is shown."""
    scenario = case("oca_financial_risk")["scenarios"][1]
    low, high, with_sublimit = scenario["checks"]
    text = invoice(scenario["posted_overdue_invoice"], OVERDUE)
    for one in (low, high):
        subledger = books(
            text,
            f"""
            2024-01-01 custom "credit-limit" "C1" {one["limit"]} EUR
            """,
        )
        row = credit_row(subledger, TODAY)
        assert row.exposure == D(scenario["posted_overdue_invoice"])
        assert (row.exposure > D(one["limit"])) is one["exceeded"]
        assert row.available == D(one["limit"]) - row.exposure
        assert rules(subledger, TODAY) == (["limit-exceeded"] if one["exceeded"] else [])
        assert row.overdue == D(scenario["posted_overdue_invoice"])
    assert row.overdue is not None
    assert (row.overdue > D(with_sublimit["unpaid_sublimit"])) is with_sublimit["exceeded"]


@pytest.mark.parametrize("at", [2, 3])
def test_overdue_without_days_of_grace(case: Case, at: int) -> None:
    """Two days late is overdue. OCA's three days of grace would call it open.

    Ours (bucket edges: not due is days <= 0) knows no grace; a customer's longer terms are its
    payment terms, or the `due:` of an invoice.
    """
    scenario = case("oca_financial_risk")["scenarios"][at]
    assert scenario["due"] == "today-2"
    amount = scenario["other_receivable"]
    row = credit_row(books(invoice(amount, TODAY - timedelta(days=2))), TODAY)
    assert (row.exposure, row.overdue) == (D(amount), D(amount))
    if not scenario["grace_days"]:
        assert row.overdue == D(scenario["expected"]["overdue"])
        return
    later = TODAY + timedelta(days=scenario["grace_days"] - 2)
    row = credit_row(books(invoice(amount, later)), TODAY)
    assert row.overdue == D(scenario["expected"]["overdue"])
    assert row.exposure == D(scenario["expected"]["open"])


def test_returned_payment_is_exposure_again(case: Case) -> None:
    """A payment that comes back restores the exposure; when the return is undone it is gone."""
    scenario = case("oca_financial_risk")["scenarios"][8]
    text = f"""
        2024-02-01 * "Invoice" ^INV1
          Assets:Receivable:C1    {scenario["paid_invoice"]} EUR
          Income:Sales

        2024-02-10 * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1   -{scenario["paid_invoice"]} EUR
            invoice: "INV1"

        2024-02-15 * "The payment was returned"
          Assets:Receivable:C1    {scenario["payment_returned"]} EUR
            reverses: "RCP1"
          Assets:Bank

        2024-02-20 * "The return was a mistake: paid after all" ^RCP2
          Assets:Bank
          Assets:Receivable:C1   -{scenario["payment_returned"]} EUR
            invoice: "INV1"
        """
    limit = """
        2024-01-01 custom "credit-limit" "C1" 1000 EUR
        """
    subledger = books(NET_30, text, limit)
    exposures = [credit_row(subledger, date(2024, 2, day)).exposure for day in (10, 15, 20)]
    assert exposures == [
        D(0),
        D(scenario["expected"]["returned_risk"]),
        D(scenario["return_cancelled"]["returned_risk"]),
    ]
    assert amounts(subledger, date(2024, 2, 15)) == {"INV1": D(scenario["payment_returned"])}
    assert rules(subledger) == []


def test_own_limit_beats_the_default(case: Case) -> None:
    """A customer's own limit counts, not the default, be it the lower.

    What part of it an insurer bears is outside; where the insured amount is the higher (the last
    scenario) the limit is raised by a directive, as any other decision is.
    """
    lower, insured = case("oca_financial_risk")["scenarios"][9:]
    default = f"""
        2024-01-01 custom "credit-limit" Assets:Receivable {lower["default_limit"]} EUR
        """
    own = f"""
        2024-01-02 custom "credit-limit" "C1" {lower["own_limit"]} EUR
        """
    raised = f"""
        2024-01-03 custom "credit-limit" "C1" {insured["insured"]} EUR
          reason: "insured"
        """
    text = invoice("10", TODAY)
    subledger = books(text, default, own, raised)
    limits = [credit_row(subledger, date(2024, 1, day)).limit for day in (1, 2, 3)]
    assert limits == [
        D(lower["default_limit"]),
        D(lower["expected"]["total_limit"]),
        D(insured["expected"]["total_limit"]),
    ]
