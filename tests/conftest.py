# SPDX-License-Identifier: GPL-2.0-or-later
"""What all tests share: the shared test data, hypothesis profiles, and which arledger is tested."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import arledger

# No deadline and no "too slow": both measure the machine, not the code.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("default", _COMMON, max_examples=100)
settings.register_profile("ci", _COMMON, max_examples=60)
settings.register_profile("quick", _COMMON, max_examples=10)
settings.register_profile("thorough", _COMMON, max_examples=2000)
settings.register_profile("fuzz", _COMMON, max_examples=20_000)
settings.load_profile("default")


_CACHE = tempfile.TemporaryDirectory(prefix="arledger-tests-")


def pytest_configure() -> None:
    """Keep ledgers for these tests alone; refuse to test a checkout where the wheel is meant.

    So what a test asks a second time comes out of the cache, and must be the same.
    """
    os.environ["ARLEDGER_CACHE_DIR"] = _CACHE.name
    installed = os.environ.get("ARLEDGER_INSTALLED")
    found = Path(arledger.__file__ or "")
    if installed and not found.is_relative_to(installed):
        raise pytest.UsageError(f"the wheel in {installed} is meant, but {found} is imported")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of test data shared between projects, named by ARLEDGER_TEST_DATA.

    Where the variable is unset the test is skipped; where it is set, a missing folder or file fails.
    """
    folder = os.environ.get("ARLEDGER_TEST_DATA")
    if not folder:
        pytest.skip("ARLEDGER_TEST_DATA is unset: it names the folder of the shared test data")
    path = Path(folder)
    assert path.is_dir(), f"ARLEDGER_TEST_DATA={folder} is no folder"
    return path
