#!/usr/bin/env python3
"""The dashboards are as generate.py writes them and have no lint findings; each rule of lint.py
finds what it is for in a dashboard that was broken."""
import copy
import json
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(__import__("pathlib").Path(__file__).resolve().parent))
import lint  # noqa: E402
import pictures  # noqa: E402
import promql  # noqa: E402

BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in lint.FILES}


def variable(board, name):
    return lint.variables(board)[name]


def first(board, kind="timeseries"):
    return next(panel for panel in board["panels"] if panel["type"] == kind)


def ask(board, expr):
    first(board)["targets"][0].update(expr=expr, legendFormat="{{instance}}")


RATE = 'sum(rate(wireguard_peer_receive_bytes_total{job=~"$job", instance=~"$instance"}[%s]))'
# Rule to what breaks it.
BROKEN = {
    "template-datasource-rule": lambda b: variable(b, "datasource").update(name="ds"),
    "template-job-rule": lambda b: variable(b, "job").update(multi=False),
    "template-instance-rule": lambda b: variable(b, "instance").update(allValue=".*"),
    "template-label-promql-rule": lambda b: variable(b, "job")["query"].update(query="job"),
    "template-on-time-change-reload-rule": lambda b: variable(b, "job").update(refresh=1),
    "panel-datasource-rule": lambda b: first(b, "table").update(datasource={"uid": "abc"}),
    "panel-title-description-rule": lambda b: first(b, "stat").update(description=""),
    "panel-units-rule": lambda b: first(b)["fieldConfig"]["defaults"].update(unit="bananas"),
    "panel-no-targets-rule": lambda b: first(b).update(targets=[]),
    "target-promql-rule": lambda b: ask(b, 'sum((up{job=~"$job", instance=~"$instance"})'),
    "target-rate-interval-rule": lambda b: ask(b, RATE % "5m"),
    "target-job-rule": lambda b: ask(b, 'up{instance=~"$instance"}'),
    "target-instance-rule": lambda b: ask(b, 'sum(up{job=~"$job"})'),
    "target-counter-agg-rule": lambda b: ask(b, RATE.replace("rate(", "(").replace("[%s]", "")),
    "uneditable-dashboard": lambda b: b.update(editable=True),
    "ours-metrics-are-known": lambda b: ask(
        b, 'wgaudit_state_up{job=~"$job", instance=~"$instance", netns="x"}'),
    "ours-labels-are-known": lambda b: first(b)["targets"][0].update(legendFormat="{{namespace}}"),
    "ours-variables-are-defined-and-used": lambda b: b["templating"]["list"].pop(),
    "ours-peers-are-bounded": lambda b: ask(
        b, 'wireguard_peer_session_up{job=~"$job", instance=~"$instance"}'),
    "ours-fleets-are-bounded": lambda b: ask(b, "up"),
    "ours-columns-are-named": lambda b: first(b, "table")["transformations"][-2].update(options={}),
    "ours-links-have-their-fields": lambda b: first(b, "table")["transformations"][-2]["options"][
        "include"]["names"].remove("instance"),
    "ours-layout": lambda b: first(b)["gridPos"].update(y=1),
    "ours-links-lead-somewhere": lambda b: b["links"][0].update(tags=["other"]),
    "ours-alerts-are-annotated": lambda b: b["annotations"]["list"][0].update(
        expr='ALERTS{job=~"$job", instance=~"$instance"}'),
}


class Dashboards(unittest.TestCase):
    def test_they_are_all_there_and_not_stale(self):
        done = subprocess.run([lint.ROOT / "dashboards/generate.py", "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(set(BOARDS), {"fleet", "gateway", "principal", "security", "health"})
        self.assertEqual(len({board["uid"] for board in BOARDS.values()}), len(BOARDS))

    def test_each_has_a_picture(self):
        self.assertEqual(list(pictures.problems()), [])

    def test_no_lint_findings(self):
        for name, board in BOARDS.items():
            self.assertEqual(lint.lint(board), [], name)

    def test_each_rule_finds_what_it_is_for(self):
        self.assertEqual(set(BROKEN), set(lint.RULES))
        for rule, breaks in BROKEN.items():
            with self.subTest(rule):
                board = copy.deepcopy(BOARDS["gateway"])
                breaks(board)
                self.assertTrue(list(lint.RULES[rule](board)))

    def test_a_metric_without_braces_is_seen(self):
        board = copy.deepcopy(BOARDS["gateway"])
        ask(board, "sum by (job) (up) + on (job) vector(1)")
        self.assertTrue(any("up has no matcher" in line
                            for line in lint.target_job_rule(board)))

    def test_an_alert_about_the_fleet_is_no_reason_to_ask_of_any_instance(self):
        board = copy.deepcopy(BOARDS["gateway"])
        ask(board, 'up{job=~"$job", instance=~"$instance|"}')
        self.assertTrue(list(lint.target_instance_rule(board)))

    def test_every_metric_of_the_page_is_on_some_dashboard(self):
        shown = "\n".join(expr for board in BOARDS.values() for _, expr in lint.queries(board))
        missing = {name for name in lint.known_metrics()
                   if ":" not in name and not re.search(rf"\b{name}\b", shown)}
        self.assertEqual(missing, set(NOT_SHOWN))


# What no panel would be better for, and why.
NOT_SHOWN = {
    "wireguard_peer_allowed_ip_info": "a series a prefix: reports and findings name prefixes",
    "wireguard_interface_receive_packets_total": "bytes and drops say when a link is in trouble",
    "wireguard_interface_transmit_packets_total": "as receive_packets_total",
    "process_virtual_memory_bytes": "address space, which costs nothing: resident memory is shown",
}


class PromQL(unittest.TestCase):
    def test_selectors(self):
        expr = 'a{x="}", y=~"$z"} * on (x) group_left (y) label_replace(b{}, "c", "d", "", "e")'
        self.assertEqual(list(promql.selectors(expr)),
                         [("a", {"x": ("=", "}"), "y": ("=~", "$z")}), ("b", {})])

    def test_bare_metrics(self):
        for expr, want in (("up", ["up"]), ("sum by (job) (rate(x[5m])) > bool 1", ["x"]),
                           ('a{job="x"} and on (job) b', ["b"]), ("time() - 1e9", []),
                           ("topk(5, a:b:c offset 1h)", ["a:b:c"])):
            self.assertEqual(promql.bare_metrics(expr), want, expr)

    def test_ranges(self):
        self.assertEqual(promql.ranges('rate(a{x="[1]"}[5m]) + max_over_time(b[1h:1m])'),
                         [("rate", "5m"), ("max_over_time", "1h:1m")])


if __name__ == "__main__":
    unittest.main()
