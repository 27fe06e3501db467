# SPDX-License-Identifier: GPL-2.0-or-later
"""The balance confirmation letter of one customer, to be printed and sent."""

from __future__ import annotations

from flask import make_response
from flask.wrappers import Response

from arledger.findings import say
from arledger.letter import Writer, balances, html
from arledger.plugins.fava.page import Page, refuse
from arledger.translations import language_of


def letter(page: Page) -> Response:
    """The letter as of the page's day, in the customer's language, else in the reader's."""
    customer = page.asked.customer
    if customer is None:
        refuse(say("name the customer that the letter is for"), page.language)
    if page.incognito:
        refuse(say("a letter has amounts in it, and Fava hides them"), page.language)
    own = page.subledger.chart.customer(customer).language.strip()
    language = language_of(own) if own else page.language
    stated = balances(page.subledger, page.as_of, [customer])[customer]
    title = str(page.ledger.options["title"])
    written = Writer(page.subledger, page.as_of, customer, language, title).letter(stated)
    response = make_response(html([written], language, title))
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    # Nothing in a letter runs or is fetched, whatever stands in the ledger.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response
