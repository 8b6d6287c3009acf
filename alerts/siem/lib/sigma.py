"""Sigma rules as values: the subset of the specification that the rules here use, read strictly.

  rules = load(directory)      {name: Rule | Correlation}, of every document of *.yml in it
  rule.condition               And | Or | Not | Match

What is not known here (a modifier, a key, a kind of correlation) is an error: a rule that some back
end would read otherwise must not pass. https://sigmahq.io/sigma-specification/
"""
import dataclasses
import datetime
import ipaddress
import pathlib
import re

import yaml

LEVELS = ("informational", "low", "medium", "high", "critical")
METADATA = {"title", "id", "name", "status", "description", "references", "author", "date",
            "modified", "taxonomy", "tags", "level", "falsepositives", "fields"}
ANY, ONE = object(), object()  # * and ? in a text
TEXT_MODIFIERS = {"contains", "startswith", "endswith", "cased"}
COMPARISONS = {"gt", "gte", "lt", "lte"}
MODIFIERS = TEXT_MODIFIERS | COMPARISONS | {"all", "cidr", "exists"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class RuleError(ValueError):
    pass


@dataclasses.dataclass(frozen=True)
class Text:
    """Literal texts, ANY and ONE, one after the other."""
    parts: tuple
    cased: bool = False


@dataclasses.dataclass(frozen=True)
class Match:
    """`field` holds, or one of its entries is: `wanted`, a Text, bool, int, None (not there), an
    ip_network (`cidr`); or `exists`, or stands to a number as `gt` and its like say."""
    field: str
    kind: str  # equals, cidr, exists, gt, gte, lt, lte
    wanted: object


@dataclasses.dataclass(frozen=True)
class And:
    parts: tuple


@dataclasses.dataclass(frozen=True)
class Or:
    parts: tuple


@dataclasses.dataclass(frozen=True)
class Not:
    part: object


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    document: dict
    condition: object


@dataclasses.dataclass(frozen=True)
class Correlation:
    name: str
    document: dict
    kind: str  # event_count, temporal_ordered
    rules: tuple  # names
    group_by: tuple
    seconds: int
    at_least: int  # of event_count
    alone: bool  # `generate: true`: the rules alert by themselves too


# --- texts and values ----------------------------------------------------------------------------


def parse_text(text, cased=False):
    """A backslash takes the meaning of * ? and itself away, and stands for itself elsewhere."""
    parts, literal, at = [], "", 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1:at + 2] in ("*", "?", "\\"):
            literal += text[at + 1]
            at += 1
        elif text[at] in "*?":
            parts += [literal] if literal else []
            parts.append(ANY if text[at] == "*" else ONE)
            literal = ""
        else:
            literal += text[at]
        at += 1
    return Text(tuple(parts + ([literal] if literal else [])), cased)


def text_with(text, modifiers):
    parsed = parse_text(text, "cased" in modifiers)
    front = (ANY,) if modifiers & {"contains", "endswith"} else ()
    back = (ANY,) if modifiers & {"contains", "startswith"} else ()
    return Text(front + parsed.parts + back, parsed.cased)


def match_of(field, modifiers, value):
    number = type(value) is int
    if modifiers & COMPARISONS:
        if not number or len(modifiers) != 1:
            raise RuleError(f"{field}: {value!r} cannot be compared with {sorted(modifiers)}")
        return Match(field, *modifiers, value)
    if "exists" in modifiers:
        if type(value) is not bool or len(modifiers) != 1:
            raise RuleError(f"{field}: exists takes true or false alone")
        return Match(field, "exists", value)
    if "cidr" in modifiers:
        if len(modifiers) != 1:
            raise RuleError(f"{field}: cidr stands alone")
        return Match(field, "cidr", ipaddress.ip_network(value))
    if isinstance(value, str):
        return Match(field, "equals", text_with(value, modifiers))
    if modifiers or not (number or type(value) is bool or value is None):
        raise RuleError(f"{field}: {value!r} with {sorted(modifiers)}")
    return Match(field, "equals", value)


def parse_field(key, value):
    field, *listed = key.split("|")
    modifiers = set(listed)
    if unknown := modifiers - MODIFIERS:
        raise RuleError(f"{field}: unknown modifier {', '.join(sorted(unknown))}")
    if len(listed) != len(modifiers) or not re.fullmatch(r"@?[a-z0-9_]+(\.[a-z0-9_]+)*", field):
        raise RuleError(f"{key}: cannot be read")
    values = value if isinstance(value, list) else [value]
    if not values or isinstance(value, dict):
        raise RuleError(f"{key}: has no value")
    parts = tuple(match_of(field, modifiers - {"all"}, one) for one in values)
    if len(parts) == 1:
        return parts[0]
    return And(parts) if "all" in modifiers else Or(parts)


def parse_selection(selection):
    if isinstance(selection, list) and selection:
        return Or(tuple(parse_selection(one) for one in selection))
    if not isinstance(selection, dict) or not selection:
        raise RuleError(f"{selection!r} is no map of fields (words without a field are not known)")
    return And(tuple(parse_field(key, value) for key, value in selection.items()))


# --- the condition -------------------------------------------------------------------------------


class ConditionParser:
    """or < and < not < parentheses; `1 of x*`, `all of x*`, `1 of them`."""

    def __init__(self, text, selections):
        self._tokens = re.findall(r"[()]|[^\s()]+", text)
        self._selections, self._used = selections, set()

    def parse(self):
        result = self._or()
        if self._tokens:
            raise RuleError(f"condition: what is {self._tokens[0]!r}")
        if unused := set(self._selections) - self._used:
            raise RuleError(f"condition: does not use {', '.join(sorted(unused))}")
        return result

    def _next(self):
        if not self._tokens:
            raise RuleError("condition: ends too early")
        return self._tokens.pop(0)

    def _taken(self, token):
        if self._tokens[:1] == [token]:
            return self._tokens.pop(0)
        return None

    def _or(self):
        parts = [self._and()]
        while self._taken("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self):
        parts = [self._not()]
        while self._taken("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self):
        return Not(self._not()) if self._taken("not") else self._operand()

    def _operand(self):
        token = self._next()
        if token == "(":
            result = self._or()
            if self._next() != ")":
                raise RuleError("condition: a parenthesis is not closed")
            return result
        if token in ("1", "all") and self._taken("of"):
            return self._of(Or if token == "1" else And, self._next())
        if token not in self._selections:
            raise RuleError(f"condition: there is no selection {token}")
        self._used.add(token)
        return self._selections[token]

    def _of(self, combine, pattern):
        # `them` leaves out names that begin with an underscore.
        wanted = r"[^_].*" if pattern == "them" else re.escape(pattern).replace(r"\*", ".*")
        names = [name for name in self._selections if re.fullmatch(wanted, name)]
        if not names:
            raise RuleError(f"condition: no selection is {pattern}")
        self._used.update(names)
        return combine(tuple(self._selections[name] for name in names))


# --- documents -----------------------------------------------------------------------------------


def only_keys(what, document, allowed):
    if unknown := set(document) - allowed:
        raise RuleError(f"{what}: unknown key {', '.join(sorted(map(str, unknown)))}")


def parse_rule(name, document):
    only_keys("rule", document, METADATA | {"logsource", "detection"})
    detection = dict(document["detection"])
    condition = detection.pop("condition")
    selections = {key: parse_selection(value) for key, value in detection.items()}
    return Rule(name, document, ConditionParser(condition, selections).parse())


def parse_correlation(name, document):
    only_keys("rule", document, METADATA | {"correlation"})
    of = document["correlation"]
    only_keys("correlation", of, {"type", "rules", "group-by", "timespan", "condition", "generate"})
    if of["type"] not in ("event_count", "temporal_ordered"):
        raise RuleError(f"correlation: unknown type {of['type']}")
    condition = of.get("condition", {})
    if (of["type"] == "event_count") != (list(condition) == ["gte"]):
        raise RuleError(f"correlation: condition {condition} of {of['type']}")
    span = re.fullmatch(r"([1-9]\d*)([smhd])", of["timespan"])
    if span is None or not of["group-by"] or not of["rules"]:
        raise RuleError("correlation: needs timespan, group-by and rules")
    return Correlation(name, document, of["type"], tuple(of["rules"]), tuple(of["group-by"]),
                       int(span[1]) * SECONDS[span[2]], condition.get("gte", 0),
                       of.get("generate", False))


def parse(document):
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        raise RuleError("a document without a name")
    if document.get("level") not in LEVELS:
        raise RuleError(f"level {document.get('level')}")
    if not isinstance(document.get("date"), datetime.date):
        raise RuleError(f"date {document.get('date')!r}")
    how = parse_correlation if "correlation" in document else parse_rule
    return how(document["name"], document)


def load(directory):
    """By name, each after the rules that it names."""
    rules = {}
    for path in sorted(pathlib.Path(directory).glob("*.yml")):
        try:
            for document in yaml.safe_load_all(path.read_text()):
                rule = parse(document)
                if rule.name in rules:
                    raise RuleError(f"there are two {rule.name}")
                rules[rule.name] = rule
                if isinstance(rule, Correlation) and (gone := set(rule.rules) - set(rules)):
                    raise RuleError(f"correlation: no rule {', '.join(sorted(gone))} before it")
        except (RuleError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
            raise RuleError(f"{path.name}: {error!r}") from error
    return rules


def parts_of_correlations(rules):
    """Names of the rules that say nothing by themselves."""
    return {name for rule in rules.values() if isinstance(rule, Correlation) and not rule.alone
            for name in rule.rules}


def fields_of(node):
    """All fields that a condition reads."""
    if isinstance(node, Match):
        return {node.field}
    if isinstance(node, Not):
        return fields_of(node.part)
    return set().union(*(fields_of(part) for part in node.parts))
