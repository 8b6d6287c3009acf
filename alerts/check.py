#!/usr/bin/env python3
"""Every alert has a test that fires, one that does not, and a runbook; every page has an alert. An
alert about one rule says of it what the table of rules says (audit/RULES.md).

Usage: check.py [DIRECTORY], the directory of *.rules.yml, tests/ and runbooks/ (default: this one).
Prints the counts. Exit 1 with one line for each thing that is missing.
"""
import pathlib
import re
import sys

import yaml

SECTIONS = ("## Meaning", "## Impact", "## Diagnosis", "## Remedy")
ANNOTATIONS = ("summary", "description", "runbook_url")


def alerts_in(directory):
    for path in sorted(directory.glob("*.rules.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from (rule for rule in group["rules"] if "alert" in rule)


def tested(directory):
    """The names that some test expects to fire, and those that some test expects to be silent."""
    firing, silent = set(), set()
    for path in sorted((directory / "tests").glob("*.yml")):
        for case in yaml.safe_load(path.read_text())["tests"]:
            for check in case.get("alert_rule_test", []):
                (firing if check.get("exp_alerts") else silent).add(check["alertname"])
    return firing, silent


def said_of(rule_name):
    """Reason and remedy by the table."""
    page = (pathlib.Path(__file__).parents[1] / "audit" / "RULES.md").read_text()
    section = re.search(rf"^## WGA-\d+ {rule_name}\n(.*?)(?=^## |\Z)", page, re.S | re.M)
    if section is None:
        return {}
    return {name: " ".join(re.search(rf"\*\*{title}\.\*\* (.*?)(?:\n\n|\Z)", section[1], re.S)[1].split())
            for name, title in (("reason", "Why it matters"), ("remedy", "What to do"))}


def problems_of_rule(rule, directory, firing, silent):
    name = rule["alert"]
    about = re.findall(r'rule="(\w+)"', rule["expr"])
    if len(about) == 1:
        said = said_of(about[0])
        if not said:
            yield f"{name}: there is no rule {about[0]}"
        for annotation, text in said.items():
            if rule.get("annotations", {}).get(annotation) != text:
                yield f"{name}: annotation {annotation} is not what audit/RULES.md says: {text}"
    if name not in firing:
        yield f"{name}: no test in which it fires"
    if name not in silent:
        yield f"{name}: no test in which it does not fire"
    annotations = rule.get("annotations", {})
    for annotation in ANNOTATIONS:
        if annotation not in annotations:
            yield f"{name}: no annotation {annotation}"
    if "{{" in annotations.get("summary", ""):
        yield f"{name}: the summary must be static, so that alerts group by it"
    if not annotations.get("runbook_url", "").endswith(f"/runbooks/{name}.md"):
        yield f"{name}: runbook_url does not end in /runbooks/{name}.md"
    page = directory / "runbooks" / f"{name}.md"
    text = page.read_text() if page.is_file() else ""
    for section in SECTIONS:
        if section not in text:
            yield f"{name}: {page.name} has no section '{section}'"


def main():
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    rules = list(alerts_in(directory))
    names = {rule["alert"] for rule in rules}
    firing, silent = tested(directory)
    problems = [p for rule in rules for p in problems_of_rule(rule, directory, firing, silent)]
    if not rules:
        problems.append(f"{directory}: no alert found")
    pages = {page.stem for page in (directory / "runbooks").glob("*.md")}
    problems += [f"{name}: a runbook without an alert" for name in sorted(pages - names)]
    problems += [f"{name}: a test without an alert" for name in sorted((firing | silent) - names)]
    for problem in problems:
        print(problem)
    print(f"{len(rules)} alerts, {len(pages)} runbooks, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
