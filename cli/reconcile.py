# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger reconcile`: a customer's own statement against the ledger."""

from __future__ import annotations

import datetime as dt
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.load import Ledger
    from arledger.reconciliation.differences import Reconciliation
    from arledger.reconciliation.model import Statement
    from arledger.reconciliation.reading import Overrides
    from arledger.subledger.subledger import Subledger

BYTES_MAX = 512 * 1024 * 1024
CANDIDATES_MAX = 5


@attrs.frozen
class HowToRead:
    """What the call says of the file; None is found out, or stands in the ledger."""

    columns: str | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_line: int | None
    date_order: str | None
    decimal_mark: str | None
    side: str | None


@attrs.frozen
class Asked:
    """What the call says of the comparison."""

    currency: str | None
    population: str | None
    since: dt.date | None
    until: dt.date | None
    date_days: int
    cut_off_days: int


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger reconcile ledger.beancount statement.csv --customer C001
  arledger reconcile ledger.beancount statement.xlsx --format html --output C001.html
  arledger reconcile ledger.beancount statement.csv --entries
  arledger reconcile ledger.beancount statement.csv --confirm >> statements.beancount
""",
)
@click.argument("ledger")
@click.argument("statement")
@click.option("--currency", metavar="CUR", help="The currency, where there are several.")
@click.option(
    "--side",
    type=click.Choice(("ours", "theirs")),
    help="From whose books the statement is written. [default: as it reads]",
)
@click.option(
    "--population",
    type=click.Choice(("movements", "open-items")),
    help="What the statement lists. [default: as it reads]",
)
@click.option(
    "--from", "since", callback=common.day_of, metavar="DATE", help="The statement's first day."
)
@click.option(
    "--to", "until", callback=common.day_of, metavar="DATE", help="The statement's last day."
)
@click.option("--columns", metavar="TEXT", help="The headings of its columns, by field.")
@click.option("--encoding", metavar="NAME", help="Its encoding.")
@click.option("--delimiter", metavar="CHAR", help="What separates its columns.")
@click.option("--sheet", metavar="NAME", help="The sheet of the workbook.")
@click.option(
    "--header-line", type=click.IntRange(min=1), metavar="N", help="The line of headings."
)
@click.option("--date-order", type=click.Choice(("ymd", "dmy", "mdy")), help="The order in dates.")
@click.option("--decimal-mark", type=click.Choice((".", ",")), help="The decimal mark.")
@click.option(
    "--date-days",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="DAYS",
    help="Pairs dated further apart differ in date.",
)
@click.option(
    "--cut-off-days",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="DAYS",
    help="How shortly before its end something is in transit.",
)
@click.option("--entries", is_flag=True, help="Print the correcting transactions.")
@click.option("--confirm", is_flag=True, help="Print the directive that records the agreement.")
@common.request("table", "json", "csv", "html", "xlsx", question=None)
def reconcile(
    asked: common.Request,
    ledger: str,
    statement: str,
    currency: str | None,
    side: str | None,
    population: str | None,
    since: dt.date | None,
    until: dt.date | None,
    columns: str | None,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    header_line: int | None,
    date_order: str | None,
    decimal_mark: str | None,
    date_days: int,
    cut_off_days: int,
    entries: bool,
    confirm: bool,
) -> int:
    """Reconcile a customer's balance with the statement that the customer sent.

    Pairs what is the same, names each difference with its class and its evidence, and leads from
    our balance to theirs. The exit status is 1 where something is left unexplained.
    """
    _sensible(asked, entries=entries, confirm=confirm, since=since, until=until)
    how = HowToRead(
        columns, encoding, delimiter, sheet, header_line, date_order, decimal_mark, side
    )
    wanted = Asked(currency, population, since, until, date_days, cut_off_days)
    content = _content(asked, statement)
    loaded = common.load_quietly(asked, ledger)
    common.not_over_the_ledger(asked, loaded)
    common.known_customers(asked, [loaded.subledger])
    common.note_errors(asked, loaded)
    common.note_no_accounts(asked, loaded.subledger)
    answer = _answer(asked, loaded, _Source(statement, content), how, wanted)
    books = common.Books(asked, loaded, answer.as_of, is_today=False)
    _deliver(books, answer, statement, entries=entries, confirm=confirm)
    if books.status != common.FINE:
        return books.status
    return common.FINE if answer.is_explained else common.FOUND


def _sensible(
    asked: common.Request,
    *,
    entries: bool,
    confirm: bool,
    since: dt.date | None,
    until: dt.date | None,
) -> None:
    """Refuse what can't be meant, before anything is read."""
    if (entries or confirm) and asked.format not in {"table", "json"}:
        raise asked.refuse(say("--entries and --confirm print ledger text, or keys of JSON"))
    if len(asked.customers) > 1:
        raise asked.refuse(say("a statement is one customer's: name one with --customer"))
    if since is not None and until is not None and since > until:
        raise asked.refuse(say("--from {start} is after --to {day}", start=since, day=until))
    if asked.format == "xlsx" and asked.output is None and sys.stdout and sys.stdout.isatty():
        raise asked.refuse(say("a workbook is nothing for a terminal; name a file with --output"))


# Reading.


@attrs.frozen
class _Source:
    """The statement's file: its name as the call has it, and its bytes."""

    name: str
    content: bytes


def _content(asked: common.Request, name: str) -> bytes:
    """The file's bytes; a pipe, a device or too large a file is refused."""
    path = Path(name).expanduser()
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if asked.output is not None and asked.output.exists() and asked.output.samefile(path):
            raise asked.refuse(say("{path}: is the statement itself", path=asked.output))
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise asked.refuse(say("{path}: is not a file", path=name))
            if status.st_size > BYTES_MAX:
                most = BYTES_MAX // (1024 * 1024)
                raise asked.refuse(say("{path}: is larger than {most} MB", path=name, most=most))
            return stream.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise asked.refuse(say("{path}: {reason}", path=name, reason=reason)) from error


def _answer(
    asked: common.Request, loaded: Ledger, source: _Source, how: HowToRead, wanted: Asked
) -> Reconciliation:
    """Read the statement, find whose it is, and compare."""
    from arledger.reconciliation.differences import Population, Windows
    from arledger.reconciliation.reconcile import ReconcileError, Wanted, reconcile

    subledger = loaded.subledger
    customer = asked.customers[0] if asked.customers else None
    read, customer = _read(asked, subledger, source, how, wanted, customer)
    population = None if wanted.population is None else Population(wanted.population)
    try:
        return reconcile(
            subledger,
            read,
            customer,
            Wanted(
                common.today_is(),
                wanted.currency,
                asked.as_of,
                how.side,
                population,
                wanted.since,
                wanted.until,
                Windows(date_days=wanted.date_days, cut_off_days=wanted.cut_off_days),
            ),
        )
    except ReconcileError as error:
        raise asked.refuse(error.text) from error


def _read(
    asked: common.Request,
    subledger: Subledger,
    source: _Source,
    how: HowToRead,
    wanted: Asked,
    customer: str | None,
) -> tuple[Statement, str]:
    """The statement, and whose it is.

    What the ledger says of the customer's files on the statement's day counts; where customer or
    day are only known from the file, it is read a second time with that.
    """
    from arledger.reconciliation.customer_files import directive

    read = _parsed(asked, subledger, source, how, wanted, customer)
    used = None if customer is None else directive(subledger, customer)
    if customer is None:
        customer = _whose(asked, subledger, source, read)
    end = wanted.until or read.to_date or dt.date.max
    if directive(subledger, customer, end) is not used:
        read = _parsed(asked, subledger, source, how, wanted, customer, end)
    return read, customer


def _whose(asked: common.Request, subledger: Subledger, source: _Source, read: Statement) -> str:
    """The customer whose statement it seems to be; else the call must say."""
    from arledger.reconciliation.whose import whose

    guess = whose(subledger, read)
    if guess.customer is None:
        some = ", ".join(guess.customers[:CANDIDATES_MAX])
        likely = say("; {customers} come into question", customers=some) if some else Text("")
        raise asked.refuse(
            say(
                "{path}: whose statement it is can't be told; name the customer with "
                "--customer{likely}",
                path=source.name,
                likely=likely,
            )
        )
    asked.note(say("customer {customer}: {reason}", customer=guess.customer, reason=guess.reason))
    return guess.customer


def _parsed(
    asked: common.Request,
    subledger: Subledger,
    source: _Source,
    how: HowToRead,
    wanted: Asked,
    customer: str | None,
    day: dt.date = dt.date.max,
) -> Statement:
    from arledger.cli.progress import progress
    from arledger.reconciliation.reading import ReadingError, read_statement

    name = Path(source.name).name
    try:
        overrides = _overrides(how, wanted, subledger, customer, day)
        with progress(1.0, asked.text(say("reading the statement"))) as advance:
            return read_statement(source.content, name, overrides, _Share(advance).of)
    except ReadingError as error:
        raise asked.refuse(error.text) from error


@attrs.define
class _Share:
    """Tells a bar of one unit how far the reader is."""

    advance: Callable[[float], None]
    done: float = 0.0

    def of(self, rows: int, total: int) -> None:
        """So many rows of all are read."""
        share = rows / total if total else 1.0
        self.advance(share - self.done)
        self.done = share


def _overrides(
    how: HowToRead, wanted: Asked, subledger: Subledger, customer: str | None, day: dt.date
) -> Overrides:
    """What the call says; where it says nothing, what the ledger says of the customer's files."""
    from arledger.reconciliation.customer_files import overrides_of
    from arledger.reconciliation.reading import Overrides, parse_columns

    known = Overrides() if customer is None else overrides_of(subledger, customer, day)
    said = {
        name: value
        for name, value in attrs.asdict(how).items()
        if value is not None and name != "columns"
    }
    if how.columns is not None:
        said["columns"] = parse_columns(how.columns)
    return attrs.evolve(known, **said, currency=wanted.currency)


# The answer.


def _deliver(
    books: common.Books, answer: Reconciliation, name: str, *, entries: bool, confirm: bool
) -> None:
    from arledger.cli.reconciled import Said, document_path
    from arledger.cli.rows import Money

    asked = books.request
    said = Said(books, answer, Money(books.subledger.options.precision), name)
    document = document_path(name, books.ledger.path)
    if asked.format == "json":
        extra = {}
        if entries:
            extra["entries"] = said.entries()
        if confirm:
            extra["confirm"] = said.confirm(document)
        common.deliver(asked, common.Answer(lambda: {**said.json(), **extra}, said.page, said.csv))
    elif entries or confirm:
        texts = [said.entries()] if entries else []
        texts += [said.confirm(document)] if confirm else []
        common.write_out(asked, "\n".join(texts))
    elif asked.format == "html":
        common.write_out(asked, said.html())
    elif asked.format == "xlsx":
        common.write_bytes(asked, said.xlsx())
    else:
        common.deliver(asked, common.Answer(said.json, said.page, said.csv))
