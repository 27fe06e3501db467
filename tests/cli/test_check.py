# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Write
from tests.cli.support import BOOK, ask, invoke

TEXT = """\
ledger.beancount:29: error: A1: exposure 1200.00 EUR is above the limit of 1000.00 EUR at the end of 2024-01-10 \
(raised by INV-1 of 1200.00 EUR) [limit-exceeded]
    Have the limit raised, the exposure reduced, or the transaction waived (`credit-waiver:`, `waiver-until:`).
"""


def test_text(book: Path) -> None:
    """A place that editors jump to, what is wrong, how to mend it; the counts at the end."""
    done = invoke("check", book)
    assert done.exit_code == 1
    assert TEXT in done.stdout
    *_, last = done.stdout.splitlines()
    assert last == "errors: 1, warnings: 0, to know: 1 (as of 2024-02-10)"


def test_keys(book: Path) -> None:
    """The ledger's latest date by default; files below the current folder relative to it."""
    answer = ask("check", book, status=1)
    assert (answer["as_of"], answer["counts"]) == (
        "2024-02-10",
        {"error": 1, "warning": 0, "info": 1},
    )
    assert answer["findings"][0] == {
        "rule": "limit-exceeded",
        "severity": "error",
        "message": TEXT.split("error: ")[1].split(" [", maxsplit=1)[0],
        "remedy": TEXT.splitlines()[1].strip(),
        "file": "ledger.beancount",
        "line": 29,
        "customer": "A1",
        "item": "INV-1",
        "date": "2024-01-10",
    }


def test_a_file_elsewhere_keeps_its_path(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is relative to a folder that it isn't below of."""
    other = book.parent / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    assert ask("check", book, status=1)["findings"][0]["file"] == str(book)


def test_as_of_hides_what_came_later(book: Path) -> None:
    """On 5 January nothing was wrong."""
    answer = ask("check", book, "--as-of", "2024-01-05")
    assert (answer["findings"], answer["as_of"]) == ([], "2024-01-05")


@pytest.mark.parametrize(
    ("fail_on", "status"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_fail_on(book: Path, fail_on: str, status: int) -> None:
    """At or above the severity named."""
    assert invoke("check", book, "--fail-on", fail_on).exit_code == status


@pytest.mark.parametrize(("fail_on", "status"), [("error", 0), ("warning", 0), ("info", 1)])
def test_fail_on_with_only_something_to_know(book: Path, fail_on: str, status: int) -> None:
    """A customer in credit is no warning."""
    assert invoke("check", book, "--customer", "B2", "--fail-on", fail_on).exit_code == status


def test_several_ledgers(book: Path) -> None:
    """One list, ledger by ledger; each at its own latest date."""
    other = book.with_name("other.beancount")
    other.write_text(BOOK.replace("1200.00", "1300.00") + '2024-05-01 note Assets:Bank "x"\n')
    answer = ask("check", book, other, status=1)
    assert [found["file"] for found in answer["findings"] if found["severity"] == "error"] == [
        "ledger.beancount",
        "other.beancount",
    ]
    assert [one["as_of"] for one in answer["ledgers"]] == ["2024-02-10", "2024-05-01"]
    assert answer["as_of"] == "2024-05-01"


def test_one_of_several_is_not_there(book: Path) -> None:
    """The others are answered; status 2."""
    done = invoke("check", "nowhere.beancount", book)
    assert done.exit_code == 2
    assert "limit-exceeded" in done.stdout
    assert "nowhere.beancount: No such file or directory" in done.stderr


def test_none_is_there(book: Path) -> None:
    """Nothing to answer."""
    done = invoke("check", book.with_name("nowhere.beancount"))
    assert (done.exit_code, done.stdout) == (2, "")


def test_beancounts_own_errors_are_findings(book: Path) -> None:
    """With their place; a failed balance leaves nothing out, so the answer is complete."""
    with book.open("a", encoding="utf-8") as ledger:
        ledger.write("\n2024-03-01 balance Assets:Bank  1.00 EUR\n")
    answer = ask("check", book, status=1)
    own = [found for found in answer["findings"] if found["rule"] == "beancount"]
    assert [(found["line"], answer["complete"]) for found in own] == [(54, True)]
    assert "Balance failed" in own[0]["message"]
    noted = invoke("aging", book, "--as-of", "2024-03-01")
    assert noted.exit_code == 0
    assert "Beancount's own errors: 1; `arledger check` shows them" in noted.stderr


def test_a_syntax_error_makes_the_ledger_incomplete(book: Path) -> None:
    """Reported as Beancount does, the rest is answered, one line says so, status 2."""
    with book.open("a", encoding="utf-8") as ledger:
        ledger.write("\n2024-03-01 blunder\n")
    answer = ask("check", book, status=2)
    assert answer["complete"] is False
    (own,) = (found for found in answer["findings"] if found["rule"] == "beancount")
    assert own["line"] == 54
    assert "blunder" in own["message"]
    assert "limit-exceeded" in {found["rule"] for found in answer["findings"]}
    done = invoke("check", book, "--fail-on", "never")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert "the ledger is incomplete (errors: 1)" in done.stderr


def test_customer_narrows_the_findings(book: Path) -> None:
    """To those about that customer."""
    answer = ask("check", book, "--customer", "B2")
    assert [found["rule"] for found in answer["findings"]] == ["customer-in-credit"]


def test_a_plugin_line_in_an_included_file(write: Write) -> None:
    """What only the files show is among the findings."""
    book = write('include "more.beancount"\n2024-01-01 open Assets:Receivable:X\n')
    book.with_name("more.beancount").write_text('plugin "arledger.plugins.receivables"\n')
    answer = ask("check", book)
    assert [(found["rule"], found["file"]) for found in answer["findings"]] == [
        ("plugin-in-include", "more.beancount")
    ]


def test_severities_are_the_ledgers_own(book: Path) -> None:
    """A rule turned off isn't found, and one made an error fails."""
    options = (
        '2024-01-01 custom "ar-option" "severity" "limit-exceeded" "off"\n'
        '2024-01-01 custom "ar-option" "severity" "customer-in-credit" "error"\n'
    )
    book.write_text(options + BOOK, encoding="utf-8")
    answer = ask("check", book, status=1)
    assert [(f["rule"], f["severity"]) for f in answer["findings"]] == [
        ("customer-in-credit", "error")
    ]
