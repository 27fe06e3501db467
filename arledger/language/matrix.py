# SPDX-License-Identifier: GPL-2.0-or-later
"""The matrix of an account: by which buckets and at which rates its items are provided for.

A provision matrix is the practical expedient of IFRS 9 B5.5.35: a loss rate for each bucket of
days past due. A matrix is inherited whole, from the nearest subject that has one.
"""

from __future__ import annotations

from datetime import date

import attrs

from arledger.language.buckets import DEFAULT, Basis, Buckets
from arledger.language.policies import Policy, PolicyBook


@attrs.frozen(eq=False)
class Matrix:
    """The buckets, the basis on which items age into them, and the rates of one subject."""

    buckets: Buckets
    basis: Basis
    rates: tuple[Policy, ...]

    @property
    def complete(self) -> bool:
        """Whether there is a rate for whatever an item's age."""
        return {policy.key for policy in self.rates}.issuperset(self.buckets.labels(self.basis))


def matrix_of(book: PolicyBook, basis: Basis, customer: str, account: str, day: date) -> Matrix:
    """The matrix in force on `day`; `basis` is the ledger's, where the account has none."""
    buckets = book.timeline("allowance-buckets", customer, account).one(day)
    buckets = buckets or book.timeline("aging-buckets", customer, account).one(day)
    own = book.timeline("allowance-basis", customer, account).one(day)
    return Matrix(
        buckets.value if buckets else DEFAULT,
        own.value if own else basis,
        book.timeline("loss-rate", customer, account).at(day),
    )
