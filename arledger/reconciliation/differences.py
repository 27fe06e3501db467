# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reconciliation is made of: differences with their class and reason, and the whole answer.

Signed from our side throughout: our balance + Σ differences = their balance, to the last digit.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import attrs

from arledger.findings import Text
from arledger.money import ZERO, exact
from arledger.reconciliation.model import (
    Day,
    DifferenceClass,
    Entry,
    Line,
    Match,
    Place,
    Proposal,
    Side,
    Statement,
)

# What leaves a balance unexplained.
UNEXPLAINED = (DifferenceClass.UNIDENTIFIED, DifferenceClass.AMBIGUOUS)


class Population(enum.Enum):
    """What the statement lists: every document of a period, or what is open at a day."""

    MOVEMENTS = "movements"
    OPEN_ITEMS = "open-items"


class Part(enum.Enum):
    """Where in the statement a difference comes from."""

    LINES = "lines"
    OPENING = "opening"
    SUM = "sum"


@attrs.frozen
class Windows:
    """How many days apart things may lie, and still be what they seem to be.

    `date_days`: a pair dated further apart is a difference of date. `cut_off_days`: what is dated
    that shortly before the statement's end, on one side only, is in transit. `earlier_days` and
    `later_days`: how far before and after the period a document is looked for that explains one
    within it.
    """

    date_days: int = 3
    cut_off_days: int = 10
    earlier_days: int = 90
    later_days: int = 31


@attrs.frozen(slots=True)
class Difference:
    """One reason why our balance and theirs differ; `amount` leads from ours to theirs.

    `side` is where the document stands. `proof` are documents of ours outside the period that show
    it (a receipt booked after the statement's end). `agreed` is the number under which an earlier
    agreement lists it.
    """

    cls: DifferenceClass
    side: Side
    amount: Decimal
    reason: Text
    entries: tuple[Entry, ...] = ()
    lines: tuple[Line, ...] = ()
    hint: Text | None = None
    proof: tuple[Entry, ...] = ()
    part: Part = Part.LINES
    agreed: str | None = None

    @property
    def item(self) -> str | None:
        """The id of our document, where there is one."""
        return self.entries[0].id if self.entries else None

    @property
    def line(self) -> int | None:
        """The line of their file, where there is one."""
        place = self.lines[0].place if self.lines else None
        return None if place is None else place.line

    @property
    def date(self) -> Day | None:
        """The document's date, on the side where it stands."""
        theirs = self.lines[0].date if self.lines else None
        ours = self.entries[0].date if self.entries else None
        return (theirs or ours) if self.side is Side.STATEMENT else (ours or theirs)

    @property
    def ref(self) -> str | None:
        """What the document is called, on the side where it stands."""
        theirs = self.lines[0].reference if self.lines else None
        ours = next(iter(self.entries[0].references), None) if self.entries else None
        found = (theirs or ours) if self.side is Side.STATEMENT else (ours or theirs)
        return found or self.agreed

    @property
    def order(self) -> tuple[object, ...]:
        """By class as the contract lists them, then date, then content."""
        return (
            list(DifferenceClass).index(self.cls),
            self.side.value,
            self.date or Day.max,
            self.ref or "",
            self.amount,
            self.item or "",
            self.line or 0,
            str(self.reason),
        )


@attrs.frozen(slots=True)
class Notice:
    """Something to know of the statement before the figures.

    `grave` where a figure may be wrong, `suspicion` where it may be the wrong statement.
    """

    text: Text
    place: Place | None = None
    grave: bool = False
    suspicion: bool = False


@attrs.frozen(eq=False)
class Reconciliation:
    """The reconciliation of one customer's balance in one currency with its statement.

    `since` is the first day of the period (None: a list of open items), `until` the statement's
    end. `documents` counts what of ours was compared.
    """

    customer: str
    name: str
    currency: str
    as_of: Day
    since: Day | None
    until: Day
    statement: Statement
    population: Population
    population_reason: Text
    side: Literal["ours", "theirs"]
    side_reason: Text
    ledger_opening: Decimal | None
    statement_opening: Decimal | None
    ledger_balance: Decimal
    statement_balance: Decimal
    matched: tuple[Match, ...]
    differences: tuple[Difference, ...]
    proposals: tuple[Proposal, ...]
    notices: tuple[Notice, ...]

    @exact
    def __attrs_post_init__(self) -> None:
        total = sum((one.amount for one in self.differences), ZERO)
        assert self.ledger_balance + total == self.statement_balance, "a difference is lost"

    @property
    @exact
    def unexplained(self) -> Decimal:
        """What the unidentified and the ambiguous differences come to."""
        return sum((one.amount for one in self.differences if one.cls in UNEXPLAINED), ZERO)

    @property
    def is_explained(self) -> bool:
        """Whether nothing is left to a person, and the statement seems to be the right one."""
        return (
            not self.proposals
            and all(one.cls not in UNEXPLAINED for one in self.differences)
            and not any(one.suspicion for one in self.notices)
        )


@exact
def net(entries: Iterable[Entry], lines: Iterable[Line]) -> Decimal:
    """What lines exceed entries by."""
    return sum((line.amount for line in lines), ZERO) - sum(
        (entry.amount for entry in entries), ZERO
    )
