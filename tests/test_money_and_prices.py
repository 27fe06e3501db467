# SPDX-License-Identifier: GPL-2.0-or-later
"""Rounding, sharing, conversion: exact to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.money import (
    ZERO,
    canonical,
    digits_of,
    largest_remainder,
    plain,
    round_half_up,
)
from tests.books import books, day, decimals


def test_a_half_rounds_away_from_zero() -> None:
    """0.125 is 0.13 and -0.125 is -0.13, whatever the size."""
    assert round_half_up(Decimal("0.125"), 2) == Decimal("0.13")
    assert round_half_up(Decimal("-0.125"), 2) == Decimal("-0.13")
    big = Decimal("1000000000000000000.125")
    assert round_half_up(big, 2) == Decimal("1000000000000000000.13")
    assert round_half_up(Decimal(1249), -2) == Decimal(1200)


def test_digits_come_from_the_ledger_else_from_iso_4217() -> None:
    """Yen have none, dinars three; an option beats the standard; strangers have two."""
    assert [digits_of(c, {}) for c in ("CNY", "JPY", "KWD", "XCOIN")] == [2, 0, 3, 2]
    assert digits_of("JPY", {"JPY": 2}) == 2
    assert digits_of("CNY", {"CNY": 0}) == 0


def test_shares_by_largest_remainder() -> None:
    """100.00 in three is 33.34, 33.33, 33.33: the first of equal remainders gets the cent."""
    assert largest_remainder(Decimal(100), decimals("1", "1", "1"), 2) == decimals(
        "33.34", "33.33", "33.33"
    )
    assert largest_remainder(Decimal("0.01"), decimals("0.4", "0.6"), 2) == decimals("0.00", "0.01")
    assert largest_remainder(Decimal(5), (), 2) == ()
    assert largest_remainder(Decimal(5), decimals("0", "0"), 2) == (Decimal(5), ZERO)


@given(
    st.decimals(0, 10**9, places=2),
    st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=9),
)
def test_shares_always_sum_to_the_total(total: Decimal, weights: list[Decimal]) -> None:
    """Nothing is lost, and no share is off by more than one step."""
    shares = largest_remainder(total, weights, 2)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share - total * weight / whole) < Decimal("0.01")


def test_one_text_per_value() -> None:
    """Ids don't depend on how many zeros were typed."""
    assert canonical(Decimal("113000.00")) == canonical(Decimal("1.13E5")) == "113000"
    assert canonical(Decimal("0.00")) == "0"
    assert plain(Decimal("1E3")) == "1000"


PRICES = """
2024-01-01 price USD 7.10 CNY
2024-02-01 price USD 7.20 CNY
2024-02-15 price CNY 0.125 USD
2024-03-01 price USD 7.30 CNY
2024-03-01 price USD 7.35 CNY
"""


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2023-12-31", None),
        ("2024-01-01", ("2024-01-01", "7.10", False)),
        ("2024-02-14", ("2024-02-01", "7.20", False)),
        ("2024-02-15", ("2024-02-15", "0.125", True)),
        ("2024-12-31", ("2024-03-01", "7.35", False)),
    ],
)
def test_the_latest_price_on_or_before_a_day(
    date: str, expected: tuple[str, str, bool] | None
) -> None:
    """Either way round; of two on one day the higher, in whatever order they stand."""
    quote = books(PRICES).prices.quote("USD", "CNY", day(date))
    found = None if quote is None else (str(quote.date), str(quote.rate), quote.inverse)
    assert found == expected


def test_an_inverse_price_is_divided_by() -> None:
    """100 USD at 0.125 USD a yuan are 800 yuan, exactly."""
    prices = books(PRICES).prices
    quote = prices.quote("USD", "CNY", day("2024-02-20"))
    assert quote is not None
    assert quote.convert(Decimal(100)) == Decimal(800)
    assert [str(d) for d in prices.dates("USD", "CNY")] == [
        "2024-01-01",
        "2024-02-01",
        "2024-02-15",
        "2024-03-01",
    ]
