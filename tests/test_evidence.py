# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents of statements: there, as they were, and never able to hang us."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from arledger import evidence
from arledger.findings import Finding
from arledger.load import load
from tests.cli.support import ask, invoke

LEDGER = """\
{plugin}
include "books/statements.beancount"
2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Income:Sales
2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme   1000.00 EUR
  Income:Sales
"""
STATEMENT = """\
2024-03-31 custom "statement" "Acme" 1000.00 EUR
  agreed: TRUE
  document: "{document}"
  sha256: "{digest}"
"""
CONTENT = b"Acme confirms 1000.00 EUR\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def ledger(
    folder: Path, document: str = "acme.txt", digest: str = DIGEST, plugin: str = ""
) -> Path:
    """A ledger whose statement stands in an included file, in a folder of its own."""
    (folder / "books").mkdir(exist_ok=True)
    text = STATEMENT.format(document=document, digest=digest)
    (folder / "books" / "statements.beancount").write_text(text, encoding="utf-8")
    top = folder / "main.beancount"
    line = f'plugin "arledger.plugins.{plugin}"' if plugin else ""
    top.write_text(LEDGER.format(plugin=line), encoding="utf-8")
    return top


def found(top: Path) -> list[Finding]:
    """What the loader says of the documents."""
    return [one for one in load(top).notes if one.rule == "evidence"]


def test_the_document_stands_beside_the_statement(tmp_path: Path) -> None:
    """Relative to the file of the directive, not to the top file."""
    top = ledger(tmp_path)
    (tmp_path / "acme.txt").write_bytes(CONTENT)
    (missing,) = found(top)
    assert missing.message == "acme.txt: is missing"
    assert (missing.severity, missing.customer, missing.line) == ("error", "Acme", 1)
    assert missing.file.endswith("statements.beancount")
    (tmp_path / "acme.txt").rename(tmp_path / "books" / "acme.txt")
    assert found(top) == []


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    """It may lie anywhere."""
    (tmp_path / "acme.txt").write_bytes(CONTENT)
    assert found(ledger(tmp_path, str(tmp_path / "acme.txt"))) == []


def test_a_changed_document(tmp_path: Path) -> None:
    """One bit is enough; what it is now is said."""
    top = ledger(tmp_path)
    (tmp_path / "books" / "acme.txt").write_bytes(CONTENT + b" ")
    (changed,) = found(top)
    assert changed.message.startswith("acme.txt has changed since: its sha256 is now ")
    assert hashlib.sha256(CONTENT + b" ").hexdigest() in changed.message


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("document", ["/dev/zero", "pipe", ".", "nowhere/acme.txt", "acme.txt/x"])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, document: str) -> None:
    """A device without end, a pipe that nobody writes to, a folder: a finding, and at once."""
    top = ledger(tmp_path, document)
    (tmp_path / "books" / "acme.txt").write_bytes(CONTENT)
    os.mkfifo(tmp_path / "books" / "pipe")
    (odd,) = found(top)
    assert odd.message.split(": ")[1] in {"is not a file", "is missing", "can't be read"}


def test_a_document_of_any_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the bound isn't read, and said so."""
    monkeypatch.setattr(evidence, "BYTES_MAX", 10)
    top = ledger(tmp_path)
    (tmp_path / "books" / "acme.txt").write_bytes(CONTENT)
    (large,) = found(top)
    assert large.message == "acme.txt: is larger than 0 MB"


def test_a_path_that_cannot_be_one(tmp_path: Path) -> None:
    """A name longer than any file's."""
    (odd,) = found(ledger(tmp_path, "x" * 5000))
    assert odd.message.endswith("can't be read")


@pytest.mark.parametrize("plugin", ["", "statements", "receivables"])
def test_check_says_it_once(tmp_path: Path, plugin: str) -> None:
    """With the plugin and without; and as Beancount's error with it."""
    top = ledger(tmp_path, plugin=plugin)
    answer = ask("check", top, status=1)
    assert [one["rule"] for one in answer["findings"]] == ["evidence"]


def test_an_earlier_day_knows_nothing_of_it(tmp_path: Path) -> None:
    """The statement wasn't there yet."""
    assert invoke("check", ledger(tmp_path), "--as-of", "2024-03-30").exit_code == 0


def test_a_file_that_git_lfs_keeps_elsewhere(tmp_path: Path) -> None:
    """Its pointer names the digest: what is named is what counts."""
    top = ledger(tmp_path)
    document = tmp_path / "books" / "acme.txt"

    def pointer(content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 5\n"
        document.write_text(text, encoding="utf-8")

    pointer(CONTENT)
    assert found(top) == []
    pointer(CONTENT + b"x")
    (changed,) = found(top)
    assert "has changed since" in changed.message
