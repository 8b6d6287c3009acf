"""forwarding_open against a real kernel: settings, nft rules, legacy iptables, time."""
import json
import re

PROGRAMS = ["wgaudit", "nft", "strace", "setpriv"]
EXTRA_MODULES = """libcrc32c nfnetlink nf_tables nf_reject_ipv4 nf_reject_ipv6 nft_reject
nft_reject_inet nft_reject_ipv6 x_tables ip_tables iptable_filter""".split()
MEMORY_MIB = 768
TIMEOUT = 500
SETTLE_MS = 5000
# Of namespace a: the families with a finding, and what passes from the tunnel to the cable.
STEPS = {
    "unloaded.off": ("", "no no"),
    "unloaded.ipv4": ("ipv4", "yes no"),
    "ipv4.wg0.off": ("", "no no"),
    "ipv6.wg0.alone": ("ipv4", "yes no"),  # that of all decides for IPv6
    "ipv6.all": ("ipv4 ipv6", "yes yes"),
    "loaded.empty": ("ipv4 ipv6", "yes yes"),
    "policy.drop": ("", "no no"),
    "ip.alone": ("ipv6", "no yes"),
    "ip6.reject": ("ipv4", "yes no"),
    "jump": ("", "no no"),
    "conditional": ("ipv4 ipv6", "yes yes"),
    "accept.first": ("ipv4 ipv6", "yes yes"),
    "dormant": ("ipv4 ipv6", "yes yes"),
    "legacy.no.table": ("ipv4 ipv6", "yes yes"),
    "legacy.table": ("ipv6", "no yes"),  # the table that was loaded drops
}
LEGACY = "legacy iptables is loaded"


def findings(report: dict) -> list:
    return [f for f in report["findings"] if f["rule"] == "forwarding_open"]


def unjudged(report: dict) -> list:
    return [entry["why"] for entry in report["not_checked"] if entry["rule"] == "forwarding_open"]


def check_steps(result) -> list:
    found = []
    for step, (want, passes) in STEPS.items():
        report = json.loads(result.text(f"{step}.report"))
        got = findings(report)
        subjects = " ".join(sorted(f["subject"] for f in got if (f["netns"], f["interface"]) == ("a", "wg0")))
        if subjects != want:
            found.append(f"{step}: findings {subjects!r}, wanted {want!r}")
        others = [f["netns"] for f in got if f["netns"] != "a"]
        if others:
            found.append(f"{step}: findings in {others}")
        if result.text(f"{step}.passes").strip() != passes:
            found.append(f"{step}: passes {result.text(f'{step}.passes').strip()}, wanted {passes}")
        if step != "legacy.table" and unjudged(report):
            found.append(f"{step}: not judged: {unjudged(report)}")
        if any(f["severity"] != "medium" or f["code"] != "WGA-022" for f in got):
            found.append(f"{step}: {got}")
    table = unjudged(json.loads(result.text("legacy.table.report")))
    if len(table) != 1 or not table[0].startswith("a/wg0, ipv4: " + LEGACY):
        found.append(f"legacy tables: not_checked is {table}")
    user = json.loads(result.text("legacy.user.report"))
    if not any(w.startswith("a/wg0, ipv4: " + LEGACY) for w in unjudged(user)):
        found.append(f"legacy, as a user: not_checked is {unjudged(user)}")
    if [f["subject"] for f in findings(user)] != ["ipv6"]:
        found.append(f"legacy, as a user: {findings(user)}")
    return found


def loaded(result, name: str) -> set:
    return {line.split()[0] for line in result.text(name).splitlines()}


def check_modules(result) -> list:
    found = []
    wanted = result.text("modprobe").split()
    if wanted:
        found.append(f"the kernel was made to load {wanted}")
    if {"nf_tables", "nfnetlink"} & loaded(result, "modules.before"):
        found.append("nf_tables was loaded before the scenario loaded it")
    if not result.text("modprobe.nft").split():
        found.append("nft made the kernel load nothing either: that proves nothing")
    text = {mode: result.text(f"strace.{mode}").replace("\\x", "") for mode in ("off", "on")}
    path = "/sys/module/nf_tables".encode().hex()
    if path in text["off"] or path not in text["on"]:
        found.append("nf_tables is looked for with the rule off, or not with it on")
    if text["off"].count("NETLINK_ROUTE") >= text["on"].count("NETLINK_ROUTE"):
        found.append("settings are asked for with the rule off, or not with it on")
    if "NETLINK_NETFILTER" in text["on"]:
        found.append("nfnetlink was asked although it is not loaded")
    return found


def check_time(result) -> list:
    found = [f"{name}: not within its time" for name, data in result.files.items()
             if data.strip() == b"timeout"]
    if 'subject="ipv4"' not in result.text("page.open"):
        found.append("no finding at first")
    if not re.search(r'wgaudit_open_findings\{rule="forwarding_open",severity="medium"\} 2', result.text("page.open")):
        found.append("not two open findings at first")
    if any(int(count) for count in result.text("reloads").split()):
        found.append("a finding opened beside rules that are loaded again")
    if len(result.text("reloads").split()) != 12:
        found.append("too few pages beside rules that are loaded again")
    settled = int(result.text("time.settled"))
    print(f"      opened {settled} ms after the filter went, {result.text('time.closed').strip()} ms to close")
    if settled < SETTLE_MS:
        found.append(f"opened after {settled} ms")
    if 'subject="ipv4"' not in result.text("page.legacy"):
        found.append("with legacy iptables the open finding is gone")
    if int(result.text("said.before")) or LEGACY not in result.text("log"):
        found.append("that it cannot be judged is not said, or too early")
    return found


def check_events(result) -> list:
    events = [json.loads(line) for line in result.text("events").splitlines()]
    told = []
    for event in events:
        if event.get("rule", {}).get("name") != "forwarding_open":
            continue
        wireguard = event["wireguard"]
        told.append((event["event"]["action"], wireguard["finding"]["subject"],
                     wireguard["interface"]["name"], wireguard["interface"]["netns"],
                     event["event"].get("reason", "")))
    want = []
    for action, reason in (("finding-opened", ""), ("finding-closed", "cause_gone"),
                           ("finding-opened", ""), ("finding-closed", "cause_gone")):
        want += [(action, subject, "wg0", "a", reason) for subject in ("ipv4", "ipv6")]
    return [] if told == want else [f"events are {told}, wanted {want}"]


def check(result) -> list:
    return check_steps(result) + check_modules(result) + check_time(result) + check_events(result)
