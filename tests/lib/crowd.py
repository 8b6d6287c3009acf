"""A running wgaudit that watches a stand-in gateway with thousands of peers, for figures."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from uapi_server import Peer, UapiServer

WGAUDIT = os.environ.get("WGAUDIT", "build/release/wgaudit")


class CrowdServer(UapiServer):
    """Its answer is made when the peers change, not for each reader; counts its readers."""

    def __init__(self, directory, interface, peers):
        self.reads = 0
        self._made = None
        super().__init__(directory, interface, peers)
        self.change(lambda peer: None)

    def change(self, how):
        """Calls `how` for each peer; what readers get changes for all at one moment."""
        for peer in self.peers.values():
            how(peer)
        self._made = super()._answer()

    def _answer(self):
        self.reads += 1
        return self._made or super()._answer()


def address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/32"


def crowd(count, **values):
    return [Peer(f"peer{i}", [address(i)], **values) for i in range(count)]


class Gateway:
    """wgaudit serve in a directory of its own on a disk, not in memory."""

    def __init__(self, peers, records=(), interval="1s", inventory_members=None, more=()):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="wgaudit-crowd.", dir="/var/tmp"))
        self.server = CrowdServer(str(self.tmp / "uapi"), "wg0", peers)
        inventory = self.tmp / "inventory.json"
        inventory.write_text(json.dumps({"version": 1, **(inventory_members or {}),
                                         "peers": list(records)}))
        self.log = (self.tmp / "log").open("wb")
        self.process = subprocess.Popen(
            [WGAUDIT, "serve", "--no-collector.netlink", "--collector.uapi-directory",
             str(self.tmp / "uapi"), "--inventory.file", inventory, "--gateway.name", "gw1",
             "--collector.interval", interval, "--state.directory", str(self.tmp / "state"),
             "--events.directory", str(self.tmp / "events"), "--web.listen-address", "127.0.0.1:0",
             *more],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.url = self.wait(self._url, "an address")

    def _url(self):
        found = re.search(rb"msg=listening address=(\S+)", (self.tmp / "log").read_bytes())
        return f"http://{found[1].decode()}" if found else None

    def wait(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                raise SystemExit(f"wgaudit ended: {(self.tmp / 'log').read_text()[-2000:]}")
            time.sleep(0.05)
        raise SystemExit(f"not within {seconds} s: {what}")

    def page(self):
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=20) as answer:
            return answer.read().decode()

    def value(self, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.page(), re.M)
        return float(found[1]) if found else None

    def delivered(self):
        """Whether every event is in the file."""
        try:
            page = self.page()
        except urllib.error.HTTPError:  # no poll has ended yet
            return False
        return ('wgaudit_sink_pending_events{sink="file"} 0' in page and
                re.search(r"^wgaudit_event_sequence [1-9]", page, re.M) is not None)

    def pids(self):
        """The daemon, its collector, and the collector's spare."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            todo += [int(child) for child in children]
        return found

    def resident_bytes(self):
        """Without what is shared with files: the pages that a leak would add to."""
        total = 0
        for pid in self.pids():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024
        return total

    def written_bytes(self):
        """What the daemon gave to the disk (/proc/PID/io)."""
        io = pathlib.Path(f"/proc/{self.process.pid}/io").read_text()
        return int(re.search(r"^write_bytes: (\d+)", io, re.M)[1])

    def events(self):
        for path in sorted((self.tmp / "events").glob("audit-*.jsonl")):
            for line in path.read_text().splitlines():
                yield json.loads(line)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "killed"
        kept = os.environ.get("WGAUDIT_TEST_EVENTS")
        for path in (self.tmp / "events").glob("*.jsonl") if kept else ():
            shutil.copy(path, pathlib.Path(kept, f"crowd-{os.getpid()}-{path.name}"))
        shutil.rmtree(self.tmp)
        return status


class Scrapes:
    """Scrapes all the time; `slowest` in seconds."""

    def __init__(self, gateway):
        self.gateway, self.times, self._stop = gateway, [], threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.is_set():
            begin = time.monotonic()
            self.gateway.page()
            self.times.append(time.monotonic() - begin)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
