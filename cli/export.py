# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger export`: the subledger at a date as Parquet files, for other programs."""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arledger.cli import common, json_out
from arledger.cli.help import Command
from arledger.cli.visible import visible
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.cli.export_tables import Table

MANIFEST = "export.json"
MANIFEST_BYTES_MAX = 1_000_000


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger export ledger.beancount --to export --as-of 2024-12-31
  duckdb -c "SELECT customer, sum(outstanding) FROM 'export/items.parquet' GROUP BY ALL"
""",
)
@click.argument("ledger")
@click.option("--to", "folder", required=True, metavar="FOLDER", help="Where to put the files.")
@click.option("--as-of", callback=common.day_of, metavar="DATE", help=common.AS_OF_HELP[True])
@click.option(
    "--force",
    is_flag=True,
    help="Into a folder that isn't an earlier export, too; what else it holds stays.",
)
@common.at_option()
@common.errand()
def export(asked: common.Request, ledger: str, folder: str) -> int:
    """The subledger as Parquet files, one for each table, whole or not at all.

    Items, credits, applications, customers, advances and policies; aging, credit and allowance at
    the day; findings. Amounts are exact decimals. An earlier export is replaced. Needs pyarrow.
    """
    from arledger.cli import folder as folders
    from arledger.cli.atomic import WriteError

    place = Path(folder)
    if find_spec("pyarrow") is None:
        text = say("export needs pyarrow, which isn't there: pip install 'arledger[parquet]'")
        raise asked.refuse(text)
    try:
        folders.check(place, earlier, force=asked.force)
        books = common.open_books(asked, ledger)
        _not_among_the_ledger(books, place)
        made, rows = _files(books)
        folders.write(place, made, earlier, force=asked.force)
    except WriteError as error:
        raise asked.refuse(error.text) from error
    said = say(
        "{folder}: {count} tables with {rows} rows, as of {day}",
        folder=place,
        count=len(made) - 1,
        rows=rows,
        day=books.as_of,
    )
    common.write_out(asked, visible(asked.text(said)) + "\n")
    return books.status


def _files(books: common.Books) -> tuple[dict[str, bytes], int]:
    """The content of each file, and how many rows they have together."""
    from arledger.cli import parquet
    from arledger.cli.export_tables import Source, tables

    found = tables(Source(books.ledger, books.as_of, books.request.translate))
    about = {"schema": str(json_out.SCHEMA), "as_of": books.as_of.isoformat()}
    try:
        made = dict(parquet.files(found, about))
    except parquet.TooLongError as error:
        raise books.request.refuse(error.text) from error
    shape = {kind: str(one) for kind, one in parquet.shapes(found).items()}
    made[MANIFEST] = _manifest(books, found, shape)
    return made, sum(len(table.rows) for table in found)


def _manifest(books: common.Books, tables: list[Table], shape: dict[Any, str]) -> bytes:
    """What the folder is: it tells an earlier export from anything else."""
    about = {
        **books.common(),
        "program": "arledger export",
        "ledger": books.ledger.path.name,
        "decimals": shape,
        "tables": {
            table.name: {"rows": len(table.rows), "columns": dict(table.columns)}
            for table in tables
        },
    }
    return (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def earlier(folder: Path) -> Collection[str] | None:
    """The files of an earlier export in a folder; None where there is none."""
    file = folder / MANIFEST
    try:
        if file.is_symlink() or file.stat().st_size > MANIFEST_BYTES_MAX:
            return None
        about = json.loads(file.read_text(encoding="utf-8"))
        if about["program"] != "arledger export":
            return None
        return frozenset({MANIFEST, *(f"{name}.parquet" for name in about["tables"])})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _not_among_the_ledger(books: common.Books, place: Path) -> None:
    """An export never stands among the ledger's own files."""
    ledger = books.ledger
    real = place.resolve()
    for name in {str(ledger.path), *(ledger.options_map.get("include") or ())}:
        if Path(name).resolve().parent == real:
            text: Text = say("{path}: is a folder of the ledger itself", path=place)
            raise books.request.refuse(text)
