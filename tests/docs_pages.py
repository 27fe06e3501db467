# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of README and docs/, read for what can be run in them.

How a page is written, so that a test can run it from the top to the bottom:

- ```` ```beancount ```` is appended to the page's ledger `main.beancount`, with an empty line between two
  blocks; ```` ```beancount NAME.beancount ```` is appended to that file instead. A block after a command is
  not yet there when the command runs.
- ```` ```beancount again ```` takes the place of the block before it in `main.beancount`: the mended text.
- ```` ```beancount alone ```` is a ledger of its own, in nobody's way.
- `<!-- findings: RULE RULE -->` below a block states what `arledger check` finds in the ledger: for a ledger
  of its own in that one, else in the page's ledger when the page is through. No comment: nothing is found.
- ```` ```console ````: each line after `$ ` is run if it calls `arledger`, `bean-check`, `bean-query` or `git`; the lines below it are
  what it must print, exactly, except that a line `…` stands for any lines left out. The exit status must be
  0, or what `$ echo $?` shows. A path that begins with `ledgers/` is one of the project's example ledgers.
- ```` ```shell ````: the same commands without a prompt; they must succeed, whatever they print.
- ```` ```python ```` is run in the page's folder; a ```` ```text ```` block right below it is what it prints.

Other blocks are only shown.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
from click.testing import CliRunner

from arledger.check import find
from arledger.cli.main import main
from arledger.load import load

ROOT = Path(__file__).resolve().parent.parent
MAIN = "main.beancount"
COLUMNS = "100"
OMITTED = "…"
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
FINDINGS = re.compile(r"<!-- findings:(?P<rules>[^>]*)-->")


@attrs.frozen
class Block:
    """One fenced block: its language, the word after it, its text, and the line it begins on."""

    language: str
    word: str
    text: str
    line: int
    findings: tuple[str, ...] | None
    output: str | None = None


@attrs.frozen
class Command:
    """One command of a block, what it must print (None: anything), and its exit status."""

    text: str
    output: str | None
    status: int
    line: int


@attrs.frozen
class Answer:
    """What a command printed, and its exit status."""

    output: str
    status: int


def pages() -> list[Path]:
    """README and every page of docs/, relative to the root."""
    found = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path.relative_to(ROOT) for path in found)


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    fences = list(FENCE.finditer(text))
    found = []
    for at, fence in enumerate(fences):
        words = fence["info"].split()
        end = fences[at + 1].start() if at + 1 < len(fences) else len(text)
        stated = FINDINGS.search(text, fence.end(), end)
        below = fences[at + 1] if at + 1 < len(fences) else None
        output = None
        if below is not None and below["info"] == "text" and not text[fence.end() : end].strip():
            output = below["text"]
        found.append(
            Block(
                words[0] if words else "",
                words[1] if len(words) > 1 else "",
                fence["text"],
                text.count("\n", 0, fence.start()) + 1,
                tuple(stated["rules"].split()) if stated else None,
                output,
            )
        )
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a console or shell block."""
    lines = block.text.splitlines()
    if block.language == "shell":
        return [
            Command(line.strip(), None, 0, block.line + at)
            for at, line in enumerate(lines, start=1)
            if line.strip()
        ]
    found: list[Command] = []
    for at, line in enumerate(lines, start=1):
        if line == "$ echo $?":
            continue
        if line.startswith("$ "):
            found.append(Command(line[2:], "", 0, block.line + at))
        elif found and lines[at - 2] == "$ echo $?":
            found[-1] = attrs.evolve(found[-1], status=int(line))
        elif found:
            found[-1] = attrs.evolve(found[-1], output=f"{found[-1].output}{line}\n")
    return found


def ours(command: Command) -> bool:
    """Whether it is a command to be run here, and not one that sets up a machine."""
    return shlex.split(command.text, comments=True)[:1] in (
        ["arledger"],
        ["bean-check"],
        ["bean-query"],
        ["git"],
    )


def matches(expected: str, printed: str) -> bool:
    """Whether what was printed is what the page shows; a line `…` stands for lines left out."""
    parts: list[str] = [""]
    for line in expected.splitlines():
        if line.strip() == OMITTED:
            parts.append("")
        else:
            parts[-1] += re.escape(line.rstrip()) + "\n"
    printed = "".join(line.rstrip() + "\n" for line in printed.splitlines())
    return re.fullmatch("(?:.*\n)*?".join(parts), printed) is not None


@attrs.define
class Run:
    """A page being run in a folder of its own, from its first block to its last."""

    folder: Path
    _before: dict[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        (self.folder / "ledgers").symlink_to(ROOT / "ledgers")

    def add(self, block: Block) -> None:
        """Append a block to its file, or put it in the place of the one before it."""
        name = MAIN if block.word in {"", "again"} else block.word
        file = self.folder / name
        if block.word != "again":
            written = file.read_text(encoding="utf-8") + "\n" if file.exists() else ""
            self._before[name] = written
        file.write_text(self._before[name] + block.text, encoding="utf-8")

    def call(self, command: Command) -> Answer:
        """Run one command in the folder."""
        words = shlex.split(command.text, comments=True)
        with contextlib.chdir(self.folder):
            if words[0] == "bean-check":
                return _bean_check(words[1:])
            if words[0] == "git":
                return _git(words)
            if words[0] == "bean-query":
                return _bean_query(words[1:])
            done = CliRunner(env={"COLUMNS": COLUMNS, "LC_ALL": "C.UTF-8"}).invoke(main, words[1:])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Answer(done.output, done.exit_code)

    def python(self, text: str) -> str:
        """Run a Python example in the folder; what it prints."""
        printed = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(printed):
            exec(compile(text, "example", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own page
        return printed.getvalue()


def _bean_check(arguments: Sequence[str]) -> Answer:
    """Beancount's own check, without its cache; its errors as it prints them."""
    from beancount import loader  # noqa: PLC0415
    from beancount.parser import printer  # noqa: PLC0415 - only where a page calls it

    loader.initialize(use_cache=False)
    _, errors, _ = loader.load_file(arguments[0])
    out = io.StringIO()
    printer.print_errors(errors, file=out)  # type: ignore[no-untyped-call]
    return Answer(out.getvalue(), 1 if errors else 0)


# Whoever commits on a page, and when: so that its commits have the same names each time.
_COMMITTER = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Li Wei"),
        ("EMAIL", "li.wei@example.org"),
        ("DATE", "2024-06-30T12:00:00+0000"),
    )
}


def _git(words: Sequence[str]) -> Answer:
    """Git, in the page's folder, with nothing of this machine's configuration."""
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        words,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **quiet, **_COMMITTER},
    )
    return Answer(done.stdout + done.stderr, done.returncode)


def _bean_query(arguments: Sequence[str]) -> Answer:
    """The query language's own command."""
    from beancount import loader  # noqa: PLC0415
    from beanquery.shell import main as query  # noqa: PLC0415 - only where a page calls it

    # A process of its own has beanquery before the ledger's plugin; here an earlier page may have
    # imported the plugin without it.
    importlib.import_module("arledger.plugins.tables")
    loader.initialize(use_cache=False)
    done = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(query, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Answer(done.output, done.exit_code)


def problems(file: Path) -> tuple[list[str], list[str]]:
    """Beancount's own errors in a ledger, and the rules of what arledger finds in it."""
    ledger = load(file)
    errors = [f"{found.file}:{found.line}: {found.message}" for found in ledger.errors]
    found = find(ledger.subledger, extra=ledger.notes)
    return errors, sorted(one.rule for one in found)


def run(text: str, folder: Path) -> Iterator[str]:
    """Run a page; yields what is not as the page says."""
    here = Run(folder)
    stated: tuple[str, ...] = ()
    has_ledger = False
    for count, block in enumerate(blocks(text)):
        where = f"line {block.line}"
        if block.language == "beancount" and block.word == "alone":
            own = folder / f"alone-{count}.beancount"
            own.write_text(block.text, encoding="utf-8")
            yield from _check(own, block.findings or (), where)
        elif block.language == "beancount":
            here.add(block)
            has_ledger = True
            stated = stated if block.findings is None else block.findings
        elif block.language in {"console", "shell"}:
            for command in filter(ours, commands(block)):
                yield from _compare(command, here.call(command))
        elif block.language == "python":
            printed = here.python(block.text)
            if block.output is not None and printed != block.output:
                yield f"{where}: the example prints\n{printed}"
    if has_ledger:
        yield from _check(folder / MAIN, stated, "the page's ledger")


def _check(file: Path, stated: Sequence[str], where: str) -> Iterator[str]:
    errors, rules = problems(file)
    for error in errors:
        yield f"{where}: {error}"
    if rules != sorted(stated):
        yield f"{where}: findings {rules}, the page states {sorted(stated)}"


def _compare(command: Command, answer: Answer) -> Iterator[str]:
    where = f"line {command.line}: $ {command.text}"
    if answer.status != command.status:
        yield f"{where}: exit status {answer.status}, not {command.status}\n{answer.output}"
    if command.output is not None and not matches(command.output, answer.output):
        yield f"{where}: prints\n{answer.output}"
