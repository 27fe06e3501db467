# SPDX-License-Identifier: GPL-2.0-or-later
"""The language of the answer.

Catalogues are arledger/locale/<locale>/LC_MESSAGES/arledger.po, read as they are: no compiled
form is shipped. English needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from arledger.findings import Translate

LANGUAGES = ("en", "zh-CN", "zh-TW")
_TRADITIONAL = ("tw", "hk", "mo", "hant")


def language(asked: str | None, environment: Mapping[str, str]) -> str:
    """The language asked for; else the environment's where it is Chinese; else English."""
    if asked is not None:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return _of_locale(value.casefold())
    return "en"


def language_of(tag: str) -> str | None:
    """The language that a tag such as `zh-TW`, `zh_CN` or `en-GB` means; None for an empty one."""
    folded = tag.strip().casefold()
    if not folded:
        return None
    return _of_locale(folded)


def _of_locale(locale: str) -> str:
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


def catalogue(lang: str) -> dict[str, str]:
    """The sentences of a language by their English templates; the header isn't one."""
    from babel.messages.pofile import read_po

    folder = files("arledger") / "locale" / lang.replace("-", "_") / "LC_MESSAGES"
    with (folder / "arledger.po").open("rb") as stream:
        messages = list(read_po(stream))
    return {
        message.id: message.string
        for message in messages
        if message.id
        and isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.string
        and not message.fuzzy
    }
