# SPDX-License-Identifier: GPL-2.0-or-later
"""Bank files in: camt.053, camt.054 and camt.052, MT940 and MT942, tables as CSV, XLSX and XLS.

What a file is, its content says: XML by the message in it, MT940 by its tags, all else is a
table. The name's ending decides nothing.
"""

from __future__ import annotations

import hashlib
import re

from arledger.findings import Text, say
from arledger.reconciliation.model import BankFile, BankStatement, ReadAs
from arledger.reconciliation.reading.bank_table import read_bank_table
from arledger.reconciliation.reading.camt import format_of, messages_in, read_messages
from arledger.reconciliation.reading.encodings import decode
from arledger.reconciliation.reading.errors import ReadingError, refuse_larger
from arledger.reconciliation.reading.mt940 import read_text
from arledger.reconciliation.reading.mt940_fields import looks_like_mt940
from arledger.reconciliation.reading.overrides import NOTHING, Overrides
from arledger.reconciliation.reading.rows import FORMATS
from arledger.reconciliation.reading.xml import Node, looks_like_xml, read_xml

# A year's statement of a busy account is a few megabytes.
TEXT_BYTES_MAX = 256 * 1024 * 1024

# A character of more than one byte in UTF-8; in Latin-1 two such signs hardly meet.
_UTF_8 = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")
# Spreadsheet programs write tables as HTML: the table reader says what to do with it.
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta")

# What people take for a bank statement, by the element that tells it.
_OTHERS: dict[str, Text] = {
    "CstmrCdtTrfInitn": say("a payment order to the bank (pain.001)"),
    "CstmrPmtStsRpt": say("a report on payment orders (pain.002)"),
    "CstmrPmtRvsl": say("a reversal of a direct debit (pain.007)"),
    "CstmrDrctDbtInitn": say("a collection of direct debits (pain.008)"),
    "FIToFICstmrCdtTrf": say("a payment between banks (pacs.008)"),
    "BkToCstmrDbtCdtNtfctnReq": say("a request for a statement (camt.060)"),
    "AcctRptgReq": say("a request for a statement (camt.060)"),
    "Invoice": say("an invoice (UBL)"),
    "CreditNote": say("a credit note (UBL)"),
    "CrossIndustryInvoice": say("an invoice (UN/CEFACT)"),
    "OFX": say("an OFX file"),
    "Workbook": say("a spreadsheet saved as XML"),
}


def read_bank(content: bytes, name: str, overrides: Overrides = NOTHING) -> BankFile:
    """The statements of a bank file; `name` is shown only. `ReadingError` says why it is refused.

    Amounts are positive for money received. How an entry without a reference of the bank's gets
    one that stays the same from file to file is said in `bank_references`.
    """
    read_as, statements = _read(content, name, overrides)
    return BankFile(name, hashlib.sha256(content).hexdigest(), read_as, statements)


def _read(
    content: bytes, name: str, overrides: Overrides
) -> tuple[ReadAs, tuple[BankStatement, ...]]:
    told = (overrides.format or "").lower()
    if told and not told.startswith(("camt", "mt9")) and told not in FORMATS:
        raise ReadingError(
            say(
                'a statement is read as {formats}, not as "{format}"',
                formats=", ".join(("camt", "mt940", *FORMATS)),
                format=told,
            )
        )
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise ReadingError(say("{file}: is empty", file=name))
    if told.startswith("camt") or (not told and _is_xml(content)):
        return _camt(content, name)
    if told.startswith("mt9") or (not told and looks_like_mt940(content)):
        return _mt940(content, name, overrides)
    return read_bank_table(content, name, overrides)


def _is_xml(content: bytes) -> bool:
    start = content[:2000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return looks_like_xml(content) and not start.startswith(_HTML)


def _camt(content: bytes, name: str) -> tuple[ReadAs, tuple[BankStatement, ...]]:
    root = read_xml(content, name)
    messages = messages_in(root)
    if not messages:
        raise ReadingError(
            say(
                "{file}: is {what}, not a bank's statement or notification (camt.053, camt.054, "
                "camt.052)",
                file=name,
                what=_what_else(root),
            )
        )
    return ReadAs(format_of(messages[0])), read_messages(messages, name)


def _what_else(root: Node) -> Text:
    for node in root.down_to(2):
        if node.name in _OTHERS:
            return _OTHERS[node.name]
    return say("XML with the root element {root}", root=root.name[:40])


def _mt940(
    content: bytes, name: str, overrides: Overrides
) -> tuple[ReadAs, tuple[BankStatement, ...]]:
    refuse_larger(content, TEXT_BYTES_MAX, name)
    text, encoding = _decoded(content, name, overrides)
    statements, kind = read_text(text, name)
    return ReadAs(kind, encoding), statements


def _decoded(content: bytes, name: str, overrides: Overrides) -> tuple[str, str]:
    """The text of an MT940: what is neither Unicode nor Chinese is read as Latin-1."""
    if overrides.encoding is not None:
        return decode(content, overrides.encoding, name)
    try:
        text, encoding = decode(content, None, name)
    except ReadingError:
        if b"\0" in content or _UTF_8.search(content):
            raise
        encoding = ""
    if encoding.startswith(("UTF", "GB", "Big5")):
        return text, encoding
    if _UTF_8.search(content):
        raise ReadingError(
            say(
                "{file}: mixes UTF-8 with another encoding; fetch it again, or name its encoding "
                "with --encoding",
                file=name,
            )
        )
    return content.decode("latin-1"), "ISO-8859-1"
