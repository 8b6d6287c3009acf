"""What `run` runs: functions of the build directory that raise when something is wrong."""
import base64
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

from world import (SOCKETS, Client, Gateway, Observer, Planted, Serving, children, forms_in, kill,
                   lives, memory, public, sh, status, stop, until)


def masked(dump: str) -> list:
    """`wg show all dump` as child_observe prints it: no secret, peers and prefixes in order."""
    interfaces, peers = [], []
    for line in dump.splitlines():
        if line.startswith("#") or line.startswith("end "):
            continue
        fields = line.split("\t")
        if len(fields) == 5:
            fields[1] = "(hidden)"
            interfaces.append(tuple(fields))
        else:
            fields[2] = "(none)" if fields[2] == "(none)" else "(hidden)"
            fields[4] = ",".join(sorted(fields[4].split(",")))
            peers.append(tuple(fields))
    return sorted(interfaces) + sorted(peers)


def same_as_wg(observer: Observer) -> list:
    """Polls between two equal dumps of wg, and compares field by field."""
    for _ in range(50):
        before = sh("wg", "show", "all", "dump")
        lines = observer.poll()
        if before == sh("wg", "show", "all", "dump"):
            assert masked("\n".join(lines)) == masked(before), (lines, before)
            return lines
    raise AssertionError("wg show all dump never stood still")


def two_hosts():
    gateway = Gateway()
    preshared = sh("wg", "genpsk").strip()
    client = Client(gateway, preshared)
    gateway.add_peer(client.public, preshared, "allowed-ips", "10.9.0.2/32,fd00:9::2/128",
                     "persistent-keepalive", "25")
    gateway.set("peer", public(sh("wg", "genkey")), "allowed-ips", "10.9.0.7/32")
    return gateway, client


def peer_of(lines: list, key: str) -> list:
    return next(line.split("\t") for line in lines if f"\t{key}\t" in line)


def handshake_and_roam(build: pathlib.Path):
    gateway, client = two_hosts()
    observer = Observer(build, "--uapi", str(SOCKETS))
    lines = same_as_wg(observer)
    assert peer_of(lines, client.public)[5] == "0", lines
    client.ping()
    lines = same_as_wg(observer)
    peer = peer_of(lines, client.public)
    assert int(peer[5]) > 1_600_000_000 and peer[3] == "192.0.2.2:40000", peer
    link = json.loads(sh("ip", "-j", "link", "show", gateway.name))[0]
    want = f"# link wg0 index {link['ifindex']} mtu {link['mtu']} up"
    assert want in lines, (want, lines)
    client.address("192.0.2.33/24")
    client.ping()
    peer = peer_of(same_as_wg(observer), client.public)
    assert peer[3] == "192.0.2.33:40000", peer


def stopped_and_killed(build: pathlib.Path):
    gateway, _ = two_hosts()
    other = Gateway("wg1", 51821, "10.8.0.1/24")
    before = os.stat(gateway.socket)
    observer = Observer(build, "--uapi", str(SOCKETS))
    same_as_wg(observer)

    stop(gateway.process.pid)
    lines = observer.poll()
    assert "# failure wg0: timed out: the process behind it does not answer" in lines, lines
    assert "# source uapi 0 " in lines, lines
    assert any(line.startswith(f"wg1\t(hidden)\t{public(other.private)}") for line in lines), lines
    kill(gateway.process.pid, signal.SIGCONT)
    same_as_wg(observer)

    kill(gateway.process.pid)
    gateway.process.wait()
    lines = observer.poll()
    assert "# failure wg0: stale socket: no process answers" in lines, lines
    assert any(line.startswith("wg1\t") for line in lines), lines
    after = os.stat(gateway.socket)
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)
    assert lines[-1].startswith(f"end pid {observer.child} restarted 0"), lines


def report_is_what_wg_says(build: pathlib.Path):
    """SPEC of `report --format json`: every field of every peer."""
    _, client = two_hosts()
    client.ping()
    command = [str(build / "wgaudit"), "report", "--format", "json", "--no-collector.netlink",
               "--collector.uapi-directory", str(SOCKETS)]
    for _ in range(50):
        dump = sh("wg", "show", "all", "dump")
        report = json.loads(sh(*command))
        if dump == sh("wg", "show", "all", "dump"):
            break
    got = []
    for interface in report["interfaces"]:
        assert interface["implementation"] == "userspace" and interface["up"], interface
        mark = interface["firewall_mark"]
        got.append((interface["name"], "(hidden)", interface["public_key"],
                    str(interface["listen_port"]), f"{mark:#x}" if mark else "off"))
        for peer in interface["peers"]:
            time = peer["last_handshake"]
            got.append((interface["name"], peer["public_key"],
                        "(hidden)" if peer["has_preshared_key"] else "(none)",
                        peer["endpoint"] or "(none)",
                        ",".join(sorted(peer["allowed_ips"])) or "(none)",
                        sh("date", "-u", "-d", time, "+%s").strip() if time else "0",
                        str(peer["received_bytes"]), str(peer["sent_bytes"]),
                        str(peer["persistent_keepalive_seconds"] or "off")))
    want = masked(dump)
    assert sorted(got, key=lambda f: (len(f), f)) == sorted(want, key=lambda f: (len(f), f)), \
        (got, want)


class HalfAnAnswer:
    """A UAPI stand-in that sends keys, the last line without its end, and then waits."""

    def __init__(self, path: pathlib.Path, text: str, rest: str):
        self.sent, self.go_on = threading.Event(), threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.text, self.rest = text.encode(), rest.encode()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        connection, _ = self.listener.accept()
        connection.recv(64)
        connection.sendall(self.text)
        self.sent.set()
        self.go_on.wait()
        connection.sendall(self.rest)


def secrets_stay(build: pathlib.Path):
    """Planted keys are in no output, and in no process's memory after a poll, whatever was read."""
    gateway, client = two_hosts()
    client.ping()
    private, shared = Planted("dumped private key"), Planted("dumped preshared key")
    planted = [private, shared,
               Planted("private key of wireguard-go", base64.b64decode(gateway.private))]
    uapi_shared = sh("wg", "show", gateway.name, "preshared-keys").split()
    planted += [Planted("preshared key of wireguard-go", base64.b64decode(key))
                for key in uapi_shared if key.endswith("=") and key != client.public
                and len(base64.b64decode(key)) == 32 and key in uapi_shared[1::2]]
    assert len(planted) == 4, uapi_shared
    key = public(sh("wg", "genkey"))
    lines = [f"dump0\t{private.base64}\t{key}\t51820\toff"]
    for _ in range(2000):  # more than one buffer
        peer = base64.b64encode(os.urandom(32)).decode()
        lines.append(f"dump0\t{peer}\t{shared.base64}\t192.0.2.9:1\t10.0.0.2/32\t0\t0\t0\toff")
    with tempfile.NamedTemporaryFile("w", suffix=".dump") as dump:
        dump.write("\n".join(lines))
        dump.flush()
        observer = Observer(build, "--uapi", str(SOCKETS), "--dump", dump.name)
        for _ in range(3):
            answer = observer.poll()
        assert any(line.startswith("dump0\t") for line in answer)
        assert any(line.startswith("wg0\t") for line in answer)
        family = observer.family()
        assert len(family) == 3, family
        for pid in family:
            found = forms_in(memory(pid), planted)
            assert not found, f"{status(pid, 'Name')}: {found}"
        # The scan sees what is there: the public key came through both.
        raw = base64.b64decode(key)
        assert raw in memory(observer.process.pid)
    assert not forms_in(observer.output, planted)


def secrets_stay_in_the_child(build: pathlib.Path):
    """Not even while an answer is being read does the parent, or the spare, have a byte of it."""
    private, shared, half = Planted("private key"), Planted("preshared key"), Planted("half a line")
    peer = os.urandom(32).hex()
    stand_in = HalfAnAnswer(
        SOCKETS / "wg0.sock",
        f"private_key={private.raw.hex()}\nlisten_port=1\npublic_key={peer}\n"
        f"preshared_key={shared.raw.hex()}\npublic_key={os.urandom(32).hex()}\n"
        f"preshared_key={half.raw.hex()}", "\nerrno=0\n\n")
    observer = Observer(build, "--uapi", str(SOCKETS))
    observer.ask()
    assert stand_in.sent.wait(10)
    # The collector gives a silent socket one second: it stands still while it is looked at.
    until(lambda: status(observer.child, "State")[0] == "S", "the child waits for the rest")
    stop(observer.child)
    parent, child, spare = observer.family()
    assert not forms_in(memory(parent), [private, shared, half])
    assert not forms_in(memory(spare), [private, shared, half])
    in_child = forms_in(memory(child), [private, shared, half])
    assert in_child == ["half a line, raw, hex"], in_child  # whole lines are wiped already
    stand_in.go_on.set()
    kill(child, signal.SIGCONT)
    lines = observer.answer()
    assert any(line.startswith("wg0\t(hidden)\t") for line in lines), lines
    for pid in observer.family():
        assert not forms_in(memory(pid), [private, shared, half])
    assert not forms_in(observer.output, [private, shared, half])


def killed_twenty_times(build: pathlib.Path):
    _, client = two_hosts()
    client.ping()
    observer = Observer(build, "--uapi", str(SOCKETS))
    for _ in range(20):
        before = observer.child
        observer.ask()
        kill(before)  # at any moment of the poll
        lines = observer.answer()
        again = observer.poll()
        for answer in (lines, again):
            assert "# source uapi 0 " in answer, answer
            assert len([x for x in answer if x.startswith("wg0\t")]) == 3, answer
        said = [x for x in (lines[-1], again[-1]) if " restarted 1 " in x]
        assert len(said) == 1, (lines, again)
        assert observer.child != before
        assert children(observer.process.pid) == [observer.child]
        for field in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert status(observer.process.pid, field) == "0" * 16, field


def capabilities(build: pathlib.Path):
    """The parent has none; the child those that its targets take, of what it was started with."""
    dac_override, dac_read_search, net_admin = 1 << 1, 1 << 2, 1 << 12
    # A socket may belong to a user other than root: then uid 0 alone does not open it.
    for options, want in ((["--netlink"], net_admin), (["--uapi", str(SOCKETS)], dac_override),
                          (["--dump", "/dev/null"], dac_read_search)):
        observer = Observer(build, *options)
        parent, *others = observer.family()
        assert int(status(parent, "CapPrm"), 16) == 0
        for pid in others:
            assert int(status(pid, "CapPrm"), 16) == want, (options, status(pid, "CapPrm"))
            assert int(status(pid, "CapBnd"), 16) == want, (options, status(pid, "CapBnd"))
            assert status(pid, "Seccomp") == "2" and status(pid, "NoNewPrivs") == "1"
            # The standard streams, the socket, and one end of what ties child and spare.
            until(lambda: len(os.listdir(f"/proc/{pid}/fd")) == 5, "no descriptor too many")
        assert status(parent, "CapBnd") == "0" * 16 and status(parent, "NoNewPrivs") == "1"


def nothing_outlives_the_parent(build: pathlib.Path):
    for replaced in (False, True):
        observer = Observer(build, "--uapi", str(SOCKETS))
        if replaced:  # the spare was forked by another process than this parent
            kill(observer.child)
            observer.poll()
        others = observer.family()[1:]
        assert len(others) == 2
        kill(observer.process.pid)
        observer.process.wait()
        until(lambda: not any(lives(pid) for pid in others), "child and spare are gone", 2.0)


def starts_and_ends_quickly(build: pathlib.Path):
    """One-shot commands pay for a child, too: start, poll and stop."""
    command = [str(build / "tests/child/child_observe"), "--uapi", str(SOCKETS)]
    times = []
    for _ in range(10):
        begun = os.times().elapsed
        subprocess.run(command, input=b"\n", check=True, capture_output=True)
        times.append(os.times().elapsed - begun)
    assert min(times) < 0.03, times


def one_key_on_two_devices(build: pathlib.Path):
    """shared_key on real tunnels: quiet for one device, open when a second one has its key. Takes
    some minutes, which is why ALL has it not."""
    gateway = Gateway()
    preshared = sh("wg", "genpsk").strip()
    first = Client(gateway, preshared)
    second = Client(gateway, preshared, number="2", net="198.51.100", private=first.private)
    gateway.add_peer(first.public, preshared, "allowed-ips", "10.9.0.2/32")
    with tempfile.TemporaryDirectory(prefix="wgaudit-shared.") as directory:
        serving = Serving(build, pathlib.Path(directory))

        def open_findings():
            return [line for line in serving.metrics("wgaudit_finding") if "shared_key" in line]

        first.keep_pinging()
        time.sleep(30)
        assert not open_findings()
        begun = time.monotonic()
        pings = second.keep_pinging()
        until(open_findings, "shared_key is open", 300)
        print(f"      open {time.monotonic() - begun:.0f} s after the second device began")
        finding, = open_findings()
        print(f"      {finding}")
        assert 'severity="high"' in finding and f'public_key="{first.public}"' in finding, finding
        opened, = until(lambda: serving.events("finding-opened", "shared_key"), "its event")
        detail = opened["wireguard"]["finding"]["detail"]
        print(f"      {detail}")
        assert "192.0.2.0/24, 198.51.100.0/24" in detail, detail
        pings.kill()
        time.sleep(30)  # it stays until ten minutes have passed without
        assert open_findings() == [finding]
        assert len(serving.events("finding-opened", "shared_key")) == 1
        assert not serving.events("finding-closed", "shared_key")


ALL = ["handshake_and_roam", "stopped_and_killed", "secrets_stay", "secrets_stay_in_the_child",
       "killed_twenty_times", "capabilities", "nothing_outlives_the_parent",
       "starts_and_ends_quickly", "report_is_what_wg_says"]
