# SPDX-License-Identifier: GPL-2.0-or-later
"""Which column of a customer's statement is what: the value of `statement-columns`.

    2024-01-01 custom "statement-columns" "C001" "date=日期 ref=单据号 debit=借方 credit=贷方"

Each pair is a field and the text at the head of its column; a heading with spaces stands in
quotes: `date='Posting date'`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from arledger.findings import say
from arledger.language.spelling import nearest
from arledger.language.values import MalformedError

# What a column can be; `flag` says debit or credit of the amount, `side` of the balance.
FIELDS = (
    "date",
    "due",
    "ref",
    "text",
    "debit",
    "credit",
    "amount",
    "flag",
    "balance",
    "side",
    "currency",
    "rate",
)
# One of these carries the figures; without it nothing can be read.
AMOUNT_FIELDS = frozenset({"debit", "credit", "amount"})
EXAMPLE = "date=日期 ref=单据号 debit=借方 credit=贷方 balance=余额"

_PAIR = re.compile(
    r"""\s*(?P<field>[^\s=]+)\s*=\s*(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>[^\s"'=]+))(?=\s|$)"""
)


def parse_columns(text: str) -> Mapping[str, str]:
    """Fields and their headings, in the order written; `MalformedError` says what is wrong."""
    found: dict[str, str] = {}
    at = 0
    while text[at:].strip():
        match = _PAIR.match(text, at)
        if match is None:
            raise MalformedError(
                say(
                    'can\'t read "{rest}"; write pairs like "{example}", and a heading with '
                    "spaces in quotes",
                    rest=text[at:].strip(),
                    example=EXAMPLE,
                )
            )
        field = match["field"].lower()
        heading = (match["double"] or match["single"] or match["bare"]).strip()
        _add(found, field, heading)
        at = match.end()
    if not AMOUNT_FIELDS & found.keys():
        raise MalformedError(
            say('no column for the amounts: name "amount", or "debit" and "credit"')
        )
    return found


def _add(found: dict[str, str], field: str, heading: str) -> None:
    if field not in FIELDS:
        raise MalformedError(
            say(
                '"{field}" is no column of a statement{near}; there are {fields}',
                field=field,
                near=nearest(field, FIELDS),
                fields=", ".join(FIELDS),
            )
        )
    if not heading:
        raise MalformedError(say('"{field}" has no heading', field=field))
    if field in found:
        raise MalformedError(say('"{field}" stands twice', field=field))
    found[field] = heading
