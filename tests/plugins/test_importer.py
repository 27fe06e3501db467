# SPDX-License-Identifier: GPL-2.0-or-later
"""The beangulp importer and its hook: golden files, duplicates, receipts on existing entries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import beangulp
import beangulp.testing
import pytest
from beancount import loader
from beancount.core.data import Transaction
from beangulp.extract import DUPLICATE
from click.testing import CliRunner

from arledger.plugins.hook import apply_receipts
from arledger.plugins.importer import BankImporter

FOLDER = Path(__file__).parent / "bank"
FILE = FOLDER / "camt053.xml"
NUMBER = "DE89 3704 0044 0532 0130 00"
LEDGER = """
option "operating_currency" "EUR"
2024-01-01 open Assets:Bank  EUR
2024-01-01 open Income:Sales
2024-01-01 open Assets:Receivable:A1
  customer: "A1"
  name: "Alpha GmbH"
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
2024-02-01 * "Invoice" ^INV-2024-0501
  Assets:Receivable:A1  1000.00 EUR
  Income:Sales
2024-02-01 * "Invoice" ^INV-2024-0502
  Assets:Receivable:A1   200.00 EUR
  Income:Sales
2024-02-01 * "Invoice" ^INV-2024-0503
  Assets:Receivable:A1   150.00 EUR
  Income:Sales
2024-02-01 * "Invoice" ^INV-2024-0504
  Assets:Receivable:A1   300.00 EUR
  Income:Sales
"""


@pytest.fixture
def importer() -> BankImporter:
    """For the account of the example file."""
    return BankImporter("Assets:Bank", number=NUMBER)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """The books as they are before the file."""
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    loader.initialize(use_cache=False)
    return path


def extract(ledger: Path, importers: list[BankImporter], *files: Path) -> str:
    """What `import.py extract` prints."""
    ingest = beangulp.Ingest(importers, [apply_receipts])
    arguments = ["extract", "--existing", str(ledger), *map(str, files)]
    done = CliRunner().invoke(ingest.cli, arguments)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


def test_golden_files(importer: BankImporter) -> None:
    """The host compares: what is extracted is what stands beside the file."""
    main: Any = beangulp.testing._test
    done = CliRunner().invoke(main, [str(FOLDER)], obj=beangulp.Ingest([importer]))
    assert done.exit_code == 0, done.output
    assert "PASSED" in done.output


def test_a_file_is_known_by_its_content(importer: BankImporter, tmp_path: Path) -> None:
    """Neither by its name, nor where it is another account's."""
    renamed = tmp_path / "download.tmp"
    shutil.copy(FILE, renamed)
    assert importer.identify(str(renamed))
    assert not BankImporter("Assets:Bank", number="DE0012345678").identify(str(renamed))
    other = tmp_path / "letter.xml"
    other.write_text("<letter/>", encoding="utf-8")
    assert not importer.identify(str(other))
    assert importer.extract(str(other), []) == []


def test_receipts_are_applied_against_existing_entries(
    importer: BankImporter, ledger: Path
) -> None:
    """What is certain is whole and loads; what isn't has its candidates."""
    text = extract(ledger, [importer], FILE)
    assert '2024-03-15 * "Alpha GmbH" "Invoice INV-2024-0501" ^bank-2024031500001' in text
    assert text.count('invoice: "INV-2024-0') == 3
    assert '2024-03-18 ! "Alpha GmbH" "on account"' in text
    assert 'candidate-1: "A1: INV-2024-0504 300.00 EUR, Assets:Receivable:A1 100.00 EUR' in text
    assert 'reason-1: "the payer is unknown: Unheard Of AG"' in text
    assert '2024-03-18 ! "Account fee" ^bank-2024031800003' in text


def test_once_in_the_books_it_is_a_duplicate(importer: BankImporter, ledger: Path) -> None:
    """Whatever has the link is the booking, though its date is ten days off."""
    first = extract(ledger, [importer], FILE)
    whole = [block for block in first.split("\n\n") if "Assets:Receivable" in block]
    certain = [block.replace("2024-03-15", "2024-03-25") for block in whole if " * " in block]
    assert len(certain) == 2
    ledger.write_text(LEDGER + "\n".join(certain), encoding="utf-8")
    again = extract(ledger, [importer], FILE)
    assert again.count("; duplicate of") == 2
    assert '; 2024-03-15 ! "Alpha GmbH" "Invoice INV-2024-0501" ^bank-2024031500001' in again


def test_a_like_amount_about_the_day_is_no_duplicate(importer: BankImporter) -> None:
    """The default rule would take a real receipt for one."""
    entries = importer.extract(str(FILE), [])
    like = [
        entry._replace(links=frozenset({"bank-x"}))
        for entry in entries
        if isinstance(entry, Transaction)
    ]
    assert len(like) == 5
    importer.deduplicate(entries, like)
    assert not any(DUPLICATE in entry.meta for entry in entries)
    importer.deduplicate(entries, entries)
    assert all(DUPLICATE in entry.meta for entry in entries)
    assert importer.cmp(entries[0], entries[0])
    assert not importer.cmp(entries[0], entries[1])


def test_two_files_of_a_morning(importer: BankImporter, ledger: Path, tmp_path: Path) -> None:
    """The same file twice is booked once."""
    copy = tmp_path / "again.xml"
    shutil.copy(FILE, copy)
    text = extract(ledger, [importer], FILE, copy)
    assert text.count("\n2024-03-15 * ") == 2
    assert text.count("; duplicate of") == 5


def test_without_a_ledger_nothing_is_changed(importer: BankImporter) -> None:
    """There is nothing to apply to."""
    entries = importer.extract(str(FILE), [])
    extracted = [(str(FILE), entries, "Assets:Bank", importer)]
    assert apply_receipts(extracted, entries) == extracted


def test_the_import_script_of_the_manual_runs(ledger: Path, tmp_path: Path) -> None:
    """The example in the docs, as a script of its own."""
    page = Path(__file__).resolve().parents[2] / "docs" / "howto" / "bank-files.md"
    script = page.read_text(encoding="utf-8").split("```python3\n", 1)[1].split("```", 1)[0]
    (tmp_path / "import.py").write_text(script.replace("1001 2345 6789", NUMBER), "utf-8")
    command = [sys.executable, "import.py", "extract", "-e", ledger.name, str(FILE)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert 'invoice: "INV-2024-0501"' in done.stdout
