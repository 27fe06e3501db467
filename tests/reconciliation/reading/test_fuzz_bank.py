# SPDX-License-Identifier: GPL-2.0-or-later
"""Real bank files, damaged: what comes out is a bank file that holds together, or one sentence.

Brief here; `make fuzz` runs it longer (profile `fuzz`).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arledger.reconciliation.model import BankFile
from arledger.reconciliation.reading.bank import read_bank
from arledger.reconciliation.reading.errors import ReadingError

FILES = (
    "camt053.v2.five.decimals.xml",
    "camt053.v4.xml",
    "mt940_abnamro.sta",
    "mt940_sepa.sta",
    "cn_icbc_debit_v2.csv",
    "cn_spdb_debit.xls",
    "sheet_meta_debit_credit.xlsx",
    "ubl21_en16931_invoice.xml",
)
# What trips readers: signs of every format, odd digits, control characters, huge numbers.
_SHARDS = st.sampled_from(
    [
        b"", b"\0", b"\xff", b"\n", b"\r", b",", b";", b"\t", b'"', b"<", b">", b"&x;", b"&#0;", b"</Ntry>", b"<Amt>",
        b"]]>", b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b":61:", b":20:", b":62F:", b":86:", b"-\n", b"?20", b"?32", b"/NAME/",
        b"1e999", b"NaN", b"-", b"999999999999999999999999999999", b"0", b"240230", b"2024-02-30", b"13/13/13", b"\xef\xbb\xbf",
        "１２".encode(), "٣".encode(), "²".encode(), "\u2028".encode(), "借".encode("gb18030"), b"\xb4", b" " * 200, b"EUR", b"C", b"D",
    ]
)  # fmt: skip
_EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(_SHARDS, st.binary(max_size=8))),
    min_size=1,
    max_size=6,
)


def _damaged(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """The file with pieces cut out and others put in; the edits' places are shares of its length."""
    for share, length, shard in edits:
        at = int(share * len(content))
        content = content[:at] + shard + content[at + length :]
    return content


def _holds_together(file: BankFile) -> None:
    entries = [entry for statement in file.statements for entry in statement.entries]
    assert [entry.index for entry in entries] == list(range(len(entries)))
    for statement in file.statements:
        names = [entry.reference for entry in statement.entries]
        assert len(set(names)) == len(names)
        for entry in statement.entries:
            assert entry.reference
            assert entry.amount.is_finite()
            assert entry.place is not None
            assert entry.place.line > 0
        booked = sum((e.amount for e in statement.entries if not e.pending), Decimal(0))
        if statement.opening is not None and statement.closing is not None:
            ties = statement.opening + booked == statement.closing
            assert ties or any(remark.grave for remark in statement.remarks)
        for remark in statement.remarks:
            assert remark.text.render()


@pytest.mark.parametrize("name", FILES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edits=_EDITS)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(
    shared_data: Path, name: str, edits: list[tuple[float, int, bytes]]
) -> None:
    content = _damaged((shared_data / "data/formats" / name).read_bytes(), edits)
    try:
        file = read_bank(content, name)
    except ReadingError as refused:
        text = refused.text.render()
        assert text
        assert "\n" not in text
    else:
        _holds_together(file)


@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_a_sentence(content: bytes) -> None:
    try:
        _holds_together(read_bank(content, "x"))
    except ReadingError as refused:
        assert "\n" not in refused.text.render()  # noqa: PT017 - either outcome is right
