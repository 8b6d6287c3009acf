"""The daemon beside a living kernel: nothing false, nothing secret, nothing held up."""
import base64
import json
import random
import re

PROGRAMS = ["wgaudit", "memscan"]
MEMORY_MIB = 768
TIMEOUT = 500
MANY = 800


def prepare() -> dict:
    r = random.Random(5)
    keys = [base64.b64encode(r.randbytes(32)).decode() for _ in range(MANY)]
    lines = ["[Interface]", "PrivateKey = " + base64.b64encode(r.randbytes(32)).decode()]
    for i, key in enumerate(keys):
        lines += ["[Peer]", f"PublicKey = {key}", f"AllowedIPs = 10.{i >> 8}.{i & 255}.1/32"]
    inventory = {"version": 1,
                 "gateways": [{"name": "gw1", "interfaces": [{"name": "wg7"}]}],
                 "peers": [{"public_key": key, "principal": f"p{i}", "at": ["gw1/wg7"],
                            "allowed_ips": [f"10.{i >> 8}.{i & 255}.1/32"]}
                           for i, key in enumerate(keys)]}
    return {"/configs/many": "\n".join(lines).encode(),
            "/configs/inventory.json": json.dumps(inventory).encode()}


def findings(page: str) -> list:
    return sorted(re.findall(r'^wgaudit_finding\{rule="(\w+)"', page, re.M))


def status_of(result, name: str) -> dict:
    return dict(line.split(":\t", 1) for line in result.text(name).splitlines() if ":\t" in line)


def check_privilege(result) -> list:
    found = []
    parent, child = status_of(result, "status.parent"), status_of(result, "status.child")
    for field in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        if int(parent[field], 16):
            found.append(f"the parent holds {field} {parent[field]}")
    if not int(child["CapEff"], 16) & 1 << 12:
        found.append("the child has no CAP_NET_ADMIN")
    if parent["NoNewPrivs"] != "1" or child["NoNewPrivs"] != "1":
        found.append("no_new_privs is not set")
    if len(result.text("children").split()) != 1:
        found.append("children of the parent: " + result.text("children"))
    return found


def check_secrets(result) -> list:
    found = [] if result.text("scan.status").strip() == "0" else ["memory could not be scanned"]
    counts = {}
    for line in result.text("scan").splitlines():
        pid, name, count = line.split()
        counts.setdefault(pid, {})[name] = int(count)
    if len(counts) != 3:
        found.append(f"scanned {len(counts)} processes, wanted parent, child and spare")
    for pid, by_name in counts.items():
        found += [f"process {pid} holds {name}" for name, count in by_name.items()
                  if name not in ("public", "scanned_bytes") and count]
    if not any(by_name["public"] for by_name in counts.values()):
        found.append("the public key was not found either: the search proves nothing")
    return found + check_files(result)


def check_files(result) -> list:
    """Neither the state database nor a segment has a secret in any form."""
    found = []
    for name, text in (line.split() for line in result.text("patterns").splitlines()):
        pattern = bytes.fromhex(text)
        for file in ("files.state", "files.events"):
            data = result.files[file]
            if name != "public" and pattern in data:
                found.append(f"{file} holds {name}")
        if name == "public":
            if pattern not in result.files["files.state"]:
                found.append("the state database has not the public key: the search proves nothing")
            if base64.b64encode(pattern) not in result.files["files.events"]:
                found.append("the events have not the public key: the search proves nothing")
    return found


def check_killed_child(result) -> list:
    found = []
    for round in range(1, 6):
        page = result.text(f"metrics.killed.{round}")
        if 'wireguard_peer_session_up{netns="a"' not in page:
            found.append(f"after kill {round} the peers are gone")
        allowed = {"collector_failing", "allowed_ips_excess", "forbidden_session", "revoked_key"}
        extra = set(findings(page)) - allowed
        if extra:
            found.append(f"after kill {round}: {extra}")
        if "collector_failing" not in findings(page):
            found.append(f"kill {round} is not said")
    if int(result.text("killed.said")) < 1:
        found.append("the log does not say that the child died")
    return found


def check_loop(result) -> list:
    pages = [tuple(map(int, line.split())) for line in result.text("loop.pages").splitlines()]
    end = result.text("loop.end")
    doubted = sum(int(count) for count in re.findall(
        r'^wgaudit_collector_retries_total\{collector="netlink",reason="interrupted"\} (\d+)', end,
        re.M))
    short = sum(peers < MANY for peers, _ in pages)
    print(f"      {len(pages)} pages beside setconf, {short} with fewer than {MANY} peers; "
          f"{doubted} dumps doubted")
    found = []
    if 4 * short > len(pages):  # before dumps were made again, nearly all
        found.append(f"{short} of {len(pages)} dumps beside setconf were believed to be whole")
    if not pages or doubted == 0:
        found.append("no short dump was seen: the loop proves nothing")
    if any(count for _, count in pages):
        found.append("a finding opened beside setconf")
    for word in ("peer-removed", "peer-added", "finding-opened"):
        if f"msg={word}" in result.text("loop.log"):
            found.append(f"{word} from a short dump")
    if findings(end):
        found.append(f"findings after the loop: {findings(end)}")
    return found


def check(result) -> list:
    found = [f"{name}: not within its time" for name, data in result.files.items()
             if data.strip() == b"timeout"]
    status, milliseconds = map(int, result.text("stopped").split())
    if status != 0 or milliseconds > 2000:
        found.append(f"SIGTERM: exit {status} after {milliseconds} ms")
    start = findings(result.text("metrics.start"))
    for rule in ("forbidden_session", "revoked_key", "allowed_ips_excess"):
        if rule not in start:
            found.append(f"{rule} is not open at the start: {start}")
    if "missing_peer" in start:
        found.append("missing_peer is open")
    found += check_privilege(result) + check_secrets(result) + check_killed_child(result)
    found += check_loop(result)
    for secret in re.findall(rb"PrivateKey|PresharedKey", result.files["logs"]):
        found.append(f"the log has {secret!r}")
    return found
