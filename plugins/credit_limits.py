# SPDX-License-Identifier: GPL-2.0-or-later
"""Enforce credit limits and holds.

    plugin "arledger.plugins.credit_limits"

    2024-01-01 custom "credit-limit" "C001"  100000.00 CNY
      approved-by: "Wang Min"

    2024-05-01 * "华东重工" "Invoice" ^INV-2024-0501
      Assets:Receivable:C001   113000.00 CNY
        due: 2024-06-30
      Income:Sales

    → C001: exposure 113000.00 CNY is above the limit of 100000.00 CNY at the end of 2024-05-01

With a waiver on the transaction, good on that day, there is no error:

    2024-05-01 * "华东重工" "Invoice" ^INV-2024-0501
      credit-waiver: "Wang Min"
      waiver-until: 2024-07-31
      …

Exposure is looked at on the evening of each day. No entry is changed.
"""

from __future__ import annotations

from typing import Any

from beancount.core.data import Directives

from arledger.plugins.shared import ArledgerError, Paused, errors_of, shared_of

__plugins__ = ("credit_limits",)


def credit_limits(
    entries: Directives, options_map: dict[str, Any], _config: str | None = None
) -> tuple[Directives, list[ArledgerError]]:
    """Report breaches of limits and holds."""
    with Paused():
        return entries, errors_of(shared_of(entries, options_map), ("credit",))
