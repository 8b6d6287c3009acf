"""The table of open findings, which several dashboards have."""
from lib import query as q
from lib.dashboard import GATEWAY_LINKS, to_principal
from lib.panel import SEVERITY, Label, Value, table

MOST = 100  # of what is wrong the worst; the tiles count all


def findings_table(title, description, select=q.SELECT, more="", expr=None):
    found = expr or q.findings(select, more)
    return table(title, f"{description} The {MOST} worst: the tiles count all.", [
        Value("severity", f"topk({MOST}, {found})", meaning=SEVERITY, colored=True, width=90),
        Label("rule", width=190), Label("principal", links=(to_principal(),), width=170),
        Label("instance", "gateway", GATEWAY_LINKS, width=160),
        Label("netns", "namespace", width=110), Label("interface", width=95),
        Label("subject", width=190), Label("public_key", "key"),
    ], sort="-severity")
