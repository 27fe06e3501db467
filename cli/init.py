# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger init`: a new repository for the books, that passes its own check.

What stands in it are the files in templates/books: the ledger and the README in a folder for each
language, the rest once. It is written whole or not at all. Git isn't called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

import click

from arledger import __version__
from arledger.cli import common
from arledger.cli.help import Command
from arledger.cli.visible import visible
from arledger.findings import say

# Under their own names some tools would take the templates for theirs.
COMMON = {
    "gitattributes": ".gitattributes",
    "gitignore": ".gitignore",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "requirements.txt": "requirements.txt",
}
HOSTS: Mapping[str, Mapping[str, str]] = {
    "github": {"github.yml": ".github/workflows/arledger.yml", "CODEOWNERS": ".github/CODEOWNERS"},
    "gitlab": {"gitlab.yml": ".gitlab-ci.yml", "CODEOWNERS": ".gitlab/CODEOWNERS"},
    "none": {},
}
OWNED = {"github": "/.github/                     ", "gitlab": "/.gitlab-ci.yml               "}
INDENT = " " * 10


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger init books
  arledger init books --lang zh-CN --ci gitlab
""",
)
@click.argument("folder")
@click.option(
    "--ci",
    type=click.Choice(list(HOSTS)),
    default="github",
    show_default=True,
    help="Whose checks of pull requests to set up.",
)
@common.errand()
def init(asked: common.Request, folder: str, ci: str) -> int:
    """Make a new repository for the books: a ledger in files, with checks for git.

    FOLDER must not exist, or be empty. Its files speak the language of --lang. An example
    customer stands in them, commented out.
    """
    from arledger.cli import folder as folders
    from arledger.cli.atomic import WriteError

    place = Path(folder)
    made = contents(asked.lang, ci, common.today_is().year)
    try:
        folders.write(place, {name: text.encode() for name, text in made.items()})
    except WriteError as error:
        raise asked.refuse(error.text) from error
    lines = [
        say("{folder}: made, {count} files", folder=place, count=len(made)),
        say(
            "Next, in this folder: `git init`, then `arledger check main.beancount`; the README "
            "says the rest."
        ),
    ]
    common.write_out(asked, "".join(f"{visible(asked.text(line))}\n" for line in lines))
    return common.FINE


def contents(lang: str, ci: str, year: int) -> dict[str, str]:
    """The text of each file by its name, for books that begin on 1 January of `year`."""
    top = files("arledger.cli") / "templates" / "books"
    found = dict(_below(top / lang, PurePosixPath()))
    found |= {name: _text(top / template) for template, name in COMMON.items()}
    found |= {name: _text(top / "ci" / template) for template, name in HOSTS[ci].items()}
    script = _text(top / "ci" / "diff.sh").splitlines()
    places = {
        "@YEAR@": f"{year:04}",
        "@BEFORE@": f"{year - 1:04}",
        "@VERSION@": __version__,
        "@CI@": OWNED.get(ci, ""),
        "@DIFF@": "\n".join(f"{INDENT}{line}".rstrip() for line in script),
    }
    return {
        name.replace("YEAR", f"{year:04}"): _filled(text, places)
        for name, text in sorted(found.items())
    }


def _below(folder: Traversable, inside: PurePosixPath) -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _below(one, inside / one.name)
        else:
            yield str(inside / one.name), _text(one)


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _filled(text: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text
