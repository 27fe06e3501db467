# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes a finding the same one after a ledger has changed: its content, never its place.

Two findings are the same where rule, customer, item and cause agree. The cause is the sentence
with what it was said about; files and lines in it don't count, so lines may move. What is true of
the ledger's end (a customer in credit) is dated by the ledger's end: its day doesn't count either,
and its figures move with every entry, so the sentence alone decides.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from arledger.findings import Finding, Text

# A change of what goes into a fingerprint gets another name.
VERSION = "arledger/v1"

_PLACE = re.compile(r".*:\d+\Z", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+\Z")


def _value(value: Any, *, figures: bool) -> Any:
    if isinstance(value, Text):
        return [value.template, _args(value, figures=figures)]
    text = str(value)
    if _PLACE.match(text) and ("/" in text or "." in text):
        return "place"
    if not figures and (isinstance(value, date) or _NUMBER.match(text)):
        return "figure"
    return text


def _args(text: Text, *, figures: bool) -> list[list[Any]]:
    return [[key, _value(value, figures=figures)] for key, value in sorted(text.args.items())]


def content(found: Finding, as_of: date) -> str:
    """What a finding is about, as one canonical text; `as_of` is the day that was asked about."""
    lasting = found.date != as_of
    parts = [
        found.rule,
        found.customer,
        found.item,
        found.date.isoformat() if lasting else None,
        found.text.template,
        _args(found.text, figures=lasting),
    ]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def fingerprint(found: Finding, as_of: date) -> str:
    """The digest of its content: 64 hexadecimal digits."""
    return hashlib.sha256(content(found, as_of).encode("utf-8", "surrogatepass")).hexdigest()


def new_findings(
    now: Sequence[Finding], as_of: date, before: Iterable[Finding], before_as_of: date
) -> list[Finding]:
    """Those of `now` that `before` didn't have; the same one twice counts twice."""
    known = Counter(content(found, before_as_of) for found in before)
    fresh = []
    for found in now:
        key = content(found, as_of)
        if known[key]:
            known[key] -= 1
        else:
            fresh.append(found)
    return fresh
