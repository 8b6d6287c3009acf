"""CPU of one poll (child and parent, judged, not rendered) is at most 2 times that of the floor."""
import random
import re

from oracle import configuration

PROGRAMS = ["floor", "poll"]
MEMORY_MIB = 768
TIMEOUT = 400
PEERS = 10_000
LIMIT = 2.0


def prepare() -> dict:
    # 1.5 allowed IPs a peer, half of them with an endpoint, a quarter with a preshared key.
    return {"/configs/many": configuration(random.Random(3), PEERS, lambda i: 1 + i % 2).encode()}


def check(result) -> list:
    text = result.text("figures")
    costs = {"floor": [], "poll": []}
    # The least of all polls: what else runs on the machine only ever adds.
    line = r"^(floor|poll) (?:peers|records)=(\d+).* cpu_us_min=(\d+)"
    for name, peers, cost in re.findall(line, text, re.M):
        if int(peers) < PEERS:
            return [f"{name} saw {peers} peers"]
        costs[name].append(int(cost))
    if len(costs["floor"]) != 3 or len(costs["poll"]) != 3:
        return ["not all rounds ran: " + text]
    floor, poll = (min(costs[name]) / 1000 for name in ("floor", "poll"))
    print(f"      {PEERS} peers: floor {floor:.1f} ms, poll {poll:.1f} ms of CPU, "
          f"ratio {poll / floor:.2f} (at most {LIMIT})")
    return [] if poll <= LIMIT * floor else [f"a poll costs {poll / floor:.2f} times the floor"]
