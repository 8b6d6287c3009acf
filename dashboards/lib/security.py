"""Security audit: can somebody come in who must not, and can the record be trusted?"""
from lib import query as q
from lib.dashboard import GATEWAY_LINKS, dashboard, to_principal
from lib.findings import findings_table
from lib.panel import (EXPIRES, SEVERITY_COLORS, STACKED_BARS, STEPS, Label, Value, by_name, graph,
                       none_is_good, stat, table)
from lib.query import SELECT, TARGET

WHO_MUST_NOT = {"unknown_key": "unknown", "revoked_key": "revoked", "disabled_key": "disabled",
                "expired_key": "expired", "forbidden_session": "have a session"}
MORE_THAN_GRANTED = {
    "allowed_ips_excess": "not granted", "allowed_ips_too_broad": "too broad",
    "allowed_ips_overlap": "overlap", "wrong_interface": "interface", "shared_key": "shared key",
    "duplicate_key": "key twice", "unexpected_endpoint": "endpoint",
    "noncompliant_device": "device"}
CHANGES = "(peer|interface|inventory)-.*|allowed-ips-moved|key-rotated"


def tiles(title, description, rules, color):
    return stat(title, f"{description} A rule that is switched off has no tile.",
                [(text, f'sum(wgaudit_open_findings{{{TARGET}, rule="{rule}"}})')
                 for rule, text in rules.items()], defaults=none_is_good(color))


def now():
    by_severity = [by_name(name, color={"mode": "fixed", "fixedColor": color})
                   for name, color in SEVERITY_COLORS.items()]
    opened = q.in_range("wgaudit_findings_opened_total", TARGET)
    return [
        (10, 4, tiles("Keys that must not be here", "Keys that are configured and nobody has "
                      "vouched for, or that were withdrawn, and those of them that are connected.",
                      WHO_MUST_NOT, "dark-red")),
        (14, 4, tiles("More than granted", "Networks, interfaces, endpoints and devices that the "
                      "inventory does not give to the peer, and keys that are used twice.",
                      MORE_THAN_GRANTED, "red")),
        (24, 8, findings_table("Critical and high findings", "Those that may not wait.",
                               more=', severity=~"critical|high"')),
        (14, 8, graph("Open findings by severity", "What was open and not accepted.",
                      [("{{severity}}", f"sum by (severity) (wgaudit_open_findings{{{TARGET}}})")],
                      style=STEPS, overrides=by_severity)),
        (10, 8, table("Opened in the time range", "Findings that opened, by rule: those that "
                      "closed again too, and those that were shorter than a scrape.",
                      [Label("rule"), Label("severity", width=110),
                       Value("opened", f"round(sum by (rule, severity) ({opened})) > 0",
                             width=100)], sort="-opened")),
    ]


def keys():
    expiry = q.named(f"({q.metric('wireguard_peer_key_expiry_timestamp_seconds')} - time())")
    ages = q.named(q.age("wireguard_peer_key_issued_timestamp_seconds"))
    dormant = q.named(q.age("wireguard_peer_last_handshake_timestamp_seconds"))
    moves = q.named(q.in_range("wireguard_peer_endpoint_changes_total"))
    who = [Label("principal", links=(to_principal(),)),
           Label("instance", "gateway", GATEWAY_LINKS), Label("netns", "namespace"),
           Label("interface")]
    key = Label("public_key", "key")
    return [
        (12, 8, table("Keys that expire", "The 20 keys that expire soonest; below zero: expired.",
                      [*who, Value("expires in", f"bottomk(20, {expiry})", "s", EXPIRES,
                                   colored=True, width=120), key], sort="expires in")),
        (12, 8, table("Oldest keys", "The 20 keys that were issued longest ago, where the "
                      "inventory says when: candidates for rotation.",
                      [*who, Value("age", f"topk(20, {ages})", "s", width=120), key], sort="-age")),
        (12, 8, table("Keys that nobody uses", "The 20 peers whose newest handshake is oldest: "
                      "candidates for offboarding.",
                      [*who, Value("unused for", f"topk(20, {dormant})", "s", width=120),
                       key], sort="-unused for")),
        (12, 8, table("Keys that move", "The 20 peers whose outer address or port changed most "
                      "often in the time range: mobile, or one key on two devices.",
                      [*who, Value("changes", f"topk(20, {moves}) > 0", width=120, decimals=0),
                       key], sort="-changes")),
        (8, 7, table("Configured peers by status", "What the inventory says of the keys that are "
                     "configured; unknown: not in it.",
                     [Label("status"), Label("principal_kind", "kind"),
                      Value("peers", "count by (status, principal_kind) (wireguard_peer_info{"
                            f"{SELECT}}})", width=100)], sort="-peers")),
        (8, 7, table("Records of the inventory", "Records by status; the most of any gateway, as "
                     "all should have the same.",
                     [Label("status"), Value("records", "max by (status) "
                                             f"(wgaudit_inventory_records{{{TARGET}}})",
                                             width=100)], sort="-records")),
        (8, 7, table("Since the inventory was loaded", "How long each gateway has had the "
                     "inventory that is in force; a gateway without one is not listed.",
                     [Label("instance", "gateway", GATEWAY_LINKS),
                      Value("since", q.age(
                          "wgaudit_inventory_last_reload_success_timestamp_seconds", TARGET), "s",
                          width=110)], sort="-since")),
    ]


def trail():
    actions = f'action=~"{CHANGES}"'
    changes = f"rate(wgaudit_events_total{{{TARGET}, {actions}}}[$__rate_interval])"
    alarms = ('rate(wgaudit_events_total{' + TARGET + ', action=~"finding-(opened|changed|burst)|'
              'events-.*|clock-stepped"}[$__rate_interval])')
    part = 'wgaudit_event_chain_head{' + TARGET + ', part="%d"}'
    columns = [
        Label("instance", "gateway"),
        Value("sequence", f"max without (part) (wgaudit_event_sequence{{{TARGET}}})", "none"),
        Value("head 1 to 12", f"max without (part) ({part % 0})", "hex"),
        Value("head 13 to 24", f"max without (part) ({part % 1})", "hex"),
        Value("lost in the range", q.in_range("wgaudit_events_lost_total", TARGET),
              meaning=none_is_good(), colored=True, width=140, decimals=0),
    ]
    return [
        (12, 7, graph("Changes of configuration", "Events a minute about peers, interfaces, "
                      "prefixes and records of the inventory. None is expected outside of changes "
                      "that somebody made.",
                      [("{{action}}", f"60 * sum by (action) ({changes}) > 0")], "cpm",
                      style=STACKED_BARS)),
        (12, 7, graph("Findings and warnings", "Events a minute: findings that opened or grew, "
                      "events that were lost or held back, clocks that jumped.",
                      [("{{action}}", f"60 * sum by (action) ({alarms}) > 0")], "cpm",
                      style=STACKED_BARS)),
        (24, 7, table("Audit trail", "The newest event of each gateway and the first 24 hex digits "
                      "of the hash of its line in the file (leading zeros are not shown). A log "
                      "that was cut or rewritten does not have this head.", columns,
                      sort="gateway")),
    ]


def build():
    return dashboard("security", "Security audit",
                     "Can somebody come in who must not; do the records hold.",
                     [("Now", now()), ("Keys", keys()), ("Audit trail", trail())],
                     ("netns", "interface", "principal"), since="now-24h")
