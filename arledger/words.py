# SPDX-License-Identifier: GPL-2.0-or-later
"""Words that stand for a key of an answer, as people read them."""

from __future__ import annotations

from collections.abc import Mapping

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

POLICIES = {
    "payment-terms": say("payment terms"),
    "credit-limit": say("credit limit"),
    "group-credit-limit": say("group credit limit"),
    "credit-hold": say("credit hold"),
    "credit-rating": say("credit rating"),
    "allocation": say("allocation"),
    "aging-buckets": say("aging buckets"),
    "allowance-buckets": say("buckets of the allowance"),
    "allowance-basis": say("basis of the allowance"),
    "allowance-account": say("allowance account"),
    "loss-account": say("loss account"),
    "loss-rate": say("loss rate"),
    "specific-allowance": say("individual assessment"),
    "tolerance": say("tolerance"),
}

BASIS = {"due": say("by due date"), "invoice": say("by invoice date")}

BY = {
    "customer": say("customer"),
    "item": say("item"),
    "account": say("account"),
    "segment": say("segment"),
    "salesperson": say("salesperson"),
}


def word(words: Mapping[str, Text], key: str) -> Text:
    """The word for a key; a key without one stands for itself."""
    return words.get(key) or say("{word}", word=key)


def bucket(label: str) -> Text:
    """A bucket's heading."""
    return say("not due") if label == "not-due" else say("{word}", word=label)
