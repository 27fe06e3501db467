# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a file whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import attrs

from arledger.findings import Text, say

MARK = ".arledger-new"
# What is hidden so, and nobody has touched for so long, belongs to a process that is no more.
STALE_SECONDS = 3600
# A name may have 255 bytes; what is hidden has some of its own.
NAME_BYTES_MAX = 64


@attrs.frozen
class WriteError(Exception):
    """A file that was not written; `text` says why, in one line. Nothing was changed."""

    text: Text


def check(path: Path, *, force: bool) -> None:
    """Refuse what must not be written to: before any work is done for it, and again after."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise WriteError(say("{path}: there is no such folder", path=path)) from None
        return
    except (OSError, ValueError) as error:
        raise failed(path, error) from error
    if stat.S_ISLNK(mode):
        raise WriteError(say("{path}: is a symbolic link; name the file itself", path=path))
    if not stat.S_ISREG(mode):
        raise WriteError(say("{path}: is not a regular file", path=path))
    if not force:
        raise WriteError(say("{path}: exists; --force replaces it", path=path))


def write(path: Path, content: bytes, *, force: bool = False) -> None:
    """Put `content` into `path`: a temporary file beside it, synced, then renamed.

    Whoever looks sees the old file or the new one. A replaced file's permissions are kept.
    """
    check(path, force=force)
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _default_mode()
        clear_away(path)
        handle, name = tempfile.mkstemp(suffix=MARK, prefix=prefix(path), dir=path.parent)
    except OSError as error:
        raise failed(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        _into_place(Path(name), path, force=force)
        sync_folder(path.parent)
    except OSError as error:
        raise failed(path, error) from error
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _into_place(temporary: Path, path: Path, *, force: bool) -> None:
    """Rename; without `force` by a hard link, which fails if the file has appeared meanwhile."""
    if not force:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            raise
        except OSError:
            check(path, force=False)  # a file system without hard links: as near as it gets
        else:
            return
    temporary.replace(path)


def _default_mode() -> int:
    """What a new file's permissions would be: mkstemp's own are for the owner only."""
    return 0o666 & ~umask()


def umask() -> int:
    """The permissions that nothing new gets; the system tells only whoever sets it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sync_file(path: Path) -> None:
    """Make the content durable before its name."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def failed(path: Path, error: Exception) -> WriteError:
    """What the system said, as one line about `path`."""
    reason = getattr(error, "strerror", None) or str(error)
    return WriteError(say("{path}: can't be written: {reason}", path=path, reason=reason))


# What is hidden until it is whole.


def prefix(path: Path) -> str:
    """How the hidden names for a place begin."""
    return f".{os.fsdecode(os.fsencode(path.name)[:NAME_BYTES_MAX])}."


def clear_away(path: Path) -> None:
    """Remove what killed processes have left for this place."""
    for left in list(_left_behind(path)):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _left_behind(path: Path) -> Iterator[Path]:
    begins = prefix(path)
    for one in path.parent.iterdir():
        if one.name.startswith(begins) and one.name.endswith(MARK) and not one.is_symlink():
            with suppress(OSError):
                if time.time() - one.lstat().st_mtime > STALE_SECONDS:
                    yield one
