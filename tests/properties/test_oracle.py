# SPDX-License-Identifier: GPL-2.0-or-later
"""The oracles themselves, against states and breaches worked out by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.properties.oracle import (
    Breach,
    Document,
    Kind,
    Limit,
    Movement,
    Price,
    State,
    breaches,
    state,
)

HOME = "Assets:Receivable:C1"
BILLS = "Assets:Receivable:C1:Bills"


def day(text: str) -> dt.date:
    """Read month and day of 2024."""
    return dt.date.fromisoformat(f"2024-{text}")


def doc(date: str, kind: Kind, amount: int, **more: Any) -> Document:
    """Write a document on the customer's main account."""
    for key in ("due", "issued"):
        if key in more:
            more[key] = day(more[key])
    return Document(
        date=day(date),
        kind=kind,
        account=more.pop("account", HOME),
        currency="EUR",
        amount=Decimal(amount),
        **more,
    )


def left(found: State) -> tuple[dict[str, int], dict[str, int]]:
    """Return what is open by item number and due date, and unapplied by credit number."""
    items = {f"{number} {due:%m-%d}": int(v) for (_, _, number, due), v in found.open.items()}
    credits = {number: int(v) for (_, _, number, _), v in found.unapplied.items()}
    return items, credits


def test_fifo_takes_the_oldest_due_and_the_rest_waits_for_the_next_item() -> None:
    """A later invoice that is due earlier is paid first; what is over takes the next invoice."""
    documents = [
        doc("01-01", "item", 100, number="A", due="03-01"),
        doc("01-02", "item", 50, number="B", due="02-01"),
        doc("01-10", "credit", 70, number="R1"),
        doc("01-20", "credit", 100, number="R2"),
        doc("01-25", "item", 30, number="C", due="04-01"),
    ]
    assert left(state(documents, day("01-10"))) == ({"A 03-01": 80}, {})
    assert left(state(documents, day("01-20"))) == ({}, {"R2": 20})
    assert left(state(documents, day("01-25"))) == ({"C 04-01": 10}, {})
    assert state(documents, day("01-25")).applied[-1] == ("R2", "C", day("01-25"), Decimal(20))


def test_a_naming_credit_goes_no_further_and_waits_for_its_item() -> None:
    """Named before the item exists: kept for it; too much: the excess stays unapplied."""
    documents = [
        doc("01-01", "item", 100, number="A"),
        doc("01-02", "credit", 60, number="R", names="B"),
        doc("01-03", "item", 40, number="B"),
    ]
    assert left(state(documents, day("01-02"))) == ({"A 01-01": 100}, {"R": 60})
    assert left(state(documents, day("01-03"))) == ({"A 01-01": 100}, {"R": 20})


def test_within_a_day_items_come_first_then_names_then_fifo() -> None:
    """The order in which the documents are handed over means nothing."""
    documents = [
        doc("01-01", "credit", 80, number="F"),
        doc("01-01", "credit", 50, number="N", names="A"),
        doc("01-01", "item", 100, number="A"),
    ]
    wanted: tuple[dict[str, int], dict[str, int]] = ({}, {"F": 30})
    assert left(state(documents, day("01-01"))) == wanted
    assert left(state(documents[::-1], day("01-01"))) == wanted


def test_instalments_fill_oldest_due_first_unless_one_is_meant() -> None:
    """A `due:` on the credit picks its instalment; the excess goes to no other."""
    documents = [
        doc("01-01", "item", 30, number="A", due="02-01"),
        doc("01-01", "item", 70, number="A", due="06-01"),
        doc("01-10", "credit", 80, number="R", names="A", due="06-01"),
        doc("01-11", "credit", 20, number="S", names="A"),
    ]
    assert left(state(documents, day("01-11"))) == ({"A 02-01": 10}, {"R": 10})


def test_a_later_application_draws_on_the_held_receipt() -> None:
    """Held by "none" past an open invoice; then one half draws, the other half names."""
    documents = [
        doc("01-01", "item", 90, number="A"),
        doc("01-05", "credit", 50, number="R", allocation="none"),
        doc("01-09", "draw", 50, receipt="R"),
        doc("01-09", "credit", 50, names="A"),
    ]
    assert left(state(documents, day("01-08"))) == ({"A 01-01": 90}, {"R": 50})
    assert left(state(documents, day("01-09"))) == ({"A 01-01": 40}, {})


def test_a_draw_on_more_than_is_held_is_an_item_of_the_day() -> None:
    """Twenty of the fifty were never held."""
    documents = [
        doc("01-05", "credit", 30, number="R"),
        doc("01-09", "draw", 50, number="Q", receipt="R"),
    ]
    assert left(state(documents, day("01-09"))) == ({"Q 01-09": 20}, {})


def test_a_returned_payment_reopens_with_the_old_due_date() -> None:
    """Unapplied part first, then the latest application; too much is a new item."""
    documents = [
        doc("01-01", "item", 100, number="A", due="02-01"),
        doc("01-01", "item", 100, number="B", due="03-01"),
        doc("01-10", "credit", 230, number="R"),
    ]
    returned = [*documents, doc("01-20", "return", 70, reverses="R")]
    assert left(state(returned, day("01-20"))) == ({"B 03-01": 40}, {})
    named = [*documents, doc("01-20", "return", 150, number="X", reverses="R", names="A")]
    assert left(state(named, day("01-20"))) == ({"A 02-01": 100, "X 01-20": 20}, {})
    assert left(state(named, day("01-19"))) == ({}, {"R": 30})


def test_a_cancelled_invoice_frees_what_was_paid_on_it() -> None:
    """Its open part goes first; what is freed takes the next open item."""
    documents = [
        doc("01-01", "item", 100, number="A"),
        doc("01-02", "credit", 60, number="R"),
        doc("01-03", "item", 50, number="B"),
        doc("01-09", "cancel", 100, reverses="A"),
    ]
    assert left(state(documents, day("01-08"))) == ({"A 01-01": 40, "B 01-03": 50}, {})
    assert left(state(documents, day("01-09"))) == ({}, {"R": 10})


def test_a_transfer_moves_the_item_with_its_age_and_back_again() -> None:
    """A bill for the second instalment and a part of the first; dishonoured, it is the old item."""
    documents = [
        doc("01-01", "item", 100, number="A", due="02-01"),
        doc("01-10", "transfer", 60, names="A", account=BILLS, source=HOME, due="08-01"),
    ]
    found = state(documents, day("01-10"))
    assert found.open == {
        (HOME, "EUR", "A", day("02-01")): Decimal(40),
        (BILLS, "EUR", "A", day("08-01")): Decimal(60),
    }
    back = doc("08-02", "transfer", 60, names="A", account=HOME, source=BILLS, due="02-01")
    assert left(state([*documents, back], day("08-02"))) == ({"A 02-01": 100}, {})


def test_a_transfer_back_restores_the_old_item_unless_it_says_otherwise() -> None:
    """Dishonoured, the bill is the old item; with a `due:` of its own it is a new one."""
    documents = [
        doc("01-01", "item", 100, number="A", due="02-01"),
        doc("01-10", "transfer", 60, names="A", account=BILLS, source=HOME, due="08-01"),
    ]
    back = doc("08-02", "transfer", 60, names="A", account=HOME, source=BILLS)
    assert left(state([*documents, back], day("08-02"))) == ({"A 02-01": 100}, {})
    later = doc("08-02", "transfer", 60, names="A", account=HOME, source=BILLS, due="09-01")
    wanted: tuple[dict[str, int], dict[str, int]] = ({"A 02-01": 40, "A 09-01": 60}, {})
    assert left(state([*documents, later], day("08-02"))) == wanted


def test_what_a_reversal_restores_is_there_for_the_credits_that_name_it() -> None:
    """One kept since the item was settled, and one that went to a later instalment for it."""
    documents = [
        doc("01-01", "item", 30, number="A", due="02-01"),
        doc("01-01", "item", 70, number="A", due="03-01"),
        doc("01-02", "credit", 30, number="Z", names="A"),
        doc("01-03", "credit", 30, number="R", names="A", due="02-01"),
        doc("01-04", "credit", 30, number="S", names="A"),
    ]
    bounced = doc("01-05", "return", 30, reverses="Z", names="A")
    assert left(state(documents, day("01-04"))) == ({"A 03-01": 40}, {"R": 30})
    assert left(state([*documents, bounced], day("01-05"))) == ({"A 03-01": 40}, {})
    applied = {
        (credit, date) for credit, _, date, _ in state([*documents, bounced], day("01-05")).applied
    }
    assert applied == {("R", day("01-05")), ("S", day("01-04"))}


def test_a_write_off_and_its_recovery_on_one_day_leave_the_item_as_it_was() -> None:
    """Also where more was written off than was open."""
    documents = [
        doc("01-01", "item", 100, number="A", due="02-01"),
        doc("01-05", "write-off", 150, names="A"),
        doc("01-05", "recovery", 150, names="A"),
    ]
    assert left(state(documents, day("01-05"))) == ({"A 02-01": 100}, {})


def test_a_recovery_brings_the_written_off_item_back() -> None:
    """Only the write-off is undone, not what was paid before it."""
    documents = [
        doc("01-01", "item", 100, number="A"),
        doc("01-02", "credit", 30, number="R", names="A"),
        doc("01-05", "write-off", 70, names="A"),
        doc("01-09", "recovery", 25, names="A"),
    ]
    assert left(state(documents, day("01-05"))) == ({}, {})
    assert left(state(documents, day("01-09"))) == ({"A 01-01": 25}, {})


def test_what_is_left_adds_up_to_the_movements() -> None:
    """Open less unapplied is debits less credits, whatever was misnamed."""
    documents = [
        doc("01-01", "item", 100, number="A"),
        doc("01-02", "credit", 130, number="R", names="nothing"),
        doc("01-03", "draw", 150, number="D", receipt="R"),
        doc("01-04", "return", 20, number="E", reverses="nothing"),
        doc("01-05", "cancel", 500, number="F", reverses="A"),
    ]
    assert state(documents, day("01-05")).balance(HOME, "EUR") == 100 - 130 + 150 + 20 - 500


def move(date: str, amount: int, number: str = "", **more: Any) -> Movement:
    """Write a movement of the one customer, in euro unless said otherwise."""
    return Movement(day(date), "C1", more.pop("currency", "EUR"), Decimal(amount), number, **more)


def limit(date: str, amount: int, subject: str = "C1", until: str = "") -> Limit:
    """Write a limit in euro."""
    return Limit(day(date), subject, "EUR", Decimal(amount), day(until) if until else None)


def found(movements: list[Movement], limits: list[Limit], prices: list[Price]) -> set[str]:
    """Return the breaches up to the end of March, as "month-day cause"."""
    chains = {"C1": ("C1", "Assets:Receivable")}
    breached: set[Breach] = breaches(movements, limits, chains, prices, day("03-31"))
    return {f"{breach.date:%m-%d} {breach.cause}" for breach in breached}


def test_each_debit_of_a_day_that_ends_above_the_limit() -> None:
    """At the limit is not above it; a receipt of the day counts; a waived debit is no breach."""
    movements = [
        move("01-01", 100, "A"),
        move("01-02", 50, "B"),
        move("01-02", -50),
        move("01-03", 1, "C"),
        move("01-03", 1, "D"),
        move("01-04", 5, "E", waived=True, waived_until=day("01-04")),
        move("01-05", 5, "F", waived=True, waived_until=day("01-04")),
    ]
    assert found(movements, [limit("01-01", 100)], []) == {"01-03 C", "01-03 D", "01-05 F"}


def test_a_breach_without_a_debit_is_told_once_at_its_cause() -> None:
    """A limit that lapses, a price, a returned payment: on the day the exposure is first above."""
    raised = [limit("01-01", 50), limit("01-01", 200, "Assets:Receivable")]
    lapsing = [*raised, limit("01-02", 100, until="02-10")]
    movements = [move("01-05", 80, "A")]
    assert found(movements, lapsing, []) == {"02-11 limit"}
    assert found(movements, raised[1:], []) == set()
    dollars = [move("01-05", 100, "A", currency="USD")]
    prices = [
        Price(day("01-01"), "USD", "EUR", Decimal("0.9")),
        Price(day("02-01"), "USD", "EUR", Decimal("1.1")),
        Price(day("03-01"), "USD", "EUR", Decimal("1.2")),
    ]
    assert found(dollars, [limit("01-01", 100)], prices) == {"02-01 price"}
    bounced = [move("01-05", 80, "A"), move("01-06", -80), move("01-07", 80, "X", reversal=True)]
    cut = [limit("01-01", 100), limit("01-06", 50)]
    assert found(bounced, cut, []) == {"01-07 X"}


def test_without_a_limit_there_is_no_breach() -> None:
    """No limit is not a limit of zero."""
    assert found([move("01-05", 1000, "A")], [limit("02-01", 5000)], []) == set()
