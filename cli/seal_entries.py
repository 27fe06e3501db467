# SPDX-License-Identifier: GPL-2.0-or-later
"""The entries that can count for what is sealed, each by its content: to compare two revisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs
from beancount.core.data import Custom, Directive, Open, Pad, Transaction

from arledger.cli.rows import place
from arledger.language.books import Books
from arledger.language.keys import DIRECTIVES
from arledger.language.names import AR_OPTION
from arledger.language.seals import REOPEN, SEAL
from arledger.language.voucher import WRITTEN


@attrs.frozen
class Placed:
    """An entry's content as a digest, and its place."""

    content: str
    place: str


COUNTING = DIRECTIVES - {SEAL, REOPEN}


def entries(books: Books, day: date) -> Iterable[Placed]:
    """The entries that can count for the results up to a day, in the ledger's order."""
    for entry in books.relevant:
        if entry.date > day and not _undated(entry):
            continue
        if isinstance(entry, Custom) and entry.type not in COUNTING:
            continue
        text = repr(_content(entry)).encode("utf-8", "surrogatepass")
        yield Placed(hashlib.sha256(text).hexdigest(), place(entry.meta))


def _undated(entry: Directive) -> bool:
    return isinstance(entry, Open) or (isinstance(entry, Custom) and entry.type == AR_OPTION)


def _content(entry: Directive) -> tuple[Any, ...]:
    """What counts of an entry: no place, no words."""
    head = (type(entry).__name__, entry.date, _keys(entry.meta))
    if isinstance(entry, Transaction):
        postings = [
            (one.account, str(one.units), str(one.cost), str(one.price), _keys(one.meta or {}))
            for one in entry.postings
        ]
        return (*head, sorted(entry.tags or ()), sorted(entry.links or ()), postings)
    if isinstance(entry, Open):
        return (*head, entry.account, entry.currencies)
    if isinstance(entry, Custom):
        return (*head, entry.type, [repr(value) for value in entry.values or ()])
    if isinstance(entry, Pad):
        return (*head, entry.account, entry.source_account)
    return (*head, repr(entry[2:]))


def _keys(meta: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((key, repr(value)) for key, value in meta.items() if key not in WRITTEN)
