# SPDX-License-Identifier: GPL-2.0-or-later
"""The Beancount plugins: errors, annotations, inserted entries; alone, together, cached, reloaded."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data
from beancount.core.amount import Amount

from arledger.load import LedgerError, load
from arledger.plugins.shared import Shared

BASE = """
option "operating_currency" "CNY"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 open Assets:Allowance
2024-01-01 open Expenses:CreditLoss
2024-01-01 open Liabilities:Advances:C1
  customer: "C1"
2024-01-01 open Assets:Receivable:C1
  customer: "C1"
2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
2024-03-01 * "Invoice" ^INV-1
  Assets:Receivable:C1   100.00 CNY
  Income:Sales
2024-03-05 * "Invoice" ^INV-2
  Assets:Receivable:C1    50.00 CNY
  Income:Sales
2024-03-20 * "Receipt" ^RCP-1
  Assets:Bank             40.00 CNY
  Assets:Receivable:C1   -40.00 CNY
    invoice: "INV-1"
2024-04-20 * "Receipt, purpose unknown" ^RCP-2
  Assets:Bank              5.00 CNY
  Assets:Receivable:C1    -5.00 CNY
"""
UNKNOWN = """
2024-04-25 * "Receipt"
  Assets:Bank             10.00 CNY
  Assets:Receivable:C1   -10.00 CNY
    invoice: "INV-9"
"""
LIMIT = '2024-01-01 custom "credit-limit" "C1" 120.00 CNY\n'
RATES = """
2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.01
2024-01-01 custom "loss-rate" Assets:Receivable "1-30" 0.02
2024-01-01 custom "loss-rate" Assets:Receivable "31-60" 0.03
2024-01-01 custom "loss-rate" Assets:Receivable "61-90" 0.04
2024-01-01 custom "loss-rate" Assets:Receivable "91+" 0.05
"""
OVERDRAWN = """
2024-04-02 * "Delivered"
  Liabilities:Advances:C1   1.00 CNY
    advance: "ADV-1"
  Income:Sales
"""
AGREED = '2024-03-31 custom "statement" "C1" 60.00 CNY\n  agreed: TRUE\n'


@pytest.fixture(autouse=True)
def _no_cache() -> Iterator[None]:
    """Plugins run at each load, as under Fava."""
    loader.initialize(use_cache=False)
    yield
    loader.initialize(use_cache=False)


def plugins(*names: str) -> str:
    """Plugin lines; a name may carry a config after a space."""
    lines = []
    for name in names:
        module, _, config = name.partition(" ")
        full = module if "." in module else f"arledger.plugins.{module}"
        lines.append(f'plugin "{full}"' + (f' "{config}"' if config else ""))
    return "\n".join(lines) + "\n"


def load_text(text: str) -> tuple[data.Directives, list[Any], dict[str, Any]]:
    """Load a ledger given as text."""
    entries, errors, options = loader.load_string(text)
    return entries, errors, options


def notes_of(entries: data.Directives) -> dict[str, tuple[Any, Any, Any]]:
    """Narration and links → outstanding, days overdue and bucket, where a posting has them."""
    found = {}
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                meta = posting.meta or {}
                if "outstanding" in meta:
                    found[min(entry.links)] = (
                        meta["outstanding"],
                        meta.get("days-overdue"),
                        meta["bucket"],
                    )
    return found


EXPECTED = {
    "INV-1": (Amount(Decimal("60.00"), "CNY"), Decimal(20), "1-30"),
    "INV-2": (Amount(Decimal("50.00"), "CNY"), Decimal(16), "1-30"),
    "RCP-2": (Amount(Decimal("-5.00"), "CNY"), None, "unapplied"),
}


@pytest.mark.parametrize("name", ["receivables", "aging"])
def test_open_items_are_annotated(name: str) -> None:
    """Outstanding, days overdue and bucket stand on the postings of open items, and on no other."""
    entries, errors, _ = load_text(plugins(name) + BASE)
    assert errors == []
    assert notes_of(entries) == EXPECTED


def test_the_as_of_date_of_the_annotations_can_be_chosen() -> None:
    """As of a day before the receipt the invoice is open in full."""
    entries, errors, _ = load_text(plugins("aging 2024-03-10") + BASE)
    assert errors == []
    assert notes_of(entries) == {
        "INV-1": (Amount(Decimal("100.00"), "CNY"), Decimal(-21), "not-due"),
        "INV-2": (Amount(Decimal("50.00"), "CNY"), Decimal(-25), "not-due"),
    }


def test_the_bundle_and_an_aging_plugin_of_another_date() -> None:
    """The later plugin's date counts, and nothing of the earlier annotation is left."""
    entries, errors, _ = load_text(plugins("receivables", "aging 2024-03-10") + BASE)
    assert errors == []
    assert set(notes_of(entries)) == {"INV-1", "INV-2"}
    assert notes_of(entries)["INV-1"][1] == Decimal(-21)


def test_a_bad_date_for_aging_is_one_error() -> None:
    """The message says what to write; the annotations are those of the latest date."""
    entries, errors, _ = load_text(plugins("aging tomorrow") + BASE)
    message = (
        'plugin "arledger.plugins.aging": "tomorrow" is not a date; '
        'write it as "2024-12-31", or leave it out'
    )
    assert [error.message for error in errors] == [message]
    assert notes_of(entries) == EXPECTED


def test_amounts_and_balances_stay() -> None:
    """Annotation changes metadata only; the original entries aren't touched."""
    plain, _, _ = load_text(BASE)
    noted, _, _ = load_text(plugins("receivables") + BASE)

    def figures(entries: data.Directives) -> list[Any]:
        return [
            (entry.date, entry.narration, [(p.account, p.units) for p in entry.postings])
            for entry in entries
            if isinstance(entry, data.Transaction)
        ]

    assert figures(plain) == figures(noted)
    assert notes_of(plain) == {}


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("open_items", UNKNOWN, "unknown-item"),
        ("credit_limits", LIMIT, "limit-exceeded"),
        ("advances", OVERDRAWN, "unknown-advance"),
        (
            "allowance",
            RATES
            + '2024-04-30 * "Allowance" #allowance\n'
            + "  Expenses:CreditLoss  9.00 CNY\n  Assets:Allowance\n",
            "allowance-differs",
        ),
        ("statements", AGREED, "agreement-broken"),
    ],
)
def test_each_plugin_reports_its_own_and_the_bundle_all(name: str, text: str, rule: str) -> None:
    """A single plugin reports its area; another doesn't; the bundle reports each once."""
    ledger = BASE + text
    _, alone, _ = load_text(plugins(name) + ledger)
    assert [error.message.rpartition("[")[2] for error in alone] == [rule + "]"]
    assert alone[0].source["lineno"] > 0
    assert set(alone[0].source) == {"filename", "lineno"}
    others = {"open_items", "credit_limits", "advances", "allowance", "statements"} - {name}
    _, none, _ = load_text(plugins(*sorted(others)) + ledger)
    assert none == []
    _, bundle, _ = load_text(plugins("receivables") + ledger)
    assert [error.message for error in bundle] == [error.message for error in alone]


@pytest.mark.parametrize("names", [("receivables", "open_items"), ("open_items", "receivables")])
def test_the_bundle_and_a_single_plugin_report_once(names: tuple[str, ...]) -> None:
    """Both lines in a ledger, in either order, give one error."""
    _, errors, _ = load_text(plugins(*names) + BASE + UNKNOWN)
    assert len(errors) == 1


def test_warnings_are_no_errors_unless_the_ledger_says_so() -> None:
    """Severity decides what blocks."""
    undated = BASE.replace('2024-01-01 custom "payment-terms" Assets:Receivable "net 30"', "")
    _, errors, _ = load_text(plugins("receivables") + undated)
    assert errors == []
    strict = undated + '2024-01-01 custom "ar-option" "severity" "no-due-date" "error"\n'
    _, errors, _ = load_text(plugins("receivables") + strict)
    assert [error.message.rpartition("[")[2] for error in errors] == ["no-due-date]"] * 2
    off = BASE + UNKNOWN + '2024-01-01 custom "ar-option" "severity" "unknown-item" "off"\n'
    _, errors, _ = load_text(plugins("receivables") + off)
    assert errors == []


def test_monthly_books_the_allowance_itself() -> None:
    """Month ends up to the last full month; afterwards booked is required, and nothing is wrong."""
    ledger = BASE + RATES + '2024-05-31 note Assets:Bank "month end"\n'
    entries, errors, _ = load_text(plugins("allowance monthly") + ledger)
    assert errors == []
    inserted = [
        (entry.date, entry.postings[1].account, entry.postings[1].units)
        for entry in entries
        if isinstance(entry, data.Transaction) and "allowance" in entry.tags
    ]
    # 31 March: INV-1 is due that day, so 60.00 + 50.00 are not due, at 1 %.
    # 30 April: 60.00 (30 days) and 50.00 (26 days) at 2 %. 31 May: 61 days, 57 days.
    assert inserted == [
        (dt.date(2024, 3, 31), "Assets:Allowance", Amount(Decimal("-1.10"), "CNY")),
        (dt.date(2024, 4, 30), "Assets:Allowance", Amount(Decimal("-1.10"), "CNY")),
        (dt.date(2024, 5, 31), "Assets:Allowance", Amount(Decimal("-1.70"), "CNY")),
    ]


def test_monthly_counts_what_the_ledger_booked_itself() -> None:
    """An entry of the ledger's own is taken into account, and month ends that need none get none."""
    own = (
        '2024-03-31 * "Allowance" #allowance\n  Expenses:CreditLoss  1.10 CNY\n  Assets:Allowance\n'
    )
    entries, errors, _ = load_text(plugins("receivables monthly") + BASE + RATES + own)
    assert errors == []
    tagged = [e for e in entries if isinstance(e, data.Transaction) and "allowance" in e.tags]
    assert [entry.narration for entry in tagged] == ["Allowance"]


def test_monthly_inserts_the_same_entries_at_every_load() -> None:
    """Inserted entries are deterministic, point at a directive, and are validated like the rest."""
    ledger = plugins("receivables monthly") + BASE + RATES + '2024-05-31 event "x" "y"\n'
    first, errors, _ = load_text(ledger)
    second, _, _ = load_text(ledger)
    assert errors == []
    inserted = [e for e in first if isinstance(e, data.Transaction) and "allowance" in e.tags]
    assert len(inserted) == 3
    assert all(entry.meta["lineno"] > 0 for entry in inserted)
    assert first == second


def test_an_unknown_mode_is_one_error() -> None:
    """`"yearly"` is not a mode."""
    _, errors, _ = load_text(plugins("allowance yearly") + BASE)
    assert len(errors) == 1
    assert '"monthly"' in errors[0].message


def test_a_plugin_line_that_cannot_be_used_is_shown_by_check_too(tmp_path: Path) -> None:
    """It is no finding of the ledger, so it comes as Beancount's own error."""
    file = tmp_path / "main.beancount"
    file.write_text(plugins("allowance yearly", "aging soon") + BASE, encoding="utf-8")
    assert [found.rule for found in load(file).errors] == ["beancount", "beancount"]


def test_loading_leaves_the_load_cache_alone(tmp_path: Path) -> None:
    """A cache beside the ledger is neither read nor deleted, and none is written."""
    file = tmp_path / "main.beancount"
    file.write_text(BASE, encoding="utf-8")
    cache = tmp_path / ".main.beancount.picklecache"
    cache.write_bytes(b"somebody else's")
    assert load(file).errors == ()
    assert cache.read_bytes() == b"somebody else's"
    cache.unlink()
    load(file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.beancount"]


def test_a_directive_without_a_value_is_one_clear_line() -> None:
    """Beancount gives it None for a list; it is malformed, or no business of ours."""
    text = BASE + '2024-01-01 custom "credit-hold"\n2024-01-01 custom "ar-option"\n'
    _, errors, _ = load_text(plugins("receivables") + text + '2024-01-01 custom "ar-reopen"\n')
    ours = [error for error in errors if type(error).__name__ == "ArledgerError"]
    assert [error.message.rpartition("[")[2] for error in ours] == ["malformed]"] * 3


def test_another_plugin_s_traceback_is_one_line(tmp_path: Path) -> None:
    """Beancount wraps what a plugin raised; its last line says what it was."""
    file = tmp_path / "main.beancount"
    file.write_text('plugin "no.such.module"\n' + BASE, encoding="utf-8")
    (found,) = load(file).errors
    assert "No module named" in found.message
    assert "Traceback" not in found.message


def test_what_beancount_stumbles_over_is_one_clear_line(tmp_path: Path) -> None:
    """A number too long for it to complete a transaction with."""
    file = tmp_path / "main.beancount"
    long = "1000000000000000000.000000000001"
    text = f'2024-05-01 * "Long"\n  Assets:Receivable:C1  {long} CNY\n  Income:Sales\n'
    file.write_text(BASE + text, encoding="utf-8")
    with pytest.raises(LedgerError, match="can't be read"):
        load(file)


@pytest.mark.parametrize(
    "order",
    [
        ("beancount.plugins.auto_accounts", "receivables"),
        ("receivables", "beancount.plugins.auto_accounts"),
        ("beancount.plugins.implicit_prices", "receivables"),
        ("receivables", "beancount.plugins.implicit_prices"),
    ],
)
def test_plugin_order_changes_no_figure(order: tuple[str, ...], tmp_path: Path) -> None:
    """Before or after plugins that add accounts or prices: the questions' figures are the same."""
    text = BASE.replace("2024-01-01 open Income:Sales\n", "") if "auto" in "".join(order) else BASE
    text += '2024-03-06 * "Dollars" ^INV-3\n  Assets:Receivable:C1  10.00 USD @ 7.00 CNY\n'
    text += "  Income:Sales  -70.00 CNY\n"
    file = tmp_path / "main.beancount"
    file.write_text(plugins(*order) + text, encoding="utf-8")
    ledger = load(file)
    assert ledger.errors == ()
    state = ledger.subledger.at(dt.date(2024, 4, 30))
    assert state.balances == {
        ("Assets:Receivable:C1", "CNY"): Decimal("105.00"),
        ("Assets:Receivable:C1", "USD"): Decimal("10.00"),
    }
    if "implicit" in "".join(order):
        assert ledger.subledger.prices.quote("USD", "CNY", dt.date(2024, 4, 30)) is not None


def test_a_later_plugin_that_changes_an_entry_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subledger of the load is rebuilt when its entries are not the same any more."""
    module = tmp_path / "halve_receivables.py"
    module.write_text(
        '"""Halve each invoice, after arledger has read it."""\n'
        '__plugins__ = ("halve",)\n'
        "def halve(entries, options_map):\n"
        "    out = []\n"
        "    for entry in entries:\n"
        "        if getattr(entry, 'narration', None) == 'Invoice':\n"
        "            entry = entry._replace(postings=[\n"
        "                p._replace(units=p.units._replace(number=p.units.number / 2))\n"
        "                for p in entry.postings])\n"
        "        out.append(entry)\n"
        "    return out, []\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "main.beancount"
    file.write_text(plugins("receivables") + 'plugin "halve_receivables"\n' + BASE, "utf-8")
    ledger = load(file)
    assert ledger.subledger.at(dt.date(2024, 3, 10)).balances == {
        ("Assets:Receivable:C1", "CNY"): Decimal(75)
    }


def test_one_subledger_per_load(tmp_path: Path) -> None:
    """All plugins, and the library's load, share one `Subledger`."""
    file = tmp_path / "main.beancount"
    names: tuple[str, ...] = ("open_items", "credit_limits", "advances", "allowance")
    names += ("statements", "aging", "receivables")
    file.write_text(plugins(*names) + BASE, encoding="utf-8")
    ledger = load(file)
    shared = ledger.options_map["arledger"]
    assert isinstance(shared, Shared)
    assert shared.subledger is ledger.subledger
    assert "Subledger" not in repr(shared)


def test_a_pickled_load_builds_its_subledger_anew() -> None:
    """What the load cache keeps are entries; figures and the latest date are the same after it."""
    entries, _, options = load_text(
        plugins("receivables") + BASE + '2024-06-30 note Assets:Bank "later"\n'
    )
    shared = options["arledger"]
    again_entries, again = pickle.loads(pickle.dumps((entries, shared)))  # noqa: S301 - our own
    assert again.current(again_entries) is not None
    assert again.subledger.books.latest == dt.date(2024, 6, 30)
    day = dt.date(2024, 4, 30)
    assert again.subledger.at(day).balances == shared.subledger.at(day).balances


def test_an_old_pickle_is_read_after_an_upgrade() -> None:
    """A state of another schema, with fields missing or unknown, is no AttributeError."""
    shared = Shared.__new__(Shared)
    shared.__setstate__({"relevant": (), "schema": 0, "gone": 1})
    assert list(shared.subledger.items) == []


def test_the_load_cache_hit_and_miss(tmp_path: Path) -> None:
    """bean-check twice with the cache on, then an edit: the same errors each time."""
    file = tmp_path / "main.beancount"
    file.write_text(plugins("receivables") + BASE + UNKNOWN, encoding="utf-8")
    script = (
        "import sys, beancount.loader as l\n"
        "l.PICKLE_CACHE_THRESHOLD = 0.0\n"
        "l.initialize(use_cache=True)\n"
        "entries, errors, options = l.load_file(sys.argv[1])\n"
        "state = options['arledger'].subledger.at(entries[-1].date)\n"
        "print(len(errors), sum(one.outstanding for one in state.items))\n"
    )

    def run() -> str:
        result = subprocess.run(
            [sys.executable, "-c", script, str(file)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        return result.stdout.strip()

    assert run() == "1 110.00"
    assert (tmp_path / ".main.beancount.picklecache").exists()
    assert run() == "1 110.00"
    file.write_text(plugins("receivables") + BASE, encoding="utf-8")
    assert run() == "0 110.00"


def test_included_files_are_read_like_the_top_file(tmp_path: Path) -> None:
    """Findings in an included file name that file and its line."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "bank.beancount").write_text(UNKNOWN, encoding="utf-8")
    top = tmp_path / "main.beancount"
    top.write_text(plugins("receivables") + 'include "sub/bank.beancount"\n' + BASE, "utf-8")
    _, errors, _ = loader.load_file(str(top))
    assert len(errors) == 1
    assert errors[0].source["filename"] == str(tmp_path / "sub" / "bank.beancount")
    assert errors[0].source["lineno"] == 4


def test_fava_loads_reloads_and_shows_the_errors(tmp_path: Path) -> None:
    """Fava's ledger has our errors, and follows an edit."""
    core = pytest.importorskip("fava.core")
    file = tmp_path / "main.beancount"
    file.write_text(plugins("receivables") + BASE + UNKNOWN, encoding="utf-8")
    ledger = core.FavaLedger(str(file))
    assert [error.message.rpartition("[")[2] for error in ledger.errors] == ["unknown-item]"]
    file.write_text(plugins("receivables") + BASE, encoding="utf-8")
    ledger.load_file()
    assert ledger.errors == []
    assert notes_of(ledger.all_entries) == EXPECTED


def test_a_ledger_without_customers_is_left_alone() -> None:
    """The plugin in a ledger of another kind does nothing, and reports nothing."""
    text = "2024-01-01 open Assets:Bank\n2024-01-01 open Income:Sales\n"
    text += '2024-01-02 * "Sale"\n  Assets:Bank  1 CNY\n  Income:Sales\n'
    plain, _, _ = load_text(text)
    noted, errors, _ = load_text(plugins("receivables") + text)
    assert errors == []
    assert len(plain) == len(noted)
    assert load_text(plugins("receivables"))[1] == []


@pytest.mark.parametrize("value", ["5 CNY", "2024-01-01", "TRUE", "7", "Assets:Bank", "#tag", '""'])
@pytest.mark.parametrize(
    "key",
    [
        *("invoice", "receipt", "advance", "credit-note", "reverses", "contract", "due"),
        *("invoice-date", "accepted", "deliver-by", "allocation", "credit-waiver"),
        *("waiver-until", "terms", "part", "discount"),
    ],
)
def test_any_value_of_any_key_is_a_finding_or_an_answer(key: str, value: str) -> None:
    """Never an exception out of the plugin, and the balance still ties."""
    text = (
        '2024-04-21 * "Odd"\n  Assets:Receivable:C1  7 CNY\n'
        f"    {key}: {value}\n  Income:Sales\n"
        f'2024-04-22 * "Odd"\n  {key}: {value}\n  Assets:Receivable:C1  -3 CNY\n  Assets:Bank\n'
    )
    _, errors, options = load_text(plugins("receivables") + BASE + LIMIT + text)
    assert all(type(error).__name__ == "ArledgerError" for error in errors)
    state = options["arledger"].subledger.at(dt.date(2024, 4, 30))
    assert state.balances == {("Assets:Receivable:C1", "CNY"): Decimal("109.00")}


def test_the_first_day_of_the_calendar() -> None:
    """There is no day before it, and nothing asks for one."""
    text = """
0001-01-01 open Assets:Receivable:C1
  customer: "C1"
0001-01-01 open Income:Sales
0001-01-01 custom "credit-limit" "C1" 5 CNY
0001-01-01 * "x"
  credit-waiver: "a"
  waiver-until: 2024-01-01
  Assets:Receivable:C1 100 CNY
    due: 0001-01-01
  Income:Sales
"""
    _, errors, _ = load_text(plugins("receivables") + text)
    assert errors == []


def test_tags_and_links_that_another_plugin_left_out_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None where a set should be: nothing that Beancount itself would stumble over."""
    module = tmp_path / "no_sets.py"
    module.write_text(
        "from beancount.core import data\n"
        '__plugins__ = ("no_sets",)\n'
        "def no_sets(entries, options_map):\n"
        "    return [entry._replace(tags=None, links=None)\n"
        "            if isinstance(entry, data.Transaction) else entry for entry in entries], []\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    keyed = BASE.replace('" ^INV-1\n', '"\n  invoice: "INV-1"\n')
    keyed = keyed.replace('" ^INV-2\n', '"\n  invoice: "INV-2"\n  terms: "net 10"\n')
    allowance = "2024-04-30 *\n  Assets:Allowance  1.00 CNY\n  Expenses:CreditLoss\n"
    text = 'plugin "no_sets"\n' + plugins("receivables") + keyed
    entries, errors, options = load_text(text)
    assert not errors
    latest = entries[-1].date
    open_items = options["arledger"].subledger.at(latest).items
    assert {one.item.number: one.outstanding for one in open_items} == {"INV-1": 60, "INV-2": 50}
    (error,) = load_text(text + allowance)[1]
    assert "[allowance-untagged]" in error.message
