#!/usr/bin/env python3
"""Debian's Prometheus scrapes running exporters, evaluates the rules that ship, fires and resolves.

Two gateways: gw1 with a real wireguard-go tunnel and a namespace "blue", gw2 with an interface of a
stand-in whose peers change at once. All of it lives in network, mount and process namespaces of its
own, which end with this program. Also: promtool check metrics on the real page, and what /metrics
says of events is what stands in the files. The rules are the shipped ones with shorter `for` and
`keep_firing_for`. Takes over two minutes: a collector is failing only after 60 seconds. Dashboards:
tests/dashboards/run.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import yaml

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from uapi_server import Peer, UapiServer, key_of  # noqa: E402

WGAUDIT = pathlib.Path(os.environ.get("WGAUDIT", ROOT / "build/release/wgaudit"))
PROMETHEUS = "http://127.0.0.1:9090"
GW1, GW2 = "127.0.0.1:9586", "127.0.0.1:9587"
processes = []


class Failure(Exception):
    pass


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


def start(command, log, **kwargs):
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, **kwargs)
    processes.append(process)
    return process


def run(*command, **kwargs):
    return subprocess.run(command, check=True, timeout=30, capture_output=True, text=True, **kwargs)


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def api(path, **query):
    return json.loads(get(f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(query)}"))["data"]


def wait_for(what, condition, seconds=30):
    """The condition's value as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            value = condition()
        except OSError:  # not listening yet
            value = None
        if value:
            say(what)
            return value
        time.sleep(0.2)
    raise Failure(f"not within {seconds} s: {what}")


def alerts(name, state="firing", **labels):
    return [a for a in api("alerts")["alerts"]
            if a["labels"]["alertname"] == name and a["state"] == state
            and all(a["labels"].get(k) == v for k, v in labels.items())]


def fires(name, seconds=30, **labels):
    shown = " ".join(f"{k}={v}" for k, v in labels.items())
    return wait_for(f"{name} fires: {shown}", lambda: alerts(name, **labels), seconds)


def resolves(name, seconds=30, **labels):
    # A failed scrape also ends an alert: only what is still being looked at counts.
    wait_for(f"{name} resolved", lambda: not alerts(name, **labels) and
             not alerts(name, "pending", **labels) and
             len(api("query", query='up{job="wgaudit"} == 1')["result"]) == 2, seconds)


# --- the scene -----------------------------------------------------------------------------------

def write_inventory(tmp, tunnel_key):
    peers = [
        {"public_key": tunnel_key, "principal": "branch", "allowed_ips": ["10.10.0.2/32"]},
        {"public_key": key_of("alice"), "principal": "alice", "allowed_ips": ["10.20.0.2/32"],
         "at": ["gw1/blue:wg0", "gw2/wg0"]},
        {"public_key": key_of("bob"), "principal": "bob", "status": "revoked"},
        {"public_key": key_of("dc"), "principal": "dc", "always_on": True},
    ]
    path = tmp / "inventory.json"
    path.write_text(json.dumps({"version": 1, "peers": peers}))
    return path


def write_rules(tmp):
    """The shipped rules; only how long they wait is shorter."""
    groups = [group for path in sorted((ROOT / "alerts").glob("*.rules.yml"))
              for group in yaml.safe_load(path.read_text())["groups"]]
    for rule in (rule for group in groups for rule in group["rules"]):
        for field, limit in (("for", "3s"), ("keep_firing_for", "1s")):
            if field in rule:
                rule[field] = limit
    (tmp / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
              "rule_files": ["rules.yml"],
              "scrape_configs": [{"job_name": "wgaudit",
                                  "static_configs": [{"targets": [GW1, GW2]}]}]}
    (tmp / "prometheus.yml").write_text(yaml.safe_dump(config))


def tunnel(tmp):
    """A wireguard-go tunnel wg0 to a namespace `far`; returns the public key of the far end."""
    pathlib.Path("/run/wireguard").mkdir()
    run("ip", "netns", "add", "far")
    run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "up0", "netns", "far")
    keys = {name: run("wg", "genkey").stdout for name in ("wg0", "wgfar")}
    public = {name: run("wg", "pubkey", input=key).stdout.strip() for name, key in keys.items()}
    ends = (("wg0", [], "192.0.2.1", "10.10.0.1", "wgfar", "10.10.0.2/32", []),
            # With a /run/wireguard of its own: the near one is what gw1 reads.
            ("wgfar", ["ip", "netns", "exec", "far", "sh", "-c",
                       'mount -t tmpfs tmpfs /run/wireguard && exec "$@"', "sh"],
             "192.0.2.2", "10.10.0.2", "wg0", "10.10.0.0/24",
             ["endpoint", "192.0.2.1:51820", "persistent-keepalive", "1"]))
    for name, entering, outer, inner, other, allowed, more in ends:
        (tmp / f"{name}.key").write_text(keys[name])
        process = start([*entering, "wireguard-go", "-f", name], (tmp / f"{name}.log").open("wb"))
        socket = pathlib.Path(f"/proc/{process.pid}/root/run/wireguard/{name}.sock")
        wait_for(f"wireguard-go {name}", socket.exists)
        inside = ["nsenter", "-t", str(process.pid), "-m", "-n"]
        for command in (f"address add {outer}/24 dev up0", "link set up0 up",
                        f"address add {inner}/24 dev {name}", f"link set {name} up"):
            run(*inside, "ip", *command.split())
        run(*inside, "wg", "set", name, "private-key", tmp / f"{name}.key", "listen-port", "51820",
            "peer", public[other], "allowed-ips", allowed, *more)
    return public["wgfar"]


def start_exporter(tmp, name, address, inventory, *more):
    log = (tmp / f"{name}.log").open("ab")
    return start([WGAUDIT, "serve", "--gateway.name", name, "--inventory.file", inventory,
                  "--web.listen-address", address, "--collector.interval", "1s",
                  "--collector.settle", "2s", "--metrics.peer-details", "--state.directory",
                  disk(tmp, name, "state") / "state", "--events.directory",
                  disk(tmp, name, "events") / "events", *more], log)


def disk(tmp, name, of):
    """A file system of its own, which can be filled up."""
    path = tmp / f"{name}-{of}.disk"
    if not path.is_dir():
        path.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0755", "none", path)
    return path


class Full:
    """While it lasts, nothing more goes onto the file system."""

    def __init__(self, path):
        self.ballast = path / "ballast"

    def __enter__(self):
        with self.ballast.open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def __exit__(self, *_):
        self.ballast.unlink()


def keep_events(tmp):
    kept = os.environ.get("WGAUDIT_TEST_EVENTS")
    for path in tmp.glob("*-events.disk/events/*.jsonl") if kept else ():
        shutil.copy(path, pathlib.Path(kept, f"prometheus-{path.parts[-3]}-{path.name}"))


def event_lines(tmp, name):
    """(event, raw line) of all segments, those of the chain alone left out."""
    segments = sorted((disk(tmp, name, "events") / "events").glob("*.jsonl"),
                      key=lambda path: int(path.stem.split("-")[2]))
    raw = [line for path in segments for line in path.read_bytes().splitlines()]
    lines = [(json.loads(line), line) for line in raw]
    return [(event, line) for event, line in lines if "sequence" in event["event"]]


def samples(page, name):
    """Labels as they are printed, to values."""
    return {labels: float(value) for labels, value in
            re.findall(rf"^{name}({{.*}})? (\S+)$", page, re.MULTILINE)}


# --- what must hold ------------------------------------------------------------------------------

def check_page():
    for address in (GW1, GW2):
        page = get(f"http://{address}/metrics")
        lint = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, timeout=30,
                              capture_output=True)
        if lint.returncode != 0:
            raise Failure(f"promtool check metrics: {lint.stdout}{lint.stderr}")
    say("promtool check metrics: both pages are fine")


def events_agree(tmp, name, address):
    """What differs between /metrics and the files; "" for nothing."""
    page, lines = get(f"http://{address}/metrics"), event_lines(tmp, name)
    sequences = [event["event"]["sequence"] for event, _ in lines]
    if sequences != list(range(1, len(lines) + 1)):
        return f"sequences in the files: {sequences}"
    head = hashlib.sha256(lines[-1][1]).hexdigest()
    want = {"wgaudit_event_sequence": {"": len(lines)},
            "wgaudit_event_chain_head": {'{part="0"}': int(head[:12], 16),
                                         '{part="1"}': int(head[12:24], 16)},
            "wgaudit_events_lost_total": {"": 0},
            "wgaudit_sink_up": {'{sink="file"}': 1},
            "wgaudit_sink_pending_events": {'{sink="file"}': 0},
            "wgaudit_sink_oldest_pending_event_timestamp_seconds": {}}
    for metric, values in want.items():
        if samples(page, metric) != values:
            return f"{metric} is {samples(page, metric)}, not {values}"
    counted = {re.search('"(.*)"', labels)[1]: int(value) for labels, value in
               samples(page, "wgaudit_events_total").items() if value}
    # Of this run alone: since the last exporter-started.
    began = max(i for i, (event, _) in enumerate(lines)
                if event["event"]["action"] == "exporter-started")
    written = {}
    for event, _ in lines[began:]:
        written[event["event"]["action"]] = written.get(event["event"]["action"], 0) + 1
    return "" if counted == written else f"counted {counted}, written {written}"


def check_events(tmp):
    for name, address in (("gw1", GW1), ("gw2", GW2)):
        # Nothing happens any more; the last events may be on their way.
        deadline = time.monotonic() + 10
        while differs := events_agree(tmp, name, address):
            if time.monotonic() > deadline:
                raise Failure(f"events of {name}: {differs}")
            time.sleep(0.5)
        say(f"events of {name}: {len(event_lines(tmp, name))} in the files, none missing or twice; "
            "sequence, chain head, counters and sink as /metrics says")


def check_silence():
    firing = [a["labels"] for a in api("alerts")["alerts"]]
    if firing:
        raise Failure(f"alerts where nothing is wrong: {firing}")
    say("nothing is wrong, nothing fires")


def scenario(tmp):
    now = lambda: int(time.time())  # noqa: E731
    inventory = write_inventory(tmp, tunnel(tmp))
    blue = UapiServer(str(tmp / "blue"), "wg0")
    two = UapiServer(str(tmp / "two"), "wg0")
    slow = UapiServer(str(tmp / "slow"), "wg5")
    alice = Peer("alice", ["10.20.0.2/32"], last_handshake=now())
    blue.put(alice)
    two.put(alice)
    write_rules(tmp)
    first = ("--collector.uapi-directory", "/run/wireguard",
             "--collector.uapi-directory", f"blue={tmp}/blue")
    second = ("--no-collector.netlink", "--collector.uapi-directory", str(tmp / "two"),
              "--collector.uapi-directory", f"slow={tmp}/slow")
    start_exporter(tmp, "gw1", GW1, inventory, *first)
    gw2 = start_exporter(tmp, "gw2", GW2, inventory, *second)
    start(["prometheus", f"--config.file={tmp}/prometheus.yml", f"--storage.tsdb.path={tmp}/data",
           "--web.listen-address=127.0.0.1:9090", "--log.level=warn"],
          (tmp / "prometheus.log").open("wb"), cwd=tmp)
    wait_for("both targets are up", lambda: len(api("query", query="up == 1")["result"]) == 2)
    wait_for("the tunnel has a session in Prometheus",
             lambda: api("query", query='wireguard_peer_session_up * on (job, instance, netns, '
                         'interface, public_key) group_left (principal) '
                         'wireguard_peer_info{principal="branch"} == 1')["result"])
    time.sleep(5)
    check_silence()
    slow.answers = False  # noticed in 60 s, below

    two.put(Peer("mallory", ["10.20.0.66/32"], last_handshake=now()))
    fires("WireGuardUnknownKey", instance=GW2, interface="wg0", public_key=key_of("mallory"),
          severity="critical")
    fires("WireGuardForbiddenSession", instance=GW2, public_key=key_of("mallory"))
    blue.put(Peer("bob", ["10.20.0.3/32"]))
    fires("WireGuardRevokedKey", instance=GW1, netns="blue", principal="bob", severity="critical")
    if alerts("WireGuardForbiddenSession", principal="bob"):
        raise Failure("bob never shook hands and has a forbidden session")
    # On an interface that is new to the exporter: of what it knows it remembers newer handshakes.
    late = UapiServer(str(tmp / "two"), "wg1", [Peer("dc", ["10.20.0.9/32"], now() - 3600)])
    wait_for("WireGuardPeerStale is pending",
             lambda: alerts("WireGuardPeerStale", "pending", principal="dc"))
    fires("WireGuardPeerStale", instance=GW2, principal="dc", severity="warning")
    check_page()

    two.remove("mallory")
    blue.remove("bob")
    late.put(Peer("dc", ["10.20.0.9/32"], now()))
    for name in ("WireGuardUnknownKey", "WireGuardForbiddenSession", "WireGuardRevokedKey",
                 "WireGuardPeerStale"):
        resolves(name)

    fires("WireGuardCollectorFailing", seconds=100, instance=GW2, netns="slow")
    if alerts("WireGuardPeerStale") or alerts("WireGuardUnknownKey"):
        raise Failure("a failing collector opened other findings")
    slow.answers = True
    resolves("WireGuardCollectorFailing")

    good = inventory.read_text()
    inventory.write_text(good[:-10])
    fires("WireGuardInventoryReloadFailed", instance=GW1)
    fires("WireGuardInventoryReloadFailed", instance=GW2)
    inventory.write_text(good)
    resolves("WireGuardInventoryReloadFailed")

    def has_event(name, action, peer):
        return any(event["event"]["action"] == action and
                   event["wireguard"].get("peer", {}).get("public_key") == key_of(peer)
                   for event, _ in event_lines(tmp, name))

    with Full(disk(tmp, "gw1", "state")):
        blue.put(Peer("eve", ["10.20.0.67/32"]))
        fires("WireGuardStateNotCommitted", instance=GW1, severity="critical")
        fires("WireGuardUnknownKey", instance=GW1, public_key=key_of("eve"))  # paging goes on
        if has_event("gw1", "peer-added", "eve"):
            raise Failure("an event without a commit")
    resolves("WireGuardStateNotCommitted")
    wait_for("the event of what came meanwhile", lambda: has_event("gw1", "peer-added", "eve"))
    blue.remove("eve")
    resolves("WireGuardUnknownKey")

    with Full(disk(tmp, "gw2", "events")):
        # More than the rest of the page that the file ends in.
        two.put(*(Peer(name, ["10.20.0.68/32"]) for name in ("frank", "grace", "heidi")))
        fires("WireGuardSinkBehind", instance=GW2, sink="file", severity="warning")
        if alerts("WireGuardStateNotCommitted"):
            raise Failure("a sink that is full stops the state")
    resolves("WireGuardSinkBehind")
    for name in ("frank", "grace", "heidi"):
        two.remove(name)
    resolves("WireGuardUnknownKey")

    sessions = api("query", query=f'sum(wireguard_peer_sessions_total{{instance="{GW2}"}})')
    gw2.kill()
    gw2.wait(10)
    fires("WireGuardExporterDown", instance=GW2, severity="critical")
    start_exporter(tmp, "gw2", GW2, inventory, *second)
    resolves("WireGuardExporterDown")
    after = api("query", query=f'sum(wireguard_peer_sessions_total{{instance="{GW2}"}})')
    before, after = (float(s["result"][0]["value"][1]) for s in (sessions, after))
    if not 0 < before <= after:
        raise Failure(f"sessions counted before kill -9: {before}, after: {after}")
    check_silence()
    check_events(tmp)


def stop_all():
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def main():
    if os.environ.get("WGAUDIT_E2E_INSIDE") != "1":
        if os.geteuid() != 0:
            print("FAIL: root is needed, to make namespaces")
            return 1
        inside = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc",
                  "--kill-child=KILL", sys.executable, __file__]
        return subprocess.run(inside, env=os.environ | {"WGAUDIT_E2E_INSIDE": "1"},
                              timeout=400).returncode
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("ip", "link", "set", "lo", "up")
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="wgaudit-e2e."))
    try:
        scenario(tmp)
    except (Failure, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL: {error} {getattr(error, 'stderr', '') or ''}")
        for log in sorted(tmp.glob("gw*.log")) + [tmp / "prometheus.log"]:
            print(f"--- {log.name}\n" + "\n".join(log.read_text().splitlines()[-25:]))
        return 1
    finally:
        stop_all()
        keep_events(tmp)
        for mounted in tmp.glob("*.disk"):
            subprocess.run(["umount", "-l", mounted], check=False)
        shutil.rmtree(tmp, ignore_errors=True)
    print("PASS")
    return 0


began = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
