# SPDX-License-Identifier: GPL-2.0-or-later
"""Receivables and advance receipts in plain-text double-entry ledgers."""

__version__ = "0.1.0"
