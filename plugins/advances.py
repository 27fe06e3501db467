# SPDX-License-Identifier: GPL-2.0-or-later
"""Check advance receipts: what is applied, earned or refunded must have been received.

    plugin "arledger.plugins.advances"

    2024-03-01 * "华东重工" "Advance on contract 17" ^ADV-2024-017
      contract: "C-2024-017"
      Assets:Bank                  50000.00 CNY
      Liabilities:Advances:C001   -50000.00 CNY

    2024-08-01 * "华东重工" "Delivered against the advance"
      Liabilities:Advances:C001    60000.00 CNY
        advance: "ADV-2024-017"
      Income:Sales                -60000.00 CNY

    → 60000.00 CNY is taken from advance ADV-2024-017, of which 50000.00 is held

With 50000.00 CNY there is nothing to report. No entry is changed.
"""

from __future__ import annotations

from typing import Any

from beancount.core.data import Directives

from arledger.plugins.shared import ArledgerError, Paused, errors_of, shared_of

__plugins__ = ("advances",)


def advances(
    entries: Directives, options_map: dict[str, Any], _config: str | None = None
) -> tuple[Directives, list[ArledgerError]]:
    """Report advances that are unknown, overdrawn, or of another contract."""
    with Paused():
        return entries, errors_of(shared_of(entries, options_map), ("advances",))
