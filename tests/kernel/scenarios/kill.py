"""kill -9 of the daemon and its collector at random moments: the events stay a true story.

KILLS=200 tests/kernel/run kill     so many kills (20); WGAUDIT_SEED chooses what happens when.
WGAUDIT_TEST_EVENTS=DIR             copies the segments there, to be held against the schema.

The truth is known: the plans that the guest carries out are made here, and it writes down when it
did what. Peers that no plan touches must never be told of; every removal that is told of must have
happened, and lasted.
"""
import base64
import collections
import datetime
import json
import os
import pathlib
import random
import sqlite3
import sys
import tempfile

from wireguard import from_metrics, from_wg, prefixes

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from replay import (Sequences, Story, action, chain_problems, events, field,  # noqa: E402
                    interface_of, key_of, read_segments)

PROGRAMS = ["wgaudit"]
# The second one watches for the moment to strike; the disk makes that moment last.
CPUS = 2
DISK_MIB = 64
KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("WGAUDIT_SEED", "2"))
TIMEOUT = 200 + 6 * KILLS
# An interface is believed gone after a minute: with many kills there is time for that, too.
REMOVES_INTERFACE = KILLS >= 100
SETTLE_SECONDS = 2.0
# Between the reading of a peer and of the clock the plan may go on: the guest is slow.
SLACK_SECONDS = 0.5
# There for less than the time from one poll to the next, it may be seen by none.
UNSEEN_SECONDS = 1.5

# Of 20 kills. "line": the collector and its spare at once. "start": soon after a start in order.
# "stop": while it stops.
KINDS = ["parent"] * 7 + ["child"] * 4 + ["both"] * 3 + ["line"] * 2 + ["start"] * 2 + ["stop"] * 2
# Milliseconds after the start, or after the kill before. In a long one absences settle.
MOMENTS = [(0, 1200)] * 11 + [(1000, 2200)] * 7 + [(5000, 6500)] * 2


class Plan:
    """All that happens in the guest, from one seed."""

    def __init__(self):
        self.random = random.Random(SEED)
        self.aim = self.key()
        self.stable = [self.key() for _ in range(24)]
        self.churn = [self.key() for _ in range(16)]
        self.others = {name: [self.key() for _ in range(count)]
                       for name, count in (("wg1", 40), ("wg2", 3), ("wg3", 3), ("wg4", 3))}
        self.pool = [f"10.7.0.{i}/32" for i in range(24)] + [f"fd00:7::{i:x}/128" for i in range(8)]
        self.peers = list(self.peer_changes())
        self.links = list(self.link_changes())
        self.kills = list(self.blows())

    def key(self) -> str:
        return base64.b64encode(self.random.randbytes(32)).decode()

    def some_prefixes(self) -> str:
        # Of a pool that all share: the kernel takes a prefix from its holder without a word.
        return ",".join(self.random.sample(self.pool, self.random.randrange(1, 4)))

    def peer_changes(self):
        present = set(self.churn[::2])
        for _ in range(100 + 40 * KILLS):
            r = self.random
            key = r.choice(self.churn)
            pause = r.randrange(1500, 3500) if r.random() < 0.05 else r.randrange(20, 250)
            if key not in present:
                change = ("add", key, self.some_prefixes(), r.choice([0, 15, 25]), self.psk())
                present.add(key)
            elif r.random() < 0.4:
                change = ("remove", key)
                present.remove(key)
            else:
                change = r.choice([("ips", key, self.some_prefixes()), ("psk", key, self.psk()),
                                   ("keepalive", key, r.randrange(1, 100))])
            yield pause, *change

    def psk(self) -> str:
        return self.random.choice(["/tmp/psk", "/dev/null"])

    def link_changes(self):
        names = ["wg2", "wg2-renamed"]
        for _ in range(60 + 6 * KILLS):
            r = self.random
            pause = r.randrange(300, 1500)
            kind = r.choices(["setconf", "rename", "recreate"], [6, 2, 2])[0]
            if kind == "rename":
                yield pause, "rename", *names
                names.reverse()
            else:
                yield (pause, "setconf") if kind == "setconf" else (
                    pause, "recreate", r.choice([0, 50, 300, 2500]))

    def blows(self):
        r = self.random
        kinds, moments = [], []
        for number in range(KILLS):
            if number % 20 == 0:
                kinds, moments = r.sample(KINDS, 20), r.sample(MOMENTS, 20)
            aim = r.choice(["none", "poll", "commit", "commit", "write", "write"])
            down = r.choice([0, 0, 50, 100, 200, 1000])
            yield (kinds[number % 20], r.randrange(*moments[number % 20]), aim,
                   r.randrange(250) if aim == "poll" else r.choice([0, 0, 0, 1, 2, 4]), r.randrange(600), down)

    def configuration(self, port: int, peers: list) -> bytes:
        lines = ["[Interface]", f"PrivateKey = {self.key()}", f"ListenPort = {port}"]
        for number, key in enumerate(peers):
            lines += ["[Peer]", f"PublicKey = {key}"]
            if key in self.churn:
                continue
            lines.append(f"AllowedIPs = 10.{port % 256}.1.{number}/32, fd00:{port:x}::{number:x}/128")
            if number % 3 == 0:
                lines.append(f"PresharedKey = {self.key()}")
            if number % 4 == 0:
                lines.append("PersistentKeepalive = 25")
        return "\n".join(lines + [""]).encode()

    def files(self) -> dict:
        of_wg0 = [self.aim, *self.stable, *self.churn[::2]]
        devices = {"wg0": of_wg0, **self.others}
        known = [k for keys in (self.stable, *self.others.values(), self.churn[:8]) for k in keys]
        inventory = {"version": 1, "peers": [{"public_key": key, "principal": f"p{number}"}
                                             for number, key in enumerate(known)]}
        files = {f"/plans/{name}": self.configuration(51820 + number, keys)
                 for number, (name, keys) in enumerate(devices.items())}
        for name in ("peers", "links", "kills"):
            text = "".join(" ".join(map(str, line)) + "\n" for line in getattr(self, name))
            files[f"/plans/{name}"] = text.encode()
        settings = [f"AIM={self.aim}", f"SETTLE_MS={70000 if REMOVES_INTERFACE else 6000}",
                    f"REMOVES_INTERFACE={'yes' if REMOVES_INTERFACE else 'no'}"]
        files["/plans/settings"] = "\n".join(settings + [""]).encode()
        files["/plans/inventory.json"] = json.dumps(inventory).encode()
        return files


PLAN = Plan()


def prepare() -> dict:
    print(f"      seed {SEED} (WGAUDIT_SEED), {KILLS} kills")
    return PLAN.files()


def seconds_of(event: dict) -> float:
    return datetime.datetime.fromisoformat(event["@timestamp"].replace("Z", "+00:00")).timestamp()


def presence(result) -> dict:
    """Of each churning peer: the times (from, to, there) of what is true at the latest in between."""
    spans = {key: [[0.0, float("inf"), key in PLAN.churn[::2]]] for key in PLAN.churn}
    for line in result.text("done.peers").splitlines():
        number, begun, ended = line.split()
        _, command, key, *_ = PLAN.peers[int(number)]
        if command in ("add", "remove"):
            spans[key][-1][1] = float(ended)
            spans[key].append([float(begun), float("inf"), command == "add"])
    return spans


def may_be_there(spans: list, at: float) -> bool:
    return any(there and begun <= at and at - SLACK_SECONDS <= ended for begun, ended, there in spans)


def may_be_believed_gone(spans: list, at: float) -> bool:
    """Whether two polls so far apart can have missed it, and none in between saw it."""
    since = None
    for begun, ended, there in spans:
        if there:
            since = since if ended - begun < UNSEEN_SECONDS else None
            continue
        since = begun if since is None else since
        if since + SETTLE_SECONDS <= at and begun <= at and at - SLACK_SECONDS <= ended:
            return True
    return False


def check_truth(result, told: list, real: str) -> tuple[int, list]:
    """(false removals, problems)"""
    spans = presence(result)
    false_removals, found, real_added = 0, [], 0
    for event in told:
        kind, key, interface = action(event), key_of(event), interface_of(event)[1]
        what = f"sequence {field(event, 'event.sequence')}: {kind} {interface} {key or ''}"
        if kind == "interface-removed" and not (REMOVES_INTERFACE and interface == "wg4"):
            false_removals += 1
            found.append(f"{what}: no interface went for a minute")
        if kind == "interface-added":
            found.append(f"{what}: all interfaces were there before")
        if kind not in ("peer-added", "peer-removed", "peer-changed") or key == PLAN.aim:
            continue
        if key in spans:
            possible = may_be_believed_gone if kind == "peer-removed" else may_be_there
            if possible(spans[key], seconds_of(event)):
                continue
        elif key == real and kind == "peer-added":
            real_added += 1
            continue
        false_removals += kind == "peer-removed"
        found.append(f"{what}: did not happen")
    if real_added != 1:
        found.append(f"the peer that connects was added {real_added} times")
    return false_removals, found


def check_end(result, story: Story) -> list:
    """The state that the events lead to is that of `wg show all dump` and of `wgaudit report`."""
    found = []
    want = {("", name): device for name, device in from_wg(result.text("dump")).items()}
    if set(want) != set(story.interfaces):
        found.append(f"interfaces: wg {sorted(want)}, events {sorted(story.interfaces)}")
    for name in set(want) & set(story.interfaces):
        peers, replayed = want[name].peers, story.interfaces[name]
        for key in set(peers) ^ set(replayed):
            found.append(f"{name} {key}: only in {'wg' if key in peers else 'the events'}")
        for key in set(peers) & set(replayed):
            got, peer = replayed[key], peers[key]
            shown = (prefixes(",".join(got.allowed_ips) or "(none)"), got.preshared_key_set,
                     got.persistent_keepalive_seconds)
            wanted = (peer.allowed_ips, peer.has_preshared_key, peer.keepalive)
            if shown != wanted:
                found.append(f"{name} {key}: wg {wanted}, events {shown}")
    report = json.loads(result.text("report"))["findings"]
    open_now = {(f["rule"], f["netns"], f["interface"], f["public_key"])
                for f in report if f["rule"] == "unknown_key"}
    told = {f for f in story.findings.values() if f[0] == "unknown_key"}
    found += [f"finding {f}: only in {'the report' if f in open_now else 'the events'}"
              for f in open_now ^ told]
    if not open_now:
        found.append("no finding is open at the end")
    return found


def check_sessions(result, told: list, real: str) -> list:
    if result.text("sessions.status").strip() != "0":
        return ["wgaudit sessions: " + result.text("sessions.stderr")]
    answer = json.loads(result.text("sessions"))["sessions"]
    running = [s for s in answer if s["public_key"] == real and s["ended"] is None]
    found = []
    if len(answer) != 1 or len(running) != 1:
        found.append(f"wgaudit sessions: {answer}")
    actions = [action(e) for e in told if action(e).startswith("session-")]
    if actions != ["session-started"]:
        found.append(f"one session that lasts, told of as {actions}")
    return found


def check_runs(result, told: list) -> list:
    """Each start says truly whether the run before ended in order."""
    found, before = [], None
    for event in told:
        clean = field(event, "wireguard.audit.clean_shutdown")
        if action(event) == "exporter-started" and before is not None:
            if clean != (action(before) == "exporter-stopped"):
                found.append(f"sequence {field(event, 'event.sequence')}: clean_shutdown {clean} "
                             f"after {action(before)}")
        elif before is not None and action(before) == "exporter-stopped":
            found.append(f"sequence {field(event, 'event.sequence')}: {action(event)} after a stop")
        before = event
    baselines = [field(e, "event.reason") for e in told if action(e) == "baseline-established"]
    if baselines != ["first_run"]:
        found.append(f"baselines: {baselines}")
    if before is None or action(before) != "exporter-stopped":
        found.append("the last event is not exporter-stopped")
    return found


def check_kills(result) -> list:
    kills = [line.split() for line in result.text("kills").splitlines()]
    allowed = {"child": {"goes-on"}, "line": {"4"}, # SIGTERM may come before the daemon listens to signals.
               "stop": {"0", "137", "143"}}
    found = [f"after kill {number} ({kind}): {status}" for number, (kind, _, status)
             in enumerate(kills, 1) if status not in allowed.get(kind, {"137"})]
    planned = [kind for kind, *_ in PLAN.kills]
    if [kind for kind, *_ in kills] != planned:
        found.append(f"{len(kills)} kills took place, {len(planned)} were planned")
    found += result.text("failed").splitlines()
    if result.text("stop.status").strip() != "0":
        found.append("SIGTERM at the end: " + result.text("stop.status").strip())
    found += [f"left behind: {line}" for line in result.text("strays").splitlines()]
    return found


def check_database(result, last: int) -> list:
    found = []
    with tempfile.TemporaryDirectory() as directory:
        names = [n for n in result.files if n.startswith("state.")]
        for name in names:
            pathlib.Path(directory, name).write_bytes(result.files[name])
        for name in names:
            if not result.files[name].startswith(b"SQLite format 3"):
                continue
            with sqlite3.connect(pathlib.Path(directory, name)) as database:
                said = database.execute("PRAGMA integrity_check").fetchall()
                found += [] if said == [("ok",)] else [f"{name}: {said}"]
            break
        else:
            found.append(f"no database among {names}")
    newest = field(json.loads(result.text("tail")), "event.sequence")
    if newest != last:
        found.append(f"the database ends with sequence {newest}, the file with {last}")
    metrics = from_metrics(result.text("metrics"))
    if metrics.get(("wgaudit_events_lost_total", ())) != 0:
        found.append("wgaudit_events_lost_total is not 0")
    return found


def segments(result) -> dict:
    return {name.removeprefix("events."): data for name, data in result.files.items()
            if name.startswith("events.")}


def copy_events(lines: list) -> None:
    """All but what a kill tore: the chain is held against that here, the schema is not."""
    directory = os.environ.get("WGAUDIT_TEST_EVENTS")
    if not directory:
        return
    whole = [line.raw + b"\n" for line in lines if line.event is not None]
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    pathlib.Path(directory, f"kernel-kill-{SEED}-{KILLS}.jsonl").write_bytes(b"".join(whole))


def check(result) -> list:
    lines = read_segments(segments(result))
    copy_events(lines)
    told = events(lines)
    sequences, story = Sequences(told), Story(told)
    starts, milliseconds, real = result.text("figures").split()
    false_removals, found = check_truth(result, told, real)
    at_end = check_end(result, story)
    found = (chain_problems(lines) + sequences.problems + story.problems + found + at_end
             + check_sessions(result, told, real) + check_runs(result, told) + check_kills(result)
             + check_database(result, sequences.last))
    counts = collections.Counter(action(event) for event in told)
    # Each of them is what a kill can lose, double or make up: without them nothing is proven.
    wanted = {"peer-added": KILLS // 4, "peer-changed": KILLS, "peer-removed": KILLS // 5,
              "interface-changed": KILLS // 10, "finding-closed": 1,
              "interface-removed": 1 if REMOVES_INTERFACE else 0}
    found += [f"only {counts[name]} {name}" for name, least in wanted.items()
              if counts[name] < least]
    done = len(result.text("done.peers").splitlines()) + len(result.text("done.links").splitlines())
    torn = sum(line.event is None for line in lines)
    kinds = collections.Counter(line.split()[0] for line in result.text("kills").splitlines())
    print(f"      {sum(kinds.values())} kills in {int(milliseconds) / 1000:.0f} s "
          f"({', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}), {starts} starts, "
          f"{done} changes")
    aims = collections.Counter(line.split()[1] for line in result.text("kills").splitlines())
    print(f"      of them aimed: {aims['poll']} at a poll, {aims['commit']} at a commit, "
          f"{aims['write']} at a write to a segment; {aims['missed']} missed")
    print(f"      {len(told)} events: "
          + ", ".join(f"{n} {name}" for name, n in counts.most_common() if n > 1))
    print(f"      kills {sum(kinds.values())}, events {len(told)}, lost {sequences.lost}, "
          f"doubled {sequences.doubled}, false removals {false_removals}, torn lines {torn}, "
          f"state at the end {'NOT equal' if at_end else 'equal'}")
    return found
