"""What Sigma rules (alerts/siem/lib/sigma.py) find in events, evaluated here.

  matches(rule.condition, event)
  alerts(rules, events)      [(name of the rule, event)], in the order of the events

A list matches where one of its entries does; a field that is not there matches nothing but
`exists: false` and null. Texts are compared without case, unless `cased`.
"""
import bisect
import collections
import datetime
import ipaddress
import operator
import re

import sigma

COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
NONE = object()


def values_of(event, field):
    """Its value, or the entries of its list; empty where it is not there."""
    for name in field.split("."):
        event = event.get(name, NONE) if isinstance(event, dict) else NONE
    if event is NONE or event is None:
        return []
    return event if isinstance(event, list) else [event]


def text_matches(wanted, value):
    pattern = "".join(".*" if part is sigma.ANY else "." if part is sigma.ONE else re.escape(part)
                      for part in wanted.parts)
    flags = re.S if wanted.cased else re.S | re.I
    return isinstance(value, str) and re.fullmatch(pattern, value, flags) is not None


def in_network(network, value):
    try:
        prefix = ipaddress.ip_network(value)
    except ValueError:
        return False
    return prefix.version == network.version and prefix.subnet_of(network)


def value_matches(match, value):
    wanted = match.wanted
    if match.kind == "cidr":
        return in_network(wanted, value)
    if match.kind in COMPARE:
        return type(value) is int and COMPARE[match.kind](value, wanted)
    if isinstance(wanted, sigma.Text):
        return text_matches(wanted, value)
    return type(value) is type(wanted) and value == wanted


def matches(node, event):
    if isinstance(node, sigma.And):
        return all(matches(part, event) for part in node.parts)
    if isinstance(node, sigma.Or):
        return any(matches(part, event) for part in node.parts)
    if isinstance(node, sigma.Not):
        return not matches(node.part, event)
    values = values_of(event, node.field)
    if node.kind == "exists":
        return bool(values) == node.wanted
    if node.kind == "equals" and node.wanted is None:
        return not values
    return any(value_matches(node, value) for value in values)


def time_of(event):
    return datetime.datetime.fromisoformat(event["@timestamp"].replace("Z", "+00:00"))


def grouped(rule, found):
    """[(name, event)] in the order of time, by the values of the group; without one: not at all."""
    groups = collections.defaultdict(list)
    for name, event in sorted(found, key=lambda f: (time_of(f[1]), f[1]["event"]["sequence"])):
        group = tuple(tuple(values_of(event, field)) for field in rule.group_by)
        if all(group):
            groups[group].append((name, event))
    return groups.values()


def counted(rule, found):
    """Where the number within the span reaches the limit from below."""
    times, before = [time_of(event) for _, event in found], 0
    for _, event in found:
        first = time_of(event) - datetime.timedelta(seconds=rule.seconds)
        count = bisect.bisect_right(times, time_of(event)) - bisect.bisect_left(times, first)
        if before < rule.at_least <= count:
            yield event
        before = count


def ordered(rule, found):
    """An event of the last rule, where events of the others came before it in order, within the
    span: the latest begin that is possible decides."""
    begins = dict.fromkeys(rule.rules)
    for name, event in found:
        at = rule.rules.index(name)
        begin = time_of(event) if at == 0 else begins[rule.rules[at - 1]]
        if begin is None:
            continue
        begins[name] = begin
        if name == rule.rules[-1] and (time_of(event) - begin).total_seconds() <= rule.seconds:
            yield event


def alerts(rules, events):
    found = collections.defaultdict(list)
    for name, rule in rules.items():
        if isinstance(rule, sigma.Rule):
            found[name] = [event for event in events if matches(rule.condition, event)]
    for name, rule in rules.items():
        if isinstance(rule, sigma.Correlation):
            parts = [(part, event) for part in rule.rules for event in found[part]]
            how = counted if rule.kind == "event_count" else ordered
            found[name] = [event for group in grouped(rule, parts) for event in how(rule, group)]
    silent = sigma.parts_of_correlations(rules)
    order = {id(event): at for at, event in enumerate(events)}
    return sorted(((name, event) for name, of in found.items() if name not in silent
                   for event in of), key=lambda alert: order[id(alert[1])])
