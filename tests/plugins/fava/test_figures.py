# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures on Fava's pages are those of the command line for the same question, to the digit."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from lxml import html
from openpyxl import load_workbook

from arledger import load
from arledger.aging import BY
from arledger.collection import paid_invoices, sales_outstanding
from arledger.exposure import Exposures
from arledger.plugins.fava.views.exposure import steps_of
from tests.cli.support import ask, invoke
from tests.plugins.fava.support import COMPANIES, Books, figures, rows, tree

DAYS = ("2024-08-12", "2025-03-31")
EACH = pytest.mark.parametrize("name", list(COMPANIES))
AT = pytest.mark.parametrize("day", DAYS)


def command(question: str, name: str, day: str, *more: str) -> dict[str, Any]:
    """The command line's answer."""
    return ask(question, COMPANIES[name], "--as-of", day, *more)


def total(amounts: Iterable[str]) -> Decimal:
    """The sum of written amounts."""
    return sum(map(Decimal, amounts), Decimal(0))


@EACH
@AT
def test_overview(companies: dict[str, Books], name: str, day: str) -> None:
    """What is outstanding, overdue, unapplied, held, required and booked, per currency."""
    page = companies[name].page("overview", as_of=day)
    items = command("open-items", name, day)["items"]
    aged = {one["currency"]: one for one in command("aging", name, day, "--basis", "due")["totals"]}
    held = {one["currency"]: one["open"] for one in command("advances", name, day)["totals"]}
    required = {one["currency"]: one for one in command("allowance", name, day)["total"]}
    found = {one.get("data-currency"): one for one in page.xpath(".//section[@data-currency]")}
    assert found.keys() >= aged.keys()
    for currency, block in found.items():
        shown = figures(block.xpath(".//dl")[0])
        own = [one for one in items if one["currency"] == currency and one["kind"] == "item"]
        late = [one for one in own if one["due"] < day]
        assert Decimal(shown["outstanding"]) == total(one["outstanding"] for one in own)
        assert Decimal(shown["overdue"]) == total(one["outstanding"] for one in late)
        assert Decimal(shown["unapplied"]) == Decimal(aged[currency]["unapplied"])
        assert Decimal(shown["advances"]) == Decimal(held.get(currency, 0))
        if currency in required:
            assert shown["required"] == required[currency]["required"]
            assert shown["booked"] == required[currency]["booked"]


@EACH
def test_overview_counts_findings(companies: dict[str, Books], name: str) -> None:
    """By severity, as `check` does."""
    page = companies[name].page("overview", as_of="2025-03-31")
    shown = {
        one.get("data-severity"): int(one.get("data-value"))
        for one in page.xpath(".//a[@data-severity]")
    }
    assert shown == command("check", name, "2025-03-31")["counts"]


@EACH
def test_dso_and_trend(companies: dict[str, Books], name: str) -> None:
    """DSO is the library's; each month end is what the aging of that day says."""
    page = companies[name].page("overview", as_of="2025-03-31")
    subledger = load.load(str(COMPANIES[name])).subledger
    known = {one.currency: one for one in sales_outstanding(subledger, dt.date(2025, 3, 31))}
    for block in page.xpath(".//section[@data-currency]"):
        currency = block.get("data-currency")
        dso = known[currency].dso
        shown = block.xpath(".//dd[@data-figure='dso']/text()")[0].strip()
        assert shown == ("–" if dso is None else str(round(dso, 1)))
        ends = rows(block, ".//tr[@data-date]", "date")
        assert len(ends) == 13
        for (day,), shown_at in list(ends.items())[::6]:
            items = command("open-items", name, day)["items"]
            own = [o for o in items if o["currency"] == currency and o["kind"] == "item"]
            assert Decimal(shown_at["outstanding"]) == total(o["outstanding"] for o in own)


@EACH
@AT
@pytest.mark.parametrize("by", BY)
def test_aging(companies: dict[str, Books], name: str, day: str, by: str) -> None:
    """Each row and each total, whatever the rows are of; the most rows are all there."""
    page = companies[name].page("aging", as_of=day, by=by, all="1")
    answer = command("aging", name, day, "--by", by)
    shown: dict[tuple[str, str], list[dict[str, str]]] = {}
    for table in page.xpath(".//table[@data-currency]"):
        for row in table.xpath(".//tbody/tr[@data-key]"):
            key = (row.get("data-key"), table.get("data-currency"))
            shown.setdefault(key, []).append(figures(row))
    expected: dict[tuple[str, str], list[dict[str, str]]] = {}
    for one in answer["rows"]:
        own = {**one["buckets"], "unapplied": one["unapplied"], "total": one["total"]}
        expected.setdefault((one[by] or "", one["currency"]), []).append(own)
    if by == "item":
        assert {key: len(own) for key, own in shown.items()} == {
            key: len(own) for key, own in expected.items()
        }
    assert {key: sorted(own, key=str) for key, own in shown.items()} == {
        key: sorted(own, key=str) for key, own in expected.items()
    }
    assert rows(page, ".//tr[@data-total]", "total") == {
        (one["currency"],): {**one["buckets"], "unapplied": one["unapplied"], "total": one["total"]}
        for one in answer["totals"]
    }


@EACH
def test_aging_by_other_edges(companies: dict[str, Books], name: str) -> None:
    """Basis and buckets as asked for."""
    page = companies[name].page("aging", as_of="2025-03-31", basis="invoice", buckets="15, 45")
    answer = command("aging", name, "2025-03-31", "--basis", "invoice", "--buckets", "15,45")
    assert rows(page, ".//tr[@data-total]", "total") == {
        (one["currency"],): {**one["buckets"], "unapplied": one["unapplied"], "total": one["total"]}
        for one in answer["totals"]
    }


@EACH
def test_a_figure_leads_to_what_it_is_made_of(companies: dict[str, Books], name: str) -> None:
    """Each linked cell of the aging opens a list whose total is that cell's figure."""
    company = companies[name]
    page = company.page("aging", as_of="2025-03-31")
    cells = page.xpath(".//tbody//td[@data-figure][a]")
    assert len(cells) > 10
    for cell in cells[::4]:
        answer = company.client.get(cell.xpath("a")[0].get("href") + "&partial=1")
        assert answer.status_code == 200
        currency = cell.xpath("ancestor::table")[0].get("data-currency")
        found = rows(tree(answer.text), ".//tr[@data-total]", "total")
        assert found[currency,][cell.get("data-figure")] == cell.get("data-value")


@EACH
def test_a_row_opens_to_its_items(companies: dict[str, Books], name: str) -> None:
    """What a customer's row is made of adds up to it."""
    company = companies[name]
    page = company.page("aging", as_of="2025-03-31")
    for button in page.xpath(".//button[@data-part]")[:8]:
        row = button.xpath("ancestor::tr")[0]
        answer = company.client.get(button.get("data-part"))
        assert answer.status_code == 200
        inner = html.fromstring(answer.text)
        amounts = [
            one.get("data-value") for one in inner.xpath(".//td[@data-figure='outstanding']")
        ]
        assert total(amounts) == Decimal(figures(row)["total"])


@EACH
def test_links_to_entries_are_known_to_fava(companies: dict[str, Books], name: str) -> None:
    """A pop-up opens on each: annotated entries have another hash than those they were read from."""
    company = companies[name]
    page = company.page("aging", as_of="2025-03-31", by="item", all="1")
    hashes = {
        link.get("href").removeprefix("#context-")
        for link in page.xpath(".//a[starts-with(@href, '#context-')]")
    }
    assert len(hashes) > 5
    for one in hashes:
        answer = company.client.get(
            f"/{company.slug}/api/context", query_string={"entry_hash": one}
        )
        assert answer.status_code == 200, one


@EACH
@AT
def test_credit(companies: dict[str, Books], name: str, day: str) -> None:
    """Limits, exposures and headroom, of customers and groups."""
    page = companies[name].page("credit", as_of=day, all="1")
    answer = command("credit", name, day)
    keys = ("limit", "exposure", "available", "overdue", "advances")
    assert rows(page, ".//tr[@data-key]", "key", "currency") == {
        (one["customer"], one["currency"]): {key: one[key] or "" for key in keys}
        for one in answer["rows"]
    }
    assert rows(page, ".//tr[@data-group]", "group", "currency") == {
        (one["group"], one["currency"]): {key: one[key] or "" for key in keys[:3]}
        for one in answer["groups"]
    }
    held = page.xpath(".//tr[@data-key][.//strong[@class='ar-alarm']]")
    assert {row.get("data-key") for row in held} == {
        one["customer"] for one in answer["rows"] if one["hold"]
    }


@EACH
@AT
def test_advances(companies: dict[str, Books], name: str, day: str) -> None:
    """Each advance and each total."""
    page = companies[name].page("advances", as_of=day, all="1")
    answer = command("advances", name, day)
    keys = ("amount", "applied", "earned", "refunded", "open", "unpaid")
    assert rows(page, ".//tr[@data-key]", "customer", "key") == {
        (one["customer"], one["item"]): {
            "days": str(one["days"]),
            **{key: one[key] for key in keys if key in one},
        }
        for one in answer["rows"]
    }
    assert rows(page, ".//tr[@data-total]", "total") == {
        (one["currency"],): {key: one[key] for key in keys if key in one}
        for one in answer["totals"]
    }


@EACH
@AT
def test_allowance(companies: dict[str, Books], name: str, day: str) -> None:
    """The matrix, the individual assessments, the shares, the total and the roll-forward."""
    page = companies[name].page("allowance", as_of=day, all="1", **{"from": "2024-01-31"})
    answer = command("allowance", name, day, "--roll-forward", "2024-01-31")
    assert {
        key: (own["gross"], own["allowance"])
        for key, own in rows(
            page, ".//table[@data-table='rows']//tr[@data-bucket]", "account", "bucket", "currency"
        ).items()
    } == {
        (one["account"], one["bucket"], one["currency"]): (one["gross"], one["allowance"] or "")
        for one in answer["rows"]
    }
    assert rows(page, ".//table[@data-table='specific']//tr[@data-key]", "key", "item") == {
        (one["customer"], one["item"] or ""): {
            "outstanding": one["outstanding"],
            "allowance": one["allowance"],
        }
        for one in answer["specific"]
    }
    assert rows(page, ".//table[@data-table='customers']//tr[@data-key]", "key", "currency") == {
        (one["customer"], one["currency"]): {
            key: one[key] for key in ("collective", "specific", "allowance")
        }
        for one in answer["customers"]
    }
    assert rows(page, ".//section[@data-currency]", "currency") == {
        (one["currency"],): {key: one[key] for key in ("required", "booked", "change")}
        for one in answer["total"]
    }
    rolled = rows(page, ".//tr[@data-part-of]", "currency", "part-of")
    assert {
        key: {name: abs(Decimal(text)) for name, text in own.items()} for key, own in rolled.items()
    } == {
        (one["currency"], one["part"]): {
            key: abs(Decimal(text))
            for key, text in one.items()
            if key not in {"currency", "part", "sources"}
        }
        for one in answer["roll_forward"]
    }
    for own in rolled.values():
        amounts = {key: Decimal(text) for key, text in own.items()}
        assert sum(amounts.values()) - amounts["closing"] == amounts["closing"]


@EACH
def test_the_entry_is_the_command_lines(companies: dict[str, Books], name: str) -> None:
    """To paste: the same text."""
    for day in ("2024-08-12", "2025-03-31"):
        page = companies[name].page("allowance", as_of=day)
        entry = page.xpath(".//pre[@id='ar-entry']")[0].text_content()
        said = invoke("allowance", COMPANIES[name], "--as-of", day, "--entry", "--lang", "en")
        assert entry == said.stdout


@EACH
def test_each_customer(companies: dict[str, Books], name: str) -> None:
    """Credit, open items, statement and payments of each customer."""
    day = "2025-03-31"
    company = companies[name]
    listed = rows(company.page("customer", as_of=day, all="1"), ".//tr[@data-key]", "key")
    credit = command("credit", name, day)["rows"]
    items = command("open-items", name, day)["items"]
    stated = command(
        "statement",
        name,
        day,
        "--from",
        "2025-01-01",
        *(word for (key,) in listed for word in ("--customer", key)),
    )["statements"]
    subledger = load.load(str(COMPANIES[name])).subledger
    assert len(listed) > 10
    for (key,) in listed:
        page = company.page("customer", customer=key, as_of=day, all="1")
        tiles = rows(page, ".//dl[@data-currency]", "currency")
        for one in credit:
            if one["customer"] == key:
                shown = tiles[one["currency"],]
                assert shown["exposure"] == one["exposure"]
                assert shown.get("limit") == one["limit"]
        own = [one for one in items if one["customer"] == key]
        shown_items = [
            (row.get("data-key"), figures(row)["outstanding"])
            for row in page.xpath(".//table[@data-table='items']//tr[@data-key]")
        ]
        assert shown_items == [(one["item"], one["outstanding"]) for one in own]
        _same_statement(page, [one for one in stated if one["customer"] == key])
        paid = paid_invoices(subledger, dt.date.fromisoformat(day), (key,))
        count = page.xpath(".//dd[@data-figure='paid']/text()")
        assert (int(count[0].split()[0]) if count else 0) == len(paid)


def _same_statement(page: Any, stated: list[dict[str, Any]]) -> None:
    tables = {
        one.get("data-currency"): one for one in page.xpath(".//table[@data-table='statement']")
    }
    assert set(tables) == {one["currency"] for one in stated}
    for one in stated:
        lines = [figures(row) for row in tables[one["currency"]].xpath(".//tr[@data-line]")]
        assert lines[0] == {"opening": one["opening"]}
        assert lines[-1] == {key: one[key] for key in ("debit", "credit", "closing")}
        assert lines[1:-1] == [
            {key: line[key] for key in ("debit", "credit", "balance")} for line in one["movements"]
        ]


@EACH
def test_exposure_over_time(name: str) -> None:
    """Each step of the chart is what the question says of that day."""
    day = dt.date(2025, 3, 31)
    subledger = load.load(str(COMPANIES[name])).subledger
    exposures = Exposures(subledger)
    for customer in exposures.customers[:12]:
        policies = subledger.policies.of_customer("credit-limit", customer)
        for currency in sorted({one.currency for one in exposures.of(customer).changes}):
            steps = steps_of(subledger, day, customer=customer, currency=currency, limited=False)
            for step in steps:
                assert step.exposure == exposures.of(customer).at(step.date).get(currency, 0)
                limits = {one.key: one.value.number for one in policies.at(step.date)}
                assert step.limit == limits.get(currency)


@EACH
def test_findings(companies: dict[str, Books], name: str) -> None:
    """Each finding is there once."""
    page = companies[name].page("findings", as_of="2025-03-31", all="1")
    shown = [row.get("data-rule") for row in page.xpath(".//tr[@data-rule]")]
    assert sorted(shown) == sorted(
        one["rule"] for one in command("check", name, "2025-03-31")["findings"]
    )


# Files.


@EACH
@pytest.mark.parametrize(
    ("view", "question", "more"),
    [
        ("aging", "aging", ()),
        ("credit", "credit", ()),
        ("advances", "advances", ()),
        ("allowance", "allowance", ()),
        ("customer", "open-items", ()),
    ],
)
def test_files(
    companies: dict[str, Books], name: str, view: str, question: str, more: tuple[str, ...]
) -> None:
    """The CSV has the command line's columns and rows; the spreadsheet has the same cells."""
    day = "2025-03-31"
    answer = companies[name].get("download", view=view, as_of=day, format="csv")
    assert answer.status_code == 200
    found = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    said = invoke(question, COMPANIES[name], "--as-of", day, "--format", "csv", *more)
    expected = list(csv.DictReader(io.StringIO(said.stdout)))
    columns = set(found[0]) & set(expected[0])
    assert len(columns) >= len(found[0]) - 1
    assert [{key: row[key] for key in columns} for row in found] == [
        {key: row[key] for key in columns} for row in expected
    ]
    answer = companies[name].get("download", view=view, as_of=day, format="xlsx")
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    assert [str(cell) for cell in cells[0]] == list(found[0])
    for row, line in zip(cells[1:], found, strict=True):
        for cell, text in zip(row, line.values(), strict=True):
            assert _same(cell, text)


def _same(cell: Any, text: str) -> bool:
    if cell is None:
        return text == ""
    if isinstance(cell, bool):
        return text == str(cell).lower()
    if isinstance(cell, int | float):
        return Decimal(str(cell)) == Decimal(text)
    return str(cell) == text


# What Fava filters.


@EACH
@pytest.mark.parametrize("view", ["overview", "aging", "credit", "advances", "allowance"])
def test_filters_change_no_figure(companies: dict[str, Books], name: str, view: str) -> None:
    """An account, a tag or a payee that is filtered for hides nothing here."""
    company = companies[name]
    without = figures_of(company.page(view, as_of="2024-08-12"))
    assert without
    filtered = company.page(view, as_of="2024-08-12", account="Income", filter="#nothing")
    assert figures_of(filtered) == without


def figures_of(page: Any) -> list[tuple[str, str]]:
    """Every figure of a page, in order."""
    return [
        (one.get("data-figure"), one.get("data-value")) for one in page.xpath(".//*[@data-figure]")
    ]


@EACH
@pytest.mark.parametrize(
    ("time", "day"),
    [("2024-06", "2024-06-30"), ("2024", "2024-12-31"), ("2024-02-03", "2024-02-03")],
)
def test_the_time_filter_ends_on_the_day(
    companies: dict[str, Books], name: str, time: str, day: str
) -> None:
    """Its last day is the as-of date, the page says so, and the figures are of that day."""
    company = companies[name]
    page = company.page("aging", time=time)
    assert page.xpath(".//input[@name='as_of']/@value") == [day]
    assert "the end of the time filter" in page.text_content()
    assert figures_of(page) == figures_of(company.page("aging", as_of=day))
