#!/usr/bin/env bash
# bundle_test.sh BUNDLE: the bundle holds what it should, and its binaries need nothing but libc and what it
# holds itself.
set -euo pipefail
bundle=$PWD/$1
fail() { echo "FAILED: $*" >&2; exit 1; }

list=$(tar -tzf "$bundle")
expected="mesos-executor/
mesos-executor/LICENSE
mesos-executor/README.md
mesos-executor/consul-registrar
mesos-executor/exec-sidecar
mesos-executor/lib/
mesos-executor/lib/libgcc_s.so.1
mesos-executor/lib/libsimdjson.so.14
mesos-executor/lib/libstdc++.so.6
mesos-executor/log-shipper
mesos-executor/mesos-executor
mesos-executor/vaas-registrar"
[ "$list" = "$expected" ] || fail "it holds: $list"

tar -C "$TEST_TMPDIR" -xzf "$bundle"
cd "$TEST_TMPDIR/mesos-executor"
for binary in mesos-executor consul-registrar vaas-registrar log-shipper exec-sidecar; do
  needed=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  for library in $needed; do
    case "$binary $library" in
      "mesos-executor "*) fail "$binary needs $library" ;;
      *" libc.so.6" | *" libm.so.6" | *" ld-linux-x86-64.so.2") ;;
      "log-shipper libsimdjson.so.14") ;;
      *) fail "$binary needs $library" ;;
    esac
  done
  ! readelf -S "$binary" | grep -q '\.symtab' || fail "$binary isn't stripped"
  "./$binary" --version | grep -q "^$binary " || fail "$binary --version says: $("./$binary" --version 2>&1)"
done

# The libraries are the bundle's also where the system has the same, and they need nothing more.
"$(readelf -p .interp log-shipper | sed -n 's/.*] *//p')" --list ./log-shipper | while read -r library arrow path _; do
  case "$library" in
    lib/* | libgcc_s.so.1 | libsimdjson.so.14 | libstdc++.so.6)
      case "$path" in
        "$PWD"/./lib/* | "$PWD"/lib/* | ./lib/*) ;;
        *) fail "$library comes from $path" ;;
      esac ;;
    libc.so.6 | libm.so.6 | linux-vdso.so.1 | */ld-linux-x86-64.so.2) ;;
    *) fail "log-shipper needs $library $arrow $path" ;;
  esac
done
# With libc and nothing else around it.
if [ "$(id -u)" = 0 ] && chroot / true 2>/dev/null; then
  loader=$(readelf -p .interp log-shipper | sed -n 's/.*] *//p')
  root=$TEST_TMPDIR/root
  mkdir -p "$root$(dirname "$loader")" "$root/lib" "$root/mesos-executor"
  cp -L "$loader" "$root$loader"
  cp -L /lib/*-linux-gnu/libc.so.6 /lib/*-linux-gnu/libm.so.6 "$root/lib/"
  cp -R . "$root/mesos-executor/"
  chroot "$root" /mesos-executor/mesos-executor --version >/dev/null || fail "mesos-executor needs something"
  # Started by the loader, as without /proc a program doesn't know where it lies.
  for binary in consul-registrar vaas-registrar log-shipper; do
    chroot "$root" "$loader" "/mesos-executor/$binary" --version | grep -q "^$binary " || fail "$binary needs more than libc"
  done
fi
