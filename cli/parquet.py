# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as Parquet files. The only module that knows pyarrow, which is an extra.

Amounts are decimals, never floats. All amounts of an export have one scale, all rates another: as
many places as the longest has. Where 38 digits do, as they nearly always do, a decimal has 38;
else 76, and what not even those hold is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pyarrow as pa
from pyarrow import parquet

from arledger.cli.export_tables import Kind, Table
from arledger.findings import Text, say
from arledger.money import EXACT

DIGITS, DIGITS_MAX = 38, 76
# The fewest places: an export of round amounts has the columns of any other.
PLACES_MIN: Mapping[Kind, int] = {"amount": 2, "rate": 4}


@attrs.frozen
class TooLongError(Exception):
    """A figure that no decimal of Parquet can hold."""

    text: Text


@attrs.frozen
class Shape:
    """How the decimals of one kind are stored."""

    digits: int
    places: int

    def __str__(self) -> str:
        return f"decimal({self.digits}, {self.places})"


def shapes(tables: Iterable[Table]) -> dict[Kind, Shape]:
    """The shape of amounts and of rates, wide enough for all tables together."""
    found: dict[Kind, list[Decimal]] = {kind: [] for kind in PLACES_MIN}
    for table in tables:
        kinds = list(table.columns.values())
        for kind, figures in found.items():
            at = [place for place, one in enumerate(kinds) if one == kind]
            figures.extend(row[place] for row in table.rows for place in at if row[place])
    return {kind: _shape(figures, PLACES_MIN[kind]) for kind, figures in found.items()}


def _shape(figures: Sequence[Decimal], places: int) -> Shape:
    whole = 0
    for figure in figures:
        _, digits, exponent = figure.normalize(EXACT).as_tuple()
        assert isinstance(exponent, int), "a ledger has no infinite amounts"
        places = max(places, -exponent)
        whole = max(whole, len(digits) + exponent)
    if whole + places > DIGITS_MAX:
        raise TooLongError(
            say(
                "an amount has {whole} digits before the point and another {places} after it: "
                "Parquet holds {most} in all",
                whole=whole,
                places=places,
                most=DIGITS_MAX,
            )
        )
    return Shape(DIGITS if whole + places <= DIGITS else DIGITS_MAX, places)


def files(tables: Sequence[Table], about: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Each table's file name and content; `about` stands in the files' own metadata."""
    types = _types(shapes(tables))
    for table in tables:
        yield f"{table.name}.parquet", _file(table, types, about)


def _types(shape: Mapping[Kind, Shape]) -> dict[Kind, Any]:
    return {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "date": pa.date32(),
        "whole": pa.int32(),
        "yes": pa.bool_(),
        **{kind: _decimal(one) for kind, one in shape.items()},
    }


def _decimal(shape: Shape) -> Any:
    make = pa.decimal128 if shape.digits <= DIGITS else pa.decimal256
    return make(shape.digits, shape.places)


def _file(table: Table, types: Mapping[Kind, Any], about: Mapping[str, str]) -> bytes:
    schema = pa.schema(
        [(name, types[kind]) for name, kind in table.columns.items()],
        metadata={f"arledger.{key}": value for key, value in about.items()},
    )
    columns = [
        pa.array([_cell(row[at], kind) for row in table.rows], type=types[kind])
        for at, kind in enumerate(table.columns.values())
    ]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays(columns, schema=schema), sink)
    return bytes(sink.getvalue())


def _cell(value: Any, kind: Kind) -> Any:
    """A value as pyarrow takes it; a text may hold half of a pair, which UTF-8 can't."""
    if value is None:
        return None
    if kind == "text":
        return _utf8(value)
    if kind == "texts":
        return [_utf8(one) for one in value]
    # Zeros at the end are no digits: with them a figure might not fit its column.
    return value.normalize(EXACT) if isinstance(value, Decimal) else value


def _utf8(text: str) -> str:
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")
