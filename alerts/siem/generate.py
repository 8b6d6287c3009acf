#!/usr/bin/env python3
"""Writes what follows from other files here, or fails where it is stale.

usage: generate.py [--check]

  elasticsearch/logs-wireguard.audit@mappings.json    of exporter/codec/event.schema.json
  postgresql/detections.sql                           of sigma/*.yml
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
sys.dont_write_bytecode = True
import mapping  # noqa: E402
import sigma  # noqa: E402
import sql  # noqa: E402

SCHEMA = HERE.parents[1] / "exporter/codec/event.schema.json"
SQL_HEAD = """-- Generated from ../sigma/*.yml by ../generate.py. Needs schema.sql; may be run again.
--
-- One view for each rule, and wgaudit_alerts over all that alert:
--   SELECT at, level, title, event ->> 'message' FROM wgaudit_alerts ORDER BY at DESC LIMIT 50;

"""


def generated():
    yield (HERE / "elasticsearch/logs-wireguard.audit@mappings.json",
           json.dumps(mapping.component(json.loads(SCHEMA.read_text())), indent=2) + "\n")
    yield HERE / "postgresql/detections.sql", SQL_HEAD + sql.views(sigma.load(HERE / "sigma"))


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    stale = 0
    for path, text in generated():
        if sys.argv[1:] == []:
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            print(f"{path.relative_to(HERE)} is stale: run alerts/siem/generate.py")
            stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
