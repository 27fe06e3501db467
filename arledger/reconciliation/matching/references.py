# SPDX-License-Identifier: GPL-2.0-or-later
"""Document numbers as people write them: brought to one form, and found in free text.

A number has up to three forms, from strict to loose: `compact` drops case, width and separators;
`bare` also drops words that only say "invoice" or "number" and leading zeros; `stepped` drops the
zeros in front of every group of digits (2025/12 is INV-2025-000012). `folded` takes for one what
the eye confuses (O and 0, I and 1) and serves the approximate comparison only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Protocol

import attrs

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
_RUN = re.compile(r"[A-Z]+|[0-9]+")
_WORD = re.compile(r"[A-Z0-9]+(?:[-/_.][A-Z0-9]+)*")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:[-/.年]?(?:0?[1-9]|1[0-2])(?:[-/.月]?(?:0?[1-9]|[12]\d|3[01])日?)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)?\d\d"
)
_OTHERS = re.compile(r"等|及其他|其它|其他|\bETC\b|\bU\.?\s?A\b|\bAND OTHERS?\b|\bET AL\b|\bUSW\b")
_FOLD = str.maketrans("OQDILZSGB", "000112568")
_ASCII_UPPER = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", " \t-/_.,:;#()[]{}'\"&+*\\|"
)

# A line of free text longer than this says nothing more: the rest isn't read.
TEXT_MAX = 1_000
JOINED_MAX = 7
DIGITS_IN_TEXT_MIN = 4
DIGITS_CLEAR_MIN = 5
WINDOW_MIN = 8
RANGE_MAX = 100


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
    return _RUN.findall(upper(text))


def folded(number: str) -> str:
    """The number with one sign for all that the eye takes for one: O and 0, I and 1, S and 5."""
    return number.translate(_FOLD)


def digits_in(text: str) -> int:
    """How many digits."""
    return sum(map(str.isdecimal, text))


def is_date(text: str) -> bool:
    """Whether this is a day, a month or a year rather than a document's number."""
    return _DATE.fullmatch(text.strip()) is not None


def says_others(text: str) -> bool:
    """Whether the text says that it names only some: 等, etc."""
    return _OTHERS.search(upper(text)) is not None


def is_clear(reference: str | None, text: str) -> bool:
    """Whether a line bears something that reads as a document's number.

    In the field meant for it two digits are enough; in free text five in one word. Days, months
    and years are none.
    """
    if reference and digits_in(reference) > 1 and not is_date(upper(reference)):
        return True
    return any(
        digits_in(word) >= DIGITS_CLEAR_MIN and not is_date(word)
        for word in _WORD.findall(upper(text[:TEXT_MAX]))
    )


@attrs.frozen(slots=True)
class _Run:
    """A group of letters or of digits in a text, and what stands between it and the one before."""

    text: str
    start: int
    end: int
    gap: str


def _runs(text: str) -> list[_Run]:
    found = []
    last = 0
    for at in _RUN.finditer(text):
        found.append(_Run(at.group(), at.start(), at.end(), text[last : at.start()]))
        last = at.end()
    return found


_JOINT = re.compile(r"[\s\-/_.#:]{0,3}")
_RANGE = re.compile(r"\s*(?:-|–|—|~|〜|至|到|TO|BIS|À)\s*")


class Known(Protocol):
    """Which entries a number stands for, written as it stands or, if not strictly, bare."""

    def __call__(self, key: str, *, strict: bool) -> tuple[int, ...] | None:
        """The entries; None where nobody bears the number."""
        ...


def named_in(text: str, known: Known, lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The known numbers that a free text names, from left to right, the longest first.

    `known` says which entries a key belongs to, strictly in its compact form or
    loosely in the bare one; `lengths` are those of the known numbers, for numbers that
    were written one after the other without any separator.
    """
    runs = _runs(upper(text[:TEXT_MAX]))
    position = 0
    before: str | None = None
    while position < len(runs):
        hit = _longest(runs, position, known)
        if hit is not None:
            entries, key, after = hit
            if before is not None and _RANGE.fullmatch(runs[position].gap):
                yield from _range(before, key, known)
            yield entries
            before, position = key, after
            continue
        run = runs[position]
        if (
            before is not None
            and run.text.isdecimal()
            and (abridged := _abridged(before, run.text))
        ):
            entries_of = known(abridged, strict=False)
            if entries_of and run.gap.strip() in {"/", ",", "、", "&", "+", ";", "-", "~", "至"}:
                if run.gap.strip() in {"-", "~", "至"}:
                    yield from _range(before, abridged, known)
                yield entries_of
                before = abridged
                position += 1
                continue
        yield from _glued(run.text, known, lengths)
        position += 1


def _longest(
    runs: Sequence[_Run], position: int, known: Known
) -> tuple[tuple[int, ...], str, int] | None:
    """The longest known number that begins at a group, its bare form and where it ends."""
    best = None
    key = ""
    for end in range(position, min(position + JOINED_MAX, len(runs))):
        run = runs[end]
        if end > position and not _JOINT.fullmatch(run.gap):
            break
        key += run.text
        entries = known(key, strict=True)
        loose = bare(key)
        if entries is None and len(loose) >= DIGITS_IN_TEXT_MIN and not is_date(key):
            entries = known(loose, strict=False)
        if entries is None and end > position and runs[position].text.isalpha():
            steps = stepped([one.text for one in runs[position : end + 1]])
            entries = known(steps, strict=False) if steps else None
        if entries and (digits_in(key) >= DIGITS_IN_TEXT_MIN or key != loose):
            best = (entries, loose, end + 1)
    return best


def _abridged(before: str, digits: str) -> str | None:
    """The number whose end is written only: after 2025-0017, "18" is 2025-0018."""
    if not 0 < len(digits) < len(before) or not before[-len(digits) :].isdecimal():
        return None
    return before[: -len(digits)] + digits


def _range(first: str, last: str, known: Known) -> Iterator[tuple[int, ...]]:
    """The known numbers between two ends that differ only in their last digits."""
    head = re.match(r"^(.*?)(\d+)$", first)
    tail = re.match(r"^(.*?)(\d+)$", last)
    if head is None or tail is None or head[1] != tail[1]:
        return
    low, high = int(head[2]), int(tail[2])
    if not low < high <= low + RANGE_MAX:
        return
    width = len(head[2])
    for number in range(low + 1, high):
        entries = known(f"{head[1]}{number:0{width}d}", strict=False)
        if entries:
            yield entries


def _glued(text: str, known: Known, lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Known numbers written without any separator, or within a longer one."""
    position = 0
    while len(text) - position >= WINDOW_MIN:
        for length in lengths:
            if not WINDOW_MIN <= length <= len(text) - position:
                continue
            entries = known(text[position : position + length], strict=True)
            if entries:
                yield entries
                position += length
                break
        else:
            position += 1


def tokens(reference: str | None, text: str) -> tuple[str, ...]:
    """What on a line could be a number written wrongly: words, and neighbours taken together."""
    found: dict[str, None] = {}
    text = text[:TEXT_MAX]
    if reference and len(reference) >= DIGITS_IN_TEXT_MIN:
        text = text.replace(reference, " ; ")
    for source in (reference or "", text):
        if not any(map(str.isdecimal, source)):
            continue
        runs = _runs(upper(source))
        for position in range(len(runs)):
            key = ""
            for end in range(position, min(position + JOINED_MAX, len(runs))):
                if end > position and not _JOINT.fullmatch(runs[end].gap):
                    break
                key += runs[end].text
                if digits_in(key) >= DIGITS_IN_TEXT_MIN:
                    found[key] = None
        if source is reference and source:
            found[compact(source)] = None
    return tuple(found)
