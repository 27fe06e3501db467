# SPDX-License-Identifier: GPL-2.0-or-later
"""Metadata keys that are nearly one of ours: a slip of the pen, and what they say is not read.

    2024-03-20 * "Receipt"
      Assets:Receivable:Acme   -1000.00 EUR
        invioce: "INV-1"        ; → was invoice: meant?

Keys are free to everybody, so only what can hardly be anything else is reported: one slip, two in
a long word, the first letter right, and no word of its own (`contact:` is not `contract:`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile
from typing import Any

import attrs
from beancount.core.data import Custom, Directive, Open, Transaction

from arledger.findings import Finding, finding, say
from arledger.language.accounts import ATTRIBUTES, AccountInfo, Chart
from arledger.language.books import Books
from arledger.language.names import OTHERS, POLICIES
from arledger.language.seals import REOPEN, SEAL
from arledger.language.spelling import slips
from arledger.language.voucher import KEYS, WRITTEN

# `part:` is for allowance accounts, and too short to be told from other words.
VOUCHER_KEYS = KEYS - {"part"}
OPEN_KEYS = frozenset(("customer", *ATTRIBUTES, "conditional", "in-exposure"))
DIRECTIVE_KEYS = frozenset(("until", "invoice", "approved-by", "reason"))
DIRECTIVES = frozenset((*POLICIES, *OTHERS))
STATEMENT_KEYS = DIRECTIVE_KEYS | {"agreed", "theirs", "document", "sha256"}
SEAL_KEYS = DIRECTIVE_KEYS | {"reopened", "allowance"}
# What we know anywhere.
KNOWN = KEYS | OPEN_KEYS | STATEMENT_KEYS | SEAL_KEYS | WRITTEN

# From so many letters on a word may have two slips, from so many on one.
TWO_SLIPS_LETTERS_MIN, ONE_SLIP_LETTERS_MIN = 6, 3
# Words of their own, in English or in a neighbour's language, that are no further from a word of
# ours than slips are: somebody may well have a key of that name.
WORDS = frozenset(
    (
        # due
        *("dee", "die", "doe", "dub", "dud", "dude", "duel", "duet", "dug", "dui", "dun", "duo"),
        *("dup", "dupe", "dur", "dux", "dye"),
        # terms, until
        *("term", "teams", "termo", "util"),
        # invoice, invoice-date
        *("indice", "invite", "invoiced", "invoicee", "invoicer", "invoke", "involve"),
        *("data", "dated", "dates"),
        # receipt, advance, contract
        *("recent", "receive", "recipe", "advanced", "advice", "avance"),
        *("construct", "contact", "contacts", "contra", "contracted", "contractor", "contradict"),
        *("contrary", "contrast", "contrat", "contrato"),
        # reverses
        *("releases", "reserves", "revenues", "reversal", "reversed", "reverted", "reverts"),
        *("revises",),
        # accepted, deliver-by, allocation, discount
        *("accept", "accepter", "accepts", "accessed", "delivered", "derived", "driver"),
        *("allocating", "allocator", "daycount", "discounted", "dismount"),
        # customer, name, segment, group, language, email, payer, conditional
        *("custom", "customs", "named", "nome", "segmented", "groupe", "langage", "langue", "emil"),
        *("pager", "paper", "payed", "payee", "player", "prayer", "condition", "conditions"),
        # reason
        *("recon", "region"),
    )
)


@attrs.define
class _Spelling:
    """What each key was probably meant to be, looked up once each. `fine` are those that are."""

    ours: frozenset[str]
    fine: set[str] = attrs.field(factory=lambda: set(KNOWN))
    _meant: dict[str, str] = attrs.field(factory=dict)

    def slips_in(self, meta: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The misspelt keys, each with the one that is meant; who writes both means both."""
        for name in meta:
            if name in self.fine:
                continue
            meant = self._meant.get(name) or meant_by(name, self.ours)
            if meant is None:
                self.fine.add(name)
                continue
            self._meant[name] = meant
            if meant not in meta:
                yield name, meant


def meant_by(name: str, ours: Iterable[str]) -> str | None:
    """The key of ours that `name` was probably meant to be."""
    if name.startswith("_"):
        return None
    near = sorted((count, key) for key in ours if (count := _slips(name, key)) is not None)
    return near[0][1] if near else None


def _slips(name: str, key: str) -> int | None:
    """How many slips `name` is away from `key`; None where it is another word."""
    words, wanted = name.casefold().replace("_", "-").split("-"), key.split("-")
    if "".join(words) == "".join(wanted):
        return 0
    if len(words) != len(wanted):
        return None
    counts = [_slips_of_word(*pair) for pair in zip(words, wanted, strict=True)]
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def _slips_of_word(word: str, wanted: str) -> int | None:
    if word == wanted:
        return 0
    most = 2 if len(wanted) >= TWO_SLIPS_LETTERS_MIN else 1
    if (
        len(wanted) < ONE_SLIP_LETTERS_MIN
        or len(word) < ONE_SLIP_LETTERS_MIN
        or word[0] != wanted[0]
        or word in WORDS
        # invoice2, terms-3: one of several, and meant so.
        or word.rstrip("0123456789") == wanted
    ):
        return None
    return slips(word, wanted, most)


def misspelt_keys(books: Books, as_of: date) -> Iterator[Finding]:
    """A finding for each misspelt key up to a day, where one of ours would count."""
    on_voucher = _Spelling(VOUCHER_KEYS)
    names_known = on_voucher.fine.issuperset
    for entry in books.keyed:
        # Nearly every key of a ledger is known, and this may be asked of each transaction.
        if names_known(entry.meta):
            for posting in entry.postings:
                if posting.meta and not names_known(posting.meta):
                    break
            else:
                continue
        if entry.date <= as_of:
            yield from _on_transaction(on_voucher, books.chart, entry)
    directives = takewhile(lambda entry: not isinstance(entry, Transaction), books.relevant)
    yield from _elsewhere(books.chart, (entry for entry in directives if entry.date <= as_of))


def _elsewhere(chart: Chart, entries: Iterable[Directive]) -> Iterator[Finding]:
    """On customers' accounts and on our directives."""
    on_open, on_directive = _Spelling(OPEN_KEYS), _Spelling(DIRECTIVE_KEYS)
    on_other = {
        "statement": _Spelling(STATEMENT_KEYS),
        SEAL: _Spelling(SEAL_KEYS),
        REOPEN: _Spelling(SEAL_KEYS),
    }
    for entry in entries:
        if isinstance(entry, Open):
            info = _info(chart, entry.account)
            if info is not None:
                customer = info.customer if info.customer_known else None
                yield from _found(on_open, entry.meta, entry.date, customer)
        elif isinstance(entry, Custom) and entry.type in DIRECTIVES:
            yield from _found(on_other.get(entry.type, on_directive), entry.meta, entry.date, None)


def _info(chart: Chart, account: str) -> AccountInfo | None:
    """What a customer's account is; None for all others."""
    info = chart.info(account)
    return None if info is None or info.role == "allowance" else info


def _on_transaction(spelling: _Spelling, chart: Chart, entry: Transaction) -> Iterator[Finding]:
    lines = [
        (posting, info)
        for posting in entry.postings
        if (info := _info(chart, posting.account)) is not None
    ]
    customers = {info.customer for _, info in lines}
    if customers:
        customer = customers.pop() if len(customers) == 1 else None
        yield from _found(spelling, entry.meta, entry.date, customer)
    for posting, info in lines:
        yield from _found(spelling, posting.meta or {}, entry.date, info.customer)


def _found(
    spelling: _Spelling, meta: Mapping[str, Any], day: date, customer: str | None
) -> Iterator[Finding]:
    for name, meant in spelling.slips_in(meta):
        text = say("{key}: means nothing to arledger; was {meant}: meant?", key=name, meant=meant)
        yield finding("unknown-key", text, meta, day, customer=customer)
