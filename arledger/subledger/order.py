# SPDX-License-Identifier: GPL-2.0-or-later
"""The order in which the documents of a ledger are played: day by day, and within a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from operator import eq, itemgetter

from arledger.language.documents import (
    ACCOUNT,
    AMOUNT,
    CONDITIONAL,
    DATE,
    DOCUMENT_DATE,
    DUE,
    ITEM,
    KIND,
    NUMBER,
    Fields,
    order_of,
)


def repeated(movements: Iterable[Fields]) -> set[str]:
    """Numbers that stand more than once: only these can be used twice."""
    numbers = [*filter(None, map(_number, movements))]
    if len(set(numbers)) == len(numbers):
        return set()
    return {number for number, count in Counter(numbers).items() if count > 1}


def by_day(movements: Iterable[Fields]) -> dict[date, tuple[list[Fields], list[Fields]]]:
    """The documents of each day: those that raise items, and the others."""
    days: dict[date, tuple[list[Fields], list[Fields]]] = {}
    day: date | None = None
    raises: list[Fields] = []
    others: list[Fields] = []
    for movement in movements:
        if movement[DATE] != day:
            day = movement[DATE]
            found = days.get(day)
            if found is None:
                found = days[day] = ([], [])
            raises, others = found
        (raises if movement[KIND] is ITEM else others).append(movement)
    return days


_number, _due, _amount = itemgetter(NUMBER), itemgetter(DUE), itemgetter(AMOUNT)
_document_date, _conditional = itemgetter(DOCUMENT_DATE), itemgetter(CONDITIONAL)
_amount_and_account = itemgetter(AMOUNT, ACCOUNT)


def in_order(movements: list[Fields]) -> Sequence[Fields]:
    """Documents in the order of a day. See `Movement.order`.

    Where a few facts tell all apart, nothing beyond them decides, and sorting by these alone is
    many times as quick: the number where each has one of its own; the amount, or that and the
    account, of those that have none, as receipts that only name an invoice.
    """
    if len(movements) < 2:  # noqa: PLR2004 - one needs no order
        return movements
    dues, dates = set(map(_due, movements)), set(map(_document_date, movements))
    if not _comparable(dues, movements):
        return sorted(movements, key=order_of)
    without = [movement for movement in movements if not movement[NUMBER]]
    if not without:
        return _by_dates(_by_number(movements), dues, dates)
    if len(dues) > 1 or len(dates) > 1:
        return sorted(movements, key=order_of)
    numbered = [movement for movement in movements if movement[NUMBER]]
    return [*_by_amount(without), *_by_number(numbered)]


def _by_dates(movements: list[Fields], dues: set[date | None], dates: set[date]) -> list[Fields]:
    """By due date, then document date; what is equal in both stays in the order it has."""
    if len(dates) > 1:
        movements = sorted(movements, key=_document_date)
    return sorted(movements, key=_due) if len(dues) > 1 else movements


def _by_number(movements: list[Fields]) -> list[Fields]:
    """Of equal dates, those that all have a number."""
    if len(set(map(_number, movements))) < len(movements):
        return sorted(movements, key=order_of)
    return sorted(movements, key=_number)


def _by_amount(movements: list[Fields]) -> list[Fields]:
    """Of equal dates, those that have no number."""
    ordered = sorted(movements, key=_amount)
    amounts = [*map(_amount, ordered)]
    if not any(map(eq, amounts, amounts[1:])):
        return ordered
    if len(set(map(_amount_and_account, movements))) < len(movements):
        return sorted(movements, key=order_of)
    return sorted(movements, key=_amount_and_account)


def _comparable(dues: set[date | None], movements: Iterable[Fields]) -> bool:
    """Whether due dates compare as they stand: all are given, or none.

    For none the document's date stands, which is compared next anyhow.
    """
    return None not in dues or (len(dues) == 1 and not any(map(_conditional, movements)))
