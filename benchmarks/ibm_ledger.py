# SPDX-License-Identifier: GPL-2.0-or-later
"""IBM's sample of accounts receivable as a ledger: 2,466 invoices of 100 customers.

    python -m benchmarks.ibm_ledger ibm_accounts_receivable.csv > ibm.beancount

Each row is an invoice, tagged `#disputed` where the customer disputed it, and the receipt that
settled it, which names it. Invoice numbers keep their leading zeros. The due dates are not
copied: they follow from the terms, net 30. The sample says neither limit nor loss rate; the ones
below are made up, so that every question has an answer.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

CURRENCY = "USD"
START = date(2012, 1, 1)
LIMIT = Decimal(300)
RATES = {
    "not-due": Decimal("0.01"),
    "1-30": Decimal("0.05"),
    "31-60": Decimal("0.25"),
    "61-90": Decimal("0.50"),
    "91+": Decimal("1.00"),
}

Row = Mapping[str, str]


def day_of(text: str) -> date:
    """A date as the file writes it: month/day/year."""
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no time zone


def read(csv_path: str | Path) -> list[Row]:
    """The file's rows, every value as it is written."""
    with Path(csv_path).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def account(row: Row) -> str:
    """The customer's account, below its country."""
    return f"Assets:Receivable:{row['countryCode']}:{row['customerID']}"


def ledger_text(csv_path: str | Path) -> str:
    """The ledger: policies, customers, and each invoice with its receipt, in the file's order."""
    rows = read(csv_path)
    return "\n".join([*_head(), *_customers(rows), *_documents(rows), ""])


def _head() -> Iterator[str]:
    yield f'option "title" "Accounts receivable, a sample of {CURRENCY} invoices"'
    yield f'option "operating_currency" "{CURRENCY}"'
    yield ""
    for name in ("Assets:Bank", "Assets:Allowance", "Expenses:CreditLoss", "Income:Sales"):
        yield f"{START} open {name} {CURRENCY}"
    yield ""
    yield f'{START} custom "payment-terms" Assets:Receivable "net 30"'
    yield f'{START} custom "credit-limit" Assets:Receivable {LIMIT} {CURRENCY}'
    for bucket, rate in RATES.items():
        yield f'{START} custom "loss-rate" Assets:Receivable "{bucket}" {rate}'
    yield ""


def _customers(rows: Iterable[Row]) -> Iterator[str]:
    found = {account(row): row for row in rows}
    for name in sorted(found):
        yield f"{START} open {name} {CURRENCY}"
        yield f'  customer: "{found[name]["customerID"]}"'
        yield f'  segment: "{found[name]["countryCode"]}"'
    yield ""


def _documents(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        customer, number, amount = (
            row[name] for name in ("customerID", "invoiceNumber", "InvoiceAmount")
        )
        tag = " #disputed" if row["Disputed"] == "Yes" else ""
        yield f'{day_of(row["InvoiceDate"])} * "{customer}" "Invoice" ^{number}{tag}'
        yield f"  {account(row)}  {amount} {CURRENCY}"
        yield f"  Income:Sales  -{amount} {CURRENCY}"
        yield ""
        yield f'{day_of(row["SettledDate"])} * "{customer}" "Receipt"'
        yield f"  Assets:Bank  {amount} {CURRENCY}"
        yield f"  {account(row)}  -{amount} {CURRENCY}"
        yield f'    invoice: "{number}"'
        yield ""


if __name__ == "__main__":
    sys.stdout.write(ledger_text(sys.argv[1]))
