# SPDX-License-Identifier: GPL-2.0-or-later
"""A sign of life while a long load runs: on a terminal's stderr only, gone when it is done."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from arledger.findings import Text, Translate, say

# Shorter loads show nothing.
DELAY_SECONDS = 1.0

# Beancount tells when a phase is over; what comes then. The first one begins at once.
_FIRST = say("parsing the ledger")
_AFTER: dict[str, Text] = {
    "parse": say("booking"),
    "booking": say("running the plugins"),
    "run_transformations": say("validating"),
    "beancount.ops.validate": say("replaying the receivables"),
}
_OPERATION = re.compile(r"Operation:\s+'([^']*)'")


class _Sign:
    """The spinner, shown from another thread once the delay is over."""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate
        self._phase = _FIRST
        self._lock = threading.Lock()
        self._status: object = None
        self._over = False
        self._timer = threading.Timer(DELAY_SECONDS, self._show)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def phase(self, timing: str) -> None:
        """Take in one of Beancount's lines on how long something took."""
        found = _OPERATION.match(timing)
        text = _AFTER.get(found.group(1)) if found else None
        if text is None:
            return
        with self._lock:
            self._phase = text
            update = getattr(self._status, "update", None)
            if update is not None:
                update(self._said())

    def _said(self) -> str:
        return self._phase.render(self._translate) + " …"

    def _show(self) -> None:
        from rich.console import Console

        with self._lock:
            if not self._over:
                status = Console(stderr=True).status(self._said())
                status.start()
                self._status = status

    def stop(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            stop = getattr(self._status, "stop", None)
            if stop is not None:
                stop()


@contextmanager
def sign_of_life(translate: Translate) -> Iterator[Callable[[str], None] | None]:
    """Yields what Beancount's loader reports its phases to; None where nobody watches."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    sign = _Sign(translate)
    sign.start()
    try:
        yield sign.phase
    finally:
        sign.stop()
