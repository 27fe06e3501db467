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
from collections.abc import Iterable, Mapping
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
from arledger.subledger.subledger import Subledger

NAMED_MAX = 10
UNAPPLIED = "unapplied"


@attrs.frozen(eq=False, slots=True)
class Line:
    """One line of the canonical text; `customer` is empty where it is of the whole ledger.

    `meta` is where its document stands, for those that have one: evidence, not content.
    """

    text: str
    customer: str
    meta: Mapping[str, Any] | None = attrs.field(default=None, repr=False)


@attrs.frozen(eq=False, slots=False)
class Results:
    """The results up to a day, in canonical form."""

    date: dt.date
    lines: tuple[Line, ...] = attrs.field(repr=False)
    # Customer → what it owes, and what it has paid ahead; "" → the allowance.
    amounts: Mapping[str, Amounts] = attrs.field(repr=False)

    @cached_property
    def text(self) -> str:
        """The canonical text: every line ends with a line feed."""
        return "".join(one.text + "\n" for one in self.lines)

    @cached_property
    def digest(self) -> str:
        """The seal: `v1:sha256:` and 64 hexadecimal digits."""
        return f"{VERSION}:sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """By customer, in order; "" is what is of the whole ledger."""
        own: dict[str, list[str]] = {}
        for one in self.lines:
            own.setdefault(one.customer, []).append(one.text + "\n")
        return {
            customer: Part(
                self.amounts.get(customer, {}),
                hashlib.sha256("".join(own[customer]).encode()).hexdigest()[:PART_DIGITS],
            )
            for customer in sorted(own)
        }


# The canonical text.


class _Quoted(dict[str, str]):
    """Texts as JSON writes them (RFC 8785), looked up once each."""

    def __missing__(self, text: str) -> str:
        found = self[text] = json.dumps(text, ensure_ascii=False)
        return found


class _Written(dict[Decimal, str]):
    """Amounts as JSON writes them: a text without an exponent or trailing zeros."""

    def __missing__(self, amount: Decimal) -> str:
        found = self[amount] = f'"{canonical(amount)}"'
        return found


def _object(**members: Any) -> str:
    """A line of JSON: members by name, no blanks."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@exact
def results(subledger: Subledger, day: dt.date) -> Results:
    """The results up to the end of `day`."""
    writer = _Writer(subledger, day)
    lines = [
        Line(_object(kind="seal", date=str(day), version=VERSION), ""),
        *writer.items(),
        *writer.credits(),
        *writer.applications(),
        *writer.advances(),
        *writer.aging(),
        *writer.allowance(),
        *writer.statements(),
    ]
    lines.sort(key=lambda one: one.text)
    return Results(day, tuple(lines), writer.amounts)


@attrs.define(eq=False)
class _Writer:
    """Writes the state at a day, line by line."""

    subledger: Subledger
    day: dt.date
    amounts: dict[str, dict[tuple[str, str], Decimal]] = attrs.field(factory=dict)
    _quoted: _Quoted = attrs.field(factory=_Quoted)
    _written: _Written = attrs.field(factory=_Written)

    def _add(self, customer: str, what: str, currency: str, amount: Decimal) -> None:
        own = self.amounts.setdefault(customer, {})
        total = own[what, currency] = own.get((what, currency), ZERO) + amount
        if not total:
            del own[what, currency]

    def items(self) -> Iterable[Line]:
        """Every item posted by then, settled or not. There are many: written by hand."""
        quoted, written, day = self._quoted, self._written, self.day
        left = {one.item.index: one.outstanding for one in self.subledger.at(day).items}
        for item in self.subledger.items:
            if item.posted > day:
                continue
            outstanding = left.get(item.index, ZERO)
            if outstanding:
                self._add(item.customer, "", item.currency, outstanding)
            due = f'"{item.due}"' if item.due is not None else "null"
            yield Line(
                f'{{"account":{quoted[item.account]},"amount":{written[item.amount]},'
                f'"currency":"{item.currency}","customer":{quoted[item.customer]},'
                f'"date":"{item.date}","due":{due},"instalment":{item.instalment},'
                f'"item":{quoted[item.id]},"kind":"item",'
                f'"outstanding":{written[outstanding]},"posted":"{item.posted}"}}',
                item.customer,
                item.meta,
            )

    def credits(self) -> Iterable[Line]:
        """Every credit posted by then, and what debits have taken back of it."""
        quoted, written, day = self._quoted, self._written, self.day
        left = {one.credit.index: one.unapplied for one in self.subledger.at(day).credits}
        for credit in self.subledger.credits:
            if credit.posted > day:
                continue
            unapplied = left.get(credit.index, ZERO)
            if unapplied:
                self._add(credit.customer, "", credit.currency, -unapplied)
            yield Line(
                f'{{"account":{quoted[credit.account]},"amount":{written[credit.amount]},'
                f'"credit":{quoted[credit.id]},"currency":"{credit.currency}",'
                f'"customer":{quoted[credit.customer]},"date":"{credit.date}","kind":"credit",'
                f'"posted":"{credit.posted}","type":"{credit.kind.value}",'
                f'"unapplied":{written[unapplied]}}}',
                credit.customer,
                credit.meta,
            )
            for taken in credit.taken:
                if taken.date <= day:
                    yield Line(
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
                        taken.meta,
                    )

    def applications(self) -> Iterable[Line]:
        """What is live of each at the day; those of one credit, item and day together."""
        quoted, written, day = self._quoted, self._written, self.day
        sums: dict[tuple[Any, ...], Decimal] = {}
        metas: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        for one in self.subledger.applications:
            live = one.live(day)
            if not live:
                continue
            item, credit = one.item, one.credit
            key = (item.customer, item.account, item.currency, credit.id, item.id, item.instalment)
            key = (*key, one.date)
            sums[key] = sums.get(key, ZERO) + live
            metas.setdefault(key, credit.meta)
        for key, amount in sums.items():
            customer, account, currency, number, item_id, instalment, date = key
            yield Line(
                f'{{"account":{quoted[account]},"amount":{written[amount]},'
                f'"credit":{quoted[number]},"currency":"{currency}",'
                f'"customer":{quoted[customer]},"date":"{date}","instalment":{instalment},'
                f'"item":{quoted[item_id]},"kind":"application"}}',
                customer,
                metas[key],
            )

    def advances(self) -> Iterable[Line]:
        """Every advance received by then, and how it stands."""
        for one in self.subledger.at(self.day).advances:
            advance, standing = one.advance, one.standing
            if standing.open:
                self._add(advance.customer, ADVANCES, advance.currency, standing.open)
            yield Line(
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
                advance.meta,
            )

    def aging(self) -> Iterable[Line]:
        """By customer, currency and bucket, on the ledger's basis, in its buckets; no zeros."""
        answer = aging(self.subledger, self.day)
        for row in answer.rows:
            columns = [*zip(answer.labels, row.buckets, strict=True), (UNAPPLIED, row.unapplied)]
            for label, amount in columns:
                if amount:
                    yield Line(
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

    def allowance(self) -> Iterable[Line]:
        """Required, by row of the matrix and by assessment, and booked; policies up to the day."""
        answer = allowance(self.subledger, self.day)
        for row in answer.rows if has_matrix(self.subledger, self.day) else ():
            yield Line(
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
            yield Line(
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
                one.policy.entry.meta,
            )
        for (account, currency), booked in answer.booked.items():
            if booked:
                yield Line(
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
                yield Line(
                    _object(
                        kind="required-allowance",
                        amount=canonical(total.required),
                        currency=total.currency,
                    ),
                    "",
                )

    def statements(self) -> Iterable[Line]:
        """The balances that were agreed for a day up to then."""
        for one in self.subledger.books.statements:
            if one.agreed and one.date <= self.day:
                yield Line(
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
                    one.meta,
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
    for seal in closings.in_force(as_of):
        now = known.get(seal.date) or results(subledger, seal.date)
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
