"""What a device holds, as values that compare, from each of the forms that it is shown in."""
import dataclasses
import datetime
import ipaddress
import json
import re


@dataclasses.dataclass
class Peer:
    public_key: str
    has_preshared_key: bool
    endpoint: str | None
    allowed_ips: list
    last_handshake: int  # seconds, 0: never
    received_bytes: int
    sent_bytes: int
    keepalive: int


@dataclasses.dataclass
class Device:
    public_key: str | None
    listen_port: int
    firewall_mark: int
    peers: dict  # by public key


def prefixes(text: str) -> list:
    found = [] if text == "(none)" else [ipaddress.ip_network(t) for t in text.split(",")]
    return [str(n) for n in sorted(found, key=lambda n: (n.version, int(n.network_address), n.prefixlen))]


def endpoint(text: str | None) -> str | None:
    """wg(8) prints the scope by name, we by number; lo is 1 everywhere."""
    return None if text in (None, "(none)") else text.replace("%lo]", "%1]")


def peer_of(columns: list) -> Peer:
    key, preshared, where, allowed, handshake, received, sent, keepalive = columns
    return Peer(key, preshared != "(none)", endpoint(where), prefixes(allowed), int(handshake),
                int(received), int(sent), 0 if keepalive == "off" else int(keepalive))


def mark(text: str) -> int:
    return 0 if text == "off" else int(text, 0)


def from_wg(text: str) -> dict:
    """`wg show all dump`, by device name."""
    devices = {}
    for line in text.splitlines():
        name, *columns = line.split("\t")
        if len(columns) == 4:
            public = None if columns[1] == "(none)" else columns[1]
            devices[name] = Device(public, int(columns[2]), mark(columns[3]), {})
        else:
            devices[name].peers[columns[0]] = peer_of(columns)
    return devices


def from_observe(text: str) -> tuple[dict, list]:
    """`observe show`: ({(netns, name): Device}, lines of sources and failures)."""
    devices, notes = {}, []
    for line in text.splitlines():
        if line.startswith("#"):
            notes.append(line)
            continue
        kind, netns, name, *columns = line.split("\t")
        if kind == "device":
            public = None if columns[1] == "(none)" else columns[1]
            if columns[4] != "complete":
                notes.append(f"{name}: {columns[4]}")
            devices[(netns, name)] = Device(public, int(columns[2]), int(columns[3]), {})
        else:
            devices[(netns, name)].peers[columns[0]] = peer_of(columns)
    return devices, notes


def from_report(text: str) -> dict:
    """`wgaudit report --format json`: {(netns, name): (Device, interface object)}."""
    devices = {}
    for interface in json.loads(text)["interfaces"]:
        peers = {}
        for p in interface["peers"]:
            shaken = p["last_handshake"]
            seconds = 0 if shaken is None else int(
                datetime.datetime.fromisoformat(shaken.replace("Z", "+00:00")).timestamp())
            peers[p["public_key"]] = Peer(
                p["public_key"], p["has_preshared_key"], endpoint(p["endpoint"]),
                prefixes(",".join(p["allowed_ips"]) or "(none)"), seconds, p["received_bytes"],
                p["sent_bytes"], p["persistent_keepalive_seconds"])
        device = Device(interface["public_key"] or None, interface["listen_port"],
                        interface["firewall_mark"], peers)
        devices[(interface["netns"], interface["name"])] = (device, interface)
    return devices


SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)')


def from_metrics(text: str) -> dict:
    """Text format 0.0.4: {(name, ((label, value)…)): float}; a series twice is an error."""
    samples = {}
    escapes = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        if not match:
            raise ValueError(f"not a sample: {line!r}")
        labels = [(k, re.sub(r'\\[\\"n]', lambda m: escapes[m[0]], v))
                  for k, v in LABEL.findall(match[2] or "")]
        series = (match[1], tuple(sorted(labels)))
        if series in samples:
            raise ValueError(f"twice: {line!r}")
        samples[series] = float(match[3])
    return samples


def differences(where: str, want: Device, got: Device | None) -> list:
    if got is None:
        return [f"{where}: not there"]
    found = []
    for field in ("public_key", "listen_port", "firewall_mark"):
        if getattr(want, field) != getattr(got, field):
            found.append(f"{where}: {field}: wg {getattr(want, field)!r}, we {getattr(got, field)!r}")
    for key in sorted(set(want.peers) ^ set(got.peers)):
        found.append(f"{where}: peer {key}: only {'wg' if key in want.peers else 'we'} show it")
    for key in sorted(set(want.peers) & set(got.peers)):
        for field in dataclasses.fields(Peer):
            a, b = getattr(want.peers[key], field.name), getattr(got.peers[key], field.name)
            if a != b:
                found.append(f"{where}: peer {key}: {field.name}: wg {str(a)[:200]}, we {str(b)[:200]}")
    return found

