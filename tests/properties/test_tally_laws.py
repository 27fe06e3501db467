# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the tally: what it says is what the replay says, and nothing is wrong with it.

A load reports and annotates by the tally alone where that is certain. So whatever ledger there
is, the errors and the annotations of a load must be those of a load that replays everything.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import attrs
import pytest
from beancount.core import data
from hypothesis import event, given
from hypothesis import strategies as st

from arledger import check
from arledger.language.books import read_documents
from arledger.language.frame import read_frame
from arledger.plugins import aging as aging_plugin
from arledger.plugins import receivables as bundle
from arledger.plugins import shared
from arledger.subledger.model import OpenCredit, OpenItem
from arledger.subledger.subledger import Subledger, build
from arledger.subledger.tally import Tally, of_customers, tally
from tests.properties.figures import Loaded, load
from tests.properties.strategies import (
    END,
    OPTIONS,
    POLICIES,
    Ledger,
    ledgers,
    plain_ledgers,
)

asked: dict[str, Any] = {
    "policies": tuple(POLICIES),
    "options": tuple(OPTIONS),
    "groups": True,
    "rates": True,
}
plain = plain_ledgers(policies=("allocation", "payment-terms", "credit-limit", "tolerance"))
anything = plain | plain_ledgers(**asked) | ledgers(**asked, customers_max=3)
Rows = Counter[tuple[Any, ...]]


@given(anything)
def test_what_is_tallied_is_what_the_replay_finds_open(ledger: Ledger) -> None:
    """To the posting and the last digit, whosever it is; and the rest is as it was."""
    loaded = load(ledger.text())
    frame = read_frame(loaded.entries, loaded.options)
    tallied = tally(frame, loaded.entries)
    event(_how_much(tallied, loaded.subledger))
    if tallied is None:
        return
    whole, others = loaded.subledger, tallied.others
    assert (*frame.entries, *tallied.transactions) == whole.books.relevant
    known = whole.parties - others
    assert _rows(tallied.items, tallied.credits) == _state(whole, known)
    rest = build(read_documents(frame, of_customers(frame, tallied.transactions, others)))
    assert _state(rest, rest.parties) == _state(whole, others)


def _how_much(tallied: Tally | None, whole: Subledger) -> str:
    if tallied is None:
        return "nothing tallied"
    return f"{len(whole.parties - tallied.others)} of {len(whole.parties)} customers tallied"


def _state(subledger: Subledger, customers: Collection[str]) -> Rows:
    state = subledger.at(END)
    return _rows(
        (one for one in state.items if one.item.customer in customers),
        (one for one in state.credits if one.credit.customer in customers),
    )


def _rows(items: Iterable[OpenItem], credits: Iterable[OpenCredit]) -> Rows:
    """What is open, each with its posting. What applications say is not part of the tally."""
    rows: Rows = Counter()
    for one in items:
        item = one.item
        facts = (item.number, item.customer, item.account, item.currency, item.amount, item.date)
        more = (item.posted, item.due, item.kind, item.instalment, item.conditional)
        rows[one.outstanding, *facts, *more, id(item.transaction), id(item.posting)] += 1
    for other in credits:
        credit = other.credit
        whose = (credit.number, credit.customer, credit.account, credit.currency, credit.amount)
        dates = (credit.date, credit.posted, credit.names)
        rows[-other.unapplied, *whose, *dates, id(credit.transaction), id(credit.posting)] += 1
    return rows


@given(anything)
def test_a_load_reports_and_writes_what_one_that_replays_everything_does(ledger: Ledger) -> None:
    """The errors in their order, and every entry with its annotations."""
    loaded = load(ledger.text())
    assert _loaded(loaded) == _loaded(loaded, replaying=True)


@given(anything, st.sampled_from([0, 5, 31, 60, 200]))
def test_the_annotations_of_any_day(ledger: Ledger, days: int) -> None:
    """The tally is of the ledger's last day: of an earlier one the replay tells."""
    loaded = load(ledger.text())
    day = dt.date(2024, 1, 1) + dt.timedelta(days=days)
    options = dict(loaded.options)
    ours, errors = aging_plugin.aging(list(loaded.entries), options, day.isoformat())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared, "tally", lambda *_: None)
        theirs, _ = aging_plugin.aging(list(loaded.entries), dict(loaded.options), day.isoformat())
    assert not errors
    assert ours == theirs


def _loaded(loaded: Loaded, *, replaying: bool = False) -> tuple[data.Directives, list[Any]]:
    """What the bundle makes of a ledger's entries, and its errors."""
    with pytest.MonkeyPatch.context() as patch:
        if replaying:
            patch.setattr(shared, "tally", lambda *_: None)
        entries, errors = bundle.receivables(list(loaded.entries), dict(loaded.options))
    if replaying:
        # Twice the same wrong way would be no proof: what is checked is what is reported.
        found = check.find(loaded.subledger)
        told = [shared.as_error(one) for one in found if one.severity == "error"]
        assert errors == told
    return entries, errors


@attrs.frozen
class _Seen:
    """How many ledgers the tally said something about."""

    counts: Counter[str] = attrs.field(factory=Counter)


def test_the_tally_does_say_something() -> None:
    """A law about what is tallied proves nothing where nothing ever is."""
    seen = _Seen()

    @given(plain)
    def look(ledger: Ledger) -> None:
        loaded = load(ledger.text())
        if not loaded.subledger.items:
            return
        tallied = tally(read_frame(loaded.entries, loaded.options), loaded.entries)
        seen.counts["none" if tallied is None else "some" if tallied.others else "all"] += 1

    look()
    assert seen.counts["all"]
    assert seen.counts["some"] + seen.counts["none"]
