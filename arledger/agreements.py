# SPDX-License-Identifier: GPL-2.0-or-later
"""Agreements: a balance that a customer has confirmed must stay what it was.

The balance is the customer's over its receivable accounts, at the end of the day, per currency.
Where it is no longer what was agreed, the entry that did it is looked for. One ledger text shows
no history, so this is a conclusion, and it is said how it was come to. In this order:

1. The last agreement before: what differed then differs still, and of the rest only entries
   dated after it can be the cause.
2. Entries whose amount is just the difference. Of several, the one that stands in its file below
   entries of a later date, or below the statement: it was written afterwards.
3. All entries that stand so, if together they are the difference.
4. An entry dated soon after the agreement, of the opposite amount: it may have been dated before.
5. An item of which just the difference is left: its amount may have been changed.
6. Two or three entries that together are the difference.

Where several explain it equally well, they are named and none is chosen.

A difference that was agreed is settled once a later agreement doesn't list it, its document is
posted after the agreement, or nothing is left of the item that was open then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import combinations, islice

import attrs
from beancount.core.data import Transaction

from arledger.findings import Finding, Text, finding, place, say
from arledger.language.statements import THEIR_REFERENCE, BalanceStatement, Difference
from arledger.money import ZERO, exact, plain
from arledger.movements import Posted, balance, posted
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger

# How much is tried, and said, before the search is given up.
NAMED_MAX = 5
PAIRS_OF_MAX = 5000
TRIPLES_OF_MAX = 30
MOVED_DAYS_MAX = 92

Key = tuple[str, str]


@attrs.frozen(eq=False)
class Suspect:
    """One transaction and what it does to the customer's balance in one currency."""

    transaction: Transaction
    amount: Decimal
    currency: str
    number: str | None

    @property
    def shown(self) -> str:
        """Its number, date, amount and place."""
        what = f"{self.number} " if self.number else ""
        where = place(self.transaction.meta)
        return f"{what}{self.transaction.date} {plain(self.amount)} {self.currency} ({where})"


@attrs.frozen(eq=False)
class Cause:
    """What is concluded: `candidates` are entries, or sets of them, that explain it equally well.

    `text` says it in words, and how it was concluded.
    """

    text: Text
    candidates: tuple[tuple[Suspect, ...], ...] = ()

    @property
    def number(self) -> str | None:
        """The number of the one document that did it, where it is one and has one."""
        if len(self.candidates) == 1 and len(self.candidates[0]) == 1:
            return self.candidates[0][0].number
        return None


@attrs.frozen(eq=False)
class Agreement:
    """A statement with what the ledger says of it at the day asked about.

    `actual` is the ledger's balance at the statement's date; `pending` are the agreed differences
    that are not settled; `cause` is there where an agreed balance is not what it was.
    """

    statement: BalanceStatement
    actual: Decimal
    pending: tuple[Difference, ...]
    cause: Cause | None

    @property
    def difference(self) -> Decimal:
        """What the ledger has more than the statement."""
        return self.actual - self.statement.balance


@exact
def agreements(subledger: Subledger, as_of: dt.date) -> tuple[Agreement, ...]:
    """Every statement up to `as_of`, in order of date, and how it stands at the end of that day."""
    statements = [one for one in subledger.books.statements if one.date <= as_of]
    if not statements:
        return ()
    documents = posted(subledger, {one.customer for one in statements})
    agreed: dict[Key, list[BalanceStatement]] = {}
    for one in statements:
        if one.agreed:
            agreed.setdefault((one.customer, one.currency), []).append(one)
    search = _Search(subledger, documents)
    found = []
    for one in statements:
        own = documents.get(one.customer, ())
        actual = balance(own, one.currency, one.date)
        series = agreed.get((one.customer, one.currency), [])
        pending: tuple[Difference, ...] = ()
        if series and one is series[-1]:
            pending = tuple(d for d in one.differences if not _settled(d, one, own, as_of))
        broken = one.agreed and actual != one.balance
        cause = search.cause(one, actual, series) if broken else None
        found.append(Agreement(one, actual, pending, cause))
    return tuple(found)


@exact
def verify(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    """What is no longer as it was agreed, and what was agreed and isn't settled."""
    used: dict[str, set[str]] = {}
    answer = agreements(subledger, as_of)
    if answer:
        used = _currencies(subledger, {one.statement.customer for one in answer})
    for one in answer:
        statement = one.statement
        known = used.get(statement.customer, set())
        if statement.currency not in known and statement.balance:
            yield _unused_currency(statement, known)
        elif one.difference:
            yield _broken(one) if one.cause is not None else _differs(one)
        for difference in one.pending:
            yield _pending(statement, difference)


def _currencies(subledger: Subledger, customers: set[str]) -> dict[str, set[str]]:
    """The currencies of each customer's documents, and those its accounts are opened for."""
    found: dict[str, set[str]] = {}
    for item in subledger.items:
        if item.customer in customers:
            found.setdefault(item.customer, set()).add(item.currency)
    for credit in subledger.credits:
        if credit.customer in customers:
            found.setdefault(credit.customer, set()).add(credit.currency)
    for customer in customers:
        for account in subledger.chart.customer(customer).accounts:
            opened = subledger.chart.opens[account].currencies or ()
            found.setdefault(customer, set()).update(opened)
    return found


def _unused_currency(statement: BalanceStatement, known: Iterable[str]) -> Finding:
    text = say(
        "customer {customer} has nothing in {currency}, only in {known}",
        customer=statement.customer,
        currency=statement.currency,
        known=", ".join(sorted(known)) or "-",
    )
    return finding(
        "statement-currency", text, statement.meta, statement.date, customer=statement.customer
    )


def _broken(one: Agreement) -> Finding:
    statement = one.statement
    cause = one.cause
    assert cause is not None
    text = say(
        "customer {customer}: at {day} {agreed} {currency} was agreed, the ledger now has "
        "{actual} {currency}; {cause}",
        customer=statement.customer,
        day=statement.date,
        agreed=plain(statement.balance),
        actual=plain(one.actual),
        currency=statement.currency,
        cause=cause.text,
    )
    return finding(
        "agreement-broken",
        text,
        statement.meta,
        statement.date,
        customer=statement.customer,
        item=cause.number,
    )


def _differs(one: Agreement) -> Finding:
    statement = one.statement
    text = say(
        "customer {customer}: the statement of {day} has {stated} {currency}, the ledger "
        "{actual} {currency}",
        customer=statement.customer,
        day=statement.date,
        stated=plain(statement.balance),
        actual=plain(one.actual),
        currency=statement.currency,
    )
    return finding(
        "statement-differs", text, statement.meta, statement.date, customer=statement.customer
    )


def _pending(statement: BalanceStatement, difference: Difference) -> Finding:
    text = say(
        "customer {customer}: agreed at {day} and not settled: {difference}",
        customer=statement.customer,
        day=statement.date,
        difference=difference.text,
    )
    return finding(
        "agreed-difference",
        text,
        statement.meta,
        statement.date,
        customer=statement.customer,
        item=difference.number if difference.kind else None,
    )


def _settled(
    difference: Difference, statement: BalanceStatement, own: Sequence[Posted], as_of: dt.date
) -> bool:
    """Whether its document was posted since, or nothing is left of what was open then."""
    number = difference.number
    if number is None:
        return False
    for one in own:
        if one.date > as_of or one.currency != statement.currency:
            continue
        since = one.date > statement.date
        named = number in {one.number, _their_name(one)} or number in (one.transaction.links or ())
        if named and (since or difference.kind == "missing-in-ledger"):
            return True
        if since and number == one.about and one.amount == difference.amount:
            return True
        if number == one.number and _cleared(one.document, statement.date, as_of):
            return True
    return False


def _their_name(one: Posted) -> object:
    """What the customer calls it, where the ledger says so."""
    return one.meta.get(THEIR_REFERENCE) or one.transaction.meta.get(THEIR_REFERENCE)


def _cleared(document: object, then: dt.date, now: dt.date) -> bool:
    """Whether it was open on one day and nothing is left of it on a later one."""
    if isinstance(document, Item):
        return bool(document.outstanding(then)) and not document.outstanding(now)
    if isinstance(document, Credit):
        return bool(document.unapplied(then)) and not document.unapplied(now)
    return False


# Which entry did it.


@attrs.define(eq=False, slots=False)
class _Search:
    """Looks for the entries behind a difference."""

    subledger: Subledger
    documents: Mapping[str, Sequence[Posted]]
    _suspects: dict[Key, tuple[Suspect, ...]] = attrs.field(factory=dict)

    def cause(
        self, one: BalanceStatement, actual: Decimal, series: Sequence[BalanceStatement]
    ) -> Cause:
        """What explains an agreed balance that is no more."""
        difference = actual - one.balance
        since = dt.date.min
        earlier = [other for other in series if other.date < one.date]
        if earlier:
            last = earlier[-1]
            since = last.date
            own = self.documents.get(one.customer, ())
            difference -= balance(own, one.currency, last.date) - last.balance
        if not difference:
            return Cause(say("the difference is the same as at {day}", day=since))
        everyone = self.suspects(one)
        window = [s for s in everyone if since < s.transaction.date <= one.date]
        late = self._late(window, one)
        return (
            _single(window, late, difference)
            or _all_late(late, difference)
            or _moved(everyone, one, difference)
            or self._left_open(one, difference)
            or _together(window, late, difference)
            or Cause(
                say(
                    "no entry accounts for the {difference}: one was deleted or changed, "
                    "as the ledger's own history shows",
                    difference=plain(difference),
                )
            )
        )

    def suspects(self, one: BalanceStatement) -> tuple[Suspect, ...]:
        """The customer's transactions that change its balance in the currency, by date."""
        key = (one.customer, one.currency)
        found = self._suspects.get(key)
        if found is None:
            found = self._suspects[key] = tuple(
                _suspects(self.documents.get(one.customer, ()), one.currency)
            )
        return found

    def _late(self, window: Sequence[Suspect], one: BalanceStatement) -> list[Suspect]:
        """Those that were written afterwards, to judge by where they stand in their file."""
        above = self._latest_above
        late = [s for s in window if above.get(id(s.transaction), dt.date.min) > one.date]
        if late:
            return late
        file, line = one.meta.get("filename"), int(one.meta.get("lineno") or 0)
        below = [
            s
            for s in window
            if s.transaction.meta.get("filename") == file
            and int(s.transaction.meta.get("lineno") or 0) > line
        ]
        return below if len(below) < len(window) or len(window) == 1 else []

    @cached_property
    def _latest_above(self) -> dict[int, dt.date]:
        """By transaction, the latest date of those that stand above it in its file."""
        files: dict[str, list[Transaction]] = {}
        for entry in self.subledger.books.relevant:
            if isinstance(entry, Transaction):
                files.setdefault(str(entry.meta.get("filename")), []).append(entry)
        latest: dict[int, dt.date] = {}
        for entries in files.values():
            day = dt.date.min
            for entry in sorted(entries, key=lambda each: int(each.meta.get("lineno") or 0)):
                latest[id(entry)] = day
                day = max(day, entry.date)
        return latest

    def _left_open(self, one: BalanceStatement, difference: Decimal) -> Cause | None:
        """Items of which just the difference is left, or credits of which it is left over."""
        numbers = [
            f"{document.id} ({place(document.meta)})"
            for document, left in self._left.get((one.customer, one.currency), ())
            if left == difference and document.posted <= one.date
        ]
        if not numbers:
            return None
        return Cause(
            say(
                "no entry accounts for the {difference}, but just that is left of {documents}: "
                "an amount may have been changed, or what settled it deleted",
                difference=plain(difference),
                documents=", ".join(numbers[:NAMED_MAX]),
            )
        )

    @cached_property
    def _left(self) -> dict[Key, list[tuple[Item | Credit, Decimal]]]:
        """By customer and currency, what is left of each document now; a credit's is negative."""
        state = self.subledger.at(self.subledger.books.latest or dt.date.max)
        found: dict[Key, list[tuple[Item | Credit, Decimal]]] = {}
        for one in state.items:
            item = one.item
            found.setdefault((item.customer, item.currency), []).append((item, one.outstanding))
        for other in state.credits:
            credit = other.credit
            key = (credit.customer, credit.currency)
            found.setdefault(key, []).append((credit, -other.unapplied))
        return found


def _suspects(documents: Iterable[Posted], currency: str) -> Iterable[Suspect]:
    grouped: dict[int, list[Posted]] = {}
    for one in documents:
        if one.currency == currency:
            grouped.setdefault(id(one.transaction), []).append(one)
    for parts in grouped.values():
        amount = sum((part.amount for part in parts), ZERO)
        if amount:
            numbers = {part.number: None for part in parts if part.number}
            numbers = numbers or {part.about: None for part in parts if part.about}
            number = next(iter(numbers)) if len(numbers) == 1 else None
            yield Suspect(parts[0].transaction, amount, currency, number)


def _single(
    window: Sequence[Suspect], late: Sequence[Suspect], difference: Decimal
) -> Cause | None:
    """One entry whose amount is the difference."""
    equal = [(one,) for one in window if one.amount == difference]
    if not equal:
        return None
    if len(equal) == 1:
        text = say(
            "{entry} accounts for the {difference}: the only entry of that amount",
            entry=equal[0][0].shown,
            difference=plain(difference),
        )
        return Cause(text, tuple(equal))
    after = [one for one in equal if any(one[0] is other for other in late)]
    if len(after) == 1:
        text = say(
            "{entry} accounts for the {difference}: of {count} entries of that amount the one "
            "written later, to judge by where it stands",
            entry=after[0][0].shown,
            difference=plain(difference),
            count=len(equal),
        )
        return Cause(text, tuple(after))
    return _one_of(after or equal, difference)


def _one_of(candidates: Sequence[tuple[Suspect, ...]], difference: Decimal) -> Cause:
    shown = [" + ".join(one.shown for one in each) for each in candidates[:NAMED_MAX]]
    if len(candidates) > NAMED_MAX:
        shown.append("…")
    text = say(
        "one of these accounts for the {difference}, which of them can't be told: {entries}",
        difference=plain(difference),
        entries="; ".join(shown),
    )
    return Cause(text, tuple(candidates))


def _all_late(late: Sequence[Suspect], difference: Decimal) -> Cause | None:
    """All that was written later, where together it is the difference."""
    if len(late) < 2 or sum((one.amount for one in late), ZERO) != difference:  # noqa: PLR2004
        return None
    shown = [one.shown for one in late[:NAMED_MAX]]
    text = say(
        "{entries} together account for the {difference}: written later, to judge by where "
        "they stand",
        entries=", ".join([*shown, *["…"] * (len(late) > NAMED_MAX)]),
        difference=plain(difference),
    )
    return Cause(text, (tuple(late),))


def _together(
    window: Sequence[Suspect], late: Sequence[Suspect], difference: Decimal
) -> Cause | None:
    """Two or three entries that together are the difference."""
    for entries in (late, window):
        for sets in (_pairs, _triples):
            found = sets(entries, difference)
            if len(found) == 1:
                text = say(
                    "{entries} together account for the {difference}: no others do",
                    entries=", ".join(one.shown for one in found[0]),
                    difference=plain(difference),
                )
                return Cause(text, tuple(found))
            if found:
                return _one_of(found, difference)
    return None


def _pairs(entries: Sequence[Suspect], difference: Decimal) -> list[tuple[Suspect, ...]]:
    if len(entries) > PAIRS_OF_MAX:
        return []
    found: list[tuple[Suspect, ...]] = []
    seen: dict[Decimal, list[Suspect]] = {}
    for one in entries:
        found += [(other, one) for other in seen.get(difference - one.amount, ())[: NAMED_MAX + 1]]
        seen.setdefault(one.amount, []).append(one)
        if len(found) > NAMED_MAX:
            break
    return found


def _triples(entries: Sequence[Suspect], difference: Decimal) -> list[tuple[Suspect, ...]]:
    if len(entries) > TRIPLES_OF_MAX:
        return []
    threes: Iterable[tuple[Suspect, ...]] = combinations(entries, 3)
    found = (three for three in threes if sum((one.amount for one in three), ZERO) == difference)
    return list(islice(found, NAMED_MAX + 1))


def _moved(everyone: Sequence[Suspect], one: BalanceStatement, difference: Decimal) -> Cause | None:
    """Entries of the opposite amount, dated soon after: they may have been dated before."""
    found = [
        (each,)
        for each in everyone
        if each.amount == -difference
        and 0 < (each.transaction.date - one.date).days <= MOVED_DAYS_MAX
    ]
    if not found:
        return None
    shown = [each[0].shown for each in found[:NAMED_MAX]]
    text = say(
        "no entry up to {day} accounts for the {difference}, but these would if they had been "
        "dated up to then: {entries}",
        day=one.date,
        difference=plain(difference),
        entries="; ".join(shown),
    )
    return Cause(text, tuple(found))
