# SPDX-License-Identifier: GPL-2.0-or-later
"""The help of the commands, in the language that `--lang` or the environment asks for.

What a command says of itself is its docstring, what an option says its `help`: English there, and
translated by the paragraph when it is printed. Names of options and what stands for their values
are the same in each language.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc
from typing import Any

import click

from arledger.cli.lang import LANGUAGES, language, translator
from arledger.findings import Text, Translate, say

# Under these names a call's context knows the language of the help, and that of the answer where
# it was given before the command.
HELP_LANG, ANSWER_LANG = "arledger.help-lang", "arledger.lang"
# And under this one its own words.
ARGUMENTS = "arledger.arguments"

NAMES_WIDTH_MAX = 30
TEXT_WIDTH_MIN = 30
# What must not begin a line, and what must not end one.
_CLOSING = frozenset("，。；：、！？）」』》”’…,.;:!?)]}")
_OPENING = frozenset("（「『《“‘([{")

HELP_OPTION = say("Show this message and exit.")


class Command(click.Command):
    """A command whose help speaks the language asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; `--lang` is looked for first, since `--help` may come before it."""
        ctx.meta[ARGUMENTS] = tuple(args)
        asked = _asked(args)
        if asked is not None:
            ctx.meta[HELP_LANG] = asked
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """The whole help."""
        return "\n".join(_help(self, ctx, _translate(ctx)))


class Group(Command, click.Group):
    """The same for the command of commands."""


def _asked(args: Sequence[str]) -> str | None:
    """The language that a command line asks for, if it is one we speak."""
    known = {lang.casefold(): lang for lang in LANGUAGES}
    found = None
    for at, word in enumerate(args):
        name, equals, value = word.partition("=")
        if name == "--lang":
            asked = value if equals else "".join(args[at + 1 : at + 2])
            found = known.get(asked.casefold(), found)
    return found


def _translate(ctx: click.Context) -> Translate:
    return translator(language(ctx.meta.get(HELP_LANG), os.environ))


# What a help consists of, in English: for the printing and for the catalogue.


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a help text, each as one line."""
    blocks = re.split(r"\n\s*\n", cleandoc(text or ""))
    return [" ".join(block.split()) for block in blocks if block.strip()]


def sentences(command: click.Command) -> Iterator[str]:
    """Everything that the help of a command says."""
    yield from paragraphs(command.help)
    for param in command.params:
        yield from paragraphs(getattr(param, "help", None))


# The printing.


def _help(command: click.Command, ctx: click.Context, translate: Translate) -> Iterator[str]:
    width = ctx.make_formatter().width
    usage = say("Usage: {command}", command=ctx.command_path).render(translate)
    yield " ".join((usage, *command.collect_usage_pieces(ctx)))
    for paragraph in paragraphs(command.help):
        yield ""
        yield from ("  " + line for line in wrapped(translate(paragraph), width - 2))
    yield ""
    yield say("Options:").render(translate)
    yield from _two_columns(list(_options(command, ctx, translate)), width)
    commands = list(_commands(command, ctx, translate))
    if commands:
        yield ""
        yield say("Commands:").render(translate)
        yield from _two_columns(commands, width)
    yield from _examples(command.epilog, translate)


def _options(
    command: click.Command, ctx: click.Context, translate: Translate
) -> Iterator[tuple[str, str]]:
    """Each option's names, and what it says."""
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is None:
            continue
        text = str(getattr(param, "help", None) or "")
        if param.name == "help":
            text = HELP_OPTION.template
        said = " ".join(translate(paragraph) for paragraph in paragraphs(text))
        if getattr(param, "show_default", False):
            said += " " + say("[default: {value}]", value=param.default).render(translate)
        yield record[0], said


def _commands(
    command: click.Command, ctx: click.Context, translate: Translate
) -> Iterator[tuple[str, str]]:
    """Each command's name, and the first thing it says of itself."""
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            if found is not None:
                yield name, translate(next(iter(paragraphs(found.help)), ""))


def _examples(epilog: str | None, translate: Translate) -> Iterator[str]:
    """The examples as they are, under their heading."""
    lines = (epilog or "").replace("\b\n", "").rstrip().splitlines()
    if lines:
        yield ""
        yield "  " + _heading(lines[0]).render(translate)
        yield from ("  " + line for line in lines[1:])


def _heading(line: str) -> Text:
    return say("Examples:") if line == "Examples:" else say("{word}", word=line)


def _two_columns(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Names on the left, texts on the right; a long name has a line of its own."""
    left = min(max((cells(name) for name, _ in rows), default=0), NAMES_WIDTH_MAX)
    for name, text in rows:
        lines = wrapped(text, max(width - left - 4, TEXT_WIDTH_MIN))
        if cells(name) > left:
            yield "  " + name
        else:
            yield f"  {name}{' ' * (left - cells(name))}  {next(lines, '')}".rstrip()
        yield from (" " * (left + 4) + line for line in lines)


def wrapped(text: str, width: int) -> Iterator[str]:
    """`text` in lines of at most `width` cells: between words, and between Chinese characters."""
    line = ""
    for piece in _pieces(text):
        if line and cells(line) + cells(piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterable[str]:
    """What may not be broken: a word, or a wide character, with what must not begin a line."""
    piece = ""
    for character in text:
        breaks = piece != "" and (piece[-1] == " " or _wide(piece[-1]) or _wide(character))
        held = piece[-1:] in _OPENING or character in _CLOSING or character == " "
        if breaks and not held:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def cells(text: str) -> int:
    """How many cells of a terminal a text fills."""
    return sum(2 if _wide(character) else 1 for character in text)


# For the commands.


def keep_language(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    """`--lang` before the command is the language of its answer, too."""
    if value is not None:
        ctx.meta[ANSWER_LANG] = value
