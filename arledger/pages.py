# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents for a browser or a printer: packaged templates, everything escaped, nothing fetched.

What comes from a ledger is text and stays text: markup in a name is shown as it is written, and
marks that would turn the reading direction are shown as escapes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined

from arledger.visible import visible


def shown(value: Any) -> Any:
    """What a template writes of a value: of a text only what can be seen."""
    return visible(value) if type(value) is str else value


@cache
def environment(*packages: str) -> Environment:
    """The library's templates, and those of `packages` before them."""
    loaders: list[BaseLoader] = [PackageLoader(name, "templates") for name in packages]
    return Environment(
        loader=ChoiceLoader([*loaders, PackageLoader("arledger", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def document(template: str, *packages: str, **values: Any) -> str:
    """The template filled in; a value that is missing is an error, never an empty place."""
    return environment(*packages).get_template(template).render(**values).rstrip("\n") + "\n"
