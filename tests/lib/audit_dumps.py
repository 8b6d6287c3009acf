#!/usr/bin/env python3
"""500 dump files with 200 peers each, by an inventory of 100,000 records, audited in under 3 s.

Each form of the report is made several times; what was planted must be found, once.
"""
import base64
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

GATEWAYS, PEERS = 500, 200
LIMIT_SECONDS = 3.0
ROUNDS = 3
WGAUDIT = "build/release/wgaudit"
REVOKED = (123, 45)      # (gateway, peer)
MISSING = (321, 7)
MOVED = (400, 11)        # also at the gateway after it


def key(name):
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


def gateway(g):
    return f"gw{g:03d}"


def address(g, p):
    return f"10.{g >> 1}.{(g & 1) << 7 | p >> 8}.{p & 255}/32"


def peer_line(g, p, now):
    return (f"wg0\t{key(f'{g} {p}')}\t(none)\t198.51.100.{p % 250 + 1}:{1024 + g}\t{address(g, p)}\t"
            f"{now - p}\t{p * 1000}\t{p * 2000}\toff")


def dump(g, now):
    lines = [f"wg0\t(hidden)\t{key(gateway(g))}\t51820\toff"]
    lines += [peer_line(g, p, now) for p in range(PEERS) if (g, p) != MISSING]
    if g == MOVED[0] + 1:
        lines.append(peer_line(*MOVED, now))
    return "\n".join(lines) + "\n"


def record(g, p):
    made = {"public_key": key(f"{g} {p}"), "principal": f"user{g * PEERS + p}",
            "at": [f"{gateway(g)}/wg0"], "allowed_ips": [address(g, p)]}
    if (g, p) == REVOKED:
        made["status"] = "revoked"
    return made


def inventory():
    return json.dumps({"version": 1, "gateways": [{"name": gateway(g)} for g in range(GATEWAYS)],
                       "peers": [record(g, p) for g in range(GATEWAYS) for p in range(PEERS)]})


def run(command, output):
    begin = time.monotonic()
    with open(output, "wb") as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
    return time.monotonic() - begin, os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024


def what_was_found(path):
    """How many peers, and where and who each rule found."""
    report = json.loads(path.read_text())
    found = {}
    for one in report["gateways"]:
        for finding in one["findings"]:
            found.setdefault(finding["rule"], []).append((one["gateway"], finding["principal"]))
    for finding in report["findings"]:
        found.setdefault(finding["rule"], []).append(
            (" ".join(finding["places"]), finding["principal"]))
    return sum(len(i["peers"]) for g in report["gateways"] for i in g["interfaces"]), found


def user(place):
    return f"user{place[0] * PEERS + place[1]}"


def main():
    now = int(time.time())
    slowest = 0.0
    right = True
    with tempfile.TemporaryDirectory() as tmp:
        inventory_file = pathlib.Path(tmp, "inventory.json")
        inventory_file.write_text(inventory())
        dumps = []
        for g in range(GATEWAYS):
            pathlib.Path(tmp, gateway(g)).write_text(dump(g, now))
            dumps.append(f"{gateway(g)}={tmp}/{gateway(g)}")
        command = [WGAUDIT, "report", "--inventory.file", str(inventory_file), "--from-dump", *dumps,
                   "--fail-on", "medium", "--format"]
        for form in ("text", "json", "markdown", "html"):
            output = pathlib.Path(tmp, "report." + form)
            runs = [run([*command, form], output) for _ in range(ROUNDS)]
            median = statistics.median(seconds for seconds, _, _ in runs)
            slowest = max(slowest, median)
            right = right and all(code == 1 for _, code, _ in runs)
            print(f"{form}: median of {ROUNDS} {median:.2f} s, {output.stat().st_size >> 20} MiB of "
                  f"report, {max(rss for _, _, rss in runs):.0f} MiB resident")
        peers, found = what_was_found(pathlib.Path(tmp, "report.json"))
    planted = {
        "revoked_key": [(gateway(REVOKED[0]), user(REVOKED))],
        "missing_peer": [(gateway(MISSING[0]), user(MISSING))],
        "duplicate_key": [(f"{gateway(MOVED[0])}/wg0 {gateway(MOVED[0] + 1)}/wg0", user(MOVED))]}
    right = right and peers == GATEWAYS * PEERS
    right = right and all(found.get(rule) == where for rule, where in planted.items())
    print(f"{GATEWAYS} dumps, {peers} peers, found: {' '.join(sorted(found))}; "
          f"slowest form {slowest:.2f} s (under {LIMIT_SECONDS} s)")
    return 0 if right and slowest < LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
