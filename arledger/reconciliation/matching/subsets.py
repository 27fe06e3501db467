# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of a few amounts sum to a given one, and how surprising that is."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import attrs
import numpy as np
from numpy.typing import NDArray

# Sums that don't fit 64 bits aren't searched.
SUM_MAX = 2**61
# How far around the target the other sums are counted: a tenth either way.
SHARE_OF_TARGET = 10


# Up to so many amounts it is quicker to write out all sums than to halve them.
WRITTEN_OUT_MAX = 12


def may_be_sum(amounts: tuple[int, ...], target: int) -> bool:
    """Whether any subset may come to the target; quick, and sure only where it says no."""
    if len(amounts) > WRITTEN_OUT_MAX:
        return True
    sums = np.zeros(1, dtype=np.int64)
    for amount in amounts:
        sums = np.concatenate((sums, sums + amount))
    return bool((sums == target).any())


@attrs.frozen
class Hits:
    """How many subsets give the target (`solution` if it is one), and how many would by chance.

    `chance` is the number of subsets expected to hit an amount in that neighbourhood, times
    a million.
    """

    count: int
    solution: tuple[int, ...]
    chance: int


Integers = NDArray[np.int64]


@lru_cache(maxsize=512)
def _choices(of: int, size: int) -> Integers:
    """All ways to choose so many, a row each."""
    chosen = list(combinations(range(of), size))
    return np.array(chosen, dtype=np.int64).reshape(len(chosen), size)


@attrs.frozen
class _Half:
    """All subsets of one half of the amounts, by their size and sorted by their sum."""

    sums: tuple[Integers, ...]
    members: tuple[Integers, ...]


class Sums:
    """The sums of up to `most` of `amounts`, found by putting two halves together."""

    def __init__(self, amounts: tuple[int, ...], most: int) -> None:
        assert sum(map(abs, amounts)) < SUM_MAX, "sums are searched in 64 bits"
        self.amounts = amounts
        self.most = min(most, len(amounts))
        middle = len(amounts) // 2
        self._left = self._half(range(middle))
        self._right = self._half(range(middle, len(amounts)))
        self._all_left = np.concatenate(self._left.sums)
        self._all_right = np.sort(np.concatenate(self._right.sums))

    def _half(self, places: range) -> _Half:
        amounts = np.array([self.amounts[at] for at in places], dtype=np.int64)
        sums, members = [], []
        for size in range(min(self.most, len(places)) + 1):
            chosen = _choices(len(places), size)
            totals = amounts[chosen].sum(axis=1)
            order = np.argsort(totals, kind="stable")
            sums.append(totals[order])
            members.append(chosen[order] + places.start)
        return _Half(tuple(sums), tuple(members))

    def _may_be(self, target: int, slack: int) -> bool:
        """Whether any two subsets of the halves come to the target, whatever their sizes."""
        low = self._all_right.searchsorted(target - slack - self._all_left)
        low[low == len(self._all_right)] -= 1
        return bool((np.abs(self._all_right[low] + self._all_left - target) <= slack).any())

    def find(self, target: int, slack: int, least: int = 2) -> Hits:
        """The subsets of `least` up to `most` amounts that sum to the target within `slack`."""
        if not self._may_be(target, slack):
            return Hits(0, (), 0)
        count = 0
        solution: tuple[int, ...] = ()
        near = 0
        width = max(abs(target) // SHARE_OF_TARGET, 1)
        for i, left in enumerate(self._left.sums):
            for j, right in enumerate(self._right.sums):
                if not least <= i + j <= self.most:
                    continue
                low = right.searchsorted(target - slack - left, side="left")
                high = right.searchsorted(target + slack - left, side="right")
                hits = high - low
                found = int(hits.sum())
                if found and not count:
                    at = int(np.argmax(hits > 0))
                    solution = (
                        *self._left.members[i][at].tolist(),
                        *self._right.members[j][int(low[at])].tolist(),
                    )
                count += found
                near += int(
                    (
                        right.searchsorted(target + width - left, side="right")
                        - right.searchsorted(target - width - left, side="left")
                    ).sum()
                )
        tried = 2 * slack + _grain(target)
        return Hits(count, tuple(sorted(solution)), near * 1_000_000 * tried // (2 * width + 1))


def _grain(target: int) -> int:
    """Round amounts are more likely than others: the power of ten that the target is a multiple of.

    Of a hundred sums about one is a multiple of a hundred, and so of amounts.
    """
    grain = 1
    while target and target % (grain * 10) == 0:
        grain *= 10
    return grain
