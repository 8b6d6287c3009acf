"""Clocks: the wall clock steps, the machine is booted again, it sleeps."""
import os
import pathlib
import struct
import time

from case import case
from durability_cases.common import check_baselines, never_told, seconds_of, told_once
from faults import with_boot
from gateway import Failure, a_peer, expect, expect_equal, key_of, run, wait_for
from segments import get

HOUR = 3600
SHIFT_CLOCKS = pathlib.Path(__file__).resolve().parents[1] / "lib/shift_clocks.c"


def libfaketime():
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise Failure("libfaketime is not installed")
    return found[0]


class FakedWallClock:
    """Steps CLOCK_REALTIME of a daemon; CLOCK_MONOTONIC and CLOCK_BOOTTIME stay as they are."""

    def __init__(self, tmp):
        self.path = tmp / "faketime"
        self.set(0)
        self.env = {"LD_PRELOAD": str(libfaketime()), "FAKETIME_TIMESTAMP_FILE": str(self.path),
                    "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                    "NO_FAKE_STAT": "1"}

    def set(self, seconds):
        self.seconds = seconds
        new = self.path.with_suffix(".new")
        new.write_text(f"{seconds:+d}s\n")
        os.replace(new, self.path)  # it is read at every look at the clock

    def now(self):
        return time.time() + self.seconds


def check_steps(gateway, *steps):
    """Just these, in seconds."""
    wait_for(f"{len(steps)} steps of the clock are told",
             lambda: len(gateway.told("clock-stepped")) >= len(steps))
    told = [get(event, "wireguard.audit.clock_step_milliseconds") / 1000
            for event in gateway.told("clock-stepped")]
    expect(len(told) == len(steps) and all(abs(a - b) < 1 for a, b in zip(told, steps)),
           f"steps told: {told}, expected {list(steps)}")


@case("a wall clock that steps", 13)
def steps(context):
    gateway = context.gateway()
    clock = FakedWallClock(context.tmp)
    gateway.start(env=clock.env)
    gateway.settled()
    made = []
    for to in (HOUR, 0, -HOUR, 0):
        made.append(to - clock.seconds)
        clock.set(to)
        check_steps(gateway, *made)
        gateway.wg.put(a_peer("alice", clock.now()))  # shakes hands by the clock of now
        time.sleep(2.5)
        check_steps(gateway, *made)
        expect(gateway.not_ready() is None, "not ready after a step")
    gateway.kill()
    clock.set(HOUR)
    gateway.start(env=clock.env)
    gateway.settled()
    check_steps(gateway, *made, HOUR)
    never_told(gateway, "session-started")
    never_told(gateway, "session-ended")
    never_told(gateway, "peer-removed")
    expect_equal(gateway.value("wireguard_peer_sessions_total", public_key=key_of("alice")),
                 1, "sessions of alice")
    gateway.stop()
    gateway.check_segments()
    context.say(f"{len(made) + 1} steps of an hour, as many events")


@case("a reboot", 13)
def reboot(context):
    gateway = context.gateway(a_peer("alice", time.time()), a_peer("bob"), a_peer("mallory"))
    ids = [f"{n}{n}{n}{n}0000-0000-4000-8000-000000000000" for n in range(1, 4)]
    gateway.start(wrap=with_boot(context.tmp, ids[0], 500_000), forks=True)
    gateway.settled()
    for how, uptime, boot_id in ((gateway.stop, 40, ids[1]), (gateway.kill, 900_000, ids[2])):
        shook = time.time()
        gateway.wg.put(a_peer("alice", shook))
        time.sleep(2.5)  # it is seen
        ended = len(gateway.told("session-ended", "alice"))
        how()
        gateway.wg.put(a_peer("alice"))  # what is made anew has shaken no hands
        gateway.start(wrap=with_boot(context.tmp, boot_id, uptime), forks=True)
        gateway.settled()
        ends = gateway.told("session-ended", "alice")[ended:]
        expect_equal([end["event"]["reason"] for end in ends], ["reboot"], "ends of the session")
        # At its last evidence, as far as that is written by kill -9.
        expect(seconds_of(get(ends[0], "event.end")) <= time.time(), "it ends in the future")
        gateway.wg.put(a_peer("alice", time.time()))
        gateway.wait_told("session-started", "alice")
        time.sleep(3)
    for action in ("clock-stepped", "peer-removed", "peer-added", "peer-changed",
                   "interface-changed", "finding-closed"):
        never_told(gateway, action)
    told_once(gateway, "finding-opened", "mallory")
    expect_equal(len(gateway.told("session-started", "alice")), 2, "sessions begun")
    check_baselines(gateway, "first_run")
    gateway.stop()
    gateway.check_segments()


class SleepingMachine:
    """Moves CLOCK_REALTIME and CLOCK_BOOTTIME of a daemon on together, as a suspend does."""

    def __init__(self, tmp):
        self.path = tmp / "shift"
        self.seconds = 0
        self.path.write_bytes(struct.pack("q", 0))
        library = tmp / "shift_clocks.so"
        run("cc", "-shared", "-fPIC", "-O1", "-o", library, SHIFT_CLOCKS)
        self.env = {"LD_PRELOAD": str(library), "SHIFT_CLOCKS_FILE": str(self.path)}

    def sleep(self, seconds):
        self.seconds += seconds
        with self.path.open("r+b", buffering=0) as file:
            file.write(struct.pack("q", self.seconds))

    def now(self):
        return time.time() + self.seconds


@case("a machine that sleeps", 9)
def suspend(context):
    machine = SleepingMachine(context.tmp)
    gateway = context.gateway()
    gateway.start(env=machine.env)
    gateway.settled()
    machine.sleep(100)  # less than the time-out of the session
    gateway.wg.put(a_peer("alice", machine.now()))
    time.sleep(2.5)
    never_told(gateway, "session-ended")
    machine.sleep(HOUR)
    gateway.wg.remove("bob")
    gateway.wait_told("session-ended", "alice", wireguard__session__start_unknown=True)
    end = gateway.told("session-ended", "alice")[0]
    expect_equal(end["event"]["reason"], "timeout", "reason of the end")
    # Not when the machine woke up.
    late = machine.now() - seconds_of(get(end, "event.end"))
    expect(late > HOUR - 300, f"the session ended {late:.0f} s ago")
    expect(get(end, "wireguard.session.unobserved_seconds") >= 100, "nothing was unobserved")
    gateway.wg.put(a_peer("alice", machine.now()))
    gateway.wait_told("session-started", "alice")
    gateway.wait_told("peer-removed", "bob")
    time.sleep(3)
    never_told(gateway, "clock-stepped")
    told_once(gateway, "session-started", "alice")
    told_once(gateway, "session-ended", "alice")
    told_once(gateway, "peer-removed", "bob")
    never_told(gateway, "peer-removed", "alice")
    gateway.stop()
    gateway.check_segments()
