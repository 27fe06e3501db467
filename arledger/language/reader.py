# SPDX-License-Identifier: GPL-2.0-or-later
"""Transactions into documents: numbers and kinds, posting by posting.

Numbers come from the posting's own key, else the transaction's, else a link. What a link means
on a credit depends on whether an item of that number stands on the account, so reading takes
two passes: debits first, which register their numbers, then everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
from beancount.core.data import Posting, Transaction

from arledger.findings import Finding, Text, finding, say
from arledger.language.accounts import AccountInfo, Chart
from arledger.language.advance_reader import read_advances
from arledger.language.documents import (
    DUE,
    ITEM,
    KIND,
    NUMBER,
    AdvanceMovement,
    AllowanceMovement,
    Fields,
    Kind,
    Movement,
    Waiver,
    named,
)
from arledger.language.due import DueDates
from arledger.language.plain import CREDIT_NOTE, RECOVERY, WRITE_OFF, Place, read_keyed, read_plain
from arledger.language.policies import ALLOCATIONS, PolicyBook
from arledger.language.transfers import pair_transfers
from arledger.language.voucher import (
    DATE_KEYS,
    KEYS,
    NO_KEYS,
    NUMBER_KEYS,
    UNUSABLE,
    Line,
    Voucher,
    only_written,
    usable,
)

ALLOWANCE_TAGS = ("allowance", WRITE_OFF, RECOVERY, "opening")


@attrs.define(slots=True)
class Reader:
    """Collects what the transactions say."""

    chart: Chart
    policies: PolicyBook
    findings: list[Finding] = attrs.field(factory=list)
    movements: list[Fields] = attrs.field(factory=list)
    advances: list[AdvanceMovement] = attrs.field(factory=list)
    allowances: list[AllowanceMovement] = attrs.field(factory=list)
    waivers: list[Waiver] = attrs.field(factory=list)
    # Transactions to which somebody has given keys, themselves or on a posting that we read.
    keyed: list[Transaction] = attrs.field(factory=list)
    # Account → number → the first day an item of that number stands there.
    raised: dict[str, dict[str, date]] = attrs.field(factory=dict)
    # (customer, number) → the first day an advance of that number was received.
    held: dict[tuple[str, str], date] = attrs.field(factory=dict)
    due_dates: DueDates = attrs.field(init=False)
    bank_links: tuple[str, ...] = attrs.field(init=False)
    # What has to wait until every item's number is known, in the order of the ledger.
    _later: list[Voucher | Fields] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.due_dates = DueDates(self.policies, self.findings)
        self.bank_links = self.chart.options.bank_links

    def add(
        self,
        rule: str,
        text: Text,
        voucher: Voucher,
        posting: Posting | None = None,
        hint: Text | None = None,
    ) -> None:
        """Note a finding at a posting, or at its transaction."""
        meta = (posting.meta if posting is not None else None) or voucher.transaction.meta
        day, customer = voucher.transaction.date, voucher.customer_of(posting)
        self.findings.append(finding(rule, text, meta, day, customer=customer, hint=hint))

    def place(self, info: AccountInfo) -> Place:
        """What to ask about one account."""
        plain = info.role == "receivable" and info.customer_known
        return Place(
            info,
            info.account,
            info.customer,
            info.conditional,
            plain,
            self.raised.setdefault(info.account, {}),
            self.due_dates.plain(info),
        )

    # First pass.

    def take_one(self, transaction: Transaction, posting: Posting, place: Place) -> None:
        """Take in a transaction with a single posting of ours.

        Nearly all of a ledger is one debit with at most a link, or one credit that names an item
        at most: these are read straight through, to what `take` would make of them.
        """
        own = posting.meta
        if only_written(transaction.meta) and (own is None or only_written(own)):
            movement = read_plain(transaction, posting, place, None, self.bank_links)
        else:
            movement = read_keyed(transaction, posting, place, self.bank_links)
            if movement is not None:
                self.keyed.append(transaction)
        if movement is None:
            self.take(transaction, [(posting, place.info)])
            return
        if movement[DUE] is not None:
            self.movements.append(movement)
        elif movement[KIND] is ITEM:
            self.movements.extend(self.due_dates.split(named(movement), None, None))
        elif movement[NUMBER] is None:
            self.movements.append(movement)
        else:
            # What its link means is still open.
            self._later.append(movement)

    def take(self, transaction: Transaction, lines: list[Line]) -> None:
        """Take in one transaction: register its debits, keep it for the second pass."""
        metas = (transaction.meta, *(posting.meta for posting, _ in lines))
        if not all(meta is None or only_written(meta) for meta in metas):
            self.keyed.append(transaction)
        voucher = self._voucher(transaction, lines)
        if len(lines) == 1 and self._is_plain_debit(voucher, *lines[0]):
            posting, info = lines[0]
            if not info.customer_known:
                self._no_customer(voucher, posting, info)
            own = self._keys(posting.meta, voucher, posting)
            for movement in self._split(voucher, self._debit(voucher, posting, info, own)):
                self.movements.append(movement)
                if movement.number:
                    raised = self.raised.setdefault(info.account, {})
                    raised.setdefault(movement.number, movement.date)
            return
        for posting, info in lines:
            self._register(voucher, posting, info)
        self._later.append(voucher)

    @staticmethod
    def _is_plain_debit(voucher: Voucher, posting: Posting, info: AccountInfo) -> bool:
        """An invoice alone in its transaction: the common case, read straight through."""
        return (
            info.role == "receivable"
            and voucher.number_of(posting) >= 0
            and not voucher.key(posting.meta, "receipt")
            and not voucher.key(posting.meta, "reverses")
            and RECOVERY not in (voucher.transaction.tags or ())
        )

    def _split(self, voucher: Voucher, movement: Movement) -> Iterable[Movement]:
        """An item by its payment terms: one movement an instalment."""
        meta = movement.posting.meta
        return self.due_dates.split(
            movement, voucher.day(meta, "accepted"), voucher.text(meta, "terms")
        )

    def _voucher(self, transaction: Transaction, lines: list[Line]) -> Voucher:
        link, several = self._link(transaction)
        voucher = Voucher(transaction, lines, NO_KEYS, link, several)
        voucher.keys = self._keys(transaction.meta, voucher, None)
        if voucher.keys:
            self._waiver(voucher)
        return voucher

    def _link(self, transaction: Transaction) -> tuple[str | None, bool]:
        """The one link that names something; whether there are several."""
        links = transaction.links
        if not links:
            return None, False
        ignored = self.bank_links
        naming = [link for link in links if not link.startswith(ignored)]
        if len(naming) == 1:
            return naming[0], False
        return None, len(naming) > 1

    def _keys(
        self, meta: Mapping[str, Any] | None, voucher: Voucher, posting: Posting | None
    ) -> Mapping[str, Any]:
        """The keys of ours in `meta` that have a usable value; a finding for each other."""
        if not meta:
            return NO_KEYS
        names = meta.keys() & KEYS
        if not names:
            return NO_KEYS
        return {
            name: value
            for name in sorted(names)
            if (value := self._value(name, meta[name], voucher, posting)) is not None
        }

    def keys_of(self, posting: Posting, voucher: Voucher) -> Mapping[str, Any]:
        """A posting's own keys, checked."""
        return self._keys(posting.meta, voucher, posting)

    def _value(self, name: str, value: Any, voucher: Voucher, posting: Posting | None) -> Any:
        """The value of one of our keys; None, with a finding, where it can't be used."""
        if value is None:
            return None
        if name in NUMBER_KEYS:
            return self._number(name, value, voucher, posting)
        if name in DATE_KEYS:
            good = isinstance(value, date)
        elif name == "allocation":
            good = isinstance(value, str) and value in ALLOCATIONS
        elif name == "discount":
            good = isinstance(value, bool)
        else:
            value = value.strip() if isinstance(value, str) else None
            good = bool(value)
        if good:
            return value
        self.add("malformed", _form(name), voucher, posting)
        return None

    def _number(self, name: str, value: Any, voucher: Voucher, posting: Posting | None) -> str:
        """A document's number, which must be a text."""
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, str):
            text = say("{key}: is empty", key=name)
            self.add("malformed", text, voucher, posting)
        else:
            text = say(
                "Beancount reads {key}: as {value}, not as a text", key=name, value=str(value)
            )
            hint = say('Put it in quotes, as in {key}: "2024-0501".', key=name)
            self.add("unquoted-number", text, voucher, posting, hint)
        # The posting means to name something: it must not fall back to a link.
        return UNUSABLE

    def _waiver(self, voucher: Voucher) -> None:
        """A waiver needs a name, an end, and a debit to waive."""
        keys, transaction = voucher.keys, voucher.transaction
        until = keys.get("waiver-until")
        if "credit-waiver" not in keys:
            if until is not None and "credit-waiver" not in transaction.meta:
                text = say("waiver-until: without credit-waiver: waives nothing")
                self.add("misplaced", text, voucher)
            return
        customers = {
            info.customer
            for posting, info in voucher.lines
            if info.role == "receivable" and voucher.number_of(posting) > 0
        }
        if not customers:
            text = say("credit-waiver: on a transaction that debits no receivable")
            self.add("misplaced", text, voucher)
            return
        if until is None:
            if "waiver-until" not in transaction.meta:
                text = say("credit-waiver: needs its end, as in waiver-until: 2024-09-30")
                self.add("malformed", text, voucher)
        elif until < transaction.date:
            text = say("waiver-until: {until} lies before the transaction's own date", until=until)
            hint = say(
                "Correct the date in waiver-until:. Until it is right, the transaction counts as "
                "not waived."
            )
            self.add("contradictory", text, voucher, hint=hint)
            return
        self.waivers.append(
            Waiver(
                transaction.date,
                keys["credit-waiver"],
                until,
                tuple(sorted(customers)),
                transaction,
            )
        )

    def _register(self, voucher: Voucher, posting: Posting, info: AccountInfo) -> None:
        """Note the number of an item or advance that this posting raises."""
        amount = voucher.number_of(posting)
        meta = posting.meta or NO_KEYS
        day = voucher.transaction.date
        if info.role == "receivable" and amount >= 0:
            if voucher.text(meta, "receipt") or voucher.text(meta, "reverses"):
                return
            number = voucher.text(meta, "invoice") or voucher.link
            if number and number != UNUSABLE:
                self.raised.setdefault(info.account, {}).setdefault(number, day)
        elif info.role == "advance" and amount < 0:
            number = voucher.text(meta, "advance") or voucher.link
            if number and number != UNUSABLE:
                self.held.setdefault((info.customer, number), day)

    # Second pass.

    def finish(self) -> None:
        """Read what had to wait until every item's number was known."""
        movements = self.movements
        for one in self._later:
            if isinstance(one, Voucher):
                self._settle(one)
            else:
                movements.append(self._by_link(named(one)))
        self._later.clear()

    def _by_link(self, receipt: Movement) -> Movement:
        """A receipt with a link: the item's number where there is one, else its own."""
        link = receipt.number
        if receipt.names is None and link and self._is_item(receipt.date, receipt.account, link):
            return receipt._replace(number=None, names=link)
        return receipt

    def _settle(self, voucher: Voucher) -> None:
        receivables = [line for line in voucher.lines if line[1].role == "receivable"]
        for posting, info in receivables:
            if not info.customer_known:
                self._no_customer(voucher, posting, info)
        debits = [
            self._debit(voucher, posting, info, self._keys(posting.meta, voucher, posting))
            for posting, info in receivables
            if voucher.number_of(posting) >= 0
        ]
        credits = [
            self._credit(voucher, posting, info, self._keys(posting.meta, voucher, posting), debits)
            for posting, info in receivables
            if voucher.number_of(posting) < 0
        ]
        items = [debit for debit in debits if debit.kind is Kind.ITEM]
        if debits and credits:
            debits, credits = pair_transfers(debits, credits)
        for debit in debits:
            if debit.kind is Kind.ITEM:
                self.movements.extend(self._split(voucher, debit))
            else:
                self.movements.append(debit)
        self.movements.extend(credits)
        if len(receivables) < len(voucher.lines):
            self._other_roles(voucher, receivables, items)

    def _other_roles(
        self, voucher: Voucher, receivables: Sequence[Line], items: Sequence[Movement]
    ) -> None:
        advances = [line for line in voucher.lines if line[1].role == "advance"]
        if advances:
            for posting, info in advances:
                if not info.customer_known:
                    self._no_customer(voucher, posting, info)
            read_advances(self, voucher, advances, items)
        for posting, info in voucher.lines:
            if info.role == "allowance":
                self._allowance(voucher, posting, info, receivables)

    def _no_customer(self, voucher: Voucher, posting: Posting, info: AccountInfo) -> None:
        if info.account == info.root:
            text = say("{account} is a root: it belongs to no customer", account=info.account)
        else:
            text = say(
                "whose account {account} is can't be told: neither it nor an account above it "
                "has customer:",
                account=info.account,
            )
        self.add("no-customer", text, voucher, posting)

    def ambiguous(self, voucher: Voucher, posting: Posting, key: str) -> None:
        """Note that which of several links is the number can't be told."""
        links = self.chart.options.bank_links
        names = sorted(
            "^" + link for link in voucher.transaction.links or () if not link.startswith(links)
        )
        text = say(
            "the links {links} without {key}; which one is the number can't be told",
            links=", ".join(names),
            key=key,
        )
        self.add("ambiguous-links", text, voucher, posting)

    def _debit(
        self, voucher: Voucher, posting: Posting, info: AccountInfo, own: Mapping[str, Any]
    ) -> Movement:
        keys = {**voucher.keys, **own} if voucher.keys else own
        receipt, reverses = keys.get("receipt"), keys.get("reverses")
        invoice = keys.get("invoice")
        transaction = voucher.transaction
        if receipt or reverses:
            kind, names, number = Kind.REFUND, receipt, None
            if reverses:
                kind, names = Kind.RETURN, reverses
        else:
            kind, names, number = Kind.ITEM, None, invoice
            if number is None:
                number = voucher.link
                if voucher.several_links:
                    self.ambiguous(voucher, posting, "invoice:")
            elif number is UNUSABLE:
                number = None
            if number and RECOVERY in (transaction.tags or ()):
                kind, names = Kind.RECOVERY, None
        invoice = None if invoice is UNUSABLE else invoice
        if kind is Kind.RECOVERY:
            invoice = number
        return Movement(
            kind,
            transaction.date,
            info.account,
            info.customer,
            posting.units.currency,  # type: ignore[union-attr]
            voucher.number_of(posting),
            number,
            names,
            invoice,
            keys.get("due"),
            keys.get("invoice-date") or transaction.date,
            None,
            usable(keys.get("contract")),
            carried=False,
            conditional=info.conditional,
            terms=None,
            transaction=transaction,
            posting=posting,
        )

    def _credit(
        self,
        voucher: Voucher,
        posting: Posting,
        info: AccountInfo,
        own: Mapping[str, Any],
        debits: Sequence[Movement],
    ) -> Movement:
        keys = {**voucher.keys, **own} if voucher.keys else own
        transaction = voucher.transaction
        kind = self._credit_kind(voucher, info, keys, own)
        names, number = self._credit_numbers(voucher, posting, info, keys, kind, debits)
        carried = False
        if number is None or (number == keys.get("receipt") and len(debits) > 0):
            source = self._source(voucher, info, kind, debits)
            carried = source is not None and (number is None or number == source)
            number = source if number is None else number
        return Movement(
            kind,
            transaction.date,
            info.account,
            info.customer,
            posting.units.currency,  # type: ignore[union-attr]
            -voucher.number_of(posting),
            number,
            names,
            None,
            keys.get("due") if names else None,
            keys.get("invoice-date") or transaction.date,
            keys.get("allocation"),
            usable(keys.get("contract")),
            carried=carried or "reverses" in voucher.keys,
            conditional=False,
            terms=None,
            transaction=transaction,
            posting=posting,
        )

    def _credit_kind(
        self,
        voucher: Voucher,
        info: AccountInfo,
        keys: Mapping[str, Any],
        own: Mapping[str, Any],
    ) -> Kind:
        reverses = keys.get("reverses")
        if reverses and ("reverses" in own or self._one_sided(voucher, info, reverses)):
            return Kind.CANCELLATION
        tags = voucher.transaction.tags
        if tags:
            if WRITE_OFF in tags:
                if CREDIT_NOTE in tags:
                    self._contradictory_tags(voucher, None, (WRITE_OFF, CREDIT_NOTE))
                return Kind.WRITE_OFF
            if CREDIT_NOTE in tags:
                return Kind.CREDIT_NOTE
        return Kind.ADVANCE if info.customer in voucher.uses_advances_of() else Kind.RECEIPT

    def _one_sided(self, voucher: Voucher, info: AccountInfo, number: str) -> bool:
        """Whether `reverses:` on the whole transaction speaks of this credit.

        Where the transaction also debits a receivable it speaks of the debit, unless an item of
        that number stands here.
        """
        if number in self.raised.get(info.account, ()):
            return True
        return not voucher.debits_receivable()

    def _credit_numbers(  # noqa: PLR0913 - one argument per thing a number depends on
        self,
        voucher: Voucher,
        posting: Posting,
        info: AccountInfo,
        keys: Mapping[str, Any],
        kind: Kind,
        debits: Sequence[Movement],
    ) -> tuple[str | None, str | None]:
        """What a credit names, and its own number."""
        link = voucher.link
        number = keys.get("credit-note") if kind is Kind.CREDIT_NOTE else None
        number = number or keys.get("receipt")
        names = keys.get("invoice")
        if kind is Kind.CANCELLATION:
            names = keys["reverses"]
        day = voucher.transaction.date
        if names is None and link is not None and self._is_item(day, info.account, link):
            names, link = link, None
        if names is None and link is not None and _moves(info, link, debits):
            names, link = link, None
        if names is None and number is None and voucher.several_links:
            self.ambiguous(voucher, posting, "invoice:")
        if number is None and link is not None and link != names:
            number = link
        return names, None if number is UNUSABLE else number

    def _is_item(self, day: date, account: str, link: str) -> bool:
        """Whether a link on a credit of `day` names an item."""
        prefixes = self.chart.options.invoice_links
        if prefixes and link.startswith(prefixes):
            return True
        first = self.raised.get(account, NO_KEYS).get(link)
        return first is not None and first <= day

    def _source(
        self,
        voucher: Voucher,
        info: AccountInfo,
        kind: Kind,
        debits: Sequence[Movement],
    ) -> str | None:
        """The number a credit carries on: of the receipt or advance that its debit names."""
        key = (info.customer, kind is Kind.ADVANCE)
        if key not in voucher.sources:
            numbers = (
                self._advances_named(voucher, info.customer)
                if kind is Kind.ADVANCE
                else {
                    debit.names
                    for debit in debits
                    if debit.kind is Kind.REFUND and debit.customer == info.customer
                }
            )
            numbers = {number for number in numbers if isinstance(number, str)}
            numbers.discard(UNUSABLE)
            voucher.sources[key] = numbers.pop() if len(numbers) == 1 else None
        return voucher.sources[key]

    @staticmethod
    def _advances_named(voucher: Voucher, customer: str) -> set[Any]:
        return {
            number
            for posting, other in voucher.lines
            if other.role == "advance"
            and other.customer == customer
            and (number := voucher.key(posting.meta or NO_KEYS, "advance"))
        }

    def _contradictory_tags(
        self, voucher: Voucher, posting: Posting | None, tags: Iterable[str]
    ) -> None:
        text = say(
            "the tags {tags} contradict each other",
            tags=", ".join(f"#{tag}" for tag in sorted(tags)),
        )
        hint = say("Keep the tag that says what the transaction is.")
        self.add("contradictory", text, voucher, posting, hint)

    def _allowance(
        self,
        voucher: Voucher,
        posting: Posting,
        info: AccountInfo,
        receivables: Sequence[Line],
    ) -> None:
        transaction = voucher.transaction
        tags = [tag for tag in ALLOWANCE_TAGS if tag in (transaction.tags or ())]
        kind = tags[0] if tags else "untagged"
        if len(set(tags) - {"opening"}) > 1:
            self._contradictory_tags(voucher, posting, tags)
        if kind == "untagged":
            text = say(
                "a posting of {amount} {currency} on {account} without #allowance, #write-off "
                "or #recovery",
                amount=voucher.number_of(posting),
                currency=posting.units.currency,  # type: ignore[union-attr]
                account=info.account,
            )
            self.add("allowance-untagged", text, voucher, posting)
        own = self._keys(posting.meta, voucher, posting)
        keys = {**voucher.keys, **own}
        invoices = {voucher.text(other.meta, "invoice") for other, _ in receivables}
        invoices.add(voucher.link)
        self.allowances.append(
            AllowanceMovement(
                transaction.date,
                kind,
                info.account,
                posting.units.currency,  # type: ignore[union-attr]
                voucher.number_of(posting),
                keys.get("part"),
                frozenset(other.customer for _, other in receivables),
                frozenset(number for number in invoices if number),
                transaction,
                posting,
            )
        )


def _form(name: str) -> Text:
    """How the value of a key is written."""
    if name in DATE_KEYS:
        return say("{key}: must be a date, as in {key}: 2024-06-30", key=name)
    if name == "allocation":
        return say('allocation: must be "fifo" or "none"')
    if name == "discount":
        return say("discount: must be TRUE or FALSE, without quotes")
    return say("{key}: must be a text in quotes", key=name)


def _moves(info: AccountInfo, link: str, debits: Sequence[Movement]) -> bool:
    """Whether the transaction debits another account of the customer under the same number."""
    return any(
        debit.kind is Kind.ITEM
        and debit.number == link
        and debit.customer == info.customer
        and debit.account != info.account
        for debit in debits
    )
