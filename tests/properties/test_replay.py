# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the replay: it ties to Beancount, loses nothing, and is what the oracle says."""

from __future__ import annotations

from hypothesis import given

from arledger.check import find
from arledger.subledger.model import Application
from tests.properties.figures import (
    ZERO,
    advance_figures,
    balances,
    credit_key,
    item_key,
    load,
    open_figures,
    summed,
    unapplied_figures,
)
from tests.properties.oracle import state
from tests.properties.strategies import ADVANCE_KINDS, RECEIVABLE_KINDS, ROOT, Ledger, ledgers


@given(ledgers())
def test_open_items_less_unapplied_credits_are_beancounts_balance(ledger: Ledger) -> None:
    """Law 1: per account and currency, at every date; advances by customer likewise."""
    loaded = load(ledger.text())
    for day in ledger.days():
        assert loaded.subledger.at(day).balances == balances(loaded.entries, ROOT, day)
        held = summed(
            ((customer, currency), amount)
            for (customer, currency, _, _, name), amount in advance_figures(
                loaded.subledger, day
            ).items()
            if name in {"open", "unpaid"}
        )
        booked = balances(loaded.entries, "Liabilities:Advances", day)
        assert held == summed(
            ((account.split(":")[2], currency), -amount)
            for (account, currency), amount in booked.items()
        )


@given(ledgers())
def test_an_application_never_takes_more_than_there_is(ledger: Ledger) -> None:
    """Law 2: nor before either date; applied + open = amount on both sides, at every date."""
    subledger = load(ledger.text()).subledger
    for application in subledger.applications:
        item, credit = application.item, application.credit
        assert (item.account, item.currency) == (credit.account, credit.currency)
        assert application.date >= max(item.posted, credit.posted)
        assert application.amount > 0
        assert all(day >= application.date and part > 0 for day, part in application.undone)
    for day in ledger.days():
        live = [(one, one.live(day)) for one in subledger.applications]
        assert all(0 <= amount <= one.amount for one, amount in live)
        state_then = subledger.at(day)
        left = {id(one.item): one.outstanding for one in state_then.items}
        settled = summed((id(one.item), amount) for one, amount in live)
        for item in subledger.items:
            if item.posted <= day:
                assert left.get(id(item), ZERO) >= 0
                assert settled.get(id(item), ZERO) + left.get(id(item), ZERO) == item.amount
        unapplied = {id(one.credit): one.unapplied for one in state_then.credits}
        used = summed((id(one.credit), amount) for one, amount in live)
        for credit in subledger.credits:
            if credit.posted <= day:
                taken = sum((part.amount for part in credit.taken if part.date <= day), ZERO)
                rest = unapplied.get(id(credit), ZERO)
                assert rest >= 0
                assert used.get(id(credit), ZERO) + taken + rest == credit.amount


@given(ledgers(kinds=ADVANCE_KINDS))
def test_of_an_advance_nothing_is_lost(ledger: Ledger) -> None:
    """Law 2, of advances: received = applied + earned + refunded + what is still held."""
    subledger = load(ledger.text()).subledger
    for day in ledger.days():
        found = find(subledger, day, ("advances",))
        for held in subledger.at(day).advances:
            at = held.standing
            assert at.amount == at.applied + at.earned + at.refunded + at.open
            assert at.amount >= 0
            # Only what a finding speaks of is taken that wasn't there.
            known = {one.item for one in found} | {None}
            assert at.open >= 0 or held.advance.number in known


@given(ledgers(kinds=(*RECEIVABLE_KINDS, "advance applied"), options=("invoice-links",)))
def test_the_replay_is_what_the_oracle_says(ledger: Ledger) -> None:
    """Open items, unapplied credits, and which credit settled what: at every date."""
    subledger = load(ledger.text()).subledger
    documents = ledger.documents()
    for day in ledger.days():
        wanted = state(documents, day)
        assert open_figures(subledger, day) == wanted.open
        assert unapplied_figures(subledger, day) == wanted.unapplied
        assert summed((_settled(one), one.live(day)) for one in subledger.applications) == summed(
            ((credit, item), amount) for credit, item, _, amount in wanted.applied
        )


def _settled(application: Application) -> tuple[str, str]:
    """Whose credit settled which item, by their numbers."""
    return (credit_key(application.credit)[2], item_key(application.item)[2])
