# SPDX-License-Identifier: GPL-2.0-or-later
"""Loaded ledgers, kept in the user's cache folder: a question of an unchanged ledger is quick.

A ledger is known by its path, or by the git tree it is read from. What is kept counts only if every
file it was read from has the same content, every `include` leads to the same files, and arledger,
Beancount and Python are the same. A file is written beside its place and renamed; its name has a
checksum of its content, so one that is damaged is not believed. Whatever goes wrong here, the
ledger is loaded instead, and nothing is said.

What is read may say anything, but can't do anything: texts, numbers and JSON. Nobody but the user
can have written it, as the folder and its files belong to the user alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import sqlite3
import stat
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from arledger import __version__
from arledger.cli import atomic
from arledger.store.schema import FORMAT

if TYPE_CHECKING:
    from arledger.cli.at import At
    from arledger.findings import Finding
    from arledger.includes import Sources
    from arledger.load import Ledger

VARIABLE = "ARLEDGER_CACHE_DIR"
SUFFIX = ".sqlite"
# The folder may be one that others use, too: only what is called so is ours to remove.
_OURS = re.compile(r"[0-9a-f]{32}\.[0-9a-f]{8}\.sqlite")
# What has not been asked for longest goes first.
FILES_MAX = 40
BYTES_MAX = 2 << 30
DAYS_MAX = 90
# Plugins that depend on nothing but the ledger and their own version.
_KNOWN_PLUGINS = ("arledger.plugins.", "beancount.plugins.")
_PART = 1 << 22
# What is kept beside the ledger of a revision: what a check has found, and digests of items.
FINDINGS, DIGESTS = "findings", "digests"


@attrs.frozen
class Key:
    """What a ledger is known by. `root` is where the files of a tree are for the moment."""

    name: str
    root: str | None = None

    @classmethod
    def of(cls, path: str, at: At | None) -> Key | None:
        """Of a path that was given; None for what is not kept."""
        from arledger.load import absolute, expanded

        try:
            file = absolute(expanded(Path(path)))
            if at is None:
                return cls(_name("file", str(file)))
            relative = os.path.relpath(file, at.root)
            return cls(_name("tree", at.tree, relative), at.root) if at.tree else None
        except (OSError, ValueError, RuntimeError):
            return None


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def folder() -> Path:
    """Where ledgers are kept."""
    told = os.environ.get(VARIABLE)
    if told:
        return Path(os.path.abspath(Path(told).expanduser()))  # noqa: PTH100 - links are not followed
    from platformdirs import user_cache_path

    return user_cache_path("arledger", appauthor=False)


def _home() -> Path | None:
    """The folder, where there is one to be had: who has no home has none."""
    found = folder()
    return found if found.is_absolute() else None


def surroundings() -> list[str]:
    """What else an answer depends on: the programs, and how they are."""
    # Whoever restores a ledger imports it anyway.
    import beancount

    return [
        str(FORMAT),
        __version__,
        beancount.__version__,
        platform.python_version(),
        sys.implementation.name,
        _own_files(),
    ]


def _own_files() -> str:
    """Size and age of our own modules: in a checkout they change without a new version."""
    import arledger

    digest = hashlib.sha256()
    for package in sorted({os.path.realpath(one) for one in arledger.__path__}):
        for name in _modules(package):
            found = os.stat(name)  # noqa: PTH116 - as quick as can be: there are hundreds
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _modules(package: str) -> list[str]:
    found = []
    for one in os.scandir(package):
        if one.name.endswith(".py"):
            found.append(one.path)
        elif one.is_dir() and one.name not in {"__pycache__", "locale", "fava"}:
            found += _modules(one.path)
    return sorted(found)


# Finding.


def find(key: Key) -> Ledger | None:
    """The ledger that is kept under a key, if that is still true."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        for path in _kept(key):
            found = _read(path, key)
            if found is not None:
                return found
    return None


def _read(path: Path, key: Key) -> Ledger | None:
    with contextlib.suppress(OSError, sqlite3.Error):
        connection = _opened(path)
        try:
            found = _restored(connection, key)
        except BaseException:
            connection.close()
            raise
        if found is None:
            connection.close()
            return None
        with contextlib.suppress(OSError):  # a folder that can only be read serves as well
            os.utime(path)
        return found
    return None


def _restored(connection: sqlite3.Connection, key: Key) -> Ledger | None:
    from arledger.store.restoring import restored
    from arledger.store.shelf import Shelf

    try:
        told = Shelf(connection, key.root).text("inputs")
        return restored(connection, key.root) if _still_true(told, key) else None
    except Exception:  # noqa: BLE001 - nonsense fails in any way; what is kept isn't needed
        return None


def _still_true(told: Mapping[str, Any], key: Key) -> bool:
    from arledger.includes import Sources

    if told["key"] != key.name or told["surroundings"] != surroundings():
        return False
    if any(Path(name).exists() is not there for name, there in told["documents"].items()):
        return False
    return Sources(told["digests"], told["patterns"]).unchanged()


def _kept(key: Key) -> Iterator[Path]:
    """The files of a key whose content is what was written: one, or two just written at once."""
    home = _home()
    if home is None or not _ours(home):
        return
    for path in home.glob(f"{key.name}.*{SUFFIX}"):
        with contextlib.suppress(OSError):  # another process has replaced it
            if _ours(path) and path.name == _with_checksum(key, path):
                yield path


def _with_checksum(key: Key, path: Path) -> str:
    checksum = 0
    with path.open("rb") as stream:
        while part := stream.read(_PART):
            checksum = zlib.crc32(part, checksum)
    return f"{key.name}.{checksum:08x}{SUFFIX}"


def _ours(path: Path) -> bool:
    """Whether it belongs to the user, and nobody else can write to it."""
    try:
        found = path.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(found.st_mode) or not hasattr(os, "getuid"):
        return not stat.S_ISLNK(found.st_mode)
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _opened(path: Path) -> sqlite3.Connection:
    # Nobody writes to it: a new one gets another name.
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


# Keeping.


@attrs.frozen
class Before:
    """What a ledger's files and the programs were like before it was loaded."""

    sources: Sources
    marks: Sequence[Any]
    surroundings: Sequence[str]


def before(_: Key, path: str) -> Before | None:
    """To be asked before a ledger is loaded; None where it is not to be kept."""
    from arledger.includes import sources
    from arledger.load import absolute, expanded

    with contextlib.suppress(OSError, ValueError, RuntimeError):
        found = sources(absolute(expanded(Path(path))))
        if found is not None:
            return Before(found, _marks(found), surroundings())
    return None


def _marks(found: Sources) -> Sequence[Any]:
    """What tells that a file was written to, even if it has its old content again."""
    about = map(os.stat, found.digests)
    return [(one.st_dev, one.st_ino, one.st_mtime_ns, one.st_ctime_ns) for one in about]


def keep(
    key: Key, ledger: Ledger, was: Before, more: Callable[[], Mapping[str, Any]] | None = None
) -> None:
    """Keep a ledger that was loaded, unless its files have changed meanwhile.

    `more` tells what is kept beside it, by name.
    """
    # Nothing that goes wrong here makes an answer wrong; it may be anything, as a disk may be full.
    with contextlib.suppress(Exception):
        inputs = _inputs(key, ledger, was)
        if inputs is not None:
            _write(key, ledger, inputs, None if _evidence_outside(key, ledger) else more)


def beside(
    ledger: Ledger,
    findings: Sequence[Finding] | None = None,
    digests: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What is kept of a revision, as of its latest date, for whoever compares it with another.

    `findings` are those of a check, `digests` those of items, where somebody has them already.
    """
    from arledger.check import find, latest_date
    from arledger.snapshot import item_digests
    from arledger.store.encoding import encode_finding

    subledger = ledger.subledger
    if findings is None:
        findings = find(subledger, extra=(*ledger.errors, *ledger.notes))
    return {
        FINDINGS: [*map(encode_finding, findings)],
        DIGESTS: digests or item_digests(subledger, latest_date(subledger)),
    }


def _evidence_outside(key: Key, ledger: Ledger) -> bool:
    """Whether what is found depends on a signed document that isn't among the files of the tree."""
    from arledger.evidence import path_of

    found = filter(None, map(path_of, ledger.subledger.books.statements))
    return any(not os.path.abspath(path).startswith(f"{key.root}{os.sep}") for path in found)  # noqa: PTH100


def _inputs(key: Key, ledger: Ledger, was: Before) -> dict[str, Any] | None:
    """What must still be so for the ledger to count; None where that can't be said."""
    documents = _documents(ledger)
    if not ledger.complete or not _by_itself(ledger.options_map) or documents is None:
        return None
    read = {os.path.normpath(name) for name in ledger.options_map["include"]}
    if read != set(was.sources.digests):
        return None
    if not was.sources.unchanged() or _marks(was.sources) != was.marks:
        return None
    return {
        "key": key.name,
        "surroundings": was.surroundings,
        "documents": documents,
        **attrs.asdict(was.sources),
    }


def _by_itself(options: Mapping[str, Any]) -> bool:
    """Whether a ledger depends on nothing but its files."""
    encrypted = (".gpg", ".asc")
    return (
        not options.get("documents")
        and not options.get("insert_pythonpath")
        and all(name.startswith(_KNOWN_PLUGINS) for name, _ in options.get("plugin") or ())
        and not any(name.endswith(encrypted) for name in options.get("include") or ())
    )


def _documents(ledger: Ledger) -> dict[str, bool] | None:
    """The documents that the ledger names, and whether they are there: Beancount tells.

    None if one has come or gone since it looked.
    """
    from beancount.core.data import Document

    names = [entry.filename for entry in ledger.entries if isinstance(entry, Document)]
    found = {name: Path(name).exists() for name in names}
    missed = sum(error.text.render().startswith(_MISSED) for error in ledger.errors)
    return found if missed == sum(not found[name] for name in names) else None


# How Beancount's message about a document begins.
_MISSED = "File does not exist: "


def _write(
    key: Key,
    ledger: Ledger,
    inputs: Mapping[str, Any],
    more: Callable[[], Mapping[str, Any]] | None,
) -> None:
    from arledger.store.keeping import add_text, store

    home = _home()
    if home is None:
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _ours(home):
        return
    place = home / f"{key.name}{SUFFIX}"
    handle, name = tempfile.mkstemp(suffix=atomic.MARK, prefix=atomic.prefix(place), dir=home)
    os.close(handle)
    made = Path(name)
    try:
        with _made_new(made) as connection:
            store(connection, ledger, key.root)
            add_text(connection, "inputs", inputs, key.root)
            for name, value in more().items() if more is not None else ():
                add_text(connection, name, value, key.root)
        # Not synced: what a power failure leaves of it isn't what its checksum says.
        old = [*home.glob(f"{key.name}.*{SUFFIX}")]
        now = home / _with_checksum(key, made)
        made.replace(now)
        for one in old:
            if one != now:
                one.unlink(missing_ok=True)
    finally:
        made.unlink(missing_ok=True)
    _clear_away(home)
    _make_room(home, now)


@contextlib.contextmanager
def _made_new(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that nobody else sees yet: half of it is thrown away, so no journal is kept."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def _clear_away(home: Path) -> None:
    """Remove what killed processes have left, of whatever ledger."""
    for left in home.glob(f".{'?' * 32}{SUFFIX}.*{atomic.MARK}"):
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime > atomic.STALE_SECONDS:
                left.unlink()


def _make_room(home: Path, but: Path) -> None:
    """Forget the ledgers that nobody has asked for longest."""
    found = sorted(
        ((one.lstat(), one) for one in home.iterdir() if _OURS.fullmatch(one.name) and one != but),
        key=lambda pair: pair[0].st_mtime,
        reverse=True,
    )
    room = BYTES_MAX - but.lstat().st_size
    old = time.time() - DAYS_MAX * 86400
    for at, (about, one) in enumerate(found, start=1):
        room -= about.st_size
        if at >= FILES_MAX or room < 0 or about.st_mtime < old:
            one.unlink(missing_ok=True)
