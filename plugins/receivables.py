# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything arledger does to a ledger, in one line.

    plugin "arledger.plugins.receivables"

It does what its parts do, in one pass: `open_items` (documents and applications), `advances`,
`credit_limits`, `allowance` (each `#allowance` entry is verified), `statements` (balances agreed
with customers stay what they were), `seals` (so do sealed results), `aging` (what is open, on the
postings). Before:

    2024-05-01 * "华东重工" "Invoice" ^INV-2024-0501
      Assets:Receivable:C001   113000.00 CNY
        due: 2024-06-30
      Income:Sales

After, where nothing has been received by 2024-07-31:

      Assets:Receivable:C001   113000.00 CNY
        due: 2024-06-30
        outstanding: 113000.00 CNY
        days-overdue: 31
        bucket: "31-60"

With config "monthly" it inserts the month-end allowance entries as well:

    plugin "arledger.plugins.receivables" "monthly"

A load does no more than it must. Of customers whose invoices are raised once, and whose receipts
name an invoice that has as much open, or name nothing, it adds up what is open; whoever has more
than that is replayed. So is everybody where something is wrong, an allowance is to be verified, a
group has a limit, a balance was agreed or a date sealed, and when the first question is asked.
The figures are the same.

Put it after plugins that add accounts, prices or postings (`auto_accounts`, `implicit_prices`);
in the other order it still gives the same figures, for what another plugin changes later is
noticed when a question is asked. Only findings of severity error become errors: what must not
block is shown by `arledger check`.
"""

from __future__ import annotations

from typing import Any

from beancount.core import data

from arledger.findings import AREAS
from arledger.plugins.allowance import by_mode
from arledger.plugins.annotate import annotate
from arledger.plugins.shared import ArledgerError, Paused, PluginError, errors_of, shared_of

__plugins__ = ("receivables",)


def receivables(
    entries: data.Directives, options_map: dict[str, Any], config: str | None = None
) -> tuple[data.Directives, list[ArledgerError | PluginError]]:
    """Read, replay, insert, annotate; report every finding of severity error."""
    with Paused():
        entries, errors = by_mode(entries, options_map, config)
        shared = shared_of(entries, options_map)
        errors += errors_of(shared, AREAS)
        as_of = shared.latest
        return annotate(entries, shared, as_of), errors
