# SPDX-License-Identifier: GPL-2.0-or-later
"""A hook of beangulp that puts each extracted receipt on what it pays.

    HOOKS = [apply_receipts]

in the import script (see `importer`). It asks the same question as `arledger apply`, of the
ledger given with `--existing`: a receipt that is certain becomes the whole transaction; one that
isn't stays as it was extracted, flagged `!`, with what it could be in `candidate-1:` and so on,
the likeliest first; what the ledger has is a duplicate. Files are taken one after the other: what
one has settled the next can't. Without `--existing` nothing is changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from beancount.core.data import Directive, Transaction

from arledger.findings import Text
from arledger.plugins.importer import BankImporter, duplicate_of, is_duplicate
from arledger.reconciliation.applied import Allocation, Outcome, Status
from arledger.reconciliation.apply import apply
from arledger.reconciliation.bank_links import link_text
from arledger.subledger.subledger import subledger_of

# What beangulp gives a hook: the file, its entries, its account, its importer.
Extracted = tuple[str, list[Directive], str, Any]


def apply_receipts(
    extracted: Sequence[Extracted], existing: Sequence[Directive]
) -> list[Extracted]:
    """The extracted entries, the receipts among them applied against the existing ones."""
    new = {id(entry) for _, entries, _, _ in extracted for entry in entries}
    ledger = [entry for entry in existing if id(entry) not in new]
    if not ledger:
        return list(extracted)
    done = []
    for filepath, entries, account, importer in extracted:
        if isinstance(importer, BankImporter):
            entries = _applied(filepath, entries, account, importer, ledger)  # noqa: PLW2901
            ledger += [one for one in entries if not is_duplicate(one.meta) and _is_whole(one)]
            ledger.sort(key=lambda one: one.date)
        done.append((filepath, entries, account, importer))
    return done


def _is_whole(entry: Directive) -> bool:
    return not isinstance(entry, Transaction) or len(entry.postings) > 1


def _applied(
    filepath: str,
    entries: Sequence[Directive],
    account: str,
    importer: BankImporter,
    ledger: Sequence[Directive],
) -> list[Directive]:
    file = importer.read(filepath)
    if file is None:
        return list(entries)
    subledger = subledger_of(ledger, {})
    found = apply(subledger, file, dt.date.max, entries=ledger, bank_account=account)
    outcomes = {
        importer.link_prefix + link_text(one.entry.reference): one
        for one in found.outcomes
        if one.entry.reference
    }
    return [_with(entry, outcomes) for entry in entries]


def _with(entry: Directive, outcomes: dict[str, Outcome]) -> Directive:
    """An extracted entry with what has become of it."""
    if not isinstance(entry, Transaction):
        return entry
    outcome = next((outcomes[link] for link in entry.links or () if link in outcomes), None)
    if outcome is None or is_duplicate(entry.meta):
        return entry
    if outcome.transaction is not None:
        return outcome.transaction
    if outcome.status is Status.KNOWN:
        return entry._replace(meta={**entry.meta, **duplicate_of(outcome.known)})
    notes = _notes("candidate", [_line(one.allocation) for one in outcome.candidates])
    if outcome.status is not Status.OTHER:
        notes |= _notes("reason", [_said(reason) for reason in outcome.reasons])
    return entry._replace(meta={**entry.meta, **notes})


def _notes(key: str, texts: Sequence[str]) -> dict[str, str]:
    return {f"{key}-{number}": text for number, text in enumerate(texts, start=1)}


def _line(way: Allocation) -> str:
    """One candidate on a line: whose, what, and why."""
    parts = [
        f"{part.item.id if part.item else part.account} {part.amount} {part.currency}"
        for part in way.parts
    ]
    return f"{way.customer}: {', '.join(parts)} ({_said(way.reasons[-1])})"


def _said(text: Text) -> str:
    return " ".join(text.render().split())
