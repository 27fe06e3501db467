# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule has ledgers that trigger exactly it, and neighbours that trigger nothing.

`ledgers/findings/RULE.beancount`, `RULE.2.beancount`, … and beside each its `….ok.beancount`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arledger.check import find
from arledger.findings import RULES, SEVERITIES, Finding
from arledger.load import Ledger, load

FOLDER = Path(__file__).resolve().parent.parent / "ledgers" / "findings"
LINES_MAX = 33
NAME = re.compile(r"(?P<rule>[a-z]+(?:-[a-z]+)*)(?:\.(?P<count>[2-9]|[1-9][0-9]))?(?P<ok>\.ok)?")

ALL = sorted(path.name.removesuffix(".beancount") for path in FOLDER.glob("*.beancount"))
WRONG = [name for name in ALL if not name.endswith(".ok")]
MENDED = [name for name in ALL if name.endswith(".ok")]


def path_of(name: str) -> Path:
    """The file of a ledger."""
    return FOLDER / f"{name}.beancount"


def rule_of(name: str) -> str:
    """The rule that a ledger is about."""
    match = NAME.fullmatch(name)
    assert match is not None, f"{name} is named neither RULE, RULE.2 nor RULE.ok"
    return match["rule"]


def findings_of(ledger: Ledger) -> tuple[Finding, ...]:
    """Everything found up to the ledger's latest date, Beancount's own errors among it."""
    return find(ledger.subledger, extra=(*ledger.errors, *ledger.notes))


def place_of(found: Finding) -> str:
    """The line that a finding points at."""
    lines = Path(found.file).read_text("utf-8").splitlines()
    assert 1 <= found.line <= len(lines), f"{found.file} has no line {found.line}"
    return lines[found.line - 1]


def test_every_rule_has_a_ledger_and_a_neighbour() -> None:
    assert {rule_of(name) for name in WRONG} == set(RULES)
    assert set(RULES) <= set(WRONG), "the first ledger of a rule has its plain name"


def test_every_ledger_has_its_neighbour() -> None:
    assert sorted(f"{name}.ok" for name in WRONG) == MENDED


def test_ledgers_of_a_rule_are_numbered_without_gaps() -> None:
    for rule in RULES:
        count = sum(rule_of(name) == rule for name in WRONG)
        expected = {rule, *(f"{rule}.{number}" for number in range(2, count + 1))}
        assert {name for name in WRONG if rule_of(name) == rule} == expected


@pytest.mark.parametrize("name", WRONG)
def test_the_ledger_triggers_exactly_its_rule(name: str) -> None:
    ledger = load(path_of(name))
    assert ledger.complete
    assert {found.rule for found in findings_of(ledger)} == {rule_of(name)}


@pytest.mark.parametrize("name", MENDED)
def test_the_neighbour_triggers_nothing(name: str) -> None:
    ledger = load(path_of(name))
    assert ledger.complete
    assert findings_of(ledger) == ()


@pytest.mark.parametrize("name", WRONG)
def test_the_finding_says_where_it_is_and_how_to_mend_it(name: str) -> None:
    """A place in the ledger that can be edited, what is wrong there, and what to do."""
    findings = findings_of(load(path_of(name)))
    assert findings
    for found in findings:
        assert found.severity in SEVERITIES
        assert FOLDER in Path(found.file).parents
        place = place_of(found).strip()
        assert place
        assert not place.startswith(";")
        for text in (found.message, found.remedy):
            assert text == " ".join(text.split()), "one line, without gaps"
            assert not re.search(r"[{}\0]|\bNone\b", text), "every place is filled"
            assert len(text.split()) >= 3, "a sentence, not a word"
            assert text[-1] not in ";,", "the sentence is complete"
        assert found.remedy[0].isupper()
        assert found.remedy.endswith(".")


@pytest.mark.parametrize("name", ALL)
def test_the_ledger_is_small_and_says_what_it_shows(name: str) -> None:
    lines = path_of(name).read_text("utf-8").splitlines()
    assert re.fullmatch(r"; [A-Z].*\.", lines[0]), "the first line is a comment of one sentence"
    assert len(lines) <= LINES_MAX


@pytest.mark.parametrize("name", WRONG)
def test_the_neighbour_is_near(name: str) -> None:
    """Most of what stands in the ledger stands in its neighbour as well."""
    wrong, mended = (
        [line for line in path_of(each).read_text("utf-8").splitlines()[1:] if line]
        for each in (name, f"{name}.ok")
    )
    assert wrong != mended
    shared = sum(line in mended for line in wrong)
    assert shared * 2 > len(wrong)
