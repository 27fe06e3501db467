# SPDX-License-Identifier: GPL-2.0-or-later
"""What others print, by whatever means, is neither an answer nor a complaint of ours."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, sys
from arledger.cli.streams import nothing_on_stdout, panics_unheard
{closed}
with nothing_on_stdout():
    print("a")
    os.write(1, b"b\\n")
    os.system("echo c")
with panics_unheard():
    os.write(2, b"panicked\\n")
    sys.stderr and print("bar", file=sys.stderr)
print("answer")
sys.stderr and print("note", file=sys.stderr)
"""


def run(closed: str = "") -> subprocess.CompletedProcess[str]:
    """A process of its own: the descriptors are what counts."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(closed=closed)],
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )


def test_each_to_its_place() -> None:
    """What plugins print goes to stderr, a parser's panic nowhere, and a bar is seen."""
    done = run()
    assert done.stdout == "answer\n"
    assert sorted(done.stderr.split()) == ["a", "b", "bar", "c", "note"]


def test_without_a_stderr() -> None:
    """Nothing is heard, and nothing breaks."""
    done = run("os.close(2)\nsys.stderr = sys.__stderr__ = None")
    assert (done.stdout, done.stderr) == ("answer\n", "")
