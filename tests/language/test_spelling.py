# SPDX-License-Identifier: GPL-2.0-or-later
"""What a misspelt word was probably meant to be."""

from __future__ import annotations

import pytest

from arledger.language.spelling import closest, nearest

IDS = ["C001", "C120", "Müller"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("c001", "C001"), ("C01", "C001"), ("C0001", "C001"), ("MÜLER", "Müller"), ("X9", None)],
)
def test_closest(word: str, meant: str | None) -> None:
    """Upper and lower case make no difference; the word is given as it is really spelt."""
    assert closest(word, IDS) == meant
    assert closest(word, reversed(IDS)) == meant


def test_words_that_differ_in_case_only() -> None:
    """The order of the words decides nothing."""
    assert closest("abd", ["ABC", "abc"], 0.6) == closest("abd", ["abc", "ABC"], 0.6) == "ABC"


def test_nearest() -> None:
    """A half-sentence, or nothing."""
    assert str(nearest("c01", IDS)) == '; did you mean "C001"?'
    assert str(nearest("zzz", IDS)) == ""
