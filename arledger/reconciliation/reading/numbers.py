# SPDX-License-Identifier: GPL-2.0-or-later
"""Amounts as files write them: `3,240.28`, `1.234,56`, `(500.00)`, `￥１，２００`, `500.00 CR`.

Which of `.` and `,` is the decimal mark can't be told from `1,234` alone: `Shape.marks` says
what one number allows, and `settle_mark` what all numbers of a file allow together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import attrs

from arledger.findings import Text, say
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import DecimalMark

Flag = Literal["debit", "credit"]
BOTH: frozenset[DecimalMark] = frozenset({".", ","})
POINT: frozenset[DecimalMark] = frozenset({"."})
COMMA: frozenset[DecimalMark] = frozenset({","})
NEITHER: frozenset[DecimalMark] = frozenset()
DIGITS_MAX = 28  # of a number; more is no amount of money

# Signs and words of a currency and its ISO code; None where several currencies share the sign.
CURRENCIES: dict[str, str | None] = {
    "¥": None,
    "$": None,
    "US$": "USD",
    "HK$": "HKD",
    "NT$": "TWD",
    "S$": "SGD",
    "A$": "AUD",
    "C$": "CAD",
    "€": "EUR",
    "£": "GBP",
    "₩": "KRW",
    "RMB": "CNY",
    "人民币": "CNY",
    "人民幣": "CNY",
    "元": None,
    "圆": None,
    "円": "JPY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "歐元": "EUR",
    "英镑": "GBP",
    "英鎊": "GBP",
    "日元": "JPY",
    "日圓": "JPY",
    "港币": "HKD",
    "港元": "HKD",
    "港幣": "HKD",
    "新台币": "TWD",
    "新臺幣": "TWD",
    "新台幣": "TWD",
    "台币": "TWD",
    "台幣": "TWD",
}
CODES = [
    "AED",
    "AUD",
    "BHD",
    "BRL",
    "CAD",
    "CHF",
    "CNH",
    "CNY",
    "CZK",
    "DKK",
    "EUR",
    "GBP",
    "HKD",
    "HUF",
    "IDR",
    "ILS",
    "INR",
    "JOD",
    "JPY",
    "KRW",
    "KWD",
    "KZT",
    "LYD",
    "MOP",
    "MXN",
    "MYR",
    "NOK",
    "NZD",
    "OMR",
    "PHP",
    "PLN",
    "RON",
    "RUB",
    "SAR",
    "SEK",
    "SGD",
    "THB",
    "TND",
    "TRY",
    "TWD",
    "UAH",
    "USD",
    "VND",
    "ZAR",
]
CURRENCIES.update((code, code) for code in CODES)
CURRENCIES["CNH"] = "CNY"

_CURRENCY = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_FLAG = r"DR|CR|DB|D|C|借方|贷方|貸方|借|贷|貸"
# In front of a number a single letter needs a space: C12 is a name.
_FLAG_BEFORE = r"(?:DR|CR|DB)(?![A-Z])|[DC](?=[.: ])|借方|贷方|貸方|借|贷|貸"
_BODY = r"(?:\d[\d.,' ]*|[.,]\d+)"
_NUMBER = re.compile(
    rf"(?:(?P<flag1>{_FLAG_BEFORE})[.:]?\s*)?(?P<sign1>[-+])?\s*(?P<cur1>{_CURRENCY})?\s*(?P<sign2>[-+])?"
    rf"\s*(?P<body>{_BODY}?)\s*(?P<sign3>[-+])?\s*(?P<cur2>{_CURRENCY})?整?\s*(?P<flag2>{_FLAG})?\.?",
    re.IGNORECASE,
)
_DEBIT = frozenset({"DR", "DB", "D", "借方", "借"})
_BLANK = re.compile(r"[-–—―─_/\\*.\s]*|N/?A|NIL|NULL|NONE|无|無", re.IGNORECASE)
_SAME = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "、": ","}
)
_CHARACTERS_MAX = 80  # of a cell with a number
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,2})?")
_GROUPED = {
    "comma": re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}"),
    "point": re.compile(r"\d{1,3}(?:\.\d{3})+"),
    "other": re.compile(r"\d{1,3}(?:[' ]\d{3})+"),
}


class NumberError(ValueError):
    """A cell that is no number."""


@attrs.frozen(slots=True)
class Shape:
    """A number as written, its decimal mark not yet settled.

    `body` are digits and separators only; `flag` says debit or credit where the cell does.
    """

    negative: bool
    body: str
    currency: str | None = None
    flag: Flag | None = None

    @property
    def marks(self) -> frozenset[DecimalMark]:
        """The decimal marks under which the number can be read."""
        return _marks(self.body)

    def value(self, mark: DecimalMark) -> Decimal:
        """The number under this decimal mark; `flag` has no part in its sign."""
        if mark == "." and _PLAIN.fullmatch(self.body):
            return Decimal("-" + self.body if self.negative else self.body)
        if mark not in self.marks:
            raise NumberError(self.body)
        digits = self.body.replace("'", "").replace(" ", "")
        if mark == ",":
            digits = digits.replace(".", "").replace(",", ".")
        else:
            digits = digits.replace(",", "")
        value = Decimal(digits)
        return -value if self.negative else value


def is_blank(text: str) -> bool:
    """Whether a cell of an amount column says that there is none: empty, `-`, `—`, `n/a`."""
    return _BLANK.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def plain(text: str) -> Decimal | None:
    """A number that can be read in one way only, as most are; None for all that need a look.

    Two decimals behind a point are no thousands, whatever the rest of the file has.
    """
    return Decimal(text) if _PLAIN.fullmatch(text) else None


@lru_cache(maxsize=65536)
def shape(text: str) -> Shape | None:
    """What stands in a cell: a number, or None where it says that there is none."""
    if _PLAIN.fullmatch(text):
        return Shape(text[0] == "-", text.lstrip("-"))
    text = " ".join(text.split())
    if len(text) > _CHARACTERS_MAX:
        raise NumberError(text)
    told = unicodedata.normalize("NFKC", text).translate(_SAME)
    told = told.strip().strip("\ufeff\u200b")
    if not told or is_blank(text):
        return None
    brackets = told.startswith("(") and ")" in told
    if brackets:
        told = told[1:].replace(")", "", 1).strip()
    match = _NUMBER.fullmatch(told)
    if match is None:
        raise NumberError(text)
    signs = [sign for sign in match.group("sign1", "sign2", "sign3") if sign]
    flags = [flag.upper() for flag in match.group("flag1", "flag2") if flag]
    if len(signs) + brackets > 1 or len(flags) > 1:
        raise NumberError(text)
    found = Shape(
        brackets or "-" in signs,
        match["body"].strip(),
        _currency(match["cur1"], match["cur2"]),
        None if not flags else "debit" if flags[0] in _DEBIT else "credit",
    )
    if not found.marks:
        raise NumberError(text)
    return found


def _currency(*signs: str | None) -> str | None:
    for sign in signs:
        if sign and CURRENCIES[sign.upper()]:
            return CURRENCIES[sign.upper()]
    return None


@lru_cache(maxsize=65536)
def _marks(body: str) -> frozenset[DecimalMark]:
    """A mark is possible where what is left of it is grouped rightly, and right of it plain."""
    if sum(char.isdigit() for char in body) > DIGITS_MAX:
        return NEITHER
    possible: set[DecimalMark] = set()
    if _reads(body, ".", ","):
        possible.add(".")
    if _reads(body, ",", "."):
        possible.add(",")
    return frozenset(possible)


def _reads(body: str, mark: str, group: str) -> bool:
    whole, found, fraction = body.partition(mark)
    if found and not (fraction.isdigit() or (not fraction and whole)):
        return False
    if not whole:
        return bool(fraction)
    if whole.isdigit():
        return True
    grouped = _GROUPED["comma" if group == "," else "point"]
    if not (grouped.fullmatch(whole) or _GROUPED["other"].fullmatch(whole)):
        return False
    # Nobody groups a number that begins with a zero: 0,123 is a fraction.
    return not whole.startswith("0")


def parse_number(text: str, mark: DecimalMark = ".") -> Decimal | None:
    """One cell under a settled decimal mark; None where it is blank, `NumberError` if no number.

    A flag (`500.00 CR`) is left to the caller, who knows what a credit means: see `shape`.
    """
    found = shape(text)
    return None if found is None else found.value(mark)


@attrs.define
class MarkEvidence:
    """What the numbers of a file say about its decimal mark, with a line for each."""

    point: tuple[int, str] | None = None
    comma: tuple[int, str] | None = None
    either: tuple[int, str] | None = None

    def add(self, line: int, body: str) -> None:
        """Take in a number."""
        if body.isdigit():
            return
        marks = _marks(body)
        if marks == POINT:
            self.point = self.point or (line, body)
        elif marks == COMMA:
            self.comma = self.comma or (line, body)
        elif marks == BOTH and ("." in body or "," in body):
            self.either = self.either or (line, body)


def settle_mark(evidence: MarkEvidence, digits: int | None, file: str) -> DecimalMark:
    """The decimal mark of a file, never guessed.

    `digits` are the decimals of its currency, None where that isn't known: in a currency of two
    decimals the three digits of `1,234` can only be thousands.
    """
    if evidence.point and evidence.comma:
        raise ReadingError(_conflict(evidence.point, evidence.comma, file))
    if evidence.point:
        return "."
    if evidence.comma:
        return ","
    if evidence.either is None:
        return "."
    line, body = evidence.either
    if digits is not None and digits != 3:  # noqa: PLR2004 - three digits behind the mark
        return "." if "," in body else ","
    raise ReadingError(
        say(
            "{file}:{line}: {number} can be read with a decimal point or with a decimal comma; "
            "say which with --decimal-mark",
            file=file,
            line=line,
            number=body,
        )
    )


def _conflict(point: tuple[int, str], comma: tuple[int, str], file: str) -> Text:
    return say(
        "{file}: {one} on line {line} has a decimal point, {other} on line {place} a decimal comma",
        file=file,
        one=point[1],
        line=point[0],
        other=comma[1],
        place=comma[0],
    )


def settle_marks(bodies: Iterable[tuple[int, str]], digits: int | None, file: str) -> DecimalMark:
    """`settle_mark` of numbers with their lines."""
    evidence = MarkEvidence()
    for line, body in bodies:
        evidence.add(line, body)
    return settle_mark(evidence, digits, file)
