# SPDX-License-Identifier: GPL-2.0-or-later
"""A receipt that is to be applied, and what is decided of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import Text
from arledger.reconciliation.applied import Allocation, Status
from arledger.reconciliation.model import BankEntry
from arledger.reconciliation.payers import Recognition

# How an allocation was found, where the matching of statements has no word for it.
FIFO, CONTRACT, OLDEST_DUE, UNAPPLIED, SUSPENSE = (
    "fifo",
    "contract",
    "oldest-due",
    "unapplied",
    "suspense",
)
# So many ways are proposed at the most.
CANDIDATES_MAX = 6


@attrs.frozen(eq=False)
class Receipt:
    """Money that came in. `amount` is what there is to apply, in `currency`.

    That is the bank's amount, or what the payer was told to pay where the bank changed it.
    """

    entry: BankEntry
    text: str
    payer: Recognition
    amount: Decimal
    currency: str
    # How many new receipts without a reference have this customer and amount, this one included.
    twins: int = 1

    @property
    def day(self) -> date:
        """The day of the receipt."""
        return self.entry.date


@attrs.frozen(eq=False)
class Decision:
    """What becomes of a receipt: an allocation that is certain, or ranked ones that aren't."""

    status: Status
    allocations: tuple[Allocation, ...]
    reasons: tuple[Text, ...]
