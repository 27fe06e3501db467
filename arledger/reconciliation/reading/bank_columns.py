# SPDX-License-Identifier: GPL-2.0-or-later
"""The columns of a bank's table: which row is the heading, and what each column is.

Headings of Chinese banks (simplified and traditional) and of English, German, Dutch and French
exports; compared without case, spaces and full-width forms, first with what stands in brackets
(`记账金额(收入)`), then without (`金额(元)`). In each list the likelier heading comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs

from arledger.findings import say
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import Overrides
from arledger.reconciliation.reading.table import Cell, Row, Table, normal
from arledger.reconciliation.reading.words import bare

HEADER_ROWS_MAX = 200
_HEADING_LENGTH_MAX = 80

# `paid_in` and `paid_out` are seen from the account's owner. `party` is the other side whichever
# way the money went; `payer` and `payee` stand where a table has a column for each.
_HEADINGS: Mapping[str, str] = {
    "date": """
        记账日期 入账日期 记帐日期 記帳日期 入帳日期 bookingdate buchungstag buchungsdatum
        postingdate posteddate bookdate boekdatum 交易日期 交易日 transactiondate txndate 日期
        date datum 交易时间 交易日期时间 交易時間 transactiontime datetime dateoperation
        datedoperation completeddate 发生日期
    """,
    "value_date": """
        起息日 起息日期 valuedate valuta valutadatum wertstellung wertstellungsdatum datevaleur
        rentedatum
    """,
    "reference": """
        交易流水号 银行流水号 核心流水号 流水号 交易流水 账户明细编号-交易流水号 交易参考号
        全局流水号 交易序列号 bankreference transactionid transactionreference transactionno
        transactionnumber fitid uniqueid operationnumber archivierungsnummer
        accountservicerreference paymentid
    """,
    "paid_in": """
        记账金额收入 收入金额 贷方发生额 贷方金额 收入 贷方发生额收入 存入金额 转入金额 存入
        转入 来账金额 贷方 交易金额收入 收入元 貸方金額 貸方發生額 存入金額 收入金額 貸方
        creditamount creditamt credit credits cramount moneyin paidin deposit deposits
        depositamount received haben gutschrift kredit inflow crédit
    """,
    "paid_out": """
        记账金额支出 支出金额 借方发生额 借方金额 支出 借方发生额支出 取出金额 转出金额 支取金额
        取出 转出 支取 往账金额 借方 交易金额支出 支出元 借方金額 借方發生額 提取金額 支出金額
        debitamount debitamt debit debits dramount moneyout paidout withdrawal withdrawals
        withdrawalamount soll belastung lastschrift debet outflow débit
    """,
    "amount": """
        记账金额 交易金额 发生额 金额 交易額 金額 發生額 交易金額 本币金额 收支金额
        transactionamount amount betrag umsatz bedrag montant importe amountinaccountcurrency
    """,
    "flag": """
        借贷标志 借贷标识 借贷方向 收支方向 收付标志 收/支 收支 借贷 借/贷 收支类型 收付方向
        往来标志 借贷别 借貸 借貸別 dc d/c c/d cd dr/cr cr/dr crdr debit/credit credit/debit
        debitcredit creditdebitindicator soll/haben s/h afbij af/bij direction
    """,
    "balance": """
        余额 账户余额 交易后余额 本次余额 账面余额 联机余额 当前余额 结余 餘額 帳戶餘額 結餘
        balance runningbalance accountbalance bookbalance saldo saldonachbuchung solde
        saldonatransactie balanceafterbooking
    """,
    "currency": """
        记账币种 币种 账户币种 货币 币别 交易币种 幣別 幣種 currency ccy accountcurrency
        währung waehrung whrg muntsoort munt devise
    """,
    "party": """
        对方户名 对方账户名称 对方账户名 对方名称 对方单位名称 对方单位 交易对手名称 交易对手户名
        交易对方名称 交易对手 交易对方 对手户名 对手名称 收/付方名称 收付方名称 收/付方户名
        对方姓名 對方戶名 對方名稱 對方帳戶名稱 counterparty counterpartyname
        beguenstigter/zahlungspflichtiger begünstigter/zahlungspflichtiger
        auftraggeber/begünstigter auftraggeber/beguenstigter namezahlungsbeteiligter
        nametegenpartij naamtegenpartij naam/omschrijving name/description partnername
        empfänger/auftraggeber name
    """,
    "payer": """
        付款人名称 付款人户名 付款人 付款方名称 付款方户名 付款方 付款单位 汇款人 汇款人名称
        付款人名稱 匯款人 payer payername payor remitter remittername sender sendername debtor
        debtorname zahlungspflichtiger orderingparty
    """,
    "payee": """
        收款人名称 收款人户名 收款人 收款方名称 收款方户名 收款方 收款单位 收款人名稱 payee
        payeename beneficiary beneficiaryname recipient recipientname creditor creditorname
        zahlungsempfänger zahlungsempfaenger
    """,
    "party_account": """
        对方账号 对方账户 对方帐号 对方账户号 对方卡号 交易对手账号 交易对手账户 交易对方账号
        对手账号 收/付方账号 收付方账号 收/付方帐号 對方帳號 對方帳戶 counterpartyaccount
        counterpartyaccountnumber counterpartyiban ibanzahlungsbeteiligter kontonummer/iban
        tegenrekening tegenrekeningiban/bban partneriban partneraccount counterpartyaccountno
    """,
    "payer_account": """
        付款人账号 付款人帐号 付款方账号 付款账号 汇款人账号 付款人帳號 payeraccount payeriban
        debtoraccount debtoriban senderaccount remitteraccount
    """,
    "payee_account": """
        收款人账号 收款人帐号 收款方账号 收款账号 收款人帳號 payeeaccount beneficiaryaccount
        creditoraccount creditoriban recipientaccount payeeiban
    """,
    "own_account": """
        本方账号 本方账户 账号 帐号 账户 卡号 帳號 accountnumber accountno account iban
        auftragskonto ibanauftragskonto rekening iban/bban ownaccount
    """,
    "charges": """
        手续费 手續費 fee fees charge charges commission bankcharges kosten
    """,
    "status": """
        交易状态 状态 狀態 status state info
    """,
    "their_reference": """
        业务参考号 业务编号 订单号 凭证号 凭证号码 票据号 参考号 对方参考号 end-to-end-id
        endtoendid end-to-endreferenz kundenreferenzend-to-end customerreference clientreference
        kundenreferenz reference ref paymentreference betalingskenmerk creditorreference
        mandatsreferenz mandatereference chequenumber chequeno
    """,
    "text": """
        摘要 用途 附言 客户附言 交易附言 备注 交易备注 交易摘要 业务摘要 其它摘要 其他摘要 摘要说明
        交易类型 业务类型 业务名称 交易名称 交易详情 交易说明 交易场所 说明 對方附言 備註 說明
        交易類型
        description details detail narrative narration memo notes note label particulars purpose
        remarks remark remittanceinformation remittance text type transactiontype
        verwendungszweck buchungstext omschrijving mededelingen libellé libelle communication
        paymentdetails transactiondetails additionalinformation
    """,
}
_OVERRIDABLE = {
    "date": "date",
    "ref": "reference",
    "text": "text",
    "debit": "paid_out",
    "credit": "paid_in",
    "amount": "amount",
    "flag": "flag",
    "balance": "balance",
    "currency": "currency",
}
_SEVERAL = frozenset({"text", "their_reference"})
_PUNCTUATION = re.compile(r"[\s._'\"()\[\]【】（）:：*]")


def _plain(text: str) -> str:
    """A heading with what stands in its brackets, without the brackets."""
    return _PUNCTUATION.sub("", normal(text))


def _fields() -> Mapping[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for field, headings in _HEADINGS.items():
        for rank, heading in enumerate(headings.split()):
            found.setdefault(_plain(heading), (field, rank))
    return found


_FIELD_OF = _fields()


def _field_of(heading: str) -> tuple[str, int] | None:
    if not heading or len(heading) > _HEADING_LENGTH_MAX:
        return None
    for text in (_plain(heading), _PUNCTUATION.sub("", bare(heading))):
        if text in _FIELD_OF:
            return _FIELD_OF[text]
    return None


def bank_score(rows: Sequence[Row]) -> int:
    """How much rows look like a bank's table: the most fields in one of the first rows."""
    return max((len(_columns_of(row)) for row in rows[:HEADER_ROWS_MAX]), default=0)


@attrs.frozen
class Columns:
    """The heading's row and the numbers of the columns, from 0; several only for texts."""

    header: Row
    at: Mapping[str, tuple[int, ...]]

    def text(self, row: Row, field: str) -> str:
        """What a row says in the field's column; empty where there is none."""
        numbers = self.at.get(field, ())
        return row.text(numbers[0]) if numbers else ""

    def cell(self, row: Row, field: str) -> Cell:
        """The field's cell as it is; None where there is none."""
        numbers = self.at.get(field, ())
        return row.cells[numbers[0]] if numbers and numbers[0] < len(row.cells) else None

    def texts(self, row: Row, field: str) -> list[str]:
        """What a row says in all columns of the field."""
        return [text for number in self.at.get(field, ()) if (text := row.text(number))]

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """The fields and their headings."""
        return tuple(
            (field, self.header.text(number)) for field, at in self.at.items() for number in at
        )


def _columns_of(row: Row) -> dict[str, tuple[int, ...]]:
    """The fields of a heading row; of several columns for one field the likeliest."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, text in enumerate(row.texts):
        hit = _field_of(text)
        if hit is not None:
            found.setdefault(hit[0], []).append((hit[1], number))
    return {
        field: tuple(number for _, number in hits) if field in _SEVERAL else (min(hits)[1],)
        for field, hits in found.items()
    }


def find_columns(table: Table, overrides: Overrides) -> Columns:
    """The heading row and its columns; `ReadingError` where there is no date or no amount."""
    candidates = list(table.rows[:HEADER_ROWS_MAX])
    if overrides.header_line is not None:
        candidates = [row for row in table.rows if row.line == overrides.header_line]
    best: Columns | None = None
    for row in candidates:
        at = _overridden(row, overrides, table.file)
        complete = "date" in at and bool({"amount", "paid_in", "paid_out"} & at.keys())
        if complete and (best is None or len(at) > len(best.at)):
            best = Columns(row, at)
    if best is None:
        raise ReadingError(
            say(
                "{file}: is no bank file that is known here: neither camt nor MT940, and no row of "
                "it names columns for a date and an amount; name them with --columns",
                file=table.file,
            )
        )
    return best


def _overridden(row: Row, overrides: Overrides, file: str) -> dict[str, tuple[int, ...]]:
    """The columns of a row as somebody named them, the rest by their headings."""
    at = _columns_of(row)
    if not overrides.columns:
        return at
    by_heading = {normal(text): number for number, text in enumerate(row.texts)}
    named: dict[str, tuple[int, ...]] = {}
    for field, heading in overrides.columns.items():
        number = by_heading.get(normal(heading))
        if number is None:
            if overrides.header_line is None:
                return {}
            raise ReadingError(
                say(
                    "{file}:{line}: no column has the heading {heading}",
                    file=file,
                    line=row.line,
                    heading=heading,
                )
            )
        if field in _OVERRIDABLE:
            named[_OVERRIDABLE[field]] = (number,)
    taken = {number for numbers in named.values() for number in numbers}
    rest = {field: tuple(n for n in numbers if n not in taken) for field, numbers in at.items()}
    if {"amount", "paid_in", "paid_out"} & named.keys():
        rest = {f: n for f, n in rest.items() if f not in {"amount", "paid_in", "paid_out", "flag"}}
    return {**{field: numbers for field, numbers in rest.items() if numbers}, **named}
