# SPDX-License-Identifier: GPL-2.0-or-later
"""How tables look: widths, folding, colours, figures."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from arledger.cli import common
from arledger.cli.csv_out import Figure, defused, document
from arledger.cli.rows import Money, percent, place
from arledger.cli.tables import PAPER, Column, Page, Row, Screen, Table, render, screen
from arledger.cli.visible import visible

MONEY = Money({"XYZ": 4})


@pytest.mark.parametrize(
    ("amount", "currency", "plain", "shown"),
    [
        ("1234567.8", "EUR", "1234567.80", "1,234,567.80"),
        ("-0.5", "EUR", "-0.50", "-0.50"),
        ("-0.00", "EUR", "0.00", "0.00"),
        ("0E+3", "EUR", "0.00", "0.00"),
        ("1E+18", "EUR", "1000000000000000000.00", "1,000,000,000,000,000,000.00"),
        ("1.500000", "EUR", "1.50", "1.50"),
        ("1.505", "EUR", "1.505", "1.505"),
        ("1E-12", "EUR", "0.000000000001", "0.000000000001"),
        ("1000", "JPY", "1000", "1,000"),
        ("1000.5", "JPY", "1000.5", "1,000.5"),
        ("-1000", "KWD", "-1000.000", "-1,000.000"),
        ("2.5", "XYZ", "2.5000", "2.5000"),
        ("1234567890123456789012345678901.25", "EUR", "1234567890123456789012345678901.25", None),
    ],
)
def test_amounts(amount: str, currency: str, plain: str, shown: str | None) -> None:
    """At least the currency's digits, no meaningless zeros, no exponent, no sign on zero."""
    assert MONEY.plain(Decimal(amount), currency) == plain
    if shown is not None:
        assert MONEY.shown(Decimal(amount), currency) == shown


def test_percentages() -> None:
    """Without trailing zeros."""
    assert [percent(Decimal(rate)) for rate in ("0.036", "1.00", "0", "0.10")] == [
        "3.6 %",
        "100 %",
        "0 %",
        "10 %",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 中文 é 　 x", "plain 中文 é 　 x"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202eabc\u2069\u200f", "\\u202eabc\\u2069\\u200f"),
        ("\u2028\x85", "\\u2028\\x85"),
        ("\udcff", "\\udcff"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_would_not_show_is_escaped(text: str, shown: str) -> None:
    """Ideographic spaces are wide, but harmless."""
    assert visible(text) == shown


TABLE = Table(
    [Column("name", fold=True), Column("amount", figures=True)],
    [
        Row(["华东重工股份有限公司 上海分公司", "1,234.00"], ["ledger:1"]),
        Row(["A rather long name of a company", "-5.00"], (), {1: "bad"}),
    ],
    [Row(["total", "1,229.00"])],
    "EUR",
    ["a note"],
)


def test_paper_has_no_limit() -> None:
    """Nothing folds where no terminal reads."""
    lines = list(render(Page(["title"], [TABLE], ["end"]), PAPER))
    assert lines == [
        "title",
        "",
        "EUR",
        "name                               amount",
        "-------------------------------  --------",
        "华东重工股份有限公司 上海分公司  1,234.00",
        "    ledger:1",
        "A rather long name of a company     -5.00",
        "-------------------------------  --------",
        "total                            1,229.00",
        "a note",
        "",
        "end",
    ]


@pytest.mark.parametrize("width", [20, 24, 30, 40])
def test_a_narrow_screen_folds_names_and_never_figures(width: int) -> None:
    """Every figure is there as it is; no line is wider than the screen."""
    narrow = Screen(width, lambda text, _: text)
    lines = list(render(Page([], [TABLE]), narrow))
    assert all(cell_len(line) <= width for line in lines)
    for figure in ("1,234.00", "-5.00", "1,229.00"):
        assert sum(line.endswith(figure) for line in lines) == 1
    told = "".join("".join(line[: width - 10]).strip() for line in lines)
    assert "上海分公司"[:2] in told


def test_a_screen_too_narrow_for_the_figures() -> None:
    """Wider lines, rather than a figure cut."""
    lines = list(render(Page([], [TABLE]), Screen(5, lambda text, _: text)))
    assert any(line.endswith("1,229.00") for line in lines)


def terminal(**options: object) -> Console:
    """A console of a colour terminal."""
    found: dict[str, object] = {
        "file": io.StringIO(),
        "force_terminal": True,
        "width": 60,
        "color_system": "truecolor",
        **options,
    }
    return Console(**found)  # type: ignore[arg-type]


def test_colour_on_a_terminal() -> None:
    """Headings are bold, what is bad is red; the text itself is the same."""
    painted = "\n".join(render(Page(["title"], [TABLE]), screen(terminal())))
    assert "\x1b[1mtitle\x1b[0m" in painted
    assert "\x1b[31m-5.00\x1b[0m" in painted


@pytest.mark.parametrize("options", [{"no_color": True}, {"color_system": None}])
def test_no_colour(options: dict[str, object]) -> None:
    """NO_COLOR, or a terminal without colours: not a single escape."""
    where = screen(terminal(**options))
    assert where.width == 60
    assert "\x1b" not in "\n".join(render(Page(["title"], [TABLE]), where))


def test_a_pipe_is_paper() -> None:
    """Neither colour nor width."""
    assert screen(Console(file=io.StringIO(), force_terminal=False)) is PAPER


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name in the environment."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in "\n".join(render(Page(["title"], [TABLE]), screen(terminal())))


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r", "\n=", "  =1", "＝1"])
def test_formulas_are_defused(text: str) -> None:
    """With an apostrophe, which spreadsheets don't show."""
    assert defused(text) == "'" + text


def test_csv_cells() -> None:
    """Figures are no texts; nothing is empty; a text is quoted where it must be."""
    text = document(("=a", "b"), [(Figure("-1.00"), None), (True, 'x,"y"'), (3, Decimal("-2.5"))])
    assert text == '\'=a,b\n-1.00,\ntrue,"x,""y"""\n3,-2.5\n'


@pytest.mark.parametrize("separator", [";", "\t", "|", ",", '"', "\r", "\n"])
def test_no_separator_splits_a_text(separator: str) -> None:
    """Whichever a spreadsheet is set to; read as CSV the text is what it was."""
    name = f"Meier{separator}Sohn"
    text = document(("name", "total"), [(name, Figure("1.00"))])
    assert text.splitlines()[0] == "name,total"
    assert text.endswith(",1.00\n")
    assert text.partition("\n")[2].startswith('"')
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name", "total"], [name, "1.00"]]


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative below the current folder, else as they are; nothing for what has none."""
    monkeypatch.chdir(tmp_path)
    assert place({"filename": str(tmp_path / "a" / "b"), "lineno": 3}) == "a/b:3"
    assert place({"filename": f"{tmp_path}x", "lineno": 3}) == f"{tmp_path}x:3"
    assert place({"filename": "<plugin>", "lineno": 0}) == "<plugin>"
    assert place(None) == ""


def test_stderr_says_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a message holds."""
    common.say_aside("a\nb\udcff")
    assert capsys.readouterr().err == "arledger: a\\nb\\udcff\n"
