# SPDX-License-Identifier: GPL-2.0-or-later
"""Bank tables."""

from __future__ import annotations

from arledger.findings import say
from arledger.reconciliation.model import BankStatement, ReadAs
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import Overrides


def read_bank_table(
    content: bytes, name: str, overrides: Overrides
) -> tuple[ReadAs, tuple[BankStatement, ...]]:
    raise ReadingError(say("{file}: is no bank file", file=name))
