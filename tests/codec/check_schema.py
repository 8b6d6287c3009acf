#!/usr/bin/python3
"""Every good inventory validates against the shipped schema, every bad one does not.

usage: check_schema.py SOURCE_DIR
"""
import json
import pathlib
import sys

import jsonschema

root = pathlib.Path(sys.argv[1])
here = root / "tests/codec"
schema = json.loads((here / "golden/inventory.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

good = sorted((here / "inventories/good").glob("*.json")) + [here / "golden/init.json"]
good += [f for f in sorted((root / "packaging").rglob("*inventory*.json")) if "schema" not in f.name]
bad = sorted((here / "inventories/bad").glob("*.json"))
failures = 0
for path in good:
    for error in validator.iter_errors(json.loads(path.read_text())):
        print(f"{path}: {error.json_path}: {error.message}")
        failures += 1
for path in bad:
    if validator.is_valid(json.loads(path.read_text())):
        print(f"{path}: is valid, and should not be")
        failures += 1
assert len(good) >= 3 and len(bad) >= 3, "no examples found"
print(f"{len(good)} good, {len(bad)} bad, {failures} failures")
sys.exit(1 if failures else 0)
