# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings in the forms that other programs read: GitHub annotations, SARIF 2.1.0, JUnit XML.

Paths are relative to the repository, as those programs want them; a ledger outside of one has
paths relative to the current folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import attrs

from arledger import __version__
from arledger.cli.visible import shown
from arledger.findings import RULES, Finding, Severity, Translate
from arledger.fingerprint import VERSION, fingerprint

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


@attrs.frozen(eq=False)
class Report:
    """The findings of one ledger, and what is needed to say them."""

    ledger: Path
    findings: Sequence[Finding]
    translate: Translate

    @property
    def root(self) -> Path:
        """What its paths are relative to."""
        return repository_of(self.ledger)


def repository_of(ledger: Path) -> Path:
    """The working tree that a ledger lies in; the current folder where it lies in none."""
    folder = ledger.resolve().parent
    for one in (folder, *folder.parents):
        if (one / ".git").exists():
            return one
    return Path.cwd()


def relative(file: str, root: Path) -> str:
    """A path with slashes, relative to `root` where it is below it."""
    path = Path(os.path.realpath(file))
    try:
        return path.relative_to(os.path.realpath(root)).as_posix()
    except ValueError:
        return path.as_posix()


# GitHub.


def _property(text: str) -> str:
    """A value between the command's name and its message."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    """The message. Only these three characters end a command or begin another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github(reports: Iterable[Report]) -> str:
    """A workflow command a finding: GitHub shows it beside the line in the pull request."""
    lines = []
    for report in reports:
        for found in report.findings:
            where = ""
            if found.file:
                where = f"file={_property(relative(found.file, report.root))},"
                where += f"line={found.line}," if found.line else ""
            message = found.text.render(report.translate) + "\n" + found.remedy_in(report.translate)
            command = _COMMANDS[found.severity]
            lines.append(f"::{command} {where}title={_property(found.rule)}::{_data(message)}\n")
    return "".join(map(_printable, lines))


def _printable(line: str) -> str:
    """A line whose control characters can be seen; its own end is kept."""
    return shown(line.removesuffix("\n")) + "\n"


# SARIF.


def sarif(reports: Sequence[Report]) -> str:
    """A SARIF 2.1.0 log with one run; info is a note."""
    used = sorted({found.rule for report in reports for found in report.findings})
    translate: Translate = reports[0].translate if reports else str
    log = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "arledger",
                        "semanticVersion": __version__,
                        "rules": [_rule(rule, translate) for rule in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(found, report, used) for report in reports for found in report.findings
                ],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(rule: str, translate: Translate) -> dict[str, Any]:
    row = RULES[rule]
    return {
        "id": rule,
        "shortDescription": {"text": translate(row.meaning)},
        "help": {"text": translate(row.remedy)},
        "defaultConfiguration": {"level": _LEVELS[row.severity]},
    }


def _result(found: Finding, report: Report, rules: Sequence[str]) -> dict[str, Any]:
    message = found.text.render(report.translate) + ". " + found.remedy_in(report.translate)
    # `[text](target)` would be shown as a link.
    message = message.replace("](", "] (")
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": rules.index(found.rule),
        "level": _LEVELS[found.severity],
        "message": {"text": message},
        "partialFingerprints": {VERSION: fingerprint(found)},
    }
    if found.file:
        location: dict[str, Any] = {"artifactLocation": {"uri": uri_of(found.file, report.root)}}
        if found.line:
            location["region"] = {"startLine": found.line}
        result["locations"] = [{"physicalLocation": location}]
    about = {"customer": found.customer, "item": found.item, "date": found.date.isoformat()}
    result["properties"] = {key: value for key, value in about.items() if value is not None}
    return result


def uri_of(file: str, root: Path) -> str:
    """A relative reference, percent-encoded; a file outside of the root by its whole path."""
    path = relative(file, root)
    encoded = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded


# JUnit.

# What XML 1.0 can't hold at all.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[Report], failing: Iterable[Severity]) -> str:
    """A test suite a ledger, a test case a finding; the grave ones are failures.

    A ledger without findings is one test that passes.
    """
    failing = frozenset(failing)
    root = ET.Element("testsuites", name="arledger")
    total = failed = 0
    for report in reports:
        name = relative(str(report.ledger), report.root)
        cases = [_case(found, report, name, failing) for found in report.findings]
        bad = sum(1 for found in report.findings if found.severity in failing)
        cases = cases or [ET.Element("testcase", classname=_clean(name), name="check", time="0")]
        counts = {"tests": str(len(cases)), "failures": str(bad), "errors": "0", "skipped": "0"}
        suite = ET.SubElement(root, "testsuite", {"name": _clean(name), **counts, "time": "0"})
        suite.extend(cases)
        total, failed = total + len(cases), failed + bad
    root.set("tests", str(total))
    root.set("failures", str(failed))
    root.set("errors", "0")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(found: Finding, report: Report, name: str, failing: frozenset[Severity]) -> ET.Element:
    where = f"{relative(found.file, report.root)}:{found.line}" if found.file else name
    case = ET.Element(
        "testcase", classname=_clean(name), name=_clean(f"{found.rule} {where}"), time="0"
    )
    message = _clean(found.text.render(report.translate))
    remedy = _clean(found.remedy_in(report.translate))
    if found.severity in failing:
        failure = ET.SubElement(case, "failure", type=found.rule, message=message)
        failure.text = f"{_clean(where)}\n{message}\n{remedy}"
    else:
        out = ET.SubElement(case, "system-out")
        out.text = f"{_clean(where)}\n{message}\n{remedy}"
    return case


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
