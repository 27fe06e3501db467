# SPDX-License-Identifier: GPL-2.0-or-later
"""What one changed policy does: the same ledger, read again with the policy as it was.

The difference between the two is the policy's own effect on allowance and exposure's headroom,
apart from everything else that changed beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.data import Custom, Directive

from arledger.allowance import allowance
from arledger.credit import credit
from arledger.money import canonical, exact
from arledger.subledger.subledger import Subledger, subledger_of


@attrs.frozen
class Effect:
    """Figures without and with the change, where they differ, as texts.

    `allowance` is required by currency; `available` is headroom by customer and currency (None
    without a limit).
    """

    allowance: tuple[tuple[str, str, str], ...]
    available: tuple[tuple[str, str, str | None, str | None], ...]


@exact
def effect(
    entries: Sequence[Directive],
    options_map: Mapping[str, Any],
    as_of: dt.date,
    new: Custom | None,
    old: Custom | None,
) -> Effect:
    """What putting `new` in the place of `old` does to a ledger that already has `new`."""
    without = [entry for entry in entries if entry is not new]
    if old is not None:
        without.append(old)
    now = subledger_of(entries, options_map)
    before = subledger_of(sorted(without, key=lambda entry: entry.date), options_map)
    return Effect(
        tuple(_differing(_required(before, as_of), _required(now, as_of), "0")),
        tuple(
            (customer, currency, was, is_now)
            for (customer, currency), was, is_now in _differing(
                _available(before, as_of), _available(now, as_of), None
            )
        ),
    )


def _differing(before: Mapping[Any, Any], after: Mapping[Any, Any], none: Any) -> list[Any]:
    keys = sorted({*before, *after})
    pairs = ((key, before.get(key, none), after.get(key, none)) for key in keys)
    return [(key, was, now) for key, was, now in pairs if was != now]


def _required(subledger: Subledger, as_of: dt.date) -> dict[str, str]:
    return {one.currency: canonical(one.required) for one in allowance(subledger, as_of).total}


def _available(subledger: Subledger, as_of: dt.date) -> dict[tuple[str, str], str | None]:
    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else canonical(amount)

    rows = credit(subledger, as_of).rows
    return {(row.customer, row.currency): text(row.available) for row in rows}
