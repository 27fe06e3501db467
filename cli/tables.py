# SPDX-License-Identifier: GPL-2.0-or-later
"""The one place that renders tables.

Figures stand right-aligned and are never cut; texts may fold where a terminal is too narrow.
Widths are counted in cells, so that Chinese names don't shift the figures. Where no terminal
reads there is no limit of width and no colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import zip_longest

import attrs
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from arledger.cli.visible import visible
from arledger.layout import Column, Row, Table

__all__ = [
    "PAPER",
    "Column",
    "Page",
    "Row",
    "Screen",
    "Table",
    "fold",
    "render",
    "screen",
]

GAP = "  "
FOLDED_WIDTH_MIN = 10
_STYLES = {"head": "bold", "total": "bold", "aside": "dim", "bad": "red", "title": "bold"}

Paint = Callable[[str, str], str]


@attrs.frozen
class Page:
    """An answer for people: what it speaks of, the tables, and what else is to be said."""

    header: Sequence[str]
    tables: Sequence[Table]
    notes: Sequence[str] = ()


@attrs.frozen
class Screen:
    """Where a page is read: its width in cells (None: no limit) and how it is painted."""

    width: int | None
    paint: Paint


def _plainly(text: str, _: str) -> str:
    return text


PAPER = Screen(None, _plainly)


def screen(console: Console) -> Screen:
    """The screen behind a console; paper where it is no terminal."""
    if not console.is_terminal:
        return PAPER
    system = console.color_system
    if system is None or console.no_color:
        return Screen(console.width, _plainly)
    colors = {"standard": 1, "256": 2, "truecolor": 3, "windows": 4}

    @cache
    def style(name: str) -> Style:
        return Style.parse(_STYLES[name])

    def paint(text: str, name: str) -> str:
        from rich.color import ColorSystem

        return style(name).render(text, color_system=ColorSystem(colors[system]))

    return Screen(console.width, paint)


def render(page: Page, where: Screen = PAPER) -> Iterator[str]:
    """The page, line by line."""
    for number, line in enumerate(page.header):
        yield where.paint(visible(line), "title") if number == 0 else visible(line)
    for table in page.tables:
        yield ""
        yield from _table(table, where)
    if page.notes:
        yield ""
        yield from (visible(line) for line in page.notes)


def _table(table: Table, where: Screen) -> Iterator[str]:
    columns = table.columns
    head = _made_visible(Row([column.heading for column in columns]))
    rows = [*map(_made_visible, table.rows)]
    totals = [*map(_made_visible, table.totals)]
    widths = _widths(columns, [head, *rows, *totals], where.width)
    if table.title:
        yield where.paint(visible(table.title), "title")
    yield from _row(head, columns, widths, where, "head")
    rule = GAP.join("-" * width for width in widths)
    yield rule
    for row in rows:
        yield from _row(row, columns, widths, where)
    if totals:
        yield rule
        for row in totals:
            yield from _row(row, columns, widths, where, "total")
    yield from (visible(line) for line in table.notes)


def _made_visible(row: Row) -> Row:
    return attrs.evolve(row, cells=[visible(cell) for cell in row.cells])


def _wide(text: str) -> int:
    """The width of a text that is visible, in cells."""
    return len(text) if text.isascii() else cell_len(text)


def _widths(columns: Sequence[Column], rows: Iterable[Row], limit: int | None) -> list[int]:
    """The natural widths; where the screen is narrower, texts that may fold give way."""
    widths = [1] * len(columns)
    for row in rows:
        for at, cell in enumerate(row.cells):
            width = _wide(cell)
            widths[at] = max(widths[at], width)
    if limit is None:
        return widths
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - limit
    folding = [at for at, column in enumerate(columns) if column.fold]
    while excess > 0 and folding:
        widest = max(folding, key=lambda at: widths[at])
        give = min(excess, widths[widest] - FOLDED_WIDTH_MIN)
        if give <= 0:
            break
        # Step by step, so that two long columns give way alike.
        give = min(give, 4)
        widths[widest] -= give
        excess -= give
    return widths


def _row(
    row: Row, columns: Sequence[Column], widths: Sequence[int], where: Screen, style: str = ""
) -> Iterator[str]:
    folded = [
        [cell] if len(cell) <= width and cell.isascii() else fold(cell, width)
        for cell, width in zip(row.cells, widths, strict=True)
    ]
    for parts in zip_longest(*folded, fillvalue=""):
        line = []
        for at, part in enumerate(parts):
            name = style or row.marks.get(at)
            if not name and part.isascii():
                # Nearly all of them, and there may be a million.
                width = widths[at]
                line.append(part.rjust(width) if columns[at].figures else part.ljust(width))
                continue
            name = row.marks.get(at) or style
            blank = " " * (widths[at] - _wide(part))
            shown = where.paint(part, name) if name and part else part
            line.append(blank + shown if columns[at].figures else shown + blank)
        yield GAP.join(line).rstrip()
    for aside in row.below:
        yield where.paint("    " + visible(aside), "aside")


def fold(text: str, width: int) -> list[str]:
    """`text` in lines no wider than `width`, broken between words where it can be."""
    if _wide(text) <= width:
        return [text]
    lines = Text(text).wrap(_MEASURE, width)
    return [line.plain.rstrip() for line in lines]


_MEASURE = Console(width=80, color_system=None)
