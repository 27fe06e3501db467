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
from arledger.reconciliation.model import Day, DifferenceClass, Entry, Side
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


@attrs.frozen
class Opening:
    """The openings, and what of ours from before the period their lines already are.

    `gap` is theirs − ours; `matched` are our earlier documents that lines of the period matched;
    `before` the earlier ones that no line did.
    """

    gap: Decimal
    since: Day | None
    matched: Sequence[Entry]
    before: Sequence[Document]


def explain_opening(
    opening: Opening, left: Sequence[Difference], classifier: Classifier
) -> tuple[list[Difference], list[Difference]]:
    """The differences that the openings leave, and what remains of `left`.

    `left` are the differences of documents of the period that the statement doesn't have; one of
    them that their opening balance had is a difference of date only.
    """
    found, rest = _agreed(opening, list(left), classifier)
    gap = opening.gap + sum((entry.amount for entry in opening.matched), ZERO)
    gap -= sum((one.amount for one in found), ZERO)
    gap -= sum((one.entries[0].amount for one in found if _is_settled(one)), ZERO)
    if not gap:
        return found, rest
    causes = [*_causes(opening.before, rest), *_rests(classifier, opening.since)]
    for cause in _only(gap, causes):
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


def _is_settled(one: Difference) -> bool:
    """A document of the period that their opening balance had."""
    return one.cls is DifferenceClass.DATE and bool(one.entries)


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
        is_own = item.customer == classifier.customer and item.currency == classifier.currency
        if is_own and one.outstanding != item.amount:
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


def _agreed(
    opening: Opening, left: list[Difference], classifier: Classifier
) -> tuple[list[Difference], list[Difference]]:
    """What the last agreement before the period explains: what of it is settled since, and not.

    It counts where the openings differ by just what was agreed.
    """
    last = _last(opening, classifier)
    if last is None:
        return [], left
    found: list[Difference] = []
    matched = list(opening.matched)
    for one in _as_agreed(last, opening.gap):
        entry = next((each for each in matched if _is_about(one, each)), None)
        if entry is not None:
            matched.remove(entry)
            continue
        booked = next((each for each in left if _is_booked(one, each)), None)
        if booked is None:
            found.append(one)
        else:
            left.remove(booked)
            found.append(_had_before(booked))
    return found, left


def _last(opening: Opening, classifier: Classifier) -> BalanceStatement | None:
    earlier = [
        one
        for one in classifier.subledger.books.statements
        if one.agreed
        and one.customer == classifier.customer
        and one.currency == classifier.currency
        and opening.since is not None
        and one.date < opening.since
    ]
    last = max(earlier, key=lambda one: one.date, default=None)
    if last is None or last.theirs is None or last.theirs - last.balance != opening.gap:
        return None
    return last


def _is_about(one: Difference, entry: Entry) -> bool:
    """Ours was agreed to be missing there; a line of this period is it."""
    return one.amount == -entry.amount and one.agreed in entry.references


def _is_booked(one: Difference, other: Difference) -> bool:
    """Theirs was agreed to be missing here; a document of this period is it."""
    return (
        other.amount == -one.amount
        and bool(other.entries)
        and one.agreed in other.entries[0].references
    )


def _as_agreed(last: BalanceStatement, gap: Decimal) -> Iterable[Difference]:
    amounts = [one.amount for one in last.differences if one.amount is not None]
    if len(amounts) != len(last.differences) or sum(amounts, ZERO) != gap:
        yield Difference(
            DifferenceClass.MISSING_IN_STATEMENT,
            Side.LEDGER,
            gap,
            say("agreed on {day}", day=last.date),
            part=Part.OPENING,
        )
        return
    for one in last.differences:
        yield Difference(
            DifferenceClass(one.kind) if one.kind else DifferenceClass.MISSING_IN_STATEMENT,
            Side.STATEMENT if one.kind in _THEIRS else Side.LEDGER,
            one.amount or ZERO,
            say("agreed on {day}: {difference}", day=last.date, difference=one.text),
            agreed=one.number,
            part=Part.OPENING,
        )


_THEIRS = frozenset({DifferenceClass.MISSING_IN_LEDGER.value, DifferenceClass.UNIDENTIFIED.value})
