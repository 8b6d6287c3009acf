"""What several cases do."""
import datetime
import time

from gateway import a_peer, expect, expect_equal, key_of, wait_for
from segments import get

TWO_POLLS = 5.0  # seconds, at an interval of 2 s


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def mallory_comes(gateway):
    """A revoked peer appears and is in /metrics within two polls; returns from when to when."""
    begin = time.time()
    gateway.wg.put(a_peer("mallory"))
    wait_for("mallory is in /metrics", lambda: gateway.metrics().finding("revoked_key", "mallory"),
             TWO_POLLS)
    return begin, time.time()


def check_alert_told(gateway, noticed):
    """Of mallory, once, with the time at which it was noticed."""
    gateway.wait_told("finding-opened", "mallory")
    alerts = gateway.told("finding-opened", "mallory")
    expect_equal(len(alerts), 1, "finding-opened events of mallory")
    expect_equal(get(alerts[0], "rule.name"), "revoked_key", "their rule")
    expect_equal(alerts[0]["event"]["kind"], "alert", "their kind")
    since = seconds_of(get(alerts[0], "wireguard.finding.since"))
    begin, end = noticed
    expect(begin - 0.01 <= since <= end, f"since is {since - begin:.2f} s after mallory came, it "
                                         f"was in /metrics after {end - begin:.2f} s")


def check_state_down(gateway, reason):
    """The database takes nothing, and everything says so and why."""
    gateway.wait_value("wgaudit_state_up", 0)
    said = gateway.not_ready()
    expect(said and "state database" in said and reason in said, f"/-/ready says {said!r}")
    wait_for("the log says why", lambda: gateway.logged("level=error", "state database", reason))


def told_once(gateway, action, *peers, **fields):
    for peer in peers:
        expect_equal(len(gateway.told(action, peer, **fields)), 1, f"{action} events of {peer}")


def never_told(gateway, action, *peers):
    for peer in peers or (None,):
        expect_equal(gateway.told(action, peer), [], f"{action} events of {peer or 'anyone'}")


def check_baselines(gateway, *reasons):
    """These, in this order; all but a first run are alerts."""
    baselines = gateway.told("baseline-established")
    expect_equal([b["event"]["reason"] for b in baselines], list(reasons), "baselines")
    for baseline in baselines:
        first = baseline["event"]["reason"] == "first_run"
        expect_equal(baseline["event"]["kind"], "event" if first else "alert",
                     f"kind of the baseline {baseline['event']['reason']}")
    expect_equal(len(gateway.segments().installations), len(reasons), "installations")


def open_findings(gateway):
    return sorted((labels["rule"], labels["public_key"])
                  for labels, _ in gateway.metrics().all("wgaudit_finding"))


def expect_findings(gateway, *pairs):
    """(rule, name) of all that are open."""
    want = sorted((rule, key_of(name) if name else "") for rule, name in pairs)
    expect_equal(open_findings(gateway), want, "open findings")
