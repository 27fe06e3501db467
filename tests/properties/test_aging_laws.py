# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the aging: it ties to Beancount, it is about days, and splitting changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arledger.aging import BY, AgingRow, AgingTotal, By, aging
from arledger.subledger.subledger import Subledger
from tests.properties.figures import (
    BASES,
    aging_figures,
    balances,
    credit_figures,
    everything,
    finding_figures,
    load,
    open_figures,
    summed,
    unapplied_figures,
)
from tests.properties.strategies import (
    DAYS,
    END,
    ROOT,
    Ledger,
    Line,
    Voucher,
    attrs_like,
    customer_of,
    ledgers,
    shifted,
)

UNKNOWN = ("unknown-item", "unknown-receipt", "item-elsewhere")

asked = st.sampled_from((*DAYS, END))


@given(
    ledgers(
        policies=("allocation", "payment-terms", "aging-buckets"),
        options=("unapplied-credits", "basis"),
        customers_max=3,
    )
)
@pytest.mark.parametrize("by", BY)
def test_buckets_and_unapplied_credits_are_the_total_and_the_balance(
    by: By, ledger: Ledger
) -> None:
    """Law 4: on each basis, in each grouping; the total is Beancount's own."""
    loaded = load(ledger.text())
    for day in ledger.days():
        booked = balances(loaded.entries, ROOT, day)
        for basis in (None, *BASES):
            answer = aging(loaded.subledger, day, by=by, basis=basis)
            sums: list[AgingRow | AgingTotal] = [*answer.rows, *answer.totals]
            for row in sums:
                assert len(row.buckets) == len(answer.labels)
                assert sum(row.buckets, Decimal(0)) + row.unapplied == row.total
                assert row.unapplied <= 0
            assert summed((total.currency, total.total) for total in answer.totals) == summed(
                (currency, amount) for (_, currency), amount in booked.items()
            )
            if by in {"account", "customer"}:
                assert summed(
                    ((row.key, row.currency), row.total) for row in answer.rows
                ) == summed(
                    ((account if by == "account" else customer_of(account), currency), amount)
                    for (account, currency), amount in booked.items()
                )


@given(
    ledgers(policies=("allocation", "aging-buckets"), explicit=True), st.integers(-800, 800), asked
)
def test_shifting_every_date_shifts_the_answer(ledger: Ledger, days: int, day: dt.date) -> None:
    """Law 4: where all due dates are explicit, buckets in days and no price is used."""
    assume(all('m"' not in value for policy in ledger.policies for value in policy.values))
    text = ledger.text()
    moved = load(shifted(text, days)).subledger
    then = day + dt.timedelta(days=days)
    assert aging_figures(moved, then, tuple(by for by in BY if by != "item")) == aging_figures(
        load(text).subledger, day, tuple(by for by in BY if by != "item")
    )


@given(ledgers(explicit=True), st.data())
def test_splitting_an_invoice_on_one_due_date_changes_no_bucket(
    ledger: Ledger, data: st.DataObject
) -> None:
    """Law 5: two instalments of the same due date are one, as far as the aging goes."""
    whole = [
        (at, line)
        for at, voucher in enumerate(ledger.vouchers)
        for line in voucher.lines
        if line.document is not None and line.document.kind == "item"
    ]
    assume(whole)
    at, line = data.draw(st.sampled_from(whole))
    part = data.draw(st.sampled_from((Decimal("0.01"), Decimal(7), Decimal("12.5"), Decimal(30))))
    assume(0 < part < line.amount)
    voucher = ledger.vouchers[at]
    split = attrs.evolve(voucher, lines=tuple(_split(voucher, line, part)))
    vouchers = (*ledger.vouchers[:at], split, *ledger.vouchers[at + 1 :])
    before = load(ledger.text()).subledger
    after = load(attrs.evolve(ledger, vouchers=vouchers).text()).subledger
    groupings: tuple[By, ...] = ("account", "customer")
    for day in ledger.days():
        assert aging_figures(after, day, groupings) == aging_figures(before, day, groupings)
        assert credit_figures(after, day) == credit_figures(before, day)


def _split(voucher: Voucher, line: Line, part: Decimal) -> Sequence[Line]:
    """The voucher's lines, one of them in two."""
    found: list[Line] = []
    for each in voucher.lines:
        if each is not line or each.document is None:
            found.append(each)
            continue
        for amount in (part, each.amount - part):
            document = attrs_like(each.document, {"amount": amount})
            found.append(attrs.evolve(each, amount=amount, document=document))
    return found


@given(
    ledgers(
        policies=("allocation", "payment-terms", "aging-buckets", "credit-limit", "credit-hold"),
        options=("unapplied-credits", "basis", "exposure-net-of-advances"),
        customers_max=3,
    ),
    asked,
)
def test_merging_ledgers_of_other_customers_changes_nobodys_figures(
    ledger: Ledger, day: dt.date
) -> None:
    """Law 5: each customer's figures are those of a ledger in which it is alone.

    The allowance is left out: a row of the matrix is rounded once for all its customers.
    """
    merged = load(ledger.text()).subledger
    for customer in ledger.customers:
        alone = load(ledger.only(customer).text()).subledger
        assert _own(open_figures(merged, day), customer) == open_figures(alone, day)
        assert _own(unapplied_figures(merged, day), customer) == unapplied_figures(alone, day)
        assert aging_figures(merged, day, customers=(customer,)) == aging_figures(
            alone, day, customers=(customer,)
        )
        for name in ("credit", "advances"):
            together = everything(merged, day)[name]
            own = {key: value for key, value in together.items() if key[0] == customer}
            assert own == everything(alone, day)[name]
        assert _findings(merged, day, customer) == _findings(alone, day, customer)


def _findings(subledger: Subledger, day: dt.date, customer: str) -> list[tuple[str, ...]]:
    """What is found about a customer; where an unknown item stands elsewhere is not its affair."""
    return sorted(
        (str(date), "unknown" if rule in UNKNOWN else rule, item)
        for date, rule, _, whose, item, *_ in finding_figures(subledger, day)
        if whose == customer
    )


def _own(
    figures: dict[tuple[str, str, str, dt.date], Decimal], customer: str
) -> dict[tuple[str, str, str, dt.date], Decimal]:
    return {key: value for key, value in figures.items() if customer_of(key[0]) == customer}
