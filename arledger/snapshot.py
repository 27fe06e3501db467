# SPDX-License-Identifier: GPL-2.0-or-later
"""What a ledger says as of a day, as plain data: so that two of them can be compared.

Two revisions of a ledger are read by two processes; each hands over a snapshot. Amounts are texts
without an exponent, dates ISO; nothing in it depends on file, line or order but the places
themselves, which are evidence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import Any

from beancount.core.amount import Amount
from beancount.parser.printer import format_entry

from arledger import check
from arledger.aging import aging
from arledger.allowance import allowance
from arledger.credit import credit
from arledger.findings import Finding
from arledger.fingerprint import fingerprint
from arledger.language.buckets import Buckets
from arledger.language.policies import Policy
from arledger.language.seals import REOPEN, SEAL, Closings
from arledger.money import ZERO, canonical, exact
from arledger.open_items import OpenItemRow, open_items
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger

Plain = dict[str, Any]
Shown = Callable[[str], str]


def _file(name: str) -> str:
    return name


@exact
def snapshot(
    subledger: Subledger,
    as_of: dt.date,
    findings: Iterable[Finding] | None = None,
    shown: Shown = _file,
) -> Plain:
    """The snapshot at the end of `as_of`; `shown` says how a file is called.

    `findings` are those of the ledger's own latest date unless given.
    """
    latest = check.latest_date(subledger)
    found = check.find(subledger, latest) if findings is None else findings
    return {
        **figures(subledger, as_of, shown),
        "items": item_rows(subledger, as_of, None, shown),
        "findings": [finding_row(one, shown) for one in found],
    }


@exact
def figures(subledger: Subledger, as_of: dt.date, shown: Shown = _file) -> Plain:
    """The snapshot without what there is much of, items and findings."""
    required = allowance(subledger, as_of)
    return {
        "as_of": as_of.isoformat(),
        "latest": check.latest_date(subledger).isoformat(),
        "precision": dict(subledger.options.precision),
        "aging": aging_rows(subledger, as_of),
        "credit": _credit(subledger, as_of),
        "allowance": [
            {
                "currency": total.currency,
                "required": canonical(total.required),
                "booked": canonical(total.booked),
            }
            for total in required.total
        ],
        "policies": [_policy(policy, shown) for policy in subledger.policies.policies],
        "closings": [*_closings(subledger.books.closings, shown)],
    }


@exact
def item_rows(
    subledger: Subledger,
    as_of: dt.date,
    customers: Collection[str] | None = None,
    shown: Shown = _file,
) -> list[Plain]:
    """Every item and credit up to `as_of`, of all customers or of some."""
    rows = open_items(subledger, as_of, settled=True, customers=customers or ())
    return [_item(row, shown) for row in rows] if customers is None or customers else []


@exact
def item_digests(subledger: Subledger, as_of: dt.date) -> dict[str, str]:
    """By customer, a digest of its items and credits up to `as_of`.

    Where two snapshots have the same, the rows are the same but for their places. Neither order
    nor place counts.
    """
    state = subledger.at(as_of)
    left = {id(one.item): one.outstanding for one in state.items}
    left |= {id(other.credit): other.unapplied for other in state.credits}
    contents: dict[str, list[str]] = {}
    for documents in (subledger.items, subledger.credits):
        for one in documents:
            if one.posted > as_of:
                break
            own = contents.get(one.customer)
            if own is None:
                own = contents[one.customer] = []
            own.append(_content(one, left.get(id(one), ZERO)))
    return {customer: _digest(own) for customer, own in contents.items()}


def _digest(contents: list[str]) -> str:
    """A digest in which order doesn't count."""
    contents.sort()
    return hashlib.sha256("\0".join(contents).encode("utf-8", "surrogatepass")).hexdigest()


def _content(one: Item | Credit, left: Decimal) -> str:
    """What a row tells of a document but its place; an id without a number follows from it."""
    kind = one.instalment if isinstance(one, Item) else "credit"
    return (
        f"{kind}\n{one.number}\n{one.account}\n{one.currency}\n"
        f"{one.date} {one.posted} {one.due} {one.amount} {left}"
    )


def _place(meta: Any, shown: Shown) -> Plain:
    file = str((meta or {}).get("filename") or "")
    return {"file": shown(file) if file else None, "line": int((meta or {}).get("lineno") or 0)}


def _item(row: OpenItemRow, shown: Shown) -> Plain:
    return {
        "customer": row.customer,
        "account": row.account,
        "item": row.item,
        "kind": row.kind,
        "instalment": row.instalment,
        "date": row.date.isoformat(),
        "due": None if row.due is None else row.due.isoformat(),
        "currency": row.currency,
        "amount": canonical(row.amount),
        "outstanding": canonical(row.outstanding),
        **_place(row.meta, shown),
    }


def aging_rows(subledger: Subledger, as_of: dt.date) -> list[Plain]:
    """The aging by customer, a row a currency."""
    answer = aging(subledger, as_of)
    return [
        {
            "customer": row.key,
            "name": row.name,
            "currency": row.currency,
            "buckets": {
                label: canonical(amount)
                for label, amount in zip(answer.labels, row.buckets, strict=True)
            },
            "unapplied": canonical(row.unapplied),
            "total": canonical(row.total),
        }
        for row in answer.rows
    ]


def _credit(subledger: Subledger, as_of: dt.date) -> list[Plain]:
    def figure(amount: Decimal | None) -> str | None:
        return None if amount is None else canonical(amount)

    return [
        {
            "customer": row.customer,
            "name": row.name,
            "currency": row.currency,
            "limit": figure(row.limit),
            "exposure": figure(row.exposure),
            "available": figure(row.available),
            "hold": row.hold,
        }
        for row in credit(subledger, as_of).rows
    ]


def _policy(policy: Policy, shown: Shown) -> Plain:
    told = ("approved-by", "reason", "invoice")
    return {
        "directive": policy.directive,
        "subject": policy.subject,
        "key": policy.key,
        "value": value_text(policy.value),
        "start": policy.start.isoformat(),
        "until": None if policy.until is None else policy.until.isoformat(),
        **{key: policy.meta(key) or None for key in told},
        "text": format_entry(policy.entry),
        **_place(policy.entry.meta, shown),
    }


def _closings(closings: Closings, shown: Shown) -> Iterable[Plain]:
    """The seals and the reopenings; the value is the digest, or the first day reopened."""
    for seal in closings.seals:
        yield {
            "directive": SEAL,
            "date": seal.date.isoformat(),
            "value": seal.digest,
            "approved-by": None,
            "reason": None,
            **_place(seal.meta, shown),
        }
    for one in closings.reopenings:
        yield {
            "directive": REOPEN,
            "date": one.date.isoformat(),
            "value": one.start.isoformat(),
            "approved-by": one.approved_by or None,
            "reason": one.reason or None,
            **_place(one.meta, shown),
        }


def value_text(value: Any) -> str:
    """A policy's value as the ledger writes it."""
    if isinstance(value, Amount):
        return f"{canonical(value.number or Decimal(0))} {value.currency}"
    if isinstance(value, Buckets):
        return " ".join(value.labels("due"))
    if isinstance(value, Decimal):
        return canonical(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


def finding_row(found: Finding, shown: Shown = _file) -> Plain:
    """One finding."""
    return {
        "rule": found.rule,
        "severity": found.severity,
        "message": found.message,
        "remedy": found.remedy,
        "customer": found.customer,
        "item": found.item,
        "date": found.date.isoformat(),
        "fingerprint": fingerprint(found),
        "file": shown(found.file) if found.file else None,
        "line": found.line,
    }
