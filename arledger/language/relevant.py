# SPDX-License-Identifier: GPL-2.0-or-later
"""Which entries of a ledger the books are read from: to see whether they are still the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from beancount.core.data import Custom, Directive, Open, Pad, Price, Transaction

from arledger.language.accounts import Chart


def relevant_entries(entries: Sequence[Directive], chart: Chart) -> list[Directive]:
    """The entries that matter, in the order of `Books.relevant`."""
    by_type: dict[type, list[Any]] = {Open: [], Custom: [], Price: [], Pad: [], Transaction: []}
    for entry in entries:
        kind = by_type.get(type(entry))
        if kind is not None:
            kind.append(entry)
    by_type[Transaction] = _ours(by_type[Transaction], chart)
    opens = {entry.account: entry for entry in reversed(by_type[Open])}
    by_type[Open] = [entry for entry in by_type[Open] if opens[entry.account] is entry]
    return [entry for kind in by_type.values() for entry in kind]


def _ours(transactions: Sequence[Transaction], chart: Chart) -> list[Transaction]:
    """The transactions with a posting on an account that arledger looks at."""
    known: dict[str, bool] = {}
    kept = []
    for transaction in transactions:
        for posting in transaction.postings:
            account = posting.account
            ours = known.get(account)
            if ours is None:
                ours = known[account] = chart.info(account) is not None
            if ours and posting.units is not None and posting.units.number is not None:
                kept.append(transaction)
                break
    return kept
