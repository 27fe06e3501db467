# SPDX-License-Identifier: GPL-2.0-or-later
"""A ledger of so many transactions, half of them invoices and half receipts.

    python -m benchmarks.generate 100000 > large.beancount

Of 25 invoices 19 are paid by one receipt, 3 by two and 3 by none, so that there are as many
receipts as invoices. One customer in five is on fifo and never says what it pays; the receipts
of the others name their invoice. The same size gives the same text, byte by byte.

With `everything` the ledger has limits, loss rates, a group limit, and an allowance entry at the
end of each month, of the amount that the generator knows to be required: nothing is found wrong.
The same invoices and receipts can be written as the journal that ledger and hledger read.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import attrs

CUSTOMERS = 1000
START = date(2023, 1, 1)
DAYS = 731  # two years, one of them a leap year
LAST = START + timedelta(days=DAYS - 1)
CURRENCY = "CNY"
CENT = Decimal("0.01")
PLUGIN = "arledger.plugins.receivables"
TERMS = (15, 30, 30, 60, 90)
FIFO_EVERY = 5
# Of 25 invoices: how often each is paid. As many receipts as invoices.
PAID = (0, 0, 0, 2, 2, 2, *[1] * 19)
EDGES = (("not-due", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90))
RATES = {
    "not-due": Decimal("0.003"),
    "1-30": Decimal("0.016"),
    "31-60": Decimal("0.036"),
    "61-90": Decimal("0.066"),
    "91+": Decimal("0.106"),
}


@attrs.define(eq=False, slots=True)
class Invoice:
    """An invoice and what is open of it so far, in cents."""

    number: str
    customer: int
    due: date
    cents: int
    open: int


@attrs.define(eq=False, slots=True)
class Receipt:
    """Cents received; `pays` is the invoice it names, or would name if its customer did."""

    number: str
    cents: int
    pays: Invoice


@attrs.define
class Book:
    """What is open, as the ledger will have it, while the text is written."""

    open: dict[str, Invoice] = attrs.field(factory=dict)
    queues: dict[int, list[Invoice]] = attrs.field(factory=dict)
    allowance: Decimal = Decimal(0)

    def add(self, invoice: Invoice) -> None:
        """An invoice is raised. A customer has one term, so the order is that of due dates."""
        self.open[invoice.number] = invoice
        if is_fifo(invoice.customer):
            self.queues.setdefault(invoice.customer, []).append(invoice)

    def settle(self, receipt: Receipt) -> None:
        """A receipt settles the invoice it names, or the customer's oldest ones."""
        customer = receipt.pays.customer
        if not is_fifo(customer):
            self._take(receipt.pays, receipt.cents)
            return
        left, queue = receipt.cents, self.queues[customer]
        while left:
            taken = min(left, queue[0].open)
            left -= taken
            if self._take(queue[0], taken):
                queue.pop(0)

    def _take(self, invoice: Invoice, cents: int) -> bool:
        """Whether the invoice is settled now."""
        invoice.open -= cents
        assert invoice.open >= 0
        if not invoice.open:
            del self.open[invoice.number]
        return not invoice.open

    def required(self, day: date) -> Decimal:
        """The allowance by the matrix: outstanding by bucket, times the rate, half up to cents."""
        gross = dict.fromkeys(RATES, 0)
        for invoice in self.open.values():
            gross[bucket((day - invoice.due).days)] += invoice.open
        return sum(
            (
                (Decimal(cents) / 100 * RATES[label]).quantize(CENT, ROUND_HALF_UP)
                for label, cents in gross.items()
            ),
            Decimal(0),
        )


def bucket(days: int) -> str:
    """The label for so many days overdue."""
    return next((label for label, most in EDGES if days <= most), "91+")


def is_fifo(customer: int) -> bool:
    """Whether a customer's receipts name nothing and take the oldest items."""
    return customer % FIFO_EVERY == 0


def account(customer: int) -> str:
    """A customer's account, in one of five segments."""
    return f"Assets:Receivable:S{customer % 7}:C{customer:04}"


def money(cents: int) -> str:
    """Cents as an amount."""
    return f"{cents // 100}.{cents % 100:02} {CURRENCY}"


def ledger(
    size: int, *, plugin: bool = False, everything: bool = False, customers: int = CUSTOMERS
) -> Iterator[str]:
    """The text of the ledger, in pieces: `size` transactions, and the allowance entries."""
    if plugin:
        yield f'plugin "{PLUGIN}"\n'
    yield from _head(customers, everything=everything)
    yield from _days(size, customers, everything=everything)


def journal(size: int, *, customers: int = CUSTOMERS) -> Iterator[str]:
    """The same accounts and transactions, in the same order, as ledger and hledger read them.

    The number that Beancount has as a link is the code, in parentheses. Due dates and terms have
    no meaning to those programs and are left out, and so are the allowance entries.
    """
    for name in ("Assets:Bank", "Income:Sales", *map(account, range(customers))):
        yield f"account {name}\n"
    raised, received = _plan(size, customers)
    for offset in range(DAYS):
        day = START + timedelta(days=offset)
        for invoice in raised[offset]:
            owed = account(invoice.customer)
            head = f"{day} * ({invoice.number}) C{invoice.customer:04}"
            yield _journal(head, owed, "Income:Sales", invoice.cents)
        for receipt in received[offset]:
            owed = account(receipt.pays.customer)
            head = f"{day} * ({_link(receipt)}) C{receipt.pays.customer:04}"
            yield _journal(head, "Assets:Bank", owed, receipt.cents)


def _journal(head: str, debited: str, credited: str, cents: int) -> str:
    return f"{head}\n  {debited}  {money(cents)}\n  {credited}  -{money(cents)}\n\n"


def settled(transactions: int, first: int) -> Iterator[str]:
    """More invoices on the last day, numbered from `first`, each paid at once by a receipt.

    They change neither a balance nor an allowance, so nothing is found wrong with them either.
    """
    for number in range(first, first + transactions // 2):
        customer = (number * FIFO_EVERY + 1) % CUSTOMERS
        invoice = Invoice(f"INV-N{number:06}", customer, LAST, 100_000, 100_000)
        yield _invoice(LAST, invoice)
        yield _receipt(LAST, Receipt(f"RCP-N{number:06}", invoice.cents, invoice))


def _head(customers: int, *, everything: bool) -> Iterator[str]:
    yield f'option "operating_currency" "{CURRENCY}"\n'
    for name in ("Assets:Bank", "Assets:Allowance", "Expenses:CreditLoss", "Income:Sales"):
        yield f"{START} open {name} {CURRENCY}\n"
    for customer in range(customers):
        yield (
            f'{START} open {account(customer)} {CURRENCY}\n  customer: "C{customer:04}"\n'
            f'  group: "G{customer % 20}"\n'
        )
        terms = TERMS[customer % len(TERMS)]
        yield f'{START} custom "payment-terms" "C{customer:04}" "net {terms}"\n'
        if is_fifo(customer):
            yield f'{START} custom "allocation" "C{customer:04}" "fifo"\n'
    if everything:
        yield from _policies(customers)


def _policies(customers: int) -> Iterator[str]:
    """Limits that nobody reaches, and the loss rates."""
    for label, rate in RATES.items():
        yield f'{START} custom "loss-rate" Assets:Receivable "{label}" {rate}\n'
    yield f'{START} custom "credit-limit" Assets:Receivable 1000000000.00 {CURRENCY}\n'
    for customer in range(0, customers, 10):
        yield f'{START} custom "credit-limit" "C{customer:04}" 900000000.00 {CURRENCY}\n'
    yield f'{START} custom "group-credit-limit" Assets:Receivable 90000000000.00 {CURRENCY}\n'
    yield f'{START} custom "group-credit-limit" "G0" 10000000000.00 {CURRENCY}\n'


def _plan(size: int, customers: int) -> tuple[list[list[Invoice]], list[list[Receipt]]]:
    """Invoices and receipts by day, from one seed."""
    chance = random.Random(size)  # noqa: S311 - no secret: the same size, the same ledger
    count = size // 2
    raised: list[list[Invoice]] = [[] for _ in range(DAYS)]
    received: list[list[Receipt]] = [[] for _ in range(DAYS)]
    whole = count - count % len(PAID)
    for at in range(count):
        customer = chance.randrange(customers)
        day = at * (DAYS * 9 // 10) // count
        due = START + timedelta(days=day + TERMS[customer % len(TERMS)])
        cents = chance.randrange(10_000, 10_000_000)
        invoice = Invoice(f"INV-{at:07}", customer, due, cents, cents)
        raised[day].append(invoice)
        times = PAID[at % len(PAID)] if at < whole else 1
        for number, part in enumerate(_parts(cents, times, chance)):
            late = chance.randrange(-10, 60)
            when = min(DAYS - 1, max(day, (due - START).days + late))
            received[when].append(Receipt(f"RCP-{at:07}-{number}", part, invoice))
    return raised, received


def _parts(cents: int, times: int, chance: random.Random) -> list[int]:
    """An amount in so many parts."""
    if times < 2:  # noqa: PLR2004 - two parts is the most
        return [cents] * times
    first = chance.randrange(1, cents)
    return [first, cents - first]


def _days(size: int, customers: int, *, everything: bool) -> Iterator[str]:
    raised, received = _plan(size, customers)
    book = Book()
    for offset in range(DAYS):
        day = START + timedelta(days=offset)
        for invoice in raised[offset]:
            book.add(invoice)
            yield _invoice(day, invoice)
        for receipt in received[offset]:
            book.settle(receipt)
            yield _receipt(day, receipt)
        if everything and (day + timedelta(days=1)).day == 1:
            yield _allowance(day, book)


def _invoice(day: date, invoice: Invoice) -> str:
    return (
        f'{day} * "C{invoice.customer:04}" "Invoice" ^{invoice.number}\n'
        f"  {account(invoice.customer)}  {money(invoice.cents)}\n"
        f"  Income:Sales  -{money(invoice.cents)}\n"
    )


def _link(receipt: Receipt) -> str:
    """The invoice's number, but the receipt's own where the customer is on fifo."""
    return receipt.number if is_fifo(receipt.pays.customer) else receipt.pays.number


def _receipt(day: date, receipt: Receipt) -> str:
    customer = receipt.pays.customer
    return (
        f'{day} * "C{customer:04}" "Receipt" ^{_link(receipt)}\n'
        f"  Assets:Bank  {money(receipt.cents)}\n"
        f"  {account(customer)}  -{money(receipt.cents)}\n"
    )


def _allowance(day: date, book: Book) -> str:
    change = book.required(day) - book.allowance
    book.allowance += change
    return (
        f'{day} * "Allowance" #allowance\n'
        f"  Expenses:CreditLoss  {change} {CURRENCY}\n"
        f"  Assets:Allowance  {-change} {CURRENCY}\n"
    )


def write(
    path: Path,
    size: int,
    *,
    plugin: bool = False,
    everything: bool = False,
    customers: int = CUSTOMERS,
) -> Path:
    """Write the ledger to a file."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(ledger(size, plugin=plugin, everything=everything, customers=customers))
    return path


if __name__ == "__main__":
    sys.stdout.writelines(ledger(int(sys.argv[1]), everything="--everything" in sys.argv))
