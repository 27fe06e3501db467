# SPDX-License-Identifier: GPL-2.0-or-later
"""Credit limits: limit, exposure, headroom, hold and waivers at a date.

No limit is not a limit of zero. Every limit of a customer sees its whole exposure, converted to
the limit's currency at the latest price on or before the day. Breaches day by day are in
`arledger.breaches`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

import attrs

from arledger.exposure import (
    Converted,
    Owed,
    convert,
    group_subjects,
)
from arledger.findings import Finding, finding
from arledger.language.accounts import Customer
from arledger.language.documents import Waiver
from arledger.language.policies import Policy
from arledger.money import ZERO, digits_of, exact, round_half_up
from arledger.prices import Quote, no_price
from arledger.subledger.subledger import Subledger


@attrs.frozen(eq=False)
class CreditRow:
    """One customer and one limit's currency; without a limit, one per currency it owes.

    `overdue` is outstanding items past their due date (credits not netted); `advances` what is
    held; both in `currency`. `available` is limit − exposure, None without a limit. A figure for
    which a price is missing is None: `missing` are the currencies that have none. `over` says that
    the exposure is above the limit: also where what has a price is so alone, and the rest is owed.
    """

    customer: str
    name: str
    currency: str
    limit: Decimal | None
    exposure: Decimal | None
    available: Decimal | None
    overdue: Decimal | None
    advances: Decimal | None
    hold: bool
    waivers: tuple[Waiver, ...]
    policy: Policy | None = attrs.field(repr=False)
    missing: tuple[str, ...] = ()
    over: bool = False


@attrs.frozen(eq=False)
class GroupRow:
    """A group's limit against its members' exposures; None and `over` as for a customer."""

    group: str
    currency: str
    limit: Decimal
    exposure: Decimal | None
    available: Decimal | None
    policy: Policy = attrs.field(repr=False)
    missing: tuple[str, ...] = ()
    over: bool = False


@attrs.frozen(eq=False)
class CreditReport:
    """The answer at a date, with the prices used and what could not be converted."""

    as_of: dt.date
    rows: tuple[CreditRow, ...]
    groups: tuple[GroupRow, ...]
    prices: tuple[Quote, ...]
    findings: tuple[Finding, ...]


@attrs.frozen
class _Figure:
    """An amount in a limit's currency; None where `missing` currencies have no price in it.

    It is `least` or more: None where even that can't be said.
    """

    amount: Decimal | None
    least: Decimal | None
    missing: tuple[str, ...] = ()

    def below(self, limit: Decimal) -> Decimal | None:
        """How far it is below a limit; negative above it."""
        return None if self.amount is None else limit - self.amount

    def is_above(self, limit: Decimal) -> bool:
        """Whether it is above a limit, for certain."""
        return self.least is not None and self.least > limit


@attrs.define(eq=False)
class _Report:
    """Gathers the figures of one date."""

    subledger: Subledger
    as_of: dt.date
    owed: Owed
    overdue: dict[str, dict[str, Decimal]] = attrs.field(factory=dict)
    advances: dict[str, dict[str, Decimal]] = attrs.field(factory=dict)
    quotes: set[Quote] = attrs.field(factory=set)
    findings: dict[tuple[str, str], Finding] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        state = self.subledger.at(self.as_of)
        for one in state.items:
            if one.item.overdue_days(self.as_of) > 0:
                _add(self.overdue, one.item.customer, one.item.currency, one.outstanding)
        for held in state.advances:
            if held.standing.open > 0:
                advance = held.advance
                _add(self.advances, advance.customer, advance.currency, held.standing.open)

    def in_currency(self, balances: Mapping[str, Decimal], into: str, place: Policy) -> _Figure:
        """Balances in one currency, rounded once to its digits; no amount without its price."""
        converted = convert(self.subledger, balances, into, self.as_of)
        self.quotes |= set(converted.quotes)
        self._missing(converted, into, place)
        amount = converted.amount
        if converted.quotes:
            amount = round_half_up(amount, digits_of(into, self.subledger.options.precision))
        if not converted.missing:
            return _Figure(amount, amount)
        owed = all(balances[currency] > 0 for currency in converted.missing)
        return _Figure(None, amount if owed else None, converted.missing)

    def _missing(self, converted: Converted, into: str, place: Policy) -> None:
        for currency in converted.missing:
            if (currency, into) not in self.findings:
                text = no_price(currency, into, self.as_of)
                found = finding("missing-price", text, place.entry.meta, self.as_of)
                self.findings[currency, into] = found

    def rows(self, customer: Customer) -> Iterable[CreditRow]:
        """One row a limit, or one a currency."""
        owed = self.owed.of(customer.id)
        limits = self.subledger.policies.of_customer("credit-limit", customer.id).at(self.as_of)
        overdue = self.overdue.get(customer.id, {})
        advances = self.advances.get(customer.id, {})
        hold = self._hold(customer.id)
        waivers = tuple(
            waiver
            for waiver in self.subledger.books.waivers
            if customer.id in waiver.customers and waiver.date <= self.as_of
        )
        for policy in limits:
            figures = [
                self.in_currency(balances, policy.key, policy)
                for balances in (owed, overdue, advances)
            ]
            yield CreditRow(
                customer.id,
                customer.name,
                policy.key,
                policy.value.number,
                figures[0].amount,
                figures[0].below(policy.value.number),
                figures[1].amount,
                figures[2].amount,
                hold,
                waivers,
                policy,
                tuple(sorted({currency for figure in figures for currency in figure.missing})),
                figures[0].is_above(policy.value.number),
            )
        if limits:
            return
        currencies = sorted({*owed, *overdue, *advances})
        if not currencies and (hold or waivers):
            currencies = [self.subledger.books.operating_currency or ""]
        for currency in currencies:
            yield CreditRow(
                customer.id,
                customer.name,
                currency,
                None,
                owed.get(currency, ZERO),
                None,
                overdue.get(currency, ZERO),
                advances.get(currency, ZERO),
                hold,
                waivers,
                None,
            )

    def _hold(self, customer: str) -> bool:
        policy = self.subledger.policies.of_customer("credit-hold", customer).one(self.as_of)
        return policy is not None and policy.value

    def groups(self) -> Iterable[GroupRow]:
        """One row a group limit in force."""
        for subject in group_subjects(self.subledger):
            policies = self.subledger.policies.own("group-credit-limit", subject).at(self.as_of)
            if not policies:
                continue
            owed = self.owed.of_group(subject)
            for policy in policies:
                exposure = self.in_currency(owed, policy.key, policy)
                limit = policy.value.number
                yield GroupRow(
                    subject,
                    policy.key,
                    limit,
                    exposure.amount,
                    exposure.below(limit),
                    policy,
                    exposure.missing,
                    exposure.is_above(limit),
                )


def _add(
    sums: dict[str, dict[str, Decimal]], customer: str, currency: str, amount: Decimal
) -> None:
    own = sums.setdefault(customer, {})
    own[currency] = own.get(currency, ZERO) + amount


@exact
def credit(
    subledger: Subledger, as_of: dt.date, *, customers: Collection[str] = ()
) -> CreditReport:
    """Limits against exposures at the end of `as_of`, by customer; then the groups."""
    report = _Report(subledger, as_of, Owed.at(subledger, as_of))
    known = {
        **{key: Customer(key) for key in report.owed.customers},
        **subledger.chart.customers,
    }
    rows = [
        row
        for customer in sorted(known)
        if not customers or customer in customers
        for row in report.rows(known[customer])
    ]
    groups = () if customers else tuple(report.groups())
    return CreditReport(
        as_of,
        tuple(rows),
        groups,
        tuple(sorted(report.quotes)),
        tuple(report.findings[key] for key in sorted(report.findings)),
    )
