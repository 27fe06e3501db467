# SPDX-License-Identifier: GPL-2.0-or-later
"""An answer as Markdown, for a comment on a pull request: what a ledger says stays text in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from arledger.cli.visible import visible

if TYPE_CHECKING:
    from arledger.cli.diff import Section

# A comment of GitHub holds 65,536 characters.
LENGTH_MAX = 60_000
ROWS_MAX = 200

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$@:&-])")
# What GitHub and GitLab look for in the finished text, where a character reference is the
# character itself again: people, issues, addresses, pictograms.
_LIVELY = re.compile(r"@|[#!&](?=\w)|\bGH(?=-\d)|\bwww(?=\.)|:(?=//)|:(?=[\w+-]+:)", re.IGNORECASE)
_NOTHING = "&#8203;"  # a space of no width, after which nothing of this is found


def text(value: str) -> str:
    """A text without any meaning of its own: no markup, no mention of a person, no link."""
    apart = _LIVELY.sub(lambda found: found[0] + "\u200b", visible(value))
    # A character reference is never taken for markup, and looks like what it stands for.
    plain = _SPECIAL.sub(lambda found: f"&#{ord(found[1])};", apart)
    return plain.replace("\u200b", _NOTHING)


def document(title: str, speaks_of: str, sections: Sequence[Section], nothing: str) -> str:
    """A heading, and a table a section; long ones are cut, and say so."""
    lines = [f"### {text(title)}", "", text(speaks_of), ""]
    if not sections:
        lines += [text(nothing), ""]
    for section in sections:
        lines += [f"#### {text(section.title)}", "", *_table(section), ""]
    return _cut("\n".join(lines).rstrip() + "\n")


def _table(section: Section) -> list[str]:
    marks = ["---:" if at in section.figures else "---" for at, _ in enumerate(section.headings)]
    lines = [_row(section.headings), "| " + " | ".join(marks) + " |"]
    lines += [_row(row) for row in section.rows[:ROWS_MAX]]
    left = len(section.rows) - ROWS_MAX
    return [*lines, "", f"… +{left}"] if left > 0 else lines


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(text(cell) for cell in cells) + " |"


def _cut(whole: str) -> str:
    if len(whole) <= LENGTH_MAX:
        return whole
    return whole[:LENGTH_MAX].rpartition("\n")[0] + "\n\n…\n"
