"""Two WireGuard hosts of wireguard-go, and the driver child_observe, inside the test's namespaces."""
import base64
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time
import urllib.request

SOCKETS = pathlib.Path("/run/wireguard")
_processes = []


def sh(*command, feed=None) -> str:
    return subprocess.run(command, input=feed, text=True, check=True, capture_output=True).stdout


def prepare():
    for path in (SOCKETS, pathlib.Path("/run/netns")):
        path.mkdir(exist_ok=True)
        sh("mount", "-t", "tmpfs", "-o", "mode=0755", "none", str(path))
    sh("ip", "link", "set", "lo", "up")


def clean_up():
    for process in _processes:
        process.kill()
        process.wait()
    _processes.clear()
    for socket in SOCKETS.glob("*.sock"):
        socket.unlink()
    for link in ("host", "host2", "wg0", "wg1"):
        subprocess.run(["ip", "link", "del", link], capture_output=True, check=False)
    for namespace in ("client", "client2"):
        subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


def start(*command, **options) -> subprocess.Popen:
    process = subprocess.Popen(command, **options)
    _processes.append(process)
    return process


def until(condition, what, seconds=20.0):
    """Waits for the outside world, which gives no other sign."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"after {seconds} s still not: {what}")


def socket_of(path) -> socket.socket:
    """Connected to the socket of a device."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(20)
    client.connect(str(path))
    return client


def public(private: str) -> str:
    return sh("wg", "pubkey", feed=private).strip()


class Gateway:
    """wireguard-go in the test's own network namespace."""

    def __init__(self, name="wg0", port=51820, address="10.9.0.1/24"):
        self.name = name
        self.private = sh("wg", "genkey").strip()
        self.process = start("wireguard-go", "-f", name, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        self.socket = SOCKETS / f"{name}.sock"
        until(self.socket.exists, f"{name} has a socket")
        self.set("private-key", "/dev/stdin", "listen-port", str(port), "fwmark", "0x1234",
                 feed=self.private)
        sh("ip", "addr", "add", address, "dev", name)
        sh("ip", "link", "set", name, "up")

    def set(self, *arguments, feed=None):
        sh("wg", "set", self.name, *arguments, feed=feed)

    def add_peer(self, key, preshared, *arguments):
        self.set("peer", key, "preshared-key", "/dev/stdin", *arguments, feed=preshared)


class Client:
    """wireguard-go in a network and mount namespace of its own, behind a veth pair. A `number` of
    its own for each; `private`: a key that another one has, too."""

    def __init__(self, gateway: Gateway, preshared: str, number="", net="192.0.2", private=""):
        self.private = private or sh("wg", "genkey").strip()
        self.public = public(self.private)
        namespace, host = f"client{number}", f"host{number}"
        sh("ip", "netns", "add", namespace)
        sh("ip", "link", "add", host, "type", "veth", "peer", "name", "wan", "netns", namespace)
        sh("ip", "addr", "add", f"{net}.1/24", "dev", host)
        sh("ip", "link", "set", host, "up")
        self.process = start(
            "ip", "netns", "exec", namespace, "sh", "-c",
            "mount -t tmpfs none /run/wireguard && exec wireguard-go -f wgc",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: "wgc" in self.inside("ls", "/run/wireguard"), "the client has a socket")
        self.address(f"{net}.2/24")
        self.inside("ip", "link", "set", "wan", "up")
        self.inside("wg", "set", "wgc", "private-key", "/dev/stdin", feed=self.private)
        self.inside("wg", "set", "wgc", "listen-port", "40000", "peer", public(gateway.private),
                    "preshared-key", "/dev/stdin", "endpoint", f"{net}.1:51820", "allowed-ips",
                    "10.9.0.0/24", feed=preshared)
        self.inside("ip", "addr", "add", "10.9.0.2/24", "dev", "wgc")
        self.inside("ip", "link", "set", "wgc", "up")

    def inside(self, *command, feed=None) -> str:
        return sh("nsenter", "-t", str(self.process.pid), "-m", "-n", *command, feed=feed)

    def address(self, address: str):
        self.inside("ip", "addr", "flush", "dev", "wan")
        self.inside("ip", "addr", "add", address, "dev", "wan")

    def ping(self):
        # The first packet may be lost with the handshake that it starts.
        until(lambda: subprocess.run(
            ["nsenter", "-t", str(self.process.pid), "-m", "-n", "ping", "-q", "-c", "1", "-W", "1",
             "10.9.0.1"], capture_output=True, check=False).returncode == 0, "an echo", 30)

    def keep_pinging(self) -> subprocess.Popen:
        """A packet a second, whether answered or not."""
        return start("nsenter", "-t", str(self.process.pid), "-m", "-n", "ping", "-q", "10.9.0.1",
                     stdout=subprocess.DEVNULL)


class Serving:
    """wgaudit serve on the sockets of the gateway, with its events in a directory."""

    ADDRESS = "127.0.0.1:9586"

    def __init__(self, build: pathlib.Path, directory: pathlib.Path):
        self.events_directory = directory / "events"
        self.process = start(
            str(build / "wgaudit"), "serve", "--log.level", "warn", "--no-collector.netlink",
            "--collector.uapi-directory", str(SOCKETS), "--state.directory",
            str(directory / "state"), "--events.directory", str(self.events_directory),
            "--web.listen-address", self.ADDRESS,
            # A scrape asks for no poll of its own: what is seen is seen every five seconds.
            "--collector.max-age", "5s")
        until(lambda: self.metrics("wgaudit_build_info"), "a first scrape")

    def metrics(self, name: str) -> list:
        """Its lines on /metrics."""
        try:
            with urllib.request.urlopen(f"http://{self.ADDRESS}/metrics", timeout=5) as page:
                lines = page.read().decode().splitlines()
        except OSError:
            return []
        return [line for line in lines if line.startswith(name + "{")]

    def events(self, action: str, rule: str) -> list:
        found = []
        for segment in sorted(self.events_directory.glob("*.jsonl")):
            for line in segment.read_text(encoding="utf-8").splitlines():
                event = json.loads(line)
                if (event["event"]["action"] == action
                        and event.get("rule", {}).get("name") == rule):
                    found.append(event)
        return found


class Observer:
    """The driver child_observe: each poll() returns its lines."""

    def __init__(self, build: pathlib.Path, *options):
        self.output = b""
        self.process = start(str(build / "tests/child/child_observe"), *options,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        first = self.line()
        assert first.startswith("ready "), first
        self.child = int(first.split()[1])

    def line(self) -> str:
        line = self.process.stdout.readline()
        self.output += line
        assert line, "the driver ended: " + self.output.decode(errors="replace")
        return line.decode(errors="surrogateescape").rstrip("\n")

    def ask(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def answer(self) -> list:
        lines = []
        while not (lines and lines[-1].startswith("end ")):
            lines.append(self.line())
        self.child = int(lines[-1].split()[2])
        return lines

    def poll(self) -> list:
        self.ask()
        return self.answer()

    def family(self) -> list:
        """The driver, the child that answers, its spare."""
        return [self.process.pid, self.child, *children(self.child)]


def children(pid) -> list:
    return [int(c) for c in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def status(pid, field: str) -> str:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return line.split(":", 1)[1].strip()
    raise AssertionError(f"/proc/{pid}/status has no {field}")


def lives(pid) -> bool:
    try:
        return status(pid, "State")[0] != "Z"
    except FileNotFoundError:
        return False


class Planted:
    """A secret key in every form in which it could leak."""

    def __init__(self, name: str, raw: bytes = b""):
        raw = raw or secrets.token_bytes(32)
        clamped = bytes([raw[0] & 248]) + raw[1:31] + bytes([raw[31] & 127 | 64])
        self.raw = raw
        self.base64 = base64.b64encode(raw).decode()
        self.forms = {f"{name}, raw": raw}
        if clamped != raw:  # one of 32 random keys is as it would be clamped
            self.forms[f"{name}, clamped"] = clamped
        for form, value in list(self.forms.items()):
            self.forms[form + ", hex"] = value.hex().encode()
            self.forms[form + ", upper hex"] = value.hex().upper().encode()
            self.forms[form + ", base64"] = base64.b64encode(value)[:42]


def forms_in(data: bytes, planted: list) -> list:
    return [form for key in planted for form, value in key.forms.items() if value in data]


def memory(pid) -> bytes:
    """All that /proc/PID/mem gives."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            first, last = (int(x, 16) for x in line.split()[0].split("-"))
            if "r" not in line.split()[1] or "[v" in line:
                continue
            try:
                mem.seek(first)
                while first < last:
                    part = mem.read(min(last - first, 1 << 24))
                    if not part:
                        break
                    parts.append(part)
                    first += len(part)
            except OSError:
                continue
    return b"".join(parts)


def kill(pid, number=signal.SIGKILL):
    os.kill(pid, number)


def stop(pid):
    """Until each of its threads stands still."""
    kill(pid, signal.SIGSTOP)
    until(lambda: all(status(f"{pid}/task/{task}", "State")[0] == "T"
                      for task in os.listdir(f"/proc/{pid}/task")), "stopped")
