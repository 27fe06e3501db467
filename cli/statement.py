# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger statement`: the statement of account that we send, and the confirmation letter."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common, json_out
from arledger.cli.help import Command
from arledger.cli.lang import language, translator
from arledger.findings import Text, say
from arledger.translations import language_of

if TYPE_CHECKING:
    from arledger.agreements import Agreement
    from arledger.cli.rows import Money
    from arledger.cli.tables import Row, Table
    from arledger.language.statements import Difference
    from arledger.sheets import Cell
    from arledger.statement import AccountStatement, StatementLine, StatementOpenItem
    from arledger.subledger.subledger import Subledger

CSV = (
    "customer",
    "name",
    "currency",
    "kind",
    "date",
    "document",
    "text",
    "about",
    "debit",
    "credit",
    "balance",
    "file",
    "line",
)
ABOUT_MAX = 5


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger statement ledger.beancount --customer C001 --from 2024-01-01 --as-of 2024-05-31
  arledger statement ledger.beancount --format html --output statements.html
  arledger statement ledger.beancount --customer C001 --as-of 2024-05-31 --letter --lang zh-CN
""",
)
@click.argument("ledger")
@click.option(
    "--from",
    "start",
    callback=common.day_of,
    metavar="DATE",
    help="The first day of the movements; what is before is the opening balance.",
)
@click.option("--letter", is_flag=True, help="The balance confirmation letter, with reply boxes.")
@common.request("text", "table", "html", "json", "csv")
def statement(asked: common.Request, ledger: str, start: dt.date | None, letter: bool) -> int:
    """A customer's statement of account: opening, movements, closing, what is open, its age.

    Without --customer: of every customer with something open, or with a movement since --from.
    The texts are in the customer's own language unless --lang is given.
    """
    _sensible(asked, start, letter=letter)
    books = common.open_books(asked, ledger, serves=_without_agreements)
    if start is not None and start > books.as_of:
        raise asked.refuse(
            say("--from {start} is after --as-of {day}", start=start, day=books.as_of)
        )
    said = _Statements.of(books, start)
    if letter:
        from arledger.cli.letter import letters

        common.write_out(asked, letters(books, said.customers, said.lang_of))
    elif asked.format == "json":
        common.write_out(asked, json_out.document(said.json()))
    elif asked.format == "csv":
        from arledger import sheets

        common.write_out(asked, sheets.document(*said.csv()))
    else:
        common.write_out(asked, said.html() if asked.format == "html" else said.text())
    return books.status


def _without_agreements(subledger: Subledger) -> bool:
    """Why an agreed balance is another now is told by all that a transaction says."""
    return not subledger.books.statements


def _sensible(asked: common.Request, start: dt.date | None, *, letter: bool) -> None:
    """Refuse what can't be meant, before a ledger is loaded."""
    if letter and asked.format in {"json", "csv"}:
        raise asked.refuse(say("a letter has --format text or html"))
    if letter and start is not None:
        raise asked.refuse(say("a letter states a balance; --from is for the statement"))


def explicit_lang() -> str | None:
    """The language that --lang asked for."""
    found = click.get_current_context().params.get("lang")
    return None if found is None else str(found)


@attrs.frozen(eq=False)
class Sheet:
    """One customer's statement as people read it, in its language."""

    lang: str
    title: str
    sender: Sequence[str]
    recipient: Sequence[str]
    about: Sequence[str]
    tables: Sequence[Table]
    notes: Sequence[str]


@attrs.frozen(eq=False)
class _Statements:
    """The answer in its forms."""

    books: common.Books
    customers: Sequence[str]
    statements: Sequence[AccountStatement]
    agreements: Sequence[Agreement]
    start: dt.date | None
    money: Money

    @classmethod
    def of(cls, books: common.Books, start: dt.date | None) -> _Statements:
        """Ask the questions, for the customers named or for all with something open."""
        from arledger.agreements import agreements
        from arledger.cli.rows import Money
        from arledger.statement import statements

        wanted = books.request.customers
        found = statements(
            books.subledger,
            books.as_of,
            start=start,
            customers=frozenset(wanted) if wanted else None,
        )
        if not wanted:
            found = tuple(one for one in found if one.items or (start and one.lines))
        customers = list(dict.fromkeys(wanted or [one.customer for one in found]))
        agreed = [
            one
            for one in agreements(books.subledger, books.as_of)
            if one.statement.customer in set(customers)
        ]
        money = Money(books.subledger.options.precision)
        said = cls(books, customers, found, agreed, start, money)
        if not customers:
            books.request.note(say("no customer has anything open"))
        return said

    def lang_of(self, customer: str) -> str:
        """The language asked for, else the customer's, else the environment's."""
        own = self.books.subledger.chart.customer(customer).language
        if own.strip():
            return explicit_lang() or language_of(own.strip())
        return language(explicit_lang(), os.environ)

    # For machines.

    def json(self) -> dict[str, Any]:
        """The keys of the contract; a row for each customer and currency."""
        from arledger.cli.rows import day

        return {
            **self.books.common(),
            "from": day(self.start),
            "statements": [self._fields(one) for one in self.statements],
            "agreements": [self._agreement(one) for one in self.agreements],
        }

    def _fields(self, one: AccountStatement) -> dict[str, Any]:
        def plain(amount: Decimal) -> str:
            return self.money.plain(amount, one.currency)

        return {
            "customer": one.customer,
            "name": one.name,
            "currency": one.currency,
            "opening": plain(one.opening),
            "debit": plain(one.debit),
            "credit": plain(one.credit),
            "closing": plain(one.closing),
            "overdue": plain(one.overdue),
            "movements": [self._movement(one, line) for line in one.lines],
            "open_items": [self._open_item(one, item) for item in one.items],
            "aging": {
                "buckets": {
                    label: plain(amount)
                    for label, amount in zip(one.labels, one.buckets, strict=True)
                },
                "unapplied": plain(one.unapplied),
                "total": plain(one.closing),
            },
        }

    def _movement(self, one: AccountStatement, line: StatementLine) -> dict[str, Any]:
        from arledger.cli.rows import file_and_line, places

        fields = {
            "date": line.date.isoformat(),
            "document": line.document or None,
            "kind": line.kind.value,
            "text": line.text,
            "about": list(line.about),
            "debit": self.money.plain(line.debit, one.currency),
            "credit": self.money.plain(line.credit, one.currency),
            "balance": self.money.plain(line.balance, one.currency),
            **file_and_line(line.meta),
        }
        if self.books.request.explain:
            fields["sources"] = places(part.meta for part in line.parts)
        return fields

    def _open_item(self, one: AccountStatement, item: StatementOpenItem) -> dict[str, Any]:
        from arledger.cli.rows import day, file_and_line

        row = item.row
        return {
            "item": row.item,
            "kind": row.kind,
            "account": row.account,
            "instalment": row.instalment,
            "date": row.date.isoformat(),
            "due": day(row.due),
            "days": item.days,
            "amount": self.money.plain(row.amount, one.currency),
            "outstanding": self.money.plain(row.outstanding, one.currency),
            **file_and_line(row.meta),
        }

    def _agreement(self, one: Agreement) -> dict[str, Any]:
        from arledger.cli.rows import file_and_line

        said = one.statement
        return {
            "customer": said.customer,
            "currency": said.currency,
            "date": said.date.isoformat(),
            "balance": self.money.plain(said.balance, said.currency),
            "agreed": said.agreed,
            "actual": self.money.plain(one.actual, said.currency),
            "theirs": None if said.theirs is None else self.money.plain(said.theirs, said.currency),
            "pending": [difference.text for difference in one.pending],
            **file_and_line(said.meta),
        }

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line a movement, with the opening and closing balances as lines of their own."""
        return CSV, ([row.get(key) for key in CSV] for row in self._csv_rows())

    def _csv_rows(self) -> Iterable[Mapping[str, Cell]]:
        from arledger.cli.rows import day
        from arledger.sheets import Figure

        for one in self.statements:
            own: dict[str, Cell] = {
                "customer": one.customer,
                "name": one.name,
                "currency": one.currency,
            }
            figures = ("debit", "credit", "balance")
            opening = self.money.figure(one.opening, one.currency)
            yield {**own, "kind": "opening", "date": day(self.start), "balance": opening}
            for line in one.lines:
                fields = self._movement(one, line)
                fields |= {key: Figure(fields[key]) for key in figures}
                yield {**own, **fields, "about": " ".join(line.about)}
            yield {
                **own,
                "kind": "closing",
                "date": day(one.as_of),
                "debit": self.money.figure(one.debit, one.currency),
                "credit": self.money.figure(one.credit, one.currency),
                "balance": self.money.figure(one.closing, one.currency),
            }

    # For people.

    def text(self) -> str:
        """A page a customer."""
        from arledger.cli.tables import Page

        pages = []
        for sheet in self.sheets():
            head = f"{sheet.title} - {sheet.sender[0]}"
            page = Page([head, *sheet.recipient, *sheet.about], sheet.tables, sheet.notes)
            pages.append(common.page_text(self.books.request, page))
        return "\n".join(pages)

    def html(self) -> str:
        """The same for a browser or a printer; each customer begins a new page."""
        from arledger.cli import html

        sheets = self.sheets()
        first = sheets[0].lang if sheets else language(explicit_lang(), os.environ)
        title = sheets[0].title if sheets else self.books.title
        return html.document("statement.html", lang=first, title=title, sheets=sheets)

    def sheets(self) -> list[Sheet]:
        """One customer after the other, each in its language."""
        return [
            _Writer(self, customer, self.lang_of(customer)).sheet() for customer in self.customers
        ]


def sender_of(books: common.Books) -> Sequence[str]:
    """Who writes: the company's name and address, else the ledger's title."""
    return books.subledger.options.company or (books.title,)


@attrs.frozen(eq=False)
class _Writer:
    """Writes one customer's sheet in one language."""

    all: _Statements
    customer: str
    lang: str

    def told(self, text: Text) -> str:
        """A sentence in the language of the sheet."""
        return text.render(translator(self.lang))

    def heads(self, *texts: Text) -> list[str]:
        """Headings in the language of the sheet."""
        return [self.told(text) for text in texts]

    def sheet(self) -> Sheet:
        """Everything of the customer, currency by currency."""
        from arledger.letter import recipient_of

        books = self.all.books
        own = [one for one in self.all.statements if one.customer == self.customer]
        tables = []
        for one in own:
            tables.append(self._movements(one))
            if one.items:
                tables += [self._open_items(one), self._aging(one)]
        return Sheet(
            self.lang,
            self.told(say("Statement of account")),
            sender_of(books),
            recipient_of(books.subledger, self.customer),
            [self._period()],
            tables,
            [*self._agreed(), *([] if own else [self.told(say("nothing was posted up to then"))])],
        )

    def _period(self) -> str:
        as_of, start = self.all.books.as_of, self.all.start
        if start is None:
            return self.told(say("all movements up to {day}", day=as_of))
        return self.told(say("movements from {start} to {day}", start=start, day=as_of))

    def _movements(self, one: AccountStatement) -> Table:
        from arledger.cli.tables import Column, Row, Table

        heads = self.heads(
            say("date"), say("document"), say("text"), say("debit"), say("credit"), say("balance")
        )
        columns = [Column(head, figures=at > 2, fold=at == 2) for at, head in enumerate(heads)]  # noqa: PLR2004
        opening = self.told(say("opening balance"))
        rows = [Row([str(one.start or ""), "", opening, "", "", self._shown(one, one.opening)])]
        rows += [self._line(one, line) for line in one.lines]
        closing = Row(
            [
                str(one.as_of),
                "",
                self.told(say("closing balance")),
                *(self._shown(one, amount) for amount in (one.debit, one.credit, one.closing)),
            ]
        )
        return Table(columns, rows, [closing], self._title(one, say("Movements")))

    def _title(self, one: AccountStatement, what: Text) -> str:
        return f"{self.told(what)} · {one.currency}"

    def _shown(self, one: AccountStatement, amount: Decimal) -> str:
        return self.all.money.shown(amount, one.currency)

    def _spare(self, one: AccountStatement, amount: Decimal) -> str:
        return self._shown(one, amount) if amount else ""

    def _line(self, one: AccountStatement, line: StatementLine) -> Row:
        from arledger.cli.rows import places
        from arledger.cli.tables import Row
        from arledger.cli.words import KINDS, word

        text = line.text or self.told(word(KINDS, line.kind.value))
        if line.about:
            about = ", ".join(line.about[:ABOUT_MAX])
            text += f" ({about}{', …' if len(line.about) > ABOUT_MAX else ''})"
        cells = [
            str(line.date),
            line.document,
            text,
            self._spare(one, line.debit),
            self._spare(one, line.credit),
            self._shown(one, line.balance),
        ]
        explain = self.all.books.request.explain
        return Row(cells, places(part.meta for part in line.parts) if explain else ())

    def _open_items(self, one: AccountStatement) -> Table:
        from arledger.cli.rows import places
        from arledger.cli.tables import Column, Row, Table

        texts = (say("item"), say("date"), say("due"))
        figures = (say("days overdue"), say("amount"), say("outstanding"))
        columns = [
            *(Column(head, fold=at == 0) for at, head in enumerate(self.heads(*texts))),
            *(Column(head, figures=True) for head in self.heads(*figures)),
        ]
        explain = self.all.books.request.explain
        rows = [
            Row(
                [
                    item.row.item,
                    str(item.row.date),
                    str(item.row.due or ""),
                    str(item.days) if item.days else "",
                    self._shown(one, item.row.amount),
                    self._shown(one, item.row.outstanding),
                ],
                places([item.row.meta]) if explain else (),
                {3: "bad"} if item.days else {},
            )
            for item in one.items
        ]
        total = Row(
            [self.told(say("total")), "", "", "", "", self._shown(one, one.closing)],
        )
        return Table(columns, rows, [total], self._title(one, say("Open items")))

    def _aging(self, one: AccountStatement) -> Table:
        from arledger.cli.tables import Column, Row, Table
        from arledger.cli.words import bucket

        heads = self.heads(*map(bucket, one.labels), say("unapplied"), say("total"))
        columns = [Column(head, figures=True) for head in heads]
        figures = [*one.buckets, one.unapplied, one.closing]
        row = Row([self._shown(one, figure) for figure in figures])
        return Table(columns, [row], (), self._title(one, say("Aging, days overdue")))

    def _agreed(self) -> Iterable[str]:
        """The last agreement in each currency, and what it left to be settled."""
        last = {
            one.statement.currency: one
            for one in self.all.agreements
            if one.statement.customer == self.customer and one.statement.agreed
        }
        for currency, one in sorted(last.items()):
            said = one.statement
            yield self.told(
                say(
                    "agreed at {day}: {amount} {currency}",
                    day=said.date,
                    amount=self.all.money.shown(said.balance, currency),
                    currency=currency,
                )
            )
            for difference in one.pending:
                what = self._difference(difference)
                yield self.told(say("still to be settled: {difference}", difference=what))

    def _difference(self, difference: Difference) -> str:
        """A difference in the reader's words; one of another form as it is written."""
        from arledger.cli.words import DIFFERENCES, word

        if difference.kind is None or difference.amount is None or difference.currency is None:
            return difference.text
        amount = self.all.money.shown(difference.amount, difference.currency)
        kind = self.told(word(DIFFERENCES, difference.kind))
        parts = (kind, difference.number, difference.words, amount, difference.currency)
        return " ".join(part for part in parts if part)
