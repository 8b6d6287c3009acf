"""The inventory: bad, gone, swapped, shrunk, and what it revokes."""
import json
import os
import signal
import time

from case import case
from durability_cases.common import expect_findings, never_told
from gateway import a_peer, expect, expect_equal, key_of, wait_for
from segments import get

GOOD = ("alice", "bob", ("mallory", "revoked"))
CLEAN = (("revoked_key", "mallory"),)


def here():
    return a_peer("alice", time.time()), a_peer("bob"), a_peer("mallory")


def wait_rejected(gateway, count):
    gateway.wait_value("wgaudit_inventory_last_reload_successful", 0)
    gateway.wait_told("inventory-rejected")
    expect_equal(len(gateway.told("inventory-rejected")), count, "inventory-rejected events")


def wait_loaded(gateway, count):
    gateway.wait_value("wgaudit_inventory_last_reload_successful", 1)
    wait_for(f"inventory-loaded is told {count} times",
             lambda: len(gateway.told("inventory-loaded")) >= count)
    expect_equal(len(gateway.told("inventory-loaded")), count, "inventory-loaded events")


@case("an inventory that is bad, revokes, and is gone", 6)
def bad(context):
    gateway = context.gateway(*here())
    gateway.start()
    gateway.settled()
    wait_loaded(gateway, 1)
    gateway.replace_inventory("{")
    wait_rejected(gateway, 1)
    expect(gateway.logged("level=error", "inventory rejected"), "the log does not say it")
    for _ in range(2):  # the same again is no news
        gateway.replace_inventory("{")
        time.sleep(1.5)
    gateway.signal(signal.SIGHUP)
    time.sleep(1.5)
    wait_rejected(gateway, 1)
    expect_findings(gateway, *CLEAN)
    expect_equal(gateway.value("wgaudit_inventory_records", status="active"), 2, "records in force")
    gateway.write_inventory(*GOOD)
    wait_loaded(gateway, 2)

    # A file with an error revokes all the same.
    record = {"public_key": key_of("bob"), "principal": "bob", "status": "revoked"}
    gateway.replace_inventory(json.dumps({"version": 1, "peers": [record], "colour": "blue"}))
    wait_for("bob is revoked", lambda: gateway.metrics().finding("revoked_key", "bob"), 5)
    gateway.wait_told("finding-opened", "bob")
    expect_findings(gateway, *CLEAN, ("revoked_key", "bob"))
    gateway.write_inventory(*GOOD)
    gateway.wait_told("finding-closed", "bob")
    expect_equal(len(gateway.told("inventory-rejected")), 2, "inventory-rejected events")

    # Gone over a restart: the last good one is in the database.
    for how in (gateway.stop, gateway.kill):
        gateway.inventory.unlink(missing_ok=True)
        how()
        gateway.start()
        gateway.settled()
        expect_equal(gateway.value("wgaudit_inventory_last_reload_successful"), 0,
                     "wgaudit_inventory_last_reload_successful without a file")
        expect_findings(gateway, *CLEAN)
        expect_equal(gateway.value("wgaudit_inventory_records", status="active"), 2,
                     "records in force")
    gateway.write_inventory(*GOOD)
    gateway.wait_value("wgaudit_inventory_last_reload_successful", 1)
    gateway.stop()
    never_told(gateway, "inventory-record-removed")
    never_told(gateway, "inventory-record-added")
    gateway.check_segments()


@case("an inventory that is swapped as a ConfigMap is", 2)
def swapped(context):
    gateway = context.gateway(*here())
    mount = context.tmp / "mount"
    mount.mkdir()
    for version, status in (("1", "active"), ("2", "revoked")):
        (mount / f"..{version}").mkdir()
        gateway.inventory = mount / f"..{version}" / "inventory.json"
        gateway.write_inventory("alice", ("bob", status), ("mallory", "revoked"))
    (mount / "..data").symlink_to("..1")
    gateway.inventory = mount / "inventory.json"
    gateway.inventory.symlink_to("..data/inventory.json")
    gateway.start()
    gateway.settled()
    expect_findings(gateway, *CLEAN)
    (mount / "..data_tmp").symlink_to("..2")
    begin = time.monotonic()
    os.rename(mount / "..data_tmp", mount / "..data")
    wait_for("bob is revoked", lambda: gateway.metrics().finding("revoked_key", "bob"), 3)
    took = time.monotonic() - begin
    (mount / "..1" / "inventory.json").unlink()
    changed = gateway.wait_told("inventory-record-changed", "bob")
    expect_equal((get(changed, "wireguard.before.status"), get(changed, "wireguard.after.status")),
                 ("active", "revoked"), "status before and after")
    gateway.stop()
    gateway.check_segments()
    context.say(f"in force after {took:.1f} s")


@case("an inventory that shrinks", 3)
def shrunk(context):
    names = [f"user{i:02}" for i in range(60)]
    gateway = context.gateway(*(a_peer(name) for name in names[:15]), inventory=names)
    gateway.start()
    gateway.settled()
    gateway.write_inventory(*names[:9], (names[9], "revoked"))
    wait_rejected(gateway, 1)
    # Revocations count though the file is rejected.
    wait_for("it revokes all the same",
             lambda: gateway.metrics().finding("revoked_key", names[9]), 5)
    expect(gateway.logged("level=error", "SIGHUP confirms it"), "the log does not say what to do")
    time.sleep(2)
    expect_findings(gateway, ("revoked_key", names[9]))
    gateway.signal(signal.SIGHUP)
    wait_loaded(gateway, 2)
    expect_findings(gateway, ("revoked_key", names[9]),
                    *(("unknown_key", name) for name in names[10:15]))
    expect_equal(len(gateway.told("inventory-record-removed")), 50, "records told as removed")
    gateway.stop()
    gateway.check_segments()
