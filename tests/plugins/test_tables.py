# SPDX-License-Identifier: GPL-2.0-or-later
"""The query tables: the command line's figures, wherever and however they are asked.

beanquery documents none of what they rest on: this is also the contract with its pinned version.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from click.testing import CliRunner

from arledger.cli.main import main
from tests.cli.support import schema as packaged

beanquery = pytest.importorskip("beanquery")
tables = importlib.import_module("arledger.plugins.tables")

LEDGERS = Path(__file__).resolve().parents[2] / "ledgers"
COMPANIES = {
    "huadong": LEDGERS / "huadong" / "main.beancount",
    "northwind": LEDGERS / "northwind" / "main.beancount",
}

# The command, the key of its rows, and the table's own names of fields.
CONTRACT = {
    "open_items": ("open-items", "items", {"applications", "sources"}),
    "credit": ("credit", "rows", {"sources"}),
    "advances": ("advances", "rows", {"sources"}),
    "allowance": ("allowance", "rows", {"sources"}),
    "findings": ("check", "findings", set()),
}

BOOK = """\
plugin "arledger.plugins.receivables"
option "operating_currency" "CNY"
2024-01-01 open Assets:Receivable:C001 CNY
  customer: "C001"
  name: "华东重工有限公司"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "credit-limit" "C001" 500.00 CNY
2024-06-01 custom "credit-limit" "C001" 800.00 CNY
2024-01-05 * "Invoice" ^INV-1
  Assets:Receivable:C001   100.00 CNY
    due: 2024-02-05
  Income:Sales
2024-07-05 * "Invoice" ^INV-2
  Assets:Receivable:C001    50.00 CNY
    due: 2024-08-05
  Income:Sales
2024-07-10 * "Receipt" ^INV-1
  Assets:Bank               30.00 CNY
  Assets:Receivable:C001
2024-07-10 query "open" "SELECT customer, sum(outstanding) AS open FROM #open_items GROUP BY 1"
"""


def answer(*args: str) -> Any:
    """The command line's JSON."""
    result = CliRunner().invoke(main, [*args, "--format", "json"], catch_exceptions=False)
    return json.loads(result.stdout)


def select(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What beanquery answers on a ledger."""
    connection = beanquery.connect(f"beancount:{path}")
    rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


@pytest.fixture(params=COMPANIES)
def company(request: pytest.FixtureRequest) -> Path:
    """Each example company's ledger."""
    return COMPANIES[request.param]


@pytest.fixture
def latest(company: Path) -> str:
    """The day the tables speak of."""
    return str(answer("check", str(company))["as_of"])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A ledger of three entries."""
    path = tmp_path / "账 book.beancount"
    path.write_text(BOOK, encoding="utf-8")
    return path


def fields(row: dict[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    """A row of JSON as the query language would have it: amounts are numbers."""
    return tuple(row[name] for name in names)


def plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of the query language with dates and numbers as JSON has them."""
    return tuple(
        None if value is None else value if isinstance(value, bool | int) else str(value)
        for value in row
    )


def same(one: Any, other: Any) -> bool:
    """Equal, where texts of numbers may have more or fewer zeros at the end."""
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except (ArithmeticError, TypeError, ValueError):
        return False


def check_rows(got: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]]) -> None:
    """The same rows, in the same order."""
    assert len(got) == len(expected)
    for mine, theirs in zip(got, expected, strict=True):
        different = [pair for pair in zip(plain(mine), theirs, strict=True) if not same(*pair)]
        assert not different


@pytest.mark.parametrize("table", CONTRACT)
def test_columns_are_the_fields_of_the_schema(table: str) -> None:
    """A field of the JSON contract is a column; nested lists are tables of their own."""
    command, key, left_out = CONTRACT[table]
    schema = packaged(command)
    row = schema["properties"][key]["items"]
    row = schema["$defs"][row["$ref"].rpartition("/")[2]] if "$ref" in row else row
    (found,) = [one for one in vars(tables).values() if getattr(one, "name", None) == table]
    assert set(row["properties"]) - left_out <= set(found.columns)


@pytest.mark.parametrize("table", ["open_items", "credit", "advances", "allowance"])
def test_rows_are_the_command_lines(table: str, company: Path, latest: str) -> None:
    """Each row and each figure of the JSON, in its order."""
    command, key, left_out = CONTRACT[table]
    rows = answer(command, str(company), "--as-of", latest)[key]
    names = [name for name in rows[0] if name not in {*left_out, "file", "waivers"}]
    columns = ", ".join(f'"{name}"' for name in names)
    where = " WHERE part = 'collective'" if table == "allowance" else ""
    got = select(company, f"SELECT {columns} FROM #{table}{where}")  # noqa: S608
    check_rows(got, [fields(row, names) for row in rows])


def test_aging_rows_are_the_command_lines(company: Path, latest: str) -> None:
    """Buckets are asked by their label."""
    report = answer("aging", str(company), "--as-of", latest)
    labels = ", ".join(f"buckets['{label}']" for label in report["buckets"])
    columns = f"customer, name, currency, unapplied, total, {labels}"
    got = select(company, f"SELECT {columns} FROM #aging")  # noqa: S608
    expected = [
        (
            *fields(row, ("customer", "name", "currency", "unapplied", "total")),
            *(row["buckets"][label] for label in report["buckets"]),
        )
        for row in report["rows"]
    ]
    check_rows(got, expected)


def test_days_and_bucket_of_open_items_add_up_to_the_aging(company: Path, latest: str) -> None:
    """Grouped by bucket, the open items are the totals of the aging."""
    report = answer("aging", str(company), "--as-of", latest)
    got = {
        (currency, bucket): amount
        for currency, bucket, amount in select(
            company,
            "SELECT currency, bucket, sum(outstanding) FROM #open_items "
            "WHERE kind = 'item' GROUP BY currency, bucket",
        )
    }
    expected = {
        (total["currency"], label): Decimal(amount)
        for total in report["totals"]
        for label, amount in total["buckets"].items()
        if Decimal(amount)
    }
    assert got == expected


def test_applications_are_those_of_the_items(company: Path, latest: str) -> None:
    """Every application that holds, of settled items too."""
    items = answer("open-items", str(company), "--as-of", latest, "--all")["items"]
    expected = [
        (
            row["customer"],
            row["item"],
            row["instalment"],
            *fields(applied, ("credit", "date", "amount")),
        )
        for row in items
        if row["kind"] == "item"
        for applied in row["applications"]
    ]
    got = select(
        company, "SELECT customer, item, instalment, credit, date, amount FROM #applications"
    )
    check_rows(got, expected)


def test_findings_are_the_checks(company: Path) -> None:
    """The same findings, Beancount's own aside."""
    expected = [
        fields(row, ("rule", "severity", "message", "line", "customer", "item", "date"))
        for row in answer("check", str(company))["findings"]
    ]
    got = select(
        company, "SELECT rule, severity, message, line, customer, item, date FROM #findings"
    )
    check_rows(got, expected)


def test_customers_have_their_attributes(book: Path) -> None:
    """What is not said is nothing, not an empty text."""
    got = select(book, "SELECT customer, name, segment, accounts FROM #customers")
    assert got == [("C001", "华东重工有限公司", None, {"Assets:Receivable:C001"})]


def test_a_figure_without_its_price_is_null(book: Path) -> None:
    """Not zero; a sum leaves it out."""
    more = """\
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.1
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.1
2024-01-01 open Assets:Receivable:C002
  customer: "C002"
2024-01-01 custom "credit-limit" "C002" 500.00 CNY
2024-07-05 * "Invoice" ^INV-3
  Assets:Receivable:C002    50.00 USD
    due: 2024-08-05
  Income:Sales
2024-07-05 custom "specific-allowance" "C002" 10.00 CNY
"""
    book.write_text(BOOK + more, encoding="utf-8")
    credits = "SELECT customer, exposure, available, overdue FROM #credit ORDER BY 1"
    assert select(book, credits)[1] == ("C002", None, None, Decimal(0))
    specific = "SELECT gross, allowance FROM #allowance WHERE part = 'specific'"
    assert select(book, specific) == [(None, None)]
    # INV-1 is long overdue, in a bucket without a rate; of INV-2 ten of a hundred are required.
    sums = "SELECT part, sum(allowance) FROM #allowance WHERE part = 'collective' GROUP BY 1"
    assert select(book, sums) == [("collective", Decimal(5))]


def test_specific_allowances_are_rows_too(company: Path, latest: str) -> None:
    """The sum of the column is the required allowance."""
    required = {
        total["currency"]: Decimal(total["required"])
        for total in answer("allowance", str(company), "--as-of", latest)["total"]
    }
    got = select(company, "SELECT allowance_currency, sum(allowance) FROM #allowance GROUP BY 1")
    assert dict(got) == required


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT DISTINCT days_overdue(2024-02-05, 2024-02-04)", -1),
        ("SELECT DISTINCT days_overdue(2024-02-05, 2024-03-07)", 31),
        ("SELECT DISTINCT aging_bucket(2024-02-05, 2024-02-05)", "not-due"),
        ("SELECT DISTINCT aging_bucket(2024-02-05, 2024-02-06)", "1-30"),
        ("SELECT DISTINCT aging_bucket(2024-02-05, 2024-03-07)", "31-60"),
        (
            "SELECT DISTINCT number(credit_limit('Assets:Receivable:C001', 2024-05-31))",
            Decimal(500),
        ),
        (
            "SELECT DISTINCT number(credit_limit('Assets:Receivable:C001', 2024-06-01))",
            Decimal(800),
        ),
        ("SELECT DISTINCT credit_limit('Assets:Receivable:C001', 2023-12-31)", None),
        ("SELECT DISTINCT credit_limit('Assets:Bank', 2024-06-01)", None),
    ],
)
def test_functions(book: Path, query: str, expected: Any) -> None:
    """On any table, at the edges."""
    assert select(book, query) == [(expected,)]


QUERY = "SELECT customer, sum(outstanding) AS open FROM #open_items GROUP BY customer"


def python(script: str, *args: str) -> str:
    """Run a script of its own process, so that nothing is imported yet."""
    result = subprocess.run(
        [sys.executable, "-c", script, *args],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
    )
    return result.stdout


def test_bean_query_with_and_without_the_load_cache(book: Path) -> None:
    """A miss, then a hit that runs no plugin, then a changed ledger."""
    script = (
        "import sys, beancount.loader as l\n"
        "l.PICKLE_CACHE_THRESHOLD = 0.0\n"
        "l.initialize(use_cache=sys.argv[3] == 'cache')\n"
        "from beanquery.shell import main\n"
        "main(['--format', 'csv', sys.argv[1], sys.argv[2]], standalone_mode=False)\n"
        "print('receivables' if 'arledger.plugins.receivables' in sys.modules else 'hit')\n"
    )
    uncached = python(script, str(book), QUERY, "none").split()
    assert uncached[1].split(",") == ["C001", "120.00"]
    miss = python(script, str(book), QUERY, "cache").split()
    hit = python(script, str(book), QUERY, "cache").split()
    assert miss == uncached
    assert hit == [*uncached[:-1], "hit"]
    book.write_text(BOOK.replace("30.00 CNY", "40.00 CNY"), encoding="utf-8")
    changed = python(script, str(book), QUERY, "cache").split()
    assert changed[1].split(",") == ["C001", "110.00"]


def test_a_query_directive(book: Path) -> None:
    """`run` of a stored query."""
    script = (
        "import sys\nfrom beanquery.shell import main\n"
        "main(['--format', 'csv', sys.argv[1], 'run open'], standalone_mode=False)\n"
    )
    assert python(script, str(book)).split()[-1].split(",")[1].strip() == "120.00"


@pytest.mark.parametrize(
    "plugin", ["open_items", "aging", "credit_limits", "allowance", "advances"]
)
def test_any_plugin_line_brings_the_tables(plugin: str, book: Path) -> None:
    """Each plugin alone, in a fresh process."""
    book.write_text(BOOK.replace("plugins.receivables", f"plugins.{plugin}"), encoding="utf-8")
    script = (
        "import sys, beanquery\n"
        "print(beanquery.connect('beancount:' + sys.argv[1]).execute(sys.argv[2]).fetchall())\n"
    )
    assert python(script, str(book), QUERY).strip() == "[('C001', Decimal('120.00'))]"


@pytest.mark.parametrize(
    "filters", ["", "?time=2024-07", "?time=2023", "?account=Assets:Bank", "?filter=%23none"]
)
def test_favas_query_page_tells_the_truth_whatever_is_filtered(book: Path, filters: str) -> None:
    """Filters change what Fava shows, not what a customer owes."""
    application = pytest.importorskip("fava.application")
    app = application.create_app([str(book)])
    app.testing = True
    slug = next(iter(app.config["LEDGERS"].ledgers_by_slug))
    separator = "&" if filters else "?"
    response = app.test_client().get(
        f"/{slug}/api/query{filters}{separator}query_string={QUERY.replace('#', '%23')}"
    )
    assert response.status_code == 200
    assert response.json["data"]["rows"] == [["C001", 120]]


def test_a_ledger_without_the_plugin_line_is_told() -> None:
    """Tables of another ledger of the process don't answer for this one."""
    text = BOOK.replace('plugin "arledger.plugins.receivables"\n', "")
    entries, errors, options = loader.load_string(text)
    connection = beanquery.connect("beancount:", entries=entries, errors=errors, options=options)
    # Of the kind that bean-query and Fava show as a message.
    with pytest.raises(beanquery.CompilationError, match="the ledger has no line"):
        connection.execute(QUERY).fetchall()
