# SPDX-License-Identifier: GPL-2.0-or-later
"""What to post where the statement shows that something is missing here, as Beancount text.

Nothing is invented. An amount, a date and a number are those of the statement; an account is
the one that the ledger's option `suspense-account` names, or the one that the ledger itself used
last for the same thing, and the comment says where. What can't be told from either is a comment:
it says what to look at. Each transaction is flagged `!`: a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs
from beancount.core.data import Posting, Transaction

from arledger.discounts import entitled
from arledger.findings import Text, place, say
from arledger.language.documents import Kind
from arledger.money import ZERO, exact, plain
from arledger.reconciliation.differences import Difference, Part, Reconciliation
from arledger.reconciliation.entries import THEIR_REFERENCE, Document, movements
from arledger.reconciliation.model import Day, DifferenceClass, Entry, Line, Side
from arledger.subledger.model import Credit
from arledger.subledger.subledger import Subledger

TEXT_MAX = 200


@attrs.frozen
class Leg:
    """One posting of a proposal; `meta` as key and quoted text."""

    account: str
    amount: Decimal
    meta: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Correction:
    """What one difference asks for: what to know of it, and the legs of what can be posted."""

    difference: Difference
    remark: Text
    date: Day | None = None
    narration: Text | None = None
    reference: str | None = None
    legs: tuple[Leg, ...] = ()


@attrs.frozen
class Precedent:
    """An account that the ledger used before for the same thing, and where."""

    account: str
    where: str


@exact
def corrections(answer: Reconciliation, subledger: Subledger) -> tuple[Correction, ...]:
    """One for each difference of some amount, and for what is ambiguous, in their order."""
    proposer = _Proposer(answer, subledger)
    return tuple(
        proposer.of(one)
        for one in answer.differences
        if one.amount or one.cls is DifferenceClass.DATE
    )


@attrs.define(eq=False)
class _Proposer:
    answer: Reconciliation
    subledger: Subledger
    documents: Sequence[Document] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.documents = movements(self.subledger, self.answer.customer, self.answer.currency)

    def of(self, one: Difference) -> Correction:
        """The correction that a difference asks for."""
        if one.part is Part.LINES and one.lines:
            if one.cls is DifferenceClass.MISSING_IN_LEDGER:
                return self._missing(one, one.lines[0])
            if one.cls is DifferenceClass.AMOUNT:
                return self._short(one)
        return Correction(one, _advice(one))

    # What the ledger lacks.

    def _missing(self, one: Difference, line: Line) -> Correction:
        account = self._account()
        paid = line.amount < ZERO
        other = self._suspense() or (self._bank() if paid else None)
        if account is None or other is None or self._is_transfer(one):
            return Correction(one, _advice(one))
        if not paid and self._is_known(line.reference):
            return Correction(one, say("its number stands in the ledger already: compare the two"))
        narration = (
            say("Receipt as in the customer's statement")
            if paid
            else say("Invoice as in the customer's statement")
        )
        return Correction(
            one,
            say(
                "{account}, as at {where}; check the bank and the document before it is posted",
                account=other.account,
                where=other.where,
            ),
            line.date or self.answer.until,
            narration,
            line.reference,
            (Leg(other.account, -line.amount), Leg(account, line.amount, self._names(line))),
        )

    def _names(self, line: Line) -> tuple[tuple[str, str], ...]:
        """The item that the reference names; else a receipt waits until somebody names it."""
        if line.amount > ZERO:
            return (("invoice", line.reference),) if line.reference else ()
        if line.reference and self._is_known(line.reference):
            return (("invoice", line.reference),)
        return (("allocation", "none"),)

    def _is_known(self, number: str | None) -> bool:
        return (self.answer.customer, number or "") in self.subledger.items_by_number

    def _is_transfer(self, one: Difference) -> bool:
        """A bill that the ledger has moved to another account of the customer: nothing lacks."""
        return any(
            credit.kind is Kind.TRANSFER
            and credit.customer == self.answer.customer
            and credit.currency == self.answer.currency
            and -credit.amount == one.amount
            for credit in self.subledger.credits
        )

    # What is short.

    def _short(self, one: Difference) -> Correction:
        """A small difference, a discount or a charge is closed; another amount is compared."""
        number = self._closes(one.entries)
        account = self._account_of(one.entries)
        precedent = self._closing_account() if one.amount < ZERO else None
        is_small = -one.amount <= self._tolerance() or one.amount in self._discounts(one.entries)
        if number is None or account is None or precedent is None or not is_small:
            return Correction(one, _advice(one))
        return Correction(
            one,
            say(
                "{account}, as at {where}: {hint}",
                account=precedent.account,
                where=precedent.where,
                hint=one.hint or say("within the tolerance"),
            ),
            max([line.date for line in one.lines if line.date] or [self.answer.until]),
            say("Difference to the customer's statement closed"),
            None,
            (
                Leg(precedent.account, -one.amount),
                Leg(account, one.amount, (("invoice", number),)),
            ),
        )

    def _closes(self, entries: Iterable[Entry]) -> str | None:
        """The one open item that the documents are, or are for."""
        numbers = {name for entry in entries for name in entry.references if self._open(name)}
        return numbers.pop() if len(numbers) == 1 else None

    def _open(self, number: str) -> Decimal:
        items = self.subledger.items_by_number.get((self.answer.customer, number), ())
        return sum((item.outstanding(self.answer.as_of) for item in items), ZERO)

    def _tolerance(self) -> Decimal:
        accounts = self.subledger.chart.customer(self.answer.customer).accounts
        granted = [
            policy.value.number
            for account in accounts[:1]
            for policy in self.subledger.policies.timeline(
                "tolerance", self.answer.customer, account
            ).at(self.answer.as_of)
            if policy.key == self.answer.currency
        ]
        return granted[0] if granted else ZERO

    def _discounts(self, entries: Iterable[Entry]) -> set[Decimal]:
        """What the terms of the documents' items allow for early payment, as a difference."""
        precision = self.subledger.options.precision
        return {
            -entitled(item, self.answer.until, precision)
            for entry in entries
            for name in entry.references
            for item in self.subledger.items_by_number.get((self.answer.customer, name), ())
        } - {ZERO}

    # Accounts that the ledger has used.

    def _account(self) -> str | None:
        """Where the customer's last document stands."""
        info = self.subledger.chart.info
        plain_ones = [
            one.account
            for one in self.documents
            if (found := info(one.account)) is not None and not found.conditional
        ]
        return plain_ones[-1] if plain_ones else None

    def _account_of(self, entries: Sequence[Entry]) -> str | None:
        by_id = {one.entry.id: one.account for one in self.documents}
        found = {by_id.get(entry.id) for entry in entries}
        return found.pop() if len(found) == 1 else None

    def _suspense(self) -> Precedent | None:
        account = self.subledger.options.suspense_account
        where = self.subledger.options.where.get("suspense-account")
        if account is None or where is None or not self.subledger.chart.exists(account):
            return None
        return Precedent(account, place(where.meta))

    def _bank(self) -> Precedent | None:
        """Where the customer's last receipt came in."""
        for one in reversed(self.documents):
            if one.kind is Kind.RECEIPT:
                found = self._other_side(one.transaction, result=False)
                if found is not None:
                    return found
        return None

    def _closing_account(self) -> Precedent | None:
        """The expense that the ledger last closed a small rest of an item to."""
        for credit in reversed(self.subledger.credits):
            if credit.kind in {Kind.RECEIPT, Kind.WRITE_OFF} and credit.posted <= self.answer.as_of:
                found = self._rest_of(credit)
                if found is not None:
                    return found
        return None

    def _rest_of(self, credit: Credit) -> Precedent | None:
        if credit.currency != self.answer.currency:
            return None
        return self._other_side(credit.transaction, result=True)

    def _other_side(self, transaction: Transaction, *, result: bool) -> Precedent | None:
        """The one account of money, or of the result, that a transaction debits."""
        chart = self.subledger.chart
        found: dict[str, Posting] = {}
        for posting in transaction.postings:
            number = posting.units.number if posting.units is not None else None
            if number is None or number <= 0 or chart.info(posting.account) is not None:
                continue
            if posting.units is None or posting.units.currency != self.answer.currency:
                continue
            if chart.is_result(posting.account) == result:
                found[posting.account] = posting
        if len(found) != 1:
            return None
        ((account, posting),) = found.items()
        return Precedent(account, place(posting.meta or transaction.meta))


def _advice(one: Difference) -> Text:
    """What a person looks at where nothing can be proposed."""
    if one.part is Part.OPENING:
        return say("from before the period: settle it with the earlier statement at hand")
    advice = _ADVICE.get((one.cls, one.side)) or _ADVICE.get((one.cls, None))
    return advice or say("find out what it is before anything is posted")


_ADVICE: dict[tuple[DifferenceClass, Side | None], Text] = {
    (DifferenceClass.IN_TRANSIT, Side.LEDGER): say(
        "nothing to post: it will be in their next statement"
    ),
    (DifferenceClass.IN_TRANSIT, None): say("nothing to post before it has arrived"),
    (DifferenceClass.MISSING_IN_LEDGER, None): say(
        "ask for the document; nothing here says which accounts it is for"
    ),
    (DifferenceClass.MISSING_IN_STATEMENT, None): say(
        "nothing to post: send them a copy of the document"
    ),
    (DifferenceClass.AMOUNT, None): say(
        "compare the document; if ours is wrong, correct it where it stands"
    ),
    (DifferenceClass.DATE, None): say("nothing to post: only the dates differ"),
    (DifferenceClass.DUPLICATE, Side.LEDGER): say(
        "compare the two; if one is entered twice, delete it"
    ),
    (DifferenceClass.DUPLICATE, None): say("nothing to post: they have it twice"),
    (DifferenceClass.DISPUTED, None): say("nothing to post before the dispute is settled"),
}


# As text.


def quoted(text: str, length_max: int | None = TEXT_MAX) -> str:
    """A Beancount string: on one line, nothing in it ends it."""
    plain_text = " ".join(
        "".join(character if character.isprintable() else " " for character in text).split()
    )
    return '"' + plain_text[:length_max].replace("\\", "\\\\").replace('"', '\\"') + '"'


@exact
def transaction_text(one: Correction, answer: Reconciliation, narration: str) -> str:
    """The correction's transaction; empty where nothing is to be posted."""
    if not one.legs or one.date is None:
        return ""
    wide = max(len(leg.account) for leg in one.legs)
    lines = [f"{one.date} ! {quoted(answer.name or answer.customer)} {quoted(narration)}"]
    if one.reference:
        lines.append(f"  {THEIR_REFERENCE}: {quoted(one.reference)}")
    for leg in one.legs:
        lines.append(f"  {leg.account:<{wide}}  {plain(leg.amount)} {answer.currency}")
        lines.extend(f"    {key}: {quoted(value)}" for key, value in leg.meta)
    return "\n".join(lines) + "\n"
