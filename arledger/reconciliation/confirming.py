# SPDX-License-Identifier: GPL-2.0-or-later
"""The agreement to record once nothing is unexplained: a `statement` directive to paste."""

from __future__ import annotations

from collections.abc import Iterable

from arledger.findings import Text, say
from arledger.language.statements import difference_text
from arledger.money import exact, plain
from arledger.reconciliation.correcting import quoted
from arledger.reconciliation.differences import Difference, Reconciliation


def obstacle(answer: Reconciliation) -> Text | None:
    """Why there is nothing to confirm yet; None where there is."""
    if answer.is_explained:
        return None
    doubts = [one.text for one in answer.notices if one.suspicion]
    if doubts:
        return say("nothing to confirm yet: {doubt}", doubt=doubts[0])
    return say(
        "nothing to confirm yet: {unexplained} {currency} unexplained, {proposals} open proposals",
        unexplained=plain(answer.unexplained),
        currency=answer.currency,
        proposals=len(answer.proposals),
    )


@exact
def directive(answer: Reconciliation, document: str) -> str:
    """The directive, with the evidence and a line for each explained difference.

    `document` is the statement's path, relative to the file the directive is pasted into.
    """
    assert answer.is_explained, "something is unexplained"
    currency = answer.currency
    lines = [
        " ".join(
            (
                f'{answer.as_of} custom "statement"',
                quoted(answer.customer),
                plain(answer.ledger_balance),
                currency,
            )
        ),
        "  agreed: TRUE",
    ]
    differing = [one for one in answer.differences if one.amount]
    if differing:
        lines.append(f"  theirs: {plain(answer.statement_balance)} {currency}")
        lines.extend(
            f"  difference-{count}: {quoted(text)}"
            for count, text in enumerate(_texts(differing, currency), start=1)
        )
    lines.append(f"  document: {quoted(document, None)}")
    lines.append(f"  sha256: {quoted(answer.statement.sha256)}")
    return "\n".join(lines) + "\n"


def _texts(differences: Iterable[Difference], currency: str) -> Iterable[str]:
    for one in differences:
        yield difference_text(one.cls.value, one.ref or one.item, one.amount, currency)
