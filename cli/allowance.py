# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger allowance`: required against booked, the entry between them, the roll-forward."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.allowance import Allowance, MatrixRow, SpecificRow
    from arledger.cli.rows import Money
    from arledger.cli.tables import Page, Row, Table
    from arledger.roll_forward import RollForward
    from arledger.sheets import Cell

MOVEMENTS = (
    "opening",
    "charge",
    "release",
    "write_offs",
    "recoveries",
    "exchange",
    "closing",
)
CSV = (
    "part",
    "account",
    "bucket",
    "customer",
    "item",
    "currency",
    "gross",
    "netted",
    "rate",
    "allowance_currency",
    "allowance",
)


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger allowance ledger.beancount --as-of 2024-12-31
  arledger allowance ledger.beancount --as-of 2024-12-31 --entry >> ledger.beancount
  arledger allowance ledger.beancount --as-of 2024-12-31 --roll-forward 2023-12-31
""",
)
@click.argument("ledger")
@click.option("--entry", is_flag=True, help="Print the transaction that brings the books there.")
@click.option(
    "--roll-forward",
    "since",
    callback=common.day_of,
    metavar="FROM",
    help="With the booked allowance's way from the end of FROM to the as-of date.",
)
@common.request("table", "json", "csv")
def allowance(asked: common.Request, ledger: str, entry: bool, since: dt.date | None) -> int:
    """The allowance for expected credit losses, required against booked.

    --customer narrows the individual assessments and the customers' shares; the matrix, the
    total, the entry and the roll-forward are of all customers.
    """
    from arledger.allowance import allowance as question
    from arledger.cli.rows import Money
    from arledger.roll_forward import roll_forward

    if entry and asked.format == "csv":
        raise click.UsageError("--entry is a transaction: it has no CSV form")
    books = common.open_books(asked, ledger, serves=common.always)
    if since is not None and since > books.as_of:
        raise click.UsageError(f"--roll-forward {since} is after the as-of date {books.as_of}")
    subledger = books.subledger
    answer = question(subledger, books.as_of)
    rolled = roll_forward(subledger, since, books.as_of) if since is not None else ()
    money = Money(subledger.options.precision)
    said = _Allowance(books, answer, rolled, since, entry, money)
    common.note_findings(asked, answer.findings)
    common.note_gaps(asked, said.gaps())
    if entry and asked.format == "table":
        common.write_out(asked, said.entry())
    else:
        common.deliver(asked, common.Answer(said.json, said.page, said.csv))
    return books.status


@attrs.frozen(eq=False)
class _Allowance:
    """The answer in its forms."""

    books: common.Books
    answer: Allowance
    rolled: Sequence[RollForward]
    since: dt.date | None
    with_entry: bool
    money: Money

    @property
    def specific(self) -> list[SpecificRow]:
        """The individual assessments of the customers asked for."""
        wanted = self.books.request.customers
        return [row for row in self.answer.specific if not wanted or row.customer in wanted]

    # The entry.

    def entry(self) -> str:
        """A transaction that loads, and after which booked is required."""
        from arledger.booking import entry

        return entry(self.books.subledger, self.answer, self.books.request.translate)

    # JSON and CSV.

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        from arledger.cli.rows import finding_fields, price_fields

        answer, translate = self.answer, self.books.request.translate
        fields = {
            **self.books.common(),
            "rows": [self._matrix_fields(row) for row in answer.rows],
            "specific": [self._specific_fields(row) for row in self.specific],
            "customers": self._customer_fields(),
            "total": self._total_fields(),
            "roll_forward": [self._rolled_fields(row) for row in self.rolled],
            "prices": price_fields(answer.prices),
            "findings": [finding_fields(found, translate) for found in answer.findings],
        }
        if self.with_entry:
            fields["entry"] = self.entry()
        return fields

    def _matrix_fields(self, row: MatrixRow) -> dict[str, Any]:
        from arledger.cli.rows import rate_text

        plain = self.money.plain
        fields = {
            "account": row.account,
            "bucket": row.bucket,
            "currency": row.currency,
            "gross": plain(row.gross, row.currency),
            "netted": plain(row.netted, row.currency),
            "rate": None if row.rate is None else rate_text(row.rate),
            "allowance": self.money.plain_if(row.allowance, row.allowance_currency),
            "allowance_currency": row.allowance_currency,
        }
        return self._explained(fields, row)

    def _explained(self, fields: dict[str, Any], row: MatrixRow | SpecificRow) -> dict[str, Any]:
        if self.books.request.explain:
            fields["sources"] = self._sources(row)
        return fields

    def _sources(self, row: MatrixRow | SpecificRow) -> list[str]:
        """The rate or the assessment, then what is outstanding."""
        from arledger.cli.rows import places

        metas = [one.item.meta for one in row.sources]
        return places([self._directive(row), *metas])

    def _directive(self, row: MatrixRow | SpecificRow) -> Any:
        """The meta of the directive that a row's rate or assessment comes from."""
        if hasattr(row, "policy"):
            return row.policy.entry.meta
        rates = self.books.subledger.policies.own("loss-rate", row.account)
        found = (policy for policy in rates.at(self.books.as_of) if policy.key == row.bucket)
        return next((policy.entry.meta for policy in found), None)

    def _specific_fields(self, row: SpecificRow) -> dict[str, Any]:
        fields = {
            "customer": row.customer,
            "item": row.item,
            "currency": row.currency,
            "outstanding": self.money.plain_if(row.outstanding, row.currency),
            "allowance": self.money.plain_if(row.allowance, row.allowance_currency),
            "allowance_currency": row.allowance_currency,
        }
        return self._explained(fields, row)

    def _customer_fields(self) -> list[dict[str, Any]]:
        wanted, plain = self.books.request.customers, self.money.plain
        return [
            {
                "customer": share.customer,
                "name": share.name,
                "currency": share.currency,
                "collective": plain(share.collective, share.currency),
                "specific": plain(share.specific, share.currency),
                "allowance": plain(share.allowance, share.currency),
            }
            for share in self.answer.customers
            if not wanted or share.customer in wanted
        ]

    def _total_fields(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = []
        for total in self.answer.total:
            figures = ("required", "booked", "change")
            plain = {
                name: self.money.plain(getattr(total, name), total.currency) for name in figures
            }
            fields.append({"currency": total.currency, **plain})
            if self.books.request.explain:
                fields[-1]["sources"] = self._booked(total.currency, dt.date.min)
        return fields

    def _booked(self, currency: str, since: dt.date) -> list[str]:
        """The postings on the allowance accounts after `since`."""
        from arledger.cli.rows import places

        return places(
            movement.meta
            for movement in self.books.subledger.books.allowances
            if movement.currency == currency and since < movement.date <= self.books.as_of
        )

    def _rolled_fields(self, row: RollForward) -> dict[str, Any]:
        fields: dict[str, Any] = {"currency": row.currency, "part": row.part}
        for name in MOVEMENTS:
            fields[name] = self.money.plain(getattr(row, name), row.currency)
        if self.books.request.explain:
            fields["sources"] = self._booked(row.currency, self.since or dt.date.min)
        return fields

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """The matrix, then the individual assessments; with --roll-forward that table instead."""
        figure = self.money.figure
        if self.since is not None:
            return ("currency", "part", *MOVEMENTS), (
                [
                    row.currency,
                    row.part,
                    *(figure(getattr(row, name), row.currency) for name in MOVEMENTS),
                ]
                for row in self.rolled
            )
        return CSV, [*map(self._matrix_line, self.answer.rows), *map(self._line, self.specific)]

    def _matrix_line(self, row: MatrixRow) -> list[Cell]:
        from arledger.cli.rows import rate_text
        from arledger.sheets import Figure

        figure = self.money.figure
        return [
            "collective",
            row.account,
            row.bucket,
            "",
            "",
            row.currency,
            figure(row.gross, row.currency),
            figure(row.netted, row.currency),
            None if row.rate is None else Figure(rate_text(row.rate)),
            row.allowance_currency,
            self.money.figure_if(row.allowance, row.allowance_currency),
        ]

    def _line(self, row: SpecificRow) -> list[Cell]:
        return [
            "specific",
            "",
            "",
            row.customer,
            row.item,
            row.currency,
            self.money.figure_if(row.outstanding, row.currency),
            None,
            None,
            row.allowance_currency,
            self.money.figure_if(row.allowance, row.allowance_currency),
        ]

    # Tables.

    def page(self) -> Page:
        """Matrix, individual assessments, required against booked, roll-forward."""
        from arledger.cli import words
        from arledger.cli.rows import price_lines
        from arledger.cli.tables import Page

        asked = self.books.request
        header = words.header(self.books, say("Allowance for expected credit losses"))
        header += [asked.text(line) for line in price_lines(self.answer.prices)]
        tables = []
        if self.answer.rows:
            tables.append(self._matrix())
        if self.specific:
            tables.append(self._assessments())
        if (asked.customers or asked.explain) and self.answer.customers:
            tables.append(self._shares())
        if self.answer.total:
            tables.append(self._totals())
        if self.since is not None:
            tables.append(self._rolled())
        notes = [asked.text(line) for line in self.gaps()]
        if not tables:
            notes.append(asked.text(say("no allowance is required, none is booked")))
        return Page(header, tables, notes)

    def gaps(self) -> list[Text]:
        """Which rows lack a figure, for want of a price or a loss rate."""
        from arledger.cli import words
        from arledger.cli.rows import Gap, gap_lines, price_gap

        asked, day = self.books.request, self.books.as_of
        found = []
        for row in self.answer.rows:
            if row.allowance is None:
                gap = price_gap(row.currency, row.allowance_currency, day)
                if row.rate is None:
                    reason = say("there is no loss rate")
                    gap = Gap(row.currency, reason.render(), reason)
                account = row.account or asked.text(say("(no rates)"))
                found.append((gap, f"{account} {asked.text(words.bucket(row.bucket))}"))
        for one in self.answer.specific:
            found += [
                (price_gap(currency, into, day), " ".join(filter(None, (one.customer, one.item))))
                for currency, into in one.missing
            ]
        return gap_lines(found, day, totals=True)

    def _lay_out(
        self,
        title: Text,
        texts: Sequence[Text],
        rows: Sequence[Row],
        totals: Sequence[Row] = (),
        *,
        left: int,
        right: int = 0,
        notes: Sequence[str] = (),
    ) -> Table:
        """A table whose first `left` and last `right` columns are texts, the others figures."""
        from arledger.cli import words
        from arledger.cli.tables import Column, Table

        asked = self.books.request
        columns = [
            Column(head, figures=left <= at < len(texts) - right, fold=at < left)
            for at, head in enumerate(words.headings(asked, texts))
        ]
        return Table(columns, rows, totals, asked.text(title), notes)

    def _below(self, row: MatrixRow | SpecificRow) -> list[str]:
        from arledger.cli.rows import place, source_lines

        if not self.books.request.explain:
            return []
        where = place(self._directive(row))
        return [*([where] if where else []), *source_lines(row.sources, self.money)]

    def _matrix(self) -> Table:
        from arledger.cli import words
        from arledger.cli.rows import NONE, percent
        from arledger.cli.tables import Row

        asked, shown = self.books.request, self.money.shown
        netted = any(row.netted for row in self.answer.rows)
        texts = [say("account"), say("bucket"), say("currency"), say("outstanding")]
        texts += [say("credits netted")] * netted
        texts += [say("loss rate"), say("allowance"), say("in")]
        rows = [
            Row(
                [
                    row.account or asked.text(say("(no rates)")),
                    asked.text(words.bucket(row.bucket)),
                    row.currency,
                    shown(row.gross, row.currency),
                    *([shown(row.netted, row.currency)] if netted else []),
                    NONE if row.rate is None else percent(row.rate),
                    self.money.shown_if(row.allowance, row.allowance_currency),
                    row.allowance_currency,
                ],
                self._below(row),
            )
            for row in self.answer.rows
        ]
        sums = self._sums((row.allowance_currency, row.allowance) for row in self.answer.rows)
        blank = [""] * (len(texts) - 3)
        totals = [
            Row([asked.text(say("total")), *blank, shown(amount, currency), currency])
            for currency, amount in sums
        ]
        return self._lay_out(say("By loss rates"), texts, rows, totals, left=3, right=1)

    def _sums(self, pairs: Iterable[tuple[str, Decimal | None]]) -> list[tuple[str, Decimal]]:
        """By currency; what has no figure is left out."""
        sums: dict[str, Decimal] = {}
        for currency, amount in pairs:
            if amount is not None:
                sums[currency] = sums.get(currency, Decimal(0)) + amount
        return sorted(sums.items())

    def _assessments(self) -> Table:
        from arledger.cli.tables import Row

        asked, shown = self.books.request, self.money.shown_if
        texts = (
            say("customer"),
            say("item"),
            say("currency"),
            say("outstanding"),
            say("allowance"),
            say("in"),
        )
        rows = [
            Row(
                [
                    row.customer,
                    row.item or asked.text(say("(all)")),
                    row.currency,
                    shown(row.outstanding, row.currency),
                    shown(row.allowance, row.allowance_currency),
                    row.allowance_currency,
                ],
                self._below(row),
            )
            for row in self.specific
        ]
        sums = self._sums((row.allowance_currency, row.allowance) for row in self.specific)
        totals = [
            Row([asked.text(say("total")), "", "", "", shown(amount, currency), currency])
            for currency, amount in sums
        ]
        return self._lay_out(say("Individually assessed"), texts, rows, totals, left=3, right=1)

    def _shares(self) -> Table:
        from arledger.cli.tables import Row

        texts = (
            say("customer"),
            say("name"),
            say("currency"),
            say("collective"),
            say("specific"),
            say("allowance"),
        )
        wanted, shown = self.books.request.customers, self.money.shown
        rows = [
            Row(
                [
                    share.customer,
                    share.name,
                    share.currency,
                    shown(share.collective, share.currency),
                    shown(share.specific, share.currency),
                    shown(share.allowance, share.currency),
                ]
            )
            for share in self.answer.customers
            if not wanted or share.customer in wanted
        ]
        return self._lay_out(say("Customers' shares"), texts, rows, left=3)

    def _totals(self) -> Table:
        from arledger.cli.tables import Row

        asked, shown = self.books.request, self.money.shown
        texts = (say("currency"), say("required"), say("booked"), say("change"))
        rows = []
        for total in self.answer.total:
            figures = (total.required, total.booked, total.change)
            below = self._booked(total.currency, dt.date.min) if asked.explain else []
            cells = [total.currency, *(shown(amount, total.currency) for amount in figures)]
            rows.append(Row(cells, below))
        notes = []
        if any(total.change for total in self.answer.total):
            notes.append(asked.text(say("`--entry` prints the transaction that books the change")))
        return self._lay_out(
            say("Required against booked, all customers"), texts, rows, left=1, notes=notes
        )

    def _rolled(self) -> Table:
        from arledger.cli.tables import Row

        asked, shown = self.books.request, self.money.shown
        texts = (
            say("currency"),
            say("part"),
            say("opening"),
            say("charge"),
            say("release"),
            say("write-offs"),
            say("recoveries"),
            say("exchange"),
            say("closing"),
        )
        part = {"collective": say("collective"), "specific": say("specific")}
        rows = []
        for row in self.rolled:
            # Shown as they enter the sum: what lowers the allowance is negative.
            signs = (1, 1, -1, -1, 1, 1, 1)
            figures = [
                shown(sign * getattr(row, name), row.currency)
                for sign, name in zip(signs, MOVEMENTS, strict=True)
            ]
            below = self._booked(row.currency, self.since or dt.date.min) if asked.explain else []
            rows.append(Row([row.currency, asked.text(part[row.part]), *figures], below))
        title = say("Roll-forward from {since} to {day}", since=self.since, day=self.books.as_of)
        return self._lay_out(title, texts, rows, left=2)
