# SPDX-License-Identifier: GPL-2.0-or-later
"""No case is forgotten: each is run as a scenario here, or stands below with the reason."""

from __future__ import annotations

import re
from pathlib import Path

# Nothing is left out now; a case that will be says here why.
NOT_HERE: dict[str, str] = {}


def test_every_case_is_run_or_listed(shared_data: Path) -> None:
    """A case that comes new to the shared data fails here until somebody looks at it."""
    known = {path.stem for path in (shared_data / "cases").glob("*.yaml")}
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    run = {name for text in texts for name in re.findall(r'\bcase\(\s*"(\w+)"\s*\)', text)}
    assert len(known) > 20
    assert not run & NOT_HERE.keys()
    assert run | NOT_HERE.keys() == known
    assert all(NOT_HERE.values())
