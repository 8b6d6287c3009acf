"""Every number that we show equals `wg show all dump`, field by field."""
import base64
import json
import os
import random

from wireguard import differences, from_metrics, from_observe, from_report, from_wg

PROGRAMS = ["observe", "wgaudit"]
MEMORY_MIB = 768
TIMEOUT = 400
SEED = int(os.environ.get("WGAUDIT_SEED", "7"))
NAMES = ["wg0", 'w"g\\b{x}', "wgé", "123456789012345", "nokey", "empty", "first", "last", "many", "odd$#,"]


def configuration(r: random.Random, peers: int, addresses, private_key=True) -> str:
    """`wg setconf` input; `addresses(i)` says how many prefixes peer i has."""
    def key():
        return base64.b64encode(r.randbytes(32)).decode()
    lines = ["[Interface]"]
    if private_key:
        lines.append(f"PrivateKey = {key()}")
    if r.random() < 0.7:
        lines.append(f"ListenPort = {r.randrange(1024, 65536)}")
    if r.random() < 0.5:
        lines.append(f"FwMark = {r.randrange(1, 2**32)}")
    for i in range(peers):
        lines += ["[Peer]", f"PublicKey = {key()}"]
        if r.random() < 0.3:
            lines.append(f"PresharedKey = {key()}")
        allowed = [f"10.{i >> 8 & 255}.{i & 255}.{j & 255}/32" if j < 200 and r.random() < 0.6
                   else f"fd00:{i:x}:{j:x}::/{r.choice([48, 64, 128])}"
                   for j in range(addresses(i))]
        if i == 0 and allowed:
            allowed += ["0.0.0.0/0", "::/0"]
        if allowed:
            lines.append("AllowedIPs = " + ",".join(allowed))
        where = r.choice([None, f"198.51.100.{i % 256}:{r.randrange(1, 65536)}",
                          f"[2001:db8::{i:x}]:{r.randrange(1, 65536)}", "[fe80::1%lo]:7"])
        if where:
            lines.append(f"Endpoint = {where}")
        if r.random() < 0.3:
            lines.append(f"PersistentKeepalive = {r.randrange(1, 65536)}")
    return "\n".join(lines) + "\n"


def prepare() -> dict:
    r = random.Random(SEED)
    some = lambda i: r.randrange(4)  # noqa: E731
    shapes = {
        "wg0": (40, lambda i: r.randrange(60)),
        "nokey": (5, some, False),
        "first": (3, lambda i: 1300 if i == 0 else 1),
        "last": (30, lambda i: 1300 if i == 29 else r.randrange(40)),
        "many": (3000, lambda i: 1 + i % 2),
    }
    files = {"/configs/names": ("\n".join(NAMES) + "\n").encode()}
    for number, name in enumerate(NAMES):
        shape = shapes.get(name, (r.randrange(20), some))
        text = "" if name == "empty" else configuration(r, *shape)
        files[f"/configs/{number}"] = text.encode()
    return files


def wanted(result) -> dict:
    return {("" if netns == "own" else netns, name): device
            for netns in ("own", "a", "b")
            for name, device in from_wg(result.text(f"dump.{netns}")).items()}


def links(result) -> dict:
    return {("" if netns == "own" else netns, link["ifname"]): link
            for netns in ("own", "a", "b") for link in json.loads(result.text(f"links.{netns}"))}


def check_observed(result, want: dict) -> list:
    got, notes = from_observe(result.text("observed"))
    found = [f"observe: {note!r}" for note in notes if note.split("\t")[2:3] != ["0"]]
    for name in set(want) ^ set(got):
        found.append(f"device {name}: only {'wg' if name in want else 'observe'} shows it")
    for name, device in want.items():
        found += differences(f"observe {name}", device, got.get(name))
    return found


def check_report(result, want: dict, link: dict) -> list:
    if result.text("report.status").strip() != "0":
        return ["report failed: " + result.text("report.stderr")]
    got = from_report(result.text("report"))
    found = [f"report shows {name}, wg does not" for name in set(got) - set(want)]
    for name, device in want.items():
        ours, interface = got.get(name, (None, {}))
        found += differences(f"report {name}", device, ours)
        if interface and (interface["mtu"], interface["up"]) != (
                link[name]["mtu"], "UP" in link[name]["flags"]):
            found.append(f"report {name}: mtu {interface['mtu']}, up {interface['up']}")
    return found


def expected_samples(want: dict, link: dict) -> dict:
    samples = {}

    def put(metric, value, name, **labels):
        labels |= {"netns": name[0], "interface": name[1]}
        samples[(f"wireguard_{metric}", tuple(sorted(labels.items())))] = float(value)

    for name, device in want.items():
        statistics = link[name]["stats64"]
        put("interface_listen_port", device.listen_port, name)
        put("interface_firewall_mark", device.firewall_mark, name)
        put("interface_peers", len(device.peers), name)
        put("interface_mtu_bytes", link[name]["mtu"], name)
        put("interface_up", "UP" in link[name]["flags"], name)
        for ours, theirs in (("receive", "rx"), ("transmit", "tx")):
            for field, column in (("bytes", "bytes"), ("packets", "packets"), ("errors", "errors"),
                                  ("drops", "dropped")):
                put(f"interface_{ours}_{field}_total", statistics[theirs][column], name)
        for peer in device.peers.values():
            key = {"public_key": peer.public_key}
            put("peer_receive_bytes_total", peer.received_bytes, name, **key)
            put("peer_transmit_bytes_total", peer.sent_bytes, name, **key)
            put("peer_allowed_ips", len(peer.allowed_ips), name, **key)
            put("peer_persistent_keepalive_seconds", peer.keepalive, name, **key)
            put("peer_has_preshared_key", peer.has_preshared_key, name, **key)
    return samples


def check_metrics(result, want: dict, link: dict) -> list:
    if result.text("metrics.status").strip() != "0":
        return ["metrics failed: " + result.text("metrics.stderr")]
    got = from_metrics(result.text("metrics"))
    expected = expected_samples(want, link)
    families = {name for name, _ in expected}
    found = [f"metrics: {s}: wg {v}, we {got.get(s)}" for s, v in expected.items() if got.get(s) != v]
    found += [f"metrics: {s} is not in wg" for s in got if s[0] in families and s not in expected]
    info = [s for s in got if s[0] == "wireguard_peer_info"]
    if len(info) != sum(len(d.peers) for d in want.values()):
        found.append(f"metrics: {len(info)} series wireguard_peer_info")
    shaken = {(dict(s[1])["netns"], dict(s[1])["interface"], dict(s[1])["public_key"]): int(v)
              for s, v in got.items() if s[0] == "wireguard_peer_last_handshake_timestamp_seconds"}
    wanted_shaken = {(*name, p.public_key): p.last_handshake for name, d in want.items()
                     for p in d.peers.values() if p.last_handshake}
    if shaken != wanted_shaken:
        found.append(f"metrics: handshakes {shaken}, wg {wanted_shaken}")
    return found


def check(result) -> list:
    want, link = wanted(result), links(result)
    found = []
    if len(want) != len(NAMES) + 2:
        found.append(f"the guest made {len(want)} devices")
    if not any(p.last_handshake for d in want.values() for p in d.peers.values()):
        found.append("no handshake took place")
    found += check_observed(result, want)
    found += check_report(result, want, link) + check_metrics(result, want, link)
    return found
