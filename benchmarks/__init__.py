# SPDX-License-Identifier: GPL-2.0-or-later
"""Generators of large ledgers, and how long they take. Run by hand: `python -m benchmarks`."""
