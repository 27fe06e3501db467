# SPDX-License-Identifier: GPL-2.0-or-later
"""A `Ledger` into tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.data import Custom

from arledger.language.names import AR_OPTION, POLICIES
from arledger.language.seals import REOPEN, SEAL
from arledger.language.statements import STATEMENT
from arledger.load import Ledger
from arledger.store.encoding import (
    NotStorableError,
    dump,
    encode_directives,
    encode_finding,
    encode_meta,
    encode_prices,
)
from arledger.store.schema import COLUMNS, INDEXES, TABLES
from arledger.subledger.advances import Advance
from arledger.subledger.model import Application, Credit, Item, Taken
from arledger.subledger.subledger import Subledger

OURS = frozenset({AR_OPTION, STATEMENT, SEAL, REOPEN, *POLICIES})
ROOTS = ("name_income", "name_liabilities", "name_expenses")


def store(connection: sqlite3.Connection, ledger: Ledger, root: str | None = None) -> None:
    """Write a ledger into an empty database.

    `root` is the folder of its files where that is about to go: places are told without it.
    Raises NotStorableError for what can't be stored without loss.
    """
    if not ledger.complete:
        raise NotStorableError("an incomplete ledger")
    for statement in TABLES:
        connection.execute(statement)
    writer = _Writer(ledger.subledger)
    connection.executemany(_insert("items", COLUMNS), writer.items())
    connection.executemany(_insert("credits", COLUMNS), writer.credits())
    texts = {name: _without(root, value) for name, value in writer.texts(ledger)}
    connection.executemany(_insert("pools", 4), ((at, *pool) for pool, at in writer.pools.items()))
    connection.executemany(_insert("texts", 2), texts.items())
    for statement in INDEXES:
        connection.execute(statement)


def add_text(connection: sqlite3.Connection, name: str, value: Any, root: str | None) -> None:
    """One thing more, by its name."""
    connection.execute(_insert("texts", 2), (name, _without(root, dump(value))))


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 - our own names


def _without(root: str | None, text: str) -> str:
    """JSON in which a mark stands for the folder of the files."""
    if root is None:
        return text
    if ROOT_MARK in text:
        raise NotStorableError("the mark itself")
    return text.replace(dump(root)[1:-1], ROOT_MARK)


# Characters for private use: hardly a ledger has them in this order.
ROOT_MARK = "\ue000root\ue001"


@attrs.define(eq=False)
class _Writer:
    """Makes rows; what many of them share gets a number."""

    subledger: Subledger
    pools: dict[tuple[str, str, str], int] = attrs.field(factory=dict)
    _files: dict[str, int] = attrs.field(factory=dict)
    _vouchers: dict[int, int] = attrs.field(factory=dict)
    _applications: dict[int, str] = attrs.field(factory=dict)

    def items(self) -> Iterator[Sequence[Any]]:
        """A row an item."""
        subledger = self.subledger
        for item, left, changed in zip(
            subledger.items, subledger.item_left, subledger.item_changed, strict=True
        ):
            origin = None if item.origin is None else item.origin.index
            yield self._row(item, left, changed, (item.instalment, item.conditional, origin))

    def credits(self) -> Iterator[Sequence[Any]]:
        """A row a credit."""
        subledger = self.subledger
        for credit, left, changed in zip(
            subledger.credits, subledger.credit_left, subledger.credit_changed, strict=True
        ):
            taken = dump([*map(self._taken, credit.taken)]) if credit.taken else None
            yield self._row(credit, left, changed, (credit.names, credit.waits, taken))

    def _row(
        self, one: Item | Credit, left: Decimal, changed: date, own: Sequence[Any]
    ) -> Sequence[Any]:
        """In the order of the columns; `own` are those that only its table has."""
        return (
            one.index,
            self._pool(one),
            one.number,
            one.date.toordinal(),
            one.posted.toordinal(),
            _ordinal(one.due),
            str(one.amount),
            one.contract,
            one.kind.value,
            str(left) if left else None,
            changed.toordinal(),
            self._applied(one.applications),
            *own,
            *self._place(one),
        )

    def texts(self, ledger: Ledger) -> Iterator[tuple[str, str]]:
        """What is small enough to be read whole, by name, as JSON."""
        books, options = self.subledger.books, ledger.options_map
        advances = [*map(self._advance, self.subledger.advances)]
        named = [*map(self._movement, books.advances)]
        opens = books.chart.opens.values()
        customs = (
            entry for entry in books.relevant if isinstance(entry, Custom) and entry.type in OURS
        )
        found = {
            "ledger": {
                "path": str(ledger.path),
                "title": options.get("title"),
                "include": sorted(options.get("include") or ()),
                "currency": books.operating_currency,
                "roots": {name: options.get(name) for name in ROOTS},
                "span": [_day(books.first), _day(books.latest)],
                "counts": [len(self.subledger.items), len(self.subledger.credits)],
                "errors": [*map(encode_finding, ledger.errors)],
            },
            "directives": encode_directives([*opens, *customs]),
            "prices": encode_prices(books.prices),
            "waivers": [
                [_day(w.date), w.by, _day(w.until), w.customers, _where(w.transaction.meta)]
                for w in books.waivers
            ],
            "allowances": [*map(_allowance, books.allowances)],
            "advances": advances,
            "advance-movements": named,
            # Last: everything has its place by now.
            "files": list(self._files),
        }
        return ((name, dump(value)) for name, value in found.items())

    def _applied(self, applications: Sequence[Application]) -> str | None:
        """As JSON; each of them stands with its item and with its credit."""
        if not applications:
            return None
        told, rows = self._applications, []
        for one in applications:
            row = told.get(one.seq)
            if row is None:
                row = told[one.seq] = _application(one)
            rows.append(row)
        return f"[{','.join(rows)}]"

    def _pool(self, one: Item | Credit) -> int:
        key = (one.customer, one.account, one.currency)
        return self.pools.setdefault(key, len(self.pools))

    def _place(self, one: Item | Credit | Taken) -> tuple[Any, ...]:
        """Which transaction it is of, its place, and what the transaction says."""
        meta, transaction = one.meta, one.transaction
        return (
            self._vouchers.setdefault(id(transaction), len(self._vouchers)),
            self._file(meta),
            meta.get("lineno") or 0,
            transaction.payee,
            transaction.narration,
        )

    def _file(self, meta: Mapping[str, Any]) -> int:
        return self._files.setdefault(meta.get("filename") or "", len(self._files))

    def _taken(self, one: Taken) -> Sequence[Any]:
        return [
            one.date.toordinal(),
            str(one.amount),
            one.kind.value,
            one.number,
            *self._place(one),
        ]

    def _advance(self, one: Advance) -> Sequence[Any]:
        return [
            [one.id, one.number, one.customer, one.currency, one.contract, one.known],
            [_day(one.date), _day(one.deliver_by)],
            [one.posting.account, self._file(one.meta), one.meta.get("lineno") or 0],
            [
                [
                    _day(event.date),
                    [str(getattr(event, name)) for name in EVENT_AMOUNTS],
                    [item.index for item in event.items],
                ]
                for event in one.events
            ],
        ]

    def _movement(self, one: Any) -> Sequence[Any]:
        """Of what moved an advance, what tells whose it is and where it stands."""
        where = [self._file(one.meta), one.meta.get("lineno") or 0]
        return [_day(one.date), one.customer, one.number, one.names, *where]


EVENT_AMOUNTS = ("received", "invoiced", "receivable", "applied", "earned", "refunded", "cancelled")


def _allowance(one: Any) -> Sequence[Any]:
    return [
        _day(one.date),
        one.kind,
        one.account,
        one.currency,
        str(one.amount),
        one.part,
        sorted(one.customers),
        sorted(one.invoices),
        _where(one.meta),
    ]


def _where(meta: Mapping[str, Any] | None) -> Any:
    return encode_meta({key: (meta or {}).get(key) for key in ("filename", "lineno")})


def _application(one: Application) -> str:
    """Number, day, item, credit, amount, whether it was named; then what was undone, if any.

    There are as many as documents, of nothing but numbers: the JSON is written by hand.
    """
    undone = _undone(one.undone) if one.undone else ""
    numbers = f"{one.seq},{one.date.toordinal()},{one.item.index},{one.credit.index}"
    return f'[{numbers},"{one.amount}",{one.named:d}{undone}]'


def _undone(parts: Iterable[tuple[date, Decimal]]) -> str:
    return "".join(f',[{day.toordinal()},"{part}"]' for day, part in parts)


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
