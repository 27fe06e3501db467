# SPDX-License-Identifier: GPL-2.0-or-later
"""What other systems' tests and users expect of matching, as far as it concerns the matcher."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs

from arledger.reconciliation.matching import MatchRules, match
from arledger.reconciliation.model import Entry, How, Line
from tests.cases.conftest import Case

DAY = date(2025, 3, 10)


def entry(number: str, amount: str, **more: Any) -> Entry:
    """An item of one customer."""
    made = Entry(number, DAY, Decimal(amount), "CNY", "C1", references=(number,))
    return attrs.evolve(made, **more)


def line(index: int, amount: str, reference: str | None = None, **more: Any) -> Line:
    """What was received of that customer, signed so that it settles an item of the same sign."""
    made = Line(index, Decimal(amount), "CNY", DAY, reference, customer="C1")
    return attrs.evolve(made, **more)


def test_one_line_for_two_items(case: Case) -> None:
    """A line that relates to two items and pays less stays with both, and says how much less."""
    told = case("tryton_statement_allocation")
    amounts = {
        key: one["amount"] for one in told["events"] for key in one.values() if key != one["amount"]
    }
    first, second = told["bank_lines"]
    ours = [entry(f"{number}-1001", amounts[number]) for number in first["relate"]]
    ours.append(entry("C1-1001", f"-{amounts['C1']}"))
    text = ", ".join(f"{number}-1001" for number in first["relate"])
    theirs = [line(0, first["amount"], None, text=text), line(1, second["amount"], "C1-1001")]
    answer = match(ours, theirs)
    left = Decimal(told["expected"]["I2"]["left"])
    differences = {one.entries[0].id: one.difference for one in answer.matches}
    assert differences == {"I1-1001": -left, "C1-1001": 0}


def test_small_differences(case: Case) -> None:
    """Within the ledger's tolerance a pair agrees; beyond it the difference is named."""
    told = case("issue_small_differences")
    for one in told["scenarios"]:
        if "tolerance" in one:
            rules = MatchRules(tolerance={"CNY": Decimal(one["tolerance"])})
            ours, theirs = [entry("A1001", one["invoice"])], [line(0, one["bank"], "A1001")]
            (found,) = match(ours, theirs, rules).matches
            assert found.how is How.REFERENCE
            assert found.difference == Decimal(one["bank"]) - Decimal(one["invoice"])
        elif "decimals" in one:
            (found,) = match(
                [entry("A1001", one["invoice"])], [line(0, one["bank"], "A1001")]
            ).matches
            assert found.difference == -Decimal(one["expected"]["difference"])
        elif isinstance(one.get("bank"), list):
            theirs = [line(n, amount, "A1001") for n, amount in enumerate(one["bank"])]
            (found,) = match([entry("A1001", one["invoice"])], theirs).matches
            assert (len(found.lines), found.difference) == (2, Decimal(0))
            (part,) = match([entry("A1001", one["invoice"])], theirs[:1]).matches
            assert -part.difference == Decimal(one["expected_after_first"]["open"])


def test_what_is_matched_by_hand_stays(case: Case) -> None:
    """Named pairs stand; the number decides among equal amounts; another number forbids."""
    told = case("issue_auto_match_keeps_manual")
    partial, _, _, other = told["scenarios"]
    number = partial["invoice"]["ref"]
    key = "by-hand"
    ours = [entry(number, partial["invoice"]["amount"], named=frozenset({key}))]
    theirs = [
        line(0, partial["receipt1"]["amount"], partial["receipt1"]["ref"], key=key),
        line(1, partial["receipt2"]["amount"], partial["receipt2"]["ref"]),
    ]
    answer = match(ours, theirs)
    (found,) = answer.matches
    assert (found.how, found.lines) == (How.NAMED, (theirs[0],))
    assert [one.index for one in answer.lines_left] == [1]

    second = match([entry("A1001", "100"), entry("A1002", "100")], [line(0, "100", "A1002")])
    assert [one.entries[0].id for one in second.matches] == ["A1002"]

    journal, bank = other["journal_ref"], other["bank_ref"]
    answer = match([entry(journal, "100")], [line(0, "100", bank)])
    assert answer.matches == ()
    assert len(answer.proposals) == 1


def test_receipts_of_one_invoice(case: Case) -> None:
    """Two receipts that name an invoice pay it in part, and one of them alone pays less."""
    told = case("erpnext_reconcile_partial_cancel")
    invoice, receipts, _, after, *_ = told["scenarios"][0]["steps"]
    ours = [entry("SI-1001", invoice["amount"])]
    theirs = [line(n, amount, "SI-1001") for n, amount in enumerate(receipts["receipts"])]
    (found,) = match(ours, theirs).matches
    assert -found.difference == Decimal(after["expect"]["SI"])
    (less,) = match(ours, theirs[1:]).matches
    assert -less.difference == Decimal(told["scenarios"][0]["steps"][-1]["expect"]["SI"])
    early = told["scenarios"][2]["steps"][0]["receipt_30_days_before"]
    before = line(0, early, None, date=DAY - timedelta(30))
    rules = MatchRules(window_days=None)
    assert len(match([entry("SI-1001", early)], [before], rules).matches) == 1
