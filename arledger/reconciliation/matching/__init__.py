# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries of ours against lines of theirs, in stages, each on what the ones before left.

Nothing here reads a file or a clock: the answer depends on the entries, the lines and the rules
only, and not on their order. What is accepted is the only solution of its stage; what isn't the
only one is proposed, ranked, and never accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arledger.load import collector_paused
from arledger.money import exact
from arledger.reconciliation.matching.amounts import match_amounts
from arledger.reconciliation.matching.approximate import match_approximate
from arledger.reconciliation.matching.batches import match_batches
from arledger.reconciliation.matching.board import Board
from arledger.reconciliation.matching.duplicates import drop_repeated_entries, drop_repeated_lines
from arledger.reconciliation.matching.equal import match_references
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.matching.named import match_named
from arledger.reconciliation.matching.nearly import (
    match_near_amounts,
    match_nearly,
    surroundings,
)
from arledger.reconciliation.matching.nearness import Wordings
from arledger.reconciliation.matching.outcome import outcome
from arledger.reconciliation.matching.rules import MatchRules
from arledger.reconciliation.matching.sums import match_differences, match_sums
from arledger.reconciliation.model import Entry, Line, Matching

__all__ = ["MatchRules", "match"]

# What is accepted can make something else the only solution; each round accepts at least one.
ROUNDS_MAX = 50


@exact
def match(
    entries: Sequence[Entry], lines: Sequence[Line], rules: MatchRules | None = None
) -> Matching:
    """Put lines and entries together; each ends in exactly one place of the answer.

    Amounts are signed from our side and in the currency that each bears. Entries' ids must differ.
    """
    with collector_paused():
        return _match(Board(entries, lines, rules or MatchRules()))


def _match(board: Board) -> Matching:
    assert len({entry.id for entry in board.entries}) == len(board.entries), "ids are unique"
    index, words = Index(board), Wordings(board)
    match_named(board)
    _rounds(board, index, words)
    own = board.rules.currency or _only_currency(board)
    if own is not None and board.convert(own):
        index, words = Index(board), Wordings(board)
        _rounds(board, index, words)
    return outcome(board)


def _only_currency(board: Board) -> str | None:
    currencies = {entry.currency for entry in board.entries}
    return currencies.pop() if len(currencies) == 1 else None


def _rounds(board: Board, index: Index, words: Wordings) -> None:
    near: dict[int, dict[int, int]] = {}
    stages: tuple[Callable[[], None], ...] = (
        lambda: match_references(board, index),
        lambda: match_sums(board, index),
        lambda: match_approximate(board, index, words, unnamed=True),
        lambda: near.update({} if near else surroundings(board, index, words)),
        lambda: match_nearly(board, near),
        lambda: match_differences(board, index),
        lambda: drop_repeated_lines(board, index),
        lambda: drop_repeated_entries(board),
        lambda: match_approximate(board, index, words),
        lambda: match_near_amounts(board, index, near),
        lambda: match_amounts(board, index),
        lambda: match_batches(board, index),
    )
    board.all_again()
    for _ in range(ROUNDS_MAX):
        for stage in stages:
            stage()
        if not board.next_round():
            break
