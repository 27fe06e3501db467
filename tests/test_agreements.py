# SPDX-License-Identifier: GPL-2.0-or-later
"""Agreements: what breaks them, which entry did it and how that was concluded, what is pending."""

from __future__ import annotations

import textwrap
import time

import pytest

from arledger.agreements import agreements, verify
from arledger.check import find
from arledger.findings import Finding
from arledger.subledger.subledger import Subledger
from tests.books import ACCOUNTS, AR, books, day, invoice

JUNE = day("2024-06-30")


def receipt(date: str, amount: str, number: str = "", names: str = "") -> str:
    """A receipt that names an invoice, or nothing."""
    link = f" ^{number}" if number else ""
    name = f'\n    invoice: "{names}"' if names else '\n    allocation: "none"'
    return f'{date} * "Receipt"{link}\n  Assets:Bank  {amount} CNY\n  {AR}  -{amount} CNY{name}\n'


def agreed(date: str, amount: str, *more: str, customer: str = "C1") -> str:
    """An agreed statement."""
    lines = [f'{date} custom "statement" "{customer}" {amount} CNY', "agreed: TRUE", *more]
    return "\n  ".join(lines) + "\n"


def broken(text: str) -> Finding:
    """The one agreement that is broken."""
    (found,) = [one for one in verify(books(text), JUNE) if one.rule == "agreement-broken"]
    return found


APRIL = invoice("2024-04-10", "INV-1", "500.00") + invoice("2024-05-02", "INV-2", "300.00")


def test_what_is_dated_later_breaks_nothing() -> None:
    """Nor does what is dated on the day itself and was there."""
    text = APRIL + agreed("2024-05-02", "800.00") + invoice("2024-05-03", "INV-3", "7.00")
    assert list(verify(books(text), JUNE)) == []


def test_all_receivable_accounts_count() -> None:
    """A bill taken is still owed; another customer's balance is not this one's."""
    text = (
        APRIL
        + '2024-05-20 * "Bill"\n'
        + f'  {AR}:Bills  500.00 CNY\n    invoice: "INV-1"\n    due: 2024-11-20\n'
        + f'  {AR}  -500.00 CNY\n    invoice: "INV-1"\n'
        + invoice("2024-05-20", "INV-9", "44.00", account="Assets:Receivable:C2")
        + agreed("2024-05-31", "800.00")
        + agreed("2024-05-31", "44.00", customer="C2")
    )
    assert list(verify(books(text), JUNE)) == []


@pytest.mark.parametrize(
    ("late", "number", "how"),
    [
        (invoice("2024-05-11", "INV-9", "123.00"), "INV-9", "the only entry of that amount"),
        (receipt("2024-05-11", "123.00", "RCP-9"), "RCP-9", "the only entry of that amount"),
        (receipt("2024-05-11", "123.00", names="INV-1"), "INV-1", "the only entry of that amount"),
        (invoice("2024-05-02", "INV-9", "300.00"), "INV-9", "of 2 entries of that amount"),
    ],
)
def test_the_entry_that_did_it_is_named(late: str, number: str, how: str) -> None:
    """Its number, date, amount and place; and how that was concluded."""
    found = broken(APRIL + agreed("2024-05-31", "800.00") + late)
    assert (found.severity, found.customer, found.item) == ("error", "C1", number)
    assert "at 2024-05-31 800.00 CNY was agreed, the ledger now has" in found.message
    assert how in found.message
    assert f"{number} 2024-05-" in found.message
    assert "(<string>:" in found.message


def test_only_what_came_after_the_last_agreement_is_suspected() -> None:
    """The 300.00 of April stood in the balance of April already."""
    text = invoice("2024-04-10", "INV-1", "300.00") + agreed("2024-04-30", "300.00")
    text += invoice("2024-05-20", "INV-2", "300.00") + agreed("2024-05-31", "300.00")
    found = broken(text)
    assert found.item == "INV-2"
    assert "the only entry of that amount" in found.message


def test_a_difference_is_explained_once() -> None:
    """The later agreement is broken by the same amount, and says since when."""
    both = APRIL + agreed("2024-05-31", "800.00") + agreed("2024-06-15", "800.00")
    late = invoice("2024-05-11", "INV-9", "5.00")
    first, second = verify(books(both + late), JUNE)
    assert (first.item, second.item) == ("INV-9", None)
    assert second.message.endswith("the difference is the same as at 2024-05-31")
    first, second = verify(books(both + late + invoice("2024-06-11", "INV-10", "7.00")), JUNE)
    assert (first.item, second.item) == ("INV-9", "INV-10")


def test_several_entries_together() -> None:
    """Two added afterwards, of amounts that no other two make up."""
    found = broken(
        APRIL
        + agreed("2024-05-31", "800.00")
        + invoice("2024-05-11", "INV-8", "11.00")
        + receipt("2024-05-12", "4.00", "RCP-8")
    )
    assert "INV-8 2024-05-11 11.00 CNY" in found.message
    assert "RCP-8 2024-05-12 -4.00 CNY" in found.message
    assert "together account for the 7.00: written later" in found.message
    assert found.item is None


def test_two_of_one_amount_are_both_named() -> None:
    """Where nothing tells them apart, nothing is concluded."""
    text = (
        invoice("2024-05-01", "INV-1", "50.00")
        + invoice("2024-05-02", "INV-2", "50.00")
        + agreed("2024-05-31", "50.00")
    )
    found = broken(text)
    assert "which of them can't be told: INV-1 2024-05-01" in found.message
    assert "INV-2 2024-05-02" in found.message
    assert found.item is None


def test_an_entry_that_was_dated_into_the_next_month() -> None:
    """Moved out of the period: nothing in it explains the difference, but its opposite does."""
    found = broken(
        invoice("2024-04-10", "INV-1", "500.00")
        + agreed("2024-05-31", "800.00")
        + invoice("2024-06-02", "INV-2", "300.00")
    )
    assert "would if they had been dated up to then: INV-2 2024-06-02 300.00" in found.message


def test_an_amount_that_was_changed() -> None:
    """Just the difference is left open of the invoice that was paid in full."""
    found = broken(
        invoice("2024-04-10", "INV-1", "530.00")
        + invoice("2024-04-11", "INV-2", "100.00")
        + receipt("2024-05-10", "500.00", names="INV-1")
        + agreed("2024-05-31", "100.00")
    )
    assert "just that is left of INV-1" in found.message


def test_two_entries_that_only_together_explain_it() -> None:
    """Where their place tells nothing: each file may be in any order."""
    found = broken(
        agreed("2024-05-31", "100.00")
        + invoice("2024-05-11", "INV-1", "100.00")
        + invoice("2024-05-12", "INV-2", "12.00")
        + receipt("2024-05-13", "3.00", "RCP-1")
        + invoice("2024-05-14", "INV-3", "41.00")
    )
    assert "INV-1" not in found.message.partition(";")[2]
    assert "together account for the 50.00" in found.message


def test_what_cannot_be_explained_is_said_so() -> None:
    """An entry that is no more stands in the ledger's history only."""
    found = broken(APRIL + agreed("2024-05-31", "1234.56"))
    assert "no entry accounts for the -434.56" in found.message


def test_a_statement_that_is_not_agreed_is_for_information() -> None:
    """Where it differs; where it doesn't, nothing is said."""
    plain = '2024-05-31 custom "statement" "C1" {} CNY\n'
    (found,) = verify(books(APRIL + plain.format("790.00")), JUNE)
    assert (found.rule, found.severity) == ("statement-differs", "info")
    assert list(verify(books(APRIL + plain.format("800.00")), JUNE)) == []


def test_another_currency_is_not_taken_for_a_broken_agreement() -> None:
    """The customer has nothing in it; a balance of zero may be agreed."""
    text = APRIL + '2024-05-31 custom "statement" "C1" {} USD\n  agreed: TRUE\n'
    (found,) = verify(books(text.format("800.00")), JUNE)
    assert found.rule == "statement-currency"
    assert "nothing in USD, only in CNY" in found.message
    assert list(verify(books(text.format("0.00")), JUNE)) == []


def test_a_question_of_an_earlier_day_knows_no_later_statement() -> None:
    """What was agreed afterwards wasn't known."""
    subledger = books(APRIL + agreed("2024-05-31", "1.00"))
    assert agreements(subledger, day("2024-05-30")) == ()
    assert find(subledger, day("2024-05-30"), ("statements",)) == ()


# Agreed differences.


def pending(text: str, as_of: str = "2024-06-30") -> list[str]:
    """The differences that are listed as not settled."""
    return [each.text for one in agreements(books(text), day(as_of)) for each in one.pending]


TRANSIT = "in-transit INV-2 -300.00 CNY"
EXPLAINED = agreed("2024-05-31", "800.00", "theirs: 500.00 CNY", f'difference-1: "{TRANSIT}"')


def test_an_agreed_difference_is_listed() -> None:
    """With the customer, the item and the day; for information."""
    (found,) = verify(books(APRIL + EXPLAINED), JUNE)
    assert (found.rule, found.severity, found.item) == ("agreed-difference", "info", "INV-2")
    assert TRANSIT in found.message


def test_it_is_settled_once_nothing_is_left_of_the_item() -> None:
    """From the day of the payment, and not while a part is open."""
    text = APRIL + EXPLAINED + receipt("2024-06-10", "299.00", names="INV-2")
    assert pending(text) == [TRANSIT]
    text += receipt("2024-06-20", "1.00", names="INV-2")
    assert pending(text, "2024-06-19") == [TRANSIT]
    assert pending(text) == []


def test_it_is_settled_once_its_document_is_posted() -> None:
    """What they had and we lacked; by its number, or by a link of its transaction."""
    words = '"missing-in-ledger PAY-77 -100.00 CNY"'
    text = APRIL + agreed("2024-05-31", "800.00", f"difference-1: {words}")
    assert pending(text) == [words.strip('"')]
    assert pending(text + receipt("2024-06-03", "100.00", "PAY-77")) == []
    linked = receipt("2024-06-03", "100.00", "RCP-1 ^bank-1", names="INV-1")
    assert pending(text.replace("PAY-77", "bank-1") + linked) == []


def test_it_is_settled_by_the_credit_that_corrects_it() -> None:
    """A credit note over just the difference, naming the invoice."""
    text = APRIL + agreed("2024-05-31", "800.00", 'difference-1: "amount INV-1 -20.00 CNY"')
    note = '2024-06-05 * "Note" #credit-note\n  Income:Sales  20.00 CNY\n'
    note += f'  {AR}  -20.00 CNY\n    invoice: "INV-1"\n'
    assert len(pending(text)) == 1
    assert pending(text + note) == []
    assert len(pending(text + note.replace("20.00", "19.00"))) == 1


def test_the_next_agreement_replaces_the_list() -> None:
    """What it doesn't list is settled; a statement that isn't agreed changes nothing."""
    later = '2024-06-15 custom "statement" "C1" 800.00 CNY\n'
    assert pending(APRIL + EXPLAINED + later) == [TRANSIT]
    assert pending(APRIL + EXPLAINED + later + "  agreed: TRUE\n") == []


def test_words_without_a_number_stay_until_the_next_agreement() -> None:
    """Nothing tells when they are settled."""
    text = APRIL + agreed("2024-05-31", "800.00", 'difference-1: "- they look for it 1.00 CNY"')
    assert len(pending(text + receipt("2024-06-10", "800.00"))) == 1


# Cost.


def _many(count: int) -> Subledger:
    lines = [
        invoice(f"2024-05-{at % 28 + 1:02d}", f"INV-{at}", f"{at + 1}.00") for at in range(count)
    ]
    return books("\n".join([*lines, agreed("2024-05-31", "0.01")]))


def test_a_search_without_end_is_given_up() -> None:
    """Four thousand entries, none of which explains it: pairs are tried, triples aren't."""
    subledger = _many(4000)
    start = time.perf_counter()
    (found,) = [one for one in verify(subledger, JUNE) if one.rule == "agreement-broken"]
    assert "no entry accounts for" in found.message
    assert time.perf_counter() - start < 3


def test_the_finding_stands_at_the_statement() -> None:
    """What is violated is what was agreed: its line is the place, the entry's is in the text."""
    text = APRIL + agreed("2024-05-31", "800.00") + invoice("2024-05-11", "INV-9", "5.00")
    lines = (ACCOUNTS + textwrap.dedent(text)).splitlines()
    assert 'custom "statement"' in lines[broken(text).line - 1]
