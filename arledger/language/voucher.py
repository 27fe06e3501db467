# SPDX-License-Identifier: GPL-2.0-or-later
"""A voucher: one transaction with the postings arledger looks at, and its keys, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.accounts import AccountInfo

Line = tuple[Posting, AccountInfo]

# Keys that hold a document's number, and so must be texts.
NUMBER_KEYS = ("invoice", "receipt", "advance", "credit-note", "reverses", "contract")
DATE_KEYS = ("due", "invoice-date", "accepted", "deliver-by", "waiver-until")
KEYS = frozenset(
    (*NUMBER_KEYS, *DATE_KEYS, "allocation", "credit-waiver", "terms", "part", "discount")
)
NO_KEYS: Mapping[str, Any] = {}
# What Beancount and our plugins write, and nobody else.
WRITTEN = frozenset(
    ("filename", "lineno", "__tolerances__", "outstanding", "days-overdue", "bucket")
)
# Whether metadata have no other keys: a function of the metadata.
only_written = WRITTEN.issuperset

# A number that was written in a way that can't be used. It names nothing and equals nothing
# a person would type.
UNUSABLE = "\0unusable"


@attrs.define(slots=True)
class Voucher:
    """One transaction, its lines, its own keys and the one link that counts."""

    transaction: Transaction
    lines: list[Line]
    keys: Mapping[str, Any]
    link: str | None
    several_links: bool
    # (customer, by advance) → the number that credits of this transaction carry on.
    sources: dict[tuple[str, bool], str | None] = attrs.field(factory=dict, repr=False)
    _advances_of: frozenset[str] | None = None
    _debits: bool | None = None

    def customer_of(self, posting: Posting | None) -> str | None:
        """The customer of a posting, or of the whole transaction where it has only one."""
        customers = {
            info.customer
            for line, info in self.lines
            if info.customer_known and info.customer and (posting is None or line is posting)
        }
        return customers.pop() if len(customers) == 1 else None

    def key(self, own: Mapping[str, Any] | None, name: str) -> Any:
        """A posting's own key, else the transaction's."""
        value = own.get(name) if own else None
        return self.keys.get(name) if value is None else value

    def text(self, own: Mapping[str, Any] | None, name: str) -> str | None:
        """The same, where it is a usable text."""
        value = self.key(own, name)
        if isinstance(value, str) and value != UNUSABLE:
            return value.strip() or None
        return None

    def day(self, own: Mapping[str, Any] | None, name: str) -> date | None:
        """The same, where it is a date."""
        value = self.key(own, name)
        return value if isinstance(value, date) else None

    def uses_advances_of(self) -> frozenset[str]:
        """The customers whose advances the transaction debits."""
        if self._advances_of is None:
            self._advances_of = frozenset(
                info.customer
                for posting, info in self.lines
                if info.role == "advance" and self.number_of(posting) > 0
            )
        return self._advances_of

    def debits_receivable(self) -> bool:
        """Whether any of the transaction's postings debits a receivable."""
        if self._debits is None:
            self._debits = any(
                info.role == "receivable" and self.number_of(posting) >= 0
                for posting, info in self.lines
            )
        return self._debits

    def number_of(self, posting: Posting) -> Any:
        """The signed number of a posting (the reader only keeps postings that have one)."""
        return posting.units.number  # type: ignore[union-attr]


def usable(value: str | None) -> str | None:
    """The number, or None where it was written in a way that can't be used."""
    return None if value == UNUSABLE else value
