# SPDX-License-Identifier: GPL-2.0-or-later
"""A reconciliation in words: its classes, how pairs were found, what a document is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from arledger.findings import Text, say
from arledger.reconciliation.differences import Difference, Population
from arledger.reconciliation.model import DifferenceClass, Entry, How, Line, Side

CLASSES = {
    DifferenceClass.IN_TRANSIT: say("in transit"),
    DifferenceClass.MISSING_IN_LEDGER: say("missing in the ledger"),
    DifferenceClass.MISSING_IN_STATEMENT: say("missing in their statement"),
    DifferenceClass.AMOUNT: say("amount differs"),
    DifferenceClass.DATE: say("date differs"),
    DifferenceClass.DUPLICATE: say("duplicate"),
    DifferenceClass.DISPUTED: say("disputed"),
    DifferenceClass.UNIDENTIFIED: say("unidentified"),
    DifferenceClass.AMBIGUOUS: say("ambiguous"),
}
IN_TRANSIT = {
    Side.LEDGER: say("in transit: ours, not yet theirs"),
    Side.STATEMENT: say("in transit: theirs, not yet ours"),
}
HOW = {
    How.NAMED: say("named in the ledger"),
    How.REFERENCE: say("reference and amount"),
    How.REFERENCE_AMOUNT_DIFFERS: say("reference, another amount"),
    How.REFERENCES: say("several references in one line"),
    How.APPROXIMATE: say("similar reference and amount"),
    How.UNIQUE_AMOUNT: say("amount and date, the only pair"),
    How.BATCH: say("the only sum"),
}
SIDES = {"ours": say("our books"), "theirs": say("their books")}
POPULATIONS = {
    Population.MOVEMENTS: say("movements"),
    Population.OPEN_ITEMS: say("open items"),
}


def head_of(one: Difference) -> Text:
    """The heading under which a difference stands."""
    if one.cls is DifferenceClass.IN_TRANSIT:
        return IN_TRANSIT[one.side]
    return CLASSES[one.cls]


def grouped(differences: Iterable[Difference]) -> list[tuple[Text, list[Difference]]]:
    """The differences by class, those in transit by side, in the order of the answer."""
    found: dict[str, tuple[Text, list[Difference]]] = {}
    for one in differences:
        head = head_of(one)
        found.setdefault(head.template, (head, []))[1].append(one)
    return list(found.values())


def line_number(line: Line) -> int:
    """The line of the file; where it has no place, its count."""
    return line.index + 1 if line.place is None else line.place.line


def document_name(entry: Entry, text: Callable[[Text], str]) -> str:
    """A document for people: its number; what has none is named by what it is for, or its day."""
    if entry.references and not entry.id.startswith(entry.references[0]):
        return text(say("credit for {item}", item=entry.references[0]))
    if not entry.references and "/" in entry.id:
        kind = say("credit of {day}", day=entry.date)
        return text(kind if entry.amount < 0 else say("item of {day}", day=entry.date))
    return entry.id
