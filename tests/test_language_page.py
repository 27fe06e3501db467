# SPDX-License-Identifier: GPL-2.0-or-later
"""The ledger of the page that lays the language down: its blocks together, and figures worked out by hand.

The story: an old invoice paid in March; an advance of 50,000; invoice 0501 of 113,000 (2/10 net 60 from
1 May: due 30 June); invoice 0502 of 60,000 (due 30 June) and 30,400 (due 31 December); on 28 May 143,000
for 0501 and a part of 0502; 10,000 of unknown purpose in June, named in July; 20,000 of the advance applied
in August; invoice 0503 of 5,650 during a hold, waived; a bill for the rest of 0502; in September the
113,000 bounce.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from arledger.advances import advances
from arledger.aging import aging
from arledger.allowance import allowance
from arledger.check import find, latest_date
from arledger.credit import CreditRow, credit
from arledger.load import Ledger, load
from arledger.subledger.subledger import Subledger

ROOT = "Assets:Receivable:Machinery:C001-HuaDong"
BILLS = f"{ROOT}:Bills"
BLOCK = re.compile(r"^```beancount\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def day(text: str) -> dt.date:
    """A date as the page writes it."""
    return dt.date.fromisoformat(text)


@pytest.fixture(scope="module")
def ledger(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The page's ledger blocks as one ledger."""
    page = (shared_data / "design" / "ledger-language.md").read_text(encoding="utf-8")
    found = BLOCK.findall(page)
    assert len(found) == 4, "accounts, items, policies, facts"
    file = tmp_path_factory.mktemp("page") / "main.beancount"
    file.write_text("\n".join(found), encoding="utf-8")
    return load(file)


@pytest.fixture(scope="module")
def subledger(ledger: Ledger) -> Subledger:
    """What every question is asked of."""
    return ledger.subledger


def test_the_blocks_load_without_an_error(ledger: Ledger) -> None:
    assert ledger.complete
    assert ledger.errors == ()
    assert ledger.notes == ()


@pytest.mark.parametrize("as_of", ["2024-05-31", "2024-06-30", "2024-08-31", "2024-09-03"])
def test_nothing_is_found(subledger: Subledger, as_of: str) -> None:
    """The page shows how it is done right: on no day is there a finding, and nothing is called unknown."""
    assert find(subledger, day(as_of)) == ()


def test_the_latest_date_is_the_specific_allowance(subledger: Subledger) -> None:
    assert latest_date(subledger) == day("2024-09-03")


# (account, number, due, outstanding) by date.
OPEN = {
    "2023-12-31": [],
    "2024-01-01": [(ROOT, "INV-2023-1107", "2024-01-06", "20000")],
    "2024-03-03": [(ROOT, "INV-2023-1107", "2024-01-06", "20000")],
    "2024-03-04": [],
    "2024-05-01": [(ROOT, "INV-2024-0501", "2024-06-30", "113000")],
    "2024-05-20": [
        (ROOT, "INV-2024-0501", "2024-06-30", "113000"),
        (ROOT, "INV-2024-0502", "2024-06-30", "60000"),
        (ROOT, "INV-2024-0502", "2024-12-31", "30400"),
    ],
    "2024-05-28": [
        (ROOT, "INV-2024-0502", "2024-06-30", "30000"),
        (ROOT, "INV-2024-0502", "2024-12-31", "30400"),
    ],
    # The 10,000 of 15 June wait for their name, though fifo is the policy.
    "2024-07-09": [
        (ROOT, "INV-2024-0502", "2024-06-30", "30000"),
        (ROOT, "INV-2024-0502", "2024-12-31", "30400"),
    ],
    "2024-07-10": [
        (ROOT, "INV-2024-0502", "2024-06-30", "20000"),
        (ROOT, "INV-2024-0502", "2024-12-31", "30400"),
    ],
    "2024-08-01": [(ROOT, "INV-2024-0502", "2024-12-31", "30400")],
    # 15 August + 60 days = 14 October.
    "2024-08-15": [
        (ROOT, "INV-2024-0502", "2024-12-31", "30400"),
        (ROOT, "INV-2024-0503", "2024-10-14", "5650"),
    ],
    "2024-08-20": [
        (ROOT, "INV-2024-0503", "2024-10-14", "5650"),
        (BILLS, "INV-2024-0502", "2025-02-20", "30400"),
    ],
    "2024-09-02": [
        (ROOT, "INV-2024-0501", "2024-06-30", "113000"),
        (ROOT, "INV-2024-0503", "2024-10-14", "5650"),
        (BILLS, "INV-2024-0502", "2025-02-20", "30400"),
    ],
}


@pytest.mark.parametrize("as_of", OPEN)
def test_open_items(subledger: Subledger, as_of: str) -> None:
    """What is open on each day on which something happens, and on the day before."""
    found = [
        (one.item.account, one.item.number, str(one.item.due), one.outstanding)
        for one in subledger.at(day(as_of)).items
    ]
    expected = [(*row, Decimal(amount)) for *row, amount in OPEN[as_of]]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("as_of", "unapplied"),
    [("2024-06-14", []), ("2024-06-15", ["10000"]), ("2024-07-09", ["10000"]), ("2024-07-10", [])],
)
def test_the_receipt_of_unknown_purpose_is_held(
    subledger: Subledger, as_of: str, unapplied: list[str]
) -> None:
    """It is unapplied from 15 June until it is named on 10 July, and that changes no earlier answer."""
    found = subledger.at(day(as_of)).credits
    assert [one.unapplied for one in found] == [Decimal(amount) for amount in unapplied]
    assert {one.credit.number for one in found} <= {"RCP-0009"}


def test_the_bill_keeps_number_and_date(subledger: Subledger) -> None:
    """Transferred on 20 August, the second instalment keeps the date of its invoice."""
    (bill,) = (
        one.item for one in subledger.at(day("2024-08-31")).items if one.item.account == BILLS
    )
    assert (bill.number, bill.date) == ("INV-2024-0502", day("2024-05-20"))
    assert bill.amount == Decimal(30400)


BUCKETS = ("not-due", "1-30", "31-60", "61-90", "91+")


@pytest.mark.parametrize(
    ("as_of", "basis", "buckets", "unapplied", "total"),
    [
        # Due on 30 June: 0 days on that day, 1 on the next, 31 on 31 July.
        ("2024-06-30", "due", ["60400", "0", "0", "0", "0"], "-10000", "50400"),
        ("2024-07-01", "due", ["30400", "30000", "0", "0", "0"], "-10000", "50400"),
        ("2024-07-30", "due", ["30400", "20000", "0", "0", "0"], "0", "50400"),
        ("2024-07-31", "due", ["30400", "0", "20000", "0", "0"], "0", "50400"),
        # 0501 is open again with its old due date: 64 days on 2 September.
        ("2024-09-02", "due", ["36050", "0", "0", "113000", "0"], "0", "149050"),
        # From 20 May to 30 June: 41 days.
        ("2024-06-30", "invoice", ["0", "60400", "0", "0"], "-10000", "50400"),
    ],
)
def test_aging(  # noqa: PLR0913 - a column each
    subledger: Subledger, as_of: str, basis: str, buckets: list[str], unapplied: str, total: str
) -> None:
    answer = aging(subledger, day(as_of), basis="invoice" if basis == "invoice" else "due")
    assert answer.labels == (BUCKETS if basis == "due" else ("0-30", "31-60", "61-90", "91+"))
    (row,) = answer.rows
    assert (row.key, row.name, row.currency) == ("C001", "华东重工有限公司", "CNY")
    assert row.buckets == tuple(Decimal(amount) for amount in buckets)
    assert (row.unapplied, row.total) == (Decimal(unapplied), Decimal(total))


def test_the_page_s_own_statement_agrees(subledger: Subledger) -> None:
    """The customer agreed to 60,400.00 at the end of May: `statement` on the page."""
    (row,) = aging(subledger, day("2024-05-31")).rows
    assert row.total == Decimal("60400.00")


def credit_row(subledger: Subledger, as_of: str) -> CreditRow:
    """C001's row: there is one limit, in CNY."""
    (row,) = credit(subledger, day(as_of)).rows
    assert (row.customer, row.currency) == ("C001", "CNY")
    return row


@pytest.mark.parametrize(
    ("as_of", "limit", "exposure", "overdue", "advances_held", "hold"),
    [
        ("2024-05-20", "500000", "203400", "0", "50000", False),
        ("2024-05-28", "500000", "60400", "0", "50000", False),
        # Unapplied credits lower the exposure.
        ("2024-06-15", "800000", "50400", "0", "50000", False),
        ("2024-07-31", "800000", "50400", "20000", "50000", False),
        ("2024-08-09", "800000", "30400", "0", "30000", False),
        ("2024-08-10", "800000", "30400", "0", "30000", True),
        ("2024-08-15", "800000", "36050", "0", "30000", True),
        # The bill is outside the exposure.
        ("2024-08-31", "800000", "5650", "0", "30000", True),
        ("2024-09-01", "500000", "5650", "0", "30000", False),
        ("2024-09-02", "500000", "118650", "113000", "30000", False),
    ],
)
def test_credit(  # noqa: PLR0913 - a column each
    subledger: Subledger,
    as_of: str,
    limit: str,
    exposure: str,
    overdue: str,
    advances_held: str,
    hold: bool,  # noqa: FBT001
) -> None:
    """Limit and hold through their `until:`, the customer's before every account's; exposure on that day."""
    row = credit_row(subledger, as_of)
    assert row.limit == Decimal(limit)
    assert row.exposure == Decimal(exposure)
    assert row.available == Decimal(limit) - Decimal(exposure)
    assert row.overdue == Decimal(overdue)
    assert row.advances == Decimal(advances_held)
    assert row.hold is hold


def test_the_waiver_is_listed(subledger: Subledger) -> None:
    """Wang Min's, on the invoice during the hold, through 30 September; not before it was given."""
    assert credit_row(subledger, "2024-08-14").waivers == ()
    (waiver,) = credit_row(subledger, "2024-08-15").waivers
    assert (waiver.by, waiver.until) == ("Wang Min", day("2024-09-30"))
    assert waiver.good(day("2024-09-30"))
    assert not waiver.good(day("2024-10-01"))


def test_the_group_limit_caps_the_subtree(subledger: Subledger) -> None:
    (group,) = credit(subledger, day("2024-09-02")).groups
    assert group.group == "Assets:Receivable:Machinery"
    figures = (group.limit, group.exposure, group.available)
    assert figures == (Decimal(2000000), Decimal(118650), Decimal(1881350))


@pytest.mark.parametrize(
    ("as_of", "applied", "held"),
    [("2024-03-01", "0", "50000"), ("2024-07-31", "0", "50000"), ("2024-08-01", "20000", "30000")],
)
def test_advances(subledger: Subledger, as_of: str, applied: str, held: str) -> None:
    """44,247.79 + 5,752.21 received, 17,699.12 + 2,300.88 of it applied in August."""
    (row,) = advances(subledger, day(as_of)).rows
    assert (row.customer, row.item, row.contract) == ("C001", "ADV-2024-017", "C-2024-017")
    assert (row.date, row.deliver_by) == (day("2024-03-01"), day("2024-09-01"))
    standing = row.standing
    assert standing.amount == Decimal(50000)
    assert standing.applied == Decimal(applied)
    assert standing.open == Decimal(held)
    assert not any((standing.earned, standing.refunded, standing.unpaid))


@pytest.mark.parametrize(
    ("as_of", "rows", "specific", "required"),
    [
        # 30,400 × 0.003 and 20,000 × 0.036.
        ("2024-07-31", {"not-due": "91.20", "31-60": "720.00"}, [], "811.20"),
        # 36,050 × 0.003 and 113,000 × 0.066.
        ("2024-09-02", {"not-due": "108.15", "61-90": "7458.00"}, [], "7566.15"),
        # From 3 September invoice 0501 is individually assessed: the smaller of 40,000 and 113,000.
        ("2024-09-03", {"not-due": "108.15"}, [("INV-2024-0501", "113000", "40000")], "40108.15"),
    ],
)
def test_allowance(
    subledger: Subledger,
    as_of: str,
    rows: dict[str, str],
    specific: list[tuple[str, str, str]],
    required: str,
) -> None:
    answer = allowance(subledger, day(as_of))
    assert {row.account for row in answer.rows} == {"Assets:Receivable"}
    assert {row.bucket: row.allowance for row in answer.rows} == {
        bucket: Decimal(amount) for bucket, amount in rows.items()
    }
    assert [(row.item, row.outstanding, row.allowance) for row in answer.specific] == [
        (item, Decimal(outstanding), Decimal(amount)) for item, outstanding, amount in specific
    ]
    (total,) = answer.total
    assert (total.currency, total.required) == ("CNY", Decimal(required))
    assert not total.booked
