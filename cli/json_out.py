# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON answers: one row a line, so that two answers can be compared line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SCHEMA = 1


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _member(key: str, value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rows = ",\n".join("    " + _value(row) for row in value)
        return f"  {_value(key)}: [\n{rows}\n  ]"
    return f"  {_value(key)}: {_value(value)}"


def document(answer: Mapping[str, Any]) -> str:
    """The answer as text; keys in the order given."""
    return "{\n" + ",\n".join(_member(key, value) for key, value in answer.items()) + "\n}\n"
