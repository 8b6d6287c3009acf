"""What a query asks for, read with the little of PromQL's grammar that this takes."""
import re

SELECTOR = re.compile(r'([a-zA-Z_:][\w:]*)\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
RANGED = re.compile(r"(?:(\w+)\s*\(\s*)?(?:[a-zA-Z_:][\w:]*)?"
                    r"(?:\{(?:[^\"{}]|\"(?:[^\"\\]|\\.)*\")*\})?\[([^\]]+)\]")
GROUPING = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "by", "without", "on", "ignoring",
         "group_left", "group_right"}


def selectors(expr):
    """(metric, {label: (operator, value)}) of each selector with braces."""
    for name, inside in SELECTOR.findall(expr):
        yield name, {label: (operator, value) for label, operator, value in MATCHER.findall(inside)}


def without_strings(expr):
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', expr)


def bare_metrics(expr):
    """Metrics without any matcher."""
    rest = SELECTOR.sub(" ", expr)
    rest = GROUPING.sub(" ", re.sub(r"\[[^\]]*\]", " ", without_strings(rest)))
    return [word for word in re.findall(r"(?<![\w$:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()", rest)
            if word not in WORDS]


def ranges(expr):
    """(function or "", duration) of each range."""
    return RANGED.findall(expr)


def substituted(expr, values):
    for name in sorted(values, key=len, reverse=True):
        expr = re.sub(rf"\$(?:{re.escape(name)}\b|{{{re.escape(name)}}})",
                      lambda _, value=values[name]: value, expr)
    return expr
