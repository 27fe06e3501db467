# SPDX-License-Identifier: GPL-2.0-or-later
"""The link by which a ledger knows a booking of the bank: `^bank-<reference>`.

Beancount's links take ASCII letters, digits and `-_/.`; a bank's reference may hold anything.
What isn't allowed is written as `_x<hex>_`, and so is an underscore that would begin such a
group: two references never give one link.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from arledger.money import canonical
from arledger.reconciliation.model import BankEntry

PREFIX = "bank-"
_ESCAPED = re.compile(r"[^A-Za-z0-9\-_/.]|_(?=x)")


def link_text(reference: str) -> str:
    """The reference in the characters of a link; different references give different texts."""
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):x}_", reference)


def prefix_of(bank_links: Sequence[str]) -> str:
    """`bank-`, or what the ledger's option `bank-links` says where that doesn't allow it."""
    if PREFIX.startswith(tuple(bank_links)) or not bank_links:
        return PREFIX
    return bank_links[0]


def content_of(account: str, entry: BankEntry) -> str:
    """A short text that stands for what the bank says of an entry, whatever its place."""
    parts = (
        account,
        entry.date.isoformat(),
        canonical(entry.amount),
        entry.currency,
        entry.reference or "",
        entry.payer,
        entry.payer_account,
        entry.remittance,
        *entry.references,
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:12]
