"""What `state.on-error` and `events.on-error` make of a disk that fails."""
import subprocess
import time

from case import case
from durability_cases.common import check_alert_told, check_baselines, mallory_comes, told_once
from faults import fill, injected, remount, tmpfs
from gateway import WGAUDIT, a_peer, expect, expect_equal, wait_for

LEAVES_FOR_STATE = ("--state.on-error", "exit")
LEAVES_FOR_EVENTS = ("--events.on-error", "exit")


@case("state.on-error=exit: a full disk", 6)
def full_state(context):
    gateway = context.gateway()
    tmpfs(gateway.state, "1m")
    gateway.start(*LEAVES_FOR_STATE, interval="2s")
    gateway.settled()
    filler = fill(gateway.state)
    gateway.wg.put(*(a_peer(f"x{i:02}") for i in range(40)))
    line = gateway.wait_left()
    expect("level=error" in line and "state.on-error=exit" in line and "full" in line, line)
    filler.unlink()
    gateway.start(*LEAVES_FOR_STATE)
    gateway.settled()
    told_once(gateway, "peer-added", *(f"x{i:02}" for i in range(40)))
    check_baselines(gateway, "first_run")
    gateway.stop()
    gateway.check_segments()


@case("state.on-error=exit: a disk that is full at an ordinary stop", 4)
def full_at_the_stop(context):
    """What cannot be committed comes again: no reason to be started anew, for who stopped it."""
    gateway = context.gateway()
    tmpfs(gateway.state, "1m")
    gateway.start(*LEAVES_FOR_STATE, interval="60s")
    gateway.settled()
    filler = fill(gateway.state)
    gateway.stop()  # with exit code 0
    expect(gateway.logged("did not take the last events"), "it took them: this shows nothing")
    expect(not gateway.logged("to be started anew"), "it says that it is to be started anew")
    filler.unlink()


@case("state.on-error=exit: a disk that is read-only at the start", 3)
def read_only_state(context):
    gateway = context.gateway()
    tmpfs(gateway.state, "16m")
    gateway.start(*LEAVES_FOR_STATE)
    gateway.settled()
    gateway.stop()
    remount(gateway.state, "ro")
    done = subprocess.run(
        [str(c) for c in (WGAUDIT, "serve", "--no-collector.netlink", "--collector.uapi-directory",
                          gateway.tmp / "uapi", "--state.directory", gateway.state,
                          "--web.listen-address", gateway.address, *LEAVES_FOR_STATE)],
        capture_output=True, text=True, timeout=20, check=False)
    expect_equal(done.returncode, 4, "exit code")
    lines = [line for line in done.stderr.splitlines() if "Read-only file system" in line]
    expect_equal(len(lines), 1, f"lines that say why, in {done.stderr!r}")


@case("state.on-error=exit: a disk that does not answer", 18)
def hanging_state(context):
    gateway = context.gateway()
    gateway.start(*LEAVES_FOR_STATE, interval="2s")
    gateway.settled()
    with injected(gateway.pid, context.tmp / "strace.log", "fdatasync:delay_enter=16s",
                  gateway.state / "state.db-wal"):
        mallory_comes(gateway)
        line = gateway.wait_left(30)  # ten seconds are patience; strace lets go of it after 16
    expect("does not answer" in line, line)
    gateway.start(*LEAVES_FOR_STATE)
    gateway.settled()
    told_once(gateway, "finding-opened", "mallory")
    gateway.stop()
    gateway.check_segments()


@case("events.on-error=exit: a full directory of segments", 5)
def full_events(context):
    gateway = context.gateway()
    tmpfs(gateway.events, "64k")
    gateway.start(*LEAVES_FOR_EVENTS, interval="2s")
    gateway.settled()
    crowd = [f"x{i:02}" for i in range(40)]
    gateway.wg.put(*(a_peer(name) for name in crowd))
    line = gateway.wait_left()
    expect("sink=file" in line and "No space left on device" in line, line)
    remount(gateway.events, "size=4m")
    gateway.start(*LEAVES_FOR_EVENTS)
    gateway.wait_delivered()
    told_once(gateway, "peer-added", *crowd)
    expect_equal(gateway.told("exporter-stopped")[0]["event"]["reason"], "segments_failed",
                 "reason of the stop")
    gateway.stop()
    gateway.check_segments(torn=1)


@case("events.on-error=exit leaves a disk of the state alone", 8)
def holds_state(context):
    gateway = context.gateway()
    tmpfs(gateway.state, "1m")
    gateway.start(*LEAVES_FOR_EVENTS, interval="2s")
    gateway.settled()
    filler = fill(gateway.state)
    noticed = mallory_comes(gateway)
    gateway.wg.put(*(a_peer(f"x{i:02}") for i in range(40)))
    gateway.wait_value("wgaudit_state_up", 0)
    time.sleep(3)
    expect(gateway.process.poll() is None, "it left")
    filler.unlink()
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    gateway.stop()
    gateway.check_segments()


@case("a stop while a disk does not answer", 6)
def stop_while_hanging(context):
    gateway = context.gateway()
    gateway.start(interval="2s")
    gateway.settled()
    newest = gateway.segments().paths[-1]
    with injected(gateway.pid, context.tmp / "strace.log", "fdatasync:delay_enter=9s", newest):
        gateway.wg.put(a_peer("carol"))
        wait_for("the events of carol are written", lambda: gateway.told("peer-added", "carol"))
        gateway.stop(within=10)  # strace lets go of the thread after nine seconds
        expect(gateway.log_path.read_text().count("leaving while a disk does not answer") == 1,
               "the log does not say it")
    gateway.start()
    gateway.settled()
    told_once(gateway, "peer-added", "carol")
    gateway.stop()
    gateway.check_segments()
