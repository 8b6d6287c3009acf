#!/usr/bin/env python3
"""Writes the Grafana dashboards, *.json, beside this file; with --check says which are stale.

Classic (v1) JSON, which Grafana 9 to 13 load. The queries live once, in lib/: edit there, run this,
commit both. lib/query.py has the pieces of queries, lib/panel.py the kinds of panels,
lib/dashboard.py variables and links, and each dashboard is a file of its own.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
from lib import fleet, gateway, health, principal, security  # noqa: E402

DASHBOARDS = (fleet, gateway, principal, security, health)


def texts():
    """File name to content."""
    for module in DASHBOARDS:
        board = module.build()
        name = board["uid"].removeprefix("wgaudit-")
        yield HERE / f"{name}.json", json.dumps(board, indent=1, ensure_ascii=False) + "\n"


def main():
    wanted = dict(texts())
    if "--check" not in sys.argv[1:]:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    there = {path: path.read_text(encoding="utf-8") for path in HERE.glob("*.json")}
    stale = sorted(path for path in wanted.keys() | there.keys()
                   if wanted.get(path) != there.get(path))
    for path in stale:
        print(f"{path} is stale: run {HERE / 'generate.py'}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
