# SPDX-License-Identifier: GPL-2.0-or-later
"""Check documents and applications: numbers, kinds, due dates, what credits name.

Put into the top file of a ledger:

    plugin "arledger.plugins.open_items"

A receipt that names an invoice that isn't there is then an error, in bean-check and in Fava:

    2024-05-01 * "华东重工" "Invoice" ^INV-2024-0501
      Assets:Receivable:C001   113000.00 CNY
        due: 2024-06-30
      Income:Sales

    2024-05-28 * "华东重工" "Receipt"
      Assets:Bank              113000.00 CNY
      Assets:Receivable:C001  -113000.00 CNY
        invoice: "INV-2024-0510"

    → 113000.00 CNY names INV-2024-0510, and C001 has no such item on Assets:Receivable:C001

With `invoice: "INV-2024-0501"` there is nothing to report. Only findings of severity error
become errors; `arledger check` shows warnings and notes as well. No entry is changed.
"""

from __future__ import annotations

from typing import Any

from beancount.core.data import Directives

from arledger.plugins.shared import ArledgerError, Paused, errors_of, shared_of

__plugins__ = ("open_items",)


def open_items(
    entries: Directives, options_map: dict[str, Any], _config: str | None = None
) -> tuple[Directives, list[ArledgerError]]:
    """Report what is wrong with documents, numbers and applications."""
    with Paused():
        return entries, errors_of(shared_of(entries, options_map), ("language", "open-items"))
