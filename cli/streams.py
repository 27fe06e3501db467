# SPDX-License-Identifier: GPL-2.0-or-later
"""Where what others print goes: plugins, the programs they start, and parsers that break down.

Only an answer goes to stdout, and nothing but our own sentences says that a file can't be read.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

STDOUT, STDERR = 1, 2


@contextlib.contextmanager
def nothing_on_stdout() -> Iterator[None]:
    """What is printed goes to stderr, by whatever means."""
    with contextlib.redirect_stdout(sys.stderr), _pointed(STDOUT, STDERR):
        yield


@contextlib.contextmanager
def panics_unheard() -> Iterator[None]:
    """Let what a parser written in another language says of its own failure go nowhere.

    It prints to the descriptor. What we print ourselves, a bar, say, is shown meanwhile.
    """
    stream: Any = sys.stderr
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        if sys.__stderr__ is None or stream is not sys.__stderr__ or stream.fileno() != STDERR:
            yield
            return
        stream.flush()
        with os.fdopen(os.dup(STDERR), "w", encoding=stream.encoding, errors=stream.errors) as own:
            sys.stderr = own
            try:
                with _pointed(STDERR, null):
                    yield
            finally:
                sys.stderr = stream
    finally:
        os.close(null)


@contextlib.contextmanager
def _pointed(descriptor: int, elsewhere: int) -> Iterator[None]:
    """Let one descriptor stand for what another does, or for nothing where that is closed."""
    try:
        there = os.dup(elsewhere)
    except OSError:
        there = os.open(os.devnull, os.O_WRONLY)
    try:
        kept = os.dup(descriptor)
    except OSError:
        os.close(there)
        yield
        return
    os.dup2(there, descriptor)
    os.close(there)
    try:
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
