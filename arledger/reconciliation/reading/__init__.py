# SPDX-License-Identifier: GPL-2.0-or-later
"""Customers' statements as files: CSV, TSV, XLSX and XLS in, a `Statement` out."""

from __future__ import annotations

from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import Overrides, parse_columns
from arledger.reconciliation.reading.sides import flip
from arledger.reconciliation.reading.statement import read_statement

__all__ = ["Overrides", "ReadingError", "flip", "parse_columns", "read_statement"]
