# SPDX-License-Identifier: GPL-2.0-or-later
"""What the ledger says of the files that a customer sends.

    2024-01-01 custom "statement-columns" "C001" "date=日期 ref=单据号 debit=借方 credit=贷方"
      side: "theirs"
      encoding: "gb18030"

The latest directive of the customer counts. Its keys are named as the options of the command
line: `side`, `encoding`, `delimiter`, `sheet`, `header-line`, `date-order`, `decimal-mark`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from beancount.core.data import Custom

from arledger.findings import Text, place, say
from arledger.reconciliation.reading import Overrides, ReadingError, parse_columns
from arledger.subledger.subledger import Subledger

STATEMENT_COLUMNS = "statement-columns"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "side": ("ours", "theirs"),
    "date-order": ("ymd", "dmy", "mdy"),
    "decimal-mark": (".", ","),
}
_TEXTS = ("encoding", "delimiter", "sheet")


def directive(subledger: Subledger, customer: str) -> Custom | None:
    """The customer's latest `statement-columns`; of two of one day the later in content."""
    found = [
        entry
        for entry in subledger.books.relevant
        if isinstance(entry, Custom)
        and entry.type == STATEMENT_COLUMNS
        and entry.values
        and str(entry.values[0].value) == customer
    ]
    return max(
        found,
        key=lambda entry: (entry.date, [str(value.value) for value in entry.values]),
        default=None,
    )


def overrides_of(subledger: Subledger, customer: str) -> Overrides:
    """How the customer's files are read; `ReadingError` names the directive that can't be used."""
    entry = directive(subledger, customer)
    if entry is None:
        return Overrides()
    try:
        return _overrides(entry)
    except ReadingError as error:
        text = say("{place}: {problem}", place=place(entry.meta), problem=error.text)
        raise ReadingError(text) from error


def _overrides(entry: Custom) -> Overrides:
    columns: Mapping[str, str] = {}
    if len(entry.values) > 1:
        columns = parse_columns(str(entry.values[1].value))
    meta = entry.meta
    given: dict[str, Any] = {key.replace("-", "_"): _text(key, meta) for key in _TEXTS}
    for key, choices in _CHOICES.items():
        value = _text(key, meta)
        if value is not None and value not in choices:
            raise ReadingError(_one_of(key, choices))
        given[key.replace("-", "_")] = value
    header = meta.get("header-line")
    if header is not None:
        if not isinstance(header, Decimal) or header != int(header) or header < 1:
            raise ReadingError(say("{key}: must be a line of the file, from 1", key="header-line"))
        given["header_line"] = int(header)
    return Overrides(columns=columns, **given)


def _text(key: str, meta: Mapping[str, Any]) -> str | None:
    value = meta.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise ReadingError(say("{key}: must be a text in quotes", key=key))
    return value


def _one_of(key: str, choices: tuple[str, ...]) -> Text:
    return say("{key}: is one of {choices}", key=key, choices=", ".join(choices))
