#!/usr/bin/env python3
"""Who is told, from end to end: wireguard-go, wgaudit, Debian's Prometheus with the rules that ship,
Alertmanager with the example that ships, a webhook.

1. A key that is in no inventory is added to the gateway: a notification within 30 s.
2. The line of 30 sites breaks: 30 alerts, one notification.
3. The gateway stops, WireGuard and exporter: one notification, not one for each peer.

usage: tests/e2e/paging.py [--quick]     as root; reads build/release/wgaudit, or WGAUDIT

Scrape, evaluation and the group_wait of security are 5 s; all else is as shipped, so that it takes
about seven minutes. --quick: every wait is shorter. All of it lives in network, mount and process
namespaces of its own, which end with this program.
"""
import base64
import dataclasses
import http.server
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import yaml

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/userspace")]
import world  # noqa: E402
from uapi_server import Peer, UapiServer, key_of  # noqa: E402

WGAUDIT = pathlib.Path(os.environ.get("WGAUDIT", ROOT / "build/release/wgaudit")).resolve()
EXPORTER, PROMETHEUS, ALERTMANAGER = "127.0.0.1:9586", "127.0.0.1:9090", "127.0.0.1:9093"
SITES = [f"site{i}" for i in range(30)]
LIMIT_SECONDS = 30
RULE_FILES = ("wgaudit", "exporter", "fleet", "recording")


@dataclasses.dataclass
class Pace:
    step: str = "5s"          # scrape, evaluation, poll, group_wait of security
    hold: str = ""            # `for`, where it is not as shipped
    group_wait: str = ""      # the other ones
    stale_after: int = 60     # seconds
    quiet: int = 60           # how long nothing more may come
    patience: int = 300


QUICK = Pace(step="1s", hold="3s", group_wait="1s", stale_after=5, quiet=5, patience=60)


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


# --- the receiver --------------------------------------------------------------------------------

@dataclasses.dataclass
class Notification:
    receiver: str
    alerts: list  # [labels]


class Receiver:
    """Notifications that something fires; that something is over is no news here."""

    def __init__(self):
        self.heard = heard = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                firing = [a["labels"] for a in body["alerts"] if a["status"] == "firing"]
                if body["status"] == "firing" and firing:
                    heard.append(Notification(self.path[1:], firing))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def port(self):
        return self.server.server_address[1]

    def of(self, name):
        return [n for n in self.heard if n.alerts[0]["alertname"] == name]

    def names(self):
        return sorted(n.alerts[0]["alertname"] for n in self.heard)


# --- the scene -----------------------------------------------------------------------------------

def held(rule, pace):
    """A rule that waits no longer than the pace says."""
    if pace.hold and "for" in rule:
        rule["for"] = pace.hold
    return rule


def write_prometheus(tmp, pace):
    for name in RULE_FILES:
        rules = yaml.safe_load((ROOT / f"alerts/{name}.rules.yml").read_text())
        for group in rules["groups"]:
            group["rules"] = [held(rule, pace) for rule in group["rules"]]
        (tmp / f"{name}.rules.yml").write_text(yaml.safe_dump(rules))
    config = {"global": {"scrape_interval": pace.step, "evaluation_interval": pace.step},
              "rule_files": [f"{name}.rules.yml" for name in RULE_FILES],
              "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER]}]}]},
              "scrape_configs": [{"job_name": "wgaudit",
                                  "static_configs": [{"targets": [EXPORTER]}]}]}
    (tmp / "prometheus.yml").write_text(yaml.safe_dump(config))


def write_alertmanager(tmp, pace, receiver):
    """The example; where its receivers are is ours, and the group_wait of security is the step."""
    text = (ROOT / "packaging/examples/alertmanager.yml").read_text()
    text = text.replace("127.0.0.1:9099", f"127.0.0.1:{receiver.port()}")
    text, changed = re.subn(r"group_wait: 10s", f"group_wait: {pace.step}", text)
    assert changed == 1, changed
    if pace.group_wait:
        text = re.sub(r"group_wait: (?!1s$)\w+", f"group_wait: {pace.group_wait}", text)
    (tmp / "alertmanager.yml").write_text(text)


def start(tmp, name, *command):
    log = (tmp / f"{name}.log").open("wb")
    return world.start(*map(str, command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=tmp)


def sites_at(moment):
    return [Peer(site, [f"10.20.0.{i + 1}/32"], last_handshake=int(moment))
            for i, site in enumerate(SITES)]


class Line:
    """Sites that shake hands, until the line breaks."""

    def __init__(self, directory):
        self.server = UapiServer(str(directory), "wg1", sites_at(time.time()))
        self.broken = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.broken.wait(2):
            self.server.put(*sites_at(time.time()))


def api(path):
    with urllib.request.urlopen(f"http://{path}", timeout=10) as answer:
        return json.loads(answer.read())


def quietly(function, *arguments):
    try:
        return function(*arguments)
    except OSError:  # not listening yet
        return None


def scraped():
    found = quietly(api, f"{PROMETHEUS}/api/v1/query?query=wireguard_peer_session_up==1")
    return found and len(found["data"]["result"]) == len(SITES) + 1


def suppressed(name):
    """Alerts of a name that Alertmanager has, and tells nobody."""
    return [a for a in api(f"{ALERTMANAGER}/api/v2/alerts?active=false&silenced=false&inhibited=true")
            if a["labels"]["alertname"] == name and a["status"]["state"] == "suppressed"]


def scene(tmp, pace, receiver):
    gateway = world.Gateway()
    preshared = base64.b64encode(secrets.token_bytes(32)).decode()
    client = world.Client(gateway, preshared)
    gateway.add_peer(client.public, preshared, "allowed-ips", "10.9.0.2/32")
    client.ping()
    line = Line(tmp / "sites")
    records = [{"public_key": client.public, "principal": "branch", "always_on": True}]
    records += [{"public_key": key_of(site), "principal": site, "role": "site"} for site in SITES]
    (tmp / "inventory.json").write_text(json.dumps({
        "version": 1, "peers": records,
        "roles": {"site": {"always_on": True, "stale_after": f"{pace.stale_after}s"}}}))
    exporter = start(tmp, "wgaudit", WGAUDIT, "serve", "--gateway.name", "gw1", "--inventory.file",
                     tmp / "inventory.json", "--no-collector.netlink", "--collector.uapi-directory",
                     world.SOCKETS, "--collector.uapi-directory", tmp / "sites",
                     "--collector.interval", pace.step, "--state.directory", tmp / "state",
                     "--web.listen-address", EXPORTER)
    write_alertmanager(tmp, pace, receiver)
    write_prometheus(tmp, pace)
    start(tmp, "alertmanager", "prometheus-alertmanager", "--config.file=alertmanager.yml",
          "--storage.path=alertmanager", f"--web.listen-address={ALERTMANAGER}",
          "--cluster.listen-address=")
    start(tmp, "prometheus", "prometheus", "--config.file=prometheus.yml",
          "--storage.tsdb.path=data", f"--web.listen-address={PROMETHEUS}", "--log.level=warn")
    world.until(scraped, f"{len(SITES) + 1} peers with a session are scraped", 60)
    return gateway, line, exporter


# --- what must hold ------------------------------------------------------------------------------

def unknown_key(gateway, receiver, pace):
    key = key_of("mallory")
    begin = time.monotonic()
    gateway.set("peer", key, "allowed-ips", "10.9.0.66/32")
    world.until(lambda: receiver.of("WireGuardUnknownKey"), "a notification", pace.patience)
    took = time.monotonic() - begin
    heard = receiver.of("WireGuardUnknownKey")[0]
    assert (heard.receiver, [a["public_key"] for a in heard.alerts]) == ("security", [key]), heard
    say(f"unknown key added: told {took:.1f} s later (under {LIMIT_SECONDS} s)")
    assert took < LIMIT_SECONDS, took


def broken_line(line, receiver, pace):
    receiver.heard.clear()
    line.broken.set()
    world.until(lambda: receiver.of("WireGuardManyPeersStale"), "a notification", pace.patience)
    world.until(lambda: len(suppressed("WireGuardPeerStale")) == len(SITES),
                "an alert for each site, that tells nobody", pace.patience)
    time.sleep(pace.quiet / 2)
    say(f"the line of {len(SITES)} sites broke: {len(suppressed('WireGuardPeerStale'))} alerts "
        f"held back, notifications: {receiver.names()}")
    assert receiver.names() == ["WireGuardManyPeersStale"], receiver.names()


def stopped_gateway(gateway, exporter, receiver, pace):
    receiver.heard.clear()
    for process in (gateway.process, exporter):
        process.kill()
        process.wait()
    world.until(lambda: receiver.of("WireGuardExporterDown"), "a notification", pace.patience)
    time.sleep(pace.quiet)
    say(f"the gateway with {len(SITES) + 2} peers stopped: notifications: {receiver.names()}")
    assert receiver.names() == ["WireGuardExporterDown"], receiver.names()
    assert len(receiver.heard[0].alerts) == 1


def run(tmp, pace):
    receiver = Receiver()
    gateway, line, exporter = scene(tmp, pace, receiver)
    time.sleep(pace.quiet / 4)
    assert not receiver.heard, receiver.heard
    say("nothing is wrong, nobody is told")
    unknown_key(gateway, receiver, pace)
    broken_line(line, receiver, pace)
    stopped_gateway(gateway, exporter, receiver, pace)


def main():
    pace = QUICK if "--quick" in sys.argv[1:] else Pace()
    if os.environ.get("WGAUDIT_E2E_INSIDE") != "1":
        if os.geteuid() != 0:
            print("FAIL: root is needed, to make namespaces")
            return 1
        inside = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork",
                  "--mount-proc", "--kill-child=KILL", sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(inside, env=os.environ | {"WGAUDIT_E2E_INSIDE": "1"},
                              timeout=1200).returncode
    world.prepare()
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="wgaudit-paging."))
    try:
        run(tmp, pace)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL: {error} {getattr(error, 'stderr', '') or ''}")
        for log in sorted(tmp.glob("*.log")):
            print(f"--- {log.name}\n" + "\n".join(log.read_text().splitlines()[-15:]))
        return 1
    finally:
        world.clean_up()
        shutil.rmtree(tmp, ignore_errors=True)
    print("PASS")
    return 0


began = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
