# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of a few amounts sum to a given one, and how surprising that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import attrs
import numpy as np
from numpy.typing import NDArray

# Sums that don't fit 64 bits aren't searched.
SUM_MAX = 2**61
# What a chance is counted in.
MILLION = 1_000_000
# How far around the target the other sums are counted: a tenth either way.
SHARE_OF_TARGET = 10
# So many of the ways to come to the target are returned; all are counted.
SHOWN_MAX = 5
# Up to so many amounts it is quicker to write out all sums than to halve them.
WRITTEN_OUT_MAX = 12

Integers = NDArray[np.int64]
Ways = list[tuple[int, ...]]


@attrs.frozen
class Hits:
    """How many subsets give the target, the first of them, and how many would by chance.

    `chance` is the number of subsets no larger than the solution that are expected to hit an
    amount in that neighbourhood, times a million; where there is more than one, it is 0.
    """

    count: int
    solutions: tuple[tuple[int, ...], ...]
    chance: int

    @property
    def solution(self) -> tuple[int, ...]:
        """The only one, or the first."""
        return self.solutions[0]


NONE = Hits(0, (), 0)


def _hits(ways: Ways, count: int, target: int, near: Callable[[int, int], int]) -> Hits:
    """What was found; `near` counts the sums around the target of up to so many amounts."""
    shown = tuple(tuple(sorted(way)) for way in ways[:SHOWN_MAX])
    if count != 1:
        return Hits(count, shown, 0)
    width = max(abs(target) // SHARE_OF_TARGET, 1)
    chance = near(width, len(shown[0])) * MILLION * _grain(target) // (2 * width + 1)
    return Hits(1, shown, chance)


@lru_cache(maxsize=64)
def _choices(of: int, most: int) -> tuple[Integers, tuple[int, ...]]:
    """All ways to choose up to so many, the fewest first, and where each size begins.

    A way is a number whose bits say which are chosen.
    """
    ways = np.arange(2**of, dtype=np.int64)
    sizes = np.zeros(2**of, dtype=np.int64)
    for bit in range(of):
        sizes += ways >> bit & 1
    order = np.argsort(sizes, kind="stable")
    starts = [int(at) for at in np.searchsorted(sizes[order], np.arange(most + 2))]
    return order[: starts[-1]], tuple(starts)


def _every_sum(amounts: Iterable[int]) -> Integers:
    """The sums of all subsets, each at the place whose bits say which amounts it has."""
    sums: Integers = np.zeros(1, dtype=np.int64)
    for amount in amounts:
        sums = np.concatenate((sums, sums + amount))
    return sums


class _Half:
    """All subsets of one half of the amounts, by their size."""

    def __init__(self, amounts: tuple[int, ...], most: int, start: int) -> None:
        self.most = min(most, len(amounts))
        self._places = range(start, start + len(amounts))
        self._ways, self._starts = _choices(len(amounts), self.most)
        self.sums: Integers = _every_sum(amounts)[self._ways]
        self.ordered: Integers = np.sort(self.sums)

    def of_size(self, size: int) -> Integers:
        """The sums of so many."""
        return self.sums[self._starts[size] : self._starts[size + 1]]

    def members(self, size: int, at: int) -> tuple[int, ...]:
        """Which amounts a sum of so many consists of."""
        way = int(self._ways[self._starts[size] + at])
        return tuple(place for bit, place in enumerate(self._places) if way >> bit & 1)


class EverySum:
    """The sums of any number of a few amounts, written out."""

    def __init__(self, amounts: Integers) -> None:
        self._sums = np.sort(_every_sum(amounts.tolist()))

    def may_be(self, target: int) -> bool:
        """Whether any subset comes to the target."""
        at = int(self._sums.searchsorted(target))
        return at < len(self._sums) and bool(self._sums[at] == target)


class Sums:
    """The sums of up to `most` of `amounts`, found by putting two halves together."""

    def __init__(self, amounts: tuple[int, ...], most: int) -> None:
        assert sum(map(abs, amounts)) < SUM_MAX, "sums are searched in 64 bits"
        self.most = min(most, len(amounts))
        middle = len(amounts) // 2
        self._left = _Half(amounts[:middle], self.most, 0)
        self._right = _Half(amounts[middle:], self.most, middle)

    def may_be(self, target: int) -> bool:
        """Whether any two subsets of the halves come to the target, whatever their sizes."""
        right = self._right.ordered
        wanted = target - self._left.ordered[::-1]
        at = right.searchsorted(wanted)
        at[at == len(right)] -= 1
        return bool((right[at] == wanted).any())

    def _sizes(self, least: int, most: int) -> list[tuple[int, int]]:
        """How many of the left and of the right, the fewest first."""
        sizes = [(i, j) for i in range(self._left.most + 1) for j in range(self._right.most + 1)]
        return sorted((one for one in sizes if least <= sum(one) <= most), key=sum)

    def find(self, target: int, least: int = 2) -> Hits:
        """The subsets of `least` up to `most` that sum to the target, the smallest first."""
        if not self.may_be(target):
            return NONE
        count = 0
        ways: Ways = []
        for i, j in self._sizes(least, self.most):
            left, right = self._left.of_size(i), self._right.of_size(j)
            order = np.argsort(right, kind="stable")
            low = right.searchsorted(target - left, side="left", sorter=order)
            hits = right.searchsorted(target - left, side="right", sorter=order) - low
            count += int(hits.sum())
            for at in np.flatnonzero(hits)[:SHOWN_MAX].tolist():
                for other in order[low[at] : low[at] + min(hits[at], SHOWN_MAX)].tolist():
                    ways.append((*self._left.members(i, at), *self._right.members(j, other)))
        return _hits(
            ways, count, target, lambda width, most: self._near(target, width, least, most)
        )

    def _near(self, target: int, width: int, least: int, most: int) -> int:
        """How many sums of up to so many lie so near to the target."""
        near = 0
        for i, j in self._sizes(least, most):
            left, right = self._left.of_size(i), np.sort(self._right.of_size(j))
            near += int(
                (
                    right.searchsorted(target + width - left, side="right")
                    - right.searchsorted(target - width - left, side="left")
                ).sum()
            )
        return near


@lru_cache(maxsize=64)
def _pairs(of: int) -> tuple[Integers, Integers]:
    """All ways to choose two, the lower first."""
    low, high = np.triu_indices(of, 1)
    return low.astype(np.int64), high.astype(np.int64)


class FewOfMany:
    """The sums of one, two or three of many amounts: of so many no more can be tried."""

    def __init__(self, amounts: Integers, most: int) -> None:
        self.most = most
        self._order = np.argsort(amounts, kind="stable")
        self._amounts: Integers = amounts[self._order]

    def _all_but_last(self, size: int) -> tuple[Integers, Integers]:
        """The sums of one amount fewer, and the place of the last in each."""
        count = len(self._amounts)
        if size == 1:
            return np.zeros(1, dtype=np.int64), np.full(1, -1, dtype=np.int64)
        if size == 2:  # noqa: PLR2004 - of two one
            return self._amounts, np.arange(count)
        low, high = _pairs(count)
        return self._amounts[low] + self._amounts[high], high

    def _between(self, size: int, least: int, most: int) -> tuple[Integers, Integers]:
        """For each beginning of a sum where the amounts begin and end that complete it."""
        sums, last = self._all_but_last(size)
        low = np.maximum(self._amounts.searchsorted(least - sums, side="left"), last + 1)
        return low, np.maximum(self._amounts.searchsorted(most - sums, side="right"), low)

    def find(self, target: int, least: int = 2) -> Hits:
        """The subsets of `least` up to `most` that sum to the target, the smallest first."""
        count = 0
        ways: Ways = []
        for size in range(least, self.most + 1):
            low, high = self._between(size, target, target)
            count += int((high - low).sum())
            for at in np.flatnonzero(high > low)[:SHOWN_MAX].tolist():
                begun = self._members(size, at)
                ends = range(int(low[at]), min(int(high[at]), int(low[at]) + SHOWN_MAX))
                ways += [self._placed((*begun, end)) for end in ends]
        return _hits(
            ways, count, target, lambda width, most: self._near(target, width, least, most)
        )

    def _members(self, size: int, at: int) -> tuple[int, ...]:
        if size == 1:
            return ()
        if size == 2:  # noqa: PLR2004 - of two one
            return (at,)
        low, high = _pairs(len(self._amounts))
        return int(low[at]), int(high[at])

    def _placed(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(int(self._order[at]) for at in chosen)

    def _near(self, target: int, width: int, least: int, most: int) -> int:
        near = 0
        for size in range(least, most + 1):
            low, high = self._between(size, target - width, target + width)
            near += int((high - low).sum())
        return near


def _grain(target: int) -> int:
    """Round amounts are more likely than others: the power of ten that the target is a multiple of.

    Of a hundred sums about one is a multiple of a hundred, and so of amounts.
    """
    grain = 1
    while target and target % (grain * 10) == 0:
        grain *= 10
    return grain
