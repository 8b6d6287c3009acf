"""The Sigma rules of alerts/siem: how they are written, what they match and what they do not."""
import collections
import json
import pathlib
import re
import sys
import unittest
import uuid

import yaml

import sigma
import sigma_match

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIGMA = ROOT / "alerts/siem/sigma"
SCHEMA = json.loads((ROOT / "exporter/codec/event.schema.json").read_text())
RULES = sigma.load(SIGMA)
sys.path.insert(0, str(ROOT / "tests/lib"))
from validate_events import Validator  # noqa: E402

TACTICS = {"reconnaissance", "resource-development", "initial-access", "execution", "persistence",
           "privilege-escalation", "defense-evasion", "credential-access", "discovery",
           "lateral-movement", "collection", "command-and-control", "exfiltration", "impact"}
LOGSOURCE = {"product": "wireguard", "service": "audit",
             "definition": "Events of wgaudit in ECS (event.dataset: wireguard.audit)"}


def events_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def schema_of(field):
    """None: there is no such field."""
    place = SCHEMA
    for name in field.split("."):
        place = place.get("properties", {}).get(name)
        if place is None:
            return None
    return None if place["type"] == "object" else place


def anchors_of(page):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            for title in re.findall(r"^#+ (.*)$", page.read_text(), re.M)}


def without_one_part(node):
    """The condition with one part of an `and` or `or` left out, or a `not` taken for true, in each
    way there is. The values of one field are one part."""
    if isinstance(node, sigma.Not):
        yield sigma.And(())
        yield from (sigma.Not(inner) for inner in without_one_part(node.part))
    if not isinstance(node, (sigma.And, sigma.Or)):
        return
    fields = {part.field if isinstance(part, sigma.Match) else id(part) for part in node.parts}
    if isinstance(node, sigma.Or) and len(fields) == 1:
        return
    for at, part in enumerate(node.parts):
        rest = node.parts[:at], node.parts[at + 1:]
        yield type(node)(rest[0] + rest[1])
        yield from (type(node)((*rest[0], inner, *rest[1])) for inner in without_one_part(part))


def recorded(name):
    """{True: [(file, events)], False: …}: those to be found, and those not."""
    files = collections.defaultdict(list)
    for path in sorted((SIGMA / "tests" / name).glob("*.jsonl")):
        kind = re.fullmatch(r"(match|other)(-[a-z-]+)?", path.stem)[1]
        files[kind == "match"].append((path.name, events_of(path)))
    return files


class AsWritten(unittest.TestCase):
    def each(self):
        for name, rule in RULES.items():
            with self.subTest(name):
                yield name, rule.document

    def test_there_are_enough(self):
        kinds = collections.Counter(getattr(rule, "kind", "rule") for rule in RULES.values())
        self.assertGreaterEqual(kinds["rule"], 15)
        self.assertGreaterEqual(kinds["event_count"], 1)
        self.assertGreaterEqual(kinds["temporal_ordered"], 1)

    def test_conventions_of_sigmahq(self):
        for name, document in self.each():
            self.assertEqual(uuid.UUID(document["id"]).version, 4)
            self.assertRegex(document["title"], r"^WireGuard( [A-Z]\w*)+$")
            self.assertLessEqual(len(document["title"]), 80)
            self.assertRegex(document["description"], r"(?s)^Detects .*\.\n$")
            self.assertEqual(document["taxonomy"], "ecs")
            self.assertTrue(document["falsepositives"] and document["author"])
            self.assertIn(document["status"], {"stable", "test", "experimental"})
            if "detection" in document:
                self.assertEqual(document["logsource"], LOGSOURCE)
            for tag in document.get("tags", []):
                kind = tag.removeprefix("attack.")
                self.assertTrue(kind in TACTICS or re.fullmatch(r"t\d{4}(\.\d{3})?", kind), tag)
            self.assertTrue(document.get("tags") or document["level"] == "informational")

    def test_ids_and_titles_are_unique(self):
        for key in ("id", "title"):
            values = collections.Counter(rule.document[key] for rule in RULES.values())
            self.assertEqual([v for v, n in values.items() if n > 1], [])

    def test_a_file_has_the_name_of_its_last_rule(self):
        for path in SIGMA.glob("*.yml"):
            self.assertEqual(list(yaml.safe_load_all(path.read_text()))[-1]["name"], path.stem)

    def test_references_lead_somewhere(self):
        for name, document in self.each():
            self.assertTrue(document["references"])
            for reference in document["references"]:
                page, anchor = reference.split("#")
                self.assertIn(anchor, anchors_of(ROOT / page), reference)

    def test_fields_are_those_of_the_schema(self):
        for name, rule in RULES.items():
            fields = rule.group_by if isinstance(rule, sigma.Correlation) \
                else sigma.fields_of(rule.condition)
            self.assertEqual([f for f in fields if schema_of(f) is None], [], name)

    def test_values_are_those_of_the_schema(self):
        def texts(node):
            if isinstance(node, sigma.Match):
                return [node] if isinstance(node.wanted, sigma.Text) else []
            parts = [node.part] if isinstance(node, sigma.Not) else node.parts
            return [match for part in parts for match in texts(part)]
        for name, rule in RULES.items():
            for match in texts(rule.condition) if isinstance(rule, sigma.Rule) else []:
                listed = schema_of(match.field).get("enum")
                if listed and all(isinstance(part, str) for part in match.wanted.parts):
                    self.assertIn("".join(match.wanted.parts), listed, f"{name}: {match.field}")


class AsRecorded(unittest.TestCase):
    def test_each_alerting_rule_has_events_of_both_kinds(self):
        silent = sigma.parts_of_correlations(RULES)
        wanted = set(RULES) - silent
        self.assertEqual({path.name for path in (SIGMA / "tests").iterdir()}, wanted)
        for name in wanted:
            self.assertEqual(set(recorded(name)), {True, False}, name)

    def test_events_are_valid(self):
        validator = Validator()
        for path in SIGMA.glob("tests/*/*.jsonl"):
            events = events_of(path)
            self.assertTrue(events, path)
            for event in events:
                problems = [f"{p.json_path}: {p.message}" for p in validator.problems(event)]
                self.assertEqual(problems, [], path)

    def test_what_matches_and_what_does_not(self):
        for name, rule in RULES.items():
            if isinstance(rule, sigma.Correlation):
                continue
            for wanted, files in recorded(name).items():
                for file, events in files:
                    found = [sigma_match.matches(rule.condition, event) for event in events]
                    self.assertEqual(found, [wanted] * len(events), f"{name}/{file}")

    def test_what_correlates_and_what_does_not(self):
        for name, rule in RULES.items():
            if not isinstance(rule, sigma.Correlation):
                continue
            for wanted, files in recorded(name).items():
                for file, events in files:
                    found = [of for of, _ in sigma_match.alerts(RULES, events) if of == name]
                    self.assertEqual(len(found), 1 if wanted else 0, f"{name}/{file}")

    def test_each_part_of_a_condition_matters(self):
        """There is a near miss for each: a condition without it would be wrong about an event."""
        for name, rule in RULES.items():
            if isinstance(rule, sigma.Correlation) or name in sigma.parts_of_correlations(RULES):
                continue
            events = [(wanted, event) for wanted, files in recorded(name).items()
                      for _, of in files for event in of]
            for changed in without_one_part(rule.condition):
                told = [sigma_match.matches(changed, event) == wanted for wanted, event in events]
                self.assertFalse(all(told), f"{name}: no event tells {changed} from the rule")


if __name__ == "__main__":
    unittest.main()
