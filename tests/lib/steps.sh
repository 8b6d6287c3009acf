# shellcheck shell=bash
# Sourced. Runs the steps of a test run: one line each with its time, on after a failure, a sum.

steps_passed=0
steps_failed=0
# Where the output of each step is kept.
steps_logs=${steps_logs:-build/logs}

# step NAME COMMAND…: the last lines of its output are shown when it fails.
step() {
  local name=$1 begin=$EPOCHREALTIME log
  shift
  log=$steps_logs/${name//[^a-zA-Z0-9._-]/_}.log
  mkdir -p "$steps_logs"
  # A step never reads our input, and a command of it that fails ends it.
  if (set -euo pipefail; "$@") >"$log" 2>&1 </dev/null; then
    steps_passed=$((steps_passed + 1))
    printf 'ok    %-44s %7.1f s\n' "$name" "$(seconds_since "$begin")"
  else
    steps_failed=$((steps_failed + 1))
    printf 'FAIL  %-44s %7.1f s  (%s)\n' "$name" "$(seconds_since "$begin")" "$log"
    tail -n 30 "$log" | sed 's/^/      | /'
  fi
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'; }

# The last line of a run and its exit code.
steps_end() {
  printf '%d passed, %d failed\n' "$steps_passed" "$steps_failed"
  [ "$steps_failed" -eq 0 ] && [ "$steps_passed" -gt 0 ]
}

# build PRESET: configures and builds.
build() {
  cmake --preset "$1"
  cmake --build --preset "$1"
}
