# SPDX-License-Identifier: GPL-2.0-or-later
"""An environment that decides nothing, and ledgers written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.support import BOOK, load_companies_once

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the language nor the colours of whoever runs the tests."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "FORCE_COLOR", "ARLEDGER_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many questions of the two companies."""
    load_companies_once(monkeypatch)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a ledger's text to `ledger.beancount` in an empty current folder."""
    monkeypatch.chdir(tmp_path)

    def written(text: str) -> Path:
        path = tmp_path / "ledger.beancount"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def book(write: Write) -> Path:
    """The small ledger with something of everything."""
    return write(BOOK)
