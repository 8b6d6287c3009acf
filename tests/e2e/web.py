#!/usr/bin/env python3
"""The web server of running daemons: where it listens, who it lets in, what it reads again.

Debian's Prometheus scrapes over HTTP, TLS, TLS with client certificates and with a password;
`promtool check web-config` and `wgaudit check web-config` agree on every file of
tests/config/web_files but those where wgaudit is meant to be stricter. Root is needed; all of it
lives in network, mount and process namespaces of its own. Takes about half a minute.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
from attackers import ask, status  # noqa: E402
from gateway import ROOT, WGAUDIT, Failure, a_peer, expect, expect_equal, run, wait_for  # noqa: E402
from web_gateway import (HASH, PASSWORD, USER, Certificates, WebGateway,  # noqa: E402
                         check_web_config)

TLS = "tls_server_config: {cert_file: tls/server.crt, key_file: tls/server.key}\n"
MUTUAL = ("tls_server_config: {cert_file: tls/server.crt, key_file: tls/server.key, "
          "client_auth_type: RequireAndVerifyClientCert, client_ca_file: tls/ca.crt, "
          "client_allowed_sans: [prometheus.example.org]}\n")
USERS = f"basic_auth_users: {{{USER}: {HASH}}}\n"
PAGE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PORT = 9600
gateways, processes = [], []


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


def gateway(tmp, name, web=""):
    place = tmp / name
    place.mkdir()
    made = WebGateway(place, PORT + len(gateways), [a_peer("alice", time.time())])
    gateways.append(made)
    made.write_inventory("alice")
    made.certificates = Certificates(place / "tls")
    if web:
        made.configure(web)
    return made


# --- files ---------------------------------------------------------------------------------------

def check_verdicts(tmp):
    """(folder, exit codes of wgaudit, whether promtool takes it)."""
    want = (("good", (0, 1), True), ("newer", (0, 1), False), ("stricter", (2,), True),
            ("bad", (2,), False))
    place = tmp / "files"
    certificates = Certificates(place)
    shutil.copy(certificates.certificate, place / "client_ca.crt")
    count = 0
    for folder, codes, takes in want:
        for file in sorted((ROOT / "tests/config/web_files" / folder).glob("*.yml")):
            copy = shutil.copy(file, place)
            code, said = check_web_config(WGAUDIT, copy)
            expect(code in codes, f"wgaudit check web-config {folder}/{file.name}: {code} {said}")
            places = [line for line in said.splitlines() if line.startswith("error: ")]
            expect(all(f"{file.name}:" in line for line in places), f"no place is said: {said}")
            expect(bool(places) == (code == 2), f"{folder}/{file.name}: {code} {said}")
            promtool = subprocess.run(["promtool", "check", "web-config", copy], timeout=10,
                                      capture_output=True, check=False)
            expect_equal(promtool.returncode == 0, takes, f"promtool takes {folder}/{file.name}")
            count += 1
    expect(count > 30, f"only {count} files")
    say(f"check web-config: {count} files, the verdicts are those of promtool or meant to differ")


# --- listeners -----------------------------------------------------------------------------------

def over_unix(path, words=PAGE):
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(10)
        one.connect(str(path))
        one.sendall(words)
        return one.makefile("rb").read()


def check_listeners(tmp):
    one = gateway(tmp, "listeners")
    path = one.tmp / "wgaudit.sock"
    one.serve("--web.listen-address", f"unix:{path}", "--web.listen-address", f"[::1]:{PORT}")
    expect_equal(status(over_unix(path)), 200, "the page over a unix socket")
    expect_equal(status(ask(f"[::1]:{PORT}".replace("[::1]", "::1"), PAGE)), 200, "over IPv6")
    expect_equal(path.stat().st_mode & 0o777, 0o660, "mode of the socket")
    one.kill()
    expect(path.exists(), "a kill leaves the socket")
    one.serve("--web.listen-address", f"unix:{path}")
    expect_equal(status(over_unix(path)), 200, "the page at a socket that was taken over")
    second = subprocess.run([WGAUDIT, "serve", "--no-collector.netlink", "--state.directory",
                             one.tmp / "second", "--web.listen-address", f"unix:{path}"],
                            capture_output=True, text=True, timeout=10, check=False)
    expect_equal(second.returncode, 4, "exit code of a second daemon there")
    expect("another process listens there" in second.stderr, second.stderr)
    one.stop()
    expect(not path.exists(), "the socket is gone with its daemon")
    say("listeners: IPv4, IPv6 and a unix socket at once; a stale one taken over, another's not")


def check_activation(tmp):
    one = gateway(tmp, "activation")
    path = one.tmp / "given.sock"
    one.start("--web.systemd-socket", wrap=["systemd-socket-activate", "-l", one.address, "-l",
                                            str(path)])
    expect_equal(status(over_unix(path)), 200, "the page over systemd's unix socket")
    expect(one.logged("listening", one.address), "the log says where it listens")
    children = pathlib.Path(f"/proc/{one.pid}/task/{one.pid}/children").read_text().split()
    for child in children:
        names = {os.readlink(fd) for fd in pathlib.Path(f"/proc/{child}/fd").iterdir()}
        expect(len([n for n in names if n.startswith("socket:")]) <= 3,
               f"the collector keeps sockets: {names}")
    one.stop()
    bare = subprocess.run([WGAUDIT, "serve", "--no-collector.netlink", "--state.directory",
                           one.tmp / "bare", "--web.systemd-socket"], capture_output=True,
                          text=True, timeout=10, check=False)
    expect_equal(bare.returncode, 4, "exit code without sockets")
    expect("systemd hands over no socket" in bare.stderr, bare.stderr)
    say("listeners: those that systemd hands over")


# --- changes -------------------------------------------------------------------------------------

def refused(one):
    try:
        one.get("/metrics")
    except urllib.error.HTTPError as error:
        return error.code
    return 0


def check_changes(tmp):
    one = gateway(tmp, "changes", TLS + USERS)
    one.secure(one.certificates)
    one.who = f"{USER}:{PASSWORD}"
    one.serve()
    one.who = f"{USER}:wrong"
    expect_equal(refused(one), 401, "a wrong password")
    one.configure("")
    wait_for("the log says what a file that was cut short would switch off",
             lambda: one.logged("would switch off TLS, basic_auth_users"), 5)
    expect_equal(refused(one), 401, "TLS and a wrong password after the file was cut short")
    one.configure(TLS)
    one.signal(signal.SIGHUP)
    wait_for("no password is asked for", lambda: refused(one) == 0, 5)
    expect(one.logged("asks less of who comes", "basic_auth_users"), "the log warns of it")
    one.configure("tls_server_config: {cert_file: gone.crt}\nmore: 1\n")
    wait_for("the log names what is wrong", lambda: one.logged("more", "unknown key"), 5)
    expect(one.logged("rejected, the last good one stays in force"), "the log says what holds")
    expect_equal(refused(one), 0, "the last good one stays in force")
    begin = time.monotonic()
    one.configure(TLS + USERS)
    wait_for("a password is asked for", lambda: refused(one) == 401, 5)
    took = time.monotonic() - begin
    one.who = f"{USER}:{PASSWORD}"
    before = server_certificate(one)
    one.certificates.issue("server", "DNS:gw1,IP:127.0.0.1")
    wait_for("the new certificate is shown", lambda: server_certificate(one) != before, 5)
    one.configure(TLS + "rate_limit: {interval: 1h, burst: 1}\n")
    one.signal(signal.SIGHUP)
    wait_for("the rate is limited", lambda: refused(one) == 429, 1)
    one.stop()
    broken = subprocess.run([WGAUDIT, "serve", "--no-collector.netlink", "--state.directory",
                             one.tmp / "broken", "--web.config.file", one.tmp / "none.yml"],
                            capture_output=True, text=True, timeout=10, check=False)
    expect_equal(broken.returncode, 2, "exit code without the file")
    expect("none.yml" in broken.stderr, broken.stderr)
    say(f"changes: users after {took:.1f} s, a broken file kept out, certificates, SIGHUP")


def server_certificate(one):
    host, port = one.address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as plain:
        with one.context.wrap_socket(plain, server_hostname="gw1") as tls:
            return tls.getpeercert(True)


def check_exposure(tmp):
    one = gateway(tmp, "exposure", TLS)
    one.secure(one.certificates)
    one.serve("--web.listen-address", "192.0.2.1:9700")
    wait_for("TLS alone is exposed", lambda: exposed(one), 5)
    one.configure(TLS + USERS)
    one.who = f"{USER}:{PASSWORD}"
    wait_for("TLS and a password are not", lambda: refused(one) == 0 and not exposed(one), 10)
    expect_equal(status(ask("192.0.2.1:9700", PAGE, context=one.context)), 401, "without it")
    one.stop()
    say("the rule exposed_listener follows the file")


def exposed(one):
    return one.metrics().all("wgaudit_finding", rule="exposed_listener")


# --- Prometheus ----------------------------------------------------------------------------------

def check_prometheus(tmp):
    plain, tls = gateway(tmp, "plain"), gateway(tmp, "tls", TLS)
    mutual, users = gateway(tmp, "mutual", MUTUAL), gateway(tmp, "users", TLS + USERS)
    for one in (tls, users):
        one.secure(one.certificates)
    mutual.secure(mutual.certificates, with_client=True)
    users.who = f"{USER}:{PASSWORD}"
    jobs = []
    for one in (plain, tls, mutual, users):
        one.serve()
        folder = one.certificates.directory
        job = {"job_name": one.tmp.name, "static_configs": [{"targets": [one.address]}]}
        if one.context:
            job |= {"scheme": "https", "tls_config": {"ca_file": str(folder / "ca.crt")}}
        if one is mutual:
            job["tls_config"] |= {"cert_file": str(folder / "client.crt"),
                                  "key_file": str(folder / "client.key")}
        if one is users:
            job["basic_auth"] = {"username": USER, "password": PASSWORD}
        jobs.append(job)
    # And two that must not get in.
    jobs.append({"job_name": "no_certificate", "scheme": "https",
                 "static_configs": [{"targets": [mutual.address]}],
                 "tls_config": {"ca_file": str(mutual.certificates.certificate)}})
    jobs.append({"job_name": "wrong_password", "scheme": "https",
                 "static_configs": [{"targets": [users.address]}],
                 "basic_auth": {"username": USER, "password": "wrong"},
                 "tls_config": {"ca_file": str(users.certificates.certificate)}})
    (tmp / "prometheus.yml").write_text(yaml.safe_dump(
        {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
    processes.append(subprocess.Popen(
        ["prometheus", f"--config.file={tmp}/prometheus.yml", f"--storage.tsdb.path={tmp}/data",
         "--web.listen-address=127.0.0.1:9090", "--log.level=warn"], cwd=tmp,
        stdout=(tmp / "prometheus.log").open("wb"), stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL))
    want = {job["job_name"]: "1" for job in jobs} | {"no_certificate": "0", "wrong_password": "0"}
    wait_for("every target is up, and who must not get in is not", lambda: up() == want, 30)
    time.sleep(3)
    expect_equal(up(), want, "targets")
    for one in (plain, tls, mutual, users):
        one.stop()
    say("Prometheus: HTTP, TLS, client certificates, a password; and not without")


def up():
    with urllib.request.urlopen("http://127.0.0.1:9090/api/v1/query?query=up", timeout=10) as answer:
        result = json.loads(answer.read())["data"]["result"]
    return {series["metric"]["job"]: series["value"][1] for series in result}


def inside(tmp):
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
    try:
        for check in (check_verdicts, check_listeners, check_activation, check_changes,
                      check_exposure, check_prometheus):
            check(tmp)
    except (Failure, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL: {error} {getattr(error, 'stderr', '') or ''}")
        for one in gateways:
            if one.log_path.exists():
                print(f"--- {one.tmp.name}\n" + "\n".join(one.log().splitlines()[-15:]))
        return 1
    finally:
        for one in gateways:
            one.end()
        for process in processes:
            process.terminate()
            process.wait(20)
    print("PASS")
    return 0


def main():
    if place := os.environ.get("WGAUDIT_E2E_INSIDE"):
        return inside(pathlib.Path(place))
    if os.geteuid() != 0:
        print("FAIL: root is needed, to make namespaces")
        return 1
    tmp = tempfile.mkdtemp(prefix="wgaudit-web.")
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc",
               "--kill-child=KILL", sys.executable, __file__]
    try:
        return subprocess.run(command, env=os.environ | {"WGAUDIT_E2E_INSIDE": tmp}, check=False,
                              timeout=200).returncode
    finally:
        shutil.rmtree(tmp)


began = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
