# SPDX-License-Identifier: GPL-2.0-or-later
"""Files for the readers: tables as text and as workbooks, and ledgers as Chinese ERP systems print them."""

from __future__ import annotations

import csv
import io
import random
import struct
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
import openpyxl

from arledger.reconciliation.model import Statement
from arledger.reconciliation.reading import Overrides, read_statement

Rows = Sequence[Sequence[Any]]


def text_of(rows: Rows, delimiter: str = ",") -> str:
    """Rows as delimited text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def csv_of(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as bytes of a text file."""
    return text_of(rows, delimiter).encode(encoding)


def book_of(
    sheets: dict[str, Rows], hidden: Iterable[str] = (), merged: Iterable[str] = ()
) -> bytes:
    """Rows as an XLSX workbook; `merged` ranges on the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook's bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content: bytes | str, name: str = "statement.csv", **told: Any) -> Statement:
    """Read a statement with overrides."""
    data = content.encode() if isinstance(content, str) else content
    return read_statement(data, name, Overrides(**told))


def amounts(statement: Statement) -> list[str]:
    """The lines' amounts, from our side."""
    return [str(line.amount) for line in statement.lines]


def graves(statement: Statement) -> list[tuple[int, str]]:
    """What is gravely wrong, with its line."""
    return [(one.place.line, str(one.text)) for one in statement.remarks if one.grave]


def compound_of(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams, each of 4,096 bytes at least."""
    size = 512
    sectors: list[bytes] = []
    table: list[int] = []
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, content in streams.items():
        padded = content.ljust(4096, b"\0")
        count = -(-len(padded) // size)
        entries.append((name, 2, len(sectors), len(padded)))
        table += [*range(len(sectors) + 1, len(sectors) + count), 0xFFFFFFFE]
        sectors += [padded[at : at + size].ljust(size, b"\0") for at in range(0, len(padded), size)]
    directory = b"".join(
        struct.pack(
            "<64sHBB48xIII", name.encode("utf-16-le"), 2 * len(name) + 2, kind, 1, start, length, 0
        )
        for name, kind, start, length in entries
    ).ljust(size, b"\0")[:size]
    table += [0xFFFFFFFE, 0xFFFFFFFD]
    sectors += [directory, struct.pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table)))]
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<5H6x", 62, 3, 0xFFFE, 9, 6)
    )
    places = [len(sectors) - 1, *[0xFFFFFFFF] * 108]
    head += struct.pack("<9I", 0, 1, len(sectors) - 2, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    return head + struct.pack("<109I", *places) + b"".join(sectors)


@attrs.frozen
class Ledger:
    """A customer's ledger account of ours as its ERP system prints it, and what it says.

    `lines` are date, voucher, text and amount from our side; balances are, too.
    """

    rows: list[list[Any]]
    lines: list[tuple[date, str, str, Decimal]]
    opening: Decimal
    closing: Decimal
    broken_row: int | None = None


def erp_ledger(seed: int, *, payable: bool, split_dates: bool, planted: bool = False) -> Ledger:
    """A subsidiary ledger with title, unit, period, two header rows, monthly sums and directions.

    `payable`: out of the customer's own books, where what it owes stands in the credit; else a
    copy of ours. `planted`: one balance is wrong by a cent, and all after it with it.
    """
    chance = random.Random(seed)  # noqa: S311 - a ledger, no secret
    opening = Decimal(chance.randrange(0, 5_000_000)) / 100
    rows: list[list[Any]] = [
        ["应付账款明细账" if payable else "应收账款明细账"],
        ["往来单位：", "V017 华东机械" if payable else "C017 宏发贸易", "", "币种：", "人民币"],
        ["会计期间：2024-01 至 2024-03"],
    ]
    when = ["2024年", ""] if split_dates else ["日期"]
    rows.append([*when, "凭证字号", "摘要", "借方", "贷方", "余额", ""])
    rows.append([*(["月", "日"] if split_dates else [""]), "", "", "", "", "方向", "金额"])
    blank = [""] * len(when)
    balance = opening
    rows.append([*blank, "", "上年结转", "", "", *_balance(balance, payable)])
    lines = []
    broken = None
    year = {True: Decimal(0), False: Decimal(0)}
    for month in (1, 2, 3):
        moved = {True: Decimal(0), False: Decimal(0)}
        day = date(2024, month, 1)
        for number in range(chance.randrange(1, 9)):
            day = min(day + timedelta(days=chance.randrange(0, 6)), date(2024, month, 28))
            invoice = chance.random() < 0.6
            amount = Decimal(chance.randrange(1, 9_000_000)) / 100 * (1 if invoice else -1)
            balance += amount
            text = f"采购发票 FP{seed:03}{month}{number}" if invoice else "电汇付款"
            voucher = f"记-{month}{number:03}"
            lines.append((day, voucher, text, amount))
            debit = (amount > 0) != payable
            moved[debit] += abs(amount)
            if planted and broken is None and month == 2:
                balance += Decimal("0.01")
                broken = len(rows) + 1
            cells = [str(day.month), str(day.day)] if split_dates else [day.isoformat()]
            pair = [_money(amount), ""] if debit else ["", _money(amount)]
            rows.append([*cells, voucher, text, *pair, *_balance(balance, payable)])
        for debit in (True, False):
            year[debit] += moved[debit]
        for title, sums in (("本月合计", moved), ("本年累计", year)):
            pair = [_money(sums[True]), _money(sums[False])]
            rows.append([*blank, "", title, *pair, *_balance(balance, payable)])
    rows.append(["制表：张三", "", "审核：李四", "", "打印日期：2024-04-02"])
    return Ledger(rows, lines, opening, balance, broken)


def _money(amount: Decimal) -> str:
    return f"{abs(amount):,.2f}"


def _balance(balance: Decimal, payable: bool) -> list[str]:  # noqa: FBT001
    if not balance:
        return ["平", "0.00"]
    return ["贷" if (balance > 0) == payable else "借", _money(balance)]
