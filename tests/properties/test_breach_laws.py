# SPDX-License-Identifier: GPL-2.0-or-later
"""The law of credit limits: what is reported is what a walk over the calendar finds, no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from beancount.core import data
from hypothesis import given

from arledger.breaches import breaches
from arledger.findings import Finding
from tests.properties.figures import Loaded, load
from tests.properties.oracle import Breach, Limit, Movement, in_force
from tests.properties.oracle import breaches as oracle_breaches
from tests.properties.strategies import (
    DAYS,
    RECEIVABLE_KINDS,
    Ledger,
    Policy,
    chain,
    home,
    ledgers,
    waived_until,
)

KINDS = (*RECEIVABLE_KINDS, "advance applied", "advance invoiced")
LAST = DAYS[-1] + dt.timedelta(days=5)

watched = ledgers(
    kinds=KINDS,
    policies=("credit-limit", "credit-limit", "group-credit-limit", "credit-hold", "allocation"),
    groups=True,
    customers_max=3,
)


@given(watched)
def test_a_breach_is_reported_if_and_only_if_there_is_one(ledger: Ledger) -> None:
    """Law 7: each debit of a day above the limit; without one the cause, once."""
    loaded = load(ledger.text(marked=True))
    found = breaches(loaded.subledger, LAST)
    _assert_same(_reported(loaded, found, "limit-exceeded"), _customers_breaches(ledger), ledger)


@given(watched)
def test_a_groups_breach_is_reported_if_and_only_if_there_is_one(ledger: Ledger) -> None:
    """Law 7: of the accounts below one, and of the customers of a group, likewise."""
    loaded = load(ledger.text(marked=True))
    found = breaches(loaded.subledger, LAST)
    wanted = set()
    for subject in {policy.subject for policy in ledger.of("group-credit-limit")}:
        members = {
            customer
            for customer, group in zip(ledger.customers, ledger.groups, strict=False)
            if group == subject
        }
        movements = ledger.movements(subject, _in_group(subject, members))
        limits = _limits(ledger.of("group-credit-limit"))
        if subject == "G" and not members:
            continue
        wanted |= _simulated(ledger, movements, limits, {subject: [subject]})
    _assert_same(_reported(loaded, found, "group-limit-exceeded"), wanted, ledger)


@given(watched)
def test_an_item_on_hold_is_reported_if_and_only_if_it_is(ledger: Ledger) -> None:
    """Law 7: each new item of a day of hold, unless waived."""
    loaded = load(ledger.text(marked=True))
    found = _reported(loaded, breaches(loaded.subledger, LAST), "on-hold")
    wanted = set()
    for at, voucher in enumerate(ledger.vouchers):
        for part, line in enumerate(voucher.lines):
            held = in_force(
                ledger.of("credit-hold"),
                chain(voucher.customer, home(voucher.customer)),
                voucher.date,
            )
            is_new = line.document is not None and line.document.kind == "item"
            waived = waived_until(voucher)
            if is_new and held and held[0].values == ("TRUE",) and waived is None:
                wanted.add(Breach(voucher.date, voucher.customer, f"{at}.{part}"))
    assert found == wanted


def _in_group(subject: str, members: Collection[str]) -> Callable[[str, str], bool]:
    """Who counts: some customers, and the accounts below one."""
    return lambda customer, account: customer in members or f"{account}:".startswith(f"{subject}:")


def _customers_breaches(ledger: Ledger) -> set[Breach]:
    wanted = set()
    for customer in ledger.customers:
        movements = ledger.movements(customer, _in_group("", {customer}))
        subjects = {customer: chain(customer, home(customer))}
        wanted |= _simulated(ledger, movements, _limits(ledger.of("credit-limit")), subjects)
    return wanted


def _simulated(
    ledger: Ledger,
    movements: Sequence[Movement],
    limits: Sequence[Limit],
    subjects: dict[str, list[str]],
) -> set[Breach]:
    return oracle_breaches(movements, limits, subjects, ledger.oracle_prices(), LAST)


def _limits(policies: Sequence[Policy]) -> list[Limit]:
    """The limits as the oracle knows them."""
    found = []
    for policy in policies:
        amount, currency = policy.values[0].split()
        found.append(Limit(policy.since, policy.subject, currency, Decimal(amount), policy.until))
    return found


def _reported(loaded: Loaded, findings: Sequence[Finding], rule: str) -> set[Breach]:
    """The findings of a rule by whom they are about and what they stand at."""
    marks = _marks(loaded)
    return {
        Breach(
            found.date,
            str(found.text.args.get("subject") or found.text.args["customer"]),
            marks[found.line],
        )
        for found in findings
        if found.rule == rule
    }


def _marks(loaded: Loaded) -> dict[int, str]:
    """What stands at each line: a posting's mark, or the kind of directive."""
    marks: dict[int, str] = {}
    for entry in loaded.entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                meta = posting.meta or {}
                if "mark" in meta:
                    marks[meta["lineno"]] = meta["mark"]
        elif "mark" in entry.meta:
            kind = "limit" if isinstance(entry, data.Custom) else "price"
            marks[entry.meta["lineno"]] = kind
    return marks


def _assert_same(found: set[Breach], wanted: set[Breach], ledger: Ledger) -> None:
    """Every debit that is to be reported is; for the rest one of the causes of each day."""
    assert found <= wanted, ledger
    assert _days(found) == _days(wanted)
    assert {breach for breach in wanted if _is_debit(breach, ledger)} <= found


def _days(found: set[Breach]) -> set[tuple[dt.date, str]]:
    return {(breach.date, breach.customer) for breach in found}


def _is_debit(breach: Breach, ledger: Ledger) -> bool:
    """Whether it is about a document that was to be refused, and no reversal or directive."""
    at, _, part = breach.cause.partition(".")
    if not part:
        return False
    document = ledger.vouchers[int(at)].lines[int(part)].document
    return document is not None and document.kind in {"item", "draw"}
