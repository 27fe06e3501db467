# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields of an MT940 file (`:20:`, `:61:` …), statement by statement, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_TAG_AT = re.compile(rb"^:(20|25[A-Z]?|28C?|34F|60[FM]|61|62[FM]):", re.MULTILINE)
_DETECT_BYTES = 64 * 1024
_LINE_END = re.compile(r"\r\n|\n|\r")
_END = re.compile(r"-\}?(?:\{.*)?")
_BEGIN = "20"


def looks_like_mt940(content: bytes) -> bool:
    """Whether at least two of the tags that every statement has begin a line."""
    head = content[:_DETECT_BYTES].replace(b"\0", b"").replace(b"\r", b"\n")
    return len({tag[:2] for tag in _TAG_AT.findall(head)}) > 1


@attrs.frozen(slots=True)
class Field:
    """One tagged field: its lines without the tag, and the line of the file where it begins."""

    tag: str
    lines: tuple[str, ...]
    line: int


@attrs.define
class Message:
    """The fields of one statement, and whether its end mark stands in the file."""

    fields: list[Field] = attrs.field(factory=list)
    ended: bool = False

    def first(self, *wanted: str) -> Field | None:
        """The first field with one of the tags."""
        return next((field for field in self.fields if field.tag in wanted), None)

    @property
    def line(self) -> int:
        """Where the statement begins."""
        return self.fields[0].line


def messages_in(text: str) -> Iterator[Message]:
    """The statements of a file: each begins with :20:; what stands between them is headers."""
    message: Message | None = None
    for field in _fields(text):
        if field is not None and field.tag == _BEGIN:
            if message is not None:
                yield message
            message = Message()
        if message is not None:
            message.ended = field is None
            if field is not None:
                message.fields.append(field)
    if message is not None:
        yield message


def _fields(text: str) -> Iterator[Field | None]:
    """The fields of a file in their order; None where an end mark stands."""
    tag, lines, begin = "", [""], 0
    for number, raw in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), start=1):
        line = _without_envelope(raw)
        found = _TAG.fullmatch(line)
        ends = _END.fullmatch(line.strip()) is not None
        if (found or ends) and tag:
            yield Field(tag, tuple(lines), begin)
            tag = ""
        if ends:
            yield None
        elif found:
            tag, lines, begin = found.group(1), [found.group(2)], number
        elif tag and line.strip():
            lines.append(line)
    if tag:
        yield Field(tag, tuple(lines), begin)


def _without_envelope(line: str) -> str:
    """A line without the SWIFT envelope `{1:…}{2:…}{4:` before the first field."""
    if line.startswith("{") and "{4:" in line:
        return line.partition("{4:")[2]
    return line
