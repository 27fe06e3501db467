# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the reconciliation: for every ledger, whatever the statement says."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arledger.findings import say
from arledger.reconciliation.differences import Population, Reconciliation
from arledger.reconciliation.entries import (
    balance,
    currencies,
    movements,
    open_documents,
)
from arledger.reconciliation.model import Line, Statement
from arledger.reconciliation.reading import flip
from arledger.reconciliation.reconcile import Wanted, reconcile
from arledger.subledger.subledger import Subledger
from tests.properties.figures import ZERO, balances, load
from tests.properties.strategies import (
    AMOUNTS,
    CUSTOMERS,
    DAYS,
    END,
    INVOICES,
    RECEIPTS,
    ROOT,
    Ledger,
    customer_of,
    ledgers,
)
from tests.properties.theirs import PLANTS, merge, movements_of, open_items_of, split, written

TODAY = END
asked = Wanted(TODAY)
signed = st.builds(
    lambda amount, sign: amount * sign, st.sampled_from(AMOUNTS), st.sampled_from((1, -1))
)
balances_given = st.none() | signed | st.just(ZERO)
references = st.none() | st.sampled_from((*INVOICES, *RECEIPTS, "A1, A2", "inv a-1", "X9", ""))


@st.composite
def lines(draw: st.DrawFn, currency: str) -> Line:
    """A line as it may come: with and without a date, a number, a text."""
    return Line(
        0,
        draw(signed),
        currency,
        draw(st.none() | st.sampled_from(DAYS)),
        draw(references),
        draw(st.sampled_from(("", "付款", "A1 + A2", "Invoice A3"))),
    )


@st.composite
def statements(draw: st.DrawFn, currency: str) -> Statement:
    """Any statement: with or without balances, adding up or not."""
    days = sorted(draw(st.tuples(st.sampled_from(DAYS), st.sampled_from((*DAYS, END)))))
    dated = draw(st.booleans())
    return written(
        draw(st.lists(lines(currency), max_size=6)),
        currency,
        opening=draw(balances_given),
        closing=draw(balances_given),
        since=days[0] if dated else None,
        until=days[1] if dated else None,
    )


def pairs(subledger: Subledger) -> Iterator[tuple[str, str]]:
    """Each customer of the ledger with each of its currencies."""
    for customer in CUSTOMERS:
        for currency in currencies(subledger, customer):
            yield customer, currency


def places(answer: Reconciliation) -> tuple[Counter[str], Counter[int]]:
    """How often each document and each line stands somewhere; beside its match it may differ."""
    ids: Counter[str] = Counter()
    indexes: Counter[int] = Counter()
    for match in answer.matched:
        ids.update(entry.id for entry in match.entries)
        indexes.update(line.index for line in match.lines)
    for proposal in answer.proposals:
        ids.update(entry.id for entry in proposal.entries)
        indexes.update(line.index for line in proposal.lines)
    matched = {entry.id for one in answer.matched for entry in one.entries}
    matched_lines = {line.index for one in answer.matched for line in one.lines}
    for found in answer.differences:
        ids.update(entry.id for entry in found.entries if entry.id not in matched)
        indexes.update(line.index for line in found.lines if line.index not in matched_lines)
    return ids, indexes


# Documents.


@given(ledgers(customers_max=3))
def test_documents_sum_to_the_balance(ledger: Ledger) -> None:
    """At every date, movements and open items alike; ids are unique, and Beancount agrees."""
    loaded = load(ledger.text())
    subledger = loaded.subledger
    for customer, currency in pairs(subledger):
        every = movements(subledger, customer, currency)
        assert len({one.entry.id for one in every}) == len(every)
        for day in ledger.days():
            open_ones = open_documents(subledger, customer, currency, day, every)
            assert len({one.entry.id for one in open_ones}) == len(open_ones)
            booked = sum(
                amount
                for (account, held), amount in balances(loaded.entries, ROOT, day).items()
                if held == currency and customer_of(account) == customer
            )
            assert balance(every, day) == booked
            assert sum((one.entry.amount for one in open_ones), ZERO) == booked


# The equation.


@given(ledgers(customers_max=2), st.data())
def test_the_equation_holds(ledger: Ledger, data: st.DataObject) -> None:
    """Our balance and the differences are theirs; everything of the period stands in one place."""
    subledger = load(ledger.text()).subledger
    for customer, currency in pairs(subledger):
        statement = data.draw(statements(currency))
        wanted = attrs.evolve(
            asked,
            as_of=data.draw(st.none() | st.sampled_from(DAYS)),
            population=data.draw(st.none() | st.sampled_from(Population)),
            side=data.draw(st.none() | st.just("theirs")),
        )
        answer = reconcile(subledger, statement, customer, wanted)
        total = sum((one.amount for one in answer.differences), ZERO)
        assert answer.ledger_balance + total == answer.statement_balance
        turned = answer.statement
        if turned.closing is not None:
            assert answer.statement_balance == turned.closing
        ids, indexes = places(answer)
        assert set(indexes) == {line.index for line in turned.lines}
        assert set(indexes.values()) <= {1}
        expected = _inside(subledger, customer, currency, answer)
        assert expected <= set(ids)


def _inside(subledger: Subledger, customer: str, currency: str, answer: Reconciliation) -> set[str]:
    every = movements(subledger, customer, currency)
    if answer.population is Population.OPEN_ITEMS:
        found = open_documents(subledger, customer, currency, answer.as_of, every)
        return {one.entry.id for one in found}
    return {
        one.entry.id
        for one in every
        if one.posted <= answer.as_of and (answer.since is None or one.counts_from >= answer.since)
    }


# A statement made of the ledger itself.


@given(ledgers(customers_max=2), st.sampled_from(DAYS), st.sampled_from((*DAYS, END)))
def test_the_ledger_s_own_statement(ledger: Ledger, one: dt.date, other: dt.date) -> None:
    """Movements of any period, and open items of any day: no amount differs."""
    subledger = load(ledger.text()).subledger
    since, until = sorted((one, other))
    for customer, currency in pairs(subledger):
        listed = open_items_of(subledger, customer, currency, until)
        for statement, population in (
            (movements_of(subledger, customer, currency, since, until), Population.MOVEMENTS),
            (listed, Population.OPEN_ITEMS),
        ):
            wanted = attrs.evolve(asked, population=population, side="theirs")
            answer = reconcile(subledger, statement, customer, wanted)
            assert answer.ledger_balance == answer.statement_balance
            assert {found.amount for found in answer.differences} <= {ZERO}


# What decides nothing.


def said(answer: Reconciliation) -> Counter[tuple[object, ...]]:
    """Everything found, without places in files."""
    found: Counter[tuple[object, ...]] = Counter()
    for one in answer.differences:
        found[one.cls, one.side, one.amount, one.item, one.ref, one.part] += 1
    for match in answer.matched:
        found[match.how, tuple(sorted(entry.id for entry in match.entries)), match.amount] += 1
    for proposal in answer.proposals:
        found[
            "proposal", frozenset(entry.id for entry in proposal.entries), len(proposal.lines)
        ] += 1
    return found


@given(ledgers(customers_max=2), st.data())
def test_the_order_of_lines_changes_nothing(ledger: Ledger, data: st.DataObject) -> None:
    """Lines of one statement in any order; two that are alike in all are one to the reader."""
    subledger = load(ledger.text()).subledger
    for customer, currency in pairs(subledger):
        statement = data.draw(statements(currency))
        seen = [attrs.evolve(line, index=0, place=None) for line in statement.lines]
        assume(len(set(seen)) == len(seen))
        mixed = written(
            data.draw(st.permutations(seen)),
            currency,
            opening=statement.opening,
            closing=statement.closing,
            since=statement.from_date,
            until=statement.to_date,
        )
        one = reconcile(subledger, statement, customer, asked)
        assert said(one) == said(reconcile(subledger, mixed, customer, asked))
        assert said(one) == said(reconcile(subledger, statement, customer, asked))


def _later(text: str, days: int) -> str:
    def moved(found: re.Match[str]) -> str:
        return str(dt.date.fromisoformat(found[0]) + dt.timedelta(days=days))

    return re.sub(r"\b2024-\d\d-\d\d\b", moved, text)


def _moved(statement: Statement, days: int) -> Statement:
    step = dt.timedelta(days=days)

    def later(day: dt.date | None) -> dt.date | None:
        return None if day is None else day + step

    return attrs.evolve(
        statement,
        lines=tuple(attrs.evolve(line, date=later(line.date)) for line in statement.lines),
        from_date=later(statement.from_date),
        to_date=later(statement.to_date),
    )


@given(ledgers(customers_max=1, policies=("allocation",)), st.data(), st.sampled_from((7, 400)))
def test_shifting_all_dates_changes_nothing(ledger: Ledger, data: st.DataObject, days: int) -> None:
    """The same classes and amounts; ids and dates are those of the later days."""
    text = ledger.text()
    subledger, later = load(text).subledger, load(_later(text, days)).subledger
    for customer, currency in pairs(subledger):
        statement = data.draw(statements(currency))
        one = reconcile(subledger, statement, customer, asked)
        other = reconcile(
            later,
            _moved(statement, days),
            customer,
            attrs.evolve(asked, today=TODAY + dt.timedelta(days=days)),
        )
        assert [(d.cls, d.amount, d.line) for d in one.differences] == [
            (d.cls, d.amount, d.line) for d in other.differences
        ]


# Ledgers as they are in life: invoices of a year with numbers of their own, each paid or not.


@attrs.frozen
class Sale:
    """An invoice, and the receipt that pays it, if any."""

    number: str
    day: dt.date
    amount: Decimal
    paid_after: int | None


@st.composite
def sales(draw: st.DrawFn) -> list[Sale]:
    """Numbers far apart and amounts that are no sums of others, as most are in life."""
    count = draw(st.integers(3, 9))
    numbers = draw(
        st.lists(
            st.integers(100_000, 999_999),
            min_size=count,
            max_size=count,
            unique_by=lambda n: n // 1000,
        )
    )
    found = []
    for at, number in enumerate(numbers):
        day = dt.date(2024, 2, 1) + dt.timedelta(days=draw(st.integers(0, 250)))
        cents = draw(st.integers(100_00, 9_999_99)) + at
        paid = draw(st.none() | st.integers(11, 60))
        found.append(Sale(f"INV-{number}", day, Decimal(cents).scaleb(-2), paid))
    return found


def _ledger(found: list[Sale]) -> Subledger:
    text = [
        "2024-01-01 open Assets:Receivable:C1",
        "2024-01-01 open Assets:Bank",
        "2024-01-01 open Income:Sales",
        '2024-01-01 custom "payment-terms" Assets:Receivable "net 30"',
    ]
    for one in found:
        text.append(
            f'{one.day} * "Invoice" ^{one.number}\n  Assets:Receivable:C1  {one.amount} EUR\n'
            f"  Income:Sales"
        )
        if one.paid_after is not None:
            day = one.day + dt.timedelta(days=one.paid_after)
            text.append(
                f'{day} * "Receipt"\n  Assets:Bank  {one.amount} EUR\n  Assets:Receivable:C1\n'
                f'    invoice: "{one.number}"'
            )
    return load("\n\n".join(text) + "\n").subledger


YEAR = (dt.date(2024, 1, 1), dt.date(2024, 12, 31))


@given(sales(), st.sampled_from(Population), st.sampled_from(("ours", "theirs")))
def test_either_population_from_either_side(
    found: list[Sale], population: Population, side: str
) -> None:
    """Nothing is said of the statement: both are inferred, and no difference is found."""
    subledger = _ledger(found)
    statement = movements_of(subledger, "C1", "EUR", *YEAR)
    if population is Population.OPEN_ITEMS:
        statement = open_items_of(subledger, "C1", "EUR", YEAR[1])
    read = statement if side == "theirs" else flip(statement, say("its heading"))
    answer = reconcile(subledger, read, "C1", asked)
    assert not answer.differences
    assert not answer.proposals
    assert answer.is_explained
    if statement.lines:
        assert answer.side == "theirs"
        assert answer.population is population


@pytest.mark.parametrize("name", PLANTS)
@given(sales(), st.data())
def test_what_is_planted_is_found(name: str, found: list[Sale], data: st.DataObject) -> None:
    """With its class, its amount and its line; and nothing beside it."""
    subledger = _ledger(found)
    statement = movements_of(subledger, "C1", "EUR", *YEAR)
    planted = PLANTS[name](statement, data.draw(st.integers(0, len(statement.lines) - 1)))
    assume(name == "delay" or planted.amount)
    answer = reconcile(subledger, planted.statement, "C1", asked)
    assert planted.found_in(answer) == list(answer.differences)
    assert len(answer.differences) == 1
    assert not answer.proposals
    assert answer.unexplained == ZERO


@given(sales(), st.data())
def test_split_and_merged_documents(found: list[Sale], data: st.DataObject) -> None:
    """Two lines of one number, or one line of two numbers: the amounts agree."""
    subledger = _ledger(found)
    statement = movements_of(subledger, "C1", "EUR", *YEAR)
    at = data.draw(st.integers(0, len(statement.lines) - 1))
    answer = reconcile(subledger, split(statement, at), "C1", asked)
    assert {one.amount for one in answer.differences} <= {ZERO}
    assert not answer.proposals
    debits = [line.index for line in statement.lines if line.amount > 0]
    one, other = sorted(data.draw(st.permutations(debits))[:2])
    answer = reconcile(subledger, merge(statement, one, other), "C1", asked)
    assert {found.amount for found in answer.differences} <= {ZERO}
    assert not answer.proposals
