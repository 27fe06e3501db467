# SPDX-License-Identifier: GPL-2.0-or-later
"""Amount and date alone: only for one customer, and only where nothing else would do as well."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Container
from typing import TypeVar

import attrs

from arledger.findings import say
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.model import How

Posted = tuple[int, ...]
Pair = tuple[Posted, int]


Undated = TypeVar("Undated", int, None)

# Later than any day.
NEVER = 10**8


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
    lines: dict[Scope, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at in board.free_lines():
        if (scope := board.line_scope(at))[0] is not None:
            lines[scope][board.line_values[at]].append(at)
    postings = _postings(board, lines)
    chosen: list[Pair] = []
    for scope, by_value in lines.items():
        if scope not in postings:
            continue
        slack = board.slack(scope[1])
        for value, ours in by_value.items():
            theirs = _fitting(postings[scope], value, slack)
            if theirs:
                rivals = _rivals(by_value, value, slack)
                pairs = _choose(
                    board, index, ours, _by_entry(board, theirs), _by_line(board, rivals)
                )
                chosen += _without_doubt(board, pairs, theirs, rivals) if pairs else ()
    wanted = Counter(entry for posted, _ in chosen for entry in posted)
    reason = say("amount and date agree, and they do so for others too")
    for posted, line in chosen:
        if all(wanted[entry] == 1 for entry in posted):
            board.accept(posted, (line,), How.UNIQUE_AMOUNT)
        else:
            board.options.append(Option(posted, (line,), How.UNIQUE_AMOUNT, reason))


def _postings(board: Board, scopes: Container[Scope]) -> dict[Scope, dict[int, list[Posted]]]:
    """Entries, and transactions as a whole, by customer and amount."""
    found: dict[Scope, dict[int, list[Posted]]] = defaultdict(lambda: defaultdict(list))
    groups: dict[tuple[Scope, str], list[int]] = defaultdict(list)
    for at in board.free_entries():
        scope = board.entry_scope(at)
        if scope not in scopes:
            continue
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
    return _dated([(_day(board, at, None), (at,)) for at in lines])


def _day(board: Board, line: int, undated: Undated) -> int | Undated:
    day = board.lines[line].date
    return undated if day is None else day.toordinal()


def _choose(
    board: Board, index: Index, lines: list[int], postings: _Dated, rivals: _Dated
) -> list[Pair]:
    """The lines of one amount that have one entry, which has only this line."""
    window = board.rules.window_days
    chosen: list[Pair] = []
    for line in lines:
        day = _day(board, line, None)
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


def _without_doubt(
    board: Board, pairs: list[Pair], postings: list[Posted], lines: list[int]
) -> list[Pair]:
    """The pairs without those that some of the same amount, further off in time, puts in doubt.

    An older entry that no line has could as well be what a line pays, and a later line that has
    no entry could as well pay the entry: the pair is proposed then. What has a partner of its own
    puts nothing in doubt (a rent that comes every month), nor does anything where entry and line
    have one day.
    """
    window = board.rules.window_days
    if window is None:
        return pairs
    paired, matched = {posted for posted, _ in pairs}, {line for _, line in pairs}
    oldest = min((_entered(board, one) for one in postings if one not in paired), default=NEVER)
    latest = max((_day(board, at, NEVER) for at in lines if at not in matched), default=-NEVER)
    by_line = sorted(pairs, key=lambda pair: _day(board, pair[1], NEVER))
    by_entry = sorted(pairs, key=lambda pair: -_entered(board, pair[0]))
    doubtful: set[Pair] = set()
    while True:
        # What is in doubt has no partner and puts others in doubt in turn.
        if by_line and _day(board, by_line[-1][1], NEVER) + window >= oldest:
            pair = by_line.pop()
        elif by_entry and _entered(board, by_entry[-1][0]) - window <= latest:
            pair = by_entry.pop()
        else:
            break
        entered, day = _entered(board, pair[0]), _day(board, pair[1], NEVER)
        if entered != day:
            doubtful.add(pair)
            oldest, latest = min(oldest, entered), max(latest, day)
    reason = say("amount and date agree, but others of the amount are open, further off")
    for posted, line in (pair for pair in pairs if pair in doubtful):
        board.options.append(Option(posted, (line,), How.UNIQUE_AMOUNT, reason))
    return [pair for pair in pairs if pair not in doubtful]


def _entered(board: Board, posted: Posted) -> int:
    return board.entries[posted[0]].date.toordinal()


def _is_clear(board: Board, index: Index, line: int) -> bool:
    its = board.lines[line]
    return bool(index.names(line)) or references.is_clear(its.reference, its.text)
