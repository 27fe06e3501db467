# SPDX-License-Identifier: GPL-2.0-or-later
"""Payment terms (账期): when an invoice falls due, and discounts for early payment.

An accountant writes them as text, in English or Chinese, and this module reads it::

    net 30                net 2 months          net 1 month 30 days   净30天
    on receipt            cod                   immediate             货到付款
    eom                   eom net 30            net 30 eom            月结30天
    15th next month       end of next month     1st next month        次月15日
    15th at least 31 days (the first 15th on or after the invoice's date + 31 days)
    net 2 months then 15th, net 2 months then 15th then 30 days (steps, in that order)
    2/10 net 30           2/10, n/30            2/10 1/20 net 60      1.5/10 净30天
    30% on receipt, 60% net 60, rest net 365    30% 货到付款, 60% 60天, 余款365天
    10,000 CNY on receipt, rest net 30          25% of rest net 30, rest net 60
    net 30 from acceptance                      验收后30天
    30% on receipt, 60% on acceptance, rest net 365 from acceptance

Days are calendar days, the base date is day 0. Months clip at the month's end
(31 January + 1 month = 28 or 29 February); months counted from the end of a month end
at the end of a month (`eom net 2 months` of 10 February: 30 April). `eom` is reached
first, wherever it is written (`net 30 eom` is `eom net 30`), unless `then` says
otherwise (`net 30 then eom`). `from acceptance` belongs to the instalment it is written
with; between separators of its own it speaks of all of them.

The decimal sign is a point; a comma with three digits before a currency groups
thousands, and any other comma parts instalments.
"""

from __future__ import annotations

import calendar
import decimal
import functools
import itertools
import re
import unicodedata
from datetime import MAXYEAR, date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

import attrs

from arledger.findings import Text, say

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT_CHARS_MAX = 500
SHOWN_CHARS_MAX = 80
PARTS_MAX = 60
DAYS_MAX = 36_525  # a hundred years
MONTHS_MAX = 1_200
MONTH_DAYS_MAX = 31
PERCENT_DECIMALS_MAX = 10
AMOUNT_DIGITS_MAX = 40  # before the decimal point, and as many behind it
ROUNDING_DIGITS_MAX = 30
HUNDRED = Decimal(100)

# Enough for the largest amount times the longest percentage: nothing is ever rounded
# but where a percentage is rounded to the currency's digits.
_EXACT = decimal.Context(prec=150)


class TermsError(ValueError):
    """Payment terms that can't be read, or can't be applied to an amount; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


# When it falls due ------------------------------------------------------------------


@attrs.frozen
class Days:
    """So many calendar days later."""

    days: int


@attrs.frozen
class Months:
    """So many months later, clipped to the length of the month."""

    months: int


@attrs.frozen
class MonthEnd:
    """The last day of the month reached."""


@attrs.frozen
class DayInMonth:
    """That day of the month reached; of the next one if it lay before the base date."""

    day: int


@attrs.frozen
class DayOnOrAfter:
    """The first such day of a month on or after the date reached."""

    day: int


Step = Days | Months | MonthEnd | DayInMonth | DayOnOrAfter


@attrs.frozen
class DueRule:
    """How the due date follows from the base date: steps in order, none for at once."""

    steps: tuple[Step, ...]

    def due(self, base: date) -> date:
        """Return the due date, which is never before the base date."""
        try:
            due = base
            for step in self.steps:
                due = _after(step, due, base)
        except OverflowError:
            late = say(
                "counted from {day} they fall due after the year {year}", day=base, year=MAXYEAR
            )
            raise TermsError(late) from None
        assert due >= base
        return due


def _after(step: Step, day: date, base: date) -> date:
    """Return the date one step on from a day reached."""
    match step:
        case Days(days):
            return day + timedelta(days=days)
        case Months(months):
            return plus_months(day, months)
        case MonthEnd():
            return _in_month(day, MONTH_DAYS_MAX)
        case DayInMonth(number):
            return _in_month_not_before(day, number, base)
        case DayOnOrAfter(number):
            return _in_month_not_before(day, number, day)
        case _:  # pragma: no cover
            assert_never(step)


def plus_months(day: date, months: int) -> date:
    """Return the same day so many months later, clipped to that month's length."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        raise OverflowError
    return _in_month(date(year, month + 1, 1), day.day)


def _in_month(day: date, number: int) -> date:
    """Return that day of the month, clipped to its length."""
    length = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=min(number, length))


def _in_month_not_before(day: date, number: int, earliest: date) -> date:
    """Return that day of the month, or of the next one where it would be too early."""
    found = _in_month(day, number)
    if found >= earliest:
        return found
    return _in_month(plus_months(day, 1), number)


# What falls due ---------------------------------------------------------------------


@attrs.frozen
class Discount:
    """A discount for early payment (`2/10`)."""

    percent: Decimal  # of the gross amount after credit notes
    days: int  # days after the base date, the last day included


@attrs.frozen
class Part:
    """One instalment of the terms: a percentage, a fixed amount or the rest."""

    percent: Decimal | None  # share of the whole (or of what is left), or
    amount: Decimal | None  # a fixed amount in `currency`;
    currency: str | None  # all None: the rest
    rule: DueRule
    from_acceptance: bool = False
    of_rest: bool = False  # the percentage is of what the parts before it left

    @property
    def is_rest(self) -> bool:
        """Whether it takes what the others leave."""
        return self.percent is None and self.amount is None


@attrs.frozen
class Instalment:
    """What falls due on one day of one invoice."""

    due: date
    amount: Decimal
    index: int  # 1-based, in order of due date


@attrs.frozen
class Terms:
    """Payment terms; two are equal where they say the same in other words."""

    text: str = attrs.field(eq=False)  # as it was written
    parts: tuple[Part, ...]
    discounts: tuple[Discount, ...]  # ascending by days
    from_acceptance: bool  # any part counts from the date of acceptance

    def instalments(
        self,
        amount: Decimal,
        currency: str,
        base: date,
        digits: int,
        acceptance: date | None = None,
    ) -> tuple[Instalment, ...]:
        """Split an amount into instalments by due date; they sum to it exactly.

        Percentages are rounded half up to `digits`, the rest takes the rounding. Parts
        from acceptance count from the base date while there is no acceptance. An amount
        of zero is due at once.

        Raises:
            TermsError: where the terms can't be applied to that amount or that date.

        """
        assert 0 <= digits <= ROUNDING_DIGITS_MAX
        try:
            if not amount:
                return (Instalment(base, amount, 1),)
            shares = self._split(amount, currency, digits)
            dated = [
                (part.rule.due(_start(part.from_acceptance, base, acceptance)), share)
                for part, share in zip(self.parts, shares, strict=True)
                if share
            ]
        except TermsError as error:
            raise _inapplicable(self.text, error) from None
        dated.sort(key=lambda due_and_share: due_and_share[0])
        return tuple(
            Instalment(due, share, index) for index, (due, share) in enumerate(dated, start=1)
        )

    def discount_until(
        self, base: date, acceptance: date | None = None
    ) -> tuple[tuple[date, Decimal], ...]:
        """Return the last day of each discount and its percentage, ascending.

        They count from acceptance where all instalments do.

        Raises:
            TermsError: where a last day lies beyond the calendar.

        """
        whole = all(part.from_acceptance for part in self.parts)
        start = _start(whole, base, acceptance)
        try:
            return tuple(
                (DueRule((Days(discount.days),)).due(start), discount.percent)
                for discount in self.discounts
            )
        except TermsError as error:
            raise _inapplicable(self.text, error) from None

    def _split(self, amount: Decimal, currency: str, digits: int) -> list[Decimal]:
        """Return each part's share, in the order of the parts."""
        _check_amount(amount)
        with decimal.localcontext(_EXACT):
            left = amount
            shares: list[Decimal] = []
            taker = _taker(self.parts)
            for index, part in enumerate(self.parts):
                share = Decimal(0)
                if index != taker:
                    wanted = _wanted(part, amount, left, currency, digits)
                    # Never more than is left, so that the rest keeps its sign.
                    share = wanted if abs(wanted) <= abs(left) else left
                shares.append(share)
                left -= share
            shares[taker] = left
            assert sum(shares) == amount
            return shares


def _inapplicable(terms: str, error: TermsError) -> TermsError:
    """Return the error for terms that can be read, but not applied."""
    return TermsError(
        say(
            "payment terms {terms} can't be applied: {problem}",
            terms=_shown(terms),
            problem=error.text,
        )
    )


def _start(
    from_acceptance: bool,  # noqa: FBT001 - the part's own flag
    base: date,
    acceptance: date | None,
) -> date:
    """Return the date to count from."""
    return acceptance if from_acceptance and acceptance is not None else base


def _check_amount(amount: Decimal) -> None:
    """Refuse what couldn't be split exactly."""
    exponent = amount.as_tuple().exponent
    # Not-a-number and infinity have a letter for an exponent.
    if (
        not isinstance(exponent, int)
        or exponent < -AMOUNT_DIGITS_MAX
        or amount.adjusted() >= AMOUNT_DIGITS_MAX
    ):
        raise TermsError(
            say(
                "{amount} is not an amount of at most {most} digits",
                amount=amount,
                most=AMOUNT_DIGITS_MAX,
            )
        )


def _taker(parts: Sequence[Part]) -> int:
    """Return which part takes the rounding: the rest, else the last percentage."""
    for index, part in enumerate(parts):
        if part.is_rest:
            return index
    return len(parts) - 1


def _wanted(part: Part, amount: Decimal, left: Decimal, currency: str, digits: int) -> Decimal:
    """Return what a part asks for, with the sign of the whole."""
    if part.percent is not None:
        whole = left if part.of_rest else amount
        share = whole * part.percent / HUNDRED
        return share.quantize(Decimal(1).scaleb(-digits), decimal.ROUND_HALF_UP)
    assert part.amount is not None
    if part.currency != currency:
        raise TermsError(
            say(
                "they speak of {amount} {currency}, and the amount is in {other}; write a"
                " percentage, for example {example}, or give this customer's account terms of"
                " its own",
                amount=part.amount,
                currency=part.currency,
                other=currency,
                example="'30% on receipt, rest net 30'",
            )
        )
    return part.amount.copy_sign(amount)


# Reading: the words -----------------------------------------------------------------

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_MONEY = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
_ORDINAL = r"[0-9]{1,2}(?:st|nd|rd|th)"
_END = r"(?![a-z0-9])"  # the end of an English word; a Chinese one ends anywhere
_DAY = rf"(?:days?|d){_END}|天|日"
_WEEK = rf"(?:weeks?|wks?){_END}|个?星期|周"
_MONTH = rf"(?:months?|mths?|mos?){_END}|个月"
_YEAR = rf"(?:years?|yrs?){_END}|年"
_REST = r"(?:the )?(?:rest|remainder|remaining(?: amount| balance)?|balance)"
_REST_ZH = r"余款|余额|余下|尾款|(?:其余|剩余)(?:款项?|部分)?"
_DATE_OF = r"(?:the )?(?:date of )?(?:the )?"
# The words that stand behind a bare number: `30 eom` is no amount in the currency EOM.
_NO_CURRENCY = (
    r"nett?|n|eom|end|last|first|next|after|from|since|on|upon|at|of|in|within|due"
    r"|payable|payment|then|and|but|plus|the|cod|cash|immediate|immediately"
    r"|business|working|calendar|days?|weeks?|months?|years?"
)

# What the words are; the first that matches counts.
_WORDS = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "separator": r"[,;、]",
        "discount": rf"{_NUMBER} ?%? ?/ ?[0-9]+(?: ?(?:{_DAY})内?)?(?![0-9%./])",
        "percent of rest": (rf"{_NUMBER} ?% ?(?:of|on) {_REST}{_END}|(?:{_REST_ZH})的{_NUMBER} ?%"),
        "percent": rf"{_NUMBER} ?%(?: of (?:the )?(?:total|whole|invoice|amount){_END})?",
        "next month": (
            rf"(?:on )?(?:the )?(?:{_ORDINAL}|first|last|end)(?: day)?(?: of)?(?: the)?"
            rf" (?:next|following) month{_END}"
            r"|(?:次月|下个?月)(?:[0-9]{1,2}[日号]|底|末|最后1[天日])"
        ),
        "day": (
            rf"(?:on )?(?:the )?{_ORDINAL}(?: day)?(?: of (?:the|that|a) month)?{_END}"
            r"|每月[0-9]{1,2}[日号]|[0-9]{1,2}号"
        ),
        "count": rf"[0-9]+ ?(?:{_DAY}|{_WEEK}|{_MONTH}|{_YEAR})",
        "month end": (
            r"(?:(?:after|from) )?(?:the )?(?:eom|(?:end|last day)(?: of)?(?: the)?"
            rf"(?: current| this| same| invoice)? month){_END}|[当本]?月(?:结|底|末)"
        ),
        "at least": rf"(?:and |but )?at least{_END}|至少|不少于",
        "then": rf"(?:and )?then(?: on| to)?{_END}|然后|再到",
        "acceptance": (
            rf"(?:from|after|since|on|upon|at|of) {_DATE_OF}acceptance(?: date)?{_END}"
            r"|[自从]?验收(?:合格|通过|完成)?(?:之日|日期|日)?(?:之后|以后|后|起|时)?"
        ),
        "at once": (
            r"(?:on|upon|at) (?:receipt|delivery|presentation|sight)"
            rf"(?: of (?:the )?(?:invoice|goods))?{_END}|immediate(?:ly)?{_END}"
            rf"|at once{_END}|(?:cash on delivery|cash|cod|c\.o\.d\.?){_END}"
            r"|货到(?:即付|付款)|见票即付|即付|现结|现付|现金|立即"
        ),
        "invoice date": (
            rf"(?:from|after|since|of) {_DATE_OF}invoice(?: date)?{_END}"
            r"|[自从]?(?:开票|开具发票|发票)(?:之日|日期|日)?(?:之后|以后|后|起)?"
        ),
        "net": r"nett?(?![a-z])|n ?/? ?(?=[0-9])|净|账期|信用期",
        "rest": rf"{_REST}{_END}|{_REST_ZH}",
        "joint": rf"\+|(?:and|plus){_END}|加|以及|及|和",
        "filler": (
            rf"(?:due|payable|payment|within|in){_END}"
            r"|[以之]?内|付款|付清|支付|到期|付|后"
        ),
        "amount": (
            rf"{_MONEY} ?(?!(?:{_NO_CURRENCY}){_END})"
            rf"[a-z][a-z0-9'._-]{{0,22}}[a-z0-9]{_END}"
            rf"|[a-z]{{3}} ?{_MONEY}(?![0-9,.%/])"
            rf"(?! ?(?:{_DAY}|{_WEEK}|{_MONTH}|{_YEAR}))"
        ),
        "number": r"[0-9]+(?![0-9.])",
    }.items()
}
_SHARES = ("percent", "percent of rest", "amount", "rest")
_FILLERS = ("filler", "acceptance", "invoice date")

# Traditional characters of the words above, as they are written in simplified ones.
_SIMPLIFIED = str.maketrans(
    "結貨見現淨賬帳開發後個號驗餘當從內時於額項週兩過",
    "结货见现净账账开发后个号验余当从内时于额项周两过",
)
_CHINESE = r"[\u4e00-\u9fff]"
_UNIT_ZH = "天|日|号|个月|周|个?星期|年"
_NUMERAL_ZH = re.compile(rf"[零〇一二两三四五六七八九十百]+(?={_UNIT_ZH}|%)")
_NUMERAL_PARTS_ZH = re.compile(
    "(?:([一二两三四五六七八九])百)?[零〇]?(?:([一二三四五六七八九])?(十))?"
    "([一二两三四五六七八九])?"
)
_DIGITS_ZH = dict(zip("一二两三四五六七八九", "1223456789", strict=True))

EXAMPLES = (
    "'net 30', 'eom net 30', '2/10 net 30', '15th next month',"
    " '30% on receipt, rest net 60', '月结30天'"
)
INSTALMENTS_EXAMPLE = "'30% on receipt, 60% net 60, rest net 365'"


@attrs.frozen
class _Word:
    """A word of the terms and what it is: a key of the vocabulary."""

    kind: str
    text: str

    @property
    def number(self) -> int:
        """The first whole number in it."""
        return int(_first_number(self.text))

    @property
    def decimal(self) -> Decimal:
        """The first number in it."""
        return Decimal(_first_number(self.text))


def _first_number(text: str) -> str:
    """Return the first number in a word that has one, without thousands separators."""
    found = re.search(_MONEY, text)
    assert found is not None
    return found.group().replace(",", "")


def _misread(reason: Text, example: str = EXAMPLES) -> TermsError:
    """Return the error for what can't be read, with an example of what can."""
    return TermsError(say("{reason}; write for example {example}", reason=reason, example=example))


def _shown(text: str) -> str:
    """Return the text for a message: quoted, on one line, not too long."""
    return repr(text if len(text) <= SHOWN_CHARS_MAX else text[:SHOWN_CHARS_MAX] + "…")


def _said(words: Sequence[_Word]) -> str:
    """Return words of the terms for a message."""
    return _shown(" ".join(word.text for word in words))


def _plain(text: str) -> str:
    """Return the text in lower case, half-width, simplified, with single spaces."""
    if any(unicodedata.category(char) == "No" for char in text):
        # NFKC would make 302 of 30², a footnote mark.
        raise _misread(say("raised or circled digits are not understood"))
    plain = unicodedata.normalize("NFKC", text).lower().translate(_SIMPLIFIED)
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    plain = " ".join(plain.replace(":", " ").split()).rstrip(".。")
    plain = re.sub(f"(?<={_CHINESE}) (?={_CHINESE})", "", plain)
    plain = " ".join(_NUMERAL_ZH.sub(_arabic, plain).split())
    return re.sub(f" (?={_CHINESE})|(?<={_CHINESE}) ", "", plain)


def _arabic(numeral: re.Match[str]) -> str:
    """Return a Chinese numeral below a thousand in digits."""
    parts = _NUMERAL_PARTS_ZH.fullmatch(numeral.group())
    if parts is None:
        return numeral.group()
    hundreds, tens, ten, ones = parts.groups()
    if hundreds and ones and not ten and not re.search("[零〇]", numeral.group()):
        return numeral.group()  # 一百二: 102, or 120 in speech
    digits = (
        _DIGITS_ZH[hundreds] if hundreds else "0",
        (_DIGITS_ZH[tens] if tens else "1") if ten else "0",
        _DIGITS_ZH[ones] if ones else "0",
    )
    # Apart from a number that may stand before it.
    return f" {int(''.join(digits))}"


def _words(text: str) -> list[_Word]:
    """Cut plain text into words."""
    words: list[_Word] = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        word = _word_at(text, position)
        words.append(word)
        position += len(word.text)
    return words


def _word_at(text: str, position: int) -> _Word:
    """Return the word that begins there."""
    for kind, pattern in _WORDS.items():
        found = pattern.match(text, position)
        if found:
            assert found.group()
            return _Word(kind, found.group())
    rest = re.split("[ ,;、]", text[position:], maxsplit=1)[0]
    raise _misread(say("{words} is not understood", words=_shown(rest or text[position])))


# Reading: the sentence --------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def parse_terms(text: str) -> Terms:
    """Read payment terms.

    Raises:
        TermsError: where they can't be read, with what could be and an example.

    """
    try:
        return _terms(text)
    except TermsError as error:
        raise TermsError(
            say("payment terms {terms}: {problem}", terms=_shown(text), problem=error.text)
        ) from None


def _terms(text: str) -> Terms:
    """Read payment terms: discounts, then one or more instalments."""
    if len(text) > TEXT_CHARS_MAX:
        raise _misread(say("more than {most} characters are too many", most=TEXT_CHARS_MAX))
    words = _words(_plain(text))
    discounts, words = _cut_discounts(words)
    segments, from_acceptance = _cut_acceptance(_segments(words))
    if not segments:
        raise _misread(say("nothing says when it falls due"))
    if len(segments) > PARTS_MAX:
        raise _misread(say("more than {most} instalments are too many", most=PARTS_MAX))
    alone = len(segments) == 1
    parts = tuple(_part(segment, from_acceptance, alone=alone) for segment in segments)
    _check_shares(parts)
    return Terms(
        text=text,
        parts=parts,
        discounts=discounts,
        from_acceptance=any(part.from_acceptance for part in parts),
    )


def _cut_discounts(words: list[_Word]) -> tuple[tuple[Discount, ...], list[_Word]]:
    """Take the discounts off the beginning, ascending by days."""
    count = 0
    while count < len(words) and words[count].kind in ("discount", "separator"):
        count += 1
    discounts = sorted(
        (_discount(word) for word in words[:count] if word.kind == "discount"),
        key=lambda discount: discount.days,
    )
    for earlier, later in itertools.pairwise(discounts):
        if earlier.days == later.days or earlier.percent <= later.percent:
            contradiction = say(
                "a discount of {later}% within {later_days} days contradicts {earlier}% within"
                " {earlier_days} days",
                later=later.percent,
                later_days=later.days,
                earlier=earlier.percent,
                earlier_days=earlier.days,
            )
            raise _misread(contradiction, "'2/10 1/20 net 60'")
    return tuple(discounts), words[count:]


def _discount(word: _Word) -> Discount:
    """Read `2/10`: 2 % within 10 days."""
    percent, days = re.findall(_NUMBER, word.text)
    discount = Discount(_percent(percent), _limited(int(days), DAYS_MAX, TOO_MANY_DAYS))
    if discount.percent == HUNDRED:
        raise _misread(say("a discount of 100% leaves nothing to pay"), "'2/10 net 30'")
    return discount


def _segments(words: Sequence[_Word]) -> list[list[_Word]]:
    """Part the instalments at separators, and at an `and` before a share."""
    segments: list[list[_Word]] = [[]]
    for index, word in enumerate(words):
        following = words[index + 1].kind if index + 1 < len(words) else None
        if word.kind == "separator" or (word.kind == "joint" and following in _SHARES):
            segments.append([])
        else:
            segments[-1].append(word)
    return [segment for segment in segments if segment]


def _cut_acceptance(segments: list[list[_Word]]) -> tuple[list[list[_Word]], bool]:
    """Take out a `from acceptance` that stands by itself: it speaks of all parts."""
    others = [
        segment
        for segment in segments
        if any(word.kind not in ("acceptance", "filler") for word in segment)
        or not any(word.kind == "acceptance" for word in segment)
    ]
    if not others:
        return segments, False
    return others, len(others) < len(segments)


def _part(segment: Sequence[_Word], from_acceptance: bool, *, alone: bool) -> Part:  # noqa: FBT001
    """Read one instalment: its share, and when it falls due."""
    kinds = {word.kind for word in segment}
    accepted = "acceptance" in kinds
    if accepted and "invoice date" in kinds:
        both = say("they count from the invoice's date and from acceptance at once")
        raise _misread(both, "'net 30 from acceptance'")
    share, words = _cut_share([word for word in segment if word.kind not in _FILLERS])
    if share is None and not alone:
        reason = say(
            "{words} doesn't say which share of the invoice it speaks of", words=_said(segment)
        )
        raise _misread(reason, INSTALMENTS_EXAMPLE)
    if not words and not accepted:
        reason = say("{words} doesn't say when it falls due", words=_said(segment[:1]))
        raise _misread(reason, INSTALMENTS_EXAMPLE)
    part = _share(share)
    return attrs.evolve(
        part, rule=DueRule(_steps(words)), from_acceptance=accepted or from_acceptance
    )


def _cut_share(words: Sequence[_Word]) -> tuple[_Word | None, Sequence[_Word]]:
    """Take the share off an instalment's beginning or end (`货到付款30%`)."""
    kinds = [word.kind for word in words]
    if kinds[:2] == ["rest", "percent"]:
        return words[1], words[2:]  # 尾款10%: a name for that share
    if kinds and kinds[0] in _SHARES:
        return words[0], words[1:]
    if kinds and kinds[-1] in _SHARES:
        return words[-1], words[:-1]
    return None, words


def _share(word: _Word | None) -> Part:
    """Return the part with that share, yet without a rule when it falls due."""
    at_once = DueRule(())
    if word is None or word.kind == "rest":
        return Part(None, None, None, at_once)
    if word.kind == "amount":
        currency = re.sub(rf"^{_MONEY} ?| ?{_MONEY}$", "", word.text, count=1)
        return Part(None, _amount(word), currency.upper(), at_once)
    percent = _percent(_first_number(word.text))
    return Part(percent, None, None, at_once, of_rest=word.kind == "percent of rest")


def _amount(word: _Word) -> Decimal:
    """Read a fixed amount, which is more than nothing."""
    amount = word.decimal
    digits = _first_number(word.text)
    if amount == 0 or len(digits) > AMOUNT_DIGITS_MAX:
        reason = say("{words} is not an amount to be paid", words=_shown(word.text))
        raise _misread(reason, "'10000 CNY on receipt, rest net 30'")
    return amount


def _percent(digits: str) -> Decimal:
    """Read a percentage above 0 and up to 100."""
    percent = Decimal(digits)
    if not 0 < percent <= HUNDRED:
        reason = say("{number} percent is not between 0 and 100", number=_shown(digits))
        raise _misread(reason, INSTALMENTS_EXAMPLE)
    if len(digits.partition(".")[2]) > PERCENT_DECIMALS_MAX:
        reason = say(
            "{number} percent has more than {most} decimals",
            number=_shown(digits),
            most=PERCENT_DECIMALS_MAX,
        )
        raise _misread(reason, INSTALMENTS_EXAMPLE)
    return percent


def _check_shares(parts: Sequence[Part]) -> None:
    """Refuse shares that don't make up the whole, or more than it."""
    rests = sum(part.is_rest for part in parts)
    percents = [part.percent for part in parts if part.percent is not None and not part.of_rest]
    total = sum(percents, Decimal(0))
    if rests > 1:
        reason = say("the rest is spoken of twice")
    elif total > HUNDRED:
        reason = say("the percentages sum to {total}%, more than the whole", total=total)
    elif total == HUNDRED and len(percents) < len(parts):
        reason = say("the percentages sum to 100% and leave nothing for the other parts")
    elif total < HUNDRED and not rests and len(percents) == len(parts):
        reason = say(
            "the percentages sum to {total}%, and nothing is said of the rest", total=total
        )
    elif total < HUNDRED and not rests:
        reason = say("nothing is said of the rest")
    else:
        return
    raise _misread(reason, INSTALMENTS_EXAMPLE)


TOO_MANY_DAYS = say("more than {most} days are too many", most=DAYS_MAX)
TOO_MANY_MONTHS = say("more than {most} months are too many", most=MONTHS_MAX)


def _limited(number: int, highest: int, too_many: Text) -> int:
    """Refuse a number of days or months nobody can mean."""
    if number > highest:
        raise _misread(too_many)
    return number


# Reading: when it falls due ---------------------------------------------------------


def _steps(words: Sequence[_Word]) -> tuple[Step, ...]:
    """Read when it falls due: a rule, and further steps after each `then`."""
    chunks: list[list[_Word]] = [[]]
    for word in words:
        if word.kind == "then":
            chunks.append([])
        else:
            chunks[-1].append(word)
    first, *later = chunks
    if not first and not later:
        return ()
    steps = _first_steps(first)
    for chunk in later:
        steps += _later_steps(chunk)
    return steps


def _first_steps(chunk: Sequence[_Word]) -> tuple[Step, ...]:
    """Read a rule."""
    match [word.kind for word in chunk]:
        case ["at once"]:
            return ()
        case ["next month"] | ["month end", "next month"]:
            return _next_month(chunk[-1])
        case ["day"]:
            return (DayOnOrAfter(_day(chunk[0])),)
        case ["day", "at least", *_]:
            return (*_delay(chunk[2:]), DayOnOrAfter(_day(chunk[0])))
        case ["at least", *_, "day"]:
            return (*_delay(chunk[1:-1]), DayOnOrAfter(_day(chunk[-1])))
        case _:
            return _delay(chunk)


def _later_steps(chunk: Sequence[_Word]) -> tuple[Step, ...]:
    """Read what stands after a `then`: a day within the month reached, or a delay."""
    match [word.kind for word in chunk]:
        case ["day"]:
            return (DayInMonth(_day(chunk[0])),)
        case ["next month"]:
            return _next_month(chunk[0])
        case _:
            return _delay(chunk)


def _next_month(word: _Word) -> tuple[Step, ...]:
    """Read `15th next month`, or the last day of it."""
    if "最后" in word.text or not re.search("[0-9]|first", word.text):
        return (Months(1), MonthEnd())
    return (Months(1), DayInMonth(1 if "first" in word.text else _day(word)))


def _day(word: _Word) -> int:
    """Read a day of the month."""
    if not 1 <= word.number <= MONTH_DAYS_MAX:
        reason = say("{words} is not a day of a month", words=_shown(word.text))
        raise _misread(reason, "'15th next month'")
    return word.number


def _delay(words: Sequence[_Word]) -> tuple[Step, ...]:
    """Read `net 30`, `2 months 10 days`, `eom`, `eom net 30`.

    The end of the month comes first, but for whole months: the end of a month and two
    months is the end of the second month after.
    """
    _check_order(words)
    counts = [_count(word) for word in words if word.kind in ("count", "number")]
    if len({type(count) for count in counts}) < len(counts):
        reason = say("{words} gives the days or the months twice", words=_said(words))
        raise _misread(reason, "'net 1 month 30 days'")
    if not any(word.kind == "month end" for word in words):
        return tuple(counts)
    months = (step for step in counts if isinstance(step, Months))
    days = (step for step in counts if isinstance(step, Days))
    return (*months, MonthEnd(), *days)


def _check_order(words: Sequence[_Word]) -> None:
    """Refuse words of a delay that don't make one."""
    kinds = " ".join(f"<{word.kind}>" for word in words)
    counted = "(?:<net> )?<count>(?: (?:<joint> )?<count>)*(?: <net>)?"
    bare = "<net> <number>|<number> <net>"
    end = "<month end>"
    either = f"(?:{counted}|{bare})"
    forms = (
        either,
        f"(?:<net> )?{end}",
        f"(?:<net> )?{end} (?:<joint> )?(?:{either}|<number>)",
        f"(?:{either}|<number>) {end}",
    )
    if not any(re.fullmatch(form, kinds) for form in forms):
        if not words:
            raise _misread(say("a step is missing"))
        raise _misread(say("{words} doesn't say when it falls due", words=_said(words)))


def _count(word: _Word) -> Days | Months:
    """Read so many days, weeks, months or years; a bare number is of days."""
    if word.kind == "number" or re.search(f"(?:{_DAY})$", word.text):
        return Days(_limited(word.number, DAYS_MAX, TOO_MANY_DAYS))
    if re.search(f"(?:{_WEEK})$", word.text):
        return Days(_limited(word.number * 7, DAYS_MAX, TOO_MANY_DAYS))
    factor = 1 if re.search(f"(?:{_MONTH})$", word.text) else 12
    return Months(_limited(word.number * factor, MONTHS_MAX, TOO_MANY_MONTHS))
