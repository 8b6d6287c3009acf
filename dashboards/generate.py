#!/usr/bin/env python3
"""Writes gateway.json, the Grafana dashboard, beside this file; with --check says if it is stale.

Classic (v1) JSON, which Grafana 9 to 13 load. The queries live here once, the JSON is generated: edit
this file, run it, commit both.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
TARGET = 'job=~"$job", instance=~"$instance"'
SELECT = f'{TARGET}, netns=~"$netns", interface=~"$interface"'
ON = "on (job, instance, netns, interface, public_key)"
INFO = f'wireguard_peer_info{{{SELECT}, principal=~"$principal"}}'
# A peer's series with its principal: the one join that the metrics are made for.
NAMED = f"* {ON} group_left (principal) {INFO}"
SEVERITY_COLORS = {"critical": "dark-red", "high": "red", "medium": "orange", "low": "yellow",
                   "info": "blue"}


def rate(metric, selector=SELECT):
    return f"rate({metric}{{{selector}}}[$__rate_interval])"


def target(expr, legend="", table=False, ref="A"):
    return {"datasource": DATASOURCE, "editorMode": "code", "expr": expr, "refId": ref,
            "legendFormat": legend, "instant": table, "range": not table,
            "format": "table" if table else "time_series"}


def panel(kind, title, description, targets, unit="short", defaults=None, overrides=(), **extra):
    fields = {"unit": unit, "noValue": "none"} | (defaults or {})
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": targets, "fieldConfig": {"defaults": fields, "overrides": list(overrides)}
            } | extra


def steps(*pairs):
    return {"thresholds": {"mode": "absolute",
                           "steps": [{"value": value, "color": color} for value, color in pairs]}}


def stat(title, description, expr, unit="short", legend="", defaults=None, overrides=()):
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "colorMode": "background", "graphMode": "none", "textMode": "auto",
               "justifyMode": "auto", "orientation": "auto"}
    return panel("stat", title, description, [target(expr, legend)], unit, defaults, overrides,
                 options=options)


def graph(title, description, targets, unit="short", defaults=None):
    options = {"legend": {"displayMode": "table", "placement": "bottom", "showLegend": True,
                          "calcs": ["mean", "max", "lastNotNull"]},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    style = {"custom": {"lineWidth": 1, "fillOpacity": 10, "showPoints": "never"}, "min": 0}
    return panel("timeseries", title, description, targets, unit, style | (defaults or {}),
                 options=options)


def table(title, description, expr, unit="short", hide=(), names=None, defaults=None):
    hidden = {name: True for name in ("Time", "__name__", "job", *hide)}
    transformations = [{"id": "organize", "options": {"excludeByName": hidden,
                                                      "renameByName": names or {}}}]
    return panel("table", title, description, [target(expr, table=True)], unit, defaults,
                 options={"showHeader": True}, transformations=transformations)


def severity_overrides():
    return [{"matcher": {"id": "byName", "options": severity},
             "properties": [{"id": "thresholds", "value": steps(
                 (None, "green"), (1, color))["thresholds"]}]}
            for severity, color in SEVERITY_COLORS.items()]


def findings_expr():
    finding = f"wgaudit_finding{{{SELECT}}}"
    # Findings about no peer (a collector, a record that is not configured) have nothing to join.
    return (f"({finding} {NAMED}) or on (job, instance, netns, interface, rule, severity, "
            f"public_key, subject) ({finding} unless {ON} wireguard_peer_info{{{SELECT}}})")


def wrong_panels():
    open_findings = f"sum by (severity) (wgaudit_open_findings{{{TARGET}}})"
    return [
        (8, 5, stat("Open findings",
                    "Findings that are open and not accepted, by severity. 0 everywhere is good.",
                    open_findings, legend="{{severity}}", defaults=steps((None, "green")),
                    overrides=severity_overrides())),
        (4, 5, stat("Exporters up", "Share of the selected exporters that answer Prometheus.",
                    f"avg(up{{{TARGET}}})", "percentunit",
                    defaults=steps((None, "red"), (1, "green")))),
        (12, 5, graph("Open findings over time",
                      "How many findings were open, by rule; rules without one are left out.",
                      [target(f"sum by (rule) (wgaudit_open_findings{{{TARGET}}}) > 0",
                              "{{rule}}")])),
        (24, 8, table("Findings",
                      "Every open finding with the name of the principal whose key it is about. "
                      "The runbook of its alert says what to do.",
                      findings_expr(), hide=("Value",),
                      names={"instance": "gateway", "netns": "namespace",
                             "public_key": "key"})),
    ]


def peer_panels():
    age = f"(time() - wireguard_peer_last_handshake_timestamp_seconds{{{SELECT}}}) {NAMED}"
    return [
        (4, 6, stat("Peers", "Peers that are configured on the selected interfaces.",
                    f"sum(wireguard_interface_peers{{{SELECT}}})",
                    defaults=steps((None, "blue")))),
        (4, 6, stat("Active peers", "Peers with a session, that is with a fresh handshake.",
                    f"sum(wireguard_interface_active_peers{{{SELECT}}})",
                    defaults=steps((None, "blue")))),
        (16, 6, graph("Active peers by interface",
                      "A fall on one interface alone is a line or a firewall; on all, the gateway.",
                      [target(f"wireguard_interface_active_peers{{{SELECT}}}",
                              "{{instance}} {{netns}} {{interface}}")])),
        (12, 8, table("Oldest handshakes",
                      "The 20 peers whose newest handshake is oldest. Normal for a laptop that "
                      "sleeps; for a peer that must always be connected see Findings.",
                      f"topk(20, {age})", "s",
                      names={"instance": "gateway", "netns": "namespace", "public_key": "key",
                             "Value": "age"})),
        (12, 8, graph("Sessions that began",
                      "New sessions by principal, the 10 with most: a peer that reconnects all the "
                      "time has a bad line, or its key is used twice.",
                      [target("topk(10, sum by (principal) (increase("
                              f"wireguard_peer_sessions_total{{{SELECT}}}[$__rate_interval]) "
                              f"{NAMED}))", "{{principal}}")])),
    ]


def traffic_panels():
    def by_principal(direction):
        metric = f"wireguard_peer_{direction}_bytes_total"
        return [target(f"topk(10, sum by (principal) ({rate(metric)} {NAMED}))", "{{principal}}")]

    return [
        (12, 8, graph("Received by principal",
                      "What the gateway receives from its peers: the 10 principals with most.",
                      by_principal("receive"), "Bps")),
        (12, 8, graph("Sent by principal",
                      "What the gateway sends to its peers: the 10 principals with most.",
                      by_principal("transmit"), "Bps")),
        (12, 7, graph("Interface traffic", "Inner traffic of the links, by the kernel's statistics.",
                      [target(rate("wireguard_interface_receive_bytes_total"),
                              "{{instance}} {{netns}} {{interface}} received"),
                       target(rate("wireguard_interface_transmit_bytes_total"),
                              "{{instance}} {{netns}} {{interface}} sent", ref="B")], "Bps")),
        (12, 7, graph("Interface drops and errors",
                      "Packets that the links dropped or failed on, both directions.",
                      [target(" + ".join(rate(f"wireguard_interface_{name}_total") for name in (
                          "receive_errors", "transmit_errors", "receive_drops", "transmit_drops")),
                              "{{instance}} {{netns}} {{interface}}")], "pps")),
    ]


def collector_panels():
    source = f'{TARGET}, netns=~"$netns"'
    legend = "{{instance}} {{netns}} {{collector}}"
    return [
        (8, 6, stat("Collectors",
                    "Whether the last poll could read each collector and namespace: 1 yes, 0 no.",
                    f"wgaudit_collector_success{{{source}}}", legend=legend,
                    defaults=steps((None, "red"), (1, "green")))),
        (8, 6, stat("Last read", "How long ago each collector was last read successfully.",
                    f"time() - wgaudit_collector_last_success_timestamp_seconds{{{source}}}", "s",
                    legend, steps((None, "green"), (30, "orange"), (60, "red")))),
        (8, 6, graph("Time to read", "How long a poll takes to read each collector and namespace.",
                     [target(f"wgaudit_collector_duration_seconds{{{source}}}", legend)], "s")),
        (8, 6, graph("Retries", "Tries beyond the first, by reason: a dump that was interrupted by "
                     "a change is normal, many of them mean that something changes all the time.",
                     [target(rate("wgaudit_collector_retries_total", TARGET),
                             "{{instance}} {{collector}} {{reason}}")], "cps")),
        (8, 6, graph("CPU of the exporter", "CPU seconds a second, of the main process.",
                     [target(rate("process_cpu_seconds_total", TARGET), "{{instance}}")],
                     "percentunit")),
        (8, 6, graph("Memory of the exporter", "Resident memory of the main process.",
                     [target(f"process_resident_memory_bytes{{{TARGET}}}", "{{instance}}")],
                     "bytes")),
    ]


def delivery_panels():
    sink = "{{instance}} {{sink}}"
    waits = f"time() - wgaudit_sink_oldest_pending_event_timestamp_seconds{{{TARGET}}}"
    return [
        (4, 6, stat("State", "Whether what is known can be written: 1 yes, 0 no. While it cannot, "
                    "events wait and findings go on.",
                    f"wgaudit_state_up{{{TARGET}}}", legend="{{instance}}",
                    defaults=steps((None, "red"), (1, "green")))),
        (4, 6, stat("Sinks", "Whether the last delivery to each sink succeeded: 1 yes, 0 no.",
                    f"wgaudit_sink_up{{{TARGET}}}", legend=sink,
                    defaults=steps((None, "red"), (1, "green")))),
        (4, 6, stat("Last written", "How long ago the state database was last written; 30 seconds "
                    "are normal.",
                    f"time() - wgaudit_state_last_commit_timestamp_seconds{{{TARGET}}}", "s",
                    "{{instance}}", steps((None, "green"), (120, "orange"), (300, "red")))),
        (4, 6, stat("Events lost", "Events that were dropped before every sink had them, in the hour "
                    "before. 0 is good.",
                    f"increase(wgaudit_events_lost_total{{{TARGET}}}[1h])",
                    legend="{{instance}}",
                    defaults={"decimals": 0} | steps((None, "green"), (0.5, "red")))),
        (8, 6, graph("Events by action", "What happened: events a second, the 10 actions with most.",
                     [target("topk(10, sum by (action) "
                             f"({rate('wgaudit_events_total', TARGET)}))", "{{action}}")], "cps")),
        (8, 6, graph("Events that wait", "Committed and not yet delivered, by sink.",
                     [target(f"wgaudit_sink_pending_events{{{TARGET}}}", sink)])),
        (8, 6, graph("Age of the oldest event that waits", "0 where none waits; a line that rises "
                     "is a sink that takes nothing.",
                     [target(f"{waits} or 0 * wgaudit_sink_up{{{TARGET}}}", sink)], "s")),
        (8, 6, graph("Deliveries and failures", "Events delivered and deliveries that failed, by "
                     "sink.",
                     [target(rate("wgaudit_sink_delivered_events_total", TARGET),
                             sink + " delivered"),
                      target(rate("wgaudit_sink_failures_total", TARGET), sink + " failed",
                             ref="B")], "cps")),
        (8, 6, graph("Size of the state database", "The database and its write-ahead log.",
                     [target(f"wgaudit_state_size_bytes{{{TARGET}}}", "{{instance}}")], "bytes")),
        (8, 6, stat("Inventory", "Whether the inventory was accepted when it was last loaded: "
                    "1 yes, 0 no (the last good one is in force).",
                    f"wgaudit_inventory_last_reload_successful{{{TARGET}}}", legend="{{instance}}",
                    defaults=steps((None, "red"), (1, "green")))),
        (8, 6, stat("Inventory loaded", "How long ago the inventory in force was loaded.",
                    "time() - wgaudit_inventory_last_reload_success_timestamp_seconds"
                    f"{{{TARGET}}}", "s", "{{instance}}", steps((None, "blue")))),
    ]


def query_variable(name, label, query):
    return {"type": "query", "name": name, "label": label, "datasource": DATASOURCE,
            "query": {"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1,
            "multi": True, "includeAll": True, "allValue": ".+" if name in ("job", "instance")
            else ".*", "current": {"text": "All", "value": "$__all"}, "regex": "", "hide": 0,
            "options": [], "skipUrlSync": False}


def variables():
    principal = {"text": ".*", "value": ".*", "selected": True}
    return [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus",
         "current": {}, "hide": 0, "includeAll": False, "multi": False, "options": [],
         "refresh": 1, "regex": "", "skipUrlSync": False},
        query_variable("job", "Job", "label_values(wgaudit_open_findings, job)"),
        query_variable("instance", "Gateway",
                       'label_values(wgaudit_open_findings{job=~"$job"}, instance)'),
        query_variable("netns", "Namespace",
                       f"label_values(wireguard_interface_info{{{TARGET}}}, netns)"),
        query_variable("interface", "Interface",
                       f'label_values(wireguard_interface_info{{{TARGET}, netns=~"$netns"}}, '
                       "interface)"),
        # Typed, not listed: a list of 50,000 principals hangs the browser.
        {"type": "textbox", "name": "principal", "label": "Principal (regex)", "query": ".*",
         "current": principal, "options": [principal], "hide": 0, "skipUrlSync": False},
    ]


def annotations():
    return {"list": [{
        "name": "Alerts", "enable": True, "hide": False, "iconColor": "red",
        "datasource": DATASOURCE, "titleFormat": "{{alertname}}", "textFormat": "{{instance}}",
        "expr": 'ALERTS{alertname=~"WireGuard.+", alertstate="firing", ' + TARGET + "}"}]}


def layout():
    """Rows of panels from left to right, with ids and positions."""
    panels, y = [], 0
    for title, content in (("What is wrong", wrong_panels()), ("Peers", peer_panels()),
                           ("Traffic", traffic_panels()), ("Collectors", collector_panels()),
                           ("State, events and sinks", delivery_panels())):
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        x, y, tallest = 0, y + 1, 0
        for width, height, body in content:
            if x + width > 24:
                x, y, tallest = 0, y + tallest, 0
            panels.append(body | {"gridPos": {"h": height, "w": width, "x": x, "y": y}})
            x, tallest = x + width, max(tallest, height)
        y += tallest
    for number, body in enumerate(panels, 1):
        body["id"] = number
    return panels


def dashboard():
    return {"uid": "wgaudit-gateway", "title": "WireGuard: Gateway", "tags": ["wireguard", "wgaudit"],
            "description": "Who is on a WireGuard gateway, and what is wrong there.",
            "schemaVersion": 38, "version": 1, "editable": False, "graphTooltip": 1,
            "refresh": "30s", "time": {"from": "now-3h", "to": "now"}, "timezone": "browser",
            "templating": {"list": variables()}, "annotations": annotations(), "links": [],
            "panels": layout()}


def main():
    path = HERE / "gateway.json"
    text = json.dumps(dashboard(), indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        path.write_text(text)
        return 0
    if path.is_file() and path.read_text() == text:
        return 0
    print(f"{path} is stale: run {HERE / 'generate.py'}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
