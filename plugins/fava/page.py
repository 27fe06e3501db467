# SPDX-License-Identifier: GPL-2.0-or-later
"""One request: what is asked, of which subledger, as of which day, in which language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import attrs
from fava.context import g
from flask import abort, current_app, make_response, request
from flask_babel import get_locale
from markupsafe import escape

from arledger.check import latest_date
from arledger.findings import Finding, Text, Translate, say
from arledger.money import digits_of, grouped, round_half_up, written
from arledger.plugins.fava.answers import Answers
from arledger.plugins.fava.asked import Asked, BadRequestError, read
from arledger.plugins.fava.links import Links
from arledger.sheets import Cell, Figure
from arledger.subledger.subledger import Subledger
from arledger.translations import language_of, translator
from arledger.words import SEVERITIES

if TYPE_CHECKING:
    from arledger.plugins.fava import Receivables

T = TypeVar("T")

# A ledger that ends longer ago than this is looked at as of its own end.
STALE_DAYS = 31


def reader_language(ledger: Any) -> str:
    """The language Fava speaks: its option, else the browser's."""
    chosen = ledger.fava_options.language or str(get_locale() or "en")
    return language_of(str(chosen))


@attrs.frozen(eq=False)
class Page:
    """What every view is given, and what the templates call `page`."""

    asked: Asked
    ledger: Any
    answers: Answers = attrs.field(repr=False)
    subledger: Subledger = attrs.field(repr=False)
    as_of: dt.date
    as_of_is: Text
    language: str
    links: Links
    incognito: bool

    @property
    def translate(self) -> Translate:
        """What says a sentence in the reader's language."""
        return translator(self.language)

    def t(self, template: str, **args: Any) -> str:
        """A sentence of a template, in the reader's language."""
        return Text(template, args).render(self.translate)

    def text(self, text: Text) -> str:
        """A sentence of the library, in the reader's language."""
        return text.render(self.translate)

    def ask(self, question: Callable[..., T], *args: Any, **options: Any) -> T:
        """A question of the subledger as of the page's day, remembered."""
        return self.answers.ask(self.subledger, question, self.as_of, *args, **options)

    def ask_at(self, day: dt.date, question: Callable[..., T], *args: Any, **options: Any) -> T:
        """The same as of another day."""
        return self.answers.ask(self.subledger, question, day, *args, **options)

    def number(self, amount: Decimal, currency: str) -> str:
        """An amount in the digits of its currency, exactly, with separators."""
        return self.hidden(grouped(self._written(amount, currency)))

    def plain(self, amount: Decimal, currency: str) -> str:
        """The same without separators, for sorting."""
        return self.hidden(self._written(amount, currency))

    def cell(self, amount: Decimal, currency: str) -> Cell:
        """The same for a file."""
        text = self._written(amount, currency)
        return self.hidden(text) if self.incognito else Figure(text)

    def _written(self, amount: Decimal, currency: str) -> str:
        return written(amount, digits_of(currency, self.subledger.options.precision))

    def hidden(self, text: str) -> str:
        """A text with its digits covered where Fava is in incognito mode."""
        if not self.incognito:
            return text
        return "".join("X" if char.isdigit() else char for char in text)

    def days(self, days: Decimal) -> str:
        """A number of days for people, to a tenth."""
        return self.hidden(str(round_half_up(days, 1)))

    def kept_filters(self, *, day: bool = False) -> list[tuple[str, str]]:
        """What a form must send along: Fava's filters, and the chosen day where it isn't asked."""
        names = (*_FAVA, "as_of") if day else _FAVA
        return [(name, request.args[name]) for name in names if request.args.get(name)]

    def name(self, customer: str) -> str:
        """A customer's name, or its id."""
        return self.subledger.chart.customer(customer).name or customer

    def severity(self, severity: str) -> str:
        """A severity as people read it."""
        return self.text(SEVERITIES[severity])

    def remedy(self, found: Finding) -> str:
        """How to mend it."""
        return found.remedy_in(self.translate)


def open_page(extension: Receivables) -> Page:
    """The page of the current request; ends the request with 400 where it can't be understood."""
    from arledger.plugins.fava.views import VIEWS

    ledger = extension.ledger
    language = reader_language(ledger)
    try:
        asked = read(request.args, VIEWS)
    except BadRequestError as error:
        _refuse(error.text, language)
    subledger = extension.answers.subledger(ledger)
    if subledger is None:
        _refuse(say('the ledger has no line: plugin "arledger.plugins.receivables"'), language)
    as_of, why = as_of_day(asked, subledger)
    kept = {name: value for name, value in request.args.items() if name in _OWN and value}
    return Page(
        asked,
        ledger,
        extension.answers,
        subledger,
        as_of,
        why,
        language,
        Links({"view": asked.view, **kept}),
        bool(current_app.config.get("INCOGNITO")),
    )


_FAVA = ("account", "filter", "time", "conversion", "interval")
# The page's own parameters, that its links keep; Fava's filters are kept by Fava.
_OWN = frozenset(
    {"view", "as_of", "by", "basis", "buckets", "customer", "bucket", "currency", "all", "from"}
)


def _refuse(text: Text, language: str) -> NoReturn:
    message = text.render(translator(language))
    page = (
        "<!doctype html><meta charset=utf-8><title>400</title><p>" + str(escape(message)) + "</p>"
    )
    abort(make_response(page, 400))


def as_of_day(asked: Asked, subledger: Subledger) -> tuple[dt.date, Text]:
    """The day a page speaks of, and why: chosen, the filter's end, today, or the ledger's end."""
    if asked.as_of is not None:
        return asked.as_of, say("chosen on this page")
    date_range = g.filtered.date_range
    if date_range is not None:
        return date_range.end - dt.timedelta(days=1), say("the end of the time filter")
    today, latest = dt.date.today(), latest_date(subledger)  # noqa: DTZ011 - the accountant's own day
    if subledger.books.latest is not None and (today - latest).days > STALE_DAYS:
        return latest, say("the ledger's latest entry")
    return today, say("today")
