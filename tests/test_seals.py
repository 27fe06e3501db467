# SPDX-License-Identifier: GPL-2.0-or-later
"""What a seal notices where every balance stays what it was, and what it leaves alone."""

from __future__ import annotations

import pytest

from arledger.seals import results
from tests.books import books, day

BASE = """
2024-03-01 * "Invoice" ^INV-1
  Assets:Receivable:C1   100.00 CNY
  Income:Sales
2024-03-01 * "Invoice" ^INV-2
  due: 2024-03-20
  Assets:Receivable:C1   100.00 CNY
  Income:Sales
2024-03-05 * "Receipt" ^RCP-1
  Assets:Bank            100.00 CNY
  Assets:Receivable:C1
    invoice: "INV-1"
2024-03-05 * "Receipt" ^RCP-2
  Assets:Bank            100.00 CNY
  Assets:Receivable:C1
    invoice: "INV-2"
2024-03-06 * "Advance" ^ADV-1
  contract: "K-1"
  Assets:Bank            500.00 CNY
  Liabilities:Advances:C1
2024-03-10 * "Earned"
  Liabilities:Advances:C1  60.00 CNY
    advance: "ADV-1"
  Income:Sales
2024-03-31 custom "statement" "C2" 0.00 CNY
  agreed: TRUE
  theirs: 10.00 CNY
  difference-1: "disputed INV-9 10.00 CNY"
2024-03-02 * "Invoice" ^INV-3
  Assets:Receivable:C2    40.00 CNY
  Income:Sales
2024-03-03 * "Receipt" ^RCP-3
  Assets:Bank             40.00 CNY
  Assets:Receivable:C2
    invoice: "INV-3"
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.01
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.02
"""
SWAPPED = BASE.replace('invoice: "INV-1"', "X").replace('"INV-2"', '"INV-1"').replace("X", 'invoice: "INV-2"')  # fmt: skip


def digest(text: str) -> str:
    """The seal of the end of March."""
    return results(books(text), day("2024-03-31")).digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("due: 2024-03-20", "due: 2024-03-21"),
        ("^INV-1", "^INV-1a"),
        ("^RCP-1", "^RCP-1a"),
        ('"Receipt" ^RCP-1', '"Credit note" #credit-note ^RCP-1'),
        ("2024-03-05", "2024-03-04"),
        ('contract: "K-1"', 'contract: "K-2"'),
        ('    advance: "ADV-1"\n  Income:Sales', '    advance: "ADV-1"\n  Assets:Bank'),
        ("agreed: TRUE", "agreed: FALSE"),
        ("disputed INV-9", "in-transit INV-9"),
        ("10.00 CNY", "12.00 CNY"),
        ("100.00 CNY", "101.00 CNY"),
    ],
)
def test_what_changes_no_balance_is_found_all_the_same(before: str, after: str) -> None:
    """Due dates and numbers of what is settled, kinds, days, contracts, agreements."""
    assert before in BASE
    changed = BASE.replace("INV-1", "INV-1a") if after == "^INV-1a" else BASE.replace(before, after)
    assert digest(changed) != digest(BASE)


def test_which_receipt_settled_which_invoice_is_sealed() -> None:
    """Two of one amount and day, exchanged: only the applications tell."""
    assert digest(SWAPPED) != digest(BASE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("100.00 CNY", "100 CNY"),
        ('"Receipt"', '"Zahlung" "wie vereinbart"'),
        ('  contract: "K-1"', '  note: "seen"\n  contract: "K-1"'),
        ("0.02", "0.03"),
        ("", '2024-04-01 custom "statement" "C1" 0.00 CNY\n  agreed: TRUE\n'),
        ("", '2024-03-31 custom "statement" "C1" 7.00 CNY\n'),
        ("", '2024-04-01 custom "loss-rate" Assets:Receivable "not-due" 0.5\n'),
        ("", "2024-04-01 price USD 7 CNY\n"),
        ("", '2024-04-02 * "Back" ^INV-1\n  Assets:Receivable:C1  100.00 CNY\n    reverses: "RCP-1"\n    invoice: "INV-1"\n  Assets:Bank\n'),
        ("", '2024-04-02 * "Ended"\n  Liabilities:Advances:C1  440.00 CNY\n    advance: "ADV-1"\n  Assets:Bank\n'),
    ],
)  # fmt: skip
def test_what_is_no_sealed_figure_changes_nothing(before: str, after: str) -> None:
    """Words, zeros, keys of one's own, rates of empty buckets, and whatever comes later."""
    assert before in BASE
    changed = BASE.replace(before, after) if before else BASE + after
    assert digest(changed) == digest(BASE)
