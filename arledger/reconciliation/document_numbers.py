# SPDX-License-Identifier: GPL-2.0-or-later
"""Document numbers as people write them, brought to one form.

A number has up to three forms, from strict to loose: `compact` drops case, width and separators;
`bare` also drops words that only say "invoice" or "number" and leading zeros; `stepped` drops the
zeros in front of every group of digits (2025/12 is INV-2025-000012). `folded` takes for one what
the eye confuses (O and 0, I and 1) and serves the approximate comparison only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Words that announce a number and are no part of it. Words that tell one kind of document from
# another (CN, DN, PO, XS …) are part of it.
_WORDS = (
    "INVOICES|INVOICE|INVS|INV|NUMBERS|NUMBER|NUMERO|NUM|NOS|NO|NR|REF|REFERENCE|BILL|DOC|DOCUMENT|"
    "RECHNUNGEN|RECHNUNG|RECH|RNR|RG|RE|FACTURA|FACTURE|FACT|FATTURA|FATT|FRA|FAC|FAKTURA|"
    "发票号码|发票号|发票|發票號碼|發票號|發票|票号|票號|单据号|單據號|单号|單號|编号|編號|号码|號碼|号|號|第"
)
_ANNOUNCED = re.compile(rf"^(?:{_WORDS})+(?=\d)")
_ALL_WORDS = frozenset(_WORDS.split("|"))
_INITIALS = frozenset(word[0] for word in _ALL_WORDS)
_NOT_ALNUM = re.compile(r"[\W_]+")
_INNER_ZERO = re.compile(r"[^0-9]0+[1-9]")
# A group of letters or of digits.
RUN = re.compile(r"[A-Z]+|[0-9]+")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:[-/.年]?(?:0?[1-9]|1[0-2])(?:[-/.月]?(?:0?[1-9]|[12]\d|3[01])日?)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)?\d\d"
)
_FOLD = str.maketrans("OQDILZSGB", "000112568")
_ASCII_UPPER = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", " \t-/_.,:;#()[]{}'\"&+*\\|"
)


def upper(text: str) -> str:
    """Half-width capitals."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.upper()


def compact(text: str) -> str:
    """Only letters and digits, in half-width capitals."""
    if text.isascii():
        done = text.translate(_ASCII_UPPER)
        if done.isalnum():
            return done
    return _NOT_ALNUM.sub("", upper(text))


def bare(number: str) -> str:
    """A compact number without the word that announces it and without leading zeros."""
    first = number[:1]
    if first in _INITIALS:
        number = _ANNOUNCED.sub("", number)
    return number.lstrip("0")


def stepped(runs: Sequence[str]) -> str:
    """Groups of digits and letters, each without leading zeros; empty for a single group."""
    kept = [run.lstrip("0") or "0" for run in runs]
    if kept and kept[0] in _ALL_WORDS:
        del kept[0]
    return ".".join(kept) if len(kept) > 1 else ""


def has_inner_zeros(number: str) -> bool:
    """Whether a group of digits after the first letter or separator begins with zeros."""
    return _INNER_ZERO.search(number) is not None


def runs_of(text: str) -> list[str]:
    """The groups of letters and of digits in a text."""
    return RUN.findall(upper(text))


def folded(number: str) -> str:
    """The number with one sign for all that the eye takes for one: O and 0, I and 1, S and 5."""
    return number.translate(_FOLD)


def digits_in(text: str) -> int:
    """How many digits."""
    return sum(map(str.isdecimal, text))


def is_date(text: str) -> bool:
    """Whether this is a day, a month or a year rather than a document's number."""
    return _DATE.fullmatch(text.strip()) is not None
