# SPDX-License-Identifier: GPL-2.0-or-later
"""How long Fava's server takes for each page of the extension, first and again.

    python -m benchmarks.fava_pages                  a ledger of 100,000 transactions
    python -m benchmarks.fava_pages 10000 --check    fail where a page is above its bounds

The ledger is that of `benchmarks.generate`, with limits, loss rates and month-end allowances.
Loading is not counted: Fava does it once. A page is a request to the application itself, without
a network; `again` is the median of five more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import attrs
from fava.application import create_app
from flask.testing import FlaskClient

from benchmarks.generate import PLUGIN, ledger

SIZE = 100_000
REPEATS = 5
SECONDS_MAX = 0.3
BYTES_MAX = 1_000_000
LINES = f'plugin "{PLUGIN}"\n2023-01-01 custom "fava-extension" "arledger.plugins.fava"\n'
PAGES: dict[str, dict[str, str]] = {
    "overview": {"view": "overview"},
    "aging by customer": {"view": "aging"},
    "aging by item": {"view": "aging", "by": "item"},
    "aging by item, one bucket": {"view": "aging", "by": "item", "bucket": "91+"},
    "a row of the aging opened": {"view": "aging", "key": "@", "_below": "part"},
    "customers": {"view": "customer"},
    "a customer": {"view": "customer", "customer": "@"},
    "credit": {"view": "credit"},
    "advances": {"view": "advances"},
    "allowance": {"view": "allowance"},
    "reconcile": {"view": "reconcile"},
    "findings": {"view": "findings"},
    "overview of another day": {"view": "overview", "as_of": "2024-06-15"},
    "a customer on another day": {"view": "customer", "customer": "@", "as_of": "2024-06-15"},
}


@attrs.frozen
class Measured:
    """Seconds on the clock of the first request and, as the median, of the next ones; bytes."""

    page: str
    first: float
    again: float
    size: int

    @property
    def within(self) -> bool:
        """Whether it keeps its bounds."""
        return max(self.first, self.again) <= SECONDS_MAX and self.size <= BYTES_MAX


def measure(client: FlaskClient, slug: str, customer: str) -> list[Measured]:
    """Each page, in order: what an earlier one has asked is known to a later one."""
    found = []
    for page, params in PAGES.items():
        asked = {key: value.replace("@", customer) for key, value in params.items()}
        below = asked.pop("_below", "")
        address = f"/{slug}/extension/Receivables/{below}?{urlencode({**asked, 'partial': '1'})}"
        seconds = []
        size = 0
        for _ in range(REPEATS + 1):
            begun = time.perf_counter()
            answer = client.get(address)
            seconds.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.text  # noqa: PLR2004
            size = len(answer.data)
        found.append(Measured(page, seconds[0], statistics.median(seconds[1:]), size))
    return found


def table(measured: Sequence[Measured]) -> str:
    """For docs/performance.md."""
    lines = ["| page | first, ms | again, ms | kB |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {one.page} | {one.first * 1000:.0f} | {one.again * 1000:.0f} | {one.size / 1000:.0f} |"
        for one in measured
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where a bound is asked for and not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fava_pages", description=__doc__)
    parser.add_argument("size", nargs="?", type=int, default=SIZE)
    parser.add_argument("--check", action="store_true", help="fail above the bounds")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.beancount"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(ledger(options.size, everything=True))
            stream.write(LINES)
        client = create_app([path], load=True).test_client()
        slug = client.get("/").headers["Location"].split("/")[1]
        measured = measure(client, slug, "C0001")
    sys.stdout.write(table(measured))
    return 1 if options.check and not all(one.within for one in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
