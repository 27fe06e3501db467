# SPDX-License-Identifier: GPL-2.0-or-later
"""A path into a `Ledger`: Beancount's entries, its errors, and the subledger of both.

The ledger is loaded without Beancount's load cache: a `.picklecache` beside a stranger's ledger
is never read. The garbage collector rests meanwhile; there is nothing to collect, and it takes
a third of the time. Plain transactions take a short way: see `arledger.loader`.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
from beancount import loader
from beancount.core.data import Directive
from beancount.utils import encryption

from arledger.collector import collector_paused
from arledger.evidence import verify_documents
from arledger.findings import Finding, Text, finding, say
from arledger.includes import no_file
from arledger.language.books import included_plugins
from arledger.loader import load_file
from arledger.subledger.subledger import Subledger, subledger_of

SHARED = "arledger"


class LedgerError(Exception):
    """A ledger that can't be read at all; `text` says why, in one line."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


@attrs.frozen(eq=False, slots=False)
class Ledger:
    """A loaded ledger. Where `complete` is False Beancount had to leave something out."""

    path: Path
    entries: Sequence[Directive] = attrs.field(repr=False)
    options_map: Mapping[str, Any] = attrs.field(repr=False)
    subledger: Subledger = attrs.field(repr=False)
    complete: bool
    errors: tuple[Finding, ...]

    @cached_property
    def notes(self) -> tuple[Finding, ...]:
        """What only files show: ignored plugin lines, evidence that isn't what it was.

        Read when somebody asks: most questions don't, and evidence may be large.
        """
        return (
            *_ignored_plugins(self.path, self.entries, self.options_map),
            *verify_documents(self.subledger.books.statements),
        )


def load(
    path: str | Path,
    log_timings: Callable[[str], None] | None = None,
    *,
    reporting: bool = True,
) -> Ledger:
    """Load a ledger from its top file.

    Without `reporting` our own plugins don't work where nothing is lost by it: neither do they
    write what is open on the postings, nor look for what a question finds by itself.

    Raises LedgerError where there is nothing to read. What Beancount itself finds wrong doesn't
    raise: it is in `errors`, and the rest of the ledger is there.
    """
    file = _readable(Path(path))
    with collector_paused():
        try:
            entries, errors, options_map = _load_uncached(str(file), log_timings, reporting)
        except (Exception, SystemExit) as error:
            # Beancount has stumbled, over a number too long for it, say.
            text = say("{path}: can't be read: {reason}", path=path, reason=_one_line(error))
            raise LedgerError(text) from error
        if any(_interrupted(error) for error in errors):
            raise KeyboardInterrupt
        return _ledger(file, entries, errors, options_map)


def _interrupted(error: Any) -> bool:
    """Whether Beancount's parser took a Ctrl-C for an error of the ledger."""
    source = str((getattr(error, "source", None) or {}).get("filename", ""))
    message = str(getattr(error, "message", ""))
    return source.endswith("grammar.py") and "KeyboardInterrupt" in message


def _load_uncached(
    file: str,
    log_timings: Callable[[str], None] | None,
    reporting: bool,  # noqa: FBT001 - as it was given
) -> Any:
    """Load with Beancount, without its load cache: none is read, written or deleted."""
    if encryption.is_encrypted_file(file):
        return loader.load_encrypted_file(file, log_timings=log_timings)
    return load_file(file, log_timings, reporting=reporting)


def _ledger(
    file: Path, entries: Sequence[Directive], errors: Sequence[Any], options_map: dict[str, Any]
) -> Ledger:
    own = [error for error in errors if not is_ours(error)]
    return Ledger(
        file,
        entries,
        options_map,
        _subledger(entries, options_map),
        not any(leaves_out(error) for error in own),
        tuple(_as_finding(error, entries) for error in own),
    )


# What the operating system says most often, so that it can be said in another language.
_REASONS = {
    errno.ENOENT: say("No such file or directory"),
    errno.EACCES: say("Permission denied"),
}


def _readable(path: Path) -> Path:
    """The path, made absolute, if a ledger can be read from it."""
    try:
        path = expanded(path)
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise LedgerError(say("{path}: is a folder; name the ledger's top file", path=path))
        if not stat.S_ISREG(mode) and str(path) != os.devnull:
            # A pipe may never come to an end.
            raise LedgerError(say("{path}: is not a file", path=path))
        with path.open("rb") as stream:
            content = stream.read()
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or error.strerror or say("can't be read")
        raise LedgerError(say("{path}: {reason}", path=path, reason=reason)) from error
    except (ValueError, RuntimeError) as error:
        raise LedgerError(say("{path}: {reason}", path=path, reason=_one_line(error))) from error
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = say("{path}:{line}: is not UTF-8 text; save the file as UTF-8", path=path, line=line)
        raise LedgerError(text) from error
    file = absolute(path)
    _only_files(file, content)
    return file


def expanded(path: Path) -> Path:
    """The path with the home folder and the environment filled in, as Beancount does it."""
    return Path(os.path.expandvars(path.expanduser()))


def absolute(path: Path) -> Path:
    """The same path from the root on; links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links


def _only_files(file: Path, content: bytes) -> None:
    """Refuse a ledger that includes what is no file: Beancount would stumble, or wait for ever."""
    found = no_file(file, content)
    if found is not None:
        text = say(
            "{file}:{line}: include leads to {path}, which is not a file",
            file=found.file,
            line=found.line,
            path=found.path,
        )
        raise LedgerError(text)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _subledger(entries: Sequence[Directive], options_map: Mapping[str, Any]) -> Subledger:
    """The one the plugins built, if nobody has changed its entries since; else a new one."""
    shared = options_map.get(SHARED)
    current = getattr(shared, "current", None)
    found = current(entries) if callable(current) else None
    return found if isinstance(found, Subledger) else subledger_of(entries, options_map)


def is_ours(error: Any) -> bool:
    """Whether an error is a finding that one of arledger's own plugins reported."""
    kind = type(error)
    return kind.__module__.startswith("arledger.") and kind.__name__ == "ArledgerError"


# Errors of these kinds are about entries that are still there; all others mean that Beancount
# dropped something (a line it couldn't parse, a transaction it couldn't book, a file not found).
_NOTHING_LOST = frozenset({"ValidationError", "BalanceError", "PadError", "DocumentError"})


def leaves_out(error: Any) -> bool:
    """Whether an error means that something of the ledger is missing from its entries."""
    kind = type(error)
    if kind.__module__.startswith("beancount.plugins."):
        return False
    if kind.__module__.startswith("beancount."):
        return kind.__name__ not in _NOTHING_LOST
    return False


def _as_finding(error: Any, entries: Sequence[Directive]) -> Finding:
    """One of Beancount's errors as a finding of the rule `beancount`."""
    source = getattr(error, "source", None) or {}
    entry = getattr(error, "entry", None)
    day = getattr(entry, "date", None) or (entries[0].date if entries else None)
    message = _without_traceback(str(getattr(error, "message", error)))
    return finding(
        "beancount",
        say("{message}", message=message),
        source,
        day or dt.date.min,
    )


def _without_traceback(message: str) -> str:
    """What went wrong in another plugin, in one line: the first clause and the last."""
    head, traceback, rest = message.partition("Traceback (most recent call last)")
    lines = [line.strip() for line in rest.splitlines() if line.strip()] if traceback else []
    return " ".join(f"{head} {lines[-1] if lines else ''}".split())


def _ignored_plugins(
    file: Path, entries: Sequence[Directive], options_map: Mapping[str, Any]
) -> Iterator[Finding]:
    """`plugin` lines of included files, which Beancount ignores and doesn't report."""
    included = [name for name in options_map.get("include") or () if name != str(file)]
    texts = {}
    for name in included:
        try:
            texts[name] = Path(name).read_text("utf-8", "replace")
        except OSError:
            continue
    day = entries[0].date if entries else dt.date.min
    for found in included_plugins(texts, str(file)):
        yield attrs.evolve(found, date=day)
