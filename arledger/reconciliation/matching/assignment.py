# SPDX-License-Identifier: GPL-2.0-or-later
"""Which line goes with which entry when each has several near to it: the cheapest of all ways.

Not the nearest first (that can take the only entry that another line has) but the assignment
with the most pairs and, of these, the least total distance. What counts is only what every
cheapest way has in common: a pair that could be exchanged at no cost is no certainty.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arledger.reconciliation.matching.groups import joined

Pairs = list[tuple[int, int]]


def certain_pairs(costs: Mapping[tuple[int, int], int]) -> Pairs:
    """The (line, entry) pairs that stand in every cheapest assignment; costs are from 0."""
    links: dict[int, list[int]] = {}
    for line, entry in costs:
        links.setdefault(line, []).append(entry)
    certain: Pairs = []
    for entries, lines in joined(links):
        if len(entries) == len(lines) == 1:
            certain.append((lines[0], entries[0]))
        else:
            own = {(at, one): costs[at, one] for at in lines for one in links[at]}
            certain.extend(_certain(own, lines, entries))
    return sorted(certain)


def _certain(
    costs: Mapping[tuple[int, int], int], lines: tuple[int, ...], entries: tuple[int, ...]
) -> Pairs:
    """Solve one group; both sides get a stand-in for staying alone, so that all can be paired.

    Row i is a line or the stand-in of an entry, column j an entry or the stand-in of a line.
    Staying alone costs more than any rearrangement can save, so that most pairs come first.
    """
    # Most statements have no such group: they needn't wait for scipy.
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching  # noqa: PLC0415

    n, m = len(lines), len(entries)
    row_of = {line: i for i, line in enumerate(lines)}
    column_of = {entry: j for j, entry in enumerate(entries)}
    alone = (max(costs.values()) + 1) * (min(n, m) + 1)
    rows, columns, weights = [], [], []
    for (line, entry), cost in costs.items():
        i, j = row_of[line], column_of[entry]
        rows += [i, n + j]
        columns += [j, m + i]
        weights += [cost, 0]
    rows += [*range(n), *range(n, n + m)]
    columns += [*range(m, m + n), *range(m)]
    weights += [alone] * (n + m)
    size = n + m
    # A stored zero would count as no edge: everything is one dearer, in each pair alike.
    shape = (size, size)
    # Older versions of scipy take nothing but 32 bits for an index here.
    edges = (np.array(rows, dtype=np.int32), np.array(columns, dtype=np.int32))
    graph = csr_array((np.array(weights, dtype=float) + 1, edges), shape=shape)
    row_ind, col_ind = min_weight_full_bipartite_matching(graph)
    chosen = np.empty(size, dtype=int)
    chosen[row_ind] = col_ind
    fixed = _unexchangeable(np.array(rows), np.array(columns), np.array(weights), chosen)
    return [(lines[i], entries[chosen[i]]) for i in range(n) if chosen[i] < m and fixed[i]]


def _unexchangeable(
    rows: np.ndarray, columns: np.ndarray, weights: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """For each row, whether its pair stands in every cheapest assignment.

    Going from a row along another edge and back along that column's pair is a step whose cost is
    the difference of the two. No round trip is cheaper than nothing, the assignment being the
    cheapest; one that costs nothing is an exchange. With potentials (shortest distances, by
    Bellman and Ford) those are the round trips over edges that cost nothing.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    size = len(chosen)
    owner = np.empty(size, dtype=int)
    owner[chosen] = np.arange(size)
    weight_of = dict(zip(zip(rows.tolist(), columns.tolist(), strict=True), weights, strict=True))
    paired = np.array([weight_of[i, int(chosen[i])] for i in range(size)])
    start, end = rows, owner[columns]
    step = weights - paired[end]
    potential = np.zeros(size, dtype=weights.dtype)
    for _ in range(size):
        before = potential.copy()
        np.minimum.at(potential, end, before[start] + step)
        if np.array_equal(before, potential):
            break
    tight = (potential[start] + step == potential[end]) & (start != end)
    edges = (start[tight].astype(np.int32), end[tight].astype(np.int32))
    steps = csr_array((np.ones(int(tight.sum())), edges), shape=(size, size))
    _, group = connected_components(steps, directed=True, connection="strong")
    crowd = np.bincount(group)
    fixed: np.ndarray = crowd[group] == 1
    return fixed
