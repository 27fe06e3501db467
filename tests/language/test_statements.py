# SPDX-License-Identifier: GPL-2.0-or-later
"""The directive `statement`: what it says, what can't be used, and the form of a difference."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.findings import Finding
from arledger.language.statements import (
    CLASSES,
    BalanceStatement,
    Difference,
    difference_text,
    read_difference,
)
from arledger.reconciliation.model import DifferenceClass
from tests.books import books

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def read(text: str) -> tuple[tuple[BalanceStatement, ...], list[Finding]]:
    """The statements of a ledger, and what is wrong with them."""
    subledger = books(text)
    return subledger.books.statements, list(subledger.findings)


def test_everything_that_may_be_said() -> None:
    """Ours, theirs, the differences in the order of their numbers, the evidence."""
    (one,), found = read(
        f"""
        2024-05-31 custom "statement" "C1" 60400.00 CNY
          agreed: TRUE
          theirs: 48300.00 CNY
          difference-10: "amount 'RCP 7' short by a fee -100.00 CNY"
          difference-2: "in-transit INV-0099 −12,000.00 CNY"
          document: "statements/2024-05.xlsx"
          sha256: "{SHA.upper()}"
        """
    )
    assert found == []
    assert (one.customer, one.balance, one.currency) == ("C1", Decimal("60400.00"), "CNY")
    assert (one.agreed, one.theirs) == (True, Decimal("48300.00"))
    assert (one.document, one.sha256) == ("statements/2024-05.xlsx", SHA)
    first, second = one.differences
    assert (first.kind, first.number) == ("in-transit", "INV-0099")
    assert first.amount == -12000
    assert (second.kind, second.number, second.words) == ("amount", "RCP 7", "short by a fee")


def test_we_may_owe_the_customer() -> None:
    """A balance may be negative, and agreed is FALSE where nothing is said."""
    (one,), found = read('2024-05-31 custom "statement" "C1" -7.50 CNY')
    assert found == []
    assert (one.balance, one.agreed, one.differences) == (Decimal("-7.50"), False, ())


@pytest.mark.parametrize(
    ("directive", "rule", "said"),
    [
        ('"C1"', "malformed", "write it as"),
        ('"C1" 5.00 CNY 6.00 CNY', "malformed", "write it as"),
        ("Assets:Receivable:C1 5.00 CNY", "malformed", "must be an id in quotes"),
        ('"C1" 5.00', "malformed", "must be a number with its currency"),
        ('"C1" "much"', "malformed", "must be a number with its currency"),
        ('"C1" 5.00 CNY\n  agreed: "yes"', "malformed", "must be TRUE or FALSE"),
        ('"C1" 5.00 CNY\n  theirs: 5.00', "malformed", "theirs: must be a number"),
        ('"C1" 5.00 CNY\n  theirs: 5.00 USD', "statement-currency", "in USD in a statement"),
        (
            '"C1" 5.00 CNY\n  difference-1: "date INV-1 5.00 USD"',
            "statement-currency",
            "in USD in a statement",
        ),
        ('"C1" 5.00 CNY\n  difference: "x"', "malformed", "differences are numbered"),
        ('"C1" 5.00 CNY\n  difference-one: "x"', "malformed", "differences are numbered"),
        ('"C1" 5.00 CNY\n  difference-1: 5.00 CNY', "malformed", "difference-1: must be a text"),
        ('"C1" 5.00 CNY\n  difference-1: ""', "malformed", "difference-1: must be a text"),
        ('"C1" 5.00 CNY\n  document: 5', "malformed", "document: must be a text"),
        (f'"C1" 5.00 CNY\n  sha256: "{SHA}"', "malformed", "without the document:"),
        ('"C1" 5.00 CNY\n  document: "x"\n  sha256: "12"', "malformed", "64 hexadecimal digits"),
        ('"C9" 5.00 CNY', "unknown-customer", 'customer: "C9"'),
        (
            '"C1" 5.00 CNY\n  agreed: TRUE\n  theirs: 6.00 CNY',
            "statement-unexplained",
            "5.00 and differences of 0 make 5.00, theirs is 6.00 CNY",
        ),
        (
            (
                '"C1" 5.00 CNY\n  agreed: TRUE\n  theirs: 6.00 CNY\n'
                '  difference-1: "amount INV-1 0.99 CNY"'
            ),
            "statement-unexplained",
            "differences of 0.99 make 5.99",
        ),
    ],
)
def test_what_cannot_be_used(directive: str, rule: str, said: str) -> None:
    """One finding at the directive, and the rest of the ledger still counts."""
    _, (found,) = read(f'2024-05-31 custom "statement" {directive}\n')
    assert found.rule == rule
    assert said in found.message
    assert found.line > 0


def test_a_difference_without_an_amount_leaves_the_sum_open() -> None:
    """What isn't said can't be added up."""
    _, found = read(
        '2024-05-31 custom "statement" "C1" 5.00 CNY\n  agreed: TRUE\n  theirs: 9.00 CNY\n'
        '  difference-1: "they look for it"\n'
    )
    assert found == []


def test_one_statement_for_each_customer_day_and_currency() -> None:
    """The second is a finding; another day, customer or currency isn't."""
    same = '2024-05-31 custom "statement" "C1" 5.00 CNY\n'
    others = (
        '2024-06-01 custom "statement" "C1" 5.00 CNY\n'
        '2024-05-31 custom "statement" "C2" 5.00 CNY\n'
        '2024-05-31 custom "statement" "C1" 5.00 USD\n'
    )
    statements, (found,) = read(same + others + same.replace("5.00", "5"))
    assert len(statements) == 4
    assert found.rule == "contradictory"
    assert "C1 CNY stands twice on 2024-05-31" in found.message


def test_the_classes_are_those_of_a_reconciliation() -> None:
    """The language says them before anything is reconciled."""
    assert [kind.value for kind in DifferenceClass] == list(CLASSES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date INV-1 0.00 CNY", Difference("", "date", "INV-1", "", Decimal("0.00"), "CNY")),
        ("duplicate -5 EUR", Difference("", "duplicate", None, "", Decimal(-5), "EUR")),
        ("unidentified - two lines 1 EUR", Difference("", "unidentified", None, "two lines", Decimal(1), "EUR")),
        ("in-transit", Difference("", "in-transit")),
        ("INV-7 they will book it", Difference("", None, "INV-7", "they will book it")),
        ("+1,234.50 CNY", Difference("", None, None, "", Decimal("1234.50"), "CNY")),
        ("amount 'it''s 7' 1 CNY", Difference("", "amount", "it's 7", "", Decimal(1), "CNY")),
        ("amount 'open 1 CNY", Difference("", "amount", "'open", "", Decimal(1), "CNY")),
        ("票据 未达 12.00 CNY", Difference("", None, "票据", "未达", Decimal(12), "CNY")),
    ],
)  # fmt: skip
def test_what_a_difference_says(text: str, expected: Difference) -> None:
    """Each part may be missing; no text is refused."""
    found = read_difference(text)
    assert found.text == text
    assert (found.kind, found.number, found.words) == (
        expected.kind,
        expected.number,
        expected.words,
    )
    assert (found.amount, found.currency) == (expected.amount, expected.currency)


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)


@given(
    st.sampled_from(CLASSES),
    st.none() | WORDS | st.sampled_from(("INV 1", "'x", "-12.00", "1.00 CNY", "it's")),
    st.decimals(-(10**12), 10**12, places=2) | st.integers(-99, 99).map(Decimal),
    st.sampled_from(("CNY", "USD", "X.Y")),
    WORDS,
)
def test_what_is_written_is_read_again(
    kind: str, number: str | None, amount: Decimal, currency: str, words: str
) -> None:
    """The writer and the reader agree, blanks aside; `-` stands for no number."""
    text = difference_text(kind, number, amount, currency, words)
    found = read_difference(text)
    assert found.text == text
    given_number = " ".join((number or "").split())
    assert (found.number or "") == ("" if given_number == "-" else given_number)
    assert found.words == " ".join(words.split())
    assert (found.kind, found.amount, found.currency) == (kind, amount, currency)


@given(st.text(max_size=60))
def test_every_text_says_something(text: str) -> None:
    """Whatever stands there is read, and keeps its words."""
    assert read_difference(text).text == " ".join(text.split())


def test_a_long_text_costs_little() -> None:
    """Ten thousand characters of the worst kinds."""
    start = time.perf_counter()
    for text in ("1" * 10_000, "1 " * 5_000, "'" * 10_000, "A" * 10_000 + " 1.00 CNY"):
        read_difference(text)
    assert time.perf_counter() - start < 1
