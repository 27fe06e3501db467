# SPDX-License-Identifier: GPL-2.0-or-later
"""What one state of a ledger changes against another: two snapshots, compared.

Both speak of the same day, so nothing differs for the mere passing of time. An item is the same
where customer, account, number and instalment are; a policy where directive, subject, key and
start are; a finding by its fingerprint, so that moved lines are no change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import attrs

from arledger.money import ZERO, canonical, exact

Plain = Mapping[str, Any]
Change = Literal["new", "gone", "settled", "reopened", "changed"]

# What makes an item another one than it was; where it stands doesn't.
_ITEM = ("kind", "date", "due", "currency", "amount", "outstanding")
_CREDIT = ("limit", "exposure", "available", "hold")
_POLICY = ("value", "until", "approved-by", "reason")


@attrs.frozen
class ItemChange:
    """An item or credit that differs; `before` and `after` are None where it wasn't or isn't."""

    customer: str
    account: str
    item: str
    kind: str
    instalment: int
    change: Change
    before: Plain | None
    after: Plain | None

    @property
    def place(self) -> Plain:
        """Where it stands, in the newer ledger if it is there."""
        return self.after or self.before or {}


@attrs.frozen
class CustomerChange:
    """A customer's figures in one currency: buckets, unapplied and total, exposure and limit."""

    customer: str
    name: str
    currency: str
    before: Plain
    after: Plain


@attrs.frozen
class PolicyChange:
    """A policy that is new, gone or another; its place and who approved it are in `after`."""

    directive: str
    subject: str
    key: str
    start: str
    change: Change
    before: Plain | None
    after: Plain | None


@attrs.frozen
class ClosingChange:
    """A seal or a reopening that is new, gone or another.

    A seal that is gone closes nothing any more, and a check of the newer ledger can't know of it.
    """

    directive: str
    date: str
    change: Change
    before: Plain | None
    after: Plain | None

    @property
    def place(self) -> Plain:
        """Where it stands, in the newer ledger if it is there."""
        return self.after or self.before or {}


@attrs.frozen
class AllowanceChange:
    """Required and booked in one currency. `result` is what the change of the booked figure costs.

    A higher allowance is a charge: it lowers the result.
    """

    currency: str
    before: Plain
    after: Plain

    @property
    def result(self) -> Decimal:
        """The effect on the result of booking what is required: negative where it is charged."""
        return Decimal(self.before["required"]) - Decimal(self.after["required"])


@attrs.frozen
class Comparison:
    """Everything that differs."""

    items: tuple[ItemChange, ...]
    customers: tuple[CustomerChange, ...]
    policies: tuple[PolicyChange, ...]
    closings: tuple[ClosingChange, ...]
    allowance: tuple[AllowanceChange, ...]
    new_findings: tuple[Plain, ...]
    gone_findings: tuple[Plain, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not any(attrs.astuple(self, recurse=False))


@exact
def compare(before: Plain, after: Plain) -> Comparison:
    """What `after` changes against `before`: two snapshots of the same day."""
    new, gone = _findings(before["findings"], after["findings"])
    return Comparison(
        tuple(_items(before["items"], after["items"])),
        tuple(_customers(before, after)),
        tuple(_policies(before["policies"], after["policies"])),
        tuple(_closings(before["closings"], after["closings"])),
        tuple(_allowance(before["allowance"], after["allowance"])),
        tuple(new),
        tuple(gone),
    )


def _by(rows: Iterable[Plain], key: Callable[[Plain], Hashable]) -> dict[Any, list[Plain]]:
    found: dict[Any, list[Plain]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def _pairs(
    before: Sequence[Plain], after: Sequence[Plain], key: Callable[[Plain], Hashable]
) -> Iterable[tuple[Plain | None, Plain | None]]:
    """Rows of one key side by side; where a key stands several times, equal ones first."""
    old, new = _by(before, key), _by(after, key)
    for one in sorted({*old, *new}, key=str):
        left, right = list(old.get(one, ())), list(new.get(one, ()))
        for row in list(left):
            same = next((other for other in right if _content(other) == _content(row)), None)
            if same is not None:
                left.remove(row)
                right.remove(same)
        for at in range(max(len(left), len(right))):
            yield (
                left[at] if at < len(left) else None,
                right[at] if at < len(right) else None,
            )


def _content(row: Plain) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in {"file", "line"}}


def _items(before: Sequence[Plain], after: Sequence[Plain]) -> Iterable[ItemChange]:
    def key(row: Plain) -> Hashable:
        return row["customer"], row["account"], row["item"], row["kind"], row["instalment"]

    for old, new in _pairs(before, after, key):
        if old is None or new is None or any(old[name] != new[name] for name in _ITEM):
            row = new or old or {}
            yield ItemChange(
                row["customer"],
                row["account"],
                row["item"],
                row["kind"],
                row["instalment"],
                _change(old, new),
                old,
                new,
            )


def _change(old: Plain | None, new: Plain | None) -> Change:
    if old is None:
        return "new"
    if new is None:
        return "gone"
    was, now = Decimal(old["outstanding"]), Decimal(new["outstanding"])
    if was and not now:
        return "settled"
    return "reopened" if now and not was else "changed"


def _customers(before: Plain, after: Plain) -> Iterable[CustomerChange]:
    old, new = _figures(before), _figures(after)
    names = {row["customer"]: row["name"] for row in (*_rows(before), *_rows(after))}
    for customer, currency in sorted({*old, *new}):
        was = old.get((customer, currency), {})
        now = new.get((customer, currency), {})
        filled = {key: _nothing(key, was, now) for key in {**was, **now}}
        left, right = {**filled, **was}, {**filled, **now}
        if left != right:
            yield CustomerChange(customer, names[customer], currency, left, right)


def _rows(snapshot: Plain) -> Iterable[Plain]:
    yield from snapshot["aging"]
    yield from snapshot["credit"]


def _figures(snapshot: Plain) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in snapshot["aging"]:
        figures = {"buckets": row["buckets"], "unapplied": row["unapplied"], "total": row["total"]}
        found[row["customer"], row["currency"]] = figures
    for row in snapshot["credit"]:
        figures = found.setdefault((row["customer"], row["currency"]), {})
        figures.update({name: row[name] for name in _CREDIT})
    return found


def _nothing(key: str, was: Plain, now: Plain) -> Any:
    """What a figure is where there is no row for it: nothing owed, no limit, no hold."""
    if key == "buckets":
        return dict.fromkeys({**was.get(key, {}), **now.get(key, {})}, "0")
    if key in {"unapplied", "total", "exposure"}:
        return "0"
    return False if key == "hold" else None


def _policies(before: Sequence[Plain], after: Sequence[Plain]) -> Iterable[PolicyChange]:
    def key(row: Plain) -> Hashable:
        return row["directive"], row["subject"], row["key"], row["start"]

    for old, new in _pairs(before, after, key):
        if old is None or new is None or any(old[name] != new[name] for name in _POLICY):
            row = new or old or {}
            yield PolicyChange(
                row["directive"],
                row["subject"],
                row["key"],
                row["start"],
                _kind_of_change(old, new),
                old,
                new,
            )


def _closings(before: Sequence[Plain], after: Sequence[Plain]) -> Iterable[ClosingChange]:
    def key(row: Plain) -> Hashable:
        return row["directive"], row["date"]

    for old, new in _pairs(before, after, key):
        if old is None or new is None or _content(old) != _content(new):
            row = new or old or {}
            change = _kind_of_change(old, new)
            yield ClosingChange(row["directive"], row["date"], change, old, new)


def _kind_of_change(old: Plain | None, new: Plain | None) -> Change:
    if old is None:
        return "new"
    return "gone" if new is None else "changed"


def _allowance(before: Sequence[Plain], after: Sequence[Plain]) -> Iterable[AllowanceChange]:
    old = {row["currency"]: row for row in before}
    new = {row["currency"]: row for row in after}
    for currency in sorted({*old, *new}):
        none = {"currency": currency, "required": "0", "booked": "0"}
        was, now = old.get(currency, none), new.get(currency, none)
        if was != now:
            yield AllowanceChange(currency, was, now)


def _findings(before: Sequence[Plain], after: Sequence[Plain]) -> tuple[list[Plain], list[Plain]]:
    return _without(after, before), _without(before, after)


def _without(rows: Sequence[Plain], others: Sequence[Plain]) -> list[Plain]:
    """The findings that the others lack; the same one twice counts twice."""
    known = Counter(row["fingerprint"] for row in others)
    left = []
    for row in rows:
        if known[row["fingerprint"]]:
            known[row["fingerprint"]] -= 1
        else:
            left.append(row)
    return left


def difference(before: str | None, after: str | None) -> str:
    """One figure less another, as text; nothing counts as zero."""
    return canonical(Decimal(after or ZERO) - Decimal(before or ZERO))
