# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings that follow from the state at a date: credits that missed their item, and the like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from arledger.findings import Finding, Text, finding, say
from arledger.language.documents import Kind
from arledger.language.voucher import UNUSABLE
from arledger.money import ZERO, plain
from arledger.subledger.model import Credit, Item, OpenCredit
from arledger.subledger.subledger import Subledger


def unmatched(subledger: Subledger, as_of: date) -> Iterable[Finding]:
    """What is left of credits that name an item, and customers whom we owe, at `as_of`."""
    state = subledger.at(as_of)
    naming = [
        one
        for one in state.credits
        if one.credit.names is not None and one.credit.names != UNUSABLE
    ]
    if naming:
        items = _items_named(subledger, {one.credit.names or "" for one in naming}, as_of)
        for one in naming:
            found = _left_over(one, items.get(one.credit.names or "", ()), as_of)
            # A transfer of an item that isn't there has been reported where it was made.
            if one.credit.kind is not Kind.TRANSFER or found.rule == "over-application":
                yield found
    yield from _in_credit(subledger, as_of)


def _items_named(subledger: Subledger, numbers: set[str], as_of: date) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in subledger.items:
        if item.posted > as_of:
            break
        if item.number in numbers:
            found.setdefault(item.number or "", []).append(item)
    return found


def _left_over(one: OpenCredit, items: Sequence[Item], as_of: date) -> Finding:
    credit, left = one.credit, plain(one.unapplied)
    here = [
        item
        for item in items
        if item.account == credit.account and item.currency == credit.currency
    ]
    if here:
        return _too_much(credit, left, here, as_of)
    if items:
        return _elsewhere(credit, left, _nearest(credit, items))
    if credit.kind is Kind.CANCELLATION:
        return _no_such_invoice(credit)
    text = say(
        "{left} {currency} names {number}, and {customer} has no such item on {account}",
        left=left,
        currency=credit.currency,
        number=credit.names,
        customer=credit.customer,
        account=credit.account,
    )
    return _at("unknown-item", text, credit)


def _too_much(credit: Credit, left: str, items: Sequence[Item], as_of: date) -> Finding:
    if credit.due is not None and all(item.due != credit.due for item in items):
        text = say(
            "{left} {currency} names the instalment of {number} due {due}, and there is none; "
            "there are those due {dues}",
            left=left,
            currency=credit.currency,
            number=credit.names,
            due=credit.due,
            dues=", ".join(str(item.due) for item in items[:5]),
        )
        return _at("unknown-item", text, credit)
    if credit.kind is Kind.CANCELLATION:
        return _cancelled_too_much(credit, left)
    if any(_cancelled(item, as_of) for item in items):
        return _cancelled_item(credit, left)
    text = say(
        "{amount} {currency} names {number}, {left} more than was open; the excess stays unapplied",
        amount=plain(credit.amount),
        currency=credit.currency,
        number=credit.names,
        left=left,
    )
    return _at("over-application", text, credit)


def _no_such_invoice(credit: Credit) -> Finding:
    text = say(
        "there is no item {number} on {account} in {currency} to cancel",
        number=credit.names,
        account=credit.account,
        currency=credit.currency,
    )
    return _at("unknown-receipt", text, credit)


def _cancelled_too_much(credit: Credit, left: str) -> Finding:
    text = say(
        "{amount} {currency} cancels {number}, {left} more than it came to",
        amount=plain(credit.amount),
        currency=credit.currency,
        number=credit.names,
        left=left,
    )
    hint = say("Correct the amount: a cancellation takes back what was invoiced, no more.")
    return _at("receipt-exceeded", text, credit, hint)


def _cancelled(item: Item, as_of: date) -> bool:
    return any(a.credit.kind is Kind.CANCELLATION and a.live(as_of) for a in item.applications)


def _cancelled_item(credit: Credit, left: str) -> Finding:
    text = say(
        "{left} {currency} names {number}, which was cancelled; it stays unapplied",
        left=left,
        currency=credit.currency,
        number=credit.names,
    )
    hint = say("Name the invoice it is for now, or refund it.")
    return _at("over-application", text, credit, hint)


def _nearest(credit: Credit, items: Sequence[Item]) -> Item:
    """Of the items of that number elsewhere, the likeliest to be meant."""
    return min(
        items,
        key=lambda item: (
            item.customer != credit.customer,
            item.account != credit.account,
            item.currency != credit.currency,
            item.index,
        ),
    )


def _elsewhere(credit: Credit, left: str, item: Item) -> Finding:
    text = say(
        "{left} {currency} on {account} names {number}, which stands on {other} in "
        "{other_currency} (customer {customer})",
        left=left,
        currency=credit.currency,
        account=credit.account,
        number=credit.names,
        other=item.account,
        other_currency=item.currency,
        customer=item.customer,
    )
    if item.currency != credit.currency:
        hint = say(
            "Post the credit in {currency} against {number}, with the exchange in the same "
            "transaction.",
            currency=item.currency,
            number=credit.names,
        )
    elif item.customer != credit.customer:
        hint = say(
            "Post the credit to {other}, the account of customer {customer}, or correct the "
            "number.",
            other=item.account,
            customer=item.customer,
        )
    else:
        hint = say(
            "Post the credit to {other}; or transfer it there in one transaction: {account} "
            '{left} {currency} with receipt: "{receipt}", and {other} -{left} {currency} with '
            'invoice: "{number}".',
            other=item.account,
            account=credit.account,
            left=left,
            currency=credit.currency,
            receipt=credit.number or "…",
            number=credit.names,
        )
    return _at("item-elsewhere", text, credit, hint)


def _at(rule: str, text: Text, credit: Credit, hint: Text | None = None) -> Finding:
    meta = credit.meta
    return finding(
        rule,
        text,
        meta,
        credit.posted,
        customer=credit.customer,
        item=credit.names,
        hint=hint,
    )


def _in_credit(subledger: Subledger, as_of: date) -> Iterable[Finding]:
    """Customers whose receivables add up to a credit, per currency."""
    state = subledger.at(as_of)
    totals: dict[tuple[str, str], Decimal] = {}
    latest: dict[tuple[str, str], Credit] = {}
    for one in state.items:
        key = (one.item.customer, one.item.currency)
        totals[key] = totals.get(key, ZERO) + one.outstanding
    for other in state.credits:
        key = (other.credit.customer, other.credit.currency)
        totals[key] = totals.get(key, ZERO) - other.unapplied
        latest[key] = other.credit
    for (customer, currency), total in sorted(totals.items()):
        if total < 0:
            credit = latest[customer, currency]
            text = say(
                "{customer} is in credit by {amount} {currency}",
                customer=customer,
                amount=plain(-total),
                currency=currency,
            )
            meta = credit.meta
            yield finding("customer-in-credit", text, meta, credit.posted, customer=customer)
