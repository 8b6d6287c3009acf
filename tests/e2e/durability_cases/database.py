"""The state database: damaged, gone, of yesterday."""
import os
import random
import shutil
import time

from case import case
from durability_cases.common import (check_baselines, expect_findings, never_told, told_once)
from gateway import a_peer, expect, expect_equal, wait_for

MALLORY = (("revoked_key", "mallory"),)


def peers():
    return a_peer("alice", time.time()), a_peer("bob"), a_peer("mallory")


def cut_to_half(path):
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path, begin, end, data):
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(data(end - begin))


def zero_the_header(path):
    overwrite(path, 0, 100, bytes)


def scramble_the_middle(path):
    size = path.stat().st_size
    overwrite(path, size // 4, size // 4 * 3, random.Random(1).randbytes)


def empty(path):
    os.truncate(path, 0)


def aside(gateway, reason):
    return [path for path in gateway.state.glob(f"state.db.{reason}-*")
            if not path.name.endswith(("-wal", "-shm"))]


def start_over(gateway, reasons):
    """Starts; what is found is a baseline for the last of the reasons, and nothing else."""
    gateway.start()
    gateway.settled()
    check_baselines(gateway, *reasons)
    expect_findings(gateway, *MALLORY)
    time.sleep(4)  # what is false would settle by now
    for action in ("peer-added", "peer-removed", "peer-changed", "session-ended",
                   "interface-removed", "interface-added"):
        never_told(gateway, action)


@case("a database that is damaged at the start", 17)
def damaged(context):
    gateway = context.gateway(*peers())
    gateway.start()
    gateway.settled()
    gateway.stop()
    reasons = ["first_run"]
    for damage in (cut_to_half, zero_the_header, scramble_the_middle):
        damage(gateway.state / "state.db")
        reasons.append("state_corrupt")
        start_over(gateway, reasons)
        expect_equal(len(aside(gateway, "corrupt")), len(reasons) - 1, "databases moved aside")
        expect(gateway.logged("level=error", "moved aside", "state.db.corrupt-"),
               f"the log does not say it: {damage.__name__}")
        gateway.stop()
    empty(gateway.state / "state.db")  # nothing is left to be moved aside
    reasons.append("state_lost")
    start_over(gateway, reasons)
    gateway.stop()
    gateway.check_segments()


@case("a write-ahead log that is damaged after kill -9", 5)
def damaged_log(context):
    gateway = context.gateway(*peers())
    gateway.start()
    gateway.settled()
    gateway.kill()
    wal = gateway.state / "state.db-wal"
    overwrite(wal, 0, wal.stat().st_size, random.Random(2).randbytes)
    # SQLite goes by what is whole: the database of before, and the segments know better.
    start_over(gateway, ["first_run", "state_rolled_back"])
    expect(gateway.logged("level=error", "moved aside"), "the log does not say it")
    gateway.stop()
    gateway.check_segments()


@case("a database that is damaged while it is used", 9)
def damaged_in_use(context):
    gateway = context.gateway(*peers())
    gateway.start()
    gateway.settled()
    for name in ("state.db", "state.db-wal"):
        path = gateway.state / name
        overwrite(path, 0, path.stat().st_size, random.Random(3).randbytes)
    gateway.wg.put(a_peer("carol"))
    wait_for("carol is in /metrics",
             lambda: gateway.metrics().finding("unknown_key", "carol"), 5)
    time.sleep(3)
    running = len(gateway.told("baseline-established")) > 1
    gateway.stop()
    gateway.start()
    gateway.settled()
    time.sleep(4)
    never_told(gateway, "peer-removed")
    never_told(gateway, "session-ended")
    reasons = [event["event"]["reason"] for event in gateway.told("baseline-established")]
    expect(len(reasons) == 2 and reasons[1] in ("state_corrupt", "state_rolled_back"),
           f"baselines: {reasons}")
    check_baselines(gateway, *reasons)
    log = gateway.log_path.read_text()
    expect("moved aside" in log, "the log does not say it")
    gateway.stop()
    gateway.check_segments()
    context.say(f"{reasons[1]}, noticed {'while it ran' if running else 'at the next start'}")


@case("a database that is gone", 6)
def gone(context):
    gateway = context.gateway(*peers())
    gateway.start()
    gateway.settled()
    gateway.stop()
    shutil.rmtree(gateway.state)
    start_over(gateway, ["first_run", "state_lost"])
    # Once more, while it is used: what happens is told on, and the next start begins anew.
    for path in gateway.state.glob("state.db*"):
        path.unlink()
    gateway.wg.put(a_peer("carol"))
    gateway.wait_told("peer-added", "carol")
    gateway.stop()
    gateway.start()
    gateway.settled()
    check_baselines(gateway, "first_run", "state_lost", "state_lost")
    told_once(gateway, "peer-added", "carol")
    never_told(gateway, "peer-removed")
    gateway.stop()
    gateway.check_segments()


@case("a database from a backup", 2)
def restored(context):
    gateway = context.gateway(*peers())
    backup = context.tmp / "backup"
    gateway.start()
    gateway.settled()
    gateway.stop()
    shutil.copytree(gateway.state, backup)
    gateway.start()
    gateway.wg.put(a_peer("carol"))
    gateway.wait_told("peer-added", "carol")
    reasons = ["first_run"]
    for how in (gateway.stop, gateway.kill):
        how()
        shutil.rmtree(gateway.state)
        shutil.copytree(backup, gateway.state)
        gateway.start()
        gateway.settled()
        reasons.append("state_rolled_back")
        check_baselines(gateway, *reasons)
        expect_equal(len(aside(gateway, "rolled-back")), 1, "databases moved aside")
        expect(gateway.logged("level=error", "moved aside", "state.db.rolled-back-"),
               "the log does not say it")
        # Next time it is the copy of this installation that is put back.
        gateway.stop()
        shutil.rmtree(backup)
        shutil.copytree(gateway.state, backup)
        for path in aside(gateway, "rolled-back"):
            path.unlink()
            (backup / path.name).unlink()
        gateway.start()
        gateway.settled()
    told_once(gateway, "peer-added", "carol")
    never_told(gateway, "peer-removed")
    gateway.stop()
    gateway.check_segments()
