# SPDX-License-Identifier: GPL-2.0-or-later
"""The transaction that brings the booked allowance to what is required, as Beancount text."""

from __future__ import annotations

import unicodedata

from arledger.allowance import Allowance, adjustments
from arledger.findings import Translate, say
from arledger.money import digits_of, written
from arledger.subledger.subledger import Subledger
from arledger.visible import visible


def entry(subledger: Subledger, answer: Allowance, translate: Translate) -> str:
    """A transaction that loads, and after which booked is required.

    What could not be computed is said in comments above it. Where nothing is to be booked, the
    text is such comments only.
    """
    found = adjustments(subledger, answer)
    left_out = "".join(f"; {visible(one.text.render(translate))}\n" for one in answer.findings)
    if not found:
        text = say("nothing to book as of {day}", day=answer.as_of)
        return f"{left_out}; {text.render(translate)}\n"
    postings = []
    for one in found:
        digits = digits_of(one.currency, subledger.options.precision)
        postings.append((one.loss_account, written(one.amount, digits), one.currency))
        postings.append((one.allowance_account, written(-one.amount, digits), one.currency))
    wide = max(_width(account) for account, _, _ in postings)
    long = max(len(amount) for _, amount, _ in postings)
    narration = say("Allowance for expected credit losses").render(translate)
    lines = [f'{answer.as_of} * "{narration}" #allowance']
    for account, amount, currency in postings:
        gap = " " * (wide - _width(account))
        lines.append(f"  {account}{gap}  {amount:>{long}} {currency}")
    return left_out + "\n".join(lines) + "\n"


def _width(text: str) -> int:
    """Columns that a text takes up where Chinese characters are two wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
