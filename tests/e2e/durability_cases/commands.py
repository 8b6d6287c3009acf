"""The commands that read the state directory beside the running daemon."""
import json
import subprocess
import time

from case import case
from gateway import WGAUDIT, a_peer, expect, expect_equal, key_of, run, wait_for


@case("sessions and events tail beside the daemon", 2)
def beside(context):
    gateway = context.gateway(a_peer("alice"), a_peer("bob"))
    gateway.start()
    gateway.settled()
    began = int(time.time())
    gateway.wg.put(a_peer("alice", began, endpoint="198.51.100.8:77"))
    gateway.wait_told("session-started", "alice")
    state = ("--state.directory", gateway.state)

    table = run(WGAUDIT, "sessions", *state).stdout
    rows = table.splitlines()
    expect(len(rows) == 2 and "alice" in rows[1] and "198.51.100.8" in rows[1],
           f"the table of sessions is {table!r}")
    listed = json.loads(run(WGAUDIT, "sessions", *state, "--format", "json").stdout)
    sessions = listed["sessions"]
    expect_equal([s["public_key"] for s in sessions], [key_of("alice")], "keys of the sessions")
    expect_equal(run(WGAUDIT, "sessions", *state, "--principal", "bob", "--format", "json").stdout
                 .count(key_of("alice")), 0, "sessions of alice among those of bob")

    last = [json.loads(line) for line in
            run(WGAUDIT, "events", "tail", "-n", "5", *state).stdout.splitlines()]
    written = gateway.segments().events[-5:]
    expect_equal([e["event"]["id"] for e in last], [e["event"]["id"] for e in written],
                 "ids of the last five events")

    tail = subprocess.Popen([WGAUDIT, "events", "tail", "-f", "-n", "1", *state], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        first = json.loads(tail.stdout.readline())
        expect_equal(first["event"]["id"], written[-1]["event"]["id"], "first line of tail -f")
        begin = time.monotonic()
        gateway.wg.put(a_peer("carol"))
        following = [json.loads(tail.stdout.readline()) for _ in range(2)]
        took = time.monotonic() - begin
        expect(took < 3, f"tail -f printed new events after {took:.1f} s")
        expect_equal(sorted(e["event"]["action"] for e in following),
                     ["finding-opened", "peer-added"], "events that tail -f printed")
        begin = time.monotonic()
        tail.stdout.close()
        wait_for("tail -f ends when its reader is gone", lambda: tail.poll() is not None, 3)
        ended = time.monotonic() - begin
        expect_equal(tail.returncode, 0, "exit code of tail -f")
    finally:
        tail.kill()
        tail.wait()
    gateway.stop()
    gateway.check_segments()
    context.say(f"tail -f: a new event after {took:.1f} s, its end after {ended:.1f} s")
