#!/usr/bin/env python3
"""Hostile HTTP clients against a running daemon, plain and behind TLS, while it is scraped all the
time: no scrape fails or takes 3 seconds (Prometheus waits for 10), the process grows by less than
20 MB, and nothing that a client sent is in the log. Root is needed; all of it lives in namespaces of
its own. Takes about 40 seconds.
"""
import base64
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
from attackers import Flood, SlowCrowd, Speak, ask, held_open, status  # noqa: E402
from gateway import Failure, Scrapes, a_peer, expect, expect_equal, run  # noqa: E402
from web_gateway import (HASH, PASSWORD, USER, Certificates, WebGateway,  # noqa: E402
                         resident_bytes)

FAR = "192.0.2.1:9700"  # not loopback: strangers come here
SECONDS = 3.0  # of each attack
SLOWEST = 3.0  # scrape
MOST_GROWTH = 20 << 20
NEWCOMERS = [f"newcomer{number}" for number in range(5)]
HEAD = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"


def page(host, *more):
    lines = [b"GET / HTTP/1.1", b"Host: " + host, *more, b"Connection: close", b"", b""]
    return b"\r\n".join(lines)


@contextlib.contextmanager
def under_attack(gateway, title, *attacks, seconds=SECONDS):
    """Yields while they go on; before and after it the process is measured."""
    before = resident_bytes(gateway.pid)
    with contextlib.ExitStack() as stack:
        scrapes = stack.enter_context(Scrapes(gateway, SLOWEST))
        for attack in attacks:
            stack.enter_context(attack)
        yield
        time.sleep(seconds)
        grown = resident_bytes(gateway.pid) - before
    expect(all(attack.steps for attack in attacks), f"{title}: an attack never began")
    expect(grown < MOST_GROWTH, f"{title}: the process grew by {grown >> 20} MB")
    print(f"ok    {title}: {scrapes.count} scrapes, the slowest {1000 * scrapes.slowest:.0f} ms, "
          f"{max(grown, 0) / (1 << 20):.1f} MB more", flush=True)


def attack_plain(gateway):
    here = gateway.address
    crowd = SlowCrowd(here, 500)
    with under_attack(gateway, "500 connections, each a byte each half second", crowd):
        expect(crowd.open() >= 490, f"only {crowd.open()} are held open")
    with under_attack(gateway, "500 connections that say nothing", SlowCrowd(here, 500, first=b"")):
        pass
    almost = HEAD + b"X: " + b"y" * 30000
    with under_attack(gateway, "500 connections with almost a whole head each",
                      SlowCrowd(here, 500, first=almost)):
        pass
    floods = [Flood(here, HEAD, b"X: y\r\n" * 1000), Flood(here, HEAD + b"X: ", b"y" * 8192),
              Flood(here, b"POST /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    b"1000\r\n" + b"y" * 4096 + b"\r\n"),
              Flood(here, b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"y" * 8192),
              Flood(here, b"", b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" * 200),
              Flood(here, HEAD + b"\r\n", b"\x00\xff garbage \r\n" * 500)]
    with under_attack(gateway, "endless headers, bodies, pipelines and garbage", *floods):
        pass
    most = max(flood.taken for flood in floods)
    expect(most < floods[0].limit, f"a flood was taken whole: {most} bytes")
    greeting = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    with under_attack(gateway, "TLS on the plain port", Speak(here, greeting)):
        expect_equal(status(ask(here, greeting)), 400, "TLS on the plain port")


def check_strangers(gateway):
    spoofs = (b"X-Forwarded-For: 127.0.0.1", b"Forwarded: for=127.0.0.1", b"X-Real-IP: ::1",
              b"REMOTE_ADDR: 127.0.0.1", b"LOCAL_ADDR: 127.0.0.1", b"REMOTE_PORT: 1")
    expect_equal(status(ask(FAR, page(b"192.0.2.1", *spoofs))), 403, "the page for a stranger")
    expect_equal(status(ask(FAR, HEAD + b"Connection: close\r\n\r\n")), 200, "its metrics")
    for host in (b"evil.example", b"127.0.0.1.evil.example", b"localhost.evil.example:9600"):
        expect_equal(status(ask(gateway.address, page(host))), 403, f"the page as {host}")
    expect_equal(status(ask(gateway.address, page(b"localhost"))), 200, "the page as localhost")
    split = ask(gateway.address, b"GET /%0d%0aSet-Cookie:%20planted=1 HTTP/1.1\r\nHost: localhost"
                                 b"\r\nX: %0d%0aplanted: 1\r\nConnection: close\r\n\r\n")
    expect(b"planted" not in split and split.count(b"\r\n\r\n") == 1, f"split: {split!r}")
    print("ok    spoofed sources, foreign names, %0d%0a", flush=True)


def check_sources(gateway):
    """One address gets 64 connections; the others are served all the while."""
    with under_attack(gateway, "200 connections of one address",
                      SlowCrowd(FAR, 200, source="192.0.2.9"), seconds=1):
        expect_equal(status(ask(FAR, HEAD + b"Connection: close\r\n\r\n", source="192.0.2.8")),
                     200, "a scrape from another address")
    crowd = SlowCrowd(FAR, 200, source="192.0.2.9")
    left = held_open(crowd.sockets, 0.5)
    expect_equal(left, 64, "connections of one address that are held open")


def attack_tls(gateway):
    here = gateway.address
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    attacks = [SlowCrowd(here, 300, first=b""), SlowCrowd(here, 200, first=hello),
               Speak(here, HEAD + b"\r\n"), Speak(here, hello + b"\xff" * 505),
               Flood(here, hello, bytes(8192))]
    with under_attack(gateway, "slow handshakes, plain HTTP and garbage on the TLS port", *attacks):
        expect_equal(status(ask(here, HEAD + b"\r\n")), 400, "plain HTTP on the TLS port")
    wrong = [WrongPasswords(here, gateway.context, number) for number in range(12)]
    wrong += [WrongPasswords(FAR, gateway.context, number, "192.0.2.9") for number in (12, 13)]
    with under_attack(gateway, "wrong passwords by fourteen clients", *wrong):
        time.sleep(SECONDS / 2)
        for name in NEWCOMERS:  # no cache helps them
            expect_equal(status(ask(FAR, with_password(name, PASSWORD), "192.0.2.8",
                                    gateway.context)), 200, f"the right password of {name}")
    codes = set().union(*(attack.codes for attack in wrong))
    expect(401 in codes and codes <= {401, 429}, f"wrong passwords got {codes}")


def with_password(user, password):
    pair = base64.b64encode(f"{user}:{password}".encode())
    return HEAD + b"Connection: close\r\nAuthorization: Basic " + pair + b"\r\n\r\n"


class WrongPasswords(Speak):
    """Another one each time."""

    def __init__(self, address, context, number, source=None):
        super().__init__(address, b"", source)
        self.where, self.context, self.number = address, context, number
        self.codes, self.tried = set(), 0

    def step(self):
        self.tried += 1
        words = with_password(USER, f"{self.number}-{self.tried}")
        self.codes.add(status(ask(self.where, words, self.source, self.context)))


def inside(tmp):
    run("ip", "link", "set", "lo", "up")
    for last in (1, 8, 9):
        run("ip", "address", "add", f"192.0.2.{last}/32", "dev", "lo")
    gateway = WebGateway(tmp, 9600, [a_peer("alice", time.time()), a_peer("bob")])
    gateway.write_inventory("alice", "bob")
    certificates = Certificates(tmp / "tls")
    try:
        gateway.serve("--web.listen-address", FAR)
        gateway.metrics()
        attack_plain(gateway)
        check_strangers(gateway)
        check_sources(gateway)
        expect("planted" not in gateway.log() and "%0d" not in gateway.log(), "it is in the log")
        gateway.stop()
        gateway.configure("tls_server_config: {cert_file: tls/server.crt, key_file: tls/server.key}"
                          "\nbasic_auth_users: {"
                          + ", ".join(f"{name}: {HASH}" for name in (USER, *NEWCOMERS)) + "}\n")
        gateway.secure(certificates)
        gateway.who = f"{USER}:{PASSWORD}"
        gateway.serve("--web.listen-address", FAR)
        attack_tls(gateway)
        gateway.stop()
    except (Failure, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL: {error} {getattr(error, 'stderr', '') or ''}")
        print("\n".join(gateway.log().splitlines()[-15:]))
        return 1
    finally:
        gateway.end()
    print("PASS")
    return 0


def main():
    if place := os.environ.get("WGAUDIT_E2E_INSIDE"):
        return inside(pathlib.Path(place))
    if os.geteuid() != 0:
        print("FAIL: root is needed, to make namespaces")
        return 1
    tmp = tempfile.mkdtemp(prefix="wgaudit-hostile.")
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc",
               "--kill-child=KILL", sys.executable, __file__]
    try:
        return subprocess.run(command, env=os.environ | {"WGAUDIT_E2E_INSIDE": tmp}, check=False,
                              timeout=200).returncode
    finally:
        shutil.rmtree(tmp)


if __name__ == "__main__":
    sys.exit(main())
