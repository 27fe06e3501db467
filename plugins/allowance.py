# SPDX-License-Identifier: GPL-2.0-or-later
"""Verify the booked allowance, or book it.

    plugin "arledger.plugins.allowance"

On the day of each `#allowance` entry the booked allowance must be the required one:

    2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.003
    …
    2024-12-31 * "Allowance" #allowance
      Expenses:CreditLoss   500.00 CNY
      Assets:Allowance     -500.00 CNY

    → the booked allowance on Assets:Allowance at 2024-12-31 is 500.00 CNY, required is 482.50

    plugin "arledger.plugins.allowance" "monthly"

books it instead: on the last day of each month, from the first item's to the last full month of
the ledger, it inserts the transaction that brings the books to what is required (none where
nothing changes):

    2024-12-31 * "Allowance for expected credit losses" #allowance
      Expenses:CreditLoss   482.50 CNY
      Assets:Allowance     -482.50 CNY
"""

from __future__ import annotations

from typing import Any

from beancount.core import data

from arledger.plugins.shared import ArledgerError, Paused, PluginError, errors_of, shared_of

__plugins__ = ("allowance",)


def allowance(
    entries: data.Directives, options_map: dict[str, Any], config: str | None = None
) -> tuple[data.Directives, list[ArledgerError | PluginError]]:
    """Verify each `#allowance` entry; with config "monthly" insert the month-end entries."""
    with Paused():
        entries, errors = by_mode(entries, options_map, config)
        shared = shared_of(entries, options_map)
        return entries, [*errors, *errors_of(shared, ("allowance",))]


def by_mode(
    entries: data.Directives, options_map: dict[str, Any], config: str | None
) -> tuple[data.Directives, list[ArledgerError | PluginError]]:
    """The entries, with the month-end entries where config asks for them."""
    mode = (config or "").strip()
    if mode == "monthly":
        from arledger.plugins.month_end import insert_month_ends

        return insert_month_ends(entries, options_map), []
    if not mode:
        return entries, []
    source = data.new_metadata(str(options_map.get("filename", "")), 0)
    message = f'there is no mode "{mode}" of this plugin; write "monthly", or leave it out'
    return entries, [PluginError(source, message, None)]
