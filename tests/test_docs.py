# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation is true: what it shows is run, what it lists is complete, what it links to is there.

How a page must be written for that is said in `tests/docs_pages.py`. After a change of the program,
`python scripts/reference.py --outputs` writes anew what pages show.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arledger.cli.main import COMMANDS, main
from arledger.findings import RULES
from arledger.language.accounts import ATTRIBUTES
from arledger.language.names import OPTIONS, OTHERS, POLICIES
from arledger.language.plain import KIND_TAGS
from arledger.language.reader import ALLOWANCE_TAGS
from arledger.language.terms import parse_terms
from arledger.language.voucher import KEYS
from tests import docs_pages
from tests.docs_pages import ROOT, Command, blocks, commands, matches, ours

PAGES = docs_pages.pages()
REFERENCE = ROOT / "docs" / "reference"
QUESTIONS = {"open-items", "aging", "credit", "allowance", "advances", "statement"}
# `python3` is shown and not run: a script that a test of its own runs.
LANGUAGES = {"", "beancount", "console", "shell", "python", "python3", "text", "yaml", "sql"}
PICTURED = (
    "arledger aging ledgers/huadong/main.beancount --as-of 2024-08-12",
    "arledger credit ledgers/huadong/main.beancount --as-of 2024-08-12 --customer C004",
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text_of(page: Path) -> str:
    """What a page says."""
    return (ROOT / page).read_text(encoding="utf-8")


def reference(name: str) -> str:
    """What a page of the reference says."""
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def outside_fences(text: str) -> str:
    """A page without its blocks."""
    return docs_pages.FENCE.sub("", text)


def headings(text: str) -> set[str]:
    """A page's headings, as a link names them."""
    named = (re.sub(r"[^\w\- ]", "", one.lower()) for one in HEADING.findall(outside_fences(text)))
    return {one.strip().replace(" ", "-") for one in named}


# --- what pages show is run ---


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_a_page_shows_is_true(page: Path, tmp_path: Path) -> None:
    """Its ledgers load without an error and with the findings stated; its commands print what it shows."""
    assert list(docs_pages.run(text_of(page), tmp_path)) == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_has_known_blocks_only(page: Path) -> None:
    """A misspelt language would leave a block untested."""
    found = blocks(text_of(page))
    assert {block.language for block in found} <= LANGUAGES
    assert text_of(page).count("```") == 2 * len(found), "a fence is left open"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_shown_question_names_its_day(page: Path) -> None:
    """What a page shows today it shows tomorrow."""
    for block in blocks(text_of(page)):
        if block.language in {"console", "shell"}:
            for command in filter(ours, commands(block)):
                if QUESTIONS & set(command.text.split()[:2]):
                    assert "--as-of" in command.text, command.text


def test_every_job_is_run() -> None:
    """The tutorial and each how-to have a ledger, or one of the examples, and ask it something."""
    jobs = [page for page in PAGES if "howto" in page.parts or page.name == "tutorial.md"]
    assert len(jobs) >= 13
    for page in jobs:
        found = blocks(text_of(page))
        asked = [c for b in found if b.language == "console" for c in commands(b) if ours(c)]
        assert asked, page
        assert any(b.language == "beancount" for b in found) or "ledgers/" in asked[0].text, page


def test_commands_of_the_companies_succeed(tmp_path: Path) -> None:
    """What the example companies' READMEs call can be called."""
    here = docs_pages.Run(tmp_path)
    called = [
        Command(line, None, 0, block.line)
        for page in (ROOT / "ledgers").glob("*/README.md")
        for block in blocks(page.read_text(encoding="utf-8"))
        for line in block.text.splitlines()
        if line.startswith("arledger ")
    ]
    assert called
    for command in called:
        answer = here.call(command)
        assert answer.status == 0, (command.text, answer.output)


def test_every_command_is_shown() -> None:
    """Some page shows what each command prints."""
    shown = {
        command.text.split()[1]
        for page in PAGES
        for block in blocks(text_of(page))
        if block.language == "console"
        for command in commands(block)
        if command.text.startswith("arledger ")
    }
    assert set(COMMANDS) <= shown


# --- the run notices what isn't true ---


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        (
            "```beancount\n2024-01-01 open Assets:Bank\n2024-01-01 open Assets:Bank\n```\n",
            "Duplicate",
        ),
        ('```beancount\n2024-01-01 custom "aging-bucket" Assets:X 30\n```\n', "unknown-directive"),
        (
            '```beancount alone\n2024-01-01 open Assets:X\n2024-01-01 custom "ar-option" "basis" "x"\n```\n',
            "malformed",
        ),
        ("```beancount\n```\n<!-- findings: pad -->\n", "states ['pad']"),
        (
            "```beancount\n```\n```console\n$ arledger check main.beancount\nall is well\n```\n",
            "prints",
        ),
        ("```console\n$ arledger check nowhere.beancount\n…\n```\n", "exit status 2, not 0"),
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "the example prints"),
    ],
)
def test_the_run_notices(page: str, complaint: str, tmp_path: Path) -> None:
    """A page that says something wrong is complained of."""
    assert complaint in "".join(docs_pages.run(page, tmp_path))


def test_lines_left_out_match_anything() -> None:
    assert matches("a\n…\nd\n", "a\nb\nc\nd\n")
    assert matches("a\n…\n", "a\n")
    assert not matches("a\n…\nd\n", "a\nb\n")
    assert not matches("a\n", "a\nb\n")


def test_a_command_has_its_output_and_status() -> None:
    (block,) = blocks("```console\n$ arledger check x\nerror\n$ echo $?\n1\n$ make\nmade\n```\n")
    assert commands(block) == [
        Command("arledger check x", "error\n", 1, 2),
        Command("make", "made\n", 0, 6),
    ]


# --- the reference is complete ---


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("findings", RULES),
        ("directives", POLICIES),
        ("options", OPTIONS),
        ("commands", COMMANDS),
    ],
)
def test_the_reference_has_a_section_for_each(name: str, wanted: tuple[str, ...]) -> None:
    assert set(wanted) <= headings(reference(name))


def test_the_reference_names_every_directive() -> None:
    """Policies have a section each; the others are named."""
    for directive in OTHERS:
        assert f"`{directive}`" in reference("directives")


def test_the_reference_names_every_key_and_tag() -> None:
    """The tables of keys and tags, against the code's own."""
    page = reference("keys")
    tables = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    keys = {*KEYS, *ATTRIBUTES, "customer", "conditional", "in-exposure"}
    assert {key for key in keys if f"`{key}`" not in tables} == set()
    tags = {f"#{tag}" for tag in (*KIND_TAGS, *ALLOWANCE_TAGS)}
    assert {tag for tag in tags if f"`{tag}`" not in tables} == set()
    for key in ("until:", "approved-by:", "reason:"):
        assert f"`{key}`" in page


def test_the_reference_names_every_option_of_every_command() -> None:
    page = reference("commands")
    for name in COMMANDS:
        command = main.commands.get(name) or main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        _, _, rest = page.partition(f"\n## {name}\n")
        section = rest.partition("\n## ")[0]
        for option in command.params:
            for flag in option.opts:
                assert not flag.startswith("--") or flag in section, (name, flag)


def test_the_reference_has_every_plugin() -> None:
    """Each plugin that a ledger may name has its manual."""
    from arledger import plugins  # noqa: PLC0415 - its folder only

    folder = Path(plugins.__path__[0])
    named = {
        path.stem
        for path in folder.glob("*.py")
        if "__plugins__" in path.read_text(encoding="utf-8")
    }
    assert named == headings(reference("plugins")) - {"plugins"}


def test_terms_of_one_row_mean_the_same() -> None:
    """Each way to write payment terms is read, and the ways in one row say the same."""
    rows = [line.split("|") for line in reference("payment-terms").splitlines() if "|" in line]
    read = 0
    for row in rows:
        written = [text for cell in row[1:3] for text in re.findall(r"`([^`]+)`", cell)]
        terms = [parse_terms(text) for text in written]
        assert all(one == terms[0] for one in terms), written
        read += len(written)
    assert read >= 25


# --- the pages hang together ---


@pytest.mark.parametrize("name", ["aging", "credit"])
def test_a_picture_shows_what_the_program_prints(name: str, tmp_path: Path) -> None:
    """Word for word; `python scripts/pictures.py` draws it anew."""
    rows: dict[int, str] = {}
    picture = (ROOT / "docs" / "images" / f"{name}.svg").read_text(encoding="utf-8")
    for _, y, said in re.findall(r'<text x="(\d+)" y="(\d+)"[^>]*>([^<]*)</text>', picture):
        rows[int(y)] = rows.get(int(y), "") + html.unescape(said).replace(" ", "")
    first, *shown = rows.values()
    (command,) = (line for line in PICTURED if line.replace(" ", "") == first.removeprefix("$"))
    printed = docs_pages.Run(tmp_path).call(Command(command, None, 0, 0)).output
    words = (line.replace(" ", "") for line in printed.splitlines())
    assert shown == [line for line in words if line]


@pytest.mark.checkout
@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file or folder that is there, and a heading in it."""
    here = (ROOT / page).parent
    for link in LINK.findall(outside_fences(text_of(page))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        target = (here / name).resolve() if name else ROOT / page
        assert target.exists(), f"{page}: {link}"
        assert target.is_relative_to(ROOT.resolve()), f"{page}: {link}"
        if heading:
            assert heading in headings(target.read_text(encoding="utf-8")), f"{page}: {link}"


def test_every_page_is_reached() -> None:
    """From the index a reader gets to every page of docs/."""
    index = text_of(Path("docs/index.md"))
    for page in PAGES:
        if page.parts[0] == "docs" and page.name != "index.md":
            assert f"({page.relative_to('docs').as_posix()})" in index, page


@pytest.mark.checkout
def test_generated_pages_are_up_to_date() -> None:
    """Written anew from the program they are the same."""
    script = ROOT / "scripts" / "reference.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_has_the_two_commands() -> None:
    for page in ("README.md", "README.zh-CN.md"):
        text = text_of(Path(page))
        assert re.search(r"^make demo\b", text, re.MULTILINE)
        assert re.search(r"^make test\b", text, re.MULTILINE)
        for other in ("make browse", "make bench"):
            assert other in text
