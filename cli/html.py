# SPDX-License-Identifier: GPL-2.0-or-later
"""HTML answers: packaged templates, everything escaped, nothing fetched from anywhere.

What comes from a ledger is text and stays text: markup in a name is shown as it is written, and
marks that would turn the reading direction are shown as escapes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from arledger.cli.visible import visible


def _shown(value: Any) -> Any:
    return visible(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("arledger.cli", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def document(template: str, **values: Any) -> str:
    """The template filled in; a value that is missing is an error, never an empty place."""
    return _environment().get_template(template).render(**values).rstrip("\n") + "\n"
