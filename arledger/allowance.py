# SPDX-License-Identifier: GPL-2.0-or-later
"""The allowance for expected credit losses: required against booked (IFRS 9 5.5.15, B5.5.35).

Collective: a matrix. Per row (rate-bearing account × bucket × currency) what is outstanding and
not individually assessed × the loss rate, rounded once, half up, in the allowance currency (the
first operating currency at the as-of price, else the row's own). Customers share a row by
largest remainder. Specific: the smaller of the stated amount and what is outstanding, nothing
once settled; without `invoice:` the customer is individually assessed altogether.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from arledger.findings import Finding, Text, finding, say
from arledger.language.buckets import DEFAULT, NOT_DUE, Basis, Buckets
from arledger.language.documents import AllowanceMovement
from arledger.language.matrix import Matrix, matrix_of
from arledger.language.policies import Policy
from arledger.money import (
    ZERO,
    digits_of,
    exact,
    largest_remainder,
    plain,
    round_half_up,
    times,
)
from arledger.prices import Quote, no_price
from arledger.subledger.model import Item, OpenItem
from arledger.subledger.subledger import Subledger


@attrs.frozen(eq=False)
class MatrixRow:
    """One row of the matrix; `gross` and `netted` in `currency`, `allowance` in the other.

    allowance = (gross − netted) × rate, at `quote` where the two currencies differ. It is None,
    and in no total, where the rate or the price is missing.
    """

    account: str
    bucket: str
    currency: str
    gross: Decimal
    netted: Decimal
    rate: Decimal | None
    allowance: Decimal | None
    allowance_currency: str
    quote: Quote | None
    sources: tuple[OpenItem, ...] = attrs.field(repr=False)


@attrs.frozen(eq=False)
class SpecificRow:
    """An item, or a whole customer (`item` None), that is individually assessed.

    `assessed` is the allowance in `currency`. `outstanding`, `assessed` and `allowance` are None
    where a price is missing that they need: `missing` are the pairs of currencies without one.
    """

    customer: str
    item: str | None
    currency: str
    outstanding: Decimal | None
    assessed: Decimal | None
    allowance: Decimal | None
    allowance_currency: str
    quote: Quote | None
    missing: tuple[tuple[str, str], ...]
    policy: Policy = attrs.field(repr=False)
    sources: tuple[OpenItem, ...] = attrs.field(repr=False)


@attrs.frozen(eq=False)
class CustomerShare:
    """What of the allowance is for one customer, in one allowance currency."""

    customer: str
    name: str
    currency: str
    collective: Decimal
    specific: Decimal

    @property
    def allowance(self) -> Decimal:
        """Both parts."""
        return self.collective + self.specific


@attrs.frozen(eq=False)
class AllowanceTotal:
    """Required against booked in one currency; `change` is what is to be posted."""

    currency: str
    required: Decimal
    booked: Decimal

    @property
    def change(self) -> Decimal:
        """Required − booked: a charge where positive, a release where negative."""
        return self.required - self.booked


@attrs.frozen
class Target:
    """Where a part of the allowance is booked: the allowance account, its expense, a currency."""

    allowance_account: str
    loss_account: str
    currency: str


@attrs.frozen(eq=False)
class Allowance:
    """The answer at a date."""

    as_of: dt.date
    rows: tuple[MatrixRow, ...]
    specific: tuple[SpecificRow, ...]
    customers: tuple[CustomerShare, ...]
    total: tuple[AllowanceTotal, ...]
    targets: Mapping[Target, Decimal]
    booked: Mapping[tuple[str, str], Decimal]
    prices: tuple[Quote, ...]
    findings: tuple[Finding, ...]

    def specific_by_currency(self) -> dict[str, Decimal]:
        """The specific part, by allowance currency."""
        sums: dict[str, Decimal] = {}
        for row in self.specific:
            if row.allowance is not None:
                held = sums.get(row.allowance_currency, ZERO)
                sums[row.allowance_currency] = held + row.allowance
        return sums


@attrs.frozen(eq=False)
class AllowancePart:
    """A row of the matrix (`part` collective) or an individual assessment (specific), alike.

    `gross` is what is outstanding, in `currency`; `allowance` is in `allowance_currency`.
    """

    part: str
    account: str | None
    bucket: str | None
    customer: str | None
    item: str | None
    currency: str
    gross: Decimal | None
    netted: Decimal
    rate: Decimal | None
    allowance: Decimal | None
    allowance_currency: str


def parts(report: Allowance) -> Iterable[AllowancePart]:
    """All that makes up the required allowance: first the matrix."""
    for row in report.rows:
        yield AllowancePart(
            "collective",
            row.account,
            row.bucket,
            None,
            None,
            row.currency,
            row.gross,
            row.netted,
            row.rate,
            row.allowance,
            row.allowance_currency,
        )
    for one in report.specific:
        yield AllowancePart(
            "specific",
            None,
            None,
            one.customer,
            one.item,
            one.currency,
            one.outstanding,
            ZERO,
            None,
            one.allowance,
            one.allowance_currency,
        )


@attrs.define(eq=False)
class _Cell:
    """One row of the matrix in the making."""

    policy_account: str
    bucket: str
    place: int
    currency: str
    rate: Policy | None
    matrix: tuple[Policy, ...]
    items: list[OpenItem] = attrs.field(factory=list)
    netted: dict[tuple[str, str], Decimal] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Calculation:
    """Sorts what is outstanding into the matrix and the individual assessments."""

    subledger: Subledger
    as_of: dt.date
    cells: dict[tuple[str, str, str], _Cell] = attrs.field(factory=dict)
    individual: dict[tuple[str, str], tuple[Policy, list[OpenItem]]] = attrs.field(factory=dict)
    quotes: set[Quote] = attrs.field(factory=set)
    findings: list[Finding] = attrs.field(factory=list)
    shares: dict[tuple[str, str], list[Decimal]] = attrs.field(factory=dict)
    targets: dict[Target, Decimal] = attrs.field(factory=dict)
    _matrices: dict[tuple[str, str], Matrix] = attrs.field(factory=dict)
    _missing: set[tuple[str, str]] = attrs.field(factory=set)

    def sort(self) -> None:
        """Every open item into its cell, or to its individual assessment."""
        assessed = self._assessed()
        for one in self.subledger.at(self.as_of).items:
            item = one.item
            policies = assessed.get(item.customer)
            if policies is not None:
                policy = policies.get(item.number or "\0") or policies.get("")
                if policy is not None:
                    key = (item.customer, policy.key)
                    self.individual.setdefault(key, (policy, []))[1].append(one)
                    continue
            self._to_matrix(one)

    def _assessed(self) -> dict[str, dict[str, Policy]]:
        """Customer → invoice ("" for all of it) → the specific allowance in force."""
        subjects = {policy.subject for policy in self.subledger.policies.of("specific-allowance")}
        return {
            subject: {
                policy.key: policy
                for policy in self.subledger.policies.own("specific-allowance", subject).at(
                    self.as_of
                )
            }
            for subject in subjects
        }

    def _matrix_of(self, item: Item) -> Matrix:
        """The matrix of an account; looked up once each."""
        key = (item.customer, item.account)
        found = self._matrices.get(key)
        if found is None:
            book, basis = self.subledger.policies, self.subledger.options.basis
            found = self._matrices[key] = matrix_of(book, basis, *key, self.as_of)
        return found

    def _to_matrix(self, one: OpenItem) -> None:
        item = one.item
        matrix = self._matrix_of(item)
        place = _bucket(item, matrix.buckets, matrix.basis, self.as_of)
        label = matrix.buckets.labels(matrix.basis)[place]
        rates = matrix.rates
        subject = rates[0].subject if rates else ""
        key = (subject, label, item.currency)
        cell = self.cells.get(key)
        if cell is None:
            rate = next((policy for policy in rates if policy.key == label), None)
            cell = self.cells[key] = _Cell(subject, label, place, item.currency, rate, rates)
        cell.items.append(one)

    def net_credits(self) -> None:
        """By option: unapplied credits lower what is outstanding, the oldest bucket first."""
        left: dict[tuple[str, str], Decimal] = {}
        for other in self.subledger.at(self.as_of).credits:
            key = (other.credit.customer, other.credit.currency)
            left[key] = left.get(key, ZERO) + other.unapplied
        oldest_first = sorted(self.cells.values(), key=lambda c: (-c.place, c.policy_account))
        for cell in oldest_first:
            for one in cell.items:
                key = (one.item.customer, cell.currency)
                amount = min(left.get(key, ZERO), one.outstanding)
                if amount > 0:
                    unit = (one.item.customer, one.item.account)
                    cell.netted[unit] = cell.netted.get(unit, ZERO) + amount
                    left[key] -= amount

    # Figures.

    def allowance_currency(self, currency: str) -> str:
        """The first operating currency when there is one, else the amount's own."""
        return self.subledger.books.operating_currency or currency

    def quote(self, currency: str, into: str, place: Policy | None) -> Quote | None:
        """The as-of price; a finding where the ledger has none."""
        quote = self.subledger.prices.quote(currency, into, self.as_of)
        if quote is not None:
            self.quotes.add(quote)
        elif (currency, into) not in self._missing:
            self._missing.add((currency, into))
            text = no_price(currency, into, self.as_of)
            meta = place.entry.meta if place is not None else None
            self.findings.append(finding("missing-price", text, meta, self.as_of))
        return quote

    def matrix_rows(self) -> Iterable[MatrixRow]:
        """The rows, with their customers' shares noted."""
        order = sorted(
            self.cells.values(), key=lambda c: (c.policy_account, c.currency, c.place, c.bucket)
        )
        for cell in order:
            if cell.rate is None:
                self._no_rate(cell)
            gross = sum((one.outstanding for one in cell.items), ZERO)
            netted = sum(cell.netted.values(), ZERO)
            into = self.allowance_currency(cell.currency)
            rate = cell.rate.value if cell.rate is not None else None
            amount, quote = self._amount(gross - netted, cell, rate, into)
            if amount:
                self._share(cell, amount, into)
            yield MatrixRow(
                cell.policy_account,
                cell.bucket,
                cell.currency,
                gross,
                netted,
                rate,
                amount,
                into,
                quote,
                tuple(cell.items),
            )

    def _amount(
        self, base: Decimal, cell: _Cell, rate: Decimal | None, into: str
    ) -> tuple[Decimal | None, Quote | None]:
        """Base × rate (× price), rounded once; None where one of them is missing.

        Where there is no matrix at all nothing is provided for.
        """
        if rate is None:
            return None if has_matrix(self.subledger, self.as_of) else ZERO, None
        quote = None
        exact = times(base, rate)
        if cell.currency != into:
            quote = self.quote(cell.currency, into, cell.rate)
            if quote is None:
                return None, None
            exact = quote.convert(exact)
        return round_half_up(exact, digits_of(into, self.subledger.options.precision)), quote

    def _no_rate(self, cell: _Cell) -> None:
        if not has_matrix(self.subledger, self.as_of):
            return
        outstanding = sum((one.outstanding for one in cell.items), ZERO)
        if cell.matrix:
            text = say(
                'no loss rate for "{bucket}" on {account}, where {amount} {currency} is '
                "outstanding",
                bucket=cell.bucket,
                account=cell.policy_account,
                amount=plain(outstanding),
                currency=cell.currency,
            )
            meta = cell.matrix[-1].entry.meta
        else:
            item = cell.items[0].item
            text = say(
                "no loss rates at all for {account}, where {amount} {currency} is outstanding",
                account=item.account,
                amount=plain(outstanding),
                currency=cell.currency,
            )
            meta = item.meta
        self.findings.append(finding("no-loss-rate", text, meta, self.as_of))

    def _share(self, cell: _Cell, amount: Decimal, into: str) -> None:
        """Share a row among customers (and accounts to book on) by largest remainder."""
        weights: dict[tuple[str, str], Decimal] = {}
        for one in cell.items:
            unit = (one.item.customer, one.item.account)
            weights[unit] = weights.get(unit, ZERO) + one.outstanding
        for unit, netted in cell.netted.items():
            weights[unit] -= netted
        units = sorted(weights)
        digits = digits_of(into, self.subledger.options.precision)
        shares = largest_remainder(amount, [weights[unit] for unit in units], digits)
        for (customer, account), share in zip(units, shares, strict=True):
            self.book(customer, account, into, share, specific=False)

    def book(
        self, customer: str, account: str, currency: str, amount: Decimal, *, specific: bool
    ) -> None:
        """Note a part of the allowance for its customer and for its account."""
        own = self.shares.setdefault((customer, currency), [ZERO, ZERO])
        own[specific] += amount
        target = self._target(customer, account, currency)
        self.targets[target] = self.targets.get(target, ZERO) + amount

    def _target(self, customer: str, account: str, currency: str) -> Target:
        book, options = self.subledger.policies, self.subledger.options
        allowance = book.timeline("allowance-account", customer, account).one(self.as_of)
        loss = book.timeline("loss-account", customer, account).one(self.as_of)
        return Target(
            allowance.value if allowance else options.allowance_account,
            loss.value if loss else options.loss_account,
            currency,
        )

    def specific_rows(self) -> Iterable[SpecificRow]:
        """The smaller of the stated amount and what is outstanding, per assessment."""
        for key in sorted(self.individual):
            policy, items = self.individual[key]
            yield self._specific(policy, items)

    def _specific(self, policy: Policy, items: list[OpenItem]) -> SpecificRow:
        stated, currency = policy.value.number, policy.value.currency
        outstanding, missing = self._outstanding(policy, items)
        assessed = None if outstanding is None else min(stated, outstanding)
        into, quote, amount = self.allowance_currency(currency), None, assessed
        if currency != into:
            quote = self.quote(currency, into, policy)
            if quote is None:
                missing.append((currency, into))
                amount = None
            elif assessed is not None:
                digits = digits_of(into, self.subledger.options.precision)
                amount = round_half_up(quote.convert(assessed), digits)
        if amount is not None:
            self.book(policy.subject, items[0].item.account, into, amount, specific=True)
        return SpecificRow(
            policy.subject,
            policy.key or None,
            currency,
            outstanding,
            assessed,
            amount,
            into,
            quote,
            tuple(missing),
            policy,
            tuple(items),
        )

    def _outstanding(
        self, policy: Policy, items: list[OpenItem]
    ) -> tuple[Decimal | None, list[tuple[str, str]]]:
        """What of `items` is outstanding in the assessment's currency, and what has no price."""
        currency = policy.value.currency
        digits = digits_of(currency, self.subledger.options.precision)
        total, missing = ZERO, set()
        for one in items:
            if one.item.currency == currency:
                total += one.outstanding
                continue
            quote = self.quote(one.item.currency, currency, policy)
            if quote is None:
                missing.add((one.item.currency, currency))
            else:
                total += round_half_up(quote.convert(one.outstanding), digits)
        return None if missing else total, sorted(missing)


def _bucket(item: Item, buckets: Buckets, basis: Basis, as_of: dt.date) -> int:
    """The index of an item's bucket; what is conditional is not due."""
    if basis == "invoice":
        return buckets.place(item.date, as_of, basis)
    if item.conditional or item.due is None:
        return buckets.labels(basis).index(NOT_DUE)
    return buckets.place(item.due, as_of, basis)


def has_matrix(subledger: Subledger, as_of: dt.date) -> bool:
    """Whether the ledger has any loss rate by then: without one nothing is provided for."""
    return any(policy.start <= as_of for policy in subledger.policies.of("loss-rate"))


@exact
def booked_at(subledger: Subledger, as_of: dt.date) -> dict[tuple[str, str], Decimal]:
    """The booked allowance by (allowance account, currency): a credit balance is positive."""
    booked: dict[tuple[str, str], Decimal] = {}
    for movement in subledger.books.allowances:
        if movement.date <= as_of:
            info = subledger.chart.info(movement.account)
            key = (info.root if info is not None else movement.account, movement.currency)
            booked[key] = booked.get(key, ZERO) - movement.amount
    return booked


def allowance(subledger: Subledger, as_of: dt.date) -> Allowance:
    """What the allowance should be at the end of `as_of`, and what is booked.

    The last answer is kept: whoever shows it asks for what was found on the way as well.
    """
    found = subledger.kept.get(allowance)
    if not isinstance(found, Allowance) or found.as_of != as_of:
        found = subledger.kept[allowance] = _allowance(subledger, as_of)
    return found


@exact
def _allowance(subledger: Subledger, as_of: dt.date) -> Allowance:
    calculation = _Calculation(subledger, as_of)
    calculation.sort()
    if subledger.options.allowance_net_of_credits:
        calculation.net_credits()
    rows = tuple(calculation.matrix_rows())
    specific = tuple(calculation.specific_rows())
    booked = booked_at(subledger, as_of)
    return Allowance(
        as_of,
        rows,
        specific,
        _customers(subledger, calculation.shares),
        _totals(calculation.targets, booked),
        calculation.targets,
        booked,
        tuple(sorted(calculation.quotes)),
        tuple(calculation.findings),
    )


def allowance_of_entry(subledger: Subledger, day: dt.date) -> Allowance:
    """The allowance on the day of an entry, without the items behind it.

    Verifying asks it at each load, for each entry, and a roll-forward asks it again: it is kept.
    """
    found = subledger.kept.get((allowance_of_entry, day))
    if not isinstance(found, Allowance):
        answer = allowance(subledger, day)
        found = attrs.evolve(
            answer,
            rows=tuple(attrs.evolve(row, sources=()) for row in answer.rows),
            specific=tuple(attrs.evolve(row, sources=()) for row in answer.specific),
            customers=(),
        )
        subledger.kept[allowance_of_entry, day] = found
    return found


def _customers(
    subledger: Subledger, shares: Mapping[tuple[str, str], list[Decimal]]
) -> tuple[CustomerShare, ...]:
    return tuple(
        CustomerShare(
            customer,
            subledger.chart.customer(customer).name,
            currency,
            shares[customer, currency][False],
            shares[customer, currency][True],
        )
        for customer, currency in sorted(shares)
    )


def _totals(
    targets: Mapping[Target, Decimal], booked: Mapping[tuple[str, str], Decimal]
) -> tuple[AllowanceTotal, ...]:
    required: dict[str, Decimal] = {}
    for target, amount in targets.items():
        required[target.currency] = required.get(target.currency, ZERO) + amount
    held: dict[str, Decimal] = {}
    for (_, currency), amount in booked.items():
        held[currency] = held.get(currency, ZERO) + amount
    return tuple(
        AllowanceTotal(currency, required.get(currency, ZERO), held.get(currency, ZERO))
        for currency in sorted({*required, *held})
    )


@attrs.frozen
class Adjustment:
    """What is to be posted on one allowance account: required − booked."""

    allowance_account: str
    loss_account: str
    currency: str
    amount: Decimal


@exact
def adjustments(subledger: Subledger, answer: Allowance) -> tuple[Adjustment, ...]:
    """The postings that bring the books to what is required, per allowance account."""
    required: dict[tuple[str, str], Decimal] = {}
    losses: dict[tuple[str, str], str] = {}
    for target in sorted(answer.targets, key=attrs.astuple):
        info = subledger.chart.info(target.allowance_account)
        root = info.root if info is not None else target.allowance_account
        key = (root, target.currency)
        required[key] = required.get(key, ZERO) + answer.targets[target]
        losses.setdefault(key, target.loss_account)
    found = []
    for account, currency in sorted({*required, *answer.booked}):
        key = (account, currency)
        amount = required.get(key, ZERO) - answer.booked.get(key, ZERO)
        if amount:
            loss = losses.get(key) or _loss_account(subledger, account, answer.as_of)
            found.append(Adjustment(account, loss, currency, amount))
    return tuple(found)


def _loss_account(subledger: Subledger, allowance_account: str, as_of: dt.date) -> str:
    """The expense of an allowance account for which nothing is required any more."""
    for policy in subledger.policies.of("allowance-account"):
        if policy.value == allowance_account and policy.start <= as_of:
            loss = subledger.policies.own("loss-account", policy.subject).one(as_of)
            if loss is not None:
                return str(loss.value)
    return subledger.options.loss_account


def verify(subledger: Subledger, as_of: dt.date) -> tuple[Finding, ...]:
    """Every `#allowance` entry up to `as_of` against what was required on its day."""
    entries: dict[tuple[dt.date, str], list[AllowanceMovement]] = {}
    found: list[Finding] = []
    for movement in subledger.books.allowances:
        if movement.kind == "allowance" and movement.date <= as_of:
            info = subledger.chart.info(movement.account)
            root = info.root if info is not None else movement.account
            entries.setdefault((movement.date, root), []).append(movement)
    for (day, account), movements in sorted(entries.items(), key=lambda pair: pair[0]):
        answer = allowance_of_entry(subledger, day)
        if answer.findings:
            found.append(_unverified(movements[-1], answer))
            continue
        found.extend(
            _differs(movements[-1], answer, adjustment)
            for adjustment in adjustments(subledger, answer)
            if adjustment.allowance_account == account
        )
    return tuple(found)


def _unverified(movement: AllowanceMovement, answer: Allowance) -> Finding:
    """An entry that can't be checked must not pass as checked."""
    text = say(
        "what is required at {day} can't be calculated: {reason}",
        day=answer.as_of,
        reason=answer.findings[0].text,
    )
    hint = say("Add the price or the loss rate that is missing; then the entry is verified.")
    meta = movement.meta
    return finding("allowance-differs", text, meta, answer.as_of, hint=hint)


def _differs(movement: AllowanceMovement, answer: Allowance, adjustment: Adjustment) -> Finding:
    booked = answer.booked.get((adjustment.allowance_account, adjustment.currency), ZERO)
    text: Text = say(
        "the booked allowance on {account} at {day} is {booked} {currency}, required is "
        "{required}: {change} to {what}",
        account=adjustment.allowance_account,
        day=answer.as_of,
        booked=plain(booked),
        currency=adjustment.currency,
        required=plain(booked + adjustment.amount),
        change=plain(abs(adjustment.amount)),
        what=say("charge") if adjustment.amount > 0 else say("release"),
    )
    meta = movement.meta
    return finding("allowance-differs", text, meta, answer.as_of)


def unknown_labels(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    """Loss rates for a bucket that no set of buckets has had by then: they are never used."""
    book = subledger.policies
    declared = [
        policy.value
        for policy in (*book.of("aging-buckets"), *book.of("allowance-buckets"))
        if policy.start <= as_of
    ]
    labels = {NOT_DUE}
    for buckets in declared or [DEFAULT]:
        labels |= {*buckets.labels("due"), *buckets.labels("invoice")}
    for policy in book.of("loss-rate"):
        if policy.start <= as_of and policy.key not in labels:
            text = say(
                'loss-rate: there is no bucket "{bucket}"; the buckets are {labels}',
                bucket=policy.key,
                labels=", ".join(sorted(labels)),
            )
            yield finding("misplaced", text, policy.entry.meta, policy.start)


def unknown_invoices(subledger: Subledger, as_of: dt.date) -> Iterable[Finding]:
    """Specific allowances whose invoice the customer doesn't have."""
    for policy in subledger.policies.of("specific-allowance"):
        if not policy.key or policy.start > as_of:
            continue
        items = subledger.items_by_number.get((policy.subject, policy.key), ())
        if not any(item.posted <= as_of for item in items):
            text = say(
                "the specific allowance names {number}, and {customer} has no such item",
                number=policy.key,
                customer=policy.subject,
            )
            yield finding(
                "unknown-item",
                text,
                policy.entry.meta,
                policy.start,
                customer=policy.subject,
                item=policy.key,
                hint=say("Correct invoice: in the directive, or delete the directive."),
            )
