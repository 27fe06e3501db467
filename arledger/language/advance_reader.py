# SPDX-License-Identifier: GPL-2.0-or-later
"""Advance receipts: what one transaction does to each advance.

An advance is the sum of its postings over all advance accounts (net and pending VAT). A debit
is applied where the other side is a receivable, earned where it is income (with its VAT),
refunded where it is money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs
from beancount.core.data import Posting

from arledger.language.accounts import AccountInfo
from arledger.language.documents import AdvanceMovement, Movement
from arledger.language.voucher import UNUSABLE, Line, Voucher
from arledger.money import ZERO

if TYPE_CHECKING:
    from arledger.language.reader import Reader


@attrs.define
class _Group:
    """The postings of one transaction on one advance."""

    customer: str
    currency: str
    number: str | None
    lines: list[Line] = attrs.field(factory=list)
    net: Decimal = ZERO

    @property
    def order(self) -> tuple[str, str, str, Decimal]:
        """By content, so that the order of the postings decides nothing."""
        return (self.customer, self.currency, self.number or "", self.net)


@attrs.define
class _OtherSide:
    """What the transaction's other postings can explain of the advances' debits."""

    receivable: Decimal
    income: Decimal

    def split(self, amount: Decimal) -> tuple[Decimal, Decimal, Decimal]:
        """Applied, earned and refunded parts of `amount`; takes them off what is left."""
        applied = min(amount, self.receivable)
        self.receivable -= applied
        rest = amount - applied
        earned = min(rest, self.income)
        self.income -= earned
        return applied, earned, rest - earned


def read_advances(
    reader: Reader, voucher: Voucher, lines: Sequence[Line], items: Sequence[Movement]
) -> None:
    """Read the advance postings of one transaction into `reader.advances`."""
    # The other side is there once, however many advances the transaction takes from.
    sides: dict[tuple[str, str, bool], _OtherSide] = {}
    for group in sorted(_group(reader, voucher, lines), key=lambda group: group.order):
        if group.net:
            reader.advances.append(_movement(reader, voucher, group, items, sides))


def _group(reader: Reader, voucher: Voucher, lines: Sequence[Line]) -> Iterable[_Group]:
    groups: dict[tuple[str, str, str | None], _Group] = {}
    for posting, info in lines:
        amount = voucher.number_of(posting)
        number = _number(reader, voucher, posting, info, amount)
        currency = posting.units.currency  # type: ignore[union-attr]
        key = (info.customer, currency, number)
        group = groups.setdefault(key, _Group(*key))
        group.lines.append((posting, info))
        group.net -= amount
    return groups.values()


def _number(
    reader: Reader, voucher: Voucher, posting: Posting, info: AccountInfo, amount: Decimal
) -> str | None:
    own = reader.keys_of(posting, voucher)
    number = voucher.key(own, "advance")
    if number == UNUSABLE:
        return None
    if number is not None:
        return str(number)
    reverses = voucher.text(own, "reverses")
    if reverses and (info.customer, reverses) in reader.held:
        return reverses
    if voucher.several_links:
        reader.ambiguous(voucher, posting, "advance:")
    link = voucher.link
    if link is None or amount < 0:
        return link
    first = reader.held.get((info.customer, link))
    return link if first is not None and first <= voucher.transaction.date else None


def _movement(
    reader: Reader,
    voucher: Voucher,
    group: _Group,
    items: Sequence[Movement],
    sides: dict[tuple[str, str, bool], _OtherSide],
) -> AdvanceMovement:
    lines = sorted(group.lines, key=lambda line: (line[1].account, voucher.number_of(line[0])))
    posting = lines[0][0]
    reverses = voucher.text(posting.meta, "reverses")
    first = reader.held.get((group.customer, group.number or ""))
    receives = group.net > 0
    restored = bool(receives and reverses and first is not None)
    applied = earned = refunded = ZERO
    if not receives or restored:
        side = (group.customer, group.currency, receives)
        if side not in sides:
            sides[side] = _other_side(
                reader, voucher, group.customer, group.currency, debit=not receives
            )
        other = sides[side]
        applied, earned, refunded = other.split(abs(group.net))
    charged = ZERO
    if receives and not restored:
        charged = sum(
            (
                item.amount
                for item in items
                if item.customer == group.customer and item.currency == group.currency
            ),
            ZERO,
        )
    return AdvanceMovement(
        voucher.transaction.date,
        group.customer,
        group.currency,
        group.net,
        group.number if receives and not restored else None,
        group.number if not receives or restored else None,
        voucher.text(posting.meta, "contract"),
        voucher.day(posting.meta, "deliver-by"),
        applied,
        earned,
        refunded,
        restored,
        bool(reverses) and not receives,
        charged,
        tuple(info.account for _, info in lines),
        voucher.transaction,
        posting,
    )


def _other_side(
    reader: Reader, voucher: Voucher, customer: str, currency: str, *, debit: bool
) -> _OtherSide:
    """The other side of a debit on an advance (or, mirrored, of a credit that restores one)."""
    sign = -1 if debit else 1
    chart = reader.chart
    own = others = income = liability = assets = ZERO
    for posting in voucher.transaction.postings:
        units = posting.units
        if units is None or units.currency != currency or units.number is None:
            continue
        amount = sign * units.number
        if amount <= 0:
            continue
        info = chart.info(posting.account)
        if info is not None and info.role == "receivable":
            if info.customer == customer:
                own += amount
            else:
                others += amount
        elif info is not None:
            continue
        elif chart.is_income(posting.account):
            income += amount
        elif chart.is_liability(posting.account):
            liability += amount
        else:
            assets += amount
    if income:
        return _OtherSide(own or others, income + liability)
    # No income: money is a refund; a liability alone (its VAT falling due) is earned.
    return _OtherSide(own or others, ZERO if assets else liability)
