#!/usr/bin/env bash
# count_tests_test.sh COUNT_TESTS: it counts cases, not targets, and is red when it should be.
set -euo pipefail
count_tests=$PWD/$1
logs=$TEST_TMPDIR/logs
report() {
  mkdir -p "$logs/$1"
  cat > "$logs/$1/test.xml"
}
# expect CODE LAST_LINE TARGET...
expect() {
  local code=$1 line=$2 status=0 output
  shift 2
  output=$("$count_tests" "$logs" "$@") || status=$?
  [ "$status" -eq "$code" ] && [ "$(tail -n 1 <<<"$output")" = "$line" ] || {
    echo "FAILED: count_tests $* exited with $status and said:" >&2
    echo "$output" >&2
    exit 1
  }
}
report p/good <<<'<?xml version="1.0"?><testsuites><testsuite name="S"><testcase name="A" status="run" result="completed" classname="S" /><testcase name="B" status="run" result="completed" classname="S" /></testsuite></testsuites>'
report p/bad <<<'<testsuites><testsuite name="S"><testcase name="A" status="run" result="completed" classname="S"><failure message="x"></failure></testcase><testcase name="B" status="run" classname="S" /></testsuite></testsuites>'
report p/skips <<<'<testsuites><testsuite name="S"><testcase name="A" status="run" result="skipped" classname="S"><skipped message="f.cc:1&#x0A;no Consul"></skipped></testcase></testsuite></testsuites>'
report p/shell <<<'<testsuites><testsuite name="p/shell" tests="1" failures="0" errors="1"><testcase name="p/shell" status="run" duration="0" time="0"><error message="exited with error code 1"></error></testcase></testsuite></testsuites>'

expect 0 "2 passed, 0 failed" //p:good
expect 1 "3 passed, 1 failed" //p:good //p:bad
expect 1 "2 passed, 1 failed" //p:good //p:absent
expect 1 "0 passed, 0 failed" //p:skips
expect 0 "2 passed, 0 failed" //p:good //p:skips
expect 1 "0 passed, 1 failed" //p:shell
"$count_tests" "$logs" //p:good //p:skips | grep -qx 'SKIPPED: //p:skips S.A: no Consul'
