# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmarks run, and the ledgers they measure are what they say. No second is asserted."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction

from arledger import check
from arledger.allowance import allowance
from arledger.credit import credit
from arledger.subledger.subledger import Subledger, subledger_of
from benchmarks import balances, compare, matching, others, statements
from benchmarks.__main__ import main
from benchmarks.generate import CUSTOMERS, LAST, PLUGIN, is_fifo, journal, ledger, settled

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


def test_the_journal_has_the_same_transactions() -> None:
    """Dates, accounts, amounts and order are those of the ledger, and the link is the code."""
    _, transactions = load("".join(ledger(SIZE)))
    text = "".join(journal(SIZE))
    assert text.count("\naccount ") + 1 == CUSTOMERS + 2
    found = re.findall(r"(.+) \* \((.+)\) (.+)\n  (.+)  (.+) CNY\n  (.+)  (.+) CNY\n\n", text)
    assert found == [
        (
            str(t.date),
            *t.links,
            t.payee,
            *(part for p in t.postings for part in (p.account, str(p.units and p.units.number))),
        )
        for t in transactions
    ]


def test_more_that_is_settled_at_once() -> None:
    """What a commit adds changes neither a balance nor what is found."""
    text = "".join(ledger(SIZE, everything=True))
    more = "".join(settled(10, 1))
    before, _ = load(text)
    after, transactions = load(text + more)
    assert len(transactions) == SIZE + 24 + 10
    assert len(after.applications) == len(before.applications) + 5
    owed = [
        [(one.item.number, one.outstanding) for one in subledger.at(LAST).items]
        for subledger in (before, after)
    ]
    assert owed[0] == owed[1]
    assert [f for f in check.find(after) if f.severity != "info"] == []


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


@pytest.mark.slow
def test_beside_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At small size: all programs agree, what is there is measured, and what isn't is named."""
    report = tmp_path / "report.md"
    books = tmp_path / "books"
    line = ["--size", "200", "--repeats", "1", "--markdown", str(report), "--keep", str(books)]
    assert others.main(line) == 0
    said = capsys.readouterr()
    assert report.read_text(encoding="utf-8") == said.out
    for name in (compare.CHECK, others.OUR_CHECK, others.DIFF):
        assert said.out.count(f"\n| {name}  ") == 1
    assert said.out.count(f"\n| {others.DIFF} ÷ {others.OUR_CHECK}") == 2
    for name in others.PROGRAMS:
        there = shutil.which(name) is not None
        assert said.out.count(f"\n| {name} bal  ") == there
        assert (said.out.count(f"÷ {name} bal ") >= len(others.QUESTIONS)) == there
        assert said.out.count(f"- {name} is not installed") == (not there)
    names = ", ".join(["Beancount", "arledger", *others.installed()])
    assert f"- 200 transactions: {names} agree on what each customer owes" in said.out


def test_only_agreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the others ours still agrees with Beancount, and nothing is measured."""
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert others.main(["--size", "200", "--agree", "--keep", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "Beancount, arledger agree on what each customer owes" in said.out
    assert said.out.count("is not installed: its rows are left out.") == 2
    assert "|" not in said.out


def test_another_book_is_no_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads one amount otherwise ends the run, with the account and no table."""
    text = "".join(ledger(200))
    books = others.write_books(tmp_path, 200)
    right = balances.by_beancount(books.plain)
    assert balances.agree({"one": right, "other": balances.by_beancount(books.plain)}) == len(right)
    amount = re.search(r"Assets:Receivable:S\d:(C\d+)  (\d+)", text)
    assert amount is not None
    wrong = f"{text[: amount.start(2)]}1{text[amount.start(2) :]}"
    wrong = wrong.replace(f"  Income:Sales  -{amount[2]}", f"  Income:Sales  -1{amount[2]}", 1)
    books.plain.write_text(wrong, encoding="utf-8")
    assert others.main(["--size", "200", "--agree", "--keep", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Beancount and arledger read different books, on 1 accounts" in said.err
    assert amount[1] in said.err


def test_books_without_balances() -> None:
    """Programs that agree on nothing at all have read nothing."""
    with pytest.raises(compare.BenchmarkError, match="nothing to compare"):
        balances.agree({"one": {}, "other": {}})
    with pytest.raises(compare.BenchmarkError, match=r"one 1, other 0"):
        balances.agree({"one": {"A": Decimal(1)}, "other": {}})


def test_jobs_with_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cold jobs find an empty cache at each turn, warm ones what a question before has left."""
    books = others.write_books(tmp_path, 200)

    def answer(
        _name: str, command: Sequence[str], environment: dict[str, str] | None = None
    ) -> str:
        if environment is not None and others.CACHE in environment:
            revision = command[-2 if "diff" in command else -1].replace("~", "")
            Path(environment[others.CACHE], revision).touch()
        return "  --no-cache"

    monkeypatch.setattr(others, "answer", answer)
    (books.asked / "asked").touch()
    jobs = {job.name: job for job in (*others.jobs_of(books), *others.diffs_of(books))}
    for name in others.QUESTIONS:
        cold, warm = (jobs[f"arledger {name}, {how}"] for how in ("cold", "warm"))
        assert cold.command == (*warm.command, "--no-cache")
        assert (cold.folder, warm.folder) == (compare.Folder(books.turn), None)
        assert warm.environment == {others.CACHE: str(books.asked)}
    writing = jobs[f"{others.AGING_COLD}{others.WRITING}"]
    assert jobs[others.AGING_COLD].command == (*writing.command, "--no-cache")
    assert writing.folder == compare.Folder(books.turn)
    contents = {}
    for name in (others.DIFF, others.DIFF_CACHED):
        folder = jobs[name].folder
        assert folder is not None
        (folder.path / "left by the turn before").touch()
        folder.restore()
        contents[name] = {one.name for one in folder.path.iterdir()}
    both = Path(jobs[others.DIFF_WARM].environment[others.CACHE])
    contents[others.DIFF_WARM] = {one.name for one in both.iterdir()}
    assert contents == {
        others.DIFF: set(),
        others.DIFF_CACHED: {"HEAD1"},
        others.DIFF_WARM: {"HEAD1", "HEAD"},
    }


@pytest.mark.parametrize(
    ("size", "bounds"),
    [
        (99_999, [None] * 4),
        (100_000, [0.75, 0.5, 1.6, 1.2]),
        (1_000_000, [0.75, 0.15, 1.6, 1.2]),
    ],
)
def test_what_is_asked(size: int, bounds: list[float | None]) -> None:
    """The bounds by size: processor seconds, but of a diff the seconds on the clock."""
    names = [compare.CHECK, others.OUR_CHECK, "ledger bal", "hledger bal"]
    names += ["arledger aging, warm", others.DIFF, others.DIFF_CACHED, others.DIFF_WARM]
    found = {
        name: compare.Measured(
            compare.Job(name, ()),
            size,
            (compare.Turn(clock_seconds=1, processor_seconds=at, memory_bytes=1),),
        )
        for at, name in enumerate(names, 1)
    }
    ratios = {one.what: one for one in others.ratios_of(found)}
    assert [
        ratios[what].most
        for what in (
            f"{others.OUR_CHECK} ÷ {compare.CHECK}",
            "arledger aging, warm ÷ ledger bal",
            f"{others.DIFF} ÷ {others.OUR_CHECK}, on the clock",
            f"{others.DIFF_CACHED} ÷ {others.OUR_CHECK}, on the clock",
        )
    ] == bounds
    assert len([one for one in ratios.values() if one.most is not None]) in (0, 4)
    assert ratios["arledger aging, warm ÷ ledger bal"].least == 5 / 3
    assert ratios[f"{others.DIFF} ÷ {others.OUR_CHECK}"].median == 6 / 2
    assert ratios[f"{others.DIFF} ÷ {others.OUR_CHECK}, on the clock"].least == 1


def test_statements_to_match() -> None:
    """The generated statements are the same each time, and nearly all of their pairs are found."""
    given = statements.task(1000, 20)
    assert given == statements.task(1000, 20)
    result = matching.measure("small", given, 1)
    assert result.precision >= 0.99
    assert result.recall >= 0.95
    assert "| small | 1,000 |" in matching.markdown([result])


def test_fava_s_pages(capsys: pytest.CaptureFixture[str]) -> None:
    """Each page is measured, and at this size is far within its bounds."""
    pages = pytest.importorskip("benchmarks.fava_pages", reason="fava is not installed")
    assert pages.main(["1000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(pages.PAGES) + 2
