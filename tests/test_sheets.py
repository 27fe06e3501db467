# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as spreadsheets: nothing is computed, no digit is lost."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest

from arledger.sheets import Cell, Figure, is_kept, sheet_title, workbook


def test_texts_stay_texts_and_figures_keep_their_digits() -> None:
    """A formula is a text; an amount has its own decimals; one too long for a double is a text."""
    long = "123456789012345.67"
    row: list[Cell] = [
        "=1+1",
        Decimal("-1234.50"),
        Figure("7"),
        Decimal(long),
        "a\x00b",
        True,
        None,
    ]
    content = workbook("Items: [all]", ["name", *"abcdef"], [row])
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert sheet.title == "Items   all"
    cells = list(sheet.iter_rows())[1]
    assert [cell.value for cell in cells] == ["=1+1", -1234.5, 7, long, "a\ufffdb", True, None]
    assert [cell.data_type for cell in cells[:5]] == ["s", "n", "n", "s", "s"]
    assert [cell.number_format for cell in cells[1:3]] == ["#,##0.00", "#,##0"]


@pytest.mark.parametrize(
    ("number", "kept"),
    [("999999999999999", True), ("9999999999999999", False), ("1000000000000000000.00", True)],
)
def test_what_a_spreadsheet_keeps(number: str, *, kept: bool) -> None:
    """Fifteen digits, zeros at the end not counted."""
    assert is_kept(Decimal(number)) is kept


def test_a_sheet_s_name() -> None:
    """Never empty, never too long."""
    assert sheet_title("''") == "arledger"
    assert len(sheet_title("长" * 99)) == 31
