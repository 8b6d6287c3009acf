#!/usr/bin/python3
"""/metrics of a running daemon with every odd name there is, read by those who will read it.

The requests of Prometheus 2 and 3, each form held against its parser (promtool check metrics, the
strict OpenMetrics parser of Debian's python3-prometheus-client) and against the other; what Debian's
Prometheus stores of it; filters; the pages of other exporters; the textfile collector of Debian's
node_exporter. It needs no root; it listens on loopback alone. Takes about 20 seconds.
"""
import gzip
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
from gateway import (WGAUDIT, Failure, Gateway, expect, expect_equal,  # noqa: E402
                     wait_for)
from ports import free_port  # noqa: E402
from uapi_server import Peer, UapiServer, key_of  # noqa: E402

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
SCRAPERS = {
    "Prometheus 2": ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                     "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
    "Prometheus 3": ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                     "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
                     "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                     OPENMETRICS),
    "Prometheus 3, text": ("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                           "text/plain;version=0.0.4;q=0.5,*/*;q=0.2", TEXT),
    "Telegraf, curl": ("*/*", TEXT),
}
# Key of the peer to its principal.
NAMES = {f"peer{number}": name for number, name in enumerate((
    "alice", 'b"o\\b\nby', 'quoted "name"', "back\\slash\\", "line\nfeed\n", "\\n", '{a="b"} 1',
    "a,b=c", "# EOF", "# HELP x", "näme – ünï", "\u2028\u2029\x85", "😀", "tab\tcr\r", "  spaces  ",
    "\u200b", "x" * 256, "\ufeff", "${__rate}", "%s%n", "<script>"))}
INTERFACES = ('w"g\\b{x}', "wg-ü")
processes = []


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


def ask(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read()


def status_of(url):
    try:
        ask(url)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def families(page, openmetrics):
    parse = parse_openmetrics if openmetrics else parse_text
    return {family.name: family for family in parse(page)}


def principals(found):
    return {sample.labels["public_key"]: sample.labels["principal"]
            for sample in found["wireguard_peer_info"].samples}


def wanted():
    return {key_of(peer): name for peer, name in NAMES.items()}


def promtool(page, what):
    done = subprocess.run(["promtool", "check", "metrics"], input=page.encode(), timeout=30,
                          capture_output=True, check=False)
    expect(done.returncode == 0, f"promtool, {what}: {done.stdout + done.stderr}")


# --- one daemon ----------------------------------------------------------------------------------

def start(tmp):
    now = int(time.time())
    peers = [Peer(peer, [f"10.0.{i}.0/24", f"fd00:{i:x}::/64"], now if i % 2 else 0,
                  received_bytes=(1 << 63) + i) for i, peer in enumerate(NAMES)]
    gateway = Gateway(tmp, free_port(), peers)
    odd = [UapiServer(str(tmp / "uapi"), name, [Peer("peer0", ["10.9.0.1/32"])])
           for name in INTERFACES]
    # A name that is not UTF-8: the kernel takes it, and so does a file system.
    odd.append(UapiServer(str(tmp / "uapi"), "plain", [Peer("peer1", [])]))
    os.rename(os.fsencode(tmp / "uapi/plain.sock"), os.fsencode(tmp / "uapi") + b"/w\xffg.sock")
    odd.append(UapiServer(str(tmp / "blue"), "wg0", [Peer("peer2", [])]))
    records = [{"public_key": key_of(peer), "principal": name, "device": name}
               for peer, name in NAMES.items()]
    gateway.replace_inventory(json.dumps({"version": 1, "peers": records}))
    gateway.start("--metrics.endpoints", "--metrics.allowed-ips", "--metrics.peer-details",
                  "--collector.uapi-directory", f'bl"ue\\={tmp}/blue', "--collector.max-age", "2s")
    gateway.settled()
    return gateway, odd


def check_forms(gateway):
    url = f"http://{gateway.address}/metrics"
    for scraper, (accept, content_type) in SCRAPERS.items():
        headers, plain = ask(url, Accept=accept)
        expect_equal(headers["Content-Type"], content_type, f"type for {scraper}")
        expect_equal(headers["Content-Encoding"], None, f"encoding for {scraper}")
        packed_headers, packed = ask(url, Accept=accept, **{"Accept-Encoding": "gzip"})
        expect_equal(packed_headers["Content-Type"], content_type, f"type for {scraper}")
        expect_equal(packed_headers["Content-Encoding"], "gzip", f"encoding for {scraper}")
        head, body = ask(url, "HEAD", Accept=accept)
        expect_equal((head["Content-Type"], body), (content_type, b""), f"HEAD for {scraper}")
        openmetrics = content_type == OPENMETRICS
        for page in (plain, gzip.decompress(packed)):
            page = page.decode()
            found = families(page, openmetrics)
            for peer, name in wanted().items():
                expect_equal(principals(found)[peer], name, f"a name as {scraper} reads it")
            expect_equal(page.endswith("\n# EOF\n"), openmetrics, f"the end for {scraper}")
            if not openmetrics:
                promtool(page, scraper)
    say(f"{len(SCRAPERS)} scrapers: type, encoding and {len(NAMES)} odd names as each parser reads "
        "them")


def check_both_forms_agree(gateway):
    """Of one poll, and without what moves between two requests."""
    url = f"http://{gateway.address}/metrics?" + urllib.parse.urlencode(
        [("collect[]", group) for group in ("interfaces", "peers", "findings", "inventory")])
    for _ in range(10):
        text = ask(url)[1].decode()
        openmetrics = ask(url, Accept="application/openmetrics-text")[1].decode()
        lines = [[line for line in page.splitlines() if not line.startswith("#")]
                 for page in (text, openmetrics)]
        if lines[0] == lines[1]:
            break
    expect(lines[0] == lines[1], "both forms have the same samples")
    interfaces = {sample.labels["interface"] for sample in
                  families(openmetrics, True)["wireguard_interface_peers"].samples}
    expect_equal(interfaces, {"wg0", *INTERFACES, "w\ufffdg"}, "interfaces")
    say(f"both forms: {len(lines[0])} samples, the same; interfaces of any bytes")


def check_filters(gateway):
    url = f"http://{gateway.address}/metrics"
    names = {"interfaces", "peers", "findings", "collectors", "inventory", "events", "exporter"}
    whole = set(families(ask(url)[1].decode(), False))
    seen = set()
    for name in names:
        some = set(families(ask(f"{url}?collect[]={name}")[1].decode(), False))
        rest = set(families(ask(f"{url}?exclude[]={name}")[1].decode(), False))
        expect(some and not some & rest and some | rest == whole, f"collect[] and exclude[] {name}")
        seen |= some
    expect_equal(seen, whole, "all groups together")
    for wrong in ("collect[]=cpu", "exclude[]=", "collect[]=peers&exclude[]=events", "compat=x",
                  "compat=mdlayher&collect[]=peers"):
        want = 200 if wrong == "exclude[]=" else 400
        expect_equal(status_of(f"{url}?{wrong}"), want, f"status of {wrong}")
    say(f"collect[] and exclude[]: {len(names)} groups make up {len(whole)} families; 400 for others")


def check_compat(gateway):
    url = f"http://{gateway.address}/metrics?compat="
    shared = {"mindflavor": ({"wireguard_sent_bytes", "wireguard_received_bytes",
                              "wireguard_latest_handshake_seconds"}, "friendly_name"),
              "mdlayher": ({"wireguard_device_info", "wireguard_peer_info",
                            "wireguard_peer_allowed_ips_info", "wireguard_peer_receive_bytes",
                            "wireguard_peer_transmit_bytes", "wireguard_peer_last_handshake_seconds"},
                           "name")}
    for exporter, (want, label) in shared.items():
        headers, page = ask(url + exporter, Accept=SCRAPERS["Prometheus 3"][0])
        expect_equal(headers["Content-Type"], TEXT, f"type of {exporter}'s page")
        promtool(page.decode(), exporter)
        found = families(page.decode(), False)
        expect_equal(set(found), want, f"families of {exporter}")
        names = {sample.labels["public_key"]: sample.labels[label] for family in found.values()
                 for sample in family.samples if label in sample.labels}
        expect_equal(names, wanted(), f"names on {exporter}'s page")
    say("compat: mindflavor and mdlayher have their families alone, with our names")


# --- those who scrape ----------------------------------------------------------------------------

def spawn(tmp, name, *command):
    with (tmp / f"{name}.log").open("wb") as log:
        processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp,
                                          stdin=subprocess.DEVNULL))


def check_prometheus(tmp, gateway):
    port = free_port()
    (tmp / "prometheus.yml").write_text(json.dumps({  # JSON is YAML
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {"job_name": "wgaudit", "static_configs": [{"targets": [gateway.address]}]},
            {"job_name": "old", "params": {"compat": ["mindflavor"]},
             "static_configs": [{"targets": [gateway.address]}]}]}))
    before = rendered(gateway)
    spawn(tmp, "prometheus", "prometheus", f"--config.file={tmp}/prometheus.yml",
          f"--storage.tsdb.path={tmp}/data", f"--web.listen-address=127.0.0.1:{port}",
          "--log.level=warn")

    def query(text):
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": text})
        return json.loads(ask(url)[1])["data"]["result"]

    wait_for("both jobs are scraped", lambda: len(query("up == 1")) == 2, 30)
    stored = {series["metric"]["public_key"]: series["metric"]["principal"]
              for series in query('wireguard_peer_info{job="wgaudit",interface="wg0"}')}
    expect_equal(stored, wanted(), "principals that Prometheus stored")
    old = {series["metric"]["public_key"]: series["metric"]["friendly_name"]
           for series in query('wireguard_latest_handshake_seconds{job="old",interface="wg0"}')}
    expect_equal(old, wanted(), "names that it stored of MindFlavor's page")
    samples = int(query('scrape_samples_scraped{job="wgaudit"}')[0]["value"][1])
    after = rendered(gateway)
    expect(all(a > b for a, b in zip(after, before)),
           f"pages in OpenMetrics, compressed ones, and MindFlavor's: {before} to {after}")
    say(f"Prometheus: OpenMetrics, compressed, {samples} samples; every name as it was")


def rendered(gateway):
    metrics = gateway.metrics()
    return (metrics.value("wgaudit_exposition_renderings_total", format="openmetrics"),
            metrics.value("wgaudit_exposition_compressions_total", format="openmetrics"),
            metrics.value("wgaudit_exposition_renderings_total", format="mindflavor"))


def check_textfile(tmp):
    dump = (f"wg0\t(hidden)\t{key_of('wg0')}\t51820\toff\n"
            f"wg0\t{key_of('peer1')}\t(hidden)\t198.51.100.7:1\t10.0.0.2/32\t{int(time.time())}\t1\t2"
            "\toff\n")
    place = tmp / "textfile"
    place.mkdir()
    (tmp / "dump").write_text(dump)
    for _ in range(2):  # the second replaces the first
        subprocess.run([WGAUDIT, "metrics", "--from-dump", tmp / "dump", "--inventory.file",
                        tmp / "inventory.json", "--output", place / "wgaudit.prom"], check=True,
                       timeout=10, capture_output=True)
    expect_equal([path.name for path in place.iterdir()], ["wgaudit.prom"], "files of the collector")
    expect_equal(stat.S_IMODE((place / "wgaudit.prom").stat().st_mode), 0o644, "its mode")
    promtool((place / "wgaudit.prom").read_text(), "the file")
    port = free_port()
    spawn(tmp, "node", "prometheus-node-exporter", "--collector.disable-defaults",
          "--collector.textfile", f"--collector.textfile.directory={place}",
          f"--web.listen-address=127.0.0.1:{port}")
    page = wait_for("node_exporter answers",
                    lambda: ask(f"http://127.0.0.1:{port}/metrics")[1].decode(), 15)
    expect(re.search(r"^node_textfile_scrape_error 0$", page, re.M), "node_exporter takes the file")
    found = families(page, False)
    expect_equal(principals(found), {key_of("peer1"): NAMES["peer1"]}, "what it shows of it")
    say("textfile collector: node_exporter shows the file beside its own metrics, without an error")


def main():
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="wgaudit-exposition."))
    gateway = None
    try:
        gateway, interfaces = start(tmp)
        say(f"{len(NAMES)} names, {1 + len(interfaces)} interfaces")
        check_forms(gateway)
        check_both_forms_agree(gateway)
        check_filters(gateway)
        check_compat(gateway)
        check_prometheus(tmp, gateway)
        check_textfile(tmp)
        gateway.stop()
    except (Failure, OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"FAIL: {error} {getattr(error, 'stderr', '') or ''}")
        for log in sorted(tmp.glob("*.log")):
            print(f"--- {log.name}\n" + log.read_text(errors="replace")[-1500:])
        return 1
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)
        if gateway is not None:
            gateway.end()
        shutil.rmtree(tmp, ignore_errors=True)
    print("PASS")
    return 0


began = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
