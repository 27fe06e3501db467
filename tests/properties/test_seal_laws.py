# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of seals: each change of a sealed figure is found, and nothing else is."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from pathlib import Path
from random import Random

import attrs
from beancount.parser import printer
from hypothesis import given
from hypothesis import strategies as st

from arledger.findings import Finding
from arledger.language.seals import Amounts
from arledger.money import canonical
from arledger.open_items import open_items
from arledger.seals import results, seal_text, verify
from arledger.subledger.subledger import Subledger
from tests.properties.figures import ZERO, fifth, half, load, load_file
from tests.properties.strategies import (
    AMOUNTS,
    DAYS,
    END,
    INCOME,
    POLICIES,
    Ledger,
    Price,
    ledgers,
    receivables,
    written,
)

OPTIONS = ("invoice-links", "unapplied-credits", "basis", "allowance-net-of-credits")
COMMENTS = ("; a comment", "\n\n; two\n; lines", "* A heading")
any_ledger = ledgers(policies=tuple(POLICIES), options=OPTIONS, rates=True)
asked = st.sampled_from(DAYS)


def seal_of(text: str, day: dt.date) -> str:
    """The seal of what a text says up to a day."""
    subledger = load(text).subledger
    return seal_text(subledger, results(subledger, day))


def found_in(text: str) -> list[Finding]:
    """What is wrong with the seals in a text."""
    subledger = load(text).subledger
    assert not [one for one in subledger.findings if one.rule in {"malformed", "seal-version"}]
    return list(verify(subledger, END))


@half
@given(any_ledger, asked, asked)
def test_nothing_dated_later_breaks_a_seal(ledger: Ledger, day: dt.date, other: dt.date) -> None:
    """Sealed when only what is dated up to then was written; two seals hold side by side."""
    known = [text for date, text in ledger.movable() if date <= day]
    seals = {day: seal_of(written([*ledger.top(), *ledger.chart(), *known]), day)}
    seals.setdefault(other, seal_of(ledger.text(), other))
    assert found_in(written([ledger.text(), *seals.values()])) == []


@fifth
@given(any_ledger, asked, st.randoms(use_true_random=False))
def test_order_files_comments_and_the_way_of_writing_mean_nothing(
    ledger: Ledger, day: dt.date, random: Random
) -> None:
    """Shuffled, commented, split into files, printed by Beancount."""
    seal = seal_of(ledger.text(), day)
    parts = [*ledger.chart(), *(text for _, text in ledger.movable()), seal]
    random.shuffle(parts)
    parts = [f"{random.choice(COMMENTS)}\n\n{part}" if random.random() < 0.3 else part for part in parts]  # fmt: skip
    assert found_in(written([*ledger.top(), *parts])) == []
    with tempfile.TemporaryDirectory() as folder:
        names = ["a", "b", "c"]
        for at, name in enumerate(names):
            Path(folder, f"{name}.beancount").write_text(written(parts[at::3]), "utf-8")
        random.shuffle(names)
        top = Path(folder, "top.beancount")
        includes = [f'include "{name}.beancount"' for name in names]
        top.write_text(written([*ledger.top(), *includes]), "utf-8")
        assert list(verify(load_file(str(top)).subledger, END)) == []
    out = io.StringIO()
    printer.print_entries(load(ledger.text()).entries, file=out)  # type: ignore[no-untyped-call]
    assert found_in(written([*ledger.top(), out.getvalue(), seal])) == []


@half
@given(any_ledger, asked, st.data())
def test_each_change_of_a_sealed_figure_is_found(
    ledger: Ledger, day: dt.date, data: st.DataObject
) -> None:
    """An entry, price or policy left out, changed, moved: if a figure changed it is found.

    The amounts that are named are those that moved.
    """
    seal = seal_of(ledger.text(), day)
    changed = data.draw(st.sampled_from(CHANGES))(ledger, data)
    before, after = load(ledger.text()).subledger, load(changed.text()).subledger
    every = found_in(written([changed.text(), seal]))
    assert len(every) <= 1
    found = every[0] if every else None
    if _sealed_figures(before, day) != _sealed_figures(after, day):
        assert found is not None
        assert (found.rule, found.date) == ("seal-broken", day)
    old, new = results(before, day).parts, results(after, day).parts
    for customer in sorted({*old, *new}):
        was = old[customer].amounts if customer in old else {}
        now = new[customer].amounts if customer in new else {}
        for said in _moves(was, now):
            assert found is not None
            assert said in found.message


def _moves(was: Amounts, now: Amounts) -> list[str]:
    return [
        f"{canonical(was.get(key, ZERO))} → {canonical(now.get(key, ZERO))} {key[1]}"
        for key in sorted({*was, *now})
        if was.get(key, ZERO) != now.get(key, ZERO)
    ]


def _sealed_figures(subledger: Subledger, day: dt.date) -> object:
    """What a seal has to notice a change of, as `open-items --all` gives it."""
    return sorted(
        (
            *(row.customer, row.account, row.item, row.instalment, row.currency, row.kind),
            *(str(row.date), str(row.due), canonical(row.amount), canonical(row.outstanding)),
            *sorted((a.credit, a.item or "", str(a.date), str(a.amount)) for a in row.applications),
        )
        for row in open_items(subledger, day, settled=True)
    )


def _dropped(ledger: Ledger, data: st.DataObject) -> Ledger:
    at = data.draw(st.integers(0, max(0, len(ledger.vouchers) - 1)))
    return attrs.evolve(ledger, vouchers=ledger.vouchers[:at] + ledger.vouchers[at + 1 :])


def _moved(ledger: Ledger, data: st.DataObject) -> Ledger:
    if not ledger.vouchers:
        return ledger
    at = data.draw(st.integers(0, len(ledger.vouchers) - 1))
    other = attrs.evolve(ledger.vouchers[at], date=data.draw(asked))
    return attrs.evolve(ledger, vouchers=(*ledger.vouchers[:at], other, *ledger.vouchers[at + 1 :]))


def _repeated(ledger: Ledger, data: st.DataObject) -> Ledger:
    if not ledger.vouchers:
        return ledger
    one = data.draw(st.sampled_from(ledger.vouchers))
    return attrs.evolve(ledger, vouchers=(*ledger.vouchers, attrs.evolve(one, link="")))


def _without_policy(ledger: Ledger, data: st.DataObject) -> Ledger:
    at = data.draw(st.integers(0, max(0, len(ledger.policies) - 1)))
    return attrs.evolve(ledger, policies=ledger.policies[:at] + ledger.policies[at + 1 :])


CHANGES = (_dropped, _moved, _repeated, _without_policy)


@half
@given(ledgers(customers_max=2), asked, st.sampled_from(AMOUNTS), st.data())
def test_a_back_dated_invoice_is_always_found_with_its_customer_and_amount(
    ledger: Ledger, day: dt.date, amount: object, data: st.DataObject
) -> None:
    """On any account, on any day up to the seal's, to the last digit."""
    seal = seal_of(ledger.text(), day)
    customer = data.draw(st.sampled_from(ledger.customers))
    account = data.draw(st.sampled_from(receivables(customer)))
    date = data.draw(st.sampled_from([one for one in DAYS if one <= day]))
    late = f'{date} * "late" ^LATE-1\n  {account}  {amount} EUR\n  {INCOME}\n'
    (found,) = found_in(written([ledger.text(), seal, late]))
    assert found.rule == "seal-broken"
    assert f"{customer} " in found.message
    dated_after = late.replace(str(date), str(day + dt.timedelta(days=1)), 1)
    assert found_in(written([ledger.text(), seal, dated_after])) == []


@half
@given(any_ledger, asked, st.sampled_from(("1.1", "99")))
def test_a_price_written_later_counts_if_it_counts_for_the_allowance(
    ledger: Ledger, day: dt.date, rate: str
) -> None:
    """Dated after the day it never does."""
    seal = seal_of(ledger.text(), day)
    later = Price(day + dt.timedelta(days=1), "JPY", "EUR", type(ZERO)(rate))
    if any((one.date, one.currency) == (later.date, "JPY") for one in ledger.prices):
        return
    assert found_in(written([ledger.text(), later.text(), seal])) == []
