# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `arledger`: finds the command's file, and sees to it that it ends well.

Exit status: 0 fine; 1 from `check` for findings; 2 usage, unreadable input or an incomplete
ledger; 3 an error of arledger's own. Never a traceback, unless ARLEDGER_DEBUG is set.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from arledger import __version__
from arledger.cli.help import Group, keep_language
from arledger.cli.lang import LANG_HELP, LANGUAGES

# Command → its module below arledger.cli; a command's function has the module's name.
COMMANDS = {
    "check": "check",
    "open-items": "open_items",
    "aging": "aging",
    "credit": "credit",
    "allowance": "allowance",
    "advances": "advances",
    "reconcile": "reconcile",
    "statement": "statement",
    "diff": "diff",
    "seal": "seal",
    "apply": "apply",
    "rules": "rules",
    "export": "export",
    "init": "init",
}

INTERRUPTED, BROKEN, SIGNALLED = 130, 3, 128


class Arledger(Group):
    """Imports a command when it is asked for, and turns what goes wrong into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """The commands in the order of a morning's work."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        cmd_name: str,
    ) -> click.Command | None:
        """The command of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found = getattr(importlib.import_module(f"arledger.cli.{module}"), module)
        assert isinstance(found, click.Command)
        return found

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run, and end the process with the exit status."""
        sys.exit(self.status(args, prog_name, **extra))

    def status(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> int:
        """Run, and give the exit status."""
        try:
            found: Any = super().main(
                args, prog_name or "arledger", **{**extra, "standalone_mode": False}
            )
        except click.ClickException as error:
            error.show()
            return 2
        except click.Abort:
            return INTERRUPTED
        except BrokenPipeError:
            from arledger.cli.common import quiet_stdout

            quiet_stdout()
            return 0
        except Exception as error:  # noqa: BLE001 - the last resort: never a traceback
            return _broken(error)
        return found if isinstance(found, int) else 0

    def __call__(self, *_: Any, **__: Any) -> None:
        """The console script: a process that does one thing and ends.

        Nothing is collected meanwhile, as nothing could be won. Nor is it taken apart at the
        end: freeing a million objects one by one takes longer than the answer did. What others
        have registered to run at exit still runs.
        """
        gc.disable()
        ended = _end_in_order()
        status = self.status()
        if status == INTERRUPTED and ended:
            status = SIGNALLED + ended[0]
        atexit._run_exitfuncs()  # noqa: SLF001 - what sys.exit would run
        for stream in (sys.stdout, sys.stderr):
            # A stream that was closed before we began is None.
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(status)


def _end_in_order() -> list[int]:
    """Let an end that is asked for be one like Ctrl-C: what is temporary goes, and who helps.

    The signal that came, once it has, is in the list.
    """
    came: list[int] = []
    asked = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    known = [one for one in asked if one is not None and signal.getsignal(one) == signal.SIG_DFL]

    def end(number: int, _: object) -> None:
        # Once is enough; what clears up isn't disturbed.
        for one in known:
            signal.signal(one, signal.SIG_IGN)
        came.append(number)
        raise KeyboardInterrupt

    for one in known:
        signal.signal(one, end)
    return came


def _broken(error: Exception) -> int:
    """An error of ours: one line, and the traceback for who wants it."""
    if os.environ.get("ARLEDGER_DEBUG"):
        traceback.print_exception(error)
    from arledger.cli.common import say_aside

    what = " ".join(f"{type(error).__name__}: {error}".split())
    say_aside(
        f"internal error: {what}; please report it (ARLEDGER_DEBUG=1 shows where it happened)"
    )
    return BROKEN


@click.group(
    "arledger",
    cls=Arledger,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  arledger check ledger.beancount
  arledger aging ledger.beancount --as-of 2025-06-30
  arledger credit ledger.beancount --customer C001 --explain
""",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES, case_sensitive=False),
    expose_value=False,
    callback=keep_language,
    help=LANG_HELP,
)
@click.version_option(
    __version__,
    prog_name="arledger",
    message="%(prog)s %(version)s",
    help="Show the version and exit.",
)
def main() -> None:
    """Receivables and advance receipts in a Beancount ledger.

    What is open, how old it is, who is over the limit, what allowance is needed and what
    customers have paid ahead: read from the ledger, tied to its balance.
    """


if __name__ == "__main__":
    main()
