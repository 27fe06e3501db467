# SPDX-License-Identifier: GPL-2.0-or-later
"""Seals: the results up to a day as one digest, and what became of them since.

The digest is of a canonical text: a line of JSON for each figure, sorted. What goes into it, and
how it is written, is in docs/reference/seals.md, from which another program can make it; a change
of either is another version. It holds content only: no file, no line, no order of entries. All of
it is read off the state at the day, so what is dated later changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import attrs

from arledger.aging import aging
from arledger.allowance import allowance, has_matrix
from arledger.findings import Finding, Text, finding, say
from arledger.language.seals import (
    ADVANCES,
    ALLOWANCE,
    PART_DIGITS,
    REOPENED,
    SEAL,
    VERSION,
    Amounts,
    Part,
    Reopening,
    Seal,
)
from arledger.money import ZERO, canonical, exact
from arledger.subledger.model import Application, Credit, Item
from arledger.subledger.subledger import Subledger

NAMED_MAX = 10
UNAPPLIED = "unapplied"
# What only the lines have that stand for a customer's.
_SHA = '"kind":"customer","sha256":'


@attrs.frozen(eq=False, slots=False)
class Results:
    """The results up to a day, in canonical form: sorted lines by customer.

    "" has those of the whole ledger, among them one for each customer with the digest of its own.
    `amounts` are what a customer owes, and what it has paid ahead; those of "" are the allowance's.
    """

    date: dt.date
    lines: Mapping[str, Sequence[str]] = attrs.field(repr=False)
    digests: Mapping[str, str] = attrs.field(repr=False)
    amounts: Mapping[str, Amounts] = attrs.field(repr=False)

    @property
    def digest(self) -> str:
        """The seal: `v1:sha256:` and 64 hexadecimal digits."""
        return f"{VERSION}:sha256:{self.digests['']}"

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """By customer, in order; "" is the allowance, with all else that is of nobody."""
        own = {**self.digests, "": _digest(one for one in self.lines[""] if _SHA not in one)}
        return {
            customer: Part(self.amounts.get(customer, {}), own[customer][:PART_DIGITS])
            for customer in sorted(own)
        }


def _digest(lines: Iterable[str]) -> str:
    """Of the lines, each with its line feed."""
    return hashlib.sha256("\n".join([*lines, ""]).encode()).hexdigest()


# The canonical text.


class _Quoted(dict[str, str]):
    """Texts as JSON writes them (RFC 8785), looked up once each."""

    def __missing__(self, text: str) -> str:
        found = self[text] = json.dumps(text, ensure_ascii=False)
        return found


class _Amounts(dict[Decimal, str]):
    """Amounts as JSON writes them: a text without an exponent or trailing zeros."""

    def __missing__(self, amount: Decimal) -> str:
        found = self[amount] = f'"{canonical(amount)}"'
        return found


class _Days(dict[dt.date | None, str]):
    """Dates as JSON writes them."""

    def __missing__(self, day: dt.date | None) -> str:
        found = self[day] = "null" if day is None else f'"{day}"'
        return found


@attrs.define(eq=False)
class _Memory:
    """What is written once and used for every seal of a ledger.

    Most documents are settled: at the next seal their line is what it was. By index, the amount
    that is left with the line; by the application, its line before and after the amount.
    """

    quoted: _Quoted = attrs.field(factory=_Quoted)
    amounts: _Amounts = attrs.field(factory=_Amounts)
    days: _Days = attrs.field(factory=_Days)
    items: dict[int, tuple[Decimal, str]] = attrs.field(factory=dict)
    credits: dict[int, tuple[Decimal, str]] = attrs.field(factory=dict)
    applications: dict[int, tuple[str, str, str]] = attrs.field(factory=dict)

    def item(self, item: Item, left: Decimal) -> str:
        """The line of an item of which so much is outstanding."""
        quoted, amounts, days = self.quoted, self.amounts, self.days
        line = (
            f'{{"account":{quoted[item.account]},"amount":{amounts[item.amount]},'
            f'"currency":"{item.currency}","customer":{quoted[item.customer]},'
            f'"date":{days[item.date]},"due":{days[item.due]},"instalment":{item.instalment},'
            f'"item":{quoted[item.id]},"kind":"item",'
            f'"outstanding":{amounts[left]},"posted":{days[item.posted]}}}'
        )
        self.items[item.index] = left, line
        return line

    def credit(self, credit: Credit, left: Decimal) -> str:
        """The line of a credit of which so much is unapplied."""
        quoted, amounts, days = self.quoted, self.amounts, self.days
        line = (
            f'{{"account":{quoted[credit.account]},"amount":{amounts[credit.amount]},'
            f'"credit":{quoted[credit.id]},"currency":"{credit.currency}",'
            f'"customer":{quoted[credit.customer]},"date":{days[credit.date]},"kind":"credit",'
            f'"posted":{days[credit.posted]},"type":"{credit.kind.value}",'
            f'"unapplied":{amounts[left]}}}'
        )
        self.credits[credit.index] = left, line
        return line

    def application(self, one: Application) -> tuple[str, str, str]:
        """The line of an application before and after its amount, and the customer."""
        quoted, days, item = self.quoted, self.days, one.item
        head = f'{{"account":{quoted[item.account]},"amount":'
        tail = (
            f',"credit":{quoted[one.credit.id]},"currency":"{item.currency}",'
            f'"customer":{quoted[item.customer]},"date":{days[one.date]},'
            f'"instalment":{item.instalment},"item":{quoted[item.id]},"kind":"application"}}'
        )
        found = self.applications[one.seq] = (head, tail, item.customer)
        return found


def _object(**members: Any) -> str:
    """A line of JSON: members by name, no blanks."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def results(subledger: Subledger, day: dt.date) -> Results:
    """The results up to the end of `day`."""
    return _results(subledger, day, _Memory())


@exact
def _results(subledger: Subledger, day: dt.date, memory: _Memory) -> Results:
    writer = _Writer(subledger, day, memory)
    writer.items()
    writer.credits()
    writer.applications()
    for write in (writer.taken_back, writer.advances, writer.aging, writer.allowance):
        for line, customer in write():
            writer.lines[customer].append(line)
    for line, customer in writer.statements():
        writer.lines[customer].append(line)
    return writer.done()


@attrs.define(eq=False)
class _Writer:
    """Writes the state at a day, line by line."""

    subledger: Subledger
    day: dt.date
    memory: _Memory
    lines: defaultdict[str, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    amounts: dict[str, dict[tuple[str, str], Decimal]] = attrs.field(factory=dict)

    def done(self) -> Results:
        """The lines sorted, with their digests; a customer's stands in a line of the whole."""
        whole = self.lines.pop("", [])
        whole.append(_object(kind="seal", date=str(self.day), version=VERSION))
        digests: dict[str, str] = {}
        for customer, own in self.lines.items():
            own.sort()
            digests[customer] = _digest(own)
            quoted = self.memory.quoted[customer]
            whole.append(f'{{"customer":{quoted},{_SHA}"{digests[customer]}"}}')
        whole.sort()
        digests[""] = _digest(whole)
        return Results(self.day, {**self.lines, "": whole}, digests, self.amounts)

    def _add(self, customer: str, what: str, currency: str, amount: Decimal) -> None:
        own = self.amounts.setdefault(customer, {})
        total = own[what, currency] = own.get((what, currency), ZERO) + amount
        if not total:
            del own[what, currency]

    def items(self) -> None:
        """Every item posted by then, settled or not."""
        day, lines, known = self.day, self.lines, self.memory.items
        left: dict[int, Decimal] = {}
        for one in self.subledger.at(day).items:
            left[one.item.index] = one.outstanding
            self._add(one.item.customer, "", one.item.currency, one.outstanding)
        for item in self.subledger.items:
            if item.posted > day:
                break
            outstanding = left.get(item.index, ZERO)
            at, line = known.get(item.index, (None, ""))
            if at != outstanding:
                line = self.memory.item(item, outstanding)
            lines[item.customer].append(line)

    def credits(self) -> None:
        """Every credit posted by then, used up or not."""
        day, lines, known = self.day, self.lines, self.memory.credits
        left: dict[int, Decimal] = {}
        for one in self.subledger.at(day).credits:
            left[one.credit.index] = one.unapplied
            self._add(one.credit.customer, "", one.credit.currency, -one.unapplied)
        for credit in self.subledger.credits:
            if credit.posted > day:
                break
            unapplied = left.get(credit.index, ZERO)
            at, line = known.get(credit.index, (None, ""))
            if at != unapplied:
                line = self.memory.credit(credit, unapplied)
            lines[credit.customer].append(line)

    def applications(self) -> None:
        """What is live of each at the day; those of one credit, item and day together."""
        day, lines, known = self.day, self.lines, self.memory.applications
        sums: dict[tuple[str, str, str], Decimal] = {}
        for one in self.subledger.applications:
            live = one.live(day)
            if live:
                key = known.get(one.seq) or self.memory.application(one)
                sums[key] = sums[key] + live if key in sums else live
        amounts = self.memory.amounts
        for (head, tail, customer), amount in sums.items():
            lines[customer].append(head + amounts[amount] + tail)

    def taken_back(self) -> Iterable[tuple[str, str]]:
        """What debits have taken back of credits."""
        for credit in self.subledger.credits:
            for taken in credit.taken:
                if taken.date <= self.day:
                    yield (
                        _object(
                            kind="taken-back",
                            account=credit.account,
                            amount=canonical(taken.amount),
                            credit=credit.id,
                            currency=credit.currency,
                            customer=credit.customer,
                            date=str(taken.date),
                            number=taken.number,
                            type=taken.kind.value,
                        ),
                        credit.customer,
                    )

    def advances(self) -> Iterable[tuple[str, str]]:
        """Every advance received by then, and how it stands."""
        for one in self.subledger.at(self.day).advances:
            advance, standing = one.advance, one.standing
            if standing.open:
                self._add(advance.customer, ADVANCES, advance.currency, standing.open)
            yield (
                _object(
                    kind="advance",
                    advance=advance.id,
                    amount=canonical(standing.amount),
                    applied=canonical(standing.applied),
                    contract=advance.contract,
                    currency=advance.currency,
                    customer=advance.customer,
                    date=str(advance.date),
                    earned=canonical(standing.earned),
                    open=canonical(standing.open),
                    refunded=canonical(standing.refunded),
                    unpaid=canonical(standing.unpaid),
                ),
                advance.customer,
            )

    def aging(self) -> Iterable[tuple[str, str]]:
        """By customer, currency and bucket, on the ledger's basis, in its buckets; no zeros."""
        answer = aging(self.subledger, self.day)
        for row in answer.rows:
            columns = [*zip(answer.labels, row.buckets, strict=True), (UNAPPLIED, row.unapplied)]
            for label, amount in columns:
                if amount:
                    yield (
                        _object(
                            kind="aging",
                            amount=canonical(amount),
                            basis=answer.basis,
                            bucket=label,
                            currency=row.currency,
                            customer=row.key,
                        ),
                        row.key,
                    )

    def allowance(self) -> Iterable[tuple[str, str]]:
        """Required, by row of the matrix and by assessment, and booked; policies up to the day."""
        answer = allowance(self.subledger, self.day)
        for row in answer.rows if has_matrix(self.subledger, self.day) else ():
            yield (
                _object(
                    kind="allowance",
                    account=row.account,
                    allowance=_amount(row.allowance),
                    bucket=row.bucket,
                    currency=row.currency,
                    gross=canonical(row.gross),
                    into=row.allowance_currency,
                    netted=canonical(row.netted),
                    rate=_amount(row.rate),
                ),
                "",
            )
        for one in answer.specific:
            yield (
                _object(
                    kind="specific-allowance",
                    allowance=_amount(one.allowance),
                    currency=one.currency,
                    customer=one.customer,
                    into=one.allowance_currency,
                    item=one.item,
                    outstanding=_amount(one.outstanding),
                ),
                one.customer,
            )
        for (account, currency), booked in answer.booked.items():
            if booked:
                yield (
                    _object(
                        kind="booked-allowance",
                        account=account,
                        amount=canonical(booked),
                        currency=currency,
                    ),
                    "",
                )
        for total in answer.total:
            self._add("", "booked", total.currency, total.booked)
            self._add("", "required", total.currency, total.required)
            if total.required:
                yield (
                    _object(
                        kind="required-allowance",
                        amount=canonical(total.required),
                        currency=total.currency,
                    ),
                    "",
                )

    def statements(self) -> Iterable[tuple[str, str]]:
        """The balances that were agreed for a day up to then."""
        for one in self.subledger.books.statements:
            if one.agreed and one.date <= self.day:
                yield (
                    _object(
                        kind="statement",
                        balance=canonical(one.balance),
                        currency=one.currency,
                        customer=one.customer,
                        date=str(one.date),
                        differences=[each.text for each in one.differences],
                        sha256=one.sha256,
                        theirs=_amount(one.theirs),
                    ),
                    one.customer,
                )


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else canonical(amount)


# The directive.


def seal_text(subledger: Subledger, sealed: Results) -> str:
    """The directive that seals the results, as it is pasted into the ledger."""
    lines = [f'{sealed.date} custom "{SEAL}" "{sealed.digest}"']
    reopening = subledger.books.closings.latest_reopening(sealed.date)
    if reopening is not None:
        lines.append(f"  {REOPENED}: {reopening.date}")
    customers = [(key, part) for key, part in sealed.parts.items() if key]
    for count, (customer, part) in enumerate(customers, start=1):
        lines.append(f'  customer-{count}: "{_escaped(customer)}: {part.text}"')
    lines.append(f'  {ALLOWANCE}: "{sealed.parts[""].text}"')
    return "".join(line + "\n" for line in lines)


def _escaped(text: str) -> str:
    """A text within a Beancount string."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


# What became of it.


@attrs.frozen(eq=False)
class Moved:
    """A part of a seal that is not what it was; None where it wasn't there, or isn't any more."""

    customer: str
    before: Part | None
    now: Part | None

    @property
    def amounts(self) -> tuple[str, ...]:
        """The amounts that differ: `60400 → 61530 CNY`."""
        before = self.before.amounts if self.before is not None else {}
        now = self.now.amounts if self.now is not None else {}
        return tuple(
            f"{what} {canonical(old)} → {canonical(new)} {currency}".strip()
            for what, currency in sorted({*before, *now})
            if (old := before.get((what, currency), ZERO))
            != (new := now.get((what, currency), ZERO))
        )


def moved(seal: Seal, now: Results) -> tuple[Moved, ...]:
    """The parts of a seal that are not what they were; none for a seal that has no parts."""
    before: dict[str, Part] = dict(seal.customers)
    if seal.allowance is not None:
        before[""] = seal.allowance
    if not before:
        return ()
    return tuple(
        Moved(key, before.get(key), now.parts.get(key))
        for key in sorted({*before, *now.parts})
        if before.get(key) != now.parts.get(key) and (key or seal.allowance is not None)
    )


@exact
def verify(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    """The seals that no longer hold, and what has been reopened and isn't sealed again."""
    closings = subledger.books.closings
    known: dict[dt.date, Results] = {}
    memory = _Memory()
    for seal in closings.in_force(as_of):
        now = known.get(seal.date) or _results(subledger, seal.date, memory)
        known = {seal.date: now}
        if now.digest != seal.digest:
            yield _broken(seal, now)
        elif moved(seal, now):
            yield _parts_differ(seal, now)
    for one in closings.reopenings:
        days = _open_still(subledger, one, as_of) if one.date <= as_of else ()
        if days:
            yield _reopened(one, days)


def _broken(seal: Seal, now: Results) -> Finding:
    changes = moved(seal, now)
    text = say(
        "the results up to {day} are not what was sealed: {changes}",
        day=seal.date,
        changes=_changes(changes),
    )
    customers = {one.customer for one in changes if one.customer}
    only = customers.pop() if len(customers) == 1 else None
    return finding("seal-broken", text, seal.meta, seal.date, customer=only)


def _changes(changes: Iterable[Moved]) -> Text:
    """Whose amounts moved, and of whom something else did."""
    changes = list(changes)
    amounts = [
        f"{one.customer or ALLOWANCE} {', '.join(one.amounts)}" for one in changes if one.amounts
    ]
    others = [one.customer for one in changes if one.customer and not one.amounts]
    found: list[Text] = []
    if amounts:
        found.append(say("{amounts}", amounts=_some(amounts, "; ")))
    if others:
        found.append(
            say("other figures, with the same balance: {customers}", customers=_some(others, ", "))
        )
    if any(not one.customer and not one.amounts for one in changes):
        found.append(say("how the allowance is made up"))
    if not found:
        return say("the seal doesn't say of whom; seal with the lines that arledger seal prints")
    text = found[0]
    for more in found[1:]:
        text = say("{first}; {second}", first=text, second=more)
    return text


def _some(texts: list[str], between: str) -> str:
    more = len(texts) - NAMED_MAX
    return between.join([*texts[:NAMED_MAX], *([f"… (+{more})"] if more > 0 else [])])


def _parts_differ(seal: Seal, now: Results) -> Finding:
    changes = moved(seal, now)
    text = say(
        "the digest of {day} holds, but the lines below it are not what was sealed: {names}",
        day=seal.date,
        names=_some([one.customer or ALLOWANCE for one in changes], ", "),
    )
    hint = say("Paste the lines again: arledger seal --as-of {day} prints them.", day=seal.date)
    return finding("seal-broken", text, seal.meta, seal.date, hint=hint)


def _open_still(subledger: Subledger, reopening: Reopening, as_of: dt.date) -> tuple[dt.date, ...]:
    """The days whose seals it lifts, and that no seal made after it covers."""
    closings = subledger.books.closings
    covered = max(
        (
            seal.date
            for seal in closings.in_force(as_of)
            if seal.date > reopening.date
            or (seal.reopened is not None and seal.reopened >= reopening.date)
        ),
        default=dt.date.min,
    )
    return tuple(sorted({one.date for one in closings.lifted(reopening) if one.date > covered}))


def _reopened(reopening: Reopening, days: Iterable[dt.date]) -> Finding:
    text = say(
        "reopened from {start} on by {approver}: {reason}; not sealed again: {days}",
        start=reopening.start,
        approver=reopening.approved_by,
        reason=reopening.reason,
        days=", ".join(map(str, days)),
    )
    return finding("reopened", text, reopening.meta, reopening.date)
