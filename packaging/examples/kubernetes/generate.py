#!/usr/bin/env python3
"""Writes prometheusrule.yaml of alerts/*.rules.yml, or fails where it is stale.

usage: generate.py [--check]
"""
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parents[2] / "alerts"
HEAD = "# Generated from alerts/*.rules.yml, where the reasons are, by generate.py.\n"


class Dumper(yaml.SafeDumper):
    """Texts of several lines as such."""


Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def generated():
    groups = [group for path in sorted(RULES.glob("*.rules.yml"))
              for group in yaml.safe_load(path.read_text())["groups"]]
    rule = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
            "metadata": {"name": "wgaudit", "labels": {"app.kubernetes.io/name": "wgaudit"}},
            "spec": {"groups": groups}}
    return HEAD + yaml.dump(rule, Dumper=Dumper, sort_keys=False, width=100, allow_unicode=True)


def main():
    path = HERE / "prometheusrule.yaml"
    if sys.argv[1:] == ["--check"]:
        if not path.is_file() or path.read_text() != generated():
            print(f"{path.name} is stale: run packaging/examples/kubernetes/generate.py")
            return 1
        return 0
    if sys.argv[1:]:
        sys.exit(__doc__)
    path.write_text(generated())
    return 0


if __name__ == "__main__":
    sys.exit(main())
