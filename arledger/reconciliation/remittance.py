# SPDX-License-Identifier: GPL-2.0-or-later
"""What a payment says it is for: the invoice and contract numbers in its purpose text.

Numbers are compared without case, width and punctuation, between the boundaries of words: a
bank writes `INV-2024-0501` as `INV 2024 0501` or `INV20240501`. In `INV-0501/0502` the second
number is an abbreviation of its kind. A number that could as well be a year, a date or a
quantity is weak: it counts only where the payer and the amount say the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise

import attrs
from rapidfuzz.distance import OSA

# How many words a number may have been cut into.
WORDS_MAX = 8
# A number with letters, or of digits only, is telling from this length on.
LETTERED_MIN = 4
DIGITS_MIN = 6
# From these lengths on one, or two, slips of the pen may be forgiven.
ONE_SLIP_MIN = 6
TWO_SLIPS_MIN = 12
TAIL_MIN = 3

_AND = frozenset({"AND", "UND", "ET", "Y", "E", "及", "和", "与", "與", "跟"})
_WORD = re.compile(r"[0-9A-Z]+|[^\W\d_A-Z]+")
_CONTRACT = re.compile(
    r"(?:合同|合約|契約|CONTRACT|VERTRAG)(?:编号|編號|号码|號碼|号|號|\s*(?:NUMBER|NR|NO)\b)?"
    r"[\s.:#-]*([A-Z0-9][A-Z0-9\-_/.]*[A-Z0-9])"
)


def plain_text(text: str) -> str:
    """In one width and in capitals."""
    return unicodedata.normalize("NFKC", text).upper()


def number_key(number: str) -> str:
    """A document's number without case, width and punctuation."""
    return "".join(_WORD.findall(plain_text(number)))


@attrs.frozen
class Words:
    """The words of a text, and what stands between each and the next."""

    words: tuple[str, ...]
    gaps: tuple[str, ...]

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, text: str) -> Words:
        """Cut a text into words; Chinese and Latin ones apart."""
        plain = plain_text(text)
        found = list(_WORD.finditer(plain))
        gaps = [plain[one.end() : other.start()] for one, other in pairwise(found)]
        return cls(tuple(one[0] for one in found), (*gaps, ""))

    def joined(self) -> Iterator[tuple[int, int, str]]:
        """Each run of words as one, the longest first at each beginning."""
        for start in range(len(self.words)):
            for end in range(min(len(self.words), start + WORDS_MAX), start, -1):
                yield start, end, "".join(self.words[start:end])


@attrs.frozen
class Mention:
    """A number that a text names; `strong` says that it can hardly be anything else."""

    key: str
    strong: bool


@attrs.frozen(eq=False)
class Numbers:
    """The document numbers that a text may name, by `number_key`."""

    known: Mapping[str, tuple[str, ...]]
    # Those with Chinese characters in them, and the forms of those that are telling.
    wide: tuple[str, ...]
    shapes: frozenset[str]

    @classmethod
    def of(cls, numbers: Iterable[str]) -> Numbers:
        """From the numbers as the ledger writes them."""
        known: dict[str, list[str]] = {}
        for number in sorted(set(numbers)):
            if key := number_key(number):
                known.setdefault(key, []).append(number)
        return cls(
            {key: tuple(values) for key, values in known.items()},
            tuple(key for key in known if not key.isascii() and len(key) >= LETTERED_MIN),
            frozenset(shape(key) for key in known if _telling(key)),
        )

    def numbers(self, key: str) -> tuple[str, ...]:
        """How the ledger writes a number."""
        return self.known.get(key, ())


def mentions(text: str, numbers: Numbers) -> tuple[Mention, ...]:
    """The known numbers in a text, each once, in the order of the text."""
    words = Words.of(text)
    known = numbers.known
    found: dict[str, bool] = {}
    at = 0
    while at < len(words.words):
        end, key = _longest(words, at, known)
        if not key:
            at += 1
            continue
        found[key] = found.get(key, False) or (_telling(key) and not _goes_on(words, end))
        at = end
        if found[key]:
            at = _abbreviated(words, at, key, known, found)
    if numbers.wide:
        joined = number_key(text)
        for key in numbers.wide:
            if key in joined:
                found.setdefault(key, True)
    return tuple(Mention(key, strong) for key, strong in found.items())


def _longest(words: Words, at: int, known: Mapping[str, object]) -> tuple[int, str]:
    for end in range(min(len(words.words), at + WORDS_MAX), at, -1):
        key = "".join(words.words[at:end])
        if key in known:
            return end, key
    return at, ""


def _goes_on(words: Words, end: int) -> bool:
    """Whether a hyphen ties more to it: then it is a part of another number."""
    return end < len(words.words) and words.gaps[end - 1] == "-"


def _abbreviated(
    words: Words, at: int, key: str, known: Mapping[str, object], found: dict[str, bool]
) -> int:
    """Take `0502` after `INV-0501 and` for INV-0502, as far as there are such."""
    stem = key.rstrip("0123456789")
    while at < len(words.words):
        here = at + 1 if words.words[at] in _AND and at + 1 < len(words.words) else at
        word = words.words[here]
        whole = key[: -len(word)] + word
        short = word.isdigit() and len(word) <= len(key) - len(stem)
        if not short or whole not in known or word in known:
            break
        found.setdefault(whole, True)
        at = here + 1
    return at


def _telling(key: str) -> bool:
    if not any(char.isdigit() for char in key):
        return False
    if key.isdigit():
        return len(key) >= DIGITS_MIN and not _is_date(key)
    return len(key) >= LETTERED_MIN


def _is_date(key: str) -> bool:
    try:
        date.fromisoformat(key)
    except ValueError:
        return False
    return key[:2] in {"19", "20"}


def shape(key: str) -> str:
    """The form of a number: its letters, and a 9 for each digit."""
    return re.sub(r"[0-9]", "9", key)


def names_another(text: str, shapes: frozenset[str], keys: frozenset[str]) -> bool:
    """Whether a text names a number of one of these forms that is none of `keys`."""
    return any(
        shape(joined) in shapes and joined not in keys and _telling(joined)
        for _, _, joined in Words.of(text).joined()
    )


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """What of a text may be a number, and whether it is one word of digits."""
    found = {
        joined: end == start + 1 and joined.isdigit()
        for start, end, joined in Words.of(text).joined()
        if any(char.isdigit() for char in joined)
    }
    return tuple(found.items())


@lru_cache(maxsize=1 << 18)
def resembles(text: str, key: str) -> bool:
    """Whether a text has a number with a slip of the pen in it, or the end of it."""
    slips = 2 if len(key) >= TWO_SLIPS_MIN else 1 if len(key) >= ONE_SLIP_MIN else 0
    tail = len(key) - len(key.rstrip("0123456789"))
    for piece, digits in _pieces(text):
        if (
            slips
            and abs(len(piece) - len(key)) <= slips
            and OSA.distance(piece, key, score_cutoff=slips) <= slips
        ):
            return True
        if digits and TAIL_MIN <= len(piece) <= tail and key.endswith(piece):
            return True
    return False


def contracts(text: str, numbers: Numbers) -> tuple[str, ...]:
    """The contracts a text names: those the ledger knows, else what it calls a contract itself."""
    found = [
        number
        for mention in mentions(text, numbers)
        if mention.strong
        for number in numbers.numbers(mention.key)
    ]
    if not found:
        found = [one for one in _CONTRACT.findall(plain_text(text)) if any(map(str.isdigit, one))]
    return tuple(dict.fromkeys(found))
