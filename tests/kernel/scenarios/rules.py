"""Each rule opens, changes and closes on a living kernel; metric, events and report say so."""
import base64
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from replay import action, field  # noqa: E402
from verdicts import events_of, findings, pair, story_of  # noqa: E402

PROGRAMS = ["wgaudit"]
MEMORY_MIB = 768
TIMEOUT = 560
# The rules that this scenario is about; the others have scenarios of their own.
EXPECTED = """unknown_key revoked_key disabled_key expired_key rotation_due allowed_ips_excess
allowed_ips_missing allowed_ips_too_broad allowed_ips_overlap stale_handshake never_connected
dormant_key missing_peer preshared_key_missing duplicate_key unexpected_endpoint noncompliant_device
gateway_key_mismatch interface_down collector_failing forbidden_session wrong_interface
exposed_listener forwarding_open""".split()
# What an audit of one moment cannot know; the report says so.
NOT_IN_REPORT = {"collector_failing", "exposed_listener", "forwarding_open"}
KEYS = """shrinking keyed here outer unknown revoked disabled expired old greedy broad inner never
sleepy elsewhere double thief""".split()
PAIRS = ["gateway_wg0", "gateway_wg1", "another", "remote", "intruder"]


def inventory(public: dict) -> dict:
    def record(name: str, **more) -> dict:
        return {"public_key": public[name], "principal": name, **more}

    peers = [
        record("shrinking", allowed_ips=["10.1.0.7/32"]),
        record("keyed", require_preshared_key=True),
        record("here", at=["gw1/a:wg0"]),
        record("outer", allowed_ips=["10.68.0.0/16"]),
        record("revoked", status="revoked", revoked_at="2026-01-01T00:00:00Z"),
        record("disabled", status="disabled"),
        record("expired", expires_at="2020-01-01T00:00:00Z"),
        record("old", issued_at="2019-01-01T00:00:00Z", max_key_age="90d"),
        record("greedy", allowed_ips=["10.1.0.6/32"]),
        record("broad"),
        record("inner"),
        record("never", always_on=True, stale_after="10s"),
        record("sleepy", dormant_after="10s"),
        record("elsewhere", at=["gw1/a:wg1"]),
        record("double"),
        record("thief"),
        record("remote", always_on=True, stale_after="10s", endpoints=["203.0.113.0/24"],
               posture={"compliant": False}),
        record("intruder", status="revoked"),
    ]
    interfaces = [{"name": "wg0", "netns": "a", "public_key": public["gateway_wg0"]},
                  {"name": "wg1", "netns": "a", "public_key": public["gateway_wg1"]}]
    return {"version": 1, "peers": peers, "gateways": [{"name": "gw1", "interfaces": interfaces}]}


def settings(severity: str) -> bytes:
    rules = EXPECTED + ["no_inventory", "shared_key"]
    lines = [f"  {rule}: {{enabled: true, severity: {severity}}}" for rule in rules]
    return ("rules:\n" + "\n".join(lines) + "\n").encode()


def prepare() -> dict:
    r = random.Random(3)
    public = {name: base64.b64encode(r.randbytes(32)).decode() for name in KEYS}
    files, names = {}, []
    for name in PAIRS:
        private, public[name] = pair()
        files[f"/configs/{name}"] = private.encode()
        names.append(f"PRIVATE_{name}=/configs/{name}")
    names += [f"{name}={key}" for name, key in public.items()]
    return files | {
        "/configs/psk": base64.b64encode(r.randbytes(32)),
        "/configs/names": "\n".join(names).encode(),
        "/configs/inventory.json": json.dumps(inventory(public)).encode(),
        "/configs/empty.json": b'{"version": 1, "peers": []}',
        "/configs/expected": "\n".join(EXPECTED).encode() + b"\n",
        "/configs/low.yml": settings("low"), "/configs/high.yml": settings("critical")}


def check_rule(rule: str, pages: dict, events: list, reports: dict) -> list:
    found = []
    for page, severity, wanted in (("fine", "low", False), ("low", "low", True),
                                   ("high", "critical", True), ("closed", "critical", False)):
        if (rule in findings(pages[page], severity)) != wanted:
            found.append(f"{rule}: {'not' if wanted else ''} a metric of severity {severity}, page {page}")
    stories = story_of(events, rule)
    whole = ["finding-opened", "finding-changed", "finding-closed"]
    if whole not in stories:
        found.append(f"{rule}: events are {stories}, wanted one that is {whole}")
    for story in stories:
        if story.count("finding-opened") != story.count("finding-closed"):
            found.append(f"{rule}: opened and not closed, or the other way round: {story}")
    for name, wanted in (("low", True), ("high", True), ("closed", False)):
        in_report = any(f["rule"] == rule for f in reports[name]["findings"])
        unchecked = any(n["rule"] == rule for n in reports[name]["not_checked"])
        if rule in NOT_IN_REPORT and (in_report or unchecked):
            continue
        if in_report != wanted:
            found.append(f"{rule}: {'not' if wanted else 'still'} in the report {name}")
    return found


def check_events(events: list) -> list:
    found = []
    moved = [e for e in events if action(e) == "allowed-ips-moved"]
    if len(moved) < 1 or field(moved[0], "wireguard.moved.from_principal") != "shrinking":
        found.append(f"allowed-ips-moved: {moved}")
    for event in events:
        if action(event) == "finding-opened" and "wireguard" in event:
            if not field(event, "wireguard.finding.detail"):
                found.append(f"a finding without detail: {event['event']}")
    return found


def report_of(result, name: str, found: list) -> dict:
    try:
        return json.loads(result.text(f"report.{name}"))
    except ValueError:
        found.append(f"report {name}: {result.text(f'report.{name}.stderr')}")
        return {"findings": [], "not_checked": []}


def check(result) -> list:
    found = [f"not within its time: {name}" for name in result.text("late").split()]
    if found:
        found += result.text("log").splitlines()[-12:]
    pages = {name: result.text(f"metrics.{name}") for name in ("fine", "low", "high", "closed")}
    reports = {name: report_of(result, name, found) for name in ("fine", "low", "high", "closed")}
    events = events_of(result, "events", "rules")
    for rule in EXPECTED:
        problems = check_rule(rule, pages, events, reports)
        found += problems
    bare = {"fine": "", "low": result.text("bare.low"), "high": result.text("bare.high"),
            "closed": result.text("bare.closed")}
    report = report_of(result, "bare", found)
    found += check_rule("no_inventory", bare, events_of(result, "events.bare", "rules"),
                        {"low": report, "high": report, "closed": reports["closed"]})
    for name in ("low", "high"):
        for rule in set(EXPECTED) - NOT_IN_REPORT:
            if rule not in result.text(f"report.{name}.text"):
                found.append(f"{rule} is not in the text of the report {name}")
    found += check_events(events)
    rules = len(EXPECTED) + 1
    print(f"      {rules} rules opened, changed and closed; {len(events)} events")
    return found
