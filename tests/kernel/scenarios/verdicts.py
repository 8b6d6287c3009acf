"""What scenarios about findings share: keys, what a page of /metrics shows open, what was told."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from replay import action, field, parsed  # noqa: E402


def pair() -> tuple[str, str]:
    private = subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout
    public = subprocess.run(["wg", "pubkey"], input=private, capture_output=True, text=True,
                            check=True).stdout
    return private.strip(), public.strip()


def findings(page: str, severity: str) -> set:
    lines = [line for line in page.splitlines() if line.startswith("wgaudit_finding{")]
    return {line.split('rule="')[1].split('"')[0] for line in lines
            if f'severity="{severity}"' in line}


def events_of(result, name: str, scenario: str) -> list:
    lines = [line for line in result.files[name].split(b"\n") if line]
    directory = os.environ.get("WGAUDIT_TEST_EVENTS")
    if directory:
        pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
        pathlib.Path(directory, f"kernel-{scenario}-{name}.jsonl").write_bytes(result.files[name])
    return [parsed(line) for line in lines]


def story_of(events: list, rule: str) -> list:
    """What was told of the rule's findings, in order, by identity; each a list of actions.
    One change after the other is one."""
    stories = {}
    for event in events:
        if not action(event).startswith("finding-") or field(event, "rule.name") != rule:
            continue
        identity = tuple(field(event, path) for path in (
            "wireguard.interface.name", "wireguard.peer.public_key", "wireguard.finding.subject"))
        story = stories.setdefault(identity, [])
        if story[-1:] != ["finding-changed"] or action(event) != "finding-changed":
            story.append(action(event))
    return list(stories.values())
