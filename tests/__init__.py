# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests mirror the library; `tests.properties` holds the laws and their strategies."""
