# SPDX-License-Identifier: GPL-2.0-or-later
"""The example companies: every figure of their stories, asked of the command line.

How a figure is written stands in the README of each company.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import HUADONG, NORTHWIND, ask, load_companies_once


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred questions of one ledger."""
    load_companies_once(monkeypatch)


def figures(ledger: Path) -> list[Any]:
    """The entries of a company's figures.json, each a test named by its story and command."""
    text = (ledger.parent / "figures.json").read_text(encoding="utf-8")
    return [
        pytest.param(entry, id=f"{entry['story']} [{' '.join(entry['command'])}]")
        for entry in json.loads(text)
    ]


def at(value: Any, path: str) -> Any:
    """What stands at a path into an answer: `rows.0.buckets.31-60`."""
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def same(one: Any, other: Any) -> bool:
    """Amounts are compared as numbers, all else as it is."""
    try:
        return Decimal(one) == Decimal(other)
    except (InvalidOperation, TypeError, ValueError):
        return bool(one == other)


def found(answer: dict[str, Any], expected: dict[str, Any]) -> list[Any]:
    """The rows of a list whose fields equal `where`."""
    where = expected["where"].items()
    rows = answer[expected["list"]]
    return [row for row in rows if all(same(at(row, key), value) for key, value in where)]


def beside(ledger: Path, option: str) -> str:
    """A customer's statement, or a bank's file, lies beside the ledger."""
    return str(ledger.parent / option) if "/" in option else option


@pytest.mark.parametrize("entry", figures(HUADONG))
def test_huadong(entry: dict[str, Any]) -> None:
    """Rows found by their fields: their values, their number, or their sums."""
    command, *options = entry["command"]
    answer = ask(command, HUADONG, *(beside(HUADONG, option) for option in options))
    for expected in entry["expect"]:
        rows = found(answer, expected) if "list" in expected else [answer]
        if "count" in expected:
            assert len(rows) == expected["count"], expected
        elif "sum" in expected:
            sums = {key: sum(Decimal(at(row, key)) for row in rows) for key in expected["sum"]}
            assert sums == {key: Decimal(value) for key, value in expected["sum"].items()}
        else:
            assert len(rows) == 1, expected
            wrong = {
                key: at(rows[0], key)
                for key, value in expected["values"].items()
                if not same(at(rows[0], key), value)
            }
            assert wrong == {}, expected


@pytest.mark.parametrize("entry", figures(NORTHWIND))
def test_northwind(entry: dict[str, Any]) -> None:
    """Values by their path into the answer."""
    command, *options = entry["command"]
    answer = ask(command, NORTHWIND, *options)
    expected = entry["expect"]
    assert expected
    got = {path: at(answer, path) for path in expected}
    assert {path: value for path, value in got.items() if not same(value, expected[path])} == {}


@pytest.mark.parametrize("ledger", [HUADONG, NORTHWIND], ids=["huadong", "northwind"])
def test_companies_load_without_an_error(ledger: Path) -> None:
    """Neither Beancount nor arledger finds an error."""
    answer = ask("check", ledger)
    assert answer["complete"] is True
    assert answer["counts"]["error"] == 0
