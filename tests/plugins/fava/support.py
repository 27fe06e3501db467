# SPDX-License-Identifier: GPL-2.0-or-later
"""How the tests read Fava's pages: one application, its pages as trees, figures by their names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from fava.application import create_app
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.test import TestResponse

from tests.cli.support import HUADONG, NORTHWIND

COMPANIES = {"huadong": HUADONG, "northwind": NORTHWIND}
VIEWS = (
    "overview",
    "aging",
    "customer",
    "credit",
    "advances",
    "allowance",
    "reconcile",
    "findings",
)
PLUGINS = """\
plugin "arledger.plugins.receivables"
2024-01-01 custom "fava-extension" "arledger.plugins.fava"
"""


@attrs.frozen(eq=False)
class Books:
    """One ledger in Fava, and the addresses of its extension."""

    client: FlaskClient
    slug: str

    def get(self, _below: str = "", _lang: str = "en", **params: str) -> TestResponse:
        """An address of the extension."""
        return self.client.get(
            f"/{self.slug}/extension/Receivables/{_below}",
            query_string=params,
            headers={"Accept-Language": _lang},
        )

    def page(self, view: str, _lang: str = "en", **params: str) -> Any:
        """The extension's own part of a page, as a tree."""
        answer = self.get(view=view, partial="1", _lang=_lang, **params)
        assert answer.status_code == 200, answer.text
        return tree(answer.text)

    def part(self, view: str, **params: str) -> Any:
        """What a row opens to."""
        answer = self.get("part", view=view, **params)
        assert answer.status_code == 200, answer.text
        return html.fromstring(answer.text)

    def reconcile(self, content: bytes, _lang: str = "en", **params: str) -> TestResponse:
        """A statement, sent."""
        return self.client.post(
            f"/{self.slug}/extension/Receivables/reconcile",
            query_string=params,
            data=content,
            headers={"Accept-Language": _lang},
        )


def tree(text: str) -> Any:
    """The extension's part of an answer."""
    (found,) = html.fromstring(f"<div>{text}</div>").xpath("//div[contains(@class, 'ar')][1]")[:1]
    return found


def books(path: Path, **options: Any) -> Books:
    """A ledger opened in Fava."""
    app = create_app([path], load=True, **options)
    app.testing = True
    client = app.test_client()
    return Books(client, client.get("/").headers["Location"].split("/")[1])


def written(folder: Path, text: str, name: str = "main.beancount") -> Path:
    """A ledger on disk."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def figures(row: Any) -> dict[str, str]:
    """The figures of a row or block, by name."""
    return {
        one.get("data-figure"): one.get("data-value") for one in row.xpath(".//*[@data-figure]")
    }


def rows(page: Any, path: str, *keys: str) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows found by an XPath, by the values of some data attributes."""
    return {tuple(row.get(f"data-{key}") for key in keys): figures(row) for row in page.xpath(path)}


def strings(page: Any) -> Iterable[str]:
    """Every text that is shown or said: of elements, titles and labels; not of scripts or styles."""
    for node in page.iter(etree.Element):
        if node.tag in {"script", "style"}:
            continue
        yield from (node.text or "", node.get("title") or "", node.get("aria-label") or "")
        yield node.get("placeholder") or ""
    for node in page.iter(etree.Element):
        yield node.tail or ""
