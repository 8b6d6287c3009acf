"""The disk of the state directory: too small, full, read-only, broken, hanging, slow."""
import time

from case import case
from durability_cases.common import (check_alert_told, check_baselines, check_state_down,
                                     mallory_comes, never_told, told_once)
from faults import Disk, fill, injected, injections, remount, tmpfs
from gateway import Scrapes, a_peer, expect, expect_equal, wait_for


@case("a state directory too small to begin with", 13)
def too_small(context):
    gateway = context.gateway()
    tmpfs(gateway.state, "64k")
    gateway.start(interval="2s")
    with Scrapes(gateway):
        check_state_down(gateway, "full")
        noticed = mallory_comes(gateway)
        time.sleep(2)
        never_told(gateway, "exporter-started")
    remount(gateway.state, "size=16m")
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    check_baselines(gateway, "first_run")
    expect(gateway.not_ready() is None, "not ready with a database that is open")
    gateway.stop()
    gateway.check_segments()


@case("a state directory that fills up", 11)
def fills_up(context):
    gateway = context.gateway()
    tmpfs(gateway.state, "1m")
    gateway.start(interval="2s")
    gateway.settled()
    sequence = gateway.value("wgaudit_event_sequence")
    filler = fill(gateway.state)
    with Scrapes(gateway) as scrapes:
        noticed = mallory_comes(gateway)
        gateway.wg.put(a_peer("carol"), a_peer("dave"))
        check_state_down(gateway, "full")
        time.sleep(3)
        gateway.wg.remove("dave")
        gateway.wg.put(a_peer("alice", time.time(), endpoint="198.51.100.99:7"))
        time.sleep(5)
        expect_equal(gateway.value("wgaudit_event_sequence"), sequence, "sequence while it is full")
    waited = len(scrapes.readings)
    filler.unlink()
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    told_once(gateway, "peer-added", "carol", "mallory")
    told_once(gateway, "endpoint-changed", "alice")
    never_told(gateway, "peer-added", "dave")  # came and went while nobody could be told
    gateway.kill()
    gateway.start()
    gateway.settled()
    check_alert_told(gateway, noticed)
    gateway.stop()
    gateway.check_segments()
    context.say(f"{waited} scrapes while full")


@case("a state directory that is read-only at the start", 13)
def read_only_at_start(context):
    gateway = context.gateway()
    tmpfs(gateway.state, "16m")
    gateway.start()
    gateway.settled()
    gateway.stop()
    remount(gateway.state, "ro")
    gateway.start(interval="2s")
    with Scrapes(gateway):
        check_state_down(gateway, "Read-only file system")
        noticed = mallory_comes(gateway)
        time.sleep(2)
    remount(gateway.state, "rw")
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    told_once(gateway, "peer-added", "mallory")
    check_baselines(gateway, "first_run")
    expect_equal(len(gateway.told("exporter-started")), 2, "exporter-started events")
    gateway.stop()
    gateway.check_segments()


@case("a file system that turns read-only after an error", 5)
def turns_read_only(context):
    gateway = context.gateway()
    with Disk(context.tmp / "disk.img", gateway.state) as disk:
        gateway.start(interval="2s")
        gateway.settled()
        disk.break_down()
        with Scrapes(gateway):
            mallory_comes(gateway)
            check_state_down(gateway, "Read-only file system")
            time.sleep(2)
        gateway.stop()
        expect(gateway.logged("the state database did not take the last events"),
               "the log does not say that the last events were not taken")
        gateway.wg.put(a_peer("carol"))
        disk.umount()
        disk.repair()
        disk.mount()
        gateway.start()
        gateway.settled()
        # Nobody knows any more when mallory was noticed.
        told_once(gateway, "finding-opened", "mallory")
        told_once(gateway, "peer-added", "mallory", "carol",
                  wireguard__audit__detected_at_start=True)
        check_baselines(gateway, "first_run")
        starts = gateway.told("exporter-started",
                                           wireguard__audit__clean_shutdown=False)
        expect_equal(len(starts), 1, "starts after an end that could not be written")
        gateway.stop()
        gateway.check_segments()


@case("a disk that hangs", 8)
def hangs(context):
    gateway = context.gateway()
    with Disk(context.tmp / "disk.img", gateway.state) as disk:
        gateway.events = gateway.state / "events"
        gateway.state = gateway.state / "state"
        gateway.start(interval="2s")
        gateway.settled()
        with disk.hangs(), Scrapes(gateway):
            noticed = mallory_comes(gateway)
            gateway.wg.put(a_peer("carol"))
            time.sleep(5)
            never_told(gateway, "peer-added")
        gateway.wait_told("peer-added", "carol")
        check_alert_told(gateway, noticed)
        gateway.stop()
        told_once(gateway, "peer-added", "mallory", "carol")
        gateway.check_segments()
        context.keep_segments()


@case("fdatasync that takes 3 s", 10)
def slow(context):
    gateway = context.gateway()
    gateway.start(interval="2s")
    gateway.settled()
    log = context.tmp / "strace.log"
    with injected(gateway.pid, log, "fdatasync:delay_enter=3s"):
        with Scrapes(gateway):
            noticed = mallory_comes(gateway)
            time.sleep(2)
            gateway.wg.put(a_peer("carol"))
            time.sleep(7)
    delayed = injections(log)
    expect(delayed >= 3, f"{delayed} calls were delayed")
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    gateway.wait_told("peer-added", "carol")
    gateway.stop()
    gateway.check_segments()
    told_once(gateway, "peer-added", "mallory", "carol")
    context.say(f"{delayed} calls delayed")


@case("fdatasync of the database that fails", 10)
def database_sync_fails(context):
    gateway = context.gateway()
    gateway.start(interval="2s")
    gateway.settled()
    log = context.tmp / "strace.log"
    sequence = gateway.value("wgaudit_event_sequence")
    with injected(gateway.pid, log, "fdatasync:error=EIO", gateway.state / "state.db-wal"):
        with Scrapes(gateway):
            noticed = mallory_comes(gateway)
            check_state_down(gateway, "I/O error")
            time.sleep(4)
            expect_equal(gateway.value("wgaudit_event_sequence"), sequence, "sequence without sync")
            never_told(gateway, "peer-added", "mallory")
    failed = injections(log)
    expect(failed > 0, "no call failed")
    wait_for("the log says that it is well again",
             lambda: gateway.logged("state database takes changes again"))
    gateway.wait_delivered()
    check_alert_told(gateway, noticed)
    told_once(gateway, "peer-added", "mallory")
    gateway.stop()
    gateway.check_segments()
    context.say(f"{failed} calls failed")
