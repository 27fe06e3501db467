# SPDX-License-Identifier: GPL-2.0-or-later
"""The balance confirmation letter: what our books say, and two boxes for the customer's reply.

A balance that we owe is stated as owed by us, never as a negative claim; advances stand in a row
of their own. Chinese letters give amounts in CNY in capitals as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import attrs
from babel.dates import format_date

from arledger.capitals import capitals
from arledger.cli import common
from arledger.cli.at import here
from arledger.cli.lang import language, translator
from arledger.cli.revision import Revision, revision
from arledger.cli.rows import Money
from arledger.cli.statement import explicit_lang, recipient_of, sender_of
from arledger.cli.tables import PAPER, Column, Page, Row, Table, fold, render
from arledger.cli.visible import visible
from arledger.findings import Text, say
from arledger.money import ZERO
from arledger.statement import statements

WIDTH = 78
CAPITALS_OF = "CNY"
DIFFERENCE_LINES = 3
_LOCALES = {"en": "en_GB", "zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW"}


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


def letters(books: common.Books, customers: Sequence[str], lang_of: Callable[[str], str]) -> str:
    """A letter for each customer, as text or as one document to be printed."""
    at, files = here(), books.ledger.options_map.get("include") or ()
    made = Revision(at.commit, dirty=False) if at else revision(books.ledger.path, files)
    balances = _balances(books, customers)
    written = [
        _Writer(books, customer, lang_of(customer), made).letter(balances[customer])
        for customer in customers
    ]
    if books.request.format != "html":
        return "\f\n".join(_text(one) for one in written)
    from arledger.cli import html

    first = written[0].lang if written else language(explicit_lang(), {})
    title = written[0].title if written else books.title
    return html.document("letter.html", lang=first, title=title, letters=written)


def _balances(books: common.Books, customers: Sequence[str]) -> dict[str, list[Balance]]:
    """By customer: receivables and advances in each currency; zeros only where all is zero."""
    found: dict[str, list[Balance]] = {customer: [] for customer in customers}
    for one in statements(books.subledger, books.as_of, customers=frozenset(customers)):
        found[one.customer].append(Balance(say("Receivables"), one.currency, one.closing))
    held: dict[tuple[str, str], Decimal] = {}
    for each in books.subledger.at(books.as_of).advances:
        key = (each.advance.customer, each.advance.currency)
        held[key] = held.get(key, ZERO) + each.standing.open
    for (customer, currency), amount in sorted(held.items()):
        if customer in found and amount:
            found[customer].append(Balance(say("Advances received"), currency, -amount))
    for own in found.values():
        own[:] = [one for one in own if one.amount] or own
        if not own:
            currency = books.subledger.books.operating_currency or ""
            own.append(Balance(say("Receivables"), currency, ZERO))
    return found


@attrs.frozen(eq=False)
class _Writer:
    """Writes one letter."""

    books: common.Books
    customer: str
    lang: str
    revision: Revision | None

    def told(self, text: Text) -> str:
        return text.render(translator(self.lang))

    def letter(self, balances: Sequence[Balance]) -> Letter:
        """The whole letter."""
        day = self.books.as_of
        written = format_date(day, "long", locale=_LOCALES[self.lang])
        return Letter(
            self.lang,
            self.told(say("Balance confirmation")),
            self.told(say("No. {reference}", reference=f"{self.customer}-{day}")),
            sender_of(self.books),
            [
                self.told(say("To: {name}", name=name)) if at == 0 else name
                for at, name in enumerate(recipient_of(self.books, self.customer))
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
            self._table(balances),
            list(self._capitals(balances)),
            [
                self.told(
                    say(
                        "This letter is for the comparison of books only and is no request for "
                        "payment. Please reply even if you have paid since."
                    )
                )
            ],
            self._version(),
            self.told(say("Please return the signed letter to:")),
            self._signature(say("Signature and company seal:")),
            self.told(say("Reply")),
            self._boxes(),
        )

    def _table(self, balances: Sequence[Balance]) -> Table:
        money = Money(self.books.subledger.options.precision)
        heads = (say("balance of"), say("currency"), say("you owe us"), say("we owe you"))
        columns = [Column(self.told(head), figures=at > 1) for at, head in enumerate(heads)]
        rows = []
        for one in balances:
            owed, owing = max(one.amount, ZERO), max(-one.amount, ZERO)
            figures = [money.spare(owed, one.currency), money.spare(owing, one.currency)]
            if not one.amount:
                figures[0] = money.shown(ZERO, one.currency)
            rows.append(Row([self.told(one.what), one.currency, *figures]))
        return Table(columns, rows)

    def _capitals(self, balances: Sequence[Balance]) -> Sequence[str]:
        if not self.lang.startswith("zh"):
            return []
        written = []
        for one in balances:
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

    def _version(self) -> str:
        if self.revision is None:
            return ""
        commit = self.revision.short
        if self.revision.dirty:
            return self.told(
                say("From our ledger at commit {commit}, with changes since", commit=commit)
            )
        return self.told(say("From our ledger at commit {commit}", commit=commit))

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


# As text.


def _text(letter: Letter) -> str:
    """The letter for a plain mail: folded where it is wide, with lines to write on."""
    lines = [*letter.sender, "", letter.title, letter.reference, ""]
    lines += [*letter.recipient, ""]
    for paragraph in letter.before:
        lines += [paragraph, ""]
    # The table comes with an empty line before it.
    lines = [*_folded(lines[:-1]), *render(Page([], [letter.table]), PAPER)]
    rest = [*letter.capitals, ""]
    for paragraph in letter.after:
        rest += [paragraph, ""]
    rest += [letter.version, ""] if letter.version else []
    rest += [letter.return_to, *letter.sender, "", *map(_blank, letter.seal), ""]
    rest += ["-" * WIDTH, letter.reply, ""]
    for box in letter.boxes:
        rest += [f"[ ] {box.mark}", "", box.text]
        rest += ["_" * (WIDTH - 2)] * box.lines
        rest += ["", *map(_blank, box.fill), ""]
    return "".join(line + "\n" for line in [*lines, *_folded(rest[:-1])])


def _blank(label: str) -> str:
    return f"{label} " + "_" * 30


def _folded(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in (fold(visible(line), WIDTH) or [""])]
