"""Principal and peer: who is this, and what did their keys do?"""
from lib import query as q
from lib.dashboard import GATEWAY_LINKS, dashboard
from lib.findings import findings_table
from lib.panel import (CONNECTED, EXPIRES, Label, Value, graph, mappings, none_is_good, one_color,
                       stat, steps, table, timeline)
from lib.query import SELECT, TARGET

WHO = "{{principal}} {{principal_device}} {{instance}} {{netns}} {{interface}}"
LABELS = "principal, principal_device"
HANDSHAKE = "wireguard_peer_last_handshake_timestamp_seconds"
# What is typed, as it stands: base64 has a +. Nothing typed is in every key.
ALIKE = r'public_key=~".*\\Q$key\\E.*"'


def people(at=""):
    """The peers of the principals that match, and have such a key somewhere: all that they have.
    Of one without a name (--privacy.identity none) that key alone: the others are not theirs."""
    named = f'{SELECT}, principal=~"$principal"'
    return (f"(wireguard_peer_info{{{named}}}{at} and on (principal) "
            f'wireguard_peer_info{{{TARGET}, principal!="", {ALIKE}}}{at} '
            f"or wireguard_peer_info{{{named}, {ALIKE}}}{at})")


CHOSEN = f"topk(50, {people()})"


def named(expr, labels="principal"):
    return q.named(expr, labels, people())


def of_peers(expr, labels="principal, principal_device, principal_kind, role, status"):
    return q.of_some(expr, CHOSEN, labels)


def now():
    def total(expr):
        return q.or_zero(f"sum({named(expr)})")

    return [
        (3, 4, stat("Peers", "Peers of the principals that match: a key on an interface of a "
                    "gateway each.", [("", q.or_zero(f"count({people()})"))],
                    defaults=one_color("blue"))),
        (3, 4, stat("Connected", "Of these, those with a session now.",
                    [("", total(q.metric("wireguard_peer_session_up")))],
                    defaults=steps((None, "text"), (1, "green")))),
        (4, 4, stat("Newest handshake", "How long ago the newest handshake of any of these keys "
                    "was. Two to three minutes and less is a session.",
                    [("", f"min({named(q.age(HANDSHAKE))})")], "s",
                    defaults=one_color("blue") | {"noValue": "never"})),
        (4, 4, stat("Open findings", "Open findings about these keys, of any severity.",
                    [("", q.or_zero(f"count({named(q.metric('wgaudit_finding'))})"))],
                    defaults=none_is_good())),
        (4, 4, stat("Sessions", "Sessions that began in the time range.",
                    [("", total(q.in_range("wireguard_peer_sessions_total")))],
                    defaults=one_color("blue") | {"decimals": 0})),
        (3, 4, stat("Received", "Bytes that gateways received from these peers in the time range.",
                    [("", total(q.in_range("wireguard_peer_receive_bytes_total")))], "bytes",
                    defaults=one_color("blue"))),
        (3, 4, stat("Sent", "Bytes that gateways sent to these peers in the time range.",
                    [("", total(q.in_range("wireguard_peer_transmit_bytes_total")))], "bytes",
                    defaults=one_color("blue"))),
    ]


def keys():
    def until(name):
        return f"({q.metric(name)} - time())"

    columns = [
        Label("principal", width=150), Label("principal_kind", "kind", width=75),
        Label("principal_device", "device", width=120), Label("role", width=80),
        Label("status", width=90), Label("instance", "gateway", GATEWAY_LINKS, width=125),
        Label("netns", "namespace", width=100), Label("interface", width=85),
        Value("session", of_peers(q.metric("wireguard_peer_session_up")), meaning=CONNECTED,
              colored=True, width=95),
        Value("handshake", of_peers(q.age(HANDSHAKE)), "s", width=100),
        Value("key age", of_peers(q.age("wireguard_peer_key_issued_timestamp_seconds")), "s",
              width=100),
        Value("expires in", of_peers(until("wireguard_peer_key_expiry_timestamp_seconds")), "s",
              meaning=EXPIRES, colored=True, width=100),
        Value("received", of_peers(q.in_range("wireguard_peer_receive_bytes_total")), "bytes",
              width=95),
        Value("sent", of_peers(q.in_range("wireguard_peer_transmit_bytes_total")), "bytes",
              width=95),
        Label("public_key", "key"),
    ]
    details = [
        Label("principal"), Label("instance", "gateway"), Label("netns", "namespace"),
        Label("interface"), Label("endpoint_ip", "outer address"),
        Value("known", of_peers(q.metric("wireguard_peer_endpoint_info"))),
        Value("first seen", of_peers(q.age("wireguard_peer_first_seen_timestamp_seconds")), "s",
              width=110),
        Value("prefixes", of_peers(q.metric("wireguard_peer_allowed_ips")), width=90),
        Value("preshared key", of_peers(q.metric("wireguard_peer_has_preshared_key")),
              meaning=mappings((1, "yes", "green"), (0, "no", "text")), width=115),
        Value("keepalive", of_peers(q.metric("wireguard_peer_persistent_keepalive_seconds")), "s",
              width=95),
        Value("sessions", of_peers(q.in_range("wireguard_peer_sessions_total")), width=90,
              decimals=0),
        Value("moves", of_peers(q.in_range("wireguard_peer_endpoint_changes_total")), width=85,
              decimals=0),
    ]
    of_them = f"{q.findings(who=people())} and on ({q.PEER}) {people()}"
    return [
        (24, 9, table("Keys", "50 peers of the principals that match; traffic is that of the time "
                      "range. Key age and expiry are known where the inventory says.",
                      columns, sort="handshake")),
        (24, 7, findings_table("Findings", "What is wrong with these keys now.", expr=of_them)),
        (24, 7, table("Details", "With --metrics.peer-details also when each peer was first seen, "
                      "its prefixes, preshared key and keepalive, with --metrics.endpoints where "
                      "from it comes. Sessions began, and moves of the outer address were, in the "
                      "time range.", details, hide=["known"])),
    ]


def over_time():
    def by_peer(expr):
        return f"topk(10, sum by ({LABELS}, instance, netns, interface) " \
               f"({named(expr, LABELS)}))"

    return [
        (24, 13, timeline("Sessions", "When each peer was connected, 20 of those that are "
                          "configured at the end: green a session, grey none, nothing: not "
                          "configured, or not observed.",
                          # At the end: else others are the first 20 whenever a peer is added.
                          [(WHO, f"({q.named(q.metric('wireguard_peer_session_up'), LABELS)}) and "
                            f"on ({q.PEER}) topk(20, {people(' @ end()')})")],
                          mappings((1, "connected", "green"), (0, "away", "#8884"))
                          | steps((None, "#8884"), (1, "green")))),
        (24, 8, graph("Traffic", "Of the 10 peers with most: what the gateway receives from them "
                      "above zero, what it sends to them below.",
                      [(f"{WHO} received", by_peer(q.rate("wireguard_peer_receive_bytes_total"))),
                       (f"{WHO} sent", by_peer(q.rate("wireguard_peer_transmit_bytes_total")))],
                      "Bps", mirrored=".* sent")),
        (24, 8, graph("Age of the newest handshake", "A saw of two minutes is a session; a line "
                      "that rises is a peer that is away. The 10 that are away longest.",
                      [(WHO, by_peer(q.age(HANDSHAKE)))], "s")),
    ]


def build():
    return dashboard("principal", "Principal and peer",
                     "Who a key belongs to, what is wrong with it, and when it was connected.",
                     [("Now", now()), ("Keys", keys()), ("Over time", over_time())],
                     ("netns", "interface", "principal", "key"), since="now-24h")
