# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents: what one posting on a receivable, advance or allowance account is, as values.

This is the vocabulary that the language hands to the replay. Nothing here decides anything.
"""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.terms import Terms

# Inside a class with a field called `date`, that name is the field's.
Day = date


class Kind(enum.Enum):
    """What a posting on a receivable account is (ledger-wide vocabulary of kinds)."""

    ITEM = "item"
    REFUND = "refund"
    RETURN = "return"
    RECOVERY = "recovery"
    RECEIPT = "receipt"
    CREDIT_NOTE = "credit-note"
    WRITE_OFF = "write-off"
    ADVANCE = "advance"
    CANCELLATION = "cancellation"
    TRANSFER = "transfer"

    # Identity is all that equality means here, and the replay asks very often.
    __hash__ = object.__hash__


# What nearly every document is. An enum's member is looked up the slow way.
ITEM, RECEIPT = Kind.ITEM, Kind.RECEIPT

# Kinds of credit by which a customer has paid, as against being let off.
PAYING = frozenset({Kind.RECEIPT, Kind.ADVANCE})


class Movement(NamedTuple):
    """One posting, or one instalment of it, on a customer's receivable account.

    `amount` is positive: a debit raises, a credit lowers, the kind says which. `number` is the
    document's own; `names` is the item (of a credit) or the credit (of a debit) it is about.
    """

    kind: Kind
    date: Day
    account: str
    customer: str
    currency: str
    amount: Decimal
    number: str | None
    names: str | None
    invoice: str | None
    due: Day | None
    document_date: Day
    allocation: str | None
    contract: str | None
    carried: bool
    conditional: bool
    terms: Terms | None
    transaction: Transaction
    posting: Posting
    target: Movement | None = None

    @property
    def meta(self) -> dict[str, Any]:
        """Where the posting stands."""
        return self.posting.meta or self.transaction.meta

    @property
    def order(self) -> tuple[Any, ...]:
        """Order within a day: due date, document date, number, amount, account; then content."""
        return order_of(self)


# A movement without its names for its fields: what is only sorted and taken apart needs none, and
# a bare tuple is made and taken apart three times as quick. Every movement is one.
Fields = tuple[
    Kind,
    Day,
    str,
    str,
    str,
    Decimal,
    str | None,
    str | None,
    str | None,
    Day | None,
    Day,
    str | None,
    str | None,
    bool,
    bool,
    Terms | None,
    Transaction,
    Posting,
    Movement | None,
]
KIND: Final = 0
DATE: Final = 1
ACCOUNT: Final = 2
AMOUNT: Final = 5
NUMBER: Final = 6
NAMES: Final = 7
DUE: Final = 9
DOCUMENT_DATE: Final = 10
ALLOCATION: Final = 11
CONDITIONAL: Final = 14


def named(fields: Fields) -> Movement:
    """The movement of these fields."""
    return fields if isinstance(fields, Movement) else Movement(*fields)


def order_of(movement: Fields) -> tuple[Any, ...]:
    """The key of `Movement.order`. Never file or line: those are evidence."""
    (
        kind,
        _,
        account,
        _,
        currency,
        amount,
        number,
        names,
        invoice,
        due,
        document_date,
        allocation,
        _,
        _,
        conditional,
        _,
        transaction,
        _,
        _,
    ) = movement
    return (
        due or (date.max if conditional else document_date),
        document_date,
        number or "",
        amount,
        account,
        currency,
        names or "",
        invoice or "",
        _KIND_TEXT[kind],
        allocation or "",
        transaction.payee or "",
        transaction.narration or "",
    )


# An enum's `value` is looked up the slow way.
_KIND_TEXT = {kind: kind.value for kind in Kind}


@attrs.frozen(eq=False)
class AdvanceMovement:
    """What one transaction does to one advance, over all advance accounts.

    `amount` is the net of the transaction's postings: positive where money came in. A debit is
    split into `applied`, `earned`, `refunded`; `restored` gives back an earlier application;
    `reversed` takes a receipt back as if it had never been. `receivable` is what the same
    transaction charged to the customer (an advance invoiced before it is paid).
    """

    date: Day
    customer: str
    currency: str
    amount: Decimal
    number: str | None
    names: str | None
    contract: str | None
    deliver_by: Day | None
    applied: Decimal
    earned: Decimal
    refunded: Decimal
    restored: bool
    reversed: bool
    receivable: Decimal
    accounts: tuple[str, ...]
    transaction: Transaction
    posting: Posting

    @property
    def meta(self) -> dict[str, Any]:
        """Where the posting stands."""
        return self.posting.meta or self.transaction.meta

    @property
    def order(self) -> tuple[Any, ...]:
        """Order within a day, by content."""
        return (
            self.deliver_by or date.max,
            self.number or self.names or "",
            self.amount,
            self.accounts,
            self.currency,
            self.contract or "",
            self.transaction.payee or "",
            self.transaction.narration or "",
        )


@attrs.frozen(eq=False)
class AllowanceMovement:
    """One posting on an allowance account; `amount` as booked (a credit is negative).

    `kind` is `allowance` (charge or release), `write-off`, `recovery`, `opening` or `untagged`.
    """

    date: Day
    kind: str
    account: str
    currency: str
    amount: Decimal
    part: str | None
    customers: frozenset[str]
    invoices: frozenset[str]
    transaction: Transaction
    posting: Posting

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.posting.meta or self.transaction.meta


@attrs.frozen(eq=False)
class Waiver:
    """A credit waiver on one transaction: by whom, until when, for which customers."""

    date: Day
    by: str
    until: Day | None
    customers: tuple[str, ...]
    transaction: Transaction

    def good(self, day: Day) -> bool:
        """Whether it still holds on `day`."""
        return self.until is None or day <= self.until
