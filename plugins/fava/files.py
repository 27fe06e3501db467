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
    "html": "text/html; charset=utf-8",
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
        return attachment(content, f"{table.name}-{page.as_of}", "xlsx")
    content = document(table.header, table.rows).encode("utf-8-sig")
    return attachment(content, f"{table.name}-{page.as_of}", "csv")


def attachment(content: bytes, name: str, form: str) -> Response:
    """A file to be kept, never shown in Fava's own place."""
    response = make_response(content)
    response.headers["Content-Type"] = _TYPES[form]
    response.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(f'{name}.{form}', safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
