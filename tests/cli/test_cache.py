# SPDX-License-Identifier: GPL-2.0-or-later
"""Ledgers that are kept: the next answer is the same, and what has changed is loaded again."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from beancount.utils import encryption
from click.testing import Result

import arledger
from arledger import load
from arledger.cli import cache, common
from arledger.store import keeping, shelf
from arledger.store.encoding import NotStorableError
from arledger.store.restoring import text_of
from tests.cli.support import BOOK, HUADONG, NORTHWIND, invoke, spawn

DAY = ("--as-of", "2024-03-01")
QUESTION = ("--explain", *DAY)

# What BOOK hasn't: groups, a hold, instalments, transfers, reversals, advances that are used,
# a write-off, prices of several days, documents without a number, an error of Beancount's own.
RICH = """\
option "title" "Rich & Co <&>"
option "operating_currency" "CNY"
plugin "arledger.plugins.receivables"
2024-01-01 open Assets:Receivable:North:N1 CNY,EUR
  customer: "N1"
  name: "北方机械"
  group: "G"
  language: "zh-CN"
2024-01-01 open Assets:Receivable:North:N1:Bills CNY
  in-exposure: FALSE
2024-01-01 open Assets:Receivable:North:N1:Retention CNY
  conditional: TRUE
2024-01-01 open Assets:Receivable:South:S1 CNY
  customer: "S1"
  group: "G"
2024-01-01 open Liabilities:Advances:N1 CNY
  customer: "N1"
2024-01-01 open Liabilities:Advances:N1:PendingVAT CNY
2024-01-01 open Assets:Bank
2024-01-01 open Assets:Allowance
2024-01-01 open Income:Sales
2024-01-01 open Liabilities:VAT
2024-01-01 open Expenses:CreditLoss
2024-01-01 open Equity:Opening
2024-01-01 custom "payment-terms" Assets:Receivable "30% on receipt, rest net 60"
2024-01-01 custom "payment-terms" Assets:Receivable:South "net 30"
2024-01-01 custom "credit-limit" "N1" 5000.00 CNY
  approved-by: "Wang Min"
2024-03-01 custom "credit-limit" "N1" 9000.00 CNY
  until: 2024-04-30
2024-01-01 custom "group-credit-limit" "G" 6000.00 CNY
2024-02-20 custom "credit-hold" "S1" TRUE
2024-01-01 custom "aging-buckets" Assets:Receivable 30 60
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.003
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.016
2024-01-01 custom "loss-rate" Assets:Receivable "31-60" 0.036
2024-01-01 custom "loss-rate" Assets:Receivable "61+" 0.2
2024-03-05 custom "specific-allowance" "S1" 100.00 CNY
  invoice: "INV-S2"
  reason: "in dispute"
2024-01-01 price EUR 7.80 CNY
2024-03-01 price EUR 7.85 CNY
2024-01-02 * "Opening" #opening
  Assets:Receivable:North:N1   200.00 CNY
    invoice: "INV-0"
    invoice-date: 2023-11-07
    due: 2024-01-06
  Equity:Opening
2024-01-03 * "Paid ahead" ^ADV-1
  contract: "C-1"
  deliver-by: 2024-02-01
  Assets:Bank                              1130.00 CNY
  Liabilities:Advances:N1                 -1000.00 CNY
  Liabilities:Advances:N1:PendingVAT       -130.00 CNY
2024-01-10 * "北方" "In instalments" ^INV-N1
  contract: "C-1"
  Assets:Receivable:North:N1               3000.00 CNY
  Income:Sales
2024-01-11 * "In euro" ^INV-E
  Assets:Receivable:North:N1                100.00 EUR
    due: 2024-02-01
  Income:Sales                             -100.00 EUR
2024-01-12 * "Without a number"
  Assets:Receivable:South:S1                 70.00 CNY
  Income:Sales
2024-01-12 * "Without a number"
  Assets:Receivable:South:S1                 70.00 CNY
  Income:Sales
2024-01-15 * "For whatever" ^RCP-1
  Assets:Bank                               100.00 CNY
  Assets:Receivable:South:S1
2024-02-01 * "The advance is used"
  Liabilities:Advances:N1                   500.00 CNY
    advance: "ADV-1"
  Liabilities:Advances:N1:PendingVAT         65.00 CNY
    advance: "ADV-1"
  Assets:Receivable:North:N1               -565.00 CNY
    invoice: "INV-N1"
2024-02-05 * "A bill" ^INV-N1
  Assets:Receivable:North:N1:Bills         1000.00 CNY
    invoice: "INV-N1"
    due: 2024-06-05
  Assets:Receivable:North:N1              -1000.00 CNY
    invoice: "INV-N1"
2024-02-25 * "During the hold" ^INV-S2
  credit-waiver: "Wang Min"
  waiver-until: 2024-03-31
  Assets:Receivable:South:S1                400.00 CNY
  Income:Sales
2024-03-02 * "Bounced"
  Assets:Receivable:South:S1                100.00 CNY
    reverses: "RCP-1"
  Assets:Bank
2024-03-03 * "Charge" #allowance
  Expenses:CreditLoss                        50.00 CNY
  Assets:Allowance
2024-03-04 * "Lost" #write-off
  Assets:Allowance                           20.00 CNY
  Assets:Receivable:North:N1                -20.00 CNY
    invoice: "INV-0"
2024-03-09 balance Assets:Bank 5.00 CNY
"""


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is kept, of this test alone; it comes into being when it is needed."""
    found = tmp_path_factory.mktemp("user") / "cache" / "arledger"
    monkeypatch.setenv("ARLEDGER_CACHE_DIR", str(found))
    return found


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ledgers that are loaded, in order."""
    found: list[str] = []
    really = load.load

    def counted(path: str, *more: Any, **how: Any) -> load.Ledger:
        found.append(str(path))
        return really(path, *more, **how)

    monkeypatch.setattr(load, "load", counted)
    return found


def kept(folder: Path) -> list[Path]:
    """Everything in the folder."""
    return sorted(folder.iterdir()) if folder.exists() else []


def told(done: Result) -> tuple[int, str, str]:
    """All that a call says."""
    return done.exit_code, done.stdout, done.stderr


def right(command: str, *arguments: str | Path) -> tuple[int, str, str]:
    """What a call says that neither uses what was kept nor keeps anything."""
    return told(invoke(command, *arguments, "--no-cache"))


def from_cache(command: str, *arguments: str | Path) -> tuple[int, str, str]:
    """What a call says that can't load anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "load", _not_again)
        return told(invoke(command, *arguments))


def _not_again(*_: object, **__: object) -> None:
    raise AssertionError("the ledger was loaded")


# The same answers.

FORMATS = ("table", "json", "csv")
COMMANDS: dict[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = {
    "open-items": (FORMATS, [(), ("--all",)]),
    "aging": (
        FORMATS,
        [
            ("--by", by, *more)
            for by in ("customer", "item", "account", "segment", "salesperson")
            for more in ((), ("--basis", "invoice"), ("--in", "EUR"))
        ],
    ),
    "credit": (FORMATS, [()]),
    "allowance": (FORMATS, [(), ("--entry",), ("--roll-forward", "2024-01-15")]),
    "advances": (FORMATS, [(), ("--all",)]),
    "statement": (
        ("text", "table", "html", "json", "csv"),
        [(), ("--from", "2024-01-12"), ("--letter",)],
    ),
}
LANGUAGES = ("en", "zh-CN", "zh-TW")
SAMPLE = 14


def questions(command: str, days: Sequence[str], customers: Sequence[str]) -> list[list[str]]:
    """Some of all the ways to ask, with each format and each day at least."""
    formats, extras = COMMANDS[command]
    ways = [
        ["--format", form, *explain, "--as-of", day, *customer, *extra, "--lang", lang]
        for form, explain, day, customer, extra, lang in product(
            formats,
            [(), ("--explain",)],
            days,
            [(), *(("--customer", one) for one in (*customers, "nobody"))],
            extras,
            LANGUAGES,
        )
    ]
    chosen = random.Random(f"{command} {customers}").sample(ways, SAMPLE)  # noqa: S311
    each = [["--format", form, "--as-of", day] for form in formats for day in days]
    return [*chosen, *each]


SMALL = ("2023-12-31", "2024-02-05", "2024-03-01", "2025-01-01")
LEDGERS: dict[str, tuple[str | Path, Sequence[str], Sequence[str]]] = {
    "book": (BOOK, SMALL, ("A1", "B2")),
    "rich": (RICH, SMALL, ("N1", "S1")),
    "huadong": (HUADONG, ("2024-12-31", "2025-06-30"), ("C001", "C002")),
    "northwind": (NORTHWIND, ("2024-12-31", "2025-06-30"), ("C001",)),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", LEDGERS)
def test_the_second_answer_is_the_first(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output, notes and status of every question, without loading the ledger."""
    text, days, customers = LEDGERS[name]
    path = text if isinstance(text, Path) else tmp_path / "ledger.beancount"
    if isinstance(text, str):
        path.write_text(text, encoding="utf-8")
    ledger = load.load(path)
    monkeypatch.setattr(load, "load", lambda *_, **__: ledger)
    assert invoke("aging", path).exit_code == 0
    # Agreed balances are asked of the ledger itself.
    agreed = command == "statement" and bool(ledger.subledger.books.statements)
    ask_again = (lambda *words: told(invoke(*words))) if agreed else from_cache
    for way in questions(command, days, customers):
        assert ask_again(command, path, *way) == right(command, path, *way), way


def test_it_came_from_what_was_kept(book: Path, folder: Path, loads: list[str]) -> None:
    """One load for many questions, and one file."""
    for command in COMMANDS:
        assert invoke(command, book, *DAY).exit_code == 0
    assert loads == [str(book)]
    assert len(kept(folder)) == 1


def test_without_the_cache(
    book: Path, folder: Path, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is looked for, and nothing is written."""
    invoke("aging", book, *DAY)
    before = [(path, path.lstat()) for path in (folder, *kept(folder))]
    for name in ("find", "before", "keep", "folder"):
        monkeypatch.setattr(cache, name, _not_again)
    assert invoke("aging", book, *DAY, "--no-cache").exit_code == 0
    assert len(loads) == 2
    assert [(path, path.lstat()) for path in (folder, *kept(folder))] == before


def test_nothing_is_made_where_nothing_is_to_be_kept(book: Path, folder: Path) -> None:
    """Nor is the folder."""
    assert invoke("aging", book, *DAY, "--no-cache").exit_code == 0
    assert not folder.exists()


def test_other_commands_load(book: Path, folder: Path) -> None:
    """A check looks at all that a ledger says."""
    assert invoke("check", book, "--fail-on", "never").exit_code == 0
    assert kept(folder) == []


# What has changed is loaded again.

INVOICE = """
2024-02-20 * "Another" ^INV-77
  Assets:Receivable:A1     77.00 EUR
  Income:Sales
"""


@pytest.fixture
def several(book: Path) -> Path:
    """A ledger of several files: one is named, and others fit a pattern."""
    book.with_name("more").mkdir()
    book.with_name("named.beancount").write_text(INVOICE, encoding="utf-8")
    book.with_name("more").joinpath("a.beancount").write_text(
        INVOICE.replace("77", "78"), encoding="utf-8"
    )
    includes = 'include "named.beancount"\ninclude "more/**/*.beancount"\n'
    book.write_text(includes + BOOK, encoding="utf-8")
    assert invoke("aging", book, *QUESTION).exit_code == 0
    assert from_cache("aging", book, *QUESTION) == right("aging", book, *QUESTION)
    return book


def _append(name: str) -> Callable[[Path], None]:
    def change(top: Path) -> None:
        path = top.with_name("x").parent / name
        path.write_text(path.read_text("utf-8") + INVOICE.replace("77", "90"), encoding="utf-8")

    return change


def _same_size_and_age(top: Path) -> None:
    path = top.with_name("named.beancount")
    before = path.stat()
    path.write_text(INVOICE.replace("77.00", "76.99"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def _new_one(top: Path) -> None:
    path = top.parent / "more" / "deeper" / "b.beancount"
    path.parent.mkdir()
    path.write_text(INVOICE.replace("77", "91"), encoding="utf-8")


def _removed(top: Path) -> None:
    _new_one(top)
    assert invoke("aging", top, *QUESTION).exit_code == 0
    (top.parent / "more" / "a.beancount").unlink()


def _swapped(top: Path) -> None:
    named, other = top.with_name("named.beancount"), top.with_name("other")
    other.write_text(INVOICE.replace("77", "92"), encoding="utf-8")
    named.unlink()
    named.symlink_to(other)


def _include_gone(top: Path) -> None:
    top.write_text(BOOK, encoding="utf-8")


def _broken(top: Path) -> None:
    top.with_name("named.beancount").write_text("2024-01-01 nonsense\n", encoding="utf-8")


def _gone(top: Path) -> None:
    top.with_name("named.beancount").unlink()


def _a_folder(top: Path) -> None:
    _gone(top)
    top.with_name("named.beancount").mkdir()


CHANGES = {
    "the top file": _append("ledger.beancount"),
    "an included one": _append("named.beancount"),
    "one that fits a pattern": _append("more/a.beancount"),
    "same size, same age": _same_size_and_age,
    "a new one": _new_one,
    "one fewer": _removed,
    "a link instead": _swapped,
    "not included any more": _include_gone,
    "broken": _broken,
    "missing": _gone,
    "a folder": _a_folder,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_counts(several: Path, change: Callable[[Path], None], loads: list[str]) -> None:
    """In whatever file: the answer is that of the files as they are."""
    before = right("aging", several, *QUESTION)
    change(several)
    loads.clear()
    after = told(invoke("aging", several, *QUESTION))
    assert loads == [str(several)]
    assert after == right("aging", several, *QUESTION)
    assert after != before


def test_back_and_forth(book: Path, loads: list[str]) -> None:
    """What was so before isn't so now."""
    answers = []
    for text in (BOOK, BOOK + INVOICE, BOOK, BOOK + INVOICE):
        book.write_text(text, encoding="utf-8")
        answers.append(told(invoke("aging", book, *DAY)))
    assert answers[0] == answers[2] != answers[1] == answers[3]
    assert len(loads) == 4


def test_a_document_that_comes_and_goes(book: Path) -> None:
    """Beancount has an error where it is missing, which a note tells."""
    book.write_text(BOOK + '2024-01-05 document Assets:Bank "paper.pdf"\n', encoding="utf-8")
    paper = book.with_name("paper.pdf")
    for there in (False, True, False):
        paper.write_text("x", encoding="utf-8") if there else paper.unlink(missing_ok=True)
        for ask in (lambda *words: told(invoke(*words)), from_cache):
            found = ask("aging", book, *DAY)
            assert found == right("aging", book, *DAY)
            assert ("Beancount's own errors: 1" in found[2]) is not there


@pytest.mark.parametrize("at", range(6))
def test_other_programs(at: int, book: Path, loads: list[str]) -> None:
    """Another arledger, Beancount or Python, or sources that were changed, count for themselves."""
    invoke("aging", book, *DAY)
    now = cache.surroundings()
    assert len(now) == 6
    now[at] += "x"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "surroundings", lambda: now)
        invoke("aging", book, *DAY)
        assert len(loads) == 2
        invoke("aging", book, *DAY)
        assert len(loads) == 2
    invoke("aging", book, *DAY)
    assert len(loads) == 3


def test_our_own_files_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout a module changes without a new version."""
    module = tmp_path / "below" / "one.py"
    module.parent.mkdir()
    module.write_text("1", encoding="utf-8")
    monkeypatch.setattr(arledger, "__path__", [str(tmp_path)])
    before = cache.surroundings()
    module.write_text("22", encoding="utf-8")
    assert cache.surroundings() != before


# What is not kept.


def test_what_changes_while_it_is_loaded_is_not_kept(
    several: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what was changed and is as before when the load has ended."""
    shutil.rmtree(folder)
    really, named = load.load, several.with_name("named.beancount")
    paper = several.with_name("paper.pdf")
    several.write_text(
        several.read_text("utf-8") + '2024-01-05 document Assets:Bank "paper.pdf"\n',
        encoding="utf-8",
    )

    def after(*words: Any, **how: Any) -> load.Ledger:
        found = really(*words, **how)
        named.write_text(INVOICE + INVOICE.replace("77", "79"), encoding="utf-8")
        return found

    def meanwhile(*words: Any, **how: Any) -> load.Ledger:
        text = named.read_text("utf-8")
        named.write_text(INVOICE.replace("77", "80"), encoding="utf-8")
        found = really(*words, **how)
        named.write_text(text, encoding="utf-8")
        return found

    def one_more(*words: Any, **how: Any) -> load.Ledger:
        found = really(*words, **how)
        several.parent.joinpath("more", "z.beancount").write_text("", encoding="utf-8")
        return found

    def document(*words: Any, **how: Any) -> load.Ledger:
        found = really(*words, **how)
        paper.write_text("x", encoding="utf-8")
        return found

    for loading in (after, meanwhile, one_more, document):
        monkeypatch.setattr(load, "load", loading)
        assert invoke("aging", several, *DAY).exit_code == 0
        assert kept(folder) == [], loading.__name__
    monkeypatch.setattr(load, "load", really)
    invoke("aging", several, *DAY)
    assert from_cache("aging", several, *QUESTION) == right("aging", several, *QUESTION)


FOREIGN = {
    "an error of syntax": "2024-01-01 nonsense\n",
    "documents": 'option "documents" "papers"\n',
    "a module beside it": 'option "insert_pythonpath" "TRUE"\n',
    "somebody's plugin": 'plugin "tests.cli.support"\n',
    "a file that is missing": 'include "nowhere.beancount"\n',
}


@pytest.mark.parametrize("line", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_kept(line: str, book: Path, folder: Path, loads: list[str]) -> None:
    """What depends on more than its files and the programs, and what isn't whole."""
    book.with_name("papers").mkdir()
    book.write_text(line + BOOK, encoding="utf-8")
    first, second = (told(invoke("aging", book, *DAY)) for _ in range(2))
    assert first == second == right("aging", book, *DAY)
    assert len(loads) == 3
    assert kept(folder) == []


def test_an_encrypted_one_is_not_kept(
    book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody encrypts is not to lie about in plain text."""

    def read(name: str) -> str:
        return Path(name).read_text("utf-8")

    monkeypatch.setattr(encryption, "read_encrypted_file", read)
    top = book.rename(book.with_name("ledger.beancount.gpg"))
    assert invoke("aging", top, *DAY).exit_code == 0
    outer = book.with_name("outer.beancount")
    outer.write_text(f'include "{top.name}"\n', encoding="utf-8")
    invoke("aging", outer, *DAY)
    assert kept(folder) == []


def test_what_cannot_be_stored_is_not_kept(
    book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason: the answer has been given."""
    for error in (NotStorableError("x"), TypeError("x"), MemoryError(), RecursionError()):
        monkeypatch.setattr(keeping, "store", _raising(error))
        assert told(invoke("aging", book, *DAY)) == right("aging", book, *DAY)
        assert kept(folder) == []


def _raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


# Which ledger it is.


@pytest.mark.parametrize(
    "name", ["with spaces", "账簿", "new\nline", "50%25 off?", "a#b?mode=rw&x", "~", "-x", "*[a]"]
)
def test_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the ledger, and of the folder in which ledgers are kept."""
    monkeypatch.setenv("ARLEDGER_CACHE_DIR", str(tmp_path / "cache" / name))
    path = tmp_path / name / f"{name}.beancount"
    path.parent.mkdir()
    path.write_text(BOOK, encoding="utf-8")
    assert invoke("aging", path, *QUESTION).exit_code == 0
    assert len(kept(tmp_path / "cache" / name)) == 1
    assert from_cache("aging", path, *QUESTION) == right("aging", path, *QUESTION)


def test_the_same_by_another_name(book: Path, loads: list[str]) -> None:
    """A path from here is the path from the root; a link is a name of its own, told as it is."""
    invoke("aging", book, *QUESTION)
    for same in (book.name, f"./{book.name}", f"../{book.parent.name}/{book.name}"):
        assert from_cache("aging", same, *QUESTION) == right("aging", same, *QUESTION)
    link = book.with_name("link.beancount")
    link.symlink_to(book)
    loads.clear()
    assert told(invoke("aging", link, *QUESTION)) == right("aging", link, *QUESTION)
    assert str(link) in loads
    assert from_cache("aging", link, *QUESTION) == right("aging", link, *QUESTION)
    other = book.with_name("other.beancount")
    other.write_text(BOOK + INVOICE, encoding="utf-8")
    link.unlink()
    link.symlink_to(other)
    assert told(invoke("aging", link, *QUESTION)) == right("aging", link, *QUESTION)
    assert "1,077.00" in right("aging", link, *QUESTION)[1]


def test_two_ledgers_of_the_same_text(book: Path, folder: Path) -> None:
    """Each tells its own files; what is kept of one says nothing of the other."""
    other = book.with_name("other.beancount")
    shutil.copy(book, other)
    for path in (book, other):
        invoke("aging", path, *QUESTION)
    assert len(kept(folder)) == 2
    for path in (book, other):
        found = from_cache("aging", path, *QUESTION)
        assert found == right("aging", path, *QUESTION)
        assert path.name in found[1]


def test_one_under_the_name_of_another(book: Path, folder: Path, loads: list[str]) -> None:
    """Somebody has renamed what was kept: it isn't believed."""
    invoke("aging", book, *DAY)
    other = book.with_name("other.beancount")
    other.write_text(BOOK + INVOICE, encoding="utf-8")
    key = cache.Key.of(str(other), None)
    assert key is not None
    (mine,) = kept(folder)
    mine.rename(folder / f"{key.name}.{mine.name.split('.')[1]}.sqlite")
    assert told(invoke("aging", other, *DAY)) == right("aging", other, *DAY)
    assert loads[1] == str(other)


def test_never_over_the_ledger(several: Path) -> None:
    """The files of a ledger are known without loading it."""
    for name in ("ledger.beancount", "named.beancount", "more/a.beancount"):
        path = several.parent / name
        before = path.read_bytes()
        status, stdout, stderr = from_cache("aging", several, "--output", path, "--force")
        assert (status, stdout) == (2, "")
        assert "is a file of the ledger itself" in stderr
        assert path.read_bytes() == before


def test_at_a_revision(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept by what git calls the files: for each revision that has the same, named as before."""
    where = tmp_path / "books"
    where.mkdir()
    (where / "main.beancount").write_text(RICH + 'include "more.beancount"\n', encoding="utf-8")
    (where / "more.beancount").write_text(
        '2024-01-05 document Assets:Bank "paper"\n', encoding="utf-8"
    )
    (where / "paper").write_text("x", encoding="utf-8")

    def git(*words: str) -> None:
        who = ("-c", "user.name=Li Wei", "-c", "user.email=li@example.org")
        subprocess.run(["git", *who, *words], cwd=where, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("commit", "-q", "--allow-empty", "-m", "two")
    monkeypatch.chdir(where)
    question = ("open-items", "main.beancount", "--all", *QUESTION)
    expected = told(invoke(*question, "--at", "HEAD", "--no-cache"))
    assert expected[0] == 0
    assert "HEAD:main.beancount:" in expected[1]
    assert kept(folder) == []
    assert told(invoke(*question, "--at", "HEAD")) == expected
    (path,) = kept(folder)
    assert str(tmp_path).encode() not in path.read_bytes()
    os.utime(path, (0, 0))
    before = expected[1].replace("HEAD:", "HEAD~1:").replace("at HEAD ", "at HEAD~1 ")
    assert told(invoke(*question, "--at", "HEAD~1"))[1] == before
    assert kept(folder) == [path]
    assert path.stat().st_mtime > 0, "what is used is marked as used"


@pytest.mark.parametrize("inside", [True, False])
def test_findings_about_a_document_elsewhere(inside: bool, book: Path) -> None:  # noqa: FBT001
    """A signed document that isn't among the files of a tree may change while the tree doesn't."""
    document = "signed.pdf" if inside else "../signed.pdf"
    book.write_text(
        BOOK + f'2024-03-01 custom "statement" "A1" 1.00 EUR\n  document: "{document}"\n',
        encoding="utf-8",
    )
    key = cache.Key("0" * 32, str(book.parent))
    was = cache.before(key, str(book))
    assert was is not None
    cache.keep(key, load.load(book), was, lambda: {"findings": []})
    found = cache.find(key)
    assert found is not None
    assert text_of(found, "findings") == ([] if inside else None)


def test_the_folder_of_a_tree_in_a_text(book: Path, folder: Path) -> None:
    """What stands for the folder is a text that hardly anybody writes; who does isn't misread."""
    book.write_text(BOOK.replace('"Small Trade"', f'"{keeping.ROOT_MARK}"'), encoding="utf-8")
    key = cache.Key("0" * 32, str(book.parent))
    was = cache.before(key, str(book))
    assert was is not None
    cache.keep(key, load.load(book), was)
    assert kept(folder) == []


# Where it is kept.


def test_nobody_else_can_read_it(book: Path, folder: Path) -> None:
    """Neither the folder nor its files, whatever is usual for new ones."""
    before = os.umask(0)
    try:
        invoke("aging", book, *DAY)
    finally:
        os.umask(before)
    (path,) = kept(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_that_others_can_write_to(mode: int, book: Path, folder: Path) -> None:
    """What lies there may be anybody's: it isn't used."""
    folder.mkdir(parents=True)
    folder.chmod(mode)
    assert told(invoke("aging", book, *DAY)) == right("aging", book, *DAY)
    assert kept(folder) == []
    folder.chmod(0o700)
    invoke("aging", book, *DAY)
    assert from_cache("aging", book, *DAY)[0] == 0
    folder.chmod(mode)
    assert from_cache("aging", book, *DAY)[0] == 3


def test_a_file_that_others_can_write_to(book: Path, folder: Path, loads: list[str]) -> None:
    """Nor is such a file, nor a link."""
    invoke("aging", book, *DAY)
    (path,) = kept(folder)
    path.chmod(0o666)
    invoke("aging", book, *DAY)
    assert len(loads) == 2
    (path,) = kept(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.symlink_to(path.rename(folder.parent / "elsewhere"))
    invoke("aging", book, *DAY)
    assert len(loads) == 3


def test_a_folder_of_somebody_else(
    book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It isn't used, either."""
    folder.mkdir(parents=True)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert told(invoke("aging", book, *DAY)) == right("aging", book, *DAY)
    assert kept(folder) == []


def test_the_folder_is_a_link(book: Path, folder: Path, tmp_path: Path) -> None:
    """Nobody knows who may lead it elsewhere."""
    folder.parent.mkdir()
    folder.symlink_to(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert told(invoke("aging", book, *DAY)) == right("aging", book, *DAY)
    assert sorted(tmp_path.iterdir()) == before


def test_where_it_is(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: list[str]
) -> None:
    """As the system has it, unless the environment says otherwise; from here, if it says so."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("ARLEDGER_CACHE_DIR")
    assert cache.folder().name == "arledger"
    monkeypatch.setenv("ARLEDGER_CACHE_DIR", "here/and there")
    invoke("aging", book, *DAY)
    assert len(kept(tmp_path / "here" / "and there")) == 1
    invoke("aging", book, *DAY)
    assert len(loads) == 1
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ARLEDGER_CACHE_DIR", "~/mine")
    assert cache.folder() == tmp_path / "mine"


def test_nobody_has_no_home(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: list[str]
) -> None:
    """No folder called `~` comes into being."""
    pwd = pytest.importorskip("pwd")
    for name in ("ARLEDGER_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", _raising(KeyError("uid not found")))
    before = sorted(tmp_path.iterdir())
    for _ in range(2):
        assert invoke("aging", book, *DAY).exit_code == 0
    # As older versions of platformdirs have it.
    nowhere = Path("~/.cache/arledger")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: nowhere)
    for _ in range(2):
        assert invoke("aging", book, *DAY).exit_code == 0
    assert len(loads) == 4
    assert sorted(tmp_path.iterdir()) == before


def _ledgers(book: Path, count: int) -> list[Path]:
    found = []
    for number in range(count):
        path = book.with_name(f"{number}.beancount")
        path.write_text(BOOK, encoding="utf-8")
        found.append(path)
    return found


@pytest.mark.parametrize("limit", ["files", "bytes", "days"])
def test_old_ones_make_room(
    limit: str, book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody has asked for longest goes; a file of somebody else's stays."""
    ledgers = _ledgers(book, 4)
    monkeypatch.setattr(cache, "DAYS_MAX", 1e6)
    folder.mkdir(parents=True, mode=0o700)
    foreign = [folder / "family.sqlite", folder / "notes.txt", folder / f"{'g' * 32}.0.sqlite"]
    for path in foreign:
        path.write_text("precious", encoding="utf-8")
        os.utime(path, (0, 0))
    for number, ledger in enumerate(ledgers[:3]):
        invoke("aging", ledger, *DAY)
        for path in set(kept(folder)) - set(foreign):
            if path.stat().st_mtime > 1e9:
                os.utime(path, (number + 1, number + 1))
    size = max(path.stat().st_size for path in kept(folder))
    now = time.time()
    monkeypatch.setattr(cache, "FILES_MAX", 3 if limit == "files" else 99)
    monkeypatch.setattr(cache, "BYTES_MAX", size * 3 + size // 2 if limit == "bytes" else 1 << 30)
    monkeypatch.setattr(cache, "DAYS_MAX", (now - 2.5) / 86400 if limit == "days" else 1e6)
    assert from_cache("aging", ledgers[0], *DAY)[0] == 0, "what is asked for is young again"
    invoke("aging", ledgers[3], *DAY)
    still = {name: from_cache("aging", ledgers[name], *DAY)[0] == 0 for name in range(4)}
    assert still == {0: True, 1: False, 2: True, 3: True}
    assert all(path.read_text("utf-8") == "precious" for path in foreign)


def test_a_large_one_alone(book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one stays, however large."""
    monkeypatch.setattr(cache, "BYTES_MAX", 1)
    for ledger in _ledgers(book, 3):
        invoke("aging", ledger, *DAY)
        assert len(kept(folder)) == 1
        assert from_cache("aging", ledger, *DAY)[0] == 0


def test_more_customers_than_a_question_may_name(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has a limit; the answer is the same beyond."""
    invoke("aging", book, *DAY)
    really = cache._opened

    def opened(path: Path) -> sqlite3.Connection:
        connection = really(path)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 2)
        return connection

    monkeypatch.setattr(cache, "_opened", opened)
    monkeypatch.setattr(shelf, "POOLS_MAX", 2)
    question = ("statement", book, *QUESTION, "--customer", "A1", "--customer", "B2")
    assert from_cache(*question) == right(*question)


# How a call ends.


def test_interrupted_while_it_is_kept(
    book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is out already; nothing half is left."""
    monkeypatch.setattr(cache, "_with_checksum", _raising(KeyboardInterrupt()))
    done = invoke("aging", book, *DAY)
    assert done.exit_code == 130
    assert done.stdout == right("aging", book, *DAY)[1]
    assert kept(folder) == []


def test_interrupted_before_the_answer(
    book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for what nobody wants any more."""
    with monkeypatch.context() as patch:
        patch.setattr(common, "deliver", _raising(KeyboardInterrupt()))
        assert invoke("aging", book, *DAY).exit_code == 130
    assert not folder.exists()


def test_a_refusal_keeps_the_ledger(book: Path) -> None:
    """It was loaded: the next question, with the name spelled right, is quick."""
    assert invoke("aging", book, "--customer", "A").exit_code == 2
    assert from_cache("aging", book, *DAY) == right("aging", book, *DAY)


def test_nobody_listens(book: Path, folder: Path) -> None:
    """A closed stdout, and a reader who goes away: as without the cache."""
    closed = [
        spawn("aging", book, *DAY, preexec_fn=lambda: os.close(1), stdout=None, **how)
        for how in ({"capture_output": False, "stderr": subprocess.PIPE},)
        for _ in range(2)
    ]
    assert [one.returncode for one in closed] == [2, 2]
    assert closed[0].stderr == closed[1].stderr
    assert len(kept(folder)) == 1
