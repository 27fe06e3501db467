# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines and entries that repeat another: recognised, and not matched a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board
from arledger.reconciliation.matching.index import Index


def by_day(board: Board, lines: Iterable[int]) -> list[int]:
    """Lines by date, the undated ones last: of two the earlier counts, the later repeats it."""
    return sorted(lines, key=lambda at: (board.lines[at].date or date.max, at))


def near(board: Board, line: int, other: int) -> bool:
    """Whether two lines stand so near in time that one may repeat the other."""
    one, two = board.lines[line].date, board.lines[other].date
    if one is None or two is None:
        return True
    return abs((one - two).days) <= board.rules.duplicate_days


def own_keys(board: Board, entry: int) -> set[str]:
    """The forms of an entry's own number, which no other document bears."""
    numbers = board.entries[entry].references[:1]
    keys = {references.compact(number) for number in numbers}
    return {form for key in keys for form in (key, references.bare(key)) if form}


def owns(board: Board, entry: int, line: int) -> bool:
    """Whether what the line names is the entry's own number rather than one that recurs."""
    its = board.lines[line]
    keys = own_keys(board, entry)
    if its.reference:
        key = references.compact(its.reference)
        if key in keys or references.bare(key) in keys:
            return True
    text = references.compact(its.text)
    return any(key in text for key in keys if len(key) >= references.DIGITS_IN_TEXT_MIN)


def entries_repeat(board: Board, entry: int, other: int) -> bool:
    """Whether one entry repeats another of the same amount that shares a number with it.

    Two postings of one transaction, or two instalments with due dates of their own, don't.
    One number may stand twice within the window; two documents of different
    numbers that name a third repeat each other on one day only.
    """
    one, two = board.entries[entry], board.entries[other]
    if board.entry_values[entry] != board.entry_values[other] or one.due != two.due:
        return False
    if one.group is not None and one.group == two.group:
        return False
    apart = abs((one.date - two.date).days)
    if own_keys(board, entry) & own_keys(board, other):
        return apart <= board.rules.duplicate_days
    return apart == 0


def drop_repeated_lines(board: Board, index: Index) -> None:
    """Set aside the lines that name and pay again what another line has."""
    free = board.free_lines()
    first: dict[object, int] = {}
    for at in _matched_like(free, board.lines_like, board.line_free, board.line_duplicates):
        first.setdefault(_line_key(board, index, at), at)
    for at in by_day(board, free):
        key = _line_key(board, index, at)
        if key is None:
            continue
        of = first.get(key)
        if of is None:
            first[key] = at
        elif near(board, at, of) or any(
            owns(board, entry, at) for entries in index.names(at) for entry in entries[:1]
        ):
            board.repeat_line(at, of)


def _matched_like(
    free: Iterable[int],
    like: Callable[[int], list[int]],
    is_free: Sequence[bool],
    duplicates: Mapping[int, int],
) -> Iterator[int]:
    """What is matched and has the amount of something that is left, once each."""
    seen: set[int] = set()
    for one in free:
        same = like(one)
        if len(same) == 1 or same[0] in seen:
            continue
        seen.add(same[0])
        yield from (at for at in same if not is_free[at] and at not in duplicates)


def _line_key(board: Board, index: Index, line: int) -> object:
    """What two lines share when one repeats the other; None for a line that names nothing."""
    names = index.names(line)
    scope, value = board.line_scope(line), board.line_values[line]
    if names:
        return scope, value, frozenset(names)
    its = board.lines[line]
    if not references.is_clear(its.reference, ""):
        return None
    return scope, value, references.compact(its.reference or "")


def drop_repeated_entries(board: Board) -> None:
    """Set aside the entries that were booked again and whose twin the other side has."""
    free = board.free_entries()
    taken: dict[object, list[int]] = {}
    for at in _matched_like(free, board.entries_like, board.entry_free, board.entry_duplicates):
        for key in _entry_keys(board, at):
            taken.setdefault(key, []).append(at)
    for at in free:
        twins = (
            twin
            for key in _entry_keys(board, at)
            for twin in taken.get(key, ())[:8]
            if entries_repeat(board, at, twin)
        )
        of = next(twins, None)
        if of is not None:
            board.repeat_entry(at, of)


def _entry_keys(board: Board, entry: int) -> list[object]:
    scope, value = board.entry_scope(entry), board.entry_values[entry]
    numbers = dict.fromkeys(map(references.compact, board.entries[entry].references))
    return [(scope, value, number) for number in numbers if number]
