# SPDX-License-Identifier: GPL-2.0-or-later
"""A customer's documents as a statement would show them: what of ours is compared with theirs.

Two populations. *Movements* are all documents over all receivable accounts of the customer:
invoices, receipts, credit notes, write-offs, and the debits that give money or a debt back. What
only moves a debt from one account of the customer to another (to bills, to retention), or names
later what a receipt was for, no customer sees: it nets to nothing and is left out. *Open items*
are what is left of items and credits at the end of a day.

What the customer calls a document may stand in the ledger, and then decides:

    2024-05-01 * "Invoice" ^INV-2024-0501
      their-reference: "AP-77"
      disputed: "two of ten pumps are missing"

`disputed:` (a reason, or TRUE), or the tag `#disputed`, says that the customer contests the
document; `disputed: FALSE` on a posting says that this one isn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.documents import Kind
from arledger.money import ZERO, canonical, exact
from arledger.reconciliation.model import Day, Entry, Place
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger

DISPUTED_KEYS = ("disputed", "dispute")
DISPUTED_TAG = "disputed"
THEIR_REFERENCE = "their-reference"
OPENING_TAG = "opening"
# Debits that give back what a credit had taken away.
_GIVING_BACK = frozenset({Kind.REFUND, Kind.RETURN})


@attrs.frozen(eq=False)
class Document:
    """One document of a customer: its entry, when it entered the ledger, and what it is.

    `entry.date` is the document's own date. `counts_from` is the day from which it is part of the
    customer's balance; an opening balance's item was so on its own date already.
    """

    entry: Entry
    posted: Day
    kind: Kind
    number: str | None
    names: str | None
    account: str
    transaction: Transaction = attrs.field(repr=False)
    posting: Posting = attrs.field(repr=False)
    source: Item | Credit = attrs.field(repr=False)

    @property
    def counts_from(self) -> Day:
        """The day that decides into which period it falls."""
        if OPENING_TAG in (self.transaction.tags or ()):
            return min(self.posted, self.entry.date)
        return self.posted


@attrs.define(slots=True, eq=False)
class _Draft:
    """A document on its way: everything but an id that is unique."""

    kind: Kind
    posted: Day
    day: Day
    due: Day | None
    amount: Decimal
    number: str | None
    names: str | None
    instalment: int
    account: str
    contract: str | None
    transaction: Transaction
    posting: Posting
    source: Item | Credit
    own_id: str
    id: str = ""

    @property
    def order(self) -> tuple[Any, ...]:
        """By content, never by file or line."""
        return (
            self.posted,
            self.day,
            self.amount < ZERO,
            self.own_id,
            self.instalment,
            self.names or "",
            canonical(self.amount),
            self.account,
            self.kind.value,
            self.source.index,
        )


@exact
def movements(subledger: Subledger, customer: str, currency: str) -> tuple[Document, ...]:
    """Every document of the customer in one currency, in order of entering the ledger.

    The entries of those posted up to a day sum to the customer's balance at its end.
    """
    drafts: dict[int, list[_Draft]] = {}
    for draft in _every(subledger, customer, currency):
        drafts.setdefault(id(draft.transaction), []).append(draft)
    return _documents(
        (draft for group in drafts.values() for draft in _as_customers_see(group)),
        subledger,
        customer,
        currency,
    )


@exact
def open_documents(
    subledger: Subledger,
    customer: str,
    currency: str,
    as_of: date,
    known: Sequence[Document] = (),
) -> tuple[Document, ...]:
    """What is open at the end of `as_of`: items, and credits with what is unapplied, negative.

    `known` are the customer's movements: what stands among them has the same id here.
    """
    state = subledger.at(as_of)
    drafts = [
        attrs.evolve(_item(one.item), amount=one.outstanding)
        for one in state.items
        if one.item.customer == customer and one.item.currency == currency
    ]
    drafts += [
        attrs.evolve(_credit(other.credit), amount=-other.unapplied)
        for other in state.credits
        if other.credit.customer == customer and other.credit.currency == currency
    ]
    ids = {id(one.source): one.entry.id for one in known if one.kind not in _GIVING_BACK}
    return _documents(drafts, subledger, customer, currency, ids)


@exact
def balance(documents: Iterable[Document], as_of: date) -> Decimal:
    """What the documents come to at the end of `as_of`."""
    return sum((one.entry.amount for one in documents if one.posted <= as_of), ZERO)


@exact
def ledger_balance(subledger: Subledger, customer: str, currency: str, as_of: date) -> Decimal:
    """The customer's balance over all its receivable accounts at the end of `as_of`."""
    info = subledger.chart.info
    total = ZERO
    for (account, held), amount in subledger.at(as_of).balances.items():
        found = info(account)
        if held == currency and found is not None and found.customer == customer:
            total += amount
    return total


def currencies(subledger: Subledger, customer: str) -> tuple[str, ...]:
    """The currencies in which the customer has documents."""
    found = {item.currency for item in subledger.items if item.customer == customer}
    found |= {credit.currency for credit in subledger.credits if credit.customer == customer}
    return tuple(sorted(found))


def is_disputed(transaction: Transaction, posting: Posting) -> bool:
    """Whether the ledger says that the customer contests the document."""
    for meta in (posting.meta, transaction.meta):
        for key in DISPUTED_KEYS:
            value = (meta or {}).get(key)
            if isinstance(value, bool):
                return value
            if isinstance(value, str) and value.strip():
                return True
    return DISPUTED_TAG in (transaction.tags or ())


def dispute_reason(document: Document) -> str:
    """What the ledger says of the dispute; nothing where it only says that there is one."""
    for meta in (document.posting.meta, document.transaction.meta):
        for key in DISPUTED_KEYS:
            value = (meta or {}).get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return ""


# Out of the subledger.


def _every(subledger: Subledger, customer: str, currency: str) -> Iterator[_Draft]:
    """All that raised or lowered the balance: items, credits, and what was taken from these."""
    for item in subledger.items:
        if item.customer == customer and item.currency == currency:
            yield _item(item)
    for credit in subledger.credits:
        if credit.customer == customer and credit.currency == currency:
            yield _credit(credit)
            yield from _taken(credit)


def _item(item: Item) -> _Draft:
    return _Draft(
        item.kind,
        item.posted,
        item.date,
        item.due,
        item.amount,
        item.number,
        None,
        item.instalment,
        item.account,
        item.contract,
        item.transaction,
        item.posting,
        item,
        item.id,
    )


def _credit(credit: Credit) -> _Draft:
    return _Draft(
        credit.kind,
        credit.posted,
        credit.date,
        None,
        -credit.amount,
        credit.number,
        credit.names,
        1,
        credit.account,
        credit.contract,
        credit.transaction,
        credit.posting,
        credit,
        credit.id,
    )


def _taken(credit: Credit) -> Iterator[_Draft]:
    """The debits on a credit; one posting that took from several parts of it is one debit."""
    for taken in credit.taken:
        yield _Draft(
            taken.kind,
            taken.date,
            taken.date,
            None,
            taken.amount,
            None,
            taken.number,
            1,
            credit.account,
            credit.contract,
            taken.transaction,
            taken.posting,
            credit,
            f"{taken.number or credit.id} ({taken.kind.value})",
        )


# What a customer doesn't see.


def _as_customers_see(group: Sequence[_Draft]) -> Iterable[_Draft]:
    """The documents of one transaction without what only moves within the customer.

    Transfers sum to nothing. So do a debit that names a receipt and the credit that says anew
    what it was for.
    """
    seen = [draft for draft in group if draft.kind is not Kind.TRANSFER]
    left = _one_per_posting(seen)
    back = [draft for draft in left if draft.kind in _GIVING_BACK]
    if back:
        credits = [draft for draft in left if draft.amount < ZERO]
        _offset(back, credits)
    return [draft for draft in left if draft.amount]


def _one_per_posting(drafts: Sequence[_Draft]) -> list[_Draft]:
    """A debit that took from several credits is one document still; items stand as they are."""
    found: dict[int, _Draft] = {}
    kept = []
    for draft in drafts:
        first = found.get(id(draft.posting)) if draft.kind in _GIVING_BACK else None
        if first is None:
            found[id(draft.posting)] = draft
            kept.append(draft)
        else:
            first.amount += draft.amount
            first.own_id = min(first.own_id, draft.own_id)
    return kept


def _offset(debits: Sequence[_Draft], credits: Sequence[_Draft]) -> None:
    waiting = sorted(credits, key=lambda draft: draft.order)
    for debit in sorted(debits, key=lambda draft: draft.order):
        for credit in waiting:
            part = min(debit.amount, -credit.amount)
            if part > ZERO:
                debit.amount -= part
                credit.amount += part


# Ids, references, groups.


def _documents(
    drafts: Iterable[_Draft],
    subledger: Subledger,
    customer: str,
    currency: str,
    ids: Mapping[int, str] = MappingProxyType({}),
) -> tuple[Document, ...]:
    every = sorted(drafts, key=lambda draft: draft.order)
    _give_ids(every, ids)
    groups = _groups(every)
    bank_links = subledger.options.bank_links
    return tuple(
        Document(
            Entry(
                draft.id,
                draft.day,
                draft.amount,
                currency,
                customer,
                draft.due,
                _references(draft, bank_links),
                _named(draft, bank_links),
                groups.get(id(draft)),
                is_disputed(draft.transaction, draft.posting),
                _place(draft.posting.meta or draft.transaction.meta),
            ),
            draft.posted,
            draft.kind,
            draft.number,
            draft.names,
            draft.account,
            draft.transaction,
            draft.posting,
            draft.source,
        )
        for draft in every
    )


_FORMS: tuple[Callable[[_Draft], str], ...] = (
    lambda draft: draft.own_id,
    lambda draft: (
        f"{draft.own_id}/{draft.names}"
        if draft.amount < ZERO and draft.names
        else f"{draft.own_id} #{draft.instalment}"
    ),
    lambda draft: f"{draft.own_id}/{draft.kind.value}/{draft.posted}",
    lambda draft: f"{draft.own_id}/{draft.kind.value}/{draft.posted}/{draft.account}",
)


def _give_ids(drafts: Sequence[_Draft], ids: Mapping[int, str]) -> None:
    """The number; with the instalment, or what is paid, where several have it; then a counter."""
    taken = set(ids.values())
    waiting = []
    for draft in drafts:
        draft.id = ids.get(id(draft.source), "")
        if not draft.id:
            waiting.append(draft)
    for form in _FORMS:
        named: dict[str, list[_Draft]] = {}
        for draft in waiting:
            named.setdefault(form(draft), []).append(draft)
        waiting = []
        for name, group in named.items():
            if len(group) == 1 and name not in taken:
                group[0].id = name
                taken.add(name)
            else:
                waiting.extend(group)
        waiting.sort(key=lambda draft: draft.order)
    for draft in waiting:
        stem, count = _FORMS[-1](draft), 1
        while f"{stem}/{count}" in taken:
            count += 1
        draft.id = f"{stem}/{count}"
        taken.add(draft.id)


def _groups(drafts: Sequence[_Draft]) -> dict[int, str]:
    """What one transaction raised, or lowered, at several postings: the id of the first."""
    members: dict[tuple[int, bool], list[_Draft]] = {}
    for draft in drafts:
        members.setdefault((id(draft.transaction), draft.amount < ZERO), []).append(draft)
    return {
        id(draft): group[0].id for group in members.values() if len(group) > 1 for draft in group
    }


def _references(draft: _Draft, bank_links: tuple[str, ...]) -> tuple[str, ...]:
    """What the customer may call it: its own number first, then the numbers it names."""
    meta = {**(draft.transaction.meta or {}), **(draft.posting.meta or {})}
    texts = [draft.number, draft.names, *_texts(meta, "invoice", "credit-note", "receipt")]
    texts += sorted(
        link for link in draft.transaction.links or () if not _is_bank(link, bank_links)
    )
    texts.append(draft.contract)
    return tuple(dict.fromkeys(text for text in texts if text))


def _named(draft: _Draft, bank_links: tuple[str, ...]) -> frozenset[str]:
    """The keys of the other side's lines that the ledger itself says belong here."""
    meta = {**(draft.transaction.meta or {}), **(draft.posting.meta or {})}
    found = set(_texts(meta, THEIR_REFERENCE))
    for link in draft.transaction.links or ():
        for prefix in bank_links:
            if link.startswith(prefix):
                found |= {link, link[len(prefix) :]}
    found.discard("")
    return frozenset(found)


def _is_bank(link: str, bank_links: tuple[str, ...]) -> bool:
    return bool(bank_links) and link.startswith(bank_links)


def _texts(meta: Mapping[str, Any], *keys: str) -> list[str]:
    found = (meta.get(key) for key in keys)
    return [text.strip() for text in found if isinstance(text, str) and text.strip()]


def _place(meta: Mapping[str, Any]) -> Place | None:
    file = str(meta.get("filename") or "")
    return Place(file, int(meta.get("lineno") or 0)) if file else None
