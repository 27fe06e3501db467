# SPDX-License-Identifier: GPL-2.0-or-later
"""Amounts as files write them, and the decimal mark settled over a file."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.numbers import (
    NumberError,
    parse_number,
    settle_marks,
    shape,
)


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("3,240.28", ".", "3240.28"),
        ("1.234,56", ",", "1234.56"),
        ("1 234,56", ",", "1234.56"),
        ("1\u00a0234,56", ",", "1234.56"),
        ("1\u202f234\u202f567,8", ",", "1234567.8"),
        ("1'234.56", ".", "1234.56"),
        ("1’234.56", ".", "1234.56"),
        ("(500.00)", ".", "-500.00"),
        ("（500.00）", ".", "-500.00"),
        ("¥500.00", ".", "500.00"),
        ("￥500.00", ".", "500.00"),
        ("$ 500.00", ".", "500.00"),
        ("US$500.00", ".", "500.00"),
        ("€1.500,00", ",", "1500.00"),
        ("1.500,00 €", ",", "1500.00"),
        ("CNY 500.00", ".", "500.00"),
        ("RMB500.00", ".", "500.00"),
        ("500.00元", ".", "500.00"),
        ("500.00 CNY", ".", "500.00"),
        ("(¥500.00)", ".", "-500.00"),
        ("-¥500.00", ".", "-500.00"),
        ("¥-500.00", ".", "-500.00"),
        ("１，２３４．５６", ".", "1234.56"),
        ("－５００", ".", "-500"),
        ("500.00-", ".", "-500.00"),
        ("−500.00", ".", "-500.00"),
        ("+31070,11", ",", "31070.11"),
        ("1,23,456.00", ".", "123456.00"),
        ("0,123", ",", "0.123"),
        (".50", ".", "0.50"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        ("0.00", ".", "0.00"),
    ],
)
def test_forms(text: str, mark: str, value: str) -> None:
    """Each way to write an amount."""
    assert str(parse_number(text, mark)) == value  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "  ", "-", "—", "--", "－", "/", "n/a", "无", "- -"])
def test_blanks(text: str) -> None:
    """What says that there is no amount."""
    assert parse_number(text) is None


@pytest.mark.parametrize(
    "text",
    ["abc", "INV-1", "2024-01-01", "12:30", "1.2.3", "12,34,5", "5 5", "--5", "(5", "5 CR DR", "1e5", "NaN", "xx,yyyy.zz", "9" * 40],
)  # fmt: skip
def test_no_numbers(text: str) -> None:
    """What isn't an amount is never taken for one."""
    with pytest.raises(NumberError):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "flag"),
    [("500.00 CR", "credit"), ("500.00DR", "debit"), ("500.00 Cr.", "credit"), ("借 500", "debit"), ("贷：500", "credit"), ("500 D", "debit")],
)  # fmt: skip
def test_flags(text: str, flag: str) -> None:
    """A cell may say debit or credit itself."""
    found = shape(text)
    assert found is not None
    assert found.flag == flag


@pytest.mark.parametrize(
    ("bodies", "digits", "mark"),
    [
        (["1,234.56", "500"], None, "."),
        (["1.234,56", "1.234"], None, ","),
        (["1,234", "5.00"], None, "."),
        (["1.234", "5,00"], None, ","),
        (["1,234"], 2, "."),
        (["1.234"], 2, ","),
        (["1,234"], 0, "."),
        (["1,234,567"], None, "."),
        (["500", "20"], None, "."),
    ],
)
def test_mark_of_a_file(bodies: list[str], digits: int | None, mark: str) -> None:
    """One number that leaves no doubt settles the rest; so do the currency's decimals."""
    assert settle_marks(enumerate(bodies, 1), digits, "f.csv") == mark


@pytest.mark.parametrize(
    ("bodies", "digits"), [(["1,234"], None), (["1,234"], 3), (["1.234"], None)]
)
def test_mark_is_asked_for(bodies: list[str], digits: int | None) -> None:
    """Three digits behind the only mark could be either."""
    with pytest.raises(ReadingError, match=r"f.csv:1: .* --decimal-mark"):
        settle_marks(enumerate(bodies, 1), digits, "f.csv")


def test_marks_that_contradict() -> None:
    """Both lines are named."""
    with pytest.raises(ReadingError, match=r"5\.00 on line 1 .* 5,00 on line 2"):
        settle_marks([(1, "5.00"), (2, "5,00")], 2, "f.csv")


money = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@given(money, st.sampled_from([",", " ", "'", ""]), st.sampled_from(["{}", "¥{}", "{} CNY", "${}"]))
def test_written_with_a_point_reads_back(value: Decimal, group: str, form: str) -> None:
    """To the last digit, however it is grouped."""
    text = f"{abs(value):,.2f}".replace(",", group)
    text = form.format(text)
    text = f"({text})" if value < 0 else text
    assert parse_number(text, ".") == value


@given(money, st.sampled_from([".", " ", "'", ""]), st.booleans())
def test_written_with_a_comma_reads_back(value: Decimal, group: str, trailing: bool) -> None:  # noqa: FBT001
    """The same with the marks exchanged, and a minus in front or behind."""
    text = f"{abs(value):,.2f}".replace(",", "|").replace(".", ",").replace("|", group)
    if value < 0:
        text = f"{text}-" if trailing else f"-{text}"
    assert parse_number(text, ",") == value


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Is a number, blank or refused, and nothing else."""
    try:
        value = parse_number(text)
    except NumberError:
        return
    assert value is None or value.is_finite()
