# SPDX-License-Identifier: GPL-2.0-or-later
"""Payment terms: what is read, what falls due when, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from arledger.language import terms as module
from arledger.language.terms import Terms, TermsError, parse_terms

D = Decimal
Case = Callable[[str], Any]


@pytest.fixture
def case(shared_data: Path) -> Case:
    """Figures from other systems and textbooks, by the case's name."""

    def load(name: str) -> Any:
        text = (shared_data / "cases" / f"{name}.yaml").read_text(encoding="utf-8")
        return yaml.safe_load(text)

    return load


def due(text: str, base: date, acceptance: date | None = None) -> date:
    """Return the one due date of terms without instalments."""
    (only,) = parse_terms(text).instalments(D(100), "CNY", base, 2, acceptance)
    assert (only.amount, only.index) == (D(100), 1)
    return only.due


def plan(
    text: str, amount: str, base: date = date(2024, 1, 1), digits: int = 2, **more: date
) -> list[tuple[str, str]]:
    """Return due dates and amounts in CNY as text."""
    instalments = parse_terms(text).instalments(D(amount), "CNY", base, digits, **more)
    assert [one.index for one in instalments] == list(range(1, len(instalments) + 1))
    return [(str(one.due), str(one.amount)) for one in instalments]


# One due date ------------------------------------------------------------------------

# What is written, with other ways to write the same, and when 2024-01-31 and 2023-02-10 fall due.
SAME: list[tuple[list[str], str, str]] = [
    (
        [
            "net 30",
            "net 30 days",
            "NET 30",
            "Net30",
            "nett 30",
            "n/30",
            "n 30",
            "N/30 days",
            "30 days",
            "30 days net",
            "30d",
            "within 30 days",
            "due in 30 days",
            "payable within 30 days",
            "30 days after invoice date",
            "within 30 days of the date of the invoice",
            "rest net 30",
            "net 30.",
            "net 30,",
            "净30天",
            "净 30",
            "淨30天",
            "30天",
            "30日内付款",
            "三十天",
            "账期30天",
            "帳期30天",
            "账期:30天",
            "账期：３０天",
            "开票后30天",
            "開票後30天",
            "发票后30天",
            "發票日後30天",
            "自开票之日起30日内付款",
            "发票后三十天。",
        ],
        "2024-03-01",
        "2023-03-12",
    ),
    (["net 45", "45 days", "四十五天"], "2024-03-16", "2023-03-27"),
    (["net 120", "一百二十天", "净一百二十日"], "2024-05-30", "2023-06-10"),
    (["net 105 days", "一百零五天"], "2024-05-15", "2023-05-26"),
    (["net 2 weeks", "14 days", "两周", "2个星期", "十四天"], "2024-02-14", "2023-02-24"),
    (["net 1 month", "1 month", "1个月", "一个月"], "2024-02-29", "2023-03-10"),
    (
        ["net 2 months", "2 Months", "2 mths", "2个月", "两个月", "兩個月"],
        "2024-03-31",
        "2023-04-10",
    ),
    (["net 1 year", "12 months", "1年", "一年"], "2025-01-31", "2024-02-10"),
    (
        ["net 1 month 30 days", "1 month and 30 days", "1个月30天", "1个月加30天"],
        "2024-03-30",
        "2023-04-09",
    ),
    (
        [
            "on receipt",
            "due on receipt",
            "upon receipt of invoice",
            "on delivery",
            "at sight",
            "at once",
            "immediate",
            "immediately",
            "Immediate payment",
            "cash on delivery",
            "cash",
            "cod",
            "C.O.D.",
            "net 0",
            "货到付款",
            "貨到付款",
            "见票即付",
            "見票即付",
            "现结",
            "現結",
            "立即付款",
        ],
        "2024-01-31",
        "2023-02-10",
    ),
    (
        [
            "eom",
            "EOM",
            "net eom",
            "end of month",
            "end of the current month",
            "last day of the month",
            "月结",
            "月結",
            "月底",
            "当月底",
            "本月末",
        ],
        "2024-01-31",
        "2023-02-28",
    ),
    (
        [
            "eom net 30",
            "eom 30",
            "eom 30 days",
            "eom+30",
            "EOM plus 30 days",
            "30 eom",
            "net 30 eom",
            "30 days eom",
            "30 days after end of month",
            "30 days from the end of the month",
            "月结30天",
            "月結30天",
            "月 结 30 天",
            "月结三十天",
            "月结 30",
            "月底后30天",
            "30天月结",
        ],
        "2024-03-01",
        "2023-03-30",
    ),
    # Months from the end of a month end at the end of a month, not on the 28th.
    (
        ["eom net 2 months", "net 2 months eom", "月结2个月", "月结两个月"],
        "2024-03-31",
        "2023-04-30",
    ),
    (["eom 1 month 10 days", "1 month 10 days eom"], "2024-03-10", "2023-04-10"),
    # `then` keeps the order in which it is written.
    (["net 30 then eom", "30天然后月底"], "2024-03-31", "2023-03-31"),
    (
        [
            "15th next month",
            "15th of next month",
            "the 15th of the following month",
            "on the 15th next month",
            "次月15日",
            "次月 15 号",
            "次月十五日",
            "下月15号",
            "下个月15日",
            "下個月15號",
            "月结次月15日",
        ],
        "2024-02-15",
        "2023-03-15",
    ),
    (
        ["1st next month", "first day of next month", "次月1日", "次月一号"],
        "2024-02-01",
        "2023-03-01",
    ),
    (["30th next month", "次月30日"], "2024-02-29", "2023-03-30"),
    (
        [
            "last day next month",
            "last day of the next month",
            "end of next month",
            "end of the following month",
            "次月底",
            "次月末",
            "下月底",
            "次月最后一天",
        ],
        "2024-02-29",
        "2023-03-31",
    ),
    (["15th", "the 15th", "每月15日", "15号"], "2024-02-15", "2023-02-15"),
    (["31st", "the 31st of the month"], "2024-01-31", "2023-02-28"),
    (["5th", "5号"], "2024-02-05", "2023-03-05"),
    (
        [
            "15th at least 31 days",
            "the 15th and at least 31 days",
            "at least 31 days the 15th",
            "15号至少31天",
            "至少31天15号",
        ],
        "2024-03-15",
        "2023-03-15",
    ),
    (["net 2 months 30 days then 15th", "2个月30天然后15号"], "2024-04-15", "2023-05-15"),
    (["net 2 months then 15th then 30 days"], "2024-04-14", "2023-05-15"),
    (["net 10 then end of next month"], "2024-03-31", "2023-03-31"),
    # The 1st of the month reached lies before the invoice: the next 1st.
    (["net 5 then 1st"], "2024-02-01", "2023-03-01"),
]


@pytest.mark.parametrize(
    ("text", "first", "late", "early"),
    [(text, ways[0], late, early) for ways, late, early in SAME for text in ways],
)
def test_due_date(text: str, first: str, late: str, early: str) -> None:
    """Each way of writing them gives the same due dates."""
    assert str(due(text, date(2024, 1, 31))) == late
    assert str(due(text, date(2023, 2, 10))) == early
    assert not parse_terms(text).from_acceptance
    assert parse_terms(text).discounts == ()
    assert parse_terms(text).text == text
    assert first  # the row it belongs to, shown in the test's name


@pytest.mark.parametrize("year", [2023, 2024])
def test_months_clip(year: int) -> None:
    """31 January and a month is the last of February, in leap years too."""
    expected = date(year, 3, 1) - timedelta(days=1)
    assert due("net 1 month", date(year, 1, 31)) == expected
    assert due("31st next month", date(year, 1, 5)) == expected
    assert due("eom", date(year, 2, 1)) == expected


def day_of(base: date, months: int, day: int) -> date:
    """Return a day of the month so many months on, clipped: the slow way, month by month."""
    first = base.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=32)).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first + timedelta(days=day - 1), following - timedelta(days=1))


@given(
    base=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    number=st.integers(0, 400),
    day=st.integers(1, 31),
)
def test_calendar(base: date, number: int, day: int) -> None:
    """The arithmetic is that of a plain count through the calendar."""
    nth = f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day, 'th') }"
    month_end = day_of(base, 0, 31)
    assert due(f"net {number}", base) == base + timedelta(days=number)
    assert due(f"net {number} months", base) == day_of(base, number, base.day)
    assert due(f"eom net {number}", base) == month_end + timedelta(days=number)
    assert due(f"eom net {number} months", base) == day_of(base, number, 31)
    assert due(f"{nth} next month", base) == day_of(base, 1, day)
    assert due("end of next month", base) == day_of(base, 1, 31)
    found = due(f"{nth} at least {number} days", base)
    earliest = base + timedelta(days=number)
    days = (earliest + timedelta(days=late) for late in range(62))
    assert found == next(
        one for one in days if one.day == day or (one.day < day and (one + timedelta(1)).day == 1)
    )


# Acceptance --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "net 30 from acceptance",
        "30 days after acceptance",
        "within 30 days of the date of acceptance",
        "net 30, from acceptance",
        "from acceptance net 30",
        "验收后30天",
        "驗收後30天",
        "自验收起30天",
        "自验收之日起30日内付款",
        "验收合格后三十天",
        "从验收后，30天",
    ],
)
def test_from_acceptance(text: str) -> None:
    """They count from the day of acceptance; from the base date while there is none."""
    assert parse_terms(text).from_acceptance
    assert due(text, date(2024, 1, 1), date(2024, 3, 1)) == date(2024, 3, 31)
    assert due(text, date(2024, 1, 1)) == date(2024, 1, 31)
    assert parse_terms(text) == parse_terms("net 30 from acceptance")


@pytest.mark.parametrize("text", ["on acceptance", "upon acceptance", "验收付款", "验收后付款"])
def test_on_acceptance(text: str) -> None:
    """Without a delay they are due on the day of acceptance itself."""
    assert due(text, date(2024, 1, 1), date(2024, 3, 1)) == date(2024, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "30% on receipt, 60% on acceptance, rest net 365 from acceptance",
        "30%货到付款，60%验收后付款，余款验收后365天",
        "货到付款30%；验收后付60%；验收后365天付尾款",
    ],
)
def test_acceptance_of_parts(text: str) -> None:
    """Acceptance belongs to the instalment it is written with."""
    assert parse_terms(text).from_acceptance
    assert [part.from_acceptance for part in parse_terms(text).parts] == [False, True, True]
    assert plan(text, "1000", acceptance=date(2024, 2, 1)) == [
        ("2024-01-01", "300.00"),
        ("2024-02-01", "600.00"),
        ("2025-01-31", "100.00"),
    ]


@pytest.mark.parametrize(
    "text", ["30% net 10, rest net 20, from acceptance", "自验收起，30% 10天，余款 20天"]
)
def test_acceptance_of_all(text: str) -> None:
    """Between separators of its own it speaks of all instalments."""
    assert plan(text, "1000", acceptance=date(2024, 2, 1)) == [
        ("2024-02-11", "300.00"),
        ("2024-02-21", "700.00"),
    ]


def test_acceptance_is_no_matter_to_other_terms() -> None:
    """Terms that don't speak of acceptance count from the base date."""
    assert due("net 30", date(2024, 1, 1), date(2024, 3, 1)) == date(2024, 1, 31)


# Instalments -------------------------------------------------------------------------

THREE = [("2024-01-01", "30.00"), ("2024-03-01", "60.00"), ("2024-12-31", "10.00")]


@pytest.mark.parametrize(
    "text",
    [
        "30% on receipt, 60% net 60, rest net 365",
        "30 % on receipt,60 % net 60,rest net 365",
        "30% ON RECEIPT; 60% NET 60; REST NET 365",
        "30% of the total on receipt, 60% net 60 and the balance net 365",
        "rest net 365, 60% net 60, 30% on receipt",
        "30% on receipt, 60% net 60, 10% net 365",
        "30% on receipt, 60% net 60, rest 10% net 365",
        "30% 货到付款, 60% 60天, 余款365天",
        "30%货到付款，60%60天，其余365天",
        "30%货到付款、60%60天、尾款365天",
        "３０％貨到付款；６０％６０天；餘款３６５天",
        "货到付款30%，60天60%，剩余款项365天",
        "30%货到付款，60%60天，尾款10%365天",
    ],
)
def test_instalments(text: str) -> None:
    """The shares of an invoice, in order of due date."""
    assert plan(text, "100.00") == THREE


@pytest.mark.parametrize(
    ("text", "amount", "digits", "expected"),
    [
        ("30% on receipt, rest net 30", "0.05", 2, ["0.02", "0.03"]),  # 0.015 half up
        ("30% on receipt, rest net 30", "-0.05", 2, ["-0.02", "-0.03"]),
        ("33.33% net 1, 33.33% net 2, 33.34% net 3", "100.01", 2, ["33.33", "33.33", "33.35"]),
        ("33.33% net 1, 33.33% net 2, rest net 3", "100", 0, ["33", "33", "34"]),
        ("rest net 1, 33.33% net 2, 33.33% net 3", "100", 0, ["34", "33", "33"]),
        ("50% net 1, 50% net 2", "0.01", 2, ["0.01"]),  # a part of zero is left out
        ("50% net 1, 50% net 2", "0.001", 2, ["0.001"]),  # digits beyond the currency's stay
        ("30% net 1, rest net 2", "1000000000000000000.000000000001", 2,
         ["300000000000000000.00", "700000000000000000.000000000001"]),
        ("10000 CNY on receipt, rest net 30", "12000", 2, ["10000", "2000"]),
        ("10,000 CNY on receipt, rest net 30", "12000", 2, ["10000", "2000"]),
        ("10,000.50CNY on receipt, rest net 30", "12000", 2, ["10000.50", "1999.50"]),
        ("1,010,000 cny on receipt,rest net 30", "1010001", 2, ["1010000", "1"]),
        ("CNY 10,000 on receipt, rest net 30", "12000", 2, ["10000", "2000"]),
        ("10000CNY货到付款，余款30天", "12000", 2, ["10000", "2000"]),
        ("10000 CNY on receipt, rest net 30", "-12000", 2, ["-10000", "-2000"]),
        ("10000 CNY on receipt, rest net 30", "9000", 2, ["9000"]),  # clipped to what is left
        ("10000 CNY on receipt, rest net 30", "-9000", 2, ["-9000"]),
        ("10000 CNY net 1, 50% net 2, rest net 3", "15000", 2, ["10000", "5000"]),
        ("25% of rest net 1, 25% of the rest net 2, rest net 3", "100", 2,
         ["25.00", "18.75", "56.25"]),
        ("20% net 1, 余款的50% 2天, 余款 3天", "100", 2, ["20.00", "40.00", "40.00"]),
        ("50% net 7, 50% net 7", "10", 2, ["5.00", "5.00"]),  # two of one day stay two
        ("100% net 30", "10.005", 2, ["10.005"]),
    ],
)  # fmt: skip
def test_shares(text: str, amount: str, digits: int, expected: list[str]) -> None:
    """Percentages round half up, the rest takes the rounding, nothing changes its sign."""
    assert [share for _, share in plan(text, amount, digits=digits)] == expected


def test_rounding_never_takes_more_than_the_whole() -> None:
    """Thirty-nine percentages that each round up stop where nothing is left."""
    text = ",".join([*(f"2.5% {days}天" for days in range(1, 40)), "余款40天"])
    assert plan(text, "0.20")[0] == ("2024-01-02", "0.01")  # 0.005 half up
    assert [share for _, share in plan(text, "0.20")] == ["0.01"] * 20


def test_zero_is_due_at_once() -> None:
    """An invoice of nothing has one instalment of nothing, whatever its terms."""
    text = "10000 USD net 30, rest net 60 from acceptance"
    assert plan(text, "0.00", acceptance=date(2024, 5, 1)) == [("2024-01-01", "0.00")]


def test_due_dates_are_sorted() -> None:
    """Instalments are numbered by due date, not as they are written."""
    assert plan("60% net 60, 40% net 30", "10") == [("2024-01-31", "4.00"), ("2024-03-01", "6.00")]


@pytest.mark.parametrize(
    ("text", "amount", "base", "said"),
    [
        ("10000 USD net 30, rest net 60", "5", date(2024, 1, 1), "10000 USD.*in CNY"),
        ("net 365", "5", date(9999, 1, 2), "after the year 9999"),
        ("net 1200 months", "5", date(9999, 1, 2), "after the year 9999"),
        ("30% net 1, rest 15th next month", "5", date(9999, 12, 2), "after the year 9999"),
        ("5th", "5", date(9999, 12, 31), "after the year 9999"),
        ("net 30", "NaN", date(2024, 1, 1), "NaN is not an amount"),
        ("net 30", "sNaN", date(2024, 1, 1), "sNaN is not an amount"),
        ("net 30", "-Infinity", date(2024, 1, 1), "-Infinity is not an amount"),
        ("net 30", "1E+40", date(2024, 1, 1), "is not an amount"),
        ("net 30", "1E-41", date(2024, 1, 1), "is not an amount"),
    ],
)
def test_cannot_be_applied(text: str, amount: str, base: date, said: str) -> None:
    """What can't be applied to an invoice says which terms, and why."""
    terms = parse_terms(text)
    with pytest.raises(TermsError, match=rf"^payment terms '{text}' can't be applied: .*{said}"):
        terms.instalments(D(amount), "CNY", base, 2)


# Discounts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2/10 net 30", [("2", 10)]),
        ("2/10 n/30", [("2", 10)]),
        ("2/10, n/30", [("2", 10)]),
        ("2 / 10; Net 30", [("2", 10)]),
        ("2%/10 days net 30", [("2", 10)]),
        ("２／１０　净３０天", [("2", 10)]),
        ("1.5/10 net 30", [("1.5", 10)]),
        ("2/10天，净30天", [("2", 10)]),
        ("2/10 1/20 net 30", [("2", 10), ("1", 20)]),
        ("1/20 2/10 net 30", [("2", 10), ("1", 20)]),
        ("2/10, 1/20, 30天", [("2", 10), ("1", 20)]),
        ("3/0 net 30", [("3", 0)]),
    ],
)
def test_discounts(text: str, expected: list[tuple[str, int]]) -> None:
    """Discounts stand before the terms, the earliest counts first."""
    terms = parse_terms(text)
    assert [(str(one.percent), one.days) for one in terms.discounts] == expected
    base = date(2024, 1, 1)
    assert terms.discount_until(base) == tuple(
        (base + timedelta(days=days), D(percent)) for percent, days in expected
    )
    assert terms.parts == parse_terms("net 30").parts


def test_discount_before_instalments() -> None:
    """A discount may stand before instalments too."""
    terms = parse_terms("2/10, 30% on receipt, rest net 60")
    assert len(terms.discounts) == 1
    assert len(terms.parts) == 2


def test_discount_from_acceptance() -> None:
    """A discount counts from acceptance where all instalments do, and only there."""
    base, accepted = date(2024, 1, 1), date(2024, 2, 1)
    whole = parse_terms("2/10 net 30 from acceptance")
    assert whole.discount_until(base, accepted) == ((date(2024, 2, 11), D(2)),)
    assert whole.discount_until(base) == ((date(2024, 1, 11), D(2)),)
    some = parse_terms("2/10, 50% net 30, rest net 30 from acceptance")
    assert some.discount_until(base, accepted) == ((date(2024, 1, 11), D(2)),)


def test_discount_beyond_the_calendar() -> None:
    """A discount that would end after the year 9999 can't be applied."""
    with pytest.raises(TermsError, match=r"'2/10 eom' can't be applied.*9999"):
        parse_terms("2/10 eom").discount_until(date(9999, 12, 31))


# Figures of other systems ------------------------------------------------------------

ODOO_TERMS = {
    "immediate": "immediate",
    "45 days after end of month": "eom net 45",
    "the 15th and at least 31 days": "15th at least 31 days",
    "last day of current month": "eom",
    "first day of next month": "1st next month",
}


def test_odoo_due_dates(case: Case) -> None:
    """Odoo's due dates, in our words and in the case's own."""
    cases = case("odoo_payment_term_due_dates")["cases"]
    assert {one["term"] for one in cases} == set(ODOO_TERMS)
    for one in cases:
        for base, expected in one["map"].items():
            assert due(ODOO_TERMS[one["term"]], base) == expected
            assert due(one["term"], base) == expected


def test_erpnext_schedule(case: Case) -> None:
    """ERPNext's schedule of 30, 50 and 20 %, 30, 60 and 90 days after the invoice."""
    invoice = case("erpnext_schedule_30_50_20")["steps"][0]
    instalments = parse_terms("30% net 30, 50% net 60, 20% net 90").instalments(
        D(invoice["amount"]), "INR", invoice["date"], 2
    )
    assert [(one.due, one.amount) for one in instalments] == [
        (one["due"], D(one["amount"])) for one in invoice["schedule"]
    ]


def in_our_words(line: dict[str, Any], fixed: str | None, *, day_first: bool = True) -> str:
    """Return a line of Tryton's payment term as we write it."""
    if "pct_of_remainder" in line:
        share = f"{line['pct_of_remainder']}% of rest"
    elif "pct_of_total" in line:
        share = f"{line['pct_of_total']}%"
    else:
        share = f"{fixed} CNY" if "fixed" in line else "rest"
    delta = line["delta"]
    months, days = delta.get("months", 0), delta.get("days", 0)
    if "then_day" not in delta:
        return f"{share} net {months} months {days} days"
    day = f"{delta['then_day']}th"
    if day_first:
        return f"{share} net {months} months then {day} then {days} days"
    return f"{share} net {months} months {days} days then {day}"


def test_tryton_terms(case: Case) -> None:
    """Tryton's instalments to the cent; its day of the month is set before days are added.

    1 October 2011 and 2 months is 1 December, its 15th and 30 days 14 January 2012.
    """
    figures = case("tryton_payment_terms")
    for scenario in figures["scenarios"]:
        lines = scenario.get("terms", figures["terms"])
        text = ", ".join(in_our_words(line, scenario.get("F")) for line in lines)
        instalments = parse_terms(text).instalments(
            D(scenario["amount"]), "CNY", scenario["date"], 2
        )
        assert [(one.due, one.amount) for one in instalments] == [
            (day, D(amount)) for day, amount in scenario["expected"]
        ]


def test_then_keeps_the_order_unlike_tryton(case: Case) -> None:
    """By our rule `then 15th` is the 15th of the month that the days lead to.

    1 October 2011 and 2 months and 30 days is 31 December, whose 15th is the due date, where
    Tryton gives 14 January 2012 for the same delta, setting the day first.
    """
    line = case("tryton_payment_terms")["terms"][-1]
    text = in_our_words(line, None, day_first=False)
    assert text == "rest net 2 months 30 days then 15th"
    assert due(text, date(2011, 10, 1)) == date(2011, 12, 15)


def taken(text: str, invoiced: date, paid: date, gross: Decimal) -> Decimal:
    """Return the discount on a gross amount after credit notes, paid on a day."""
    for last, percent in parse_terms(text).discount_until(invoiced):
        if paid <= last:
            return gross * percent / 100
    return D(0)


def test_textbook_discount(case: Case) -> None:
    """The textbooks' discounts, taken on the amount after returns."""
    with_return, two_steps = case("textbook_cash_discount")["cases"]
    invoiced = date(2024, 1, 1)
    gross = D(with_return["invoice"]) - D(with_return["return"])
    paid = invoiced + timedelta(days=with_return["paid_within"])
    discount = taken(with_return["terms"], invoiced, paid, gross)
    expected = with_return["expected"]
    assert discount == D(expected["discount"])
    assert gross - discount == D(expected["cash"])
    assert taken(with_return["terms"], invoiced, paid + timedelta(days=1), gross) == 0

    gross = D(two_steps["invoice"])
    paid = invoiced + timedelta(days=two_steps["paid_on_day"])
    discount = taken(two_steps["terms"], invoiced, paid, gross)
    assert discount == D(two_steps["expected"]["discount"])
    assert gross - discount == D(two_steps["expected"]["cash"])
    assert taken(two_steps["terms"], invoiced, date(2024, 1, 21), gross) == gross / 100


def test_odoo_discount(case: Case) -> None:
    """Odoo's 10 % within 10 days: its last day, and its share of the gross amount.

    Where Odoo splits it into discount and tax, ours is the sum of both. Its last scenario
    computes the invoice's tax on the discounted base, which is no matter of terms.
    """
    scenarios = case("odoo_early_payment_discount")["scenarios"]
    until, plain, taxed, batch, _ = scenarios
    text, base = "10/10 net 30", date(2019, 1, 1)
    (only,) = parse_terms(text).discount_until(until["invoice_date"])
    assert only == (until["expected_discount_until"], D(10))
    expected = plain["expected"]
    assert taken(text, base, plain["paid"], D(plain["net"])) == D(expected["discount"])
    expected = taxed["expected"]
    both = D(expected["discount"]) + D(expected["tax_correction"])
    assert taken(text, base, base, D(taxed["gross"])) == both
    assert D(taxed["gross"]) - both == D(expected["cash"])
    each = [taken(text, base, base, D(amount)) for amount in batch["batch"]]
    assert sum(each) == D(batch["expected"]["discount"])


# What is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing says when"),
        (" \t\n", "nothing says when"),
        (",;、", "nothing says when"),
        ("2/10", "nothing says when"),
        ("net", "'net' doesn't say when"),
        ("30", "'30' doesn't say when"),
        ("net 30 60", "'net 30 60' doesn't say when"),
        ("净30十天", "'净 30 10天' doesn't say when"),
        ("net 30 2 months", "doesn't say when"),
        ("net 30 on receipt", "doesn't say when"),
        ("eom eom", "doesn't say when"),
        ("+ 30 days", "doesn't say when"),
        ("30 days and", "doesn't say when"),
        ("15th 30 days", "doesn't say when"),
        ("15th at least", "a step is missing"),
        ("net 30 then", "a step is missing"),
        ("then 15th", "a step is missing"),
        ("rest", "'rest' doesn't say when"),
        ("30%, rest net 30", "'30%' doesn't say when"),
        ("30% rest", "doesn't say when"),
        ("netto 30", "'netto' is not understood"),
        ("soon", "'soon' is not understood"),
        ("预付", "'预付' is not understood"),
        ("預付30%, 余款30天", "'預付30%' is not understood"),
        ("货到30天", "'货到30天' is not understood"),
        ("三月", "'三月' is not understood"),
        ("百百天", "'百百天' is not understood"),
        ("一百二天", "'一百二天' is not understood"),
        ("15日15日", "'15日 15日' gives the days or the months twice"),
        ("1 month 30 days 1 year", "gives the days or the months twice"),
        ("net -30", "'-30' is not understood"),
        ("-30% net 30, rest net 60", "'-30%' is not understood"),
        ("-2/10 net 30", "'-2/10' is not understood"),
        ("net 30/60/90", "'/60/90' is not understood"),
        ("net 30/60", "doesn't say when"),
        ("net 30 2/10", "doesn't say when"),
        ("net 1.5 months", "'1.5' is not understood"),
        ("net 30 business days", "'business' is not understood"),
        ("net 10,000 days", "'net 10' doesn't say which share"),
        ("net 30, net 60", "'net 30' doesn't say which share"),
        ("30% on receipt, net 60", "'net 60' doesn't say which share"),
        ("30% net 30, 60% net 60", "sum to 90%, and nothing is said of the rest"),
        ("30% net 30", "sum to 30%, and nothing is said of the rest"),
        ("10000 CNY net 30", "nothing is said of the rest"),
        ("50% of rest net 30", "nothing is said of the rest"),
        ("60% net 30, 60% net 60", "sum to 120%, more than the whole"),
        ("60% net 30, 60% net 60, rest net 90", "sum to 120%, more than the whole"),
        ("40% net 30, 60% net 60, rest net 90", "leave nothing for the other parts"),
        ("100% net 30, 10 CNY net 60", "leave nothing for the other parts"),
        ("rest net 30, rest net 60", "the rest is spoken of twice"),
        ("101% net 30", "'101' percent is not between 0 and 100"),
        ("0% net 30, rest net 60", "'0' percent is not between 0 and 100"),
        (f"{'9' * 400}% net 30", "percent is not between 0 and 100"),
        ("33.33333333333% net 30, rest net 60", "more than 10 decimals"),
        ("0 CNY net 30, rest net 60", "'0 cny' is not an amount"),
        (f"{'9' * 41} CNY net 30, rest net 60", "is not an amount"),
        ("10.000,00 EUR net 30, rest net 60", "'10.000' is not understood"),
        ("1,00,000 INR net 30, rest net 60", "'1' doesn't say which share"),
        ("30% net 30,100 CNY net 60, rest net 90", "doesn't say when"),
        ("0/10 net 30", "'0' percent is not between"),
        ("100/10 net 30", "leaves nothing to pay"),
        ("200/10 net 30", "'200' percent is not between"),
        ("2/10 2/20 net 30", "2% within 20 days contradicts 2% within 10 days"),
        ("1/10 2/20 net 30", "2% within 20 days contradicts 1% within 10 days"),
        ("2/10 1/10 net 30", "1% within 10 days contradicts 2% within 10 days"),
        ("2/99999 net 30", "more than 36525 days"),
        ("net 999999999 days", "more than 36525 days"),
        (f"net {'9' * 480}", "more than 36525 days"),
        ("net 9999 weeks", "more than 36525 days"),
        ("net 9999 months", "more than 1200 months"),
        ("net 101 years", "more than 1200 months"),
        ("0th next month", "'0th next month' is not a day of a month"),
        ("32nd next month", "'32nd next month' is not a day of a month"),
        ("次月32日", "'次月32日' is not a day of a month"),
        ("99th", "'99th' is not a day of a month"),
        ("30 days after invoice from acceptance", "from the invoice's date and from acceptance"),
        ("net 30²", "raised or circled digits"),
        ("net ③", "raised or circled digits"),
        ("net ٣٠", "'٣٠' is not understood"),
        ("net\x0030", "is not understood"),
        ("\ud800", "is not understood"),
        ("net 30 " * 100, "more than 500 characters"),
        (",".join(["1%eom"] * 61), "more than 60 instalments"),
    ],
)
def test_refused(text: str, said: str) -> None:
    """What isn't understood is said, with the terms and an example."""
    with pytest.raises(TermsError) as raised:
        parse_terms(text)
    message = str(raised.value)
    assert said in message
    assert message.startswith(f"payment terms {text[:80]!r}"[:60])
    assert "; write for example '" in message
    assert len(message) < 700
    assert "\n" not in message


def test_examples_are_understood() -> None:
    """Every example that a message gives can be read."""
    quoted = module.EXAMPLES.split("'") + module.INSTALMENTS_EXAMPLE.split("'")
    examples = quoted[1::2]
    assert len(examples) > 5
    for text in examples:
        if text.strip(", "):
            assert parse_terms(text).parts


# Laws --------------------------------------------------------------------------------

RULES = st.sampled_from(
    [
        text
        for ways, _, _ in SAME
        for text in ways
        if text != "rest net 30" and text[-1] not in ".,。"
    ]
)
SCRAPS = """
    net n/ 30 2 0 10,000 999999 % , ; 、 2/10 1.5/10 30% 100% 0% rest 余款 其余 of the CNY days 天 日
    months 个月 eom 月结 次月 15th 15日 号 next month end last day on receipt 货到付款 from acceptance
    验收后 开票后 then 然后 at least 至少 and + 底 三十 - . ( ) ² ' \\
"""
WORDS = st.sampled_from(SCRAPS.split())
TEXTS = (
    st.text(max_size=60)
    | st.lists(WORDS, max_size=14).map(" ".join)
    | st.lists(WORDS, max_size=14).map("".join)
)
AMOUNTS = st.decimals(-(10**15), 10**15, allow_nan=False, places=2)
BASES = st.dates(date(1970, 1, 1), date(2100, 12, 31))


def shares_of(rule: str, percent: Decimal | None) -> str:
    """Return an instalment as text."""
    return f"rest {rule}" if percent is None else f"{percent}% {rule}"


@st.composite
def instalment_texts(draw: st.DrawFn) -> str:
    """Terms in up to eight instalments, with a rest or percentages that sum to 100."""
    percents: list[Decimal | None] = []
    left = D(100)
    for _ in range(draw(st.integers(0, 7))):
        percent = draw(st.decimals(D("0.01"), D(40), places=2))
        if percent < left:
            percents.append(percent)
            left -= percent
    percents.insert(draw(st.integers(0, len(percents))), draw(st.sampled_from([left, None])))
    parts = [shares_of(draw(RULES), percent) for percent in percents]
    if None in percents and draw(st.booleans()):
        parts.insert(0, f"{draw(st.integers(1, 10**6))} CNY {draw(RULES)}")
    return ", ".join(parts)


def check_laws(terms: Terms, amount: Decimal, base: date, digits: int) -> None:
    """Assert what holds of the instalments of any amount."""
    instalments = terms.instalments(amount, "CNY", base, digits)
    assert sum(one.amount for one in instalments) == amount
    assert [one.index for one in instalments] == list(range(1, len(instalments) + 1))
    dues = [one.due for one in instalments]
    assert dues == sorted(dues)
    assert dues[0] >= base
    if amount:
        assert all(one.amount * amount > 0 for one in instalments)
    else:
        assert len(instalments) == 1
    assert len(instalments) <= len(terms.parts)


@given(text=instalment_texts(), amount=AMOUNTS, base=BASES, digits=st.integers(0, 4))
def test_instalments_sum_to_the_amount(text: str, amount: Decimal, base: date, digits: int) -> None:
    """They sum to the amount exactly, have its sign, and none is due before the base date."""
    check_laws(parse_terms(text), amount, base, digits)


@given(text=TEXTS, amount=AMOUNTS, base=BASES)
def test_nonsense_never_fails_otherwise(text: str, amount: Decimal, base: date) -> None:
    """Whatever is written is read or refused; what is read obeys the same laws."""
    try:
        terms = parse_terms(text)
    except TermsError as error:
        assert "for example" in str(error)  # noqa: PT017 - most texts are read or refused
        return
    try:
        check_laws(terms, amount, base, 2)
    except TermsError as error:
        assert "can't be applied" in str(error)  # noqa: PT017


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@given(data=st.data(), text=instalment_texts() | RULES)
def test_formatting_changes_nothing(data: st.DataObject, text: str) -> None:
    """Case, full-width characters, further spaces and invisible marks don't matter."""
    chars = []
    for char in text:
        changed = data.draw(
            st.sampled_from(
                [char, char.upper(), char.translate(FULL_WIDTH), f"\u200b{char}"]
                + ([f" {char}\t ", "\n", "\u00a0"] if char == " " else [])
            )
        )
        chars.append(changed)
    changed_text = "".join(chars)
    if len(changed_text) <= module.TEXT_CHARS_MAX:
        assert parse_terms(changed_text) == parse_terms(text)


def test_terms_are_values() -> None:
    """Terms can't be changed, are equal by what they say, and are read once."""
    terms = parse_terms("net 30")
    assert terms == parse_terms("净30天")
    assert hash(terms) == hash(parse_terms("净30天"))
    assert terms != parse_terms("net 31")
    assert parse_terms("net 30") is terms
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        terms.text = "net 60"  # type: ignore[misc]
