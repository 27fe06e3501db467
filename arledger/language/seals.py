# SPDX-License-Identifier: GPL-2.0-or-later
"""`custom "ar-seal"` closes the results up to a day; `custom "ar-reopen"` opens them again.

    2024-05-31 custom "ar-seal" "v1:sha256:6ca13d52ca70c883e0f0bb10…"
      customer-1: "C001: 60400 CNY, advances 50000 CNY, 9f86d0818884"
      allowance: "required 1812 CNY, booked 1812 CNY, 0a41c3f2be77"

    2024-06-20 custom "ar-reopen" 2024-05-31
      approved-by: "Wang Min"
      reason: "credit note of May was forgotten"

The digest binds; `arledger seal` prints it with its parts, which say of each customer what was
sealed, so that a change can be told in amounts. A reopening is dated by the day on which it was
decided; its value is the first day that may change again: it lifts the seals dated from that day
up to its own. A seal that is made after it says so with `reopened:`, the reopening's date, and
stays; nothing depends on which of two directives stands first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.data import Custom

from arledger.findings import Finding, finding, place, say
from arledger.language.options import canonical_order
from arledger.language.values import MalformedError, arity
from arledger.money import canonical

SEAL, REOPEN = "ar-seal", "ar-reopen"
FORM = 'custom "ar-seal" "v1:sha256:…", as arledger seal prints it'
REOPEN_FORM = 'custom "ar-reopen" 2024-05-31'
VERSION = "v1"
PART_DIGITS = 12
REOPENED, ALLOWANCE, ADVANCES = "reopened", "allowance", "advances"
_DIGEST = re.compile(r"(?P<version>v[1-9][0-9]{0,5}):(?P<rest>.+)")
_REST = re.compile(r"sha256:[0-9a-f]{64}")
_CUSTOMER = re.compile(r"customer-[1-9][0-9]{0,8}")
_PART = re.compile(rf"[0-9a-f]{{{PART_DIGITS}}}")
_AMOUNT = re.compile(
    r"(?:(?P<what>[a-z]+) )?(?P<number>-?[0-9]{1,60}(?:\.[0-9]{1,60})?) (?P<currency>\S+)"
)

# Inside a class with a field called `date`, that name is the field's.
Day = date
# What an amount is (nothing: the balance) and its currency → the amount, where it isn't zero.
Amounts = Mapping[tuple[str, str], Decimal]


@attrs.frozen
class Part:
    """What a seal says of one customer, or of the allowance: amounts, and a digest of all."""

    amounts: Amounts
    digest: str

    @property
    def text(self) -> str:
        """As the seal writes it: `60400 CNY, advances 50000 CNY, 9f86d0818884`."""
        return ", ".join([*amount_texts(self.amounts), self.digest])


@attrs.frozen(eq=False)
class Seal:
    """An `ar-seal` directive, read: its parts may be missing, its digest is not."""

    date: Day
    digest: str
    version: str
    reopened: Day | None
    customers: Mapping[str, Part]
    allowance: Part | None
    entry: Custom = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.entry.meta


@attrs.frozen(eq=False)
class Reopening:
    """An `ar-reopen` directive: decided on `date`, for everything from the day `start` on."""

    date: Day
    start: Day
    approved_by: str
    reason: str
    entry: Custom = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.entry.meta

    def concerns(self, day: Day) -> bool:
        """Whether a seal of that day is one that it lifts, unless made after it."""
        return self.start <= day <= self.date

    def lifts(self, seal: Seal) -> bool:
        """Whether it lifts the seal: one that wasn't made after it."""
        after = seal.reopened is not None and seal.reopened >= self.date
        return self.concerns(seal.date) and not after


@attrs.frozen(eq=False)
class Closings:
    """The seals and reopenings of a ledger, by date."""

    seals: tuple[Seal, ...] = ()
    reopenings: tuple[Reopening, ...] = ()

    def in_force(self, as_of: Day) -> tuple[Seal, ...]:
        """The seals up to a day that no reopening lifts."""
        return tuple(
            seal
            for seal in self.seals
            if seal.date <= as_of and not any(one.lifts(seal) for one in self.reopenings)
        )

    def lifted(self, reopening: Reopening) -> tuple[Seal, ...]:
        """The seals that a reopening lifts."""
        return tuple(seal for seal in self.seals if reopening.lifts(seal))

    def latest_reopening(self, day: Day) -> Reopening | None:
        """The last reopening that a new seal of a day has to name."""
        found = [one for one in self.reopenings if one.concerns(day)]
        return found[-1] if found else None


def amount_texts(amounts: Amounts) -> list[str]:
    """`60400 CNY`, `advances 50000 CNY`: the balances first, by currency."""
    return [
        f"{what} {canonical(amounts[what, currency])} {currency}".strip()
        for what, currency in sorted(amounts)
    ]


@attrs.define
class _Read:
    """What has been read so far, and what is wrong with it."""

    findings: list[Finding] = attrs.field(factory=list)
    seals: dict[tuple[Day, Day | None], Seal] = attrs.field(factory=dict)
    reopenings: dict[tuple[Day, Day], Reopening] = attrs.field(factory=dict)

    def seal(self, entry: Custom) -> None:
        """Take in an `ar-seal`."""
        one = _seal(entry)
        first = self.seals.setdefault((one.date, one.reopened), one)
        if first is not one:
            self._twice(entry, first.entry)

    def reopening(self, entry: Custom) -> None:
        """Take in an `ar-reopen`."""
        one = _reopening(entry)
        first = self.reopenings.setdefault((one.date, one.start), one)
        if first is not one:
            self._twice(entry, first.entry)

    def _twice(self, entry: Custom, first: Custom) -> None:
        text = say(
            "{directive} stands twice on {day}, first at {first}",
            directive=entry.type,
            day=entry.date,
            first=place(first.meta),
        )
        self.findings.append(finding("contradictory", text, entry.meta, entry.date))


def read_closings(customs: Iterable[Custom]) -> tuple[Closings, tuple[Finding, ...]]:
    """The seals and reopenings in order of date and content, and what is wrong with them."""
    read = _Read()
    for entry in canonical_order(customs):
        try:
            (read.seal if entry.type == SEAL else read.reopening)(entry)
        except MalformedError as error:
            text = say("{directive}: {problem}", directive=entry.type, problem=error.text)
            read.findings.append(finding(error.rule, text, entry.meta, entry.date))
    closings = Closings(tuple(read.seals.values()), tuple(read.reopenings.values()))
    return closings, (*read.findings, *_idle(closings))


def _seal(entry: Custom) -> Seal:
    values: Sequence[Any] = entry.values or ()
    arity(values, 1, 1, FORM)
    digest = values[0].value
    found = _DIGEST.fullmatch(digest.strip()) if isinstance(digest, str) else None
    if found is None:
        raise MalformedError(say("write it as: {form}", form=FORM))
    if found["version"] != VERSION:
        raise MalformedError(
            say(
                "the seal is of version {version}, this arledger knows {known}: it can't be "
                "checked",
                version=found["version"],
                known=VERSION,
            ),
            "seal-version",
        )
    if not _REST.fullmatch(found["rest"]):
        raise MalformedError(say("write it as: {form}", form=FORM))
    reopened = entry.meta.get(REOPENED)
    if reopened is not None and not isinstance(reopened, Day):
        raise MalformedError(say("{what} must be a date, without quotes", what="reopened:"))
    customers = dict(_customers(entry.meta))
    stated = entry.meta.get(ALLOWANCE)
    allowance = None if stated is None else _part(ALLOWANCE, stated)
    version = found["version"]
    return Seal(entry.date, digest.strip(), version, reopened, customers, allowance, entry)


def _customers(meta: Mapping[str, Any]) -> Iterable[tuple[str, Part]]:
    """`customer-1:`, `customer-2:`, …: an id, a colon, and what was sealed of it."""
    for key, value in meta.items():
        if _CUSTOMER.fullmatch(key):
            customer, colon, rest = str(value).rpartition(": ")
            if not colon:
                raise _bad_part(key)
            yield customer, _part(key, rest)


def _part(key: str, value: Any) -> Part:
    if not isinstance(value, str):
        raise _bad_part(key)
    *stated, digest = value.split(", ")
    if not _PART.fullmatch(digest):
        raise _bad_part(key)
    amounts: dict[tuple[str, str], Decimal] = {}
    for text in stated:
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise _bad_part(key)
        amounts[found["what"] or "", found["currency"]] = Decimal(found["number"])
    return Part(amounts, digest)


def _bad_part(key: str) -> MalformedError:
    return MalformedError(
        say("{key}: is not as arledger seal prints it; paste it unchanged", key=key)
    )


def _reopening(entry: Custom) -> Reopening:
    values: Sequence[Any] = entry.values or ()
    arity(values, 1, 1, REOPEN_FORM)
    start = values[0].value
    if not isinstance(start, Day):
        raise MalformedError(say("write it as: {form}", form=REOPEN_FORM))
    if start > entry.date:
        raise MalformedError(
            say("{day} is after the day on which it was decided: nothing is sealed yet", day=start)
        )
    said = [_said(entry.meta, key) for key in ("approved-by", "reason")]
    return Reopening(entry.date, start, said[0], said[1], entry)


def _said(meta: Mapping[str, Any], key: str) -> str:
    """Who and why: without them nothing is opened."""
    value = meta.get(key)
    if not isinstance(value, str) or not value.strip():
        raise MalformedError(
            say("{key}: is missing or no text in quotes; without it nothing is reopened", key=key)
        )
    return " ".join(value.split())


def _idle(closings: Closings) -> Iterable[Finding]:
    """Reopenings that lift nothing, and seals made after a reopening that there isn't."""
    for one in closings.reopenings:
        if not any(one.concerns(seal.date) for seal in closings.seals):
            text = say(
                "{directive}: no seal is dated from {start} to {day}",
                directive=REOPEN,
                start=one.start,
                day=one.date,
            )
            yield finding("misplaced", text, one.meta, one.date)
    for seal in closings.seals:
        if seal.reopened is not None and not any(
            one.date == seal.reopened and one.concerns(seal.date) for one in closings.reopenings
        ):
            text = say(
                "{directive}: reopened: names {day}, but no ar-reopen of that day is about "
                "{sealed}",
                directive=SEAL,
                day=seal.reopened,
                sealed=seal.date,
            )
            yield finding("misplaced", text, seal.meta, seal.date)
