# SPDX-License-Identifier: GPL-2.0-or-later
"""A table as people read it, before anything is said of where: a terminal, a page, paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs


@attrs.frozen
class Column:
    """A heading and whether figures stand below it; `fold` lets long texts break."""

    heading: str
    figures: bool = False
    fold: bool = False


@attrs.frozen
class Row:
    """Cells in the order of the columns; `below` are lines under it, `marks` a cell's style."""

    cells: Sequence[str]
    below: Sequence[str] = ()
    marks: Mapping[int, str] = attrs.field(factory=dict)


@attrs.frozen
class Table:
    """Rows and, under a rule, totals; `title` and `notes` above and below."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Sequence[Row] = ()
    title: str = ""
    notes: Sequence[str] = ()
