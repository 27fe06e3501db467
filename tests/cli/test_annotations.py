# SPDX-License-Identifier: GPL-2.0-or-later
"""`check` for other programs: GitHub annotations, SARIF, JUnit; and what makes a finding the same."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import attrs
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator, FormatChecker

from arledger.check import find
from arledger.cli.main import main
from arledger.findings import RULES, Finding, finding, say
from arledger.fingerprint import fingerprint, new_findings
from arledger.load import load

HEAD = """\
2024-01-01 open Assets:Receivable:A1 EUR
  customer: "A1"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 custom "credit-limit" "A1" 100.00 EUR
"""
OVER = """\
2024-02-01 * "Sale, 100 % of it" ^INV-1
  Assets:Receivable:A1  150.00 EUR
    due: 2024-03-01
  Income:Sales
"""
NO_DUE = """\
2024-01-15 * "No due date" ^INV-2
  Assets:Receivable:A1  1.00 EUR
  Income:Sales
"""
IN_CREDIT = """\
2024-03-05 * "Paid far too much"
  Assets:Bank  500.00 EUR
  Assets:Receivable:A1
"""


def check(*args: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["check", *args], catch_exceptions=False)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a ledger in a folder whose name must be escaped, seen from elsewhere."""
    root = tmp_path / "books"
    folder = root / "账 100%, a:b"
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (folder / "main.beancount").write_text(HEAD + OVER + NO_DUE + IN_CREDIT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return root


@pytest.fixture
def ledger(repository: Path) -> str:
    """The path of its ledger."""
    return str(repository / "账 100%, a:b" / "main.beancount")


def test_github_annotations_name_the_line_in_the_repository(ledger: str) -> None:
    """One command a finding; what would end it is escaped; info is a notice."""
    lines = check(ledger, "--format", "github").stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::warning", "::error", "::notice"]
    place = "file=账 100%25%2C a%3Ab/main.beancount,line="
    assert all(place in line for line in lines)
    assert f"{place}7,title=limit-exceeded::A1: exposure 151.00 EUR" in lines[1]
    assert "%0A" in lines[1]


def test_a_hostile_name_makes_no_command_of_its_own(repository: Path) -> None:
    """Line breaks and colons in a ledger's text stay inside one message."""
    path = repository / "main.beancount"
    text = HEAD.replace('"A1"', '"A1\n::error file=x::owned"') + OVER
    path.write_text(text, encoding="utf-8")
    output = check(str(path), "--format", "github").stdout
    assert not [line for line in output.splitlines() if line.startswith("::error file=x")]
    assert (
        len(output.splitlines())
        == json.loads(check(str(path), "--format", "json").stdout)["counts"]["error"]
    )


# What of the published schema concerns us, as strict as it: no other keys.
SARIF: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
                                },
                            }
                        },
                    },
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "text": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string", "minLength": 1}},
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/text"},
                "help": {"$ref": "#/$defs/text"},
                "defaultConfiguration": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"level": {"$ref": "#/$defs/level"}},
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["message", "ruleId"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/text"},
                "properties": {"type": "object"},
                "partialFingerprints": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                },
                "locations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "physicalLocation": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {
                                    "artifactLocation": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {
                                            "uri": {
                                                "type": "string",
                                                "pattern": r"^[A-Za-z0-9._~/:%-]+$",
                                            }
                                        },
                                    },
                                    "region": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {
                                            "startLine": {"type": "integer", "minimum": 1}
                                        },
                                    },
                                },
                            }
                        },
                    },
                },
            },
        },
    },
}


def sarif(*ledgers: str) -> Any:
    """The one run of a log that keeps to the schema."""
    log = json.loads(check(*ledgers, "--format", "sarif").stdout)
    errors = Draft202012Validator(SARIF, format_checker=FormatChecker()).iter_errors(log)
    assert [error.message for error in errors] == []
    (run,) = log["runs"]
    return run


def test_sarif(ledger: str) -> None:
    """Levels, rules and percent-encoded places relative to the repository."""
    run = sarif(ledger)
    assert [result["level"] for result in run["results"]] == ["warning", "error", "note"]
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"] == RULES[rule["id"]].remedy
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert unquote(uri) == "账 100%, a:b/main.beancount"
    assert len({result["partialFingerprints"]["arledger/v1"] for result in run["results"]}) == 3


def test_sarif_of_several_ledgers_and_of_none_wrong(repository: Path, ledger: str) -> None:
    """One run for all; an empty list where nothing is found."""
    fine = repository / "fine.beancount"
    fine.write_text(HEAD, encoding="utf-8")
    assert sarif(str(fine))["results"] == []
    assert len(sarif(str(fine), ledger)["results"]) == 3


def test_junit(repository: Path, ledger: str) -> None:
    """A suite a ledger; what fails the check is a failure; a clean ledger is a test that passes."""
    fine = repository / "fine.beancount"
    fine.write_text(HEAD, encoding="utf-8")

    def suites(*args: str) -> list[tuple[str | None, str | None]]:
        result = check(ledger, str(fine), "--format", "junit", *args)
        root = ET.fromstring(result.stdout)  # noqa: S314 - our own
        assert root.tag == "testsuites"
        for suite in root:
            cases = suite.findall("testcase")
            assert suite.get("tests") == str(len(cases))
            assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert root.get("tests") == "4"
        return [(suite.get("tests"), suite.get("failures")) for suite in root]

    assert suites() == [("3", "1"), ("1", "0")]
    assert suites("--fail-on", "warning") == [("3", "2"), ("1", "0")]
    assert suites("--fail-on", "never") == [("3", "0"), ("1", "0")]


def test_junit_stays_well_formed_whatever_the_text(repository: Path) -> None:
    """Characters that no XML may hold are replaced."""
    path = repository / "main.beancount"
    path.write_text(HEAD.replace('"A1"', '"A1\x01<&]]>\ufffe"') + OVER, encoding="utf-8")
    root = ET.fromstring(check(str(path), "--format", "junit").stdout)  # noqa: S314 - our own
    assert "<&]]>" in "".join(failure.get("message", "") for failure in root.iter("failure"))


# --- what makes a finding the same ---


def found(path: str) -> list[Finding]:
    """The findings at a ledger's latest date."""
    return list(find(load(path).subledger))


def prints(path: str) -> list[str]:
    """The fingerprints of a ledger's findings."""
    return sorted(map(fingerprint, found(path)))


def test_moved_lines_and_files_change_no_fingerprint(ledger: str, repository: Path) -> None:
    """Comments above, another order, another file and another folder."""
    before = prints(ledger)
    other = repository / "moved" / "x.beancount"
    other.parent.mkdir()
    (other.parent / "part.beancount").write_text("; comment\n\n" + OVER, encoding="utf-8")
    other.write_text(IN_CREDIT + 'include "part.beancount"\n' + NO_DUE + HEAD, encoding="utf-8")
    assert prints(str(other)) == before


def test_later_entries_change_no_fingerprint(ledger: str) -> None:
    """What is true of the ledger's end stays the same finding while its figures move."""
    before = prints(ledger)
    with Path(ledger).open("a", encoding="utf-8") as file:
        file.write(IN_CREDIT.replace("2024-03-05", "2024-04-05"))
    assert prints(ledger) == before


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "on-hold"},
        {"customer": "C2"},
        {"item": "INV-9"},
        {"date": dt.date(2024, 2, 2)},
        {"text": say("{number} is wrong, first at {first}", number="INV-2", first="a.beancount:9")},
        {
            "text": say(
                "{number} was wrong, first at {first}", number="INV-1", first="a.beancount:9"
            )
        },
    ],
)
def test_other_findings_are_others(change: dict[str, Any]) -> None:
    """Rule, customer, item, day and cause each count; places don't."""
    text = say("{number} is wrong, first at {first}", number="INV-1", first="a.beancount:9")
    one = finding(
        "limit-exceeded",
        text,
        {"filename": "a", "lineno": 3},
        dt.date(2024, 2, 1),
        customer="C1",
        item="INV-1",
    )
    moved = attrs.evolve(
        one,
        file="b",
        line=300,
        text=say("{number} is wrong, first at {first}", number="INV-1", first="b/c.beancount:10"),
    )
    assert fingerprint(moved) == fingerprint(one)
    assert fingerprint(attrs.evolve(one, **change)) != fingerprint(one)


def test_new_findings_are_counted(ledger: str) -> None:
    """The same finding twice, where it was there once, is one new."""
    findings = found(ledger)
    known = [fingerprint(one) for one in findings]
    assert new_findings(findings, known) == []
    assert new_findings([*findings, findings[0]], known) == [findings[0]]
    assert new_findings(findings, known[1:]) == [findings[0]]
