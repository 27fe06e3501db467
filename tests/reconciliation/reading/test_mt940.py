# SPDX-License-Identifier: GPL-2.0-or-later
"""MT940 and MT942, dialect by dialect: samples written out as banks send them."""

from __future__ import annotations

import logging
from datetime import date
from decimal import Decimal

import pytest

from arledger.reconciliation.model import BankEntry, BankStatement
from arledger.reconciliation.reading.bank import read_bank
from arledger.reconciliation.reading.errors import ReadingError
from arledger.reconciliation.reading.overrides import Overrides

_HEAD = ":20:START\n:25:DE89370400440532013000\n:28C:1/1\n:60F:C240301EUR100,00\n"


def _message(body: str, closing: str = ":62F:C240305EUR150,00\n-\n", head: str = _HEAD) -> bytes:
    return (head + body.strip("\n") + "\n" + closing).encode()


def _statement(content: bytes) -> BankStatement:
    (statement,) = read_bank(content, "bank.sta").statements
    return statement


def _one(line: str, details: str = "") -> BankEntry:
    body = f":61:{line}\n" + (f":86:{details}\n" if details else "")
    (entry,) = _statement(_message(body)).entries
    return entry


def _remarks(statement: BankStatement) -> list[str]:
    return [remark.text.render() for remark in statement.remarks]


LINE = "2403050304C50,00NTRFNONREF//B1"


@pytest.mark.parametrize(
    ("mark", "amount", "reversal", "pending"),
    [
        ("C", "50.00", False, False),
        ("D", "-50.00", False, False),
        ("RC", "-50.00", True, False),
        ("RD", "50.00", True, False),
        ("CR", "50.00", False, False),  # with the third letter of EUR
        ("RDR", "50.00", True, False),
        ("EC", "50.00", False, True),
        ("ED", "-50.00", False, True),
    ],
)
def test_marks(mark: str, amount: str, reversal: bool, pending: bool) -> None:  # noqa: FBT001 - a table
    entry = _one(f"2403050304{mark}50,00NTRFNONREF//B1")
    assert (entry.amount, entry.reversal, entry.pending) == (Decimal(amount), reversal, pending)


@pytest.mark.parametrize(
    ("line", "booked", "valued"),
    [
        ("2403050304", "2024-03-04", "2024-03-05"),
        ("240305", "2024-03-05", "2024-03-05"),
        ("240305    ", "2024-03-05", "2024-03-05"),
        ("2401020101", "2024-01-01", "2024-01-02"),
        ("2401011231", "2023-12-31", "2024-01-01"),
        ("2312310102", "2024-01-02", "2023-12-31"),
        ("9912310103", "2000-01-03", "1999-12-31"),
        ("2403010229", "2024-02-29", "2024-03-01"),
    ],
)
def test_dates_and_the_turn_of_the_year(line: str, booked: str, valued: str) -> None:
    entry = _one(f"{line}C50,00NTRFNONREF")
    assert (str(entry.date), str(entry.value_date)) == (booked, valued)


@pytest.mark.parametrize(
    ("text", "valued"),
    [("240230", "2024-02-29"), ("230230", "2023-02-28"), ("230229", "2023-02-28"), ("000230", "2000-02-29")],
)  # fmt: skip
def test_30_february_is_the_last_day_and_is_said(text: str, valued: str) -> None:
    statement = _statement(_message(f":61:{text}0301C50,00NTRFNONREF"))
    assert str(statement.entries[0].value_date) == valued
    (remark,) = [one for one in statement.remarks if text in one.text.render()]
    assert remark.text.render() == f"{text} is no day of the calendar; it is read as {valued}"
    assert remark.place.line == 5


@pytest.mark.parametrize(
    ("amount", "value"), [("50,", "50"), ("50,5", "50.5"), ("0,00001", "0.00001"), ("50", "50")]
)
def test_amounts(amount: str, value: str) -> None:
    assert _one(f"240305C{amount}NTRFNONREF").amount == Decimal(value)


@pytest.mark.parametrize("amount", ["50.00", "1.000,00", ",", "5,0,0", "50,1234567", ""])
def test_an_amount_written_otherwise_is_refused_and_not_guessed(amount: str) -> None:
    with pytest.raises(ReadingError, match="is no statement line"):
        _one(f"240305C{amount}NTRFNONREF")


def test_german_subfields() -> None:
    entry = _one(
        LINE,
        "166?00GUTSCHRIFT?109075/612?20EREF+E2E-2024-0000000000001?2123?22MREF+M-1?23KREF+NONREF\n"
        "?24SVWZ+Rechnung INV-2024-0501?25 vom 1. Maerz?26ABWA+Filiale Koeln?30COBADEFFXXX\n"
        "?31DE02120300000000202051?32Mueller und Soehne GmbH & ?33Co. KG?34000",
    )
    assert entry.reference == "B1"
    assert (entry.payer, entry.payer_account) == (
        "Mueller und Soehne GmbH & Co. KG",
        "DE02120300000000202051",
    )
    assert entry.ultimate_payer == "Filiale Koeln"
    assert entry.remittance == "Rechnung INV-2024-0501 vom 1. Maerz"
    assert entry.references == ("E2E-2024-000000000000123", "M-1")


def test_a_word_cut_at_the_end_of_a_line_or_subfield_is_one_again() -> None:
    purpose = "SVWZ+Rechnungsnummer INV-2024-0501 und INV-2024-0502 vom Monat Maerz"
    pieces = "".join(
        f"?{20 + at // 27}{purpose[at : at + 27]}" for at in range(0, len(purpose), 27)
    )
    whole = f"166?00GUTSCHRIFT{pieces}?32ACME"
    lines = "\n".join(whole[at : at + 65] for at in range(0, len(whole), 65))
    assert _one(LINE, lines).remittance == purpose.removeprefix("SVWZ+")


def test_polish_subfields() -> None:
    entry = _one(
        LINE, "020~00PRZELEW~20Faktura 7/2024~32ACME SP Z O O~38PL61109010140000071219812874"
    )
    assert (entry.payer, entry.payer_account, entry.remittance) == (
        "ACME SP Z O O",
        "PL61109010140000071219812874",
        "Faktura 7/2024",
    )


@pytest.mark.parametrize(
    ("details", "payer", "account", "text", "references"),
    [
        # ABN AMRO
        ("/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A\n/NAME/ACME BV/REMI/INV-1 and INV-2/EREF/E2E-9",
         "ACME BV", "NL91ABNA0417164300", "INV-1 and INV-2", ("E2E-9",)),
        # ING
        ("/EREF/E2E-9//MARF/M-1//CNTP/NL91ABNA0417164300/ABNANL2A/ACME BV///REMI/USTD//INV-1/",
         "ACME BV", "NL91ABNA0417164300", "INV-1", ("E2E-9", "M-1")),
        # Rabobank
        ("/EREF/E2E-9/ORDP//NAME/ACME BV/ADDR/Dam 1 Amsterdam/REMI/INV-1/ISDT/2024-03-04",
         "ACME BV", "", "INV-1", ("E2E-9",)),
        ("/EREF/NOTPROVIDED/BENM//NAME/Supplier/REMI//INV/2024/17", "Supplier", "", "INV/2024/17", ()),
    ],
)  # fmt: skip
def test_slashed_details(
    details: str, payer: str, account: str, text: str, references: tuple[str, ...]
) -> None:
    entry = _one(LINE, details)
    assert (entry.payer, entry.payer_account, entry.remittance, entry.references) == (
        payer,
        account,
        text,
        references,
    )


def test_the_account_in_the_line_below_as_rabobank_writes_it() -> None:
    entry = _one("240305C50,00N541NONREF//B1\nNL91ABNA0417164300", "/ORDP//NAME/ACME/REMI/INV-1")
    assert entry.payer_account == "NL91ABNA0417164300"


def test_free_text() -> None:
    entry = _one(
        "240305C50,00NTRFPO-77//B1\nsupplement",
        "GUTSCHRIFT ACME AG\nCH93 0076 2011 6238 5295 7 INV-1",
    )
    assert entry.remittance == "GUTSCHRIFT ACME AG CH93 0076 2011 6238 5295 7 INV-1 supplement"
    assert entry.payer_account == "CH9300762011623852957"
    assert entry.references == ("PO-77",)


def test_what_was_ordered_and_the_charges() -> None:
    entry = _one("240305C50,00NTRFNONREF//B1\n/OCMT/USD60,00//CHGS/EUR2,50/", "text")
    assert (entry.instructed, entry.instructed_currency) == (Decimal("60.00"), "USD")
    assert entry.charges == Decimal("2.50")


def test_references_longer_than_swift_allows() -> None:
    long = "BIPI-dvT1FzfMqvzF5HaU4oetlH7SGRkonU"
    entry = _one(f"240305C50,00NTRF{long}//2022070616391534000")
    assert (entry.reference, entry.references) == ("2022070616391534000", (long,))


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("DE89370400440532013000", "DE89370400440532013000"),
        ("DE89 3704 0044 0532 0130 00 EUR", "DE89370400440532013000"),
        ("NL91ABNA0417164300EUR", "NL91ABNA0417164300"),
        ("37040044/0532013000", "37040044/0532013000"),
    ],
)
def test_our_account(written: str, account: str) -> None:
    head = _HEAD.replace("DE89370400440532013000", written)
    assert _statement(_message(f":61:{LINE}", head=head)).account == account


# --- messages and balances ---


def test_envelopes_headers_and_line_ends() -> None:
    body = _message(f":61:{LINE}\n:86:INV-1").decode()
    wrapped = "{1:F01BANKDEFFXXXX0000000000}{2:I940X}{4:\n" + body.replace("\n-\n", "\n-}{5:}\n")
    for content in (body, wrapped, "BANK\n940\nBANK\n" + body, "\ufeff" + body):
        for end in ("\n", "\r\n", "\r"):
            statement = _statement(content.replace("\n", end).encode())
            assert [entry.remittance for entry in statement.entries] == ["INV-1"]
            assert (statement.opening, statement.closing) == (Decimal(100), Decimal(150))
            assert statement.remarks == ()


@pytest.mark.parametrize(
    ("encoding", "text", "called"),
    [
        ("utf-8", "Müller 华东重工有限公司", "UTF-8"),
        ("utf-16", "Müller 华东重工有限公司", "UTF-16"),
        ("gb18030", "货款 华东重工有限公司 发票号", "GB18030"),
        ("latin-1", "Müller und Söhne, Groß-Gerau", "ISO-8859-1"),
    ],
)
def test_encodings(encoding: str, text: str, called: str) -> None:
    content = _message(f":61:{LINE}\n:86:{text}").decode().encode(encoding)
    file = read_bank(content, "bank.sta")
    assert file.read_as.encoding == called
    assert file.statements[0].entries[0].remittance == text


def test_the_encoding_can_be_said() -> None:
    content = _message(f":61:{LINE}\n:86:Łódź").decode().encode("cp1250")
    file = read_bank(content, "bank.sta", Overrides(encoding="cp1250"))
    assert file.statements[0].entries[0].remittance == "Łódź"


def test_several_statements_and_a_missing_closing_balance_between_them() -> None:
    first = _message(f":61:{LINE}", closing="").decode()
    second = _message(":61:240305C50,00NTRFNONREF//B2").decode()
    one, two = read_bank((first + second).encode(), "bank.sta").statements
    assert [entry.reference for entry in (*one.entries, *two.entries)] == ["B1", "B2"]
    assert _remarks(one) == ["the statement has no closing balance (:62F:): it can't be checked"]
    assert one.remarks[0].grave


def test_a_missing_closing_balance_before_an_end_mark() -> None:
    statement = _statement(_message(f":61:{LINE}", closing="-\n"))
    assert (len(statement.entries), statement.closing) == (1, None)
    assert statement.remarks[0].grave


def test_pages_tie_each_with_its_own_balances() -> None:
    first = _message(f":61:{LINE}", closing=":62M:C240305EUR150,00\n-\n")
    head = _HEAD.replace("1/1", "1/2").replace(":60F:C240301EUR100,00", ":60M:C240305EUR150,00")
    second = _message(":61:240305D1,00NTRFNONREF//B2", ":62F:C240305EUR149,00\n-\n", head)
    one, two = read_bank(first + second, "bank.sta").statements
    assert (one.closing, two.opening, two.closing) == (Decimal(150), Decimal(150), Decimal(149))
    assert (one.remarks, two.remarks) == ((), ())


def test_a_page_that_is_missing_is_named() -> None:
    statement = _statement(_message(f":61:{LINE}", closing=":62M:C240305EUR150,00\n-\n"))
    assert "the statement goes on in a page that is missing here" in _remarks(statement)[0]


def test_a_statement_that_does_not_add_up_says_so_at_its_closing_balance() -> None:
    statement = _statement(_message(f":61:{LINE}", closing=":62F:D240305EUR150,00\n-\n"))
    (remark,) = statement.remarks
    assert remark.grave
    assert remark.place.line == 6
    assert "a difference of -300.00" in remark.text.render()


def test_text_of_the_statement_itself_belongs_to_no_entry() -> None:
    closing = ":62F:C240305EUR150,00\n:64:C240305EUR150,00\n:86:about the statement\n-\n"
    (entry,) = _statement(_message(f":61:{LINE}\n:86:INV-1", closing=closing)).entries
    assert entry.remittance == "INV-1"


def test_an_interim_report_has_no_balances() -> None:
    content = b":20:X\n:25:DE89370400440532013000\n:28C:1\n:34F:EURD0,\n:13D:2403050800+0100\n:61:240305C50,00NTRFNONREF\n:86:INV-1\n:90C:1EUR50,00\n-\n"
    file = read_bank(content, "bank.sta")
    (statement,) = file.statements
    assert file.read_as.format == "mt942"
    assert (statement.currency, statement.opening, statement.remarks) == ("EUR", None, ())
    assert [entry.amount for entry in statement.entries] == [50]


def test_a_statement_without_entries() -> None:
    statement = _statement(_message("", closing=":62F:C240305EUR100,00\n-\n"))
    assert (statement.entries, statement.remarks) == ((), ())


def test_equal_entries_without_reference_are_counted() -> None:
    body = ":61:240305C25,00NTRFNONREF\n:86:INV-1\n" * 2
    first, second = _statement(_message(body)).entries
    assert second.reference == f"{first.reference}-2"


def test_the_library_logs_nothing_and_prints_nothing(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ReadingError):
        _one("rubbish")
    _one(LINE)
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


# --- refusals ---


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_message(f":61:{LINE}\n:86:INV-1", closing=""), "bank.sta:1: the file is truncated"),
        (_message(":61:2403", closing=""), "the file is truncated"),
        (_message(":61:241305C50,00NTRF"), "bank.sta:5: “241305” is no date"),
        (_message(":61:2404310431C50,00NTRF"), "“240431” is no date"),
        (_message(":61:2404301331C50,00NTRF"), "“1331” is no date"),
        (_message(":61:rubbish"), "“rubbish” is no statement line (:61:)"),
        (_message(f":61:{LINE}", closing=":62F:C240305EUR\n-\n"), "“C240305EUR” is no balance (:62F:)"),
        (_message(f":61:{LINE}", closing=":62F:C240305EUR1.50\n-\n"), "is no balance (:62F:)"),
        (_message(f":61:{LINE}", closing=":62F:C240305USD150,00\n-\n"), "opens in EUR and closes in USD"),
        (_message(f":61:{LINE}").replace(b":25:DE89370400440532013000\n", b""), "of which account it is (:25:)"),
        (b":20:X\n:25:A\n:28C:1\n:61:240305C50,00NTRF\n-\n", "no balance that says its currency"),
        (_message(f":61:{LINE}\n:86:Müller") + "Söhne".encode("latin-1"), "mixes UTF-8 with another encoding"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(ReadingError) as refused:
        read_bank(content, "bank.sta")
    text = refused.value.text.render()
    assert told in text
    assert "\n" not in text


def test_a_file_cut_within_its_entries_is_truncated_wherever_it_is_cut() -> None:
    whole = _message(f":61:{LINE}\n:86:INV-1\n:61:2403050304C1,00NTRFNONREF//B2\n:86:INV-2")
    start, end = whole.index(b":61:"), whole.index(b":62F:")
    for at in range(start, end + 5):
        with pytest.raises(ReadingError, match=r"the file is truncated|is no balance"):
            read_bank(whole[:at], "bank.sta")


def test_dates_are_dates() -> None:
    entry = _one(LINE)
    assert type(entry.date) is date
    assert type(entry.amount) is Decimal


def test_a_field_that_never_ends_takes_no_longer_than_its_length() -> None:
    """Quadratic, this would take minutes."""
    entry = _one(LINE, "166?00X?20SVWZ+INV-1\n" + "junk?21/NAME/\n" * 200_000)
    assert entry.remittance.startswith("INV-1")


def test_a_field_of_blanks_takes_no_longer_than_its_length() -> None:
    assert _one(LINE, " " * 1_000_000 + "x").remittance == "x"
