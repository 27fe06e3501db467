# SPDX-License-Identifier: GPL-2.0-or-later
"""One payment for several invoices that doesn't say for which, and the other way round.

Among many amounts some always happen to sum to a given one. So a sum is accepted only where it
is the only one, and where hitting it by chance would be a rare event. It is proposed otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import attrs
import numpy as np

from arledger.findings import say
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.matching.rules import MatchRules
from arledger.reconciliation.matching.subsets import (
    MILLION,
    NONE,
    SUM_MAX,
    WRITTEN_OUT_MAX,
    EverySum,
    FewOfMany,
    Hits,
    Integers,
    Sums,
)
from arledger.reconciliation.model import How

Together = tuple[tuple[int, ...], tuple[int, ...]]

KNOWN_BATCH = 4
# Amounts from here on aren't searched, so that no sum of those that are exceeds 64 bits.
AMOUNT_MAX = SUM_MAX // 10_000
# No day is later.
ALWAYS = 10**9


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
    days = [board.entries[at].date.toordinal() for at in entries]
    pool = _Pool(entries, [board.entry_values[at] for at in entries], days)
    for line in lines:
        anchors = _anchors(board, index, line)
        if anchors is None:
            continue
        rest = board.line_values[line] - sum(board.entry_values[at] for at in anchors)
        if not pool.may_be(rest, board.rules):
            continue
        candidates = pool.fitting(abs(rest), latest=_latest(board, line), without=anchors)
        hits = searches.find(candidates, rest, 1 if anchors else 2)
        if not hits.count:
            continue
        ways = [tuple(sorted((*anchors, *way))) for way in candidates.places_of(hits)]
        # A line that says that there are others is a batch for certain: it only says not of what.
        odds = board.rules.coincidence_max // (KNOWN_BATCH if anchors else 1)
        if hits.count == 1 and hits.chance * odds <= MILLION:
            found.append((ways[0], (line,)))
        else:
            _propose(board, [(ours, (line,)) for ours in ways], hits)
    return found


def _sums_of_lines(
    board: Board, index: Index, entries: Sequence[int], lines: Sequence[int], searches: _Searches
) -> list[Together]:
    """The mirror: one entry of ours that they have in several lines."""
    bare = [at for at in lines if _anchors(board, index, at) == ()]
    if not 1 < len(bare) <= board.rules.batch_candidates_max:
        return []
    found: list[Together] = []
    latest = [_latest(board, at) for at in bare]
    pool = _Pool(bare, [board.line_values[at] for at in bare], [-day for day in latest])
    for entry in entries:
        value = board.entry_values[entry]
        if not pool.may_be(value, board.rules):
            continue
        day = board.entries[entry].date.toordinal()
        candidates = pool.fitting(abs(value) - 1, latest=-day)
        hits = searches.find(candidates, value, 2)
        if not hits.count:
            continue
        ways = [tuple(sorted(way)) for way in candidates.places_of(hits)]
        # Every entry that is left has been tried: one of them may well hit by chance.
        tried = len(entries) * board.rules.coincidence_max
        if hits.count == 1 and hits.chance * tried <= MILLION:
            found.append(((entry,), ways[0]))
        else:
            _propose(board, [((entry,), theirs) for theirs in ways], hits)
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


def _latest(board: Board, line: int) -> int:
    """The last day that an entry may have which the line settles: its own, but for the window."""
    day, window = board.lines[line].date, board.rules.window_days
    return ALWAYS if day is None or window is None else day.toordinal() + window


@attrs.frozen
class _Candidates:
    """What can be part of a sum: places on the board, and amounts."""

    places: Sequence[int]
    values: Integers

    def places_of(self, hits: Hits) -> list[tuple[int, ...]]:
        """The ways that were found, as places on the board."""
        return [tuple(self.places[at] for at in way) for way in hits.solutions]


class _Pool:
    """The amounts of one customer, all of one sign, and up to which day each must be settled."""

    def __init__(self, places: Sequence[int], values: Sequence[int], days: Sequence[int]) -> None:
        kept = [at for at, value in enumerate(values) if abs(value) < AMOUNT_MAX]
        self._places = np.array([places[at] for at in kept], dtype=np.int64)
        self._values = np.array([values[at] for at in kept], dtype=np.int64)
        self._days = np.array([days[at] for at in kept], dtype=np.int64)
        self._sizes = np.abs(self._values)
        self._all: EverySum | Sums | None = None

    def may_be(self, target: int, rules: MatchRules) -> bool:
        """Whether any of the amounts may come to the target: sure only where it says no."""
        count = len(self._values)
        if count > rules.batch_candidates_max or abs(target) >= AMOUNT_MAX:
            return True
        if self._all is None and count <= WRITTEN_OUT_MAX:
            self._all = EverySum(self._values)
        elif self._all is None:
            self._all = Sums(tuple(self._values.tolist()), rules.batch_size_max)
        return self._all.may_be(target)

    def fitting(self, most: int, latest: int, without: Sequence[int] = ()) -> _Candidates:
        """Those no larger than the sum, and not dated after the day."""
        if most >= AMOUNT_MAX:
            return _Candidates((), self._values[:0])
        fits = (self._sizes <= most) & (self._days <= latest)
        for at in without:
            fits &= self._places != at
        return _Candidates(self._places[fits].tolist(), self._values[fits])


class _Searches:
    """The sums of one customer's amounts, each set of amounts worked out once; so many tries.

    For each customer its own: nobody else's work may change what is found here.
    """

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._left = rules.batch_tries_max
        self._sums: dict[bytes, Sums | FewOfMany] = {}

    def find(self, candidates: _Candidates, target: int, least: int) -> Hits:
        """The ways to come to the target; none where there can't be one or too much was tried."""
        values = candidates.values
        most = self._most(len(values))
        if most < least or len(values) < least or self._left <= 0:
            return NONE
        if len(values) > most and np.partition(np.abs(values), -most)[-most:].sum() < abs(target):
            return NONE
        self._left -= 1
        key = values.tobytes()
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = self._prepared(values, most)
        return sums.find(target, least)

    def _most(self, candidates: int) -> int:
        """Of how many amounts a sum may consist, by how many come into question."""
        rules = self._rules
        if candidates <= rules.batch_candidates_max:
            return rules.batch_size_max
        fewer = [size for size, most in rules.batch_few.items() if candidates <= most]
        return min(max(fewer, default=0), rules.batch_size_max)

    def _prepared(self, values: Integers, most: int) -> Sums | FewOfMany:
        if len(values) > self._rules.batch_candidates_max:
            return FewOfMany(values, most)
        return Sums(tuple(values.tolist()), most)


def _propose(board: Board, ways: Sequence[Together], hits: Hits) -> None:
    reason = (
        say("the sum agrees, and so do {count} others", count=hits.count - 1)
        if hits.count > 1
        else say("the sum agrees, which may well be chance")
    )
    board.options.extend(
        Option(entries, lines, How.BATCH, reason, rank)
        for rank, (entries, lines) in enumerate(ways[: board.rules.choices_max])
    )
