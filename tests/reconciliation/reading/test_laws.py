# SPDX-License-Identifier: GPL-2.0-or-later
"""A table written in any encoding, delimiter, number and date format reads back to the same lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.reconciliation.reading.files import book_of, csv_of, graves, read

Line = tuple[date, str, str, Decimal]

TEXTS = st.sampled_from(
    ["货款", "三月份货款，含税", "Goods, 3 boxes", 'say "hi"', "two\nlines", "发票", "", "1,234.56"]
)
LINES = st.lists(
    st.tuples(
        st.dates(date(2020, 1, 1), date(2029, 12, 31)),
        st.integers(1, 10**6).map("FP-{:07}".format),
        TEXTS,
        st.decimals(min_value=-(10**9), max_value=10**9, places=2).filter(bool),
    ),
    min_size=1,
    max_size=15,
)
HEADERS = {
    "日期": ("日期", "单据号", "摘要", "借方", "贷方", "余额", "金额"),
    "Date": ("Posting Date", "Document No.", "Description", "Debit", "Credit", "Balance", "Amount"),
    "單據": ("日期", "單據號", "摘要", "借方", "貸方", "餘額", "金額"),
}


@attrs.frozen
class Manner:
    """How a table is written."""

    header: str
    encoding: str
    delimiter: str
    number: Callable[[Decimal], str]
    day: Callable[[date], str]
    pair: bool
    balance: bool
    preamble: int
    payable: bool


def _comma(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", "|").replace(".", ",").replace("|", ".")


NUMBERS: dict[str, Callable[[Decimal], str]] = {
    "point": lambda value: f"{value:,.2f}",
    "plain": lambda value: f"{value:.2f}",
    "comma": _comma,
    "space": lambda value: f"{value:,.2f}".replace(",", "\u00a0").replace(".", ","),
    "brackets": lambda value: f"({-value:,.2f})" if value < 0 else f"{value:,.2f}",
    "yuan": lambda value: f"¥{value:,.2f}",
    "wide": lambda value: "".join(chr(ord(char) + 0xFEE0) for char in f"{value:,.2f}"),
    "trailing": lambda value: f"{-value:,.2f}-" if value < 0 else f"{value:,.2f}",
}
DAYS: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "points": lambda day: f"{day.year}.{day.month}.{day.day}",
    "eight": lambda day: f"{day:%Y%m%d}",
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "named": lambda day: f"{day:%d-%b-%Y}",
    "german": lambda day: f"{day:%d.%m.%Y}",
}
MANNERS = st.builds(
    Manner,
    st.sampled_from(list(HEADERS)),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(list(NUMBERS.values())),
    st.sampled_from(list(DAYS.values())),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
    st.booleans(),
)


def table(lines: list[Line], opening: Decimal, manner: Manner) -> list[list[str]]:
    """The lines as a table."""
    when, ref, text, debit, credit, balance, amount = HEADERS[manner.header]
    rows = [["Statement", "of nobody"]] * manner.preamble
    columns = [when, ref, text, *([debit, credit] if manner.pair else [amount])]
    rows.append([*columns, *([balance] if manner.balance else [])])
    running = opening
    for day, number, words, moved in lines:
        running += moved
        up = (moved > 0) != manner.payable
        pair = [manner.number(abs(moved)), ""] if up else ["", manner.number(abs(moved))]
        row = [manner.day(day), number, words, *(pair if manner.pair else [manner.number(moved)])]
        rows.append([*row, *([manner.number(running)] if manner.balance else [])])
    return rows


@given(LINES, st.decimals(min_value=-1000, max_value=1000, places=2), MANNERS)
def test_text_reads_back(lines: list[Line], opening: Decimal, manner: Manner) -> None:
    """Every line, to the last digit; the balances tie."""
    content = csv_of(table(lines, opening, manner), manner.delimiter, manner.encoding)
    side = "theirs" if manner.payable and manner.pair else "ours"
    statement = read(content, side=side)
    found = [(one.date, one.reference, one.amount) for one in statement.lines]
    assert found == [(day, number, moved) for day, number, _, moved in lines]
    assert [one.text for one in statement.lines] == [
        " ".join(text.split()) for _, _, text, _ in lines
    ]
    if manner.balance:
        total = sum((moved for *_, moved in lines), opening)
        sign = -1 if side == "theirs" and not _tells(lines, opening) else 1
        assert graves(statement) == []
        assert statement.closing in {total, sign * total}


def _tells(lines: list[Line], opening: Decimal) -> bool:
    """Whether the balances leave no doubt as to their sign: they move, and begin somewhere."""
    return len(lines) > 1 or not opening


@given(LINES, st.booleans())
def test_a_workbook_reads_back(lines: list[Line], pair: bool) -> None:  # noqa: FBT001
    """Typed dates and numbers."""
    rows: list[list[object]] = [
        ["日期", "单据号", "摘要", *(["借方", "贷方"] if pair else ["金额"])]
    ]
    for day, number, text, moved in lines:
        figures = (
            [float(moved)]
            if not pair
            else [float(moved), None]
            if moved > 0
            else [None, float(-moved)]
        )
        rows.append([day, number, text, *figures])
    statement = read(book_of({"S": rows}), side="ours")
    found = [(one.date, one.reference, one.amount) for one in statement.lines]
    assert found == [(day, number, moved) for day, number, _, moved in lines]
