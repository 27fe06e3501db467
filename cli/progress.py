# SPDX-License-Identifier: GPL-2.0-or-later
"""A bar while something long runs: on a terminal's stderr only, gone when it is done.

    with progress(len(lines), asked.text(say("reading the statement"))) as advance:
        for line in lines:
            …
            advance()

Loading a ledger has the same bar; it moves by the phases that Beancount reports.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from arledger.findings import Text, Translate, say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# What is done sooner shows nothing.
DELAY_SECONDS = 1.0
# So often a bar moves at most: drawing each of a million lines would take longer than reading them.
STEPS_MAX = 200


@attrs.frozen
class Phase:
    """A part of loading: what it is called, and its share of the whole time.

    The shares are those of a hundred thousand transactions, with and without our plugin line.
    """

    label: Text
    share: float


_FIRST = Phase(say("parsing the ledger"), 0.25)
# Beancount tells when a phase is over; what comes then. The first one begins at once.
_AFTER = {
    "parse": Phase(say("booking"), 0.33),
    "booking": Phase(say("running the plugins"), 0.18),
    "run_transformations": Phase(say("validating"), 0.12),
    "beancount.ops.validate": Phase(say("replaying the receivables"), 0.12),
}
_OPERATION = re.compile(r"Operation:\s+'([^']*)'")


class _Bar:
    """The bar, shown from another thread once the delay is over."""

    def __init__(self, total: float, label: str) -> None:
        self.total = total
        self.done = 0.0
        self._label = label
        self._began = time.monotonic()
        self._drawn = 0.0
        self._lock = threading.Lock()
        self._shown: tuple[Progress, TaskID] | None = None
        self._over = False
        self._timer = threading.Timer(DELAY_SECONDS, self._show)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def advance(self, amount: float = 1) -> None:
        """So much more is done."""
        self.done += amount
        if self.done - self._drawn >= self.total / STEPS_MAX:
            self._draw()

    def rename(self, label: str) -> None:
        """What is done from now on."""
        with self._lock:
            self._label = label
        self._draw()

    def _draw(self) -> None:
        self._drawn = self.done
        with self._lock:
            if self._shown is not None:
                shown, task = self._shown
                shown.update(task, completed=self.done, description=self._label)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn

        console = Console(stderr=True)
        if console.is_dumb_terminal:
            return
        shown = Progress(
            "{task.description}",
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            # Left alone: put back at the end, a stream that was redirected meanwhile would stay so.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with self._lock:
            if not self._over:
                task = shown.add_task(self._label, total=self.total)
                shown.update(task, completed=self.done)
                # The delay counts.
                shown.tasks[0].start_time = self._began
                shown.start()
                self._shown = shown, task

    def stop(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._shown is not None:
                self._shown[0].stop()


@contextmanager
def _bar(total: float, label: str) -> Iterator[_Bar | None]:
    """A bar that is there as long as it runs; None where nobody watches."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(total, label)
    bar.start()
    try:
        yield bar
    finally:
        bar.stop()


def _nobody_watches(_: float = 1) -> None:
    pass


@contextmanager
def progress(total: float, label: str) -> Iterator[Callable[..., None]]:
    """A bar for a job of a known size: yields what tells that so much more is done (1, unsaid)."""
    with _bar(total, label) as bar:
        yield _nobody_watches if bar is None else bar.advance


@contextmanager
def loading(translate: Translate) -> Iterator[Callable[[str], None] | None]:
    """A bar for a load: yields what Beancount's loader reports to; None where nobody watches."""
    with _bar(1.0, _FIRST.label.render(translate)) as bar:
        yield None if bar is None else _Phases(bar, translate).over


@attrs.define
class _Phases:
    """Moves a bar from phase to phase."""

    bar: _Bar
    translate: Translate
    current: Phase = _FIRST

    def over(self, timing: str) -> None:
        """Take in one of Beancount's lines on how long something took."""
        found = _OPERATION.match(timing)
        following = _AFTER.get(found.group(1)) if found else None
        if following is not None:
            self.bar.advance(self.current.share)
            self.current = following
            self.bar.rename(following.label.render(self.translate))
