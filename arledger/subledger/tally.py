# SPDX-License-Identifier: GPL-2.0-or-later
"""The tally: what customers with plain documents owe on the ledger's last day, without a replay.

A load has to know what is open now, and whether anything is wrong. For that most customers need
no items, applications and histories: their invoices are raised once, their receipts name an
invoice that has as much open, or name nothing. Of these a running sum a number is enough, and
nothing can be wrong with them. Whoever has a document of another kind, or one with which
something might be wrong, is left to the replay, with everything of theirs.

So the tally never decides a case: what it isn't certain of it doesn't answer. Its answers are
those of `Subledger` (a property holds the two against each other).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.amount import Amount
from beancount.core.data import Directive, Posting, Transaction

from arledger.findings import RULES
from arledger.language.accounts import AccountInfo
from arledger.language.documents import ITEM, RECEIPT
from arledger.language.due import DueDates
from arledger.language.frame import Frame
from arledger.language.matrix import matrix_of
from arledger.language.plain import CREDIT_NOTE, KIND_TAGS, WRITE_OFF
from arledger.language.policies import Timeline, lowest
from arledger.language.terms import Terms
from arledger.language.voucher import KEYS, NO_KEYS
from arledger.money import ZERO, exact
from arledger.subledger.model import Credit, Ids, Item, OpenCredit, OpenItem

# Keys of ours that a plain document may have; of a debit's, the receipt's would make it a refund.
_OF_DEBITS = frozenset({"invoice", "due", "contract"})
_OF_CREDITS = frozenset({"invoice", "receipt", "contract"})
# What a load can only know from the whole history, or of everybody at once.
_HISTORY = ("specific-allowance", "group-credit-limit")

# What a finding of these areas says may depend on other customers' documents.
_WITH_OTHERS = ("open-items", "advances")

Keys = Mapping[str, Any]
NO_UNITS = None, ""
DIGITS_MAX = 30
# Whether metadata have no key of ours.
_without = KEYS.isdisjoint
# What is left of an item, the transaction and posting that raised it, and when it is due.
_Raised = tuple[Decimal, Transaction, Posting, date]


@attrs.frozen(eq=False)
class Tally:
    """What is open of those whom it is certain of; `others` are the customers it leaves out.

    `transactions` are all with a posting of ours, whosever.
    """

    items: Sequence[OpenItem]
    credits: Sequence[OpenCredit]
    others: frozenset[str]
    transactions: tuple[Transaction, ...]


def of_customers(
    frame: Frame, transactions: Iterable[Transaction], customers: frozenset[str]
) -> Iterator[Transaction]:
    """The transactions with a posting on an account of one of these customers."""
    if not customers:
        return
    theirs: dict[str, bool] = {}
    for transaction in transactions:
        for posting in transaction.postings:
            account = posting.account
            found = theirs.get(account)
            if found is None:
                info = frame.chart.info(account)
                found = theirs[account] = info is not None and info.customer in customers
            if found:
                yield transaction
                break


@exact
def tally(frame: Frame, entries: Iterable[Directive]) -> Tally | None:
    """What is open at the end of the ledger; None where the replay must look at everything."""
    if not _suits(frame):
        return None
    tabs = _Tabs(frame)
    try:
        transactions = _take_all(tabs, entries)
    except _UnsuitedError:
        return None
    return _opened(tabs, transactions)


def _suits(frame: Frame) -> bool:
    """Whether the ledger asks for nothing that only its history can tell."""
    # What is lowered might be something worse where the others' documents are in view.
    changed = any(
        (level == "error") != (RULES[rule].severity == "error")
        for rule, level in frame.options.severity.items()
        if level == "error" or RULES[rule].area in _WITH_OTHERS
    )
    closings = frame.closings
    closed = frame.statements or closings.seals or closings.reopenings
    return not changed and not closed and not any(map(frame.policies.of, _HISTORY))


class _UnsuitedError(Exception):
    """Only the replay can tell."""


def _take_all(tabs: _Tabs, entries: Iterable[Directive]) -> list[Transaction]:
    """Put every posting of ours down on its customer's tab; returns the transactions of ours."""
    kept = []
    today = date.min
    for transaction in entries:
        if type(transaction) is not Transaction:
            continue
        last: tuple[_Tab, Posting] | None = None
        for posting in transaction.postings:
            tab = tabs[posting.account]
            if tab is None:
                continue
            if last is not None and not _pays_two(*last, tab, posting):
                tabs.leave(last[0])
                tabs.leave(tab)
            last = tab, posting
            if tab.plain and not tab.take(transaction, posting):
                tabs.leave(tab)
        if last is not None:
            kept.append(transaction)
            if transaction.date < today:
                # Another plugin has left the entries out of order.
                raise _UnsuitedError
            today = transaction.date
    return kept


def _pays_two(tab: _Tab, posting: Posting, other: _Tab, another: Posting) -> bool:
    """Whether two postings of a transaction are no more than a customer's paying two items."""
    return tab is other and all(
        one.units is not None and one.units.number is not None and one.units.number < ZERO
        for one in (posting, another)
    )


class _Tabs(dict[str, "_Tab | None"]):
    """Each account's tab, which is its customer's; None for an account we don't look at."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame
        self._dues = DueDates(frame.policies, [])
        self.of_customer: dict[str, _Tab] = {}
        self.others: set[str] = set()
        self._others_max = len(frame.chart.customers) // 2
        self._rated = bool(frame.policies.of("loss-rate"))

    def __missing__(self, account: str) -> _Tab | None:
        info = self._frame.chart.info(account)
        if info is None:
            self[account] = None
            return None
        if info.role == "allowance" or not info.customer_known:
            raise _UnsuitedError
        tab = self.of_customer.get(info.customer)
        if tab is None:
            tab = self.of_customer[info.customer] = self._new(info)
        if tab.account != account or not tab.plain:
            self.leave(tab)
        self[account] = tab
        return tab

    def _new(self, info: AccountInfo) -> _Tab:
        policies, options = self._frame.policies, self._frame.options
        limits = policies.of_customer("credit-limit", info.customer)
        limit = lowest(limits)
        allocation = policies.timeline("allocation", info.customer, info.account)
        return _Tab(
            info.account,
            info.customer,
            self._dues.plain(info),
            allocation if allocation.ever("fifo") else None,
            limit,
            options.bank_links,
            options.invoice_links,
            info.role == "receivable"
            and not info.conditional
            and not policies.of_customer("credit-hold", info.customer).dates
            and bool(limit) == bool(limits.dates)
            and (not self._rated or self._complete(info)),
        )

    def _complete(self, info: AccountInfo) -> bool:
        """Whether there is a loss rate for whatever is open on the last day, and however old."""
        policies, basis = self._frame.policies, self._frame.options.basis
        latest = self._frame.latest or date.min
        return matrix_of(policies, basis, info.customer, info.account, latest).complete

    def leave(self, tab: _Tab) -> None:
        """Leave a customer to the replay."""
        tab.plain = False
        self.others.add(tab.customer)
        if len(self.others) > self._others_max:
            raise _UnsuitedError


@attrs.define(slots=True, eq=False)
class _Tab:
    """One customer's account while all on it is plain.

    Each `take` tells whether it still is. `limits` is the lowest limit there ever is, by its
    currency, where there is one.
    """

    account: str
    customer: str
    _due_of: Callable[[date], tuple[date | None, Terms | None]]
    _allocation: Timeline | None
    _limits: Mapping[str, Decimal]
    _bank_links: tuple[str, ...]
    _invoice_links: tuple[str, ...]
    plain: bool
    _today: date = date.min
    _currency: str | None = None
    _balance: Decimal = ZERO
    # By number (a count where there is none): what is left of what was raised; None once settled.
    raised: dict[str | int, _Raised | None] = attrs.field(factory=dict)
    # Credits that name nothing, what is left of them, and what of them waits for items.
    received: list[tuple[Transaction, Posting, str | None]] = attrs.field(factory=list)
    unapplied: list[Decimal] = attrs.field(factory=list)
    # Credits' own numbers, and the first transaction that has each.
    _numbers: dict[str, Transaction] = attrs.field(factory=dict)
    # What decides who comes first. Of equals it is the order of reading, which isn't known here.
    _orders: set[tuple[object, ...]] = attrs.field(factory=set)
    # Links of credits that name nothing, at least so far.
    _unnamed: set[str] = attrs.field(factory=set)
    _queue: list[tuple[date, date, str, Decimal, str, str, str | int]] = attrs.field(factory=list)
    _waiting: list[tuple[date, str, Decimal, str, str, int]] = attrs.field(factory=list)

    def take(self, transaction: Transaction, posting: Posting) -> bool:
        """Take in one posting."""
        units, own = posting.units, posting.meta
        amount, currency = NO_UNITS if units is None else units
        if amount is None:
            raise _UnsuitedError
        if currency != self._currency and not self._begins(currency):
            return False
        link = None
        for one in transaction.links or ():
            if not one.startswith(self._bank_links):
                if link is not None:
                    return False
                link = one
        keys: Keys | None = NO_KEYS
        if not _without(transaction.meta) or (own is not None and not _without(own)):
            keys = _keys(transaction.meta, own, _OF_DEBITS if amount > ZERO else _OF_CREDITS)
        if keys is None or (self._limits and not self._within(amount)):
            return False
        if self._allocation is not None and transaction.date != self._today:
            self.allot()
            self._today = transaction.date
        if amount > ZERO:
            return self._raise(transaction, posting, amount, keys, link)
        return self._receive(transaction, posting, -amount, keys, link)

    def _begins(self, currency: str) -> bool:
        """Whether a currency is the first on this account, and that of the limit."""
        if self._currency is not None or (self._limits and currency not in self._limits):
            return False
        self._currency = currency
        return True

    def _within(self, amount: Decimal) -> bool:
        """Whether what is owed stays within the limit, whatever else comes on that day."""
        self._balance += amount
        return all(self._balance <= limit for limit in self._limits.values())

    def _raise(
        self,
        transaction: Transaction,
        posting: Posting,
        amount: Decimal,
        keys: Keys,
        link: str | None,
    ) -> bool:
        day, tags = transaction.date, transaction.tags
        number, due = (keys.get("invoice", link), keys.get("due")) if keys else (link, None)
        if due is None:
            if keys and not _is_ordinary(amount):
                # Read with its keys, it is held against what terms can be reckoned with.
                return False
            due = self._due_of(day)[0]
        if due is None or due < day or (tags and not KIND_TAGS.isdisjoint(tags)):
            return False
        key: str | int = len(self.raised) if number is None else number
        # Of one day, a credit with that link names the item, though it stands in front of it.
        if key in self.raised or number in self._unnamed:
            return False
        self.raised[key] = (amount, transaction, posting, due)
        if self._allocation is not None:
            order = (due, day, number or "", amount, *_words(transaction))
            if order in self._orders:
                return False
            self._orders.add(order)
            heapq.heappush(self._queue, (*order, key))
        return True

    def _receive(
        self,
        transaction: Transaction,
        posting: Posting,
        amount: Decimal,
        keys: Keys,
        link: str | None,
    ) -> bool:
        tags = transaction.tags
        names, number = keys.get("invoice"), keys.get("receipt")
        if names is None and link in self.raised:
            names = link
        if number is None and link != names:
            number = link
        if number is not None and self._numbers.setdefault(number, transaction) is not transaction:
            return False
        if names is not None:
            return self._pay(names, amount) and not (tags and {WRITE_OFF, CREDIT_NOTE} <= tags)
        if not amount or (tags and not KIND_TAGS.isdisjoint(tags)):
            return False
        if link is not None:
            if self._invoice_links and link.startswith(self._invoice_links):
                return False
            self._unnamed.add(link)
        return self._hold(transaction, posting, number, amount)

    def _pay(self, number: str, amount: Decimal) -> bool:
        """Take an amount off an item that has as much open."""
        found = self.raised.get(number)
        if found is None or not amount:
            return False
        had = found[0]
        if had == amount:
            self.raised[number] = None
            return True
        self.raised[number] = (had - amount, *found[1:])
        return had > amount

    def _hold(
        self, transaction: Transaction, posting: Posting, number: str | None, amount: Decimal
    ) -> bool:
        """A credit that names nothing: it waits for the oldest items where the policy is fifo."""
        day = transaction.date
        self.received.append((transaction, posting, number))
        self.unapplied.append(amount)
        policy = self._allocation.one(day) if self._allocation is not None else None
        if policy is None or policy.value != "fifo":
            return True
        order = (day, number or "", amount, *_words(transaction))
        if order in self._orders:
            return False
        self._orders.add(order)
        heapq.heappush(self._waiting, (*order, len(self.unapplied) - 1))
        return True

    def allot(self) -> None:
        """Waiting credits, oldest first, take the oldest-due open items."""
        waiting, queue, raised, unapplied = self._waiting, self._queue, self.raised, self.unapplied
        while waiting and queue:
            number, at = queue[0][-1], waiting[0][-1]
            found = raised[number]
            if found is None:
                heapq.heappop(queue)
                continue
            owed, had = found[0], unapplied[at]
            if owed > had:
                raised[number] = (owed - had, *found[1:])
            else:
                raised[number] = None
                heapq.heappop(queue)
            unapplied[at] = had - min(owed, had)
            if had <= owed:
                heapq.heappop(waiting)


def _is_ordinary(amount: Decimal) -> bool:
    """Whether an amount has no more digits, on either side of the point, than a ledger's do."""
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DIGITS_MAX and amount.adjusted() < DIGITS_MAX


def _words(transaction: Transaction) -> tuple[str, str]:
    """What tells apart documents of one day, number and amount: see `order_of`."""
    return transaction.payee or "", transaction.narration or ""


def _keys(meta: Keys, own: Keys | None, allowed: frozenset[str]) -> Keys | None:
    """Our keys of a posting and its transaction; None where one isn't allowed, or malformed."""
    found: dict[str, Any] = {}
    for keys in (meta, own or NO_KEYS):
        for name, value in keys.items():
            if name in KEYS:
                usable = _usable(name, value)
                if not usable or name not in allowed:
                    return None
                found[name] = usable
    return found


def _usable(name: str, value: Any) -> date | str | None:
    """The value of a key, if it is what the key has to be."""
    if name == "due":
        return value if isinstance(value, date) else None
    return value.strip() if isinstance(value, str) else None


# What is open when all is taken in.


def _opened(tabs: _Tabs, transactions: Iterable[Transaction]) -> Tally:
    items: list[OpenItem] = []
    credits: list[OpenCredit] = []
    ids = Ids([], [])
    for tab in tabs.of_customer.values():
        if not tab.plain:
            continue
        tab.allot()
        for number, found in tab.raised.items():
            if found is not None:
                items.append(OpenItem(_item(tab, number, found, len(items), ids), found[0]))
        for received, left in zip(tab.received, tab.unapplied, strict=True):
            if left:
                credits.append(OpenCredit(_credit(tab, *received, len(credits), ids), left))
    ids.items, ids.credits = [one.item for one in items], [one.credit for one in credits]
    return Tally(items, credits, frozenset(tabs.others), tuple(transactions))


def _item(tab: _Tab, number: str | int, raised: _Raised, index: int, ids: Ids) -> Item:
    _, transaction, posting, due = raised
    units: Amount = posting.units  # type: ignore[assignment]
    assert units.number is not None, "a posting that was taken in has a number"
    return Item(
        index,
        number if isinstance(number, str) else None,
        tab.customer,
        tab.account,
        units.currency,
        transaction.date,
        transaction.date,
        due,
        units.number,
        1,
        False,  # noqa: FBT003 - a record, made by position
        None,
        None,
        ITEM,
        ids,
        transaction,
        posting,
    )


def _credit(  # noqa: PLR0913 - one argument per fact
    tab: _Tab, transaction: Transaction, posting: Posting, number: str | None, index: int, ids: Ids
) -> Credit:
    units: Amount = posting.units  # type: ignore[assignment]
    assert units.number is not None, "a posting that was taken in has a number"
    return Credit(
        index,
        number,
        RECEIPT,
        tab.customer,
        tab.account,
        units.currency,
        transaction.date,
        transaction.date,
        None,
        -units.number,
        None,
        False,  # noqa: FBT003 - a record, made by position
        None,
        ids,
        transaction,
        posting,
    )
