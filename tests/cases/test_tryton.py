# SPDX-License-Identifier: GPL-2.0-or-later
"""What Tryton's own tests expect of limits, terms, statements, deposits and days overdue."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from arledger import check
from arledger.aging import aging
from arledger.language.buckets import day_buckets
from arledger.subledger.subledger import Subledger
from tests.cases.books import (
    NET_30,
    D,
    amounts,
    applied_to,
    books,
    credit_row,
    rows,
    rules,
    standing,
)
from tests.cases.conftest import Case

# tryton_credit_limit -----------------------------------------------------------------


def with_limit(exposure: str, one: dict[str, Any], *, waiver: str = "; not waived") -> Subledger:
    """What is owed, what is added to it, and the limit, if any."""
    blocks = [
        f"""
        2024-01-10 * "Invoice" ^INV1
          Assets:Receivable:C1   {exposure} EUR
          Income:Sales
        """
    ]
    if D(one["additional"]):
        blocks.append(
            f"""
            2024-01-20 * "Another invoice" ^INV2
              {waiver}
              Assets:Receivable:C1   {one["additional"]} EUR
              Income:Sales
            """
        )
    if one["limit"] is not None:
        blocks.append(f'2024-01-01 custom "credit-limit" "C1" {one["limit"]} EUR')
    return books(NET_30, *blocks)


@pytest.mark.parametrize("at", range(5))
def test_credit_limit(case: Case, at: int) -> None:
    """No limit and a limit of zero are different things."""
    figures = case("tryton_credit_limit")
    assert len(figures["checks"]) == 5
    one = figures["checks"][at]
    subledger = with_limit(figures["exposure"], one)
    row = credit_row(subledger)
    assert row.exposure == D(figures["exposure"]) + D(one["additional"])
    assert row.limit == (None if one["limit"] is None else D(one["limit"]))
    assert (row.available is None) is (row.limit is None)
    exceeded = "limit-exceeded" in rules(subledger)
    assert exceeded is (one["expected"] == "exceeded")


def test_credit_limit_overridden(case: Case) -> None:
    """What Tryton lets a user of a certain group override is a waiver by name here."""
    figures = case("tryton_credit_limit")
    one = figures["checks"][-1]
    waiver = 'credit-waiver: "Wang Min"\n              waiver-until: 2024-12-31'
    subledger = with_limit(figures["exposure"], one, waiver=waiver)
    assert rules(subledger, date(2024, 12, 31)) == []
    assert credit_row(subledger).available == D(one["limit"]) - D(250) < 0
    assert rules(subledger, date(2025, 1, 1)) == ["waiver-ended"]


# tryton_payment_terms ----------------------------------------------------------------


def in_our_words(lines: list[dict[str, Any]], fixed: str) -> str:
    """Tryton's lines of payment terms; it sets the day of the month before it adds the days."""
    parts = []
    for line in lines:
        share = "rest"
        if "pct_of_remainder" in line:
            share = f"{line['pct_of_remainder']}% of rest"
        elif "pct_of_total" in line:
            share = f"{line['pct_of_total']}%"
        elif "fixed" in line:
            share = f"{fixed} EUR"
        months, days = line["delta"].get("months", 0), line["delta"].get("days", 0)
        day = f" then {line['delta']['then_day']}th then" if "then_day" in line["delta"] else ""
        parts.append(f"{share} net {months} months{day} {days} days")
    return ", ".join(parts)


def test_payment_terms(case: Case) -> None:
    """Four instalments of an invoice sum to it exactly."""
    figures = case("tryton_payment_terms")
    invoice, _, _ = figures["scenarios"]
    subledger = books(
        f"""
        {invoice["date"]} custom "payment-terms" "C1" "{in_our_words(figures["terms"], invoice["F"])}"

        {invoice["date"]} * "Invoice" ^INV1
          Assets:Receivable:C1   {invoice["amount"]} EUR
          Income:Sales
        """
    )
    assert [(item.due, item.amount) for item in subledger.items] == [
        (day, D(amount)) for day, amount in invoice["expected"]
    ]
    assert [item.instalment for item in subledger.items] == [1, 2, 3, 4]
    assert amounts(subledger) == {"INV1": D(invoice["amount"])}
    assert rules(subledger, invoice["date"]) == []


def test_payment_terms_of_a_credit_note(case: Case) -> None:
    """Tryton splits a credit note of -10 by the terms as well.

    Ours (kinds; unapplied credit: its own column, in no bucket) is one credit without a due date.
    """
    figures = case("tryton_payment_terms")
    _, note, _ = figures["scenarios"]
    subledger = books(
        f"""
        {note["date"]} custom "payment-terms" "C1" "{in_our_words(figures["terms"], note["F"])}"

        {note["date"]} * "Credit note" ^CN1 #credit-note
          Assets:Receivable:C1   {note["amount"]} EUR
          Income:Sales
        """
    )
    (row,) = rows(subledger)
    assert (row.number, row.open) == ("CN1", D(note["amount"]))
    assert row.open == sum(D(amount) for _, amount in note["expected"])
    (total,) = aging(subledger, date(2012, 1, 31)).totals
    assert (set(total.buckets), total.unapplied) == ({D(0)}, D(note["amount"]))


def test_payment_terms_of_nothing(case: Case) -> None:
    """An invoice of nothing is due at once, and never open."""
    figures = case("tryton_payment_terms")
    *_, nothing = figures["scenarios"]
    subledger = books(
        f"""
        {nothing["date"]} custom "payment-terms" "C1" "{in_our_words(nothing["terms"], "")}"

        {nothing["date"]} * "Invoice" ^INV1
          Assets:Receivable:C1   {nothing["amount"]} EUR
          Income:Sales           {nothing["amount"]} EUR
        """
    )
    assert [(item.due, item.amount) for item in subledger.items] == [
        (day, D(amount)) for day, amount in nothing["expected"]
    ]
    assert rows(subledger) == []
    assert len(rows(subledger, settled=True)) == 1


# tryton_statement_allocation ---------------------------------------------------------


def statement_ledger(case: Case) -> str:
    """The documents of the case, and its two bank lines as they are booked.

    How bank lines find their documents, and the checks of a bank statement, are matching: not
    the ledger's. Here the first line takes the oldest items, the second names the credit note.
    """
    figures = case("tryton_statement_allocation")
    one, other, note = figures["events"]
    received, repaid = figures["bank_lines"]
    return f"""
        2024-01-10 * "Invoice" ^I1
          Assets:Receivable:C1   {one["amount"]} EUR
          Income:Sales

        2024-01-11 * "Invoice" ^I2
          Assets:Receivable:C1   {other["amount"]} EUR
          Income:Sales

        2024-01-12 * "Credit note" ^C1 #credit-note
          Assets:Receivable:C1  -{note["amount"]} EUR
          Income:Sales

        2024-02-01 * "Bank" ^B1
          Assets:Bank            {received["amount"]} EUR
          Assets:Receivable:C1
            allocation: "fifo"

        2024-02-02 * "Bank"
          Assets:Bank            {repaid["amount"]} EUR
          Assets:Receivable:C1
            receipt: "C1"
        """


def test_statement_allocation(case: Case) -> None:
    """A receipt over two invoices, and a credit note that is paid out."""
    figures = case("tryton_statement_allocation")
    received, repaid = figures["bank_lines"]
    assert (received["relate"], repaid["relate"]) == (["I1", "I2"], ["C1"])
    subledger = books(NET_30, statement_ledger(case))
    split = {number: D(part) for number, part in received["expected_split"].items()}
    assert applied_to(subledger, "B1") == split
    expected = figures["expected"]
    left = {number: D(expected[number].get("left", "0")) for number in ("I1", "I2", "C1")}
    assert amounts(subledger) == {number: amount for number, amount in left.items() if amount}
    assert rules(subledger) == []


def test_more_than_a_document_is_open_for(case: Case) -> None:
    """The case's guards, which are on the supplier's side there, seen from the customer's.

    60 paid on an invoice of 50 settle it and leave 10; one invoice paid twice leaves the second
    payment. Ours (fifo: a credit that names an item never goes further; its excess stays
    unapplied, with a finding) says so.
    """
    overpaid, twice = case("tryton_statement_allocation")["guards"]
    amount = twice["same_invoice_on_two_statements"].split()[0]
    subledger = books(
        NET_30,
        f"""
        2024-01-10 * "Invoice" ^I1
          Assets:Receivable:C1   {overpaid["bill"]} EUR
          Income:Sales

        2024-02-01 * "Bank" ^B1
          Assets:Receivable:C1   {overpaid["bank"]} EUR
            invoice: "I1"
          Assets:Bank

        2024-03-10 * "Invoice" ^I2
          Assets:Receivable:C1   {amount} EUR
          Income:Sales

        2024-04-01 * "Bank" ^B2
          Assets:Receivable:C1  -{amount} EUR
            invoice: "I2"
          Assets:Bank

        2024-04-02 * "Bank, another statement" ^B3
          Assets:Receivable:C1  -{amount} EUR
            invoice: "I2"
          Assets:Bank
        """,
    )
    split = overpaid["expected_split"]
    assert applied_to(subledger, "B1") == {"I1": -D(split["bill"])}
    assert amounts(subledger) == {"B1": D(split["unrelated"]), "B3": -D(amount)}
    assert rules(subledger) == ["over-application", "over-application"]


# tryton_deposit_recall ---------------------------------------------------------------


def deposit_ledger(case: Case, recalled: str) -> str:
    """A deposit that is invoiced and paid, and a final invoice that takes some of it."""
    invoiced, final, *_ = case("tryton_deposit_recall")["steps"]
    return f"""
        2024-01-10 * "Invoice of the deposit" ^D1
          Assets:Receivable:C1        {invoiced["invoice_deposit"]} EUR
          Liabilities:Advances:C1    -{invoiced["invoice_deposit"]} EUR

        2024-01-31 * "The deposit is paid"
          Assets:Bank
          Assets:Receivable:C1       -{invoiced["invoice_deposit"]} EUR
            invoice: "D1"

        2024-03-10 * "Final invoice, less the deposit" ^F1
          Income:Sales               -{final["final_invoice"]} EUR
          Liabilities:Advances:C1     {recalled} EUR
            advance: "D1"
          Assets:Receivable:C1
        """


def test_deposit_recalled(case: Case) -> None:
    """The deposit is a liability of its own until the final invoice takes it.

    Tryton holds it as soon as it is invoiced. Ours (credit, advance, against a receivable: held
    as far as that receivable has been paid) holds it once it is paid, and shows it as invoiced
    and unpaid before; both together are the ledger's balance.
    """
    invoiced, final, _, accepted = case("tryton_deposit_recall")["steps"]
    assert accepted["expect"] == "posted"
    subledger = books(NET_30, deposit_ledger(case, accepted["recall"]))
    deposit = D(invoiced["expect_party_deposit"])
    before, after = (standing(subledger, "D1", date(2024, 1, day)) for day in (30, 31))
    assert (before.open, before.unpaid) == (D(0), deposit)
    assert (after.open, after.unpaid) == (deposit, D(0))
    assert amounts(subledger) == {"F1": D(final["expect_untaxed"])}
    closing = standing(subledger, "D1")
    assert (closing.earned, closing.open) == (deposit, D(0))
    assert rules(subledger) == []


def test_more_recalled_than_was_paid(case: Case) -> None:
    """What Tryton refuses to post is an error at its line here."""
    steps = case("tryton_deposit_recall")["steps"]
    refused = steps[2]
    assert refused["expect"].startswith("rejected")
    subledger = books(NET_30, deposit_ledger(case, refused["recall"]))
    assert rules(subledger) == ["advance-exceeded"]
    (found,) = check.find(subledger)
    assert (found.severity, found.item, found.date) == ("error", "D1", date(2024, 3, 10))


# tryton_dunning_levels ---------------------------------------------------------------


def test_days_overdue_at_the_edges_of_dunning_levels(case: Case) -> None:
    """Which level an open item has reached: only that is the ledger's.

    Drafts, sent and blocked reminders are dunning, which comes later; what it will rest upon is
    that a paid item is gone at once and that an item is 4, then 5 days overdue.
    """
    figures = case("tryton_dunning_levels")
    paid, late = figures["events"]
    first, second, third = figures["levels_days_overdue"]
    start = figures["d0"]
    start = start if isinstance(start, date) else date.fromisoformat(str(start)[:10])

    def day(offset: int) -> date:
        return start + timedelta(days=offset)

    subledger = books(
        f"""
        {day(paid["date_offset"])} * "Invoice" ^I1
          due: {day(paid["maturity_offset"])}
          Assets:Receivable:C1   {paid["amount"]} EUR
          Income:Sales

        {day(late["date_offset"])} * "Invoice" ^I2
          due: {day(late["maturity_offset"])}
          Assets:Receivable:C1   {late["amount"]} EUR
          Income:Sales

        {day(paid["paid_offset"])} * "Paid at once"
          Assets:Bank
          Assets:Receivable:C1  -{paid["amount"]} EUR
            invoice: "I1"

        {day(31)} * "Paid"
          Assets:Bank
          Assets:Receivable:C1  -{late["amount"]} EUR
            invoice: "I2"
        """
    )
    levels = day_buckets((first - 1, second - 1, third - 1))

    def reached(offset: int) -> dict[str, int]:
        """The level of each open item: not due, or below the first, is none."""
        answer = aging(subledger, day(offset), by="item", buckets=levels)
        places = {row.key: row.buckets.index(row.total) - 1 for row in answer.rows}
        return {key: level for key, level in places.items() if level > 0}

    at_4, at_5, at_30, *_, pay, at_50 = figures["steps"]
    assert reached(at_4["run_at"]) == {} == {one["item"]: 1 for one in at_4["expect"]}
    assert reached(at_5["run_at"]) == {one["item"]: one["level"] for one in at_5["expect"]}
    # By its days the item has reached level 2 at 30; that level 1 must be sent first is dunning.
    (stuck,) = at_30["expect"]
    assert reached(at_30["run_at"]) == {stuck["item"]: 2}
    assert [one["level"] for one in figures["steps"][5]["expect"]] == [2]
    assert (pay["pay"], pay["expect"], at_50["expect"]) == ("I2", [], [])
    assert amounts(subledger, day(30)) == {"I2": D(late["amount"])}
    assert amounts(subledger, day(31)) == amounts(subledger, day(at_50["run_at"])) == {}
    assert reached(at_50["run_at"]) == {}
