# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of one ledger, kept while it stays as it is: Fava asks the same page again and again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar, cast

import attrs

from arledger.plugins.shared import KEY, Shared
from arledger.subledger.subledger import Subledger

T = TypeVar("T")

# A page asks a handful of questions; thirteen month ends are the most.
KEPT_MAX = 256


@attrs.define(eq=False)
class Answers:
    """Remembers what was asked of a subledger, until another one takes its place."""

    _of: Subledger | None = None
    _kept: dict[tuple[Hashable, ...], Any] = attrs.field(factory=dict)
    _shown: Mapping[int, Any] = attrs.field(factory=dict)

    def subledger(self, ledger: Any) -> Subledger | None:
        """The subledger of Fava's ledger, whatever is filtered; None without the plugin line."""
        shared = ledger.options.get(KEY)
        return shared.subledger if isinstance(shared, Shared) else None

    def ask(
        self, subledger: Subledger, question: Callable[..., T], *args: Any, **options: Any
    ) -> T:
        """The answer to `question(subledger, *args, **options)`, from memory where it is there."""
        if subledger is not self._of or len(self._kept) >= KEPT_MAX:
            # A new table, for another thread may be looking into the old one.
            self._kept = {}
            self._shown = {}
            self._of = subledger
        kept = self._kept
        key = (question, args, tuple(sorted(options.items())))
        if key not in kept:
            kept[key] = question(subledger, *args, **options)
        return cast("T", kept[key])

    def shown(self, ledger: Any, entry: Any) -> Any:
        """The entry as Fava has it: with the annotations, where it got some."""
        if not self._shown:
            self._shown = shown_entries(ledger)
        return self._shown.get(id(entry), entry)


def shown_entries(ledger: Any) -> Mapping[int, Any]:
    """By the identity of an entry as it was read: its annotated copy, which is what Fava shows."""
    shared = ledger.options.get(KEY)
    if not isinstance(shared, Shared):
        return {}
    return {
        id(shared.originals[id(entry)]): entry
        for entry in shared.relevant
        if id(entry) in shared.originals
    }


def month_ends_before(as_of: dt.date, count: int) -> list[dt.date]:
    """The last `count` month ends up to `as_of`, oldest first; `as_of` itself comes last."""
    found = [as_of]
    day = as_of
    while len(found) < count and (day.year, day.month) > (dt.MINYEAR, 1):
        day = day.replace(day=1) - dt.timedelta(days=1)
        if day != found[0]:
            found.insert(0, day)
    return found
