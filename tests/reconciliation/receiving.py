# SPDX-License-Identifier: GPL-2.0-or-later
"""Cash application in tests: a ledger as text, the bank's entries as values, the books after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount import loader
from beancount.core.data import Directive

from arledger.reconciliation.applied import Applied, Outcome, Status
from arledger.reconciliation.apply import apply
from arledger.reconciliation.booking import ledger_text
from arledger.reconciliation.model import BankEntry, BankFile, BankStatement, Place, ReadAs
from arledger.subledger.subledger import Subledger, subledger_of

ACCOUNTS = """
option "operating_currency" "CNY"
2024-01-01 open Assets:Bank
  account-number: "1001 2345 6789"
2024-01-01 open Income:Sales
2024-01-01 open Expenses:Discount
2024-01-01 open Equity:Opening
2024-01-01 open Liabilities:Suspense
2024-01-01 open Assets:Receivable:C1
  customer: "C1"
  name: "华东重工有限公司"
  payer-account: "6222 0001"
2024-01-01 open Assets:Receivable:C2
  customer: "C2"
  name: "Brandt Logistik GmbH"
  payer: "Brandt Treasury; Brandt Holding"
2024-01-01 open Assets:Receivable:C3
  customer: "C3"
  name: "北方矿山机械有限公司"
2024-01-01 open Liabilities:Advances:C1
  customer: "C1"
2024-01-01 open Liabilities:Advances:C1:PendingVAT
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
"""
SUSPENSE = '2024-01-01 custom "ar-option" "suspense-account" Liabilities:Suspense\n'
TODAY = dt.date(2024, 12, 31)
C1, C2, C3 = "华东重工有限公司", "Brandt Logistik GmbH", "北方矿山机械有限公司"


def invoice(
    number: str, amount: str, day: str = "2024-02-01", customer: str = "C1", more: str = ""
) -> str:
    """An invoice as ledger text; `more` are metadata lines of its posting."""
    units = amount if " " in amount else f"{amount} CNY"
    meta = "".join(f"    {line.strip()}\n" for line in more.splitlines())
    return (
        f'\n{day} * "Invoice" ^{number}\n'
        f"  Assets:Receivable:{customer}  {units}\n{meta}  Income:Sales\n"
    )


def entry(
    amount: str, text: str = "", payer: str = C1, day: str = "2024-03-15", **more: Any
) -> BankEntry:
    """One booking of the bank; its reference says what it is, unless another is given."""
    number, _, currency = amount.partition(" ")
    facts = {
        "index": 0,
        "date": dt.date.fromisoformat(day),
        "amount": Decimal(number),
        "currency": currency or "CNY",
        "reference": f"{day}-{number}-{text}-{payer}",
        "payer": payer,
        "remittance": text,
        "place": Place("bank.csv", 2),
    }
    return BankEntry(**{**facts, **more})


def bank_file(*entries: BankEntry, account: str = "100123456789") -> BankFile:
    """The entries as one statement of one account."""
    numbered = tuple(
        attrs.evolve(one, index=at, place=Place("bank.csv", at + 2))
        for at, one in enumerate(entries)
    )
    statement = BankStatement(account, "CNY", numbered)
    return BankFile("bank.csv", "0" * 64, ReadAs("csv"), (statement,))


def loaded(text: str) -> tuple[Sequence[Directive], Mapping[str, Any], Subledger]:
    """A ledger text loaded; it must be right for Beancount."""
    loader.initialize(use_cache=False)
    entries, errors, options = loader.load_string(text)
    assert errors == [], errors
    return entries, options, subledger_of(entries, options)


def run(ledger: str, *entries: BankEntry, accounts: str = ACCOUNTS, **more: Any) -> Applied:
    """The entries applied to the usual accounts and a ledger text."""
    directives, _, subledger = loaded(accounts + ledger)
    return apply(subledger, bank_file(*entries), TODAY, entries=directives, **more)


def written(applied: Applied) -> str:
    """The transactions that enter the books, as text."""
    return "\n".join(
        ledger_text(one.transaction, {}) for one in applied.outcomes if one.transaction is not None
    )


def one(applied: Applied) -> Outcome:
    """The only outcome."""
    (found,) = applied.outcomes
    return found


def items(outcome: Outcome) -> dict[str, str]:
    """What a matched receipt settles: item → amount; `unapplied` and `advance` with theirs."""
    assert outcome.allocation is not None
    return parts(outcome.allocation)


def parts(allocation: Any) -> dict[str, str]:
    """The parts of an allocation by item."""
    found: dict[str, Decimal] = {}
    for part in allocation.parts:
        key = part.item.id if part.item else "advance" if part.advance else "unapplied"
        found[key] = found.get(key, Decimal(0)) + part.amount
    return {key: str(amount) for key, amount in found.items()}


def statuses(applied: Applied) -> list[str]:
    """The status of each entry, in the order of the file."""
    return [outcome.status.value for outcome in applied.outcomes]


def how(outcome: Outcome) -> str:
    """How a matched receipt was found."""
    assert outcome.status is Status.MATCHED, [str(reason) for reason in outcome.reasons]
    assert outcome.allocation is not None
    return outcome.allocation.how
