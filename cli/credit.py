# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger credit`: limit, exposure, headroom, hold and waivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.cli.rows import Money
    from arledger.cli.tables import Page, Row, Table
    from arledger.credit import CreditReport, CreditRow, GroupRow
    from arledger.language.documents import Waiver
    from arledger.sheets import Cell
    from arledger.subledger.advances import Advance
    from arledger.subledger.model import Credit, Item

CSV = (
    "customer",
    "name",
    "group",
    "currency",
    "limit",
    "exposure",
    "available",
    "overdue",
    "advances",
    "hold",
)


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger credit ledger.beancount
  arledger credit ledger.beancount --as-of 2024-08-12 --customer C004 --explain
  arledger credit ledger.beancount --format json
""",
)
@click.argument("ledger")
@common.request("table", "json", "csv")
def credit(asked: common.Request, ledger: str) -> int:
    """Limit, exposure, headroom, hold and waivers of each customer.

    No limit is not a limit of zero. A limit sees all that its customer owes, converted at the
    ledger's latest prices; limits of groups stand apart.
    """
    from arledger.cli.rows import Money
    from arledger.credit import credit as question

    books = common.open_books(asked, ledger, serves=common.always)
    answer = question(books.subledger, books.as_of, customers=frozenset(asked.customers))
    said = _Credit(books, answer, Money(books.subledger.options.precision))
    common.note_findings(asked, answer.findings)
    common.note_gaps(asked, said.gaps())
    common.deliver(asked, common.Answer(said.json, said.page, said.csv))
    return books.status


@attrs.frozen(eq=False, slots=False)
class _Credit:
    """The answer in its forms."""

    books: common.Books
    answer: CreditReport
    money: Money

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        from arledger.cli.rows import finding_fields, price_fields

        translate = self.books.request.translate
        return {
            **self.books.common(),
            "rows": [self._fields(row) for row in self.answer.rows],
            "groups": [self._group(row) for row in self.answer.groups],
            "prices": price_fields(self.answer.prices),
            "findings": [finding_fields(found, translate) for found in self.answer.findings],
        }

    def _fields(self, row: CreditRow) -> dict[str, Any]:
        plain, currency = self.money.plain_if, row.currency
        fields: dict[str, Any] = {
            "customer": row.customer,
            "name": row.name,
            "currency": currency,
            "limit": plain(row.limit, currency),
            "exposure": plain(row.exposure, currency),
            "available": plain(row.available, currency),
            "overdue": plain(row.overdue, currency),
            "advances": plain(row.advances, currency),
            "hold": row.hold,
            "waivers": [_waiver(waiver) for waiver in row.waivers],
        }
        if self.books.request.explain:
            fields["sources"] = self._sources(row)
        return fields

    def _group(self, row: GroupRow) -> dict[str, Any]:
        from arledger.cli.rows import place

        plain, currency = self.money.plain_if, row.currency
        fields: dict[str, Any] = {
            "group": row.group,
            "currency": currency,
            "limit": plain(row.limit, currency),
            "exposure": plain(row.exposure, currency),
            "available": plain(row.available, currency),
        }
        if self.books.request.explain:
            fields["sources"] = [place(row.policy.entry.meta)]
        return fields

    def _sources(self, row: CreditRow) -> list[str]:
        """The limit and the hold, what is open on accounts in exposure, the advances held."""
        from arledger.cli.rows import places

        subledger, day = self.books.subledger, self.books.as_of
        hold = subledger.policies.of_customer("credit-hold", row.customer).one(day)
        directives = [policy.entry.meta for policy in (row.policy, hold) if policy is not None]
        return places([*directives, *self._owed.get(row.customer, ())])

    @cached_property
    def _owed(self) -> dict[str, list[Mapping[str, Any]]]:
        """By customer where its open items and credits in exposure and its advances stand."""
        state = self.books.subledger.at(self.books.as_of)
        found: dict[str, list[Mapping[str, Any]]] = {}
        documents: list[Item | Credit | Advance] = [
            *(one.item for one in state.items if self._exposed(one.item.account)),
            *(other.credit for other in state.credits if self._exposed(other.credit.account)),
            *(one.advance for one in state.advances if one.standing.open > 0),
        ]
        for document in documents:
            found.setdefault(document.customer, []).append(document.meta)
        return found

    def _exposed(self, account: str) -> bool:
        info = self.books.subledger.chart.info(account)
        return info is not None and info.in_exposure

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line a row; a group's has no customer."""
        return CSV, [*map(self._line, self.answer.rows), *map(self._group_line, self.answer.groups)]

    def _line(self, row: CreditRow) -> list[Cell]:
        figure, currency = self.money.figure_if, row.currency
        return [
            row.customer,
            row.name,
            "",
            currency,
            figure(row.limit, currency),
            figure(row.exposure, currency),
            figure(row.available, currency),
            figure(row.overdue, currency),
            figure(row.advances, currency),
            row.hold,
        ]

    def _group_line(self, row: GroupRow) -> list[Cell]:
        figures = [
            self.money.figure_if(amount, row.currency)
            for amount in (row.limit, row.exposure, row.available)
        ]
        return ["", "", row.group, row.currency, *figures, None, None, None]

    def page(self) -> Page:
        """Customers, groups, waivers."""
        from arledger.cli import words
        from arledger.cli.rows import price_lines
        from arledger.cli.tables import Page

        asked, answer = self.books.request, self.answer
        header = words.header(self.books, say("Credit limits and exposure"))
        header += [asked.text(line) for line in price_lines(answer.prices)]
        tables = []
        if answer.rows:
            tables.append(self._customers())
        if answer.groups:
            tables.append(self._groups())
        if any(row.waivers for row in answer.rows):
            tables.append(self._waivers())
        notes = [asked.text(line) for line in self.gaps()]
        if not tables:
            notes.append(asked.text(say("no customer owes anything")))
        return Page(header, tables, notes)

    def gaps(self) -> list[Text]:
        """Which rows lack a figure for want of a price."""
        from arledger.cli.rows import gap_lines, price_gap

        day = self.answer.as_of
        rows = [(row.customer, row.currency, row.missing) for row in self.answer.rows]
        rows += [(row.group, row.currency, row.missing) for row in self.answer.groups]
        found = [
            (price_gap(currency, into, day), name)
            for name, into, missing in rows
            for currency in missing
        ]
        return gap_lines(found, day, totals=False)

    def _customers(self) -> Table:
        texts = (
            say("customer"),
            say("name"),
            say("currency"),
            say("limit"),
            say("exposure"),
            say("available"),
            say("overdue"),
            say("advances held"),
            say("state"),
        )
        return self._lay_out(texts, [self._row(row) for row in self.answer.rows], figures=(3, 8))

    def _row(self, row: CreditRow) -> Row:
        from arledger.cli.rows import NONE
        from arledger.cli.tables import Row

        shown, currency = self.money.shown_if, row.currency
        state = [say("over the limit")] * row.over + [say("on hold")] * row.hold
        # What is overdue and has no price is overdue, however much it is.
        state += [say("overdue")] * (row.overdue is None or row.overdue > 0)
        cells = [
            row.customer,
            row.name,
            currency,
            NONE if row.limit is None else shown(row.limit, currency),
            shown(row.exposure, currency),
            NONE if row.limit is None else shown(row.available, currency),
            NONE if row.overdue == 0 else shown(row.overdue, currency),
            NONE if row.advances == 0 else shown(row.advances, currency),
            ", ".join(self.books.request.text(text) for text in state),
        ]
        below = self._sources(row) if self.books.request.explain else ()
        return Row(cells, below, {8: "bad", **({5: "bad"} if row.over else {})})

    def _groups(self) -> Table:
        from arledger.cli.rows import place
        from arledger.cli.tables import Row

        texts = (say("group"), say("currency"), say("limit"), say("exposure"), say("available"))
        rows = []
        for row in self.answer.groups:
            figures = (row.limit, row.exposure, row.available)
            shown = [self.money.shown_if(amount, row.currency) for amount in figures]
            below = [place(row.policy.entry.meta)] if self.books.request.explain else []
            marks = {4: "bad"} if row.over else {}
            rows.append(Row([row.group, row.currency, *shown], below, marks))
        return self._lay_out(texts, rows, figures=(2, 5))

    def _waivers(self) -> Table:
        from arledger.cli.rows import NONE, place
        from arledger.cli.tables import Row

        texts = (say("customer"), say("waived by"), say("date"), say("until"), say("where"))
        seen = {
            (row.customer, id(waiver)): (row.customer, waiver)
            for row in self.answer.rows
            for waiver in row.waivers
        }
        rows = [
            Row(
                [
                    customer,
                    waiver.by,
                    str(waiver.date),
                    str(waiver.until or NONE),
                    place(waiver.transaction.meta),
                ]
            )
            for customer, waiver in seen.values()
        ]
        return self._lay_out(texts, rows)

    def _lay_out(
        self, texts: Sequence[Text], rows: Sequence[Row], figures: tuple[int, int] = (0, 0)
    ) -> Table:
        """Columns `figures[0]` up to `figures[1]` hold figures; names and groups may fold."""
        from arledger.cli import words
        from arledger.cli.tables import Column, Table

        heads = words.headings(self.books.request, texts)
        return Table(
            [
                Column(head, figures[0] <= at < figures[1], fold=at < 2)  # noqa: PLR2004
                for at, head in enumerate(heads)
            ],
            rows,
        )


def _waiver(waiver: Waiver) -> dict[str, Any]:
    from arledger.cli.rows import day, file_and_line

    return {
        "by": waiver.by,
        "until": day(waiver.until),
        "date": day(waiver.date),
        **file_and_line(waiver.transaction.meta),
    }
