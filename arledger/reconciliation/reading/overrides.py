# SPDX-License-Identifier: GPL-2.0-or-later
"""What the reader of a file is told instead of finding it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from arledger.language import columns
from arledger.language.values import MalformedError
from arledger.reconciliation.reading.errors import ReadingError

DateOrder = Literal["ymd", "dmy", "mdy"]
DecimalMark = Literal[".", ","]
# Who wrote the statement: it is in our terms (a debit is what the customer owes us), or in
# theirs (their payable: a credit is what they owe us).
StatementSide = Literal["ours", "theirs"]


@attrs.frozen
class Overrides:
    """Each part of how a file is read that somebody has settled; None is found out.

    `columns` maps fields (`date`, `ref`, `debit`, …) to the headings of their columns.
    `header_line` is the line of the file, or row of the sheet, from 1; `currency` is the ISO
    code of lines that don't say theirs, and `currency_else` that where nothing in the file tells.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None
    columns: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None
    side: StatementSide | None = None
    currency: str | None = None
    currency_else: str | None = None

    def over(self, known: Overrides) -> Overrides:
        """These, and what `known` says of the parts that they leave open."""
        given = attrs.asdict(self, recurse=False)
        said = {name: value for name, value in given.items() if value not in (None, {})}
        return attrs.evolve(known, **said)


NOTHING = Overrides()


def parse_columns(text: str) -> Mapping[str, str]:
    """`date=日期 ref=单据号 …` as fields and headings; `ReadingError` says what is wrong."""
    try:
        return columns.parse_columns(text)
    except MalformedError as error:
        raise ReadingError(error.text) from error
