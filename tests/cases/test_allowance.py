# SPDX-License-Identifier: GPL-2.0-or-later
"""The allowance: IFRS 9's own example, textbooks, and a Chinese manual of write-offs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from arledger.allowance import allowance
from arledger.roll_forward import FIELDS, roll_forward
from arledger.subledger.subledger import Subledger
from tests.cases.books import D, amounts, books, rules
from tests.cases.conftest import Case

LABELS = ("not-due", "1-30", "31-60", "61-90", "91+")
YEAR_END = date(2024, 12, 31)
# A due date in each bucket at the year's end: the last day of it.
DUE = (
    date(2024, 12, 31),
    date(2024, 12, 1),
    date(2024, 11, 1),
    date(2024, 10, 2),
    date(2024, 10, 1),
)


def rates(percents: list[str]) -> str:
    """A matrix of loss rates; they are written as parts of 1."""
    return "".join(
        f"""
        2024-01-01 custom "loss-rate" Assets:Receivable "{label}" {D(percent) / 100}"""
        for label, percent in zip(LABELS, percents, strict=True)
    )


def invoices(gross: list[str], currency: str) -> str:
    """One invoice a bucket, in that bucket at the year's end."""
    return "".join(
        f"""
        2024-09-01 * "Invoice" ^INV{number}
          due: {due}
          Assets:Receivable:C1    {amount} {currency}
          Income:Sales
        """
        for number, (amount, due) in enumerate(zip(gross, DUE, strict=True), 1)
    )


def movements(subledger: Subledger, since: date, as_of: date) -> dict[str, Decimal]:
    """The roll-forward, collective and specific together."""
    both = roll_forward(subledger, since, as_of)
    fields = ("opening", *FIELDS, "closing")
    return {field: sum((getattr(row, field) for row in both), D(0)) for field in fields}


# ecl_ifrs9_ie12 ----------------------------------------------------------------------


def test_ifrs_9_illustrative_example_12(case: Case) -> None:
    """45,000 + 120,000 + 144,000 + 165,000 + 106,000 = 580,000 on a portfolio of 30,000,000."""
    figures = case("ecl_ifrs9_ie12")
    expected = figures["expected_derived"]
    subledger = books(rates(figures["rates_pct"]), invoices(figures["gross"], "EUR"))
    answer = allowance(subledger, YEAR_END)
    assert [row.bucket for row in answer.rows] == list(LABELS)
    assert [row.gross for row in answer.rows] == [D(gross) for gross in figures["gross"]]
    assert [row.allowance for row in answer.rows] == [D(one) for one in expected["allowance"]]
    (total,) = answer.total
    assert (total.required, total.booked) == (D(expected["total"]), D(0))
    assert total.required == D(580_000)
    assert sum(share.allowance for share in answer.customers) == total.required


# allowance_writeoff_two_methods ------------------------------------------------------


def year_of_the_textbook(case: Case, *closing: str) -> Subledger:
    """The year's receivables: what was there, what was sold, collected and written off.

    What is open at the end is sold in this year; what was there at its beginning is collected
    but for what is written off.
    """
    figures = case("allowance_writeoff_two_methods")
    ar, aging = figures["ar"], figures["aging"]
    gross = [amount for amount, _ in aging.values()]
    sold_and_paid = D(ar["sales"]) - D(ar["end"])
    old_and_paid = D(ar["begin"]) - D(ar["writeoffs"])
    assert sold_and_paid + old_and_paid == D(ar["collections"])
    return books(
        rates([percent for _, percent in aging.values()]),
        invoices(gross, "USD"),
        f"""
        2023-12-31 * "Opening balances" #opening
          Assets:Receivable:C1    {ar["begin"]} USD
            invoice: "OLD"
            due: 2023-12-31
          Assets:Allowance       -{figures["allowance_begin"]} USD
          Equity:Opening

        2024-06-01 * "Sold and paid" ^PAID
          due: 2024-06-01
          Assets:Receivable:C1    {sold_and_paid} USD
          Income:Sales

        2024-06-01 * "Collected"
          Assets:Bank             {ar["collections"]} USD
          Assets:Receivable:C1   -{sold_and_paid} USD
            invoice: "PAID"
          Assets:Receivable:C1   -{old_and_paid} USD
            invoice: "OLD"

        2024-07-01 * "Written off" #write-off
          Assets:Allowance        {ar["writeoffs"]} USD
          Assets:Receivable:C1
            invoice: "OLD"
        """,
        *closing,
    )


def charged(amount: str) -> str:
    """The allowance entry of the year's end."""
    return f"""
        2024-12-31 * "Allowance" #allowance
          Expenses:CreditLoss     {amount} USD
          Assets:Allowance
        """


def test_aging_method(case: Case) -> None:
    """The write-off takes from the allowance; the expense is what brings it to the required."""
    figures = case("allowance_writeoff_two_methods")
    expected = figures["expected"]["aging_method"]
    subledger = year_of_the_textbook(case)
    assert sum(amounts(subledger, YEAR_END).values()) == D(figures["ar"]["end"])
    (total,) = allowance(subledger, YEAR_END).total
    assert total.required == D(expected["allowance_end"])
    assert total.booked == D(figures["allowance_begin"]) - D(figures["ar"]["writeoffs"])
    assert total.change == D(expected["expense"])

    subledger = year_of_the_textbook(case, charged(expected["expense"]))
    assert rules(subledger) == []
    assert movements(subledger, date(2023, 12, 31), YEAR_END) == {
        "opening": D(figures["allowance_begin"]),
        "charge": D(expected["expense"]),
        "release": D(0),
        "write_offs": D(figures["ar"]["writeoffs"]),
        "recoveries": D(0),
        "exchange": D(0),
        "closing": D(expected["allowance_end"]),
    }


def test_percentage_of_sales_is_not_our_method(case: Case) -> None:
    """A charge of 0.80 % of sales, whatever is outstanding.

    Ours (allowance: outstanding x rate, per bucket) finds that the allowance booked so differs
    from the required one. The figures themselves follow from the postings.
    """
    figures = case("allowance_writeoff_two_methods")
    expected = figures["expected"]["percent_of_sales_0_80"]
    assert D(figures["ar"]["sales"]) * D("0.0080") == D(expected["expense"])
    subledger = year_of_the_textbook(case, charged(expected["expense"]))
    (total,) = allowance(subledger, YEAR_END).total
    assert total.booked == D(expected["allowance_end"])
    by_aging = figures["expected"]["aging_method"]
    assert total.change == D(by_aging["allowance_end"]) - D(expected["allowance_end"])
    assert rules(subledger) == ["allowance-differs"]


# allowance_cn_writeoff_recovery ------------------------------------------------------

TEN_THOUSAND = 10_000


def yuan(ten_thousands: str) -> Decimal:
    """The case counts in units of 10,000 yuan (万元)."""
    return D(ten_thousands) * TEN_THOUSAND


FIRST, SECOND, THIRD = (date(year, 12, 31) for year in (2022, 2023, 2024))


def bankrupt(case: Case, lost: Decimal, charge: Decimal, *later: str) -> Subledger:
    """5 % on an invoice of a year's standing; then the customer is bankrupt, `lost` is lost."""
    first = case("allowance_cn_writeoff_recovery")["steps"][0]
    return books(
        f"""
        2022-01-01 custom "allowance-buckets" Assets:Receivable "1y"
        2022-01-01 custom "allowance-basis" Assets:Receivable "invoice"
        2022-01-01 custom "loss-rate" Assets:Receivable "≤1y" {D(first["rate_pct"]) / 100}
        2022-01-01 custom "loss-rate" Assets:Receivable ">1y" 0

        2022-07-01 * "Invoice" ^INV1
          due: 2022-07-31
          Assets:Receivable:C1    {yuan(first["ar"])} CNY
          Income:Sales

        2022-12-31 * "Allowance" #allowance
          Expenses:CreditLoss     {yuan(first["expected"]["charge"])} CNY
          Assets:Allowance

        2023-06-01 custom "specific-allowance" "C1" {lost} CNY
          invoice: "INV1"
          until: 2023-06-30
          reason: "bankrupt"

        2023-06-30 * "Allowance" #allowance
          Expenses:CreditLoss     {charge} CNY
          Assets:Allowance

        2023-07-01 * "Written off" #write-off
          Assets:Allowance        {lost} CNY
          Assets:Receivable:C1
            invoice: "INV1"
        """,
        *later,
    )


def booked(subledger: Subledger, day: date) -> Decimal:
    """The booked allowance."""
    return sum((total.booked for total in allowance(subledger, day).total), D(0))


def test_nothing_recoverable(case: Case) -> None:
    """5 in the first year, 95 more in the second, and 100 written off.

    Ours (roll-forward: collective and specific apart) releases the 5 of the matrix and charges 100
    for the customer alone: 95 together.
    """
    first, second, *_ = case("allowance_cn_writeoff_recovery")["steps"]
    expected = second["expected"]
    subledger = bankrupt(case, yuan(expected["writeoff"]), yuan(expected["charge"]))
    (total,) = allowance(subledger, FIRST).total
    assert total.required == total.booked == yuan(first["expected"]["allowance"])
    assert booked(subledger, SECOND) == yuan(expected["allowance"])
    assert amounts(subledger, SECOND) == {}
    assert D(expected["ar"]) == 0
    assert rules(subledger) == []
    moved = movements(subledger, FIRST, SECOND)
    assert (moved["charge"], moved["release"]) == (yuan("100"), yuan("5"))
    assert moved.pop("charge") - moved.pop("release") == yuan(expected["charge"])
    assert moved == {
        "opening": yuan(first["expected"]["allowance"]),
        "write_offs": yuan(expected["writeoff"]),
        "recoveries": D(0),
        "exchange": D(0),
        "closing": yuan(expected["allowance"]),
    }


def test_a_part_is_recoverable(case: Case) -> None:
    """10 of 100 can be recovered: 85 more, 90 written off, 10 still open."""
    expected = case("allowance_cn_writeoff_recovery")["steps"][2]["expected"]
    subledger = bankrupt(case, yuan(expected["writeoff"]), yuan(expected["charge"]))
    assert amounts(subledger, SECOND) == {"INV1": yuan(expected["ar"])}
    assert booked(subledger, SECOND) == 0
    assert rules(subledger) == []


def recovered(restored: Decimal, cash: Decimal) -> str:
    """Money after all: as far as it was written off the allowance is restored, and then paid."""
    return f"""
        2024-05-01 * "Recovered: restored" #recovery
          Assets:Receivable:C1    {restored} CNY
            invoice: "INV1"
          Assets:Allowance

        2024-05-01 * "Recovered: paid"
          Assets:Bank
          Assets:Receivable:C1   -{cash} CNY
            invoice: "INV1"
        """


def test_recovered_after_all_was_written_off(case: Case) -> None:
    """15 come in: the allowance is restored by 15, and released at the year's end."""
    steps = case("allowance_cn_writeoff_recovery")["steps"]
    second, third = steps[1], steps[3]
    expected = third["expected"]
    assert third["after_full_writeoff_recovered"] == expected["cash"]
    subledger = bankrupt(
        case,
        yuan(second["expected"]["writeoff"]),
        yuan(second["expected"]["charge"]),
        recovered(yuan(expected["allowance_restored"]), yuan(expected["cash"])),
    )
    assert booked(subledger, THIRD) == yuan(expected["allowance_restored"])
    (total,) = allowance(subledger, THIRD).total
    assert total.change == yuan(expected["year_end_charge"])
    assert amounts(subledger, THIRD) == {}
    (item,) = subledger.items
    assert item.outstanding(THIRD) == 0
    assert rules(subledger) == []
    moved = movements(subledger, SECOND, THIRD)
    assert (moved["opening"], moved["recoveries"]) == (D(0), yuan(expected["allowance_restored"]))


def test_recovered_after_a_part_was_written_off(case: Case) -> None:
    """15 come in on 10 that are open: 5 of the 90 written off are restored, 15 are cleared."""
    steps = case("allowance_cn_writeoff_recovery")["steps"]
    second, third = steps[2], steps[4]
    expected = third["expected"]
    assert third["after_90_writeoff_recovered"] == expected["cash"]
    subledger = bankrupt(
        case,
        yuan(second["expected"]["writeoff"]),
        yuan(second["expected"]["charge"]),
        recovered(yuan(expected["allowance_restored"]), yuan(expected["cash"])),
    )
    assert booked(subledger, THIRD) == yuan(expected["allowance_restored"])
    assert amounts(subledger, THIRD) == {}
    (receipt,) = [credit for credit in subledger.credits if credit.kind.value == "receipt"]
    assert receipt.amount == yuan(expected["ar_cleared"])
    assert receipt.unapplied(THIRD) == 0
    assert rules(subledger) == []
