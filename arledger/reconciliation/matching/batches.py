# SPDX-License-Identifier: GPL-2.0-or-later
"""One payment for several invoices that doesn't say for which, and the other way round.

Among many amounts some always happen to sum to a given one. So a sum is accepted only where it
is the only one, and where hitting it by chance would be a rare event. It is proposed otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from arledger.findings import say
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.matching.rules import MatchRules
from arledger.reconciliation.matching.subsets import SUM_MAX, Hits, Sums, may_be_sum
from arledger.reconciliation.model import How

Together = tuple[tuple[int, ...], tuple[int, ...]]

MILLION = 1_000_000
KNOWN_BATCH = 10


def match_batches(board: Board, index: Index) -> None:
    """Put lines with the entries that sum to them, then entries with the lines that do.

    A line that names a number of ours and says that there are more (等) is looked for among the
    sums that contain it; one that names anything else isn't looked for at all.
    """
    entries: dict[tuple[Scope, bool], list[int]] = defaultdict(list)
    for at in board.free_entries():
        if board.entries[at].customer is not None:
            entries[board.entry_scope(at), board.entry_values[at] > 0].append(at)
    lines: dict[tuple[Scope, bool], list[int]] = defaultdict(list)
    for at in board.free_lines():
        if board.lines[at].customer is not None:
            lines[board.line_scope(at), board.line_values[at] > 0].append(at)
    found: list[Together] = []
    for key, theirs in lines.items():
        if key in entries:
            searches = _Searches(board.rules)
            found += _sums_of_entries(board, index, theirs, entries[key], searches)
            found += _sums_of_lines(board, index, entries[key], theirs, searches)
    wanted = Counter(~entry for ours, _ in found for entry in ours)
    wanted.update(line for _, paid in found for line in paid)
    reason = say("the sum agrees, and another sum takes some of the same")
    for ours, paid in found:
        if all(wanted[~at] == 1 for at in ours) and all(wanted[at] == 1 for at in paid):
            board.accept(ours, paid, How.BATCH)
        else:
            board.options.append(Option(ours, paid, How.BATCH, reason))


def _sums_of_entries(
    board: Board, index: Index, lines: Sequence[int], entries: Sequence[int], searches: _Searches
) -> list[Together]:
    found: list[Together] = []
    for line in lines:
        anchors = _anchors(board, index, line)
        if anchors is None:
            continue
        value = board.line_values[line]
        rest = value - sum(board.entry_values[at] for at in anchors)
        candidates = _candidates(board, line, rest, [at for at in entries if at not in anchors])
        values = tuple(board.entry_values[at] for at in candidates)
        hits = searches.find(values, rest, 1 if anchors else 2)
        if not hits.count:
            continue
        ours = tuple(sorted((*anchors, *(candidates[at] for at in hits.solution))))
        # A line that says that there are others is a batch for certain: it only says not of what.
        odds = board.rules.coincidence_max // (KNOWN_BATCH if anchors else 1)
        if hits.count == 1 and hits.chance * odds <= MILLION:
            found.append((ours, (line,)))
        else:
            _propose(board, ours, (line,), hits)
    return found


def _sums_of_lines(
    board: Board, index: Index, entries: Sequence[int], lines: Sequence[int], searches: _Searches
) -> list[Together]:
    """The mirror: one entry of ours that they have in several lines."""
    bare = [at for at in lines if _anchors(board, index, at) == ()]
    if not 1 < len(bare) <= board.rules.batch_candidates_max:
        return []
    found: list[Together] = []
    for entry in entries:
        value = board.entry_values[entry]
        candidates = [
            at
            for at in bare
            if abs(board.line_values[at]) < abs(value) and _may_settle(board, at, entry)
        ]
        values = tuple(board.line_values[at] for at in candidates)
        hits = searches.find(values, value, 2)
        if not hits.count:
            continue
        theirs = tuple(sorted(candidates[at] for at in hits.solution))
        # Every entry that is left has been tried: one of them may well hit by chance.
        tried = len(entries) * board.rules.coincidence_max
        if hits.count == 1 and hits.chance * tried <= MILLION:
            found.append(((entry,), theirs))
        else:
            _propose(board, (entry,), theirs, hits)
    return found


def _anchors(board: Board, index: Index, line: int) -> tuple[int, ...] | None:
    """The entries that the sum must contain; None where no sum may be looked for."""
    its = board.lines[line]
    names = index.names(line)
    if not names:
        return None if references.is_clear(its.reference, its.text) else ()
    anchors = [at for entries in names for at in entries]
    if not all(board.entry_free[at] for at in anchors):
        return None
    signs = {board.entry_values[at] > 0 for at in anchors} | {board.line_values[line] > 0}
    total = sum(board.entry_values[at] for at in anchors)
    if len(signs) > 1 or abs(total) >= abs(board.line_values[line]):
        return None
    return tuple(anchors)


def _candidates(board: Board, line: int, rest: int, entries: Sequence[int]) -> list[int]:
    """The entries that can be part of the sum: smaller than it, and not dated after the line."""
    fitting = [
        at
        for at in entries
        if abs(board.entry_values[at]) <= abs(rest) and _may_settle(board, line, at)
    ]
    return fitting if len(fitting) <= board.rules.batch_candidates_max else []


def _may_settle(board: Board, line: int, entry: int) -> bool:
    """Whether the line isn't dated before the entry, but for the window."""
    day, window = board.lines[line].date, board.rules.window_days
    return day is None or window is None or (board.entries[entry].date - day).days <= window


class _Searches:
    """The sums of one customer's amounts, each set of amounts worked out once; so many tries.

    For each customer its own: nobody else's work may change what is found here.
    """

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._left = rules.batch_tries_max
        self._sums: dict[tuple[int, ...], Sums] = {}

    def find(self, values: tuple[int, ...], target: int, least: int) -> Hits:
        """The ways to come to the target; none where there can't be one or too much was tried."""
        most = self._rules.batch_size_max
        largest = sorted(map(abs, values), reverse=True)[:most]
        possible = len(values) >= least and sum(largest) >= abs(target)
        if not possible or self._left <= 0 or sum(map(abs, values)) >= SUM_MAX:
            return Hits(0, (), 0)
        self._left -= 1
        if not may_be_sum(values, target):
            return Hits(0, (), 0)
        if values not in self._sums:
            self._sums[values] = Sums(values, most)
        return self._sums[values].find(target, 0, least)


def _propose(board: Board, entries: tuple[int, ...], lines: tuple[int, ...], hits: Hits) -> None:
    reason = (
        say("the sum agrees, and so do {count} others", count=hits.count - 1)
        if hits.count > 1
        else say("the sum agrees, which may well be chance")
    )
    board.options.append(Option(entries, lines, How.BATCH, reason))
