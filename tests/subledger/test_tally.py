# SPDX-License-Identifier: GPL-2.0-or-later
"""The tally: who has plain documents, who is left to the replay, and for what.

Whether its figures are right is a law (tests/properties/test_tally_laws.py); here is told that
it has figures where it should, and keeps silent where something might be wrong.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data

from arledger.language.frame import read_frame
from arledger.subledger.tally import Tally, tally
from tests.books import ACCOUNTS, invoice, receipt

C1, C2 = "Assets:Receivable:C1", "Assets:Receivable:C2"
CHART = ACCOUNTS + "".join(
    f'2024-01-01 open Assets:Receivable:{name}\n  customer: "{name}"\n'
    for name in ("C3", "C4", "C5")
)
PLAIN = (
    invoice("2024-03-01", "A1", "100.00"),
    invoice("2024-03-05", "A2", "60.00", more='contract: "K-1"'),
    receipt("2024-03-10", "40.00", "A1", number="R1"),
    receipt("2024-03-11", "60.00", number="A1 ^bank-7"),
    receipt("2024-03-12", "5.00", number="R2"),
    receipt("2024-03-13", "7.00"),
)
FIFO = '2024-01-01 custom "allocation" "C1" "fifo"\n'


def tallied(*texts: str) -> Tally | None:
    """The tally of the usual accounts, and a third customer's."""
    loader.initialize(use_cache=False)
    entries, errors, options = loader.load_string(CHART + "\n".join(texts))
    assert errors == []
    return tally(read_frame(entries, options), entries)


def open_(found: Tally | None) -> dict[str | None, Decimal]:
    """What is open by number, credits as negative amounts."""
    assert found is not None
    figures = {one.item.number: one.outstanding for one in found.items}
    return figures | {other.credit.number: -other.unapplied for other in found.credits}


def test_what_is_plain_is_tallied() -> None:
    found = tallied(*PLAIN)
    assert found is not None
    assert not found.others
    assert open_(found) == {"A2": 60, "R2": -5, None: -7}
    assert len(found.transactions) == len(PLAIN)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        (invoice("2024-05-01", "B1", "9.00", more="due: 2024-06-01"), {"B1": 9}),
        (invoice("2024-05-01", None, "9.00", more='invoice: " B1 "'), {"B1": 9}),
        (invoice("2024-05-01", "bank-1", "9.00", more='invoice: "B1"'), {"B1": 9}),
        (receipt("2024-05-01", "20.00", "A2", more='receipt: "R9"'), {"A2": 40}),
        (receipt("2024-05-01", "20.00", number="A2 #credit-note"), {"A2": 40}),
        (receipt("2024-05-01", "20.00", number="A2 #write-off"), {"A2": 40}),
        (
            f"""2024-05-01 * "Two paid" ^R9
  {C1}  -10.00 CNY
    invoice: "A2"
  {C1}  -11.00 CNY
    invoice: "A2"
  {C1}  -12.00 CNY
  Assets:Bank
""",
            {"A2": 39, "R9": -12},
        ),
        # A key beats a link, which is then the receipt's own number.
        (
            invoice("2024-05-01", "B1", "20.00")
            + receipt("2024-05-02", "15.00", number="A2", more='invoice: "B1"'),
            {"B1": 5},
        ),
        (receipt("2024-05-01", "20.00", number="R8", more='receipt: "R9"'), {"R9": -20}),
        (receipt("2024-05-01", "20.00", number="A2") * 2, {"A2": 20}),
        ('2024-01-01 custom "credit-limit" "C1" 160.00 CNY\n', {}),
        ('2024-01-01 custom "payment-terms" "C1" "2/10 net 60"\n', {}),
        ('2024-01-01 custom "credit-hold" "C3" TRUE\n', {}),
        ('2024-01-01 custom "ar-option" "severity" "no-due-date" "off"\n', {}),
        ('2024-01-01 custom "ar-option" "severity" "pad" "error"\n', {}),
        ('2024-01-01 custom "ar-option" "severity" "limit-exceeded" "warning"\n', {}),
        (FIFO, {"A2": 48, "R2": 0, None: 0}),
        (FIFO + '2024-03-13 custom "allocation" "C1" "none"\n', {"A2": 55, "R2": 0}),
        (FIFO + invoice("2024-03-13", "B1", "3.00"), {"A2": 48, "R2": 0, None: 0, "B1": 3}),
    ],
)
def test_more_that_is_plain(text: str, figures: dict[str, int]) -> None:
    found = tallied(*PLAIN, text)
    assert found is not None
    assert not found.others
    expected = {"A2": 60, "R2": -5, None: -7} | figures
    assert open_(found) == {name: amount for name, amount in expected.items() if amount}


LABELS = ("not-due", "1-30", "31-60", "61-90", "91+")
TWO = f"""2024-05-01 * "Two" ^B1
  {C1}  10.00 CNY
    due: 2024-06-01
  {C1}  11.00 CNY
    due: 2024-07-01
  Income:Sales
"""
# Each with what makes it less than plain.
LEFT = {
    "a number twice": invoice("2024-05-01", "A1", "9.00"),
    "instalments in one transaction": TWO,
    "instalments by terms": '2024-01-01 custom "payment-terms" "C1" "30% on receipt, rest net 30"',
    "no due date": '2024-01-01 custom "payment-terms" "C1" "net 30 from acceptance"',
    "terms that begin later": '2024-04-01 custom "payment-terms" "C1" "net 30"\n'
    '2024-01-01 custom "payment-terms" "C1" "50% net 10, rest net 30"',
    "due before the invoice": invoice("2024-05-01", "B1", "9.00", more="due: 2024-04-01"),
    "a due date that is none": invoice("2024-05-01", "B1", "9.00", more='due: "2024-06-01"'),
    "a number that is none": invoice("2024-05-01", None, "9.00", more="invoice: 2024-0501"),
    "an empty number": invoice("2024-05-01", None, "9.00", more='invoice: ""'),
    "an invoice date": invoice("2024-05-01", "B1", "9.00", more="invoice-date: 2024-01-01"),
    "terms of its own": invoice("2024-05-01", "B1", "9.00", more='terms: "net 10"'),
    "a waiver": invoice("2024-05-01", "B1", "9.00", more='credit-waiver: "Li"'),
    "two links": invoice("2024-05-01", "B1 ^B2", "9.00"),
    "a recovery": invoice("2024-05-01", "B1 #recovery", "9.00"),
    "nothing": invoice("2024-05-01", "B1", "0.00"),
    "a refund": invoice("2024-05-01", None, "5.00", more='receipt: "R2"'),
    "a returned payment": invoice("2024-05-01", None, "40.00", more='reverses: "R1"'),
    "a cancelled invoice": receipt("2024-05-01", "60.00", more='reverses: "A2"'),
    "more than is open": receipt("2024-05-01", "60.01", "A2"),
    "more than is open, by a link": receipt("2024-05-01", "60.01", number="A2"),
    "what is settled": receipt("2024-05-01", "1.00", "A1"),
    "an unknown invoice": receipt("2024-05-01", "1.00", "A9"),
    "a receipt's number twice": receipt("2024-05-01", "1.00", number="R2"),
    "held until named": receipt("2024-05-01", "1.00", more='allocation: "none"'),
    "an instalment": receipt("2024-05-01", "1.00", "A2", more="due: 2024-04-04"),
    "two tags": receipt("2024-05-01", "1.00", number="A2 #write-off #credit-note"),
    "a credit note for nothing": receipt("2024-05-01", "1.00", number="N1 #credit-note"),
    "nothing paid": receipt("2024-05-01", "0.00", "A2"),
    "nothing received": receipt("2024-05-01", "0.00"),
    "another currency": invoice("2024-05-01", "B1", "9.00 USD"),
    "another account": invoice("2024-05-01", "B1", "9.00", account=C1 + ":Bills"),
    "not due before it is moved": invoice("2024-05-01", "B1", "9.00", account=C1 + ":Retention"),
    "a hold": '2024-01-01 custom "credit-hold" "C1" FALSE',
    "a limit that is exceeded": '2024-01-01 custom "credit-limit" "C1" 159.99 CNY',
    "a limit in another currency": '2024-01-01 custom "credit-limit" "C1" 999.00 USD',
    "limits in two currencies": '2024-01-01 custom "credit-limit" "C1" 999.00 USD\n'
    '2024-01-01 custom "credit-limit" "C1" 999.00 CNY',
    "a prefix of invoices": '2024-01-01 custom "ar-option" "invoice-links" "R"',
    "a bucket without a rate": "".join(
        f'2024-01-01 custom "loss-rate" "C1" "{label}" 0.01\n' for label in LABELS[:-1]
    )
    + "".join(
        f'2024-01-01 custom "loss-rate" Assets:Receivable "{label}" 0.01\n' for label in LABELS
    ),
    "an advance": """2024-05-01 * "Advance" ^V1
  Liabilities:Advances:C1  -9.00 CNY
  Assets:Bank
""",
    "a transfer": f"""2024-05-01 * "A bill" ^A2
  {C1}:Bills  9.00 CNY
  {C1}       -9.00 CNY
""",
    "two invoices in one": f"""2024-05-01 * "Two raised"
  {C1}  10.00 CNY
    invoice: "B1"
  {C1}  11.00 CNY
    invoice: "B2"
  Income:Sales
""",
    **{
        f"an amount of {amount} and its key": f"""2024-05-01 * "Much"
  invoice: "B1"
  {C1}  {amount} CNY
  Income:Sales  -{amount} CNY
"""
        for amount in ("0." + "1" * 31, "1" + "0" * 31)
    },
    "raised and paid in one": f"""2024-05-01 * "Both"
  {C1}  9.00 CNY
    invoice: "B1"
  {C1}  -8.00 CNY
    invoice: "A2"
  Income:Sales
""",
    "a numbered credit that stands first": receipt(
        "2024-05-01", "9.00", number="B1", more='receipt: "R9"'
    )
    + invoice("2024-05-01", "B1", "9.00"),
    "a credit that stands first": receipt("2024-05-01", "9.00", number="B1")
    + invoice("2024-05-01", "B1", "9.00"),
}


@pytest.mark.parametrize("what", LEFT)
def test_whoever_has_more_than_plain_documents_is_left(what: str) -> None:
    """With everything of theirs; the others are not."""
    of_another = invoice("2024-03-01", "A1", "8.00", account=C2)
    found = tallied(*PLAIN, of_another, LEFT[what])
    assert found is not None
    assert found.others == {"C1"}
    assert open_(found) == {"A1": 8}


def test_loss_rates_for_all_that_is_open() -> None:
    """With a rate for each bucket nothing can be without one, however old it is."""
    rates = [
        f'2024-01-01 custom "loss-rate" Assets:Receivable "{label}" 0.01\n' for label in LABELS
    ]
    found = tallied(*PLAIN, *rates)
    assert found is not None
    assert not found.others
    found = tallied(*PLAIN, *rates[:-1], invoice("2024-03-01", "A1", "8.00", account=C2))
    assert found is not None
    assert found.others == {"C1", "C2"}


@pytest.mark.parametrize("sign", ["", "-"])
def test_two_customers_in_one_transaction_are_both_left(sign: str) -> None:
    found = tallied(
        *PLAIN,
        invoice("2024-03-01", "A1", "8.00", account=C2),
        invoice("2024-03-01", "A1", "3.00", account="Assets:Receivable:C3"),
        f"""2024-05-01 * "Both"
  {C1}  -1.00 CNY
    invoice: "A2"
  {C2}  {sign}1.00 CNY
    invoice: "A1"
  Assets:Bank
""",
    )
    assert found is not None
    assert found.others == {"C1", "C2"}
    assert open_(found) == {"A1": 3}


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01 * ^V1\n  Liabilities:Advances:C1  -9.00 CNY\n  Assets:Bank\n",
        invoice("2024-05-01", "B1", "9.00", account=C1 + ":Retention", more="due: 2025-05-01"),
    ],
)
def test_accounts_of_another_kind_are_left(text: str) -> None:
    """Even where they are all that a customer has."""
    found = tallied(text)
    assert found is not None
    assert found.others == {"C1"}
    assert not open_(found)


def test_nothing_is_gained_where_more_than_half_are_left() -> None:
    odd = [
        invoice("2024-05-01", "B1 ^B2", "9.00", account=f"Assets:Receivable:C{number}")
        for number in (1, 2, 3)
    ]
    few, many = tallied(*odd[:2]), tallied(*odd)
    assert few is not None
    assert few.others == {"C1", "C2"}
    assert many is None


NOBODY = """2024-01-01 open {0}
2024-05-01 * "Nobody's"
  {0}  1.00 CNY
  Income:Sales
"""


@pytest.mark.parametrize(
    "text",
    [
        '2024-01-01 custom "specific-allowance" "C1" 5.00 CNY',
        '2024-01-01 custom "group-credit-limit" Assets:Receivable 5.00 CNY',
        '2024-01-01 custom "ar-option" "severity" "customer-in-credit" "error"',
        '2024-01-01 custom "ar-option" "severity" "unknown-item" "warning"',
        '2024-01-01 custom "ar-option" "severity" "advance-exceeded" "off"',
        '2024-05-01 custom "statement" "C1" 5.00 CNY',
        f'2024-04-30 custom "ar-seal" "v1:sha256:{"0" * 64}"',
        '2024-05-01 custom "ar-reopen" 2024-04-30\n  approved-by: "Li"\n  reason: "?"',
        "2024-05-01 * #allowance\n  Assets:Allowance  1.00 CNY\n  Expenses:CreditLoss\n",
        NOBODY.format("Assets:Receivable:X"),
        NOBODY.format("Liabilities:Advances:X"),
    ],
)
def test_what_only_history_can_tell_is_left_to_the_replay(text: str) -> None:
    assert tallied(*PLAIN, text) is None


def test_entries_out_of_order_are_left_to_the_replay() -> None:
    """Another plugin may have added what it inserts at the end."""
    entries, _, options = loader.load_string(CHART + "\n".join(PLAIN))
    frame = read_frame(entries, options)
    assert tally(frame, entries) is not None
    assert tally(frame, [entries[-1], *entries[:-1]]) is None


def test_a_posting_without_a_number_is_left_to_the_replay() -> None:
    """Beancount has said what is wrong with it."""
    entries, _, options = loader.load_string(CHART + "\n".join(PLAIN))
    last = entries[-1]
    assert isinstance(last, data.Transaction)
    postings = [posting._replace(units=None) for posting in last.postings]
    broken = [*entries[:-1], last._replace(postings=postings)]
    assert tally(read_frame(broken, options), broken) is None


def test_the_oldest_due_item_comes_first() -> None:
    """By due date, then by date, then by number; whatever stands first in the file."""
    found = tallied(
        FIFO,
        invoice("2024-03-05", "B1", "50.00", more="due: 2024-06-01"),
        invoice("2024-03-05", "B2", "50.00", more="due: 2024-05-01"),
        receipt("2024-03-06", "60.00", number="R1"),
    )
    assert open_(found) == {"B1": 40}
    found = tallied(
        FIFO,
        invoice("2024-03-04", "B9", "50.00", more="due: 2024-06-01"),
        invoice("2024-03-05", "B1", "50.00", more="due: 2024-06-01"),
        invoice("2024-03-05", "B0", "50.00", more="due: 2024-06-01"),
        receipt("2024-03-06", "60.00", number="R1"),
    )
    assert open_(found) == {"B0": 40, "B1": 50}


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        (("2024-03-01", "6.00", "R2"), ("2024-03-01", "6.00", "R1")),
        (("2024-03-02", "6.00", "R1"), ("2024-03-01", "6.00", "R2")),
        (("2024-03-01", "7.00", None), ("2024-03-01", "5.00", None)),
    ],
)
def test_the_oldest_credit_comes_first(
    later: tuple[str, str, str | None], earlier: tuple[str, str, str | None]
) -> None:
    """By date, then number, then amount; not by its place in the file."""
    texts = [receipt(day, amount, number=number) for day, amount, number in (later, earlier)]
    found = tallied(FIFO, *texts, invoice("2024-03-05", "B1", "10.00"))
    assert found is not None
    (left,) = found.credits
    assert left.unapplied == 2
    assert (str(left.credit.date), str(left.credit.amount), left.credit.number) == later


@pytest.mark.parametrize(
    ("first", "second"), [('"B" "a"', '"A" "b"'), ('"b"', '"a"'), ('"A" "b"', '"A" "a"')]
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_what_is_equal_is_told_apart_by_its_words(first: str, second: str, sign: str) -> None:
    """Items as credits: of equal numbers and amounts, not their places in the file."""

    def said(words: str) -> str:
        return f"2024-03-01 * {words}\n  {C1}  {sign}6.00 CNY\n  Assets:Bank\n"

    other = receipt("2024-03-05", "10.00") if not sign else invoice("2024-03-05", "B1", "10.00")
    found = tallied(FIFO, said(first), said(second), other)
    assert found is not None
    (left,) = [one.item for one in found.items] + [one.credit for one in found.credits]
    words = [left.transaction.payee, left.transaction.narration]
    assert " ".join(f'"{word}"' for word in words if word) == first


@pytest.mark.parametrize("sign", ["", "-"])
def test_equals_are_left(sign: str) -> None:
    """Which of them comes first is a matter of how they are read."""
    same = f"2024-03-01 *\n  {C1}  {sign}6.00 CNY\n  Assets:Bank\n"
    found = tallied(FIFO, same, same)
    assert found is not None
    assert found.others == {"C1"}


def test_what_waits_takes_the_oldest_due_item_of_any_day() -> None:
    """Money first: it takes what comes, and of one day's items those due first."""
    found = tallied(
        FIFO,
        receipt("2024-03-01", "100.00", number="R1"),
        receipt("2024-03-01", "10.00"),
        invoice("2024-03-05", "B1", "50.00", more="due: 2024-06-01"),
        invoice("2024-03-05", "B2", "50.00", more="due: 2024-05-01"),
        invoice("2024-03-06", "B3", "30.00", more="due: 2024-04-01"),
        receipt("2024-03-06", "5.00", number="B3"),
        receipt("2024-03-07", "4.00", "B3"),
    )
    # The nameless one comes first by its (missing) number: 10 and 40 for B2, 50 for B1, 10 for B3.
    assert open_(found) == {"B3": 11}


def test_the_day_s_receipts_come_before_what_waits() -> None:
    """Who names an item is served before who takes what there is, wherever it stands in the file."""
    found = tallied(
        FIFO,
        invoice("2024-03-05", "B1", "50.00"),
        receipt("2024-03-06", "30.00", number="R1"),
        receipt("2024-03-06", "40.00", "B1"),
    )
    assert open_(found) == {"R1": -20}
    item = tallied(FIFO, invoice("2024-03-05", "B1", "50.00"))
    assert item is not None
    assert item.items[0].item.due == dt.date(2024, 4, 4)
