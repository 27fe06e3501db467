# SPDX-License-Identifier: GPL-2.0-or-later
"""What a load does and leaves undone: nobody is replayed about whom nothing is asked."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from beancount import loader

from arledger.plugins import shared
from arledger.plugins.shared import Shared
from arledger.subledger.replay import Replay
from arledger.subledger.tally import Tally, tally
from tests.books import invoice, receipt
from tests.plugins.test_plugins import notes_of, plugins

CHART = """
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
""" + "".join(
    f'2024-01-01 open Assets:Receivable:{name}\n  customer: "{name}"\n'
    for name in ("C1", "C2", "C3", "C4")
)
C1, C2 = "Assets:Receivable:C1", "Assets:Receivable:C2"
PLAIN = (
    CHART
    + invoice("2024-03-01", "A1", "100.00", account=C1)
    + receipt("2024-03-20", "40.00", "A1", number="R1", account=C1)
    + invoice("2024-03-02", "A2", "70.00", account=C2)
)
REFUND = receipt("2024-04-01", "9.00", number="R2", account=C2) + invoice(
    "2024-04-02", None, "4.00", account=C2, more='receipt: "R2"'
)


@pytest.fixture(autouse=True)
def _no_cache() -> Iterator[None]:
    loader.initialize(use_cache=False)
    yield
    loader.initialize(use_cache=False)


@pytest.fixture(name="replayed")
def _replayed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of documents of each replay that is made."""
    seen: list[int] = []
    run = Replay.run

    def counted(self: Replay) -> None:
        seen.append(len(self.movements))
        run(self)

    monkeypatch.setattr(Replay, "run", counted)
    return seen


def load(text: str, *names: str) -> tuple[Any, list[Any], Shared]:
    entries, errors, options = loader.load_string(plugins(*(names or ("receivables",))) + text)
    return entries, errors, options["arledger"]


def test_nobody_is_replayed_where_all_is_plain(replayed: list[int]) -> None:
    entries, errors, shared = load(PLAIN)
    assert not errors
    assert notes_of(entries)["A1"][0].number == Decimal("60.00")
    assert not replayed
    # The first question has everything, and it stays.
    assert [item.number for item in shared.subledger.items] == ["A1", "A2"]
    assert shared.subledger is shared.subledger
    assert replayed == [3]


def test_only_who_needs_it_is_replayed(replayed: list[int]) -> None:
    entries, errors, _ = load(PLAIN + REFUND)
    assert not errors
    assert {key: note[0].number for key, note in notes_of(entries).items()} == {
        "A1": Decimal("60.00"),
        "A2": Decimal("70.00"),
        "R2": Decimal("-5.00"),
    }
    assert replayed == [3]


def test_several_plugins_share_what_is_known(replayed: list[int]) -> None:
    _, errors, _ = load(PLAIN + REFUND, "open_items", "credit_limits", "aging", "receivables")
    assert not errors
    assert replayed == [3]


def test_an_error_is_told_with_everybody_s_documents_in_view(replayed: list[int]) -> None:
    """Whose number it is that a receipt names can't be told from its customer's own documents."""
    _, errors, _ = load(PLAIN + receipt("2024-04-01", "9.00", "A2", account=C1))
    (error,) = errors
    assert "names A2, which stands on Assets:Receivable:C2 in CNY (customer C2)" in error.message
    assert len(replayed) == 2


def test_a_lowered_severity_hides_no_error_of_another_rule(replayed: list[int]) -> None:
    """In a part of the documents it would be an unknown item; in all of them it stands elsewhere."""
    lowered = '2024-01-01 custom "ar-option" "severity" "unknown-item" "warning"\n'
    _, errors, _ = load(PLAIN + lowered + receipt("2024-04-01", "9.00", "A2", account=C1))
    (error,) = errors
    assert "[item-elsewhere]" in error.message
    assert replayed == [4]


def test_an_error_of_the_directives_needs_no_replay(replayed: list[int]) -> None:
    _, errors, _ = load(PLAIN + '2024-05-01 custom "credit-limit" "C9" 5.00 CNY\n')
    (error,) = errors
    assert "[unknown-customer]" in error.message
    _, errors, _ = load(PLAIN + '2024-05-01 custom "credit-limit" "C9" 5.00 CNY\n', "advances")
    assert not errors
    assert not replayed


def test_a_loss_rate_for_no_bucket_is_told_where_nobody_is_replayed(replayed: list[int]) -> None:
    labels = ("not-due", "1-30", "31-60", "61-90", "91+", "61-91")
    rates = (
        f'2024-01-01 custom "loss-rate" Assets:Receivable "{label}" 0.01\n' for label in labels
    )
    _, errors, _ = load(PLAIN + "".join(rates))
    (error,) = errors
    assert 'there is no bucket "61-91"' in error.message
    # Nobody's documents, and then, for there is an error, everybody's.
    assert replayed == [0, 3]


def test_annotations_of_an_earlier_day_are_replayed(replayed: list[int]) -> None:
    entries, _, _ = load(PLAIN, "aging 2024-03-10")
    assert notes_of(entries)["A1"][0].number == Decimal("100.00")
    assert replayed == [3]


def test_a_question_asked_between_two_plugins_is_not_replayed_again(replayed: list[int]) -> None:
    entries, _, options = loader.load_string(plugins("open_items") + PLAIN + REFUND)
    whole = options["arledger"].subledger
    from arledger.plugins.receivables import receivables  # noqa: PLC0415

    annotated, errors = receivables(list(entries), options)
    assert not errors
    assert notes_of(annotated)["R2"][0].number == Decimal("-5.00")
    assert options["arledger"].subledger is whole
    assert replayed == [3, 5]


def test_our_pages_in_fava_want_everything_at_once(
    replayed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They ask as soon as the ledger is loaded: to count first would be for nothing."""
    line = '2024-01-01 custom "fava-extension" "arledger.plugins.fava"\n'
    monkeypatch.setitem(sys.modules, "fava.core", ModuleType("fava.core"))
    load(PLAIN)
    load(PLAIN + line.replace("arledger.plugins.fava", "somebody_else"))
    load(PLAIN + '2024-01-01 custom "fava-extension"\n')
    assert not replayed
    load(PLAIN + line)
    assert replayed == [3]
    monkeypatch.delitem(sys.modules, "fava.core")
    load(PLAIN + line)
    assert replayed == [3]


def test_the_collector_is_as_it_was_after_a_question() -> None:
    _, _, shared = load(PLAIN)
    assert gc.isenabled()
    assert shared.subledger.items
    assert gc.isenabled()


# Each finding's ledger, with so many others beside it that whoever is found at fault is few.

FINDINGS = Path(__file__).resolve().parents[2] / "ledgers" / "findings"


def _neighbour(name: str, key: str) -> str:
    return f"""2020-01-01 open Assets:Receivable:{name}
{key}2020-01-02 * "Invoice" ^A1
  Assets:Receivable:{name}  9.00 CNY
    due: 2020-02-02
  Assets:Elsewhere
"""


def _with_neighbours(path: Path) -> str:
    text = path.read_text(encoding="utf-8") + "\n2020-01-01 open Assets:Elsewhere\n"
    for name in (f"N{number}" for number in range(8)):
        text += _neighbour(name, f'  customer: "{name}"\n' if "customer:" in text else "")
    return text if "arledger.plugins" in text else plugins("receivables") + text


@pytest.mark.parametrize("path", sorted(FINDINGS.glob("*.beancount")), ids=lambda path: path.name)
def test_a_load_finds_what_one_that_replays_everything_does(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded() -> tuple[Any, list[str]]:
        entries, errors, _ = loader.load_string(_with_neighbours(path))
        # Beancount's own errors hold entries of their load.
        return entries, [f"{error.source} {error.message}" for error in errors]

    tallied = loaded()
    monkeypatch.setattr(shared, "tally", lambda *_: None)
    assert tallied == loaded()


def test_most_of_these_ledgers_are_tallied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else there would be nothing to compare."""
    found: list[Tally | None] = []
    monkeypatch.setattr(shared, "tally", lambda *asked: found.append(tally(*asked)))
    paths = sorted(FINDINGS.glob("*.beancount"))[::6]
    for path in paths:
        loader.load_string(_with_neighbours(path))
    partly = [one for one in found if one is not None and one.others]
    assert len(partly) > len(paths) // 4
