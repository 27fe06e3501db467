# SPDX-License-Identifier: GPL-2.0-or-later
"""Balance confirmation letters on the command line: plain text, or a document to be printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arledger.cli import common
from arledger.cli.at import here
from arledger.cli.committed import Revision, revision
from arledger.cli.lang import language
from arledger.cli.statement import explicit_lang
from arledger.cli.tables import PAPER, Page, fold, render
from arledger.cli.visible import visible
from arledger.findings import Text, say
from arledger.letter import Letter, Writer, balances, html

WIDTH = 78


def letters(books: common.Books, customers: Sequence[str], lang_of: Callable[[str], str]) -> str:
    """A letter for each customer, as text or as one document to be printed."""
    at, files = here(), books.ledger.options_map.get("include") or ()
    made = Revision(at.commit, dirty=False) if at else revision(books.ledger.path, files)
    stated = balances(books.subledger, books.as_of, customers)
    written = [
        Writer(
            books.subledger, books.as_of, customer, lang_of(customer), books.title, _version(made)
        ).letter(stated[customer])
        for customer in customers
    ]
    if books.request.format != "html":
        return "\f\n".join(_text(one) for one in written)
    return html(written, language(explicit_lang(), {}), books.title)


def _version(made: Revision | None) -> Text | None:
    if made is None:
        return None
    if made.dirty:
        return say("From our ledger at commit {commit}, with changes since", commit=made.short)
    return say("From our ledger at commit {commit}", commit=made.short)


# As text.


def _text(letter: Letter) -> str:
    """The letter for a plain mail: folded where it is wide, with lines to write on."""
    lines = [*letter.sender, "", letter.title, letter.reference, ""]
    lines += [*letter.recipient, ""]
    for paragraph in letter.before:
        lines += [paragraph, ""]
    # The table comes with an empty line before it.
    lines = [*_folded(lines[:-1]), *render(Page([], [letter.table]), PAPER)]
    rest = [*letter.capitals, ""]
    for paragraph in letter.after:
        rest += [paragraph, ""]
    rest += [letter.version, ""] if letter.version else []
    rest += [letter.return_to, *letter.sender, "", *map(_blank, letter.seal), ""]
    rest += ["-" * WIDTH, letter.reply, ""]
    for box in letter.boxes:
        rest += [f"[ ] {box.mark}", "", box.text]
        rest += ["_" * (WIDTH - 2)] * box.lines
        rest += ["", *map(_blank, box.fill), ""]
    return "".join(line + "\n" for line in [*lines, *_folded(rest[:-1])])


def _blank(label: str) -> str:
    return f"{label} " + "_" * 30


def _folded(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in (fold(visible(line), WIDTH) or [""])]
