"""How Sigma rules are read and evaluated (alerts/siem/lib/sigma.py, sigma_match.py)."""
import datetime
import unittest

import sigma
import sigma_match

EVENT = {"a": {"text": "Ab/c+=", "list": ["10.0.0.0/8", "x"], "number": 5, "flag": True,
               "empty": "", "none": [], "ip": "192.0.2.7", "star": "a*b",
               "lines": "one\nand two", "signs": r"a$(^|{[.?\'@"}}


def rule(detection, **more):
    return sigma.parse({"name": "r", "level": "low", "date": datetime.date(2026, 1, 1),
                        "detection": detection} | more)


def holds(condition="s", **selections):
    return sigma_match.matches(rule(selections | {"condition": condition}).condition, EVENT)


# (selection, whether it holds), by what they show; tests/siem/live asks PostgreSQL the same.
VALUES = {
    "texts ignore case unless cased": [
        ({"a.text": "aB/C+="}, True), ({"a.text": "ab/c"}, False),
        ({"a.text|cased": "aB/C+="}, False), ({"a.text|cased": "Ab/c+="}, True),
        ({"a.text|startswith": "AB"}, True), ({"a.text|startswith|cased": "AB"}, False),
        ({"a.text|endswith": "+="}, True), ({"a.text|endswith": "+"}, False),
        ({"a.text|contains": "B/"}, True), ({"a.text|contains": "b+"}, False)],
    "wildcards": [
        ({"a.text": "a*="}, True), ({"a.text": "?b*"}, True), ({"a.text": "?c*"}, False),
        ({"a.star": r"a\*b"}, True), ({"a.text": r"a\*"}, False), ({"a.lines": "one*two"}, True),
        ({"a.signs": r"a$(^|{[.\?\\'@"}, True), ({"a.signs": "*$(^|{[.??'*"}, True),
        ({"a.empty": ""}, True), ({"a.text": ""}, False), ({"a.missing": "*"}, False)],
    "lists match by one entry": [
        ({"a.list": "X"}, True), ({"a.list": ["y", "x"]}, True), ({"a.list": "y"}, False),
        ({"a.list|all": ["x", "10.0.0.0/8"]}, True), ({"a.list|all": ["x", "y"]}, False),
        ({"a.none": "*"}, False)],
    "numbers and flags are no texts": [
        ({"a.number": 5}, True), ({"a.number": "5"}, False), ({"a.flag": True}, True),
        ({"a.flag": 1}, False), ({"a.number|gte": 5}, True), ({"a.number|gt": 5}, False),
        ({"a.number|lt": 6}, True), ({"a.number|lte": 4}, False),
        ({"a.text|gt": 0}, False), ({"a.flag|gte": 1}, False)],
    "absence": [
        ({"a.missing|exists": False}, True), ({"a.missing|exists": True}, False),
        ({"a.text|exists": True}, True), ({"a.none|exists": True}, False),
        ({"a.missing": None}, True), ({"a.empty": None}, False), ({"a.text.more": None}, True),
        ({"a.text": ["Ab/c+=", None]}, True), ({"a.missing": ["x", None]}, True)],
    "networks": [
        ({"a.ip|cidr": "192.0.2.0/24"}, True), ({"a.ip|cidr": "192.0.3.0/24"}, False),
        ({"a.list|cidr": "10.0.0.0/7"}, True), ({"a.list|cidr": "10.0.0.0/9"}, False),
        ({"a.ip|cidr": "::/0"}, False), ({"a.text|cidr": "0.0.0.0/0"}, False)],
}


class Values(unittest.TestCase):
    def test_each(self):
        for what, cases in VALUES.items():
            for selection, wanted in cases:
                with self.subTest(what, selection=selection):
                    self.assertEqual(holds(s=selection), wanted)


class Conditions(unittest.TestCase):
    YES, NO = {"a.number": 5}, {"a.number": 6}

    def check(self, condition, wanted, **selections):
        self.assertEqual(holds(condition, **selections), wanted, condition)

    def test_words_bind_as_in_the_specification(self):
        y, n = self.YES, self.NO
        self.check("y or y2 and n", True, y=y, y2=y, n=n)
        self.check("(y or y2) and n", False, y=y, y2=y, n=n)
        self.check("not n and y", True, y=y, n=n)
        self.check("not (n or y)", False, y=y, n=n)
        self.check("not not y", True, y=y)

    def test_quantifiers(self):
        y, n = self.YES, self.NO
        self.check("1 of s_*", True, s_a=y, s_b=n)
        self.check("all of s_*", False, s_a=y, s_b=n)
        self.check("1 of them", True, a=n, b=y)
        self.check("all of them and 1 of _*", True, a=y, _b=y)

    def test_a_list_of_maps_is_an_or(self):
        self.check("s", True, s=[self.NO, self.YES])
        self.check("s", False, s=[self.NO, self.NO])


class Strictness(unittest.TestCase):
    def test_what_is_not_known_is_an_error(self):
        for detection in ({"s": {"a|base64": "x"}, "condition": "s"},
                          {"s": {"a|re": ".*"}, "condition": "s"},
                          {"s": {"a|contains|contains": "x"}, "condition": "s"},
                          {"s": {"a|gt": "5"}, "condition": "s"},
                          {"s": {"a|exists": "yes"}, "condition": "s"},
                          {"s": {"a|contains": 5}, "condition": "s"},
                          {"s": {"a|cidr": "10.0.0.1/8"}, "condition": "s"},
                          {"s": {"a": {"b": 1}}, "condition": "s"},
                          {"s": {"a": []}, "condition": "s"},
                          {"s": {"a": 1.5}, "condition": "s"},
                          {"s": {"A b": 1}, "condition": "s"},
                          {"s": ["a word"], "condition": "s"},
                          {"s": {}, "condition": "s"},
                          {"s": {"a": 1}, "condition": "s | count() > 5"},
                          {"s": {"a": 1}, "condition": "s and"},
                          {"s": {"a": 1}, "condition": "(s"},
                          {"s": {"a": 1}, "condition": "t"},
                          {"s": {"a": 1}, "condition": "1 of t*"},
                          {"s": {"a": 1}, "t": {"a": 1}, "condition": "s"},
                          {"s": {"a": 1}, "timeframe": "5m", "condition": "s"}):
            with self.subTest(detection), self.assertRaises((sigma.RuleError, ValueError)):
                rule(detection)

    def test_documents(self):
        fine = {"s": {"a": 1}, "condition": "s"}
        rule(fine)
        for more in ({"name": None}, {"level": "urgent"}, {"date": "yesterday"}, {"extra": 1}):
            with self.subTest(more), self.assertRaises(sigma.RuleError):
                rule(fine, **more)


class Correlations(unittest.TestCase):
    @staticmethod
    def rules(**correlation):
        rules = {}
        for name in "ab":
            rules[name] = sigma.Rule(name, {}, rule({"s": {"event.action": name},
                                                     "condition": "s"}).condition)
        document = {"name": "c", "level": "low", "date": datetime.date(2026, 1, 1),
                    "correlation": {"group-by": ["k"], "timespan": "10m"} | correlation}
        rules["c"] = sigma.parse(document)
        return rules

    def seconds_of(self, rules, *steps):
        """Of the events at which it alerts; a step is (action, key, second)."""
        events = [{"@timestamp": f"2026-01-01T00:{s // 60:02}:{s % 60:02}.000Z",
                   "event": {"action": action, "sequence": i}, **({"k": key} if key else {})}
                  for i, (action, key, s) in enumerate(steps)]
        return [steps[event["event"]["sequence"]][2]
                for name, event in sigma_match.alerts(rules, events) if name == "c"]

    def test_event_count_alerts_once_where_the_limit_is_reached(self):
        rules = self.rules(type="event_count", rules=["a"], condition={"gte": 3})
        a = [("a", "x", s) for s in (0, 10, 600, 610, 1300, 1310, 1320)]
        self.assertEqual(self.seconds_of(rules, *a, ("b", "x", 5)), [600, 1320])
        self.assertEqual(self.seconds_of(rules, ("a", "x", 0), ("a", "x", 1), ("a", "y", 2)), [])
        self.assertEqual(self.seconds_of(rules, *[("a", None, s) for s in (0, 1, 2)]), [])

    def test_temporal_ordered(self):
        rules = self.rules(type="temporal_ordered", rules=["a", "b"])
        self.assertEqual(self.seconds_of(rules, ("a", "x", 0), ("b", "x", 600)), [600])
        self.assertEqual(self.seconds_of(rules, ("a", "x", 0), ("b", "x", 601)), [])
        self.assertEqual(self.seconds_of(rules, ("b", "x", 0), ("a", "x", 1)), [])
        self.assertEqual(self.seconds_of(rules, ("a", "x", 0), ("b", "y", 1)), [])
        self.assertEqual(
            self.seconds_of(rules, ("a", "x", 0), ("a", "x", 700), ("b", "x", 720)), [720])

    def test_what_is_not_known_is_an_error(self):
        for correlation in ({"type": "temporal", "rules": ["a"]},
                            {"type": "event_count", "rules": ["a"], "condition": {"lt": 3}},
                            {"type": "event_count", "rules": ["a"]},
                            {"type": "temporal_ordered", "rules": [], "condition": {}},
                            {"type": "temporal_ordered", "rules": ["a"], "timespan": "soon"},
                            {"type": "temporal_ordered", "rules": ["a"], "group-by": []},
                            {"type": "temporal_ordered", "rules": ["a"], "aliases": {}}):
            with self.subTest(correlation), self.assertRaises(sigma.RuleError):
                self.rules(**correlation)


if __name__ == "__main__":
    unittest.main()
