# SPDX-License-Identifier: GPL-2.0-or-later
"""Keep closed what was closed: sealed results stay what they were.

    plugin "arledger.plugins.seals"

    2024-05-20 * "华东重工" "Invoice" ^INV-2024-0501
      Assets:Receivable:C001   60400.00 CNY
        due: 2024-06-30
      Income:Sales

    2024-05-31 custom "ar-seal" "v1:sha256:DIGEST"
      customer-1: "C001: 60400 CNY, PART"
      allowance: "PART"

`arledger seal --as-of 2024-05-31` prints the seal. An entry dated up to then, added, changed or
deleted afterwards, is an error from now on:

    2024-05-28 * "华东重工" "Forgotten" ^INV-2024-0502
      Assets:Receivable:C001    1130.00 CNY
      Income:Sales

    → the results up to 2024-05-31 are not what was sealed: C001 60400 → 61530 CNY

Dated after the seal, it is none; nor is another order of the entries, or of the files. If the
change is right, it is approved with `ar-reopen`, which lifts the seal until the next one. No entry
is changed, and no other program is run: which commit did it is told by `arledger check`.

Put it after plugins that add or change entries: it seals what stands there when it runs.
"""

from __future__ import annotations

from typing import Any

from beancount.core.data import Directives

from arledger.plugins.shared import ArledgerError, Paused, errors_of, shared_of

__plugins__ = ("seals",)


def seals(
    entries: Directives, options_map: dict[str, Any], _config: str | None = None
) -> tuple[Directives, list[ArledgerError]]:
    """Report sealed results that are no more what they were."""
    with Paused():
        return entries, errors_of(shared_of(entries, options_map), ("language", "seals"))
