# SPDX-License-Identifier: GPL-2.0-or-later
"""Draw the pictures of the documentation from the running program.

    python scripts/pictures.py

Each picture is what a command prints on a colour terminal, as an SVG in docs/images/. Every run of
text is put at its own cell, so that figures stay in their columns whatever fonts a reader has.
Those of Fava's pages are what the system's browser shows, as PNG: `--pages` takes them only.
"""

from __future__ import annotations

import fcntl
import logging
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LEDGER = "ledgers/huadong/main.beancount"
PICTURES = {
    "aging": ("aging", LEDGER, "--as-of", "2024-08-12"),
    "credit": ("credit", LEDGER, "--as-of", "2024-08-12", "--customer", "C004"),
}
# The pages of Fava: what is asked, the language, the colours, and how high.
STATEMENT = "ledgers/huadong/statements/C014-2025-06-30.csv"
PAGES: dict[str, tuple[str, str, Literal["light", "dark"], int]] = {
    "overview": ("as_of=2024-08-12&view=overview", "en-GB", "light", 760),
    "aging": ("as_of=2024-08-12&view=aging", "en-GB", "light", 560),
    "customer": ("as_of=2024-08-12&view=customer&customer=C004", "en-GB", "light", 760),
    "credit": ("as_of=2024-08-12&view=credit", "zh-CN", "dark", 560),
    "reconcile": ("view=reconcile&as_of=2025-06-30", "en-GB", "light", 900),
}
COLUMNS = 170
RED = 1  # among a terminal's colours
CELL, LINE, SIZE, MARGIN, BAR = 8, 19, 13, 16, 30
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"


def printed(arguments: tuple[str, ...]) -> str:
    """What a command prints on a terminal, colours and all."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    surroundings = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    for name in ("NO_COLOR", "COLUMNS"):
        surroundings.pop(name, None)
    command = (sys.executable, "-m", "arledger.cli.main", *arguments)
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=inner) as running:
        os.close(inner)
        out = b"".join(iter(lambda: _read(outer), b""))
        os.close(outer)
    assert running.returncode == 0, f"{command} ended with {running.returncode}"
    return out.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    """What came since; nothing when the command has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def runs(line: Text) -> Iterator[tuple[int, str, str]]:
    """A line's runs of text as (first cell, style, text), each of one style and one width."""
    console = Console()
    cell = 0
    marked = []
    for at, char in enumerate(line.plain):
        style = line.get_style_at_offset(console, at)
        colour = "red" if style.color and style.color.number == RED else ""
        look = "bold" if style.bold else "dim" if style.dim else colour
        marked.append((cell, look, cell_len(char), char))
        cell += cell_len(char)
    for (look, _, blank), group in groupby(marked, lambda one: (one[1], one[2], one[3] == " ")):
        found = list(group)
        if not blank:
            yield found[0][0], look, "".join(char for *_, char in found)


def picture(arguments: tuple[str, ...]) -> str:
    """One picture."""
    text = Text.from_ansi(f"$ arledger {' '.join(arguments)}\n{printed(arguments).rstrip()}")
    lines = list(text.split("\n"))
    width = max(line.cell_len for line in lines) * CELL + 2 * MARGIN
    height = len(lines) * LINE + BAR + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<style>",
        f"text {{ font: {SIZE}px {FONTS}; fill: #24292f; white-space: pre }}",
        ".bold { font-weight: 700 } .dim { fill: #6e7781 } .red { fill: #cf222e }",
        "</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#f6f8fa" stroke="#d0d7de"/>',
    ]
    for row, line in enumerate(lines):
        y = BAR + row * LINE
        for cell, look, said in runs(line):
            mark = f' class="{look}"' if look else ""
            place = f'x="{MARGIN + cell * CELL}" y="{y}" textLength="{cell_len(said) * CELL}"'
            out.append(f"<text {place}{mark}>{escape(said)}</text>")
    return "\n".join([*out, "</svg>", ""])


def take_pages() -> None:
    """Photograph Fava's pages, in the system's browser (scripts/browser.sh)."""
    from fava.application import create_app  # noqa: PLC0415 - only who photographs needs these
    from playwright.sync_api import sync_playwright  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app([ROOT / LEDGER], load=True)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    slug = app.test_client().get("/").headers["Location"].split("/")[1]
    address = f"http://127.0.0.1:{server.server_port}/{slug}/extension/Receivables/?"
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, (query, locale, scheme, height) in PAGES.items():
            page = browser.new_page(
                locale=locale,
                color_scheme=scheme,
                viewport={"width": 1100, "height": height},
            )
            page.goto(f"{address}{query}")
            page.wait_for_selector(".ar[data-ready]")
            if "reconcile" in query:
                page.locator("input[type=file]").set_input_files(ROOT / STATEMENT)
                page.locator(".ar-upload button[type=submit]").click()
                page.wait_for_selector("[data-table=matched]")
            page.screenshot(path=str(IMAGES / f"fava-{name}.png"))
            page.close()
        browser.close()
    server.shutdown()


def main() -> None:
    """Draw all of them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    take_pages()
    if "--pages" in sys.argv:
        return
    for name, arguments in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(picture(arguments), encoding="utf-8")


if __name__ == "__main__":
    main()
