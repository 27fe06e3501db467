# SPDX-License-Identifier: GPL-2.0-or-later
"""The law of the store: a ledger that was stored answers as the one that was loaded."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from arledger.advances import advances
from arledger.aging import BY, aging
from arledger.allowance import adjustments, allowance
from arledger.credit import credit
from arledger.exposure import Exposures, Owed, group_exposure, group_subjects
from arledger.language.documents import Waiver
from arledger.language.policies import Policy
from arledger.letter import Writer, balances
from arledger.load import Ledger as LoadedLedger
from arledger.open_items import open_items
from arledger.roll_forward import roll_forward
from arledger.statement import statements
from arledger.store.keeping import store
from arledger.store.restoring import restored
from arledger.subledger.advances import Advance
from arledger.subledger.model import Credit, Item, Taken
from arledger.subledger.subledger import Subledger
from tests.properties.figures import Loaded, half, load
from tests.properties.strategies import DAYS, OPTIONS, POLICIES, Ledger, ledgers

anything = ledgers(
    policies=tuple(POLICIES), options=tuple(OPTIONS), groups=True, rates=True, customers_max=3
)
days = st.sampled_from(DAYS) | st.sampled_from([day + dt.timedelta(days=40) for day in DAYS])


def stored(loaded: Loaded) -> Subledger:
    """The subledger as it comes out of a database."""
    options = {**loaded.options, "include": ["ledger.beancount"], "title": "T"}
    ledger = LoadedLedger(
        Path("/ledger.beancount"),
        loaded.entries,
        options,
        loaded.subledger,
        complete=True,
        errors=(),
    )
    connection = sqlite3.connect(":memory:")
    store(connection, ledger)
    return restored(connection).subledger


@given(anything, days, days)
@half
def test_what_was_stored_answers_as_what_was_loaded(
    ledger: Ledger, day: dt.date, since: dt.date
) -> None:
    """Every question, to the last digit, place and id; whatever is asked first."""
    loaded = load(ledger.text())
    ours, theirs = loaded.subledger, stored(loaded)
    for name, question in QUESTIONS.items():
        assert told(question(theirs, day, since)) == told(question(ours, day, since)), name


def _conversions(subledger: Subledger, day: dt.date, _: dt.date) -> Any:
    return [aging(subledger, day, by=by, into="EUR") for by in BY]


QUESTIONS: Mapping[str, Any] = {
    "aging": lambda s, day, _: [
        aging(s, day, by=by, basis=b) for by in BY for b in ("due", "invoice")
    ],
    "conversions": _conversions,
    "open items": lambda s, day, _: open_items(s, day),
    "all items": lambda s, day, _: open_items(s, day, settled=True),
    "credit": lambda s, day, _: credit(s, day),
    "one customer": lambda s, day, _: credit(s, day, customers={"C1"}),
    "allowance": lambda s, day, _: (allowance(s, day), adjustments(s, allowance(s, day))),
    "roll-forward": lambda s, day, since: roll_forward(s, min(day, since), max(day, since)),
    "advances": lambda s, day, _: advances(s, day, settled=True),
    "statements": lambda s, day, since: statements(s, day, start=since),
    "a statement": lambda s, day, _: statements(s, day, customers={"C1"}),
    "letters": lambda s, day, _: [
        Writer(s, day, customer, "en", "T").letter(stated)
        for customer, stated in balances(s, day, ["C1", "C2"]).items()
    ],
    "balances": lambda s, day, _: s.at(day).balances,
    "parties": lambda s, *_: s.parties,
    "numbers": lambda s, *_: s.items_by_number,
    "customers by number": lambda s, *_: s.customers_by_number,
    "applications": lambda s, *_: s.applications,
    "documents": lambda s, *_: ([*s.items], [*s.credits], len(s.items), s.items[-1:]),
    "advance movements": lambda s, *_: [
        (m.date, m.customer, m.number, m.names, _place(m.meta)) for m in s.books.advances
    ],
}


def told(answer: Any) -> Any:
    """An answer as plain values. A document is told by all that the store keeps of it."""
    for kind, tell in DOCUMENTS.items():
        if isinstance(answer, kind):
            return told(tell(answer))
    if attrs.has(type(answer)):
        fields = [told(getattr(answer, field.name)) for field in attrs.fields(type(answer))]
        return (type(answer).__name__.removeprefix("Stored"), fields)
    if isinstance(answer, Mapping):
        return {str(key): told(value) for key, value in answer.items()}
    if isinstance(answer, (frozenset, set)):
        return sorted(answer)
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return [told(one) for one in answer]
    return str(answer) if isinstance(answer, Decimal) else answer


def _item(one: Item) -> Any:
    return (*_own(one, "number", "instalment", "conditional"), [*_applied(one)])


def _credit(one: Credit) -> Any:
    return (*_own(one, "number", "names", "waits"), [*_applied(one)], one.taken)


DOCUMENTS: Mapping[type, Any] = {
    Item: _item,
    Credit: _credit,
    Taken: lambda one: (
        *(one.date, one.amount, one.kind, one.number, _place(one.meta)),
        one.transaction.narration,
    ),
    Advance: lambda one: (one.id, one.number, one.known, one.posting.account, _place(one.meta)),
    Waiver: lambda one: (*attrs.astuple(one, recurse=False)[:-1], _place(one.transaction.meta)),
    Policy: lambda one: (*attrs.astuple(one, recurse=False)[:-1], _place(one.entry.meta)),
}


def _own(document: Item | Credit, *names: str) -> Iterator[Any]:
    common = ("id", "index", "kind", "customer", "account", "currency", "date", "posted", "due")
    for name in (*common, "amount", "contract", *names):
        yield str(getattr(document, name))
    origin = getattr(document, "origin", None)
    transaction = document.transaction
    yield (
        _place(document.meta),
        transaction.payee,
        transaction.narration,
        document.posting.account,
        None if origin is None else origin.index,
    )


def _applied(document: Item | Credit) -> Iterator[Any]:
    for one in document.applications:
        yield (one.seq, one.date, one.item.id, one.credit.id, one.amount, one.named, [*one.undone])


def _place(meta: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (meta or {}).get("filename"), (meta or {}).get("lineno")


@given(anything, days)
@half
def test_what_is_owed_is_what_the_exposures_come_to(ledger: Ledger, day: dt.date) -> None:
    """From what is open on a day, and from all that was posted up to it."""
    subledger = load(ledger.text()).subledger
    owed, exposures = Owed.at(subledger, day), Exposures.of_ledger(subledger)
    assert owed.customers == exposures.customers
    for customer in owed.customers:
        assert owed.of(customer) == exposures.of(customer).at(day)
    for subject in group_subjects(subledger):
        assert owed.of_group(subject) == group_exposure(subledger, subject, exposures).at(day)
