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
