# SPDX-License-Identifier: GPL-2.0-or-later
"""The tabs, each in a file of its own: a function from the page to what its template shows.

A view may have a part as well, which is fetched when a row is opened, and a table to download.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from flask import abort
from flask.wrappers import Response
from jinja2 import Environment
from markupsafe import Markup

from arledger.findings import Text, say
from arledger.plugins.fava.files import Table, as_response
from arledger.plugins.fava.page import Page
from arledger.plugins.fava.views import (
    advances,
    aging,
    allowance,
    credit,
    customer,
    findings,
    overview,
    reconcile,
)

Content = Mapping[str, Any]


@attrs.frozen
class View:
    """A tab: its name, what it shows, what a row opens to, and the table behind it."""

    title: Text
    show: Callable[[Page], Content]
    part: Callable[[Page], Content] | None = None
    table: Callable[[Page], Table] | None = None


VIEWS: dict[str, View] = {
    "overview": View(say("Overview"), overview.show),
    "aging": View(say("Aging"), aging.show, aging.part, aging.table),
    "customer": View(say("Customer"), customer.show, table=customer.table),
    "credit": View(say("Credit"), credit.show, table=credit.table),
    "advances": View(say("Advances"), advances.show, table=advances.table),
    "allowance": View(say("Allowance"), allowance.show, table=allowance.table),
    "reconcile": View(say("Reconcile"), reconcile.show),
    "findings": View(say("Findings"), findings.show, table=findings.table),
}


def render(environment: Environment, page: Page, *, part: bool = False) -> Markup:
    """The tab, or the part of it, that the page asks for."""
    view = VIEWS[page.asked.view]
    show = view.part if part else view.show
    if show is None:
        abort(404)
    name = f"{page.asked.view}_part.html" if part else f"{page.asked.view}.html"
    template = environment.get_template(name)
    return Markup(template.render(page=page, t=page.t, **show(page)))  # noqa: S704 - autoescaped


def download(page: Page) -> Response:
    """The table of the tab as a file."""
    table = VIEWS[page.asked.view].table
    if table is None:
        abort(404)
    return as_response(table(page), page)
