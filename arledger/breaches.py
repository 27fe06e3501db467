# SPDX-License-Identifier: GPL-2.0-or-later
"""Breaches of credit limits and holds, day by day.

A breach is looked for at the end of each day on which something changed. Each debit of such a
day that raised the exposure is a finding, unless it carries a waiver that is still good. A
breach that begins without such a debit (a limit cut or lapsed, a price, a reversal) is reported
once, at its cause. A customer on hold may have no new item at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import groupby

import attrs
from beancount.core.data import Posting

from arledger.exposure import (
    RAISING,
    Change,
    Exposure,
    Exposures,
    convert,
    group_exposure,
    group_subjects,
)
from arledger.findings import Finding, Text, finding, say
from arledger.language.documents import Kind, Waiver
from arledger.language.policies import ONE_DAY, Policy, Timeline, day_before, lowest
from arledger.money import ZERO, exact, plain
from arledger.prices import no_price
from arledger.subledger.subledger import Subledger


@attrs.define(eq=False, slots=False)
class _Watch:
    """One subject (a customer or a group) watched over time."""

    subledger: Subledger
    rule: str
    subject: str
    customer: str | None
    exposure: Exposure
    limits: Timeline
    waivers: Mapping[int, Waiver]
    used: set[int]
    findings: list[Finding] = attrs.field(factory=list)
    balances: dict[str, Decimal] = attrs.field(factory=dict)
    over: dict[str, Policy] = attrs.field(factory=dict)
    no_price: set[tuple[str, str]] = attrs.field(factory=set)

    def run(self, last: dt.date) -> None:
        """Walk over every day on which something may change, up to `last`."""
        by_day = {
            day: list(changes)
            for day, changes in groupby(self.exposure.changes, key=lambda change: change.date)
        }
        days = set(by_day) | set(self.limits.dates) | self._price_days() | self._waiver_ends()
        for day in sorted(days):
            if day > last:
                break
            changes = by_day.get(day, ())
            for change in changes:
                before = self.balances.get(change.currency, ZERO)
                self.balances[change.currency] = before + change.amount
            self._look(day, changes)

    def _price_days(self) -> set[dt.date]:
        currencies = {change.currency for change in self.exposure.changes}
        limits = {policy.key for policies in self.limits.values for policy in policies}
        return {
            day
            for currency in currencies
            for into in limits
            if currency != into
            for day in self.subledger.prices.dates(currency, into)
        }

    def _waiver_ends(self) -> set[dt.date]:
        return {
            waiver.until + ONE_DAY
            for waiver in self._own_waivers
            if waiver.until is not None and waiver.until < dt.date.max
        }

    @cached_property
    def _own_waivers(self) -> Sequence[Waiver]:
        if not self.waivers:
            return ()
        seen = {
            id(change.document.transaction)
            for change in self.exposure.changes
            if change.document is not None
        }
        return [waiver for key, waiver in self.waivers.items() if key in seen]

    @cached_property
    def _ending(self) -> dict[dt.date | None, list[Waiver]]:
        """The subject's waivers by their last day."""
        found: dict[dt.date | None, list[Waiver]] = {}
        for waiver in self._own_waivers:
            found.setdefault(waiver.until, []).append(waiver)
        return found

    def _look(self, day: dt.date, changes: Sequence[Change]) -> None:
        """The end of one day."""
        before, self.over = self.over, {}
        for policy in self.limits.at(day):
            amount = self._exposure_in(policy, day)
            if amount <= policy.value.number:
                continue
            self.over[policy.key] = policy
            raising = raising_debits(changes)
            if raising:
                self._debits(policy, amount, day, raising)
            elif policy.key not in before:
                self._cause(policy, amount, day, changes)
        if self.over:
            self._ended(day)

    def _exposure_in(self, policy: Policy, day: dt.date) -> Decimal:
        if self.balances.keys() <= {policy.key}:
            return self.balances.get(policy.key, ZERO)
        converted = convert(self.subledger, self.balances, policy.key, day)
        for currency in converted.missing:
            if (currency, policy.key) not in self.no_price:
                self.no_price.add((currency, policy.key))
                text = no_price(currency, policy.key, day)
                self._find("missing-price", text, policy.entry.meta, day)
        return converted.amount

    def _find(  # noqa: PLR0913 - one argument per thing a reader wants to know
        self,
        rule: str,
        text: Text,
        meta: Mapping[str, object],
        day: dt.date,
        item: str | None = None,
        customer: str | None = None,
    ) -> None:
        self.findings.append(
            finding(rule, text, meta, day, customer=customer or self.customer, item=item)
        )

    def _sentence(self, policy: Policy, amount: Decimal, day: dt.date, cause: Text) -> Text:
        return say(
            "{subject}: exposure {exposure} {currency} is above the limit of {limit} {currency} "
            "at the end of {day} ({cause})",
            subject=self.subject,
            exposure=plain(amount),
            limit=plain(policy.value.number),
            currency=policy.key,
            day=day,
            cause=cause,
        )

    def _debits(
        self, policy: Policy, amount: Decimal, day: dt.date, raising: Sequence[Change]
    ) -> None:
        for change in raising:
            document = change.document
            assert document is not None
            waiver = self.waivers.get(id(document.transaction))
            if waiver is not None:
                self.used.add(id(document.transaction))
                if waiver.good(day):
                    continue
            cause = say(
                "raised by {number} of {amount} {currency}",
                number=change.number or change.account,
                amount=posted(document.posting),
                currency=change.currency,
            )
            text = self._sentence(policy, amount, day, cause)
            meta = document.meta
            self._find(self.rule, text, meta, day, change.number, change.customer)

    def _cause(
        self, policy: Policy, amount: Decimal, day: dt.date, changes: Sequence[Change]
    ) -> None:
        """A breach that no debit began: a reversal, else the limit, else a price, else advances."""
        net = _net(changes)
        for change in changes:
            document = change.document
            if document is None or change.amount <= 0:
                continue
            if net[id(document.transaction), change.currency] > 0:
                cause = say("a reversal or transfer raised it")
                text = self._sentence(policy, amount, day, cause)
                meta = document.meta
                self._find(self.rule, text, meta, day, change.number, change.customer)
                return
        earlier = next(
            (one for one in self.limits.at(day_before(day)) if one.key == policy.key), None
        )
        if earlier is not policy:
            lapsed = earlier is not None and earlier.until == day_before(day)
            entry = earlier.entry if lapsed and earlier is not None else policy.entry
            cause = say("a limit lapsed") if lapsed else say("the limit was set")
            text = self._sentence(policy, amount, day, cause)
            self._find(self.rule, text, entry.meta, day)
            return
        quotes = convert(self.subledger, self.balances, policy.key, day).quotes
        for price in self.subledger.books.prices:
            pair = {price.currency, price.amount.currency}
            if price.date == day and any({q.currency, q.into} == pair for q in quotes):
                text = self._sentence(policy, amount, day, say("a price changed"))
                self._find(self.rule, text, price.meta, day)
                return
        text = self._sentence(policy, amount, day, say("an advance was used"))
        self._find(self.rule, text, policy.entry.meta, day)

    def _ended(self, day: dt.date) -> None:
        """A used waiver that ended yesterday, with the breach still there."""
        for waiver in self._ending.get(day_before(day), ()):
            if id(waiver.transaction) in self.used and waiver.date < day:
                policy = next(iter(self.over.values()))
                text = say(
                    "{subject}: the waiver by {by} ended on {until}, and the exposure is still "
                    "above the limit of {limit} {currency}",
                    subject=self.subject,
                    by=waiver.by,
                    until=waiver.until,
                    limit=plain(policy.value.number),
                    currency=policy.key,
                )
                self._find("waiver-ended", text, waiver.transaction.meta, day)


def posted(posting: Posting) -> str:
    """The amount as it stands in the ledger, whatever instalments it was split into."""
    return plain(posting.units.number)  # type: ignore[union-attr,arg-type]


def _net(changes: Sequence[Change]) -> dict[tuple[int, str], Decimal]:
    """What each transaction does to the exposure in each currency, all in all."""
    net: dict[tuple[int, str], Decimal] = {}
    for change in changes:
        if change.document is not None:
            key = (id(change.document.transaction), change.currency)
            net[key] = net.get(key, ZERO) + change.amount
    return net


def raising_debits(changes: Sequence[Change]) -> list[Change]:
    """The debits of a day that raised the exposure, one a posting.

    A debit whose transaction lowers the exposure by as much (a later application, a move between
    accounts in exposure) raised nothing.
    """
    net = _net(changes)
    found: dict[int, Change] = {}
    for change in changes:
        document = change.document
        if (
            document is not None
            and change.amount > 0
            and document.kind in RAISING
            and net[id(document.transaction), change.currency] > 0
        ):
            found.setdefault(id(document.posting), change)
    return list(found.values())


@exact
def breaches(subledger: Subledger, as_of: dt.date) -> tuple[Finding, ...]:
    """Every finding about limits, holds and waivers up to `as_of`."""
    book = subledger.policies
    watched = any(book.of(name) for name in ("credit-limit", "group-credit-limit", "credit-hold"))
    waivers = {id(waiver.transaction): waiver for waiver in subledger.books.waivers}
    if not watched and not waivers:
        return ()
    used: set[int] = set()
    found: list[Finding] = []
    exposures = Exposures.of_ledger(subledger)
    for watch in _watches(subledger, exposures, waivers, used):
        watch.run(as_of)
        found.extend(watch.findings)
    found.extend(_holds(subledger, as_of, waivers, used))
    for key, waiver in waivers.items():
        if key not in used and waiver.date <= as_of:
            text = say("the waiver by {by} was not needed", by=waiver.by)
            found.append(
                finding(
                    "waiver-unused",
                    text,
                    waiver.transaction.meta,
                    waiver.date,
                    customer=waiver.customers[0],
                )
            )
    return tuple(found)


def _watches(
    subledger: Subledger,
    exposures: Exposures,
    waivers: Mapping[int, Waiver],
    used: set[int],
) -> Iterable[_Watch]:
    for customer in exposures.customers:
        limits = subledger.policies.of_customer("credit-limit", customer)
        if limits.dates and not exposures.stays_within(customer, lowest(limits)):
            yield _Watch(
                subledger,
                "limit-exceeded",
                customer,
                customer,
                exposures.of(customer),
                limits,
                waivers,
                used,
            )
    for subject in group_subjects(subledger):
        yield _Watch(
            subledger,
            "group-limit-exceeded",
            subject,
            None,
            group_exposure(subledger, subject, exposures),
            subledger.policies.own("group-credit-limit", subject),
            waivers,
            used,
        )


def _holds(
    subledger: Subledger, as_of: dt.date, waivers: Mapping[int, Waiver], used: set[int]
) -> Iterable[Finding]:
    """New items on days of hold."""
    if not subledger.policies.of("credit-hold"):
        return
    seen: set[int] = set()
    for item in subledger.items:
        if item.posted > as_of:
            break
        if item.kind is not Kind.ITEM or not item.amount:
            continue
        policy = subledger.policies.of_customer("credit-hold", item.customer).one(item.posted)
        if policy is None or not policy.value or id(item.posting) in seen:
            continue
        seen.add(id(item.posting))
        waiver = waivers.get(id(item.transaction))
        if waiver is not None:
            used.add(id(item.transaction))
            if waiver.good(item.posted):
                continue
        text = say(
            "{customer} is on credit hold since {start}, and {number} of {amount} {currency} is "
            "new",
            customer=item.customer,
            start=policy.start,
            number=item.number or item.account,
            amount=posted(item.posting),
            currency=item.currency,
        )
        yield finding(
            "on-hold",
            text,
            item.meta,
            item.posted,
            customer=item.customer,
            item=item.number,
        )
