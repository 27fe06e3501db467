# SPDX-License-Identifier: GPL-2.0-or-later
"""Every finding of a ledger at a date, from all questions, with the ledger's own severities.

Every load of a ledger comes through here, so a question is only loaded where the ledger has
something that it is about: a limit, a loss rate, a statement, a seal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable

from arledger.discounts import differences
from arledger.findings import AREAS, RULES, Finding, apply_severities
from arledger.language.keys import misspelt_keys
from arledger.money import exact
from arledger.subledger.subledger import Subledger
from arledger.subledger.unmatched import unmatched

LIMITS = ("credit-limit", "group-credit-limit", "credit-hold")
RATES = ("loss-rate", "specific-allowance")


def _open_items(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    yield from unmatched(subledger, as_of)
    yield from differences(subledger, as_of)


def _credit(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    if not subledger.books.waivers and not any(map(subledger.policies.of, LIMITS)):
        return
    from arledger.breaches import breaches  # noqa: PLC0415

    yield from breaches(subledger, as_of)


def _allowance(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    if not subledger.books.allowances and not any(map(subledger.policies.of, RATES)):
        return
    from arledger.allowance import (  # noqa: PLC0415
        allowance,
        has_matrix,
        unknown_invoices,
        unknown_labels,
        verify,
    )

    yield from unknown_labels(subledger, as_of)
    yield from unknown_invoices(subledger, as_of)
    if has_matrix(subledger, as_of) or subledger.policies.of("specific-allowance"):
        yield from allowance(subledger, as_of).findings
    yield from verify(subledger, as_of)


def _language(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    yield from misspelt_keys(subledger.books, as_of)


def _statements(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    if subledger.books.statements:
        from arledger.agreements import verify  # noqa: PLC0415

        yield from verify(subledger, as_of)


def _seals(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    closings = subledger.books.closings
    if closings.seals or closings.reopenings:
        from arledger.seals import verify  # noqa: PLC0415

        yield from verify(subledger, as_of)


_FINDERS: dict[str, Callable[[Subledger, dt.date], Iterable[Finding]]] = {
    "language": _language,
    "open-items": _open_items,
    "credit": _credit,
    "allowance": _allowance,
    "statements": _statements,
    "seals": _seals,
}


def latest_date(subledger: Subledger) -> dt.date:
    """The ledger's latest date, which checks speak of by default (its options don't count)."""
    return subledger.books.latest or dt.date.min


@exact
def find(
    subledger: Subledger,
    as_of: dt.date | None = None,
    areas: Collection[str] = AREAS,
    extra: Iterable[Finding] = (),
) -> tuple[Finding, ...]:
    """Findings of some areas up to `as_of` (default: the ledger's latest date), in order."""
    day = latest_date(subledger) if as_of is None else as_of
    # What another finder says of a statement holds from the statement's day.
    found = [one for one in extra if one.date <= day or RULES[one.rule].area != "statements"]
    found.extend(
        one for one in subledger.findings if one.date <= day and RULES[one.rule].area in areas
    )
    for area, finder in _FINDERS.items():
        if area in areas:
            found.extend(finder(subledger, day))
    return apply_severities(found, subledger.options.severity)
