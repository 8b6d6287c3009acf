#!/usr/bin/env python3
"""Lints dashboards/*.json: the rules of Grafana's dashboard-linter that are about Prometheus
(github.com/grafana/dashboard-linter, docs/index.md; its name of the rule is kept), stricter in that
they hold for every kind of panel, and rules of our own (ours-…).

usage: tests/dashboards/lint.py [FILE …]    exit 1 with a line for each thing found
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import promql  # noqa: E402
import yaml  # noqa: E402

FILES = sorted((ROOT / "dashboards").glob("*.json"))
# Each is one of @grafana/data (tests/dashboards/draw says so of a unit that is not).
UNITS = {"none", "short", "percentunit", "s", "bytes", "Bps", "pps", "cpm", "hex", "hex0x"}
SAMPLE = {"__rate_interval": "5m", "__range": "6h", "__interval": "1m", "job": ".+",
          "instance": ".+", "namespaces": ".*", "netns": ".*", "interface": ".*",
          "principal": ".*", "key": ""}
# Of Prometheus itself, with their labels beside job and instance.
PROMETHEUS = {"up": {"gateway"}, "scrape_duration_seconds": set(), "scrape_samples_scraped": set(),
              "ALERTS": {"alertname", "alertstate", "severity"}}


# A question about jobs, not about instances.
OF_JOBS = re.compile(r"group by \(job\) \(\w+\{[^{}]*\}(?: @ end\(\))?\)")
# Where what is chosen would give a wrong answer, and why.
OF_ANY_INSTANCE = {("Gateways of the inventory A", "up"):
                   "whether it is scraped: by a target of whatever name"}


def panels(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def shown(board):
    return [panel for panel in panels(board) if panel["type"] != "row"]


def targets(board):
    for panel in shown(board):
        for target in panel.get("targets", []):
            yield panel, target


def variables(board):
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def queries(board):
    """(where, expression) of panels and annotations."""
    for panel, target in targets(board):
        yield f"{panel['title']} {target['refId']}", target["expr"]
    for annotation in board["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["expr"]


def known_metrics():
    """Name to labels, by the table that /metrics is made of."""
    found = {name: set(labels) for name, labels in PROMETHEUS.items()}
    page = (ROOT / "exporter/metrics/METRICS.md").read_text(encoding="utf-8")
    for name, labels in re.findall(r"^\| `(\w+)` \| \w+ \| \w* \| ([^|]*) \|", page, re.M):
        found[name] = set(re.findall(r"`(\w+)`", labels))
        # As Prometheus renames what the target has too (`wgaudit inventory sd`).
        found[name] |= {f"exported_{label}" for label in found[name] & PROMETHEUS["up"]}
    rules = yaml.safe_load((ROOT / "alerts/recording.rules.yml").read_text(encoding="utf-8"))
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        found[rule["record"]] = {"netns", "interface", "public_key", "principal"}
    return found


# --- dashboard-linter ----------------------------------------------------------------------------

def template_datasource_rule(board):
    sources = [v for v in board["templating"]["list"] if v["type"] == "datasource"]
    if [v["name"] for v in sources] != ["datasource"]:
        yield "not one data source variable of the name datasource"
    for source in sources:
        if source["label"] != "Data source" or source["query"] != "prometheus":
            yield "the variable datasource is not labelled Data source, or not of prometheus"


def template_of_target(board, name):
    variable = variables(board).get(name)
    if variable is None:
        yield f"no variable {name}"
        return
    wanted = {"type": "query", "multi": True, "allValue": ".+", "label": name.capitalize()}
    for key, value in wanted.items():
        if variable.get(key) != value:
            yield f"variable {name}: {key} is {variable.get(key)!r}, not {value!r}"
    if variable["datasource"].get("uid") != "${datasource}":
        yield f"variable {name} does not use ${{datasource}}"


def template_job_rule(board):
    yield from template_of_target(board, "job")


def template_instance_rule(board):
    yield from template_of_target(board, "instance")


def template_label_promql_rule(board):
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and not re.fullmatch(
                r"label_values\(.+, \w+\)", variable["query"]["query"]):
            yield f"variable {variable['name']}: {variable['query']['query']}"


def template_on_time_change_reload_rule(board):
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and variable["refresh"] != 2:
            yield f"variable {variable['name']} is not refreshed when the time range changes"


def panel_datasource_rule(board):
    for panel in shown(board):
        for what in (panel, *panel.get("targets", [])):
            if what.get("datasource", {}).get("uid") != "${datasource}":
                yield f"{panel['title']}: does not use ${{datasource}}"


def panel_title_description_rule(board):
    for panel in shown(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']} ({panel.get('title')}): no title or no description"


def units_of(panel):
    config = panel["fieldConfig"]
    yield config["defaults"].get("unit", "")
    for override in config["overrides"]:
        yield from (p["value"] for p in override["properties"] if p["id"] == "unit")


def panel_units_rule(board):
    for panel in shown(board):
        for unit in units_of(panel):
            if unit not in UNITS:
                yield f"{panel['title']}: unit {unit!r}"


def panel_no_targets_rule(board):
    for panel in shown(board):
        if not panel.get("targets"):
            yield f"{panel['title']}: no targets"


def target_promql_rule(board):
    """promtool reads them, as recording rules."""
    asked = [(where, promql.substituted(expr, SAMPLE)) for where, expr in queries(board)]
    asked += [(f"variable {v['name']}", promql.substituted(v["query"]["query"][13:], SAMPLE)
               .rpartition(",")[0]) for v in board["templating"]["list"] if v["type"] == "query"]
    rules = [{"record": f"query_{number}", "expr": expr} for number, (_, expr) in enumerate(asked)]
    for where, expr in asked:
        if "$" in expr:
            yield f"{where}: a variable that is not known: {expr}"
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}, file)
        file.flush()
        done = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True,
                              text=True, timeout=60, check=False)
    if done.returncode != 0:
        for place in set(re.findall(r'"query_(\d+)"|rule (\d+)', done.stderr)) or [("", "")]:
            number = int(place[0] or int(place[1] or 1) - 1)
            yield f"{asked[number][0]}: not PromQL: {done.stderr.strip()[-200:]}"


def target_rate_interval_rule(board):
    for where, expr in queries(board):
        for function, duration in promql.ranges(expr):
            if function in ("rate", "irate") and duration != "$__rate_interval":
                yield f"{where}: {function} over {duration}, not $__rate_interval"
            if duration == "$__rate_interval" and function not in ("rate", "irate", "increase"):
                yield f"{where}: $__rate_interval in {function or 'no function'}"


def target_matches(board, label):
    for where, expr in queries(board):
        if label == "instance":
            expr = OF_JOBS.sub("vector(1)", expr)
        for name in promql.bare_metrics(expr):
            yield f"{where}: {name} has no matcher for {label}"
        for name, matchers in promql.selectors(expr):
            # An alert about the fleet has none of them.
            wanted = {f"${label}"} | ({f"${label}|"} if name == "ALERTS" else set())
            if matchers.get(label) not in {("=~", value) for value in wanted} \
                    and (label == "job" or (where, name) not in OF_ANY_INSTANCE):
                yield f"{where}: {name} has no {label}=~\"${label}\""


def target_job_rule(board):
    yield from target_matches(board, "job")


def target_instance_rule(board):
    yield from target_matches(board, "instance")


def target_counter_agg_rule(board):
    for where, expr in queries(board):
        counted = re.findall(r"(\w+)\(\s*\w+_total\{[^}]*\}\[", expr)
        if len(counted) != len(re.findall(r"\b\w+_total\b", promql.without_strings(expr))) \
                or set(counted) - {"rate", "irate", "increase"}:
            yield f"{where}: a counter outside of rate, irate or increase"


def uneditable_dashboard(board):
    if board.get("editable") is not False:
        yield "is editable"


# --- ours ----------------------------------------------------------------------------------------

def ours_metrics_are_known(board):
    known = known_metrics()
    for where, expr in queries(board):
        for name, matchers in promql.selectors(expr):
            if name not in known:
                yield f"{where}: there is no metric {name}"
            elif extra := set(matchers) - known[name] - {"job", "instance"}:
                yield f"{where}: {name} has no label {', '.join(sorted(extra))}"


def ours_labels_are_known(board):
    """Those that legends, columns and links show."""
    known = {"job", "instance", *set().union(*known_metrics().values())}
    text = json.dumps(board)
    shown_ones = set(re.findall(r"{{(\w+)}}", text))
    shown_ones |= set(re.findall(r"\${__(?:data\.fields|field\.labels)\.(\w+)", text))
    for panel in shown(board):
        for change in panel.get("transformations", []):
            columns = change["options"].get("indexByName", {})
            shown_ones |= {name for name in columns if not name.startswith("Value")}
    for name in sorted(shown_ones - known):
        yield f"there is no label {name}"


def ours_variables_are_defined_and_used(board):
    text = json.dumps([board["panels"], board["annotations"],
                       [v["query"] for v in board["templating"]["list"]]])
    used = set(re.findall(r"\$\{?(\w+)", text))
    names = set(variables(board))
    for name in sorted(used - names - {name for name in used if name.startswith("__")}):
        yield f"the variable {name} is used and not defined"
    for name in sorted(names - used):
        yield f"the variable {name} is defined and not used"


def ours_peers_are_bounded(board):
    """50,000 series hang a browser: what shows peers takes the top of them or adds them up."""
    for where, expr in queries(board):
        if "wireguard_peer_" in expr and "wgaudit_finding{" not in expr and \
                not re.search(r"\b(topk|bottomk|sum|count|min|max)\b", expr):
            yield f"{where}: a series a peer, without a bound"


def ours_fleets_are_bounded(board):
    """Nor a line for each of a thousand gateways, nor a row for each of their findings."""
    for panel, target in targets(board):
        many = re.search(r"{{(instance|principal)}}", target["legendFormat"]) or (
            panel["type"] == "table" and "wgaudit_finding{" in target["expr"])
        if many and not re.search(r"\b(topk|bottomk)\b", target["expr"]):
            yield f"{panel['title']} {target['refId']}: a series a gateway, without a bound"


def columns(panel):
    """Those that are left when the transformations are done, by their first names."""
    changes = {change["id"]: change["options"] for change in panel["transformations"]}
    return (changes.get("filterFieldsByName", {}).get("include", {}).get("names"),
            list(changes["organize"]["indexByName"]))


def ours_columns_are_named(board):
    """What is not named is not shown: targets have labels that nobody here can know."""
    for panel in shown(board):
        if panel["type"] == "table":
            kept, ordered = columns(panel)
            if kept != ordered:
                yield f"{panel['title']}: keeps {kept}, and orders {ordered}"


def ours_links_have_their_fields(board):
    for panel in shown(board):
        for field in re.findall(r"\${__data\.fields\.(\w+)", json.dumps(panel["fieldConfig"])):
            if field not in (columns(panel)[0] or ()):
                yield f"{panel['title']}: a link by {field}, which is no column"


def ours_layout(board):
    ids = [panel["id"] for panel in panels(board)]
    if len(set(ids)) != len(ids):
        yield "two panels with one id"
    places = [(panel["title"], panel["gridPos"]) for panel in panels(board)]
    for title, place in places:
        if place["x"] + place["w"] > 24:
            yield f"{title}: wider than the grid"
    for (one, a), (other, b) in itertools.combinations(places, 2):
        if a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and \
                a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]:
            yield f"{one} and {other} overlap"


def ours_links_lead_somewhere(board):
    uids = {json.loads(path.read_text(encoding="utf-8"))["uid"] for path in FILES}
    for uid in re.findall(r'"url": "/d/([\w-]+)', json.dumps(board)):
        if uid not in uids:
            yield f"a link to a dashboard that is not there: {uid}"
    tags = {tag for link in board["links"] for tag in link["tags"]}
    if not tags or not tags <= set(board["tags"]):
        yield "no links to the dashboards of the same tag"


def ours_alerts_are_annotated(board):
    if not any('instance=~"$instance|"' in a["expr"] for a in board["annotations"]["list"]
               if "ALERTS{" in a["expr"]):
        yield "no annotation of the alerts, those about the fleet too"


RULES = {name.replace("_", "-"): rule for name, rule in list(globals().items())
         if re.match(r"(template|panel|target)_\w+_rule$|uneditable_|ours_", name)}


def lint(board):
    return [f"{name}: {found}" for name, rule in RULES.items() for found in rule(board)]


def main():
    files = [pathlib.Path(name) for name in sys.argv[1:]] or FILES
    count = found = 0
    for path in files:
        board = json.loads(path.read_text(encoding="utf-8"))
        count += len(shown(board))
        for line in lint(board):
            found += 1
            print(f"{path.name}: {line}")
    print(f"{len(files)} dashboards, {count} panels, {len(RULES)} rules: {found} lint findings")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
