# SPDX-License-Identifier: GPL-2.0-or-later
"""Cash application: a bank file's receipts on the open items that they pay.

Receipts are taken in the order of their dates and of what the bank says of them, never of the
file. What the ledger has already is known by its link `^bank-<reference>`; so a second run finds
nothing to do. Only what is certain becomes a transaction: all else is proposed, ranked, to a
person. Money paid out, charges and pending entries are reported and left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

import attrs
from beancount.core.data import Directive, Transaction

from arledger.findings import Text, place, say
from arledger.language.spelling import nearest
from arledger.money import exact
from arledger.reconciliation.applied import (
    Allocation,
    Applied,
    Candidate,
    Outcome,
    Part,
    Status,
)
from arledger.reconciliation.bank_links import content_of, prefix_of
from arledger.reconciliation.booked import (
    ApplyError,
    Booked,
    Claim,
    account_of,
    bank_accounts,
    likely_account,
    missing_account,
)
from arledger.reconciliation.booking import transaction_of
from arledger.reconciliation.model import BankEntry, BankFile, BankStatement
from arledger.reconciliation.payers import Payers
from arledger.reconciliation.receipts import SUSPENSE, Cashier, Decision, Receipt, twins
from arledger.reconciliation.returned import Returns
from arledger.subledger.subledger import Subledger


@attrs.frozen
class Wording:
    """The narrations of transactions for which the bank gives no purpose."""

    receipt: str = "Receipt"
    returned: str = "Payment returned"


@attrs.frozen(eq=False)
class _Booking:
    """One entry of the bank, on the ledger's account of it."""

    at: int
    statement: BankStatement
    entry: BankEntry
    account: str

    @property
    def order(self) -> tuple[date, bool, str, str]:
        """By date, returns last, then by what the bank says: never by its place in the file."""
        entry = self.entry
        content = content_of(self.account, entry)
        return (entry.date, entry.amount < 0, entry.reference or "", content)

    @property
    def text(self) -> str:
        """Everything that may name an invoice."""
        entry = self.entry
        return " \n ".join(filter(None, (entry.remittance, *entry.references)))


@exact
def apply(  # noqa: PLR0913 - one argument per thing that may be said
    subledger: Subledger,
    bank_file: BankFile,
    as_of: date,
    *,
    entries: Iterable[Directive],
    bank_account: str | None = None,
    wording: Wording = Wording(),
) -> Applied:
    """What becomes of each entry of a bank file.

    `entries` are the ledger's own, for their links. `bank_account` is the ledger's account of
    the bank's; without it the account is told by `iban:` or `account-number:`, and where no
    account has one it is the only one that it can be. What is dated after `as_of` is left for
    later.

    Raises ApplyError where the ledger's account isn't known or isn't there.
    """
    guessed = None if bank_account is not None else _guessed(subledger, bank_file)
    bookings = _bookings(subledger, bank_file, bank_account or guessed)
    run = _Run.of(subledger, bank_file, as_of, list(entries), bookings, wording)
    outcomes = run.outcomes(bookings)
    remarks = [remark for statement in bank_file.statements for remark in statement.remarks]
    return Applied(bank_file.file, bank_file.sha256, tuple(outcomes), tuple(remarks), guessed)


def _guessed(subledger: Subledger, bank_file: BankFile) -> str | None:
    """The ledger's account of a file of one account, where it has only one that it can be."""
    statements = [one for one in bank_file.statements if one.entries]
    if len({one.account for one in statements}) != 1:
        return None
    currency = statements[0].currency or statements[0].entries[0].currency
    return likely_account(subledger, currency)


def _bookings(subledger: Subledger, bank_file: BankFile, given: str | None) -> list[_Booking]:
    """The file's entries with the ledger's accounts, in the order of the file."""
    opens = subledger.chart.opens
    if given is not None and given not in opens:
        raise ApplyError(
            say(
                "the ledger opens no account {account}{near}",
                account=given,
                near=nearest(given, opens),
            )
        )
    numbers = {statement.account for statement in bank_file.statements if statement.entries}
    if given is not None and len(numbers) > 1:
        raise ApplyError(
            say(
                "{file}: holds several accounts ({numbers}); leave --bank-account out, and put "
                "account-number: or iban: under the open directive of each",
                file=bank_file.file,
                numbers=", ".join(sorted(numbers)),
            )
        )
    found: list[_Booking] = []
    for statement in bank_file.statements:
        account = account_of(statement, opens, given)
        if account is None and statement.entries:
            raise ApplyError(missing_account(statement, bank_file.file))
        found += [
            _Booking(len(found) + at, statement, entry, account or "")
            for at, entry in enumerate(statement.entries)
        ]
    return found


@attrs.define(eq=False)
class _Run:
    """One run over a file: what it has learned and settled so far."""

    subledger: Subledger
    file: str
    as_of: date
    wording: Wording
    payers: Payers
    booked: Booked
    cashier: Cashier
    returns: Returns
    _twins: dict[tuple[str, str, Decimal], int] = attrs.field(factory=dict)

    @classmethod
    def of(  # noqa: PLR0913 - one argument per thing it is made of
        cls,
        subledger: Subledger,
        bank_file: BankFile,
        as_of: date,
        entries: Sequence[Directive],
        bookings: Sequence[_Booking],
        wording: Wording,
    ) -> _Run:
        """For one ledger and one file."""
        options = subledger.options
        prefix = prefix_of(options.bank_links)
        accounts = {one.account for one in bookings} | set(
            bank_accounts(subledger.chart.opens).values()
        )
        cashier = Cashier.of(subledger)
        return cls(
            subledger,
            bank_file.file,
            as_of,
            wording,
            Payers.of(subledger),
            Booked.of(entries, prefix, options.bank_links, accounts),
            cashier,
            Returns.of(subledger, cashier.shelf, prefix),
        )

    def outcomes(self, bookings: Sequence[_Booking]) -> list[Outcome]:
        """An outcome for each entry, in the order of the file."""
        found: dict[int, Outcome] = {}
        new: list[tuple[_Booking, Claim]] = []
        for booking in sorted(bookings, key=lambda one: one.order):
            left_alone = self._left_alone(booking.entry)
            if left_alone is not None:
                found[booking.at] = _outcome(booking, Status.OTHER, "", (left_alone,))
                continue
            claim = self.booked.claim(booking.entry, booking.account)
            if claim.known is not None or claim.repeated:
                found[booking.at] = _known(booking, claim)
            else:
                new.append((booking, claim))
        found |= self._settle_all(new)
        return [found[booking.at] for booking in bookings]

    def _settle_all(self, new: Sequence[tuple[_Booking, Claim]]) -> dict[int, Outcome]:
        """First what says itself what it is for, whatever its date; then all else.

        What is settled, and who is known by then, may make another certain: so again, until
        nothing changes. A second run then begins where this one ended.
        """
        found: dict[int, Outcome] = {}
        left = [(booking, claim.link) for booking, claim in new]
        self.cashier.ranking = False
        left = self._pass(left, found, self._by_name)
        while True:
            receipts = (self._receipt(booking) for booking, _ in left if booking.entry.amount > 0)
            self._twins = dict(twins(receipts, self.cashier))
            still = self._pass(left, found, self._decide)
            if len(still) == len(left):
                break
            left = still
        self.cashier.ranking = True
        for booking, link in left:
            found[booking.at] = self._open(booking, link, self._decide(booking, link))
        return found

    def _pass(
        self,
        left: Sequence[tuple[_Booking, str]],
        found: dict[int, Outcome],
        decide: Callable[[_Booking, str], Decision | None],
    ) -> list[tuple[_Booking, str]]:
        """Settle what is certain; what is left."""
        still = []
        for booking, link in left:
            decision = decide(booking, link)
            if decision is None or decision.status is not Status.MATCHED:
                still.append((booking, link))
                continue
            allocation = decision.allocations[0]
            transaction = self._transaction(booking, link, allocation)
            self._settle(allocation, transaction)
            found[booking.at] = _outcome(
                booking, Status.MATCHED, link, decision.reasons, allocation, transaction
            )
        return still

    def _left_alone(self, entry: BankEntry) -> Text | None:
        """Why an entry is no receipt of ours to apply, if it isn't."""
        if entry.pending:
            return say("the bank hasn't booked it yet")
        if entry.date > self.as_of:
            return say("it is dated after {day}", day=self.as_of)
        if not entry.amount:
            return say("its amount is zero")
        if entry.amount < 0 and not entry.reversal:
            return say("money paid out")
        if entry.amount > 0 and entry.reversal:
            return say("a payment of ours that came back")
        return None

    def _receipt(self, booking: _Booking) -> Receipt:
        """The receipt with its payer, in the bank's currency."""
        entry = booking.entry
        payer = self.payers.recognise(entry.payer, entry.payer_account)
        receipt = Receipt(entry, booking.text, payer, entry.amount, entry.currency)
        if payer.certain is None:
            return receipt
        count = self._twins.get((payer.certain, entry.currency, entry.amount), 1)
        return attrs.evolve(receipt, twins=count)

    def _by_name(self, booking: _Booking, link: str) -> Decision | None:
        """What the booking itself says, where that is certain."""
        if booking.entry.amount < 0:
            return self._decide(booking, link)
        named = self.cashier.by_name(self._receipt(booking))
        return self._unless_there(booking, link, named) if named is not None else None

    def _decide(self, booking: _Booking, link: str) -> Decision:
        entry = booking.entry
        if entry.amount < 0:
            payer = self.payers.recognise(entry.payer, entry.payer_account)
            return self.returns.decide(entry, payer, booking.text)
        receipt = self._receipt(booking)
        decision = self.cashier.decide(receipt)
        instructed, currency = entry.instructed, entry.instructed_currency
        if instructed and currency and currency != entry.currency:
            told = attrs.evolve(receipt, amount=instructed, currency=currency, twins=1)
            other = self.cashier.decide(told)
            if _better(other, decision):
                decision = other
        return self._unless_there(booking, link, decision)

    def _unless_there(self, booking: _Booking, link: str, decision: Decision) -> Decision:
        """What would be matched, but may be in the books already, is for a person to say."""
        unlinked = self.booked.unlinked(booking.entry, booking.account)
        if decision.status is not Status.MATCHED or unlinked is None:
            return decision
        reason = say(
            "the ledger has a booking of this amount about this day: {place}; if it is this one, "
            "add ^{link} to it",
            place=place(unlinked.meta),
            link=link,
        )
        return Decision(Status.PROPOSED, decision.allocations, (reason, *decision.reasons))

    def _open(self, booking: _Booking, link: str, decision: Decision) -> Outcome:
        """What is left to a person."""
        if decision.status is Status.UNMATCHED:
            return self._suspended(booking, link, decision)
        candidates = tuple(
            Candidate(way, self._transaction(booking, link, way)) for way in decision.allocations
        )
        found = _outcome(booking, Status.PROPOSED, link, decision.reasons)
        return attrs.evolve(found, candidates=candidates)

    def _settle(self, allocation: Allocation, transaction: Transaction) -> None:
        if allocation.returns is not None:
            self.returns.settle(allocation)
            return
        self.cashier.settle(allocation)
        self.returns.add(transaction, allocation)
        if allocation.customer is not None:
            self.payers.learn(transaction, allocation.customer)

    def _suspended(self, booking: _Booking, link: str, decision: Decision) -> Outcome:
        """An unknown payer's money: on the suspense account, where the ledger has one."""
        account = self.subledger.options.suspense_account
        entry, reasons = booking.entry, decision.reasons
        if account is None or entry.amount < 0:
            hint = say(
                'the ledger has no suspense account; name one with: 2000-01-01 custom "ar-option" '
                '"suspense-account" Liabilities:…'
            )
            if entry.amount > 0:
                reasons = (*reasons, hint)
            return _outcome(booking, Status.UNMATCHED, link, reasons)
        part = Part(account, entry.amount, entry.currency)
        reason = say("held on {account} until the payer is known", account=account)
        allocation = Allocation(None, SUSPENSE, (part,), (*reasons, reason))
        transaction = self._transaction(booking, link, allocation)
        return _outcome(
            booking, Status.UNMATCHED, link, (*reasons, reason), allocation, transaction
        )

    def _transaction(self, booking: _Booking, link: str, allocation: Allocation) -> Transaction:
        wording = self.wording
        narration = wording.receipt if allocation.returns is None else wording.returned
        return transaction_of(
            booking.entry, link, booking.account, allocation, narration, self.file
        )


def _outcome(  # noqa: PLR0913 - what an outcome is made of
    booking: _Booking,
    status: Status,
    link: str,
    reasons: Sequence[Text],
    allocation: Allocation | None = None,
    transaction: Transaction | None = None,
) -> Outcome:
    return Outcome(
        booking.statement, booking.entry, status, link, tuple(reasons), allocation, transaction
    )


def _known(booking: _Booking, claim: Claim) -> Outcome:
    if claim.known is None:
        reason = say("the file has it twice")
    else:
        reason = say("the ledger has it: {place}", place=place(claim.known.meta))
    found = _outcome(booking, Status.KNOWN, claim.link, (reason,))
    return attrs.evolve(found, known=claim.known)


_RANK: dict[Status, int] = {Status.MATCHED: 0, Status.PROPOSED: 1, Status.UNMATCHED: 2}


def _better(one: Decision, other: Decision) -> bool:
    return _RANK[one.status] < _RANK[other.status]
