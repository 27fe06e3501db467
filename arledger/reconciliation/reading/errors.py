# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a file can't be read, in one sentence."""

from __future__ import annotations

from arledger.findings import Text


class ReadingError(Exception):
    """A file that is refused as a whole; `text` says why and how to mend it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text
