# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger apply`: a bank file's receipts as transactions on what they pay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common
from arledger.cli.help import Command
from arledger.cli.reading_options import content_of, note_read_as, overrides_of, reading
from arledger.findings import Text, say

if TYPE_CHECKING:
    from arledger.cli.csv_out import Cell
    from arledger.cli.rows import Money
    from arledger.reconciliation.applied import Allocation, Applied, Difference, Outcome

CSV = (
    "status",
    "line",
    "date",
    "payer",
    "reference",
    "customer",
    "how",
    "kind",
    "item",
    "currency",
    "amount",
)
# What the proposed entry debits where nobody has said it; a name that no ledger has.
SOME_ACCOUNT = "Expenses:…"


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger apply ledger.beancount bank-20250630.csv --explain
  arledger apply ledger.beancount camt053.xml >> receipts.beancount
  arledger apply ledger.beancount bank.csv --bank-account Assets:Bank
""",
)
@click.argument("ledger")
@click.argument("receipts")
@click.option(
    "--bank-account",
    metavar="ACCOUNT",
    help="The ledger's account of the bank. [default: the one that bears the file's number]",
)
@click.option(
    "--difference-account",
    metavar="ACCOUNT",
    help="What the entries that close a small difference or a discount debit.",
)
@reading
@common.request("text", "json", "csv")
def apply(
    asked: common.Request,
    ledger: str,
    receipts: str,
    bank_account: str | None,
    difference_account: str | None,
    **said: Any,
) -> int:
    """A bank file's receipts, as transactions on the invoices that they pay.

    Only what is certain is a transaction. What isn't stands there as a comment, with the
    transactions that it could be, the likeliest first: uncomment the one that is right. What the
    ledger has already is known by its link to the bank's reference, and left alone.
    """
    from arledger.cli.rows import Money
    from arledger.reconciliation.apply import Wording
    from arledger.reconciliation.apply import apply as question
    from arledger.reconciliation.booked import ApplyError
    from arledger.reconciliation.reading.bank import read_bank
    from arledger.reconciliation.reading.errors import ReadingError

    overrides = overrides_of(asked, said)
    common.not_over(asked, receipts)
    content = content_of(asked, receipts)
    try:
        file = read_bank(content, Path(receipts).name, overrides)
    except ReadingError as error:
        raise asked.refuse(error.text) from error
    books = common.open_books(asked, ledger)
    words = Wording(asked.text(say("Receipt")), asked.text(say("Payment returned")))
    try:
        answer = question(
            books.subledger,
            file,
            books.as_of,
            entries=books.ledger.entries,
            bank_account=bank_account,
            wording=words,
        )
    except ApplyError as error:
        raise asked.refuse(error.text) from error
    note_read_as(asked, file.file, file.read_as)
    money = Money(books.subledger.options.precision)
    shown = _Apply(books, answer, money, difference_account or SOME_ACCOUNT)
    shown.notes()
    if asked.format == "text":
        common.write_out(asked, shown.text())
    else:
        common.deliver(asked, common.Answer(shown.json, shown.page, shown.csv))
    return books.status


@attrs.frozen(eq=False)
class _Apply:
    """The answer in its forms."""

    books: common.Books
    answer: Applied
    money: Money
    difference_account: str

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes asked for."""
        wanted = self.books.request.customers
        return [one for one in self.answer.outcomes if not wanted or customers(one) & {*wanted}]

    def notes(self) -> None:
        """How many of each, and what is wrong with the file."""
        asked = self.books.request
        for remark in self.answer.remarks:
            where = f"{remark.place.file}:{remark.place.line}"
            asked.note(say("{place}: {message}", place=where, message=remark.text))
        if self.answer.guessed is not None:
            asked.note(
                say(
                    "{file}: taken for the bank's account {account}; say another with "
                    "--bank-account",
                    file=self.answer.file,
                    account=self.answer.guessed,
                )
            )
        counts = dict.fromkeys(("matched", "proposed", "unmatched", "known", "other"), 0)
        for one in self.outcomes:
            counts[one.status.value] += 1
        asked.note(
            say(
                "{file}: matched {matched}, proposed {proposed}, unmatched {unmatched}, already "
                "in the ledger {known}, no receipts {other}",
                file=self.answer.file,
                **counts,
            )
        )

    # Text.

    def text(self) -> str:
        """What loads, with comments on what is left to a person."""
        return "\n".join(block for one in self.outcomes if (block := self._block(one)))

    def _block(self, one: Outcome) -> str:
        status = one.status.value
        if status == "matched":
            return self._entered(one)
        if status in {"proposed", "unmatched"}:
            return self._undecided(one)
        if self.books.request.explain:
            return _comment([self._headline(one), *self._reasons(one.reasons)])
        return ""

    def _entered(self, one: Outcome) -> str:
        assert one.transaction is not None
        assert one.allocation is not None
        comments = []
        if self.books.request.explain:
            comments += [
                self._place(one),
                *self._reasons(one.allocation.reasons),
                *self._sources(one.allocation),
            ]
        after = list(self._closings(one.allocation.differences, one))
        return _comment(comments) + self._ledger_text(one) + "".join(after)

    def _undecided(self, one: Outcome) -> str:
        """A comment; with the transaction where the money is held meanwhile."""
        lines = [self._headline(one), *self._reasons(one.reasons)]
        for number, candidate in enumerate(one.candidates, start=1):
            why = self.books.request.text(_last(candidate.allocation.reasons))
            lines.append(f"{number}. {candidate.allocation.customer}: {_flat(why)}")
            if self.books.request.explain:
                lines += self._sources(candidate.allocation)
            lines += self._as_text(candidate.transaction).splitlines()
        return _comment(lines) + (self._ledger_text(one) if one.transaction is not None else "")

    def _headline(self, one: Outcome) -> str:
        """What the bank says, in one line."""
        entry = one.entry
        parts = (
            str(entry.date),
            f"{self.money.shown(entry.amount, entry.currency)} {entry.currency}",
            entry.payer,
            entry.remittance,
        )
        said = " · ".join(part for part in parts if part)
        what = self.books.request.text(_WORDS[one.status.value])
        return _flat(f"{what}: {said} ({self._place(one)})")

    def _place(self, one: Outcome) -> str:
        place = one.entry.place
        return f"{place.file}:{place.line}" if place is not None else self.answer.file

    def _reasons(self, reasons: Sequence[Text]) -> list[str]:
        return [f"- {_flat(self.books.request.text(reason))}" for reason in reasons]

    def _sources(self, allocation: Allocation) -> list[str]:
        """Where each item stands that is settled."""
        from arledger.cli.rows import place

        return [
            f"- {part.item.id}: {place(part.item.meta)}"
            for part in allocation.parts
            if part.item is not None
        ]

    def _closings(self, differences: Iterable[Difference], one: Outcome) -> Iterator[str]:
        """What stays open; the entry that would close it, where that may be closed."""
        from arledger.reconciliation.booking import closing_of

        asked = self.books.request
        for difference in differences:
            lines = [asked.text(difference.text)]
            if difference.gap.value in _CLOSED:
                lines[0] += asked.text(say("; the entry that closes it:"))
                closing = closing_of(
                    difference,
                    one.entry.date,
                    _flat(one.entry.payer),
                    one.link,
                    self.difference_account,
                    asked.text(_CLOSED[difference.gap.value]),
                )
                lines += self._as_text(closing).splitlines()
            yield _comment(lines)

    def _ledger_text(self, one: Outcome) -> str:
        assert one.transaction is not None
        return self._as_text(one.transaction)

    def _as_text(self, transaction: Any) -> str:
        from arledger.reconciliation.booking import ledger_text

        return ledger_text(transaction, self.books.subledger.options.precision)

    # JSON.

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        by_status: dict[str, list[Any]] = {}
        for one in self.outcomes:
            by_status.setdefault(one.status.value, []).append(self._row(one))
        return {
            **self.books.common(),
            "file": self.answer.file,
            "sha256": self.answer.sha256,
            "matched": by_status.get("matched", []),
            "proposed": by_status.get("proposed", []),
            "unmatched": by_status.get("unmatched", []),
            "known": by_status.get("known", []),
            "other": by_status.get("other", []),
        }

    def _row(self, one: Outcome) -> dict[str, Any]:
        entry, asked = one.entry, self.books.request
        row: dict[str, Any] = {
            "line": entry.place.line if entry.place is not None else None,
            "date": entry.date.isoformat(),
            "amount": self.money.figure(entry.amount, entry.currency),
            "currency": entry.currency,
            "payer": entry.payer,
            "reference": entry.reference,
            "reasons": [asked.text(reason) for reason in one.reasons],
        }
        status = one.status.value
        if status == "matched":
            assert one.allocation is not None
            return row | self._allocation(one.allocation) | self._entry(one)
        if status == "proposed":
            return row | {
                "candidates": [
                    self._allocation(candidate.allocation)
                    | {"reasons": [asked.text(each) for each in candidate.allocation.reasons]}
                    | {"transaction": self._as_text(candidate.transaction)}
                    for candidate in one.candidates
                ]
            }
        if status == "unmatched":
            return row | self._entry(one)
        if status == "known":
            from arledger.cli.rows import file_and_line

            meta = one.known.meta if one.known is not None else {}
            where = file_and_line(meta)
            return row | {"link": one.link, "ledger": where}
        return row

    def _entry(self, one: Outcome) -> dict[str, Any]:
        found = self._ledger_text(one) if one.transaction is not None else None
        return {"link": one.link, "transaction": found}

    def _allocation(self, allocation: Allocation) -> dict[str, Any]:
        parts = list(allocation.parts)
        currency = parts[0].currency
        figure = self.money.figure
        found: dict[str, Any] = {
            "customer": allocation.customer,
            "items": [
                {
                    "item": part.item.id,
                    "amount": figure(part.amount, part.currency),
                    "due": part.item.due.isoformat() if part.item.due else None,
                }
                for part in parts
                if part.item is not None
            ],
            "how": allocation.how,
            "unapplied": figure(allocation.unapplied, currency),
            "advance": figure(allocation.advance, currency),
            "contract": allocation.contract,
            "differences": [
                {
                    "kind": each.gap.value,
                    "item": each.item.id if each.item is not None else None,
                    "amount": figure(each.amount, each.currency),
                    "text": self.books.request.text(each.text),
                }
                for each in allocation.differences
            ],
        }
        if allocation.returns is not None:
            found["unapplied"] = figure(allocation.unapplied * 0, currency)
            found["items"] = [
                {"item": item.id, "amount": figure(-amount, item.currency), "due": None}
                for item, amount in allocation.restored
            ]
        if self.books.request.explain:
            found["sources"] = [line.removeprefix("- ") for line in self._sources(allocation)]
        return found

    # CSV.

    def csv(self) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
        """A line for each part of a matched receipt, and one for each other entry."""
        return CSV, (row for one in self.outcomes for row in self._csv_rows(one))

    def _csv_rows(self, one: Outcome) -> Iterator[Sequence[Cell]]:
        entry = one.entry
        line = entry.place.line if entry.place is not None else None
        head = (one.status.value, line, str(entry.date), entry.payer, entry.reference)
        found = one.allocation
        if found is None:
            amount = self.money.figure(entry.amount, entry.currency)
            yield (*head, None, None, None, None, entry.currency, amount)
            return
        for part in found.parts:
            kind = "item" if part.item else "advance" if part.advance else "unapplied"
            if found.customer is None or found.returns is not None:
                kind = found.how
            yield (
                *head,
                found.customer,
                found.how,
                kind,
                part.item.id if part.item else None,
                part.currency,
                self.money.figure(part.amount, part.currency),
            )

    def page(self) -> Any:
        """There is no table: the text is what a ledger takes."""
        raise AssertionError


_WORDS = {
    "matched": say("matched"),
    "proposed": say("proposed"),
    "unmatched": say("unmatched"),
    "known": say("already in the ledger"),
    "other": say("no receipt"),
}
# What may be closed, and the narration of the entry.
_CLOSED = {
    "discount": say("Early-payment discount"),
    "tolerance": say("Small difference"),
    "charges": say("Bank charges"),
}


def customers(one: Outcome) -> set[str | None]:
    """Whose receipt it is, or may be."""
    found = {candidate.allocation.customer for candidate in one.candidates}
    return found | ({one.allocation.customer} if one.allocation is not None else set())


def _last(reasons: Sequence[Text]) -> Text:
    return reasons[-1] if reasons else say("no reason")


def _flat(text: str) -> str:
    """A text of the bank's on one line of a comment."""
    from arledger.reconciliation.booking import one_line

    return one_line(text)


def _comment(lines: Iterable[str]) -> str:
    """Lines as comments; what a text breaks into stays one."""
    return "".join(f"; {part}\n" for line in lines for part in line.splitlines())
