# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger credit`."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.support import BOOK, HUADONG, ask, invoke

PAGE = """\
Credit limits and exposure - Small Trade
as of 2024-02-10
price used: 1 USD = 0.90 EUR (2024-01-01)

customer  name        currency     limit  exposure  available   overdue  advances held  state
--------  ----------  --------  --------  --------  ---------  --------  -------------  -----------------------
A1        Alpha GmbH  EUR       1,000.00  1,090.00     -90.00  1,000.00         500.00  over the limit, overdue
B2        北京贝塔    EUR              -    -50.00          -         -              -

customer  waived by  date        until       where
--------  ---------  ----------  ----------  -------------------
A1        Wang Min   2024-01-20  2024-03-31  ledger.beancount:32
"""


def test_table(book: Path) -> None:
    """Limit, exposure at the day's price, headroom, what is overdue and held; waivers below."""
    done = invoke("credit", book, "--as-of", "2024-02-10")
    assert (done.exit_code, done.stdout) == (0, PAGE)


def test_keys(book: Path) -> None:
    """No limit is null, not zero; a waiver has its place."""
    first, second = ask("credit", book, "--as-of", "2024-02-10")["rows"]
    assert first == {
        "customer": "A1",
        "name": "Alpha GmbH",
        "currency": "EUR",
        "limit": "1000.00",
        "exposure": "1090.00",
        "available": "-90.00",
        "overdue": "1000.00",
        "advances": "500.00",
        "hold": False,
        "waivers": [
            {
                "by": "Wang Min",
                "until": "2024-03-31",
                "date": "2024-01-20",
                "file": "ledger.beancount",
                "line": 32,
            }
        ],
    }
    assert (second["limit"], second["available"], second["exposure"]) == (None, None, "-50.00")


def test_explain(book: Path) -> None:
    """The limit's directive, what is owed, and the advance held."""
    first, _ = ask("credit", book, "--as-of", "2024-02-10", "--explain")["rows"]
    assert first["sources"] == [
        f"ledger.beancount:{line}" for line in (_line("credit-limit"), 29, 35, 47)
    ]
    page = invoke("credit", book, "--as-of", "2024-02-10", "--explain").stdout
    assert "    ledger.beancount:47\n" in page


def _line(word: str) -> int:
    lines = BOOK.splitlines()
    return next(number for number, line in enumerate(lines, start=1) if word in line)


def test_group_and_hold() -> None:
    """A group's limit stands apart from its members'; a hold is shown."""
    answer = ask("credit", HUADONG, "--as-of", "2024-10-10", "--explain")
    (group,) = answer["groups"]
    assert (group["group"], group["limit"]) == ("宏信集团", "1400000.00")
    assert group["sources"][0].rpartition(":")[0].endswith("limits.beancount")
    assert [row["customer"] for row in answer["rows"] if row["hold"]] == ["C009", "C010"]
    page = invoke("credit", HUADONG, "--as-of", "2024-10-10", "--explain").stdout
    assert "on hold" in page
    assert "宏信集团  CNY       1,400,000.00" in page


def test_groups_are_of_all_customers() -> None:
    """Asked for one customer, its group is not the question."""
    assert ask("credit", HUADONG, "--as-of", "2024-10-10", "--customer", "C007")["groups"] == []


def test_csv() -> None:
    """A line a customer, then a line a group."""
    done = invoke("credit", HUADONG, "--as-of", "2024-10-10", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert rows[-1]["group"] == "宏信集团"
    assert rows[-1]["customer"] == ""
    assert {row["hold"] for row in rows} == {"true", "false", ""}


def test_a_limit_without_a_price_is_noted(book: Path) -> None:
    """What can't be converted is said: in the answer and, for people, on stderr."""
    book.write_text(BOOK.replace("price USD", "price GBP"), encoding="utf-8")
    answer = ask("credit", book, "--as-of", "2024-02-10")
    assert [found["rule"] for found in answer["findings"]] == ["missing-price"]
    done = invoke("credit", book, "--as-of", "2024-02-10")
    assert "no price of USD in EUR" in done.stderr


def test_without_a_price_the_figures_are_absent(book: Path) -> None:
    """Never zero: null, an en dash, an empty cell; a note names customer, currency and day."""
    group = '2024-01-01 custom "group-credit-limit" Assets:Receivable 9000.00 EUR\n'
    book.write_text(BOOK.replace("price USD", "price GBP") + group, encoding="utf-8")
    asked = ("credit", book, "--as-of", "2024-03-01")
    answer = ask(*asked)
    row = answer["rows"][0]
    figures = [row[key] for key in ("limit", "exposure", "available", "overdue", "advances")]
    assert figures == ["1000.00", None, None, None, "500.00"]
    (own,) = answer["groups"]
    assert (own["limit"], own["exposure"], own["available"]) == ("9000.00", None, None)
    page = invoke(*asked).stdout
    line = next(line for line in page.splitlines() if line.startswith("A1"))
    assert line.split()[3:] == ["EUR", "1,000.00", "–", "–", "–", "500.00", "overdue"]
    note = (
        "no figure as of 2024-03-01: A1, Assets:Receivable (USD): "
        "there is no price of USD in EUR on or before 2024-03-01\n"
    )
    assert page.endswith("\n\n" + note)
    done = invoke(*asked, "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [rows[0][key] for key in ("exposure", "available", "overdue")] == ["", "", ""]
    assert note in done.stderr


def test_what_has_a_price_is_over_the_limit_alone(book: Path) -> None:
    """Whatever the rest comes to, as long as it is owed and not owing."""
    text = BOOK.replace("price USD", "price GBP").replace("1200.00 EUR", "1300.00 EUR")
    text = text.replace("-1200.00 EUR", "-1300.00 EUR")
    owing = """
2024-02-20 * "Too much, in dollars"
  Assets:Bank             300.00 USD
  Assets:Receivable:A1   -300.00 USD
"""
    for more, state in (("", "over the limit, overdue"), (owing, "overdue")):
        book.write_text(text + more, encoding="utf-8")
        page = invoke("credit", book, "--as-of", "2024-03-01").stdout
        line = next(line for line in page.splitlines() if line.startswith("A1"))
        assert line.endswith(f"500.00  {state}")
        assert "–" in line


def test_a_price_that_is_not_needed_is_not_missed(book: Path) -> None:
    """Nothing is overdue in dollars, so what is overdue is known."""
    book.write_text(BOOK.replace("price USD", "price GBP"), encoding="utf-8")
    row = ask("credit", book, "--as-of", "2024-02-10")["rows"][0]
    assert (row["exposure"], row["overdue"]) == (None, "1000.00")


def test_nobody_owes_anything(book: Path) -> None:
    """It is said, rather than nothing."""
    book.write_text("2024-01-01 open Assets:Receivable:X\n", encoding="utf-8")
    done = invoke("credit", book, "--as-of", "2024-01-01")
    assert done.stdout.endswith("\nno customer owes anything\n")
