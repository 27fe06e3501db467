# SPDX-License-Identifier: GPL-2.0-or-later
"""Exact money: where rounding is due, and how a rounded sum is shared out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

ZERO = Decimal(0)

# Wide enough for 10^18 amounts with 12 decimals times a rate and a price, exactly.
EXACT = Context(prec=100)


_P = ParamSpec("_P")
_T = TypeVar("_T")


def exact(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a function add and subtract exactly: Python's default context rounds to 28 digits."""

    @wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with localcontext(EXACT):
            return function(*args, **kwargs)

    return wrapper


@lru_cache(maxsize=512)
def iso_digits(currency: str) -> int:
    """Decimal places of `currency` by ISO 4217 (2 where the standard doesn't know it)."""
    # A ledger with nothing to round is loaded without it.
    from babel.numbers import get_currency_precision  # noqa: PLC0415

    return int(get_currency_precision(currency))


def digits_of(currency: str, precision: Mapping[str, int]) -> int:
    """Decimal places to round `currency` to: the ledger's `precision` option, else ISO 4217."""
    return precision.get(currency, -1) if currency in precision else iso_digits(currency)


def round_half_up(amount: Decimal, digits: int) -> Decimal:
    """`amount` to `digits` decimal places, a half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT)


def times(left: Decimal, right: Decimal) -> Decimal:
    """The exact product: Python's default context would round it to 28 digits."""
    return EXACT.multiply(left, right)


def largest_remainder(
    total: Decimal, weights: Sequence[Decimal], digits: int
) -> tuple[Decimal, ...]:
    """Shares of `total` in proportion to `weights`, to `digits`, that sum to `total` exactly.

    Hamilton's method: each share is rounded down, what is left goes to the largest remainders;
    equal remainders in the order given. Weights of no sum give the whole to the first.
    """
    if not weights:
        return ()
    whole = sum(weights, ZERO)
    if not whole:
        return (total, *(ZERO for _ in weights[1:]))
    step = Decimal(1).scaleb(-digits)
    exact = [EXACT.divide(EXACT.multiply(total, weight), whole) for weight in weights]
    shares = [share.quantize(step, ROUND_FLOOR, EXACT) for share in exact]
    left = int((total - sum(shares, ZERO)) / step)
    order = sorted(range(len(weights)), key=lambda at: (shares[at] - exact[at], at))
    for at in order[:left]:
        shares[at] += step
    return tuple(shares)


def plain(amount: Decimal) -> str:
    """The amount's own digits without an exponent, as ids and JSON write it."""
    return format(amount, "f")


def canonical(amount: Decimal) -> str:
    """One text per value, however many zeros were typed: `113000.00` and `113000` are one."""
    return format(amount.normalize(EXACT), "f") if amount else "0"


def written(amount: Decimal, digits: int) -> str:
    """At least `digits` decimals, none beyond that are zeros, no exponent and no sign on zero."""
    amount = amount.normalize(EXACT) if amount else ZERO
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent < digits:
        amount = amount.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return format(amount, "f")


def grouped(text: str) -> str:
    """A written amount with thousands separators: `-113,000.00`."""
    whole, dot, part = text.partition(".")
    return f"{int(whole):,}{dot}{part}" if whole != "-0" else f"-0{dot}{part}"
