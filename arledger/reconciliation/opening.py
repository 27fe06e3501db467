# SPDX-License-Identifier: GPL-2.0-or-later
"""Why the opening balances differ: what was already different when the period began.

In this order: what an earlier `statement` directive says was agreed; the only documents that
together make the difference - ours from before the period that they haven't booked, or ours of
the period that they had booked before. What is left stands as unidentified.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations

import attrs

from arledger.findings import say
from arledger.language.statements import BalanceStatement
from arledger.money import ZERO
from arledger.reconciliation.classes import Classifier
from arledger.reconciliation.differences import Difference, Part
from arledger.reconciliation.entries import Document
from arledger.reconciliation.model import Day, DifferenceClass, Side
from arledger.subledger.subledger import Subledger

# As the matcher bounds its batches.
TOGETHER_MAX = 4
CANDIDATES_MAX = 28


@attrs.frozen
class _Cause:
    """A document that would explain `amount` of the opening difference."""

    amount: Decimal
    before: Document | None = None
    left: Difference | None = None


def explain_opening(  # noqa: PLR0913 - one argument per kind of evidence
    gap: Decimal,
    before: Sequence[Document],
    left: Sequence[Difference],
    classifier: Classifier,
    subledger: Subledger,
    since: Day | None,
) -> tuple[list[Difference], list[Difference]]:
    """The differences that make up `gap` (theirs − ours), and what remains of `left`.

    `left` are the differences of documents of the period that the statement doesn't have; one of
    them that their opening balance had is a difference of date only.
    """
    rest = list(left)
    if not gap:
        return [], rest
    agreed = _agreed(gap, classifier, subledger, since)
    if agreed:
        return agreed, rest
    causes = [_Cause(-one.entry.amount, before=one) for one in before]
    causes += [
        _Cause(-one.amount, left=one)
        for one in rest
        if one.entries and one.amount == -one.entries[0].amount
    ]
    found: list[Difference] = []
    for cause in _only(gap, causes):
        if cause.before is not None:
            one = classifier.of_entry(cause.before.entry)
            found.append(attrs.evolve(one, part=Part.OPENING))
        elif cause.left is not None:
            rest.remove(cause.left)
            found.append(_had_before(cause.left))
        gap -= cause.amount
    if gap:
        found.append(_unidentified(gap))
    return found, rest


def _only(gap: Decimal, causes: Sequence[_Cause]) -> Sequence[_Cause]:
    """The only documents that together make the gap; none where there are several ways."""
    single = [one for one in causes if one.amount == gap]
    if len(causes) > CANDIDATES_MAX:
        return single if len(single) == 1 else ()
    ways = [
        some
        for size in range(1, TOGETHER_MAX + 1)
        for some in combinations(causes, size)
        if sum((one.amount for one in some), ZERO) == gap
    ]
    return ways[0] if len(ways) == 1 else ()


def _had_before(one: Difference) -> Difference:
    reason = say("dated {day} by us; their opening balance has it already", day=one.entries[0].date)
    return attrs.evolve(
        one,
        cls=DifferenceClass.DATE,
        side=Side.LEDGER,
        amount=ZERO,
        reason=reason,
        proof=(),
        part=Part.OPENING,
    )


def _unidentified(gap: Decimal) -> Difference:
    return Difference(
        DifferenceClass.UNIDENTIFIED,
        Side.STATEMENT,
        gap,
        say("the opening balances differ, and no documents explain it"),
        part=Part.OPENING,
    )


# What was agreed before.


def _agreed(
    gap: Decimal, classifier: Classifier, subledger: Subledger, since: Day | None
) -> list[Difference]:
    """The differences of the last agreement before the period, if they are the opening one."""
    earlier = [
        one
        for one in subledger.books.statements
        if one.agreed
        and one.customer == classifier.customer
        and one.currency == classifier.currency
        and since is not None
        and one.date < since
    ]
    if not earlier:
        return []
    last = max(earlier, key=lambda one: one.date)
    if last.theirs is None or last.theirs - last.balance != gap:
        return []
    return list(_as_agreed(last, gap))


def _as_agreed(last: BalanceStatement, gap: Decimal) -> Iterable[Difference]:
    amounts = [one.amount for one in last.differences if one.amount is not None]
    reason = say("agreed on {day}", day=last.date)
    if len(amounts) != len(last.differences) or sum(amounts, ZERO) != gap:
        yield Difference(
            DifferenceClass.MISSING_IN_STATEMENT, Side.LEDGER, gap, reason, part=Part.OPENING
        )
        return
    for one in last.differences:
        cls = DifferenceClass(one.kind) if one.kind else DifferenceClass.MISSING_IN_STATEMENT
        yield Difference(
            cls,
            Side.LEDGER,
            one.amount or ZERO,
            say("agreed on {day}: {difference}", day=last.date, difference=one.text),
            part=Part.OPENING,
        )
