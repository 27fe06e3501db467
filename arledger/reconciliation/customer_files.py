# SPDX-License-Identifier: GPL-2.0-or-later
"""What the ledger says of the files that a customer sends.

    2024-01-01 custom "statement-columns" "C001" "date=日期 ref=单据号 debit=借方 credit=贷方"
      side: "theirs"
      encoding: "gb18030"

The latest on or before the statement's end counts. Its keys are named as the options of the command
line: `side`, `encoding`, `delimiter`, `sheet`, `header-line`, `date-order`, `decimal-mark`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from arledger.findings import Text, place, say
from arledger.language.policies import Policy
from arledger.reconciliation.reading import Overrides, ReadingError
from arledger.subledger.subledger import Subledger

STATEMENT_COLUMNS = "statement-columns"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "side": ("ours", "theirs"),
    "date-order": ("ymd", "dmy", "mdy"),
    "decimal-mark": (".", ","),
}
_TEXTS = ("encoding", "delimiter", "sheet")


def directive(subledger: Subledger, customer: str, day: date = date.max) -> Policy | None:
    """The customer's `statement-columns` that holds on `day`; the latest unless one is given."""
    return subledger.policies.own(STATEMENT_COLUMNS, customer).one(day)


def overrides_of(subledger: Subledger, customer: str, day: date = date.max) -> Overrides:
    """How the customer's files are read; `ReadingError` names the directive that can't be used."""
    found = directive(subledger, customer, day)
    if found is None:
        return Overrides()
    meta = found.entry.meta
    try:
        return Overrides(columns=found.value, **_given(meta))
    except ReadingError as error:
        text = say("{place}: {problem}", place=place(meta), problem=error.text)
        raise ReadingError(text) from error


def _given(meta: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {key: _text(key, meta) for key in _TEXTS}
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
    return given


def _text(key: str, meta: Mapping[str, Any]) -> str | None:
    value = meta.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise ReadingError(say("{key}: must be a text in quotes", key=key))
    return value


def _one_of(key: str, choices: tuple[str, ...]) -> Text:
    return say("{key}: is one of {choices}", key=key, choices=", ".join(choices))
