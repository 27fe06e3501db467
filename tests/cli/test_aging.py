# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger aging`."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Write
from tests.cli.support import HUADONG, ask, invoke

PAGE = """\
Aging by customer - Small Trade
as of 2024-03-01 · by due date

EUR
customer  name        not due      1-30  31-60  61-90   91+  unapplied     total
--------  ----------  -------  --------  -----  -----  ----  ---------  --------
A1        Alpha GmbH        -  1,000.00      -      -     -          -  1,000.00
B2        北京贝塔          -         -      -      -     -     -50.00    -50.00
--------  ----------  -------  --------  -----  -----  ----  ---------  --------
total                    0.00  1,000.00   0.00   0.00  0.00     -50.00    950.00
of which in credit: -50.00 EUR (B2)

USD
customer  name        not due    1-30  31-60  61-90   91+  unapplied   total
--------  ----------  -------  ------  -----  -----  ----  ---------  ------
A1        Alpha GmbH        -  100.00      -      -     -          -  100.00
--------  ----------  -------  ------  -----  -----  ----  ---------  ------
total                    0.00  100.00   0.00   0.00  0.00       0.00  100.00
"""


def test_table(book: Path) -> None:
    """Currencies apart, customers in credit apart, the day and the basis in the header."""
    done = invoke("aging", book, "--as-of", "2024-03-01")
    assert (done.exit_code, done.stdout) == (0, PAGE)


def test_keys(book: Path) -> None:
    """What the contract promises."""
    answer = ask("aging", book, "--as-of", "2024-03-01", "--customer", "B2")
    assert answer == {
        "schema": 1,
        "complete": True,
        "as_of": "2024-03-01",
        "basis": "due",
        "by": "customer",
        "buckets": ["not-due", "1-30", "31-60", "61-90", "91+"],
        "rows": [
            {
                "customer": "B2",
                "name": "北京贝塔",
                "currency": "EUR",
                "buckets": {
                    "not-due": "0.00",
                    "1-30": "0.00",
                    "31-60": "0.00",
                    "61-90": "0.00",
                    "91+": "0.00",
                },
                "unapplied": "-50.00",
                "total": "-50.00",
            }
        ],
        "totals": [
            {
                "currency": "EUR",
                "buckets": {
                    "not-due": "0.00",
                    "1-30": "0.00",
                    "31-60": "0.00",
                    "61-90": "0.00",
                    "91+": "0.00",
                },
                "unapplied": "-50.00",
                "total": "-50.00",
                "in_credit": "-50.00",
            }
        ],
        "prices": [],
        "findings": [],
    }


@pytest.mark.parametrize("by", ["customer", "item", "account", "segment", "salesperson"])
@pytest.mark.parametrize("basis", ["due", "invoice"])
def test_every_grouping_comes_to_the_same_total(by: str, basis: str) -> None:
    """Buckets and unapplied credits are the total, in each row and over all rows."""
    answer = ask("aging", HUADONG, "--as-of", "2025-06-30", "--by", by, "--basis", basis)
    assert [(total["currency"], total["total"]) for total in answer["totals"]] == [
        ("CNY", "3714642.10"),
        ("USD", "161500.00"),
    ]
    for row in [*answer["rows"], *answer["totals"]]:
        parts = [*row["buckets"].values(), row["unapplied"]]
        assert sum(map(Decimal, parts)) == Decimal(row["total"])
        assert list(row["buckets"]) == answer["buckets"]


def test_by_item_has_the_fields_of_the_open_items(book: Path) -> None:
    """And the days; a credit has none, it falls due never."""
    rows = ask("aging", book, "--as-of", "2024-03-01", "--by", "item")["rows"]
    assert [(row["item"], row["kind"], row["days"]) for row in rows] == [
        ("INV-1", "item", 21),
        ("INV-2", "item", 11),
        ("RCP-9", "credit", None),
    ]
    opened = ask("open-items", book, "--as-of", "2024-03-01")["items"]
    assert [{key: row[key] for key in opened[0]} for row in rows] == opened


def test_by_item_table(book: Path) -> None:
    """Item, due date and days stand before the buckets."""
    lines = invoke("aging", book, "--as-of", "2024-03-01", "--by", "item").stdout.splitlines()
    assert lines[4].split()[:6] == ["customer", "name", "item", "due", "days", "not"]
    assert lines[6].split()[:6] == ["A1", "Alpha", "GmbH", "INV-1", "2024-02-09", "21"]


def test_days_count_from_the_invoice_on_that_basis(book: Path) -> None:
    """51 days after 10 January."""
    answer = ask("aging", book, "--as-of", "2024-03-01", "--by", "item", "--basis", "invoice")
    assert answer["buckets"][0] == "0-30"
    assert answer["rows"][0]["days"] == 51


def test_buckets_of_years() -> None:
    """`--buckets 1y,2y,3y`."""
    answer = ask("aging", HUADONG, "--as-of", "2025-06-30", "--buckets", "1y,2y,3y")
    assert answer["buckets"] == ["not-due", "≤1y", "1y-2y", "2y-3y", ">3y"]
    rows = {row["customer"]: row["buckets"] for row in answer["rows"]}
    assert rows["C020"][">3y"] == "83000.00"


@pytest.mark.parametrize("edges", ["", "30,20", "x", "30,1y", "0,30", "-5", "30,,60"])
def test_buckets_that_are_none(book: Path, edges: str) -> None:
    """One line, status 2."""
    done = invoke("aging", book, "--buckets", edges)
    assert done.exit_code == 2
    assert "Invalid value for '--buckets'" in done.stderr


def test_conversion_names_price_and_date(book: Path) -> None:
    """100 USD at 0.90 are 90 EUR; the rows of one customer come together."""
    answer = ask("aging", book, "--as-of", "2024-03-01", "--in", "EUR")
    assert [(row["customer"], row["currency"], row["total"]) for row in answer["rows"]] == [
        ("A1", "EUR", "1090.00"),
        ("B2", "EUR", "-50.00"),
    ]
    assert answer["prices"] == [
        {"currency": "USD", "into": "EUR", "date": "2024-01-01", "rate": "0.90", "inverse": False}
    ]
    page = invoke("aging", book, "--as-of", "2024-03-01", "--in", "EUR").stdout
    assert "price used: 1 USD = 0.90 EUR (2024-01-01)" in page


def test_conversion_the_other_way_round(book: Path) -> None:
    """Divided by the same price, and shown as the ledger states it."""
    answer = ask("aging", book, "--as-of", "2024-03-01", "--in", "USD", "--customer", "A1")
    assert answer["rows"][0]["total"] == "1211.11"
    assert answer["prices"][0]["inverse"] is True
    page = invoke("aging", book, "--as-of", "2024-03-01", "--in", "USD").stdout
    assert "price used: 1 USD = 0.90 EUR (2024-01-01)" in page


def test_by_item_converted_keeps_the_currency_of_the_document(book: Path) -> None:
    """What was invoiced in dollars was invoiced in dollars."""
    answer = ask("aging", book, "--as-of", "2024-03-01", "--in", "EUR", "--by", "item")
    dollars = next(row for row in answer["rows"] if row["item"] == "INV-2")
    assert (dollars["currency"], dollars["total"]) == ("EUR", "90.00")
    assert (dollars["original_currency"], dollars["outstanding"]) == ("USD", "100.00")


def test_a_missing_price_is_a_finding(book: Path) -> None:
    """The amount stays in its own currency; the answer and stderr say why."""
    answer = ask("aging", book, "--as-of", "2024-03-01", "--in", "GBP")
    assert [found["rule"] for found in answer["findings"]] == ["missing-price", "missing-price"]
    assert {row["currency"] for row in answer["rows"]} == {"EUR", "USD"}
    done = invoke("aging", book, "--as-of", "2024-03-01", "--in", "GBP")
    assert done.exit_code == 0
    assert "there is no price of EUR in GBP on or before 2024-03-01" in done.stderr
    note = (
        "not in GBP, nor in its totals: A1, B2 (EUR): "
        "there is no price of EUR in GBP on or before 2024-03-01"
    )
    assert note in done.stdout
    assert (
        note
        in invoke("aging", book, "--as-of", "2024-03-01", "--in", "GBP", "--format", "csv").stderr
    )
    by_item = ("--in", "GBP", "--by", "item")
    assert (
        "not in GBP, nor in its totals: INV-2 (USD)"
        in invoke("aging", book, "--as-of", "2024-03-01", *by_item).stdout
    )


def test_a_currency_that_is_none(book: Path) -> None:
    """As Beancount spells one, or status 2."""
    done = invoke("aging", book, "--in", "euro")
    assert done.exit_code == 2
    assert "'euro' is not a currency like EUR" in done.stderr


def test_explain(book: Path) -> None:
    """Each figure's documents, with their places."""
    rows = ask("aging", book, "--as-of", "2024-03-01", "--explain")["rows"]
    assert [row["sources"] for row in rows] == [
        ["ledger.beancount:29"],
        ["ledger.beancount:35"],
        ["ledger.beancount:51"],
    ]
    page = invoke("aging", book, "--as-of", "2024-03-01", "--explain").stdout
    assert "    ledger.beancount:29  INV-1  1,000.00 EUR\n" in page


def test_csv(book: Path) -> None:
    """A column a bucket."""
    done = invoke("aging", book, "--as-of", "2024-03-01", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert rows[0]["1-30"] == "1000.00"
    assert rows[1]["unapplied"] == "0.00"
    assert list(rows[0]) == [
        "customer",
        "name",
        "currency",
        "not-due",
        "1-30",
        "31-60",
        "61-90",
        "91+",
        "unapplied",
        "total",
    ]


def test_csv_by_item(book: Path) -> None:
    """With what identifies an item."""
    done = invoke("aging", book, "--as-of", "2024-03-01", "--by", "item", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(row["item"], row["days"], row["total"]) for row in rows] == [
        ("INV-1", "21", "1000.00"),
        ("INV-2", "11", "100.00"),
        ("RCP-9", "", "-50.00"),
    ]


def test_a_group_without_a_name(book: Path) -> None:
    """Customers without a salesperson stand together, and it is said."""
    page = invoke("aging", book, "--as-of", "2024-03-01", "--by", "salesperson").stdout
    assert "(none)" in page
    assert "Ada" in page


def test_conditional_items_have_no_days(write: Write) -> None:
    """Retention money falls due never, before it is transferred."""
    book = write("""\
2024-01-01 open Assets:Receivable:X
  conditional: TRUE
2024-01-01 open Income:Sales
2024-01-10 * "Retention" ^INV-1
  Assets:Receivable:X   60 EUR
  Income:Sales
""")
    (row,) = ask("aging", book, "--as-of", "2024-06-30", "--by", "item")["rows"]
    assert (row["days"], row["buckets"]["not-due"]) == (None, "60.00")


def test_own_bucket_ages_credits(write: Write) -> None:
    """By their own date; the days say so."""
    book = write("""\
2024-01-01 custom "ar-option" "unapplied-credits" "own-bucket"
2024-01-01 open Assets:Receivable:X
2024-01-01 open Assets:Bank
2024-01-10 * "On account"
  Assets:Bank            60 EUR
  Assets:Receivable:X   -60 EUR
""")
    (row,) = ask("aging", book, "--as-of", "2024-01-20", "--by", "item")["rows"]
    assert (row["days"], row["buckets"]["1-30"], row["unapplied"]) == (10, "-60.00", "0.00")


def test_nothing_is_outstanding(book: Path) -> None:
    """It is said, rather than nothing."""
    done = invoke("aging", book, "--as-of", "2024-01-05")
    assert done.stdout.endswith("\nnothing is outstanding\n")
