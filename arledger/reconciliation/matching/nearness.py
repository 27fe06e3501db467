# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a number on a line is from one of ours, and which come into question at all.

The distance is the optimal string alignment distance: one for each character put in, left out,
exchanged or swapped with its neighbour. In halves, so that what only looks alike (O and 0) is
nearer than what differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board

# The last digits alone are written often: 007414 for 2025050007414. As far as one wrong digit and
# a half, so that a whole number wrongly written goes first.
TAIL_COST = 3
TAIL_MIN = 4
FAR = 99


def limit(length: int) -> int:
    """How many edits a number of this length may be away and still be meant."""
    if length >= 12:  # noqa: PLR2004 - by length: 3 of 12 characters, 2 of 8, 1 of 5
        return 3
    if length >= 8:  # noqa: PLR2004
        return 2
    return 1 if length >= 5 else 0  # noqa: PLR2004


def cost(token: str, number: str) -> int:
    """The distance in halves between a line's token and a number of ours; FAR beyond the limit."""
    if token == number:
        return 0
    best = FAR
    most = limit(min(len(token), len(number)))
    if abs(len(token) - len(number)) <= most:
        alike, like = references.folded(token), references.folded(number)
        if alike == like:
            return 1
        plain = OSA.distance(token, number, score_cutoff=most)
        if plain <= most:
            best = 2 * plain
        seen = OSA.distance(alike, like, score_cutoff=most)
        if seen <= most:
            best = min(best, 2 * seen + 1)
    if best > TAIL_COST and references.digits_in(token) >= TAIL_MIN and number.endswith(token):
        best = TAIL_COST
    return best


def forms(number: str) -> tuple[str, ...]:
    """The compact and the bare form of a number of ours."""
    key = references.compact(number)
    short = references.bare(key)
    return tuple(dict.fromkeys(form for form in (key, short) if len(form) >= TAIL_MIN))


class Wordings:
    """The tokens of lines and the forms of entries' numbers, worked out once."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._tokens: dict[int, tuple[str, ...]] = {}
        self._forms: dict[int, tuple[str, ...]] = {}

    def tokens(self, line: int) -> tuple[str, ...]:
        """What on the line could be a number, in compact and bare form."""
        found = self._tokens.get(line)
        if found is None:
            its = self.board.lines[line]
            raw = references.tokens(its.reference, its.text)
            both = [form for key in raw for form in (key, references.bare(key))]
            found = tuple(dict.fromkeys(form for form in both if len(form) >= TAIL_MIN))
            self._tokens[line] = found
        return found

    def forms(self, entry: int) -> tuple[str, ...]:
        """The forms of all numbers of the entry."""
        found = self._forms.get(entry)
        if found is None:
            numbers = self.board.entries[entry].references
            found = tuple(dict.fromkeys(form for one in numbers for form in forms(one)))
            self._forms[entry] = found
        return found

    def cost(self, line: int, entry: int) -> int:
        """The least distance between anything on the line and a number of the entry."""
        best = FAR
        for number in self.forms(entry):
            for token in self.tokens(line):
                best = min(best, cost(token, number))
                if best == 0:
                    return 0
        return best


def _reduced(text: str) -> Iterable[str]:
    yield text
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]


class Neighbours:
    """Numbers of entries by what is left of them when one character is taken away.

    Two numbers that are one edit apart (a swap of neighbours included) have such a rest in
    common, and many that are two apart; so nearness costs time in proportion to what is there.
    """

    def __init__(self, words: Wordings, entries: Sequence[int]) -> None:
        self.words = words
        self._rests: dict[str, list[int]] = defaultdict(list)
        self._tails: dict[str, list[int]] = defaultdict(list)
        for entry in entries:
            for number in words.forms(entry):
                self._enter(number, entry)

    def _enter(self, number: str, entry: int) -> None:
        alike = references.folded(number)
        for rest in _reduced(alike):
            _append(self._rests[rest], entry)
        for length in range(TAIL_MIN, len(number)):
            _append(self._tails[number[-length:]], entry)

    def near(self, token: str, most: int, tail_min: int = TAIL_MIN) -> dict[int, int]:
        """The entries near to a token with their distances; none where there are too many."""
        found: dict[int, int] = {}
        alike = references.folded(token)
        wanted: set[int] = set()
        for rest in _reduced(alike):
            wanted.update(self._rests.get(rest, ()))
        if references.digits_in(token) >= tail_min:
            wanted.update(self._tails.get(token, ()))
        if len(wanted) > most:
            return {}
        for entry in wanted:
            far = min((cost(token, number) for number in self.words.forms(entry)), default=FAR)
            if far < FAR:
                found[entry] = far
        return found


def _append(held: list[int], entry: int) -> None:
    if not held or held[-1] != entry:
        held.append(entry)
