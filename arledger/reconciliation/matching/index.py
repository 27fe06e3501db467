# SPDX-License-Identifier: GPL-2.0-or-later
"""Which entries a number stands for, and which numbers a line names.

A line of a known customer only names that customer's entries, so that nobody else's can change
what it means. A line without a customer names those of all; a number that two customers share
then names nobody, as long as both have it left.
"""

from __future__ import annotations

from collections import defaultdict

from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Scope

Entries = tuple[int, ...]
Names = tuple[Entries, ...]
_Keys = dict[str, list[int]]

# A number borne by more entries than this is sorted by customers once for all.
FEW = 8
COMMON_MAX = 1_000


class Index:
    """The numbers on a board, and whose they are."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._strict: _Keys = {}
        self._loose: _Keys = {}
        self._lengths: dict[Scope, set[int]] = defaultdict(set)
        self._sorted: dict[int, dict[Scope, Entries]] = {}
        self._names: dict[int, Names] = {}
        for at, entry in enumerate(board.entries):
            for number in entry.references:
                self._add(at, number)

    def _add(self, at: int, number: str) -> None:
        key = references.compact(number)
        if not key:
            return
        _put(self._strict, key, at)
        customer, currency = scope = self.board.entry_scope(at)
        self._lengths[scope].add(len(key))
        if customer is not None:
            self._lengths[None, currency].add(len(key))
        short = references.bare(key)
        if not short:
            return
        _put(self._loose, short, at)
        if references.has_inner_zeros(number):
            steps = references.stepped(references.runs_of(number))
            if steps:
                _put(self._loose, steps, at)

    def _of(self, hit: list[int], scope: Scope) -> Entries | None:
        """Of the entries with a number those that a line may mean by it; None if there are none."""
        entry_scope = self.board.entry_scope
        if len(hit) == 1:
            own = entry_scope(hit[0])
            if own == scope or (scope[0] is None and own[1] == scope[1]):
                return (hit[0],)
            return None
        if scope[0] is None:
            return self._of_anybody(hit, scope[1])
        if len(hit) > FEW:
            by_scope = self._sorted.get(id(hit))
            if by_scope is None:
                by_scope = self._sorted[id(hit)] = {}
                for own in {entry_scope(at) for at in hit}:
                    by_scope[own] = tuple(at for at in hit if entry_scope(at) == own)
            return by_scope.get(scope)
        return tuple(at for at in hit if entry_scope(at) == scope) or None

    def _of_anybody(self, hit: list[int], currency: str) -> Entries | None:
        """A number of two customers is nobody's, unless only one of them has it left."""
        if len(hit) > COMMON_MAX:
            return None
        board = self.board
        owners = {own for at in hit if (own := board.entry_scope(at))[1] == currency}
        if len(owners) > 1:
            left = [at for at in hit if board.entry_free[at]]
            owners = {own for at in left if (own := board.entry_scope(at))[1] == currency}
        if len(owners) != 1:
            return None
        owner = owners.pop()
        return tuple(at for at in hit if board.entry_scope(at) == owner)

    def known(self, scope: Scope) -> references.Known:
        """The look-up that reading a text needs."""
        by_key, by_bare = self._strict, self._loose

        def look(key: str, *, strict: bool) -> Entries | None:
            hit = (by_key if strict else by_bare).get(key)
            return None if hit is None else self._of(hit, scope)

        return look

    def lengths(self, scope: Scope) -> tuple[int, ...]:
        """How long the numbers of a customer are, the longest first."""
        return tuple(sorted(self._lengths.get(scope, ()), reverse=True))

    def whole(self, line: int) -> Entries | None:
        """What the line's own field for a number names, taken as it stands."""
        number = self.board.lines[line].reference
        if not number:
            return None
        scope = self.board.line_scope(line)
        key = references.compact(number)
        hit = self._strict.get(key)
        found = self._of(hit, scope) if hit else None
        if found is None and (short := references.bare(key)):
            hit = self._loose.get(short)
            found = self._of(hit, scope) if hit else None
        if found is None and (steps := references.stepped(references.runs_of(number))):
            hit = self._loose.get(steps)
            found = self._of(hit, scope) if hit else None
        return found

    def names(self, line: int) -> Names:
        """Every known number the line names, in its field or its text; each as its entries."""
        found = self._names.get(line)
        if found is None:
            found = self._read(line)
            if self.board.lines[line].customer is not None:
                # Whose a number is can change for the others, as entries are taken.
                self._names[line] = found
        return found

    def _read(self, line: int) -> Names:
        scope = self.board.line_scope(line)
        if scope not in self._lengths:
            return ()
        its = self.board.lines[line]
        text = its.text
        known = self.known(scope)
        found: list[Entries] = []
        whole = self.whole(line)
        if whole is not None:
            _refine(found, whole)
        elif its.reference:
            for entries in references.named_in(its.reference, known, self.lengths(scope)):
                _refine(found, entries)
        if its.reference and len(its.reference) >= references.DIGITS_IN_TEXT_MIN:
            # What has been read already isn't read again.
            text = text.replace(its.reference, " ; ")
        if references.digits_in(text):
            for entries in references.named_in(text, known, self.lengths(scope)):
                _refine(found, entries)
        return tuple(found)


def _put(keys: _Keys, key: str, at: int) -> None:
    held = keys.get(key)
    if held is None:
        keys[key] = [at]
    elif held[-1] != at:
        held.append(at)


def _refine(found: list[Entries], entries: Entries) -> None:
    """Two numbers of one document are one name, and the narrower says which document."""
    for place, before in enumerate(found):
        if before == entries:
            return
        if len(before) * len(entries) > 10 * COMMON_MAX:
            continue
        common = tuple(at for at in before if at in entries)
        if common:
            found[place] = common
            return
    found.append(entries)
