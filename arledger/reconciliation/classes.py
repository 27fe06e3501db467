# SPDX-License-Identifier: GPL-2.0-or-later
"""The class of each difference, and the reason that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.language.documents import Kind
from arledger.money import ZERO, plain
from arledger.reconciliation.differences import Difference, Population, Windows, net
from arledger.reconciliation.entries import Document, dispute_reason
from arledger.reconciliation.model import (
    Day,
    DifferenceClass,
    Duplicate,
    Entry,
    Line,
    Match,
    Proposal,
    Side,
)
from arledger.reconciliation.whose import squeezed
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger

NAMED_MAX = 3


@attrs.define(eq=False)
class Classifier:
    """Knows the customer's documents, and judges what stands on one side only.

    `documents` are all of them, `until` is the statement's end; `numbers` are the lines' numbers in
    the file by their index.
    """

    subledger: Subledger
    customer: str
    currency: str
    as_of: Day
    until: Day
    windows: Windows
    population: Population
    documents: Sequence[Document]
    numbers: Mapping[int, int]
    _by_id: dict[str, Document] = attrs.field(init=False)
    _by_source: dict[int, Document] = attrs.field(init=False)
    _by_name: dict[str, Document] = attrs.field(init=False)
    _moved: dict[Decimal, list[Credit]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._by_id = {one.entry.id: one for one in self.documents}
        self._by_source = {}
        self._by_name = {}
        for one in self.documents:
            self._by_source.setdefault(id(one.source), one)
            if one.number:
                self._by_name.setdefault(squeezed(one.number), one)
        self._moved = {}
        for credit in self.subledger.credits:
            if credit.kind is Kind.TRANSFER and credit.customer == self.customer:
                self._moved.setdefault(-credit.amount, []).append(credit)

    # Matches.

    def of_match(self, one: Match) -> Iterable[Difference]:
        """What of a pair differs: its amount, its date."""
        difference = net(one.entries, one.lines)
        if difference:
            yield self._amount(one, difference)
        days = self._days_apart(one)
        if days > self.windows.date_days:
            yield Difference(
                DifferenceClass.DATE,
                Side.STATEMENT,
                ZERO,
                say(
                    "dated {theirs} by them and {ours} by us",
                    theirs=", ".join(sorted({str(line.date) for line in one.lines if line.date})),
                    ours=", ".join(sorted({str(entry.date) for entry in one.entries})),
                ),
                one.entries,
                one.lines,
            )

    def _amount(self, one: Match, difference: Decimal) -> Difference:
        ours = sum((entry.amount for entry in one.entries), ZERO)
        hint = self._applied(one.entries) or one.hint
        disputed = [entry for entry in one.entries if entry.disputed]
        if disputed:
            reason = self._dispute(disputed[0])
            hint = reason if hint is None else say("{one}; {other}", one=reason, other=hint)
        return Difference(
            DifferenceClass.AMOUNT,
            Side.STATEMENT,
            difference,
            say("{theirs} by them and {ours} by us", theirs=plain(one.amount), ours=plain(ours)),
            one.entries,
            one.lines,
            hint,
        )

    def _applied(self, entries: Sequence[Entry]) -> Text | None:
        """Open items: what we have applied to it, which they may not have."""
        if self.population is not Population.OPEN_ITEMS or len(entries) != 1:
            return None
        source = self._document(entries[0]).source
        others = [
            application.credit.id if isinstance(source, Item) else application.item.id
            for application in source.applications
            if application.live(self.as_of)
        ]
        if not others:
            return None
        return say("the ledger has applied {documents}", documents=_listed(others))

    def _days_apart(self, one: Match) -> int:
        """How far the farthest line's date is from any date of ours; 0 where there is none."""
        days = {
            day
            for entry in one.entries
            for day in (entry.date, self._document(entry).posted, entry.due)
            if day is not None
        }
        apart = [
            min(abs((line.date - day).days) for day in days)
            for line in one.lines
            if line.date is not None
        ]
        return max(apart, default=0)

    def of_proposal(self, one: Proposal) -> Iterable[Difference]:
        """What is not unique is nobody's yet; the net of it closes the equation."""
        difference = net(one.entries, one.lines)
        if difference:
            yield Difference(
                DifferenceClass.AMBIGUOUS,
                Side.STATEMENT,
                difference,
                say(
                    "{lines} lines and {entries} documents can go together in several ways",
                    lines=len(one.lines),
                    entries=len(one.entries),
                ),
            )

    def of_duplicate(self, one: Duplicate) -> Difference:
        """What repeats another: a line of theirs, or a document of ours."""
        entries = () if one.entry is None else (one.entry,)
        lines = () if one.line is None else (one.line,)
        side = Side.LEDGER if one.line is None else Side.STATEMENT
        reason = say("repeats {other}", other=one.of)
        if one.line is not None and one.of.isdecimal():
            reason = say("repeats line {line}", line=self.numbers.get(int(one.of), one.of))
        return Difference(
            DifferenceClass.DUPLICATE, side, net(entries, lines), reason, entries, lines
        )

    # Ours, and not theirs.

    def of_entry(self, entry: Entry) -> Difference:
        """A document of ours that their statement doesn't have."""
        cls, side, reason, proof = self._judge(entry)
        return Difference(cls, side, -entry.amount, reason, (entry,), proof=proof)

    def _judge(self, entry: Entry) -> tuple[DifferenceClass, Side, Text, tuple[Entry, ...]]:
        document = self._document(entry)
        if entry.disputed:
            return DifferenceClass.DISPUTED, Side.LEDGER, self._dispute(entry), ()
        paid = self._paid_later(document)
        if paid is not None:
            reason = say(
                "settled by them; the ledger has {document} on {day}, after the statement",
                document=name_of(paid),
                day=paid.posted,
            )
            return DifferenceClass.IN_TRANSIT, Side.STATEMENT, reason, (paid.entry,)
        day = max(document.posted, entry.date)
        if self._is_late(day):
            reason = say(
                "dated {day}, within {days} days of the statement's end {until}",
                day=day,
                days=self.windows.cut_off_days,
                until=self.until,
            )
            return DifferenceClass.IN_TRANSIT, Side.LEDGER, reason, ()
        reason = say("dated {day}, and not in their statement", day=day)
        return DifferenceClass.MISSING_IN_STATEMENT, Side.LEDGER, reason, ()

    def _is_late(self, day: Day) -> bool:
        return (self.until - day).days < self.windows.cut_off_days

    def _paid_later(self, document: Document) -> Document | None:
        """Open items: the credit that settles it after the as-of day."""
        if self.population is not Population.OPEN_ITEMS or not isinstance(document.source, Item):
            return None
        limit = self.as_of + timedelta(
            days=min(self.windows.later_days, (Day.max - self.as_of).days)
        )
        for application in document.source.applications:
            if self.as_of < application.date <= limit and application.live(limit):
                return self._by_source.get(id(application.credit))
        return None

    def _dispute(self, entry: Entry) -> Text:
        reason = dispute_reason(self._document(entry))
        if reason:
            return say("disputed: {reason}", reason=reason)
        return say("disputed, as the ledger says")

    # Theirs, and not ours.

    def proven(self, one: Match) -> Difference:
        """Lines that a document of ours outside the comparison explains."""
        document = self._document(one.entries[0])
        if document.posted > self.as_of:
            reason = say(
                "the ledger has {document} on {day}, after the statement",
                document=name_of(document),
                day=document.posted,
            )
            return self._explained(one, DifferenceClass.IN_TRANSIT, Side.STATEMENT, reason)
        settled = self._settling(document)
        if settled is None:
            reason = say("{document} is no longer open here", document=name_of(document))
            return self._explained(one, DifferenceClass.MISSING_IN_STATEMENT, Side.LEDGER, reason)
        cls = DifferenceClass.MISSING_IN_STATEMENT
        if self._is_late(settled.posted):
            cls = DifferenceClass.IN_TRANSIT
        reason = say(
            "open in their books; settled here by {document} on {day}",
            document=name_of(settled),
            day=settled.posted,
        )
        return self._explained(one, cls, Side.LEDGER, reason, (settled.entry,))

    @staticmethod
    def _explained(
        one: Match,
        cls: DifferenceClass,
        side: Side,
        reason: Text,
        proof: tuple[Entry, ...] | None = None,
    ) -> Difference:
        proof = one.entries if proof is None else proof
        return Difference(
            cls, side, net((), one.lines), reason, one.entries, one.lines, proof=proof
        )

    def _settling(self, document: Document) -> Document | None:
        """The last document that settled it by the as-of day."""
        live = [one for one in document.source.applications if one.live(self.as_of)]
        if not live:
            return None
        last = max(live, key=lambda one: (one.date, one.seq))
        other = last.credit if isinstance(document.source, Item) else last.item
        return self._by_source.get(id(other))

    def of_line(self, line: Line) -> Difference:
        """A line of theirs that the ledger has no document for."""
        known = self._by_name.get(squeezed(line.reference)) if line.reference else None
        moved = self._bill(line)
        late = line.date is not None and self._is_late(line.date)
        cls = DifferenceClass.MISSING_IN_LEDGER
        hint = self._elsewhere(line)
        if known is not None and known.entry.amount == line.amount:
            cls = DifferenceClass.DUPLICATE
            reason = say(
                "the ledger has {document} once, on {day}",
                document=name_of(known),
                day=known.entry.date,
            )
        elif moved is not None:
            reason = say(
                "a payment in their books; here it moves between accounts of the customer, on "
                "{day} from {account}",
                day=moved.posted,
                account=moved.account,
            )
        elif not line.reference and not squeezed(line.text):
            cls = DifferenceClass.UNIDENTIFIED
            reason = say("neither reference nor text says what it is")
        elif late and line.amount < ZERO:
            cls = DifferenceClass.IN_TRANSIT
            reason = say(
                "dated {day}, within {days} days of the statement's end {until}",
                day=line.date,
                days=self.windows.cut_off_days,
                until=self.until,
            )
        else:
            reason = say("the ledger has no document for it")
        return Difference(cls, Side.STATEMENT, line.amount, reason, (), (line,), hint)

    def _bill(self, line: Line) -> Credit | None:
        """A bill taken for an item: a payment to them, a transfer between accounts to us."""
        for credit in self._moved.get(line.amount, ()):
            apart = 0 if line.date is None else abs((credit.posted - line.date).days)
            if credit.currency == self.currency and apart <= self.windows.later_days:
                return credit
        return None

    def _elsewhere(self, line: Line) -> Text | None:
        """A number that another customer's document has."""
        if not line.reference:
            return None
        others = self.subledger.customers_by_number.get(line.reference, frozenset())
        others = others - {self.customer}
        if not others:
            return None
        return say(
            "{number} is a number of {others}",
            number=line.reference,
            others=", ".join(sorted(others)[:NAMED_MAX]),
        )

    def document_of(self, source: Item | Credit) -> Document | None:
        """The document that an item or credit of the subledger stands as."""
        return self._by_source.get(id(source))

    def _document(self, entry: Entry) -> Document:
        return self._by_id[entry.id]


def name_of(document: Document) -> Text:
    """A document in a sentence: its number, else what it is for, else its day."""
    if document.number is not None:
        return say("{word}", word=document.number)
    if document.names is not None:
        return say("credit for {item}", item=document.names)
    day = document.entry.date
    return (
        say("credit of {day}", day=day)
        if document.entry.amount < ZERO
        else say("item of {day}", day=day)
    )


def _listed(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = ", …" if len(unique) > NAMED_MAX else ""
    return ", ".join(unique[:NAMED_MAX]) + more
