# SPDX-License-Identifier: GPL-2.0-or-later
"""What all commands share: options, loading, the as-of date, and where the answer goes.

Only the answer goes to stdout; notes go to stderr. Beancount is imported when a ledger is
loaded, and not before: `arledger --help` must be quick.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import atomic, json_out
from arledger.cli.help import ANSWER_LANG, ARGUMENTS
from arledger.cli.lang import LANG_HELP, LANGUAGES, language, translator
from arledger.cli.visible import visible
from arledger.findings import Finding, Text, Translate, say

if TYPE_CHECKING:
    from arledger.cli.cache import Before, Key
    from arledger.cli.tables import Page
    from arledger.load import Ledger
    from arledger.sheets import Cell
    from arledger.subledger.subledger import Subledger

FINE, FOUND, UNUSABLE = 0, 1, 2

# A note about a ledger that has no entries lately: from this age on, where nobody gave a date.
STALE_DAYS = 31


class Refusal(click.ClickException):
    """Usage or input that can't be answered: one line on stderr, status 2."""

    exit_code = UNUSABLE

    def show(self, file: Any = None) -> None:
        """Print the line."""
        say_aside(self.message, file)


def say_aside(message: str, file: Any = None) -> None:
    """A line to stderr, whatever a ledger has put into it."""
    from arledger.cli.at import here

    at = here()
    text = f"arledger: {visible(at.shown(message) if at is not None else message)}"
    click.echo(text.encode("utf-8", "backslashreplace").decode(), file=file, err=True)


def day_of(_: click.Context, param: click.Parameter, value: str | None) -> dt.date | None:
    """A date as the ledger writes it, and nothing else."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(value)
    raise click.BadParameter(f"{value!r} is not a date like 2025-06-30", param=param)


@attrs.frozen
class Request:
    """The common options of one call."""

    as_of: dt.date | None
    format: str
    customers: tuple[str, ...]
    explain: bool
    translate: Translate
    output: Path | None
    force: bool
    lang: str = "en"
    cache: bool = True
    # What was noted; and what had been when the call began anew, so that nothing is said twice.
    notes: list[str] = attrs.field(factory=list)
    said: list[str] = attrs.field(factory=list)
    anew: bool = False

    def text(self, text: Text) -> str:
        """A sentence in the language of the answer."""
        return text.render(self.translate)

    def note(self, text: Text) -> None:
        """A sentence to stderr."""
        told = self.text(text)
        self.notes.append(told)
        if told in self.said:
            self.said.remove(told)
        else:
            say_aside(told)

    def refuse(self, text: Text) -> Refusal:
        """The exception that ends the call with one line."""
        return Refusal(self.text(text))


@attrs.frozen(eq=False)
class Answer:
    """One answer in each form; only the one that is asked for is made."""

    json: Callable[[], Mapping[str, Any]]
    page: Callable[[], Page]
    csv: Callable[[], tuple[Sequence[str], Iterable[Sequence[Cell]]]]


# Options.

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

AS_OF_HELP = {
    True: "The day to speak of. [default: today]",
    False: "The day to speak of. [default: the ledger's latest date]",
    None: "The day to speak of. [default: the end of the statement]",
}


def _options(formats: Sequence[str], *, ledger: bool, question: bool | None) -> list[Decorator]:
    options: list[Decorator] = [
        click.option(
            "--format",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="The form of the answer. CSV is UTF-8 without a byte order mark.",
        ),
        _lang_option(),
        click.option(
            "--output",
            metavar="FILE",
            help="Write the answer to FILE, whole or not at all.",
        ),
        click.option("--force", is_flag=True, help="Let --output replace an existing file."),
    ]
    if ledger:
        options[:0] = [
            click.option("--as-of", callback=day_of, metavar="DATE", help=AS_OF_HELP[question]),
            click.option(
                "--customer",
                "customers",
                multiple=True,
                metavar="ID",
                help="Only this customer; may be repeated.",
            ),
            click.option("--explain", is_flag=True, help="Show the file:line behind each figure."),
            at_option(),
            cache_option(),
        ]
    return options


def request(*formats: str, ledger: bool = True, question: bool | None = True) -> Decorator:
    """Give a command the common options; it gets them as one `Request`.

    `question` tells the default of the as-of date: today, the ledger's latest date where it is
    False, and where it is None the command finds it elsewhere.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(**values: Any) -> Any:
            revision = values.pop("at", None)
            before = click.get_current_context().meta.get(ANSWER_LANG)
            lang = language(values.pop("lang") or before, os.environ)
            output = values.pop("output")
            asked = Request(
                values.pop("as_of", None),
                values.pop("format"),
                values.pop("customers", ()),
                values.pop("explain", False),
                translator(lang),
                None if output is None else Path(output),
                values.pop("force"),
                lang,
                cache=not values.pop("no_cache", False),
            )
            if asked.output is not None:
                _writable(asked)
            if revision is not None:
                return _at(asked, revision, values, lang)
            return _answered(asked, function, values)

        command: Callable[..., Any] = run
        for option in reversed(_options(formats, ledger=ledger, question=question)):
            command = option(command)
        return command

    return decorate


# Where a call notes that it speaks of a ledger that was kept.
_KEPT = "arledger.kept"


def _answered(asked: Request, function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Run a command; once more, on the ledger itself, if what was kept of it is nonsense.

    A file whose checksum is right may still hold what nobody of us has written.
    """
    try:
        return function(asked, **values)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception:
        if not click.get_current_context().meta.get(_KEPT):
            raise
    return function(attrs.evolve(asked, anew=True, notes=[], said=asked.notes), **values)


def errand() -> Decorator:
    """For a command that makes a folder instead of answering: what it gets has a language only."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(**values: Any) -> Any:
            before = click.get_current_context().meta.get(ANSWER_LANG)
            lang = language(values.pop("lang") or before, os.environ)
            revision = values.pop("at", None)
            asked = Request(
                values.pop("as_of", None),
                "",
                (),
                explain=False,
                translate=translator(lang),
                output=None,
                force=values.pop("force", False),
                lang=lang,
            )
            if revision is not None:
                return _at(asked, revision, values, lang)
            return function(asked, **values)

        return _lang_option()(run)

    return decorate


def at_option() -> Decorator:
    """`--at`, which a command of its own process answers."""
    return click.option(
        "--at",
        metavar="REV",
        help="The ledger as a git revision had it, or as it was at the end of a day.",
    )


def cache_option() -> Decorator:
    """`--no-cache`, for what loads a ledger."""
    return click.option(
        "--no-cache",
        is_flag=True,
        help="Load the ledger anew: neither use what was kept of it nor keep anything.",
    )


def _lang_option() -> Decorator:
    return click.option(
        "--lang", type=click.Choice(LANGUAGES, case_sensitive=False), help=LANG_HELP
    )


def _at(asked: Request, revision: str, values: Mapping[str, Any], lang: str) -> int:
    """Let a process of its own answer the same question of the ledger at a revision."""
    from arledger.cli.git import GitError
    from arledger.cli.revisions import run_at

    context = click.get_current_context()
    ledgers = values.get("ledgers") or (values["ledger"],)
    arguments = [str(context.info_name), *_without_at(context.meta[ARGUMENTS]), "--lang", lang]
    try:
        return run_at(ledgers, revision, arguments)
    except GitError as error:
        raise asked.refuse(error.text) from error


def _without_at(arguments: Sequence[str]) -> list[str]:
    """The words of a command but its `--at` and what it says."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--at":
            next(words, None)
        elif not word.startswith("--at="):
            kept.append(word)
    return kept


def _writable(asked: Request) -> None:
    try:
        atomic.check(asked.output or Path(), force=asked.force)
    except atomic.WriteError as error:
        raise asked.refuse(error.text) from error


# Loading.


@attrs.frozen(eq=False)
class Books:
    """A loaded ledger, and the day that is asked about."""

    request: Request
    ledger: Ledger
    as_of: dt.date
    is_today: bool

    @property
    def subledger(self) -> Subledger:
        """What every question is asked of."""
        return self.ledger.subledger

    @property
    def title(self) -> str:
        """The ledger's own title, else its file's name."""
        title = str(self.ledger.options_map.get("title") or "")
        return self.ledger.path.name if title in {"", "Beancount"} else title

    def common(self) -> dict[str, Any]:
        """The keys that every JSON answer begins with."""
        from arledger.cli.at import at_fields

        return {
            "schema": json_out.SCHEMA,
            "complete": self.ledger.complete,
            "as_of": self.as_of.isoformat(),
            **at_fields(),
        }

    @property
    def status(self) -> int:
        """The exit status of an answer."""
        return FINE if self.ledger.complete else UNUSABLE


def load_quietly(asked: Request, path: str) -> Ledger:
    """Load a ledger; what its plugins print is no part of the answer."""
    from arledger.cli.at import here
    from arledger.cli.progress import loading
    from arledger.cli.streams import nothing_on_stdout
    from arledger.load import LedgerError, load

    at = here()
    path = at.ledgers.get(path, path) if at is not None else path
    try:
        with loading(asked.translate) as timings, nothing_on_stdout():
            return load(path, timings, reporting=False)
    except LedgerError as error:
        raise asked.refuse(error.text) from error


def known_or_loaded(
    asked: Request, path: str, serves: Callable[[Subledger], bool] | None
) -> Ledger:
    """The ledger as it was kept, if nothing has changed since; else it is loaded, and kept."""
    if serves is None or not asked.cache:
        return load_quietly(asked, path)
    from arledger.cli import cache
    from arledger.cli.at import here

    at = here()
    named = at.ledgers.get(path, path) if at is not None else path
    key = cache.Key.of(named, at)
    found = None if key is None or asked.anew else cache.find(key)
    if found is not None:
        click.get_current_context().meta[_KEPT] = True
        if serves(found.subledger):
            return found
    was = None if key is None else cache.before(key, named)
    ledger = load_quietly(asked, path)
    if key is not None and was is not None and found is None:
        # The answer comes first.
        context = click.get_current_context().find_root()
        context.call_on_close(functools.partial(_keep, key, ledger, was))
    return ledger


def _keep(key: Key, ledger: Ledger, was: Before) -> None:
    """Keep a ledger, unless somebody has asked us to end."""
    from arledger.cli import cache

    if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
        # Of a revision also what the next `diff` with it asks for.
        more = None if key.root is None else functools.partial(cache.beside, ledger)
        cache.keep(key, ledger, was, more)


def always(_: Subledger) -> bool:
    """For a question about the state of a day: a ledger that was kept is always enough."""
    return True


def open_books(
    asked: Request,
    path: str,
    *,
    advances: bool = False,
    serves: Callable[[Subledger], bool] | None = None,
) -> Books:
    """Load the ledger of a question; the default day is today.

    `serves` tells whether a ledger that was kept is enough for the question; without, it is always
    loaded. What a reader should know of the ledger is noted on stderr.
    """
    ledger = known_or_loaded(asked, path, serves)
    today = asked.as_of is None
    books = Books(asked, ledger, asked.as_of or today_is(), today)
    not_over_the_ledger(asked, ledger)
    known_customers(asked, [ledger.subledger])
    note_errors(asked, ledger)
    note_no_accounts(asked, ledger.subledger, advances=advances)
    note_out_of_range(asked, ledger.subledger, books.as_of)
    return books


def today_is() -> dt.date:
    """The day on the clock of this machine: the library itself never reads it."""
    return dt.date.today()  # noqa: DTZ011 - an accountant's day is the local one


def not_over(asked: Request, path: str) -> None:
    """Nor a ledger that was named and can't even be read."""
    with contextlib.suppress(OSError, RuntimeError):
        if asked.output is not None and asked.output.samefile(Path(path).expanduser()):
            raise asked.refuse(say("{path}: is a file of the ledger itself", path=asked.output))


def not_over_the_ledger(asked: Request, ledger: Ledger) -> None:
    """`--force` replaces reports, never the books."""
    if asked.output is None or not asked.output.exists():
        return
    for name in {str(ledger.path), *(ledger.options_map.get("include") or ())}:
        with contextlib.suppress(OSError):
            if asked.output.samefile(name):
                raise asked.refuse(say("{path}: is a file of the ledger itself", path=asked.output))


def note_errors(asked: Request, ledger: Ledger) -> None:
    """One line where the ledger is incomplete, with Beancount's first error, or isn't right."""
    errors = ledger.errors
    if not ledger.complete:
        from arledger.cli.rows import place_of

        lost = next((error for error in errors), None)
        if lost is None:
            asked.note(say("{path}: the ledger is incomplete", path=ledger.path))
            return
        asked.note(
            say(
                "the ledger is incomplete (errors: {count}), the rest is answered; the first: "
                "{place}: {message}",
                count=len(errors),
                place=place_of(lost.file, lost.line) or ledger.path,
                message=lost.text,
            )
        )
    elif errors:
        asked.note(
            say("Beancount's own errors: {count}; `arledger check` shows them", count=len(errors))
        )


def note_no_accounts(asked: Request, subledger: Subledger, *, advances: bool = False) -> None:
    """Where no account can be ours, say what was looked for and how to name it."""
    from arledger.language.accounts import is_below

    options = subledger.options
    roots, key, example = options.receivable_accounts, "receivable-accounts", "Assets:…"
    if advances:
        roots, key, example = options.advance_accounts, "advance-accounts", "Liabilities:…"
    opened = subledger.chart.opens
    if any(is_below(account, root) for account in opened for root in roots):
        return
    asked.note(
        say(
            "the ledger opens no account at or below {roots}; name yours with: "
            '2000-01-01 custom "ar-option" "{key}" {example}',
            roots=", ".join(roots),
            key=key,
            example=example,
        )
    )


def note_out_of_range(asked: Request, subledger: Subledger, as_of: dt.date) -> None:
    """The answer is right, but maybe not what was meant."""
    first, latest = subledger.books.first, subledger.books.latest
    if first is None or latest is None:
        asked.note(say("the ledger has no entries"))
    elif as_of < first:
        asked.note(
            say("{day} is before the ledger's first entry ({first})", day=as_of, first=first)
        )
    elif as_of > latest and (asked.as_of is not None or (as_of - latest).days > STALE_DAYS):
        asked.note(
            say("{day} is after the ledger's last entry ({latest})", day=as_of, latest=latest)
        )


def known_customers(asked: Request, subledgers: Iterable[Subledger]) -> None:
    """Refuse an id that nobody has, with the one that was probably meant."""
    if not asked.customers:
        return
    known: dict[str, str] = {}
    for subledger in subledgers:
        known.update(dict.fromkeys(sorted(subledger.parties), ""))
        known.update(dict.fromkeys((m.customer for m in subledger.books.advances), ""))
        known.update({one.id: one.name for one in subledger.chart.customers.values()})
    for customer in asked.customers:
        if customer not in known:
            near = _nearest(customer, known)
            raise asked.refuse(
                say("no customer has the id {customer}{near}", customer=customer, near=near)
            )


def _nearest(word: str, known: Mapping[str, str]) -> Text:
    """A half-sentence that proposes the right id: by the customer's name, else by likeness."""
    from arledger.language.spelling import nearest

    for customer, name in known.items():
        if name and word in name:
            return say('; did you mean "{meant}"?', meant=customer)
    return nearest(word, known)


# The answer.


def deliver(asked: Request, answer: Answer) -> None:
    """The answer in the form asked for, to stdout or into its file."""
    if asked.format == "json":
        write_out(asked, json_out.document(answer.json()))
    elif asked.format == "csv":
        from arledger import sheets

        write_out(asked, sheets.document(*answer.csv()))
    else:
        write_out(asked, page_text(asked, answer.page()))


def page_text(asked: Request, page: Page) -> str:
    """A page as it looks where it is going to be read."""
    from rich.console import Console

    from arledger.cli.tables import PAPER, render, screen

    where = (
        PAPER
        if asked.output is not None
        else screen(
            Console(file=sys.stdout, force_terminal=bool(sys.stdout and sys.stdout.isatty()))
        )
    )
    return "".join(line + "\n" for line in render(page, where))


def write_out(asked: Request, text: str) -> None:
    """Bytes of UTF-8."""
    write_bytes(asked, text.encode("utf-8", "backslashreplace"))


def write_bytes(asked: Request, content: bytes) -> None:
    """The answer as it is; a reader who has gone away is no reason to complain."""
    if asked.output is not None:
        try:
            atomic.write(asked.output, content, force=asked.force)
        except atomic.WriteError as error:
            raise asked.refuse(error.text) from error
        return
    if sys.stdout is None:
        raise asked.refuse(say("there is no standard output to write to"))
    stream = sys.stdout.buffer
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        quiet_stdout()
    except OSError as error:
        quiet_stdout()
        reason = error.strerror or str(error)
        problem = say("the answer can't be written: {reason}", reason=reason)
        raise asked.refuse(problem) from error


def quiet_stdout() -> None:
    """Let whatever is still buffered go nowhere: nobody reads it any more."""
    null = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError):  # a stream that stands for no file has nothing to lose
        os.dup2(null, sys.stdout.fileno())
    os.close(null)


def note_findings(asked: Request, findings: Iterable[Finding]) -> None:
    """What a question could not answer, where the form of the answer has no place for it."""
    if asked.format != "json":
        for found in findings:
            asked.note(say("{message}. {remedy}", message=found.text, remedy=_remedy(asked, found)))


def note_gaps(asked: Request, lines: Iterable[Text]) -> None:
    """Which rows have no figure: a table says so below, JSON in its findings; CSV can't."""
    if asked.format == "csv":
        for line in lines:
            asked.note(line)


def _remedy(asked: Request, found: Finding) -> str:
    return found.remedy_in(asked.translate)
