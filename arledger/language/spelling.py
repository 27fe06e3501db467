# SPDX-License-Identifier: GPL-2.0-or-later
"""What a misspelt word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from arledger.findings import Text, say

CANDIDATES_MAX = 200


def closest(word: str, words: Iterable[str], cutoff: float = 0.75) -> str | None:
    """The one of `words` that `word` most resembles, if any does; case makes no difference."""
    words = list(islice(words, CANDIDATES_MAX + 1))
    if len(words) > CANDIDATES_MAX:
        # Comparing each misspelt word with every customer would take longer than the ledger.
        return None
    # Most ledgers have no word to be looked up, and are loaded the sooner.
    import difflib  # noqa: PLC0415

    folded = {one.casefold(): one for one in sorted(words, reverse=True)}
    near = difflib.get_close_matches(word.casefold(), folded, 1, cutoff)
    return folded[near[0]] if near else None


def nearest(word: str, words: Iterable[str]) -> Text:
    """A half-sentence that proposes the right word, or nothing."""
    meant = closest(word, words, 0.6)
    return say('; did you mean "{meant}"?', meant=meant) if meant else say("")


def slips(word: str, wanted: str, most: int) -> int | None:
    """How many slips make `word` of `wanted`; None for more than `most`.

    A slip is a letter too many, too few or wrong, or two neighbours in each other's place (optimal
    string alignment).
    """
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - as above

    count = OSA.distance(word, wanted, score_cutoff=most)
    return count if count <= most else None
