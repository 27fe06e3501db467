# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugins do to the garbage collector of the program that loads the ledger."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from beancount import loader

from arledger.plugins.shared import FROZEN_ANYWAY_MAX, Paused

LEDGER = """
plugin "arledger.plugins.receivables"
2024-01-01 open Assets:Receivable:C1
2024-01-01 open Income:Sales
2024-01-02 * "Invoice" ^I1
  Assets:Receivable:C1   10.00 EUR
    due: 2024-02-01
  Income:Sales
"""


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Nothing frozen before, nor after."""
    gc.collect()
    assert gc.isenabled()
    assert gc.get_freeze_count() <= FROZEN_ANYWAY_MAX
    yield
    gc.enable()
    gc.collect()
    gc.unfreeze()


def load() -> Any:
    _, errors, options = loader.load_string(LEDGER)
    assert not errors
    return options["arledger"]


def test_the_first_collection_after_a_load_thaws() -> None:
    """Frozen for the rest of the load, and no longer."""
    load()
    assert gc.isenabled()
    gc.collect(1)
    assert gc.get_freeze_count() <= FROZEN_ANYWAY_MAX


def test_nothing_is_kept_however_often_a_ledger_is_loaded() -> None:
    """What a host has let go of is collected: a subledger refers to itself."""
    known = [weakref.ref(load().subledger.books) for _ in range(5)]
    gc.collect()
    assert [ref() for ref in known] == [None] * 5


def test_a_collection_during_the_load_leaves_it_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what freezing is for: Beancount's own checks come after the plugins."""
    frozen = []

    def check(entries: Any, _: Any) -> tuple[Any, list[Any]]:
        gc.collect()
        frozen.append(gc.get_freeze_count())
        return entries, []

    monkeypatch.setattr("beancount.ops.balance.check", check)
    load()
    assert frozen[0] > FROZEN_ANYWAY_MAX


def test_a_second_plugin_of_a_load_freezes_anew() -> None:
    """Each plugin of ours pauses; the last one leaves everything frozen."""
    with Paused():
        pass
    first = gc.get_freeze_count()
    kept = [[n] for n in range(1000)]
    with Paused():
        assert gc.get_freeze_count() <= FROZEN_ANYWAY_MAX
    assert gc.get_freeze_count() >= first + len(kept)


def test_what_somebody_else_froze_stays_frozen() -> None:
    """A server that freezes its modules before it forks, say."""
    gc.freeze()
    before = gc.get_freeze_count()
    load()
    gc.collect()
    assert gc.get_freeze_count() <= before
    assert gc.get_freeze_count() > FROZEN_ANYWAY_MAX


def test_a_collector_that_rests_is_left_resting() -> None:
    """Neither enabled nor frozen."""
    gc.disable()
    load()
    assert not gc.isenabled()
    assert gc.get_freeze_count() <= FROZEN_ANYWAY_MAX
