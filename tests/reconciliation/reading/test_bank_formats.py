# SPDX-License-Identifier: GPL-2.0-or-later
"""The bank files of the shared data: every entry, and what the files' own balances say."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import mt940 as library
import pytest

from arledger.reconciliation.model import BankFile, BankStatement
from arledger.reconciliation.reading.bank import read_bank
from arledger.reconciliation.reading.errors import ReadingError


def _read(shared_data: Path, name: str) -> BankFile:
    return read_bank((shared_data / "data/formats" / name).read_bytes(), name)


def _grave(statement: BankStatement) -> list[str]:
    return [remark.text.render() for remark in statement.remarks if remark.grave]


def _total(statement: BankStatement) -> Decimal:
    return sum((entry.amount for entry in statement.entries), Decimal(0))


@pytest.mark.parametrize("name", ["camt053.v2.five.decimals.xml", "camt053.v4.xml"])
def test_a_camt_file_gives_as_many_entries_and_the_same_sum_as_a_plain_count(
    shared_data: Path, name: str
) -> None:
    root = ElementTree.parse(shared_data / "data/formats" / name).getroot()  # noqa: S314 - our own file
    amounts = []
    for entry in root.iterfind(".//{*}Ntry"):
        sign = {"CRDT": 1, "DBIT": -1}[entry.findtext("{*}CdtDbtInd") or ""]
        amounts.append(sign * Decimal(entry.findtext("{*}Amt") or ""))

    (statement,) = _read(shared_data, name).statements

    assert [entry.amount for entry in statement.entries] == amounts


def test_the_entry_of_a_version_2_file(shared_data: Path) -> None:
    file = _read(shared_data, "camt053.v2.five.decimals.xml")
    (statement,) = file.statements
    (entry,) = statement.entries

    assert file.read_as.format == "camt.053.001.02"
    assert (statement.account, statement.currency) == ("NL26VAYB8060476890", "EUR")
    assert entry.amount == Decimal("8.85")
    assert (str(entry.date), str(entry.value_date)) == ("2014-12-31", "2015-01-02")
    assert entry.references == ("000000001",)
    assert entry.remittance == "Transaction Description"
    assert entry.payer == ""  # the file names the creditor only, and that is us


def test_a_version_2_file_that_is_five_cents_out_is_said_so_at_its_closing_balance(
    shared_data: Path,
) -> None:
    (statement,) = _read(shared_data, "camt053.v2.five.decimals.xml").statements
    assert statement.opening is not None and statement.closing is not None  # noqa: PT018
    off = statement.closing - statement.opening - _total(statement)

    (remark,) = [remark for remark in statement.remarks if remark.grave]

    assert off == Decimal("0.05")
    assert "a difference of 0.050" in remark.text.render()
    assert remark.place.line == 49


def test_the_entry_of_a_version_4_file(shared_data: Path) -> None:
    (statement,) = _read(shared_data, "camt053.v4.xml").statements
    (entry,) = statement.entries

    assert entry.amount == Decimal("8.85")
    assert entry.reference == "AAAASESS-FP-CN_98765/01"
    assert (entry.payer, entry.payer_account) == ("NAME NAME", "NL56AGDH9619008421")
    assert entry.references == ("4654654654654654",)
    # Its closing balance is in SEK, of all things.
    assert any("SEK" in text for text in _grave(statement))


_LINE = re.compile(r"^:61:\d{6}(?:\d{4})?(R?[CD])[A-Z]?(\d+,\d*)", re.MULTILINE)
_BALANCE = re.compile(r"^:(6[02])[FM]:([CD])\d{6}EUR(\d+,\d*)", re.MULTILINE)


def _comma(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


@pytest.mark.parametrize("name", ["mt940_sepa.sta", "mt940_abnamro.sta"])
def test_an_mt940_file_gives_the_amounts_and_balances_of_a_plain_count(
    shared_data: Path, name: str
) -> None:
    text = (shared_data / "data/formats" / name).read_text()
    amounts = [
        _comma(amount) * (1 if mark in {"C", "RD"} else -1) for mark, amount in _LINE.findall(text)
    ]
    balances = [
        _comma(amount) * (1 if mark == "C" else -1) for _, mark, amount in _BALANCE.findall(text)
    ]

    statements = _read(shared_data, name).statements

    assert len(amounts) == text.count("\n:61:")
    assert [entry.amount for one in statements for entry in one.entries] == amounts
    assert [b for one in statements for b in (one.opening, one.closing)] == balances


def test_every_statement_of_the_sepa_file_ties(shared_data: Path) -> None:
    statements = _read(shared_data, "mt940_sepa.sta").statements
    assert len(statements) == 26
    for statement in statements:
        assert statement.opening is not None
        assert statement.opening + _total(statement) == statement.closing
        assert statement.remarks == ()


def test_the_sepa_file_agrees_with_the_library_where_that_is_right(shared_data: Path) -> None:
    """All but the reversals: the library takes `RC` for money received."""
    text = (shared_data / "data/formats/mt940_sepa.sta").read_text()
    theirs = library.models.Transactions()
    theirs.parse(text)
    entries = [
        entry for one in _read(shared_data, "mt940_sepa.sta").statements for entry in one.entries
    ]
    assert len(theirs) == len(entries)
    for transaction, entry in zip(theirs, entries, strict=True):
        if not entry.reversal:
            assert transaction.data["amount"].amount == entry.amount
        assert transaction.data["date"] == entry.value_date
    assert sum(entry.reversal for entry in entries) == 2


def test_the_sepa_files_subfields_are_put_together_again(shared_data: Path) -> None:
    entries = {
        entry.reference: entry
        for one in _read(shared_data, "mt940_sepa.sta").statements
        for entry in one.entries
        if one.account == "50880050/0194779500888"
    }
    entry = entries["0724710290631813"]
    assert entry.amount == Decimal(300000)
    assert entry.payer == "Cornelia Prochownik 70 Zeichen Beginn Fuellzeichen xxx"
    assert entry.payer_account == "DE40100100100000214105"
    assert entry.remittance == "TO13 TF20014 MINT"
    assert entry.references == ()


def test_the_abn_amro_file_does_not_tie_and_says_where(shared_data: Path) -> None:
    first, second = _read(shared_data, "mt940_abnamro.sta").statements
    assert (len(first.entries), len(second.entries)) == (8, 2)
    assert [remark.place.line for remark in first.remarks if remark.grave] == [27]
    # 3236.28 less 321.44 is not 876.84; the next statement opens with 2876.84; a page is missing.
    assert "-2,038.00" in _grave(first)[0]
    assert any("opens with 2,876.84" in remark.text.render() for remark in second.remarks)
    assert any("page" in text for text in _grave(second))


def test_an_invoice_is_no_bank_file(shared_data: Path) -> None:
    with pytest.raises(ReadingError, match=r"is an invoice \(UBL\), not a bank's statement"):
        _read(shared_data, "ubl21_en16931_invoice.xml")


def _plain(amount: object) -> Decimal:
    text = str(amount).replace(",", "").strip()
    return Decimal(text) if text.strip("- ") else Decimal(0)


def test_the_icbc_file_gives_the_rows_of_a_plain_count(shared_data: Path) -> None:
    text = (shared_data / "data/formats/cn_icbc_debit_v2.csv").read_text("utf-8")
    rows = [row for row in csv.reader(text.splitlines()) if re.match(r"\d{4}-", "".join(row[:1]))]
    (statement,) = _read(shared_data, "cn_icbc_debit_v2.csv").statements

    assert len(rows) == 11
    assert [entry.amount for entry in statement.entries] == [
        _plain(row[9]) - _plain(row[10]) for row in rows
    ]
    assert [entry.payer for entry in statement.entries] == [row[13].strip() for row in rows]
    assert (statement.account, statement.currency) == ("1234****9876", "CNY")
    assert statement.entries[0].remittance == "消费 广东三元麦当劳食品有"
    # The totals and balances of the file are made up (1,234.56, xx,yyyy.zz), and it is said.
    assert [text for text in _grave(statement) if "1,234.56" in text]
    assert any("xx,yyyy.zz" in remark.text.render() for remark in statement.remarks)


def test_the_spdb_file_ties_with_its_running_balance(shared_data: Path) -> None:
    (statement,) = _read(shared_data, "cn_spdb_debit.xls").statements
    amounts = [entry.amount for entry in statement.entries]

    assert amounts == [Decimal(text) for text in ("-3.88", "10.00", "-3.88", "-3.88")]
    assert (statement.opening, statement.closing) == (Decimal("1985.21"), Decimal("1983.57"))
    assert statement.opening is not None
    assert statement.opening + _total(statement) == statement.closing
    assert _grave(statement) == []
    assert statement.account == "6200000000001230"
    first, last = statement.entries[2:]
    assert last.reference == f"{first.reference}-2"


def test_the_spreadsheet_with_a_preamble_is_two_cents_out_and_says_so(shared_data: Path) -> None:
    file = _read(shared_data, "sheet_meta_debit_credit.xlsx")
    (statement,) = file.statements

    assert [str(entry.amount) for entry in statement.entries] == [
        "-50.00", "-100.00", "-80.68", "1300.00",
    ]  # fmt: skip
    assert [entry.reference for entry in statement.entries] == [
        f"UNIQUE OP {number}" for number in (1, 2, 3, 4)
    ]
    assert (statement.account, statement.currency) == ("08088804068", "EUR")
    assert (statement.opening, statement.closing) == (Decimal("30000.77"), Decimal("31070.11"))
    assert file.read_as.date_order == "dmy"
    assert [str(day) for day in (statement.from_date, statement.to_date)] == [
        "2020-04-01", "2020-04-02",
    ]  # fmt: skip
    assert "a difference of 0.02" in _grave(statement)[0]
