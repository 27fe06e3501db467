# SPDX-License-Identifier: GPL-2.0-or-later
"""`custom "statement"`: a balance that a customer has confirmed, or was told.

    2024-05-31 custom "statement" "C001" 60400.00 CNY
      agreed: TRUE
      theirs: 48400.00 CNY
      difference-1: "in-transit INV-0099 -12000.00 CNY"
      document: "statements/2024-05-C001.xlsx"
      sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

The balance is ours: what the customer owes over its receivable accounts at the end of the day, in
one currency; negative where we owe the customer. With `agreed: TRUE` it binds; without, it is
kept for information. `theirs:` is the balance in the customer's books, signed as ours.

A difference says what lies between the two, in a form that people and programs read:

    [CLASS] [NUMBER] [any words] [AMOUNT CURRENCY]

The amount is what takes our balance to theirs (ours + the differences = theirs): an invoice of
ours that they haven't booked yet is negative. CLASS is one of `CLASSES`. NUMBER is the document's;
one with spaces stands between apostrophes. Amounts have the statement's currency.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
from beancount.core.amount import Amount
from beancount.core.data import Custom

from arledger.findings import Finding, Text, finding, place, say
from arledger.language.accounts import Chart
from arledger.language.options import canonical_order
from arledger.language.spelling import nearest
from arledger.language.values import MalformedError, arity, is_account
from arledger.money import ZERO, exact, plain

STATEMENT = "statement"
FORM = 'custom "statement" "CUSTOMER" 60400.00 CNY'
# Why two balances differ: the classes of difference of a reconciliation.
CLASSES = (
    "in-transit",
    "missing-in-ledger",
    "missing-in-statement",
    "amount",
    "date",
    "duplicate",
    "disputed",
    "unidentified",
    "ambiguous",
)
# Stands for the number where a difference has words and none.
NO_NUMBER = "-"
DIFFERENCE_MAX = 10_000
_AMOUNT = re.compile(
    r"(?:^|\s)(?P<sign>[-+−]?)(?P<number>[0-9]{1,30}(?:,[0-9]{3})*(?:\.[0-9]{1,30})?)"
    r"\s+(?P<currency>[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9])\s*$"
)
_NUMBER = re.compile(r"'(?P<quoted>(?:[^']|'')*)'(?=\s|$)|(?P<word>\S+)")
_KEY = re.compile(r"difference-([1-9][0-9]{0,5})")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")

# Inside a class with a field called `date`, that name is the field's.
Day = date


@attrs.frozen
class Difference:
    """One explained difference; `text` is how it is written in the ledger.

    `amount` takes our balance to theirs; None where the text names none. `number` is the document
    that it is about, or the first word of a text of another form.
    """

    text: str
    kind: str | None = None
    number: str | None = None
    words: str = ""
    amount: Decimal | None = None
    currency: str | None = None


@attrs.frozen(eq=False)
class BalanceStatement:
    """A `statement` directive, read."""

    date: Day
    customer: str
    balance: Decimal
    currency: str
    agreed: bool
    theirs: Decimal | None
    differences: tuple[Difference, ...]
    document: str | None
    sha256: str | None
    entry: Custom = attrs.field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Where it stands in the ledger."""
        return self.entry.meta


# Differences: the one reader and the one writer of their form.


def read_difference(text: str) -> Difference:
    """What a difference says. Every text says something: none is refused."""
    text = " ".join(text.split())
    found = _AMOUNT.search(text) if len(text) <= DIFFERENCE_MAX else None
    amount, currency, rest = None, None, text
    if found is not None:
        amount = Decimal(found["number"].replace(",", ""))
        amount = -amount if found["sign"] in {"-", "−"} and amount else amount
        currency, rest = found["currency"], text[: found.start()]
    first, _, after = rest.partition(" ")
    kind = first if first in CLASSES else None
    rest = after if kind else rest
    named = _NUMBER.match(rest)
    if named is None:
        return Difference(text, kind, None, "", amount, currency)
    quoted = named["quoted"]
    number = named["word"] if quoted is None else quoted.replace("''", "'")
    number = None if named["word"] == NO_NUMBER else number
    return Difference(text, kind, number, rest[named.end() :].strip(), amount, currency)


def difference_text(
    kind: str, number: str | None, amount: Decimal, currency: str, words: str = ""
) -> str:
    """A difference as the ledger writes it: `in-transit INV-0099 -12000.00 CNY`.

    `kind` is one of `CLASSES`, `amount` takes our balance to theirs. What `read_difference` makes
    of it is what was given, blanks aside.
    """
    assert kind in CLASSES, kind
    number, words = " ".join((number or "").split()), " ".join(words.split())
    if words and not number:
        number = NO_NUMBER
    if " " in number or number.startswith("'"):
        number = "'" + number.replace("'", "''") + "'"
    return " ".join(filter(None, (kind, number, words, plain(amount), currency)))


# The directive.


@exact
def read_statements(
    customs: Iterable[Custom], chart: Chart
) -> tuple[tuple[BalanceStatement, ...], tuple[Finding, ...]]:
    """The ledger's statements in order of date and content, and what is wrong with them."""
    read: dict[tuple[Day, str, str], BalanceStatement] = {}
    found: list[Finding] = []
    for entry in canonical_order(customs):
        try:
            one = _statement(entry)
        except MalformedError as error:
            text = say("{directive}: {problem}", directive=STATEMENT, problem=error.text)
            found.append(finding(error.rule, text, entry.meta, entry.date))
            continue
        if chart.customers and one.customer not in chart.customers:
            found.append(_unknown(one, chart))
            continue
        first = read.setdefault((one.date, one.customer, one.currency), one)
        if first is not one:
            found.append(_twice(one, first))
        found.extend(_unbalanced(one))
    return tuple(read.values()), tuple(found)


def _statement(entry: Custom) -> BalanceStatement:
    values: Sequence[Any] = entry.values or ()
    arity(values, 2, 2, FORM)
    customer = values[0].value
    if is_account(values[0]) or not isinstance(customer, str) or not customer.strip():
        raise MalformedError(say("the customer must be an id in quotes"))
    balance = _amount(values[1].value, say("the balance"))
    meta = entry.meta
    stated = meta.get("theirs")
    theirs = None if stated is None else _amount(stated, say("theirs:"))
    differences = tuple(_differences(meta))
    document, digest = _evidence(meta)
    one = BalanceStatement(
        entry.date,
        customer.strip(),
        balance[0],
        balance[1],
        _agreed(meta),
        theirs[0] if theirs else None,
        differences,
        document,
        digest,
        entry,
    )
    _one_currency(one, [theirs[1]] if theirs else [])
    return one


def _amount(value: Any, what: Text) -> tuple[Decimal, str]:
    """A number with its currency; negative where we owe the customer."""
    if not isinstance(value, Amount) or value.number is None or not value.number.is_finite():
        raise MalformedError(
            say("{what} must be a number with its currency, as in 50000.00 CNY", what=what)
        )
    return value.number, value.currency


def _agreed(meta: Mapping[str, Any]) -> bool:
    value = meta.get("agreed")
    if value is None or isinstance(value, bool):
        return bool(value)
    raise MalformedError(say("{what} must be TRUE or FALSE, without quotes", what="agreed:"))


def _differences(meta: Mapping[str, Any]) -> Iterable[Difference]:
    """`difference-1:`, `difference-2:`, … in the order of their numbers."""
    named: list[tuple[int, Any]] = []
    for key, value in meta.items():
        if key == "difference" or key.startswith("difference-"):
            numbered = _KEY.fullmatch(key)
            if numbered is None:
                raise MalformedError(
                    say("{key}: differences are numbered, as in difference-1:", key=key)
                )
            named.append((int(numbered[1]), value))
    for count, value in sorted(named, key=lambda one: one[0]):
        if not isinstance(value, str) or not value.strip():
            raise MalformedError(
                say(
                    "difference-{count}: must be a text in quotes, as in "
                    '"in-transit INV-0099 -12000.00 CNY"',
                    count=count,
                )
            )
        yield read_difference(value)


def _evidence(meta: Mapping[str, Any]) -> tuple[str | None, str | None]:
    document, digest = meta.get("document"), meta.get("sha256")
    if document is not None and not (isinstance(document, str) and document.strip()):
        raise MalformedError(say("{what} must be a text in quotes", what="document:"))
    if digest is None:
        return document, None
    if document is None:
        raise MalformedError(say("sha256: stands without the document: it belongs to"))
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest.strip()):
        raise MalformedError(say("sha256: must be 64 hexadecimal digits in quotes"))
    return document, digest.strip().lower()


def _one_currency(one: BalanceStatement, more: Sequence[str]) -> None:
    """Currencies are never added: all amounts of a statement are in its own."""
    for currency in (*more, *(d.currency for d in one.differences if d.currency)):
        if currency != one.currency:
            raise MalformedError(
                say(
                    "an amount in {other} in a statement in {currency}; write a statement for "
                    "each currency",
                    other=currency,
                    currency=one.currency,
                ),
                "statement-currency",
            )


def _unknown(one: BalanceStatement, chart: Chart) -> Finding:
    text = say(
        'no account has customer: "{customer}"{near}',
        customer=one.customer,
        near=nearest(one.customer, chart.customers),
    )
    return finding("unknown-customer", text, one.meta, one.date)


def _twice(one: BalanceStatement, first: BalanceStatement) -> Finding:
    text = say(
        "{directive} for {subject} stands twice on {day}, first at {first}",
        directive=STATEMENT,
        subject=f"{one.customer} {one.currency}",
        day=one.date,
        first=place(first.meta),
    )
    return finding("contradictory", text, one.meta, one.date, customer=one.customer)


def explained(one: BalanceStatement) -> Decimal | None:
    """What the differences come to; None where one of them names no amount."""
    amounts = [difference.amount for difference in one.differences]
    if any(amount is None for amount in amounts):
        return None
    return sum((amount for amount in amounts if amount is not None), ZERO)


def _unbalanced(one: BalanceStatement) -> Iterable[Finding]:
    """Ours and the differences are theirs, where all of it is stated."""
    if one.theirs is None or not (one.agreed or one.differences):
        return
    sums = explained(one)
    if sums is None or one.balance + sums == one.theirs:
        return
    text = say(
        "customer {customer} at {day}: {ours} and differences of {differences} make {sum}, "
        "theirs is {theirs} {currency}",
        customer=one.customer,
        day=one.date,
        ours=plain(one.balance),
        differences=plain(sums),
        sum=plain(one.balance + sums),
        theirs=plain(one.theirs),
        currency=one.currency,
    )
    yield finding("statement-unexplained", text, one.meta, one.date, customer=one.customer)
