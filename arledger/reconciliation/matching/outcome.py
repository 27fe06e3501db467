# SPDX-License-Identifier: GPL-2.0-or-later
"""What the board holds in the end, as the values that others read."""

from __future__ import annotations

from decimal import Decimal

from arledger.reconciliation.matching.board import Board, Found, Option
from arledger.reconciliation.matching.groups import joined
from arledger.reconciliation.matching.hints import hint
from arledger.reconciliation.model import Candidate, Duplicate, Match, Matching, Proposal

ZERO = Decimal(0)


def outcome(board: Board) -> Matching:
    """The answer, in the order of the lines and entries; everything stands in one place of it."""
    matches = tuple(_match(board, one) for one in sorted(board.found, key=lambda one: one.lines))
    proposals = _proposals(board)
    duplicates = (
        *(
            Duplicate(None, board.lines[at], str(board.lines[of].index))
            for at, of in sorted(board.line_duplicates.items())
        ),
        *(
            Duplicate(board.entries[at], None, board.entries[of].id)
            for at, of in sorted(board.entry_duplicates.items())
        ),
    )
    answer = Matching(
        matches,
        proposals,
        duplicates,
        tuple(board.entries[at] for at in board.free_entries()),
        tuple(board.lines[at] for at in board.free_lines()),
    )
    _assert_complete(board, answer)
    return answer


def _match(board: Board, found: Found) -> Match:
    difference = sum(board.line_values[at] for at in found.lines) - sum(
        board.entry_values[at] for at in found.entries
    )
    entries = tuple([board.entries[at] for at in found.entries])
    lines = tuple([board.lines[at] for at in found.lines])
    if not difference:
        return Match(entries, lines, found.how, ZERO)
    value = sum((board.worth[at] for at in found.lines), ZERO)
    why = hint(entries, lines, value, board.rules)
    return Match(entries, lines, found.how, board.unscaled(difference), why)


def _proposals(board: Board) -> tuple[Proposal, ...]:
    """What could go several ways, put together where the ways touch, the likeliest first."""
    options = [one for one in board.options if board.all_free(one.entries, one.lines)]
    links: dict[int, set[int]] = {}
    for one in options:
        for line in one.lines:
            links.setdefault(line, set()).update(one.entries)
    group_of: dict[int, int] = {}
    groups = joined(links)
    for number, (_, lines) in enumerate(groups):
        for line in lines:
            group_of[line] = number
    by_group: dict[int, list[Option]] = {}
    for one in options:
        by_group.setdefault(group_of[one.lines[0]], []).append(one)
    return tuple(
        _proposal(board, *groups[number], found) for number, found in sorted(by_group.items())
    )


def _proposal(
    board: Board, entries: tuple[int, ...], lines: tuple[int, ...], options: list[Option]
) -> Proposal:
    best: dict[tuple[tuple[int, ...], tuple[int, ...]], Option] = {}
    for one in options:
        best.setdefault((one.entries, one.lines), one)
    ranked = sorted(best.values(), key=lambda one: (one.rank, one.lines, one.entries))
    for at in entries:
        board.entry_free[at] = False
    for at in lines:
        board.line_free[at] = False
    return Proposal(
        tuple(board.entries[at] for at in entries),
        tuple(board.lines[at] for at in lines),
        tuple(
            Candidate(
                tuple(board.entries[at] for at in one.entries),
                tuple(board.lines[at] for at in one.lines),
                one.how,
                one.reason,
            )
            for one in ranked
        ),
    )


def _assert_complete(board: Board, answer: Matching) -> None:
    """Nothing is lost and nothing stands twice."""
    lines = (
        sum(len(one.lines) for one in answer.matches)
        + sum(len(one.lines) for one in answer.proposals)
        + sum(one.line is not None for one in answer.duplicates)
        + len(answer.lines_left)
    )
    entries = (
        sum(len(one.entries) for one in answer.matches)
        + sum(len(one.entries) for one in answer.proposals)
        + sum(one.entry is not None for one in answer.duplicates)
        + len(answer.entries_left)
    )
    assert lines == len(board.lines), "every line stands in one place of the answer"
    assert entries == len(board.entries), "every entry stands in one place of the answer"
