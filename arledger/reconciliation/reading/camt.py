# SPDX-License-Identifier: GPL-2.0-or-later
"""camt.053, camt.054 and camt.052: the bank's statement, notification and report (ISO 20022).

All versions (camt.05x.001.01 to .14) and their national dialects differ in a few names only, so
the elements are looked for by local name and at each place where a version puts them:

- status: `Sts` holds BOOK (to version 7) or `Sts/Cd` does (from 8); PDNG, INFO and FUTR are not
  booked and come out as `pending`;
- a party's name: `Dbtr/Nm` (to 7), `Dbtr/Pty/Nm` (from 8), `Dbtr/Agt/FinInstnId/Nm` for a bank;
- amounts within a batch: `TxDtls/Amt` (from 3), `AmtDtls/TxAmt/Amt` (2);
- charges: `Chrgs/Amt` (2), `Chrgs/Rcrd/Amt` and `Chrgs/TtlChrgsAndTaxAmt` (from 3).

`CdtDbtInd` says which way the money went, also for a reversal (`RvslInd`): a reversed credit is a
debit. The other party of a reversal is that of the booking it takes back.

An entry with several `TxDtls` becomes one entry each when all of them have an amount in the
entry's currency and these add up to it; else it stays one entry, with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import Text, say
from arledger.money import exact
from arledger.reconciliation.model import BankEntry, BankStatement, Place, Remark
from arledger.reconciliation.reading.bank_balances import follow_on, tie
from arledger.reconciliation.reading.bank_fields import (
    distinct,
    meaningful,
    squeeze,
    sure_amount,
    sure_day,
)
from arledger.reconciliation.reading.bank_references import Booking, named_by_account
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.xml import Node

# The message element, what one report in it is called, and the message's number.
_MESSAGES = {
    "BkToCstmrStmt": ("Stmt", "camt.053"),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", "camt.054"),
    "BkToCstmrAcctRpt": ("Rpt", "camt.052"),
}
# Document, around it a business message, around that a bank's own wrapping.
_ENVELOPES_MAX = 4
_VERSION_SUFFIX = re.compile(r"V[0-9]{2}$")
_VERSION = re.compile(r"(camt\.05[234]\.[0-9]{3}\.[0-9]{2})")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_BOOKED = frozenset({"", "BOOK"})
_OPENINGS = ("OPBD", "PRCD")
_CLOSINGS = ("CLBD",)
_INTERIM = "ITBD"


def messages_in(root: Node) -> list[Node]:
    """The messages in a document, wherever an envelope puts them; none if it is something else."""
    return [node for node in root.down_to(_ENVELOPES_MAX) if _plain_name(node) in _MESSAGES]


def _plain_name(node: Node) -> str:
    return _VERSION_SUFFIX.sub("", node.name)


def format_of(message: Node) -> str:
    """The message's name and version as its namespace has it, as `camt.053.001.08`."""
    found = _VERSION.search(message.namespace)
    return found.group(1) if found else _MESSAGES[_plain_name(message)][1]


def read_messages(messages: Sequence[Node], file: str) -> tuple[BankStatement, ...]:
    """The statements of all messages, in the order of the file."""
    reports = [
        _Report(node, file, _MESSAGES[_plain_name(message)][1] == "camt.053").read()
        for message in messages
        for node in message.all(_MESSAGES[_plain_name(message)][0])
    ]
    reports = _joined(_once(reports))
    entries = named_by_account([(report.account, report.bookings) for report in reports])
    statements = [report.statement(found) for report, found in zip(reports, entries, strict=True)]
    return follow_on(statements, [report.opening_place for report in reports])


@attrs.frozen(slots=True)
class _Balance:
    amount: Decimal
    currency: str
    day: date | None
    place: Place


@attrs.frozen(slots=True)
class _Read:
    """A report as read, before its entries have their references."""

    id: str
    account: str
    currency: str | None
    bookings: tuple[Booking, ...]
    opening: _Balance | None
    closing: _Balance | None
    place: Place
    period: tuple[date | None, date | None]
    remarks: tuple[Remark, ...]
    page: tuple[int, bool] | None

    @property
    def opening_place(self) -> Place:
        return self.opening.place if self.opening else self.place

    def statement(self, entries: tuple[BankEntry, ...]) -> BankStatement:
        """The statement, checked against its own balances."""
        opening = self.opening.amount if self.opening else None
        closing = self.closing.amount if self.closing else None
        place = self.closing.place if self.closing else self.place
        days = sorted(entry.date for entry in entries)
        first, last = self.period
        first = first or (self.opening.day if self.opening else None)
        last = last or (self.closing.day if self.closing else None)
        return BankStatement(
            self.account,
            self.currency,
            entries,
            opening,
            closing,
            first or (days[0] if days else None),
            last or (days[-1] if days else None),
            (*self.remarks, *tie(opening, entries, closing, place)),
        )


def _once(reports: Sequence[_Read]) -> list[_Read]:
    """The reports without those that stand in the file again, word by word."""
    kept: dict[tuple[object, ...], int] = {}
    result: list[_Read] = []
    for report in reports:
        ends = tuple(end and end.amount for end in (report.opening, report.closing))
        key = (report.id, report.account, ends, tuple(map(_without_place, report.bookings)))
        if report.bookings and key in kept:
            first = result[kept[key]]
            text = say(
                "the same statement stands in the file again on line {line}; it counts once",
                line=report.place.line,
            )
            result[kept[key]] = attrs.evolve(
                first, remarks=(*first.remarks, Remark(text, report.place))
            )
            continue
        kept[key] = len(result)
        result.append(report)
    return result


def _without_place(booking: Booking) -> Booking:
    return attrs.evolve(
        booking, entries=tuple(attrs.evolve(entry, place=None) for entry in booking.entries)
    )


def _joined(reports: Sequence[_Read]) -> list[_Read]:
    """Pages of one statement as one, where they give no balances of their own in between."""
    result: list[_Read] = []
    for report in reports:
        before = result[-1] if result else None
        if before is not None and _is_next_page(before, report):
            result[-1] = attrs.evolve(
                before,
                bookings=(*before.bookings, *report.bookings),
                closing=report.closing,
                period=(before.period[0], report.period[1]),
                remarks=(*before.remarks, *report.remarks),
                page=report.page,
            )
        else:
            result.append(report)
    return result


def _is_next_page(before: _Read, report: _Read) -> bool:
    if before.page is None or report.page is None:
        return False
    return (
        before.account == report.account
        and not before.page[1]
        and report.page[0] == before.page[0] + 1
        and before.closing is None
        and report.opening is None
    )


@attrs.define
class _Report:
    """One `Stmt`, `Ntfctn` or `Rpt` being read; `remarks` grow on the way."""

    node: Node
    file: str
    is_statement: bool
    remarks: list[Remark] = attrs.field(factory=list)

    def read(self) -> _Read:
        account = self.node.text(
            "Acct/Id/IBAN",
            "Acct/Id/Othr/Id",
            "Acct/Id/PrtryAcct/Id",
            "Acct/Id/BBAN",
            "Acct/Id/UPIC",
        ).replace(" ", "")
        balances = self._balances()
        bookings = tuple(self._booking(node) for node in self.node.all("Ntry"))
        currency = self._currency(balances, bookings)
        opening, closing = self._ends(balances, currency)
        self._check_count(len(bookings))
        self._check_copy()
        return _Read(
            self.node.text("Id"),
            account,
            currency,
            bookings,
            opening,
            closing,
            self._place(self.node),
            (
                self._day(self.node.first("FrToDt/FrDtTm") or self.node.first("FrToDt/FrDt")),
                self._day(self.node.first("FrToDt/ToDtTm") or self.node.first("FrToDt/ToDt")),
            ),
            tuple(self.remarks),
            self._page(),
        )

    # --- the statement's own data ---

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.line)

    def _remark(self, node: Node, text: Text, *, grave: bool = False) -> None:
        self.remarks.append(Remark(text, self._place(node), grave=grave))

    def _page(self) -> tuple[int, bool] | None:
        number = self.node.text("StmtPgntn/PgNb", "NtfctnPgntn/PgNb", "RptPgntn/PgNb")
        last = self.node.text("StmtPgntn/LastPgInd", "NtfctnPgntn/LastPgInd", "RptPgntn/LastPgInd")
        if not number.isdecimal():
            return None
        return int(number[:9]), last in {"true", "1"}

    def _balances(self) -> list[tuple[str, _Balance]]:
        found = []
        for node in self.node.all("Bal"):
            code = node.text("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd").upper()
            amount, currency = self._amount(node)
            signed = -amount if node.text("CdtDbtInd") == "DBIT" else amount
            day = self._day(node.first("Dt/Dt") or node.first("Dt/DtTm"))
            found.append((code, _Balance(signed, currency, day, self._place(node))))
        return found

    def _currency(
        self, balances: Sequence[tuple[str, _Balance]], bookings: Sequence[Booking]
    ) -> str | None:
        """The account's own currency; else that of its entries; else that of its balances."""
        said = self.node.text("Acct/Ccy").upper()
        if said:
            return said
        used = {entry.currency for booking in bookings for entry in booking.entries}
        used = used or {balance.currency for code, balance in balances if code in _OPENINGS}
        return used.pop() if len(used) == 1 else None

    def _ends(
        self, balances: Sequence[tuple[str, _Balance]], currency: str | None
    ) -> tuple[_Balance | None, _Balance | None]:
        """Opening and closing booked balance, in the account's currency."""
        own = []
        for code, balance in balances:
            if code not in {*_OPENINGS, *_CLOSINGS, _INTERIM}:
                continue
            if currency is not None and balance.currency != currency:
                text = say(
                    "the balance {code} is in {currency}, the account in {own}: it can't be "
                    "checked",
                    code=code,
                    currency=balance.currency,
                    own=currency,
                )
                self.remarks.append(Remark(text, balance.place, grave=True))
            else:
                own.append((code, balance))
        opening = next((b for wanted in _OPENINGS for code, b in own if code == wanted), None)
        closing = next((b for code, b in reversed(own) if code in _CLOSINGS), None)
        interim = [balance for code, balance in own if code == _INTERIM]
        if opening is None and interim and (closing is not None or len(interim) > 1):
            opening = interim.pop(0)
        if closing is None and interim:
            closing = interim[-1]
        return opening, closing

    def _check_count(self, count: int) -> None:
        node = self.node.first("TxsSummry/TtlNtries/NbOfNtries")
        if node is None or not node.own_text.isdecimal() or int(node.own_text[:15]) == count:
            return
        text = say(
            "the statement says that it has {said} entries, but it holds {count}",
            said=node.own_text,
            count=count,
        )
        self._remark(node, text, grave=True)

    def _check_copy(self) -> None:
        node = self.node.first("CpyDplctInd")
        if node is not None:
            text = say(
                "the bank marks this as a copy or duplicate ({code}) of a statement sent before",
                code=node.own_text,
            )
            self._remark(node, text)

    # --- one entry ---

    def _booking(self, node: Node) -> Booking:
        entry = self._entry(node)
        details = [tx for block in node.all("NtryDtls") for tx in block.all("TxDtls")]
        # Version 1 has the details right below the entry.
        details = details or node.all("TxDtls")
        reference = meaningful(node.text("AcctSvcrRef"))
        extra = node.text("AddtlNtryInf")
        if len(details) < 2:  # noqa: PLR2004 - one detail is the entry itself
            tx = details[0] if details else None
            reference = reference or (meaningful(tx.text("Refs/AcctSvcrRef")) if tx else None)
            return Booking(reference, (self._with_detail(entry, node, tx, extra),))
        amounts = self._part_amounts(node, details, entry)
        if amounts is None:
            return Booking(reference, (self._undivided(entry, details, extra),))
        parts = tuple(
            self._with_detail(
                attrs.evolve(entry, amount=amount, charges=None, place=self._place(tx)),
                None,
                tx,
                extra,
            )
            for tx, amount in zip(details, amounts, strict=True)
        )
        return Booking(reference, parts)

    def _entry(self, node: Node) -> BankEntry:
        """What an entry says of itself, without its details."""
        amount, currency = self._amount(node)
        direction = node.text("CdtDbtInd")
        if direction not in {"CRDT", "DBIT"}:
            raise self._error(
                node,
                say("an entry doesn't say whether it is a credit or a debit (CdtDbtInd)"),
            )
        status = node.text("Sts/Cd", "Sts/Prtry", "Sts").upper()
        booked = self._date(node, "BookgDt")
        valued = self._date(node, "ValDt")
        return BankEntry(
            index=0,
            date=booked or valued or self._statement_date(node),
            amount=-amount if direction == "DBIT" else amount,
            currency=currency,
            reference=None,
            value_date=valued,
            reversal=node.text("RvslInd") in {"true", "1"},
            pending=status not in _BOOKED,
            charges=self._charges(node, currency),
            place=self._place(node),
        )

    def _statement_date(self, node: Node) -> date:
        """The statement's own date, for an entry that has none."""
        made = self._day(
            self.node.first("FrToDt/ToDtTm") or self.node.first("FrToDt/ToDt")
        ) or self._day(self.node.first("CreDtTm"))
        if made is None:
            raise self._error(node, say("an entry has neither a booking date nor a value date"))
        self._remark(
            node,
            say("the entry has no date; the statement's, {date}, is taken", date=made.isoformat()),
        )
        return made

    def _part_amounts(
        self, node: Node, details: Sequence[Node], entry: BankEntry
    ) -> list[Decimal] | None:
        """What each part of a batch comes to, if all say so and they add up to the entry."""
        amounts = [self._part_amount(tx, entry) for tx in details]
        known = [amount for amount in amounts if amount is not None]
        if len(known) == len(details) and _sum(known) == entry.amount:
            return known
        if len(known) < len(details):
            text = say(
                "a batch of {count} payments is taken as one entry of {amount} {currency}: the "
                "bank does not give the amount of each",
                count=len(details),
                amount=f"{entry.amount:,f}",
                currency=entry.currency,
            )
        else:
            text = say(
                "a batch of {count} payments is taken as one entry of {amount} {currency}: its "
                "parts come to {parts}",
                count=len(details),
                amount=f"{entry.amount:,f}",
                currency=entry.currency,
                parts=f"{_sum(known):,f}",
            )
        self._remark(node, text)
        return None

    def _part_amount(self, tx: Node, entry: BankEntry) -> Decimal | None:
        """The signed amount of a part in the entry's currency."""
        for path in ("", "AmtDtls/TxAmt", "AmtDtls/CntrValAmt", "AmtDtls/InstdAmt"):
            holder = tx.first(path) if path else tx
            if holder is None or holder.first("Amt") is None:
                continue
            amount, currency = self._amount(holder)
            if currency == entry.currency:
                direction = tx.text("CdtDbtInd") or ("DBIT" if entry.amount < 0 else "CRDT")
                return -amount if direction == "DBIT" else amount
        return None

    def _with_detail(
        self, entry: BankEntry, node: Node | None, tx: Node | None, extra: str
    ) -> BankEntry:
        """The entry with the parties, references and texts of its one detail."""
        if tx is None:
            return attrs.evolve(entry, remittance=extra)
        reversal = entry.reversal or tx.text("RvslInd") in {"true", "1"}
        # A reversed credit is a debit whose payer is the debtor of the credit.
        received = (entry.amount >= 0) != reversal
        party, other = ("Dbtr", "UltmtDbtr") if received else ("Cdtr", "UltmtCdtr")
        charges = entry.charges
        if charges is None:
            charges = self._charges(tx, entry.currency)
        instructed, currency = self._instructed(tx, node)
        return attrs.evolve(
            entry,
            payer=_name(tx, party) or _name(tx, other),
            ultimate_payer=_name(tx, other) if _name(tx, party) else "",
            payer_account=_account(tx, f"{party}Acct"),
            remittance=_remittance(tx, extra),
            references=_references(tx),
            reversal=reversal,
            instructed=instructed,
            instructed_currency=currency,
            charges=charges,
        )

    def _undivided(self, entry: BankEntry, details: Sequence[Node], extra: str) -> BankEntry:
        """A batch as one entry, with the texts and references of all its parts."""
        whole = [self._with_detail(entry, None, tx, "") for tx in details]
        payers = {(part.payer, part.payer_account) for part in whole}
        payer, account = payers.pop() if len(payers) == 1 else ("", "")
        texts = [part.remittance for part in whole] + [extra]
        return attrs.evolve(
            entry,
            payer=payer,
            payer_account=account,
            remittance=" ".join(dict.fromkeys(text for text in texts if text)),
            references=tuple(
                dict.fromkeys(reference for part in whole for reference in part.references)
            ),
        )

    # --- amounts and dates ---

    def _instructed(self, tx: Node, node: Node | None) -> tuple[Decimal | None, str | None]:
        """What the payer ordered, in the currency of the order."""
        for holder in (tx, node):
            found = holder.first("AmtDtls/InstdAmt") if holder else None
            if found is not None and found.first("Amt") is not None:
                return self._amount(found)
        return None, None

    def _charges(self, node: Node, currency: str) -> Decimal | None:
        """The bank's charges in the entry's currency; positive where the bank takes them."""
        found: list[Decimal] = []
        for charges in node.all("Chrgs"):
            records = charges.all("Rcrd") or ([charges] if charges.first("Amt") else [])
            for record in records:
                amount, unit = self._amount(record)
                if unit == currency:
                    found.append(-amount if record.text("CdtDbtInd") == "CRDT" else amount)
            total = charges.first("TtlChrgsAndTaxAmt")
            if not records and total is not None:
                amount, unit = self._amount_of(total)
                if unit == currency:
                    found.append(amount)
        return _sum(found) if found else None

    def _amount(self, holder: Node) -> tuple[Decimal, str]:
        """The `Amt` of an element and its currency; no sign is allowed in it."""
        node = holder.first("Amt")
        if node is None:
            raise self._error(holder, say("an amount is missing (Amt)"))
        return self._amount_of(node)

    def _amount_of(self, node: Node) -> tuple[Decimal, str]:
        amount = sure_amount(node.own_text)
        currency = node.attribute("Ccy").upper()
        if amount is None:
            raise self._error(node, say("“{text}” is no amount", text=_short(node.own_text)))
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):  # noqa: PLR2004
            raise self._error(node, say("an amount has no currency (Ccy)"))
        return amount, currency

    def _date(self, node: Node, path: str) -> date | None:
        return self._day(node.first(f"{path}/Dt") or node.first(f"{path}/DtTm"))

    def _day(self, node: Node | None) -> date | None:
        """A date, or the day of a date with time as the bank's clock has it."""
        if node is None or not node.own_text:
            return None
        match = _DATE.fullmatch(node.own_text)
        found = sure_day(*(int(part) for part in match.groups())) if match else None
        if found is None:
            raise self._error(node, say("“{text}” is no date", text=_short(node.own_text)))
        if found[1]:
            text = say(
                "{text} is no day of the calendar; it is read as {date}",
                text=_short(node.own_text),
                date=found[0].isoformat(),
            )
            self._remark(node, text)
        return found[0]

    def _error(self, node: Node, why: Text) -> ReadingError:
        return ReadingError(say("{file}:{line}: {why}", file=self.file, line=node.line, why=why))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - what fits a message


@exact
def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _name(tx: Node, party: str) -> str:
    base = f"RltdPties/{party}"
    return tx.text(f"{base}/Pty/Nm", f"{base}/Nm", f"{base}/Agt/FinInstnId/Nm")


def _account(tx: Node, party: str) -> str:
    base = f"RltdPties/{party}/Id"
    number = tx.text(
        f"{base}/IBAN", f"{base}/Othr/Id", f"{base}/PrtryAcct/Id", f"{base}/BBAN", f"{base}/UPIC"
    )
    return number.replace(" ", "") if tx.text(f"{base}/IBAN") else number


def _references(tx: Node) -> tuple[str, ...]:
    """What the payer's side passed on, the end-to-end id first."""
    strd = tx.all("RmtInf/Strd")
    return distinct(
        [
            tx.text("Refs/EndToEndId"),
            *(node.text("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef") for node in strd),
            *(found.text("Nb") for node in strd for found in node.all("RfrdDocInf")),
            *(node.text("RfrdDocInf/RfrdDocNb") for node in strd),
            tx.text("Refs/InstrId"),
            tx.text("Refs/TxId"),
            tx.text("Refs/PmtInfId"),
            tx.text("Refs/MndtId"),
            tx.text("Refs/UETR"),
        ]
    )


def _remittance(tx: Node, extra: str) -> str:
    """All text on the purpose: free, structured, and what the bank adds; each piece once."""
    pieces = [node.own_text for node in tx.all("RmtInf/Ustrd")]
    for node in tx.all("RmtInf/Strd"):
        pieces.extend(_structured(node))
    pieces += [node.own_text for path in ("RtrInf/AddtlInf", "AddtlTxInf") for node in tx.all(path)]
    pieces.append(extra)
    return " ".join(dict.fromkeys(squeeze(piece) for piece in pieces if piece))


def _structured(node: Node) -> list[str]:
    """Structured purpose as text: the documents with their amounts, the creditor reference."""
    pieces = [found.text("Nb") for found in node.all("RfrdDocInf")]
    pieces.append(node.text("RfrdDocInf/RfrdDocNb"))
    for path in ("RfrdDocAmt/RmtdAmt", "RfrdDocAmt/DuePyblAmt"):
        amount = node.first(path)
        if amount is not None and amount.own_text:
            pieces.append(f"{amount.own_text} {amount.attribute('Ccy')}".strip())
            break
    pieces.append(node.text("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef"))
    pieces += [found.own_text for found in node.all("AddtlRmtInf")]
    return [piece for piece in pieces if piece]
