# SPDX-License-Identifier: GPL-2.0-or-later
"""Several numbers, or parts of one, wrongly written: held together by an exact sum.

A list in which some numbers are mistyped; two payments of one invoice of which one misspells it.
One wrong number could be any of its neighbours, but the sum says which.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from arledger.findings import say
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.matching.nearness import FAR, Neighbours, Wordings
from arledger.reconciliation.matching.subsets import SUM_MAX, Sums
from arledger.reconciliation.model import How

Together = tuple[tuple[int, ...], tuple[int, ...]]

NEAR_MAX = 60
TOKENS_MAX = 80
CANDIDATES_MAX = 22
PARTS_MAX = 10
# A tail of fewer digits may be anything when the amount of the one document isn't known.
TAIL_MIN = 6
_DIGITS = re.compile(r"\d[\d ]{14,}\d")


class Surroundings:
    """Which entries that are left are near to what a line says."""

    def __init__(self, board: Board, index: Index, words: Wordings) -> None:
        self.board, self.index, self.words = board, index, words
        self._entries: dict[Scope, list[int]] = defaultdict(list)
        for at in board.free_entries():
            customer, currency = board.entry_scope(at)
            self._entries[customer, currency].append(at)
            if customer is not None:
                self._entries[None, currency].append(at)
        self._neighbours: dict[Scope, Neighbours] = {}

    def neighbours(self, scope: Scope) -> Neighbours | None:
        """The numbers of the entries left of a customer."""
        if scope not in self._entries:
            return None
        if scope not in self._neighbours:
            entries = sorted(self._entries[scope])
            self._neighbours[scope] = Neighbours(self.words, entries)
        return self._neighbours[scope]

    def of(self, line: int) -> dict[int, int]:
        """Entries and how far they are; 0 for those that the line names."""
        near = self.neighbours(self.board.line_scope(line))
        if near is None:
            return {}
        found = {
            entry: 0
            for entries in self.index.names(line)
            for entry in entries
            if self.board.entry_free[entry]
        }
        its = self.board.lines[line]
        tokens = [*self.words.tokens(line)[:TOKENS_MAX], *_windows(f"{its.reference} {its.text}")]
        for token in dict.fromkeys(tokens):
            for entry, cost in near.near(token, NEAR_MAX, TAIL_MIN).items():
                found[entry] = min(cost, found.get(entry, FAR))
        return found


def _windows(text: str) -> list[str]:
    """Pieces of digits that were written one after the other, of the usual lengths of numbers."""
    pieces = []
    for run in _DIGITS.findall(references.upper(text[: references.TEXT_MAX])):
        digits = run.replace(" ", "")
        for length in range(references.WINDOW_MIN, 13):
            pieces += [digits[at : at + length] for at in range(len(digits) - length + 1)]
    return pieces[:400]


def match_nearly(board: Board, index: Index, words: Wordings) -> None:
    """Put together what is near in number and exact in sum, where there is one way only."""
    around = Surroundings(board, index, words)
    near = {at: found for at in board.free_lines() if (found := around.of(at))}
    found = _lists(board, near) + _parts(board, near)
    wanted = Counter(~entry for entries, _ in found for entry in entries)
    wanted.update(line for _, lines in found for line in lines)
    reason = say("the sum agrees, and the numbers nearly")
    for entries, lines in found:
        if all(wanted[~at] == 1 for at in entries) and all(wanted[at] == 1 for at in lines):
            board.accept(entries, lines, How.APPROXIMATE)
        else:
            board.options.append(Option(entries, lines, How.APPROXIMATE, reason))


def _lists(board: Board, near: dict[int, dict[int, int]]) -> list[Together]:
    """One line that lists several entries."""
    found = []
    for line, entries in near.items():
        value = board.line_values[line]
        signed = [at for at in entries if (board.entry_values[at] > 0) == (value > 0)]
        named = [at for at in signed if entries[at] == 0]
        chosen = _only_sum([board.entry_values[at] for at in signed], value, board)
        if chosen is None:
            continue
        ours = tuple(sorted(signed[at] for at in chosen))
        if set(named) <= set(ours):
            found.append((ours, (line,)))
    return found


def _parts(board: Board, near: dict[int, dict[int, int]]) -> list[Together]:
    """One entry of which several lines are parts; each line stands for its nearest entries."""
    lines_of: dict[int, list[int]] = defaultdict(list)
    for line, entries in near.items():
        least = min(entries.values())
        for entry, cost in entries.items():
            if cost == least and _is_part(board, line, entry):
                lines_of[entry].append(line)
    found = []
    for entry, lines in lines_of.items():
        if not 1 < len(lines) <= PARTS_MAX:
            continue
        chosen = _only_sum(
            [board.line_values[at] for at in lines], board.entry_values[entry], board
        )
        if chosen is not None:
            found.append(((entry,), tuple(lines[at] for at in chosen)))
    return found


def _is_part(board: Board, line: int, entry: int) -> bool:
    part, whole = board.line_values[line], board.entry_values[entry]
    return (part > 0) == (whole > 0) and abs(part) < abs(whole)


def _only_sum(values: Sequence[int], target: int, board: Board) -> tuple[int, ...] | None:
    """The places of the only two or more values that come to the target; None if not the only."""
    if not 1 < len(values) <= CANDIDATES_MAX or sum(map(abs, values)) >= SUM_MAX:
        return None
    if abs(sum(values)) < abs(target):
        return None
    if sum(values) == target:
        return tuple(range(len(values)))
    hits = Sums(tuple(values), len(values)).find(target, 0)
    return hits.solution if hits.count == 1 else None
