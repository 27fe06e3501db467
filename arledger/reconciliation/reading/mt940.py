# SPDX-License-Identifier: GPL-2.0-or-later
"""MT940 (and the interim MT942): SWIFT's statement as text, in the dialects of the banks.

The patterns of the statement line (:61:) and the balances are those of the library mt-940. Around
them we read ourselves, because the library, as it parses a whole file, opens a path if the text
happens to be one, runs several statements together, takes `RC` for money received, mends dates
without a word, reads `300.00` as 300, logs what it doesn't understand, and forgets the lines.

- `C` and `RD` (a debit taken back) are money received, `D` and `RC` money paid; `EC`, `ED` are
  expected, not booked: `pending`.
- The value date has six digits, the booking date four: its year is the one that brings it nearest.
- 29 and 30 February, where the year lacks them, are its last day, with a remark.
- A file whose last statement has neither a closing balance (:62F:, :62M:) nor an end mark (`-`) is
  truncated, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import attrs
from mt940 import tags

from arledger.findings import Text, say
from arledger.reconciliation.model import BankEntry, BankStatement, Place, Remark
from arledger.reconciliation.reading.bank_balances import follow_on, tie
from arledger.reconciliation.reading.bank_fields import (
    distinct,
    iban_in,
    is_iban,
    meaningful,
    squeeze,
    sure_amount,
    sure_day,
)
from arledger.reconciliation.reading.bank_references import Booking, named_by_account
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.mt940_details import Details, read_details
from arledger.reconciliation.reading.mt940_fields import Field, Message, messages_in

_LINE = tags.Statement().re
# What the bank's reference may follow: banks write longer references than SWIFT allows.
_REFERENCES = re.compile(r"(?P<own>.*?)(?://(?P<bank>.*))?")
_BALANCE = tags.FinalOpeningBalance().re
_MARK = re.compile(r"[0-9]{6}(?:[0-9]{4}|\s{4})?(?P<mark>E[CD]|R?[CD])", re.IGNORECASE)
_MT_AMOUNT = re.compile(r"[0-9]{1,15}(?:,[0-9]{0,6})?")
_MONEY = re.compile(r"(?P<currency>[A-Z]{3})?(?P<amount>[0-9]+,[0-9]*)")
# Two digits of a year: SWIFT's own window.
_CENTURY_SPLIT = 80
_ACCOUNT_TAGS = ("25", "25P")
_OPENING_TAGS = ("60F", "60M", "60")
_CLOSING_TAGS = ("62F", "62M", "62")
_INTERIM = "34F"


def read_text(text: str, file: str) -> tuple[tuple[BankStatement, ...], str]:
    """The statements of a file, and whether it is an mt940 or an mt942."""
    messages = list(messages_in(text))
    if not messages:
        raise ReadingError(say("{file}: holds no statement: there is no field :20:", file=file))
    interim = all(message.first(_INTERIM) for message in messages)
    _refuse_truncated(messages[-1], file)
    read = _once([_Reader(message, file).read() for message in messages])
    entries = named_by_account([(one.account, one.bookings) for one in read])
    statements = [one.statement(found) for one, found in zip(read, entries, strict=True)]
    statements = list(follow_on(statements, [one.place for one in read]))
    statements[-1] = _with_page_missing(statements[-1], read[-1])
    return tuple(statements), "mt942" if interim else "mt940"


def _refuse_truncated(message: Message, file: str) -> None:
    if message.ended or message.first(*_CLOSING_TAGS) or message.first("90C", "90D"):
        return
    raise ReadingError(
        say(
            "{file}:{line}: the file is truncated: its last statement has neither a closing "
            "balance (:62F:) nor an end mark, and nothing of the file is taken; fetch it again",
            file=file,
            line=message.line,
        )
    )


@attrs.frozen(slots=True)
class _Balance:
    amount: Decimal
    currency: str
    day: date
    place: Place
    intermediate: bool


@attrs.frozen(slots=True)
class _Read:
    """A statement as read, before its entries have their references."""

    account: str
    number: str
    currency: str | None
    bookings: tuple[Booking, ...]
    opening: _Balance | None
    closing: _Balance | None
    place: Place
    remarks: tuple[Remark, ...]

    def statement(self, entries: tuple[BankEntry, ...]) -> BankStatement:
        """The statement, checked against its own balances."""
        days = sorted(entry.date for entry in entries)
        opening, closing = self.opening, self.closing
        ties = tie(
            opening.amount if opening else None,
            entries,
            closing.amount if closing else None,
            closing.place if closing else self.place,
        )
        return BankStatement(
            self.account,
            self.currency,
            entries,
            opening.amount if opening else None,
            closing.amount if closing else None,
            opening.day if opening else (days[0] if days else None),
            closing.day if closing else (days[-1] if days else None),
            (*self.remarks, *ties),
        )


def _once(read: Sequence[_Read]) -> list[_Read]:
    """The statements without those that stand in the file again, word by word."""
    kept: dict[tuple[object, ...], int] = {}
    result: list[_Read] = []
    for one in read:
        key = (
            one.account,
            one.number,
            one.opening.amount if one.opening else None,
            tuple(
                attrs.evolve(entry, place=None)
                for booking in one.bookings
                for entry in booking.entries
            ),
        )
        if one.bookings and key in kept:
            first = result[kept[key]]
            text = say(
                "the same statement stands in the file again on line {line}; it counts once",
                line=one.place.line,
            )
            remarks = (*first.remarks, Remark(text, one.place))
            result[kept[key]] = attrs.evolve(first, remarks=remarks)
            continue
        kept[key] = len(result)
        result.append(one)
    return result


def _with_page_missing(statement: BankStatement, read: _Read) -> BankStatement:
    if read.closing is None or not read.closing.intermediate:
        return statement
    text = say(
        "the file ends with an intermediate balance (:62M:): the statement goes on in a page that "
        "is missing here"
    )
    remark = Remark(text, read.closing.place, grave=True)
    return attrs.evolve(statement, remarks=(*statement.remarks, remark))


@attrs.define
class _Reader:
    """One statement being read; `remarks` grow on the way."""

    message: Message
    file: str
    remarks: list[Remark] = attrs.field(factory=list)

    def read(self) -> _Read:
        opening = self._balance(*_OPENING_TAGS)
        closing = self._balance(*_CLOSING_TAGS)
        currency = self._currency(opening, closing)
        if closing is None and self.message.first(_INTERIM) is None:
            text = say("the statement has no closing balance (:62F:): it can't be checked")
            self.remarks.append(Remark(text, self._place(self.message.line), grave=True))
        return _Read(
            self._account(currency),
            _joined_field(self.message.first("28C", "28")),
            currency,
            tuple(self._bookings(currency)),
            opening,
            closing,
            self._place(self.message.line),
            tuple(self.remarks),
        )

    def _place(self, line: int) -> Place:
        return Place(self.file, line)

    def _error(self, line: int, why: Text) -> ReadingError:
        return ReadingError(say("{file}:{line}: {why}", file=self.file, line=line, why=why))

    def _account(self, currency: str | None) -> str:
        """The account of :25:, without the currency that some banks put behind an IBAN."""
        field = self.message.first(*_ACCOUNT_TAGS)
        if field is None:
            raise self._error(
                self.message.line, say("the statement doesn't say of which account it is (:25:)")
            )
        text = squeeze(field.lines[0])
        plain = text.replace(" ", "")
        for tail in (currency or "", f"/{currency}"):
            head = plain.removesuffix(tail)
            if is_iban(head):
                return head
        return text

    def _currency(self, opening: _Balance | None, closing: _Balance | None) -> str | None:
        """The currency of the balances; of an interim report's floor limit; they must agree."""
        if opening and closing and opening.currency != closing.currency:
            raise self._error(
                closing.place.line,
                say(
                    "the statement opens in {opening} and closes in {closing}",
                    opening=opening.currency,
                    closing=closing.currency,
                ),
            )
        known = opening or closing
        if known is not None:
            return known.currency
        limit = _joined_field(self.message.first(_INTERIM))[:3].upper()
        return limit if limit.isalpha() and limit.isascii() and limit else None

    def _balance(self, *wanted: str) -> _Balance | None:
        field = self.message.first(*wanted)
        if field is None:
            return None
        text = field.lines[0].strip()
        match = _BALANCE.match(text)
        amount = _amount(text[match.start("amount") :]) if match else None
        if match is None or amount is None or not _is_currency(match["currency"]):
            raise self._error(
                field.line,
                say("“{text}” is no balance (:{tag}:)", text=_short(text), tag=field.tag),
            )
        day = self._day(match["year"], match["month"], match["day"], field)
        signed = -amount if match["status"].upper() == "D" else amount
        intermediate = field.tag.endswith("M")
        place = self._place(field.line)
        return _Balance(signed, match["currency"].upper(), day, place, intermediate)

    def _bookings(self, currency: str | None) -> Iterator[Booking]:
        fields = self.message.fields
        for position, field in enumerate(fields):
            if field.tag != "61":
                continue
            if currency is None:
                raise self._error(
                    field.line, say("the statement has no balance that says its currency")
                )
            details: list[str] = []
            after = position + 1
            while after < len(fields) and fields[after].tag == "86":
                details.extend(fields[after].lines)
                after += 1
            yield self._booking(field, read_details(details), currency)

    def _booking(self, field: Field, details: Details, currency: str) -> Booking:
        head = field.lines[0].strip()
        mark = _MARK.match(head)
        expected = mark is not None and mark["mark"].upper().startswith("E")
        if expected and mark is not None:
            at = mark.start("mark")
            head = head[:at] + head[at + 1 :]
        match = _LINE.match(head)
        amount = _line_amount(match, head) if match else None
        if match is None or amount is None:
            raise self._error(
                field.line, say("“{text}” is no statement line (:61:)", text=_short(head))
            )
        valued = self._day(match["year"], match["month"], match["day"], field)
        status = match["status"].upper()
        tail = head[match.end("id") if match["id"] else match.end("amount") :]
        found = _REFERENCES.fullmatch(tail)
        own, bank = (found["own"], found["bank"] or "") if found else (tail, "")
        further = squeeze(" ".join(field.lines[1:]))
        aside = read_details(field.lines[1:])
        instructed = _money(details.instructed or aside.instructed)
        charges = _money(details.charges or aside.charges)
        entry = BankEntry(
            index=0,
            date=self._booked(match, valued, field),
            amount=-amount if status in {"D", "RC"} else amount,
            currency=currency,
            reference=None,
            value_date=valued,
            payer=details.payer,
            payer_account=details.payer_account or iban_in(further) or iban_in(details.text),
            remittance=squeeze(f"{details.text} {further}"),
            references=distinct([*details.references, own]),
            reversal=status.startswith("R"),
            pending=expected,
            instructed=instructed[1] if instructed else None,
            instructed_currency=(instructed[0] or currency) if instructed else None,
            charges=charges[1] if charges and charges[0] in {currency, ""} else None,
            place=self._place(field.line),
            ultimate_payer=details.ultimate_payer,
        )
        return Booking(meaningful(bank), (entry,))

    def _booked(self, match: re.Match[str], valued: date, field: Field) -> date:
        """The booking date: four digits, in the year that brings it nearest the value date."""
        month, day = (match["entry_month"] or "").strip(), (match["entry_day"] or "").strip()
        if not month or not day:
            return valued
        candidates = []
        for year in (valued.year - 1, valued.year, valued.year + 1):
            found = sure_day(year, int(month), int(day))
            if found is not None:
                candidates.append((abs((found[0] - valued).days), found))
        if not candidates:
            raise self._error(
                field.line, say("“{text}” is no date (month and day)", text=month + day)
            )
        _, (booked, mended) = min(candidates)
        if mended:
            self._mended(month + day, booked, field)
        return booked

    def _day(self, year: str, month: str, day: str, field: Field) -> date:
        short = int(year)
        full = 2000 + short if short < _CENTURY_SPLIT else 1900 + short
        found = sure_day(full, int(month), int(day))
        if found is None:
            raise self._error(field.line, say("“{text}” is no date", text=year + month + day))
        if found[1]:
            self._mended(year + month + day, found[0], field)
        return found[0]

    def _mended(self, text: str, day: date, field: Field) -> None:
        said = say(
            "{text} is no day of the calendar; it is read as {date}",
            text=text,
            date=day.isoformat(),
        )
        remark = Remark(said, self._place(field.line))
        if remark not in self.remarks:
            self.remarks.append(remark)


def _amount(text: str) -> Decimal | None:
    """An amount as SWIFT writes it, with a comma and nothing behind it."""
    text = text.strip()
    if not text.isascii() or _MT_AMOUNT.fullmatch(text) is None:
        return None
    return sure_amount(text.replace(",", "."))


def _money(text: str) -> tuple[str, Decimal] | None:
    """Currency and amount of `EUR100,00`; the currency may be missing."""
    match = _MONEY.fullmatch(text.replace(" ", ""))
    amount = _amount(match["amount"]) if match else None
    return None if match is None or amount is None else (match["currency"] or "", amount)


def _line_amount(match: re.Match[str], head: str) -> Decimal | None:
    """The amount of a statement line; none where a point or digit follows what was matched."""
    following = head[match.end("amount") : match.end("amount") + 1]
    if following == "." or following.isdigit():
        return None
    return _amount(match["amount"])


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha()  # noqa: PLR2004 - ISO 4217


def _joined_field(field: Field | None) -> str:
    return squeeze(" ".join(field.lines)) if field else ""


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - what fits a message
