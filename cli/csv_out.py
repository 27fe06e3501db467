# SPDX-License-Identifier: GPL-2.0-or-later
"""CSV: one table, the keys of the JSON answer as header; UTF-8 without a byte order mark.

A spreadsheet takes a text that begins like a formula for one, and a customer's name may do so:
such a text gets an apostrophe in front. Figures are written plain, as in JSON, and are no texts.
A text with another separator in it stands in quotes, for a spreadsheet may be set to that one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

# Full-width forms count as well: spreadsheets in East Asian settings take them.
_FORMULA = frozenset("=+-@")
_AT_ONCE = ("\t", "\r", "\n")

Cell = str | int | bool | Decimal | None


class Figure(str):
    """A number already written as text: never a formula, whatever its sign."""

    __slots__ = ()


def defused(text: str) -> str:
    """`text` so that no spreadsheet computes it."""
    if text.startswith(_AT_ONCE) or _first_seen(text) in _FORMULA:
        return "'" + text
    return text


def _first_seen(text: str) -> str:
    """The first character that a spreadsheet would see, in its plain form."""
    for character in text:
        if unicodedata.category(character)[0] not in "CZ":
            return unicodedata.normalize("NFKC", character)[:1]
    return ""


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not isinstance(value, Figure):
        return defused(value)
    return str(value)


# What some spreadsheet splits at, and what quotes are needed for.
_SEPARATORS = frozenset(',;\t|"\r\n')


def _quoted(cell: str) -> str:
    """The cell as it stands in the file."""
    if _SEPARATORS.isdisjoint(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def document(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table as text."""
    lines = [[defused(name) for name in header]]
    lines.extend([_cell(value) for value in row] for row in rows)
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)
