# SPDX-License-Identifier: GPL-2.0-or-later
"""Statements as customers export them: header, lines, balances, side, period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from arledger.findings import say
from arledger.reconciliation.reading import ReadingError, flip
from tests.reconciliation.reading.files import (
    Rows,
    amounts,
    book_of,
    csv_of,
    erp_ledger,
    graves,
    read,
    saved,
)

PLAIN = "Date,Document No,Description,Debit,Credit,Balance\n"
LINES = PLAIN + "2024-03-01,INV-1,Invoice,100.00,,100.00\n2024-03-15,RCP-1,Payment,,30.00,70.00\n"


@pytest.mark.parametrize("payable", [False, True])
@pytest.mark.parametrize("split_dates", [False, True])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("seed", range(5))
def test_ledgers_of_erp_systems(seed: int, form: str, split_dates: bool, payable: bool) -> None:  # noqa: FBT001
    """Title, unit, period, two header rows, monthly sums, directions: only the lines are lines."""
    ledger = erp_ledger(seed, payable=payable, split_dates=split_dates)
    content = (
        csv_of(ledger.rows, encoding="gb18030")
        if form == "csv"
        else book_of({"明细账": ledger.rows})
    )
    statement = read(content)
    assert [
        (one.date, one.reference, one.text, one.amount) for one in statement.lines
    ] == ledger.lines
    assert (statement.opening, statement.closing) == (ledger.opening, ledger.closing)
    assert (statement.from_date, statement.to_date) == (date(2024, 1, 1), date(2024, 3, 31))
    assert statement.read_as.side == ("theirs" if payable else "ours")
    assert statement.currency == "CNY"
    assert statement.heading[1].startswith("往来单位： ")
    assert graves(statement) == []


@pytest.mark.parametrize("payable", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_a_balance_that_breaks(seed: int, payable: bool) -> None:  # noqa: FBT001
    """The first line that doesn't follow is named, and only it."""
    ledger = erp_ledger(seed, payable=payable, split_dates=False, planted=True)
    wrong = graves(read(csv_of(ledger.rows)))
    assert [line for line, _ in wrong] == [ledger.broken_row]
    assert "0.01" in wrong[0][1]


def test_merged_headings() -> None:
    """A workbook with the upper headings merged over their columns."""
    rows: Rows = [
        ["对账单"],
        ["日期", "单据号", "摘要", "本期发生额", None, "余额", None],
        [None, None, None, "借方", "贷方", "方向", "金额"],
        [date(2024, 3, 1), "FP-1", "采购", None, 250.5, "贷", 250.5],
    ]
    merged = ["A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:G2"]
    statement = read(book_of({"S": rows}, merged=merged))
    assert amounts(statement) == ["250.5"]
    assert statement.lines[0].place is not None
    assert statement.lines[0].place.line == 4
    assert statement.lines[0].balance == Decimal("250.5")


@pytest.mark.parametrize(
    ("header", "row", "amount"),
    [
        ("日期,单据号,金额", "2024-03-01,A1,-5.00", "-5.00"),
        ("记账日期,凭证号,摘要,借方金额,贷方金额", "2024-03-01,A1,x,5.00,", "5.00"),
        ("單據日期,單據號,摘要,借方金額,貸方金額,餘額", "2024-03-01,A1,x,,5.00,", "-5.00"),
        ("发票日期,发票号码,价税合计（元）,到期日", "2024-03-01,A1,5.00,2024-04-01", "5.00"),
        ("日期,发票号,金额(元),借贷", "2024-03-01,A1,5.00,贷", "-5.00"),
        ("日期,发票号,方向,金额", "2024-03-01,A1,借,5.00", "5.00"),
        ("Date,Invoice #,Amount (USD)", "2024-03-01,A1,5.00", "5.00"),
        ("Posting Date,Doc. No.,Narration,DR,CR", "2024-03-01,A1,x,,5.00", "-5.00"),
        ("Date,Ref,D/C,Amount", "2024-03-01,A1,C,5.00", "-5.00"),
        ("Date,Ref,Dr/Cr,Amount", "2024-03-01,A1,Dr,5.00", "5.00"),
        ("Date,Ref,S/H,Amount", "2024-03-01,A1,H,5.00", "-5.00"),
        ("Date,Reference,Amount", "2024-03-01,A1,5.00 CR", "-5.00"),
        ("Date,Reference,Charges,Payments", "2024-03-01,A1,,5.00", "-5.00"),
        ("Ｄａｔｅ,Ｒｅｆ,Ａｍｏｕｎｔ", "2024-03-01,A1,５．００", "5.00"),
        ('"Posting\nDate",Document,"Amount\nCNY"', "2024-03-01,A1,5.00", "5.00"),
        ("日期,业务单据编号,借方发生金额,贷方发生金额", "2024-03-01,A1,,5.00", "-5.00"),
    ],
)
def test_headings(header: str, row: str, amount: str) -> None:
    """Synonyms, units, line breaks, full-width: one table each."""
    statement = read(f"{header}\n{row}\n", side="ours")
    assert amounts(statement) == [amount]
    assert statement.lines[0].date == date(2024, 3, 1)
    assert statement.lines[0].reference == "A1"


@pytest.mark.parametrize("total", ["合计", "总计", "本月合计", "小计", "合 计：", "Total", "Subtotal", "GRAND TOTAL", "總計"])  # fmt: skip
def test_totals_are_no_lines(total: str) -> None:
    """Whatever they are called."""
    statement = read(LINES + f"{total},,,100.00,30.00,\n")
    assert amounts(statement) == ["100.00", "-30.00"]
    assert graves(statement) == []


@pytest.mark.parametrize("opening", ["期初余额", "上期结转", "承前页", "上年结转", "Opening balance", "Balance b/f", "Brought forward", "期初餘額"])  # fmt: skip
@pytest.mark.parametrize("closing", ["期末余额", "本期余额", "结转下页", "Closing balance", "Balance c/f", "Carried forward", "期末餘額"])  # fmt: skip
def test_balances_are_no_lines(opening: str, closing: str) -> None:
    """Rows that are named as balances are balances."""
    rows = [
        f"2024-02-29,,{opening},,,50.00",
        "2024-03-01,INV-1,Invoice,100.00,,150.00",
        f"2024-03-31,,{closing},,,150.00",
    ]
    statement = read(PLAIN + "\n".join(rows) + "\n")
    assert amounts(statement) == ["100.00"]
    assert (statement.opening, statement.closing) == (Decimal(50), Decimal(150))
    assert graves(statement) == []


def test_balances_above_and_below_the_table() -> None:
    """A label, and its figure in the same cell or the next one."""
    text = (
        "Opening balance,,,1.000,00\n".replace(",,,", ";;;")
        + "Date;Ref;Debit;Credit\n15.03.2024;A1;200,50;\nClosing balance: 1.200,50\n"
    )
    statement = read(text)
    assert (statement.opening, statement.closing) == (Decimal(1000), Decimal("1200.50"))
    assert graves(statement) == []


def test_a_closing_balance_that_does_not_follow() -> None:
    """Said at its line, with the difference."""
    rows = "Opening balance,,,100.00\n2024-03-01,A1,50.00,\nClosing balance,,,155.00\n"
    ((line, text),) = graves(read("Date,Ref,Amount,Balance\n" + rows))
    assert line == 4
    assert "a difference of 5.00" in text


def test_a_total_that_does_not_add_up() -> None:
    """Said at its line."""
    ((line, text),) = graves(read(LINES + "Total,,,100.00,31.00,\n"))
    assert line == 4
    assert text.startswith("Total: 31.00 is not the sum")


def test_newest_first() -> None:
    """The order of lines stays the file's; balances are followed from below."""
    rows = "2024-03-15,RCP-1,Payment,,30.00,70.00\n2024-03-01,INV-1,Invoice,100.00,,100.00\n"
    statement = read(PLAIN + rows)
    assert amounts(statement) == ["-30.00", "100.00"]
    assert (statement.opening, statement.closing) == (Decimal(0), Decimal(70))
    assert graves(statement) == []


def test_credits_written_negative() -> None:
    """A credit column with negative figures means the same credits."""
    rows = "2024-03-01,INV-1,Invoice,100.00,,100.00\n2024-03-15,RCP-1,Payment,,(30.00),70.00\n"
    assert amounts(read(PLAIN + rows)) == ["100.00", "-30.00"]


def test_a_payable_with_positive_balances() -> None:
    """Their books without directions: the balance grows with credits."""
    rows = "2024-03-01,FP1,采购,,100.00,100.00\n2024-03-15,F2,付款,30.00,,70.00\n"
    statement = read("日期,单据号,摘要,借方,贷方,余额\n" + rows)
    assert statement.read_as.side == "theirs"
    assert amounts(statement) == ["100.00", "-30.00"]
    assert statement.closing == Decimal(70)
    assert [line.balance for line in statement.lines] == [Decimal(100), Decimal(70)]


@pytest.mark.parametrize(
    ("heading", "side"),
    [("应付账款明细", "theirs"), ("供应商对账单", "theirs"), ("Accounts payable", "theirs"), ("Vendor ledger", "theirs"),
     ("应收账款明细", "ours"), ("Customer statement", "ours"), ("Receivables", "ours")],
)  # fmt: skip
def test_side_by_the_heading(heading: str, side: str) -> None:
    """Where the lines say nothing."""
    text = f"{heading}\nDate,Ref,Debit,Credit\n2024-03-01,A1,5.00,\n2024-03-01,A2,,5.00\n"
    assert read(text).read_as.side == side


def test_side_as_told_and_turned() -> None:
    """An override beats everything; turning a statement turns every sign, twice none."""
    statement = read(LINES, side="theirs")
    assert amounts(statement) == ["-100.00", "30.00"]
    assert str(statement.read_as.side_reason) == "as told"
    turned = flip(statement, say("as told"))
    assert turned.read_as.side == "ours"
    assert amounts(turned) == ["100.00", "-30.00"]
    assert turned.closing == Decimal(70)
    assert flip(turned, say("as told")) == statement


def test_overrides() -> None:
    """Every part can be told."""
    rows: Rows = [["x", "y", "z", "when"], ["A1", "1,234", "5", "03/04/2024"]]
    statement = read(
        csv_of(rows, "~", "utf-16-le"),
        format="csv", encoding="utf-16-le", delimiter="~", header_line=1, date_order="mdy", decimal_mark=",",
        columns={"ref": "x", "amount": "y", "date": "when"}, side="theirs", currency="EUR",
    )  # fmt: skip
    (line,) = statement.lines
    assert (line.reference, line.amount, line.date) == ("A1", Decimal("-1.234"), date(2024, 3, 4))
    assert (line.currency, statement.currency) == ("EUR", "EUR")
    assert statement.read_as.columns == (("ref", "x"), ("amount", "y"), ("date", "when"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"columns": {"amount": "Sum"}}, "has no column Sum; there are Date, Document No"),
        ({"header_line": 99}, "99: has no header"),
        ({"format": "pdf"}, 'not as "pdf"'),
        ({"format": "xlsx"}, "is csv, not xlsx"),
        ({"encoding": "klingon"}, "no encoding klingon"),
        ({"encoding": "hex"}, "no encoding hex"),
        ({"encoding": "utf-16"}, "no row names columns"),
        ({"delimiter": ",,"}, "one character"),
        ({"decimal_mark": ","}, "can't be read with , as the decimal mark"),
    ],
)
def test_overrides_that_do_not_fit(told: dict[str, Any], said: str) -> None:
    """Said in one sentence."""
    with pytest.raises(ReadingError, match=said):
        read(LINES, **told)


def test_dates_are_asked_for() -> None:
    """Where nothing settles day and month."""
    with pytest.raises(ReadingError, match=r"statement.csv:2: .*03/04/2024.* --date-order"):
        read("Date,Ref,Amount\n03/04/2024,A1,5.00\n")


def test_dates_settled_by_the_lines_are_said() -> None:
    """Which order, and why."""
    statement = read(
        "Date,Ref,Amount\n03/02/2024,A1,5.00\n03/05/2024,A2,5.00\n04/01/2024,A3,5.00\n"
    )
    assert statement.read_as.date_order == "mdy"
    assert any("in order of date" in str(one.text) for one in statement.remarks)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-02-30,A1,5.00", "2: there is no such day as 2024-02-30"),
        ("30.02.2024,A1,5.00", "2: there is no such day"),
        ("soon,A1,5.00", "2: soon is no date"),
        ("2024-03-01,A1,five", "2: five is no amount"),
    ],
)
def test_lines_that_cannot_be_read(row: str, said: str) -> None:
    """A document that can't be read isn't left out."""
    with pytest.raises(ReadingError, match=said):
        read(f"Date,Ref,Amount\n{row}\n2024-03-15,A2,7.00\n")


def test_a_flag_that_says_nothing() -> None:
    """Neither debit nor credit."""
    with pytest.raises(ReadingError, match="2: X says neither"):
        read("Date,Ref,D/C,Amount\n2024-03-01,A1,X,5.00\n")


def test_no_date_is_inherited() -> None:
    """A line without a date has none; rows that repeat another are kept."""
    statement = read("Date,Ref,Amount\n2024-03-01,A1,5.00\n,A2,6.00\n,A2,6.00\n")
    assert [(one.date, one.reference) for one in statement.lines] == [
        (date(2024, 3, 1), "A1"),
        (None, "A2"),
        (None, "A2"),
    ]


def test_a_date_merged_over_its_lines() -> None:
    """Holds for each of them, and that is said."""
    rows: Rows = [
        ["日期", "单据号", "金额"],
        [date(2024, 3, 1), "A1", 5],
        [None, "A2", 6],
        [date(2024, 3, 9), "A3", 7],
    ]
    statement = read(book_of({"S": rows}, merged=["A2:A3"]))
    assert [one.date for one in statement.lines] == [
        date(2024, 3, 1),
        date(2024, 3, 1),
        date(2024, 3, 9),
    ]
    assert any("merged cell" in str(one.text) for one in statement.remarks)


def test_repeated_headers_and_page_balances() -> None:
    """A printed account: each page has its header, and carries its balance over."""
    page = PLAIN + "2024-03-01,,承前页,,,{}\n"
    text = (
        PLAIN + "2024-03-01,A1,Invoice,100.00,,100.00\n,,过次页,,,100.00\n" + page.format("100.00")
        + "2024-03-02,A2,Invoice,50.00,,150.00\n,,Closing balance,,,150.00\n"
    )  # fmt: skip
    statement = read(text)
    assert amounts(statement) == ["100.00", "50.00"]
    assert (statement.opening, statement.closing) == (Decimal(0), Decimal(150))
    assert graves(statement) == []
    assert any("repeated header" in str(one.text) for one in statement.remarks)


def test_references_that_are_not_the_lines_own_stay_in_its_text() -> None:
    """The invoice's number comes first; voucher and memo are text."""
    statement = read(
        "日期,凭证号,发票号,摘要,备注,金额\n2024-03-01,记-1,FP-9,货款,加急,5.00\n2024-03-02,记-2,,付款,,-5.00\n"
    )
    assert [(one.reference, one.text) for one in statement.lines] == [
        ("FP-9", "货款 加急 记-1"),
        ("记-2", "付款"),
    ]


def test_numbers_of_documents_stay_text() -> None:
    """Leading zeros in text; whole numbers of a sheet without exponent."""
    rows: Rows = [
        ["Date", "Invoice", "Amount"],
        [date(2024, 3, 1), "0012", 5],
        [date(2024, 3, 2), 20240301123, 6],
    ]
    assert [one.reference for one in read(book_of({"S": rows})).lines] == ["0012", "20240301123"]


def test_figures_of_a_sheet_are_what_it_shows() -> None:
    """Binary floats become the shortest decimal, sums of them lose their noise."""
    rows: Rows = [
        ["Date", "Ref", "Amount"],
        [45352, "A", 0.1],
        [20240302, "B", 1e5],
        [date(2024, 3, 3), "C", 3240.28],
    ]
    statement = read(book_of({"S": rows}))
    assert amounts(statement) == ["0.1", "100000", "3240.28"]
    assert [str(one.date) for one in statement.lines] == ["2024-03-01", "2024-03-02", "2024-03-03"]


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("币种：美元\n日期,单据号,金额\n2024-03-01,A,5.00\n", "USD"),
        ("日期,单据号,金额（元）\n2024-03-01,A,5.00\n", "CNY"),
        ("Date,Ref,Amount (EUR)\n2024-03-01,A,5.00\n", "EUR"),
        ("Date,Ref,Amount\n2024-03-01,A,£5.00\n", "GBP"),
        ("Date,Ref,Amount,Currency\n2024-03-01,A,5.00,HKD\n", "HKD"),
        ("日期,单据号,金额,币种\n2024-03-01,A,5.00,人民币\n", "CNY"),
        ("Date,Ref,Amount\n2024-03-01,A,5.00\n", None),
        ("Date,Ref,Amount\n2024-03-01,A,$5.00\n", None),
    ],
)
def test_currency(text: str, currency: str | None) -> None:
    """Of a column, the heading, the head of a column, a sign; never guessed."""
    assert read(text).currency == currency


def test_several_currencies() -> None:
    """Each line has its own; balances are not mixed."""
    statement = read("Date,Ref,Amount,Currency\n2024-03-01,A,5.00,USD\n2024-03-02,B,7.00,EUR\n")
    assert statement.currency is None
    assert [one.currency for one in statement.lines] == ["USD", "EUR"]
    assert statement.closing is None


@pytest.mark.parametrize(
    ("heading", "period"),
    [
        ("期间：2024-03-01 至 2024-03-31", ("2024-03-01", "2024-03-31")),
        ("From 1 Mar 2024 to 31 Mar 2024", ("2024-03-01", "2024-03-31")),
        ("会计期间：2024年3月", ("2024-03-01", "2024-03-31")),
        ("2024.01-2024.03", ("2024-01-01", "2024-03-31")),
        ("Statement as of 2024-03-31", ("2024-03-05", "2024-03-31")),
        ("截止日期：2024年3月31日", ("2024-03-05", "2024-03-31")),
        ("打印日期：2024-04-05", ("2024-03-05", "2024-03-05")),
        ("Statement", ("2024-03-05", "2024-03-05")),
    ],
)
def test_period(heading: str, period: tuple[str, str]) -> None:
    """As stated, else what the lines cover."""
    statement = read(f"{heading}\nDate,Ref,Amount\n2024-03-05,A,5.00\n")
    assert (str(statement.from_date), str(statement.to_date)) == period


def test_open_items() -> None:
    """A list of what is open: its total is what it closes with, and nothing opens it."""
    statement = read(
        "发票日期,发票号,发票金额,已付金额,到期日\n2024-03-01,A,100.00,40.00,2024-04-01\n2024-03-02,B,50.00,,2024-05-01\n合计,,150.00,40.00,\n"
    )
    assert amounts(statement) == ["60.00", "50.00"]
    assert (statement.opening, statement.closing) == (None, Decimal(110))


def test_open_amounts_beside_full_ones() -> None:
    """What is left of each document is what the list is about."""
    text = "Date;Type;Number;Amount;Open\n2024-03-05;INV;10023;1.200,00;700,00\n2024-03-12;CRN;10031;-200,00;-200,00\nTotal;;;;500,00\n"
    statement = read(text)
    assert amounts(statement) == ["700.00", "-200.00"]
    assert statement.closing == Decimal(500)


def test_a_total_without_a_word() -> None:
    """A last row that is the sum of all and says nothing else; said. Any other is a line."""
    rows = "2024-03-01,A,100.00\n2024-03-02,B,200.00\n,,{}\n"
    statement = read("Date,Ref,Amount\n" + rows.format("300.00"))
    assert amounts(statement) == ["100.00", "200.00"]
    assert any("taken for a total" in str(one.text) for one in statement.remarks)
    assert len(read("Date,Ref,Amount\n" + rows.format("299.99")).lines) == 3


def test_the_headings_own_dates_settle_the_order() -> None:
    """A period written like the lines."""
    text = "Period: 01/03/2024 - 31/03/2024\nDate,Ref,Amount\n05/03/2024,A,5.00\n"
    statement = read(text)
    assert statement.read_as.date_order == "dmy"
    assert (statement.from_date, statement.to_date) == (date(2024, 3, 1), date(2024, 3, 31))


def test_an_aging_below_the_table_is_its_foot() -> None:
    """Left out and said, once the table has closed."""
    foot = ",,Amount due,,,70.00\nCurrent,1-30 days,31-60 days,61-90 days\n70.00,0.00,0.00,0.00\n"
    statement = read(LINES + foot)
    assert amounts(statement) == ["100.00", "-30.00"]
    assert statement.closing == Decimal(70)
    assert sum("left out" in str(one.text) for one in statement.remarks) >= 1
    assert graves(statement) == []


def test_payables_by_the_words_of_the_lines() -> None:
    """A Chinese supplier ledger with directions, and nothing above it."""
    text = "日期\t凭证\t\t摘要\t借方金额\t贷方金额\t借或贷\t余额\n\t字\t号\n2024-03-01\t\t\t期初余额\t\t\t贷\t100.00\n2024-03-05\t记\t2\t购料 FP-77\t\t50.00\t贷\t150.00\n2024-03-06\t记\t3\t付货款\t150.00\t\t平\t0.00\n"
    statement = read(text)
    assert statement.read_as.side == "theirs"
    assert amounts(statement) == ["50.00", "-150.00"]
    assert (statement.opening, statement.closing) == (Decimal(100), Decimal(0))
    assert graves(statement) == []


def test_no_table() -> None:
    """One clear sentence."""
    with pytest.raises(ReadingError, match="no row names columns"):
        read("Dear Sir,\nplease pay,soon\n")
    with pytest.raises(ReadingError, match="no line with an amount"):
        read("Date,Ref,Amount\n")


def test_shared_files(shared_data: Path) -> None:
    """A spreadsheet with a preamble: asked for the order of its dates, then read; it doesn't tie."""
    path = shared_data / "data" / "formats" / "sheet_meta_debit_credit.xlsx"
    with pytest.raises(ReadingError, match=r"sheet_meta_debit_credit\.xlsx:6: .*--date-order"):
        read(path.read_bytes(), path.name)
    statement = read(path.read_bytes(), path.name, date_order="dmy")
    assert [str(one.amount) for one in statement.lines] == [
        "-50.00",
        "-100.00",
        "-80.68",
        "1300.00",
    ]
    assert statement.read_as.decimal_mark == ","
    assert statement.currency == "EUR"
    assert (statement.opening, statement.closing) == (Decimal("30000.77"), Decimal("31070.11"))
    ((line, text),) = graves(statement)
    assert line == 4
    assert "0.02" in text


def test_formula_without_a_value() -> None:
    """Said, with the cell; a workbook that was calculated has values."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Date", "Ref", "Amount"], ["2024-03-01", "A", 5], ["2024-03-02", "B", "=C2+1"]):
        sheet.append(row)
    ((line, text),) = graves(read(saved(book)))
    assert line == 3
    assert "(C3)" in text


def test_the_export_of_a_german_system() -> None:
    """Two columns of numbers, of which the second is ours; a last row that is the balance."""
    text = (
        "Kontoauszug vom 01.02.2025 bis 28.02.2025;;;;;\n"
        "Belegdatum;Belegnummer;Referenz;Text;Betrag in HW;Währung\n"
        "03.02.2025;1900001;90000123;Rechnung;1.234,56-;EUR\n"
        "13.02.2025;1900002;90000124;Rechnung;10.000,00-;EUR\n"
        "19.02.2025;1500001;90000123;Zahlung;1.234,56;EUR\n"
        ";;;Saldo;10.000,00-;EUR\n"
    )
    statement = read(text)
    assert amounts(statement) == ["1234.56", "10000.00", "-1234.56"]
    assert [one.reference for one in statement.lines] == ["90000123", "90000124", "90000123"]
    assert (statement.closing, statement.currency) == (Decimal("10000.00"), "EUR")
    assert (statement.from_date, statement.to_date) == (date(2025, 2, 1), date(2025, 2, 28))
    assert statement.lines[0].date == date(2025, 2, 3)


def test_a_german_account_with_debit_and_credit() -> None:
    """Soll and Haben, carried forward and closed."""
    text = (
        "Datum;Beleg;Buchungstext;Soll;Haben;Saldo\n"
        "01.03.2025;;Saldovortrag;;;500,00\n"
        "03.03.2025;R-7;Rechnung;;1.000,00;1.500,00\n"
        "31.03.2025;;Endsaldo;;;1.500,00\n"
    )
    statement = read(text)
    assert (statement.opening, statement.closing) == (Decimal("500.00"), Decimal("1500.00"))
    assert amounts(statement) == ["1000.00"]


PAYABLES: Rows = [
    ["应付款明细表"],
    ["供应商：上海华东机械", "", "币别：人民币", "期间：2025年第3期至2025年第3期"],
    ["日期", "单据编号", "单据类型", "备注", "本期应付", "本期付款", "期末余额"],
    ["", "", "期初余额", "", "", "", "0.00"],
    ["2025-03-06", "AP0301", "采购发票", "XS-1", "1170.00", "", "1170.00"],
    ["2025-03-19", "FK0302", "付款单", "付款", "", "1000.00", "170.00"],
]


@pytest.mark.parametrize("told", [{}, {"side": "theirs"}])
def test_what_stands_beside_one_another_above_the_headings_is_no_heading(
    told: dict[str, Any],
) -> None:
    """The row above says whose, which currency and which accounting period: `2025年第3期`."""
    statement = read(csv_of(PAYABLES), **told)
    assert dict(statement.read_as.columns)["date"] == "日期"
    assert statement.heading[1].startswith("供应商")
    assert (statement.from_date, statement.to_date) == (date(2025, 3, 1), date(2025, 3, 31))
    assert statement.currency == "CNY"
    # What is payable is an invoice whoever writes it: to say the side turns nothing round.
    assert statement.read_as.side == "theirs"
    assert amounts(statement) == ["1170.00", "-1000.00"]
    assert (statement.opening, statement.closing) == (Decimal(0), Decimal("170.00"))


def test_a_zero_opening_balance_has_no_sign() -> None:
    """The file writes a credit balance as a positive figure: zero stays zero."""
    text = (
        PLAIN + "2024-03-01,,Opening balance,,,0.00\n2024-03-02,INV-1,Your invoice,,100.00,100.00\n"
    )
    statement = read(text + "2024-03-31,,Closing balance,,,120.00\n")
    ((_, said),) = graves(statement)
    assert "-0.00" not in said
    assert "a difference of 20.00" in said


@pytest.mark.parametrize(("row", "side"), [("1000.00,", "theirs"), (",1000.00", "ours")])
def test_a_bill_of_exchange_pays(row: str, side: str) -> None:
    """It is no bill for goods: where it is a debit, the books are the customer's."""
    text = f"Date,Document No,Description,Debit,Credit\n2024-03-01,77,Bill of exchange,{row}\n"
    statement = read(text)
    assert (statement.read_as.side, amounts(statement)) == (side, ["-1000.00"])
