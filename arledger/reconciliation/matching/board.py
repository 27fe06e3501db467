# SPDX-License-Identifier: GPL-2.0-or-later
"""The table at which the stages sit in turn: what is left, what has been put together, and why.

Amounts are whole numbers here (of the smallest decimal place in the input), so that sums are
exact and quick. Entries stand in the order of date and id, lines in that of the file; nothing
depends on the order in which they were handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from arledger.findings import Text
from arledger.money import EXACT, iso_digits, round_half_up
from arledger.reconciliation.matching.rules import MatchRules
from arledger.reconciliation.model import Entry, How, Line

Scope = tuple[str | None, str]


@attrs.frozen(slots=True)
class Found:
    """Entries and lines put together, by their places on the board."""

    entries: tuple[int, ...]
    lines: tuple[int, ...]
    how: How


@attrs.frozen(slots=True)
class Option:
    """One way that isn't the only one; the lower the rank, the likelier."""

    entries: tuple[int, ...]
    lines: tuple[int, ...]
    how: How
    reason: Text
    rank: int = 0


def _line_key(line: Line) -> tuple[object, ...]:
    return (
        line.index,
        line.date is None,
        line.date.toordinal() if line.date else 0,
        line.amount,
        line.currency,
        line.reference or "",
        line.text,
        line.key or "",
    )


def _places(amounts: Iterable[Decimal]) -> int:
    """The most decimal places that any amount has."""
    least = 0
    for amount in amounts:
        exponent = amount.as_tuple().exponent
        assert isinstance(exponent, int), "an amount is a number"
        least = min(least, exponent)
    return -least


def _shared(scopes: dict[Scope, Scope], customer: str | None, currency: str) -> Scope:
    scope = (customer, currency)
    return scopes.setdefault(scope, scope)


class Board:
    """Entries and lines of one question, and what the stages have made of them so far."""

    def __init__(self, entries: Sequence[Entry], lines: Sequence[Line], rules: MatchRules) -> None:
        self.rules = rules
        self.entries = tuple(sorted(entries, key=lambda entry: (entry.date, entry.id)))
        self.lines = tuple(sorted(lines, key=_line_key))
        worth = [line.amount for line in self.lines]
        tolerances = rules.tolerance.values()
        self.places = _places((*(entry.amount for entry in self.entries), *worth, *tolerances))
        self.entry_values = [self.scaled(entry.amount) for entry in self.entries]
        self.line_values = [self.scaled(amount) for amount in worth]
        self.worth = worth
        self.currencies = [line.currency for line in self.lines]
        self.tolerance = {
            currency: self.scaled(amount) for currency, amount in rules.tolerance.items()
        }
        scopes: dict[Scope, Scope] = {}
        self._entry_scopes = [_shared(scopes, one.customer, one.currency) for one in self.entries]
        self._line_scopes = [_shared(scopes, one.customer, one.currency) for one in self.lines]
        self._left_entries = list(range(len(self.entries)))
        self._left_lines = list(range(len(self.lines)))
        self.entry_free = [True] * len(self.entries)
        self.line_free = [True] * len(self.lines)
        self.found: list[Found] = []
        self.line_duplicates: dict[int, int] = {}
        self.entry_duplicates: dict[int, int] = {}
        self.options: list[Option] = []
        self._same_lines: dict[tuple[Scope, int], list[int]] = {}
        self._same_entries: dict[tuple[Scope, int], list[int]] = {}
        # Where something has changed since the last round; None: everywhere.
        self._stirred: set[Scope] = set()
        self._active: set[Scope] | None = None

    def scaled(self, amount: Decimal) -> int:
        """An amount in units of the smallest decimal place."""
        return int(amount.scaleb(self.places, EXACT))

    def unscaled(self, value: int) -> Decimal:
        """The amount that a whole number stands for."""
        return EXACT.scaleb(Decimal(value), -self.places)

    def lines_like(self, line: int) -> list[int]:
        """All lines of the customer and currency with the amount of this one."""
        if not self._same_lines:
            for at, scope in enumerate(self._line_scopes):
                self._same_lines.setdefault((scope, self.line_values[at]), []).append(at)
        return self._same_lines[self._line_scopes[line], self.line_values[line]]

    def entries_like(self, entry: int) -> list[int]:
        """All entries of the customer and currency with the amount of this one."""
        if not self._same_entries:
            for at, scope in enumerate(self._entry_scopes):
                self._same_entries.setdefault((scope, self.entry_values[at]), []).append(at)
        return self._same_entries[self._entry_scopes[entry], self.entry_values[entry]]

    def convert(self, currency: str) -> bool:
        """Let the free lines that bear a rate count in `currency`; whether there were any."""
        changed = False
        digits = min(iso_digits(currency), self.places)
        for at in self.free_lines():
            line = self.lines[at]
            if line.rate is None or self.currencies[at] == currency:
                continue
            value = round_half_up(EXACT.multiply(line.amount, line.rate), digits)
            self.worth[at] = value
            self.line_values[at] = self.scaled(value)
            self.currencies[at] = currency
            self._line_scopes[at] = (line.customer, currency)
            changed = True
        self._same_lines.clear()
        return changed

    def entry_scope(self, at: int) -> Scope:
        """Customer and currency of an entry: only within them is anything compared."""
        return self._entry_scopes[at]

    def line_scope(self, at: int) -> Scope:
        """Customer and currency of a line, the customer being None where it is unknown."""
        return self._line_scopes[at]

    def slack(self, currency: str) -> int:
        """The tolerance in a currency."""
        return self.tolerance.get(currency, 0)

    def equal(self, line: int, entry: int) -> bool:
        """Whether both have one sign and, within the tolerance, one amount."""
        ours, theirs = self.entry_values[entry], self.line_values[line]
        if ours == theirs:
            return True
        return (ours > 0) == (theirs > 0) and abs(ours - theirs) <= self.slack(
            self.currencies[line]
        )

    def same_sum(self, lines: Iterable[int], entries: Iterable[int], currency: str) -> bool:
        """Whether both come to one amount, within the tolerance."""
        difference = sum(self.line_values[at] for at in lines) - sum(
            self.entry_values[at] for at in entries
        )
        return abs(difference) <= self.slack(currency)

    def free_lines(self) -> list[int]:
        """The lines that are left."""
        free = self._left_lines = [at for at in self._left_lines if self.line_free[at]]
        if self._active is None:
            return free
        return [at for at in free if self._line_scopes[at] in self._active]

    def free_entries(self) -> list[int]:
        """The entries that are left."""
        free = self._left_entries = [at for at in self._left_entries if self.entry_free[at]]
        if self._active is None:
            return free
        currencies = {currency for customer, currency in self._active if customer is None}
        return [
            at
            for at in free
            if self._entry_scopes[at] in self._active or self.entries[at].currency in currencies
        ]

    def next_round(self) -> bool:
        """Look only where something has changed from now on; whether there is such a place.

        A change at any customer matters for the lines whose customer isn't known, and for
        nobody else's.
        """
        stirred, self._stirred = self._stirred, set()
        if not stirred:
            self._active = None
            return False
        stirred |= {(None, currency) for _, currency in stirred}
        self._active = stirred
        self.options = [one for one in self.options if self.line_scope(one.lines[0]) not in stirred]
        return True

    def all_again(self) -> None:
        """Look everywhere again."""
        self._active = None
        self.options.clear()

    def all_free(self, entries: Iterable[int], lines: Iterable[int]) -> bool:
        """Whether nothing of this has been put elsewhere."""
        return all(self.entry_free[at] for at in entries) and all(
            self.line_free[at] for at in lines
        )

    def accept(self, entries: Iterable[int], lines: Iterable[int], how: How) -> None:
        """Put these together for good."""
        ours, theirs = tuple(sorted(entries)), tuple(sorted(lines))
        assert ours, "a match has an entry"
        assert theirs, "a match has a line"
        for at in ours:
            assert self.entry_free[at], "an entry is matched once"
            self.entry_free[at] = False
            self._stirred.add(self.entry_scope(at))
        for at in theirs:
            assert self.line_free[at], "a line is matched once"
            self.line_free[at] = False
        self.found.append(Found(ours, theirs, how))

    def repeat_line(self, line: int, of: int) -> None:
        """This line repeats that one."""
        assert self.line_free[line], "a duplicate isn't matched"
        self.line_free[line] = False
        self._stirred.add(self.line_scope(line))
        self.line_duplicates[line] = of

    def repeat_entry(self, entry: int, of: int) -> None:
        """This entry repeats that one."""
        assert self.entry_free[entry], "a duplicate isn't matched"
        self.entry_free[entry] = False
        self._stirred.add(self.entry_scope(entry))
        self.entry_duplicates[entry] = of

    def days(self, line: int, entry: int) -> int | None:
        """How many days lie between both, either way; None where the line has no date."""
        day = self.lines[line].date
        return None if day is None else abs((day - self.entries[entry].date).days)

    def in_window(self, line: int, entry: int) -> bool:
        """Whether the dates are near enough for a pair that only the amount holds together."""
        apart = self.days(line, entry)
        window = self.rules.window_days
        return apart is None or window is None or apart <= window
