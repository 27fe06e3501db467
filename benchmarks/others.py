# SPDX-License-Identifier: GPL-2.0-or-later
"""Ours beside Beancount, ledger and hledger on the same book: `python -m benchmarks.others`.

Each program gets the same invoices and receipts in its own language, and is measured only after
all of them have agreed on what every customer owes. Ours has limits, loss rates, month-end
allowances and the plugin besides. Cold is without our cache (`--no-cache`), or with an empty
one; warm is with what one question has left there. What isn't installed is left out.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import attrs

from benchmarks.balances import agree, answer, by_arledger, by_beancount, by_hledger, by_ledger
from benchmarks.compare import (
    ARLEDGER,
    CHECK,
    BenchmarkError,
    Folder,
    Job,
    Measured,
    Ratio,
    Report,
    bean_check,
    ledger_file,
    markdown,
    progress,
    python,
    surroundings,
    take_turns,
)
from benchmarks.generate import LAST, journal, settled

SIZE = 100_000
LARGE = 1_000_000
CHANGED = 10  # transactions that a commit adds
PROGRAMS = {"ledger": by_ledger, "hledger": by_hledger}
CACHE = "ARLEDGER_CACHE_DIR"

QUESTIONS = ("aging", "open-items", "credit", "allowance")
OUR_CHECK = "arledger check, cold"
AGING_COLD = "arledger aging, cold"
# The first question pays for the next ones.
WRITING = ", writing the cache"
DIFF = "arledger diff, cold"
DIFF_CACHED = "arledger diff, older revision cached"
DIFF_WARM = "arledger diff, both cached"

# The most that is asked of the ratios, from so many transactions on: of a small book, starting
# the program is all there is.
CHECK_MOST = {SIZE: 0.75}
WARM_MOST = {SIZE: 0.5, LARGE: 0.15}
DIFF_MOST = {SIZE: 1.6}
DIFF_CACHED_MOST = {SIZE: 1.2}


@attrs.frozen
class Books:
    """One book of `size` transactions, in each language, and folders to work in."""

    size: int
    plain: Path
    everything: Path
    journal: Path
    repository: Path
    # What one question, and a diff of the revisions before, have left in the cache.
    asked: Path
    compared: Path
    # The cache of the job that runs.
    turn: Path

    def cache(self, folder: Path | None = None) -> Mapping[str, str]:
        """The environment in which our cache is in that folder, else in the turn's own."""
        return {CACHE: str(folder or self.turn)}


def write_books(folder: Path, size: int) -> Books:
    """Write the book for each program, and empty folders for the cache."""
    path = folder / f"{size}.journal"
    if not path.exists():
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(journal(size))
    caches = [folder / f"{size}-{name}" for name in ("asked", "compared", "turn")]
    for one in caches:
        Folder(one).restore()
    return Books(
        size,
        ledger_file(folder, size),
        ledger_file(folder, size, plugin=True, everything=True),
        path,
        folder / f"{size}-repository",
        *caches,
    )


def write_repository(books: Books) -> Path:
    """A repository of three commits; each of the last two adds ten transactions to our ledger."""
    Folder(books.repository).restore()
    path = books.repository / "books.beancount"
    _git(books.repository, "init", "--quiet")
    shutil.copy(books.everything, path)
    for number in range(3):
        if number:
            with path.open("a", encoding="utf-8") as stream:
                stream.writelines(settled(CHANGED, number * CHANGED))
        _git(books.repository, "add", path.name)
        _git(books.repository, "commit", "--quiet", "--message", f"Books {number}")
    return path


def _git(folder: Path, *arguments: str) -> None:
    """Git without what is configured for this machine or this person."""
    who = ("-c", "user.name=benchmarks", "-c", "user.email=benchmarks@example.org")
    command = ("git", "-C", str(folder), *who, "-c", "gc.auto=0", *arguments)
    answer("git", command, {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"})


def installed() -> list[str]:
    """Which of the others' programs are there."""
    return [name for name in PROGRAMS if shutil.which(name)]


def without_cache(command: str) -> tuple[str, ...]:
    """The option that keeps a command of ours from the cache, where it has one."""
    said = answer(f"arledger {command}", python(ARLEDGER, command, "--help"))
    return ("--no-cache",) if "--no-cache" in said else ()


def see_agreement(books: Books) -> int:
    """Ask every program what the customers owe, ours a second time from its cache."""
    found = {"Beancount": by_beancount(books.plain)}
    found["arledger"] = by_arledger(books.everything, books.cache(books.asked))
    found["arledger again"] = by_arledger(books.everything, books.cache(books.asked))
    found |= {name: PROGRAMS[name](books.journal) for name in installed()}
    return agree(found)


def cold(books: Books, name: str, *words: str, like: Path | None = None) -> Job:
    """A command of ours that finds the cache empty, or as it was left in that folder."""
    return Job(name, python(ARLEDGER, *words), books.cache(), Folder(books.turn, like))


def question(name: str, path: Path) -> tuple[str, ...]:
    """A question as a person asks it of the book's last day."""
    return (name, str(path), "--as-of", str(LAST))


def jobs_of(books: Books) -> Iterator[Job]:
    """Everything to measure of these books, but the diffs."""
    ledger, off = str(books.everything), without_cache("check")
    yield bean_check(books.plain)
    yield cold(books, OUR_CHECK, "check", ledger, *off)
    if without_cache("aging"):
        yield cold(books, f"{AGING_COLD}{WRITING}", *question("aging", books.everything))
    for name in QUESTIONS:
        words = question(name, books.everything)
        yield cold(books, f"arledger {name}, cold", *words, *without_cache(name))
        if is_filled(books.asked):
            warm = books.cache(books.asked)
            yield Job(f"arledger {name}, warm", python(ARLEDGER, *words), warm)
    for name in installed():
        # ledger would read options from a file in the home folder.
        program = ("ledger", "--args-only") if name == "ledger" else (name,)
        yield Job(f"{name} bal", (*program, "-f", str(books.journal), "bal"))


def diffs_of(books: Books) -> Iterator[Job]:
    """The difference between two commits, of which neither, one or both are in the cache."""
    path = str(write_repository(books))
    words = ("diff", path, "HEAD~1", "HEAD")
    yield cold(books, DIFF, *words)
    # A diff keeps the older of its two revisions, and a question the one that it speaks of.
    answer("arledger diff", python(ARLEDGER, *words), books.cache(books.compared))
    if is_filled(books.compared):
        yield cold(books, DIFF_CACHED, *words, like=books.compared)
        both = books.compared.with_name(f"{books.compared.name}-both")
        Folder(both, books.compared).restore()
        newer = (*question("aging", Path(path)), "--at", "HEAD")
        answer("arledger aging", python(ARLEDGER, *newer), books.cache(both))
        yield Job(DIFF_WARM, python(ARLEDGER, *words), books.cache(both))


def is_filled(folder: Path) -> bool:
    """Whether something was left in the cache."""
    return any(one.is_file() for one in folder.rglob("*"))


def ratios_of(found: Mapping[str, Measured]) -> Iterator[Ratio]:
    """What is asked of us beside the others; the bounds speak of processor seconds.

    A diff works in two processes at once: its bounds speak of seconds on the clock.
    """
    size = found[CHECK].size
    most = bound(CHECK_MOST, size)
    yield Ratio.of(f"{OUR_CHECK} ÷ {CHECK}", found[OUR_CHECK], found[CHECK], most)
    for program in (f"{name} bal" for name in PROGRAMS if f"{name} bal" in found):
        for name in (f"arledger {name}, {how}" for how in ("warm", "cold") for name in QUESTIONS):
            if name in found:
                asked = program == "ledger bal" and name.endswith("warm")
                limit = bound(WARM_MOST, size) if asked else None
                yield Ratio.of(f"{name} ÷ {program}", found[name], found[program], limit)
    if (writing := f"{AGING_COLD}{WRITING}") in found:
        yield Ratio.of(f"{writing} ÷ {AGING_COLD}", found[writing], found[AGING_COLD])
    ours = found[OUR_CHECK]
    for name, mosts in ((DIFF, DIFF_MOST), (DIFF_CACHED, DIFF_CACHED_MOST), (DIFF_WARM, {})):
        if name in found:
            what = f"{name} ÷ {OUR_CHECK}"
            yield Ratio.on_the_clock(what, found[name], ours, bound(mosts, size))
            yield Ratio.of(what, found[name], ours)


def bound(mosts: Mapping[int, float], size: int) -> float | None:
    """What is asked at that size: of the largest size that it reaches."""
    reached = [least for least in mosts if size >= least]
    return mosts[max(reached)] if reached else None


def measure(folder: Path, size: int, repeats: int, report: Report) -> None:
    """Write, agree, take turns. Without repeats nothing is measured."""
    books = write_books(folder, size)
    count = see_agreement(books)
    names = ", ".join(["Beancount", "arledger", *installed()])
    agreed = f"{names} agree on what each customer owes; {count:,} owe something."
    report.notes.append(f"{size:,} transactions: {agreed}")
    progress(report.notes[-1])
    if not is_filled(books.asked):
        report.notes.append(f"{size:,} transactions: nothing was left in the cache: no warm rows.")
    if repeats:
        found = take_turns([*jobs_of(books), *diffs_of(books)], size, repeats, progress)
        report.measured.extend(found.values())
        report.ratios.extend(ratios_of(found))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.others", description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help="transactions (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="turns each (%(default)s)")
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} too, in one turn")
    parser.add_argument("--agree", action="store_true", help="only see whether all agree")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the books there")
    options = parser.parse_args(arguments)
    if options.size < 100 or options.repeats < 1:  # noqa: PLR2004 - too small to say anything
        parser.error("--size must be at least 100, --repeats at least 1")
    return options


def versions() -> str:
    """With what it was measured, the others' programs included."""
    said = [answer(name, (name, "--version")).splitlines()[0] for name in installed()]
    numbers = [re.search(r"\d[\w.-]*", line) for line in said]
    others = [f"{n} {found[0]}" for n, found in zip(installed(), numbers, strict=True) if found]
    return ", ".join([surroundings(), *others])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write what is asked for."""
    options = parse(arguments)
    report = Report()
    report.notes += [
        f"{name} is not installed: its rows are left out."
        for name in PROGRAMS
        if name not in installed()
    ]
    sizes = {options.size: options.repeats} | ({LARGE: 1} if options.large else {})
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    with (
        nullcontext(options.keep)
        if options.keep is not None
        else tempfile.TemporaryDirectory(prefix="arledger-bench-")
    ) as folder:
        try:
            for size, repeats in sizes.items():
                measure(Path(folder), size, 0 if options.agree else repeats, report)
        except BenchmarkError as error:
            print(error, file=sys.stderr)
            return 1
    text = f"{versions()}\n\n{markdown(report)}"
    print(text, end="")
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
