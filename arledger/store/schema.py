# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of a stored ledger.

Dates are ordinals (0001-01-01 is 1), amounts texts with their own digits. `pool` leads to a row of
`pools`, `file` into the list of files: most documents share theirs with many others. `applied` and
`taken` are JSON, NULL where there is nothing. `open` is what is left at the end of the ledger, NULL
for nothing, and `changed` the day on which that last changed: so what is open on a day is found
without looking into a document. `voucher` numbers the transactions.
"""

from __future__ import annotations

# To be raised with any change of what is stored, or of what it means.
FORMAT = 2

# What items and credits have in common stands at the same place in both; then three of their own.
_DOCUMENTS = (
    "CREATE TABLE {name}"
    " (id INTEGER PRIMARY KEY, pool INTEGER NOT NULL, number TEXT, date INTEGER NOT NULL,"
    " posted INTEGER NOT NULL, due INTEGER, amount TEXT NOT NULL, contract TEXT,"
    " kind TEXT NOT NULL, open TEXT, changed INTEGER NOT NULL, applied TEXT, {own},"
    " voucher INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL,"
    " payee TEXT, narration TEXT)"
)
OPEN, CHANGED, APPLIED, OWN = 9, 10, 11, 12
COLUMNS = 20

TABLES = (
    "CREATE TABLE texts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE pools"
        " (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, account TEXT NOT NULL,"
        " currency TEXT NOT NULL)"
    ),
    _DOCUMENTS.format(
        name="items",
        own="instalment INTEGER NOT NULL, conditional INTEGER NOT NULL, origin INTEGER",
    ),
    _DOCUMENTS.format(name="credits", own="names TEXT, waits INTEGER NOT NULL, taken TEXT"),
)
# Made when the rows are there: that takes less time.
INDEXES = (
    "CREATE INDEX items_of ON items (pool)",
    "CREATE INDEX credits_of ON credits (pool)",
    "CREATE INDEX items_on ON items (posted) WHERE number IS NULL",
    "CREATE INDEX credits_on ON credits (posted) WHERE number IS NULL",
)
