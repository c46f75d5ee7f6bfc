#!/bin/sh
# Builds the real programs that tests, CI and `npm start -- --cluster real` hold the stand-ins to, outside the tree.
#
#   scripts/build-tools.sh [kube|ratify|cosign|registry|all]...        (default: all)
#
# They land in ${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-~/.cache}/keyward/tools}, one stamp per version, so a second run is instant.
# Exit codes: 0 built or there already; 1 a build failed; 2 unknown group; 3 no Go on this machine.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
tools=${KEYWARD_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/keyward/tools}

kubernetes=v1.36.3
etcd=v3.6.8
ratify=v1.4.4
cosign2=v2.6.1
cosign3=v3.1.3
distribution=v3.1.2
ggcr=v0.21.7

say() { echo "build-tools: $*" >&2; }

missing_go() {
  echo "build-tools: NO GO ON THIS MACHINE: the suites that need $* are skipped; install Go 1.26 or later (https://go.dev/dl) and run this again" >&2
  exit 3
}

# is_built <file> <stamp>: the stamp carries what it was built from, so a new pin or a changed source builds anew.
is_built() { [ -x "$tools/$1" ] && [ "$(cat "$tools/.stamp-$1" 2>/dev/null)" = "$2" ]; }

# build <file> <stamp> <command…>: the command writes the program to $out; it is moved into place whole, so that two runs at
# once, or one that is interrupted, never leave half a program under the final name.
build() {
  file=$1 stamp=$2
  shift 2
  if is_built "$file" "$stamp"; then return 0; fi
  command -v go >/dev/null 2>&1 || missing_go "$file"
  mkdir -p "$tools"
  out=$(mktemp -d "$tools/.building-XXXXXX")
  trap 'rm -rf "$out"' EXIT
  trap 'exit 1' INT TERM HUP
  say "building $file ($stamp) …"
  started=$(date +%s)
  if ! "$@" >"$out/log" 2>&1; then
    tail -n 20 "$out/log" >&2
    say "$file did not build: its last lines are above"
    exit 1
  fi
  mv -f "$out/program" "$tools/$file"
  printf '%s' "$stamp" >"$tools/.stamp-$file"
  rm -rf "$out"
  trap - EXIT INT TERM HUP
  say "built $file in $(($(date +%s) - started)) s"
}

# in_module <folder> <package> <ldflags>: a module of ours whose go.sum pins every byte.
in_module() { (cd "$root/$1" && go build -trimpath -buildvcs=false -ldflags "-s -w $3" -o "$out/program" "$2"); }

# installed <package@version> <name>: `go install`, checked by Go's checksum database.
installed() { GOBIN="$out" go install -trimpath -ldflags '-s -w' "$1" && mv "$out/$2" "$out/program"; }

module_stamp() { echo "$1 $(cat "$root/$2/go.mod" "$root/$2/go.sum" "$root/$2"/*.go 2>/dev/null | cksum | tr ' ' '-')"; }

build_kube() {
  # Without these flags it calls itself v0.0.0 and clients that read /version misjudge it.
  version=k8s.io/component-base/version
  flags="-X $version.gitVersion=$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=36 -X $version.gitCommit=0000000 -X $version.gitTreeState=clean"
  kube_stamp=$(module_stamp "$kubernetes" test/cluster)
  build etcd "$(module_stamp "$etcd" test/cluster)" in_module test/cluster go.etcd.io/etcd/server/v3 ''
  build kube-apiserver "$kube_stamp" in_module test/cluster k8s.io/kubernetes/cmd/kube-apiserver "$flags"
  build kubectl "$kube_stamp" in_module test/cluster k8s.io/kubernetes/cmd/kubectl "$flags"
}

build_ratify() {
  version=github.com/ratify-project/ratify/internal/version
  build "ratify-$ratify" "$(module_stamp "$ratify" scripts/tools/ratify)" in_module scripts/tools/ratify \
    github.com/ratify-project/ratify/cmd/ratify "-X $version.GitTag=$ratify"
}

build_cosign() {
  build "cosign-$cosign2" "$cosign2" installed "github.com/sigstore/cosign/v2/cmd/cosign@$cosign2" cosign
  build "cosign-$cosign3" "$cosign3" installed "github.com/sigstore/cosign/v3/cmd/cosign@$cosign3" cosign
}

build_registry() {
  build registry "$distribution" installed "github.com/distribution/distribution/v3/cmd/registry@$distribution" registry
  build ggcr-registry "$(module_stamp "$ggcr" scripts/tools/ggcr-registry)" in_module scripts/tools/ggcr-registry . ''
}

[ $# -gt 0 ] || set -- all
for group in "$@"; do
  case $group in
    kube) build_kube ;;
    ratify) build_ratify ;;
    cosign) build_cosign ;;
    registry) build_registry ;;
    all)
      build_kube
      build_ratify
      build_cosign
      build_registry
      ;;
    *)
      echo "build-tools: no group '$group'; one of: kube ratify cosign registry all" >&2
      exit 2
      ;;
  esac
done
say "ready in $tools"
