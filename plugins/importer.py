# SPDX-License-Identifier: GPL-2.0-or-later
"""An importer of beangulp for the bank's files: camt.053, camt.054, MT940, CSV, XLSX and XLS.

It is no plugin line, it goes into your import script, together with the hook that puts each
receipt on what it pays (`pip install 'arledger[import]'` brings beangulp):

    import beangulp

    from arledger.plugins.hook import apply_receipts
    from arledger.plugins.importer import BankImporter

    IMPORTERS = [BankImporter("Assets:Bank", number="1001 2345 6789")]
    HOOKS = [apply_receipts]

    if __name__ == "__main__":
        beangulp.Ingest(IMPORTERS, HOOKS)()

Then, with your ledger as what exists already:

    python import.py extract --existing main.beancount downloads/ >> receipts.beancount

A file is recognised by its content, and by the account's number where one is given. Each booking
becomes a transaction with the link `^bank-<reference>`, flagged `!`, its other side still to be
written. Whatever bears the link is the booking itself: that, and not amount and date, decides
what is a duplicate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from beancount.core.amount import Amount
from beancount.core.data import Directive, Posting, Transaction
from beangulp.extract import DUPLICATE
from beangulp.importer import Importer

from arledger.findings import say
from arledger.reconciliation.bank_links import PREFIX, link_text
from arledger.reconciliation.booking import narration_of, one_line
from arledger.reconciliation.model import BankEntry, BankFile
from arledger.reconciliation.payers import PAYER_ACCOUNT, account_key
from arledger.reconciliation.reading.bank import read_bank
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import NOTHING, Overrides

# What beangulp itself regards as too large to be looked at.
BYTES_MAX = 8 * 1024 * 1024


class BankImporter(Importer):
    """The bookings of one account of the bank.

    `account` is the ledger's account, `number` the bank's (an IBAN or account number): with it
    only files of that account are taken, and of a file with several accounts only its own.
    `overrides` settles how a table is read. `link_prefix` is for ledgers whose option
    `bank-links` has another than `bank-`.
    """

    def __init__(
        self,
        account: str,
        *,
        number: str = "",
        overrides: Overrides = NOTHING,
        link_prefix: str = PREFIX,
    ) -> None:
        self._account = account
        self.number = account_key(number)
        self.overrides = overrides
        self.link_prefix = link_prefix
        self._read: dict[tuple[str, float, int], BankFile | None] = {}

    @property
    def name(self) -> str:
        """What tells two accounts' importers apart."""
        return f"arledger.{self._account}"

    def read(self, filepath: str) -> BankFile | None:
        """The file, with this account's statements only; None where there are none."""
        path = Path(filepath)
        stat = path.stat()
        key = (filepath, stat.st_mtime, stat.st_size)
        if key not in self._read:
            self._read[key] = self._read_now(path) if stat.st_size <= BYTES_MAX else None
        return self._read[key]

    def _read_now(self, path: Path) -> BankFile | None:
        try:
            file = read_bank(path.read_bytes(), path.name, self.overrides)
        except (ReadingError, OSError):
            return None
        statements = tuple(
            one
            for one in file.statements
            if not self.number or account_key(one.account) in {self.number, ""}
        )
        if not statements:
            return None
        return BankFile(file.file, file.sha256, file.read_as, statements)

    def identify(self, filepath: str) -> bool:
        """Whether it is a bank's file of this account."""
        return self.read(filepath) is not None

    def account(self, filepath: str) -> str:  # noqa: ARG002 - beangulp's
        """The ledger's account, for the folder of documents."""
        return self._account

    def date(self, filepath: str) -> dt.date | None:
        """The file's latest day, for its name in the archive."""
        days = [entry.date for entry in self._entries(filepath)]
        return max(days, default=None)

    def filename(self, filepath: str) -> str | None:
        """The file keeps its name."""
        return Path(filepath).name

    def extract(self, filepath: str, existing: Sequence[Directive]) -> list[Directive]:  # noqa: ARG002 - beangulp's
        """A transaction for each booking, with the bank's side of it."""
        file = Path(filepath).name
        return [
            self._transaction(entry, file)
            for entry in self._entries(filepath)
            if not entry.pending and entry.amount
        ]

    def _entries(self, filepath: str) -> list[BankEntry]:
        file = self.read(filepath)
        statements = file.statements if file is not None else ()
        return [entry for statement in statements for entry in statement.entries]

    def _transaction(self, entry: BankEntry, file: str) -> Transaction:
        meta: dict[str, object] = {
            "filename": file,
            "lineno": entry.place.line if entry.place is not None else 0,
        }
        if entry.payer_account:
            meta[PAYER_ACCOUNT] = one_line(entry.payer_account)
        links = frozenset(
            {self.link_prefix + link_text(entry.reference)} if entry.reference else ()
        )
        units = Amount(entry.amount, entry.currency)
        return Transaction(
            meta,
            entry.date,
            "!",
            one_line(entry.payer) or None,
            narration_of(entry) or say("Bank booking").render(),
            frozenset(),
            links,
            [Posting(self._account, units, None, None, None, None)],
        )

    # Duplicates.

    def cmp(self, one: Directive, other: Directive) -> bool:
        """Whether two entries are one booking of the bank."""
        return bool(self._links(one) & self._links(other))

    def deduplicate(self, entries: Sequence[Directive], existing: Sequence[Directive]) -> None:
        """Mark what the ledger has, however far its date is from the bank's."""
        known: dict[str, Directive] = {}
        for entry in existing:
            for link in self._links(entry):
                known.setdefault(link, entry)
        for entry in entries:
            for link in self._links(entry):
                if link in known:
                    entry.meta[DUPLICATE] = known[link]

    def _links(self, entry: Directive) -> frozenset[str]:
        if not isinstance(entry, Transaction):
            return frozenset()
        return frozenset(link for link in entry.links or () if link.startswith(self.link_prefix))


def is_duplicate(meta: Mapping[str, object]) -> bool:
    """Whether beangulp will print an entry as a comment."""
    return bool(meta.get(DUPLICATE))


def duplicate_of(known: Directive | None) -> dict[str, object]:
    """The metadata by which beangulp does."""
    return {DUPLICATE: known or True}
