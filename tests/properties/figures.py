# SPDX-License-Identifier: GPL-2.0-or-later
"""What the laws compare: a ledger's figures as plain values, and Beancount's own balances.

Figures name things as an accountant would (customer, account, number, due date), never by file,
line or position. Where nothing is outstanding, nothing is said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from beancount import loader
from beancount.core import data
from beancount.core.inventory import Inventory
from hypothesis import settings

from arledger.advances import advances
from arledger.aging import BY, By, aging
from arledger.allowance import adjustments, allowance
from arledger.check import find
from arledger.credit import credit
from arledger.findings import Finding
from arledger.language.buckets import Basis
from arledger.subledger.model import Credit, Item
from arledger.subledger.subledger import Subledger, subledger_of
from tests.properties.oracle import CreditKey, ItemKey

loader.initialize(use_cache=False)
_DEFAULT = settings.default or settings()

ZERO = Decimal(0)
# For laws that take longer: a part of the examples that the profile asks for.
half, fifth = (settings(max_examples=max(1, _DEFAULT.max_examples // part)) for part in (2, 5))
BASES: tuple[Basis, ...] = ("due", "invoice")


@attrs.frozen(eq=False)
class Loaded:
    """A ledger as Beancount loaded it, and our subledger of it."""

    entries: Sequence[data.Directive]
    options: Mapping[str, Any]
    subledger: Subledger


def load(text: str) -> Loaded:
    """Load a text with Beancount's loader; it must find nothing wrong."""
    return taken(loader.load_string(text))


def load_file(path: str) -> Loaded:
    """The same, of a file and what it includes."""
    return taken(loader.load_file(path))


def taken(loaded: tuple[Sequence[data.Directive], Sequence[Any], Mapping[str, Any]]) -> Loaded:
    """What the loader gave, and our subledger of it."""
    entries, errors, options = loaded
    assert not errors, errors
    return Loaded(entries, options, subledger_of(entries, options))


def balances(
    entries: Iterable[data.Directive], root: str, day: dt.date
) -> dict[tuple[str, str], Decimal]:
    """Beancount's own balances below an account at the end of a day, where not zero."""
    found: dict[str, Inventory] = {}
    for entry in entries:
        if isinstance(entry, data.Transaction) and entry.date <= day:
            for posting in entry.postings:
                if posting.account == root or posting.account.startswith(root + ":"):
                    found.setdefault(posting.account, Inventory()).add_position(posting)
    return {
        (account, position.units.currency): position.units.number
        for account, inventory in found.items()
        for position in inventory
        if position.units.number
    }


def summed(pairs: Iterable[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    """Sums by key, where not zero."""
    sums: dict[Any, Decimal] = {}
    for key, amount in pairs:
        sums[key] = sums.get(key, ZERO) + amount
    return {key: total for key, total in sums.items() if total}


def item_key(item: Item) -> ItemKey:
    """An item as the oracle knows it: what is not due yet is due last."""
    return (item.account, item.currency, item.number or "", item.due or dt.date.max)


def credit_key(credit: Credit) -> CreditKey:
    """A credit as the oracle knows it."""
    return (credit.account, credit.currency, credit.number or "", credit.date)


def open_figures(subledger: Subledger, day: dt.date) -> dict[ItemKey, Decimal]:
    """What is outstanding, by item and due date."""
    return summed((item_key(one.item), one.outstanding) for one in subledger.at(day).items)


def unapplied_figures(subledger: Subledger, day: dt.date) -> dict[CreditKey, Decimal]:
    """What is unapplied, by credit."""
    return summed((credit_key(one.credit), one.unapplied) for one in subledger.at(day).credits)


def advance_figures(subledger: Subledger, day: dt.date) -> dict[Any, Decimal]:
    """What became of each advance."""
    return summed(
        ((row.customer, row.currency, row.advance.number or "", row.contract or "", name), amount)
        for row in advances(subledger, day, settled=True).rows
        for name, amount in attrs.asdict(row.standing).items()
    )


def aging_figures(
    subledger: Subledger, day: dt.date, by: Sequence[By] = BY, **more: Any
) -> dict[Any, Decimal]:
    """Every figure of the aging on both bases; items by number, not by id."""
    return summed(
        ((grouping, basis, _name(row.key), row.currency, label), figure)
        for basis in BASES
        for grouping in by
        for answer in [aging(subledger, day, by=grouping, basis=basis, **more)]
        for row in answer.rows
        for label, figure in zip(
            (*answer.labels, "unapplied", "total"),
            (*row.buckets, row.unapplied, row.total),
            strict=True,
        )
    )


def _name(key: str) -> str:
    """A row's key without the counter of what has no number."""
    return key.rpartition("/")[0] if "/" in key else key


def credit_figures(subledger: Subledger, day: dt.date) -> dict[Any, Decimal]:
    """Exposure, overdue and advances held, by customer and currency."""
    return summed(
        ((row.customer, row.currency, name), getattr(row, name))
        for row in credit(subledger, day).rows
        for name in ("exposure", "overdue", "advances")
    )


def allowance_figures(subledger: Subledger, day: dt.date) -> list[Any]:
    """The matrix, the individual assessments, and the entry that is proposed."""
    answer = allowance(subledger, day)
    rows = [
        (row.account, row.bucket, row.currency, row.gross, row.netted, row.rate, row.allowance)
        for row in answer.rows
    ]
    specific = [
        (row.customer, row.item, row.currency, row.outstanding, row.allowance)
        for row in answer.specific
    ]
    return [rows, specific, [attrs.astuple(one) for one in adjustments(subledger, answer)]]


def finding_figures(subledger: Subledger, day: dt.date) -> list[Any]:
    """Every finding up to a day: what it says, but not where, nor at how many places."""
    return sorted(set(map(_said, find(subledger, day))), key=repr)


# A file and a line.
_PLACE = re.compile(r":[0-9]+$")


def _said(found: Finding) -> Any:
    said = {name: str(value) for name, value in found.text.args.items() if name != "line"}
    places = {name for name, value in said.items() if name == "file" or _PLACE.search(value)}
    said = {name: value for name, value in said.items() if name not in places}
    return (
        found.date,
        found.rule,
        found.severity,
        found.customer or "",
        found.item or "",
        found.text.template,
        tuple(sorted(said.items())),
    )


def everything(subledger: Subledger, day: dt.date) -> dict[str, Any]:
    """All that can be asked of a ledger at the end of a day."""
    return {
        "items": sorted(
            (*item_key(one.item), one.item.id, str(one.item.date), one.outstanding)
            for one in subledger.at(day).items
        ),
        "credits": sorted(
            (*credit_key(one.credit), one.credit.id, one.credit.kind.value, one.unapplied)
            for one in subledger.at(day).credits
        ),
        "advances": advance_figures(subledger, day),
        "aging": aging_figures(subledger, day, ("customer", "account")),
        "credit": credit_figures(subledger, day),
        "allowance": allowance_figures(subledger, day),
        "findings": finding_figures(subledger, day),
    }


def assert_alike(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Two answers of `everything` are the same; what differs is shown, and nothing else."""
    for name, figures in wanted.items():
        if isinstance(figures, list):
            extra = [one for one in found[name] if one not in figures]
            missing = [one for one in figures if one not in found[name]]
            assert (extra, missing) == ([], []), name
        assert found[name] == figures, name
