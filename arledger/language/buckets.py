# SPDX-License-Identifier: GPL-2.0-or-later
"""Aging buckets: their edges, their labels, and which bucket an item falls into.

    custom "aging-buckets" Assets:Receivable 30 60 90        ; days
    custom "allowance-buckets" Assets:Receivable "1y" "2y"   ; months and years

Days are as-of minus due date (basis `due`) or minus invoice date (basis `invoice`). On basis
`due` what is not overdue (days ≤ 0) is `not-due`, a bucket of its own; on basis `invoice` there
is none, and the first bucket starts at day 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import attrs

from arledger.findings import say
from arledger.language.terms import plus_months
from arledger.language.values import MalformedError

Basis = Literal["due", "invoice"]
NOT_DUE = "not-due"
UNAPPLIED = "unapplied"
DAYS_MAX = 36500
COUNT_MAX = 24
_SPAN = re.compile(r"([1-9][0-9]{0,3})\s*([my])", re.IGNORECASE)


@attrs.frozen
class Edge:
    """The last day of a bucket: a number of days, or of calendar months."""

    label: str
    days: int = 0
    months: int = 0

    def holds(self, since: date, as_of: date, days: int) -> bool:
        """Whether an item of `since` is still within this edge on `as_of`."""
        if self.months:
            return as_of <= _add_months(since, self.months)
        return days <= self.days


@lru_cache(maxsize=65536)
def _add_months(day: date, months: int) -> date:
    """Calendar arithmetic that clips: 29 February + 12 months is 28 February."""
    try:
        return plus_months(day, months)
    except OverflowError:
        return date.max


@attrs.frozen
class Buckets:
    """Ascending edges, and the labels that follow from them on either basis."""

    edges: tuple[Edge, ...]
    # Asked for at every item.
    _labels: Mapping[str, tuple[str, ...]] = attrs.field(init=False, eq=False, repr=False)

    @_labels.default
    def _both(self) -> Mapping[str, tuple[str, ...]]:
        return {"due": self._names("due"), "invoice": self._names("invoice")}

    def labels(self, basis: Basis) -> tuple[str, ...]:
        """The labels in order: `not-due`, `1-30`, … `91+`, or `≤1y`, `1y-2y`, … `>3y`."""
        return self._labels[basis]

    def _names(self, basis: Basis) -> tuple[str, ...]:
        names = self._span_labels() if self.edges[0].months else self._day_labels(basis)
        return (NOT_DUE, *names) if basis == "due" else names

    def _day_labels(self, basis: Basis) -> tuple[str, ...]:
        starts = [1 if basis == "due" else 0, *(edge.days + 1 for edge in self.edges)]
        spans = [f"{start}-{edge.days}" for start, edge in zip(starts, self.edges, strict=False)]
        return (*spans, f"{starts[-1]}+")

    def _span_labels(self) -> tuple[str, ...]:
        names = [edge.label for edge in self.edges]
        middle = [f"{low}-{high}" for low, high in pairwise(names)]
        return (f"≤{names[0]}", *middle, f">{names[-1]}")

    def place(self, since: date, as_of: date, basis: Basis) -> int:
        """The index, into `labels(basis)`, of the bucket of an item dated or due `since`."""
        days = (as_of - since).days
        first = 0
        if basis == "due":
            if days <= 0:
                return 0
            first = 1
        for at, edge in enumerate(self.edges):
            if edge.holds(since, as_of, days):
                return first + at
        return first + len(self.edges)


def day_buckets(days: Sequence[int]) -> Buckets:
    """Buckets from ascending positive whole numbers of days."""
    return Buckets(tuple(Edge(str(count), days=count) for count in days))


DEFAULT = day_buckets((30, 60, 90))


def parse_buckets(edges: Sequence[object]) -> Buckets:
    """Buckets from numbers of days, or from texts like "6m", "1y"; never a mixture.

    Raises MalformedError with the reason.
    """
    if not edges:
        raise MalformedError(say('write the edges: 30 60 90, or "1y" "2y" "3y"'))
    if len(edges) > COUNT_MAX:
        raise MalformedError(say("more than {most} buckets", most=COUNT_MAX))
    read = [_edge(edge) for edge in edges]
    spans = [edge.months for edge in read]
    if any(spans) and not all(spans):
        raise MalformedError(say("days and months can't be mixed in one set of buckets"))
    sizes = [edge.months or edge.days for edge in read]
    if sizes != sorted(set(sizes)):
        raise MalformedError(say("the edges must ascend"))
    return Buckets(tuple(read))


def _edge(value: object) -> Edge:
    text = str(value).strip()
    if re.fullmatch(r"[0-9]{1,6}(\.0+)?", text):
        days = int(text.split(".")[0])
        if 0 < days <= DAYS_MAX:
            return Edge(str(days), days=days)
    span = _SPAN.fullmatch(text)
    if span:
        count, unit = int(span.group(1)), span.group(2).lower()
        months = count * 12 if unit == "y" else count
        if months <= 12 * 1000:
            return Edge(f"{count}{unit}", months=months)
    raise MalformedError(
        say(
            'a bucket edge is a positive whole number of days, or a text like "6m" or "1y", '
            'not "{text}"',
            text=text,
        )
    )
