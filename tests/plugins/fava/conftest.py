# SPDX-License-Identifier: GPL-2.0-or-later
"""The example companies in Fava, loaded once."""

from __future__ import annotations

import pytest

pytest.importorskip("fava")

from tests.plugins.fava.support import COMPANIES, Books, books


@pytest.fixture(scope="session")
def companies() -> dict[str, Books]:
    """Both companies, each in an application of its own."""
    return {name: books(path) for name, path in COMPANIES.items()}


@pytest.fixture
def company(request: pytest.FixtureRequest, companies: dict[str, Books]) -> Books:
    """The company that the test's parameter names."""
    return companies[request.param]
