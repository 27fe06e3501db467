# SPDX-License-Identifier: GPL-2.0-or-later
"""Chinese capitals of an amount of money (大写金额), which can't be altered with a stroke.

Written as bills and vouchers require it (支付结算办法, annex 1): 整 after 元 and after 角, none
after 分; one 零 for the zeros between two digits, and for a missing 角 before 分.
"""

from __future__ import annotations

from decimal import Context, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
# What is beyond has no customary name.
YUAN_BELOW = 10**16
_EXACT = Context(prec=100)
_TRADITIONAL = str.maketrans("贰叁陆万亿负", "貳參陸萬億負")


def capitals(amount: Decimal, *, traditional: bool = False) -> str | None:
    """`60400.05` → 陆万零肆佰元零伍分. None where 分 can't express it, or where names end."""
    if not amount.is_finite() or abs(amount) >= YUAN_BELOW:
        return None
    fen = amount.scaleb(2, _EXACT)
    if fen != fen.to_integral_value():
        return None
    yuan, rest = divmod(abs(int(fen)), 100)
    text = ("负" if amount < 0 else "") + _yuan(yuan, rest) + _rest(yuan, *divmod(rest, 10))
    return text.translate(_TRADITIONAL) if traditional else text


def _yuan(yuan: int, rest: int) -> str:
    if not yuan:
        return "" if rest else "零元"
    return _integer(yuan) + "元"


def _rest(yuan: int, jiao: int, fen: int) -> str:
    if not jiao and not fen:
        return "整"
    if not jiao:
        return ("零" if yuan else "") + DIGITS[fen] + "分"
    return DIGITS[jiao] + "角" + (DIGITS[fen] + "分" if fen else "整")


def _integer(number: int) -> str:
    """A positive number below 10^16: what is before 亿, then what is before 万, then the rest."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _integer(high) + name + gap + (_integer(low) if low else "")
    return _group(number)


def _group(group: int) -> str:
    """Up to 9999."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + PLACES[place]
            gap = False
        else:
            gap = True
    return text
