# SPDX-License-Identifier: GPL-2.0-or-later
"""Several of one side against one or several of the other, held together by numbers.

A line that lists the invoices it pays; the instalments of one invoice, or the receipts that paid
it in parts; the postings of one transaction. And what is left when the sums don't agree: the
same, with the difference named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from arledger.findings import say
from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Option
from arledger.reconciliation.matching.duplicates import by_day, near
from arledger.reconciliation.matching.groups import joined
from arledger.reconciliation.matching.index import Index
from arledger.reconciliation.model import How

# A group larger than this is no list any more; it is proposed or left.
GROUP_MAX = 60
# What one line may be above what it names before we look for what else it pays.
OVERPAID_SHARE = 20


def _open_links(board: Board, index: Index) -> dict[int, list[int]]:
    """For each line left, the entries left that it names."""
    links: dict[int, list[int]] = {}
    for at in board.free_lines():
        named = {
            entry
            for entries in index.names(at)
            if len(entries) <= GROUP_MAX
            for entry in entries
            if board.entry_free[entry]
        }
        if named:
            links[at] = sorted(named)
    return links


def match_sums(board: Board, index: Index) -> None:
    """Put together the groups whose amounts agree, the smallest that do first."""
    links = _open_links(board, index)
    wanted = Counter(entry for named in links.values() for entry in named)
    for line, named in links.items():
        alone = all(wanted[entry] == 1 for entry in named)
        if alone and len(named) > 1 and _agree(board, named, (line,)):
            board.accept(named, (line,), How.REFERENCES)
    links = _open_links(board, index)
    for entries, lines in joined(links):
        if len(lines) <= GROUP_MAX and len(entries) <= GROUP_MAX:
            _match_group(board, links, entries, lines)


def _agree(board: Board, entries: Sequence[int], lines: Sequence[int]) -> bool:
    if len(entries) == len(lines) == 1 and not board.equal(lines[0], entries[0]):
        return False
    return board.same_sum(lines, entries, board.currencies[lines[0]])


def _match_group(
    board: Board, links: dict[int, list[int]], entries: tuple[int, ...], lines: tuple[int, ...]
) -> None:
    """One group: by what fits within it, else as a whole."""
    fitting = _fitting(board, links, entries, lines)
    wanted = Counter(~entry for ours, _, _ in fitting for entry in ours)
    wanted.update(line for _, theirs, _ in fitting for line in theirs)
    for ours, theirs, again in fitting:
        if all(wanted[~at] == 1 for at in ours) and all(wanted[at] == 1 for at in theirs):
            board.accept(ours, theirs, How.REFERENCES)
            _repeat(board, [(at, of) for at, of in again if board.line_free[at]])
        else:
            reason = say("the numbers and the sum agree, and another line names some of them too")
            board.options.append(Option(tuple(ours), tuple(theirs), How.REFERENCES, reason))
    if fitting:
        return
    once, repeated = _once(board, links, lines)
    if _agree(board, entries, lines):
        board.accept(entries, lines, How.REFERENCES)
    elif repeated and _agree(board, entries, once):
        board.accept(entries, once, How.REFERENCES)
        _repeat(board, repeated)


def _fitting(
    board: Board, links: dict[int, list[int]], entries: Sequence[int], lines: Sequence[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, int]]]]:
    """What agrees within a group, each with the lines that repeat some of it.

    Lines that name the same entries; the lines that name one entry, whatever else they seem to
    name; a line's entries, without one that it only seems to name (some reference of the bank).
    """
    by_names: dict[tuple[int, ...], list[int]] = defaultdict(list)
    by_entry: dict[int, list[int]] = defaultdict(list)
    for at in lines:
        by_names[tuple(links[at])].append(at)
        for entry in links[at]:
            by_entry[entry].append(at)
    tried = [*by_names.items(), *(((entry,), by_entry[entry]) for entry in entries)]
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[int, int]]] = {}
    for ours, theirs in tried:
        once, repeated = _once(board, links, theirs)
        if _agree(board, ours, theirs):
            found[ours, tuple(theirs)] = []
        elif repeated and _agree(board, ours, once):
            found[ours, tuple(once)] = repeated
    done = {at for _, theirs in found for at in theirs}
    for at in lines:
        less = [] if at in done else _all_but_one(board, links[at], at)
        if len(less) == 1:
            found[less[0], (at,)] = []
    return [(*key, again) for key, again in found.items()]


def _all_but_one(board: Board, named: Sequence[int], line: int) -> list[tuple[int, ...]]:
    if len(named) < 3:  # noqa: PLR2004 - one of two is a single document: the stage before
        return []
    less = [tuple(at for at in named if at != left) for left in named]
    return [ours for ours in less if _agree(board, ours, (line,))]


def _once(
    board: Board, links: dict[int, list[int]], lines: Sequence[int]
) -> tuple[list[int], list[tuple[int, int]]]:
    """The lines without those that repeat an earlier one, and these with what they repeat."""
    kept: list[int] = []
    repeated: list[tuple[int, int]] = []
    first: dict[object, int] = {}
    for at in by_day(board, lines):
        key = (tuple(links[at]), board.line_values[at])
        of = first.setdefault(key, at)
        if of == at:
            kept.append(at)
        elif near(board, at, of):
            repeated.append((at, of))
        else:
            kept.append(at)
    return kept, repeated


def _repeat(board: Board, repeated: Sequence[tuple[int, int]]) -> None:
    for at, of in repeated:
        board.repeat_line(at, of)


def match_differences(board: Board, index: Index) -> None:
    """Put together what a number ties although the amounts differ.

    One document on each side needs no more than one sign. For several, what is missing or too
    much must be less than any one of them: otherwise it may as well be that one of them is
    not meant.
    """
    links = _open_links(board, index)
    for entries, lines in joined(links):
        if len(lines) > GROUP_MAX or len(entries) > GROUP_MAX:
            continue
        once, repeated = _once(board, links, lines)
        if _tied(board, index, entries, once):
            single = len(entries) == len(once) == 1
            how = How.REFERENCE_AMOUNT_DIFFERS if single else How.REFERENCES
            board.accept(entries, once, how)
            _repeat(board, repeated)
            continue
        reason = say("the number agrees, the amount does not")
        for at in lines:
            signed = [one for one in links[at] if _one_sign(board, [one], [at])]
            for rank, entry in enumerate(signed[: board.rules.choices_max]):
                board.options.append(
                    Option((entry,), (at,), How.REFERENCE_AMOUNT_DIFFERS, reason, rank + 1)
                )


def _one_sign(board: Board, entries: Sequence[int], lines: Sequence[int]) -> bool:
    signs = {board.entry_values[at] > 0 for at in entries}
    signs |= {board.line_values[at] > 0 for at in lines}
    return len(signs) == 1


def _tied(board: Board, index: Index, entries: Sequence[int], lines: Sequence[int]) -> bool:
    """Whether these belong together for certain although their sums differ."""
    if not _one_sign(board, entries, lines):
        return False
    ours = abs(sum(board.entry_values[at] for at in entries))
    theirs = abs(sum(board.line_values[at] for at in lines))
    if any(_names_others(board, at) for at in lines):
        return False
    numbers = {names for at in lines for names in index.names(at)}
    if len(numbers) == 1:
        # One number: parts of it were paid, or a little more than it.
        little = theirs - ours <= ours // OVERPAID_SHARE
        return little or len(entries) == len(lines) == 1
    if len(lines) > 1:
        return False
    return abs(theirs - ours) < min(abs(board.entry_values[at]) for at in entries)


def _names_others(board: Board, line: int) -> bool:
    its = board.lines[line]
    return references.says_others(its.reference or "") or references.says_others(its.text)
