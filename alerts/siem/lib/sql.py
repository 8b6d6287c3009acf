"""Sigma rules (lib/sigma.py) as views of PostgreSQL over the table wgaudit_events.

  text = views(rules)     sigma_NAME for each rule, wgaudit_alerts over all of them

A condition is a filter of jsonpath: in lax mode it looks into lists, and is false, not an error,
where a field is not there or of another type (PostgreSQL 15, 9.16.2).
"""
import json
import re

import sigma

COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
COLUMNS = "id, at, installation, sequence, event"


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def path_of(field):
    return "$" + "".join(f".{json.dumps(name)}" for name in field.split("."))


def regex_of(text):
    parts = (".*" if part is sigma.ANY else "." if part is sigma.ONE else
             re.sub(r"([^\w\s/:=-])", r"\\\1", part) for part in text.parts)
    return f"^{''.join(parts)}$"


def filter_of(match):
    """What is asked of one value."""
    if match.kind in COMPARE:
        return f"@ {COMPARE[match.kind]} {match.wanted}"
    if isinstance(match.wanted, sigma.Text):
        flag = "s" if match.wanted.cased else "is"
        return f'@ like_regex {json.dumps(regex_of(match.wanted))} flag "{flag}"'
    return f"@ == {json.dumps(match.wanted)}"


def condition_of_match(match):
    path = path_of(match.field)
    is_there = f"event @? {literal(path + '[*] ? (@ != null)')}"
    if match.kind == "exists":
        return is_there if match.wanted else f"NOT {is_there}"
    if match.kind == "cidr":
        return (f"EXISTS (SELECT FROM jsonb_path_query(event, {literal(path + '[*]')}) AS value "
                f"WHERE wgaudit_inet(value #>> '{{}}') <<= {literal(str(match.wanted))}::inet)")
    if match.wanted is None:
        return f"NOT {is_there}"
    return f"event @? {literal(f'{path} ? ({filter_of(match)})')}"


def is_filter(node):
    return isinstance(node, sigma.Match) and (
        node.kind in COMPARE or (node.kind == "equals" and node.wanted is not None))


def condition_of(node):
    if isinstance(node, sigma.Match):
        return condition_of_match(node)
    if isinstance(node, sigma.Not):
        return f"NOT {condition_of(node.part)}"
    if len(node.parts) == 1:
        return condition_of(node.parts[0])
    if (isinstance(node, sigma.Or) and all(map(is_filter, node.parts))
            and len({part.field for part in node.parts}) == 1):
        filters = " || ".join(map(filter_of, node.parts))
        return f"event @? {literal(f'{path_of(node.parts[0].field)} ? ({filters})')}"
    word = " AND " if isinstance(node, sigma.And) else " OR "
    return "(" + word.join(condition_of(part) for part in node.parts) + ")"


def indented(text, by):
    return text.replace("\n", "\n" + " " * by)


def view_of(name, select):
    return f"CREATE OR REPLACE VIEW sigma_{name} AS\n  {indented(select, 2)};\n"


def rule_view(rule):
    condition = rule.condition
    parts = condition.parts if isinstance(condition, sigma.And) else (condition,)
    where = "\n  AND ".join(condition_of(part) for part in parts)
    return view_of(rule.name, f"SELECT {COLUMNS} FROM wgaudit_events\nWHERE {where}")


def group_of(rule):
    return ", ".join(f"event #> '{{{','.join(field.split('.'))}}}'" for field in rule.group_by)


def parts_of(rule):
    """The events of its rules that have all fields of the group; `part`: which rule."""
    there = " AND ".join(f"event @? {literal(path_of(field) + '[*]')}" for field in rule.group_by)
    return "\nUNION ALL\n".join(
        f"SELECT {at} AS part, {COLUMNS}, jsonb_build_array({group_of(rule)}) AS grouped\n"
        f"FROM sigma_{part} WHERE {there}" for at, part in enumerate(rule.rules))


def counted_view(rule):
    return view_of(rule.name, f"""WITH parts AS (
  {indented(parts_of(rule), 2)}
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY grouped ORDER BY at
    RANGE BETWEEN '{rule.seconds} seconds' PRECEDING AND CURRENT ROW) AS number FROM parts
), crossed AS (
  SELECT *, lag(number, 1, 0::bigint) OVER (PARTITION BY grouped ORDER BY at, sequence) AS before
  FROM counted
)
SELECT {COLUMNS} FROM crossed WHERE before < {rule.at_least} AND number >= {rule.at_least}""")


def ordered_view(rule):
    last = len(rule.rules) - 1
    tables = [f"parts AS p{at}" for at in range(last)]
    links = [f"p{at}.part = {at} AND p{at}.grouped = p{last}.grouped AND "
             f"(p{at}.at, p{at}.sequence) < (p{at + 1}.at, p{at + 1}.sequence)"
             for at in range(last)]
    where = "\n    AND ".join([*links, f"p{last}.at - p0.at <= '{rule.seconds} seconds'"])
    return view_of(rule.name, f"""WITH parts AS (
  {indented(parts_of(rule), 2)}
)
SELECT {COLUMNS} FROM parts AS p{last}
WHERE part = {last} AND EXISTS (
  SELECT FROM {', '.join(tables)}
  WHERE {where})""")


def alerts_view(rules):
    silent = sigma.parts_of_correlations(rules)
    selects = [f"SELECT {literal(name)} AS rule, {literal(str(rule.document['id']))} AS rule_id, "
               f"{literal(rule.document['title'])} AS title,\n  {literal(rule.document['level'])} "
               f"AS level, {COLUMNS} FROM sigma_{name}"
               for name, rule in rules.items() if name not in silent]
    return ("CREATE OR REPLACE VIEW wgaudit_alerts AS\n" + "\nUNION ALL\n".join(selects) + ";\n")


def views(rules):
    result = []
    for rule in rules.values():
        result.append(f"-- {rule.document['title']}")
        if isinstance(rule, sigma.Rule):
            result.append(rule_view(rule))
        elif rule.kind == "event_count":
            result.append(counted_view(rule))
        else:
            result.append(ordered_view(rule))
    return "\n".join([*result, alerts_view(rules)])
