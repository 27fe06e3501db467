# SPDX-License-Identifier: GPL-2.0-or-later
"""A `Ledger` out of tables."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, cast

import attrs

from arledger.language.books import Books, read_books
from arledger.language.documents import AllowanceMovement, Waiver
from arledger.load import Ledger
from arledger.prices import Prices
from arledger.store.encoding import (
    decode,
    decode_directives,
    decode_finding,
    decode_prices,
)
from arledger.store.keeping import EVENT_AMOUNTS
from arledger.store.records import Evidence
from arledger.store.shelf import DamagedError, Later, Row, Shelf
from arledger.subledger.advances import Advance, Event
from arledger.subledger.model import Application, Credit, Item, OpenCredit, OpenItem
from arledger.subledger.subledger import Subledger


def restored(connection: sqlite3.Connection, root: str | None = None) -> Ledger:
    """The ledger that was stored; its `subledger` is a `StoredSubledger`.

    `root` is the folder where its files are now, if it was stored without. Raises DamagedError
    where the database is not what `keeping` has written; so may any question that is asked of it.
    """
    shelf = Shelf(connection, root)
    try:
        told = shelf.text("ledger")
        options = {**told["roots"], "title": told["title"], "include": told["include"]}
        options["operating_currency"] = [told["currency"]] if told["currency"] else []
        return Ledger(
            Path(told["path"]),
            (),
            options,
            StoredSubledger(shelf, _books(shelf, told, options), told["counts"]),
            complete=True,
            errors=tuple(map(decode_finding, told["errors"])),
        )
    except (TypeError, ValueError, KeyError, IndexError, LookupError) as error:
        raise DamagedError(str(error)) from error


def text_of(ledger: Ledger, name: str) -> Any:
    """What else was stored with a ledger under a name; None where nothing was."""
    subledger = ledger.subledger
    assert isinstance(subledger, StoredSubledger)
    return subledger.shelf.text(name)


class AdvancePlace(NamedTuple):
    """What is kept of a document that moved an advance."""

    date: dt.date
    customer: str
    number: str | None
    names: str | None
    meta: Mapping[str, Any]


def _books(shelf: Shelf, told: Mapping[str, Any], options: Mapping[str, Any]) -> Books:
    """What the text says: its directives are read again, its documents are not."""
    first, latest = (None if day is None else dt.date.fromisoformat(day) for day in told["span"])
    entries = decode_directives(shelf.text("directives"))
    books = read_books(entries, options, (first, latest)).books
    return attrs.evolve(
        books,
        advances=cast("Any", Later(shelf, "advance-movements", lambda row: _movement(shelf, row))),
        allowances=cast("Any", Later(shelf, "allowances", _allowance)),
        waivers=tuple(map(_waiver, shelf.text("waivers"))),
        # Those of the documents are not here, so the others alone would be misleading.
        findings=(),
    )


class StoredSubledger(Subledger):
    """A subledger whose documents lie in tables; it has no findings."""

    def __init__(self, shelf: Shelf, books: Books, counts: Sequence[int]) -> None:
        items, credits = counts
        given = {
            "shelf": shelf,
            "books": books,
            "items": Row(shelf.items, items),
            "credits": Row(shelf.credits, credits),
            "advances": Later(shelf, "advances", lambda row: _advance(shelf, row)),
            "findings": (),
            "_states": {},
            "kept": {},
        }
        # Frozen against assignment, but not against its own making.
        self.__dict__.update(given)

    shelf: Shelf

    @cached_property
    def applications(self) -> Sequence[Application]:
        """Every application, in the order in which they were made."""
        found = (one for item in self.items for one in item.applications)
        return sorted(found, key=lambda one: one.seq)

    @cached_property
    def prices(self) -> Prices:
        """The ledger's price entries."""
        return Prices.of(decode_prices(self.shelf.text("prices")))

    @cached_property
    def parties(self) -> frozenset[str]:
        """The customers that have an item or a credit, at whatever time."""
        return frozenset(customer for customer, _, _ in self.shelf.pools.values())

    @cached_property
    def items_by_number(self) -> Mapping[tuple[str, str], Sequence[Item]]:
        """(customer, number) → its items, in order of posting."""
        found: dict[tuple[str, str], list[Item]] = {}
        for item in self.shelf.items.where("number IS NOT NULL ORDER BY id"):
            found.setdefault((item.customer, item.number or ""), []).append(item)
        return found

    def items_of(self, customers: Collection[str]) -> Iterable[Item]:
        """The items of some customers, in order of posting."""
        return self.shelf.items.of(customers)

    def credits_of(self, customers: Collection[str]) -> Iterable[Credit]:
        """The credits of some customers, in order of posting."""
        return self.shelf.credits.of(customers)

    def open_items(self, as_of: dt.date) -> Iterable[OpenItem]:
        """The items with something outstanding at the end of `as_of`."""
        ordinal = as_of.toordinal()
        for item, left, changed in self.shelf.items.open(as_of):
            amount = item.outstanding(as_of) if changed > ordinal else _left(left)
            if amount:
                yield OpenItem(item, amount)

    def open_credits(self, as_of: dt.date) -> Iterable[OpenCredit]:
        """The credits with something unapplied at the end of `as_of`."""
        ordinal = as_of.toordinal()
        for credit, left, changed in self.shelf.credits.open(as_of):
            amount = credit.unapplied(as_of) if changed > ordinal else _left(left)
            if amount:
                yield OpenCredit(credit, amount)


def _left(stored: str | None) -> Decimal:
    return Decimal(stored or 0)


def _movement(shelf: Shelf, row: Sequence[Any]) -> AdvancePlace:
    day, customer, number, names, file, line = row
    return AdvancePlace(
        dt.date.fromisoformat(day), customer, number, names, shelf.place(file, line)
    )


def _advance(shelf: Shelf, row: Sequence[Any]) -> Advance:
    (name, number, customer, currency, contract, known), days, (account, file, line), events = row
    meta = shelf.place(file, line)
    day, deliver_by = (_day(one) for one in days)
    assert day is not None
    return Advance(
        name,
        number,
        customer,
        currency,
        day,
        contract,
        deliver_by,
        known,
        Evidence.transaction(meta, day, None, None),
        Evidence.posting(meta, account),
        [_event(shelf, *event) for event in events],
    )


def _event(shelf: Shelf, day: str, amounts: Sequence[str], items: Sequence[int]) -> Event:
    given: Any = dict(zip(EVENT_AMOUNTS, map(Decimal, amounts), strict=True))
    return Event(dt.date.fromisoformat(day), **given, items=tuple(map(shelf.item, items)))


def _allowance(row: Sequence[Any]) -> AllowanceMovement:
    day, kind, account, currency, amount, part, customers, invoices, where = row
    meta = _meta(where)
    booked = dt.date.fromisoformat(day)
    return AllowanceMovement(
        booked,
        kind,
        account,
        currency,
        Decimal(amount),
        part,
        frozenset(customers),
        frozenset(invoices),
        Evidence.transaction(meta, booked, None, None),
        Evidence.posting(meta, account),
    )


def _waiver(row: Sequence[Any]) -> Waiver:
    day, by, until, customers, where = row
    since = dt.date.fromisoformat(day)
    return Waiver(
        since,
        by,
        _day(until),
        tuple(customers),
        Evidence.transaction(_meta(where), since, None, None),
    )


def _meta(where: Mapping[str, Any]) -> dict[str, Any]:
    return {key: decode(value) for key, value in where.items()}


def _day(told: str | None) -> dt.date | None:
    return None if told is None else dt.date.fromisoformat(told)
