# SPDX-License-Identifier: GPL-2.0-or-later
"""A real browser and a Fava for it: one of each a session.

Where there is none the tests are skipped and say so; with ARLEDGER_BROWSER=required they fail.
Pictures of what was seen are kept in build/screenshots.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from fava.application import create_app
from werkzeug.serving import make_server

from tests.cli.support import HUADONG, NORTHWIND, ROOT
from tests.plugins.fava.support import written
from tests.plugins.fava.test_hostile import ledger

SCREENSHOTS = ROOT / "build" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# As root in a container there is no sandbox; nothing is fetched from elsewhere.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


REQUIRED = os.environ.get("ARLEDGER_BROWSER") == "required"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's own browser."""
    reason = "playwright is not installed: pip install -e '.[dev]'"
    assert not REQUIRED or find_spec("playwright"), reason
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    wanted = os.environ.get("ARLEDGER_CHROMIUM")
    path = next(filter(None, map(shutil.which, filter(None, (wanted, *BROWSERS)))), None)
    if path is None:
        reason = "no browser: apt-get install chromium fonts-wqy-microhei (scripts/browser.sh)"
        assert not REQUIRED, reason
        pytest.skip(reason)
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Fava with three ledgers: both companies, and one whose texts are hostile."""
    hostile = written(tmp_path_factory.mktemp("hostile"), 'option "title" "Hostile"\n' + ledger())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(
        "127.0.0.1", 0, create_app([HUADONG, NORTHWIND, hostile], load=True), threaded=True
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


SLUGS = {
    "huadong": quote("上海华东机械贸易有限公司"),
    "northwind": "northwind-consulting",
    "hostile": "hostile",
}


@attrs.frozen(eq=False)
class Visit:
    """A page in the browser, and what went wrong on it."""

    page: Any
    site: str
    company: str
    problems: list[str]

    def address(self, query: str = "") -> str:
        """The extension's page."""
        return f"{self.site}/{SLUGS[self.company]}/extension/Receivables/?{query}"

    def open(self, query: str = "") -> Any:
        """Go there, and wait until it is there."""
        self.page.goto(self.address(query))
        # The extension's own script says when it has the page.
        self.page.wait_for_selector(".ar[data-ready]")
        return self.page

    def picture(self, name: str) -> None:
        """Keep what is seen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))


def refuse(dialog: Any, problems: list[str]) -> None:
    """A dialog that nobody asked for."""
    problems.append(dialog.message)
    dialog.dismiss()


def elsewhere(url: str, site: str) -> list[str]:
    """An address that isn't the site's own."""
    return [] if url.startswith((site, "blob:", "data:")) else [url]


Opener = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def visit(browser: Any, site: str) -> Opener:
    """Open a company; at the end nothing may have gone wrong, nor been asked of elsewhere."""

    @contextmanager
    def opened(
        company: str, *, width: int = 1280, height: int = 800, **options: Any
    ) -> Iterator[Visit]:
        options = {"locale": "en-GB", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        page.set_default_timeout(10_000)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: refuse(dialog, problems))
        page.on("console", lambda said: problems.extend([said.text] * (said.type == "error")))
        page.on("request", lambda asked: problems.extend(elsewhere(asked.url, site)))
        try:
            yield Visit(page, site, company, problems)
        finally:
            context.close()
        assert problems == []

    return opened


@pytest.fixture
def statement() -> Path:
    """A statement that a customer of the company sent."""
    return HUADONG.parent / "statements" / "C014-2025-06-30.csv"
