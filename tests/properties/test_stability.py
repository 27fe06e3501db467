# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of what must not matter: later entries, order, files, comments, the way of writing."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from pathlib import Path
from random import Random

from beancount.parser import printer
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.figures import Loaded, assert_alike, everything, fifth, load, load_file
from tests.properties.strategies import DAYS, POLICIES, Ledger, ledgers, written

OPTIONS = ("invoice-links", "unapplied-credits", "basis", "exposure-net-of-advances")
COMMENTS = ("; a comment", "\n\n; two\n; lines", "* A heading", "; 2024-01-01 open Nothing")
full = ledgers(policies=tuple(POLICIES), options=OPTIONS, rates=True, groups=True)


@given(full, st.sampled_from(DAYS))
def test_nothing_dated_later_changes_what_was(ledger: Ledger, day: dt.date) -> None:
    """Law 3: the state at a day is that of the ledger as it stood on that day."""
    known = [text for date, text in ledger.movable() if date <= day]
    then = load(written([*ledger.top(), *ledger.chart(), *known]))
    now = load(ledger.text())
    assert_alike(everything(now.subledger, day), everything(then.subledger, day))


@given(full, st.randoms(use_true_random=False))
def test_the_order_of_entries_and_comments_mean_nothing(ledger: Ledger, random: Random) -> None:
    """Law 3: nor does the order of what stands on one day."""
    parts = [*ledger.chart(), *(text for _, text in ledger.movable())]
    random.shuffle(parts)
    mixed = written([*ledger.top(), *_commented(parts, random)])
    _assert_alike(load(ledger.text()), load(mixed), ledger)


@fifth
@given(full, st.randoms(use_true_random=False))
def test_the_files_and_their_order_mean_nothing(ledger: Ledger, random: Random) -> None:
    """Law 3: split into files, included in any order."""
    parts = [*ledger.chart(), *(text for _, text in ledger.movable())]
    random.shuffle(parts)
    files: dict[str, list[str]] = {name: [] for name in ("a", "b", "c")}
    for part in _commented(parts, random):
        files[random.choice("abc")].append(part)
    with tempfile.TemporaryDirectory() as folder:
        for name, own in files.items():
            Path(folder, f"{name}.beancount").write_text(written(own), "utf-8")
        order = list(files)
        random.shuffle(order)
        includes = [f'include "{name}.beancount"' for name in order]
        top = Path(folder, "top.beancount")
        top.write_text(written([*ledger.top(), *includes]), "utf-8")
        split = load_file(str(top))
    _assert_alike(load(ledger.text()), split, ledger)


@given(full)
def test_printed_and_read_again_it_is_the_same(ledger: Ledger) -> None:
    """Law 9: Beancount's printer loses nothing that we go by."""
    loaded = load(ledger.text())
    out = io.StringIO()
    printer.print_entries(loaded.entries, file=out)  # type: ignore[no-untyped-call]
    again = load(written([*ledger.top(), out.getvalue()]))
    assert len(again.entries) == len(loaded.entries)
    _assert_alike(loaded, again, ledger)


def _commented(parts: list[str], random: Random) -> list[str]:
    """The same with comments here and there, which moves every line."""
    return [
        f"{random.choice(COMMENTS)}\n\n{part}" if random.random() < 0.3 else part for part in parts
    ]


def _assert_alike(one: Loaded, other: Loaded, ledger: Ledger) -> None:
    """Every figure and finding is the same on every day."""
    for day in ledger.days():
        assert_alike(everything(other.subledger, day), everything(one.subledger, day))
