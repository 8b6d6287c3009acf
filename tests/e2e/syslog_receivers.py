#!/usr/bin/env python3
"""The syslog sink against Debian's rsyslog and syslog-ng, which also tail the segments.

usage: tests/e2e/syslog_receivers.py

One daemon, whose peers change, sends to both over UDP, TCP, TLS with a client certificate and a
unix socket. Every event has to arrive as the segments have it, with its header, and be JSON to the
receiver's own parser. A certificate for another name, an unknown authority and a client without a
certificate are refused. Sinks come, change and go on SIGHUP. Receivers and the daemon are killed
while events flow: over TCP and TLS none is lost, and one that comes again has the same event.id.
The receivers are unpacked from their packages, not installed, and listen on 127.0.0.1 alone.
"""
import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent / "lib")]
from certificates import Authority  # noqa: E402
from gateway import Failure, Gateway, a_peer, expect, expect_equal, wait_for  # noqa: E402
from ports import free_port  # noqa: E402
from segments import get  # noqa: E402
from syslog_daemons import Rsyslog, SyslogNg, packages_root  # noqa: E402

TRANSPORTS = ("udp", "tcp", "tls", "unix")
SURE = ("tcp", "tls")  # at least once
# RFC 5424, table 2, by event.severity, in the words of each receiver.
SEVERITIES = {1: ("info",), 2: ("notice",), 3: ("warning",), 4: ("err", "error"),
              5: ("crit", "critical")}


class Stage:
    """Everything that runs."""

    def __init__(self, tmp):
        self.tmp = tmp
        self.authority, self.other = Authority(tmp / "authority"), Authority(tmp / "other")
        self.client = self.authority.issue("gw1", "DNS:gw1")
        root = packages_root(tmp)
        self.gateway = Gateway(tmp, free_port(), [a_peer("alice", time.time()), a_peer("bob")])
        self.gateway.write_inventory("alice", "bob", ("mallory", "revoked"))
        self.gateway.events.mkdir(mode=0o750)
        segments = self.gateway.events
        self.receivers = {
            "rsyslog": Rsyslog(root, tmp / "rsyslog", "ossl", self.authority, segments),
            "gnutls": Rsyslog(root, tmp / "gnutls", "gtls", self.authority, segments),
            "syslog-ng": SyslogNg(root, tmp / "syslog-ng", self.authority, segments)}
        self.config = tmp / "wgaudit.yml"
        self.sinks = {}
        self.peers = 0

    def sink(self, name, receiver, transport, **more):
        """As it stands in the list. Its app_name is its name: that tells the messages apart."""
        said = {"name": name, "type": "syslog", "transport": transport, "app_name": name}
        if transport == "unix":
            said["path"] = str(self.receivers[receiver].unix_path)
        else:
            host = "127.0.0.1" if transport == "udp" else "localhost"
            said["address"] = f"{host}:{self.receivers[receiver].ports[transport]}"
        if transport == "tls":
            said["ca_file"] = str(self.authority.certificate)
            said["cert_file"], said["key_file"] = map(str, self.client)
        self.sinks[name] = {key: value for key, value in (said | more).items()
                            if value is not None}

    def write_config(self, text=None):
        self.config.write_text(text or json.dumps({"sinks": list(self.sinks.values())}, indent=1))

    def reload(self, text=None):
        self.write_config(text)
        self.gateway.signal(signal.SIGHUP)

    def churn(self, count):
        """So many peers come at once, and those of the time before go."""
        wg = self.gateway.wg
        before = [name for name in wg.peers if name.startswith("p")]
        wg.put(*[a_peer(f"p{self.peers + i}") for i in range(count)])
        for name in before:
            wg.remove(name)
        self.peers += count

    def pending(self, *names):
        metrics = self.gateway.metrics()
        return sum(metrics.value("wgaudit_sink_pending_events", sink=name) or 0 for name in names)

    def events(self):
        """What the segments have, by sequence; the chain is theirs alone."""
        events = {}
        for event in self.gateway.segments().events:
            del event["wireguard"]["audit"]["prev_hash"]
            events[get(event, "event.sequence")] = event
        return events

    def wait_quiet(self, names):
        """All that is told is delivered."""
        wait_for("the churn is told", lambda: self.pending("file") == 0)
        time.sleep(1.2)  # one more poll
        wait_for("everything is delivered", lambda: self.pending("file", *names) == 0, 40)

    def messages(self, name):
        receiver, transport = name.rsplit("-", 1)
        return [m for m in self.receivers[receiver].messages(transport) if m.app_name == name]

    def end(self):
        for ended in (self.gateway, *self.receivers.values()):
            with contextlib.suppress(OSError):
                ended.end()


def check_message(message, event, where):
    sequence = str(get(event, "event.sequence"))
    expect_equal(message.event, event, f"{where}: the event {sequence}")
    expect_equal(message.sequence_id, sequence, f"{where}: meta.sequenceId")
    expect_equal(message.parsed_sequence, sequence, f"{where}: event.sequence, parsed")
    expect_equal(message.parsed_id, get(event, "event.id"), f"{where}: event.id, parsed")
    expect_equal(message.msgid, get(event, "event.action"), f"{where}: MSGID")
    expect(message.severity in SEVERITIES[get(event, "event.severity")],
           f"{where}: severity {message.severity} of {get(event, 'event.severity')}")


def check_arrived(stage, name, once=True):
    """All of the segments' events are there, in the words of the segments. Returns how many came
    again."""
    events = stage.events()

    def all_there():
        return {m.sequence_id for m in stage.messages(name)} >= {str(s) for s in events}
    try:
        wait_for(f"{name} has all {len(events)} events", all_there, 20)
    except Failure as failure:
        missing = sorted(set(events) - {int(m.sequence_id) for m in stage.messages(name)})
        raise Failure(f"{failure}; lost: {missing[:20]} ({len(missing)})") from None
    messages = stage.messages(name)
    for message in messages:
        if message.sequence_id.isdigit() and int(message.sequence_id) in events:  # else told since
            check_message(message, events[int(message.sequence_id)], name)
    again = len(messages) - len({m.sequence_id for m in messages})
    expect(not once or again == 0, f"{name}: {again} events came again")
    return again


def check_tailed(stage, receiver):
    events = stage.events()

    def found():
        return {m.parsed_id for m in stage.receivers[receiver].messages("file") if m.parsed_id}
    ids = {get(event, "event.id") for event in events.values()}
    wait_for(f"{receiver} has read the segments", lambda: found() >= ids, 20)


# --- what happens, in this order ---------------------------------------------------------------

def every_transport(stage):
    for receiver in ("rsyslog", "syslog-ng"):
        for transport in TRANSPORTS:
            stage.sink(f"{receiver}-{transport}", receiver, transport)
    stage.sink("gnutls-tls", "gnutls", "tls")
    stage.write_config()
    for receiver in stage.receivers.values():
        receiver.start()
    stage.gateway.start("--config.file", stage.config)
    stage.gateway.settled()
    stage.gateway.wg.put(a_peer("mallory"))  # an alert: another severity
    stage.churn(40)
    stage.wait_quiet(stage.sinks)
    for name in stage.sinks:
        check_arrived(stage, name)
    for receiver in stage.receivers:
        check_tailed(stage, receiver)
    return f"{len(stage.events())} events, {len(stage.sinks)} sinks, 3 readers of the segments"


def refused_certificates(stage):
    before = dict(stage.sinks)
    cases = {  # and what is said of it
        "other-name": ({"server_name": "siem.example.org"}, "mismatch"),
        "other-authority": ({"ca_file": str(stage.other.certificate)}, "certificate"),
        "no-client": ({"cert_file": None, "key_file": None}, ""),
        "other-client": (dict(zip(("cert_file", "key_file"),
                                  map(str, stage.other.issue("gw1", "DNS:gw1")))), ""),
    }
    for receiver in stage.receivers:
        for name, (more, _) in cases.items():
            stage.sink(f"{name}-{receiver}", receiver, "tls", **more)
    new = [name for name in stage.sinks if name not in before]
    stage.reload()
    for name in new:
        stage.gateway.wait_value("wgaudit_sink_up", 0, sink=name)
        said = cases[name.split("-")[0] + "-" + name.split("-")[1]][1]
        wait_for(f"{name}: why", lambda n=name, s=said: stage.gateway.logged(
            "the sink takes no events", f"sink={n}", s))
    stage.churn(3)
    stage.wait_quiet(before)
    for receiver in stage.receivers.values():
        came = {m.app_name for m in receiver.messages()} & set(new)
        expect(not came, f"refused, and yet there: {came}")
    stage.sinks = before
    stage.reload()
    wait_for("they are gone", lambda: not [n for n in new if stage.gateway.value(
        "wgaudit_sink_up", sink=n) is not None])
    return f"{len(new)} refused"


def reload_of_sinks(stage):
    stage.sink("late-tcp", "rsyslog", "tcp", app_name="rsyslog-late")
    stage.reload()
    wait_for("the new sink has delivered", lambda: stage.gateway.value(
        "wgaudit_sink_pending_events", sink="late-tcp") == 0)

    def late(facility):
        return [int(m.sequence_id) for m in stage.receivers["rsyslog"].messages("tcp")
                if m.app_name == "rsyslog-late" and m.facility == facility]
    first = sorted(stage.events())
    wait_for("it began with the oldest event", lambda: late("local0")[:len(first)] == first)
    stage.sinks["late-tcp"]["facility"] = "daemon"
    stage.reload()
    wait_for("the change is noticed", lambda: stage.gateway.logged("sinks changed", "late-tcp"))
    stage.churn(5)
    stage.wait_quiet(stage.sinks)
    every = sorted(stage.events())
    wait_for("it went on after the last", lambda: late("local0") + late("daemon") == every)
    expect(late("daemon"), "the changed facility was not used")
    stage.reload("sinks: [{name: late-tcp, type: syslog, transport: tcp, adress: x}]\n")
    wait_for("it is said", lambda: stage.gateway.logged("sinks stay as they were"))
    stage.churn(5)
    stage.wait_quiet(stage.sinks)
    del stage.sinks["late-tcp"]
    stage.reload()
    wait_for("it is gone", lambda: stage.gateway.value("wgaudit_sink_up", sink="late-tcp") is None)
    again = sum(check_arrived(stage, name, once=False) for name in stage.sinks)
    return f"one sink came, changed and went; {again} came again"


def killed_receivers(stage):
    sure = [name for name in stage.sinks if name.rsplit("-", 1)[1] in SURE]
    kills = 0
    for receiver in stage.receivers.values():
        stage.churn(30)
        time.sleep(0.9)
        receiver.kill()
        kills += 1
        stage.churn(30)
        time.sleep(2.5)
        receiver.start()
    stage.wait_quiet(sure)
    again = collections.Counter({name: check_arrived(stage, name, once=False) for name in sure})
    return f"{kills} kills, {len(stage.events())} events, lost 0, again {sum(again.values())}"


def killed_daemon(stage):
    sure = [name for name in stage.sinks if name.rsplit("-", 1)[1] in SURE]
    for both in (False, True):
        stage.churn(30)
        time.sleep(1.1)
        stage.gateway.kill()
        if both:
            for receiver in stage.receivers.values():
                receiver.kill()
                receiver.start()
        stage.gateway.start("--config.file", stage.config)
        stage.gateway.settled()
    stage.wait_quiet(sure)
    again = sum(check_arrived(stage, name, once=False) for name in sure)
    return f"2 kills, {len(stage.events())} events, lost 0, again {again}"


def stopped(stage):
    """What is told last arrives."""
    stage.gateway.stop()
    for name in stage.sinks:
        if name.rsplit("-", 1)[1] in SURE:
            check_arrived(stage, name, once=False)
    expect_equal(get(stage.events()[max(stage.events())], "event.action"), "exporter-stopped",
                 "the last event")
    return "exporter-stopped has arrived"


STEPS = (every_transport, refused_certificates, reload_of_sinks, killed_receivers, killed_daemon,
         stopped)


def main():
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="wgaudit-syslog."))
    stage = None
    try:
        stage = Stage(tmp)
        for step in STEPS:
            begin = time.monotonic()
            figures = step(stage)
            print(f"ok    {time.monotonic() - begin:5.1f} s  {step.__name__.replace('_', ' ')}: "
                  f"{figures}", flush=True)
        return 0
    except (Failure, OSError, RuntimeError) as error:
        print(f"FAIL: {error}")
        if stage is not None:
            print(stage.gateway.log()[-3000:])
            for receiver in stage.receivers.values():
                print(f"--- {receiver.place.name}\n{receiver.said()}")
        return 1
    finally:
        if stage is not None:
            stage.end()
        if not os.environ.get("WGAUDIT_KEEP"):
            shutil.rmtree(tmp)


if __name__ == "__main__":
    sys.exit(main())
