# SPDX-License-Identifier: GPL-2.0-or-later
"""Small ledgers for tests: a text with the usual accounts put before it, read and replayed."""

from __future__ import annotations

import datetime as dt
import textwrap
from decimal import Decimal
from typing import Any

from beancount import loader

from arledger import check
from arledger.subledger.subledger import Subledger, subledger_of

ACCOUNTS = """
option "operating_currency" "CNY"
2024-01-01 open Assets:Bank
2024-01-01 open Assets:Allowance
2024-01-01 open Income:Sales
2024-01-01 open Liabilities:VAT
2024-01-01 open Expenses:CreditLoss
2024-01-01 open Expenses:Discount
2024-01-01 open Equity:Opening
2024-01-01 open Assets:Receivable:C1
  customer: "C1"
  name: "华东重工有限公司"
2024-01-01 open Assets:Receivable:C1:Bills
  in-exposure: FALSE
2024-01-01 open Assets:Receivable:C1:Retention
  conditional: TRUE
2024-01-01 open Assets:Receivable:C2
  customer: "C2"
2024-01-01 open Liabilities:Advances:C1
  customer: "C1"
2024-01-01 open Liabilities:Advances:C1:PendingVAT
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
"""
AR = "Assets:Receivable:C1"
BILLS = "Assets:Receivable:C1:Bills"


def day(text: str) -> dt.date:
    """A date from its ISO form."""
    return dt.date.fromisoformat(text)


def books(text: str, *, accounts: str = ACCOUNTS) -> Subledger:
    """The subledger of the usual accounts and `text`; the ledger itself must be right."""
    loader.initialize(use_cache=False)
    entries, errors, options = loader.load_string(accounts + textwrap.dedent(text))
    assert errors == [], errors
    return subledger_of(entries, options)


def invoice(
    date: str, number: str | None, amount: str, *, account: str = AR, more: str = ""
) -> str:
    """An invoice as ledger text; `more` are further metadata lines of its posting."""
    link = f" ^{number}" if number else ""
    return _entry(date, f'"Invoice"{link}', account, amount, more, "Income:Sales")


def receipt(  # noqa: PLR0913 - one argument per thing that may be said
    date: str,
    amount: str,
    names: str | None = None,
    *,
    number: str | None = None,
    account: str = AR,
    more: str = "",
) -> str:
    """A receipt as ledger text, perhaps naming an invoice, perhaps with its own number."""
    link = f" ^{number}" if number else ""
    lines = (f'invoice: "{names}"\n' if names else "") + more
    return _entry(date, f'"Receipt"{link}', account, f"-{amount}", lines, "Assets:Bank")


def _entry(date: str, head: str, account: str, amount: str, more: str, other: str) -> str:  # noqa: PLR0913
    units = amount if " " in amount else f"{amount} CNY"
    meta = textwrap.indent(textwrap.dedent(more).strip(), "    ")
    return f"\n{date} * {head}\n  {account}  {units}\n{meta + chr(10) if more else ''}  {other}\n"


def open_now(subledger: Subledger, date: str) -> dict[str, str]:
    """Item id (with the account's last part when not the main one) → outstanding, as text."""
    found: dict[str, str] = {}
    for one in subledger.at(day(date)).items:
        item = one.item
        name = item.id if item.account == AR else f"{item.id}@{item.account.rpartition(':')[2]}"
        if name in found:
            name = f"{name}/{item.instalment}"
        found[name] = str(one.outstanding)
    return found


def unapplied_now(subledger: Subledger, date: str) -> dict[str, str]:
    """Credit id → unapplied, as text."""
    return {one.credit.id: str(one.unapplied) for one in subledger.at(day(date)).credits}


def rules(subledger: Subledger, date: str | None = None, **options: Any) -> list[str]:
    """The rule ids of what is found, in order."""
    as_of = day(date) if date else None
    return [found.rule for found in check.find(subledger, as_of, **options)]


def decimals(*texts: str) -> tuple[Decimal, ...]:
    """Several decimals from their texts."""
    return tuple(Decimal(text) for text in texts)
