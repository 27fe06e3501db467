# SPDX-License-Identifier: GPL-2.0-or-later
"""When an item falls due: its own `due:`, else its payment terms, else its date (a finding)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

import attrs

from arledger.findings import Finding, Text, finding, say
from arledger.language.accounts import AccountInfo
from arledger.language.documents import Movement
from arledger.language.policies import Policy, PolicyBook
from arledger.language.terms import Terms, TermsError, parse_terms
from arledger.money import digits_of

# No due date known, and no terms.
NO_TERMS: tuple[None, None] = (None, None)

# Beancount's own flag on what a pad directive fills in.
PADDING = "P"


def _is_simple(terms: Terms) -> bool:
    """Whether terms give the whole of any amount one due date, from the invoice's date."""
    return len(terms.parts) == 1 and terms.parts[0].amount is None and not terms.from_acceptance


class _Dues(dict[date, tuple[date | None, Terms | None]]):
    """Document date → due date under terms in force from `start`, reckoned once each."""

    def __init__(self, terms: Terms | None, start: date) -> None:
        super().__init__()
        self._start = start
        self._terms = terms if terms is not None and _is_simple(terms) else None

    def __missing__(self, day: date) -> tuple[date | None, Terms | None]:
        terms = self._terms
        found: tuple[date | None, Terms | None] = NO_TERMS
        if terms is not None and day >= self._start:
            # What lies beyond the calendar is left to the slow way, and its finding.
            with suppress(OverflowError, ValueError):
                found = (terms.parts[0].rule.due(day), terms)
        self[day] = found
        return found


@attrs.define
class DueDates:
    """Finds due dates and splits an item into the instalments of its terms."""

    policies: PolicyBook
    findings: list[Finding]
    _simple: dict[tuple[str, date, date | None], date] = attrs.field(factory=dict)
    # What payment terms are known to give by document date, by their text and first day.
    _shared: dict[tuple[str, date], _Dues] = attrs.field(factory=dict)

    def add(self, rule: str, text: Text, movement: Movement, hint: Text | None = None) -> None:
        """Note a finding at the item's posting."""
        self.findings.append(
            finding(
                rule,
                text,
                movement.meta,
                movement.date,
                customer=movement.customer,
                item=movement.number,
                hint=hint,
            )
        )

    def plain(self, info: AccountInfo) -> Callable[[date], tuple[date | None, Terms | None]]:
        """A function from a document date to the due date of a plain item under its terms.

        It answers (None, None) where terms alone don't tell: none, or instalments, or from
        acceptance, or a conditional account.
        """
        timeline = self.policies.timeline("payment-terms", info.customer, info.account)
        if info.conditional or not timeline.dates:
            return lambda _: NO_TERMS
        dates = timeline.dates
        spans = [self._span(*span) for span in zip(timeline.values, dates, strict=True)]
        if len(spans) == 1:
            # One policy for all time: nearly every account.
            return spans[0].__getitem__

        def by_span(day: date) -> tuple[date | None, Terms | None]:
            at = bisect_right(dates, day)
            return spans[at - 1][day] if at else NO_TERMS

        return by_span

    def _span(self, policies: Sequence[Policy], start: date) -> _Dues:
        """The due dates under one policy, shared by all that have the same terms."""
        text = policies[0].value if policies else ""
        found = self._shared.get((text, start))
        if found is None:
            terms = parse_terms(text) if text else None
            found = self._shared[text, start] = _Dues(terms, start)
        return found

    def split(
        self, movement: Movement, accepted: date | None, own_terms: str | None
    ) -> Sequence[Movement]:
        """The item's instalments, each with its due date; conditional items may have none."""
        terms = self._terms(movement, own_terms)
        if movement.due is not None:
            self._check(movement)
            return (movement._replace(terms=terms),)
        if movement.conditional:
            return (movement,)
        if terms is None:
            return (self._undated(movement),)
        return self._by_terms(movement, terms, accepted)

    def _check(self, movement: Movement) -> None:
        if movement.due is not None and movement.due < movement.document_date:
            text = say(
                "due {due} lies before the invoice date {day}",
                due=movement.due,
                day=movement.document_date,
            )
            self.add("due-before-invoice", text, movement)

    def _undated(self, movement: Movement) -> Movement:
        if movement.transaction.flag == PADDING:
            # The pad itself is a finding already.
            return movement._replace(due=movement.document_date)
        text = say(
            "{amount} {currency} on {account} has neither due: nor payment terms; it counts as "
            "due on {day}",
            amount=movement.amount,
            currency=movement.currency,
            account=movement.account,
            day=movement.document_date,
        )
        self.add("no-due-date", text, movement)
        return movement._replace(due=movement.document_date)

    def _terms(self, movement: Movement, own_terms: str | None) -> Terms | None:
        if own_terms is not None:
            try:
                return parse_terms(own_terms)
            except TermsError as error:
                text = say("terms: {problem}", problem=error.text)
                self.add("bad-terms", text, movement)
        policy = self.policies.timeline("payment-terms", movement.customer, movement.account).one(
            movement.date
        )
        return parse_terms(policy.value) if policy is not None else None

    def _by_terms(
        self, movement: Movement, terms: Terms, accepted: date | None
    ) -> Sequence[Movement]:
        base = movement.document_date
        if terms.from_acceptance and accepted is None:
            text = say(
                'the terms "{terms}" count from acceptance, and there is no accepted: date; the '
                "invoice date counts instead",
                terms=terms.text,
            )
            hint = say("Add accepted: with the date of acceptance to the transaction.")
            self.add("no-due-date", text, movement, hint)
        # A zero invoice is due at once, whatever the terms: it says nothing about the others.
        simple = len(terms.parts) == 1 and bool(movement.amount)
        if simple:
            key = (terms.text, base, accepted)
            due = self._simple.get(key)
            if due is not None:
                return (movement._replace(due=due, terms=terms),)
        digits = digits_of(movement.currency, self.policies.chart.options.precision)
        try:
            parts = terms.instalments(
                movement.amount, movement.currency, base, digits, acceptance=accepted
            )
        except TermsError as error:
            text = say("payment terms: {problem}", problem=error.text)
            self.add("bad-terms", text, movement)
            return (movement._replace(due=base),)
        if simple and len(parts) == 1:
            self._simple[key] = parts[0].due
        return [movement._replace(due=part.due, amount=part.amount, terms=terms) for part in parts]
