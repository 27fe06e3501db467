# SPDX-License-Identifier: GPL-2.0-or-later
"""Directives and findings as JSON, without loss: nothing that is read can run as a program."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from beancount.core import account as accounts
from beancount.core.amount import Amount
from beancount.core.data import Booking, Custom, Open, Price
from beancount.parser.grammar import ValueType

from arledger.findings import Finding, Text


class NotStorableError(Exception):
    """A value of a kind that is not known here: the ledger is not stored."""


def dump(value: Any) -> str:
    """JSON as it is stored."""
    return _JSON.encode(value)


# Made once: many values are small.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


# Values. What JSON has no word for is a list that begins with a letter.


def encode(value: Any) -> Any:
    """One value of metadata, of a directive or of a sentence."""
    if value is None or isinstance(value, str):
        return value
    found = _ENCODERS.get(type(value))
    if found is None:
        raise NotStorableError(type(value).__name__)
    letter, plain = found
    return [letter, plain(value)]


def decode(value: Any) -> Any:
    """What was encoded."""
    if not isinstance(value, list):
        return value
    letter, plain = value
    return _DECODERS[letter](plain)


def _text(value: Text) -> Any:
    return [value.template, {key: _argument(arg) for key, arg in value.args.items()}]


def _argument(value: Any) -> Any:
    """What stands in a sentence; what has no form of its own here is only ever shown."""
    return encode(value) if value is None or type(value) in _KNOWN else str(value)


def _to_text(value: Any) -> Text:
    template, args = value
    return Text(template, {key: decode(arg) for key, arg in args.items()})


_ENCODERS: Mapping[type, tuple[str, Any]] = {
    bool: ("b", bool),
    int: ("i", int),
    Decimal: ("n", str),
    dt.date: ("d", dt.date.isoformat),
    Amount: ("a", lambda value: [encode(value.number), value.currency]),
    Text: ("t", _text),
}
_KNOWN = frozenset({str, *_ENCODERS})
_DECODERS: Mapping[str, Any] = {
    "b": bool,
    "i": int,
    "n": Decimal,
    "d": dt.date.fromisoformat,
    "a": lambda value: Amount(decode(value[0]), value[1]),
    "t": _to_text,
}


def encode_meta(meta: Mapping[str, Any] | None) -> Any:
    """Metadata; keys of Beancount's own, which nobody reads, are left out."""
    return {key: encode(value) for key, value in (meta or {}).items() if not key.startswith("__")}


def _decode_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {key: decode(value) for key, value in meta.items()}


# Directives.


def encode_directives(entries: Iterable[Any]) -> list[Any]:
    """The `open` and `custom` directives of a ledger, in their order."""
    return [_OF_TYPE[type(entry)](entry) for entry in entries if type(entry) in _OF_TYPE]


def decode_directives(stored: Iterable[Sequence[Any]]) -> list[Any]:
    """What was encoded."""
    return [_TO_TYPE[one[0]](one) for one in stored]


def _open(entry: Open) -> list[Any]:
    booking = None if entry.booking is None else entry.booking.name
    day = entry.date.isoformat()
    return ["o", encode_meta(entry.meta), day, entry.account, entry.currencies, booking]


def _to_open(one: Sequence[Any]) -> Open:
    _, meta, day, account, currencies, booking = one
    return Open(
        _decode_meta(meta),
        dt.date.fromisoformat(day),
        account,
        currencies,
        None if booking is None else Booking[booking],
    )


def _custom(entry: Custom) -> list[Any]:
    values = [[value.dtype == accounts.TYPE, encode(value.value)] for value in entry.values or ()]
    return ["c", encode_meta(entry.meta), entry.date.isoformat(), entry.type, values]


def _to_custom(one: Sequence[Any]) -> Custom:
    _, meta, day, kind, values = one
    return Custom(_decode_meta(meta), dt.date.fromisoformat(day), kind, [*map(_to_value, values)])


def _to_value(stored: Sequence[Any]) -> ValueType:
    is_account, value = stored[0], decode(stored[1])
    # Beancount has a mark instead of a type for accounts.
    kind: Any = accounts.TYPE if is_account else type(value)
    return ValueType(value, kind)


_OF_TYPE: Mapping[type, Any] = {Open: _open, Custom: _custom}
_TO_TYPE: Mapping[str, Any] = {"o": _to_open, "c": _to_custom}


def encode_prices(prices: Iterable[Price]) -> list[Any]:
    """Price entries, without their places: a price is told by its date."""
    return [[one.date.isoformat(), one.currency, encode(one.amount)] for one in prices]


def decode_prices(stored: Iterable[Sequence[Any]]) -> list[Price]:
    """What was encoded."""
    return [
        Price({}, dt.date.fromisoformat(day), currency, decode(amount))
        for day, currency, amount in stored
    ]


# Findings.


def encode_finding(found: Finding) -> list[Any]:
    """A finding with its sentences, so that it can still be said in another language."""
    return [
        found.rule,
        found.severity,
        _text(found.text),
        found.file,
        found.line,
        found.date.isoformat(),
        found.customer,
        found.item,
        None if found.hint is None else _text(found.hint),
    ]


def decode_finding(stored: Sequence[Any]) -> Finding:
    """What was encoded."""
    rule, severity, text, file, line, day, customer, item, hint = stored
    return Finding(
        rule,
        severity,
        _to_text(text),
        file,
        line,
        dt.date.fromisoformat(day),
        customer,
        item,
        None if hint is None else _to_text(hint),
    )
