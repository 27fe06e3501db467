# SPDX-License-Identifier: GPL-2.0-or-later
"""What is matched of the shared data: no more is wrong, and no more is missed, than we say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import matching


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [("matching_20k", 0.9995, 0.97), ("payment_to_invoice", 0.99, 0.98)],
)
def test_shared_data(shared_data: Path, name: str, precision: float, recall: float) -> None:
    """Of what is accepted so much is right, and of what is right so much is accepted."""
    data = shared_data / "data"
    given = (
        matching.matching_20k(data / name)
        if name == "matching_20k"
        else matching.payment_to_invoice(data / name / "single")
    )
    result = matching.measure(name, given, 1)
    assert result.precision >= precision
    assert result.recall >= recall
