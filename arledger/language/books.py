# SPDX-License-Identifier: GPL-2.0-or-later
"""`Books`: a ledger's entries, read. Everything the text says, and nothing that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
from beancount.core.data import Directive, Posting, Transaction

from arledger.findings import Finding, finding, say
from arledger.language.accounts import Chart
from arledger.language.documents import (
    AdvanceMovement,
    AllowanceMovement,
    Fields,
    Waiver,
)
from arledger.language.frame import Frame, read_frame
from arledger.language.plain import Place
from arledger.language.reader import Reader
from arledger.language.voucher import Line
from arledger.money import exact

OUR_PLUGINS = "arledger."


@attrs.frozen(eq=False)
class Books(Frame):
    """What a ledger says about receivables and advances. `findings` are all that reading makes.

    `relevant` are the entries it was read from, by identity: another plugin that replaced one of
    them since makes the books out of date. Transactions stand last among them; `keyed` are those
    to which, or to whose postings of ours, somebody has given keys.
    """

    advances: tuple[AdvanceMovement, ...]
    allowances: tuple[AllowanceMovement, ...]
    waivers: tuple[Waiver, ...]
    relevant: tuple[Directive, ...]
    keyed: tuple[Transaction, ...]


@attrs.frozen(eq=False)
class Reading:
    """Books, and the receivables' documents: for the replay, which takes them over."""

    books: Books
    movements: list[Fields]


def read_books(
    entries: Sequence[Directive],
    options_map: Mapping[str, Any],
    span: tuple[date | None, date | None] | None = None,
) -> Reading:
    """Read a ledger: its options, chart, policies and documents, and what is wrong with them.

    `span` is the ledger's first and latest date where `entries` are not all of it.
    """
    return read_documents(read_frame(entries, options_map, span), entries)


@exact
def read_documents(frame: Frame, entries: Iterable[Directive]) -> Reading:
    """Read the transactions among `entries`, in the frame of their ledger."""
    reader = Reader(frame.chart, frame.policies, [*frame.findings])
    kept = _read_transactions(entries, frame.chart, reader)
    books = Books(
        frame.options,
        frame.chart,
        frame.policies,
        frame.statements,
        frame.closings,
        frame.prices,
        tuple(reader.findings),
        frame.operating_currency,
        frame.first,
        frame.latest,
        frame.entries,
        tuple(reader.advances),
        tuple(reader.allowances),
        tuple(reader.waivers),
        (*frame.entries, *kept),
        tuple(reader.keyed),
    )
    return Reading(books, reader.movements)


def _read_transactions(
    entries: Iterable[Directive], chart: Chart, reader: Reader
) -> list[Transaction]:
    """Hand every transaction with a posting of ours to the reader; returns those."""
    places = _Places(chart, reader)
    kept = []
    for transaction in entries:
        if type(transaction) is not Transaction:
            continue
        lines: list[Line] | None = None
        first: Posting | None = None
        for posting in transaction.postings:
            place = places[posting.account]
            if place is None:
                continue
            units = posting.units
            if units is None or units.number is None:
                continue
            if first is None:
                first, where = posting, place
            elif lines is None:
                lines = [(first, where.info), (posting, place.info)]
            else:
                lines.append((posting, place.info))
        if lines is not None:
            kept.append(transaction)
            reader.take(transaction, lines)
        elif first is not None:
            kept.append(transaction)
            reader.take_one(transaction, first, where)
    reader.finish()
    return kept


class _Places(dict[str, Place | None]):
    """Each account's place, None for an account we don't look at; looked up once each."""

    def __init__(self, chart: Chart, reader: Reader) -> None:
        super().__init__()
        self._chart, self._reader = chart, reader

    def __missing__(self, account: str) -> Place | None:
        info = self._chart.info(account)
        place = self[account] = None if info is None else self._reader.place(info)
        return place


def included_plugins(texts: Mapping[str, str], top: str) -> Iterable[Finding]:
    """`plugin` lines of arledger in included files, which Beancount ignores.

    `texts` maps each file that was read to its text; `top` is the top file.
    """
    for file, text in sorted(texts.items()):
        if file == top:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.split(None, 1)
            if len(words) > 1 and words[0] == "plugin" and words[1].startswith('"' + OUR_PLUGINS):
                yield finding(
                    "plugin-in-include",
                    say("{line} in an included file is ignored", line=line.strip()),
                    {"filename": file, "lineno": number},
                    date.min,
                )
