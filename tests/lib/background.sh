# shellcheck shell=bash
# Sourced. Builds while steps wait for a guest, a receiver or a clock: with the time of the processors
# that nothing else wants (SCHED_IDLE), so that no step has to wait for it.

# background FUNCTION…: begins them, one after the other. Ends with the shell that began it.
background() {
  mkdir -p build/background
  rm -f build/background/*
  set -m  # a process group of its own
  (
    # Of this shell, before it begins any. Where that is refused they run as all others do.
    chrt --idle --pid 0 "$BASHPID" || true
    ionice --class idle --pid "$BASHPID" || true
    for task; do
      (set -euo pipefail; "$task") >"build/background/$task.log" 2>&1 </dev/null
      echo $? >"build/background/$task.rc"
    done
  ) &
  set +m
  background_group=$!
  trap 'kill -- -"$background_group" 2>/dev/null' EXIT
}

# await FUNCTION: a step of its own: waits, and is what it was.
await() {
  until [ -s "build/background/$1.rc" ]; do
    kill -0 -- -"$background_group" 2>/dev/null || [ -s "build/background/$1.rc" ] || return 1
    sleep 0.5
  done
  cat "build/background/$1.log"
  return "$(cat "build/background/$1.rc")"
}
