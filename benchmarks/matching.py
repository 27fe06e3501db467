# SPDX-License-Identifier: GPL-2.0-or-later
"""How well and how fast lines are matched: `python -m benchmarks.matching`.

Prints precision and recall of what is accepted automatically, over the pairs of a line and an
entry, and what it cost: processor time beside that of a piece of reference work in the same run
(machines differ, and so does what else they do), and peak memory. `--data` names a folder with
`matching_20k` and `payment_to_invoice` in it.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs

from arledger.reconciliation.matching import MatchRules, match
from arledger.reconciliation.model import Entry, Line
from benchmarks.statements import Task, one_amount, task, unnamed

CENT = Decimal("0.01")


@attrs.frozen
class Result:
    """One run: quality, seconds of the processor, and these as multiples of the reference work."""

    name: str
    entries: int
    lines: int
    precision: float
    recall: float
    seconds: float
    ratio: float
    mebibytes: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def reference_work() -> float:
    """Seconds for something that every machine must do: sort and count a million numbers."""
    start = time.process_time()
    numbers = [(n * 7_919) % 1_000_003 for n in range(1_000_000)]
    counted: dict[int, int] = {}
    for number in sorted(numbers):
        counted[number] = counted.get(number, 0) + 1
    assert len(counted) == len(set(numbers)), "the reference work counts what is there"
    return time.process_time() - start


def measure(name: str, given: Task, repeats: int) -> Result:
    """Match `repeats` times and keep the least time; quality is the same each time."""
    seconds, references = [], []
    for _ in range(repeats):
        references.append(reference_work())
        start = time.process_time()
        found = match(given.entries, given.lines, MatchRules())
        seconds.append(time.process_time() - start)
    pairs = {
        (line.index, entry.id)
        for one in found.matches
        for line in one.lines
        for entry in one.entries
    }
    right = len(pairs & given.truth)
    return Result(
        name,
        len(given.entries),
        len(given.lines),
        right / len(pairs) if pairs else 1.0,
        right / len(given.truth),
        min(seconds),
        min(seconds) / min(references),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def matching_20k(folder: Path) -> Task:
    """Customers by account or name; the amounts are cents."""
    ledger = _rows(folder / "ledger.csv")
    customers = {row["customer_acct"]: row["customer_id"] for row in ledger}
    customers |= {row["customer_name"]: row["customer_id"] for row in ledger}
    entries = tuple(
        Entry(
            row["item_id"],
            date.fromisoformat(row["invoice_date"]),
            Decimal(row["amount_cents"]) * CENT,
            "CNY",
            row["customer_id"],
            date.fromisoformat(row["due_date"]),
            (row["ref"],),
        )
        for row in ledger
    )
    statement = _rows(folder / "statement.csv")
    place = {row["line_id"]: index for index, row in enumerate(statement)}
    lines = tuple(
        Line(
            place[row["line_id"]],
            Decimal(row["amount_cents"]) * CENT,
            "CNY",
            date.fromisoformat(row["date"]),
            row["ref"] or None,
            row["memo"],
            customer=customers.get(row["payer_acct"]) or customers.get(row["payer_name"]),
        )
        for row in statement
    )
    truth = {(place[row["line_id"]], row["item_id"]) for row in _rows(folder / "truth.csv")}
    return Task(entries, lines, frozenset(truth))


def payment_to_invoice(folder: Path) -> Task:
    """Payments against all invoices; the customer is known where the name is the very same."""
    invoices, payments = _rows(folder / "invoices.csv"), _rows(folder / "payments.csv")
    names = {row["Customer Name"] for row in invoices}
    entries = tuple(
        Entry(
            row["invoice_id"],
            date.fromisoformat(row["Document Date"]),
            Decimal(row["Amount"]).quantize(CENT),
            row["Currency Code"],
            row["Customer Name"],
            date.fromisoformat(row["Due Date"]),
            (row["Document Number"], row["Assignment Number"], row["Billing Number"]),
        )
        for row in invoices
    )
    lines = tuple(
        Line(
            int(row["payment_id"]),
            Decimal(row["Amount"]).quantize(CENT),
            row["Currency"],
            date.fromisoformat(row["Posting Date"]),
            None,
            row["Memo Line"],
            customer=row["Business Partner"] if row["Business Partner"] in names else None,
        )
        for row in payments
    )
    truth = {
        (payment, str(invoice))
        for row in _rows(folder / "matches.csv")
        for payment in json.loads(row["payment_ids"])
        for invoice in json.loads(row["invoice_ids"])
    }
    return Task(entries, lines, frozenset(truth))


def markdown(results: Sequence[Result]) -> str:
    """The figures as a table."""
    head = (
        "| what | entries | lines | precision | recall | F1 | s | ÷ reference | peak, MiB |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    return head + "".join(
        f"| {one.name} | {one.entries:,} | {one.lines:,} | {one.precision:.4f} | {one.recall:.4f} "
        f"| {one.f1:.4f} | {one.seconds:.2f} | {one.ratio:.2f} | {one.mebibytes} |\n"
        for one in results
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="entries (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="turns each (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the generator (%(default)s)")
    parser.add_argument("--data", type=Path, help="a folder with matching_20k, payment_to_invoice")
    options = parser.parse_args(arguments)
    size, repeats, seed = options.size, options.repeats, options.seed
    results = []

    def run(name: str, given: Task) -> None:
        results.append(measure(name, given, repeats))
        print(f"{name}: done", file=sys.stderr, flush=True)

    run(f"generated, {size // 10:,}", task(size // 10, max(size // 500, 1), seed))
    run(f"generated, {size:,}", task(size, max(size // 50, 1), seed))
    run("one customer, one amount", one_amount(max(size // 10, 10)))
    run("no references", unnamed(max(size // 100, 10)))
    if options.data:
        run("matching_20k", matching_20k(options.data / "matching_20k"))
        run("payment_to_invoice", payment_to_invoice(options.data / "payment_to_invoice/single"))
    print(markdown(results))


if __name__ == "__main__":
    main()
