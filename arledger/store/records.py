# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents that come out of the tables: what they are linked with is looked up when asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.documents import Day, Kind
from arledger.language.terms import Terms
from arledger.store.schema import APPLIED, OPEN, OWN
from arledger.subledger.model import Application, Credit, Ids, Item, Taken

if TYPE_CHECKING:
    from arledger.store.shelf import Shelf

KINDS = {kind.value: kind for kind in Kind}
_day = Day.fromordinal
_put = object.__setattr__


@attrs.frozen(eq=False)
class Evidence:
    """What is kept of a transaction or a posting: its place, and what the former says.

    Nothing else of it is there to be asked for.
    """

    meta: dict[str, Any]
    date: Day | None = None
    payee: str | None = None
    narration: str | None = None
    account: str = ""

    @classmethod
    def transaction(
        cls, meta: dict[str, Any], day: Day, payee: str | None, narration: str | None
    ) -> Transaction:
        """It stands for a transaction."""
        return cast("Transaction", cls(meta, day, payee, narration))

    @classmethod
    def posting(cls, meta: dict[str, Any], account: str) -> Posting:
        """It stands for a posting."""
        return cast("Posting", cls(meta, account=account))


class _Stored:
    """What stored items and credits have in common. `_row` is theirs in the table."""

    __slots__ = ()

    if TYPE_CHECKING:
        account: str
        posted: Day
        _shelf: Shelf
        _row: Sequence[Any]
        _applied: Sequence[Application] | None

    # The last five columns: the transaction's number, the file, the line, the payee, the narration.

    def _fill(self, shelf: Shelf, row: Sequence[Any]) -> None:
        """Take over the columns that both tables have."""
        put = _put
        put(self, "_shelf", shelf)
        put(self, "_row", row)
        put(self, "_applied", None)
        index, pool, number, day, posted, due, amount, contract, kind = row[:OPEN]
        customer, account, currency = shelf.pools[pool]
        put(self, "index", index)
        put(self, "number", number)
        put(self, "customer", customer)
        put(self, "account", account)
        put(self, "currency", currency)
        put(self, "date", _day(day))
        put(self, "posted", _day(posted))
        put(self, "due", None if due is None else _day(due))
        put(self, "amount", Decimal(amount))
        put(self, "contract", contract)
        put(self, "kind", KINDS[kind])

    @property
    def applications(self) -> Sequence[Application]:
        """What was applied to it, or what it was applied to."""
        found = self._applied
        if found is None:
            found = _applications(self._shelf, self._row[APPLIED])
            _put(self, "_applied", found)
        return found

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self._shelf.place(self._row[-4], self._row[-3])

    @property
    def transaction(self) -> Transaction:
        """The same for all documents of one transaction."""
        voucher, _, _, payee, narration = self._row[-5:]
        return self._shelf.transaction(voucher, self.meta, self.posted, payee, narration)

    @property
    def posting(self) -> Posting:
        """Its account and its place."""
        return Evidence.posting(self.meta, self.account)

    @property
    def ids(self) -> Ids:
        """Ids of what has no number."""
        return cast("Ids", self._shelf.ids)


class StoredItem(_Stored, Item):
    """An item from the table `items`."""

    __slots__ = ("_applied", "_row", "_shelf")

    def __init__(self, shelf: Shelf, row: Sequence[Any]) -> None:
        self._fill(shelf, row)
        _put(self, "instalment", row[OWN])
        _put(self, "conditional", bool(row[OWN + 1]))

    @property
    def terms(self) -> Terms | None:
        """Not kept: whoever checks discounts loads the ledger."""
        raise AttributeError("the terms of a stored item are not kept")

    @property
    def origin(self) -> Item | None:
        """The item this one was transferred from."""
        index = self._row[OWN + 2]
        return None if index is None else self._shelf.item(index)


class StoredCredit(_Stored, Credit):
    """A credit from the table `credits`."""

    __slots__ = ("_applied", "_row", "_shelf", "_taken")

    if TYPE_CHECKING:
        _taken: Sequence[Taken] | None

    def __init__(self, shelf: Shelf, row: Sequence[Any]) -> None:
        self._fill(shelf, row)
        _put(self, "_taken", None)
        _put(self, "names", row[OWN])
        _put(self, "waits", bool(row[OWN + 1]))

    @property
    def taken(self) -> Sequence[Taken]:
        """What debits took back of it."""
        found = self._taken
        if found is None:
            stored = self._row[OWN + 2]
            rows = json.loads(stored) if stored else ()
            found = tuple(_take(self._shelf, self.account, row) for row in rows)
            _put(self, "_taken", found)
        return found


class StoredApplication(Application):
    """An application; its item and its credit are looked up when asked for."""

    __slots__ = ("_row", "_shelf")

    if TYPE_CHECKING:
        _shelf: Shelf
        _row: Sequence[Any]

    def __init__(self, shelf: Shelf, row: Sequence[Any]) -> None:
        seq, day, _, _, amount, named, *undone = row
        _put(self, "_shelf", shelf)
        _put(self, "_row", row)
        _put(self, "seq", seq)
        _put(self, "date", _day(day))
        _put(self, "amount", Decimal(amount))
        _put(self, "named", bool(named))
        _put(self, "undone", [(_day(since), Decimal(part)) for since, part in undone])

    @property
    def item(self) -> Item:
        """What it settles."""
        return self._shelf.item(self._row[2])

    @property
    def credit(self) -> Credit:
        """What it is settled by."""
        return self._shelf.credit(self._row[3])


def _applications(shelf: Shelf, stored: str | None) -> tuple[Application, ...]:
    rows = json.loads(stored) if stored else ()
    return tuple(shelf.application(row) for row in rows)


def _take(shelf: Shelf, account: str, row: Sequence[Any]) -> Taken:
    day, amount, kind, number, voucher, file, line, payee, narration = row
    meta = shelf.place(file, line)
    return Taken(
        _day(day),
        Decimal(amount),
        KINDS[kind],
        number,
        shelf.transaction(voucher, meta, _day(day), payee, narration),
        Evidence.posting(meta, account),
    )
