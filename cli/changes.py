# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commits moved the aging of a day since a revision: `aging --at REV --explain-change`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import attrs

from arledger.cli.git import Repository, git, repository_of
from arledger.cli.revisions import ledgers_at
from arledger.cli.snapshots import reading
from arledger.money import ZERO

COMMITS_MAX = 500
# Between two fields of a commit, where no text has it.
_FIELD = "%x1f"

Totals = Mapping[tuple[str, str], Decimal]


@attrs.frozen
class Commit:
    """A commit as people name it; None for `commit` is the work that isn't committed yet."""

    commit: str | None
    date: dt.date | None
    author: str
    subject: str


@attrs.frozen
class Moved:
    """What one commit did to the aging of the day: totals by customer and currency."""

    by: Commit
    currency: str
    before: Decimal
    after: Decimal
    customers: tuple[tuple[str, Decimal, Decimal], ...]


@attrs.frozen
class _Seen:
    """The aging at one commit by customer and currency, and the files it is read from."""

    figures: Mapping[tuple[str, str], Mapping[str, str]]
    files: frozenset[str]

    def totals(self) -> Totals:
        return {key: Decimal(row["total"]) for key, row in self.figures.items()}


def moved(path: str, since: str, as_of: dt.date, *, cache: bool = True) -> tuple[list[Moved], bool]:
    """What moved the aging of a day since a commit, oldest first; whether there was more to see.

    Follows the first parents up to HEAD, then the files as they are now. Raises GitError and
    SnapshotError for a revision that can't be read. Without `cache` every revision is loaded.
    """
    repository = repository_of(Path(path).expanduser())
    commits = _commits(repository, since)
    seen = _at(path, since, as_of, cache=cache)
    found: list[Moved] = []
    last = since
    for commit in commits[:COMMITS_MAX]:
        assert commit.commit is not None
        if _touches(repository, last, commit.commit, seen.files):
            now = _at(path, commit.commit, as_of, cache=cache)
            found.extend(_differing(commit, seen, now))
            seen = now
        last = commit.commit
    more = len(commits) > COMMITS_MAX
    if not repository.bare and not more:
        found.extend(_differing(_UNCOMMITTED, seen, _at(path, None, as_of, cache=cache)))
    return found, more


_UNCOMMITTED = Commit(None, None, "", "")


def _commits(repository: Repository, since: str) -> list[Commit]:
    listed = git(
        repository.folder,
        "log",
        "-z",
        "--reverse",
        "--first-parent",
        f"--format=%H{_FIELD}%cs{_FIELD}%an{_FIELD}%s",
        f"{since}..HEAD",
    )
    lines = [line.split("\x1f") for line in listed.split("\0") if line]
    return [
        Commit(commit, dt.date.fromisoformat(day), author, subject)
        for commit, day, author, subject in lines
    ]


def _touches(repository: Repository, older: str, newer: str, files: frozenset[str]) -> bool:
    """Whether a commit may have changed the ledger: a file of it, or one like those, or code."""
    listed = git(
        repository.folder, "diff-tree", "-r", "-z", "--name-only", "--no-renames", older, newer
    )
    kinds = {PurePosixPath(file).suffix for file in files} | {".py"}
    names = [name for name in listed.split("\0") if name]
    return any(name in files or PurePosixPath(name).suffix in kinds for name in names)


def _at(path: str, commit: str | None, as_of: dt.date, *, cache: bool) -> _Seen:
    if commit is None:
        with reading(path, cache=cache) as reader:
            answer = reader.aging(as_of)
    else:
        with ledgers_at([path], commit) as at, reading(path, at, cache=cache) as reader:
            answer = reader.aging(as_of)
    rows: Sequence[Mapping[str, Any]] = answer["rows"]
    figures = {
        (row["customer"], row["currency"]): {
            **row["buckets"],
            "unapplied": row["unapplied"],
            "total": row["total"],
        }
        for row in rows
    }
    # `REV:path`, as a revision names its files.
    files = frozenset(str(name).partition(":")[2] or str(name) for name in answer["files"])
    return _Seen(figures, files)


def _differing(commit: Commit, before: _Seen, after: _Seen) -> Iterator[Moved]:
    """A row a currency in which anything moved, be it from one bucket into another."""
    keys = {
        key
        for key in {*before.figures, *after.figures}
        if before.figures.get(key) != after.figures.get(key)
    }
    old, new = before.totals(), after.totals()
    for currency in sorted({currency for _, currency in keys}):
        customers = sorted(customer for customer, one in keys if one == currency)
        yield Moved(
            commit,
            currency,
            sum((amount for (_, one), amount in old.items() if one == currency), ZERO),
            sum((amount for (_, one), amount in new.items() if one == currency), ZERO),
            tuple(
                (one, old.get((one, currency), ZERO), new.get((one, currency), ZERO))
                for one in customers
            ),
        )
