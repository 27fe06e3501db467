# SPDX-License-Identifier: GPL-2.0-or-later
"""How the tests of the command line ask: in this process, with the answer held to its schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator, FormatChecker

from arledger import load
from arledger.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
LEDGERS = ROOT / "ledgers"
HUADONG = LEDGERS / "huadong" / "main.beancount"
NORTHWIND = LEDGERS / "northwind" / "main.beancount"

# A ledger with something of everything, small enough to be reckoned by hand.
BOOK = """\
option "title" "Small Trade"
option "operating_currency" "EUR"
2024-01-01 open Assets:Receivable:A1  EUR,USD
  customer: "A1"
  name: "Alpha GmbH"
  segment: "retail"
  salesperson: "Ada"
2024-01-01 open Assets:Receivable:B2  EUR
  customer: "B2"
  name: "北京贝塔"
  segment: "trade"
2024-01-01 open Liabilities:Advances:A1  EUR
  customer: "A1"
2024-01-01 open Assets:Allowance
2024-01-01 open Expenses:CreditLoss
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
2024-01-01 custom "credit-limit" "A1" 1000.00 EUR
  approved-by: "Wang Min"
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.01
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.02
2024-01-01 custom "loss-rate" Assets:Receivable "31-60" 0.05
2024-01-01 custom "loss-rate" Assets:Receivable "61-90" 0.1
2024-01-01 custom "loss-rate" Assets:Receivable "91+" 0.5
2024-01-01 price USD 0.90 EUR

2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:A1   1200.00 EUR
  Income:Sales          -1200.00 EUR

2024-01-20 * "Invoice in dollars" ^INV-2
  credit-waiver: "Wang Min"
  waiver-until: 2024-03-31
  Assets:Receivable:A1    100.00 USD
  Income:Sales           -100.00 USD

2024-02-01 * "A part of it"
  Assets:Bank             200.00 EUR
  Assets:Receivable:A1   -200.00 EUR
    invoice: "INV-1"

2024-02-05 * "Paid ahead" ^ADV-1
  contract: "C-7"
  deliver-by: 2024-12-31
  Assets:Bank               500.00 EUR
  Liabilities:Advances:A1  -500.00 EUR

2024-02-10 * "Too much, and for nothing yet" ^RCP-9
  Assets:Bank              50.00 EUR
  Assets:Receivable:B2    -50.00 EUR
    allocation: "none"
"""


@cache
def _company(path: str) -> load.Ledger:
    return _load(path)


_load = load.load


def load_companies_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask all questions of one load of each company: what is asked changes nothing in it."""
    companies = {str(HUADONG), str(NORTHWIND)}

    def loaded(path: str, *timings: Any, **how: Any) -> load.Ledger:
        full = os.path.abspath(path)  # noqa: PTH100 - as the loader does
        return _company(full) if full in companies else _load(path, *timings, **how)

    monkeypatch.setattr(load, "load", loaded)


def invoke(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def spawn(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own, as a shell does."""
    command = [sys.executable, "-m", "arledger.cli.main", *map(str, arguments)]
    # The checkout or the wheel: whatever these tests import themselves.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    found = {
        "capture_output": True,
        "encoding": "utf-8",
        "timeout": 120,
        "env": environment,
        "cwd": ROOT,  # where the measurement of coverage looks for the sources
    }
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, check=False, **{**found, **options}
    )
    return done


@cache
def schema(command: str) -> dict[str, Any]:
    """The schema of a command's answers, as it is shipped."""
    text = (files("arledger") / "schemas" / f"{command}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator(command: str) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema(command))
    return Draft202012Validator(schema(command), format_checker=FormatChecker())


def validated(command: str, text: str) -> dict[str, Any]:
    """An answer's JSON, held to the schema of its command."""
    answer: dict[str, Any] = json.loads(text)
    _validator(command).validate(answer)
    return answer


def ask(command: str, *arguments: str | Path, status: int = 0) -> dict[str, Any]:
    """A command's JSON answer, with the exit status that is expected."""
    done = invoke(command, *arguments, "--format", "json")
    assert done.exit_code == status, done.output
    return validated(command, done.stdout)
