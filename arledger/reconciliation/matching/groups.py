# SPDX-License-Identifier: GPL-2.0-or-later
"""What hangs together: entries and lines joined by shared numbers or keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def joined(links: Mapping[int, Iterable[int]]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Lines linked to entries, in groups that share nothing: (entries, lines) of each.

    In the order of their first lines.
    """
    parent: dict[int, int] = {}

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    # Entries stand as ~entry, which no line is.
    for line, entries in links.items():
        parent.setdefault(line, line)
        for entry in entries:
            parent.setdefault(~entry, ~entry)
            one, other = root(line), root(~entry)
            if one != other:
                parent[max(one, other)] = min(one, other)
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for at in parent:
        ours, theirs = groups.setdefault(root(at), ([], []))
        if at < 0:
            ours.append(~at)
        else:
            theirs.append(at)
    found = [(tuple(sorted(ours)), tuple(sorted(theirs))) for ours, theirs in groups.values()]
    return sorted((group for group in found if group[1]), key=lambda group: group[1])


def by_key(items: Sequence[int], key: Mapping[int, object]) -> dict[object, list[int]]:
    """Items with the same key together, in their order."""
    found: dict[object, list[int]] = {}
    for item in items:
        found.setdefault(key[item], []).append(item)
    return found
