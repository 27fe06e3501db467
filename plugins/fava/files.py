# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables to download: CSV for programs, a spreadsheet for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

import attrs
from flask import make_response
from flask.wrappers import Response

from arledger.plugins.fava.page import Page
from arledger.sheets import Cell, document, workbook

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@attrs.frozen
class Table:
    """A table to download: the file's name without its ending, the header, the rows."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def as_response(table: Table, page: Page) -> Response:
    """The table in the format asked for; spreadsheets open a CSV with a byte order mark right."""
    if page.asked.format == "xlsx":
        content = workbook(table.name, table.header, table.rows)
    else:
        content = document(table.header, table.rows).encode("utf-8-sig")
    response = make_response(content)
    name = f"{table.name}-{page.as_of}.{page.asked.format}"
    response.headers["Content-Type"] = _TYPES[page.asked.format]
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
