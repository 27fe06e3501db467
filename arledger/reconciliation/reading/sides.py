# SPDX-License-Identifier: GPL-2.0-or-later
"""From whose side a statement is written: a debit in our terms, or in the customer's.

In our terms a debit is what the customer owes us. In the customer's own books we are a supplier:
what it owes us is a credit there, and each sign is turned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.reconciliation.model import Line, Statement
from arledger.reconciliation.reading.overrides import StatementSide

_THEIRS = re.compile(
    r"应付|應付|供应商|供應商|供货商|采购|採購|payable|supplier|vendor|creditor|purchase",
    re.IGNORECASE,
)
_OURS = re.compile(r"应收|應收|客户|客戶|销售|銷售|receivable|customer|debtor|sales", re.IGNORECASE)
_PAYS = re.compile(
    r"付\w{0,4}款|付款|支付|还款|還款|汇款|匯款|电汇|電匯|转账|轉帳|收款|回款|承兑|收到|"
    r"\bbills? of exchange\b|\bpromissory notes?\b|"
    r"\b(?:payments?|paid|pmt|remittance|transfer|receipts?|received|cheque|check|wire|rcp)\b",
    re.IGNORECASE,
)
_CHARGES = re.compile(
    r"发票|發票|开票|開票|采购|採購|购|購|进货|進貨|入库|入庫|销售|銷售|发货|出库|收货|"
    r"\b(?:invoices?|inv|bill|purchase|sales?|goods|delivery)\b",
    re.IGNORECASE,
)
SAMPLE_LINES = 5_000
# What each kind of evidence weighs: the lines' own words most, then the heading's, then a sign.
_WEIGHT_WORDS, _WEIGHT_HEADING, _WEIGHT_SIGN = 4, 3, 2
_CLEAR = 3


@attrs.frozen
class Evidence:
    """One thing that speaks for a side."""

    side: StatementSide
    weight: int
    reason: Text


def infer_side(
    headings: Iterable[str],
    texts: Sequence[tuple[str, Decimal]],
    balance: Decimal | None,
    *,
    plain: bool,
) -> tuple[StatementSide, Text]:
    """The likelier side and what speaks for it most.

    `texts` are the lines' words with their amounts, debits positive; `balance` the closing one;
    `plain`: the columns themselves say what is charged and what is paid.
    """
    if plain:
        # Invoices raise the debt in both books: only who writes is left to find out.
        named = _of_heading(headings)
        if named is not None:
            return named.side, named.reason
        return "ours", say("its columns say what is charged and what is paid")
    found = [
        evidence
        for evidence in (_of_words(texts), _of_heading(headings), _of_sign(texts, balance))
        if evidence is not None
    ]
    if not found:
        return "ours", say("nothing in the file says; a debit is taken as owed to us")
    weights = {"ours": 0, "theirs": 0}
    for evidence in found:
        weights[evidence.side] += evidence.weight
    side: StatementSide = "theirs" if weights["theirs"] > weights["ours"] else "ours"
    reasons = [evidence for evidence in found if evidence.side == side]
    return side, max(reasons, key=lambda evidence: evidence.weight).reason


def _of_words(texts: Sequence[tuple[str, Decimal]]) -> Evidence | None:
    """Payments as debits, or invoices as credits, are the customer's books."""
    ours = theirs = 0
    for text, amount in texts[:SAMPLE_LINES]:
        # "Payment for invoice 7" is a payment.
        pays = _PAYS.search(text) is not None
        charges = not pays and _CHARGES.search(text) is not None
        if not (pays or charges) or not amount:
            continue
        if (amount > 0) == charges:
            ours += 1
        else:
            theirs += 1
    if ours >= _CLEAR * theirs and ours:
        return Evidence("ours", _WEIGHT_WORDS, say("its debits are invoices, its credits payments"))
    if theirs >= _CLEAR * ours and theirs:
        return Evidence(
            "theirs", _WEIGHT_WORDS, say("its credits are invoices, its debits payments")
        )
    return None


def _of_heading(headings: Iterable[str]) -> Evidence | None:
    text = " ".join(headings)
    theirs, ours = _THEIRS.search(text), _OURS.search(text)
    if (theirs is None) == (ours is None):
        return None
    word = theirs or ours
    assert word is not None, "one of the two was found"
    return Evidence(
        "theirs" if theirs else "ours",
        _WEIGHT_HEADING,
        say('its heading says "{word}"', word=word[0]),
    )


def _of_sign(texts: Sequence[tuple[str, Decimal]], balance: Decimal | None) -> Evidence | None:
    """Customers mostly owe: a credit balance is a payable of theirs."""
    total = balance
    if total is None:
        total = sum((amount for _, amount in texts), Decimal(0))
    if not total:
        return None
    if total < 0:
        return Evidence("theirs", _WEIGHT_SIGN, say("what it says is owed is a credit"))
    return Evidence("ours", _WEIGHT_SIGN, say("what it says is owed is a debit"))


def flip(statement: Statement, reason: Text) -> Statement:
    """The same statement as written from the other side: every sign is turned."""
    side = "ours" if statement.read_as.side == "theirs" else "theirs"
    return attrs.evolve(
        statement,
        lines=tuple(map(_flipped, statement.lines)),
        opening=_turned(statement.opening),
        closing=_turned(statement.closing),
        read_as=attrs.evolve(statement.read_as, side=side, side_reason=reason),
    )


def _flipped(line: Line) -> Line:
    return attrs.evolve(line, amount=-line.amount, balance=_turned(line.balance))


def _turned(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount if amount else amount
