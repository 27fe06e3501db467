# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of statements: what stands at the head of columns, and in rows that are no lines.

Chinese in simplified and traditional characters, English, and German; compared without case,
spaces, line breaks, units and full-width forms. In each list the likelier heading comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from arledger.reconciliation.reading.table import Row, normal

# Each field and its headings. `charge` and `payment` raise and lower the debt, in words that need
# no debit and credit; `side` is the flag of the balance.
_HEADINGS: Mapping[str, str] = {
    "date": """
        日期 交易日期 业务日期 業務日期 单据日期 單據日期 记账日期 記帳日期 記賬日期
        制单日期 凭证日期 憑證日期 发票日期 發票日期 开票日期 開票日期 入账日期 入帳日期
        入賬日期 过账日期 過帳日期 发生日期 發生日期 到账日期 对账日期 交易时间 时间 date
        docdate documentdate invoicedate inv.date postingdate postdate posteddate
        transactiondate transdate trxdate txndate entrydate bookingdate valuedate billdate
        voucherdate datum belegdatum rechnungsdatum buchungsdatum
    """,
    "due": """
        到期日 到期日期 应付日期 應付日期 应收日期 付款到期日 due duedate dueon maturity
        maturitydate paymentdue fällig fälligam fälligkeit fälligkeitsdatum nettofälligkeit
    """,
    "ref": """
        rechnungsnummer rechnungsnr rechnung
        发票号 发票号码 發票號 發票號碼 发票编号 单据号 單據號 单据编号 單據編號 单号 單號
        单据号码 对方单号 业务单号 业务编号 订单号 訂單號 票据号 票据号码 票號 票据编号 编号
        編號 流水号 交易流水号 参考号 參考號 invoice invoiceno invoicenumber invoicenum
        invoice# invno inv# inv invoiceref invoiceid documentno documentnumber docno
        docnumber doc# document doc docnum documentref billno billnumber reference ref refno
        referenceno referencenumber ref# yourref yourreference ourref
        transactionno transactionid trxno txnid externaldocumentno referenz
        referenznummer ihrereferenz belegnummer belegnr beleg 凭证号 憑證號
        凭证号码 凭证字号 憑證字號 凭证编号 字号 voucherno vouchernumber voucher journalno
        journal operationnumber checkno chequeno number no
    """,
    "text": """
        摘要 备注 備註 说明 說明 交易摘要 内容 內容 用途 附言 交易类型 业务类型 類型 类型
        单据类型 單據類型 单据名称 品名 货物名称 商品名称 合同号 合約號 项目 description
        details detail narration narrative memo particulars remarks remark comment comments
        text label type transactiontype transaction doctype documenttype explanation note notes
        buchungstext verwendungszweck bezeichnung
        beschreibung vorgang
    """,
    "debit": """
        借方 借方金额 借方金額 借方发生额 借方發生額 本期借方 借方本期发生额 借方原币
        借方发生 借 借项 soll debit debits debitamount amountdebit dr dramount debitamt dbt
    """,
    "credit": """
        贷方 貸方 贷方金额 貸方金額 贷方发生额 貸方發生額 本期贷方 贷方本期发生额 贷方原币
        贷方发生 贷 貸 贷项 haben credit credits creditamount amountcredit cr cramount creditamt
        cdt
    """,
    "charge": """
        应收金额 應收金額 本期应收 本期應收 应付金额 應付金額 本期应付 本期應付 应收 应付
        開票金額 开票金额 销售金额 采购金额 送货金额 发货金额 charge charges charged
        invoiceamount invoiced billed invoicedamount
    """,
    "payment": """
        已收金额 已收 已付金额 已付 本期收款 本期付款 本期已付 本期已收 收款金额 收款
        回款金额 回款 付款金额 付款 已付款 已收款 已收金額 已付金額 收款金額 付款金額
        payment payments paymentamount paid paidamount amountpaid received receipt receipts
        credited
    """,
    "amount": """
        金额 金額 发生额 發生額 交易金额 交易金額 价税合计 價稅合計 含税金额 含稅金額
        发票金额 發票金額 单据金额 單據金額 原币金额
        amount amt value total totalamount grossamount gross documentamount amountdue
        transactionamount netamount betrag betraginhw betraginbelegwährung rechnungsbetrag umsatz
    """,
    # What is left of a document: beside its full amount, a list of open items means this.
    "open": """
        未付金额 未付金額 未收金额 未收金額 未结金额 欠款金额 未清金额 未清金額 未核销金额
        offen offenerbetrag offenerposten
        open openamount outstanding outstandingamount amountoutstanding amountopen remaining
        remainingamount unpaid unpaidamount
    """,
    "flag": """
        soll/haben sollhaben
        借贷 借貸 借贷方向 借貸方向 方向 借贷标志 借貸標誌 借/贷 借/貸 借贷别 借貸別
        收付标志 d/c dc dr/cr drcr c/d cd cr/dr debit/credit debitcredit s/h sh sign
        direction
    """,
    "balance": """
        余额 餘額 期末余额 期末餘額 结余 結餘 账户余额 帳戶餘額 本期余额 累计余额 余额金额
        餘額金額 应收余额 應收餘額 应付余额 應付餘額 欠款余额 balance runningbalance
        accountbalance closingbalance bal cumulativebalance balancedue openbalance saldo
    """,
    "side": """
        余额方向 餘額方向 余额借贷 余额借贷方向 balanced/c balancedc balancedr/cr
    """,
    "currency": """
        币种 幣種 幣別 币别 货币 貨幣 原币币种 währung currency ccy cur curr currencycode
    """,
    "rate": """
        汇率 匯率 exchangerate fxrate rate
    """,
    "year": """
        年
    """,
    "month": """
        月
    """,
    "day": """
        日
    """,
}
# Beside these, the columns of bank tables: they tell a table, though not a customer's statement.
_BANK = frozenset(
    """
    accountnumber beneficiary counterparty deposit deposits iban payer valuedate withdrawal
    withdrawals 交易对手名称 交易对手账号 交易日期 付款人名称 付款人账号 取出金额 存入金额
    对方户名 对方账号 对方账户 对方账户名称 户名 支出 支出金额 收入 收入金额 记账金额 账号
    """.split()  # noqa: SIM905 - a list of words, read as one
)
HEADINGS: Mapping[str, tuple[str, ...]] = {
    field: tuple(words.split()) for field, words in _HEADINGS.items()
}
_UNIT = re.compile(
    r"[\(\[【（][^)\]】）]*[\)\]】）]|[:;,*。：]|(?<=.)(?:人民币|人民幣|rmb|cny|usd|eur|hkd|gbp|twd|jpy|nt\$|us\$|￥|¥|\$|€|£)$"
)
_TRIM = re.compile(r"[\s._\-'\"]")

TOTAL = re.compile(
    r"(?:(?:本|当|當)?(?:页|頁|日|月|期|季|年|年度)(?:合计|合計|小计|小計|累计|累計|发生额|發生額|发生合计)|"
    r"\d{0,4}年?\d{0,2}月?份?(?:合计|合計|小计|小計|累计|累計)|总计|總計|总合计|合\s*计|累计|累計|"
    r"(?:grand|sub|page|monthly|period|report)?-?totals?(?:for.*|amount|debits?|credits?|period|cny|rmb|usd|eur|hkd|gbp|twd|jpy)?|"
    r"sum|totaldue|summe|zwischensumme|gesamt(?:summe|betrag)?|本(?:月|期|年)(?:发生|發生)(?:额|額)?(?:合计|合計)?)"
)
OPENING = re.compile(
    r"(?:(?:期|年|月|季)初(?:余额|餘額|结余|結餘|数|數|欠款|应收|应付)?|上(?:期|月|年|页|頁|季|年度|期末)(?:结转|結轉|结余|結餘|余额|餘額|欠款|累计欠款)|"
    r"承前(?:页|頁)|(?:前|上)(?:期|页|頁)?(?:结转|結轉|余额|餘額)|接(?:上|前)(?:页|頁)|年初余额|(?:上期|前期)(?:余额|餘額)|"
    r"opening(?:balance)?|(?:balance)?b/?f(?:wd)?|balance-?forward|balance(?:b/?f|brought|brought?forward)|brought-?forward|"
    r"(?:previous|prior|beginning|starting|initial|start)balance|balance(?:at|as)?(?:start|beginning)(?:ofperiod)?|"
    r"(?:saldo)?vortrag|(?:anfangs|eröffnungs)(?:saldo|bestand)|altersaldo|balance(?:broughtdown|b/?d)|carriedfromprevious\w*|openingbal\.?)(?:asof|asat|at|on)?"
)
CLOSING = re.compile(
    r"(?:期末(?:余额|餘額|结余|結餘|数|數|欠款|应收|应付)?|(?:本期|月末|年末|季末)(?:余额|餘額|结余|結餘|欠款)|(?:截止|截至)?(?:日)?(?:余额|餘額)|"
    r"过次(?:页|頁)|過次(?:页|頁)|转(?:次|下)(?:页|頁)|轉(?:次|下)(?:页|頁)|结转(?:下|次)(?:期|年|页|月|年度)|結轉(?:下|次)(?:期|年|頁|月|年度)|"
    r"(?:合计|累计)?(?:欠款|未付|应付|应收)(?:余额|餘額|合计|合計|总额|總額)|余额合计|"
    r"saldo|(?:end|abschluss|schluss)(?:saldo|bestand)|neuersaldo|closing(?:balance)?|(?:ending|end|final|current|new|outstanding)balance|"
    r"(?:balance)?c/?f(?:wd)?|balance(?:c/?d|carried(?:down|forward)|c/?f)|carried-?forward|"
    r"(?:total)?(?:balance|amount|total)(?:due|outstanding|payable|owing)|balance(?:at|as)?(?:end)(?:ofperiod)?|"
    r"closingbal\.?)(?:asof|asat|at|on)?"
)
# What every English label above has in it: most cells are told apart by this alone.
_MAYBE = re.compile(
    r"bal|total|open|clos|forward|b\s*/|c\s*/|sum|due|owing|outst|payable|previous|opening|bf|cf|"
    r"sald|vortrag|bestand|gesamt",
    re.IGNORECASE,
)
# Balances of a page: they repeat the running balance and are no opening or closing of the whole.
PAGE = re.compile(r"承前|接[上前]|[过過轉转]次|上[页頁]|carried|b/?f|c/?f|brought")
# What a monthly ledger sums up since the year began, including months the file doesn't have.
CUMULATIVE = re.compile(r"累计|累計|年度?合[计計]|yeartodate|ytd")
DATE_TAIL = re.compile(r"[\d年月日./\-至到~—–]+$")


def bare(text: str) -> str:
    """A heading without units, notes in brackets, line breaks and punctuation."""
    return _TRIM.sub("", _UNIT.sub("", normal(text))) or _TRIM.sub("", normal(text))


def _fields() -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for field, headings in HEADINGS.items():
        for rank, heading in enumerate(headings):
            found.setdefault(bare(heading), (field, rank))
    return found


FIELD_OF: Mapping[str, tuple[str, int]] = _fields()


# Headings nobody could list, by a part of them; the first that fits.
_PARTS = (
    ("flag", re.compile(r"^借.?[贷貸](?:方向|标[志识]|别|別)?$|^方向")),
    ("due", re.compile(r"到期|duedate|duefor")),
    ("side", re.compile(r"余额方向|餘額方向")),
    ("debit", re.compile(r"借方(?!.*[贷貸])|debit(?!.*credit)")),
    ("credit", re.compile(r"[贷貸]方(?!.*借)|credit(?!note|memo|limit|term|.*debit)")),
    ("balance", re.compile(r"余额|餘額|结余|結餘|balance")),
    ("date", re.compile(r"日期$|date$")),
    (
        "ref",
        re.compile(
            r"[单單票证證据據]号|[單票證據]號|号码|號碼|号数|[编編][号號]$|number$|no$|ref$|reference"
        ),
    ),
    ("amount", re.compile(r"金额|金額|价税|價稅|amount|betrag")),
    ("currency", re.compile(r"币种|幣[種別]|币别|currency")),
    ("text", re.compile(r"摘要|说明|說明|备注|備註|description|remark|memo")),
)
_NEVER = re.compile(
    r"客户|客戶|供应商|供應商|单位|單位|部门|部門|税|稅|账号|帳號|序号|序號|电话|電話|数量|數量|单价|單價|"
    r"customer|supplier|vendor|account|phone|tax|vat|quantity|price|limit|discount|折扣|项次|line|row"
)
_PART_RANK = 500
_HEADING_CHARACTERS_MAX = 60


def field_of(heading: str) -> tuple[str, int] | None:
    """What a column with this heading is, and how far down the list the heading stands."""
    if not heading or len(heading) > _HEADING_CHARACTERS_MAX:
        return None
    plain = bare(heading)
    known = FIELD_OF.get(plain)
    if known is not None or _NEVER.search(plain):
        return known
    for rank, (field, pattern) in enumerate(_PARTS, start=_PART_RANK):
        if pattern.search(plain):
            return field, rank
    return None


def label(text: str) -> str:
    """A cell as the first words of a row that is no line: without a date or a colon at its end."""
    plain = normal(text).replace(":", "").replace("-", "").strip("*=#")
    return plain.rstrip("。.,")


def kind_of_label(text: str) -> str | None:
    """`opening`, `closing` or `total` where a cell says that its row is one."""
    if not text or len(text) > _HEADING_CHARACTERS_MAX:
        return None
    if text.isascii() and _MAYBE.search(text) is None:
        return None
    return _kind_of_label(text)


@lru_cache(maxsize=16_384)
def _kind_of_label(text: str) -> str | None:
    plain = label(text)
    for candidate in (plain, DATE_TAIL.sub("", plain)):
        if not candidate:
            continue
        for kind, pattern in (("opening", OPENING), ("closing", CLOSING), ("total", TOTAL)):
            if pattern.fullmatch(candidate):
                return kind
    return None


def table_score(rows: Sequence[Row]) -> int:
    """How much rows look like a table of bookings: the most headings in one of the first rows."""
    best = 0
    for row in rows[:100]:
        fields = set()
        for text in row.texts:
            if text and len(text) <= _HEADING_CHARACTERS_MAX:
                found = FIELD_OF.get(bare(text))
                if found is not None:
                    fields.add(found[0])
                elif bare(text) in _BANK:
                    fields.add(bare(text))
        best = max(best, len(fields))
    return best
