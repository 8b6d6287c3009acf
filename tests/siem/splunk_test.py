"""The add-on for Splunk, which is not run here: it can be read, and what it names is there."""
import csv
import datetime
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADDON = ROOT / "alerts/siem/splunk/TA-wgaudit"
SCHEMA = json.loads((ROOT / "exporter/codec/event.schema.json").read_text())
GOLDEN = (ROOT / "tests/codec/golden/events.jsonl").read_text().splitlines()
OCSF = (ROOT / "tests/codec/golden/events.ocsf.jsonl").read_text().splitlines()
# Keys by file, as Splunk's *.conf.spec has them: what is misspelt is ignored there.
KEYS = {
    "app": r"is_configured|author|description|version|id|is_visible|label",
    "props": r"category|description|pulldown_type|SHOULD_LINEMERGE|LINE_BREAKER|TRUNCATE|"
             r"TIME_PREFIX|TIME_FORMAT|MAX_TIMESTAMP_LOOKAHEAD|TZ|KV_MODE|TRANSFORMS-\w+|"
             r"EVAL-\w+|LOOKUP-\w+",
    "transforms": r"filename|REGEX|DEST_KEY|FORMAT",
    "eventtypes": r"search",
    "tags": r"\w+",
    "macros": r"definition",
    "savedsearches": r"description|search|dispatch\.(earliest|latest)_time|cron_schedule|"
                     r"enableSched",
}
# What is no event of ours: settings of the search, functions, fields that searches make.
MADE = {"index", "sourcetype"}
CIM = {"action", "app", "bytes_in", "bytes_out", "change_type", "description", "dest", "duration",
       "dvc", "id", "object", "object_category", "object_id", "severity", "severity_id",
       "signature", "signature_id", "src", "src_ip", "src_port", "status", "type", "user",
       "vendor_product", "event_action"}


def read_conf(path):
    """{stanza: {key: value}}; anything that Splunk would read otherwise fails."""
    stanzas, current = {}, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if stanza := re.fullmatch(r"\[(.*)\]", line):
            assert stanza[1] not in stanzas, f"{path.name}:{number}: again"
            current = stanzas[stanza[1]] = {}
            continue
        setting = re.fullmatch(r"(\S+) = (.*\S)", line)
        assert setting and current is not None, f"{path.name}:{number}: {line}"
        assert not setting[2].endswith("\\"), f"{path.name}:{number}: goes on in the next line"
        assert setting[1] not in current, f"{path.name}:{number}: again"
        current[setting[1]] = setting[2]
    return stanzas


CONF = {path.stem: read_conf(path) for path in (ADDON / "default").glob("*.conf")}
PROPS = CONF["props"]["wgaudit:audit"]


def fields_of_schema(node=SCHEMA, path=""):
    """As Splunk names them: a list has {} behind it."""
    for name, member in node["properties"].items():
        inner = f"{path}.{name}" if path else name
        if member["type"] == "object":
            yield from fields_of_schema(member, inner)
        else:
            yield inner + ("{}" if member["type"] == "array" else "")


FIELDS = set(fields_of_schema())
ACTIONS = SCHEMA["properties"]["event"]["properties"]["action"]["enum"]


def searches():
    for file in ("eventtypes", "macros", "savedsearches"):
        for name, stanza in CONF[file].items():
            yield name, stanza.get("search") or stanza["definition"]


def without_texts(search):
    return re.sub(r'"[^"]*"', '""', search)


class Files(unittest.TestCase):
    def test_all_are_there_and_have_known_keys(self):
        self.assertEqual(set(CONF), set(KEYS))
        for file, stanzas in CONF.items():
            for name, stanza in stanzas.items():
                for key in stanza:
                    self.assertRegex(key, f"^({KEYS[file]})$", f"{file}.conf [{name}]")

    def test_what_is_named_is_there(self):
        for stanza in CONF["tags"]:
            self.assertIn(stanza.removeprefix("eventtype="), CONF["eventtypes"])
        for _, search in searches():
            for macro in re.findall(r"`([^`]*)`", search):
                self.assertIn(macro, CONF["macros"])
        self.assertEqual(PROPS["TRANSFORMS-wgaudit"], "wgaudit_no_event")
        self.assertIn("wgaudit_no_event", CONF["transforms"])
        for stanza in CONF["transforms"].values():
            if "filename" in stanza:
                self.assertTrue((ADDON / "lookups" / stanza["filename"]).is_file())

    def test_searches_have_pairs(self):
        for name, search in searches():
            self.assertEqual(search.count('"') % 2, 0, name)
            self.assertEqual(search.count("`") % 2, 0, name)
            plain = without_texts(search)
            self.assertEqual(plain.count("("), plain.count(")"), name)

    def test_schedules(self):
        for name, stanza in CONF["savedsearches"].items():
            self.assertRegex(stanza["cron_schedule"], r"^(\d+|\*|\*/\d+)( (\d+|\*)){4}$", name)
            self.assertEqual(stanza["enableSched"], "0", name)


class Fields(unittest.TestCase):
    def test_are_those_of_the_schema(self):
        dotted = r"@?[a-z_]+(?:\.[a-z0-9_]+)+(?:\{\})?"
        texts = [*searches(), *((key, v) for key, v in PROPS.items() if key.startswith("EVAL-"))]
        seen = 0
        for name, text in texts:
            for field in re.findall(dotted, without_texts(text)):
                self.assertIn(field, FIELDS, name)
                seen += 1
        self.assertGreater(seen, 40)

    def test_actions_of_searches_are_those_of_the_schema(self):
        for name, text in searches():
            for one in re.findall(r"event\.action!?=([a-z-]+)", text):
                self.assertIn(one, ACTIONS, name)
            for some in re.findall(r"event\.action IN \(([^)]*)\)", text):
                for one in some.split(", "):
                    self.assertIn(one, ACTIONS, name)

    def test_every_action_has_its_row(self):
        with (ADDON / "lookups/wgaudit_actions.csv").open() as file:
            rows = {row["event_action"]: row for row in csv.DictReader(file)}
        about_files = {"segment-opened", "segments-removed", "checkpoint"}
        self.assertEqual(set(rows), set(ACTIONS) - about_files)
        changes = re.search(r"IN \((.*)\)", CONF["eventtypes"]["wgaudit_change"]["search"])[1]
        for action in changes.split(", "):  # required of the data model Change
            self.assertTrue(all(rows[action].values()), action)
        self.assertEqual(rows["session-started"]["action"], "started")
        self.assertEqual(rows["session-ended"]["action"], "ended")

    def test_the_models_have_their_fields(self):
        made = {key.removeprefix("EVAL-") for key in PROPS if key.startswith("EVAL-")}
        made |= set(PROPS["LOOKUP-wgaudit_actions"].split(" OUTPUT ")[1].split())
        self.assertEqual(made, CIM)
        severities = re.findall(r"== (\d), \"(\w+)\"", PROPS["EVAL-severity"])
        self.assertEqual(severities, [("5", "critical"), ("4", "high"), ("3", "medium"),
                                      ("2", "low"), ("1", "informational")])


class Lines(unittest.TestCase):
    def test_time_is_found_and_read(self):
        layout = PROPS["TIME_FORMAT"].replace("%3N", "%f").replace("%Z", "Z")
        for line in GOLDEN:
            prefix = re.match(PROPS["TIME_PREFIX"], line)
            time = line[prefix.end():].split('"')[0]
            datetime.datetime.strptime(time, layout)
            self.assertLessEqual(len(time), int(PROPS["MAX_TIMESTAMP_LOOKAHEAD"]))

    def test_only_lines_about_files_are_dropped(self):
        drop = CONF["transforms"]["wgaudit_no_event"]["REGEX"]
        for lines, member, uid in ((GOLDEN, "event", "id"), (OCSF, "metadata", "uid")):
            about = [(json.loads(line)[member], bool(re.search(drop, line))) for line in lines]
            self.assertGreater(len(about), 20)
            for one, dropped in about:
                self.assertEqual(dropped, "sequence" not in one)
                self.assertEqual(dropped, uid not in one)

    def test_ocsf_has_its_own_sourcetype(self):
        props = CONF["props"]["wgaudit:ocsf"]
        self.assertEqual(props["TRANSFORMS-wgaudit"], "wgaudit_no_event")
        self.assertEqual(props["TIME_FORMAT"], "%s%3N")
        for line in OCSF:
            prefix = re.match(props["TIME_PREFIX"], line)
            time = line[prefix.end():].split(",")[0]
            self.assertRegex(time, r"^\d{13}$")
            self.assertLessEqual(len(time), int(props["MAX_TIMESTAMP_LOOKAHEAD"]))

    def test_no_line_is_cut(self):
        for stanza in CONF["props"].values():
            self.assertGreater(int(stanza["TRUNCATE"]), 7680)


if __name__ == "__main__":
    unittest.main()
