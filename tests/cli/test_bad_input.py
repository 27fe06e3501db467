# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: one clear line or a right answer, never a traceback."""

from __future__ import annotations

import csv
import datetime as dt
import os
import pickle
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from beancount import loader

from arledger import load
from tests.cli.conftest import Write
from tests.cli.support import BOOK, ask, invoke, spawn

QUESTIONS = ("check", "open-items", "aging", "credit", "allowance", "advances", "statement")

HOSTILE = 'Eve \\"[red]x[/red]\u202e\u2066 =1+1\x1b[31m'


@pytest.mark.parametrize("command", QUESTIONS)
def test_no_such_file(command: str, tmp_path: Path) -> None:
    """One line, nothing on stdout, status 2."""
    done = invoke(command, tmp_path / "nowhere.beancount")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"arledger: {tmp_path}/nowhere.beancount: No such file or directory"
    ]


def test_unreadable(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the right to read: one line."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    done = invoke("aging", book)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"arledger: {book}: Permission denied\n"


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_folder(command: str, tmp_path: Path) -> None:
    """The top file is to be named."""
    done = invoke(command, tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is a folder; name the ledger's top file" in done.stderr


@pytest.mark.parametrize("command", QUESTIONS)
def test_not_utf8(command: str, tmp_path: Path) -> None:
    """With the line where it begins."""
    path = tmp_path / "gbk.beancount"
    path.write_bytes("; 第一行\n; 华东\n".encode("gb18030"))
    done = invoke(command, path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"arledger: {path}:1: is not UTF-8 text; save the file as UTF-8\n"


@pytest.mark.parametrize("command", QUESTIONS)
def test_an_included_file_that_is_not_utf8(command: str, write: Write) -> None:
    """No traceback: either an answer marked incomplete or one line."""
    book = write('include "gbk.beancount"\n2024-01-01 open Assets:Receivable:X\n')
    book.with_name("gbk.beancount").write_bytes(
        '2024-01-01 note Assets:X "华东"\n'.encode("gb18030")
    )
    done = invoke(command, book)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.stderr


def test_a_path_with_a_null_byte() -> None:
    """Even that is one line."""
    done = invoke("aging", "a\0b")
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "\\x00" in done.stderr


@pytest.mark.parametrize("command", QUESTIONS)
@pytest.mark.parametrize("text", ["", "\n\n", "; nothing but a remark\n"])
def test_an_empty_file(command: str, text: str, write: Write) -> None:
    """An empty answer, and it is said that the ledger has no entries."""
    book = write(text)
    done = invoke(command, book)
    assert done.exit_code == 0
    assert "the ledger has no entries" in done.stderr
    assert ask(command, book)["complete"] is True


@pytest.mark.parametrize("command", QUESTIONS)
def test_an_included_pipe(command: str, book: Path) -> None:
    """Nobody waits for what may never come to an end: one line, with the include's place."""
    os.mkfifo(book.with_name("pipe"))
    book.write_text('; the bank\'s\ninclude "pipe"\n' + BOOK, encoding="utf-8")
    done = invoke(command, book)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == (
        f"arledger: {book}:2: include leads to {book.with_name('pipe')}, which is not a file"
    )


@pytest.mark.parametrize(
    "include",
    [
        'include "pipe"',
        '  include   "pipe" ; indented, which Beancount includes all the same',
        'include"pi*"',
        'include "./folder/../pipe"',
        'include "more.beancount"',
        'include "folder"',
        'include "/dev/tty"',
        'include "link"',
    ],
)
def test_what_is_no_file_is_found_wherever_it_hides(include: str, tmp_path: Path) -> None:
    """By a pattern, a link, in a file that is included: the load is refused before it begins."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "more.beancount").write_text('include "main.beancount"\ninclude "pipe"\n')
    top = tmp_path / "main.beancount"
    top.write_text(f"2024-01-01 open Assets:X\n{include}\n", encoding="utf-8")
    with pytest.raises(load.LedgerError, match="is not a file") as raised:
        load.load(top)
    place = "more.beancount:2" if "more" in include else "main.beancount:2"
    assert f"{tmp_path}/{place}: include leads to " in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        '; include "pipe"\n',
        '2024-01-01 note Assets:X "see include"\n',
        '2024-01-01 note Assets:X "do not"\n  include: "pipe"\n',
        'include "/dev/null"\n',
        'include "gone"\n',
        'include "main.beancount"\n',
    ],
)
def test_what_includes_nothing_harmful_is_loaded(text: str, tmp_path: Path) -> None:
    """Comments and metadata include nothing; the rest is Beancount's to complain of."""
    os.mkfifo(tmp_path / "pipe")
    top = tmp_path / "main.beancount"
    top.write_text("2024-01-01 open Assets:X\n" + text, encoding="utf-8")
    assert len(load.load(top).entries) >= 1


@pytest.mark.parametrize("command", QUESTIONS)
def test_an_include_loop(command: str, book: Path) -> None:
    """A file that includes itself by way of another: an answer, each entry once."""
    book.with_name("other.beancount").write_text('include "ledger.beancount"\n')
    book.write_text('include "other.beancount"\n' + BOOK, encoding="utf-8")
    done = invoke(command, book, "--as-of", "2024-03-01")
    assert "Traceback" not in done.stderr
    assert done.exit_code in {0, 1, 2}
    items = ask("open-items", book, "--as-of", "2024-03-01", status=done.exit_code // 2 * 2)
    assert [row["item"] for row in items["items"]] == ["INV-1", "INV-2", "RCP-9"]


@pytest.mark.parametrize("command", [name for name in QUESTIONS if name != "check"])
def test_a_syntax_error(command: str, book: Path) -> None:
    """The rest is answered, marked incomplete; one line names Beancount's first error; status 2."""
    whole = ask(command, book, "--as-of", "2024-02-10")
    with book.open("a", encoding="utf-8") as ledger:
        ledger.write("\n2024-02-09 * blunder\n")
    answer = ask(command, book, "--as-of", "2024-02-10", status=2)
    assert answer == {**whole, "complete": False}
    done = invoke(command, book, "--as-of", "2024-02-10")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("arledger: the ledger is incomplete (errors: 1), the rest is answered")
    assert "ledger.beancount:54: " in line


def test_a_file_that_is_not_there_is_left_out(book: Path) -> None:
    """A ledger without one of its files is incomplete."""
    book.write_text('include "gone.beancount"\n' + BOOK, encoding="utf-8")
    assert ask("aging", book, "--as-of", "2024-02-10", status=2)["complete"] is False


@pytest.mark.parametrize("command", ["open-items", "aging", "credit", "allowance"])
def test_no_receivable_accounts(command: str, write: Write) -> None:
    """What was looked for, and how to name one's own: status 0."""
    book = write("2024-01-01 open Assets:Debtors:X\n")
    done = invoke(command, book, "--as-of", "2024-01-01")
    assert done.exit_code == 0
    assert done.stderr == (
        "arledger: the ledger opens no account at or below Assets:Receivable; name yours with: "
        '2000-01-01 custom "ar-option" "receivable-accounts" Assets:…\n'
    )


class Payload:
    """What a stranger's load cache may hold: on reading it, a command runs."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self.proof),))


def test_a_strangers_load_cache_is_not_read(book: Path) -> None:
    """Beancount itself would run what it holds; we never look at it."""
    proof = book.parent / "proof"
    cache = Path(loader.get_cache_filename(loader.PICKLE_CACHE_FILENAME, str(book)))
    for command in QUESTIONS:
        cache.write_bytes(pickle.dumps(Payload(proof)))
        done = spawn(command, book)
        assert done.returncode in {0, 1}, done.stderr
    assert not proof.exists()
    # The proof that it would have run.
    cache.write_bytes(pickle.dumps(Payload(proof)))
    script = f"from beancount import loader; loader.load_file({str(book)!r})"
    subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert proof.exists()


@pytest.mark.parametrize("command", [name for name in QUESTIONS if name != "check"])
def test_before_the_first_entry(command: str, book: Path) -> None:
    """Nothing was there: a right answer, and a note."""
    done = invoke(command, book, "--as-of", "1900-01-01")
    assert done.exit_code == 0
    assert "1900-01-01 is before the ledger's first entry (2024-01-01)" in done.stderr


@pytest.mark.parametrize("command", QUESTIONS)
def test_far_after_the_last_entry(command: str, book: Path) -> None:
    """As it would be then: a right answer, and a note."""
    done = invoke(
        command, book, "--as-of", "9999-12-31", *(["--fail-on", "never"] * (command == "check"))
    )
    assert done.exit_code == 0
    assert "9999-12-31 is after the ledger's last entry (2024-02-10)" in done.stderr


def test_far_after_the_last_entry_everything_is_old(book: Path) -> None:
    """What is open is in the last bucket."""
    (row,) = ask("aging", book, "--as-of", "9999-12-31", "--customer", "A1", "--in", "EUR")["rows"]
    assert row["buckets"]["91+"] == "1090.00"


@pytest.mark.parametrize("day", ["2024-13-01", "2024-1-1", "20240101", "today", "", "2024-02-30"])
def test_as_of_that_is_no_date(book: Path, day: str) -> None:
    """Only YYYY-MM-DD."""
    done = invoke("aging", book, "--as-of", day)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{day!r} is not a date like 2025-06-30" in done.stderr


def test_a_customer_that_nobody_has(book: Path) -> None:
    """The id that was probably meant, by likeness or by name; status 2."""
    done = invoke("aging", book, "--customer", "a1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == 'arledger: no customer has the id a1; did you mean "A1"?\n'
    by_name = invoke("check", book, "--customer", "贝塔")
    assert by_name.exit_code == 2
    assert 'did you mean "B2"?' in by_name.stderr
    assert invoke("aging", book, "--customer", "zzzz").stderr == (
        "arledger: no customer has the id zzzz\n"
    )


BIG = """\
2024-01-01 open Assets:Receivable:X
  customer: "X"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:X   1000000000000000000.000000000001 EUR
  Income:Sales         -1000000000000000000.000000000001 EUR
2024-01-11 * "Receipt" ^R-1
  Assets:Bank           0.000000000002 EUR
  Assets:Receivable:X  -0.000000000002 EUR
    invoice: "INV-1"
2024-01-12 * "Nothing" ^INV-0
  Assets:Receivable:X   0.00 EUR
  Income:Sales          0.00 EUR
"""


def test_large_and_fine_amounts(write: Write) -> None:
    """10^18 with 12 decimals: to the last digit, in every form, without an exponent."""
    book = write(BIG)
    exact = "999999999999999999.999999999999"
    (row,) = ask("aging", book, "--as-of", "2024-01-12")["rows"]
    assert row["total"] == exact
    page = invoke("aging", book, "--as-of", "2024-01-12").stdout
    assert "999,999,999,999,999,999.999999999999" in page
    lines = invoke("aging", book, "--as-of", "2024-01-12", "--format", "csv").stdout.splitlines()
    assert lines[1].endswith("," + exact)
    items = ask("open-items", book, "--as-of", "2024-01-12", "--all")["items"]
    assert items[0]["applications"][0]["amount"] == "0.000000000002"
    for command in QUESTIONS:
        assert ask(command, book, *(["--fail-on", "never"] if command == "check" else []))


def test_an_invoice_of_zero(write: Write) -> None:
    """Is nothing open; with --all it is there, settled."""
    book = write(BIG)
    assert "INV-0" not in str(ask("open-items", book, "--as-of", "2024-01-12"))
    everything = ask("open-items", book, "--as-of", "2024-01-12", "--all")["items"]
    (nothing,) = (row for row in everything if row["item"] == "INV-0")
    assert (nothing["amount"], nothing["outstanding"]) == ("0.00", "0.00")


def hostile_book(write: Write) -> Path:
    """A customer whose name tries everything."""
    return write(f"""\
2024-01-01 open Assets:Receivable:E1
  customer: "E1"
  name: "{HOSTILE}
second line"
2024-01-01 open Liabilities:Advances:E1
  customer: "E1"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:E1   100.00 EUR
  Income:Sales
2024-01-10 * "Ahead" ^ADV-1
  Assets:Bank              5.00 EUR
  Liabilities:Advances:E1
""")


@pytest.mark.parametrize("command", QUESTIONS)
def test_hostile_names_in_tables(command: str, write: Write) -> None:
    """No escape sequence, line break or mark that turns the text reaches the terminal."""
    done = invoke(command, hostile_book(write), "--as-of", "2024-01-10")
    assert done.exit_code == 0
    assert not set(done.output) & set("\x1b\u202e\u2066\r\t")
    if command in {"aging", "open-items", "credit", "advances"}:
        (line,) = (line for line in done.stdout.splitlines() if line.startswith("E1"))
        assert 'Eve "[red]x[/red]\\u202e\\u2066 =1+1\\x1b[31m\\nsecond line' in line


def test_hostile_names_in_json(write: Write) -> None:
    """They are data, as they are."""
    (row,) = ask("aging", hostile_book(write), "--as-of", "2024-01-10")["rows"]
    assert row["name"] == HOSTILE.replace('\\"', '"') + "\nsecond line"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\\t", " =", "＝"])
def test_formulas_in_csv(sign: str, write: Write) -> None:
    """A name that begins like a formula gets an apostrophe; negative figures don't."""
    name = sign.replace("\\t", "\t") + "HYPERLINK(1)"
    book = write(f"""\
2024-01-01 open Assets:Receivable:E1
  customer: "E1"
  name: "{name}"
2024-01-01 open Assets:Bank
2024-01-10 * "Too much"
  Assets:Bank            5.00 EUR
  Assets:Receivable:E1  -5.00 EUR
""")
    done = invoke("aging", book, "--as-of", "2024-01-10", "--format", "csv")
    (row,) = csv.DictReader(done.stdout.splitlines())
    assert row["name"] == "'" + name
    assert (row["unapplied"], row["total"]) == ("-5.00", "-5.00")


def test_a_plugin_that_prints(book: Path) -> None:
    """Only the answer goes to stdout."""
    book.with_name("noisy.py").write_text(
        "__plugins__ = ['noise']\n"
        "def noise(entries, options_map):\n"
        "    print('look at me')\n"
        "    return entries, []\n"
    )
    book.write_text('option "insert_pythonpath" "TRUE"\nplugin "noisy"\n' + BOOK, encoding="utf-8")
    done = spawn("aging", book, "--as-of", "2024-02-10", "--format", "csv")
    assert done.returncode == 0
    assert done.stdout.startswith("customer,")
    assert "look at me" in done.stderr


def test_today_is_said(book: Path) -> None:
    """Without --as-of the question is about today, and the header says so."""
    done = invoke("aging", book)
    today = dt.datetime.now().astimezone().date()
    assert f"as of {today} (today)" in done.stdout
    assert f"{today} is after the ledger's last entry (2024-02-10)" in done.stderr


def test_an_incomplete_ledger_without_an_error(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reason, it is said."""
    whole = load.load(book)
    monkeypatch.setattr(load, "load", lambda *_, **__: attrs.evolve(whole, complete=False))
    done = invoke("aging", book, "--as-of", "2024-02-10")
    assert done.exit_code == 2
    assert done.stderr == f"arledger: {book}: the ledger is incomplete\n"


def test_a_ledger_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    """`--force` is for reports: what was named as a ledger stays, readable or not."""
    ledger = tmp_path / "gbk.beancount"
    ledger.write_bytes("应收".encode("gbk"))
    result = invoke("check", str(ledger), "--output", str(ledger), "--force")
    assert result.exit_code == 2
    assert ledger.read_bytes() == "应收".encode("gbk")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """One line at once, instead of waiting for somebody to write."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = invoke("aging", str(pipe))
    assert result.exit_code == 2
    assert "is not a file" in result.stderr
