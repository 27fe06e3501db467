# SPDX-License-Identifier: GPL-2.0-or-later
"""Words that stand for a key of the answer, as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from arledger.cli.at import At, here
from arledger.cli.common import Books, Request
from arledger.findings import Text, say
from arledger.words import BASIS, BY, DIFFERENCES, KINDS, SEVERITIES, bucket, word

__all__ = [
    "BASIS",
    "BY",
    "DIFFERENCES",
    "KINDS",
    "SEVERITIES",
    "bucket",
    "header",
    "headings",
    "word",
]


def header(books: Books, title: Text, *more: Text) -> list[str]:
    """What an answer speaks of: the question, the ledger, the day, and what else decides it."""
    asked = books.request
    at = here()
    day = say("as of {day}", day=books.as_of)
    if books.is_today:
        day = say("as of {day} (today)", day=books.as_of)
    known = [] if at is None else [_known(at)]
    line = [
        asked.text(day),
        *(asked.text(text) for text in known),
        *(asked.text(text) for text in more),
    ]
    return [f"{asked.text(title)} - {books.title}", " · ".join(line)]


def _known(at: At) -> Text:
    """Which revision an answer speaks of."""
    return say("as known at {revision} of {day}", revision=at.name, day=at.date)


def headings(asked: Request, texts: Sequence[Text]) -> list[str]:
    """Texts in the language of the answer."""
    return [asked.text(text) for text in texts]
