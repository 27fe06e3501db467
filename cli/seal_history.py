# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commit, and which entries, changed what was sealed: where the ledger is under git.

The seal held in the commit that wrote it, it doesn't now. Between the two, halving, a commit is
looked for before which it held and in which it doesn't. Each revision is read by a process of its
own. Then the entries of that commit and of the one before are compared by content: those dated up
to the seal's day, and those whose date has no meaning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from arledger.cli.git import GitError, Repository, git, repository_of
from arledger.cli.revisions import ledgers_at
from arledger.cli.seal_entries import Placed, entries
from arledger.cli.snapshots import Reader, SnapshotError, reading
from arledger.findings import Finding, Text, say

if TYPE_CHECKING:
    from arledger.language.seals import Seal
    from arledger.load import Ledger

RULE = "seal-broken"
NAMED_MAX = 5
SHORT = 12


def traced(ledger: Ledger, findings: Iterable[Finding]) -> list[Finding]:
    """The findings; broken seals with the commit that broke them, where git knows it."""
    return [_traced(ledger, one) if one.rule == RULE else one for one in findings]


def _traced(ledger: Ledger, found: Finding) -> Finding:
    from arledger.seals import results

    books = ledger.subledger.books
    seal = next(
        (
            one
            for one in books.closings.seals
            if (one.meta.get("filename"), one.meta.get("lineno")) == (found.file, found.line)
        ),
        None,
    )
    if seal is None or results(ledger.subledger, seal.date).digest == seal.digest:
        return found
    try:
        repository = repository_of(ledger.path)
    except GitError:
        return found
    try:
        cause = _Search(repository, ledger, seal).cause()
    except (GitError, SnapshotError) as error:
        cause = say("which commit did it can't be told: {reason}", reason=error.text)
    if cause is None:
        return found
    return attrs.evolve(found, text=say("{text}; {cause}", text=found.text, cause=cause))


@attrs.define(eq=False)
class _Search:
    """Looks for the commit behind one broken seal."""

    repository: Repository
    ledger: Ledger
    seal: Seal
    _holds: dict[str, bool] = attrs.field(factory=dict)

    def cause(self) -> Text | None:
        """What there is to say; None where the seal isn't committed yet."""
        commits = self._commits()
        if not commits:
            return None
        if self.holds(commits[-1]):
            return self._uncommitted(commits[-1])
        if not self.holds(commits[0]):
            return say(
                "it is so since the seal stands in the history ({commit})",
                commit=commits[0][:SHORT],
            )
        good, bad = 0, len(commits) - 1
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self.holds(commits[middle]) else (good, middle)
        return self._committed(commits[good], commits[bad])

    def _commits(self) -> list[str]:
        """From the one that wrote the seal to the last, a merge as one step."""
        folder = self.repository.folder
        options = ("log", "--first-parent", "-m", "--format=%H", f"-S{self.seal.digest}")
        wrote = git(folder, *options, "HEAD").split()
        if not wrote:
            return []
        since = git(folder, "rev-list", "--first-parent", "--reverse", f"{wrote[-1]}..HEAD")
        return [wrote[-1], *since.split()]

    def holds(self, commit: str) -> bool:
        """Whether the results at a commit are what was sealed."""
        found = self._holds.get(commit)
        if found is None:
            with self._reading(commit) as reader:
                digest = reader.sealed(self.seal.date)
            found = self._holds[commit] = digest == self.seal.digest
        return found

    @contextmanager
    def _reading(self, commit: str) -> Iterator[Reader]:
        path = str(self.ledger.path)
        with ledgers_at([path], commit) as at, reading(path, at) as reader:
            yield reader

    def _entries(self, commit: str) -> list[Placed]:
        with self._reading(commit) as reader:
            return [Placed(*one) for one in reader.entries(self.seal.date)]

    def _uncommitted(self, last: str) -> Text:
        now = list(entries(self.ledger.subledger.books, self.seal.date))
        return say("not committed yet: {entries}", entries=_compared(self._entries(last), now))

    def _committed(self, before: str, commit: str) -> Text:
        told = git(self.repository.folder, "show", "-s", "--format=%cs%x00%an", commit)
        day, _, author = told.strip().partition("\0")
        return say(
            "it held before commit {commit} of {day} by {author}: {entries}",
            commit=commit[:SHORT],
            day=day,
            author=author,
            entries=_compared(self._entries(before), self._entries(commit)),
        )


def _compared(before: Sequence[Placed], now: Sequence[Placed]) -> Text:
    """The entries that are new or changed, and those that are gone or were changed."""
    new, gone = _less(now, before), _less(before, now)
    if new and gone:
        return say("{new} (before: {gone})", new=_places(new), gone=_places(gone))
    if new:
        return say("{new}", new=_places(new))
    if gone:
        return say("deleted: {gone}", gone=_places(gone))
    return say("no entry of arledger's; an option or a plugin of Beancount's may be it")


def _less(these: Sequence[Placed], those: Sequence[Placed]) -> list[str]:
    """The places of what is in `these` and not in `those`, counted."""
    known = Counter(one.content for one in those)
    places = []
    for one in these:
        if known[one.content]:
            known[one.content] -= 1
        else:
            places.append(one.place)
    return places


def _places(places: Sequence[str]) -> str:
    more = len(places) - NAMED_MAX
    return ", ".join([*places[:NAMED_MAX], *([f"… (+{more})"] if more > 0 else [])])
