#!/usr/bin/env python3
"""A fleet on one machine: 50 exporters with 200 peers each, Debian's Prometheus as an agent that
scrapes them and sends all by remote_write to VictoriaMetrics and to a central Prometheus, which
evaluates the rules that ship, as they ship.

Each exporter is a `wgaudit serve` on a loopback address of its own, over a stand-in for a userspace
WireGuard whose peers shake hands and move bytes. Both stores must have every peer of every gateway,
every rule must be evaluated without an error, and an unknown key on one gateway must be an alert at
the centre, as must be a gateway of the inventory that nobody scrapes. Prints what it costs.

usage: tests/e2e/fleet.py [GATEWAYS [PEERS [INTERVAL]]]

As root; reads build/release/wgaudit, or WGAUDIT. Defaults: 50, 200, 15 (seconds).

All of it lives in network, mount and process namespaces of its own, which end with this program.
With the defaults about four
minutes.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from crowd import CrowdServer  # noqa: E402
from uapi_server import Peer, key_of  # noqa: E402

WGAUDIT = pathlib.Path(os.environ.get("WGAUDIT", ROOT / "build/release/wgaudit")).resolve()
CENTRAL, AGENT, VICTORIA = "127.0.0.1:9090", "127.0.0.1:9091", "127.0.0.1:8428"
RULE_FILES = ("wgaudit", "exporter", "fleet", "recording")
# Of an interval, for evaluation: rules are evaluated well before they are due again. And memory: a
# third more a series than SIZING.md says, beside 100 MB.
LIMIT = 1 / 3
LIMIT_BYTES_A_SERIES = 8000
processes = []


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


def start(tmp, name, *command):
    log = (tmp / f"{name}.log").open("wb")
    process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log,
                               stdin=subprocess.DEVNULL, cwd=tmp)
    processes.append(process)
    return process


def get(url):
    with urllib.request.urlopen(f"http://{url}", timeout=30) as answer:
        return answer.read().decode()


def query(server, expr):
    found = json.loads(get(f"{server}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"))
    return found["data"]["result"]


def number(server, expr):
    result = query(server, expr)
    return float(result[0]["value"][1]) if result else 0


def until(what, condition, seconds=240):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if value := condition():
                return value
        except (OSError, urllib.error.URLError):  # not listening yet
            pass
        time.sleep(1)
    raise AssertionError(f"not within {seconds} s: {what}")


# --- the scene -----------------------------------------------------------------------------------

class Fleet:
    def __init__(self, tmp, gateways, peers, interval):
        self.tmp, self.count, self.peers, self.interval = tmp, gateways, peers, interval
        self.names = [f"gw{i}" for i in range(1, gateways + 1)]
        self.forgotten = "forgotten"  # in the inventory since the targets were written
        self.servers = []

    def address(self, i):
        return f"127.0.1.{i + 1}:9586"

    def peers_of(self, name):
        return [Peer(f"{name}-{i}", [f"10.{i >> 8}.{i & 255}.1/32"], last_handshake=int(time.time()),
                     endpoint=f"198.51.100.{i % 250 + 1}:51820") for i in range(self.peers)]

    def gateways(self, names):
        return [{"name": name, "address": self.address(i), "labels": {"site": f"s{i % 5}"},
                 "interfaces": [{"name": "wg0"}]} for i, name in enumerate(names)]

    def write_inventory(self, gateways):
        inventory = {
            "version": 1, "roles": {"site": {"always_on": True}, "laptop": {}},
            "gateways": self.gateways(gateways),
            "peers": [{"public_key": key_of(f"{name}-{i}"), "principal": f"user{i}-{name}",
                       "role": "site" if i % 10 == 0 else "laptop", "at": [f"{name}/wg0"],
                       "allowed_ips": [f"10.{i >> 8}.{i & 255}.1/32"]}
                      for name in self.names for i in range(self.peers)]}
        (self.tmp / "inventory.json").write_text(json.dumps(inventory))

    def start_exporters(self):
        for i, name in enumerate(self.names):
            directory = self.tmp / name
            self.servers.append(CrowdServer(str(directory / "uapi"), "wg0", self.peers_of(name)))
            start(self.tmp, name, WGAUDIT, "serve", "--log.level", "warn", "--gateway.name", name,
                  "--inventory.file", self.tmp / "inventory.json", "--no-collector.netlink",
                  "--collector.uapi-directory", directory / "uapi", "--state.directory",
                  directory / "state", "--web.listen-address", self.address(i))
        threading.Thread(target=self._live, daemon=True).start()

    def _live(self):
        def moves(peer):
            peer.received_bytes += 10_000
            peer.sent_bytes += 30_000
            peer.last_handshake = int(time.time())

        while True:
            for server in self.servers:
                server.change(moves)
                time.sleep(self.interval / self.count)

    def write_inventory_and_targets(self):
        self.write_inventory(self.names)
        self.write_targets()
        self.write_inventory(self.names + [self.forgotten])

    def write_targets(self):
        subprocess.run([WGAUDIT, "inventory", "sd", "--inventory.file", self.tmp / "inventory.json",
                        "--output", self.tmp / "targets.json"], check=True, timeout=60)


def start_stores(fleet):
    tmp, interval = fleet.tmp, fleet.interval
    every = {"scrape_interval": f"{interval}s", "evaluation_interval": f"{interval}s"}
    (tmp / "central.yml").write_text(yaml.safe_dump({
        "global": every, "rule_files": [str(ROOT / f"alerts/{n}.rules.yml") for n in RULE_FILES]}))
    (tmp / "agent.yml").write_text(yaml.safe_dump({
        "global": every | {"external_labels": {"cluster": "here"}},
        "scrape_configs": [
            {"job_name": "wgaudit", "file_sd_configs": [{"files": ["targets.json"]}]},
            # Found, not scraped a second time.
            {"job_name": "found", "http_sd_configs": [
                {"url": f"http://{fleet.address(0)}/api/v1/sd", "refresh_interval": "5s"}],
             "relabel_configs": [{"action": "drop"}]}],
        "remote_write": [{"url": f"http://{CENTRAL}/api/v1/write"},
                         {"url": f"http://{VICTORIA}/api/v1/write"}]}))
    start(tmp, "victoria", "victoria-metrics", f"-httpListenAddr={VICTORIA}",
          "-storageDataPath=victoria", "-retentionPeriod=1d", "-search.latencyOffset=1s",
          "-memory.allowedBytes=512MB")
    start(tmp, "central", "prometheus", "--config.file=central.yml", "--storage.tsdb.path=central",
          "--web.enable-remote-write-receiver", f"--web.listen-address={CENTRAL}",
          "--log.level=warn")
    start(tmp, "agent", "prometheus", "--enable-feature=agent", "--config.file=agent.yml",
          "--storage.agent.path=agent", f"--web.listen-address={AGENT}", "--log.level=warn")


# --- what must hold, and what it costs -----------------------------------------------------------

def groups():
    return json.loads(get(f"{CENTRAL}/api/v1/rules"))["data"]["groups"]


def check_rules():
    """Every rule was evaluated, and none in error."""
    rules = [rule for group in groups() for rule in group["rules"]]
    bad = [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"]
    assert not bad, bad
    return len(rules)


def found(fleet):
    """The gateways that the agent has from an exporter, with address and site as in the inventory."""
    dropped = json.loads(get(f"{AGENT}/api/v1/targets"))["data"]["droppedTargets"]
    labels = [target["discoveredLabels"] for target in dropped]
    addresses = {one["address"]: (one["name"], one["labels"]["site"])
                 for one in fleet.gateways(fleet.names + [fleet.forgotten])}
    return {one["gateway"] for one in labels if one["job"] == "found"
            and addresses.get(one["__address__"]) == (one["gateway"], one["site"])}


def metric(server, name):
    return next(float(line.split()[1]) for line in get(f"{server}/metrics").splitlines()
                if line.startswith(name + " "))


def resident(server):
    return metric(server, "process_resident_memory_bytes")


class Evaluation:
    """Of all groups, over some intervals: the longest time, and the processor's for one interval."""

    def __init__(self, fleet, intervals=4):
        begin, cpu = time.monotonic(), metric(CENTRAL, "process_cpu_seconds_total")
        self.seconds, self.slowest = 0, []
        for _ in range(intervals):
            time.sleep(fleet.interval)
            times = {group["name"]: group["evaluationTime"] for group in groups()}
            if sum(times.values()) > self.seconds:
                self.seconds = sum(times.values())
                self.slowest = sorted(times.items(), key=lambda item: -item[1])[:3]
        used = metric(CENTRAL, "process_cpu_seconds_total") - cpu
        self.cpu = used * fleet.interval / (time.monotonic() - begin)


def not_scraped(fleet):
    """The gateway that is no target is told, and none that is; after its `for`, not awaited here."""
    def told():
        return {(r["metric"]["gateway"], r["metric"]["address"]) for r in query(
            CENTRAL, 'ALERTS{alertname="WireGuardGatewayNotScraped", alertstate="pending"}')}

    one = {(fleet.forgotten, fleet.address(fleet.count))}
    until("a gateway of the inventory that nobody scrapes is told", lambda: told() == one)
    say("the gateway that was added to the inventory alone is told as not scraped")


def run(fleet):
    total = fleet.count * fleet.peers
    fleet.write_inventory_and_targets()
    fleet.start_exporters()
    start_stores(fleet)
    until("http_sd finds what file_sd does, and the gateway that was added since",
          lambda: found(fleet) == {*fleet.names, fleet.forgotten})
    everybody = f"count(wireguard_peer_session_up == 1) == {total}"
    for store in (CENTRAL, VICTORIA):
        until(f"{store} has every peer", lambda s=store: query(s, everybody))
    assert number(VICTORIA, "count(up == 1)") == fleet.count
    say(f"{fleet.count} gateways with {fleet.peers} peers: all in both stores")

    server = fleet.servers[fleet.count // 2]
    # Another dict: the fleet's life goes on in its own thread, over the one that it began with.
    server.peers = server.peers | {"mallory": Peer("mallory", ["10.99.0.1/32"])}
    until("an unknown key on one gateway is an alert at the centre", lambda: query(
        CENTRAL, f'ALERTS{{alertname="WireGuardUnknownKey", alertstate="firing", '
        f'instance="{fleet.address(fleet.count // 2)}", public_key="{key_of("mallory")}"}}'))
    until("recorded rates of every peer",
          lambda: number(CENTRAL, "count(peer:wireguard_peer_receive_bytes:rate5m > 0)") >= total)
    until("recorded rates of the fleet", lambda: query(
        CENTRAL, "sum(job:wireguard_peer_receive_bytes:rate5m) > 0"))
    not_scraped(fleet)
    firing = {r["metric"]["alertname"] for r in query(CENTRAL, 'ALERTS{alertstate="firing"}')}
    # She shakes hands with all the others, sooner or later.
    assert firing <= {"WireGuardUnknownKey", "WireGuardForbiddenSession"}, firing
    say(f"{check_rules()} rules evaluated, none in error; firing: {sorted(firing)}")

    evaluation = Evaluation(fleet)
    series = metric(CENTRAL, "prometheus_tsdb_head_series")
    scraped = number(CENTRAL, "sum(scrape_samples_post_metric_relabeling)") + 5 * fleet.count
    memory = {name: resident(at) for name, at in (("central Prometheus", CENTRAL), ("agent", AGENT),
                                                  ("VictoriaMetrics", VICTORIA))}
    rate = number(CENTRAL, f"sum(scrape_samples_post_metric_relabeling) / {fleet.interval}")
    print(f"{fleet.count} exporters, {total} peers: all groups evaluated in {evaluation.seconds:.3f} "
          "s at most (" + ", ".join(f"{name} {seconds:.3f}" for name, seconds in evaluation.slowest)
          + f"; every {fleet.interval} s), {evaluation.cpu:.2f} s of processor "
          f"an interval with what arrives; {series:.0f} series ("
          f"{scraped:.0f} scraped, {rate:.0f} samples/s); resident: "
          + ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in memory.items()))
    assert evaluation.seconds < LIMIT * fleet.interval, "evaluation takes too long"
    if fleet.count < 50:  # with what arrives, which at the full size is most of it
        assert evaluation.cpu < LIMIT * fleet.interval, "the centre has too much to do"
    assert scraped > 7 * total
    assert memory["central Prometheus"] < 100e6 + LIMIT_BYTES_A_SERIES * series


def main():
    sizes = [int(a) for a in sys.argv[1:] + ["50", "200", "15"][len(sys.argv) - 1:]]
    if os.environ.get("WGAUDIT_E2E_INSIDE") != "1":
        if os.geteuid() != 0:
            print("FAIL: root is needed, to make namespaces")
            return 1
        inside = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork",
                  "--mount-proc", "--kill-child=KILL", sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(inside, env=os.environ | {"WGAUDIT_E2E_INSIDE": "1"},
                              timeout=1200).returncode
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="wgaudit-fleet.", dir="/var/tmp"))
    try:
        run(Fleet(tmp, *sizes))
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL: {error}")
        for log in [tmp / f"{name}.log" for name in ("gw1", "central", "agent", "victoria")]:
            if log.is_file():
                print(f"--- {log.name}\n" + "\n".join(log.read_text().splitlines()[-15:]))
        return 1
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
        shutil.rmtree(tmp, ignore_errors=True)
    print("PASS")
    return 0


began = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
