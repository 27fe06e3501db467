# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger open-items`: what is open at a date, and what was applied to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.findings import say

if TYPE_CHECKING:
    from arledger.cli.rows import Money
    from arledger.cli.tables import Page, Row, Table
    from arledger.open_items import OpenItemRow
    from arledger.sheets import Cell

CSV = (
    "customer",
    "name",
    "account",
    "item",
    "kind",
    "instalment",
    "date",
    "due",
    "currency",
    "amount",
    "outstanding",
    "file",
    "line",
)


@click.command(
    "open-items",
    cls=Command,
    epilog="""\b
Examples:
  arledger open-items ledger.beancount
  arledger open-items ledger.beancount --customer C001 --explain
  arledger open-items ledger.beancount --as-of 2024-12-31 --all --format csv
""",
)
@click.argument("ledger")
@click.option("--all", "settled", is_flag=True, help="With the items and credits that are settled.")
@common.request("table", "json", "csv")
def open_items(asked: common.Request, ledger: str, settled: bool) -> int:
    """What is open, with what was applied to it.

    A credit that is not fully applied is a row with negative figures.
    """
    from arledger.cli.rows import Money
    from arledger.open_items import open_items as question

    books = common.open_books(asked, ledger, serves=common.always)
    rows = question(
        books.subledger, books.as_of, settled=settled, customers=frozenset(asked.customers)
    )
    said = _OpenItems(books, rows, Money(books.subledger.options.precision))
    common.deliver(asked, common.Answer(said.json, said.page, said.csv))
    return books.status


@attrs.frozen(eq=False)
class _OpenItems:
    """The answer in its forms."""

    books: common.Books
    rows: Sequence[OpenItemRow]
    money: Money

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        from arledger.cli.rows import item_fields

        items = []
        for row in self.rows:
            fields = item_fields(row, self.money)
            if self.books.request.explain:
                fields["sources"] = sources(row, self.books)
            items.append(fields)
        return {**self.books.common(), "items": items}

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line an item, without its applications."""
        from arledger.cli.rows import day, file_and_line

        money = self.money
        return CSV, (
            (
                row.customer,
                row.name,
                row.account,
                row.item,
                row.kind,
                row.instalment,
                day(row.date),
                day(row.due),
                row.currency,
                money.figure(row.amount, row.currency),
                money.figure(row.outstanding, row.currency),
                *file_and_line(row.meta).values(),
            )
            for row in self.rows
        )

    def page(self) -> Page:
        """A table per currency."""
        from arledger.cli import words
        from arledger.cli.tables import Page

        asked = self.books.request
        currencies = sorted({row.currency for row in self.rows})
        notes = [] if currencies else [asked.text(say("nothing is open"))]
        return Page(
            words.header(self.books, say("Open items")),
            [self._table(currency) for currency in currencies],
            notes,
        )

    def _table(self, currency: str) -> Table:
        from arledger.cli import words
        from arledger.cli.tables import Column, Row, Table

        asked, money = self.books.request, self.money
        rows = [row for row in self.rows if row.currency == currency]
        texts = (
            say("customer"),
            say("name"),
            say("item"),
            say("date"),
            say("due"),
            say("days overdue"),
            say("amount"),
            say("outstanding"),
        )
        heads = words.headings(asked, texts)
        columns = [
            Column(heads[0]),
            Column(heads[1], fold=True),
            Column(heads[2], fold=True),
            *(Column(head) for head in heads[3:5]),
            *(Column(head, figures=True) for head in heads[5:]),
        ]
        total = sum((row.outstanding for row in rows), Decimal(0))
        last = Row(
            [asked.text(say("total")), *[""] * 6, money.shown(total, currency)],
        )
        return Table(columns, [self._row(row) for row in rows], [last], currency)

    def _row(self, row: OpenItemRow) -> Row:
        from arledger.cli.tables import Row

        money = self.money
        days = None if row.due is None or not row.outstanding else (self.books.as_of - row.due).days
        below = list(self._below(row))
        if self.books.request.explain:
            from arledger.cli.rows import place

            below.insert(0, place(row.meta))
        return Row(
            [
                row.customer,
                row.name,
                item_name(row, self.books.request),
                str(row.date),
                str(row.due or ""),
                str(days) if days is not None and days > 0 else "",
                money.shown(row.amount, row.currency),
                money.shown(row.outstanding, row.currency),
            ],
            below,
        )

    def _below(self, row: OpenItemRow) -> Iterator[str]:
        """What was applied, a line each, with the sign that leads from amount to outstanding."""
        if not row.applications:
            return
        from arledger.cli import words
        from arledger.cli.rows import place

        asked = self.books.request
        others = {}
        for application in row.document.applications:
            other = application.item if row.kind == "credit" else application.credit
            others[other.id] = other
        for applied in row.applications:
            found = others.get((applied.item if row.kind == "credit" else applied.credit) or "")
            parts = [
                str(applied.date),
                asked.text(words.word(words.KINDS, applied.kind)),
                (found.number if found is not None else None) or "",
                self.money.shown(-applied.amount, row.currency),
                place(found.meta) if asked.explain and found is not None else "",
            ]
            yield "  ".join(part for part in parts if part)


def item_name(row: OpenItemRow, asked: common.Request) -> str:
    """A document's number for people; what has none is named by its kind."""
    from arledger.cli import words

    number = row.document.number
    if number is None:
        kind = getattr(row.document, "kind", None)
        number = f"({asked.text(words.word(words.KINDS, kind.value if kind else 'item'))})"
    return number if row.instalment == 1 else f"{number} #{row.instalment}"


def sources(row: OpenItemRow, books: common.Books) -> list[str]:
    """Where the document stands, then the other side of each application."""
    from arledger.cli.rows import places

    others = [
        application.item if row.kind == "credit" else application.credit
        for application in row.document.applications
        if application.live(books.as_of)
    ]
    return places([row.meta, *(other.meta for other in others)])
