# SPDX-License-Identifier: GPL-2.0-or-later
"""Show on each open item's posting how much of it is open, and since when.

    plugin "arledger.plugins.aging"
    plugin "arledger.plugins.aging" "2024-12-31"     ; as of that day

Before:

    2024-05-01 * "华东重工" "Invoice" ^INV-2024-0501
      Assets:Receivable:C001   113000.00 CNY
        due: 2024-06-30
      Income:Sales

After, on 2024-07-31 (default: the ledger's latest date), in Fava and in queries:

      Assets:Receivable:C001   113000.00 CNY
        due: 2024-06-30
        outstanding: 113000.00 CNY
        days-overdue: 31
        bucket: "31-60"

    SELECT date, number, meta('outstanding'), meta('bucket') WHERE meta('bucket') = '31-60'

A credit that is not applied has `outstanding` below zero and `bucket: "unapplied"`. Postings
that are settled stay as they are. Amounts, accounts and balances are never changed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from beancount.core import data

from arledger.plugins.annotate import annotate
from arledger.plugins.shared import ArledgerError, Paused, PluginError, shared_of

__plugins__ = ("aging",)


def aging(
    entries: data.Directives, options_map: dict[str, Any], config: str | None = None
) -> tuple[data.Directives, list[ArledgerError | PluginError]]:
    """Add outstanding, days overdue and bucket to the postings of open items."""
    with Paused():
        shared = shared_of(entries, options_map)
        as_of = shared.latest
        errors: list[ArledgerError | PluginError] = []
        if config:
            try:
                as_of = dt.date.fromisoformat(config.strip())
            except ValueError:
                source = data.new_metadata(str(options_map.get("filename", "")), 0)
                message = (
                    f'plugin "arledger.plugins.aging": "{config}" is not a date; '
                    'write it as "2024-12-31", or leave it out'
                )
                errors.append(PluginError(source, message, None))
        return annotate(entries, shared, as_of), errors
