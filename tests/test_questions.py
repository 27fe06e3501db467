# SPDX-License-Identifier: GPL-2.0-or-later
"""Aging, credit, allowance, advances: each rule on a small ledger with figures by hand."""

from __future__ import annotations

from decimal import Decimal

from arledger.advances import advances
from arledger.aging import aging
from arledger.allowance import adjustments, allowance
from arledger.credit import credit
from arledger.language.buckets import parse_buckets
from arledger.open_items import open_items
from arledger.roll_forward import roll_forward
from tests.books import AR, BILLS, books, day, decimals, invoice, receipt, rules

TWO = (
    invoice("2024-02-01", "INV-1", "100")
    + invoice("2024-03-01", "INV-2", "50", account=BILLS)
    + invoice("2024-03-05", "INV-3", "10 USD")
    + invoice("2024-03-05", "INV-4", "8", account="Assets:Receivable:C2")
    + receipt("2024-03-20", "30", number="RCP-1")
)
USD = "2024-03-31 price USD 7.005 CNY\n"


def test_buckets_and_unapplied_make_the_total() -> None:
    """By customer: one row a currency, credits in a column of their own."""
    answer = aging(books(TWO), day("2024-04-04"))
    assert answer.labels == ("not-due", "1-30", "31-60", "61-90", "91+")
    assert [(r.key, r.name, r.currency) for r in answer.rows] == [
        ("C1", "华东重工有限公司", "CNY"),
        ("C1", "华东重工有限公司", "USD"),
        ("C2", "", "CNY"),
    ]
    first = answer.rows[0]
    assert first.buckets == decimals("0", "50", "100", "0", "0")
    assert (first.unapplied, first.total) == decimals("-30", "120")
    assert [(t.currency, t.total) for t in answer.totals] == [
        ("CNY", Decimal(128)),
        ("USD", Decimal(10)),
    ]


def test_by_account_item_and_attribute() -> None:
    """The same totals, however they are grouped; without an attribute the key is empty."""
    ledger = books(TWO)
    as_of = day("2024-04-04")
    assert [r.key for r in aging(ledger, as_of, by="account").rows] == [
        AR,
        AR,
        BILLS,
        "Assets:Receivable:C2",
    ]
    items = aging(ledger, as_of, by="item").rows
    assert [r.key for r in items] == ["INV-1", "RCP-1", "INV-3", "INV-2", "INV-4"]
    assert [r.key for r in aging(ledger, as_of, by="segment").rows] == ["", ""]
    assert [r.key for r in aging(ledger, as_of, customers=["C2"]).rows] == ["C2"]


def test_the_basis_and_the_buckets_can_be_chosen() -> None:
    """On basis invoice, in two halves of a month."""
    answer = aging(
        books(TWO),
        day("2024-03-05"),
        basis="invoice",
        buckets=parse_buckets((15,)),
        customers=["C1"],
    )
    assert answer.labels == ("0-15", "16+")
    assert answer.rows[0].buckets == decimals("50", "100")


def test_own_bucket_ages_credits_by_their_own_date() -> None:
    """By option; the total is the same."""
    ledger = books('2024-01-01 custom "ar-option" "unapplied-credits" "own-bucket"\n' + TWO)
    row = aging(ledger, day("2024-04-04")).rows[0]
    assert row.buckets == decimals("0", "20", "100", "0", "0")
    assert (row.unapplied, row.total) == decimals("0", "120")


def test_conversion_rounds_each_figure_and_names_its_price() -> None:
    """10 USD at 7.005 are 70.05; rows of one customer become one."""
    answer = aging(books(TWO + USD), day("2024-04-04"), into="CNY")
    assert [(r.key, r.currency, r.total) for r in answer.rows] == [
        ("C1", "CNY", Decimal("190.05")),
        ("C2", "CNY", Decimal(8)),
    ]
    assert [(q.currency, str(q.date), q.rate) for q in answer.prices] == [
        ("USD", "2024-03-31", Decimal("7.005"))
    ]
    by_item = aging(books(TWO + USD), day("2024-04-04"), into="CNY", by="item")
    assert [(r.key, r.total) for r in by_item.rows if r.key == "INV-3"] == [
        ("INV-3", Decimal("70.05"))
    ]


def test_a_missing_price_is_a_finding_and_loses_nothing() -> None:
    """What can't be converted stays in its own currency."""
    answer = aging(books(TWO), day("2024-04-04"), into="CNY")
    assert [found.rule for found in answer.findings] == ["missing-price"]
    assert {(r.currency, r.total) for r in answer.rows} == {
        ("CNY", Decimal(120)),
        ("CNY", Decimal(8)),
        ("USD", Decimal(10)),
    }


def test_customers_in_credit_are_shown_apart() -> None:
    """The total says how much of it they are."""
    ledger = books(TWO + receipt("2024-04-01", "20", account="Assets:Receivable:C2"))
    answer = aging(ledger, day("2024-04-04"))
    assert answer.totals[0].in_credit == Decimal(-12)
    assert rules(ledger) == ["customer-in-credit"]


def test_open_items_with_their_applications() -> None:
    """Settled ones on request; a credit's figures are negative and add up."""
    ledger = books(TWO + receipt("2024-03-25", "40", "INV-1", number="RCP-2"))
    rows = open_items(ledger, day("2024-04-04"), customers=["C1"])
    assert [(r.item, r.outstanding) for r in rows] == [
        ("INV-1", Decimal(60)),
        ("RCP-1", Decimal(-30)),
        ("INV-3", Decimal(10)),
        ("INV-2", Decimal(50)),
    ]
    assert [(a.credit, a.amount) for a in rows[0].applications] == [("RCP-2", Decimal(40))]
    every = open_items(ledger, day("2024-04-04"), settled=True)
    settled = next(row for row in every if row.item == "RCP-2")
    assert settled.amount - sum(a.amount for a in settled.applications) == settled.outstanding == 0


LIMITS = """
2024-01-01 custom "credit-limit" Assets:Receivable  50.00 CNY
2024-01-01 custom "credit-limit" "C1"  200.00 CNY
  approved-by: "Wang Min"
2024-04-01 custom "credit-limit" "C1"  300.00 CNY
  until: 2024-04-30
2024-04-10 custom "credit-hold" "C1" TRUE
  until: 2024-04-20
"""


def test_limits_exposure_and_holds_over_time() -> None:
    """The customer's own beats the account's; an ended one gives way to the earlier."""
    ledger = books(LIMITS + TWO + USD)

    def row(date: str) -> tuple[object, ...]:
        one = next(r for r in credit(ledger, day(date)).rows if r.customer == "C1")
        return one.limit, one.exposure, one.available, one.hold

    # 100 - 30 + 10 USD at 7.005; the bills are out of exposure.
    assert row("2024-04-09") == (Decimal(300), Decimal("140.05"), Decimal("159.95"), False)
    assert row("2024-04-10")[3] is True
    assert row("2024-04-20")[3] is True
    assert row("2024-04-21")[3] is False
    assert row("2024-04-30")[0] == Decimal(300)
    assert row("2024-05-01")[0] == Decimal(200)
    other = next(r for r in credit(ledger, day("2024-04-09")).rows if r.customer == "C2")
    assert (other.limit, other.exposure, other.overdue) == decimals("50", "8", "8")


def test_no_limit_is_not_zero() -> None:
    """A row per currency owed, without limit or headroom."""
    rows = credit(books(TWO), day("2024-04-04")).rows
    assert [(r.customer, r.currency, r.limit, r.available, r.exposure) for r in rows] == [
        ("C1", "CNY", None, None, Decimal(70)),
        ("C1", "USD", None, None, Decimal(10)),
        ("C2", "CNY", None, None, Decimal(8)),
    ]


ADVANCE = """
2024-02-10 * "Advance" ^ADV-1
  contract: "K1"
  deliver-by: 2024-09-01
  Assets:Bank                         113 CNY
  Liabilities:Advances:C1            -100 CNY
  Liabilities:Advances:C1:PendingVAT  -13 CNY
"""


def test_exposure_net_of_advances_by_option() -> None:
    """What is held lowers the exposure from its day."""
    option = '2024-01-01 custom "ar-option" "exposure-net-of-advances" TRUE\n'
    ledger = books(option + LIMITS + TWO + USD + ADVANCE)
    row = credit(ledger, day("2024-04-09"), customers=["C1"]).rows[0]
    assert (row.exposure, row.advances) == decimals("27.05", "113")


def test_an_advance_and_how_its_debits_are_split() -> None:
    """Applied up to the receivable credited, earned with its VAT, the rest refunded."""
    text = f"""
2024-03-01 * "Applied"
  Liabilities:Advances:C1  40 CNY
    advance: "ADV-1"
  {AR}  -40 CNY
    invoice: "INV-1"

2024-03-02 * "Earned, and the rest refunded"
  Liabilities:Advances:C1              50 CNY
    advance: "ADV-1"
  Liabilities:Advances:C1:PendingVAT  6.5 CNY
    advance: "ADV-1"
  Income:Sales                        -50 CNY
  Liabilities:VAT                    -5.2 CNY
  Assets:Bank                        -1.3 CNY
"""
    ledger = books(invoice("2024-02-01", "INV-1", "100") + ADVANCE + text)
    row = advances(ledger, day("2024-03-02")).rows[0]
    standing = row.standing
    assert (standing.amount, standing.applied, standing.earned, standing.refunded) == decimals(
        "113", "40", "55.2", "1.3"
    )
    assert (standing.open, row.contract, row.days) == (Decimal("16.5"), "K1", 21)
    assert str(row.deliver_by) == "2024-09-01"
    assert rules(ledger) == []


def test_an_invoiced_advance_is_held_as_far_as_it_is_paid() -> None:
    """Unpaid it is nobody's money; a write-off doesn't count as payment."""
    text = f"""
2024-02-10 * "Advance invoiced" ^PRE-1
  {AR}  113 CNY
  Liabilities:Advances:C1            -100 CNY
  Liabilities:Advances:C1:PendingVAT  -13 CNY
"""
    ledger = books(text + receipt("2024-02-20", "50", "PRE-1"))
    before = advances(ledger, day("2024-02-19")).rows[0].standing
    assert (before.amount, before.open, before.unpaid) == decimals("0", "0", "113")
    after = advances(ledger, day("2024-02-20")).rows[0].standing
    assert (after.amount, after.open, after.unpaid) == decimals("50", "50", "63")


RATES = """
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.01
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.05
2024-01-01 custom "loss-rate" Assets:Receivable "31-60" 0.10
2024-01-01 custom "loss-rate" Assets:Receivable "61-90" 0.50
2024-01-01 custom "loss-rate" Assets:Receivable "91+" 1
"""


def test_the_matrix_rounds_each_row_once_in_the_allowance_currency() -> None:
    """10 USD × 5 % × 7.005 = 3.5025 is 3.50, not the rounded dollars converted."""
    answer = allowance(books(RATES + TWO + USD), day("2024-04-04"))
    assert [(r.bucket, r.currency, r.gross, r.rate, r.allowance) for r in answer.rows] == [
        ("not-due", "CNY", *decimals("8", "0.01", "0.08")),
        ("1-30", "CNY", *decimals("50", "0.05", "2.50")),
        ("31-60", "CNY", *decimals("100", "0.10", "10.00")),
        ("not-due", "USD", *decimals("10", "0.01", "0.70")),
    ]
    total = answer.total[0]
    assert (total.required, total.booked, total.change) == decimals("13.28", "0", "13.28")
    assert sum(share.allowance for share in answer.customers) == total.required


def test_credits_are_netted_by_option_oldest_bucket_first() -> None:
    """30 unapplied lower the 31-60 bucket to 70."""
    option = '2024-01-01 custom "ar-option" "allowance-net-of-credits" TRUE\n'
    answer = allowance(books(option + RATES + TWO + USD), day("2024-04-04"))
    row = next(r for r in answer.rows if r.bucket == "31-60")
    assert (row.gross, row.netted, row.allowance) == decimals("100", "30", "7.00")


def test_a_matrix_is_inherited_whole() -> None:
    """One rate of the customer's own hides all of the root's: the other buckets have none."""
    own = '2024-01-01 custom "loss-rate" "C1" "31-60" 0.20\n'
    ledger = books(own + RATES + TWO + USD)
    assert rules(ledger, "2024-04-04") == ["no-loss-rate", "no-loss-rate"]
    answer = allowance(ledger, day("2024-04-04"))
    assert [(r.account, r.bucket, r.allowance) for r in answer.rows if r.rate is not None] == [
        ("Assets:Receivable", "not-due", Decimal("0.08")),
        ("C1", "31-60", Decimal("20.00")),
    ]


def test_specific_allowances() -> None:
    """The smaller of the amount and what is outstanding; nothing once settled."""
    specific = """
2024-03-10 custom "specific-allowance" "C1"  80.00 CNY
  invoice: "INV-1"
"""
    ledger = books(RATES + specific + TWO + USD + receipt("2024-04-10", "60", "INV-1"))
    first = allowance(ledger, day("2024-04-04"))
    assert [(r.item, r.outstanding, r.allowance) for r in first.specific] == [
        ("INV-1", *decimals("100", "80.00"))
    ]
    assert "31-60" not in [row.bucket for row in first.rows]
    later = allowance(ledger, day("2024-04-10"))
    assert [r.allowance for r in later.specific] == [Decimal(40)]
    paid = books(RATES + specific + TWO + USD + receipt("2024-04-10", "100", "INV-1"))
    assert allowance(paid, day("2024-04-10")).specific == ()


def test_a_customer_assessed_altogether() -> None:
    """Without `invoice:` none of its items is in the matrix; dollars count at the day's price."""
    specific = '2024-03-10 custom "specific-allowance" "C1"  500.00 CNY\n'
    answer = allowance(books(RATES + specific + TWO + USD), day("2024-04-04"))
    assert [(r.item, r.outstanding, r.allowance) for r in answer.specific] == [
        (None, *decimals("220.05", "220.05"))
    ]
    assert [r.allowance for r in answer.rows] == [Decimal("0.08")]


def test_segments_book_on_accounts_of_their_own() -> None:
    """Allowance and loss accounts are policies; the entry has one pair each."""
    accounts = """
2024-01-01 open Assets:AllowanceC2
2024-01-01 open Expenses:CreditLossC2
2024-01-01 custom "allowance-account" Assets:Receivable:C2 Assets:AllowanceC2
2024-01-01 custom "loss-account" Assets:Receivable:C2 Expenses:CreditLossC2
"""
    ledger = books(accounts + RATES + TWO + USD)
    answer = allowance(ledger, day("2024-04-04"))
    assert [
        (a.allowance_account, a.loss_account, a.amount) for a in adjustments(ledger, answer)
    ] == [
        ("Assets:Allowance", "Expenses:CreditLoss", Decimal("13.20")),
        ("Assets:AllowanceC2", "Expenses:CreditLossC2", Decimal("0.08")),
    ]


ENTRIES = f"""
2024-03-31 * "Allowance" #allowance
  Expenses:CreditLoss   1.78 CNY
  Assets:Allowance     -1.78 CNY

2024-04-30 * "Write-off" #write-off ^INV-1
  Assets:Allowance   100 CNY
  {AR}              -100 CNY

2024-05-31 * "Allowance" #allowance
  Expenses:CreditLoss   110.84 CNY
  Assets:Allowance     -110.84 CNY

2024-06-15 * "Recovered" #recovery
  Assets:Bank         20 CNY
  Assets:Allowance   -20 CNY
"""


def test_the_roll_forward_is_of_the_booked_account_and_ties() -> None:
    """Opening, charge, write-off, recovery, closing; both parts of each currency."""
    ledger = books(RATES + TWO + USD + ENTRIES)
    rows = roll_forward(ledger, day("2024-03-31"), day("2024-06-30"))
    assert [(r.currency, r.part) for r in rows] == [("CNY", "collective"), ("CNY", "specific")]
    row = rows[0]
    assert (row.opening, row.charge, row.release) == decimals("1.78", "110.84", "0")
    assert (row.write_offs, row.recoveries, row.exchange, row.closing) == decimals(
        "100", "20", "0", "32.62"
    )
    before = roll_forward(ledger, day("2023-12-31"), day("2024-03-31"))[0]
    assert (before.opening, before.charge, before.closing) == decimals("0", "1.78", "1.78")


def test_exchange_is_shown_apart_from_the_charge() -> None:
    """100 USD at 5 %: 35.00 becomes 36.00 by the price alone."""
    text = (
        invoice("2024-02-01", "INV-1", "100 USD", more="due: 2024-02-15")
        + """
2024-02-01 price USD 7.00 CNY
2024-03-10 price USD 7.20 CNY

2024-03-05 * "Allowance" #allowance
  Expenses:CreditLoss   35.00 CNY
  Assets:Allowance     -35.00 CNY

2024-03-12 * "Allowance" #allowance
  Expenses:CreditLoss   1.00 CNY
  Assets:Allowance     -1.00 CNY
"""
    )
    ledger = books(RATES + text)
    assert rules(ledger) == []
    row = roll_forward(ledger, day("2024-03-05"), day("2024-03-12"))[0]
    assert (row.opening, row.charge, row.exchange, row.closing) == decimals(
        "35.00", "0", "1.00", "36.00"
    )


INVOICED = f"""
2024-03-01 * "Advance invoiced" ^ADV-1
  {AR}  10000 CNY
    invoice: "PI-1"
  Liabilities:Advances:C1  -10000 CNY
"""


def _advance(text: str, date: str) -> tuple[Decimal, Decimal, Decimal]:
    """Received, open and unpaid of the only advance."""
    standing = advances(books(INVOICED + text), day(date), settled=True).rows[0].standing
    return standing.amount, standing.open, standing.unpaid


def test_cancelling_an_advance_invoice_takes_the_unpaid_part_first() -> None:
    """4000 of 10000 are paid, 6000 cancelled: 4000 are held, nothing is left to collect."""
    paid = receipt("2024-03-10", "4000", "PI-1", number="RR")
    cancelled = f"""
2024-03-20 * "The rest is cancelled"
  {AR}  -6000 CNY
    reverses: "PI-1"
  Liabilities:Advances:C1  6000 CNY
    reverses: "ADV-1"
"""
    assert _advance(paid, "2024-03-19") == decimals("4000", "4000", "6000")
    assert _advance(paid + cancelled, "2024-03-20") == decimals("4000", "4000", "0")


def test_an_advance_cannot_settle_its_own_invoice() -> None:
    """A credit note on the unpaid advance invoice takes the advance back: nothing was applied."""
    note = f"""
2024-03-20 * "Not wanted after all" #credit-note
  {AR}  -10000 CNY
    invoice: "PI-1"
  Liabilities:Advances:C1  10000 CNY
    advance: "ADV-1"
"""
    assert _advance(note, "2024-03-20") == decimals("0", "0", "0")
    assert rules(books(INVOICED + note)) == []


def test_an_advance_invoice_paid_by_a_bill_is_held_when_the_bill_is_paid() -> None:
    """While the bill is open nothing has been received."""
    bill = f"""
2024-03-10 * "Bill" ^PI-1
  {BILLS}  10000 CNY
    due: 2024-09-10
  {AR}  -10000 CNY
"""
    collected = receipt("2024-09-10", "10000", "PI-1", account=BILLS)
    assert _advance(bill + collected, "2024-09-09") == decimals("0", "0", "10000")
    assert _advance(bill + collected, "2024-09-10") == decimals("10000", "10000", "0")


def test_taking_back_more_than_there_was_leaves_an_advance_in_debit() -> None:
    """1200 of 1000: a finding, and 200 in debit."""
    text = """
2024-03-01 * "Advance" ^ADV-1
  Assets:Bank               1000 CNY
  Liabilities:Advances:C1  -1000 CNY

2024-03-02 * "Taken back"
  Liabilities:Advances:C1   1200 CNY
    reverses: "ADV-1"
  Assets:Bank              -1200 CNY
"""
    ledger = books(text)
    standing = advances(ledger, day("2024-03-02"), settled=True).rows[0].standing
    assert (standing.open, standing.unpaid) == decimals("-200", "0")
    assert rules(ledger) == ["advance-exceeded"]


def test_an_advance_applied_to_another_customer() -> None:
    """It is said, and the amount is still shown as applied."""
    text = """
2024-03-01 * "Advance" ^ADV-1
  Assets:Bank               100 CNY
  Liabilities:Advances:C1  -100 CNY

2024-03-02 * "Applied to somebody else's invoice"
  Liabilities:Advances:C1   100 CNY
    advance: "ADV-1"
  Assets:Receivable:C2     -100 CNY
    invoice: "INV-2"
"""
    ledger = books(invoice("2024-02-01", "INV-2", "100", account="Assets:Receivable:C2") + text)
    assert rules(ledger) == ["advance-other-contract"]


def test_a_transfer_of_what_is_not_there() -> None:
    """One mistyped digit on a bill is one finding, by link as by key."""
    by_link = f"""
2024-02-20 * "Bill" ^INV-9
  {BILLS}  100 CNY
    due: 2024-09-10
  {AR}  -100 CNY
"""
    by_key = by_link.replace(" ^INV-9", '\n  invoice: "INV-9"')
    for text in (by_link, by_key):
        assert rules(books(invoice("2024-02-01", "INV-1", "100") + text)) == ["unknown-item"]


def test_more_recovered_than_was_written_off() -> None:
    """The rest is owed, and said."""
    text = f"""
2024-03-01 * "Write-off" #write-off ^INV-1
  Assets:Allowance   40 CNY
  {AR}  -40 CNY

2024-04-01 * "Recovered" #recovery ^INV-1
  {AR}  50 CNY
  Assets:Allowance  -50 CNY
"""
    ledger = books(invoice("2024-02-01", "INV-1", "100") + text)
    assert rules(ledger) == ["receipt-exceeded"]
    assert ledger.at(day("2024-04-01")).balances == {(AR, "CNY"): Decimal(110)}


def test_an_allowance_entry_that_cannot_be_verified_does_not_pass() -> None:
    """Without a price the required allowance isn't known: an error, not a warning alone."""
    entry = """
2024-04-04 * "Allowance" #allowance
  Expenses:CreditLoss   12.58 CNY
  Assets:Allowance     -12.58 CNY
"""
    assert sorted(rules(books(RATES + TWO + entry))) == ["allowance-differs", "missing-price"]


def test_contradictory_tags() -> None:
    """Which of two tags counts is not for the program to choose."""
    text = f"""
2024-03-01 * "Both" #write-off #credit-note
  Assets:Allowance   100 CNY
  {AR}  -100 CNY
    invoice: "INV-1"
"""
    assert rules(books(invoice("2024-02-01", "INV-1", "100") + text)) == ["contradictory"]


def test_by_item_conversion_only_merges_what_is_grouped() -> None:
    """A customer whose id is also an invoice's number still has one row a currency."""
    accounts = """
option "operating_currency" "CNY"
2024-01-01 open Assets:Receivable:A
  customer: "INV-1"
2024-01-01 open Income:Sales
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
"""
    text = invoice("2024-02-01", "INV-1", "100", account="Assets:Receivable:A") + invoice(
        "2024-02-02", "INV-2", "10 USD", account="Assets:Receivable:A"
    )
    ledger = books(text + USD, accounts=accounts)
    rows = aging(ledger, day("2024-04-04"), into="CNY").rows
    assert [(row.key, row.total) for row in rows] == [("INV-1", Decimal("170.05"))]


def test_a_discount_that_ends_beyond_the_calendar_is_none() -> None:
    """Its last day has no date, so that nobody can be told to have met it, or missed it."""
    ledger = books(
        '2024-01-01 custom "payment-terms" "C1" "2/10 on receipt"\n'
        + invoice("9999-12-25", "INV-1", "100.00")
        + receipt("9999-12-26", "50.00", "INV-1")
    )
    assert rules(ledger) == []
