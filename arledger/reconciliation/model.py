# SPDX-License-Identifier: GPL-2.0-or-later
"""What both sides of a reconciliation are made of: entries of ours, lines of theirs, and matches.

Every amount here is signed from our side: what raises the customer's debt is positive (an
invoice), what lowers it negative (a receipt), whoever wrote the statement.
"""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import Text

# Inside a class with a field called `date`, that name is the field's.
Day = date


class How(enum.Enum):
    """How a match was found, in the order in which it is looked for."""

    NAMED = "named"
    REFERENCE = "reference"
    REFERENCE_AMOUNT_DIFFERS = "reference-amount-differs"
    REFERENCES = "references"
    APPROXIMATE = "approximate"
    UNIQUE_AMOUNT = "unique-amount"
    BATCH = "batch"


class DifferenceClass(enum.Enum):
    """Why our balance and theirs differ."""

    IN_TRANSIT = "in-transit"
    MISSING_IN_LEDGER = "missing-in-ledger"
    MISSING_IN_STATEMENT = "missing-in-statement"
    AMOUNT = "amount"
    DATE = "date"
    DUPLICATE = "duplicate"
    DISPUTED = "disputed"
    UNIDENTIFIED = "unidentified"
    AMBIGUOUS = "ambiguous"


class Side(enum.Enum):
    """On which side something stands."""

    LEDGER = "ledger"
    STATEMENT = "statement"


@attrs.frozen(order=True)
class Place:
    """Where something stands: a file and a line of it (a row, in a spreadsheet), from 1."""

    file: str
    line: int


@attrs.frozen(slots=True)
class Entry:
    """One document of ours as the matcher sees it; `id` is unique among the entries it is given.

    `references` are what the other side may call it, its own number first. `named` are the keys
    of lines (`Line.key`) that the ledger itself says belong to it: such a pair is never undone.
    `group` ties entries that one transaction posted (a receipt over several invoices).
    """

    id: str
    date: Day
    amount: Decimal
    currency: str
    customer: str | None = None
    due: Day | None = None
    references: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    group: str | None = None
    disputed: bool = False
    place: Place | None = None


@attrs.frozen(slots=True)
class Line:
    """One line of a statement or of a bank file, signed from our side.

    `index` counts the lines of the file from 0, `key` is what the ledger may name it by (a bank
    reference). `text` is free text in which further references may stand. `customer` is known
    where the statement is one customer's, or the payer has been recognised. `balance` is the
    running balance after the line, `rate` the units of our currency per unit of the line's.
    """

    index: int
    amount: Decimal
    currency: str
    date: Day | None = None
    reference: str | None = None
    text: str = ""
    key: str | None = None
    customer: str | None = None
    balance: Decimal | None = None
    rate: Decimal | None = None
    place: Place | None = None


@attrs.frozen(slots=True)
class Match:
    """Entries and lines that belong together; `difference` is lines less entries, mostly 0."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    how: How
    difference: Decimal
    hint: Text | None = None

    @property
    def amount(self) -> Decimal:
        """What the lines come to."""
        return sum((line.amount for line in self.lines), Decimal(0))


@attrs.frozen(slots=True)
class Candidate:
    """One way to resolve a proposal: which entries would go with which lines, and why."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    how: How
    reason: Text


@attrs.frozen(slots=True)
class Proposal:
    """What is not unique: the entries and lines concerned, and the ways to resolve it, best first.

    Each entry and each line stands in one proposal at most, and then in no match.
    """

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    candidates: tuple[Candidate, ...]


@attrs.frozen(slots=True)
class Duplicate:
    """A line or an entry that repeats another and isn't matched again; `of` is its index or id."""

    entry: Entry | None
    line: Line | None
    of: str


@attrs.frozen(slots=True)
class Matching:
    """The whole answer: every entry and every line stands in exactly one of these."""

    matches: tuple[Match, ...]
    proposals: tuple[Proposal, ...]
    duplicates: tuple[Duplicate, ...]
    entries_left: tuple[Entry, ...]
    lines_left: tuple[Line, ...]


@attrs.frozen(slots=True)
class ReadAs:
    """How a statement was understood, each part shown to the reader and overridable."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None
    columns: tuple[tuple[str, str], ...] = ()
    date_order: str | None = None
    decimal_mark: str | None = None
    side: str | None = None
    side_reason: Text | None = None


@attrs.frozen(slots=True)
class Remark:
    """Something to know of a file, and where: a balance that is wrong, a footer left out."""

    text: Text
    place: Place
    grave: bool = False


@attrs.frozen(slots=True)
class Statement:
    """A customer's statement as read, signed from our side.

    `opening` and `closing` are the balances the statement itself gives, where it gives them;
    `from_date` and `to_date` the period it names or its lines cover. `heading` is the text above
    the table (names, account numbers, currency: whose statement it seems to be).
    """

    file: str
    sha256: str
    read_as: ReadAs
    lines: tuple[Line, ...]
    currency: str | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    heading: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


@attrs.frozen(slots=True)
class BankEntry:
    """One booking of the bank on an account of ours; `amount` is positive for money received.

    `reference` is the bank's own and unique on the account (it becomes `^bank-<reference>`);
    `payer_account` an IBAN or account number; `remittance` all free and structured purpose text;
    `references` what the payer's bank passed on in fields of their own (end-to-end id, creditor
    reference). `reversal` says that the bank takes an earlier booking back. Entries of a batch
    that the bank breaks down stand as one each, with the batch's reference and a counter.
    `ultimate_payer` is on whose behalf the payer pays, where the bank says so. `instructed` has
    no sign; `charges` are positive where the bank takes them.
    """

    index: int
    date: Day
    amount: Decimal
    currency: str
    reference: str | None
    value_date: Day | None = None
    payer: str = ""
    payer_account: str = ""
    remittance: str = ""
    references: tuple[str, ...] = ()
    reversal: bool = False
    pending: bool = False
    instructed: Decimal | None = None
    instructed_currency: str | None = None
    charges: Decimal | None = None
    place: Place | None = None
    ultimate_payer: str = ""


@attrs.frozen(slots=True)
class BankStatement:
    """One account's statement (or notification) out of a bank file, with its balances."""

    account: str
    currency: str | None
    entries: tuple[BankEntry, ...]
    opening: Decimal | None = None
    closing: Decimal | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    remarks: tuple[Remark, ...] = ()


@attrs.frozen(slots=True)
class BankFile:
    """A bank file as read: its format, and the statements in it."""

    file: str
    sha256: str
    read_as: ReadAs
    statements: tuple[BankStatement, ...]
