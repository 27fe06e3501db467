# SPDX-License-Identifier: GPL-2.0-or-later
"""On which of a customer's accounts money is held that settles no invoice."""

from __future__ import annotations

from arledger.language.accounts import Chart


def advance_accounts(chart: Chart, customer: str, currency: str) -> list[str]:
    """The advance accounts that take the currency, and that no other of them is above of."""
    own = _of_role(chart, customer, "advance")
    tops = [one for one in own if not any(one.startswith(other + ":") for other in own)]
    return [account for account in tops if _takes(chart, account, currency)]


def holding_account(chart: Chart, customer: str, currency: str) -> str | None:
    """The receivable account on which a customer's unapplied money is held: its first."""
    own = _of_role(chart, customer, "receivable")
    return next((account for account in own if _takes(chart, account, currency)), None)


def _of_role(chart: Chart, customer: str, role: str) -> list[str]:
    return [
        account
        for account in chart.customer(customer).accounts
        if (info := chart.info(account)) is not None and info.role == role
    ]


def _takes(chart: Chart, account: str, currency: str) -> bool:
    currencies = chart.opens[account].currencies
    return not currencies or currency in currencies
