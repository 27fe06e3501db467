# SPDX-License-Identifier: GPL-2.0-or-later
"""`--at REV`: a question asked of the ledger as a git revision had it.

The revision's files are put into a temporary folder, and the same command is run there by a
process of its own: a ledger may bring plugins, and two revisions of one don't mix in a process.
The child finds in its environment what it stands for, and names files as the revision does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import click

from arledger.cli.at import VARIABLE, At
from arledger.cli.git import GitError, checked_out, repository_of
from arledger.findings import say
from arledger.includes import leads_out


@contextmanager
def ledgers_at(paths: Sequence[str], revision: str) -> Iterator[At]:
    """The ledgers' files at a revision; raises GitError where there are none to be had."""
    found = [repository_of(Path(path).expanduser()) for path in paths]
    repository = found[0]
    if any(one.folder != repository.folder for one in found):
        raise GitError(say("the ledgers are in several repositories; ask for one at a time"))
    commit = repository.commit(revision)
    names = [one.ledger_at(commit) for one in found]
    with checked_out(repository, commit) as folder:
        files = [folder / name for name in names]
        for file in files:
            _stays_inside(file, folder, revision)
        told = dict(zip(paths, map(str, files), strict=True))
        yield At(
            told, str(folder), revision, commit, repository.when(commit), repository.tree(commit)
        )


def _stays_inside(file: Path, folder: Path, revision: str) -> None:
    outside = leads_out(file, folder)
    if outside is None:
        return
    raise GitError(
        say(
            "{revision}:{file}:{line}: the include leads out of the repository: {path}",
            revision=revision,
            file=os.path.relpath(outside.file, folder),
            line=outside.line,
            path=outside.path,
        )
    )


def run_at(paths: Sequence[str], revision: str, arguments: Sequence[str]) -> int:
    """Run a command of ours on ledgers at a revision; its answer is passed on, and its status."""
    with ledgers_at(paths, revision) as at:
        command = [sys.executable, "-m", "arledger.cli.main", *arguments]
        # A terminal is handed on as it is; where somebody listens instead, the answer goes there.
        heard = sys.stdout is not sys.__stdout__
        done = subprocess.run(  # noqa: S603 - ourselves
            command, env=environment(at), capture_output=heard, check=False
        )
    if heard:
        click.echo(done.stdout, nl=False)
        click.echo(done.stderr, nl=False, err=True)
    if done.returncode < 0:
        raise GitError(
            say(
                "the process that answers for {revision} was ended by signal {number}",
                revision=revision,
                number=-done.returncode,
            )
        )
    return done.returncode


def environment(at: At) -> dict[str, str]:
    """What tells a child process which revision it stands for."""
    told = {**attrs.asdict(at, recurse=False), "date": at.date.isoformat()}
    # What can be imported here can be imported there, wherever it was found.
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, VARIABLE: json.dumps(told), "PYTHONPATH": paths}
