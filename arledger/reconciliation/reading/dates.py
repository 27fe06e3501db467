# SPDX-License-Identifier: GPL-2.0-or-later
"""Dates as files write them, and the order of day and month settled over all of them.

A date that begins with four digits or names its month says all by itself. `03/04/2024` doesn't:
`settle_order` takes all dates of a file together and asks where they leave it open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

import attrs

from arledger.findings import Text, say
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import DateOrder

ORDERS: tuple[DateOrder, ...] = ("ymd", "dmy", "mdy")
# Two digits of a year belong to 1970 … 2069, as POSIX has it with a year's grace.
CENTURY_SPLIT = 70
# Day 1 of a spreadsheet, and the serials that are dates of our time: 1954 to 2119.
SERIAL_ZERO = date(1899, 12, 30)
SERIALS = range(20_000, 80_001)
_CHARACTERS_MAX = 60  # of a cell with a date
YEARS = range(1900, 2200)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar",
            "feb february fev fevr fevrier februar",
            "mar march mars marz maerz mrz",
            "apr april avr avril",
            "may mai",
            "jun june juin juni",
            "jul july juil juillet juli",
            "aug august aout",
            "sep sept september septembre",
            "oct october okt oktober octobre",
            "nov november novembre",
            "dec december dez dezember decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = (
    r"(?:[T\s]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:AM|PM)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*(?:[-/.]\s*(?P<m>\d{1,2})\s*[-/.]\s*(?P<d>\d{1,2})|"
    r"年\s*(?P<cm>\d{1,2})\s*月\s*(?P<cd>\d{1,2})\s*[日号號]?)" + _TIME,
    re.IGNORECASE,
)
_EIGHT = re.compile(r"(?P<y>(?:19|20|21)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:\s?\d{6}|" + _TIME + ")")
_THREE = re.compile(
    r"(?P<a>\d{1,2})\s*(?P<sep>[-/.])\s*(?P<b>\d{1,2})\s*(?P=sep)\s*(?P<c>\d{4}|\d{2})" + _TIME,
    re.IGNORECASE,
)
_DAY_NAME = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/.\s]*(?P<m>[^\W\d_]{3,9})\.?[-/.,\s]*(?P<y>\d{4}|\d{2})"
    + _TIME,
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    r"(?P<m>[^\W\d_]{3,9})\.?[-/\s]*(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/,\s]+(?P<y>\d{4}|\d{2})"
    + _TIME,
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.\s]+)|\s*(?:星期|周|週)[一二三四五六日天]\s*$",
    re.IGNORECASE,
)


class DateError(ValueError):
    """A cell that is no date (`impossible`: one that no calendar has, as 30 February)."""

    def __init__(self, text: str, *, impossible: bool = False) -> None:
        super().__init__(text)
        self.impossible = impossible


@attrs.frozen(slots=True)
class Numeric:
    """Three numbers of a date whose order isn't told: `03/04/2024`, `01.03.24`."""

    first: int
    second: int
    third: int
    separator: str
    short: bool

    def under(self, order: DateOrder) -> date | None:
        """The date in this order, None where there is none."""
        if order == "ymd":
            if not self.short:
                return None
            return _make(_year(self.first, short=True), self.second, self.third)
        year = _year(self.third, short=self.short)
        if order == "dmy":
            return _make(year, self.second, self.first)
        return _make(year, self.first, self.second)

    @property
    def orders(self) -> tuple[DateOrder, ...]:
        """The orders in which this is a date."""
        return tuple(order for order in ORDERS if self.under(order) is not None)


def _year(number: int, *, short: bool) -> int:
    if not short:
        return number
    return 2000 + number if number < CENTURY_SPLIT else 1900 + number


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _certain(text: str, year: int, month: int, day: int) -> date:
    found = _make(year, month, day)
    if found is None:
        raise DateError(text, impossible=True)
    return found


@lru_cache(maxsize=65536)
def read_date(text: str) -> date | Numeric | None:
    """What a cell says: a date, three numbers whose order is open, or None where it is blank."""
    text = " ".join(text.split())
    if len(text) > _CHARACTERS_MAX:
        raise DateError(text)
    plain = unicodedata.normalize("NFKC", text).strip().strip("\ufeff\u200b'")
    plain = _WEEKDAY.sub("", plain).strip()
    if not plain or not plain.strip("-–—/. "):
        return None
    match = _YEAR_FIRST.fullmatch(plain)
    if match is not None:
        month, day = match["m"] or match["cm"], match["d"] or match["cd"]
        return _certain(text, int(match["y"]), int(month), int(day))
    match = _EIGHT.fullmatch(plain)
    if match is not None:
        return _certain(text, int(match["y"]), int(match["m"]), int(match["d"]))
    match = _THREE.fullmatch(plain)
    if match is not None:
        return _numeric(text, match)
    return _named(text, plain)


def _numeric(text: str, match: re.Match[str]) -> Numeric:
    found = Numeric(
        int(match["a"]),
        int(match["b"]),
        int(match["c"]),
        match["sep"],
        len(match["c"]) == 2,  # noqa: PLR2004 - digits
    )
    if not found.orders:
        raise DateError(text, impossible=True)
    return found


def _named(text: str, plain: str) -> date:
    match = _DAY_NAME.fullmatch(plain) or _NAME_DAY.fullmatch(plain)
    if match is not None:
        name = unicodedata.normalize("NFKD", match["m"]).encode("ascii", "ignore").decode().lower()
        month = _MONTHS.get(name)
        if month is not None:
            year = _year(int(match["y"]), short=len(match["y"]) == 2)  # noqa: PLR2004 - digits
            return _certain(text, year, month, int(match["d"]))
    raise DateError(text)


def serial_date(serial: int) -> date | None:
    """The day of a spreadsheet's serial number, or of a number like 20240301; None for others."""
    if serial in SERIALS:
        return SERIAL_ZERO + timedelta(days=serial)
    if len(str(serial)) == 8:  # noqa: PLR2004 - yyyymmdd
        return _make(serial // 10000, serial // 100 % 100, serial % 100)
    return None


@attrs.frozen(slots=True)
class Settled:
    """An order of day, month and year, and why it is that one; None where no date needed it."""

    order: DateOrder | None
    reason: Text | None = None


def settle_order(
    dates: Sequence[tuple[int, Numeric]],
    ordered: Sequence[date | Numeric],
    within: tuple[date, date] | None,
    file: str,
) -> Settled:
    """The one order in which all `dates` (each with its line) can be read.

    `ordered` are the dates of the lines as they follow each other, `within` the period that the
    file itself states. Raises `ReadingError` where nothing settles it, or nothing fits.
    """
    if not dates:
        return Settled(None)
    numbers = [numeric for _, numeric in dates]
    left = _without_years_that_jump(_possible(dates, file), numbers)
    if len(left) == 1:
        return Settled(left[0])
    settled = (
        _by_period(left, numbers, within)
        or _by_years(left, numbers)
        or _by_sequence(left, ordered)
        or _by_custom(left, numbers)
    )
    if settled is not None:
        return settled
    if _same_day(left, numbers):
        return Settled(left[0])
    line, numeric = dates[0]
    raise ReadingError(
        say(
            "{file}:{line}: the dates, like {date}, can be read as {orders}; say which with "
            "--date-order",
            file=file,
            line=line,
            date=written(numeric),
            orders=", ".join(left),
        )
    )


def written(numeric: Numeric) -> str:
    """A date about as the file has it."""
    return numeric.separator.join(
        f"{number:02}" for number in (numeric.first, numeric.second, numeric.third)
    )


def _possible(dates: Iterable[tuple[int, Numeric]], file: str) -> tuple[DateOrder, ...]:
    left: tuple[DateOrder, ...] = ORDERS
    before = None
    for line, numeric in dates:
        narrowed = tuple(order for order in left if order in numeric.orders)
        if not narrowed:
            raise ReadingError(
                say(
                    "{file}:{line}: {date} can't be read in the same order as {other} on line "
                    "{place}: day and month, or an impossible date",
                    file=file,
                    line=line,
                    date=written(numeric),
                    other=written(before[1]) if before else "",
                    place=before[0] if before else 0,
                )
            )
        if before is None or narrowed != left:
            before = (line, numeric)
        left = narrowed
    return left


def _by_period(
    left: Sequence[DateOrder], numbers: Sequence[Numeric], within: tuple[date, date] | None
) -> Settled | None:
    """Only one order keeps all dates in the period that the file states."""
    if within is None:
        return None
    fits = [
        order
        for order in left
        if all(within[0] <= day <= within[1] for n in numbers if (day := n.under(order)))
    ]
    if len(fits) != 1:
        return None
    return Settled(
        fits[0],
        say(
            "dates are read as {order}: only so they lie in the stated period {start} to {end}",
            order=fits[0],
            start=within[0],
            end=within[1],
        ),
    )


def _by_years(left: Sequence[DateOrder], numbers: Sequence[Numeric]) -> Settled | None:
    """Of two-digit years: the first two digits stay while the last ones change."""
    if "ymd" not in left or _variety(numbers) >= 0:
        return None
    return Settled(
        "ymd", say("dates are read as ymd: the first two digits stay while the last ones change")
    )


def _without_years_that_jump(
    left: tuple[DateOrder, ...], numbers: Sequence[Numeric]
) -> tuple[DateOrder, ...]:
    """Days change from line to line and years don't: the first two digits are no year then."""
    rest = tuple(order for order in left if order != "ymd")
    return rest if rest and _variety(numbers) > 0 else left


def _variety(numbers: Sequence[Numeric]) -> int:
    """By how many values more the first number varies than the last one."""
    return len({number.first for number in numbers}) - len({number.third for number in numbers})


def _by_sequence(left: Sequence[DateOrder], ordered: Sequence[date | Numeric]) -> Settled | None:
    """Only one order has the lines sorted by date, up or down."""
    fits = [order for order in left if _sorted(ordered, order)]
    if len(fits) != 1:
        return None
    return Settled(
        fits[0],
        say("dates are read as {order}: only so the lines are in order of date", order=fits[0]),
    )


def _sorted(ordered: Sequence[date | Numeric], order: DateOrder) -> bool:
    days = [found.under(order) if isinstance(found, Numeric) else found for found in ordered]
    known = [day for day in days if day is not None]
    if len(set(known)) < 2:  # noqa: PLR2004 - one day is in any order
        return False
    pairs = list(pairwise(known))
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)


def _by_custom(left: Sequence[DateOrder], numbers: Sequence[Numeric]) -> Settled | None:
    """Points stand between day, month and year, in this order, wherever they are used."""
    if "dmy" in left and all(number.separator == "." for number in numbers):
        return Settled("dmy", say("dates are read as dmy, as dates with points are written"))
    return None


def _same_day(left: Sequence[DateOrder], numbers: Sequence[Numeric]) -> bool:
    """Whether the orders that are left make no difference (03/03/2024)."""
    return all(len({number.under(order) for order in left}) == 1 for number in numbers)
