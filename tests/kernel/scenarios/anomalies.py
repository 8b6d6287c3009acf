"""One key on two devices, and traffic that is unusual: opened, raised and closed on a living
kernel, and quiet before."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from verdicts import events_of, findings, pair, story_of  # noqa: E402

TESTS = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ["wgaudit", "seq", "dd"]
MEMORY_MIB = 512
TIMEOUT = 1500
SHIFT_CLOCKS = TESTS / "e2e/lib/shift_clocks.c"
RULES = ["shared_key", "traffic_anomaly"]


def settings(severity: str) -> bytes:
    lines = [f"  {rule}: {{enabled: true, severity: {severity}}}" for rule in RULES]
    return ("rules:\n" + "\n".join(lines) + "\n").encode()


def prepare() -> dict:
    files, names = {}, []
    public = {}
    for name in ("gateway", "shared", "talker"):
        private, public[name] = pair()
        files[f"/configs/PRIVATE_{name}"] = private.encode()
        names.append(f"{name}={public[name]}")
    inventory = {"version": 1, "peers": [
        {"public_key": public["shared"], "principal": "alice"},
        {"public_key": public["talker"], "principal": "bob", "traffic_floor": 20000}]}
    with tempfile.TemporaryDirectory() as directory:
        library = pathlib.Path(directory) / "shift_clocks.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, SHIFT_CLOCKS], check=True)
        files["/lib/shift_clocks.so"] = library.read_bytes()
    return files | {"/configs/names": "\n".join(names).encode(),
                    "/configs/inventory.json": json.dumps(inventory).encode(),
                    "/configs/low.yml": settings("low"), "/configs/high.yml": settings("critical")}


def check(result) -> list:
    found = [f"not within its time: {name}" for name in result.text("late").split()]
    for rule, prefix, report in (("shared_key", "shared", "high"),
                                 ("traffic_anomaly", "traffic", "traffic")):
        for page, severity, wanted in (("fine", "low", False), ("low", "low", True),
                                       ("high", "critical", True), ("closed", "critical", False)):
            if (rule in findings(result.text(f"{prefix}.{page}"), severity)) != wanted:
                found.append(f"{rule}: {'no' if wanted else 'a'} metric, page {prefix}.{page}")
        stories = story_of(events_of(result, "events", "anomalies"), rule)
        if stories != [["finding-opened", "finding-changed", "finding-closed"]]:
            found.append(f"{rule}: events are {stories}")
        reported = json.loads(result.text(f"report.{report}"))["findings"]
        if not any(finding["rule"] == rule for finding in reported):
            found.append(f"{rule}: not in the report")
    print(f"      {len(RULES)} rules opened, changed and closed")
    return found
