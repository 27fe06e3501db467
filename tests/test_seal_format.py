# SPDX-License-Identifier: GPL-2.0-or-later
"""The digest recomputed by another program, written from docs/reference/seals.md alone.

It asks the questions that everybody can ask and knows nothing of how arledger makes a seal: its
JSON, its numbers and its sorting are its own. A test holds that it never sees the module.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger import seals
from arledger.advances import advances
from arledger.aging import aging
from arledger.allowance import allowance
from arledger.load import load as load_ledger
from arledger.open_items import OpenItemRow, open_items
from arledger.subledger.model import Credit
from arledger.subledger.subledger import Subledger
from tests.properties.figures import load
from tests.properties.strategies import DAYS, END, POLICIES, Ledger, ledgers

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "ledgers"
ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def string(text: str) -> str:
    """A JSON string by RFC 8785."""
    return '"' + "".join(ESCAPES.get(c) or (c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'  # fmt: skip


def written(value: Any) -> str:
    """A JSON value by RFC 8785, for the types that there are."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    assert isinstance(value, Mapping)
    return "{" + ",".join(f"{string(key)}:{written(value[key])}" for key in sorted(value)) + "}"


def number(amount: Decimal | None) -> str | None:
    """An amount: no exponent, no zeros at either end."""
    if amount is None:
        return None
    digits = f"{amount:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits in {"-0", ""} else digits


Lines = Iterable[dict[str, Any]]


def documents(subledger: Subledger, day: dt.date) -> Lines:
    """Items, credits, what was applied and what was taken back: of `open-items --all`."""
    applied: dict[tuple[Any, ...], Decimal] = {}
    for row in open_items(subledger, day, settled=True):
        yield document(row)
        for one in row.applications:
            if row.kind == "item":
                base = (row.account, row.currency, row.customer, one.credit, one.item)
                key = (*base, row.instalment, one.date)
                applied[key] = applied.get(key, Decimal(0)) + one.amount
        if isinstance(row.document, Credit):
            for taken in row.document.taken:
                if taken.date <= day:
                    yield {
                        "kind": "taken-back", "account": row.account, "currency": row.currency,
                        "customer": row.customer, "credit": row.item, "number": taken.number,
                        "amount": number(taken.amount), "date": str(taken.date),
                        "type": taken.kind.value,
                    }  # fmt: skip
    for (account, currency, customer, credit, item, instalment, date), amount in applied.items():
        yield {
            "kind": "application", "account": account, "currency": currency, "credit": credit,
            "customer": customer, "item": item, "instalment": instalment, "date": str(date),
            "amount": number(amount),
        }  # fmt: skip


def document(row: OpenItemRow) -> dict[str, Any]:
    """An item or a credit."""
    line: dict[str, Any] = {
        "kind": row.kind, row.kind: row.item, "account": row.account, "currency": row.currency,
        "customer": row.customer, "date": str(row.date), "posted": str(row.document.posted),
    }  # fmt: skip
    if row.kind == "item":
        line["amount"], line["outstanding"] = number(row.amount), number(row.outstanding)
        line["due"] = str(row.due) if row.due else None
        line["instalment"] = row.instalment
    else:
        line["amount"], line["unapplied"] = number(-row.amount), number(-row.outstanding)
        line["type"] = row.document.kind.value
    return line


def questions(subledger: Subledger, day: dt.date) -> Lines:
    """Advances, aging, allowance, statements."""
    for row in advances(subledger, day, settled=True).rows:
        one = row.standing
        yield {
            "kind": "advance", "advance": row.item, "contract": row.contract,
            "currency": row.currency, "customer": row.customer, "date": str(row.date),
            "amount": number(one.amount), "applied": number(one.applied),
            "earned": number(one.earned), "open": number(one.open),
            "refunded": number(one.refunded), "unpaid": number(one.unpaid),
        }  # fmt: skip
    aged = aging(subledger, day)
    for line in aged.rows:
        columns = dict(
            zip((*aged.labels, "unapplied"), (*line.buckets, line.unapplied), strict=True)
        )
        for label, amount in columns.items():
            if amount:
                yield {
                    "kind": "aging", "amount": number(amount), "basis": aged.basis,
                    "bucket": label, "currency": line.currency, "customer": line.key,
                }  # fmt: skip
    yield from provided(subledger, day)
    for each in subledger.books.statements:
        if each.agreed and each.date <= day:
            yield {
                "kind": "statement", "balance": number(each.balance), "currency": each.currency,
                "customer": each.customer, "date": str(each.date), "sha256": each.sha256,
                "differences": [one.text for one in each.differences],
                "theirs": number(each.theirs),
            }  # fmt: skip


def provided(subledger: Subledger, day: dt.date) -> Lines:
    """The allowance: required, and booked."""
    answer = allowance(subledger, day)
    if any(rate.start <= day for rate in subledger.policies.of("loss-rate")):
        for row in answer.rows:
            yield {
                "kind": "allowance", "account": row.account, "allowance": number(row.allowance),
                "bucket": row.bucket, "currency": row.currency, "gross": number(row.gross),
                "into": row.allowance_currency, "netted": number(row.netted),
                "rate": number(row.rate),
            }  # fmt: skip
    for one in answer.specific:
        yield {
            "kind": "specific-allowance", "allowance": number(one.allowance), "item": one.item,
            "currency": one.currency, "customer": one.customer, "into": one.allowance_currency,
            "outstanding": number(one.outstanding),
        }  # fmt: skip
    for total in answer.total:
        if total.required:
            amount = number(total.required)
            yield {"kind": "required-allowance", "amount": amount, "currency": total.currency}
    for (account, currency), booked in answer.booked.items():
        if booked:
            amount = number(booked)
            yield {"kind": "booked-allowance", "account": account, "amount": amount, "currency": currency}  # fmt: skip


def digests(subledger: Subledger, day: dt.date) -> tuple[str, dict[str, str]]:
    """The seal, and the part of each customer ("" for the allowance)."""
    whole = [{"kind": "seal", "version": "v1", "date": str(day)}]
    texts: dict[str, list[dict[str, Any]]] = {}
    for line in (*documents(subledger, day), *questions(subledger, day)):
        if "customer" in line:
            texts.setdefault(line["customer"], []).append(line)
        else:
            whole.append(line)
    parts = {"": sha256(whole)}
    for customer, lines in texts.items():
        parts[customer] = sha256(lines)
        whole.append({"kind": "customer", "customer": customer, "sha256": parts[customer]})
    short = {customer: digest[:12] for customer, digest in parts.items()}
    return f"v1:sha256:{sha256(whole)}", short


def sha256(lines: Lines) -> str:
    """Of a text, by its lines."""
    encoded = sorted((written(one) + "\n").encode() for one in lines)
    return hashlib.sha256(b"".join(encoded)).hexdigest()


def sealed(subledger: Subledger, day: dt.date) -> tuple[str, dict[str, str]]:
    """The same, as arledger makes it."""
    found = seals.results(subledger, day)
    return found.digest, {customer: part.digest for customer, part in found.parts.items()}


@pytest.mark.parametrize("name", ["northwind", "huadong"])
def test_the_digest_of_an_example_ledger_can_be_recomputed(name: str) -> None:
    """At the end of each quarter, of each customer, and of the day before anything was."""
    subledger = load_ledger(EXAMPLES / name / "main.beancount").subledger
    for day in ("2000-01-01", "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31", "2025-12-31"):
        asked = dt.date.fromisoformat(day)
        assert sealed(subledger, asked) == digests(subledger, asked)


@given(ledgers(policies=tuple(POLICIES), options=("unapplied-credits", "basis"), rates=True), st.sampled_from((*DAYS, END)))  # fmt: skip
def test_the_digest_of_any_ledger_can_be_recomputed(ledger: Ledger, day: dt.date) -> None:
    """Refunds, transfers, reversals, advances, several currencies: whatever there is."""
    subledger = load(ledger.text()).subledger
    assert sealed(subledger, day) == digests(subledger, day)


def test_control_characters_and_quotes_are_written_as_the_page_says() -> None:
    """Where Python's own writer and RFC 8785 could part."""
    text = "".join(map(chr, range(0x80))) + "\u2028华东𝄞"
    assert json.dumps(text, ensure_ascii=False) == string(text)


def test_what_recomputes_does_not_ask_what_it_checks() -> None:
    """Only `sealed` knows of arledger.seals."""
    source = Path(__file__).read_text("utf-8")
    assert len(re.findall(r"arledger(?:\.| import )seals$", source, re.MULTILINE)) == 1
