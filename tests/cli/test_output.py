# SPDX-License-Identifier: GPL-2.0-or-later
"""`--output`: whole or not at all, and never over another file unasked."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from arledger.cli import atomic
from tests.cli.support import BOOK, invoke

FORMATS = ("table", "json", "csv")


@pytest.mark.parametrize("form", FORMATS)
def test_the_file_holds_what_stdout_would(book: Path, form: str) -> None:
    """In UTF-8, and nothing stands on stdout."""
    options = ("--as-of", "2024-02-10", "--format", form)
    shown = invoke("aging", book, *options)
    done = invoke("aging", book, *options, "--output", "aging.out")
    assert (done.exit_code, done.stdout) == (0, "")
    assert Path("aging.out").read_text(encoding="utf-8") == shown.stdout
    assert "北京贝塔".encode() in Path("aging.out").read_bytes()


def test_an_existing_file_is_kept(book: Path) -> None:
    """One line, status 2; --force replaces it and keeps its permissions."""
    there = book.with_name("there")
    there.write_text("precious", encoding="utf-8")
    there.chmod(0o640)
    done = invoke("aging", book, "--output", there)
    assert done.exit_code == 2
    assert done.stderr == f"arledger: {there}: exists; --force replaces it\n"
    assert there.read_text(encoding="utf-8") == "precious"
    assert invoke("aging", book, "--output", there, "--force").exit_code == 0
    assert there.read_text(encoding="utf-8").startswith("Aging by customer")
    assert stat.S_IMODE(there.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_permissions(book: Path) -> None:
    """Those of the umask, not those of a temporary file."""
    before = os.umask(0o027)
    try:
        assert invoke("aging", book, "--output", "new").exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path("new").stat().st_mode) == 0o640


def test_a_link_is_not_followed(book: Path) -> None:
    """Neither with --force, nor where it leads nowhere."""
    target = book.with_name("target")
    target.write_text("precious", encoding="utf-8")
    for name, to in (("link", target), ("dangling", book.with_name("nothing"))):
        Path(name).symlink_to(to)
        done = invoke("aging", book, "--output", name, "--force")
        assert done.exit_code == 2
        assert done.stderr == f"arledger: {name}: is a symbolic link; name the file itself\n"
    assert target.read_text(encoding="utf-8") == "precious"
    assert not Path("nothing").exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".", "is not a regular file"),
        ("no/such", "there is no such folder"),
        ("ledger.beancount/x", "can't be written: Not a directory"),
        ("a\0b", "can't be written: "),
    ],
)
def test_where_nothing_can_be_written(book: Path, name: str, why: str) -> None:
    """One line, before the ledger is even loaded."""
    done = invoke("aging", book.with_name("nowhere.beancount"), "--output", name, "--force")
    assert done.exit_code == 2
    assert why in done.stderr


@pytest.mark.parametrize("command", ["aging", "check"])
def test_never_over_the_ledger(book: Path, command: str) -> None:
    """Not even with --force, nor over a file it includes."""
    more = book.with_name("more.beancount")
    more.write_text('2024-01-01 note Assets:Bank "x"\n', encoding="utf-8")
    book.write_text('include "more.beancount"\n' + BOOK, encoding="utf-8")
    for file in (book, more):
        before = file.read_bytes()
        done = invoke(command, book, "--output", file, "--force")
        assert done.exit_code == 2
        assert "is a file of the ledger itself" in done.stderr
        assert file.read_bytes() == before


def left(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_left_of_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full: the old file stands, and no temporary one beside it."""
    there = tmp_path / "there"
    there.write_text("precious", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(atomic.WriteError) as raised:
        atomic.write(there, b"new", force=True)
    assert raised.value.text.render() == f"{there}: can't be written: No space left on device"
    assert there.read_text(encoding="utf-8") == "precious"
    assert left(tmp_path) == ["there"]


def test_a_file_that_appears_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else was quicker: theirs stands."""
    path = tmp_path / "new"
    monkeypatch.setattr(atomic, "check", lambda *_, **__: path.write_text("theirs"))
    with pytest.raises(atomic.WriteError):
        atomic.write(path, b"ours")
    assert path.read_text(encoding="utf-8") == "theirs"
    assert left(tmp_path) == ["new"]


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename serves."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    atomic.write(tmp_path / "new", b"ours")
    assert (tmp_path / "new").read_bytes() == b"ours"
    assert left(tmp_path) == ["new"]


def test_a_folder_without_the_right_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line."""

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(atomic.WriteError) as raised:
        atomic.write(tmp_path / "new", b"x")
    assert "can't be written: Permission denied" in raised.value.text.render()
    assert left(tmp_path) == []
