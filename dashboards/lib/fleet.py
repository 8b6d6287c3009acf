"""Fleet: which gateway needs somebody?"""
from lib import query as q
from lib.dashboard import GATEWAY_LINKS, dashboard, to_principal
from lib.panel import (FINE, STEPS, UP, URGENCY, Label, Value, graph, mappings, none_is_good,
                       one_color, severities, stat, table, timeline)
from lib.query import GATEWAY, TARGET


def now():
    fails = f"count(({q.unhealthy()}) == 0)"
    return [
        (4, 4, stat("Gateways without an answer",
                    "Exporters that Prometheus cannot reach: the gateway is down, or nobody "
                    "watches it.", [("", q.or_zero(f"count({q.ANSWERS} == 0)"))],
                    defaults=none_is_good("dark-red"))),
        (10, 4, severities("Open findings",
                           "What is wrong on all gateways together, without what was accepted. "
                           "0 everywhere is good; critical means that somebody may come in now.",
                           q.open_findings)),
        (4, 4, stat("Exporters in trouble",
                    "Exporters with a collector, a sink, the state database or an inventory that "
                    "fails: what they do not see or cannot tell. See Exporter health.",
                    [("", q.or_zero(fails))], defaults=none_is_good())),
        (3, 4, stat("Alerts", "Alerts of wgaudit's rules that fire now.",
                    [("", q.or_zero(f"count({q.FIRING})"))], defaults=none_is_good())),
        (3, 4, stat("Peers connected", "Peers with a session, that is with a fresh handshake, and "
                    "those that are configured.",
                    [("connected", q.or_zero(f"sum(wireguard_interface_active_peers{{{TARGET}}})")),
                     ("configured", q.or_zero(f"sum(wireguard_interface_peers{{{TARGET}}})"))],
                    defaults=one_color("blue"), color="value")),
        (10, 10, table("Alerts that fire", "By alert, and about how many gateways; blank: about "
                      "the fleet. Each has a runbook of its name.",
                      [Value("severity", q.ranked(f"max by (severity, alertname) ({q.FIRING})",
                                                  q.URGENCIES), meaning=URGENCY, colored=True,
                             width=90), Label("alertname", "alert"),
                       Value("gateways", "count by (severity, alertname) (count by (severity, "
                             f"alertname, job, instance) ({q.FIRING_AT_GATEWAYS}))", width=85)],
                      sort="-severity, -gateways")),
        (14, 10, graph("Critical and high findings", "How many are open on each gateway: the 20 "
                      "with most, without those that have none.",
                      [("{{instance}}", q.most("sum by (instance) (wgaudit_open_findings{"
                        f'{TARGET}, severity=~"critical|high"}}) > 0'))], style=STEPS)),
    ]


def gateways():
    def found(severity):
        return f'{GATEWAY} (wgaudit_open_findings{{{TARGET}, severity=~"{severity}"}})'

    columns = [
        Label("instance", "gateway", GATEWAY_LINKS, width=220),
        Value("answers", f"{GATEWAY} ({q.ANSWERS})", meaning=UP, colored=True, width=90),
        Value("critical", found("critical"), meaning=none_is_good("dark-red"), colored=True,
              width=80),
        Value("high", found("high"), meaning=none_is_good("red"), colored=True, width=70),
        Value("medium, low", found("medium|low"), width=105),
        Value("exporter", q.unhealthy(), meaning=FINE, colored=True, width=85),
        Value("connected", f"{GATEWAY} (wireguard_interface_active_peers{{{TARGET}}})", width=95),
        Value("peers", f"{GATEWAY} (wireguard_interface_peers{{{TARGET}}})", width=75),
        Value("received", q.of_peers_by_gateway("receive", "job, instance"), "Bps", width=120),
        Value("sent", q.of_peers_by_gateway("transmit", "job, instance"), "Bps", width=120),
        Value("known", f"max by (job, instance, version) (wgaudit_build_info{{{TARGET}}})"),
        Label("version"),
    ]
    return [(24, 9, table("Gateways",
                           "One line for each gateway, those without an answer first. They "
                           "have no figures. The name leads to its dashboard; from there to "
                           "the page that it serves itself.",
                           columns, sort="answers, -critical", hide=["known"]))]


def over_time():
    received = q.of_peers_by_gateway("receive", "instance")
    sent = q.of_peers_by_gateway("transmit", "instance")
    worst = q.least_well(q.metric("up", TARGET), "job, instance", q.OURS)
    return [
        (12, 8, timeline("When gateways answered", "Green: Prometheus reached the exporter; red: "
                         "it did not; nothing: it was no target. The 20 gateways that answered "
                         "least.",
                         [("{{instance}}", f"{GATEWAY} ({q.ANSWERS} {worst})")], UP)),
        (12, 8, graph("Peers connected", "The 20 gateways with most. A fall on one is that "
                      "gateway or its line; on all at once it is what they share.",
                      [("{{instance}}", q.most("sum by (instance) "
                        f"(wireguard_interface_active_peers{{{TARGET}}})"))])),
        (24, 8, graph("Traffic", "Of the 20 gateways with most: what they receive from their peers "
                      "above zero, what they send to them below.",
                      [("{{instance}} received", q.most(received)),
                       ("{{instance}} sent", q.most(sent))],
                      "Bps", mirrored=".* sent")),
    ]


def agreement():
    # As the alert WireGuardGatewayNotScraped: by address, or by name as instance or as the label
    # that `wgaudit inventory sd` writes. Where the target has that label, Prometheus has renamed
    # the one of the metric. Of all targets of the job, whatever instance is chosen.
    info = f"wgaudit_inventory_gateway_info{{{TARGET}, exported_gateway"
    listed = (f'max by (gateway, address) ({info}=""}} or '
              f'label_join({info}!=""}}, "gateway", "", "exported_gateway"))')
    up = 'up{job=~"$job"'
    by_address = f'max by (address) (label_join({up}}}, "address", "", "instance"))'
    by_name = (f'max by (gateway) (label_join({up}}}, "gateway", "", "instance") '
               f'or {up}, gateway!=""}})')
    scraped = (f"{listed} * on (address) group_left () {by_address} "
               f"or {listed} * on (gateway) group_left () {by_name} or {listed} * -1")
    meaning = mappings((1, "up", "green"), (0, "DOWN", "dark-red"), (-1, "not scraped", "orange"))
    twice = (f"count by (public_key) (wireguard_peer_session_up{{{TARGET}}} == 1) > 1")
    not_named = (f"(count by (public_key) (wireguard_peer_session_up{{{TARGET}}} == 1 unless on "
                 f"({q.PEER}) wgaudit_inventory_peer_at{{{TARGET}}}) or 0 * ({twice})) "
                 f"and ({twice})")
    # One each: inventories that differ give a key two principals.
    who = f"topk by (public_key) (1, wireguard_peer_info{{{TARGET}}})"
    worst = f"topk(50, {not_named})"

    def with_principal(expr):
        return (f"({expr} and on (public_key) {worst}) "
                f"* on (public_key) group_left (principal) {who}")

    return [
        (8, 8, table("Gateways of the inventory",
                     "Those that the inventory lists. Not scraped: no target of Prometheus has "
                     "this address or name.",
                     [Label("gateway"), Label("address"),
                      Value("answers", scraped, meaning=meaning, colored=True, width=100)],
                     sort="answers")),
        (8, 8, table("Keys connected more than once",
                     "Keys with a session on two interfaces or gateways now, and how many of these "
                     "the record does not name in its at: 0 is right, else the key may have been "
                     "copied. 50 of them, these first.",
                     [Label("principal", links=(to_principal(),)),
                      Value("sessions", with_principal(f"({twice})"), width=85),
                      Value("not named", with_principal(f"({not_named})"), meaning=none_is_good(),
                            colored=True, width=95),
                      Label("public_key", "key")], sort="-not named")),
        (4, 8, table("Inventories in force",
                     "Digest of the inventory that is in force, and on how many gateways. More "
                     "than one for long: a gateway did not get the newest.",
                     [Label("sha256", "inventory"),
                      Value("gateways", f"count by (sha256) (wgaudit_inventory_info{{{TARGET}}})",
                            width=85)], sort="-gateways")),
        (4, 8, table("Versions", "Releases of wgaudit that run, and on how many gateways.",
                     [Label("version"), Label("revision"),
                      Value("gateways", f"count by (version, revision) "
                            f"(wgaudit_build_info{{{TARGET}}})", width=85)], sort="-gateways")),
    ]


def build():
    return dashboard("fleet", "Fleet", "Which WireGuard gateway needs somebody, and do they agree.",
                     [("Now", now()), ("Gateways", gateways()), ("Over time", over_time()),
                      ("Does the fleet agree?", agreement())])
