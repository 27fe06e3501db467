# SPDX-License-Identifier: GPL-2.0-or-later
"""Dates as files write them, and their order settled over a file."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.reconciliation.reading.dates import (
    DateError,
    Numeric,
    read_date,
    serial_date,
    settle_order,
)
from arledger.reconciliation.reading.errors import ReadingError

FIRST = date(2024, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01", "2024/3/1", "2024.3.1", "20240301", "2024年3月1日", "2024年03月01日 星期五", "1-Mar-2024",
        "1 March 2024", "Mar 1, 2024", "01MAR2024", "1st Mar 2024", "Fri, 1 Mar 2024", "２０２４／３／１", "2024-03-01 10:20:30",
        "2024/03/01  10:20", "2024-03-01T10:20:30Z", "20240301102030", "1-Mar-24", "1. März 2024", "'2024-03-01",
    ],
)  # fmt: skip
def test_forms(text: str) -> None:
    """Each form that says by itself which day it is."""
    assert read_date(text) == FIRST


@pytest.mark.parametrize("text", ["", " ", "-", "—", "/"])
def test_blanks(text: str) -> None:
    """No date at all."""
    assert read_date(text) is None


@pytest.mark.parametrize("text", ["2024-02-30", "30.02.2024", "2023-02-29", "20240231", "2024年4月31日", "32-Mar-2024", "13/13/2024"])  # fmt: skip
def test_impossible_days(text: str) -> None:
    """30 February is told apart from what is no date."""
    with pytest.raises(DateError) as raised:
        read_date(text)
    assert raised.value.impossible


@pytest.mark.parametrize("text", ["INV-1", "合计", "2024", "1.5", "March", "1234567", "1/2"])
def test_no_dates(text: str) -> None:
    """Never taken for one."""
    with pytest.raises(DateError) as raised:
        read_date(text)
    assert not raised.value.impossible


def test_serials() -> None:
    """A spreadsheet's day number, and a date written as one number."""
    assert serial_date(45352) == FIRST
    assert serial_date(20240301) == FIRST
    assert serial_date(12) is None
    assert serial_date(20240231) is None


def order(*texts: str, within: tuple[date, date] | None = None) -> str | None:
    """The order settled over a column."""
    found = [read_date(text) for text in texts]
    numeric = [(line, one) for line, one in enumerate(found, 1) if isinstance(one, Numeric)]
    return settle_order(numeric, [one for one in found if one is not None], within, "f.csv").order


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["01/03/2024", "15/03/2024"], "dmy"),
        (["03/01/2024", "03/15/2024"], "mdy"),
        (["01.03.24"], "dmy"),
        (["01.03.24", "15.03.24"], "dmy"),
        (["24/03/01", "24/03/15", "24/04/02"], "ymd"),
        (["24.03.15", "24.03.18", "24.04.02"], "ymd"),
        (["2024-03-01"], None),
        (["03/03/2024", "04/04/2024"], "dmy"),
        # Only one order is sorted.
        (["02/03/2024", "05/03/2024", "01/04/2024"], "dmy"),
        (["03/02/2024", "03/05/2024", "04/01/2024"], "mdy"),
        (["04/01/2024", "03/05/2024", "03/02/2024"], "mdy"),
    ],
)
def test_order_of_a_column(texts: list[str], expected: str | None) -> None:
    """All dates of a file together."""
    assert order(*texts) == expected


def test_order_by_the_stated_period() -> None:
    """Only one order keeps the dates in the period of the heading."""
    assert order("03/04/2024", within=(date(2024, 4, 1), date(2024, 4, 30))) == "dmy"


@pytest.mark.parametrize("texts", [["03/04/2024"], ["01/03/2024", "02/04/2024"], ["01/03/24", "02/04/24"]])  # fmt: skip
def test_order_is_asked_for(texts: list[str]) -> None:
    """Nothing is guessed."""
    with pytest.raises(ReadingError, match=r"f.csv:1: .*dmy, mdy.*--date-order"):
        order(*texts)


def test_orders_that_contradict() -> None:
    """The line that doesn't fit is named, and the one it doesn't fit with."""
    with pytest.raises(ReadingError, match=r"f.csv:2: 03/15/2024 .* 15/03/2024 on line 1"):
        order("15/03/2024", "03/15/2024")


days = st.dates(date(2000, 1, 1), date(2069, 12, 31))


@given(days, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y"]))  # fmt: skip
def test_a_day_reads_back(day: date, form: str) -> None:
    """In every form."""
    assert read_date(day.strftime(form)) == day


@given(days, st.sampled_from("-/."), st.sampled_from(["dmy", "mdy"]), st.booleans())
def test_a_numeric_day_reads_back(day: date, separator: str, wanted: str, short: bool) -> None:  # noqa: FBT001
    """Under the order it was written in."""
    parts = {
        "d": f"{day.day:02}",
        "m": f"{day.month:02}",
        "y": f"{day:%y}" if short else str(day.year),
    }
    found = read_date(separator.join(parts[part] for part in wanted))
    assert isinstance(found, Numeric)
    assert found.under(wanted) == day  # type: ignore[arg-type]


@given(st.lists(days, min_size=1, max_size=20), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_the_order_is_right_or_asked_for(column: list[date], form: str) -> None:
    """Never the wrong one, as far as the days can tell: it fits all of them."""
    texts = [day.strftime(form) for day in column]
    try:
        settled = order(*texts)
    except ReadingError:
        return
    fits = {"%d/%m/%Y": "dmy", "%m/%d/%Y": "mdy"}[form]
    read = [read_date(text) for text in texts]
    if any(day.day > 12 for day in column):
        assert settled == fits
    assert all(isinstance(one, Numeric) and settled in one.orders for one in read)


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Is a date, blank or refused."""
    try:
        read_date(text)
    except DateError:
        return
