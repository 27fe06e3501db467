# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare ourselves with Beancount: `python -m benchmarks`, or `make bench BENCH="--size 10000"`.

Prints what loading costs with and without our plugins, what `arledger aging` costs beside
`bean-check`, in seconds and memory, and how both grow with the ledger.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from benchmarks.compare import (
    BenchmarkError,
    Report,
    asking,
    growing,
    loading,
    markdown,
    progress,
    surroundings,
)

SIZE = 100_000
LARGE = 1_000_000


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help="transactions (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="turns each (%(default)s)")
    parser.add_argument("--large", action="store_true", help=f"grow up to {LARGE:,}, too")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the ledgers there")
    options = parser.parse_args(arguments)
    if options.size < 100 or options.repeats < 1:  # noqa: PLR2004 - too small to say anything
        parser.error("--size must be at least 100, --repeats at least 1")
    return options


def measure(folder: Path, options: argparse.Namespace) -> Report:
    """All comparisons; the largest ledger has one turn only."""
    report = Report()
    size, repeats = options.size, options.repeats
    sizes = [size // 10, size, *([LARGE] if options.large and size < LARGE else [])]
    turns = {one: repeats if one <= size else 1 for one in sizes}
    loading(folder, size, repeats, progress, report)
    asking(folder, size, repeats, progress, report)
    growing(folder, sizes, turns, progress, report)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write what is asked for."""
    options = parse(arguments)
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    with (
        nullcontext(options.keep)
        if options.keep is not None
        else tempfile.TemporaryDirectory(prefix="arledger-bench-")
    ) as folder:
        try:
            report = measure(Path(folder), options)
        except BenchmarkError as error:
            print(error, file=sys.stderr)
            return 1
    text = f"{surroundings()}\n\n{markdown(report)}"
    print(text, end="")
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
