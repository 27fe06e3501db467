# SPDX-License-Identifier: GPL-2.0-or-later
"""Fava's pages in Chinese: no English is left over but what is a name, an id or a code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from tests.cli.support import BOOK, HUADONG
from tests.plugins.fava.support import PLUGINS, VIEWS, Books, books, strings, written

CHINESE = ("zh-CN", "zh-TW")
# File formats, the marks of a file's columns, what is typed into a ledger or a shell.
KNOWN = {"CSV", "TSV", "XLSX", "XLS", "HTML", "MB", "Fava", "date", "ref", "amount"}


def words(page: Any, company: Books) -> set[str]:
    """English words on the page that the ledger itself doesn't hold."""
    ledger = company.client.application.config["LEDGERS"][unquote(company.slug)]
    own = set()
    for name in ledger.options["include"]:
        own |= set(re.findall(r"[A-Za-z]+", Path(name).name))
        own |= set(re.findall(r"[A-Za-z]+", Path(name).read_text(encoding="utf-8")))
    found = set()
    for text in strings(page):
        shown = re.sub(r"`[^`]*`|\b[a-z]+(-[a-z]+)+\b|[a-z-]+:", "", text)
        found |= set(re.findall(r"[A-Za-z]{2,}", shown))
    return found - own - KNOWN


@pytest.mark.parametrize("lang", CHINESE)
@pytest.mark.parametrize("view", VIEWS)
def test_no_english_is_left(companies: dict[str, Books], view: str, lang: str) -> None:
    """On a tab of the company that writes Chinese."""
    company = companies["huadong"]
    for params in ({}, {"as_of": "2024-08-12"}, {"by": "salesperson"}, {"by": "item"}):
        page = company.page(view, _lang=lang, **params)
        assert words(page, company) == set()
        assert page.get("lang") == lang


@pytest.mark.parametrize("lang", CHINESE)
def test_no_english_is_left_of_a_customer(companies: dict[str, Books], lang: str) -> None:
    """Its policies, statement, payments; what a row opens to."""
    company = companies["huadong"]
    for customer in ("C001", "C004", "C007", "C014", "C022"):
        assert words(company.page("customer", _lang=lang, customer=customer), company) == set()


@pytest.mark.parametrize("lang", CHINESE)
def test_no_english_is_left_of_a_reconciliation(companies: dict[str, Books], lang: str) -> None:
    """Classes, reasons and how pairs were found."""
    company = companies["huadong"]
    for name in ("C007-2025-03-31.xlsx", "C014-2025-06-30.csv"):
        content = (HUADONG.parent / "statements" / name).read_bytes()
        answer = company.reconcile(content, _lang=lang, name=name)
        page = html.fromstring(f"<div>{answer.text}</div>")
        for block in page.xpath(".//pre"):  # what is pasted into a ledger, and its comments
            block.getparent().remove(block)
        left = words(page, company) - {
            "xlsx",
            "csv",
            "UTF",
            "gb",
            "GB",
            "debit",
            "credit",
            "balance",
            "text",
            "FK",
            "ymd",
            "utf",
        }
        assert left == set()


def test_english(companies: dict[str, Books]) -> None:
    """And no Chinese where English is read, but what the ledger holds."""
    for view in VIEWS:
        text = " ".join(strings(companies["northwind"].page(view)))
        assert not re.search(
            "[\u4e00-\u9fff]", text.replace("date=日期 ref=单据号 amount=金额", "")
        ), view


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        ("zh-CN,zh;q=0.9", "应收账款"),
        ("zh-TW,zh;q=0.9", "應收帳款"),
        ("en-GB", "Receivables"),
        ("de-DE", "Receivables"),
    ],
)
def test_the_side_bar_follows_the_browser(
    companies: dict[str, Books], accepted: str, title: str
) -> None:
    """The entry there, and the page's title."""
    answer = companies["northwind"].get(_lang=accepted)
    escaped = title.encode("unicode_escape").decode()
    assert f'"{escaped}"' in answer.text
    assert answer.text.count(title) or escaped in answer.text


def test_the_option_of_the_ledger_counts(tmp_path: Path) -> None:
    """Fava's own option `language` before the browser's."""
    option = '2024-01-01 custom "fava-option" "language" "zh_TW"\n'
    found = books(written(tmp_path, BOOK + PLUGINS + option))
    assert found.page("overview", _lang="en").get("lang") == "zh-TW"
    assert "帳齡" in found.page("overview", _lang="en").text_content()
