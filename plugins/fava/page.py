# SPDX-License-Identifier: GPL-2.0-or-later
"""One request: what is asked, of which subledger, as of which day, in which language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from copy import copy
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import attrs
from babel import Locale, UnknownLocaleError
from fava.application import url_for
from fava.context import g
from fava.helpers import FavaAPIError
from flask import abort, current_app, make_response, request
from flask_babel import get_locale
from markupsafe import Markup, escape

from arledger.check import latest_date
from arledger.findings import Finding, Text, Translate, say
from arledger.language.accounts import Customer
from arledger.money import digits_of, grouped, round_half_up, written
from arledger.plugins.fava.answers import Answers
from arledger.plugins.fava.asked import Asked, BadRequestError, read
from arledger.plugins.fava.links import NAME, Links
from arledger.sheets import Cell, Figure
from arledger.subledger.subledger import Subledger
from arledger.translations import language_of, translator
from arledger.visible import visible
from arledger.words import KINDS, POLICIES, SEVERITIES, word

if TYPE_CHECKING:
    from arledger.plugins.fava import Receivables

T = TypeVar("T")

# What of a name is shown, and of a longer one when one points at it.
NAME_SHOWN_MAX, TITLE_MAX = 80, 300

# A ledger that ends longer ago than this is looked at as of its own end.
STALE_DAYS = 31


def reader_language(ledger: Any) -> str:
    """The language Fava speaks: its option, else the browser's.

    Fava takes any Chinese for simplified, where its option doesn't say; the browser knows better.
    """
    chosen = ledger.fava_options.language or str(get_locale() or "en")
    if chosen == "zh":
        wanted = [one for one in request.accept_languages.values() if one.startswith("zh")]
        chosen = wanted[0] if wanted else chosen
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

    def number(self, amount: Decimal, currency: str) -> str:
        """An amount in the digits of its currency, exactly, with separators."""
        return self.hidden(self._grouped(self._written(amount, currency)))

    def _grouped(self, text: str) -> str:
        """With the separators of Fava's option `locale`, else with commas; every digit is kept."""
        locale = self.ledger.fava_options.locale
        return in_locale(text, locale) if locale else grouped(text)

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

    def tenths(self, number: Decimal) -> str:
        """A number to a tenth, a whole one without."""
        text = str(round_half_up(number, 1))
        return text.removesuffix(".0")

    def block(self, text: str) -> Markup:
        """Lines of ledger text as they are, for a block that keeps them."""
        return Markup("\n").join(Markup("{}").format(visible(line)) for line in text.split("\n"))

    def policy(self, directive: str) -> str:
        """What a policy is called."""
        return self.text(word(POLICIES, directive))

    def kind(self, kind: str) -> str:
        """What a kind of document is called."""
        return self.text(word(KINDS, kind))

    def kept(self) -> list[tuple[str, str]]:
        """What the form that asks for the day must send along."""
        own = [(name, value) for name, value in self.links.kept.items() if name != "as_of"]
        return [*own, *self.kept_filters()]

    def kept_filters(self, *, day: bool = False) -> list[tuple[str, str]]:
        """What a form must send along: Fava's filters, and the chosen day where it isn't asked."""
        names = (*_FAVA, "as_of") if day else _FAVA
        return [(name, request.args[name]) for name in names if request.args.get(name)]

    def said(self, text: Any, most: int = NAME_SHOWN_MAX) -> Markup:
        """A text of the ledger: what doesn't show is an escape, what is long is cut.

        Its direction is its own, whatever stands beside it.
        """
        whole = visible(str(text))
        if len(whole) <= most:
            return Markup("<bdi>{}</bdi>").format(whole)
        return Markup('<bdi title="{}">{}…</bdi>').format(whole[:TITLE_MAX], whole[:most])

    def context(self, entry: Any) -> str:
        """Fava's pop-up of an entry."""
        return self.links.context(entry)

    def name(self, customer: str) -> str:
        """A customer's name, or its id."""
        return self.subledger.chart.customer(customer).name or customer

    def severity(self, severity: str) -> str:
        """A severity as people read it."""
        return self.text(SEVERITIES[severity])

    def remedy(self, found: Finding) -> str:
        """How to mend it."""
        return found.remedy_in(self.translate)


def open_page(extension: Receivables) -> Page | None:
    """The page of the current request; None for a ledger without the plugin's line.

    Ends the request with 400 where it can't be understood.
    """
    from arledger.plugins.fava.views import VIEWS

    ledger = extension.ledger
    language = reader_language(ledger)
    subledger = extension.answers.subledger(ledger)
    try:
        asked = read(request.args, VIEWS)
        if subledger is None:
            return None
        as_of, why = as_of_day(asked, subledger)
        _sensible(asked, extension.answers.ask(subledger, every_customer), as_of)
    except BadRequestError as error:
        refuse(error.text, language)
    except FavaAPIError as error:
        # One of Fava's own filters, which says in its own words what is wrong.
        refuse(say("{reason}", reason=error.message), language)
    kept = {name: value for name, value in request.args.items() if name in _OWN and value}
    return Page(
        asked,
        ledger,
        extension.answers,
        subledger,
        as_of,
        why,
        language,
        Links({"view": asked.view, **kept}, lambda entry: extension.answers.shown(ledger, entry)),
        bool(current_app.config.get("INCOGNITO")),
    )


def _sensible(asked: Asked, known: Mapping[str, Customer], as_of: dt.date) -> None:
    """Raises BadRequestError for what this ledger, or this day, has no answer to."""
    if asked.customer is not None and asked.customer not in known:
        name = asked.customer[:NAME_SHOWN_MAX]
        raise BadRequestError(say("no customer has the id {customer}", customer=name))
    if asked.since is not None and asked.since > as_of:
        raise BadRequestError(say("{since} is after {day}", since=asked.since, day=as_of))


def every_customer(subledger: Subledger) -> Mapping[str, Customer]:
    """Every customer by its id, in order: also one that only a posting names."""
    named = {
        *(item.customer for item in subledger.items),
        *(credit.customer for credit in subledger.credits),
        *(advance.customer for advance in subledger.advances),
    }
    known = {**{key: Customer(key) for key in named}, **subledger.chart.customers}
    return {key: known[key] for key in sorted(known)}


@lru_cache(maxsize=8)
def _locale(name: str) -> Locale | None:
    try:
        return Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return None


def in_locale(text: str, locale: str) -> str:
    """A written amount with the separators of a locale, with exactly the digits it has."""
    found = _locale(locale)
    if found is None:
        return grouped(text)
    decimals = len(text.partition(".")[2])
    pattern = copy(found.decimal_formats[None])
    pattern.frac_prec = (decimals, decimals)
    with localcontext(prec=len(text) + 1):
        return str(pattern.apply(Decimal(text), found))


_FAVA = ("account", "filter", "time", "conversion", "interval")
# The page's own parameters, that its links keep; Fava's filters are kept by Fava.
_OWN = frozenset(
    {
        "view",
        "as_of",
        "by",
        "basis",
        "buckets",
        "customer",
        "bucket",
        "currency",
        "all",
        "from",
        "of",
        "key",
        "q",
        "severity",
    }
)


def refuse(text: Text, language: str, status: int = 400) -> NoReturn:
    """End the request with a status and a sentence."""
    message = escape(visible(text.render(translator(language))))
    back = escape(say("Receivables").render(translator(language)))
    address = escape(str(url_for("extension_report", extension_name=NAME)).partition("?")[0])
    page = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{status}</title>'
        f'<p>{message}</p><p><a href="{address}">{back}</a></p></html>'
    )
    response = make_response(page, status)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    abort(response)


def as_of_day(asked: Asked, subledger: Subledger) -> tuple[dt.date, Text]:
    """The day a page speaks of, and why: chosen, the filter's end, today, or the ledger's end."""
    if asked.as_of is not None:
        return asked.as_of, say("chosen on this page")
    date_range = g.filtered.date_range
    if date_range is not None:
        return date_range.end - dt.timedelta(days=1), say("the end of the time filter")
    return default_day(subledger)


def default_day(subledger: Subledger) -> tuple[dt.date, Text]:
    """Today; the end of a ledger that is of other times."""
    today, latest = dt.date.today(), latest_date(subledger)  # noqa: DTZ011 - the accountant's own day
    if subledger.books.latest is not None and (today - latest).days > STALE_DAYS:
        return latest, say("the ledger's latest entry")
    return today, say("today")
