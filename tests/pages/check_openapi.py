#!/usr/bin/env python3
"""Holds the API's own description against its answers, both ways.

Every answer is valid by the schema that the document gives for its path and status; every parameter
that the document names is accepted, and one that it does not name is refused.

usage: check_openapi.py OPENAPI_JSON API_ANSWERS
"""
import json
import pathlib
import subprocess
import sys
import urllib.parse

import jsonschema

EXAMPLES = {
    "limit": "3", "q": "a", "principal": "alice", "role": "laptop", "interface": "wg0",
    "key": "A" * 43 + "=", "since": "24h", "until": "2026-12-01T00:00:00Z", "address": "192.0.2.1",
    "action": "session-started", "finding": "any", "rule": "unknown_key", "severity": "high",
    "min_severity": "low",
}


def resolve(document, value):
    while "$ref" in value:
        at = document
        for name in value["$ref"].removeprefix("#/").split("/"):
            at = at[name]
        value = at
    return value


def targets_of(document):
    """Each path as it is, with each parameter, and with one that there is not: (path, target)."""
    for path, item in document["paths"].items():
        yield path, path
        if path.endswith("openapi.json"):
            continue
        yield path, f"{path}?no_such_parameter=1"
        for parameter in item["get"].get("parameters", []):
            parameter = resolve(document, parameter)
            name, schema = parameter["name"], resolve(document, parameter["schema"])
            if name == "cursor":
                continue
            for value in schema.get("enum") or [EXAMPLES.get(name, schema.get("default"))]:
                yield path, f"{path}?" + urllib.parse.urlencode({name: value})


def answers(program, targets):
    run = subprocess.run([program, *targets], capture_output=True, timeout=60, check=True)
    for part in run.stdout.split(b"\0")[:-1]:
        head, _, body = part.partition(b"\n")
        target, _, status = head.decode().rpartition(" ")
        yield target, int(status), json.loads(body)


def wrong_with(document, path, target, status, body):
    wanted = 400 if "no_such_parameter" in target else 200
    if status != wanted:
        yield f"status {status}, wanted {wanted}: {body}"
    response = document["paths"][path]["get"]["responses"].get(str(status))
    if response is None:
        yield f"status {status} is not described"
        return
    schema = {**response["content"]["application/json"]["schema"],
              "components": document["components"]}
    validator = jsonschema.Draft202012Validator(schema,
                                                format_checker=jsonschema.FormatChecker())
    for error in validator.iter_errors(body):
        yield f"{error.json_path}: {error.message[:200]}"


def missing_from(document):
    """What stands before every handler: password, who may see people, rate, requests at once; what
    is no request at all; and by what one may authenticate, or that nothing asks for it."""
    for path, item in document["paths"].items():
        for status in {"401", "403", "429", "503", "default"} - set(item["get"]["responses"]):
            yield f"{path}: status {status} is not described"
        if "default" in item["get"]["responses"]:
            default = resolve(document, item["get"]["responses"]["default"])
            error = {"$ref": "#/components/schemas/Error"}
            if default["content"].get("application/json", {}).get("schema") != error:
                yield f"{path}: the default is no error"
            for status in ("400", "405", "408", "414", "431", "500", "505"):
                if status not in default["description"]:
                    yield f"{path}: status {status} is not described"
    schemes = document["components"].get("securitySchemes", {})
    kinds = {name: scheme.get("scheme", scheme["type"]) for name, scheme in schemes.items()}
    ways = {tuple(kinds.get(name, f"no scheme {name}") for name in way)
            for way in document.get("security", [])}
    if ways != {(), ("basic",), ("mutualTLS",)}:
        yield f"security: {ways}"


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["openapi"].startswith("3.1.")
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    paths = {target: path for path, target in targets_of(document)}
    faults = seen = 0
    for fault in missing_from(document):
        faults += 1
        print(fault)
    for target, status, body in answers(sys.argv[2], list(paths)):
        seen += 1
        for fault in wrong_with(document, paths[target], target, status, body):
            faults += 1
            print(f"{target}: {fault}")
        if target.endswith("openapi.json") and body != document:
            faults += 1
            print("what is served is another document")
    print(f"{seen} answers to {len(paths)} requests against the OpenAPI document: {faults} faults")
    return 1 if faults or seen != 2 * len(paths) or len(paths) < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
