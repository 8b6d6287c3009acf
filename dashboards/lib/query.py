"""The pieces that queries are made of: selectors, the one join, and what several dashboards ask."""

TARGET = 'job=~"$job", instance=~"$instance"'
SELECT = f'{TARGET}, netns=~"$netns", interface=~"$interface"'
PEER = "job, instance, netns, interface, public_key"
SEVERITIES = ("critical", "high", "medium", "low", "info")
URGENCIES = ("critical", "warning", "info")  # of alerts
GATEWAY = "sum by (job, instance)"

# Of the targets of all jobs those whose job has a wgaudit: "All" jobs are others' too. A day: one
# that has been down for hours is still to be shown as down.
OURS = f"and on (job) last_over_time(wgaudit_build_info{{{TARGET}}}[1d])"
ANSWERS = f"(up{{{TARGET}}} {OURS})"


def metric(name, select=SELECT):
    return f"{name}{{{select}}}"


def rate(name, select=SELECT):
    return f"rate({name}{{{select}}}[$__rate_interval])"


def per_minute(name, select=SELECT):
    return f"60 * {rate(name, select)}"


def in_range(name, select=SELECT):
    """What a counter counted in the time range of the dashboard."""
    return f"increase({name}{{{select}}}[$__range])"


def age(name, select=SELECT):
    return f"(time() - {name}{{{select}}})"


def or_zero(expr):
    """0 where there is no series: nothing is wrong then, which is to be seen."""
    return f"({expr}) or vector(0)"


def info(select=SELECT):
    return f'wireguard_peer_info{{{select}, principal=~"$principal"}}'


def named(expr, labels="principal", who=None):
    """A peer's series with its principal: the one join that the metrics are made for."""
    return f"{expr} * on ({PEER}) group_left ({labels}) {who or info()}"


def of_some(expr, chosen, labels):
    """Columns of one table must be of the same peers: those that `chosen` names."""
    return f"{named(expr, labels)} and on ({PEER}) {chosen}"


def open_findings(severity, select=TARGET):
    return or_zero(f'sum(wgaudit_open_findings{{{select}, severity=~"{severity}"}})')


def ranked(expr, severities=SEVERITIES):
    """The value of a finding becomes 5 for critical to 1 for info, so that tables sort by it."""
    ranks = " or ".join(f'label_replace(vector({len(severities) - place}), "severity", '
                        f'"{severity}", "", "")' for place, severity in enumerate(severities))
    return f"{expr} * on (severity) group_left () ({ranks})"


def findings(select=SELECT, more="", who=None):
    """Open findings with the name of whom they are about. Those about no configured peer (a
    collector, a record that is not there) have no name and must not be lost."""
    finding = f"wgaudit_finding{{{select}{more}}}"
    named_ones = named(finding, who=who or f"wireguard_peer_info{{{select}}}")
    identity = f"{PEER}, rule, severity, subject"
    return ranked(f"({named_ones} or on ({identity}) {finding})")


def sink_state():
    """0 where the last delivery failed, 1 where the sink is paused, else 2: to be sorted by."""
    return (f"max by (job, instance, sink) (wgaudit_sink_paused{{{TARGET}}} == 1 "
            f"or 2 * wgaudit_sink_up{{{TARGET}}})")


def of_peers_by_gateway(direction, by):
    """Traffic with all peers. Where the centre of a fleet does not keep their series, what
    alerts/recording.rules.yml recorded at the edge."""
    recorded = f"interface:wireguard_peer_{direction}_bytes:rate5m{{{TARGET}}}"
    return (f"sum by ({by}) ({rate(f'wireguard_peer_{direction}_bytes_total', TARGET)}) or "
            f"sum by ({by}) ({recorded})")


def unhealthy():
    """For each exporter 0 if something of it fails: reading, writing, delivering, its inventory."""
    state = f'label_replace(wgaudit_state_up{{{TARGET}}}, "what", "state", "", "")'
    inventory = ('label_replace(wgaudit_inventory_last_reload_successful'
                 f'{{{TARGET}}}, "what", "inventory", "", "")')
    return (f"min by (job, instance) (wgaudit_collector_success{{{TARGET}}} or "
            f"wgaudit_interface_success{{{TARGET}}} or wgaudit_sink_up{{{TARGET}}} "
            f"or {state} or {inventory})")
