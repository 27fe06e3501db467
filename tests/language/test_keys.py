# SPDX-License-Identifier: GPL-2.0-or-later
"""Misspelt metadata keys: what is one, what is a word of its own, and where it matters."""

from __future__ import annotations

import pytest

from arledger import check
from arledger.findings import Finding
from arledger.language.keys import (
    DIRECTIVE_KEYS,
    KNOWN,
    OPEN_KEYS,
    STATEMENT_KEYS,
    VOUCHER_KEYS,
    WORDS,
    meant_by,
)
from arledger.language.spelling import slips
from tests.books import books

ALL_KEYS = VOUCHER_KEYS | OPEN_KEYS | STATEMENT_KEYS


def found(text: str) -> list[Finding]:
    """The misspelt keys of a ledger."""
    return [one for one in check.find(books(text, accounts="")) if one.rule == "unknown-key"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("invioce", "invoice"),
        ("invoce", "invoice"),
        ("invoices", "invoice"),
        ("inovice", "invoice"),
        ("recipt", "receipt"),
        ("reciept", "receipt"),
        ("dues", "due"),
        ("deu", "due"),
        ("allocaton", "allocation"),
        ("alocaton", "allocation"),
        ("contrct", "contract"),
        ("reverse", "reverses"),
        ("invoice_date", "invoice-date"),
        ("invoicedate", "invoice-date"),
        ("invoiceDate", "invoice-date"),
        ("invioce-date", "invoice-date"),
        ("creditnote", "credit-note"),
        ("credit-waver", "credit-waiver"),
        ("waver-until", "waiver-until"),
        ("delivery-by", "deliver-by"),
        ("trems", "terms"),
    ],
)
def test_slips_of_the_pen(name: str, meant: str) -> None:
    """A letter too many, too few or wrong, two in each other's place, a mark between words."""
    assert meant_by(name, VOUCHER_KEYS) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("custmer", "customer"),
        ("costumer", "customer"),
        ("segmnet", "segment"),
        ("sales-person", "salesperson"),
        ("e-mail", "email"),
        ("in_exposure", "in-exposure"),
        ("condtional", "conditional"),
        ("nmae", "name"),
    ],
)
def test_slips_on_accounts(name: str, meant: str) -> None:
    assert meant_by(name, OPEN_KEYS) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [("aproved-by", "approved-by"), ("reasn", "reason"), ("untill", "until"), ("unitl", "until")],
)
def test_slips_on_directives(name: str, meant: str) -> None:
    assert meant_by(name, DIRECTIVE_KEYS) == meant


OTHERS = """
    date time day duty vendor note notes part part-no part-number terms2 terms-2 invoice2 invoice-2
    due2 id uid uuid ref reference order order-no order-date po po-number project site store source
    category class type kind status state memo comment comments description text title subject
    payee payer-name paper player contact contact-name contacts contractor contrast contra construct
    advice payment-advice advanced receive received recent recipe recipient rebate revenue revenues
    reserve reserves reversal reversed refund return returned account amount balance bank cheque
    check-no channel city country county region state street zip phone fax vat vat-id tax tax-id
    fapiao shipping shipped ship-to deliver delivered delivered-by delivery delivery-note
    delivery-date due-date due-on duration term team teams accept account-no allocated location
    discounted discount-rate disc-code custom customs custom-field cost cost-center nome groupe
    invoiced invoiced-on invoice-no invoice-id invoice-type invoice-note invoice-data invoice-url
    invoice-status credit credit-card credit-line credit-days credit-rating credit-memo waiver waived
    waiver-by until-date from since import importer import-id match matched document documents file
    filename-2 page hash sha sha1 md5 link url tag tags weight qty quantity unit units price rate
    driver-by derived-by employee person seller buyer agent broker sale sales clerk manager owner
    name2 name-en name-zh email2 groups-of language-code langue condition conditions exposure
"""


@pytest.mark.parametrize("name", sorted(set(OTHERS.split())))
def test_words_of_their_own(name: str) -> None:
    """Keys that people have, and one of several: somebody means them as they are."""
    for ours in (VOUCHER_KEYS, OPEN_KEYS, DIRECTIVE_KEYS):
        assert name in KNOWN or meant_by(name, ours) is None


def test_what_we_know_is_no_slip() -> None:
    """Wherever it stands: no key of ours is a misspelling of another."""
    for name in KNOWN:
        assert meant_by(name, ALL_KEYS - {name}) is None


def test_every_word_is_there_for_a_reason() -> None:
    """It would be taken for a slip otherwise."""
    parts = {part for key in ALL_KEYS for part in key.split("-")}
    for word in WORDS:
        near = [one for one in parts if slips(word, one, 2 if len(one) >= 6 else 1) is not None]
        assert [one for one in near if one[0] == word[0]], word


@pytest.mark.parametrize(
    ("word", "wanted", "count"),
    [
        ("due", "due", 0),
        ("dues", "due", 1),
        ("de", "due", 1),
        ("duo", "due", 1),
        ("deu", "due", 1),
        ("", "a", 1),
        ("invioec", "invoice", 2),
        ("ca", "abc", None),
        ("date", "due", 2),
        ("x", "due", None),
    ],
)
def test_slips(word: str, wanted: str, count: int | None) -> None:
    """Counted up to two; `ca` is three from `abc`, for a place is not changed twice."""
    assert slips(word, wanted, 2) == count


ACCOUNTS = """
2024-01-01 open Assets:Receivable:C1
  customer: "C1"
2024-01-01 open Assets:Receivable:C2
  customer: "C2"
2024-01-01 open Liabilities:Advances:C1
  customer: "C1"
2024-01-01 open Assets:Bank
  custmer: "not one of ours"
2024-01-01 open Assets:Allowance
  custmer: "nor this"
2024-01-01 open Income:Sales
"""


def test_where_they_matter() -> None:
    """On our postings, their transactions, customers' accounts, our directives; with a place."""
    text = (
        ACCOUNTS
        + """
2024-01-01 open Assets:Receivable:C3
  custmer: "C3"
2024-01-02 custom "credit-limit" "C1" 100 EUR
  aproved-by: "Wang"
2024-01-02 custom "budget" "x"
  aproved-by: "Wang"
2024-02-01 * "Invoice" ^INV-1
  contrct: "C-1"
  due: 2024-03-01
  Assets:Receivable:C1   10 EUR
    invioce: "INV-1"
  Income:Sales
    invioce: "not ours"
2024-02-02 * "Two customers"
  dues: 2024-03-01
  Assets:Receivable:C1   10 EUR
  Assets:Receivable:C2   10 EUR
    due: 2024-03-01
  Income:Sales
2024-02-03 * "Advance"
  Assets:Bank   10 EUR
  Liabilities:Advances:C1
    advence: "ADV-1"
2024-02-04 * "Somebody else's"
  invioce: "INV-1"
  Assets:Bank   10 EUR
  Income:Sales
"""
    )
    lines = text.splitlines()
    seen = [(one.line, one.customer, one.message) for one in found(text)]
    assert [(lines[line - 1].strip()[:12], who, said) for line, who, said in sorted(seen)] == [
        ("2024-01-01 o", None, "custmer: means nothing to arledger; was customer: meant?"),
        ("2024-01-02 c", None, "aproved-by: means nothing to arledger; was approved-by: meant?"),
        ("2024-02-01 *", "C1", "contrct: means nothing to arledger; was contract: meant?"),
        ("Assets:Recei", "C1", "invioce: means nothing to arledger; was invoice: meant?"),
        ("2024-02-02 *", None, "dues: means nothing to arledger; was due: meant?"),
        ("Liabilities:", "C1", "advence: means nothing to arledger; was advance: meant?"),
    ]


def test_beside_the_right_key_it_is_somebodys_own() -> None:
    """Who writes both means both."""
    text = (
        ACCOUNTS
        + """
2024-02-01 * "Invoice"
  Assets:Receivable:C1   10 EUR
    invoice: "INV-1"
    invoices: "INV-1 and what came before"
    due: 2024-03-01
  Income:Sales
"""
    )
    assert found(text) == []


def test_each_place_is_found() -> None:
    """Looked up once, reported wherever it stands."""
    one = """
2024-02-0{day} * "Receipt"
  Assets:Bank   10 EUR
  Assets:Receivable:C1
    recipt: "R-{day}"
"""
    text = ACCOUNTS + "".join(one.format(day=day) for day in (1, 2, 3))
    assert len({finding.line for finding in found(text)}) == 3
