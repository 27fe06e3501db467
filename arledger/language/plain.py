# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain documents: one debit with at most a link, or one credit that names an item at most.

Nearly all of a ledger is of this kind, so that it is read in one go, without a `Voucher`. Whatever
has keys or tags of ours, or several links, is left to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from sys import intern
from typing import Any

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.accounts import AccountInfo
from arledger.language.documents import Kind, Movement
from arledger.language.terms import Terms
from arledger.language.voucher import KEYS
from arledger.money import ZERO

WRITE_OFF, CREDIT_NOTE, RECOVERY = "write-off", "credit-note", "recovery"
KIND_TAGS = frozenset({WRITE_OFF, CREDIT_NOTE, RECOVERY})
KEYS_BUT_INVOICE = KEYS - {"invoice"}
# A named tuple's own constructor costs as much again.
new_movement = tuple.__new__


@attrs.define(slots=True, eq=False)
class Place:
    """An account of ours, with what the reader asks about it at every posting.

    `raised` are the numbers of its items, with the first day each stands there. `dues` tells the
    due date that its terms give a plain item of a day.
    """

    info: AccountInfo
    account: str
    customer: str
    conditional: bool
    plain: bool
    raised: dict[str, date]
    dues: Callable[[date], tuple[date | None, Terms | None]]


def read_plain(
    transaction: Transaction,
    posting: Posting,
    place: Place,
    bank_links: tuple[str, ...],
    *,
    keyed: bool,
) -> Movement | None:
    """The document of the only posting of ours in a transaction; None where it isn't plain.

    `keyed` says whether there are any keys to look at. An item without a due date has to be split
    by its payment terms yet.
    """
    meta, day, _, _, _, tags, links, _ = transaction
    own = posting.meta if keyed else None
    if (
        not place.plain
        or (tags and not KIND_TAGS.isdisjoint(tags))
        or (keyed and not KEYS.isdisjoint(meta))
        or (own and not KEYS_BUT_INVOICE.isdisjoint(own))
    ):
        return None
    link = None
    for one in links:
        if not one.startswith(bank_links):
            if link is not None:
                return None
            link = one
    amount: Decimal = posting.units.number  # type: ignore[union-attr, assignment]
    if amount < ZERO:
        return _receipt(transaction, posting, place, link, own)
    if not amount or (own and own.get("invoice") is not None):
        return None
    if link and link not in place.raised:
        place.raised[link] = day
    due, terms = place.dues(day)
    return new_movement(
        Movement,
        (
            Kind.ITEM,
            day,
            place.account,
            place.customer,
            intern(posting.units.currency),  # type: ignore[union-attr]
            amount,
            link,
            None,
            None,
            due,
            day,
            None,
            None,
            False,
            place.conditional,
            terms,
            transaction,
            posting,
            None,
        ),
    )


def _receipt(
    transaction: Transaction,
    posting: Posting,
    place: Place,
    link: str | None,
    own: Mapping[str, Any] | None,
) -> Movement | None:
    day = transaction.date
    names = own.get("invoice") if own else None
    if names is not None:
        names = names.strip() if isinstance(names, str) else ""
        if not names:
            return None
    elif link:
        # Most often the item stands there already; else it may still come today.
        raised = place.raised.get(link)
        if raised is not None and raised <= day:
            names = link
    amount, currency = posting.units  # type: ignore[misc]
    return new_movement(
        Movement,
        (
            Kind.RECEIPT,
            day,
            place.account,
            place.customer,
            intern(currency),
            -amount,  # type: ignore[operator]
            None if link == names else link,
            names,
            None,
            None,
            day,
            None,
            None,
            False,
            False,
            None,
            transaction,
            posting,
            None,
        ),
    )
