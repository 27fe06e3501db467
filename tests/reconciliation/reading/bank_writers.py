# SPDX-License-Identifier: GPL-2.0-or-later
"""Writers of bank files for tests: what the readers must read back the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

import attrs

FULL_LINE = 65


@attrs.frozen
class Payment:
    """One booking as a bank knows it; `amount` is positive for money received."""

    day: date
    amount: Decimal
    reference: str
    value_day: date
    party: str = ""
    account: str = ""
    end_to_end: str = ""
    text: str = ""
    reversal: bool = False
    parts: tuple[Payment, ...] = ()


@attrs.frozen
class Sheet:
    """One statement: an account, its payments and what it opens with."""

    account: str
    currency: str
    opening: Decimal
    first_day: date
    last_day: date
    payments: tuple[Payment, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((payment.amount for payment in self.payments), Decimal(0))


def _mark(amount: Decimal) -> str:
    return "DBIT" if amount < 0 else "CRDT"


def camt_053(sheets: Sequence[Sheet], version: int) -> str:
    """A camt.053 of a version, with the names that this version has."""
    name = f"camt.053.001.{version:02}"
    body = "".join(_statement(sheet, number, version) for number, sheet in enumerate(sheets))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}">\n'
        "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2024-01-01T00:00:00</CreDtTm></GrpHdr>\n"
        f"{body}</BkToCstmrStmt></Document>\n"
    )


def _statement(sheet: Sheet, number: int, version: int) -> str:
    entries = "".join(_entry(payment, sheet.currency, version) for payment in sheet.payments)
    return (
        f"<Stmt><Id>S{number}</Id><CreDtTm>2024-01-01T00:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{sheet.account}</IBAN></Id><Ccy>{sheet.currency}</Ccy></Acct>\n"
        f"{_balance('OPBD', sheet.opening, sheet.currency, sheet.first_day)}"
        f"{_balance('CLBD', sheet.closing, sheet.currency, sheet.last_day)}"
        f"{entries}</Stmt>\n"
    )


def _balance(code: str, amount: Decimal, currency: str, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{abs(amount)}</Amt><CdtDbtInd>{_mark(amount)}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(payment: Payment, currency: str, version: int) -> str:
    status = "BOOK" if version < 8 else "<Cd>BOOK</Cd>"
    reference = f"<AcctSvcrRef>{payment.reference}</AcctSvcrRef>" if payment.reference else ""
    details = "".join(
        _details(part, payment, currency, version) for part in payment.parts or (payment,)
    )
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(payment.amount)}</Amt>'
        f"<CdtDbtInd>{_mark(payment.amount)}</CdtDbtInd>"
        f"<RvslInd>{str(payment.reversal).lower()}</RvslInd><Sts>{status}</Sts>"
        f"<BookgDt><Dt>{payment.day}</Dt></BookgDt><ValDt><Dt>{payment.value_day}</Dt></ValDt>"
        f"{reference}<NtryDtls>{details}</NtryDtls></Ntry>\n"
    )


def _details(part: Payment, whole: Payment, currency: str, version: int) -> str:
    received = (whole.amount >= 0) != whole.reversal
    role = "Dbtr" if received else "Cdtr"
    amount = ""
    if whole.parts and version < 3:
        amount = f'<AmtDtls><TxAmt><Amt Ccy="{currency}">{abs(part.amount)}</Amt></TxAmt></AmtDtls>'
    elif whole.parts:
        amount = (
            f'<Amt Ccy="{currency}">{abs(part.amount)}</Amt>'
            f"<CdtDbtInd>{_mark(part.amount)}</CdtDbtInd>"
        )
    name = f"<Nm>{escape(part.party)}</Nm>"
    name = name if version < 8 else f"<Pty>{name}</Pty>"
    party = f"<{role}>{name}</{role}>" if part.party else ""
    number = (
        f"<{role}Acct><Id><IBAN>{part.account}</IBAN></Id></{role}Acct>" if part.account else ""
    )
    text = f"<RmtInf><Ustrd>{escape(part.text)}</Ustrd></RmtInf>" if part.text else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{part.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>{amount}"
        f"<RltdPties>{party}{number}</RltdPties>{text}</TxDtls>"
    )


def mt940(sheets: Sequence[Sheet], line_end: str = "\r\n") -> str:
    """An MT940 with German subfields, its :86: cut at 65 characters like a bank's."""
    lines: list[str] = []
    for number, sheet in enumerate(sheets):
        lines += [f":20:S{number}", f":25:{sheet.account}", f":28C:{number + 1}/1"]
        lines.append(f":60F:{_mt_balance(sheet.opening, sheet.currency, sheet.first_day)}")
        for payment in sheet.payments:
            lines.append(f":61:{_mt_line(payment)}")
            details = _mt_details(payment)
            chunks = [details[at : at + FULL_LINE] for at in range(0, len(details), FULL_LINE)]
            lines += [":86:" + chunks[0], *chunks[1:]]
        lines += [f":62F:{_mt_balance(sheet.closing, sheet.currency, sheet.last_day)}", "-"]
    return line_end.join(lines) + line_end


def _comma(amount: Decimal) -> str:
    text = f"{abs(amount):f}".replace(".", ",")
    return text if "," in text else text + ","


def _mt_balance(amount: Decimal, currency: str, day: date) -> str:
    return f"{'D' if amount < 0 else 'C'}{day:%y%m%d}{currency}{_comma(amount)}"


def _mt_line(payment: Payment) -> str:
    mark = "D" if payment.amount < 0 else "C"
    if payment.reversal:
        mark = "RC" if payment.amount < 0 else "RD"
    bank = f"//{payment.reference}" if payment.reference else ""
    return f"{payment.value_day:%y%m%d}{payment.day:%m%d}{mark}{_comma(payment.amount)}NTRFNONREF{bank}"


def _mt_details(payment: Payment) -> str:
    purpose = f"EREF+{payment.end_to_end}" if payment.end_to_end else ""
    pieces = [purpose[at : at + 27] for at in range(0, len(purpose), 27)]
    if payment.text:
        text = f"SVWZ+{payment.text}"
        pieces += [text[at : at + 27] for at in range(0, len(text), 27)]
    name = [payment.party[at : at + 27] for at in range(0, len(payment.party), 27)]
    return (
        "166?00GUTSCHRIFT"
        + "".join(f"?{20 + at}{piece}" for at, piece in enumerate(pieces))
        + (f"?31{payment.account}" if payment.account else "")
        + "".join(f"?{32 + at}{piece}" for at, piece in enumerate(name))
    )
