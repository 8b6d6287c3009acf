#!/usr/bin/python3
"""Holds OpenMetrics pages against the reference parser, which is strict, and against text pages.

usage: check_openmetrics.py PAGE.om [THE_SAME.prom] | --self-test

With the second file: both pages have the same samples, name for name, label for label, digit for
digit, and each family the same type and help.
"""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def families(parse, page):
    """Name (of a counter without _total) to type, help and samples."""
    found = {}
    for family in parse(page):
        # One parser keeps whole numbers beyond 2^53, the other does not.
        samples = {(s.name, tuple(sorted(s.labels.items()))): float(s.value) for s in family.samples}
        if len(samples) != len(family.samples):
            raise ValueError(f"{family.name}: a series twice")
        found[family.name] = (family.type, family.documentation, samples)
    return found


def samples_of(page):
    return [line for line in page.split("\n") if line and not line.startswith("#")]


def compare(openmetrics, text):
    """What differs; None for nothing."""
    if samples_of(openmetrics) != samples_of(text):
        return "the samples differ"
    if families(parse_openmetrics, openmetrics) != families(parse_text, text):
        return "types or helps differ"
    return None


def check_units(page):
    """The parser does not miss a unit that is not there."""
    lines = page.split("\n")
    units = dict(line.split(" ")[2:] for line in lines if line.startswith("# UNIT "))
    for line in lines:
        if not line.startswith("# TYPE "):
            continue
        name = line.split(" ")[2]
        for unit in ("seconds", "bytes"):
            if name.endswith("_" + unit) != (units.get(name) == unit):
                raise ValueError(f"{name}: unit {units.get(name)}")


def self_test():
    good = "# HELP a x\n# TYPE a counter\na_total{b=\"c\"} 1\n# EOF\n"
    if not families(parse_openmetrics, good):
        raise SystemExit("FAIL: nothing found")
    for bad in (good[:-6], good.replace("# TYPE a ", "# TYPE a_total "),
                good.replace("a_total", "a"), good.replace("# TYPE", "# UNIT a seconds\n# TYPE")):
        try:
            families(parse_openmetrics, bad)
        except ValueError:
            continue
        raise SystemExit(f"FAIL: taken for good: {bad!r}")
    print("the parser refuses what it should")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    page = read(sys.argv[1])
    found = families(parse_openmetrics, page)
    check_units(page)
    if len(sys.argv) > 2 and (why := compare(page, read(sys.argv[2]))):
        raise SystemExit(f"FAIL: {sys.argv[1]}: {why}")
    print(f"{len(found)} families, {sum(len(f[2]) for f in found.values())} series are fine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
