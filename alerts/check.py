#!/usr/bin/env python3
"""Every alert has a runbook and a test of each kind (TAGS): it fires, it resolves, a near miss in
which it does not fire, and what a gateway's life brings. Every page and test has an alert; every
recording rule is tested. An alert about one rule of wgaudit says of it what the table of rules says
(audit/RULES.md), and every rule of the table has an alert. Every metric that is asked for is one of
exporter/metrics/METRICS.md.

Usage: check.py [DIRECTORY], the directory of *.rules.yml, tests/ and runbooks/ (default: this one).
Prints the counts. Exit 1 with one line for each thing that is missing.
"""
import collections
import dataclasses
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
SECTIONS = ("## Meaning", "## Impact", "## Diagnosis", "## Remedy")
ANNOTATIONS = ("summary", "description", "runbook_url")
LABELS = {"severity": {"critical", "warning", "info"},
          "category": {"availability", "hygiene", "monitoring", "security"}}
# What Prometheus itself makes, and what every exporter may have.
OTHER_METRICS = {"up", "process_start_time_seconds"}
# What each alert is tested with. That it fires and resolves, two gateways and two namespaces are
# seen in what a case expects and is given; the others are words of its name.
TAGS = ("fires", "resolves", "near miss", "missing series", "counter reset", "exporter restart",
        "two gateways", "two namespaces")
WORDS = ("missing series", "counter reset", "exporter restart")
# Gauges that only grow, and so are reset as counters are.
GROWING = {"wgaudit_event_sequence"}
# Rules about the exporter, which is in one namespace.
OF_THE_EXPORTER = {"exposed_listener", "no_inventory"}


@dataclasses.dataclass(frozen=True)
class Metrics:
    """The table of METRICS.md: all, those that count, those that have a label netns."""
    known: frozenset
    counters: frozenset
    in_namespaces: frozenset

    @classmethod
    def read(cls):
        page = (ROOT / "exporter" / "metrics" / "METRICS.md").read_text()
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \|[^|]*\|([^|]*)\|", page, re.M)
        known = re.findall(r"`((?:wireguard|wgaudit|process)_\w+)`", page)
        return cls(frozenset(known) | OTHER_METRICS,
                   frozenset(name for name, kind, _ in rows if kind == "counter") | GROWING,
                   frozenset(name for name, _, labels in rows if "`netns`" in labels))


METRICS = Metrics.read()


def metrics_of(expr):
    """Also those that a recorded name says that it is made of."""
    without_texts = re.sub(r'"[^"]*"', '""', expr)
    return set(re.findall(r"(?:wireguard|wgaudit|process)_[a-z_0-9]+", without_texts))


def needless(tag, rule):
    """Why an alert needs no test of this kind, where it does not."""
    asked, about = metrics_of(rule["expr"]), rules_about(rule)
    names_somebody = "$labels.principal" in rule.get("annotations", {}).get("description", "")
    if tag == "counter reset" and not asked & METRICS.counters:
        return "it asks for no counter"
    if tag == "two namespaces" and not asked & METRICS.in_namespaces:
        return "nothing that it asks for is of a namespace"
    if tag == "two namespaces" and about in OF_THE_EXPORTER:
        return "it is about the exporter, which is in one namespace"
    if tag == "missing series" and about and not names_somebody:
        return "it asks for the finding alone: who is nobody's has no name to be missing"
    return None


def read(path):
    """By libyaml where it is there: a fifth of the time."""
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def rules_in(directory):
    for path in sorted(directory.glob("*.rules.yml")):
        for group in read(path)["groups"]:
            yield from group["rules"]


@dataclasses.dataclass
class Tests:
    """By what some test expects of them: alerts with the tags of their cases, recorded names."""
    cases: int = 0
    tags: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(set))
    recorded: set = dataclasses.field(default_factory=set)

    def with_tag(self, tag):
        return {alert for alert, tags in self.tags.items() if tag in tags}


def tags_of(case, alert):
    """The checks of a case are in the order of their time."""
    fires = [bool(check.get("exp_alerts")) for check in case["alert_rule_test"]
             if check["alertname"] == alert]
    name, given = case.get("name", ""), [one["series"] for one in case.get("input_series", [])]
    tags = {word for word in WORDS if word in name}
    if any(fires):
        tags.add("fires")
        if not all(fires[fires.index(True):]):
            tags.add("resolves")
    elif name.startswith("near miss: "):
        tags.add("near miss")
    if len(set(re.findall(r'\binstance="([^":]*)', " ".join(given)))) > 1:
        tags.add("two gateways")
    places = {"".join(re.findall(r'\bnetns="([^"]*)"', series)) for series in given
              if series.split("{")[0] in METRICS.in_namespaces}
    if len(places) > 1:
        tags.add("two namespaces")
    return tags


def tests_in(directory):
    found = Tests()
    for path in sorted((directory / "tests").glob("*.yml")):
        for case in read(path)["tests"]:
            found.cases += 1
            for alert in {check["alertname"] for check in case.get("alert_rule_test", [])}:
                found.tags[alert] |= tags_of(case, alert)
            for check in case.get("promql_expr_test", []):
                if check.get("exp_samples"):
                    found.recorded |= set(re.findall(r"\b\w+:\w+:\w+", check["expr"]))
    return found


def said_of(rule_name):
    """Reason and remedy by the table."""
    page = (ROOT / "audit" / "RULES.md").read_text()
    section = re.search(rf"^## WGA-\d+ {rule_name}\n(.*?)(?=^## |\Z)", page, re.S | re.M)
    if section is None:
        return {}
    return {name: " ".join(re.search(rf"\*\*{title}\.\*\* (.*?)(?:\n\n|\Z)", section[1], re.S)[1].split())
            for name, title in (("reason", "Why it matters"), ("remedy", "What to do"))}


def rules_about(rule):
    """The rule of wgaudit that an alert is about, where it is about one."""
    about = re.findall(r'^peer:wgaudit_finding:with_principal{rule="(\w+)"}$', rule["expr"].strip())
    return about[0] if about else None


def problems_of_text(rule):
    name, annotations = rule["alert"], rule.get("annotations", {})
    about = rules_about(rule)
    said = said_of(about) if about else {}
    if about and not said:
        yield f"{name}: there is no rule {about}"
    for annotation, text in said.items():
        if annotations.get(annotation) != text:
            yield f"{name}: annotation {annotation} is not what audit/RULES.md says: {text}"
    for annotation in ANNOTATIONS:
        if annotation not in annotations:
            yield f"{name}: no annotation {annotation}"
    if "{{" in annotations.get("summary", ""):
        yield f"{name}: the summary must be static, so that alerts group by it"
    if not annotations.get("runbook_url", "").endswith(f"/runbooks/{name}.md"):
        yield f"{name}: runbook_url does not end in /runbooks/{name}.md"
    for label, allowed in LABELS.items():
        values = re.sub(r"{{.*?}}", " ", rule.get("labels", {}).get(label, "")).split()
        if not values or not allowed.issuperset(values):
            yield f"{name}: label {label} is {values or 'missing'}, not of {sorted(allowed)}"


def problems_of_alert(rule, directory, tests):
    name = rule["alert"]
    if not name.startswith("WireGuard"):
        yield f"{name}: the name does not begin with WireGuard"
    for tag in TAGS:
        if tag not in tests.tags[name] and not needless(tag, rule):
            yield f"{name}: no test '{tag}'"
    yield from problems_of_text(rule)
    page = directory / "runbooks" / f"{name}.md"
    text = page.read_text() if page.is_file() else ""
    if not text:
        yield f"{name}: no runbook"
    for section in SECTIONS if text else ():
        if section not in text:
            yield f"{name}: {page.name} has no section '{section}'"
    if text and "```sh\n" not in text:
        yield f"{name}: {page.name} has no command"
    # Name, namespaces and posture of the gateway are in its configuration: not read by default.
    for command in re.findall(r"^wgaudit report .*$", text, re.M):
        if not re.search(r" --(config\.file|from-dump) ", command):
            yield f"{name}: {page.name}: without --config.file it is another report: {command}"


def problems_of_metrics(rules):
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        name = rule.get("alert") or rule["record"]
        expr = re.sub(r'"[^"]*"', '""', rule["expr"])
        for level in re.findall(r"\b\w+:\w+:\w+", expr):
            if level not in recorded:
                yield f"{name}: nothing records {level}"
        for metric in re.findall(r"(?<![\w:])((?:wireguard|wgaudit|process)_\w+)(?![\w:])", expr):
            if metric not in METRICS.known:
                yield f"{name}: METRICS.md has no {metric}"


def problems_of_all(rules, tests, directory):
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    records = {rule["record"] for rule in rules if "record" in rule}
    if not alerts:
        yield f"{directory}: no alert found"
    pages = {page.stem for page in (directory / "runbooks").glob("*.md")}
    yield from (f"{name}: a runbook without an alert" for name in sorted(pages - alerts))
    yield from (f"{name}: a test without an alert" for name in sorted(set(tests.tags) - alerts))
    yield from (f"{name}: no test of this recording rule" for name in sorted(records - tests.recorded))
    table = set(re.findall(r"^## WGA-\d+ (\w+)$", (ROOT / "audit/RULES.md").read_text(), re.M))
    covered = {rules_about(rule) for rule in rules if "alert" in rule}
    yield from (f"{name}: a rule of audit/RULES.md without an alert" for name in sorted(table - covered))


def main():
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    rules, tests = list(rules_in(directory)), tests_in(directory)
    alerts = [rule for rule in rules if "alert" in rule]
    problems = [p for rule in alerts for p in problems_of_alert(rule, directory, tests)]
    problems += problems_of_metrics(rules)
    problems += problems_of_all(rules, tests, directory)
    for problem in problems:
        print(problem)
    names = {rule["alert"] for rule in alerts}
    pages = {page.stem for page in (directory / "runbooks").glob("*.md")}
    print(f"{len(alerts)} alerts, {len(rules) - len(alerts)} recording rules, {tests.cases} tests, "
          f"{len(pages)} runbooks; alerts without a test: {len(names - tests.with_tag('fires'))}, "
          f"without a near miss: {len(names - tests.with_tag('near miss'))}, "
          f"without a runbook: {len(names - pages)}; {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
