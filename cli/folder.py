# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a folder of files whole or not at all, and never over another one unasked.

It is made beside its place under a hidden name, synced, and renamed: whoever looks sees no folder
or the whole one. An older one is exchanged with it in one step where the system can do that, and
removed afterwards. What a killed process leaves is the hidden folder alone, which the next
process that writes to the same place clears away.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from arledger.cli.atomic import MARK, WriteError, clear_away, failed, prefix, sync_folder, umask
from arledger.findings import say

# Which files of an older folder are ours to replace; None where it isn't ours at all.
Ours = Callable[[Path], Collection[str] | None]

_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)


def nobody_s(_: Path) -> None:
    """No older folder is ours: only a new or an empty one will do."""


def check(path: Path, ours: Ours = nobody_s, *, force: bool = False) -> None:
    """Refuse what must not be written to: before any work is done for it, and again after.

    With `force` files of others stay where they are, beside ours; but never folders, as they
    can't be kept and moved in one step.
    """
    try:
        _check(path, ours, force=force)
    except (OSError, ValueError) as error:
        raise failed(path, error) from error


def _check(path: Path, ours: Ours, *, force: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise WriteError(say("{path}: there is no such folder", path=path.parent)) from None
        return
    if stat.S_ISLNK(mode):
        raise WriteError(say("{path}: is a symbolic link; name the folder itself", path=path))
    if not stat.S_ISDIR(mode):
        raise WriteError(say("{path}: is not a folder", path=path))
    if Path.cwd().is_relative_to(path.resolve()):
        text = say("{path}: holds the current folder; call arledger from elsewhere", path=path)
        raise WriteError(text)
    _check_held(path, ours, force=force)


def _check_held(path: Path, ours: Ours, *, force: bool) -> None:
    """Refuse to lose what a folder holds."""
    held = sorted(path.iterdir())
    known = ours(path) if held else ()
    if known is None and not force:
        raise WriteError(say("{path}: is not empty", path=path))
    for one in held:
        try:
            mode = one.lstat().st_mode
        except FileNotFoundError:
            continue  # somebody else has just put another folder in the place
        if not stat.S_ISREG(mode):
            text = say("{path}: holds {name}, which would be lost", path=path, name=one.name)
            raise WriteError(text)
        if not force and one.name not in (known or ()):
            text = say(
                "{path}: holds {name}, which is not ours; --force keeps it and replaces the rest",
                path=path,
                name=one.name,
            )
            raise WriteError(text)


def write(
    path: Path, files: Mapping[str, bytes], ours: Ours = nobody_s, *, force: bool = False
) -> None:
    """Put a folder of `files`, by their names relative to it, into the place `path`."""
    check(path, ours, force=force)
    try:
        clear_away(path)
        made = Path(tempfile.mkdtemp(suffix=MARK, prefix=prefix(path), dir=path.parent))
    except OSError as error:
        raise failed(path, error) from error
    try:
        _fill(made, files)
        made.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o777 & ~umask())
        _into_place(made, path, files, (ours, force))
        sync_folder(path.parent)
    except OSError as error:
        raise failed(path, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files and make them durable, and then the folders that name them."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    for inner in (folder, *(one for one in folder.rglob("*") if one.is_dir())):
        sync_folder(inner)


def _into_place(made: Path, path: Path, files: Collection[str], allowed: tuple[Ours, bool]) -> None:
    """Rename; where there is an older folder, exchange the two. An empty one is no obstacle."""
    try:
        made.rename(path)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
    else:
        return
    ours, force = allowed
    check(path, ours, force=force)
    for one in path.iterdir():
        if one.name not in files and one.name not in (ours(path) or ()):
            _keep(one, made / one.name)
    _exchange(made, path)


def _keep(theirs: Path, place: Path) -> None:
    """Let the new folder hold a file of somebody else's, too: the same file, or a copy."""
    try:
        place.hardlink_to(theirs)
    except OSError:
        shutil.copy2(theirs, place)


def _exchange(made: Path, path: Path) -> None:
    """Let two folders change places at once; in two steps where the system can't.

    Between the two there is no folder in the place, and the older one stands beside it.
    """
    if _exchanged(made, path):
        return
    aside = made.with_name(made.name.removesuffix(MARK) + ".old" + MARK)
    path.rename(aside)
    try:
        made.rename(path)
    except OSError:
        aside.rename(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchanged(made: Path, path: Path) -> bool:
    """Whether the system has exchanged them: Linux can, on most of its file systems."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    one, other = os.fsencode(made), os.fsencode(path)
    return bool(rename(_AT_FDCWD, one, _AT_FDCWD, other, _EXCHANGE) == 0)
