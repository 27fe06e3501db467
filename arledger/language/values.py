# SPDX-License-Identifier: GPL-2.0-or-later
"""Typed values out of `custom` directives and metadata, or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from beancount.core import account as accounts
from beancount.core.amount import Amount

from arledger.findings import Text, say


class MalformedError(ValueError):
    """A value that can't be used; `text` says why. Caught by the reader, never seen outside."""

    def __init__(self, text: Text, rule: str = "malformed") -> None:
        super().__init__(text.render())
        self.text = text
        self.rule = rule


def is_account(value: Any) -> bool:
    """Whether a `custom` value was written as an account, not as a string."""
    return getattr(value, "dtype", None) == accounts.TYPE


def text_value(value: Any, what: Text) -> str:
    """A non-empty string in quotes."""
    if is_account(value) or not isinstance(value.value, str) or not value.value.strip():
        raise MalformedError(say("{what} must be a text in quotes", what=what))
    return value.value.strip()


def account_value(value: Any, what: Text) -> str:
    """An account; a string that is spelt like one is taken for one."""
    if isinstance(value.value, str) and (is_account(value) or accounts.is_valid(value.value)):
        return value.value
    raise MalformedError(say("{what} must be an account", what=what))


def bool_value(value: Any, what: Text) -> bool:
    """TRUE or FALSE, without quotes."""
    if isinstance(value.value, bool):
        return value.value
    raise MalformedError(say("{what} must be TRUE or FALSE, without quotes", what=what))


def decimal_value(value: Any, what: Text) -> Decimal:
    """A plain number."""
    number = value.value
    if isinstance(number, Decimal) and number.is_finite():
        return number
    raise MalformedError(say("{what} must be a number, without quotes", what=what))


def amount_value(value: Any, what: Text) -> Amount:
    """A number with its currency, not negative."""
    amount = value.value
    if not isinstance(amount, Amount) or amount.number is None:
        raise MalformedError(
            say("{what} must be a number with its currency, as in 50000.00 CNY", what=what)
        )
    if amount.number < 0:
        raise MalformedError(say("{what} must not be negative", what=what))
    return amount


def choice_value(value: Any, what: Text, choices: Sequence[str]) -> str:
    """One of a few words, in quotes."""
    word = text_value(value, what)
    if word not in choices:
        raise MalformedError(
            say(
                '{what} must be one of {choices}, not "{word}"',
                what=what,
                choices=", ".join(f'"{choice}"' for choice in choices),
                word=word,
            )
        )
    return word


def arity(values: Sequence[Any], least: int, most: int | None, form: str) -> None:
    """Check how many values a directive has; `form` shows how it is written."""
    if len(values) < least or (most is not None and len(values) > most):
        raise MalformedError(say("write it as: {form}", form=form))
