# SPDX-License-Identifier: GPL-2.0-or-later
"""First stage: what the ledger itself names. Such pairs stand, whatever their amounts are."""

from __future__ import annotations

from collections import defaultdict

from arledger.reconciliation.matching.board import Board
from arledger.reconciliation.matching.groups import joined
from arledger.reconciliation.model import How


def match_named(board: Board) -> None:
    """Put lines together with the entries that name their keys.

    Several entries may name one line (a receipt over several invoices), and one entry several
    lines. A line that stands twice in the file, key and all, is taken once where that makes the
    amounts agree.
    """
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at in board.free_entries():
        entry = board.entries[at]
        for name in entry.named:
            by_name[name, entry.currency].append(at)
    if not by_name:
        return
    links = {
        at: named
        for at in board.free_lines()
        if (key := board.lines[at].key) is not None
        and (named := by_name.get((key, board.currencies[at])))
    }
    for entries, lines in joined(links):
        kept = _without_repetitions(board, entries, lines)
        board.accept(entries, kept, How.NAMED)


def _without_repetitions(
    board: Board, entries: tuple[int, ...], lines: tuple[int, ...]
) -> tuple[int, ...]:
    currency = board.currencies[lines[0]]
    if len(lines) == 1 or board.same_sum(lines, entries, currency):
        return lines
    first: dict[object, int] = {}
    for at in lines:
        its = board.lines[at]
        first.setdefault((its.key, its.date, its.reference, its.text, board.line_values[at]), at)
    kept = tuple(first.values())
    if len(kept) == len(lines) or not board.same_sum(kept, entries, currency):
        return lines
    for at in lines:
        if at not in kept:
            its = board.lines[at]
            key = (its.key, its.date, its.reference, its.text, board.line_values[at])
            board.repeat_line(at, first[key])
    return kept
