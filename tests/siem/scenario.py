"""A lively hour of a gateway in less than a minute, by the real daemon: what is planted is known.

  gateway = make(directory)        a stand-in for WireGuard and a daemon that is not started yet
  planted = play(gateway)          plays it, stops the daemon; [(name of the Sigma rule, peer)]

The segments are in gateway.events then. Peer None: the alert is about no peer.
"""
import dataclasses
import json
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e/lib"), str(ROOT / "tests/lib")]
from gateway import Gateway, wait_for  # noqa: E402
from ports import free_port  # noqa: E402
from uapi_server import Peer, key_of  # noqa: E402

NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "gina", "heidi", "ivan", "judy", "kim",
         "night", "site", "temp", "trent"]
STATUS = {"dave": "revoked", "erin": "unreviewed", "frank": "disabled", "kim": "revoked"}
MORE = {"gina": {"expires_at": "2026-01-01T00:00:00Z"},
        "heidi": {"endpoints": ["192.0.2.0/24"]},
        "site": {"kind": "gateway", "allowed_ips": ["10.0.0.13/32", "0.0.0.0/0", "::/0"]}}


def address(name):
    return f"10.0.0.{NAMES.index(name) + 1}/32" if name in NAMES else "10.0.0.99/32"


def peer(name, **more):
    return Peer(name, [address(name)], **more)


def inventory(**status):
    """All have the address of their own alone, unless MORE says otherwise."""
    return json.dumps({"version": 1, "peers": [
        {"public_key": key_of(name), "principal": name, "device": f"{name}-laptop",
         "status": (STATUS | status).get(name, "active"), "allowed_ips": [address(name)]}
        | MORE.get(name, {}) for name in NAMES]})


def make(directory):
    pathlib.Path(directory).mkdir(exist_ok=True)
    there = [peer("alice"), peer("bob"), peer("carol", last_handshake=int(time.time()) - 5),
             peer("heidi"), peer("ivan"), peer("judy", preshared=True)]
    return Gateway(directory, free_port(), there)


class Stage:
    """What happens to the gateway, and that the daemon has told of it."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.planted = []

    def plant(self, rule, name=None):
        self.planted.append((f"wireguard_{rule}", name))

    def change(self, name, **values):
        self.gateway.wg.put(dataclasses.replace(self.gateway.wg.peers[name], **values))

    def shake_hands(self, name, **values):
        self.change(name, last_handshake=int(time.time()), **values)

    def told(self, action, name=None, count=1, **fields):
        wait_for(f"{count} {action} of {name} {fields}",
                 lambda: len(self.gateway.told(action, name, **fields)) >= count)

    def opened(self, rule, name, **fields):
        self.told("finding-opened", name, rule__name=rule, **fields)


def keys_that_must_not_be(stage):
    wg = stage.gateway.wg
    wg.put(*map(peer, ("mallory", "dave", "erin", "frank", "gina")),
           peer("trent", endpoint="127.0.0.1:5555"))
    for rule, name in (("unknown_key", "mallory"), ("revoked_key", "dave"), ("unknown_key", "erin"),
                       ("disabled_key", "frank"), ("expired_key", "gina")):
        stage.opened(rule, name)
    stage.plant("unknown_key", "mallory")  # that of erin awaits review
    stage.plant("revoked_key", "dave")
    stage.plant("suspended_key", "frank")
    stage.plant("suspended_key", "gina")


def sessions(stage):
    stage.shake_hands("mallory", endpoint="203.0.113.66:4444")
    stage.shake_hands("alice", endpoint="198.51.100.1:1024")
    stage.shake_hands("heidi", endpoint="198.51.100.9:1024")
    stage.shake_hands("trent")
    stage.opened("forbidden_session", "mallory")
    stage.opened("unexpected_endpoint", "heidi")
    for name in ("alice", "heidi", "trent"):
        stage.told("session-started", name)
    stage.plant("forbidden_session", "mallory")
    stage.plant("unexpected_endpoint", "heidi")
    stage.plant("local_relay", "trent")


def prefixes(stage):
    wg = stage.gateway.wg
    stage.change("alice", allowed_ips=[address("alice"), "10.0.99.0/24"])
    stage.opened("allowed_ips_excess", "alice")
    stage.plant("allowed_ips_excess", "alice")
    stage.change("bob", allowed_ips=[address("bob"), "0.0.0.0/0"])
    stage.opened("allowed_ips_excess", "bob")
    stage.plant("allowed_ips_excess", "bob")
    stage.plant("default_route", "bob")
    with wg.lock:  # as the kernel moves it
        wg.peers["alice"].allowed_ips = ["10.0.99.0/24"]
        wg.peers["carol"].allowed_ips = [address("carol"), address("alice")]
    stage.told("allowed-ips-moved", "carol")
    stage.opened("allowed_ips_excess", "carol")
    stage.plant("allowed_ips_excess", "carol")
    stage.plant("allowed_ips_moved", "carol")
    wg.put(dataclasses.replace(peer("site"), allowed_ips=["0.0.0.0/0", "::/0", address("site")]))
    stage.told("peer-added", "site")  # a gateway of the inventory: nothing is planted


def keys_that_change(stage):
    stage.change("judy", preshared=False)
    stage.gateway.wg.set_private_key("another")
    stage.told("peer-changed", "judy")
    stage.told("interface-changed")
    stage.plant("preshared_key_removed", "judy")
    stage.plant("interface_key_changed")


def a_peer_for_a_moment(stage):
    stage.gateway.wg.put(peer("temp"))
    stage.told("peer-added", "temp")
    stage.shake_hands("temp", endpoint="203.0.113.5:7777")
    stage.told("session-started", "temp")
    stage.gateway.wg.remove("temp")
    stage.told("peer-removed", "temp")
    stage.plant("short_lived_peer", "temp")


def a_key_on_two_devices(stage):
    for turn in range(5):
        stage.shake_hands("ivan", endpoint=("198.51.100.8:1024", "192.0.2.8:2048")[turn % 2])
        if turn:
            stage.told("endpoint-changed", "ivan", count=turn)
        else:
            stage.told("session-started", "ivan")
        time.sleep(1.1)  # the stand-in's handshakes are in whole seconds
    stage.opened("shared_key", "ivan")
    stage.plant("shared_key", "ivan")


def a_device_that_moves(stage):
    for turn in range(7):
        stage.change("carol", endpoint=f"203.0.113.{10 + turn}:1024")
        stage.told("endpoint-changed", "carol", count=turn + 1)
    stage.plant("endpoint_flapping", "carol")


def inventories(stage):
    gateway = stage.gateway
    gateway.replace_inventory(inventory(kim="active"))
    stage.told("inventory-record-changed", "kim")
    stage.plant("revocation_withdrawn", "kim")
    gateway.replace_inventory('{"version": 1, "peers": [{"public_key": 7}]}')
    stage.told("inventory-rejected")
    stage.plant("inventory_rejected")
    gateway.replace_inventory(inventory(kim="active"))
    stage.told("inventory-loaded", count=2)


def while_nobody_looks(stage):
    gateway = stage.gateway
    gateway.kill()
    gateway.wg.put(peer("night"))
    gateway.start()
    stage.told("peer-added", "night")
    stage.plant("audit_killed")
    stage.plant("changed_unobserved", "night")


def in_order_again(stage):
    gateway = stage.gateway
    for name in ("mallory", "dave", "erin", "frank", "gina"):
        gateway.wg.remove(name)
        stage.plant("short_lived_peer", name)
    with gateway.wg.lock:
        for name in ("alice", "bob", "carol"):
            gateway.wg.peers[name].allowed_ips = [address(name)]
    stage.change("heidi", endpoint="192.0.2.9:1024")
    for rule, name in (("forbidden_session", "mallory"), ("revoked_key", "dave"),
                       ("allowed_ips_excess", "carol"), ("unexpected_endpoint", "heidi")):
        stage.told("finding-closed", name, rule__name=rule)


def memory_lost(stage):
    gateway = stage.gateway
    gateway.stop()
    shutil.rmtree(gateway.state)
    gateway.start()
    stage.told("baseline-established", count=2)
    stage.plant("audit_trail_broken")


def play(gateway, halfway=lambda: None):
    """`halfway` is called when some has happened."""
    stage = Stage(gateway)
    gateway.replace_inventory(inventory())
    gateway.start()
    stage.told("baseline-established")
    for act in (keys_that_must_not_be, sessions, prefixes, keys_that_change):
        act(stage)
    halfway()
    for act in (a_peer_for_a_moment, a_key_on_two_devices, a_device_that_moves, inventories,
                while_nobody_looks, in_order_again, memory_lost):
        act(stage)
    gateway.wait_delivered()
    gateway.stop()
    gateway.check_segments()
    return stage.planted
