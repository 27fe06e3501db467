# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger apply`: its answer in each form, what it appends, and what it refuses."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from arledger.load import load
from tests.cli.conftest import Write
from tests.cli.support import ask, invoke, spawn

LEDGER = """
option "operating_currency" "CNY"
2024-01-01 open Assets:Bank
  account-number: "1001 2345 6789 0001"
2024-01-01 open Income:Sales
2024-01-01 open Assets:Receivable:C1
  customer: "C1"
  name: "华东重工有限公司"
2024-01-01 open Liabilities:Advances:C1
  customer: "C1"
2024-01-01 custom "payment-terms" Assets:Receivable "2/10 net 30"
2024-01-01 custom "tolerance" Assets:Receivable 1.00 CNY
2024-02-01 * "Invoice" ^INV-2024-0501
  Assets:Receivable:C1   1000.00 CNY
  Income:Sales
2024-02-01 * "Invoice" ^INV-2024-0502
  Assets:Receivable:C1    500.00 CNY
  Income:Sales
2024-02-01 * "Invoice" ^INV-2024-0503
  Assets:Receivable:C1    500.00 CNY
  Income:Sales
"""
HEAD = "账号: 1001234567890001\n\n交易日期,交易流水号,收入金额,支出金额,对方户名,对方账号,摘要\n"
ROWS = """\
2024-02-09,F001,980.00,,华东重工有限公司,6222020200001111,INV-2024-0501
2024-02-20,F002,500.00,,华东重工有限公司,6222020200001111,货款
2024-02-21,F003,20000.00,,华东重工有限公司,6222020200001111,预付款 合同 HT-2024-09
2024-02-22,F004,88.00,,陌生人,6222020200009999,"=cmd|' /C calc'!A0 ""quoted"" \\ back"
2024-02-22,F005,,12.00,工商银行,,手续费
"""


@pytest.fixture
def ledger(write: Write) -> Path:
    """The books before the file."""
    return write(LEDGER)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """The bank's file, as Chinese banks write it."""
    path = tmp_path / "bank.csv"
    path.write_bytes((HEAD + ROWS).encode("gb18030"))
    return path


def test_json(ledger: Path, bank: Path) -> None:
    """The keys of the contract, by status."""
    answer = ask("apply", ledger, bank)
    first, advance = answer["matched"]
    assert (first["line"], first["customer"], first["how"]) == (
        4,
        "C1",
        "reference-amount-differs",
    )
    assert first["items"] == [{"item": "INV-2024-0501", "amount": "980.00", "due": "2024-03-02"}]
    assert [(one["kind"], one["amount"]) for one in first["differences"]] == [("discount", "20.00")]
    assert (advance["contract"], advance["advance"]) == ("HT-2024-09", "20000.00")
    (proposed,) = answer["proposed"]
    assert [way["items"][0]["item"] for way in proposed["candidates"][:2]] == [
        "INV-2024-0502",
        "INV-2024-0503",
    ]
    assert [row["reference"] for row in answer["unmatched"]] == ["F004"]
    assert [row["amount"] for row in answer["other"]] == ["-12.00"]


def test_explained(ledger: Path, bank: Path) -> None:
    """The file:line of each item."""
    (first, _) = ask("apply", ledger, bank, "--explain")["matched"]
    (source,) = first["sources"]
    assert source.startswith("INV-2024-0501: ")
    assert source.endswith(f"{ledger.name}:14")


def test_csv(ledger: Path, bank: Path) -> None:
    """A line for each part."""
    done = invoke("apply", ledger, bank, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["status"], row["kind"], row["amount"]) for row in rows] == [
        ("matched", "item", "980.00"),
        ("proposed", "", "500.00"),
        ("matched", "advance", "20000.00"),
        ("unmatched", "", "88.00"),
        ("other", "", "-12.00"),
    ]


@pytest.mark.parametrize("lang", ["en", "zh-CN", "zh-TW"])
def test_appended_it_loads_and_is_known(ledger: Path, bank: Path, lang: str) -> None:
    """In each language, explained or not: whatever the bank has written."""
    done = invoke("apply", ledger, bank, "--explain", "--lang", lang)
    assert done.exit_code == 0
    ledger.write_text(LEDGER + done.stdout, encoding="utf-8")
    assert load(ledger).errors == ()
    assert {row["rule"] for row in ask("check", ledger)["findings"]} == {"discount-entitled"}
    again = ask("apply", ledger, bank)
    assert (again["matched"], len(again["known"])) == ([], 2)
    assert [row["line"] for row in again["proposed"]] == [5]


def test_a_candidate_is_taken_by_uncommenting_it(ledger: Path, bank: Path) -> None:
    """The lines of a proposal are a transaction."""
    text = invoke("apply", ledger, bank).stdout
    block = text.split("; 1. C1", 1)[1].split("; 2. C1", 1)[0]
    lines = [line.removeprefix("; ") for line in block.splitlines()[1:]]
    ledger.write_text(LEDGER + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert load(ledger).errors == ()
    assert [row["reference"] for row in ask("apply", ledger, bank)["known"]] == ["F002"]


def test_the_suspense_account(ledger: Path, bank: Path) -> None:
    """Where there is one, an unknown payer's money is there."""
    more = '2024-01-01 open Liabilities:Suspense\n2024-01-01 custom "ar-option" '
    more += '"suspense-account" Liabilities:Suspense\n'
    ledger.write_text(LEDGER + more, encoding="utf-8")
    (row,) = ask("apply", ledger, bank)["unmatched"]
    assert "Liabilities:Suspense" in row["transaction"]
    assert "\n2024-02-22 * " in invoke("apply", ledger, bank).stdout


def test_what_closes_a_difference_is_proposed(ledger: Path, bank: Path) -> None:
    """As a comment, against the account that is given."""
    text = invoke("apply", ledger, bank, "--difference-account", "Expenses:Discount").stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "; Assets:Receivable:C1 -20.00 CNY" in lines
    assert "; Expenses:Discount 20.00 CNY" in lines


def test_of_one_customer(ledger: Path, bank: Path) -> None:
    """What is another's, or nobody's, is left out."""
    answer = ask("apply", ledger, bank, "--customer", "C1")
    assert (len(answer["matched"]), answer["unmatched"], answer["other"]) == (2, [], [])


def test_the_account_is_asked_for(write: Write, bank: Path) -> None:
    """One line says how to name it; the option does."""
    ledger = write(LEDGER.replace("1001 2345 6789 0001", "9999 9999"))
    done = invoke("apply", ledger, bank)
    assert (done.exit_code, done.stdout) == (2, "")
    assert '--bank-account, or put account-number: "1001234567890001"' in done.stderr
    assert invoke("apply", ledger, bank, "--bank-account", "Assets:Bank").exit_code == 0
    wrong = invoke("apply", ledger, bank, "--bank-account", "Assets:Bnak")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert 'Assets:Bnak; did you mean "Assets:Bank"?' in wrong.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\xff" * 50,
        b"<?xml version='1.0'?><letter/>",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
        b"PK\x03\x04 broken",
        "一,二\n三,四\n".encode("gb18030"),
        b":20:X\n:25:1\n:28C:1\n:60F:X",
    ],
)
def test_a_file_that_is_none_of_these(ledger: Path, tmp_path: Path, content: bytes) -> None:
    """One line, nothing on stdout, nothing written, status 2."""
    bank = tmp_path / "bank.bin"
    bank.write_bytes(content)
    output = tmp_path / "out.beancount"
    done = invoke("apply", ledger, bank, "--output", output)
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "internal error" not in done.stderr
    assert not output.exists()


def test_no_file_a_folder_and_the_file_itself(ledger: Path, bank: Path, tmp_path: Path) -> None:
    """Each has its line; the bank's file is never written over."""
    for name, said in (("none.csv", "No such file"), (".", "is a folder")):
        done = invoke("apply", ledger, tmp_path / name)
        assert (done.exit_code, done.stdout) == (2, "")
        assert said in done.stderr
    before = bank.read_bytes()
    done = invoke("apply", ledger, bank, "--output", bank, "--force")
    assert done.exit_code == 2
    assert bank.read_bytes() == before


def test_bad_columns(ledger: Path, bank: Path) -> None:
    """An option that can't be read is one line, too."""
    done = invoke("apply", ledger, bank, "--columns", "nonsense")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--columns" in done.stderr


def test_an_incomplete_ledger(ledger: Path, bank: Path) -> None:
    """The answer still comes, and says so."""
    ledger.write_text(LEDGER + '\n2024-03-01 * "broken\n', encoding="utf-8")
    answer = ask("apply", ledger, bank, status=2)
    assert answer["complete"] is False


def test_as_a_process(ledger: Path, bank: Path) -> None:
    """Only the answer goes to stdout."""
    done = spawn("apply", ledger, bank)
    assert done.returncode == 0
    assert done.stdout.startswith("2024-02-09 * ")
    assert "matched 2, proposed 1, unmatched 1, already in the ledger 0" in done.stderr
