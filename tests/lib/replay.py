"""What the segments of the file sink tell: whether they are whole, and the state they lead to.

  lines = read_segments(files)        files: {name of the segment: bytes}
  problems = chain_problems(lines)    prev_hash over all segments, torn lines
  sequences = Sequences(events(lines))    .lost, .doubled, .problems
  story = Story(events(lines))        .interfaces as they are at the end, .findings, .problems
"""
import collections
import dataclasses
import hashlib
import json
import pathlib
import re

NO_HASH = "0" * 64
# What the file sink says of its own files: in the chain, without a number.
OF_FILES = ("segment-opened", "checkpoint", "segments-removed")
NAME = re.compile(r"^audit-(\d{8}T\d{6}Z)-(\d+)(?:-(\d+))?\.jsonl$")


@dataclasses.dataclass
class Line:
    segment: str
    number: int
    raw: bytes
    event: dict | None  # None: no JSON, as a write that was cut off leaves it

    @property
    def where(self) -> str:
        return f"{self.segment}:{self.number}"

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def segment_order(name: str):
    start, sequence, again = NAME.match(name).groups()
    return start, int(sequence), int(again or 0)


def files_of(directory) -> dict:
    return {path.name: path.read_bytes() for path in pathlib.Path(directory).glob("audit-*.jsonl")}


def parsed(raw: bytes) -> dict | None:
    try:
        event = json.loads(raw.decode("utf-8"))
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def read_segments(files: dict) -> list:
    lines = []
    for name in sorted(files, key=segment_order):
        raws = files[name].split(b"\n")
        if raws[-1] == b"":
            raws.pop()
        lines += [Line(name, i, raw, parsed(raw)) for i, raw in enumerate(raws, 1)]
    return lines


def field(event: dict, path: str, default=None):
    """"wireguard.peer.public_key" of an event."""
    for name in path.split("."):
        if not isinstance(event, dict) or name not in event:
            return default
        event = event[name]
    return event


def action(event: dict) -> str:
    return field(event, "event.action", "")


def torn_line_problems(line: Line, following: Line | None) -> list:
    """A line that was cut off is the last of its segment, and the next segment says so."""
    if following is None:
        return [f"{line.where}: torn, and nothing follows"]
    torn = (field(following.event or {}, "wireguard.segment.torn_bytes"),
            field(following.event or {}, "wireguard.segment.torn_hash"))
    if following.segment == line.segment or torn != (len(line.raw), line.hash):
        return [f"{line.where}: torn ({len(line.raw)} bytes), and {following.where} says {torn}"]
    return []


def chain_problems(lines: list) -> list:
    found = []
    before, segment = NO_HASH, None
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else None
        if line.event is None:
            found += torn_line_problems(line, following)
        elif field(line.event, "wireguard.audit.prev_hash") != f"sha256:{before}":
            found.append(f"{line.where}: prev_hash is not that of the line before")
        opens = line.event is not None and action(line.event) == "segment-opened"
        if opens != (line.segment != segment):
            found.append(f"{line.where}: segment-opened is the first line of a segment, and no other")
        before, segment = line.hash, line.segment
    return found


def events(lines: list) -> list:
    """All that have a sequence, in the order of the files."""
    return [line.event for line in lines
            if line.event is not None and action(line.event) not in OF_FILES]


class Sequences:
    """Numbers of one installation after the other: from 1, each once; ids as EVENTS.md has them."""

    def __init__(self, all_events: list):
        self.lost, self.doubled, self.problems = 0, 0, []
        self.last = 0  # of the newest installation
        by_installation = collections.defaultdict(list)
        for event in all_events:
            by_installation[field(event, "wireguard.audit.installation")].append(event)
        for installation, of_it in by_installation.items():
            self._check(installation, of_it)
        ids = collections.Counter(field(event, "event.id") for event in all_events)
        self.problems += [f"event.id {i} is there {n} times" for i, n in ids.items() if n > 1]

    def _check(self, installation: str, of_it: list) -> None:
        self.last = 0
        seen = set()
        for event in of_it:
            sequence = field(event, "event.sequence")
            wanted = hashlib.sha256(f"{installation}{sequence}".encode()).hexdigest()[:32]
            if field(event, "event.id") != wanted:
                self.problems.append(f"sequence {sequence}: event.id is not that of its sequence")
            if sequence in seen:
                self.problems.append(f"sequence {sequence} is there again")
                self.doubled += 1
            elif sequence != self.last + 1:
                self.problems.append(f"sequence {sequence} comes after {self.last}")
            seen.add(sequence)
            self.last = max(self.last, sequence)
        self.lost += self.last - len(seen)


@dataclasses.dataclass
class ReplayedPeer:
    allowed_ips: list
    preshared_key_set: bool
    persistent_keepalive_seconds: int


CONFIGURATION = [f.name for f in dataclasses.fields(ReplayedPeer)]


class Story:
    """The state that the events lead to. An event that does not fit the state before it is a
    problem: an event was lost, doubled, or told of what did not happen."""

    def __init__(self, all_events: list):
        self.interfaces = {}  # (netns, name) -> {public key: ReplayedPeer}
        self.findings = {}  # wireguard.finding.id -> (rule, netns, interface, public key or None)
        self.problems = []
        tell = {"baseline-established": self._baseline, "state-snapshot": self._snapshot,
                "interface-added": self._interface_added,
                "interface-removed": self._interface_removed,
                "interface-changed": self._interface_changed, "peer-added": self._peer_added,
                "peer-removed": self._peer_removed, "peer-changed": self._peer_changed,
                "finding-opened": self._finding_opened, "finding-closed": self._finding_closed}
        for event in all_events:
            tell.get(action(event), lambda _: None)(event)

    def _wrong(self, event: dict, why: str) -> None:
        self.problems.append(f"sequence {field(event, 'event.sequence')}: {action(event)} "
                             f"{interface_of(event)} {key_of(event) or ''}: {why}")

    def _baseline(self, _) -> None:
        self.interfaces, self.findings = {}, {}

    def _set(self, event: dict) -> None:
        values = {name: field(event, f"wireguard.peer.{name}") for name in CONFIGURATION}
        if None in values.values() or field(event, "wireguard.peer.allowed_ips_count") is not None:
            self._wrong(event, "does not hold the whole configuration")
        self.interfaces.setdefault(interface_of(event), {})[key_of(event)] = ReplayedPeer(**values)

    def _snapshot(self, event: dict) -> None:
        known = key_of(event) in self.interfaces.get(interface_of(event), {})
        initial = field(event, "wireguard.snapshot.initial", False)
        if known == initial:
            self._wrong(event, "is known already" if known else "was never added")
        if initial:  # a later one shows absences that are not believed yet
            self._set(event)

    def _interface_added(self, event: dict) -> None:
        if interface_of(event) in self.interfaces:
            self._wrong(event, "is there already")
        self.interfaces[interface_of(event)] = {}

    def _interface_removed(self, event: dict) -> None:
        # One without peers at the baseline is in no event before.
        peers = self.interfaces.pop(interface_of(event), {})
        if field(event, "wireguard.interface.peers") != len(peers):
            self._wrong(event, f"had {len(peers)} peers")

    def _interface_changed(self, event: dict) -> None:
        now = interface_of(event)
        before = (field(event, "wireguard.before.interface.netns", now[0]),
                  field(event, "wireguard.before.interface.name", now[1]))
        if before == now:
            return
        if now in self.interfaces:
            self._wrong(event, "is there already")
        self.interfaces[now] = self.interfaces.pop(before, {})

    def _peer_added(self, event: dict) -> None:
        if key_of(event) in self.interfaces.get(interface_of(event), {}):
            self._wrong(event, "is there already")
        self._set(event)

    def _peer_removed(self, event: dict) -> None:
        if self.interfaces.get(interface_of(event), {}).pop(key_of(event), None) is None:
            self._wrong(event, "is not there")

    def _peer_changed(self, event: dict) -> None:
        peer = self.interfaces.get(interface_of(event), {}).get(key_of(event))
        if peer is None:
            return self._wrong(event, "is not there")
        for name in CONFIGURATION:
            before = field(event, f"wireguard.before.{name}")
            after = field(event, f"wireguard.after.{name}")
            if (before is None) != (after is None):
                self._wrong(event, f"{name} was {before} and is {after}")
            elif before is not None:
                if before != getattr(peer, name):
                    self._wrong(event, f"{name}: {getattr(peer, name)}, not {before}")
                setattr(peer, name, after)

    def _finding_opened(self, event: dict) -> None:
        identity = field(event, "wireguard.finding.id")
        if identity in self.findings:
            self._wrong(event, "is open already")
        self.findings[identity] = (field(event, "rule.name"), *interface_of(event), key_of(event))

    def _finding_closed(self, event: dict) -> None:
        if self.findings.pop(field(event, "wireguard.finding.id"), None) is None:
            self._wrong(event, "is not open")


def interface_of(event: dict) -> tuple:
    return (field(event, "wireguard.interface.netns", ""),
            field(event, "wireguard.interface.name", ""))


def key_of(event: dict) -> str | None:
    return field(event, "wireguard.peer.public_key")
