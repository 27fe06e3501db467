# SPDX-License-Identifier: GPL-2.0-or-later
"""Ours beside others' programs, in one run: seconds and memory of whole processes.

What is compared takes turns, so that a busy machine is busy for both. Every process starts anew,
without Beancount's load cache. Ratios are of processor seconds (user and system), the least of
several turns, for they depend the least on what else the machine does; the medians and the
seconds on the clock stand beside them.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import attrs

from benchmarks.generate import LAST, write

MIB = 1024 * 1024
# getrusage counts kibibytes, but on macOS bytes.
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024

LOAD = """
import sys, time
from beancount import loader
loader.initialize(use_cache=False)
started = time.perf_counter(), time.process_time()
entries, errors, options = loader.load_file(sys.argv[1])
print(time.perf_counter() - started[0], time.process_time() - started[1])
sys.exit(len(errors) > 0)
"""
BEAN_CHECK = "from beancount.scripts.check import main; main()"
ARLEDGER = "from arledger.cli.main import main; main()"

Say = Callable[[str], None]


class BenchmarkError(Exception):
    """A process that was to be measured failed: its seconds would mean nothing."""


@attrs.frozen
class Folder:
    """A folder that a job finds the same at each turn: empty, or a copy of another one."""

    path: Path
    like: Path | None = None

    def restore(self) -> None:
        """Forget what the turn before has left there."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.like is None:
            self.path.mkdir()
        else:
            shutil.copytree(self.like, self.path)


@attrs.frozen
class Job:
    """One thing to measure: a program with its arguments, as it is started."""

    name: str
    command: tuple[str, ...]
    # Added to the environment that the benchmark has.
    environment: Mapping[str, str] = attrs.field(factory=dict)
    folder: Folder | None = None
    # Whether it prints its own seconds, on the clock and of the processor, at the end.
    tells: bool = False


def python(program: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a program given as text, with the Python that we have."""
    return (sys.executable, "-c", program, *arguments)


@attrs.frozen
class Turn:
    """One process: seconds on the clock, processor seconds, and the most memory it had."""

    clock_seconds: float
    processor_seconds: float
    memory_bytes: int


@attrs.frozen
class Measured:
    """All turns of one job."""

    job: Job
    size: int
    turns: tuple[Turn, ...]

    @property
    def least(self) -> float:
        """Processor seconds, the least of all turns."""
        return min(turn.processor_seconds for turn in self.turns)

    @property
    def median(self) -> float:
        """Processor seconds, the middle of all turns."""
        return statistics.median(turn.processor_seconds for turn in self.turns)

    @property
    def clock(self) -> float:
        """Seconds on the clock, the least of all turns."""
        return min(turn.clock_seconds for turn in self.turns)

    @property
    def clock_median(self) -> float:
        """Seconds on the clock, the middle of all turns."""
        return statistics.median(turn.clock_seconds for turn in self.turns)

    @property
    def memory(self) -> float:
        """Mebibytes, the most of all turns."""
        return max(turn.memory_bytes for turn in self.turns) / MIB


def bean_check(path: Path) -> Job:
    """Beancount's own check, without its cache."""
    return Job(CHECK, python(BEAN_CHECK, "--no-cache", str(path)))


def aging(path: Path) -> Job:
    """Our aging, as a person asks for it."""
    # Loaded anew at each turn.
    return Job(AGING, python(ARLEDGER, "aging", str(path), "--as-of", str(LAST), "--no-cache"))


def load(path: Path, name: str) -> Job:
    """The loading alone, as Beancount's tools do it; it says its own seconds."""
    return Job(name, python(LOAD, str(path)), tells=True)


def run(job: Job) -> Turn:
    """Run a job to its end, and take its measure."""
    if job.folder is not None:
        job.folder.restore()
    started = time.perf_counter()
    process = subprocess.Popen(
        job.command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, **job.environment},
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    clock = time.perf_counter() - started
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchmarkError(f"{job.name} ended with {process.returncode}:\n{said[-2000:]}")
    processor = usage.ru_utime + usage.ru_stime
    if job.tells:
        clock, processor = map(float, said.split()[-2:])
    return Turn(clock, processor, usage.ru_maxrss * MEMORY_UNIT)


def take_turns(jobs: Sequence[Job], size: int, repeats: int, say: Say) -> dict[str, Measured]:
    """Each job so many times, taking turns, every other time in the other order."""
    turns: dict[str, list[Turn]] = {job.name: [] for job in jobs}
    for at in range(repeats):
        for job in jobs if at % 2 == 0 else reversed(jobs):
            turn = run(job)
            turns[job.name].append(turn)
            say(
                f"{size:,} transactions, {at + 1} of {repeats}: {job.name}: "
                f"{turn.processor_seconds:.2f} s, {turn.memory_bytes / MIB:.0f} MiB"
            )
    return {job.name: Measured(job, size, tuple(turns[job.name])) for job in jobs}


@attrs.frozen
class Ratio:
    """Ours to Beancount's, and the most it may be, where something is promised."""

    what: str
    size: int
    least: float
    median: float
    most: float | None

    @classmethod
    def of(cls, what: str, ours: Measured, theirs: Measured, most: float | None = None) -> Ratio:
        """By the least and by the medians of processor seconds."""
        return cls(what, ours.size, ours.least / theirs.least, ours.median / theirs.median, most)

    @classmethod
    def on_the_clock(
        cls, what: str, ours: Measured, theirs: Measured, most: float | None = None
    ) -> Ratio:
        """By seconds on the clock: where several processes work at once."""
        median = ours.clock_median / theirs.clock_median
        return cls(f"{what}, on the clock", ours.size, ours.clock / theirs.clock, median, most)


@attrs.define
class Report:
    """What was measured, the ratios that follow, and what a reader should know."""

    measured: list[Measured] = attrs.field(factory=list)
    ratios: list[Ratio] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)


PLAIN = "load, no plugin"
WITH_PLUGIN = "load, all plugins"
PLAIN_EVERYTHING = "load, limits and allowance, no plugin"
EVERYTHING = "load, limits and allowance, all plugins"
CHECK = "bean-check --no-cache"
AGING = "arledger aging"


def loading(folder: Path, size: int, repeats: int, say: Say, report: Report) -> None:
    """(a) What the plugins add to a load: on documents alone, and with everything on."""
    for everything, plain, full in (
        (False, PLAIN, WITH_PLUGIN),
        (True, PLAIN_EVERYTHING, EVERYTHING),
    ):
        jobs = [
            load(ledger_file(folder, size, plugin=plugin, everything=everything), name)
            for plugin, name in ((False, plain), (True, full))
        ]
        found = take_turns(jobs, size, repeats, say)
        report.measured.extend(found.values())
        most = None if everything else 1.07
        report.ratios.append(Ratio.of(f"{full} ÷ {plain}", found[full], found[plain], most))


def asking(folder: Path, size: int, repeats: int, say: Say, report: Report) -> None:
    """(b) and (c): `arledger aging` and `bean-check`, in seconds and in memory."""
    path = ledger_file(folder, size)
    found = take_turns([aging(path), bean_check(path)], size, repeats, say)
    ours, theirs = found[AGING], found[CHECK]
    report.measured.extend(found.values())
    report.ratios.append(Ratio.of(f"{AGING} ÷ {CHECK}", ours, theirs, 0.75))
    memory = ours.memory / theirs.memory
    report.ratios.append(Ratio(f"peak memory: {AGING} ÷ {CHECK}", size, memory, memory, 1.15))


def growing(
    folder: Path, sizes: Iterable[int], repeats: Mapping[int, int], say: Say, report: Report
) -> None:
    """(d) From each size to the next: no faster than bean-check grows."""
    before: dict[str, Measured] | None = None
    for size in sizes:
        path = ledger_file(folder, size)
        full = load(ledger_file(folder, size, plugin=True), WITH_PLUGIN)
        jobs = [aging(path), bean_check(path), load(path, PLAIN), full]
        known = {m.job.name: m for m in report.measured if m.size == size and m.job in jobs}
        missing = [job for job in jobs if job.name not in known]
        fresh = take_turns(missing, size, repeats[size], say)
        report.measured.extend(fresh.values())
        now = {**known, **fresh}
        if before is not None:
            report.ratios.append(_growth(AGING, CHECK, before, now))
            report.ratios.append(_growth(WITH_PLUGIN, PLAIN, before, now))
        before = now


def _growth(
    ours: str, theirs: str, before: Mapping[str, Measured], now: Mapping[str, Measured]
) -> Ratio:
    """Our factor of growth over Beancount's."""
    old, new, old_theirs, new_theirs = before[ours], now[ours], before[theirs], now[theirs]
    return Ratio(
        f"growth from {old.size:,}: {ours} ÷ {theirs}",
        new.size,
        (new.least / old.least) / (new_theirs.least / old_theirs.least),
        (new.median / old.median) / (new_theirs.median / old_theirs.median),
        1.0,
    )


def ledger_file(folder: Path, size: int, *, plugin: bool = False, everything: bool = False) -> Path:
    """The ledger of that kind; written once."""
    kind = f"{'-everything' if everything else ''}{'-plugin' if plugin else ''}"
    path = folder / f"{size}{kind}.beancount"
    return path if path.exists() else write(path, size, plugin=plugin, everything=everything)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown whose columns line up, figures to the right."""
    body = [list(head), *map(list, rows)]
    widths = [max(len(row[at]) for row in body) for at in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in pairs]
        for row in (body[0], rule, *body[1:])
        for pairs in [list(enumerate(zip(row, widths, strict=True)))]
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def progress(line: str) -> None:
    """What has just been measured: a note, not the answer."""
    print(line, file=sys.stderr, flush=True)


def surroundings() -> str:
    """With what it was measured."""
    return (
        f"Python {platform.python_version()}, beancount {version('beancount')}, "
        f"{platform.system()} {platform.machine()}"
    )


def markdown(report: Report) -> str:
    """Both tables, and the notes below them."""
    figures = table(
        ("what", "transactions", "least, s", "median, s", "on the clock, s", "peak, MiB"),
        (
            (
                one.job.name,
                f"{one.size:,}",
                f"{one.least:.2f}",
                f"{one.median:.2f}",
                f"{one.clock:.2f}",
                f"{one.memory:.0f}",
            )
            for one in sorted(report.measured, key=lambda one: one.size)
        ),
    )
    ratios = table(
        ("ratio", "transactions", "of the least", "of the medians", "at most"),
        (
            (
                one.what,
                f"{one.size:,}",
                f"{one.least:.3f}",
                f"{one.median:.3f}",
                "" if one.most is None else f"{one.most:.2f}",
            )
            for one in report.ratios
        ),
    )
    notes = "\n".join(f"- {note}" for note in report.notes)
    tables = [ratios, figures] if report.measured else []
    return "".join(f"{part}\n\n" for part in (*tables, notes) if part).removesuffix("\n")
