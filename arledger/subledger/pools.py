# SPDX-License-Identifier: GPL-2.0-or-later
"""Pools: what applications are looked up in. One account and currency each, for they stay within.

Everything here is an index over items and credits; the replay decides what happens to them.
Most numbers belong to one item: it stands in the index itself, and a group is made only where
a second one comes or a credit is kept.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from operator import attrgetter

import attrs

from arledger.language.documents import Kind
from arledger.language.policies import Timeline
from arledger.money import ZERO
from arledger.subledger.model import Application, Credit, Item

NOT_FREED = frozenset({Kind.CANCELLATION, Kind.TRANSFER})

_fifo_key = attrgetter("fifo_key")
_index = attrgetter("index")


@attrs.define(slots=True, eq=False)
class Queue:
    """Items in the order in which they are settled; those settled at the head are passed once."""

    items: list[Item] = attrs.field(factory=list)
    _start: int = 0

    def add(self, item: Item) -> None:
        """Take in one more item, at its place."""
        items, key = self.items, item.fifo_key
        if not items or items[-1].fifo_key < key:
            items.append(item)
            return
        at = bisect_left(items, key, key=_fifo_key)
        items.insert(at, item)
        self._start = min(self._start, at)

    def reopened(self, item: Item) -> None:
        """An item that had been settled is open again."""
        self._start = min(self._start, bisect_left(self.items, item.fifo_key, key=_fifo_key))

    def open_items(self, opens: list[Decimal]) -> Iterator[Item]:
        """The open items, oldest due first."""
        items, start = self.items, self._start
        while start < len(items) and not opens[items[start].index]:
            start += 1
        self._start = start
        for at in range(start, len(items)):
            if opens[items[at].index]:
                yield items[at]


@attrs.define(slots=True, eq=False)
class Feed:
    """The applications of some items that credits may lose again, each looked at once."""

    kept: list[Application] = attrs.field(factory=list)
    _seen: dict[int, int] = attrs.field(factory=dict)

    def of(self, items: Iterable[Item]) -> list[Application]:
        """Those kept so far and those new since, in order. The caller takes out what is gone."""
        fresh: list[Application] = []
        for item in items:
            seen = self._seen.get(item.index, 0)
            if len(item.applications) > seen:
                self._seen[item.index] = len(item.applications)
                fresh.extend(item.applications[seen:])
        fresh = [a for a in fresh if a.credit.kind not in NOT_FREED]
        if fresh:
            self.kept.extend(fresh)
            self.kept.sort(key=lambda application: application.seq)
        return self.kept


@attrs.define(slots=True, eq=False)
class Group:
    """The items of one number in a pool, oldest due first, and the credits kept for it."""

    queue: Queue = attrs.field(factory=Queue)
    kept: dict[int, Credit] = attrs.field(factory=dict)
    _by_due: dict[date | None, Queue] | None = None
    _feed: Feed | None = None
    # Credits kept since `kept` was last offered, on `_offered`.
    _fresh: dict[int, Credit] = attrs.field(factory=dict)
    _offered: date | None = None

    @property
    def items(self) -> list[Item]:
        """The items of this number."""
        return self.queue.items

    def add(self, item: Item) -> None:
        """Take in one more item of this number."""
        self.queue.add(item)
        if self._by_due is not None:
            self._by_due.setdefault(item.due, Queue()).add(item)

    def reopened(self, item: Item) -> None:
        """An item that had been settled is open again."""
        self.queue.reopened(item)
        if self._by_due is not None:
            self._by_due[item.due].reopened(item)

    def keep(self, credit: Credit) -> None:
        """Keep what is left of a naming credit for an item of this number."""
        self.kept[credit.index] = self._fresh[credit.index] = credit

    def drop(self, credit: Credit) -> None:
        """A credit that was kept has nothing left."""
        if self.kept.pop(credit.index, None) is not None:
            self._fresh.pop(credit.index, None)

    def offer(self, naming: dict[int, Credit], today: date) -> None:
        """Let the kept credits take part in the naming of today: all of them, but each once."""
        if self._offered != today:
            naming.update(self.kept)
            self._offered = today
        else:
            naming.update(self._fresh)
        self._fresh.clear()

    def applications(self) -> list[Application]:
        """The applications to its items but cancellations and transfers, the latest last.

        The caller may take out what has been undone.
        """
        if self._feed is None:
            self._feed = Feed()
        return self._feed.of(self.items)

    def fill_order(self, opens: list[Decimal], due: date | None = None) -> Iterator[Item]:
        """The open items, oldest due first; only those of `due` where a credit bears one."""
        if due is None:
            return self.queue.open_items(opens)
        if self._by_due is None:
            self._by_due = {}
            for item in self.items:
                self._by_due.setdefault(item.due, Queue()).add(item)
        found = self._by_due.get(due)
        return found.open_items(opens) if found is not None else iter(())


@attrs.define(slots=True, eq=False)
class CreditGroup:
    """The credits of one number in a pool, oldest first."""

    credits: list[Credit] = attrs.field(factory=list)
    # The only transaction that they are of, or that they are of several.
    several: bool = False
    _start: int = 0
    _applied: int = 0
    _stack: list[Application] | None = None

    def add(self, credit: Credit) -> None:
        """Take in one more credit of this number."""
        if self.credits and self.credits[0].transaction is not credit.transaction:
            self.several = True
        self.credits.append(credit)
        self._applied += len(credit.applications)

    def reopened(self, credit: Credit) -> None:
        """A credit that had been used up has something left again."""
        self._start = min(self._start, bisect_left(self.credits, credit.index, key=_index))

    def note(self, application: Application) -> None:
        """A credit of this group was applied."""
        self._applied += 1
        if self._stack is not None:
            self._stack.append(application)

    @property
    def applied(self) -> int:
        """How many applications its credits have had."""
        return self._applied

    def open_credits(self, opens: list[Decimal]) -> Iterator[Credit]:
        """The credits with something left, oldest first."""
        credits, start = self.credits, self._start
        while start < len(credits) and not opens[credits[start].index]:
            start += 1
        self._start = start
        for at in range(start, len(credits)):
            if opens[credits[at].index]:
                yield credits[at]

    def latest_first(self) -> list[Application]:
        """A stack of the group's applications, the latest on top; the caller pops what is gone."""
        if self._stack is None:
            every = [a for credit in self.credits for a in credit.applications]
            self._stack = sorted(every, key=lambda application: application.seq)
        return self._stack


@attrs.define(slots=True, eq=False)
class Pool:
    """One account and currency: items by number and by due date, and credits that wait."""

    currency: str
    allocation: Timeline
    groups: dict[str, Item | Group] = attrs.field(factory=dict)
    by_number: dict[str, CreditGroup] = attrs.field(factory=dict)
    posted: Decimal = ZERO
    waiting: list[tuple[date, str, Decimal, int, Credit]] = attrs.field(factory=list)
    fifo: bool = attrs.field(init=False)
    _fresh: list[Item] = attrs.field(factory=list)
    _heap: list[tuple[tuple[date, date, str, Decimal, int], Item]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.fifo = self.allocation.ever("fifo")

    def group(self, number: str) -> Group:
        """The items of that number, perhaps none yet."""
        found = self.groups.get(number)
        if isinstance(found, Group):
            return found
        group = self.groups[number] = Group()
        if found is not None:
            group.add(found)
        return group

    def known_group(self, number: str) -> Group | None:
        """The items of that number, or None where nothing is known of it."""
        return self.group(number) if number in self.groups else None

    def offer(self, item: Item) -> None:
        """An item is open, newly or again, for fifo to take."""
        self._fresh.append(item)

    def wait(self, credit: Credit) -> None:
        """A credit waits for items."""
        heapq.heappush(
            self.waiting,
            (credit.date, credit.number or "", credit.amount, credit.index, credit),
        )

    def pairs(
        self, item_open: list[Decimal], credit_open: list[Decimal]
    ) -> Iterable[tuple[Item, Credit]]:
        """The next waiting credit with the next oldest-due item, until one side runs out.

        The caller applies what it is given before it asks for more.
        """
        for item in self._fresh:
            heapq.heappush(self._heap, (item.fifo_key, item))
        self._fresh.clear()
        while self.waiting:
            credit = self.waiting[0][-1]
            if not credit_open[credit.index]:
                heapq.heappop(self.waiting)
                continue
            while self._heap and not item_open[self._heap[0][1].index]:
                heapq.heappop(self._heap)
            if not self._heap:
                return
            yield self._heap[0][1], credit
