"""A whole dashboard: its variables, links, annotations, and where its panels are."""
from lib.panel import DATASOURCE, link
from lib.query import FIRING, NETNS, TARGET

CARRIED = "${__url_time_range}&var-datasource=${datasource}&${job:queryparam}"


def to_gateway(field="instance"):
    return link("Dashboard of this gateway", f"/d/wgaudit-gateway?{CARRIED}"
                f"&var-instance=${{__data.fields.{field}:percentencode}}")


def to_principal():
    """By a key of theirs: a name is free text, and Grafana has no way to make a regular expression
    of it that also survives being a part of a link."""
    return link("All of this principal", f"/d/wgaudit-principal?{CARRIED}"
                "&var-principal=.*&var-key=${__data.fields.public_key:percentencode}")


def to_page():
    """The exporter serves it beside /metrics; asks for a login where it is not on loopback."""
    return link("The gateway's own page", "${scheme}://${__data.fields.instance}/", new_tab=True)


GATEWAY_LINKS = (to_gateway(), to_page())


def query_variable(name, label, query, all_value=".*"):
    return {"type": "query", "name": name, "label": label, "datasource": DATASOURCE,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1,
            "multi": True, "includeAll": True, "allValue": all_value,
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}, "regex": "",
            "hide": 0, "options": [], "skipUrlSync": False}


def option(value, selected=False, text=None):
    return {"text": value if text is None else text, "value": value, "selected": selected}


def text_variable(name, label, value):
    return {"type": "textbox", "name": name, "label": label, "query": value,
            "current": option(value, True), "options": [option(value, True)], "hide": 0,
            "skipUrlSync": False}


def choice(name, label, *pairs):
    """One of (text, value), the first to begin with. Grafana escapes such values as little as typed
    ones: they may be regular expressions."""
    options = [option(value, not place, text) for place, (text, value) in enumerate(pairs)]
    query = ",".join(text if text == value else f"{text} : {value}" for text, value in pairs)
    return {"type": "custom", "name": name, "label": label, "query": query, "current": options[0],
            "options": options, "hide": 0, "includeAll": False, "multi": False,
            "skipUrlSync": False}


def variables(*names):
    """datasource, job, instance and scheme always, of the others those that are named; with
    netns what no list of its values has: the namespace without a name."""
    everything = [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus",
         "current": option("default", True), "hide": 0, "includeAll": False, "multi": False,
         "options": [], "refresh": 1, "regex": "", "skipUrlSync": False},
        query_variable("job", "Job", "label_values(wgaudit_build_info, job)", ".+"),
        # Of up, not of a metric of the exporter: one that was never reached is to be found too.
        query_variable("instance", "Instance", 'label_values(up{job=~"$job"}, instance)', ".+"),
        choice("namespaces", "Namespaces", ("all", ".*"), ("the exporter's own", "()"),
               ("others", ".+")),
        query_variable("netns", "Namespace",
                       f"label_values(wireguard_interface_info{{{TARGET}}}, netns)"),
        query_variable("interface", "Interface",
                       f"label_values(wireguard_interface_info{{{TARGET}, {NETNS}}}, interface)"),
        # A list of 50,000 names hangs a browser.
        text_variable("principal", "Principal (regex)", ".*"),
        text_variable("key", "Key, or a part of it", ""),
        choice("scheme", "Gateway's page by", ("http", "http"), ("https", "https")),
    ]
    shown = {"datasource", "job", "instance", "scheme", *names}
    if "netns" in names:
        shown.add("namespaces")
    return [variable for variable in everything if variable["name"] in shown]


def annotations():
    return {"list": [{
        "name": "Alerts", "enable": True, "hide": False, "iconColor": "red",
        "datasource": DATASOURCE, "titleFormat": "{{alertname}}", "textFormat":
        "{{gateway}} {{instance}} {{interface}} {{principal}}", "tagKeys": "severity",
        "step": "60s", "expr": FIRING}]}


def links():
    """To the others, with what is chosen here and its time."""
    return [{"type": "dashboards", "title": "WireGuard", "tags": ["wgaudit"], "asDropdown": False,
             "includeVars": True, "keepTime": True, "targetBlank": False, "icon": "external link",
             "tooltip": "", "url": ""}]


def layout(rows):
    """Rows of (width, height, panel) from left to right, with ids and positions."""
    panels, y = [], 0
    for title, content in rows:
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


def dashboard(name, title, description, rows, names=(), since="now-6h"):
    return {"uid": f"wgaudit-{name}", "title": f"WireGuard: {title}",
            "tags": ["wireguard", "wgaudit"], "description": description,
            "schemaVersion": 38, "version": 1, "editable": False, "graphTooltip": 1,
            "refresh": "30s", "time": {"from": since, "to": "now"}, "timezone": "browser",
            "templating": {"list": variables(*names)}, "annotations": annotations(),
            "links": links(), "panels": layout(rows)}
