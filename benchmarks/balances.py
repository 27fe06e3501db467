# SPDX-License-Identifier: GPL-2.0-or-later
"""What each customer's account stands at, by each program: whether they read the same book.

Seconds of programs that read different books mean nothing, so this is asked before anything is
measured. An account that stands at zero is left out, as some of the programs leave it out.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from benchmarks.compare import ARLEDGER, BenchmarkError, python
from benchmarks.generate import CURRENCY, LAST

ROOT = "Assets:Receivable"
LEDGER_LINE = r"%(account)\t%(display_total)\n"
SHOWN = 3

SUMS = """
import sys
from collections import defaultdict
from decimal import Decimal
from beancount import loader
from beancount.core.data import Transaction
loader.initialize(use_cache=False)
entries, errors, options = loader.load_file(sys.argv[1])
sums = defaultdict(Decimal)
for entry in entries:
    for posting in entry.postings if isinstance(entry, Transaction) else ():
        sums[posting.account, posting.units.currency] += posting.units.number
for (account, currency), number in sums.items():
    if account.startswith(sys.argv[2]):
        print(f"{account}\\t{number} {currency}")
sys.exit(len(errors) > 0)
"""

Balances = Mapping[str, Decimal]


def by_beancount(path: Path) -> Balances:
    """The sum of the postings, as Beancount loads them without our plugin."""
    said = answer("Beancount", python(SUMS, str(path), ROOT))
    return _balances(line.split("\t", 1) for line in said.splitlines())


def by_arledger(path: Path, environment: Mapping[str, str]) -> Balances:
    """What is outstanding, credits included, on the ledger's last day."""
    question = ("aging", str(path), "--as-of", str(LAST), "--by", "account", "--format", "json")
    said = json.loads(answer("arledger", python(ARLEDGER, *question), environment))
    return _balances((row["account"], f"{row['total']} {row['currency']}") for row in said["rows"])


def by_ledger(path: Path) -> Balances:
    """The balance of each account, by ledger."""
    form = ("--flat", "--no-total", "--balance-format", LEDGER_LINE)
    said = answer("ledger", ("ledger", "--args-only", "-f", str(path), "bal", ROOT, *form))
    return _balances(line.split("\t", 1) for line in said.splitlines())


def by_hledger(path: Path) -> Balances:
    """The balance of each account, by hledger."""
    form = ("--flat", "--no-total", "--output-format", "csv")
    said = answer("hledger", ("hledger", "-f", str(path), "bal", ROOT, *form))
    return _balances(list(csv.reader(said.splitlines()))[1:])


def agree(found: Mapping[str, Balances]) -> int:
    """How many accounts all programs agree on; where two don't, no benchmark."""
    for (one, ours), (other, theirs) in pairwise(found.items()):
        differing = sorted(
            account
            for account in ours.keys() | theirs.keys()
            if ours.get(account) != theirs.get(account)
        )
        if differing:
            shown = "\n".join(
                f"  {account}: {one} {ours.get(account, 0)}, {other} {theirs.get(account, 0)}"
                for account in differing[:SHOWN]
            )
            raise BenchmarkError(
                f"{one} and {other} read different books, on {len(differing)} accounts:\n{shown}"
            )
    counts = {len(balances) for balances in found.values()}
    if counts == {0}:
        raise BenchmarkError("No program found a balance: there is nothing to compare.")
    return counts.pop()


def answer(name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a program says; its failure is an error."""
    ended = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(environment or {})},
        check=False,
    )
    if ended.returncode:
        raise BenchmarkError(f"{name} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return ended.stdout


def _balances(rows: Iterable[Sequence[str]]) -> Balances:
    """Accounts and amounts as printed; every amount is in the one currency of the book."""
    balances = {}
    for account, amount in rows:
        number, currency = amount.split()
        if currency != CURRENCY or account in balances:
            raise BenchmarkError(f"{account}: {amount} is not the one amount in {CURRENCY}.")
        balances[account] = Decimal(number)
    return {account: number for account, number in balances.items() if number}
