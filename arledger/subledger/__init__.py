# SPDX-License-Identifier: GPL-2.0-or-later
"""The replay: items, credits, advances, their applications, and the state at any date."""
