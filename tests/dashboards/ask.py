"""Asks a Prometheus what Grafana would ask it for a dashboard."""
import copy
import json
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import promql  # noqa: E402


# Absent where they are empty. That of the only interface in sight may have no netns at all.
MAY_BE_EMPTY = {"interface", "principal", "principal_device"}


def typed(value):
    """As Grafana puts into a query what was typed, or is the one choice (its function
    prometheusRegularEscape): it may be a regular expression."""
    return value.replace("\\", "\\\\").replace("'", "\\\\'")


def chosen(*values):
    """As where there may be several (its prometheusSpecialRegexEscape)."""
    escaped = [re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\" * 4))
               for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


class Prometheus:
    def __init__(self, address):
        self.url = f"http://{address}/api/v1"

    def get(self, path, **query):
        url = f"{self.url}/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=120) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is still starting
                raise
            raise RuntimeError(f"{query}: {json.load(error)['error']}") from error


class Span:
    """The time range of a dashboard, and what its variables are set to."""

    def __init__(self, begin, end, scrape_interval, points=400):
        self.begin, self.end = begin, end
        self.step = max(scrape_interval, round((end - begin) / points))
        self.values = {  # $__rate_interval as Grafana has it: the step and a scrape, at least four
            "__rate_interval": f"{max(self.step + scrape_interval, 4 * scrape_interval)}s",
            "__range": f"{round(end - begin)}s", "__interval": f"{self.step}s", "job": ".+",
            "instance": ".+", "namespaces": ".*", "netns": ".*", "interface": ".*",
            "principal": ".*", "key": ""}

    def with_values(self, **values):
        other = copy.copy(self)
        other.values = self.values | values
        return other


def series(prometheus, target, span):
    """[{"metric", "values": [[time, text], …]}]"""
    expr = promql.substituted(target["expr"], span.values)
    if "$" in expr:
        raise RuntimeError(f"a variable is left: {expr}")
    if not target.get("instant"):
        return prometheus.get("query_range", query=expr, start=span.begin, end=span.end,
                              step=span.step)["result"]
    found = prometheus.get("query", query=expr, time=span.end)["result"]
    return [{"metric": one["metric"], "values": [one["value"]]} for one in found]


def wanted_labels(panel, target):
    """Those that a legend, a column or a link shows."""
    found = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
    if panel["type"] == "table":
        for change in panel["transformations"]:
            if change["id"] == "organize":
                found |= set(change["options"]["indexByName"])
    return {name for name in found if not name.startswith("Value")} - {"netns"}


def missing_labels(panel, asked):
    """asked: of each target of the panel its series. All must have the labels of the legend, but
    for those that may be empty, which are absent then. A column may be of one query alone."""
    if panel["type"] == "table":
        there = set().union(*(one["metric"] for found in asked for one in found))
        return wanted_labels(panel, panel["targets"][0]) - there
    lacking = set()
    for target, found in zip(panel["targets"], asked, strict=True):
        names = [set(one["metric"]) for one in found]
        wanted = wanted_labels(panel, target)
        if names:
            lacking |= (wanted - MAY_BE_EMPTY) - set.intersection(*names)
            lacking |= (wanted & MAY_BE_EMPTY) - set.union(*names)
    return lacking


def variable_values(prometheus, variable, span):
    selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)",
                                   variable["query"]["query"]).groups()
    return prometheus.get(f"label/{label}/values", start=span.begin, end=span.end,
                          **{"match[]": promql.substituted(selector, span.values)})
