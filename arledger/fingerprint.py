# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes a finding the same one after a ledger has changed: its content, never its place.

Two findings are the same where rule, customer, item and cause agree. The cause is the sentence
with what it was said about; files and lines in it don't count, so lines may move. What is true of
the ledger's end, not of a day in it, moves its figures and its day with every entry: there neither
counts (`STANDING`).
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

# What speaks of how things stand at the end.
STANDING = frozenset({"customer-in-credit", "missing-price", "no-loss-rate"})

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


def content(found: Finding) -> str:
    """What a finding is about, as one canonical text."""
    standing = found.rule in STANDING
    parts = [
        found.rule,
        found.customer,
        found.item,
        None if standing else found.date.isoformat(),
        found.text.template,
        _args(found.text, figures=not standing),
    ]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def fingerprint(found: Finding) -> str:
    """The digest of its content: 64 hexadecimal digits."""
    return hashlib.sha256(content(found).encode("utf-8", "surrogatepass")).hexdigest()


def new_findings(now: Sequence[Finding], known: Iterable[str]) -> list[Finding]:
    """Those whose fingerprints aren't among the known ones; the same one twice counts twice."""
    counts = Counter(known)
    fresh = []
    for found in now:
        key = fingerprint(found)
        if counts[key]:
            counts[key] -= 1
        else:
            fresh.append(found)
    return fresh
