# SPDX-License-Identifier: GPL-2.0-or-later
"""CSV for the command line."""

from __future__ import annotations

from arledger.sheets import Cell, Figure, defused, document

__all__ = ["Cell", "Figure", "defused", "document"]
