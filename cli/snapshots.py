# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots of a ledger, each made by a process of its own: `python -m arledger.cli.snapshots`.

The process reads one ledger, or what it was at a revision (see `at`), and then answers: a line of
JSON for each line it is asked. Two of them load at the same time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import attrs

from arledger.cli.at import VARIABLE, At, here
from arledger.cli.revisions import environment
from arledger.findings import Text, say

if TYPE_CHECKING:
    from beancount.core.data import Custom

    from arledger.effects import Figures
    from arledger.load import Ledger

# Of what a process says beside its answers, the end is of interest.
_SAID_BYTES_MAX = 4096


# How long a process may take to end that has nothing left to do.
ENDING_SECONDS = 10


class SnapshotError(Exception):
    """A ledger of which there is no snapshot; `text` says why, in one line."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


@attrs.frozen(eq=False)
class Reader:
    """A process that has read a ledger, or is at it."""

    process: subprocess.Popen[str]
    said: IO[bytes]

    def latest(self) -> dt.date:
        """The ledger's latest date; waits for the ledger to be read."""
        found: str = self._ask({"what": "latest"})
        return dt.date.fromisoformat(found)

    def snapshot(self, as_of: dt.date) -> dict[str, Any]:
        """The snapshot as of a day."""
        found: dict[str, Any] = self._ask({"what": "snapshot", "as_of": as_of.isoformat()})
        return found

    def aging(self, as_of: dt.date) -> dict[str, Any]:
        """The rows of the aging by customer, and the files that the ledger is read from."""
        found: dict[str, Any] = self._ask({"what": "aging", "as_of": as_of.isoformat()})
        return found

    def fingerprints(self, as_of: dt.date | None) -> list[str]:
        """The fingerprints of what is found up to a day, or to the ledger's latest date."""
        day = None if as_of is None else as_of.isoformat()
        found: list[str] = self._ask({"what": "fingerprints", "as_of": day})
        return found

    def sealed(self, as_of: dt.date) -> str:
        """The digest of the results up to a day."""
        found: str = self._ask({"what": "sealed", "as_of": as_of.isoformat()})
        return found

    def entries(self, as_of: dt.date) -> list[tuple[str, str]]:
        """Content and place of the entries that can count for the results up to a day."""
        found: list[tuple[str, str]] = self._ask({"what": "entries", "as_of": as_of.isoformat()})
        return found

    def effect(self, as_of: dt.date, new: str | None, old: str | None) -> dict[str, Any]:
        """What one policy does in the place of another; both as the ledger writes them."""
        asked = {"what": "effect", "as_of": as_of.isoformat(), "new": new, "old": old}
        found: dict[str, Any] = self._ask(asked)
        return found

    def _ask(self, asked: Mapping[str, Any]) -> Any:
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SnapshotError(self._why())
        try:
            return json.loads(line)
        except ValueError as error:
            raise SnapshotError(self._why()) from error

    def _why(self) -> Text:
        """The last line that the process has said before it ended."""
        self.process.kill()
        self.process.wait()
        end = self.said.seek(0, os.SEEK_END)
        self.said.seek(max(0, end - _SAID_BYTES_MAX))
        said = self.said.read().decode("utf-8", "replace").strip().splitlines()
        return say("{reason}", reason=said[-1] if said else say("no answer"))


@contextmanager
def reading(path: str, at: At | None = None) -> Iterator[Reader]:
    """A process that reads a ledger, or what it was at a revision; ended with the block."""
    inherited = {key: value for key, value in os.environ.items() if key != VARIABLE}
    paths = os.pathsep.join(one for one in sys.path if one)
    told = environment(at) if at is not None else {**inherited, "PYTHONPATH": paths}
    # A pipe would fill up, and the process wait for ever, where a plugin has much to say.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "arledger.cli.snapshots", path],
            env={**told, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            encoding="utf-8",
            errors="surrogateescape",
        )
        try:
            yield Reader(process, said)
            # Nobody asks any more: that is where it ends by itself.
            with contextlib.suppress(BrokenPipeError, subprocess.TimeoutExpired):
                process.communicate(timeout=ENDING_SECONDS)
        finally:
            process.kill()
            # What it was asked and hasn't read any more is of no interest.
            with contextlib.suppress(BrokenPipeError, ValueError):
                process.communicate()


# In the process.


def main(arguments: Sequence[str]) -> int:
    """Read the ledger, then answer until nobody asks any more."""
    from arledger.load import LedgerError, load

    at, (path,) = here(), arguments
    answers = _answers_only()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            ledger = load(at.ledgers.get(path, path) if at is not None else path, reporting=False)
    except LedgerError as error:
        text = error.text.render()
        sys.stderr.write((at.shown(text) if at is not None else text) + "\n")
        return 2
    _answer(ledger, sys.stdin, answers)
    return 0


def _answers_only() -> IO[str]:
    """A stream of our own to whoever asks; what a plugin prints by any means goes elsewhere."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _answer(ledger: Ledger, questions: IO[str], answers: IO[str]) -> None:
    from arledger.check import latest_date

    effects = _Effects(ledger)
    for line in questions:
        asked = json.loads(line)
        if asked["what"] == "latest":
            found: Any = latest_date(ledger.subledger).isoformat()
        elif asked["what"] == "snapshot":
            found = _snapshot(ledger, dt.date.fromisoformat(asked["as_of"]))
        elif asked["what"] == "aging":
            found = _aging(ledger, dt.date.fromisoformat(asked["as_of"]))
        elif asked["what"] == "fingerprints":
            found = _fingerprints(ledger, asked["as_of"])
        elif asked["what"] == "sealed":
            found = _sealed(ledger, dt.date.fromisoformat(asked["as_of"]))
        elif asked["what"] == "entries":
            found = _entries(ledger, dt.date.fromisoformat(asked["as_of"]))
        else:
            found = effects.of(asked)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _snapshot(ledger: Ledger, as_of: dt.date) -> dict[str, Any]:
    from arledger.check import find, latest_date
    from arledger.cli.rows import shown_file
    from arledger.snapshot import snapshot

    subledger = ledger.subledger
    found = find(subledger, latest_date(subledger), extra=(*ledger.errors, *ledger.notes))
    return {**snapshot(subledger, as_of, found, shown_file), "complete": ledger.complete}


def _aging(ledger: Ledger, as_of: dt.date) -> dict[str, Any]:
    from arledger.cli.rows import shown_file
    from arledger.snapshot import aging_rows

    files = {str(ledger.path), *(ledger.options_map.get("include") or ())}
    rows = aging_rows(ledger.subledger, as_of)
    return {"rows": rows, "files": sorted(map(shown_file, files))}


def _fingerprints(ledger: Ledger, as_of: str | None) -> list[str]:
    from arledger.check import find, latest_date
    from arledger.fingerprint import fingerprint

    subledger = ledger.subledger
    day = latest_date(subledger) if as_of is None else dt.date.fromisoformat(as_of)
    found = find(subledger, day, extra=(*ledger.errors, *ledger.notes))
    return [fingerprint(one) for one in found]


def _sealed(ledger: Ledger, as_of: dt.date) -> str:
    from arledger.seals import results

    return results(ledger.subledger, as_of).digest


def _entries(ledger: Ledger, as_of: dt.date) -> list[tuple[str, str]]:
    from arledger.cli.seal_entries import entries

    return [(one.content, one.place) for one in entries(ledger.subledger.books, as_of)]


@attrs.define(eq=False)
class _Effects:
    """Reckons what policies do; the figures of the ledger as it is are the same for all of them."""

    ledger: Ledger
    _now: dict[dt.date, Figures] = attrs.field(factory=dict)

    def of(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What one policy does in the place of another."""
        from beancount.parser.printer import format_entry

        from arledger.effects import effect, figures

        ledger, day = self.ledger, dt.date.fromisoformat(asked["as_of"])
        policies = ledger.subledger.policies.policies
        new = next((one.entry for one in policies if format_entry(one.entry) == asked["new"]), None)
        if day not in self._now:
            self._now[day] = figures(ledger.subledger, day)
        change = (_directive(asked["old"]), new)
        found = effect(ledger.entries, ledger.options_map, day, change, self._now[day])
        return attrs.asdict(found)


def _directive(text: str | None) -> Custom | None:
    from beancount.core.data import Custom
    from beancount.parser.parser import parse_string

    if text is None:
        return None
    entries, _, _ = parse_string(text)
    return next((entry for entry in entries if isinstance(entry, Custom)), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
