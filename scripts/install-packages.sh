#!/usr/bin/env bash
# Installs the Debian packages that deeper tests use. Does nothing where they are present.
set -euo pipefail
missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "SKIPPED: no apt-get here to install ${missing[*]}; the suites that need them say so" >&2
  exit 3
fi
sudo=''
[ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update -qq
# The package would start a server of its own; tests start theirs on a free port.
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
