# SPDX-License-Identifier: GPL-2.0-or-later
"""Where stored documents are taken from, each of them once."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

import attrs
from beancount.core.data import Transaction

from arledger.money import canonical
from arledger.store.keeping import ROOT_MARK
from arledger.store.records import Evidence, StoredApplication, StoredCredit, StoredItem
from arledger.store.schema import CHANGED, OPEN
from arledger.subledger.model import Application, Credit, Item

_T = TypeVar("_T", Item, Credit)
# SQLite lets one ask for so many at once, in every version; beyond, all are read.
POOLS_MAX = 500


class DamagedError(Exception):
    """What is stored is not what was written: it is to be made anew."""


class Row(Sequence[_T], Generic[_T]):
    """All items, or all credits, in order of posting; those that are looked at come into being."""

    def __init__(self, table: Table[_T], count: int) -> None:
        self._table: Table[_T] = table
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> _T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[_T]: ...
    def __getitem__(self, at: int | slice) -> _T | Sequence[_T]:
        if isinstance(at, slice):
            return [self._table.one(index) for index in range(*at.indices(self._count))]
        return self._table.one(range(self._count)[at])

    def __iter__(self) -> Iterator[_T]:
        return self._table.where("1 ORDER BY id")


@attrs.define(eq=False)
class Table(Generic[_T]):
    """One of the two tables of documents, and those that have been looked at."""

    shelf: Shelf
    name: str
    made: type[Any]
    _known: dict[int, _T] = attrs.field(factory=dict)

    def one(self, index: int) -> _T:
        """By its place in the order of posting."""
        found = self._known.get(index)
        return found if found is not None else next(self.where("id = ?", index))

    def where(self, condition: str, *values: Any) -> Iterator[_T]:
        """Those of which a condition is true."""
        known, made, shelf = self._known, self.made, self.shelf
        for row in shelf.rows(f"SELECT * FROM {self.name} WHERE {condition}", *values):  # noqa: S608
            found = known.get(row[0])
            if found is None:
                found = known[row[0]] = made(shelf, row)
            yield found

    def open(self, day: date) -> Iterator[tuple[_T, str | None, int]]:
        """What may be open at the end of `day`: with what is left at the end of the ledger.

        And the ordinal of the day on which that last changed.
        """
        ordinal = day.toordinal()
        condition = "posted <= ? AND (open IS NOT NULL OR changed > ?) ORDER BY id"
        for one in self.where(condition, ordinal, ordinal):
            row = self.row(one)
            yield one, row[OPEN], row[CHANGED]

    @staticmethod
    def row(one: Any) -> Sequence[Any]:
        """Its row in the table."""
        found: Sequence[Any] = one._row  # noqa: SLF001 - made here
        return found

    def of(self, customers: Collection[str]) -> Iterator[_T]:
        """Those of some customers, in order of posting."""
        pools = [at for at, pool in self.shelf.pools.items() if pool[0] in customers]
        if len(pools) > POOLS_MAX:
            return (one for one in self.where("1 ORDER BY id") if one.customer in customers)
        places = ", ".join("?" * len(pools))
        return self.where(f"pool IN ({places}) ORDER BY id", *pools)


@attrs.define(eq=False)
class Shelf:
    """A database that `keeping` has written; `root` is where the files of its ledger are now."""

    connection: sqlite3.Connection
    root: str | None = None
    items: Table[Item] = attrs.field(init=False)
    credits: Table[Credit] = attrs.field(init=False)
    ids: StoredIds = attrs.field(init=False)
    _transactions: dict[int, Transaction] = attrs.field(factory=dict)
    _applications: dict[int, Application] = attrs.field(factory=dict)
    _pools: dict[int, tuple[str, str, str]] | None = None
    _files: list[str] | None = None

    def __attrs_post_init__(self) -> None:
        self.items = Table(self, "items", StoredItem)
        self.credits = Table(self, "credits", StoredCredit)
        self.ids = StoredIds(self)

    def rows(self, question: str, *values: Any) -> Iterator[Sequence[Any]]:
        """What the database answers."""
        try:
            yield from self.connection.execute(question, values)
        except sqlite3.Error as error:
            raise DamagedError(str(error)) from error

    def text(self, name: str) -> Any:
        """What is stored as JSON under a name; None where there is nothing."""
        for (value,) in self.rows("SELECT value FROM texts WHERE name = ?", name):
            told = value
            if self.root is not None:
                told = value.replace(ROOT_MARK, json.dumps(self.root, ensure_ascii=False)[1:-1])
            return json.loads(told)
        return None

    @property
    def pools(self) -> Mapping[int, tuple[str, str, str]]:
        """Customer, account and currency, by their number."""
        if self._pools is None:
            self._pools = {row[0]: tuple(row[1:]) for row in self.rows("SELECT * FROM pools")}
        return self._pools

    def item(self, index: int) -> Item:
        """One item."""
        return self.items.one(index)

    def credit(self, index: int) -> Credit:
        """One credit."""
        return self.credits.one(index)

    def application(self, row: Sequence[Any]) -> Application:
        """One application: the same for its item and its credit."""
        found = self._applications.get(row[0])
        if found is None:
            found = self._applications[row[0]] = StoredApplication(self, row)
        return found

    def place(self, file: int, line: int) -> dict[str, Any]:
        """Metadata that tells a place, and nothing else."""
        if self._files is None:
            # A slice of a list, and names: whatever else it may be is no place in a file.
            self._files = [*map(os.fspath, self.text("files")[:])]
        return {"filename": self._files[file], "lineno": line}

    def transaction(
        self, number: int, meta: dict[str, Any], day: date, payee: str | None, narration: str | None
    ) -> Transaction:
        """What is kept of a transaction: the same for all its documents."""
        found = self._transactions.get(number)
        if found is None:
            found = Evidence.transaction(meta, day, payee, narration)
            self._transactions[number] = found
        return found


@attrs.define(eq=False)
class StoredIds:
    """Ids of what has no number, a day at a time: they count within a day."""

    shelf: Shelf
    _days: dict[tuple[str, date], dict[int, str]] = attrs.field(factory=dict)

    def of_item(self, index: int) -> str:
        """The id of an item without a number."""
        return self._of("items", self.shelf.item(index).posted, 1)[index]

    def of_credit(self, index: int) -> str:
        """The id of a credit without a number."""
        return self._of("credits", self.shelf.credit(index).posted, -1)[index]

    def _of(self, table: str, day: date, sign: int) -> Mapping[int, str]:
        found = self._days.get((table, day))
        if found is None:
            found = self._days[table, day] = dict(self._count(table, day, sign))
        return found

    def _count(self, table: str, day: date, sign: int) -> Iterator[tuple[int, str]]:
        """Date, account, currency, signed amount, and a counter in canonical order."""
        counts: dict[str, int] = {}
        question = (
            f"SELECT id, pool, amount FROM {table} "  # noqa: S608 - our own names
            "WHERE posted = ? AND number IS NULL ORDER BY id"
        )
        for index, pool, amount in self.shelf.rows(question, day.toordinal()):
            _, account, currency = self.shelf.pools[pool]
            stem = f"{day}/{account}/{currency}/{canonical(sign * Decimal(amount))}"
            counts[stem] = counts.get(stem, 0) + 1
            yield index, f"{stem}/{counts[stem]}"


class Later(Sequence[Any]):
    """A list that is read when somebody looks into it."""

    def __init__(self, shelf: Shelf, name: str, make: Any) -> None:
        self._shelf, self._name, self._make = shelf, name, make

    @cached_property
    def _all(self) -> list[Any]:
        return [self._make(row) for row in self._shelf.text(self._name)]

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, at: Any) -> Any:
        return self._all[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all)
