# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger reconcile`: situations of a month's end, each worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Write
from tests.cli.support import ask, invoke
from tests.cli.test_reconcile import sent

CUSTOMER = """\
option "operating_currency" "EUR"
2024-01-01 open Assets:Receivable:A1
  customer: "A1"
  name: "Alpha GmbH"
2024-01-01 open Assets:Receivable:A1:Bills
2024-01-01 open Liabilities:Advances:A1
  customer: "A1"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 open Expenses:Discounts
2024-01-01 open Expenses:CreditLoss
2024-01-01 custom "payment-terms" Assets:Receivable "2/10 net 30"
"""
AR = "Assets:Receivable:A1"


def invoice(day: str, number: str, amount: str) -> str:
    """An invoice of ours."""
    return f'{day} * "A" "Invoice" ^{number}\n  {AR}  {amount} EUR\n  Income:Sales\n\n'


def receipt(day: str, amount: str, item: str, more: str = "") -> str:
    """A receipt for one invoice; `more` are lines of metadata of the transaction."""
    return (
        f'{day} * "A" "Receipt"\n{more}  Assets:Bank  {amount} EUR\n'
        f'  {AR}  -{amount} EUR\n    invoice: "{item}"\n\n'
    )


def theirs(*rows: str, opening: str = "0.00", first: str = "2024-03-01") -> str:
    """The customer's account of us, from its side, with an opening balance."""
    head = "Date,Reference,Description,Debit,Credit,Balance"
    return "\n".join([head, f"{first},,Opening balance,,,{opening}", *rows, ""])


def found(answer: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """The differences: class, our document, amount."""
    return [(one["class"], one["item"], one["amount"]) for one in answer["differences"]]


def pairs(answer: dict[str, Any]) -> dict[int, str]:
    """By line of the file, how it was paired."""
    return {line: one["how"] for one in answer["matched"] for line in one["lines"]}


# Another period's?


def test_a_statement_of_a_quiet_month_is_not_another_periods(write: Write) -> None:
    """Nothing of ours is dated in the month, and it begins with our balance."""
    ledger = write(CUSTOMER + invoice("2024-01-10", "INV-1001", "500.00"))
    text = theirs("2024-03-20,P-1,Payment,100.00,,400.00", opening="500.00")
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1")
    assert found(answer) == [("in-transit", None, "-100.00")]
    assert not [one for one in answer["remarks"] if "another period" in one["text"]]


def test_a_late_booking_is_not_another_periods(write: Write) -> None:
    """Their only line bears our number: dated two weeks later, it is a difference of date."""
    ledger = write(CUSTOMER + invoice("2024-03-05", "INV-1001", "500.00"))
    answer = ask("reconcile", ledger, sent(theirs("2024-03-20,INV-1001,Invoice,,500.00,500.00")))
    assert found(answer) == [("date", "INV-1001", "0.00")]
    assert answer["explained"] is True


def test_a_list_before_the_books_begin_is_suspected(write: Write) -> None:
    """No number of ours, no balance of ours: that is still said."""
    ledger = write(CUSTOMER + invoice("2024-03-05", "INV-1001", "500.00"))
    text = theirs("2023-03-20,AB-77,Invoice,,500.00,500.00", first="2023-03-01")
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1", status=1)
    assert "another period" in answer["remarks"][0]["text"]


# The side.


def test_a_list_of_one_credit_is_read_from_the_side_on_which_it_comes_to_our_balance(
    write: Write,
) -> None:
    """They have 500.00 with us; nothing but the total tells how it is signed."""
    paid = receipt("2024-03-20", "1500.00", "INV-1001")
    ledger = write(CUSTOMER + invoice("2024-03-05", "INV-1001", "1000.00") + paid)
    text = "Invoice No,Invoice date,Amount\nPAY-9,2024-03-19,-500.00\n"
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1", "--as-of", "2024-03-31")
    assert (answer["ledger_balance"], answer["statement_balance"]) == ("-500.00", "-500.00")
    assert (found(answer), pairs(answer)) == ([], {2: "unique-amount"})


# What was agreed.


AGREED = """\
2024-03-31 custom "statement" "A1" 500.00 EUR
  agreed: TRUE
  theirs: 200.00 EUR
  difference-1: "in-transit 'FK 77 a' -300.00 EUR"
"""


@pytest.mark.parametrize("more", ['  their-reference: "FK 77 a"\n', ""], ids=["named", "unnamed"])
def test_a_payment_agreed_to_be_under_way_is_in_their_next_opening(write: Write, more: str) -> None:
    """It arrived in April: one difference of date, not one of each side that cancel out."""
    came = receipt("2024-04-03", "300.00", "INV-1001", more)
    ledger = write(CUSTOMER + invoice("2024-03-05", "INV-1001", "500.00") + AGREED + came)
    text = theirs("2024-04-30,,Closing balance,,,200.00", opening="200.00", first="2024-04-01")
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1", "--from", "2024-04-01")
    assert [one[0::2] for one in found(answer)] == [("date", "0.00")]
    notes = invoke("check", ledger).stdout
    assert ("not settled" in notes) == (not more)


# Discounts, charges, write-offs, advances: what is to be posted, and what isn't.


DISCOUNT = '  Expenses:Discounts  100.00 EUR\n  Assets:Receivable:A1  -100.00 EUR\n    invoice: "INV-0900"\n'
BEFORE = (
    invoice("2024-01-05", "INV-0900", "5000.00")
    + receipt("2024-01-12", "4900.00", "INV-0900")
    + f'2024-01-12 * "A" "Discount"\n{DISCOUNT}\n'
)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (["2024-03-12,INV-1001,Payment,5000.00,,0.00"], 4),
        (
            [
                "2024-03-12,INV-1001,Payment,4900.00,,100.00",
                "2024-03-12,INV-1001,Discount 2%,100.00,,0.00",
            ],
            5,
        ),
    ],
    ids=["within the payment", "as a line of its own"],
)
def test_a_discount_that_they_deducted(write: Write, rows: list[str], line: int) -> None:
    """It is said so, and closed as one: no second receipt. The day is the payment's, not the end's."""
    ledger = write(
        CUSTOMER
        + BEFORE
        + invoice("2024-03-03", "INV-1001", "5000.00")
        + receipt("2024-03-13", "4900.00", "INV-1001")
    )
    text = theirs("2024-03-03,INV-1001,Invoice,,5000.00,5000.00", *rows)
    file = sent(text + "2024-03-31,,Closing balance,,,0.00\n")
    answer = ask("reconcile", ledger, file, "--customer", "A1")
    (one,) = answer["differences"]
    assert (one["line"], one["amount"]) == (line, "-100.00")
    assert one["hint"] == "early-payment discount of 100.00 EUR taken"
    posted = invoke("reconcile", ledger, file, "--customer", "A1", "--entries").stdout
    assert "  Expenses:Discounts    100.00 EUR\n" in posted
    assert "Assets:Bank" not in posted
    again = write(ledger.read_text(encoding="utf-8") + posted)
    settled = ask("reconcile", again, file, "--customer", "A1")
    assert settled["ledger_balance"] == settled["statement_balance"] == "0.00"


def test_a_charge_that_a_bank_kept(write: Write) -> None:
    """They paid 1000.00, 985.00 arrived."""
    ledger = write(
        CUSTOMER
        + invoice("2024-03-03", "INV-1001", "1000.00")
        + receipt("2024-03-15", "985.00", "INV-1001")
    )
    text = theirs(
        "2024-03-03,INV-1001,Invoice,,1000.00,1000.00", "2024-03-14,INV-1001,Payment,1000.00,,0.00"
    )
    text += "2024-03-31,,Closing balance,,,0.00\n"
    (one,) = ask("reconcile", ledger, sent(text), "--customer", "A1")["differences"]
    assert (one["class"], one["amount"]) == ("amount", "-15.00")
    assert one["hint"].startswith("15.00 EUR less arrived than they paid")


def test_a_write_off_is_ours_alone(write: Write) -> None:
    """Just before the end it isn't in transit, and nobody sends the customer a copy of it."""
    written_off = (
        '2024-03-28 * "A" "Rest" #write-off\n  Expenses:CreditLoss  2.00 EUR\n'
        f'  {AR}  -2.00 EUR\n    invoice: "INV-1001"\n'
    )
    ledger = write(CUSTOMER + invoice("2024-03-03", "INV-1001", "2.00") + written_off)
    file = sent(
        theirs("2024-03-03,INV-1001,Invoice,,2.00,2.00", "2024-03-31,,Closing balance,,,2.00")
    )
    (one,) = ask("reconcile", ledger, file, "--customer", "A1")["differences"]
    assert (one["class"], one["amount"]) == ("missing-in-statement", "2.00")
    assert "written off here on 2024-03-28" in one["reason"]
    said = invoke("reconcile", ledger, file, "--customer", "A1", "--entries").stdout
    assert "no document to send" in said


ADVANCE = """\
2024-02-20 * "A" "Advance" ^ADV-1
  contract: "HT-2024-0017"
  Assets:Bank                400.00 EUR
  Liabilities:Advances:A1   -400.00 EUR

"""
APPLIED = """\
2024-03-10 * "A" "Advance applied"
  Liabilities:Advances:A1   400.00 EUR
    advance: "ADV-1"
  Assets:Receivable:A1     -400.00 EUR
    invoice: "INV-1001"
"""
BOUGHT = "2024-03-05,INV-1001,Invoice,,1000.00,600.00"


def test_what_they_paid_before_and_is_held_in_advance(write: Write) -> None:
    """To them it is a payment; here it is no receivable, and must not be received twice."""
    ledger = write(CUSTOMER + ADVANCE + invoice("2024-03-05", "INV-1001", "1000.00"))
    text = theirs("2024-02-20,P-7,Prepayment,400.00,,-400.00", BOUGHT, first="2024-02-01")
    file = sent(text + "2024-03-31,,Closing balance,,,600.00\n")
    answer = ask("reconcile", ledger, file, "--customer", "A1")
    (one,) = answer["differences"]
    assert (one["class"], one["amount"]) == ("missing-in-ledger", "-400.00")
    assert "held in advance, ADV-1 of 2024-02-20" in one["reason"]
    said = invoke("reconcile", ledger, file, "--customer", "A1", "--entries").stdout
    assert "nothing to post" in said
    assert "Assets:Bank" not in said


@pytest.mark.parametrize("more", ["", APPLIED], ids=["held", "applied"])
def test_an_advance_explains_their_opening_balance(write: Write, more: str) -> None:
    """Paid in February; in March it is held still, or is applied."""
    ledger = write(CUSTOMER + ADVANCE + invoice("2024-03-05", "INV-1001", "1000.00") + more)
    file = sent(theirs(BOUGHT, "2024-03-31,,Closing balance,,,600.00", opening="-400.00"))
    answer = ask("reconcile", ledger, file, "--customer", "A1")
    assert answer["unexplained"] == "0.00"
    (one,) = answer["differences"]
    held = ("missing-in-ledger", "-400.00", "opening")
    applied = ("date", "0.00", "opening")
    assert (one["class"], one["amount"], one["part"]) == (applied if more else held)


def test_an_advance_is_paired_by_its_contract(write: Write) -> None:
    """What stood on their payment stands on the advance: one pair, dated differently."""
    ledger = write(CUSTOMER + ADVANCE + invoice("2024-03-05", "INV-1001", "1000.00") + APPLIED)
    row = "2024-02-20,P-7,Prepayment HT-2024-0017,400.00,,-400.00"
    text = theirs(row, BOUGHT, first="2024-02-01") + "2024-03-31,,Closing balance,,,600.00\n"
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1")
    assert pairs(answer) == {3: "reference", 4: "reference"}
    assert [one["class"] for one in answer["differences"]] == ["date"]


# Numbers of theirs.


def test_a_payment_that_came_back_has_a_number_of_theirs(write: Write) -> None:
    """It raises the debt as an invoice does, but nobody gives it an invoice's number."""
    back = (
        '2024-03-18 * "A" "Returned"\n  Assets:Receivable:A1  1000.00 EUR\n    reverses: "RC-1"\n'
        '    invoice: "INV-1001"\n  Assets:Bank\n'
    )
    paid = receipt("2024-03-15", "1000.00", "INV-1001").replace('"Receipt"', '"Receipt" ^RC-1')
    ledger = write(CUSTOMER + invoice("2024-03-05", "INV-1001", "1000.00") + paid + back)
    text = theirs(
        "2024-03-05,INV-1001,Invoice,,1000.00,1000.00",
        "2024-03-15,P-77,Payment,1000.00,,0.00",
        "2024-03-18,P-77R,Payment returned,,1000.00,1000.00",
    )
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1")
    assert pairs(answer) == {3: "reference", 4: "unique-amount", 5: "unique-amount"}
    assert answer["differences"] == []


def test_a_settled_invoices_number_is_no_number_of_theirs(write: Write) -> None:
    """By our books INV-1002 is open, by theirs INV-1001: the amount alone makes no pair."""
    ledger = write(
        CUSTOMER
        + invoice("2024-03-01", "INV-1001", "500.00")
        + receipt("2024-03-20", "500.00", "INV-1001")
        + invoice("2024-03-02", "INV-1002", "300.00")
    )
    text = "Invoice No,Invoice date,Amount\nINV-1001,2024-03-01,300.00\n"
    answer = ask(
        "reconcile", ledger, sent(text), "--customer", "A1", "--as-of", "2024-03-31", status=1
    )
    assert answer["matched"] == []
    assert len(answer["proposed"]) == 1


def test_a_short_number_of_ours_in_their_note(write: Write) -> None:
    """Their voucher's number is the reference; ours stands in the note, with three digits."""
    ledger = write(CUSTOMER + invoice("2024-03-25", "XS-002", "58500.00"))
    text = theirs(
        "2024-03-26,AP0303,Purchase XS-002,,58050,58050", "2024-03-31,,Closing balance,,,58050"
    )
    answer = ask("reconcile", ledger, sent(text), "--customer", "A1")
    assert pairs(answer) == {3: "reference-amount-differs"}
    (one,) = answer["differences"]
    assert (one["class"], one["amount"]) == ("amount", "-450.00")
    assert one["reason"] == "58050.00 by them and 58500.00 by us"
    assert "two digits have changed places" in one["hint"]


def test_the_evidence_is_named_as_seen_from_where_statements_stand(write: Write) -> None:
    """They are kept in a file of a folder of their own: pasted there, the check is clean."""
    ledger = write(
        CUSTOMER + invoice("2024-03-25", "INV-1001", "10.00") + 'include "kept/all.beancount"\n'
    )
    kept = ledger.parent / "kept"
    kept.mkdir()
    first = '2024-02-29 custom "statement" "A1" 0.00 EUR\n  agreed: TRUE\n'
    (kept / "all.beancount").write_text(first, encoding="utf-8")
    file = sent(theirs("2024-03-25,INV-1001,Invoice,,10.00,10.00"))
    done = invoke("reconcile", ledger, file, "--customer", "A1", "--confirm")
    assert 'document: "../theirs.csv"' in done.stdout
    assert "all.beancount" in done.stderr
    (kept / "all.beancount").write_text(first + "\n" + done.stdout, encoding="utf-8")
    assert "evidence" not in invoke("check", ledger).stdout
