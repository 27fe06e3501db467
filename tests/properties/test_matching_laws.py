# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws of the matcher, for every input; and what a change of a statement must come out as."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations, permutations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.reconciliation.matching import MatchRules, match
from arledger.reconciliation.matching.assignment import certain_pairs
from arledger.reconciliation.matching.subsets import SHOWN_MAX, FewOfMany, Sums
from arledger.reconciliation.model import Entry, How, Line, Matching
from tests.properties.statements import CHANGES, Board, Story, alike, boards, stories

RULES = MatchRules(currency="CNY")
Pair = tuple[frozenset[str], frozenset[int], How, Decimal]


def pairs(answer: Matching) -> Counter[Pair]:
    """The matches by content."""
    return Counter(
        (
            frozenset(entry.id for entry in one.entries),
            frozenset(line.index for line in one.lines),
            one.how,
            one.difference,
        )
        for one in answer.matches
    )


def content(answer: Matching) -> tuple[object, ...]:
    """All of the answer by content, without the order in which it is given."""
    return (
        pairs(answer),
        Counter(
            (
                frozenset(entry.id for entry in one.entries),
                frozenset(line.index for line in one.lines),
                tuple(
                    (tuple(e.id for e in way.entries), tuple(x.index for x in way.lines), way.how)
                    for way in one.candidates
                ),
            )
            for one in answer.proposals
        ),
        Counter(
            (one.entry and one.entry.id, one.line and one.line.index, one.of)
            for one in answer.duplicates
        ),
        Counter(entry.id for entry in answer.entries_left),
        Counter(line.index for line in answer.lines_left),
    )


@given(boards())
def test_everything_ends_in_exactly_one_place(board: Board) -> None:
    """Every entry and every line is matched, proposed, a duplicate, or left; and only one."""
    answer = match(board.entries, board.lines, RULES)
    ids = [entry.id for one in answer.matches for entry in one.entries]
    ids += [entry.id for one in answer.proposals for entry in one.entries]
    ids += [one.entry.id for one in answer.duplicates if one.entry]
    ids += [entry.id for entry in answer.entries_left]
    assert sorted(ids) == sorted(entry.id for entry in board.entries)
    at = [line.index for one in answer.matches for line in one.lines]
    at += [line.index for one in answer.proposals for line in one.lines]
    at += [one.line.index for one in answer.duplicates if one.line]
    at += [line.index for line in answer.lines_left]
    assert sorted(at) == sorted(line.index for line in board.lines)


@given(boards())
def test_differences_add_up(board: Board) -> None:
    """In one currency each match's difference is its lines less its entries, to the last digit."""
    answer = match(board.entries, board.lines, RULES)
    for one in answer.matches:
        ours = sum((entry.amount for entry in one.entries), Decimal(0))
        if all(line.currency == one.entries[0].currency for line in one.lines):
            assert one.amount - ours == one.difference
        assert (one.hint is None) == (one.difference == 0)


@given(boards(), st.randoms(use_true_random=False))
def test_order_changes_nothing(board: Board, chance: random.Random) -> None:
    """Entries and lines may come in any order."""
    ours, theirs = list(board.entries), list(board.lines)
    chance.shuffle(ours)
    chance.shuffle(theirs)
    expected = content(match(board.entries, board.lines, RULES))
    assert content(match(ours, theirs, RULES)) == expected


def said(line: Line) -> tuple[object, ...]:
    """What a line says, without where in its file it says so."""
    return (
        (line.amount, line.currency, str(line.date), line.reference, line.text),
        (line.key, line.customer, line.rate),
    )


def content_in_any_file(answer: Matching, lines: Sequence[Line]) -> tuple[object, ...]:
    """All of the answer by content, the lines by what they say; the ways in their order."""
    at = {str(line.index): said(line) for line in lines}
    return (
        Counter(
            (
                frozenset(entry.id for entry in one.entries),
                frozenset(Counter(map(said, one.lines)).items()),
                one.how,
                one.difference,
                str(one.hint),
            )
            for one in answer.matches
        ),
        Counter(
            (
                frozenset(entry.id for entry in one.entries),
                frozenset(Counter(map(said, one.lines)).items()),
                tuple(
                    (
                        tuple(entry.id for entry in way.entries),
                        frozenset(Counter(map(said, way.lines)).items()),
                        way.how,
                        str(way.reason),
                    )
                    for way in one.candidates
                ),
            )
            for one in answer.proposals
        ),
        Counter(
            (
                one.entry and one.entry.id,
                one.line and said(one.line),
                one.of if one.entry else at[one.of],
            )
            for one in answer.duplicates
        ),
        Counter(entry.id for entry in answer.entries_left),
        Counter(map(said, answer.lines_left)),
    )


def in_another_file(lines: Sequence[Line], chance: random.Random) -> list[Line]:
    """The same lines in another order, counted anew."""
    shuffled = list(lines)
    chance.shuffle(shuffled)
    return [attrs.evolve(line, index=index) for index, line in enumerate(shuffled)]


@given(st.one_of(boards(), alike()), st.randoms(use_true_random=False))
def test_where_in_its_file_a_line_stands_changes_nothing(
    board: Board, chance: random.Random
) -> None:
    """The same lines in another order of the file: the same matches, and the same proposals."""
    theirs = in_another_file(board.lines, chance)
    found = content_in_any_file(match(board.entries, theirs, RULES), theirs)
    expected = match(board.entries, board.lines, RULES)
    assert found == content_in_any_file(expected, board.lines)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_which_lines_are_proposed_does_not_depend_on_their_order(order: Sequence[int]) -> None:
    """Two of three undated lines pay the entry: which two is open, so all three are proposed."""
    day = dt.date(2024, 1, 1)
    entry = Entry("E0", day, Decimal(60), "CNY", "C1")
    texts = ("货款", "定金", None)
    lines = [
        Line(n, Decimal(30), "CNY", None if text else day, text=text or "货款", customer="C1")
        for n, text in enumerate(texts)
    ]
    theirs = [attrs.evolve(lines[at], index=index) for index, at in enumerate(order)]
    answer = match([entry], theirs)
    assert content_in_any_file(answer, theirs) == content_in_any_file(match([entry], lines), lines)
    (proposal,) = answer.proposals
    assert proposal.lines == tuple(theirs)
    assert len(proposal.candidates) == 3


@given(boards())
def test_matching_twice_changes_nothing(board: Board) -> None:
    """What is left and what is proposed gives no new match when it is matched again."""
    answer = match(board.entries, board.lines, RULES)
    entries = [*answer.entries_left, *(e for one in answer.proposals for e in one.entries)]
    lines = [*answer.lines_left, *(x for one in answer.proposals for x in one.lines)]
    assert match(entries, lines, RULES).matches == ()


@given(boards())
def test_named_pairs_survive(board: Board) -> None:
    """An entry that names the key of a line stands in one match with all lines of the key."""
    answer = match(board.entries, board.lines, RULES)
    keys = {(line.key, line.currency) for line in board.lines if line.key}
    place = {entry.id: one for one in answer.matches for entry in one.entries}
    repeated = {one.line.index for one in answer.duplicates if one.line}
    for entry in board.entries:
        wanted = [key for key in entry.named if (key, entry.currency) in keys]
        for key in wanted:
            assert place[entry.id].how is How.NAMED
            matched = {line.index for line in place[entry.id].lines}
            assert {
                line.index
                for line in board.lines
                if line.key == key and line.currency == entry.currency
            } <= matched | repeated


@given(boards())
def test_renaming_customers_changes_nothing(board: Board) -> None:
    """Who a customer is called doesn't matter."""
    names = {"C1": "华东重工", "C2": "A", None: None}
    entries = [attrs.evolve(one, customer=names[one.customer]) for one in board.entries]
    lines = [attrs.evolve(one, customer=names[one.customer]) for one in board.lines]
    expected = content(match(board.entries, board.lines, RULES))
    assert content(match(entries, lines, RULES)) == expected


@given(boards(), st.integers(-400, 400))
def test_shifting_all_dates_changes_nothing(board: Board, days: int) -> None:
    """Only how far dates lie apart matters."""
    by = dt.timedelta(days=days)
    entries = [
        attrs.evolve(one, date=one.date + by, due=one.due and one.due + by) for one in board.entries
    ]
    lines = [attrs.evolve(one, date=one.date and one.date + by) for one in board.lines]
    expected = content(match(board.entries, board.lines, RULES))
    assert content(match(entries, lines, RULES)) == expected


@given(boards(("C1",), unknown=False), boards(("C2",), unknown=False))
def test_another_customer_changes_nothing(board: Board, other: Board) -> None:
    """A customer's matches are the same whoever else there is."""
    # Keys are the ledger's own, whoever bears them: here each customer has its own.
    theirs = [attrs.evolve(one, index=one.index + 100, key=None) for one in other.lines]
    ours = [attrs.evolve(one, id=f"O{one.id}", named=frozenset()) for one in other.entries]
    alone = pairs(match(board.entries, board.lines, RULES))
    both = match((*board.entries, *ours), (*board.lines, *theirs), RULES)
    own = Counter(
        {
            key: count
            for key, count in pairs(both).items()
            if not any(one.startswith("O") for one in key[0])
        }
    )
    assert own == alone


@given(boards())
def test_signs_and_currencies_are_part_of_the_amount(board: Board) -> None:
    """But for what the ledger names or a list says, an invoice never pairs with a payment."""
    answer = match(board.entries, board.lines, MatchRules())
    for one in answer.matches:
        if one.how is How.NAMED:
            continue
        if len(one.entries) == len(one.lines) == 1:
            assert (one.entries[0].amount > 0) == (one.lines[0].amount > 0)
        currencies = {entry.currency for entry in one.entries}
        currencies |= {line.currency for line in one.lines if line.rate is None}
        assert len(currencies) == 1


@given(boards(("C1",), unknown=False, most=5))
def test_amount_alone_is_accepted_only_if_it_is_the_only_one(board: Board) -> None:
    """By brute force: no other line and no other entry within the window could be meant.

    "Left" is what the earlier stages haven't taken, and nothing takes anything back.
    """
    answer = match(board.entries, board.lines, MatchRules())
    by_amount = [one for one in answer.matches if one.how is How.UNIQUE_AMOUNT]
    left = list(answer.entries_left) + [e for o in answer.proposals for e in o.entries]
    lines = list(answer.lines_left) + [x for o in answer.proposals for x in o.lines]
    for one in by_amount:
        (line,) = one.lines
        total = sum((entry.amount for entry in one.entries), Decimal(0))
        assert total == line.amount
        for entry in left:
            near = line.date is None or abs((line.date - entry.date).days) <= 10
            same = (entry.amount, entry.currency) == (line.amount, line.currency)
            assert not (near and same)
        for other in lines:
            day = one.entries[0].date
            near = other.date is None or abs((other.date - day).days) <= 10
            assert not (near and (other.amount, other.currency) == (line.amount, line.currency))


@given(alike())
def test_amount_alone_is_doubtful_where_another_of_it_is_open(board: Board) -> None:
    """By brute force: no older entry and no later line is left that could as well be meant."""
    entries = [attrs.evolve(one, group=None) for one in board.entries]
    answer = match(entries, board.lines, MatchRules())
    left = [*answer.entries_left, *(e for one in answer.proposals for e in one.entries)]
    lines = [*answer.lines_left, *(x for one in answer.proposals for x in one.lines)]
    for one in answer.matches:
        (line, *_), (entry, *_) = one.lines, one.entries
        if one.how is not How.UNIQUE_AMOUNT or line.date == entry.date:
            continue
        own = (line.customer, line.amount)
        last = line.date and line.date + dt.timedelta(days=10)
        first = entry.date - dt.timedelta(days=10)
        older = [e for e in left if last is None or e.date <= last]
        later = [x for x in lines if x.date is None or x.date >= first]
        assert own not in {(e.customer, e.amount) for e in older}
        assert own not in {(x.customer, x.amount) for x in later}


def _rents(ours: Sequence[int], theirs: Sequence[int]) -> Matching:
    """A rent of 100 a month: ours on the first, theirs on the third and without any number."""
    rent = Decimal(100)
    entries = [Entry(f"E{n}", dt.date(2024, n, 1), rent, "CNY", "C1") for n in ours]
    lines = [Line(n, rent, "CNY", dt.date(2024, n, 3), customer="C1") for n in theirs]
    return match(entries, lines)


def test_what_has_a_partner_of_its_own_puts_nothing_in_doubt() -> None:
    """Rents that come every month are paired; an older one that nobody paid puts them in doubt."""
    every = _rents((1, 2, 3, 4), (1, 2, 3))
    assert [one.how for one in every.matches] == [How.UNIQUE_AMOUNT] * 3
    assert [entry.id for entry in every.entries_left] == ["E4"]
    one_short = _rents((1, 2, 3), (2, 3))
    assert not one_short.matches
    assert len(one_short.proposals) == 2


def test_a_sum_of_many_near_numbers_is_no_certainty() -> None:
    """Some of twenty documents whose numbers are all near come to the amount, by chance."""
    day = dt.date(2024, 1, 1)
    amounts = [Decimal(n**5 * 7_919 % 3_000_017 + 10_000) / 100 for n in range(20)]
    entries = [
        Entry(f"E{n:02}", day, each, "CNY", "C1", None, (f"SO0008/0084{n + 40}",))
        for n, each in enumerate(amounts)
    ]
    line = Line(0, sum(amounts[3:12], Decimal(0)), "CNY", day, "SO0008/008499", customer="C1")
    assert match(entries, [line]).matches == ()


def test_among_many_a_few_are_found() -> None:
    """Two of a hundred open invoices, and which is certain; three of a hundred aren't tried."""
    day = dt.date(2024, 1, 1)
    amounts = [Decimal(n**5 * 7_919 % 90_000_049 + 10_000_000) / 100 for n in range(100)]
    entries = [Entry(f"E{n:03}", day, each, "CNY", "C1") for n, each in enumerate(amounts)]
    line = Line(0, amounts[17] + amounts[61], "CNY", day, customer="C1")
    (found,) = match(entries, [line]).matches
    assert found.how is How.BATCH
    assert [entry.id for entry in found.entries] == ["E017", "E061"]
    three = attrs.evolve(line, amount=line.amount + amounts[80])
    assert match(entries, [three]).matches == ()


@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=9),
    st.integers(1, 180),
    st.integers(1, 3),
    st.integers(1, 2),
)
def test_few_of_many_by_brute_force(amounts: list[int], target: int, most: int, least: int) -> None:
    """The same for one, two or three of many; and how many are near, where there is one."""
    hits = FewOfMany(np.array(amounts), most).find(target, least)
    chosen = [
        way for size in range(least, most + 1) for way in combinations(range(len(amounts)), size)
    ]
    ways = [way for way in chosen if sum(amounts[at] for at in way) == target]
    assert hits.count == len(ways)
    assert set(hits.solutions) <= set(ways)
    assert len(set(hits.solutions)) == min(len(ways), SHOWN_MAX)
    if len(ways) == 1:
        width = max(target // 10, 1)
        sums = [sum(amounts[at] for at in way) for way in chosen if len(way) <= len(ways[0])]
        near = sum(abs(one - target) <= width for one in sums)
        grain = 100 if target == 100 else 10 if target % 10 == 0 else 1
        assert hits.chance == near * 1_000_000 * grain // (2 * width + 1)
        if least > 1 or most > 1:
            halves = Sums(tuple(amounts), most).find(target, least)
            assert (halves.count, halves.solutions, halves.chance) == (1, (ways[0],), hits.chance)


@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=9),
    st.integers(1, 150),
    st.integers(2, 6),
)
def test_sums_by_brute_force(amounts: list[int], target: int, most: int) -> None:
    """The number of subsets that come to the target, and the one if there is one."""
    hits = Sums(tuple(amounts), most).find(target)
    ways = [
        chosen
        for size in range(2, most + 1)
        for chosen in combinations(range(len(amounts)), size)
        if sum(amounts[at] for at in chosen) == target
    ]
    assert hits.count == len(ways)
    if len(ways) == 1:
        assert hits.solution == ways[0]


def _ways(costs: dict[tuple[int, int], int]) -> list[tuple[int, int, frozenset[tuple[int, int]]]]:
    """All assignments: fewer pairs first, then dearer ones; so the last is the best."""
    edges = list(costs)
    found = []
    for size in range(len(edges) + 1):
        for chosen in combinations(edges, size):
            lines = {line for line, _ in chosen}
            entries = {entry for _, entry in chosen}
            if len(lines) == len(entries) == size:
                found.append((size, -sum(costs[one] for one in chosen), frozenset(chosen)))
    return found


@given(
    st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 6), max_size=9)
)
def test_certain_pairs_by_brute_force(costs: dict[tuple[int, int], int]) -> None:
    """A pair is certain exactly if every cheapest of the largest assignments contains it."""
    ways = _ways(costs)
    best = max((size, cost) for size, cost, _ in ways)
    optima = [chosen for size, cost, chosen in ways if (size, cost) == best]
    common = frozenset.intersection(*optima)
    assert certain_pairs(costs) == sorted(common)


def together(answer: Matching) -> set[tuple[frozenset[str], frozenset[int]]]:
    """What is matched, without how."""
    return {
        (frozenset(e.id for e in one.entries), frozenset(x.index for x in one.lines))
        for one in answer.matches
    }


@given(stories("exact"))
def test_a_statement_of_our_own_agrees(story: Story) -> None:
    """What we wrote ourselves is matched completely and without a difference."""
    answer = match(story.entries, story.lines)
    assert together(answer) == story.truth
    assert {one.how for one in answer.matches} == {How.REFERENCE}
    assert not answer.proposals + answer.duplicates + answer.entries_left + answer.lines_left


@pytest.mark.parametrize("change", CHANGES)
@given(data=st.data())
def test_each_change_is_found(change: str, data: st.DataObject) -> None:
    """Whatever is done to one line, everything is matched as it was, and the change shows."""
    story = data.draw(stories(change))
    answer = match(story.entries, story.lines)
    found = together(answer)
    assert found == story.truth
    changed = [one for one in answer.matches if story.changed & {e.id for e in one.entries}]
    hows = {one.how for one in changed}
    differences = [one.difference for one in changed if one.difference]
    left = {entry.id for entry in answer.entries_left}
    if change in {"swap-amount", "short-pay"}:
        unchanged = {x.amount for x in story.lines} == {e.amount for e in story.entries}
        assert unchanged or (hows == {How.REFERENCE_AMOUNT_DIFFERS} and len(differences) == 1)
    elif change == "swap-reference":
        same = {x.reference for x in story.lines} == {e.references[0] for e in story.entries}
        assert hows == {How.REFERENCE if same else How.APPROXIMATE}
        assert not differences
    elif change == "drop":
        assert left == story.changed
    elif change == "add":
        assert [line.reference for line in answer.lines_left] == ["ZZ-77"]
    elif change == "duplicate":
        assert [one.line and one.line.index for one in answer.duplicates] == [len(story.entries)]
    elif change in {"split", "merge"}:
        assert hows == {How.REFERENCES}
        assert not differences
