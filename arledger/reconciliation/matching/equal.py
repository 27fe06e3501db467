# SPDX-License-Identifier: GPL-2.0-or-later
"""Second stage: the line names a number of ours, and the amounts agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from arledger.findings import say
from arledger.reconciliation.matching.board import Board, Option
from arledger.reconciliation.matching.duplicates import by_day, entries_repeat, near, owns
from arledger.reconciliation.matching.groups import joined
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.model import How


def match_references(board: Board, index: Index) -> None:
    """Put together what agrees in number and amount.

    First where the line leaves no choice, then among what is left: a line that could mean
    either of two entries doesn't take the one that another line means for certain.
    """
    claims = _claims(board, index)
    _settle(board, {at: found for at, found in claims.items() if len(found) == 1})
    rest = {
        at: left
        for at, found in claims.items()
        if board.line_free[at] and (left := [one for one in found if board.entry_free[one]])
    }
    _settle(board, rest)


def _claims(board: Board, index: Index) -> dict[int, list[int]]:
    """For each line the entries that it names and whose amount is its own."""
    claims: dict[int, list[int]] = {}
    for at in board.free_lines():
        whole = index.whole(at)
        if whole is not None and len(whole) == 1 and _fits(board, at, whole[0]):
            claims[at] = [whole[0]]
            continue
        fitting = [
            [entry for entry in entries if _fits(board, at, entry)] for entries in index.names(at)
        ]
        fitting = [entries for entries in fitting if entries]
        # Two different numbers of equal amounts: it is the list that must be matched.
        if len(fitting) == 1:
            claims[at] = fitting[0]
    return claims


def _fits(board: Board, line: int, entry: int) -> bool:
    return board.entry_free[entry] and board.equal(line, entry)


def _settle(board: Board, claims: dict[int, list[int]]) -> None:
    wanted = Counter(entry for entries in claims.values() for entry in entries)
    shared: dict[int, list[int]] = {}
    for line, entries in claims.items():
        if len(entries) == 1 and wanted[entries[0]] == 1:
            board.accept(entries, (line,), How.REFERENCE)
        else:
            shared[line] = entries
    for ours, theirs in joined(shared):
        _share(board, ours, theirs)


def _share(board: Board, entries: Sequence[int], lines: Sequence[int]) -> None:
    """Several of one number and one amount on either side."""
    ours, theirs = _same_days(board, entries, lines)
    if not ours or not theirs:
        return
    if len(ours) == len(theirs):
        board.accept(ours, theirs, How.REFERENCE)
    elif len(theirs) > len(ours):
        _more_lines(board, ours, theirs)
    else:
        _more_entries(board, ours, theirs)


def _same_days(
    board: Board, entries: Sequence[int], lines: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Pair what also has one date, where only one of each side has it; return what is left."""
    by_day: dict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for at in entries:
        by_day[board.entries[at].date][0].append(at)
    for at in lines:
        by_day[board.lines[at].date][1].append(at)
    for ours, theirs in by_day.values():
        if len(ours) == len(theirs) == 1:
            board.accept(ours, theirs, How.REFERENCE)
    return (
        [at for at in entries if board.entry_free[at]],
        [at for at in lines if board.line_free[at]],
    )


def _more_lines(board: Board, entries: list[int], lines: list[int]) -> None:
    """More lines than entries: the first ones count, if the others repeat them."""
    lines = by_day(board, lines)
    kept, more = lines[: len(entries)], lines[len(entries) :]
    by_number = any(owns(board, entry, kept[0]) for entry in entries)
    if by_number or all(near(board, at, kept[-1]) for at in more):
        board.accept(entries, kept, How.REFERENCE)
        for at in more:
            board.repeat_line(at, kept[-1])
        return
    reason = say("number and amount agree, and more than one line bears them")
    for at in lines:
        for rank, entry in enumerate(entries[: board.rules.choices_max]):
            board.options.append(Option((entry,), (at,), How.REFERENCE, reason, rank))


def _more_entries(board: Board, entries: list[int], lines: list[int]) -> None:
    """More entries than lines: the first ones count, if the others repeat them."""
    kept, more = entries[: len(lines)], entries[len(lines) :]
    if all(entries_repeat(board, at, kept[-1]) for at in more):
        board.accept(kept, lines, How.REFERENCE)
        for at in more:
            board.repeat_entry(at, kept[-1])
        return
    reason = say("number and amount agree, and more than one entry bears them")
    for at in lines:
        for rank, entry in enumerate(_nearest(board, at, entries)):
            board.options.append(Option((entry,), (at,), How.REFERENCE, reason, rank))


def _nearest(board: Board, line: int, entries: Sequence[int]) -> list[int]:
    """The entries whose dates are nearest to the line's, as many as a proposal shows."""
    ranked = sorted(entries, key=lambda entry: (board.days(line, entry) or 0, entry))
    return ranked[: board.rules.choices_max]
