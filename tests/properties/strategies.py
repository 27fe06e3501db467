# SPDX-License-Identifier: GPL-2.0-or-later
"""The one module of strategies: ledgers, as a model that is written out as Beancount text.

A `Ledger` is customers, options, policies, prices and vouchers. It says two things of itself:
its `text`, which is all that arledger sees, and its `documents`, which is what the oracle is
told. So nothing that reads the text has a part in what is expected of it.

Pools are small, so that numbers, days and amounts collide: a receipt names an invoice that is
there, or another account's, or one still to come, or none at all. Everything is independent of
everything else, so a failing ledger shrinks to the vouchers that matter.

To extend: write a function that makes a `Voucher` (or a `Policy`), and put its strategy into
`VOUCHERS` (or `POLICIES`). All laws then hold of it, or fail.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from tests.properties.oracle import Document, Movement, in_force
from tests.properties.oracle import Price as OraclePrice

T = TypeVar("T")

START = dt.date(2024, 1, 1)
END = START + dt.timedelta(days=300)
# Collisions, the ends of January and February, and the edges of the 30-day buckets.
DAYS = tuple(START + dt.timedelta(days=n) for n in (0, 1, 2, 5, 9, 10, 20, 29, 30, 31, 59, 60))
DUES = tuple(START + dt.timedelta(days=n) for n in (0, 10, 30, 31, 60, 90))
AMOUNTS = tuple(map(Decimal, ("100", "60", "50", "30", "10", "33.33", "0.01", "7.125")))
INVOICES = ("A1", "A2", "A3", "A4")
RECEIPTS = ("R1", "R2", "R3")
ADVANCES = ("V1", "V2")
CUSTOMERS = ("C1", "C2", "C3")
PAYEES = {"C1": "华东重工", "C2": 'The \\"Old\\" Mill', "C3": "=C3; * #x ^y"}
CURRENCIES = ("EUR", "JPY")
DIGITS = {"EUR": 2, "JPY": 0}
ROOT = "Assets:Receivable"
EXPORT = "Assets:Receivable:Export"
BANK = "Assets:Bank"
INCOME = "Income:Sales"
VAT = "Liabilities:VAT"
LOSS = "Expenses:CreditLoss"
ALLOWANCE = "Assets:Allowance"
EXPORT_ALLOWANCE = "Assets:AllowanceExport"
EXPORT_LOSS = "Expenses:CreditLossExport"
DISCOUNT = "Expenses:Discounts"
# Percent (None: the rest) and days, by the terms they are written as.
TERMS: Mapping[str, tuple[tuple[int | None, int], ...]] = {
    "net 30": ((None, 30),),
    "on receipt": ((None, 0),),
    "2/10 1/20 net 60": ((None, 60),),
    "30% on receipt, rest net 30": ((30, 0), (None, 30)),
    "50% net 10, 20% net 30, rest net 60": ((50, 10), (20, 30), (None, 60)),
}
BUCKETS = (("30", "60", "90"), ("10", "20"), ('"1m"', '"2m"'))
LABELS = {
    "due": {
        ("30", "60", "90"): ("not-due", "1-30", "31-60", "61-90", "91+"),
        ("10", "20"): ("not-due", "1-10", "11-20", "21+"),
        ('"1m"', '"2m"'): ("not-due", "≤1m", "1m-2m", ">2m"),
    },
    "invoice": {
        ("30", "60", "90"): ("0-30", "31-60", "61-90", "91+"),
        ("10", "20"): ("0-10", "11-20", "21+"),
        ('"1m"', '"2m"'): ("≤1m", "1m-2m", ">2m"),
    },
}


# Accounts. Every customer has the same four receivable accounts, opened on one day.


def home(customer: str) -> str:
    """A customer's main account."""
    return f"{ROOT}:{customer}"


def bills(customer: str) -> str:
    """A sub-account that is not in the exposure."""
    return f"{ROOT}:{customer}:Bills"


def retention(customer: str) -> str:
    """A sub-account whose items are not due before they are transferred away."""
    return f"{ROOT}:{customer}:Retention"


def export(customer: str) -> str:
    """A second account, under another segment."""
    return f"{EXPORT}:{customer}"


def advance(customer: str) -> str:
    """A customer's advance account."""
    return f"Liabilities:Advances:{customer}"


def pending_vat(customer: str) -> str:
    """The advance account for the VAT within advances."""
    return f"Liabilities:Advances:{customer}:VAT"


PLACES: tuple[Callable[[str], str], ...] = (home, home, bills, retention, export)


def receivables(customer: str) -> tuple[str, ...]:
    """A customer's receivable accounts."""
    return tuple(place(customer) for place in PLACES[1:])


def customer_of(account: str) -> str:
    """Whose account it is."""
    return next(part for part in account.split(":") if part in CUSTOMERS)


def chain(customer: str, account: str) -> list[str]:
    """Whom a policy may be about to concern an account: the customer, then up the tree."""
    parts = account.split(":")
    return [customer, *(":".join(parts[:n]) for n in range(len(parts), 0, -1))]


# The model.

Value = str | dt.date | bool


def quoted(value: Value) -> str:
    """A metadata value as Beancount writes it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value.isoformat() if isinstance(value, dt.date) else f'"{value}"'


Keys = tuple[tuple[str, Value], ...]


def keys(**given: str | dt.date | None) -> Keys:
    """Metadata, without what is not given."""
    return tuple((name.replace("_", "-"), value) for name, value in given.items() if value)


@attrs.frozen
class Line:
    """One posting. `document` is what it is to the oracle, where it is on a receivable."""

    account: str
    amount: Decimal
    currency: str
    meta: Keys = ()
    document: Document | None = None

    def text(self) -> str:
        """The posting, and its metadata."""
        return "\n".join(
            [
                f"  {self.account}  {self.amount:f} {self.currency}",
                *(f"    {key}: {quoted(value)}" for key, value in self.meta),
            ]
        )


@attrs.frozen(repr=False)
class Voucher:
    """One transaction. What its lines don't balance goes to `contra`."""

    date: dt.date
    customer: str
    kind: str
    lines: tuple[Line, ...]
    contra: str = BANK
    link: str = ""
    bank_link: bool = False
    tag: str = ""
    meta: Keys = ()

    def __repr__(self) -> str:
        return f"<voucher>\n{self.text()}"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))

    def contras(self) -> list[Line]:
        """What balances the transaction, a line a currency."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.amount
        return [Line(self.contra, -total, cur) for cur, total in sums.items() if total]

    def text(self, mark: str = "") -> str:
        """The transaction; with a mark, each receivable's posting bears `mark:`."""
        links = (f" ^{self.link}" if self.link else "") + (" ^bank-7" if self.bank_link else "")
        tag = f" #{self.tag}" if self.tag else ""
        lines = [
            attrs.evolve(line, meta=(*line.meta, ("mark", f"{mark}.{at}")))
            if mark and line.document
            else line
            for at, line in enumerate(self.lines)
        ]
        return "\n".join(
            [
                f'{self.date} * "{PAYEES[self.customer]}" "{self.kind}"{links}{tag}',
                *(f"  {key}: {quoted(value)}" for key, value in self.meta),
                *(line.text() for line in (*lines, *self.contras())),
            ]
        )


@attrs.frozen
class Policy:
    """One policy directive; `values` as they are written, `key` as they are told apart."""

    since: dt.date
    directive: str
    subject: str
    values: tuple[str, ...]
    key: str = ""
    until: dt.date | None = None
    meta: Keys = ()

    @property
    def place(self) -> tuple[str, str, str, dt.date]:
        """What must not stand twice."""
        return (self.directive, self.subject, self.key, self.since)

    def text(self, mark: str = "") -> str:
        """The directive."""
        subject = self.subject if ":" in self.subject else f'"{self.subject}"'
        meta = (*self.meta, *keys(until=self.until, mark=mark))
        return "\n".join(
            [
                f'{self.since} custom "{self.directive}" {subject} {" ".join(self.values)}',
                *(f"  {key}: {quoted(value)}" for key, value in meta),
            ]
        )


@attrs.frozen
class Price:
    """One price directive."""

    date: dt.date
    currency: str
    quote: str
    rate: Decimal

    def text(self, mark: str = "") -> str:
        """The directive."""
        text = f"{self.date} price {self.currency} {self.rate:f} {self.quote}"
        return f'{text}\n  mark: "{mark}"' if mark else text


@attrs.frozen(repr=False)
class Ledger:
    """A whole ledger. `groups` are the customers' groups, `keyed` whether they have ids."""

    customers: tuple[str, ...]
    keyed: bool = True
    operating: str = ""
    options: tuple[tuple[str, str], ...] = ()
    groups: tuple[str, ...] = ("", "", "")
    policies: tuple[Policy, ...] = ()
    prices: tuple[Price, ...] = ()
    vouchers: tuple[Voucher, ...] = ()

    def __repr__(self) -> str:
        return f"<ledger>\n{self.text()}"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        """What a failing law prints: the text, ready to be loaded."""
        printer.text(repr(self))

    def top(self) -> list[str]:
        """What must stand first, in the top file: Beancount's own options."""
        return [f'option "operating_currency" "{self.operating}"'] if self.operating else []

    def chart(self) -> list[str]:
        """The accounts, and the options about them."""
        plain = (BANK, INCOME, VAT, DISCOUNT, LOSS, EXPORT_LOSS, ALLOWANCE, EXPORT_ALLOWANCE)
        lines = [f"{START} open {account}" for account in plain]
        for customer, group in zip(self.customers, self.groups, strict=False):
            accounts = [*receivables(customer), advance(customer), pending_vat(customer)]
            for account in accounts:
                keyed = self.keyed and account in {home(customer), export(customer)}
                keyed = keyed or (self.keyed and account == advance(customer))
                meta = keys(customer=customer if keyed else "")
                meta += keys(group=group if account == home(customer) else "")
                meta += (("in-exposure", False),) if account == bills(customer) else ()
                meta += (("conditional", True),) if account == retention(customer) else ()
                written = [f"  {key}: {quoted(value)}" for key, value in meta]
                lines.append("\n".join([f"{START} open {account}", *written]))
        lines += [f'{START} custom "ar-option" "{key}" {value}' for key, value in self.options]
        return lines

    def movable(self, *, marked: bool = False) -> list[tuple[dt.date, str]]:
        """Everything that has a date that means something, with its date."""
        return [
            *(
                (each.since, each.text(f"policy-{at}" if marked else ""))
                for at, each in enumerate(self.policies)
            ),
            *(
                (each.date, each.text(f"price-{at}" if marked else ""))
                for at, each in enumerate(self.prices)
            ),
            *(
                (each.date, each.text(str(at) if marked else ""))
                for at, each in enumerate(self.vouchers)
            ),
        ]

    def text(self, *, marked: bool = False) -> str:
        """The ledger as an accountant would type it."""
        movable = [text for _, text in self.movable(marked=marked)]
        return written([*self.top(), *self.chart(), *movable])

    def days(self) -> list[dt.date]:
        """Every day on which something is posted, and one long after."""
        return [*sorted({voucher.date for voucher in self.vouchers}), END]

    def option(self, name: str) -> str:
        """An option's value, if it has one."""
        return dict(self.options).get(name, "")

    def of(self, directive: str) -> list[Policy]:
        """The policies of one directive."""
        return [policy for policy in self.policies if policy.directive == directive]

    def only(self, customer: str) -> Ledger:
        """The ledger of one customer: its own policies, and those about everybody."""
        at = self.customers.index(customer)
        others = set(self.customers) - {customer}
        return attrs.evolve(
            self,
            customers=(customer,),
            groups=(self.groups[at],),
            policies=tuple(
                policy for policy in self.policies if not others & set(policy.subject.split(":"))
            ),
            vouchers=tuple(each for each in self.vouchers if each.customer == customer),
        )

    # What the oracle is told.

    def documents(self) -> list[Document]:
        """Every posting on a receivable, its number, name, policy and due date resolved."""
        raised = self._raised()
        return [
            part
            for at, voucher in enumerate(self.vouchers)
            for line in voucher.lines
            if line.document is not None
            for part in self._documents(voucher, line.document, raised, str(at))
        ]

    def _raised(self) -> dict[tuple[str, str], dt.date]:
        """The day from which a number is an item's, by account."""
        found: dict[tuple[str, str], dt.date] = {}
        for voucher in self.vouchers:
            for line in voucher.lines:
                document = line.document
                if document is None or document.kind not in {"item", "recovery", "transfer"}:
                    continue
                number = document.number or document.names or voucher.link
                place = (document.account, number)
                if number:
                    found[place] = min(voucher.date, found.get(place, voucher.date))
        return found

    def _documents(
        self,
        voucher: Voucher,
        document: Document,
        raised: Mapping[tuple[str, str], dt.date],
        at: str,
    ) -> Iterable[Document]:
        changes: dict[str, Any] = {"voucher": at}
        account, link = document.account, voucher.link
        if document.kind == "item":
            changes["number"] = document.number or link
            document = attrs_like(document, changes)
            yield from self._instalments(document)
            return
        if document.kind == "transfer":
            changes["first_due"] = self._first_due(document)
        elif document.kind in {"credit", "write-off"}:
            changes["allocation"] = document.allocation or self._allocation(document)
            if link and link != document.names:
                prefix = self.option("invoice-links").strip('"')
                is_item = raised.get((account, link), END) <= document.date
                if not document.names and (is_item or (prefix and link.startswith(prefix))):
                    changes["names"] = link
                elif not document.number:
                    changes["number"] = link
        yield attrs_like(document, changes)

    def _allocation(self, document: Document) -> str:
        subjects = chain(customer_of(document.account), document.account)
        found = in_force(self.of("allocation"), subjects, document.date)
        return found[0].values[0].strip('"') if found else "none"

    def _terms(self, account: str, day: dt.date) -> tuple[tuple[int | None, int], ...]:
        found = in_force(self.of("payment-terms"), chain(customer_of(account), account), day)
        return TERMS[found[0].values[0].strip('"')] if found else ()

    def _instalments(self, document: Document) -> Iterable[Document]:
        """An item by its terms, where it has no due date of its own."""
        issued = document.issued or document.date
        if document.due is not None:
            yield document
        elif document.account.endswith(":Retention"):
            yield attrs_like(document, {"due": dt.date.max})
        else:
            left = document.amount
            terms = self._terms(document.account, document.date) or ((None, 0),)
            for percent, days in terms:
                part = left
                if percent is not None:
                    part = rounded(document.amount * percent / 100, document.currency)
                left -= part
                due = issued + dt.timedelta(days=days)
                yield attrs_like(document, {"amount": part, "due": due})

    def _first_due(self, document: Document) -> dt.date | None:
        """When retention money falls due that is transferred away."""
        if document.account.endswith(":Retention"):
            return None
        terms = self._terms(document.account, document.date) or ((None, 0),)
        return document.date + dt.timedelta(days=terms[-1][1])

    def movements(self, whose: str, counts: Callable[[str, str], bool]) -> list[Movement]:
        """What changes the exposure of somebody: the customers and accounts that count.

        A transaction that lowers as much as it raises raises nothing.
        """
        found: list[Movement] = []
        for at, voucher in enumerate(self.vouchers):
            own: list[Movement] = []
            for part, line in enumerate(voucher.lines):
                if line.document is not None:
                    own += _movements(voucher, line.document, f"{at}.{part}", whose, counts)
            net: dict[str, Decimal] = {}
            for movement in own:
                net[movement.currency] = net.get(movement.currency, Decimal(0)) + movement.amount
            found += [movement for movement in own if net[movement.currency] > 0]
            found += [
                Movement(voucher.date, whose, currency, amount)
                for currency, amount in net.items()
                if amount < 0
            ]
        return found

    def oracle_prices(self) -> list[OraclePrice]:
        """The prices as the oracle knows them."""
        return [OraclePrice(p.date, p.currency, p.quote, p.rate) for p in self.prices]


def attrs_like(document: Document, changes: Mapping[str, Any]) -> Document:
    """The document with some fields changed."""
    return Document(**{**vars(document), **changes})


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount to its currency's digits, half up."""
    return amount.quantize(Decimal(1).scaleb(-DIGITS[currency]), ROUND_HALF_UP)


def _movements(
    voucher: Voucher,
    document: Document,
    mark: str,
    whose: str,
    counts: Callable[[str, str], bool],
) -> Iterable[Movement]:
    """One document's movements on the accounts in exposure that count."""
    until = waived_until(voucher)
    reversing = document.kind in {"return", "recovery", "transfer"}
    falls = document.kind in {"credit", "write-off", "cancel"}
    changes = [(document.account, -document.amount if falls else document.amount)]
    if document.kind == "transfer":
        changes.append((document.source, -document.amount))
    for account, amount in changes:
        if not account.endswith(":Bills") and counts(voucher.customer, account):
            yield Movement(
                document.date,
                whose,
                document.currency,
                amount,
                mark,
                reversing,
                until is not None,
                until,
            )


def waived_until(voucher: Voucher) -> dt.date | None:
    """The end of a voucher's waiver, if it has one."""
    until = dict(voucher.meta).get("waiver-until")
    return until if isinstance(until, dt.date) else None


# Text.


def written(parts: Iterable[str]) -> str:
    """Directives, one after the other."""
    return "\n\n".join(parts) + "\n"


def shifted(text: str, days: int) -> str:
    """The same text with every date so many days later."""

    def later(found: re.Match[str]) -> str:
        return (dt.date.fromisoformat(found.group()) + dt.timedelta(days=days)).isoformat()

    return re.sub(r"\b\d{4}-\d\d-\d\d\b", later, text)


# Vouchers. Each function says in the field's words what it makes.


@attrs.frozen
class Where:
    """Day, customer, account and currency: what every voucher has."""

    date: dt.date
    customer: str
    place: Callable[[str], str]
    currency: str

    @property
    def account(self) -> str:
        """The account."""
        return self.place(self.customer)

    def document(self, kind: Any, amount: Decimal, **more: Any) -> Document:
        """A document there."""
        more = {"allocation": "", "account": self.account, **more}
        return Document(date=self.date, kind=kind, currency=self.currency, amount=amount, **more)

    def debit(self, kind: Any, amount: Decimal, meta: Keys, **more: Any) -> Line:
        """A posting there that raises the balance."""
        document = self.document(kind, amount, **more)
        return Line(document.account, amount, self.currency, meta, document)

    def credit(self, kind: Any, amount: Decimal, meta: Keys, **more: Any) -> Line:
        """A posting there that lowers the balance."""
        document = self.document(kind, amount, **more)
        return Line(document.account, -amount, self.currency, meta, document)

    def voucher(self, kind: str, lines: Iterable[Line], **more: Any) -> Voucher:
        """A transaction of that day."""
        return Voucher(self.date, self.customer, kind, tuple(lines), **more)


def invoice(  # noqa: PLR0913 - all that an invoice may have
    where: Where,
    parts: Sequence[tuple[Decimal, dt.date | None]],
    number: str,
    style: str,
    issued: dt.date | None = None,
    waiver: tuple[str, dt.date] | None = None,
) -> Voucher:
    """An invoice in one part or several, due on a date, or (None) by the payment terms."""
    key = number if style == "key" else ""
    lines = [
        where.debit(
            "item",
            amount,
            keys(invoice=key, due=due, invoice_date=issued),
            number="" if style == "link" else number,
            due=due,
            issued=issued,
        )
        for amount, due in parts
    ]
    meta = keys(invoice=number if style == "header" else "")
    if waiver is not None:
        meta += keys(credit_waiver=waiver[0], waiver_until=waiver[1])
    link = number if style == "link" else ""
    return where.voucher("Invoice", lines, contra=INCOME, link=link, meta=meta)


def receipt(
    where: Where,
    parts: Sequence[tuple[Decimal, str, dt.date | None]],
    number: str,
    allocation: str,
    *,
    bank_link: bool,
) -> Voucher:
    """A receipt whose parts name an item, perhaps an instalment of it, or nothing."""
    lines = [
        where.credit(
            "credit",
            amount,
            keys(invoice=name, due=due if name else None, allocation=allocation),
            names=name,
            due=due if name else None,
            allocation=allocation,
        )
        for amount, name, due in parts
    ]
    return where.voucher("Receipt", lines, link=number, bank_link=bank_link)


def discounted(where: Where, amount: Decimal, name: str, percent: int) -> Voucher:
    """A receipt that takes a discount for early payment, in time or not."""
    taken = rounded(amount * percent / 100, where.currency)
    lines = [
        where.credit("credit", amount, keys(invoice=name), names=name),
        Line(DISCOUNT, taken, where.currency),
    ]
    return where.voucher("Receipt less discount", lines)


def receipt_by_keys(
    where: Where, amount: Decimal, name: str, number: str, allocation: str
) -> Voucher:
    """The same, in keys alone; on the transaction where it names nothing."""
    own = keys(invoice=name, receipt=number, allocation=allocation)
    line = where.credit(
        "credit",
        amount,
        own if name else (),
        names=name,
        number=number,
        allocation=allocation,
    )
    return where.voucher("Receipt", [line], meta=() if name else own)


def credit_note(where: Where, amount: Decimal, name: str, number: str) -> Voucher:
    """A credit note, for an invoice or for none, with or without a number."""
    meta = keys(invoice=name, credit_note=number)
    line = where.credit("credit", amount, meta, names=name, number=number)
    return where.voucher("Credit note", [line], contra=INCOME, tag="credit-note")


def write_off(where: Where, amount: Decimal, name: str) -> Voucher:
    """A write-off, against the allowance."""
    line = where.credit("write-off", amount, keys(invoice=name), names=name)
    return where.voucher("Write-off", [line], contra=ALLOWANCE, tag="write-off")


def recovery(where: Where, amount: Decimal, name: str) -> Voucher:
    """A written-off item that is restored."""
    line = where.debit("recovery", amount, keys(invoice=name), names=name)
    return where.voucher("Recovery", [line], contra=ALLOWANCE, tag="recovery")


def refund(where: Where, amount: Decimal, number: str) -> Voucher:
    """Money given back out of a receipt."""
    line = where.debit("draw", amount, keys(receipt=number), receipt=number)
    return where.voucher("Refund", [line])


def later_application(
    where: Where, amount: Decimal, number: str, name: str, place: Callable[[str], str]
) -> Voucher:
    """A receipt that was held is told its item, perhaps on another account."""
    there = attrs.evolve(where, place=place)
    lines = [
        where.debit("draw", amount, keys(receipt=number), receipt=number),
        there.credit("credit", amount, keys(invoice=name), names=name, number=number),
    ]
    return where.voucher("Later application", lines)


def returned(where: Where, amount: Decimal, number: str, name: str) -> Voucher:
    """A payment that bounced, in whole or in part, for one invoice or altogether."""
    meta = keys(reverses=number, invoice=name)
    line = where.debit("return", amount, meta, reverses=number, names=name)
    return where.voucher("Returned", [line])


def cancelled(where: Where, amount: Decimal, name: str) -> Voucher:
    """An invoice that is taken back."""
    line = where.credit("cancel", amount, keys(reverses=name), reverses=name)
    return where.voucher("Cancelled", [line], contra=INCOME)


def transfer(
    where: Where, amount: Decimal, name: str, place: Callable[[str], str], due: dt.date | None
) -> Voucher:
    """An item moves to another account of its customer, perhaps with a new due date."""
    there = attrs.evolve(where, place=place)
    lines = [
        there.debit(
            "transfer",
            amount,
            keys(invoice=name, due=due),
            names=name,
            due=due,
            source=where.account,
        ),
        Line(where.account, -amount, where.currency, keys(invoice=name)),
    ]
    return where.voucher("Transfer", lines)


def _advance_lines(where: Where, amount: Decimal, meta: Keys) -> list[Line]:
    """An advance and the VAT within it; positive takes from it."""
    vat = rounded(amount / 5, where.currency)
    parts = [(advance(where.customer), amount - vat), (pending_vat(where.customer), vat)]
    return [Line(account, part, where.currency, meta) for account, part in parts if part]


def advance_received(where: Where, amount: Decimal, number: str, contract: str) -> Voucher:
    """Money on account of what is still to be delivered."""
    lines = _advance_lines(where, -amount, ())
    return where.voucher("Advance", lines, link=number, meta=keys(contract=contract))


def advance_invoiced(
    where: Where, amount: Decimal, number: str, name: str, due: dt.date
) -> Voucher:
    """An advance that is invoiced before it is paid."""
    lines = [
        where.debit("item", amount, keys(invoice=name, due=due), number=name, due=due),
        *_advance_lines(where, -amount, keys(advance=number)),
    ]
    return where.voucher("Advance invoiced", lines)


def advance_applied(where: Where, amount: Decimal, number: str, name: str) -> Voucher:
    """An advance settles an invoice."""
    lines = [
        *_advance_lines(where, amount, keys(advance=number)),
        where.credit("credit", amount, keys(invoice=name), names=name, number=number),
    ]
    return where.voucher("Advance applied", lines)


def advance_unapplied(where: Where, amount: Decimal, number: str, name: str) -> Voucher:
    """The application of an advance is taken back."""
    meta = keys(reverses=number, invoice=name)
    lines = [
        where.debit("return", amount, meta, reverses=number, names=name),
        *_advance_lines(where, -amount, keys(advance=number, reverses=number)),
    ]
    return where.voucher("Advance application reversed", lines)


def advance_used(where: Where, amount: Decimal, number: str, contra: str) -> Voucher:
    """An advance is earned, or paid back."""
    lines = _advance_lines(where, amount, keys(advance=number))
    return where.voucher("Advance used", lines, contra=contra)


def advance_reversed(where: Where, amount: Decimal, number: str) -> Voucher:
    """The receipt of an advance bounced."""
    lines = _advance_lines(where, amount, keys(advance=number, reverses=number))
    return where.voucher("Advance returned", lines)


def allowance_entry(where: Where, amount: Decimal, tag: str, part: str) -> Voucher:
    """A charge (or, where negative, a release) of the allowance."""
    line = Line(ALLOWANCE, -amount, where.currency, keys(part=part))
    return where.voucher("Allowance", [line], contra=LOSS, tag=tag)


# Strategies.

days = st.sampled_from(DAYS)
dues = st.sampled_from(DUES)
amounts = st.sampled_from(AMOUNTS)
advances = st.sampled_from(ADVANCES)
allocations = st.sampled_from(("", "", "fifo", "none"))


def or_none(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """Nothing, or what the strategy gives."""
    return st.none() | strategy


def or_empty(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """No text, or what the strategy gives."""
    return st.just("") | strategy


@attrs.frozen
class Shape:
    """What vouchers a ledger may have: who, where, in which currencies, naming which invoices.

    Narrow shapes make vouchers meet: one customer with two invoices on one account.
    """

    customers: tuple[str, ...] = ("C1",)
    currencies: tuple[str, ...] = ("EUR",)
    places: tuple[Callable[[str], str], ...] = (home,)
    names: tuple[str, ...] = INVOICES
    numbers: tuple[str, ...] = RECEIPTS
    explicit: bool = False
    """Whether every due date stands on its posting."""
    due_dates: tuple[dt.date, ...] = DUES
    sums: tuple[Decimal, ...] = AMOUNTS

    @property
    def invoices(self) -> st.SearchStrategy[str]:
        """Numbers of invoices."""
        return st.sampled_from(self.names)

    @property
    def receipts(self) -> st.SearchStrategy[str]:
        """Numbers of receipts."""
        return st.sampled_from(self.numbers)

    @property
    def wheres(self) -> st.SearchStrategy[Where]:
        """Days, customers, accounts, currencies."""
        return st.builds(
            Where,
            days,
            st.sampled_from(self.customers),
            st.sampled_from(self.places),
            st.sampled_from(self.currencies),
        )


@lru_cache(maxsize=512)
def vouchers(shape: Shape, kinds: tuple[str, ...]) -> st.SearchStrategy[Voucher]:
    """One transaction of any of these kinds."""
    return st.one_of([VOUCHERS[kind](shape) for kind in kinds])


def _invoices(shape: Shape) -> st.SearchStrategy[Voucher]:
    due = dues if shape.explicit else or_none(dues)
    return st.builds(
        invoice,
        shape.wheres,
        st.lists(st.tuples(amounts, due), min_size=1, max_size=3),
        or_empty(shape.invoices),
        st.sampled_from(("link", "key", "header")),
        st.none() | st.none() | st.sampled_from(DUES[:3]),
        st.none() | st.none() | st.tuples(st.just("Wang Min"), days),
    ).filter(_good_waiver)


def _good_waiver(voucher: Voucher) -> bool:
    until = waived_until(voucher)
    return until is None or until >= voucher.date


def _receipts(shape: Shape) -> st.SearchStrategy[Voucher]:
    part = st.tuples(amounts, or_empty(shape.invoices), st.none() | st.none() | dues)
    return st.builds(
        receipt,
        shape.wheres,
        st.lists(part, min_size=1, max_size=2),
        shape.receipts | shape.receipts | st.just("") | shape.invoices,
        allocations,
        bank_link=st.booleans(),
    )


def _transfers(shape: Shape) -> st.SearchStrategy[Voucher]:
    places = st.sampled_from(PLACES)
    return st.builds(transfer, shape.wheres, amounts, shape.invoices, places, or_none(dues)).filter(
        lambda voucher: voucher.lines[0].account != voucher.lines[1].account
    )


VOUCHERS: dict[str, Callable[[Shape], st.SearchStrategy[Voucher]]] = {
    "invoice": _invoices,
    "receipt": _receipts,
    "receipt by keys": lambda shape: st.builds(
        receipt_by_keys,
        shape.wheres,
        amounts,
        or_empty(shape.invoices),
        or_empty(shape.receipts),
        allocations,
    ),
    "receipt less discount": lambda shape: st.builds(
        discounted, shape.wheres, amounts, shape.invoices, st.sampled_from((1, 2, 3))
    ),
    "credit note": lambda shape: st.builds(
        credit_note, shape.wheres, amounts, or_empty(shape.invoices), or_empty(shape.receipts)
    ),
    "write-off": lambda shape: st.builds(write_off, shape.wheres, amounts, shape.invoices),
    "recovery": lambda shape: st.builds(recovery, shape.wheres, amounts, shape.invoices),
    "refund": lambda shape: st.builds(refund, shape.wheres, amounts, shape.receipts),
    "later application": lambda shape: st.builds(
        later_application,
        shape.wheres,
        amounts,
        shape.receipts,
        shape.invoices,
        st.sampled_from(shape.places),
    ),
    "returned": lambda shape: st.builds(
        returned,
        shape.wheres,
        amounts,
        shape.receipts | shape.receipts | advances,
        or_empty(shape.invoices),
    ),
    "cancelled": lambda shape: st.builds(cancelled, shape.wheres, amounts, shape.invoices),
    "transfer": _transfers,
    "advance": lambda shape: st.builds(
        advance_received, shape.wheres, amounts, or_empty(advances), or_empty(st.just("K"))
    ),
    "advance invoiced": lambda shape: st.builds(
        advance_invoiced, shape.wheres, amounts, advances, shape.invoices, dues
    ),
    "advance applied": lambda shape: st.builds(
        advance_applied, shape.wheres, amounts, advances, shape.invoices
    ),
    "advance unapplied": lambda shape: st.builds(
        advance_unapplied, shape.wheres, amounts, advances, or_empty(shape.invoices)
    ),
    "advance used": lambda shape: st.builds(
        advance_used,
        shape.wheres,
        amounts,
        or_empty(advances),
        st.sampled_from((INCOME, BANK, VAT)),
    ),
    "advance reversed": lambda shape: st.builds(advance_reversed, shape.wheres, amounts, advances),
    "allowance": lambda shape: st.builds(
        allowance_entry,
        shape.wheres,
        amounts | amounts.map(lambda amount: -amount),
        st.sampled_from(("allowance", "allowance", "recovery", "opening", "")),
        st.sampled_from(("", "", "collective", "specific")),
    ),
}
RECEIPT_KINDS = ("receipt", "receipt", "receipt by keys", "credit note")
ADVANCE_KINDS = tuple(kind for kind in VOUCHERS if kind.startswith("advance"))
RECEIVABLE_KINDS = tuple(kind for kind in VOUCHERS if kind not in {*ADVANCE_KINDS, "allowance"})


def _subjects(customers: Sequence[str]) -> st.SearchStrategy[str]:
    """Whom a policy is about: everybody, a segment, a customer, an account."""
    accounts = [account for customer in customers for account in receivables(customer)]
    return st.sampled_from([ROOT, EXPORT, *customers, *accounts])


def _policy(
    directive: str, values: st.SearchStrategy[tuple[str, ...]]
) -> Callable[[Sequence[str], Sequence[str]], st.SearchStrategy[Policy]]:
    """Policies of which there is one a subject."""
    return lambda customers, _: st.builds(
        Policy, days, st.just(directive), _subjects(customers), values, until=untils
    ).filter(lasts)


def lasts(policy: Policy) -> bool:
    """Whether it doesn't end before it begins."""
    return policy.until is None or policy.until >= policy.since


untils = st.none() | st.none() | days


def _limits(customers: Sequence[str], currencies: Sequence[str]) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda day, subject, amount, currency, until: Policy(
            day, "credit-limit", subject, (f"{amount} {currency}",), currency, until
        ),
        days,
        _subjects(customers),
        st.sampled_from(("0", "50", "100", "150.00")),
        st.sampled_from(currencies),
        untils,
    ).filter(lasts)


def _group_limits(customers: Sequence[str], currencies: Sequence[str]) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda day, subject, amount, currency: Policy(
            day, "group-credit-limit", subject, (f"{amount} {currency}",), currency
        ),
        days,
        st.sampled_from([ROOT, EXPORT, home(customers[0]), "G"]),
        st.sampled_from(("50", "150", "200")),
        st.sampled_from(currencies),
    )


def _specifics(customers: Sequence[str], currencies: Sequence[str]) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda day, customer, amount, currency, name, until: Policy(
            day,
            "specific-allowance",
            customer,
            (f"{amount} {currency}",),
            name,
            until,
            keys(invoice=name),
        ),
        days,
        st.sampled_from(customers),
        amounts,
        st.sampled_from(currencies),
        or_empty(st.sampled_from(INVOICES[:2])),
        untils,
    ).filter(lasts)


def _texts(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from([(f'"{value}"',) for value in values])


def _tolerances(customers: Sequence[str], currencies: Sequence[str]) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda day, subject, amount, currency: Policy(
            day, "tolerance", subject, (f"{amount} {currency}",), currency
        ),
        days,
        _subjects(customers),
        st.sampled_from(("0.01", "5", "40")),
        st.sampled_from(currencies),
    )


POLICIES: dict[str, Callable[[Sequence[str], Sequence[str]], st.SearchStrategy[Policy]]] = {
    "allocation": _policy("allocation", _texts("fifo", "none")),
    "payment-terms": _policy("payment-terms", _texts(*TERMS)),
    "aging-buckets": _policy("aging-buckets", st.sampled_from(BUCKETS)),
    "tolerance": _tolerances,
    "credit-limit": _limits,
    "group-credit-limit": _group_limits,
    "credit-hold": _policy("credit-hold", st.sampled_from((("TRUE",), ("FALSE",)))),
    "specific-allowance": _specifics,
    "allowance-buckets": _policy("allowance-buckets", st.sampled_from(BUCKETS)),
    "allowance-account": _policy(
        "allowance-account", st.sampled_from(((EXPORT_ALLOWANCE,), (ALLOWANCE,)))
    ),
    "loss-account": _policy("loss-account", st.sampled_from(((EXPORT_LOSS,), (LOSS,)))),
    "allowance-basis": _policy("allowance-basis", _texts("due", "invoice")),
}
RATES = ("0", "0.003", "0.016", "0.105", "0.5", "1")
OPTIONS = {
    "unapplied-credits": ('"separate"', '"own-bucket"'),
    "basis": ('"due"', '"invoice"'),
    "invoice-links": ('"A"',),
    "allowance-net-of-credits": ("TRUE", "FALSE"),
    "exposure-net-of-advances": ("TRUE", "FALSE"),
}


@st.composite
def matrices(draw: st.DrawFn, customers: Sequence[str]) -> tuple[Policy, ...]:
    """A matrix of loss rates of one subject, on either basis and any buckets."""
    since, subject, until = draw(days), draw(_subjects(customers)), draw(untils)
    labels = LABELS[draw(st.sampled_from(("due", "invoice")))][draw(st.sampled_from(BUCKETS))]
    rates = draw(st.lists(st.sampled_from(RATES), min_size=len(labels), max_size=len(labels)))
    if until is not None and until < since:
        until = None
    return tuple(
        Policy(since, "loss-rate", subject, (f'"{label}"', rate), label, until)
        for label, rate in zip(labels, rates, strict=True)
    )


@st.composite
def price_lists(draw: st.DrawFn) -> tuple[Price, ...]:
    """Prices of one currency in the other, one a day, from the first day on."""
    pair = draw(
        st.sampled_from((("JPY", "EUR", ("0.5", "0.9", "1.1")), ("EUR", "JPY", ("2", "3", "1.5"))))
    )
    rates = st.sampled_from(pair[2])
    later = draw(st.dictionaries(days, rates, max_size=3))
    return tuple(
        Price(day, pair[0], pair[1], Decimal(rate))
        for day, rate in {START: draw(rates), **later}.items()
    )


PLACE_SETS = ((home,), (home,), (home, bills), (home, retention), (home, export), PLACES)


@st.composite
def shapes(draw: st.DrawFn, *, customers_max: int = 2, explicit: bool = False) -> Shape:
    """Narrow shapes first."""
    return Shape(
        CUSTOMERS[: draw(st.just(1) | st.integers(1, customers_max))],
        CURRENCIES[: draw(st.sampled_from((1, 1, 2)))],
        draw(st.sampled_from(PLACE_SETS)),
        INVOICES[: draw(st.sampled_from((1, 2, 2, 3, 4)))],
        RECEIPTS[: draw(st.integers(1, len(RECEIPTS)))],
        explicit,
    )


@st.composite
def ledgers(  # noqa: PLR0913 - what a law may ask for
    draw: st.DrawFn,
    *,
    kinds: Sequence[str] = tuple(VOUCHERS),
    policies: Sequence[str] = ("allocation", "payment-terms"),
    options: Sequence[str] = (),
    customers_max: int = 2,
    explicit: bool = False,
    rates: bool = False,
    groups: bool = False,
) -> Ledger:
    """A ledger of some kinds of vouchers, with some kinds of policies and options."""
    shape = draw(shapes(customers_max=customers_max, explicit=explicit))
    customers, currencies = shape.customers, shape.currencies
    chosen: list[Policy] = []
    if policies:
        some = _policies(customers, currencies, tuple(policies))
        chosen += draw(st.lists(some, max_size=2 + len(policies)))
    if rates:
        for matrix in draw(st.lists(matrices(customers), min_size=1, max_size=3)):
            chosen += matrix
    given = {name: draw(or_none(st.sampled_from(OPTIONS[name]))) for name in options}
    return Ledger(
        customers,
        draw(st.booleans()),
        draw(st.sampled_from(("", "EUR"))),
        tuple((name, value) for name, value in given.items() if value),
        draw(st.tuples(*[st.sampled_from(("", "G"))] * 3)) if groups else ("", "", ""),
        tuple({policy.place: policy for policy in chosen}.values()),
        draw(price_lists()) if len(currencies) > 1 else (),
        draw(voucher_lists(shape, tuple(kinds))),
    )


@attrs.frozen
class Plot:
    """What the vouchers of a story have in common, so that the later ones meet the earlier."""

    first: Where
    later: Where
    amount: Decimal
    other: Decimal
    due: dt.date
    name: str
    number: str

    def in_order(self) -> Plot:
        """The same, the later day not before the first."""
        first, later = sorted((self.first.date, self.later.date))
        return attrs.evolve(
            self,
            first=attrs.evolve(self.first, date=first),
            later=attrs.evolve(self.later, date=later),
        )

    def invoice(self) -> Voucher:
        """The invoice that the story is about."""
        return invoice(self.first, [(self.amount, self.due)], self.name, "link", None)

    def receipt(self, name: str, allocation: str = "") -> Voucher:
        """Its receipt."""
        return receipt(
            self.first, [(self.amount, name, None)], self.number, allocation, bank_link=False
        )


def _moved(plot: Plot) -> tuple[Voucher, ...]:
    """An invoice becomes a bill, which is dishonoured."""
    away = bills if plot.first.place is home else home
    there, back = plot.first, attrs.evolve(plot.later, place=away)
    return (
        transfer(there, plot.amount, plot.name, away, plot.due),
        transfer(back, plot.other, plot.name, there.place, None),
    )


def _applied_ahead(plot: Plot) -> tuple[Voucher, ...]:
    """An advance settles an invoice, which is undone."""
    return (
        advance_received(plot.first, plot.amount, "V1", ""),
        advance_applied(plot.first, plot.amount, "V1", plot.name),
        advance_unapplied(plot.later, plot.other, "V1", plot.name),
    )


# By the kind of voucher that the story turns on.
STORIES: dict[str, Callable[[Plot], tuple[Voucher, ...]]] = {
    "receipt": lambda plot: (
        plot.invoice(),
        receipt(plot.later, [(plot.other, plot.name, None)], plot.number, "", bank_link=True),
    ),
    "returned": lambda plot: (
        plot.receipt(plot.name),
        returned(plot.later, plot.other, plot.number, plot.name),
    ),
    "recovery": lambda plot: (
        write_off(plot.first, plot.amount, plot.name),
        recovery(plot.later, plot.other, plot.name),
    ),
    "cancelled": lambda plot: (
        plot.invoice(),
        cancelled(plot.later, plot.other, plot.name),
    ),
    "later application": lambda plot: (
        plot.receipt("", "none"),
        later_application(plot.later, plot.other, plot.number, plot.name, plot.later.place),
    ),
    "refund": lambda plot: (
        plot.receipt(""),
        refund(plot.later, plot.other, plot.number),
    ),
    "transfer": _moved,
    "advance unapplied": _applied_ahead,
}


@lru_cache(maxsize=512)
def stories(shape: Shape, kinds: tuple[str, ...]) -> st.SearchStrategy[tuple[Voucher, ...]]:
    """Vouchers that belong together: what is done, and what comes of it."""
    tellers = st.sampled_from([STORIES[kind] for kind in STORIES if kind in kinds])
    return st.builds(lambda teller, plot: teller(plot), tellers, plots(shape))


@lru_cache(maxsize=512)
def plots(shape: Shape) -> st.SearchStrategy[Plot]:
    """What a story is about; its second day may come before the first."""
    return st.builds(
        lambda where, day, *rest: Plot(where, attrs.evolve(where, date=day), *rest),
        shape.wheres,
        days,
        st.sampled_from(shape.sums),
        st.sampled_from(shape.sums),
        st.sampled_from(shape.due_dates),
        shape.invoices,
        shape.receipts,
    )


@st.composite
def voucher_lists(draw: st.DrawFn, shape: Shape, kinds: tuple[str, ...]) -> tuple[Voucher, ...]:
    """Invoices, credits, stories, and some more of few kinds at a time, so that these meet."""
    few = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4, unique=True))
    more = draw(st.lists(vouchers(shape, tuple(sorted(few))), max_size=6))
    told = draw(st.lists(stories(shape, kinds), max_size=4))
    credits = draw(st.lists(vouchers(shape, RECEIPT_KINDS), max_size=6))
    raised = draw(st.lists(vouchers(shape, ("invoice",)), max_size=6))
    return (*raised, *credits, *(each for story in told for each in story), *more)


@lru_cache(maxsize=512)
def _policies(
    customers: tuple[str, ...], currencies: tuple[str, ...], names: tuple[str, ...]
) -> st.SearchStrategy[Policy]:
    return st.one_of([POLICIES[name](customers, currencies) for name in names])


# Plain documents: most of any ledger is invoices with numbers of their own, and what pays them.

PLAIN_NUMBERS = ("N1", "N2", "N3", "N4")
PLAIN_SUMS, PLAIN_PARTS = AMOUNTS[:4], AMOUNTS[2:]


@lru_cache(maxsize=512)
def _plain_invoices(customers: tuple[str, ...]) -> st.SearchStrategy[tuple[Voucher, ...]]:
    """Each number once a customer, in whatever style; due on a date or by the terms."""

    def raised(where: Where, amount: Decimal, number: str, style: str, days: int | None) -> Voucher:
        due = None if days is None else where.date + dt.timedelta(days=days)
        return invoice(where, [(amount, due)], number if style else "", style)

    one = st.builds(
        raised,
        Shape(customers=customers).wheres,
        st.sampled_from(PLAIN_SUMS),
        st.sampled_from(PLAIN_NUMBERS),
        st.sampled_from(("link", "link", "key", "header", "")),
        st.sampled_from((None, None, 0, 10, 40)),
    )
    lists = st.lists(
        one, min_size=1, max_size=8, unique_by=lambda each: (each.customer, _number_of(each))
    )
    return lists.map(tuple)


def _number_of(raised: Voucher) -> str:
    """An invoice's number; of those without one each differs."""
    keys = dict((*raised.meta, *raised.lines[0].meta))
    return str(raised.link or keys.get("invoice") or id(raised))


# What is paid of an invoice, in how many receipts.
SHARES: tuple[tuple[str, ...], ...] = ((), ("1",), ("1",), ("0.5",), ("0.5", "0.5"), ("0.3", "0.2"))


@attrs.frozen
class _Payment:
    """How an invoice is paid: parts of it, days after it, and whether a receipt names it."""

    shares: tuple[str, ...]
    days: int
    style: str

    def of(self, raised: Voucher) -> tuple[Voucher, ...]:
        """The receipts."""
        line = raised.lines[0]
        where = Where(
            raised.date + dt.timedelta(days=self.days), raised.customer, home, line.currency
        )
        keys = dict((*raised.meta, *line.meta))
        name = raised.link or str(keys.get("invoice") or "")
        return tuple(self.receipt(where, line.amount * Decimal(each), name) for each in self.shares)

    def receipt(self, where: Where, amount: Decimal, name: str) -> Voucher:
        """One receipt."""
        if self.style == "keys":
            return receipt_by_keys(where, amount, name, "", "")
        if self.style == "both":
            # A number of its own, so that its link can only be meant for an item.
            own = receipt_by_keys(where, amount, "", f"R-{name}-{where.date:%j}", "")
            return attrs.evolve(own, link=name)
        named, link = (name if self.style == style else "" for style in ("key", "link"))
        return receipt(where, [(amount, named, None)], link, "", bank_link=True)


_payments = st.builds(
    _Payment,
    st.sampled_from(SHARES),
    st.sampled_from((0, 1, 10, 40)),
    st.sampled_from(("link", "link", "key", "keys", "both", "")),
)


@lru_cache(maxsize=512)
def _plain_receipts(customers: tuple[str, ...]) -> st.SearchStrategy[Voucher]:
    """A receipt that names an invoice that may be there, or none."""
    return st.builds(
        lambda where, amount, name, payment: payment.receipt(where, amount, name),
        Shape(customers=customers).wheres,
        st.sampled_from(PLAIN_PARTS),
        st.sampled_from((*PLAIN_NUMBERS, *RECEIPTS)),
        _payments,
    )


@st.composite
def plain_ledgers(draw: st.DrawFn, /, **asked: Any) -> Ledger:
    """Ledgers with mostly plain documents: for what is sure of these, and leaves the others."""
    customers = CUSTOMERS[: draw(st.integers(1, 3))]
    vouchers = draw(_plain_invoices(customers))
    for raised in vouchers:
        vouchers += draw(_payments).of(raised)
    vouchers += tuple(draw(st.lists(_plain_receipts(customers), max_size=2)))
    # A day's receipts may stand in front of its invoices.
    vouchers = vouchers[:: draw(st.sampled_from((1, -1)))]
    days = draw(st.sampled_from(("net 30", "net 30", "2/10 net 60")))
    policies = [Policy(START, "payment-terms", ROOT, (f'"{days}"',))]
    some = draw(st.sampled_from(("", "", "C1", ROOT)))
    if some:
        until = draw(or_none(st.just(DAYS[8])))
        policies.append(Policy(START, "allocation", some, ('"fifo"',), until=until))
    labels = LABELS["due"]["30", "60", "90"]
    policies += [
        Policy(START, "loss-rate", ROOT, (f'"{label}"', "0.01"), label)
        for label in draw(st.sampled_from(((), (), (), labels, labels, labels[1:])))
    ]
    base = Ledger(customers)
    if draw(st.integers(0, 2)) == 0:
        # Somebody has more than that, or the ledger asks for more.
        base = draw(ledgers(customers_max=len(customers), **asked))
        vouchers += tuple(one for one in base.vouchers if one.customer in customers)
        policies += [one for one in base.policies if _about(one, customers)]
    return attrs.evolve(
        base,
        customers=customers,
        vouchers=vouchers,
        policies=tuple({one.place: one for one in policies}.values()),
    )


def _about(policy: Policy, customers: Sequence[str]) -> bool:
    """Whether a policy speaks of nobody else."""
    return not (set(CUSTOMERS) - set(customers)) & set(policy.subject.split(":"))


# Reversals: everything is named, and one document is undone.


@attrs.frozen
class Undone:
    """A ledger in which every application is named; a document, and what takes it back."""

    ledger: Ledger
    document: Voucher
    reversal: Voucher

    def without(self) -> Ledger:
        """As if neither had been."""
        return self.ledger

    def whole(self) -> Ledger:
        """With both."""
        vouchers = (*self.ledger.vouchers, self.document, self.reversal)
        return attrs.evolve(self.ledger, vouchers=vouchers)


# The document's own numbers, which nothing else bears: an invoice's, a receipt's, an advance's.
OWN_INVOICE, OWN_RECEIPT, OWN_ADVANCE = "A9", "R9", "V9"


def _bounced(plot: Plot) -> tuple[Voucher, Voucher]:
    """A receipt for an invoice comes back, with or without saying so."""
    name = plot.name if plot.other > plot.amount else ""
    paid = receipt(plot.first, [(plot.amount, plot.name, None)], OWN_RECEIPT, "", bank_link=False)
    return paid, returned(plot.later, plot.amount, OWN_RECEIPT, name)


def _two_bounced(plot: Plot) -> tuple[Voucher, Voucher]:
    """A receipt for an instalment and for an invoice not yet known comes back."""
    parts = [(plot.amount, plot.name, plot.due), (plot.other, OWN_INVOICE, None)]
    paid = receipt(plot.first, parts, OWN_RECEIPT, "", bank_link=False)
    return paid, returned(plot.later, plot.amount + plot.other, OWN_RECEIPT, "")


def _note_taken_back(plot: Plot) -> tuple[Voucher, Voucher]:
    """A credit note that was a mistake."""
    note = credit_note(plot.first, plot.amount, plot.name, OWN_RECEIPT)
    return note, returned(plot.later, plot.amount, OWN_RECEIPT, plot.name)


def _invoice_cancelled(plot: Plot) -> tuple[Voucher, Voucher]:
    """An invoice in two instalments that is taken back; others may have paid on it."""
    parts = [(plot.amount, plot.due), (plot.other, DUES[-1])]
    return (
        invoice(plot.first, parts, OWN_INVOICE, "key", None),
        cancelled(plot.later, plot.amount + plot.other, OWN_INVOICE),
    )


def _written_off(plot: Plot) -> tuple[Voucher, Voucher]:
    """An item given up, and restored."""
    return (
        write_off(plot.first, plot.amount, plot.name),
        recovery(plot.later, plot.amount, plot.name),
    )


def _billed(plot: Plot) -> tuple[Voucher, Voucher]:
    """A bill taken for an item, and dishonoured."""
    there = attrs.evolve(plot.first, place=home)
    back = attrs.evolve(plot.later, place=bills)
    return (
        transfer(there, plot.amount, plot.name, bills, plot.due),
        transfer(back, plot.amount, plot.name, home, None),
    )


def _advance_unapplied(plot: Plot) -> tuple[Voucher, Voucher]:
    """An advance applied by mistake."""
    return (
        advance_applied(plot.first, plot.amount, OWN_ADVANCE, plot.name),
        advance_unapplied(plot.later, plot.amount, OWN_ADVANCE, plot.name),
    )


UNDOINGS = {
    "receipt bounced": _bounced,
    "receipt for two bounced": _two_bounced,
    "credit note taken back": _note_taken_back,
    "invoice cancelled": _invoice_cancelled,
    "write-off recovered": _written_off,
    "bill dishonoured": _billed,
    "advance unapplied": _advance_unapplied,
}


# What else there may be: each names its item, and nothing draws on what names another.
NAMED: dict[str, Callable[[Plot], tuple[Voucher, ...]]] = {
    "receipt": lambda plot: (plot.receipt(plot.name),),
    "instalment": lambda plot: (
        receipt(plot.first, [(plot.amount, plot.name, plot.due)], plot.number, "", bank_link=True),
    ),
    "bounced": lambda plot: (
        plot.receipt(plot.name),
        returned(plot.later, plot.other, plot.number, plot.name),
    ),
    "credit note": lambda plot: (credit_note(plot.first, plot.amount, plot.name, plot.number),),
    "held": lambda plot: (
        plot.receipt(""),
        later_application(plot.later, plot.other, plot.number, plot.name, plot.first.place),
    ),
    "refunded": lambda plot: (plot.receipt(""), refund(plot.later, plot.other, plot.number)),
    "write-off": lambda plot: (write_off(plot.first, plot.amount, plot.name),),
}


@st.composite
def undone(draw: st.DrawFn, how: str) -> Undone:
    """A document and its reversal, among others that may name the same items.

    Numbers are unique: a number that stands twice names nothing for certain. None of the others
    is a cancellation: one in part frees what was applied last, so it is about the order of things.
    """
    shape = Shape(
        places=draw(st.sampled_from(((home,), (home, export)))),
        names=(INVOICES[0], INVOICES[0], INVOICES[1], OWN_INVOICE),
        numbers=(OWN_RECEIPT,),
        explicit=True,
        due_dates=DUES[1:3],
        sums=AMOUNTS[:4],
    )
    parts = [(draw(st.sampled_from(shape.sums)), due) for due in shape.due_dates]
    first = invoice(Where(draw(days), "C1", home, "EUR"), parts, INVOICES[0], "key")
    second = draw(st.lists(_numbered_invoices(shape, INVOICES[1]), max_size=1))
    # A recovery restores what was written off, whoever wrote it off.
    kinds = [kind for kind in NAMED if kind != "write-off" or how != "write-off recovered"]
    told = draw(st.lists(st.tuples(st.sampled_from(kinds), plots(shape)), max_size=6))
    plot = draw(plots(shape))
    plot = attrs.evolve(plot, name=draw(st.sampled_from(INVOICES[: 1 + len(second)])))
    others = [
        voucher
        for at, (kind, other) in enumerate(told)
        for voucher in NAMED[kind](attrs.evolve(other, number=f"R{at}"))
    ]
    held = advance_received(Where(START, "C1", home, "EUR"), Decimal(1000), OWN_ADVANCE, "")
    base = Ledger(("C1",), vouchers=(held, first, *second, *others))
    return Undone(base, *UNDOINGS[how](plot.in_order()))


def _numbered_invoices(shape: Shape, name: str) -> st.SearchStrategy[Voucher]:
    """Invoices of that number."""
    return st.builds(
        invoice,
        shape.wheres,
        st.lists(
            st.tuples(st.sampled_from(shape.sums), st.sampled_from(shape.due_dates)),
            min_size=1,
            max_size=3,
        ),
        st.just(name),
        st.just("key"),
    )
