#!/usr/bin/env python3
"""alerts/check.py finds what is missing: the shipped rules with one thing broken at a time."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
sys.path.insert(0, str(ALERTS))
import check as checks  # noqa: E402


def replaced(name, pattern, by):
    def change(directory):
        path = directory / name
        text, count = re.subn(pattern, by, path.read_text(), flags=re.M)
        assert count, f"{name}: {pattern}"
        path.write_text(text)
    return change


def removed(name):
    return lambda directory: (directory / name).unlink()


def renamed(name, to):
    return lambda directory: (directory / name).rename(directory / to)


UNKNOWN, STALE = "WireGuardUnknownKey", "WireGuardPeerStale"
DOWN, REFUSED = "WireGuardExporterDown", "WireGuardEventsRefused"
# (what is broken, what is said of it)
CASES = [
    (removed(f"runbooks/{UNKNOWN}.md"), f"{UNKNOWN}: no runbook"),
    (replaced(f"runbooks/{UNKNOWN}.md", "^## Remedy$", "## Cure"), "has no section '## Remedy'"),
    (replaced(f"runbooks/{UNKNOWN}.md", "^```sh$", "```"), f"{UNKNOWN}.md has no command"),
    (renamed(f"runbooks/{UNKNOWN}.md", "runbooks/Other.md"), "Other: a runbook without an alert"),
    (replaced(f"runbooks/{UNKNOWN}.md", "--config.file", "--inventory.file"),
     f"{UNKNOWN}.md: without --config.file it is another report: wgaudit report --inventory.file"),
    (removed(f"tests/{UNKNOWN}.yml"), f"{UNKNOWN}: no test 'fires'"),
    (replaced(f"tests/{STALE}.yml", "near miss: ", ""), f"{STALE}: no test 'near miss'"),
    (replaced(f"tests/{STALE}.yml", 'netns="blue", ', ""), f"{STALE}: no test 'two namespaces'"),
    (replaced(f"tests/{DOWN}.yml", 'gw2:9586"', 'gw1:9586"'), f"{DOWN}: no test 'two gateways'"),
    # All that it is expected to do is to fire.
    (replaced(f"tests/{REFUSED}.yml", r"exp_alerts: \[\]$", "exp_alerts: [{}]"),
     f"{REFUSED}: no test 'resolves'"),
    (replaced(f"tests/{REFUSED}.yml", "counter reset", "start"),
     f"{REFUSED}: no test 'counter reset'"),
    (replaced(f"tests/{STALE}.yml", f"alertname: {STALE}$", "alertname: WireGuardStale"),
     "WireGuardStale: a test without an alert"),
    (removed("tests/recording.yml"), "job:up:sum: no test of this recording rule"),
    (replaced("wgaudit.rules.yml", r"^          summary: A WireGuard interface .*$",
              "          summary: '{{ $labels.interface }}'"), "the summary must be static"),
    (replaced("wgaudit.rules.yml", "as long as it is configured it opens", "it opens"),
     "annotation reason is not what audit/RULES.md says"),
    (replaced("wgaudit.rules.yml", r'with_principal\{rule="dormant_key"\}', "other{}"),
     "dormant_key: a rule of audit/RULES.md without an alert"),
    (replaced("wgaudit.rules.yml", "category: hygiene", "category: other"), "label category is"),
    (replaced("exporter.rules.yml", "wgaudit_sink_up", "wgaudit_sink_down"),
     "METRICS.md has no wgaudit_sink_down"),
    (replaced("recording.rules.yml", "record: peer:wireguard_peer_receive", "record: peer:other"),
     "nothing records peer:wireguard_peer_receive_bytes:rate5m"),
]


def check(directory):
    return subprocess.run([sys.executable, ALERTS / "check.py", directory], capture_output=True,
                          text=True, check=False, timeout=120)


class Check(unittest.TestCase):
    def test_what_ships_is_whole(self):
        done = check(ALERTS)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_a_kind_of_alert_needs_no_test_of(self):
        """One of each reason, so that a rule about something else is not let off."""
        rules = {rule["alert"]: rule for rule in checks.rules_in(ALERTS) if "alert" in rule}
        let_off = {name: [tag for tag in checks.TAGS if checks.needless(tag, rule)]
                   for name, rule in rules.items()}
        self.assertEqual(let_off[STALE], ["counter reset"])
        self.assertEqual(let_off[REFUSED], ["two namespaces"])
        self.assertEqual(let_off["WireGuardPeerMissing"], ["missing series", "counter reset"])
        self.assertEqual(let_off["WireGuardExposedListener"],
                         ["missing series", "counter reset", "two namespaces"])
        self.assertEqual(let_off["WireGuardBriefFinding"], [])

    def test_one_thing_missing(self):
        for change, said in CASES:
            with self.subTest(said), tempfile.TemporaryDirectory() as tmp:
                copy = pathlib.Path(shutil.copytree(ALERTS, pathlib.Path(tmp, "alerts"),
                                                    ignore=shutil.ignore_patterns("siem")))
                change(copy)
                done = check(copy)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(said, done.stdout)


if __name__ == "__main__":
    unittest.main()
