"""The directory of the segments: full, cut off by a crash, a sync that fails."""
import os
import time

from case import case
from durability_cases.common import check_alert_told, mallory_comes, told_once
from faults import Disk, injected, injections, remount, tmpfs
from gateway import Scrapes, a_peer, expect, expect_equal, wait_for
from segments import get

CROWD = 40  # unknown peers: two events each, more than 64 KiB


def crowd(prefix):
    return [a_peer(f"{prefix}{i:02}") for i in range(CROWD)]


def fill_up(gateway):
    """More events than there is room for; returns how many wait."""
    gateway.wg.put(*crowd("x"))
    gateway.wait_value("wgaudit_sink_up", 0, sink="file")
    metrics = gateway.metrics()
    pending = metrics.value("wgaudit_sink_pending_events", sink="file")
    expect(pending > 20, f"only {pending} events wait")
    expect(metrics.value("wgaudit_sink_failures_total", sink="file") > 0, "no failure is counted")
    oldest = metrics.value("wgaudit_sink_oldest_pending_event_timestamp_seconds", sink="file")
    expect(oldest is not None and time.time() - oldest < 60, f"the oldest event is of {oldest}")
    expect_equal(metrics.value("wgaudit_state_up"), 1, "wgaudit_state_up")
    wait_for("the log says why events wait",
             lambda: gateway.logged("level=error", "sink=file", "No space left on device"))
    newest = gateway.segments().paths[-1].read_bytes()
    expect(not newest.endswith(b"\n"), "no line is cut off: this is no short write")
    expect_equal(os.statvfs(gateway.events).f_bavail, 0, "free blocks")
    return int(pending)


@case("an events directory that is full", 6)
def full(context):
    gateway = context.gateway()
    tmpfs(gateway.events, "64k")
    gateway.start(interval="2s")
    gateway.settled()
    with Scrapes(gateway):
        pending = fill_up(gateway)
        noticed = mallory_comes(gateway)
        wait_for("more events wait", lambda: gateway.value(
            "wgaudit_sink_pending_events", sink="file") > pending)
        expect(gateway.not_ready() is None, "not ready, though scrapes are fine")
    remount(gateway.events, "size=4m")
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    wait_for("the log says that it is well again",
             lambda: gateway.logged("the sink takes events again", "sink=file"))
    gateway.stop()
    segments = gateway.check_segments()  # the line that was cut off went on: none is torn
    told_once(gateway, "peer-added", *(peer.name for peer in crowd("x")))
    context.say(f"{pending} events waited, {len(segments.events)} told")


@case("kill -9 while events wait for a full directory", 3)
def killed_with_backlog(context):
    gateway = context.gateway()
    tmpfs(gateway.events, "64k")
    gateway.start()
    gateway.settled()
    pending = fill_up(gateway)
    gateway.kill()
    gateway.start()  # nothing has changed: it runs, and waits
    gateway.wait_value("wgaudit_sink_up", 0, sink="file")
    expect(gateway.value("wgaudit_sink_pending_events", sink="file") >= pending, "events are lost")
    gateway.kill()
    remount(gateway.events, "size=4m")
    gateway.start()
    gateway.wait_delivered()
    gateway.stop()
    segments = gateway.check_segments(torn=1)
    told_once(gateway, "peer-added", *(peer.name for peer in crowd("x")))
    told_once(gateway, "finding-opened", *(peer.name for peer in crowd("x")))
    expect_equal(len(gateway.told("exporter-started")), 3, "exporter-started events")
    context.say(f"{pending} events waited, {len(segments.events)} told")


@case("fdatasync of a segment that fails", 3)
def sync_fails(context):
    gateway = context.gateway()
    gateway.start(interval="2s")
    gateway.settled()
    before = gateway.segments()
    log = context.tmp / "strace.log"
    with injected(gateway.pid, log, "fdatasync:error=EIO:when=1", before.paths[-1]):
        with Scrapes(gateway):
            mallory_comes(gateway)
            wait_for("a new segment", lambda: len(gateway.segments().openings) == 2)
            gateway.wait_delivered()
    expect_equal(injections(log), 1, "calls that failed")
    opening = gateway.segments().openings[-1]
    expect_equal(opening["event"]["reason"], "sync_failed", "reason of the new segment")
    expect_equal(get(opening, "wireguard.segment.repeats"), True, "its announcement of repetitions")
    gateway.wg.put(a_peer("carol"))
    gateway.wait_told("peer-added", "carol")
    gateway.stop()
    segments = gateway.check_segments(repeats=True)
    # Those of mallory alone: what was on the disk before is not repeated.
    ids = [event["event"]["id"] for event in gateway.told("finding-opened", "mallory")]
    expect(len(ids) in (1, 2) and len(set(ids)) == 1, f"the alert has the ids {ids}")
    expect_equal(segments.repeated(), 2, "events that stand there twice")
    told_once(gateway, "peer-added", "carol")


@case("a directory of segments that turns read-only", 6)
def turns_read_only(context):
    gateway = context.gateway()
    with Disk(context.tmp / "disk.img", gateway.events) as disk:
        gateway.start(interval="2s")
        gateway.settled()
        disk.break_down()
        with Scrapes(gateway):
            mallory_comes(gateway)
            gateway.wait_value("wgaudit_sink_up", 0, sink="file")
            wait_for("the log says why events wait", lambda: gateway.logged(
                "level=error", "sink=file", "Read-only file system"))
            expect_equal(gateway.value("wgaudit_state_up"), 1, "wgaudit_state_up")
        gateway.stop()
        disk.umount()
        disk.repair()
        disk.mount()
        gateway.start()
        gateway.wait_delivered()
        told_once(gateway, "finding-opened", "mallory")
        told_once(gateway, "peer-added", "mallory")
        gateway.stop()
        gateway.check_segments()
        context.keep_segments()


@case("writes to a segment that fail", 5)
def writes_fail(context):
    gateway = context.gateway()
    gateway.start(interval="2s")
    gateway.settled()
    log = context.tmp / "strace.log"
    with injected(gateway.pid, log, "write:error=EIO", gateway.segments().paths[-1]):
        with Scrapes(gateway):
            noticed = mallory_comes(gateway)
            gateway.wait_value("wgaudit_sink_up", 0, sink="file")
            gateway.wg.put(a_peer("carol"))
            time.sleep(2)
    expect(injections(log) > 0, "no call failed")
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    gateway.stop()
    gateway.check_segments()
    told_once(gateway, "peer-added", "carol", "mallory")
