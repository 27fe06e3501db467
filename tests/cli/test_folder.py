# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders and files are written whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from arledger.cli import atomic, folder
from arledger.cli.atomic import WriteError
from tests.cli.faults import at_once, killed_at_every_step, only_to_read, small_disk

OLD = {"a": b"old a", "b": b"old b", "gone": b"old"}
NEW = {"a": b"new a" * 9999, "b": b"new b", "more": b"new"}


def ours(place: Path) -> Collection[str] | None:
    """A folder with a file `a` is one of ours."""
    return {*OLD, *NEW} if (place / "a").exists() else None


def held(place: Path) -> dict[str, bytes]:
    """The files of a folder by their names, inner ones, too."""
    found = (path for path in place.rglob("*") if path.is_file())
    return {str(path.relative_to(place)): path.read_bytes() for path in found}


def left(place: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in place.iterdir())


NAMES = ["books", "the books", "账本", "new\nline", "-x", "$(id)", "x" * 255]


@pytest.mark.parametrize("name", NAMES)
def test_a_new_folder(tmp_path: Path, name: str) -> None:
    """Under any name; with folders in it; nothing stands beside it."""
    files = {**NEW, "inner/c": b"c", "inner/more/d 单": b"d"}
    folder.write(tmp_path / name, files)
    assert held(tmp_path / name) == files
    assert left(tmp_path) == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_new_file(tmp_path: Path, name: str) -> None:
    """Under any name, too."""
    atomic.write(tmp_path / name, b"new")
    assert held(tmp_path) == {name: b"new"}


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """It keeps its permissions; a new one has those of the umask."""
    (tmp_path / "empty").mkdir(0o750)
    folder.write(tmp_path / "empty", NEW)
    assert held(tmp_path / "empty") == NEW
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o750
    before = os.umask(0o027)
    try:
        folder.write(tmp_path / "new", NEW)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "new" / "a").stat().st_mode & 0o777 == 0o640


def test_another_s_folder_is_refused(tmp_path: Path) -> None:
    """A single hidden file makes it another's."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / ".hidden").write_bytes(b"")
    with pytest.raises(WriteError) as raised:
        folder.write(tmp_path / "there", NEW)
    assert raised.value.text.render() == f"{tmp_path / 'there'}: is not empty"
    assert held(tmp_path / "there") == {".hidden": b""}
    assert left(tmp_path) == ["there"]


def test_an_older_one_of_ours_is_replaced(tmp_path: Path) -> None:
    """With all that it held."""
    folder.write(tmp_path / "there", OLD)
    folder.write(tmp_path / "there", NEW, ours)
    assert held(tmp_path / "there") == NEW
    assert left(tmp_path) == ["there"]


def test_what_others_have_put_there_stays(tmp_path: Path) -> None:
    """Refused without force; with it their files stay, even in a folder that isn't ours."""
    place = tmp_path / "there"
    folder.write(place, {**OLD, "theirs": b"precious"})
    with pytest.raises(WriteError):
        folder.write(place, NEW, ours)
    assert held(place) == {**OLD, "theirs": b"precious"}
    folder.write(place, NEW, ours, force=True)
    assert held(place) == {**NEW, "theirs": b"precious"}
    folder.write(tmp_path / "other", {"x": b"precious"})
    folder.write(tmp_path / "other", NEW, ours, force=True)
    assert held(tmp_path / "other") == {**NEW, "x": b"precious"}


@pytest.mark.parametrize("inner", ["folder", "link"])
def test_never_over_folders_and_links(tmp_path: Path, inner: str) -> None:
    """Not with force either: they can't be kept."""
    place = tmp_path / "there"
    folder.write(place, OLD)
    if inner == "folder":
        (place / inner).mkdir()
    else:
        (place / inner).symlink_to("/")
    with pytest.raises(WriteError) as raised:
        folder.write(place, NEW, ours, force=True)
    assert f"holds {inner}, which would be lost" in raised.value.text.render()
    assert (place / "a").read_bytes() == OLD["a"]


def test_places_where_no_folder_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, a file, a place in nothing, the current folder or one around it: one line each."""
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").write_bytes(b"precious")
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    for name, why in {
        "link": "is a symbolic link",
        "dangling": "is a symbolic link",
        "file": "is not a folder",
        "no/such": "there is no such folder",
        "here": "holds the current folder",
        "here/below": "holds the current folder",
        "here/below/..": "holds the current folder",
        "x" * 300: "File name too long",
        "a\0b": "can't be written",
    }.items():
        with pytest.raises(WriteError) as raised:
            folder.write(tmp_path / name, NEW, force=True)
        assert why in raised.value.text.render()
    with pytest.raises(WriteError):
        folder.write(Path(), NEW)
    assert left(tmp_path) == ["dangling", "file", "here", "link", "target"]
    assert left(tmp_path / "target") == []


def test_a_way_through_a_link(tmp_path: Path) -> None:
    """The folders above may be links: what is written lies where they lead."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    folder.write(tmp_path / "link" / "books", NEW)
    assert held(tmp_path / "real") == {f"books/{name}": text for name, text in NEW.items()}


# --- killed ---


def test_killed_while_making_a_new_folder(tmp_path: Path) -> None:
    """At any step: there is none, or the whole one."""
    place = tmp_path / "books"
    seen = set()
    for step in killed_at_every_step(lambda: folder.write(place, NEW)):
        seen.add(place.exists())
        assert not place.exists() or held(place) == NEW, step
        shutil.rmtree(place, ignore_errors=True)
    assert seen == {True, False}


def test_killed_while_replacing_a_folder(tmp_path: Path) -> None:
    """At any step: the old one or the new one, whole; and somebody else's file in either."""
    if not exchanges(tmp_path):
        pytest.skip("this system can't exchange two folders in one step")
    place, theirs = tmp_path / "books", {"theirs": b"precious"}
    seen = set()
    write = lambda: folder.write(place, NEW, ours, force=True)  # noqa: E731
    folder.write(place, {**OLD, **theirs})
    for step in killed_at_every_step(write):
        found = held(place)
        assert found in ({**OLD, **theirs}, {**NEW, **theirs}), step
        seen.add(found == {**NEW, **theirs})
        shutil.rmtree(place)
        folder.write(place, {**OLD, **theirs})
    assert seen == {True, False}


def exchanges(tmp_path: Path) -> bool:
    """Whether the system can do it here."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    try:
        return folder._exchanged(one, other)
    finally:
        one.rmdir()
        other.rmdir()


@pytest.mark.parametrize("old", [None, b"old"])
def test_killed_while_writing_a_file(tmp_path: Path, old: bytes | None) -> None:
    """`--output`: at any step the old file or the new one."""
    place, new = tmp_path / "report", b"new" * 9999
    seen = set()
    for step in killed_at_every_step(lambda: _with(place, old, new)):
        found = place.read_bytes() if place.exists() else None
        assert found in {None, old, new}, step
        seen.add(found)
        place.unlink(missing_ok=True)
    assert new in seen


def _with(place: Path, old: bytes | None, new: bytes) -> None:
    if old is not None:
        atomic.write(place, old)
    atomic.write(place, new, force=old is not None)


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    """By the next one, once it is certain that nobody is at it; other places' are left alone."""
    for step in killed_at_every_step(lambda: folder.write(tmp_path / "books", NEW)):
        if step > 12:
            break
    shutil.rmtree(tmp_path / "books", ignore_errors=True)
    young = left(tmp_path)
    assert young
    folder.write(tmp_path / "books", NEW)
    assert left(tmp_path) == sorted([*young, "books"])
    old = time.time() - atomic.STALE_SECONDS - 1
    for name in young:
        os.utime(tmp_path / name, (old, old))
    (tmp_path / ".other.x.arledger-new").mkdir()
    os.utime(tmp_path / ".other.x.arledger-new", (old, old))
    folder.write(tmp_path / "books", OLD, ours)
    assert left(tmp_path) == [".other.x.arledger-new", "books"]


def test_what_a_killed_write_of_a_file_left(tmp_path: Path) -> None:
    """The same; a link is nobody's leftover."""
    for step in killed_at_every_step(lambda: atomic.write(tmp_path / "report", b"new", force=True)):
        if step > 8:
            break
    (tmp_path / "report").unlink(missing_ok=True)
    (tmp_path / ".report.x.arledger-new").symlink_to("nowhere")
    young = left(tmp_path)
    assert len(young) > 1
    old = time.time() - atomic.STALE_SECONDS - 1
    for name in young:
        os.utime(tmp_path / name, (old, old), follow_symlinks=False)
    atomic.write(tmp_path / "report", b"new")
    assert left(tmp_path) == [".report.x.arledger-new", "report"]


# --- several at once, and no room ---


def test_two_at_once_make_one_folder(tmp_path: Path) -> None:
    """One of them does; the other says that it is there."""
    for count in range(20):
        place = tmp_path / str(count)
        done = at_once(
            lambda place=place: folder.write(place, OLD),  # type: ignore[misc]
            lambda place=place: folder.write(place, NEW),  # type: ignore[misc]
        )
        assert sorted(done) == [0, 1]
        assert held(place) in (OLD, NEW)
    assert left(tmp_path) == sorted(map(str, range(20)))


def test_two_at_once_replace_a_folder(tmp_path: Path) -> None:
    """Both do, one after the other: what stands at the end is one of theirs, whole."""
    place = tmp_path / "books"
    folder.write(place, OLD)
    for _ in range(20):
        done = at_once(
            lambda: folder.write(place, OLD, ours),
            lambda: folder.write(place, NEW, ours),
            lambda: folder.write(place, {"a": b"third"}, ours),
        )
        assert done == [0, 0, 0]
        assert held(place) in (OLD, NEW, {"a": b"third"})
    assert left(tmp_path) == ["books"]


def test_two_at_once_write_a_file(tmp_path: Path) -> None:
    """Without force one wins."""
    for count in range(20):
        place = tmp_path / str(count)
        done = at_once(
            lambda place=place: atomic.write(place, b"one" * 999),  # type: ignore[misc]
            lambda place=place: atomic.write(place, b"two" * 999),  # type: ignore[misc]
        )
        assert sorted(done) == [0, 1]
        assert place.read_bytes() in {b"one" * 999, b"two" * 999}


def test_a_full_disk(tmp_path: Path) -> None:
    """What was there stays, nothing else is left, and one line says why."""
    with small_disk(tmp_path / "disk", "32k") as disk:
        folder.write(disk / "books", OLD, ours)
        atomic.write(disk / "report", b"old")
        writes: list[Callable[[], None]] = [
            lambda: folder.write(disk / "books", NEW, ours),
            lambda: folder.write(disk / "new", NEW),
            lambda: atomic.write(disk / "report", NEW["a"], force=True),
        ]
        for write in writes:
            with pytest.raises(WriteError) as raised:
                write()
            assert "can't be written: No space left on device" in raised.value.text.render()
        assert held(disk) == {f"books/{name}": text for name, text in OLD.items()} | {
            "report": b"old"
        }
        assert left(disk) == ["books", "report"]


def test_a_folder_only_to_read(tmp_path: Path) -> None:
    """One line."""
    with only_to_read(tmp_path / "disk") as disk:
        writes: list[Callable[[], None]] = [
            lambda: folder.write(disk / "new", NEW),
            lambda: atomic.write(disk / "report", b"new"),
        ]
        for write in writes:
            with pytest.raises(WriteError) as raised:
                write()
            assert "can't be written: " in raised.value.text.render()
        assert left(disk) == []


# --- systems that can do less ---


def test_a_system_that_cannot_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two renames serve; where the second fails the old folder is put back."""
    monkeypatch.setattr(folder, "_exchanged", lambda *_: False)
    place = tmp_path / "books"
    folder.write(place, OLD)
    folder.write(place, NEW, ours)
    assert held(place) == NEW
    assert left(tmp_path) == ["books"]
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == place and ".old" not in self.name:
            raise OSError(39 if place.exists() else 5, "Directory not empty or broken disk")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(WriteError):
        folder.write(place, OLD, ours)
    assert held(place) == NEW
    assert left(tmp_path) == ["books"]


def test_other_systems_have_no_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not exchanges(tmp_path)


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others have put there is copied."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    folder.write(tmp_path / "there", {**OLD, "theirs": b"precious"})
    folder.write(tmp_path / "there", NEW, ours, force=True)
    assert held(tmp_path / "there") == {**NEW, "theirs": b"precious"}
