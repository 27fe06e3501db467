# SPDX-License-Identifier: GPL-2.0-or-later
"""The tab *Reconcile*: a customer's own statement against the ledger.

The statement comes as the body of a request, is read in memory, answered and forgotten: nothing
is kept, on disk or elsewhere. A download sends it once more.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.amount import CURRENCY_RE
from flask import current_app, make_response, request
from flask.wrappers import Response
from jinja2 import Environment

from arledger.findings import Text, say
from arledger.language.values import MalformedError
from arledger.layout import Column, Row, Table
from arledger.money import ZERO, exact
from arledger.pages import document
from arledger.plugins.fava.asked import BadRequestError, choice, day
from arledger.plugins.fava.files import attachment
from arledger.plugins.fava.page import Page, every_customer, refuse
from arledger.reconciliation.confirming import directive, obstacle
from arledger.reconciliation.correcting import corrections, transaction_text
from arledger.reconciliation.customer_files import directive as columns_directive
from arledger.reconciliation.customer_files import overrides_of
from arledger.reconciliation.differences import Difference, Population, Reconciliation
from arledger.reconciliation.model import Entry, Line, Match, Statement
from arledger.reconciliation.reading import Overrides, ReadingError, parse_columns, read_statement
from arledger.reconciliation.reconcile import ReconcileError, Wanted, reconcile
from arledger.reconciliation.whose import whose
from arledger.reconciliation.words import (
    HOW,
    POPULATIONS,
    SIDES,
    document_name,
    grouped,
    line_number,
)
from arledger.sheets import Cell, Sheet, workbook_of
from arledger.visible import visible

BYTES_MAX = 10 * 1024 * 1024
MEGABYTES = BYTES_MAX // (1024 * 1024)
NAME_MAX = 200
PAIRS_MAX = 500
CHOICES: Mapping[str, tuple[str, ...]] = {
    "side": ("ours", "theirs"),
    "population": ("movements", "open-items"),
    "date_order": ("ymd", "dmy", "mdy"),
    "decimal_mark": (".", ","),
}
TEXTS = ("columns", "encoding", "delimiter", "sheet")
# What no statement is: a picture, a PDF, a program.
FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ", b"{\\rtf", b"Rar!")


def show(page: Page) -> dict[str, Any]:
    """The form; where Fava only reads, why there is none."""
    return {
        "read_only": reads_only(),
        "most": MEGABYTES,
        "customer": page.asked.customer or "",
        "sides": [(key, page.text(text)) for key, text in SIDES.items()],
        "populations": [(one.value, page.text(text)) for one, text in POPULATIONS.items()],
        "fields": [
            ("currency", page.t("Currency")),
            ("columns", page.t("Columns, as in date=日期 ref=单据号 amount=金额")),
            ("sheet", page.t("Sheet")),
            ("header_line", page.t("Line of the headings")),
            ("encoding", page.t("Encoding")),
            ("delimiter", page.t("What separates the columns")),
        ],
    }


def reads_only() -> bool:
    """Whether Fava was started with --read-only: it says so nowhere but in what it refuses."""
    hooks = current_app.before_request_funcs.get(None, [])
    return any(hook.__name__ == "_read_only" for hook in hooks)


def is_valid_currency(text: str) -> bool:
    """Whether a ledger could have it."""
    return re.fullmatch(CURRENCY_RE, text) is not None


# The question.


@attrs.frozen
class Sent:
    """What was sent: the file's name and bytes, how to read it, and what is compared."""

    name: str
    content: bytes
    how: Mapping[str, Any]
    currency: str | None
    population: Population | None
    since: dt.date | None
    until: dt.date | None
    format: str


def read_request() -> Sent:
    """The body and the parameters beside it; raises BadRequestError for what can't be."""
    args = request.args
    length = request.content_length or 0
    too_large = say("the file is larger than {most} MB", most=MEGABYTES)
    if length > BYTES_MAX:
        raise BadRequestError(too_large)
    content = request.stream.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise BadRequestError(too_large)
    if not content:
        raise BadRequestError(say("choose the customer's statement first"))
    if content.startswith(FOREIGN):
        raise BadRequestError(say("the file is no statement: CSV, TSV, XLSX or XLS is"))
    population = choice(args, "population", CHOICES["population"])
    currency = args.get("currency") or None
    if currency is not None and not is_valid_currency(currency):
        raise BadRequestError(say("{value} is not a currency", value=currency))
    since, until = day(args, "first"), day(args, "last")
    if since is not None and until is not None and since > until:
        raise BadRequestError(say("{since} is after {day}", since=since, day=until))
    return Sent(
        args.get("name", "").replace("\\", "/").rpartition("/")[2][:NAME_MAX] or "statement",
        content,
        _how(args),
        currency,
        None if population is None else Population(population),
        since,
        until,
        choice(args, "format", ("page", "html", "xlsx")) or "page",
    )


def _how(args: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: choice(args, name, CHOICES[name]) for name in ("side", "date_order", "decimal_mark")
    }
    found |= {name: args.get(name) or None for name in TEXTS}
    line = args.get("header_line") or None
    if line is not None:
        if not line.isascii() or not line.isdigit() or not 0 < int(line) < 10**6:
            raise BadRequestError(say("{value} is not the number of a line", value=line))
        found["header_line"] = int(line)
    return {name: value for name, value in found.items() if value is not None}


def ask(page: Page, sent: Sent) -> Reconciliation:
    """Read the statement, find whose it is, and compare."""
    subledger, customer = page.subledger, page.asked.customer
    try:
        if customer is None:
            first = _read(page, sent, None)
            customer = _whose(page, first)
            again = columns_directive(subledger, customer) is not None
            statement = _read(page, sent, customer) if again else first
        else:
            statement = _read(page, sent, customer)
        return reconcile(
            subledger,
            statement,
            customer,
            Wanted(
                page.as_of,
                sent.currency,
                page.asked.as_of,
                sent.how.get("side"),
                sent.population,
                sent.since,
                sent.until,
            ),
        )
    except (ReadingError, ReconcileError, MalformedError) as error:
        raise BadRequestError(error.text) from error


def _read(page: Page, sent: Sent, customer: str | None) -> Statement:
    known = Overrides() if customer is None else overrides_of(page.subledger, customer)
    said = dict(sent.how)
    if "columns" in said:
        said["columns"] = parse_columns(said["columns"])
    overrides = attrs.evolve(known, **said, currency=sent.currency)
    return read_statement(sent.content, sent.name, overrides)


def _whose(page: Page, statement: Statement) -> str:
    guess = whose(page.subledger, statement)
    known = page.answers.ask(page.subledger, every_customer)
    if guess.customer is None or guess.customer not in known:
        raise BadRequestError(
            say("whose statement it is can't be told from the file; write the customer's id")
        )
    return guess.customer


# The answer.


def answered(page: Page, environment: Environment) -> Response:
    """The answer as a part of the page, or the reconciliation statement to keep."""
    try:
        sent = read_request()
        answer = ask(page, sent)
    except BadRequestError as error:
        refuse(error.text, page.language)
    report = Report(page, answer, sent.name)
    if sent.format == "page":
        template = environment.get_template("reconcile_answer.html")
        return make_response(template.render(page=page, t=page.t, report=report, answer=answer))
    name = f"{answer.customer}-{answer.as_of}"
    if sent.format == "xlsx":
        return attachment(workbook_of(report.sheets()), name, "xlsx")
    return attachment(report.html().encode(), name, "html")


@attrs.frozen(eq=False)
class Report:
    """The answer as people read it; amounts are hidden where Fava hides them."""

    page: Page
    answer: Reconciliation
    name: str

    def shown(self, amount: Decimal) -> str:
        """An amount for people."""
        return self.page.number(amount, self.answer.currency)

    def read_as(self) -> list[str]:
        """How the file was understood."""
        one, page = self.answer, self.page
        read = one.statement.read_as
        parts = [read.format, read.encoding, read.sheet, read.date_order]
        columns = " ".join(f"{field}={heading}" for field, heading in read.columns)
        return [
            f"{self.name}: {', '.join(filter(None, parts))}",
            *([page.t("columns: {columns}", columns=columns)] if columns else []),
            page.text(
                say("written from {side}: {reason}", side=SIDES[one.side], reason=one.side_reason)
            ),
            page.text(
                say(
                    "lists {population}: {reason}",
                    population=POPULATIONS[one.population],
                    reason=one.population_reason,
                )
            ),
        ]

    def remarks(self, *, grave: bool) -> list[str]:
        """What may be wrong with the statement, or what else is to be known."""
        return [
            self.page.hidden(self.page.text(one.text))
            for one in self.answer.notices
            if one.grave == grave
        ]

    @exact
    def groups(self) -> list[tuple[str, Sequence[Difference], Decimal]]:
        """The differences by class, each class with its sum."""
        return [
            (self.page.text(head), members, sum((one.amount for one in members), ZERO))
            for head, members in grouped(self.answer.differences)
        ]

    def names(self, entries: Iterable[Entry]) -> str:
        """Our documents, as people call them."""
        return ", ".join(document_name(entry, self.page.text) for entry in entries)

    def lines(self, lines: Iterable[Line]) -> str:
        """Where in their file something stands."""
        return ", ".join(str(line_number(line)) for line in lines)

    def references(self, lines: Iterable[Line]) -> str:
        """What they call it."""
        return ", ".join(line.reference for line in lines if line.reference)

    def reason(self, one: Difference) -> str:
        """Why it is in this class, and what could be looked at."""
        texts = [one.reason, *([one.hint] if one.hint is not None else [])]
        return self.page.hidden("; ".join(self.page.text(text) for text in texts))

    def how(self, one: Match) -> str:
        """How a pair was found."""
        return self.page.text(HOW[one.how])

    def place(self, entries: Sequence[Entry]) -> dict[str, Any] | None:
        """Where our first document stands in the ledger."""
        place = entries[0].place if entries else None
        return None if place is None else {"filename": place.file, "lineno": place.line}

    @exact
    def gap(self, one: Match) -> Decimal:
        """What their side of a pair is more than ours."""
        return one.amount - self.ours(one)

    @exact
    def ours(self, one: Match) -> Decimal:
        """Our side of a pair."""
        return sum((entry.amount for entry in one.entries), ZERO)

    def pairs(self) -> Sequence[Match]:
        """The pairs that the page shows."""
        return self.answer.matched[:PAIRS_MAX]

    @property
    def pairs_more(self) -> int:
        """How many pairs there are beyond."""
        return max(0, len(self.answer.matched) - PAIRS_MAX)

    def proposals(self) -> list[tuple[str, str, str, str, Decimal]]:
        """What is not certain, best first: its number, document, line, reason and amount."""
        return [
            (
                f"{count}.{rank}",
                self.names(way.entries),
                self.lines(way.lines),
                self.page.hidden(self.page.text(way.reason)),
                sum((line.amount for line in way.lines), ZERO),
            )
            for count, one in enumerate(self.answer.proposals, start=1)
            for rank, way in enumerate(one.candidates, start=1)
        ]

    def confirm(self) -> str:
        """The directive that records the agreement; while there is none to record, why."""
        reason = obstacle(self.answer)
        if reason is not None:
            return self.page.hidden(f"; {visible(self.page.text(reason))}")
        return self.page.hidden(directive(self.answer, self.name))

    def entries(self) -> str:
        """The correcting transactions, each with what to know of it as comments."""
        blocks = []
        for found in corrections(self.answer, self.page.subledger):
            narration = "" if found.narration is None else self.page.text(found.narration)
            one = found.difference
            about: list[str | Text] = [self.names(one.entries) or one.ref or "", one.reason]
            about += [found.remark]
            comments = [
                f"; {visible(text if isinstance(text, str) else self.page.text(text))}\n"
                for text in about
                if text
            ]
            blocks.append("".join(comments) + transaction_text(found, self.answer, narration))
        return self.page.hidden("\n".join(blocks))

    # To keep.

    def html(self) -> str:
        """The reconciliation statement for a browser or a printer."""
        one, page = self.answer, self.page
        company = page.subledger.options.company or (str(page.ledger.options["title"]),)
        return document(
            "reconcile.html",
            lang=page.language,
            title=page.t("Reconciliation statement as of {day}", day=one.as_of),
            sender=company,
            customer=[f"{one.customer} {one.name}".strip(), one.currency],
            about=self.read_as(),
            warnings=self.remarks(grave=True),
            tables=self._tables(),
            notes=self.remarks(grave=False),
        )

    def _tables(self) -> list[Table]:
        found = []
        for title, heads, rows in self._sheets(self.shown):
            last = len(heads) - 1
            columns = [
                Column(head, figures=at == last, fold=at < last) for at, head in enumerate(heads)
            ]
            texts = [Row(["" if cell is None else str(cell) for cell in row]) for row in rows]
            found.append(Table(columns, texts, title=title))
        return found

    def sheets(self) -> list[Sheet]:
        """The same as a workbook: the statement, the pairs, the proposals."""
        return self._sheets(lambda amount: self.page.cell(amount, self.answer.currency))

    def _sheets(self, figure: Any) -> list[Sheet]:
        t = self.page.t
        common = [t("document"), t("reference"), t("date"), t("line")]
        found: list[Sheet] = [
            (
                t("Reconciliation statement"),
                [t("class"), *common, t("reason"), t("amount")],
                self._statement(figure),
            ),
            (
                t("Pairs"),
                [*common, t("how"), t("difference"), t("amount")],
                [self._pair(one, figure) for one in self.answer.matched],
            ),
        ]
        if self.answer.proposals:
            heads = [t("proposal"), t("document"), t("line"), t("reason"), t("amount")]
            rows = [[*row[:-1], figure(row[-1])] for row in self.proposals()]
            found.append((t("Proposals: not certain, best first"), heads, rows))
        return found

    def _statement(self, figure: Any) -> list[list[Cell]]:
        one, t = self.answer, self.page.t

        def line(word: str, amount: Decimal) -> list[Cell]:
            return [word, "", "", "", "", "", figure(amount)]

        rows = [line(t("our balance"), one.ledger_balance)]
        for head, members, total in self.groups():
            rows += [
                [
                    head,
                    self.names(found.entries),
                    found.ref or "",
                    str(found.date or ""),
                    self.lines(found.lines),
                    self.reason(found),
                    figure(found.amount),
                ]
                for found in members
            ]
            if len(members) > 1:
                rows.append(line(t("subtotal"), total))
        rows.append(line(t("their balance"), one.statement_balance))
        rows.append(line(t("unexplained"), one.unexplained))
        return rows

    def _pair(self, one: Match, figure: Any) -> list[Cell]:
        return [
            self.names(one.entries),
            self.references(one.lines),
            str((one.lines[0].date if one.lines else None) or ""),
            self.lines(one.lines),
            self.how(one),
            figure(self.gap(one)),
            figure(one.amount),
        ]
