# SPDX-License-Identifier: GPL-2.0-or-later
"""What a booking of the bank is called, so that it is known again in the next file.

- The bank's own reference (camt `AcctSvcrRef`, what follows `//` in an MT940 line, a column of
  serial numbers), as the bank writes it. A running number within a statement (`NtryRef`) is no
  such reference: the next statement begins again at 1.
- Where a file repeats a reference on one account for different bookings, the earliest keeps it;
  the others are `<reference>-<digest>`.
- A booking without a reference is `<yyyymmdd>-<digest>`, and `-2`, `-3` … after it for bookings
  that are the same in everything.
- The parts of a batch are `<reference of the batch>-1`, `-2` …, in the order of their content.

The digest is made of content alone (account, dates, amount, currency, the other party and its
account, the text, the references passed on): neither the file's name nor the line nor the order of
the lines has a say, so that a file fetched again, or one that overlaps, gives the same names.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

import attrs

from arledger.reconciliation.model import BankEntry
from arledger.reconciliation.reading.bank_fields import squeeze

_DIGEST_LENGTH = 10


@attrs.frozen(slots=True)
class Booking:
    """One booking on an account: a single entry, or the parts of a batch.

    `reference` is the bank's own, or None. The entries have no reference yet.
    """

    reference: str | None
    entries: tuple[BankEntry, ...]


def _plain(amount: Decimal) -> str:
    """An amount in one spelling: 8.850 is 8.85."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _content(entry: BankEntry) -> tuple[str, ...]:
    """What makes the entry what it is, in one spelling."""
    return (
        entry.date.isoformat(),
        entry.value_date.isoformat() if entry.value_date else "",
        _plain(entry.amount),
        entry.currency,
        "reversal" if entry.reversal else "",
        entry.payer_account.replace(" ", "").casefold(),
        squeeze(entry.payer).casefold(),
        squeeze(entry.remittance).casefold(),
        *(reference.casefold() for reference in entry.references),
    )


_Key = tuple[tuple[str, ...], ...]


def _key(booking: Booking) -> _Key:
    return tuple(sorted(_content(entry) for entry in booking.entries))


def _digest(account: str, key: _Key) -> str:
    said = "\x1e".join("\x1f".join(parts) for parts in key)
    whole = f"{account.replace(' ', '').casefold()}\x1d{said}"
    return hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST_LENGTH]


def named(account: str, bookings: Sequence[Booking]) -> list[tuple[BankEntry, ...]]:
    """The entries of each booking with their references, each once, in the order given."""
    keys = [_key(booking) for booking in bookings]
    own = {booking.reference for booking in bookings if booking.reference is not None}
    names = _counted(_wanted(account, bookings, keys), own)
    return [
        _parts(booking, name, _digest(account, key), own)
        for booking, name, key in zip(bookings, names, keys, strict=True)
    ]


def _wanted(account: str, bookings: Sequence[Booking], keys: Sequence[_Key]) -> list[str]:
    """What each booking would be called, were there not others like it."""
    earliest: dict[str, _Key] = {}
    for booking, key in zip(bookings, keys, strict=True):
        if booking.reference is not None:
            earliest[booking.reference] = min(earliest.get(booking.reference, key), key)
    wanted = []
    for booking, key in zip(bookings, keys, strict=True):
        if booking.reference is None:
            wanted.append(f"{booking.entries[0].date:%Y%m%d}-{_digest(account, key)}")
        elif key == earliest[booking.reference]:
            wanted.append(booking.reference)
        else:
            wanted.append(f"{booking.reference}-{_digest(account, key)}")
    return wanted


def _counted(wanted: Iterable[str], own: AbstractSet[str | None]) -> list[str]:
    """Equal names with a counter from the second on, that no other booking has as its own."""
    seen: Counter[str] = Counter()
    names = []
    for name in wanted:
        seen[name] += 1
        while seen[name] > 1 and f"{name}-{seen[name]}" in own:
            seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return names


def _parts(
    booking: Booking, name: str, digest: str, own: AbstractSet[str | None]
) -> tuple[BankEntry, ...]:
    entries = booking.entries
    if len(entries) == 1:
        return (attrs.evolve(entries[0], reference=name),)
    order = sorted(range(len(entries)), key=lambda i: (_content(entries[i]), i))
    if any(f"{name}-{counter}" in own for counter in range(1, len(entries) + 1)):
        name = f"{name}-{digest}"
    counters = {index: counter for counter, index in enumerate(order, start=1)}
    return tuple(
        attrs.evolve(entry, reference=f"{name}-{counters[index]}")
        for index, entry in enumerate(entries)
    )


def named_by_account(
    groups: Sequence[tuple[str, Sequence[Booking]]],
) -> list[tuple[BankEntry, ...]]:
    """The entries of each group (one statement each), named and counted through the file.

    References are told apart per account, over all statements of the file.
    """
    by_account: dict[str, list[int]] = defaultdict(list)
    for number, (account, _) in enumerate(groups):
        by_account[account.replace(" ", "").casefold()].append(number)
    done: dict[int, list[BankEntry]] = {number: [] for number in range(len(groups))}
    for numbers in by_account.values():
        owners = [number for number in numbers for _ in groups[number][1]]
        bookings = [booking for number in numbers for booking in groups[number][1]]
        entries = named(groups[numbers[0]][0], bookings)
        for owner, parts in zip(owners, entries, strict=True):
            done[owner].extend(parts)
    index = 0
    result = []
    for number in range(len(groups)):
        numbered = []
        for entry in done[number]:
            numbered.append(attrs.evolve(entry, index=index))
            index += 1
        result.append(tuple(numbered))
    return result
