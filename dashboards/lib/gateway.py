"""Gateway: what is wrong here, and who is connected?"""
from lib import query as q
from lib.dashboard import dashboard, to_page, to_principal
from lib.findings import findings_table
from lib.panel import (CONNECTED, STACKED_BARS, STACKED_STEPS, UP, Label, Value, by_name, graph,
                       none_is_good, one_color, severities, stat, steps, table)
from lib.query import SELECT, TARGET

INTERFACE = "{{instance}} {{netns}} {{interface}}"


def wrong():
    return [
        (4, 4, stat("Gateways", "How many of those that are chosen Prometheus reaches, and how "
                    "many it does not: these have no figures below.",
                    [("answer", q.or_zero(f"count({q.ANSWERS} == 1)")),
                     ("silent", q.or_zero(f"count({q.ANSWERS} == 0)"))],
                    defaults=none_is_good("dark-red"), overrides=[by_name(
                        "answer", thresholds=steps((None, "dark-red"), (1, "green"))["thresholds"]
                    )])),
        (11, 4, severities("Open findings",
                           "What is wrong and was not accepted, of all interfaces. 0 everywhere is "
                           "good.", q.open_findings)),
        (5, 4, stat("Peers", "Peers that are configured on the selected interfaces, and those with "
                    "a session, that is with a fresh handshake.",
                    [("connected", q.or_zero(f"sum(wireguard_interface_active_peers{{{SELECT}}})")),
                     ("configured", q.or_zero(f"sum(wireguard_interface_peers{{{SELECT}}})"))],
                    defaults=one_color("blue"), color="value")),
        (4, 4, stat("Left out", "Open findings beyond the 1,000 of a rule that are shown, and "
                    "interfaces with more peers than --metrics.peer-limit, whose peers are not "
                    "shown. 0 is good: then nothing is missing below.",
                    [("findings", q.or_zero(f"sum(wgaudit_findings_truncated{{{TARGET}}})")),
                     ("interfaces", q.or_zero(
                         f"sum(wgaudit_interface_peers_over_limit{{{SELECT}}})"))],
                    defaults=none_is_good("orange"))),
        (24, 10, findings_table("Findings", "Open findings, with the name of the principal whose "
                               "key each is about. What to do about a rule: wgaudit report "
                               "--explain RULE, or the runbook of its alert.")),
        (24, 8, graph("Open findings over time", "How many were open, one rule on the other; rules "
                      "without one are left out.",
                      [("{{rule}}", f"sum by (rule) (wgaudit_open_findings{{{TARGET}}}) > 0")],
                      style=STACKED_STEPS)),
    ]


def peers():
    labels = "principal, principal_device, role, status"
    chosen = f"topk(50, {q.named('wireguard_peer_session_up{' + SELECT + '}')})"

    def of_peers(expr):
        return q.of_some(expr, chosen, labels)

    columns = [
        Label("principal", links=(to_principal(),)), Label("principal_device", "device"),
        Label("role", width=90), Label("status", width=95),
        Label("instance", "gateway", (to_page(),)), Label("netns", "namespace", width=110),
        Label("interface", width=95),
        Value("session", of_peers(q.metric("wireguard_peer_session_up")), meaning=CONNECTED,
              colored=True, width=95),
        Value("handshake", of_peers(q.age("wireguard_peer_last_handshake_timestamp_seconds")), "s",
              width=100),
        Value("received", of_peers(q.rate("wireguard_peer_receive_bytes_total")), "Bps", width=100),
        Value("sent", of_peers(q.rate("wireguard_peer_transmit_bytes_total")), "Bps", width=100),
        Label("public_key", "key"),
    ]
    ages = q.named(q.age("wireguard_peer_last_handshake_timestamp_seconds"))
    sessions = q.named(q.per_minute("wireguard_peer_sessions_total"))
    moves = q.named(q.per_minute("wireguard_peer_endpoint_changes_total"))
    return [
        (24, 10, table("Peers", "50 peers, those with a session first, with the age of their "
                       "newest handshake and their traffic now. Fewer: type a regular expression "
                       "for Principal.", columns, sort="handshake")),
        (12, 7, graph("Connected peers by interface", "The 20 interfaces with most. A fall on one "
                      "alone is a line or a firewall; on all, the gateway.",
                      [(INTERFACE, q.most(q.metric("wireguard_interface_active_peers")))])),
        (12, 7, table("Oldest handshakes", "The 20 peers whose newest handshake is oldest. Normal "
                      "for a laptop that sleeps; of one that must always be connected it is a "
                      "finding.",
                      [Label("principal", links=(to_principal(),)), Label("instance", "gateway"),
                       Label("netns", "namespace"), Label("interface"),
                       Value("age", f"topk(20, {ages})", "s", width=110),
                       Label("public_key", "key")], sort="-age")),
        (12, 7, graph("Sessions that began", "New sessions a minute, of the 10 principals with "
                      "most: a peer that reconnects all the time has a bad line, or its key is "
                      "used twice.", [("{{principal}}", f"topk(10, sum by (principal) ({sessions}) "
                                       "> 0)")], "cpm", style=STACKED_BARS)),
        (12, 7, graph("Changes of the outer address", "Changes of address or port a minute, of the "
                      "10 principals with most. Mobile peers move; to and fro all the time is one "
                      "key on two devices.",
                      [("{{principal}}", f"topk(10, sum by (principal) ({moves}) > 0)")], "cpm",
                      style=STACKED_BARS)),
    ]


def traffic():
    def by_principal(direction):
        joined = q.named(q.rate(f"wireguard_peer_{direction}_bytes_total"))
        return [("{{principal}}", f"topk(10, sum by (principal) ({joined}))")]

    faults = " + ".join(q.rate(f"wireguard_interface_{name}_total") for name in (
        "receive_errors", "transmit_errors", "receive_drops", "transmit_drops"))
    return [
        (12, 8, graph("Received by principal", "What the gateway receives from its peers: the 10 "
                      "principals with most.", by_principal("receive"), "Bps")),
        (12, 8, graph("Sent by principal", "What the gateway sends to its peers: the 10 principals "
                      "with most.", by_principal("transmit"), "Bps")),
        (12, 7, graph("Interface traffic", "Inner traffic of the links by the kernel's statistics, "
                      "of the 20 with most: received above zero, sent below.",
                      [(f"{INTERFACE} {done}",
                        q.most(q.rate(f"wireguard_interface_{direction}_bytes_total")))
                       for direction, done in (("receive", "received"), ("transmit", "sent"))],
                      "Bps", mirrored=".* sent")),
        (12, 7, graph("Interface drops and errors", "Packets a second that the links dropped or "
                      "failed on, both directions; the 20 with most.",
                      [(INTERFACE, q.most(faults))], "pps")),
    ]


def interfaces():
    def of(name, more=""):  # by: one row, whatever the name of the metric
        series = q.metric(f"wireguard_interface_{name}")
        return f"max by (job, instance, netns, interface{more}) ({series})"

    columns = [
        Label("instance", "gateway", (to_page(),)), Label("netns", "namespace", width=110),
        Label("interface", width=110), Label("implementation", width=130),
        Value("known", of("info", ", implementation, public_key")),
        Value("link", of("up"), meaning=UP, colored=True, width=80),
        Value("port", of("listen_port"), "none", width=80),
        Value("MTU", of("mtu_bytes"), "none", width=80),
        Value("mark", of("firewall_mark"), "hex0x", width=90),
        Value("connected", of("active_peers"), width=100), Value("peers", of("peers"), width=90),
        Label("public_key", "key of the interface"),
    ]
    return [(24, 6, table("Interfaces", "How each interface is set up. Link, MTU and their traffic "
                          "are absent where no link of that name is found, as for a userspace "
                          "implementation in another namespace.", columns, hide=["known"],
                          sort="gateway, namespace, interface"))]


def build():
    return dashboard("gateway", "Gateway",
                     "Who is on a WireGuard gateway, and what is wrong there.",
                     [("What is wrong", wrong()), ("Peers", peers()), ("Traffic", traffic()),
                      ("Interfaces", interfaces())], ("netns", "interface", "principal"),
                     since="now-3h")
