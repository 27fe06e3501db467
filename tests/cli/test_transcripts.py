# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands say of the example companies, to the letter.

The first line of each file in transcripts/ is the command, run in ledgers/. To write them anew
after a change that is meant (and to read the difference):  python -m tests.cli.test_transcripts
"""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path

import pytest

from tests.cli.support import LEDGERS, invoke

TRANSCRIPTS = Path(__file__).parent / "transcripts"
FILES = sorted(TRANSCRIPTS.glob("*.txt"))
PROMPT = "$ arledger "


def said(command: str) -> str:
    """The command and what it wrote: stdout, then stderr, then a status that isn't 0."""
    with contextlib.chdir(LEDGERS):
        done = invoke(*shlex.split(command.removeprefix(PROMPT)))
    status = f"status {done.exit_code}\n" if done.exit_code else ""
    return f"{command}\n{done.stdout}{done.stderr}{status}"


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_transcript(file: Path) -> None:
    """Word for word, space for space."""
    expected = file.read_text(encoding="utf-8")
    command = expected.splitlines()[0]
    assert command.startswith(PROMPT)
    assert said(command) == expected


def test_every_command_has_transcripts_of_both_companies() -> None:
    """Or a question could change its looks unseen."""
    commands = [file.read_text(encoding="utf-8").split()[2] for file in FILES]
    for command in ("check", "open-items", "aging", "credit", "allowance", "advances", "statement"):
        assert commands.count(command) >= 2


if __name__ == "__main__":
    for path in FILES:
        path.write_text(said(path.read_text(encoding="utf-8").splitlines()[0]), encoding="utf-8")
