# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong around a write: the process is killed, the disk is full, nothing may be written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# More events than any write here has: what is killed later has long ended by itself.
EVENTS_MAX = 400


def killed_at_every_step(write: Callable[[], None]) -> Iterator[int]:
    """Run `write` in a process of its own, killed at its first step, its second, and so on.

    A step is whatever Python asks the system for: a file opened, renamed, removed, its
    permissions changed, a folder made. Yields how many steps had been begun.
    """
    for step in range(1, EVENTS_MAX):
        child = os.fork()
        if child == 0:
            try:
                sys.addaudithook(_killer(step))
                write()
            except BaseException:  # noqa: BLE001 - nothing of the test runs on in the child
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        yield step
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
    pytest.fail("the write never came to its end")


def _killer(step: int) -> Callable[[str, tuple[object, ...]], None]:
    left = step

    def count(event: str, _: tuple[object, ...]) -> None:
        nonlocal left
        if event.startswith(("open", "os.", "shutil.", "tempfile.", "ctypes.")):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return count


def at_once(*writes: Callable[[], None]) -> list[int]:
    """Run several in processes of their own, at the same time; their exit statuses."""
    children = []
    for write in writes:
        child = os.fork()
        if child == 0:
            try:
                write()
            except BaseException:  # noqa: BLE001 - nothing of the test runs on in the child
                os._exit(1)
            os._exit(0)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of a few kilobytes, where this user may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("a small file system can't be mounted: not root, or in a sandbox")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def only_to_read(folder: Path) -> Iterator[Path]:
    """A folder into which nothing can be written, for root neither."""
    if os.geteuid() != 0:
        folder.mkdir()
        folder.chmod(0o555)
        try:
            yield folder
        finally:
            folder.chmod(0o755)
        return
    with small_disk(folder, "64k") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        yield disk


def no_file_larger_than(size: int) -> Callable[[], None]:
    """For a process to be started: its disk is full after so many bytes of a file."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
