# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process stands for that answers a question of the ledger as a git revision had it.

`arledger.cli.revisions` starts such a process and tells it through its environment.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import attrs

VARIABLE = "ARLEDGER_AT"
SHORT = 12


@attrs.frozen
class At:
    """Ledgers at a revision: where the files of each are for the moment, by how it was named.

    `tree` is what git calls all the files of the revision.
    """

    ledgers: Mapping[str, str]
    root: str
    revision: str
    commit: str
    date: dt.date
    tree: str = ""

    @property
    def name(self) -> str:
        """The revision as it was named; a commit is cut short."""
        return self.commit[:SHORT] if self.commit.startswith(self.revision) else self.revision

    def shown(self, text: str) -> str:
        """A text in which the revision stands for the folder of its files: `v1:main.beancount`."""
        return text.replace(self.root + os.sep, f"{self.name}:")


@lru_cache(maxsize=4)
def _read(told: str) -> At:
    fields: dict[str, Any] = json.loads(told)
    return At(**{**fields, "date": dt.date.fromisoformat(fields["date"])})


def here() -> At | None:
    """The revision that this process stands for, if it does.

    Whatever else somebody has put into the variable says nothing.
    """
    told = os.environ.get(VARIABLE)
    try:
        return _read(told) if told else None
    except (ValueError, TypeError, KeyError):
        return None


def at_fields() -> dict[str, dict[str, str]]:
    """The key that a JSON answer has for it, where there is something to tell."""
    at = here()
    if at is None:
        return {}
    told = {"revision": at.revision, "commit": at.commit, "date": at.date.isoformat()}
    return {"at": told}
