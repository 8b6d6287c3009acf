"""Debian's rsyslog and syslog-ng as plain processes of this test, receiving over every transport.

The two conflict as packages; unpacked they run side by side (nothing is installed, no service is
touched). Each message becomes a line of `received`: where it came in, what the receiver read of its
header, what its own JSON parser found, and the JSON itself.
"""
import dataclasses
import json
import os
import pathlib
import socket
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS / "siem"), str(TESTS / "lib")]
import shippers  # noqa: E402
from ports import free_port  # noqa: E402

PACKAGES = ("rsyslog", "rsyslog-gnutls", "rsyslog-openssl", "syslog-ng-core")


@dataclasses.dataclass
class Message:
    source: str    # "tcp"
    facility: str
    severity: str
    app_name: str
    msgid: str
    sequence_id: str    # of the structured data
    parsed_sequence: str  # as the receiver's JSON parser has it
    parsed_id: str
    event: dict


def message_of(line):
    """None: half a line that a process left when it was killed, and what its successor wrote
    behind it."""
    fields = line.decode(errors="replace").split("\t", 8)
    try:
        event = json.loads(fields[8])
    except (IndexError, ValueError):
        return None
    # rsyslog names these two after their modules.
    source = {"imuxsock": "unix", "imfile": "file"}.get(fields[0], fields[0])
    return Message(source, *fields[1:8], event)


class Receiver(shippers.Shipper):
    """`ports`: by transport."""

    def __init__(self, root, place):
        super().__init__(root, place)
        self.received = place / "received"
        self.unix_path = place / "log.sock"
        self._messages, self._read = [], 0
        self.ports = {"udp": free_port(socket.SOCK_DGRAM), "tcp": free_port(), "tls": free_port()}

    def start(self):
        super().start()
        deadline = time.monotonic() + 40
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.place.name} does not listen: {self.said()}")
            time.sleep(0.05)

    def listens(self):
        """By /proc/net/tcp: a connection would be one more message, or a complaint."""
        listening = {line.split()[1] for line in
                     pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
                     if line.split()[3] == "0A"}
        return all(f"0100007F:{self.ports[kind]:04X}" in listening for kind in ("tcp", "tls"))

    def messages(self, source=None):
        """What was received so far, read once."""
        if self.received.exists():
            with self.received.open("rb") as received:
                received.seek(self._read)
                *lines, rest = received.read().split(b"\n")
            self._read += sum(len(line) + 1 for line in lines)
            del rest  # not yet whole
            self._messages += filter(None, map(message_of, lines))
        return [message for message in self._messages if source in (None, message.source)]


RSYSLOG = """
global(workDirectory="{place}" maxMessageSize="16k"
       defaultNetstreamDriver="{driver}" defaultNetstreamDriverCAFile="{ca}"
       defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")
module(load="mmjsonparse")
module(load="imudp")
module(load="imtcp")
module(load="imuxsock" sysSock.use="off")
module(load="imfile" mode="inotify")
template(name="received" type="list") {{
  property(name="inputname") constant(value="\\t") property(name="syslogfacility-text")
  constant(value="\\t") property(name="syslogseverity-text") constant(value="\\t")
  property(name="app-name") constant(value="\\t") property(name="msgid") constant(value="\\t")
  property(name="structured-data" regex.type="ERE" regex.submatch="1"
           regex.expression="sequenceId=.([0-9]+)" regex.nomatchmode="BLANK")
  constant(value="\\t") property(name="$!event!sequence") constant(value="\\t")
  property(name="$!event!id") constant(value="\\t") property(name="msg")
  constant(value="\\n")
}}
ruleset(name="receive") {{
  action(type="mmjsonparse" cookie="")
  action(type="omfile" file="{received}" template="received")
}}
input(type="imudp" address="127.0.0.1" port="{udp}" name="udp" rcvbufSize="8m" ruleset="receive")
input(type="imtcp" address="127.0.0.1" port="{tcp}" name="tcp" ruleset="receive"
      streamDriver.name="ptcp" streamDriver.mode="0" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="{tls}" name="tls" ruleset="receive"
      streamDriver.name="{driver}" streamDriver.mode="1" streamDriver.authMode="x509/name"
      permittedPeer=["{client}"])
input(type="imuxsock" socket="{unix}" useSpecialParser="off" parseHostname="on" ruleset="receive"
      rateLimit.interval="0")
input(type="imfile" file="{segments}/audit-*.jsonl" tag="file" ruleset="receive"
      freshStartTail="off" readMode="0")
"""


class Rsyslog(Receiver):
    """`driver`: gtls or ossl. `client`: whose certificate is let in."""

    def __init__(self, root, place, driver, authority, segments, client="gw1"):
        super().__init__(root, place)
        certificate, key = authority.issue(place.name, "DNS:localhost")
        (place / "rsyslog.conf").write_text(RSYSLOG.format(
            place=place, driver=driver, ca=authority.certificate, certificate=certificate, key=key,
            received=self.received, unix=self.unix_path, client=client, segments=segments, **self.ports))

    def command(self):
        return (self.root / "usr/sbin/rsyslogd", "-n", "-f", self.place / "rsyslog.conf",
                "-i", self.place / "pid", "-M", self.root / shippers.LIBRARIES / "rsyslog")


SYSLOG_NG = """@version: 3.35
options {{ keep-hostname(yes); log-msg-size(16384); stats-freq(0); use-dns(no); }};
source udp {{ network(transport("udp") ip("127.0.0.1") port({udp}) so-rcvbuf(8388608)
                      flags(syslog-protocol)); }};
source tcp {{ syslog(transport("tcp") ip("127.0.0.1") port({tcp})); }};
source tls {{ syslog(transport("tls") ip("127.0.0.1") port({tls})
                     tls(key-file("{key}") cert-file("{certificate}") ca-file("{ca}")
                         peer-verify(required-trusted))); }};
source local {{ unix-dgram("{unix}" flags(syslog-protocol) so-rcvbuf(8388608)); }};
source segments {{ wildcard-file(base-dir("{segments}") filename-pattern("audit-*.jsonl")
                   flags(no-parse) follow-freq(0.5)); }};
parser json {{ json-parser(prefix(".json.")); }};
destination received {{
  file("{received}" template("{fields}\\n")); }};
{logs}
"""


SYSLOG_NG_FIELDS = ("${TAG_OF}", "$FACILITY", "$LEVEL", "$PROGRAM", "$MSGID",
                    "${.SDATA.meta.sequenceId}", "${.json.event.sequence}", "${.json.event.id}",
                    "$MESSAGE")


class SyslogNg(Receiver):
    def __init__(self, root, place, authority, segments):
        super().__init__(root, place)
        certificate, key = authority.issue(place.name, "DNS:localhost")
        logs = "".join(
            f'log {{ source({name}); rewrite {{ set("{said}" value("TAG_OF")); }}; parser(json); '
            f"destination(received); }};\n"
            for name, said in (("udp", "udp"), ("tcp", "tcp"), ("tls", "tls"), ("local", "unix"),
                               ("segments", "file")))
        (place / "syslog-ng.conf").write_text(SYSLOG_NG.format(
            ca=authority.certificate, certificate=certificate, key=key, received=self.received,
            unix=self.unix_path, segments=segments, logs=logs,
            fields="\\t".join(SYSLOG_NG_FIELDS), **self.ports))

    def command(self):
        modules = self.root / "usr/lib/syslog-ng/3.38"
        return (self.root / "usr/sbin/syslog-ng", "-F", "--no-caps", "-f",
                self.place / "syslog-ng.conf", "-R", self.place / "persist", "-p",
                self.place / "pid", "-c", self.place / "control", "--module-path", modules)


def packages_root(tmp):
    """Where they are unpacked already (WGAUDIT_SYSLOG_ROOT), or are now."""
    root = os.environ.get("WGAUDIT_SYSLOG_ROOT")
    return pathlib.Path(root) if root else shippers.unpack(tmp / "root", PACKAGES)
