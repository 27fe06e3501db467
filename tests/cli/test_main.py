# SPDX-License-Identifier: GPL-2.0-or-later
"""The command itself: help, version, quick start-up, and how it ends."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

import arledger
from arledger.cli import common, progress
from arledger.cli.main import COMMANDS, main
from arledger.load import load
from tests.cli.support import BOOK, NORTHWIND, ROOT, invoke, schema, spawn


def test_version() -> None:
    """The last word is the version."""
    done = spawn("--version")
    assert done.stdout == f"arledger {arledger.__version__}\n"


# They make a folder instead of answering.
ERRANDS = {"export", "init"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str) -> None:
    """Each command shows how it is used; the examples name real options."""
    done = invoke(command, "--help")
    assert done.exit_code == 0
    assert "Examples:" in done.stdout
    assert f"  arledger {command}" in done.stdout
    assert "--format" in done.stdout or command in ERRANDS
    found = main.get_command(click.Context(main), command)
    assert found is not None
    known = {name for option in found.params for name in option.opts} | {"--help"}
    used = {word for word in (found.epilog or "").split() if word.startswith("--")}
    assert used <= known


def test_help_of_all() -> None:
    """Every command with a line."""
    done = invoke("--help")
    for command in COMMANDS:
        assert f"\n  {command}" in done.stdout


def test_every_command_has_a_schema() -> None:
    """Shipped with the package, each of the common keys required."""
    for command in COMMANDS:
        if command == "init":
            continue  # what it makes is no answer
        found = schema(command)
        assert {"schema", "complete", "as_of"} <= set(found["required"])
        assert found["additionalProperties"] is False


@pytest.mark.parametrize("arguments", [[], ["aging"], ["nonsense"], ["aging", "x", "--nonsense"]])
def test_usage_errors(arguments: list[str]) -> None:
    """Status 2, nothing on stdout."""
    done = invoke(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage: arledger" in done.stderr


def test_start_up_is_quick() -> None:
    """The help imports neither Beancount nor rich nor Babel."""
    script = (
        "import sys\n"
        "from arledger.cli.main import main\n"
        "try: main.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'beancount', 'rich', 'babel'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_exit_statuses_of_a_process(book: Path) -> None:
    """0 fine, 1 findings, 2 usage or input: as a shell sees them."""
    assert spawn("aging", book).returncode == 0
    assert spawn("check", book).returncode == 1
    assert spawn("aging", "nowhere").returncode == 2


def test_what_was_registered_to_run_at_exit_runs(book: Path) -> None:
    """The process ends at once, but not before that."""
    script = (
        "import atexit, sys\n"
        "from arledger.cli.main import main\n"
        "atexit.register(lambda: print('good bye'))\n"
        f"sys.argv = ['arledger', 'check', {str(book)!r}]\n"
        "main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.endswith("good bye\n")


def test_a_reader_who_goes_away(book: Path) -> None:
    """`arledger check … | head -0`: quiet, and the status is still that of the check."""
    invoices = "".join(
        f'2024-01-11 * "Invoice" ^X-{n}\n  Assets:Receivable:B2  1 EUR\n  Income:Sales\n'
        for n in range(3000)
    )
    book.write_text(BOOK + invoices, encoding="utf-8")
    for command, status in (("check", 1), ("open-items", 0)):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = spawn(
                command, book, capture_output=False, stdout=writing, stderr=subprocess.PIPE
            )
        finally:
            os.close(writing)
        assert done.returncode == status
        assert "rror" not in done.stderr


def test_a_reader_who_goes_away_is_not_complained_about(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, seen from inside: what is still buffered goes nowhere."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main.status(["check", str(book)]) == 1
        stream.write("nobody reads this")

    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(common, "open_books", gone)
    assert invoke("aging", book).exit_code == 0


def test_the_console_script(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs what is to be run at exit, flushes, and ends the process with the status."""
    done: list[object] = []
    monkeypatch.setattr(sys, "argv", ["arledger", "check", str(book)])
    monkeypatch.setattr(gc, "disable", lambda: done.append("disable"))
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: done.append("at exit"))
    monkeypatch.setattr(os, "_exit", done.append)
    main()
    assert done[0] == "disable"
    assert done[-2:] == ["at exit", 1]


def test_an_error_of_ours(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line and status 3; the traceback only for who asks."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by\nnought")

    monkeypatch.setattr(common, "open_books", broken)
    done = invoke("aging", book)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == (
        "arledger: internal error: ZeroDivisionError: by nought; please report it "
        "(ARLEDGER_DEBUG=1 shows where it happened)\n"
    )
    monkeypatch.setenv("ARLEDGER_DEBUG", "1")
    assert "Traceback" in invoke("aging", book).stderr


def test_interrupted(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C is no error of ours."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(common, "open_books", interrupt)
    done = invoke("aging", book)
    assert done.exit_code == 130
    assert "Traceback" not in done.stderr


def on_a_terminal(*arguments: str | Path, **environment: str) -> tuple[str, int]:
    """What a command writes to a terminal of 70 columns, and its status."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "arledger.cli.main", *map(str, arguments)]
    path = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "TERM": "xterm", "COLUMNS": "70", **environment},
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
    os.close(ours)
    return seen.decode(), process.returncode


def test_on_a_terminal(book: Path) -> None:
    """Colours, and the width of the terminal; with NO_COLOR not a single escape."""
    seen, status = on_a_terminal("open-items", book, "--as-of", "2024-02-10")
    assert status == 0
    assert "\x1b[1m" in seen
    plain, _ = on_a_terminal("open-items", book, "--as-of", "2024-02-10", NO_COLOR="1")
    assert "\x1b" not in plain
    assert "1,200.00" in plain


class Terminal:
    """Stands for stderr on a terminal."""

    def isatty(self) -> bool:
        return True


class Drawn:
    """Stands for rich's bar: remembers what it would draw."""

    def __init__(self, seen: list[tuple[str, float]]) -> None:
        self.seen = seen
        self.tasks = [SimpleNamespace(start_time=0.0)]
        self.begun = threading.Event()

    def add_task(self, label: str, *, total: float) -> int:
        self.label, self.total = label, total
        return 0

    def start(self) -> None:
        self.begun.set()

    def update(self, _: int, *, completed: float, description: str | None = None) -> None:
        self.seen.append((description or self.label, round(completed / self.total, 2)))

    def stop(self) -> None:
        self.seen.append(("gone", 0))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What the bar draws on a terminal, at once."""
    bar = Drawn([])
    monkeypatch.setattr("rich.progress.Progress", lambda *_, **__: bar)
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    return bar


def test_a_load_has_a_bar(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves by phases and is gone at the end."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.loading(lambda text: text) as phase:
        assert phase is not None
        assert drawn.begun.wait(10)
        for over in ("parse", "function: x", "booking", "run_transformations"):
            phase(f"Operation: '{over}'      Time: 1 ms")
        phase("something else")
        phase("Operation: 'beancount.ops.validate'      Time: 1 ms")
    # A phase moves the bar, then names what comes.
    assert [drawn.seen[0], *drawn.seen[2:-1:2], drawn.seen[-1]] == [
        ("parsing the ledger", 0),
        ("booking", 0.25),
        ("running the plugins", 0.58),
        ("validating", 0.76),
        ("replaying the receivables", 0.88),
        ("gone", 0),
    ]


def test_the_phases_are_all_of_a_load() -> None:
    """Their shares add up; Beancount still reports each of them."""
    phases = [progress._FIRST, *progress._AFTER.values()]
    assert sum(phase.share for phase in phases) == pytest.approx(1)
    said: list[str] = []
    load(NORTHWIND, said.append)
    over = [found.group(1) for line in said if (found := progress._OPERATION.match(line))]
    assert [name for name in over if name in progress._AFTER] == list(progress._AFTER)


def test_a_job_of_a_known_size_has_the_same_bar(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn some hundred times, however many steps there are."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.progress(100_000, "reading") as advance:
        assert drawn.begun.wait(10)
        for _ in range(50_000):
            advance()
        advance(50_000)
    assert [drawn.seen[0], *drawn.seen[-2:]] == [("reading", 0), ("reading", 1), ("gone", 0)]
    assert 100 <= len(drawn.seen) <= progress.STEPS_MAX


def test_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe there is nothing to draw on, and the job is done all the same."""
    monkeypatch.setattr("rich.progress.Progress", None)
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.0)
    with progress.progress(2, "reading") as advance:
        advance(2)
    with progress.loading(lambda text: text) as phase:
        assert phase is None


def test_a_quick_load_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody needs a bar for a moment."""
    monkeypatch.setattr("rich.progress.Progress", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.loading(lambda text: text) as phase:
        assert phase is not None
        phase("Operation: 'parse'      Time: 1 ms")


SLOW = """import sys, time
from arledger import load
from arledger.cli import main, progress
progress.DELAY_SECONDS = 0.0
quick = load.load
def slow(path, timings, **how):
    time.sleep(1)
    timings("Operation: 'parse'  Time: 1000 ms")
    time.sleep(0.3)
    return quick(path)
load.load = slow
main.main()
"""


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_bar_on_a_terminal(book: Path, term: str) -> None:
    """On stderr, wiped off at the end; the answer still goes to stdout, where it was sent."""
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-c", SLOW, "aging", str(book), "--as-of", "2024-02-10"]
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "TERM": term, "COLUMNS": "90"}
    done = subprocess.run(
        arguments, stdout=subprocess.PIPE, stderr=theirs, env=environment, cwd=ROOT, check=True
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):
        while part := os.read(ours, 65536):
            seen += part
    os.close(ours)
    assert done.stdout.decode().startswith("Aging by customer - Small Trade")
    if term == "dumb":
        assert seen == b""
        return
    assert b"parsing the ledger" in seen
    assert b" 25%" in seen
    assert b"0:00:01" in seen
    assert seen.endswith(b"\x1b[1A\x1b[2K")


def test_no_bar_in_a_pipe(book: Path) -> None:
    """Neither on stdout nor on stderr."""
    assert spawn("aging", book, "--as-of", "2024-02-10").stderr == ""
