# SPDX-License-Identifier: GPL-2.0-or-later
"""The language of the answer: the one asked for, else the environment's."""

from __future__ import annotations

from collections.abc import Mapping

from arledger.translations import LANGUAGES, catalogue, language_of, translator

__all__ = ["LANGUAGES", "LANG_HELP", "catalogue", "language", "translator"]

LANG_HELP = "The language of the answer. [default: Chinese where LANG says so, else en]"


def language(asked: str | None, environment: Mapping[str, str]) -> str:
    """The language asked for; else the environment's where it is Chinese; else English."""
    if asked is not None:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return language_of(value)
    return "en"
