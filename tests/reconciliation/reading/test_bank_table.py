# SPDX-License-Identifier: GPL-2.0-or-later
"""Bank tables: what online banking exports, in China and in Europe."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from arledger.reconciliation.model import BankFile, BankStatement
from arledger.reconciliation.reading.bank import read_bank
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import Overrides
from tests.reconciliation.reading.files import book_of


def _file(text: str | bytes, **told: Any) -> BankFile:
    content = text if isinstance(text, bytes) else text.strip("\n").encode()
    return read_bank(content, "bank.csv", Overrides(**told))


def _read(text: str | bytes, **told: Any) -> BankStatement:
    (statement,) = _file(text, **told).statements
    return statement


def _amounts(statement: BankStatement) -> list[str]:
    return [str(entry.amount) for entry in statement.entries]


def _grave(statement: BankStatement) -> list[str]:
    return [remark.text.render() for remark in statement.remarks if remark.grave]


CMB = """
招商银行交易明细
账号：,755900000000000,币种：,人民币
交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,业务参考号,收/付方名称,收/付方帐号
20240301,101500,20240301,汇入汇款,,"113,000.00","213,000.00",货款 INV-2024-0501,C0001,YW1,华东重工有限公司,6222000011112222
20240302,090000,20240302,转账支取,"1,000.00",,"212,000.00",运费,C0002,,顺丰速运,6222000033334444
"""


def test_debit_and_credit_of_a_chinese_bank() -> None:
    statement = _read(CMB)
    first, second = statement.entries
    assert _amounts(statement) == ["113000.00", "-1000.00"]
    assert (statement.account, statement.currency) == ("755900000000000", "CNY")
    assert (statement.opening, statement.closing) == (Decimal(100000), Decimal(212000))
    assert (first.reference, first.references) == ("C0001", ("YW1",))
    assert (first.payer, first.payer_account) == ("华东重工有限公司", "6222000011112222")
    assert first.remittance == "汇入汇款 货款 INV-2024-0501"
    assert (first.date, first.value_date) == (date(2024, 3, 1), date(2024, 3, 1))
    assert second.payer == "顺丰速运"
    assert statement.remarks == ()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_chinese_encodings(encoding: str) -> None:
    assert _amounts(_read(CMB.strip().encode(encoding))) == ["113000.00", "-1000.00"]


def test_descending_rows_tie_upwards() -> None:
    head, *rows = CMB.strip().rpartition("收/付方帐号\n")[::2]
    one, two = rows[0].splitlines()
    statement = _read(f"{head}收/付方帐号\n{two}\n{one}\n")
    assert _amounts(statement) == ["-1000.00", "113000.00"]
    assert (statement.opening, statement.closing) == (Decimal(100000), Decimal(212000))
    assert statement.remarks == ()


def test_the_first_row_that_breaks_the_balance_is_named() -> None:
    statement = _read(
        """
交易日期,收入金额,支出金额,账户余额,对方户名
2024-03-01,100.00,,100.00,A
2024-03-02,,30.00,71.00,B
2024-03-03,,1.00,70.00,C
"""
    )
    (remark,) = [remark for remark in statement.remarks if remark.grave]
    assert remark.place.line == 3
    assert remark.text.render() == (
        "the balance 71.00 doesn't follow from the row before: with -30.00 it should have been "
        "101.00 there (1 rows like this)"
    )


def test_columns_written_the_other_way_round_are_found_by_the_balance() -> None:
    statement = _read(
        """
日期,借方,贷方,余额,币种
2024-03-01,100.00,,100.00,人民币
2024-03-02,,30.00,70.00,人民币
2024-03-03,5.00,,75.00,人民币
"""
    )
    assert _amounts(statement) == ["100.00", "-30.00", "5.00"]
    assert "the other way round" in _grave(statement)[0]


@pytest.mark.parametrize(
    ("flag", "sign"),
    [("贷", 1), ("借", -1), ("收入", 1), ("支出", -1), ("C", 1), ("DBIT", -1), ("Haben", 1), ("Af", -1), ("+", 1)],
)  # fmt: skip
def test_flags(flag: str, sign: int) -> None:
    heading = "借贷标志" if not flag.isascii() else "Debit/Credit"
    statement = _read(f"Date,Amount,{heading},Currency\n2024-03-01,50.00,{flag},EUR\n")
    assert statement.entries[0].amount == 50 * sign


def test_a_flag_that_says_neither_is_refused() -> None:
    with pytest.raises(ReadingError, match=r"bank\.csv:2: “X” says neither debit nor credit"):
        _read("Date,Amount,Debit/Credit,Currency\n2024-03-01,50.00,X,EUR\n")


def test_one_signed_column_of_a_german_bank() -> None:
    statement = _read(
        """
Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Kundenreferenz (End-to-End);Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;Betrag;Waehrung
DE89370400440532013000;04.03.24;05.03.24;GUTSCHRIFT;Rechnung INV-1;E2E-1;Müller GmbH;NL91ABNA0417164300;1.234,56;EUR
DE89370400440532013000;05.03.24;05.03.24;LASTSCHRIFT;Miete;;Vermieter;GB29NWBK60161331926819;-800,00;EUR
"""
    )
    first = statement.entries[0]
    assert _amounts(statement) == ["1234.56", "-800.00"]
    assert (first.date, first.value_date) == (date(2024, 3, 4), date(2024, 3, 5))
    assert (statement.account, statement.currency) == ("DE89370400440532013000", "EUR")
    assert (first.payer, first.payer_account) == ("Müller GmbH", "NL91ABNA0417164300")
    assert first.references == ("E2E-1",)
    assert first.remittance == "GUTSCHRIFT Rechnung INV-1"


def test_an_account_column_beside_a_payee_is_the_payees() -> None:
    statement = _read(
        "Date,Payee,Account number,Payment reference,Amount (EUR)\n"
        "2024-03-01,ACME,NL91ABNA0417164300,INV-1,50.00\n"
        "2024-03-02,Shop,GB29NWBK60161331926819,,-5.00\n"
    )
    assert (statement.account, statement.currency) == ("", "EUR")
    assert [entry.payer_account for entry in statement.entries] == [
        "NL91ABNA0417164300",
        "GB29NWBK60161331926819",
    ]


def test_payer_and_payee_in_columns_of_their_own() -> None:
    statement = _read(
        """
交易日期[ Transaction Date ],付款人名称[ Payer's Name ],付款人账号[ Debit Account No. ],收款人名称[ Payee's Name ],收款人账号[ Payee's Account Number ],交易货币[ Trade Currency ],交易金额[ Trade Amount ],交易流水号[ Transaction reference number ]
20240301,华东重工,111,我司,999,CNY,"5,000.00",T1
20240302,我司,999,供应商,222,CNY,-70.00,T2
"""
    )
    assert [(entry.payer, entry.payer_account) for entry in statement.entries] == [
        ("华东重工", "111"),
        ("供应商", "222"),
    ]


def test_several_accounts_and_currencies_in_a_table() -> None:
    file = _file(
        "本方账号,交易日期,金额,币种,对方户名,对方账号\n"
        "111,2024-03-01,1.00,人民币,A,9\n111,2024-03-01,2.00,美元,A,9\n222,2024-03-01,3.00,人民币,A,9\n"
    )
    assert [(one.account, one.currency, len(one.entries)) for one in file.statements] == [
        ("111", "CNY", 1),
        ("111", "USD", 1),
        ("222", "CNY", 1),
    ]


def test_totals_are_checked() -> None:
    statement = _read(
        "交易日期,收入,支出\n2024-03-01,100.00,\n2024-03-02,,30.00\n合计,100.00,31.00\n"
    )
    assert _amounts(statement) == ["100.00", "-30.00"]
    assert _grave(statement) == ["the total in column 支出 is 31.00, but its rows come to 30.00"]


def test_balances_above_and_below_the_table_are_checked() -> None:
    text = "期初余额：,1000.00\n交易日期,收入,支出\n2024-03-01,100.00,\n2024-03-02,,30.00\n期末余额：,{}\n"
    good, bad = _read(text.format("1070.00")), _read(text.format("1071.00"))
    assert (good.opening, good.closing) == (Decimal(1000), Decimal(1070))
    assert _grave(good) == []
    (remark,) = [remark for remark in bad.remarks if remark.grave]
    assert remark.place.line == 5
    assert "a difference of 1.00" in remark.text.render()


def test_typed_cells_of_a_workbook() -> None:
    rows: list[list[object]] = [
        ["交易日期", "收入金额", "支出金额", "余额", "对方户名", "流水号"],
        [date(2024, 3, 1), 1234.567, None, 1234.567, "A", 1001],
        [20240302, None, 0.067, 1234.5, "B", 1002],
        ["2024-03-03", "1,000.00", None, 2234.5, "C", "1003"],
    ]
    statement = _read(book_of({"明细": rows}))
    assert _amounts(statement) == ["1234.567", "-0.067", "1000.00"]
    assert [entry.reference for entry in statement.entries] == ["1001", "1002", "1003"]
    assert [str(entry.date) for entry in statement.entries] == [
        "2024-03-01",
        "2024-03-02",
        "2024-03-03",
    ]
    assert _grave(statement) == []


def test_30_february_is_the_last_day_and_is_said() -> None:
    statement = _read("日期,金额,币种\n2024-02-30,5.00,CNY\n30/02/2023,6.00,CNY\n")
    assert [str(entry.date) for entry in statement.entries] == ["2024-02-29", "2023-02-28"]
    assert [remark.text.render() for remark in statement.remarks] == [
        "2024-02-30 is no day of the calendar; it is read as 2024-02-29",
        "30/02/2023 is no day of the calendar; it is read as 2023-02-28",
    ]


def test_a_row_with_an_amount_and_no_date_is_said_to_be_left_out() -> None:
    statement = _read("日期,金额,币种\n2024-03-01,5.00,CNY\n,7.00,CNY\n")
    assert _amounts(statement) == ["5.00"]
    assert _grave(statement) == ["this row has an amount but no date, and is left out"]


def test_rows_that_are_pending() -> None:
    statement = _read("Date,Amount,Currency,Status\n2024-03-01,5.00,EUR,Pending\n2024-03-02,6.00,EUR,Booked\n")  # fmt: skip
    assert [entry.pending for entry in statement.entries] == [True, False]


def test_what_somebody_has_settled_is_taken() -> None:
    text = "Fecha|Importe|Concepto\n03/04/2024|1.234|INV-1\n04/05/2024|5|INV-2\n"
    file = _file(
        text,
        columns={"date": "Fecha", "amount": "Importe", "text": "Concepto"},
        date_order="mdy",
        decimal_mark=",",
        currency="MXN",
    )
    (statement,) = file.statements
    assert _amounts(statement) == ["1234", "5"]
    assert [str(entry.date) for entry in statement.entries] == ["2024-03-04", "2024-04-05"]
    assert [entry.remittance for entry in statement.entries] == ["INV-1", "INV-2"]
    assert statement.currency == "MXN"
    assert set(file.read_as.columns) == {
        ("date", "Fecha"),
        ("amount", "Importe"),
        ("text", "Concepto"),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "is no bank file that is known here"),
        ("日期,金额,币种\n2024-03-01,abc,CNY\n", "bank.csv:2: “abc” is no amount"),
        ("日期,金额,币种\nheute,5.00,CNY\n", "bank.csv:2: “heute” is no date"),
        ("日期,金额,币种\n2024-03-01,5.00,Taler\n", "bank.csv:2: “TALER” is no currency"),
        ("日期,金额,币种\n", "no row below the headings on line 1 has a date and an amount"),
        ("Date,Amount\n2024-03-01,5.00\n", "doesn't say the currency of its amounts"),
        ("Date,Amount,Currency\n03/04/2024,5.00,USD\n05/06/2024,6.00,USD\n04/05/2024,6.00,USD\n", "say which with --date-order"),
        ("<html><table><tr><td>1</td></tr></table></html>", "is HTML"),
        ("", "is empty"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(ReadingError) as refused:
        _read(text)
    rendered = refused.value.text.render()
    assert told in rendered
    assert "\n" not in rendered


def test_a_currency_that_is_not_said_is_the_yuan_under_simplified_headings_only() -> None:
    statement = _read("日期,收入,支出\n2024-03-01,5.00,\n")
    assert statement.currency == "CNY"
    assert any("simplified Chinese" in remark.text.render() for remark in statement.remarks)
    with pytest.raises(ReadingError, match="--currency"):
        _read("日期,存入金額,提取金額,餘額\n2024-03-01,5.00,,5.00\n")


def test_the_format_can_be_said() -> None:
    assert _file(CMB, format="csv").read_as.format == "csv"
    with pytest.raises(ReadingError, match=r"neither a closing balance|holds no statement"):
        _file(CMB, format="mt940")
    with pytest.raises(ReadingError, match="is not well-formed XML"):
        _file(CMB, format="camt.053")
    with pytest.raises(ReadingError, match='as camt, mt940, csv, tsv, xlsx, xls, not as "pdf"'):
        _file(CMB, format="pdf")


def test_a_table_that_tells_no_currency() -> None:
    """It is what the caller falls back on, and that is said; what the file tells goes before."""
    text = "Date,Reference,Amount,Payer\n2024-03-01,B1,100.00,Alpha GmbH\n"
    with pytest.raises(ReadingError, match="--currency"):
        _read(text)
    statement = _read(text, currency_else="EUR")
    assert statement.currency == "EUR"
    assert "taken to be the ledger's, EUR" in str(statement.remarks[0].text)
    told = _read(text.replace("Amount", "Amount USD"), currency_else="EUR")
    assert (told.currency, told.remarks) == ("USD", ())
