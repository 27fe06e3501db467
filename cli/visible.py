# SPDX-License-Identifier: GPL-2.0-or-later
"""Text from a ledger made safe to look at, for the command line."""

from __future__ import annotations

from arledger.visible import shown, visible

__all__ = ["shown", "visible"]
