# SPDX-License-Identifier: GPL-2.0-or-later
"""The replay, rule by rule: each test is a small ledger and what is open after it."""

from __future__ import annotations

from decimal import Decimal

from tests.books import (
    AR,
    BILLS,
    books,
    day,
    invoice,
    open_now,
    receipt,
    rules,
    unapplied_now,
)

FIFO = '2024-01-01 custom "allocation" Assets:Receivable "fifo"\n'


def test_a_receipt_settles_what_it_names() -> None:
    """Not the older invoice of the same amount."""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100")
        + invoice("2024-02-05", "INV-2", "100")
        + receipt("2024-02-10", "100", "INV-2")
    )
    assert open_now(ledger, "2024-02-09") == {"INV-1": "100", "INV-2": "100"}
    assert open_now(ledger, "2024-02-10") == {"INV-1": "100"}
    assert rules(ledger) == []


def test_what_names_nothing_stays_unapplied_by_default() -> None:
    """Nothing is decided silently: fifo is a policy."""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100") + receipt("2024-02-10", "60", number="RCP-1")
    )
    assert open_now(ledger, "2024-02-10") == {"INV-1": "100"}
    assert unapplied_now(ledger, "2024-02-10") == {"RCP-1": "60"}


def test_fifo_takes_the_oldest_due_and_waits_with_the_rest() -> None:
    """By due date, not by invoice date; the rest waits for a later item."""
    ledger = books(
        FIFO
        + invoice("2024-02-01", "INV-1", "100", more="due: 2024-05-01")
        + invoice("2024-02-05", "INV-2", "100", more="due: 2024-03-01")
        + receipt("2024-02-10", "250", number="RCP-1")
        + invoice("2024-03-01", "INV-3", "80")
    )
    assert open_now(ledger, "2024-02-10") == {}
    assert unapplied_now(ledger, "2024-02-10") == {"RCP-1": "50"}
    assert open_now(ledger, "2024-03-01") == {"INV-3": "30"}
    dates = [(a.item.id, str(a.date), a.amount) for a in ledger.applications]
    assert dates == [
        ("INV-2", "2024-02-10", Decimal(100)),
        ("INV-1", "2024-02-10", Decimal(100)),
        ("INV-3", "2024-03-01", Decimal(50)),
    ]


def test_allocation_none_on_a_posting_holds_the_receipt_until_it_is_named() -> None:
    """The later application moves it to the invoice it was for."""
    later = f"""
2024-03-10 * "The receipt of February is for the second invoice"
  {AR}   60 CNY
    receipt: "RCP-1"
  {AR}  -60 CNY
    invoice: "INV-2"
"""
    ledger = books(
        FIFO
        + invoice("2024-02-01", "INV-1", "100")
        + invoice("2024-02-05", "INV-2", "100")
        + receipt("2024-02-10", "60", number="RCP-1", more='allocation: "none"')
        + later
    )
    assert unapplied_now(ledger, "2024-03-09") == {"RCP-1": "60"}
    assert open_now(ledger, "2024-03-10") == {"INV-1": "100", "INV-2": "40"}
    assert unapplied_now(ledger, "2024-03-10") == {}
    assert [a.credit.number for a in ledger.applications] == ["RCP-1"]
    assert rules(ledger) == []


def test_naming_an_item_still_to_come_keeps_the_credit_for_it() -> None:
    """Until then it is a finding; afterwards there is nothing wrong."""
    ledger = books(
        FIFO
        + invoice("2024-02-01", "INV-1", "100")
        + receipt("2024-02-10", "60", "INV-2")
        + invoice("2024-03-01", "INV-2", "50")
    )
    assert rules(ledger, "2024-02-10") == ["unknown-item"]
    assert open_now(ledger, "2024-03-01") == {"INV-1": "100"}
    assert list(unapplied_now(ledger, "2024-03-01").values()) == ["10"]
    assert rules(ledger) == ["over-application"]


def test_a_naming_credit_fills_instalments_oldest_due_first_unless_it_bears_a_due() -> None:
    """30, then 10 of the next; with `due:` only the one of that date."""
    instalments = f"""
2024-02-01 * "Invoice in three instalments" ^INV-1
  {AR}  30 CNY
    due: 2024-03-01
  {AR}  50 CNY
    due: 2024-04-01
  {AR}  20 CNY
    due: 2024-05-01
  Income:Sales
"""
    ledger = books(
        instalments
        + receipt("2024-02-10", "40", "INV-1")
        + receipt("2024-02-11", "20", "INV-1", more="due: 2024-05-01")
    )
    assert open_now(ledger, "2024-02-10") == {"INV-1": "40", "INV-1/3": "20"}
    assert open_now(ledger, "2024-02-11") == {"INV-1": "40"}
    assert rules(ledger) == []


def test_terms_make_instalments_and_the_rest_takes_the_rounding() -> None:
    """A third each of 100.00: 33.33, 33.33 and 33.34."""
    ledger = books(
        '2024-01-01 custom "payment-terms" "C1" '
        '"33.333% on receipt, 33.333% net 30, rest net 60"\n'
        + invoice("2024-02-01", "INV-1", "100.00")
    )
    items = [(str(i.due), str(i.amount), i.instalment) for i in ledger.items]
    assert items == [
        ("2024-02-01", "33.33", 1),
        ("2024-03-02", "33.33", 2),
        ("2024-04-01", "33.34", 3),
    ]


def test_a_returned_payment_restores_the_item_with_its_old_due_date() -> None:
    """From its own date on; before it the item stays settled."""
    returned = f"""
2024-04-02 * "Returned"
  {AR}  100 CNY
    reverses: "RCP-1"
    invoice: "INV-1"
  Assets:Bank
"""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100")
        + receipt("2024-03-01", "100", "INV-1", number="RCP-1")
        + returned
    )
    assert open_now(ledger, "2024-04-01") == {}
    assert open_now(ledger, "2024-04-02") == {"INV-1": "100"}
    assert str(ledger.items[0].due) == "2024-03-02"
    assert len(ledger.items) == 1
    assert rules(ledger) == []


def test_a_reversal_lets_a_second_receipt_take_its_place() -> None:
    """Paid twice: the excess of the second settles the invoice once the first bounced."""
    returned = f"""
2024-04-02 * "Returned"
  {AR}  100 CNY
    reverses: "RCP-1"
  Assets:Bank
"""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100")
        + receipt("2024-03-01", "100", "INV-1", number="RCP-1")
        + receipt("2024-03-05", "100", "INV-1", number="RCP-2")
        + returned
    )
    assert rules(ledger, "2024-04-01") == ["over-application", "customer-in-credit"]
    assert open_now(ledger, "2024-04-02") == {}
    assert unapplied_now(ledger, "2024-04-02") == {}
    assert rules(ledger) == []


def test_a_cancelled_invoice_frees_what_was_paid_on_it() -> None:
    """40 of 100 had been paid: they are unapplied again, under the receipt's own number."""
    cancelled = f"""
2024-03-15 * "Cancelled"
  {AR}  -100 CNY
    reverses: "INV-1"
  Income:Sales
"""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100")
        + receipt("2024-03-01", "40", "INV-1", number="RCP-1")
        + cancelled
    )
    assert open_now(ledger, "2024-03-14") == {"INV-1": "60"}
    assert open_now(ledger, "2024-03-15") == {}
    assert unapplied_now(ledger, "2024-03-15") == {"RCP-1": "40"}


BILL = f"""
2024-03-10 * "Bill taken" ^INV-1
  {BILLS}   100 CNY
    due: 2024-09-10
  {AR}     -100 CNY
"""
DISHONOURED = f"""
2024-09-12 * "Bill dishonoured" ^INV-1
  {AR}      100 CNY
  {BILLS}  -100 CNY
"""


def test_a_transfer_keeps_number_date_and_age_and_comes_back_as_the_old_item() -> None:
    """A bill has its own due date; dishonoured, the invoice is overdue since its old one."""
    ledger = books(invoice("2024-02-01", "INV-1", "100") + BILL + DISHONOURED)
    assert open_now(ledger, "2024-03-10") == {"INV-1@Bills": "100"}
    bill = ledger.items[1]
    assert (str(bill.date), str(bill.due)) == ("2024-02-01", "2024-09-10")
    assert open_now(ledger, "2024-09-12") == {"INV-1": "100"}
    assert ledger.items[0].overdue_days(day("2024-09-12")) == 194
    assert len(ledger.items) == 2
    assert rules(ledger) == []


def test_a_transfer_there_and_back_on_one_day() -> None:
    """Order within the day follows from what there is, not from the text."""
    back = DISHONOURED.replace("2024-09-12", "2024-03-10")
    ledger = books(invoice("2024-02-01", "INV-1", "100") + back + BILL)
    assert open_now(ledger, "2024-03-10") == {"INV-1": "100"}
    assert rules(ledger) == []


def test_a_partial_transfer_and_a_bank_charge() -> None:
    """98 go to the bills, 2 are a receipt like any other."""
    text = f"""
2024-03-10 * "Bill, less the charge" ^INV-1
  {BILLS}             98 CNY
    due: 2024-09-10
  Expenses:Discount   2 CNY
  {AR}             -100 CNY
"""
    ledger = books(invoice("2024-02-01", "INV-1", "120") + text)
    assert open_now(ledger, "2024-03-10") == {"INV-1": "20", "INV-1@Bills": "98"}


def test_retention_is_not_due_until_it_is_transferred_away() -> None:
    """Then it falls due by the `due:` of the transfer, or by the terms, from that day."""
    retention = "Assets:Receivable:C1:Retention"
    text = f"""
2024-02-01 * "Invoice with retention" ^INV-1
  {AR}         90 CNY
  {retention}  10 CNY
  Income:Sales

2025-02-01 * "Retention released" ^INV-1
  {AR}          10 CNY
  {retention}  -10 CNY
"""
    ledger = books(text)
    held = next(item for item in ledger.items if item.account == retention)
    assert held.due is None
    assert held.overdue_days(day("2025-01-31")) == 0
    released = ledger.items[-1]
    assert (str(released.date), str(released.due)) == ("2024-02-01", "2025-03-03")
    assert rules(ledger, areas=["language"]) == []


def test_a_write_off_and_its_recovery() -> None:
    """The recovery restores the old item; the cash then settles it."""
    text = f"""
2024-06-01 * "Write-off" #write-off ^INV-1
  Assets:Allowance   100 CNY
  {AR}              -100 CNY

2024-08-01 * "Recovered after all" #recovery ^INV-1
  {AR}               30 CNY
  Assets:Allowance  -30 CNY
"""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100") + text + receipt("2024-08-02", "30", "INV-1")
    )
    assert open_now(ledger, "2024-06-01") == {}
    assert open_now(ledger, "2024-08-01") == {"INV-1": "30"}
    assert open_now(ledger, "2024-08-02") == {}
    assert rules(ledger) == []


def test_a_refund_of_an_overpayment() -> None:
    """It takes from the receipt it names, and the finding is mended."""
    refund = f"""
2024-03-10 * "Refund"
  {AR}  20 CNY
    receipt: "RCP-1"
  Assets:Bank
"""
    ledger = books(
        invoice("2024-02-01", "INV-1", "100")
        + receipt("2024-03-01", "120", "INV-1", number="RCP-1")
        + refund
    )
    assert "over-application" in rules(ledger, "2024-03-09")
    assert unapplied_now(ledger, "2024-03-10") == {}
    assert rules(ledger) == []


def test_what_a_debit_cannot_take_is_owed() -> None:
    """A refund of more than is held: a finding, and the rest an open item."""
    refund = f"""
2024-03-10 * "Refund"
  {AR}  20 CNY
    receipt: "RCP-1"
  Assets:Bank
"""
    ledger = books(receipt("2024-03-01", "15", number="RCP-1") + refund)
    assert list(open_now(ledger, "2024-03-10").values()) == ["5"]
    assert rules(ledger) == ["receipt-exceeded"]


def test_a_receipt_that_fifo_has_used_cannot_be_applied_again() -> None:
    """The finding says what used it."""
    later = f"""
2024-03-10 * "Applied"
  {AR}   60 CNY
    receipt: "RCP-1"
  {AR}  -60 CNY
    invoice: "INV-2"
"""
    ledger = books(
        FIFO
        + invoice("2024-02-01", "INV-1", "100")
        + invoice("2024-02-05", "INV-2", "100")
        + receipt("2024-02-10", "60", number="RCP-1")
        + later
    )
    assert rules(ledger) == ["receipt-used"]
    assert ledger.at(day("2024-03-10")).balances == {(AR, "CNY"): Decimal(140)}


def test_opening_balances_age_from_their_own_dates() -> None:
    """Posted on 1 January, invoiced in November, due in January."""
    text = f"""
2024-01-01 * "Opening balances" #opening
  {AR}  70 CNY
    invoice: "INV-2023-7"
    invoice-date: 2023-11-07
    due: 2024-01-06
  Equity:Opening
"""
    item = books(text).items[0]
    assert (str(item.date), str(item.posted), str(item.due)) == (
        "2023-11-07",
        "2024-01-01",
        "2024-01-06",
    )


def test_zero_invoices_and_huge_amounts() -> None:
    """An invoice of 0.00 is settled at once; 10^18 and 12 decimals are exact."""
    huge = "1000000000000000000.000000000001"
    text = f"""
2024-02-01 * "Invoice" ^INV-1
  {AR}            {huge} CNY
  Income:Sales   -{huge} CNY
"""
    ledger = books(
        invoice("2024-02-01", "INV-0", "0.00")
        + text
        + receipt("2024-02-02", "0.000000000002", "INV-1")
    )
    assert open_now(ledger, "2024-02-02") == {"INV-1": "999999999999999999.999999999999"}
    assert rules(ledger) == []


def test_unnumbered_documents_have_ids_without_file_or_line() -> None:
    """Date, account, currency, amount and a counter; however many zeros were typed."""
    text = invoice("2024-02-01", None, "100.00") + invoice("2024-02-01", None, "100")
    assert sorted(item.id for item in books(text).items) == [
        f"2024-02-01/{AR}/CNY/100/1",
        f"2024-02-01/{AR}/CNY/100/2",
    ]


def test_the_answer_at_a_day_knows_nothing_of_later_days() -> None:
    """The same state with and without what comes later."""
    early = invoice("2024-02-01", "INV-1", "100") + receipt("2024-02-10", "60", "INV-1")
    late = receipt("2024-03-10", "40", "INV-1") + invoice("2024-03-11", "INV-2", "7")
    for date in ("2024-01-31", "2024-02-01", "2024-02-10", "2024-03-09"):
        assert open_now(books(early + late), date) == open_now(books(early), date)
