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
from arledger.reconciliation import document_numbers
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.matching.nearness import FAR, Wordings, nearby
from arledger.reconciliation.matching.subsets import MILLION, SUM_MAX, Sums
from arledger.reconciliation.model import How

Together = tuple[tuple[int, ...], tuple[int, ...]]

TOKENS_MAX = 80
CANDIDATES_MAX = 22
PARTS_MAX = 10
# One edit, in halves, and the half for what looks alike; a twentieth of the amount.
COST_MAX = 3
SHARE_MIN = 20
_DIGITS = re.compile(r"\d[\d ]{14,}\d")


def surroundings(board: Board, index: Index, words: Wordings) -> dict[int, dict[int, int]]:
    """For each line left the entries near to what it says, and how far they are.

    Those that it names are at 0.
    """
    entries: dict[Scope, list[int]] = defaultdict(list)
    for at in board.free_entries():
        customer, currency = board.entry_scope(at)
        entries[customer, currency].append(at)
        if customer is not None:
            entries[None, currency].append(at)
    tokens: dict[Scope, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    near: dict[int, dict[int, int]] = {}
    for at in board.free_lines():
        scope = board.line_scope(at)
        if scope in entries:
            near[at] = {
                entry: 0 for found in index.names(at) for entry in found if board.entry_free[entry]
            }
            for token in _said(board, words, at):
                tokens[scope][token].append(at)
    most = board.rules.comparisons_max
    for scope, lines_of in tokens.items():
        for token, found in nearby(words, list(lines_of), sorted(entries[scope]), most).items():
            for line in lines_of[token]:
                for entry, cost in found.items():
                    near[line][entry] = min(cost, near[line].get(entry, FAR))
    return {at: found for at, found in near.items() if found}


def _said(board: Board, words: Wordings, line: int) -> list[str]:
    """All on a line that could be a number or a part of several, once each."""
    its = board.lines[line]
    if not its.reference and not document_numbers.digits_in(its.text):
        return []
    windows = _windows(f"{its.reference} {its.text}")
    return list(dict.fromkeys((*words.bare_tokens(line)[:TOKENS_MAX], *windows)))


def _windows(text: str) -> list[str]:
    """Pieces of digits that were written one after the other, of the usual lengths of numbers."""
    pieces = []
    for run in _DIGITS.findall(document_numbers.upper(text[: references.TEXT_MAX])):
        digits = run.replace(" ", "")
        for length in range(references.WINDOW_MIN, 13):
            pieces += [digits[at : at + length] for at in range(len(digits) - length + 1)]
    return pieces[:400]


def match_nearly(board: Board, near: dict[int, dict[int, int]]) -> None:
    """Put together what is near in number and exact in sum, where there is one way only."""
    near = {
        line: left
        for line, entries in near.items()
        if board.line_free[line]
        and (left := {at: cost for at, cost in entries.items() if board.entry_free[at]})
    }
    found = _lists(board, near) + _parts(board, near)
    wanted = Counter(~entry for entries, _ in found for entry in entries)
    wanted.update(line for _, lines in found for line in lines)
    reason = say("the sum agrees, and the numbers nearly")
    for entries, lines in found:
        if all(wanted[~at] == 1 for at in entries) and all(wanted[at] == 1 for at in lines):
            board.accept(entries, lines, How.APPROXIMATE)
        else:
            board.options.append(Option(entries, lines, How.APPROXIMATE, reason))


def match_near_amounts(board: Board, index: Index, near: dict[int, dict[int, int]]) -> None:
    """Put together what is near in number and in amount, where nothing else is near in number.

    Both are off, so both must be off by little: one edit (or what only looks alike, or the last
    digits written alone), and a twentieth of the amount.
    """
    rivals: Counter[int] = Counter()
    nearest: dict[int, int] = {}
    for line, entries in near.items():
        if not board.line_free[line]:
            continue
        left = [at for at in entries if board.entry_free[at] and _one_sign(board, line, at)]
        rivals.update(left)
        if len(left) == 1 and not index.names(line):
            nearest[line] = left[0]
    reason = say("the number agrees nearly, the amount does not")
    for line, entry in nearest.items():
        ours, theirs = abs(board.entry_values[entry]), abs(board.line_values[line])
        little = abs(ours - theirs) * SHARE_MIN <= ours
        if rivals[entry] == 1 and near[line][entry] <= COST_MAX and little:
            board.accept((entry,), (line,), How.APPROXIMATE)
        else:
            cost = near[line][entry]
            board.options.append(Option((entry,), (line,), How.APPROXIMATE, reason, cost))


def _one_sign(board: Board, line: int, entry: int) -> bool:
    return (board.line_values[line] > 0) == (board.entry_values[entry] > 0)


def _lists(board: Board, near: dict[int, dict[int, int]]) -> list[Together]:
    """One line that lists several entries."""
    found: list[Together] = []
    for line, entries in near.items():
        value = board.line_values[line]
        signed = [at for at in entries if (board.entry_values[at] > 0) == (value > 0)]
        named = [at for at in signed if entries[at] == 0]
        chosen = _only_sum(board, [board.entry_values[at] for at in signed], value)
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
    found: list[Together] = []
    for entry, lines in lines_of.items():
        if not 1 < len(lines) <= PARTS_MAX:
            continue
        parts = [board.line_values[at] for at in lines]
        chosen = _only_sum(board, parts, board.entry_values[entry])
        if chosen is not None:
            found.append(((entry,), tuple(lines[at] for at in chosen)))
    return found


def _is_part(board: Board, line: int, entry: int) -> bool:
    part, whole = board.line_values[line], board.entry_values[entry]
    return (part > 0) == (whole > 0) and abs(part) < abs(whole)


def _only_sum(board: Board, values: Sequence[int], target: int) -> tuple[int, ...] | None:
    """The places of the only two or more values that come to the target; None if not the only.

    None as well where chance would hit it too often: of twenty numbers that are all near, some
    come to anything.
    """
    if not 1 < len(values) <= CANDIDATES_MAX or sum(map(abs, values)) >= SUM_MAX:
        return None
    if abs(sum(values)) < abs(target):
        return None
    if sum(values) == target:
        return tuple(range(len(values)))
    hits = Sums(tuple(values), len(values)).find(target)
    certain = hits.count == 1 and hits.chance * board.rules.coincidence_max <= MILLION
    return hits.solution if certain else None
