# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger diff`: what a commit, or the work at hand, changes in items, exposure and allowance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common, json_out
from arledger.cli.help import Command
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.cli.rows import Money
    from arledger.cli.snapshots import Reader
    from arledger.comparison import Comparison

# What each changed policy does is reckoned by replaying the ledger once more for each of them.
EFFECTS_MAX = 25

# Of a digest like v1:sha256:6ca13d52ca70….
DIGEST_SHOWN = 22

CHANGES: Mapping[str, Text] = {
    "new": say("new"),
    "gone": say("gone"),
    "settled": say("settled"),
    "reopened": say("reopened"),
    "changed": say("changed"),
}


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger diff ledger.beancount HEAD
  arledger diff ledger.beancount main feature --format markdown
  arledger diff ledger.beancount 2025-01-15 --as-of 2024-12-31
""",
)
@click.argument("ledger")
@click.argument("older", metavar="REV")
@click.argument("newer", metavar="[REV]", required=False)
@click.option(
    "--as-of",
    "day",
    callback=common.day_of,
    metavar="DATE",
    help="The day to speak of. [default: the newer ledger's latest date]",
)
@click.option(
    "--customer",
    "only",
    multiple=True,
    metavar="ID",
    help="Only this customer; may be repeated.",
)
@common.cache_option()
@common.request("table", "json", "markdown", ledger=False)
def diff(
    asked: common.Request,
    ledger: str,
    older: str,
    newer: str | None,
    day: dt.date | None,
    only: Sequence[str],
) -> int:
    """What changes between two git revisions, or between one and the files as they are now.

    Items new, settled and changed; customers' buckets, exposure and headroom; limits, terms and
    rates with who approved them and what each does; the allowance and its effect on the result;
    findings new and gone. Both sides speak of the same day.
    """
    from arledger.cli.git import GitError
    from arledger.cli.snapshots import SnapshotError

    try:
        with ExitStack() as stack:
            said = _compared(stack, asked, (ledger, older, newer), day, only)
    except (GitError, SnapshotError) as error:
        raise asked.refuse(error.text) from error
    if asked.format == "json":
        common.write_out(asked, json_out.document(said.json()))
    elif asked.format == "markdown":
        from arledger.cli.markdown import document

        common.write_out(asked, document(said.title, said.speaks_of, said.sections, said.nothing))
    else:
        common.write_out(asked, common.page_text(asked, said.page()))
    return common.FINE if said.complete else common.UNUSABLE


def _compared(
    stack: ExitStack,
    asked: common.Request,
    what: tuple[str, str, str | None],
    as_of: dt.date | None,
    customers: Sequence[str],
) -> _Diff:
    """Read both sides at the same time, and compare them as of one day."""
    from arledger.cli.revisions import ledgers_at
    from arledger.cli.rows import Money
    from arledger.cli.snapshots import reading, snapshots
    from arledger.comparison import compare

    path, older, newer = what
    ats = [stack.enter_context(ledgers_at([path], older)), None]
    if newer is not None:
        ats[1] = stack.enter_context(ledgers_at([path], newer))
    # The older one is asked for again, when the next change is compared with it.
    readers = [
        stack.enter_context(reading(path, at, cache=asked.cache, passing=at is ats[1]))
        for at in ats
    ]
    latest = [reader.latest() for reader in readers]
    day = as_of or latest[1]
    before, after = snapshots(readers, day)
    found = compare(before, after)
    effects = _effects(readers[1], found, day, asked)
    names = [
        {"revision": at.revision, "commit": at.commit, "date": at.date.isoformat()} if at else None
        for at in ats
    ]
    # Where only one of them sets the digits of a currency, they serve both.
    money = Money({**before["precision"], **after["precision"]})
    return _Diff(asked, names, day, before, after, found, effects, frozenset(customers), money)


def _effects(
    newer: Reader, found: Comparison, day: dt.date, asked: common.Request
) -> list[dict[str, Any]]:
    """What each changed policy does; the first of many only."""
    if len(found.policies) > EFFECTS_MAX:
        asked.note(
            say(
                "of {count} changed policies the effects of the first {most} are reckoned",
                count=len(found.policies),
                most=EFFECTS_MAX,
            )
        )
    return [
        newer.effect(day, _text(one.after), _text(one.before))
        for one in found.policies[:EFFECTS_MAX]
    ]


def _text(policy: Mapping[str, Any] | None) -> str | None:
    return None if policy is None else str(policy["text"])


@attrs.frozen
class Section:
    """A part of the answer: a title and a table, in words."""

    title: str
    headings: Sequence[str]
    figures: frozenset[int]
    rows: Sequence[Sequence[str]]


@attrs.frozen(eq=False, slots=False)
class _Diff:
    """The answer in its forms."""

    asked: common.Request
    names: Sequence[Mapping[str, str] | None]
    as_of: dt.date
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    found: Comparison
    effects: Sequence[Mapping[str, Any]]
    customers: frozenset[str]
    money: Money

    @property
    def complete(self) -> bool:
        """Whether Beancount could read everything of both."""
        return bool(self.before["complete"] and self.after["complete"])

    def _wanted(self, customer: str | None) -> bool:
        return not self.customers or customer in self.customers

    # JSON.

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        found = self.found
        return {
            "schema": json_out.SCHEMA,
            "complete": self.complete,
            "as_of": self.as_of.isoformat(),
            "from": self.names[0],
            "to": self.names[1],
            "items": list(self._items()),
            "customers": [
                {
                    "customer": one.customer,
                    "name": one.name,
                    "currency": one.currency,
                    "before": self._amounts(one.before, one.currency),
                    "after": self._amounts(one.after, one.currency),
                }
                for one in found.customers
                if self._wanted(one.customer)
            ],
            "policies": list(self._policies()),
            "closings": list(self._closings()),
            "allowance": [
                {
                    "currency": one.currency,
                    "before": self._amounts(one.before, one.currency),
                    "after": self._amounts(one.after, one.currency),
                    "result": self.money.plain(one.result, one.currency),
                }
                for one in found.allowance
            ],
            "findings": {
                "new": list(self._findings(found.new_findings)),
                "gone": list(self._findings(found.gone_findings)),
            },
        }

    def _items(self) -> Iterator[dict[str, Any]]:
        for one in self.found.items:
            if self._wanted(one.customer):
                yield {
                    "item": one.item,
                    "customer": one.customer,
                    "account": one.account,
                    "kind": one.kind,
                    "instalment": one.instalment,
                    "change": one.change,
                    "before": self._item(one.before),
                    "after": self._item(one.after),
                    "file": one.place.get("file"),
                    "line": one.place.get("line") or None,
                }

    def _item(self, row: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if row is None:
            return None
        currency = row["currency"]
        return {
            "date": row["date"],
            "due": row["due"],
            "currency": currency,
            "amount": self._plain(row["amount"], currency),
            "outstanding": self._plain(row["outstanding"], currency),
        }

    def _findings(self, found: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for one in found:
            if self._wanted(one["customer"]):
                yield {key: value for key, value in one.items() if key != "fingerprint"}

    def _amounts(self, figures: Mapping[str, Any], currency: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in figures.items():
            if key == "currency":
                continue
            if isinstance(value, Mapping):
                made[key] = {label: self._plain(one, currency) for label, one in value.items()}
            elif isinstance(value, str):
                made[key] = self._plain(value, currency)
            else:
                made[key] = value
        return made

    def _plain(self, amount: str, currency: str) -> str:
        return self.money.plain(Decimal(amount), currency)

    def _policies(self) -> Iterator[dict[str, Any]]:
        for at, one in enumerate(self.found.policies):
            row = one.after or one.before or {}
            told: dict[str, Any] = {
                "directive": one.directive,
                "subject": one.subject,
                "key": one.key or None,
                "date": one.start,
                "change": one.change,
                "before": one.before["value"] if one.before else None,
                "after": one.after["value"] if one.after else None,
                "until": row.get("until"),
                "approved_by": row.get("approved-by"),
                "reason": row.get("reason"),
                "file": row.get("file"),
                "line": row.get("line") or None,
            }
            if at < len(self.effects):
                told["effect"] = self._effect(self.effects[at])
            yield told

    def _closings(self) -> Iterator[dict[str, Any]]:
        for one in self.found.closings:
            row = one.place
            yield {
                "directive": one.directive,
                "date": one.date,
                "change": one.change,
                "before": one.before["value"] if one.before else None,
                "after": one.after["value"] if one.after else None,
                "approved_by": row["approved-by"],
                "reason": row["reason"],
                "file": row["file"],
                "line": row["line"] or None,
            }

    def _effect(self, effect: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "allowance": [
                {
                    "currency": currency,
                    "before": self._plain(was, currency),
                    "after": self._plain(now, currency),
                }
                for currency, was, now in effect["allowance"]
            ],
            "available": [
                {
                    "customer": customer,
                    "currency": currency,
                    "before": None if was is None else self._plain(was, currency),
                    "after": None if now is None else self._plain(now, currency),
                }
                for customer, currency, was, now in effect["available"]
            ],
        }

    # Words.

    @property
    def title(self) -> str:
        """What is compared."""
        older, newer = self.names
        assert older is not None
        return self.asked.text(
            say(
                "What changes from {older} to {newer}",
                older=_named(older),
                newer=_named(newer) if newer else say("the files as they are now"),
            )
        )

    @property
    def speaks_of(self) -> str:
        """The day."""
        return self.asked.text(say("as of {day}", day=self.as_of))

    @property
    def nothing(self) -> str:
        """Said where there is no section."""
        return self.asked.text(say("nothing changes"))

    @cached_property
    def sections(self) -> list[Section]:
        """The parts that have something to tell."""
        made = (
            self._closing_section(),
            self._policy_section(),
            self._customer_section(),
            self._item_section(),
            self._allowance_section(),
            self._finding_section(say("Findings that are new"), self.found.new_findings),
            self._finding_section(say("Findings that are gone"), self.found.gone_findings),
        )
        return [section for section in made if section.rows]

    def _section(
        self, title: Text, headings: Sequence[Text], figures: Sequence[int], rows: Any
    ) -> Section:
        words = [self.asked.text(heading) for heading in headings]
        return Section(self.asked.text(title), words, frozenset(figures), list(rows))

    def _shown(self, amount: str | None, currency: str) -> str:
        return self.money.shown_if(None if amount is None else Decimal(amount), currency)

    def _change(self, was: str | None, now: str | None, currency: str) -> str:
        from arledger.comparison import difference

        if was is None and now is None:
            return ""
        made = self._shown(difference(was, now), currency)
        return made if made.startswith("-") else f"+{made}"

    def _item_section(self) -> Section:
        heads = (
            say("item"),
            say("customer"),
            say("change"),
            say("before"),
            say("after"),
            say("currency"),
            say("place"),
        )
        rows = []
        for one in self.found.items:
            if not self._wanted(one.customer):
                continue
            was, now = one.before or {}, one.after or {}
            currency = str(one.place["currency"])
            change = self.asked.text(CHANGES[one.change])
            if one.change == "changed" and was.get("due") != now.get("due"):
                change = self.asked.text(
                    say("due {before} → {after}", before=was.get("due"), after=now.get("due"))
                )
            rows.append(
                [
                    one.item,
                    one.customer,
                    change,
                    self._shown(was.get("outstanding"), currency),
                    self._shown(now.get("outstanding"), currency),
                    currency,
                    _place(one.place),
                ]
            )
        return self._section(say("Items (outstanding)"), heads, (3, 4), rows)

    def _customer_section(self) -> Section:
        heads = (
            say("customer"),
            say("name"),
            say("figure"),
            say("before"),
            say("after"),
            say("change"),
            say("currency"),
        )
        rows = []
        for one in self.found.customers:
            if not self._wanted(one.customer):
                continue
            for label, was, now in self._differing(one.before, one.after):
                rows.append(
                    [
                        one.customer,
                        one.name,
                        label,
                        self._shown(was, one.currency),
                        self._shown(now, one.currency),
                        self._change(was, now, one.currency),
                        one.currency,
                    ]
                )
        return self._section(say("Customers"), heads, (3, 4, 5), rows)

    def _differing(
        self, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> Iterator[tuple[str, str | None, str | None]]:
        from arledger.words import bucket

        words = {
            "unapplied": say("unapplied"),
            "total": say("total"),
            "limit": say("limit"),
            "exposure": say("exposure"),
            "available": say("available"),
        }
        old, new = before.get("buckets", {}), after.get("buckets", {})
        for label in dict.fromkeys((*new, *old)):
            was, now = old.get(label, "0"), new.get(label, "0")
            if was != now:
                yield self.asked.text(bucket(label)), was, now
        for key, word in words.items():
            if before.get(key) != after.get(key):
                yield self.asked.text(word), before.get(key), after.get(key)

    def _closing_section(self) -> Section:
        heads = (
            say("directive"),
            say("date"),
            say("change"),
            say("before"),
            say("after"),
            say("approved by"),
            say("place"),
        )
        rows = [
            [
                one.directive,
                one.date,
                self.asked.text(CHANGES[one.change]),
                _short(one.before),
                _short(one.after),
                str(one.place["approved-by"] or "–"),
                _place(one.place),
            ]
            for one in self.found.closings
        ]
        return self._section(say("Seals and reopenings"), heads, (), rows)

    def _policy_section(self) -> Section:
        heads = (
            say("policy"),
            say("subject"),
            say("date"),
            say("before"),
            say("after"),
            say("approved by"),
            say("what it does"),
            say("place"),
        )
        rows = []
        for at, one in enumerate(self.found.policies):
            row = one.after or one.before or {}
            effect = self.effects[at] if at < len(self.effects) else None
            rows.append(
                [
                    f"{one.directive} {one.key}".strip(),
                    one.subject,
                    one.start,
                    _value(one.before),
                    _value(one.after),
                    str(row.get("approved-by") or "–"),
                    "; ".join(self._does(effect)) or "–",
                    _place(row),
                ]
            )
        return self._section(say("Limits, terms, rates and other policies"), heads, (), rows)

    def _does(self, effect: Mapping[str, Any] | None) -> Iterator[str]:
        """What a policy does, in words."""
        if effect is None:
            return
        for currency, was, now in effect["allowance"]:
            change = self._change(was, now, currency)
            text = say("allowance {change} {currency}", change=change, currency=currency)
            yield self.asked.text(text)
        for customer, currency, was, now in effect["available"]:
            if self._wanted(customer):
                text = say(
                    "{customer}: available {before} → {after} {currency}",
                    customer=customer,
                    before=self._shown(was, currency),
                    after=self._shown(now, currency),
                    currency=currency,
                )
                yield self.asked.text(text)

    def _allowance_section(self) -> Section:
        heads = (say("figure"), say("before"), say("after"), say("change"), say("currency"))
        rows = []
        for one in self.found.allowance:
            for key, word in (("required", say("required")), ("booked", say("booked"))):
                was, now = one.before[key], one.after[key]
                if was != now:
                    shown = [self._shown(figure, one.currency) for figure in (was, now)]
                    change = self._change(was, now, one.currency)
                    rows.append([self.asked.text(word), *shown, change, one.currency])
            if one.result:
                made = self._change(None, str(one.result), one.currency)
                effect = self.asked.text(say("effect on the result"))
                rows.append([effect, "", "", made, one.currency])
        return self._section(say("Allowance"), heads, (1, 2, 3), rows)

    def _finding_section(self, title: Text, found: Sequence[Mapping[str, Any]]) -> Section:
        heads = (say("severity"), say("rule"), say("message"), say("place"))
        rows = [
            [one["severity"], one["rule"], one["message"], _place(one)]
            for one in found
            if self._wanted(one["customer"])
        ]
        return self._section(title, heads, (), rows)

    def page(self) -> Any:
        """Tables."""
        from arledger.cli.tables import Column, Page, Row, Table

        tables = [
            Table(
                [Column(head, figures=at in one.figures) for at, head in enumerate(one.headings)],
                [Row(row) for row in one.rows],
                title=one.title,
            )
            for one in self.sections
        ]
        return Page([self.title, self.speaks_of], tables, [] if tables else [self.nothing])


def _named(name: Mapping[str, str]) -> str:
    commit = name["commit"][:12]
    return commit if commit.startswith(name["revision"][:12]) else f"{name['revision']} ({commit})"


def _value(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "–"
    until = f" … {row['until']}" if row.get("until") else ""
    return f"{row['value']}{until}"


def _short(closing: Mapping[str, Any] | None) -> str:
    """A digest by its first digits, or the first day that is reopened."""
    return "–" if closing is None else str(closing["value"])[:DIGEST_SHOWN]


def _place(row: Mapping[str, Any]) -> str:
    from arledger.cli.rows import place_of

    return place_of(str(row.get("file") or ""), int(row.get("line") or 0))
