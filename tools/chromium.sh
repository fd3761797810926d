#!/bin/sh
# The browser tests drive a real Chromium. Have one, or say how to get it; never skip.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests ..."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  exit 0
fi
echo "The browser tests need Chromium, and there is none. Install it, then run this again:" >&2
echo "    sudo apt-get install chromium" >&2
exit 1
