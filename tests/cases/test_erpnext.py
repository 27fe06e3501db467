# SPDX-License-Identifier: GPL-2.0-or-later
"""What ERPNext's own tests expect of open items, instalments, advances and exchange."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from arledger import check
from arledger.aging import aging
from arledger.open_items import open_items
from tests.cases.books import (
    FIFO,
    NET_30,
    D,
    Row,
    amounts,
    applied_to,
    books,
    rows,
    rules,
    standing,
)
from tests.cases.conftest import Case


def invoice_and_receipt(invoice: str, receipt: str) -> str:
    """An invoice and a receipt that names it."""
    return f"""
        2024-06-30 * "Invoice" ^SI1
          Assets:Receivable:C1     {invoice} INR
          Income:Sales

        2024-07-05 * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1    -{receipt} INR
            invoice: "SI1"
        """


# erpnext_open_items_small ------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 4])
def test_what_is_left_stays_listed(case: Case, at: int) -> None:
    """A cent that is left is an open item, or the subledger would not tie to the ledger."""
    scenario = case("erpnext_open_items_small")["scenarios"][at]
    paid = scenario.get("payment") or scenario["journal_payment"]
    expected = scenario["expected"]
    subledger = books(NET_30, invoice_and_receipt(scenario["invoice"], paid))
    (row,) = rows(subledger)
    assert row.amount == D(scenario["invoice"])
    assert row.by == {"receipt": D(expected["paid"])}
    assert row.open == D(expected["outstanding"])
    assert aging(subledger, date(2024, 7, 31)).totals[0].total == row.open


def test_paid_in_full_leaves_no_row(case: Case) -> None:
    """A journal entry that pays all of it."""
    scenario = case("erpnext_open_items_small")["scenarios"][5]
    text = invoice_and_receipt(scenario["invoice"], scenario["journal_payment"])
    subledger = books(NET_30, text)
    assert len(rows(subledger)) == scenario["expected"]["rows"] == 0
    assert rules(subledger) == []


def test_advance_on_an_order_is_a_liability(case: Case) -> None:
    """ERPNext shows an advance as -1000 among the receivables.

    Ours (kinds: credit, advance: advance held) is a liability of 1000 that no receivable is
    netted with. Posted as a receipt that names nothing it is -1000 here as well.
    """
    scenario = case("erpnext_open_items_small")["scenarios"][1]
    amount, expected = scenario["advance_on_order"], scenario["expected"]
    held = books(
        f"""
        2024-06-30 * "Advance on an order" ^ADV1
          contract: "SO1"
          Assets:Bank
          Liabilities:Advances:C1   -{amount} INR
        """
    )
    assert rows(held) == []
    assert standing(held, "ADV1").open == D(expected["paid"])
    unapplied = books(
        f"""
        2024-06-30 * "Receipt, purpose unknown" ^RCP1
          Assets:Bank
          Assets:Receivable:C1      -{amount} INR
        """
    )
    assert amounts(unapplied) == {"RCP1": D(expected["outstanding"])}


def test_two_invoices_of_a_customer(case: Case) -> None:
    """A customer's row is the sum of its invoices."""
    scenario = case("erpnext_open_items_small")["scenarios"][2]
    one, other = scenario["two_invoices"]
    subledger = books(
        NET_30,
        f"""
        2024-06-30 * "Invoice" ^SI1
          Assets:Receivable:C1   {one} INR
          Income:Sales

        2024-06-30 * "Invoice" ^SI2
          Assets:Receivable:C1   {other} INR
          Income:Sales
        """,
    )
    expected = scenario["expected"]
    (row,) = aging(subledger, date(2024, 6, 30)).rows
    assert row.total == D(expected["customer_total_outstanding"])
    assert sum(r.amount for r in rows(subledger)) == D(expected["customer_total_invoiced"])


@pytest.mark.parametrize(("names", "found"), [("", []), ('invoice: "SI1"', ["over-application"])])
def test_credit_note_of_a_paid_invoice_used_for_another(
    case: Case, names: str, found: list[str]
) -> None:
    """The credit note waits until it is applied; whether it names the paid invoice or not.

    Ours says so where it does (fifo: a credit that names an item never goes further, its excess
    stays unapplied, with a finding), until the excess is used.
    """
    scenario = case("erpnext_open_items_small")["scenarios"][3]
    subledger = books(
        NET_30,
        invoice_and_receipt(scenario["invoice1"], scenario["paid"]),
        f"""
        2024-07-10 * "Credit note" #credit-note
          Income:Sales
          Assets:Receivable:C1   -{scenario["credit_note_on_invoice1"]} INR
            credit-note: "CN1"
            {names}

        2024-07-20 * "Invoice" ^SI2
          Assets:Receivable:C1    {scenario["credit_applied_to_new_invoice2"]} INR
          Income:Sales

        2024-07-21 * "The credit note is for the second invoice"
          Assets:Receivable:C1    {scenario["credit_applied_to_new_invoice2"]} INR
            receipt: "CN1"
          Assets:Receivable:C1   -{scenario["credit_applied_to_new_invoice2"]} INR
            invoice: "SI2"
        """,
    )
    credit_note = D(scenario["credit_note_on_invoice1"])
    assert amounts(subledger, date(2024, 7, 19)) == {"CN1": -credit_note}
    assert rules(subledger, date(2024, 7, 19)) == found
    assert len(rows(subledger)) == scenario["expected"]["rows"] == 0
    assert rules(subledger) == []


def test_credit_of_its_own(case: Case) -> None:
    """A credit that names nothing is a row of its own."""
    *_, scenario = case("erpnext_open_items_small")["scenarios"]
    subledger = books(
        f"""
        2024-06-30 * "Journal" ^JE1
          Assets:Receivable:C1   -{scenario["standalone_credit_journal"]} INR
          Income:Sales
        """
    )
    assert amounts(subledger) == {"JE1": D(scenario["expected"]["outstanding"])}


# erpnext_schedule_30_50_20 -----------------------------------------------------------

SCHEDULE = "30% net 30, 50% net 60, 20% net 90"


def test_payment_fills_instalments_oldest_due_first(case: Case) -> None:
    """Three instalments by terms; 40 pay the first and a part of the second.

    A credit note of the full amount that names nothing stays open as it is, as in ERPNext.
    """
    figures = case("erpnext_schedule_30_50_20")
    invoice, raised, payment, paid, credit_note, credited = figures["steps"]
    text = f"""
        2024-01-01 custom "payment-terms" Assets:Receivable "{SCHEDULE}"

        {invoice["date"]} * "Invoice" ^SI1
          Assets:Receivable:C1    {invoice["amount"]} INR
          Income:Sales
        """
    subledger = books(text)
    assert [row.amount for row in rows(subledger)] == [
        D(row["invoiced"]) for row in raised["expect_rows"]
    ]
    assert [(i.due, i.amount) for i in subledger.items] == [
        (one["due"], D(one["amount"])) for one in invoice["schedule"]
    ]

    text += f"""
        {payment["date"]} * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1   -{payment["allocate"]["SI1"]} INR
            invoice: "SI1"
        """
    subledger = books(text)
    assert [(r.amount, r.amount - r.open, r.open) for r in rows(subledger)] == [
        (D(row["invoiced"]), D(row["paid"]), D(row["outstanding"])) for row in paid["expect_rows"]
    ]

    text += f"""
        {credit_note["date"]} * "Credit note" ^CN1 #credit-note
          Income:Sales
          Assets:Receivable:C1   -{credit_note["amount"]} INR
        """
    subledger = books(text)
    expected = credited["expect_row_for"]["CN1"]
    assert amounts(subledger) == {"SI1": D(60), "CN1": D(expected["outstanding"])}
    assert rules(subledger) == []


def test_credit_note_naming_a_partly_paid_invoice(case: Case) -> None:
    """ERPNext keeps a full credit note on a partly paid invoice as its own open credit of -100.

    Ours (instalments: a credit naming an item fills them; fifo: its excess stays unapplied, with
    a finding) settles the 60 still open, and 40 stay unapplied: the customer's total is the same.
    Both credits are of one day, on which their numbers decide (order): CN1 comes before RCP1, so
    the 40 left over are the receipt's.
    """
    figures = case("erpnext_schedule_30_50_20")
    invoice, _, payment, paid, credit_note, credited = figures["steps"]
    subledger = books(
        f"""
        2024-01-01 custom "payment-terms" Assets:Receivable "{SCHEDULE}"

        {invoice["date"]} * "Invoice" ^SI1
          Assets:Receivable:C1    {invoice["amount"]} INR
          Income:Sales

        {payment["date"]} * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1   -{payment["allocate"]["SI1"]} INR
            invoice: "SI1"

        {credit_note["date"]} * "Credit note" #credit-note
          credit-note: "CN1"
          Income:Sales
          Assets:Receivable:C1   -{credit_note["amount"]} INR
            invoice: "{credit_note["against"]}"
        """
    )
    still_open = sum(D(row["outstanding"]) for row in paid["expect_rows"])
    theirs = still_open + D(credited["expect_row_for"]["CN1"]["outstanding"])
    assert theirs == D(-40)
    assert amounts(subledger) == {"RCP1": theirs}
    assert rules(subledger) == ["over-application"]


def test_full_credit_note_on_an_unpaid_invoice(case: Case) -> None:
    """It leaves no rows at all."""
    figures = case("erpnext_schedule_30_50_20")
    invoice, credit_note = figures["steps"][0], figures["steps"][4]
    assert len(figures["alternative_without_payment"]) == 1
    subledger = books(
        f"""
        2024-01-01 custom "payment-terms" Assets:Receivable "{SCHEDULE}"

        {invoice["date"]} * "Invoice" ^SI1
          Assets:Receivable:C1    {invoice["amount"]} INR
          Income:Sales

        {credit_note["date"]} * "Credit note" ^SI1 #credit-note
          Income:Sales
          Assets:Receivable:C1   -{credit_note["amount"]} INR
        """
    )
    assert rows(subledger) == []
    assert rules(subledger) == []


# erpnext_partial_payment_then_credit_note --------------------------------------------


def test_credit_note_fills_instalments_in_due_order(case: Case) -> None:
    """A receipt of 40, then a credit note of 100: 20 for the first instalment, 80 for the second."""
    invoice, payment, paid, credit_note, credited = case(
        "erpnext_partial_payment_then_credit_note"
    )["steps"]
    first, second, third = invoice["schedule"]
    text = f"""
        {invoice["date"]} * "Invoice" ^SI1
          Assets:Receivable:C1    {first["amount"]} INR
            due: {first["due"]}
          Assets:Receivable:C1    {second["amount"]} INR
            due: {second["due"]}
          Assets:Receivable:C1    {third["amount"]} INR
            due: {third["due"]}
          Income:Sales           -{invoice["amount"]} INR

        2024-06-30 * "Receipt" ^RCP1
          Assets:Bank             {payment["amount"]} INR
          Assets:Receivable:C1   -{payment["allocate"]["SI1"]} INR
            invoice: "SI1"
        """
    assert [(r.amount, r.by.get("receipt", D(0)), r.open) for r in rows(books(text))] == [
        (D(row["invoiced"]), D(row["paid"]), D(row["outstanding"])) for row in paid["expect_rows"]
    ]

    text += f"""
        2024-07-01 * "Credit note" #credit-note
          credit-note: "CN1"
          Income:Sales            {credit_note["amount"]} INR
          Assets:Receivable:C1   -{credit_note["amount"]} INR
            invoice: "{credit_note["against"]}"
        """
    subledger = books(text)
    assert [
        (r.amount, r.by.get("receipt", D(0)), r.by.get("credit-note", D(0)), r.open)
        for r in rows(subledger)
    ] == [
        (D(row["invoiced"]), D(row["paid"]), D(row["credit_note"]), D(row["outstanding"]))
        for row in credited["expect_rows"]
    ]
    assert rules(subledger) == []


# erpnext_reconcile_partial_cancel ----------------------------------------------------


def test_cancelled_receipt_opens_its_part_again(case: Case) -> None:
    """Two receipts take the oldest item by fifo; one is returned, and its part is open again."""
    raised, received, _, allocated, cancelled, after = case("erpnext_reconcile_partial_cancel")[
        "scenarios"
    ][0]["steps"]
    one, other = received["receipts"]
    subledger = books(
        NET_30,
        FIFO,
        f"""
        2024-01-01 * "Invoice" ^SI
          Assets:Receivable:C1   {raised["amount"]} INR
          Income:Sales

        2024-01-10 * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1  -{one} INR

        2024-01-11 * "Receipt" ^RCP2
          Assets:Bank
          Assets:Receivable:C1  -{other} INR

        2024-01-20 * "The first receipt was returned"
          Assets:Receivable:C1   {cancelled["cancel_receipt"]} INR
            reverses: "RCP1"
          Assets:Bank
        """,
    )
    # An unallocated receipt would be a row of its own.
    assert D(allocated["expect"]["unallocated"]) == D(after["expect"]["unallocated"]) == 0
    assert amounts(subledger, date(2024, 1, 11)) == {"SI": D(allocated["expect"]["SI"])}
    assert amounts(subledger) == {"SI": D(after["expect"]["SI"])}
    assert rules(subledger) == []


def test_credit_note_applied_in_part(case: Case) -> None:
    """80 of a credit note of 100 are applied: 20 are open on both sides."""
    raised, noted, allocated, after = case("erpnext_reconcile_partial_cancel")["scenarios"][1][
        "steps"
    ]
    subledger = books(
        NET_30,
        f"""
        2024-01-01 * "Invoice" ^SI
          Assets:Receivable:C1   {raised["amount"]} INR
          Income:Sales

        2024-01-10 * "Credit note" #credit-note
          credit-note: "CN"
          Income:Sales
          Assets:Receivable:C1  -{noted["amount"]} INR

        2024-01-11 * "A part of it is for the invoice"
          Assets:Receivable:C1   {allocated["allocate"]} INR
            receipt: "CN"
          Assets:Receivable:C1  -{allocated["allocate"]} INR
            invoice: "SI"
        """,
    )
    expected = after["expect"]
    assert amounts(subledger) == {"SI": D(expected["SI"]), "CN": -D(expected["CN"])}
    assert rules(subledger) == []


def test_a_filter_changes_no_figure(case: Case) -> None:
    """A receipt of a month before waits for its invoice by fifo; nothing is open on either side.

    Ours filters by customer and by as-of date only, and neither changes what is outstanding.
    """
    received, raised, _, allocated, _, filtered = case("erpnext_reconcile_partial_cancel")[
        "scenarios"
    ][2]["steps"]
    subledger = books(
        NET_30,
        FIFO,
        f"""
        2024-01-01 * "Receipt" ^RCP1
          Assets:Bank
          Assets:Receivable:C1  -{received["receipt_30_days_before"]} INR

        2024-01-31 * "Invoice" ^SI
          Assets:Receivable:C1   {raised["invoice_today"]} INR
          Income:Sales
        """,
    )
    assert amounts(subledger, date(2024, 1, 30)) == {"RCP1": D(-25)}
    today = date(2024, 1, 31)
    open_rows = open_items(subledger, today)
    assert [one for one in open_rows if one.kind == "item"] == []
    assert len(open_rows) == allocated["expect"]["open_payments"] == 0
    narrow = open_items(subledger, today, customers=("C1",))
    assert len(narrow) == filtered["expect"]["open_invoices"] == 0


# erpnext_advance_allocation_guard ----------------------------------------------------


def advances_of_the_guard(case: Case) -> str:
    """The case's advances and its receivable, with what was returned and allocated before."""
    a, b, c, d, e, r = case("erpnext_advance_allocation_guard")["events"]
    row = D(b["amount"]) / b["rows"]
    for_the_order = D(e["of_which_against_order"])
    return f"""
        2024-01-01 * "Advance A" ^A
          Assets:Bank
          Liabilities:Advances:C1   -{a["amount"]} INR

        2024-01-02 * "Advance B, in three rows" ^B
          Assets:Bank
          Liabilities:Advances:C1   -{row} INR
          Liabilities:Advances:C1   -{row} INR
          Liabilities:Advances:C1   -{row} INR

        2024-01-03 * "Advance C" ^C
          Assets:Bank
          Liabilities:Advances:C1   -{c["amount"]} INR

        2024-01-04 * "A part of C is returned"
          Liabilities:Advances:C1    {c["already_returned"]} INR
            advance: "C"
          Assets:Bank

        2024-01-05 * "Advance D" ^D
          Assets:Bank
          Liabilities:Advances:C1   -{d["amount"]} INR

        2024-01-06 * "Invoice" ^R0
          Assets:Receivable:C1       {d["already_allocated"]} INR
          Income:Sales

        2024-01-06 * "A part of D is allocated"
          Liabilities:Advances:C1    {d["already_allocated"]} INR
            advance: "D"
          Assets:Receivable:C1
            invoice: "R0"

        2024-01-07 * "Advance E, a part of it against an order"
          Assets:Bank
          Liabilities:Advances:C1   -{D(e["amount"]) - for_the_order} INR
            advance: "E"
          Liabilities:Advances:C1   -{for_the_order} INR
            advance: "E-ORDER"
            contract: "ORDER"

        2024-01-31 * "Invoice" ^R
          Assets:Receivable:C1       {r["amount"]} INR
          Income:Sales
        """


def allocation(day: int, number: str, amount: str) -> str:
    """An advance applied to the receivable of the case."""
    return f"""
        2024-02-{day:02} * "Advance applied"
          Liabilities:Advances:C1    {amount} INR
            advance: "{number}"
          Assets:Receivable:C1      -{amount} INR
            invoice: "R"
        """


def test_advances_are_applied_as_far_as_they_go(case: Case) -> None:
    """What is left of each advance, and of the receivable.

    ERPNext keeps an advance's part for an order as a row of the same advance; ours is an advance
    of its own number, with the order as its contract.
    """
    first, second, _, _, last = case("erpnext_advance_allocation_guard")["steps"]
    subledger = books(
        NET_30,
        advances_of_the_guard(case),
        allocation(1, "A", first["allocate"]["amount"]),
        allocation(2, "B", second["allocate"]["amount"]),
        allocation(3, "E-ORDER", last["allocate"]["amount"]),
    )
    after = [amounts(subledger, date(2024, 2, day))["R"] for day in (1, 2, 3)]
    assert after == [D(first["expect_R"]), D(second["expect_R"]), D(last["expect_R"])]
    assert standing(subledger, "A").open == 0
    assert standing(subledger, "B").open == D(second["expect_B_left"])
    assert standing(subledger, "E-ORDER").open == D(last["expect_order_advance"])
    assert standing(subledger, "E").open == D(last["expect_E_left"])
    assert rules(subledger) == []


@pytest.mark.parametrize(("event", "step"), [(2, 2), (3, 3)])
def test_more_than_is_held_of_an_advance(case: Case, event: int, step: int) -> None:
    """Where ERPNext rejects the document, ours has an error at its line."""
    figures = case("erpnext_advance_allocation_guard")
    wanted = figures["steps"][step]
    assert wanted["expect"] == "rejected"
    number = wanted["allocate"]["from"]
    available = D(figures["events"][event]["available"])
    before = books(NET_30, advances_of_the_guard(case))
    assert standing(before, number).open == available
    assert rules(before) == []
    too_much = allocation(1, number, wanted["allocate"]["amount"])
    subledger = books(NET_30, advances_of_the_guard(case), too_much)
    (found,) = [f for f in check.find(subledger) if f.severity == "error"]
    assert (found.rule, found.item) == ("advance-exceeded", number)
    assert standing(subledger, number).open == available - D(wanted["allocate"]["amount"])


# erpnext_advance_over_instalments_fx -------------------------------------------------


def advance_in_dollars(case: Case, *settling: str) -> str:
    """The case's advance, and its invoice in two instalments."""
    advance, invoice = case("erpnext_advance_over_instalments_fx")["events"]
    now, later = invoice["schedule"]
    day = date(2024, 1, 15)
    lines = "".join(f"\n          {line}" for line in settling)
    return f"""
        2024-01-01 price USD {advance["rate"]} INR

        2024-01-01 * "Advance" ^ADV1
          Assets:Bank               {advance["amount"]} USD
          Liabilities:Advances:C1  -{advance["amount"]} USD

        {day} * "Invoice" ^SI1
          terms: "{now["pct"]}% on receipt, rest net {later["due_in_days"]}"
          Assets:Receivable:C1      {invoice["amount"]} USD
          Income:Sales             -{invoice["amount"]} USD

        {day + timedelta(days=1)} * "Advance applied"
          Liabilities:Advances:C1   {advance["amount"]} USD
            advance: "ADV1"{lines}
        """


def test_advance_fills_instalments_oldest_due_first(case: Case) -> None:
    """ERPNext spreads an advance over the instalments pro rata: 2000 and 2000 INR are open.

    Ours (instalments: a credit naming an item fills its instalments oldest due first) settles the
    first: 4000 INR of the second are open. The sum is the same.
    """
    theirs = case("erpnext_advance_over_instalments_fx")["expected"]
    text = advance_in_dollars(case, "Assets:Receivable:C1  -50 USD", '  invoice: "SI1"')
    subledger = books(text)
    day = date(2024, 1, 16)
    assert rows(subledger, day) == [Row("SI1", D(50), D(50))]
    answer = aging(subledger, day, by="item", into="INR")
    assert [row.total for row in answer.rows] == [D(4000)]
    assert answer.totals[0].total == sum(map(D, theirs["outstanding_by_instalment_base"]))
    assert standing(subledger, "ADV1").open == 0


def test_advance_spread_by_hand(case: Case) -> None:
    """With the `due:` of each instalment on its part the advance is spread as ERPNext spreads it."""
    theirs = case("erpnext_advance_over_instalments_fx")["expected"]
    subledger = books(
        advance_in_dollars(
            case,
            "Assets:Receivable:C1  -25 USD",
            '  invoice: "SI1"',
            "  due: 2024-01-15",
            "Assets:Receivable:C1  -25 USD",
            '  invoice: "SI1"',
            "  due: 2024-02-14",
        )
    )
    answer = aging(subledger, date(2024, 1, 16), by="item", into="INR")
    assert [row.total for row in answer.rows] == [
        D(amount) for amount in theirs["outstanding_by_instalment_base"]
    ]
    assert rules(subledger) == []


def test_receipt_ahead_of_the_invoice_by_fifo(case: Case) -> None:
    """Taken as a receipt that waits, the advance fills the oldest-due instalment by fifo as well."""
    advance, invoice = case("erpnext_advance_over_instalments_fx")["events"]
    assert invoice["allocate_advances"] == "fifo"
    subledger = books(
        FIFO,
        f"""
        2024-01-01 * "Receipt, ahead of the invoice" ^RCP1
          Assets:Bank
          Assets:Receivable:C1   -{advance["amount"]} USD

        2024-01-15 * "Invoice" ^SI1
          terms: "50% on receipt, rest net 30"
          Assets:Receivable:C1   {invoice["amount"]} USD
          Income:Sales
        """,
    )
    assert applied_to(subledger, "RCP1") == {"SI1": D(50)}
    assert rows(subledger) == [Row("SI1", D(50), D(50))]


# erpnext_fx_revaluation_in_ar --------------------------------------------------------


def test_revaluation_is_a_question_and_no_document(case: Case) -> None:
    """ERPNext adds a row of 500 INR to the receivables when the rate moves from 80 to 85.

    Ours (conversion: amounts of different currencies are never added; converted views name price
    and date) leaves the item at 100 USD; its worth in INR follows from the price of the day, so
    the 500 are the difference of two dates, and nothing is left when the dollars are paid.
    """
    figures = case("erpnext_fx_revaluation_in_ar")
    invoice, revaluation = figures["events"]
    subledger = books(
        NET_30,
        f"""
        2024-01-01 price USD {invoice["rate"]} INR
        2024-01-31 price USD {revaluation["new_rate"]} INR

        2024-01-01 * "Invoice" ^SI1
          Assets:Receivable:C1      {invoice["amount"]} USD
          Income:Sales

        2024-02-10 * "Receipt" ^SI1
          Assets:Bank
          Assets:Receivable:C1     -{invoice["amount"]} USD
        """,
    )
    before, after = (aging(subledger, date(2024, 1, day), into="INR") for day in (30, 31))
    assert before.totals[0].total == D(invoice["base"])
    assert after.totals[0].total == D(figures["expected"]["total_base"])
    gain = after.totals[0].total - before.totals[0].total
    assert gain == D(figures["expected"]["revaluation_row_base"]["outstanding"])
    assert [(q.currency, q.into, q.date) for q in after.prices] == [
        ("USD", "INR", date(2024, 1, 31))
    ]
    assert amounts(subledger, date(2024, 2, 9)) == {"SI1": D(invoice["amount"])}
    assert aging(subledger, date(2024, 2, 10), into="INR").totals == ()
