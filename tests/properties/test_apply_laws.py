# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of cash application: nothing is lost, nothing twice, nothing more than is open."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from random import Random

import attrs
from beancount.core.data import Transaction
from beancount.core.interpolate import compute_residual
from hypothesis import given
from hypothesis import strategies as st

from arledger.check import find
from arledger.reconciliation.applied import Applied, Outcome, Status
from arledger.reconciliation.apply import apply
from arledger.reconciliation.bank_links import link_text
from arledger.reconciliation.booking import ledger_text
from arledger.reconciliation.model import BankEntry
from arledger.subledger.model import Item
from tests.properties.figures import ZERO, Loaded, load
from tests.properties.strategies import (
    AMOUNTS,
    BANK,
    CURRENCIES,
    DAYS,
    END,
    PAYEES,
    Ledger,
    ledgers,
)
from tests.reconciliation.receiving import bank_file

# Invoice numbers that are telling, in the place of the short ones.
_SHORT = re.compile(r'(?<=["^])A([1-4])(?=[" \n])')
_CUSTOMER = re.compile(r'^  customer: "(C[1-3])"$', re.MULTILINE)
NAMES = {name: f"Customer {name} Ltd" for name in ("C1", "C2", "C3")}
PAYERS = (*NAMES.values(), *(name.replace("\\", "") for name in PAYEES.values()), "", "Nobody")
REFERENCES = ("R#1", "R 2", "R-3", "R4", "R5", "R6", "r6", "R-7", "R-8", "R-9")
WORDS = ("INV-0001", "INV-0002", "INV-0003", "INV-0004", "INV-0009", "货款", "合同 HT-0001")
SUSPENSE = """
2023-12-31 open Liabilities:Suspense
2023-12-31 custom "ar-option" "suspense-account" Liabilities:Suspense
"""


def text_of(ledger: Ledger, suspense: str) -> str:
    """A generated ledger with numbers and names that a bank's text can name."""
    text = _SHORT.sub(r"INV-000\1", ledger.text())
    return _CUSTOMER.sub(r'  customer: "\1"\n  name: "Customer \1 Ltd"', text) + suspense


@st.composite
def bank_entries(draw: st.DrawFn) -> BankEntry:
    """A booking of the bank that knows nothing of the ledger; pools are small."""
    words = draw(st.lists(st.sampled_from(WORDS), max_size=3))
    amount = sum(draw(st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=2)), ZERO)
    kind = draw(st.sampled_from(("in", "in", "in", "in", "in", "out", "back")))
    return BankEntry(
        index=0,
        date=draw(st.sampled_from(DAYS)),
        amount=amount if kind == "in" else -amount,
        currency=draw(st.sampled_from((CURRENCIES[0], *CURRENCIES))),
        reference=draw(st.sampled_from((None, *REFERENCES))),
        payer=draw(st.sampled_from(PAYERS)),
        payer_account=draw(st.sampled_from(("", "DE0011", "DE0022"))),
        remittance=" ".join(words),
        reversal=kind == "back",
    )


@st.composite
def payments(draw: st.DrawFn, items: Sequence[Item]) -> BankEntry:
    """A receipt for some of the ledger's items: in full, in part, too much; named or not."""
    first = draw(st.sampled_from(items))
    own = [item for item in items if (item.customer, item.currency) == _whose(first)]
    paid = [first, *draw(st.lists(st.sampled_from(own), max_size=2))]
    paid = list({item.index: item for item in paid}.values())
    day = max([item.posted for item in paid]) + dt.timedelta(days=draw(st.integers(0, 40)))
    total = sum((item.outstanding(END) or item.amount for item in paid), ZERO)
    other = draw(st.sampled_from((ZERO, ZERO, ZERO, Decimal(10), Decimal("-0.01"), -total / 2)))
    named = draw(st.sampled_from((True, True, False)))
    numbers = [item.id for item in paid] if named else []
    return BankEntry(
        index=0,
        date=day,
        amount=max(total + other, Decimal("0.01")),
        currency=first.currency,
        reference=draw(st.sampled_from((None, *REFERENCES))),
        payer=draw(st.sampled_from((*[NAMES.get(first.customer, "")] * 4, "", "Nobody"))),
        payer_account=draw(st.sampled_from(("", "DE0011", "DE0022"))),
        remittance=" ".join(numbers) or draw(st.sampled_from(("", "货款", "合同 HT-0001"))),
    )


def _whose(item: Item) -> tuple[str, str]:
    return item.customer, item.currency


@st.composite
def returned(draw: st.DrawFn, entries: Sequence[BankEntry]) -> BankEntry:
    """The bank takes one of its entries back."""
    one = draw(st.sampled_from(entries))
    return attrs.evolve(
        one,
        amount=-one.amount,
        date=one.date + dt.timedelta(days=draw(st.integers(0, 20))),
        reference=draw(st.sampled_from((None, "B1", "B2"))),
        remittance=f"RETURN {one.reference}" if draw(st.booleans()) else "",
        reversal=True,
    )


@attrs.frozen
class Morning:
    """A ledger and the bank's file of the morning."""

    text: str
    entries: list[BankEntry]


@st.composite
def mornings(draw: st.DrawFn) -> Morning:
    """A ledger, and a file that mostly has to do with it."""
    text = text_of(draw(ledgers()), draw(st.sampled_from(("", SUSPENSE))))
    items = [item for item in load(text).subledger.items if item.number]
    some = [bank_entries(), *([payments(items)] * 4 if items else [])]
    entries = draw(st.lists(st.one_of(some), max_size=5))
    if entries:
        entries += draw(st.lists(returned(entries), max_size=1))
    return Morning(text, entries)


def run(loaded: Loaded, entries: Sequence[BankEntry]) -> Applied:
    """The entries applied to a ledger."""
    return apply(
        loaded.subledger, bank_file(*entries), END, entries=loaded.entries, bank_account=BANK
    )


def written(applied: Applied) -> str:
    """What enters the books, in no order of the file's."""
    texts = [ledger_text(one.transaction, {}) for one in applied.outcomes if one.transaction]
    return "\n" + "\n".join(sorted(texts))


def said(outcome: Outcome) -> tuple[object, ...]:
    """What an outcome says, without where it stands in the file."""
    entry = attrs.evolve(outcome.entry, index=0, place=None)
    allocation = outcome.allocation
    parts = allocation.parts if allocation is not None else ()
    return (
        entry,
        outcome.status,
        outcome.link,
        tuple((part.account, part.amount, part.item and part.item.index) for part in parts),
        tuple(str(reason) for reason in outcome.reasons),
        tuple(ledger_text(candidate.transaction, {}) for candidate in outcome.candidates),
    )


@given(mornings())
def test_every_receipt_ends_in_one_place_and_nothing_is_lost(morning: Morning) -> None:
    """One outcome an entry, in order; a transaction has the bank's amount and balances."""
    entries = morning.entries
    found = run(load(morning.text), entries)
    assert [attrs.evolve(one.entry, index=0, place=None) for one in found.outcomes] == entries
    for one in found.outcomes:
        receipt = (one.entry.amount > 0) != one.entry.reversal
        assert (one.status is Status.OTHER) == (not receipt)
        assert (one.status is Status.MATCHED) == (
            one.transaction is not None and one.status is not Status.UNMATCHED
        )
        assert bool(one.candidates) == (one.status is Status.PROPOSED)
        for each in (one.transaction, *(candidate.transaction for candidate in one.candidates)):
            if each is not None:
                assert booked(each) == one.entry.amount
                assert compute_residual(each.postings).is_empty()  # type: ignore[no-untyped-call]


def booked(transaction: Transaction) -> Decimal:
    """What a transaction moves on the bank's account."""
    units = [posting.units for posting in transaction.postings if posting.account == BANK]
    return sum((one.number for one in units if one and one.number), ZERO)


@given(mornings())
def test_the_output_loads_and_does_what_it_says(morning: Morning) -> None:
    """No finding of severity error comes of it; the replay applies what was said, no more."""
    text = morning.text
    found = run(load(text), morning.entries)
    after = load(text + written(found))
    old = len(text.splitlines())
    new = [one for one in find(after.subledger) if one.line > old]
    assert [str(one.text) for one in new if one.severity == "error"] == []
    gone = {id(one.allocation.returns) for one in found.outcomes if one.allocation}
    for one in found.of(Status.MATCHED):
        assert one.allocation is not None
        if one.allocation.returns is None and id(one.transaction) not in gone:
            wanted: dict[str, Decimal] = defaultdict(Decimal)
            for part in one.allocation.parts:
                wanted[part.item.id if part.item else ""] += part.amount
            assert _applied(after, one.link) == wanted


def _applied(loaded: Loaded, link: str) -> dict[str, Decimal]:
    """What a receipt settles in the end, by item; what it holds besides, under no name.

    Not by instalment: a payment that comes back makes room for those after it.
    """
    found: dict[str, Decimal] = defaultdict(Decimal)
    for credit in loaded.subledger.credits:
        if link in credit.transaction.links:
            for application in credit.applications:
                found[application.item.id] += application.live(END)
            found[""] += credit.unapplied(END)
    for advance in loaded.subledger.advances:
        if advance.number == link:
            found[""] += advance.at(END).open
    return {item: amount for item, amount in found.items() if amount}


@given(mornings())
def test_run_again_it_finds_nothing_new(morning: Morning) -> None:
    """What was settled is known, and what was left to a person is left to one still."""
    text = morning.text
    first = run(load(text), morning.entries)
    again = run(load(text + written(first)), morning.entries)
    assert written(again).strip() == ""
    for before, after in zip(first.outcomes, again.outcomes, strict=True):
        entered = before.transaction is not None or before.status is Status.KNOWN
        wanted = Status.KNOWN if entered else before.status
        assert after.status is wanted, [str(reason) for reason in after.reasons]


@given(mornings(), st.randoms(use_true_random=False))
def test_the_order_in_the_file_means_nothing(morning: Morning, random: Random) -> None:
    """Neither for what is settled, nor for what is proposed."""
    loaded, entries = load(morning.text), morning.entries
    mixed = list(entries)
    random.shuffle(mixed)
    one, other = run(loaded, entries), run(loaded, mixed)
    assert sorted(map(repr, map(said, one.outcomes))) == sorted(
        map(repr, map(said, other.outcomes))
    )


@st.composite
def plain_days(draw: st.DrawFn) -> tuple[str, list[BankEntry]]:
    """Invoices, and receipts of known payers that name them: nothing is ambiguous."""
    text = f"2023-01-01 open {BANK}\n2023-01-01 open Income:Sales\n"
    entries = []
    for customer in ("C1", "C2"):
        text += f'2023-01-01 open Assets:Receivable:{customer}\n  customer: "{customer}"\n'
        text += f'  name: "Customer {customer}"\n'
        for at in range(draw(st.integers(0, 3))):
            amount = draw(st.sampled_from(AMOUNTS))
            number = f"{customer}-INV-{at}001"
            text += f'2024-01-0{at + 1} * "Invoice" ^{number}\n'
            text += f"  Assets:Receivable:{customer}  {amount} EUR\n  Income:Sales\n"
            for part in range(draw(st.integers(0, 2))):
                entries += [
                    BankEntry(
                        index=0,
                        date=dt.date(2024, 2, 1 + part),
                        amount=amount / 2,
                        currency="EUR",
                        reference=f"{number} {part}",
                        payer=f"Customer {customer}",
                        remittance=number,
                    )
                ]
    return text, entries


@given(plain_days(), st.data())
def test_a_file_in_two_halves_gives_the_same_books(
    days: tuple[str, list[BankEntry]], data: st.DataObject
) -> None:
    """Where nothing is ambiguous, whichever half comes first."""
    text, entries = days
    early = data.draw(st.lists(st.sampled_from(entries), unique=True) if entries else st.just([]))
    late = [one for one in entries if one not in early]
    whole = run(load(text), entries)
    assert {one.status for one in whole.outcomes} <= {Status.MATCHED}
    first = written(run(load(text), early))
    second = written(run(load(text + first), late))
    assert sorted(filter(None, (first + "\n" + second).splitlines())) == sorted(
        filter(None, written(whole).splitlines())
    )


@given(st.text(), st.text())
def test_two_references_never_give_one_link(one: str, other: str) -> None:
    """And the link is one that Beancount takes."""
    assert re.fullmatch(r"[A-Za-z0-9\-_/.]*", link_text(one))
    assert (link_text(one) == link_text(other)) == (one == other)


TRICKY = st.text(alphabet="_x5f#A")


@given(TRICKY, TRICKY)
def test_nor_do_references_that_look_like_links(one: str, other: str) -> None:
    """The signs that the escapes themselves are made of."""
    assert (link_text(one) == link_text(other)) == (one == other)
