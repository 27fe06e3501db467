# SPDX-License-Identifier: GPL-2.0-or-later
"""Why the opening balances differ: what was already different when the period began.

In this order: what an earlier `statement` directive says was agreed; the only documents that
together make the difference - ours from before the period that they haven't booked, ours of the
period that they had booked before, and what is left of items that were paid short, which they
hold to be settled. What is left over stands as unidentified.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import combinations

import attrs

from arledger.findings import say
from arledger.language.statements import BalanceStatement
from arledger.money import ZERO, plain
from arledger.reconciliation.classes import Classifier
from arledger.reconciliation.differences import Difference, Part
from arledger.reconciliation.entries import Document
from arledger.reconciliation.model import Day, DifferenceClass, Side
from arledger.subledger.subledger import OpenItem

# As the matcher bounds its batches.
TOGETHER_MAX = 4
CANDIDATES_MAX = 28


@attrs.frozen
class _Cause:
    """A document that would explain `amount` of the opening difference."""

    amount: Decimal
    before: Document | None = None
    left: Difference | None = None
    rest: OpenItem | None = None


def explain_opening(  # noqa: PLR0913 - one argument per kind of evidence
    gap: Decimal,
    before: Sequence[Document],
    left: Sequence[Difference],
    classifier: Classifier,
    since: Day | None,
) -> tuple[list[Difference], list[Difference]]:
    """The differences that make up `gap` (theirs − ours), and what remains of `left`.

    `left` are the differences of documents of the period that the statement doesn't have; one of
    them that their opening balance had is a difference of date only.
    """
    rest = list(left)
    if not gap:
        return [], rest
    agreed = _agreed(gap, classifier, since)
    if agreed:
        return agreed, rest
    found: list[Difference] = []
    for cause in _only(gap, [*_causes(before, rest), *_rests(classifier, since)]):
        if cause.before is not None:
            one = classifier.of_entry(cause.before.entry)
            found.append(attrs.evolve(one, part=Part.OPENING))
        elif cause.left is not None:
            rest.remove(cause.left)
            found.append(_had_before(cause.left))
        elif cause.rest is not None:
            found.append(_paid_short(cause.rest, classifier))
        gap -= cause.amount
    if gap:
        found.append(_unidentified(gap))
    return found, rest


def _causes(before: Iterable[Document], left: Iterable[Difference]) -> Iterable[_Cause]:
    for document in before:
        yield _Cause(-document.entry.amount, before=document)
    for one in left:
        if one.entries and one.amount == -one.entries[0].amount:
            yield _Cause(-one.amount, left=one)


def _rests(classifier: Classifier, since: Day | None) -> Iterable[_Cause]:
    """Items that were paid in part when the period began."""
    if since is None or since == Day.min:
        return
    eve = since - timedelta(days=1)
    for one in classifier.subledger.at(eve).items:
        item = one.item
        if item.customer == classifier.customer and item.currency == classifier.currency:
            if one.outstanding != item.amount:
                yield _Cause(-one.outstanding, rest=one)


def _paid_short(rest: OpenItem, classifier: Classifier) -> Difference:
    """They hold it to be settled; here something is left of it."""
    document = classifier.document_of(rest.item)
    paid = [one.credit.posted for one in rest.item.applications]
    reason = say(
        "{left} of {item} was left open before the period, last paid on {day}",
        left=plain(rest.outstanding),
        item=rest.item.id,
        day=max(paid, default=rest.item.posted),
    )
    return Difference(
        DifferenceClass.AMOUNT,
        Side.LEDGER,
        -rest.outstanding,
        reason,
        () if document is None else (document.entry,),
        part=Part.OPENING,
    )


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


def _agreed(gap: Decimal, classifier: Classifier, since: Day | None) -> list[Difference]:
    """The differences of the last agreement before the period, if they are the opening one."""
    earlier = [
        one
        for one in classifier.subledger.books.statements
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
