# SPDX-License-Identifier: GPL-2.0-or-later
"""How old open items are: the days since they were due or invoiced, and the bucket for that."""

from __future__ import annotations

import datetime as dt

import attrs

from arledger.language.buckets import DEFAULT, Basis, Buckets
from arledger.language.policies import PolicyBook
from arledger.subledger.model import Item


def since(item: Item, as_of: dt.date, basis: Basis) -> dt.date:
    """The day from which an item ages. What is conditional is not due, however old."""
    if basis == "invoice":
        return item.date
    if item.conditional or item.due is None:
        return as_of
    return item.due


@attrs.define(eq=False)
class Ages:
    """The ages of many items on one day, each account and each date looked up once."""

    policies: PolicyBook
    basis: Basis
    as_of: dt.date
    # Account → the day from which an item ages → its age. Most accounts have the same buckets.
    _of_account: dict[str, dict[dt.date, tuple[int, str]]] = attrs.field(factory=dict)
    _of_buckets: dict[int, dict[dt.date, tuple[int, str]]] = attrs.field(factory=dict)

    def of(self, item: Item) -> tuple[int, str]:
        """Days since the due or invoice date (the ledger's basis), and its account's own bucket."""
        start = since(item, self.as_of, self.basis)
        known = self._of_account.get(item.account)
        found = known.get(start) if known is not None else None
        return self._reckon(item, start) if found is None else found

    def _reckon(self, item: Item, start: dt.date) -> tuple[int, str]:
        timeline = self.policies.timeline("aging-buckets", item.customer, item.account)
        policy = timeline.one(self.as_of)
        buckets: Buckets = policy.value if policy is not None else DEFAULT
        known = self._of_buckets.setdefault(id(buckets), {})
        self._of_account[item.account] = known
        label = buckets.labels(self.basis)[buckets.place(start, self.as_of, self.basis)]
        found = known[start] = ((self.as_of - start).days, label)
        return found
