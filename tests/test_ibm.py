# SPDX-License-Identifier: GPL-2.0-or-later
"""2,466 real invoices: every figure against one computed straight from the file.

The oracle below reads the CSV itself and knows nothing of ledgers: an invoice is open from its
date until the day before it is settled.
"""

from __future__ import annotations

import calendar
import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import attrs
import pytest
from beancount import loader
from click.testing import CliRunner

from arledger import check
from arledger.advances import advances
from arledger.aging import aging
from arledger.allowance import allowance
from arledger.cli.main import main
from arledger.credit import credit
from arledger.language.buckets import Basis
from arledger.open_items import open_items
from arledger.subledger.subledger import Subledger, subledger_of
from benchmarks.ibm_ledger import LIMIT, RATES, ledger_text

ZERO = Decimal(0)
MONTH_ENDS = [
    date(year, month, calendar.monthrange(year, month)[1])
    for year in (2012, 2013)
    for month in range(1, 13)
]


@attrs.frozen
class Invoice:
    """A row of the file."""

    number: str
    customer: str
    country: str
    dated: date
    due: date
    settled: date
    amount: Decimal
    disputed: bool
    days_late: int

    def open_at(self, day: date) -> bool:
        """Whether it is open at the end of a day."""
        return self.dated <= day < self.settled


def day_in(text: str) -> date:
    """A date of the file: month, day, year."""
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


@pytest.fixture(scope="module")
def csv_path(shared_data: Path) -> Path:
    """The file."""
    return shared_data / "data" / "ibm_accounts_receivable.csv"


@pytest.fixture(scope="module")
def invoices(csv_path: Path) -> list[Invoice]:
    """The file's rows."""
    with csv_path.open(encoding="utf-8-sig", newline="") as stream:
        return [
            Invoice(
                row["invoiceNumber"],
                row["customerID"],
                row["countryCode"],
                day_in(row["InvoiceDate"]),
                day_in(row["DueDate"]),
                day_in(row["SettledDate"]),
                Decimal(row["InvoiceAmount"]),
                row["Disputed"] == "Yes",
                int(row["DaysLate"]),
            )
            for row in csv.DictReader(stream)
        ]


@pytest.fixture(scope="module")
def ledger(csv_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger as a file."""
    path = tmp_path_factory.mktemp("ibm") / "ibm.beancount"
    path.write_text(ledger_text(csv_path), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def subledger(ledger: Path) -> Subledger:
    """The ledger, loaded without an error."""
    loader.initialize(use_cache=False)
    entries, errors, options = loader.load_file(str(ledger))
    assert errors == []
    return subledger_of(entries, options)


def test_the_file_is_the_one_that_is_meant(invoices: list[Invoice]) -> None:
    """What is published about the sample holds for this file."""
    assert len(invoices) == len({one.number for one in invoices}) == 2466
    assert len({one.customer for one in invoices}) == 100
    assert sum(one.amount for one in invoices) == Decimal("147703.18")
    assert min(one.dated for one in invoices) >= date(2012, 1, 1)
    assert max(one.dated for one in invoices) <= MONTH_ENDS[-1]


def test_invoices_are_what_the_file_says(subledger: Subledger, invoices: list[Invoice]) -> None:
    """Numbers with their leading zeros, customers, dates, amounts; due dates by the terms."""
    assert {
        (i.number, i.customer, i.date, i.due, i.amount, i.instalment) for i in subledger.items
    } == {(one.number, one.customer, one.dated, one.due, one.amount, 1) for one in invoices}
    assert len(subledger.items) == len(subledger.credits) == len(invoices)
    leading = [item for item in subledger.items if (item.number or "").startswith("0")]
    assert len(leading) == sum(one.number.startswith("0") for one in invoices) > 0
    assert {len(item.number or "") for item in leading} == {10}


def test_everything_is_settled_in_the_end(subledger: Subledger, invoices: list[Invoice]) -> None:
    """Each receipt settles its invoice, and only that, on its day."""
    applied = {(a.item.number, a.date, a.amount, a.credit.names) for a in subledger.applications}
    assert applied == {(one.number, one.settled, one.amount, one.number) for one in invoices}
    assert sum(a.amount for a in subledger.applications) == Decimal("147703.18")
    assert open_items(subledger, date(2014, 12, 31)) == ()


def test_days_late(subledger: Subledger, invoices: list[Invoice]) -> None:
    """Days late, from our applications, are the file's column: 35.56 % are late."""
    late = {a.item.number: max(0, a.item.overdue_days(a.date)) for a in subledger.applications}
    assert late == {one.number: one.days_late for one in invoices}
    share = Decimal(sum(days > 0 for days in late.values())) / len(late)
    assert round(share * 100, 2) == Decimal("35.56")


def test_disputed(subledger: Subledger, invoices: list[Invoice]) -> None:
    """The tag is on the disputed ones: 22.75 %."""
    disputed = {i.number for i in subledger.items if "disputed" in i.transaction.tags}
    assert disputed == {one.number for one in invoices if one.disputed}
    share = Decimal(len(disputed)) / len(subledger.items)
    assert round(share * 100, 2) == Decimal("22.75")


# The aging at each month's end ----------------------------------------------------------


def expected_place(days: int, basis: Basis) -> int:
    """Which column: not due, 1-30, 31-60, 61-90, 91+; or 0-30, 31-60, 61-90, 91+."""
    if basis == "due":
        return 0 if days <= 0 else min(4, 1 + (days - 1) // 30)
    return 0 if days <= 30 else min(3, (days - 1) // 30)


def expected_aging(
    invoices: list[Invoice], day: date, basis: Basis, by: str
) -> dict[str, tuple[Decimal, ...]]:
    """The columns of each row, straight from the file."""
    found: dict[str, list[Decimal]] = {}
    for one in invoices:
        if one.open_at(day):
            row = found.setdefault(getattr(one, by), [ZERO] * (5 if basis == "due" else 4))
            since = one.due if basis == "due" else one.dated
            row[expected_place((day - since).days, basis)] += one.amount
    return {key: tuple(row) for key, row in found.items()}


@pytest.mark.parametrize("basis", ["due", "invoice"])
@pytest.mark.parametrize("day", MONTH_ENDS, ids=str)
def test_aging(subledger: Subledger, invoices: list[Invoice], day: date, basis: Basis) -> None:
    """By customer, by country, and in total; nothing unapplied; buckets sum to the total."""
    answer = aging(subledger, day, basis=basis)
    expected = expected_aging(invoices, day, basis, "customer")
    assert {row.key: row.buckets for row in answer.rows} == expected
    assert all(row.total == sum(row.buckets) and not row.unapplied for row in answer.rows)
    open_now = [one for one in invoices if one.open_at(day)]
    assert sum(total.total for total in answer.totals) == sum(one.amount for one in open_now)
    columns = [sum(column, ZERO) for column in zip(*expected.values(), strict=True)]
    assert [list(total.buckets) for total in answer.totals] == ([columns] if expected else [])
    by_country = aging(subledger, day, basis=basis, by="segment")
    assert {row.key: row.buckets for row in by_country.rows} == expected_aging(
        invoices, day, basis, "country"
    )


def test_month_ends_say_something(invoices: list[Invoice]) -> None:
    """At each of the 24 month ends something is open, and each bucket is used at some."""
    assert len(MONTH_ENDS) == 24
    used = Counter(
        expected_place((day - one.due).days, "due")
        for day in MONTH_ENDS
        for one in invoices
        if one.open_at(day)
    )
    assert all(any(one.open_at(day) for one in invoices) for day in MONTH_ENDS)
    assert {0, 1, 2} <= used.keys()


@pytest.mark.parametrize("day", MONTH_ENDS, ids=str)
def test_open_items(subledger: Subledger, invoices: list[Invoice], day: date) -> None:
    """The list has the very invoices that are open, each with its number as it is written."""
    listed = {(row.item, row.customer, row.outstanding) for row in open_items(subledger, day)}
    expected = {(one.number, one.customer, one.amount) for one in invoices if one.open_at(day)}
    assert listed == expected
    assert len(open_items(subledger, day)) == len(expected)
    late = [one for one in subledger.at(day).items if one.item.overdue_days(day) > 0]
    assert len(late) == sum(one.open_at(day) and one.due < day for one in invoices)


# Limits, allowance, advances, findings --------------------------------------------------


def balances(invoices: list[Invoice], day: date) -> dict[str, Decimal]:
    """What each customer owes at the end of a day."""
    sums: dict[str, Decimal] = {one.customer: ZERO for one in invoices}
    for one in invoices:
        if one.open_at(day):
            sums[one.customer] += one.amount
    return sums


@pytest.mark.parametrize("day", MONTH_ENDS[::6], ids=str)
def test_credit(subledger: Subledger, invoices: list[Invoice], day: date) -> None:
    """The default limit is every customer's own."""
    owed = balances(invoices, day)
    overdue = balances([one for one in invoices if one.due < day], day)
    report = credit(subledger, day)
    assert {row.customer: row.exposure for row in report.rows} == owed
    for row in report.rows:
        assert row.limit == LIMIT
        assert row.available == LIMIT - owed[row.customer]
        assert row.overdue == overdue.get(row.customer, ZERO)
        assert not row.hold
    assert report.groups == ()


def expected_breaches(invoices: list[Invoice]) -> Iterator[tuple[date, str, str]]:
    """Day by day: each invoice of a day at whose end its customer owes more than the limit."""
    per_day: dict[date, list[Invoice]] = {}
    for one in invoices:
        per_day.setdefault(one.dated, []).append(one)
    for day, raised in per_day.items():
        owed = balances(invoices, day)
        for one in raised:
            if owed[one.customer] > LIMIT:
                yield day, one.customer, one.number


def test_every_finding(subledger: Subledger, invoices: list[Invoice]) -> None:
    """Breaches of the limit as a plain simulation finds them, and nothing else."""
    found = check.find(subledger)
    expected = sorted(expected_breaches(invoices))
    assert {one.rule for one in found} == {"limit-exceeded"}
    assert sorted((one.date, one.customer, one.item) for one in found) == expected
    assert expected


@pytest.mark.parametrize("day", MONTH_ENDS[::6], ids=str)
def test_allowance(subledger: Subledger, invoices: list[Invoice], day: date) -> None:
    """Outstanding by bucket, times the rate, rounded half up to cents."""
    columns = expected_aging(invoices, day, "due", "customer").values()
    gross = [sum(column, ZERO) for column in zip(*columns, strict=True)]
    cent = Decimal("0.01")
    expected = {
        bucket: (amount, (amount * rate).quantize(cent, ROUND_HALF_UP))
        for (bucket, rate), amount in zip(RATES.items(), gross, strict=True)
        if amount
    }
    answer = allowance(subledger, day)
    assert {row.bucket: (row.gross, row.allowance) for row in answer.rows} == expected
    (total,) = answer.total
    assert total.required == sum(one for _, one in expected.values())
    assert sum(share.allowance for share in answer.customers) == total.required


def test_no_advances(subledger: Subledger) -> None:
    """The sample has none."""
    assert advances(subledger, MONTH_ENDS[-1], settled=True).rows == ()


# The command line -----------------------------------------------------------------------

AS_OF = MONTH_ENDS[-6]


@pytest.mark.parametrize(
    "command",
    ["open-items", "aging", "credit", "allowance", "advances", "statement", "check", "rules"],
)
@pytest.mark.parametrize("layout", ["text", "json"])
def test_every_command_runs(ledger: Path, command: str, layout: str) -> None:
    """Each command answers in full; only `check` ends with 1, for the breaches."""
    arguments = [command] if command == "rules" else [command, str(ledger), "--as-of", str(AS_OF)]
    if layout == "json":
        arguments += ["--format", "json"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == (1 if command == "check" else 0), done.output
    assert done.stdout.strip()
    if layout == "json":
        answer = json.loads(done.stdout)
        assert (answer["schema"], answer["complete"]) == (1, True)


def answer_of(ledger: Path, *arguments: str) -> dict[str, list[dict[str, object]]]:
    """What a command answers in JSON."""
    command, *options = arguments
    line = [command, str(ledger), "--as-of", str(AS_OF), "--format", "json", *options]
    done = CliRunner().invoke(main, line)
    answer: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return answer


def test_commands_keep_leading_zeros(ledger: Path, invoices: list[Invoice]) -> None:
    """In JSON and in CSV a number is the text it was."""
    expected = sorted(one.number for one in invoices if one.open_at(AS_OF))
    items = answer_of(ledger, "open-items")["items"]
    assert sorted(str(item["item"]) for item in items) == expected
    line = ["open-items", str(ledger), "--as-of", str(AS_OF), "--format", "csv"]
    rows = list(csv.DictReader(CliRunner().invoke(main, line).stdout.splitlines()))
    assert sorted(row["item"] for row in rows) == expected
    assert any(number.startswith("0") for number in expected)


def test_commands_give_the_library_s_figures(ledger: Path, invoices: list[Invoice]) -> None:
    """Aging, credit and check as the file has them."""
    (total,) = answer_of(ledger, "aging")["totals"]
    owed = balances(invoices, AS_OF)
    assert Decimal(str(total["total"])) == sum(owed.values())
    rows = answer_of(ledger, "credit")["rows"]
    assert {str(r["customer"]): Decimal(str(r["exposure"])) for r in rows} == owed
    findings = answer_of(ledger, "check")["findings"]
    expected = [one for one in expected_breaches(invoices) if one[0] <= AS_OF]
    assert len(findings) == len(expected)


def test_the_day_after(subledger: Subledger, invoices: list[Invoice]) -> None:
    """An invoice is open until the end of the day before it is settled, and no longer."""
    one = max(invoices, key=lambda invoice: (invoice.settled - invoice.dated, invoice.number))
    eve = one.settled - timedelta(days=1)
    assert one.number in {row.item for row in open_items(subledger, eve)}
    assert one.number not in {row.item for row in open_items(subledger, one.settled)}
