# SPDX-License-Identifier: GPL-2.0-or-later
"""Amount and date alone: only for one customer, and only where nothing else would do as well."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict

import attrs

from arledger.findings import say
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.model import How

Posted = tuple[int, ...]


@attrs.frozen
class _Dated:
    """What has one amount, by day; what has no day stands apart and is near to everything."""

    days: list[int]
    items: list[Posted]
    undated: list[Posted]

    def within(self, day: int | None, window: int | None) -> tuple[int, int]:
        """From where to where the items within the window of a day stand."""
        if day is None or window is None:
            return 0, len(self.items)
        return bisect_left(self.days, day - window), bisect_right(self.days, day + window)

    def nearest(self, day: int | None, window: int | None, most: int) -> list[Posted]:
        """The items nearest to a day, at most so many."""
        low, high = self.within(day, window)
        if day is not None:
            middle = bisect_left(self.days, day)
            low, high = max(low, middle - most), min(high, middle + most)
        near = range(low, min(high, low + 2 * most))
        ranked = sorted(near, key=lambda at: (abs(self.days[at] - (day or 0)), self.items[at]))
        return [self.items[at] for at in ranked[:most]] + self.undated[:most]

    def count(self, day: int | None, window: int | None) -> int:
        """How many items are within the window of a day."""
        low, high = self.within(day, window)
        return high - low + len(self.undated)


def _dated(items: list[tuple[int | None, Posted]]) -> _Dated:
    dated = sorted((day, item) for day, item in items if day is not None)
    undated = [item for day, item in items if day is None]
    return _Dated([day for day, _ in dated], [item for _, item in dated], undated)


def match_amounts(board: Board, index: Index) -> None:
    """Put a line with the only entry of its amount within the window, if it is its only line.

    The postings of one transaction count as one entry of their sum as well. A line that bears
    the number of another document isn't matched so, however well the amount fits.
    """
    postings = _postings(board)
    lines: dict[Scope, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at in board.free_lines():
        if board.lines[at].customer is not None:
            lines[board.line_scope(at)][board.line_values[at]].append(at)
    chosen: list[tuple[Posted, int]] = []
    for scope, by_value in lines.items():
        if scope not in postings:
            continue
        slack = board.slack(scope[1])
        for value, ours in by_value.items():
            theirs = _fitting(postings[scope], value, slack)
            if theirs:
                rivals = _rivals(by_value, value, slack)
                chosen += _choose(
                    board, index, ours, _by_entry(board, theirs), _by_line(board, rivals)
                )
    wanted = Counter(entry for posted, _ in chosen for entry in posted)
    reason = say("amount and date agree, and they do so for others too")
    for posted, line in chosen:
        if all(wanted[entry] == 1 for entry in posted):
            board.accept(posted, (line,), How.UNIQUE_AMOUNT)
        else:
            board.options.append(Option(posted, (line,), How.UNIQUE_AMOUNT, reason))


def _postings(board: Board) -> dict[Scope, dict[int, list[Posted]]]:
    """Entries, and transactions as a whole, by customer and amount."""
    found: dict[Scope, dict[int, list[Posted]]] = defaultdict(lambda: defaultdict(list))
    groups: dict[tuple[Scope, str], list[int]] = defaultdict(list)
    for at in board.free_entries():
        scope = board.entry_scope(at)
        found[scope][board.entry_values[at]].append((at,))
        if (group := board.entries[at].group) is not None:
            groups[scope, group].append(at)
    for (scope, _), members in groups.items():
        if len(members) > 1:
            total = sum(board.entry_values[at] for at in members)
            found[scope][total].append(tuple(members))
    return found


def _fitting(postings: dict[int, list[Posted]], value: int, slack: int) -> list[Posted]:
    if not slack:
        return postings.get(value, [])
    return [
        posted
        for near, found in postings.items()
        if abs(near - value) <= slack and (near > 0) == (value > 0)
        for posted in found
    ]


def _rivals(by_value: dict[int, list[int]], value: int, slack: int) -> list[int]:
    """The lines that could want the same entry: an entry may lie between two within tolerance."""
    if not slack:
        return by_value[value]
    return [
        at for near, found in by_value.items() if abs(near - value) <= 2 * slack for at in found
    ]


def _by_entry(board: Board, postings: list[Posted]) -> _Dated:
    return _dated([(board.entries[one[0]].date.toordinal(), one) for one in postings])


def _by_line(board: Board, lines: list[int]) -> _Dated:
    return _dated([(_day(board, at), (at,)) for at in lines])


def _day(board: Board, line: int) -> int | None:
    day = board.lines[line].date
    return None if day is None else day.toordinal()


def _choose(
    board: Board, index: Index, lines: list[int], postings: _Dated, rivals: _Dated
) -> list[tuple[Posted, int]]:
    """The lines of one amount that have one entry, which has only this line."""
    window = board.rules.window_days
    chosen: list[tuple[Posted, int]] = []
    for line in lines:
        day = _day(board, line)
        count = postings.count(day, window)
        if count == 0:
            continue
        near = postings.nearest(day, window, board.rules.choices_max)
        clear = _is_clear(board, index, line)
        entered = board.entries[near[0][0]].date.toordinal()
        if count == 1 and rivals.count(entered, window) == 1:
            if not clear or not any(board.entries[at].references for at in near[0]):
                chosen.append((near[0], line))
                continue
            reason = say("amount and date agree, but the line bears another number")
            board.options.append(Option(near[0], (line,), How.UNIQUE_AMOUNT, reason))
        elif not clear:
            reason = say("amount and date agree, and they do so for others too")
            board.options.extend(
                Option(posted, (line,), How.UNIQUE_AMOUNT, reason, rank)
                for rank, posted in enumerate(near)
            )
    return chosen


def _is_clear(board: Board, index: Index, line: int) -> bool:
    its = board.lines[line]
    return bool(index.names(line)) or references.is_clear(its.reference, its.text)
