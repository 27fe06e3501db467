# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of a ledger is damaged, forged, half written, or can't be: the answer is right."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from arledger import load
from arledger.cli import atomic, cache
from tests.cli.faults import at_once, killed_at_every_step, only_to_read, small_disk
from tests.cli.support import BOOK, invoke
from tests.cli.test_cache import (
    COMMANDS,
    DAY,
    INVOICE,
    QUESTION,
    RICH,
    folder,
    from_cache,
    kept,
    loads,
    right,
    told,
)

__all__ = ["folder", "loads"]

PAGE = 4096


@pytest.fixture
def one(book: Path, folder: Path, loads: list[str]) -> Path:
    """A ledger that is kept: its file in the folder."""
    assert invoke("aging", book, *QUESTION).exit_code == 0
    (found,) = kept(folder)
    loads.clear()
    return found


def answers_and_rebuilds(book: Path, folder: Path, loads: list[str]) -> None:
    """The answer is that of the ledger, and so is the next one, which comes from the cache."""
    assert told(invoke("aging", book, *QUESTION)) == right("aging", book, *QUESTION)
    assert loads == [str(book)] * 2
    assert from_cache("aging", book, *QUESTION) == right("aging", book, *QUESTION)
    assert len(kept(folder)) == 1


# Damage.


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:PAGE])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("2024-01-01 open Assets:Bank\n", encoding="utf-8")


def _another(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE texts (name TEXT, value TEXT)")


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (_truncated, _empty, _text, _another, _longer)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file(
    damage: Callable[[Path], None], one: Path, book: Path, folder: Path, loads: list[str]
) -> None:
    """It isn't believed, and is made anew."""
    damage(one)
    answers_and_rebuilds(book, folder, loads)


def test_a_folder_under_its_name(one: Path, book: Path) -> None:
    """The answer comes all the same."""
    _unreadable(one)
    assert told(invoke("aging", book, *QUESTION)) == right("aging", book, *QUESTION)


def test_a_bit_anywhere(one: Path, book: Path, folder: Path, loads: list[str]) -> None:
    """One that is turned round is enough not to believe the rest."""
    whole, chance = one.read_bytes(), random.Random(1)  # noqa: S311
    for _ in range(25):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        one.write_bytes(content)
        loads.clear()
        answers_and_rebuilds(book, folder, loads)


# Forgery: the checksum is right.


def forge(path: Path, change: Callable[[sqlite3.Connection], object]) -> Path:
    """Change what a file holds, and name it as if that had been written."""
    with closing(sqlite3.connect(path)) as connection:
        change(connection)
        connection.commit()
    return _named_right(path)


def _named_right(path: Path) -> Path:
    name = path.name.split(".")[0]
    return path.rename(path.with_name(f"{name}.{zlib.crc32(path.read_bytes()):08x}.sqlite"))


def _sql(*statements: str) -> Callable[[sqlite3.Connection], object]:
    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return change


NONSENSE = ("x", "5", "null", '{"a": 1}', "[[[[]]]]", "[[1, 2]]", "[" * 20_000)
TEXTS = (
    "inputs",
    "ledger",
    "directives",
    "prices",
    "waivers",
    "allowances",
    "advances",
    "advance-movements",
    "files",
)
COLUMNS = (
    *("pool = 99", "date = 'x'", "posted = 0", "due = 99999999", "amount = 'x'"),
    *("kind = 'x'", "applied = 'x'", "applied = '5'", "open = 'x'", "changed = 'x'"),
    *("file = 99", "line = x'00ff'", "number = x'ff'", "payee = x'ff'"),
)
FORGERIES = {
    **{f"no {name}": _sql(f"DROP TABLE {name}") for name in ("texts", "pools", "items", "credits")},
    "no table": _sql(*(f"DROP TABLE {name}" for name in ("texts", "pools", "items", "credits"))),
    "no text": _sql("DELETE FROM texts WHERE name <> 'inputs'"),
    "fewer columns": _sql("ALTER TABLE items DROP COLUMN narration"),
    "another table": _sql(
        "DROP TABLE items",
        "CREATE TABLE items (id, pool, posted, number, open, changed)",
        "INSERT INTO items VALUES (0, 0, 1, 'x', '5', 1)",
    ),
    "a view": _sql(
        "ALTER TABLE items RENAME TO x", "CREATE VIEW items AS SELECT load_extension(1)"
    ),
    **{
        f"{table} {column}": _sql(f"UPDATE {table} SET {column}")  # noqa: S608 - made up here
        for table in ("items", "credits")
        for column in COLUMNS
    },
    "applied": _sql("UPDATE items SET applied = '[[1]]'"),
    "applied to what isn't there": _sql("UPDATE items SET applied = '[[1,1,1,99,\"x\",1]]'"),
    "taken": _sql("UPDATE credits SET taken = '[[1]]'"),
    "origin": _sql("UPDATE items SET origin = 99"),
}


@pytest.fixture
def rich(book: Path, folder: Path, loads: list[str]) -> Path:
    """The file of a ledger that has something in each table and each text."""
    book.write_text(RICH, encoding="utf-8")
    assert invoke("aging", book, *QUESTION).exit_code == 0
    (found,) = kept(folder)
    loads.clear()
    return found


ASKED = [
    ("open-items", "--all", "--explain"),
    ("aging", "--by", "item"),
    ("credit", "--explain"),
    ("allowance", "--roll-forward", "2024-01-15"),
    ("advances", "--all", "--explain"),
    ("statement", "--customer", "N1", "--explain"),
]


@pytest.fixture
def answers(book: Path, rich: Path) -> dict[tuple[str, ...], tuple[int, str, str]]:
    """What is right."""
    assert rich.exists()
    assert {command for command, *_ in ASKED} == set(COMMANDS)
    return {asked: right(asked[0], book, *asked[1:], *DAY) for asked in ASKED}


Answers = dict[tuple[str, ...], tuple[int, str, str]]


def survives(book: Path, rich: Path, answers: Answers, change: Callable[[Path], object]) -> None:
    """Every question is answered from the ledger where what is kept makes no sense."""
    content = rich.read_bytes()
    for asked, expected in answers.items():
        change(rich)
        assert told(invoke(asked[0], book, *asked[1:], *DAY)) == expected, asked
        # Whatever was of no use is mended; the next question finds it so.
        assert told(invoke(asked[0], book, *asked[1:], *DAY)) == expected, asked
        for path in kept(rich.parent):
            path.unlink()
        rich.write_bytes(content)
        rich.chmod(0o600)


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_database(
    change: Callable[[sqlite3.Connection], object], book: Path, rich: Path, answers: Answers
) -> None:
    """No traceback, no note twice: the command begins anew on the ledger."""
    survives(book, rich, answers, lambda path: forge(path, change))


@pytest.mark.parametrize("name", TEXTS)
def test_forged_texts(name: str, book: Path, rich: Path, answers: Answers) -> None:
    """JSON of another form, and what is no JSON."""
    for text in NONSENSE:
        change = _sql(f"UPDATE texts SET value = '{text}' WHERE name = '{name}'")  # noqa: S608
        survives(book, rich, answers, partial(forge, change=change))


def test_a_text_under_the_right_checksum(book: Path, rich: Path, answers: Answers) -> None:
    """It is no database at all."""

    def change(path: Path) -> None:
        path.write_text("not a database, but long enough to be one\n" * 99, encoding="utf-8")
        _named_right(path)

    survives(book, rich, answers, change)


@pytest.mark.parametrize(
    "change",
    [
        _sql("UPDATE items SET amount = 'x'", "DELETE FROM texts WHERE name = 'digests'"),
        _sql("UPDATE texts SET value = '5' WHERE name IN ('digests', 'findings')"),
    ],
)
def test_a_forged_revision(
    change: Callable[[sqlite3.Connection], object], book: Path, folder: Path
) -> None:
    """The processes that `diff` asks do without it, too, and mend it."""

    def git(*words: str) -> None:
        who = ("-c", "user.name=Li Wei", "-c", "user.email=li@example.org")
        subprocess.run(["git", *who, *words], cwd=book.parent, check=True, capture_output=True)

    git("init", "-q")
    for text in (RICH, RICH.replace("400.00", "500.00")):
        book.write_text(text, encoding="utf-8")
        git("add", "-A")
        git("commit", "-q", "-m", "work")
    question = ("diff", book, "HEAD~1", "HEAD", "--format", "json", "--as-of", "2024-03-01")
    expected = right(*question)
    assert expected[0] == 0
    assert told(invoke(*question)) == expected
    invoke("diff", book, "HEAD", "HEAD")
    assert len(kept(folder)) == 2
    forged = [forge(path, change).name for path in kept(folder)]
    assert told(invoke(*question)) == expected
    assert not {path.name for path in kept(folder)} & set(forged)


def test_what_was_forged_is_replaced(book: Path, rich: Path, loads: list[str]) -> None:
    """So it doesn't cost two answers each time."""
    forge(rich, _sql("UPDATE items SET amount = 'x'"))
    invoke("open-items", book, *DAY)
    assert loads == [str(book)]
    invoke("open-items", book, *DAY)
    assert loads == [str(book)]


def test_an_error_of_our_own_stays_one(
    book: Path, one: Path, monkeypatch: pytest.MonkeyPatch, loads: list[str]
) -> None:
    """What the ledger itself can't answer is told as before, and is tried once more only."""
    assert one.exists()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("arledger.aging.aging", fail)
    done = invoke("aging", book, *DAY)
    assert done.exit_code == 3
    assert "internal error: ZeroDivisionError" in done.stderr
    assert loads == [str(book)]


# Writing.


@pytest.fixture
def rewriting(book: Path, folder: Path, one: Path) -> Iterator[Callable[[], None]]:
    """Something of the ledger is kept; what is written is another state of it."""
    before = folder.parent / "before"
    folder.rename(before)
    book.write_text(BOOK + INVOICE, encoding="utf-8")
    key = cache.Key.of(str(book), None)
    assert key is not None
    was = cache.before(key, str(book))
    assert was is not None
    ledger = load.load(book)
    shutil.copytree(before, folder)

    def keep() -> None:
        assert key is not None
        assert was is not None
        cache.keep(key, ledger, was)

    yield keep
    assert one.name not in {path.name for path in kept(folder)}


def whole(folder: Path, name: str) -> list[str]:
    """The files of the folder; each one that counts is whole."""
    found = []
    for path in kept(folder):
        if path.name.endswith(atomic.MARK):
            continue
        stem, checksum, suffix = path.name.split(".")
        assert (stem, suffix) == (name.partition(".")[0], "sqlite")
        assert f"{zlib.crc32(path.read_bytes()):08x}" == checksum
        found.append(path.name)
    return found


def test_killed_at_every_step(
    rewriting: Callable[[], None], one: Path, book: Path, folder: Path
) -> None:
    """The old file or the new one; what is half is hidden, and goes when it is an hour old."""
    before = shutil.copytree(folder, folder.parent / "old")
    seen = set()
    expected = right("aging", book, *QUESTION)
    for _ in killed_at_every_step(rewriting):
        found = whole(folder, one.name)
        assert found
        seen.add(one.name in found)
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
    assert seen == {True, False}
    rewriting()
    assert from_cache("aging", book, *QUESTION) == expected


def test_killed_within_the_database(
    rewriting: Callable[[], None], one: Path, book: Path, folder: Path
) -> None:
    """At each page that is written: the system ends the process at that size of the file."""

    def at(size: int) -> Callable[[], None]:
        def run() -> None:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            rewriting()

        return run

    size, ended = 0, [-1]
    while ended != [0]:
        ended = at_once(at(size))
        found = whole(folder, one.name)
        assert found
        assert (one.name in found) == (ended != [0])
        size += PAGE // 2
    left = [path for path in kept(folder) if path.name.endswith(atomic.MARK)]
    assert left, "what the killed ones have left"
    assert from_cache("aging", book, *QUESTION) == right("aging", book, *QUESTION)
    long_ago = time.time() - atomic.STALE_SECONDS - 1
    for path in left:
        os.utime(path, (long_ago, long_ago))
    other = book.with_name("other.beancount")
    other.write_text(BOOK, encoding="utf-8")
    invoke("aging", other, *DAY)
    assert not [path for path in kept(folder) if path.name.endswith(atomic.MARK)]


def _full_after(size: int, run: Callable[[], None]) -> Callable[[], None]:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        run()

    return limited


def test_a_full_disk_at_every_page(book: Path, folder: Path) -> None:
    """The answer is right, nothing is said, nothing is left."""
    expected = right("aging", book, *QUESTION)

    def ask() -> None:
        assert told(invoke("aging", book, *QUESTION)) == expected

    for size in range(0, 10 * PAGE, PAGE // 2):
        assert at_once(_full_after(size, ask)) == [0]
        assert kept(folder) == []


def test_a_disk_that_is_full(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: list[str]
) -> None:
    """A real one."""
    with small_disk(tmp_path / "disk", "16k") as disk:
        disk.chmod(0o700)
        monkeypatch.setenv("ARLEDGER_CACHE_DIR", str(disk))
        for _ in range(2):
            assert told(invoke("aging", book, *QUESTION)) == right("aging", book, *QUESTION)
        assert kept(disk) == []
        assert len(loads) == 4


def test_where_nothing_can_be_written(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that can only be read, and one below it that isn't there."""
    with only_to_read(tmp_path / "fixed") as fixed:
        for place in (fixed, fixed / "below"):
            monkeypatch.setenv("ARLEDGER_CACHE_DIR", str(place))
            assert told(invoke("aging", book, *QUESTION)) == right("aging", book, *QUESTION)
            assert kept(fixed) == []


def test_what_can_only_be_read_is_used(
    one: Path, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache that somebody has put there, as continuous integration may."""
    assert one.exists()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    assert from_cache("aging", book, *QUESTION) == right("aging", book, *QUESTION)


def test_the_folder_is_a_file(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left as it is."""
    file = tmp_path / "file"
    file.write_text("precious", encoding="utf-8")
    for place in (file, file / "below"):
        monkeypatch.setenv("ARLEDGER_CACHE_DIR", str(place))
        assert told(invoke("aging", book, *QUESTION)) == right("aging", book, *QUESTION)
    assert file.read_text("utf-8") == "precious"


# At once.


def test_several_at_once(book: Path, folder: Path) -> None:
    """Each answers; what is kept in the end is whole and right."""
    expected = right("aging", book, *QUESTION)

    def ask() -> None:
        assert told(invoke("aging", book, *QUESTION)) == expected

    assert at_once(*[ask] * 4) == [0] * 4
    assert whole(folder, kept(folder)[0].name)
    assert from_cache("aging", book, *QUESTION) == expected


def test_reading_while_another_writes(one: Path, book: Path, folder: Path) -> None:
    """Whoever asks gets the answer of the ledger, however often what is kept is replaced."""
    expected = right("aging", book, *QUESTION)

    def ask() -> None:
        for _ in range(25):
            assert told(invoke("aging", book, *QUESTION)) == expected

    def replace() -> None:
        for _ in range(15):
            for path in folder.glob("*.sqlite"):
                path.unlink(missing_ok=True)
            assert told(invoke("aging", book, *QUESTION)) == expected

    assert at_once(ask, replace, ask, replace) == [0] * 4
    assert whole(folder, one.name)


def test_two_that_are_whole(one: Path, book: Path, loads: list[str]) -> None:
    """Two processes may leave one each: the one that is still true is found."""
    old = one.read_bytes(), one.name
    book.write_text(BOOK + INVOICE, encoding="utf-8")
    invoke("aging", book, *DAY)
    one.with_name(old[1]).write_bytes(old[0])
    one.with_name(old[1]).chmod(0o600)
    for text in (BOOK, BOOK + INVOICE):
        book.write_text(text, encoding="utf-8")
        assert from_cache("aging", book, *DAY) == right("aging", book, *DAY)
    assert len(loads) == 3
