# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a bank statement adds up, within itself and with the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import attrs

from arledger.findings import say
from arledger.money import exact
from arledger.reconciliation.model import BankEntry, BankStatement, Place, Remark


@exact
def booked_total(entries: Sequence[BankEntry]) -> Decimal:
    """What the booked entries come to; announced ones (pending) change no balance."""
    return sum((entry.amount for entry in entries if not entry.pending), Decimal(0))


@exact
def tie(
    opening: Decimal | None,
    entries: Sequence[BankEntry],
    closing: Decimal | None,
    place: Place,
) -> tuple[Remark, ...]:
    """A grave remark at the closing balance's place where opening and entries don't lead to it."""
    if opening is None or closing is None:
        return ()
    reached = opening + booked_total(entries)
    if reached == closing:
        return ()
    text = say(
        "the statement does not add up: opening {opening} and {count} entries come to {reached}, "
        "but the closing balance is {closing}, a difference of {difference}",
        opening=show(opening),
        count=sum(not entry.pending for entry in entries),
        reached=show(reached),
        closing=show(closing),
        difference=show(closing - reached),
    )
    return (Remark(text, place, grave=True),)


def show(amount: Decimal) -> str:
    """An amount in a sentence, with all its digits."""
    return f"{amount:,f}"


def follow_on(
    statements: Sequence[BankStatement], places: Sequence[Place]
) -> tuple[BankStatement, ...]:
    """The statements, with a remark on each that does not open where its predecessor closed.

    Only statements of one account and currency whose dates ascend can be told to follow.
    """
    before: dict[tuple[str, str | None], BankStatement] = {}
    checked = []
    for statement, place in zip(statements, places, strict=True):
        key = (statement.account, statement.currency)
        remark = _gap(before.get(key), statement, place)
        before[key] = statement
        checked.append(
            attrs.evolve(statement, remarks=(*statement.remarks, remark)) if remark else statement
        )
    return tuple(checked)


def _gap(earlier: BankStatement | None, later: BankStatement, place: Place) -> Remark | None:
    if earlier is None or earlier.closing is None or later.opening is None:
        return None
    if earlier.to_date and later.from_date and earlier.to_date > later.from_date:
        return None
    if earlier.closing == later.opening:
        return None
    text = say(
        "this statement opens with {opening}, but the one before it in the file closed with "
        "{closing}: one between them may be missing",
        opening=show(later.opening),
        closing=show(earlier.closing),
    )
    return Remark(text, place)
