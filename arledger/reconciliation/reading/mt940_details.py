# SPDX-License-Identifier: GPL-2.0-or-later
"""The free field of an MT940 booking (:86:), in the structures that banks give it.

- German, Austrian, Polish: `166?00GUTSCHRIFT?20EREF+…?21SVWZ+…?30BIC?31IBAN?32NAME?33NAME`, with
  `?`, `~` or `<` before each two-digit subfield;
- Dutch, Belgian and others by slashes: `/EREF/…/ORDP//NAME/…/REMI/…`, `/CNTP/account/bic/name/…`;
- free text, in which one valid account number (IBAN) is recognised.

A line is cut at 65 characters and a subfield at 27, in the middle of a word: full ones join
without a blank, shorter ones with one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs

from arledger.reconciliation.reading.bank_fields import distinct, squeeze

_LINE_LENGTH = 65
_SUBFIELD_LENGTH = 27

_SUBFIELDS = re.compile(r"\s*(?:[0-9]{3}\s*)?([?~<^])(?=[0-9]{2})")
# What stands in the purpose of a SEPA payment; MTLG is the bank's message.
_KEYWORD = re.compile(
    r"(?<![A-Z])(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF|ANAM|MTLG)[+:]\s?"
)
_SLASHED = re.compile(
    r"/(TRTP|EREF|PREF|IREF|KREF|MARF|CSID|CNTP|REMI|ORDP|BENM|NAME|IBAN|BIC|ISDT|RTRN|ULTC|ULTD|"
    r"ULTB|PURP|OCMT|CHGS|EXCH|SVCL|ADDR|ID|SUM|ORCR|ACCW|INST|BTCH|RREF)/"
)
_IMPLIED = re.compile(r"^(?:USTD|STRD(?:/[A-Z]{3})?)/+")


@attrs.frozen(slots=True)
class Details:
    """What the field says of the other party and the purpose."""

    text: str
    payer: str = ""
    payer_account: str = ""
    references: tuple[str, ...] = ()
    ultimate_payer: str = ""
    instructed: str = ""
    charges: str = ""


def read_details(lines: Sequence[str]) -> Details:
    """The parts of the field, whichever structure it has."""
    start = lines[0] if lines else ""
    match = _SUBFIELDS.match(start)
    if match is not None:
        return _subfields(_join_lines(lines, match.group(1)), match.group(1))
    whole = _join_lines(lines, None)
    if len(set(_SLASHED.findall(whole))) > 1 or _SLASHED.match(whole):
        return _slashed(whole)
    return Details(squeeze(whole))


def _join_lines(lines: Sequence[str], separator: str | None) -> str:
    """The lines as one: those cut at full length without a blank between them."""
    pieces: list[str] = []
    length = _LINE_LENGTH
    for line in lines:
        begins_subfield = separator is not None and line.startswith(separator)
        if length < _LINE_LENGTH and not begins_subfield:
            pieces.append(" ")
        pieces.append(line)
        length = len(line)
    return "".join(pieces)


# --- subfields ---


def _subfields(whole: str, separator: str) -> Details:
    parts = re.split(rf"{re.escape(separator)}([0-9]{{2}})", whole)
    fields: list[tuple[int, str]] = [
        (int(code), text) for code, text in zip(parts[1::2], parts[2::2], strict=True)
    ]
    purpose = _join_pieces([text for code, text in fields if 20 <= code <= 29 or 60 <= code <= 65])  # noqa: PLR2004 - codes
    said = _by_keyword(purpose)
    name = _join_pieces([text for code, text in fields if code in (32, 33)])
    account = squeeze("".join(text for code, text in fields if code == 31))  # noqa: PLR2004 - code
    # Polish banks give the full number under 38.
    account = account or squeeze("".join(text for code, text in fields if code == 38))  # noqa: PLR2004 - code
    posting = squeeze("".join(text for code, text in fields if code == 0))
    text = [said.get("", ""), said.get("SVWZ", ""), said.get("MTLG", "")]
    return Details(
        squeeze(" ".join(text)) or posting,
        squeeze(name) or said.get("ANAM", ""),
        account or said.get("IBAN", ""),
        distinct([said.get(key, "") for key in ("EREF", "KREF", "RREF", "MREF")]),
        said.get("ABWA", ""),
        said.get("OAMT", ""),
        said.get("COAM", ""),
    )


def _join_pieces(pieces: Sequence[str]) -> str:
    """Subfields as one text: what follows one of full length joins without a blank."""
    joined: list[str] = []
    length = _SUBFIELD_LENGTH
    for piece in pieces:
        if length < _SUBFIELD_LENGTH or _KEYWORD.match(piece):
            joined.append(" ")
        joined.append(piece)
        length = len(piece)
    return "".join(joined)


def _by_keyword(purpose: str) -> Mapping[str, str]:
    """The purpose by SEPA keyword; what stands before the first one has none."""
    parts = _KEYWORD.split(purpose)
    said = {"": squeeze(parts[0])}
    for key, text in zip(parts[1::2], parts[2::2], strict=True):
        said[key] = squeeze(f"{said.get(key, '')} {text}")
    return said


# --- slashes ---


def _slashed(whole: str) -> Details:
    parts = _SLASHED.split(whole)
    said: dict[str, str] = {}
    for key, text in zip(parts[1::2], parts[2::2], strict=True):
        value = squeeze(text).strip("/ ")
        said[key] = squeeze(f"{said.get(key, '')} {value}")
    account, name = _counterparty(said.get("CNTP", ""))
    purpose = _IMPLIED.sub("", said.get("REMI", "")).strip("/ ")
    free = [squeeze(parts[0]), purpose, said.get("RTRN", "")]
    ordered = said.get("OCMT", "")
    return Details(
        squeeze(" ".join(free)),
        said.get("NAME", "") or name,
        said.get("IBAN", "").replace(" ", "") or account or _head_account(said),
        distinct([said.get(key, "") for key in ("EREF", "PREF", "KREF", "IREF", "MARF")]),
        said.get("ULTD", ""),
        ordered,
        said.get("CHGS", ""),
    )


def _counterparty(text: str) -> tuple[str, str]:
    """Account and name of `account/bic/name/city`."""
    parts = [part.strip() for part in text.split("/")]
    return (parts[0], parts[2]) if len(parts) > 2 else (parts[0], "")  # noqa: PLR2004 - the name


def _head_account(said: Mapping[str, str]) -> str:
    """An account right behind the party's own keyword: `/ORDP/NL12…/NAME/…`."""
    text = said.get("ORDP", "") or said.get("BENM", "")
    return text if text.isalnum() and any(char.isdigit() for char in text) else ""
