# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked wrongly is answered with 400 and a sentence; ledgers of every state have a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from fava.application import create_app
from hypothesis import given
from hypothesis import strategies as st

from arledger.plugins.fava.page import in_locale
from tests.cli.support import BOOK, HUADONG, NORTHWIND
from tests.plugins.fava.support import PLUGINS, VIEWS, Books, books, figures, rows, tree, written


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"view": "nothing"}, "is one of overview, aging"),
        ({"as_of": "2024-13-01"}, "2024-13-01 is not a date like 2025-06-30"),
        ({"as_of": "yesterday"}, "yesterday is not a date"),
        ({"view": "aging", "by": "colour"}, "is one of customer, item"),
        ({"view": "aging", "basis": "x"}, "is one of due, invoice"),
        ({"view": "aging", "buckets": "30,x"}, "x"),
        ({"view": "aging", "buckets": "60,30"}, "must ascend"),
        ({"view": "aging", "of": "x"}, "is one of"),
        ({"view": "customer", "customer": "nobody"}, "no customer has the id nobody"),
        ({"view": "allowance", "from": "2999-01-01"}, "2999-01-01 is after"),
        ({"view": "findings", "severity": "fatal"}, "is one of error, warning, info"),
        ({"all": "2"}, "is one of 1, not 2"),
        ({"currency": "x" * 301}, "is too long"),
        ({"customer": "a\0b"}, "has a character"),
        ({"time": "nonsense"}, "nonsense"),
    ],
)
def test_bad_parameters(companies: dict[str, Books], params: dict[str, str], said: str) -> None:
    """Status 400, a sentence, and the way back."""
    answer = companies["northwind"].get(**params)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'href="/northwind-consulting/extension/Receivables/"' in answer.text


def test_bad_parameters_in_chinese(companies: dict[str, Books]) -> None:
    """The sentence follows the reader."""
    answer = companies["northwind"].get(as_of="x", _lang="zh-CN")
    assert answer.status_code == 400
    assert "不是" in answer.text
    assert 'lang="zh-CN"' in answer.text


@pytest.mark.parametrize("below", ["part", "download", "letter"])
def test_bad_parameters_of_endpoints(companies: dict[str, Books], below: str) -> None:
    """What the page refuses is refused below it, too."""
    assert companies["northwind"].get(below, as_of="x").status_code == 400


def test_what_has_no_part_or_table(companies: dict[str, Books]) -> None:
    """Not found."""
    assert companies["northwind"].get("part", view="credit").status_code == 404
    assert companies["northwind"].get("download", view="overview").status_code == 404
    assert companies["northwind"].get("letter").status_code == 400
    assert companies["northwind"].get("nowhere").status_code == 404


NAMES = ("as_of", "by", "basis", "buckets", "customer", "bucket", "currency", "of", "key", "q")


@given(
    view=st.sampled_from(VIEWS),
    params=st.dictionaries(
        st.sampled_from((*NAMES, "from", "all", "severity")), st.text(max_size=30)
    ),
)
def test_any_parameter(companies: dict[str, Books], view: str, params: dict[str, str]) -> None:
    """Whatever is asked: a page, or 400."""
    answer = companies["northwind"].get(view=view, partial="1", **params)
    assert answer.status_code in {200, 400}
    assert ("ar-tabs" if answer.status_code == 200 else "<p>") in answer.text


EMPTY = 'option "title" "Empty"\n'
BROKEN = """\
2024-01-01 custom "credit-limit" "nobody"
2024-02-30 open Assets:X
2024-01-01 * "unbalanced"
  Assets:Receivable:A1   1.00 EUR
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (PLUGINS, "no accounts"),
        (EMPTY + PLUGINS, "empty"),
        (BOOK + PLUGINS, "small"),
        (BOOK + PLUGINS + BROKEN, "with errors"),
        (BOOK + PLUGINS + "2024-01-01 open Assets:Receivable\n", "a root that is open"),
    ],
)
def test_every_tab_of_any_ledger(tmp_path: Path, text: str, name: str) -> None:
    """No accounts, nothing at all, errors: each tab is a page."""
    found = books(written(tmp_path, text))
    for view in VIEWS:
        for day in ({}, {"as_of": "2024-03-01"}, {"as_of": "0001-01-01"}, {"as_of": "9999-12-31"}):
            assert found.page(view, **day) is not None, (name, view)


def test_a_ledger_without_the_plugin(tmp_path: Path) -> None:
    """The page says which line it needs; a part and a download are refused."""
    text = BOOK + '2024-01-01 custom "fava-extension" "arledger.plugins.fava"\n'
    found = books(written(tmp_path, text))
    page = found.page("overview")
    assert 'plugin "arledger.plugins.receivables"' in page.text_content()
    assert found.get("download", view="aging").status_code == 400
    assert found.get(view="aging", as_of="x").status_code == 400


@pytest.mark.parametrize("config", ["nonsense", "{", "{'a': 1}", "__import__('os')", ""])
def test_a_config_is_nobodys_code(tmp_path: Path, config: str) -> None:
    """Whatever stands there, the page is there; nothing of it is evaluated."""
    text = PLUGINS.replace('"arledger.plugins.fava"', f'"arledger.plugins.fava" "{config}"')
    assert books(written(tmp_path, BOOK + text)).page("overview") is not None


def test_a_changed_line_needs_a_restart(tmp_path: Path) -> None:
    """Fava makes an extension once: that a change has no effect is said among the errors."""
    path = written(tmp_path, BOOK + PLUGINS)
    found = books(path)
    (ledger,) = found.client.application.config["LEDGERS"].ledgers
    assert not [one for one in ledger.errors if "restart" in one.message]
    changed = PLUGINS.replace('"arledger.plugins.fava"', '"arledger.plugins.fava" "{}"')
    path.write_text(BOOK + changed, encoding="utf-8")
    ledger.load_file()
    assert [one for one in ledger.errors if "restart Fava" in one.message]
    path.write_text(BOOK + PLUGINS, encoding="utf-8")
    ledger.load_file()
    assert not [one for one in ledger.errors if "restart" in one.message]


def test_a_changed_ledger_has_changed_figures(tmp_path: Path) -> None:
    """What was remembered of the ledger before is forgotten."""
    path = written(tmp_path, BOOK + PLUGINS)
    found = books(path)
    (ledger,) = found.client.application.config["LEDGERS"].ledgers
    key = ("EUR",)
    before = rows(found.page("aging", as_of="2024-03-01"), ".//tr[@data-total]", "total")[key]
    path.write_text(BOOK.replace("1200.00", "1300.00") + PLUGINS, encoding="utf-8")
    ledger.load_file()
    after = rows(found.page("aging", as_of="2024-03-01"), ".//tr[@data-total]", "total")[key]
    assert (before["total"], after["total"]) == ("950.00", "1050.00")


def test_two_ledgers_in_one_fava(companies: dict[str, Books]) -> None:
    """Each has its own figures and its own addresses, a Chinese title in them too."""
    app = create_app([HUADONG, NORTHWIND], load=True)
    client = app.test_client()
    for name, one in companies.items():
        both = Books(client, one.slug)
        for view in ("overview", "customer"):
            assert figures(both.page(view, as_of="2024-12-31")) == figures(
                one.page(view, as_of="2024-12-31")
            ), name
        for link in both.page("overview").xpath(".//a/@href")[:40]:
            if link.startswith("/"):
                assert link.startswith(f"/{one.slug}/")


def test_read_only(tmp_path: Path) -> None:
    """Every tab is there; a statement can't be sent, and the page says so."""
    found = books(written(tmp_path, BOOK + PLUGINS), read_only=True)
    for view in VIEWS:
        assert found.page(view) is not None
    page = found.page("reconcile")
    assert "--read-only" in page.text_content()
    assert not page.xpath(".//input[@type='file']")
    assert found.reconcile(b"x").status_code == 401


def test_the_locale_of_fava(tmp_path: Path) -> None:
    """Its separators, and all digits of a figure that has more than its currency."""
    more = """\
2024-01-01 custom "fava-option" "locale" "de_DE"
2024-02-15 * "Much" ^INV-77
  Assets:Receivable:A1  12345678901234567890123456789012.3456 EUR
  Income:Sales          -12345678901234567890123456789012.3456 EUR
"""
    found = books(written(tmp_path, BOOK + PLUGINS + more))
    page = found.page("aging", as_of="2024-03-01")
    assert "12.345.678.901.234.567.890.123.456.790.012,3456" in page.text_content()
    assert "1.000,00" in found.page("credit", as_of="2024-03-01").text_content()


def test_a_locale_that_is_none(tmp_path: Path) -> None:
    """Commas, as without one."""
    found = books(written(tmp_path, BOOK + PLUGINS))
    assert in_locale("1234.50", "xx_nowhere") == "1,234.50"
    assert in_locale("1234567.50", "en_IN") == "12,34,567.50"
    assert "1,000.00" in found.page("credit", as_of="2024-03-01").text_content()


def test_a_whole_page(companies: dict[str, Books]) -> None:
    """Without `partial`, as a browser asks first: Fava's frame around it."""
    answer = companies["huadong"].get(view="aging")
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert tree(answer.text) is not None


def test_the_letter(companies: dict[str, Books]) -> None:
    """As the command line writes it; nothing in it runs or is fetched."""
    answer = companies["huadong"].get("letter", customer="C001", as_of="2024-12-31", _lang="zh-CN")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "往来账项询证函" in answer.text
