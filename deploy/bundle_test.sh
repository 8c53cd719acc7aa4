#!/usr/bin/env bash
# bundle_test.sh BUNDLE: the bundle holds what it should, and its binaries need nothing but libc.
set -euo pipefail
bundle=$PWD/$1
fail() { echo "FAILED: $*" >&2; exit 1; }

list=$(tar -tzf "$bundle")
expected="mesos-executor/
mesos-executor/LICENSE
mesos-executor/README.md
mesos-executor/consul-registrar
mesos-executor/mesos-executor"
[ "$list" = "$expected" ] || fail "it holds: $list"

tar -C "$TEST_TMPDIR" -xzf "$bundle"
cd "$TEST_TMPDIR/mesos-executor"
for binary in mesos-executor consul-registrar; do
  needed=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  for library in $needed; do
    case "$binary $library" in
      "consul-registrar libc.so.6" | "consul-registrar libm.so.6" | "consul-registrar ld-linux-x86-64.so.2") ;;
      *) fail "$binary needs $library" ;;
    esac
  done
  ! readelf -S "$binary" | grep -q '\.symtab' || fail "$binary isn't stripped"
  "./$binary" --version | grep -q "^$binary " || fail "$binary --version says: $("./$binary" --version 2>&1)"
done
