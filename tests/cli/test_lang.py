# SPDX-License-Identifier: GPL-2.0-or-later
"""Other languages: every sentence of the source has a translation with the same places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import click
import pytest

import arledger
from arledger.cli.help import Command, cells, sentences, wrapped
from arledger.cli.lang import LANGUAGES, catalogue, language, translator
from arledger.cli.main import COMMANDS, main
from arledger.findings import RULES
from tests.cli.support import HUADONG, ask, invoke

PACKAGE = Path(arledger.__file__).parent
CHINESE = [name for name in LANGUAGES if name != "en"]


def sources() -> Iterator[Path]:
    """The library's files and its leaves'; a leaf may be a link in the checkout."""
    for folder in (PACKAGE, PACKAGE / "cli", PACKAGE / "plugins"):
        yield from sorted(folder.glob("*.py"))
    for folder in (PACKAGE / "language", PACKAGE / "subledger", PACKAGE / "reconciliation"):
        yield from sorted(folder.rglob("*.py"))


def calls(path: Path) -> Iterator[ast.expr]:
    """The template of each `say(…)`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "say":
                yield node.args[0]


@cache
def templates() -> frozenset[str]:
    """Every sentence that can be said, in English."""
    said = {
        node.value
        for path in sources()
        for node in calls(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    rules = {text for rule in RULES.values() for text in (rule.meaning, rule.remedy)}
    helps = {text for command in commands().values() for text in sentences(command)}
    return frozenset(said | rules | helps) - {""}


def commands() -> dict[str, Command]:
    """The command of commands, and each command by its name."""
    ctx = click.Context(main)
    found = {"": main, **{name: main.get_command(ctx, name) for name in main.list_commands(ctx)}}
    assert len(found) > 1
    return {name: one for name, one in found.items() if isinstance(one, Command)}


def places(template: str) -> set[str]:
    """The names of a sentence's places for values."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_a_sentence_is_written_where_it_is_said() -> None:
    """A template that is put together can't be translated."""
    for path in sources():
        for node in calls(path):
            assert isinstance(node, ast.Constant), f"{path.name}:{node.lineno}"


def test_there_are_sentences() -> None:
    """Were none found, the tests below would prove nothing."""
    assert len(templates()) > 200


@pytest.mark.parametrize("lang", CHINESE)
def test_every_sentence_is_translated(lang: str) -> None:
    """And nothing is left over from a sentence that is no more."""
    known = set(catalogue(lang))
    assert sorted(templates() - known) == []
    assert sorted(known - templates()) == []


@pytest.mark.parametrize("lang", CHINESE)
def test_translations_have_the_same_places(lang: str) -> None:
    """A value dropped or misspelt would be lost or raise."""
    wrong = {
        template: sentence
        for template, sentence in catalogue(lang).items()
        if template in templates()
        if not template_of_code(template) and places(template) != places(sentence)
    }
    assert wrong == {}


def template_of_code(template: str) -> bool:
    """A rule's meaning and remedy are never formatted: braces in them are braces."""
    return any(template in (rule.meaning, rule.remedy) for rule in RULES.values())


@pytest.mark.parametrize("lang", CHINESE)
def test_code_is_not_translated(lang: str) -> None:
    """What is quoted as ledger text or as a command stands in the translation as it is."""
    code = re.compile(r"`[^`]+`")
    for template, sentence in catalogue(lang).items():
        assert sorted(code.findall(sentence)) == sorted(code.findall(template)), template


def test_characters_of_the_right_script() -> None:
    """A few that tell the two apart."""
    assert "应收" in "".join(catalogue("zh-CN").values())
    assert "應收" in "".join(catalogue("zh-TW").values())
    simplified = set("账应额转项贷")
    assert not simplified & set("".join(catalogue("zh-TW").values()))
    assert not set("帳應額轉項貸") & set("".join(catalogue("zh-CN").values()))


@pytest.mark.parametrize(
    ("asked", "environment", "found"),
    [
        (None, {}, "en"),
        ("zh-TW", {"LANG": "en_US.UTF-8"}, "zh-TW"),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        (None, {"LANG": "zh_TW.UTF-8"}, "zh-TW"),
        (None, {"LANG": "zh_HK.UTF-8"}, "zh-TW"),
        (None, {"LANG": "zh_SG"}, "zh-CN"),
        (None, {"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "en_US"}, "zh-CN"),
        (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_language(asked: str | None, environment: Mapping[str, str], found: str) -> None:
    """What is asked for, else the environment's where it is Chinese, else English."""
    assert language(asked, environment) == found


def test_a_sentence_without_translation_stays_english() -> None:
    """Better than nothing."""
    assert translator("zh-CN")("never heard of") == "never heard of"
    assert translator("en")("total") == "total"


WRONG = """\
2024-01-01 open Assets:Receivable:C001
  customer: "C001"
2024-01-01 custom "ar-option" "receivable-accounts" "nowhere"
2024-01-02 custom "credit-limit" Assets:Receivable:C001 "much"
2024-01-03 custom "payment-terms" Assets:Receivable:C001 "net soon"
2024-01-04 custom "payment-terms" "C01" "net 30"
"""


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "zh-CN",
            [
                '选项 "receivable-accounts": 科目必须写科目名',
                "credit-limit: 信用额度必须是带币种的数字，如 50000.00 CNY",
                "付款条件：'net soon': 看不懂 'soon'；写法例如 ",
                '没有科目写有 customer: "C01"；是不是 "C001"？',
            ],
        ),
        (
            "zh-TW",
            [
                '選項 "receivable-accounts": 科目必須寫科目名',
                "credit-limit: 信用額度必須是帶幣別的數字，如 50000.00 CNY",
                "付款條件：'net soon': 看不懂 'soon'；寫法例如 ",
                '沒有科目寫有 customer: "C01"；是不是 "C001"？',
            ],
        ),
    ],
)
def test_a_sentence_within_a_sentence_is_translated(
    lang: str, said: list[str], tmp_path: Path
) -> None:
    """What is wrong with a value: what it is, and why it can't be read."""
    path = tmp_path / "main.beancount"
    path.write_text(WRONG, encoding="utf-8")
    answer = ask("check", path, "--lang", lang, status=1)
    messages = [found["message"] for found in answer["findings"]]
    assert len(messages) == len(said)
    for message, begins in zip(messages, said, strict=True):
        assert message.startswith(begins)


def test_a_ledger_that_cannot_be_read(tmp_path: Path) -> None:
    """Said in the language of the answer, like the answer itself."""
    nowhere = tmp_path / "nowhere.beancount"
    latin = tmp_path / "latin.beancount"
    latin.write_bytes(b"; caf\xe9\n")
    for path, said in (
        (nowhere, f"{nowhere}: 没有这个文件或文件夹"),
        (tmp_path, f"{tmp_path}: 是文件夹；请写明账本的顶层文件"),
        (latin, f"{latin}:1: 不是 UTF-8 文本；请把文件存为 UTF-8"),
    ):
        done = invoke("aging", path, "--lang", "zh-CN")
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"arledger: {said}\n"


def test_tables_speak_chinese() -> None:
    """Headings, totals and what the answer speaks of; widths still fit."""
    options = ("--as-of", "2025-06-30", "--customer", "C020", "--lang", "zh-CN")
    done = invoke("aging", HUADONG, *options)
    assert done.stdout.splitlines() == [
        "账龄分析：按客户 - 上海华东机械贸易有限公司",
        "截至 2025-06-30 · 按到期日",
        "",
        "CNY",
        "客户  名称                  未到期       1-30  31-60  61-90        91+  未核销        合计",
        "----  --------------------  ------  ---------  -----  -----  ---------  ------  ----------",
        "C020  万通路桥建设有限公司       -  64,975.00      -      -  83,000.00       -  147,975.00",
        "----  --------------------  ------  ---------  -----  -----  ---------  ------  ----------",
        "合计                          0.00  64,975.00   0.00   0.00  83,000.00    0.00  147,975.00",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_json_keys_are_the_same_in_every_language(lang: str) -> None:
    """Only message and remedy follow the language."""
    (found,) = ask("check", HUADONG, "--lang", lang)["findings"]
    assert found["rule"] == "small-difference"
    assert (
        found["message"]
        == {
            "en": "INV-2409-005: the 20.00 CNY left open is within the tolerance",
            "zh-CN": "INV-2409-005: 剩余 20.00 CNY 在容差之内",
            "zh-TW": "INV-2409-005: 剩餘 20.00 CNY 在容差之內",
        }[lang]
    )


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where --lang doesn't."""
    monkeypatch.setenv("LANG", "zh_TW.UTF-8")
    assert "規則" in invoke("rules").stdout


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "command",
    ["check", "open-items", "aging", "credit", "allowance", "advances", "statement", "rules"],
)
def test_every_command_in_every_language(command: str, lang: str) -> None:
    """No sentence misses a value."""
    ledger: list[str | Path] = (
        [] if command == "rules" else [HUADONG, "--as-of", "2024-12-31", "--explain"]
    )
    done = invoke(command, *ledger, "--lang", lang)
    assert done.exit_code == 0, done.output
    assert "{" not in done.output


# The help.

# What is the same in each language: products, formats, and what a value is called.
NAMES = frozenset(
    [
        "git",
        "Beancount",
        "CSV",
        "UTF",
        "LANG",
        "FILE",
        "FROM",
        "RULE",
        "en",
        "amount",
        "date",
        "gb",
        "ref",
    ]
)
CODE = re.compile(
    r"""custom\s"ar-option".*?"LEVEL"   # quoted as a ledger writes it
    | --?[a-z][a-z-]*                   # an option
    | [a-z0-9]+(,[0-9]+y?)+             # edges of buckets
    | :[a-z-]+\]                        # a default, one of the values
    """,
    re.VERBOSE,
)


def helped(command: str, *options: str) -> str:
    """What `--help` prints, in a terminal of some width."""
    done = invoke(*([command] if command else []), "--help", *options)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def test_every_command_can_be_helped_in_every_language() -> None:
    """One made by click alone would speak English only."""
    assert set(commands()) == {"", *COMMANDS}


@pytest.mark.parametrize("lang", CHINESE)
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_english_word_is_left_in_the_help(command: str, lang: str) -> None:
    """But names: of options, of what stands for their values, of products and formats."""
    text = "\n".join(_said(helped(command, "--lang", lang)))
    words = re.findall(r"[A-Za-z][A-Za-z']+", CODE.sub(" ", text.replace("：", ":")))
    assert sorted(set(words) - NAMES) == []
    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 60


def _said(text: str) -> Iterator[str]:
    """What a help says in words: no usage, no names, no examples, no broken lines."""
    lines = iter(text.splitlines())
    next(lines)
    before = ""
    for line in lines:
        if line in {"  示例：", "  範例："}:
            break
        # Names stand two from the left, with two blanks and the text behind them or nothing.
        name = re.match(r"  (-\S.*?|[a-z-]+)(  +|$)", line)
        here = line[name.end() :] if name else line.strip()
        if name or not here:
            yield before
            before = ""
        before += here if not before or not before[-1].isascii() else " " + here
    yield before


@pytest.mark.parametrize("lang", CHINESE)
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_help_fits(command: str, lang: str) -> None:
    """Chinese characters fill two cells; the examples are as long as they are."""
    text = helped(command, "--lang", lang).partition("  示例：")[0].partition("  範例：")[0]
    assert max(map(cells, text.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments",
    [
        ("aging", "--help", "--lang", "zh-TW"),
        ("aging", "--lang=ZH-tw", "-h"),
        ("--lang", "zh-TW", "aging", "--help"),
        ("aging", "--lang", "en", "--help", "--lang", "zh-TW"),
    ],
)
def test_the_help_speaks_the_language_asked_for(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever on the line it is asked for; the last one counts."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "未清金額" in invoke(*arguments).stdout


def test_the_help_speaks_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing asks for another; a language that is none asks for nothing."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "预收账款" in helped("")
    assert "What is open" in helped("open-items", "--lang", "en")
    assert "未清项" in helped("open-items", "--lang", "xx")
    assert "用法：arledger" in invoke().output


def test_the_language_before_the_command_is_that_of_the_answer() -> None:
    """And the command's own goes before it."""
    asked = ("rules", "no-due-date")
    assert "规则" not in invoke("--lang", "en", *asked).stdout
    assert "含义" in invoke("--lang", "zh-CN", *asked).stdout
    assert "含義" in invoke("--lang", "zh-CN", *asked, "--lang", "zh-TW").stdout


def test_where_a_line_may_end() -> None:
    """Between words, between characters; never before a closing mark or after an opening one."""
    assert list(wrapped("one two three", 8)) == ["one two", "three"]
    assert list(wrapped("未清金额，按逾期", 8)) == ["未清金", "额，按逾", "期"]
    assert list(wrapped("按（日）算", 4)) == ["按", "（日）", "算"]
    assert list(wrapped("", 8)) == []
