# SPDX-License-Identifier: GPL-2.0-or-later
"""Accounts and customers: which account is whose.

A customer's account is one under a receivable or advance root that has `customer:` on its
`open`, with everything below it:

    2024-01-01 open Assets:Receivable:C001-HuaDong  CNY
      customer: "C001"
      name: "华东重工有限公司"

Where no account under a root has the key, each topmost opened account below the root is its own
customer, its last component the id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import attrs
from beancount.core import account as account_names
from beancount.core.data import Open

from arledger.findings import Finding, finding, say
from arledger.language.options import Options

Role = Literal["receivable", "advance", "allowance"]
ATTRIBUTES = ("name", "segment", "salesperson", "group", "language", "email", "payer")


@attrs.frozen
class AccountInfo:
    """What arledger knows of one account that it looks at."""

    account: str
    role: Role
    root: str
    customer: str
    customer_known: bool
    conditional: bool
    in_exposure: bool


@attrs.frozen
class Customer:
    """One customer: its attributes and its accounts (receivables in order of opening first)."""

    id: str
    name: str = ""
    segment: str = ""
    salesperson: str = ""
    group: str = ""
    language: str = ""
    email: str = ""
    payer: str = ""
    accounts: tuple[str, ...] = ()

    def attribute(self, name: str) -> str:
        """An attribute by its name in the ledger."""
        return str(getattr(self, name))


def ancestors(account: str) -> Iterable[str]:
    """The account itself, then each account above it."""
    while account:
        yield account
        account = account.rpartition(":")[0]


def is_below(account: str, root: str) -> bool:
    """Whether `account` is `root` or below it."""
    return account == root or account.startswith(root + ":")


@attrs.define
class Chart:
    """The chart of accounts as far as customers are concerned."""

    options: Options
    opens: Mapping[str, Open]
    allowance_accounts: tuple[str, ...]
    _keyed_roots: frozenset[str]
    income_root: str = "Income"
    liabilities_root: str = "Liabilities"
    expenses_root: str = "Expenses"
    _known: dict[str, AccountInfo | None] = attrs.field(factory=dict, repr=False)
    customers: dict[str, Customer] = attrs.field(factory=dict, repr=False)

    def info(self, account: str) -> AccountInfo | None:
        """What `account` is to us; None for an account we don't look at."""
        try:
            return self._known[account]
        except KeyError:
            info = self._known[account] = self._look(account)
            return info

    def is_income(self, account: str) -> bool:
        """Whether it is an income account, whatever the ledger calls that root."""
        return is_below(account, self.income_root)

    def is_result(self, account: str) -> bool:
        """Whether it is an income or expense account."""
        return self.is_income(account) or is_below(account, self.expenses_root)

    def is_liability(self, account: str) -> bool:
        """Whether it is a liability, whatever the ledger calls that root."""
        return is_below(account, self.liabilities_root)

    def customer(self, customer: str) -> Customer:
        """The customer of that id; one without attributes where no account states them."""
        return self.customers.get(customer) or Customer(customer)

    def exists(self, account: str) -> bool:
        """Whether the account, or one below it, was ever opened."""
        return account in self.opens or any(
            opened.startswith(account + ":") for opened in self.opens
        )

    def _look(self, account: str) -> AccountInfo | None:
        for root in self.allowance_accounts:
            if is_below(account, root):
                return AccountInfo(
                    account,
                    "allowance",
                    root,
                    "",
                    customer_known=True,
                    conditional=False,
                    in_exposure=False,
                )
        roles: tuple[tuple[Role, Sequence[str]], ...] = (
            ("receivable", self.options.receivable_accounts),
            ("advance", self.options.advance_accounts),
        )
        for role, roots in roles:
            for root in sorted(roots, key=len, reverse=True):
                if is_below(account, root):
                    return self._under(account, role, root)
        return None

    def _under(self, account: str, role: Role, root: str) -> AccountInfo:
        line = _up_to(account, root)
        customer = self._customer_of(account, root, line)
        return AccountInfo(
            account,
            role,
            root,
            customer or account,
            customer is not None,
            self._flag((*line, root), "conditional", default=False),
            self._flag((*line, root), "in-exposure", default=True),
        )

    def _customer_of(self, account: str, root: str, line: Sequence[str]) -> str | None:
        if root in self._keyed_roots:
            for above in line:
                customer = _customer_key(self.opens.get(above))
                if customer:
                    return customer
            return None
        if account == root:
            return None
        opened = [above for above in line if above in self.opens]
        return (opened[-1] if opened else account).rpartition(":")[2]

    def _flag(self, line: Iterable[str], key: str, *, default: bool) -> bool:
        for above in line:
            entry = self.opens.get(above)
            value = entry.meta.get(key) if entry is not None and entry.meta else None
            if isinstance(value, bool):
                return value
        return default


def _up_to(account: str, root: str) -> list[str]:
    """The account and those above it, below `root`."""
    return [above for above in ancestors(account) if above.startswith(root + ":")]


def _customer_key(entry: Open | None) -> str | None:
    """The id in `customer:`; a number typed without quotes counts, with a finding elsewhere."""
    value = entry.meta.get("customer") if entry is not None and entry.meta else None
    if value is None or isinstance(value, bool):
        return None
    return str(value).strip() or None


def read_chart(
    opens: Mapping[str, Open],
    options: Options,
    allowance_accounts: Iterable[str],
    root_names: tuple[str, str, str] = ("Income", "Liabilities", "Expenses"),
) -> tuple[Chart, tuple[Finding, ...]]:
    """The chart from the ledger's `open` directives, and what is wrong with them."""
    roots = (*options.receivable_accounts, *options.advance_accounts)
    keyed = frozenset(
        root
        for root in roots
        if any(
            _customer_key(entry) and name.startswith(root + ":") for name, entry in opens.items()
        )
    )
    chart = Chart(options, opens, tuple(allowance_accounts), keyed, *root_names)
    found = [
        *_malformed_keys(chart),
        *_read_customers(chart),
    ]
    return chart, tuple(found)


def _malformed_keys(chart: Chart) -> Iterable[Finding]:
    for name, entry in sorted(chart.opens.items()):
        info = chart.info(name)
        if info is None or info.role == "allowance" or not entry.meta:
            continue
        if not account_names.is_valid(name):
            text = say("{account} is not a valid name of an account", account=name)
            yield finding("invalid-account", text, entry.meta, entry.date)
        customer = entry.meta.get("customer")
        if customer is not None and not (isinstance(customer, str) and customer.strip()):
            text = say('customer: must be a text in quotes, as in customer: "C001"')
            yield finding("malformed", text, entry.meta, entry.date)
        for key in ("conditional", "in-exposure"):
            if key in entry.meta and not isinstance(entry.meta[key], bool):
                text = say("{key}: must be TRUE or FALSE, without quotes", key=key)
                yield finding("malformed", text, entry.meta, entry.date)


def _read_customers(chart: Chart) -> Iterable[Finding]:
    """Fill `chart.customers`; yields the attributes on which two accounts differ."""
    owned: dict[str, list[AccountInfo]] = {}
    for name in chart.opens:
        info = chart.info(name)
        if info is not None and info.role != "allowance" and info.customer_known:
            owned.setdefault(info.customer, []).append(info)
    for customer, infos in owned.items():
        infos.sort(
            key=lambda info: (
                info.role != "receivable",
                chart.opens[info.account].date,
                info.account,
            )
        )
        stated: dict[str, str] = {}
        for attribute in ATTRIBUTES:
            yield from _agree(chart, customer, infos, attribute, stated)
        chart.customers[customer] = Customer(
            customer, accounts=tuple(info.account for info in infos), **stated
        )


def _agree(
    chart: Chart,
    customer: str,
    infos: Sequence[AccountInfo],
    attribute: str,
    stated: dict[str, str],
) -> Iterable[Finding]:
    """State the attribute of the first account that has it; yield those that differ."""
    first: tuple[str, date] | None = None
    for info in infos:
        entry = chart.opens[info.account]
        value: Any = entry.meta.get(attribute) if entry.meta else None
        if value is None:
            continue
        if first is None:
            stated[attribute], first = str(value), (info.account, entry.date)
        elif str(value) != stated[attribute]:
            text = say(
                'customer {customer}: {attribute} is "{one}" on {first} and "{other}" on {account}',
                customer=customer,
                attribute=attribute,
                one=stated[attribute],
                other=str(value),
                first=first[0],
                account=info.account,
            )
            day = max(first[1], entry.date)
            yield finding("conflicting-attribute", text, entry.meta, day, customer=customer)
