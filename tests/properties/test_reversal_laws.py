# SPDX-License-Identifier: GPL-2.0-or-later
"""The law of undoing: with every application named, a document and its reversal leave no trace."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arledger.aging import BY
from tests.properties.figures import (
    advance_figures,
    aging_figures,
    credit_figures,
    half,
    load,
    open_figures,
    summed,
    unapplied_figures,
)
from tests.properties.strategies import END, UNDOINGS, Ledger, Undone, undone


@pytest.mark.parametrize("how", UNDOINGS)
@half
@given(data=st.data())
def test_a_document_and_its_reversal_leave_every_figure(how: str, data: st.DataObject) -> None:
    """Law 6: from the reversal's day on, as if neither had been; before it, it was there."""
    case = data.draw(undone(how))
    whole = load(case.whole().text()).subledger
    if how == "bill dishonoured":
        assume(_moved_in_full(case, whole))
    without = load(case.ledger.text()).subledger
    for day in {case.reversal.date, *_later(case.whole(), case), END}:
        assert open_figures(whole, day) == open_figures(without, day)
        assert _instalments(whole, day) == _instalments(without, day)
        assert unapplied_figures(whole, day) == unapplied_figures(without, day)
        assert advance_figures(whole, day) == advance_figures(without, day)
        assert credit_figures(whole, day) == credit_figures(without, day)
        assert aging_figures(whole, day, BY) == aging_figures(without, day, BY)


def _later(ledger: Ledger, case: Undone) -> list[Any]:
    return [day for day in ledger.days() if day >= case.reversal.date]


def _moved_in_full(case: Undone, whole: Any) -> bool:
    """Whether all that was to be transferred was open."""
    return not any(
        item.account.endswith(":Bills") and item.origin is None for item in whole.items
    ) and bool(case.document)


def _instalments(subledger: Any, day: Any) -> dict[Any, Any]:
    """What is open of each instalment."""
    return summed(
        ((one.item.account, one.item.number, one.item.instalment, one.item.due), one.outstanding)
        for one in subledger.at(day).items
        if one.item.number
    )
