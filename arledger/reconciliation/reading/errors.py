# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a file can't be read, in one sentence."""

from __future__ import annotations

import re
from typing import Any

from arledger.findings import Text, say

# Line breaks of every kind, and what a terminal would obey.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CHARACTERS_MAX = 300


class ReadingError(Exception):
    """A file that is refused as a whole; `text` says why and how to mend it, in one line."""

    def __init__(self, text: Text) -> None:
        self.text = Text(text.template, {key: _one_line(value) for key, value in text.args.items()})
        super().__init__(self.text.render())


def refuse_larger(content: bytes, bytes_max: int, name: str) -> None:
    """Raise `ReadingError` for a bank's file of more than so many bytes."""
    if len(content) > bytes_max:
        raise ReadingError(
            say(
                "{file}: is larger than {megabytes} MB; ask the bank for a shorter period",
                file=name,
                megabytes=bytes_max // 2**20,
            )
        )


def _one_line(value: Any) -> Any:
    """What a sentence quotes of a file: short, and without line breaks."""
    if not isinstance(value, str):
        return value
    plain = _CONTROL.sub(" ", value)
    return plain if len(plain) <= _CHARACTERS_MAX else plain[:_CHARACTERS_MAX] + "…"


class NoCurrencyError(ReadingError):
    """Nothing in the file tells its currency, and nobody has."""
