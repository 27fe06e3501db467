# SPDX-License-Identifier: GPL-2.0-or-later
"""Why the opening balances differ: what was already different when the period began.

In this order: what an earlier `statement` directive says was agreed; the only documents that
together make the difference - ours from before the period that they haven't booked, ours of the
period that they had booked before, and what is left of items that were paid short, which they
hold to be settled, and what is held in advance, which to them is a payment. What is left over
stands as unidentified.
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
from arledger.subledger.advances import Advance
from arledger.subledger.model import OpenItem

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
    advance: Advance | None = None


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
    causes = [
        *_causes(opening.before, rest),
        *_rests(classifier, opening.since),
        *_held(classifier, opening.since),
    ]
    for cause in _only(gap, causes):
        if cause.before is not None:
            one = classifier.of_entry(cause.before.entry)
            found.append(attrs.evolve(one, part=Part.OPENING))
        elif cause.left is not None:
            rest.remove(cause.left)
            found.append(_had_before(cause.left))
        elif cause.rest is not None:
            found.append(_paid_short(cause.rest, classifier))
        elif cause.advance is not None:
            found.append(_paid_before(cause.advance, cause.amount))
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


def _held(classifier: Classifier, since: Day | None) -> Iterable[_Cause]:
    """Advances from before the period that are held still: what is applied in it stands there."""
    if since is None or since == Day.min:
        return
    eve = since - timedelta(days=1)
    for advance in classifier.advances:
        held = min(advance.at(eve).open, advance.at(classifier.as_of).open)
        if held > ZERO:
            yield _Cause(-held, advance=advance)


def _paid_before(advance: Advance, amount: Decimal) -> Difference:
    """They have paid it; here it isn't on the receivable accounts."""
    reason = say(
        "a payment in their books; here it is held in advance, {advance} of {day} on {account}",
        advance=advance.id,
        day=advance.date,
        account=advance.posting.account,
    )
    return Difference(
        DifferenceClass.MISSING_IN_LEDGER, Side.STATEMENT, amount, reason, part=Part.OPENING
    )


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
        booked = _booked(one, left, classifier)
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
    return one.amount == -entry.amount and one.agreed in (entry.id, *entry.references)


def _booked(
    one: Difference, left: Sequence[Difference], classifier: Classifier
) -> Difference | None:
    """Theirs was agreed to be missing here; a document of this period is it.

    Called by what they call it, else the only one of that amount where it was under way to us.
    """
    same = [other for other in left if other.amount == -one.amount and other.entries]
    for other in same:
        entry = other.entries[0]
        if one.agreed in entry.references or one.agreed in entry.named:
            return other
    is_theirs = not any(one.agreed in each.entry.references for each in classifier.documents)
    is_under_way = one.cls is DifferenceClass.IN_TRANSIT and one.amount < ZERO and is_theirs
    return same[0] if is_under_way and len(same) == 1 else None


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
