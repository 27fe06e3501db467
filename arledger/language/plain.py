# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain documents: one debit with at most a link, or one credit that names an item at most.

Nearly all of a ledger is of this kind, so that it is read in one go, without a `Voucher`. Whatever
has keys or tags of ours, or several links, is left to the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from sys import intern

import attrs
from beancount.core.data import Posting, Transaction

from arledger.language.accounts import AccountInfo
from arledger.language.documents import ITEM, RECEIPT, Fields
from arledger.language.terms import Terms
from arledger.language.voucher import KEYS
from arledger.money import ZERO

WRITE_OFF, CREDIT_NOTE, RECOVERY = "write-off", "credit-note", "recovery"
KIND_TAGS = frozenset({WRITE_OFF, CREDIT_NOTE, RECOVERY})
KEYS_BUT_INVOICE = KEYS - {"invoice"}


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


def read_keyed(
    transaction: Transaction, posting: Posting, place: Place, bank_links: tuple[str, ...]
) -> Fields | None:
    """A document to which somebody has given keys: plain where these say at most what it pays."""
    own = posting.meta
    if not KEYS.isdisjoint(transaction.meta) or (own and not KEYS_BUT_INVOICE.isdisjoint(own)):
        return None
    names = own.get("invoice") if own else None
    if names is None:
        return read_plain(transaction, posting, place, None, bank_links)
    names = names.strip() if isinstance(names, str) else ""
    amount: Decimal = posting.units.number  # type: ignore[union-attr, assignment]
    if not names or amount >= ZERO:
        return None
    return read_plain(transaction, posting, place, names, bank_links)


def read_plain(
    transaction: Transaction,
    posting: Posting,
    place: Place,
    names: str | None,
    bank_links: tuple[str, ...],
) -> Fields | None:
    """The document of the only posting of ours in a transaction; None where it isn't plain.

    `names` is the item that the posting's own key names. An item without a due date has to be
    split by its payment terms yet.
    """
    tags, day = transaction.tags, transaction.date
    if not place.plain or (tags and not KIND_TAGS.isdisjoint(tags)):
        return None
    link = None
    for one in transaction.links or ():
        if not one.startswith(bank_links):
            if link is not None:
                return None
            link = one
    amount, currency = posting.units  # type: ignore[misc]
    if not amount:
        return None
    raised = place.raised
    if amount < ZERO:
        if names is None and link:
            # Most often the item stands there already; else it may still come today.
            first = raised.get(link)
            if first is not None and first <= day:
                names = link
        kind, number, conditional = RECEIPT, None if link == names else link, False
        amount, due, terms = -amount, None, None
    else:
        if link and link not in raised:
            raised[link] = day
        kind, number, conditional = ITEM, link, place.conditional
        due, terms = place.dues(day)
    return (
        kind,
        day,
        place.account,
        place.customer,
        intern(currency),
        amount,
        number,
        names,
        None,
        due,
        day,
        None,
        None,
        False,
        conditional,
        terms,
        transaction,
        posting,
        None,
    )
