# SPDX-License-Identifier: GPL-2.0-or-later
"""What a match may rest on: tolerances, windows and bounds, all from the ledger or the caller."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs


@attrs.frozen(kw_only=True)
class MatchRules:
    """How far two things may differ and still be one, and how much work may be spent on it.

    `tolerance` is an amount per currency and zero where none stands. `window_days` is how far
    apart the dates of a pair may be that only the amount holds together; None means any distance.
    `duplicate_days` is how near a line that repeats another's unknown reference and amount must
    be to count as its duplicate: less than a month, for a standing reference recurs monthly.
    `currency` is our own, into which `Line.rate` converts. `discounts` says by entry id what
    early-payment discount could be taken (one amount per step), `tax_rates` are rates like 0.13
    and `bank_charges` amounts; all three only explain a difference and never make a match.

    The bounds count steps of work, never time, so that the same input has the same answer.
    `coincidence_max` is how many sums a batch may be expected to hit by chance before it is only
    proposed: one in this many tries.
    """

    tolerance: Mapping[str, Decimal] = attrs.field(factory=dict)
    window_days: int | None = 10
    duplicate_days: int = 21
    currency: str | None = None
    discounts: Mapping[str, tuple[Decimal, ...]] = attrs.field(factory=dict)
    tax_rates: tuple[Decimal, ...] = ()
    bank_charges: tuple[Decimal, ...] = ()
    batch_size_max: int = 6
    batch_candidates_max: int = 28
    batch_tries_max: int = 20_000
    coincidence_max: int = 200
    choices_max: int = 5
    comparisons_max: int = 4_000_000
