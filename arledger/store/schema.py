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
FORMAT = 1

TABLES = (
    "CREATE TABLE texts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE pools"
        " (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, account TEXT NOT NULL,"
        " currency TEXT NOT NULL)"
    ),
    (
        "CREATE TABLE items"
        " (id INTEGER PRIMARY KEY, pool INTEGER NOT NULL, number TEXT, date INTEGER NOT NULL,"
        " posted INTEGER NOT NULL, due INTEGER, amount TEXT NOT NULL, instalment INTEGER NOT NULL,"
        " conditional INTEGER NOT NULL, contract TEXT, kind TEXT NOT NULL, origin INTEGER,"
        " open TEXT, changed INTEGER NOT NULL, applied TEXT,"
        " voucher INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL,"
        " payee TEXT, narration TEXT)"
    ),
    (
        "CREATE TABLE credits"
        " (id INTEGER PRIMARY KEY, pool INTEGER NOT NULL, number TEXT, date INTEGER NOT NULL,"
        " posted INTEGER NOT NULL, due INTEGER, amount TEXT NOT NULL, names TEXT,"
        " waits INTEGER NOT NULL, contract TEXT, kind TEXT NOT NULL,"
        " open TEXT, changed INTEGER NOT NULL, applied TEXT, taken TEXT,"
        " voucher INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL,"
        " payee TEXT, narration TEXT)"
    ),
)
# Made when the rows are there: that takes less time.
INDEXES = (
    "CREATE INDEX items_of ON items (pool)",
    "CREATE INDEX credits_of ON credits (pool)",
    "CREATE INDEX items_on ON items (posted) WHERE number IS NULL",
    "CREATE INDEX credits_on ON credits (posted) WHERE number IS NULL",
)
