#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A browser for the tests of Fava's pages, and a font with Chinese characters: both are the system's own.
#
# Installs what is missing where that can be done (as root, with apt-get); else says how. Where
# ARLEDGER_BROWSER=required, as in continuous integration, it fails when there is no browser.
set -euo pipefail

found() {
    for name in "${ARLEDGER_CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

chinese() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null | head -1)" ]
}

missing=()
found || missing+=(chromium)
chinese || missing+=(fontconfig fonts-wqy-microhei)
if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests in a browser: ${missing[*]}"
    apt-get update -qq || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || true
fi

if ! found; then
    echo "no browser: the tests of Fava's pages in one are skipped; on Debian and Ubuntu: apt-get install chromium fonts-wqy-microhei" >&2
    [ "${ARLEDGER_BROWSER:-}" != required ]
fi
