# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds for every bank statement: what a bank writes is read back, in each format the same."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from arledger.reconciliation.model import BankEntry, BankStatement
from arledger.reconciliation.reading.bank import read_bank
from tests.reconciliation.reading.bank_writers import Payment, Sheet, camt_053, mt940

_DAYS = st.dates(date(2000, 1, 10), date(2060, 12, 20))
_IBANS = st.sampled_from(["NL91ABNA0417164300", "CH9300762011623852957", "GB29NWBK60161331926819"])
_OWN = st.sampled_from(["DE89370400440532013000", "FR1420041010050500013M02606"])
_AMOUNTS = st.integers(1, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
_SIGNED = st.builds(lambda amount, sign: amount * sign, _AMOUNTS, st.sampled_from([1, -1]))
# Words that no line and no subfield cuts at a blank: what a bank trims there can't come back.
_WORDS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-.", min_size=1, max_size=80).filter(
    lambda word: word.strip("0-.") != ""
)
_NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=50)


@st.composite
def _payments(draw: st.DrawFn, number: int, *, batches: bool) -> Payment:
    day = draw(_DAYS)
    amount = draw(_SIGNED)
    payment = Payment(
        day,
        amount,
        draw(st.sampled_from([f"BANK{number:06}", ""])),
        day + timedelta(days=draw(st.integers(-5, 5))),
        draw(st.one_of(st.just(""), _NAMES)),
        draw(st.one_of(st.just(""), _IBANS)),
        draw(st.one_of(st.just(""), _WORDS.map(lambda word: f"E{word}"[:35]))),
        draw(st.one_of(st.just(""), _WORDS.map(lambda word: f"RE {word}"))),
        draw(st.booleans()),
    )
    if not batches or not draw(st.booleans()):
        return payment
    # All of one sign: version 2 has no place for a part's own.
    cents = int(abs(amount).scaleb(2))
    cuts = sorted({0, cents, *draw(st.lists(st.integers(0, cents), max_size=4))})
    sign = 1 if amount > 0 else -1
    whole = [sign * Decimal(high - low).scaleb(-2) for low, high in pairwise(cuts)]
    return Payment(
        payment.day, amount, payment.reference, payment.value_day, reversal=payment.reversal,
        parts=tuple(
            Payment(day, part, "", day, party=f"P{at}", text=f"INV-{at}")
            for at, part in enumerate(whole)
        ),
    ) if len(whole) > 1 else payment  # fmt: skip


@st.composite
def sheets(draw: st.DrawFn, *, batches: bool = False) -> list[Sheet]:
    """One to three statements of one or two accounts."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        count = draw(st.integers(0, 6))
        payments = tuple(draw(_payments(number * 100 + at, batches=batches)) for at in range(count))
        first = draw(_DAYS)
        opening = draw(_SIGNED) + number  # no two statements are the same, word by word
        made.append(Sheet(draw(_OWN), "EUR", opening, first, first, payments))
    return made


def _as_written(payment: Payment, part: Payment, posting: str) -> tuple[object, ...]:
    return (
        payment.day,
        payment.value_day,
        part.amount,
        part.party,
        part.account,
        (part.end_to_end,) if part.end_to_end else (),
        part.text or posting,
        payment.reversal,
    )


def _as_read(entry: BankEntry) -> tuple[object, ...]:
    return (
        entry.date,
        entry.value_date,
        entry.amount,
        entry.payer,
        entry.payer_account,
        entry.references,
        entry.remittance,
        entry.reversal,
    )


def _check(sheets: list[Sheet], statements: tuple[BankStatement, ...], posting: str = "") -> None:
    assert len(statements) == len(sheets)
    for sheet, statement in zip(sheets, statements, strict=True):
        assert (statement.account, statement.currency) == (sheet.account, sheet.currency)
        assert (statement.opening, statement.closing) == (sheet.opening, sheet.closing)
        assert [remark for remark in statement.remarks if remark.grave] == []
        assert [_as_read(entry) for entry in statement.entries] == [
            _as_written(payment, part, posting)
            for payment in sheet.payments
            for part in payment.parts or (payment,)
        ]
        own = [payment.reference for payment in sheet.payments if payment.reference]
        assert set(own) - {entry.reference for entry in statement.entries} <= {
            payment.reference for payment in sheet.payments if payment.parts
        }
    indexes = [entry.index for statement in statements for entry in statement.entries]
    assert indexes == list(range(len(indexes)))


@given(sheets(batches=True), st.sampled_from([2, 4, 8, 13]))
def test_what_is_written_as_camt_is_read_back(made: list[Sheet], version: int) -> None:
    file = read_bank(camt_053(made, version).encode(), "x.xml")
    _check(made, file.statements)


@given(sheets(), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_as_mt940_is_read_back(made: list[Sheet], line_end: str) -> None:
    file = read_bank(mt940(made, line_end).encode(), "x.sta")
    # Without any purpose, the posting text (?00) is the only one there is.
    _check(made, file.statements, posting="GUTSCHRIFT")


def _names(
    statements: tuple[BankStatement, ...],
) -> dict[tuple[str, str | None], tuple[object, ...]]:
    return {
        (statement.account, entry.reference): _as_read(entry)
        for statement in statements
        for entry in statement.entries
    }


@given(sheets(batches=True))
def test_each_entry_has_a_reference_of_its_own_on_its_account(made: list[Sheet]) -> None:
    statements = read_bank(camt_053(made, 8).encode(), "x.xml").statements
    assert len(_names(statements)) == sum(len(statement.entries) for statement in statements)


@given(sheets(batches=True), st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_name_nor_the_version_changes_a_reference(
    made: list[Sheet], shuffler: random.Random
) -> None:
    other = []
    for sheet in made:
        payments = list(sheet.payments)
        shuffler.shuffle(payments)
        other.append(
            Sheet(sheet.account, sheet.currency, sheet.opening, sheet.first_day, sheet.last_day, tuple(payments))
        )  # fmt: skip
    one = read_bank(camt_053(made, 2).encode(), "one.xml").statements
    two = read_bank(b"\n\n" + camt_053(other, 8).encode().partition(b"?>")[2], "two.xml").statements
    assert _names(one) == _names(two)
