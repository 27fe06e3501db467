# SPDX-License-Identifier: GPL-2.0-or-later
"""Under git: any question at a revision, what was found since, and what a commit changes.

Each test has a repository of its own; nothing may be left changed in it.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import ask, invoke, spawn

HEAD = """\
option "operating_currency" "EUR"
plugin "arledger.plugins.receivables"
2024-01-01 open Assets:Receivable:A1 EUR
  customer: "A1"
  name: "Alpha GmbH"
2024-01-01 open Assets:Allowance EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 open Expenses:CreditLoss
2024-01-01 custom "credit-limit" "A1" 1000.00 EUR
  approved-by: "Wang Min"
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.01
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.02
2024-01-01 custom "loss-rate" Assets:Receivable "31-60" 0.05
2024-01-01 custom "loss-rate" Assets:Receivable "61-90" 0.10
2024-01-01 custom "loss-rate" Assets:Receivable "91+" 0.50
include "sales 2024, 销售.beancount"
"""
SALES = """\
2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:A1   600.00 EUR
    due: 2024-02-10
  Income:Sales
2024-01-20 * "Invoice" ^INV-2
  Assets:Receivable:A1   300.00 EUR
    due: 2024-02-20
  Income:Sales
"""
LATER = """\
2024-02-01 * "Receipt" ^INV-1
  Assets:Bank            600.00 EUR
  Assets:Receivable:A1
2024-02-05 * "Invoice" ^INV-3
  Assets:Receivable:A1   900.00 EUR
    due: 2024-03-05
  Income:Sales
"""
NAME = "sales 2024, 销售.beancount"


class Repository:
    """A repository with a ledger, and git to work in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.main = folder / "main.beancount"

    def git(self, *arguments: str, day: str = "2024-01-31") -> str:
        """Run git as a person of ours, on a day."""
        when = f"{day}T12:00:00"
        done = subprocess.run(
            ["git", "-c", "user.name=Li Wei", "-c", "user.email=li@example.org", *arguments],
            cwd=self.folder,
            env={**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """Write a file, in its folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, day: str = "2024-01-31") -> str:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "work", day=day)
        return self.git("rev-parse", "HEAD")

    def state(self) -> tuple[str, ...]:
        """What nothing of ours may change: work tree, index, branches."""
        index = (self.folder / ".git" / "index").read_bytes().hex()
        return self.git("status", "--porcelain", "--ignored"), index, self.git("show-ref")


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Two commits: January's invoices, then February's receipt and another invoice."""
    made = Repository(tmp_path / "Bücher 账")
    made.write("main.beancount", HEAD)
    made.write(NAME, SALES)
    made.commit("2024-01-31")
    made.write(NAME, SALES + LATER)
    made.commit("2024-02-28")
    monkeypatch.chdir(made.folder)
    return made


def refused(*arguments: str | Path) -> str:
    """The one line of an answer that can't be given."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return str(line)


def outstanding(answer: Any) -> dict[str, str]:
    """Item → outstanding."""
    return {row["item"]: row["outstanding"] for row in answer["items"]}


# --- as known then ---


@pytest.mark.parametrize("revision", ["HEAD~1", "2024-01-31", "2024-02-27"])
def test_a_question_at_a_revision_or_day(books: Repository, revision: str) -> None:
    """What was not yet written isn't known, whatever day is asked about; nothing is touched."""
    before = books.state()
    then = ask("open-items", "main.beancount", "--as-of", "2024-02-28", "--at", revision)
    assert outstanding(then) == {"INV-1": "600.00", "INV-2": "300.00"}
    assert then["at"]["date"] == "2024-01-31"
    assert then["at"]["commit"] == books.git("rev-parse", "HEAD~1")
    now = ask("open-items", "main.beancount", "--as-of", "2024-02-28")
    assert outstanding(now) == {"INV-2": "300.00", "INV-3": "900.00"}
    assert "at" not in now
    assert books.state() == before


def test_both_axes_of_time(books: Repository) -> None:
    """What is known now of January is another thing than what was known in January."""
    now = ask("open-items", "main.beancount", "--as-of", "2024-01-15")
    assert outstanding(now) == {"INV-1": "600.00"}
    books.write(NAME, (SALES + LATER).replace("600.00 EUR\n    due", "650.00 EUR\n    due"))
    changed = ask("open-items", "main.beancount", "--as-of", "2024-01-15")
    assert outstanding(changed) == {"INV-1": "650.00"}
    then = ask("open-items", "main.beancount", "--as-of", "2024-01-15", "--at", "HEAD")
    assert outstanding(then) == {"INV-1": "600.00"}


@pytest.mark.parametrize("command", ["aging", "credit", "allowance", "advances", "check"])
def test_every_question_has_it(books: Repository, command: str) -> None:
    """The same answer as in a checkout of the revision."""
    day = () if command == "check" else ("--as-of", "2024-02-28")
    answer = ask(command, "main.beancount", "--at", "HEAD~1", *day)
    assert answer.pop("at")["revision"] == "HEAD~1"
    books.git("checkout", "-q", "HEAD~1")
    there = ask(command, "main.beancount", *day)
    assert json.dumps(answer).replace("HEAD~1:", "") == json.dumps(there)


@pytest.mark.usefixtures("books")
def test_places_are_named_as_the_revision_has_them() -> None:
    """No temporary folder shows, in no form and no message."""
    for arguments in (
        ("aging", "--explain"),
        ("open-items", "--format", "csv"),
        ("credit", "--explain", "--lang", "zh-CN"),
    ):
        result = invoke(arguments[0], "main.beancount", *arguments[1:], "--at", "HEAD~1")
        assert result.exit_code == 0, result.output
        assert "/tmp" not in result.output  # noqa: S108
        assert "arledger-" not in result.output
    explained = invoke("aging", "main.beancount", "--explain", "--at", "HEAD~1").stdout
    assert f"HEAD~1:{NAME}:2" in explained


def test_a_bare_clone(books: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no work tree; the path is that in the repository."""
    bare = tmp_path / "books.git"
    books.git("clone", "-q", "--bare", str(books.folder), str(bare))
    monkeypatch.chdir(bare)
    answer = ask("open-items", "main.beancount", "--at", "HEAD~1", "--as-of", "2024-02-28")
    assert outstanding(answer) == {"INV-1": "600.00", "INV-2": "300.00"}
    monkeypatch.chdir(tmp_path)
    assert ask("diff", bare / "main.beancount", "HEAD~1", "HEAD")["items"]


def test_a_shallow_clone_says_what_is_missing(books: Repository, tmp_path: Path) -> None:
    """And how to get it."""
    clone = tmp_path / "clone"
    books.git("clone", "-q", "--depth", "1", f"file://{books.folder}", str(clone))
    assert ask("open-items", clone / "main.beancount", "--at", "HEAD", "--as-of", "2024-02-28")
    for revision in ("HEAD~1", "2024-01-31"):
        line = refused("open-items", clone / "main.beancount", "--at", revision)
        assert "shallow" in line
        assert "git fetch --unshallow" in line


def test_a_ledger_in_a_sub_folder(tmp_path: Path) -> None:
    """It may include what lies beside its folder."""
    made = Repository(tmp_path / "repository")
    made.write("books/year/main.beancount", HEAD.replace('include "', 'include "../../shared/'))
    made.write(f"shared/{NAME}", SALES)
    made.commit()
    path = made.folder / "books" / "year" / "main.beancount"
    answer = ask("open-items", path, "--at", "HEAD", "--as-of", "2024-02-28")
    assert outstanding(answer) == {"INV-1": "600.00", "INV-2": "300.00"}
    assert answer["items"][0]["file"] == f"HEAD:shared/{NAME}"


def test_a_renamed_ledger(books: Repository) -> None:
    """At a revision before the rename it is read under its old name."""
    books.git("mv", "main.beancount", "all.beancount")
    books.commit("2024-03-31")
    answer = ask("open-items", "all.beancount", "--at", "HEAD~2", "--as-of", "2024-02-28")
    assert outstanding(answer) == {"INV-1": "600.00", "INV-2": "300.00"}
    assert ask("diff", "all.beancount", "HEAD~1", "HEAD")["items"] == []


def test_a_local_plugin_of_each_revision(books: Repository) -> None:
    """Two revisions of one module don't mix."""
    plugin = "__plugins__ = ('run',)\ndef run(entries, options_map):\n    return {}, []\n"
    top = 'option "insert_pythonpath" "TRUE"\nplugin "local_rule"\n'
    books.write("main.beancount", top + HEAD)
    books.write(
        "local_rule.py",
        plugin.format("[e for e in entries if 'INV-3' not in getattr(e, 'links', ())]"),
    )
    books.commit("2024-03-01")
    books.write("local_rule.py", plugin.format("entries"))
    books.commit("2024-03-02")
    found = ask("diff", "main.beancount", "HEAD~1", "HEAD")
    assert [(row["item"], row["change"]) for row in found["items"]] == [("INV-3", "new")]
    assert not list(books.folder.rglob("__pycache__")) or books.git("status", "--porcelain") in {
        "",
        "?? __pycache__/",
    }


def test_which_commits_moved_the_figure_since(books: Repository) -> None:
    """Commit by commit up to the files as they are now; what touches no ledger isn't read."""
    books.write("README.md", "nothing")
    books.commit("2024-03-01")
    books.write(NAME, (SALES + LATER).replace("300.00 EUR", "310.00 EUR"))
    books.commit("2024-03-02")
    books.write(NAME, (SALES + LATER).replace("300.00 EUR", "330.00 EUR"))
    asked = ("aging", "main.beancount", "--as-of", "2024-02-04", "--at", "2024-01-31")
    answer = ask(*asked, "--explain-change")
    assert [total["total"] for total in answer["totals"]] == ["900.00"]
    found = [(row["commit"], row["date"], row["before"], row["after"]) for row in answer["changes"]]
    assert found == [
        (books.git("rev-parse", "HEAD~2"), "2024-02-28", "900.00", "300.00"),
        (books.git("rev-parse", "HEAD"), "2024-03-02", "300.00", "310.00"),
        (None, None, "310.00", "330.00"),
    ]
    assert answer["changes"][0]["customers"] == [
        {"customer": "A1", "before": "900.00", "after": "300.00"}
    ]
    table = invoke(*asked, "--explain-change").stdout
    assert "not committed" in table
    now = ("aging", "main.beancount", "--as-of", "2024-02-04", "--at", "HEAD")
    books.git("checkout", "-q", ".")
    assert ask(*now, "--explain-change")["changes"] == []
    assert "goes with --at" in refused("aging", "main.beancount", "--explain-change")


# --- what can't be had ---


@pytest.mark.usefixtures("books")
def test_unknown_revisions() -> None:
    """One line that says what to name instead."""
    assert "no such revision" in refused("aging", "main.beancount", "--at", "nonsense")
    assert "no commit on or before 2020-01-01" in refused(
        "aging", "main.beancount", "--at", "2020-01-01"
    )
    assert "is no revision" in refused("aging", "main.beancount", "--at", "--upload-pack=touch x")
    assert "no such revision" in refused("check", "main.beancount", "--since", "v9")
    assert "no such revision" in refused("diff", "main.beancount", "v9")


def test_a_ledger_that_the_revision_lacks(books: Repository) -> None:
    """The commit and the path are named."""
    books.write("new.beancount", HEAD)
    assert "has no file new.beancount" in refused("aging", "new.beancount", "--at", "HEAD")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    """Said in one line."""
    path = tmp_path / "main.beancount"
    path.write_text(HEAD, encoding="utf-8")
    assert "is not in a git repository" in refused("aging", path, "--at", "HEAD")


@pytest.mark.usefixtures("books")
def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """The questions still work; only a revision can't be read."""
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in refused("aging", "main.beancount", "--at", "HEAD")
    assert ask("aging", "main.beancount", "--as-of", "2024-02-28")["rows"]


def test_a_revision_that_does_not_load(books: Repository) -> None:
    """A syntax error: the answer is marked incomplete, status 2; an unreadable file has none."""
    books.write(NAME, SALES + "2024-02-01 * oops\n")
    books.commit("2024-03-01")
    assert not ask("aging", "main.beancount", "--at", "HEAD", "--as-of", "2024-02-28", status=2)[
        "complete"
    ]
    assert not ask("diff", "main.beancount", "HEAD~1", "HEAD", status=2)["complete"]
    books.main.write_bytes(b"\xff\xfe broken")
    books.commit("2024-03-02")
    assert "HEAD:main.beancount:1: is not UTF-8" in refused(
        "aging", "main.beancount", "--at", "HEAD"
    )
    assert "HEAD:main.beancount:1: is not UTF-8" in refused(
        "diff", "main.beancount", "HEAD~1", "HEAD"
    )


@pytest.mark.parametrize(
    "target", ["/etc/hostname", "../outside.beancount", "a/../../outside.beancount"]
)
def test_a_link_that_leads_out_is_refused(books: Repository, target: str) -> None:
    """Whoever wrote the commit must not read what lies beside the repository."""
    (books.folder / "link.beancount").symlink_to(target)
    books.commit("2024-03-01")
    line = refused("aging", "main.beancount", "--at", "HEAD")
    assert "link.beancount: is a link that leads out of the repository" in line


@pytest.mark.parametrize("path", ["/etc/hostname", "../secret.beancount", "/nowhere/*.beancount"])
def test_an_include_that_leads_out_is_refused(books: Repository, path: str) -> None:
    """With the line it stands on."""
    books.write("main.beancount", HEAD + f'include "{path}"\n')
    books.commit("2024-03-01")
    line = refused("aging", "main.beancount", "--at", "HEAD")
    assert f"HEAD:main.beancount:{len(HEAD.splitlines()) + 1}: the include leads out" in line


def test_a_link_within_the_repository_is_followed(books: Repository) -> None:
    """As in the work tree."""
    shutil.move(books.folder / NAME, books.folder / "real.beancount")
    (books.folder / NAME).symlink_to("real.beancount")
    books.commit("2024-03-01")
    answer = ask("open-items", "main.beancount", "--at", "HEAD", "--as-of", "2024-02-28")
    assert outstanding(answer) == {"INV-2": "300.00", "INV-3": "900.00"}


def test_hooks_and_filters_do_not_run(books: Repository) -> None:
    """Reading a revision starts nothing that a repository brings."""
    mark = books.folder / "ran"
    for hook in ("post-checkout", "post-index-change"):
        path = books.write(f".git/hooks/{hook}", f"#!/bin/sh\ntouch '{mark}'\n")
        path.chmod(0o755)
    assert ask("diff", "main.beancount", "HEAD~1", "HEAD")["items"]
    assert not mark.exists()


@pytest.mark.parametrize("key", ["smudge", "process"])
def test_no_filter_and_no_signature_check_runs(books: Repository, key: str) -> None:
    """A program that the repository's configuration names: what git has stored is read."""
    ran = books.folder.parent / "ran"
    program = books.folder.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    books.git("config", "log.showSignature", "true")
    books.git("config", "gpg.program", str(program))
    tree = books.git("rev-parse", "HEAD^{tree}")
    author = "Li Wei <li@example.org> 1700000000 +0000"
    signed = (
        f"tree {tree}\nauthor {author}\ncommitter {author}\ngpgsig -----BEGIN PGP SIGNATURE-----\n"
        " \n x\n -----END PGP SIGNATURE-----\n\nsigned\n"
    )
    books.write("signed", signed)
    books.git("update-ref", "HEAD", books.git("hash-object", "-t", "commit", "-w", "signed"))
    books.write(".gitattributes", "*.beancount filter=it\n")
    books.commit()
    books.git("config", f"filter.it.{key}", str(program))
    books.git("config", "filter.it.required", "true")
    for revision in ("HEAD", "HEAD~1"):
        assert ask("open-items", "main.beancount", "--at", revision)["items"]
    assert not ran.exists()


def test_a_link_that_leads_out_through_another(books: Repository) -> None:
    """By its text it stays inside."""
    (books.folder / "a" / "b").mkdir(parents=True)
    (books.folder / "a" / "b" / "up").symlink_to("../..")
    (books.folder / "x.beancount").symlink_to("a/b/up/../index")
    books.commit()
    said = refused("open-items", "x.beancount", "--at", "HEAD")
    assert said.endswith("x.beancount: is a link that leads out of the repository: a/b/up/../index")


NOISE = """\
import os, sys
__plugins__ = ("noise",)
def noise(entries, _):
    print("x" * 300_000)
    os.write(1, b"raw\\n")
    os.write(2, b"y" * 300_000 + b"\\n")
    {end}
    return entries, []
"""


def noisy(books: Repository, end: str) -> None:
    """A commit with a plugin that says a lot, and ends in its own way."""
    books.write("noise_of_books.py", NOISE.format(end=end))
    plugin = 'option "insert_pythonpath" "TRUE"\nplugin "noise_of_books"\n'
    books.write("main.beancount", HEAD + plugin)
    books.commit()


def test_what_a_plugin_prints_is_no_answer(books: Repository) -> None:
    """Neither between two processes, whose pipes it would fill, nor beside the answer."""
    noisy(books, "pass")
    for asked in (("diff", "HEAD~1", "HEAD"), ("open-items", "--at", "HEAD")):
        command, *others = asked
        done = spawn(command, "main.beancount", *others, "--format", "json", cwd=books.folder)
        assert json.loads(done.stdout)["complete"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os.kill(os.getpid(), 9)", "yyyy"),
        ("os.write(2, b'the end'); os._exit(0)", "the end"),
        ("raise SystemExit(7)", "can't be read: 7"),
    ],
)
def test_a_process_that_dies(books: Repository, end: str, said: str) -> None:
    """Its last words, in one line that isn't endless."""
    noisy(books, end)
    done = spawn("diff", "main.beancount", "HEAD~1", "HEAD", cwd=books.folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 5000
    assert said in done.stderr


def test_an_end_that_is_asked_for_leaves_nothing(
    books: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of a revision are gone, and so is the process that read them."""
    noisy(books, "open('../at-work', 'w').close(); __import__('time').sleep(60)")
    temporary = books.folder.parent / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with subprocess.Popen(
        [sys.executable, "-m", "arledger.cli.main", "open-items", "main.beancount", "--at", "HEAD"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        for _ in range(600):
            if (books.folder.parent / "at-work").exists():
                break
            time.sleep(0.1)
        assert list(temporary.iterdir())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert list(temporary.iterdir()) == []


# --- since ---


def test_only_what_is_new_is_found(books: Repository) -> None:
    """An old ledger can begin today: old findings don't count, wherever they stand now."""
    assert ask("check", "main.beancount", status=1)["counts"]["error"] == 1
    books.write(NAME, "; moved\n\n" + SALES + LATER)
    assert ask("check", "main.beancount", "--since", "HEAD")["findings"] == []
    since = ask("check", "main.beancount", "--since", "HEAD~1", status=1)
    assert [found["rule"] for found in since["findings"]] == ["limit-exceeded"]
    books.write(NAME, SALES + LATER + LATER.replace("2024-02", "2024-03").replace("INV-3", "INV-4"))
    found = ask("check", "main.beancount", "--since", "HEAD", status=1)["findings"]
    assert {one["rule"] for one in found} >= {"limit-exceeded"}
    assert all(one["date"] > "2024-02-28" for one in found)


# --- diff ---


def test_what_a_commit_does(books: Repository) -> None:
    """Items, customers, allowance and findings, on one day for both sides."""
    before = books.state()
    found = ask("diff", "main.beancount", "HEAD~1", "HEAD")
    assert books.state() == before
    assert found["as_of"] == "2024-02-05"
    changes = {(row["item"], row["kind"]): row["change"] for row in found["items"]}
    assert changes.pop(("INV-1", "item")) == "settled"
    assert changes.pop(("INV-3", "item")) == "new"
    assert list(changes.values()) == ["new"]  # the receipt
    (customer,) = found["customers"]
    assert (customer["before"]["total"], customer["after"]["total"]) == ("900.00", "1200.00")
    assert (customer["before"]["available"], customer["after"]["available"]) == (
        "100.00",
        "-200.00",
    )
    (allowance,) = found["allowance"]
    assert (allowance["before"]["required"], allowance["after"]["required"]) == ("9.00", "12.00")
    assert allowance["result"] == "-3.00"
    assert [one["rule"] for one in found["findings"]["new"]] == ["limit-exceeded"]
    assert found["findings"]["gone"] == []
    assert [row["line"] for row in found["items"] if row["item"] == "INV-3"] == [13]


@pytest.mark.usefixtures("books")
def test_the_way_back() -> None:
    """Older and newer exchanged: new is gone, before is after."""
    there, back = (
        ask("diff", "main.beancount", *pair, "--as-of", "2024-02-28")
        for pair in (("HEAD~1", "HEAD"), ("HEAD", "HEAD~1"))
    )
    for key in ("items", "customers", "allowance"):
        assert [(row["before"], row["after"]) for row in there[key]] == [
            (row["after"], row["before"]) for row in back[key]
        ]
    assert len(there["findings"]["new"]) == len(back["findings"]["gone"]) == 1


def test_policies_and_what_each_does(books: Repository) -> None:
    """Who approved it, and its own effect on headroom and allowance; a deletion, too."""
    text = HEAD.replace("1000.00 EUR", "2000.00 EUR").replace("Wang Min", "Zhao Lei")
    text = text.replace('"not-due" 0.01', '"not-due" 0.02')
    text = text.replace('2024-01-01 custom "loss-rate" Assets:Receivable "91+" 0.50\n', "")
    books.write("main.beancount", text + '2024-02-01 custom "payment-terms" "A1" "net 10"\n')
    found = ask("diff", "main.beancount", "HEAD")
    policies = {(row["directive"], row["key"]): row for row in found["policies"]}
    limit = policies["credit-limit", "EUR"]
    assert (limit["change"], limit["before"], limit["after"]) == ("changed", "1000 EUR", "2000 EUR")
    assert limit["approved_by"] == "Zhao Lei"
    assert limit["effect"] == {
        "allowance": [],
        "available": [
            {"customer": "A1", "currency": "EUR", "before": "-200.00", "after": "800.00"}
        ],
    }
    rate = policies["loss-rate", "not-due"]
    assert rate["effect"]["allowance"] == [{"currency": "EUR", "before": "12.00", "after": "24.00"}]
    assert policies["loss-rate", "91+"]["change"] == "gone"
    assert policies["payment-terms", None]["change"] == "new"
    assert found["to"] is None
    assert [one["rule"] for one in found["findings"]["gone"]] == ["limit-exceeded"]


def test_figures_have_the_ledger_s_digits(books: Repository) -> None:
    """`precision` counts; where the other revision lacks it, it serves both."""
    digits = '2024-01-01 custom "ar-option" "precision" "EUR" 3\n'
    text = HEAD.replace("1000.00 EUR", "2000.00 EUR")
    books.write("main.beancount", text + digits)
    found = ask("diff", "main.beancount", "HEAD~1")
    (item,) = (row for row in found["items"] if row["item"] == "INV-1")
    assert (item["before"]["outstanding"], item["after"]["outstanding"]) == ("600.000", "0.000")
    (customer,) = found["customers"]
    assert (customer["before"]["exposure"], customer["after"]["exposure"]) == (
        "900.000",
        "1200.000",
    )
    (limit,) = (row for row in found["policies"] if row["directive"] == "credit-limit")
    assert limit["effect"]["available"][0]["after"] == "800.000"
    assert "1,200.000" in invoke("diff", "main.beancount", "HEAD~1").stdout


def test_nothing_changes(books: Repository) -> None:
    """Comments, order and other files are no change."""
    books.write(NAME, "; nothing\n" + LATER + SALES)
    found = ask("diff", "main.beancount", "HEAD")
    assert not any(found[key] for key in ("items", "customers", "policies", "allowance"))
    assert found["findings"] == {"new": [], "gone": []}
    assert "nothing changes" in invoke("diff", "main.beancount", "HEAD").stdout


def test_as_a_table_and_as_markdown(books: Repository) -> None:
    """The figures of the JSON; what a ledger says stays text in Markdown."""
    books.write(
        "main.beancount", HEAD.replace("Alpha GmbH", "<b>A</b> | @all [x](y) `z` www.x.org #12")
    )
    table = invoke("diff", "main.beancount", "HEAD~1").stdout
    assert "INV-3" in table
    assert "-200.00" in table
    text = invoke("diff", "main.beancount", "HEAD~1", "--format", "markdown").stdout
    assert text.startswith("### ")
    assert "900.00" in text
    for hostile in ("<b>", "@all", "[x]", "`z`"):
        assert hostile not in text
    # GitHub looks for these in what the references stand for.
    seen = html.unescape(text)
    for lively in ("@all", "www.x.org", "#12"):
        assert lively not in seen
        assert lively in seen.replace("\u200b", "")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows
    assert all(line.endswith("|") for line in rows)


@pytest.mark.usefixtures("books")
def test_only_some_customers() -> None:
    """The others are left out."""
    assert ask("diff", "main.beancount", "HEAD~1", "--customer", "Z9")["items"] == []
    assert len(ask("diff", "main.beancount", "HEAD~1", "--customer", "A1")["items"]) == 3


# What was kept of a revision.

NOT_LOADED = """\
import os
if os.environ.get("NOTHING_IS_LOADED"):
    from arledger import load
    def refuse(path, *_, **__):
        raise load.LedgerError(load.say("{path} is loaded", path=path))
    load.load = refuse
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what is kept; our processes refuse to load when they are told to."""
    folder, code = tmp_path / "kept", tmp_path / "code"
    code.mkdir()
    (code / "sitecustomize.py").write_text(NOT_LOADED, encoding="utf-8")
    monkeypatch.syspath_prepend(str(code))
    monkeypatch.setenv("ARLEDGER_CACHE_DIR", str(folder))
    return folder


DIFFS = (
    (),
    ("--format", "json"),
    ("--format", "markdown", "--lang", "zh-CN"),
    ("--as-of", "2024-02-03", "--format", "json"),
    ("--as-of", "2024-01-15", "--format", "json"),
    ("--as-of", "2025-06-30", "--format", "json"),
    ("--customer", "A1"),
)


def test_revisions_that_were_kept_are_compared_as_ever(
    books: Repository, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what is kept of their trees, on any day: and nothing is loaded for it."""
    books.write("wild, 野.beancount", '2024-02-06 * "Paid"\n  Assets:Bank  9 EUR\n  Income:Sales\n')
    books.commit("2024-02-07")
    questions = [("diff", books.main, "HEAD~2", "HEAD~1", *more) for more in DIFFS]
    loaded = [invoke(*question, "--no-cache") for question in questions]
    assert not kept.exists()
    assert invoke(*questions[0]).output == loaded[0].output
    # The older one: the next change is compared with it, too.
    assert len(list(kept.iterdir())) == 1
    invoke("diff", books.main, "HEAD~1", "HEAD")
    assert len(list(kept.iterdir())) == 2
    monkeypatch.setenv("NOTHING_IS_LOADED", "1")
    for question, first in zip(questions, loaded, strict=True):
        again = invoke(*question)
        assert (again.exit_code, again.output) == (first.exit_code, first.output)
    refused = invoke(*questions[0], "--no-cache")
    assert refused.exit_code == 2
    assert "is loaded" in refused.stderr


def test_a_question_at_a_revision_that_was_kept(
    books: Repository, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known by its tree: whichever commit has it. Files are named by the revision."""
    question = ("aging", books.main, "--by", "item", "--explain", "--as-of", "2024-02-29", "--at")
    first = invoke(*question, "HEAD~1", "--format", "json")
    assert len(list(kept.iterdir())) == 1
    books.git("commit", "-q", "--allow-empty", "-m", "nothing")
    monkeypatch.setenv("NOTHING_IS_LOADED", "1")
    again = invoke(*question, "HEAD~2", "--format", "json")
    assert again.exit_code == 0, again.stderr
    rows = [json.loads(done.stdout)["rows"] for done in (first, again)]
    assert "HEAD~1:" in json.dumps(rows[0], ensure_ascii=False)
    assert rows[1] == json.loads(
        json.dumps(rows[0], ensure_ascii=False).replace("HEAD~1:", "HEAD~2:")
    )


def test_only_what_is_new_is_found_of_a_revision_that_was_kept(
    books: Repository, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the revision had is not looked for again."""
    question = ("check", books.main, "--format", "json", "--since", "HEAD~1")
    first = invoke(*question)
    assert len(list(kept.iterdir())) == 1
    # The ledger as it is now is loaded here, in this process; the revision is not.
    monkeypatch.setenv("NOTHING_IS_LOADED", "1")
    again = invoke(*question)
    assert (again.exit_code, again.output) == (first.exit_code, first.output)
    assert json.loads(first.output)["findings"]


def test_a_seal_that_is_gone_is_told(books: Repository) -> None:
    """A check can't know of it: the difference of two revisions does."""
    seal = invoke("seal", books.main, "--as-of", "2024-01-31").output
    sealed = HEAD + seal
    books.write("main.beancount", sealed)
    books.commit("2024-02-10")
    books.write("main.beancount", HEAD)
    (row,) = ask("diff", books.main, "HEAD")["closings"]
    digest = seal.split('"')[3]
    assert digest.startswith("v1:sha256:")
    assert (row["directive"], row["date"], row["change"]) == ("ar-seal", "2024-01-31", "gone")
    assert (row["before"], row["after"]) == (digest, None)
    assert row["file"] == "HEAD:main.beancount"
    assert row["line"] == HEAD.count("\n") + 1
    shown = invoke("diff", books.main, "HEAD").output
    assert "Seals and reopenings" in shown
    assert digest[:22] in shown
    reopened = (
        '2024-02-11 custom "ar-reopen" 2024-01-31\n  approved-by: "Wang Min"\n  reason: "?"\n'
    )
    books.write("main.beancount", sealed + reopened)
    (row,) = ask("diff", books.main, "HEAD")["closings"]
    assert (row["directive"], row["change"], row["after"]) == ("ar-reopen", "new", "2024-01-31")
    assert (row["approved_by"], row["reason"]) == ("Wang Min", "?")
    assert ask("diff", books.main, "HEAD~1", "HEAD")["closings"][0]["change"] == "new"


def test_a_question_keeps_what_the_next_difference_asks_for(
    books: Repository, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of both revisions, with what a check finds in them."""
    loaded = invoke("diff", books.main, "HEAD~1", "HEAD", "--no-cache")
    for revision in ("HEAD~1", "HEAD"):
        assert invoke("aging", books.main, "--at", revision).exit_code == 0
    assert len(list(kept.iterdir())) == 2
    monkeypatch.setenv("NOTHING_IS_LOADED", "1")
    again = invoke("diff", books.main, "HEAD~1", "HEAD")
    assert (again.exit_code, again.output) == (0, loaded.output)
