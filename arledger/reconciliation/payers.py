# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose payment it is: the payer that a bank names, as one of our customers.

A payer is recognised by what the ledger says of it, the surest first:

- the account it pays from: `payer-account:` on one of the customer's accounts, or on an earlier
  receipt of the customer;
- its name: `payer:` or `name:` of the customer, or the payee of an earlier receipt. Names are
  compared without case, width, blanks, punctuation and legal forms.

Several names or accounts in one value are separated by `;`, `|` or `、`. A name that only
resembles one is a guess: it ranks proposals, and settles nothing by itself. What points to
several customers points to none.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

import attrs
from beancount.core.data import Transaction
from rapidfuzz.distance import OSA

from arledger.findings import Text, say
from arledger.language.documents import Kind
from arledger.subledger.subledger import Subledger

PAYER_ACCOUNT = "payer-account"
_SEPARATORS = re.compile(r"[;；|、]")
# A masked account number is no account number.
_MASK = frozenset("*＊xX•")
ACCOUNT_DIGITS_MIN = 4
# How alike two names must be to be guessed, of 1; a bank that cuts a name off leaves this much.
ALIKE_MIN = 0.8
CUT_MIN = 8
GUESSES_MAX = 5

_CHINESE_FORMS = ("股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "公司")
# fmt: off
_LEGAL_FORMS = frozenset((
    "ab", "ag", "aps", "as", "asa", "bv", "cc", "co", "company", "corp", "corporation", "dac",
    "eg", "ek", "ev", "gbr", "gmbh", "inc", "incorporated", "kg", "kgaa", "kk", "limited",
    "llc", "llp", "lp", "ltd", "mbh", "nv", "ohg", "ou", "oy", "oyj", "plc", "pte", "pty", "sa",
    "sab", "sarl", "sas", "sasu", "sc", "se", "sl", "slu", "snc", "spa", "srl", "ug", "und",
    "and",
))
# fmt: on


class Known(enum.Enum):
    """By what a payer is recognised, the surest first."""

    ACCOUNT = "account"
    PAYER = "payer"
    NAME = "name"
    SEEN = "seen"
    ALIKE = "alike"


_SAID = {
    Known.ACCOUNT: say("the payer's account {value} is known as {customer}'s"),
    Known.PAYER: say("payer: of {customer} names the payer {value}"),
    Known.NAME: say("the payer {value} has the name of {customer}"),
    Known.SEEN: say("the payer {value} has paid for {customer} before"),
    Known.ALIKE: say("the payer {value} has a name like that of {customer}"),
}


@attrs.frozen
class Recognised:
    """One customer whose payment it may be, and why."""

    customer: str
    by: Known
    value: str

    @property
    def reason(self) -> Text:
        """Why, as a sentence."""
        facts = {"value": self.value, "customer": self.customer}
        return attrs.evolve(_SAID[self.by], args=facts)


@attrs.frozen
class Recognition:
    """Who a payer may be. `named` says whether the bank names a payer at all."""

    candidates: tuple[Recognised, ...]
    named: bool

    @property
    def certain(self) -> str | None:
        """The one customer that it is, where more than a resemblance says so."""
        sure = {one.customer for one in self.candidates if one.by is not Known.ALIKE}
        return sure.pop() if len(sure) == 1 else None

    @property
    def customers(self) -> frozenset[str]:
        """Everybody whom it may be."""
        return frozenset(one.customer for one in self.candidates)

    def allows(self, customer: str) -> bool:
        """Whether nothing speaks against it: no payer is named, or this may be the one."""
        return customer in self.customers or not (self.named or self.candidates)

    def reasons(self, customer: str) -> tuple[Text, ...]:
        """What speaks for one customer."""
        return tuple(one.reason for one in self.candidates if one.customer == customer)


@lru_cache(maxsize=65536)
def full_key(name: str) -> str:
    """A name without case, width, accents, blanks and punctuation."""
    return "".join(_words(name))


@lru_cache(maxsize=65536)
def name_key(name: str) -> str:
    """The same without its legal form, unless nothing else is there."""
    words = _words(name)
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    text = "".join(words)
    for form in _CHINESE_FORMS:
        if text.endswith(form) and len(text) > len(form) + 1:
            return text.removesuffix(form)
    return text


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name)).casefold()
    # B.V., A/S and O'Neill are one word each.
    text = "".join(char for char in text if char not in "./'’" and not unicodedata.combining(char))
    return re.findall(r"[^\W_]+", text)


def account_key(account: str) -> str:
    """An account number without blanks and signs; empty for one that is masked or too short."""
    text = unicodedata.normalize("NFKC", account)
    if sum(char in _MASK for char in text) > 1:
        return ""
    key = "".join(char for char in text if char.isalnum()).upper()
    return key if sum(char.isdigit() for char in key) >= ACCOUNT_DIGITS_MIN else ""


def values_of(value: object) -> list[str]:
    """The names or numbers in the value of a key; a number typed without quotes counts."""
    if value is None or isinstance(value, bool):
        return []
    return [part.strip() for part in _SEPARATORS.split(str(value)) if part.strip()]


@attrs.define
class Payers:
    """What the ledger knows of payers: account or name → customers, and by what."""

    _accounts: dict[str, dict[str, Known]] = attrs.field(factory=dict)
    _full: dict[str, dict[str, Known]] = attrs.field(factory=dict)
    _names: dict[str, dict[str, Known]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, subledger: Subledger) -> Payers:
        """From the customers' accounts and the receipts of a ledger."""
        found = cls()
        chart = subledger.chart
        for customer in chart.customers.values():
            found.add_name(customer.name, customer.id, Known.NAME)
            for name in values_of(customer.payer):
                found.add_name(name, customer.id, Known.PAYER)
            for account in customer.accounts:
                for value in values_of((chart.opens[account].meta or {}).get(PAYER_ACCOUNT)):
                    found.add_account(value, customer.id)
        for transaction, customers in _receipts(subledger).values():
            if len(customers) == 1:
                found.learn(transaction, next(iter(customers)))
        return found

    def learn(self, transaction: Transaction, customer: str) -> None:
        """Remember who paid for a customer: the payee of a receipt, and `payer-account:`."""
        self.add_name(transaction.payee or "", customer, Known.SEEN)
        metas = [transaction.meta, *(posting.meta for posting in transaction.postings)]
        for meta in metas:
            for value in values_of((meta or {}).get(PAYER_ACCOUNT)):
                self.add_account(value, customer)

    def add_account(self, account: str, customer: str) -> None:
        """Note an account number."""
        if key := account_key(account):
            self._accounts.setdefault(key, {}).setdefault(customer, Known.ACCOUNT)

    def add_name(self, name: str, customer: str, by: Known) -> None:
        """Note a name, with its legal form and without."""
        for names, key in ((self._full, full_key(name)), (self._names, name_key(name))):
            if key:
                names.setdefault(key, {}).setdefault(customer, by)

    def recognise(self, payer: str, account: str) -> Recognition:
        """Who it may be, the surest first."""
        found: dict[str, Recognised] = {}
        for customer in self._accounts.get(account_key(account), ()):
            found[customer] = Recognised(customer, Known.ACCOUNT, account)
        for customer, by in self._by_name(payer).items():
            found.setdefault(customer, Recognised(customer, by, payer))
        if not found:
            for customer in self._alike(payer):
                found[customer] = Recognised(customer, Known.ALIKE, payer)
        named = bool(full_key(payer) or account_key(account))
        return Recognition(tuple(found.values()), named)

    def _by_name(self, payer: str) -> Mapping[str, Known]:
        key = full_key(payer)
        return (self._full.get(key) or self._names.get(name_key(payer)) or {}) if key else {}

    def _alike(self, payer: str) -> Iterable[str]:
        """Customers with a name like it, the most alike first."""
        key = name_key(payer)
        scores: dict[str, float] = {}
        for name, customers in self._names.items():
            score = _likeness(key, name)
            if score:
                for customer in customers:
                    scores[customer] = max(score, scores.get(customer, 0.0))
        return sorted(scores, key=lambda customer: (-scores[customer], customer))[:GUESSES_MAX]


def _likeness(one: str, other: str) -> float:
    """How alike two names are, of 1; 0 below what counts. A name that was cut off is alike."""
    if not one or not other:
        return 0.0
    short, long = sorted((one, other), key=len)
    if long.startswith(short) and _width(short) >= CUT_MIN:
        return 0.99
    return OSA.normalized_similarity(one, other, score_cutoff=ALIKE_MIN)


def _width(text: str) -> int:
    """Letters, where a Chinese character says as much as two."""
    return sum(1 if char.isascii() else 2 for char in text)


def _receipts(subledger: Subledger) -> dict[int, tuple[Transaction, set[str]]]:
    """The transactions by which customers have paid, with the customers of each."""
    found: dict[int, tuple[Transaction, set[str]]] = {}
    paid = [
        (credit.transaction, credit.customer)
        for credit in subledger.credits
        if credit.kind is Kind.RECEIPT
    ]
    paid += [
        (movement.transaction, movement.customer)
        for movement in subledger.books.advances
        if movement.amount > 0 and not movement.restored
    ]
    for transaction, customer in paid:
        found.setdefault(id(transaction), (transaction, set()))[1].add(customer)
    return found
