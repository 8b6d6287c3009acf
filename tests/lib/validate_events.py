#!/usr/bin/python3
"""Validates every line of events against exporter/codec/event.schema.json.

usage: validate_events.py DIR|FILE...     (of a directory: all *.jsonl below it)

Exit code 1 when a line is invalid, longer than 7,680 bytes or no UTF-8, and when there are none.

The schema has a rule for each action (allOf of if/then). To try all of them on every line takes
long, so a validator is made for each action, of the schema and the one rule that can match; before
it is used, a sample shows that it says the same as the schema as it stands.
"""
import collections
import copy
import json
import multiprocessing
import pathlib
import sys

import jsonschema

MAX_LINE_BYTES = 7680
CHUNK_LINES = 500
SAMPLE_PER_ACTION = 5
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "exporter/codec/event.schema.json"


def action_of_rule(rule):
    """The action that the rule's condition asks for; fails where it asks for anything else."""
    action = rule["if"]["properties"]["event"]["properties"]["action"]["const"]
    assert rule["if"] == {
        "required": ["event"],
        "properties": {"event": {"required": ["action"],
                                 "properties": {"action": {"const": action}}}}}, rule["if"]
    return action


class Validator:
    def __init__(self):
        self.schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.plain = jsonschema.Draft202012Validator(self.schema)
        base = {name: value for name, value in self.schema.items() if name != "allOf"}
        self.base = jsonschema.Draft202012Validator(base)
        self.by_action = {}
        for rule in self.schema["allOf"]:
            assert set(rule) == {"if", "then"}, rule
            self.by_action[action_of_rule(rule)] = jsonschema.Draft202012Validator(rule["then"])

    def problems(self, event):
        found = list(self.base.iter_errors(event))
        action = event.get("event", {}).get("action") if isinstance(event, dict) else None
        if isinstance(action, str) and action in self.by_action:
            found += self.by_action[action].iter_errors(event)
        return found


def mutations(event):
    """The event with one thing wrong, of each kind of constraint."""
    def changed(path, value):
        result = copy.deepcopy(event)
        place = result
        for name in path[:-1]:
            place = place[name]
        if value is None:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value
        return result

    yield changed(["more"], 1)
    yield changed(["wireguard", "more"], 1)
    yield changed(["message"], None)
    yield changed(["wireguard", "audit", "installation"], 7)
    yield changed(["@timestamp"], "2026-11-22 16:00:00")
    yield changed(["event", "severity"], 6)
    yield changed(["event", "kind"], "metric")
    yield changed(["event", "category"], ["email"])
    yield changed(["event", "type"], ["user"])
    yield changed(["event", "outcome"], "unknown")
    yield changed(["event", "action"], "peer_added")
    yield changed(["event", "action"], None)
    if event["event"]["action"] == "segment-opened":
        yield changed(["event", "sequence"], 1)
    else:
        yield changed(["event", "sequence"], None)
        yield changed(["event", "id"], "0" * 31)


def check_self(validator, sample):
    """Both ways to validate say the same of these events, and both refuse every wrong one."""
    for event in sample:
        assert validator.plain.is_valid(event) == (not validator.problems(event)), event
        if not validator.plain.is_valid(event):
            continue
        for wrong in mutations(event):
            assert not validator.plain.is_valid(wrong), f"the schema takes {wrong}"
            assert validator.problems(wrong), f"the validator takes {wrong}"


VALIDATOR = None


def start_worker():
    global VALIDATOR
    VALIDATOR = Validator()


def check_chunk(chunk):
    """(actions, problems, longest) of lines of one file."""
    name, first, lines = chunk
    actions, problems, longest = collections.Counter(), [], 0
    for number, raw in enumerate(lines, first):
        longest = max(longest, len(raw))
        found = []
        try:
            event = json.loads(raw.decode("utf-8"))
        except ValueError as error:  # UnicodeDecodeError is one
            found = [str(error)]
        else:
            found = [f"{error.json_path}: {error.message}" for error in VALIDATOR.problems(event)]
        if len(raw) > MAX_LINE_BYTES:
            found.append(f"{len(raw)} bytes")
        if found:
            problems.append(f"{name}:{number}: " + "; ".join(found))
        else:
            actions[event["event"]["action"]] += 1
    return actions, problems, longest


def chunks_of(paths):
    for path in paths:
        with open(path, "rb") as file:
            first, lines = 1, []
            for raw in file:
                lines.append(raw.rstrip(b"\n"))
                if len(lines) == CHUNK_LINES:
                    yield str(path), first, lines
                    first, lines = first + len(lines), []
            if lines:
                yield str(path), first, lines


def sample_of(paths):
    taken = collections.Counter()
    for path in paths:
        for raw in path.read_bytes().splitlines():
            try:
                event = json.loads(raw)
                action = event["event"]["action"]
            except (ValueError, KeyError, TypeError):
                continue  # is reported with its line
            if isinstance(action, str) and taken[action] < SAMPLE_PER_ACTION:
                taken[action] += 1
                yield event


def files_of(arguments):
    for argument in map(pathlib.Path, arguments):
        if argument.is_dir():
            yield from sorted(argument.rglob("*.jsonl"))
        else:
            yield argument


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    paths = list(files_of(sys.argv[1:]))
    check_self(Validator(), sample_of(paths))
    actions, invalid, longest = collections.Counter(), 0, 0
    with multiprocessing.Pool(initializer=start_worker) as pool:
        for found, problems, longest_here in pool.imap_unordered(check_chunk, chunks_of(paths)):
            actions += found
            longest = max(longest, longest_here)
            invalid += len(problems)
            for problem in problems[:20]:
                print(problem[:1000])
    for action, count in sorted(actions.items()):
        print(f"{count:8} {action}")
    valid = sum(actions.values())
    print(f"{valid} events valid, {invalid} invalid, longest line {longest} bytes")
    sys.exit(1 if invalid or not valid else 0)


if __name__ == "__main__":
    main()
