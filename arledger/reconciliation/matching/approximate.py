# SPDX-License-Identifier: GPL-2.0-or-later
"""A number wrongly written, and the amount right: what was most likely meant.

The amount decides which entries come into question, the distance of the numbers which of
them it is; all lines and entries together, not one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from arledger.findings import say
from arledger.reconciliation.matching.assignment import certain_pairs
from arledger.reconciliation.matching.board import Board, Option, Scope
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.matching.nearness import FAR, Wordings, nearby
from arledger.reconciliation.model import How

# Above this many comparisons in a group of equal amounts only near numbers are compared.
COMPARED_MAX = 20_000
# A line that names another document of ours exactly may have missed by one edit, not by more.
MISNAMED_MAX = 2


def match_approximate(
    board: Board, index: Index, words: Wordings, *, unnamed: bool = False
) -> None:
    """Put together what agrees in amount and nearly in number, where there is one best way.

    With `unnamed` only lines that name no number of ours exactly: nothing else can claim those
    by their number.
    """
    costs: dict[tuple[int, int], int] = {}
    for lines, entries in _equal_amounts(board):
        costs.update(_costs(board, words, lines, entries))
    costs = {
        (line, entry): cost
        for (line, entry), cost in costs.items()
        if not index.names(line) or (cost <= MISNAMED_MAX and not unnamed)
    }
    certain = certain_pairs(costs)
    for line, entry in certain:
        board.accept((entry,), (line,), How.APPROXIMATE)
    reason = say("the amount agrees, and the number nearly")
    for (line, entry), cost in () if unnamed else costs.items():
        if board.all_free((entry,), (line,)):
            board.options.append(Option((entry,), (line,), How.APPROXIMATE, reason, cost))


def _equal_amounts(board: Board) -> Iterable[tuple[list[int], list[int]]]:
    """Lines and entries of one customer, currency and amount; a line without customer: of all."""
    lines_of: dict[tuple[Scope, int], list[int]] = defaultdict(list)
    for at in board.free_lines():
        lines_of[board.line_scope(at), board.line_values[at]].append(at)
    unknown = any(customer is None for (customer, _), _ in lines_of)
    by_amount: dict[tuple[Scope, int], list[int]] = defaultdict(list)
    for at in board.free_entries():
        scope, value = board.entry_scope(at), board.entry_values[at]
        by_amount[scope, value].append(at)
        if unknown and scope[0] is not None:
            by_amount[(None, scope[1]), value].append(at)
    values: dict[Scope, list[int]] = defaultdict(list)
    if any(board.tolerance.values()):
        for scope, value in by_amount:
            values[scope].append(value)
    for (scope, value), lines in lines_of.items():
        if slack := board.slack(scope[1]):
            entries = [
                at
                for near in values[scope]
                if abs(near - value) <= slack and (near > 0) == (value > 0)
                for at in by_amount[scope, near]
            ]
        else:
            entries = by_amount.get((scope, value), [])
        if entries:
            yield lines, entries


def _costs(
    board: Board, words: Wordings, lines: list[int], entries: list[int]
) -> dict[tuple[int, int], int]:
    if len(lines) * len(entries) <= COMPARED_MAX:
        found = {(at, one): words.cost(at, one) for at in lines for one in entries}
        return {pair: cost for pair, cost in found.items() if cost < FAR}
    tokens: dict[str, list[int]] = defaultdict(list)
    for at in lines:
        for token in words.bare_tokens(at):
            tokens[token].append(at)
    costs: dict[tuple[int, int], int] = {}
    for token, near in nearby(words, list(tokens), entries, board.rules.comparisons_max).items():
        for at in tokens[token]:
            for one, cost in near.items():
                costs[at, one] = min(cost, costs.get((at, one), FAR))
    return costs
