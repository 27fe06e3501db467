# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger aging`: what is outstanding, by how long it is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.aging import Aging, AgingRow, AgingTotal
    from arledger.cli.changes import Moved
    from arledger.cli.rows import Money
    from arledger.cli.tables import Page, Row, Table
    from arledger.language.buckets import Buckets
    from arledger.open_items import OpenItemRow
    from arledger.sheets import Cell

BASES = ("due", "invoice")
GROUPINGS = ("customer", "item", "account", "segment", "salesperson")


def _buckets(_: click.Context, param: click.Parameter, value: str | None) -> Buckets | None:
    """`30,60,90`, or `1y,2y,3y`."""
    if value is None:
        return None
    from arledger.language.buckets import parse_buckets
    from arledger.language.values import MalformedError

    try:
        return parse_buckets([edge.strip() for edge in value.split(",")])
    except MalformedError as error:
        raise click.BadParameter(error.text.render(), param=param) from error


def _currency(_: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A currency as Beancount spells one."""
    from re import fullmatch

    if value is None or fullmatch(r"[A-Z/][A-Z0-9'._/-]{0,22}[A-Z0-9]|[A-Z]", value):
        return value
    raise click.BadParameter(f"{value!r} is not a currency like EUR", param=param)


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger aging ledger.beancount --as-of 2025-06-30
  arledger aging ledger.beancount --basis invoice --buckets 1y,2y,3y
  arledger aging ledger.beancount --by salesperson --in EUR
  arledger aging ledger.beancount --as-of 2024-12-31 --at 2025-01-15 --explain-change
  arledger aging ledger.beancount --by item --customer C001 --format csv
""",
)
@click.argument("ledger")
@click.option(
    "--basis",
    type=click.Choice(BASES),
    help="Count days from the due date or the invoice date. [default: the ledger's option]",
)
@click.option(
    "--by", type=click.Choice(GROUPINGS), default="customer", show_default=True, help="Group by."
)
@click.option(
    "--buckets",
    callback=_buckets,
    metavar="DAYS,…",
    help="The edges, like 30,60,90 or 1y,2y,3y. [default: the ledger's policy]",
)
@click.option(
    "--in",
    "into",
    callback=_currency,
    metavar="CUR",
    help="Convert at the ledger's prices of the day. [default: each currency apart]",
)
@click.option(
    "--explain-change",
    is_flag=True,
    help="With --at: which commits have moved the figures since.",
)
@common.request("table", "json", "csv")
def aging(
    asked: common.Request,
    ledger: str,
    basis: Any,
    by: Any,
    buckets: Buckets | None,
    into: str | None,
    explain_change: bool,
) -> int:
    """What is outstanding, by how long it is overdue.

    Buckets and unapplied credits add up to the ledger's balance. What is not due has a bucket of
    its own; customers in credit are shown apart, too.
    """
    from arledger.aging import aging as question
    from arledger.cli.at import here
    from arledger.cli.rows import Money

    if explain_change and here() is None:
        raise asked.refuse(say("--explain-change goes with --at: since when?"))
    books = common.open_books(asked, ledger, serves=common.always)
    answer = question(
        books.subledger,
        books.as_of,
        by=by,
        basis=basis,
        buckets=buckets,
        into=into,
        customers=frozenset(asked.customers),
    )
    changes = _changes(books, ledger) if explain_change else None
    said = _Aging(books, answer, into, Money(books.subledger.options.precision), changes)
    common.note_findings(asked, answer.findings)
    common.note_gaps(asked, said.gaps())
    common.deliver(asked, common.Answer(said.json, said.page, said.csv))
    return books.status


def _changes(books: common.Books, ledger: str) -> Sequence[Moved]:
    """What moved the aging since the revision that is asked."""
    from arledger.cli.at import here
    from arledger.cli.changes import COMMITS_MAX, moved
    from arledger.cli.git import GitError
    from arledger.cli.snapshots import SnapshotError

    asked, at = books.request, here()
    assert at is not None
    try:
        found, more = moved(ledger, at.commit, books.as_of, cache=asked.cache)
    except (GitError, SnapshotError) as error:
        raise asked.refuse(error.text) from error
    if more:
        asked.note(say("only the first {count} commits since are looked at", count=COMMITS_MAX))
    wanted = frozenset(asked.customers)
    return [one for one in found if not wanted or wanted & {row[0] for row in one.customers}]


@attrs.frozen(eq=False)
class _Aging:
    """The answer in its forms."""

    books: common.Books
    answer: Aging
    into: str | None
    money: Money
    changes: Sequence[Moved] | None

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        from arledger.cli.rows import finding_fields, price_fields

        answer, translate = self.answer, self.books.request.translate
        return {
            **self.books.common(),
            "basis": answer.basis,
            "by": answer.by,
            "buckets": list(answer.labels),
            "rows": [self._fields(row) for row in answer.rows],
            "totals": [
                {
                    "currency": total.currency,
                    **self._figures(total),
                    "in_credit": self.money.plain(total.in_credit, total.currency),
                }
                for total in answer.totals
            ],
            "prices": price_fields(answer.prices),
            **({} if self.changes is None else {"changes": list(map(self._change, self.changes))}),
            "findings": [finding_fields(found, translate) for found in answer.findings],
        }

    def _change(self, one: Moved) -> dict[str, Any]:
        plain, currency = self.money.plain, one.currency
        return {
            "commit": one.by.commit,
            "date": None if one.by.date is None else one.by.date.isoformat(),
            "author": one.by.author,
            "subject": one.by.subject,
            "currency": currency,
            "before": plain(one.before, currency),
            "after": plain(one.after, currency),
            "customers": [
                {"customer": who, "before": plain(was, currency), "after": plain(now, currency)}
                for who, was, now in one.customers
            ],
        }

    def _figures(self, row: AgingRow | AgingTotal) -> dict[str, Any]:
        plain, currency = self.money.plain, row.currency
        pairs = zip(self.answer.labels, row.buckets, strict=True)
        return {
            "buckets": {label: plain(amount, currency) for label, amount in pairs},
            "unapplied": plain(row.unapplied, currency),
            "total": plain(row.total, currency),
        }

    def _fields(self, row: AgingRow) -> dict[str, Any]:
        from arledger.cli.rows import item_fields, open_document, places

        if self.answer.by == "item":
            one = self._item(row)
            fields = item_fields(one, self.money)
            fields["original_currency"] = one.currency
            fields["currency"] = row.currency
            fields["days"] = self._days(one)
        else:
            fields = {self.answer.by: row.key, "name": row.name, "currency": row.currency}
        fields.update(self._figures(row))
        if self.books.request.explain:
            documents = (open_document(one) for one in row.sources)
            fields["sources"] = places(document.meta for document in documents)
        return fields

    def _item(self, row: AgingRow) -> OpenItemRow:
        """A row by item is made of one document."""
        from arledger.open_items import credit_row, item_row
        from arledger.subledger.model import OpenItem

        one, as_of, subledger = row.sources[0], self.books.as_of, self.books.subledger
        if isinstance(one, OpenItem):
            return item_row(subledger, one.item, one.outstanding, as_of)
        return credit_row(subledger, one.credit, one.unapplied, as_of)

    def _days(self, row: OpenItemRow) -> int | None:
        """Days since the date that decides; none for what is not due before it is transferred."""
        if row.kind == "credit":
            own = self.books.subledger.options.unapplied_credits == "own-bucket"
            return (self.books.as_of - row.date).days if own else None
        if self.answer.basis == "invoice":
            return (self.books.as_of - row.date).days
        if row.due is None or getattr(row.document, "conditional", False):
            return None
        return (self.books.as_of - row.due).days

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line a row, a column a bucket; without totals."""
        keys: tuple[str, ...] = (self.answer.by, "name", "currency")
        if self.answer.by == "item":
            keys = (
                "customer",
                "name",
                "account",
                "item",
                "kind",
                "instalment",
                "date",
                "due",
                "days",
                "currency",
            )
        header = (*keys, *self.answer.labels, "unapplied", "total")
        return header, (self._line(row, keys) for row in self.answer.rows)

    def _line(self, row: AgingRow, keys: Sequence[str]) -> list[Cell]:
        fields = self._fields(row)
        figures = (*row.buckets, row.unapplied, row.total)
        return [
            *(fields[key] for key in keys),
            *(self.money.figure(amount, row.currency) for amount in figures),
        ]

    def page(self) -> Page:
        """A table per currency."""
        from arledger.cli import words
        from arledger.cli.rows import price_lines
        from arledger.cli.tables import Page

        answer, asked = self.answer, self.books.request
        title = say("Aging by {by}", by=words.BY[answer.by])
        header = words.header(self.books, title, words.BASIS[answer.basis])
        header += [asked.text(line) for line in price_lines(answer.prices)]
        notes = [asked.text(line) for line in self.gaps()]
        if not answer.totals:
            notes.append(asked.text(say("nothing is outstanding")))
        tables = [self._table(total) for total in answer.totals]
        return Page(header, [*tables, *self._changes_table()], notes)

    def _changes_table(self) -> Iterable[Table]:
        """A row a commit and currency."""
        from arledger.cli import words
        from arledger.cli.tables import Column, Row, Table

        if self.changes is None:
            return
        asked = self.books.request
        heads = (say("commit"), say("date"), say("subject"), say("customers"), say("currency"))
        figures = (say("before"), say("after"))
        columns = [Column(text) for text in words.headings(asked, heads)]
        columns += [Column(text, figures=True) for text in words.headings(asked, figures)]
        rows = [
            Row(
                [
                    one.by.commit[:12] if one.by.commit else asked.text(say("not committed")),
                    str(one.by.date or ""),
                    one.by.subject,
                    ", ".join(who for who, _, _ in one.customers),
                    one.currency,
                    self.money.shown(one.before, one.currency),
                    self.money.shown(one.after, one.currency),
                ]
            )
            for one in self.changes
        ]
        notes = [] if rows else [asked.text(say("nothing has moved since"))]
        yield Table(columns, rows, title=asked.text(say("What moved it since")), notes=notes)

    def gaps(self) -> list[Text]:
        """What was not converted for want of a price: it stands in its own currency."""
        from arledger.prices import no_price

        if self.into is None:
            return []
        own = {total.currency for total in self.answer.totals} - {self.into}
        return [
            say(
                "not in {into}, nor in its totals: {rows} ({currency}): {reason}",
                into=self.into,
                rows=", ".join(self._keys_in(currency)),
                currency=currency,
                reason=no_price(currency, self.into, self.answer.as_of),
            )
            for currency in sorted(own)
        ]

    def _keys_in(self, currency: str) -> list[str]:
        """What the rows of one currency are called."""
        rows = [row for row in self.answer.rows if row.currency == currency]
        if self.answer.by == "item":
            return [self._item(row).item for row in rows]
        return [row.key or self.books.request.text(say("(none)")) for row in rows]

    def _table(self, total: AgingTotal) -> Table:
        from arledger.cli import words
        from arledger.cli.tables import Column, Table

        asked, answer = self.books.request, self.answer
        texts, folding = self._key_columns()
        figures = [*map(words.bucket, answer.labels), say("unapplied"), say("total")]
        columns = [
            *(
                Column(asked.text(text), fold=fold)
                for text, fold in zip(texts, folding, strict=True)
            ),
            *(Column(asked.text(text), figures=True) for text in figures),
        ]
        rows = [row for row in answer.rows if row.currency == total.currency]
        notes = []
        if total.in_credit and answer.by != "item":
            notes.append(
                asked.text(
                    say(
                        "of which in credit: {amount} {currency} ({who})",
                        amount=self.money.shown(total.in_credit, total.currency),
                        currency=total.currency,
                        who=", ".join(row.key for row in rows if row.total < 0),
                    )
                )
            )
        return Table(
            columns,
            [self._row(row) for row in rows],
            [self._total(total, len(texts))],
            total.currency,
            notes,
        )

    def _key_columns(self) -> tuple[list[Text], list[bool]]:
        from arledger.cli import words

        by = self.answer.by
        if by == "item":
            return [say("customer"), say("name"), say("item"), say("due"), say("days")], [
                False,
                True,
                True,
                False,
                False,
            ]
        if by in {"customer", "account"}:
            return [words.BY[by], say("name")], [by == "account", True]
        return [words.BY[by]], [True]

    def _row(self, row: AgingRow) -> Row:
        from arledger.cli.open_items import item_name
        from arledger.cli.rows import source_lines
        from arledger.cli.tables import Row

        if self.answer.by == "item":
            one = self._item(row)
            days = self._days(one)
            keys = [
                one.customer,
                one.name,
                item_name(one, self.books.request),
                str(one.due or ""),
                "" if days is None else str(days),
            ]
        elif self.answer.by in {"customer", "account"}:
            keys = [row.key, row.name]
        else:
            keys = [row.key or self.books.request.text(say("(none)"))]
        spare, currency = self.money.spare, row.currency
        cells = [
            *keys,
            *(spare(amount, currency) for amount in (*row.buckets, row.unapplied)),
            self.money.shown(row.total, currency),
        ]
        below = source_lines(row.sources, self.money) if self.books.request.explain else ()
        return Row(cells, below)

    def _total(self, total: AgingTotal, keys: int) -> Row:
        from arledger.cli.tables import Row

        figures = (*total.buckets, total.unapplied, total.total)
        shown = [self.money.shown(amount, total.currency) for amount in figures]
        first = self.books.request.text(say("total"))
        return Row([first, *[""] * (keys - 1), *shown])
