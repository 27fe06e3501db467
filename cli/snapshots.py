# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots of a ledger, each made by a process of its own: `python -m arledger.cli.snapshots`.

The process reads one ledger, or what it was at a revision (see `at`), and then answers: a line of
JSON for each line it is asked. Two of them load at the same time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

import attrs

from arledger.cli.at import VARIABLE, At, here
from arledger.cli.cache import DIGESTS, FINDINGS
from arledger.cli.revisions import environment
from arledger.findings import Text, say

if TYPE_CHECKING:
    from beancount.core.data import Custom

    from arledger.cli.cache import Key
    from arledger.effects import Figures
    from arledger.findings import Finding
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

    # Two are asked at the same time: first each is asked, then each is listened to.

    def ask_figures(self, as_of: dt.date) -> None:
        """For the snapshot without items and findings, and digests that tell which differ."""
        self._send({"what": "figures", "as_of": as_of.isoformat()})

    def ask_rows(
        self, as_of: dt.date, customers: Collection[str], fingerprints: Collection[str]
    ) -> None:
        """For the items of some customers, and the findings of some fingerprints."""
        told = {"customers": sorted(customers), "fingerprints": sorted(fingerprints)}
        self._send({"what": "rows", "as_of": as_of.isoformat(), **told})

    def answer(self) -> dict[str, Any]:
        """What was asked for."""
        found: dict[str, Any] = self._receive()
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
        self._send(asked)
        return self._receive()

    def _send(self, asked: Mapping[str, Any]) -> None:
        process = self.process
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()

    def _receive(self) -> Any:
        process = self.process
        assert process.stdout is not None
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


def snapshots(readers: Sequence[Reader], as_of: dt.date) -> Sequence[dict[str, Any]]:
    """Two snapshots to be compared, of which only items and findings that may differ are told."""
    for reader in readers:
        reader.ask_figures(as_of)
    both = [reader.answer() for reader in readers]
    items, found = ([figures.pop(name) for figures in both] for name in ("items", "findings"))
    customers = {one for one in {*items[0], *items[1]} if items[0].get(one) != items[1].get(one)}
    before, after = Counter(found[0]), Counter(found[1])
    differing = {*(before - after), *(after - before)}
    for reader in readers:
        reader.ask_rows(as_of, customers, differing)
    return [{**figures, **reader.answer()} for reader, figures in zip(readers, both, strict=True)]


@contextmanager
def reading(
    path: str, at: At | None = None, *, cache: bool = True, passing: bool = False
) -> Iterator[Reader]:
    """A process that reads a ledger, or what it was at a revision; ended with the block.

    Without `cache` it neither uses what was kept of the ledger nor keeps anything. What is
    `passing`, a revision that the next one replaces, is used if it was kept, but isn't kept.
    """
    how = [LOADED] * (not cache) + [PASSING] * passing
    inherited = {key: value for key, value in os.environ.items() if key != VARIABLE}
    paths = os.pathsep.join(one for one in sys.path if one)
    told = environment(at) if at is not None else {**inherited, "PYTHONPATH": paths}
    # A pipe would fill up, and the process wait for ever, where a plugin has much to say.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "arledger.cli.snapshots", path, *how],
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
    from arledger.load import LedgerError

    # A process that does one thing and ends: nothing could be won by collecting meanwhile.
    gc.disable()
    path, *how = arguments
    at, answers = here(), _answers_only()
    source = _Source(at.ledgers.get(path, path) if at is not None else path, LOADED not in how)
    try:
        source.read()
        _answer(source, sys.stdin, answers)
    except LedgerError as error:
        text = error.text.render()
        sys.stderr.write((at.shown(text) if at is not None else text) + "\n")
        return 2
    if PASSING not in how or source.broken:
        source.keep()
    return 0


# The word that a process is given where the cache is not to be used.
LOADED = "--no-cache"
# And where what is loaded is not worth keeping.
PASSING = "--passing"


@attrs.define(eq=False, slots=False)
class _Source:
    """A ledger: as it was kept, where that is enough, else as it is loaded."""

    path: str
    cache: bool
    # Whether what was kept turned out to be nonsense: then it is replaced in any case.
    broken: bool = False
    _last: Mapping[str, str] | None = None

    @cached_property
    def _key(self) -> Key | None:
        from arledger.cli.cache import Key

        at = here()
        # The files as they are now change before anybody asks again.
        return Key.of(self.path, at) if self.cache and at is not None else None

    @cached_property
    def _known(self) -> Ledger | None:
        from arledger.cli.cache import find

        return None if self._key is None else find(self._key)

    @cached_property
    def whole(self) -> Ledger:
        """The ledger, loaded."""
        from arledger.load import load

        with contextlib.redirect_stdout(sys.stderr):
            return load(self.path, reporting=False)

    def forgotten(self) -> bool:
        """Do without what was kept from now on; False where nothing was."""
        if self._known is None:
            return False
        self.__dict__["_known"] = self._last = None
        self.broken = True
        self.__dict__.pop("findings", None)
        return True

    @property
    def ledger(self) -> Ledger:
        """One that answers what is asked about the state of a day."""
        return self._known or self.whole

    def read(self) -> None:
        """Read it before anybody asks: the other process does so at the same time."""
        if self._known is None or self._beside(FINDINGS) is None:
            _ = self.whole

    def _beside(self, name: str) -> Any:
        """What was kept beside the ledger under a name."""
        from arledger.store.restoring import text_of

        return None if self._known is None else text_of(self._known, name)

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """What is found up to the ledger's latest date."""
        kept = self._beside(FINDINGS)
        if kept is not None:
            from arledger.store.encoding import decode_finding

            return tuple(map(decode_finding, kept))
        return _find(self.whole, None)

    def digests(self, as_of: dt.date) -> Mapping[str, str]:
        """By customer, a digest of its items and credits."""
        from arledger.check import latest_date
        from arledger.snapshot import item_digests

        subledger = self.ledger.subledger
        if as_of < latest_date(subledger):
            return item_digests(subledger, as_of)
        # After the ledger's latest date nothing is different.
        if self._last is None:
            self._last = self._beside(DIGESTS) or item_digests(subledger, as_of)
        return self._last

    def keep(self) -> None:
        """Keep what had to be loaded, for the next time."""
        from arledger.cli.cache import before, beside, keep

        was = None if self._key is None else before(self._key, self.path)
        if self._key is not None and was is not None and "whole" in self.__dict__:
            keep(self._key, self.whole, was, lambda: beside(self.whole, self.findings, self._last))


def _answers_only() -> IO[str]:
    """A stream of our own to whoever asks; what a plugin prints by any means goes elsewhere."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _answer(source: _Source, questions: IO[str], answers: IO[str]) -> None:
    effects: _Effects | None = None
    for line in questions:
        asked = json.loads(line)
        if asked["what"] == "effect":
            effects = effects or _Effects(source.whole)
            found: Any = effects.of(asked)
        else:
            found = _answered(source, asked)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _answered(source: _Source, asked: Mapping[str, Any]) -> Any:
    """The answer to one question; of the ledger itself if what was kept of it is nonsense."""
    question = _QUESTIONS[asked["what"]]
    try:
        return question(source, asked)
    except Exception:
        if not source.forgotten():
            raise
    return question(source, asked)


def _day(asked: Mapping[str, Any]) -> dt.date:
    return dt.date.fromisoformat(asked["as_of"])


def _latest(source: _Source, _: Mapping[str, Any]) -> str:
    from arledger.check import latest_date

    return latest_date(source.ledger.subledger).isoformat()


def _figures(source: _Source, asked: Mapping[str, Any]) -> dict[str, Any]:
    from arledger.cli.rows import shown_file
    from arledger.fingerprint import fingerprint
    from arledger.snapshot import figures

    ledger, day = source.ledger, _day(asked)
    return {
        **figures(ledger.subledger, day, shown_file),
        "items": source.digests(day),
        "findings": [fingerprint(one) for one in source.findings],
        "complete": ledger.complete,
    }


def _rows(source: _Source, asked: Mapping[str, Any]) -> dict[str, Any]:
    from arledger.cli.rows import shown_file
    from arledger.fingerprint import fingerprint
    from arledger.snapshot import finding_row, item_rows

    wanted = frozenset(asked["fingerprints"])
    found = source.findings if wanted else ()
    return {
        "items": item_rows(source.ledger.subledger, _day(asked), asked["customers"], shown_file),
        "findings": [finding_row(f, shown_file) for f in found if fingerprint(f) in wanted],
    }


def _aging(source: _Source, asked: Mapping[str, Any]) -> dict[str, Any]:
    from arledger.cli.rows import shown_file
    from arledger.snapshot import aging_rows

    ledger = source.ledger
    files = {str(ledger.path), *(ledger.options_map.get("include") or ())}
    rows = aging_rows(ledger.subledger, _day(asked))
    return {"rows": rows, "files": sorted(map(shown_file, files))}


def _fingerprints(source: _Source, asked: Mapping[str, Any]) -> list[str]:
    from arledger.fingerprint import fingerprint

    day = asked["as_of"]
    found = source.findings if day is None else _find(source.whole, _day(asked))
    return [fingerprint(one) for one in found]


def _find(ledger: Ledger, day: dt.date | None) -> Sequence[Finding]:
    from arledger.check import find

    return find(ledger.subledger, day, extra=(*ledger.errors, *ledger.notes))


def _sealed(source: _Source, asked: Mapping[str, Any]) -> str:
    from arledger.seals import results

    return results(source.whole.subledger, _day(asked)).digest


def _entries(source: _Source, asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    from arledger.cli.seal_entries import entries

    found = entries(source.whole.subledger.books, _day(asked))
    return [(one.content, one.place) for one in found]


_QUESTIONS: Mapping[str, Callable[[_Source, Mapping[str, Any]], Any]] = {
    "latest": _latest,
    "figures": _figures,
    "rows": _rows,
    "aging": _aging,
    "fingerprints": _fingerprints,
    "sealed": _sealed,
    "entries": _entries,
}


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
    # Nor by taking everything apart at the end.
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)
