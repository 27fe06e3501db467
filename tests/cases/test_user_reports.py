# SPDX-License-Identifier: GPL-2.0-or-later
"""What users of other systems reported: small differences, and matches that were destroyed.

How a bank line finds its document is matching, which is not the replay's: here stands what the
ledger makes of what has been booked.
"""

from __future__ import annotations

from datetime import date

import pytest

from arledger import check
from arledger.subledger.subledger import Subledger
from tests.cases.books import FIFO, NET_30, D, amounts, applied_to, books, rules
from tests.cases.conftest import Case

# issue_small_differences -------------------------------------------------------------


def invoice_and_receipt(invoice: str, receipt: str, *more: str) -> Subledger:
    """An invoice, a receipt that names it, and what else there is."""
    return books(
        NET_30,
        f"""
        2024-01-10 * "Invoice" ^INV1
          Assets:Receivable:C1    {invoice} EUR
          Income:Sales

        2024-01-20 * "Receipt"
          Assets:Bank
          Assets:Receivable:C1   -{receipt} EUR
            receipt: "RCP1"
            invoice: "INV1"
        """,
        *more,
    )


def tolerance(amount: str) -> str:
    """The policy within which a closing entry is proposed."""
    return f"""
        2024-01-01 custom "tolerance" Assets:Receivable {amount} EUR
        """


def test_a_cent_too_much(case: Case) -> None:
    """42.42 for 42.41: the invoice is paid, and the cent is a gain once it is posted as one.

    Ours (small difference: nothing is closed silently; within `tolerance` the closing entry is
    proposed) leaves the cent unapplied until then.
    """
    scenario = case("issue_small_differences")["scenarios"][0]
    expected = scenario["expected"]
    within = tolerance(scenario["tolerance"])
    subledger = invoice_and_receipt(scenario["invoice"], scenario["bank"], within)
    assert amounts(subledger) == {"RCP1": -D(expected["gain"])}
    assert "small-difference" in rules(subledger, info=True)
    closed = invoice_and_receipt(
        scenario["invoice"],
        scenario["bank"],
        within,
        f"""
        2024-01-20 * "Small difference"
          Assets:Receivable:C1    {expected["gain"]} EUR
            receipt: "RCP1"
          Income:Differences
        """,
    )
    assert amounts(closed) == {}
    assert D(expected["bank_unreconciled"]) == 0
    assert rules(closed, info=True) == []


def test_a_cent_too_little(case: Case) -> None:
    """42.41 for 42.42: a cent is open; within the tolerance its closing is proposed."""
    scenario = case("issue_small_differences")["scenarios"][1]
    loss = scenario["expected"]["loss"]
    subledger = invoice_and_receipt(
        scenario["invoice"], scenario["bank"], tolerance(scenario["tolerance"])
    )
    assert amounts(subledger) == {"INV1": D(loss)}
    (found,) = check.find(subledger)
    assert (found.rule, found.severity, found.item) == ("small-difference", "info", "INV1")
    assert f"{loss} EUR" in found.remedy
    without = invoice_and_receipt(scenario["invoice"], scenario["bank"])
    assert rules(without, info=True) == []


@pytest.mark.parametrize(
    ("at", "account"), [(1, "Expenses:Differences"), (2, "Expenses:CreditLoss")]
)
def test_what_is_missing_goes_where_the_accountant_says(case: Case, at: int, account: str) -> None:
    """The closing entry settles the invoice, with two decimals or three, on any account."""
    scenario = case("issue_small_differences")["scenarios"][at]
    expected = scenario["expected"]
    difference = expected.get("loss") or expected["difference"]
    subledger = invoice_and_receipt(
        scenario["invoice"],
        scenario["bank"],
        f"""
        2024-01-20 * "Small difference"
          {account}
          Assets:Receivable:C1   -{difference} EUR
            invoice: "INV1"
        """,
    )
    assert D(scenario["invoice"]) - D(scenario["bank"]) == D(difference)
    assert amounts(subledger) == {}
    assert rules(subledger, info=True) == []


def test_three_decimals_do_not_drift(case: Case) -> None:
    """18230.000 less 17592.415 leave 637.585, and never 637.590."""
    scenario = case("issue_small_differences")["scenarios"][3]
    subledger = books(
        NET_30,
        FIFO,
        f"""
        2024-01-10 * "Invoice" ^INV1
          Assets:Receivable:C1    {scenario["allocate_first"]} KWD
          Income:Sales

        2024-01-20 * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1   -{scenario["receipt"]} KWD
        """,
    )
    assert applied_to(subledger, "RCP1") == {"INV1": D(scenario["allocate_first"])}
    assert amounts(subledger) == {"RCP1": -D(scenario["expected_left"])}
    assert D(scenario["forbidden_left"]) != D(scenario["expected_left"])


def test_adjustment_closes_both(case: Case) -> None:
    """464.19 for 464.09, and 0.10 adjusted: nothing is open."""
    scenario = case("issue_small_differences")["scenarios"][4]
    subledger = invoice_and_receipt(
        scenario["invoice"],
        scenario["receipt"],
        f"""
        2024-01-31 * "Adjustment"
          Assets:Receivable:C1    {scenario["adjustment"]} EUR
            receipt: "RCP1"
          Income:Differences
        """,
    )
    assert amounts(subledger, date(2024, 1, 30)) == {"RCP1": -D(scenario["adjustment"])}
    assert len(amounts(subledger)) == scenario["expected_open_items"] == 0
    assert rules(subledger) == []


def test_two_halves(case: Case) -> None:
    """An invoice paid in two halves: after the first a half is open, after the second nothing."""
    *_, scenario = case("issue_small_differences")["scenarios"]
    assert len(case("issue_small_differences")["scenarios"]) == 6
    first, second = scenario["bank"]
    subledger = invoice_and_receipt(
        scenario["invoice"],
        first,
        f"""
        2024-01-25 * "Receipt"
          Assets:Bank
          Assets:Receivable:C1   -{second} EUR
            receipt: "RCP2"
            invoice: "INV1"
        """,
    )
    half = scenario["expected_after_first"]
    assert applied_to(subledger, "RCP1") == {"INV1": D(half["allocated"])}
    assert amounts(subledger, date(2024, 1, 24)) == {"INV1": D(half["open"])}
    assert D(scenario["expected_after_second"]["open"]) == 0
    assert amounts(subledger) == {}


# issue_auto_match_keeps_manual -------------------------------------------------------


def test_automatic_keeps_manual(case: Case) -> None:
    """A receipt that fifo applies leaves alone what an earlier one was named for (undoing)."""
    scenario = case("issue_auto_match_keeps_manual")["scenarios"][0]
    invoice, by_hand, automatic = (scenario[k] for k in ("invoice", "receipt1", "receipt2"))
    subledger = books(
        NET_30,
        FIFO,
        f"""
        2024-01-10 * "Invoice" ^{invoice["ref"]}
          Assets:Receivable:C1    {invoice["amount"]} EUR
          Income:Sales

        2024-01-20 * "Receipt, matched by hand"
          Assets:Bank
          Assets:Receivable:C1   -{by_hand["amount"]} EUR
            receipt: "{by_hand["ref"]}"
            invoice: "{invoice["ref"]}"

        2024-01-25 * "Receipt" ^RCP2
          Assets:Bank
          Assets:Receivable:C1   -{automatic["amount"]} EUR
        """,
    )
    expected = scenario["expected"]
    assert expected["manual_match_kept"] is True
    assert applied_to(subledger, by_hand["ref"]) == {invoice["ref"]: D(by_hand["amount"])}
    assert applied_to(subledger, "RCP2") == {invoice["ref"]: D(automatic["amount"])}
    assert amounts(subledger) == {invoice["ref"]: D(expected["open"])}


def test_automatic_keeps_a_refund(case: Case) -> None:
    """All three together, a credit of 50 left: the first of the case's two right answers."""
    scenario = case("issue_auto_match_keeps_manual")["scenarios"][1]
    refund = scenario["refund"]
    subledger = books(
        NET_30,
        FIFO,
        f"""
        2024-01-10 * "Invoice" ^INV1
          Assets:Receivable:C1    {scenario["invoice"]} EUR
          Income:Sales

        2024-01-15 * "Refund, matched by hand" #credit-note
          credit-note: "CN1"
          Income:Sales
          Assets:Receivable:C1   -{refund["amount"]} EUR
            invoice: "INV1"

        2024-01-25 * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1   -{scenario["receipt"]} EUR
        """,
    )
    assert "(credit 50 left)" in scenario["expected"]
    assert amounts(subledger, date(2024, 1, 15)) == {"INV1": D(refund["left"])}
    assert applied_to(subledger, "CN1") == {"INV1": D(refund["amount"])}
    assert applied_to(subledger, "RCP1") == {"INV1": D(refund["left"])}
    assert amounts(subledger) == {"RCP1": D(-50)}


def two_invoices_and_a_receipt(names: str) -> Subledger:
    """Two invoices of one amount, and a receipt of it."""
    return books(
        NET_30,
        f"""
        2024-01-10 * "Invoice" ^712218
          Assets:Receivable:C1    100 EUR
          Income:Sales

        2024-01-11 * "Invoice" ^712219
          Assets:Receivable:C1    100 EUR
          Income:Sales

        2024-01-20 * "Receipt" ^{names}
          Assets:Bank
          Assets:Receivable:C1   -100 EUR
        """,
    )


def test_a_reference_decides_between_equal_amounts(case: Case) -> None:
    """The receipt that refers to the second invoice settles the second, not the oldest."""
    scenario = case("issue_auto_match_keeps_manual")["scenarios"][2]
    assert scenario["two_invoices_same_amount_same_customer"] is True
    assert (scenario["receipt_reference_names"], scenario["expected_proposal"]) == ("second",) * 2
    assert amounts(two_invoices_and_a_receipt("712219")) == {"712218": D(100)}


def test_equal_amounts_alone_match_nothing(case: Case) -> None:
    """A reference that is nobody's is the receipt's own: it stays unapplied until it is named."""
    *_, scenario = case("issue_auto_match_keeps_manual")["scenarios"]
    assert scenario["same_amount"] is True
    assert scenario["expected"] == "no automatic match"
    subledger = two_invoices_and_a_receipt(scenario["journal_ref"])
    assert amounts(subledger) == {
        "712218": D(100),
        scenario["bank_ref"]: D(100),
        scenario["journal_ref"]: D(-100),
    }
