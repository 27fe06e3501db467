# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a number on a line is from one of ours, and which come into question at all.

The distance is the optimal string alignment distance: one for each character put in, left out,
exchanged or swapped with its neighbour. In halves, so that what only looks alike (O and 0) is
nearer than what differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board

# The last digits alone are written often: 007414 for 2025050007414. As far as one wrong digit and
# a half, so that a whole number wrongly written goes first.
TAIL_COST = 3
TAIL_MIN = 4
FAR = 99
# Where the amount of the one document isn't known, shorter numbers and tails may be anything.
LENGTH_MIN = 6
NEAR_MAX = 60
BEARERS_MAX = 20


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
        self._bare_tokens: dict[int, tuple[str, ...]] = {}
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

    def bare_tokens(self, line: int) -> tuple[str, ...]:
        """The tokens in bare form only."""
        found = self._bare_tokens.get(line)
        if found is None:
            found = tuple(dict.fromkeys(filter(None, map(references.bare, self.tokens(line)))))
            self._bare_tokens[line] = found
        return found

    def bare_forms(self, entry: int) -> tuple[str, ...]:
        """The numbers of the entry in bare form only."""
        return tuple(dict.fromkeys(filter(None, map(references.bare, self.forms(entry)))))

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


def nearby(
    words: Wordings, tokens: Sequence[str], entries: Sequence[int], compared_max: int
) -> dict[str, dict[int, int]]:
    """For each token the entries near to it and how far they are.

    Everything is compared with everything where that is little work. Where it is much, only what
    has a rest in common when one character is taken away on either side: two numbers one edit
    apart (a swap of neighbours included) have one, and many that are two apart.
    """
    bearers: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        for number in words.bare_forms(entry):
            if len(number) >= LENGTH_MIN:
                bearers[number].append(entry)
    kept = [token for token in tokens if len(token) >= LENGTH_MIN]
    numbers = list(bearers)
    if not kept or not numbers:
        return {}
    if len(kept) * len(numbers) <= compared_max:
        pairs = _compared(kept, numbers)
    else:
        pairs = _indexed(kept, numbers)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for token, number in pairs:
        far = cost(token, number)
        if far < FAR and len(bearers[number]) <= BEARERS_MAX:
            for entry in bearers[number]:
                found[token][entry] = min(far, found[token].get(entry, FAR))
    return {token: near for token, near in found.items() if len(near) <= NEAR_MAX}


def _compared(tokens: list[str], numbers: list[str]) -> Iterator[tuple[str, str]]:
    furthest = limit(FAR)
    far = cdist(
        [references.folded(token) for token in tokens],
        [references.folded(number) for number in numbers],
        scorer=OSA.distance,
        score_cutoff=furthest,
        dtype=np.uint8,
    )
    for i, j in np.argwhere(far <= furthest).tolist():
        yield tokens[i], numbers[j]
    lengths = {len(token) for token in tokens}
    tails: dict[str, list[str]] = defaultdict(list)
    for number in numbers:
        for length in lengths:
            if length < len(number):
                tails[number[-length:]].append(number)
    for token in tokens:
        for number in tails.get(token, ()):
            yield token, number


def _indexed(tokens: list[str], numbers: list[str]) -> Iterator[tuple[str, str]]:
    rests: dict[str, list[str]] = defaultdict(list)
    for number in numbers:
        for rest in _reduced(references.folded(number)):
            rests[rest].append(number)
    for token in tokens:
        wanted: dict[str, None] = {}
        for rest in _reduced(references.folded(token)):
            wanted.update(dict.fromkeys(rests.get(rest, ())))
        for number in wanted:
            yield token, number


def _reduced(text: str) -> set[str]:
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}
