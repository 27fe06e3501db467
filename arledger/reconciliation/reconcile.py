# SPDX-License-Identifier: GPL-2.0-or-later
"""The reconciliation of a customer's balance with the customer's own statement.

    our balance ± differences, each with its class and its evidence = their balance

holds to the last digit, whatever the statement says: what can't be explained stands as a
difference of its own. Documents of ours from outside the period explain lines within it: a
receipt booked after the statement's end proves that their payment was in transit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

import attrs

from arledger.discounts import discount_base, last_days
from arledger.findings import Text, say
from arledger.money import ZERO, digits_of, exact, round_half_up, times
from arledger.reconciliation.classes import Classifier
from arledger.reconciliation.differences import (
    Difference,
    Notice,
    Part,
    Population,
    Reconciliation,
    Windows,
    net,
)
from arledger.reconciliation.entries import (
    GIVING_BACK,
    Document,
    currencies,
    ledger_balance,
    movements,
    open_documents,
)
from arledger.reconciliation.matching import MatchRules, match
from arledger.reconciliation.matching.hints import hint as why
from arledger.reconciliation.model import (
    Candidate,
    Day,
    DifferenceClass,
    Entry,
    How,
    Line,
    Match,
    Matching,
    Proposal,
    Side,
    Statement,
)
from arledger.reconciliation.opening import Opening, explain_opening
from arledger.reconciliation.whose import (
    InOneCurrency,
    Oriented,
    day_span,
    in_currency,
    oriented,
    population_of,
    squeezed,
    suspicions,
)
from arledger.subledger.model import Item
from arledger.subledger.subledger import Subledger

# Found by what the documents are called, and equal: no document from elsewhere has a better claim.
_STRONG = frozenset({How.NAMED, How.REFERENCE, How.REFERENCES})


class ReconcileError(Exception):
    """What can't be asked; `text` says why, in one sentence."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


@attrs.frozen
class Wanted:
    """What the person who asks has settled; None is found out.

    `today` is the as-of date of a statement without any date.
    """

    today: Day
    currency: str | None = None
    as_of: Day | None = None
    side: str | None = None
    population: Population | None = None
    since: Day | None = None
    until: Day | None = None
    windows: Windows = attrs.field(factory=Windows)


@attrs.frozen(eq=False)
class Scope:
    """What of ours is compared: `inside` must be in the statement, `outside` may explain lines.

    The openings are None for a list of open items. `assumed` says that theirs is ours.
    """

    inside: tuple[Document, ...]
    earlier: tuple[Document, ...]
    outside: tuple[Document, ...]
    since: Day | None
    ledger_opening: Decimal | None = None
    statement_opening: Decimal | None = None
    assumed: bool = False


@attrs.frozen(eq=False)
class Pairs:
    """The matcher's answer on what is inside, and lines that documents from outside explain."""

    matching: Matching
    outside: tuple[Match, ...]


@attrs.frozen(eq=False)
class Case:
    """Both sides, ready to be compared: ours in one currency, theirs from our side.

    `until` is the statement's end, `as_of` the day of our balance.
    """

    subledger: Subledger
    customer: str
    currency: str
    documents: tuple[Document, ...]
    chosen: InOneCurrency
    turned: Oriented
    until: Day
    as_of: Day
    wanted: Wanted

    @property
    def statement(self) -> Statement:
        """The statement, from our side."""
        return self.turned.statement


@exact
def reconcile(
    subledger: Subledger, statement: Statement, customer: str, wanted: Wanted
) -> Reconciliation:
    """Compare the customer's documents with its statement, in one currency.

    Raises `ReconcileError` where the currency can't be told, or the statement has none of it.
    """
    case = _case(subledger, statement, customer, wanted)
    open_ones = open_documents(subledger, customer, case.currency, case.as_of, case.documents)
    population, reason = population_of(
        case.statement, [one for one in open_ones if one.entry.amount < ZERO]
    )
    if wanted.population is not None:
        population, reason = wanted.population, say("as asked for")
    balance = ledger_balance(subledger, customer, case.currency, case.as_of)
    scope = _scope(case, population, open_ones, balance)
    pairs = _pair(case, scope, _rules(case, scope.inside))
    differences, matched = _differences(scope, pairs, _classifier(case, scope, population), case)
    return Reconciliation(
        customer,
        subledger.chart.customer(customer).name,
        case.currency,
        case.as_of,
        scope.since,
        case.until,
        case.statement,
        population,
        reason,
        case.turned.side,
        case.turned.reason,
        scope.ledger_opening,
        scope.statement_opening,
        balance,
        _statement_balance(scope, case.statement),
        tuple(sorted(matched, key=lambda one: _in_file(one.lines[0]))),
        tuple(sorted(differences, key=lambda one: one.order)),
        pairs.matching.proposals,
        tuple(_notices(case, scope)),
    )


def _case(subledger: Subledger, statement: Statement, customer: str, wanted: Wanted) -> Case:
    statement = attrs.evolve(
        statement,
        from_date=wanted.since or statement.from_date,
        to_date=wanted.until or statement.to_date,
    )
    currency = _currency(subledger, statement, customer, wanted)
    documents = movements(subledger, customer, currency)
    chosen = _named(_chosen(subledger, statement, currency), customer, documents)
    turned = oriented(
        _of_currency(statement, chosen, currency), documents, wanted.side, wanted.as_of
    )
    _, last = day_span(chosen.lines)
    until = statement.to_date or last or wanted.as_of or wanted.today
    return Case(
        subledger,
        customer,
        currency,
        documents,
        chosen,
        turned,
        until,
        wanted.as_of or until,
        wanted,
    )


def _classifier(case: Case, scope: Scope, population: Population) -> Classifier:
    lines = case.statement.lines
    return Classifier(
        case.subledger,
        case.customer,
        case.currency,
        case.as_of,
        case.until,
        case.wanted.windows,
        population,
        (*case.documents, *scope.inside),
        {line.index: line.place.line for line in lines if line.place is not None},
    )


# What is compared.


def _currency(subledger: Subledger, statement: Statement, customer: str, wanted: Wanted) -> str:
    if wanted.currency is not None:
        return wanted.currency
    if statement.currency:
        return statement.currency
    own = currencies(subledger, customer)
    written = sorted({line.currency for line in statement.lines if line.currency})
    both = [one for one in own if one in written] or list(own) or written
    if len(both) == 1:
        return both[0]
    if not both:
        return subledger.books.operating_currency or ""
    raise ReconcileError(
        say(
            "which currency is meant can't be told; name it with --currency: {currencies}",
            currencies=", ".join(both),
        )
    )


def _chosen(subledger: Subledger, statement: Statement, currency: str) -> InOneCurrency:
    digits = digits_of(currency, subledger.options.precision)
    chosen = in_currency(statement, currency, digits)
    if statement.lines and not chosen.lines:
        raise ReconcileError(
            say(
                "the statement has no line in {currency}, it is in {others}: another currency's "
                "statement?",
                currency=currency,
                others=", ".join(chosen.left_out),
            )
        )
    return chosen


def _named(chosen: InOneCurrency, customer: str, documents: Iterable[Document]) -> InOneCurrency:
    """The lines as the customer's own; one that the ledger names has its reference for a key."""
    keys = {key for one in documents for key in one.entry.named}
    lines = tuple(
        attrs.evolve(
            line,
            customer=customer,
            key=line.reference if line.key is None and line.reference in keys else line.key,
        )
        for line in chosen.lines
    )
    return attrs.evolve(chosen, lines=lines)


def _in_file(line: Line) -> int:
    return line.index if line.place is None else line.place.line


def _of_currency(statement: Statement, chosen: InOneCurrency, currency: str) -> Statement:
    """The statement with these lines; balances of other lines, too, are no balances of these."""
    foreign = bool(statement.currency) and statement.currency != currency
    foreign = foreign or bool(chosen.left_out)
    return attrs.evolve(
        statement,
        lines=chosen.lines,
        opening=None if foreign else statement.opening,
        closing=None if foreign else statement.closing,
    )


def _scope(
    case: Case, population: Population, open_ones: tuple[Document, ...], balance: Decimal
) -> Scope:
    later = _later(case.documents, case.as_of, case.wanted.windows)
    if population is Population.MOVEMENTS:
        return _movements(case, later, balance)
    is_open = {id(one.source) for one in open_ones}
    settled = [
        one for one in case.documents if one.posted <= case.as_of and id(one.source) not in is_open
    ]
    return Scope(open_ones, (), (*settled, *later), None)


def _later(documents: Iterable[Document], as_of: Day, windows: Windows) -> tuple[Document, ...]:
    days = timedelta(days=min(windows.later_days, (Day.max - as_of).days))
    return tuple(one for one in documents if as_of < one.posted <= as_of + days)


def _movements(case: Case, later: tuple[Document, ...], balance: Decimal) -> Scope:
    statement, wanted = case.statement, case.wanted
    total = sum((line.amount for line in statement.lines), ZERO)
    theirs = statement.opening
    if theirs is None and statement.closing is not None:
        theirs = statement.closing - total
    known = [one for one in case.documents if one.posted <= case.as_of]
    since = _since(statement, known, theirs, wanted)
    inside = tuple(one for one in known if since is None or one.counts_from >= since)
    ours = balance - sum((one.entry.amount for one in inside), ZERO)
    earlier: tuple[Document, ...] = ()
    if since is not None and theirs is not None and theirs != ours:
        days = timedelta(days=min(wanted.windows.earlier_days, (since - Day.min).days))
        earlier = tuple(one for one in known if since - days <= one.counts_from < since)
    return Scope(
        inside,
        earlier,
        (*earlier, *later),
        since,
        ours,
        ours if theirs is None else theirs,
        assumed=theirs is None and bool(ours),
    )


def _since(
    statement: Statement, known: Sequence[Document], theirs: Decimal | None, wanted: Wanted
) -> Day | None:
    """The first day of the period.

    Where only the lines tell it, the period may have begun before the first of them: it did on
    the last day before which our balance was their opening balance, if that is not long ago.
    """
    if wanted.since is not None:
        return wanted.since
    first, _ = day_span(statement.lines)
    start = statement.from_date or first
    if start is None or start != first or theirs is None:
        return start
    reach = timedelta(days=min(wanted.windows.later_days, (start - Day.min).days))
    total = sum((one.entry.amount for one in known if one.counts_from < start), ZERO)
    if total == theirs:
        return start
    amounts: dict[Day, Decimal] = {}
    for one in known:
        if start - reach <= one.counts_from < start:
            amounts[one.counts_from] = amounts.get(one.counts_from, ZERO) + one.entry.amount
    for day in sorted(amounts, reverse=True):
        total -= amounts[day]
        if total == theirs:
            return day
    return start


def _statement_balance(scope: Scope, statement: Statement) -> Decimal:
    if statement.closing is not None:
        return statement.closing
    total = sum((line.amount for line in statement.lines), ZERO)
    return (scope.statement_opening or ZERO) + total


# Pairing.


# Rates of value-added tax that a customer may have left out, or added: they only explain.
TAX_RATES = tuple(map(Decimal, ("0.13", "0.09", "0.06", "0.03")))


def _rules(case: Case, documents: Iterable[Document]) -> MatchRules:
    """The matcher's rules; the tolerance is what the ledger grants the customer on the day."""
    policies, as_of = case.subledger.policies, case.as_of
    accounts = case.subledger.chart.customer(case.customer).accounts
    tolerance = {
        policy.key: policy.value.number
        for account in accounts[:1]
        for policy in policies.timeline("tolerance", case.customer, account).at(as_of)
    }
    return MatchRules(
        tolerance=tolerance,
        window_days=case.wanted.windows.date_days,
        currency=case.currency,
        discounts=dict(_discounts(case.subledger, documents, as_of)),
        tax_rates=TAX_RATES,
    )


def _discounts(
    subledger: Subledger, documents: Iterable[Document], as_of: Day
) -> Iterable[tuple[str, tuple[Decimal, ...]]]:
    """What early payment of each invoice would have saved, one amount a step of its terms.

    A receipt for an invoice is short by the same.
    """
    for one in documents:
        items = subledger.items_by_number.get((one.entry.customer or "", one.names or ""), ())
        if isinstance(one.source, Item):
            items = (one.source,)
        steps = [step for item in items for step in _steps(subledger, item, as_of)]
        if steps:
            yield one.entry.id, tuple(steps)


def _steps(subledger: Subledger, item: Item, as_of: Day) -> Iterable[Decimal]:
    digits = digits_of(item.currency, subledger.options.precision)
    base = discount_base(item, as_of)
    for _, percent in last_days(item):
        yield round_half_up(times(base, percent).scaleb(-2), digits)


def _pair(case: Case, scope: Scope, rules: MatchRules) -> Pairs:
    """Match what is inside; a line that has name and amount of a document outside is that one."""
    lines = case.statement.lines
    inside = [one.entry for one in scope.inside]
    known = _Known.of(case)
    matching = _matched(inside, lines, rules, known)
    outside = [one.entry for one in scope.outside]
    if not outside:
        return Pairs(matching, ())
    loose = _loose(matching)
    strong = [
        one
        for one in match(outside, loose, rules).matches
        if one.how in _STRONG and not one.difference
    ]
    held = {line.index for one in strong for line in one.lines}
    if held - {line.index for line in matching.lines_left}:
        matching = _matched(
            inside, [line for line in lines if line.index not in held], rules, known
        )
    used = {entry.id for one in strong for entry in one.entries}
    rest = [line for line in matching.lines_left if line.index not in held]
    weak = [
        one
        for one in match([e for e in outside if e.id not in used], rest, rules).matches
        if not one.difference
    ]
    found = (*strong, *weak)
    gone = {line.index for one in found for line in one.lines}
    left = tuple(line for line in matching.lines_left if line.index not in gone)
    return Pairs(attrs.evolve(matching, lines_left=left), found)


@attrs.frozen(eq=False)
class _Known:
    """The numbers of all the customer's documents, and the entries that give money back."""

    ours: Collection[str]
    giving_back: Collection[str]

    @classmethod
    def of(cls, case: Case) -> _Known:
        """Of a case."""
        documents = case.documents
        return cls(
            {squeezed(name) for one in documents for name in one.entry.references},
            {one.entry.id for one in documents if one.kind in GIVING_BACK},
        )

    def names(self, line: Line) -> bool:
        """Whether the line's number is one of ours."""
        return line.reference is not None and squeezed(line.reference) in self.ours


def _matched(
    entries: Sequence[Entry], lines: Sequence[Line], rules: MatchRules, known: _Known
) -> Matching:
    """The matcher's answer, and what a customer's statement makes certain beyond it.

    The matcher leaves to a person what a payment names and is far from. A statement lists
    documents: one of the same number is the same, however far its amount is off.
    And a number of theirs is no other number of ours: see `_bears_their_number`.
    """
    found = _without_others(match(entries, lines, rules), entries, known)
    theirs_only = not any(known.names(line) for line in lines if line.amount > ZERO)
    more, left = [], []
    for one in found.proposals:
        how = one.candidates[0].how if len(one.candidates) == 1 else None
        is_pair = len(one.entries) == len(one.lines) == 1
        if is_pair and how is How.REFERENCE_AMOUNT_DIFFERS:
            hint = why(one.entries, one.lines, one.lines[0].amount, rules)
            more.append(Match(one.entries, one.lines, how, net(one.entries, one.lines), hint))
        elif (
            is_pair
            and how is How.UNIQUE_AMOUNT
            and _bears_their_number(one, known, theirs_only=theirs_only)
        ):
            more.append(Match(one.entries, one.lines, how, net(one.entries, one.lines)))
        else:
            left.append(one)
    if not more:
        return found
    return attrs.evolve(found, matches=(*found.matches, *more), proposals=tuple(left))


# Found without the very number.
_LOOSE = frozenset({How.APPROXIMATE, How.UNIQUE_AMOUNT, How.BATCH})


def _without_others(found: Matching, entries: Sequence[Entry], known: _Known) -> Matching:
    """An invoice's line with the very number of a document that isn't compared is no other one.

    A settled invoice that they hold to be open, say: what resembles it is proposed only.
    """
    inside = {squeezed(name) for entry in entries for name in entry.references}
    doubtful = [
        one
        for one in found.matches
        if one.how in _LOOSE and any(_is_another(line, inside, known) for line in one.lines)
    ]
    if not doubtful:
        return found
    reason = say("amount and date agree, but the line bears another number")
    proposals = [
        Proposal(one.entries, one.lines, (Candidate(one.entries, one.lines, one.how, reason),))
        for one in doubtful
    ]
    return attrs.evolve(
        found,
        matches=tuple(one for one in found.matches if one not in doubtful),
        proposals=(*found.proposals, *proposals),
    )


def _is_another(line: Line, inside: Collection[str], known: _Known) -> bool:
    number = squeezed(line.reference) if line.reference else ""
    return line.amount > ZERO and number in known.ours and number not in inside


def _bears_their_number(one: Proposal, known: _Known, *, theirs_only: bool) -> bool:
    """Whether the line's number is one of the customer's own, and says nothing against the pair.

    Customers number their payments, what comes back of them, and vouchers themselves; our receipts
    have the invoice's number or none. An invoice's number is ours, unless they give all of ours
    numbers of their own.
    """
    (line,), (entry,) = one.lines, one.entries
    if known.names(line):
        return False
    return line.amount < ZERO or theirs_only or entry.id in known.giving_back


def _loose(matching: Matching) -> list[Line]:
    """Lines that nothing of ours inside has by its name and amount."""
    loose = [*matching.lines_left]
    for proposal in matching.proposals:
        loose.extend(proposal.lines)
    for one in matching.matches:
        if one.how not in _STRONG or one.difference:
            loose.extend(one.lines)
    return sorted(loose, key=lambda line: line.index)


# Differences.


def _differences(
    scope: Scope, pairs: Pairs, classifier: Classifier, case: Case
) -> tuple[list[Difference], tuple[Match, ...]]:
    """Every difference, and the matches: those inside and those over the opening balance."""
    matching = pairs.matching
    earlier = {one.entry.id for one in scope.earlier}
    over_opening = [one for one in pairs.outside if _all_in(one.entries, earlier)]
    found = [classifier.proven(one) for one in pairs.outside if one not in over_opening]
    matched = (*matching.matches, *over_opening)
    for one in matched:
        found.extend(classifier.of_match(one))
    for proposal in matching.proposals:
        found.extend(classifier.of_proposal(proposal))
    found.extend(classifier.of_duplicate(one) for one in matching.duplicates)
    found.extend(classifier.of_line(line) for line in matching.lines_left)
    left = [classifier.of_entry(entry) for entry in matching.entries_left]
    if scope.ledger_opening is not None and scope.statement_opening is not None:
        before = tuple(entry for one in over_opening for entry in one.entries)
        taken = {entry.id for entry in before}
        opening, left = explain_opening(
            Opening(
                scope.statement_opening - scope.ledger_opening,
                scope.since,
                before,
                [one for one in scope.earlier if one.entry.id not in taken],
            ),
            left,
            classifier,
        )
        found.extend(opening)
    found.extend(left)
    found.extend(_sum_gap(scope, case.statement))
    return found, matched


def _all_in(entries: Iterable[Entry], ids: Collection[str]) -> bool:
    return all(entry.id in ids for entry in entries)


def _sum_gap(scope: Scope, statement: Statement) -> Iterable[Difference]:
    """A statement that doesn't add up: its closing balance is not what its lines come to."""
    if statement.closing is None:
        return
    total = sum((line.amount for line in statement.lines), ZERO)
    total += scope.statement_opening or ZERO
    if statement.closing != total:
        yield Difference(
            DifferenceClass.UNIDENTIFIED,
            Side.STATEMENT,
            statement.closing - total,
            say(
                "the statement doesn't add up: opening and lines make {total}, its closing balance "
                "is {closing}",
                total=total,
                closing=statement.closing,
            ),
            part=Part.SUM,
        )


# What is said first.


def _notices(case: Case, scope: Scope) -> Iterable[Notice]:
    statement, currency = case.statement, case.currency
    yield from suspicions(case.subledger, statement, case.customer, case.documents, currency)
    for remark in statement.remarks:
        yield Notice(remark.text, remark.place, remark.grave)
    for other, count in case.chosen.left_out.items():
        yield Notice(
            say(
                "{count} lines in {other} are left out; --currency {other} reconciles them",
                count=count,
                other=other,
            )
        )
    if scope.assumed:
        yield Notice(
            say(
                "the statement has neither an opening nor a closing balance; its opening balance "
                "is taken to be ours, {opening} {currency}",
                opening=scope.ledger_opening,
                currency=currency,
            )
        )
