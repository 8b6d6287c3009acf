"""Gateways of a company, with people who come and go and most of what can be wrong, for dashboards
to show: fra1 (a link of its own, and a namespace "blue"; what receives its events refuses some for
good), ams1 (a sink of it is paused), nyc1 (one namespace of it is never read, and one sink fails),
lon1 (down) and par1 (in the inventory alone).
"""
import contextlib
import dataclasses
import datetime
import fcntl
import json
import math
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import threading
import time

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e" / "lib"))
from gateway import ROOT, WGAUDIT, UapiServer, key_of, run  # noqa: E402
from siem_receiver import Bulk  # noqa: E402
from uapi_server import Peer  # noqa: E402

PROMETHEUS = "127.0.0.1:9090"
ADDRESSES = {"fra1": "127.0.0.2", "ams1": "127.0.0.3", "nyc1": "127.0.0.4", "lon1": "127.0.0.5"}
# Names are free text: this one is no regular expression at all. Its keys have a + in the beginning.
ODD = "ops|noc (c++"
PEOPLE = ("alice anna boris carla chen dario diego ella emil fatima finn greta hana ines ivan "
          "jonas julia karim lena luca maria mina nils noor olga omar paula petra ravi rosa sami "
          "tara theo uma vera wim yara zoe").split()
SERVICES = {"backup": {}, "monitoring": {"at": ["fra1/wg0", "ams1/wg-ams"]}, "build": {},
            "mail": {}, "dns": {}}
TUNSETIFF, IFF_TUN_NO_PI = 0x400454ca, 0x1001
OFFICES = ("198.51.100", "203.0.113", "192.0.2")


def stamp(days):
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass
class Habit:
    """When a peer is connected, in seconds since the scene began, and how much it moves."""
    period: int = 3600
    connected: int = 3600
    phase: int = 0
    bytes_a_second: int = 2000
    handshakes_every: int = 100
    roams_every: int = 0

    def is_connected(self, now):
        return (now + self.phase) % self.period < self.connected


class Life:
    """Moves the peers of one interface once a second."""

    def __init__(self, server, seed):
        self.server, self.habits = server, {}
        self.chance = random.Random(seed)

    def join(self, peer, habit):
        self.habits[peer.name] = habit
        self.server.put(peer)

    def tick(self, now):
        with self.server.lock:
            for name, habit in self.habits.items():
                peer = self.server.peers.get(name)
                if peer is not None and habit.is_connected(now):
                    self.move(peer, habit, now)

    def move(self, peer, habit, now):
        wall = int(time.time())
        if wall - peer.last_handshake >= habit.handshakes_every:
            peer.last_handshake = wall
            if habit.roams_every and now % habit.roams_every < habit.handshakes_every:
                peer.endpoint = f"{self.chance.choice(OFFICES)}.{self.chance.randrange(1, 250)}:" \
                                f"{self.chance.randrange(1024, 65000)}"
        tide = 1.2 + math.sin((now + habit.phase) / 70)
        amount = int(habit.bytes_a_second * tide * self.chance.uniform(0.5, 1.5))
        peer.received_bytes += amount
        peer.sent_bytes += 4 * amount


class Link:
    """A link wg0, so that there are statistics of it: what is written to it is received."""

    def __init__(self):
        self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", b"wg0", IFF_TUN_NO_PI))
        run("ip", "address", "add", "10.20.0.1/16", "dev", "wg0")
        run("ip", "link", "set", "wg0", "up", "mtu", "1420")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1000, 0, 0, 64, 17, 0,
                             bytes((10, 20, 0, 2)), bytes((10, 20, 0, 1)))
        self.packet = header.ljust(1000, b"\0")

    def tick(self, now):
        for _ in range(20 + now % 15):
            os.write(self.tun, self.packet)
            for _ in range(2):
                with contextlib.suppress(BlockingIOError):
                    self.socket.sendto(b"x" * 1200, ("10.20.0.9", 9))
                    os.read(self.tun, 2000)


def records():
    def record(name, **more):
        return {"public_key": key_of(name), "principal": name} | more

    def laptop(name, number, **more):
        return record(name, **{"device": f"{name}-laptop", "role": "laptop",
                               "issued_at": stamp(-20 * number - 3), "allowed_ips":
                               [f"10.20.1.{number}/32"],
                               "expires_at": stamp(3 * number + 2)} | more)

    found = [laptop(name, number) for number, name in enumerate(PEOPLE)]
    found += [record(name, kind="service", role="service", issued_at=stamp(-70), always_on=True,
                     **at) for name, at in SERVICES.items()]
    found += [
        record("bob", status="revoked", revoked_at=stamp(-2)), record("dave", status="disabled"),
        record("erin", expires_at=stamp(-1), issued_at=stamp(-366)),
        record("frank", device="frank-laptop", role="laptop", allowed_ips=["10.20.2.1/32"]),
        record("grace", role="laptop"), record("heidi", role="laptop", at=["ams1/wg9"]),
        record("niaj", role="laptop", endpoints=["198.18.0.0/24"]),
        record("trent", role="managed", posture={"compliant": False, "checked_at": stamp(0)}),
        record("sybil", role="laptop"), record("new-hire", status="unreviewed"),
        record("victor", role="service", kind="service", at=["ams1/wg-ams"]),
        record("walter", require_preshared_key=True),
        *(record(name, principal=ODD, device=name, role="laptop",
                 allowed_ips=[f"10.20.9.{number}/32"])
          for number, name in ((21, "noc-hall"), (22, "noc-screen"))),
    ]
    return found


def write_inventory(path):
    gateways = [{"name": name, "address": f"{name}:9586", "labels": {"site": name[:3]},
                 "interfaces": [{"name": interface}]}
                for name, interface in (("fra1", "wg0"), ("ams1", "wg-ams"), ("nyc1", "wg-nyc"),
                                        ("lon1", "wg0"), ("par1", "wg0"))]
    roles = {"laptop": {}, "service": {"max_key_age": "90d"}, "managed": {"require_posture": True}}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"version": 1, "roles": roles, "gateways": gateways,
                                 "peers": records()}))
    fresh.rename(path)


class Scene:
    def __init__(self, tmp, scrape_interval):
        self.tmp, self.scrape_interval = pathlib.Path(tmp), scrape_interval
        self.processes, self.lives = [], {}
        self.began, self.began_at = time.monotonic(), time.time()
        self.inventory = self.tmp / "inventory.json"
        self._stop = threading.Event()

    # --- what runs -------------------------------------------------------------------------------

    def begin(self):
        write_inventory(self.inventory)
        self.link = Link()
        self.interfaces()
        self.crowd()
        siem = Bulk(poison=lambda event: event["event"]["sequence"] % 9 == 0)
        self.exporter("fra1", (".", "blue"), self.siem(siem.port))
        self.exporter("ams1", (".",), {"type": "file", "name": "archive", "paused": True,
                                       "directory": str(self.tmp / "archive")})
        self.exporter("nyc1", (".", "lab"), self.siem(9))  # where nobody listens
        self.prometheus()
        threading.Thread(target=self._live, daemon=True).start()

    def interfaces(self):
        for number, (gateway, directory, interface) in enumerate((
                ("fra1", ".", "wg0"), ("fra1", "blue", "wg0"), ("ams1", ".", "wg-ams"),
                ("nyc1", ".", "wg-nyc"))):
            path = self.tmp / gateway / directory
            path.mkdir(parents=True, exist_ok=True)
            server = UapiServer(str(path), interface)
            self.lives[gateway, directory] = Life(server, number)
        (self.tmp / "nyc1" / "lab").mkdir()
        UapiServer(str(self.tmp / "nyc1" / "lab"), "wg-lab").answers = False

    def crowd(self):
        places = [("fra1", "."), ("ams1", "."), ("nyc1", "."), ("fra1", "blue")]
        for number, name in enumerate(PEOPLE):
            period = 420 + 37 * (number % 9)
            self.join(places[number % 7 % 4], name, [f"10.20.1.{number}/32"], Habit(
                period, period * (5 + number % 4) // 10, 61 * number, 500 + 900 * (number % 5),
                roams_every=240 if number % 6 == 0 else 0))
        for number, name in enumerate(SERVICES):
            self.join(places[number % 3], name, [f"10.20.3.{number}/32"],
                      Habit(bytes_a_second=9000 - 1500 * number))
        self.join(("ams1", "."), "alice", ["10.20.1.0/32"], Habit())
        self.join(("fra1", "."), "monitoring", ["10.20.3.1/32"], Habit())

    def join(self, place, name, prefixes, habit):
        ago = 20 if habit.is_connected(0) else 4000
        self.lives[place].join(
            Peer(name, prefixes, int(time.time()) - ago), habit)

    def go_wrong(self):
        """What has happened by the time that somebody is woken."""
        fra, blue, ams, nyc = ("fra1", "."), ("fra1", "blue"), ("ams1", "."), ("nyc1", ".")
        quick = Habit(handshakes_every=8, roams_every=9)
        for place, name, prefixes, habit in (
                (ams, "mallory", ["10.20.9.66/32"], Habit()),
                (fra, "bob", ["10.20.9.1/32"], Habit()),
                (blue, "dave", ["10.20.9.2/32"], Habit(connected=0)),
                (nyc, "erin", ["10.20.9.3/32"], Habit(connected=0)),
                (fra, "frank", ["10.20.2.1/32", "10.99.0.0/24"], Habit()),
                (fra, "grace", ["10.64.0.0/12"], Habit()),
                (nyc, "heidi", ["10.20.9.4/32"], Habit()),
                (ams, "niaj", ["10.20.9.5/32"], Habit()), (ams, "trent", ["10.20.9.6/32"], Habit()),
                (nyc, "alice", ["10.20.1.0/32"], Habit()),
                (nyc, "sybil", ["10.20.9.7/32"], quick), (fra, "walter", ["10.20.9.9/32"], Habit()),
                (blue, "new-hire", ["10.20.9.8/32"], Habit()),
                (fra, "noc-hall", ["10.20.9.21/32", "10.99.1.0/24"], Habit()),
                (ams, "noc-screen", ["10.20.9.22/32"], Habit())):
            self.join(place, name, prefixes, habit)
        with contextlib.suppress(KeyError):
            self.lives[fra].habits["backup"].connected = 0
        write_inventory(self.inventory)

    def siem(self, port):
        return {"type": "http", "name": "siem", "url": f"http://127.0.0.1:{port}",
                "body": "elasticsearch"}

    def exporter(self, name, directories, sink):
        config = self.tmp / f"{name}.yml"
        config.write_text(yaml.safe_dump({"sinks": [sink]}))
        uapi = [f"{'' if d == '.' else d + '='}{self.tmp / name / d}" for d in directories]
        self.start(f"{name}.log", [
            WGAUDIT, "serve", "--config.file", config, "--gateway.name", name,
            "--inventory.file", self.inventory, "--metrics.endpoints",
            "--web.listen-address", f"{ADDRESSES[name]}:9586", "--no-collector.netlink",
            *(part for d in uapi for part in ("--collector.uapi-directory", d)),
            "--collector.interval", "1s", "--collector.settle", "2s", "--metrics.peer-details",
            "--state.directory", self.tmp / name / "state",
            "--events.directory", self.tmp / name / "events"])

    def prometheus(self):
        rules = []
        for path in sorted((ROOT / "alerts").glob("*.rules.yml")):
            groups = yaml.safe_load(path.read_text())
            for rule in (rule for group in groups["groups"] for rule in group["rules"]):
                if "for" in rule:
                    rule["for"] = "2s"
            rules.append(self.tmp / path.name)
            rules[-1].write_text(yaml.safe_dump(groups))
        # Those that are made of the inventory, with their labels. Only, their addresses are names
        # here, and nobody has told Prometheus of par1.
        targets = self.tmp / "targets.json"
        run(WGAUDIT, "inventory", "sd", "--inventory.file", self.inventory, "--output", targets)
        relabel = [{"source_labels": ["__address__"], "regex": "par1:.*", "action": "drop"},
                   {"source_labels": ["__address__"], "target_label": "instance"}]
        relabel += [{"source_labels": ["__address__"], "regex": f"{name}:(.*)",
                     "target_label": "__address__", "replacement": f"{address}:$1"}
                    for name, address in ADDRESSES.items()]
        every = f"{self.scrape_interval}s"
        (self.tmp / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": every, "scrape_timeout": every,
                       "evaluation_interval": every},
            "rule_files": [str(path) for path in rules],
            "scrape_configs": [
                {"job_name": "wgaudit", "file_sd_configs": [{"files": [str(targets)]}],
                 "relabel_configs": relabel},
                # Of another job: no dashboard may count it.
                {"job_name": "prometheus", "static_configs": [{"targets": [PROMETHEUS]}]}]}))
        self.start("prometheus.log", [
            "prometheus", f"--config.file={self.tmp}/prometheus.yml", "--log.level=warn",
            f"--storage.tsdb.path={self.tmp}/data", f"--web.listen-address={PROMETHEUS}"])

    def start(self, log, command):
        with (self.tmp / log).open("wb") as file:
            self.processes.append(subprocess.Popen(
                [str(part) for part in command], stdout=file, stderr=file,
                stdin=subprocess.DEVNULL, cwd=self.tmp))

    # --- how it goes on --------------------------------------------------------------------------

    def now(self):
        return int(time.monotonic() - self.began)

    def _live(self):
        while not self._stop.wait(1):
            for life in self.lives.values():
                life.tick(self.now())
            self.link.tick(self.now())

    def ended(self):
        """The log of a process that is not there any more, or ""."""
        for process in self.processes:
            if process.poll() is not None:
                name = pathlib.Path(process.args[0]).name
                logs = "".join(f"--- {log.name}\n{log.read_text()[-1500:]}\n"
                               for log in sorted(self.tmp.glob("*.log")))
                return f"{name} ended with {process.returncode}\n{logs}"
        return ""

    def end(self):
        self._stop.set()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
