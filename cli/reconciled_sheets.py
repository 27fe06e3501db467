# SPDX-License-Identifier: GPL-2.0-or-later
"""A reconciliation as a workbook: the reconciliation statement, the pairs, the proposals."""

from __future__ import annotations

from collections.abc import Iterator

from arledger.cli.reconciled import Said, gap_of
from arledger.cli.xlsx_out import Line, Sheet, Value, document
from arledger.findings import Text, say
from arledger.money import ZERO, digits_of, exact
from arledger.reconciliation.differences import Difference
from arledger.reconciliation.words import HOW, document_name, grouped, line_number


@exact
def workbook(said: Said) -> bytes:
    """A workbook: the reconciliation statement, the pairs, the proposals."""
    digits = digits_of(said.answer.currency, said.books.subledger.options.precision)
    sheets = [
        Sheet(said.text(say("Reconciliation")), list(_reconciliation_lines(said)), digits),
        Sheet(said.text(say("Pairs")), list(_pair_lines(said)), digits),
    ]
    if said.answer.proposals:
        sheets.append(_proposal_sheet(said, digits))
    return document(sheets, said.answer.as_of)


def _reconciliation_lines(said: Said) -> Iterator[Line]:
    one = said.answer
    for at, line in enumerate([*said.header(), *said.warnings()]):
        yield Line([line], strong=at == 0)
    yield Line([])
    heads = (
        say("class"),
        say("document"),
        say("reference"),
        say("date"),
        say("line"),
        say("reason"),
        say("place"),
        say("amount"),
    )
    yield Line([said.text(text) for text in heads], strong=True)
    yield Line([said.text(say("our balance")), *[""] * 6, one.ledger_balance], strong=True)
    for head, members in grouped(one.differences):
        for found in members:
            yield Line(_difference_cells(said, head, found))
        subtotal = f"{said.text(say('subtotal'))}: {said.text(head)}"
        amount = sum((found.amount for found in members), ZERO)
        yield Line([subtotal, *[""] * 6, amount], strong=True)
    yield Line([said.text(say("their balance")), *[""] * 6, one.statement_balance], strong=True)
    yield Line([said.text(say("unexplained")), *[""] * 6, one.unexplained], strong=True)


def _difference_cells(said: Said, head: Text, one: Difference) -> list[Value]:
    ours, theirs = said.places((*one.entries, *one.proof), one.lines)
    hint = "" if one.hint is None else f"; {said.text(one.hint)}"
    return [
        said.text(head),
        ", ".join(document_name(entry, said.text) for entry in one.entries),
        one.ref or "",
        one.date,
        line_number(one.lines[0]) if one.lines else None,
        said.text(one.reason) + hint,
        " ".join(filter(None, (ours, theirs))),
        one.amount,
    ]


def _pair_lines(said: Said) -> Iterator[Line]:
    heads = (
        say("document"),
        say("reference"),
        say("date"),
        say("line"),
        say("how"),
        say("our amount"),
        say("their amount"),
        say("difference"),
    )
    yield Line([said.text(text) for text in heads], strong=True)
    for one in said.answer.matched:
        difference = gap_of(one)
        yield Line(
            [
                ", ".join(document_name(entry, said.text) for entry in one.entries),
                ", ".join(line.reference for line in one.lines if line.reference),
                one.lines[0].date if one.lines else None,
                ", ".join(str(line_number(line)) for line in one.lines),
                said.text(HOW[one.how]),
                one.amount - difference,
                one.amount,
                difference,
            ]
        )


def _proposal_sheet(said: Said, digits: int) -> Sheet:
    table = said.proposals()
    lines = [Line([column.heading for column in table.columns], strong=True)]
    ways = [way for one in said.answer.proposals for way in one.candidates]
    for row, way in zip(table.rows, ways, strict=True):
        amount = sum((line.amount for line in way.lines), ZERO)
        lines.append(Line([*row.cells[:-1], amount]))
    return Sheet(said.text(say("Proposals")), lines, digits)
