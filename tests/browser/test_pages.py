# SPDX-License-Identifier: GPL-2.0-or-later
"""Fava's pages in a real browser: seen, clicked, sorted, opened, sent, printed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import Opener
from tests.plugins.fava.support import VIEWS
from tests.plugins.fava.test_hostile import EVIL

pytestmark = pytest.mark.browser

COMPANIES = ("huadong", "northwind")
TITLES = {
    "en-GB": [
        "Overview",
        "Aging",
        "Customer",
        "Credit",
        "Advances",
        "Allowance",
        "Reconcile",
        "Findings",
    ],
    "zh-CN": ["总览", "账龄分析", "客户", "信用", "预收账款", "坏账准备", "对账", "检查结果"],
    "zh-TW": ["總覽", "帳齡分析", "客戶", "信用", "預收賬款", "壞賬準備", "對帳", "檢查結果"],
}


@pytest.mark.parametrize("company", COMPANIES)
def test_each_tab(visit: Opener, company: str) -> None:
    """By its link; the address is the tab's own, and back leads back."""
    with visit(company) as seen:
        page = seen.open()
        for view, title in zip(VIEWS, TITLES["en-GB"], strict=True):
            page.get_by_role("navigation", name="Receivables").get_by_role(
                "link", name=title, exact=True
            ).click()
            page.wait_for_url(f"**view={view}*")
            page.wait_for_selector(f".ar-tabs a[aria-current=page]:text-is('{title}')")
            assert page.locator(".ar").inner_text().strip()
            seen.picture(f"{company}-{view}")
        page.go_back()
        page.wait_for_selector(f".ar-tabs a[aria-current=page]:text-is('{TITLES['en-GB'][-2]}')")


def test_the_side_bar(visit: Opener) -> None:
    """One entry, in the reader's language, leads there."""
    with visit("huadong", locale="zh-CN") as seen:
        seen.page.goto(seen.address().partition("extension")[0])
        seen.page.get_by_role("link", name="应收账款").click()
        seen.page.wait_for_selector(".ar")


@pytest.mark.parametrize("locale", list(TITLES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_languages_and_colours(visit: Opener, locale: str, scheme: str) -> None:
    """The tabs speak the reader's language; text stands out from its ground, dark or light."""
    with visit("huadong", locale=locale, color_scheme=scheme) as seen:
        page = seen.open()
        assert page.locator(".ar-tabs a").all_inner_texts() == TITLES[locale]
        assert page.locator(".ar").get_attribute("lang") == locale.replace("en-GB", "en")
        for selector in (".ar-tile dd a", ".ar-tile dt", ".ar-legend li", ".ar-why"):
            assert contrast(page, selector) > 4.5, selector
        seen.picture(f"overview-{locale}-{scheme}")


def contrast(page: Any, selector: str) -> float:
    """The contrast of a text with the ground that it stands on, by the WCAG's formula."""
    return float(
        page.locator(selector).first.evaluate(
            """(node) => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const part = rgb.slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const text = light(parse(getComputedStyle(node).color));
  let ground = [255, 255, 255];
  for (let one = node; one; one = one.parentElement) {
    const colour = parse(getComputedStyle(one).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) { ground = colour; break; }
  }
  const [high, low] = [text, light(ground)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}"""
        )
    )


def totals(page: Any) -> list[Decimal]:
    """The column of totals, from the top."""
    cells = page.locator(".ar-sortable").first.locator("tbody > tr > td[data-figure=total]")
    return [
        Decimal(text) for text in cells.evaluate_all("all => all.map(one => one.dataset.value)")
    ]


@pytest.mark.parametrize("company", COMPANIES)
def test_sorting(visit: Opener, company: str) -> None:
    """Up, down, by the keyboard; the head says which way."""
    with visit(company) as seen:
        page = seen.open("view=aging&as_of=2025-03-31")
        before = totals(page)
        head = page.get_by_role("button", name="total").first
        head.click()
        assert totals(page) == sorted(before)
        assert page.locator("th[aria-sort=ascending]").count() == 1
        head.focus()
        page.keyboard.press("Enter")
        assert totals(page) == sorted(before, reverse=True)
        assert page.locator("th[aria-sort=descending]").count() == 1


@pytest.mark.parametrize("company", COMPANIES)
def test_opening_a_row(visit: Opener, company: str) -> None:
    """A customer opens to its items, with what was applied to them; opened ones move along."""
    with visit(company) as seen:
        page = seen.open("view=aging&as_of=2025-03-31")
        key = page.locator(".ar-sortable tbody tr").first.get_attribute("data-key")
        row = page.locator(f".ar-sortable tr[data-key='{key}']").first
        button = row.get_by_role("button", name="what it is made of")
        assert button.get_attribute("aria-expanded") == "false"
        button.press("Enter")
        part = page.locator("tr.ar-part table")
        part.wait_for()
        assert button.get_attribute("aria-expanded") == "true"
        total = Decimal(row.locator("td[data-figure=total]").get_attribute("data-value"))
        shown = part.locator("td[data-figure=outstanding]").evaluate_all(
            "all => all.map(one => one.dataset.value)"
        )
        assert sum(map(Decimal, shown)) == total
        seen.picture(f"{company}-aging-opened")
        page.get_by_role("button", name="total").first.click()
        assert part.is_visible()
        above = page.locator("tr.ar-part").evaluate("one => one.previousElementSibling.dataset.key")
        assert above == key
        button.click()
        assert not part.is_visible()


@pytest.mark.parametrize("company", COMPANIES)
def test_from_a_bar_to_the_line(visit: Opener, company: str) -> None:
    """Two clicks: a bar of the chart, then the line of the ledger, in the editor, at that line."""
    with visit(company) as seen:
        page = seen.open("as_of=2025-03-31")
        page.locator("svg.ar-chart a").last.wait_for(state="attached")
        bar = page.locator("svg.ar-chart-26 a").last
        bar.click()
        page.wait_for_selector(".ar-narrowed")
        link = page.locator(".ar-sortable tbody tr").first.locator("a[href*='/editor/']").first
        item = page.locator(".ar-sortable tbody tr").first.get_attribute("data-key")
        name, _, line = link.inner_text().rpartition(":")
        link.click()
        page.wait_for_url("**/editor/**")
        query = parse_qs(urlsplit(page.url).query)
        assert query["line"] == [line]
        assert query["file_path"][0].endswith(name)
        page.wait_for_selector(".cm-content")
        page.wait_for_function("document.querySelector('.cm-activeLine')?.textContent.length > 0")
        text = page.locator(".cm-content").inner_text()
        assert item.partition("/")[0] in text
        seen.picture(f"{company}-editor")


def test_an_item_opens_fava_s_own_pop_up(visit: Opener) -> None:
    """With the entry and the balances around it."""
    with visit("huadong") as seen:
        page = seen.open("view=aging&by=item&as_of=2025-03-31")
        page.locator("td a[href^='#context-']").first.click()
        page.locator("dialog[open]").wait_for()
        assert "#context-" in page.url
        seen.picture("huadong-context")


def test_a_customer(visit: Opener) -> None:
    """From the list by a search; its chart's points lead on; the letter is a page of its own."""
    with visit("huadong") as seen:
        page = seen.open("view=customer")
        page.get_by_label("Id or name").fill("c007")
        page.get_by_role("button", name="Look for it").click()
        page.wait_for_selector(".ar table")
        page.get_by_role("link", name="C007").click()
        page.wait_for_selector("#exposure")
        assert page.locator("svg.ar-chart-200 title").first.text_content()
        page.get_by_text("The same as a table").first.click()
        assert page.locator(".ar-data table").first.is_visible()
        seen.picture("huadong-customer-C007")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Balance confirmation letter").click()
        letter = opened.value
        letter.wait_for_load_state()
        assert letter.locator("article.letter").count() == 1
        letter.close()


def test_choosing(visit: Opener) -> None:
    """The day, the grouping and the buckets: each in the address, each kept by the next."""
    with visit("northwind") as seen:
        page = seen.open("view=aging")
        page.get_by_label("As of").fill("2024-08-12")
        page.locator(".ar-day button").click()
        page.wait_for_url("**as_of=2024-08-12**")
        page.wait_for_selector(".ar-choices")
        page.get_by_label("Group by").select_option("salesperson")
        page.get_by_label("Buckets").fill("15,45")
        page.locator(".ar-choices button[type=submit]").click()
        page.wait_for_url("**buckets=15**")
        page.wait_for_selector(".ar-sortable")
        query = parse_qs(urlsplit(page.url).query)
        assert (query["as_of"], query["by"]) == (["2024-08-12"], ["salesperson"])
        assert "16-45" in page.locator(".ar-sortable thead").first.inner_text()


@pytest.mark.parametrize(("kind", "begins"), [("CSV", b"\xef\xbb\xbfcustomer"), ("XLSX", b"PK")])
def test_download(visit: Opener, kind: str, begins: bytes) -> None:
    """A file with the day in its name."""
    with visit("huadong") as seen:
        page = seen.open("view=aging&as_of=2025-03-31")
        with page.expect_download() as loaded:
            page.get_by_role("link", name=kind, exact=True).click()
        assert loaded.value.suggested_filename == f"aging-2025-03-31.{kind.lower()}"
        assert Path(loaded.value.path()).read_bytes().startswith(begins)


def test_upload(visit: Opener, statement: Path) -> None:
    """A statement is sent, answered on the page, and its reconciliation kept; the directive copied."""
    with visit("huadong", permissions=["clipboard-read", "clipboard-write"]) as seen:
        page = seen.open("view=reconcile")
        page.get_by_label("Statement").set_input_files(statement)
        page.locator(".ar-upload button[type=submit]").click()
        page.wait_for_selector(".ar-answer [data-table=matched]")
        assert page.locator(".ar-answer tr[data-class]").count() >= 1
        seen.picture("huadong-reconciled")
        for form in ("HTML", "XLSX"):
            with page.expect_download() as loaded:
                page.get_by_role("button", name=form, exact=True).click()
            assert loaded.value.suggested_filename == f"C014-2025-06-30.{form.lower()}"
        button = page.locator("button[data-copy=ar-directive]")
        button.click()
        page.wait_for_function(
            "document.querySelector('[data-copy=ar-directive]').textContent === 'copied'"
        )
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#ar-directive").text_content()


def test_upload_of_something_else(visit: Opener, tmp_path: Path) -> None:
    """A picture under a statement's name: a sentence, where the answer would be."""
    false = tmp_path / "statement.csv"
    false.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    with visit("huadong") as seen:
        page = seen.open("view=reconcile")
        page.get_by_label("Statement").set_input_files(false)
        page.locator(".ar-upload button[type=submit]").click()
        page.wait_for_function("document.querySelector('.ar-answer').textContent.length > 0")
        assert "no statement" in page.locator(".ar-answer").inner_text()
        # The browser itself notes that the answer was 400.
        seen.problems[:] = [one for one in seen.problems if "400" not in one]


def test_copying_the_entry(visit: Opener) -> None:
    """The transaction to paste, as the command line prints it."""
    with visit("huadong", permissions=["clipboard-read", "clipboard-write"]) as seen:
        page = seen.open("view=allowance&as_of=2025-02-10")
        page.get_by_role("button", name="Copy").click()
        page.wait_for_function("document.querySelector('.ar-copy').textContent === 'copied'")
        assert "#allowance" in page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("view", VIEWS)
def test_narrow_screens(visit: Opener, view: str) -> None:
    """On a telephone nothing but a table is wider than the screen, and that scrolls by itself."""
    with visit("huadong", width=360, height=740) as seen:
        page = seen.open(f"view={view}&as_of=2025-03-31")
        assert page.evaluate("document.querySelector('.ar').scrollWidth") <= 360
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        seen.picture(f"narrow-{view}")


def test_the_keyboard(visit: Opener) -> None:
    """Tabs, forms, heads, rows and bars are reached, and one sees where one is."""
    with visit("northwind") as seen:
        page = seen.open("view=aging&as_of=2025-03-31")
        page.locator(".ar-tabs a").first.focus()
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("document.activeElement.className || document.activeElement.tagName")
            )
        assert {"ar-sort", "ar-open", "A", "SELECT"} <= reached
        page.locator("button.ar-sort").first.focus()
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page = seen.open("as_of=2025-03-31")
        bar = page.locator("svg.ar-chart-26 a").first
        assert bar.get_attribute("aria-label")
        bar.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".ar-narrowed")


def test_roles(visit: Opener) -> None:
    """A chart is named and described; its figures are there as a table, too."""
    with visit("huadong") as seen:
        page = seen.open("as_of=2025-03-31")
        chart = page.locator("svg.ar-chart-200").first
        described = chart.get_attribute("aria-describedby")
        assert "Outstanding" in page.locator(f"#{described}").text_content()
        assert (
            page.get_by_role("group", name="Outstanding and overdue at month ends, CNY").count()
            == 1
        )
        assert page.locator("details.ar-data table").count() >= 1


def test_printing(visit: Opener) -> None:
    """On paper: the figures and charts, none of what is clicked."""
    with visit("huadong") as seen:
        page = seen.open("as_of=2025-03-31")
        page.emulate_media(media="print")
        assert not page.locator(".ar-tabs").is_visible()
        assert page.locator(".ar-tile").first.is_visible()
        assert page.locator("svg.ar-chart").first.is_visible()
        seen.picture("print-overview")


def test_hostile_names(visit: Opener) -> None:
    """They are seen as they are written: nothing runs, nothing is asked of elsewhere."""
    with visit("hostile") as seen:
        for query in ("", "view=aging", "view=customer", "view=credit", "view=findings"):
            page = seen.open(f"{query}&as_of=2024-02-01")
            assert page.evaluate("document.querySelectorAll('.ar script, .ar img').length") == 0
        page = seen.open("view=aging&as_of=2024-02-01")
        assert EVIL[0] in page.locator(".ar").inner_text()
        for button in page.get_by_role("button", name="what it is made of").all()[:4]:
            button.click()
        page.wait_for_selector("tr.ar-part table")
        seen.picture("hostile-aging")
        page = seen.open("view=customer&as_of=2024-02-01")
        assert page.evaluate("document.querySelector('.ar').scrollWidth") <= 1280
        page.get_by_role("link", name=EVIL[1], exact=True).click()
        page.wait_for_selector("#items")
        seen.picture("hostile-customer")
