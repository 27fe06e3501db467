# SPDX-License-Identifier: GPL-2.0-or-later
"""What one state of a ledger changes against another, and what a changed policy does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
from beancount import loader
from beancount.core.data import Custom, Directive
from hypothesis import given
from hypothesis import strategies as st

from arledger.comparison import compare
from arledger.effects import effect, figures
from arledger.snapshot import item_digests, item_rows, snapshot, value_text
from arledger.subledger.subledger import subledger_of
from tests.books import ACCOUNTS
from tests.properties.figures import half, load
from tests.properties.strategies import DAYS, Ledger, ledgers

DAY = dt.date(2024, 6, 30)
LIMIT = '2024-01-01 custom "credit-limit" "C1" 1000.00 CNY\n'
RATE = '2024-01-01 custom "loss-rate" Assets:Receivable "91+" 0.5\n'
INVOICE = """
2024-02-01 * "Invoice" ^INV-1
  Assets:Receivable:C1  600.00 CNY
  Income:Sales
"""
RECEIPT = """
2024-03-01 * "Receipt" ^INV-1
  Assets:Bank  600.00 CNY
  Assets:Receivable:C1
"""


def read(text: str) -> tuple[list[Directive], dict[str, Any]]:
    """A ledger text, loaded."""
    entries, errors, options = loader.load_string(ACCOUNTS + text)
    assert errors == []
    return entries, options


def state(text: str) -> dict[str, Any]:
    """Its snapshot."""
    entries, options = read(text)
    return snapshot(subledger_of(entries, options), DAY)


def test_a_ledger_changes_nothing_against_itself() -> None:
    """Whatever else was written to the file."""
    assert compare(state(LIMIT + INVOICE), state("; a note\n" + INVOICE + LIMIT)).empty


def test_what_a_receipt_changes() -> None:
    """The item is settled; buckets and exposure follow."""
    found = compare(state(LIMIT + INVOICE), state(LIMIT + INVOICE + RECEIPT))
    changed = {(one.kind, one.item): one.change for one in found.items}
    assert changed["item", "INV-1"] == "settled"
    (customer,) = found.customers
    assert (customer.before["total"], customer.after["total"]) == ("600", "0")
    assert (customer.before["exposure"], customer.after["available"]) == ("600", "1000")
    back = compare(state(LIMIT + INVOICE + RECEIPT), state(LIMIT + INVOICE))
    assert {one.change for one in back.items if one.item == "INV-1" and one.kind == "item"} == {
        "reopened"
    }


def test_what_a_policy_does_apart_from_the_rest() -> None:
    """Replayed with the policy as it was; what isn't changed by it isn't told."""
    entries, options = read(LIMIT + RATE + INVOICE)
    subledger = subledger_of(entries, options)
    now = figures(subledger, DAY)
    (limit,) = (one for one in entries if isinstance(one, Custom) and one.type == "credit-limit")
    (rate,) = (one for one in entries if isinstance(one, Custom) and one.type == "loss-rate")
    without = effect(entries, options, DAY, (None, limit), now)
    assert without.allowance == ()
    assert without.available == (("C1", "CNY", None, "400"),)
    rated = effect(entries, options, DAY, (None, rate), now)
    assert rated.available == ()
    assert rated.allowance == (("CNY", "0", "300"),)


def test_policies_as_a_ledger_writes_them() -> None:
    """Values of each kind."""
    assert value_text(Decimal("0.50")) == "0.5"
    assert value_text(True) == "TRUE"  # noqa: FBT003 - a value
    assert value_text("net 30") == "net 30"


@given(ledgers(customers_max=3), st.sampled_from(DAYS), st.data())
@half
def test_digests_tell_whose_items_differ(ledger: Ledger, day: dt.date, data: st.DataObject) -> None:
    """The same digest, the same rows: with a voucher less, and in another order."""
    left_out = data.draw(st.sampled_from([None, *ledger.vouchers]))
    others = [one for one in reversed(ledger.vouchers) if one is not left_out]
    both = [
        load(one.text()).subledger for one in (ledger, attrs.evolve(ledger, vouchers=tuple(others)))
    ]
    digests = [item_digests(subledger, day) for subledger in both]
    if left_out is None:
        assert digests[0] == digests[1]
    for customer in {*digests[0], *digests[1]}:
        if digests[0].get(customer) == digests[1].get(customer):
            rows = [sorted(map(_content, item_rows(s, day, {customer}))) for s in both]
            assert rows[0] == rows[1]


def _content(row: dict[str, Any]) -> str:
    return repr([value for key, value in row.items() if key not in {"file", "line"}])
