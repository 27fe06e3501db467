# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures from other systems' tests, their users' reports and textbooks, by the case's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Case = Callable[[str], Any]


@pytest.fixture
def case(shared_data: Path) -> Case:
    """Read a case: its inputs, and what must come out."""

    def read(name: str) -> Any:
        text = (shared_data / "cases" / f"{name}.yaml").read_text(encoding="utf-8")
        return yaml.safe_load(text)

    return read
