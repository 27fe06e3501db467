# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings: what is wrong or worth knowing, where it stands, and how to mend it.

Errors are values here. Reading a directive or replaying a posting never raises for what an
accountant wrote: it yields a `Finding` and the rest of the ledger still counts.

`RULES` is the one table of rules. The command `arledger rules`, the reference in docs/ and the
severities all come from it. A ledger changes a severity, or turns a rule off, with

    2024-01-01 custom "ar-option" "severity" "no-due-date" "error"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal, cast

import attrs

Severity = Literal["error", "warning", "info"]
# What a finding can be about; of what Beancount itself reports it is Beancount that tells.
AREAS = ("language", "open-items", "advances", "credit", "allowance", "statements", "seals")
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
OFF = "off"

Translate = Callable[[str], str]


def _same(text: str) -> str:
    return text


@attrs.frozen
class Text:
    """A sentence with places for values, so that it can be said in another language."""

    template: str
    args: Mapping[str, Any] = attrs.field(factory=dict, hash=False)

    def render(self, translate: Translate = _same) -> str:
        """The sentence in the language of `translate`; values that are sentences follow it."""
        values = {
            key: value.render(translate) if isinstance(value, Text) else value
            for key, value in self.args.items()
        }
        return translate(self.template).format(**values)

    def __str__(self) -> str:
        return self.render()


def say(template: str, **args: Any) -> Text:
    """Mark `template` as a sentence to be translated and bind its values."""
    return Text(template, args)


@attrs.frozen
class Rule:
    """One row of the catalogue: what is looked for, how grave it is, how to mend it."""

    id: str
    severity: Severity
    area: str
    meaning: str
    remedy: str


@attrs.frozen
class Finding:
    """One thing found, at one place of the ledger.

    `date` is the day it became true: a question as of an earlier day doesn't show it.
    """

    rule: str
    severity: Severity
    text: Text
    file: str
    line: int
    date: date
    customer: str | None = None
    item: str | None = None
    hint: Text | None = None

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.text.render()

    @property
    def remedy(self) -> str:
        """How to mend it, in English."""
        return self.remedy_in(_same)

    def remedy_in(self, translate: Translate) -> str:
        """How to mend it: what is known of this very place, else the rule's own advice."""
        if self.hint is not None:
            return self.hint.render(translate)
        return translate(RULES[self.rule].remedy)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """By date, then by content; the place comes last, as evidence and not as order."""
        return (
            self.date,
            SEVERITIES.index(self.severity),
            self.rule,
            self.customer or "",
            self.item or "",
            self.message,
            self.file,
            self.line,
        )


def finding(  # noqa: PLR0913 - one argument per thing a reader wants to know
    rule: str,
    text: Text,
    meta: Mapping[str, Any] | None,
    day: date,
    *,
    customer: str | None = None,
    item: str | None = None,
    hint: Text | None = None,
) -> Finding:
    """Build a `Finding` of `rule` with its default severity at the place that `meta` names."""
    meta = meta or {}
    return Finding(
        rule,
        RULES[rule].severity,
        text,
        str(meta.get("filename") or ""),
        int(meta.get("lineno") or 0),
        day,
        customer,
        item,
        hint,
    )


def apply_severities(
    findings: Iterable[Finding], severities: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The findings in their defined order, each once, with the ledger's own severities."""
    unique = {(one.rule, one.text.render(), one.file, one.line, one.date): one for one in findings}
    kept = []
    for found in unique.values():
        level = severities.get(found.rule)
        if level is None:
            kept.append(found)
        elif level != OFF:
            kept.append(attrs.evolve(found, severity=cast("Severity", level)))
    return tuple(sorted(kept, key=lambda found: found.sort_key))


def place(meta: Mapping[str, Any]) -> str:
    """A place in a sentence: the file's own name and the line, the same on every machine."""
    file = str(meta.get("filename") or "").replace("\\", "/").rpartition("/")[2]
    return f"{file}:{meta.get('lineno') or 0}"


def _table(*rules: Rule) -> dict[str, Rule]:
    table = {rule.id: rule for rule in rules}
    assert len(table) == len(rules), "a rule id stands twice in the table"
    return table


RULES: dict[str, Rule] = _table(
    # What the directives and keys say.
    Rule(
        "malformed",
        "error",
        "language",
        "A directive, option or metadata key is there, but its value can't be used.",
        "Write the value in the form the reference shows for this directive or key.",
    ),
    Rule(
        "unknown-directive",
        "error",
        "language",
        "A directive, option or policy value that looks like one of arledger's, "
        "but is none of them.",
        "Correct the spelling; the reference lists every directive and option.",
    ),
    Rule(
        "unknown-key",
        "warning",
        "language",
        "A metadata key that is nearly one of arledger's, where that one would count. It means "
        "nothing.",
        "Correct the spelling. If the key is your own, give it a name that is less alike.",
    ),
    Rule(
        "contradictory",
        "error",
        "language",
        "Two directives say different things about the same subject on the same day, "
        "or one contradicts itself.",
        "Keep the one that is meant and delete the other, or give it another date.",
    ),
    Rule(
        "misplaced",
        "error",
        "language",
        "A directive, option or key that has no effect where it stands.",
        "Move it to where it counts, or delete it.",
    ),
    Rule(
        "unopened-account",
        "error",
        "language",
        "A directive names an account that was never opened.",
        "Correct the account's name, or open the account.",
    ),
    Rule(
        "unknown-customer",
        "error",
        "language",
        "A directive names a customer that no account has.",
        "Correct the id, or put `customer:` with this id on the customer's account.",
    ),
    Rule(
        "bad-terms",
        "error",
        "language",
        "Payment terms that can't be read, or can't be applied to the invoice.",
        'Write terms like "net 30", "2/10 net 60", "月结30天" or '
        '"30% on receipt, 60% net 60, rest net 365".',
    ),
    Rule(
        "plugin-in-include",
        "warning",
        "language",
        "A `plugin` line of arledger in an included file. Beancount ignores it there.",
        "Move the plugin line to the top file.",
    ),
    Rule(
        "pad",
        "error",
        "language",
        "A `pad` directive on a receivable or advance account. What it fills in has no number, "
        "no due date and comes after the plugins.",
        "Post the opening balance as a transaction with one posting per open invoice, "
        "each with `invoice:`, `invoice-date:` and `due:`.",
    ),
    # Customers and their accounts.
    Rule(
        "invalid-account",
        "warning",
        "language",
        "A customer's account whose name Beancount accepts by accident only.",
        "Rename it: each part of an account starts with an upper-case letter or a digit, as in "
        "Assets:Receivable:C001-华东重工.",
    ),
    Rule(
        "no-customer",
        "error",
        "language",
        "A posting on a root account, or on an account whose customer can't be told.",
        "Post to the customer's own account, or put `customer:` on the account's `open`.",
    ),
    Rule(
        "conflicting-attribute",
        "error",
        "language",
        "Two accounts of one customer state different attributes (name, segment, …).",
        "State the attribute once, or make the two agree.",
    ),
    # Numbers and kinds.
    Rule(
        "duplicate-number",
        "error",
        "language",
        "A number is used by two documents of one customer.",
        "Give the second document a number of its own; instalments of one invoice stand in one "
        "transaction; a correction says `reverses:`.",
    ),
    Rule(
        "unquoted-number",
        "error",
        "language",
        "A document number that Beancount read as a sum, a date or an amount.",
        'Put the number in quotes, as in `invoice: "2024-0501"`.',
    ),
    Rule(
        "ambiguous-links",
        "error",
        "language",
        "A transaction with several links and no key: which one is the number can't be told.",
        "Say it on the posting with `invoice:`, `receipt:` or `advance:`.",
    ),
    Rule(
        "no-due-date",
        "warning",
        "language",
        "An item with neither a due date nor payment terms. It counts as due on its date.",
        'Add `due:` to the posting, or a policy `custom "payment-terms"` for the customer.',
    ),
    Rule(
        "due-before-invoice",
        "warning",
        "language",
        "An item falls due before its invoice date.",
        "Correct `due:` or `invoice-date:`.",
    ),
    # Applications.
    Rule(
        "unknown-item",
        "error",
        "open-items",
        "A credit, or a specific allowance, names an item that does not exist.",
        "Correct the number; a receipt whose purpose is unknown names nothing and bears "
        '`allocation: "none"`.',
    ),
    Rule(
        "item-elsewhere",
        "error",
        "open-items",
        "A credit names an item of another account, customer or currency.",
        "Post the credit to the item's own account, or transfer it there.",
    ),
    Rule(
        "over-application",
        "error",
        "open-items",
        "A credit names an item for more than is open. The excess stays unapplied.",
        "Reduce the amount that names the item and post the rest as a credit of its own "
        '(`allocation: "none"`), or name the invoice it is for.',
    ),
    Rule(
        "unknown-receipt",
        "error",
        "open-items",
        "A debit names or reverses a receipt, or a credit cancels an item, that does not exist "
        "on this account.",
        "Correct the number; the named document must stand on the same account and currency.",
    ),
    Rule(
        "receipt-exceeded",
        "error",
        "open-items",
        "A debit takes more from a receipt, or a reversal undoes more, than there is.",
        "Correct the amount; `arledger open-items --all` shows what the receipt was used for.",
    ),
    Rule(
        "receipt-used",
        "error",
        "open-items",
        "A debit names a receipt that fifo has already used for other items.",
        'Hold the receipt with `allocation: "none"` until it is named, or reverse it with '
        "`reverses:` and post it anew.",
    ),
    Rule(
        "discount-late",
        "warning",
        "open-items",
        "An early-payment discount was taken that the terms no longer, or not in full, allowed.",
        "Ask for the difference (post the receipt without the discount), or, if it is granted, "
        "say so with `discount: TRUE` on the transaction; a bank charge says `discount: FALSE`.",
    ),
    Rule(
        "discount-entitled",
        "info",
        "open-items",
        "What is left of an item is just the early-payment discount the customer was entitled to.",
        "Post the discount against the item.",
    ),
    Rule(
        "small-difference",
        "info",
        "open-items",
        "What is left of an item, or of a receipt, is within the tolerance.",
        "Post the closing entry, or leave it open.",
    ),
    Rule(
        "customer-in-credit",
        "info",
        "open-items",
        "A customer's receivables add up to a credit: we owe the customer.",
        "Apply the credit, refund it, or transfer it to the advances.",
    ),
    # Advances.
    Rule(
        "unknown-advance",
        "error",
        "advances",
        "A debit on an advance account names an advance that does not exist.",
        "Correct the number in `advance:`.",
    ),
    Rule(
        "unnamed-advance",
        "warning",
        "advances",
        "A debit on an advance account that names no advance: it is shown apart.",
        "Name the advance with `advance:`, or say `contract:`.",
    ),
    Rule(
        "advance-exceeded",
        "error",
        "advances",
        "More is applied, earned or refunded from an advance than is held.",
        "Correct the amount; `arledger advances` shows what is held.",
    ),
    Rule(
        "advance-other-contract",
        "error",
        "advances",
        "An advance is applied to an invoice of another contract or customer.",
        "Name an advance of the invoice's contract, or correct `contract:`.",
    ),
    # Credit.
    Rule(
        "limit-exceeded",
        "error",
        "credit",
        "A customer's exposure is above its credit limit at the end of a day.",
        "Have the limit raised, the exposure reduced, or the transaction waived "
        "(`credit-waiver:`, `waiver-until:`).",
    ),
    Rule(
        "group-limit-exceeded",
        "error",
        "credit",
        "The exposure of a group of customers is above the group's credit limit.",
        "Have the group's limit raised, the exposure reduced, or the transaction waived.",
    ),
    Rule(
        "on-hold",
        "error",
        "credit",
        "A new item for a customer on credit hold.",
        "Have the transaction waived (`credit-waiver:`, `waiver-until:`), or lift the hold.",
    ),
    Rule(
        "waiver-ended",
        "warning",
        "credit",
        "A credit waiver has ended and the exposure is still above the limit.",
        "Extend the waiver by its approver, raise the limit, or collect.",
    ),
    Rule(
        "waiver-unused",
        "warning",
        "credit",
        "A credit waiver on a transaction that broke no limit and no hold.",
        "Delete `credit-waiver:` and `waiver-until:`.",
    ),
    Rule(
        "missing-price",
        "warning",
        "credit",
        "An amount can't be converted: the ledger has no price on or before the day.",
        "Add a `price` directive dated on or before the day.",
    ),
    # Allowance.
    Rule(
        "no-loss-rate",
        "error",
        "allowance",
        "Items are outstanding in a bucket for which the matrix has no loss rate.",
        'Add `custom "loss-rate"` for the bucket.',
    ),
    Rule(
        "allowance-differs",
        "error",
        "allowance",
        "The booked allowance is not the required one on the day of an allowance entry.",
        "Correct the entry by the difference; `arledger allowance --entry --as-of` prints it.",
    ),
    Rule(
        "allowance-untagged",
        "error",
        "allowance",
        "A posting on an allowance account whose kind can't be told.",
        "Tag the transaction #allowance, #write-off or #recovery.",
    ),
    # Balances that customers have confirmed.
    Rule(
        "statement-currency",
        "error",
        "statements",
        "A statement in a currency in which the customer has no posting, or with an amount in "
        "another currency than its balance.",
        "Correct the currency; write one statement for each currency.",
    ),
    Rule(
        "statement-unexplained",
        "error",
        "statements",
        "An agreed statement whose balance and differences don't come to the customer's balance.",
        "Correct `theirs:` or the differences, or add the one that is missing; their amounts take "
        "our balance to theirs.",
    ),
    Rule(
        "agreement-broken",
        "error",
        "statements",
        "A customer's balance at a date is no longer what was agreed.",
        "Undo what was entered, or date it after the agreement; if the change is right, agree the "
        "balance anew with the customer.",
    ),
    Rule(
        "statement-differs",
        "info",
        "statements",
        "A statement that is not agreed has another balance than the ledger.",
        "Find the difference with `arledger reconcile`, then agree the balance with the customer.",
    ),
    Rule(
        "agreed-difference",
        "info",
        "statements",
        "A difference that was agreed with the customer and is not settled yet.",
        "Have it booked on the side that lacks it; the next agreed statement replaces the list.",
    ),
    Rule(
        "evidence",
        "error",
        "statements",
        "The document of a statement is missing, can't be read, or has changed since.",
        "Restore the document as it was agreed (its `sha256:` tells), or correct `document:`; it "
        "is relative to the file in which the statement stands.",
    ),
    # What is closed.
    Rule(
        "seal-broken",
        "error",
        "seals",
        "The results up to a sealed day are not what was sealed.",
        "Undo what was entered, or date it after the seal; if the change is right, have it "
        "approved, write `ar-reopen` and seal anew.",
    ),
    Rule(
        "seal-version",
        "error",
        "seals",
        "A seal of a version that this arledger doesn't know: it can't be checked.",
        "Check the ledger with the arledger that made the seal, or a newer one.",
    ),
    Rule(
        "reopened",
        "warning",
        "seals",
        "What was sealed has been reopened and is not sealed again.",
        "Correct what is to be corrected, then seal again: `arledger seal` prints the seal.",
    ),
    # Beancount's own.
    Rule(
        "beancount",
        "error",
        "beancount",
        "An error that Beancount itself reports.",
        "See Beancount's documentation for this message.",
    ),
)
