# SPDX-License-Identifier: GPL-2.0-or-later
"""Early-payment discounts and small differences: what closes an item, and what was taken too late.

Only what is posted settles. The base of a discount is the gross amount after credit notes. A
discount that was earned and not posted is proposed; one taken when the terms no longer allowed
it is a finding. Within the policy `tolerance` what is left over is proposed for closing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from beancount.core.data import Transaction

from arledger.findings import Finding, Text, finding, say
from arledger.language.documents import PAYING, Kind
from arledger.language.terms import TermsError
from arledger.money import ZERO, digits_of, plain, round_half_up, times
from arledger.subledger.model import Credit, Item, OpenItem
from arledger.subledger.subledger import Subledger

HUNDRED = Decimal(100)


def discount_base(item: Item, as_of: date) -> Decimal:
    """The gross amount after credit notes, in the item's currency."""
    noted = (a.live(as_of) for a in item.applications if a.credit.kind is Kind.CREDIT_NOTE)
    return item.amount - sum(noted, ZERO)


def entitled(item: Item, paid_on: date, precision: Mapping[str, int]) -> Decimal:
    """The discount that a payment on `paid_on` earns on the whole item; 0 when it is too late."""
    return _discount(item, paid_on, precision, lambda until: paid_on <= until)


def offered(item: Item, paid_on: date, precision: Mapping[str, int]) -> Decimal:
    """The largest discount that the terms ever offered."""
    return _discount(item, paid_on, precision, lambda _: True)


def last_days(item: Item) -> Sequence[tuple[date, Decimal]]:
    """The last day of each discount and its percentage; none that lies beyond the calendar."""
    if item.terms is None:
        return ()
    try:
        return item.terms.discount_until(item.date)
    except TermsError:
        return ()


def _discount(
    item: Item, day: date, precision: Mapping[str, int], open_at: Callable[[date], bool]
) -> Decimal:
    percents = [percent for until, percent in last_days(item) if open_at(until)]
    if not percents:
        return ZERO
    base = discount_base(item, day)
    digits = digits_of(item.currency, precision)
    return round_half_up(times(base, max(percents)) / HUNDRED, digits)


def differences(subledger: Subledger, as_of: date) -> Iterable[Finding]:
    """Discounts taken too late, discounts earned and not posted, and small differences."""
    yield from _late(subledger, as_of)
    state = subledger.at(as_of)
    # What a receipt kept back, worked out once however many items it pays.
    kept: dict[tuple[int, str], Decimal] = {}
    for one in state.items:
        if any(a.date <= as_of for a in one.item.applications):
            found = _entitled(subledger, one, as_of, kept) or _small_item(subledger, one, as_of)
            if found is not None:
                yield found
    for other in state.credits:
        credit = other.credit
        used = [a.date for a in credit.applications] + [t.date for t in credit.taken]
        if used and min(used) <= as_of:
            found = _small_credit(subledger, other.credit, other.unapplied, as_of)
            if found is not None:
                yield found


# Taken too late.


def _late(subledger: Subledger, as_of: date) -> Iterable[Finding]:
    terms = {id(item.terms): item.terms for item in subledger.items}
    if not any(one is not None and one.discounts for one in terms.values()):
        # Nearly no ledger offers any: this is asked at every load.
        return
    receipts: dict[int, list[Credit]] = {}
    for application in subledger.applications:
        item, credit = application.item, application.credit
        if item.terms is None or not item.terms.discounts or credit.kind is not Kind.RECEIPT:
            continue
        if credit.posted <= as_of:
            credits = receipts.setdefault(id(credit.transaction), [])
            if credit not in credits[-1:]:
                credits.append(credit)
    for credits in receipts.values():
        found = _late_in(subledger, credits)
        if found is not None:
            yield found


def _late_in(subledger: Subledger, credits: Sequence[Credit]) -> Finding | None:
    """Whether the receipt took a discount beyond what its day allowed."""
    first = credits[0]
    transaction = first.transaction
    taken = _reduction(subledger, transaction, first.currency)
    if taken <= 0 or "discount" in transaction.meta:
        return None
    day = first.posted
    items = {
        application.item.index: application.item
        for credit in credits
        for application in credit.applications
        if application.date == day and application.item.currency == first.currency
    }
    precision = subledger.options.precision
    allowed = sum((entitled(item, day, precision) for item in items.values()), ZERO)
    most = sum((offered(item, day, precision) for item in items.values()), ZERO)
    if not allowed < taken <= most:
        return None
    late = [
        item
        for item in items.values()
        if entitled(item, day, precision) < offered(item, day, precision)
    ]
    item = late[0]
    until = max(until for until, _ in last_days(item))
    text = say(
        "a discount of {taken} {currency} was taken on {day} on {item}; the terms allowed "
        "{allowed} on that day (the last discount ended on {until})",
        taken=plain(taken),
        currency=first.currency,
        day=day,
        item=", ".join(sorted({one.id for one in late})),
        allowed=plain(allowed),
        until=until,
    )
    meta = first.meta
    return finding("discount-late", text, meta, day, customer=first.customer, item=item.number)


def _kept_back(
    subledger: Subledger,
    transaction: Transaction,
    currency: str,
    kept: dict[tuple[int, str], Decimal],
) -> Decimal:
    """The reduction of a receipt, remembered."""
    key = (id(transaction), currency)
    if key not in kept:
        kept[key] = _reduction(subledger, transaction, currency)
    return kept[key]


def _reduction(subledger: Subledger, transaction: Transaction, currency: str) -> Decimal:
    """What a receipt charges to income or expenses, with its tax: what the customer kept."""
    chart = subledger.chart
    result = tax = ZERO
    for posting in transaction.postings:
        units = posting.units
        if units is None or units.number is None or units.currency != currency:
            continue
        if chart.info(posting.account) is not None:
            continue
        if posting.meta and posting.meta.get("discount") is False:
            continue
        if chart.is_result(posting.account):
            result += units.number
        elif chart.is_liability(posting.account):
            tax += units.number
    return result + max(tax, ZERO) if result > 0 else ZERO


# Earned, or within the tolerance.


def _entitled(
    subledger: Subledger, one: OpenItem, as_of: date, kept: dict[tuple[int, str], Decimal]
) -> Finding | None:
    item = one.item
    if item.terms is None or not item.terms.discounts:
        return None
    paid = [
        a.credit.posted
        for a in item.applications
        if a.credit.kind in PAYING and a.live(as_of) and a.date <= as_of
    ]
    if not paid:
        return None
    # A discount already posted with the payments has been used up.
    posted = {
        id(a.credit.transaction): _kept_back(subledger, a.credit.transaction, item.currency, kept)
        for a in item.applications
        if a.credit.kind in PAYING and a.live(as_of)
    }
    discount = entitled(item, max(paid), subledger.options.precision) - sum(posted.values(), ZERO)
    if not 0 < one.outstanding <= discount:
        return None
    text = say(
        "{item}: the {left} {currency} left open is the early-payment discount earned by paying "
        "on {day}",
        item=item.id,
        left=plain(one.outstanding),
        currency=item.currency,
        day=max(paid),
    )
    return _about(item, "discount-entitled", text, max(paid), _closing(item, one.outstanding))


def _small_item(subledger: Subledger, one: OpenItem, as_of: date) -> Finding | None:
    item = one.item
    if not _within(subledger, item.customer, item.account, item.currency, one.outstanding, as_of):
        return None
    days = [a.date for a in item.applications if a.date <= as_of]
    if not days:
        return None
    text = say(
        "{item}: the {left} {currency} left open is within the tolerance",
        item=item.id,
        left=plain(one.outstanding),
        currency=item.currency,
    )
    return _about(item, "small-difference", text, max(days), _closing(item, one.outstanding))


def _small_credit(
    subledger: Subledger, credit: Credit, left: Decimal, as_of: date
) -> Finding | None:
    if not _within(subledger, credit.customer, credit.account, credit.currency, left, as_of):
        return None
    text = say(
        "{credit}: the {left} {currency} left unapplied is within the tolerance",
        credit=credit.id,
        left=plain(left),
        currency=credit.currency,
    )
    hint = say(
        "Close it, or leave it open: debit {account} {left} {currency} with "
        'receipt: "{credit}" and credit your account for small differences.',
        account=credit.account,
        left=plain(left),
        currency=credit.currency,
        credit=credit.number or "…",
    )
    meta = credit.meta
    return finding(
        "small-difference",
        text,
        meta,
        credit.posted,
        customer=credit.customer,
        item=credit.number,
        hint=hint,
    )


def _within(  # noqa: PLR0913 - one argument per fact
    subledger: Subledger,
    customer: str,
    account: str,
    currency: str,
    left: Decimal,
    as_of: date,
) -> bool:
    policies = subledger.policies.timeline("tolerance", customer, account).at(as_of)
    return any(policy.key == currency and 0 < left <= policy.value.number for policy in policies)


def _closing(item: Item, left: Decimal) -> Text:
    """The entry that closes what is left."""
    return say(
        "Close it, or leave it open: credit {account} {left} {currency} with "
        'invoice: "{item}" and debit your account for discounts or small differences.',
        account=item.account,
        left=plain(left),
        currency=item.currency,
        item=item.number or "…",
    )


def _about(item: Item, rule: str, text: Text, day: date, hint: Text) -> Finding:
    meta = item.meta
    return finding(rule, text, meta, day, customer=item.customer, item=item.number, hint=hint)
