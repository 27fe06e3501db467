# SPDX-License-Identifier: GPL-2.0-or-later
"""The balance confirmation letter: what our books say, and two boxes for the customer's reply.

A balance that we owe is stated as owed by us, never as a negative claim; advances stand in a row
of their own. Chinese letters give amounts in CNY in capitals as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import attrs
from babel.dates import format_date

from arledger.capitals import capitals
from arledger.findings import Text, say
from arledger.layout import Column, Row, Table
from arledger.money import ZERO, digits_of, grouped, written
from arledger.pages import document
from arledger.statement import statements
from arledger.subledger.subledger import Subledger
from arledger.translations import translator

CAPITALS_OF = "CNY"
DIFFERENCE_LINES = 3
_LOCALES = {"en": "en_GB", "zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW"}


def recipient_of(subledger: Subledger, customer: str) -> Sequence[str]:
    """To whom: the customer's name, and its id."""
    name = subledger.chart.customer(customer).name
    return [f"{name} ({customer})"] if name else [customer]


@attrs.frozen
class Balance:
    """One row of the letter: positive is what the customer owes, negative what we owe it."""

    what: Text
    currency: str
    amount: Decimal


@attrs.frozen(eq=False)
class Box:
    """One of the two replies, to be marked and signed."""

    mark: str
    text: str
    fill: Sequence[str] = ()
    lines: int = 0


@attrs.frozen(eq=False)
class Letter:
    """One letter, in the words of its language."""

    lang: str
    title: str
    reference: str
    sender: Sequence[str]
    recipient: Sequence[str]
    before: Sequence[str]
    table: Table
    capitals: Sequence[str]
    after: Sequence[str]
    version: str
    return_to: str
    seal: Sequence[str]
    reply: str
    boxes: Sequence[Box]


def balances(
    subledger: Subledger, as_of: dt.date, customers: Sequence[str]
) -> dict[str, list[Balance]]:
    """By customer: receivables and advances in each currency; zeros only where all is zero."""
    found: dict[str, list[Balance]] = {customer: [] for customer in customers}
    for one in statements(subledger, as_of, customers=frozenset(customers)):
        found[one.customer].append(Balance(say("Receivables"), one.currency, one.closing))
    held: dict[tuple[str, str], Decimal] = {}
    for each in subledger.at(as_of).advances:
        key = (each.advance.customer, each.advance.currency)
        held[key] = held.get(key, ZERO) + each.standing.open
    for (customer, currency), amount in sorted(held.items()):
        if customer in found and amount:
            found[customer].append(Balance(say("Advances received"), currency, -amount))
    for own in found.values():
        own[:] = [one for one in own if one.amount] or own
        if not own:
            currency = subledger.books.operating_currency or ""
            own.append(Balance(say("Receivables"), currency, ZERO))
    return found


@attrs.frozen(eq=False)
class Writer:
    """Writes the letter to a customer in one language.

    `title` stands for the sender where the ledger doesn't name the company; `version` says which
    version of the ledger the letter was written from.
    """

    subledger: Subledger
    as_of: dt.date
    customer: str
    lang: str
    title: str
    version: Text | None = None

    def told(self, text: Text) -> str:
        """A sentence in the language of the letter."""
        return text.render(translator(self.lang))

    def letter(self, stated: Sequence[Balance]) -> Letter:
        """The whole letter, with the balances that it states."""
        day = self.as_of
        written = format_date(day, "long", locale=_LOCALES[self.lang])
        return Letter(
            self.lang,
            self.told(say("Balance confirmation")),
            self.told(say("No. {reference}", reference=f"{self.customer}-{day}")),
            self.subledger.options.company or (self.title,),
            [
                self.told(say("To: {name}", name=name)) if at == 0 else name
                for at, name in enumerate(recipient_of(self.subledger, self.customer))
            ],
            [
                self.told(
                    say(
                        "To keep our books in agreement with yours, please confirm the following "
                        "balances. They are those of our books at the end of {day}.",
                        day=written,
                    )
                ),
                self.told(
                    say(
                        "If they agree with your books, mark and sign box 1 below. If they do "
                        "not, mark and sign box 2 and state your balance and what differs."
                    )
                ),
            ],
            self._table(stated),
            list(self._capitals(stated)),
            [
                self.told(
                    say(
                        "This letter is for the comparison of books only and is no request for "
                        "payment. Please reply even if you have paid since."
                    )
                )
            ],
            "" if self.version is None else self.told(self.version),
            self.told(say("Please return the signed letter to:")),
            self._signature(say("Signature and company seal:")),
            self.told(say("Reply")),
            self._boxes(),
        )

    def _table(self, stated: Sequence[Balance]) -> Table:
        heads = (say("balance of"), say("currency"), say("you owe us"), say("we owe you"))
        columns = [Column(self.told(head), figures=at > 1) for at, head in enumerate(heads)]
        rows = []
        for one in stated:
            owed, owing = max(one.amount, ZERO), max(-one.amount, ZERO)
            figures = [self._spare(owed, one.currency), self._spare(owing, one.currency)]
            if not one.amount:
                figures[0] = self._shown(ZERO, one.currency)
            rows.append(Row([self.told(one.what), one.currency, *figures]))
        return Table(columns, rows)

    def _shown(self, amount: Decimal, currency: str) -> str:
        return grouped(written(amount, digits_of(currency, self.subledger.options.precision)))

    def _spare(self, amount: Decimal, currency: str) -> str:
        return self._shown(amount, currency) if amount else "-"

    def _capitals(self, stated: Sequence[Balance]) -> Sequence[str]:
        if not self.lang.startswith("zh"):
            return []
        written = []
        for one in stated:
            if one.currency == CAPITALS_OF:
                text = capitals(abs(one.amount), traditional=self.lang == "zh-TW")
                if text is not None:
                    written.append(
                        self.told(
                            say(
                                "{what} in capitals: CNY {amount}",
                                what=self.told(one.what),
                                amount=text,
                            )
                        )
                    )
        return written

    def _signature(self, first: Text) -> Sequence[str]:
        return [
            self.told(text) for text in (first, say("Name and position:"), say("Date of signing:"))
        ]

    def _boxes(self) -> Sequence[Box]:
        fill = self._signature(say("Signature and company seal:"))
        return [
            Box(
                self.told(say("1. The information is correct")),
                self.told(say("The balances above agree with our books.")),
                fill,
            ),
            Box(
                self.told(say("2. The information is not correct")),
                self.told(say("Balance in our books, and what differs (date, document, amount):")),
                fill,
                DIFFERENCE_LINES,
            ),
        ]


def html(letters: Sequence[Letter], lang: str, title: str) -> str:
    """Letters as one document to be printed, each on a page of its own."""
    first = letters[0] if letters else None
    return document(
        "letter.html",
        lang=first.lang if first else lang,
        title=first.title if first else title,
        letters=letters,
    )
