"""What the file sink wrote: events, whether they are whole, and what they add up to."""
import hashlib
import json
import pathlib
import re

NAME = re.compile(r"audit-(\d{8}T\d{6}Z)-(\d+)(?:-(\d+))?\.jsonl")
NO_HASH = "sha256:" + "0" * 64


class BrokenSegments(AssertionError):
    pass


def order_of(path):
    started, first, again = NAME.fullmatch(path.name).groups()
    return started, int(first), int(again or 0)


def get(event, path, default=None):
    """get(event, "wireguard.peer.public_key")"""
    for name in path.split("."):
        if not isinstance(event, dict) or name not in event:
            return default
        event = event[name]
    return event


class Line:
    def __init__(self, raw, where, whole):
        self.raw, self.where = raw, where
        try:
            self.event = json.loads(raw) if whole else None
        except ValueError:
            self.event = None  # torn
        self.action = get(self.event, "event.action")
        self.sequence = get(self.event, "event.sequence")
        self.installation = get(self.event, "wireguard.audit.installation")


def lines_of(path):
    parts = path.read_bytes().split(b"\n")
    for number, part in enumerate(parts, 1):
        last = number == len(parts)  # behind the last line feed there should be nothing
        if part or not last:
            yield Line(part, f"{path.name}:{number}", not last)


class Segments:
    """All segments of a directory, as they are now."""

    def __init__(self, directory):
        self.paths = sorted(pathlib.Path(directory).glob("audit-*.jsonl"), key=order_of)
        self.lines = [line for path in self.paths for line in lines_of(path)]

    @property
    def events(self):
        return [line.event for line in self.lines if line.sequence is not None]

    @property
    def openings(self):
        return [line.event for line in self.lines if line.action == "segment-opened"]

    @property
    def installations(self):
        return list(dict.fromkeys(line.installation for line in self.lines if line.sequence))

    def select(self, action, public_key=None, **fields):
        wanted = {path.replace("__", "."): value for path, value in fields.items()}
        if public_key:
            wanted["wireguard.peer.public_key"] = public_key
        return [event for event in self.events if event["event"]["action"] == action
                and all(get(event, path) == value for path, value in wanted.items())]

    # --- what must hold --------------------------------------------------------------------------

    def check(self, repeats=False, torn=0):
        """`repeats`: events may stand there twice, where a segment announces it. `torn`: how many
        lines that were cut off there are."""
        self.check_chain(torn)
        self.check_sequences(repeats)

    def check_chain(self, torn=0):
        previous, torn_lines = NO_HASH, 0
        for i, line in enumerate(self.lines):
            digest = hashlib.sha256(line.raw).hexdigest()
            if line.event is None:
                torn_lines += 1
                opening = self.lines[i + 1].event if i + 1 < len(self.lines) else None
                said = (get(opening, "wireguard.segment.torn_bytes"),
                        get(opening, "wireguard.segment.torn_hash"))
                if said != (len(line.raw), digest):
                    raise BrokenSegments(f"{line.where}: a torn line of {len(line.raw)} bytes, and "
                                         f"what follows says {said}")
            elif get(line.event, "wireguard.audit.prev_hash") != previous:
                raise BrokenSegments(f"{line.where}: not the hash of the line before")
            previous = "sha256:" + digest
        if torn_lines != torn:
            raise BrokenSegments(f"{torn_lines} torn lines, expected {torn}")

    def check_sequences(self, repeats=False):
        """Of each installation every number once, in order, with the id that follows from it."""
        highest, ids, may_repeat = {}, {}, False
        for line in self.lines:
            if line.action == "segment-opened":
                may_repeat = repeats and get(line.event, "wireguard.segment.repeats", False)
            if line.sequence is None:
                continue
            after = highest.get(line.installation, 0)
            text = f"{line.installation}{line.sequence}"
            if line.event["event"]["id"] != hashlib.sha256(text.encode()).hexdigest()[:32]:
                raise BrokenSegments(f"{line.where}: not the id of {line.sequence}")
            if line.sequence <= after and may_repeat:
                same = {k: v for k, v in line.event["wireguard"]["audit"].items()
                        if k != "prev_hash"}
                if ids[line.installation, line.sequence] != (line.event["@timestamp"], same):
                    raise BrokenSegments(f"{line.where}: not the event that it repeats")
            elif line.sequence != after + 1:
                raise BrokenSegments(f"{line.where}: sequence {line.sequence} after {after}")
            else:
                highest[line.installation] = line.sequence
                ids[line.installation, line.sequence] = (
                    line.event["@timestamp"],
                    {k: v for k, v in line.event["wireguard"]["audit"].items()
                     if k != "prev_hash"})

    def repeated(self):
        """How many events stand there more than once."""
        numbers = [(line.installation, line.sequence) for line in self.lines if line.sequence]
        return len(numbers) - len(set(numbers))

    def replay(self):
        """The peers of all interfaces by key, with their prefixes, after the last event."""
        peers, seen = {}, set()
        for event in self.events:
            action = event["event"]["action"]
            number = (event["wireguard"]["audit"]["installation"], event["event"]["sequence"])
            if number in seen:
                continue
            seen.add(number)
            key = get(event, "wireguard.peer.public_key")
            if action == "baseline-established":
                peers = {}
            elif action in ("state-snapshot", "peer-added"):
                peers[key] = get(event, "wireguard.peer.allowed_ips")
            elif action == "peer-changed":
                peers[key] = get(event, "wireguard.after.allowed_ips", peers[key])
            elif action == "peer-removed":
                del peers[key]
            elif action == "interface-removed":
                peers = {}
        return peers
