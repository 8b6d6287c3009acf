"""The limits of the outbox: what a sink never got is named, number by number."""
import time

from case import case
from faults import remount, tmpfs
from gateway import WGAUDIT, a_peer, expect, expect_equal, run, wait_for
from segments import get

CROWD = 60


def next_crowd(gateway, number):
    """As many peers that come, and those before them go."""
    gateway.wg.put(*(a_peer(f"{number}x{i:02}") for i in range(CROWD)))


def lost(gateway):
    return gateway.value("wgaudit_events_lost_total")


def check_numbers(gateway):
    """Every number is in the segments, or named by an event there. Returns how many were lost."""
    segments = gateway.segments()
    there = [get(event, "event.sequence") for event in segments.events]
    named = []
    for event in segments.select("events-lost"):
        first, last = (get(event, f"wireguard.audit.lost.{end}") for end in ("first", "last"))
        expect_equal(get(event, "wireguard.audit.lost.sinks"), ["file"], "sinks that lost")
        named += range(first, last + 1)
    expect_equal(len(there) + len(named), len(set(there)) + len(set(named)), "no number twice")
    # What waited in the sink for room may come, though it was given up.
    missing = sorted(set(range(1, there[-1] + 1)) - set(there) - set(named))
    expect_equal(missing, [], "numbers neither there nor named")
    expect(len(set(named) - set(there)) > 0, "nothing was lost")
    return len(named)


def signed_segments(gateway, size):
    """With so much room. Returns the flags of that."""
    tmpfs(gateway.events, size)
    keys = gateway.tmp / "keys"
    keys.mkdir()
    run(WGAUDIT, "events", "keygen", "--out", keys)
    return ("--events.signing-key-file", keys / "events-signing.key")


def check_signatures(gateway):
    """A log that says itself what it lost is whole."""
    run(WGAUDIT, "events", "verify", "--public-key", gateway.tmp / "keys/events-signing.pub",
        gateway.events)


@case("an outbox over its size", 25)
def too_large(context):
    gateway = context.gateway()
    flags = ("--events.outbox-max-size", "1MB", *signed_segments(gateway, "64k"))
    gateway.start(*flags)
    gateway.settled()
    crowds = 0
    while lost(gateway) == 0:
        expect(crowds < 60, "nothing was lost of the events of so many peers")
        crowds += 1
        next_crowd(gateway, crowds)
        time.sleep(1.2)
    size = gateway.state.joinpath("state.db").stat().st_size
    gateway.kill()  # with it goes what the sink had in its hands
    gateway.start(*flags)
    wait_for("the number of lost events survives", lambda: lost(gateway))
    said = lost(gateway)
    remount(gateway.events, "size=16m")
    gateway.wait_delivered()
    gateway.stop()
    check_signatures(gateway)
    expect_equal(check_numbers(gateway), said, "events lost, as the metric has it")
    context.say(f"{said:.0f} of {crowds * 2 * CROWD} events lost, the database {size >> 10} KiB")


def wait_lost(gateway):
    for number in range(30):  # only what commits looks at ages
        if lost(gateway):
            break
        gateway.wg.put(a_peer(f"y{number:02}"))
        time.sleep(1)
    expect(lost(gateway) > 0, "nothing was lost")


@case("events that wait for too long", 20)
def too_old(context):
    gateway = context.gateway()
    flags = ("--events.outbox-max-age", "5s", *signed_segments(gateway, "64k"))
    gateway.start(*flags)
    gateway.settled()
    next_crowd(gateway, 0)
    gateway.wait_value("wgaudit_sink_up", 0, sink="file")
    wait_lost(gateway)
    gateway.kill()
    gateway.start(*flags)
    said = wait_for("the number of lost events survives", lambda: lost(gateway))
    remount(gateway.events, "size=16m")
    gateway.wait_delivered()
    said = lost(gateway)
    gateway.stop()
    check_signatures(gateway)
    expect_equal(check_numbers(gateway), said, "events lost, as the metric has it")
    context.say(f"{said:.0f} events lost")


@case("events that are lost behind whole lines that no checkpoint covers", 20)
def lost_behind_unsigned(context):
    gateway = context.gateway()
    flags = ("--events.outbox-max-age", "5s", *signed_segments(gateway, "16m"))
    gateway.start(*flags)
    gateway.settled()
    gateway.kill()
    remount(gateway.events, "ro")
    gateway.start(*flags)
    gateway.wait_value("wgaudit_sink_up", 0, sink="file")
    wait_lost(gateway)
    remount(gateway.events, "rw")
    gateway.wait_delivered()
    said = lost(gateway)
    gateway.stop()
    check_signatures(gateway)
    expect_equal(check_numbers(gateway), said, "events lost, as the metric has it")
    context.say(f"{said:.0f} events lost")
