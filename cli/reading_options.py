# SPDX-License-Identifier: GPL-2.0-or-later
"""How a file from outside is read: the options by which a person overrules what is found out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arledger.cli.common import Request
from arledger.findings import say

if TYPE_CHECKING:
    from arledger.reconciliation.model import ReadAs
    from arledger.reconciliation.reading.overrides import Overrides

# Larger files are no bank statements; the reader refuses sooner where the form allows it.
BYTES_MAX = 512 * 1024 * 1024

_OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.option(
        "--columns", metavar="TEXT", help='Its columns, as in "date=日期 ref=单据号 amount=金额".'
    ),
    click.option("--encoding", metavar="NAME", help="Its encoding, as in gb18030."),
    click.option("--delimiter", metavar="CHAR", help="What separates its columns."),
    click.option("--sheet", metavar="NAME", help="The sheet of the workbook."),
    click.option(
        "--header-line", type=click.IntRange(min=1), metavar="N", help="The line of headings."
    ),
    click.option(
        "--date-order", type=click.Choice(("ymd", "dmy", "mdy")), help="The order in dates."
    ),
    click.option("--decimal-mark", type=click.Choice((".", ",")), help="The decimal mark."),
)
NAMES = (
    "columns",
    "encoding",
    "delimiter",
    "sheet",
    "header_line",
    "date_order",
    "decimal_mark",
)


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets them as keyword arguments named in `NAMES`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def overrides_of(asked: Request, said: dict[str, Any]) -> Overrides:
    """The options as the readers take them."""
    from arledger.reconciliation.reading.errors import ReadingError
    from arledger.reconciliation.reading.overrides import Overrides, parse_columns

    values = {name: value for name in NAMES if (value := said.get(name)) is not None}
    try:
        if "columns" in values:
            values["columns"] = parse_columns(values["columns"])
    except ReadingError as error:
        raise asked.refuse(say("--columns: {problem}", problem=error.text)) from error
    return Overrides(**values)


def content_of(asked: Request, name: str) -> bytes:
    """The bytes of a file."""
    path = Path(name)
    try:
        if path.is_dir():
            raise asked.refuse(say("{path}: is a folder", path=path))
        if path.exists() and not path.is_file():
            raise asked.refuse(say("{path}: is not a file", path=path))
        if path.stat().st_size > BYTES_MAX:
            raise asked.refuse(
                say("{path}: is larger than {size} MB", path=path, size=BYTES_MAX // 2**20)
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise asked.refuse(say("{path}: {reason}", path=path, reason=reason)) from error


def note_read_as(asked: Request, name: str, read_as: ReadAs) -> None:
    """How the file was understood, on stderr: who sees it wrong can say it right."""
    parts = [read_as.format, read_as.encoding, read_as.delimiter and repr(read_as.delimiter)]
    if read_as.sheet:
        parts.append(read_as.sheet)
    parts += [f"{field}={heading}" for field, heading in read_as.columns]
    if read_as.date_order:
        parts.append(read_as.date_order)
    shown = ", ".join(part for part in parts if part)
    asked.note(say("{file}: read as {how}", file=name, how=shown))
