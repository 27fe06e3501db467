# SPDX-License-Identifier: GPL-2.0-or-later
"""The replay of advance receipts: what was received, applied, earned, refunded and is held.

An advance that was invoiced is held as far as the invoice has been paid (IFRS 15.106: a
contract liability arises when the customer pays, or when payment is due unconditionally; this
ledger takes the payment).
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.data import Posting, Transaction

from arledger.findings import Finding, Text, finding, place, say
from arledger.language.books import Books
from arledger.language.documents import PAYING, AdvanceMovement
from arledger.money import ZERO, canonical, plain
from arledger.subledger.model import Credit, Item


@attrs.frozen(slots=True)
class Event:
    """What one transaction did to an advance; amounts in its currency, all kinds in one record."""

    date: dt.date
    received: Decimal = ZERO
    invoiced: Decimal = ZERO
    receivable: Decimal = ZERO
    applied: Decimal = ZERO
    earned: Decimal = ZERO
    refunded: Decimal = ZERO
    cancelled: Decimal = ZERO
    items: tuple[Item, ...] = ()


@attrs.frozen(eq=False, slots=True)
class Standing:
    """An advance at a date: `amount` − `applied` − `earned` − `refunded` = `open`.

    `amount` is what was received; `unpaid` is invoiced and not yet paid. The ledger's balance is
    `open` + `unpaid`.
    """

    amount: Decimal
    applied: Decimal
    earned: Decimal
    refunded: Decimal
    open: Decimal
    unpaid: Decimal


@attrs.frozen(eq=False, slots=True)
class Advance:
    """One advance: the sum of its postings over all advance accounts (net and pending VAT)."""

    id: str
    number: str | None
    customer: str
    currency: str
    date: dt.date
    contract: str | None
    deliver_by: dt.date | None
    known: bool
    transaction: Transaction = attrs.field(repr=False)
    posting: Posting = attrs.field(repr=False)
    events: list[Event] = attrs.field(factory=list, repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.posting.meta or self.transaction.meta

    def at(self, as_of: dt.date) -> Standing:
        """How it stands at the end of `as_of`."""
        received = applied = earned = refunded = unpaid = cancelled = ZERO
        for event in self.events:
            if event.date > as_of:
                break
            applied += event.applied
            earned += event.earned
            refunded += event.refunded
            received += event.received
            cancelled += event.cancelled
            if event.invoiced:
                paid = _paid_part(event, as_of)
                received += paid
                unpaid += event.invoiced - paid
        # A reversal takes back what was invoiced and never paid, and only then what is held.
        never_paid = min(cancelled, unpaid)
        unpaid -= never_paid
        taken_back = min(cancelled - never_paid, received)
        received -= taken_back
        # More than there was to take back leaves the advance in debit.
        refunded += cancelled - never_paid - taken_back
        return Standing(
            received,
            applied,
            earned,
            refunded,
            received - applied - earned - refunded,
            unpaid,
        )


def _paid_part(event: Event, as_of: dt.date) -> Decimal:
    """How much of an invoiced advance has been paid: what came at once, and what came since."""
    at_once = max(ZERO, event.invoiced - event.receivable)
    paid = sum((paid_at(item, as_of) for item in event.items), ZERO)
    return min(event.invoiced, at_once + paid)


def paid_at(item: Item, as_of: dt.date) -> Decimal:
    """What customers have paid on an item, as against being let off or moved elsewhere."""
    return sum(
        (a.live(as_of) for a in item.applications if a.credit.kind in PAYING),
        ZERO,
    )


@attrs.define(slots=True, eq=False)
class AdvanceReplay:
    """Plays the advance movements after the receivables, on whose payments they depend."""

    books: Books
    items: Sequence[Item]
    credits: Sequence[Credit]
    advances: list[Advance] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)
    _named: dict[tuple[str, str, str], Advance] = attrs.field(factory=dict)
    # Queues of indexes into `advances`, the oldest first; what is used up is dropped when met.
    _open: dict[tuple[str, str], list[int]] = attrs.field(factory=dict)
    _of_contract: dict[tuple[str, str, str], list[int]] = attrs.field(factory=dict)
    _indexes: dict[int, int] = attrs.field(factory=dict)
    _running: dict[int, Decimal] = attrs.field(factory=dict)
    _invoiced: set[int] = attrs.field(factory=set)
    _numbers: dict[tuple[str, str], AdvanceMovement] = attrs.field(factory=dict)
    _raised: dict[int, list[Item]] = attrs.field(factory=dict)
    _moved: dict[int, list[Item]] = attrs.field(factory=dict)
    _settled: dict[int, list[Credit]] = attrs.field(factory=dict)
    _ids: dict[str, int] = attrs.field(factory=dict)

    def run(self) -> None:
        """Play every movement: within a day what raises, then reversals, then debits."""
        if not self.books.advances:
            return
        self._index()
        for movement in sorted(self.books.advances, key=lambda m: (m.date, _phase(m), m.order)):
            if movement.amount > 0 and not movement.restored:
                self._receive(movement)
            elif movement.restored or movement.reversed:
                self._reverse(movement)
            else:
                self._use(movement)

    def _index(self) -> None:
        """Items and credits by the transactions that also move advances."""
        wanted = {id(movement.transaction) for movement in self.books.advances}
        for item in self.items:
            if id(item.transaction) in wanted and item.origin is None:
                self._raised.setdefault(id(item.transaction), []).append(item)
            elif item.origin is not None:
                self._moved.setdefault(item.origin.index, []).append(item)
        for credit in self.credits:
            if id(credit.transaction) in wanted:
                self._settled.setdefault(id(credit.transaction), []).append(credit)

    def _find(
        self,
        rule: str,
        text: Text,
        movement: AdvanceMovement,
        item: str | None,
        hint: Text | None = None,
    ) -> None:
        self.findings.append(
            finding(
                rule,
                text,
                movement.meta,
                movement.date,
                customer=movement.customer,
                item=item,
                hint=hint,
            )
        )

    # Receiving.

    def _receive(self, movement: AdvanceMovement) -> None:
        advance = self._advance(movement)
        items = self._with_moved(
            item
            for item in self._raised.get(id(movement.transaction), ())
            if item.customer == movement.customer and item.currency == movement.currency
        )
        if movement.receivable:
            event = Event(
                movement.date,
                invoiced=movement.amount,
                receivable=movement.receivable,
                items=items,
            )
        else:
            event = Event(movement.date, received=movement.amount)
        self._note(advance, event)

    def _with_moved(self, items: Iterable[Item]) -> tuple[Item, ...]:
        """Items and what was transferred from them: paying the bill pays the invoice."""
        found = list(items)
        for item in found:
            found.extend(self._moved.get(item.index, ()))
        return tuple(found)

    def _advance(self, movement: AdvanceMovement) -> Advance:
        """The advance a receipt adds to: a new one, or (with a finding) one of its number."""
        number = movement.number
        key = (movement.customer, movement.currency, number or "")
        if number is not None:
            first = self._numbers.setdefault((movement.customer, number), movement)
            if first is not movement and first.transaction is not movement.transaction:
                text = say(
                    "{number} is used twice for {customer}, first at {first}",
                    number=number,
                    customer=movement.customer,
                    first=place(first.meta),
                )
                self._find("duplicate-number", text, movement, number)
            if key in self._named:
                return self._named[key]
        return self._new(movement, number, known=True)

    def _new(self, movement: AdvanceMovement, number: str | None, *, known: bool) -> Advance:
        advance = Advance(
            number or self._make_id(movement),
            number,
            movement.customer,
            movement.currency,
            movement.date,
            movement.contract,
            movement.deliver_by,
            known,
            movement.transaction,
            movement.posting,
        )
        self._indexes[id(advance)] = len(self.advances)
        self.advances.append(advance)
        if number is not None:
            self._named[movement.customer, movement.currency, number] = advance
        return advance

    def _make_id(self, movement: AdvanceMovement) -> str:
        stem = (
            f"{movement.date}/{movement.accounts[0]}/{movement.currency}/"
            f"{canonical(-movement.amount)}"
        )
        count = self._ids[stem] = self._ids.get(stem, 0) + 1
        return f"{stem}/{count}"

    # Using.

    def _named_advance(self, movement: AdvanceMovement) -> Advance | None:
        """The advance a debit names; for an unknown one a finding and a row of its own."""
        number = movement.names
        if number is None:
            return None
        advance = self._named.get((movement.customer, movement.currency, number))
        if advance is None or not advance.known:
            self._unknown(movement, number)
        if advance is None:
            advance = self._new(movement, number, known=False)
        return advance

    def _unknown(self, movement: AdvanceMovement, number: str) -> None:
        others = sorted(
            f"{customer} ({currency})"
            for customer, currency, other in self._named
            if other == number and self._named[customer, currency, other].known
        )
        text = say(
            "{customer} has no advance {number} in {currency}",
            customer=movement.customer,
            number=number,
            currency=movement.currency,
        )
        if others:
            text = say(
                "{customer} has no advance {number} in {currency}; there is one of {others}",
                customer=movement.customer,
                number=number,
                currency=movement.currency,
                others=", ".join(others),
            )
        self._find("unknown-advance", text, movement, number)

    def _reverse(self, movement: AdvanceMovement) -> None:
        """Give back an application, or take a receipt back."""
        advance = self._named_advance(movement)
        if advance is None:
            self._use(movement)
            return
        if movement.restored:
            event = Event(
                movement.date,
                applied=-movement.applied,
                earned=-movement.earned,
                refunded=-movement.refunded,
            )
        else:
            event = Event(movement.date, cancelled=-movement.amount)
            self._check_held(advance, movement, -movement.amount)
        self._note(advance, event)

    def _use(self, movement: AdvanceMovement) -> None:
        """Apply, earn or refund: from the named advance, else by contract or fifo."""
        left = Event(
            movement.date,
            applied=movement.applied,
            earned=movement.earned,
            refunded=movement.refunded,
        )
        advance = self._named_advance(movement)
        if advance is not None and self._cancels_own_invoice(advance, movement):
            self._reverse(attrs.evolve(movement, reversed=True))
            return
        if advance is not None:
            if advance.known:
                self._check_held(advance, movement, -movement.amount)
            self._note(advance, left)
            self._check_contract(advance, movement)
            return
        for candidate in self._candidates(movement):
            part, left = _split(left, self._held(candidate, movement.date))
            self._note(candidate, part)
            self._check_contract(candidate, movement)
            if not _total(left):
                return
        self._unnamed(movement, left)

    def _cancels_own_invoice(self, advance: Advance, movement: AdvanceMovement) -> bool:
        """Whether a debit meets a credit on the very invoice that asked for the advance.

        An advance can't settle its own invoice: both are taken back.
        """
        own = {item.number for event in advance.events for item in event.items}
        return any(
            credit.names is not None and credit.names in own
            for credit in self._settled.get(id(movement.transaction), ())
        )

    def _unnamed(self, movement: AdvanceMovement, left: Event) -> None:
        text = say(
            "{amount} {currency} is taken from the advances of {customer} without naming one",
            amount=plain(_total(left)),
            currency=movement.currency,
            customer=movement.customer,
        )
        self._find("unnamed-advance", text, movement, None)
        self._note(self._new(movement, None, known=False), left)

    def _candidates(self, movement: AdvanceMovement) -> Iterable[Advance]:
        """Advances an unnamed debit may take: of its contract, or, under fifo, the oldest.

        Those that are used up are dropped for good; an invoiced one that is not paid yet is
        passed over, and asked again next time.
        """
        key = (movement.customer, movement.currency)
        if movement.contract is not None:
            queue = self._of_contract.get((*key, movement.contract), [])
        elif self._is_fifo(movement):
            queue = self._open.get(key, [])
        else:
            return
        passed: list[int] = []
        try:
            while queue:
                advance = self.advances[queue[0]]
                if self._held(advance, movement.date) > 0:
                    yield advance
                index = heapq.heappop(queue)
                if id(advance) in self._invoiced:
                    passed.append(index)
        finally:
            for index in passed:
                heapq.heappush(queue, index)

    def _is_fifo(self, movement: AdvanceMovement) -> bool:
        policy = self.books.policies.timeline(
            "allocation", movement.customer, movement.accounts[0]
        ).one(movement.date)
        return policy is not None and policy.value == "fifo"

    def _held(self, advance: Advance, day: dt.date) -> Decimal:
        """What is held of an advance; kept as a running sum but where invoices are concerned."""
        if id(advance) in self._invoiced:
            return advance.at(day).open
        return self._running.get(id(advance), ZERO)

    def _note(self, advance: Advance, event: Event) -> None:
        """Add an event to an advance."""
        advance.events.append(event)
        if event.invoiced:
            self._invoiced.add(id(advance))
        change = event.received - event.applied - event.earned - event.refunded - event.cancelled
        self._running[id(advance)] = self._running.get(id(advance), ZERO) + change
        if change > 0 or event.invoiced:
            self._offer(advance)

    def _offer(self, advance: Advance) -> None:
        """Something is held of it, newly or again: unnamed debits may take it."""
        key = (advance.customer, advance.currency)
        index = self._indexes[id(advance)]
        heapq.heappush(self._open.setdefault(key, []), index)
        if advance.contract is not None:
            heapq.heappush(self._of_contract.setdefault((*key, advance.contract), []), index)

    def _check_held(self, advance: Advance, movement: AdvanceMovement, amount: Decimal) -> None:
        held = self._held(advance, movement.date)
        if movement.reversed and id(advance) in self._invoiced:
            # What was invoiced and never paid may be taken back as well.
            held += advance.at(movement.date).unpaid
        if amount > held:
            text = say(
                "{amount} {currency} is taken from advance {number}, of which {held} is held",
                amount=plain(amount),
                currency=movement.currency,
                number=advance.id,
                held=plain(held),
            )
            self._find("advance-exceeded", text, movement, advance.number)

    def _check_contract(self, advance: Advance, movement: AdvanceMovement) -> None:
        if not movement.applied:
            return
        for credit in self._settled.get(id(movement.transaction), ()):
            if credit.customer != movement.customer:
                self._check_customer(advance, movement, credit)
                continue
            if advance.contract is None:
                continue
            for application in credit.applications:
                contract = application.item.contract
                if contract is not None and contract != advance.contract:
                    text = say(
                        "advance {number} is of contract {one}, invoice {item} of contract {other}",
                        number=advance.id,
                        one=advance.contract,
                        item=application.item.id,
                        other=contract,
                    )
                    self._find("advance-other-contract", text, movement, application.item.number)
                    return

    def _check_customer(self, advance: Advance, movement: AdvanceMovement, credit: Credit) -> None:
        text = say(
            "advance {number} is of customer {one}, and is applied to {item} of customer {other}",
            number=advance.id,
            one=movement.customer,
            item=credit.names or credit.id,
            other=credit.customer,
        )
        hint = say(
            "Apply it to an invoice of {customer}, or transfer the advance to the other customer "
            "first.",
            customer=movement.customer,
        )
        self._find("advance-other-contract", text, movement, credit.names, hint)


def _phase(movement: AdvanceMovement) -> int:
    if movement.amount > 0 and not movement.restored:
        return 0
    return 1 if movement.restored or movement.reversed else 2


def _total(event: Event) -> Decimal:
    return event.applied + event.earned + event.refunded


def _split(event: Event, most: Decimal) -> tuple[Event, Event]:
    """The first `most` of what an event uses, and the rest."""
    parts, rest = {}, {}
    for name in ("applied", "earned", "refunded"):
        amount = getattr(event, name)
        parts[name] = min(amount, most)
        rest[name] = amount - parts[name]
        most -= parts[name]
    return Event(event.date, **parts), Event(event.date, **rest)
