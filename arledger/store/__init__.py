# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded ledger, stored as tables, so that the next question needn't load it again.

`keeping` writes a `Ledger` into a SQLite database, `restoring` makes a `Ledger` of one. What is
restored answers the questions that read the state of a day (open items, aging, credit, allowance,
advances, the statement of account) as the original does, to the last digit and place. Documents
come into being when they are asked for: most questions are about the few that are open.

What only a check looks at is not stored: other postings, tags and links of a transaction. Who needs
that loads the ledger. Where the database lies, and whether it is still true, is its caller's
business.
"""
