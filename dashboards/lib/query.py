"""The pieces that queries are made of: selectors, the one join, and what several dashboards ask."""

TARGET = 'job=~"$job", instance=~"$instance"'
# Two for the namespace: an empty label, the exporter's own, is in no list to choose from.
NETNS = 'netns=~"$netns", netns=~"$namespaces"'
SELECT = f'{TARGET}, {NETNS}, interface=~"$interface"'
PEER = "job, instance, netns, interface, public_key"
SEVERITIES = ("critical", "high", "medium", "low", "info")
URGENCIES = ("critical", "warning", "info")  # of alerts
GATEWAY = "sum by (job, instance)"

# "All" jobs are others' too. Ours are those in which a wgaudit answers, or did on an hour of the
# last week: one that is down since Friday is to be shown as down. By job alone: of an instance that
# was never reached there is no series but up. A subquery reads a sample an hour, not every one.
JOB = 'wgaudit_build_info{job=~"$job"}'
OURS = (f"and on (job) (group by (job) ({JOB} @ end()) or "
        f"last_over_time(group by (job) ({JOB})[7d:1h] @ end()))")
ANSWERS = f"(up{{{TARGET}}} {OURS})"
# Of metrics that other programs have too, and that one that is down has not.
LIVE = f"and on (job, instance) wgaudit_build_info{{{TARGET}}}"

# An alert about the fleet has neither job nor instance: what is chosen must not hide it.
ALERTS = 'ALERTS{alertname=~"WireGuard.+", alertstate="firing", '
FIRING = ALERTS + 'job=~"$job|", instance=~"$instance|"}'
FIRING_AT_GATEWAYS = f"{ALERTS}{TARGET}}}"

MOST = 20  # lines of a graph and rows of a timeline: more are not told apart


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


def most(expr):
    return f"topk({MOST}, {expr})"


def least_well(series, labels, more=""):
    """To follow a series that is 1 while all is well: those that were so least in the time range.
    By its end, so that they are the same ones all along."""
    return (f"and on ({labels}) bottomk({MOST}, avg_over_time("
            f"{series}[$__range:$__interval] @ end()) {more})")


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
