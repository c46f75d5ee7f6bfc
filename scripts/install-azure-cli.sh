#!/bin/sh
# Installs Microsoft's `az` (PyPI: azure-cli), with which a test runs the commands that the sandbox prints, outside the tree.
#
# It lands in ${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-~/.cache}/keyward/tools}/azure-cli, with a stamp, so a second run is instant.
# Exit codes: 0 installed or there already; 1 the installation failed; 3 no usable Python on this machine.
set -eu

version=2.91.0
target=${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/keyward/tools}/azure-cli
say() { echo "install-azure-cli: $*" >&2; }

if [ "$(cat "$target/.stamp" 2>/dev/null)" = "$version" ] && "$target/bin/az" version >/dev/null 2>&1; then
  say "ready in $target"
  exit 0
fi
if ! python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  say 'NO USABLE PYTHON ON THIS MACHINE: the test of the printed az commands is skipped; install Python 3.10 or later with venv and pip and run this again'
  exit 3
fi
say "installing azure-cli $version (about 700 MB) …"
started=$(date +%s)
rm -rf "$target"
python3 -m venv "$target"
if ! "$target/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "azure-cli==$version" >"$target/pip.log" 2>&1; then
  tail -n 20 "$target/pip.log" >&2
  say 'azure-cli did not install: the last lines are above'
  exit 1
fi
printf '%s' "$version" >"$target/.stamp"
say "installed in $(($(date +%s) - started)) s"
