"""A daemon whose web server is under test: plain, or with certificates, users and the like."""
import base64
import pathlib
import subprocess
import urllib.request

from attackers import trusting
from certificates import Authority
from gateway import Gateway, run

# Of "x", by crypt(3) at cost 8.
HASH = "$2b$08$wgauditwgauditwgaudituf0Hd801IC3PtsApCZAM9Jzjoy8aX366"
USER, PASSWORD = "prometheus", "x"


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no VmRSS of {pid}")


class Certificates(Authority):
    """With a certificate of a server and of a client."""

    def __init__(self, folder):
        super().__init__(pathlib.Path(folder))
        self.issue("server", "DNS:gw1,IP:127.0.0.1")
        self.issue("client", "DNS:prometheus.example.org")


class WebGateway(Gateway):
    """As it is asked: `secure` with TLS, `who` "USER:PASSWORD", with a client certificate."""

    def __init__(self, tmp, port, peers=()):
        super().__init__(tmp, port, peers)
        self.context, self.who = None, None
        self.web_file = self.tmp / "web.yml"

    def configure(self, text):
        new = self.web_file.with_suffix(".new")
        new.write_text(text)
        new.rename(self.web_file)

    def secure(self, certificates, with_client=False):
        client = [certificates.directory / f"client.{end}" for end in ("crt", "key")]
        self.context = trusting(certificates.certificate, *(client if with_client else ()))

    def get(self, path):
        scheme = "https" if self.context else "http"
        request = urllib.request.Request(f"{scheme}://{self.address}{path}")
        if self.who:
            request.add_header("Authorization",
                               "Basic " + base64.b64encode(self.who.encode()).decode())
        with urllib.request.urlopen(request, timeout=10, context=self.context) as answer:
            return answer.read().decode()

    def serve(self, *more):
        if self.web_file.exists():
            more = ("--web.config.file", self.web_file, *more)
        self.start(*more)


def check_web_config(binary, file):
    """(exit code, what it said)."""
    done = subprocess.run([binary, "check", "web-config", file], capture_output=True, text=True,
                          timeout=10, check=False)
    return done.returncode, done.stdout + done.stderr
