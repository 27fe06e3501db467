# SPDX-License-Identifier: GPL-2.0-or-later
"""Strategies for reconciliation: entries of ours, the lines they became, and what was done to them.

Two kinds. `boards` collide on purpose: few numbers, few amounts, few days, so that everything
that can be ambiguous is; nothing is known of what belongs together. `stories` start from entries
that differ well from one another, write each as a line, and change some of the lines in one known
way; what belongs together, and what was changed, is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import attrs
from hypothesis import strategies as st

from arledger.reconciliation.model import Entry, Line

START = dt.date(2024, 1, 1)
DAYS = st.sampled_from([START + dt.timedelta(days=n) for n in (0, 1, 2, 10, 11, 40)])
CUSTOMERS = ("C1", "C2")
AMOUNTS = tuple(map(Decimal, ("100", "60", "40", "40.01", "20", "-60", "-100")))
NUMBERS = ("INV-1001", "INV-1002", "INV-1010", "XS-2024-0017", "")
KEYS = ("bank-1", "bank-2")
CURRENCIES = ("CNY", "CNY", "CNY", "CNY", "CNY", "EUR")


@attrs.frozen
class Board:
    """What the matcher is given."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]


def _references(numbers: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for number in numbers if number))


@st.composite
def entries(draw: st.DrawFn, at: int, customers: Sequence[str]) -> Entry:
    """An entry whose number, amount and day others are likely to have too."""
    return Entry(
        id=f"E{at}",
        date=draw(DAYS),
        amount=draw(st.sampled_from(AMOUNTS)),
        currency=draw(st.sampled_from(CURRENCIES)),
        customer=draw(st.sampled_from(customers)),
        due=draw(st.none() | DAYS),
        references=_references(draw(st.lists(st.sampled_from(NUMBERS), max_size=2))),
        named=frozenset(draw(st.lists(st.sampled_from(KEYS), max_size=1))),
        group=draw(st.none() | st.sampled_from(("T1", "T2"))),
    )


@st.composite
def lines(draw: st.DrawFn, at: int, customers: Sequence[str | None]) -> Line:
    """A line that names some of the same numbers, exactly or not, in its field or its text."""
    named = draw(st.lists(st.sampled_from((*NUMBERS, "INV 1001", "XS2024-17", "1O01")), max_size=2))
    in_field = draw(st.booleans())
    return Line(
        index=at,
        amount=draw(st.sampled_from((*AMOUNTS, Decimal(160), Decimal(80)))),
        currency=draw(st.sampled_from(CURRENCIES)),
        date=draw(st.none() | DAYS),
        reference=named[0] if named and in_field else None,
        text=" ".join(["货款", *named[1 if in_field else 0 :]]),
        key=draw(st.none() | st.sampled_from(KEYS)),
        customer=draw(st.sampled_from(customers)),
        rate=draw(st.none() | st.just(Decimal("7.1"))),
    )


@st.composite
def boards(
    draw: st.DrawFn,
    customers: Sequence[str] = CUSTOMERS,
    *,
    unknown: bool = True,
    most: int = 7,
) -> Board:
    """Entries and lines that collide in every way."""
    payers = (*customers, None) if unknown else customers
    ours = draw(st.integers(0, most))
    theirs = draw(st.integers(0, most))
    made = tuple(draw(entries(at, customers)) for at in range(ours))
    said = []
    for at in range(theirs):
        like = draw(st.none() | st.sampled_from(made)) if made else None
        said.append(draw(lines(at, payers) if like is None else likely_lines(at, like, unknown)))
    return Board(made, tuple(said))


@st.composite
def likely_lines(draw: st.DrawFn, at: int, entry: Entry, unknown: bool) -> Line:  # noqa: FBT001
    """A line that mostly says what an entry does, and sometimes something near to it."""
    number = draw(st.sampled_from((*entry.references, *entry.references, "", "INV-1011")))
    amount = draw(st.sampled_from((entry.amount, entry.amount, entry.amount / 2, Decimal(160))))
    in_field = draw(st.booleans())
    return Line(
        index=at,
        amount=amount,
        currency=entry.currency,
        date=draw(st.sampled_from((entry.date, None)) | DAYS),
        reference=number if number and in_field else None,
        text="" if in_field else f"支付{number}货款",
        customer=None if unknown and draw(st.booleans()) else entry.customer,
    )


@attrs.frozen
class Story:
    """Entries, their lines, and what truly belongs together, as sets of ids and of indexes.

    `change` is what was done: `exact`, `swap-reference`, `swap-amount`, `drop`, `add`,
    `duplicate`, `delay`, `split`, `merge` or `short-pay`; `changed` are the entries it was done to.
    """

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    truth: frozenset[tuple[frozenset[str], frozenset[int]]]
    change: str
    changed: frozenset[str]


CHANGES = (
    "exact",
    "swap-reference",
    "swap-amount",
    "drop",
    "add",
    "duplicate",
    "delay",
    "split",
    "merge",
    "short-pay",
)


def story_entries(size: int, seed: int) -> tuple[Entry, ...]:
    """Entries that nothing but their own number means: far apart in number and amount."""
    made = []
    for at in range(size):
        serial = (seed * 7 + at * 137_911 + 100_003) % 900_000 + 100_000
        cents = (seed * 13 + at * at * 7_919 + at * 104_729 + 12_345) % 9_000_000 + 10_007
        sign = -1 if at % 5 == 4 else 1
        made.append(
            Entry(
                id=f"E{at}",
                date=START + dt.timedelta(days=3 * at),
                amount=sign * Decimal(cents) / 100,
                currency="CNY",
                customer="C1",
                references=(f"INV-{serial}",),
            )
        )
    return tuple(made)


def line_of(entry: Entry, index: int) -> Line:
    """The entry as the other side would write it."""
    return Line(index, entry.amount, entry.currency, entry.date, entry.references[0], customer="C1")


def swapped(text: str) -> str:
    """The last two neighbouring digits that differ, exchanged."""
    for at in range(len(text) - 1, 0, -1):
        one, two = text[at - 1], text[at]
        if one.isdecimal() and two.isdecimal() and one != two:
            return text[: at - 1] + two + one + text[at + 1 :]
    return text


@st.composite
def stories(draw: st.DrawFn, change: str | None = None) -> Story:
    """A statement made from entries, with one known change."""
    ours = story_entries(draw(st.integers(3, 12)), draw(st.integers(0, 10_000)))
    what = change or draw(st.sampled_from(CHANGES))
    at = draw(st.integers(0, len(ours) - 1))
    if what == "merge":
        at = 0
    return changed_story(ours, what, at)


def changed_story(ours: tuple[Entry, ...], what: str, at: int) -> Story:
    """The statement of these entries with the change done to the entry at a place."""
    theirs = [line_of(entry, index) for index, entry in enumerate(ours)]
    truth = {(frozenset({entry.id}), frozenset({index})) for index, entry in enumerate(ours)}
    entry, line, end = ours[at], theirs[at], len(ours)
    pair = (frozenset({entry.id}), frozenset({at}))
    changed = {entry.id}
    number = entry.references[0]
    if what == "swap-reference":
        theirs[at] = attrs.evolve(line, reference=swapped(number))
    elif what == "swap-amount":
        theirs[at] = attrs.evolve(line, amount=Decimal(swapped(str(line.amount))))
    elif what == "drop":
        del theirs[at]
        truth.discard(pair)
    elif what == "add":
        theirs.append(attrs.evolve(line, index=end, reference="ZZ-77", amount=Decimal("0.07")))
        changed = set()
    elif what == "duplicate":
        theirs.append(attrs.evolve(line, index=end))
    elif what == "delay":
        assert line.date is not None
        theirs[at] = attrs.evolve(line, date=line.date + dt.timedelta(days=35))
    elif what == "short-pay":
        theirs[at] = attrs.evolve(
            line, amount=(line.amount * Decimal("0.8")).quantize(Decimal("0.01"))
        )
    elif what == "split":
        part = (line.amount / 3).quantize(Decimal("0.01"))
        theirs[at] = attrs.evolve(line, amount=part)
        theirs.append(attrs.evolve(line, index=end, amount=line.amount - part))
        truth = (truth - {pair}) | {(pair[0], frozenset({at, end}))}
    elif what == "merge":
        other = 1
        merged = attrs.evolve(
            line,
            amount=line.amount + theirs[other].amount,
            reference=f"{number}, {ours[other].references[0]}",
        )
        theirs[at] = merged
        del theirs[other]
        changed = {entry.id, ours[other].id}
        truth = {one for one in truth if not one[0] & changed}
        truth.add((frozenset(changed), frozenset({at})))
    return Story(ours, tuple(theirs), frozenset(truth), what, frozenset(changed))
