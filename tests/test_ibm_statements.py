# SPDX-License-Identifier: GPL-2.0-or-later
"""A statement for each of the 100 customers of IBM's sample, with planted differences: all found.

The statements are files as a customer's system writes them, GB18030 and from the customer's side.
Nothing but the ledger and the file is told.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from arledger.reconciliation.differences import Population
from arledger.reconciliation.reading import Overrides, read_statement
from arledger.reconciliation.reconcile import Wanted, reconcile
from arledger.reconciliation.whose import whose
from arledger.subledger.subledger import Subledger
from benchmarks.ibm_ledger import ledger_text
from tests.properties.figures import load
from tests.properties.theirs import (
    PLANTS,
    as_csv,
    merge,
    movements_of,
    open_items_of,
    several,
    split,
    swapped_digits,
)

CUSTOMERS = 100
PERIOD = (dt.date(2012, 1, 1), dt.date(2013, 12, 31))
MONTHS = (dt.date(2012, 7, 1), dt.date(2013, 3, 31))
WANTED = Wanted(dt.date(2014, 1, 1))


@pytest.fixture(scope="module")
def subledger(shared_data: Path) -> Subledger:
    """The sample as a ledger."""
    text = ledger_text(shared_data / "data" / "ibm_accounts_receivable.csv")
    found = load(text).subledger
    assert len(found.chart.customers) == CUSTOMERS
    return found


def test_a_clean_statement_of_each(subledger: Subledger) -> None:
    """Whose it is, its side and what it lists are found out; nothing differs."""
    for customer in sorted(subledger.chart.customers):
        statement = movements_of(subledger, customer, "USD", *MONTHS)
        read = read_statement(as_csv(statement), "theirs.csv", Overrides(currency="USD"))
        assert whose(subledger, read).customer == customer
        answer = reconcile(subledger, read, customer, WANTED)
        assert not answer.differences, customer
        assert not answer.proposals
        assert answer.side == "theirs"
        assert answer.population is Population.MOVEMENTS
        assert len(answer.matched) == len(statement.lines)


def test_open_items_of_each(subledger: Subledger) -> None:
    """A list of what is open, without balances."""
    for customer in sorted(subledger.chart.customers):
        statement = open_items_of(subledger, customer, "USD", MONTHS[1])
        answer = reconcile(subledger, statement, customer, WANTED)
        assert not answer.differences, customer
        assert answer.ledger_balance == answer.statement_balance


def test_every_planted_difference_is_found(subledger: Subledger) -> None:
    """One of each kind in every customer's statement: each is found, and nothing else."""
    for customer in sorted(subledger.chart.customers):
        chance = random.Random(customer)  # noqa: S311 - a seed that repeats
        statement = movements_of(subledger, customer, "USD", *PERIOD)
        usable = [
            line.index
            for line in statement.lines
            if swapped_digits(line.amount) != line.amount and abs(line.amount) > 1
        ]
        places = chance.sample(usable, len(PLANTS))
        theirs, planted = several(statement, list(zip(PLANTS, places, strict=True)))
        read = read_statement(as_csv(theirs), "theirs.csv", Overrides(currency="USD"))
        answer = reconcile(subledger, read, customer, WANTED)
        assert not answer.proposals, customer
        assert len(answer.differences) == len(planted), customer
        for one in planted:
            assert one.found_in(answer), (customer, one.classes, one.amount)
        assert answer.unexplained == 0
        assert answer.is_explained


def test_split_and_merged_documents_of_each(subledger: Subledger) -> None:
    """Amounts agree, and nothing is left over."""
    for customer in sorted(subledger.chart.customers):
        chance = random.Random(customer)  # noqa: S311 - a seed that repeats
        statement = movements_of(subledger, customer, "USD", *PERIOD)
        debits = [line.index for line in statement.lines if line.amount > 1]
        changed = split(statement, chance.choice(debits))
        answer = reconcile(subledger, changed, customer, WANTED)
        assert {one.amount for one in answer.differences} <= {0}, customer
        one, other = sorted(chance.sample(debits, 2))
        answer = reconcile(subledger, merge(statement, one, other), customer, WANTED)
        assert {one.amount for one in answer.differences} <= {0}, customer
        assert not answer.proposals
