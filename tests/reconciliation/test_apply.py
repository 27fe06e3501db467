# SPDX-License-Identifier: GPL-2.0-or-later
"""Cash application: what becomes of a receipt, case by case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arledger import check
from arledger.reconciliation.applied import Gap, Status
from arledger.reconciliation.booked import ApplyError
from tests.reconciliation.receiving import (
    ACCOUNTS,
    C1,
    C2,
    C3,
    SUSPENSE,
    TODAY,
    entry,
    how,
    invoice,
    items,
    loaded,
    one,
    parts,
    run,
    statuses,
    written,
)

TWO = invoice("INV-2024-0501", "100.00") + invoice("INV-2024-0502", "150.00", "2024-02-02")


def after(ledger: str, *entries: object, accounts: str = ACCOUNTS) -> dict[str, str]:
    """What is open, unapplied (−) and held in advance (−) once the output is in the books."""
    applied = run(ledger, *entries, accounts=accounts)  # type: ignore[arg-type]
    _, _, subledger = loaded(accounts + ledger + written(applied))
    errors = [str(found.text) for found in check.find(subledger) if found.severity == "error"]
    assert errors == []
    state = subledger.at(TODAY)
    found = {row.item.id: str(row.outstanding) for row in state.items}
    found |= {row.credit.id: f"-{row.unapplied}" for row in state.credits}
    found |= {row.advance.id: f"-{row.standing.open}" for row in state.advances}
    return found


# What is certain.


def test_an_invoice_named_and_paid_in_full() -> None:
    outcome = one(run(TWO, entry("100.00", "货款 INV-2024-0501")))
    assert how(outcome) == "reference"
    assert items(outcome) == {"INV-2024-0501": "100.00"}
    assert after(TWO, entry("100.00", "货款 INV-2024-0501")) == {"INV-2024-0502": "150.00"}


@pytest.mark.parametrize(
    "text",
    [
        "INV-2024-0501 INV-2024-0502",
        "inv 2024 0502, INV20240501",
        "ＩＮＶ－２０２４－０５０１、0502",
        "INV-2024-0501/0502",
        "INV-2024-0501 and 0502",
        "发票INV-2024-0501和INV-2024-0502的款",
    ],
)
def test_several_invoices_in_one_line_however_they_are_written(text: str) -> None:
    outcome = one(run(TWO, entry("250.00", text)))
    assert how(outcome) == "references"
    assert items(outcome) == {"INV-2024-0501": "100.00", "INV-2024-0502": "150.00"}


def test_an_order_number_names_its_invoice() -> None:
    """The other link of the invoice's transaction."""
    ledger = invoice("INV-2024-0501 ^PO-778", "100.00", more='invoice: "INV-2024-0501"')
    outcome = one(run(ledger, entry("60.00", "our order PO 778")))
    assert items(outcome) == {"INV-2024-0501": "60.00"}


def test_a_payment_is_split_oldest_due_first() -> None:
    """Tryton's statement: 180 on invoices of 100 and 150 is 100 and 80."""
    outcome = one(run(TWO, entry("180.00", "INV-2024-0502 INV-2024-0501")))
    assert how(outcome) == "reference-amount-differs"
    assert items(outcome) == {"INV-2024-0501": "100.00", "INV-2024-0502": "80.00"}
    assert after(TWO, entry("180.00", "INV-2024-0502 INV-2024-0501")) == {"INV-2024-0502": "70.00"}


def test_two_halves_of_one_invoice() -> None:
    """alyf-de/banking#59: 50 and 50 on 100; open is 50, then nothing."""
    first = entry("50.00", "INV-2024-0501", reference="A")
    second = entry("50.00", "INV-2024-0501", reference="B")
    assert after(TWO, first)["INV-2024-0501"] == "50.00"
    assert "INV-2024-0501" not in after(TWO, first, second)


def test_what_is_short_stays_open_and_is_named() -> None:
    outcome = one(run(TWO, entry("97.00", "INV-2024-0501")))
    assert outcome.allocation is not None
    (difference,) = outcome.allocation.differences
    assert (difference.gap, difference.amount) == (Gap.SHORT, Decimal("3.00"))
    assert str(difference.text) == "INV-2024-0501: 3.00 CNY stays open"


@pytest.mark.parametrize(
    ("paid", "billed", "item_left", "unapplied"),
    [("42.42", "42.41", None, "-0.01"), ("42.41", "42.42", "0.01", None)],
)
def test_a_difference_within_the_tolerance_is_proposed_not_closed(
    paid: str, billed: str, item_left: str | None, unapplied: str | None
) -> None:
    """alyf-de/banking#106: a cent. We propose its closing and leave it where it is."""
    ledger = '2024-01-01 custom "tolerance" Assets:Receivable 0.01 CNY\n'
    ledger += invoice("INV-2024-0501", billed)
    receipt = entry(paid, "INV-2024-0501", reference="R1")
    outcome = one(run(ledger, receipt))
    assert outcome.allocation is not None
    assert [each.gap for each in outcome.allocation.differences] == [Gap.TOLERANCE]
    left = after(ledger, receipt)
    assert left.get("INV-2024-0501") == item_left
    assert left.get("bank-R1") == unapplied


def test_no_cent_is_lost_between_receipt_and_items() -> None:
    """frappe/erpnext#51159: 18,230.000 less 17,592.415 leaves 637.585, not 637.590."""
    ledger = invoice("INV-2024-0501", "17592.415")
    receipt = entry("18230.000", "INV-2024-0501", reference="R1")
    assert after(ledger, receipt) == {"bank-R1": "-637.585"}


def test_the_discount_that_was_earned_is_proposed() -> None:
    """Odoo: 10 % within 10 days on 1,725.00; 1,552.50 arrives on the second day."""
    ledger = '2024-01-01 custom "payment-terms" "C1" "10/10 net 30"\n'
    ledger += invoice("INV-2024-0501", "1725.00", "2024-03-01")
    outcome = one(run(ledger, entry("1552.50", "INV-2024-0501", day="2024-03-02")))
    assert outcome.allocation is not None
    (difference,) = outcome.allocation.differences
    assert (difference.gap, difference.amount) == (Gap.DISCOUNT, Decimal("172.50"))


def test_a_discount_over_several_invoices_stays_with_each() -> None:
    """Odoo: 1,000 and 2,000 less 10 % in one receipt of 2,700."""
    ledger = '2024-01-01 custom "payment-terms" "C1" "10/10 net 30"\n'
    ledger += invoice("INV-2024-0501", "1000.00", "2024-03-01")
    ledger += invoice("INV-2024-0502", "2000.00", "2024-03-01")
    text = "INV-2024-0501 INV-2024-0502"
    outcome = one(run(ledger, entry("2700.00", text, day="2024-03-02")))
    assert items(outcome) == {"INV-2024-0501": "900.00", "INV-2024-0502": "1800.00"}
    assert outcome.allocation is not None
    assert [each.amount for each in outcome.allocation.differences] == [
        Decimal("100.00"),
        Decimal("200.00"),
    ]


@pytest.mark.parametrize(
    ("terms", "paid"), [("2/10 net 30", "882.00"), ("2/10 1/20 net 30", "882.00")]
)
def test_the_discount_is_on_what_returns_have_left(terms: str, paid: str) -> None:
    """The textbook: 1,000 less 100 returned, 2 % of 900."""
    ledger = f'2024-01-01 custom "payment-terms" "C1" "{terms}"\n'
    ledger += invoice("INV-2024-0501", "1000.00", "2024-03-01")
    ledger += """
2024-03-03 * "Returned goods" #credit-note
  Assets:Receivable:C1  -100.00 CNY
    invoice: "INV-2024-0501"
  Income:Sales
"""
    outcome = one(run(ledger, entry(paid, "INV-2024-0501", day="2024-03-10")))
    assert outcome.allocation is not None
    (difference,) = outcome.allocation.differences
    assert (difference.gap, difference.amount) == (Gap.DISCOUNT, Decimal("18.00"))


def test_a_discount_no_longer_earned_is_only_short() -> None:
    ledger = '2024-01-01 custom "payment-terms" "C1" "2/10 net 30"\n'
    ledger += invoice("INV-2024-0501", "1000.00", "2024-03-01")
    outcome = one(run(ledger, entry("980.00", "INV-2024-0501", day="2024-03-20")))
    assert outcome.allocation is not None
    (difference,) = outcome.allocation.differences
    assert difference.gap is Gap.SHORT
    assert "no longer earned" in str(difference.text)


def test_what_the_bank_kept_is_named() -> None:
    receipt = entry("95.00", "INV-2024-0501", charges=Decimal("5.00"))
    outcome = one(run(TWO, receipt))
    assert outcome.allocation is not None
    assert [each.gap for each in outcome.allocation.differences] == [Gap.CHARGES]


def test_too_much_stays_unapplied_on_a_posting_of_its_own() -> None:
    receipt = entry("130.00", "INV-2024-0501", reference="R1")
    text = written(run(TWO, receipt))
    assert 'invoice: "INV-2024-0501"' in text
    assert 'allocation: "none"' in text
    assert after(TWO, receipt) == {"INV-2024-0502": "150.00", "bank-R1": "-30.00"}


def test_instalments_are_paid_oldest_due_first_and_named_by_their_due_date() -> None:
    ledger = '2024-01-01 custom "payment-terms" "C1" "50% net 30, rest net 90"\n'
    ledger += invoice("INV-2024-0501", "100.00")
    text = written(run(ledger, entry("70.00", "INV-2024-0501")))
    assert text.count('invoice: "INV-2024-0501"') == 2
    assert "due: 2024-03-02" in text
    assert "due: 2024-05-01" in text
    assert after(ledger, entry("70.00", "INV-2024-0501")) == {"INV-2024-0501": "30.00"}


def test_an_instalment_paid_in_full_is_not_short() -> None:
    ledger = '2024-01-01 custom "payment-terms" "C1" "50% net 30, rest net 90"\n'
    outcome = one(run(ledger + invoice("INV-2024-0501", "100.00"), entry("50.00", "INV-2024-0501")))
    assert how(outcome) == "reference"
    assert outcome.allocation is not None
    assert outcome.allocation.differences == ()


def test_a_contract_without_an_invoice_is_an_advance() -> None:
    receipt = entry("500.00", "预付款 合同号：HT-2024-031", reference="R1")
    outcome = one(run(TWO, receipt))
    assert how(outcome) == "contract"
    text = written(run(TWO, receipt))
    assert 'contract: "HT-2024-031"' in text
    assert "Liabilities:Advances:C1" in text
    left = after(TWO, receipt)
    assert left["bank-R1"] == "-500.00"


def test_a_contract_that_the_ledger_knows_needs_no_word_before_it() -> None:
    ledger = """
2024-01-15 * "Advance" ^ADV-1
  contract: "C-2024-017"
  Assets:Bank  10.00 CNY
  Liabilities:Advances:C1
"""
    outcome = one(run(ledger, entry("500.00", "second rate, c-2024-017")))
    assert items(outcome) == {"advance": "500.00"}
    assert outcome.allocation is not None
    assert outcome.allocation.contract == "C-2024-017"


def test_an_invoice_beside_the_contract_is_what_counts() -> None:
    outcome = one(run(TWO, entry("100.00", "合同 HT-2024-031 发票 INV-2024-0501")))
    assert items(outcome) == {"INV-2024-0501": "100.00"}


def test_a_contract_whose_invoice_has_the_amount_is_for_a_person() -> None:
    ledger = invoice("INV-2024-0501", "100.00", more='contract: "HT-1001"')
    outcome = one(run(ledger, entry("100.00", "合同 HT-1001")))
    assert outcome.status is Status.PROPOSED
    assert [parts(way.allocation) for way in outcome.candidates[:2]] == [
        {"advance": "100.00"},
        {"INV-2024-0501": "100.00"},
    ]


def test_a_contract_of_a_customer_without_advance_account_is_for_a_person() -> None:
    outcome = one(run(TWO, entry("500.00", "合同 HT-1001", C2)))
    assert outcome.status is Status.PROPOSED
    assert "has no advance account" in str(outcome.reasons[0])


def test_an_amount_that_only_one_item_has() -> None:
    outcome = one(run(TWO, entry("150.00", "货款")))
    assert how(outcome) == "unique-amount"
    assert items(outcome) == {"INV-2024-0502": "150.00"}


def test_a_set_of_items_that_alone_has_the_amount() -> None:
    outcome = one(run(TWO, entry("250.00")))
    assert how(outcome) == "batch"
    assert items(outcome) == {"INV-2024-0501": "100.00", "INV-2024-0502": "150.00"}


def test_a_slip_of_the_pen_and_the_amount() -> None:
    ledger = TWO + invoice("INV-2024-0503", "150.00")
    outcome = one(run(ledger, entry("150.00", "INV-2024-0520")))
    assert how(outcome) == "approximate"
    assert items(outcome) == {"INV-2024-0502": "150.00"}


def test_the_allocation_policy_speaks_for_who_never_says() -> None:
    ledger = '2024-01-01 custom "allocation" "C1" "fifo"\n' + TWO
    receipt = entry("120.00", "on account")
    outcome = one(run(ledger, receipt))
    assert how(outcome) == "fifo"
    assert items(outcome) == {"INV-2024-0501": "100.00", "INV-2024-0502": "20.00"}
    assert after(ledger, receipt) == {"INV-2024-0502": "130.00"}


def test_what_fifo_leaves_waits_for_the_next_invoice() -> None:
    ledger = '2024-01-01 custom "allocation" "C1" "fifo"\n' + TWO
    receipt = entry("300.00", "on account", reference="R1")
    assert after(ledger, receipt) == {"bank-R1": "-50.00"}
    later = ledger + invoice("INV-2024-0503", "80.00", "2024-04-01")
    assert after(later, receipt) == {"INV-2024-0503": "30.00"}


def test_fifo_takes_no_bill_and_holds_nothing_without_an_invoice() -> None:
    """A bill is the bank's to pay; with nothing else open a person must say what it is."""
    bills = "2024-01-01 open Assets:Receivable:C1:Bills\n  in-exposure: FALSE\n"
    ledger = bills + '2024-01-01 custom "allocation" "C1" "fifo"\n'
    ledger += invoice("INV-2024-0501", "100.00", customer="C1:Bills")
    assert statuses(run(ledger, entry("60.00", "on account"))) == ["proposed"]
    outcome = one(run(ledger + TWO[TWO.index("\n2024-02-02") :], entry("60.00", "on account")))
    assert items(outcome) == {"INV-2024-0502": "60.00"}


def test_items_without_a_number_are_left_to_the_policy() -> None:
    """No receipt can name them; the replay takes the oldest due."""
    ledger = '2024-01-01 custom "allocation" "C1" "fifo"\n'
    ledger += invoice("X", "100.00").replace(" ^X", "")
    receipt = entry("60.00", "on account")
    assert how(one(run(ledger, receipt))) == "fifo"
    assert set(after(ledger, receipt).values()) == {"40.00"}


# Who pays.


@pytest.mark.parametrize(
    ("payer", "account"),
    [
        ("somebody", "62220001"),
        ("华东重工", ""),
        ("华东重工（有限公司）", ""),
    ],
)
def test_a_payer_is_known_by_account_or_name(payer: str, account: str) -> None:
    assert how(one(run(TWO, entry("150.00", payer=payer, payer_account=account))))


@pytest.mark.parametrize("payer", ["Brandt Treasury", "BRANDT HOLDING", "Brandt  Logistik"])
def test_a_payer_is_known_by_payer_metadata(payer: str) -> None:
    ledger = invoice("INV-2024-0501", "100.00", customer="C2")
    assert how(one(run(ledger, entry("100.00", payer=payer)))) == "unique-amount"


def test_a_payer_is_known_from_earlier_receipts() -> None:
    """Run after run: the account that paid once with a reference needs none the next time."""
    first = entry("100.00", "INV-2024-0501", "Unheard Of", payer_account="DE11222233334444")
    text = written(run(TWO, first))
    assert 'payer-account: "DE11222233334444"' in text
    second = entry("150.00", "", "Another Name", payer_account="DE11 2222 3333 4444")
    assert how(one(run(TWO + text, second))) == "unique-amount"


def test_a_like_name_alone_settles_nothing() -> None:
    outcome = one(run(TWO, entry("150.00", "货款", "华东重工业有限公司")))
    assert outcome.status is Status.PROPOSED
    assert parts(outcome.candidates[0].allocation) == {"INV-2024-0502": "150.00"}


def test_a_like_name_with_a_reference_does() -> None:
    receipt = entry("120.00", "INV-2024-0502", "Brandt Logistic GmbH")
    ledger = invoice("INV-2024-0502", "150.00", customer="C2")
    assert how(one(run(ledger, receipt))) == "reference-amount-differs"


def test_a_stranger_who_pays_an_invoice_exactly_pays_it() -> None:
    assert how(one(run(TWO, entry("100.00", "INV-2024-0501", "Unheard Of")))) == "reference"


def test_a_stranger_who_pays_another_amount_is_for_a_person() -> None:
    outcome = one(run(TWO, entry("60.00", "INV-2024-0501", "Unheard Of")))
    assert outcome.status is Status.PROPOSED
    assert parts(outcome.candidates[0].allocation) == {"INV-2024-0501": "60.00"}


def test_a_payer_that_is_another_customer_is_for_a_person() -> None:
    outcome = one(run(TWO, entry("100.00", "INV-2024-0501", C3)))
    assert outcome.status is Status.PROPOSED
    assert "but the payer is C3" in str(outcome.reasons[0])


def test_invoices_of_several_customers_are_for_a_person() -> None:
    """A way for each customer, the payer's own first."""
    ledger = TWO + invoice("INV-2024-0601", "80.00", customer="C2")
    outcome = one(run(ledger, entry("180.00", "INV-2024-0501 INV-2024-0601", C2)))
    assert outcome.status is Status.PROPOSED
    assert str(outcome.reasons[0]) == "it names invoices of several customers: C1, C2"
    assert [way.allocation.customer for way in outcome.candidates] == ["C2", "C1"]
    assert parts(outcome.candidates[0].allocation) == {
        "INV-2024-0601": "80.00",
        "unapplied": "100.00",
    }


def test_a_settled_invoice_beside_an_open_one_is_said() -> None:
    """The open one is paid; why the other isn't stands among the reasons."""
    first = entry("100.00", "INV-2024-0501", reference="A")
    second = entry("150.00", "INV-2024-0501 INV-2024-0502", reference="B")
    outcome = run(TWO, first, second).outcomes[1]
    assert items(outcome) == {"INV-2024-0502": "150.00"}
    assert "INV-2024-0501: nothing is open any more" in [str(each) for each in outcome.reasons]


def test_a_payer_whom_two_customers_share_is_for_a_person() -> None:
    """What points to several customers points to none."""
    accounts = ACCOUNTS.replace('payer: "Brandt Treasury;', 'payer: "华东重工有限公司;')
    outcome = one(run(TWO, entry("100.00", "货款"), accounts=accounts))
    assert outcome.status is Status.PROPOSED
    assert "the payer may be any of C1, C2" in [str(each) for each in outcome.reasons]


@pytest.mark.parametrize(
    ("text", "payer", "more", "doubt"),
    [
        ("合同 HT-2024-09 合同 HT-2024-10", C1, "", "it names several contracts"),
        ("合同 HT-2024-09", C2, "", "the contract HT-2024-09 is of C1"),
        ("合同 HT-2024-09", "陌生人", "", "the payer isn't known to be C1"),
        ("合同 HT-2024-09", C1, "Liabilities:Advances:Other", "C1 has several advance accounts"),
    ],
)
def test_a_contract_in_doubt_is_for_a_person(text: str, payer: str, more: str, doubt: str) -> None:
    """Each doubt is said; nothing is booked."""
    accounts = ACCOUNTS
    if more:
        accounts += f'2024-01-01 open {more}\n  customer: "C1"\n'
    ledger = invoice("INV-2024-0501", "7.00", more='contract: "HT-2024-09"')
    ledger += invoice("INV-2024-0502", "9.00", more='contract: "HT-2024-10"')
    outcome = one(run(ledger, entry("500.00", text, payer), accounts=accounts))
    assert outcome.status is Status.PROPOSED
    assert any(str(each).startswith(doubt) for each in outcome.reasons), outcome.reasons


def test_an_amount_without_a_payer_settles_nothing() -> None:
    assert statuses(run(TWO, entry("150.00", "", ""))) == ["unmatched"]


def test_an_unknown_payers_money_goes_to_the_suspense_account() -> None:
    receipt = entry("77.00", "donation", "Unheard Of", payer_account="99887766")
    outcome = one(run(SUSPENSE + TWO, receipt))
    assert outcome.status is Status.UNMATCHED
    text = written(run(SUSPENSE + TWO, receipt))
    assert "Liabilities:Suspense" in text
    assert statuses(run(SUSPENSE + TWO + text, receipt)) == ["known"]


def test_without_a_suspense_account_it_is_said_how_to_name_one() -> None:
    outcome = one(run(TWO, entry("77.00", "donation", "Unheard Of")))
    assert outcome.transaction is None
    assert '"suspense-account"' in str(outcome.reasons[-1])


# What isn't certain.


def test_equal_amounts_are_proposed_never_guessed() -> None:
    ledger = TWO + invoice("INV-2024-0503", "150.00")
    outcome = one(run(ledger, entry("150.00", "货款")))
    assert outcome.status is Status.PROPOSED
    assert [parts(way.allocation) for way in outcome.candidates[:2]] == [
        {"INV-2024-0503": "150.00"},
        {"INV-2024-0502": "150.00"},
    ]


def test_two_receipts_for_one_amount_are_for_a_person() -> None:
    first, second = (entry("150.00", "货款", reference=name) for name in "AB")
    assert statuses(run(TWO, first, second)) == ["proposed", "proposed"]


def test_an_invoice_that_it_names_beats_the_one_that_has_the_amount() -> None:
    """A receipt that names a number we don't know isn't put on the one that fits."""
    assert statuses(run(TWO, entry("150.00", "INV-2024-0999"))) == ["proposed"]


def test_a_second_payment_of_a_settled_invoice_is_for_a_person() -> None:
    first = entry("100.00", "INV-2024-0501", reference="A")
    second = entry("100.00", "INV-2024-0501", reference="B", day="2024-03-20")
    found = run(TWO, first, second)
    assert statuses(found) == ["matched", "proposed"]
    assert "nothing is open any more" in str(found.outcomes[1].reasons[0])


def test_a_short_number_counts_only_with_payer_and_amount() -> None:
    ledger = invoice("12", "100.00") + invoice("13", "150.00")
    assert how(one(run(ledger, entry("100.00", "invoice 12")))) == "reference"
    assert statuses(run(ledger, entry("60.00", "12 chairs", ""))) == ["unmatched"]


def test_a_booking_without_the_banks_link_is_not_booked_again() -> None:
    ledger = (
        TWO
        + """
2024-03-14 * "By hand"
  Assets:Bank  100.00 CNY
  Assets:Receivable:C2
"""
    )
    outcome = one(run(ledger, entry("100.00", "INV-2024-0501")))
    assert outcome.status is Status.PROPOSED
    assert "the ledger has a booking of this amount" in str(outcome.reasons[0])


# What the ledger has, and what is no receipt.


def test_run_twice_it_proposes_nothing_new() -> None:
    receipt = entry("100.00", "INV-2024-0501")
    text = written(run(TWO, receipt))
    again = run(TWO + text, receipt)
    assert statuses(again) == ["known"]
    assert written(again) == ""


def test_one_reference_for_two_payments_is_two_receipts() -> None:
    first = entry("100.00", "INV-2024-0501", reference="R")
    second = entry("150.00", "INV-2024-0502", reference="R")
    assert statuses(run(TWO, first, second)) == ["matched", "matched"]
    text = written(run(TWO, first))
    assert statuses(run(TWO + text, second)) == ["matched"]
    assert statuses(run(TWO + written(run(TWO, first, second)), second, first)) == ["known"] * 2


def test_the_banks_line_twice_is_one_receipt() -> None:
    receipt = entry("100.00", "INV-2024-0501", reference="R")
    assert statuses(run(TWO, receipt, receipt)) == ["matched", "known"]


def test_money_out_pending_and_later_entries_are_left_alone() -> None:
    found = run(
        TWO,
        entry("-20.00", "INV-2024-0501"),
        entry("100.00", "INV-2024-0501", pending=True),
        entry("100.00", "INV-2024-0501", day="2025-02-01"),
        entry("0.00", "INV-2024-0501"),
        entry("30.00", "returned", reversal=True),
    )
    assert statuses(found) == ["other"] * 5


def test_a_returned_payment_reverses_the_receipt_it_names() -> None:
    receipt = entry("100.00", "INV-2024-0501", reference="BR-7788")
    text = written(run(TWO, receipt))
    back = entry("-100.00", "RETURN OF BR-7788", "Bank", day="2024-03-20", reversal=True)
    outcome = one(run(TWO + text, back))
    assert how(outcome) == "return"
    assert 'reverses: "bank-BR-7788"' in written(run(TWO + text, back))
    assert after(TWO + text, back) == {"INV-2024-0501": "100.00", "INV-2024-0502": "150.00"}


def test_in_one_file_it_comes_back_and_is_paid_again() -> None:
    found = (
        entry("100.00", "INV-2024-0501", reference="R1"),
        entry("-100.00", "", day="2024-03-20", reversal=True, reference="R2"),
        entry("100.00", "INV-2024-0501", day="2024-03-25", reference="R3"),
    )
    assert statuses(run(TWO, *found)) == ["matched"] * 3
    assert after(TWO, *found) == {"INV-2024-0502": "150.00"}


def test_a_return_of_which_receipt_cant_be_told_is_for_a_person() -> None:
    ledger = TWO + invoice("INV-2024-0503", "100.00")
    receipts = [
        entry("100.00", f"INV-2024-050{n}", reference=f"R{n}", day=f"2024-03-1{n}") for n in (1, 3)
    ]
    text = written(run(ledger, *receipts))
    back = entry("-100.00", "", day="2024-03-20", reversal=True)
    outcome = one(run(ledger + text, back))
    assert outcome.status is Status.PROPOSED
    assert len(outcome.candidates) == 2


def test_another_currency_needs_the_amount_that_was_instructed() -> None:
    ledger = invoice("INV-2024-0501", "100.00 USD")
    plain = entry("720.00", "INV-2024-0501")
    assert statuses(run(ledger, plain)) == ["proposed"]
    told = entry("720.00", "INV-2024-0501", instructed=Decimal("100.00"), instructed_currency="USD")
    outcome = one(run(ledger, told))
    assert items(outcome) == {"INV-2024-0501": "100.00"}
    assert after(ledger, told) == {}


def test_a_back_dated_receipt_takes_from_nobody() -> None:
    """What a later entry has settled is not there for an earlier receipt."""
    ledger = (
        TWO
        + """
2024-04-01 * "Paid" ^bank-x
  Assets:Bank  100.00 CNY
  Assets:Receivable:C1
    invoice: "INV-2024-0501"
"""
    )
    assert statuses(run(ledger, entry("100.00", "INV-2024-0501"))) == ["proposed"]


# The bank's account.


def test_the_ledgers_account_is_told_by_its_number() -> None:
    with pytest.raises(ApplyError, match="account-number"):
        run(TWO, entry("100.00"), accounts=ACCOUNTS.replace("1001 2345 6789", "555566667777"))
    assert run(TWO, entry("100.00"), bank_account="Equity:Opening").outcomes


def test_without_a_number_it_is_the_only_one_that_it_can_be() -> None:
    """Called a bank's, or where money came in; two such are one too many."""
    plain = ACCOUNTS.replace('  account-number: "1001 2345 6789"\n', "")
    found = run(TWO, entry("100.00", "INV-2024-0501"), accounts=plain)
    assert found.guessed == "Assets:Bank"
    assert statuses(found) == ["matched"]
    second = plain + "2024-01-01 open Assets:Bank:Second\n"
    with pytest.raises(ApplyError, match="which of the ledger's accounts"):
        run(TWO, entry("100.00"), accounts=second)
    used = """
2024-02-20 * "Paid"
  Assets:Bank:Second  1.00 CNY
  Assets:Receivable:C2  -1.00 CNY
"""
    assert run(TWO + used, entry("100.00"), accounts=second).guessed == "Assets:Bank:Second"


def test_an_account_that_isnt_there_is_refused() -> None:
    with pytest.raises(ApplyError, match="opens no account"):
        run(TWO, entry("100.00"), bank_account="Assets:Bnak")


def test_an_instalment_without_a_due_date_is_left_to_a_person() -> None:
    """Who names the invoice without a due date settles what is due first, and not that one."""
    retention = "2024-01-01 open Assets:Receivable:C1:Retention\n  conditional: TRUE\n"
    ledger = (
        '\n2024-02-01 * "Invoice" ^INV-2024-0501\n'
        "  Assets:Receivable:C1:Retention  100.00 CNY\n"
        "  Assets:Receivable:C1:Retention  100.00 CNY\n    due: 2024-02-11\n"
        "  Income:Sales\n"
    )
    entries = (entry("100.00", ""), entry("100.00", "INV-2024-0501"))
    left = after(ledger, *entries, accounts=ACCOUNTS + retention)
    assert left["INV-2024-0501"] == "100.00"
