# SPDX-License-Identifier: GPL-2.0-or-later
"""Reconciliation: statements in, matching, the reconciliation statement out.

`reading` turns a file into values, `matching` pairs lines with entries, and the questions beside
them put both together with the subledger. Nothing here reads the clock or writes a file.
"""
