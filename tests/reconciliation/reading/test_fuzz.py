# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged files: whatever is done to one, it is read or refused in one sentence.

Brief here; `make fuzz` runs the same for long.
"""

from __future__ import annotations

import io
import os
import zipfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arledger.reconciliation.reading import Overrides, ReadingError, read_statement
from tests.reconciliation.reading.files import book_of, csv_of, erp_ledger

SHARED = ("cn_icbc_debit_v2.csv", "cn_spdb_debit.xls", "sheet_meta_debit_credit.xlsx")
CUTS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "delete", "insert", "copy", "cut"]),
        st.floats(0, 1, allow_nan=False),
        st.binary(min_size=1, max_size=8),
        st.integers(1, 200),
    ),
    min_size=1,
    max_size=6,
)
Cut = tuple[str, float, bytes, int]


@cache
def shared_file(name: str) -> bytes | None:
    """A real file, where the shared data is."""
    folder = os.environ.get("ARLEDGER_TEST_DATA")
    return (Path(folder) / "data" / "formats" / name).read_bytes() if folder else None


def damaged(content: bytes, cuts: list[Cut]) -> bytes:
    """The file after some accidents."""
    for what, where, new, length in cuts:
        at = int(where * len(content))
        if what == "flip":
            content = content[:at] + new + content[at + len(new) :]
        elif what == "delete":
            content = content[:at] + content[at + length :]
        elif what == "insert":
            content = content[:at] + new + content[at:]
        elif what == "copy":
            content = content[: at + length] + content[at:]
        else:
            content = content[: max(at, 1)]
    return content


def survives(content: bytes) -> None:
    """Read, or refused in one line; nothing else is raised."""
    for overrides in (Overrides(), Overrides(date_order="dmy", decimal_mark=".")):
        try:
            statement = read_statement(content, "f.csv", overrides)
        except ReadingError as error:
            assert "\n" not in str(error)  # noqa: PT017 - the sentence is what is tested
            continue
        assert [line.index for line in statement.lines] == list(range(len(statement.lines)))


@given(CUTS, st.integers(0, 3), st.sampled_from(["utf-8", "gb18030", "utf-16"]), st.booleans())
def test_text(cuts: list[Cut], seed: int, encoding: str, payable: bool) -> None:  # noqa: FBT001
    """A ledger of an ERP system, as text."""
    rows = erp_ledger(seed, payable=payable, split_dates=payable).rows
    survives(damaged(csv_of(rows, encoding=encoding), cuts))


@given(CUTS)
def test_workbook(cuts: list[Cut]) -> None:
    """The bytes of a workbook."""
    survives(damaged(book_of({"S": erp_ledger(1, payable=True, split_dates=False).rows}), cuts))


@given(CUTS, st.integers(0, 20))
def test_members(cuts: list[Cut], number: int) -> None:
    """What is in a workbook, packed again so that the parser gets to see it."""
    with zipfile.ZipFile(
        io.BytesIO(book_of({"S": erp_ledger(1, payable=True, split_dates=False).rows}))
    ) as book:
        members = {name: book.read(name) for name in book.namelist()}
    member = sorted(members)[number % len(members)]
    members[member] = damaged(members[member], cuts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    survives(out.getvalue())


@pytest.mark.parametrize("name", SHARED)
@given(cuts=CUTS)
def test_real_files(name: str, cuts: list[Cut], shared_data: Path) -> None:
    """Bank and customer files that are in use."""
    del shared_data  # skips where there is none
    content = shared_file(name)
    assert content is not None, "the fixture has skipped otherwise"
    survives(damaged(content, cuts))


@given(st.binary(max_size=2000))
def test_any_bytes(content: bytes) -> None:
    """No file at all."""
    survives(content)


@given(st.text(max_size=500).map("日期,单据号,金额,余额\n{}".format))
def test_any_text(text: str) -> None:
    """Anything below a header."""
    survives(text.encode("utf-8", errors="ignore"))
