# SPDX-License-Identifier: GPL-2.0-or-later
"""Which entries a number stands for, and which numbers a line names.

A line of a known customer only names that customer's entries, so that nobody else's can change
what it means. A line without a customer names those of all; a number that two customers share
then names nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from arledger.reconciliation.matching import references
from arledger.reconciliation.matching.board import Board, Scope

Names = tuple[tuple[int, ...], ...]
_Keys = dict[str, list[int]]


class Index:
    """The numbers on a board, by customer and currency; `(None, currency)` holds all of them."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.strict: dict[Scope, _Keys] = defaultdict(dict)
        self.loose: dict[Scope, _Keys] = defaultdict(dict)
        self._lengths: dict[Scope, tuple[int, ...]] = {}
        self._names: dict[int, Names] = {}
        self._tuples: dict[int, tuple[int, ...] | None] = {}
        unknown = any(line.customer is None for line in board.lines)
        for at, entry in enumerate(board.entries):
            scope = (entry.customer, entry.currency)
            self._add(scope, at, entry.references)
            if unknown and entry.customer is not None:
                self._add((None, entry.currency), at, entry.references)

    def _add(self, scope: Scope, at: int, numbers: tuple[str, ...]) -> None:
        strict, loose = self.strict[scope], self.loose[scope]
        for number in numbers:
            key = references.compact(number)
            if not key:
                continue
            _put(strict, key, at)
            short = references.bare(key)
            if not short:
                continue
            _put(loose, short, at)
            if "0" in short:
                steps = references.stepped(references.runs_of(number))
                if steps:
                    _put(loose, steps, at)

    def known(self, scope: Scope) -> Callable[[str, bool], tuple[int, ...] | None]:
        """The look-up that reading a text needs."""
        strict, loose = self.strict.get(scope, {}), self.loose.get(scope, {})

        def look(key: str, exactly: bool) -> tuple[int, ...] | None:  # noqa: FBT001
            hit = (strict if exactly else loose).get(key)
            return None if hit is None else self._of_one(hit)

        return look

    def _of_one(self, entries: list[int]) -> tuple[int, ...] | None:
        """A number of two customers is nobody's."""
        if len(entries) == 1:
            return (entries[0],)
        known = id(entries)
        if known not in self._tuples:
            customers = {self.board.entries[at].customer for at in entries}
            self._tuples[known] = tuple(entries) if len(customers) == 1 else None
        return self._tuples[known]

    def lengths(self, scope: Scope) -> tuple[int, ...]:
        """How long the numbers are, the longest first."""
        if scope not in self._lengths:
            found = {len(key) for key in self.strict.get(scope, {})}
            self._lengths[scope] = tuple(sorted(found, reverse=True))
        return self._lengths[scope]

    def whole(self, line: int) -> tuple[int, ...] | None:
        """What the line's own field for a number names, taken as it stands."""
        number = self.board.lines[line].reference
        if not number:
            return None
        scope = self.board.line_scope(line)
        strict = self.strict.get(scope)
        if strict is None:
            return None
        key = references.compact(number)
        hit = strict.get(key)
        if hit is None:
            loose = self.loose[scope]
            short = references.bare(key)
            hit = loose.get(short) if short else None
            if hit is None:
                steps = references.stepped(references.runs_of(number))
                hit = loose.get(steps) if steps else None
        return None if hit is None else self._of_one(hit)

    def names(self, line: int) -> Names:
        """Every known number the line names, in its field or its text; each as its entries."""
        found = self._names.get(line)
        if found is None:
            found = self._names[line] = self._read(line)
        return found

    def forget(self, line: int) -> None:
        """Read the line anew: its currency is another now."""
        self._names.pop(line, None)

    def _read(self, line: int) -> Names:
        scope = self.board.line_scope(line)
        if scope not in self.strict:
            return ()
        its = self.board.lines[line]
        known, lengths = self.known(scope), self.lengths(scope)
        found: list[tuple[int, ...]] = []
        whole = self.whole(line)
        if whole is not None:
            _refine(found, whole)
        elif its.reference:
            for entries in references.named_in(its.reference, known, lengths):
                _refine(found, entries)
        if its.text and its.text != its.reference:
            for entries in references.named_in(its.text, known, lengths):
                _refine(found, entries)
        return tuple(found)


def _put(keys: _Keys, key: str, at: int) -> None:
    held = keys.get(key)
    if held is None:
        keys[key] = [at]
    elif held[-1] != at:
        held.append(at)


def _refine(found: list[tuple[int, ...]], entries: tuple[int, ...]) -> None:
    """Two numbers of one document are one name, and the narrower says which document."""
    for place, before in enumerate(found):
        if before == entries:
            return
        common = (
            tuple(at for at in before if at in entries)
            if len(before) * len(entries) < 10_000
            else ()
        )
        if common:
            found[place] = common
            return
    found.append(entries)
