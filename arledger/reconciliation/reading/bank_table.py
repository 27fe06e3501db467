# SPDX-License-Identifier: GPL-2.0-or-later
"""Bank statements as tables: what online banking exports as CSV, XLSX or XLS.

Money received and paid stand in two columns, or in one with a sign or a flag. A credit is money
received: the statement is the bank's, and its debts to us are its credits. Where the running
balance says the opposite throughout, it is believed, with a remark.

The rows may ascend or descend by date. Balances are checked row by row; a statement of opening
and closing balance above or below the table, and a row of totals, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import attrs

from arledger.findings import say
from arledger.money import exact, iso_digits
from arledger.reconciliation.model import BankEntry, BankStatement, Place, ReadAs, Remark
from arledger.reconciliation.reading.bank_balances import show, tie
from arledger.reconciliation.reading.bank_cells import Dated, Money, day_in, money_in
from arledger.reconciliation.reading.bank_columns import Columns, bank_score, find_columns
from arledger.reconciliation.reading.bank_fields import distinct, meaningful, squeeze
from arledger.reconciliation.reading.bank_references import Booking, named_by_account
from arledger.reconciliation.reading.bank_running import Figures, Running, breaks
from arledger.reconciliation.reading.dates import DateError, Numeric, settle_order
from arledger.reconciliation.reading.errors import NoCurrencyError, ReadingError
from arledger.reconciliation.reading.numbers import (
    CURRENCIES,
    NumberError,
    is_blank,
    settle_marks,
)
from arledger.reconciliation.reading.overrides import DateOrder, DecimalMark, Overrides
from arledger.reconciliation.reading.rows import read_table
from arledger.reconciliation.reading.table import Row, Table, normal
from arledger.reconciliation.reading.words import kind_of_label

_MONEY = ("paid_in", "paid_out", "amount")
_FLAGS_IN = frozenset(
    """
    贷 貸 贷方 收 收入 收款 入 入账 转入 来账 c cr crdt credit h haben bij in +
    """.split()  # noqa: SIM905 - a list of words, read as one
)
_FLAGS_OUT = frozenset(
    """
    借 借方 支 支出 付 付款 出 转出 往账 d dr dbit debit s soll af out -
    """.split()  # noqa: SIM905 - a list of words, read as one
)
_PENDING = frozenset(
    """
    pending vorgemerkt 处理中 待处理 未入账 inprocess processing
    """.split()  # noqa: SIM905 - a list of words, read as one
)
_ACCOUNT = re.compile(
    r"(?:本方)?(?:账号|帐号|帳號|卡号|账户)|account(?:number|no\.?)?|iban|konto(?:nummer)?|rekening(?:nummer)?"
)
_ACCOUNT_NUMBER = re.compile(r"[A-Z]{0,2}[0-9*][0-9A-Z* -]{3,40}")


def read_bank_table(
    content: bytes, name: str, overrides: Overrides
) -> tuple[ReadAs, tuple[BankStatement, ...]]:
    """The statements of a table: one for each account and currency in it."""
    table = read_table(content, name, overrides, bank_score)
    return _Reader(table, find_columns(table, overrides), overrides).read()


@attrs.frozen(slots=True)
class _Line:
    """A booking row: its date as written and its amounts by column."""

    row: Row
    day: Dated
    money: Mapping[str, Money | None]


@attrs.define
class _Reader:
    """One table being read; `remarks` grow on the way."""

    table: Table
    columns: Columns
    overrides: Overrides
    remarks: list[Remark] = attrs.field(factory=list)
    mark: DecimalMark = "."
    order: DateOrder | None = None

    def read(self) -> tuple[ReadAs, tuple[BankStatement, ...]]:
        self.remarks.extend(self.table.remarks)
        above = [row for row in self.table.rows if row.line < self.columns.header.line]
        below = [row for row in self.table.rows if row.line > self.columns.header.line]
        lines, others = self._lines(below)
        if not lines:
            raise ReadingError(
                say(
                    "{file}: no row below the headings on line {line} has a date and an amount",
                    file=self.table.file,
                    line=self.columns.header.line,
                )
            )
        currency = self._currency(above)
        self.mark = self._mark(lines, currency)
        self.order = self._order(lines)
        self.columns = self._with_their_account(lines)
        groups = self._groups(lines, self._account(above), currency)
        statements = self._statements(groups, [*above, *others])
        read_as = ReadAs(
            self.table.format,
            self.table.encoding,
            self.table.delimiter,
            self.table.sheet,
            self.columns.header.line,
            self.columns.named,
            self.order,
            self.mark,
        )
        return read_as, statements

    # --- rows ---

    def _place(self, row: Row) -> Place:
        return Place(self.table.file, row.line)

    def _lines(self, rows: Sequence[Row]) -> tuple[list[_Line], list[Row]]:
        """Booking rows, and the others: totals, balances, notes, the headings again."""
        lines: list[_Line] = []
        others: list[Row] = []
        for row in rows:
            line = None if self._is_label(row) else self._line(row)
            if line is not None:
                lines.append(line)
            elif row.texts != self.columns.header.texts:
                others.append(row)
        return lines, others

    def _is_label(self, row: Row) -> bool:
        """A row of totals or of a balance. Its label may stand in any column."""
        return any(_label(text) for text in row.texts[:4]) and not self._has_date(row)

    def _has_date(self, row: Row) -> bool:
        try:
            return day_in(self.columns.cell(row, "date")) is not None
        except DateError:
            return False

    def _line(self, row: Row) -> _Line | None:
        """A row with a date and an amount; one that has an amount only is said to be left out."""
        try:
            money = {field: money_in(self.columns.cell(row, field)) for field in _MONEY}
        except NumberError as error:
            if not self._has_date(row):
                return None
            raise ReadingError(
                say(
                    "{file}:{line}: “{text}” is no amount",
                    file=self.table.file,
                    line=row.line,
                    text=str(error)[:40],
                )
            ) from error
        if all(found is None for found in money.values()):
            return None
        try:
            day = day_in(self.columns.cell(row, "date"))
        except DateError as error:
            raise self._no_date(row) from error
        if day is None:
            told = say("this row has an amount but no date, and is left out")
            self.remarks.append(Remark(told, self._place(row), grave=True))
            return None
        return _Line(row, day, money)

    # --- what is settled over the whole table ---

    def _mark(self, lines: Sequence[_Line], currency: str | None) -> DecimalMark:
        if self.overrides.decimal_mark is not None:
            return self.overrides.decimal_mark
        figures = [
            (line.row.line, found)
            for line in lines
            for found in (*line.money.values(), self._balance(line.row))
        ]
        bodies = [(line, found.body) for line, found in figures if found and found.body]
        digits = iso_digits(currency) if currency else 2
        return settle_marks(bodies, digits, self.table.file)

    def _order(self, lines: Sequence[_Line]) -> DateOrder | None:
        """Day and month: told, or settled by all dates, or by the decimal mark.

        The month stands first where amounts have a point only (United States, Philippines).
        """
        days = [line.day.day for line in lines]
        open_dates = [
            (line.row.line, day)
            for line, day in zip(lines, days, strict=True)
            if isinstance(day, Numeric)
        ]
        if self.overrides.date_order is not None or not open_dates:
            return self.overrides.date_order
        fits = all("dmy" in day.orders for _, day in open_dates)
        if self.mark == "," and fits and any("mdy" in day.orders for _, day in open_dates):
            text = say(
                "dates are read as dmy: where amounts have a decimal comma, the month doesn't "
                "come first"
            )
            self.remarks.append(Remark(text, self._place(lines[0].row)))
            return "dmy"
        settled = settle_order(open_dates, days, None, self.table.file)
        if settled.reason is not None:
            self.remarks.append(Remark(settled.reason, self._place(lines[0].row)))
        return settled.order

    def _currency(self, above: Sequence[Row]) -> str | None:
        """The currency of rows that don't say theirs: told, above the table, in a heading."""
        if self.overrides.currency is not None:
            return self.overrides.currency
        for row in above:
            for text in row.texts:
                value = normal(text.replace("：", ":")).rpartition(":")[2]
                code = CURRENCIES.get(value.upper())
                if code:
                    return code
        for field in (*_MONEY, "balance"):
            heading = normal(self.columns.text(self.columns.header, field)).upper()
            for word in re.findall(r"[A-Z]{3}|人民币|美元|欧元|港币|港元", heading):
                if CURRENCIES.get(word):
                    return CURRENCIES[word]
        return None

    def _account(self, above: Sequence[Row]) -> str:
        """Our own account as the rows above the table name it."""
        for row in above:
            texts = [text for text in row.texts if text]
            for number, text in enumerate(texts):
                label, _, value = text.replace("：", ":").partition(":")
                if not _ACCOUNT.fullmatch(normal(label)):
                    continue
                following = texts[number + 1] if number + 1 < len(texts) else ""
                found = squeeze(value) or following
                if _ACCOUNT_NUMBER.fullmatch(found.upper()):
                    return found
        return ""

    def _with_their_account(self, lines: Sequence[_Line]) -> Columns:
        """A column called account beside a payee's name, with many values, is the payee's."""
        at = dict(self.columns.at)
        theirs = {"party_account", "payer_account", "payee_account"}
        if "own_account" not in at or theirs & at.keys():
            return self.columns
        values = {self.columns.text(line.row, "own_account") for line in lines}
        if len(values) < 2 or not {"party", "payer", "payee"} & at.keys():  # noqa: PLR2004 - one is ours
            return self.columns
        at["party_account"] = at.pop("own_account")
        return attrs.evolve(self.columns, at=at)

    # --- from rows to entries ---

    def _groups(
        self, lines: Sequence[_Line], account: str, currency: str | None
    ) -> dict[tuple[str, str], list[_Line]]:
        """The rows by account and currency, in the order of the table."""
        groups: dict[tuple[str, str], list[_Line]] = {}
        for line in lines:
            own = self.columns.text(line.row, "own_account") or account
            groups.setdefault((own, self._currency_of(line, currency)), []).append(line)
        return groups

    def _currency_of(self, line: _Line, currency: str | None) -> str:
        text = normal(self.columns.text(line.row, "currency")).upper()
        if text and not is_blank(text):
            code = CURRENCIES.get(text) or text
            if len(code) != 3 or not code.isascii():  # noqa: PLR2004 - ISO 4217
                raise ReadingError(
                    say(
                        "{file}:{line}: “{text}” is no currency",
                        file=self.table.file,
                        line=line.row.line,
                        text=text[:40],
                    )
                )
            return code
        said = next((found.currency for found in line.money.values() if found), None)
        if said or currency:
            return said or currency or ""
        if _is_simplified("".join(self.columns.header.texts)):
            return "CNY"
        if self.overrides.currency_else is not None:
            return self.overrides.currency_else
        raise NoCurrencyError(
            say(
                "{file}: doesn't say the currency of its amounts; say it with --currency",
                file=self.table.file,
            )
        )

    def _statements(
        self, groups: Mapping[tuple[str, str], Sequence[_Line]], others: Sequence[Row]
    ) -> tuple[BankStatement, ...]:
        figures = {key: self._figures(lines) for key, lines in groups.items()}
        bookings = [
            (
                key[0],
                [
                    self._booking(line, one, key[1])
                    for line, one in zip(lines, figures[key], strict=True)
                ],
            )
            for key, lines in groups.items()
        ]
        entries = named_by_account(bookings)
        single = len(groups) == 1
        return tuple(
            self._statement(key, found, lines, figures[key], others if single else ())
            for (key, lines), found in zip(groups.items(), entries, strict=True)
        )

    def _figures(self, lines: Sequence[_Line]) -> list[Figures]:
        """The amounts of the rows, turned round where the running balance demands it."""
        carries_sign = all(
            found.value(self.mark) <= 0 for line in lines if (found := line.money["paid_out"])
        )
        figures = [self._figure(line, carries_sign=carries_sign) for line in lines]
        if "amount" in self.columns.at and "flag" not in self.columns.at:
            return figures
        turned = [attrs.evolve(one, amount=-one.amount) for one in figures]
        if len(figures) > 1 and breaks(figures) and not breaks(turned):
            text = say(
                "debit and credit are read the other way round, as the running balance has them: "
                "a debit is money received here"
            )
            self.remarks.append(Remark(text, self._place(self.columns.header), grave=True))
            return turned
        return figures

    @exact
    def _figure(self, line: _Line, *, carries_sign: bool) -> Figures:
        paid_in, paid_out = line.money["paid_in"], line.money["paid_out"]
        amount = Decimal(0)
        if paid_in is not None or paid_out is not None:
            amount += paid_in.value(self.mark) if paid_in else 0
            out = paid_out.value(self.mark) if paid_out else Decimal(0)
            amount += out if carries_sign else -out
        elif (single := line.money["amount"]) is not None:
            amount = single.value(self.mark)
            direction = self._direction(line, single)
            amount = amount if direction is None else abs(amount) * direction
        balance = self._balance(line.row)
        return Figures(amount, balance.value(self.mark) if balance else None)

    def _direction(self, line: _Line, single: Money) -> int | None:
        """What a flag says: 1 for money received, -1 for money paid."""
        written = self.columns.text(line.row, "flag")
        text = normal(written)
        if single.flag is not None and not text:
            return 1 if single.flag == "credit" else -1
        if not text:
            return None
        if text in _FLAGS_IN:
            return 1
        if text in _FLAGS_OUT:
            return -1
        raise ReadingError(
            say(
                "{file}:{line}: “{text}” says neither debit nor credit",
                file=self.table.file,
                line=line.row.line,
                text=written[:40],
            )
        )

    def _balance(self, row: Row) -> Money | None:
        try:
            return money_in(self.columns.cell(row, "balance"))
        except NumberError:
            return None

    def _booking(self, line: _Line, figures: Figures, currency: str) -> Booking:
        row, columns = line.row, self.columns
        side = "payer" if figures.amount >= 0 else "payee"
        texts = [text for text in columns.texts(row, "text") if not is_blank(text)]
        entry = BankEntry(
            index=0,
            date=self._day(line.day, row),
            amount=figures.amount,
            currency=currency,
            reference=None,
            value_date=self._value_date(row),
            payer=_said(columns.text(row, "party")) or _said(columns.text(row, side)),
            payer_account=_said(columns.text(row, "party_account"))
            or _said(columns.text(row, f"{side}_account")),
            remittance=squeeze(" ".join(dict.fromkeys(texts))),
            references=distinct(columns.texts(row, "their_reference")),
            pending=normal(columns.text(row, "status")) in _PENDING,
            charges=self._charges(row),
            place=self._place(row),
        )
        return Booking(meaningful(columns.text(row, "reference")), (entry,))

    def _charges(self, row: Row) -> Decimal | None:
        try:
            found = money_in(self.columns.cell(row, "charges"))
            return abs(found.value(self.mark)) if found else None
        except NumberError:
            return None

    def _no_date(self, row: Row) -> ReadingError:
        return ReadingError(
            say(
                "{file}:{line}: “{text}” is no date",
                file=self.table.file,
                line=row.line,
                text=self.columns.text(row, "date")[:40],
            )
        )

    def _day(self, found: Dated, row: Row) -> date:
        day = found.under(self.order)
        if day is None:
            raise self._no_date(row)
        if found.mended:
            text = say(
                "{text} is no day of the calendar; it is read as {date}",
                text=found.mended[:40],
                date=day.isoformat(),
            )
            self.remarks.append(Remark(text, self._place(row)))
        return day

    def _value_date(self, row: Row) -> date | None:
        """The value date; one that can't be read is left out: the booking date counts."""
        try:
            found = day_in(self.columns.cell(row, "value_date"))
        except DateError:
            return None
        return found.under(self.order) if found else None

    # --- balances ---

    def _statement(
        self,
        key: tuple[str, str],
        entries: tuple[BankEntry, ...],
        lines: Sequence[_Line],
        figures: Sequence[Figures],
        others: Sequence[Row],
    ) -> BankStatement:
        account, currency = key
        checked = Running(entries, figures, self.table.file)
        opening, closing, said = self._said_balances(others)
        # What concerns the whole table is said once, with the first of its statements.
        remarks = [*self.remarks, *checked.remarks(), *self._unreadable(lines)]
        self.remarks = []
        if checked.opening is None:
            remarks.extend(tie(opening, entries, closing, said or self._place(lines[-1].row)))
        remarks.extend(self._totals(others, entries))
        if self._is_assumed(currency):
            text = say(
                "the table doesn't say its currency; it is taken to be the ledger's, {currency}; "
                "say another with --currency",
                currency=currency,
            )
            remarks.append(Remark(text, self._place(self.columns.header)))
        elif not self._says_currency(currency):
            text = say(
                "the table doesn't say its currency; as its headings are in simplified Chinese, "
                "it is CNY"
            )
            remarks.append(Remark(text, self._place(self.columns.header)))
        days = sorted(entry.date for entry in entries)
        return BankStatement(
            account,
            currency,
            entries,
            opening if opening is not None else checked.opening,
            closing if closing is not None else checked.closing,
            days[0],
            days[-1],
            tuple(remarks),
        )

    def _is_assumed(self, currency: str) -> bool:
        """Whether nothing in the file tells the currency."""
        if self.overrides.currency or currency != self.overrides.currency_else:
            return False
        head = self.columns.header
        above = [row for row in self.table.rows if row.line < head.line]
        told = "currency" in self.columns.at or self._currency(above) is not None
        return not told and not _is_simplified("".join(head.texts))

    def _says_currency(self, currency: str) -> bool:
        if currency != "CNY" or self.overrides.currency or "currency" in self.columns.at:
            return True
        head = [row for row in self.table.rows if row.line <= self.columns.header.line]
        words = {normal(text) for row in head for text in row.texts}
        return any(word in text for text in words for word in ("人民币", "cny", "rmb", "¥"))

    def _unreadable(self, lines: Sequence[_Line]) -> list[Remark]:
        """A remark on the first balance that is no number."""
        for line in lines:
            text = self.columns.text(line.row, "balance")
            if text and not is_blank(text) and self._balance(line.row) is None:
                said = say("“{text}” is no balance; the balance isn't checked here", text=text[:40])
                return [Remark(said, self._place(line.row))]
        return []

    def _said_balances(
        self, others: Sequence[Row]
    ) -> tuple[Decimal | None, Decimal | None, Place | None]:
        """Opening and closing balance as rows outside the table give them."""
        found: dict[str, Decimal] = {}
        place = None
        for row in others:
            for text in row.texts:
                label, _, inside = text.replace("：", ":").partition(":")
                kind = _label(label)
                if kind in {"opening", "closing"} and kind not in found:
                    values = self._numbers([inside, *row.texts])
                    if values:
                        found[kind] = values[0]
                        place = self._place(row) if kind == "closing" else place
        return found.get("opening"), found.get("closing"), place

    def _numbers(self, texts: Sequence[str]) -> list[Decimal]:
        values = []
        for text in texts:
            try:
                found = money_in(text.strip())
                if found is not None:
                    values.append(found.value(self.mark))
            except NumberError:
                continue
        return values

    @exact
    def _totals(self, others: Sequence[Row], entries: Sequence[BankEntry]) -> list[Remark]:
        """A grave remark where a row of totals says another sum than the rows above it."""
        sums = {
            "paid_in": sum((one.amount for one in entries if one.amount > 0), Decimal(0)),
            "paid_out": -sum((one.amount for one in entries if one.amount < 0), Decimal(0)),
        }
        remarks = []
        for row in others:
            if not any(_label(text) == "total" for text in row.texts[:4]):
                continue
            for field, reached in sums.items():
                said = self._numbers([self.columns.text(row, field)])
                if said and abs(said[0]) != reached:
                    text = say(
                        "the total in column {column} is {said}, but its rows come to {reached}",
                        column=self.columns.text(self.columns.header, field),
                        said=show(said[0]),
                        reached=show(reached),
                    )
                    remarks.append(Remark(text, self._place(row), grave=True))
        return remarks


def _label(text: str) -> str | None:
    """`opening`, `closing` or `total`, where a currency may stand before the word."""
    plain = text.partition(":")[0]
    for currency in ("人民币", "美元", "欧元", "港币"):
        plain = plain.removeprefix(currency)
    return kind_of_label(plain)


def _is_simplified(text: str) -> bool:
    """Whether headings are Chinese without a traditional character: the yuan is understood."""
    chinese = "".join(char for char in text if "\u4e00" <= char <= "\u9fff")
    return bool(chinese) and len(chinese.encode("gb2312", "ignore")) == 2 * len(chinese)


def _said(text: str) -> str:
    return "" if is_blank(text) else squeeze(text)
