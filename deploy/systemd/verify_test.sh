#!/usr/bin/env bash
# systemd-analyze verify over all units, in a root of the test's own. Passes where there is no systemd-analyze.
set -euo pipefail

if ! command -v systemd-analyze >/dev/null; then
  echo "skipped: no systemd-analyze here"
  exit 0
fi
root=$TEST_TMPDIR/root
mkdir -p "$root/etc/systemd/system" "$root/opt/mesos-executor" "$root/usr/lib/systemd"
# The units that every system has, which ours name.
for folder in /usr/lib/systemd/system /lib/systemd/system; do
  if [ -d "$folder" ]; then cp -R "$folder" "$root/usr/lib/systemd/" && break; fi
done
for unit in deploy/systemd/*.service; do
  program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
  printf '#!/bin/sh\n' > "$root$program"
  chmod +x "$root$program"
done
cp -L deploy/systemd/*.service deploy/systemd/*.socket "$root/etc/systemd/system/"
cd "$root/etc/systemd/system"

verify() { systemd-analyze --root="$root" --man=no verify "$@" 2>&1; }
# It speaks also of units that aren't ours.
said=$(verify ./*.service ./*.socket | grep mesos-executor || true)
[ -z "$said" ] || { echo "$said"; exit 1; }

# And it sees a mistake.
printf '[Service]\nNoSuchDirective=yes\n' >> mesos-executor-consul-registrar.service
verify ./mesos-executor-consul-registrar.service | grep -q NoSuchDirective
