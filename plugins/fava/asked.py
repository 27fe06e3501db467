# SPDX-License-Identifier: GPL-2.0-or-later
"""What the address of a page asks for, read and checked.

Every parameter is text from outside: what can't be read is answered with status 400 and a
sentence, and nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import cast

import attrs

from arledger.aging import BY, By
from arledger.findings import SEVERITIES, Text, say
from arledger.language.buckets import Basis, Buckets, parse_buckets
from arledger.language.values import MalformedError

# Longer values than these are nobody's bucket or day; a name or number may be longer.
LENGTH_MAX = 300
NAME_MAX = 20_000
NAMES = frozenset({"customer", "key", "q", "of"})
TOP = 100

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadRequestError(Exception):
    """A parameter that can't be understood; `text` says which, and what would be right."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


@attrs.frozen
class Asked:
    """The parameters of a page. `as_of` is None where the address names no day of its own.

    `of` and `key` narrow the items to one segment, salesperson, account or customer; `q` is what
    is looked for in ids and names; `since` the first day of a period, or the day before it.
    """

    view: str
    as_of: dt.date | None = None
    by: By = "customer"
    basis: Basis | None = None
    buckets: Buckets | None = None
    edges: str = ""
    customer: str | None = None
    bucket: str | None = None
    currency: str | None = None
    of: By | None = None
    key: str | None = None
    q: str = ""
    severity: str | None = None
    since: dt.date | None = None
    everything: bool = False
    format: str = "csv"


def read(args: Mapping[str, str], views: Mapping[str, object]) -> Asked:
    """Read the parameters; raises BadRequestError for the first that is wrong."""
    for name, value in args.items():
        _fits(name, value)
    basis = choice(args, "basis", ("due", "invoice"))
    edges = args.get("buckets", "").strip()
    return Asked(
        view=choice(args, "view", tuple(views)) or next(iter(views)),
        as_of=day(args, "as_of"),
        by=cast("By", choice(args, "by", BY) or "customer"),
        basis=cast("Basis | None", basis),
        buckets=_buckets(edges),
        edges=edges,
        customer=args.get("customer") or None,
        bucket=args.get("bucket") or None,
        currency=args.get("currency") or None,
        of=cast("By | None", choice(args, "of", BY)),
        key=args.get("key"),
        q=args.get("q", "").strip(),
        severity=choice(args, "severity", SEVERITIES),
        since=day(args, "from"),
        everything=choice(args, "all", ("1",)) is not None,
        format=choice(args, "format", ("csv", "xlsx", "html", "page")) or "csv",
    )


# Fava's own parameters are Fava's business.
_FAVA = frozenset({"filter", "account", "time", "conversion", "interval", "partial"})


def _fits(name: str, value: str) -> None:
    if name in _FAVA:
        return
    if len(value) > (NAME_MAX if name in NAMES else LENGTH_MAX):
        raise BadRequestError(say('"{name}" is too long', name=name[:40]))
    if "\0" in value:
        raise BadRequestError(say('"{name}" has a character that no ledger holds', name=name[:40]))


def day(args: Mapping[str, str], name: str) -> dt.date | None:
    """A day; raises BadRequestError for what is none."""
    value = args.get(name, "")
    if not value:
        return None
    if _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise BadRequestError(
        say('{value} is not a date like 2025-06-30 ("{name}")', value=value, name=name)
    )


def choice(args: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    """One of the choices; raises BadRequestError for any other."""
    value = args.get(name, "")
    if not value or value in choices:
        return value or None
    raise BadRequestError(
        say(
            '"{name}" is one of {choices}, not {value}',
            name=name,
            choices=", ".join(choices),
            value=value,
        )
    )


def _buckets(edges: str) -> Buckets | None:
    if not edges:
        return None
    try:
        return parse_buckets([edge.strip() for edge in re.split("[,，、 ]+", edges)])
    except MalformedError as error:
        raise BadRequestError(error.text) from error
