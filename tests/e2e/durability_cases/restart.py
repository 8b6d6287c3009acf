"""Restarts: what was told is not told again, what happened meanwhile is told once."""
import time

from case import case
from durability_cases.common import check_baselines, expect_findings, never_told, told_once
from gateway import a_peer, expect, expect_equal, key_of, wait_for
from segments import get

AT_START = {"wireguard__audit__detected_at_start": True}


def counters(gateway):
    """Those that survive, of alice."""
    metrics = gateway.metrics()
    return tuple(metrics.value(f"wireguard_peer_{name}_total", public_key=key_of("alice"))
                 for name in ("sessions", "endpoint_changes"))


@case("restarts, clean and by kill -9", 14)
def restarts(context):
    began = time.time()
    gateway = context.gateway(a_peer("alice"), a_peer("bob"), a_peer("mallory"))
    gateway.start()
    gateway.settled()
    gateway.wg.put(a_peer("alice", began))
    gateway.wait_told("session-started", "alice")
    alice = a_peer("alice", began, endpoint="198.51.100.8:1")
    gateway.wg.put(alice)
    gateway.wait_told("endpoint-changed", "alice")
    expect_equal(counters(gateway), (1, 1), "sessions and endpoint changes")
    newcomers, leavers = ("carol", "dave"), ("bob", "carol")
    for number, how in enumerate((gateway.stop, gateway.kill)):
        snapshots = len(gateway.told("state-snapshot"))
        how()
        down = time.monotonic()
        last = gateway.segments().events[-1]
        expect_equal(last["event"]["action"] == "exporter-stopped", how == gateway.stop,
                     "exporter-stopped at the end")
        gateway.wg.put(a_peer(newcomers[number]))
        gateway.wg.remove(leavers[number])
        alice.allowed_ips.append(f"10.99.{number}.1/32")
        time.sleep(2)
        seconds_down = time.monotonic() - down
        gateway.start()
        gateway.settled()
        expect_equal(counters(gateway), (1, 1), "sessions and endpoint changes after a restart")
        started = gateway.told("exporter-started")[-1]
        expect_equal(get(started, "wireguard.audit.clean_shutdown"), how == gateway.stop,
                     "clean_shutdown")
        said = get(started, "wireguard.audit.down_seconds")
        # By kill -9 the last sign of life is the last write.
        longest = seconds_down + 2 + (30 if how == gateway.kill else 0)
        expect(seconds_down - 2 <= said <= longest, f"down_seconds {said}, it was {seconds_down}")
        told_once(gateway, "peer-added", newcomers[number], **AT_START)
        gateway.wait_told("peer-removed", leavers[number])
        told_once(gateway, "peer-removed", leavers[number])
        changes = gateway.told("peer-changed", "alice", **AT_START)
        expect_equal(len(changes), number + 1, "peer-changed events of alice")
        expect_equal(len(gateway.told("state-snapshot")), snapshots, "snapshots")
        told_once(gateway, "finding-opened", "mallory")
    told_once(gateway, "peer-added", "carol", "dave")
    expect_equal(len(gateway.told("endpoint-changed")), 1, "endpoint-changed events")
    told_once(gateway, "session-started", "alice")
    never_told(gateway, "session-ended", "alice")
    check_baselines(gateway, "first_run")
    wait_for("only mallory and dave are wrong", lambda: findings_are(
        gateway, ("revoked_key", "mallory"), ("unknown_key", "dave")))
    alice.endpoint = "198.51.100.9:1"
    wait_for("counters go on", lambda: counters(gateway) == (1, 2))
    gateway.stop()
    gateway.check_segments()


def findings_are(gateway, *pairs):
    try:
        expect_findings(gateway, *pairs)
    except Exception:
        return False
    return True
