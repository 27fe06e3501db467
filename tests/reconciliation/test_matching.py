# SPDX-License-Identifier: GPL-2.0-or-later
"""The matcher, stage by stage: what is accepted, what is only proposed, and how a pair was found."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from arledger.reconciliation.matching import MatchRules, match
from arledger.reconciliation.model import Entry, How, Line, Matching

DAY = date(2025, 3, 10)


def entry(number: str, amount: str, **more: Any) -> Entry:
    """An invoice (or a receipt, if negative) of customer C1 whose id is its number."""
    made = Entry(number, DAY, Decimal(amount), "CNY", "C1", references=(number,))
    return attrs.evolve(made, **more)


def line(index: int, amount: str, reference: str | None = None, **more: Any) -> Line:
    """A line of customer C1's statement."""
    made = Line(index, Decimal(amount), "CNY", DAY, reference, customer="C1")
    return attrs.evolve(made, **more)


def found(answer: Matching) -> list[tuple[str, str, How, str]]:
    """Matches as text: ids, indexes, how, difference."""
    return [
        (
            "+".join(sorted(one.id for one in each.entries)),
            "+".join(str(one.index) for one in each.lines),
            each.how,
            str(each.difference),
        )
        for each in answer.matches
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("INV-2025-000017", "inv 2025 000017"),
        ("INV-2025-000017", "INV2025000017"),
        ("INV-2025-000017", "2025/17"),
        ("INV-2025-000017", "2025000017"),
        ("INV-2025-000017", "发票号:INV-2025-000017"),
        ("INV-2025-000017", "ＩＮＶ－２０２５－００００１７"),
        ("000123", "123"),
        ("No. 4711", "4711"),
        ("XS-250107-006002", "支付XS-250107-006002货款"),
    ],
)
def test_one_number_written_differently(ours: str, theirs: str) -> None:
    """Case, width, separators, leading zeros and words for "invoice" make no other number."""
    answer = match([entry(ours, "100")], [line(0, "100", theirs)])
    assert found(answer) == [(ours, "0", How.REFERENCE, "0")]


def test_named_pairs_come_first() -> None:
    """What the ledger names stands, whatever the amounts and the other numbers say."""
    ours = [entry("A1001", "100", named=frozenset({"bank-7"})), entry("A1002", "90")]
    theirs = [line(0, "90", "A1002", key="bank-7")]
    answer = match(ours, theirs)
    assert found(answer) == [("A1001", "0", How.NAMED, "-10")]
    assert [one.id for one in answer.entries_left] == ["A1002"]


def test_an_amount_with_a_hint() -> None:
    """The number agrees; the difference says what it looks like."""
    rules = MatchRules(
        discounts={"B": (Decimal(2),)}, tax_rates=(Decimal("0.13"),), bank_charges=(Decimal(15),)
    )
    cases = [
        ("1234.56", "1243.56", "two digits have changed places: 1234.56 and 1243.56"),
        ("1234.56", "1234.66", "one digit differs: 1234.56 and 1234.66"),
        ("1234.56", "123.456", "the decimal point is elsewhere: 1234.56 and 123.456"),
        ("113.00", "100.00", "without the tax of 13 %"),
        ("100.00", "113.00", "with a tax of 13 % on top"),
        ("1000.00", "985.00", "bank charge of 15.00 CNY"),
        ("1000.00", "700.00", "300.00 CNY short"),
    ]
    for ours, theirs, hint in cases:
        answer = match([entry("A1001", ours)], [line(0, theirs, "A1001")], rules)
        (one,) = answer.matches
        assert one.how is How.REFERENCE_AMOUNT_DIFFERS
        assert one.difference == Decimal(theirs) - Decimal(ours)
        assert str(one.hint) == hint
    answer = match([entry("B", "100", references=("A1",))], [line(0, "98", "A1")], rules)
    assert str(answer.matches[0].hint) == "early-payment discount of 2 CNY taken"


@pytest.mark.parametrize(
    "text",
    [
        "A-1001, A-1003-1005, 货款",
        "A1001 A1003 A1004 A1005",
        "A-1001/1003/1004/1005",
        "支付A1001、1003至1005货款",
    ],
)
def test_numbers_listed_in_one_line(text: str) -> None:
    """Lists, ranges and endings that leave the common part out."""
    ours = [entry(f"A-{n}", "100.10") for n in range(1001, 1007)]
    answer = match(ours, [line(0, "400.40", None, text=text)])
    assert found(answer) == [("A-1001+A-1003+A-1004+A-1005", "0", How.REFERENCES, "0")]


def test_payments_of_one_invoice() -> None:
    """Two lines that name one invoice and pay it together; and two that pay a part of it."""
    theirs = [line(0, "60", "A1001"), line(1, "40", "A1001")]
    assert found(match([entry("A1001", "100")], theirs)) == [("A1001", "0+1", How.REFERENCES, "0")]
    (one,) = match([entry("A1001", "150")], theirs).matches
    assert (one.how, one.difference, str(one.hint)) == (
        How.REFERENCES,
        Decimal(-50),
        "50 CNY short",
    )


def test_instalments_are_no_duplicates() -> None:
    """Two equal lines and two equal instalments of one invoice belong together."""
    ours = [
        entry("A1001-1", "50", references=("A1001",), due=DAY),
        entry("A1001-2", "50", references=("A1001",), due=DAY + timedelta(30)),
    ]
    theirs = [line(0, "50", "A1001"), line(1, "50", "A1001", date=DAY + timedelta(30))]
    answer = match(ours, theirs)
    assert answer.duplicates == ()
    assert {one for each in answer.matches for one in each.lines} == set(theirs)
    (single,) = match([entry("A1001", "100")], theirs).matches
    assert len(single.lines) == 2


def test_duplicates_on_either_side() -> None:
    """A line or an entry that stands there twice is matched once."""
    again = [line(0, "100", "A1001"), line(1, "100", "A1001", date=DAY + timedelta(5))]
    answer = match([entry("A1001", "100")], again)
    assert found(answer) == [("A1001", "0", How.REFERENCE, "0")]
    assert [(one.line, one.of) for one in answer.duplicates] == [(again[1], "0")]
    twice = [entry("A1001", "100"), entry("copy", "100", references=("A1001",))]
    answer = match(twice, again[:1])
    assert len(answer.matches) == 1
    assert [one.entry and one.entry.id for one in answer.duplicates] == ["copy"]


def test_misspelt_numbers_are_assigned_together() -> None:
    """Not the nearest first: each line gets the entry that leaves the other one its own."""
    ours = [entry("A250117", "100"), entry("A250119", "100")]
    theirs = [line(0, "100", "A250171"), line(1, "100", "A25019")]
    answer = match(ours, theirs)
    assert [(one[0], one[1]) for one in found(answer)] == [("A250117", "0"), ("A250119", "1")]
    # One digit is wrong, and each of the two is as near as the other.
    answer = match(ours, [line(0, "100", "A250118")])
    assert answer.matches == ()
    (proposal,) = answer.proposals
    assert {one.entries[0].id for one in proposal.candidates} == {"A250117", "A250119"}


def test_amount_alone() -> None:
    """One customer, one amount, within the window; never for somebody unknown."""
    ours = [entry("A1001", "100")]
    unnamed = line(0, "100", None, text="货款")
    assert found(match(ours, [unnamed])) == [("A1001", "0", How.UNIQUE_AMOUNT, "0")]
    late = attrs.evolve(unnamed, date=DAY + timedelta(11))
    assert match(ours, [late]).matches == ()
    assert len(match(ours, [late], MatchRules(window_days=None)).matches) == 1
    assert match(ours, [attrs.evolve(unnamed, customer=None)]).matches == ()
    assert match(ours, [attrs.evolve(unnamed, amount=Decimal(-100))]).matches == ()
    two = match([*ours, entry("A1002", "100", date=DAY + timedelta(1))], [unnamed])
    assert two.matches == ()
    assert [one.entries[0].id for one in two.proposals[0].candidates] == ["A1001", "A1002"]


def test_without_a_customer_the_number_must_be_the_only_one() -> None:
    """A number of two customers is nobody's; a number of one is enough."""
    ours = [entry("A1001", "100"), entry("A1002", "100", customer="C2")]
    theirs = [line(0, "100", "A1002", customer=None)]
    assert found(match(ours, theirs)) == [("A1002", "0", How.REFERENCE, "0")]
    shared = [
        entry("x", "100", references=("A1",)),
        entry("y", "100", references=("A1",), customer="C2"),
    ]
    assert match(shared, [line(0, "100", "A1", customer=None)]).matches == ()


def test_batches() -> None:
    """One payment for several invoices without a number; proposed where several sums fit."""
    ours = [
        entry(f"A{n}", amount) for n, amount in enumerate(("101.03", "207.41", "350.99", "88.18"))
    ]
    unnamed = line(0, "396.62", None, text="货款")
    assert found(match(ours, [unnamed])) == [("A0+A1+A3", "0", How.BATCH, "0")]
    anchored = line(0, "452.02", "A0等")
    assert found(match(ours, [anchored])) == [("A0+A2", "0", How.BATCH, "0")]
    alike = [entry(f"A{n}", "100.01") for n in range(3)]
    answer = match(alike, [attrs.evolve(unnamed, amount=Decimal("200.02"))])
    assert answer.matches == ()
    assert str(answer.proposals[0].candidates[0].reason) == "the sum agrees, and so do 2 others"
    parts = [line(0, "133.37", None), line(1, "217.62", None)]
    assert found(match(ours, parts)) == [("A2", "0+1", How.BATCH, "0")]


def test_another_currency_only_by_its_rate() -> None:
    """Without a rate currencies are never mixed; with one the exchange difference is named."""
    ours = [entry("A1001", "715.00")]
    dollars = line(0, "100", "A1001", currency="USD")
    assert match(ours, [dollars]).matches == ()
    (one,) = match(ours, [attrs.evolve(dollars, rate=Decimal("7.1"))]).matches
    assert (one.difference, str(one.hint)) == (Decimal(-5), "exchange difference of 5.00 CNY")


def test_tolerance_is_the_ledgers() -> None:
    """Zero unless the ledger says otherwise."""
    ours, theirs = [entry("A1001", "42.42")], [line(0, "42.41", "A1001")]
    assert match(ours, theirs).matches[0].how is How.REFERENCE_AMOUNT_DIFFERS
    rules = MatchRules(tolerance={"CNY": Decimal("0.01")})
    (one,) = match(ours, theirs, rules).matches
    assert (one.how, one.difference) == (How.REFERENCE, Decimal("-0.01"))


def test_postings_of_one_transaction() -> None:
    """A receipt over two invoices stands in their statement as one payment."""
    ours = [
        entry("R1/1", "-70", references=("R1001", "A1"), group="T1"),
        entry("R1/2", "-30", references=("R1001", "A2"), group="T1"),
    ]
    assert found(match(ours, [line(0, "-100", "R1001")])) == [
        ("R1/1+R1/2", "0", How.REFERENCES, "0")
    ]
    assert found(match(ours, [line(0, "-100")])) == [("R1/1+R1/2", "0", How.UNIQUE_AMOUNT, "0")]


def test_bounded_where_everything_is_alike() -> None:
    """Two thousand equal items without a number: proposed, each line with the nearest few."""
    ours = [entry(f"A{n}", "100", references=()) for n in range(2000)]
    theirs = [line(n, "100", None) for n in range(2000)]
    answer = match(ours, theirs)
    assert answer.matches == ()
    assert all(len(one.candidates) <= 5 * len(one.lines) for one in answer.proposals)
