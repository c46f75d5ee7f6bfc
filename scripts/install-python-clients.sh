#!/bin/sh
# Installs Microsoft's Python clients for Service Bus and Key Vault, by which tests hold the stand-ins to more than one reading
# of the protocols, outside the tree.
#
# They land in ${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-~/.cache}/keyward/tools}/python, with a stamp, so a second run is instant.
# Exit codes: 0 installed or there already; 1 the installation failed; 3 no usable Python on this machine.
set -eu

tools=${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/keyward/tools}
target=$tools/python

# Every package that a test script imports, exactly.
packages='azure-core==1.41.0 azure-identity==1.27.0 azure-keyvault-keys==4.11.3 azure-servicebus==7.15.0 cryptography==50.0.2'

say() { echo "install-python-clients: $*" >&2; }

missing() {
  echo "install-python-clients: NO USABLE PYTHON ON THIS MACHINE ($1): the suites that need Microsoft's Python clients are skipped; install Python 3.10 or later with its venv and pip modules (Debian: python3-venv) and run this again" >&2
  exit 3
}

command -v python3 >/dev/null 2>&1 || missing 'no python3'
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || missing 'python3 is older than 3.10'

# The stamp carries what it was built from: a new pin or another Python builds anew. Running it shows that its Python is still there.
stamp="$packages $(python3 -c 'import sys; print(sys.version)' | tr '\n' ' ')"
if [ "$(cat "$target/.stamp" 2>/dev/null)" = "$stamp" ] && "$target/bin/python" -c '' 2>/dev/null; then
  say "ready in $target"
  exit 0
fi

python3 -c 'import ensurepip, venv' 2>/dev/null || missing 'python3 lacks venv or ensurepip'
mkdir -p "$tools"
work=$(mktemp -d "$tools/.installing-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
say "installing $packages …"
started=$(date +%s)
# shellcheck disable=SC2086 -- one word a package
if ! {
  python3 -m venv "$work/python" &&
    "$work/python/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --only-binary :all: $packages
} >"$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  say 'the clients did not install: the last lines are above'
  exit 1
fi
printf '%s' "$stamp" >"$work/python/.stamp"
# Moved into place whole, so that a run that is interrupted never leaves half of it under the final name. A rename does not move
# into a folder that another run put there meanwhile: the same one, by its stamp.
[ ! -e "$target" ] || mv "$target" "$work/old" 2>/dev/null || true
if ! python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$work/python" "$target" 2>"$work/log" &&
  [ "$(cat "$target/.stamp" 2>/dev/null)" != "$stamp" ]; then
  tail -n 1 "$work/log" >&2
  say "the clients could not be moved to $target"
  exit 1
fi
say "installed in $(($(date +%s) - started)) s"
say "ready in $target"
