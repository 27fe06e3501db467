# SPDX-License-Identifier: GPL-2.0-or-later
"""Two plain, slow oracles: what is open at a date, and on which days a limit was broken.

Written from the rules alone (docs: ledger language, section 5), and on purpose unlike the
library: everything is replayed from the first day for each question, every list is searched
from end to end, nothing is indexed. What it answers is meant to be obvious, not fast.

**Replay.** A `Document` is one posting in neutral words; `state` replays those dated up to the
day asked for. Within a day the order is the rule's:

1. what raises items (transfers last among them; one whose item isn't there waits for 2),
2. reversals: recoveries, returned payments, cancelled invoices,
3. credits that name an item, with those kept for an item raised or restored today,
4. the other credits, waiting ones included, oldest first,
5. debits that draw on a receipt; what the receipt can't give is an item of that day, so the
   waiting credits are asked once more.

What a reversal restores is as if it had never been settled: the credits that name the item,
those kept for it among them, fill its instalments anew, in the order of their dates.

A transaction's parts are documents of their own: a later application is a `draw` on the receipt
and a naming `credit`. Whether a credit is "fifo" or "none" is settled by the caller, from the
policy in force on the credit's own date.

**Breaches.** A customer's exposure is what all its movements on accounts in exposure add up to:
open items less unapplied credits. So this oracle needs no replay, only a walk over the calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol, TypeVar

Kind = Literal[
    "item",  # a debit: invoice, debit note
    "credit",  # a receipt or credit note; with `names` it is for that item only
    "write-off",  # a naming credit that gives the item up
    "draw",  # a debit with `receipt`: a refund, or half of a later application
    "return",  # a debit with `reverses`: a payment that bounced
    "cancel",  # a credit with `reverses`: an invoice that is taken back
    "recovery",  # a debit that names a written-off item
    "transfer",  # the item `names` moves from account `source` to `account`
]

ItemKey = tuple[str, str, str, dt.date]
"""Account, currency, number, due date."""

CreditKey = tuple[str, str, str, dt.date]
"""Account, currency, the credit's own number, its date."""

ZERO = Decimal(0)
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Document:
    """One posting on a receivable account; the amount is never negative."""

    date: dt.date
    kind: Kind
    account: str
    currency: str
    amount: Decimal
    number: str = ""
    due: dt.date | None = None
    """An item's due date (else its date); on a credit, the instalment it is for."""
    issued: dt.date | None = None
    """The document date, where it isn't the booking date (opening balances)."""
    names: str = ""
    receipt: str = ""
    reverses: str = ""
    allocation: Literal["", "fifo", "none"] = "fifo"
    """What a credit that names nothing does; empty: still to be settled by the policy."""
    source: str = ""
    first_due: dt.date | None = None
    """When a transferred item falls due that was never due before (retention money)."""
    voucher: str = ""
    """The transaction it is a part of: a debit never draws on a credit of its own."""


@dataclass(eq=False)
class _Item:
    """What a customer was asked to pay, and how much of it is open."""

    account: str
    currency: str
    number: str
    due: dt.date
    issued: dt.date
    amount: Decimal
    open: Decimal
    origin: _Item | None = None
    """The item this one was transferred from."""

    def order(self) -> tuple[dt.date, dt.date, str, Decimal]:
        """Oldest due first; ties by document date, number, amount."""
        return (self.due, self.issued, self.number, self.amount)


@dataclass(eq=False)
class _Credit:
    """What a customer has paid or been credited, and how much of it is unapplied."""

    document: Document
    left: Decimal

    def order(self) -> tuple[dt.date, dt.date, str, Decimal, str, str]:
        """Oldest first; ties by due date, number, amount, then content."""
        document = self.document
        due = document.due or document.date
        names = document.names or document.reverses
        return (document.date, due, document.number, document.amount, names, document.kind)

    def named(self) -> tuple[str, str, str]:
        """The item it is for, by account, currency and number; no number: for any."""
        document = self.document
        return (document.account, document.currency, document.names or document.reverses)


@dataclass(eq=False)
class _Application:
    """The part of a credit that settles a part of an item."""

    credit: _Credit
    item: _Item
    date: dt.date
    amount: Decimal


@dataclass(frozen=True)
class State:
    """What is open and what is unapplied at a date; nothing that is zero."""

    open: dict[ItemKey, Decimal]
    unapplied: dict[CreditKey, Decimal]
    applied: tuple[tuple[str, str, dt.date, Decimal], ...]
    """Credit's number, item's number, day, amount: in the order they came about."""

    def balance(self, account: str, currency: str) -> Decimal:
        """Open items less unapplied credits of one account and currency."""
        place = (account, currency)
        items = sum((v for k, v in self.open.items() if k[:2] == place), ZERO)
        credits = sum((v for k, v in self.unapplied.items() if k[:2] == place), ZERO)
        return items - credits


def state(documents: Iterable[Document], as_of: dt.date) -> State:
    """Replay everything dated up to a day, and say what is left."""
    books = _Books()
    known = [document for document in documents if document.date <= as_of]
    for day in sorted({document.date for document in known}):
        books.run([document for document in known if document.date == day], day)
    return books.state()


@dataclass
class _Books:
    """Everything raised, paid and applied so far."""

    items: list[_Item] = field(default_factory=list)
    credits: list[_Credit] = field(default_factory=list)
    applications: list[_Application] = field(default_factory=list)
    touched: list[_Item] = field(default_factory=list)
    """The items raised or restored today."""

    def run(self, documents: Sequence[Document], day: dt.date) -> None:
        """Take one day's documents, in the rule's order."""
        today = sorted(documents, key=_document_order)
        self.touched = []
        self._raise_and_register(today)
        waiting = self._transfer(_of(today, "transfer"), day)
        self._reverse(today, day)
        for document in self._transfer(waiting, day):
            self._move(document, day)
        self._settle_named(day)
        self._fifo(day)
        for document in _of(today, "draw"):
            self._draw(document)
        self._fifo(day)

    def state(self) -> State:
        """What is left of everything, by number and date."""
        still_open: dict[ItemKey, Decimal] = {}
        for item in self.items:
            if item.open:
                key = (item.account, item.currency, item.number, item.due)
                still_open[key] = still_open.get(key, ZERO) + item.open
        unapplied: dict[CreditKey, Decimal] = {}
        for credit in self.credits:
            if credit.left:
                paid = credit.document
                place = (paid.account, paid.currency, paid.number, paid.date)
                unapplied[place] = unapplied.get(place, ZERO) + credit.left
        applied = tuple(
            (a.credit.document.number, a.item.number, a.date, a.amount)
            for a in self.applications
            if a.amount
        )
        return State(still_open, unapplied, applied)

    def _raise_and_register(self, today: Sequence[Document]) -> None:
        """Put the day's items and credits into the books, none applied yet."""
        for document in today:
            if document.kind == "item":
                self._raise(document, document.amount)
            elif document.kind in {"credit", "write-off", "cancel"}:
                self.credits.append(_Credit(document, document.amount))

    def _transfer(self, documents: Sequence[Document], day: dt.date) -> list[Document]:
        """Move what is there to be moved, again and again; return those that must wait."""
        for document in documents:
            items = self._items(document.source, document.currency, document.names)
            if sum((item.open for item in items), ZERO) >= document.amount:
                self._move(document, day)
                rest = [other for other in documents if other is not document]
                return self._transfer(rest, day)
        return list(documents)

    def _reverse(self, today: Sequence[Document], day: dt.date) -> None:
        """Take back write-offs, payments, invoices."""
        for document in today:
            if document.kind == "recovery":
                self._recover(document, day)
            elif document.kind == "return":
                self._return(document, day)
            elif document.kind == "cancel":
                credit = next(credit for credit in self.credits if credit.document is document)
                self._cancel(credit, day)

    def _settle_named(self, day: dt.date) -> None:
        """Apply the day's naming credits, and those kept for an item raised or restored today."""
        for credit in sorted(self.credits, key=_Credit.order):
            paid = credit.document
            if credit.named()[2] and (paid.date == day or self._is_touched(credit)):
                self._apply(credit, self._named(credit), day)

    def _is_touched(self, credit: _Credit) -> bool:
        """Say whether the item a credit is kept for was raised or restored today."""
        return any((i.account, i.currency, i.number) == credit.named() for i in self.touched)

    def _raise(self, document: Document, amount: Decimal, origin: _Item | None = None) -> None:
        """Put an open item into the books; a transferred one keeps number, due date and age."""
        due = document.due or document.date
        issued = document.issued or document.date
        number = document.number
        if origin is not None:
            never_due = origin.due == dt.date.max and document.first_due
            due = document.due or (document.first_due if never_due else None) or origin.due
            issued, number = origin.issued, origin.number
        item = _Item(
            document.account,
            document.currency,
            number,
            due,
            issued,
            amount,
            amount,
            origin,
        )
        self.items.append(item)
        self.touched.append(item)

    def _move(self, document: Document, day: dt.date) -> None:
        """Transfer an item: it leaves one account, and arrives at the other with its old age."""
        leaving = _Credit(
            Document(
                document.date,
                "transfer",
                document.source,
                document.currency,
                document.amount,
                names=document.names,
            ),
            document.amount,
        )
        self.credits.append(leaving)
        for item in self._items(document.source, document.currency, document.names):
            part = min(leaving.left, item.open)
            if part:
                self._apply(leaving, [item], day)
                part -= self._move_back(item, part, document, day)
                if part:
                    self._raise(document, part, item)
        if leaving.left:
            self._raise(_numbered(document, document.names), leaving.left)

    def _move_back(self, item: _Item, amount: Decimal, document: Document, day: dt.date) -> Decimal:
        """Restore the old item, where the transferred one came from there; return how much."""
        old = item.origin
        while old is not None and old.account != document.account:
            old = old.origin
        if old is None or document.due not in {None, old.due}:
            return ZERO
        left = amount
        for application in reversed(self.applications):
            if application.item is old and application.credit.document.kind == "transfer":
                left -= self._undo(application, left)
        self._resettle((old.account, old.currency, old.number), day)
        return amount - left

    def _apply(self, credit: _Credit, items: Iterable[_Item], day: dt.date) -> None:
        """Settle items in the order given, as far as the credit goes."""
        for item in items:
            amount = min(credit.left, item.open)
            if amount:
                credit.left -= amount
                item.open -= amount
                self.applications.append(_Application(credit, item, day, amount))

    def _named(self, credit: _Credit) -> list[_Item]:
        """Return the instalments a credit names: all, or the one whose due date it bears."""
        due = credit.document.due
        return [item for item in self._items(*credit.named()) if due in {None, item.due}]

    def _fifo(self, day: dt.date) -> None:
        """Let each credit that names nothing take the oldest-due items of its account."""
        for credit in sorted(self.credits, key=_Credit.order):
            paid = credit.document
            if not credit.named()[2] and paid.allocation == "fifo":
                place = (paid.account, paid.currency)
                there = [i for i in self.items if (i.account, i.currency) == place]
                self._apply(credit, sorted(there, key=_Item.order), day)

    def _draw(self, document: Document) -> None:
        """Take from a receipt what it still holds; the rest is an item of the day."""
        rest = document.amount
        for credit in self._credits(document, document.receipt):
            part = min(rest, credit.left)
            credit.left -= part
            rest -= part
        if rest:
            self._raise(document, rest)

    def _return(self, document: Document, day: dt.date) -> None:
        """Undo a payment: at the named invoice first, else unapplied first, then latest first."""
        credits = self._credits(document, document.reverses)
        rest = document.amount
        restored = {document.names}
        if document.names:
            rest = self._undo_latest(rest, credits, document.names, restored)
        for credit in credits:
            part = min(rest, credit.left)
            credit.left -= part
            rest -= part
        if not document.names:
            rest = self._undo_latest(rest, credits, "", restored)
        for number in restored if credits else ():
            self._resettle((document.account, document.currency, number), day)
        if rest:
            self._raise(document, rest)

    def _recover(self, document: Document, day: dt.date) -> None:
        """Bring a written-off item back: undo the write-off, and what of it was too much."""
        write_offs = [
            credit
            for credit in self.credits
            if credit.document.kind == "write-off"
            and credit.document.account == document.account
            and credit.document.currency == document.currency
        ]
        rest = self._undo_latest(document.amount, write_offs, document.names, set())
        for credit in write_offs:
            if credit.document.names == document.names:
                part = min(rest, credit.left)
                credit.left -= part
                rest -= part
        self._resettle((document.account, document.currency, document.names), day)
        if rest:
            self._raise(_numbered(document, document.names), rest)

    def _undo(self, application: _Application, most: Decimal) -> Decimal:
        """Reopen what an application settled, as far as `most`; return how much that was."""
        part = min(most, application.amount)
        if part:
            application.amount -= part
            application.item.open += part
            self.touched.append(application.item)
        return part

    def _undo_latest(
        self, amount: Decimal, credits: Sequence[_Credit], number: str, restored: set[str]
    ) -> Decimal:
        """Reopen what these credits settled (of one item, if named), latest first; return the rest."""
        for application in reversed(self.applications):
            if application.credit in credits and number in {"", application.item.number}:
                part = self._undo(application, amount)
                amount -= part
                if part:
                    restored.add(application.item.number)
        return amount

    def _resettle(self, place: tuple[str, str, str], day: dt.date) -> None:
        """Let the credits that name a restored item fill its instalments anew, oldest first."""
        naming = [
            credit
            for credit in sorted(self.credits, key=_Credit.order)
            if place[2]
            and credit.named() == place
            and credit.document.kind in {"credit", "write-off"}
            and credit.document.date < day
        ]
        old = [a for a in self.applications if a.credit in naming]
        for application in old:
            application.credit.left += application.amount
            application.item.open += application.amount
        booked, self.applications = self.applications, []
        for credit in naming:
            self._apply(credit, self._named(credit), day)
        wanted, self.applications = self.applications, booked
        for application in old:
            _stay(application, wanted)
        self.applications = [a for a in [*booked, *wanted] if a.amount]

    def _cancel(self, credit: _Credit, day: dt.date) -> None:
        """Take an invoice back: its open part, then what was paid on it, which is free again."""
        items = self._named(credit)
        self._apply(credit, items, day)
        for application in reversed(list(self.applications)):
            kind = application.credit.document.kind
            if application.item in items and kind not in {"cancel", "transfer"}:
                part = self._undo(application, credit.left)
                application.credit.left += part
                self._apply(credit, [application.item], day)

    def _items(self, account: str, currency: str, number: str) -> list[_Item]:
        """Return the items of one number, oldest due first."""
        found = [
            item
            for item in self.items
            if (item.account, item.currency, item.number) == (account, currency, number)
        ]
        return sorted(found, key=_Item.order)

    def _credits(self, document: Document, number: str) -> list[_Credit]:
        """Return the credits of one number on a document's account, oldest first."""
        found = [
            credit
            for credit in self.credits
            if credit.document.number == number
            and (not document.voucher or credit.document.voucher != document.voucher)
            and credit.document.account == document.account
            and credit.document.currency == document.currency
        ]
        return sorted(found, key=_Credit.order)


def _stay(application: _Application, wanted: Sequence[_Application]) -> None:
    """What would be settled anew just as it was stays settled since then."""
    stays = ZERO
    for new in wanted:
        if (new.credit, new.item) == (application.credit, application.item):
            stays = min(application.amount, new.amount)
            new.amount -= stays
    application.amount = stays


def _of(documents: Sequence[Document], kind: Kind) -> list[Document]:
    """Return the documents of one kind."""
    return [document for document in documents if document.kind == kind]


def _document_order(document: Document) -> tuple[dt.date | Decimal | str, ...]:
    """Order within a day: due date, document date, number, amount, account, then content."""
    issued = document.issued or document.date
    due = document.due or issued
    number, account = document.number, document.account
    if document.kind == "transfer":
        due, number, account = issued, "", document.source
    elif document.kind == "recovery":
        number = document.names
    about = document.reverses or document.names
    content = (document.currency, about, document.names, document.account)
    return (due, issued, number, document.amount, account, *content)


def _numbered(document: Document, number: str) -> Document:
    """Return the document as an item of that number."""
    return Document(
        document.date,
        "item",
        document.account,
        document.currency,
        document.amount,
        number=number,
        due=document.due,
    )


# Breaches of credit limits


@dataclass(frozen=True)
class Movement:
    """What changes a customer's exposure on a day: positive raises it."""

    date: dt.date
    customer: str
    currency: str
    amount: Decimal
    number: str = ""
    reversal: bool = False
    """A returned payment or the like: a cause, not a debit that should have been refused."""
    waived: bool = False
    waived_until: dt.date | None = None


@dataclass(frozen=True)
class Limit:
    """The most a subject (a customer's id, or an account) may owe, from a day on."""

    since: dt.date
    subject: str
    currency: str
    amount: Decimal
    until: dt.date | None = None

    @property
    def key(self) -> str:
        """One limit a currency."""
        return self.currency


@dataclass(frozen=True)
class Price:
    """What one unit of a currency was worth in another on a day."""

    date: dt.date
    currency: str
    quote: str
    rate: Decimal


@dataclass(frozen=True)
class Breach:
    """A day on which a customer ended above a limit, and whose doing it was."""

    date: dt.date
    customer: str
    cause: str
    """The number of a debit or reversal, or "limit", or "price"."""


def breaches(
    movements: Sequence[Movement],
    limits: Sequence[Limit],
    subjects: Mapping[str, Sequence[str]],
    prices: Sequence[Price],
    last: dt.date,
) -> set[Breach]:
    """Walk the calendar; `subjects` are each customer's, the nearest first (its own id leads)."""
    if not movements:
        return set()
    found: set[Breach] = set()
    for customer, chain in subjects.items():
        own = [movement for movement in movements if movement.customer == customer]
        own_limits = [limit for limit in limits if limit.subject in chain]
        before: dict[str, Limit] = {}
        was_over: set[str] = set()
        day = min(movement.date for movement in movements)
        while day <= last:
            force = {limit.currency: limit for limit in in_force(own_limits, chain, day)}
            over = {
                currency
                for currency, limit in force.items()
                if _exposure(own, currency, prices, day) > Fraction(limit.amount)
            }
            today = [movement for movement in own if movement.date == day]
            for currency in over:
                cut = force[currency] is not before.get(currency)
                found |= _causes(customer, today, day, cut=cut, was_over=currency in was_over)
            before, was_over = force, over
            day += ONE_DAY
    return found


def _causes(
    customer: str, today: Sequence[Movement], day: dt.date, *, cut: bool, was_over: bool
) -> set[Breach]:
    """Say whose doing it is that a day ends above the limit."""
    raising = [movement for movement in today if movement.amount > 0]
    debits = [movement for movement in raising if not movement.reversal]
    if debits:
        return {Breach(day, customer, m.number) for m in debits if not _is_waived(m, day)}
    if was_over:
        return set()
    if raising:
        return {Breach(day, customer, movement.number) for movement in raising}
    return {Breach(day, customer, "limit" if cut else "price")}


def _is_waived(movement: Movement, day: dt.date) -> bool:
    """Say whether somebody's approval for this document is still good."""
    return movement.waived and (movement.waived_until is None or day <= movement.waived_until)


class Dated(Protocol):
    """A policy: whom it is about, and from when until when it holds."""

    @property
    def since(self) -> dt.date:
        """Its first day."""

    @property
    def until(self) -> dt.date | None:
        """Its last day, if it has one."""

    @property
    def subject(self) -> str:
        """A customer's id or an account."""

    @property
    def key(self) -> str:
        """What several policies of one subject are told apart by."""


Policy = TypeVar("Policy", bound=Dated)


def in_force(policies: Iterable[Policy], chain: Sequence[str], day: dt.date) -> list[Policy]:
    """Return the policies, one a key, of the nearest subject that has any on that day."""
    for subject in chain:
        running = {
            policy.key: policy
            for policy in sorted(policies, key=lambda policy: policy.since)
            if policy.subject == subject
            and policy.since <= day
            and (policy.until is None or day <= policy.until)
        }
        if running:
            return list(running.values())
    return []


def _exposure(
    movements: Sequence[Movement], currency: str, prices: Sequence[Price], day: dt.date
) -> Fraction:
    """Add up what a customer owes at the end of a day, in one currency, exactly."""
    return sum(
        (
            Fraction(movement.amount) * _rate(movement.currency, currency, prices, day)
            for movement in movements
            if movement.date <= day
        ),
        Fraction(0),
    )


def _rate(currency: str, quote: str, prices: Sequence[Price], day: dt.date) -> Fraction:
    """Return the latest price on or before the day, either way round."""
    if currency == quote:
        return Fraction(1)
    known = [
        price
        for price in sorted(prices, key=lambda price: price.date)
        if price.date <= day and {price.currency, price.quote} == {currency, quote}
    ]
    latest = known[-1]
    rate = Fraction(latest.rate)
    return rate if latest.currency == currency else 1 / rate
