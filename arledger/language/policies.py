# SPDX-License-Identifier: GPL-2.0-or-later
"""Policies: dated, inherited decisions about accounts and customers.

    2024-01-01 custom "payment-terms" Assets:Receivable   "net 30"
    2024-06-01 custom "credit-limit"  "C001"  800000.00 CNY
      until: 2024-08-31

The subject is an account (it speaks for each customer below) or a customer id, which beats every
account; among accounts the nearest up the tree decides. A policy holds from its day until a
later one with the same key, or through its `until:`; after that the latest earlier one still in
force holds again. The key is directive and subject, plus the currency for limits, the bucket
for loss rates, the invoice for specific allowances.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.data import Custom

from arledger.findings import Finding, Text, finding, place, say
from arledger.language.accounts import Chart, ancestors, is_below
from arledger.language.buckets import parse_buckets
from arledger.language.columns import parse_columns
from arledger.language.names import OTHERS, OWN_OPTIONS, POLICIES
from arledger.language.options import canonical_order
from arledger.language.spelling import closest, nearest
from arledger.language.terms import TermsError, parse_terms
from arledger.language.values import (
    MalformedError,
    account_value,
    amount_value,
    arity,
    bool_value,
    choice_value,
    decimal_value,
    is_account,
    text_value,
)

ONE_DAY = timedelta(days=1)


def day_before(day: date) -> date:
    """The day before, as far as the calendar goes."""
    return day - ONE_DAY if day > date.min else day


ALLOCATIONS = ("fifo", "none")


@attrs.frozen
class Policy:
    """One policy directive, read: what it says, about whom, and how long."""

    directive: str
    subject: str
    key: str
    value: Any
    start: date
    until: date | None
    entry: Custom = attrs.field(eq=False, repr=False)

    def holds(self, day: date) -> bool:
        """Whether it has begun and not ended on `day` (a later one may still replace it)."""
        return self.start <= day and (self.until is None or day <= self.until)

    def meta(self, key: str) -> str:
        """A metadata value of the directive as text, empty where there is none."""
        value = self.entry.meta.get(key)
        return "" if value is None else str(value)


@attrs.frozen
class _Kind:
    """How one policy directive is read."""

    form: str
    read: Callable[[Sequence[Any], Mapping[str, Any]], tuple[str, Any]]
    customers: bool = True
    accounts: bool = True
    receivable: bool = False
    groups: bool = False


def _read_terms(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", text_value(values[0], say("the payment terms"))


def _read_limit(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    amount = amount_value(values[0], say("the limit"))
    return amount.currency, amount


def _read_bool(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", bool_value(values[0], say("the value"))


def _read_allocation(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", choice_value(values[0], say("the allocation"), ALLOCATIONS)


def _read_basis(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", choice_value(values[0], say("the basis"), ("due", "invoice"))


def _read_buckets(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    for value in values:
        if is_account(value) or not isinstance(value.value, (Decimal, str)):
            raise MalformedError(
                say('a bucket edge is a number of days, or a text like "6m" or "1y"')
            )
    return "", parse_buckets([value.value for value in values])


def _read_rate(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    bucket = text_value(values[0], say("the bucket"))
    rate = decimal_value(values[1], say("the rate"))
    if not 0 <= rate <= 1:
        raise MalformedError(say("a loss rate lies between 0 and 1: 5 % is written 0.05"))
    return bucket, rate


def _read_specific(values: Sequence[Any], meta: Mapping[str, Any]) -> tuple[str, Any]:
    invoice = meta.get("invoice")
    if invoice is not None and not isinstance(invoice, str):
        raise MalformedError(
            say(
                "Beancount reads {key}: as {value}, not as a text",
                key="invoice",
                value=str(invoice),
            ),
            "unquoted-number",
        )
    return invoice or "", amount_value(values[0], say("the allowance"))


def _read_account(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", account_value(values[0], say("the account"))


def _read_amount(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    amount = amount_value(values[0], say("the tolerance"))
    return amount.currency, amount


def _read_text(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", text_value(values[0], say("the value"))


def _read_columns(values: Sequence[Any], _: Mapping[str, Any]) -> tuple[str, Any]:
    return "", parse_columns(text_value(values[0], say("the columns")))


KINDS: dict[str, _Kind] = {
    "payment-terms": _Kind('SUBJECT "net 30"', _read_terms, receivable=True),
    "credit-limit": _Kind("SUBJECT 50000.00 CNY", _read_limit),
    "group-credit-limit": _Kind(
        "ACCOUNT-OR-GROUP 2000000.00 CNY", _read_limit, customers=False, groups=True
    ),
    "credit-hold": _Kind("SUBJECT TRUE", _read_bool),
    "credit-rating": _Kind('SUBJECT "A"', _read_text),
    "allocation": _Kind('SUBJECT "fifo"', _read_allocation),
    "aging-buckets": _Kind("SUBJECT 30 60 90", _read_buckets, receivable=True),
    "allowance-buckets": _Kind('SUBJECT "1y" "2y" "3y"', _read_buckets, receivable=True),
    "allowance-basis": _Kind('SUBJECT "invoice"', _read_basis, receivable=True),
    "loss-rate": _Kind('SUBJECT "1-30" 0.016', _read_rate, receivable=True),
    "specific-allowance": _Kind('"CUSTOMER" 40000.00 CNY', _read_specific, accounts=False),
    "allowance-account": _Kind("SUBJECT ACCOUNT", _read_account, receivable=True),
    "loss-account": _Kind("SUBJECT ACCOUNT", _read_account, receivable=True),
    "tolerance": _Kind("SUBJECT 0.05 CNY", _read_amount),
    "statement-columns": _Kind(
        '"CUSTOMER" "date=日期 ref=单据号 debit=借方 credit=贷方"', _read_columns, accounts=False
    ),
}
ARITY: dict[str, tuple[int, int | None]] = {
    "loss-rate": (3, 3),
    "aging-buckets": (2, None),
    "allowance-buckets": (2, None),
}
assert tuple(KINDS) == POLICIES, "a policy without a reader"
# Close to a directive of ours, but somebody else's.
STRANGERS = frozenset({"fava-option", "fava-extension", "fava-sidebar-link", "budget"})


@attrs.frozen
class Timeline:
    """What is in force from each of some dates on, for one subject's chain of inheritance."""

    dates: tuple[date, ...]
    values: tuple[tuple[Policy, ...], ...]

    def at(self, day: date) -> tuple[Policy, ...]:
        """The policies in force on `day`, of the nearest subject that has any."""
        at = bisect_right(self.dates, day)
        return self.values[at - 1] if at else ()

    def one(self, day: date) -> Policy | None:
        """The policy in force, where there is at most one per subject."""
        policies = self.at(day)
        return policies[0] if policies else None

    def ever(self, value: Any) -> bool:
        """Whether any policy says this, at whatever time."""
        return any(policy.value == value for held in self.values for policy in held)


def lowest(limits: Timeline) -> dict[str, Decimal]:
    """The lowest limit there ever is, by currency; none where there are several currencies."""
    found: dict[str, Decimal] = {}
    for policies in limits.values:
        for policy in policies:
            number = policy.value.number
            found[policy.key] = min(number, found.get(policy.key, number))
    return found if len(found) == 1 else {}


_NOTHING = Timeline((), ())


@attrs.define
class PolicyBook:
    """Every policy of the ledger, and which of them is in force for whom."""

    chart: Chart
    policies: tuple[Policy, ...]
    _by_subject: dict[tuple[str, str], list[Policy]] = attrs.field(factory=dict, repr=False)
    _chains: dict[tuple[str, tuple[str, ...]], Timeline] = attrs.field(factory=dict, repr=False)
    _timelines: dict[tuple[str, str, str], Timeline] = attrs.field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        for policy in self.policies:
            self._by_subject.setdefault((policy.directive, policy.subject), []).append(policy)

    def of(self, directive: str) -> list[Policy]:
        """All policies of one directive, in canonical order."""
        return [policy for policy in self.policies if policy.directive == directive]

    def timeline(self, directive: str, customer: str, account: str) -> Timeline:
        """What holds over time for a customer's account: the customer first, then up the tree."""
        key = (directive, customer, account)
        found = self._timelines.get(key)
        if found is None:
            found = self._timelines[key] = self._chain(directive, (customer, *ancestors(account)))
        return found

    def of_customer(self, directive: str, customer: str) -> Timeline:
        """Limits and holds are the customer's: the chain of its first-opened account."""
        accounts = self.chart.customer(customer).accounts
        return self.timeline(directive, customer, accounts[0] if accounts else customer)

    def own(self, directive: str, subject: str) -> Timeline:
        """What holds over time for exactly this subject, without inheritance."""
        return self._chain(directive, (subject,))

    def _chain(self, directive: str, subjects: tuple[str, ...]) -> Timeline:
        named = tuple(subject for subject in subjects if (directive, subject) in self._by_subject)
        if not named:
            return _NOTHING
        found = self._chains.get((directive, named))
        if found is None:
            chain = [self._by_subject[directive, subject] for subject in named]
            found = self._chains[directive, named] = _build(chain)
        return found


def _build(chain: Sequence[Sequence[Policy]]) -> Timeline:
    changes = {policy.start for policies in chain for policy in policies}
    changes |= {
        policy.until + ONE_DAY
        for policies in chain
        for policy in policies
        if policy.until is not None and policy.until < date.max
    }
    dates = sorted(changes)
    return Timeline(tuple(dates), tuple(_in_force(chain, day) for day in dates))


def _in_force(chain: Sequence[Sequence[Policy]], day: date) -> tuple[Policy, ...]:
    """The nearest subject with any policy in force decides; one policy per key, the latest."""
    for policies in chain:
        latest: dict[str, Policy] = {}
        for policy in policies:
            if policy.holds(day):
                held = latest.get(policy.key)
                # Two of one date are a finding; the first in canonical order counts.
                if held is None or policy.start > held.start:
                    latest[policy.key] = policy
        if latest:
            return tuple(latest[key] for key in sorted(latest))
    return ()


@attrs.define
class _Reader:
    """Reads policy directives one by one and collects what is wrong."""

    chart: Chart
    findings: list[Finding] = attrs.field(factory=list)
    policies: list[Policy] = attrs.field(factory=list)
    seen: dict[tuple[str, str, str, date], Policy] = attrs.field(factory=dict)
    groups: frozenset[str] = frozenset()

    def add(self, rule: str, text: Text, entry: Custom, hint: Text | None = None) -> None:
        self.findings.append(finding(rule, text, entry.meta, entry.date, hint=hint))

    def read(self, entry: Custom) -> None:
        """Take in one directive."""
        kind = KINDS.get(entry.type)
        if kind is None:
            self.unknown(entry)
            return
        try:
            policy = self.policy(kind, entry)
        except MalformedError as error:
            text = say("{directive}: {problem}", directive=entry.type, problem=error.text)
            self.add(error.rule, text, entry)
            return
        if policy is not None and self.usable(policy):
            self.policies.append(policy)

    def unknown(self, entry: Custom) -> None:
        if entry.type in OTHERS or entry.type in STRANGERS:
            return
        if entry.type in OWN_OPTIONS:
            text = say('"{key}" is an option, not a directive', key=entry.type)
            hint = say('Write it as custom "ar-option" "{key}" VALUE.', key=entry.type)
            self.add("misplaced", text, entry, hint)
            return
        meant = closest(entry.type, (*KINDS, *OTHERS), 0.85)
        if meant is None and not entry.type.startswith("ar-"):
            return
        text = say(
            'there is no directive "{directive}"{near}',
            directive=entry.type,
            near=nearest(entry.type, (*KINDS, *OTHERS)),
        )
        self.add("unknown-directive", text, entry)

    def policy(self, kind: _Kind, entry: Custom) -> Policy | None:
        form = say('custom "{directive}" {form}', directive=entry.type, form=kind.form).render()
        least, most = ARITY.get(entry.type, (2, 2))
        arity(entry.values or (), least, most, form)
        subject = self.subject(kind, entry)
        key, value = kind.read(entry.values[1:], entry.meta)
        until = entry.meta.get("until")
        if until is not None and not isinstance(until, date):
            raise MalformedError(say("until: must be a date, as in until: 2024-08-31"))
        if subject is None:
            return None
        return Policy(entry.type, subject, key, value, entry.date, until, entry)

    def subject(self, kind: _Kind, entry: Custom) -> str | None:
        """The subject as text, or None (with a finding) where it can't be one."""
        value = entry.values[0]
        if not isinstance(value.value, str) or not value.value.strip():
            raise MalformedError(say("the subject must be an account, or an id in quotes"))
        name = value.value.strip()
        if is_account(value):
            return self.account_subject(kind, name, entry)
        return self.id_subject(kind, name, entry)

    def account_subject(self, kind: _Kind, name: str, entry: Custom) -> str | None:
        if not kind.accounts:
            text = say("{directive} is about a customer, not an account", directive=entry.type)
            self.add("misplaced", text, entry)
            return None
        if not self.chart.exists(name):
            text = say("{account} was never opened, nor any account below it", account=name)
            self.add("unopened-account", text, entry)
            return None
        options = self.chart.options
        roots = options.receivable_accounts
        if not kind.receivable:
            roots = (*roots, *options.advance_accounts)
        if not any(is_below(name, root) or is_below(root, name) for root in roots):
            text = say(
                "{directive} has no effect on {account}, which is not among {roots}",
                directive=entry.type,
                account=name,
                roots=", ".join(roots),
            )
            self.add("misplaced", text, entry)
            return None
        return name

    def id_subject(self, kind: _Kind, name: str, entry: Custom) -> str | None:
        if kind.groups:
            if name in self.groups:
                return name
            text = say('no customer has group: "{group}"', group=name)
            hint = say("Correct the name, or put group: with this name on the customers' accounts.")
            self.add("unknown-customer", text, entry, hint)
            return None
        if name in self.chart.customers or not self.chart.customers:
            return name
        text = say(
            'no account has customer: "{customer}"{near}',
            customer=name,
            near=nearest(name, self.chart.customers),
        )
        self.add("unknown-customer", text, entry)
        return None

    def usable(self, policy: Policy) -> bool:
        """Whether the policy makes sense in itself and beside the others."""
        if policy.until is not None and policy.until < policy.start:
            text = say(
                "{directive}: until: {until} lies before its own date {start}",
                directive=policy.directive,
                until=policy.until,
                start=policy.start,
            )
            hint = say("Correct until: or the directive's own date.")
            self.add("contradictory", text, policy.entry, hint)
            return False
        key = (policy.directive, policy.subject, policy.key, policy.start)
        first = self.seen.setdefault(key, policy)
        if first is not policy:
            text = say(
                "{directive} for {subject} stands twice on {day}, first at {first}",
                directive=policy.directive,
                subject=" ".join(filter(None, (policy.subject, policy.key))),
                day=policy.start,
                first=place(first.entry.meta),
            )
            self.add("contradictory", text, policy.entry)
        if policy.directive == "payment-terms":
            return self.terms(policy)
        if policy.directive in {"allowance-account", "loss-account"}:
            return self.target(policy)
        return True

    def terms(self, policy: Policy) -> bool:
        try:
            parse_terms(policy.value)
        except TermsError as error:
            text = say("payment terms: {problem}", problem=error.text)
            self.add("bad-terms", text, policy.entry)
            return False
        return True

    def target(self, policy: Policy) -> bool:
        if self.chart.exists(policy.value):
            return True
        text = say("{account} was never opened", account=policy.value)
        self.add("unopened-account", text, policy.entry)
        return False


def read_policies(
    customs: Iterable[Custom], chart: Chart
) -> tuple[PolicyBook, tuple[Finding, ...]]:
    """The ledger's policies, and what is wrong with them."""
    groups = frozenset(customer.group for customer in chart.customers.values() if customer.group)
    reader = _Reader(chart, groups=groups)
    for entry in canonical_order(customs):
        reader.read(entry)
    book = PolicyBook(chart, tuple(reader.policies))
    _check_options(chart, reader)
    return book, tuple(reader.findings)


def _check_options(chart: Chart, reader: _Reader) -> None:
    """Accounts that options name must have been opened."""
    for key, entry in sorted(chart.options.where.items()):
        for value in entry.values[1:]:
            if is_account(value) and not chart.exists(value.value):
                text = say(
                    'option "{key}": {account} was never opened, nor any account below it',
                    key=key,
                    account=value.value,
                )
                reader.add("unopened-account", text, entry)
