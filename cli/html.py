# SPDX-License-Identifier: GPL-2.0-or-later
"""HTML answers: the command line's own templates, and the library's."""

from __future__ import annotations

from typing import Any

from arledger import pages


def document(template: str, **values: Any) -> str:
    """The template filled in; a value that is missing is an error, never an empty place."""
    return pages.document(template, "arledger.cli", **values)
