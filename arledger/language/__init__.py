# SPDX-License-Identifier: GPL-2.0-or-later
"""What the text says, in the field's terms: accounts, options, policies, numbers and kinds."""
