# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes into text: UTF-8 and UTF-16 with and without a mark, GB18030, Big5, and what is left.

GB18030 reads nearly any bytes, so that it decodes proves nothing: what decides is whether the
characters that come out are those that people write.
"""

from __future__ import annotations

import codecs

import charset_normalizer

from arledger.findings import Text, say
from arledger.reconciliation.reading.errors import ReadingError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CHINESE = {"gb18030": "GB18030", "cp950": "Big5", "big5hkscs": "Big5-HKSCS"}
# What charset-normalizer may choose from when it is none of the above.
_WESTERN = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœßúùûüÿÀÂÄÁÃÅÆÇÉÈÊËÍÎÏÑÓÔÖÕØŒÚÙÛÜ€£§°·´’‘“”–—…«» ")
_OTHERS = ["cp1252", "cp1250", "cp1251", "cp932", "cp949", "cp1253", "cp1254"]
# Words of statements: those in simplified characters tell GB18030, in traditional ones Big5.
_WORDS = [
    "日期",
    "金额",
    "金額",
    "余额",
    "餘額",
    "摘要",
    "借方",
    "贷方",
    "貸方",
    "单据",
    "單據",
    "凭证",
    "憑證",
    "发票",
    "發票",
    "期初",
    "期末",
    "合计",
    "合計",
    "公司",
    "备注",
    "備註",
    "对账",
    "對賬",
    "對帳",
    "应付",
    "應付",
    "应收",
    "應收",
    "付款",
    "收款",
    "货款",
    "貨款",
    "客户",
    "客戶",
    "供应商",
    "供應商",
    "币种",
    "幣別",
]
# First bytes of the punctuation and the characters in common use, level 1 of either set.
_COMMON_GB = {bytes([byte]) for byte in (*range(0xA1, 0xA4), *range(0xB0, 0xD8))}
_COMMON_BIG5 = {bytes([byte]) for byte in range(0xA1, 0xC7)}
# Written beside figures; GB18030 has them as four bytes of no character set's own.
_SIGNS = frozenset("¥£€·")
_SAMPLE_BYTES = 256 * 1024
_COMMON_SHARE = 0.6
# Of the bytes of UTF-16 text with figures and separators in it, this share at least is zero.
_ZERO_SHARE = 0.1
_LOPSIDED = 4


def decode(content: bytes, encoding: str | None, name: str) -> tuple[str, str]:
    """The text and the name of its encoding; `ReadingError` names the line that can't be read."""
    if encoding is not None:
        return _as_told(content, encoding, name)
    for mark, codec, called in _MARKS:
        if content.startswith(mark):
            return _strictly(content, codec, called, name), called
    wide = _utf_16(content)
    if wide is not None:
        return _strictly(content, wide, wide.upper(), name), wide.upper()
    if b"\0" in content:
        raise ReadingError(
            say("{file}: is neither a table as text (CSV) nor a spreadsheet (XLSX, XLS)", file=name)
        )
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        if _mostly_utf_8(content) or _cut_off(content, error):
            raise ReadingError(_broken(content, error.start, "UTF-8", name)) from error
    return _chinese(content, name) or _other(content, name)


def _as_told(content: bytes, encoding: str, name: str) -> tuple[str, str]:
    try:
        codec = codecs.lookup(encoding)
        "".encode(codec.name)
    except (LookupError, TypeError, ValueError) as error:
        raise ReadingError(
            say("there is no encoding {encoding}; write utf-8, gb18030, big5 …", encoding=encoding)
        ) from error
    text = _strictly(content, codec.name, encoding, name)
    return text.removeprefix("\ufeff"), encoding


def _strictly(content: bytes, codec: str, called: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        raise ReadingError(_broken(content, error.start, called, name)) from error
    except UnicodeError as error:
        raise ReadingError(_broken(content, 0, called, name)) from error


def _broken(content: bytes, at: int, called: str, name: str) -> Text:
    if at >= len(content) - 4:
        return say(
            "{file}: ends in the middle of a character ({encoding}): the file is cut off",
            file=name,
            encoding=called,
        )
    before = content[:at]
    line = 1 + (before.count(b"\n") or before.count(b"\r"))
    return say(
        "{file}:{line}: is not {encoding} like the rest; save the file anew in one encoding, or "
        "name it with --encoding",
        file=name,
        line=line,
        encoding=called,
    )


def _utf_16(content: bytes) -> str | None:
    """UTF-16 without a mark: the zero bytes of its ASCII characters stand all on one side."""
    sample = content[:_SAMPLE_BYTES]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even + odd < _ZERO_SHARE * len(sample):
        return None
    if odd > _LOPSIDED * even:
        return "utf-16-le"
    return "utf-16-be" if even > _LOPSIDED * odd else None


def _mostly_utf_8(content: bytes) -> bool:
    """Whether most of the lines that aren't ASCII are UTF-8: the rest of them is damage."""
    good = bad = 0
    for line in content[:_SAMPLE_BYTES].splitlines():
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            bad += 1
        else:
            good += 1
    return good > bad


def _cut_off(content: bytes, error: UnicodeDecodeError) -> bool:
    """Whether all is UTF-8, and not only ASCII, up to a last character that isn't whole."""
    return error.reason == "unexpected end of data" and not content[: error.start].isascii()


def _chinese(content: bytes, name: str) -> tuple[str, str] | None:
    """The Chinese encoding under which the text has the words and characters of a statement."""
    sample = content[:_SAMPLE_BYTES]
    words, share, codec = max(
        (*_likelihood(sample, codec), codec) for codec in ("cp950", "gb18030")
    )
    if not words and share < _COMMON_SHARE:
        return None
    for tried in (codec, "big5hkscs") if codec == "cp950" else (codec,):
        try:
            return content.decode(tried), _CHINESE[tried]
        except UnicodeDecodeError as error:
            first = error.start
    if not words:
        return None
    raise ReadingError(_broken(content, first, _CHINESE[codec], name))


def _likelihood(sample: bytes, codec: str) -> tuple[int, float]:
    """How many words of statements, and what share of the characters are common ones."""
    text = sample.decode(codec, errors="ignore")
    words = sum(word in text for word in _WORDS)
    wide = [char for char in text if not char.isascii()]
    if not wide:
        return words, 0.0
    return words, sum(map(_common_in[codec], wide)) / len(wide)


def _common_gb(char: str) -> bool:
    """Of the first level of GB 2312, or its punctuation and full-width signs."""
    encoded = char.encode("gb2312", errors="ignore")
    return encoded[:1] in _COMMON_GB or char in _SIGNS or char.isspace()


def _common_big5(char: str) -> bool:
    """Of the frequently used characters of Big5, or its punctuation."""
    encoded = char.encode("big5", errors="ignore")
    return encoded[:1] in _COMMON_BIG5 or char.isspace()


_common_in = {"gb18030": _common_gb, "cp950": _common_big5}


def _other(content: bytes, name: str) -> tuple[str, str]:
    western = content.decode("cp1252", errors="replace")
    if all(char.isascii() or char in _WESTERN for char in western):
        return western, "cp1252"
    best = charset_normalizer.from_bytes(
        content[:_SAMPLE_BYTES], cp_isolation=_OTHERS, enable_fallback=False
    ).best()
    if best is None:
        raise ReadingError(
            say(
                "{file}: its encoding can't be told (not UTF-8, GB18030, Big5 or UTF-16); name it "
                "with --encoding",
                file=name,
            )
        )
    return _strictly(content, best.encoding, best.encoding, name), best.encoding
