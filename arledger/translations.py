# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences in the reader's language.

Catalogues are arledger/locale/<locale>/LC_MESSAGES/arledger.po, read as they are: no compiled
form is shipped. English needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from arledger.findings import Translate

LANGUAGES = ("en", "zh-CN", "zh-TW")
_TRADITIONAL = ("tw", "hk", "mo", "hant")


def language_of(locale: str) -> str:
    """The language that speaks for a locale such as `zh_Hant_TW` or `zh_CN.UTF-8`."""
    locale = locale.casefold()
    if not locale.startswith("zh"):
        return "en"
    return "zh-TW" if any(region in locale for region in _TRADITIONAL) else "zh-CN"


def translator(lang: str) -> Translate:
    """What says a sentence's template in `lang`; English where the catalogue lacks it."""
    if lang == "en":
        return _as_it_is
    sentences = catalogue(lang)
    return lambda template: sentences.get(template, template)


def _as_it_is(template: str) -> str:
    return template


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(lang: str) -> Mapping[str, str]:
    """The sentences of a language by their English templates; the header isn't one."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - English doesn't need it

    folder = files("arledger") / "locale" / lang.replace("-", "_") / "LC_MESSAGES"
    with (folder / "arledger.po").open("rb") as stream:
        messages = list(read_po(stream))
    return MappingProxyType(
        {
            message.id: message.string
            for message in messages
            if message.id
            and isinstance(message.id, str)
            and isinstance(message.string, str)
            and message.string
            and not message.fuzzy
        }
    )
