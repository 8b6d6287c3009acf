"""Panels of classic (v1) JSON, as Grafana 9 to 13 read them."""
import dataclasses

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SEVERITY_COLORS = {"critical": "dark-red", "high": "red", "medium": "orange", "low": "yellow",
                   "info": "blue"}


def target(expr, legend="", ref="A", instant=False, as_table=False):
    return {"datasource": DATASOURCE, "editorMode": "code", "expr": expr, "refId": ref,
            "legendFormat": legend or "__auto", "instant": instant, "range": not instant,
            "format": "table" if as_table else "time_series"}


def targets(*pairs, instant=False):
    """Of (legend, query)."""
    return [target(expr, legend, chr(ord("A") + number), instant)
            for number, (legend, expr) in enumerate(pairs)]


def panel(kind, title, description, asked, unit="short", defaults=None, overrides=(), **extra):
    fields = {"unit": unit} | (defaults or {})
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": asked, "fieldConfig": {"defaults": fields, "overrides": list(overrides)}
            } | extra


# --- what values mean ----------------------------------------------------------------------------

def steps(*pairs):
    """Colors from a value on; the first one's value is None."""
    return {"color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute",
                           "steps": [{"value": value, "color": color} for value, color in pairs]}}


def one_color(color):
    return steps((None, color))


def none_is_good(color="red"):
    """A cell without a value has the first color: of it nothing is known."""
    return steps((None, "transparent"), (0, "green"), (1, color))


# In seconds; a key that never expires has no value, and no color.
EXPIRES = steps((None, "transparent"), (-1e12, "dark-red"), (0, "orange"), (14 * 86400, "green"))


def mappings(*triples):
    """Of (value, text, color)."""
    return {"mappings": [{"type": "value", "options": {
        str(value): {"text": text, "color": color, "index": index}
        for index, (value, text, color) in enumerate(triples)}}]}


UP = (mappings((1, "up", "green"), (0, "DOWN", "dark-red"))
      | steps((None, "transparent"), (1, "green")))
FINE = (mappings((1, "fine", "green"), (0, "FAILS", "red"))
        | steps((None, "transparent"), (1, "green")))
CONNECTED = (mappings((1, "connected", "green"), (0, "away", "text"))
             | steps((None, "text"), (1, "green")))
SEVERITY = mappings(*((5 - place, name, color) for place, (name, color) in
                      enumerate(SEVERITY_COLORS.items())))


URGENCY = mappings((3, "critical", "dark-red"), (2, "warning", "orange"), (1, "info", "blue"))


def by_name(name, **properties):
    return {"matcher": {"id": "byName", "options": name},
            "properties": [{"id": key.replace("__", "."), "value": value}
                           for key, value in properties.items()]}


def link(title, url, new_tab=False):
    return {"title": title, "url": url, "targetBlank": new_tab}


# --- kinds of panels -----------------------------------------------------------------------------

def stat(title, description, asked, unit="short", defaults=None, overrides=(), color="background",
         text="auto"):
    """Of (legend, query). Asked for now alone: the last value of a gateway that went away is no
    value of now."""
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "colorMode": color, "graphMode": "none", "textMode": text, "justifyMode": "auto",
               "orientation": "auto"}
    return panel("stat", title, description, targets(*asked, instant=True), unit, defaults,
                 overrides, options=options)


def severities(title, description, query):
    """One tile for each severity, the worst first; query: severity to expression."""
    colors = [by_name(name, thresholds=none_is_good(color)["thresholds"])
              for name, color in SEVERITY_COLORS.items()]
    return stat(title, description, [(name, query(name)) for name in SEVERITY_COLORS],
                defaults=none_is_good(), overrides=colors)


def graph(title, description, asked, unit="short", defaults=None, mirrored=(), style=None,
          legend=True, overrides=()):
    """Of (legend, query). Names that match `mirrored` are drawn below zero, as what is sent.
    `legend`: with figures, at the right, as below it would show the first two; else names alone."""
    shown = ({"displayMode": "table", "placement": "right", "showLegend": True,
              "calcs": ["max", "lastNotNull"]} if legend else
             {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []})
    custom = {"lineWidth": 1, "fillOpacity": 0, "showPoints": "never", "drawStyle": "line",
              "lineInterpolation": "linear", "spanNulls": False} | (style or {})
    if unit in ("short", "cpm", "pps"):  # all zero is no scale to 100
        custom["axisSoftMax"] = 5
    below = {"matcher": {"id": "byRegexp", "options": mirrored},
             "properties": [{"id": "custom.transform", "value": "negative-Y"}]}
    fields = {"custom": custom, "color": {"mode": "palette-classic"}} | (defaults or {})
    return panel("timeseries", title, description, targets(*asked), unit,
                 fields if mirrored else {"min": 0} | fields,
                 [below, *overrides] if mirrored else overrides,
                 options={"legend": shown, "tooltip": {"mode": "multi", "sort": "desc"}})


STEPS = {"lineInterpolation": "stepAfter"}
STACKED_STEPS = STEPS | {"fillOpacity": 40, "stacking": {"mode": "normal", "group": "A"}}
# For what is seldom: a line of one point is not drawn.
STACKED_BARS = {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0,
                "stacking": {"mode": "normal", "group": "A"}}


def timeline(title, description, asked, meaning):
    """When it was so: one row a series, a color a state; a gap is a time without an answer."""
    return panel("state-timeline", title, description, targets(*asked),
                 defaults={"custom": {"lineWidth": 0, "fillOpacity": 80}} | meaning,
                 options={"mergeValues": True, "showValue": "never", "alignValue": "left",
                          "rowHeight": 0.8, "tooltip": {"mode": "single", "sort": "none"},
                          "legend": {"displayMode": "list", "placement": "bottom",
                                     "showLegend": False, "calcs": []}})


# --- tables --------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Label:
    """A column that shows a label; where it has several links a click asks which."""
    label: str
    title: str = ""
    links: tuple = ()
    width: int = 0

    def properties(self):
        found = {"links": list(self.links)} if self.links else {}
        return found | ({"custom__width": self.width} if self.width else {})


@dataclasses.dataclass(frozen=True)
class Value:
    """A column that shows a query's value; `colored`: the cell has the color of the meaning."""
    title: str
    expr: str
    unit: str = "short"
    meaning: dict = None
    colored: bool = False
    width: int = 0
    decimals: int = None

    def properties(self):
        found = {"unit": self.unit} | (self.meaning or {})
        if self.decimals is not None:
            found["decimals"] = self.decimals
        if self.width:
            found["custom__width"] = self.width
        if self.colored:  # the second is how Grafana 9.0 to 9.3 call it
            found |= {"custom__cellOptions": {"type": "color-background", "mode": "basic"},
                      "custom__displayMode": "color-background"}
        return found


def with_place(expr):
    """An answer without any netns has no such column, and would be merged into the rows of all."""
    return f'label_join({expr}, "place", "/", "netns", "interface")'


def table(title, description, columns, sort=None, hide=()):
    """One row for each set of labels that its queries share; columns in the order given.

    Labels that no column names are not shown, such as those that service discovery gives to a
    target (gateway, site); a link cannot read them either. `hide`: values that are 1 for every row.
    """
    values = [c for c in columns if isinstance(c, Value)]
    places = len(values) > 1 and any(isinstance(c, Label) and c.label == "netns" for c in columns)
    asked = [target(with_place(value.expr) if places else value.expr, "",
                    chr(ord("A") + number), instant=True, as_table=True)
             for number, value in enumerate(values)]
    field_of = {value.title: f"Value #{chr(ord('A') + number)}" if len(values) > 1 else "Value"
                for number, value in enumerate(values)}
    names = {(c.label if isinstance(c, Label) else field_of[c.title]): c.title or c.label
             for c in columns}
    for name in hide:
        del names[field_of[name]]
    organize = {"excludeByName": {},
                "indexByName": {name: place for place, name in enumerate(names)},
                "renameByName": {name: shown for name, shown in names.items() if name != shown}}
    transformations = [{"id": "merge", "options": {}}] if len(values) > 1 else []
    transformations += [
        {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
        {"id": "organize", "options": organize}]
    overrides = [by_name(c.title or c.label, **c.properties()) for c in columns
                 if c.properties() and c.title not in hide]
    options = {"showHeader": True, "cellHeight": "sm",
               "sortBy": [{"displayName": name.lstrip("-"), "desc": name.startswith("-")}
                          for name in (sort or "").split(", ") if name]}
    return panel("table", title, description, asked,
                 defaults={"custom": {"align": "auto", "filterable": True, "inspect": False}},
                 overrides=overrides, options=options, transformations=transformations)
