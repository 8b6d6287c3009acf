"""What the file sink wrote, and whether it holds. The rules are those of tests/lib/replay.py."""
import copy
import pathlib

import replay

get = replay.field  # get(event, "wireguard.peer.public_key")


class BrokenSegments(AssertionError):
    pass


class Segments:
    """All segments of a directory, as they are now."""

    def __init__(self, directory):
        files = replay.files_of(directory)
        self.paths = [pathlib.Path(directory, name)
                      for name in sorted(files, key=replay.segment_order)]
        self.lines = replay.read_segments(files)
        self.events = replay.events(self.lines)
        self.openings = [line.event for line in self.lines if line.event is not None
                         and replay.action(line.event) == "segment-opened"]

    @property
    def installations(self):
        return list(dict.fromkeys(get(e, "wireguard.audit.installation") for e in self.events))

    def select(self, action, public_key=None, **fields):
        wanted = {path.replace("__", "."): value for path, value in fields.items()}
        if public_key:
            wanted["wireguard.peer.public_key"] = public_key
        return [event for event in self.events if replay.action(event) == action
                and all(get(event, path) == value for path, value in wanted.items())]

    def check(self, repeats=False, torn=0):
        """The lines are a chain; every number is there once; every event fits those before it.
        `repeats`: events may be there again where a segment announces it. `torn`: how many lines
        were cut off. Returns the peers that the events lead to: {public key: prefixes}."""
        problems = replay.chain_problems(self.lines)
        found = sum(line.event is None for line in self.lines)
        if found != torn:
            problems.append(f"{found} lines were cut off, expected {torn}")
        events = self.without_repeated(problems) if repeats else self.events
        story = replay.Story(events)
        problems += replay.Sequences(events).problems + story.problems
        if problems:
            raise BrokenSegments("; ".join(problems[:5]))
        return {key: sorted(peer.allowed_ips)
                for peers in story.interfaces.values() for key, peer in peers.items()}

    def without_repeated(self, problems):
        first, announced = {}, False
        for line in self.lines:
            if line.event is None:
                continue
            if replay.action(line.event) == "segment-opened":
                announced = get(line.event, "wireguard.segment.repeats", False)
            if replay.action(line.event) in replay.OF_FILES:
                continue
            same = copy.deepcopy(line.event)
            del same["wireguard"]["audit"]["prev_hash"]  # its place in the chain is another
            before = first.setdefault(get(line.event, "event.id"), (same, line.event))[0]
            if before is not same and (before != same or not announced):
                problems.append(f"{line.where}: repeats an event, not announced or not the same")
        return [event for _, event in first.values()]

    def repeated(self):
        """How many events are there again."""
        return len(self.events) - len({get(event, "event.id") for event in self.events})
