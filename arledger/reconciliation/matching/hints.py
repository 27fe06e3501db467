# SPDX-License-Identifier: GPL-2.0-or-later
"""Why two amounts of one document may differ: what an accountant would look for first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from arledger.findings import Text, say
from arledger.money import iso_digits, round_half_up
from arledger.reconciliation.matching.rules import MatchRules
from arledger.reconciliation.model import Entry, Line


def _digits(amount: Decimal, places: int) -> str:
    return str(abs(int(amount.scaleb(places))))


def transposed(ours: str, theirs: str) -> bool:
    """Whether two neighbouring digits changed places."""
    if len(ours) != len(theirs):
        return False
    at = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    if len(at) != 2 or at[1] - at[0] != 1:  # noqa: PLR2004 - a pair of neighbours
        return False
    return ours[at[0]] == theirs[at[1]] and ours[at[1]] == theirs[at[0]]


def one_digit(ours: str, theirs: str) -> bool:
    """Whether one digit is another, or is missing, or stands twice."""
    if len(ours) == len(theirs):
        return sum(a != b for a, b in zip(ours, theirs, strict=True)) == 1
    longer, shorter = sorted((ours, theirs), key=len, reverse=True)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def hint(
    entries: Sequence[Entry], lines: Sequence[Line], value: Decimal, rules: MatchRules
) -> Text:
    """What explains that `value`, the lines', isn't the sum of the entries: the likeliest first.

    What is exact comes first: the very discount, a rate of tax, a known charge. An
    explanation by digits holds for one document only; a sum has no digits of its own.
    """
    currency = entries[0].currency
    ours = sum((entry.amount for entry in entries), Decimal(0))
    short = (ours - value).copy_abs()
    if any(line.currency != currency for line in lines):
        return say("exchange difference of {amount} {currency}", amount=short, currency=currency)
    less = abs(value) < abs(ours)
    found = _discount(entries, short, rules) if less else None
    return (
        found
        or _tax(ours, value, currency, rules)
        or _charge(short, currency, rules)
        or (_written(ours, value, currency) if len(entries) == len(lines) == 1 else None)
        or (
            say("{amount} {currency} short", amount=short, currency=currency)
            if less
            else say("{amount} {currency} too much", amount=short, currency=currency)
        )
    )


def _discount(entries: Sequence[Entry], short: Decimal, rules: MatchRules) -> Text | None:
    taken = Decimal(0)
    for entry in entries:
        steps = rules.discounts.get(entry.id, ())
        if short in {abs(step) for step in steps}:
            return say(
                "early-payment discount of {amount} {currency} taken",
                amount=short,
                currency=entry.currency,
            )
        taken += max((abs(step) for step in steps), default=Decimal(0))
    if taken and taken == short:
        return say(
            "early-payment discount of {amount} {currency} taken",
            amount=short,
            currency=entries[0].currency,
        )
    return None


def _tax(ours: Decimal, value: Decimal, currency: str, rules: MatchRules) -> Text | None:
    places = iso_digits(currency)
    for rate in rules.tax_rates:
        gross = 1 + rate
        percent = (rate * 100).normalize()
        if value in {
            round_half_up(ours / gross, places),
            ours - round_half_up(ours * rate, places),
        }:
            return say("without the tax of {percent:f} %", percent=percent)
        if ours == round_half_up(value / gross, places) or value == round_half_up(
            ours * gross, places
        ):
            return say("with a tax of {percent:f} % on top", percent=percent)
    return None


def _charge(short: Decimal, currency: str, rules: MatchRules) -> Text | None:
    if short in rules.bank_charges:
        return say("bank charge of {amount} {currency}", amount=short, currency=currency)
    return None


def _written(ours: Decimal, value: Decimal, currency: str) -> Text | None:
    places = max(iso_digits(currency), -_exponent(ours), -_exponent(value))
    left, right = _digits(ours, places), _digits(value, places)
    if transposed(left, right):
        return say("two digits have changed places: {ours} and {theirs}", ours=ours, theirs=value)
    if left.rstrip("0") == right.rstrip("0"):
        return say("the decimal point is elsewhere: {ours} and {theirs}", ours=ours, theirs=value)
    if one_digit(left, right):
        return say("one digit differs: {ours} and {theirs}", ours=ours, theirs=value)
    return None


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "an amount is a number"
    return exponent
