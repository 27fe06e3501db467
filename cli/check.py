# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger check`: the findings of one or several ledgers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common, json_out
from arledger.cli.help import Command
from arledger.findings import SEVERITIES, Finding, Severity, say

if TYPE_CHECKING:
    from arledger.load import Ledger

NEVER = "never"


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger check ledger.beancount
  arledger check books/*.beancount --fail-on warning
  arledger check ledger.beancount --as-of 2024-12-31 --format json
  arledger check ledger.beancount --since origin/main --format github
  arledger check ledger.beancount --format sarif --output findings.sarif
""",
)
@click.argument("ledgers", nargs=-1, required=True, metavar="LEDGER...")
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, NEVER]),
    default="error",
    show_default=True,
    help="End with status 1 for findings of this severity or graver.",
)
@click.option(
    "--since",
    metavar="REV",
    help="Only findings that this git revision didn't have; moved lines don't count.",
)
@common.request("text", "json", "github", "sarif", "junit", question=False)
def check(asked: common.Request, ledgers: Sequence[str], fail_on: str, since: str | None) -> int:
    """What is wrong or worth knowing: file, line, and how to mend it.

    Beancount's own errors are among the findings. With --customer only the findings that are
    about those customers.
    """
    said = _Check(asked, list(_checked(asked, ledgers)))
    if not said.checked:
        return common.UNUSABLE
    if since is not None:
        said = _Check(asked, [_since(asked, one, since) for one in said.checked])
    said = _Check(asked, [_traced(one) for one in said.checked])
    common.write_out(asked, said.in_form(fail_on))
    if len(said.checked) < len(ledgers) or not said.complete:
        return common.UNUSABLE
    return common.FOUND if said.fails(fail_on) else common.FINE


def _grave(fail_on: str) -> tuple[Severity, ...]:
    """The severities that make a check fail."""
    return tuple(one for at, one in enumerate(SEVERITIES) if fail_on in SEVERITIES[at:])


@attrs.frozen(eq=False)
class _Checked:
    """One ledger and what was found in it."""

    ledger: Ledger
    as_of: dt.date
    findings: Sequence[Finding]


def _checked(asked: common.Request, paths: Sequence[str]) -> Iterator[_Checked]:
    """Each ledger that can be read; the others get a line on stderr."""
    from arledger.check import find, latest_date

    ledgers = []
    for path in paths:
        common.not_over(asked, path)
    for path in paths:
        try:
            ledgers.append(common.load_quietly(asked, path))
        except common.Refusal as error:
            error.show()
    common.known_customers(asked, [ledger.subledger for ledger in ledgers])
    for ledger in ledgers:
        common.not_over_the_ledger(asked, ledger)
        subledger = ledger.subledger
        empty = subledger.books.latest is None
        as_of = asked.as_of or (common.today_is() if empty else latest_date(subledger))
        if not ledger.complete:
            common.note_errors(asked, ledger)
        common.note_no_accounts(asked, subledger)
        common.note_out_of_range(asked, subledger, as_of)
        found = find(subledger, as_of, extra=(*ledger.errors, *ledger.notes))
        wanted = asked.customers
        yield _Checked(ledger, as_of, tuple(f for f in found if not wanted or f.customer in wanted))


def _since(asked: common.Request, checked: _Checked, revision: str) -> _Checked:
    """What was found, less what the ledger's revision already had."""
    from arledger.cli.git import GitError
    from arledger.cli.revisions import ledgers_at
    from arledger.cli.snapshots import SnapshotError, reading
    from arledger.fingerprint import new_findings

    path = str(checked.ledger.path)
    try:
        with ledgers_at([path], revision) as at, reading(path, at, cache=asked.cache) as reader:
            known = reader.fingerprints(asked.as_of)
    except (GitError, SnapshotError) as error:
        raise asked.refuse(error.text) from error
    return attrs.evolve(checked, findings=new_findings(checked.findings, known))


def _traced(checked: _Checked) -> _Checked:
    """With the commit behind each broken seal; without one git is not asked."""
    if all(one.rule != "seal-broken" for one in checked.findings):
        return checked
    from arledger.cli.seal_history import traced

    return attrs.evolve(checked, findings=traced(checked.ledger, checked.findings))


@attrs.frozen(eq=False)
class _Check:
    """The answer in its forms."""

    asked: common.Request
    checked: Sequence[_Checked]

    @property
    def complete(self) -> bool:
        """Whether Beancount could read everything."""
        return all(one.ledger.complete for one in self.checked)

    @property
    def findings(self) -> list[Finding]:
        """Ledger by ledger, each in its defined order."""
        return [found for one in self.checked for found in one.findings]

    def counts(self) -> dict[str, int]:
        """How many of each severity."""
        grave = [found.severity for found in self.findings]
        return {severity: grave.count(severity) for severity in SEVERITIES}

    def fails(self, fail_on: str) -> bool:
        """Whether anything is as grave as that."""
        counts = self.counts()
        return any(counts[severity] for severity in _grave(fail_on))

    def in_form(self, fail_on: str) -> str:
        """The answer in the form asked for."""
        from arledger.cli import annotations

        if self.asked.format == "json":
            return json_out.document(self.json())
        if self.asked.format == "text":
            return self.text()
        reports = [
            annotations.Report(one.ledger.path, one.findings, self.asked.translate)
            for one in self.checked
        ]
        if self.asked.format == "github":
            return annotations.github(reports)
        if self.asked.format == "sarif":
            return annotations.sarif(reports)
        return annotations.junit(reports, _grave(fail_on))

    def json(self) -> dict[str, Any]:
        """The keys of the contract; `as_of` is the latest where ledgers end on several days."""
        from arledger.cli.at import at_fields
        from arledger.cli.rows import finding_fields, shown_file

        return {
            "schema": json_out.SCHEMA,
            "complete": self.complete,
            "as_of": max(one.as_of for one in self.checked).isoformat(),
            **at_fields(),
            "ledgers": [
                {
                    "file": shown_file(str(one.ledger.path)),
                    "complete": one.ledger.complete,
                    "as_of": one.as_of.isoformat(),
                }
                for one in self.checked
            ],
            "counts": self.counts(),
            "findings": [finding_fields(found, self.asked.translate) for found in self.findings],
        }

    def text(self) -> str:
        """Two lines a finding, in the form that editors take for a place; then the counts."""
        from arledger.cli.rows import place_of
        from arledger.cli.visible import visible
        from arledger.cli.words import SEVERITIES as WORDS

        lines = []
        for one in self.checked:
            for found in one.findings:
                where = place_of(found.file, found.line)
                message = self.asked.text(found.text)
                grave = self.asked.text(WORDS[found.severity])
                first = f"{where}: " if where else ""
                lines.append(visible(f"{first}{grave}: {message} [{found.rule}]"))
                lines.append("    " + visible(found.remedy_in(self.asked.translate)))
        counts = self.counts()
        days = sorted({one.as_of for one in self.checked})
        lines.append(
            self.asked.text(
                say(
                    "errors: {errors}, warnings: {warnings}, to know: {infos} (as of {days})",
                    errors=counts["error"],
                    warnings=counts["warning"],
                    infos=counts["info"],
                    days=", ".join(map(str, days)),
                )
            )
        )
        return "".join(line + "\n" for line in lines)
