# SPDX-License-Identifier: GPL-2.0-or-later
"""Exposure day by day: what a customer, or a group of customers, owes on accounts in exposure.

Items less unapplied credits is the balance of the accounts, so exposure needs no applications:
it is a running sum, by currency, of what was posted (and, by option, of advances held).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from arledger.language.accounts import is_below
from arledger.language.documents import Kind
from arledger.money import ZERO
from arledger.prices import Quote
from arledger.subledger.advances import Advance
from arledger.subledger.model import Credit, Item, Taken
from arledger.subledger.subledger import Subledger

RAISING = frozenset({Kind.ITEM, Kind.REFUND})


@attrs.frozen(slots=True)
class Change:
    """What one document does to the exposure: positive raises it. None stands for an advance."""

    date: dt.date
    currency: str
    amount: Decimal
    customer: str
    account: str
    document: Item | Credit | Taken | None

    @property
    def number(self) -> str | None:
        """The number of the document, where it has one."""
        return self.document.number if self.document is not None else None


@attrs.frozen(eq=False)
class Exposure:
    """The changes of one subject in order of date."""

    changes: tuple[Change, ...]

    def at(self, day: dt.date) -> dict[str, Decimal]:
        """Exposure by currency at the end of `day`, where not zero."""
        balances: dict[str, Decimal] = {}
        for change in self.changes:
            if change.date > day:
                break
            balances[change.currency] = balances.get(change.currency, ZERO) + change.amount
        return {currency: amount for currency, amount in sorted(balances.items()) if amount}


class _InExposure(dict[str, bool]):
    """Which accounts count, looked up once each."""

    def __init__(self, subledger: Subledger) -> None:
        super().__init__()
        self._chart = subledger.chart

    def __missing__(self, account: str) -> bool:
        info = self._chart.info(account)
        found = self[account] = info is not None and info.in_exposure
        return found


@attrs.define(eq=False)
class _Documents:
    """The items and credits of one customer, each in order of posting."""

    items: list[Item] = attrs.field(factory=list)
    credits: list[Credit] = attrs.field(factory=list)


@attrs.define(eq=False)
class Exposures:
    """Every customer's exposure; its changes are only drawn up for whom they are asked.

    Loading every ledger pays for this, so most customers are let pass by a glance at a sum.
    """

    subledger: Subledger
    _documents: dict[str, _Documents] = attrs.field(factory=dict)
    _advances: dict[str, list[Advance]] = attrs.field(factory=dict)
    _most: dict[str, Decimal | None] = attrs.field(factory=dict)
    _counts: _InExposure = attrs.field(init=False)
    _known: dict[str, Exposure] = attrs.field(factory=dict)
    groups: dict[str, Exposure] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._counts = _InExposure(self.subledger)
        if self.subledger.options.exposure_net_of_advances:
            for advance in self.subledger.advances:
                self._advances.setdefault(advance.customer, []).append(advance)

    @classmethod
    def of_ledger(cls, subledger: Subledger) -> Exposures:
        """Those of a ledger, drawn up once."""
        found = subledger.kept.get("exposures")
        if not isinstance(found, cls):
            found = subledger.kept["exposures"] = cls(subledger)
        return found

    @property
    def customers(self) -> list[str]:
        """Every customer with an exposure, at some time, in order."""
        return sorted({*self._by_customer(), *self._advances})

    def of(self, customer: str) -> Exposure:
        """The changes of one customer's exposure, in order of date."""
        found = self._known.get(customer)
        if found is None:
            documents = self._by_customer().get(customer, _Documents())
            changes = [*self._raised(documents), *self._lowered(documents)]
            for advance in self._advances.get(customer, ()):
                changes.extend(held_changes(advance))
            changes.sort(key=lambda change: change.date)
            found = self._known[customer] = Exposure(tuple(changes))
        return found

    def stays_within(self, customer: str, limits: Mapping[str, Decimal]) -> bool:
        """Whether the exposure plainly never passes the lowest limit in its one currency.

        True is certain; False only says that somebody must look at the days.
        """
        if customer in self._advances or len(limits) != 1:
            return False
        ((currency, limit),) = limits.items()
        documents = self._by_customer().get(customer, _Documents())
        if any(item.currency != currency for item in documents.items):
            return False
        if any(one.taken or one.currency != currency for one in documents.credits):
            return False
        if sum((item.amount for item in documents.items), ZERO) <= limit:
            return True
        return self._highest(documents) <= limit

    def _highest(self, documents: _Documents) -> Decimal:
        """The highest exposure at the end of any day."""
        steps = [
            (item.posted, item.amount) for item in documents.items if self._counts[item.account]
        ]
        steps += [
            (credit.posted, -credit.amount)
            for credit in documents.credits
            if self._counts[credit.account]
        ]
        steps.sort(key=lambda step: step[0])
        highest = total = ZERO
        day = dt.date.min
        for posted, amount in steps:
            if posted != day:
                highest = max(highest, total)
                day = posted
            total += amount
        return max(highest, total)

    def _by_customer(self) -> dict[str, _Documents]:
        if not self._documents:
            found = self._documents
            for item in self.subledger.items:
                own = found.get(item.customer)
                if own is None:
                    own = found[item.customer] = _Documents()
                own.items.append(item)
            for credit in self.subledger.credits:
                own = found.get(credit.customer)
                if own is None:
                    own = found[credit.customer] = _Documents()
                own.credits.append(credit)
        return self._documents

    def _raised(self, documents: _Documents) -> Iterable[Change]:
        """Items, and what debits took back of credits."""
        for item in documents.items:
            if self._counts[item.account]:
                yield Change(
                    item.posted, item.currency, item.amount, item.customer, item.account, item
                )
        for credit in documents.credits:
            if credit.taken and self._counts[credit.account]:
                for taken in credit.taken:
                    yield Change(
                        taken.date,
                        credit.currency,
                        taken.amount,
                        credit.customer,
                        credit.account,
                        taken,
                    )

    def _lowered(self, documents: _Documents) -> Iterable[Change]:
        for credit in documents.credits:
            if self._counts[credit.account]:
                yield Change(
                    credit.posted,
                    credit.currency,
                    -credit.amount,
                    credit.customer,
                    credit.account,
                    credit,
                )


def held_changes(advance: Advance) -> Iterable[Change]:
    """What is held of an advance lowers the exposure, from each day on which it changes."""
    days = {event.date for event in advance.events}
    for event in advance.events:
        for item in event.items:
            for application in item.applications:
                days.add(application.date)
                days |= {day for day, _ in application.undone}
    before = ZERO
    for day in sorted(days):
        held = max(ZERO, advance.at(day).open)
        if held != before:
            account = advance.posting.account
            yield Change(day, advance.currency, before - held, advance.customer, account, None)
            before = held


def group_subjects(subledger: Subledger) -> list[str]:
    """The subjects of group limits, accounts and groups."""
    return sorted({policy.subject for policy in subledger.policies.of("group-credit-limit")})


def group_exposure(subledger: Subledger, subject: str, exposures: Exposures) -> Exposure:
    """The sum over an account's subtree, or over the customers with that `group:`."""
    found = exposures.groups.get(subject)
    if found is None:
        found = exposures.groups[subject] = _group_exposure(subledger, subject, exposures)
    return found


def _members(subledger: Subledger, subject: str) -> tuple[bool, frozenset[str]]:
    """Whether everybody may belong to a group limit's subject, and who does by `group:`."""
    chart = subledger.chart
    own = (customer.id for customer in chart.customers.values() if customer.group == subject)
    return chart.exists(subject), frozenset(own)


def _group_exposure(subledger: Subledger, subject: str, exposures: Exposures) -> Exposure:
    everybody, members = _members(subledger, subject)
    changes = [
        change
        for customer in (exposures.customers if everybody else sorted(members))
        for change in exposures.of(customer).changes
        if customer in members or is_below(change.account, subject)
    ]
    return Exposure(tuple(sorted(changes, key=lambda change: change.date)))


@attrs.frozen(eq=False)
class Owed:
    """What everybody owes on accounts in exposure at the end of one day.

    The same as `Exposures` say of that day, from what is open instead of what was posted: items
    less unapplied credits are the balance of each account.
    """

    subledger: Subledger
    _of_customer: dict[str, dict[tuple[str, str], Decimal]]

    @classmethod
    def at(cls, subledger: Subledger, day: dt.date) -> Owed:
        """What is owed at the end of `day`."""
        state, accounts = subledger.at(day), _InExposure(subledger)
        found: dict[str, dict[tuple[str, str], Decimal]] = {}

        def add(customer: str, account: str, currency: str, amount: Decimal) -> None:
            own = found.setdefault(customer, {})
            own[account, currency] = own.get((account, currency), ZERO) + amount

        for one in state.items:
            if accounts[one.item.account]:
                add(one.item.customer, one.item.account, one.item.currency, one.outstanding)
        for other in state.credits:
            credit = other.credit
            if accounts[credit.account]:
                add(credit.customer, credit.account, credit.currency, -other.unapplied)
        if subledger.options.exposure_net_of_advances:
            for held in state.advances:
                advance = held.advance
                amount = -max(ZERO, held.standing.open)
                add(advance.customer, advance.posting.account, advance.currency, amount)
        return cls(subledger, found)

    @property
    def customers(self) -> list[str]:
        """Everybody who has, or at some time has had, an exposure; in order."""
        found = set(self.subledger.parties)
        if self.subledger.options.exposure_net_of_advances:
            found |= {advance.customer for advance in self.subledger.advances}
        return sorted(found)

    def of(self, customer: str) -> dict[str, Decimal]:
        """One customer's exposure by currency, where not zero."""
        return _by_currency(self._of_customer.get(customer, {}).items())

    def of_group(self, subject: str) -> dict[str, Decimal]:
        """That of an account's subtree, or of the customers with that `group:`."""
        everybody, members = _members(self.subledger, subject)
        return _by_currency(
            (key, amount)
            for customer, own in self._of_customer.items()
            if everybody or customer in members
            for key, amount in own.items()
            if customer in members or is_below(key[0], subject)
        )


def _by_currency(amounts: Iterable[tuple[tuple[str, str], Decimal]]) -> dict[str, Decimal]:
    """The sums by currency of amounts by account and currency, where not zero."""
    sums: dict[str, Decimal] = {}
    for (_, currency), amount in amounts:
        sums[currency] = sums.get(currency, ZERO) + amount
    return {currency: amount for currency, amount in sorted(sums.items()) if amount}


@attrs.frozen
class Converted:
    """A sum in one currency: exact, with the prices it used and the currencies it had none for."""

    amount: Decimal
    quotes: tuple[Quote, ...]
    missing: tuple[str, ...]


def convert(
    subledger: Subledger, balances: Mapping[str, Decimal], into: str, day: dt.date
) -> Converted:
    """Balances by currency in one currency at the latest price on or before `day`."""
    total = ZERO
    quotes: list[Quote] = []
    missing: list[str] = []
    for currency, amount in balances.items():
        if currency == into:
            total += amount
        elif amount:
            quote = subledger.prices.quote(currency, into, day)
            if quote is None:
                missing.append(currency)
            else:
                quotes.append(quote)
                total += quote.convert(amount)
    return Converted(total, tuple(quotes), tuple(missing))
