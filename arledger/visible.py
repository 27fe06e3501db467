# SPDX-License-Identifier: GPL-2.0-or-later
"""Text from a ledger made safe to look at.

A name may hold escape sequences, line breaks or marks that turn the reading direction: on a
terminal they could hide or forge a figure. They are shown as escapes. JSON needs none of this,
there they are data.

Nor may a text speak to what runs us: the log of a build server is read for commands, which stand
at the start of a line (`::error::`) or anywhere in it (`##[error]`, `##vso[task…]`).
"""

from __future__ import annotations

import re
import unicodedata

# Control, format (bidirectional marks, zero-width), surrogates, line and paragraph separators.
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


_COMMAND = re.compile(r"#(?=#\w*\[)|^(\s*):(?=:)")


def visible(text: str) -> str:
    """`text` on one line; every character that would not show is an escape, as in Python."""
    text = shown(text)
    # Most texts can't be a command, and a table has a million of them.
    if "#" not in text and "::" not in text:
        return text
    return _COMMAND.sub(_as_escape, text)


def shown(text: str) -> str:
    """The same where commands to a build server are meant."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _as_escape(found: re.Match[str]) -> str:
    return f"{found[1] or ''}\\x{ord(found[0][-1]):02x}"


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _ESCAPED:
        return character
    return character.encode("unicode_escape").decode("ascii")
