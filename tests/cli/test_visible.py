# SPDX-License-Identifier: GPL-2.0-or-later
"""A ledger's text on a terminal or in a build's log is seen, and does nothing."""

from __future__ import annotations

import pytest

from arledger.cli.visible import visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Ärger & 账 #12 a::b", "Ärger & 账 #12 a::b"),
        ("\x1b[31m\u202ex\n", "\\x1b[31m\\u202ex\\n"),
        ("::error file=a::b", "\\x3a:error file=a::b"),
        ("  ::stop-commands::x", "  \\x3a:stop-commands::x"),
        ("name ##[error]x", "name \\x23#[error]x"),
        ("##vso[task.setvariable variable=x]y", "\\x23#vso[task.setvariable variable=x]y"),
    ],
)
def test_nothing_commands(text: str, seen: str) -> None:
    """Neither a terminal nor a build server; and twice is once."""
    assert visible(text) == seen
    assert visible(visible(text)) == seen
