# SPDX-License-Identifier: GPL-2.0-or-later
"""What one state of a ledger changes against another, and what a changed policy does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from beancount import loader
from beancount.core.data import Custom, Directive

from arledger.comparison import compare
from arledger.effects import effect, figures
from arledger.snapshot import snapshot, value_text
from arledger.subledger.subledger import subledger_of
from tests.books import ACCOUNTS

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
