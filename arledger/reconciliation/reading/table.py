# SPDX-License-Identifier: GPL-2.0-or-later
"""A file's table as raw cells, each row with its line in the file."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import attrs

from arledger.reconciliation.model import Remark

# Text as it stands; a number or a day where a spreadsheet has typed it; None for nothing.
Cell = str | Decimal | date | None
Range = tuple[int, int, int, int]


@attrs.frozen(slots=True)
class Row:
    """The cells of a row and its line in the file, or row of the sheet, from 1."""

    line: int
    cells: tuple[Cell, ...]

    def text(self, column: int) -> str:
        """What stands in a column, from 0; empty beyond the end."""
        return cell_text(self.cells[column]) if column < len(self.cells) else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every cell as text."""
        return tuple(map(cell_text, self.cells))


@attrs.frozen
class Table:
    """A file's rows, and how they were found. Rows without any content are left out.

    `merged` are the merged ranges of a sheet: first line, first column, last line, last column;
    lines from 1, columns from 0.
    """

    file: str
    format: str
    rows: Sequence[Row]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    merged: tuple[Range, ...] = ()
    remarks: tuple[Remark, ...] = ()


def cell_text(cell: Cell) -> str:
    """A cell as text: numbers without exponent, days as ISO dates."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    return format(cell, "f") if isinstance(cell, Decimal) else cell.isoformat()


def normal(text: str) -> str:
    """Text for comparison: full-width forms, case, spaces and line breaks don't matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
