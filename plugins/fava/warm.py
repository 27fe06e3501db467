# SPDX-License-Identifier: GPL-2.0-or-later
"""What the first reader of a large ledger would wait for is asked when the ledger is loaded."""

from __future__ import annotations

from arledger import check
from arledger.advances import advances
from arledger.aging import aging
from arledger.allowance import allowance
from arledger.collection import sales_outstanding
from arledger.credit import credit
from arledger.plugins.fava.answers import Answers, month_ends_before
from arledger.plugins.fava.page import default_day
from arledger.plugins.fava.views.allowance import year_before
from arledger.plugins.fava.views.overview import MONTHS, balances
from arledger.roll_forward import roll_forward
from arledger.subledger.subledger import Subledger

# A smaller ledger answers while one blinks.
ITEMS_MIN = 5000


def warm(answers: Answers, subledger: Subledger) -> None:
    """Ask what the tabs ask first, as of the day that they show where none is chosen."""
    if len(subledger.items) < ITEMS_MIN:
        return
    as_of, _ = default_day(subledger)
    for question in (allowance, advances, sales_outstanding, credit, check.find):
        answers.ask(subledger, question, as_of)
    answers.ask(subledger, aging, as_of, basis="due")
    for by in ("customer", "item"):
        # As the tab asks, with what is not chosen there.
        answers.ask(subledger, aging, as_of, by=by, basis=None, buckets=None, customers=())
    answers.ask(subledger, check.find, as_of, ("credit",))
    answers.ask(subledger, balances, tuple(month_ends_before(as_of, MONTHS)))
    answers.ask(subledger, roll_forward, year_before(as_of), as_of)
