# SPDX-License-Identifier: GPL-2.0-or-later
"""A reconciliation as ledger text: the correcting transactions, and the directive of agreement."""

from __future__ import annotations

import os
from pathlib import Path

from arledger.cli.reconciled import Said
from arledger.cli.visible import visible
from arledger.findings import Text, say
from arledger.reconciliation.confirming import directive, obstacle
from arledger.reconciliation.correcting import corrections, transaction_text
from arledger.reconciliation.differences import Difference
from arledger.reconciliation.words import head_of
from arledger.subledger.subledger import Subledger


def entries(said: Said) -> str:
    """The correcting transactions; what can't be proposed is a comment."""
    one = said.answer
    head = say(
        "{customer}, {currency}: from {ours} to {theirs} as of {day}; flagged !, decide each",
        customer=one.customer,
        currency=one.currency,
        ours=said.shown(one.ledger_balance),
        theirs=said.shown(one.statement_balance),
        day=one.as_of,
    )
    blocks = [_comment(said.text(head))]
    for found in corrections(one, said.books.subledger):
        narration = "" if found.narration is None else said.text(found.narration)
        blocks.append(
            _comments(said, found.difference, found.remark)
            + transaction_text(found, one, narration)
        )
    if len(blocks) == 1:
        blocks.append(_comment(said.text(say("nothing to correct"))))
    return "\n".join(blocks)


def _comments(said: Said, one: Difference, remark: Text) -> str:
    names = ", ".join(entry.id for entry in one.entries) or one.ref or ""
    ours, theirs = said.places((*one.entries, *one.proof), one.lines)
    what = f"{said.text(head_of(one))} {names} {said.shown(one.amount)} {said.answer.currency}"
    lines = [" ".join(what.split()), said.text(one.reason), f"{ours} {theirs}".strip()]
    if one.hint is not None:
        lines.insert(2, said.text(one.hint))
    lines.append(said.text(remark))
    return "".join(_comment(line) for line in lines if line)


def confirm(said: Said, document: str) -> str:
    """The `statement` directive; while something is unexplained, why there is none."""
    reason = obstacle(said.answer)
    if reason is not None:
        return _comment(said.text(reason))
    return directive(said.answer, document)


def _comment(text: str) -> str:
    return f"; {visible(text)}\n"


def kept_in(subledger: Subledger, ledger: Path) -> Path:
    """The file in which the ledger keeps its statements: the last one's, else the top file."""
    files = [
        (one.date, Path(file))
        for one in subledger.books.statements
        if (file := str(one.meta.get("filename") or "")) and not file.startswith("<")
    ]
    return max(files)[1] if files else ledger


def document_path(name: str, ledger: Path) -> str:
    """The statement's path as seen from a file of the ledger: relative to that file's folder."""
    full = Path(os.path.abspath(Path(name).expanduser()))  # noqa: PTH100 - follows no links
    try:
        return Path(os.path.relpath(full, ledger.parent)).as_posix()
    except ValueError:  # another drive
        return full.as_posix()
