# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger advances`: what customers have paid ahead, by contract and age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.findings import say

if TYPE_CHECKING:
    from arledger.advances import AdvanceRow, Advances, AdvanceTotal
    from arledger.cli.rows import Money
    from arledger.cli.tables import Page, Row, Table
    from arledger.sheets import Cell, Figure
    from arledger.subledger.advances import Standing

AMOUNTS = ("amount", "applied", "earned", "refunded", "open", "unpaid")
KEYS = ("customer", "name", "item", "contract", "date", "deliver_by", "currency")


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger advances ledger.beancount
  arledger advances ledger.beancount --as-of 2024-12-31 --customer C003 --explain
  arledger advances ledger.beancount --format csv --output advances.csv
""",
)
@click.argument("ledger")
@common.request("table", "json", "csv")
def advances(asked: common.Request, ledger: str) -> int:
    """What customers have paid ahead, by contract and age.

    Amount, less what was applied to invoices, earned and refunded, is what is still held. What
    was invoiced in advance counts as far as it has been paid.
    """
    from arledger.advances import advances as question
    from arledger.cli.rows import Money

    books = common.open_books(asked, ledger, advances=True, serves=common.always)
    answer = question(books.subledger, books.as_of, customers=frozenset(asked.customers))
    said = _Advances(books, answer, Money(books.subledger.options.precision))
    common.deliver(asked, common.Answer(said.json, said.page, said.csv))
    return books.status


@attrs.frozen(eq=False, slots=False)
class _Advances:
    """The answer in its forms."""

    books: common.Books
    answer: Advances
    money: Money

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        return {
            **self.books.common(),
            "rows": [self._fields(row) for row in self.answer.rows],
            "totals": [
                {"currency": total.currency, **self._amounts(total.standing, total.currency)}
                for total in self.answer.totals
            ],
        }

    def _amounts(self, standing: Standing, currency: str) -> dict[str, Figure]:
        return {name: self.money.figure(getattr(standing, name), currency) for name in AMOUNTS}

    def _fields(self, row: AdvanceRow) -> dict[str, Any]:
        from arledger.cli.rows import day, file_and_line

        fields = {
            "customer": row.customer,
            "name": row.name,
            "item": row.item,
            "contract": row.contract,
            "date": day(row.date),
            "deliver_by": day(row.deliver_by),
            "currency": row.currency,
            **self._amounts(row.standing, row.currency),
            "days": row.days,
            **file_and_line(row.meta),
        }
        if self.books.request.explain:
            fields["sources"] = self._sources(row)
        return fields

    def _sources(self, row: AdvanceRow) -> list[str]:
        """Where it came in, the invoices it was invoiced by, and what paid those."""
        from arledger.cli.rows import places

        metas: list[Mapping[str, Any]] = [row.meta]
        for event in row.advance.events:
            if event.date > self.books.as_of:
                break
            for item in event.items:
                metas.append(item.meta)
                metas += [
                    application.credit.meta
                    for application in item.applications
                    if application.live(self.books.as_of)
                ]
        own = self._named.get((row.customer, row.advance.number or ""), ())
        return places([*metas, *own])

    @cached_property
    def _named(self) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
        """By customer and number, where the movements up to the day stand."""
        found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for movement in self.books.subledger.books.advances:
            if movement.date <= self.books.as_of:
                for number in {movement.number, movement.names} - {None, ""}:
                    found.setdefault((movement.customer, str(number)), []).append(movement.meta)
        return found

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line an advance; without totals."""
        header = (*KEYS, *AMOUNTS, "days", "file", "line")
        lines = (self._fields(row) for row in self.answer.rows)
        return header, ([fields[key] for key in header] for fields in lines)

    def page(self) -> Page:
        """A table per currency."""
        from arledger.cli import words
        from arledger.cli.tables import Page

        asked = self.books.request
        tables = [self._table(total) for total in self.answer.totals]
        return Page(
            words.header(self.books, say("Advances held")),
            tables,
            [] if tables else [asked.text(say("no advances are held"))],
        )

    def _table(self, total: AdvanceTotal) -> Table:
        from arledger.cli import words
        from arledger.cli.tables import Column, Row, Table

        asked = self.books.request
        texts = [say("customer"), say("name"), say("advance"), say("contract")]
        texts += [say("date"), say("deliver by")]
        figures = [
            say("received"),
            say("applied"),
            say("earned"),
            say("refunded"),
            say("held"),
        ]
        figures += [say("unpaid")] * bool(total.standing.unpaid)
        columns = [
            *(
                Column(head, fold=at in {1, 2, 3})
                for at, head in enumerate(words.headings(asked, texts))
            ),
            *(Column(head, figures=True) for head in words.headings(asked, figures)),
            Column(asked.text(say("days")), figures=True),
        ]
        names = AMOUNTS[: len(figures)]
        rows = [row for row in self.answer.rows if row.currency == total.currency]
        sums = [self.money.shown(getattr(total.standing, name), total.currency) for name in names]
        last = Row([asked.text(say("total")), *[""] * 5, *sums, ""])
        in_debit = [row for row in rows if row.standing.open < 0]
        notes = []
        if in_debit:
            notes.append(
                asked.text(
                    say(
                        "of which in debit, more used than received: {who}",
                        who=", ".join(row.item for row in in_debit),
                    )
                )
            )
        return Table(
            columns, [self._row(row, names) for row in rows], [last], total.currency, notes
        )

    def _row(self, row: AdvanceRow, names: Sequence[str]) -> Row:
        from arledger.cli.tables import Row

        late = row.deliver_by is not None and row.deliver_by < self.books.as_of
        figures = [self.money.spare(getattr(row.standing, name), row.currency) for name in names]
        return Row(
            [
                row.customer,
                row.name,
                row.item,
                row.contract or "",
                str(row.date),
                str(row.deliver_by or ""),
                *figures,
                str(row.days),
            ],
            self._sources(row) if self.books.request.explain else (),
            {5: "bad"} if late and row.standing.open else {},
        )
