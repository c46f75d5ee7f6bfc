#!/bin/sh
# Makes test/vectors/{keys,cosign-*,vectors.json} anew: the real cosign v2.6.1 and v3.1.3 sign small images in real registries, with
# local key files and with azurekms:// against the sandbox's Key Vault, and each image is written out with its signatures as an OCI
# layout. Keys live for one run; only their public halves are written. Nothing leaves 127.0.0.1: cosign gets a proxy that refuses.
#
#   scripts/make-vectors.sh        needs scripts/build-tools.sh cosign registry; about 20 s; every file changes, since keys are new
#
# test/vectors/README.md says what is what; test/contract/cosign/vectors.test.ts checks them with Node alone. Run that afterwards.
# Exit codes: 0 made; 1 a program refused (its words are printed); 3 a program is not built.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
tools=${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/keyward/tools}

for program in cosign-v2.6.1 cosign-v3.1.3 registry ggcr-registry; do
  if [ ! -x "$tools/$program" ]; then
    echo "make-vectors: $program is not built; run: scripts/build-tools.sh cosign registry" >&2
    exit 3
  fi
done
exec "$root/bin/node" "$root/test/vectors/make/main.ts"
