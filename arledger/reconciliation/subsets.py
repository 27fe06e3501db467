# SPDX-License-Identifier: GPL-2.0-or-later
"""Which items together come to an amount: bounded, and honest about not having looked at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate

import attrs

from arledger.money import ZERO

CANDIDATES_MAX = 28
SIZE_MAX = 6
SOLUTIONS_MAX = 6
STEPS_MAX = 100_000


@attrs.frozen
class Found:
    """Sets of positions that sum to the amount; `complete` where there can be no others."""

    sets: tuple[tuple[int, ...], ...]
    complete: bool

    @property
    def only(self) -> tuple[int, ...] | None:
        """The one solution, if there is exactly one."""
        return self.sets[0] if self.complete and len(self.sets) == 1 else None


def summing(amounts: Sequence[Decimal], target: Decimal, size_min: int = 1) -> Found:
    """Up to six positions whose positive amounts sum to `target`, in a bounded search."""
    order = sorted(range(len(amounts)), key=lambda at: (-amounts[at], at))
    if len(order) > CANDIDATES_MAX:
        return Found((), complete=False)
    search = _Search([amounts[at] for at in order], size_min)
    sets = []
    for found in search.walk(0, target, ()):
        sets.append(tuple(sorted(order[at] for at in found)))
        if len(sets) == SOLUTIONS_MAX:
            search.exhausted = True
            break
    return Found(tuple(sorted(sets, key=lambda one: (len(one), one))), not search.exhausted)


@attrs.define
class _Search:
    amounts: list[Decimal]
    size_min: int
    steps: int = 0
    exhausted: bool = False
    _sums: list[Decimal] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sums = [ZERO, *accumulate(self.amounts)]

    def walk(self, at: int, left: Decimal, taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """The sets that begin with `taken` and go on from `at`; the largest amounts come first."""
        if not left:
            if len(taken) >= self.size_min:
                yield taken
            return
        room = SIZE_MAX - len(taken)
        for here in range(at, len(self.amounts)):
            self.steps += 1
            if self.steps > STEPS_MAX:
                self.exhausted = True
                return
            most = self._sums[min(here + room, len(self.amounts))] - self._sums[here]
            if not room or most < left:
                return
            if self.amounts[here] <= left:
                yield from self.walk(here + 1, left - self.amounts[here], (*taken, here))
