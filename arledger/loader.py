# SPDX-License-Identifier: GPL-2.0-or-later
"""Beancount's loader, with less work where a transaction is plain; the same entries and errors.

Most transactions have an amount in one currency on every posting, neither cost nor price, and
sum to nothing. Beancount books and validates them like the most intricate purchase of shares.
Here these get what Beancount would give them, told from the postings alone; everything else goes
through Beancount's own functions. What pads and balance assertions need is done where there are
any. tests/properties/test_loader.py holds the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from inspect import signature
from types import FunctionType, SimpleNamespace
from typing import Any

from beancount import loader
from beancount.core import interpolate
from beancount.core.amount import Amount
from beancount.core.data import Balance, Directive, Open, Pad, Posting, Transaction
from beancount.core.inventory import Inventory
from beancount.core.number import MISSING
from beancount.ops import validation
from beancount.parser import booking, booking_full

from arledger.money import ZERO

OUR_PLUGINS = "arledger.plugins."
CENT = Decimal("0.01")
CENT_EXPONENT = -2

# A named tuple's own constructor costs as much again.
_transaction = tuple.__new__
# Beancount's own, which have no types. The public `book` takes no balances.
_beancount_book: Any = booking_full._book  # noqa: SLF001
_validate_nothing_missing: Any = booking.validate_missing_eliminated
_infer_tolerances: Any = interpolate.infer_tolerances
# What booking infers: Beancount 3.1 and 3.2.0 have no other way, and no name for it.
_MODE = {"mode": "max"} if "mode" in signature(_infer_tolerances).parameters else {}
_MISSING: Any = MISSING

Loaded = tuple[list[Directive], list[Any], dict[str, Any]]


def load_file(
    file: str, log_timings: Callable[[str], None] | None = None, *, reporting: bool = True
) -> Loaded:
    """Entries, errors and options of a ledger, as Beancount's uncached loader gives them.

    Without `reporting` our own plugins are left out where they would only report, and write on
    postings, what a question finds by itself; and where no plugin of others could look at that.
    """
    load = _with(
        loader._load,  # noqa: SLF001 - load_file has the cache
        booking=SimpleNamespace(book=book),
        run_transformations=_transform if reporting else _transform_only,
        validation=SimpleNamespace(validate=validate),
    )
    found: Loaded = load([(file, True)], log_timings, None, None)
    return found


def _with(function: Any, **names: Any) -> Any:
    """A function of Beancount's that finds ours under some of the names it uses."""
    return FunctionType(function.__code__, {**function.__globals__, **names})


def _transform(
    entries: list[Directive],
    errors: list[Any],
    options_map: dict[str, Any],
    log_timings: Callable[[str], None] | None,
) -> Any:
    """Run the plugins, without those that fill pads and check balances where there are none.

    A plugin that isn't ours might add some.
    """
    run, after = loader.run_transformations, loader.PLUGINS_POST
    if _only_ours(options_map):
        kinds = set(map(type, entries))
        after = [one for one in after if _NEEDED_FOR.get(one[0]) in {None, *kinds}]
        run = _with(run, PLUGINS_POST=after)
    return run(entries, errors, options_map, log_timings)


def _transform_only(
    entries: list[Directive], errors: list[Any], options_map: dict[str, Any], log_timings: Any
) -> Any:
    """The same without those of ours that only report."""
    plugins = options_map["plugin"]
    if _only_ours(options_map):
        needed = [(name, config) for name, config in plugins if config or name not in _REPORTING]
        options_map["plugin"] = needed
    try:
        return _transform(entries, errors, options_map, log_timings)
    finally:
        options_map["plugin"] = plugins


def _only_ours(options_map: dict[str, Any]) -> bool:
    plugins = [*options_map["plugin"], *loader.PLUGINS_AUTO]
    return all(name.startswith(OUR_PLUGINS) for name, _ in plugins)


# Without a config they insert nothing.
_REPORTING = frozenset(
    f"{OUR_PLUGINS}{name}"
    for name in (
        "receivables",
        "open_items",
        "advances",
        "credit_limits",
        "allowance",
        "statements",
        "seals",
        "aging",
    )
)
_NEEDED_FOR: dict[str, type] = {"beancount.ops.pad": Pad, "beancount.ops.balance": Balance}


# Booking.


def book(entries: Sequence[Directive], options_map: dict[str, Any]) -> tuple[list[Directive], Any]:
    """What `beancount.parser.booking.book` gives: completed entries, and the errors.

    What an account holds decides over a posting only where that has a cost or leaves a currency
    out. So a plain transaction on other accounts is complete as it stands, and need not be added
    to any balance either.
    """
    methods: dict[str, Any] = defaultdict(lambda: options_map["booking_method"])
    for entry in entries:
        if isinstance(entry, Open) and entry.booking:
            methods[entry.account] = entry.booking
    looked_at = _accounts_looked_at(entries)
    balances: dict[str, Inventory] = defaultdict(Inventory)
    tolerances: dict[Any, Any] = {}
    booked: list[Directive] = []
    others: list[Directive] = []
    errors: list[Any] = []
    for entry in entries:
        if type(entry) is not Transaction:
            booked.append(entry)
            continue
        plain = _plain(entry, looked_at, tolerances, options_map)
        if plain is not None:
            booked.append(plain)
            continue
        done, wrong, _ = _beancount_book([entry], options_map, methods, balances)
        booked.extend(done)
        others.extend(done)
        errors.extend(wrong)
    errors.extend(_validate_nothing_missing(others, options_map))
    return booked, errors


def _accounts_looked_at(entries: Iterable[Directive]) -> set[str]:
    """The accounts whose balances decide how some posting is completed."""
    return {
        posting.account
        for entry in entries
        if type(entry) is Transaction
        for posting in entry.postings
        if posting.cost is not None or _lacks_currency(posting)
    }


def _lacks_currency(posting: Posting) -> bool:
    units, price = posting.units, posting.price
    if type(units) is not Amount:
        return price is not None
    if price is not None and (type(price) is not Amount or price.currency is _MISSING):
        return True
    return units.currency is _MISSING


def _plain(
    entry: Transaction, looked_at: set[str], tolerances: dict[Any, Any], options_map: dict[str, Any]
) -> Transaction | None:
    """The booked transaction where it is plain, else None."""
    key: list[Any] = []
    currency = None
    for account, units, cost, price, _, meta in entry.postings:
        if (
            cost is not None
            or price is not None
            or type(units) is not Amount
            or account in looked_at
            or (meta and interpolate.AUTOMATIC_META in meta)
        ):
            return None
        number, its = units
        if currency is None:
            currency = its
            key.append(currency)
        if type(number) is not Decimal or type(its) is not str or its != currency:
            return None
        key.append(CENT_EXPONENT if number.same_quantum(CENT) else number.as_tuple().exponent)
    if currency is None:
        return None
    # Nothing but the currency and the digits decides, and what is inferred is immutable.
    known = tuple(key)
    if known not in tolerances:
        tolerances[known] = _infer_tolerances(entry.postings, options_map, **_MODE)
    meta = entry.meta.copy()
    meta[interpolate.AUTOMATIC_TOLERANCES] = tolerances[known]
    return _transaction(Transaction, (meta, *entry[1:-1], [*entry.postings]))


# Validation.


def validate(entries: Sequence[Directive], options_map: dict[str, Any], *_: Any) -> list[Any]:
    """What `beancount.ops.validation.validate` gives: the errors, function by function.

    That a transaction balances is looked into only where its plain sum isn't zero.
    """
    errors: list[Any] = []
    functions: list[Any] = validation.VALIDATIONS
    for function in functions:
        looked_at = entries
        if function is validation.validate_check_transaction_balances:
            looked_at = [
                entry
                for entry in entries
                if type(entry) is not Transaction or not _sums_to_zero(entry)
            ]
        errors.extend(function(looked_at, options_map))
    return errors


def _sums_to_zero(entry: Transaction) -> bool:
    """Whether the amounts, all in one currency, leave nothing at all: it needs no tolerance."""
    total, currency = ZERO, None
    for _, units, cost, price, _, meta in entry.postings:
        if (
            cost is not None
            or price is not None
            or type(units) is not Amount
            or (meta and interpolate.AUTOMATIC_RESIDUAL in meta)
        ):
            return False
        number, its = units
        if currency is None:
            currency = its
        if type(number) is not Decimal or its != currency:
            return False
        # As an inventory adds: what was nothing is replaced, not added to.
        total = total + number if total else number
    return not total
