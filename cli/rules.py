# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger rules`: what is looked for, how grave it is, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common, json_out
from arledger.cli.help import Command
from arledger.findings import RULES, Rule, Text, say

if TYPE_CHECKING:
    from arledger.cli.csv_out import Cell
    from arledger.cli.tables import Page

KEYS = ("rule", "severity", "area", "meaning", "remedy", "example")


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger rules
  arledger rules limit-exceeded
  arledger rules --format json
""",
)
@click.argument("rule", required=False)
@common.request("table", "json", "csv", ledger=False)
def rules(asked: common.Request, rule: str | None) -> int:
    """The catalogue of findings: severity, meaning, remedy, example.

    With RULE, that one in full. A ledger changes a severity, or turns a rule off, with
    custom "ar-option" "severity" "RULE" "LEVEL".
    """
    said = _Rules(asked, list(RULES.values()) if rule is None else [_one(asked, rule)])
    page = said.page if rule is None else said.full
    common.deliver(asked, common.Answer(said.json, page, said.csv))
    return common.FINE


def _one(asked: common.Request, rule: str) -> Rule:
    found = RULES.get(rule)
    if found is None:
        import difflib

        alike = difflib.get_close_matches(rule.casefold(), RULES, 1, 0.5)
        near = say('; did you mean "{meant}"?', meant=alike[0]) if alike else say("")
        raise asked.refuse(say('there is no rule "{rule}"{near}', rule=rule, near=near))
    return found


@attrs.frozen(eq=False)
class _Rules:
    """The catalogue in its forms."""

    asked: common.Request
    rules: Sequence[Rule]

    def _fields(self, rule: Rule) -> dict[str, Any]:
        from arledger.cli.examples import EXAMPLES

        return {
            "rule": rule.id,
            "severity": rule.severity,
            "area": rule.area,
            "meaning": self.asked.translate(rule.meaning),
            "remedy": self.asked.translate(rule.remedy),
            "example": EXAMPLES.get(rule.id),
        }

    def json(self) -> dict[str, Any]:
        """The catalogue speaks of no ledger and no day."""
        return {
            "schema": json_out.SCHEMA,
            "complete": True,
            "as_of": None,
            "rules": [self._fields(rule) for rule in self.rules],
        }

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line a rule."""
        lines = (self._fields(rule) for rule in self.rules)
        return KEYS, ([fields[key] for key in KEYS] for fields in lines)

    def page(self) -> Page:
        """A line or two a rule."""
        from arledger.cli import words
        from arledger.cli.tables import Column, Page, Row, Table

        heads = words.headings(self.asked, [say("rule"), say("severity"), say("meaning")])
        columns = [Column(heads[0]), Column(heads[1]), Column(heads[2], fold=True)]
        rows = [
            Row(
                [
                    rule.id,
                    self.asked.text(words.SEVERITIES[rule.severity]),
                    self.asked.translate(rule.meaning),
                ],
            )
            for rule in self.rules
        ]
        header = self.asked.text(say("Rules"))
        note = self.asked.text(say("`arledger rules RULE` shows how to mend it, and an example"))
        return Page([header], [Table(columns, rows)], [note])

    def full(self) -> Page:
        """One rule, with its example ledger."""
        from arledger.cli import words
        from arledger.cli.tables import Page

        (rule,) = self.rules
        fields = self._fields(rule)
        pairs: list[tuple[Text, str]] = [
            (say("severity"), self.asked.text(words.SEVERITIES[rule.severity])),
            (say("meaning"), fields["meaning"]),
            (say("remedy"), fields["remedy"]),
        ]
        lines = [f"{self.asked.text(text)}: {value}" for text, value in pairs]
        if fields["example"]:
            lines.append(self.asked.text(say("example:")))
            lines += ["  " + line for line in str(fields["example"]).splitlines()]
        return Page([rule.id, *lines], [])
