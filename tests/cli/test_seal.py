# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger seal`, and what `check` finds of seals: with git, the commit and the entries behind it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from beancount import loader

from tests.cli.support import HUADONG, ask, invoke
from tests.cli.test_history import Repository

HEAD = """\
option "operating_currency" "EUR"
plugin "arledger.plugins.receivables"
2024-01-01 open Assets:Receivable:A1 EUR
  customer: "A1"
2024-01-01 open Assets:Receivable:B2 EUR
  customer: "B2"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
include "sales.beancount"
include "closing.beancount"
"""
SALES = """\
2024-01-10 * "Invoice" ^INV-1
  Assets:Receivable:A1   600.00 EUR
  Income:Sales
2024-01-20 * "Invoice" ^INV-2
  Assets:Receivable:B2   300.00 EUR
  Income:Sales
"""
LATER = """
2024-02-01 * "Receipt" ^INV-1
  Assets:Bank            600.00 EUR
  Assets:Receivable:A1
"""
BACKDATED = """
2024-01-15 * "Forgotten" ^INV-9
  Assets:Receivable:A1    25.00 EUR
  Income:Sales
"""
REOPEN = """
2024-02-10 custom "ar-reopen" 2024-01-31
  approved-by: "Wang Min"
  reason: "an invoice of January was forgotten"
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """January is sealed in the first commit's successor."""
    made = Repository(tmp_path / "books 账")
    made.main.write_text(HEAD, "utf-8")
    write(made, "sales", SALES)
    write(made, "closing", "")
    commit(made, "January")
    write(made, "closing", seal(made))
    commit(made, "January is closed")
    return made


def write(made: Repository, name: str, text: str) -> None:
    (made.folder / f"{name}.beancount").write_text(text, "utf-8")


def add(made: Repository, name: str, text: str) -> None:
    file = made.folder / f"{name}.beancount"
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def commit(made: Repository, says: str, day: str = "2024-02-05") -> str:
    """Commit everything; what the commit is called, cut short."""
    made.git("add", "-A", day=day)
    made.git("commit", "-q", "-m", says, day=day)
    return made.git("rev-parse", "--short=12", "HEAD").strip()


def seal(made: Repository, day: str = "2024-01-31") -> str:
    done = invoke("seal", str(made.main), "--as-of", day)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def found(made: Repository, *more: str) -> list[dict[str, Any]]:
    """The findings about seals."""
    rules = {"seal-broken", "reopened", "malformed", "misplaced"}
    rows = ask("check", str(made.main), "--fail-on", "never", *more)["findings"]
    return [row for row in rows if row["rule"] in rules]


def test_the_text_of_explain_is_what_the_digest_is_of() -> None:
    """As sha256sum would find."""
    done = invoke("seal", str(HUADONG), "--as-of", "2024-12-31", "--explain")
    answer = ask("seal", str(HUADONG), "--as-of", "2024-12-31", "--explain")
    assert answer["digest"] == f"v1:sha256:{hashlib.sha256(done.stdout.encode()).hexdigest()}"
    assert "".join(line + "\n" for line in answer["text"]) == done.stdout
    one = invoke("seal", str(HUADONG), "--as-of", "2024-12-31", "--explain", "--customer", "C001")
    digest = hashlib.sha256(one.stdout.encode()).hexdigest()
    assert f'"kind":"customer","sha256":"{digest}"' in done.stdout
    part = next(row for row in answer["customers"] if row["customer"] == "C001")
    assert digest.startswith(part["digest"])
    directive = invoke("seal", str(HUADONG), "--as-of", "2024-12-31").stdout
    assert directive == answer["directive"]
    assert directive.startswith(f'2024-12-31 custom "ar-seal" "{answer["digest"]}"\n')


def test_a_seal_is_of_the_whole_ledger() -> None:
    """One customer's would be another digest."""
    done = invoke("seal", str(HUADONG), "--customer", "C001")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "whole ledger" in done.stderr


def test_the_default_is_the_ledgers_latest_date(repository: Repository) -> None:
    """Pasted, the seal holds, and a commit that passes today passes tomorrow."""
    add(repository, "sales", LATER)
    assert seal(repository, "2024-02-01") == invoke("seal", str(repository.main)).stdout
    assert found(repository) == []


def test_ids_with_quotes_and_colons_can_be_pasted(tmp_path: Path) -> None:
    """Whatever an id has in it."""
    main = tmp_path / "main.beancount"
    text = SALES + HEAD.partition("include")[0]
    text = text.replace('"A1"', r'"A: \"1\\ €"').replace('"B2"', '"B, 2: 1 EUR"')
    main.write_text(text, "utf-8")
    done = invoke("seal", str(main), "--as-of", "2024-01-31")
    main.write_text(text + done.stdout, "utf-8")
    assert ask("check", str(main))["findings"] == []
    main.write_text(text + done.stdout + BACKDATED, "utf-8")
    (row,) = ask("check", str(main), status=1)["findings"]
    assert 'A: "1\\ € 600 → 625 EUR' in row["message"]


def test_the_commit_and_the_entry_that_did_it_are_named(repository: Repository) -> None:
    """Among later business, before and after; each change is read off its own revision."""
    add(repository, "sales", LATER)
    commit(repository, "February")
    write(repository, "sales", "; a comment\n" + SALES + BACKDATED + LATER)
    culprit = commit(repository, "One more", day="2024-02-20")
    for count in range(3):
        add(repository, "closing", f"; {count}\n")
        commit(repository, f"later {count}")
    (row,) = found(repository)
    assert (row["rule"], row["customer"]) == ("seal-broken", "A1")
    assert "A1 600 → 625 EUR" in row["message"]
    assert f"it held before commit {culprit} of 2024-02-20 by Li Wei" in row["message"]
    assert row["message"].endswith(f"{culprit}:sales.beancount:9")


def test_a_deleted_and_a_changed_entry_are_named(repository: Repository) -> None:
    """Where they stood."""
    before = repository.git("rev-parse", "--short=12", "HEAD").strip()
    write(repository, "sales", SALES.partition("2024-01-20")[0])
    culprit = commit(repository, "gone")
    (row,) = found(repository)
    assert "B2 300 → 0 EUR" in row["message"]
    assert row["message"].endswith(f"deleted: {before}:sales.beancount:4")
    write(repository, "sales", SALES.replace("300.00", "310.00"))
    repository.git("commit", "-q", "-a", "--amend", "-m", "changed")
    culprit = repository.git("rev-parse", "--short=12", "HEAD").strip()
    (row,) = found(repository)
    assert row["message"].endswith(
        f"{culprit}:sales.beancount:4 (before: {before}:sales.beancount:4)"
    )


def test_what_is_not_committed_yet_is_said_to_be_so(repository: Repository) -> None:
    """The pre-commit hook's case."""
    add(repository, "sales", BACKDATED)
    (row,) = found(repository)
    assert "not committed yet: " in row["message"]
    assert row["message"].endswith("sales.beancount:8")


def test_narrations_and_order_are_no_change(repository: Repository) -> None:
    """Nor are names of files; the seal holds."""
    repository.git("mv", "sales.beancount", "verkauf.beancount")
    repository.main.write_text(HEAD.replace("sales.", "verkauf."), "utf-8")
    first, second = SALES.split("2024-01-20")
    write(repository, "verkauf", f"; x\n2024-01-20{second}{first.replace('Invoice', 'Rechnung')}")
    assert found(repository) == []


def test_without_git_the_finding_is_the_same_without_the_commit(tmp_path: Path) -> None:
    """Nothing is missed, and nothing is said of git."""
    main = tmp_path / "main.beancount"
    text = HEAD.partition("include")[0] + SALES
    main.write_text(text, "utf-8")
    sealed = invoke("seal", str(main), "--as-of", "2024-01-31").stdout
    main.write_text(text + sealed + BACKDATED, "utf-8")
    (row,) = ask("check", str(main), status=1)["findings"]
    assert row["message"].endswith("are not what was sealed: A1 600 → 625 EUR")


def test_a_shallow_clone_says_what_it_can(repository: Repository, tmp_path: Path) -> None:
    """Its first commit has the seal and the change."""
    add(repository, "sales", BACKDATED)
    commit(repository, "late")
    clone = tmp_path / "clone"
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.folder}", str(clone))
    (row,) = ask("check", str(clone / "main.beancount"), status=1)["findings"]
    assert "since the seal stands in the history" in row["message"]


def test_reopened_then_sealed_again(repository: Repository) -> None:
    """Lifted by name, visibly; the next seal says which reopening it was made after."""
    add(repository, "sales", BACKDATED)
    add(repository, "closing", REOPEN)
    (row,) = found(repository)
    assert (row["rule"], row["severity"]) == ("reopened", "warning")
    assert "Wang Min" in row["message"]
    assert "an invoice of January was forgotten" in row["message"]
    again = seal(repository)
    assert "\n  reopened: 2024-02-10\n" in again
    add(repository, "closing", "\n" + again)
    assert found(repository) == []
    add(repository, "sales", BACKDATED.replace("INV-9", "INV-10"))
    (row,) = found(repository)
    assert row["rule"] == "seal-broken"
    assert "A1 625 → 650 EUR" in row["message"]


def test_what_is_lifted_stays_open_until_it_is_covered(repository: Repository) -> None:
    """A new seal of January leaves February open; one of March covers all."""
    add(repository, "sales", LATER)
    add(repository, "closing", "\n" + seal(repository, "2024-02-05"))
    add(repository, "closing", REOPEN)
    (row,) = found(repository)
    assert row["message"].endswith("not sealed again: 2024-01-31, 2024-02-05")
    add(repository, "closing", "\n" + seal(repository))
    (row,) = found(repository)
    assert row["message"].endswith("not sealed again: 2024-02-05")
    add(repository, "closing", "\n" + seal(repository, "2024-03-31"))
    assert found(repository) == []


def test_the_plugin_runs_no_other_program(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bean-check reports the seal, without git."""
    add(repository, "sales", BACKDATED)
    monkeypatch.setattr("subprocess.Popen", None)
    main = repository.main.read_text("utf-8")
    for plugin in ("receivables", "seals"):
        repository.main.write_text(
            main.replace("plugins.receivables", f"plugins.{plugin}"), "utf-8"
        )
        _, errors, _ = loader.load_file(str(repository.main))
        (error,) = errors
        assert "A1 600 → 625 EUR" in error.message
        assert error.message.endswith("[seal-broken]")
