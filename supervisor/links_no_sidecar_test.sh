#!/usr/bin/env bash
# links_no_sidecar_test.sh LABELS: of all that the supervisor is built from, nothing is under //sidecars.
set -euo pipefail
grep -qx '//supervisor/task:task_machine' "$1" || { echo "FAILED: $1 doesn't list what the supervisor is built from" >&2; exit 1; }
if grep '^//sidecars' "$1"; then
  echo "FAILED: the supervisor links the sidecars' code above" >&2
  exit 1
fi
