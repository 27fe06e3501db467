# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents that a ledger names as evidence: whether they are there, and what they were.

Reading files is the loader's business, so this stands beside it and not among the questions:
a loaded `Ledger` asks it when its notes are wanted, and so do the plugins, which are loaded
by Beancount.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from arledger.findings import Finding, Text, finding, say
from arledger.language.statements import BalanceStatement

BYTES_MAX = 256 * 1024 * 1024
_CHUNK = 1 << 20
# What Git LFS leaves in the place of a file that it keeps elsewhere: it names the file's digest.
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize \d{1,20}\n"
)


class _UnreadableError(Exception):
    """A document that can't be read; `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.render())
        self.text = text


def verify_documents(statements: Iterable[BalanceStatement]) -> Iterable[Finding]:
    """A finding for each document that is missing, can't be read, or isn't what it was.

    The path is relative to the file in which the statement stands. A statement that stands in no
    file (a ledger read from a string) is let pass, for there is nothing to be relative to.
    """
    digests: dict[Path, str | _UnreadableError] = {}
    for one in statements:
        if one.document is None:
            continue
        path = path_of(one)
        if path is None:
            continue
        if path not in digests:
            try:
                digests[path] = sha256_of(path)
            except _UnreadableError as error:
                digests[path] = error
        digest = digests[path]
        if isinstance(digest, _UnreadableError):
            text = say("{document}: {problem}", document=one.document, problem=digest.text)
        elif one.sha256 is not None and digest != one.sha256:
            text = say(
                "{document} has changed since: its sha256 is now {digest}",
                document=one.document,
                digest=digest,
            )
        else:
            continue
        yield finding("evidence", text, one.meta, one.date, customer=one.customer)


def path_of(one: BalanceStatement) -> Path | None:
    """Where a statement's document is; None where its path is relative to nothing."""
    document = Path(one.document or "")
    if document.is_absolute():
        return document
    file = str(one.meta.get("filename") or "")
    if not file or file.startswith("<"):
        return None
    return Path(file).parent / document


def sha256_of(path: Path) -> str:
    """The digest of a regular file of bounded size: neither a pipe nor a device can hang us.

    Where Git LFS keeps the file elsewhere it is the digest of that.
    """
    # A pipe without a writer would keep a plain open waiting.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = say("is missing") if missing else say("can't be read")
        raise _UnreadableError(reason) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _UnreadableError(say("is not a file"))
        return _digest(descriptor)
    finally:
        os.close(descriptor)


def _digest(descriptor: int) -> str:
    import hashlib  # noqa: PLC0415 - loads a library of its own, and few ledgers name documents

    digest, size = hashlib.sha256(), 0
    try:
        while chunk := os.read(descriptor, _CHUNK):
            size += len(chunk)
            if size > BYTES_MAX:
                raise _UnreadableError(
                    say("is larger than {most} MB", most=BYTES_MAX // (1024 * 1024))
                )
            digest.update(chunk)
            pointer = _POINTER.fullmatch(chunk) if size == len(chunk) else None
            if pointer is not None:
                return pointer[1].decode()
    except OSError as error:
        raise _UnreadableError(say("can't be read")) from error
    return digest.hexdigest()
