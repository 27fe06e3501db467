# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose statement it is, written from which side, in which currency, about which days.

What the file leaves open the ledger's own references decide; what speaks against the statement
being the one that is meant is said before anything is matched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import attrs

from arledger.findings import Text, say
from arledger.money import ZERO, exact, round_half_up, times
from arledger.reconciliation.differences import Notice, Population
from arledger.reconciliation.entries import Document, balance
from arledger.reconciliation.matching.references import compact
from arledger.reconciliation.model import Day, Line, Statement
from arledger.reconciliation.reading import flip
from arledger.subledger.subledger import Subledger

OursOrTheirs = Literal["ours", "theirs"]
# Another customer's when that many of its references stand there for each of this customer's.
OTHERS_TIMES = 3
# Amounts alone say which side a statement is written from where their dates are that near.
NEAR_DAYS = 10
# So many lines tell which side a statement is written from.
SAMPLE_LINES = 5_000
NAME_LENGTH_MIN = 2
NAMED_MAX = 5


@lru_cache(maxsize=1 << 16)
def squeezed(text: str) -> str:
    """Letters and digits in their plain form, upper case: `INV-2024/0501` is `INV20240501`."""
    return compact(text)


# The customer.


@attrs.frozen
class Guess:
    """Whose statement it seems to be: candidates by evidence, most first, and why."""

    customers: tuple[str, ...]
    reason: Text

    @property
    def customer(self) -> str | None:
        """The one, where there is only one."""
        return self.customers[0] if len(self.customers) == 1 else None


def whose(subledger: Subledger, statement: Statement) -> Guess:
    """The customer that the heading names, else the one that most references are of."""
    named = _in_heading(subledger, statement)
    counts = _reference_counts(subledger, statement.lines)
    if len(named) > 1:
        # One customer's name may be the beginning of another's.
        known = [customer for customer in named if counts[customer]]
        named = known or named
    if len(named) == 1:
        return Guess((named[0],), say("the heading names {customer}", customer=named[0]))
    if counts:
        most = max(counts.values())
        best = tuple(sorted(customer for customer, count in counts.items() if count == most))
        reason = say(
            "its numbers are those of {customer} (lines: {count})", customer=best[0], count=most
        )
        return Guess(best, reason)
    return Guess(tuple(named), say("neither heading nor references name a customer of the ledger"))


def _in_heading(subledger: Subledger, statement: Statement) -> list[str]:
    """The customers whose name, or whose id as a word, stands above the table."""
    heading = squeezed(" ".join(statement.heading))
    words = {
        squeezed(word)
        for text in statement.heading
        for word in text.replace(":", " ").replace("：", " ").split()
    }
    if not heading:
        return []
    found = []
    for customer in subledger.chart.customers.values():
        name = squeezed(customer.name)
        if (len(name) >= NAME_LENGTH_MIN and name in heading) or squeezed(customer.id) in words:
            found.append((-len(name), customer.id))
    # The longer name contains the shorter: it is the one that is meant.
    names = {one: squeezed(subledger.chart.customer(one).name) for _, one in found}
    return [
        one
        for _, one in sorted(found)
        if not any(_is_inside(names[one], names[other]) for other in names)
    ]


def _is_inside(name: str, other: str) -> bool:
    return bool(name) and name != other and name in other


def _reference_counts(subledger: Subledger, lines: Iterable[Line]) -> Counter[str]:
    """How many lines bear a number of each customer's; one of several customers tells nothing."""
    owners: dict[str, set[str]] = {}
    for number, customers in subledger.customers_by_number.items():
        owners.setdefault(squeezed(number), set()).update(customers)
    counts: Counter[str] = Counter()
    for line in lines:
        found = owners.get(squeezed(line.reference)) if line.reference else None
        if found and len(found) == 1:
            counts[next(iter(found))] += 1
    return counts


# The side.


@attrs.frozen
class Oriented:
    """The statement from our side, and why it is thought to be."""

    statement: Statement
    side: OursOrTheirs
    reason: Text


@exact
def oriented(statement: Statement, documents: Sequence[Document], side: str | None) -> Oriented:
    """Turn the statement round where the ledger's documents say that it stands the wrong way.

    The reader has signed it by the file's own words. An explicit `side` is the last word.
    """
    read_as = statement.read_as
    was: OursOrTheirs = "ours" if read_as.side == "ours" else "theirs"
    if side is not None:
        return Oriented(statement, was, say("as asked for"))
    straight, turned = _agreement(documents, statement)
    if turned > straight:
        other: OursOrTheirs = "ours" if was == "theirs" else "theirs"
        reason = say(
            "{turned} figures agree with the ledger this way, {straight} the other way round",
            turned=turned,
            straight=straight,
        )
        return Oriented(flip(statement, reason), other, reason)
    reason = read_as.side_reason or say(
        "{turned} figures agree with the ledger this way, {straight} the other way round",
        turned=straight,
        straight=turned,
    )
    return Oriented(statement, was, reason)


def _agreement(documents: Sequence[Document], statement: Statement) -> tuple[int, int]:
    """How many lines have a document's number and amount as they stand, and how many turned round.

    Where no number agrees, the balances may say it; else amounts near the same day, if they say it
    clearly.
    """
    lines = statement.lines[:SAMPLE_LINES]
    named: dict[tuple[str, Decimal], list[Day]] = {}
    near: dict[Decimal, list[Day]] = {}
    for one in documents:
        near.setdefault(one.entry.amount, []).append(one.entry.date)
        for name in one.entry.references:
            named.setdefault((squeezed(name), one.entry.amount), []).append(one.entry.date)
    # An invoice and its receipt have the same number and amount: their dates tell them apart.
    called = [(squeezed(line.reference), line) for line in lines if line.reference]
    straight = sum(_is_near(named.get((name, line.amount), ()), line) for name, line in called)
    turned = sum(_is_near(named.get((name, -line.amount), ()), line) for name, line in called)
    if straight or turned:
        return straight, turned
    given = list(_balances(statement, documents))
    straight = sum(theirs == ours for theirs, ours in given)
    turned = sum(theirs == -ours for theirs, ours in given)
    if straight or turned:
        return straight, turned
    straight = sum(_is_near(near.get(line.amount, ()), line) for line in lines)
    turned = sum(_is_near(near.get(-line.amount, ()), line) for line in lines)
    return (straight, turned) if turned >= max(2, 2 * straight) else (straight, 0)


def _balances(
    statement: Statement, documents: Sequence[Document]
) -> Iterable[tuple[Decimal, Decimal]]:
    """Their opening and closing balances, each with ours, where neither is zero."""
    start, end = statement.from_date, statement.to_date
    pairs = []
    if statement.opening and start is not None:
        before = (one.entry.amount for one in documents if one.counts_from < start)
        pairs.append((statement.opening, sum(before, ZERO)))
    if statement.closing and end is not None:
        pairs.append((statement.closing, balance(documents, end)))
    return [(theirs, ours) for theirs, ours in pairs if ours]


def _is_near(days: Iterable[Day], line: Line) -> bool:
    return any(line.date is None or abs((line.date - day).days) <= NEAR_DAYS for day in days)


# The population.


@exact
def population_of(statement: Statement, unapplied: Sequence[Document]) -> tuple[Population, Text]:
    """Whether the statement lists movements or what is open. `unapplied` are our open credits."""
    if statement.opening is not None:
        return Population.MOVEMENTS, say("the statement has an opening balance")
    if any(line.balance is not None for line in statement.lines):
        return Population.MOVEMENTS, say("the statement has a running balance")
    total = sum((line.amount for line in statement.lines), ZERO)
    if statement.closing is not None and statement.closing != total:
        return Population.MOVEMENTS, say("the lines are not the whole of the closing balance")
    credits = Counter(-one.entry.amount for one in unapplied)
    paid = Counter(-line.amount for line in statement.lines if line.amount < ZERO)
    if paid - credits:
        return Population.MOVEMENTS, say("the statement lists payments beside invoices")
    return Population.OPEN_ITEMS, say("the statement lists open documents only")


# What speaks against it.


def suspicions(
    subledger: Subledger,
    statement: Statement,
    customer: str,
    documents: Sequence[Document],
    currency: str,
) -> list[Notice]:
    """Another customer's, another currency's, another period's: said first."""
    return [
        *_other_customer(subledger, statement, customer),
        *_other_currency(statement, customer, currency, documents),
        *_other_period(statement, customer, documents),
    ]


def _other_customer(subledger: Subledger, statement: Statement, customer: str) -> Iterable[Notice]:
    named = _in_heading(subledger, statement)
    if named and customer not in named:
        yield Notice(
            say(
                "the heading names {other}, not {customer}: another customer's statement?",
                other=", ".join(named[:NAMED_MAX]),
                customer=customer,
            ),
            grave=True,
            suspicion=True,
        )
        return
    counts = _reference_counts(subledger, statement.lines)
    if not counts:
        return
    other = min(counts, key=lambda one: (-counts[one], one))
    if other != customer and counts[other] > OTHERS_TIMES * counts[customer]:
        yield Notice(
            say(
                "its numbers are those of {other} (lines: {count}), hardly those of {customer} "
                "(lines: {own}): another customer's statement?",
                count=counts[other],
                other=other,
                own=counts[customer],
                customer=customer,
            ),
            grave=True,
            suspicion=True,
        )


def _other_currency(
    statement: Statement, customer: str, currency: str, documents: Sequence[Document]
) -> Iterable[Notice]:
    if statement.currency and statement.currency != currency:
        yield Notice(
            say(
                "the statement is in {theirs}, {currency} is asked for",
                theirs=statement.currency,
                currency=currency,
            ),
            grave=True,
            suspicion=True,
        )
    if not documents:
        yield Notice(
            say(
                "{customer} has no documents in {currency}: another currency's statement?",
                customer=customer,
                currency=currency,
            ),
            grave=True,
            suspicion=True,
        )


def _other_period(
    statement: Statement, customer: str, documents: Sequence[Document]
) -> Iterable[Notice]:
    start, end = statement.from_date, statement.to_date
    if start is None or end is None or not documents or not statement.lines:
        return
    first = min(min(one.posted, one.entry.date) for one in documents)
    last = max(one.posted for one in documents)
    if end < first or start > last:
        yield Notice(
            say(
                "the statement is of {start} to {end}, the documents of {customer} of {first} to "
                "{last}: another period's statement?",
                start=start,
                end=end,
                customer=customer,
                first=first,
                last=last,
            ),
            grave=True,
            suspicion=True,
        )


# One currency.


@attrs.frozen
class InOneCurrency:
    """The lines of one currency, those converted that carry a rate, and what was left out."""

    lines: tuple[Line, ...]
    left_out: Mapping[str, int]


@exact
def in_currency(statement: Statement, currency: str, digits: int) -> InOneCurrency:
    """The statement's lines in `currency`. A line with a rate counts with what it converts to.

    The converted amount is rounded half up to `digits`, as views that convert round each row.
    """
    kept, left_out = [], Counter[str]()
    for line in statement.lines:
        own = line.currency or statement.currency or currency
        if own == currency:
            kept.append(
                line if line.currency == currency else attrs.evolve(line, currency=currency)
            )
        elif line.rate is not None:
            amount = round_half_up(times(line.amount, line.rate), digits)
            kept.append(attrs.evolve(line, amount=amount, currency=currency))
        else:
            left_out[own] += 1
    return InOneCurrency(tuple(kept), dict(sorted(left_out.items())))


def day_span(lines: Iterable[Line]) -> tuple[Day | None, Day | None]:
    """The first and last date on the lines."""
    days = [line.date for line in lines if line.date is not None]
    return (min(days), max(days)) if days else (None, None)
