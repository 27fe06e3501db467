# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures, places and rows as the answers write them, the same in every command."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import attrs

from arledger.cli.at import here
from arledger.findings import Finding, Text, Translate, say
from arledger.money import EXACT, digits_of, grouped, written
from arledger.open_items import OpenItemRow
from arledger.prices import Quote, no_price
from arledger.sheets import Figure
from arledger.subledger.model import Credit, Item, OpenCredit, OpenItem

# There is none; and: there is one, but a price or a rate is missing to say which.
NONE, ABSENT = "-", "–"


@attrs.frozen
class Money:
    """Writes amounts: at least the currency's digits, never an exponent, no meaningless zeros."""

    precision: Mapping[str, int]

    def plain(self, amount: Decimal, currency: str) -> str:
        """For machines: `-113000.00`."""
        return written(amount, digits_of(currency, self.precision))

    def shown(self, amount: Decimal, currency: str) -> str:
        """For people, with thousands separators: `-113,000.00`."""
        return grouped(self.plain(amount, currency))

    def spare(self, amount: Decimal, currency: str) -> str:
        """For people, in a table with many zeros."""
        return self.shown(amount, currency) if amount else NONE

    def figure(self, amount: Decimal, currency: str) -> Figure:
        """For CSV."""
        return Figure(self.plain(amount, currency))

    # The same where a price or a rate may be missing.

    def plain_if(self, amount: Decimal | None, currency: str) -> str | None:
        """For machines: null."""
        return None if amount is None else self.plain(amount, currency)

    def shown_if(self, amount: Decimal | None, currency: str) -> str:
        """For people: an en dash."""
        return ABSENT if amount is None else self.shown(amount, currency)

    def figure_if(self, amount: Decimal | None, currency: str) -> Figure | None:
        """For CSV: an empty cell."""
        return None if amount is None else self.figure(amount, currency)


def rate_text(rate: Decimal) -> str:
    """A rate or price with the digits it was written with."""
    return format(rate, "f")


def percent(rate: Decimal) -> str:
    """A loss rate for people: 0.036 is 3.6 %."""
    return written(rate.scaleb(2, EXACT), 0) + " %"


# Places.


def shown_file(name: str) -> str:
    """A path relative to the current folder when below it, else as it is."""
    at = here()
    if at is not None:
        return at.shown(name)
    return _seen_from(os.getcwd(), name)  # noqa: PTH109 - compared as text


@lru_cache(maxsize=4096)
def _seen_from(folder: str, name: str) -> str:
    if name.startswith(folder.rstrip(os.sep) + os.sep):
        return os.path.relpath(name, folder)
    return name


def place_of(file: str, line: int) -> str:
    """`file:line`, or nothing where neither is known."""
    if not file:
        return ""
    return f"{shown_file(file)}:{line}" if line else shown_file(file)


def place(meta: Mapping[str, Any] | None) -> str:
    """Where an entry or posting stands."""
    meta = meta or {}
    return place_of(str(meta.get("filename") or ""), int(meta.get("lineno") or 0))


def file_and_line(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same as two keys of a JSON row."""
    meta = meta or {}
    return {
        "file": shown_file(str(meta.get("filename") or "")) or None,
        "line": int(meta.get("lineno") or 0) or None,
    }


def places(metas: Iterable[Mapping[str, Any] | None]) -> list[str]:
    """Several, each once, in order of appearance."""
    return list(dict.fromkeys(found for meta in metas if (found := place(meta))))


def open_document(one: OpenItem | OpenCredit) -> Item | Credit:
    """The document that is open."""
    return one.item if isinstance(one, OpenItem) else one.credit


def source_lines(sources: Sequence[OpenItem | OpenCredit], money: Money) -> list[str]:
    """What a row is made of, a line each: place, number, what is open of it."""
    lines = []
    for one in sources:
        document = open_document(one)
        amount = one.outstanding if isinstance(one, OpenItem) else -one.unapplied
        shown = f"{money.shown(amount, document.currency)} {document.currency}"
        parts = (place(document.meta), document.number, shown)
        lines.append("  ".join(part for part in parts if part))
    return lines


# Rows that several commands write.


def day(value: dt.date | None) -> str | None:
    """A date for JSON and CSV."""
    return None if value is None else value.isoformat()


def item_fields(row: OpenItemRow, money: Money) -> dict[str, Any]:
    """The fields of an open item."""
    currency = row.currency
    return {
        "customer": row.customer,
        "name": row.name,
        "account": row.account,
        "item": row.item,
        "kind": row.kind,
        "instalment": row.instalment,
        "date": row.date.isoformat(),
        "due": day(row.due),
        "currency": currency,
        "amount": money.plain(row.amount, currency),
        "outstanding": money.plain(row.outstanding, currency),
        "applications": [
            {
                "credit": applied.credit,
                "item": applied.item,
                "date": applied.date.isoformat(),
                "amount": money.plain(applied.amount, currency),
                "kind": applied.kind,
            }
            for applied in row.applications
        ],
        **file_and_line(row.meta),
    }


def price_fields(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
    """The prices that a conversion used."""
    return [
        {
            "currency": quote.currency,
            "into": quote.into,
            "date": quote.date.isoformat(),
            "rate": rate_text(quote.rate),
            "inverse": quote.inverse,
        }
        for quote in quotes
    ]


def price_lines(quotes: Iterable[Quote]) -> list[Text]:
    """The same for people."""
    lines = []
    for quote in quotes:
        one, other = quote.currency, quote.into
        if quote.inverse:
            one, other = other, one
        lines.append(
            say(
                "price used: 1 {one} = {rate} {other} ({day})",
                one=one,
                rate=rate_text(quote.rate),
                other=other,
                day=quote.date,
            )
        )
    return lines


@attrs.frozen(order=True)
class Gap:
    """Why rows have no figure: something is missing for a currency, as `reason` says."""

    currency: str
    said: str
    reason: Text = attrs.field(order=False)


def price_gap(currency: str, into: str, as_of: dt.date) -> Gap:
    """The gap that a missing price leaves."""
    reason = no_price(currency, into, as_of)
    return Gap(currency, reason.render(), reason)


def gap_lines(gaps: Iterable[tuple[Gap, str]], as_of: dt.date, *, totals: bool) -> list[Text]:
    """A line a gap, which names the rows that have it; `totals`: which are in no total, either."""
    named: dict[Gap, dict[str, None]] = {}
    for gap, row in gaps:
        named.setdefault(gap, {})[row] = None
    lines = []
    for gap in sorted(named):
        rows = ", ".join(named[gap])
        if totals:
            line = say(
                "no figure as of {day}, and in no total: {rows} ({currency}): {reason}",
                day=as_of,
                rows=rows,
                currency=gap.currency,
                reason=gap.reason,
            )
        else:
            line = say(
                "no figure as of {day}: {rows} ({currency}): {reason}",
                day=as_of,
                rows=rows,
                currency=gap.currency,
                reason=gap.reason,
            )
        lines.append(line)
    return lines


def finding_fields(found: Finding, translate: Translate) -> dict[str, Any]:
    """A finding; its sentences in the language of the answer."""
    return {
        "rule": found.rule,
        "severity": found.severity,
        "message": found.text.render(translate),
        "remedy": found.remedy_in(translate),
        "file": shown_file(found.file) or None,
        "line": found.line or None,
        "customer": found.customer,
        "item": found.item,
        "date": found.date.isoformat(),
    }
