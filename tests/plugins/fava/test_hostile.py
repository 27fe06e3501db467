# SPDX-License-Identifier: GPL-2.0-or-later
"""Names, texts and files are text: whatever they hold, nothing of it runs, hides or is obeyed."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook

from tests.plugins.fava.support import COMPANIES, PLUGINS, VIEWS, Books, books, written

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "\u202e\u2066 999999 \u2069 gnisrever",
    "=HYPERLINK(1)",
    "名" * 10_000,
    "a&amp;b&#x3c;i&#x3e;",
)


def quoted(text: str) -> str:
    """As Beancount writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ledger() -> str:
    """Customers, invoices, contracts, policies, notes and documents, each with a hostile text."""
    lines = [
        PLUGINS,
        'option "operating_currency" "EUR"',
        "2024-01-01 open Assets:Bank",
        "2024-01-01 open Income:Sales",
        '2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.01',
        '2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.01',
        '2024-01-01 custom "loss-rate" Assets:Receivable "31-60" 0.01',
        '2024-01-01 custom "loss-rate" Assets:Receivable "61-90" 0.01',
        '2024-01-01 custom "loss-rate" Assets:Receivable "91+" 0.5',
    ]
    for at, text in enumerate(EVIL):
        evil = quoted(text)
        lines.append(f"""\
2024-01-01 open Assets:Receivable:C{at}
  customer: {evil}
  name: {evil}
  segment: {evil}
  salesperson: {evil}
  group: {evil}
  email: {evil}
2024-01-01 open Liabilities:Advances:C{at}
  customer: {evil}
2024-01-02 note Assets:Receivable:C{at} {evil}
2024-01-01 custom "credit-limit" {evil} 10.00 EUR
  approved-by: {evil}
  reason: {evil}
2024-01-01 custom "group-credit-limit" {evil} 5.00 EUR
2024-01-01 custom "specific-allowance" {evil} 1.00 EUR
  reason: {evil}
2024-01-03 * {evil} {evil}
  contract: {evil}
  credit-waiver: {evil}
  Assets:Receivable:C{at}  100.00 EUR
    invoice: {evil}
  Income:Sales
2024-01-04 * {evil} {evil}
  contract: {evil}
  Assets:Bank  7.00 EUR
  Liabilities:Advances:C{at}  -7.00 EUR
    advance: {evil}
2024-01-05 * {evil}
  Assets:Bank  100.00 EUR
  Assets:Receivable:C{at}
    invoice: {evil}
2024-01-06 * "again"
  Assets:Receivable:C{at}  55.00 EUR
    invoice: {quoted(text + "2")}
  Income:Sales
2024-01-07 document Assets:Receivable:C{at} {quoted(f"/nowhere/{at}<i>.pdf")}
""")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The ledger in Fava."""
    return books(written(tmp_path_factory.mktemp("hostile"), ledger()))


def harmless(page: Any) -> None:
    """No script, no handler, no address that runs, no mark that turns the direction."""
    assert not page.xpath(".//script | .//img | .//iframe | .//object | .//i[not(@class)]")
    for node in page.iter():
        for name, value in getattr(node, "attrib", {}).items():
            assert not name.lower().startswith("on"), (node.tag, name)
            if name.lower() in {"href", "src", "action", "formaction", "data-part"}:
                assert urlsplit(value).scheme in {"", "http", "https"}, value
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", value) or name == "value"
    for text in page.itertext():
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("view", VIEWS)
def test_every_tab(hostile: Books, view: str) -> None:
    """Names as text, and short enough to leave the page a page."""
    for params in ({}, {"by": "item"}, {"by": "segment"}, {"all": "1", "as_of": "2024-01-06"}):
        answer = hostile.get(view=view, partial="1", **params)
        assert answer.status_code == 200
        assert len(answer.data) < 1_000_000
        harmless(hostile.page(view, **params))


@pytest.mark.parametrize("text", EVIL)
def test_each_customer(hostile: Books, text: str) -> None:
    """The page of a customer, its letter, and what its row opens to."""
    harmless(hostile.page("customer", customer=text, as_of="2024-01-06"))
    answer = hostile.get("letter", customer=text)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    harmless(hostile.part("aging", key=text, currency="EUR", as_of="2024-01-06"))


def test_links_of_hostile_names_lead_there(hostile: Books) -> None:
    """Quotes, marks and 10,000 characters in an address: it is the customer's page all the same."""
    page = hostile.page("customer")
    links = page.xpath(".//tr[@data-key]/td[1]/a/@href")
    assert len(links) == len(EVIL)
    for link in links:
        assert hostile.client.get(link + "&partial=1").status_code == 200


def test_long_names_are_cut(hostile: Books) -> None:
    """With the beginning of the rest where one points at it."""
    page = hostile.page("customer")
    shown = [one for one in page.xpath(".//bdi") if one.text_content().startswith("名")]
    assert shown
    for one in shown:
        assert len(one.text_content()) == 81
        assert 80 < len(one.get("title")) <= 300


@pytest.mark.parametrize(
    "view", ["aging", "customer", "credit", "advances", "allowance", "findings"]
)
def test_files(hostile: Books, view: str) -> None:
    """No text is a formula in a spreadsheet."""
    answer = hostile.get("download", view=view, format="csv", as_of="2024-01-06")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r'(^|,)"?=HYPERLINK', answer.data.decode("utf-8-sig"))
    answer = hostile.get("download", view=view, format="xlsx", as_of="2024-01-06")
    for row in load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in row)


def test_a_hostile_statement(hostile: Books) -> None:
    """What a customer writes into a file is text as well."""
    lines = "\n".join(
        f'2024-01-0{at % 9 + 1},"{text.replace(chr(34), chr(34) * 2)[:200]}",{at + 1}.00'
        for at, text in enumerate(EVIL)
    )
    content = f"date,reference,amount\n{lines}\n".encode()
    for form in ("page", "html", "xlsx"):
        answer = hostile.reconcile(
            content, customer=EVIL[0], name='"><script>.csv', format=form, side="ours"
        )
        assert answer.status_code == 200, answer.text
        if form != "xlsx":
            assert "<script" not in answer.text
            assert "<img" not in answer.text
            assert "<svg onload" not in answer.text


def test_nobody_else_may_be_shown_in_a_file_name(hostile: Books) -> None:
    """A header is one line, whatever the customer is called."""
    answer = hostile.reconcile(
        b"date,reference,amount\n2024-01-03,x,1.00\n",
        customer=EVIL[1],
        name="a\r\nSet-Cookie: x=1.csv",
        format="html",
        side="ours",
    )
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


# Incognito.


DIGITS = re.compile(r"[0-9][0-9,. ]*[0-9]\.[0-9]{2}")


@pytest.fixture(scope="module")
def incognito() -> dict[str, Books]:
    """Both companies with their numbers obscured."""
    return {name: books(path, incognito=True) for name, path in COMPANIES.items()}


@pytest.mark.parametrize("name", ["huadong", "northwind"])
@pytest.mark.parametrize("view", VIEWS)
def test_incognito(incognito: dict[str, Books], name: str, view: str) -> None:
    """No digit of an amount: in texts, titles, descriptions, attributes."""
    for params in ({}, {"by": "item"}, {"lang": "zh-CN"}):
        answer = incognito[name].get(view=view, partial="1", as_of="2025-03-31", **params)
        assert answer.status_code == 200
        text = re.sub(
            r'(href|data-part|d|style|x|width|y1|y2|cx)="[^"]*"|<style>.*?</style>',
            "",
            answer.text,
            flags=re.DOTALL,
        )
        assert DIGITS.findall(text) == []


def test_incognito_customer(incognito: dict[str, Books]) -> None:
    """The page of a customer, what a row opens to, files; no letter."""
    one = incognito["huadong"]
    for answer in (
        one.get(view="customer", customer="C001", partial="1", as_of="2025-03-31"),
        one.get("part", view="aging", key="C001", currency="CNY", as_of="2025-03-31"),
    ):
        text = re.sub(
            r'(href|data-part|d|style)="[^"]*"|<style>.*?</style>', "", answer.text, flags=re.DOTALL
        )
        assert DIGITS.findall(text) == []
    assert one.get("letter", customer="C001").status_code == 400
    for view in ("aging", "customer", "credit", "advances", "allowance"):
        answer = one.get("download", view=view, format="csv")
        assert not re.search(r"\d\.\d\d(,|\n|$)", answer.data.decode("utf-8-sig"))
