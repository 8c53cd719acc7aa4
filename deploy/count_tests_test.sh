#!/usr/bin/env bash
# count_tests_test.sh COUNT_TESTS: it counts cases, not targets, and is red when it should be.
set -euo pipefail
count_tests=$PWD/$1
logs="$TEST_TMPDIR/its logs"
events=$TEST_TMPDIR/events.json
mkdir -p "$logs"
report() { cat > "$logs/$1.xml"; }
# What Bazel tells of a run: configured TARGET, ran TARGET, ended HOW.
configured() { echo '{"id":{"targetConfigured":{"label":"//p:'"$1"'"}},"configured":{"targetKind":"cc_test rule","testSize":"SMALL"}}'; }
ran() {
  echo '{"id":{"testResult":{"label":"//p:'"$1"'","run":1}},"testResult":{"testActionOutput":[{"name":"test.log","uri":"file:///log"},{"name":"test.xml","uri":"file://'"${logs// /%20}/$1"'.xml"}],"status":"PASSED"}}'
}
ended() { echo '{"id":{"buildFinished":{}},"finished":{"exitCode":{"name":"'"$1"'","code":3}}}'; }
# expect CODE LAST_LINE: of the events on stdin.
expect() {
  local code=$1 line=$2 status=0 output
  cat > "$events"
  output=$("$count_tests" "$events") || status=$?
  [ "$status" -eq "$code" ] && [ "$(tail -n 1 <<<"$output")" = "$line" ] || {
    echo "FAILED: not exit code $code and '$line' but $status and:" >&2
    echo "$output" >&2
    echo "of" >&2
    cat "$events" >&2
    exit 1
  }
}
# run HOW TARGET...: a run that ends so, with these targets.
run() {
  local how=$1 target
  shift
  echo '{"id":{"progress":{}},"progress":{"stderr":"\"testSize\":\"SMALL\""}}'
  for target in "$@"; do configured "$target"; done
  for target in "$@"; do ran "$target"; done
  ended "$how"
}
report good <<<'<?xml version="1.0"?><testsuites><testsuite name="S"><testcase name="A" status="run" result="completed" classname="S" /><testcase name="B" status="run" result="completed" classname="S" /></testsuite></testsuites>'
report bad <<<'<testsuites><testsuite name="S"><testcase name="A" status="run" result="completed" classname="S"><failure message="x"></failure></testcase><testcase name="B" status="run" classname="S" /></testsuite></testsuites>'
report skips <<<'<testsuites><testsuite name="S"><testcase name="A" status="run" result="skipped" classname="S"><skipped message="f.cc:1&#x0A;no Consul"></skipped></testcase></testsuite></testsuites>'
report shell <<<'<testsuites><testsuite name="p/shell" tests="1" failures="0" errors="1"><testcase name="p/shell" status="run" duration="0" time="0"><error message="exited with error code 1"></error></testcase></testsuite></testsuites>'

run SUCCESS good | expect 0 "2 passed, 0 failed"
run TESTS_FAILED good bad | expect 1 "3 passed, 1 failed"
run SUCCESS skips | expect 1 "0 passed, 0 failed"
run TESTS_FAILED shell | expect 1 "0 passed, 1 failed"
# Its file is not there.
run TESTS_FAILED good absent | expect 1 "2 passed, 1 failed"
# It has a report of an earlier run, and did not build in this one.
{ configured good; configured bad; ran good; ended BUILD_FAILURE; } | expect 1 "2 passed, 1 failed"
# What is no test did not build; Bazel was killed; it did not even begin.
run BUILD_FAILURE good | expect 1 "2 passed, 1 failed"
{ configured good; ran good; } | expect 1 "2 passed, 1 failed"
expect 1 "0 passed, 1 failed" </dev/null
run SUCCESS good skips | expect 0 "2 passed, 0 failed"
"$count_tests" "$events" | grep -qx 'SKIPPED: //p:skips S.A: no Consul'
