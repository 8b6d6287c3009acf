#!/usr/bin/python3
"""Validates every line of events against the shipped schema of its format: ECS or OCSF.

usage: validate_events.py [--both-forms OCSF_FORMS] DIR|FILE...     (of a directory: all *.jsonl below it)

With --both-forms each ECS line is made into its event again, and what that is in OCSF is validated
too; OCSF_FORMS is the program of the build that does so (tests/codec/ocsf_forms.cpp).

Exit code 1 when a line is invalid, longer than 7,680 bytes or no UTF-8, and when there are none.

A schema has a rule for each action, that of OCSF one for each class too (allOf of if/then). To try all
of them on every line takes long, so a validator is made of each rule, and only those are tried whose
condition can hold; before they are used, a sample shows that they say the same as the schema as it
stands.
"""
import argparse
import collections
import copy
import json
import multiprocessing
import pathlib
import subprocess
import sys

import jsonschema

MAX_LINE_BYTES = 7680
CHUNK_LINES = 500
SAMPLE_PER_ACTION = 5
CODEC = pathlib.Path(__file__).resolve().parents[2] / "exporter/codec"
SCHEMAS = {"ecs": CODEC / "event.schema.json", "ocsf": CODEC / "event_ocsf.schema.json"}
ACTION = {"ecs": ("event", "action"), "ocsf": ("metadata", "event_code")}


def find(event, path):
    for name in path:
        if not isinstance(event, dict):
            return None
        event = event.get(name)
    return event


def condition_of(rule):
    """(path, constant) of the rule's condition; fails where it asks for anything else."""
    path, schema = [], rule["if"]
    while "const" not in schema:
        assert set(schema) == {"required", "properties"}, rule["if"]
        (name,) = schema["required"]
        assert set(schema["properties"]) == {name}, rule["if"]
        path.append(name)
        schema = schema["properties"][name]
    assert set(schema) == {"const"}, rule["if"]
    return tuple(path), schema["const"]


class Validator:
    def __init__(self, form="ecs"):
        self.schema = json.loads(SCHEMAS[form].read_text())
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.plain = jsonschema.Draft202012Validator(self.schema)
        base = {name: value for name, value in self.schema.items() if name != "allOf"}
        self.base = jsonschema.Draft202012Validator(base)
        self.rules = collections.defaultdict(dict)  # by path, by constant
        for rule in self.schema["allOf"]:
            assert set(rule) == {"if", "then"}, rule
            path, constant = condition_of(rule)
            self.rules[path][constant] = jsonschema.Draft202012Validator(rule["then"])

    def problems(self, event):
        found = list(self.base.iter_errors(event))
        for path, rules in self.rules.items():
            value = find(event, path)
            rule = rules.get(value) if isinstance(value, (str, int)) else None
            if rule is not None:
                found += rule.iter_errors(event)
        return found


def form_of(event):
    return "ocsf" if isinstance(event, dict) and "class_uid" in event else "ecs"


def changed(event, path, value):
    """The event with another value there; None: without it."""
    result = copy.deepcopy(event)
    place = result
    for name in path[:-1]:
        place = place[name]
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
    return result


def mutations_of_ecs(event):
    """The event with one thing wrong, of each kind of constraint."""
    yield changed(event, ["more"], 1)
    yield changed(event, ["wireguard", "more"], 1)
    yield changed(event, ["message"], None)
    yield changed(event, ["wireguard", "audit", "installation"], 7)
    yield changed(event, ["@timestamp"], "2026-11-22 16:00:00")
    yield changed(event, ["event", "severity"], 6)
    yield changed(event, ["event", "kind"], "metric")
    yield changed(event, ["event", "category"], ["email"])
    yield changed(event, ["event", "type"], ["user"])
    yield changed(event, ["event", "outcome"], "unknown")
    yield changed(event, ["event", "action"], "peer_added")
    yield changed(event, ["event", "action"], None)
    # Lines of the chain alone have neither.
    if "sequence" in event["event"]:
        yield changed(event, ["event", "sequence"], None)
        yield changed(event, ["event", "id"], "0" * 31)
    else:
        yield changed(event, ["event", "sequence"], 1)


def mutations_of_ocsf(event):
    yield changed(event, ["more"], 1)
    yield changed(event, ["unmapped", "more"], 1)
    yield changed(event, ["unmapped", "wireguard", "more"], 1)
    yield changed(event, ["message"], None)
    yield changed(event, ["time"], "2026-11-22T16:00:00.120Z")
    yield changed(event, ["severity_id"], 6)
    yield changed(event, ["class_uid"], 4001)
    yield changed(event, ["class_name"], "Network Activity")
    yield changed(event, ["category_uid"], 9)
    yield changed(event, ["activity_id"], 0)
    yield changed(event, ["type_uid"], event["class_uid"] * 100)
    yield changed(event, ["status_id"], 3)
    yield changed(event, ["device"], None)
    yield changed(event, ["device", "type_id"], None)
    yield changed(event, ["observables"], [{"name": "x", "value": "y"}])
    yield changed(event, ["metadata", "event_code"], "peer_added")
    yield changed(event, ["metadata", "product"], None)
    # What only other classes have.
    for name in ["entity", "finding_info", "tunnel_type", "app", "log_type_id"]:
        yield changed(event, [name], None if name in event else {})
    if "sequence" in event["metadata"]:
        yield changed(event, ["metadata", "uid"], "0" * 31)
        yield changed(event, ["metadata", "sequence"], None)
    else:
        yield changed(event, ["metadata", "sequence"], 1)


MUTATIONS = {"ecs": mutations_of_ecs, "ocsf": mutations_of_ocsf}


def check_self(form, sample):
    """Both ways to validate say the same of these events, and both refuse every wrong one."""
    validator = Validator(form)
    for event in sample:
        assert validator.plain.is_valid(event) == (not validator.problems(event)), event
        if not validator.plain.is_valid(event):
            continue
        for wrong in MUTATIONS[form](event):
            assert not validator.plain.is_valid(wrong), f"the schema takes {wrong}"
            assert validator.problems(wrong), f"the validator takes {wrong}"


VALIDATORS, OCSF_FORMS = {}, None


def start_worker(ocsf_forms):
    global OCSF_FORMS
    OCSF_FORMS = ocsf_forms
    VALIDATORS.update((form, Validator(form)) for form in SCHEMAS)


class Tally:
    """What was found, by format."""
    def __init__(self):
        self.actions = collections.Counter()  # (form, action)
        self.problems = []
        self.longest = 0

    def add(self, other):
        self.actions += other.actions
        self.problems += other.problems
        self.longest = max(self.longest, other.longest)

    def check(self, raw, where):
        """The event's format, where it is valid."""
        self.longest = max(self.longest, len(raw))
        try:
            event = json.loads(raw.decode("utf-8"))
        except ValueError as error:  # UnicodeDecodeError is one
            self.problems.append(f"{where}: {error}")
            return None
        form = form_of(event)
        found = [f"{error.json_path}: {error.message}"
                 for error in VALIDATORS[form].problems(event)]
        if len(raw) > MAX_LINE_BYTES:
            found.append(f"{len(raw)} bytes")
        if found:
            self.problems.append(f"{where}: {form}: " + "; ".join(found))
            return None
        self.actions[form, find(event, ACTION[form])] += 1
        return form


def in_ocsf(lines):
    """(lines, complaints)"""
    run = subprocess.run([OCSF_FORMS, "-"], input=b"".join(line + b"\n" for line in lines),
                         capture_output=True, timeout=300)
    made = run.stdout.splitlines()
    complaints = run.stderr.decode(errors="replace").splitlines()
    if run.returncode != 0 or len(made) != len(lines):
        complaints = complaints or [f"{len(made)} of {len(lines)} events in OCSF"]
    return made, complaints


def check_chunk(chunk):
    name, first, lines = chunk
    tally = Tally()
    ecs = [raw for number, raw in enumerate(lines, first)
           if tally.check(raw, f"{name}:{number}") == "ecs"]
    if OCSF_FORMS and ecs:
        made, complaints = in_ocsf(ecs)
        tally.problems += [f"{name}, from line {first}: {text}" for text in complaints]
        for number, raw in enumerate(made):
            tally.check(raw, f"{name}, from line {first}, event {number} in OCSF")
    return tally


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


def samples_of(paths, ocsf_forms):
    """By format, some events of each action."""
    taken, samples, ecs = collections.Counter(), collections.defaultdict(list), []
    for path in paths:
        for raw in path.read_bytes().splitlines():
            try:
                event = json.loads(raw)
            except ValueError:
                continue  # is reported with its line
            form = form_of(event)
            action = find(event, ACTION[form])
            if not isinstance(action, str) or taken[form, action] >= SAMPLE_PER_ACTION:
                continue
            taken[form, action] += 1
            samples[form].append(event)
            if form == "ecs":
                ecs.append(raw)
    if ocsf_forms and ecs:
        run = subprocess.run([ocsf_forms, "-"], input=b"".join(raw + b"\n" for raw in ecs),
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
        samples["ocsf"] += map(json.loads, run.stdout.splitlines())
    return samples


def files_of(arguments):
    for argument in map(pathlib.Path, arguments):
        if argument.is_dir():
            yield from sorted(argument.rglob("*.jsonl"))
        else:
            yield argument


def report(total):
    for (form, action), count in sorted(total.actions.items()):
        print(f"{count:8} {form:4} {action}")
    valid = collections.Counter()
    for (form, _), count in total.actions.items():
        valid[form] += count
    counts = ", ".join(f"{count} lines valid in {form.upper()}" for form, count in sorted(valid.items()))
    print(f"{counts or 'no line valid'}, {len(total.problems)} problems, "
          f"longest line {total.longest} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--both-forms", metavar="OCSF_FORMS")
    parser.add_argument("files", nargs="+", metavar="DIR|FILE")
    arguments = parser.parse_args()
    paths = list(files_of(arguments.files))
    for form, sample in samples_of(paths, arguments.both_forms).items():
        check_self(form, sample)
    total, shown = Tally(), 0
    with multiprocessing.Pool(initializer=start_worker,
                              initargs=(arguments.both_forms,)) as pool:
        for tally in pool.imap_unordered(check_chunk, chunks_of(paths)):
            total.add(tally)
            for problem in tally.problems[:20]:
                if shown < 200:
                    print(problem[:1000])
                shown += 1
    report(total)
    sys.exit(1 if total.problems or not total.actions else 0)


if __name__ == "__main__":
    main()
