# SPDX-License-Identifier: GPL-2.0-or-later
"""Invoices, and the receipts that pay them, with the truth beside them: food for the matcher.

Of a hundred lines about seventy name their invoice and pay it; ten misspell it; five pay another
amount; three pay several invoices (a list, "the first and others", or without any number); one
repeats another line; the rest has nothing to do with any invoice. The same seed gives the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import attrs

from arledger.reconciliation.model import Entry, Line

CURRENCY = "CNY"
START = date(2025, 1, 1)
ROUND = (1_000, 2_000, 3_000, 5_000, 10_000, 12_000, 20_000, 50_000)
FORMS: tuple[Callable[[int, int, date], str], ...] = (
    lambda n, _c, day: f"INV-{day.year}-{n:06d}",
    lambda n, _c, day: f"{day:%Y%m}{n:07d}",
    lambda n, c, _day: f"SO{c:04d}/{n:06d}",
    lambda n, _c, day: f"XS-{day:%y%m%d}-{n:06d}",
    lambda n, _c, _day: f"RE{n:08d}",
    lambda n, _c, day: f"{n:06d}/{day:%y}",
)
MEMOS = (
    "{}",
    "货款 {}",
    "支付{}货款",
    "发票号:{}",
    "payment {}",
    "Inv {} thank you",
    "Rechnung Nr. {}",
)
BARE_MEMOS = ("货款", "transfer", "", "往来款")
# Of a hundred lines.
EXACT, MISSPELT, OTHER_AMOUNT, SEVERAL, REPEATED = 70, 80, 85, 88, 89


@attrs.frozen
class Task:
    """What is to be matched, and the pairs (index of the line, id of the entry) that are right."""

    entries: tuple[Entry, ...]
    lines: tuple[Line, ...]
    truth: frozenset[tuple[int, str]]


def _swap(text: str, at: int, _digit: str) -> str:
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def _drop(text: str, at: int, _digit: str) -> str:
    return text[:at] + text[at + 1 :]


def _other(text: str, at: int, digit: str) -> str:
    return text[:at] + digit + text[at + 1 :]


def misspelt(chance: random.Random, number: str) -> str:
    """The number as somebody who is in a hurry writes it."""
    way = chance.randrange(7)
    digits = [at for at, char in enumerate(number) if char.isdecimal() and at]
    if way < 3:  # noqa: PLR2004 - three ways to mistype a digit
        edit = (_swap, _drop, _other)[way]
        return edit(number, chance.choice(digits), str(chance.randrange(10)))
    if way == 3:  # noqa: PLR2004
        return number.translate(str.maketrans("01", "OI"))
    if way == 4:  # noqa: PLR2004
        return number[-6:]
    if way == 5:  # noqa: PLR2004
        return number.lower().replace("-", " ").replace("/", " ")
    return number.replace("-", "").replace("/", "")


def invoices(chance: random.Random, size: int, customers: int) -> list[Entry]:
    """Invoices of customers some of whom buy much oftener than others; one in fifty is round."""
    shares = [1 / (rank + 5) for rank in range(customers)]
    entries = []
    for number, customer in enumerate(chance.choices(range(customers), shares, k=size)):
        day = START + timedelta(days=chance.randrange(365))
        amount = int(chance.lognormvariate(8, 1.2) * 100) / Decimal(100)
        if chance.random() < 0.02:  # noqa: PLR2004 - see above
            amount = Decimal(chance.choice(ROUND))
        reference = FORMS[customer % len(FORMS)](number, customer, day)
        due = day + timedelta(days=chance.choice((15, 30, 45, 60)))
        entries.append(
            Entry(f"L{number:06d}", day, amount, CURRENCY, f"C{customer:05d}", due, (reference,))
        )
    return entries


class _Statement:
    """The lines so far and what they truly pay."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.lines: list[Line] = []
        self.truth: set[tuple[int, str]] = set()

    def pay(self, paid: list[Entry], amount: Decimal, reference: str | None) -> None:
        """Add a line that pays these entries."""
        chance, last = self.chance, max(entry.due or entry.date for entry in paid)
        for entry in paid:
            self.truth.add((len(self.lines), entry.id))
        self.add(last + timedelta(days=chance.randrange(-5, 15)), amount, reference, paid[0])

    def add(self, day: date, amount: Decimal, reference: str | None, like: Entry) -> None:
        """Add a line of the customer of this entry; one in a hundred payers isn't recognised."""
        chance = self.chance
        text = chance.choice(MEMOS).format(reference) if reference else chance.choice(BARE_MEMOS)
        customer = None if chance.random() < 0.01 else like.customer  # noqa: PLR2004
        self.lines.append(
            Line(len(self.lines), amount, CURRENCY, day, reference, text, customer=customer)
        )

    def repeat(self) -> None:
        """Add a line that stands there already, some days later."""
        line = self.chance.choice(self.lines)
        if line.reference is not None and line.date is not None:
            day = line.date + timedelta(days=self.chance.randrange(1, 20))
            self.lines.append(attrs.evolve(line, index=len(self.lines), date=day))


def _pay_other_amount(statement: _Statement, entry: Entry) -> None:
    chance = statement.chance
    reference = entry.references[0]
    if chance.random() < 0.3:  # noqa: PLR2004 - some are misspelt besides
        reference = misspelt(chance, reference)
    share = Decimal(chance.choice((95, 97, 98, 99, 50))) / 100
    amount = (entry.amount * share).quantize(Decimal("0.01"))
    if chance.random() < 0.3:  # noqa: PLR2004 - a charge of the bank
        amount = max(entry.amount - chance.randrange(5, 60), Decimal("0.01"))
    statement.pay([entry], amount, reference)


def _pay_several(statement: _Statement, paid: list[Entry]) -> None:
    chance = statement.chance
    total = sum((entry.amount for entry in paid), Decimal(0))
    numbers = [entry.references[0] for entry in paid]
    way = chance.randrange(4)
    reference = (",".join(numbers), "、".join(numbers), f"{numbers[0]}等", None)[way]
    statement.pay(paid, total, reference)


def _write(
    statement: _Statement, entry: Entry, left: dict[str, Entry], of_customer: list[Entry]
) -> None:
    """What one invoice leads to in the statement, by chance."""
    chance = statement.chance
    kind = chance.randrange(100)
    number = entry.references[0]
    if kind < OTHER_AMOUNT:
        del left[entry.id]
    if kind < EXACT:
        statement.pay([entry], entry.amount, number)
    elif kind < MISSPELT:
        statement.pay([entry], entry.amount, misspelt(chance, number))
    elif kind < OTHER_AMOUNT:
        _pay_other_amount(statement, entry)
    elif kind < SEVERAL:
        others = [one for one in of_customer[:400] if one.id in left]
        paid = chance.sample(others, min(len(others), chance.randrange(2, 7)))
        for one in paid:
            del left[one.id]
        if paid:
            _pay_several(statement, paid)
    elif kind < REPEATED and statement.lines:
        statement.repeat()
    else:
        unknown = FORMS[0](10**6 + chance.randrange(10**6), 0, entry.date)
        reference = unknown if chance.random() < 0.5 else None  # noqa: PLR2004
        amount = int(chance.lognormvariate(8, 1.2) * 100) / Decimal(100)
        statement.add(entry.date, amount, reference, entry)


def task(size: int, customers: int, seed: int = 1) -> Task:
    """About `size` invoices and as many lines."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    entries = invoices(chance, size, customers)
    by_customer: dict[str | None, list[Entry]] = {}
    for entry in entries:
        by_customer.setdefault(entry.customer, []).append(entry)
    statement = _Statement(chance)
    open_entries = {entry.id: entry for entry in entries}
    for entry in entries:
        if entry.id in open_entries:
            _write(statement, entry, open_entries, by_customer[entry.customer])
    lines = statement.lines
    return Task(tuple(entries), tuple(lines), frozenset(statement.truth))


def one_amount(size: int) -> Task:
    """One customer whose items all have one amount; every line names its item, a tenth misspelt."""
    chance = random.Random(2)  # noqa: S311 - not for secrets
    entries = [
        Entry(f"L{n}", START, Decimal(100), CURRENCY, "C1", None, (f"INV-2025-{n:06d}",))
        for n in range(size)
    ]
    statement = _Statement(chance)
    for n, entry in enumerate(entries):
        number = entry.references[0]
        statement.pay([entry], entry.amount, misspelt(chance, number) if n % 10 == 0 else number)
    return Task(tuple(entries), tuple(statement.lines), frozenset(statement.truth))


def unnamed(size: int) -> Task:
    """One customer with ten thousand open items, and lines that name none of them."""
    chance = random.Random(3)  # noqa: S311 - not for secrets
    entries = invoices(chance, 10_000, 1)
    statement = _Statement(chance)
    for entry in chance.sample(entries, size):
        statement.pay([entry], entry.amount, None)
    return Task(tuple(entries), tuple(statement.lines), frozenset(statement.truth))
