"""One daemon under test: its peers, its directories, what it says of itself, what it wrote."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from segments import Segments  # noqa: E402
from uapi_server import Peer, UapiServer, key_of  # noqa: E402

WGAUDIT = pathlib.Path(os.environ.get("WGAUDIT", ROOT / "build/release/wgaudit")).resolve()
SLOWEST_SCRAPE = 1.0  # seconds, whatever is broken


class Failure(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failure(what)


def expect_equal(got, want, what):
    expect(got == want, f"{what}: {got!r}, expected {want!r}")


def run(*command, **kwargs):
    return subprocess.run([str(c) for c in command], check=True, timeout=30, capture_output=True,
                          text=True, **kwargs)


def wait_for(what, condition, seconds=15):
    """The condition's value as soon as it is true."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except OSError:  # not listening yet
            value = None
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def children(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Metrics:
    """One scrape."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match:
                labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
                self.samples.append((match[1], labels, float(match[3])))

    def all(self, name, **labels):
        return [(found, value) for named, found, value in self.samples
                if named == name and all(found.get(k) == v for k, v in labels.items())]

    def value(self, name, **labels):
        """The only such sample; None: there is none."""
        found = self.all(name, **labels)
        expect(len(found) < 2, f"{len(found)} samples of {name} {labels}")
        return found[0][1] if found else None

    def finding(self, rule, peer=None):
        labels = {"public_key": key_of(peer)} if peer else {}
        return self.value("wgaudit_finding", rule=rule, **labels) == 1


class Scrapes:
    """Scrapes all the time while something is broken; none may fail or take `limit` seconds."""

    def __init__(self, gateway, limit=SLOWEST_SCRAPE):
        self.gateway, self.limit = gateway, limit
        self.slowest, self.count, self.failure = 0.0, 0, None
        self.polls = set()  # when they succeeded
        self.readings = []  # [(time, Metrics)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._scrape, daemon=True)

    def _scrape(self):
        while not self._stop.wait(0.1):
            begin = time.monotonic()
            try:
                metrics = self.gateway.metrics()
            except (OSError, Failure) as error:
                self.failure = self.failure or f"a scrape failed: {error}"
                continue
            self.slowest = max(self.slowest, time.monotonic() - begin)
            self.count += 1
            self.readings.append((begin, metrics))
            self.polls.add(metrics.value("wgaudit_collector_last_success_timestamp_seconds",
                                         collector="uapi"))

    def __enter__(self):
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self._stop.set()
        self._thread.join()
        if kind is not None:
            return
        expect(self.failure is None, self.failure)
        expect(self.slowest < self.limit, f"a scrape took {self.slowest:.2f} s")
        seconds = time.monotonic() - self._begun
        expect(self.count >= seconds / self.limit, f"{self.count} scrapes in {seconds:.1f} s")
        # A poll every second: the others are those that scrapes asked for.
        expect(len(self.polls) >= int(seconds / 2), f"{len(self.polls)} polls in {seconds:.1f} s")
        self.gateway.slowest_scrape = max(self.gateway.slowest_scrape, self.slowest)


class Gateway:
    """State in `state`, segments in `events`, the inventory in `inventory`; all below `tmp`."""

    def __init__(self, tmp, port, peers=()):
        self.tmp = pathlib.Path(tmp)
        self.address = f"127.0.0.1:{port}"
        self.state, self.events = self.tmp / "state", self.tmp / "events"
        self.inventory = self.tmp / "inventory.json"
        self.log_path = self.tmp / "daemon.log"
        self.wg = UapiServer(str(self.tmp / "uapi"), "wg0", peers)
        self.process, self.pid = None, None
        self.slowest_scrape = 0.0
        self._log_begin = 0

    # --- running it ------------------------------------------------------------------------------

    def start(self, *more, wrap=(), forks=False, env=None, interval="1s"):
        """`wrap`: what runs before it, and becomes it or, where that `forks`, its parent."""
        self._log_begin = self.log_path.stat().st_size if self.log_path.exists() else 0
        command = [*wrap, WGAUDIT, "serve", "--gateway.name", "gw1", "--inventory.file",
                   self.inventory, "--no-collector.netlink", "--collector.uapi-directory",
                   self.tmp / "uapi", "--state.directory", self.state, "--events.directory",
                   self.events, "--web.listen-address", self.address, "--collector.interval",
                   interval, "--collector.settle", "2s" if interval == "1s" else interval, *more]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([str(c) for c in command], stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                            env=os.environ | (env or {}))
        self.pid = self.process.pid
        wait_for("the daemon answers", self._answers)
        if forks:
            self.pid = children(self.pid)[0]

    def _answers(self):
        expect(self.process.poll() is None,
               f"the daemon ended with {self.process.returncode}: {self.log()[-1000:]}")
        return self.metrics()

    def settled(self):
        """Started, told of it, and all of that delivered."""
        def told():
            metrics = self.metrics()
            return (metrics.value("wgaudit_events_total", action="exporter-started") == 1 and
                    metrics.value("wgaudit_sink_pending_events", sink="file") == 0)
        wait_for("the start is told and delivered", told)

    def signal(self, number):
        os.kill(self.pid, number)

    def stop(self, within=3):
        begin = time.monotonic()
        self.signal(signal.SIGTERM)
        code = self.process.wait(10)
        took = time.monotonic() - begin
        expect_equal(code, 0, "exit code of a clean stop")
        expect(took < within, f"it took {took:.1f} s to stop")
        self.process = None

    def wait_left(self, seconds=10):
        """It ends by itself, to be started anew: exit code 4, and one line that says why."""
        code = self.process.wait(seconds)
        expect_equal(code, 4, "exit code of a daemon that left by itself")
        self.process = None
        lines = self.logged("leaving, to be started anew")
        expect_equal(len(lines), 1, "lines that say why it left")
        return lines[0]

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def end(self):
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            self.process.kill()
            self.process.wait(10)
        kept = os.environ.get("WGAUDIT_TEST_EVENTS")
        for path in self.events.glob("*.jsonl") if kept else ():
            shutil.copy(path, pathlib.Path(kept, f"gateway-{os.getpid()}-{self.tmp.name}-{path.name}"))

    # --- what it watches -------------------------------------------------------------------------

    def write_inventory(self, *records):
        """A record is a name, or (name, status)."""
        peers = []
        for record in records:
            name, status = (record, "active") if isinstance(record, str) else record
            peers.append({"public_key": key_of(name), "principal": name, "status": status})
        self.replace_inventory(json.dumps({"version": 1, "peers": peers}))

    def replace_inventory(self, text):
        new = self.inventory.with_suffix(".new")
        new.write_text(text)
        new.rename(self.inventory)

    # --- what it says ----------------------------------------------------------------------------

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metrics(self):
        return Metrics(self.get("/metrics"))

    def value(self, name, **labels):
        return self.metrics().value(name, **labels)

    def not_ready(self):
        """The reason; None: it is ready."""
        try:
            self.get("/-/ready")
        except urllib.error.HTTPError as error:
            expect_equal(error.code, 503, "status of /-/ready")
            return error.read().decode()
        return None

    def log(self):
        """Of this run."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_begin)
            return log.read().decode()

    def logged(self, *texts):
        """The lines that hold all of these."""
        return [line for line in self.log().splitlines() if all(text in line for text in texts)]

    def segments(self):
        return Segments(self.events)

    def told(self, action, peer=None, **fields):
        """The events of this action, of this peer; fields as wireguard_audit_detected_at_start."""
        return self.segments().select(action, peer and key_of(peer), **fields)

    def wait_told(self, action, peer=None, seconds=15, **fields):
        about = f" of {peer}" if peer else ""
        return wait_for(f"{action}{about} is in the segments",
                        lambda: self.told(action, peer, **fields), seconds)[-1]

    def wait_delivered(self, seconds=40):
        """Committed and delivered, all of it."""
        def delivered():
            metrics = self.metrics()
            return (metrics.value("wgaudit_state_up") == 1 and
                    metrics.value("wgaudit_sink_up", sink="file") == 1 and
                    metrics.value("wgaudit_sink_pending_events", sink="file") == 0)
        wait_for("all events are delivered", delivered, seconds)

    def wait_value(self, name, value, seconds=15, **labels):
        wait_for(f"{name} {labels or ''} is {value}",
                 lambda: self.value(name, **labels) == value, seconds)

    def check_segments(self, **kwargs):
        """They hold, and their events lead to the peers that are there now."""
        segments = self.segments()
        peers = {key_of(peer.name): sorted(peer.allowed_ips) for peer in self.wg.peers.values()}
        expect_equal(segments.check(**kwargs), peers, "peers that the events lead to")
        return segments


def a_peer(name, handshake=0, **more):
    """Its address is a function of its name."""
    number = sum(name.encode()) % 250 + 1
    return Peer(name, [f"10.{len(name)}.{ord(name[-1])}.{number}/32"], int(handshake), **more)
