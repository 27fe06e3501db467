# SPDX-License-Identifier: GPL-2.0-or-later
"""Transfers: a debit and a credit of one number between two accounts of one customer."""

from __future__ import annotations

from collections.abc import Iterable

from arledger.language.documents import Kind, Movement


def pair_transfers(
    debits: list[Movement], credits: list[Movement]
) -> tuple[list[Movement], list[Movement]]:
    """Make transfers of the debits and credits of one number between accounts of a customer.

    The smaller of the two sides is transferred; what is over on a side stays what it was.
    """
    queue: dict[tuple[str, str, str], list[Movement]] = {}
    plain_debits: list[Movement] = []
    for debit in debits:
        if debit.kind is Kind.ITEM and debit.number and debit.amount:
            queue.setdefault((debit.customer, debit.currency, debit.number), []).append(debit)
        else:
            plain_debits.append(debit)
    rest: list[Movement] = []
    for credit in credits:
        names = credit.names
        if credit.kind is Kind.CANCELLATION or not names:
            rest.append(credit)
            continue
        waiting = queue.get((credit.customer, credit.currency, names), [])
        rest.extend(_pair(credit, waiting))
    for waiting in queue.values():
        plain_debits.extend(waiting)
    return plain_debits, rest


def _pair(credit: Movement, waiting: list[Movement]) -> Iterable[Movement]:
    """Pair one credit with waiting debits on other accounts; yields transfers and what is left."""
    left = credit.amount
    at = 0
    while left and at < len(waiting):
        debit = waiting[at]
        if debit.account == credit.account:
            at += 1
            continue
        moved = min(left, debit.amount)
        target = debit._replace(kind=Kind.TRANSFER, amount=moved)
        yield credit._replace(kind=Kind.TRANSFER, amount=moved, number=None, target=target)
        left -= moved
        if debit.amount > moved:
            waiting[at] = debit._replace(amount=debit.amount - moved)
        else:
            del waiting[at]
    if left:
        yield credit._replace(amount=left)
