# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger advances`."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from tests.cli.conftest import Write
from tests.cli.support import HUADONG, ask, invoke

PAGE = """\
Advances held - Small Trade
as of 2024-02-10

EUR
customer  name        advance  contract  date        deliver by  received  applied  earned  refunded    held  days
--------  ----------  -------  --------  ----------  ----------  --------  -------  ------  --------  ------  ----
A1        Alpha GmbH  ADV-1    C-7       2024-02-05  2024-12-31    500.00        -       -         -  500.00     5
--------  ----------  -------  --------  ----------  ----------  --------  -------  ------  --------  ------  ----
total                                                              500.00     0.00    0.00      0.00  500.00
"""


def test_table(book: Path) -> None:
    """By contract and age; received less used is held."""
    done = invoke("advances", book, "--as-of", "2024-02-10")
    assert (done.exit_code, done.stdout) == (0, PAGE)


def test_keys(book: Path) -> None:
    """What the contract promises, and what is unpaid."""
    answer = ask("advances", book, "--as-of", "2024-02-10", "--explain")
    amounts = {
        "amount": "500.00",
        "applied": "0.00",
        "earned": "0.00",
        "refunded": "0.00",
        "open": "500.00",
        "unpaid": "0.00",
    }
    assert answer["rows"] == [
        {
            "customer": "A1",
            "name": "Alpha GmbH",
            "item": "ADV-1",
            "contract": "C-7",
            "date": "2024-02-05",
            "deliver_by": "2024-12-31",
            "currency": "EUR",
            **amounts,
            "days": 5,
            "file": "ledger.beancount",
            "line": 47,
            "sources": ["ledger.beancount:47"],
        }
    ]
    assert answer["totals"] == [{"currency": "EUR", **amounts}]


def test_used_and_invoiced_in_advance() -> None:
    """Received − applied − earned − refunded is held, in each row; unpaid has its own column."""
    answer = ask("advances", HUADONG, "--as-of", "2024-12-31", "--explain")
    for row in answer["rows"]:
        used = sum(Decimal(row[name]) for name in ("applied", "earned", "refunded"))
        assert Decimal(row["amount"]) - used == Decimal(row["open"])
    page = invoke("advances", HUADONG, "--as-of", "2024-12-31", "--explain").stdout
    assert "unpaid" in page.splitlines()[4]
    one = next(row for row in answer["rows"] if row["item"] == "ADV-2024-003")
    assert len(one["sources"]) > 1
    assert all("C003-advance" in place for place in one["sources"])


def test_advances_in_debit_are_shown_apart(write: Write) -> None:
    """More used than received is said below the total."""
    book = write("""\
2024-01-01 open Assets:Receivable:X
2024-01-01 open Liabilities:Advances:X
2024-01-01 open Assets:Bank
2024-01-05 * "Refund of what was never received"
  advance: "ADV-9"
  Liabilities:Advances:X   10 EUR
  Assets:Bank             -10 EUR
""")
    done = invoke("advances", book, "--as-of", "2024-01-05")
    assert done.exit_code == 0
    assert "of which in debit, more used than received: ADV-9" in done.stdout


def test_csv(book: Path) -> None:
    """A line an advance."""
    done = invoke("advances", book, "--as-of", "2024-02-10", "--format", "csv")
    (row,) = csv.DictReader(done.stdout.splitlines())
    assert (row["item"], row["open"], row["days"]) == ("ADV-1", "500.00", "5")


def test_nothing_is_held(book: Path) -> None:
    """It is said, rather than nothing."""
    done = invoke("advances", book, "--as-of", "2024-01-05")
    assert done.stdout.endswith("\nno advances are held\n")


def test_no_advance_accounts(write: Write) -> None:
    """It is said what was looked for, and how to name others."""
    done = invoke(
        "advances", write("2024-01-01 open Assets:Receivable:X\n"), "--as-of", "2024-01-01"
    )
    assert done.exit_code == 0
    assert "no account at or below Liabilities:Advances" in done.stderr
    assert '"advance-accounts"' in done.stderr
