# SPDX-License-Identifier: GPL-2.0-or-later
"""Beancount plugins: each a thin leaf over the library, imported as `arledger.plugins`."""
