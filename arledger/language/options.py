# SPDX-License-Identifier: GPL-2.0-or-later
"""`custom "ar-option"`: what holds for the whole ledger.

    2024-01-01 custom "ar-option" "receivable-accounts" Assets:Receivable Assets:Bills
    2024-01-01 custom "ar-option" "severity" "no-due-date" "error"

The date has no meaning. A key stands once; list-valued keys may be repeated and take several
values. Whatever differs by account or in time is a policy, not an option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
from beancount.core.data import Custom

from arledger.findings import OFF, RULES, SEVERITIES, Finding, Text, finding, place, say
from arledger.language.buckets import Basis
from arledger.language.names import OPTIONS, POLICIES
from arledger.language.spelling import nearest
from arledger.language.values import (
    MalformedError,
    account_value,
    arity,
    bool_value,
    choice_value,
    decimal_value,
    text_value,
)

DIGITS_MAX = 12


@attrs.frozen
class Options:
    """The ledger-wide options, each with its default. `where` tells the directive of each key."""

    receivable_accounts: tuple[str, ...] = ("Assets:Receivable",)
    advance_accounts: tuple[str, ...] = ("Liabilities:Advances",)
    allowance_account: str = "Assets:Allowance"
    loss_account: str = "Expenses:CreditLoss"
    suspense_account: str | None = None
    invoice_links: tuple[str, ...] = ()
    bank_links: tuple[str, ...] = ("bank-",)
    company: tuple[str, ...] = ()
    unapplied_credits: str = "separate"
    exposure_net_of_advances: bool = False
    allowance_net_of_credits: bool = False
    basis: Basis = "due"
    severity: dict[str, str] = attrs.field(factory=dict)
    precision: dict[str, int] = attrs.field(factory=dict)
    where: dict[str, Custom] = attrs.field(factory=dict, eq=False, repr=False)


def _accounts(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(account_value(value, say("the account")) for value in values)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(text_value(value, say("the prefix")) for value in values)


def _lines(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(text_value(value, say("the line")) for value in values)


def _single(read: Callable[[Any, Text], Any]) -> Callable[[Sequence[Any]], Any]:
    def one(values: Sequence[Any]) -> Any:
        arity(values, 1, 1, 'custom "ar-option" KEY VALUE')
        return read(values[0], say("the value"))

    return one


def _choice(*choices: str) -> Callable[[Sequence[Any]], Any]:
    return _single(lambda value, what: choice_value(value, what, choices))


def _severity(values: Sequence[Any]) -> tuple[str, str]:
    arity(values, 2, 2, 'custom "ar-option" "severity" "RULE" "LEVEL"')
    rule = text_value(values[0], say("the rule"))
    if rule not in RULES:
        raise MalformedError(
            say('there is no rule "{rule}"{near}', rule=rule, near=nearest(rule, RULES))
        )
    return rule, choice_value(values[1], say("the level"), (*SEVERITIES, OFF))


def _precision(values: Sequence[Any]) -> tuple[str, int]:
    arity(values, 2, 2, 'custom "ar-option" "precision" "CNY" 2')
    currency = text_value(values[0], say("the currency"))
    digits = decimal_value(values[1], say("the number of digits"))
    if digits != digits.to_integral_value() or not 0 <= digits <= DIGITS_MAX:
        raise MalformedError(
            say("the number of digits must be a whole number from 0 to {most}", most=DIGITS_MAX)
        )
    return currency, int(digits)


_LISTS: dict[str, Callable[[Sequence[Any]], tuple[str, ...]]] = {
    "receivable-accounts": _accounts,
    "advance-accounts": _accounts,
    "invoice-links": _texts,
    "bank-links": _texts,
    "company": _lines,
}
_PAIRS: dict[str, Callable[[Sequence[Any]], tuple[str, Any]]] = {
    "severity": _severity,
    "precision": _precision,
}
_SINGLES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "allowance-account": _single(account_value),
    "loss-account": _single(account_value),
    "suspense-account": _single(account_value),
    "unapplied-credits": _choice("separate", "own-bucket"),
    "exposure-net-of-advances": _single(bool_value),
    "allowance-net-of-credits": _single(bool_value),
    "basis": _choice("due", "invoice"),
}
assert {*_LISTS, *_PAIRS, *_SINGLES} == {*OPTIONS}, "an option without a reader"


def canonical_order(customs: Iterable[Custom]) -> list[Custom]:
    """By date and content, so that neither file nor line decides which of two counts."""
    return sorted(
        customs,
        key=lambda entry: (
            entry.date,
            # A directive without any value has None for a list.
            tuple(repr(value) for value in entry.values or ()),
            sorted(
                (key, repr(value))
                for key, value in entry.meta.items()
                if key not in {"filename", "lineno"}
            ),
        ),
    )


@attrs.define
class _Collected:
    """What has been read so far."""

    values: dict[str, Any] = attrs.field(factory=dict)
    where: dict[str, Custom] = attrs.field(factory=dict)
    findings: list[Finding] = attrs.field(factory=list)

    def add(self, rule: str, text: Text, entry: Custom, hint: Text | None = None) -> None:
        """Note a finding at a directive."""
        self.findings.append(finding(rule, text, entry.meta, entry.date, hint=hint))

    def read(self, entry: Custom) -> None:
        """Take in one directive."""
        key = entry.values[0].value if entry.values else None
        if not isinstance(key, str):
            self.add("malformed", say('write it as: custom "ar-option" KEY VALUE'), entry)
        elif key not in OPTIONS:
            self.unknown(key, entry)
        else:
            try:
                self.take(key, entry)
            except MalformedError as error:
                text = say('option "{key}": {problem}', key=key, problem=error.text)
                self.add(error.rule, text, entry)

    def unknown(self, key: str, entry: Custom) -> None:
        """A key that is no option: a policy in the wrong place, or a misspelling."""
        if key in POLICIES:
            text = say('"{key}" is a policy, not an option', key=key)
            hint = say('Write it as a directive of its own: custom "{key}" SUBJECT VALUE.', key=key)
            self.add("misplaced", text, entry, hint)
            return
        text = say('there is no option "{key}"{near}', key=key, near=nearest(key, OPTIONS))
        self.add("unknown-directive", text, entry)

    def take(self, key: str, entry: Custom) -> None:
        """Store the value of a known key."""
        values = entry.values[1:]
        if key in _LISTS:
            arity(values, 1, None, 'custom "ar-option" KEY VALUE …')
            self.values[key] = self.values.get(key, ()) + _LISTS[key](values)
            self.where.setdefault(key, entry)
            return
        if key in _PAIRS:
            name, value = _PAIRS[key](values)
            slot, where = self.values.setdefault(key, {}), f"{key} {name}"
        else:
            name, value = key, _SINGLES[key](values)
            slot, where = self.values, key
        if where in self.where:
            text = say(
                'option "{key}" stands twice, first at {first}',
                key=where,
                first=place(self.where[where].meta),
            )
            hint = say("Keep the one that is meant; an option's date has no meaning.")
            self.add("contradictory", text, entry, hint)
            return
        slot[name] = value
        self.where[where] = entry


def _overlaps(options: Options) -> Iterable[tuple[str, str]]:
    for one in options.receivable_accounts:
        for other in options.advance_accounts:
            if one == other or one.startswith(other + ":") or other.startswith(one + ":"):
                yield one, other


def parse_options(customs: Iterable[Custom]) -> tuple[Options, tuple[Finding, ...]]:
    """The ledger's options from its `ar-option` directives, and what is wrong with them."""
    collected = _Collected()
    for entry in canonical_order(customs):
        collected.read(entry)
    fields = {key.replace("-", "_"): value for key, value in collected.values.items()}
    options = Options(**fields, where=collected.where)
    for one, other in _overlaps(options):
        entry = collected.where.get("receivable-accounts") or collected.where["advance-accounts"]
        text = say(
            "{one} and {other} overlap: an account is either a receivable or an advance",
            one=one,
            other=other,
        )
        hint = say("Give receivables and advances accounts of their own.")
        collected.add("contradictory", text, entry, hint)
    return options, tuple(collected.findings)
