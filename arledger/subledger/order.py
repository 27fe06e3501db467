# SPDX-License-Identifier: GPL-2.0-or-later
"""The order in which the documents of a ledger are played: day by day, and within a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from arledger.language.documents import Kind, Movement, order_of


def repeated(movements: Iterable[Movement]) -> set[str]:
    """Numbers that stand more than once: only these can be used twice."""
    numbers = [*filter(None, map(_number, movements))]
    if len(set(numbers)) == len(numbers):
        return set()
    return {number for number, count in Counter(numbers).items() if count > 1}


def by_day(movements: Iterable[Movement]) -> dict[date, tuple[list[Movement], list[Movement]]]:
    """The documents of each day: those that raise items, and the others."""
    days: dict[date, tuple[list[Movement], list[Movement]]] = {}
    day: date | None = None
    raises: list[Movement] = []
    others: list[Movement] = []
    for movement in movements:
        if movement.date != day:
            day = movement.date
            found = days.get(day)
            if found is None:
                found = days[day] = ([], [])
            raises, others = found
        (raises if movement.kind is Kind.ITEM else others).append(movement)
    return days


_number, _due = attrgetter("number"), attrgetter("due")
_conditional = attrgetter("conditional")
_date_and_conditional = attrgetter("document_date", "conditional")
_by_number = attrgetter("due", "document_date", "number")
_by_amount = attrgetter("amount", "account")


def in_order(movements: list[Movement]) -> Sequence[Movement]:
    """Documents in the order of a day. See `Movement.order`.

    Where a few facts tell all apart, nothing beyond them decides, and the short key is four
    times as quick: the number where each has one of its own; amount and account of those that
    have none, as receipts that only name an invoice.
    """
    if len(movements) < 2:  # noqa: PLR2004 - one needs no order
        return movements
    dues = set(map(_due, movements))
    if len(dues) == 1 and len(set(map(_date_and_conditional, movements))) == 1:
        without = [movement for movement in movements if not movement.number]
        numbered = [movement for movement in movements if movement.number]
        return [*_by_short_key(without, _by_amount), *_by_short_key(numbered, _number)]
    if None in set(map(_number, movements)) or not _comparable(dues, movements):
        return sorted(movements, key=order_of)
    return _by_short_key(movements, _by_number)


def _by_short_key(movements: list[Movement], key: Callable[[Movement], Any]) -> list[Movement]:
    """In order by a key with which `Movement.order` goes on, if it tells all of them apart."""
    by_key = dict(zip(map(key, movements), movements, strict=True))
    if len(by_key) < len(movements):
        return sorted(movements, key=order_of)
    return [by_key[one] for one in sorted(by_key)]


def _comparable(dues: set[date | None], movements: Iterable[Movement]) -> bool:
    """Whether due dates compare as they stand: all are given, or none.

    For none the document's date stands, which is compared next anyhow.
    """
    return None not in dues or (len(dues) == 1 and not any(map(_conditional, movements)))
