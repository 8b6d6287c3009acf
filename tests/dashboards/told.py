"""What dashboards must tell of the scene (scene.py), beside that no query of theirs is empty."""
import pathlib
import re
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ask  # noqa: E402
import lint  # noqa: E402
import scene  # noqa: E402

FLEET_ALERT = "WireGuardKeyOnTwoGateways"  # has neither job nor instance


class Asker:
    """Asks panels by dashboard and title, with what is chosen."""

    def __init__(self, prometheus, span):
        self.prometheus, self.span = prometheus, span
        self.boards = {path.stem: lint.json.loads(path.read_text(encoding="utf-8"))
                       for path in lint.FILES}

    def panel(self, board, title):
        return next(panel for panel in lint.shown(self.boards[board]) if panel["title"] == title)

    def series(self, target, **values):
        return ask.series(self.prometheus, target, self.span.with_values(**values))

    def target(self, board, title, number=0, **values):
        """[(labels, last value)] of one of its queries."""
        return [(one["metric"], float(one["values"][-1][1])) for one in
                self.series(self.panel(board, title)["targets"][number], **values)]

    def tiles(self, board, title, **values):
        return [value for number in range(len(self.panel(board, title)["targets"]))
                for _, value in self.target(board, title, number, **values)]


def silence(asker):
    """lon1 was never reached: chosen alone it is silent, not absent."""
    told = asker.tiles("gateway", "Gateways", instance=ask.chosen("lon1:9586"))
    if told != [0, 1]:
        yield f"of lon1 alone, those that answer and those that are silent: {told}"
    if (told := asker.tiles("fleet", "Gateways without an answer")) != [1]:
        yield f"gateways without an answer: {told}"
    rows = {labels["instance"] for labels, _ in asker.target("fleet", "When gateways answered")}
    if rows != {"fra1:9586", "ams1:9586", "nyc1:9586", "lon1:9586"}:
        yield f"the timeline of answers is of {rows}"


def alerts_of_the_fleet(asker):
    for instance in (".+", ask.chosen("fra1:9586")):
        ranks = [rank for labels, rank in
                 asker.target("fleet", "Alerts that fire", instance=instance)
                 if labels["alertname"] == FLEET_ALERT]
        if ranks != [3]:
            yield f"{FLEET_ALERT} has, with instance {instance}, the ranks {ranks}, not critical"
        annotation, = asker.boards["fleet"]["annotations"]["list"]
        if not any(one["metric"]["alertname"] == FLEET_ALERT for one in
                   asker.series(annotation, instance=instance)):
            yield f"no annotation of {FLEET_ALERT} with instance {instance}"
    if any(labels["alertname"] == FLEET_ALERT for labels, _ in
           asker.target("fleet", "Alerts that fire", 1)):
        yield f"{FLEET_ALERT} is said to be about some gateways"


def gateways_of_the_inventory(asker):
    """The targets are those of `inventory sd`: they have a label gateway, as the metric has."""
    for instance in (".+", ask.chosen("fra1:9586")):
        told = {labels["gateway"]: answers for labels, answers in
                asker.target("fleet", "Gateways of the inventory", instance=instance)}
        if told != {"fra1": 1, "ams1": 1, "nyc1": 1, "lon1": 0, "par1": -1}:
            yield f"gateways of the inventory, with instance {instance}: {told}"


def namespaces(asker):
    """The exporter's own, which has no name, can be chosen alone."""
    for value, wanted in ((".*", {"", "blue"}), ("()", {""}), (".+", {"blue"})):
        told = {labels.get("netns", "") for labels, _ in asker.target(
            "gateway", "Interfaces", namespaces=ask.typed(value), instance=ask.chosen("fra1:9586"))}
        if told != wanted:
            yield f"namespaces {value}: {told}, not {wanted}"


def chosen_by(url, row):
    """What Grafana chooses when a link is followed: its format percentencode, then as of a URL."""
    filled = re.sub(r"\${__data\.fields\.(\w+):percentencode}",
                    lambda found: urllib.parse.quote(row[found[1]], safe=""), url)
    return {name.removeprefix("var-"): values[0] for name, values in urllib.parse.parse_qs(
        filled.partition("?")[2], keep_blank_values=True).items() if name.startswith("var-")}


def links_to(uid, panel):
    for override in panel["fieldConfig"]["overrides"]:
        for change in override["properties"]:
            for link in change["value"] if change["id"] == "links" else ():
                if link["url"].startswith(f"/d/{uid}?"):
                    yield link["url"]


def links_to_the_odd_one(asker):
    """(where, what is chosen) of each table that names it."""
    for board in asker.boards.values():
        for panel in lint.shown(board):
            for url in links_to("wgaudit-principal", panel):
                row = next((one["metric"] for one in asker.series(panel["targets"][0])
                            if one["metric"].get("principal") == scene.ODD), None)
                if row is not None:
                    yield f"{board['title']}, {panel['title']}", chosen_by(url, row)


def principals(asker):
    """A name that is no regular expression: its link leads to it, to all its keys and no others."""
    followed = list(links_to_the_odd_one(asker))
    if len({where.partition(",")[0] for where, _ in followed}) < 2:
        yield f"too few links to {scene.ODD}: {followed}"
    todo = [(where, values["principal"], values["key"]) for where, values in followed]
    todo += [(f"a part of {key}", ".*", key[:20]) for _, _, key in todo[:1]]
    assert all("+" in key for _, _, key in todo)
    for where, principal, key in todo:
        values = {"principal": ask.typed(principal), "key": ask.typed(key)}
        names = [labels["principal"] for labels, _ in
                 asker.target("principal", "Keys", **values)]
        if names != [scene.ODD] * 2:
            yield f"{where}: the link leads to {names}"
        for panel in lint.shown(asker.boards["principal"]):
            for target in panel["targets"]:
                asker.series(target, **values)  # raises where a query is broken by it
    names = {labels["principal"] for labels, _ in
             asker.target("principal", "Keys", principal=ask.typed("ali.*"))}
    if names != {"alice"}:
        yield f"the principals ali.*: {names}"


CHECKS = (silence, alerts_of_the_fleet, gateways_of_the_inventory, namespaces, principals)


def problems(prometheus, span):
    asker = Asker(prometheus, span)
    return [f"{check.__name__}: {line}" for check in CHECKS for line in check(asker)]
