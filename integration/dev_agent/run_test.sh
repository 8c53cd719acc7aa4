#!/bin/bash
# dev-agent as people use it: exit codes, timeline, Ctrl-C, and what stays behind.
set -u
agent=$PWD/integration/dev_agent/dev-agent
# A copy, because Marathon's prefix does chmod on it.
executor=$TEST_TMPDIR/executor
cp integration/dev_agent/scripted_executor "$executor"
out=$TEST_TMPDIR/out
export TMPDIR=$TEST_TMPDIR
failures=0

fail() {
  echo "FAILED: $*"
  cat "$out"
  failures=$((failures + 1))
}

# run EXPECTED_CODE ARGUMENTS...
run() {
  local expected=$1 code
  shift
  "$agent" run --executor "$executor" "$@" >"$out" 2>&1
  code=$?
  [ $code = "$expected" ] || fail "exit code $code, not $expected: $*"
}

# await COMMAND...: until it succeeds, for 60 s at most.
await() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $end ] || { fail "not within 60 s: $*"; return 1; }
    read -rt 0.01 <> <(:)
  done
}

says() { grep -qF -- "$1" "$out" || fail "no line with: $1"; }

run 0 -- finish
says "the task ended as TASK_FINISHED, as asked"
run 1 -- fail
says "the task ended as TASK_FAILED, which was not asked for"
run 1 -- exit
says "executor ended with code 3"
says "TASK_FAILED: Executor terminated (REASON_EXECUTOR_TERMINATED) (made by the agent)"

run 0 --kill-after 1ms --kill-policy 3s -- wait
says "the task ended as TASK_KILLED, as asked"
run 0 --for 10ms -- wait
# JSON lines, and nothing else.
"$agent" run --executor "$executor" --json -- finish >"$out" || fail "--json"
[ "$(grep -c '^{"time":"[^"]*","ms":[0-9.]*,"kind":"[a-z_]*".*}$' "$out")" = "$(wc -l <"$out")" ] || fail "lines that are not JSON"
says '"state":"TASK_FINISHED"'

# Faults are shown, and done.
run 0 --fault 'heartbeat answer=503' --fault 'update delay=1ms' -- finish
says "fault: update#1 delay=1ms"

# Ctrl-C kills gracefully.
: >"$out"
"$agent" run --executor "$executor" -- wait >"$out" 2>&1 &
pid=$!
await grep -qE "TASK_RUNNING|ended as" "$out"
kill -INT $pid
wait $pid || fail "Ctrl-C: exit code $?"
says "TASK_KILLED"

# Killed itself, it takes the executor with it.
: >"$out"
"$agent" run --executor "$executor" -- wait >"$out" 2>&1 &
pid=$!
await grep -qE "TASK_RUNNING|ended as" "$out"
executor_pid=$(sed -n 's/.*executor started, pid //p' "$out")
kill -0 "$executor_pid" || fail "the executor does not run"
kill -KILL $pid
gone() { ! kill -0 "$executor_pid" 2>/dev/null; }
await gone

# A usage mistake is one line and exit code 2.
for arguments in "--bogus -- finish" "--for soon -- finish" "" "--executor /no/such/file -- finish" "--user no-such-user -- finish" \
  "--fault soon -- finish" "--jwt-secret /no/such/file -- finish" "--tls-key k.pem -- finish" \
  "--tls-certificate /no/such/file --tls-key /no/such/file -- finish"; do
  # shellcheck disable=SC2086
  run 2 $arguments
  [ "$(grep -c ^dev-agent: "$out")" = 1 ] || fail "no single line that begins with dev-agent: $arguments"
done

[ $failures = 0 ]
