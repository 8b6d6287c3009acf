#!/usr/bin/env python3
"""Every alert has a test in which it fires, a near miss in which it does not, and a runbook; every
page and test has an alert; every recording rule is tested. An alert about one rule of wgaudit says of
it what the table of rules says (audit/RULES.md), and every rule of the table has an alert. Every
metric that is asked for is one of exporter/metrics/METRICS.md.

Usage: check.py [DIRECTORY], the directory of *.rules.yml, tests/ and runbooks/ (default: this one).
Prints the counts. Exit 1 with one line for each thing that is missing.
"""
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


def read(path):
    """By libyaml where it is there: a fifth of the time."""
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def rules_in(directory):
    for path in sorted(directory.glob("*.rules.yml")):
        for group in read(path)["groups"]:
            yield from group["rules"]


@dataclasses.dataclass
class Tests:
    """Names by what some test expects of them."""
    cases: int = 0
    firing: set = dataclasses.field(default_factory=set)
    near_miss: set = dataclasses.field(default_factory=set)
    recorded: set = dataclasses.field(default_factory=set)

    def alerts(self):
        return self.firing | self.near_miss


def tests_in(directory):
    found = Tests()
    for path in sorted((directory / "tests").glob("*.yml")):
        for case in read(path)["tests"]:
            found.cases += 1
            checks = case.get("alert_rule_test", [])
            firing = {check["alertname"] for check in checks if check.get("exp_alerts")}
            found.firing |= firing
            if case.get("name", "").startswith("near miss: "):
                found.near_miss |= {check["alertname"] for check in checks} - firing
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
    if name not in tests.firing:
        yield f"{name}: no test in which it fires"
    if name not in tests.near_miss:
        yield f"{name}: no near miss (a test of that name in which it does not fire)"
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


def problems_of_metrics(rules):
    page = (ROOT / "exporter" / "metrics" / "METRICS.md").read_text()
    known = set(re.findall(r"`((?:wireguard|wgaudit|process)_\w+)`", page)) | OTHER_METRICS
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        name = rule.get("alert") or rule["record"]
        expr = re.sub(r'"[^"]*"', '""', rule["expr"])
        for level in re.findall(r"\b\w+:\w+:\w+", expr):
            if level not in recorded:
                yield f"{name}: nothing records {level}"
        for metric in re.findall(r"(?<![\w:])((?:wireguard|wgaudit|process)_\w+)(?![\w:])", expr):
            if metric not in known:
                yield f"{name}: METRICS.md has no {metric}"


def problems_of_all(rules, tests, directory):
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    records = {rule["record"] for rule in rules if "record" in rule}
    if not alerts:
        yield f"{directory}: no alert found"
    pages = {page.stem for page in (directory / "runbooks").glob("*.md")}
    yield from (f"{name}: a runbook without an alert" for name in sorted(pages - alerts))
    yield from (f"{name}: a test without an alert" for name in sorted(tests.alerts() - alerts))
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
          f"{len(pages)} runbooks; alerts without a test: {len(names - tests.firing)}, without a near "
          f"miss: {len(names - tests.near_miss)}, without a runbook: {len(names - pages)}; "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
