# SPDX-License-Identifier: GPL-2.0-or-later
"""Keep what was agreed with customers: their balances, and the documents that prove it.

    plugin "arledger.plugins.statements"

    2024-05-20 * "华东重工" "Invoice" ^INV-2024-0501
      Assets:Receivable:C001   60400.00 CNY
        due: 2024-06-30
      Income:Sales

    2024-05-31 custom "statement" "C001" 60400.00 CNY
      agreed: TRUE
      document: "statements/2024-05-C001.pdf"
      sha256: "6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090"

An entry dated before the agreement, added afterwards, is an error from now on:

    2024-05-28 * "华东重工" "Forgotten" ^INV-2024-0502
      Assets:Receivable:C001    1130.00 CNY
      Income:Sales

    → customer C001: at 2024-05-31 60400.00 CNY was agreed, the ledger now has 61530.00 CNY;
      INV-2024-0502 2024-05-28 1130.00 CNY (main.beancount:15) accounts for the 1130.00: the only
      entry of that amount

Dated after the agreement, it is none. A document that is missing, or is not what it was (its
sha256 tells), is an error as well. Documents are looked at whenever the plugin runs, which it
doesn't where Beancount answers from its load cache; `arledger check` always looks. No entry is
changed.
"""

from __future__ import annotations

from typing import Any

from beancount.core.data import Directives

from arledger.plugins.shared import ArledgerError, Paused, errors_of, shared_of

__plugins__ = ("statements",)


def statements(
    entries: Directives, options_map: dict[str, Any], _config: str | None = None
) -> tuple[Directives, list[ArledgerError]]:
    """Report agreed balances that are no more, and evidence that isn't what it was."""
    with Paused():
        return entries, errors_of(shared_of(entries, options_map), ("statements",))
