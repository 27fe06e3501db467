# SPDX-License-Identifier: GPL-2.0-or-later
"""XML from strangers: no document type, no entities, no network, bounded in size and depth.

The one module that knows lxml. What it hands out is `Node`: an element by its local name, so that
a message reads the same in whichever namespace and with whichever prefix a bank writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import attrs
from lxml import etree

from arledger.findings import say
from arledger.reconciliation.reading.errors import ReadingError, refuse_larger

# A tree takes about ten times the file in memory; a year of 50,000 bookings is some 60 MB.
XML_BYTES_MAX = 128 * 1024 * 1024

# ENTITY and DOCTYPE are spelled in capitals, by the grammar. Zero bytes are UTF-16's.
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)")
_PROLOG = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

_ENCODING = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.ERR_MISSING_ENCODING,
    }
)


@lru_cache(maxsize=1024)
def _anywhere(path: str) -> str:
    """The path with a wildcard for each namespace."""
    return "/".join("{*}" + step for step in path.split("/"))


@attrs.frozen(slots=True)
class Node:
    """One element. Paths are local names with slashes: `Acct/Id/IBAN`."""

    element: Any

    @property
    def name(self) -> str:
        """The local name."""
        return str(etree.QName(self.element).localname)

    @property
    def namespace(self) -> str:
        """The namespace, empty where there is none."""
        return str(etree.QName(self.element).namespace or "")

    @property
    def line(self) -> int:
        """The line of the file on which the element starts."""
        return int(self.element.sourceline or 0)

    def all(self, path: str) -> list[Node]:
        """Every element at the path, in the order of the file."""
        return [Node(found) for found in self.element.iterfind(_anywhere(path))]

    def first(self, path: str) -> Node | None:
        """The first element at the path."""
        found = self.element.find(_anywhere(path))
        return None if found is None else Node(found)

    def text(self, *paths: str) -> str:
        """The text at the first of the paths that has any, blanks squeezed; else empty."""
        for path in paths:
            for found in self.element.iterfind(_anywhere(path)):
                text = " ".join((found.text or "").split())
                if text:
                    return text
        return ""

    @property
    def own_text(self) -> str:
        """The element's own text, blanks squeezed."""
        return " ".join((self.element.text or "").split())

    def attribute(self, name: str) -> str:
        """The value of an attribute; empty where it is missing."""
        return str(self.element.get(name) or "").strip()

    def down_to(self, depth: int) -> Iterator[Node]:
        """This element and those below it, to a depth of so many levels, each before its own."""
        yield self
        if depth > 0:
            for child in self.element.iterchildren(etree.Element):
                yield from Node(child).down_to(depth - 1)


def looks_like_xml(content: bytes) -> bool:
    """Whether the file starts as XML does, in whichever encoding."""
    head = content[:512]
    for bom in _BOMS:
        head = head.removeprefix(bom)
    return head.replace(b"\0", b"").lstrip()[:1] == b"<"


def read_xml(content: bytes, name: str) -> Node:
    """The root of a document, or a `ReadingError` that says what is wrong with it."""
    refuse_larger(content, XML_BYTES_MAX, name)
    _refuse_document_type(content, name)
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise _why(error, content, name) from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise _document_type(name)
    return Node(root)


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refuse_document_type(content: bytes, name: str) -> None:
    """Refuse before parsing: nothing a bank sends has a document type, an attack needs one."""
    plain = content.replace(b"\0", b"") if b"\0" in content[:64] else content
    for bom in _BOMS:
        plain = plain.removeprefix(bom)
    prolog = _PROLOG.match(plain)
    start = prolog.end() if prolog else 0
    if _DOCTYPE.match(plain, start):
        raise _document_type(name)


def _document_type(name: str) -> ReadingError:
    return ReadingError(
        say(
            "{file}: declares a document type or entities (<!DOCTYPE …>), by which a file can draw "
            "in others; it is not read",
            file=name,
        )
    )


def _why(error: etree.XMLSyntaxError, content: bytes, name: str) -> ReadingError:
    code = error.code
    line = error.position[0]
    if code in _ENCODING:
        return ReadingError(
            say(
                "{file}:{line}: is not in the encoding that the file declares; fetch it again, "
                "as UTF-8",
                file=name,
                line=line,
            )
        )
    # The parser goes on after an entity that it doesn't know.
    if code != etree.ErrorTypes.ERR_UNDECLARED_ENTITY and _is_cut_off(content):
        return ReadingError(
            say(
                "{file}:{line}: the file is truncated: it ends in the middle, and nothing of it is "
                "taken; fetch it again",
                file=name,
                line=line,
            )
        )
    return ReadingError(
        say(
            "{file}:{line}: is not well-formed XML; fetch the file from the bank again",
            file=name,
            line=line,
        )
    )


def _is_cut_off(content: bytes) -> bool:
    """Whether all is well up to the end, and only then something is missing."""
    parser = _parser()
    try:
        parser.feed(content)
    except etree.XMLSyntaxError:
        return False
    return True
