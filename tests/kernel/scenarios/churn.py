"""A poll beside changes is either whole or says that it is not."""
import re

from oracle import configuration
from wireguard import differences, from_observe, from_wg

import random

PROGRAMS = ["observe"]
TIMEOUT = 300
PEERS = 2000
DEVICE = re.compile(r" device=/wg0:(complete|incomplete):(\d+):(\d+)")
SOURCE = re.compile(r" source=:(\d):(\d+) failures=(\d+)")


def prepare() -> dict:
    text = configuration(random.Random(11), PEERS, lambda i: 600 if i == 0 else 1 + i % 3)
    return {"/configs/stable": text.encode()}


def polls(text: str) -> list:
    """(complete, peers, prefixes, source status, retries, failures) of each."""
    found = []
    for line in text.splitlines():
        device, source = DEVICE.search(line), SOURCE.search(line)
        found.append((device[1] == "complete", *map(int, device.groups()[1:]),
                      *map(int, source.groups())))
    return found


def check_one_peer(result, peers: int, prefixes: int) -> list:
    seen = polls(result.text("one_peer"))
    whole = {(peers, prefixes), (peers + 1, prefixes + 1)}
    wrong = [p for p in seen if p[0] and (p[1], p[2]) not in whole]
    found = [f"a poll said to be complete has {p[1]} peers and {p[2]} prefixes" for p in wrong]
    found += [f"incomplete, and its source says {p[3]}" for p in seen if not p[0] and p[3] != 1]
    found += ["a device failed"] if any(p[5] for p in seen) else []
    retries = sum(p[4] for p in seen)
    print(f"      {len(seen)} polls, {retries} tries repeated, {sum(not p[0] for p in seen)} incomplete")
    if len(seen) < 20 or retries == 0:
        found.append(f"{len(seen)} polls, {retries} repeated: no change fell into a dump")
    return found


def check(result) -> list:
    want = from_wg(result.text("dump"))["wg0"]
    prefixes = sum(len(p.allowed_ips) for p in want.peers.values())
    found = check_one_peer(result, len(want.peers), prefixes)
    seen = polls(result.text("setconf"))
    short = sum(p[0] and p[1] < PEERS for p in seen)
    print(f"      {len(seen)} polls beside {result.text('rounds').strip()} setconf: {short} short and "
          f"believed to be whole, {sum(not p[0] for p in seen)} doubted")
    if 4 * short > len(seen):
        found.append(f"{short} of {len(seen)} polls beside setconf are short and not doubted")
    found += [f"a poll has {p[1]} peers" for p in seen if p[1] > PEERS]
    got, _ = from_observe(result.text("observed"))
    return found + differences("after", want, got.get(("", "wg0")))
