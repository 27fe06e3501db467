# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger.loader` gives exactly what Beancount's own loader gives: entries, options, errors."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader as beancount_loader
from beancount.ops import validation
from beancount.parser import booking, parser
from hypothesis import given, settings
from hypothesis import strategies as st

from arledger import loader
from arledger.check import find, latest_date
from arledger.load import load
from arledger.open_items import open_items

_theirs: Any = beancount_loader._uncached_load_file
_book: Any = booking.book
_validate: Any = validation.validate

ROOT = Path(__file__).parents[2]
ACCOUNTS = ("Assets:A", "Assets:B", "Assets:B:C", "Income:I", "Assets:Unopened")
HEAD = "".join(
    f"2020-01-01 open {account}{rest}\n"
    for account, rest in (
        ("Assets:A", ""),
        ("Assets:B", ' EUR,HOOL "FIFO"'),
        ("Assets:B:C", ' "NONE"'),
        ("Income:I", " EUR"),
    )
)
# What may stand at the top: whatever changes tolerances, interpolation or booking.
OPTIONS = (
    'option "inferred_tolerance_default" "*:0.001"\n',
    'option "inferred_tolerance_default" "EUR:0.01"\n',
    'option "tolerance_multiplier" "1.2"\n',
    'option "tolerance_multiplier" "0"\n',
    'option "infer_tolerance_from_cost" "TRUE"\n',
    'option "use_precise_interpolation" "TRUE"\n',
    'option "booking_method" "LIFO"\n',
    'option "plugin_processing_mode" "raw"\n',
    'plugin "beancount.plugins.auto_accounts"\n',
    'plugin "beancount.plugins.implicit_prices"\n',
    'plugin "arledger.plugins.open_items"\n',
)
NUMBERS = st.sampled_from(
    (
        "1",
        "-1",
        "10.00",
        "-10.00",
        "10.0",
        "-9.995",
        "0",
        "0.00",
        "3.333",
        "1,000.00",
        "2/3",
        "-1.2345678901234567890123456789012",
        "1.2345678901234567890123456789012",
    )
)
CURRENCIES = st.sampled_from(("EUR", "EUR", "USD", "HOOL"))
COSTS = st.sampled_from(
    (" {}", " {1.00 EUR}", " {{5.00 EUR}}", " {2020-02-01}", " {2.00 # 1 EUR}", ' {"lot"}')
)
PRICES = st.sampled_from((" @ 1.10 EUR", " @@ 11 USD", " @", " @ EUR", " @ 0 EUR"))


@st.composite
def postings(draw: st.DrawFn) -> str:
    """A posting: most are plain, some leave something out, some have a cost or a price."""
    account = draw(st.sampled_from(ACCOUNTS[:4] * 4 + ACCOUNTS))
    kind = draw(st.integers(0, 11))
    if kind == 0:
        return f"  {account}\n"
    if kind == 1:
        return f"  {account}  {draw(CURRENCIES)}\n"
    units = draw(NUMBERS) if kind == 2 else f"{draw(NUMBERS)} {draw(CURRENCIES)}"
    cost = draw(COSTS) if kind in {3, 4} else ""
    price = draw(PRICES) if kind in {4, 5} else ""
    meta = "    note: 1.5 USD\n" if kind == 6 else ""
    return f"  {account}  {units}{cost}{price}\n{meta}"


@st.composite
def pairs(draw: st.DrawFn) -> str:
    """Two postings that balance."""
    number, currency = draw(st.sampled_from(("10.00", "7", "0.005"))), draw(CURRENCIES)
    one, other = draw(st.permutations(ACCOUNTS[:4]))[:2]
    return f"  {one}  {number} {currency}\n  {other}  -{number} {currency}\n"


@st.composite
def entries(draw: st.DrawFn) -> str:
    """A transaction, or what looks at balances."""
    day = f"2020-0{draw(st.integers(1, 3))}-0{draw(st.integers(1, 3))}"
    kind = draw(st.integers(0, 9))
    account = draw(st.sampled_from(ACCOUNTS))
    if kind == 0:
        return f"{day} balance {account}  {draw(NUMBERS)} {draw(CURRENCIES)}\n"
    if kind == 1:
        return f"{day} pad {account} Assets:A\n"
    if kind == 2:
        return f"{day} close {account}\n"
    body = draw(pairs() if kind < 6 else st.lists(postings(), max_size=4).map("".join))
    return f'{day} * "Somebody" "Something"\n{body}'


@st.composite
def ledgers(draw: st.DrawFn) -> str:
    """A ledger as text."""
    top = draw(st.lists(st.sampled_from(OPTIONS), max_size=3, unique=True))
    return "".join(top) + HEAD + "".join(draw(st.lists(entries(), max_size=12)))


def exactly(value: Any) -> Any:
    """A value in which no two different things look alike: 1.0 isn't 1.00, nor a list a tuple."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        pairs = [(key, exactly(one)) for key, one in value.items() if key != "dcontext"]
        return (type(value).__name__, pairs, exactly(getattr(value, "default", None)))
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *map(exactly, value))
    if type(value).__module__.startswith("arledger."):
        return type(value).__name__
    return value


def same(path: Path) -> None:
    """Both give the same, or stumble over the same."""
    try:
        theirs = _theirs(str(path), None, None, None)
    except Exception as error:  # noqa: BLE001 - Beancount has several
        with pytest.raises(type(error), match=re.escape(str(error))):
            loader.load_file(str(path))
        return
    ours = loader.load_file(str(path))
    for mine, other in zip(exactly(ours), exactly(theirs), strict=True):
        assert mine == other
    assert str(ours[2]["dcontext"]) == str(theirs[2]["dcontext"])


@settings(deadline=None)
@given(ledgers())
def test_any_ledger(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Entries, metadata, tolerances, options and errors, in their order."""
    path = tmp_path_factory.getbasetemp() / "loader.beancount"
    path.write_text(text, encoding="utf-8")
    same(path)


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("ledgers/*/*.beancount"), *ROOT.glob("tests/**/*.beancount")]),
    ids=lambda path: path.name,
)
def test_every_ledger_at_hand(path: Path) -> None:
    """The examples, and what tests look at."""
    same(path)


def test_plain_transactions_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beancount's booking is not asked about them, so that there is something to gain."""
    text = HEAD + '2020-01-02 * "x"\n  Assets:A  1.00 EUR\n  Income:I  -1.00 EUR\n' * 3
    parsed, _, options = parser.parse_string(text)
    monkeypatch.setattr(loader, "_beancount_book", None)
    booked, errors = loader.book(parsed, options)
    monkeypatch.undo()
    assert not errors
    assert exactly(booked) == exactly(_book(parsed, options)[0])


def test_what_does_not_balance_is_looked_at() -> None:
    """A sum that isn't zero is left to the tolerance."""
    text = HEAD + '2020-01-02 * "x"\n  Assets:A  1.00 EUR\n  Income:I  -1.02 EUR\n'
    parsed, _, options = parser.parse_string(text)
    booked, _ = loader.book(parsed, options)
    (error,) = loader.validate(booked, options)
    assert error == _validate(booked, options)[0]


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("ledgers/*/*.beancount")), ids=lambda path: path.name
)
def test_a_load_without_reporting_loses_nothing(path: Path) -> None:
    """The same errors of others, the same findings, the same figures."""
    whole, quick = load(path), load(path, reporting=False)
    assert (quick.complete, quick.errors) == (whole.complete, whole.errors)
    assert quick.options_map["plugin"] == whole.options_map["plugin"]
    assert find(quick.subledger, extra=quick.errors) == find(whole.subledger, extra=whole.errors)
    day = latest_date(whole.subledger)
    both = [[repr(row) for row in open_items(s.subledger, day)] for s in (quick, whole)]
    assert both[0] == both[1]


PLUGIN = """\
2020-01-01 open Assets:Receivable:A
2020-01-01 open Assets:Allowance
2020-01-01 open Expenses:CreditLoss
2020-01-01 open Income:Sales
2020-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.5
2020-01-31 * "x" ^INV-1
  Assets:Receivable:A  10.00 EUR
    due: 2020-12-31
  Income:Sales
"""


@pytest.mark.parametrize(
    ("plugin", "booked", "said"),
    [
        ('"arledger.plugins.receivables" "monthly"', 1, ""),
        ('"arledger.plugins.allowance" "monthly"', 1, ""),
        ('"arledger.plugins.aging" "nonsense"', 0, "is not a date"),
        ('"arledger.plugins.nothing"', 0, "nothing"),
    ],
)
def test_what_a_plugin_inserts_or_complains_of_is_there(
    tmp_path: Path, plugin: str, booked: int, said: str
) -> None:
    """Without reporting as with it."""
    path = tmp_path / "ledger.beancount"
    path.write_text(f"plugin {plugin}\n{PLUGIN}", encoding="utf-8")
    for reporting in (True, False):
        found = load(path, reporting=reporting)
        assert len(found.subledger.books.allowances) == booked
        assert [said in one.message for one in found.errors] == ([True] if said else [])


def test_a_plugin_of_others_sees_what_ours_have_written(tmp_path: Path) -> None:
    """It may look at what is open on the postings."""
    (tmp_path / "theirs.py").write_text(
        "__plugins__ = ['look']\n"
        "def look(entries, options):\n"
        "    seen = [p.meta for e in entries for p in getattr(e, 'postings', None) or []]\n"
        "    assert any('outstanding' in (meta or {}) for meta in seen)\n"
        "    return entries, []\n",
        encoding="utf-8",
    )
    path = tmp_path / "ledger.beancount"
    head = 'option "insert_pythonpath" "TRUE"\nplugin "arledger.plugins.receivables"\n'
    path.write_text(f'{head}plugin "theirs"\n{PLUGIN}', encoding="utf-8")
    assert load(path, reporting=False).errors == ()
