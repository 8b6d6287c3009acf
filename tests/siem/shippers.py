"""rsyslog and syslog-ng of Debian as plain processes of this test, with the samples that ship.

The two conflict as packages; unpacked they run side by side (nothing is installed, no service is
touched). The libraries that they need are packages of packaging/debian-packages.
"""
import pathlib
import re
import subprocess

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "alerts/siem/pipelines"
PACKAGES = ("rsyslog", "rsyslog-elasticsearch", "rsyslog-pgsql", "syslog-ng-core",
            "syslog-ng-mod-http")
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def unpack(directory, packages=PACKAGES):
    """All of them below `directory`; apt's lists are renewed where they are of yesterday."""
    directory.mkdir()
    download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *packages]
    if subprocess.run(download, cwd=directory, capture_output=True, check=False).returncode != 0:
        subprocess.run(["apt-get", "-qq", "update"], check=True, capture_output=True)
        subprocess.run(download, cwd=directory, check=True, capture_output=True)
    for package in directory.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, directory], check=True)
    return directory


def adapted(sample, *replacements):
    """The sample with other paths and servers; each must be in it, else it would test another."""
    text = (SAMPLES / sample).read_text()
    for old, new in replacements:
        if old not in text:
            raise SystemExit(f"{sample}: has no {old!r}")
        text = text.replace(old, new)
    return text


class Shipper:
    """One process with its configuration, positions and output in `place`."""

    def __init__(self, root, place):
        self.root, self.place = root, place
        self.process = None
        place.mkdir()

    def command(self):
        raise NotImplementedError

    def forget(self):
        """How far it had read."""
        for path in self.place.glob(self.POSITIONS):
            path.unlink()

    def start(self):
        log = (self.place / "log").open("ab")
        environment = {"PATH": "/usr/sbin:/usr/bin",
                       "LD_LIBRARY_PATH": f"{self.root / 'usr/lib/syslog-ng'}"}
        self.process = subprocess.Popen([str(part) for part in self.command()], stdout=log,
                                        stderr=log, stdin=subprocess.DEVNULL, env=environment,
                                        cwd=self.place)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def end(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def said(self):
        return (self.place / "log").read_text(errors="replace")[-2000:]


class Rsyslog(Shipper):
    """With a sample of its own, and where it keeps queues and positions."""

    POSITIONS = "imfile-state*"

    def __init__(self, root, place, text):
        super().__init__(root, place)
        work = f'global(workDirectory="{place}")\n'
        (place / "rsyslog.conf").write_text(work + text)

    def command(self):
        return (self.root / "usr/sbin/rsyslogd", "-n", "-f", self.place / "rsyslog.conf",
                "-i", self.place / "pid", "-M", self.root / LIBRARIES / "rsyslog")


def rsyslog_elasticsearch(root, place, events, port):
    return Rsyslog(root, place, adapted(
        "rsyslog-elasticsearch.conf", ("/var/log/wgaudit", str(events)),
        ("siem.example.org", "127.0.0.1"), ('serverport="9200"', f'serverport="{port}"'),
        ('usehttps="on"', 'usehttps="off"'), ("/var/spool/rsyslog", str(place)),
        ('resumeInterval="10"', 'resumeInterval="1"')))


def rsyslog_postgresql(root, place, events, port):
    return Rsyslog(root, place, adapted(
        "rsyslog-postgresql.conf", ("/var/log/wgaudit", str(events)),
        ("siem.example.org", "127.0.0.1"), ('port="5432"', f'port="{port}"'),
        ('db="wgaudit"', 'db="postgres"'),
        ('resumeInterval="10"', 'resumeInterval="1"')))


class SyslogNg(Shipper):
    POSITIONS = "persist*"

    def __init__(self, root, place, events, port):
        super().__init__(root, place)
        text = adapted("syslog-ng.conf", ("/var/log/wgaudit", str(events)),
                       ("https://siem.example.org:9200", f"http://127.0.0.1:{port}"),
                       ("time-reopen(10)", "time-reopen(1)"),
                       ("reliable(yes)", f'reliable(yes) dir("{place}")'))
        # Plain http has no certificates.
        text, plain = re.subn(r"\n    tls\(.*\)$", "", text, flags=re.M)
        assert plain == 1
        (place / "syslog-ng.conf").write_text(text)

    def command(self):
        modules = self.root / "usr/lib/syslog-ng/3.38"
        return (self.root / "usr/sbin/syslog-ng", "-F", "--no-caps", "-f",
                self.place / "syslog-ng.conf", "-R", self.place / "persist", "-p",
                self.place / "pid", "-c", self.place / "control", "--module-path", modules)
