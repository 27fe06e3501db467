# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands above and below the table: whose statement, which period, currency and balances."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import attrs

from arledger.reconciliation.reading.bookings import Booking, Figure, currency_of
from arledger.reconciliation.reading.dates import DateError, Numeric, read_date
from arledger.reconciliation.reading.numbers import (
    CURRENCIES,
    Flag,
    MarkEvidence,
    NumberError,
    shape,
)
from arledger.reconciliation.reading.overrides import DateOrder
from arledger.reconciliation.reading.table import Row
from arledger.reconciliation.reading.words import kind_of_label, label

_DAY = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}(?!\d)\s*日?|(?<!\d)(?:19|20)\d{6}(?!\d)|"
    r"(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?!\d)|"
    r"\d{1,2}(?:st|nd|rd|th)?[- ][A-Za-z]{3,9}[- ,.]+\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
)
_MONTH = re.compile(r"(\d{4})\s*(?:年|[-./])\s*(\d{1,2})\s*(?:月|期)?(?!\d|[./-]\d{1,2}(?!\d))")
_PERIOD = re.compile(
    r"期间|期間|账期|月份|日期|起止|范围|範圍|至|period|from|between|month", re.IGNORECASE
)
_AS_OF = re.compile(
    r"截止|截至|结账|as (?:of|at)|to|statement date|对账日|對賬日|對帳日", re.IGNORECASE
)
_PRINTED = re.compile(
    r"打印|列印|制表|製表|导出|生成|printed|created|generated|download date", re.IGNORECASE
)
_CURRENCY = re.compile(
    r"(?:币种|幣種|幣別|币别|货币|貨幣|currency|ccy|单位|單位)\s*[::]?\s*(\S+)", re.IGNORECASE
)
_FLAGGED = re.compile(r"^(?P<flag>[借贷貸])\s*(?:方)?\s*(?P<rest>.+)$")


CHARACTERS_MAX = 1_000  # of a row above the table


@attrs.frozen
class Period:
    """The days that a statement says it covers, either of them unknown."""

    start: date | None = None
    end: date | None = None


def heading_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """The rows above the table, each as one text."""
    texts = (" ".join(" ".join(filter(None, row.texts)).split()) for row in rows)
    return tuple(text[:CHARACTERS_MAX] for text in texts if text)


def period_of(heading: Sequence[str], order: DateOrder | None) -> Period:
    """Two days in one row are a period, one after `as of` is its end, a month is itself."""
    for text in heading:
        if _PRINTED.search(text) and not _PERIOD.search(text):
            continue
        days = list(_days(text, order))
        if len(days) == 2 and days[0] <= days[1]:  # noqa: PLR2004 - from and to
            return Period(days[0], days[1])
    for text in heading:
        days = list(_days(text, order))
        if not days:
            months = list(_months(text))
            if months:
                return Period(months[0].replace(day=1), _last_day(months[-1]))
        if len(days) == 1 and _AS_OF.search(text) and not _PRINTED.search(text):
            return Period(None, days[0])
    return Period()


def _days(text: str, order: DateOrder | None) -> Iterator[date]:
    for match in _DAY.finditer(unicodedata.normalize("NFKC", text)):
        try:
            found = read_date(match[0].strip())
        except DateError:
            continue
        if isinstance(found, Numeric):
            found = found.under(order or found.orders[0]) if _settled(found, order) else None
        if found is not None:
            yield found


def numerics(text: str) -> Iterator[Numeric]:
    """The dates in a text whose order it doesn't tell."""
    for match in _DAY.finditer(unicodedata.normalize("NFKC", text)):
        try:
            found = read_date(match[0].strip())
        except DateError:
            continue
        if isinstance(found, Numeric):
            yield found


def _settled(found: Numeric, order: DateOrder | None) -> bool:
    return order is not None or len(found.orders) == 1


def _months(text: str) -> Iterator[date]:
    for match in _MONTH.finditer(unicodedata.normalize("NFKC", text)):
        year, month = int(match[1]), int(match[2])
        if 1900 < year < 2200 and 1 <= month <= 12:  # noqa: PLR2004 - a month of our time
            yield date(year, month, 1)


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def currency_in(heading: Sequence[str], headings: Sequence[str]) -> str | None:
    """The currency that the heading, or the head of a column, names; None for none or several."""
    found = set()
    for text in heading:
        for match in _CURRENCY.finditer(unicodedata.normalize("NFKC", text)):
            named = _sign(match[1])
            if named is not None:
                found.add(named)
    if not found:
        for text in (*heading, *headings):
            found.update(_signs(text))
    return found.pop() if len(found) == 1 else None


def _sign(text: str) -> str | None:
    plain = re.split(r"[,，;)）(（\s]", text.strip())[0]
    if plain.upper() in {"元", "¥", "圆"}:
        return "CNY"
    code = CURRENCIES.get(plain.upper())
    return code if code is not None else None


def _signs(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text)
    if re.search(r"\(元\)|单位:元|人民币|人民幣", plain):
        yield "CNY"
    for word in re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])|€|£", plain):
        named = CURRENCIES.get(word)
        if named is not None:
            yield named


def balances_beside(rows: Iterable[Row], marks: MarkEvidence) -> Iterator[Booking]:
    """Balances above and below the table: a label, and a number in the same cell or the next."""
    for row in rows:
        cells = [text for text in row.texts if text]
        for number, text in enumerate(cells):
            found = _labelled(text, cells[number + 1 : number + 2])
            if found is None:
                continue
            kind, figure, flag = found
            if figure.shape is not None:
                marks.add(row.line, figure.shape.body)
            yield Booking(
                kind,  # type: ignore[arg-type]
                row.line,
                {"balance": figure},
                side=flag,
                page="页" in label(text) or "頁" in label(text),
                title=text,
            )


def _labelled(text: str, after: Sequence[str]) -> tuple[str, Figure, Flag | None] | None:
    name, _, rest = unicodedata.normalize("NFKC", text).partition(":")
    kind = kind_of_label(name)
    if kind not in {"opening", "closing"}:
        return None
    for candidate in ([rest] if rest.strip() else []) or list(after):
        figure = _number(candidate.strip())
        if figure is not None:
            return kind, *figure
    return None


def _number(text: str) -> tuple[Figure, Flag | None] | None:
    flag: Flag | None = None
    match = _FLAGGED.match(text)
    if match is not None:
        flag = "debit" if match["flag"] == "借" else "credit"
        text = match["rest"].lstrip(": ")
    try:
        found = shape(text)
    except NumberError:
        return None
    return None if found is None else (Figure(None, found), flag)


__all__ = [
    "Period",
    "balances_beside",
    "currency_in",
    "currency_of",
    "heading_of",
    "period_of",
]
