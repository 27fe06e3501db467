# SPDX-License-Identifier: GPL-2.0-or-later
"""Text from a ledger made safe to look at.

A name may hold escape sequences, line breaks or marks that turn the reading direction: on a
terminal they could hide or forge a figure. They are shown as escapes. JSON needs none of this,
there they are data.
"""

from __future__ import annotations

import unicodedata

# Control, format (bidirectional marks, zero-width), surrogates, line and paragraph separators.
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """`text` on one line; every character that would not show is an escape, as in Python."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _ESCAPED:
        return character
    return character.encode("unicode_escape").decode("ascii")
