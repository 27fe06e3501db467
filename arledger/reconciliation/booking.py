# SPDX-License-Identifier: GPL-2.0-or-later
"""A receipt as a Beancount transaction, and a transaction as ledger text.

    2024-05-28 * "华东重工有限公司" "INV-2024-0501, INV-2024-0502" ^bank-20240528-1
      payer-account: "6222021001012345678"
      receipt: "bank-20240528-1"
      Assets:Bank                         143000.00 CNY
      Assets:Receivable:C001-HuaDong     -113000.00 CNY
        invoice: "INV-2024-0501"
      Assets:Receivable:C001-HuaDong      -30000.00 CNY
        invoice: "INV-2024-0502"

The link's text is the receipt's own number, so that what is unapplied can be applied later
(`receipt:`), and a returned payment can say what it reverses (`reverses:`).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from beancount.core.amount import Amount
from beancount.core.data import Posting, Transaction

from arledger.money import EXACT, digits_of, plain
from arledger.reconciliation.applied import Allocation, Difference, Part
from arledger.reconciliation.model import BankEntry
from arledger.reconciliation.payers import PAYER_ACCOUNT

# A purpose longer than that is cut off: nobody reads it in a ledger.
NARRATION_MAX = 200
# What Beancount keeps in metadata for itself.
_OWN_KEYS = frozenset({"filename", "lineno", "__tolerances__"})


def transaction_of(  # noqa: PLR0913 - what a transaction is made of
    entry: BankEntry,
    link: str,
    bank_account: str,
    allocation: Allocation,
    narration: str,
    file: str,
) -> Transaction:
    """The transaction that books an entry of the bank as an allocation says.

    Its postings sum to nothing: the bank's amount on one side, the parts on the other.
    """
    line = entry.place.line if entry.place is not None else 0
    meta: dict[str, Any] = {"filename": file, "lineno": line}
    if entry.payer_account:
        meta[PAYER_ACCOUNT] = one_line(entry.payer_account)
    if allocation.contract:
        meta["contract"] = one_line(allocation.contract)
    # A suspense account is none of ours: what stands there has no number.
    if allocation.customer is not None and allocation.returns is None:
        if any(not part.advance for part in allocation.parts):
            meta["receipt"] = link
        if allocation.advance:
            meta["advance"] = link
    bank = Posting(bank_account, Amount(entry.amount, entry.currency), None, None, None, {})
    sign = -1 if entry.amount > 0 else 1
    held = allocation.customer is not None and allocation.returns is None
    postings = [_posting(part, entry.currency, sign, held=held) for part in allocation.parts]
    return Transaction(
        meta,
        entry.date,
        "*",
        one_line(entry.payer) or None,
        narration_of(entry) or narration,
        frozenset(),
        frozenset({link}),
        [bank, *postings],
    )


def narration_of(entry: BankEntry) -> str:
    """What the payer says it is for, in one line."""
    text = one_line(entry.remittance)
    return text if len(text) <= NARRATION_MAX else text[: NARRATION_MAX - 1] + "…"


def _posting(part: Part, currency: str, sign: int, *, held: bool) -> Posting:
    meta: dict[str, Any] = {}
    if part.item is not None:
        meta["invoice"] = part.item.number
        if part.by_due:
            meta["due"] = part.item.due
    elif held and not part.advance and not part.waits:
        meta["allocation"] = "none"
    if part.reverses:
        meta["reverses"] = part.reverses
    price = None
    if part.booked is not None:
        price = Amount(EXACT.divide(part.booked, part.amount), currency)
    units = Amount(sign * part.amount, part.currency)
    return Posting(part.account, units, None, price, None, meta)


def closing_of(  # noqa: PLR0913 - what a transaction is made of
    difference: Difference, day: dt.date, payee: str, link: str, against: str, narration: str
) -> Transaction:
    """The transaction that would close a difference against an account of result."""
    amount = difference.amount
    meta: dict[str, Any]
    if difference.item is not None:
        amount, meta = -amount, {"invoice": difference.item.number}
        if difference.item.instalment > 1:
            meta["due"] = difference.item.due
    else:
        meta = {"receipt": link}
    units = Amount(amount, difference.currency)
    return Transaction(
        {"filename": "", "lineno": 0},
        day,
        "*",
        payee or None,
        narration,
        frozenset(),
        frozenset(),
        [
            Posting(difference.account, units, None, None, None, meta),
            Posting(against, Amount(-amount, difference.currency), None, None, None, {}),
        ],
    )


# As text.


def one_line(text: str) -> str:
    """A text without line ends and signs that can't be seen, its blanks single."""
    seen = "".join(
        char if unicodedata.category(char)[0] not in "CZ" else " " if char != "\u00ad" else ""
        for char in text
    )
    return " ".join(seen.split())


def quoted(text: str) -> str:
    """A text as a ledger writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ledger_text(transaction: Transaction, precision: Mapping[str, int]) -> str:
    """A transaction as it stands in a ledger, with at least the currency's digits."""
    words = [str(transaction.date), str(transaction.flag)]
    if transaction.payee:
        words.append(quoted(transaction.payee))
    words.append(quoted(transaction.narration or ""))
    words += [f"^{link}" for link in sorted(transaction.links or ())]
    lines = [" ".join(words), *_keys(transaction.meta, "  ")]
    amounts = [_figure(posting, precision) for posting in transaction.postings]
    wide = max(width(posting.account) for posting in transaction.postings)
    long = max(map(len, amounts))
    for posting, amount in zip(transaction.postings, amounts, strict=True):
        assert posting.units is not None
        gap = " " * (wide - width(posting.account))
        price = (
            f" @ {plain(Decimal(posting.price.number or 0))} {posting.price.currency}"
            if posting.price
            else ""
        )
        currency = posting.units.currency
        lines.append(f"  {posting.account}{gap}  {amount:>{long}} {currency}{price}")
        lines += _keys(posting.meta or {}, "    ")
    return "".join(line + "\n" for line in lines)


def _keys(meta: Mapping[str, Any], indent: str) -> Iterable[str]:
    for key, value in meta.items():
        if key not in _OWN_KEYS and value is not None:
            shown = value.isoformat() if isinstance(value, dt.date) else quoted(str(value))
            yield f"{indent}{key}: {shown}"


def _figure(posting: Posting, precision: Mapping[str, int]) -> str:
    assert posting.units is not None
    return figure(posting.units.number, posting.units.currency, precision)


def figure(number: Any, currency: str, precision: Mapping[str, int]) -> str:
    """An amount with all its digits, and at least the currency's."""
    amount = Decimal(number)
    places = -int(amount.as_tuple().exponent)
    digits = digits_of(currency, precision)
    return plain(
        amount if places >= digits else amount.quantize(Decimal(1).scaleb(-digits), None, EXACT)
    )


def width(text: str) -> int:
    """How many columns a text takes on a screen."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
