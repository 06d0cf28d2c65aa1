#!/bin/sh
# The browser of the browser tests: Debian's Chromium, installed where it is missing and we may.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null
    apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
    echo "The browser tests need Chromium: install it with  sudo apt-get install chromium" >&2
    exit 1
fi
