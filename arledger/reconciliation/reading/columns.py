# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a statement's table begins, and which of its columns is what.

Headings may take two rows, the upper one over several columns (`余额` over `方向` and `金额`); a
year may stand over `月` and `日`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import attrs

from arledger.findings import say
from arledger.reconciliation.reading.dates import DateError, read_date
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.numbers import NumberError, shape
from arledger.reconciliation.reading.overrides import Overrides
from arledger.reconciliation.reading.table import Row, Table, normal
from arledger.reconciliation.reading.words import bare, field_of

HEADER_ROWS_MAX = 200
_AMOUNTS = frozenset({"open", "amount", "debit", "credit", "charge", "payment"})
_WHICH = frozenset({"date", "month", "ref", "text"})
_BALANCE = re.compile(r"余额|餘額|结余|結餘|期末|balance")
_OPENING = re.compile(r"期初|年初|opening")
_YEAR = re.compile(r"(\d{4})\s*年?")
_OF_BALANCE = {"flag": "side", "debit": "balance_debit", "credit": "balance_credit"}
# Foreign-currency tables have each column twice; the documents' own currency comes first.
_LOCAL = re.compile(r"本位币|本位幣|本币|本幣|local")
# What shows that a ledger's direction column belongs to the balance: the movement has columns.
_PAIR = (("debit", "credit"), ("charge", "payment"))


@attrs.frozen
class Layout:
    """The header and the columns: each field's column, counted from 0.

    `last` is the header's last line; `texts` are the columns whose contents become the free text
    of a line; `year` stands over `月` and `日` where they have columns of their own.
    """

    first: int
    last: int
    columns: Mapping[str, int]
    headings: tuple[str, ...]
    texts: tuple[int, ...] = ()
    references: tuple[int, ...] = ()
    year: int | None = None

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Each field with the heading of its column, as the file has it."""
        return tuple(
            (field, " ".join(self.headings[column].split()))
            for field, column in self.columns.items()
        )


def find_layout(table: Table, overrides: Overrides) -> Layout:
    """The header row and its columns: those that are named, else the likeliest."""
    if overrides.columns:
        return _as_told(table, overrides)
    best: tuple[int, Layout] | None = None
    for upper, lower in _candidates(table, overrides.header_line):
        layout = _layout(table, upper, lower)
        if layout is None:
            continue
        score = 2 * len(layout.columns) - (lower is not None)
        if best is None or score > best[0]:
            best = (score, layout)
    if best is None:
        raise ReadingError(
            say(
                "{file}: no row names columns for the amount and for the date or the document; "
                'name them with --columns, as in "{example}"',
                file=table.file,
                example="date=日期 ref=单据号 debit=借方 credit=贷方",
            )
        )
    return best[1]


def _candidates(table: Table, told: int | None) -> Iterator[tuple[Row, Row | None]]:
    """Each row that may be the header, alone and with the one below."""
    rows = table.rows
    if told is not None and all(row.line != told for row in rows[:HEADER_ROWS_MAX]):
        raise ReadingError(
            say(
                "{file}:{line}: has no header; it is empty or too far down",
                file=table.file,
                line=told,
            )
        )
    for number, row in enumerate(rows[:HEADER_ROWS_MAX]):
        if told is not None and row.line != told:
            continue
        if not _all_words(row):
            continue
        yield row, None
        if number + 1 < len(rows) and _all_words(rows[number + 1]):
            yield row, rows[number + 1]


def _all_words(row: Row) -> bool:
    """Whether no cell is a figure or a date: a header has none."""
    return not any(_is_value(text) for text in row.texts if text)


def _is_value(text: str) -> bool:
    if not any(char.isdigit() for char in text):
        return False
    for reads in (shape, read_date):
        try:
            if reads(text) is not None:
                return True
        except (NumberError, DateError):
            continue
    return False


def _layout(table: Table, upper: Row, lower: Row | None) -> Layout | None:
    headings = list(_headings(table, upper, lower))
    found: dict[str, list[tuple[int, int]]] = {}
    year = None
    for column, (over, own) in enumerate(headings):
        named = _field(over, own)
        if named is None:
            continue
        field, rank = named
        found.setdefault(field, []).append((rank, column))
        if field == "month" and (match := _YEAR.search(over)):
            year = int(match[1])
    columns = {field: min(places)[1] for field, places in found.items()}
    _place_flags(columns, found)
    _prefer_open(columns)
    if "date" in columns:
        columns.pop("month", None)
    if not (_AMOUNTS & columns.keys() and _WHICH & columns.keys()):
        return None
    ordered = dict(sorted(columns.items(), key=lambda pair: pair[1]))
    references = tuple(column for _, column in sorted(found.get("ref", ())))
    return Layout(
        upper.line,
        (lower or upper).line,
        ordered,
        tuple(" ".join(filter(None, dict.fromkeys(pair))) for pair in headings),
        tuple(sorted(column for _, column in found.get("text", ()))),
        references,
        year,
    )


def _field(over: str, own: str) -> tuple[str, int] | None:
    """What a column with this heading, and this one over it, is."""
    if over and own:
        if _OPENING.search(normal(over)):
            return None
        if _BALANCE.search(normal(over)):
            named = field_of(own)
            if named is not None and named[0] in _OF_BALANCE:
                return _OF_BALANCE[named[0]], named[1]
            if named is not None and named[0] == "amount":
                return "balance", named[1]
        named = field_of(over + own) or field_of(own) or field_of(over)
    else:
        named = field_of(own or over)
    if named is not None and _LOCAL.search(over + own):
        return named[0], named[1] + 1000
    return named


def _headings(table: Table, upper: Row, lower: Row | None) -> Iterator[tuple[str, str]]:
    """For each column the text over it, and its own; one of them where the header is one row."""
    if lower is None:
        for text in upper.texts:
            yield "", text
        return
    over = ""
    ends = _merged_until(table, upper.line)
    until = -1
    for column in range(max(len(upper.cells), len(lower.cells))):
        top, own = upper.text(column), lower.text(column)
        if top:
            over, until = top, ends.get(column, -1)
        elif until >= 0 and column > until:
            over = ""
        yield (over if own or top else "", own)


def _merged_until(table: Table, line: int) -> dict[int, int]:
    """Where a row has merged cells: the first column of each, and its last one."""
    return {left: right for top, left, _, right in table.merged if top == line}


def _place_flags(columns: dict[str, int], found: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """A column of 借 and 贷 belongs to the balance where the movement has two columns."""
    if "side" in columns or "flag" not in columns:
        return
    places = sorted(column for _, column in found["flag"])
    paired = any(set(pair) & columns.keys() for pair in _PAIR)
    if paired and "balance" in columns:
        columns["side"] = places[-1]
        del columns["flag"]
    elif len(places) > 1:
        columns["flag"], columns["side"] = places[0], places[-1]


def _prefer_open(columns: dict[str, int]) -> None:
    """Where a column has what is left of each document, its amount and payments are history."""
    column = columns.pop("open", None)
    if column is not None and not {"debit", "credit"} & columns.keys():
        columns["amount"] = column
        columns.pop("charge", None)
        columns.pop("payment", None)


def _as_told(table: Table, overrides: Overrides) -> Layout:
    """The row in which all the named headings stand."""
    nearest: tuple[int, Row, list[str]] | None = None
    for row in table.rows[:HEADER_ROWS_MAX]:
        if overrides.header_line is not None and row.line != overrides.header_line:
            continue
        missing = [text for text in overrides.columns.values() if _column(row, text) is None]
        if not missing:
            return _told_layout(row, overrides)
        if nearest is None or len(missing) < nearest[0]:
            nearest = (len(missing), row, missing)
    if nearest is None:
        raise ReadingError(
            say(
                "{file}:{line}: has no header; it is empty or too far down",
                file=table.file,
                line=overrides.header_line or 1,
            )
        )
    _, row, missing = nearest
    raise ReadingError(
        say(
            "{file}:{line}: has no column {missing}; there are {columns}",
            file=table.file,
            line=row.line,
            missing=", ".join(missing),
            columns=", ".join(" ".join(text.split()) for text in row.texts if text),
        )
    )


def _column(row: Row, heading: str) -> int | None:
    """The column with this heading: letter by letter, else without units and the like."""
    for same in (normal, bare):
        wanted = same(heading)
        for column, text in enumerate(row.texts):
            if text and same(text) == wanted:
                return column
    return None


def _told_layout(row: Row, overrides: Overrides) -> Layout:
    columns = {
        field: column
        for field, text in overrides.columns.items()
        if (column := _column(row, text)) is not None
    }
    return Layout(
        row.line,
        row.line,
        columns,
        row.texts,
        (columns["text"],) if "text" in columns else (),
        (columns["ref"],) if "ref" in columns else (),
    )
