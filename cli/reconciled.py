# SPDX-License-Identifier: GPL-2.0-or-later
"""A reconciliation in its forms: table, JSON, CSV, HTML, XLSX, and ledger text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from arledger.cli import common, words
from arledger.cli.rows import Money, day, place_of, shown_file
from arledger.cli.tables import Column, Page, Row, Table
from arledger.cli.visible import visible
from arledger.findings import Text, say
from arledger.money import ZERO, digits_of, exact
from arledger.reconciliation.confirming import directive, obstacle
from arledger.reconciliation.correcting import corrections, transaction_text
from arledger.reconciliation.differences import Difference, Notice, Population, Reconciliation
from arledger.reconciliation.model import (
    DifferenceClass,
    Entry,
    How,
    Line,
    Match,
    Place,
    Proposal,
    Side,
)

if TYPE_CHECKING:
    from arledger.cli.csv_out import Cell
    from arledger.cli.xlsx_out import Sheet

CSV = (
    "kind",
    "class",
    "side",
    "items",
    "lines",
    "ref",
    "date",
    "amount",
    "difference",
    "reason",
    "ledger",
    "statement",
)

CLASSES = {
    DifferenceClass.IN_TRANSIT: say("in transit"),
    DifferenceClass.MISSING_IN_LEDGER: say("missing in the ledger"),
    DifferenceClass.MISSING_IN_STATEMENT: say("missing in their statement"),
    DifferenceClass.AMOUNT: say("amount differs"),
    DifferenceClass.DATE: say("date differs"),
    DifferenceClass.DUPLICATE: say("duplicate"),
    DifferenceClass.DISPUTED: say("disputed"),
    DifferenceClass.UNIDENTIFIED: say("unidentified"),
    DifferenceClass.AMBIGUOUS: say("ambiguous"),
}
IN_TRANSIT = {
    Side.LEDGER: say("in transit: ours, not yet theirs"),
    Side.STATEMENT: say("in transit: theirs, not yet ours"),
}
HOW = {
    How.NAMED: say("named in the ledger"),
    How.REFERENCE: say("reference and amount"),
    How.REFERENCE_AMOUNT_DIFFERS: say("reference, another amount"),
    How.REFERENCES: say("several references in one line"),
    How.APPROXIMATE: say("similar reference and amount"),
    How.UNIQUE_AMOUNT: say("amount and date, the only pair"),
    How.BATCH: say("the only sum"),
}
SIDES = {"ours": say("our books"), "theirs": say("their books")}
POPULATIONS = {
    Population.MOVEMENTS: say("movements"),
    Population.OPEN_ITEMS: say("open items"),
}
# Pairs that a table shows one by one without --explain.
PAIRS_SHOWN_MAX = 12


def document_path(name: str, ledger: Path) -> str:
    """The statement's path as a ledger names it: relative to the ledger's folder."""
    full = Path(os.path.abspath(Path(name).expanduser()))  # noqa: PTH100 - follows no links
    try:
        return Path(os.path.relpath(full, ledger.parent)).as_posix()
    except ValueError:  # another drive
        return full.as_posix()


@attrs.frozen(eq=False)
class Said:
    """The answer in its forms; `name` is the statement's file as the call has it."""

    books: common.Books
    answer: Reconciliation
    money: Money
    name: str

    def text(self, text: Text) -> str:
        """A sentence in the language of the answer."""
        return self.books.request.text(text)

    def plain(self, amount: Decimal) -> str:
        """An amount for machines."""
        return self.money.plain(amount, self.answer.currency)

    def shown(self, amount: Decimal) -> str:
        """An amount for people."""
        return self.money.shown(amount, self.answer.currency)

    # JSON and CSV.

    def json(self) -> dict[str, Any]:
        """The keys of the contract, and the evidence."""
        one = self.answer
        return {
            **self.books.common(),
            "customer": one.customer,
            "name": one.name,
            "currency": one.currency,
            "from": day(one.since),
            "to": one.until.isoformat(),
            "population": one.population.value,
            "population_reason": self.text(one.population_reason),
            "side": one.side,
            "side_reason": self.text(one.side_reason),
            "statement": self._file_fields(),
            "ledger_opening": self._maybe(one.ledger_opening),
            "statement_opening": self._maybe(one.statement_opening),
            "ledger_balance": self.plain(one.ledger_balance),
            "statement_balance": self.plain(one.statement_balance),
            "matched": [self._match_fields(match) for match in one.matched],
            "differences": [self._difference_fields(found) for found in one.differences],
            "proposed": [self._proposal_fields(proposal) for proposal in one.proposals],
            "unexplained": self.plain(one.unexplained),
            "explained": one.is_explained,
            "remarks": [self._notice_fields(notice) for notice in one.notices],
        }

    def _maybe(self, amount: Decimal | None) -> str | None:
        return None if amount is None else self.plain(amount)

    def _file_fields(self) -> dict[str, Any]:
        read = self.answer.statement.read_as
        return {
            "file": self.name,
            "sha256": self.answer.statement.sha256,
            "format": read.format,
            "encoding": read.encoding,
            "delimiter": read.delimiter,
            "sheet": read.sheet,
            "header_line": read.header_line,
            "columns": dict(read.columns),
            "date_order": read.date_order,
            "decimal_mark": read.decimal_mark,
        }

    def _match_fields(self, one: Match) -> dict[str, Any]:
        return {
            "items": [entry.id for entry in one.entries],
            "lines": [line_number(line) for line in one.lines],
            "how": one.how.value,
            "amount": self.plain(one.amount),
            "difference": self.plain(_difference(one)),
            "hint": None if one.hint is None else self.text(one.hint),
            "evidence": self._evidence(one.entries, one.lines),
        }

    def _difference_fields(self, one: Difference) -> dict[str, Any]:
        return {
            "class": one.cls.value,
            "side": one.side.value,
            "item": one.item,
            "line": line_number(one.lines[0]) if one.lines else None,
            "ref": one.ref,
            "date": day(one.date),
            "amount": self.plain(one.amount),
            "reason": self.text(one.reason),
            "hint": None if one.hint is None else self.text(one.hint),
            "part": one.part.value,
            "items": [entry.id for entry in one.entries],
            "lines": [line_number(line) for line in one.lines],
            "proof": [entry.id for entry in one.proof],
            "evidence": self._evidence((*one.entries, *one.proof), one.lines),
        }

    def _proposal_fields(self, one: Proposal) -> dict[str, Any]:
        return {
            "items": [entry.id for entry in one.entries],
            "lines": [line_number(line) for line in one.lines],
            "candidates": [
                {
                    "items": [entry.id for entry in way.entries],
                    "lines": [line_number(line) for line in way.lines],
                    "how": way.how.value,
                    "reason": self.text(way.reason),
                }
                for way in one.candidates
            ],
            "evidence": self._evidence(one.entries, one.lines),
        }

    def _notice_fields(self, one: Notice) -> dict[str, Any]:
        return {
            "text": self.text(one.text),
            "grave": one.grave,
            "file": None if one.place is None else shown_file(one.place.file),
            "line": None if one.place is None else one.place.line or None,
        }

    def _evidence(self, entries: Iterable[Entry], lines: Iterable[Line]) -> dict[str, Any]:
        return {
            "ledger": [_place_fields(entry.place) for entry in _once(entries)],
            "statement": [{"file": self.name, "line": line_number(line)} for line in lines],
        }

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line a difference, then the pairs, then what is proposed."""
        return CSV, self._csv_rows()

    def _csv_rows(self) -> Iterator[Sequence[Cell]]:
        figure, currency = self.money.figure, self.answer.currency
        for one in self.answer.differences:
            yield [
                "difference",
                one.cls.value,
                one.side.value,
                *_listed(one.entries, one.lines),
                one.ref,
                day(one.date),
                figure(one.amount, currency),
                figure(one.amount, currency),
                self.text(one.reason),
                *self._places((*one.entries, *one.proof), one.lines),
            ]
        for match in self.answer.matched:
            yield [
                "matched",
                match.how.value,
                None,
                *_listed(match.entries, match.lines),
                match.lines[0].reference if match.lines else None,
                day(match.lines[0].date) if match.lines else None,
                figure(match.amount, currency),
                figure(_difference(match), currency),
                "" if match.hint is None else self.text(match.hint),
                *self._places(match.entries, match.lines),
            ]
        for proposal in self.answer.proposals:
            yield [
                "proposed",
                proposal.candidates[0].how.value if proposal.candidates else None,
                None,
                *_listed(proposal.entries, proposal.lines),
                None,
                None,
                None,
                None,
                "; ".join(self.text(way.reason) for way in proposal.candidates),
                *self._places(proposal.entries, proposal.lines),
            ]

    def _places(self, entries: Iterable[Entry], lines: Iterable[Line]) -> tuple[str, str]:
        ours = " ".join(_place_text(entry.place) for entry in _once(entries))
        theirs = " ".join(place_of(self.name, line_number(line)) for line in lines)
        return ours, theirs

    # Tables.

    def page(self) -> Page:
        """What is doubtful first, then the reconciliation statement, the pairs, the proposals."""
        header = [*self.header(), *self.warnings()]
        return Page(header, self.tables(pairs_max=PAIRS_SHOWN_MAX), self.notes())

    def header(self) -> list[str]:
        """Whose balance, of what day, and how the statement was read."""
        one = self.answer
        name = f"{one.customer} {one.name}".strip()
        head = words.header(
            self.books,
            say("Reconciliation"),
            say("{word}", word=name),
            say("{word}", word=one.currency),
        )
        return [*head, *self.how_read()]

    def how_read(self) -> list[str]:
        """How the file was understood: each part that was found out, and why."""
        one, read = self.answer, self.answer.statement.read_as
        parts = [read.format]
        parts += [read.encoding] if read.encoding else []
        if read.delimiter:
            parts.append(self.text(say('delimiter "{mark}"', mark=_mark(read.delimiter))))
        if read.sheet:
            parts.append(self.text(say("sheet {name}", name=read.sheet)))
        if read.header_line:
            parts.append(self.text(say("headings in line {line}", line=read.header_line)))
        if read.date_order:
            parts.append(self.text(say("dates as {order}", order=read.date_order)))
        if read.decimal_mark:
            parts.append(self.text(say('decimal mark "{mark}"', mark=read.decimal_mark)))
        lines = [f"{self.name}: {', '.join(parts)}"]
        if read.columns:
            pairs = " ".join(f"{field}={heading}" for field, heading in read.columns)
            lines.append(self.text(say("columns: {columns}", columns=pairs)))
        side = say("written from {side}: {reason}", side=SIDES[one.side], reason=one.side_reason)
        lists = say(
            "lists {population}: {reason}",
            population=POPULATIONS[one.population],
            reason=one.population_reason,
        )
        return [*lines, self.text(side), self.text(lists), *self._period()]

    def _period(self) -> list[str]:
        one = self.answer
        if one.since is None:
            return []
        return [self.text(say("period {start} to {end}", start=one.since, end=one.until))]

    def warnings(self) -> list[str]:
        """What may be wrong with the statement, before any figure."""
        return [self._said(notice) for notice in self.answer.notices if notice.grave]

    def notes(self) -> list[str]:
        """What else is to be known."""
        found = [self._said(notice) for notice in self.answer.notices if not notice.grave]
        if self.answer.is_explained:
            found.append(
                self.text(say("`--confirm` prints the directive that records the agreement"))
            )
        return found

    def _said(self, notice: Notice) -> str:
        where = f" ({_place_text(notice.place)})" if notice.place else ""
        mark = "! " if notice.grave else ""
        return f"{mark}{self.text(notice.text)}{where}"

    def tables(self, *, pairs_max: int | None = None) -> list[Table]:
        """The reconciliation statement, the pairs, the proposals."""
        found = [self._statement()]
        if self.answer.proposals:
            found.append(self._proposals())
        if self.answer.matched:
            found.append(self._pairs(pairs_max))
        return found

    def _statement(self) -> Table:
        heads = [
            self.text(text)
            for text in (say("class"), say("document"), say("date"), say("line"), say("reason"))
        ]
        columns = [
            Column(heads[0]),
            Column(heads[1], fold=True),
            Column(heads[2]),
            Column(heads[3], figures=True),
            Column(heads[4], fold=True),
            Column(self.text(say("amount")), figures=True),
        ]
        one = self.answer
        last = [
            (say("their balance"), one.statement_balance),
            (say("unexplained"), one.unexplained),
        ]
        return Table(
            columns,
            [
                Row([self.text(say("our balance")), *[""] * 4, self.shown(one.ledger_balance)]),
                *self._groups(),
            ],
            [Row([self.text(text), *[""] * 4, self.shown(amount)]) for text, amount in last],
            self.text(say("Reconciliation statement")),
        )

    def _groups(self) -> Iterator[Row]:
        """Each class with what is in it and, where there are several, its subtotal."""
        for head, members in grouped(self.answer.differences):
            for at, one in enumerate(members):
                yield self._difference_row(self.text(head) if at == 0 else "", one)
            if len(members) > 1:
                subtotal = self.text(say("subtotal"))
                amount = self.shown(sum((one.amount for one in members), ZERO))
                yield Row([subtotal, "", "", "", "", amount], marks={0: "aside", 5: "aside"})

    def _difference_row(self, head: str, one: Difference) -> Row:
        reason = self.text(one.reason)
        if one.hint is not None:
            reason = f"{reason}; {self.text(one.hint)}"
        below = []
        if self.books.request.explain:
            ours, theirs = self._places((*one.entries, *one.proof), one.lines)
            below = [text for text in (ours, theirs) if text]
        return Row(
            [
                head,
                ", ".join(document_name(entry, self.text) for entry in one.entries)
                or one.ref
                or "",
                str(one.date or ""),
                ", ".join(str(line_number(line)) for line in one.lines),
                reason,
                self.shown(one.amount),
            ],
            below,
        )

    def _pairs(self, most: int | None) -> Table:
        explain = self.books.request.explain
        if most is not None and len(self.answer.matched) > most and not explain:
            return self._pairs_by_how()
        heads = [
            self.text(text)
            for text in (say("document"), say("line"), say("reference"), say("date"), say("how"))
        ]
        columns = [
            Column(heads[0], fold=True),
            Column(heads[1], figures=True),
            Column(heads[2], fold=True),
            Column(heads[3]),
            Column(heads[4]),
            Column(self.text(say("amount")), figures=True),
        ]
        rows = [self._pair(one) for one in self.answer.matched]
        return Table(columns, rows, title=self.text(say("Pairs")))

    def _pair(self, one: Match) -> Row:
        below = []
        if self.books.request.explain:
            below = [text for text in self._places(one.entries, one.lines) if text]
        dates = [str(line.date) for line in one.lines if line.date]
        return Row(
            [
                ", ".join(document_name(entry, self.text) for entry in one.entries),
                ", ".join(str(line_number(line)) for line in one.lines),
                ", ".join(line.reference for line in one.lines if line.reference),
                dates[0] if dates else "",
                self.text(HOW[one.how]),
                self.shown(one.amount),
            ],
            below,
        )

    def _pairs_by_how(self) -> Table:
        rows = []
        for how, text in HOW.items():
            found = [one for one in self.answer.matched if one.how is how]
            if found:
                amount = sum((one.amount for one in found), ZERO)
                rows.append(Row([self.text(text), str(len(found)), self.shown(amount)]))
        columns = [
            Column(self.text(say("how"))),
            Column(self.text(say("pairs")), figures=True),
            Column(self.text(say("amount")), figures=True),
        ]
        note = self.text(say("`--explain` shows each pair"))
        return Table(columns, rows, title=self.text(say("Pairs")), notes=[note])

    def _proposals(self) -> Table:
        columns = [
            Column(self.text(say("proposal")), figures=True),
            Column(self.text(say("document")), fold=True),
            Column(self.text(say("line")), figures=True),
            Column(self.text(say("reason")), fold=True),
            Column(self.text(say("amount")), figures=True),
        ]
        rows = [
            Row(
                [
                    f"{count}.{rank}",
                    ", ".join(document_name(entry, self.text) for entry in way.entries),
                    ", ".join(str(line_number(line)) for line in way.lines),
                    self.text(way.reason),
                    self.shown(sum((line.amount for line in way.lines), ZERO)),
                ]
            )
            for count, one in enumerate(self.answer.proposals, start=1)
            for rank, way in enumerate(one.candidates, start=1)
        ]
        title = self.text(say("Proposals: not certain, best first"))
        return Table(columns, rows, title=title)

    # HTML and XLSX.

    def html(self) -> str:
        """For a browser or a printer."""
        from arledger.cli import html
        from arledger.cli.lang import language
        from arledger.cli.statement import explicit_lang, sender_of

        one = self.answer
        title = say("Reconciliation statement as of {day}", day=one.as_of)
        return html.document(
            "reconcile.html",
            lang=explicit_lang() or language(None, os.environ),
            title=self.text(title),
            sender=sender_of(self.books),
            customer=[f"{one.customer} {one.name}".strip(), one.currency],
            about=self.how_read(),
            warnings=self.warnings(),
            tables=self.tables(),
            notes=[self._said(notice) for notice in one.notices if not notice.grave],
        )

    @exact
    def xlsx(self) -> bytes:
        """A workbook: the reconciliation statement, the pairs, the proposals."""
        from arledger.cli import xlsx_out

        digits = digits_of(self.answer.currency, self.books.subledger.options.precision)
        sheets = [
            xlsx_out.Sheet(self.text(say("Reconciliation")), list(self._sheet_lines()), digits),
            xlsx_out.Sheet(self.text(say("Pairs")), list(self._pair_lines()), digits),
        ]
        if self.answer.proposals:
            sheets.append(self._proposal_sheet(digits))
        return xlsx_out.document(sheets, self.answer.as_of)

    def _sheet_lines(self) -> Iterator[Any]:
        from arledger.cli.xlsx_out import Line as SheetLine

        one = self.answer
        for at, line in enumerate([*self.header(), *self.warnings()]):
            yield SheetLine([line], strong=at == 0)
        yield SheetLine([])
        heads = (
            say("class"),
            say("document"),
            say("reference"),
            say("date"),
            say("line"),
            say("reason"),
            say("place"),
            say("amount"),
        )
        yield SheetLine([self.text(text) for text in heads], strong=True)
        yield SheetLine([self.text(say("our balance")), *[""] * 6, one.ledger_balance], strong=True)
        for head, members in grouped(one.differences):
            for found in members:
                yield SheetLine(self._sheet_difference(head, found))
            subtotal = f"{self.text(say('subtotal'))}: {self.text(head)}"
            amount = sum((found.amount for found in members), ZERO)
            yield SheetLine([subtotal, *[""] * 6, amount], strong=True)
        yield SheetLine(
            [self.text(say("their balance")), *[""] * 6, one.statement_balance], strong=True
        )
        yield SheetLine([self.text(say("unexplained")), *[""] * 6, one.unexplained], strong=True)

    def _sheet_difference(self, head: Text, one: Difference) -> list[Any]:
        ours, theirs = self._places((*one.entries, *one.proof), one.lines)
        hint = "" if one.hint is None else f"; {self.text(one.hint)}"
        return [
            self.text(head),
            ", ".join(document_name(entry, self.text) for entry in one.entries),
            one.ref or "",
            one.date,
            line_number(one.lines[0]) if one.lines else None,
            self.text(one.reason) + hint,
            " ".join(filter(None, (ours, theirs))),
            one.amount,
        ]

    def _pair_lines(self) -> Iterator[Any]:
        from arledger.cli.xlsx_out import Line as SheetLine

        heads = (
            say("document"),
            say("reference"),
            say("date"),
            say("line"),
            say("how"),
            say("our amount"),
            say("their amount"),
            say("difference"),
        )
        yield SheetLine([self.text(text) for text in heads], strong=True)
        for one in self.answer.matched:
            difference = _difference(one)
            yield SheetLine(
                [
                    ", ".join(document_name(entry, self.text) for entry in one.entries),
                    ", ".join(line.reference for line in one.lines if line.reference),
                    one.lines[0].date if one.lines else None,
                    ", ".join(str(line_number(line)) for line in one.lines),
                    self.text(HOW[one.how]),
                    one.amount - difference,
                    one.amount,
                    difference,
                ]
            )

    def _proposal_sheet(self, digits: int) -> Sheet:
        from arledger.cli.xlsx_out import Line as SheetLine
        from arledger.cli.xlsx_out import Sheet as Page_

        table = self._proposals()
        lines = [SheetLine([column.heading for column in table.columns], strong=True)]
        ways = [way for one in self.answer.proposals for way in one.candidates]
        for row, way in zip(table.rows, ways, strict=True):
            amount = sum((line.amount for line in way.lines), ZERO)
            lines.append(SheetLine([*row.cells[:-1], amount]))
        return Page_(self.text(say("Proposals")), lines, digits)

    # Ledger text.

    def entries(self) -> str:
        """The correcting transactions; what can't be proposed is a comment."""
        one = self.answer
        head = say(
            "{customer}, {currency}: from {ours} to {theirs} as of {day}; flagged !, decide each",
            customer=one.customer,
            currency=one.currency,
            ours=self.shown(one.ledger_balance),
            theirs=self.shown(one.statement_balance),
            day=one.as_of,
        )
        blocks = [_comment(self.text(head))]
        for found in corrections(one, self.books.subledger):
            narration = "" if found.narration is None else self.text(found.narration)
            blocks.append(
                self._comments(found.difference, found.remark)
                + transaction_text(found, one, narration)
            )
        if len(blocks) == 1:
            blocks.append(_comment(self.text(say("nothing to correct"))))
        return "\n".join(blocks)

    def _comments(self, one: Difference, remark: Text) -> str:
        names = ", ".join(entry.id for entry in one.entries) or one.ref or ""
        ours, theirs = self._places((*one.entries, *one.proof), one.lines)
        what = f"{self.text(head_of(one))} {names} {self.shown(one.amount)} {self.answer.currency}"
        lines = [" ".join(what.split()), self.text(one.reason), f"{ours} {theirs}".strip()]
        if one.hint is not None:
            lines.insert(2, self.text(one.hint))
        lines.append(self.text(remark))
        return "".join(_comment(line) for line in lines if line)

    def confirm(self, document: str) -> str:
        """The `statement` directive; while something is unexplained, why there is none."""
        reason = obstacle(self.answer)
        if reason is not None:
            return _comment(self.text(reason))
        return directive(self.answer, document)


def head_of(one: Difference) -> Text:
    """The heading under which a difference stands."""
    if one.cls is DifferenceClass.IN_TRANSIT:
        return IN_TRANSIT[one.side]
    return CLASSES[one.cls]


def grouped(differences: Iterable[Difference]) -> list[tuple[Text, list[Difference]]]:
    """The differences by class, those in transit by side, in the order of the answer."""
    found: dict[str, tuple[Text, list[Difference]]] = {}
    for one in differences:
        head = head_of(one)
        found.setdefault(head.template, (head, []))[1].append(one)
    return list(found.values())


def line_number(line: Line) -> int:
    """The line of the file; where it has no place, its count."""
    return line.index + 1 if line.place is None else line.place.line


def document_name(entry: Entry, text: Callable[[Text], str]) -> str:
    """A document for people: its number; what has none is named by what it is for, or its day."""
    if entry.references and not entry.id.startswith(entry.references[0]):
        return text(say("credit for {item}", item=entry.references[0]))
    if not entry.references and "/" in entry.id:
        kind = say("credit of {day}", day=entry.date)
        return text(kind if entry.amount < 0 else say("item of {day}", day=entry.date))
    return entry.id


@exact
def _difference(one: Match) -> Decimal:
    return one.amount - sum((entry.amount for entry in one.entries), ZERO)


def _listed(entries: Iterable[Entry], lines: Iterable[Line]) -> tuple[str, str]:
    return (
        " ".join(entry.id for entry in entries),
        " ".join(str(line_number(line)) for line in lines),
    )


def _once(entries: Iterable[Entry]) -> list[Entry]:
    return list({entry.id: entry for entry in entries}.values())


def _place_fields(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"file": None, "line": None}
    return {"file": shown_file(place.file), "line": place.line or None}


def _place_text(place: Place | None) -> str:
    return "" if place is None else place_of(place.file, place.line)


def _mark(delimiter: str) -> str:
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)


def _comment(text: str) -> str:
    return f"; {visible(text)}\n"
