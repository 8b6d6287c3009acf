"""Polls hold up no deletion, and nothing of a namespace outlives a visit."""
import random

from oracle import configuration

PROGRAMS = ["observe"]
TIMEOUT = 300


def prepare() -> dict:
    return {"/configs/big": configuration(random.Random(5), 1000, lambda i: 1).encode()}


def check(result) -> list:
    number = lambda name: int(result.text(name))  # noqa: E731
    alone, watched = number("delete_alone_ms"), number("delete_watched_ms")
    gone = number("netns_gone_ms")
    print(f"      link del of 1,000 peers: {alone} ms alone, {watched} ms polled; netns gone in {gone} ms")
    found = []
    # One grace period a peer is the kernel's own; an unfinished dump left open adds many seconds.
    if watched > 2 * alone + 2000:
        found.append(f"ip link del took {watched} ms while polled, {alone} ms alone")
    if gone > 5000:
        found.append(f"the namespace lived on for {gone} ms")
    if number("ping_before.status") != 0:
        found.append("the tunnel did not work before")
    if number("ping_after.status") == 0:
        found.append("the deleted namespace still answers")
    after = result.text("watched_after").splitlines()
    if not after or any("=a/" in line or "=a:" in line or "wgbig" in line for line in after):
        found.append(f"polls after the deletion: {after[:3]}")
    return found
