# SPDX-License-Identifier: GPL-2.0-or-later
"""Receivables in Fava: overview, aging, customers, credit, advances, allowance, findings.

Beside the plugin line, put this into the ledger, with any date:

    plugin "arledger.plugins.receivables"

    2024-01-01 custom "fava-extension" "arledger.plugins.fava"

Fava's side bar then has an entry *Receivables*. Its pages speak of the end of Fava's time filter,
or of the day that is chosen on the page; Fava's other filters don't touch the figures, which are
those of the command line for the same day. Nothing is ever written to the ledger.

Fava makes an extension once, when it first sees the line: what is changed in the line later
counts after a restart, and a message says so.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fava.ext import FavaExtensionBase, FavaExtensionError, extension_endpoint
from flask import make_response
from flask.wrappers import Response
from jinja2 import Environment
from markupsafe import Markup

from arledger.findings import say
from arledger.pages import shown
from arledger.plugins.fava.answers import Answers
from arledger.plugins.fava.page import Page, open_page, reader_language, refuse
from arledger.plugins.fava.views import VIEWS, download, render
from arledger.plugins.fava.views.letter import letter
from arledger.plugins.fava.views.reconcile import answered
from arledger.plugins.fava.warm import warm
from arledger.plugins.shared import is_extension
from arledger.translations import translator

TITLE = say("Receivables")
NO_PLUGIN = say(
    'this page needs the line: plugin "arledger.plugins.receivables"; put it into the ledger'
)


class Receivables(FavaExtensionBase):
    """One entry in the side bar; which tab is shown stands in the address."""

    has_js_module = True

    def __init__(self, ledger: Any, config: str | None = None) -> None:
        # Nothing is configured here; what stands there all the same is nobody's code to evaluate.
        super().__init__(ledger)
        self.answers = Answers()
        self._line = config

    @property
    def report_title(self) -> str:  # type: ignore[override] # a class attribute for Fava
        """The entry in the side bar, in the language of the reader."""
        return TITLE.render(translator(reader_language(self.ledger)))

    def after_load_file(self) -> None:
        """Say that a changed line needs a restart; ask what the first page will ask."""
        subledger = self.answers.subledger(self.ledger)
        if subledger is not None:
            warm(self.answers, subledger)
        for entry in self.ledger.all_entries_by_type.Custom:
            if not is_extension(entry):
                continue
            now = entry.values[1].value if len(entry.values) > 1 else None
            if now != self._line:
                text = say("the line of the extension has changed: restart Fava for it to count")
                message = text.render(translator(self.ledger.fava_options.language or "en"))
                self.ledger.extensions.errors.append(FavaExtensionError(entry.meta, message, entry))

    def page(self) -> Page | None:
        """The page that the address asks for; None where the ledger lacks the plugin's line."""
        return open_page(self)

    def why_not(self) -> str:
        """Why there is no page."""
        return NO_PLUGIN.render(translator(reader_language(self.ledger)))

    def _asked(self) -> Page:
        page = open_page(self)
        if page is None:
            refuse(NO_PLUGIN, reader_language(self.ledger))
        return page

    def content(self, page: Page) -> Markup:
        """The tab's own part of the page."""
        return render(self.environment, page)

    @cached_property
    def environment(self) -> Environment:
        """Templates that show of a text only what can be seen; compiled once."""
        return self.jinja_env.overlay(finalize=shown)

    def tabs(self, page: Page) -> list[tuple[str, str]]:
        """The tabs in order, each with its title."""
        return [(name, page.text(view.title)) for name, view in VIEWS.items()]

    @extension_endpoint
    def part(self) -> Response:
        """A part of a page that is fetched when it is opened: what a row is made of."""
        return make_response(str(render(self.environment, self._asked(), part=True)))

    @extension_endpoint
    def download(self) -> Response:
        """A table as CSV or as a spreadsheet."""
        return download(self._asked())

    @extension_endpoint(methods=["POST"])  # type: ignore[untyped-decorator, arg-type] # Fava's types
    def reconcile(self) -> Response:
        """A customer's statement, sent as the body, against the ledger."""
        return answered(self._asked(), self.environment)

    @extension_endpoint
    def letter(self) -> Response:
        """The balance confirmation letter of a customer, to be printed."""
        return letter(self._asked())
