# SPDX-License-Identifier: GPL-2.0-or-later
"""What the replay makes of the documents: items, credits and applications.

The records are frozen; their lists grow while the replay runs and are never touched after it.
Every figure can be asked as of any day: an application counts from its date until it is undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.documents import Day, Kind
from arledger.language.terms import Terms
from arledger.money import ZERO, canonical

# There is one of these records for every posting. The type checker holds them frozen; at run time
# attrs' guard against assignment would make each of them three times as slow to build.
if TYPE_CHECKING:
    from attrs import frozen as record
else:
    from attrs import define as record

# A list is made where there is more than one thing to put in it: most have none or one.
_put = object.__setattr__


@attrs.define(eq=False)
class Ids:
    """Ids of what has no number: never file or line. Made when the first is asked for."""

    items: Sequence[Item]
    credits: Sequence[Credit]
    _of_items: dict[int, str] = attrs.field(factory=dict)
    _of_credits: dict[int, str] = attrs.field(factory=dict)

    def of_item(self, index: int) -> str:
        """The id of an item without a number."""
        if index not in self._of_items:
            self._of_items = _count(self.items, 1)
        return self._of_items[index]

    def of_credit(self, index: int) -> str:
        """The id of a credit without a number."""
        if index not in self._of_credits:
            self._of_credits = _count(self.credits, -1)
        return self._of_credits[index]


def _count(documents: Sequence[Item] | Sequence[Credit], sign: int) -> dict[int, str]:
    """Date, account, currency, signed amount, and a counter in canonical order."""
    counts: dict[str, int] = {}
    ids: dict[int, str] = {}
    for one in documents:
        if one.number is None:
            stem = f"{one.posted}/{one.account}/{one.currency}/{canonical(sign * one.amount)}"
            counts[stem] = counts.get(stem, 0) + 1
            ids[one.index] = f"{stem}/{counts[stem]}"
    return ids


@record(eq=False, slots=True)
class Item:
    """A debit that is to be settled: an invoice, one instalment of it, or a debit note.

    `date` is the document's date (age on basis `invoice` counts from it), `posted` the day it
    entered the ledger. `due` is None for what has no due date yet (conditional accounts).
    `origin` is the item this one was transferred from; `kind` is what the debit was (an item,
    a transfer, or a refund or return for more than there was).
    """

    index: int
    number: str | None
    customer: str
    account: str
    currency: str
    date: Day
    posted: Day
    due: Day | None
    amount: Decimal
    instalment: int
    conditional: bool
    contract: str | None
    terms: Terms | None
    kind: Kind
    ids: Ids = attrs.field(repr=False)
    transaction: Transaction = attrs.field(repr=False)
    posting: Posting = attrs.field(repr=False)
    origin: Item | None = attrs.field(default=None, repr=False)
    applications: Sequence[Application] = attrs.field(default=(), repr=False)

    def settled_by(self, application: Application) -> None:
        """Note an application (the replay's business)."""
        if isinstance(self.applications, list):
            self.applications.append(application)
        else:
            _put(self, "applications", [*self.applications, application])

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.posting.meta or self.transaction.meta

    @property
    def id(self) -> str:
        """Its number, else an id of date, account, currency, amount and a counter."""
        return self.number or self.ids.of_item(self.index)

    @property
    def fifo_key(self) -> tuple[Day, Day, str, Decimal, int]:
        """Oldest due first; ties by document date, number, amount, canonical order."""
        return (self.due or Day.max, self.date, self.number or "", self.amount, self.index)

    def outstanding(self, as_of: Day) -> Decimal:
        """What is not settled at the end of `as_of`, in the item's currency; 0 before it exists."""
        if self.posted > as_of:
            return ZERO
        applications = self.applications
        if not applications or applications[0].date > as_of:
            # Nothing had been applied by then: the earliest comes first.
            return self.amount
        return self.amount - sum((a.live(as_of) for a in applications), ZERO)

    def overdue_days(self, as_of: Day) -> int:
        """Days since the due date; 0 or less is not due. Conditional items are never due."""
        if self.conditional or self.due is None:
            return 0
        return (as_of - self.due).days


@attrs.frozen(slots=True)
class Taken:
    """A part of a credit that a debit took back: a refund, a return, a transfer back.

    `number` is what the debit is about: the invoice it restores, or the credit it names.
    """

    date: Day
    amount: Decimal
    kind: Kind
    number: str | None
    transaction: Transaction = attrs.field(repr=False)
    posting: Posting = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.posting.meta or self.transaction.meta


@record(eq=False, slots=True)
class Credit:
    """A credit on a receivable account: a receipt, a credit note, a write-off, an advance applied.

    `amount` is positive. `names` is the item it names; `waits` says that, naming none, it takes
    the oldest-due items (fifo).
    """

    index: int
    number: str | None
    kind: Kind
    customer: str
    account: str
    currency: str
    date: Day
    posted: Day
    due: Day | None
    amount: Decimal
    names: str | None
    waits: bool
    contract: str | None
    ids: Ids = attrs.field(repr=False)
    transaction: Transaction = attrs.field(repr=False)
    posting: Posting = attrs.field(repr=False)
    applications: Sequence[Application] = attrs.field(default=(), repr=False)
    taken: Sequence[Taken] = attrs.field(default=(), repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.posting.meta or self.transaction.meta

    @property
    def id(self) -> str:
        """Its number, else an id of date, account, currency, amount and a counter."""
        return self.number or self.ids.of_credit(self.index)

    @property
    def order(self) -> tuple[Day, Day, str, Decimal, str, int]:
        """Order among naming credits of a day: those kept from earlier days come first."""
        return (
            self.date,
            self.due or self.date,
            self.number or "",
            self.amount,
            self.account,
            self.index,
        )

    def settles(self, application: Application) -> None:
        """Note an application (the replay's business)."""
        if isinstance(self.applications, list):
            self.applications.append(application)
        else:
            _put(self, "applications", [*self.applications, application])

    def take(self, taken: Taken) -> None:
        """Note what a debit took back (the replay's business)."""
        if isinstance(self.taken, list):
            self.taken.append(taken)
        else:
            _put(self, "taken", [taken])

    def unapplied(self, as_of: Day) -> Decimal:
        """What is neither applied nor taken back at the end of `as_of`; 0 before it exists."""
        if self.posted > as_of:
            return ZERO
        applied = sum((a.live(as_of) for a in self.applications), ZERO)
        return self.amount - applied - sum((t.amount for t in self.taken if t.date <= as_of), ZERO)


@record(eq=False, slots=True)
class Application:
    """The part of a credit that settles a part of an item, from `date` on.

    `undone` are the parts that a later reversal undid, with the day from which.
    """

    seq: int
    date: Day
    item: Item = attrs.field(repr=False)
    credit: Credit = attrs.field(repr=False)
    amount: Decimal
    named: bool
    undone: Sequence[tuple[Day, Decimal]] = attrs.field(default=(), repr=False)

    def undo(self, day: Day, amount: Decimal) -> None:
        """Note what is undone from `day` on (the replay's business)."""
        if isinstance(self.undone, list):
            self.undone.append((day, amount))
        else:
            _put(self, "undone", [(day, amount)])

    def live(self, as_of: Day) -> Decimal:
        """What of it holds at the end of `as_of`."""
        if self.date > as_of:
            return ZERO
        if not self.undone:
            return self.amount
        return self.amount - sum((part for day, part in self.undone if day <= as_of), ZERO)


@attrs.frozen(eq=False)
class OpenItem:
    """An item with what is outstanding of it, in its own currency."""

    item: Item
    outstanding: Decimal


@attrs.frozen(eq=False)
class OpenCredit:
    """A credit with what is unapplied of it, in its own currency, as a positive amount."""

    credit: Credit
    unapplied: Decimal
