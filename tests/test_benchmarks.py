# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmarks run, and the ledgers they measure are what they say. No second is asserted."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction

from arledger import check
from arledger.allowance import allowance
from arledger.credit import credit
from arledger.subledger.subledger import Subledger, subledger_of
from benchmarks import compare, matching, statements
from benchmarks.__main__ import main
from benchmarks.generate import CUSTOMERS, LAST, PLUGIN, is_fifo, ledger

SIZE = 1000


def load(text: str) -> tuple[Subledger, list[Transaction]]:
    """The ledger's subledger, and its transactions."""
    entries, errors, options = loader.load_string(text)
    assert errors == []
    return subledger_of(entries, options), [e for e in entries if isinstance(e, Transaction)]


@pytest.mark.parametrize("everything", [False, True])
def test_generated_ledger(everything: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Half invoices, half receipts, of so many customers, and nothing found wrong with them."""
    subledger, transactions = load("".join(ledger(SIZE, everything=everything)))
    kinds = Counter(t.narration for t in transactions)
    assert kinds.pop("Allowance", 0) == (24 if everything else 0)
    assert kinds == {"Invoice": SIZE // 2, "Receipt": SIZE // 2}
    assert len(subledger.chart.customers) == CUSTOMERS
    assert max(t.date for t in transactions) <= LAST == date(2024, 12, 31)
    state = subledger.at(LAST)
    assert state.items
    assert state.credits == ()
    assert [f for f in check.find(subledger) if f.severity != "info"] == []


def test_both_kinds_of_customers() -> None:
    """Some receipts name their invoice, others are applied by fifo; some pay a part."""
    subledger, _ = load("".join(ledger(SIZE)))
    by_fifo = [a for a in subledger.applications if not a.named]
    assert {is_fifo(int(a.item.customer[1:])) for a in by_fifo} == {True}
    named = [a for a in subledger.applications if a.named]
    assert {is_fifo(int(a.item.customer[1:])) for a in named} == {False}
    assert any(a.amount < a.item.amount for a in subledger.applications)


def test_everything_is_on() -> None:
    """Limits for all, group limits, and an allowance that is right at each month's end."""
    subledger, _ = load("".join(ledger(SIZE, everything=True)))
    report = credit(subledger, LAST)
    assert all(row.limit is not None for row in report.rows)
    assert len(report.groups) == 2
    ends = sorted({movement.date for movement in subledger.books.allowances})
    assert len(ends) == 24
    for day in ends[2::7]:
        (total,) = allowance(subledger, day).total
        assert total.required == total.booked > 0


def test_a_wrong_allowance_would_be_found() -> None:
    """The month-end entries are verified: one that is off by a fen is an error."""
    text = "".join(ledger(SIZE, everything=True))
    last = text.rindex("2024-12-31 * ")
    wrong = re.sub(r"(\d)(?= CNY)", lambda m: str((int(m[1]) + 1) % 10), text[last:])
    subledger, _ = load(text[:last] + wrong)
    assert [f.rule for f in check.find(subledger)] == ["allowance-differs"]


def test_same_size_same_text() -> None:
    """Byte by byte; the plugin is one line on top, and another size another ledger."""
    text = "".join(ledger(SIZE))
    assert "".join(ledger(SIZE)) == text
    assert "".join(ledger(SIZE, plugin=True)) == f'plugin "{PLUGIN}"\n{text}'
    assert "".join(ledger(SIZE + 2)) != text


@pytest.mark.slow
def test_benchmarks_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At small size: each comparison is made, printed, and written where asked."""
    report = tmp_path / "report.md"
    ledgers = tmp_path / "ledgers"
    line = ["--size", "200", "--repeats", "2", "--markdown", str(report), "--keep", str(ledgers)]
    assert main(line) == 0
    said = capsys.readouterr()
    assert report.read_text(encoding="utf-8") == said.out
    for what in (
        f"{compare.WITH_PLUGIN} ÷ {compare.PLAIN}",
        f"{compare.EVERYTHING} ÷ {compare.PLAIN_EVERYTHING}",
        f"{compare.AGING} ÷ {compare.CHECK}",
        f"peak memory: {compare.AGING} ÷ {compare.CHECK}",
        f"growth from 20: {compare.AGING} ÷ {compare.CHECK}",
        f"growth from 20: {compare.WITH_PLUGIN} ÷ {compare.PLAIN}",
    ):
        assert said.out.count(f"| {what} ") == 1
    assert len({len(row) for row in said.out.split("\n\n")[1].splitlines()}) == 1
    assert "2 of 2" in said.err
    assert len(list(ledgers.iterdir())) == 6


def test_a_job_that_fails_is_no_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger with an error ends the run with what was said, and no table."""
    (tmp_path / "200.beancount").write_text("2024-01-01 open Nonsense\n", encoding="utf-8")
    assert main(["--size", "200", "--repeats", "1", "--keep", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{compare.PLAIN} ended with 1" in said.err


@pytest.mark.parametrize("wrong", [["--size", "10"], ["--repeats", "0"]])
def test_options_that_say_nothing(wrong: list[str]) -> None:
    """Too small to measure."""
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2


def test_statements_to_match() -> None:
    """The generated statements are the same each time, and nearly all of their pairs are found."""
    given = statements.task(1000, 20)
    assert given == statements.task(1000, 20)
    result = matching.measure("small", given, 1)
    assert result.precision >= 0.99
    assert result.recall >= 0.95
    assert "| small | 1,000 |" in matching.markdown([result])
