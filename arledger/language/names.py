# SPDX-License-Identifier: GPL-2.0-or-later
"""The names of arledger's directives and options: what may stand where."""

from __future__ import annotations

AR_OPTION = "ar-option"

# Policies: dated, about an account or a customer.
POLICIES = (
    "payment-terms",
    "credit-limit",
    "group-credit-limit",
    "credit-hold",
    "credit-rating",
    "allocation",
    "aging-buckets",
    "allowance-buckets",
    "allowance-basis",
    "loss-rate",
    "specific-allowance",
    "allowance-account",
    "loss-account",
    "tolerance",
    "statement-columns",
)
# Directives that other parts of arledger read.
OTHERS = (AR_OPTION, "statement", "ar-seal", "ar-reopen")
# Options: ledger-wide, by the type of their value.
LIST_OPTIONS = (
    "receivable-accounts",
    "advance-accounts",
    "invoice-links",
    "bank-links",
    "company",
)
PAIR_OPTIONS = ("severity", "precision")
SINGLE_OPTIONS = (
    "allowance-account",
    "loss-account",
    "suspense-account",
    "unapplied-credits",
    "exposure-net-of-advances",
    "allowance-net-of-credits",
    "basis",
)
OPTIONS = (*LIST_OPTIONS, *PAIR_OPTIONS, *SINGLE_OPTIONS)
# Options whose names are so much arledger's own that they can't be another program's directive.
OWN_OPTIONS = frozenset(OPTIONS) - {"severity", "precision", "basis", "company", *POLICIES}
