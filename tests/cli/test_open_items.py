# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger open-items`."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Write
from tests.cli.support import ask, invoke

PAGE = """\
Open items - Small Trade
as of 2024-03-01

EUR
customer  name        item   date        due         days overdue    amount  outstanding
--------  ----------  -----  ----------  ----------  ------------  --------  -----------
A1        Alpha GmbH  INV-1  2024-01-10  2024-02-09            21  1,200.00     1,000.00
    2024-02-01  receipt  -200.00
B2        北京贝塔    RCP-9  2024-02-10                              -50.00       -50.00
--------  ----------  -----  ----------  ----------  ------------  --------  -----------
total                                                                             950.00

USD
customer  name        item   date        due         days overdue  amount  outstanding
--------  ----------  -----  ----------  ----------  ------------  ------  -----------
A1        Alpha GmbH  INV-2  2024-01-20  2024-02-19            11  100.00       100.00
--------  ----------  -----  ----------  ----------  ------------  ------  -----------
total                                                                           100.00
"""


def test_table(book: Path) -> None:
    """A table per currency: figures right-aligned, Chinese names two cells wide, totals."""
    done = invoke("open-items", book, "--as-of", "2024-03-01")
    assert done.exit_code == 0
    assert done.stdout == PAGE


def test_an_item_has_what_was_applied_to_it(book: Path) -> None:
    """Amount less applications is what is outstanding; the place is the posting's."""
    first = ask("open-items", book, "--as-of", "2024-02-10")["items"][0]
    receipt = first["applications"][0].pop("credit")
    assert receipt.startswith("2024-02-01/Assets:Receivable:A1")
    assert first == {
        "customer": "A1",
        "name": "Alpha GmbH",
        "account": "Assets:Receivable:A1",
        "item": "INV-1",
        "kind": "item",
        "instalment": 1,
        "date": "2024-01-10",
        "due": "2024-02-09",
        "currency": "EUR",
        "amount": "1200.00",
        "outstanding": "1000.00",
        "applications": [
            {"item": "INV-1", "date": "2024-02-01", "amount": "200.00", "kind": "receipt"}
        ],
        "file": "ledger.beancount",
        "line": 29,
    }


def test_a_credit_is_a_row_with_negative_figures(book: Path) -> None:
    """What is not applied is shown as such."""
    (credit,) = ask("open-items", book, "--as-of", "2024-02-10", "--customer", "B2")["items"]
    assert (credit["kind"], credit["item"]) == ("credit", "RCP-9")
    assert (credit["amount"], credit["outstanding"]) == ("-50.00", "-50.00")
    assert credit["due"] is None


def test_all_adds_what_is_settled(book: Path) -> None:
    """The applied receipt stands there with its application, and nothing outstanding."""
    rows = ask("open-items", book, "--as-of", "2024-02-10", "--all")["items"]
    receipt = next(row for row in rows if row["kind"] == "credit" and row["customer"] == "A1")
    assert receipt["amount"] == "-200.00"
    assert receipt["outstanding"] == "0.00"
    assert [(part["item"], part["amount"]) for part in receipt["applications"]] == [
        ("INV-1", "-200.00")
    ]


def test_explain_names_the_place_of_each_side(book: Path) -> None:
    """First the invoice, then the receipt that lowered it."""
    rows = ask("open-items", book, "--as-of", "2024-02-10", "--explain")["items"]
    assert rows[0]["sources"] == ["ledger.beancount:29", "ledger.beancount:40"]
    page = invoke("open-items", book, "--as-of", "2024-02-10", "--explain").stdout
    assert "    ledger.beancount:29\n" in page
    assert "    2024-02-01  receipt  -200.00  ledger.beancount:40\n" in page


def test_csv(book: Path) -> None:
    """A line an item, plain figures, the keys as header."""
    done = invoke("open-items", book, "--as-of", "2024-03-01", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(row["item"], row["outstanding"]) for row in rows] == [
        ("INV-1", "1000.00"),
        ("INV-2", "100.00"),
        ("RCP-9", "-50.00"),
    ]
    assert rows[0]["file"] == "ledger.beancount"


def test_instalments_are_told_apart(write: Write) -> None:
    """Two instalments of one invoice are two rows, numbered."""
    book = write("""\
2024-01-01 open Assets:Receivable:X
2024-01-01 open Income:Sales
2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:X   60 EUR
    due: 2024-02-01
  Assets:Receivable:X   40 EUR
    due: 2024-03-01
  Income:Sales
""")
    rows = ask("open-items", book, "--as-of", "2024-01-10")["items"]
    assert [(row["instalment"], row["due"]) for row in rows] == [
        (1, "2024-02-01"),
        (2, "2024-03-01"),
    ]
    assert "INV-1 #2" in invoke("open-items", book, "--as-of", "2024-01-10").stdout


def test_nothing_is_open(book: Path) -> None:
    """It is said, rather than nothing."""
    done = invoke("open-items", book, "--as-of", "2024-01-05")
    assert done.stdout.endswith("\nnothing is open\n")
