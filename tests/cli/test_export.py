# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger export`: every figure as the commands have it, exact, and written whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from arledger.cli.export_tables import Table, described
from arledger.cli.parquet import TooLongError, files, shapes
from tests.cli.faults import no_file_larger_than
from tests.cli.support import BOOK, HUADONG, NORTHWIND, ROOT, ask, invoke, spawn, validated

DAY = "2024-12-31"
TABLES = set(described())
FILES = {f"{name}.parquet" for name in TABLES} | {"export.json"}


def exported(ledger: Path, day: str = DAY, to: str = "export", *more: str) -> dict[str, Any]:
    """Export, and read the tables back: the rows of each as dictionaries."""
    done = invoke("export", ledger, "--to", to, "--as-of", day, *more)
    assert done.exit_code == 0, done.output
    return {name: parquet.read_table(f"{to}/{name}.parquet").to_pylist() for name in TABLES}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def figures(rows: Iterable[Any], *keys: str) -> list[tuple[Any, ...]]:
    """Some columns of rows, amounts as decimals, in an order of their own."""
    return sorted((tuple(map(_plain, (row[key] for key in keys))) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal) or (isinstance(value, str) and re.fullmatch(r"-?[\d.]+", value)):
        return Decimal(value).normalize() + 0
    return value


@pytest.mark.parametrize("ledger", [HUADONG, NORTHWIND])
@pytest.mark.parametrize("day", ["2023-12-31", "2024-12-31", "2025-06-30"])
def test_the_figures_are_those_of_the_commands(ledger: Path, day: str) -> None:
    """Open items, applications, aging, credit, allowance, advances, findings."""
    found = exported(ledger, day)
    keys: list[str]
    said = ask("open-items", ledger, "--as-of", day, "--all")["items"]
    keys = ["customer", "account", "item", "instalment", "date", "due", "currency"]
    money = ("amount", "outstanding")
    items = [row for row in said if row["kind"] == "item"]
    assert figures(found["items"], *keys, *money) == figures(items, *keys, *money)
    credits = [{**row, "credit": row["item"]} for row in said if row["kind"] == "credit"]
    keys = ["customer", "account", "credit", "date", "currency"]
    assert figures(found["credits"], *keys, *money) == figures(credits, *keys, *money)
    applied = [
        {**one, "customer": row["customer"], "instalment": row["instalment"], "item": row["item"]}
        for row in items
        for one in row["applications"]
    ]
    keys = ["customer", "item", "instalment", "credit", "date", "amount", "kind"]
    assert figures(found["applications"], *keys) == figures(applied, *keys)
    buckets = [
        {**row, "bucket": bucket, "amount": amount}
        for row in ask("aging", ledger, "--as-of", day)["rows"]
        for bucket, amount in {**row["buckets"], "unapplied": row["unapplied"]}.items()
    ]
    keys = ["customer", "name", "currency", "bucket", "amount"]
    assert figures(found["aging"], *keys) == figures(buckets, *keys)
    limits = ask("credit", ledger, "--as-of", day)
    keys = ["customer", "currency", "exposure", "available", "overdue", "advances", "hold"]
    assert figures(found["credit"], *keys) == figures(limits["rows"], *keys)
    keys = ["currency", "exposure", "available"]
    assert figures(found["credit_groups"], *keys) == figures(limits["groups"], *keys)
    required = ask("allowance", ledger, "--as-of", day)
    keys = ["bucket", "currency", "gross", "netted", "rate", "allowance", "allowance_currency"]
    matrix = [row for row in found["allowance"] if row["part"] == "collective"]
    assert figures(matrix, *keys) == figures(required["rows"], *keys)
    keys = ["customer", "item", "allowance"]
    specific = [row for row in found["allowance"] if row["part"] == "specific"]
    assert figures(specific, *keys) == figures(required["specific"], *keys)
    keys = ["currency", "required", "booked", "change"]
    assert figures(found["allowance_total"], *keys) == figures(required["total"], *keys)
    held = [row for row in found["advances"] if row["open"] or row["unpaid"]]
    keys = ["customer", "item", "contract", "deliver_by", "amount", "applied", "open", "days"]
    assert figures(held, *keys) == figures(ask("advances", ledger, "--as-of", day)["rows"], *keys)
    keys = ["rule", "severity", "message", "customer", "item", "date", "line"]
    assert figures(found["findings"], *keys) == figures(
        ask("check", ledger, "--as-of", day)["findings"], *keys
    )


def test_policies_and_customers() -> None:
    """As the ledger has them, the approver too."""
    found = exported(HUADONG)
    limit = next(
        row
        for row in found["policies"]
        if row["directive"] == "credit-limit" and row["approved_by"]
    )
    assert limit["key"] == "CNY"
    assert limit["value"] == f"{limit['amount']} CNY"
    assert limit["file"] == "policies/limits.beancount"
    rate = next(row for row in found["policies"] if row["directive"] == "loss-rate")
    assert isinstance(rate["rate"], Decimal)
    assert all(row["start"].isoformat() <= DAY for row in found["policies"])
    assert len(found["customers"]) == 25
    assert all(row["accounts"] for row in found["customers"])


def test_the_schema_is_the_one_described() -> None:
    """In each file, an empty one too; dates are days, decimals are decimals, nothing is a float."""
    exported(NORTHWIND, "2000-01-01")
    about = validated("export", Path("export/export.json").read_text(encoding="utf-8"))
    kinds = {
        "text": "string",
        "date": "date32[day]",
        "whole": "int32",
        "yes": "bool",
        "amount": "decimal128(38, 2)",
        "rate": "decimal128(38, 4)",
    }
    for name, (columns, says) in described().items():
        schema = parquet.read_schema(f"export/{name}.parquet")
        assert schema.names == list(columns)
        assert about["tables"][name]["columns"] == columns
        assert says
        for field, kind in zip(schema, columns.values(), strict=True):
            assert str(field.type).replace("element", "item") == kinds.get(
                kind, "list<item: string>"
            )
        assert schema.metadata[b"arledger.as_of"] == b"2000-01-01"


def test_the_ledger_as_it_was(book: Path) -> None:
    """With `--at` the tables are those of a git revision, and the manifest says so."""
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Then"]):
        subprocess.run([*git, *command], check=True)
    exported(book, "2024-02-10", "then")
    book.write_text(BOOK + LONG.format(number="NOW", amount="1.00"), encoding="utf-8")
    # A process of its own answers: only what it writes can be looked at.
    done = spawn(
        "export", book, "--to", "at", "--as-of", "2024-02-10", "--at", "HEAD", cwd=book.parent
    )
    assert done.returncode == 0, done.stderr
    about = validated("export", Path("at/export.json").read_text(encoding="utf-8"))
    assert about["at"]["revision"] == "HEAD"
    for name in FILES - {"export.json"}:
        assert Path("at", name).read_bytes() == Path("then", name).read_bytes()


# --- decimals ---


def amounts(*figures: str) -> list[Table]:
    """A table of nothing but amounts."""
    return [Table("t", {"amount": "amount"}, [(Decimal(one),) for one in figures])]


@pytest.mark.parametrize(
    ("figures", "shape"),
    [
        (("0", "1", "0.000000"), "decimal(38, 2)"),
        (("0.10", "-1.123450"), "decimal(38, 5)"),
        (("1E+30", "0.01"), "decimal(38, 2)"),
        (("9" * 36 + ".99",), "decimal(38, 2)"),
        (("9" * 37 + ".99",), "decimal(76, 2)"),
        (("9" * 36, "0.001"), "decimal(76, 3)"),
        (("9" * 74 + ".99", "0.01"), "decimal(76, 2)"),
        ((), "decimal(38, 2)"),
    ],
)
def test_decimals_are_wide_enough(figures: tuple[str, ...], shape: str, tmp_path: Path) -> None:
    """And give back what was put in, to the last digit."""
    tables = amounts(*figures)
    assert str(shapes(tables)["amount"]) == shape
    ((name, content),) = files(tables, {})
    (tmp_path / name).write_bytes(content)
    back = parquet.read_table(tmp_path / name).column("amount").to_pylist()
    assert back == [Decimal(one) for one in figures]


def test_what_no_decimal_holds() -> None:
    """Is refused, not rounded."""
    with pytest.raises(TooLongError) as raised:
        shapes(amounts("9" * 75, "0.01"))
    assert "75 digits before the point and another 2 after it" in raised.value.text.render()


LONG = """
2024-02-20 * "Long" ^INV-{number}
  Assets:Receivable:B2   {amount} EUR
  Income:Sales          -{amount} EUR
"""


def test_a_ledger_with_long_amounts(book: Path) -> None:
    """Exact where Parquet can hold them, refused in one line where it can't."""
    long = "1234567890123456789.123456789"
    book.write_text(BOOK + LONG.format(number="LONG", amount=long))
    found = exported(book)
    amount = next(row["amount"] for row in found["items"] if row["item"] == "INV-LONG")
    assert amount == Decimal(long)
    short = LONG.format(number="SHORT", amount="0." + "0" * 60 + "1")
    book.write_text(BOOK + LONG.format(number="LONG", amount=long) + short)
    done = invoke("export", book, "--to", "other", "--as-of", DAY)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Parquet holds 76 in all" in done.stderr.splitlines()[-1]
    assert not Path("other").exists()


def test_a_lone_surrogate_is_written_as_an_escape() -> None:
    """UTF-8 has no form for it."""
    ((_, content),) = files([Table("t", {"a": "text"}, [("\udc80",)])], {})
    Path("t.parquet").write_bytes(content)
    assert parquet.read_table("t.parquet").to_pylist() == [{"a": "\\udc80"}]


# --- the queries of the documentation ---


def queries() -> dict[str, str]:
    """The SQL of the reference by the command above it."""
    page = (ROOT / "docs" / "reference" / "export.md").read_text(encoding="utf-8")
    return dict(
        re.findall(
            r"^`arledger ([^`]+)`[^\n]*:\n\n```sql\n(.*?)```", page, re.MULTILINE | re.DOTALL
        )
    )


def expected(command: str, ledger: Path, day: str) -> list[tuple[Any, ...]]:
    """What the command line says, in the columns of the query."""
    said = ask(*command.split(), ledger, "--as-of", day)
    if command == "open-items":
        keys = ["customer", "item", "instalment", "currency", "amount", "outstanding"]
        return figures(said["items"], *keys)
    if command == "aging":
        return [
            (row["customer"], row["currency"], bucket, _plain(amount))
            for row in said["rows"]
            for bucket, amount in {**row["buckets"], "unapplied": row["unapplied"]}.items()
        ]
    if command.startswith("aging"):
        return [
            (row["salesperson"], row["currency"], bucket, _plain(amount))
            for row in said["rows"]
            for bucket, amount in row["buckets"].items()
            if Decimal(amount)
        ]
    if command == "credit":
        rows = [{**row, "credit_limit": row["limit"]} for row in said["rows"]]
        keys = ["customer", "currency", "credit_limit", "exposure", "available", "hold"]
        return figures(rows, *keys)
    if command == "allowance":
        return figures(said["total"], "currency", "required")
    assert command == "advances"
    keys = ["customer", "item", "contract", "currency", "amount", "open", "days"]
    return figures(said["rows"], *keys)


@pytest.mark.parametrize("day", ["2024-08-12", "2025-06-30"])
@pytest.mark.parametrize("ledger", [HUADONG, NORTHWIND])
def test_a_query_for_each_question(ledger: Path, day: str) -> None:
    """In DuckDB, as the documentation shows it, with the command line's figures."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb isn't installed")
    exported(ledger, day)
    shown = queries()
    assert len(shown) == 6
    for command, query in shown.items():
        found = [tuple(map(_plain, row)) for row in duckdb.sql(query).fetchall()]
        wanted = expected(command, ledger, day)
        assert wanted or command == "advances", command
        assert sorted(found, key=repr) == sorted(wanted, key=repr), command


# --- the folder ---


def test_the_same_again_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, from wherever it is called; an earlier export is replaced."""
    exported(HUADONG)
    before = {path.name: path.read_bytes() for path in Path("export").iterdir()}
    assert set(before) == FILES
    monkeypatch.chdir(Path("export").parent.resolve().parent)
    exported(HUADONG, DAY, str(Path("export-again").resolve()))
    assert {p.name: p.read_bytes() for p in Path("export-again").iterdir()} == before
    exported(HUADONG, "2024-06-30", "export-again")
    after = {p.name: p.read_bytes() for p in Path("export-again").iterdir()}
    assert set(after) == FILES
    assert after["items.parquet"] != before["items.parquet"]
    shutil.rmtree("export-again")


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "",
        "[]",
        "{}",
        '{"program": "another"}',
        '{"program": "arledger export"}',
        "[" * 100_000,
        "\ud800".encode("utf-8", "surrogatepass"),
        b" " * 1_000_001,
    ],
)
def test_what_is_no_earlier_export(book: Path, manifest: str | bytes | None) -> None:
    """Refused without --force, before the ledger is loaded; with it everything else stays."""
    place = Path("there")
    place.mkdir()
    (place / "notes.txt").write_text("precious", encoding="utf-8")
    if manifest is not None:
        content = manifest if isinstance(manifest, bytes) else manifest.encode()
        (place / "export.json").write_bytes(content)
    done = invoke("export", "nowhere.beancount", "--to", "there")
    assert (done.exit_code, done.stderr) == (2, "arledger: there: is not empty\n")
    exported(book, DAY, "there", "--force")
    assert {path.name for path in place.iterdir()} == {*FILES, "notes.txt"}
    assert (place / "notes.txt").read_text(encoding="utf-8") == "precious"
    done = invoke("export", book, "--to", "there", "--as-of", DAY)
    assert done.exit_code == 2
    assert "holds notes.txt, which is not ours; --force keeps it" in done.stderr


def test_never_among_the_ledger_s_files(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even with --force."""
    (book.parent / "more").mkdir()
    more = book.parent / "more" / "more.beancount"
    more.write_text('2024-01-01 note Assets:Bank "x"\n', encoding="utf-8")
    book.write_text('include "more/more.beancount"\n' + BOOK, encoding="utf-8")
    done = invoke("export", book, "--to", "more", "--force", "--as-of", DAY)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("arledger: more: is a folder of the ledger itself\n")
    assert [path.name for path in more.parent.iterdir()] == ["more.beancount"]
    monkeypatch.chdir(more.parent)
    done = invoke("export", book, "--to", "..", "--force", "--as-of", DAY)
    assert done.exit_code == 2


@pytest.mark.parametrize("name", ["the export", "导出", "new\nline", "a'b"])
def test_a_folder_of_any_name(book: Path, name: str) -> None:
    """And what is said of it stays on one line."""
    done = invoke("export", book, "--to", name, "--as-of", DAY)
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 1
    assert {path.name for path in Path(name).iterdir()} == FILES


def test_without_pyarrow(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says how to get it."""
    monkeypatch.setattr("arledger.cli.export.find_spec", lambda _: None)
    done = invoke("export", book, "--to", "export")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "arledger: export needs pyarrow, which isn't there: pip install 'arledger[parquet]'\n"
    )


def test_pyarrow_is_imported_by_export_only(book: Path) -> None:
    """No other command waits for it."""
    program = (
        "import sys, arledger.cli.main as m; m.main.status(sys.argv[1:]); "
        "sys.exit('pyarrow' in sys.modules)"
    )
    for command in (["aging", str(book)], ["export", "--help"], ["init", "x"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *command], check=False, capture_output=True
        )
        assert done.returncode == 0, command


def test_an_incomplete_ledger(book: Path) -> None:
    """What could be read is exported, and marked; status 2."""
    book.write_text(BOOK + "\n2024-03-01 * nonsense\n", encoding="utf-8")
    done = invoke("export", book, "--to", "export", "--as-of", DAY)
    assert done.exit_code == 2
    assert "incomplete" in done.stderr
    about = json.loads(Path("export/export.json").read_text(encoding="utf-8"))
    assert about["complete"] is False


def test_a_full_disk(book: Path) -> None:
    """One line, and the earlier export stands."""
    exported(book)
    before = {path.name: path.read_bytes() for path in Path("export").iterdir()}
    place = book.parent / "export"
    done = spawn("export", book, "--to", place, preexec_fn=no_file_larger_than(2000), env=plain())
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"arledger: {place}: can't be written: File too large"
    assert {path.name: path.read_bytes() for path in Path("export").iterdir()} == before
    assert sorted(path.name for path in Path().iterdir()) == ["export", "ledger.beancount"]


def plain() -> dict[str, str]:
    """An environment in which nothing but the command writes files."""
    path = ":".join(filter(None, sys.path))
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}


@pytest.mark.slow
def test_killed_at_any_moment(book: Path) -> None:
    """The real command, killed after a random time: the earlier export or the new one, whole."""
    chance = random.Random(5)  # noqa: S311 - which moments doesn't matter
    place = book.parent / "export"
    days = ("2024-02-10", "2024-12-31")
    whole = {}
    for day in days:
        exported(book, day)
        whole[day] = {path.name: path.read_bytes() for path in place.iterdir()}
    at, latest = days[1], 0.0
    for count in range(12):
        day = days[count % 2]
        command = [sys.executable, "-m", "arledger.cli.main", "export", str(book)]
        command += ["--to", str(place), "--as-of", day]
        started = time.monotonic()
        begun = subprocess.Popen(command, env=plain(), stdout=subprocess.DEVNULL)
        try:
            begun.wait(chance.uniform(0.3, max(latest, 1.0)))
            latest = max(latest, time.monotonic() - started)
        except subprocess.TimeoutExpired:
            begun.kill()
            begun.wait()
        found = {path.name: path.read_bytes() for path in place.iterdir()}
        assert found in (whole[at], whole[day])
        at = next(one for one in days if found == whole[one])


def test_two_at_once(book: Path) -> None:
    """Both succeed, one after the other; what stands is one of them, whole."""
    exported(book, "2024-02-10", "one")
    exported(book, "2024-12-31", "two")

    exported(book, "2024-02-10")
    command = [sys.executable, "-m", "arledger.cli.main", "export", str(book), "--to", "export"]
    both = [
        subprocess.Popen([*command, "--as-of", day], env=plain(), stdout=subprocess.DEVNULL)
        for day in ("2024-02-10", "2024-12-31")
    ]
    assert [one.wait() for one in both] == [0, 0]
    found = {path.name: path.read_bytes() for path in Path("export").iterdir()}
    assert found in [
        {path.name: path.read_bytes() for path in Path(one).iterdir()} for one in ("one", "two")
    ]
    assert sorted(p.name for p in Path().iterdir() if p.is_dir()) == ["export", "one", "two"]
