# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger allowance`."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Write
from tests.cli.support import BOOK, HUADONG, NORTHWIND, ask, invoke

PAGE = """\
Allowance for expected credit losses - Small Trade
as of 2024-03-01
price used: 1 USD = 0.90 EUR (2024-01-01)

By loss rates
account            bucket  currency  outstanding  loss rate  allowance  in
-----------------  ------  --------  -----------  ---------  ---------  ---
Assets:Receivable  1-30    EUR          1,000.00        2 %      20.00  EUR
Assets:Receivable  1-30    USD            100.00        2 %       1.80  EUR
-----------------  ------  --------  -----------  ---------  ---------  ---
total                                                            21.80  EUR

Required against booked, all customers
currency  required  booked  change
--------  --------  ------  ------
EUR          21.80    0.00   21.80
`--entry` prints the transaction that books the change
"""

ENTRY = """\
2024-03-01 * "Allowance for expected credit losses" #allowance
  Expenses:CreditLoss   21.80 EUR
  Assets:Allowance     -21.80 EUR
"""

SPECIFIC = """
2024-02-20 custom "specific-allowance" "A1" 700.00 EUR
  invoice: "INV-1"
"""


def test_table(book: Path) -> None:
    """The matrix, required against booked, and how to book the change."""
    done = invoke("allowance", book, "--as-of", "2024-03-01")
    assert (done.exit_code, done.stdout) == (0, PAGE)


def test_keys(book: Path) -> None:
    """Rates are strings; the customers' shares add up to the total."""
    answer = ask("allowance", book, "--as-of", "2024-03-01")
    assert answer["rows"][1] == {
        "account": "Assets:Receivable",
        "bucket": "1-30",
        "currency": "USD",
        "gross": "100.00",
        "netted": "0.00",
        "rate": "0.02",
        "allowance": "1.80",
        "allowance_currency": "EUR",
    }
    assert answer["customers"] == [
        {
            "customer": "A1",
            "name": "Alpha GmbH",
            "currency": "EUR",
            "collective": "21.80",
            "specific": "0.00",
            "allowance": "21.80",
        }
    ]
    assert answer["total"] == [
        {"currency": "EUR", "required": "21.80", "booked": "0.00", "change": "21.80"}
    ]
    assert answer["roll_forward"] == []


def test_entry_brings_the_books_there(book: Path) -> None:
    """Appended to the ledger it loads, booked is required, and there is nothing more to book."""
    done = invoke("allowance", book, "--as-of", "2024-03-01", "--entry")
    assert done.stdout == ENTRY
    with book.open("a", encoding="utf-8") as ledger:
        ledger.write("\n" + done.stdout)
    (total,) = ask("allowance", book, "--as-of", "2024-03-01")["total"]
    assert total == {"currency": "EUR", "required": "21.80", "booked": "21.80", "change": "0.00"}
    assert ask("check", book, "--fail-on", "never")["complete"] is True
    again = invoke("allowance", book, "--as-of", "2024-03-01", "--entry")
    assert again.stdout == "; nothing to book as of 2024-03-01\n"


@pytest.mark.parametrize("day", ["2024-05-15", "2024-10-10", "2025-02-20"])
@pytest.mark.parametrize("company", [HUADONG, NORTHWIND])
def test_entry_between_month_ends(company: Path, day: str, write: Write) -> None:
    """On a day with nothing booked the entry of a real company brings it there, too."""
    entry = invoke("allowance", company, "--as-of", day, "--entry").stdout
    text = f'include "{company}"\n' + entry
    # Options and plugins count in the top file only.
    top = company.read_text(encoding="utf-8").splitlines()
    kept = [line for line in top if line.startswith(("option ", "plugin "))]
    ledger = write("\n".join(kept) + "\n" + text)
    answer = ask("allowance", ledger, "--as-of", day)
    assert [total["change"] for total in answer["total"]] == ["0.00"]
    assert entry.startswith(f'{day} * "')


def test_entry_aligns_chinese_accounts() -> None:
    """The amounts stand one below the other where a character is two cells wide."""
    done = invoke("allowance", HUADONG, "--as-of", "2024-10-10", "--entry")
    postings = done.stdout.splitlines()[1:]
    assert postings[0].startswith("  Expenses:6702-信用减值损失  ")
    assert postings[1].startswith("  Assets:1231-坏账准备         ")


def test_entry_in_json(book: Path) -> None:
    """Beside the figures it follows from."""
    answer = ask("allowance", book, "--as-of", "2024-03-01", "--entry")
    assert answer["entry"] == ENTRY


def test_entry_has_no_csv(book: Path) -> None:
    """A usage error."""
    done = invoke("allowance", book, "--entry", "--format", "csv")
    assert done.exit_code == 2
    assert "it has no CSV form" in done.stderr


def test_individually_assessed(book: Path) -> None:
    """The item leaves the matrix; --customer narrows the assessments and the shares alone."""
    book.write_text(BOOK + SPECIFIC, encoding="utf-8")
    answer = ask("allowance", book, "--as-of", "2024-03-01", "--explain")
    (row,) = answer["specific"]
    assert row == {
        "customer": "A1",
        "item": "INV-1",
        "currency": "EUR",
        "outstanding": "1000.00",
        "allowance": "700.00",
        "allowance_currency": "EUR",
        "sources": ["ledger.beancount:54", "ledger.beancount:29"],
    }
    narrowed = ask("allowance", book, "--as-of", "2024-03-01", "--customer", "B2")
    assert (narrowed["specific"], narrowed["customers"]) == ([], [])
    assert narrowed["total"][0]["required"] == answer["total"][0]["required"] == "701.80"
    page = invoke("allowance", book, "--as-of", "2024-03-01", "--customer", "A1").stdout
    assert "Individually assessed" in page
    assert "Customers' shares" in page


def test_explain(book: Path) -> None:
    """The rate's directive, then the items; what is booked has its postings."""
    with book.open("a", encoding="utf-8") as ledger:
        ledger.write(ENTRY)
    answer = ask("allowance", book, "--as-of", "2024-03-01", "--explain")
    assert answer["rows"][0]["sources"] == ["ledger.beancount:22", "ledger.beancount:29"]
    assert answer["total"][0]["sources"] == ["ledger.beancount:55"]
    page = invoke("allowance", book, "--as-of", "2024-03-01", "--explain").stdout
    assert "    ledger.beancount:22\n    ledger.beancount:29  INV-1  1,000.00 EUR\n" in page


def test_roll_forward_ties() -> None:
    """Opening and movements are the closing, in each row, as are the sums to the balance."""
    answer = ask(
        "allowance",
        HUADONG,
        *("--as-of", "2025-03-31", "--roll-forward", "2024-03-31", "--explain"),
    )
    for row in answer["roll_forward"]:
        plus = sum(Decimal(row[name]) for name in ("opening", "charge", "recoveries", "exchange"))
        minus = sum(Decimal(row[name]) for name in ("release", "write_offs"))
        assert plus - minus == Decimal(row["closing"])
        assert row["sources"]
    closing = sum(Decimal(row["closing"]) for row in answer["roll_forward"])
    assert closing == Decimal(answer["total"][0]["booked"])


def test_roll_forward_table() -> None:
    """What lowers the allowance is shown with its sign, so that a row can be added up."""
    done = invoke("allowance", NORTHWIND, "--as-of", "2025-03-31", "--roll-forward", "2024-12-31")
    lines = done.stdout.splitlines()
    at = lines.index("Roll-forward from 2024-12-31 to 2025-03-31")
    assert lines[at + 1].split() == [
        "currency",
        "part",
        "opening",
        "charge",
        "release",
        "write-offs",
        "recoveries",
        "exchange",
        "closing",
    ]
    figures = [Decimal(figure.replace(",", "")) for figure in lines[at + 3].split()[2:]]
    assert sum(figures[:-1]) == figures[-1]


def test_roll_forward_csv() -> None:
    """That table instead of the matrix."""
    done = invoke(
        "allowance",
        NORTHWIND,
        *("--as-of", "2025-03-31", "--roll-forward", "2024-12-31", "--format", "csv"),
    )
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["part"] for row in rows] == ["collective", "specific"]


def test_roll_forward_backwards(book: Path) -> None:
    """FROM after the as-of date is a usage error."""
    done = invoke("allowance", book, "--as-of", "2024-03-01", "--roll-forward", "2024-03-02")
    assert done.exit_code == 2
    assert "is after the as-of date" in done.stderr


def test_csv(book: Path) -> None:
    """The matrix, then what is individually assessed."""
    book.write_text(BOOK + SPECIFIC, encoding="utf-8")
    done = invoke("allowance", book, "--as-of", "2024-03-01", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(row["part"], row["rate"], row["allowance"]) for row in rows] == [
        ("collective", "0.02", "1.80"),
        ("specific", "", "700.00"),
    ]


def test_netted_credits_have_a_column(book: Path) -> None:
    """Only where the ledger's option nets them."""
    option = '2024-01-01 custom "ar-option" "allowance-net-of-credits" TRUE\n'
    invoice = """
2024-02-12 * "Invoice" ^INV-3
  Assets:Receivable:B2   80.00 EUR
  Income:Sales          -80.00 EUR
"""
    book.write_text(option + BOOK + invoice, encoding="utf-8")
    page = invoke("allowance", book, "--as-of", "2024-03-01").stdout
    assert "credits netted" in page
    netted = [row["netted"] for row in ask("allowance", book, "--as-of", "2024-03-01")["rows"]]
    assert sorted(netted) == ["0.00", "0.00", "50.00"]


def test_items_without_a_rate(write: Write) -> None:
    """Outstanding, no rate, no allowance; the ledger has no matrix at all."""
    book = write("""\
2024-01-01 open Assets:Receivable:X
2024-01-01 open Income:Sales
2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:X   60 EUR
  Income:Sales
""")
    (row,) = ask("allowance", book, "--as-of", "2024-01-10")["rows"]
    assert (row["rate"], row["allowance"]) == (None, "0.00")
    assert "(no rates)" in invoke("allowance", book, "--as-of", "2024-01-10").stdout


def test_a_bucket_without_a_rate_is_noted(book: Path) -> None:
    """On stderr for people, in the answer for machines."""
    rate = '2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.02\n'
    book.write_text(BOOK.replace(rate, ""), encoding="utf-8")
    done = invoke("allowance", book, "--as-of", "2024-03-01")
    assert 'no loss rate for "1-30"' in done.stderr
    answer = ask("allowance", book, "--as-of", "2024-03-01")
    assert {found["rule"] for found in answer["findings"]} == {"no-loss-rate"}


def test_without_a_rate_the_allowance_is_absent(book: Path) -> None:
    """Null, an en dash, an empty cell, and in no total; a note names the row."""
    rate = '2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.02\n'
    book.write_text(BOOK.replace(rate, ""), encoding="utf-8")
    asked = ("allowance", book, "--as-of", "2024-03-01")
    answer = ask(*asked)
    figures = {
        (row["bucket"], row["currency"]): (row["rate"], row["allowance"]) for row in answer["rows"]
    }
    assert figures == {("1-30", "EUR"): (None, None), ("1-30", "USD"): (None, None)}
    assert answer["total"] == []
    page = invoke(*asked).stdout
    line = next(line for line in page.splitlines() if " 1,000.00" in line)
    assert line.split()[-4:] == ["1,000.00", "-", "–", "EUR"]
    assert (
        "no figure as of 2024-03-01, and in no total: Assets:Receivable 1-30 (EUR): "
        "there is no loss rate\n"
    ) in page
    done = invoke(*asked, "--format", "csv")
    assert {row["allowance"] for row in csv.DictReader(done.stdout.splitlines())} == {""}
    assert "and in no total: Assets:Receivable 1-30 (USD)" in done.stderr


def test_without_a_price_the_allowance_is_absent(book: Path) -> None:
    """In the matrix and in the individual assessment; what has one is all of the total."""
    specific = '2024-02-01 custom "specific-allowance" "A1" 60.00 EUR\n  invoice: "INV-2"\n'
    text = BOOK.replace("price USD", "price GBP")
    book.write_text(text + specific, encoding="utf-8")
    asked = ("allowance", book, "--as-of", "2024-03-01")
    answer = ask(*asked)
    (one,) = answer["specific"]
    assert (one["outstanding"], one["allowance"]) == (None, None)
    assert [row["allowance"] for row in answer["rows"]] == ["20.00"]
    assert [total["required"] for total in answer["total"]] == ["20.00"]
    reason = "there is no price of USD in EUR on or before 2024-03-01"
    assert f"and in no total: A1 INV-2 (USD): {reason}\n" in invoke(*asked).stdout
    assert "20.00 EUR" in (entry := invoke(*asked, "--entry").stdout)
    assert entry.startswith(f"; {reason}\n")
    book.write_text(text, encoding="utf-8")
    rows = {row["currency"]: row["allowance"] for row in ask(*asked)["rows"]}
    assert rows == {"EUR": "20.00", "USD": None}


def test_an_assessment_in_a_currency_without_a_price(book: Path) -> None:
    """What is outstanding is known, and the allowance isn't."""
    specific = '2024-02-01 custom "specific-allowance" "A1" 60.00 USD\n  invoice: "INV-2"\n'
    book.write_text(BOOK.replace("price USD", "price GBP") + specific, encoding="utf-8")
    (one,) = ask("allowance", book, "--as-of", "2024-03-01")["specific"]
    assert (one["outstanding"], one["allowance"]) == ("100.00", None)


def test_nothing_required(write: Write) -> None:
    """It is said, rather than nothing."""
    done = invoke(
        "allowance", write("2024-01-01 open Assets:Receivable:X\n"), "--as-of", "2024-01-01"
    )
    assert done.stdout.endswith("\nno allowance is required, none is booked\n")
