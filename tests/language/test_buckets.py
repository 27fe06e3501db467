# SPDX-License-Identifier: GPL-2.0-or-later
"""Bucket edges and labels, on both bases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from arledger.language.buckets import DEFAULT, parse_buckets
from arledger.language.values import MalformedError

DUE = dt.date(2024, 1, 31)


def label(days: int, basis: str, edges: tuple[object, ...] = (30, 60, 90)) -> str:
    """The label of what is `days` past 31 January 2024."""
    buckets = parse_buckets(edges)
    at = buckets.place(DUE, DUE + dt.timedelta(days), basis)  # type: ignore[arg-type]
    return buckets.labels(basis)[at]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "due", "invoice"),
    [
        (-400, "not-due", "0-30"),
        (-1, "not-due", "0-30"),
        (0, "not-due", "0-30"),
        (1, "1-30", "0-30"),
        (30, "1-30", "0-30"),
        (31, "31-60", "31-60"),
        (60, "31-60", "31-60"),
        (61, "61-90", "61-90"),
        (90, "61-90", "61-90"),
        (91, "91+", "91+"),
        (4000, "91+", "91+"),
    ],
)
def test_each_side_of_each_edge(days: int, due: str, invoice: str) -> None:
    """Not due is days ≤ 0 on basis due; on basis invoice the first bucket starts at day 0."""
    assert label(days, "due") == due
    assert label(days, "invoice") == invoice


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2024-02-29", "not-due"),
        ("2024-03-01", "≤1y"),
        ("2025-02-28", "≤1y"),
        ("2025-03-01", "1y-2y"),
        ("2026-02-28", "1y-2y"),
        ("2026-03-01", "2y-3y"),
        ("2027-02-28", "2y-3y"),
        ("2027-03-01", ">3y"),
    ],
)
def test_years_are_calendar_years_that_clip(as_of: str, expected: str) -> None:
    """29 February + 1 year is 28 February."""
    buckets = parse_buckets(("1y", "2y", "3y"))
    at = buckets.place(dt.date(2024, 2, 29), dt.date.fromisoformat(as_of), "due")
    assert buckets.labels("due")[at] == expected


def test_labels_follow_from_the_edges() -> None:
    """Days, months, years; on both bases."""
    assert parse_buckets((Decimal(15), Decimal(45))).labels("due") == (
        "not-due",
        "1-15",
        "16-45",
        "46+",
    )
    assert parse_buckets(("15",)).labels("invoice") == ("0-15", "16+")
    assert parse_buckets(("6m", "1y", "2Y")).labels("invoice") == ("≤6m", "6m-1y", "1y-2y", ">2y")
    assert parse_buckets(("1y",)).labels("due") == ("not-due", "≤1y", ">1y")
    assert DEFAULT.labels("due") == ("not-due", "1-30", "31-60", "61-90", "91+")


@pytest.mark.parametrize(
    "edges",
    [
        (),
        (0,),
        (-30,),
        (Decimal("30.5"),),
        (30, 30),
        (60, 30),
        (30, "1y"),
        ("1y", "12m"),
        ("x",),
        ("0y",),
        ("9999y",),
        (99999999,),
        tuple(range(1, 40)),
    ],
)
def test_edges_that_make_no_buckets(edges: tuple[object, ...]) -> None:
    """Each is refused with a reason."""
    with pytest.raises(MalformedError, match=r"\w"):
        parse_buckets(edges)


def test_the_end_of_the_calendar() -> None:
    """Years past 9999 don't matter."""
    buckets = parse_buckets(("900y",))
    assert buckets.place(dt.date(9900, 1, 1), dt.date(9999, 12, 31), "due") == 1
