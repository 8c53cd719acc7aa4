#!/usr/bin/env bash
# Runs the quickstart with the stand-in for Consul: to a success, and to failures that it must notice.
set -uo pipefail
quickstart=$1 executor=$2 sidecar=$3 service=$4
unset CONSUL_BIN
export PATH=/usr/bin:/bin TMPDIR=$TEST_TMPDIR
failed=0

# run NAME EXPECTED_EXIT_CODE ARGUMENTS...: output in $out and $err.
run() {
  local name=$1 expected=$2
  shift 2
  out=$TEST_TMPDIR/$name.out err=$TEST_TMPDIR/$name.err
  "$quickstart" --sidecar "$sidecar" --service "$service" "$@" >"$out" 2>"$err"
  local code=$?
  [ $code = "$expected" ] || fail "$name: exit code $code instead of $expected"
}
fail() {
  echo "FAILED $*"
  cat "$out" "$err"
  failed=1
}

run success 0 --executor "$executor" --for 1s --json
[ "$(grep -c '"kind":"step"' "$out")" = 10 ] || fail "not all steps are there"
event='^\{"time":"[^"]+","seconds":[0-9.e-]+,"source":"[a-z]+","kind":"[a-z]+","name":"[^"]+"(,.*)?\}$'
grep -vE "$event" "$out" && fail "a line is no event"
ls -d "$TMPDIR"/mesos-executor-quickstart.* 2>/dev/null && fail "it left its folder"

run text 0 --executor "$executor" --for 1s
grep -q 'embedded stand-in' "$out" || fail "it doesn't say which Consul"
grep -q 'All 10 steps happened' "$out" || fail "no verdict"
grep -q $'\x1b' "$out" && fail "colours, but no terminal"

# An executor that does nothing: the steps are named, and the sandbox is kept and named.
run broken 1 --executor /bin/false --for 1s
grep -q 'FAILED *TASK_RUNNING reached the agent' "$out" || fail "the step isn't named"
sandbox=$(grep -o "$TMPDIR/.*/sandbox" "$err")
[ -d "$sandbox" ] || fail "the sandbox isn't kept, or not named"

# A sidecar that does nothing: the task lives, but Consul never hears of it. SIGTERM ends the wait.
out=$TEST_TMPDIR/unregistered.out err=$TEST_TMPDIR/unregistered.err
touch "$out"
"$quickstart" --executor "$executor" --sidecar /bin/false --service "$service" --json >"$out" 2>"$err" &
pid=$!
grep -q '"kind":"answer"' <(tail -n +1 -f --pid=$pid "$out") || fail "unregistered: the service never answered"
kill -TERM $pid
wait $pid
code=$?
[ $code = 1 ] || fail "unregistered: exit code $code instead of 1"
failures=$(grep '"kind":"step"' "$out" | grep -c '"outcome":"failed"')
[ "$failures" = 2 ] || fail "unregistered: $failures failed steps instead of 2 (registered, deregistered)"

exit $failed
