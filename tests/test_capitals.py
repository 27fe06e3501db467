# SPDX-License-Identifier: GPL-2.0-or-later
"""Chinese capitals: the examples that the rule itself gives, and what it says of zeros."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.capitals import DIGITS, YUAN_BELOW, capitals


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("10", "壹拾元整"),
        ("100000007", "壹亿零柒元整"),
        ("1234500000000.00", "壹万贰仟叁佰肆拾伍亿元整"),
        ("100010000", "壹亿零壹万元整"),
        ("-20.30", "负贰拾元叁角整"),
    ],
)
def test_written_as_vouchers_require(amount: str, written: str) -> None:
    assert capitals(Decimal(amount)) == written


def test_traditional_characters() -> None:
    """The same amount in the other script."""
    assert capitals(Decimal("36284.00"), traditional=True) == "參萬陸仟貳佰捌拾肆元整"


@pytest.mark.parametrize("amount", ["0.001", "1E+16", "NaN", "Infinity", "5." + "0" * 40 + "1"])
def test_what_has_no_name(amount: str) -> None:
    """Parts of a cent are not rounded away."""
    assert capitals(Decimal(amount)) is None


UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read(text: str) -> Decimal:
    """The number that capitals say, read by a rule of its own: from left to right."""
    total = section = digit = 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS.index(character)
        elif character in UNITS:
            section, digit = section + digit * UNITS[character], 0
        elif character == "万":
            section, digit = (section + digit) * 10_000, 0
            total, section = total + section, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif character == "元":
            total, section, digit = (total + section + digit) * 100, 0, 0
        elif character in "角分":
            total, digit = total + digit * (10 if character == "角" else 1), 0
    return Decimal(total).scaleb(-2)


@given(st.integers(0, YUAN_BELOW * 100 - 1))
def test_what_is_written_can_be_read(fen: int) -> None:
    """No two amounts are written alike, and no zero stands beside another."""
    amount = Decimal(fen).scaleb(-2)
    text = capitals(amount)
    assert text is not None
    assert read(text) == amount
    assert "零零" not in text
    assert text.endswith(("整", "分"))
