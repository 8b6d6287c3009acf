#!/usr/bin/env python3
"""The `http` sink against receivers that are as bad as receivers are: one daemon, many sinks, the
same events for each.

usage: tests/e2e/http_receivers.py

Each receiver has to end with every event, in order and once by event.id, but for those that it
refuses, which `wgaudit events dead` has to show. Needs no root.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import siem_receiver as siem  # noqa: E402
from certificates import Authority  # noqa: E402
from gateway import (WGAUDIT, Gateway, a_peer, expect, expect_equal, key_of,  # noqa: E402
                     wait_for)
from ports import free_port  # noqa: E402

PEERS = 200
PATIENCE = 120  # seconds, for a machine that has other work
POISON = {key_of(name) for name in ("q007", "q008", "q100", "q199")}
FAULTY = ("resets", "garbage", "endless", "busy")
SECRET = "s3cret-token-0123456789"


def is_poison(event):
    return (event["event"]["action"] == "peer-added" and
            event["wireguard"]["peer"]["public_key"] in POISON)


class Site:
    """The receivers, their certificates, and the sinks that lead to them."""

    def __init__(self, tmp):
        self.tmp = tmp
        self.sinks, self.receivers = [], {}
        self.down = {}    # name -> what its log line says; nothing may arrive there
        self.refuse = []  # names of those that refuse the poison
        self.authority = Authority(tmp / "authority")
        self.stranger = Authority(tmp / "stranger")

    def secret(self, name, text):
        path = self.tmp / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return str(path)

    def add(self, name, receiver, scheme="http", host="127.0.0.1", path="", **keys):
        self.receivers[name] = receiver
        self.sinks.append({"name": name, "type": "http",
                           "url": f"{scheme}://{host}:{receiver.port}{path}", "timeout": "2s",
                           **({"body": "ndjson"} | keys)})
        return receiver

    def add_tls(self, name, server, client_ca=None, **keys):
        context = siem.server_context(*server, client_ca=client_ca)
        return self.add(name, siem.Receiver(context=context), scheme="https",
                        **({"ca_file": str(self.authority.certificate)} | keys))


def faulty(*faults):
    """After each fault it is given time: 1 s, 2 s, 4 s. `stored`: it takes all of it before."""
    holder = []

    def stored(fault):
        return siem.taken_but(lambda: holder[0], fault)
    bulk = siem.Bulk([stored(fault) for fault in faults])
    holder.append(bulk)
    return bulk


def add_faulty(site):
    """Every answer that is none, after all of it was stored: nothing may be stored twice."""
    site.add("resets", faulty(
        siem.raw(b"", "reset"), siem.raw(b"HTTP/1.1 200 OK\r\nContent-Le", "reset"),
        siem.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")), body="elasticsearch")
    site.add("garbage", faulty(
        siem.raw(b"SSH-2.0-x\r\n"), siem.status(200, b"<html>welcome</html>"),
        siem.status(200, b'{"errors":true,"items":[{}]}')), body="elasticsearch")
    site.add("endless", faulty(
        siem.endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
        siem.endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 65536),
        siem.raw(b"HTTP/1.1 200 OK\r\n", "hold")), body="elasticsearch")
    site.add("busy", faulty(
        siem.status(503), siem.status(500, b"no"),
        siem.status(429, b"", ("Retry-After", "1"))), body="elasticsearch")


def build(site):
    busy = set()

    def busy_once(event):
        new = event["event"]["sequence"] % 3 == 0 and event["event"]["id"] not in busy
        busy.add(event["event"]["id"])
        return new

    add_faulty(site)
    site.add("bulk", siem.Bulk(busy=busy_once, poison=is_poison), body="elasticsearch",
             index="logs-wireguard.audit-test", compression="gzip")
    site.add("lines", siem.Receiver(poison=is_poison), batch_events=100)
    site.add("loki", siem.Loki(poison=is_poison), body="loki", labels={"job": "wgaudit"},
             headers={"X-Scope-OrgID": "tenant"})
    site.refuse += ["bulk", "lines", "loki"]
    small = site.add("small", siem.Receiver())
    answer = small.answer
    small.answer = lambda request: (413, b"") if len(request.body) > 40_000 else answer(request)

    good = site.authority.issue("localhost", "DNS:localhost,IP:127.0.0.1")
    wrong = site.authority.issue("wrong", "DNS:wrong.example.org")
    foreign = site.stranger.issue("foreign", "DNS:localhost,IP:127.0.0.1")
    client = site.authority.issue("client", "DNS:gw1")
    token = site.secret("token", SECRET)
    site.add_tls("mtls", good, client_ca=site.authority.certificate, host="localhost",
                 cert_file=str(client[0]), key_file=str(client[1]), token_file=token)
    site.add("splunk", siem.Collector(poison=is_poison, context=siem.server_context(*good)),
             scheme="https", body="splunk", ca_file=str(site.authority.certificate),
             token_file=site.secret("hec", "hec-token"))
    site.refuse.append("splunk")
    add_hopeless(site, good, wrong, foreign, token)


def add_hopeless(site, good, wrong, foreign, token):
    """Sinks to which nothing may ever be delivered."""
    site.add_tls("wrong-name", wrong)
    site.add_tls("wrong-authority", foreign)
    site.add_tls("no-client", good, client_ca=site.authority.certificate)
    elsewhere = siem.Receiver()
    site.receivers["elsewhere"] = elsewhere
    redirect = site.add("redirect", siem.Receiver())
    redirect.answer = lambda request: (307, b"", (("Location", f"http://127.0.0.1:{elsewhere.port}/"),))
    echo = site.add_tls("echo", good, token_file=token)
    echo.answer = lambda request: (401, request.headers["Authorization"].encode())
    site.down = {"wrong-name": "certificate", "wrong-authority": "certificate", "no-client": "",
                 "redirect": "redirects are not followed", "echo": "status 401"}


def check_whole(site, name, want):
    """Every event that it does not refuse, in order, once."""
    receiver = site.receivers[name]
    refuses = name in site.refuse
    expected = [event["event"]["sequence"] for event in want
                if not (refuses and is_poison(event))]
    expect_equal(sorted(receiver.sequences()), expected, f"sequences at {name}")
    if name != "bulk":  # there what waits is overtaken by what follows
        expect_equal(receiver.sequences(), expected, f"order at {name}")


def dead_events(gateway):
    printed = subprocess.run([WGAUDIT, "events", "dead", "--state.directory", gateway.state],
                             check=True, capture_output=True, text=True, timeout=30).stdout
    return [json.loads(line) for line in printed.splitlines()]


def check_dead(site, gateway):
    dead = dead_events(gateway)
    for name in site.refuse:
        of_sink = [one for one in dead if one["sink"] == name]
        expect_equal({one["event"]["wireguard"]["peer"]["public_key"] for one in of_sink}, POISON,
                     f"dead events of {name}")
        expect_equal(len(of_sink), len(POISON), f"number of dead events of {name}")
        expect(all(one["reason"].startswith("status 400") for one in of_sink), "reasons")
        expect_equal(gateway.value("wgaudit_sink_dead_events_total", sink=name), len(POISON),
                     f"wgaudit_sink_dead_events_total of {name}")
        expect(gateway.logged("level=error", f"sink={name}", "refuse"), f"no log of {name}'s dead")
    expect_equal({one["sink"] for one in dead}, set(site.refuse), "sinks with dead events")


def check_hopeless(site, gateway):
    for name, why in site.down.items():
        expect_equal(gateway.value("wgaudit_sink_up", sink=name), 0, f"wgaudit_sink_up of {name}")
        expect(gateway.logged("level=error", f"sink={name}", why), f"the log on {name}: {why}")
        expect(not site.receivers[name].stored, f"{name} got events")
    expect(not site.receivers["elsewhere"].requests, "a redirect was followed")
    expect(SECRET not in gateway.log(), "the token is in the log")


def check_requests(site, gateway):
    bulk = site.receivers["bulk"].requests
    expect(all(r.path == "/_bulk" and r.zipped for r in bulk), "requests of _bulk")
    expect(b'"_index":"logs-wireguard.audit-test"' in bulk[0].body, "no index in _bulk")
    loki = site.receivers["loki"].requests[0]
    expect_equal(loki.path, "/loki/api/v1/push", "path of Loki")
    expect_equal(loki.headers["X-Scope-OrgID"], "tenant", "a header that is configured")
    splunk = json.loads(site.receivers["splunk"].requests[0].body.splitlines()[0])
    expect_equal(splunk["sourcetype"], "wgaudit:audit", "sourcetype")
    expect_equal(site.receivers["splunk"].requests[0].path, "/services/collector/event", "path")
    mtls = site.receivers["mtls"]
    expect_equal(mtls.requests[0].headers["Authorization"], f"Bearer {SECRET}", "the token")
    # One, and one more for each that failed: a handshake may run out of its time on a busy machine.
    failures = gateway.value("wgaudit_sink_failures_total", sink="mtls")
    expect(1 <= mtls.connections <= 1 + failures, f"a receiver that keeps connections had "
           f"{mtls.connections}, {failures:.0f} of them after a failure")
    for name in FAULTY:
        expect(site.receivers[name].repeated > 0, f"{name}: no answer was lost")
    expect(len(site.receivers["small"].requests) > 5, "a receiver of small batches")


def main():
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wgaudit-http.") as tmp:
        tmp = pathlib.Path(tmp)
        os.chmod(tmp, 0o700)
        site = Site(tmp)
        build(site)
        gateway = Gateway(tmp, free_port(), [a_peer(f"p{i:03}") for i in range(PEERS)])
        gateway.write_inventory()
        config = tmp / "wgaudit.yml"
        config.write_text(json.dumps({"sinks": site.sinks}))  # JSON is YAML
        try:
            gateway.start("--config.file", config)
            gateway.wait_told("exporter-started", seconds=PATIENCE)
            gateway.wg.put(*(a_peer(f"q{i:03}") for i in range(PEERS)))
            gateway.wait_told("peer-added", f"q{PEERS - 1:03}", seconds=PATIENCE)
            fine = [sink["name"] for sink in site.sinks if sink["name"] not in site.down]
            for name in fine:
                wait_for(f"{name} has all", lambda n=name: gateway.value(
                    "wgaudit_sink_pending_events", sink=n) == 0, PATIENCE)
                check_whole(site, name, gateway.segments().events)
            check_requests(site, gateway)
            wait_for("the log tells", lambda: len(gateway.logged("refuse")) >= len(site.refuse))
            check_dead(site, gateway)
            check_hopeless(site, gateway)
            gateway.stop(within=10)  # a machine that has other work
        except BaseException:
            print(*gateway.logged("sink="), sep="\n", file=sys.stderr)
            raise
        finally:
            gateway.end()
        events = len(gateway.segments().events)
        repeated = sum(site.receivers[name].repeated for name in FAULTY)
        print(f"{events} events, {len(site.sinks)} sinks; {repeated} came twice where an answer was "
              f"lost, none was stored twice; "
              f"{len(POISON)} refused by {len(site.refuse)}; {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
