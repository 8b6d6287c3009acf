#!/usr/bin/python3
"""The shipped schemas and the reader say the same of every example, by a validator of another make.

usage: check_schema.py SOURCE_DIR WGAUDIT MUTATIONS

Of tests/codec/inventories `good` is valid and without a problem, `bad` neither. What no schema can
express (`beyond_schema`) is valid and has a problem. Mutated inventories are valid or not as the
program that mutates them says; it holds the reader against the same.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

MUTANTS = 400

root, wgaudit, mutations = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
here = root / "tests/codec"
failures = []


def validator_of(name):
    schema = json.loads((here / "golden" / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def expect(validator, path, valid):
    errors = list(validator.iter_errors(json.loads(path.read_text())))
    if valid and errors:
        failures.append(f"{path}: {errors[0].json_path}: {errors[0].message}")
    elif not valid and not errors:
        failures.append(f"{path}: is valid, and should not be")


def expect_read(path, fine):
    run = subprocess.run([wgaudit, "check", "inventory", path], capture_output=True, text=True,
                         timeout=60)
    if (run.returncode == 0) != fine:
        failures.append(f"{path}: the reader says {run.stdout.strip() or 'nothing'}")


def files(pattern, least):
    found = sorted(here.glob(pattern))
    assert len(found) >= least, f"no examples found: {pattern}"
    return found


inventory = validator_of("inventory.schema.json")
counts = {}
for folder, valid, fine in [("good", True, True), ("bad", False, False),
                            ("beyond_schema", True, False)]:
    examples = files(f"inventories/{folder}/*.json", 3)
    counts[folder] = len(examples)
    for path in examples:
        expect(inventory, path, valid)
        expect_read(path, fine)
written = [f for f in sorted((root / "packaging").rglob("*inventory*.json")) if "schema" not in f.name]
for path in [here / "golden/init.json", *written]:
    expect(inventory, path, True)
    expect_read(path, True)
posture = validator_of("posture.schema.json")
for path in files("postures/good/*.json", 1):
    expect(posture, path, True)
for path in files("postures/bad/*.json", 3):
    expect(posture, path, False)
with tempfile.TemporaryDirectory() as directory:
    subprocess.run([mutations, "--write", directory, str(MUTANTS)], check=True, timeout=60)
    mutants = sorted(pathlib.Path(directory).glob("*.json"))
    assert len(mutants) > MUTANTS / 4, "no mutants found"
    for path in mutants:
        expect(inventory, path, path.name.endswith(".valid.json"))
print(*failures, sep="\n")
print(f"{counts}, {len(mutants)} mutants, {len(failures)} failures")
sys.exit(1 if failures else 0)
