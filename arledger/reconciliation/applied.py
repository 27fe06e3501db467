# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a bank file's receipts, as values: where each goes, how that was found, and why.

Amounts are positive, in the currency named beside them.
"""

from __future__ import annotations

import enum
from decimal import Decimal

import attrs
from beancount.core.data import Transaction

from arledger.findings import Text
from arledger.money import ZERO
from arledger.reconciliation.model import BankEntry, BankStatement, Remark
from arledger.subledger.model import Item


class Status(enum.Enum):
    """What became of a booking of the bank.

    A receipt is one of the first four. `OTHER` is what isn't one: money paid out, charges, what
    isn't booked yet.
    """

    MATCHED = "matched"
    PROPOSED = "proposed"
    UNMATCHED = "unmatched"
    KNOWN = "known"
    OTHER = "other"


class Gap(enum.Enum):
    """Why a receipt and what it pays differ."""

    SHORT = "short"
    TOLERANCE = "tolerance"
    DISCOUNT = "discount"
    CHARGES = "charges"
    OVER = "over"


@attrs.frozen(eq=False)
class Part:
    """A part of a receipt: what it settles, or on which account it is held.

    With `item` it settles that; `by_due` says that the instalment must be named. Else it is an
    advance, or unapplied. `booked` is its worth in the bank's currency, where that is another.
    """

    account: str
    amount: Decimal
    currency: str
    item: Item | None = None
    by_due: bool = False
    advance: bool = False
    booked: Decimal | None = None
    # The customer's allocation policy is fifo: what is left over waits for the next invoice.
    waits: bool = False
    # For a returned payment: the number of the receipt that comes back.
    reverses: str | None = None


@attrs.frozen(eq=False)
class Difference:
    """What a receipt is short of an item, or too much, and what that seems to be.

    `account` is the receivable account; `item` is None for what is too much.
    """

    gap: Gap
    account: str
    item: Item | None
    amount: Decimal
    currency: str
    text: Text


@attrs.frozen(eq=False)
class Allocation:
    """One way to book a receipt: its parts, how it was found, and what speaks for it.

    `how` is one of the ways of `How`, or `fifo` (the customer's allocation policy), `contract`
    (an advance), `return` (a returned payment), `oldest-due`, `unapplied`, `suspense`.
    """

    customer: str | None
    how: str
    parts: tuple[Part, ...]
    reasons: tuple[Text, ...]
    differences: tuple[Difference, ...] = ()
    contract: str | None = None
    # For a returned payment: the receipt that comes back, and which items are owed again.
    returns: Transaction | None = None
    restored: tuple[tuple[Item, Decimal], ...] = ()

    @property
    def applied(self) -> Decimal:
        """What settles items."""
        return sum((part.amount for part in self.parts if part.item is not None), ZERO)

    @property
    def unapplied(self) -> Decimal:
        """What is held on a receivable account."""
        held = (part.amount for part in self.parts if part.item is None and not part.advance)
        return sum(held, ZERO)

    @property
    def advance(self) -> Decimal:
        """What is held as an advance."""
        return sum((part.amount for part in self.parts if part.advance), ZERO)


@attrs.frozen(eq=False)
class Candidate:
    """One way that is proposed, with the transaction that would book it."""

    allocation: Allocation
    transaction: Transaction


@attrs.frozen(eq=False)
class Outcome:
    """What became of one booking of the bank.

    `transaction` is what enters the books: there is one for what is matched, and for an unknown
    payer's money where the ledger has a suspense account.
    """

    statement: BankStatement
    entry: BankEntry
    status: Status
    link: str
    reasons: tuple[Text, ...]
    allocation: Allocation | None = None
    transaction: Transaction | None = None
    candidates: tuple[Candidate, ...] = ()
    known: Transaction | None = None


@attrs.frozen(eq=False)
class Applied:
    """A bank file applied to a ledger: an outcome for each booking, in the order of the file."""

    file: str
    sha256: str
    outcomes: tuple[Outcome, ...]
    remarks: tuple[Remark, ...]
    # The ledger's account, where it was guessed.
    guessed: str | None = None

    def of(self, status: Status) -> tuple[Outcome, ...]:
        """The outcomes of one status."""
        return tuple(one for one in self.outcomes if one.status is status)
