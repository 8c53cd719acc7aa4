#!/usr/bin/env bash
# arguments_test.sh QUICKSTART TEST FUZZ: help and wrong arguments are answered at once, before anything is installed or built.
set -euo pipefail
quickstart=$PWD/$1 tests=$PWD/$2 fuzz=$PWD/$3
# Nothing that installs or builds may be reached.
mkdir "$TEST_TMPDIR/bin"
for program in bazel apt-get dpkg-query sudo; do
  printf '#!/bin/sh\necho "%s was called"; exit 99\n' $program >"$TEST_TMPDIR/bin/$program"
  chmod +x "$TEST_TMPDIR/bin/$program"
done
export PATH=$TEST_TMPDIR/bin:$PATH
cd "$TEST_TMPDIR"
# expect CODE PATTERN COMMAND...: the whole output matches the shell pattern.
expect() {
  local code=$1 pattern=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  # shellcheck disable=SC2053
  [ "$status" -eq "$code" ] && [[ $output == $pattern ]] || {
    echo "FAILED: $* exited with $status, not $code, and said:" >&2
    echo "$output" >&2
    exit 1
  }
}
expect 0 "Runs one task on this machine*Usage: deploy/quickstart*step\", outcome \"ok\" or \"failed\"." "$quickstart" --help
expect 0 "Runs one task on this machine*" "$quickstart" --json -h
expect 2 "deploy/quickstart: unknown argument --jsno; see deploy/quickstart --help" "$quickstart" --jsno
expect 2 "deploy/quickstart: unknown argument extra; see *" "$quickstart" --for 5s extra
expect 2 "deploy/quickstart: --for needs a time*" "$quickstart" --for
expect 0 "deploy/test \[*\"N passed, N failed\"*" "$tests" --help
expect 2 "deploy/test: unknown option --keep; see deploy/test --help" "$tests" --keep
expect 2 "deploy/test: CONSUL_BIN=no/consul is not a program" env CONSUL_BIN=no/consul "$tests"
expect 0 "deploy/fuzz \[*\"N passed, N failed\"*" "$fuzz" --help
expect 2 "deploy/fuzz: unknown option --keep; see deploy/fuzz --help" "$fuzz" --keep
expect 2 "deploy/fuzz: --for needs a time such as 30s or 5m" "$fuzz" --for soon
