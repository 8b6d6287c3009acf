"""The templates for Elasticsearch hold what events have, with the types of ECS and the schema."""
import ipaddress
import json
import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "alerts/siem/elasticsearch"
STREAM = "logs-wireguard.audit"
INDEX, MAPPINGS, PIPELINE = (json.loads((HERE / f"{STREAM}{part}.json").read_text())
                             for part in ("", "@mappings", "@pipeline"))
SCHEMA = json.loads((ROOT / "exporter/codec/event.schema.json").read_text())
ECS = json.loads((ROOT / "tests/codec/ecs_8.17.json").read_text())["fields"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def leaves(node, path=""):
    """(path, schema or mapping) of each field."""
    for name, member in node.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        if "properties" in member:
            yield from leaves(member, inner)
        else:
            yield inner, member


def is_address(value):
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


# Whether Elasticsearch takes a value: an event with another one is rejected as a whole.
TAKES = {
    "date": lambda v: isinstance(v, str) and re.fullmatch(TIME, v) is not None,
    "ip": is_address,
    "long": lambda v: type(v) is int and -2**63 <= v < 2**63,
    "boolean": lambda v: type(v) is bool,
    "keyword": lambda v: isinstance(v, str),
    "match_only_text": lambda v: isinstance(v, str),
}
SCHEMA_TYPE = {"date": "string", "ip": "string", "long": "integer", "boolean": "boolean",
               "keyword": "string", "match_only_text": "string"}


def values_of(event, path=""):
    if isinstance(event, dict):
        for name, value in event.items():
            yield from values_of(value, f"{path}.{name}" if path else name)
    elif isinstance(event, list):
        for value in event:
            yield from values_of(value, path)
    else:
        yield path, event


class Templates(unittest.TestCase):
    MAPPED = dict(leaves(MAPPINGS["template"]["mappings"]))

    def test_every_field_has_a_mapping_of_its_type(self):
        fields = dict(leaves(SCHEMA))
        self.assertEqual(set(self.MAPPED), set(fields))
        for path, schema in fields.items():
            of = schema["items"] if schema["type"] == "array" else schema
            mapped = self.MAPPED[path]["type"]
            self.assertEqual(SCHEMA_TYPE[mapped], of["type"], path)
            if mapped in ("date", "ip"):
                self.assertIn("pattern", of, path)

    def test_fields_of_ecs_have_its_types(self):
        for path, mapping in self.MAPPED.items():
            if not path.startswith("wireguard."):
                self.assertEqual(mapping["type"], ECS[path]["type"], path)

    def test_recorded_events_fit(self):
        files = [ROOT / "tests/codec/golden/events.jsonl",
                 *(ROOT / "alerts/siem/sigma/tests").glob("*/*.jsonl")]
        count = 0
        for line in (line for path in files for line in path.read_text().splitlines()):
            for path, value in values_of(json.loads(line)):
                self.assertTrue(TAKES[self.MAPPED[path]["type"]](value), f"{path}: {value!r}")
                count += 1
        self.assertGreater(count, 1000)

    def test_what_is_named_is_there(self):
        self.assertEqual(INDEX["index_patterns"], [f"{STREAM}-*"])
        ours = {f"{STREAM}@mappings"}
        self.assertEqual(set(INDEX["composed_of"]) - ours,
                         set(INDEX["ignore_missing_component_templates"]))
        # Later ones win: ours over the built-in one.
        self.assertLess(INDEX["composed_of"].index("ecs@mappings"),
                        INDEX["composed_of"].index(f"{STREAM}@mappings"))
        self.assertEqual(INDEX["template"]["settings"]["index"]["default_pipeline"],
                         f"{STREAM}@pipeline")

    def test_the_pipeline_stores_an_event_once(self):
        kinds = [next(iter(processor)) for processor in PIPELINE["processors"]]
        self.assertLess(kinds.index("drop"), kinds.index("set"))
        self.assertIn({"set": {"field": "_id", "copy_from": "event.id"}}, PIPELINE["processors"])

    def test_every_sample_writes_to_this_stream(self):
        samples = ROOT / "alerts/siem/pipelines"
        for name in ("rsyslog-elasticsearch.conf", "syslog-ng.conf", "fluent-bit.yaml",
                     "filebeat.yml"):
            self.assertIn(f"{STREAM}-default", (samples / name).read_text(), name)
        vector = yaml.safe_load((samples / "vector.yaml").read_text())
        stream = vector["sinks"]["elasticsearch"]["data_stream"]
        self.assertEqual(f"{stream['type']}-{stream['dataset']}", STREAM)

    def test_samples_in_yaml_can_be_read(self):
        for path in (ROOT / "alerts/siem/pipelines").glob("*.y*ml"):
            self.assertIn("/var/log/wgaudit/audit-*.jsonl", str(yaml.safe_load(path.read_text())))


if __name__ == "__main__":
    unittest.main()
