# SPDX-License-Identifier: GPL-2.0-or-later
"""What the ledger already has of a bank's bookings, and on which account a bank file's money is.

A booking is known by its link `^bank-<reference>`. Two bookings that share a reference are told
apart by what the bank says of them.

The ledger's own account of a bank file is the one whose `open` bears the bank's number:

    2024-01-01 open Assets:Bank:ICBC  CNY
      account-number: "1001 2345 0920 0123456"
    2024-01-01 open Assets:Bank:Deutsche  EUR
      iban: "DE89 3704 0044 0532 0130 00"
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import attrs
from beancount.core.data import Directive, Open, Transaction

from arledger.findings import Text, say
from arledger.language.accounts import Chart
from arledger.language.documents import Kind
from arledger.money import ZERO
from arledger.reconciliation.bank_links import content_of, link_text
from arledger.reconciliation.model import BankEntry, BankStatement
from arledger.reconciliation.payers import PAYER_ACCOUNT, account_key, values_of
from arledger.subledger.subledger import Subledger

ACCOUNT_KEYS = ("iban", "account-number")
# How far apart a booking without a link and the bank's own date may be.
UNLINKED_DAYS = 3


class ApplyError(Exception):
    """A bank file that can't be applied at all; `text` says why, in one line."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


def bank_accounts(opens: Mapping[str, Open]) -> dict[str, str]:
    """The bank's number → the ledger's account of it."""
    found: dict[str, str] = {}
    for account, entry in sorted(opens.items()):
        for key in ACCOUNT_KEYS:
            for value in values_of((entry.meta or {}).get(key)):
                if number := account_key(value):
                    found.setdefault(number, account)
    return found


def account_of(
    statement: BankStatement, opens: Mapping[str, Open], given: str | None
) -> str | None:
    """The ledger's account of a statement; None where nothing tells. What is given counts."""
    if given is not None:
        return given
    declared = bank_accounts(opens)
    key = account_key(statement.account)
    if key:
        return declared.get(key)
    masked = _pattern(statement.account)
    fitting = {
        account for number, account in declared.items() if masked and masked.fullmatch(number)
    }
    return fitting.pop() if len(fitting) == 1 else None


def likely_account(subledger: Subledger, currency: str | None) -> str | None:
    """The ledger's account of the bank where there can be no other, though nothing says so.

    That is the only one that customers' receipts have come in on; else the only open one that
    is called a bank's. Where an account bears a bank's number, nothing is guessed.
    """
    chart = subledger.chart
    if bank_accounts(chart.opens):
        return None
    received = {
        posting.account
        for transaction in _receipts(subledger)
        for posting in transaction.postings
        if posting.units is not None and (posting.units.number or ZERO) > 0
    }
    called = {account for account in chart.opens if _CALLED.search(account)}
    for accounts in (received, called):
        fitting = [account for account in accounts if _is_money(chart, account, currency)]
        if len(fitting) == 1:
            return fitting[0]
    return None


_CALLED = re.compile(r"\bbank|:1002|银行|銀行|\bchecking|\bgiro", re.IGNORECASE)


def _receipts(subledger: Subledger) -> Iterable[Transaction]:
    yield from (one.transaction for one in subledger.credits if one.kind is Kind.RECEIPT)
    yield from (one.transaction for one in subledger.books.advances if one.amount > 0)


def _is_money(chart: Chart, account: str, currency: str | None) -> bool:
    """Whether it may be the bank's: no customer's account, no income, expense or liability."""
    if chart.info(account) is not None or chart.is_result(account) or chart.is_liability(account):
        return False
    entry = chart.opens.get(account)
    return entry is not None and (
        currency is None or not entry.currencies or currency in entry.currencies
    )


def _pattern(account: str) -> re.Pattern[str] | None:
    """A masked number (`6222****0123`) as a pattern, where it shows enough to go by."""
    text = unicodedata.normalize("NFKC", account).upper()
    head, *rest = re.split(r"[*X•]{2,}", text)
    if not rest:
        return None
    parts = [re.sub(r"[^0-9A-Z]", "", part) for part in (head, *rest)]
    if sum(map(len, parts)) < 4:  # noqa: PLR2004 - the last four digits are what banks show
        return None
    return re.compile("[0-9A-Z]+".join(map(re.escape, parts)))


def missing_account(statement: BankStatement, file: str) -> Text:
    """Which account is asked for, and how to name it."""
    number = statement.account or "…"
    return say(
        "{file}: which of the ledger's accounts is the bank's account {number}? Say it with "
        '--bank-account, or put account-number: "{number}" (or iban:) under its open directive',
        file=file,
        number=number,
    )


@attrs.frozen(eq=False)
class Claim:
    """The link of a booking; `known` is where it already stands, in the ledger or in the file."""

    link: str
    known: Transaction | None = None
    repeated: bool = False


@attrs.define(eq=False)
class Booked:
    """The ledger's transactions by the bank's link, and what a run adds to them."""

    prefix: str
    _accounts: frozenset[str]
    _links: dict[str, list[Transaction]] = attrs.field(factory=dict)
    # Bookings without a bank's link: (account, currency, amount) → them.
    _unlinked: dict[tuple[str, str, Decimal], list[Transaction]] = attrs.field(factory=dict)
    _claimed: dict[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(
        cls,
        entries: Iterable[Directive],
        prefix: str,
        prefixes: Sequence[str],
        accounts: Iterable[str],
    ) -> Booked:
        """From the ledger's entries. `accounts` are those that are some bank's."""
        found = cls(prefix, frozenset(accounts))
        starts = (prefix, *prefixes)
        for entry in entries:
            if isinstance(entry, Transaction):
                found._take(entry, starts)
        return found

    def _take(self, transaction: Transaction, starts: tuple[str, ...]) -> None:
        links = [link for link in transaction.links or () if link.startswith(starts)]
        for link in links:
            self._links.setdefault(link, []).append(transaction)
        if links:
            return
        for posting in transaction.postings:
            units = posting.units
            if posting.account in self._accounts and units is not None and units.number is not None:
                key = (posting.account, units.currency, units.number)
                self._unlinked.setdefault(key, []).append(transaction)

    def claim(self, entry: BankEntry, account: str) -> Claim:
        """The link of a booking on the ledger's account `account`; each is claimed once."""
        content = content_of(account, entry)
        if entry.reference:
            link = self.prefix + link_text(entry.reference)
        else:
            link = f"{self.prefix}{entry.date:%Y%m%d}_x_{content}"
        for one in (link, f"{link}_x_{content}"):
            claimed = self._claimed.get(one)
            if claimed is not None:
                if claimed == content:
                    return self._again(entry, one, account)
                continue
            known = self._known(entry, one, account)
            if known is not None or one not in self._links:
                self._claimed[one] = content
                return Claim(one, known)
        return Claim(f"{link}_x_{content}", self._links[f"{link}_x_{content}"][0])

    def _again(self, entry: BankEntry, link: str, account: str) -> Claim:
        """The bank's own line twice: with a reference it is one booking, without it is several."""
        if entry.reference:
            return Claim(link, self._known(entry, link, account), repeated=True)
        count = 2
        while f"{link}_{count}" in self._claimed:
            count += 1
        one = f"{link}_{count}"
        self._claimed[one] = link
        return Claim(one, self._known(entry, one, account))

    def _known(self, entry: BankEntry, link: str, account: str) -> Transaction | None:
        for transaction in self._links.get(link, ()):
            if self._same(entry, transaction, account):
                return transaction
        return None

    def _same(self, entry: BankEntry, transaction: Transaction, account: str) -> bool:
        """Whether a transaction with the booking's link is the booking itself."""
        paid_from = account_key(str(transaction.meta.get(PAYER_ACCOUNT) or ""))
        if paid_from and entry.payer_account and paid_from != account_key(entry.payer_account):
            return False
        sums: dict[str, Decimal] = {}
        for posting in transaction.postings:
            units = posting.units
            if units is not None and units.number is not None and units.currency == entry.currency:
                sums[posting.account] = sums.get(posting.account, ZERO) + units.number
        if account not in sums:
            # Booked elsewhere, on a clearing account say; but not on another bank's account.
            return not any(other in self._accounts for other in sums)
        several = sum(link.startswith(self.prefix) for link in transaction.links or ()) > 1
        return several or sums[account] == entry.amount

    def unlinked(self, entry: BankEntry, account: str) -> Transaction | None:
        """A booking of the same amount about the same day that has no bank's link."""
        near = timedelta(days=UNLINKED_DAYS)
        for transaction in self._unlinked.get((account, entry.currency, entry.amount), ()):
            if abs(transaction.date - entry.date) <= near:
                return transaction
        return None
