# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as text: CSV, TSV, and what else separates its cells by one character."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from arledger.findings import Text, say
from arledger.reconciliation.reading.archive import (
    COLUMNS_MAX,
    ROWS_MAX,
    too_many_columns,
    too_many_rows,
)
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.table import Row

DELIMITERS = (",", ";", "\t", "|", "，")
CELL_CHARACTERS_MAX = 131_072
LINES_PER_CELL_MAX = 200
_SAMPLE_ROWS = 200
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}

Score = Callable[[Sequence[Row]], int]


def read_delimited(
    text: str, delimiter: str | None, name: str, score: Score
) -> tuple[list[Row], str]:
    """The rows and the delimiter: the one told, the one the file names, or the likeliest."""
    skipped, told = _told(text)
    delimiter = _as_told(delimiter) if delimiter is not None else told
    if delimiter is None:
        delimiter = _likeliest(text, name, score)
    rows = [row for row in read_rows(text, delimiter, name) if row.line > skipped]
    return rows, delimiter


def _as_told(delimiter: str) -> str:
    delimiter = _NAMED.get(delimiter.lower(), delimiter)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise ReadingError(
            say(
                'a delimiter is one character, as in "," or ";", or "tab"; not "{delimiter}"',
                delimiter=delimiter,
            )
        )
    return delimiter


def _told(text: str) -> tuple[int, str | None]:
    """A first line like `sep=;` names the delimiter; it is no row."""
    first = text[:20].splitlines()[:1]
    if first and first[0].strip('"').lower().startswith("sep=") and len(first[0].strip('"')) == 5:  # noqa: PLR2004 - sep=x
        return 1, first[0].strip('"')[4]
    return 0, None


def read_rows(text: str, delimiter: str, name: str, limit: int | None = None) -> Iterator[Row]:
    """Each row that has content, with the line it begins on; line breaks in quotes count."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    known: dict[str, str] = {}
    line = begins = count = 0
    try:
        for cells in reader:
            begins, line = line + 1, reader.line_num
            if line - begins > LINES_PER_CELL_MAX:
                raise ReadingError(_open_quote(name, begins))
            while cells and not cells[-1].strip():
                cells.pop()
            if not cells:
                continue
            count += 1
            _check_size(len(cells), count, name)
            yield Row(begins, tuple([known.setdefault(cell, cell) for cell in cells]))
            if len(known) > ROWS_MAX // 16:
                known.clear()
            if count == limit:
                return
        if line > begins and text.count('"') % 2:
            raise ReadingError(_open_quote(name, begins))
    except csv.Error as error:
        raise ReadingError(_open_quote(name, line + 1)) from error


def _check_size(columns: int, rows: int, name: str) -> None:
    if columns > COLUMNS_MAX:
        raise ReadingError(too_many_columns(name))
    if rows > ROWS_MAX:
        raise ReadingError(too_many_rows(name))


def _open_quote(name: str, line: int) -> Text:
    return say(
        '{file}:{line}: a quotation mark (") is opened here and never closed; correct it, or '
        "export the file again",
        file=name,
        line=line,
    )


def _likeliest(text: str, name: str, score: Score) -> str:
    """The delimiter under which the table looks most like one; a comma where there is none."""
    best = (0, 0, 0)
    chosen = ","
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        try:
            rows = list(read_rows(text, delimiter, name, _SAMPLE_ROWS))
        except ReadingError:
            continue
        rank = (score(rows), *_consistency(rows))
        if rank > best:
            best, chosen = rank, delimiter
    return chosen


def _consistency(rows: Sequence[Row]) -> tuple[int, int]:
    """How many rows have the commonest width, and this width; none where it is one cell."""
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    if not widths:
        return 0, 0
    width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    return count, width
