# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows below the header: which are lines, which are balances, totals and mere text.

Figures are still as the file has them: a debit positive, a credit negative, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import attrs

from arledger.findings import Text, say
from arledger.reconciliation.model import Place, Remark
from arledger.reconciliation.reading.columns import Layout
from arledger.reconciliation.reading.dates import (
    DateError,
    Numeric,
    read_date,
    serial_date,
    written,
)
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.numbers import (
    CURRENCIES,
    Flag,
    MarkEvidence,
    NumberError,
    Shape,
    plain,
    shape,
)
from arledger.reconciliation.reading.overrides import DateOrder, DecimalMark
from arledger.reconciliation.reading.table import Cell, Row, Table, cell_text, normal
from arledger.reconciliation.reading.words import PAGE, kind_of_label, label

AMOUNT_FIELDS = (
    "amount",
    "debit",
    "credit",
    "charge",
    "payment",
    "balance",
    "balance_debit",
    "balance_credit",
)
_MOVEMENT = ("amount", "debit", "credit", "charge", "payment")
_DATES = ("date", "due")
_DEBIT = frozenset(["借", "借方", "d", "dr", "debit", "db", "s", "soll", "+", "收", "应收"])
_CREDIT = frozenset(["贷", "貸", "贷方", "貸方", "c", "cr", "credit", "h", "haben", "k", "-", "付"])
_LEVEL = frozenset(["平", "零", "flat", "nil", "0"])
_ALNUM = re.compile(r"\w")
PROGRESS_ROWS = 10_000

Day = date
Kind = Literal["line", "opening", "closing", "total", "text"]
Progress = Callable[[int, int], None]


@attrs.define(slots=True)
class Figure:
    """A number of the file: its value where the cell is typed, else as written.

    A file has one decimal mark: what was read under it once is kept.
    """

    value: Decimal | None
    shape: Shape | None = None

    def under(self, mark: DecimalMark) -> Decimal:
        """The number under the settled decimal mark, a credit's flag turned into its sign."""
        if self.value is not None:
            return self.value
        assert self.shape is not None, "a figure has a value or a shape"
        found = self.shape.value(mark)
        self.value = -found if self.shape.flag == "credit" else found
        return self.value


@attrs.define(slots=True)
class Booking:
    """One row with figures, as far as it can be read before marks and orders are settled."""

    kind: Kind
    line: int
    figures: dict[str, Figure]
    date: Day | Numeric | None = None
    due: Day | Numeric | None = None
    reference: str = ""
    text: str = ""
    flag: Flag | Literal["level"] | None = None
    side: Flag | Literal["level"] | None = None
    currency: str | None = None
    rate: Figure | None = None
    page: bool = False
    title: str = ""


@attrs.define
class Body:
    """Everything below the header."""

    bookings: list[Booking] = attrs.field(factory=list)
    notes: list[Row] = attrs.field(factory=list)
    remarks: list[Remark] = attrs.field(factory=list)
    marks: MarkEvidence = attrs.field(factory=MarkEvidence)
    signs: set[str] = attrs.field(factory=set)


def read_body(table: Table, layout: Layout, progress: Progress | None) -> Body:
    """Every row below the header, once; the table has none left."""
    reader = _Reader(attrs.evolve(table, rows=()), layout, dict(_merged_cells(table, layout)))
    # Each row is given up once it is read: a million of them need the room.
    rows = list(reversed(table.rows))
    total = len(rows)
    if isinstance(table.rows, list):
        table.rows.clear()
    while rows:
        row = rows.pop()
        if progress is not None and (total - len(rows)) % PROGRESS_ROWS == 0:
            progress(total - len(rows), total)
        if row.line > layout.last:
            reader.take(row)
    reader.finish()
    return reader.body


@attrs.define
class _Reader:
    table: Table
    layout: Layout
    merged: Mapping[tuple[int, int], Cell] = attrs.field(factory=dict)
    body: Body = attrs.field(factory=Body)
    month: int | None = None
    # After a total or a closing balance: what reads like no line is the foot of the table.
    closed: bool = False
    repeated: list[int] = attrs.field(factory=list)
    empty: list[int] = attrs.field(factory=list)
    filled: list[int] = attrs.field(factory=list)

    def take(self, row: Row) -> None:
        """Take in a row."""
        figures, wrong = self.figures(row)
        if not figures and self.is_header(row):
            self.repeated.append(row.line)
            return
        kind, title = self.labelled(row, figures)
        if kind is None and wrong is not None:
            self.no_amount(row, wrong)
            return
        if kind is None and not figures.keys() & set(_MOVEMENT):
            self.without_amount(row, figures)
            return
        try:
            booking = self.booking(row, kind or "line", figures, title)
        except DateError as error:
            self.no_date(row, figures, error)
            return
        for figure in booking.figures.values():
            if figure.shape is not None:
                self.body.marks.add(row.line, figure.shape.body)
                if figure.shape.currency:
                    self.body.signs.add(figure.shape.currency)
        self.body.bookings.append(booking)
        if kind in {"closing", "total"} and not booking.page:
            self.closed = True
        elif kind is None:
            self.closed = False

    def is_header(self, row: Row) -> bool:
        """A header that a printed page repeats."""
        columns = self.layout.columns
        same = sum(
            normal(row.text(column)) in normal(self.layout.headings[column])
            for column in columns.values()
            if row.text(column)
        )
        return same >= 2 and same >= len(columns) - 1  # noqa: PLR2004 - one may be coincidence

    def figures(self, row: Row) -> tuple[dict[str, Figure], str | None]:
        """The row's numbers by field, and the first cell that should be one and isn't."""
        found: dict[str, Figure] = {}
        marks = self.body.marks
        wrong = None
        for field in AMOUNT_FIELDS:
            column = self.layout.columns.get(field)
            if column is None or column >= len(row.cells):
                continue
            cell = row.cells[column]
            try:
                figure = _figure(cell)
            except NumberError:
                wrong = wrong or cell_text(cell)
                continue
            if figure is not None:
                found[field] = figure
                if figure.shape is None and isinstance(cell, str) and "." in cell:
                    marks.point = marks.point or (row.line, cell)
        return found, wrong

    def labelled(self, row: Row, figures: dict[str, Figure]) -> tuple[Kind | None, str]:
        """Whether the row says that it is a balance or a total, and in which words."""
        for cell in row.cells:
            if not isinstance(cell, str):
                continue
            text = cell.strip()
            kind = kind_of_label(text) if text else None
            if kind is None:
                continue
            if kind != "opening" and self.is_document(row, text, figures):
                continue
            return kind, text  # type: ignore[return-value]
        return None, ""

    def is_document(self, row: Row, text: str, figures: dict[str, Figure]) -> bool:
        """A row with a document's number and an amount is a line, whatever its text."""
        reference = self.reference(row)
        return (
            bool(_ALNUM.search(reference))
            and reference != text
            and any(field in figures for field in _MOVEMENT)
        )

    def reference(self, row: Row) -> str:
        for column in self.layout.references:
            text = self.cell(row, column)
            if _ALNUM.search(text):
                return " ".join(text.split())
        return ""

    def cell(self, row: Row, column: int) -> str:
        """A cell as text; of cells merged downwards, each has the first one's."""
        text = row.text(column)
        if text or not self.merged:
            return text
        return cell_text(self.merged.get((row.line, column)))

    def booking(self, row: Row, kind: Kind, figures: dict[str, Figure], title: str) -> Booking:
        columns = self.layout.columns
        booking = Booking(kind, row.line, figures, title=title)
        if kind == "line":
            booking.date = self.day(row)
            booking.due = _date(row, columns.get("due"), None)
            booking.reference = self.reference(row)
            booking.text = self.text(row, booking.reference)
        elif "date" in columns:
            try:
                booking.date = _date(row, columns["date"], None)
            except DateError:
                booking.date = None
        booking.page = bool(title) and PAGE.search(label(title)) is not None
        booking.flag = self.flag(row, "flag")
        booking.side = self.flag(row, "side")
        booking.currency = self.currency(row)
        booking.rate = self.rate(row)
        if kind != "line" and not figures:
            booking.figures = _anywhere(row, title)
        return booking

    def day(self, row: Row) -> date | Numeric | None:
        columns = self.layout.columns
        if "month" in columns:
            return self.split_day(row)
        column = columns.get("date")
        filled = self.merged.get((row.line, column)) if column is not None else None
        found = _date(row, column, filled)
        if filled is not None and found is not None and not row.text(column or 0):
            self.filled.append(row.line)
        return found

    def split_day(self, row: Row) -> date | None:
        """The day of a table that has a column each for month and day, and the year over them."""
        columns = self.layout.columns
        year = row.text(columns["year"]) if "year" in columns else str(self.layout.year or "")
        month = row.text(columns["month"])
        day = row.text(columns["day"]) if "day" in columns else ""
        if month.isdecimal():
            self.month = int(month)
        if not day.isdecimal() or self.month is None or not year.isdecimal():
            return None
        found = read_date(f"{int(year):04}-{self.month:02}-{int(day):02}")
        assert not isinstance(found, Numeric), "a date with the year first has one reading"
        return found

    def text(self, row: Row, reference: str) -> str:
        """All free text of a line, with the references that aren't its own."""
        parts = [row.text(column) for column in self.layout.texts]
        parts += [self.cell(row, column) for column in self.layout.references]
        own = [" ".join(part.split()) for part in parts if _ALNUM.search(part)]
        return " ".join(dict.fromkeys(part for part in own if part != reference))

    def flag(self, row: Row, field: str) -> Flag | Literal["level"] | None:
        column = self.layout.columns.get(field)
        text = normal(row.text(column)).rstrip(".") if column is not None else ""
        if text in _DEBIT:
            return "debit"
        if text in _CREDIT:
            return "credit"
        if not text:
            return None
        if text in _LEVEL or field == "side":
            return "level"
        raise ReadingError(
            say(
                "{file}:{line}: {text} says neither debit nor credit (借 or 贷, D or C)",
                file=self.table.file,
                line=row.line,
                text=row.text(column) if column is not None else "",
            )
        )

    def currency(self, row: Row) -> str | None:
        column = self.layout.columns.get("currency")
        return currency_of(row.text(column)) if column is not None else None

    def rate(self, row: Row) -> Figure | None:
        column = self.layout.columns.get("rate")
        if column is None or column >= len(row.cells):
            return None
        try:
            return _figure(row.cells[column])
        except NumberError:
            return None

    def no_amount(self, row: Row, wrong: str) -> None:
        """A cell that should be a figure: of a line that is an error, of a footer just text."""
        if self.has_date(row) and self.reference(row):
            raise ReadingError(
                say(
                    "{file}:{line}: {text} is no amount",
                    file=self.table.file,
                    line=row.line,
                    text=wrong,
                )
            )
        self.leave_out(row, grave=self.has_date(row))

    def no_date(self, row: Row, figures: dict[str, Figure], error: DateError) -> None:
        if error.impossible:
            raise ReadingError(
                say(
                    "{file}:{line}: there is no such day as {date}",
                    file=self.table.file,
                    line=row.line,
                    date=str(error),
                )
            ) from error
        if self.reference(row) and figures and not self.closed:
            raise ReadingError(
                say(
                    "{file}:{line}: {text} is no date",
                    file=self.table.file,
                    line=row.line,
                    text=str(error),
                )
            ) from error
        self.leave_out(row, grave=not self.closed)

    def has_date(self, row: Row) -> bool:
        try:
            return self.day(row) is not None
        except DateError:
            return False

    def without_amount(self, row: Row, figures: dict[str, Figure]) -> None:
        """A row without amount: the rest of a text, a page's foot, or a document of nothing."""
        self.body.notes.append(row)
        if self.has_date(row) and (self.reference(row) or "balance" in figures):
            self.empty.append(row.line)

    def leave_out(self, row: Row, *, grave: bool) -> None:
        self.body.notes.append(row)
        text = say("left out, it reads like no line: {row}", row=shown(row))
        self.body.remarks.append(Remark(text, Place(self.table.file, row.line), grave=grave))

    def finish(self) -> None:
        """Say of many rows at once what was done with them."""
        self.say_of(self.repeated, _repeated)
        self.say_of(self.empty, _empty)
        self.say_of(self.filled, _filled)

    def say_of(self, lines: list[int], sentence: Callable[[int, str], Text]) -> None:
        if lines:
            text = sentence(len(lines), some(lines))
            self.body.remarks.append(Remark(text, Place(self.table.file, lines[0])))


def _repeated(count: int, lines: str) -> Text:
    return say(
        "{count} repeated header rows are left out (lines {lines})", count=count, lines=lines
    )


def _empty(count: int, lines: str) -> Text:
    return say(
        "{count} rows with a date but without an amount are left out (lines {lines})",
        count=count,
        lines=lines,
    )


def _filled(count: int, lines: str) -> Text:
    return say(
        "{count} lines have their date from a merged cell above (lines {lines})",
        count=count,
        lines=lines,
    )


def some(lines: list[int]) -> str:
    """A few line numbers, for a sentence."""
    most = 5
    return ", ".join(map(str, lines[:most])) + (" …" if len(lines) > most else "")


def shown(row: Row) -> str:
    """A row in a sentence, cut short."""
    most = 80
    text = " ".join(" ".join(filter(None, row.texts)).split())
    return text if len(text) <= most else text[:most] + "…"


def _merged_cells(table: Table, layout: Layout) -> Iterator[tuple[tuple[int, int], Cell]]:
    """For cells merged downwards in the columns of date and reference: the value of each row."""
    columns = {layout.columns.get("date"), *layout.references}
    wanted = [
        (top, left, bottom)
        for top, left, bottom, _ in table.merged
        if bottom > top and left in columns and top > layout.last
    ]
    if not wanted:
        return
    by_line = {row.line: row for row in table.rows}
    for top, left, bottom in wanted:
        first = by_line.get(top)
        if first is None or left >= len(first.cells):
            continue
        for line in range(top + 1, bottom + 1):
            yield (line, left), first.cells[left]


def _figure(cell: Cell) -> Figure | None:
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        return Figure(cell)
    if isinstance(cell, date):
        raise NumberError(cell.isoformat())
    value = plain(cell)
    if value is not None:
        return Figure(value)
    found = shape(cell)
    return None if found is None else Figure(None, found)


def _date(row: Row, column: int | None, merged: Cell) -> date | Numeric | None:
    if column is None:
        return None
    cell = row.cells[column] if column < len(row.cells) else None
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        cell = merged
    if cell is None or isinstance(cell, date):
        return cell
    if isinstance(cell, Decimal):
        whole = int(cell)
        found = serial_date(whole)
        if found is None:
            raise DateError(cell_text(cell), impossible=len(str(whole)) == 8)  # noqa: PLR2004
        return found
    return read_date(cell)


def _anywhere(row: Row, title: str) -> dict[str, Figure]:
    """The one number of a labelled row that has none in its columns."""
    found = []
    for cell in row.cells:
        if cell_text(cell) == title:
            continue
        try:
            figure = _figure(cell)
        except NumberError:
            continue
        if figure is not None:
            found.append(figure)
    return {"balance": found[-1]} if found else {}


def currency_of(text: str) -> str | None:
    """The ISO code of a currency as a file writes it; None where it isn't one."""
    plain = "".join(text.split()).upper()
    if plain in CURRENCIES:
        return CURRENCIES[plain]
    return plain if len(plain) == 3 and plain.isascii() and plain.isalpha() else None  # noqa: PLR2004 - ISO 4217


def settled_day(
    found: date | Numeric | None, order: DateOrder | None, line: int, file: str
) -> date | None:
    """A date under the settled order."""
    if not isinstance(found, Numeric):
        return found
    day = found.under(order) if order is not None else None
    if day is None:
        raise ReadingError(
            say(
                "{file}:{line}: there is no such day as {date}",
                file=file,
                line=line,
                date=written(found),
            )
        )
    return day
