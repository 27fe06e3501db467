# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger seal`: the directive that closes the results up to a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import click

from arledger.cli import common, json_out
from arledger.cli.help import Command
from arledger.findings import say

if TYPE_CHECKING:
    from arledger.language.seals import Part
    from arledger.seals import Results


@click.command(
    cls=Command,
    epilog="""\b
Examples:
  arledger seal ledger.beancount --as-of 2024-12-31 >> closing.beancount
  arledger seal ledger.beancount --as-of 2024-12-31 --explain | sha256sum
  arledger seal ledger.beancount --format json
""",
)
@click.argument("ledger")
@common.request("text", "json", question=False)
def seal(asked: common.Request, ledger: str) -> int:
    """The seal of the results up to a day, to be pasted into the ledger.

    A digest of items, applications, aging, advances, allowance and agreed statements, with a line
    for each customer. From then on a change of any of them is a finding. With --explain the text
    that the digest is of, or, with --customer, that of the customer's part.
    """
    from arledger.check import latest_date
    from arledger.seals import results

    if asked.customers and not asked.explain:
        raise asked.refuse(say("a seal is of the whole ledger; --customer goes with --explain"))
    loaded = common.load_quietly(asked, ledger)
    common.not_over_the_ledger(asked, loaded)
    common.known_customers(asked, [loaded.subledger])
    common.note_errors(asked, loaded)
    latest = loaded.subledger.books.latest
    day = asked.as_of or (common.today_is() if latest is None else latest_date(loaded.subledger))
    common.note_no_accounts(asked, loaded.subledger)
    # The last day of a month is often after its last entry.
    if latest is None or day <= latest:
        common.note_out_of_range(asked, loaded.subledger, day)
    books = common.Books(asked, loaded, day, is_today=False)
    said = _Seal(books, results(loaded.subledger, day))
    common.write_out(
        asked, json_out.document(said.json()) if asked.format == "json" else said.text()
    )
    return books.status


@attrs.frozen(eq=False)
class _Seal:
    """The answer in its forms."""

    books: common.Books
    results: Results

    def text(self) -> str:
        """The directive; with --explain the canonical text, to the byte."""
        if self.books.request.explain:
            return "".join(line + "\n" for line in self._lines())
        return self._directive()

    def json(self) -> dict[str, Any]:
        """The keys of the contract."""
        parts = self.results.parts
        answer = {
            **self.books.common(),
            "digest": self.results.digest,
            "directive": self._directive(),
            "customers": [
                {"customer": customer, **_part(part)}
                for customer, part in parts.items()
                if customer
            ],
            "allowance": _part(parts[""]),
        }
        return {**answer, "text": self._lines()} if self.books.request.explain else answer

    def _directive(self) -> str:
        from arledger.seals import seal_text

        return seal_text(self.books.subledger, self.results)

    def _lines(self) -> list[str]:
        wanted = self.books.request.customers or ("",)
        return [line for customer in wanted for line in self.results.lines.get(customer, ())]


def _part(part: Part) -> Mapping[str, Any]:
    from arledger.language.seals import amount_texts

    return {"amounts": amount_texts(part.amounts), "digest": part.digest}
