# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugins share: one `Subledger` per load, and how a finding becomes an error.

`options_map["arledger"]` holds a `Shared`. It survives Beancount's load cache by keeping only
the ledger's own entries; the subledger itself is built again, by the code that is installed,
when somebody asks. So an upgrade can't meet an old pickle.
"""

from __future__ import annotations

import datetime as dt
import gc
import importlib
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
from beancount import loader
from beancount.core import data

from arledger.collector import collector_paused
from arledger.findings import RULES, Finding, apply_severities
from arledger.language.frame import Frame, read_frame
from arledger.language.relevant import relevant_entries
from arledger.subledger.model import OpenCredit, OpenItem
from arledger.subledger.tally import Tally, of_customers, tally

if TYPE_CHECKING:
    # Nearly every load does without it.
    from arledger.subledger.subledger import Subledger

KEY = "arledger"
FAVA = "arledger.plugins.fava"
SCHEMA = 1
# The options that reading a ledger depends on.
_OPTIONS = ("operating_currency", "name_income", "name_liabilities", "name_expenses")


class ArledgerError(NamedTuple):
    """A finding of severity error, in the shape in which Beancount and Fava expect errors."""

    source: Mapping[str, Any]
    message: str
    entry: data.Directive | None


class PluginError(NamedTuple):
    """A plugin line whose own text can't be used; `arledger check` shows it as Beancount does."""

    source: Mapping[str, Any]
    message: str
    entry: data.Directive | None


@attrs.define(eq=False, repr=False)
class Shared:
    """The subledger of this load, and the entries it was read from."""

    options: Mapping[str, Any]
    _relevant: tuple[data.Directive, ...]
    span: tuple[dt.date | None, dt.date | None]
    # What this load has read and reckoned: nothing of it where it comes out of the load cache.
    _frame: Frame | None = None
    _tally: Tally | None = None
    reported: set[str] = attrs.field(factory=set)
    schema: int = SCHEMA
    # Annotated copies by identity, with the entry each was made from.
    originals: dict[int, data.Directive] = attrs.field(factory=dict)
    _subledger: Subledger | None = None
    _rest: Subledger | None = None
    # Replaced since, by identity; worked into `relevant` when that is asked for.
    _replaced: Mapping[int, data.Directive] = attrs.field(factory=dict)

    def __repr__(self) -> str:
        return "<arledger>"

    def __getstate__(self) -> dict[str, Any]:
        """What the load cache keeps: entries, which it keeps anyway, and nothing of ours."""
        return {
            "options": dict(self.options),
            "relevant": self.relevant,
            "span": self.span,
            "reported": self.reported,
            "schema": self.schema,
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        offer_tables()
        self.options = state.get("options", {})
        self._relevant = state.get("relevant", ())
        self._replaced = {}
        self.span = state.get("span", (None, None))
        self.reported = state.get("reported", set())
        self.schema = SCHEMA
        self.originals = {}
        self._frame = self._tally = self._subledger = self._rest = None

    @property
    def relevant(self) -> tuple[data.Directive, ...]:
        """The entries that the subledger is read from, as they stand in the ledger now."""
        replaced = self._replaced
        if replaced:
            self._relevant = tuple(replaced.get(id(entry), entry) for entry in self._relevant)
            self._replaced = {}
        return self._relevant

    @property
    def latest(self) -> dt.date:
        """The ledger's latest date, which checks speak of."""
        return self.span[1] or dt.date.min

    @property
    def subledger(self) -> Subledger:
        """The subledger of the whole ledger, whatever is filtered where it is shown.

        A load seldom needs it: it is built when the first question is asked.
        """
        if self._subledger is None:
            tallied = self._tally
            with collector_paused():
                self._subledger = _replayed(
                    self.frame, self.relevant if tallied is None else tallied.transactions
                )
        return self._subledger

    @property
    def frame(self) -> Frame:
        """Options, chart and policies; read again after the load cache."""
        if self._frame is None:
            self._frame = read_frame(self.relevant, self.options, self.span)
        return self._frame

    @property
    def rest(self) -> Subledger | None:
        """The subledger of those of whom the tally isn't certain.

        None where there are none of them, and nothing is asked of the policies alone (whether
        each loss rate has a bucket).
        """
        tallied = self._tally
        if tallied is None or self._subledger is not None:
            return self.subledger
        if self._rest is None and (tallied.others or self.frame.policies.of("loss-rate")):
            theirs = of_customers(self.frame, tallied.transactions, tallied.others)
            self._rest = _replayed(self.frame, theirs)
        return self._rest

    def opened(self, as_of: dt.date) -> tuple[Sequence[OpenItem], Sequence[OpenCredit]]:
        """What is open at the end of `as_of`."""
        if self._tally is None or self._subledger is not None or as_of < self.latest:
            state = self.subledger.at(as_of)
            return state.items, state.credits
        items, credits = [*self._tally.items], [*self._tally.credits]
        if self.rest is not None:
            state = self.rest.at(as_of)
            items.extend(state.items)
            credits.extend(state.credits)
        return items, credits

    def errors(self, areas: Collection[str]) -> list[Finding]:
        """The findings of severity error at the ledger's latest date."""
        rest = self.rest
        if rest is None:
            found = [
                one
                for one in self.frame.findings
                if one.date <= self.latest and RULES[one.rule].area in areas
            ]
            return _errors(apply_severities(found, self.frame.options.severity))
        errors = _errors(_find(rest, areas))
        if errors and rest is not self.subledger:
            # A sentence may speak of somebody else's documents.
            errors = _errors(_find(self.subledger, areas))
        return errors

    def current(self, entries: Sequence[data.Directive]) -> Subledger | None:
        """The subledger, if `entries` still has the very entries it was read from."""
        return self.subledger if self.reads(entries) else None

    def reads(self, entries: Sequence[data.Directive]) -> bool:
        """Whether `entries` still has the very entries that were read."""
        mine = self.relevant
        now = relevant_entries(entries, self.frame.chart)
        return len(now) == len(mine) and all(a is b for a, b in zip(now, mine, strict=True))

    def replace(self, replaced: Mapping[int, data.Directive]) -> None:
        """Note that entries (by identity) were replaced by copies that differ in annotations."""
        self._relevant, self._replaced = self.relevant, replaced


def shared_of(entries: Sequence[data.Directive], options_map: dict[str, Any]) -> Shared:
    """This load's `Shared`: the one already there if it is up to date, else a new one."""
    offer_tables()
    found = options_map.get(KEY)
    if isinstance(found, Shared) and found.reads(entries):
        return found
    reported = found.reported if isinstance(found, Shared) else set()
    options = {name: options_map.get(name) for name in _OPTIONS}
    frame = read_frame(entries, options_map)
    tallied = None if _asks_at_once(frame) else tally(frame, entries)
    if tallied is None:
        subledger = _replayed(frame, entries)
        relevant = subledger.books.relevant
    else:
        subledger, relevant = None, (*frame.entries, *tallied.transactions)
    span = (frame.first, frame.latest)
    shared = Shared(options, relevant, span, frame, tallied, set(reported), subledger=subledger)
    options_map[KEY] = shared
    return shared


def _replayed(frame: Frame, entries: Iterable[data.Directive]) -> Subledger:
    """The subledger of some entries of a ledger. Nearly every load does without the replay."""
    from arledger.language.books import read_documents
    from arledger.subledger.subledger import build

    return build(read_documents(frame, entries))


def _asks_at_once(frame: Frame) -> bool:
    """Whether our pages in Fava want the whole subledger as soon as the ledger is loaded."""
    return "fava.core" in sys.modules and any(map(is_extension, frame.entries))


def is_extension(entry: object) -> bool:
    """Whether an entry is the line of our pages in Fava."""
    if not isinstance(entry, data.Custom) or entry.type != "fava-extension":
        return False
    return [value.value for value in (entry.values or ())[:1]] == [FAVA]


def errors_of(shared: Shared, areas: Iterable[str]) -> list[ArledgerError]:
    """The errors of some areas that no other plugin of this load has reported yet."""
    fresh = [area for area in areas if area not in shared.reported]
    shared.reported.update(fresh)
    return [as_error(found) for found in shared.errors(fresh)] if fresh else []


def _find(subledger: Subledger, areas: Collection[str]) -> Iterable[Finding]:
    from arledger import check

    statements = subledger.books.statements if "statements" in areas else ()
    evidence: Iterable[Finding] = ()
    if statements:
        from arledger.evidence import verify_documents

        evidence = verify_documents(statements)
    return check.find(subledger, None, areas, evidence)


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [found for found in findings if found.severity == "error"]


def as_error(found: Finding) -> ArledgerError:
    """A finding as an error: a small source (Fava serialises all of it), what, and how to mend."""
    source = data.new_metadata(found.file or "<arledger>", found.line)
    return ArledgerError(source, f"{found.message}. {found.remedy} [{found.rule}]", None)


# Python 3.12 freezes a few hundred objects of its own when it collects; who freezes what is there
# freezes many thousands.
FROZEN_ANYWAY_MAX = 2000


class Paused:
    """The collector rests while a plugin works; then it leaves what is there alone for this load.

    Beancount allocates much after its plugins have run, and lets go of little: the collector would
    look through the whole ledger again, and find nothing. So what is there is frozen, but only
    until the load is over: the first collection after it thaws everything and looks through
    all of it, so that a host that loads again and again keeps nothing it has let go of.
    """

    def __enter__(self) -> None:
        self.enabled = gc.isenabled()
        gc.disable()
        if _Frozen.ours:
            _thaw()

    def __exit__(self, *_: object) -> None:
        if not self.enabled:
            return
        # What somebody else has frozen is theirs to thaw.
        if gc.get_freeze_count() <= FROZEN_ANYWAY_MAX:
            _Frozen.ours = True
            gc.freeze()
            if _before_collecting not in gc.callbacks:
                gc.callbacks.append(_before_collecting)
        gc.enable()


class _Frozen:
    """Whether it was us who froze what is there."""

    ours = False


def _thaw() -> None:
    _Frozen.ours = False
    gc.unfreeze()


def _before_collecting(phase: str, info: Mapping[str, int]) -> None:
    """Thaw what was frozen for a load, once that is over."""
    if _Frozen.ours and phase == "start" and info["generation"] and not _loading():
        _thaw()


def _loading() -> bool:
    """Whether Beancount is still loading a ledger: one of the callers is its loader."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - documented, if not for everyone
    while frame is not None:
        if frame.f_code is _LOADER:
            return True
        frame = frame.f_back
    return False


_LOADER = loader._load.__code__  # noqa: SLF001 - all ways of loading lead through it


def offer_tables() -> None:
    """Make the tables of the query language known, where somebody can ask for them.

    Whoever asks has imported it before the ledger is loaded; to import it for everybody would
    cost a small ledger more than its load.
    """
    if "beanquery" in sys.modules:
        importlib.import_module("arledger.plugins.tables")


# A load out of the load cache runs no plugin: it imports this module, for `Shared`, and no other.
offer_tables()
