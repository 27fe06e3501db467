# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger statement`: the statement of account and the balance confirmation letter."""

from __future__ import annotations

import csv
import html
import os
import re
import shutil
import subprocess
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import HUADONG, ask, invoke

LEDGER = """\
option "title" "Huadong"
option "operating_currency" "CNY"
2024-01-01 custom "ar-option" "company" "上海华东" "No. 500 Road" "ar@huadong.example"
2024-01-01 open Assets:Receivable:C1
  customer: "C1"
  name: "江南重工"
  language: "zh-CN"
2024-01-01 open Assets:Receivable:C1:Bills
2024-01-01 open Assets:Receivable:C2
  customer: "C2"
  name: "Beta Ltd"
2024-01-01 open Assets:Receivable:C3
  customer: "C3"
2024-01-01 open Liabilities:Advances:C1
  customer: "C1"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"

2024-01-10 * "Invoice in two instalments" ^INV-1
  Assets:Receivable:C1   600.00 CNY
    due: 2024-02-01
  Assets:Receivable:C1   400.00 CNY
    due: 2024-06-01
  Income:Sales
2024-01-12 * "In dollars" ^INV-2
  Assets:Receivable:C1    70.00 USD
  Income:Sales
2024-02-05 * "Receipt" ^RCP-1
  Assets:Bank            900.00 CNY
  Assets:Receivable:C1  -600.00 CNY
    invoice: "INV-1"
  Assets:Receivable:C1  -300.00 CNY
    allocation: "none"
2024-02-10 * "Bill taken"
  Assets:Receivable:C1:Bills   150.00 CNY
    invoice: "INV-1"
    due: 2024-08-10
  Assets:Receivable:C1        -150.00 CNY
    invoice: "INV-1"
2024-02-11 * "Paid ahead" ^ADV-1
  Assets:Bank              88.00 CNY
  Liabilities:Advances:C1 -88.00 CNY
2024-02-12 * "Too much" ^RCP-2
  Assets:Bank              50.00 CNY
  Assets:Receivable:C2    -50.00 CNY
    allocation: "none"
2024-02-29 custom "statement" "C1" 100.00 CNY
  agreed: TRUE
  theirs: 400.00 CNY
  difference-1: "in-transit RCP-1 300.00 CNY"
"""
DAY = ("--as-of", "2024-03-01")


@pytest.fixture(name="ledger")
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def line_of(text: str) -> int:
    """The line of the ledger in which a text first stands."""
    return LEDGER[: LEDGER.index(text)].count("\n") + 1


def sheet(answer: dict[str, Any], customer: str, currency: str) -> dict[str, Any]:
    """One statement of an answer."""
    (found,) = [
        one
        for one in answer["statements"]
        if (one["customer"], one["currency"]) == (customer, currency)
    ]
    assert isinstance(found, dict)
    return found


def test_opening_movements_closing(ledger: Path) -> None:
    """A line a document: instalments are one, a transfer has both sides, credits are split."""
    answer = ask("statement", ledger, "--customer", "C1", *DAY)
    one = sheet(answer, "C1", "CNY")
    assert (one["opening"], one["debit"], one["credit"]) == ("0.00", "1150.00", "1050.00")
    assert (one["closing"], one["overdue"]) == ("100.00", "0.00")
    assert [
        (m["date"], m["document"], m["kind"], m["debit"], m["credit"], m["balance"])
        for m in one["movements"]
    ] == [
        ("2024-01-10", "INV-1", "item", "1000.00", "0.00", "1000.00"),
        ("2024-02-05", "RCP-1", "receipt", "0.00", "900.00", "100.00"),
        ("2024-02-10", "INV-1", "transfer", "150.00", "150.00", "100.00"),
    ]
    assert one["movements"][1]["about"] == ["INV-1"]
    assert one["movements"][0]["line"] == line_of("Assets:Receivable:C1   600.00 CNY")
    assert {(i["item"], i["due"], i["outstanding"]) for i in one["open_items"]} == {
        ("INV-1", "2024-06-01", "250.00"),
        ("INV-1", "2024-08-10", "150.00"),
        ("RCP-1", None, "-300.00"),
    }
    assert one["aging"]["unapplied"] == "-300.00"
    assert sum(map(Decimal, one["aging"]["buckets"].values())) == 400
    assert sheet(answer, "C1", "USD")["closing"] == "70.00"


def test_from_a_day_on(ledger: Path) -> None:
    """What was before is the opening balance."""
    answer = ask("statement", ledger, "--customer", "C1", "--from", "2024-02-05", *DAY)
    one = sheet(answer, "C1", "CNY")
    assert (answer["from"], one["opening"], one["closing"]) == ("2024-02-05", "1000.00", "100.00")
    assert len(one["movements"]) == 2
    assert sheet(answer, "C1", "USD")["movements"] == []


def test_overdue_days(ledger: Path) -> None:
    """Counted from the due date, and what is not due has none."""
    one = sheet(ask("statement", ledger, "--as-of", "2024-02-03"), "C1", "CNY")
    assert [(i["due"], i["days"]) for i in one["open_items"]] == [
        ("2024-02-01", 2),
        ("2024-06-01", 0),
    ]
    assert one["overdue"] == "600.00"


def test_everyone_with_something_open(ledger: Path) -> None:
    """Without --customer; one without any document has no statement even where it is named."""
    answer = ask("statement", ledger, *DAY)
    assert [one["customer"] for one in answer["statements"]] == ["C1", "C1", "C2"]
    assert sheet(answer, "C2", "CNY")["closing"] == "-50.00"
    assert ask("statement", ledger, "--customer", "C3", *DAY)["statements"] == []
    text = invoke("statement", ledger, "--customer", "C3", *DAY).stdout
    assert "nothing was posted up to then" in text


def test_an_agreement_and_what_it_left_open(ledger: Path) -> None:
    """Stated with what is still to be settled."""
    (one,) = ask("statement", ledger, "--customer", "C1", *DAY)["agreements"]
    assert (one["balance"], one["actual"], one["theirs"]) == ("100.00", "100.00", "400.00")
    assert one["pending"] == ["in-transit RCP-1 300.00 CNY"]
    text = invoke("statement", ledger, "--customer", "C1", *DAY, "--lang", "en").stdout
    assert "agreed at 2024-02-29: 100.00 CNY" in text
    assert "still to be settled: in transit RCP-1 300.00 CNY" in text


def test_text(ledger: Path) -> None:
    """As a table; `text` and `table` are one."""
    done = invoke("statement", ledger, "--customer", "C1", *DAY, "--lang", "en")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "Statement of account - 上海华东",
        "江南重工 (C1)",
        "all movements up to 2024-03-01",
    ]
    assert any(re.match(r"2024-02-05  RCP-1 +Receipt \(INV-1\) +900.00 +100.00$", x) for x in lines)
    assert any(
        re.match(r"2024-03-01 +closing balance +1,150.00 +1,050.00 +100.00$", x) for x in lines
    )
    same = invoke(
        "statement", ledger, "--customer", "C1", *DAY, "--lang", "en", "--format", "table"
    )
    assert same.stdout == done.stdout


def test_explain(ledger: Path) -> None:
    """The place behind each line."""
    options = ("--customer", "C1", *DAY, "--explain")
    lines = [line_of("Assets:Receivable:C1  -600.00"), line_of("Assets:Receivable:C1  -300.00")]
    one = sheet(ask("statement", ledger, *options), "C1", "CNY")
    sources = one["movements"][1]["sources"]
    assert [int(source.rpartition(":")[2]) for source in sorted(sources)] == lines
    text = invoke("statement", ledger, *options, "--lang", "en").stdout
    assert all(f"\n    {source}\n" in text for source in sources)


def test_csv(ledger: Path) -> None:
    """A line a movement, between the opening and the closing balance."""
    done = invoke("statement", ledger, "--customer", "C1", *DAY, "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines(keepends=True)))
    own = [row for row in rows if row["currency"] == "CNY"]
    assert [row["kind"] for row in own] == ["opening", "item", "receipt", "transfer", "closing"]
    assert [row["balance"] for row in own] == ["0.00", "1000.00", "100.00", "100.00", "100.00"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--letter", "--format", "json"), "a letter has --format text or html"),
        (("--letter", "--from", "2024-01-01"), "a letter states a balance"),
        (("--from", "2024-04-01"), "--from 2024-04-01 is after --as-of 2024-03-01"),
        (("--customer", "C9"), "no customer has the id C9"),
    ],
)
def test_what_cannot_be_meant(ledger: Path, options: tuple[str, ...], said: str) -> None:
    """One line, status 2, no answer."""
    done = invoke("statement", ledger, *DAY, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1]


# Languages.


def test_each_customer_in_its_language(ledger: Path) -> None:
    """By `language:` on its account; --lang speaks for all."""
    done = invoke("statement", ledger, *DAY)
    assert "往来对账单 - 上海华东" in done.stdout
    assert "Statement of account - 上海华东" in done.stdout
    assert "往來對帳單" in invoke("statement", ledger, *DAY, "--lang", "zh-TW").stdout
    page = invoke("statement", ledger, *DAY, "--format", "html").stdout
    assert re.findall(r'<article lang="([^"]+)"', page) == ["zh-CN", "en"]


# The letter.

BOXES = {
    "zh-CN": ("信息证明无误", "信息不符"),
    "zh-TW": ("資訊證明無誤", "資訊不符"),
    "en": ("The information is correct", "The information is not correct"),
}


@pytest.mark.parametrize("lang", BOXES)
@pytest.mark.parametrize("form", ["text", "html"])
def test_a_letter_has_two_boxes(ledger: Path, lang: str, form: str) -> None:
    """The balances on the side of who owes, to whom to reply, two boxes to sign."""
    done = invoke(
        "statement", ledger, "--customer", "C1", *DAY, "--letter", "--lang", lang, "--format", form
    )
    assert done.exit_code == 0
    for said in (*BOXES[lang], "C1-2024-03-01", "江南重工 (C1)", "No. 500 Road", "100.00", "88.00"):
        assert said in done.stdout
    assert "{" not in re.sub(r"<style>.*?</style>", "", done.stdout, flags=re.DOTALL)


def test_a_letter_gives_capitals_where_they_are_read(ledger: Path) -> None:
    """For CNY, in Chinese."""
    options = ("--customer", "C1", *DAY, "--letter")
    simplified = invoke("statement", ledger, *options).stdout
    assert "应收账款大写：人民币壹佰元整" in simplified
    assert "预收款项大写：人民币捌拾捌元整" in simplified
    assert "2024年3月1日" in simplified
    assert (
        "應收帳款大寫：人民幣壹佰元整"
        in invoke("statement", ledger, *options, "--lang", "zh-TW").stdout
    )
    english = invoke("statement", ledger, *options, "--lang", "en").stdout
    assert "1 March 2024" in english
    assert "capitals" not in english


def test_what_we_owe_is_no_negative_claim(ledger: Path) -> None:
    """It stands on our side."""
    text = invoke("statement", ledger, "--customer", "C2", *DAY, "--letter", "--lang", "en").stdout
    assert re.search(r"^Receivables  CNY +- +50.00$", text, re.MULTILINE)
    assert "-50.00" not in text


def test_a_balance_of_zero_is_stated(ledger: Path) -> None:
    """A customer without any document confirms that nothing is owed."""
    text = invoke("statement", ledger, "--customer", "C3", *DAY, "--letter", "--lang", "en").stdout
    assert re.search(r"^Receivables  CNY +0.00 +-$", text, re.MULTILINE)


def test_without_an_address_the_title_signs(tmp_path: Path) -> None:
    """The ledger's title, where no company is named."""
    path = tmp_path / "plain.beancount"
    path.write_text(
        LEDGER.replace('2024-01-01 custom "ar-option" "company"', ";"), encoding="utf-8"
    )
    assert invoke("statement", path, *DAY, "--letter", "--lang", "en").stdout.startswith(
        "Huadong\n"
    )


# The commit.


def git(folder: Path, *arguments: str) -> str:
    """Run git, with nobody's configuration."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    names = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "core.hooksPath=hooks")
    return subprocess.run(
        ["git", *names, *arguments],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout.strip()


def letter(ledger: Path) -> str:
    """A letter in English."""
    done = invoke("statement", ledger, "--customer", "C1", *DAY, "--letter", "--lang", "en")
    assert done.exit_code == 0
    return done.stdout


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@needs_git
def test_the_letter_names_the_commit(ledger: Path) -> None:
    """Where the ledger is tracked; what is changed since is said."""
    assert "commit" not in letter(ledger)
    folder = ledger.parent
    git(folder, "init", "-q")
    assert "commit" not in letter(ledger)
    other = folder / "other"
    other.write_text("x", encoding="utf-8")
    git(folder, "add", "other")
    git(folder, "commit", "-qm", "other")
    assert "commit" not in letter(ledger), "the ledger itself is not tracked"
    git(folder, "add", ledger.name)
    git(folder, "commit", "-qm", "books")
    commit = git(folder, "rev-parse", "HEAD")[:12]
    assert f"From our ledger at commit {commit}\n" in letter(ledger)
    other.write_text("changed, but no file of the ledger", encoding="utf-8")
    assert f"From our ledger at commit {commit}\n" in letter(ledger)
    ledger.write_text(LEDGER + "; a note\n", encoding="utf-8")
    assert f"commit {commit}, with changes since\n" in letter(ledger)


@needs_git
def test_an_included_file_counts(ledger: Path) -> None:
    """One that is not tracked is a change."""
    folder = ledger.parent
    (folder / "more.beancount").write_text("; nothing\n", encoding="utf-8")
    ledger.write_text('include "more.beancount"\n' + LEDGER, encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", ledger.name)
    git(folder, "commit", "-qm", "books")
    assert ", with changes since\n" in letter(ledger)
    git(folder, "add", "more.beancount")
    git(folder, "commit", "-qm", "more")
    assert "with changes since" not in letter(ledger)


@needs_git
def test_naming_the_commit_runs_nothing(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a monitor, nor a filter, nor a hook; another repository named outside isn't asked."""
    folder = ledger.parent
    git(folder, "init", "-q")
    git(folder, "add", ledger.name)
    git(folder, "commit", "-qm", "books")
    ran = folder / "ran"
    script = folder / "script"
    script.write_text(f'#!/bin/sh\ntouch "{ran}"\ncat\n', encoding="utf-8")
    script.chmod(0o755)
    (folder / ".gitattributes").write_text("* filter=evil diff=evil\n", encoding="utf-8")
    for key in ("core.fsmonitor", "filter.evil.clean", "diff.evil.textconv", "core.pager"):
        git(folder, "config", key, str(script))
    ran.unlink(missing_ok=True)
    monkeypatch.setenv("GIT_DIR", str(folder / "nowhere"))
    assert "From our ledger at commit " in letter(ledger)
    assert not ran.exists()


# Names that mean no good.

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;\\\"'",
    "template": "{{ 7 * 7 }}{% include 'x' %}",
    "reversed": "\u202egnp.exe\u202c",
    "escape": "\u009b31m",
    "long": "长" * 10_000,
}


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("more", [(), ("--letter",)], ids=["statement", "letter"])
def test_hostile_names_stay_text(ledger: Path, name: str, more: tuple[str, ...]) -> None:
    """In the page they are what they are in the ledger, and nothing comes from elsewhere."""
    hostile = HOSTILE[name]
    text = LEDGER.replace("江南重工", hostile).replace("No. 500 Road", hostile)
    ledger.write_text(text.replace("Invoice in two", hostile), encoding="utf-8")
    done = invoke("statement", ledger, *DAY, *more, "--lang", "en", "--format", "html")
    assert done.exit_code == 0
    page = Page()
    page.feed(done.stdout)
    assert not {"script", "img", "link", "iframe"} & page.elements
    assert not {"src", "href", "onerror"} & page.attributes
    shown = hostile.replace('\\"', '"')
    for character in "\u202e\u202c\u009b":
        assert character not in done.stdout
        shown = shown.replace(character, character.encode("unicode_escape").decode())
    assert shown in page.text
    assert "@import" not in done.stdout
    assert "url(" not in done.stdout
    plain = invoke("statement", ledger, *DAY, *more, "--lang", "en").stdout
    assert not re.search("[\u202a-\u202e\u0080-\u009f\x1b]", plain)


def test_every_page_is_whole(ledger: Path) -> None:
    """One document however many customers; declared as UTF-8, and in their language."""
    for more in ((), ("--letter",)):
        page = invoke("statement", ledger, *DAY, *more, "--format", "html").stdout
        assert page.startswith("<!DOCTYPE html>\n<html lang=")
        assert page.count("<article") == page.count("</article>") == 2
        assert '<meta charset="utf-8">' in page
        assert html.unescape(page).count("</html>") == 1


@pytest.mark.parametrize(
    "more", [(), ("--letter",), ("--format", "html"), ("--letter", "--format", "html")]
)
def test_nobody_has_anything_open(tmp_path: Path, more: tuple[str, ...]) -> None:
    """An answer without statements, and a line that says so."""
    path = tmp_path / "empty.beancount"
    path.write_text("2024-01-01 open Assets:Receivable:C1\n", encoding="utf-8")
    done = invoke("statement", path, *DAY, *more)
    assert done.exit_code == 0
    assert "no customer has anything open" in done.stderr


def test_the_company_ties_to_its_own_balances() -> None:
    """Each statement's closing balance is the total of the aging."""
    day = ("--as-of", "2025-06-30")
    answer = ask("statement", HUADONG, *day)
    aged = ask("aging", HUADONG, *day)
    assert {(o["customer"], o["currency"]): o["closing"] for o in answer["statements"]} == {
        (row["customer"], row["currency"]): row["total"] for row in aged["rows"]
    }
