# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the statement of account, and of the agreements that are made of its balances."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from arledger.agreements import agreements, verify
from arledger.statement import statements
from tests.properties.figures import ZERO, balances, load, summed
from tests.properties.strategies import DAYS, END, ROOT, Ledger, customer_of, ledgers

asked = st.sampled_from((*DAYS, END))


@given(ledgers(customers_max=3, options=("unapplied-credits",)), asked)
def test_opening_and_movements_are_the_balance(ledger: Ledger, start: dt.date) -> None:
    """At every date, from any day on: per customer and currency, and Beancount's own figure."""
    loaded = load(ledger.text())
    for day in ledger.days():
        booked = summed(
            ((customer_of(account), currency), amount)
            for (account, currency), amount in balances(loaded.entries, ROOT, day).items()
        )
        for begin in (None, start):
            answer = statements(loaded.subledger, day, start=begin)
            assert summed(((one.customer, one.currency), one.closing) for one in answer) == booked
            for one in answer:
                running = one.opening
                for line in one.lines:
                    assert line.debit >= 0
                    assert line.credit >= 0
                    running += line.debit - line.credit
                    assert line.balance == running
                    assert (begin or dt.date.min) <= line.date <= day
                assert one.opening + one.debit - one.credit == one.closing == running
                assert sum((each.row.outstanding for each in one.items), ZERO) == one.closing
                assert sum(one.buckets, ZERO) + one.unapplied == one.closing


@given(ledgers(customers_max=2), asked)
def test_the_opening_is_the_closing_of_the_day_before(ledger: Ledger, start: dt.date) -> None:
    """Two statements in succession leave no gap."""
    subledger = load(ledger.text()).subledger
    before = {
        (one.customer, one.currency): one.closing
        for one in statements(subledger, start - dt.timedelta(days=1))
    }
    for one in statements(subledger, END, start=start):
        assert one.opening == before.get((one.customer, one.currency), ZERO)


def agreed(ledger: Ledger, day: dt.date, more: Decimal = ZERO) -> str:
    """The ledger's text with its own balances at a day agreed, each of them off by `more`."""
    text = ledger.text()
    lines = [
        f'{day} custom "statement" "{one.customer}" {one.closing + more} {one.currency}\n'
        "  agreed: TRUE"
        for one in statements(load(text).subledger, day)
    ]
    return "\n".join([text, *lines, ""])


@given(ledgers(customers_max=2), asked)
def test_what_the_ledger_says_can_be_agreed(ledger: Ledger, day: dt.date) -> None:
    """Its own balances, agreed, are never broken, whatever is dated later."""
    subledger = load(agreed(ledger, day)).subledger
    assert list(verify(subledger, END)) == []
    assert all(not one.difference for one in agreements(subledger, END))


@given(ledgers(customers_max=2), asked, st.sampled_from(("0.01", "-7.77", "123456.789")))
def test_what_differs_is_found_and_explained_to_the_digit(
    ledger: Ledger, day: dt.date, more: str
) -> None:
    """One finding a balance; the entries that are named come to the difference."""
    off = Decimal(more)
    answer = agreements(load(agreed(ledger, day, off)).subledger, END)
    for one in answer:
        assert one.difference == -off
        assert one.cause is not None
        moved = one.cause.candidates and all(
            suspect.transaction.date > day for each in one.cause.candidates for suspect in each
        )
        for candidate in one.cause.candidates:
            total = sum((suspect.amount for suspect in candidate), ZERO)
            assert total == (off if moved else -off)


@given(ledgers(customers_max=2), asked, st.data())
def test_the_entry_added_afterwards_is_named(
    ledger: Ledger, day: dt.date, data: st.DataObject
) -> None:
    """An entry dated before the agreement, of an amount that no other has."""
    text = agreed(ledger, day)
    known = statements(load(text).subledger, day)
    if not known:
        return
    one = data.draw(st.sampled_from(known))
    account = next(line.parts[0].account for line in one.lines)
    back = data.draw(st.integers(0, 400))
    late = (
        f'{day - dt.timedelta(days=min(back, (day - one.lines[0].date).days))} * "late" ^LATE-1\n'
        f"  {account}  98765.4321 {one.currency}\n  Income:Sales\n"
    )
    changed = load(text + late).subledger
    (found,) = [each for each in verify(changed, END) if each.rule == "agreement-broken"]
    assert (found.customer, found.item) == (one.customer, "LATE-1")
    assert "LATE-1" in found.message


@given(ledgers(customers_max=2), asked, st.sampled_from(("0.01", "-7.77", "30")))
def test_comments_and_other_customers_change_nothing(
    ledger: Ledger, day: dt.date, more: str
) -> None:
    """What is concluded depends neither on line numbers nor on who else is in the ledger."""
    text = agreed(ledger, day, Decimal(more))
    commented = "\n".join(f"; a comment\n\n{line}" if line[:2] == "20" else line for line in text.split("\n"))  # fmt: skip
    assert _said(commented) == _said(text)
    for customer in ledger.customers:
        alone = agreed(ledger.only(customer), day, Decimal(more))
        mine = [said for said in _said(text) if f"customer {customer}:" in said]
        assert mine == _said(alone)


def _said(text: str) -> list[str]:
    """Every finding about agreements, without its place."""
    found = verify(load(text).subledger, END)
    return [re.sub(r"\(<string>:\d+\)", "", one.message) for one in found]
