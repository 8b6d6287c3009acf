#!/usr/bin/env python3
"""The examples of packaging/examples that need other programs: read by those that are there
(amtool, promtool), run by them (Alertmanager) or, as a container would run it, by wgaudit itself.

usage: tests/e2e/examples.py      as root; reads build/release/wgaudit, or WGAUDIT
"""
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from ports import free_port  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "packaging/examples"
WGAUDIT = pathlib.Path(os.environ.get("WGAUDIT", ROOT / "build/release/wgaudit")).resolve()
# A root that is read only, and no capability but one, as both container examples have it.
CONTAINER = """
set -eu
ip link set lo up
mkdir "$STATE" "$EVENTS"
mount -t tmpfs none "$STATE"
mount -t tmpfs none "$EVENTS"
mount -o remount,bind,ro /
if touch "$STATE-beside" 2>/dev/null; then echo "the root can be written"; exit 1; fi
exec setpriv --no-new-privs --bounding-set=-all,+net_admin --inh-caps=-all "$@"
"""


def run(*command, **kwargs):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, timeout=60, **kwargs)


def post(url, body):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error
    except OSError:  # not listening yet
        return False


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def documents(name):
    return list(yaml.safe_load_all((EXAMPLES / name).read_text()))


def alerts():
    """[labels] as Alertmanager gets them: each severity that a template can make."""
    for path in sorted((ROOT / "alerts").glob("*.rules.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" not in rule:
                    continue
                labels = rule["labels"]
                severities = re.findall(r"critical|warning|info", labels["severity"])
                for severity in set(severities):
                    yield {"alertname": rule["alert"], "severity": severity,
                           "category": labels["category"]}


def by_default():
    """{alert: severity}, of those that a configuration can grade anew as they are without one."""
    page = (ROOT / "audit/RULES.md").read_text()
    grades = dict(re.findall(r"^\| WGA-\d+ \| \[`(\w+)`\]\S+ \| (\w+) \|", page, re.M))
    levels = {"critical": "critical", "high": "warning", "medium": "warning"}
    said = {}
    for path in sorted((ROOT / "alerts").glob("*.rules.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in (one for one in group["rules"] if "alert" in one):
                severity = rule["labels"]["severity"]
                if "{{" in severity:  # one rule's, or that of several: then the worst
                    about = re.search(r'rule=~?"([\w|]+)"', rule["expr"])[1].split("|")
                    severity = max((levels.get(grades[name], "info") for name in about),
                                   key=RANK.get)
                said[rule["alert"]] = severity
    return said


RANK = {"info": 0, "warning": 1, "critical": 2}


class Alertmanager(unittest.TestCase):
    CONFIG = EXAMPLES / "alertmanager.yml"
    RECEIVER = {("security", "critical"): "security", ("security", "warning"): "security"}

    def test_it_can_be_read(self):
        done = run("amtool", "check-config", self.CONFIG)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_finds_its_way(self):
        ways = {(alert["category"], alert["severity"]) for alert in alerts()}
        self.assertGreater(len(ways), 4)
        for category, severity in ways:
            wanted = self.RECEIVER.get((category, severity), {
                "critical": "on-call", "warning": "tickets", "info": "weekly"}[severity])
            done = run("amtool", "config", "routes", "test", f"--config.file={self.CONFIG}",
                       f"category={category}", f"severity={severity}")
            self.assertEqual(done.stdout.strip(), wanted, f"{category} {severity} {done.stderr}")

    def test_inhibitions_name_alerts_that_are_there(self):
        names = {alert["alertname"] for alert in alerts()}
        rules = documents("alertmanager.yml")[0]["inhibit_rules"]
        matchers = [m for rule in rules for key in ("source", "target")
                    for m in rule[f"{key}_matchers"] if m.startswith("alertname")]
        self.assertGreater(len(matchers), 10)
        for matcher in matchers:
            self.assertLessEqual(self.named_by(matcher), names)

    @staticmethod
    def named_by(matcher):
        pattern = re.fullmatch(r'alertname(?:=~?|!=)"(.*)"', matcher)[1]
        choice = re.fullmatch(r"(\w+)\((.*)\)", pattern)
        return {choice[1] + part for part in choice[2].split("|")} if choice else {pattern}

    def test_no_ticket_silences_a_page(self):
        """Nor one that a configuration grades as a page."""
        said, tickets = by_default(), 0
        for rule in documents("alertmanager.yml")[0]["inhibit_rules"]:
            (source,), targets = self.named_by(rule["source_matchers"][0]), rule["target_matchers"]
            if said[source] == "critical":
                continue
            tickets += 1
            self.assertIn('severity!="critical"', targets, source)
            for name in self.named_by(targets[0]):
                self.assertLessEqual(RANK[said[name]], RANK[said[source]], f"{source}: {name}")
        self.assertEqual(tickets, 2)


GATEWAY = {"job": "wgaudit", "instance": "gw1"}
KEY = GATEWAY | {"netns": "", "interface": "wg0", "public_key": "k1"}
THIRD, FOURTH = GATEWAY | {"instance": "gw3"}, GATEWAY | {"instance": "gw4"}
FIFTH = GATEWAY | {"instance": "gw5"}
# (alert, severity, category, its labels, who hears of it; None: nobody, as another says it)
SENT = [(f"WireGuard{name}", *rest) for name, *rest in [
    # A dead gateway silences its peers and itself, not what is about security, nor another one.
    ("ExporterDown", "critical", "monitoring", GATEWAY, "on-call"),
    ("PeerStale", "warning", "availability", KEY, None),
    ("ManyPeersStale", "critical", "availability", GATEWAY | {"interface": "wg0"}, None),
    ("SinkBehind", "warning", "monitoring", GATEWAY | {"sink": "file"}, None),
    ("RotationDue", "warning", "hygiene", KEY, None),
    ("SharedKey", "warning", "security", KEY, "security"),
    ("PeerStale", "warning", "availability", KEY | {"instance": "gw2"}, "tickets"),
    # A session says what its key would; another key is another matter.
    ("ForbiddenSession", "critical", "security", KEY | {"principal": "bob"}, "security"),
    ("RevokedKey", "critical", "security", KEY, None),
    ("UnknownKey", "critical", "security", KEY | {"public_key": "k2"}, "security"),
    ("UnknownKey", "info", "security", KEY | {"public_key": "k3"}, "weekly"),
    # Many stale silence each, on their interface alone; one that is down silences each too, and
    # not the page that they are many, nor one that somebody grades as a page.
    ("ManyPeersStale", "critical", "availability", THIRD | {"interface": "wg0"}, "on-call"),
    ("PeerStale", "warning", "availability", THIRD | {"interface": "wg0", "public_key": "a"}, None),
    ("PeerStale", "warning", "availability", THIRD | {"interface": "wg1", "public_key": "b"},
     "tickets"),
    ("InterfaceDown", "warning", "availability", THIRD | {"interface": "wg2"}, "tickets"),
    ("ManyPeersStale", "critical", "availability", THIRD | {"interface": "wg2"}, "on-call"),
    *((name, "warning", "availability", THIRD | {"interface": "wg2", "public_key": "c"}, None)
      for name in ("PeerMissing", "PeerStale")),
    ("PeerMissing", "critical", "availability", THIRD | {"interface": "wg2", "public_key": "d"},
     "on-call"),
    # A collector that fails silences nobody; of a gateway that sees nothing it is the lesser thing.
    ("CollectorFailing", "warning", "monitoring", THIRD | {"netns": "blue"}, "tickets"),
    ("PeerStale", "warning", "availability", FIFTH | {"interface": "wg0", "public_key": "e"},
     "tickets"),
    ("ExporterStuck", "critical", "monitoring", FIFTH, "on-call"),
    ("CollectorFailing", "warning", "monitoring", FIFTH | {"netns": "blue"}, None),
    # A wrong inventory is one message; a revoked key that is connected is not its doing.
    ("InventoryMismatch", "critical", "security", FOURTH, "security"),
    *((name, "critical", "security", FOURTH | {"interface": "wg0", "public_key": f"u{i}",
                                               "principal": f"unknown:u{i}"}, None)
      for name in ("UnknownKey", "ForbiddenSession") for i in range(300)),
    ("ForbiddenSession", "critical", "security",
     FOURTH | {"interface": "wg0", "public_key": "r", "principal": "mallory"}, "security"),
    # A fleet behind one broken line.
    ("ManyExportersDown", "critical", "monitoring", {"job": "far"}, "on-call"),
    *(("ExporterDown", "critical", "monitoring", {"job": "far", "instance": f"far{i}"}, None)
      for i in range(9)),
    # A site whose agent died; and all that was scraped, which is said in one message.
    *(("ExporterVanished", "critical", "monitoring", {"job": "site", "instance": f"site{i}"},
       "on-call") for i in range(3)),
    ("ExporterAbsent", "critical", "monitoring", {"job": "lost"}, "on-call"),
    ("ExporterVanished", "critical", "monitoring", {"job": "lost", "instance": "lost1"}, None),
]]


class AlertmanagerAtWork(unittest.TestCase):
    """A real one, with the example but for waiting times and the address of the receivers."""

    def test_who_hears_of_what(self):
        heard, messages = [], []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                heard.extend((a["labels"], self.path[1:]) for a in body["alerts"])
                messages.append((body["groupLabels"], len(body["alerts"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with tempfile.TemporaryDirectory() as directory:
                self.send(pathlib.Path(directory), server.server_address[1], heard)
            server.shutdown()
        wanted = [(labels, sent[-1]) for labels, sent in zip(self.labels(), SENT) if sent[-1]]
        self.assertEqual(sorted(heard, key=str), sorted(wanted, key=str))
        site = {"alertname": "WireGuardExporterVanished", "job": "site"}
        self.assertEqual([size for group, size in messages if group == site], [3])

    def labels(self):
        for name, severity, category, more, _ in SENT:
            labels = {"alertname": name, "severity": severity, "category": category} | more
            yield {name: value for name, value in labels.items() if value}

    def send(self, directory, receivers, heard):
        text = Alertmanager.CONFIG.read_text().replace("127.0.0.1:9099", f"127.0.0.1:{receivers}")
        text, waits = re.subn(r"group_wait: \w+", "group_wait: 1s", text)
        self.assertEqual(waits, 3)
        (directory / "alertmanager.yml").write_text(text)
        port = free_port()
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(
                ["prometheus-alertmanager", f"--config.file={directory}/alertmanager.yml",
                 f"--storage.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}",
                 "--cluster.listen-address="], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            body = json.dumps([{"labels": labels} for labels in self.labels()]).encode()
            until(lambda: post(f"http://127.0.0.1:{port}/api/v2/alerts", body), "takes alerts")
            until(lambda: len(heard) >= sum(sent[-1] is not None for sent in SENT), "all are told")
            time.sleep(2)  # what must not come would have come by now
        finally:
            process.terminate()
            process.wait(10)


class Commands(unittest.TestCase):
    """What documents, runbooks and rules tell people to type is there."""
    GROUPS = ("check", "events", "inventory")

    def test_every_command_that_is_named_is_one(self):
        named = {}
        files = run("git", "ls-files", "*.md", "*.yml", "*.yaml", "dashboards/lib", cwd=ROOT)
        for name in files.stdout.splitlines():
            found = re.findall(rf"wgaudit ({'|'.join(self.GROUPS)}) ([a-z][a-z-]+)",
                               (ROOT / name).read_text(encoding="utf-8"))
            named |= {command: name for command in found}
        self.assertGreaterEqual(len(named), 10)
        there = {group: self.subcommands(group) for group in self.GROUPS}
        for (group, command), name in named.items():
            with self.subTest(name=name):
                self.assertIn(command, there[group])

    @staticmethod
    def subcommands(group):
        """What --help lists: asked for one that is not there, it shows the help of the group."""
        listed = run(WGAUDIT, group, "--help").stdout.split("\nSubcommands:\n")[1].split("\n\n")[0]
        return set(re.findall(r"^  ([a-z][a-z-]+)", listed, re.M))


class Grafana(unittest.TestCase):
    def test_dashboards_are_where_they_are_looked_for(self):
        provider = documents("grafana/dashboards.yml")[0]["providers"][0]
        installs = (ROOT / "packaging/CMakeLists.txt").read_text()
        directory = provider["options"]["path"].removeprefix("/usr/share/")
        self.assertIn(f"${{CMAKE_INSTALL_DATADIR}}/{directory}", installs)
        self.assertEqual(documents("grafana/datasources.yml")[0]["datasources"][0]["type"],
                         "prometheus")


class Kubernetes(unittest.TestCase):
    ALL = [document for name in ("daemonset", "podmonitor", "prometheusrule")
           for document in documents(f"kubernetes/{name}.yaml")]

    def of_kind(self, kind, name="wgaudit"):
        found = [d for d in self.ALL if d["kind"] == kind and d["metadata"]["name"] == name]
        self.assertEqual(len(found), 1, f"{kind} {name}")
        return found[0]

    def pod(self):
        return self.of_kind("DaemonSet")["spec"]["template"]

    def test_the_rule_is_not_stale_and_can_be_read(self):
        done = run(EXAMPLES / "kubernetes/generate.py", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as rules:
            yaml.safe_dump(self.of_kind("PrometheusRule")["spec"], rules)
            rules.flush()
            done = run("promtool", "check", "rules", rules.name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_pod_that_is_made_anew_has_the_series_of_the_one_before(self):
        """Of the labels that the operator gives a target, those of one pod are dropped."""
        relabelings = self.of_kind("PodMonitor")["spec"]["podMetricsEndpoints"][0]["relabelings"]
        dropped = [rule["regex"] for rule in relabelings if rule.get("action") == "labeldrop"]
        left = [label for label in ("namespace", "pod", "container", "job", "instance", "endpoint")
                if not any(re.fullmatch(regex, label) for regex in dropped)]
        self.assertEqual(left, ["namespace", "job", "instance", "endpoint"])

    def test_all_is_named_as_it_is_referred_to(self):
        pod, monitor = self.pod(), self.of_kind("PodMonitor")["spec"]
        selector = self.of_kind("DaemonSet")["spec"]["selector"]["matchLabels"]
        labels = pod["metadata"]["labels"]
        self.assertEqual(selector, labels)
        self.assertEqual(monitor["selector"]["matchLabels"], labels)
        self.assertEqual(labels[monitor["jobLabel"]], "wgaudit")  # the job of the alert rules
        endpoint = monitor["podMetricsEndpoints"][0]
        ports = [port["name"] for container in pod["spec"]["containers"]
                 for port in container.get("ports", [])]
        self.assertIn(endpoint["port"], ports)
        self.of_kind("Secret", endpoint["authorization"]["credentials"]["name"])
        self.of_kind("ServiceAccount", pod["spec"]["serviceAccountName"])
        for kind in ("wgaudit", "wgaudit-scraper"):
            binding = self.of_kind("ClusterRoleBinding", kind)
            self.of_kind("ClusterRole", binding["roleRef"]["name"])
            self.of_kind("ServiceAccount", binding["subjects"][0]["name"])
        resources = documents("kubernetes/kustomization.yaml")[0]["resources"]
        files = {path.name for path in (EXAMPLES / "kubernetes").glob("*.yaml")}
        self.assertEqual(set(resources), files - {"kustomization.yaml"})

    def test_what_is_mounted_is_there_and_what_is_written_outlives_the_pod(self):
        spec = self.pod()["spec"]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        mounts = {mount["mountPath"]: mount for mount in spec["containers"][0]["volumeMounts"]}
        self.assertEqual({mount["name"] for mount in mounts.values()}, set(volumes))
        self.of_kind("ConfigMap", volumes["config"]["configMap"]["name"])
        for path in ("/var/lib/wgaudit", "/var/log/wgaudit"):
            self.assertIn("hostPath", volumes[mounts[path]["name"]])

    def test_configuration_and_inventory_are_sound(self):
        data = self.of_kind("ConfigMap")["data"]
        with tempfile.TemporaryDirectory() as directory:
            for name, text in data.items():
                pathlib.Path(directory, name).write_text(
                    text.replace("/etc/wgaudit", directory))
            for kind, name in (("config", "wgaudit.yml"), ("inventory", "inventory.json")):
                done = run(WGAUDIT, "check", kind, pathlib.Path(directory, name))
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Container(unittest.TestCase):
    """What both ask for: one capability, a root that cannot be written, no new privileges."""

    def test_the_image_has_the_libraries_of_the_program(self):
        text = (EXAMPLES / "docker/Dockerfile").read_text()
        listed = re.search(r"--no-install-recommends \\\n(.*?)&&", text, re.S)[1]
        named = set(listed.replace("\\", " ").split())
        needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", WGAUDIT).stdout)
        self.assertGreater(len(needed), 5)
        cached = run("ldconfig", "-p").stdout
        paths = dict(re.findall(r"^\s*(\S+) \(libc6,x86-64.* => (\S+)$", cached, re.M))
        for library in needed:
            real = pathlib.Path(paths[library]).resolve()
            said = "".join(run("dpkg", "-S", path).stdout for path in (real, str(real)[4:]))
            owners = {line.split(":")[0] for line in said.splitlines()}
            basic = {"libc6", "libgcc-s1"}  # every image has them
            self.assertTrue(owners & (named | basic), f"{library}: {owners}")

    def settings(self):
        """(example, arguments, environment)"""
        service = documents("docker/compose.yml")[0]["services"]["wgaudit"]
        self.assertEqual((service["cap_drop"], service["cap_add"], service["read_only"]),
                         (["ALL"], ["NET_ADMIN"], True))
        yield "compose", ["serve"], service["environment"]
        pod = next(d for d in documents("kubernetes/daemonset.yaml") if d["kind"] == "DaemonSet")
        container = pod["spec"]["template"]["spec"]["containers"][0]
        security = container["securityContext"]
        self.assertEqual((security["capabilities"], security["readOnlyRootFilesystem"]),
                         ({"drop": ["ALL"], "add": ["NET_ADMIN"]}, True))
        self.assertFalse(security["allowPrivilegeEscalation"])
        yield "kubernetes", container["args"], {e["name"]: "node1" for e in container["env"]}

    def test_one_capability_suffices(self):
        for example, arguments, environment in self.settings():
            with self.subTest(example), tempfile.TemporaryDirectory() as directory:
                self.run_one(pathlib.Path(directory), arguments, environment)

    def run_one(self, directory, arguments, environment):
        for name, text in next(d for d in documents("kubernetes/daemonset.yaml")
                               if d["kind"] == "ConfigMap")["data"].items():
            (directory / name).write_text(self.moved(text, directory))
        environment = {key: self.moved(value, directory) for key, value in environment.items()}
        log = directory / "log"
        with log.open("w") as to:
            process = subprocess.Popen(
                ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=KILL",
                 "bash", "-c", CONTAINER, "container", str(WGAUDIT),
                 *(self.moved(argument, directory) for argument in arguments),
                 "--state.directory", f"{directory}/state"],
                stdout=to, stderr=to, stdin=subprocess.DEVNULL,
                env={"PATH": os.environ["PATH"], "STATE": f"{directory}/state",
                     "EVENTS": f"{directory}/events"} | environment)
        try:
            until(lambda: process.poll() is not None or "msg=listening" in log.read_text(),
                  "it listens")
            self.assertIsNone(process.poll(), log.read_text())
            # kube-rbac-proxy hands on the name that it was asked by.
            inside = run("nsenter", "-t", self.child_of(process.pid), "-n", "curl", "-sf",
                         "-H", "Host: 192.0.2.1:9587", "http://127.0.0.1:9586/metrics")
        finally:
            process.kill()
            process.wait()
        lines = inside.stdout.splitlines()
        for line in ('wgaudit_collector_success{collector="netlink",netns=""} 1',
                     'wgaudit_sink_up{sink="file"} 1', "wgaudit_state_up 1",
                     'wgaudit_inventory_records{status="active"} 1'):
            self.assertTrue(line in lines, line)

    @staticmethod
    def moved(text, directory):
        return (text.replace("/etc/wgaudit", str(directory))
                .replace("/var/log/wgaudit", f"{directory}/events"))

    @staticmethod
    def child_of(pid):
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]


if __name__ == "__main__":
    unittest.main()
