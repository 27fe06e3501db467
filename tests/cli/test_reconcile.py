# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger reconcile`: every form of the answer, what is said first, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from arledger.load import load
from tests.cli.conftest import Write
from tests.cli.support import ask, invoke, validated

BOOK = """\
option "title" "Small Trade"
option "operating_currency" "EUR"
2024-01-01 open Assets:Receivable:A1  EUR,USD
  customer: "A1"
  name: "Alpha GmbH"
2024-01-01 open Assets:Receivable:A1:Bills  EUR
2024-01-01 open Assets:Receivable:B2  EUR
  customer: "B2"
  name: "北京贝塔"
2024-01-01 open Assets:Bank
2024-01-01 open Assets:Suspense
2024-01-01 open Income:Sales
2024-01-01 open Expenses:BankCharges
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
2024-01-01 custom "tolerance" Assets:Receivable 1.00 EUR

2024-01-10 * "Alpha" "Invoice" ^INV-101
  Assets:Receivable:A1   1000.00 EUR
  Income:Sales          -1000.00 EUR

2024-02-05 * "Alpha" "Receipt" ^bank-1
  Assets:Bank             995.00 EUR
  Expenses:BankCharges      5.00 EUR
  Assets:Receivable:A1  -1000.00 EUR
    invoice: "INV-101"

2024-02-12 * "Alpha" "Invoice" ^INV-102
  Assets:Receivable:A1    730.00 EUR
  Income:Sales           -730.00 EUR

2024-02-20 * "Alpha" "Invoice" ^INV-103
  disputed: "two pumps are missing"
  Assets:Receivable:A1    410.00 EUR
  Income:Sales           -410.00 EUR

2024-03-28 * "Alpha" "Invoice" ^INV-104
  Assets:Receivable:A1    250.00 EUR
  Income:Sales           -250.00 EUR

2024-04-03 * "Alpha" "Receipt" ^bank-2
  Assets:Bank             730.00 EUR
  Assets:Receivable:A1   -730.00 EUR
    invoice: "INV-102"

2024-03-05 * "Beta" "Invoice" ^INV-201
  Assets:Receivable:B2    600.00 EUR
  Income:Sales           -600.00 EUR
"""

THEIRS = """\
Alpha GmbH: supplier account with Small Trade
Date,Document,Description,Debit,Credit,Balance
,,Opening balance,,,0.00
2024-01-11,INV-101,invoice,,"1,000.00","1,000.00"
2024-02-05,INV-101,payment,"1,000.00",,0.00
2024-02-12,INV-102,invoice,,730.00,730.00
2024-03-15,INV-777,invoice,,88.00,818.00
2024-03-29,INV-102,payment,730.00,,88.00
2024-03-31,,Closing balance,,,88.00
"""

Reconcile = Callable[..., Any]


@pytest.fixture
def ledger(write: Write) -> Path:
    """The ledger, in a folder of its own."""
    return write(BOOK)


def sent(text: str = THEIRS, name: str = "theirs.csv", encoding: str = "utf-8") -> Path:
    """The customer's file, beside the ledger."""
    path = Path(name)
    path.write_bytes(text.encode(encoding))
    return path


def classes(answer: dict[str, Any]) -> dict[str, str]:
    """What is found by document or number, with its class and amount."""
    return {
        str(one["item"] or one["ref"]): f"{one['class']} {one['amount']}"
        for one in answer["differences"]
    }


def test_the_equation_and_the_classes(ledger: Path) -> None:
    """A payment under way with its proof, an invoice under way, a dispute, one that we lack."""
    answer = ask("reconcile", ledger, sent())
    assert classes(answer) == {
        "2024-04-03/Assets:Receivable:A1/EUR/-730/1": "in-transit -730.00",
        "INV-104": "in-transit -250.00",
        "INV-103": "disputed -410.00",
        "INV-777": "missing-in-ledger 88.00",
    }
    total = sum(Decimal(one["amount"]) for one in answer["differences"])
    assert Decimal(answer["ledger_balance"]) + total == Decimal(answer["statement_balance"])
    assert (answer["ledger_balance"], answer["statement_balance"]) == ("1390.00", "88.00")
    assert (answer["unexplained"], answer["explained"]) == ("0.00", True)
    assert (answer["customer"], answer["as_of"], answer["side"]) == ("A1", "2024-03-31", "theirs")
    proof = next(one for one in answer["differences"] if one["proof"])
    assert proof["date"] == "2024-03-29"
    assert proof["evidence"]["ledger"] == [{"file": "ledger.beancount", "line": 42}]
    assert proof["evidence"]["statement"] == [{"file": "theirs.csv", "line": 8}]


def test_pairs(ledger: Path) -> None:
    """Each with the way it was found and with its places on both sides."""
    answer = ask("reconcile", ledger, sent())
    assert [(one["lines"], one["how"], one["amount"]) for one in answer["matched"]] == [
        ([4], "reference", "1000.00"),
        ([5], "reference", "-1000.00"),
        ([6], "reference", "730.00"),
    ]
    assert all(one["evidence"]["ledger"][0]["line"] for one in answer["matched"])


def test_the_table(ledger: Path) -> None:
    """From our balance to theirs, with how the file was read."""
    text = invoke("reconcile", ledger, sent()).stdout
    lines = text.splitlines()
    assert "theirs.csv: csv, UTF-8" in lines[2]
    assert any(line.startswith("our balance") and line.endswith("1,390.00") for line in lines)
    assert any(line.startswith("their balance") and line.endswith("88.00") for line in lines)
    assert any(line.startswith("unexplained") and line.endswith(" 0.00") for line in lines)
    assert "disputed: two pumps are missing" in text
    explained = invoke("reconcile", ledger, sent(), "--explain").stdout
    assert "    theirs.csv:8" in explained.splitlines()


def test_chinese(ledger: Path) -> None:
    """The words of the field."""
    text = invoke("reconcile", ledger, sent(), "--lang", "zh-CN").stdout
    for word in (
        "余额调节表",
        "我方余额",
        "对方余额",
        "未解释差额",
        "我方已记对方未记",
        "对方已记我方未记",
    ):
        assert word in text


def test_csv(ledger: Path) -> None:
    """Differences, then pairs; the amounts of the differences lead from one balance to the other."""
    text = invoke("reconcile", ledger, sent(), "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    found = [row for row in rows if row["kind"] == "difference"]
    assert sum(Decimal(row["amount"]) for row in found) == Decimal("88.00") - Decimal("1390.00")
    assert [row["class"] for row in rows if row["kind"] == "matched"] == ["reference"] * 3


def test_html(ledger: Path) -> None:
    """One page that fetches nothing; markup in a name is text."""
    text = BOOK.replace('name: "Alpha GmbH"', 'name: "Alpha <script>alert(1)</script> GmbH"')
    ledger.write_text(text, encoding="utf-8")
    path = sent(THEIRS.replace("INV-777", "<b>X</b>"))
    page = invoke("reconcile", ledger, path, "--customer", "A1", "--format", "html").stdout
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert "<b>X" not in page
    assert "&lt;b&gt;X" in page
    assert "http" not in page
    assert "1,390.00" in page


def test_xlsx(ledger: Path) -> None:
    """Numbers are numbers, no text is a formula."""
    path = sent(THEIRS.replace("INV-777", "=1+1"))
    done = invoke(
        "reconcile", ledger, path, "--customer", "A1", "--format", "xlsx", "--output", "o.xlsx"
    )
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook("o.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"n", "s", "d"}
    assert "'=1+1" in {cell.value for cell in cells}
    first = {row[0].value: row[-1].value for row in book.worksheets[0].iter_rows()}
    assert first["our balance"] == 1390
    assert first["their balance"] == 88
    assert first["unexplained"] == 0


def test_xlsx_goes_to_a_pipe_as_bytes(ledger: Path) -> None:
    """The workbook and nothing else."""
    done = invoke("reconcile", ledger, sent(), "--format", "xlsx")
    assert openpyxl.load_workbook(io.BytesIO(done.stdout_bytes)).sheetnames


def test_entries_load(ledger: Path) -> None:
    """What is proposed can be appended; a receipt waits until it is named."""
    path = sent(
        THEIRS.replace(
            "2024-03-15,INV-777,invoice,,88.00,818.00", "2024-02-25,PMT-9,payment,88.00,,642.00"
        )
        .replace("730.00,,88.00", "730.00,,-88.00")
        .replace(",,88.00\n", ",,-88.00\n")
    )
    done = invoke("reconcile", ledger, path, "--entries")
    assert done.exit_code == 0, done.output
    assert '2024-02-25 ! "Alpha GmbH" "Receipt as in the customer\'s statement"' in done.stdout
    assert 'their-reference: "PMT-9"' in done.stdout
    ledger.write_text(BOOK + "\n" + done.stdout, encoding="utf-8")
    loaded = load(str(ledger))
    assert loaded.complete
    assert not loaded.errors
    again = ask("reconcile", ledger, path)
    assert "missing-in-ledger" not in {one["class"] for one in again["differences"]}
    assert "named" in {one["how"] for one in again["matched"]}


def test_entries_say_what_they_leave_out(ledger: Path) -> None:
    """An invoice that we don't know: nothing is invented."""
    text = invoke("reconcile", ledger, sent(), "--entries").stdout
    assert "ask for the document" in text
    assert not [line for line in text.splitlines() if line and not line.startswith(";")]


def test_entries_use_the_suspense_account(ledger: Path) -> None:
    """Where the ledger names one, a person decides from there."""
    option = '2024-01-01 custom "ar-option" "suspense-account" Assets:Suspense\n'
    ledger.write_text(BOOK + option, encoding="utf-8")
    text = invoke("reconcile", ledger, sent(), "--entries").stdout
    ledger.write_text(BOOK + option + "\n" + text, encoding="utf-8")
    assert "Assets:Suspense" in text
    assert not load(str(ledger)).errors
    answer = ask("reconcile", ledger, sent())
    assert "INV-777" not in classes(answer)


def test_a_small_difference_is_closed_as_before(ledger: Path) -> None:
    """To the account that the ledger used last, and only within the tolerance."""
    path = sent(
        "Alpha GmbH\nDate,Document,Amount\n2024-02-12,INV-102,729.50\n2024-02-20,INV-103,410.00\n"
        "2024-03-28,INV-104,250.00\n"
    )
    text = invoke("reconcile", ledger, path, "--entries", "--as-of", "2024-03-31").stdout
    assert "Expenses:BankCharges" in text
    assert 'invoice: "INV-102"' in text
    ledger.write_text(BOOK + "\n" + text, encoding="utf-8")
    assert not load(str(ledger)).errors


def test_a_hostile_statement_adds_nothing_to_the_ledger(ledger: Path) -> None:
    """A reference with line breaks and quotes stays one text."""
    evil = 'X"\n2024-01-01 open Assets:Evil\n; '
    quoted = '"' + evil.replace('"', '""') + '"'
    path = sent(
        THEIRS.replace(
            "2024-03-15,INV-777,invoice,,88.00,818.00", f"2024-02-25,{quoted},payment,88.00,,642.00"
        )
        .replace("730.00,,88.00", "730.00,,-88.00")
        .replace(",,88.00\n", ",,-88.00\n")
    )
    text = invoke("reconcile", ledger, path, "--customer", "A1", "--entries").stdout
    ledger.write_text(BOOK + "\n" + text, encoding="utf-8")
    loaded = load(str(ledger))
    assert "Assets:Evil" not in loaded.subledger.chart.opens
    assert not loaded.errors


def test_confirm_loads_without_a_finding(ledger: Path) -> None:
    """The directive names the evidence by a path from the ledger's folder, and each difference."""
    Path("statements").mkdir()
    path = sent(name="statements/2024-03 A1.csv")
    done = invoke("reconcile", ledger, path, "--confirm")
    assert done.exit_code == 0
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert done.stdout == (
        '2024-03-31 custom "statement" "A1" 1390.00 EUR\n'
        "  agreed: TRUE\n"
        "  theirs: 88.00 EUR\n"
        '  difference-1: "in-transit INV-104 -250.00 EUR"\n'
        '  difference-2: "in-transit INV-102 -730.00 EUR"\n'
        '  difference-3: "missing-in-ledger INV-777 88.00 EUR"\n'
        '  difference-4: "disputed INV-103 -410.00 EUR"\n'
        '  document: "statements/2024-03 A1.csv"\n'
        f'  sha256: "{digest}"\n'
    )
    ledger.write_text(BOOK + "\n" + done.stdout, encoding="utf-8")
    found = ask("check", ledger)["findings"]
    assert {one["rule"] for one in found} == {"agreed-difference"}


def test_confirm_without_differences(write: Write) -> None:
    """Just the balance and the evidence."""
    ledger = write(BOOK)
    path = sent(
        "Alpha GmbH\nDate,Document,Amount\n2024-02-12,INV-102,730.00\n2024-02-20,INV-103,410.00\n2024-03-28,INV-104,250.00\n"
    )
    text = invoke("reconcile", ledger, path, "--as-of", "2024-03-31", "--confirm").stdout
    assert text.splitlines()[:3] == [
        '2024-03-31 custom "statement" "A1" 1390.00 EUR',
        "  agreed: TRUE",
        '  document: "theirs.csv"',
    ]


def test_the_next_statement_begins_where_the_agreement_ended(ledger: Path) -> None:
    """What was agreed to differ explains the opening difference."""
    first = invoke("reconcile", ledger, sent(name="march.csv"), "--confirm").stdout
    ledger.write_text(BOOK + "\n" + first, encoding="utf-8")
    april = sent(
        "Alpha GmbH\nDate,Document,Description,Debit,Credit,Balance\n"
        ",,Opening balance,,,88.00\n2024-04-02,INV-104,invoice,,250.00,338.00\n"
        ",,Closing balance,,,338.00\n",
        "april.csv",
    )
    answer = ask("reconcile", ledger, april, "--from", "2024-04-01", "--to", "2024-04-30")
    assert answer["unexplained"] == "0.00"
    assert answer["explained"] is True
    assert "agreed on 2024-03-31" in json.dumps(answer["differences"])


def test_nothing_is_confirmed_that_is_unexplained(ledger: Path) -> None:
    """Exit status 1, and a comment that says why."""
    path = sent(
        THEIRS.replace("Opening balance,,,0.00", "Opening balance,,,17.11").replace(
            '"1,000.00","1,000.00"', '"1,000.00","1,017.11"'
        )
    )
    done = invoke("reconcile", ledger, path, "--confirm")
    assert done.exit_code == 1
    assert done.stdout.startswith("; nothing to confirm yet: 17.11 EUR unexplained") or (
        "unexplained" in done.stdout
    )
    answer = ask("reconcile", ledger, path, status=1)
    assert "unidentified" in {one["class"] for one in answer["differences"]}


def test_a_duplicate_names_the_line_it_repeats(ledger: Path) -> None:
    """They have an invoice twice."""
    again = "2024-02-12,INV-102,invoice,,730.00,730.00\n"
    path = sent(THEIRS.replace(again, again + "2024-02-12,INV-102,invoice,,730.00,1460.00\n"))
    answer = ask("reconcile", ledger, path, status=1)  # their balance forgets it
    (found,) = (one for one in answer["differences"] if one["class"] == "duplicate")
    assert (found["line"], found["amount"], found["reason"]) == (7, "730.00", "repeats line 6")


def test_a_bill_is_a_payment_to_them(ledger: Path) -> None:
    """Here it moves to another account of the customer, which no statement of theirs shows."""
    bill = (
        '\n2024-03-10 * "Alpha" "Bill of exchange taken"\n'
        "  Assets:Receivable:A1:Bills   730.00 EUR\n"
        '    invoice: "INV-102"\n    due: 2024-09-10\n'
        '  Assets:Receivable:A1        -730.00 EUR\n    invoice: "INV-102"\n'
    )
    ledger.write_text(BOOK.partition("2024-04-03")[0] + bill, encoding="utf-8")
    path = sent(
        "Alpha GmbH\nDate,Document,Description,Debit,Credit,Balance\n"
        ",,Opening balance,,,730.00\n2024-03-11,B-1,bill of exchange,730.00,,0.00\n"
        ",,Closing balance,,,0.00\n"
    )
    answer = ask("reconcile", ledger, path, "--from", "2024-02-15", "--to", "2024-03-20")
    assert answer["side"] == "theirs"
    found = next(one for one in answer["differences"] if one["line"] == 4)
    assert (found["class"], found["amount"]) == ("missing-in-ledger", "-730.00")
    assert "here it moves between accounts of the customer" in found["reason"]
    text = invoke("reconcile", ledger, path, "--entries").stdout
    assert not [line for line in text.splitlines() if line and not line.startswith(";")]


def test_one_currency_at_a_time(ledger: Path) -> None:
    """Amounts of different currencies are never added; a rate on the line converts it."""
    usd = (
        '\n2024-02-01 * "Alpha" "Invoice" ^INV-301\n'
        "  Assets:Receivable:A1   100.00 USD\n  Income:Sales          -100.00 USD\n"
    )
    ledger.write_text(BOOK + usd, encoding="utf-8")
    path = sent(
        "Alpha GmbH\nDate,Document,Amount,Currency\n2024-02-01,INV-301,100.00,USD\n"
        "2024-02-12,INV-102,730.00,EUR\n2024-02-20,INV-103,410.00,EUR\n"
    )
    done = invoke("reconcile", ledger, path, "--as-of", "2024-03-25")
    assert done.exit_code == 2
    assert "name it with --currency: EUR, USD" in done.stderr
    options = ("--as-of", "2024-03-25", "--population", "open-items")
    for currency, balance in (("EUR", "1140.00"), ("USD", "100.00")):
        answer = ask("reconcile", ledger, path, "--currency", currency, *options)
        assert answer["ledger_balance"] == answer["statement_balance"] == balance
        assert not answer["differences"]
        assert "left out" in answer["remarks"][-1]["text"]


# Said first.


def remarks(answer: dict[str, Any]) -> str:
    """What is grave, in one text."""
    return "\n".join(one["text"] for one in answer["remarks"] if one["grave"])


def test_another_customer_s_heading(ledger: Path) -> None:
    """The heading names another customer than the call."""
    answer = ask("reconcile", ledger, sent(), "--customer", "B2", status=1)
    assert "the heading names A1, not B2" in remarks(answer)
    text = invoke("reconcile", ledger, sent(), "--customer", "B2").stdout
    assert text.index("the heading names A1") < text.index("our balance")


def test_another_customer_s_references(ledger: Path) -> None:
    """Without a heading the references tell."""
    path = sent("\n".join(THEIRS.splitlines()[1:]) + "\n")
    assert "its numbers are those of A1" in remarks(
        ask("reconcile", ledger, path, "--customer", "B2", status=1)
    )
    assert ask("reconcile", ledger, path)["customer"] == "A1"


def test_another_currency(ledger: Path) -> None:
    """A statement in a currency the customer has nothing in."""
    path = sent(THEIRS.replace("supplier account", "supplier account in USD"))
    answer = ask("reconcile", ledger, path, status=1)
    assert answer["currency"] == "USD"
    assert "another currency's statement?" in remarks(answer)


def test_another_period(ledger: Path) -> None:
    """All of it before the customer's first document."""
    path = sent(THEIRS.replace("2024-", "2019-"))
    answer = ask("reconcile", ledger, path, "--customer", "A1", status=1)
    assert "another period's statement?" in remarks(answer)


def test_a_statement_that_does_not_add_up(ledger: Path) -> None:
    """Said with the line that breaks it."""
    path = sent(THEIRS.replace(",730.00,730.00", ",730.00,740.00"))
    answer = ask("reconcile", ledger, path)
    assert [one["line"] for one in answer["remarks"] if one["grave"]][:1] == [6]


# What the call settles.


def test_the_ledger_knows_the_customer_s_columns(ledger: Path) -> None:
    """`statement-columns`, whose statement it is being found from the file."""
    text = BOOK + (
        '2024-01-01 custom "statement-columns" "A1" "date=D1 ref=Nr debit=S credit=H balance=Rest"\n'
        '  side: "theirs"\n'
    )
    ledger.write_text(text, encoding="utf-8")
    heads = THEIRS.replace("Date,Document,Description,Debit,Credit,Balance", "D1,Nr,Was,S,H,Rest")
    answer = ask("reconcile", ledger, sent(heads), "--customer", "A1")
    assert answer["statement"]["columns"]["ref"] == "Nr"
    assert len(answer["matched"]) == 3


def test_side_and_population_can_be_said(ledger: Path) -> None:
    """Whatever the file looks like."""
    answer = ask("reconcile", ledger, sent(), "--side", "ours")
    assert answer["side"] == "ours"
    assert answer["statement_balance"] == "-88.00"
    answer = ask("reconcile", ledger, sent(), "--population", "open-items")
    assert answer["population"] == "open-items"
    assert answer["from"] is None


def test_windows(ledger: Path) -> None:
    """How near the end something is in transit, and how far apart dates may be."""
    answer = ask("reconcile", ledger, sent(), "--cut-off-days", "2")
    assert classes(answer)["INV-104"] == "missing-in-statement -250.00"
    answer = ask("reconcile", ledger, sent(), "--date-days", "0")
    assert classes(answer)["INV-101"] == "date 0.00"


def test_gb18030_and_big5(ledger: Path) -> None:
    """The same statement in Chinese encodings."""
    text = THEIRS.replace(
        "Date,Document,Description,Debit,Credit,Balance", "日期,单据号,摘要,借方,贷方,余额"
    )
    answer = ask("reconcile", ledger, sent(text, encoding="gb18030"))
    assert len(answer["matched"]) == 3
    assert answer["statement"]["encoding"] == "GB18030"


# Refused: one line, status 2, nothing written.

REFUSED: dict[str, tuple[bytes | None, list[str]]] = {
    "no such file": (None, []),
    "empty": (b"", []),
    "nothing but zeros": (b"\0" * 4000, []),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, []),
    "no table": (b"dear sirs, we owe you nothing\n", []),
    "a broken workbook": (b"PK\x03\x04" + b"\x00" * 200, []),
    "an unknown encoding": (THEIRS.encode(), ["--encoding", "klingon"]),
    "no such column": (THEIRS.encode(), ["--columns", "date=Nowhere amount=Nothing"]),
    "bad columns": (THEIRS.encode(), ["--columns", "date"]),
    "30 February": (THEIRS.replace("2024-02-12", "2024-02-30").encode(), []),
    "nobody's": (b"Date,Document,Amount\n2024-01-01,Z-1,5.00\n", []),
    "an unknown customer": (THEIRS.encode(), ["--customer", "Z9"]),
    "two customers": (THEIRS.encode(), ["--customer", "A1", "--customer", "B2"]),
    "a period upside down": (THEIRS.encode(), ["--from", "2024-05-01", "--to", "2024-04-01"]),
    "entries as CSV": (THEIRS.encode(), ["--entries", "--format", "csv"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, ledger: Path) -> None:
    """What can't be answered is said in one line."""
    content, options = REFUSED[name]
    if content is not None:
        Path("theirs.csv").write_bytes(content)
    before = sorted(Path().iterdir())
    done = invoke("reconcile", ledger, "theirs.csv", *options, "--output", "out.txt")
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(Path().iterdir()) == before


def test_neither_ledger_nor_statement_is_overwritten(ledger: Path) -> None:
    """Not even by --force."""
    path = sent()
    for target in (ledger, path):
        done = invoke("reconcile", ledger, path, "--output", target, "--force")
        assert done.exit_code == 2
    assert path.read_text(encoding="utf-8") == THEIRS
    assert ledger.read_text(encoding="utf-8") == BOOK


def test_a_folder_is_no_statement(ledger: Path) -> None:
    """Nor is a device."""
    for name in (".", "/dev/zero"):
        done = invoke("reconcile", ledger, name)
        assert done.exit_code == 2
        assert len(done.stderr.strip().splitlines()) == 1


def test_json_beside_entries_and_confirm(ledger: Path) -> None:
    """Both as keys of the answer."""
    done = invoke("reconcile", ledger, sent(), "--format", "json", "--entries", "--confirm")
    answer = validated("reconcile", done.stdout)
    assert answer["confirm"].startswith('2024-03-31 custom "statement" "A1"')
    assert answer["entries"].startswith("; ")
