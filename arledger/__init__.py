# SPDX-License-Identifier: GPL-2.0-or-later
"""Receivables and advance receipts in plain-text double-entry ledgers.

The modules in `__all__` are the public library: `load` reads a ledger, each of the others
answers one question of its `Subledger`.

    import datetime as dt
    from arledger.aging import aging
    from arledger.load import load

    ledger = load("main.beancount")
    answer = aging(ledger.subledger, dt.date(2025, 6, 30))

Nothing is imported here, so that `arledger --help` and the plugins start quickly.
"""

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "advances",
    "aging",
    "agreements",
    "allowance",
    "breaches",
    "check",
    "collection",
    "credit",
    "discounts",
    "findings",
    "load",
    "open_items",
    "roll_forward",
    "statement",
    "subledger",
]
