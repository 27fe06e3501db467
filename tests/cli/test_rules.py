# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger rules`, and its examples: the ledgers in ledgers/findings/, one per rule.

cli/examples.py is made of them:  python tests/cli/test_rules.py cli/examples.py
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

from arledger.findings import RULES

FINDINGS = Path(__file__).resolve().parents[2] / "ledgers" / "findings"

HEAD = '''\
# SPDX-License-Identifier: GPL-2.0-or-later
"""A small ledger per rule that triggers it: `arledger rules RULE` shows it.

Made of ledgers/findings/ by tests/cli/test_rules.py, which also tells when the two differ.
"""

EXAMPLES: dict[str, str] = {
'''


def examples() -> dict[str, str]:
    """The first ledger of each rule; what it includes stands below it."""
    found = {}
    for rule in sorted(RULES):
        path = FINDINGS / f"{rule}.beancount"
        if path.exists():
            text = path.read_text(encoding="utf-8")
            included = path.parent / "include" / path.name
            if included.exists():
                text += f"\n; include/{path.name}:\n" + included.read_text(encoding="utf-8")
            found[rule] = text
    return found


def module() -> str:
    """cli/examples.py as it should be."""
    entries = []
    for rule, text in examples().items():
        escaped = text.replace("\\", "\\\\").replace('"""', '\\"""')
        entries.append(f'    "{rule}": """\\\n{escaped}""",\n')
    text = HEAD + "".join(entries) + "}\n"
    if max(map(len, text.splitlines())) > 100:
        text = text.replace('"""', '# ruff: noqa: E501\n"""', 1)
    return text


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(module(), encoding="utf-8")
    raise SystemExit

from arledger.cli.examples import EXAMPLES  # noqa: E402 - about to be made, above
from tests.cli.support import ask, invoke  # noqa: E402


def test_every_rule_is_listed() -> None:
    """In the order of the table, with an example each; there is no ledger and no day."""
    answer = ask("rules")
    assert [row["rule"] for row in answer["rules"]] == list(RULES)
    assert answer["as_of"] is None
    for row in answer["rules"]:
        rule = RULES[row["rule"]]
        assert (row["severity"], row["meaning"]) == (rule.severity, rule.meaning)
        assert row["remedy"] == rule.remedy


def test_examples_are_the_ledgers_of_the_findings() -> None:
    """Letter by letter; a rule that has a ledger has an example."""
    assert examples() == EXAMPLES


def test_one_rule_in_full() -> None:
    """With its example ledger."""
    done = invoke("rules", "pad")
    lines = done.stdout.splitlines()
    assert lines[0] == "pad"
    assert lines[1] == "severity: error"
    assert lines[4] == "example:"
    assert "  2024-01-01 pad Assets:Receivable:Acme Equity:Opening" in lines
    (row,) = ask("rules", "pad")["rules"]
    assert row["example"] == examples()["pad"]


def test_table() -> None:
    """A line a rule."""
    done = invoke("rules")
    assert done.exit_code == 0
    assert done.stdout.startswith("Rules\n\nrule ")
    assert sum(line.startswith(tuple(RULES)) for line in done.stdout.splitlines()) >= len(RULES)


def test_csv() -> None:
    """A line a rule."""
    done = invoke("rules", "--format", "csv")
    rows = list(csv.DictReader(done.stdout.splitlines(keepends=True)))
    assert [row["rule"] for row in rows] == list(RULES)


@pytest.mark.parametrize(("typed", "meant"), [("limit-exeeded", "limit-exceeded"), ("PAD", "pad")])
def test_an_unknown_rule(typed: str, meant: str) -> None:
    """One line with the nearest, status 2."""
    done = invoke("rules", typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (f'arledger: there is no rule "{typed}"; did you mean "{meant}"?\n')


def test_a_rule_like_none() -> None:
    """Nothing is proposed."""
    assert invoke("rules", "zzz").stderr == 'arledger: there is no rule "zzz"\n'
