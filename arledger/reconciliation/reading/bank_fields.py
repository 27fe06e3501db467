# SPDX-License-Identifier: GPL-2.0-or-later
"""What the readers of bank files share: fields that say nothing, dates, amounts, accounts."""

from __future__ import annotations

import calendar
import re
from datetime import date
from decimal import Decimal

# Longer than any currency needs (ISO 20022 has 18 digits), short enough to add up exactly.
AMOUNT_DIGITS_MAX = 24

_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_NOTHING = frozenset(
    {
        "",
        "-",
        "KREF+",
        "N/A",
        "NA",
        "NIL",
        "NONE",
        "NON REF",
        "NONREF",
        "NOREF",
        "NOT AVAILABLE",
        "NOT PROVIDED",
        "NOTAVAILABLE",
        "NOTPROVIDED",
        "NULL",
        "UNKNOWN",
    }
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])")
_IBAN_MIN, _IBAN_MAX = 15, 34


def squeeze(text: str) -> str:
    """The text with each run of blanks, tabs and line breaks as one blank."""
    return " ".join(text.split())


def meaningful(reference: str) -> str | None:
    """A reference that says something; NOTPROVIDED, NONREF, a row of zeros and the like do not."""
    text = squeeze(reference)
    if text.upper() in _NOTHING or not text.strip("0-. /"):
        return None
    return text


def distinct(references: list[str]) -> tuple[str, ...]:
    """The references that say something, each once, in their order."""
    kept = dict.fromkeys(found for text in references if (found := meaningful(text)))
    return tuple(kept)


def sure_amount(text: str) -> Decimal | None:
    """An amount without sign and with a decimal point, as formats for machines write it."""
    if _AMOUNT.fullmatch(text) is None or len(text) > AMOUNT_DIGITS_MAX:
        return None
    return Decimal(text)


def sure_day(year: int, month: int, day: int) -> tuple[date, bool] | None:
    """The date, and whether it had to be mended: 29 and 30 February are the month's last day.

    Banks that count every month as thirty days write 30 February as a value date. Any other day
    that the calendar lacks is none.
    """
    try:
        return date(year, month, day), False
    except ValueError:
        pass
    if month == 2 and day in (29, 30) and 1 <= year <= 9999:  # noqa: PLR2004 - February
        return date(year, 2, calendar.monthrange(year, 2)[1]), True
    return None


def is_iban(text: str) -> bool:
    """Whether the check digits are right (ISO 13616: the number, turned round, is 1 modulo 97)."""
    if not (_IBAN_MIN <= len(text) <= _IBAN_MAX and text.isascii() and text.isalnum()):
        return False
    if not (text[:2].isalpha() and text[2:4].isdigit()):
        return False
    turned = text[4:].upper() + text[:4].upper()
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def iban_in(text: str) -> str:
    """The one valid account number (IBAN) in a text; empty where there is none or several."""
    found = set()
    for match in _IBAN.finditer(text.upper()):
        number = match.group().replace(" ", "")
        # What follows a number in free text sticks to it: the longest valid head counts.
        valid = next(
            (number[:end] for end in range(len(number), 14, -1) if is_iban(number[:end])), None
        )
        if valid:
            found.add(valid)
    return found.pop() if len(found) == 1 else ""
