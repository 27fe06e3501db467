# SPDX-License-Identifier: GPL-2.0-or-later
"""When an item falls due: its own `due:`, else its payment terms, else its date (a finding)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from arledger.findings import Finding, Text, finding, say
from arledger.language.accounts import AccountInfo
from arledger.language.documents import Movement
from arledger.language.policies import PolicyBook
from arledger.language.terms import Terms, TermsError, parse_terms
from arledger.money import digits_of

# No due date known, and no terms.
NO_TERMS: tuple[None, None] = (None, None)

# Beancount's own flag on what a pad directive fills in.
PADDING = "P"


@attrs.define
class DueDates:
    """Finds due dates and splits an item into the instalments of its terms."""

    policies: PolicyBook
    findings: list[Finding]
    _simple: dict[tuple[str, date, date | None], date] = attrs.field(factory=dict)
    # What payment terms are known to give by document date, per timeline of terms.
    _known: dict[int, dict[date, tuple[date, Terms]]] = attrs.field(factory=dict)

    def add(self, rule: str, text: Text, movement: Movement) -> None:
        """Note a finding at the item's posting."""
        self.findings.append(
            finding(
                rule,
                text,
                movement.meta,
                movement.date,
                customer=movement.customer,
                item=movement.number,
            )
        )

    def known(self, info: AccountInfo) -> dict[date, tuple[date, Terms]]:
        """By document date, what an account's terms give for a plain item; see `learn`."""
        if info.conditional:
            return {}
        timeline = self.policies.timeline("payment-terms", info.customer, info.account)
        return self._known.setdefault(id(timeline), {})

    def learn(
        self, dues: dict[date, tuple[date, Terms]], day: date, parts: Sequence[Movement]
    ) -> None:
        """Remember what terms gave, where the next item of that day gets just the same."""
        terms = parts[0].terms
        if terms is not None and not terms.from_acceptance:
            due = self._simple.get((terms.text, day, None))
            if due is not None:
                dues[day] = (due, terms)

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
                text = say("terms: {problem}", problem=str(error))
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
            self.add("no-due-date", text, movement)
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
            text = say("payment terms: {problem}", problem=str(error))
            self.add("bad-terms", text, movement)
            return (movement._replace(due=base),)
        if simple and len(parts) == 1:
            self._simple[key] = parts[0].due
        return [movement._replace(due=part.due, amount=part.amount, terms=terms) for part in parts]
