# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses: of the extension's own pages, and of Fava's, with Fava's filters kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from fava.application import url_for
from fava.beans.funcs import hash_entry

NAME = "Receivables"


@attrs.frozen
class Links:
    """Addresses as one page needs them; `kept` are the page's own parameters.

    `shown` gives an entry of the subledger as Fava has it.
    """

    kept: Mapping[str, str]
    shown: Callable[[Any], Any] = attrs.field(repr=False)

    def to(self, view: str, **params: Any) -> str:
        """Another tab, or the same with other parameters; None leaves one out.

        The chosen day is kept; what else a tab asks is its own.
        """
        day = {"as_of": self.kept["as_of"]} if "as_of" in self.kept else {}
        return self._address({**day, "view": view, **params})

    def here(self, **params: Any) -> str:
        """This page with some parameters changed."""
        return self._address({**self.kept, **params})

    def endpoint(self, name: str, **params: Any) -> str:
        """Another of the extension's own addresses, as of the day of the page."""
        day = {"as_of": self.kept["as_of"]} if "as_of" in self.kept else {}
        return self._address({**day, **params}, name)

    def part(self, **params: Any) -> str:
        """What is fetched when a row is opened."""
        return self._address({**self.kept, **params}, "part")

    def download(self, **params: Any) -> str:
        """The table of this page as a file."""
        return self._address({**self.kept, **params}, "download")

    def _address(self, params: Mapping[str, Any], below: str = "") -> str:
        given = {key: str(value) for key, value in params.items() if value is not None}
        address = url_for("extension_report", extension_name=NAME, **given)
        # The route of what is below has a part that url_for can't be given by name: `endpoint`.
        path, mark, query = str(address).partition("?")
        return f"{path}{below}{mark}{query}"

    def account(self, account: str) -> str:
        """Fava's journal of an account."""
        return str(url_for("account", name=account))

    def document(self, filename: str) -> str:
        """A document of the ledger, as Fava serves it."""
        return str(url_for("document", filename=filename))

    def editor(self, meta: Mapping[str, Any] | None) -> str | None:
        """Fava's editor at the line where something stands; None where there is no file."""
        meta = meta or {}
        file, line = meta.get("filename"), meta.get("lineno")
        if not file or str(file).startswith("<"):
            return None
        return str(
            url_for("report", report_name="editor", file_path=str(file), line=str(line or 1))
        )

    def context(self, entry: Any) -> str:
        """Fava's pop-up with the entry and the balances before and after it."""
        return f"#context-{hash_entry(self.shown(entry))}"
