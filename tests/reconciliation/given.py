# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries and lines of one customer, as the tests of the matcher write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from arledger.reconciliation.model import Entry, Line

DAY = date(2025, 3, 10)


def entry(number: str, amount: str, **more: Any) -> Entry:
    """An invoice (or a receipt, if negative) of customer C1 whose id is its number."""
    made = Entry(number, DAY, Decimal(amount), "CNY", "C1", references=(number,))
    return attrs.evolve(made, **more)


def line(index: int, amount: str, reference: str | None = None, **more: Any) -> Line:
    """A line of customer C1's statement, or what was received of it, signed from our side."""
    made = Line(index, Decimal(amount), "CNY", DAY, reference, customer="C1")
    return attrs.evolve(made, **more)
