# SPDX-License-Identifier: GPL-2.0-or-later
"""camt.053, .054 and .052, version by version: samples written out as banks send them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from arledger.reconciliation.model import BankEntry, BankFile, BankStatement
from arledger.reconciliation.reading.bank import read_bank
from arledger.reconciliation.reading.errors import ReadingError

_OPENING = """<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-03-01</Dt></Dt></Bal>"""


def _balance(code: str, amount: str, mark: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>2024-03-05</Dt></Dt></Bal>"
    )


def _entry(amount: str = "50.00", mark: str = "CRDT", more: str = "", status: str = "BOOK") -> str:
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>{status}</Sts>"
        f"<BookgDt><Dt>2024-03-04</Dt></BookgDt><ValDt><Dt>2024-03-05</Dt></ValDt>{more}</Ntry>"
    )


def _details(*details: str) -> str:
    return "<NtryDtls>" + "".join(f"<TxDtls>{text}</TxDtls>" for text in details) + "</NtryDtls>"


def _statement(body: str, more: str = "") -> str:
    return (
        f"<Stmt><Id>S1</Id>{more}<CreDtTm>2024-03-06T08:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>{body}</Stmt>"
    )


def _document(body: str, version: str = "camt.053.001.02", message: str = "BkToCstmrStmt") -> bytes:
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{version}"
    return f'<Document xmlns="{namespace}"><{message}>{body}</{message}></Document>'.encode()


def _file(*entries: str, version: str = "camt.053.001.02") -> BankFile:
    return read_bank(_document(_statement("".join(entries)), version), "camt.xml")


def _one(entry: str) -> BankEntry:
    (statement,) = _file(entry).statements
    (found,) = statement.entries
    return found


def _remarks(statement: BankStatement) -> list[str]:
    return [remark.text.render() for remark in statement.remarks]


@pytest.mark.parametrize("version", range(1, 15))
def test_every_version_is_recognised(version: int) -> None:
    file = _file(_entry(), version=f"camt.053.001.{version:02}")
    assert file.read_as.format == f"camt.053.001.{version:02}"
    assert file.statements[0].entries[0].amount == 50


@pytest.mark.parametrize(
    ("message", "report", "number"),
    [
        ("BkToCstmrStmt", "Stmt", "camt.053"),
        ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054"),
        ("BkToCstmrAcctRpt", "Rpt", "camt.052"),
        ("BkToCstmrDbtCdtNtfctnV01", "Ntfctn", "camt.054"),
    ],
)
def test_statements_notifications_and_reports(message: str, report: str, number: str) -> None:
    body = _statement(_entry()).replace("Stmt>", f"{report}>")
    file = read_bank(_document(body, f"{number}.001.08", message), "x.xml")
    (statement,) = file.statements
    assert file.read_as.format == f"{number}.001.08"
    assert [entry.amount for entry in statement.entries] == [50]
    assert statement.opening is None
    assert statement.remarks == ()


@pytest.mark.parametrize(
    "text",
    [
        # Any prefix, a bank's own namespace, none at all, an envelope around it.
        _document(_statement(_entry())).decode().replace("<", "<c:").replace("<c:/", "</c:").replace("xmlns=", "xmlns:c="),
        _document(_statement(_entry())).decode().replace("urn:iso:std:iso:20022:tech:xsd:", "http://www.six-interbank-clearing.com/de/"),
        _document(_statement(_entry())).decode().replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"', ""),
        '<?xml version="1.0"?><!-- from the bank --><BizMsg xmlns="urn:x"><AppHdr/>' + _document(_statement(_entry())).decode() + "</BizMsg>",
    ],
)  # fmt: skip
def test_namespaces_prefixes_and_envelopes_make_no_difference(text: str) -> None:
    (statement,) = read_bank(text.encode(), "x.xml").statements
    assert statement.account == "DE89370400440532013000"
    assert [entry.amount for entry in statement.entries] == [50]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    text = _document(_statement(_entry(more="<AddtlNtryInf>Müller</AddtlNtryInf>"))).decode()
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    content = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)
    (statement,) = read_bank(content, "x.xml").statements
    assert statement.entries[0].remittance == "Müller"


def test_a_credit_names_its_debtor_in_the_older_versions() -> None:
    entry = _one(
        _entry(
            more="<AcctSvcrRef>R1</AcctSvcrRef>"
            + _details(
                """<Refs><EndToEndId>E2E-7</EndToEndId><InstrId>NOTPROVIDED</InstrId>
                <MndtId>M-1</MndtId><TxId>T-1</TxId></Refs>
                <RltdPties><Dbtr><Nm>Müller &amp; Söhne</Nm></Dbtr>
                <DbtrAcct><Id><IBAN>NL91 ABNA 0417 1643 00</IBAN></Id></DbtrAcct>
                <UltmtDbtr><Nm>Filiale Köln</Nm></UltmtDbtr><Cdtr><Nm>Us</Nm></Cdtr></RltdPties>
                <RmtInf><Ustrd>Invoice INV-1</Ustrd><Ustrd>and INV-2</Ustrd></RmtInf>"""
            )
            + "<AddtlNtryInf>SEPA credit</AddtlNtryInf>"
        )
    )
    assert entry.reference == "R1"
    assert entry.payer == "Müller & Söhne"
    assert entry.payer_account == "NL91ABNA0417164300"
    assert entry.ultimate_payer == "Filiale Köln"
    assert entry.references == ("E2E-7", "T-1", "M-1")
    assert entry.remittance == "Invoice INV-1 and INV-2 SEPA credit"
    assert (entry.date, entry.value_date) == (date(2024, 3, 4), date(2024, 3, 5))


def test_parties_and_status_in_the_newer_versions() -> None:
    body = (
        "<Ntry><Amt Ccy='EUR'>50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts>"
        "<BookgDt><DtTm>2024-03-04T23:30:00+01:00</DtTm></BookgDt>"
        + _details(
            "<RltdPties><Dbtr><Pty><Nm>ACME</Nm></Pty></Dbtr>"
            "<DbtrAcct><Id><Othr><Id>12-34567-8</Id></Othr></Id></DbtrAcct></RltdPties>"
        )
        + "</Ntry>"
    )
    (statement,) = _file(body, version="camt.053.001.08").statements
    (entry,) = statement.entries
    assert entry.pending
    assert entry.date == date(2024, 3, 4)
    assert (entry.payer, entry.payer_account) == ("ACME", "12-34567-8")


def test_a_bank_that_pays_is_a_payer_too() -> None:
    agent = "<Dbtr><Agt><FinInstnId><Nm>Some Bank</Nm></FinInstnId></Agt></Dbtr>"
    assert _one(_entry(more=_details(f"<RltdPties>{agent}</RltdPties>"))).payer == "Some Bank"


def test_a_debit_names_its_creditor() -> None:
    parties = "<RltdPties><Dbtr><Nm>Us</Nm></Dbtr><Cdtr><Nm>Supplier</Nm></Cdtr></RltdPties>"
    entry = _one(_entry(mark="DBIT", more=_details(parties)))
    assert (entry.amount, entry.payer) == (Decimal("-50.00"), "Supplier")


def test_a_reversed_credit_is_a_debit_and_names_who_had_paid() -> None:
    parties = "<RltdPties><Dbtr><Nm>ACME</Nm></Dbtr><Cdtr><Nm>Us</Nm></Cdtr></RltdPties>"
    entry = _one(_entry(mark="DBIT", more="<RvslInd>true</RvslInd>" + _details(parties)))
    assert entry.reversal
    assert (entry.amount, entry.payer) == (Decimal("-50.00"), "ACME")


def test_structured_remittance() -> None:
    entry = _one(
        _entry(
            more=_details(
                """<RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>
                <Nb>INV-1</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">30.00</RmtdAmt></RfrdDocAmt>
                </Strd><Strd><RfrdDocInf><Nb>INV-2</Nb></RfrdDocInf>
                <CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf>
                <AddtlRmtInf>thanks</AddtlRmtInf></Strd></RmtInf>"""
            )
        )
    )
    assert entry.references == ("RF18539007547034", "INV-1", "INV-2")
    assert entry.remittance == "INV-1 30.00 EUR INV-2 RF18539007547034 thanks"


@pytest.mark.parametrize(
    "charges",
    [
        "<Chrgs><Amt Ccy='EUR'>1.50</Amt></Chrgs><Chrgs><Amt Ccy='EUR'>0.50</Amt></Chrgs>",
        "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>2.00</TtlChrgsAndTaxAmt></Chrgs>",
        (
            "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>2.00</TtlChrgsAndTaxAmt>"
            "<Rcrd><Amt Ccy='EUR'>2.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd>"
            "<Rcrd><Amt Ccy='EUR'>0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></Rcrd></Chrgs>"
        ),
    ],
)
def test_charges_and_what_was_ordered(charges: str) -> None:
    amounts = "<AmtDtls><InstdAmt><Amt Ccy='USD'>60.00</Amt></InstdAmt></AmtDtls>"
    entry = _one(_entry(amount="48.00", more=charges + _details(amounts)))
    assert entry.charges == Decimal("2.00")
    assert (entry.instructed, entry.instructed_currency) == (Decimal("60.00"), "USD")
    assert entry.amount == Decimal("48.00")


def _part(amount: str, name: str, mark: str = "CRDT") -> str:
    return (
        f"<Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>"
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>"
    )


def test_a_batch_with_amounts_becomes_one_entry_each() -> None:
    more = "<AcctSvcrRef>B1</AcctSvcrRef>" + _details(_part("30.00", "Ben"), _part("20.00", "Ada"))
    (statement,) = _file(_OPENING, _entry(more=more), _balance("CLBD", "150.00")).statements
    found = [(entry.payer, entry.amount, entry.reference) for entry in statement.entries]
    # Counted in the order of their content, whatever the order in the file.
    assert found == [("Ben", Decimal("30.00"), "B1-2"), ("Ada", Decimal("20.00"), "B1-1")]
    assert statement.remarks == ()


def test_a_batch_of_version_2_has_its_amounts_elsewhere() -> None:
    amount = "<AmtDtls><TxAmt><Amt Ccy='EUR'>{}</Amt></TxAmt></AmtDtls>"
    entry = _entry(more=_details(amount.format("30.00"), amount.format("20.00")))
    (statement,) = _file(entry).statements
    assert [entry.amount for entry in statement.entries] == [Decimal("30.00"), Decimal("20.00")]


def test_a_part_of_a_batch_may_go_the_other_way() -> None:
    entry = _entry(more=_details(_part("60.00", "Ada"), _part("10.00", "Ben", "DBIT")))
    (statement,) = _file(entry).statements
    assert [entry.amount for entry in statement.entries] == [Decimal(60), Decimal(-10)]


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ((_part("30.00", "Ada"), _part("19.00", "Ben")), "its parts come to 49.00"),
        (("<Refs><EndToEndId>A</EndToEndId></Refs>", _part("50.00", "Ben")), "does not give the amount of each"),
    ],
)  # fmt: skip
def test_a_batch_that_does_not_add_up_stays_one_entry(details: tuple[str, ...], told: str) -> None:
    (statement,) = _file(_entry(more=_details(*details))).statements
    assert [entry.amount for entry in statement.entries] == [Decimal("50.00")]
    assert any(told in text for text in _remarks(statement))


@pytest.mark.parametrize("code", ["PDNG", "INFO", "FUTR"])
def test_what_is_not_booked_is_pending_and_changes_no_balance(code: str) -> None:
    body = _OPENING + _entry() + _entry("7.00", status=code) + _balance("CLBD", "150.00")
    (statement,) = _file(body).statements
    assert [entry.pending for entry in statement.entries] == [False, True]
    assert statement.remarks == ()


def test_a_statement_that_does_not_add_up_says_so() -> None:
    (statement,) = _file(_OPENING, _entry(), _balance("CLBD", "10.00", "DBIT")).statements
    (remark,) = statement.remarks
    assert remark.grave
    assert remark.text.render() == (
        "the statement does not add up: opening 100.00 and 1 entries come to 150.00, but the "
        "closing balance is -10.00, a difference of -160.00"
    )


def test_five_decimals_are_kept() -> None:
    body = _OPENING + _entry("0.00001") + _balance("CLBD", "100.00001")
    (statement,) = _file(body).statements
    assert statement.entries[0].amount == Decimal("0.00001")
    assert statement.remarks == ()


def test_the_closing_balance_before_is_the_opening_one() -> None:
    (statement,) = _file(_balance("PRCD", "1.00"), _entry(), _balance("CLBD", "51.00")).statements
    assert (statement.opening, statement.closing) == (Decimal("1.00"), Decimal("51.00"))


def test_interim_balances_close_one_page_and_open_the_next() -> None:
    first = _statement(_OPENING + _entry() + _balance("ITBD", "150.00"))
    second = _statement(_balance("ITBD", "150.00") + _entry("1.00") + _balance("CLBD", "151.00"))
    statements = read_bank(_document(first + second), "x.xml").statements
    assert [(one.opening, one.closing) for one in statements] == [
        (Decimal(100), Decimal(150)),
        (Decimal(150), Decimal(151)),
    ]
    assert [one.remarks for one in statements] == [(), ()]


def test_pages_without_balances_between_them_are_one_statement() -> None:
    page = "<StmtPgntn><PgNb>{}</PgNb><LastPgInd>{}</LastPgInd></StmtPgntn>"
    first = _statement(_OPENING + _entry(), page.format(1, "false"))
    second = _statement(_entry("1.00") + _balance("CLBD", "151.00"), page.format(2, "true"))
    (statement,) = read_bank(_document(first + second), "x.xml").statements
    assert [entry.index for entry in statement.entries] == [0, 1]
    assert (statement.opening, statement.closing) == (Decimal(100), Decimal(151))
    assert statement.remarks == ()


def test_several_accounts_in_a_file() -> None:
    other = _statement(_entry("7.00")).replace("DE89370400440532013000", "NL91ABNA0417164300")
    first, second = read_bank(_document(_statement(_entry()) + other), "x.xml").statements
    assert (first.account, second.account) == ("DE89370400440532013000", "NL91ABNA0417164300")
    assert [entry.index for one in (first, second) for entry in one.entries] == [0, 1]


def test_a_statement_that_stands_twice_counts_once() -> None:
    (statement,) = read_bank(_document(_statement(_entry()) * 2), "x.xml").statements
    assert len(statement.entries) == 1
    assert "counts once" in _remarks(statement)[0]


def test_a_gap_between_two_statements_is_named() -> None:
    first = _statement(_OPENING + _entry() + _balance("CLBD", "150.00"))
    second = _statement(_balance("OPBD", "999.00") + _entry() + _balance("CLBD", "1049.00"))
    statements = read_bank(_document(first + second), "x.xml").statements
    assert "opens with 999.00" in _remarks(statements[1])[0]


def test_a_count_that_is_wrong_is_named() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    (statement,) = _file(summary, _entry()).statements
    assert _remarks(statement) == ["the statement says that it has 2 entries, but it holds 1"]


def test_missing_optional_parts() -> None:
    entry = _one("<Ntry><Amt Ccy='EUR'>5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>")
    assert entry.date == date(2024, 3, 6)  # the statement's own
    assert (entry.payer, entry.remittance, entry.references) == ("", "", ())
    assert not entry.pending


def test_30_february_is_the_last_day() -> None:
    text = _entry().replace("<ValDt><Dt>2024-03-05", "<ValDt><Dt>2024-02-30")
    (statement,) = _file(text).statements
    assert statement.entries[0].value_date == date(2024, 2, 29)
    assert "2024-02-30 is no day of the calendar" in _remarks(statement)[0]


# --- references ---


def _references(*entries: str) -> list[str | None]:
    (statement,) = _file(*entries).statements
    return [entry.reference for entry in statement.entries]


def test_an_entry_without_a_reference_has_one_by_its_content() -> None:
    (alone,) = _references(_entry(more="<NtryRef>1</NtryRef>"))
    among = _references(_entry("7.00"), _entry(more="<NtryRef>2</NtryRef>"), _entry())
    assert alone is not None
    assert alone.startswith("20240304-")
    assert among[1:] == [alone, f"{alone}-2"]
    assert among[0] != alone


def test_the_names_do_not_depend_on_the_file() -> None:
    content = _document(_statement(_entry()))
    first = read_bank(content, "a.xml").statements[0].entries[0].reference
    second = read_bank(b"\n\n" + content, "b.xml").statements[0].entries[0].reference
    assert first == second


def test_a_reference_given_to_two_bookings_stays_the_earliers() -> None:
    later = _entry("9.00", more="<AcctSvcrRef>R</AcctSvcrRef>").replace("2024-03-04", "2024-03-05")
    earlier = _entry("50.00", more="<AcctSvcrRef>R</AcctSvcrRef>")
    one, other = _references(later, earlier)
    assert other == "R"
    assert one is not None
    assert one.startswith("R-")


@pytest.mark.parametrize("nothing", ["NOTPROVIDED", "NONREF", "  ", "0000", "-"])
def test_a_reference_that_says_nothing_is_none(nothing: str) -> None:
    (found,) = _references(_entry(more=f"<AcctSvcrRef>{nothing}</AcctSvcrRef>"))
    assert found is not None
    assert found.startswith("20240304-")


# --- refusals ---


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE d SYSTEM 'file:///etc/passwd'><Document/>", "declares a document type"),
        (b"<?xml version='1.0'?><!-- x --><!DOCTYPE d [<!ENTITY a 'b'>]><Document>&a;</Document>", "declares a document type"),
        ("<!DOCTYPE d [<!ENTITY a 'b'>]><Document/>".encode("utf-16"), "declares a document type"),
        (b"<Document>&undeclared;</Document>", "is not well-formed XML"),
        (b"<a>" * 5000, "is not well-formed XML"),
        (_document(_statement(_entry()))[:-30], "the file is truncated"),
        (_document(_statement(_entry()))[:250], "the file is truncated"),
        (b"<?xml version='1.0' encoding='utf-8'?><Document>\xfc\xfc</Document>", "is not in the encoding"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.03'><CstmrCdtTrfInitn/></Document>", "is a payment order to the bank (pain.001), not a bank's statement"),
        (b"<other/>", "is XML with the root element other, not a bank's statement"),
        (_document(_statement(_entry("5,00"))), "“5,00” is no amount"),
        (_document(_statement(_entry("1e3"))), "“1e3” is no amount"),
        (_document(_statement(_entry("-5"))), "“-5” is no amount"),
        (_document(_statement(_entry(mark="X"))), "doesn't say whether it is a credit or a debit"),
        (_document(_statement(_entry().replace("<Amt Ccy='EUR'>50.00</Amt>", ""))), "an amount is missing"),
        (_document(_statement(_entry().replace(" Ccy='EUR'", ""))), "an amount has no currency"),
        (_document(_statement(_entry().replace("2024-03-04", "2024-04-31"))), "“2024-04-31” is no date"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(ReadingError) as refused:
        read_bank(content, "camt.xml")
    text = refused.value.text.render()
    assert text.startswith("camt.xml:")
    assert told in text
    assert "\n" not in text


def test_a_file_cut_anywhere_is_truncated() -> None:
    whole = _document(_statement(_OPENING + _entry(more=_details(_part("50.00", "Ada")))))
    for end in range(80, len(whole) - 1):
        with pytest.raises(ReadingError, match="the file is truncated"):
            read_bank(whole[:end], "x.xml")
