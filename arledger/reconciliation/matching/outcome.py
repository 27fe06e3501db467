# SPDX-License-Identifier: GPL-2.0-or-later
"""What the board holds in the end, as the values that others read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from arledger.reconciliation.matching.board import Board, Found, Option
from arledger.reconciliation.matching.groups import joined
from arledger.reconciliation.matching.hints import hint
from arledger.reconciliation.model import Candidate, Duplicate, Line, Match, Matching, Proposal

ZERO = Decimal(0)


def outcome(board: Board) -> Matching:
    """The answer, in the order of the file and the entries; everything stands in it once."""
    matches = sorted((_match(board, one) for one in board.found), key=_first_line)
    proposals = sorted(_proposals(board), key=_first_line)
    repeated = sorted(board.line_duplicates.items(), key=lambda one: board.lines[one[0]].index)
    duplicates = (
        *(Duplicate(None, board.lines[at], str(board.lines[of].index)) for at, of in repeated),
        *(
            Duplicate(board.entries[at], None, board.entries[of].id)
            for at, of in sorted(board.entry_duplicates.items())
        ),
    )
    answer = Matching(
        tuple(matches),
        tuple(proposals),
        duplicates,
        tuple(board.entries[at] for at in board.free_entries()),
        _in_file(board, board.free_lines()),
    )
    _assert_complete(board, answer)
    return answer


def _in_file(board: Board, lines: Sequence[int]) -> tuple[Line, ...]:
    """Lines in the order of their file, as the board's is that of their content."""
    if len(lines) == 1:
        return (board.lines[lines[0]],)
    return tuple(sorted([board.lines[at] for at in lines], key=lambda line: line.index))


def _first_line(one: Match | Proposal) -> int:
    return one.lines[0].index


def _match(board: Board, found: Found) -> Match:
    if len(found.entries) == len(found.lines) == 1:
        entry, line = found.entries[0], found.lines[0]
        if board.entry_values[entry] == board.line_values[line]:
            return Match((board.entries[entry],), (board.lines[line],), found.how, ZERO)
    difference = sum(board.line_values[at] for at in found.lines) - sum(
        board.entry_values[at] for at in found.entries
    )
    entries = tuple([board.entries[at] for at in found.entries])
    lines = _in_file(board, found.lines)
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
    """The ways by rank; among equals by what their lines say, then by the entries."""
    best: dict[tuple[tuple[int, ...], tuple[int, ...]], Option] = {}
    for one in options:
        best.setdefault((one.entries, one.lines), one)
    ranked = sorted(
        best.values(),
        key=lambda one: (one.rank, [board.content(at) for at in one.lines], one.entries, one.lines),
    )
    for at in entries:
        board.entry_free[at] = False
    for at in lines:
        board.line_free[at] = False
    return Proposal(
        tuple(board.entries[at] for at in entries),
        _in_file(board, lines),
        tuple(
            Candidate(
                tuple(board.entries[at] for at in one.entries),
                _in_file(board, one.lines),
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
