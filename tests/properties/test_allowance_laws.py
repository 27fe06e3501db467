# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the allowance: it adds up, it rises with each rate, it can be booked, it rolls on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from arledger.allowance import Allowance, MatrixRow, adjustments, allowance, has_matrix
from arledger.roll_forward import roll_forward
from tests.properties.figures import ZERO, Loaded, balances, load, summed
from tests.properties.strategies import (
    DAYS,
    END,
    RATES,
    RECEIVABLE_KINDS,
    Ledger,
    Line,
    Voucher,
    ledgers,
    rounded,
)

KINDS = (*RECEIVABLE_KINDS, "allowance", "advance applied")
rated = ledgers(
    kinds=KINDS,
    policies=(
        "specific-allowance",
        "allowance-buckets",
        "allowance-basis",
        "allowance-account",
        "loss-account",
        "allocation",
    ),
    options=("allowance-net-of-credits", "basis"),
    rates=True,
)
asked = st.sampled_from((*DAYS[4:], END))


@given(rated, asked)
def test_the_allowance_adds_up(ledger: Ledger, day: dt.date) -> None:
    """Law 8: nothing negative; rows sum to the total, customers' shares to the rows."""
    loaded = load(ledger.text())
    answer = allowance(loaded.subledger, day)
    for row in answer.rows:
        assert 0 <= row.netted <= row.gross
        assert (row.allowance is None) is _lacks(loaded, row, day)
        assert row.allowance is None or row.allowance >= 0
        if row.rate is not None and row.quote is None and row.currency == row.allowance_currency:
            base = row.gross - row.netted
            assert row.allowance == rounded(base * row.rate, row.currency)
    for specific in answer.specific:
        if specific.allowance is None:
            assert specific.missing
            continue
        assert specific.allowance >= 0
        if specific.quote is None:
            assert specific.outstanding is not None
            assert specific.allowance <= specific.outstanding
    for share in answer.customers:
        assert share.collective >= 0
        assert share.specific >= 0
        assert share.collective == rounded(share.collective, share.currency)
    rows, specific_rows = (
        summed((row.allowance_currency, row.allowance) for row in part if row.allowance is not None)
        for part in (answer.rows, answer.specific)
    )
    shares = [(share.currency, share.collective) for share in answer.customers]
    assert summed(shares) == rows
    shares = [(share.currency, share.specific) for share in answer.customers]
    assert summed(shares) == specific_rows
    assert _required(answer) == summed([*rows.items(), *specific_rows.items()])
    assert _required(answer) == summed(
        (target.currency, amount) for target, amount in answer.targets.items()
    )


def _lacks(loaded: Loaded, row: MatrixRow, day: dt.date) -> bool:
    """Whether a row has no figure: its rate or its price is missing."""
    if row.rate is None:
        return has_matrix(loaded.subledger, day)
    into = row.allowance_currency
    prices = loaded.subledger.prices
    return row.currency != into and prices.quote(row.currency, into, day) is None


@given(rated, asked)
def test_each_open_item_is_assessed_once(ledger: Ledger, day: dt.date) -> None:
    """Law 8: in one row of the matrix, or individually; the booked figure is Beancount's."""
    loaded = load(ledger.text())
    answer = allowance(loaded.subledger, day)
    sources = [one for row in answer.rows for one in row.sources]
    sources += [one for row in answer.specific for one in row.sources]
    assert len(sources) == len(set(map(id, sources)))
    assert set(map(id, sources)) == set(map(id, loaded.subledger.at(day).items))
    assert all(sum((o.outstanding for o in row.sources), ZERO) == row.gross for row in answer.rows)
    assert summed((total.currency, total.booked) for total in answer.total) == _booked(loaded, day)


@given(rated, asked, st.data())
def test_the_allowance_rises_with_each_rate(
    ledger: Ledger, day: dt.date, data: st.DataObject
) -> None:
    """Law 8: a higher rate makes no row and no customer's part of the total smaller."""
    rates = ledger.of("loss-rate")
    chosen = data.draw(st.sampled_from(rates))
    higher = data.draw(
        st.sampled_from([r for r in RATES if Decimal(r) >= Decimal(chosen.values[1])])
    )
    raised = attrs.evolve(chosen, values=(chosen.values[0], higher))
    policies = tuple(raised if policy is chosen else policy for policy in ledger.policies)
    before = allowance(load(ledger.text()).subledger, day)
    after = allowance(load(attrs.evolve(ledger, policies=policies).text()).subledger, day)
    old, new = _required(before), _required(after)
    assert all(new.get(currency, ZERO) >= amount for currency, amount in old.items())
    assert [_place(row) for row in before.rows] == [_place(row) for row in after.rows]
    assert all(
        (one.allowance is None) is (other.allowance is None)
        and (one.allowance or ZERO) <= (other.allowance or ZERO)
        for one, other in zip(before.rows, after.rows, strict=True)
    )


@given(rated, asked)
def test_booking_the_proposed_entry_books_what_is_required(ledger: Ledger, day: dt.date) -> None:
    """Law 8: and no other finding says otherwise."""
    loaded = load(ledger.text())
    proposed = adjustments(loaded.subledger, allowance(loaded.subledger, day))
    lines = tuple(
        line
        for one in proposed
        for line in (
            Line(one.allowance_account, -one.amount, one.currency),
            Line(one.loss_account, one.amount, one.currency),
        )
    )
    booked = attrs.evolve(
        ledger,
        vouchers=(
            *ledger.vouchers,
            Voucher(day, "C1", "Allowance as required", lines, tag="allowance"),
        ),
    )
    assume(lines)
    again = load(booked.text())
    answer = allowance(again.subledger, day)
    assert all(not total.change for total in answer.total)
    assert not adjustments(again.subledger, answer)
    assert _booked(again, day) == _required(answer)


@given(rated, asked, st.sampled_from((DAYS[0] - dt.timedelta(days=1), *DAYS, END)))
def test_the_roll_forward_ties_for_any_two_dates(
    ledger: Ledger, day: dt.date, since: dt.date
) -> None:
    """Law 8: opening + what moved = closing; both ends are Beancount's own balances."""
    assume(since <= day)
    loaded = load(ledger.text())
    rows = roll_forward(loaded.subledger, since, day)
    for row in rows:
        moved = row.charge - row.release - row.write_offs + row.recoveries + row.exchange
        assert row.opening + moved == row.closing
    assert summed((row.currency, row.opening) for row in rows) == _booked(loaded, since)
    assert summed((row.currency, row.closing) for row in rows) == _booked(loaded, day)
    assert len({(row.currency, row.part) for row in rows}) == len(rows)


def _required(answer: Allowance) -> dict[str, Decimal]:
    return summed((total.currency, total.required) for total in answer.total)


def _booked(loaded: Loaded, day: dt.date) -> dict[str, Decimal]:
    """The allowance accounts' balance, asked of Beancount, as a positive figure."""
    return summed(
        (currency, -amount)
        for account in loaded.subledger.chart.allowance_accounts
        for (_, currency), amount in balances(loaded.entries, account, day).items()
    )


def _place(row: object) -> tuple[str, ...]:
    return tuple(str(getattr(row, name)) for name in ("account", "bucket", "currency"))
