# SPDX-License-Identifier: GPL-2.0-or-later
"""Words that stand for a key of the answer, as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from arledger.cli.common import Books, Request
from arledger.findings import Text, say

SEVERITIES = {"error": say("error"), "warning": say("warning"), "info": say("info")}

KINDS = {
    "receipt": say("receipt"),
    "credit-note": say("credit note"),
    "write-off": say("write-off"),
    "advance": say("advance applied"),
    "cancellation": say("cancellation"),
    "transfer": say("transfer"),
    "refund": say("refund"),
    "return": say("returned payment"),
    "recovery": say("recovery"),
    "item": say("item"),
}

DIFFERENCES = {
    "in-transit": say("in transit"),
    "missing-in-ledger": say("missing in the ledger"),
    "missing-in-statement": say("missing in their statement"),
    "amount": say("amount differs"),
    "date": say("date differs"),
    "duplicate": say("duplicate"),
    "disputed": say("disputed"),
    "unidentified": say("unidentified"),
    "ambiguous": say("ambiguous"),
}

BASIS = {"due": say("by due date"), "invoice": say("by invoice date")}

BY = {
    "customer": say("customer"),
    "item": say("item"),
    "account": say("account"),
    "segment": say("segment"),
    "salesperson": say("salesperson"),
}


def word(words: dict[str, Text], key: str) -> Text:
    """The word for a key; a key without one stands for itself."""
    return words.get(key) or say("{word}", word=key)


def bucket(label: str) -> Text:
    """A bucket's heading."""
    return say("not due") if label == "not-due" else say("{word}", word=label)


def header(books: Books, title: Text, *more: Text) -> list[str]:
    """What an answer speaks of: the question, the ledger, the day, and what else decides it."""
    asked = books.request
    day = say("as of {day}", day=books.as_of)
    if books.is_today:
        day = say("as of {day} (today)", day=books.as_of)
    line = [asked.text(day), *(asked.text(text) for text in more)]
    return [f"{asked.text(title)} - {books.title}", " · ".join(line)]


def headings(asked: Request, texts: Sequence[Text]) -> list[str]:
    """Texts in the language of the answer."""
    return [asked.text(text) for text in texts]
